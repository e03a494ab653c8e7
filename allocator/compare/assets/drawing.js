// What one map of a comparison draws: social spaces, district borders, sites and buildings.
(function (map) {
  "use strict";

  const SITE_RADIUS = 7;
  const BUILDING_RADIUS = 4.2;
  // Fewer, as many, more persons: colours of Okabe and Ito, and a form each.
  const DIFFERENCE_LOOKS = [
    { form: "diamond", fill: "#0072b2", line: "#00334f", size: 1.15 },
    { form: "circle", fill: "#ffffff", line: "#333333", size: 0.8 },
    { form: "triangle", fill: "#d55e00", line: "#000000", size: 1.2 },
  ];

  // A view is one map: the plan `run`, or what it has more than the first one where `difference` is true.
  function drawView(leaflet, data, shapes, view, number) {
    const missing = map.hatch();
    const polygons = shapes.spaces.map((shape, i) => L.polygon(shape, { weight: 0.8, color: "#6b6b6b", opacity: 0.9, fillOpacity: 1 })
      .bindTooltip(() => tooltip(data, view, i, number), { sticky: true, direction: "top", offset: [0, -8] })
      .bindPopup(() => spaceTable(data, i, number), { maxWidth: 460 }));
    const spaces = L.layerGroup(polygons).addTo(leaflet);
    const districts = L.layerGroup(shapes.districts.map((shape) => L.polygon(shape, { fill: false, interactive: false, weight: 2.2, color: "#222222", opacity: 0.8 })));
    const looks = view.difference ? DIFFERENCE_LOOKS : map.STATES;
    const state = data.places.name.map((_, i) => stateOf(data, view, i));
    const signs = (site) => L.layerGroup(order(state).filter((i) => (data.places.site[i] === 1) === site && !(view.difference && state[i] === 1)).map((i) => {
      const position = map.position(data.places.point, i, data.precision);
      return map.sign(position, looks[state[i]], site ? SITE_RADIUS : BUILDING_RADIUS, site ? 1.8 : 1.1).bindPopup(() => placeTable(data, i, number), { maxWidth: 420 });
    }));
    Object.assign(view, { leaflet, polygons, spaces, districts, state, sites: signs(true), buildings: signs(false) });
    view.recolour = (shade) => polygons.forEach((polygon, i) => {
      const found = shade.class[view.column][i];
      polygon.setStyle({ fillColor: found < 0 ? missing : shade.colours[found] });
    });
  }

  function stateOf(data, view, i) {
    if (!view.difference) return data.places.state[view.run][i];
    return Math.sign(data.places.persons[view.run][i] - data.places.persons[0][i]) + 1;
  }

  const order = (state) => state.map((_, i) => i).sort((a, b) => state[a] - state[b] || a - b);

  function showLayers(view, shown, buildingsFrom) {
    if (!view.polygons) return false; // nobody has looked at this map yet
    const near = view.leaflet.getZoom() >= buildingsFrom;
    const wanted = [[view.districts, shown.districts], [view.buildings, shown.places && near], [view.sites, shown.places]];
    for (const [group, visible] of wanted) {
      if (!visible) view.leaflet.removeLayer(group);
      else {
        if (!view.leaflet.hasLayer(group)) group.addTo(view.leaflet);
        group.eachLayer((one) => one.bringToFront());
      }
    }
    return near;
  }

  const shadeOf = (data, view, key) => (view.difference ? data.differences : data.shades).find((one) => one.key === key);

  function valueText(data, shade, value, difference, number) {
    if (value === null) return data.words.no_data;
    const signed = difference || shade.kind === "difference";
    if (shade.kind !== "percent") return number(value, 0, signed);
    return `${number(value * 100, 1, signed)} ${difference ? data.words.shades[shade.key].difference : "%"}`;
  }

  function tooltip(data, view, i, number) {
    const shade = shadeOf(data, view, view.shade);
    return map.element("span", {}, map.element("b", {}, data.spaces.name[i]), ` ${valueText(data, shade, shade.values[view.column][i], view.difference, number)}`);
  }

  // The numbers of a place in all plans; texts from data are text nodes.
  function table(data, title, rows) {
    const cell = (tag, text, attributes = {}) => map.element(tag, attributes, text);
    return map.element("article", {}, map.element("h3", {}, title), map.element("table", {},
      map.element("thead", {}, map.element("tr", {}, cell("td", ""), ...data.runs.map((name) => cell("th", name, { scope: "col" })))),
      map.element("tbody", {}, ...rows.map(([label, texts]) => map.element("tr", {}, cell("th", label, { scope: "row" }), ...texts.map((text) => cell("td", text)))))));
  }

  function spaceTable(data, i, number) {
    const rows = Object.entries(data.spaces.numbers).map(([key, values]) => [data.words[key], values.map((some) => number(some[i]))]);
    for (const shade of data.shades) rows.push([data.words.shades[shade.key].name, shade.values.map((some) => valueText(data, shade, some[i], false, number))]);
    return table(data, `${data.spaces.name[i]} (${data.spaces.id[i]})`, rows);
  }

  function placeTable(data, i, number) {
    return table(data, data.places.name[i], [
      [data.words.persons_here, data.places.persons.map((some) => number(some[i]))],
      [data.words.state_here, data.places.state.map((some) => data.words.states[some[i]])],
    ]);
  }

  Object.assign(map, { drawView, showLayers, shadeOf, DIFFERENCE_LOOKS });
})(window.allocatorMap);
