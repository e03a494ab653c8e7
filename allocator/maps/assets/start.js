// Puts the page together when Folium has made the map.
(function (map) {
  "use strict";

  const LARGEST_BUILDING_ZOOM = 15;

  map.options = {
    preferCanvas: true, zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 1,
    minZoom: 8, maxZoom: 19, wheelPxPerZoomLevel: 90, renderer: L.canvas({ padding: 0.4, tolerance: 3 }),
  };

  map.start = function (leaflet) {
    const data = map.content();
    const number = map.numberFormat(data.language);
    const fill = map.filler(number);
    const sentences = map.sentences(data, number);
    const state = { indicator: data.indicators[0].key };
    leaflet.getContainer().setAttribute("aria-label", data.words.map_label);
    leaflet.getContainer().setAttribute("role", "application");

    const fit = (animate) => leaflet.fitBounds(data.bounds, { ...margins(), animate });
    fit(false);
    leaflet.setMinZoom(Math.floor(leaflet.getZoom()) - 1);
    addControls(leaflet, data, () => fit(true));

    const spaces = map.spaceLayer(data, sentences, state);
    const stack = buildStack(leaflet, data, sentences, spaces);
    connectLayers(leaflet, data, stack);

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
    map.connectSearch(data, searchEntries(leaflet, data, sentences, spaces, stack), fill);
    leaflet.on("popupopen", ({ popup }) => nameCloseButton(popup, data.words.close));
    choose(state.indicator);
    connectPrint(leaflet);
    map.leaflet = leaflet;
    map.spaces = spaces;
  };

  // Paper has no switch to unfold: it shows the sources and licences.
  function connectPrint(leaflet) {
    const [details, more] = [document.querySelector("#heading details"), document.getElementById("heading-more")];
    let before = null;
    window.addEventListener("beforeprint", () => {
      before = { open: details.open, hidden: more.hidden };
      details.open = true;
      more.hidden = false;
      leaflet.invalidateSize({ animate: false });
    });
    window.addEventListener("afterprint", () => {
      if (before) [details.open, more.hidden] = [before.open, before.hidden];
      before = null;
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

  function buildStack(leaflet, data, sentences, spaces) {
    const layers = { districts: { group: map.districtLayer(data), shown: true } };
    data.facilities.kinds.forEach((kind, i) => {
      layers[`facility-${i}`] = { group: map.facilityLayer(data, i, sentences), shown: false, label: sentences.kindName(kind) };
    });
    const buildings = map.buildingLayer(data, sentences);
    layers.buildings = { group: buildings.group, shown: true };
    const sites = map.siteLayer(data, sentences);
    layers.sites = { group: sites.group, shown: true };
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

  function connectLayers(leaflet, data, stack) {
    const { words } = data;
    const entries = [
      { key: "sites", label: words.sites, shown: true },
      { key: "buildings", label: words.buildings, shown: true },
      { key: "districts", label: words.district_lines, shown: true },
    ];
    for (const [key, layer] of Object.entries(stack.layers)) {
      if (layer.label) entries.push({ key, label: layer.label, shown: false, picture: map.picture(map.FACILITY, 6) });
    }
    const wanted = { sites: data.sites.id.length, buildings: data.buildings.id.length, districts: data.districts.id.length };
    map.fillLayers(entries.filter(({ key }) => wanted[key] !== 0), (key, shown) => {
      stack.layers[key].shown = shown;
      stack.order();
    });
  }

  function searchEntries(leaflet, data, sentences, spaces, stack) {
    const { words } = data;
    const fill = map.filler(map.numberFormat(data.language));
    const entries = [];
    const openSign = (sign, key) => {
      stack.reveal(key);
      leaflet.setView(sign.getLatLng(), Math.max(leaflet.getZoom(), 17), { animate: false });
      sign.openPopup();
    };
    data.spaces.id.forEach((id, i) => entries.push({
      id,
      label: `${fill(words.space_title, { name: data.spaces.name[i] })} (${id})`,
      open: () => {
        leaflet.fitBounds(spaces.polygons[i].getBounds(), { ...margins(), maxZoom: 16, animate: false });
        spaces.polygons[i].openPopup();
      },
    }));
    const add = (key, id, sign, label) => {
      if (sign) entries.push({ id, label, open: () => openSign(sign, key) });
    };
    data.sites.id.forEach((id, i) => add("sites", id, stack.sites[i], `${fill(words.site_title, { name: data.sites.name[i] })} (${id})`));
    data.buildings.id.forEach((id, i) => add("buildings", id, stack.buildings[i], `${sentences.buildingName(i)} (${id})`));
    data.residents.id.forEach((id, i) => add("buildings", id, stack.buildings[data.residents.building[i]], id));
    return entries;
  }

  function nameCloseButton(popup, text) {
    const button = popup.getElement().querySelector(".leaflet-popup-close-button");
    if (button) {
      button.setAttribute("aria-label", text);
      button.title = text;
    }
  }
})(window.allocatorMap);
