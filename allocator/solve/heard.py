"""HiGHS at work, with an ear for Ctrl-C."""

from __future__ import annotations

import threading

import highspy

__all__ = ["SOLVER", "run"]

SOLVER = "solver"
"""Name of the thread in which HiGHS works."""
STEP = 0.2


def run(highs: highspy.Highs) -> None:
    """Let HiGHS solve what was handed over to it.

    It works in a thread of its own: Python hears no signal before a call of a library returns, and that may be minutes.
    After Ctrl-C the thread goes on until its time limit, or until the process ends; nobody reads what it finds.
    """
    errors: list[BaseException] = []

    def work() -> None:
        try:
            highs.run()
        except BaseException as error:  # raised again below, where somebody waits
            errors.append(error)

    thread = threading.Thread(target=work, name=SOLVER, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(STEP)
    if errors:
        raise errors[0]
