"""The words of a sweep's page, in German and English."""

from __future__ import annotations

__all__ = ["OUTCOMES", "STATUS", "WORDS"]

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "off": "off",
        "hard": "hard",
        "internal": "internal",
        "runs": "runs",
        "contents": "What varies",
        "name": "name",
        "values": "values",
        "statuses": "How the runs ended",
        "status": "status",
        "count": "runs",
        "curves": "Curves",
        "maps": "Heat maps",
        "effects": "What matters",
        "binding": "Where rules begin to bind",
        "without": "Runs without a plan",
        "reason": "reason",
        "run": "run",
        "outcome": "outcome",
        "constant": "The same in every run",
        "median": (
            "Lines are medians over draws and everything that is not shown; bands reach from the tenth to the "
            "ninetieth hundredth. All charts of one outcome have one scale."
        ),
        "heat": "Medians over draws. Dark is low, bright is high; an empty cell has no plan.",
        "eta": (
            "Share of the variance that the means at each value explain (η²; in a full grid the first-order "
            "Sobol index). A name with more than ten values is cut into five classes of equal size."
        ),
        "sobol": (
            "Sobol indices of the sample (Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018): alone / with "
            "all that acts together. Estimates from few points may fall below 0 or above 1."
        ),
        "bind": (
            "The loosest value of a limit at which a goal is worse than at the loosest of all, or at which "
            "there is no plan; the median over draws, with its ends."
        ),
        "rule": "limit",
        "begins": "begins to bind at",
        "where": "where",
        "never": "nowhere in this design",
        "loosest": "compared with",
        "more": "further rows stand in the table",
        "made": "Made from",
        "versions": "with",
        "no_values": "no run has a plan",
        "seconds": "seconds of computing",
        "total": "in all",
    },
    "de": {
        "off": "aus",
        "hard": "hart",
        "internal": "intern",
        "runs": "Läufe",
        "contents": "Was sich ändert",
        "name": "Name",
        "values": "Werte",
        "statuses": "Wie die Läufe endeten",
        "status": "Status",
        "count": "Läufe",
        "curves": "Kurven",
        "maps": "Felder",
        "effects": "Worauf es ankommt",
        "binding": "Wo Regeln zu greifen beginnen",
        "without": "Läufe ohne Plan",
        "reason": "Grund",
        "run": "Lauf",
        "outcome": "Ergebnis",
        "constant": "In allen Läufen gleich",
        "median": (
            "Linien sind Mediane über Ziehungen und alles, was nicht gezeigt ist; Bänder reichen vom zehnten "
            "zum neunzigsten Hundertstel. Alle Bilder eines Ergebnisses haben denselben Maßstab."
        ),
        "heat": "Mediane über Ziehungen. Dunkel ist niedrig, hell ist hoch; ein leeres Feld hat keinen Plan.",
        "eta": (
            "Anteil der Varianz, den die Mittelwerte je Wert erklären (η²; in einem vollen Gitter der "
            "Sobol-Index erster Ordnung). Ein Name mit mehr als zehn Werten ist in fünf gleich große Klassen "
            "geteilt."
        ),
        "sobol": (
            "Sobol-Indizes der Stichprobe (Saltelli u. a. 2010, doi:10.1016/j.cpc.2009.09.018): allein / mit "
            "allem, was zusammenwirkt. Schätzungen aus wenigen Punkten können unter 0 oder über 1 liegen."
        ),
        "bind": (
            "Der lockerste Wert einer Grenze, bei dem ein Ziel schlechter ist als beim lockersten von allen "
            "oder kein Plan besteht; der Median über Ziehungen, mit seinen Enden."
        ),
        "rule": "Grenze",
        "begins": "greift ab",
        "where": "wo",
        "never": "nirgends in diesem Entwurf",
        "loosest": "verglichen mit",
        "more": "weitere Zeilen stehen in der Tabelle",
        "made": "Entstanden aus",
        "versions": "mit",
        "no_values": "kein Lauf hat einen Plan",
        "seconds": "Rechensekunden",
        "total": "zusammen",
    },
}

STATUS: dict[str, dict[str, str]] = {
    "en": {
        "optimal": "proven optimal",
        "within_gap": "proven to the gap asked for",
        "stopped": "stopped at a limit",
        "infeasible": "no plan keeps the hard rules",
        "failed": "failed",
    },
    "de": {
        "optimal": "bewiesen optimal",
        "within_gap": "bis zur gewünschten Lücke bewiesen",
        "stopped": "an einer Grenze beendet",
        "infeasible": "kein Plan hält die harten Regeln ein",
        "failed": "gescheitert",
    },
}

OUTCOMES: dict[str, dict[str, str]] = {
    "placed.persons": {
        "en": "Persons placed",
        "de": "Untergebrachte Personen",
    },
    "indicator.moves.moved.households": {
        "en": "Households that move",
        "de": "Haushalte, die umziehen",
    },
    "indicator.sites.after.largest.persons": {
        "en": "Refugees at the largest site",
        "de": "Geflüchtete am größten Standort",
    },
    "indicator.new_places.buildings": {
        "en": "Buildings newly in use",
        "de": "Neu belegte Gebäude",
    },
    "indicator.segregation.social_space.after.dissimilarity": {
        "en": "Dissimilarity over social spaces",
        "de": "Dissimilarität über Sozialräume",
    },
    "indicator.segregation.district.after.dissimilarity": {
        "en": "Dissimilarity over districts",
        "de": "Dissimilarität über Bezirke",
    },
    "indicator.rent.eur_per_month_and_person": {
        "en": "Rent per person, EUR a month",
        "de": "Miete je Person, EUR im Monat",
    },
    "indicator.wishes.share_met": {
        "en": "Share of persons with a wish that is met",
        "de": "Anteil der Personen mit erfülltem Wunsch",
    },
}
"""Outcomes that are drawn besides the values of the goals, by their column."""
