"""Kernels from a zygote behave as kernels do: interrupts, restarts, deadlines, deaths; and start cold where there is no zygote."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import papermill
import pytest
from jupyter_client.connect import LocalPortCache
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from kernel_desk import alive, execute, notebook, run, started
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from patience import wait_until

from planning.kernels.forking import Zygote
from planning.kernels.kernel import ForkedKernelManager
from planning.kernels.preload import KERNEL
from planning.kernels.provisioner import ZYGOTE

WATCHED = (
    "--IPKernelApp.log_level=CRITICAL",
    "--IPKernelApp.exec_lines=__import__('os').getppid() == int(__import__('os').environ['JPY_PARENT_PID']) or __import__('os')._exit(1);",
)
"""A kernel told to end at once where its parent isn't the one it was told."""


def text(outputs):
    """What a cell printed or gave."""
    return "".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)


def test_a_kernel_is_forked_and_a_child_of_the_zygote(forked):
    [[output]], how = execute("import os; [os.getppid(), int(os.environ['JPY_PARENT_PID'])]")
    assert how == "forked" and output["data"]["text/plain"] == str([forked.pid, forked.pid])


def test_without_a_zygote_it_starts_cold_and_says_why(monkeypatch, tmp_path):
    for address, why in (("", f"no {ZYGOTE}"), (str(tmp_path / "none"), "no zygote: [Errno 2] No such file or directory")):
        monkeypatch.setenv(ZYGOTE, address)
        with started() as client:
            assert client.km.started == f"cold: {why}" and text(run(client, "import os; os.getppid()")) == str(os.getpid())


def test_papermill_runs_a_notebook_in_one(forked, tmp_path):
    nbformat.write(notebook("import os; os.getppid()", "print(os.getcwd())"), tmp_path / "in.ipynb")
    done = papermill.execute_notebook(
        tmp_path / "in.ipynb", tmp_path / "out.ipynb", kernel_name="python3", kernel_manager_class=ForkedKernelManager, progress_bar=False,
        cwd=str(tmp_path), extra_arguments=list(WATCHED),
    )  # fmt: skip
    assert text(done.cells[0].outputs) == str(forked.pid) and text(done.cells[1].outputs).strip() == str(tmp_path)


def test_jupyters_own_kernels_can_be_forked(forked, monkeypatch):
    monkeypatch.setattr(KernelProvisionerFactory.instance(), "default_provisioner_name", "planning-forked")
    kernel = KernelManager(kernel_name="python3")
    kernel.start_kernel(env=dict(os.environ))
    try:
        client = kernel.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        assert kernel.provisioner.started == "forked" and kernel.is_alive()
        info = asyncio.run(kernel.provisioner.get_provisioner_info())
        assert info["pid"] == info["pgid"] == kernel.provisioner.pid and alive(info["pid"])
        client.stop_channels()
    finally:
        kernel.shutdown_kernel()
    assert not kernel.has_kernel and not alive(info["pid"])


def test_an_interrupt_stops_the_cell_and_not_the_kernel(forked):
    with started() as client:
        pid = client.km.provisioner.pid
        source = (
            "import os, signal, threading, time\n"
            "threading.Timer(0.2, os.kill, [os.getppid() and os.getpid(), signal.SIGINT]).start()\n"
            "try:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('interrupted')"
        )
        assert text(run(client, source)).strip() == "interrupted" and text(run(client, "1 + 1")) == "2"
        assert client.km.provisioner.pid == pid


def test_a_deadline_interrupts_the_cell_where_it_is_told_to(forked):
    with started(timeout=1, interrupt_on_timeout=True, allow_errors=True) as client:
        [output] = run(client, "import time\ntime.sleep(600)")
        assert output["ename"] == "KeyboardInterrupt" and text(run(client, "'still there'")) == "'still there'"


