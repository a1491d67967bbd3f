"""The fits of one forecast sent to a Dask cluster (`planning forecast … --on tcp://…`): nothing but the fits leaves this process.

The workers need the same environment and code as this process, and no folder of it: each says what it is before anything is sent.
A fit whose worker dies is given to another by Dask.
"""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import distributed
from joblib import parallel_config

from planning.batch.cluster import ANSWER, CONNECT, check_address, connect, differences
from planning.batch.cluster_worker import what_fits
from planning.core.errors import PlanningError, Problem, RequestError, at_most

FIRST = 30.0
"""Seconds that a first worker has to come."""
ALONE = 60.0
"""Seconds without any of the workers that it began with after which a forecast is given up."""
LOOK = 2.0
"""Seconds between two looks at the workers that there are."""


@contextlib.contextmanager
def fits_on(address: str) -> Iterator[int]:
    """Within it joblib's calls of more than one job go to the cluster's workers; gives the number of their threads.

    For a process's first thread. RequestError where no scheduler answers, no worker comes, or one isn't like this process;
    PlanningError where all are gone.
    """
    asyncio.run(_answers(check_address(address)))
    with distributed.Client(address, set_as_default=False, timeout=CONNECT) as client:
        workers = _alike(client, address)
        gone, done = threading.Event(), threading.Event()
        watch = threading.Thread(target=_watch, args=(client, workers, gone, done), daemon=True)
        watch.start()
        try:
            with parallel_config(backend="dask", client=client, workers=workers, wait_for_workers_timeout=ALONE):
                yield sum(count for worker, count in client.nthreads().items() if worker in workers)
        except (KeyboardInterrupt, distributed.KilledWorker, TimeoutError) as broken:
            if not gone.is_set() and isinstance(broken, KeyboardInterrupt):
                raise
            killed = isinstance(broken, distributed.KilledWorker) and not gone.is_set()
            why = " ".join(str(broken).split()) if killed else f"no worker that it began with has been there for {ALONE:.0f} seconds"
            raise PlanningError(f"{address} gave the fits up: {why[:300]}") from None
        finally:
            done.set()
            watch.join(ANSWER)


async def _answers(address: str) -> None:
    """RequestError where no scheduler answers: a client that waits for its thread would wait for what listens and says nothing."""
    client = await connect(address)
    await client.close()


def _alike(client: distributed.Client, address: str) -> list[str]:
    """The workers that there are, all of them like this process."""
    try:
        client.wait_for_workers(1, timeout=FIRST)
        said: dict[str, Any] = client.run(what_fits, on_error="return")
    except (OSError, TimeoutError):
        wrong = Problem("no worker to fit with", address, next="start one: dask worker …")
        raise RequestError("cluster", [wrong]) from None
    here = what_fits()
    wrong = [problem for worker, there in said.items() for problem in differences(worker, there, here)]
    if wrong:
        raise RequestError("cluster", at_most(wrong))
    return list(said)


def _watch(client: distributed.Client, workers: list[str], gone: threading.Event, done: threading.Event) -> None:
    """Interrupts the thread that waits where none of the workers is left, or no scheduler: Dask itself would wait for them for ever."""
    since = time.monotonic()
    while not done.wait(LOOK):
        with contextlib.suppress(Exception):  # a scheduler that doesn't answer has no workers
            since = time.monotonic() if set(workers) & client.nthreads().keys() else since
        if time.monotonic() - since >= ALONE:
            gone.set()
            return _thread.interrupt_main()
