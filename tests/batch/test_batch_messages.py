"""One message at the end of a batch, to real servers on this machine; addresses are secrets, and nothing here breaks a batch."""

import http.server
import json
import threading
import time

import pytest

from planning.batch.messages import MOST, Messages, check_notify, say_seconds
from planning.core.errors import RequestError

SECRET = "s3cr3tt0k3n"
STARTED = {"event": "batch_started", "batch": "20261121T100000Z-1a2b", "jobs": 3}
FAILED = {
    "event": "run_failed", "batch": STARTED["batch"], "job": "units department=police", "run": "20261121T100001Z-3c4d",
    "reason": "deadline of 600 s exceeded\nin cell 7", "folder": "outputs/toy/units/failed/20261121T100001Z-3c4d",
}  # fmt: skip
SKIPPED = {"event": "run_skipped", "batch": STARTED["batch"], "job": "report", "reason": "units department=police failed"}


def ended(good, reason="", **totals):
    resume = "" if sum(totals.get(name, 0) for name in ("done", "unchanged")) == 3 else f"planning batch --resume {STARTED['batch']}"
    about = {"totals": {"runs": 3} | totals, "good": good, "exit_code": int(not good), "reason": reason, "resume": resume}
    return {"event": "batch_done", "batch": STARTED["batch"], "seconds": 754.2, **about}


DONE = ended(True, done=2, unchanged=1)
BROKEN = ended(False, done=1, failed=1, skipped=1)


