"""What docs/schedulers gives to cron, systemd, Airflow and Jupyter Scheduler does what it says, as far as that shows without them.

benchmarks/schedulers.py tries the same files in the real schedulers.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import toy
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from patience import wait_until
from prometheus_client.parser import text_string_to_metric_families

DOCS = Path(__file__).resolve().parents[2] / "docs" / "schedulers"
PLACE = "/srv/planning"
"""Where the documented files say the project lies."""


def project(folder, params=""):
    """A toy project with its environment where the documents say it is."""
    root = toy.build(folder)
    (root / ".venv").symlink_to(sys.prefix)
    (root / "outputs").mkdir()
    case = root / "params/toy/outlook/base.yaml"
    case.write_text(case.read_text() + params)
    return root


@pytest.fixture(scope="module")
def well(tmp_path_factory):
    """A project whose loop goes well."""
    return project(tmp_path_factory.mktemp("planning") / "well")


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A project whose notebook breaks."""
    return project(tmp_path_factory.mktemp("planning") / "broken", "fault: cell\n")


def needs(command):
    """Skipped where there is no such command; on a full machine it fails there."""
    return pytest.mark.skipif(not shutil.which(command) and not os.environ.get("CI_FULL"), reason=f"needs {command}")


def bare(**more):
    """The environment a scheduler gives: hardly any."""
    return {"HOME": os.environ.get("HOME", "/"), "LOGNAME": "planning", "PATH": "/usr/local/bin:/usr/bin:/bin"} | more


# cron


def crontab():
    """The settings and the lines of the documented table."""
    lines = [line for line in (DOCS / "crontab").read_text().splitlines() if line and not line.startswith("#")]
    settings = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    return settings, [line.split(None, 5) for line in lines if not re.match(r"[A-Z_]+=", line)]


def by_cron(root):
    """The documented line as cron runs it: by sh, in cron's bare environment. What it prints would be mailed."""
    settings, [line] = crontab()
    env = bare(**{name: value.replace(PLACE, str(root)) for name, value in settings.items() if name != "MAILTO"})
    return subprocess.run([settings["SHELL"], "-c", line[5]], env=env, cwd="/", capture_output=True, text=True)


def test_the_crontab_has_nothing_that_cron_reads_otherwise_than_sh():
    settings, lines = crontab()
    assert not [value for value in settings.values() if re.search(r"[$'\"#]", value)], "cron expands nothing and keeps quotes"
    [line] = lines
    limits = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    assert all(field == "*" or low <= int(field) <= high for field, (low, high) in zip(line, limits, strict=False))
    assert "%" not in line[5], "cron reads it as the end of the line"


@needs("flock")
def test_cron_mails_nothing_when_all_went_well_and_the_reason_when_not(well, broken):
    quiet = by_cron(well)
    assert quiet.stdout + quiet.stderr == "" and len(toy.seen(well)) == 2
    assert "run_done" in (well / "outputs/cron.log").read_text()
    mailed = by_cron(broken).stdout
    assert mailed.startswith("planning loop ended with exit code 1\n") and "a cell that breaks" in mailed
    assert len(mailed.splitlines()) <= 41


@needs("flock")
def test_cron_begins_no_loop_while_the_one_before_goes_on(well):
    ready = "echo ready; cat"
    holder = subprocess.Popen(
        ["flock", well / "outputs/.cron.lock", "sh", "-c", ready], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert holder.stdout.readline() == "ready\n"
    mailed = by_cron(well).stdout
    holder.communicate()
    assert mailed.startswith("planning loop ended with exit code 75\n")


# systemd


@needs("systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_service_and_the_timer(well, tmp_path):
    units = []
    for path in sorted(DOCS.glob("planning-loop.*")):
        units.append(tmp_path / path.name)
        units[-1].write_text(path.read_text().replace(PLACE, str(well)))
    checked = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "") and len(units) == 2


# Airflow


def task():
    """What the DAG says of its task and of itself, where it says it plainly."""
    tree = ast.parse((DOCS / "planning_dag.py").read_text())
    calls = {node.func.id: node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    plain = lambda call: {word.arg: word.value.value for word in call.keywords if isinstance(word.value, ast.Constant)}  # noqa: E731
    return plain(calls["BashOperator"]), plain(calls["DAG"])


def test_the_dag_leaves_trying_again_and_waiting_to_the_batch():
    about, whole = task()
    assert about["retries"] == 0 and about["append_env"] is False and whole["max_active_runs"] == 1 and whole["catchup"] is False


def test_the_dags_command_fails_when_the_loop_does(broken):
    about, _ = task()
    done = subprocess.run(["bash", "-c", about["bash_command"]], cwd=broken, env=bare(PLANNING_HOME=str(broken)), capture_output=True)
    assert done.returncode == 1 and b"a cell that breaks" in done.stderr


# Jupyter Scheduler


def notebook(root):
    """The documented notebook with Jupyter Scheduler's cell of parameters: code, as that pastes it."""
    found = nbformat.read(DOCS / "planning_loop.ipynb", 4)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in found.cells)
    at = next(number for number, cell in enumerate(found.cells) if "parameters" in cell.metadata.get("tags", []))
    found.cells.insert(at + 1, nbformat.v4.new_code_cell(f"home = {str(root)!r}"))
    return found


def test_a_broken_loop_breaks_the_job(broken):
    with pytest.raises(CellExecutionError, match="exit code 1"):
        NotebookClient(notebook(broken), kernel_name="python3").execute()


@needs("setpriv")
def test_a_loop_ends_with_the_job_that_began_it(tmp_path):
    root = project(tmp_path / "slow", "seconds: 600\n")
    kernel, client = start_new_kernel(kernel_name="python3")
    try:
        for cell in notebook(root).cells:
            if cell.cell_type == "code":
                client.execute(cell.source)
        assert wait_until(lambda: any((path / "report.ipynb").is_file() for path in toy.left_aside(root)), 120)
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    assert wait_until(lambda: not toy.kernels(root) and not toy.left_aside(root), 120)


# Who watches


def test_a_loop_is_logged_and_counted_and_no_address_is_written_anywhere(broken, tmp_path):
    secret, metrics = "json://127.0.0.1:1/s3cr3tt0k3n", tmp_path / "loop.prom"
    words = ("loop", "--notify", "TOY_NOTIFY", "--metrics", str(metrics))
    process = toy.start(broken, *words, TOY_NOTIFY=secret)
    out, err = process.communicate()
    assert process.returncode == 1 and "a message was not sent: address 1 of 1 (JSON): no connection" in err
    counted = {
        (sample.name, sample.labels.get("status")): sample.value
        for family in text_string_to_metric_families(metrics.read_text())
        for sample in family.samples
    }
    assert counted["planning_batch_runs", "failed"] >= 1 and counted["planning_batch_succeeded", None] == 0
    newest = max((broken / "outputs/.batches").glob("*Z-*")) / "log.txt"
    assert re.search(r"^\S+ INFO cell .*run=\S+ notebook=outlook company=toy case=base cell=\d/7", newest.read_text(), re.M)
    assert " cell=" not in err and re.search(r"^\S+ ERROR run_failed .*a cell that breaks", err, re.M)
    written = b"".join(path.read_bytes() for path in broken.joinpath("outputs").rglob("*") if path.is_file())
    assert b"s3cr3tt0k3n" not in written and "s3cr3tt0k3n" not in out + err + metrics.read_text()
