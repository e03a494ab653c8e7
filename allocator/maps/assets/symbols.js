// Signs of sites, buildings and facilities: the same outlines on the canvas of the map and in the legend.
(function (map) {
  "use strict";

  // Colours of Okabe and Ito (2008), Color Universal Design; each state has a form of its own as well.
  const STATES = [
    { form: "circle", fill: "#ffffff", line: "#333333", size: 0.8 },
    { form: "circle", fill: "#0072b2", line: "#00334f", size: 1 },
    { form: "square", fill: "#e69f00", line: "#000000", size: 0.95 },
    { form: "triangle", fill: "#ffffff", line: "#b34700", size: 1.3 },
    { form: "triangle", fill: "#d55e00", line: "#000000", size: 1.3 },
  ];
  // Each kind of facility has a form and a letter.
  const FACILITY_FORMS = ["diamond", "pentagon", "hexagon", "octagon"];
  const CORNERS = { diamond: 4, pentagon: 5, hexagon: 6, octagon: 8 };
  const LETTER = "#2b0f20";
  const NO_DATA = "#d9d9d9";

  function corners(form, x, y, radius) {
    const r = radius;
    if (form === "square") return [[x - r, y - r], [x + r, y - r], [x + r, y + r], [x - r, y + r]];
    if (form === "triangle") return [[x, y - r], [x + 0.92 * r, y + 0.72 * r], [x - 0.92 * r, y + 0.72 * r]];
    const angles = Array.from({ length: CORNERS[form] }, (_, i) => (2 * Math.PI * i) / CORNERS[form] + (CORNERS[form] === 8 ? Math.PI / 8 : 0));
    return angles.map((angle) => [x + r * Math.sin(angle), y - r * Math.cos(angle)]);
  }

  // The look of each kind: the form by its position, the letter as in the words, else the first of its name that is free.
  function facilityLooks(names, letters) {
    const taken = new Set(letters.filter(Boolean));
    return names.map((name, i) => {
      const own = [...name.toUpperCase()].filter((sign) => /\p{L}|\p{N}/u.test(sign));
      const letter = letters[i] || own.find((sign) => !taken.has(sign)) || own[0] || "?";
      taken.add(letter);
      const form = FACILITY_FORMS[i % FACILITY_FORMS.length];
      return { form, letter, fill: "#f2c6dd", line: "#4a1f38", size: form === "diamond" ? 1.15 : 1 };
    });
  }

  function trace(context, form, { x, y }, radius) {
    context.beginPath();
    if (form === "circle") context.arc(x, y, radius, 0, 2 * Math.PI);
    else corners(form, x, y, radius).forEach((corner, i) => (i ? context.lineTo(...corner) : context.moveTo(...corner)));
    context.closePath();
  }

  function write(context, letter, { x, y }, radius) {
    context.globalAlpha = 1;
    context.font = `700 ${Math.round(radius * 1.25)}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = LETTER;
    context.fillText(letter, x, y + 0.5);
  }

  // A sign on Leaflet's canvas, with a white rim that sets it off from any colour below.
  const Sign = L.CircleMarker.extend({
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const context = renderer._ctx;
      trace(context, this.options.form, this._point, this._radius);
      context.globalAlpha = 0.9;
      context.lineWidth = this.options.weight + 2.4;
      context.strokeStyle = "#ffffff";
      context.lineJoin = "round";
      context.stroke();
      renderer._fillStroke(context, this);
      if (this.options.letter) write(context, this.options.letter, this._point, this._radius);
    },
  });

  function sign(position, look, radius, weight) {
    return new Sign(position, {
      form: look.form, letter: look.letter, radius: radius * look.size, weight, color: look.line, fillColor: look.fill,
      fillOpacity: 1, opacity: 1, bubblingMouseEvents: false,
    });
  }

  function picture(look, radius) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "-9 -9 18 18");
    svg.setAttribute("class", "sign");
    svg.setAttribute("aria-hidden", "true");
    const round = look.form === "circle";
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", round ? "circle" : "polygon");
    if (round) drawn.setAttribute("r", radius * look.size);
    else drawn.setAttribute("points", corners(look.form, 0, 0, radius * look.size).join(" "));
    drawn.setAttribute("fill", look.fill);
    drawn.setAttribute("stroke", look.line);
    drawn.setAttribute("stroke-width", 1.4);
    svg.append(drawn);
    if (look.letter) {
      const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
      const attributes = { "text-anchor": "middle", "dominant-baseline": "central", "font-size": radius * 1.25, "font-weight": 700, fill: LETTER };
      for (const [name, value] of Object.entries(attributes)) text.setAttribute(name, value);
      text.textContent = look.letter;
      svg.append(text);
    }
    return svg;
  }

  // Grey with diagonal lines, for places of which nothing is known.
  function hatch() {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const context = tile.getContext("2d");
    context.fillStyle = NO_DATA;
    context.fillRect(0, 0, 8, 8);
    context.strokeStyle = "#8c8c8c";
    context.lineWidth = 1.2;
    for (const shift of [-8, 0, 8]) {
      context.moveTo(shift - 1, 9);
      context.lineTo(shift + 9, -1);
    }
    context.stroke();
    return context.createPattern(tile, "repeat");
  }

  Object.assign(map, { STATES, facilityLooks, sign, picture, hatch });
})(window.allocatorMap);
