"""Batches on a real cluster: a scheduler and three workers, each a process of its own, killed, started again and cut off.

Whatever dies, every job's run stands once and is published once, and what it left equals what one machine leaves.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import clusters
import nbformat
import pandas as pd
import pytest
import toy
from distributed import Client
from patience import wait_until

from planning.batch.cluster import Cluster, check_address
from planning.batch.cluster_worker import what_it_is
from planning.batch.executor import Wanted
from planning.book.store import open_book
from planning.core.errors import RequestError
from planning.inputs.params import Home
from planning.run import register
from planning.run.requests import settle

SPAN = 120
"""Seconds within which anything waited for must come, on a busy machine."""


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """A cluster for the whole file."""
    started = clusters.Cluster(tmp_path_factory.mktemp("cluster"), toy.environment(tmp_path_factory.mktemp("nowhere")))
    yield started.start(3)
    started.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where every test's home is, one after the other: the workers keep what they have imported for it."""
    return tmp_path_factory.mktemp("shared") / "home"


@pytest.fixture
def root(toy_home, place, monkeypatch):
    """A toy home of one's own, at the same place as the last test's; a run of some seconds waits for the file `go` instead."""
    assert wait_until(lambda: not working(place), SPAN), "the last test's runs end"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(toy_home, place)
    outlook = place / "notebooks" / "outlook.ipynb"
    waiting = "while seconds and not (home.root / 'go').exists(): time.sleep(0.05)"
    outlook.write_text(outlook.read_text().replace("time.sleep(seconds)", waiting))
    monkeypatch.delenv("PLANNING_BOOK", raising=False)
    return place


@pytest.fixture
def cluster(machines):
    """The same with its scheduler and three workers there, whatever an earlier test has done to it."""
    if machines.scheduler.poll() is not None:
        machines.start_scheduler()
    for _ in range(3 - len(machines.living())):
        machines.start_worker()
    with asking(machines) as client:
        client.wait_for_workers(3, SPAN)
    return machines


@pytest.fixture
def executor(root, cluster):
    """What a batch would send its runs through."""
    place = root / "outputs" / ".batches"
    place.mkdir(parents=True)
    heard = []
    executor = Cluster(Home(root, root / "outputs"), cluster.address, place / "printed.txt", say=heard.append)
    executor.heard = heard
    assert wait_until(lambda: executor.free() == 3, SPAN)
    yield executor
    executor.close()


@pytest.fixture
def begin(root, tmp_path):
    """Begins a batch of the outlook with these growths; whatever is left of it ends with the test."""
    begun = []

    def begin(address, growths=(0.1, 0.2, 0.3), seconds=0.0, words=(), **more):
        run = {"notebook": "outlook", "company": "toy", "case": "base", "params": {"seconds": seconds}, "grid": {"growth": list(growths)}}
        (root / "batch.yaml").write_text(json.dumps({"runs": {"outlook": run | more}}))
        on = ("--on", address) if address else ()
        begun.append(toy.start(root, "batch", "batch.yaml", *on, *words))
        return begun[-1]

    yield begin
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.wait()


def working(root):
    """The living processes that work below this home: a run's and its kernel's."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink().is_relative_to(root):
                found.append(int(process.name))
    return found


def asking(machines):
    return Client(machines.address, set_as_default=False, timeout=SPAN)


def events(root):
    """What the newest batch's record says."""
    newest = max((root / "outputs" / ".batches").glob("*Z-*"))
    return [json.loads(line) for line in (newest / "events.jsonl").read_text().splitlines()]


def runs_in(root, what):
    return [event["run"] for event in events(root) if event["event"] == what]


def ended(process):
    said = process.communicate(timeout=SPAN)
    return process.returncode, "\n".join(said)


def wait_for_runs(process, root, runs):
    """Until so many runs are at their cells: each has its notebook aside."""

    def executing():
        assert process.poll() is None, process.communicate()
        return sum((path / "report.ipynb").is_file() for path in toy.left_aside(root)) >= runs

    assert wait_until(executing, SPAN), f"{runs} runs are executing"


def busy(machines):
    """The process ids of the workers that have a run."""
    with asking(machines) as client:
        having, pids = client.processing(), client.run(os.getpid)
    return [pids[worker] for worker, tasks in having.items() if any(str(task).startswith("planning-") for task in tasks)]


