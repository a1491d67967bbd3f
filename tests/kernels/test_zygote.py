"""The zygote: what a child of it is, who may have one, and what becomes of it and of them when somebody dies."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from kernel_desk import alive
from patience import wait_until

from planning.kernels import forking
from planning.kernels import zygote as zygotes
from planning.kernels.forking import UnavailableError, Zygote, fork

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def _deeds(monkeypatch):
    """The zygotes of these tests find tests/kernels/deeds.py."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))


@pytest.fixture(scope="module")
def zygote():
    """One that has imported nearly nothing. Shared: fork from it, don't end it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HERE))
        patch.setenv("OMP_NUM_THREADS", "1")
        with Zygote(["json", "random", "numpy.random", "deeds"]) as zygote:
            yield zygote


@pytest.fixture
def own():
    """Starts zygotes of one's own, and ends them."""
    with contextlib.ExitStack() as stack:
        yield lambda *modules, watched=(): stack.enter_context(Zygote(modules or ["deeds"], watched))


def said(zygote, *names, **surroundings):
    """What a child says of itself."""
    with tempfile.TemporaryFile("w+") as out:
        child = fork(zygote.address, "deeds:say", names, stdout=out, **surroundings)
        assert child.wait(30) == 0
        out.seek(0)
        told = json.load(out)
    return told[names[0]] if len(names) == 1 else told


# What a child is


@pytest.mark.parametrize(
    ("deed", "arguments", "code"),
    [
        ("give_back", [None], 0), ("give_back", [3], 3), ("leave", [4], 4), ("leave", [None], 0), ("leave", ["a reason"], 1),
        ("fail", [], 1), ("die", [9], -9), ("die", [15], -15), ("die", [2], -2),
    ],
)  # fmt: skip
def test_it_exits_as_python_would(zygote, deed, arguments, code):
    with tempfile.TemporaryFile("w+") as err:
        assert fork(zygote.address, f"deeds:{deed}", arguments, stderr=err).wait(30) == code
        err.seek(0)
        expected = {"fail": "ValueError: nobody catches this", "leave": "a reason" if arguments == ["a reason"] else ""}.get(deed, "")
        assert expected in err.read()


def test_its_exit_functions_are_called(zygote, tmp_path):
    assert fork(zygote.address, "deeds:write_at_exit", [str(tmp_path / "left")]).wait(30) == 0
    assert (tmp_path / "left").read_text() == "written"


def test_its_surroundings_are_those_of_who_asked(zygote, tmp_path):
    environ = {"PATH": "/bin", "PYTHONPATH": str(HERE), "OMP_NUM_THREADS": "1", "TZ": "Asia/Shanghai", "AN_ODD_ONE": "a\udcffb=\n"}
    environ |= {name: value for name, value in os.environ.items() if zygotes.READ_AT_IMPORT.fullmatch(name)}
    told = said(zygote, "environ", "cwd", "zone", "stdin", env=environ, cwd=tmp_path)
    assert told == {"environ": environ, "cwd": str(tmp_path), "zone": ["CST", "CST"], "stdin": ""}


def test_it_leads_a_session_of_its_own_with_three_descriptors_one_thread_and_no_handler_of_ours(zygote):
    told = said(zygote, "leads", "descriptors", "threads", "interrupt", "ppid")
    assert told == {
        "leads": [True, True], "descriptors": [0, 1, 2], "threads": 1, "interrupt": "default_int_handler", "ppid": zygote.pid,
    }  # fmt: skip


def test_it_has_the_umask_of_who_asked(zygote):
    before = os.umask(0o077)
    try:
        assert said(zygote, "umask") == 0o077
    finally:
        os.umask(before)


def test_no_two_draw_the_same(zygote):
    one, other = said(zygote, "draws"), said(zygote, "draws")
    assert set(one) == {"python", "numpy"} and not set(one.values()) & set(other.values())


def test_what_comes_on_its_standard_input_is_read(zygote, tmp_path):
    (tmp_path / "in").write_text("given")
    with (tmp_path / "in").open() as given:
        assert said(zygote, "stdin", stdin=given) == "given"


# Who ends with whom


def test_a_child_killed_is_known_by_its_signal(zygote):
    child = fork(zygote.address, "deeds:sleep")
    assert child.poll() is None and alive(child.pid)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait(30) == -9 and not os.path.exists(f"/proc/{child.pid}")


