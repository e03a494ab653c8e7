"""`python -m tests.benchmarks.walking`: Köln on its real streets; prints Markdown.

Seconds for the network and for all distances, first and second run, and what walking instead of straight lines does to
a plan with school seats.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from allocator.access.stored import FOLDER_VARIABLE
from allocator.indicators.ways import ways
from allocator.ledger import Ledger
from allocator.runs.loading import load_run
from tests.benchmarks.__main__ import OPEN_DATA, ROOT, koeln_city

SCENARIO = """title: Köln, a school seat for every child within 1,000 m
city: {city}
households: {city}/city/households.csv
use: [koeln-80]
rules:
  school-seats: {{rule: seats, kind: school, within: 1000}}
goals:
  - place: persons
  - walk: {{to: school}}
solve: {{gap: 0.001, seconds: 300}}
"""
MEASURE = """
import json, sys, time
import geopandas, numpy, pandas, scipy, shapely
from allocator.access import routes, snapping, stored
source = sys.argv[1]
streets = geopandas.read_file(f"{source}/koeln.gpkg", layer="strassenabschnitte")
signs = geopandas.read_file(f"{source}/koeln.gpkg", layer="poi_fnp_signets")
addresses = pandas.read_parquet(f"{source}/adressen_abgeleitet.parquet")[["x", "y"]].to_numpy()
signs = shapely.get_coordinates(signs.geometry[signs["typ"].isin(["kita", "schule"])].to_numpy())
lines, laps = streets.geometry.to_numpy(), {}
began, busy = time.perf_counter(), time.process_time()
def lap(name):
    global began
    laps[name], began = time.perf_counter() - began, time.perf_counter()
network = stored.stored_network(lines); lap("network")
houses, places = snapping.snap(network, addresses), snapping.snap(network, signs); lap("snap")
near = routes.metres_to_nearest(network, places, houses); lap("nearest")
pairs = len(routes.pairs_within(network, places, houses, 1500.0)[0]); lap("within")
busy = time.process_time() - busy
print(json.dumps({"laps": laps, "busy": busy, "streets": len(lines), "junctions": len(network.nodes),
                  "edges": len(network.ends),
                  "km": network.length.sum() / 1000, "cut_off_m": network.cut_off_metres,
                  "pieces": network.cut_off_pieces, "crossings": network.crossings, "addresses": len(addresses),
                  "places": len(signs), "pairs": pairs, "farthest": houses.aside.max(),
                  "far": int((houses.aside > 200).sum()), "median": float(numpy.median(near))}))
"""


def distances(folder: Path) -> None:
    """Every address of Köln to every school and Kita, in a new process each time, the second with what is kept."""
    environment = {**os.environ, FOLDER_VARIABLE: str(folder / "kept"), "PYTHONPATH": str(ROOT)}
    print("| run | network | snap | nearest | all within 1,500 m | together | processor time |")
    print("|---|---|---|---|---|---|---|")
    for run in ("first", "second, network kept on disk"):
        command = [sys.executable, "-c", MEASURE, str(OPEN_DATA)]
        told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, encoding="utf-8")
        found = json.loads(told.stdout)
        seconds = " | ".join(f"{value:.2f} s" for value in found["laps"].values())
        print(f"| {run} | {seconds} | {sum(found['laps'].values()):.2f} s | {found['busy']:.2f} s |")
    print(f"\n{found['streets']:,} street lines make {found['junctions']:,} junctions and dead ends and "
          f"{found['edges']:,} streets of {found['km']:,.0f} km; {found['cut_off_m']:,.0f} m in {found['pieces']} "
          f"pieces are cut off, {found['crossings']} pairs of lines cross without meeting. {found['addresses']:,} "
          f"addresses (the farthest {found['farthest']:.0f} m from a street, {found['far']} farther than 200 m), "
          f"{found['places']} schools and Kitas, {found['pairs']:,} pairs within 1,500 m; half of the addresses have one "
          f"within {found['median']:.0f} m on foot.\n")  # fmt: skip


def plans(folder: Path) -> None:
    """The same scenario with straight lines and with streets; both plans measured on streets."""
    scenario = folder / "school.yaml"
    scenario.write_text(SCENARIO.format(city=(ROOT / "data" / "koeln").as_posix()), encoding="utf-8")
    print("| distances | status, gap | persons placed | children without a seat within 1,000 m on foot (today) "
          "| way to school on foot: median, nine of ten | solve | whole run |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for measure in ("straight", "streets"):
        out = folder / measure
        command = ["run", str(scenario), "--out", str(out), "--quiet", "--set", f"distances={measure}"]
        subprocess.run([sys.executable, "-m", "allocator", *command], check=False, stdout=sys.stderr, cwd=ROOT)
        plan = load_run(out)
        city = replace(plan.scenario.city, distances="streets")
        homes = dict(zip(plan.allocation["household_id"], plan.allocation["unit_id"], strict=True))
        ledger = Ledger(city, plan.scenario.households, homes, plan.scenario.day)
        (seats,) = plan.scenario.rules["school-seats"].recount(ledger)
        way, result = ways(ledger)["school"], plan.result
        gap = max(goal["gap"] or 0 for goal in result["goals"])
        print(f"| {measure} | {result['status']}, {gap:.1e} | {result['placed']['persons']:,} | {seats.after:.0f} "
              f"({seats.today:.0f}) | {way['median_metres']:.0f} m, {way['nine_of_ten_metres']:.0f} m | "
              f"{result['phases']['solve']:.0f} s | {result['seconds']:.0f} s |")  # fmt: skip


def main() -> None:
    """Everything, to stdout."""
    if not OPEN_DATA.is_dir():
        print("Köln is skipped: its open data does not stand beside the project (see data/koeln/README.md).")
        return
    koeln_city()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, one solver thread, seed 1.\n")
    with tempfile.TemporaryDirectory() as name:
        distances(Path(name))
        plans(Path(name))


if __name__ == "__main__":
    main()