def test_a_deadline_ends_the_kernel_and_all_it_started(forked, tmp_path):
    place = str(tmp_path / "pid")
    source = f"import subprocess, time\nother = subprocess.Popen(['sleep', '600'])\nopen({place!r}, 'w').write(str(other.pid))"
    with pytest.raises(CellTimeoutError), started(timeout=1, shutdown_kernel="immediate") as client:
        run(client, source)
        pids = [client.km.provisioner.pid, int((tmp_path / "pid").read_text())]
        run(client, "time.sleep(600)")
    assert wait_until(lambda: not any(map(alive, pids)))


@pytest.mark.parametrize("death", ["os._exit(3)", "os.kill(os.getpid(), 9)", "os.abort()"])
def test_a_kernel_that_dies_is_noticed(forked, death):
    with pytest.raises(DeadKernelError), started() as client:
        run(client, f"import os; {death}")
    assert forked.alive


def test_a_killed_zygote_is_a_dead_kernel_and_the_next_one_starts_cold(monkeypatch):
    with Zygote(KERNEL) as zygote:
        monkeypatch.setenv(ZYGOTE, zygote.address)
        with pytest.raises(DeadKernelError), started() as client:
            pid = client.km.provisioner.pid
            run(client, f"import os, time; os.kill({zygote.pid}, 9); time.sleep(600)")
        assert wait_until(lambda: not alive(pid))
        [[output]], how = execute("6 * 7")
        assert how == "cold" and output["data"]["text/plain"] == "42"
        zygote.ensure()
        assert execute("1")[1] == "forked"


def test_a_restart_is_a_new_process_on_the_same_connection(forked):
    async def restarted():
        kernel = ForkedKernelManager()
        await kernel.start_kernel()
        first, place = kernel.provisioner.pid, kernel.get_connection_info()
        await kernel.restart_kernel()
        assert kernel.get_connection_info() == place and kernel.started == "forked"
        client = kernel.client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        second = kernel.provisioner.pid
        client.stop_channels()
        await kernel.restart_kernel(now=True)
        third = kernel.provisioner.pid
        await kernel.shutdown_kernel(now=True)
        return first, second, third

    pids = asyncio.run(restarted())
    assert len(set(pids)) == 3 and not any(map(alive, pids))


def test_a_kernel_that_ignores_everything_is_killed(forked):
    async def stubborn():
        kernel = ForkedKernelManager(shutdown_wait_time=0.4)
        await kernel.start_kernel()
        client = kernel.client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        await client.execute("import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(0)", reply=True, timeout=60)
        os.kill(kernel.provisioner.pid, signal.SIGSTOP)
        client.stop_channels()
        pid = kernel.provisioner.pid
        await kernel.shutdown_kernel()
        return pid, kernel.has_kernel

    pid, has_kernel = asyncio.run(stubborn())
    assert not alive(pid) and not has_kernel


class OverTCP(ForkedKernelManager):
    """On ports, as Jupyter's own."""

    transport = "tcp"


def test_its_sockets_and_files_are_in_a_folder_of_its_own_that_goes_with_it(forked):
    with started() as client:
        file, pid = Path(client.km.connection_file), client.km.provisioner.pid
        assert client.km.transport == "ipc" and file.parent.parent == Path(forked.address).parent
        assert file.parent.stat().st_mode & 0o77 == 0 and len(list(file.parent.glob("s-*"))) == 5
    assert not file.parent.exists() and not alive(pid)


def test_without_a_zygote_it_is_reached_by_ports():
    with started() as client:
        assert client.km.transport == "tcp" and client.km.started.startswith("cold") and text(run(client, "1")) == "1"


def test_no_output_is_lost_however_many_there_are(forked):
    source = "import sys\nfor number in range(8_000):\n    print(number, flush=True)"
    [outputs], how = execute(source, raise_on_iopub_timeout=True, iopub_timeout=60)
    assert how == "forked" and text(outputs).split() == [str(number) for number in range(8_000)]


