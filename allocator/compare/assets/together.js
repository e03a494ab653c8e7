// Maps that move together: whichever is moved takes the others along.
(function (map) {
  "use strict";

  // Zooming and panning are not animated, so that all maps show the same part of the city at every moment.
  const OPTIONS = {
    preferCanvas: true, zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.5, minZoom: 8,
    maxZoom: 19, wheelPxPerZoomLevel: 90, zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false,
    inertia: false, scrollWheelZoom: false,
  };

  function makeMap(container, label) {
    const leaflet = L.map(container, { ...OPTIONS, renderer: L.canvas({ padding: 0.3, tolerance: 3 }) });
    container.setAttribute("role", "application");
    container.setAttribute("aria-label", label);
    // The wheel scrolls the page until somebody works in the map.
    container.addEventListener("focusin", () => leaflet.scrollWheelZoom.enable());
    container.addEventListener("focusout", () => leaflet.scrollWheelZoom.disable());
    leaflet.on("click", () => container.focus({ preventScroll: true }));
    return leaflet;
  }

  function moveTogether(maps) {
    let leading = null;
    for (const one of maps) {
      one.on("move zoomend", () => {
        if (leading) return;
        leading = one;
        const shown = maps.filter((other) => other !== one && other.getContainer().offsetParent !== null);
        for (const other of shown) other.setView(one.getCenter(), one.getZoom(), { animate: false, reset: one.getZoom() !== other.getZoom() });
        leading = null;
      });
      // Panning goes by whole pixels; where it ends all centres are brought to the same point.
      one.on("moveend", () => {
        if (leading) return;
        leading = one;
        for (const other of maps) {
          if (other !== one && other.getContainer().offsetParent !== null && !other.getCenter().equals(one.getCenter(), 1e-9)) {
            other.setView(one.getCenter(), one.getZoom(), { animate: false, reset: true });
          }
        }
        leading = null;
      });
    }
  }

  Object.assign(map, { makeMap, moveTogether });
})(window.allocatorMap);
