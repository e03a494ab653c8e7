// Why: what binds at a place and what one more would bring, and where one more flat helps most.
(function (map) {
  "use strict";

  const { element } = map;
  const FLAT = { color: "#3f007d", weight: 2, fillColor: "#ffffff", fillOpacity: 0.92 };
  const GUESS = { ...FLAT, dashArray: "3 3" };
  const [SMALLEST, LARGEST] = [9, 16];

  // The sentences of popups with why; everything else stays.
  map.withWhy = function (sentences, data) {
    const { why, words } = data;
    const said = (text) => text.charAt(0).toLocaleUpperCase(data.language) + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

    function extended(article, told) {
      if (told && told.length) {
        article.append(element("h3", {}, words.why.title),
          element("ul", { class: "why" }, ...told.map((text) => element("li", {}, said(text)))));
      }
      return article;
    }

    return {
      ...sentences,
      site: (i) => extended(sentences.site(i), why.sites[i]),
      building: (i) => extended(sentences.building(i), why.buildings[i]),
      space: (i, current) => extended(sentences.space(i, current), why.spaces[i]),
      facility: (i) => extended(sentences.facility(i), why.facilities[i]),
      nextFlat: (k) => element("article", {}, element("p", {}, said(why.flats.sentence[k]))),
    };
  };

  // A circle in each social space in which one more flat helps: its size in persons, larger where it helps more.
  map.nextFlatLayer = function (data, sentences) {
    const { flats } = data.why;
    const most = Math.max(1, ...flats.gain);
    const circles = flats.size.map((size, k) => {
      const radius = SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(flats.gain[k] / most);
      const circle = L.circleMarker(map.position(flats.point, k, data.precision), { ...(flats.solved[k] ? FLAT : GUESS), radius });
      circle.bindTooltip(String(size), { permanent: true, direction: "center", className: "next-flat" });
      return circle.bindPopup(() => sentences.nextFlat(k), { maxWidth: 320 });
    });
    return L.layerGroup(circles);
  };
})(window.allocatorMap);
