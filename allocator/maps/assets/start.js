// Puts the page together when Folium has made the map.
(function (map) {
  "use strict";

  const LARGEST_BUILDING_ZOOM = 15;
  // What heading and legend cover on paper.
  const [PAPER_LEFT, PAPER_RIGHT] = [[290, 8], [250, 8]];

  map.options = {
    preferCanvas: true, zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 1,
    minZoom: 8, maxZoom: 19, wheelPxPerZoomLevel: 90, renderer: L.canvas({ padding: 0.4, tolerance: 3 }),
  };

  map.start = function (leaflet) {
    const data = map.content();
    const number = map.numberFormat(data.language);
    const fill = map.filler(number);
    const sentences = map.withWhy(map.withWays(map.sentences(data, number), data, number), data);
    const state = { indicator: data.indicators[0].key };
    leaflet.getContainer().setAttribute("aria-label", data.words.map_label);
    leaflet.getContainer().setAttribute("role", "application");

    const fit = (animate) => leaflet.fitBounds(data.bounds, { ...margins(), animate });
    fit(false);
    leaflet.setMinZoom(Math.floor(leaflet.getZoom()) - 1);
    addControls(leaflet, data, () => fit(true));

    const names = data.facilities.kinds.map(sentences.kindName);
    const looks = map.facilityLooks(names, data.facilities.kinds.map((kind) => data.words.letters[kind]));
    const spaces = map.spaceLayer(data, sentences, state);
    const stack = buildStack(leaflet, data, sentences, spaces, looks);
    connectLayers(leaflet, data, stack, number);

    function choose(key) {
      state.indicator = key;
      const indicator = data.indicators.find((one) => one.key === key);
      spaces.recolour(indicator);
      map.fillClassLegend(data, indicator, number);
      stack.order();
    }
    map.fillSwitch(data, state.indicator, choose);
    map.fillStateLegend(data, number);
    map.connectFold();
    const showUnplaced = map.fillUnplaced(data, sentences);
    map.connectSearch(data, searchEntries(leaflet, data, sentences, spaces, stack, showUnplaced), fill);
    leaflet.on("popupopen", ({ popup }) => nameCloseButton(popup, data.words.close));
    connectEscape(leaflet);
    choose(state.indicator);
    connectPrint(leaflet);
    map.connectWays(leaflet, data, sentences, stack, number);
    map.leaflet = leaflet;
    map.spaces = spaces;
  };

  // Paper has no switch to unfold: it shows the sources and licences, and of the city what the screen showed.
  function connectPrint(leaflet) {
    const [details, more] = [document.getElementById("origin"), document.getElementById("heading-more")];
    let before = null;
    window.addEventListener("beforeprint", () => {
      if (before) return;
      const { x, y } = leaflet.getSize();
      const { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom] } = margins();
      const seen = L.latLngBounds([[left, top], [x - right, y - bottom]].map((corner) => leaflet.containerPointToLatLng(corner)));
      before = { open: details.open, hidden: more.hidden, centre: leaflet.getCenter(), zoom: leaflet.getZoom() };
      [details.open, more.hidden] = [true, false];
      document.body.classList.add("printing");
      leaflet.invalidateSize({ animate: false, pan: false });
      leaflet.fitBounds(seen, { paddingTopLeft: PAPER_LEFT, paddingBottomRight: PAPER_RIGHT, animate: false });
    });
    window.addEventListener("afterprint", () => {
      if (!before) return;
      [details.open, more.hidden] = [before.open, before.hidden];
      document.body.classList.remove("printing");
      leaflet.invalidateSize({ animate: false, pan: false });
      leaflet.setView(before.centre, before.zoom, { animate: false });
      before = null;
    });
  }

  // Escape closes what is open, wherever the keyboard is, and leads back to the search that opened it.
  function connectEscape(leaflet) {
    document.addEventListener("keydown", (event) => {
      const popup = document.querySelector(".leaflet-popup");
      if (event.key !== "Escape" || !popup) return;
      const inside = popup.contains(document.activeElement);
      leaflet.closePopup();
      if (inside) document.getElementById("search-text").focus();
    });
  }

  // Free space for the panels, so that the city is not drawn below them.
  function margins() {
    const width = window.innerWidth;
    const [left, right] = width > 1000 ? [330, 270] : width > 900 ? [60, 270] : [10, 10];
    return { paddingTopLeft: [left, 24], paddingBottomRight: [right, 24] };
  }

  function addControls(leaflet, data, showAll) {
    const { words } = data;
    L.control.scale({ imperial: false, position: "bottomleft", maxWidth: 140 }).addTo(leaflet);
    L.control.attribution({ prefix: false, position: "bottomleft" }).addTo(leaflet);
    const zoom = L.control.zoom({ position: "bottomleft", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out });
    zoom.addTo(leaflet);
    const all = map.element("a", { href: "#", role: "button", title: words.whole_city, "aria-label": words.whole_city }, "⌂");
    L.DomEvent.on(all, "click", (event) => {
      L.DomEvent.stop(event);
      showAll();
    });
    zoom.getContainer().append(all);
  }

  function buildStack(leaflet, data, sentences, spaces, looks) {
    const layers = { districts: { group: map.districtLayer(data), shown: true } };
    data.facilities.kinds.forEach((kind, i) => {
      layers[`facility-${i}`] = { group: map.facilityLayer(data, i, looks[i], sentences), shown: false, label: sentences.kindName(kind), look: looks[i] };
    });
    const buildings = map.buildingLayer(data, sentences);
    layers.buildings = { group: buildings.group, shown: true };
    const sites = map.siteLayer(data, sentences);
    layers.sites = { group: sites.group, shown: true };
    layers["next-flats"] = { group: map.nextFlatLayer(data, sentences), shown: false };
    layers.buildings.from = map.readableZoom(leaflet, buildings.group, Math.floor(leaflet.getZoom()), LARGEST_BUILDING_ZOOM);
    spaces.group.addTo(leaflet);

    // one canvas draws in the order of adding: what comes later lies above
    function order() {
      for (const layer of Object.values(layers)) {
        const visible = layer.shown && leaflet.getZoom() >= (layer.from || 0);
        if (!visible) {
          leaflet.removeLayer(layer.group);
          continue;
        }
        if (!leaflet.hasLayer(layer.group)) layer.group.addTo(leaflet);
        layer.group.eachLayer((drawn) => drawn.bringToFront());
      }
      document.getElementById("zoom-note").hidden = !layers.buildings.shown || leaflet.getZoom() >= layers.buildings.from;
    }
    function reveal(key) {
      layers[key].shown = true;
      document.getElementById(`layer-${key}`).checked = true;
      order();
    }
    leaflet.on("zoomend", order);
    return { layers, order, reveal, buildings: buildings.signs, sites: sites.signs };
  }

  function connectLayers(leaflet, data, stack, number) {
    const { words } = data;
    const entries = [
      { key: "sites", label: words.sites, shown: true },
      { key: "buildings", label: words.buildings, shown: true },
      { key: "districts", label: words.district_lines, shown: true },
      { key: "next-flats", label: words.why.next_flats, shown: false },
    ];
    for (const [key, layer] of Object.entries(stack.layers)) {
      if (layer.label) entries.push({ key, label: layer.label, shown: false, picture: map.picture(layer.look, 7) });
    }
    const wanted = { sites: data.sites.id.length, buildings: data.buildings.id.length, districts: data.districts.id.length, "next-flats": data.why.flats.size.length };
    map.fillLayers(entries.filter(({ key }) => wanted[key] !== 0), (key, shown) => {
      stack.layers[key].shown = shown;
      stack.order();
      const facilities = Object.values(stack.layers).filter((layer) => layer.label && layer.shown);
      map.fillFacilityLegend(data, facilities.map(({ label, look, group }) => ({ label, look, count: group.getLayers().length })), number);
    });
  }

  function searchEntries(leaflet, data, sentences, spaces, stack, showUnplaced) {
    const { words } = data;
    const fill = map.filler(map.numberFormat(data.language));
    const entries = [];
    const openSign = (sign, key) => {
      stack.reveal(key);
      leaflet.setView(sign.getLatLng(), Math.max(leaflet.getZoom(), 17), { animate: false });
      sign.openPopup();
      focusPopup();
    };
    data.spaces.id.forEach((id, i) => entries.push({
      id,
      label: `${fill(words.space_title, { name: data.spaces.name[i] })} (${id})`,
      open: () => {
        leaflet.fitBounds(spaces.polygons[i].getBounds(), { ...margins(), maxZoom: 16, animate: false });
        spaces.polygons[i].openPopup();
        focusPopup();
      },
    }));
    const add = (key, id, sign, label) => {
      if (sign) entries.push({ id, label, open: () => openSign(sign, key) });
    };
    data.sites.id.forEach((id, i) => add("sites", id, stack.sites[i], `${fill(words.site_title, { name: data.sites.name[i] })} (${id})`));
    data.buildings.id.forEach((id, i) => add("buildings", id, stack.buildings[i], `${sentences.buildingName(i)} (${id})`));
    data.unplaced.id.forEach((id, i) => entries.push({ id, label: fill(words.unplaced_found, { id }), open: () => showUnplaced(i) }));
    data.units.id.forEach((id, i) => add("buildings", id, stack.buildings[data.units.building[i]],
      fill(words.unit_label, { id, building: sentences.buildingName(data.units.building[i]) })));
    data.residents.id.forEach((id, i) => add("buildings", id, stack.buildings[data.residents.building[i]], id));
    return entries;
  }

  // Whoever opened a popup by the search goes on reading in it.
  function focusPopup() {
    const article = document.querySelector(".leaflet-popup-content article");
    if (!article) return;
    article.setAttribute("tabindex", "-1");
    article.focus({ preventScroll: true });
  }

  function nameCloseButton(popup, text) {
    const button = popup.getElement().querySelector(".leaflet-popup-close-button");
    if (button) {
      button.setAttribute("aria-label", text);
      button.title = text;
    }
  }
})(window.allocatorMap);
