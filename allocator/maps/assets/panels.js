// Switch, legend, search and the foldable heading.
(function (map) {
  "use strict";

  const { element } = map;
  const byId = (id) => document.getElementById(id);

  function fillSwitch(data, current, choose) {
    for (const { key } of data.indicators) {
      const text = data.words.indicators[key];
      const input = element("input", { type: "radio", name: "indicator", value: key, id: `indicator-${key}` });
      input.checked = key === current;
      input.addEventListener("change", () => choose(key));
      byId("indicator-switch").append(
        element("label", { for: input.id, title: text.long }, input, element("span", {}, text.name)));
    }
  }

  // layers: [{ key, label, shown, picture }]; toggle(key, shown) is called on every change.
  function fillLayers(layers, toggle) {
    for (const { key, label, shown, picture } of layers) {
      const input = element("input", { type: "checkbox", id: `layer-${key}` });
      input.checked = shown;
      input.addEventListener("change", () => toggle(key, input.checked));
      byId(picture ? "facility-switch" : "layer-switch").append(element("label", { for: input.id }, input, element("span", {}, label), picture || ""));
    }
    byId("facility-switch").hidden = !layers.some(({ picture }) => picture);
  }

  function fillClassLegend(data, indicator, number) {
    const text = data.words.indicators[indicator.key];
    const rows = indicator.labels.map((label, i) => legendRow(swatch(indicator.colours[i], map.opacity(data)), label, indicator.counts[i], number));
    if (indicator.missing) {
      rows.push(legendRow(element("span", { class: "swatch missing" }), data.words.no_data, indicator.missing, number));
    }
    byId("class-legend").replaceChildren(
      element("h2", {}, text.long),
      element("p", { class: "unit" }, text.unit, element("span", {}, data.words.spaces_count)),
      element("ul", {}, ...rows.reverse()));
  }

  function swatch(colour, opacity) {
    const made = element("span", { class: "swatch" });
    made.style.backgroundColor = colour;
    made.style.opacity = opacity;
    return made;
  }

  function legendRow(sign, label, count, number) {
    return element("li", {}, sign, element("span", { class: "label" }, label), element("span", { class: "count" }, number(count)));
  }

  function fillStateLegend(data, number) {
    const names = ["unused", "within", "at_limit", "over_today", "over"];
    // A building of a site is counted with its site, unless a cap of its own holds there.
    const alone = (_, i) => data.buildings.site[i] < 0 || data.buildings.caps[i].length > 0;
    const states = [...data.sites.state, ...data.buildings.state.filter(alone)];
    byId("state-legend").hidden = !states.length;
    const capped = Object.keys(data.rules).length > 0;
    const label = (name) => (capped || name !== "within" ? data.words.states[name] : data.words.used);
    const rows = (capped ? names : names.slice(0, 2)).map((name, i) => legendRow(
      map.picture(map.STATES[i], 6), label(name), states.filter((state) => state === i).length, number));
    byId("state-legend").replaceChildren(element("h2", {}, data.words.places_legend), element("ul", {}, ...rows));
  }

  // shown: [{ label, look, count }] of the kinds of facilities that are on the map.
  function fillFacilityLegend(data, shown, number) {
    const rows = shown.map(({ label, look, count }) => legendRow(map.picture(look, 7), label, count, number));
    byId("facility-legend").replaceChildren(element("h2", {}, data.words.facilities), element("ul", {}, ...rows));
    byId("facility-legend").hidden = !shown.length;
  }

  // Households without a place by reason, and a function that leads to one of them.
  function fillUnplaced(data, sentences) {
    const { unplaced } = data;
    const panel = byId("unplaced");
    panel.hidden = !unplaced.id.length;
    byId("unplaced-title").textContent = sentences.unplacedTitle();
    const items = unplaced.id.map((id, i) => element("li", { tabindex: "-1" }, 
      `${id} (${unplaced.persons[i]})${unplaced.change[i] ? `: ${unplaced.change[i]}` : ""}`));
    const parts = unplaced.reasons.flatMap((reason, at) => [
      element("h3", {}, reason),
      element("ul", {}, ...items.filter((_, i) => unplaced.reason[i] === at)),
    ]);
    byId("unplaced-list").replaceChildren(...parts);
    return (i) => {
      byId("heading-more").hidden = false;
      panel.open = true;
      items.forEach((item) => item.classList.remove("found"));
      items[i].classList.add("found");
      byId("unplaced-found").textContent = sentences.unplacedSentence(i);
      items[i].focus({ preventScroll: true });
      byId("unplaced-found").scrollIntoView({ block: "nearest" });
    };
  }

  // entries: [{ id, label, open }]; those that hold every word of the input: first the id itself, then early matches.
  function connectSearch(data, entries, fill) {
    const [input, list, status] = [byId("search-text"), byId("search-results"), byId("search-status")];
    const folded = (text) => text.toLocaleLowerCase(data.language);
    const haystack = entries.map((entry) => folded(entry.label));

    function find() {
      const wanted = folded(input.value).split(/\s+/).filter(Boolean);
      if (!wanted.length) return [];
      const found = entries.map((entry, i) => [entry, haystack[i]]).filter(([, text]) => wanted.every((word) => text.includes(word)));
      const other = (entry) => (folded(entry.id) === wanted.join(" ") ? 0 : 1);
      return found.sort((a, b) => other(a[0]) - other(b[0]) || a[1].indexOf(wanted[0]) - b[1].indexOf(wanted[0]) || a[1].length - b[1].length).map(([entry]) => entry);
    }

    function show() {
      const found = find();
      list.replaceChildren(...found.slice(0, 8).map((entry) => {
        const button = element("button", { type: "button" }, entry.label);
        button.addEventListener("click", () => {
          list.replaceChildren();
          entry.open();
        });
        return element("li", {}, button);
      }));
      status.textContent = !input.value.trim() ? "" : found.length ? fill(data.words.search_found, { n: found.length }) : data.words.search_none;
    }

    function clear() {
      input.value = "";
      show();
      input.focus();
    }

    // Arrows walk through the results, Escape leaves them.
    byId("search").addEventListener("keydown", (event) => {
      const buttons = [...list.querySelectorAll("button")];
      const at = buttons.indexOf(document.activeElement);
      const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
      if (event.key === "Escape" && input.value) {
        event.preventDefault();
        event.stopPropagation();
        clear();
      } else if (next !== undefined && buttons.length) {
        event.preventDefault();
        (buttons[next] || (next < 0 ? input : buttons[buttons.length - 1])).focus();
      }
    });
    input.addEventListener("input", show);
    byId("switch").addEventListener("submit", (event) => {
      event.preventDefault();
      const first = list.querySelector("button");
      if (first) first.click();
    });
  }

  function connectFold() {
    const [button, more] = [byId("fold"), byId("heading-more")];
    button.addEventListener("click", () => {
      more.hidden = !more.hidden;
      const text = more.hidden ? button.dataset.expand : button.dataset.collapse;
      button.setAttribute("aria-expanded", String(!more.hidden));
      button.setAttribute("aria-label", text);
      button.title = text;
    });
  }

  Object.assign(map, { fillSwitch, fillLayers, fillClassLegend, fillStateLegend, fillFacilityLegend, fillUnplaced, connectSearch, connectFold });
})(window.allocatorMap);
