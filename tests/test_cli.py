"""The command line: statuses, streams, words, and never a traceback."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tiny_runs import PLAN, allocation_of, call, project, result_of, tiny_run
from worlds import tiny_city

from allocator import __version__
from allocator.city.model_city import make_model_city, write_model_city
from allocator.cli import COMMANDS, cli


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario PLAN beside the tiny city; nobody changes it."""
    return project(tmp_path_factory.mktemp("project"))


HELP = [[name] for name in COMMANDS]
HELP += [["data", "model-city"], ["data", "koeln"], ["sweep", "again"], ["sweep", "report"]]


@pytest.mark.parametrize("words", HELP, ids=" ".join)
def test_every_command_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Each command prints the same help for `-h` and `--help`, also when it was called alone before."""
    command = cli
    for word in words:
        command = command.get_command(click.Context(command), word)
    alone = CliRunner().invoke(command, ["-h"])
    assert alone.exit_code == 0, alone.output
    for sign in ("-h", "--help"):
        answer = call(capsys, *words, sign)
        assert (answer.status, answer.err) == (0, "")
        assert answer.out.startswith(f"Usage: allocator {' '.join(words)}")
        assert "-h, --help" in answer.out


def test_the_list_of_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """Help names every command with what it does, and the version is that of the package."""
    out = call(capsys, "--help").out
    assert all(f"\n  {name} " in out and told in out for name, told in COMMANDS.items())
    assert call(capsys, "--version").out == f"allocator, version {__version__}\n"


WRONG = {
    "an unknown command": (["runn", "x"], "no command 'runn': did you mean 'run'?"),
    "an unknown command of data": (["data", "model-citi"], "model-citi"),
    "an unknown option": (["run", "x.yaml", "--overwritte"], "--overwrite"),
    "an unknown option before the command": (["--quiet", "run"], "--quiet"),
    "no scenario": (["run"], "Missing argument 'SCENARIO'"),
    "one scenario too many": (["run", "a.yaml", "b.yaml"], "unexpected extra argument"),
    "an option without its value": (["run", "x.yaml", "--out"], "--out"),
    "a language that is not spoken": (["run", "x.yaml", "--language", "fr"], "'fr' is not one of 'en', 'de'"),
    "an unknown rule": (["rules", "capp"], "did you mean 'cap'?"),
    "an unknown table": (["columns", "unit"], "no table 'unit': did you mean 'units'?"),
    "a city in a file": (["data", "model-city", "--out", __file__ + "/city"], "is no folder; choose another folder"),
    "a city with too long a name": (["data", "model-city", "--out", "x" * 300], "cannot be written"),
    "an unknown profile": (["rules", "--profiles", "munster-50"], "did you mean 'muenster-50'?"),
    "a NUL": (["check", "a\0b"], "a NUL stands in what was typed"),
    "a negative seed": (["data", "model-city", "--seed", "-1"], "-1"),
    "residents in words": (["data", "model-city", "--residents", "many"], "'many' is not a valid integer"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_is_status_2(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage says on stderr what is wrong, and what is right where it can; status 2, nothing on stdout."""
    arguments, expected = WRONG[case]
    answer = call(capsys, *arguments)
    assert (answer.status, answer.out) == (2, "")
    assert expected in answer.err


