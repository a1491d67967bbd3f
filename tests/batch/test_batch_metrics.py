"""The metrics of a batch, read back as a collector reads them."""

import threading
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from planning.batch.metrics import MOST, OTHERS, Metrics
from planning.core.errors import RequestError

RUN = {"batch": "b1", "job": "units lang=en", "run": "r1", "notebook": "units", "company": "toy", "case": "base", "seconds": 2.5}


def event(what, **more):
    return {"event": what, **RUN, **more}


STARTED = {"event": "batch_started", "batch": "b1", "jobs": 4}


def ended(good=True, **totals):
    return {"event": "batch_done", "batch": "b1", "seconds": 9.5, "totals": {"runs": 4} | totals, "good": good}


def read(path):
    """Every sample of the file: its name and labels, and its figure."""
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    return {(s.name, *sorted(v for k, v in s.labels.items() if k != "batch")): s.value for family in families for s in family.samples}


@pytest.fixture
def place(tmp_path):
    return tmp_path / "planning.prom"


@pytest.fixture
def metrics(place):
    """A listener that writes at every event."""
    return Metrics(place, pytest.fail, every=0)


def test_runs_are_counted_by_what_became_of_them(metrics, place):
    metrics(STARTED)
    metrics(event("run_started"))
    now = read(place)
    assert now["planning_batch_running",] == 1 and now["planning_batch_runs_expected",] == 4
    assert now["planning_batch_runs", "running"] == 1 and now["planning_batch_runs", "done"] == 0
    metrics(event("run_retried", reason="lost"))
    assert read(place)["planning_batch_runs", "running"] == 0 and read(place)["planning_batch_retries_total",] == 1
    metrics(event("run_started"))
    metrics(event("run_stopped", reason="interrupted"))
    assert read(place)["planning_batch_runs", "running"] == 0 and read(place)["planning_batch_retries_total",] == 1
    metrics(event("run_started"))
    metrics(event("run_done"))
    for what in ("unchanged", "failed", "skipped"):
        metrics(event(f"run_{what}", job=what))
    now = read(place)
    assert [now["planning_batch_runs", status] for status in ("running", "done", "unchanged", "failed", "skipped")] == [0, 1, 1, 1, 1]


def test_the_end_says_whether_it_went_well_how_long_it_took_and_when(metrics, place):
    before = time.time()
    for told in (STARTED, event("run_started"), event("run_done"), ended(done=4)):
        metrics(told)
    now = read(place)
    assert now["planning_batch_running",] == 0 and now["planning_batch_succeeded",] == 1 and now["planning_batch_duration_seconds",] == 9.5
    assert before <= now["planning_batch_start_timestamp_seconds",] <= now["planning_batch_last_success_timestamp_seconds",] <= time.time()
    assert now["planning_batch_runs", "done"] == 4, "after a resume the batch knows of more than this process saw"
    assert now["planning_run_seconds_sum", "base", "toy", "units"] == 2.5 and now["planning_run_seconds_count", "base", "toy", "units"] == 1


def test_a_failed_batch_leaves_the_last_success_where_it_was(metrics, place):
    metrics(ended(done=4))
    success = read(place)["planning_batch_last_success_timestamp_seconds",]
    again = Metrics(place, pytest.fail)
    again(STARTED)
    again(ended(good=False, done=3, failed=1))
    now = read(place)
    assert now["planning_batch_last_success_timestamp_seconds",] == success > 0 and now["planning_batch_succeeded",] == 0


def test_what_collectors_ask_of_names_and_texts_is_kept(metrics, place):
    metrics(ended(done=1))
    text = place.read_text()
    named = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert named == {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")}
    assert all(name.startswith("planning_") and name == name.lower() for name in named) and text.endswith("\n")
    for family in text_string_to_metric_families(text):
        assert family.documentation.endswith(".") and family.type != "unknown"
        assert family.type != "gauge" or not family.name.endswith(("_total", "_count", "_sum"))


def test_labels_hold_any_text(metrics, place):
    strange = 'a "case"\\ with\nlines, {braces} and 预算'
    metrics(event("run_done", case=strange))
    assert read(place)["planning_run_seconds_count", *sorted([strange, "toy", "units"])] == 1


def test_the_files_of_several_batches_lie_in_one_folder(tmp_path):
    for name in ("daily", "monthly"):
        Metrics(tmp_path / f"{name}.prom", pytest.fail)(ended(done=4))
    texts = [(tmp_path / f"{name}.prom").read_text() for name in ("daily", "monthly")]
    series = [{line.rsplit(" ", 1)[0] for line in text.splitlines() if not line.startswith("#")} for text in texts]
    assert not series[0] & series[1] and all('batch="daily"' in one for one in series[0])
    assert [line for line in texts[0].splitlines() if line[0] == "#"] == [line for line in texts[1].splitlines() if line[0] == "#"]


def test_a_grid_of_thousands_stays_a_small_file(place):
    metrics = Metrics(place, pytest.fail, every=3600)
    for number in range(5000):
        metrics(event("run_done", case=f"case {number}"))
    metrics(ended(done=5000))
    now = read(place)
    assert now["planning_run_seconds_count", OTHERS, OTHERS, OTHERS] == 5000 - MOST and place.stat().st_size < 200_000


def test_events_in_quick_succession_are_one_write_and_the_last_of_them_is_not_lost(place):
    metrics = Metrics(place, pytest.fail, every=2)
    first = place.stat().st_ino
    for _ in range(100):
        metrics(event("run_done"))
    assert place.stat().st_ino == first
    give_up = time.monotonic() + 30
    while place.stat().st_ino == first and time.monotonic() < give_up:
        time.sleep(0.05)
    assert read(place)["planning_batch_runs", "done"] == 100
    metrics.close()


def test_a_reader_never_sees_half_a_file(place):
    metrics, over, seen = Metrics(place, pytest.fail, every=0), threading.Event(), []

    def look():
        while not over.is_set():
            seen.append(len(read(place)))

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(200):
        metrics(event("run_started"))
    over.set()
    reader.join()
    assert len(set(seen)) == 1
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("planning.txt", None, "ends with .prom"),
        ("nowhere/planning.prom", None, "can't be written"),
        ("notes.prom", "Dear all,\nthe budget is late.\n", "something else than metrics"),
        ("node.prom", "node_load1 0.5\n", "somebody else's metrics, expected a file of this command's own, or none yet, got node_load1"),
    ],
)
def test_a_place_that_will_not_do_is_refused_before_anything_starts(tmp_path, name, content, said):
    place = tmp_path / name
    if content:
        place.write_text(content)
    with pytest.raises(RequestError) as wrong:
        Metrics(place, pytest.fail)
    assert said in str(wrong.value) and (not content or place.read_text() == content)


def test_a_place_that_is_lost_on_the_way_is_said_once_and_breaks_nothing(tmp_path):
    (tmp_path / "here").mkdir()
    place, warned = tmp_path / "here" / "planning.prom", []
    metrics = Metrics(place, warned.append, every=0)
    place.unlink()
    place.parent.rmdir()
    metrics(STARTED)
    metrics(event("run_done"))
    metrics(ended(done=1))
    assert len(warned) == 1 and str(place) in warned[0]
