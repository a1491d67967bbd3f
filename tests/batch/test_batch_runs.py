"""Batches of real runs in real processes: order, needs, attempts, deadlines, what is not run again, and what a resume does."""

import json
import os
import shutil
import time
from collections import Counter

import batch_worlds
import pandas as pd
import pytest
import toy
from click.testing import CliRunner

from planning.batch.batching import Batching
from planning.batch.jobs import ask, kept, restored
from planning.batch.local import Local
from planning.batch.record import batches, new_record, open_record
from planning.batch.zygotes import Zygotes
from planning.book.store import open_book
from planning.cli import main
from planning.core.errors import RequestError
from planning.inputs.batches import read_batch
from planning.inputs.params import Home
from planning.run import register


@pytest.fixture(scope="session")
def forks(toy_home):
    """Zygotes for all batches of this module."""
    started = Zygotes(Home(toy_home, toy_home / "outputs"))
    yield started
    started.close()


class Told:
    """What one batch told, and what became of it."""

    def __init__(self, batching, events, most):
        self.batching, self.events, self.id, self.most = batching, events, batching.record.id, most
        self.exit_code, self.totals = batching.exit_code, batching.totals

    def of(self, *whats, job=""):
        return [event for event in self.events if event["event"] in whats and job in ("", event.get("job"))]

    def states(self):
        return {one.job.name: one.state for one in self.batching.jobs}


@pytest.fixture
def batch(root, home, forks):
    """Runs a batch file of this text to its end, or goes on with the newest one; `at` sees each event, and may hasten a deadline."""

    def batch(text="", forked=True, at=lambda batching, event: None, **options):
        if text:
            asked = ask(home, read_batch(batch_worlds.write(root, "batch.yaml", text)), **options)
            record = new_record(home, kept(asked))
        else:
            record = open_record(home)
            asked = restored(record.asked(), **options)
        events, going = [], []
        executor = Local(home, asked.parallel, record.printed, forked=forked, zygotes=forks if forked else None)
        listeners = [events.append, lambda _: going.append(len(executor.going))]
        try:
            batching = Batching(home, record, asked, open_book(home.book()), executor, listeners)
            listeners.append(lambda event: at(batching, event))
            batching.run()
        finally:
            record.close()
        return Told(batching, events, max(going))

    return batch


def one(settings=""):
    return f"parallel: 2\nruns:\n  one: {{notebook: outlook, company: toy, case: base{settings}}}\n"


def ran(root):
    return [folder.name for folder in toy.seen(root)]


def table(root, run, name="plan"):
    [folder] = (root / "outputs" / "toy").glob(f"*/{run}")
    return pd.read_parquet(folder / "tables" / f"{name}.parquet")


# Order, needs, grids


def test_a_run_goes_on_from_the_run_it_needs(root, batch):
    batch_worlds.add_review(root)
    plan = "plan: {notebook: outlook, company: toy, case: base}"
    text = f"runs:\n  {plan}\n  review: {{company: toy, case: base, needs: {{outlook_run: plan}}}}\n"
    told = batch(text)
    plan, review = (event["run"] for event in told.of("run_done"))
    assert told.exit_code == 0 and told.states() == {"plan": "done", "review": "done"}
    assert list(table(root, review, "doubled")["amount"]) == list(table(root, plan)["amount"] * 2)
    again = batch(text)
    assert again.totals["unchanged"] == 2 and [event["run"] for event in again.of("run_unchanged")] == [plan, review]


def test_who_needs_a_broken_run_is_skipped_and_who_comes_after_it_is_not(root, batch):
    batch_worlds.add_review(root)
    told = batch(
        "runs:\n"
        "  plan: {notebook: outlook, company: toy, case: base, params: {fault: cell}}\n"
        "  review: {company: toy, case: base, needs: {outlook_run: plan}}\n"
        "  later: {notebook: outlook, company: toy, case: base, after: [plan, review]}\n"
    )
    assert told.exit_code == 1 and told.states() == {"plan": "failed", "review": "skipped", "later": "done"}
    [failed], [skipped] = told.of("run_failed"), told.of("run_skipped")
    assert "a cell that breaks" in failed["reason"] and os.path.isdir(failed["folder"]) and "needs plan" in skipped["reason"]


def test_so_many_at_once_in_the_files_order(root, batch):
    text = "parallel: 2\nruns: {many: {notebook: outlook, company: toy, case: base, grid: {version: [a, b, c, d]}}}"
    told = batch(text)
    assert [event["job"] for event in told.of("run_started")] == [f"many version={name}" for name in "abcd"]
    assert told.totals["done"] == 4 and told.most == 2
    assert sorted(open_book(root / "outputs/book.sqlite").runs()["run_id"]) == ran(root)
    assert [event["cell"] for event in told.of("cell", job="many version=a")] == list(range(1, 8))


