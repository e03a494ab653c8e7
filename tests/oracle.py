"""An oracle for tiny worlds: try every allocation, count by the words of the contract, keep the best.

Shares nothing with the planner: plain dictionaries, plain loops, written from the contract alone.
"""

from collections import Counter
from itertools import product

import pandas as pd
from oracle_streets import WalkingOracle

TOLERANCE = 1e-6


class Oracle:
    """Every allocation of a world that keeps its hard rules, with the values of its goals."""

    def __init__(self, world: dict) -> None:
        self.world = world
        self.units = {u["unit_id"]: dict(u) for u in world["units"]}
        self.buildings = {b["building_id"]: b for b in world["buildings"]}
        self.spaces = {s["space_id"]: s for s in world["spaces"]}
        self.sites = {s["site_id"]: s for s in world["sites"]}
        for i, space in enumerate(world["spaces"]):
            space["area"] = 1000 * 500 * (i + 1) / 1e6
        for unit in self.units.values():
            building = self.buildings[unit["building_id"]]
            unit["building"] = building["building_id"]
            unit["site"] = building["site_id"] or building["building_id"]
            unit["social_space"] = building["space_id"]
            unit["district"] = self.spaces[building["space_id"]]["district_id"] if building["space_id"] else ""
            unit["unit"], unit["city"] = unit["unit_id"], "city"
        self.households = world["households"]
        self.streets = WalkingOracle(world["streets"]) if world.get("streets") else None
        self.walked: dict[tuple, float] = {}
        self.today = [(h, self.units[h["unit_id"]]) for h in self.households if h["unit_id"]]

    def best(self) -> list[float] | None:
        """The values of the goals, in order, of a best allocation; None if no allocation keeps the hard rules."""
        plans = [plan for plan in self.plans() if self.keeps_hard_rules(plan)]
        if not plans:
            return None
        values = []
        for goal in self.world["goals"]:
            sense = 1 if next(iter(goal)) in ("place", "prefer", "score") else -1
            scored = [(self.goal(goal, plan), plan) for plan in plans]
            best = max(scored, key=lambda pair: sense * pair[0])[0]
            values.append(best)
            slack = TOLERANCE * max(1.0, abs(best))
            plans = [plan for value, plan in scored if abs(value - best) <= slack]
        return values

    # -- who may live where -----------------------------------------------------------------------------------------

    def fits(self, household: dict, unit: dict) -> bool:
        """Places, access and rent."""
        if household["accessible"] and not unit["accessible"]:
            return False
        rent = unit["rent"] * (household["persons"] if unit["shared"] else 1)
        if rent > household["max_rent"] + 1e-9:
            return False
        if unit["shared"] and household["unit_id"] == unit["unit_id"]:
            return True  # an overfull home may be kept
        return household["persons"] <= unit["capacity"] - unit["occupied"]

    def on_time(self, household: dict, unit: dict) -> bool:
        """The unit can be let when the household moves: on the day of the plan, or when it arrives later."""
        if self.world.get("day") is None:
            return True
        when = pd.Timestamp(self.world.get("day"))
        if household["arrives"] is not pd.NaT:
            when = max(when, household["arrives"])
        early = unit["available_from"] is not pd.NaT and when < unit["available_from"]
        return not early and not (unit["available_until"] is not pd.NaT and when > unit["available_until"])

    def choices(self, household: dict) -> list[tuple[str, bool]]:
        """Pairs (unit or "", placed)."""
        home = household["unit_id"]
        if household["pinned"]:
            return [(home, True)]
        choices = [
            (unit_id, True)
            for unit_id, unit in self.units.items()
            if self.fits(household, unit) and self.on_time(household, unit)
        ]
        if not home or not self.on_time(household, self.units[home]):
            choices.append(("", False))
        elif not self.fits(household, self.units[home]):
            choices.append((home, False))  # remains for want of something better
        everybody = any(goal.get("place") == "all" for goal in self.world["goals"])
        return [choice for choice in choices if choice[1]] if everybody else choices

    def plans(self) -> list[list[tuple[dict, dict, bool]]]:
        """Every way to fill the units; a plan lists (household, unit, placed) of all who live somewhere."""
        plans = []
        for combination in product(*(self.choices(household) for household in self.households)):
            load, count = Counter(), Counter()
            for household, (unit_id, _) in zip(self.households, combination, strict=True):
                load[unit_id] += household["persons"]
                count[unit_id] += 1
            if all(self.holds(unit_id, load[unit_id], number) for unit_id, number in count.items() if unit_id):
                chosen = zip(self.households, combination, strict=True)
                plans.append([(h, self.units[u], placed) for h, (u, placed) in chosen if u])
        return plans

    def holds(self, unit_id: str, persons: int, households: int) -> bool:
        """An ordinary unit holds one household; a shared one as many persons as are free, or as live there today."""
        unit = self.units[unit_id]
        if not unit["shared"]:
            return households <= 1
        now = sum(h["persons"] for h, u in self.today if u["unit_id"] == unit_id)
        return persons <= max(unit["capacity"] - unit["occupied"], now)

    # -- what is there besides the list -----------------------------------------------------------------------------

    def besides(self, level: str) -> Counter:
        """Persons already at each place who are not in the list."""
        sums: Counter = Counter()
        if level in ("unit", "building", "site"):
            for unit in self.units.values():
                sums[unit[level]] += unit["occupied"]
            if level == "site" and self.world["declared_site_refugees"]:
                for site in self.sites.values():
                    sums[site["site_id"]] = site["refugees"]
            return sums
        for space, persons in self.besides_spaces().items():
            district = self.spaces[space]["district_id"]
            sums[{"social_space": space, "district": district, "city": "city"}[level]] += persons
        if level == "city":
            sums["city"] += self.besides_outside()
        return sums

    def besides_outside(self) -> int:
        """Persons in buildings outside every social space: in units, and what their sites state beyond those."""
        persons = sum(unit["occupied"] for unit in self.units.values() if not unit["social_space"])
        for site_id, site in self.sites.items() if self.world["declared_site_refugees"] else ():
            first = min(b for b, row in self.buildings.items() if row["site_id"] == site_id)
            if not self.buildings[first]["space_id"]:
                persons += site["refugees"] - sum(u["occupied"] for u in self.units.values() if u["site"] == site_id)
        return persons

    def besides_spaces(self) -> Counter:
        """Persons in social spaces: as stated, or what sites and units add up to."""
        if self.world["declared_space_refugees"]:
            return Counter({space: row["refugees"] for space, row in self.spaces.items()})
        sums: Counter = Counter()
        for unit in self.units.values():
            if unit["social_space"]:
                sums[unit["social_space"]] += unit["occupied"]
        if self.world["declared_site_refugees"]:
            for site_id, site in self.sites.items():
                first = min(b for b, row in self.buildings.items() if row["site_id"] == site_id)
                inside = sum(u["occupied"] for u in self.units.values() if u["site"] == site_id)
                if self.buildings[first]["space_id"]:
                    sums[self.buildings[first]["space_id"]] += site["refugees"] - inside
        return sums

    def flats_besides(self, level: str) -> Counter:
        """Flats already let to refugee households."""
        sums: Counter = Counter()
        for building in self.buildings.values():
            space = building["space_id"]
            place = {"building": building["building_id"], "site": building["site_id"] or building["building_id"],
                     "social_space": space, "district": self.spaces[space]["district_id"] if space else "",
                     "city": "city", "unit": ""}[level]  # fmt: skip
            sums[place] += building["refugee_flats"]
        return sums

    # -- rules ------------------------------------------------------------------------------------------------------

    def keeps_hard_rules(self, plan: list) -> bool:
        """True if no hard rule has any excess."""
        return all(self.excess(rule, plan) <= TOLERANCE for rule in self.world["rules"].values() if "soft" not in rule)

    def excess(self, rule: dict, plan: list) -> float:
        """What the plan adds over the limit and over today's excess."""
        return getattr(self, f"excess_{rule['rule']}")(rule, plan)

    def excess_cap(self, rule: dict, plan: list) -> float:
        """Persons, households or flats over the cap."""
        weight = (lambda h: h["persons"]) if rule["count"] == "persons" else (lambda _: 1)
        every = rule["count"] != "flats"
        counted = [[(h, u) for h, u, *_ in some if every or not u["shared"]] for some in (self.today, plan)]
        total = 0.0
        if isinstance(rule["per"], dict):
            places = {u["building"] for u in self.units.values()}
            base = self.besides("building") if rule["count"] == "persons" else Counter()
            base = self.flats_besides("building") if rule["count"] == "flats" else base
            inside = {c: {b for b in self.buildings if self.straight(b, c) <= rule["per"]["within"]} for c in places}
            for centre in places:
                there = sum(base[b] for b in inside[centre])
                near = inside[centre]
                now, then = (there + sum(weight(h) for h, u in some if u["building"] in near) for some in counted)
                total += max(0, then - rule["at_most"] - max(0, now - rule["at_most"]))
            return total
        level = rule["per"]
        base = {"persons": self.besides, "flats": self.flats_besides}.get(rule["count"], lambda _: Counter())(level)
        for place in {u[level] for u in self.units.values()} - {""}:
            if "where" in rule and self.spaces[place]["status"] < rule["where"]["status"]["at_least"]:
                continue
            now, then = (base[place] + sum(weight(h) for h, u in some if u[level] == place) for some in counted)
            total += max(0, then - rule["at_most"] - max(0, now - rule["at_most"]))
        return total

    def straight(self, one: str, other: str) -> float:
        """Metres between two buildings in a straight line."""
        a, b = self.buildings[one], self.buildings[other]
        return ((a["x"] - b["x"]) ** 2 + (a["y"] - b["y"]) ** 2) ** 0.5

    def distance(self, one: str, other: str) -> float:
        """Metres between two buildings on foot."""
        return 0.0 if one == other else self.walk(self.buildings[one], self.buildings[other])

    def walk(self, a: dict, b: dict) -> float:
        """Metres on foot between two places with x and y; a straight line where the world has no streets."""
        if self.streets is None:
            return ((a["x"] - b["x"]) ** 2 + (a["y"] - b["y"]) ** 2) ** 0.5
        ends = (a["x"], a["y"]), (b["x"], b["y"])
        if ends not in self.walked:
            self.walked[ends] = self.streets.metres(*ends)
        return self.walked[ends]

    def excess_share(self, rule: dict, plan: list) -> float:
        """Persons of a kind over the share."""
        level, share, of = rule["per"], rule["at_most"], rule["of"]
        areas = level in ("social_space", "district", "city")
        residents = self.column("residents", level) if areas else self.residents_of_buildings(level)
        residents += Counter({"city": self.besides_outside()}) if level == "city" else Counter()
        if isinstance(of, dict) and "lettings" in of:
            return self.excess_lettings(level, share, of["lettings"], plan)
        kinds = []
        if of == "refugees":
            kinds.append((self.besides(level), lambda _h, _u: True))
        elif isinstance(of, dict) and "households" in of:
            kinds.append((Counter(), lambda h, _u: h["children_school"] >= 1))
        elif isinstance(of, dict) and "where" in of:
            base: Counter = Counter()
            for unit in self.units.values():
                base[unit[level]] += unit["occupied"] * self.meets(unit, of["where"])
            kinds.append((base, lambda _h, u: self.meets(u, of["where"])))
        else:
            labels = {h["group"] for h in self.households} - {""} if of == "each_group" else {of["group"]}
            for label in labels:
                base = self.column(f"group_{label}", level) if areas else Counter()
                kinds.append((base, lambda h, _u, label=label: h["group"] == label))
        total = 0.0
        for base, is_kind in kinds:
            for place in {u[level] for u in self.units.values()} - {""}:
                over = []
                for some in (self.today, plan):
                    here = [(h, u) for h, u, *_ in some if u[level] == place]
                    count = base[place] + sum(h["persons"] for h, u in here if is_kind(h, u))
                    over.append(count - share * (residents[place] + sum(h["persons"] for h, _ in here)))
                total += max(0.0, over[1] - max(0.0, over[0]))
        return total

    def residents_of_buildings(self, level: str) -> Counter:
        """What buildings state at a building or site, and at least who is housed there."""
        housed, stated = self.besides(level), Counter()
        for name, row in self.buildings.items() if level != "unit" else ():
            number = row.get("residents", 0)
            stated[row["site_id"] or name if level == "site" else name] += number if number == number else 0
        return stated | housed  # the larger of both

    def excess_lettings(self, level: str, share: float, where: dict, plan: list) -> float:
        """Flats of a kind with a household of the list, over the share of such flats."""
        total = 0.0
        for place in {u[level] for u in self.units.values()} - {""}:
            kind = [u for u in self.units.values() if u[level] == place and not u["shared"] and self.meets(u, where)]
            over = [sum(any(v is u for _, v, *_ in some) for u in kind) - share * len(kind) for some in (self.today, plan)]
            total += max(0.0, over[1] - max(0.0, over[0]))
        return total

    def column(self, name: str, level: str) -> Counter:
        """A column of social spaces added up."""
        sums: Counter = Counter()
        for space, row in self.spaces.items():
            sums[{"social_space": space, "district": row["district_id"], "city": "city"}[level]] += row.get(name, 0)
        return sums

    def meets(self, unit: dict, where: dict) -> bool:
        """A structured condition on a unit."""
        building = self.buildings[unit["building_id"]]
        for name, condition in where.items():
            table, _, column = name.rpartition(".")
            row: dict = {}
            if table == "sites":
                row = self.sites.get(building["site_id"], {})
            else:
                for candidate in (self.spaces.get(building["space_id"], {"status": None}), building, unit):
                    row = {**row, **candidate}
            value = row.get(column)
            for operator, wanted in condition.items():
                known = value is not None and value == value
                if operator == "at_most" and not (known and value <= wanted):
                    return False
                if operator == "at_least" and not (known and value >= wanted):
                    return False
                if operator == "equals" and value != wanted:
                    return False
                if operator == "in" and value not in wanted:
                    return False
                if operator == "not_in" and value in wanted:
                    return False
        return True

    def against(self, plan: list, good: object) -> float:
        """Persons of a plan where they should not be, who do not live there today."""
        return sum(h["persons"] for h, u, *_ in plan if h["unit_id"] != u["unit_id"] and not good(h, u))

    def excess_only(self, rule: dict, plan: list) -> float:
        """Persons in units outside."""
        return self.against(plan, lambda _h, u: self.meets(u, rule["where"]))

    def excess_fit(self, rule: dict, plan: list) -> float:
        """Persons in flats that are too small or too large."""
        def good(h: dict, u: dict) -> bool:
            n, rooms, area = h["persons"], u["rooms"], u["floor_area"]
            if u["shared"]:
                return True
            if rule.get("standard") == "nrw":
                if area == area:
                    return area >= 10 * n and (area <= 50 + 15 * (n - 1) or (n > 1 and rooms <= n))
                return not rooms > n
            if rule.get("standard") == "eurostat":
                adults = n - h["children_school"]
                couples = 1 if adults == 2 else 0
                needed = 1 + couples + (adults - 2 * couples) + -(-h["children_school"] // 2)
                return not rooms < needed and not ("spare_rooms" in rule and rooms - needed > rule["spare_rooms"])
            if "spare_persons" in rule:
                return u["capacity"] - n <= rule["spare_persons"]
            if "spare_rooms" in rule:
                return not rooms - n > rule["spare_rooms"]
            return not area < rule["min_floor_area"] * n
        return self.against(plan, good)

    def distances(self, over: str, key: object, some: list) -> tuple[dict, float]:
        """|p - w P| at each place, and P."""
        level = {"districts": "district", "social_spaces": "social_space"}[over]
        places = set(self.spaces) if over == "social_spaces" else {s["district_id"] for s in self.spaces.values()}
        weights = {key: 1.0} if isinstance(key, str) else key
        share = dict.fromkeys(places, 0.0)
        for column, weight in weights.items():
            values = self.column(column, level)
            for place in places:
                share[place] += weight / sum(weights.values()) * values[place] / sum(values[p] for p in places)
        persons = self.besides(level)
        for h, u, *_ in some:
            persons[u[level]] += h["persons"]
        total = sum(persons[place] for place in places)
        return {place: abs(persons[place] - share[place] * total) for place in places}, total

    def excess_spread(self, rule: dict, plan: list) -> float:
        """Persons out of place over the bound."""
        over = []
        for some in (self.today, plan):
            distances, total = self.distances(rule["over"], rule["key"], some)
            over.append(sum(distances.values()) / 2 - rule["at_most"] * total)
        return max(0.0, over[1] - max(0.0, over[0]))

    def excess_moves(self, rule: dict, plan: list) -> float:
        """Households that change their unit, over the limit."""
        return max(0.0, self.goal_stay(None, plan) - rule["at_most"])

    def excess_together(self, rule: dict, plan: list) -> float:
        """Persons of households placed too far from the one that they name."""
        def apart(some: list) -> dict:
            lives = {h["household_id"]: (h, u) for h, u in some}
            far = {}
            for name, (h, u) in lives.items():
                other = lives.get(h["near"])
                if other and self.distance(u["building"], other[1]["building"]) > rule["within"]:
                    far[name] = h["persons"]
            return far
        now, then = apart(self.today), apart([(h, u) for h, u, placed in plan if placed])
        return sum(persons for name, persons in then.items() if name not in now)

    def goal_near(self, _value: None, plan: list) -> float:
        """Metres between linked households, two that name each other counted once."""
        lives = {h["household_id"]: u["building"] for h, u, placed in plan if placed}
        named = {h["household_id"]: h["near"] for h in self.households}
        total = 0.0
        for name, other in named.items():
            if name in lives and other in lives and not (named[other] == name and other < name):
                total += self.distance(lives[name], lives[other])
        return total

    def goal_score(self, value: dict, plan: list) -> float:
        """Sum of the scores of those placed where the table has one."""
        levels = {"unit_id": "unit", "building_id": "building", "site_id": "site", "space_id": "social_space"}
        level = levels[value["of"]]
        scores = {(household, place): score for household, place, score in value["rows"]}
        return sum(scores.get((h["household_id"], u[level]), 0) for h, u, placed in plan if placed)

    def metres(self, unit: dict) -> float:
        """Metres to the nearest school."""
        building = self.buildings[unit["building_id"]]
        return min(self.walk(building, f) for f in self.world["facilities"] if f["kind"] == "school")

    def excess_reach(self, rule: dict, plan: list) -> float:
        """Persons out of reach of a school."""
        def good(h: dict, u: dict) -> bool:
            return (rule["who"] != "all" and not h[rule["who"]]) or self.metres(u) <= rule["within"]
        return self.against(plan, good)

    def excess_seats(self, rule: dict, plan: list) -> float:
        """Children without a seat, by trying every child after the other with augmenting paths (Kuhn)."""
        schools = [f for f in self.world["facilities"] if f["kind"] == "school"]
        without = []
        for some in (self.today, plan):
            children = [u for h, u, *_ in some for _ in range(h["children_school"])]
            taken: dict[tuple[int, int], int] = {}
            each = range(len(children))
            found = sum(self._seat(child, children, schools, rule["within"], taken, set()) for child in each)
            without.append(len(children) - found)
        return max(0, without[1] - without[0])

    def _seat(self, child: int, children: list, schools: list, within: float, taken: dict, tried: set) -> bool:
        """Find a seat for a child, moving others if need be."""
        building = self.buildings[children[child]["building_id"]]
        for number, school in enumerate(schools):
            if self.walk(building, school) > within:
                continue
            seats = len(children) if school["seats"] != school["seats"] else int(school["seats"])
            for seat in range(seats):
                if (number, seat) in tried:
                    continue
                tried.add((number, seat))
                other = taken.get((number, seat))
                if other is None or self._seat(other, children, schools, within, taken, tried):
                    taken[number, seat] = child
                    return True
        return False

    # -- goals ------------------------------------------------------------------------------------------------------

    def goal(self, goal: dict, plan: list) -> float:
        """The value of one step of the goals."""
        if "weighted" in goal:
            return sum(
                part["weight"] * self.goal({k: v for k, v in part.items() if k != "weight"}, plan)
                * (-1 if {"prefer", "place", "score"} & set(part) else 1)
                for part in goal["weighted"]
            )  # fmt: skip
        (name, value), = goal.items()
        return getattr(self, f"goal_{name}")(value, plan)

    def goal_place(self, value: str, plan: list) -> float:
        """Weighted persons or households placed."""
        return sum(h["priority"] * (1 if value == "households" else h["persons"]) for h, _, placed in plan if placed)

    def goal_keep(self, _value: str, plan: list) -> float:
        """Weighted excess of soft rules."""
        return sum(rule["soft"] * self.excess(rule, plan) for rule in self.world["rules"].values() if "soft" in rule)

    def goal_rent(self, _value: None, plan: list) -> float:
        """EUR a month."""
        return sum(
            u["rent"] * (h["persons"] if u["shared"] else 1)
            for h, u, placed in plan
            if placed and u["rent"] == u["rent"]
        )

    def goal_prefer(self, value: dict | None, plan: list) -> float:
        """Persons where they wish to be, or in units of a kind."""
        if value:
            return sum(h["persons"] for h, u, placed in plan if placed and self.meets(u, value["where"]))
        return sum(
            h["persons"]
            for h, u, placed in plan
            if placed and u["social_space"] and u["social_space"] in h["prefers"].split(";")
        )

    def goal_locations(self, value: dict | None, plan: list) -> float:
        """Places used that are not in use today."""
        level = (value or {}).get("per", "building")
        used = {u[level] for _, u in self.today} | {u[level] for u in self.units.values() if u["occupied"] > 0}
        used |= {place for place, number in (self.flats_besides(level) + self.besides(level)).items() if number > 0}
        return len({u[level] for _, u, *_ in plan} - used)

    def goal_stay(self, _value: None, plan: list) -> float:
        """Households that change their unit."""
        return sum(bool(h["unit_id"]) and h["unit_id"] != u["unit_id"] for h, u, placed in plan if placed)

    def goal_walk(self, value: object, plan: list) -> float:
        """Person metres."""
        who = value["who"] if isinstance(value, dict) else "children_school"
        return sum(h[who] * self.metres(u) for h, u, placed in plan if placed)

    def goal_spread(self, value: dict, plan: list) -> float:
        """Sum or largest deviation."""
        distances = self.distances(value["over"], value["key"], plan)[0].values()
        return sum(distances) if value["minimise"] == "sum" else max(distances)
