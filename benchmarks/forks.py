"""A thousand notebook kernels, one after the other, each forked from one zygote, running one cell and ending; cold ones among them.

    .venv/bin/python benchmarks/forks.py [kernels]         some minutes; writes benchmarks/results/forks.json

Every kernel imports what the project's notebooks import: a forked one finds it there. Seconds are of this process' clock: `ready` from
the order to the kernel's first answer, `first_cell` from the order to the end of a cell with those imports, `ended` from the order to
stop until the process is gone. What the zygote and this process hold is written down before and after the thousand: memory, file
descriptors, children, zombies, threads, sockets, ports, temporary files. Nothing else should run on the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, median, quantiles

import nbformat
import psutil
from jupyter_client.connect import LocalPortCache
from measuring import about, save
from nbclient import NotebookClient

from planning.kernels.forking import Zygote, fork
from planning.kernels.kernel import ForkedKernelManager
from planning.kernels.preload import KERNEL, notebook_modules
from planning.kernels.provisioner import ZYGOTE

ROOT = Path(__file__).resolve().parents[1]
KERNELS = 1000
COLD = 20
"""How many are started cold among them, in the same minutes, for their seconds."""
WARM_UP = 10
"""Kernels before the first count: what is opened once is open then."""
QUIET = ["--IPKernelApp.log_level=CRITICAL"]


def imports() -> str:
    """A cell with the imports of all of the project's notebooks."""
    lines = []
    for wanted in notebook_modules(ROOT / "notebooks")[len(KERNEL) :]:
        module, _, names = wanted.partition(":")
        lines.append(f"from {module} import {names}" if names else f"import {module}")
    return "\n".join([*lines, "import os; os.getppid()"])


def one_kernel(source: str) -> dict[str, float]:
    """A kernel started, a cell run, the kernel ended: seconds of each; who its parent was."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    client = NotebookClient(book, kernel_manager_class=ForkedKernelManager, extra_arguments=list(QUIET))
    begun = time.perf_counter()
    client.create_kernel_manager()
    client.start_new_kernel()
    client.start_new_kernel_client()
    ready = time.perf_counter()
    client.execute_cell(book.cells[0], 0)
    done = time.perf_counter()
    client._cleanup_kernel()
    ended = time.perf_counter()
    parent = float(book.cells[0].outputs[-1]["data"]["text/plain"])
    return {"ready": ready - begun, "first_cell": done - begun, "ended": ended - done, "parent": parent}


def held(zygote: Zygote) -> dict[str, int]:
    """What the zygote, and this process with its temporary files, hold."""
    theirs, ours = psutil.Process(zygote.pid), psutil.Process()
    children = theirs.children()
    return {
        "zygote_rss_mb": round(theirs.memory_info().rss / 2**20, 1), "zygote_descriptors": theirs.num_fds(),
        "zygote_threads": theirs.num_threads(), "zygote_children": len(children),
        "zygote_zombies": sum(child.status() == psutil.STATUS_ZOMBIE for child in children),
        "client_rss_mb": round(ours.memory_info().rss / 2**20, 1), "client_descriptors": ours.num_fds(),
        "client_threads": ours.num_threads(), "client_children_besides_the_zygote": len(ours.children()) - 1,
        "client_ports": len(LocalPortCache.instance().currently_used_ports),
        "zygote_sockets": len(theirs.net_connections("unix")),
        "temporary_files": len(list(Path(tempfile.gettempdir()).rglob("*"))),
        "zygote_files": len(list(Path(zygote.address).parent.iterdir())),
    }  # fmt: skip


def settled(zygote: Zygote) -> dict[str, int]:
    """The same once the last child has been seen off."""
    until = time.monotonic() + 10
    while psutil.Process(zygote.pid).children() and time.monotonic() < until:
        time.sleep(0.05)
    return held(zygote)


def seconds(rows: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Median, mean, nineteenth of twenty and most, of each."""
    found = {}
    for name in ("ready", "first_cell", "ended"):
        values = [row[name] for row in rows]
        figures = {"median": median(values), "mean": mean(values), "p95": quantiles(values, n=20)[-1], "most": max(values)}
        found[name] = {key: round(value, 4) for key, value in figures.items()}
    return found


def measure(kernels: int) -> dict:
    source = imports()
    watched = shutil.copytree(ROOT / "src", os.path.join(tempfile.gettempdir(), "src"))  # as many files, and nobody edits them
    with Zygote(notebook_modules(ROOT / "notebooks"), [watched]) as zygote:
        begun = time.perf_counter()
        fork(zygote.address, "os:getpid").wait()
        imported = time.perf_counter() - begun
        for address in [*[zygote.address] * WARM_UP, ""]:
            os.environ[ZYGOTE] = address
            one_kernel(source)
        before, cold, forked = settled(zygote), [], []
        for number in range(kernels):
            os.environ[ZYGOTE] = zygote.address
            forked.append(one_kernel(source))
            if number % max(1, kernels // COLD) == 0:
                os.environ[ZYGOTE] = ""
                cold.append(one_kernel(source))
        after = settled(zygote)
        pid = zygote.pid
    others = sum(row["parent"] != pid for row in forked)
    left = [str(path) for path in Path(tempfile.gettempdir()).glob("planning-zygote-*") if path == Path(zygote.address).parent]
    return {
        "kernels": kernels, "started_cold_among_them": others, "seconds_until_the_zygote_has_imported": round(imported, 3),
        "cold": {"kernels": len(cold)} | seconds(cold), "forked": seconds(forked),
        "held_before": before, "held_after": after, "left_after_the_zygote": left,
    }  # fmt: skip


def main() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    told = about("forks")
    with tempfile.TemporaryDirectory() as folder:  # a temporary folder of one's own, to see what is left in it
        os.environ["TMPDIR"], tempfile.tempdir = folder, None
        os.environ["JUPYTER_RUNTIME_DIR"] = os.path.join(folder, "jupyter")
        told |= measure(int(sys.argv[1]) if len(sys.argv) > 1 else KERNELS)
    cold, forked = told["cold"]["first_cell"], told["forked"]["first_cell"]
    told["times_faster"] = {"first_cell": round(cold["median"] / forked["median"], 3)}
    save(told)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
