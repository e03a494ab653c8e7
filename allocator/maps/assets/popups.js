// What the page says of a social space, a site, a building, a facility, in plain words.
(function (map) {
  "use strict";

  const SHOWN_HOUSEHOLDS = 60;
  const { element } = map;

  function sentences(data, number) {
    const { words, spaces, districts, sites, buildings, residents, units, unplaced } = data;
    const fill = map.filler(number);
    const counted = (forms, n, more = {}) => fill(n === 1 ? forms.one : forms.other, { n, ...more });
    const residentsOf = groups(residents.building);
    const buildingsOf = groups(buildings.site);
    const unitsOf = groups(units.building);
    const reasonOf = new Map(unplaced.id.map((id, i) => [id, unplaced.reasons[unplaced.reason[i]]]));

    function title(text, under) {
      return element("header", {}, element("h2", {}, text), under ? element("p", { class: "under" }, under) : "");
    }

    // '48 von höchstens 50 Personen, davon 12 neu.' for one cap [rule, today, after, limit, state].
    function capSentence([rule, , after, limit], added) {
      const { count, within } = data.rules[rule];
      let text = fill(limit === 1 ? words.cap[count].one : words.cap[count].other, { after, limit });
      if (within) text += fill(words.around, { metres: within });
      if (count === "persons" && !within && added) text += counted(words.new_persons, added);
      return `${text}.`;
    }

    function roomSentence([rule, today, after, limit], place, i) {
      const { count, within } = data.rules[rule];
      if (after > limit) {
        const [n, m] = [after - limit, Math.max(0, today - limit)];
        return fill(m === 0 ? words.over : n > m ? words.over_more : words.over_today, { n, m, k: n - m });
      }
      // what is no whole person, household or flat any more is no room
      const left = Math.floor(limit - after + 1e-6);
      if (left === 0) return words.at_limit;
      if (within) return counted(words.room[count], left);
      const vacant = { persons: place.free[i], flats: place.flats[i] - place.flats_let[i] };
      const room = Math.min(left, vacant[count] === undefined ? left : vacant[count]);
      return room === 0 || place.free[i] === 0 ? words.full : counted(words.room[count], room);
    }

    function occupancy(place, i) {
      const [after, added] = [place.persons_after[i], place.persons_new[i]];
      const parts = [];
      // a limit of flats says nothing where there are none
      const told = place.caps[i].filter(([rule, , after]) => data.rules[rule].count !== "flats" || after > 0 || place.flats[i] > 0);
      const [tightest, ...others] = told;
      if (tightest) {
        const said = `${capSentence(tightest, added)} ${roomSentence(tightest, place, i)}`;
        parts.push(element("p", { class: "main" }, said));
        parts.push(element("p", { class: "under" }, fill(words.rule, { name: tightest[0] })));
      }
      if (!tightest || data.rules[tightest[0]].count !== "persons" || data.rules[tightest[0]].within) {
        const persons = after === 0 ? words.nobody
          : `${counted(words.persons, after)}${added ? counted(words.new_persons, added) : ""}.`;
        parts.push(element("p", tightest ? {} : { class: "main" }, persons));
      }
      if (!place.caps[i].length) parts.push(element("p", { class: "under" }, words.no_cap));
      if (others.length) {
        const lines = others.map((cap) => element("li", {}, `${fill(words.rule, { name: cap[0] })}: ${capSentence(cap, 0)}`));
        parts.push(element("p", { class: "under" }, words.other_rules), element("ul", {}, ...lines));
      }
      return parts;
    }

    function stock(place, i) {
      const parts = [];
      const [flats, let_, besides, free] = [place.flats[i], place.flats_let[i], place.refugee_flats[i], place.free[i]];
      if (flats) parts.push(counted(words.flats, flats, { let: let_, vacant: flats - let_ }));
      if (free) parts.push(counted(words.free_places, free));
      if (besides) parts.push(counted(words.flats_besides, besides));
      return parts.length ? [element("p", {}, parts.join(" "))] : [];
    }

    const cell = (text) => element("td", {}, text);
    const unitText = (unit) => (unit < 0 ? "" : `${units.id[unit]} (${counted(words.places, units.places[unit])})`);

    // Who lives here afterwards: household, persons, unit with its places, and the unit of today for those who move.
    function households(members) {
      const titles = [words.moved_in, words.stays, words.remains];
      return titles.flatMap((heading, status) => {
        const some = members.filter((k) => residents.status[k] === status);
        if (!some.length) return [];
        const moved = status === 0 && some.some((k) => residents.home[k] >= 0);
        const heads = [words.household, words.size, words.unit, ...(moved ? [words.from_unit] : [])];
        const rows = some.slice(0, SHOWN_HOUSEHOLDS).map((k) => element("tr", {},
          element("th", { scope: "row" }, residents.id[k]), cell(number(residents.persons[k])), cell(unitText(residents.unit[k])),
          moved ? cell(residents.home[k] < 0 ? "–" : units.id[residents.home[k]]) : ""));
        const parts = [
          element("h3", {}, `${heading} (${number(some.length)})`),
          element("table", { class: "households" },
            element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)))),
            element("tbody", {}, ...rows)),
        ];
        if (some.length > SHOWN_HOUSEHOLDS) {
          parts.push(element("p", {}, fill(words.more_households, { n: some.length - SHOWN_HOUSEHOLDS })));
        }
        if (status === 2) {
          const told = some.slice(0, SHOWN_HOUSEHOLDS).filter((k) => reasonOf.get(residents.id[k]));
          parts.push(...told.map((k) => element("p", { class: "under" }, `${residents.id[k]}: ${reasonOf.get(residents.id[k])}`)));
        }
        return parts;
      });
    }

    // Units of the buildings that stay free, with their places.
    function vacant(places) {
      const free = places.flatMap((i) => unitsOf.get(i) || []).filter((k) => units.free[k] > 0);
      if (!free.length) return [];
      const named = free.slice(0, SHOWN_HOUSEHOLDS).map((k) => `${units.id[k]} (${number(units.free[k])})`);
      if (free.length > SHOWN_HOUSEHOLDS) named.push(fill(words.more_households, { n: free.length - SHOWN_HOUSEHOLDS }));
      return [element("h3", {}, words.vacant), element("p", { class: "under" }, named.join(", "))];
    }

    function unplacedTitle() {
      const persons = unplaced.persons.reduce((sum, n) => sum + n, 0);
      return counted(words.unplaced_count, unplaced.id.length, { persons: counted(words.persons, persons) });
    }

    function unplacedSentence(i) {
      const who = `${unplaced.id[i]}, ${counted(words.persons, unplaced.persons[i])}`;
      const reason = unplaced.reasons[unplaced.reason[i]];
      const told = reason ? `${who}. ${fill(words.reason, { reason })}` : `${who}.`;
      return unplaced.change[i] ? `${told} ${fill(words.why.change, { change: unplaced.change[i] })}` : told;
    }

    function where(space) {
      return space < 0 ? "" : fill(words.space_title, { name: spaces.name[space] });
    }

    const ofBuilding = (i) => residentsOf.get(i) || [];
    const ofSite = (i) => (buildingsOf.get(i) || []).flatMap(ofBuilding);

    function site(i) {
      const name = fill(words.site_title, { name: sites.name[i] });
      const under = [sites.kind[i], fill(words.number, { id: sites.id[i] }), where(sites.space[i])];
      return element("article", {}, title(name, under.filter(Boolean).join(" · ")),
        ...occupancy(sites, i), ...stock(sites, i), ...households(ofSite(i)), ...vacant(buildingsOf.get(i) || []));
    }

    function buildingName(i) {
      return fill(words.building_title, { name: buildings.address[i] || buildings.id[i] });
    }

    function building(i) {
      const site_ = buildings.site[i];
      const under = [
        buildings.address[i] ? fill(words.number, { id: buildings.id[i] }) : "",
        site_ < 0 ? "" : fill(words.site_title, { name: sites.name[site_] }),
        where(buildings.space[i]),
      ];
      return element("article", {}, title(buildingName(i), under.filter(Boolean).join(" · ")),
        ...occupancy(buildings, i), ...stock(buildings, i), ...households(ofBuilding(i)), ...vacant([i]));
    }

    function value(indicator, i) {
      const found = spaces.values[indicator.key][i];
      if (found === null) return words.no_data;
      if (indicator.kind === "percent") return `${number(found * 100, 2)} %`;
      return number(found, 0, indicator.kind === "difference");
    }

    function space(i, current) {
      const numbers = spaces.numbers;
      const line = (label, text, chosen) => element("tr", chosen ? { class: "chosen" } : {},
        element("th", { scope: "row" }, label), element("td", {}, text));
      const rows = ["residents", "refugees_before", "refugees_after"].map((key) => line(words[key], numbers[key][i] === null ? words.no_data : number(numbers[key][i])));
      rows.push(...data.indicators.map((one) => line(words.indicators[one.key].name, value(one, i), one.key === current)));
      if (numbers.capacity) {
        rows.push(line(words.capacity, number(numbers.capacity[i])));
        rows.push(line(words.placed_here, `${counted(words.households, numbers.households_placed[i])}, ${
          counted(words.persons, numbers.persons_placed[i])}`));
      }
      const at = districts.id.indexOf(spaces.district[i]);
      const under = [fill(words.number, { id: spaces.id[i] })];
      if (at >= 0) under.unshift(fill(words.district, { name: districts.name[at] }));
      return element("article", {}, title(fill(words.space_title, { name: spaces.name[i] }), under.join(" · ")),
        element("table", {}, element("tbody", {}, ...rows)));
    }

    function kindName(kind) {
      return words.kinds[kind] || kind;
    }

    function facility(i) {
      const { kinds, kind, name, seats } = data.facilities;
      const said = seats[i] === null ? words.seats_open : counted(words.seats, seats[i]);
      return element("article", {}, title(name[i] || kindName(kinds[kind[i]]), kindName(kinds[kind[i]])), element("p", {}, said));
    }

    return { site, building, buildingName, space, facility, kindName, value, unplacedTitle, unplacedSentence };
  }

  // Positions by the number that a column gives them.
  function groups(column) {
    const found = new Map();
    column.forEach((key, i) => {
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(i);
    });
    return found;
  }

  Object.assign(map, { sentences });
})(window.allocatorMap);
