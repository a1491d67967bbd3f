"""A forked kernel is what a cold one is: what a notebook sees of it, and what it can do there."""

import json
import os
import re

import probe
import pytest
from kernel_desk import execute, run, started

from planning.kernels.provisioner import ZYGOTE

DIFFERENT = {
    "native threads": "jemalloc's thread, which only gives memory back, is not there after a fork",
}
"""What is known to differ in probe.STATE, and why. Not looked at there: sockets (clients come and go), the names PLANNING_ZYGOTE and
JPY_PARENT_PID in the environment, modules loaded already, garbage frozen by the zygote, /proc/self/cmdline, the hash seed (one zygote's
children share it)."""


@pytest.fixture(scope="module")
def both(warm, tmp_path_factory):
    """The outputs of the same cells in a forked kernel and in a cold one, and the folders they ran in."""
    ran = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.delenv("MPLBACKEND", raising=False)
        patch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # else a cold kernel's stderr thread prints a line, and so owns a socket
        for kind, address in (("forked", warm.address), ("cold", "")):
            folder = tmp_path_factory.mktemp("same")
            patch.setenv(ZYGOTE, address)
            options = {"resources": {"metadata": {"path": str(folder)}}, "allow_errors": True, "coalesce_streams": True, "timeout": 300}
            outputs, how = execute(*probe.cells(), extra_arguments=["--IPKernelApp.log_level=CRITICAL"], **options)
            assert how == kind
            ran[kind] = [json.loads(json.dumps(cell).replace(str(folder), "FOLDER")) for cell in outputs], folder
    return ran


@pytest.fixture(scope="module")
def state(both):
    """What each saw of its kernel."""
    return {kind: json.loads("".join(output["text"] for output in cells[1])) for kind, (cells, _) in both.items()}


@pytest.mark.parametrize("name", probe.STATE)
def test_a_notebook_sees_the_same_kernel(state, name):
    if name in DIFFERENT:
        assert state["forked"][name] != state["cold"][name]
        assert [thread for thread in state["cold"][name] if thread != "jemalloc_bg_thd"] == state["forked"][name]
    else:
        assert state["forked"][name] == state["cold"][name]


@pytest.mark.parametrize("name", probe.WORK)
def test_a_notebook_gets_the_same_results(both, name):
    number = 2 + list(probe.WORK).index(name)
    forked, cold = (cells[number] for cells, _ in both.values())
    assert forked == cold and not [output for output in forked if output["output_type"] == "error"]


def test_imports_say_the_same_and_nothing(both):
    assert both["forked"][0][0] == both["cold"][0][0] == []


def test_a_figure_is_an_image(both):
    number = 2 + list(probe.WORK).index("a figure is shown inline")
    assert any(output.get("data", {}).get("image/png") for output in both["forked"][0][number])


def test_a_file_left_open_is_written_at_the_end(forked, tmp_path):
    with started() as client:
        client.km.shutdown_wait_time = 120
        assert client.km.started == "forked"
        run(client, f"left = open({str(tmp_path / 'left.txt')!r}, 'w'); left.write('kept') and None")
    assert (tmp_path / "left.txt").read_text() == "kept"


def test_two_forked_kernels_draw_differently(forked):
    source = "import random, uuid, numpy as np; [random.random(), np.random.rand(), np.random.default_rng().random(), str(uuid.uuid4())]"
    [[[one]], _], [[[other]], _] = execute(source), execute(source)
    drawn = [set(re.findall(r"[\w.-]+", output["data"]["text/plain"])) for output in (one, other)]
    assert len(drawn[0]) == 4 and not drawn[0] & drawn[1]


def test_a_table_of_many_columns_is_cut_as_in_a_cold_kernel(both, forked):
    [[shown]], how = execute("import pandas as pd; pd.DataFrame([range(60)])", coalesce_streams=True)
    os.environ.pop(ZYGOTE)
    [[cold]], _ = execute("import pandas as pd; pd.DataFrame([range(60)])", coalesce_streams=True)
    assert how == "forked" and shown == cold and "1 rows × 60 columns" in shown["data"]["text/html"]
