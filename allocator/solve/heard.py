"""HiGHS at work, with an ear for Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import highspy

__all__ = ["SOLVER", "best_so_far", "run", "stopping", "time_left"]

SOLVER = "solver"
"""Name of the thread in which HiGHS works."""
STEP = 0.2
_stop = threading.Event()


@contextmanager
def best_so_far() -> Iterator[None]:
    """Within this, the first Ctrl-C ends solving, and the best plan so far stands; the second is as it was before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def hear(signum: int, frame: Any) -> None:
        if not _stop.is_set():
            _stop.set()
        elif callable(before):
            before(signum, frame)

    signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _stop.clear()


def stopping() -> bool:
    """True after the first Ctrl-C within `best_so_far`."""
    return _stop.is_set()


def time_left(began: float, seconds: float) -> float:
    """Seconds that are left of so many since `began` (`time.perf_counter`); none once solving is to stop."""
    return -1.0 if stopping() else seconds - (time.perf_counter() - began)


def run(highs: highspy.Highs, told: Callable[[Any], None] | None = None, *, to_the_end: bool = False) -> None:
    """Let HiGHS solve what was handed over to it; `told` hears now and then how far it is.

    It works in a thread of its own: Python hears no signal before a call of a library returns, and that may be minutes.
    After the first Ctrl-C within `best_so_far` it is asked to stop, unless it must come `to_the_end`; after any other
    the thread goes on until its time limit, or until the process ends, and nobody reads what it finds.
    """
    errors: list[BaseException] = []
    kinds = highspy.cb.HighsCallbackType
    asking = (kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt)

    def listen(kind: object, message: str, out: Any, answer: Any, data: object) -> None:  # noqa: ARG001
        if kind == kinds.kCallbackMipLogging:
            if told is not None:
                told(out)
        else:
            answer.user_interrupt = stopping()

    wanted = [*([] if told is None else [kinds.kCallbackMipLogging]), *([] if to_the_end else asking)]
    if told is not None:  # HiGHS tells how far it is only where it may print, which then goes nowhere
        highs.setOptionValue("log_to_console", False)
        highs.setOptionValue("output_flag", True)
    if wanted:
        highs.setCallback(listen, None)
        for kind in wanted:
            highs.startCallback(kind)

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
