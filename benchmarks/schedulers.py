"""The four schedulers of docs/schedulers, tried for real: cron, systemd, Airflow, Jupyter Scheduler.

    .venv/bin/python benchmarks/schedulers.py            five minutes as root on Debian; writes benchmarks/results/schedulers.txt

Each is given two toy projects, one whose loop goes well and one whose notebook breaks, and must tell them apart by the command's exit
code. The documented files are used as they are, but for the folder's name and the hour. cron and the systemd try run in namespaces
of their own, with their tables in memory, so that the machine's own jobs are not touched. Airflow and Jupyter Scheduler, the newest
ones, get an environment each in a temporary folder. A try that can't be made here says why, and the exit code is then 1.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import toy  # noqa: E402

from planning.run.manifest import commit  # noqa: E402

DOCS = ROOT / "docs" / "schedulers"
RESULTS = ROOT / "benchmarks" / "results" / "schedulers.txt"
PLACE = "/srv/planning"
"""Where the documented files say the project lies."""


def projects(folder: Path) -> dict[str, Path]:
    """Toy projects with an environment where the documents say it is: one goes well, one breaks, one takes its time."""
    faults = {"well": "", "broken": "fault: cell\n", "slow": "seconds: 300\n"}
    made = {}
    for name, fault in faults.items():
        made[name] = toy.build(folder / name)
        (made[name] / ".venv").symlink_to(ROOT / ".venv")
        (made[name] / "outputs").mkdir()
        case = made[name] / "params/toy/outlook/base.yaml"
        case.write_text(case.read_text(encoding="utf-8") + fault, encoding="utf-8")
    return made


def finished(project: Path) -> int:
    """How many runs of a toy are in place."""
    return len(toy.seen(project))


def wait_for(holds: Callable[[], bool], seconds: float, what: str) -> None:
    give_up = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > give_up:
            raise Untried(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.2)


class Untried(Exception):
    """Why a try can't be made here, or what went wrong in it."""


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Untried(what)


def bare() -> dict[str, str]:
    """This process's environment without the project's and Python's own."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PLANNING_", "PYTHON", "VIRTUAL_ENV", "MPL"))}


# cron

CRON = """
mount -t tmpfs -o mode=1730 tmpfs /var/spool/cron/crontabs && chgrp crontab /var/spool/cron/crontabs
mount -t tmpfs tmpfs /etc/cron.d && mount --bind /dev/null /etc/crontab
mkdir -p "$1/up" "$1/run" && mount --bind "$1/run" /run
mkdir -p /tmp && cp -a /usr/sbin/. "$1/up" && cp "$1/sendmail" "$1/up/sendmail" && mount --bind "$1/up" /usr/sbin
crontab "$1/crontab" && exec cron -f -L 15
"""
SENDMAIL = """#!/bin/sh
exec cat >"{folder}/mail.$$"
"""


def try_cron(projects: dict[str, Path], folder: Path) -> str:
    """cron runs the documented line at the next minute: a loop that goes well, one that breaks, one that is still going on."""
    expect(shutil.which("cron") is not None and os.geteuid() == 0, "needs Debian's cron, and root")
    documented = (DOCS / "crontab").read_text(encoding="utf-8").replace("0 6 5 * *", "* * * * *")
    busy = toy.build(folder / "busy")
    (busy / "outputs").mkdir()
    places = [projects["well"], projects["broken"], busy]
    (folder / "crontab").write_text("".join(documented.replace(PLACE, str(place)) for place in places), encoding="utf-8")
    (folder / "sendmail").write_text(SENDMAIL.format(folder=folder), encoding="utf-8")
    (folder / "sendmail").chmod(0o755)
    holder = subprocess.Popen(["flock", str(busy / "outputs/.cron.lock"), "sleep", "300"])
    words = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-ec", CRON, "cron", str(folder)]
    log = (folder / "cron.txt").open("w")
    cron = subprocess.Popen(words, stdout=log, stderr=log, env={"PATH": os.environ["PATH"]})
    try:
        free = ["flock", "-n", str(projects["well"] / "outputs/.cron.lock"), "true"]  # the loop that goes well has ended, too
        wait_for(lambda: finished(projects["well"]) == 2 and len(list(folder.glob("mail.*"))) >= 2, 240, "cron's mails and runs")
        wait_for(lambda: subprocess.run(free).returncode == 0, 60, "the loop to end")
    finally:
        cron.kill()
        cron.wait()
        holder.kill()
        holder.wait()
    mails = [path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("mail.*")]
    expect(len(mails) == 2 and all("To: planning" in mail for mail in mails), f"{len(mails)} mails")
    broken = [mail for mail in mails if "exit code 1" in mail and "a cell that breaks" in mail]
    running = [mail for mail in mails if "exit code 75" in mail]
    expect(len(broken) == len(running) == 1, "the mails don't say what happened")
    version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "cron"], capture_output=True, text=True).stdout
    return f"cron {version}: 2 runs and no mail; broken loop mailed with exit code 1; overlapping loop not begun (75), mailed"


# systemd

CONFINED = """
mount -t tmpfs tmpfs /srv; mkdir /srv/planning; mount --bind "$1" /srv/planning; mount --bind "$1/outputs" /srv/planning/outputs
mount -o remount,bind,ro /srv/planning; mount -o remount,bind,ro /
for place in /home /tmp /run /var/cache; do mount -t tmpfs tmpfs "$place"; done
mkdir /run/planning /var/cache/planning; cd /srv/planning; umask 0027; shift
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""
"""What the service's protections leave to write, made by hand: outputs, /tmp, what the service itself is given; no capability."""