def kill_worker(machines, pid):
    [worker] = [worker for worker in machines.workers if worker.pid == pid]
    worker.kill()
    worker.wait()


def assert_each_once(root, jobs):
    """So many runs stand, and each was published once; nothing is left of anything else."""
    book, stands = open_book(Home(root, root / "outputs").book()), toy.seen(root)
    assert len(stands) == jobs and sorted(book.runs()["run_id"]) == [folder.name for folder in stands]
    assert sorted(runs_in(root, "run_done")) == [folder.name for folder in stands]
    assert book.verify_journal("toy") == [] and not (root / "outputs/toy/outlook/failed").exists()
    assert wait_until(lambda: not toy.left_aside(root), SPAN), "what killed processes left aside is gone"


def contents(root):
    """What each run left, by what was asked of it."""
    done = register.runs(Home(root, root / "outputs"))
    read = [json.loads((Path(about["folder"]) / "manifest.json").read_text()) for about in done]
    return {about["params"]["growth"]: {name: table["content"] for name, table in about["tables"].items()} for about in read}


# The same results, once each


def test_three_workers_leave_what_one_machine_leaves(root, cluster, begin, tmp_path):
    here = tmp_path / "here"
    shutil.copytree(root, here)
    code, said = ended(begin(cluster.address, (0.1, 0.2, 0.3, 0.4)))
    assert code == 0, said
    assert_each_once(root, 4)
    alone = toy.start(here, "batch", str(root / "batch.yaml"))
    assert ended(alone)[0] == 0
    assert contents(root) == contents(here) and len(contents(here)) == 4
    assert len(list((root / "outputs/.batches").glob("*/printed-*.txt"))) == 3  # each worker had one


def test_a_single_run_is_sent_published_here_and_not_run_again(root, cluster):
    words = ("run", "outlook", "toy", "--case", "base", "--on", cluster.address, "--json")
    first, again = ended(toy.start(root, *words)), ended(toy.start(root, *words))
    assert first[0] == again[0] == 0, first[1] + again[1]
    [folder] = toy.seen(root)
    assert list(open_book(Home(root, root / "outputs").book()).runs()["run_id"]) == [folder.name]
    assert '"reused": false' in first[1] and '"reused": true' in again[1]
    code, said = ended(toy.start(root, *words[:-1], "-p", "fault=cell"))
    assert code == 1 and "a cell that breaks" in said and "traceback.txt" in said
    assert not toy.left_aside(root)


# Deaths


def test_a_worker_killed_mid_run_costs_nothing_but_time(root, cluster, begin):
    process = begin(cluster.address, (0.1, 0.2), seconds=1)
    wait_for_runs(process, root, 2)
    kill_worker(cluster, busy(cluster)[0])
    (root / "go").touch()
    code, said = ended(process)
    assert code == 0, said
    assert_each_once(root, 2)
    [lost] = [event for event in events(root) if event["event"] == "run_retried"]
    assert "worker" in lost["reason"] and len(set(runs_in(root, "run_started"))) == 2


def test_without_workers_it_waits_for_one_that_joins_late(root, cluster, begin):
    process = begin(cluster.address, (0.1, 0.2), seconds=1)
    wait_for_runs(process, root, 2)
    for worker in cluster.living():
        kill_worker(cluster, worker.pid)
    assert wait_until(lambda: len(runs_in(root, "run_retried")) == 2, SPAN)
    cluster.start_worker()
    (root / "go").touch()
    code, said = ended(process)
    assert code == 0 and "no workers" in said, said
    assert_each_once(root, 2)


def test_the_scheduler_killed_and_started_again_mid_batch(root, cluster, begin):
    process = begin(cluster.address, (0.1, 0.2, 0.3, 0.4), seconds=1)
    wait_for_runs(process, root, 3)
    cluster.kill_scheduler()
    assert wait_until(lambda: not cluster.living(), SPAN), "workers end with their scheduler"
    cluster.start_scheduler()
    cluster.start_worker()
    cluster.start_worker()
    (root / "go").touch()
    code, said = ended(process)
    assert code == 0, said
    assert_each_once(root, 4)
    assert len(set(runs_in(root, "run_started"))) == 4 < len(runs_in(root, "run_started"))


