// Puts the comparison together: its maps, the ways to show them, the switches.
(function (map) {
  "use strict";

  const LARGEST_BUILDING_ZOOM = 15;
  const byId = (id) => document.getElementById(id);

  map.compare = function () {
    const data = map.content();
    const number = map.numberFormat(data.language);
    const fill = map.filler(number);
    const shapes = {
      spaces: data.spaces.shapes.map((shape) => map.shape(shape, data.precision)),
      districts: data.districts.shapes.map((shape) => map.shape(shape, data.precision)),
    };
    const state = { mode: "side", shade: data.shades[0].key, left: 0, right: 1, places: true, districts: true };
    const plans = data.runs.map((name, i) => ({ run: i, column: i, difference: false, letter: name.split(" ")[0], label: name }));
    const differences = data.runs.slice(1).map((name, i) => ({
      run: i + 1, column: i, difference: true, letter: `${name.split(" ")[0]} − ${plans[0].letter}`,
      label: fill(data.words.difference_label, { other: name, reference: data.runs[0] }),
    }));
    const views = [...plans, ...differences];
    for (const view of views) {
      const container = map.element("div", { class: "map", tabindex: "0" });
      view.frame = map.element("figure", { class: "view" }, map.element("figcaption", {}, view.label), container);
      byId("maps").append(view.frame);
      view.leaflet = map.makeMap(container, fill(data.words.map_label, { name: view.label }));
    }
    map.moveTogether(views.map(({ leaflet }) => leaflet));

    const shownViews = () => (state.mode === "difference" ? differences : state.mode === "swipe" ? [plans[state.left], plans[state.right]] : plans);
    const from = { buildings: null };

    // Maps that were never shown are drawn when somebody asks for them: the first view comes up sooner.
    function draw(view) {
      if (!view.polygons) map.drawView(view.leaflet, data, shapes, view, number);
      if (view.shade !== state.shade) view.recolour(map.shadeOf(data, view, state.shade));
      view.shade = state.shade;
    }

    function show() {
      const now = shownViews();
      const before = views.find((view) => !view.frame.hidden && view.polygons);
      const seen = before && [before.leaflet.getCenter(), before.leaflet.getZoom()];
      for (const view of views) view.frame.hidden = !now.includes(view);
      byId("maps").className = state.mode === "swipe" ? "swipe" : now.length > 2 ? "many" : "side";
      byId("swipe-bar").hidden = state.mode !== "swipe";
      byId("pair").hidden = state.mode !== "swipe" || plans.length < 3;
      for (const view of views) view.frame.classList.toggle("over", state.mode === "swipe" && view === plans[state.left]);
      for (const view of now) {
        view.leaflet.invalidateSize({ animate: false, pan: false });
        if (seen) view.leaflet.setView(...seen, { animate: false, reset: true });
        else view.leaflet.fitBounds(data.bounds, { animate: false, padding: [8, 8] });
      }
      for (const view of now) draw(view);
      from.buildings ??= map.readableZoom(now[0].leaflet, now[0].buildings, Math.floor(now[0].leaflet.getZoom()), LARGEST_BUILDING_ZOOM);
      layers();
      map.fillLegend(data, now, state.shade, number);
      wipe();
    }

    function layers() {
      const near = shownViews().map((view) => map.showLayers(view, state, from.buildings));
      byId("zoom-note").hidden = !state.places || near.every(Boolean);
    }

    function wipe() {
      const part = Number(byId("swipe").value);
      for (const view of views) view.frame.style.clipPath = view.frame.classList.contains("over") ? `inset(0 ${100 - part}% 0 0)` : "";
      byId("maps").style.setProperty("--swipe", `${part}%`);
    }

    for (const view of views) view.leaflet.on("zoomend", layers);
    connect(data, state, plans, show, layers, wipe);
    connectFit(data, views, shownViews);
    show();
    addScale(views);
    Object.assign(map, { views, state, shownViews });
  };

  function connect(data, state, plans, show, layers, wipe) {
    for (const { key } of data.shades) {
      const input = map.element("input", { type: "radio", name: "shade", value: key, id: `shade-${key}` });
      input.checked = key === state.shade;
      input.addEventListener("change", () => { state.shade = key; show(); });
      byId("shade").append(map.element("label", {}, input, ` ${data.words.shades[key].name}`));
    }
    for (const mode of ["side", "swipe", "difference"]) byId(`mode-${mode}`).addEventListener("change", () => { state.mode = mode; show(); });
    for (const key of ["places", "districts"]) {
      byId(`layer-${key}`).addEventListener("change", (event) => { state[key] = event.target.checked; layers(); });
    }
    byId("district-switch").hidden = !data.districts.id.length;
    byId("swipe").addEventListener("input", wipe);
    for (const side of ["left", "right"]) {
      const select = byId(`swipe-${side}`);
      select.append(...plans.map(({ label }, i) => map.element("option", { value: i }, label)));
      select.value = state[side];
      select.addEventListener("change", () => {
        const other = side === "left" ? "right" : "left";
        // The same plan on both sides would show nothing: the other side takes what this one leaves.
        if (Number(select.value) === state[other]) {
          state[other] = state[side];
          byId(`swipe-${other}`).value = state[other];
        }
        state[side] = Number(select.value);
        show();
      });
    }
    byId("controls").addEventListener("submit", (event) => event.preventDefault());
    window.addEventListener("resize", () => map.shownViews().forEach(({ leaflet }) => leaflet.invalidateSize({ animate: false })));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") map.views.forEach(({ leaflet }) => leaflet.closePopup());
    });
  }

  // Zoom and the whole city, for all maps at once.
  function connectFit(data, views, shownViews) {
    const { words } = data;
    const first = () => shownViews()[0].leaflet;
    const buttons = [
      ["+", words.zoom_in, () => first().zoomIn(1, { animate: false })],
      ["−", words.zoom_out, () => first().zoomOut(1, { animate: false })],
      ["⌂", words.whole_city, () => first().fitBounds(data.bounds, { animate: false, padding: [8, 8] })],
    ].map(([sign, name, act]) => {
      const button = map.element("button", { type: "button", title: name, "aria-label": name }, sign);
      button.addEventListener("click", act);
      return button;
    });
    byId("stage").append(map.element("div", { id: "zoom" }, ...buttons));
    for (const { leaflet } of views) {
      leaflet.on("popupopen", ({ popup }) => {
        const button = popup.getElement().querySelector(".leaflet-popup-close-button");
        if (button) [button.title, button.ariaLabel] = [words.close, words.close];
      });
    }
  }

  function addScale(views) {
    for (const { leaflet } of views) L.control.scale({ imperial: false, position: "bottomleft", maxWidth: 110 }).addTo(leaflet);
  }
})(window.allocatorMap);