def confined(project: Path) -> int:
    """The service's command with the service's environment, where all but its outputs is read-only. How many runs it made."""
    unit = (DOCS / "planning-loop.service").read_text(encoding="utf-8").replace("%C", "/var/cache").replace("%t", "/run").splitlines()
    given = [word for text in unit if text.startswith("Environment=") for word in text.removeprefix("Environment=").split()]
    [command] = [text.removeprefix("ExecStart=").split() for text in unit if text.startswith("ExecStart=")]
    words = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-ec", CONFINED, "confined", str(project)]
    done = subprocess.run([*words, "env", "-i", f"PATH={os.environ['PATH']}", *given, *command], capture_output=True, text=True)
    expect(done.returncode == 0, f"the confined loop ended with {done.returncode}: {(done.stdout + done.stderr)[-500:]}")
    return finished(project)


def try_systemd(projects: dict[str, Path], folder: Path) -> str:
    """systemd-analyze verifies the service and the timer and rates the hardening; the loop runs under what of it can be made by hand."""
    expect(shutil.which("systemd-analyze") is not None, "needs systemd-analyze (Debian's package systemd)")
    for unit in ("planning-loop.service", "planning-loop.timer"):
        text = (DOCS / unit).read_text(encoding="utf-8").replace(PLACE, str(projects["well"]))
        (folder / unit).write_text(text.replace("User=planning", f"User={os.environ.get('USER', 'root')}"), encoding="utf-8")
    units = [str(folder / "planning-loop.service"), str(folder / "planning-loop.timer")]
    checked = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    expect(checked.returncode == 0 and not checked.stderr.strip(), checked.stderr.strip())
    rated = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", units[0]], capture_output=True, text=True)
    exposure = rated.stdout.strip().splitlines()[-1].split(":")[-1].split()[0]
    when = subprocess.run(["systemd-analyze", "calendar", "*-*-05 06:00:00 UTC"], capture_output=True, text=True)
    expect(when.returncode == 0, when.stderr)
    version = subprocess.run(["systemd-analyze", "--version"], capture_output=True, text=True).stdout.split()[1]
    runs = confined(projects["well"])
    expect(runs == 2, f"{runs} runs under the service's protections")
    return (
        f"systemd {version}: service and timer verified, exposure {exposure} of 10; the service's command made {runs} runs with its"
        f" environment, no capability and all but outputs read-only; {say_calls(folder)}; not begun by a running systemd"
    )


def say_calls(folder: Path) -> str:
    """Whether the service's filter lets pass every system call that a loop makes."""
    if not shutil.which("strace"):
        return "its filter of system calls untried (no strace)"
    project, counted = toy.build(folder / "traced"), folder / "calls.txt"
    words = ["strace", "-f", "-qq", "-c", "-o", str(counted), str(ROOT / ".venv/bin/planning"), "loop"]
    subprocess.run(words, env=toy.environment(project), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    expect(finished(project) == 2, "the traced loop left no runs")
    made = {line.split()[-1] for line in counted.read_text().splitlines()[2:-2]}
    shut = made - allowed("@system-service")
    expect(len(made) > 50 and not shut, f"system calls that the filter refuses: {', '.join(sorted(shut)) or 'none were seen'}")
    return f"its filter lets pass all {len(made)} system calls of a loop"


def allowed(group: str) -> set[str]:
    """The system calls of one of systemd's groups, and of the groups in it."""
    shown = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group], capture_output=True, text=True, check=True)
    names = {line.split("#")[0].strip() for line in shown.stdout.splitlines()[1:]} - {""}
    return {name for one in names for name in (allowed(one) if one.startswith("@") else {one})}