def test_where_a_sockets_name_would_be_too_long_it_is_reached_by_ports(forked, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("long" * 25)))
    Path(tempfile.tempdir).mkdir()
    with Zygote(KERNEL) as zygote:
        monkeypatch.setenv(ZYGOTE, zygote.address)
        assert text(execute("6 * 7")[0][0]) == "42"
        with started() as client:
            assert client.km.transport == "tcp" and client.km.started == "forked" and text(run(client, "6 * 7")) == "42"


def test_its_ports_are_given_back(forked):
    held = len(LocalPortCache.instance().currently_used_ports)
    with started(kernel_manager_class=OverTCP) as client:
        file, pid = Path(client.km.connection_file), client.km.provisioner.pid
        assert len(LocalPortCache.instance().currently_used_ports) == held + 5 and file.exists() and client.km.started == "forked"
    assert len(LocalPortCache.instance().currently_used_ports) == held and not file.exists() and not alive(pid)


@pytest.mark.parametrize(
    ("spec", "told", "why"),
    [
        (["python3", "-X", "dev", "-m", "ipykernel_launcher", "-f", "{connection_file}"], {}, "another kernel"),
        (["/usr/bin/env", "python3", "-m", "ipykernel_launcher", "-f", "{connection_file}"], {}, "another kernel"),
        (None, {"independent": True}, "asked for independence"),
        (None, {"restore_signals": True}, "asked for restore_signals"),
    ],
)
def test_what_is_no_child_of_the_zygote_starts_cold(forked, spec, told, why, monkeypatch):
    class Other(ForkedKernelManager):
        @property
        def kernel_spec(self):
            metadata = {"kernel_provisioner": {"provisioner_name": "planning-forked"}}
            return KernelSpec(argv=spec, metadata=metadata, language="python") if spec else super().kernel_spec

    async def start():
        kernel = Other()
        await kernel.start_kernel(**told)
        try:
            return kernel.started
        finally:
            await kernel.shutdown_kernel(now=True)

    assert asyncio.run(start()) == f"cold: {why}"


def test_a_kernels_environment_and_folder_are_what_it_was_given(forked, tmp_path):
    async def start():
        kernel = ForkedKernelManager()
        await kernel.start_kernel(cwd=str(tmp_path), env=os.environ | {"GIVEN": "数"})
        client = kernel.client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        source = "import os; open('seen', 'w').write(os.environ['GIVEN'] + os.getcwd())"
        await client.execute(source, reply=True, timeout=60)
        client.stop_channels()
        await kernel.shutdown_kernel()
        return kernel.started

    assert asyncio.run(start()) == "forked" and (tmp_path / "seen").read_text() == f"数{tmp_path}" and "GIVEN" not in os.environ


def test_jupyters_own_clients_find_it_ready(forked):
    async def start():
        kernel = ForkedKernelManager(client_class="jupyter_client.asynchronous.AsyncKernelClient")
        await kernel.start_kernel()
        client = kernel.client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        client.stop_channels()
        await kernel.shutdown_kernel()
        return type(client).__name__, kernel.started

    assert asyncio.run(start()) == ("AsyncKernelClient", "forked") and issubclass(ForkedKernelManager, AsyncKernelManager)


def test_a_kernel_that_is_gone_before_it_is_ready_is_noticed(forked):
    with pytest.raises(RuntimeError, match="Kernel died"), started(extra_arguments=["--IPKernelApp.exec_lines=__import__('os')._exit(5)"]):
        pass


def test_it_ends_with_the_process_that_started_it(forked, tmp_path):
    source = f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); import time; time.sleep(600)"
    starting = (
        "import nbformat; from nbclient import NotebookClient; from planning.kernels.kernel import ForkedKernelManager\n"
        f"book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell({source!r})])\n"
        "NotebookClient(book, kernel_manager_class=ForkedKernelManager).execute()"
    )
    client = subprocess.Popen([sys.executable, "-c", starting], stderr=subprocess.DEVNULL)
    assert wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    client.kill()
    client.wait()
    assert wait_until(lambda: not alive(int((tmp_path / "pid").read_text())))