def test_the_line_to_the_scheduler_cut_for_a_while(root, cluster, begin):
    line = clusters.Wire(cluster.port)
    process = begin(line.address, (0.1, 0.2), seconds=1)
    wait_for_runs(process, root, 2)
    line.cut()
    assert wait_until(lambda: len(runs_in(root, "run_retried")) == 2, SPAN)
    line.mend()
    (root / "go").touch()
    code, said = ended(process)
    line.close()
    assert code == 0, said
    assert_each_once(root, 2)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_batch_that_ends_takes_its_runs_along_and_is_resumed(root, cluster, begin, how):
    process = begin(cluster.address, (0.1, 0.2), seconds=1)
    wait_for_runs(process, root, 2)
    process.send_signal(how)
    assert ended(process)[0] == (1 if how == signal.SIGTERM else -how)
    assert wait_until(lambda: not working(root), SPAN), "the runs' kernels end"
    assert not toy.seen(root)
    (root / "go").touch()
    again = toy.start(root, "batch", "--resume", "--on", cluster.address)
    code, said = ended(again)
    assert code == 0, said
    assert_each_once(root, 2)
    assert len(set(runs_in(root, "run_started"))) == 2


def test_a_run_that_is_stopped_ends_on_its_worker_and_what_it_wrote_is_kept(root, cluster, executor):
    params = settle(executor.home, "outlook", "toy", "base", {"seconds": 600}).params
    executor.start(Wanted("20260101T000000000000Z-00000001", "outlook", "toy", "base", params))
    assert wait_until(lambda: "cell" in [news.what for news in executor.news(1)], SPAN)
    assert wait_until(lambda: [path for path in toy.left_aside(root) if (path / "report.ipynb").is_file()], SPAN)
    executor.stop("20260101T000000000000Z-00000001", "deadline of 1 s exceeded")
    told = []
    assert wait_until(lambda: told.extend(news for news in executor.news(1) if news.what != "cell") or told, SPAN)
    [news] = told
    assert (news.what, news.reason) == ("failed", "deadline of 1 s exceeded")
    assert (Path(news.folder) / "report.ipynb").is_file() and executor.free() == 3
    assert wait_until(lambda: not working(root), SPAN), "the run's processes end"


# Fits

FITS = """
company: str = "toy"  # name, the folder under params
workers: int = 2  # processes 1..64, that fit
part: int = 1  # number 1..9, for runs that are each their own
lang: str = "en"  # one of en|zh, the language of the report
"""
FIT = """
import os
import numpy as np, pandas as pd
from joblib import Parallel, delayed
from planning.core.checks import Check
from planning.model.forecast import forecast
from planning.run.record import record

month = pd.date_range("2020-01-01", periods=36, freq="MS")
rows = [pd.DataFrame({"account": f"a{n}", "period": month, "amount": 100.0 + n * np.sin(np.arange(36))}) for n in range(3)]
plan = forecast(pd.concat(rows), 3, "prophet", workers=workers)
where = pd.DataFrame({"process": Parallel(n_jobs=workers)(delayed(os.getpid)() for _ in range(8))})
"""
LAST = 'record("fits", {"en": "fits", "zh": "fits"}, {"plan": plan, "where": where}, [Check("there", len(plan) == 9, "9")])'



SLOWLY = """
import subprocess, time
import pandas as pd
from joblib import Parallel, delayed
from planning.core.checks import Check
from planning.inputs.params import find_home
from planning.run.record import record

while not (find_home().root / "go").exists(): time.sleep(0.05)
said = Parallel(n_jobs=workers)(delayed(subprocess.getoutput)("sleep 0.3; echo $PPID") for _ in range(9))
plan = where = pd.DataFrame({"process": [int(process) for process in said]})
"""


def write_fits(root, fit):
    cells = [toy._cell("code", FITS, "parameters"), toy._cell("code", fit, "setup"), toy._cell("code", LAST, "record")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=toy.outlook().metadata), root / "notebooks" / "fits.ipynb")


def test_the_fits_of_a_notebook_go_to_the_cluster_whose_threads_are_all_taken_by_runs(root, cluster):
    write_fits(root, FIT)
    there, alone = {"workers": 2}, {"workers": 1}
    runs = {"there": {"params": there, "grid": {"part": [1, 2, 3]}}, "alone": {"params": alone, "grid": {"part": [4]}}}
    whole = {name: run | {"notebook": "fits", "company": "toy"} for name, run in runs.items()}
    (root / "batch.yaml").write_text(json.dumps({"runs": whole}))
    code, said = ended(toy.start(root, "batch", "batch.yaml", "--on", cluster.address))
    assert code == 0, said
    done, plans, workers = register.runs(Home(root, root / "outputs"), "toy", "fits"), set(), {worker.pid for worker in cluster.living()}
    for about in done:
        manifest = json.loads((Path(about["folder"]) / "manifest.json").read_text())
        where = set(pd.read_parquet(Path(about["folder"]) / "tables" / "where.parquet")["process"])
        plans.add(manifest["tables"]["plan"]["content"])
        assert where <= workers if manifest["params"]["workers"] == 2 else not where & workers
    assert len(done) == 4 and len(plans) == 1


