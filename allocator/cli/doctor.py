"""`allocator doctor`: what is installed, and whether the solver solves."""

from __future__ import annotations

import json

import click

from allocator.cli.settings import SETTINGS

__all__ = ["doctor"]


@click.command(context_settings=SETTINGS)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def doctor(as_json: bool) -> None:
    """Say what is installed and whether the solver works; exit status 5 if it does not.

    \b
    Example:
      allocator doctor
    """  # noqa: D301 - \b keeps the lines of the examples apart
    from allocator.runs.manifest import versions

    found = versions()
    found["solver"] = _solver()
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        for name, version in found.items():
            click.echo(f"{name:10} {version}")
    raise SystemExit(0 if found["solver"] == "works" else 5)


def _solver() -> str:
    """`works` if HiGHS solves a model of one column to its known optimum, else what went wrong."""
    try:
        import numpy as np
        from scipy import sparse

        from allocator.model.linear import LinearModel, Objective
        from allocator.scenario.solving import SolveOptions
        from allocator.solve.highs import solve_one

        linear = LinearModel(
            np.zeros(1), np.array([9.0]), np.array([True]), ["x"], sparse.csr_matrix([[2.0]]), np.array([-np.inf]),
            np.array([7.0]), ["row"],
        )  # fmt: skip
        outcome = solve_one(linear, Objective("doctor", "max", np.ones(1)), SolveOptions(), 10)
    except Exception as error:  # a broken installation can fail in any way; the doctor reports it
        return f"fails: {error}"
    return "works" if outcome.value == 3 else f"is wrong: {outcome.value} instead of 3"
