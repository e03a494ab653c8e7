// What is drawn: social spaces, district borders, facilities, buildings, sites, in this order from below.
(function (map) {
  "use strict";

  const SITE_RADIUS = 7.5;
  const MOST_BUILDINGS_IN_A_CELL = 90;
  const CELL = 256;

  // Above a background of tiles the streets shine through, and the legend shows the same paler colours.
  const opacity = (data) => (data.tiles ? 0.65 : 1);

  function spaceLayer(data, sentences, state) {
    const missing = map.hatch();
    const polygons = data.spaces.shapes.map((shape, i) => {
      const polygon = L.polygon(map.shape(shape, data.precision), { weight: 0.8, color: "#6b6b6b", opacity: 0.9, fillOpacity: map.opacity(data) });
      polygon.bindPopup(() => sentences.space(i, state.indicator), { maxWidth: 420 });
      polygon.bindTooltip(() => tooltip(data, sentences, state, i), { sticky: true, direction: "top", offset: [0, -8] });
      return polygon;
    });
    function recolour(indicator) {
      polygons.forEach((polygon, i) => {
        const found = indicator.class[i];
        polygon.setStyle({ fillColor: found < 0 ? missing : indicator.colours[found] });
      });
    }
    return { group: L.layerGroup(polygons), polygons, recolour };
  }

  function tooltip(data, sentences, state, i) {
    const indicator = data.indicators.find((one) => one.key === state.indicator);
    return map.element("span", {}, map.element("b", {}, data.spaces.name[i]), ` ${sentences.value(indicator, i)}`);
  }

  function districtLayer(data) {
    const options = { fill: false, interactive: false, weight: 2.4, color: "#222222", opacity: 0.8 };
    return L.layerGroup(data.districts.shapes.map((shape) => L.polygon(map.shape(shape, data.precision), options)));
  }

  function signs(data, places, make, popup) {
    const made = places.id.map(() => null);
    // what is over its limit is made last and lies above what is not
    const order = places.id.map((_, i) => i).sort((a, b) => places.state[a] - places.state[b] || a - b);
    for (const i of order) {
      const position = map.position(places.point, i, data.precision);
      if (position) made[i] = make(position, i).bindPopup(() => popup(i), { maxWidth: 340, maxHeight: 360 });
    }
    return { group: L.layerGroup(made.filter(Boolean)), signs: made };
  }

  function siteLayer(data, sentences) {
    const make = (position, i) => map.sign(position, map.STATES[data.sites.state[i]], SITE_RADIUS, 2);
    return signs(data, data.sites, make, sentences.site);
  }

  function buildingLayer(data, sentences) {
    const make = (position, i) => map.sign(position, map.STATES[data.buildings.state[i]], 4.5, 1.2);
    return signs(data, data.buildings, make, sentences.building);
  }

  function facilityLayer(data, kind, look, sentences) {
    const { point, kind: kinds } = data.facilities;
    const made = [];
    kinds.forEach((one, i) => {
      const position = one === kind ? map.position(point, i, data.precision) : null;
      if (position) made.push(map.sign(position, look, 7, 1).bindPopup(() => sentences.facility(i), { maxWidth: 300 }));
    });
    return L.layerGroup(made);
  }

  // The zoom from which on no square of CELL pixels holds more buildings than a reader can tell apart.
  function readableZoom(leaflet, group, least, most) {
    const positions = group.getLayers().map((sign) => sign.getLatLng());
    for (let zoom = least; zoom < most; zoom += 1) {
      const cells = new Map();
      let fullest = 0;
      for (const position of positions) {
        const { x, y } = leaflet.project(position, zoom);
        const cell = `${Math.floor(x / CELL)} ${Math.floor(y / CELL)}`;
        cells.set(cell, (cells.get(cell) || 0) + 1);
        fullest = Math.max(fullest, cells.get(cell));
      }
      if (fullest <= MOST_BUILDINGS_IN_A_CELL) return zoom;
    }
    return most;
  }

  Object.assign(map, { opacity, spaceLayer, districtLayer, siteLayer, buildingLayer, facilityLayer, readableZoom });
})(window.allocatorMap);