def test_every_takes_the_codes_of_the_snapshot(root, batch, home):
    codes = "code,parent,entity,label_en,label_zh,owner\nall,,group,All,全部,\nparks,,group,Parks,公园,\nunmapped,,group,Unmapped,未映射,\n"
    batch_worlds.write(root, "params/toy/cost_centres.csv", codes)
    text = "{}runs: {{many: {{notebook: outlook, company: toy, case: base, grid: {{version: {{every: cost_centres}}}}}}}}"
    path = batch_worlds.write(root, "b.yaml", text.format(""))
    assert [one.job.name for one in ask(home, read_batch(path)).jobs] == ["many version=all"]
    told = batch(text.format("intake: [toy]\n"))
    assert told.states() == {"many version=all": "done", "many version=parks": "done"} and told.of("intake_done")[0]["snapshot"]
    assert [one.job.name for one in ask(home, read_batch(path)).jobs] == ["many version=all", "many version=parks"]


# Once


def test_the_same_file_again_runs_nothing_again_unless_forced(root, batch):
    first, again = batch(one()), batch(one())
    assert first.totals["done"] == again.totals["unchanged"] == 1 and again.exit_code == 0 and len(ran(root)) == 1
    forced = batch(one(), force=True)
    assert forced.totals["done"] == 1 and len(ran(root)) == 2
    assert batch(one(", force: true")).totals["done"] == 1 and len(ran(root)) == 3


def test_a_run_that_a_machine_switched_off_left_with_an_empty_file_is_run_anew(root, batch):
    batch(one())
    [folder] = toy.seen(root)
    (folder / "tables" / "publish_2021_base.parquet").write_bytes(b"")
    again = batch(one())
    assert again.totals["done"] == 1 and again.exit_code == 0 and len(toy.seen(root)) == 2


def test_two_jobs_that_ask_for_the_same_run_it_once(root, batch):
    told = batch("parallel: 2\nruns: {a: {notebook: outlook, company: toy, case: base}, b: {notebook: outlook, company: toy, case: base}}")
    assert sorted(told.states().values()) == ["done", "unchanged"] and len(ran(root)) == 1


def test_a_cold_run_leaves_what_a_forked_one_does(root, batch):
    forked, cold = batch(one()), batch(one(), force=True, forked=False)
    runs = [told.of("run_done")[0]["run"] for told in (forked, cold)]
    manifests = [register.read_run(root / "outputs/toy/outlook" / run).manifest for run in runs]
    assert manifests[0]["tables"] == manifests[1]["tables"] and runs[0] != runs[1]


# Attempts


def test_a_broken_run_is_tried_again_after_a_growing_wait(root, batch):
    batch_worlds.add_flaky(root)
    told = batch("runs: {flaky: {company: toy, params: {breaks: 2}, retries: 2, back_off: 0.2}}")
    retried = told.of("run_retried")
    assert told.exit_code == 0 and [event["attempt"] for event in retried] == [1, 2] and told.of("run_done")[0]["attempt"] == 3
    assert 0.2 <= retried[0]["wait"] <= 0.25 and 0.4 <= retried[1]["wait"] <= 0.5
    assert len({event["run"] for event in told.of("run_started")}) == 3
    assert len(list((root / "outputs/toy/flaky/failed").iterdir())) == 2


def test_after_its_last_attempt_a_run_has_failed(root, batch):
    batch_worlds.add_flaky(root)
    told = batch("runs: {flaky: {company: toy, params: {breaks: 9}, retries: 1, back_off: 0}}")
    assert told.exit_code == 1 and len(told.of("run_started")) == 2 and "break 2" in told.of("run_failed")[0]["reason"]


@pytest.mark.parametrize("fault", ["check", "missing"])
def test_failed_checks_are_not_tried_again(batch, fault):
    told = batch(one(f", params: {{fault: {fault}}}, retries: 3, back_off: 0"))
    assert told.exit_code == 1 and len(told.of("run_started")) == 1 and not told.of("run_retried")


def test_a_dead_kernel_is_tried_again(batch):
    told = batch(one(", params: {fault: dead}, retries: 1, back_off: 0"))
    assert told.exit_code == 1 and len(told.of("run_started")) == 2 and "kernel died" in told.of("run_failed")[0]["reason"]