def test_to_close_a_lease_is_to_kill_the_child_and_its_group(zygote, tmp_path):
    child = fork(zygote.address, "deeds:sleep", [str(tmp_path / "pid")])
    assert wait_until((tmp_path / "pid").exists)
    beside = int((tmp_path / "pid").read_text())
    assert alive(beside)
    child.close()
    assert wait_until(lambda: not alive(child.pid) and not alive(beside)) and child.poll() == -9


def test_a_child_that_nobody_holds_any_more_is_killed(zygote):
    pid = fork(zygote.address, "deeds:sleep").pid
    assert wait_until(lambda: not alive(pid))


def test_a_killed_client_takes_its_children_along(zygote, tmp_path):
    asking = f"from planning.kernels.forking import fork\nfork({zygote.address!r}, 'deeds:sleep', [{str(tmp_path / 'pid')!r}]).wait()"
    client = subprocess.Popen([sys.executable, "-c", asking])
    assert wait_until((tmp_path / "pid").exists), client.poll()
    beside = int((tmp_path / "pid").read_text())
    client.kill()
    client.wait()
    assert wait_until(lambda: not alive(beside)) and zygote.alive


def test_a_process_forked_from_a_client_keeps_no_lease_alive(zygote):
    child = fork(zygote.address, "deeds:sleep")
    copy = os.fork()
    if not copy:
        time.sleep(600)
        os._exit(0)
    try:
        pid = child.pid
        child.close()
        assert wait_until(lambda: not alive(pid))
    finally:
        os.kill(copy, signal.SIGKILL)
        os.waitpid(copy, 0)


def test_a_killed_zygote_takes_its_children_along_and_can_be_started_anew_at_its_address(own, tmp_path):
    zygote = own()
    child, address = fork(zygote.address, "deeds:sleep", [str(tmp_path / "pid")]), zygote.address
    assert wait_until((tmp_path / "pid").exists)
    beside = int((tmp_path / "pid").read_text())
    os.kill(zygote.pid, signal.SIGKILL)
    assert child.wait(30) == -9 and wait_until(lambda: not alive(child.pid) and not alive(beside) and not zygote.alive)
    with pytest.raises(UnavailableError, match="no zygote"):
        fork(address, "deeds:give_back", [1])
    assert zygote.ensure().address == address and fork(address, "deeds:give_back", [1]).wait(30) == 1
    before = zygote.pid
    assert zygote.ensure().pid == before


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_owner_killed_takes_everything_along(tmp_path, number):
    owning = (
        "import sys, time\nfrom planning.kernels.forking import Zygote, fork\n"
        "zygote = Zygote(['deeds']).start()\n"
        f"child = fork(zygote.address, 'deeds:sleep', [{str(tmp_path / 'pid')!r}])\n"
        "print(zygote.pid, child.pid, zygote.address, flush=True)\ntime.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", owning], stdout=subprocess.PIPE, text=True)
    zygote, child, address = owner.stdout.readline().split()
    assert wait_until((tmp_path / "pid").exists)
    pids = [int(zygote), int(child), int((tmp_path / "pid").read_text())]
    owner.send_signal(number)
    owner.communicate()
    assert wait_until(lambda: not any(map(alive, pids)) and not Path(address).parent.exists())


def test_closed_it_leaves_no_process_and_no_file(own):
    zygote = own()
    child, folder, pid = fork(zygote.address, "deeds:sleep"), Path(zygote.address).parent, zygote.pid
    zygote.close()
    assert child.wait(30) == -9 and not alive(pid) and not folder.exists() and not zygote.alive and zygote.pid == 0


# What it refuses


def refusal(zygote, **surroundings):
    """Why no child came."""
    with pytest.raises(UnavailableError) as why:
        fork(zygote.address, "deeds:give_back", [0], **surroundings)
    return str(why.value)