# Environments of their own


def environment(folder: Path, *packages: str) -> Path:
    """A fresh environment with the newest of some packages."""
    place = folder / "env"
    if shutil.which("uv"):
        subprocess.run(["uv", "venv", "-q", "--python", sys.executable, place], check=True, env=bare())
        install = ["uv", "pip", "install", "-q", "--python", str(place / "bin/python")]
    else:
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        install = [str(place / "bin/python"), "-m", "pip", "install", "-q"]
    done = subprocess.run([*install, *packages], capture_output=True, text=True, env=bare())
    expect(done.returncode == 0, f"{' '.join(packages)} can't be installed: {done.stderr.strip()[-300:]}")
    return place


def version_in(place: Path, package: str) -> str:
    asked = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([place / "bin/python", "-c", asked], capture_output=True, text=True, check=True).stdout.strip()


# Airflow


def try_airflow(projects: dict[str, Path], folder: Path) -> str:
    """`airflow dags test` runs the documented DAG: it ends well with a loop that goes well, and fails with one that breaks."""
    place = environment(folder, "apache-airflow")
    shutil.copytree(DOCS, folder / "dags", ignore=shutil.ignore_patterns("*.ipynb", "*.md"))
    surroundings = bare() | {
        "AIRFLOW_HOME": str(folder / "airflow"), "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
    }  # fmt: skip

    def airflow(*words: str, **more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [place / "bin/airflow", *words], env=surroundings | more, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )  # fmt: skip

    made = airflow("db", "migrate")
    expect(made.returncode == 0, f"airflow db migrate: {made.stdout[-300:]}")
    found = {}
    for name in ("well", "broken"):
        tested = airflow("dags", "test", "planning_loop", PLANNING_HOME=str(projects[name]), PLANNING_OUTPUTS=str(folder / name))
        found[name] = tested.returncode
        (folder / f"{name}.txt").write_text(tested.stdout, encoding="utf-8")
    runs = len(list((folder / "well" / "toy" / "outlook").glob("*Z-*")))
    expect(found == {"well": 0, "broken": 1} and runs == 2, f"exit codes {found}, {runs} runs; see {folder}")
    said = (folder / "broken.txt").read_text(encoding="utf-8")
    expect("exit code 1" in said and "a cell that breaks" in said, "the task's log doesn't say why")
    dag = folder / "dags" / "planning_dag.py"
    dag.write_text(dag.read_text(encoding="utf-8").replace("timedelta(hours=12)", "timedelta(seconds=30)"), encoding="utf-8")
    late = airflow("dags", "test", "planning_loop", PLANNING_HOME=str(projects["slow"]), PLANNING_OUTPUTS=str(folder / "slow"))
    wait_for(lambda: not toy.kernels(projects["slow"]), 60, "the stopped task's processes to end")
    [record] = (folder / "slow" / ".batches").glob("*Z-*/events.jsonl")
    last = json.loads(record.read_text(encoding="utf-8").splitlines()[-1])
    expect(late.returncode == 1 and last["event"] == "batch_done" and bool(last["reason"]), f"the stopped loop's last words: {last}")
    return (
        f"Airflow {version_in(place, 'apache-airflow')}: the DAG's task made 2 runs; a broken loop failed it, not tried again;"
        " out of time, the loop was stopped and ended in order"
    )


# Jupyter Scheduler


