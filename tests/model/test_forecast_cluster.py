"""The fits of a forecast on a cluster of several worker processes: the same numbers, and a worker that dies costs nothing but time."""

import os
import signal
import threading

import joblib
import numpy as np
import pandas as pd
import pytest
from clusters import Cluster
from joblib import parallel_config

from planning.core.periods import month_range
from planning.model import panel
from planning.model.forecast import forecast

LINES = 200


def history():
    rng = np.random.default_rng(5)
    months = month_range(pd.Timestamp("2016-01-01"), 72)
    season = np.sin(2 * np.pi * np.arange(72) / 12)
    amounts = 100 * np.exp(0.2 * season + rng.normal(0, 0.02, (LINES, 72)).cumsum(axis=1))
    names = np.repeat([f"{place:03}" for place in range(LINES)], 72)
    return pd.DataFrame({"account": names, "period": np.tile(months.to_numpy(), LINES), "amount": amounts.ravel()})


@pytest.fixture
def cluster(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["src", os.environ.get("PYTHONPATH", "")])}
    started = Cluster(tmp_path / "cluster", environment).start(workers=3)
    yield started
    started.close()


def on(cluster, table, workers):
    from distributed import Client

    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(3, timeout=60)
        with parallel_config(backend="dask", client=client):
            return forecast(table, 12, "fast", workers=workers)


def test_a_cluster_gives_the_same_numbers_and_a_killed_worker_loses_nothing(cluster):
    table = history()
    here = forecast(table, 12, "fast")
    killer = threading.Timer(4.0, lambda: os.kill(cluster.workers[0].pid, signal.SIGKILL))
    killer.start()
    there = on(cluster, table, workers=3)
    killer.join()
    assert cluster.workers[0].poll() is not None or cluster.workers[0].wait(10) is not None
    pd.testing.assert_frame_equal(there, here, check_exact=True)


def test_no_array_is_laid_on_a_worker_beforehand_for_it_would_be_lost_with_it(monkeypatch):
    sent = []

    def noted(function):
        def task(*given):
            sent.extend(given)
            return joblib.delayed(function)(*given)

        return task

    monkeypatch.setattr(panel, "delayed", noted)
    forecast(history().head(10 * 72), 3, "fast")
    assert len(sent) > 8 and not [one for one in sent if isinstance(one, np.ndarray | pd.DataFrame)]