def test_what_the_book_refuses_has_failed_at_once(root, batch):
    batch(one())
    for words in ("submit --as ana", "approve --as ben", "approve --as cai", "lock --as cai"):
        act, *who = words.split()
        assert CliRunner().invoke(main, [act, "toy", "forecast", "2021_base", *who, "--reason", "agreed"]).exit_code == 0
    told = batch(one(", params: {growth: 0.3}, retries: 2, back_off: 0"))
    [failed] = told.of("run_failed")
    assert told.exit_code == 1 and "locked" in failed["reason"] and not told.of("run_retried")
    assert register.read_run(root / "outputs/toy/outlook" / failed["run"]).manifest["status"] == "refused"


# Deadlines


def test_a_cell_past_its_deadline_breaks_its_run(root, batch):
    told = batch(one(", params: {seconds: 600}, cell_deadline: 5"))
    assert "deadline of 5 s" in told.of("run_failed")[0]["reason"] and ran(root) == []


def in_the_sixth_cell(event):
    return event["event"] == "cell" and event["cell"] == 5


def test_a_run_past_its_deadline_is_stopped_and_what_it_had_is_kept(root, batch):
    def at(batching, event):
        if in_the_sixth_cell(event):
            batching.jobs[0].until = time.monotonic()

    told = batch(one(", params: {seconds: 600}, deadline: 500"), at=at)
    [failed] = told.of("run_failed")
    assert failed["reason"] == "deadline of 500 s exceeded in cell 6" and told.exit_code == 1
    kept_ = register.read_run(root / "outputs/toy/outlook/failed" / failed["run"])
    assert kept_.manifest["status"] == "failed" and kept_.manifest["reason"] == failed["reason"]
    assert json.loads((kept_.folder / "report.ipynb").read_text())["cells"] and toy.left_aside(root) == [] and ran(root) == []


def test_a_batch_past_its_deadline_stops_and_a_resume_goes_on_with_the_same_runs(root, batch):
    def at(batching, event):
        if in_the_sixth_cell(event):
            batching._began -= 1000

    told = batch(f"deadline: 500\nparallel: 1\nruns: {{a: {_outlook('600')}, b: {_outlook('0')}}}", at=at)
    assert told.exit_code == 1 and told.totals["left"] == 2 and "deadline of 500 s" in told.events[-1]["reason"]
    assert toy.left_aside(root) == [] and not (root / "outputs/toy/outlook/failed").exists()
    again = batch(at=at)
    assert again.id == told.id and again.of("batch_started")[0]["resumed"]
    assert [event["run"] for event in again.of("run_started")] == [event["run"] for event in told.of("run_stopped")]


def _outlook(seconds):
    return f"{{notebook: outlook, company: toy, case: base, params: {{seconds: {seconds}}}}}"


# Before anything starts


def test_everything_wrong_is_said_at_once_before_anything_starts(root, home, batch):
    with pytest.raises(RequestError) as wrong:
        batch(
            "runs:\n"
            "  a: {notebook: outlok, company: toy}\n"
            '  b: {notebook: outlook, company: toy, case: "bas"}\n'
            "  c: {notebook: outlook, company: toy, case: base, grid: {months: [1, twelve, 37], growht: [1]}}\n"
            "  d: {notebook: outlook, company: toy, needs: {outlook_run: b}}\n"
            "  e: {notebook: outlook, company: toy, needs: {months: b}}\n"
        )
    said = str(wrong.value)
    parts = ["a: unknown notebook", "no such case", "c months=twelve", "c months=37", "growht: unknown", "outlook_run"]
    assert [part for part in [*parts, "e, months"] if part not in said] == []
    assert wrong.value.exit_code == 2 and batches(home) == []


def test_an_unknown_company_is_said(batch):
    with pytest.raises(RequestError, match="no such company; did you mean toy"):
        batch("runs: {a: {notebook: outlook, company: toi}}")


def test_a_company_never_taken_in_is_said_unless_the_batch_takes_it_in(root, home, batch):
    shutil.rmtree(root / "outputs" / "toy")
    with pytest.raises(RequestError, match="no snapshot yet"):
        batch(one())
    assert batch("intake: [toy]\n" + one()).exit_code == 0


# Resume


def rewritten(root, keep):
    """The newest record's lines, those kept that `keep` says."""
    folder = sorted((root / "outputs/.batches").glob("*Z-*"))[-1]
    path = folder / "events.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if keep(json.loads(line))), encoding="utf-8")