class JupyterServer:
    """A Jupyter server with Jupyter Scheduler on this machine, spoken to as its own page does."""

    def __init__(self, place: Path, folder: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.token = os.urandom(16).hex()
        (folder / "desk").mkdir()
        names = ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        own = {name: str(folder / name.lower()) for name in names} | {"JUPYTER_TOKEN": self.token}
        words = [place / "bin/jupyter", "server", "--no-browser", "--allow-root", f"--port={self.port}", "--ServerApp.port_retries=0"]
        words += [f"--ServerApp.root_dir={folder / 'desk'}", f"--SchedulerApp.db_url=sqlite:///{folder / 'jobs.sqlite'}"]
        self.log = (folder / "jupyter.txt").open("w")
        env = bare() | own | {"PATH": f"{place / 'bin'}:{os.environ['PATH']}"}
        self.process = subprocess.Popen(words, cwd=folder, env=env, stdout=self.log, stderr=self.log, start_new_session=True)

    def ask(self, path: str, method: str = "GET", **body: object) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}", json.dumps(body).encode() if body else None,
            {"Authorization": f"token {self.token}", "Content-Type": "application/json"}, method=method,
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def answers(self) -> bool:
        try:
            return bool(self.ask("scheduler/runtime_environments"))
        except (OSError, urllib.error.URLError):
            return False

    def status(self, job: str) -> str:
        return self.ask(f"scheduler/jobs/{job}")["status"]

    def close(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)
        self.log.close()


def try_jupyter(projects: dict[str, Path], folder: Path) -> str:
    """Jupyter Scheduler runs the documented notebook through its REST interface: on a schedule, breaking, and stopped on the way."""
    place = environment(folder, "jupyter-scheduler", "ipykernel")
    server = JupyterServer(place, folder)
    try:
        shutil.copy(DOCS / "planning_loop.ipynb", folder / "desk")
        wait_for(server.answers, 90, "the Jupyter server")
        kind = server.ask("scheduler/runtime_environments")[0]["name"]
        wanted = {"input_uri": "planning_loop.ipynb", "runtime_environment_name": kind, "output_formats": ["ipynb"]}

        def asked(name: str) -> dict:
            return wanted | {"name": name, "parameters": {"home": repr(str(projects[name]))}}

        server.ask("scheduler/job_definitions", "POST", **asked("well"), schedule="* * * * *", timezone="UTC")
        broken = server.ask("scheduler/jobs", "POST", **asked("broken"))["job_id"]
        wait_for(lambda: server.status(broken) in ("COMPLETED", "FAILED"), 180, "the broken job")
        told = server.ask(f"scheduler/jobs/{broken}")
        expect(told["status"] == "FAILED" and "exit code 1" in told["status_message"], f"the broken job: {told['status']}")
        jobs = lambda: [job for job in server.ask("scheduler/jobs")["jobs"] if job["name"] == "well"]  # noqa: E731
        wait_for(lambda: any(job["status"] == "COMPLETED" for job in jobs()), 180, "the job on its schedule")
        expect(finished(projects["well"]) >= 2, "the scheduled job left no runs")
        slow = server.ask("scheduler/jobs", "POST", **asked("slow"))["job_id"]
        wait_for(lambda: bool(list((projects["slow"] / "outputs").rglob(".aside-*"))), 120, "the slow job to begin")
        expect(server.status(slow) == "IN_PROGRESS", "the slow job is not at work")
        server.ask(f"scheduler/jobs/{slow}", "PATCH", status="STOPPED")
        wait_for(lambda: not toy.kernels(projects["slow"]), 60, "the stopped job's processes to end")
    finally:
        server.close()
    version = version_in(place, "jupyter-scheduler")
    return f"Jupyter Scheduler {version}: a schedule began the loop, 2 runs; a broken loop failed its job; stopping a job ended the loop"


TRIES = {"cron": try_cron, "systemd": try_systemd, "airflow": try_airflow, "jupyter": try_jupyter}


def main(wanted: list[str]) -> int:
    """Every try, or those named: a line each, all of them kept."""
    lines, failed = [], False
    for name in wanted or TRIES:
        with tempfile.TemporaryDirectory(prefix=f"planning-{name}-", ignore_cleanup_errors=True) as folder:
            began = time.monotonic()
            made = projects(Path(folder) / "projects")
            (Path(folder) / "try").mkdir()
            try:
                said = f"ok    {TRIES[name](made, Path(folder) / 'try')}"
            except (Untried, OSError, subprocess.SubprocessError) as why:
                said, failed = f"NOT   {name}: {why}", True
            lines.append(f"{said} ({time.monotonic() - began:.0f} s)")
            print(lines[-1], flush=True)
    if not wanted:
        head = f"The schedulers of docs/schedulers, tried {datetime.now(UTC):%Y-%m-%d}, commit {commit(ROOT)}"
        RESULTS.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    if not find_spec("planning"):
        raise SystemExit("run this with the project's own Python: .venv/bin/python benchmarks/schedulers.py")
    raise SystemExit(main(sys.argv[1:]))