def test_no_fit_goes_to_a_stranger_that_joined_after_its_run_began(root, cluster, tmp_path):
    write_fits(root, SLOWLY)
    process = toy.start(root, "run", "fits", "toy", "--on", cluster.address)
    wait_for_runs(process, root, 1)
    (tmp_path / "planning").mkdir()
    (tmp_path / "planning" / "__init__.py").touch()
    stranger = cluster.start_worker(PYTHONPATH=str(tmp_path))
    with asking(cluster) as client:
        client.wait_for_workers(4, SPAN)
    (root / "go").touch()
    code, said = ended(process)
    stranger.kill()
    stranger.wait()
    assert code == 0, said
    [table] = (root / "outputs" / "toy" / "fits").glob("*Z-*/tables/where.parquet")
    assert set(pd.read_parquet(table)["process"]) <= {worker.pid for worker in cluster.living()}


# Checked before anything is sent


@pytest.mark.parametrize("address", ["localhost:8786", "tcp://", "http://there:8786", "tcp://a b:1", "tcp://there", ""])
def test_what_is_no_schedulers_address_is_said(address):
    with pytest.raises(RequestError, match="tcp://host:8786"):
        check_address(address)


def test_where_no_scheduler_answers_nothing_begins(root, begin):
    code, said = ended(begin(f"tcp://127.0.0.1:{clusters.free_port()}"))
    assert code == 2 and "no scheduler answers" in said and not toy.seen(root)


def test_what_listens_there_and_says_nothing_is_no_scheduler(root, begin):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, said = ended(begin(f"tcp://127.0.0.1:{silent.getsockname()[1]}"))
    assert code == 2 and "no scheduler answers" in said and "Traceback" not in said and not toy.seen(root)


def test_a_worker_with_other_code_is_no_worker(root, home, cluster, tmp_path, begin):
    other = tmp_path / "other" / "planning"
    shutil.copytree(Path(sys.modules["planning"].__path__[0]), other, ignore=shutil.ignore_patterns("__pycache__"))
    (other / "core" / "money.py").open("a").write("\nOTHER = 1\n")
    stranger = cluster.start_worker(PYTHONPATH=str(other.parent))
    with asking(cluster) as client:
        client.wait_for_workers(4, SPAN)
    code, said = ended(begin(cluster.address))
    stranger.kill()
    stranger.wait()
    assert code == 2 and "another planning's code" in said and not toy.seen(root)


def test_a_stranger_that_joins_late_is_said_and_not_used(cluster, executor, tmp_path):
    (tmp_path / "planning").mkdir()
    (tmp_path / "planning" / "__init__.py").touch()
    stranger = cluster.start_worker(PYTHONPATH=str(tmp_path))
    assert wait_until(lambda: executor.heard, SPAN)
    assert "not used" in executor.heard[0] and "planning" in executor.heard[0] and executor.free() == 3
    stranger.kill()
    stranger.wait()


def test_a_worker_that_sees_other_outputs_says_nothing_of_the_token(home, tmp_path):
    token = tmp_path / "token"
    token.write_text("seen")
    assert what_it_is(str(home.root), str(token))["token"] == "seen" and os.listdir(tmp_path) == ["token"]
    assert what_it_is(str(home.root), str(tmp_path / "elsewhere" / "token"))["token"] == ""


def test_a_worker_that_sees_another_chart_of_accounts_says_so(toy_home, tmp_path):
    other = shutil.copytree(toy_home, tmp_path / "home")
    (other / "params" / "toy" / "accounts.csv").open("a").write("more,sales,More,更多,revenue,1,1,up,flow,USD,2\n")
    token = str(tmp_path / "token")
    assert what_it_is(str(other), token)["notebooks and params"] != what_it_is(str(toy_home), token)["notebooks and params"]
