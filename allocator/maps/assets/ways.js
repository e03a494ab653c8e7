// Ways: streets coloured by their distance to a kind of facility, the way of children, and how full facilities become.
(function (map) {
  "use strict";

  const { element } = map;
  // On a white rim, so that they stand out from every shade of the social spaces; what is far is thinner.
  const BANDS = [
    { color: "#54278f", weight: 3.4 }, { color: "#dd1c77", weight: 2.8 }, { color: "#e6550d", weight: 2.2 }, { color: "#6e6e6e", weight: 1.6 },
  ];
  const RIM = { color: "#ffffff", weight: 5.4, opacity: 0.85 };
  // From so many metres in a pixel on, streets lie so close that lines get thinner.
  const CLOSE = 6, THINNEST = 0.3;
  const WAY = [{ color: "#ffffff", weight: 7, opacity: 0.9 }, { color: "#6a00a8", weight: 4, opacity: 1, dashArray: "8 5" }];
  const MOST_WAYS = 6;

  function groups(column) {
    const found = new Map();
    column.forEach((key, i) => found.set(key, [...(found.get(key) || []), i]));
    return found;
  }

  // The sentences of popups with what there is to say of ways; everything else stays.
  map.withWays = function (sentences, data, number) {
    const { ways } = data.ways;
    const say = data.words.ways;
    const fill = map.filler(number);
    const ofBuilding = groups(ways.building);
    const buildingsOf = groups(data.buildings.site);
    const nameOf = (i) => data.facilities.name[i] || sentences.kindName(data.facilities.kinds[data.facilities.kind[i]]);

    function section(buildings) {
      const mine = buildings.flatMap((i) => ofBuilding.get(i) || []);
      if (!mine.length) return [];
      const lines = mine.slice(0, MOST_WAYS).map((k) => element("li", {},
        fill(ways.children[k] === 1 ? say.way.one : say.way.other, { n: ways.children[k], metres: ways.metres[k], name: nameOf(ways.facility[k]) })));
      if (mine.length > MOST_WAYS) lines.push(element("li", {}, fill(say.more, { n: mine.length - MOST_WAYS })));
      return [element("h3", {}, say.title), element("ul", { class: "ways" }, ...lines)];
    }

    function seats(i) {
      const taken = data.ways.taken[i];
      if (taken === null) return [];
      const all = data.facilities.seats[i];
      if (all === null) return [element("p", { class: "load" }, fill(say.taken_open, { n: taken }))];
      const meter = element("meter", { min: 0, max: Math.max(all, 1), value: taken, "aria-hidden": "true" });
      return [element("p", { class: "load" }, meter, ` ${fill(say.taken, { n: taken, all })}`)];
    }

    function extended(article, ...parts) {
      article.append(...parts);
      return article;
    }

    return {
      ...sentences,
      building: (i) => extended(sentences.building(i), ...section([i])),
      site: (i) => extended(sentences.site(i), ...section(buildingsOf.get(i) || [])),
      facility: (i) => extended(sentences.facility(i), ...seats(i)),
    };
  };

  function corners(moves, precision, start) {
    const found = [];
    let [latitude, longitude] = start;
    for (let i = 0; i < moves.length; i += 2) {
      latitude += moves[i];
      longitude += moves[i + 1];
      found.push([latitude / precision, longitude / precision]);
    }
    return found;
  }

  // The streets of the page; each begins as seen from the beginning of the one before.
  function streets(data) {
    const start = [0, 0];
    return data.ways.lines.map((moves) => {
      const line = corners(moves, data.precision, start);
      start[0] += moves[0];
      start[1] += moves[1];
      return line;
    });
  }

  // Draws the way of whoever lives where a popup is open, and takes it away with the popup.
  function connectWays(leaflet, data, stack) {
    const { ways } = data.ways;
    const ofBuilding = groups(ways.building);
    const buildingsOf = groups(data.buildings.site);
    const drawn = L.layerGroup().addTo(leaflet);

    function show(buildings) {
      drawn.clearLayers();
      const mine = buildings.flatMap((i) => ofBuilding.get(i) || []).slice(0, MOST_WAYS);
      const lines = mine.map((k) => corners(ways.line[k], data.precision, [0, 0]));
      if (lines.length) WAY.forEach((look) => drawn.addLayer(L.polyline(lines, { ...look, interactive: false, lineJoin: "round" })));
    }
    const connect = (signs, buildings) => signs.forEach((sign, i) => {
      if (!sign) return;
      sign.on("popupopen", () => show(buildings(i)));
      sign.on("popupclose", () => drawn.clearLayers());
    });
    connect(stack.buildings, (i) => [i]);
    connect(stack.sites, (i) => buildingsOf.get(i) || []);
  }

  // The switch of kinds, the coloured streets and their legend.
  function connectBands(leaflet, data, sentences, stack, number) {
    const { kinds, limits, bands, children } = data.ways;
    if (!data.ways.lines.length || !kinds.length) return;
    const say = data.words.ways;
    const fill = map.filler(number);
    const group = L.layerGroup();
    const legend = element("div", { id: "way-legend" });
    legend.hidden = true;
    document.getElementById("legend").prepend(legend);
    let lines = null;

    function choose(kind) {
      group.clearLayers();
      leaflet.removeLayer(group);
      legend.hidden = !kind;
      if (!kind) return;
      lines = lines || streets(data);
      const inBand = BANDS.map(() => []);
      [...bands[kind]].forEach((band, i) => inBand[band].push(lines[i]));
      const draw = (some, look) => group.addLayer(L.polyline(some, { opacity: 1, ...look, full: look.weight, interactive: false, smoothFactor: 1.5 }));
      draw(lines, RIM);
      for (let band = BANDS.length - 1; band >= 0; band -= 1) {
        if (inBand[band].length) draw(inBand[band], BANDS[band]);
      }
      thin();
      group.addTo(leaflet);
      stack.order();
      fillLegend(kind);
    }

    function thin() {
      const metres = (40075016 * Math.cos((leaflet.getCenter().lat * Math.PI) / 180)) / 2 ** (leaflet.getZoom() + 8);
      const part = Math.max(THINNEST, Math.min(1, CLOSE / metres));
      group.eachLayer((line) => line.setStyle({ weight: line.options.full * part }));
    }
    leaflet.on("zoomend", thin);

    function fillLegend(kind) {
      const rows = BANDS.map((look, band) => {
        const line = element("span", { class: "band", "aria-hidden": "true" });
        line.style.borderTopWidth = `${look.weight}px`;
        line.style.borderTopColor = look.color;
        const text = band < limits.length ? fill(say.up_to, { m: limits[band] }) : fill(say.beyond, { m: limits[limits.length - 1] });
        return element("li", {}, line, element("span", { class: "label" }, text), element("span", { class: "count" }, number(children[kind][band])));
      });
      const counted = kind === "school" || kind === "kita" ? say.children_count : say.persons_count;
      legend.replaceChildren(
        element("h2", {}, fill(say.legend, { kind: sentences.kindName(kind) })),
        element("p", { class: "unit" }, say.on_foot, element("span", {}, counted)),
        element("ul", {}, ...rows));
    }

    const options = ["", ...kinds].map((kind) => {
      const input = element("input", { type: "radio", name: "way-kind", value: kind, id: `way-${kind || "none"}` });
      input.checked = !kind;
      input.addEventListener("change", () => choose(kind));
      return element("label", { for: input.id }, input, element("span", {}, kind ? sentences.kindName(kind) : say.none));
    });
    const fold = element("details", { id: "way-switch" }, element("summary", {}, say.switch), ...options);
    document.getElementById("facility-switch").after(fold);
  }

  // How distances were measured stands with the sources.
  function tellDistances(data) {
    const place = document.querySelector("#heading #origin") || document.querySelector("#heading details");
    if (place && data.ways.told.length) place.append(element("p", { id: "distances" }, data.ways.told.join(" ")));
  }

  map.connectWays = function (leaflet, data, sentences, stack, number) {
    tellDistances(data);
    connectWays(leaflet, data, stack);
    connectBands(leaflet, data, sentences, stack, number);
  };
})(window.allocatorMap);
