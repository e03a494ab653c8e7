// The content of the page read from its data block: texts, numbers in the form of the language, shapes and places.
window.allocatorMap = (function () {
  "use strict";

  const content = () => JSON.parse(document.getElementById("content").textContent);

  function numberFormat(language) {
    const formats = {};
    return function (value, digits = 0, signed = false) {
      const key = `${digits}${signed}`;
      formats[key] = formats[key] || new Intl.NumberFormat(language, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        signDisplay: signed ? "exceptZero" : "auto",
      });
      return formats[key].format(value).replace("-", "−");
    };
  }

  // A text with its places filled; numbers are formatted, texts stay as they are.
  function filler(number) {
    return (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? number(value, Number.isInteger(value) ? 0 : 1) : value;
    });
  }

  // Rings are written as a first corner and moves from corner to corner.
  function ring(moves, precision) {
    const corners = [];
    let latitude = 0, longitude = 0;
    for (let i = 0; i < moves.length; i += 2) {
      latitude += moves[i];
      longitude += moves[i + 1];
      corners.push([latitude / precision, longitude / precision]);
    }
    return corners;
  }

  const shape = (polygons, precision) => polygons.map((rings) => rings.map((moves) => ring(moves, precision)));

  // The position of place i, or null where none is known.
  function position(point, i, precision) {
    const [latitude, longitude] = [point[0][i], point[1][i]];
    return latitude === null || longitude === null ? null : [latitude / precision, longitude / precision];
  }

  // An element with a class and children; texts become text nodes, so that nothing in them is read as HTML.
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }

  return { content, numberFormat, filler, shape, position, element };
})();
