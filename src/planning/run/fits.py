"""The fits inside a notebook, sent to the cluster that its run was sent to: joblib's own dask backend, found when it is first needed.

A kernel on a cluster is told the scheduler's address in PLANNING_CLUSTER, and after it the workers that are like its own: no other
may fit. It calls `send_fits` before its first cell. A model says `Parallel(n_jobs=workers)` and knows nothing of all this.
"""

from __future__ import annotations

import os
from functools import cache

from joblib import parallel_config
from joblib.parallel import FallbackToBackend, ParallelBackendBase, SequentialBackend

ADDRESS = "PLANNING_CLUSTER"
PATIENCE = 60
"""Seconds that a fit waits for the scheduler, or for a first worker."""


class _Elsewhere(ParallelBackendBase):
    """Stands for the cluster until a fit asks for more than one process: the client's threads and imports are spent only then."""

    default_n_jobs = 1

    def __init__(self, *addresses: str):
        super().__init__()
        self.addresses = addresses

    def configure(self, n_jobs=1, parallel=None, **asked):
        """Sends one job to this process and more to the cluster."""
        raise FallbackToBackend(SequentialBackend(nesting_level=0) if n_jobs == 1 else _cluster(*self.addresses))

    def effective_n_jobs(self, n_jobs):
        """As many as the cluster has threads for whoever asks for more than one."""
        return 1 if n_jobs in (None, 1) else _cluster(*self.addresses).effective_n_jobs(n_jobs)

    def submit(self, func, callback=None):
        """Never asked: `configure` has sent the work elsewhere."""
        raise NotImplementedError


def send_fits() -> None:
    """From now on this process's joblib calls of more than one job go to the cluster named in PLANNING_CLUSTER, if there is one."""
    if os.environ.get(ADDRESS):
        parallel_config(backend=_Elsewhere(*os.environ[ADDRESS].split()))


@cache
def _cluster(address: str, *workers: str) -> ParallelBackendBase:
    """joblib's dask backend for these workers (none named: all), with a client of its own that ends with this process."""
    from distributed import Client
    from joblib._dask import DaskDistributedBackend

    client = Client(address, set_as_default=False, timeout=PATIENCE)
    return DaskDistributedBackend(client=client, wait_for_workers_timeout=PATIENCE, workers=workers or None)
