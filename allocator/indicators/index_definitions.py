"""The indices of segregation as data: what stands within `segregation` and `groups` of `result.json`.

Indices that rise or fall with the number of persons placed alone (isolation, exposure) have no better direction.
"""

from __future__ import annotations

from allocator.indicators.indicator import Indicator, Text

__all__ = ["INDEX_DEFINITIONS"]

_UNIT = Text("0 to 1", "0 bis 1")
_BELL = "Bell 1954, doi:10.2307/2574118"
_DUNCAN = "Duncan and Duncan 1955, doi:10.2307/2088328"
_THEIL = "Theil and Finizza 1971, doi:10.1080/0022250X.1971.9989795"
_CHANCE = "Carrington and Troske 1997, doi:10.1080/07350015.1997.10524718"
_SPATIAL = "Wong 1998, doi:10.2747/0272-3638.19.1.77; Reardon and O'Sullivan 2004, doi:10.1111/j.0081-1750.2004.00150.x"
_SEVERAL = "Reardon and Firebaugh 2002, doi:10.1111/1467-9531.00110"

INDEX_DEFINITIONS: tuple[Indicator, ...] = (
    Indicator(
        "dissimilarity",
        Text("Dissimilarity", "Dissimilarität"),
        Text(
            "Share of refugees who would have to move for an even spread.",
            "Anteil der Geflüchteten, die für eine gleichmäßige Verteilung umziehen müssten.",
        ),
        _UNIT,
        formula="½ Σ |x_i/X − y_i/Y|",
        sense="lower",
        source=_DUNCAN,
    ),
    Indicator(
        "isolation",
        Text("Isolation", "Isolation"),
        Text(
            "Share of refugees where the average refugee lives. It rises with the number of refugees alone.",
            "Anteil der Geflüchteten dort, wo Geflüchtete im Mittel wohnen. Er steigt schon mit ihrer Zahl.",
        ),
        _UNIT,
        formula="Σ (x_i/X)·(x_i/t_i)",
        source=_BELL,
    ),
    Indicator(
        "exposure",
        Text("Exposure", "Kontakt"),
        Text(
            "Share of other residents where the average refugee lives.",
            "Anteil der übrigen Einwohner dort, wo Geflüchtete im Mittel wohnen.",
        ),
        _UNIT,
        formula="Σ (x_i/X)·(y_i/t_i)",
        source=_BELL,
    ),
    Indicator(
        "gini",
        Text("Gini", "Gini"),
        Text("Unevenness over all pairs of places.", "Ungleichheit über alle Paare von Orten."),
        _UNIT,
        formula="ΣΣ t_i t_j |p_i − p_j| / (2T²P(1−P))",
        sense="lower",
        source=_DUNCAN,
    ),
    Indicator(
        "entropy",
        Text("Entropy (Theil's H)", "Entropie (Theils H)"),
        Text(
            "How much less mixed places are than the city.",
            "Um wie viel weniger gemischt Orte sind als die Stadt.",
        ),
        _UNIT,
        formula="Σ t_i (E − E_i) / (E·T), E = −P ln P − (1−P) ln(1−P)",
        sense="lower",
        source=_THEIL,
    ),
    Indicator(
        "atkinson",
        Text("Atkinson (b = ½)", "Atkinson (b = ½)"),
        Text(
            "Unevenness with a weight b on places with many refugees; b = ½ weighs places with few and with many "
            "alike.",
            "Ungleichheit mit einem Gewicht b auf Orten mit vielen Geflüchteten; b = ½ gewichtet Orte mit wenigen "
            "und mit vielen gleich.",
        ),
        _UNIT,
        formula="1 − P/(1−P) · [Σ (1−p_i)^(1−b) p_i^b t_i / (P·T)]^(1/(1−b)), b = ½",
        sense="lower",
        source="Atkinson 1970, doi:10.1016/0022-0531(70)90039-6; James and Taeuber 1985, doi:10.2307/270845",
    ),
    Indicator(
        "spatial_dissimilarity",
        Text("Spatial dissimilarity", "Räumliche Dissimilarität"),
        Text(
            "Dissimilarity less the mean difference between neighbours: larger where places with many refugees lie "
            "side by side. Neighbours share a border or a corner. Undefined without neighbours.",
            "Dissimilarität weniger dem mittleren Unterschied zwischen Nachbarn: größer, wo Orte mit vielen "
            "Geflüchteten nebeneinander liegen. Nachbarn berühren sich mit Grenze oder Ecke. Ohne Nachbarn nicht "
            "bestimmt.",
        ),
        Text("−1 to 1", "−1 bis 1"),
        formula="D − Σ c_ij |p_i − p_j| / Σ c_ij, c_ij ∈ {0, 1}",
        sense="lower",
        source="Morrill 1991, Geography Research Forum 11, 25-36 (no DOI)",
    ),
    Indicator(
        "spatial_isolation",
        Text("Spatial isolation", "Räumliche Isolation"),
        Text(
            "Isolation, with each place counted together with its neighbours.",
            "Isolation, jeder Ort mit seinen Nachbarn zusammen gezählt.",
        ),
        _UNIT,
        formula="Σ (x'_i/X')·(x'_i/t'_i), x'_i = x_i + Σ c_ij x_j, t'_i = t_i + Σ c_ij t_j",
        source=_SPATIAL,
    ),
    Indicator(
        "spatial_exposure",
        Text("Spatial exposure", "Räumlicher Kontakt"),
        Text(
            "Exposure, with each place counted together with its neighbours.",
            "Kontakt, jeder Ort mit seinen Nachbarn zusammen gezählt.",
        ),
        _UNIT,
        formula="Σ (x'_i/X')·(y'_i/t'_i)",
        source=_SPATIAL,
    ),
    Indicator(
        "dissimilarity_by_chance",
        Text("Dissimilarity by chance", "Dissimilarität durch Zufall"),
        Text(
            "What dissimilarity would be expected if as many persons lived in the same places at random: high where "
            "few persons live in many small places.",
            "Welche Dissimilarität zu erwarten wäre, wenn ebenso viele Personen zufällig in denselben Orten wohnten: "
            "hoch, wo wenige Personen in vielen kleinen Orten wohnen.",
        ),
        _UNIT,
        formula="D* = T/(2XY) · Σ E|x_i − t_i P|, x_i ~ Hypergeometric(T, X, t_i)",
        source=_CHANCE,
    ),
    Indicator(
        "dissimilarity_corrected",
        Text("Dissimilarity beyond chance", "Dissimilarität über den Zufall hinaus"),
        Text(
            "Dissimilarity with the correction for small places: 0 is what chance alone gives, 1 full separation, −1 "
            "a spread more even than chance can make it.",
            "Dissimilarität mit Korrektur für kleine Orte: 0 ist, was Zufall allein ergibt, 1 völlige Trennung, −1 "
            "eine gleichmäßigere Verteilung, als Zufall sie macht.",
        ),
        Text("−1 to 1", "−1 bis 1"),
        formula="D ≥ D*: (D − D*)/(1 − D*); D < D*: (D − D*)/D*",
        sense="lower",
        source=_CHANCE,
    ),
    Indicator(
        "multigroup_dissimilarity",
        Text("Dissimilarity of several groups", "Dissimilarität mehrerer Gruppen"),
        Text(
            "Persons who would have to move for an even spread of all groups that rules name and of everybody else, "
            "against full separation.",
            "Personen, die für eine gleichmäßige Verteilung aller in Regeln genannten Gruppen und aller übrigen "
            "umziehen müssten, gemessen an völliger Trennung.",
        ),
        _UNIT,
        formula="ΣΣ t_i |p_ik − P_k| / (2T Σ P_k(1−P_k))",
        sense="lower",
        source="Sakoda 1981, doi:10.2307/2061096",
    ),
    Indicator(
        "multigroup_gini",
        Text("Gini of several groups", "Gini mehrerer Gruppen"),
        Text(
            "Unevenness of these groups over all pairs of places.",
            "Ungleichheit dieser Gruppen über alle Paare von Orten.",
        ),
        _UNIT,
        formula="ΣΣΣ t_i t_j |p_ik − p_jk| / (2T² Σ P_k(1−P_k))",
        sense="lower",
        source=_SEVERAL,
    ),
    Indicator(
        "multigroup_entropy",
        Text("Entropy of several groups", "Entropie mehrerer Gruppen"),
        Text(
            "How much less mixed of these groups places are than the city.",
            "Um wie viel weniger diese Gruppen an den Orten gemischt sind als in der Stadt.",
        ),
        _UNIT,
        formula="ΣΣ t_i p_ik ln(p_ik/P_k) / (E·T), E = −Σ P_k ln P_k",
        sense="lower",
        source=_THEIL,
    ),
    Indicator(
        "multigroup_exposure",
        Text("Normalised exposure of several groups", "Normierter Kontakt mehrerer Gruppen"),
        Text(
            "How much more of their own group people have around them than in an even city: 0 is full contact.",
            "Um wie viel mehr Menschen die eigene Gruppe um sich haben als in einer gleichmäßig gemischten Stadt: 0 "
            "ist voller Kontakt.",
        ),
        _UNIT,
        formula="ΣΣ t_i (p_ik − P_k)² / (T(1−P_k))",
        sense="lower",
        source=_SEVERAL,
    ),
)
"""Every index: of refugees against all others first, then between several groups."""