class Post(http.server.BaseHTTPRequestHandler):
    """Keeps what it is sent; answers as the path says."""

    def do_POST(self):
        got = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "/hangs" in self.path:
            self.server.over.wait(60)
        self.server.got.append(got)
        self.send_response(500 if "/broken" in self.path else 200)
        self.end_headers()

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def server(monkeypatch):
    """A web server on this machine; `to(*paths)` puts its addresses into the environment."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Post)
    server.got, server.over = [], threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def to(*paths):
        monkeypatch.setenv("TOY_NOTIFY", " ".join(f"json://127.0.0.1:{server.server_port}/{SECRET}{path}" for path in paths))

    server.to = to
    to("")
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def told(tmp_path):
    """Tells a listener of events; gives what it warned of."""

    def told(*events, on=("failure", "completion"), lang="en", limit=20.0):
        warned = []
        messages = Messages("TOY_NOTIFY", on, lang, "monthly.yaml", tmp_path / "outputs", warned.append, limit)
        for event in events:
            messages(event)
        return warned

    return told


def test_a_batch_that_went_well_sends_one_message(server, told, tmp_path):
    assert told(STARTED, DONE) == []
    [message] = server.got
    assert message["title"] == "planning: monthly.yaml is done, 3 of 3 runs" and message["type"] == "success"
    assert "12 min 34 s" in message["message"] and "1 of the runs" in message["message"]
    assert str(tmp_path / "outputs") in message["message"] and "--resume" not in message["message"]


def test_a_batch_that_failed_says_what_failed_why_where_and_how_to_go_on(server, told):
    assert told(STARTED, FAILED, SKIPPED, BROKEN) == []
    [message] = server.got
    assert message["title"] == "planning: monthly.yaml ended with 1 failed and 1 skipped, 1 of 3 runs done"
    assert message["type"] == "failure"
    for said in (
        "units department=police: deadline of 600 s exceeded in cell 7",
        FAILED["folder"],
        "report: units department=police failed",
        f"planning batch --resume {STARTED['batch']}",
    ):
        assert said in message["message"]


def test_a_batch_that_was_stopped_says_why(server, told):
    assert told(STARTED, ended(False, reason="interrupted", done=1)) == []
    assert server.got[0]["title"] == "planning: monthly.yaml was stopped (interrupted), 1 of 3 runs done"


def test_what_is_wrong_with_an_intake_is_said(server, told):
    waiting = {"event": "intake_done", "company": "toy", "reason": "", "findings": {"open": 2, "accepted": 1}}
    assert told(STARTED, waiting, ended(False, done=3)) == []
    [message] = server.got
    assert message["title"].endswith("3 of 3 runs, but not everything taken in is in order")
    assert "Intake of toy: 2 findings wait for a decision" in message["message"] and "--resume" not in message["message"]
    broken = {"event": "intake_done", "company": "toy", "reason": "sales.csv: can't be read", "findings": {}}
    assert told(STARTED, broken, SKIPPED, ended(False, skipped=3)) == []
    assert "Intake of toy: sales.csv: can't be read" in server.got[1]["message"]


def test_the_message_is_in_the_language_asked_for(server, told):
    assert told(STARTED, FAILED, SKIPPED, BROKEN, lang="zh") == []
    [message] = server.got
    assert message["title"] == "planning：monthly.yaml 已结束，失败 1 个，跳过 1 个，3 个任务完成 1 个"
    assert "用时 12 分 34 秒" in message["message"] and "续跑未完成的任务" in message["message"]


def test_the_first_failure_is_told_at_once_and_nobody_waits_for_it(server, told):
    server.to("/hangs")
    messages = Messages("TOY_NOTIFY", ("first_failure",), "en", "monthly.yaml", "outputs", pytest.fail)
    messages(FAILED)  # comes back although nobody has answered
    messages(FAILED | {"job": "second"})
    assert not server.over.is_set() and server.got == []
    server.over.set()
    messages(ended(False, done=1, failed=2))
    assert [message["title"] for message in server.got] == ["planning: the first run of monthly.yaml has failed, the others go on"]


@pytest.mark.parametrize(("on", "event"), [(("failure",), DONE), (("completion",), BROKEN)])
def test_nobody_is_told_what_was_not_asked_for(server, told, on, event):
    assert told(STARTED, event, on=on) == [] and server.got == []


def test_a_thousand_failures_are_one_short_message(server, told):
    many = [FAILED | {"job": f"units department={number}", "reason": "x" * 5000} for number in range(1000)]
    assert told(STARTED, *many, ended(False, failed=1000)) == []
    [message] = server.got
    assert f"… and {1000 - MOST} more" in message["message"] and len(message["message"]) < 6000


def test_a_message_that_can_not_be_sent_is_said_without_its_address(server, told, monkeypatch):
    server.to("", "/broken")
    [warned] = told(STARTED, DONE)
    assert warned == "a message was not sent: address 2 of 2 (JSON): the server answered 500" and len(server.got) == 2
    monkeypatch.setenv("TOY_NOTIFY", f"json://127.0.0.1:1/{SECRET}")
    [warned] = told(STARTED, DONE)
    assert "address 1 of 1 (JSON): no connection" in warned and SECRET not in warned


def test_a_server_that_never_answers_holds_nobody_up(server, told):
    server.to("/hangs?rto=600")
    began = time.monotonic()
    [warned] = told(STARTED, DONE, limit=1.0)
    assert "no answer" in warned and time.monotonic() - began < 30 and SECRET not in warned


def test_the_sender_is_given_no_address_in_its_words(server, told, monkeypatch):
    """What a process is called with, everybody on the machine can read."""
    import subprocess

    called = []
    monkeypatch.setattr(subprocess, "Popen", lambda words, **_: called.append(words) or (_ for _ in ()).throw(OSError(12, "no memory")))
    assert told(STARTED, DONE) == ["a message was not sent: no memory"]
    assert called and not any(SECRET in word for word in called[0])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "not set, or empty"),
        (None, "not set, or empty"),
        (f"nonsense://{SECRET}", "address 1 of 1 is none that Apprise can use"),
        (f"json://127.0.0.1/good slack://{SECRET}", "address 2 of 2 is none that Apprise can use"),
        (SECRET, "address 1 of 1 is none that Apprise can use"),
    ],
)
def test_wrong_addresses_are_refused_before_a_batch_starts_and_never_shown(value, said, monkeypatch, capfd):
    monkeypatch.delenv("TOY_NOTIFY", raising=False)
    if value is not None:
        monkeypatch.setenv("TOY_NOTIFY", value)
    with pytest.raises(RequestError) as wrong:
        check_notify("TOY_NOTIFY")
    assert said in str(wrong.value) and "$TOY_NOTIFY" in str(wrong.value)
    shown = str(wrong.value) + repr(wrong.value.problems) + "".join(capfd.readouterr())
    assert SECRET not in shown


def test_an_address_given_instead_of_a_name_is_not_repeated():
    with pytest.raises(RequestError) as wrong:
        check_notify(f"slack://{SECRET}/x", ("sometimes",), "fr")
    assert len(wrong.value.problems) == 3 and SECRET not in str(wrong.value)


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "0 s"), (59.6, "1 min"), (754.2, "12 min 34 s"), (3661, "1 h 1 min"), (7200, "2 h")])
def test_durations_are_said_in_two_units(seconds, said):
    assert say_seconds(seconds, ("{} h", "{} min", "{} s")) == said
