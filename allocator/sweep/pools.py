"""Where runs are solved: in processes of this machine, or on a cluster of dask.distributed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from allocator.errors import SolverError, UsageError

__all__ = ["cores", "on_cluster", "processes"]

TRIES = 3
"""How often a cluster gives a run to another worker after one was lost."""


def cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """New processes (spawned, the same on every system), each solving one run at a time."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker)
    try:
        yield pool
    except BaseException:
        # Whoever interrupts does not wait for the runs in flight.
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown(wait=True, cancel_futures=True)


def _begin_worker() -> None:
    """One thread for everything numerical; Ctrl-C is the parent's; the end of the parent is the end of this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def on_cluster(address: str) -> Iterator[tuple[Any, int]]:
    """A pool on the cluster whose scheduler has this address, and the number of its threads.

    Workers must see scenario, city and households under the same paths. A run whose worker is lost goes to another one.
    Raises UsageError where dask is not installed or nobody answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("dask is not installed; install it with: pip install allocator[sweep]") from None
    try:
        client = Client(address, timeout="20s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(f"no scheduler of dask answers at {address}: {error}") from None

    @contextmanager
    def pool(workers: int) -> Iterator[Executor]:  # noqa: ARG001
        yield _ClusterExecutor(client)

    try:
        yield pool, max(1, sum(client.nthreads().values()))
    finally:
        client.close()


class _ClusterExecutor(Executor):
    """Hands each run to the cluster and turns its answer into a future of the standard library."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Submit one run; it is never taken for one that was computed before."""
        from concurrent.futures import CancelledError, Future

        from distributed import KilledWorker

        answer: Future[Any] = Future()
        remote = self._client.submit(function, *args, pure=False, retries=TRIES, **kwargs)

        def settled(done: Any) -> None:
            if answer.cancelled():
                return
            try:
                answer.set_result(done.result())
            except KilledWorker as error:
                answer.set_exception(BrokenExecutor(str(error)))
            except (OSError, CancelledError) as error:
                answer.set_exception(SolverError(f"the cluster is gone: {error}"))
            except BaseException as error:  # whatever else ended it belongs to who waits for it
                answer.set_exception(error)

        remote.add_done_callback(settled)
        return answer
