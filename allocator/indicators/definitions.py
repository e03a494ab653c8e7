"""Every indicator as data: columns of `indicators.csv`, entries of `indicators` in `result.json`."""

from __future__ import annotations

from allocator.indicators.area_columns import AREA_COLUMNS
from allocator.indicators.index_definitions import INDEX_DEFINITIONS
from allocator.indicators.indicator import Indicator, Text

__all__ = ["AREA_COLUMNS", "INDICATORS", "Indicator"]

_BOTH = Text("households, persons", "Haushalte, Personen")
_MASSEY_DENTON = "Massey and Denton 1988, doi:10.1093/sf/67.2.281"

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "listed",
        Text("Listed", "Auf der Liste"),
        Text("Households of the list.", "Haushalte der Liste."),
        _BOTH,
    ),
    Indicator(
        "placed",
        Text("Placed", "Untergebracht"),
        Text("Households to which the plan gives a unit.", "Haushalte, denen der Plan eine Einheit gibt."),
        _BOTH,
        sense="higher",
    ),
    Indicator(
        "unplaced",
        Text("Not placed", "Nicht untergebracht"),
        Text("Households to which it gives none.", "Haushalte, denen er keine gibt."),
        _BOTH,
        sense="lower",
    ),
    Indicator(
        "by_household_size",
        Text("By household size", "Nach Haushaltsgröße"),
        Text(
            "Listed, placed and not placed, by persons of the household (1 to 5, 6 and more).",
            "Auf der Liste, untergebracht und nicht, nach Personen des Haushalts (1 bis 5, 6 und mehr).",
        ),
        Text("households, persons, share of persons", "Haushalte, Personen, Anteil der Personen"),
        formula="share_placed = persons_placed / persons",
        sense="higher",
    ),
    Indicator(
        "moves",
        Text("Moves", "Umzüge"),
        Text(
            "Households who stay, move, are newly housed, remain in a home that does not meet their needs, or find "
            "none.",
            "Haushalte, die bleiben, umziehen, neu einziehen, in einer unpassenden Wohnung bleiben oder keine finden.",
        ),
        _BOTH,
    ),
    Indicator(
        "housing",
        Text("Kind of housing", "Wohnform"),
        Text(
            "Persons placed in flats of their own and in shared units.",
            "Personen in eigenen Wohnungen und in Gemeinschaftsunterkünften.",
        ),
        Text("persons", "Personen"),
    ),
    Indicator(
        "wishes",
        Text("Wishes met", "Erfüllte Wünsche"),
        Text(
            "Persons whose household prefers some social space, and those placed in such a one.",
            "Personen, deren Haushalt Sozialräume bevorzugt, und die davon in einem solchen untergebrachten.",
        ),
        Text("persons, share", "Personen, Anteil"),
        formula="share_met = persons_met / persons",
        sense="higher",
    ),
    Indicator(
        "rent",
        Text("Rent", "Miete"),
        Text(
            "Rent of placed households: of a flat once, in a shared unit for each person; the mean is over persons "
            "whose rent is known.",
            "Miete der untergebrachten Haushalte: je Wohnung, in Gemeinschaftsunterkünften je Person; Mittel über "
            "Personen mit bekannter Miete.",
        ),
        Text("EUR a month", "EUR im Monat"),
        formula="Σ rent(u) + Σ n(h)·rent(v)",
        sense="lower",
    ),
    Indicator(
        "cost",
        Text("Cost of sites", "Kosten der Standorte"),
        Text(
            "What the sites of placed households cost, for each person; the mean is over persons whose site states a "
            "cost.",
            "Was die Standorte der untergebrachten Haushalte kosten, je Person; Mittel über Personen, deren Standort "
            "Kosten nennt.",
        ),
        Text("EUR a month", "EUR im Monat"),
        formula="Σ n(h)·cost(site)",
        sense="lower",
    ),
    Indicator(
        "ways",
        Text("Ways of children", "Wege der Kinder"),
        Text(
            "Ways of the children of placed households to the nearest school and Kita: the median, and the metres "
            "within which nine of ten walk.",
            "Wege der Kinder untergebrachter Haushalte zur nächsten Schule und Kita: Median, und die Meter, in denen "
            "neun von zehn gehen.",
        ),
        Text("metres", "Meter"),
        formula="min m: Σ_{m(h) ≤ m} c(h) ≥ ½·Σ c(h), 9/10·Σ c(h)",
        sense="lower",
    ),
    Indicator(
        "seats",
        Text("Seats", "Plätze für Kinder"),
        Text(
            "By rule `seats`: children, those with and without a seat, their median way, full facilities, and of "
            "each facility its seats and children.",
            "Je Regel `seats`: Kinder, mit und ohne Platz, mittlerer Weg, volle Einrichtungen, und von jeder "
            "Einrichtung Plätze und Kinder.",
        ),
        Text("children, metres, facilities", "Kinder, Meter, Einrichtungen"),
        formula="max Σ s(b,f), min Σ m(b,f)·s(b,f)",
        sense="higher",
    ),
    Indicator(
        "new_places",
        Text("Places newly in use", "Neu genutzte Orte"),
        Text(
            "Buildings and sites that hold somebody afterwards and are not in use today.",
            "Gebäude und Standorte, die danach genutzt werden und heute nicht.",
        ),
        Text("places", "Orte"),
    ),
    Indicator(
        "sites",
        Text("Sizes of sites", "Größe der Standorte"),
        Text(
            "Refugees at the largest site and in the median of all sites in use, the number of these, and of those "
            "above 50, 80 and 200 persons, before and after.",
            "Geflüchtete am größten Standort und im Median aller genutzten, deren Zahl, und die der Standorte über "
            "50, 80 und 200 Personen, vorher und nachher.",
        ),
        Text("persons, sites", "Personen, Standorte"),
    ),
    Indicator(
        "free",
        Text("Left free", "Frei geblieben"),
        Text(
            "Flats in which nobody of the list lives afterwards, by persons that they hold (6 and more together), "
            "and free places in shared units.",
            "Wohnungen, in denen danach niemand von der Liste wohnt, nach Personen, die sie fassen, und freie Plätze "
            "in Gemeinschaftsunterkünften.",
        ),
        Text("flats, places", "Wohnungen, Plätze"),
    ),
    Indicator(
        "outside",
        Text("Outside every social space", "Außerhalb der Sozialräume"),
        Text(
            "Persons and placed households outside every social space: in no row of indicators.csv.",
            "Personen und untergebrachte Haushalte außerhalb aller Sozialräume: in keiner Zeile von indicators.csv.",
        ),
        _BOTH,
    ),
    Indicator(
        "existing_excess",
        Text("Over the limit today", "Heute über der Grenze"),
        Text(
            "Places that are over a rule's limit today, by rule; it may not grow.",
            "Orte, die heute über der Grenze einer Regel liegen, je Regel; es darf nicht mehr werden.",
        ),
        Text("places, in the unit of the rule", "Orte, in der Einheit der Regel"),
        formula="Σ max(0, k(p) − at_most)",
        sense="lower",
    ),
    Indicator(
        "sites_needed",
        Text("Sites needed", "Nötige Standorte"),
        Text(
            "By district (social space in a city without): refugees afterwards, their even share by residents, and "
            "the sites of the size that each cap on persons per site allows, for either. Empty without such a cap.",
            "Je Bezirk (ohne Bezirke je Sozialraum): Geflüchtete danach, ihr Anteil nach Einwohnern, und die "
            "Standorte der Größe, die jede Grenze je Standort erlaubt, für beide. Leer ohne Grenze.",
        ),
        Text("persons, sites", "Personen, Standorte"),
        formula="⌈p(i) / at_most⌉, ⌈w(i)·P / at_most⌉",
    ),
    Indicator(
        "key_loads",
        Text("Load against the key", "Last gegen den Schlüssel"),
        Text(
            "By rule and goal `spread`: the share of persons out of place and the place farthest above its share, "
            "before and after; of each place its share of the key, its persons and their deviation. Empty where "
            "nothing spreads.",
            "Je Regel und Ziel `spread`: Anteil der Personen am falschen Ort und der Ort am weitesten über seinem "
            "Anteil, vorher und nachher; je Ort Anteil am Schlüssel, Personen und Abweichung. Leer, wo nichts "
            "verteilt wird.",
        ),
        Text("share, persons", "Anteil, Personen"),
        formula="p(i) − w(i)·P; out_of_place = ½ Σ |p(i) − w(i)·P| / P",
        sense="lower",
        source="Duncan and Duncan 1955, doi:10.2307/2088328",
    ),
    Indicator(
        "segregation",
        Text("Segregation", "Segregation"),
        Text(
            "Indices of refugees against all other residents, by level, before and after.",
            "Maße der Geflüchteten gegen alle übrigen Einwohner, je Ebene, vorher und nachher.",
        ),
        Text("0 to 1", "0 bis 1"),
        formula="dissimilarity … dissimilarity_corrected",
        source=_MASSEY_DENTON,
    ),
    Indicator(
        "segregation_intervals",
        Text("Intervals of the indices", "Spannen der Maße"),
        Text(
            "How far each index may lie from its value by chance: every person drawn anew, 500 times, with the "
            "shares of today's places; `low` and `high` hold 95 percent of the draws, turned about the value; "
            "`unbiased` is the value less the unevenness that drawing adds. Households move together, which makes "
            "the true interval wider.",
            "Wie weit jedes Maß zufällig von seinem Wert liegen kann: jede Person 500-mal neu gezogen, mit den "
            "Anteilen der Orte; `low` und `high` umfassen 95 Prozent der Ziehungen, am Wert gespiegelt; `unbiased` "
            "ist der Wert ohne die Ungleichheit, die das Ziehen hinzufügt. Haushalte ziehen gemeinsam um, die wahre "
            "Spanne ist deshalb weiter.",
        ),
        Text("as the index", "wie das Maß"),
        formula="low = 2I − q(0.975), high = 2I − q(0.025), unbiased = 2I − Σ I*/500",
        source=("Allen et al. 2015, doi:10.1111/ectj.12039; Efron and Tibshirani 1986, doi:10.1214/ss/1177013815"),
    ),
    Indicator(
        "groups",
        Text("Segregation of groups", "Segregation von Gruppen"),
        Text(
            "Indices between the groups that rules name and everybody else, by level, before and after. Empty where "
            "no rule names a group: labels are used for nothing else.",
            "Maße zwischen den in Regeln genannten Gruppen und allen übrigen, je Ebene, vorher und nachher. Leer, wo "
            "keine Regel eine Gruppe nennt: Merkmale werden für nichts anderes verwendet.",
        ),
        Text("0 to 1", "0 bis 1"),
        formula="multigroup_dissimilarity … multigroup_exposure",
        source="Reardon and Firebaugh 2002, doi:10.1111/1467-9531.00110",
    ),
    Indicator(
        "wishes_taken",
        Text("Wishes taken by rules", "Wünsche, die Regeln nehmen"),
        Text(
            "Households whose wish for a social space is not met: `open`, a unit there is free of every rule (other "
            "goals came first); `one_rule`, of all but one; `several_rules`; `no_unit`, none that suits is free. "
            "`by_rule`: those whom the rule alone keeps out of a unit; soft rules are looked at like hard ones. "
            "R(h,u): the rules that moving in would break.",
            "Haushalte, deren Wunsch nach einem Sozialraum nicht erfüllt ist: `open`, eine Einheit dort ist frei von "
            "jeder Regel (andere Ziele gingen vor); `one_rule`, von allen bis auf eine; `several_rules`; `no_unit`, "
            "keine passende ist frei. `by_rule`: die nur diese Regel von einer Einheit fernhält; weiche Regeln "
            "zählen wie harte. R(h,u): die Regeln, die der Einzug verletzen würde.",
        ),
        _BOTH,
        formula="min_{u ∈ S} |R(h,u)|: 0 open, 1 one_rule, ≥ 2 several_rules",
        sense="lower",
        source="Siebel: forced desegregation is no better than forced segregation",
    ),
    *INDEX_DEFINITIONS,
)
"""The entries of `indicators` in `result.json`, in their order; then what stands within `segregation` and `groups`."""