def test_an_existing_folder_is_refused_before_any_work(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that exists is wrong usage, found before the city is read, and says which options help."""
    answer = call(capsys, "run", scenario, "--out", tmp_path)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == f"error: {tmp_path} exists and is kept; add --overwrite, or choose another folder with --out\n"
    answer = call(capsys, "run", "no-such.yaml", "--out", tmp_path)
    assert answer.status == 2


MISSING = {
    "run": ["run", "{tmp}/none.yaml", "--out", "{tmp}/out"],
    "check": ["check", "{tmp}/none.yaml"],
    "verify": ["verify", "{tmp}/none"],
    "map": ["map", "{tmp}/none"],
    "report": ["report", "{tmp}/none"],
    "a folder as scenario": ["run", "{tmp}", "--out", "{tmp}/out"],
    "a file as run": ["verify", "{file}"],
    "a folder without a run": ["verify", "{tmp}"],
    "a table as scenario": ["run", "{file}", "--out", "{tmp}/out"],
    "a map into no folder": ["map", "{tmp}", "--out", "{tmp}/none/map.html"],
    "Köln without its data": ["data", "koeln", "--source", "{tmp}/none", "--out", "{tmp}/out"],
}


@pytest.mark.parametrize("case", MISSING)
def test_what_is_missing_is_named(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file or folder that is missing, or something else than it should be, is named; nothing is written."""
    file = tmp_path / "table.csv"
    file.write_text("a;b\n1;2\n", encoding="utf-8")
    answer = call(capsys, *(part.format(tmp=tmp_path, file=file) for part in MISSING[case]))
    assert answer.status in (1, 2)
    told = answer.err + answer.out
    assert any(name in told for name in ("none", "table.csv", tmp_path.name)), told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table.csv"]


JSON = [["rules"], ["rules", "cap"], ["rules", "weighted"], ["rules", "--profiles"], ["columns"], ["columns", "units"],
        ["doctor"], ["check", "no-such-city"], ["verify", "no-such-run"], ["verify", __file__]]  # fmt: skip


@pytest.mark.parametrize("words", JSON, ids=lambda words: " ".join(words[:2]))
def test_json_is_all_that_stdout_carries(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With `--json` stdout is one JSON value, also where there are findings; they are status 1."""
    answer = call(capsys, *words, "--json")
    told = json.loads(answer.out)
    assert answer.status == (1 if words[0] in ("check", "verify") else 0)
    assert told
    if answer.status:
        assert told[0]["severity"] == "error"
        assert told[0]["remedy"]


@pytest.mark.usefixtures("undrawn")
def test_stdout_carries_data_only(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run prints one sentence and the path of the map; progress goes to stderr, and --quiet silences it."""
    answer = call(capsys, "run", scenario, "--out", tmp_path / "run")
    assert answer.status == 0
    assert answer.out.splitlines() == [
        "11 of 11 persons placed, rule one-flat exceeded by 2 flats, all other rules kept, proven optimal",
        str(tmp_path / "run" / "map.html"),
    ]
    for text in (
        f"reading {scenario}",
        "5 households, 6 units",
        "goal 3 of 3: rent",
        "recounting every rule",
        "drawing the map",
    ):
        assert text in answer.err
    quiet = call(capsys, "run", scenario, "--out", tmp_path / "run", "--overwrite", "--quiet")
    assert (quiet.out, quiet.err) == (answer.out, "")


@pytest.mark.usefixtures("undrawn")
def test_json_is_the_result_file(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints exactly what result.json holds, also in German."""
    answer = call(capsys, "run", scenario, "--out", tmp_path / "run", "--json", "--language", "de")
    assert json.loads(answer.out) == result_of(tmp_path / "run")
    assert json.loads(answer.out)["sentence"].startswith(
        "11 von 11 Personen untergebracht, Regel one-flat um 2 Wohnungen"
    )


@pytest.mark.usefixtures("undrawn")
def test_without_out_a_run_goes_to_maps(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                        monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Without --out the folder is maps/<scenario>/ where the command was called."""
    monkeypatch.chdir(tmp_path)
    assert call(capsys, "run", scenario, "--quiet").status == 0
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == ["plan"]


@pytest.mark.usefixtures("undrawn")
def test_the_model_can_be_exported(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--write-model` writes an LP file with rows named after the rules of the scenario."""
    model = tmp_path / "model.lp"
    assert call(capsys, "run", scenario, "--out", tmp_path / "run", "--quiet", "--write-model", model).status == 0
    text = model.read_text(encoding="utf-8")
    assert "ten_per_site(H1)" in text
    assert "Maximize" in text
    for target in (tmp_path / "none" / "model.lp", tmp_path):
        failed = call(capsys, "run", scenario, "--out", tmp_path / "other", "--write-model", target)
        assert (failed.status, failed.out) == (2, "")
        assert failed.err == f"error: the model cannot be written to {target}; name a file in a folder that exists\n"
    assert not (tmp_path / "other").exists()


def test_findings_of_the_input_are_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Several defects of scenario and tables are told at once, with file, row, key and remedy; nothing is written."""
    text = PLAN.replace("rule: cap, count: flats", "rule: capp, count: flats")
    scenario = project(tmp_path, text, households={"001": {"persons": -2}})
    answer = call(capsys, "run", scenario, "--out", tmp_path / "out", "--set", "solve.gapp=1")
    assert (answer.status, answer.out) == (1, "")
    assert "plan.yaml:6, key rules.one-flat.rule: there is no rule 'capp' → did you mean 'cap'?" in answer.err
    assert "--set solve.gapp=1" in answer.err
    assert "did you mean 'gap'?" in answer.err
    assert answer.err.splitlines()[-1].endswith("finding(s) to mend; nothing was written")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("undrawn")
def test_a_limit_before_the_gap_is_status_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stopped before the proof, the best plan is written and verified, and says that it may not be the best."""
    make = make_model_city(3, 12_000, households=160)
    write_model_city(make, tmp_path / "town")
    scenario = tmp_path / "plan.yaml"
    scenario.write_text(
        "city: town\nhouseholds: town/households.csv\nuse: [muenster-50]\n"
        "goals: [{place: persons}, {spread: {over: social_spaces, key: residents}}, rent]\n"
        "solve: {gap: 0, seconds: 0.05}\n",
        encoding="utf-8",
    )
    answer = call(capsys, "run", scenario, "--out", tmp_path / "run", "--quiet")
    assert answer.status == 4, answer.out + answer.err
    assert "stopped before the end; best plan so far" in answer.out
    result = result_of(tmp_path / "run")
    assert result["status"] == "stopped"
    assert len(allocation_of(tmp_path / "run")) == 160
    assert call(capsys, "verify", tmp_path / "run").status == 0


def test_without_a_working_solver_status_5(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                           monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """A solver that fails ends the run with status 5 and nothing written; the doctor says so too."""
    from allocator.errors import SolverError

    assert call(capsys, "doctor").status == 0

    def fail(*_: object, **__: object) -> None:
        raise SolverError("HiGHS is not well")

    monkeypatch.setattr("allocator.solve.highs.solve_one", fail)
    monkeypatch.setattr("allocator.solve.selection.solve_one", fail)
    answer = call(capsys, "run", scenario, "--out", tmp_path / "run", "--quiet")
    assert (answer.status, answer.out, answer.err) == (5, "", "error: HiGHS is not well\n")
    assert not (tmp_path / "run").exists()
    doctor = call(capsys, "doctor", "--json")
    assert (doctor.status, json.loads(doctor.out)["solver"]) == (5, "fails: HiGHS is not well")


def test_maps_and_reports_are_written_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`map` and `report` print the path of what they wrote, in the run's folder or where told, in both languages."""
    run = tiny_run(tmp_path)
    for command, name in (("map", "map.html"), ("report", "report.html")):
        (run / name).unlink()
        assert call(capsys, command, run).out == f"{run / name}\n"
        assert (run / name).stat().st_size > 5_000
        target = tmp_path / f"{name}.de.html"
        assert call(capsys, command, run, "--language", "de", "--out", target).out == f"{target}\n"
        assert 'lang="de"' in target.read_text(encoding="utf-8")
        assert call(capsys, command, run, "--out", tmp_path / "none" / "x.html").status in (1, 2)
        assert call(capsys, command, run, "--out", tmp_path).status in (1, 2)


ODD = [
    "", " ", ".", "..", "/", "-", "--", "---", "-h", "-x", "--json", "--json=1", "--out", "--out=",
    "--set", "--set=", "--set=a",
    "--set=a=", "--set==", "--set=rules..x=1", "--set=rules.x={", "--set=goals.9999999999=1", "--set=goals.-1=rent",
    "--set=solve.seconds=-1", "--set=solve.seconds=.nan", "--set=solve.gap=1e999", "--set=solve=[", "--set=city=.",
    "--set=city=/", "--set=households=nowhere.csv", "--set=title=[1]", "--set=rules.ten-per-site=null",
    "--set=rules=null",
    "--set=rules.ten-per-site.at_most=ten", "--set=rules.ten-per-site.at_most=!!python/object:os.system x",
    "--overwrite",
    "--language", "--language=de", "--quiet", "--tiles", "--write-model", "--profiles", "--residents=0", "--seed=1",
    "--version",
    "run", "check", "verify", "map", "report", "rules", "columns", "schema", "data", "model-city", "koeln",
    "cap", "spread", "units", "muenster-50", "0", "-1", "1e9", "NUL",
    "a" * 300, "ä ö/ü", "\u202e", "\x1b[2J", "\udcff", "*", "~",
    "%s%n", "{0}", "$(id)", "`id`", "'", '"', "\\", "\n", "http://example.org/x", "file:///etc/passwd",
    "{scenario}", "{city}", "{tmp}/new/run",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_no_arguments_give_a_traceback(
    seed: int, scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is typed, a command ends with one of its statuses and words, never with an exception."""
    monkeypatch.chdir(tmp_path)
    draw = random.Random(seed)
    commands = [*COMMANDS, "data", "rules", "columns", "check", "verify"]
    places = {"{scenario}": scenario, "{city}": scenario.parent / "tiny", "{tmp}/new/run": tmp_path / "new" / "run"}
    for _ in range(40):
        arguments = [draw.choice(commands)] if draw.random() < 0.9 else []
        arguments += [draw.choice(list(places))] if draw.random() < 0.5 else []
        arguments += [draw.choice(ODD) for _ in range(draw.randrange(4))]
        if arguments[:2] == ["data", "koeln"]:
            arguments.append("--source=nowhere")  # the real one would take a while
        answer = call(capsys, *(places.get(part, part) for part in arguments))
        assert answer.status in range(6), arguments
        assert answer.out or answer.err, arguments


ALLOCATOR = [sys.executable, "-m", "allocator"]
LIGHT = [["columns", "--json"], ["--help"]]
HEAVY = [["rules"], ["rules", "--profiles", "--json"], ["schema"], ["doctor"], ["check", "data/modellstadt"]]
"""These load the libraries for tables and geometry, each in a Python of its own: they are slow tests."""
PIPED = [pytest.param(words, lines, marks=[pytest.mark.slow] if words in HEAVY else [],
                      id=f"{' '.join(words)}-{lines}") for words in LIGHT + HEAVY for lines in (0, 1)]  # fmt: skip


@pytest.mark.parametrize(("words", "lines"), PIPED)
def test_a_reader_that_stops_listening_is_no_error(words: list[str], lines: int) -> None:
    """When stdout is closed early (`allocator rules | head -1`), nothing is complained about."""
    process = subprocess.Popen([*ALLOCATOR, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               encoding="utf-8", cwd=Path(__file__).parent.parent)  # fmt: skip
    for _ in range(lines):
        process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) in (0, 1)
    assert not errors or (words[0] == "check" and errors.count("\n") == 1), errors


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="head is no command of Windows")
def test_the_first_line_alone() -> None:
    """`allocator rules | head -1` in a shell shows one line and nothing else."""
    command = f"{sys.executable} -m allocator rules | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, encoding="utf-8", check=True,
                          cwd=Path(__file__).parent.parent)  # fmt: skip
    assert (done.stdout, done.stderr) == ("Rules, each by an example:\n", "")


def test_the_command_starts_light() -> None:
    """Help loads neither pandas nor the solver: a command imports what it needs when it is called."""
    code = "import sys; sys.argv = ['allocator', '--help']\nfrom allocator.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\n"
    code += "print(sorted({'pandas', 'geopandas', 'pulp', 'highspy', 'folium'} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True,
                          cwd=Path(__file__).parent.parent)  # fmt: skip
    assert done.stderr == "[]\n"


def test_bytes_that_no_terminal_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names in data that would steer a terminal, or that cannot be shown, do not stop a command."""
    city = tiny_city(tmp_path, households={"001": {"household_id": "\x1b[2Jx", "persons": 0}})
    answer = call(capsys, "check", city)
    assert answer.status == 1
    assert "\x1b" not in answer.out