def test_a_run_in_place_is_done_whatever_the_record_says(root, home, batch):
    told = batch(one())
    rewritten(root, lambda event: event["event"] in ("batch_started", "run_started"))
    for path in root.glob("outputs/book.sqlite*"):
        path.unlink()  # killed before it was published
    again = batch()
    assert again.totals["done"] == 1 and again.exit_code == 0 and not again.of("run_started")
    assert [event["run"] for event in again.of("run_done")] == [told.of("run_done")[0]["run"]]
    assert list(open_book(home.book()).runs()["run_id"]) == ran(root) and len(ran(root)) == 1
    assert not batch().of("run_done", "run_started")


def test_a_resume_runs_only_what_is_not_done_under_the_id_it_had(root, batch):
    told = batch("parallel: 1\nruns: {many: {notebook: outlook, company: toy, case: base, grid: {version: [a, b]}}}")
    first, second = (event["run"] for event in told.of("run_done"))
    rewritten(root, lambda event: event["event"] == "run_started" or event.get("run") == first)
    shutil.rmtree(root / "outputs/toy/outlook" / second)
    again = batch()
    assert [event["run"] for event in again.of("run_started")] == [second] and again.totals["done"] == 2
    assert ran(root) == sorted([first, second])


def test_a_resume_uses_the_snapshot_the_batch_began_with(root, home, batch):
    text = "intake: [toy]\nparallel: 1\n" + one(", params: {fault: cell}").partition("\n")[2]
    told = batch(text)
    [taken] = told.of("intake_done")
    batch_worlds.write(root, "params/toy/sources/sales.csv", toy.SALES + "Toys,2021-03-31,120.00\n")
    assert CliRunner().invoke(main, ["intake", "toy"]).exit_code == 0
    again = batch()
    assert not again.of("intake_done") and again.of("run_failed")
    [folder] = [path for path in (root / "outputs/toy/outlook/failed").iterdir() if path.name == again.of("run_failed")[0]["run"]]
    assert json.loads((folder / "manifest.json").read_text())["snapshot"] == taken["snapshot"]


def test_a_resume_after_the_notebook_changed_its_parameters_is_refused(root, batch):
    batch(one(", params: {fault: cell}"))
    path = root / "notebooks/outlook.ipynb"
    path.write_text(path.read_text().replace("growth: float", "grows: float"))
    with pytest.raises(RequestError, match="growth: unknown"):
        batch()
    assert batch_worlds.kept(root)[-1]["exit_code"] == 2


# The commands


@pytest.fixture
def planning(root):
    runner = CliRunner(catch_exceptions=False)
    return lambda *words: runner.invoke(main, words)


def test_the_command_prints_a_line_of_json_for_each_thing_that_happens(root, planning):
    path = batch_worlds.write(root, "b.yaml", one())
    result = planning("batch", str(path), "--json")
    events = batch_worlds.events(result.stdout)
    assert result.exit_code == 0 and [event["event"] for event in events] == ["batch_started", "run_started", "run_done", "batch_done"]
    assert events[-1]["totals"] == {"runs": 1, "done": 1, "unchanged": 0, "failed": 0, "skipped": 0, "left": 0}
    assert [event for event in batch_worlds.kept(root)] == events
    dry = planning("batch", str(path), "--dry-run", "--json")
    assert dry.exit_code == 0 and json.loads(dry.stdout)["would"] == "unchanged"
    assert planning("batch", str(path), "--dry-run").stdout.startswith("unchanged  one  toy outlook base")
    again = planning("batch", str(path))
    assert again.exit_code == 0 and "2021" in again.stdout and "1 unchanged" in again.stderr
    assert planning("batch", "--resume").exit_code == 0 and Counter(batches(Home(root, root / "outputs"))).total() == 2


def test_a_wrong_file_exits_with_2_and_changes_nothing(root, planning):
    path = batch_worlds.write(root, "b.yaml", "runs: {a: {notebook: outlook, company: toy, retries: -1}}")
    result = planning("batch", str(path))
    assert result.exit_code == 2 and result.stdout == "" and "runs.a.retries" in result.stderr
    assert json.loads(planning("batch", str(path), "--json").stdout)["problems"][0]["where"] == "runs.a.retries"
    file = str(path)
    for words in ("--resume 2099", f"{file} --resume", "", "none.yaml", f"{file} --parallel 0", "--resume --dry-run", f"{file} --on x"):
        assert planning("batch", *words.split()).exit_code == 2, words
    assert not (root / "outputs/.batches").exists()


def test_a_broken_run_exits_with_1_and_says_how_to_go_on(root, planning):
    path = batch_worlds.write(root, "b.yaml", one(", params: {fault: cell}"))
    result = planning("batch", str(path))
    assert result.exit_code == 1 and "BROKEN toy outlook base" in result.stdout and "planning batch --resume 2" in result.stderr