@pytest.mark.parametrize("change", ["changed", "new", "gone", "below"])
def test_changed_sources_are_refused_until_it_has_begun_anew(own, tmp_path, monkeypatch, change):
    monkeypatch.setenv("PYTHONPATH", f"{HERE}{os.pathsep}{tmp_path}")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "moving.py").write_text("N = 1\n")
    (tmp_path / "other.py").write_text("")
    (tmp_path / "below").mkdir()
    zygote = own("deeds", "moving", watched=[tmp_path])
    pid, running = zygote.pid, fork(zygote.address, "deeds:sleep")
    assert fork(zygote.address, "deeds:read", ["N"]).wait(30) == 1
    paths = {"changed": "moving.py", "new": "newly.py", "below": "below/newly.py", "gone": "other.py"}
    (tmp_path / "moving.py").write_text("N = 222\n") if change == "changed" else (tmp_path / paths[change]).write_text("\n")
    if change == "gone":
        (tmp_path / paths[change]).unlink()
    assert "sources have changed" in refusal(zygote)
    assert "sources have changed" in refusal(zygote) and running.poll() is None, "not while it has a child"
    running.close()
    assert wait_until(lambda: accepted(zygote))
    assert fork(zygote.address, "deeds:read", ["N"]).wait(30) == (222 if change == "changed" else 1) and zygote.pid == pid


def accepted(zygote):
    """Whether a child was had."""
    try:
        return fork(zygote.address, "deeds:give_back", [0]).wait(30) == 0
    except UnavailableError:
        return False


