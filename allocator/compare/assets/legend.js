// One legend for all maps: the classes with the number of social spaces in each map, and the signs of places.
(function (map) {
  "use strict";

  const byId = (id) => document.getElementById(id);

  function row(sign, label, counts) {
    return map.element("tr", {}, map.element("td", {}, sign), map.element("th", { scope: "row" }, label), ...counts.map((count) => map.element("td", { class: "count" }, count)));
  }

  function swatch(colour) {
    const made = map.element("span", { class: "swatch" });
    if (colour) made.style.backgroundColor = colour;
    else made.classList.add("missing");
    return made;
  }

  function head(views) {
    return map.element("thead", {}, map.element("tr", {}, map.element("td", {}), map.element("td", {}), ...views.map(({ letter }) => map.element("th", { scope: "col" }, letter))));
  }

  function fillLegend(data, views, key, number) {
    const shade = map.shadeOf(data, views[0], key);
    const text = data.words.shades[key];
    const difference = views[0].difference;
    const rows = shade.labels.map((label, i) => row(swatch(shade.colours[i]), label, views.map(({ column }) => number(shade.counts[column][i]))));
    if (shade.missing.some(Boolean)) rows.push(row(swatch(null), data.words.no_data, views.map(({ column }) => number(shade.missing[column]))));
    byId("class-legend").replaceChildren(
      map.element("h3", {}, text.name),
      map.element("p", { class: "hint" }, difference ? `${text.difference}; ${views.length > 1 ? data.words.mode_difference : views[0].label}` : text.unit),
      map.element("table", {}, map.element("caption", {}, data.words.spaces_count), head(views), map.element("tbody", {}, ...rows.reverse())));
    const [looks, labels] = difference ? [map.DIFFERENCE_LOOKS, data.words.difference_states] : [map.STATES, data.words.states];
    const counted = looks.map((_, i) => views.map(({ state }) => state.filter((one) => one === i).length));
    byId("state-legend").replaceChildren(
      map.element("table", {}, map.element("caption", {}, data.words.places_legend), head(views), map.element("tbody", {}, ...looks.map((look, i) => [look, i])
        .filter(([, i]) => !(difference && i === 1) && counted[i].some(Boolean))
        .map(([look, i]) => row(map.picture(look, 6), labels[i], counted[i].map((count) => number(count)))))));
  }

  Object.assign(map, { fillLegend });
})(window.allocatorMap);
