"""A batch's record: whole lines only, held by one process, and what is damaged is named."""

import json
import resource
import signal
import subprocess
import sys
from datetime import datetime

import pytest
import toy

from planning.batch.record import batches, new_record, open_record, prune
from planning.core.errors import RequestError, RunError


@pytest.fixture
def record(home):
    made = new_record(home, {"jobs": [], "subject": "x"})
    yield made
    made.close()


def test_what_was_written_is_read_again(home, record):
    for number in range(3):
        record.write({"event": "run_started", "job": f"公司\n{number}"})
    asked, events = record.asked(), record.events()
    assert asked == {"batch": record.id, "content": asked["content"], "jobs": [], "subject": "x"}
    assert [event["job"] for event in events] == ["公司\n0", "公司\n1", "公司\n2"]


def test_half_a_character_is_kept_as_it_is(home):
    """A path that is no UTF-8 holds such."""
    made = new_record(home, {"jobs": [], "subject": "b\udcff.yaml"})
    made.write({"event": "run_started", "job": "\ud800"})
    assert made.asked()["subject"] == "b\udcff.yaml" and made.events()[0]["job"] == "\ud800"
    made.close()


@pytest.mark.parametrize("torn", [b'{"event": "run_do', b"{", b'{"event": "run_done"}', b"\xff\xfe"])
def test_a_torn_last_line_is_no_line_and_is_written_over(home, record, torn):
    record.write({"event": "run_started"})
    with (record.folder / "events.jsonl").open("ab") as file:
        file.write(torn)
    record.close()
    again = open_record(home)
    assert [event["event"] for event in again.events()] == ["run_started"]
    again.write({"event": "run_failed"})
    assert [event["event"] for event in again.events()] == ["run_started", "run_failed"]
    again.close()


@pytest.mark.parametrize("damage", [
    b"not json\n", b"[]\n", b'{"no": "event"}\n', b"\n", b"\0\0\0\n", b'{"event": 3}\n', b'{"event": "run_done", "run": 7}\n',
    b'{"event": "intake_done", "findings": {"open": "1"}}\n', b'{"event": "intake_done", "findings": 3}\n',
])  # fmt: skip
def test_a_damaged_line_elsewhere_is_named_and_nothing_is_lost(home, record, damage):
    record.write({"event": "run_started"})
    path = record.folder / "events.jsonl"
    whole = path.read_bytes() + damage + path.read_bytes()
    path.write_bytes(whole)
    with pytest.raises(RequestError, match=r"events\.jsonl, line 2: damaged line"):
        record.events()
    assert path.read_bytes() == whole


@pytest.mark.parametrize("text", ["", "{", "[]", '{"batch": "another", "jobs": []}', '{"jobs": []}', '{"batch": 3}'])
def test_a_damaged_request_is_said(record, text):
    (record.folder / "batch.json").write_text(text)
    with pytest.raises(RequestError, match=r"batch\.json: damaged"):
        record.asked()


def test_a_request_that_was_changed_is_damaged(record):
    path = record.folder / "batch.json"
    path.write_text(path.read_text().replace('"x"', '"y"'))
    with pytest.raises(RequestError, match=r"batch\.json: damaged"):
        record.asked()


def test_where_the_clock_was_set_back_a_batch_has_another_id_and_can_be_taken_up(home, monkeypatch):
    class Stopped(datetime):
        @classmethod
        def now(cls, zone=None):
            return cls(2026, 1, 1, tzinfo=zone)

    monkeypatch.setattr("planning.batch.record.datetime", Stopped)
    first, second = new_record(home, {"jobs": []}), new_record(home, {"jobs": []})
    assert first.id != second.id and second.asked()["batch"] == second.id
    first.close()
    second.close()


def test_one_process_at_a_time_works_on_a_batch(home, record):
    with pytest.raises(RequestError, match="the batch is going on"):
        open_record(home, record.id)
    record.close()
    open_record(home, record.id).close()


def test_the_lock_is_free_when_its_process_was_killed(home, root):
    words = (
        "import sys; from pathlib import Path\nfrom planning.inputs.params import Home\n"
        "from planning.batch.record import new_record\n"
        "root = Path(sys.argv[1]); record = new_record(Home(root, root / 'outputs'), {'jobs': []})\n"
        "print(record.id, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", words, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    name = process.stdout.readline().strip()
    with pytest.raises(RequestError, match="the batch is going on"):
        open_record(home, name)
    process.kill()
    process.communicate()
    open_record(home, name).close()


def test_a_batch_is_found_by_the_beginning_of_its_id(home, record):
    record.close()
    open_record(home, record.id[:20]).close()
    for name, said in (("2099", "no such batch"), ("../x", "no such batch")):
        with pytest.raises(RequestError, match=said):
            open_record(home, name)
    assert batches(home) == [record.id]


def test_where_there_is_no_batch_it_is_said(home):
    with pytest.raises(RequestError, match="no batch yet"):
        open_record(home)


def test_a_full_disk_leaves_no_half_line(record):
    """A limit on the size of files refuses a write as a full disk does."""
    record.write({"event": "run_started"})
    before = (record.folder / "events.jsonl").read_bytes()
    kept = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, kept[1][1]))
    try:
        with pytest.raises(RunError, match="can't be written"):
            record.write({"event": "run_done", "reason": "long" * 100})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept[1])
        signal.signal(signal.SIGXFSZ, kept[0])
    assert (record.folder / "events.jsonl").read_bytes() == before
    record.write({"event": "run_done"})
    assert [event["event"] for event in record.events()] == ["run_started", "run_done"]


def test_two_batches_at_the_same_moment_have_two_records(home):
    made = [new_record(home, {"jobs": [], "n": n}) for n in range(5)]
    assert len(batches(home)) == len({record.id for record in made}) == 5
    assert all(json.loads((record.folder / "batch.json").read_text())["batch"] == record.id for record in made)
    for record in made:
        record.close()


def test_of_batches_the_newest_records_stay_and_those_that_are_going_on(home):
    first, *others = [new_record(home, {"number": number, "jobs": []}) for number in range(6)]
    for record in others:
        record.close()
    assert prune(home, keep=2) == [record.id for record in reversed(others[:3])]
    assert batches(home) == [others[4].id, others[3].id, first.id] and first.asked()["number"] == 0
    first.close()
    assert prune(home, keep=2) == [first.id] and prune(home) == []
    assert toy.left_aside(home.root) == []