def test_a_thread_started_by_an_import_is_refused_and_named(own, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{HERE}{os.pathsep}{tmp_path}")
    named = "import ctypes, threading, time\ndef work():\n    ctypes.CDLL(None).prctl(15, b'busy_worker', 0, 0, 0)\n    time.sleep(600)\n"
    (tmp_path / "busy.py").write_text(named + "threading.Thread(target=work, daemon=True).start()\n")
    assert wait_until(lambda: "other threads: busy_worker" in refusal(zygote)) if (zygote := own("busy")) else False


def test_the_one_thread_that_is_let_pass_is_harmless(own):
    zygote = own("pyarrow", "deeds")
    assert fork(zygote.address, "deeds:give_back", [5]).wait(60) == 5
    names = {Path(f"/proc/{zygote.pid}/task/{number}/comm").read_text().strip() for number in os.listdir(f"/proc/{zygote.pid}/task")}
    assert names - {"python", Path(sys.executable).name} <= set(zygotes.HARMLESS)
    assert fork(zygote.address, "pyarrow:table", [{"a": [1, 2]}]).wait(60) == 0


def test_a_module_that_cannot_be_imported_is_skipped(own, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{HERE}{os.pathsep}{tmp_path}")
    (tmp_path / "broken.py").write_text("syntax error")
    (tmp_path / "leaving.py").write_text("import sys; sys.exit(3)")
    zygote = own("broken", "leaving", "there.is.none", "deeds")
    assert fork(zygote.address, "deeds:give_back", [2]).wait(30) == 2
    assert [line.split(":")[0] for line in zygote.log().splitlines()] == ["skipped broken", "skipped leaving", "skipped there.is.none"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OMP_NUM_THREADS", "2"), ("OMP_NUM_THREADS", None), ("OPENBLAS_NUM_THREADS", "4"), ("PYTHONHASHSEED", "1"), ("PYTHONPATH", "/x"),
        ("LC_ALL", "tr_TR.UTF-8"), ("MPLCONFIGDIR", "/x"), ("HOME", "/x"), ("TMPDIR", "/x"), ("LD_PRELOAD", "x.so"),
    ],
)  # fmt: skip
def test_an_environment_that_would_have_made_another_process_is_refused(zygote, name, value):
    environ = {key: kept for key, kept in os.environ.items() if key != name} | ({} if value is None else {name: value})
    assert refusal(zygote, env=environ).endswith(f"the environment differs: {name}")


def test_what_imports_write_into_the_environment_is_there_and_no_difference(own, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{HERE}{os.pathsep}{tmp_path}")
    (tmp_path / "writing.py").write_text("import os; os.environ.setdefault('KMP_WRITTEN', 'here')")
    zygote = own("writing", "deeds")
    assert said(zygote, "environ")["KMP_WRITTEN"] == "here"
    assert said(zygote, "environ", env=os.environ | {"KMP_WRITTEN": "here"})["KMP_WRITTEN"] == "here"
    assert refusal(zygote, env=os.environ | {"KMP_WRITTEN": "there"}).endswith("the environment differs: KMP_WRITTEN")


@pytest.mark.parametrize("name", ["json.py", "matplotlibrc", "numpy/__init__.py"])
def test_a_working_folder_that_hides_what_was_imported_is_refused(zygote, tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    assert refusal(zygote, cwd=tmp_path).endswith(f"in the working folder: {name.partition('/')[0]}")
    (tmp_path / name).unlink()
    assert said(zygote, "cwd", cwd=tmp_path) == str(tmp_path)


def test_a_working_folder_that_is_not_there_is_refused(zygote, tmp_path):
    assert "no such folder" in refusal(zygote, cwd=tmp_path / "none")


def test_another_python_and_what_it_has_not_itself_are_refused(zygote, monkeypatch):
    ours = zygotes.inherited()
    monkeypatch.setattr(forking, "inherited", lambda: ours | {"python": ["/another/python", sys.prefix]})
    assert refusal(zygote).endswith("can't be had: python")
    monkeypatch.setattr(forking, "inherited", lambda: ours | {"nice": -20})
    assert refusal(zygote).endswith("can't be had: nice")


def test_another_user_is_refused_by_both_sides(zygote, own, monkeypatch):
    open_one = own()
    Path(open_one.address).parent.chmod(0o755)
    Path(open_one.address).chmod(0o777)
    if os.geteuid() == 0:
        pid = os.fork()
        if not pid:  # another user for as long as it lives
            os.setresuid(65534, 65534, 65534)
            os._exit(_asked_as_another(open_one.address))
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 12345)
        assert refusal(zygote) == "the zygote is another user's"
    assert fork(open_one.address, "deeds:give_back", [6]).wait(30) == 6 and "another user" in open_one.log() + "another user" * os.geteuid()


def _asked_as_another(address):
    """7 where the zygote closes the door on a stranger that insists, reading nothing of what they ask."""
    try:
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.settimeout(30)
            stranger.connect(address)
            return 7 if json.loads(stranger.recv(4096)) == {"refused": "another user"} and not stranger.recv(4096) else 8
    except BaseException:
        return 9


def test_where_there_can_be_none_that_is_said(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UnavailableError, match="not on darwin"):
        Zygote(["json"]).start()


def test_a_zygote_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    before = set(Path(tempfile.gettempdir()).glob("planning-zygote-*"))
    with pytest.raises(UnavailableError, match="No such file"):
        Zygote(["json"]).start()
    assert set(Path(tempfile.gettempdir()).glob("planning-zygote-*")) == before


@pytest.mark.parametrize("address", ["", "/no/such/folder/socket", "relative", "/dev/null"])
def test_an_address_where_nobody_listens_is_said_to_be_one(address):
    with pytest.raises(UnavailableError, match="no zygote"):
        fork(address, "deeds:give_back", [0])


def test_a_zygote_that_does_not_answer_is_not_waited_for(own):
    zygote = own()
    os.kill(zygote.pid, signal.SIGSTOP)
    try:
        assert "timed out" in refusal(zygote, timeout=0.3)
    finally:
        os.kill(zygote.pid, signal.SIGCONT)
    assert fork(zygote.address, "deeds:give_back", [4]).wait(30) == 4


# What comes on its socket


def connect(zygote):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(60)
    connection.connect(zygote.address)
    return connection


def descriptors(zygote):
    return len(os.listdir(f"/proc/{zygote.pid}/fd"))


GARBAGE = {
    "no JSON": b"hello\n", "nothing": b"\n", "no request": b"{}\n", "a list": b"[1]\n", "deep": b"[" * 100_000 + b"\n",
    "no text": b"\xff\xfe\x00\n", "half of it": b'{"target": "deeds:give_back"}\n',
    "wrong kinds": b'{"target": 1, "arguments": 2, "environ": 3, "cwd": 4, "inherited": 5}\n',
}  # fmt: skip


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_answered_and_nothing_of_it_stays(zygote, data):
    fork(zygote.address, "deeds:give_back", [0]).wait(30)
    before = descriptors(zygote)
    with connect(zygote) as connection, open(os.devnull) as handed:
        socket.send_fds(connection, [data], [handed.fileno()] * 3)
        assert "refused" in json.loads(connection.recv(4096))
    assert fork(zygote.address, "deeds:give_back", [1]).wait(30) == 1 and wait_until(lambda: descriptors(zygote) <= before)


def test_whoever_says_too_little_or_nothing_is_sent_away_and_keeps_nobody_waiting(zygote):
    before = descriptors(zygote)
    silent = [connect(zygote) for _ in range(20)]
    for connection in silent[:10]:
        connection.sendall(b'{"target": ')
    begun = time.monotonic()
    assert fork(zygote.address, "deeds:give_back", [3]).wait(30) == 3 and time.monotonic() - begun < zygotes.PATIENCE
    assert all(json.loads(connection.recv(4096)) == {"refused": "the request took too long"} for connection in silent)
    for connection in silent:
        connection.close()
    assert wait_until(lambda: descriptors(zygote) <= before)


def test_a_request_without_end_is_cut_off(zygote):
    with connect(zygote) as connection:
        with contextlib.suppress(OSError):
            for _ in range(zygotes.LONGEST // 65536 + 100):
                connection.sendall(b"x" * 65536)
        with contextlib.suppress(ConnectionError):
            assert b"too long" in connection.recv(4096)
    assert fork(zygote.address, "deeds:give_back", [1]).wait(30) == 1


def test_a_thousand_descriptors_do_not_stay(zygote):
    before = descriptors(zygote)
    with connect(zygote) as connection, open(os.devnull) as handed, contextlib.suppress(OSError):
        for _ in range(300):
            socket.send_fds(connection, [b"x"], [handed.fileno()] * 4)
    assert fork(zygote.address, "deeds:give_back", [1]).wait(30) == 1 and wait_until(lambda: descriptors(zygote) <= before)


def test_a_client_that_leaves_in_the_middle_is_forgotten(zygote):
    before = descriptors(zygote)
    for data in (b"", b"{", b'{"target": "deeds:give_back"'):
        with connect(zygote) as connection:
            connection.sendall(data)
    assert fork(zygote.address, "deeds:give_back", [1]).wait(30) == 1 and wait_until(lambda: descriptors(zygote) <= before)


def test_more_connections_than_it_takes_are_sent_away_and_it_goes_on(zygote):
    crowd = [connect(zygote) for _ in range(zygotes.MOST + 20)]
    answers = [json.loads(connection.recv(4096)) for connection in crowd[-20:]]
    assert all(answer == {"refused": "too many at a time"} for answer in answers)
    for connection in crowd:
        connection.close()
    assert wait_until(lambda: accepted(zygote))


def test_clients_at_once_are_all_served_and_no_child_is_left(zygote):
    codes = []

    def ask(number):
        for _ in range(5):
            codes.append(fork(zygote.address, "deeds:give_back", [number]).wait(60))

    threads = [threading.Thread(target=ask, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == sorted(list(range(8)) * 5)
    assert Path(f"/proc/{zygote.pid}/task/{zygote.pid}/children").read_text() == ""


def test_a_folder_with_a_long_name_serves_as_well(own, tmp_path, monkeypatch):
    folder = tmp_path / ("long" * 50) / "一个 文件夹"
    folder.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    zygote = own()
    assert zygote.address.startswith(str(folder)) and fork(zygote.address, "deeds:give_back", [1]).wait(30) == 1


# How a client waits


def test_waiting_has_an_end_and_an_exit_is_news(zygote):
    child = fork(zygote.address, "deeds:sleep")
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.05)
    child.signal(signal.SIGTERM)
    assert child.wait(30) == -15 == child.poll() == child.wait(0)
    child.signal(signal.SIGKILL)  # nobody there any more
    child.close()
    child.close()
    assert child.returncode == -15


def test_a_child_ignores_the_signals_that_who_asked_ignores(zygote):
    """As under nohup."""
    before = signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    try:
        assert signal.SIGUSR2 in said(zygote, "ignored")
    finally:
        signal.signal(signal.SIGUSR2, before)
    assert signal.SIGUSR2 not in said(zygote, "ignored")


def test_a_signal_in_its_first_moment_is_not_lost(zygote):
    for _ in range(30):
        child = fork(zygote.address, "deeds:sleep")
        child.kill()
        assert child.wait(30) == -9


def test_one_that_is_closed_while_it_imports_ends_at_once_and_leaves_nothing(tmp_path, monkeypatch):
    (tmp_path / "slow.py").write_text("import pathlib, time\npathlib.Path(__file__).with_name('begun').touch()\ntime.sleep(600)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    zygote = Zygote(["slow"]).start()
    assert wait_until((tmp_path / "begun").exists)
    pid, folder, before = zygote.pid, Path(zygote.address).parent, time.monotonic()
    zygote.close()
    assert time.monotonic() - before < 9 and not alive(pid) and not folder.exists()


def test_one_that_has_imported_ends_with_its_owner_and_not_by_being_told(own):
    zygote = own()
    assert fork(zygote.address, "deeds:give_back", [1]).wait(30) == 1
    os.kill(zygote.pid, signal.SIGTERM)
    assert fork(zygote.address, "deeds:give_back", [2]).wait(30) == 2
