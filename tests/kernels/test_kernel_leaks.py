"""Kernel after kernel, nothing stays; benchmarks/forks.py does the same a thousand times."""

import os
from pathlib import Path

import psutil
from kernel_desk import execute
from patience import wait_until

NUMBER = 20


def held(zygote):
    """What the zygote, this process and the folder of connection files hold."""
    process, here = psutil.Process(zygote.pid), psutil.Process()
    return {
        "descriptors": process.num_fds(), "children": len(process.children()), "threads": process.num_threads(),
        "ours": here.num_fds(), "our children": len([child for child in here.children() if child.pid != zygote.pid]),
        "files": len(list(Path(zygote.address).parent.iterdir())), "memory": process.memory_info().rss,
    }  # fmt: skip


def test_twenty_kernels_leave_nothing(forked):
    for _ in range(3):  # what is opened once, and kept
        assert execute("import os; os.getppid()")[1] == "forked"
    before = held(forked)
    for number in range(NUMBER):
        [[output]], how = execute(f"import os; [{number}, os.getppid()]")
        assert how == "forked" and output["data"]["text/plain"] == str([number, forked.pid])
    assert wait_until(lambda: held(forked)["children"] == 0 and held(forked)["descriptors"] <= before["descriptors"])
    after = held(forked)
    assert after["memory"] - before["memory"] < 5 << 20 and after["ours"] <= before["ours"] + 5
    assert {name: after[name] for name in ("threads", "our children", "files")} == {
        name: before[name] for name in ("threads", "our children", "files")
    }
    assert os.path.exists(forked.address)
