"""The commands. Exit codes: 0 done, 1 a check failed or a run broke, 2 the request was wrong."""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import math
import os
import shutil
import signal
import sys
import threading
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from planning import __version__
from planning.core.errors import PlanningError, Problem, RequestError

OK, FAILED, WRONG = 0, 1, 2
SIDES = ("revenue", "spending")
KINDS = {"within": "within the tolerance", "accepted": "accepted, with a reason", "open": "waiting for a decision"}

as_json = click.option("--json", "wants_json", is_flag=True, help="Print the result as JSON.")


class Seconds(click.FloatRange):
    """A number of seconds above zero; nan and inf are none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, or click's error."""
        seconds = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return seconds


SECONDS = Seconds(min=0, min_open=True)


class Commands(click.Group):
    """The commands; errors of ours, of the disk and of the words typed become one clear list and an exit code, never a traceback."""

    def main(self, *words: Any, **options: Any) -> Any:
        """The command, with all three streams open."""
        _open_streams()
        return super().main(*words, **options)

    def parse_args(self, context: click.Context, words: list[str]) -> list[str]:
        """Remembers whether JSON is wanted: an error may come before the command has read its options."""
        context.meta["wants_json"] = "--json" in words
        return super().parse_args(context, words)

    def invoke(self, context: click.Context) -> Any:
        """The command, with its errors said."""
        try:
            return super().invoke(context)
        except PlanningError as wrong:
            _say_error(str(wrong), getattr(wrong, "problems", []), context)
            context.exit(wrong.exit_code)
        except click.UsageError as wrong:
            if not context.meta["wants_json"]:
                raise
            _say_error(wrong.format_message(), [], context)
            context.exit(WRONG)
        except OSError as broken:
            if broken.errno == errno.EPIPE:
                raise
            _say_error(f"the disk refused: {broken}", [], context)
            context.exit(FAILED)


def _open_streams() -> None:
    """A stream that was closed from the start (2>&-) leads nowhere: else the next file would get its number, and what is printed."""
    while (nowhere := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(nowhere, True)
    os.close(nowhere)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")


def _say_error(said: str, problems: list[Problem], context: click.Context) -> None:
    if context.meta["wants_json"]:
        click.echo(json.dumps({"error": said, "problems": [vars(problem) for problem in problems]}, ensure_ascii=False))
    else:
        click.echo(said, err=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="planning")
def main() -> None:
    """Closed-loop planning: budget, approval, reforecast, control, churn, returns, scorecards, and the page that shows them.

    Runs in the folder that holds params/ and notebooks/ (or PLANNING_HOME). Results go to outputs/ (or
    PLANNING_OUTPUTS), versions to the book (PLANNING_BOOK: a SQLite file or postgresql://…).
    """


class Progressing:
    """A progress bar on a terminal, plain lines elsewhere, both on the error stream so that results can be piped."""

    def __init__(self, total: int):
        self.total, self.done, self.bar, self.task, self.last = total, 0.0, None, None, ""

    def __enter__(self) -> Progressing:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            columns = TextColumn("{task.description:<44}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn()
            self.bar = Progress(*columns, console=Console(stderr=True))
            self.bar.start()
            self.task = self.bar.add_task("", total=self.total)
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def say(self, said: str, part: float = 0.0) -> None:
        """What is being done, and what part of the current unit of work is done."""
        if self.bar:
            self.bar.update(self.task, description=said, completed=self.done + part)
        elif said != self.last:
            click.echo(said, err=True)
        self.last = said

    def next(self) -> None:
        """One unit of work is done."""
        self.done += 1
        if self.bar:
            self.bar.update(self.task, completed=self.done)


looking = click.option("--as", "who", metavar="WHO", help="As WHO may see it: a code of params/COMPANY/people.yaml. Default: all.")


def _looker(home, company: str, who: str | None):
    """Who looks; None for nobody in particular, who sees all. RequestError where there is no such person."""
    from planning.book.rights import check_person

    return None if who is None else check_person(_people(home, company), who, company)


def _refuse_partial(home, company: str, who: str | None) -> None:
    """RequestError where somebody looks who doesn't see all of the company: its totals can't be cut to what they see."""
    person = _looker(home, company, who)
    if person and not person.scope.everything:
        wanted = "somebody who sees everything"
        wrong = Problem("figures of the whole company", who, "a scope that is part of it", wanted, "see people.yaml: owns, sees")
        raise RequestError(company, [wrong])


def _home():
    from planning.inputs.params import find_home

    return find_home()


def _book(home, company: str) -> tuple[Any, list[str]]:
    """The book, opened for a company that there is, and the runs that a killed command left unpublished: they are published now."""
    from planning.book.store import open_book
    from planning.inputs.company import read_company
    from planning.run import publishing

    read_company(home.company(company))
    book = open_book(home.book())
    return book, publishing.finish(home, company, book)


def _take_in(home, company: str, data: Path | None, book, say) -> Any:
    from planning.inputs.company import read_company
    from planning.inputs.intake import take_in

    taken = take_in(read_company(home.company(company)), home.snapshots(company), data, say)
    book.store_findings(company, taken.snapshot, taken.findings)
    return taken


def _intake_summary(company: str, taken) -> dict[str, Any]:
    counts = taken.findings["status"].value_counts().to_dict()
    return {
        "company": company, "snapshot": taken.snapshot, "new": taken.new, "read": taken.read, "rows": taken.rows,
        "controls": taken.controls, "events": taken.events, "findings": {status: int(counts.get(status, 0)) for status in KINDS},
    }  # fmt: skip


@main.command()
@click.argument("company")
@click.option("--data", type=click.Path(path_type=Path), help="Read the same tables from this folder instead.")
@as_json
def intake(company: str, data: Path | None, wants_json: bool) -> None:
    """Read COMPANY's sources, tie them out, and store an immutable snapshot named by its content."""
    from planning.core.checks import open_findings

    home = _home()
    book, _ = _book(home, company)
    with Progressing(1) as progress:
        taken = _take_in(home, company, data, book, progress.say)
    summary = _intake_summary(company, taken)
    if wants_json:
        click.echo(json.dumps(summary | {"findings_list": taken.findings.to_dict("records")}, ensure_ascii=False, default=str))
    else:
        _print_intake(summary, taken.findings)
    sys.exit(FAILED if len(open_findings(taken.findings)) else OK)


def _print_intake(summary: dict[str, Any], findings) -> None:
    known = "stored" if summary["new"] else "nothing changed: already stored"
    click.echo(f"snapshot {summary['snapshot']}: {known}")
    figures = f"{summary['rows']:,} figures, {summary['controls']:,} control totals, {sum(summary['events'].values()):,} events"
    click.echo(f"  {sum(summary['read'].values()):,} source rows → {figures}")
    for status, said in KINDS.items():
        rows = findings[findings["status"] == status]
        if len(rows):
            click.echo(f"  {len(rows)} findings {said}:")
            for row in rows.itertuples():
                reason = f" ({row.reason})" if row.reason else ""
                click.echo(f"    {row.control} {row.kind} {row.where}: {row.said}{reason}")


@main.command()
@click.argument("notebook")
@click.argument("company")
@click.option("--case", default="", help="The params file: params/COMPANY/NOTEBOOK/CASE.yaml.")
@click.option("-p", "overrides", multiple=True, metavar="NAME=VALUE", help="A parameter over the file's; may be repeated.")
@click.option("--force", is_flag=True, help="Run it anew, though a finished run of the same inputs is there.")
@click.option("--cell-deadline", type=SECONDS, metavar="SECONDS", help="The most that a cell may take.")
@click.option("--on", default="", metavar="tcp://HOST:PORT", help="Send it to this Dask cluster.")
@as_json
def run(
    notebook: str, company: str, case: str, overrides: tuple[str, ...], force: bool, cell_deadline: float | None, on: str,
    wants_json: bool,
) -> None:  # fmt: skip
    """Run NOTEBOOK for COMPANY: parameters checked first, executed aside, moved into place, published once.

    Where a finished run of the same inputs is there (notebook, parameters, snapshot, params files, code, packages), that is
    the result, and nothing is run again.
    """
    from planning.inputs.params import notebook_path, read_declarations, read_overrides
    from planning.run import requests

    home = _home()
    declared = read_declarations(notebook_path(home, notebook))
    asked = requests.pinned(home, requests.settle(home, notebook, company, case, read_overrides(overrides, declared)))
    book, _ = _book(home, company)
    with stoppable(), Progressing(1) as progress:
        options = {"force": force, "cell_deadline": cell_deadline}
        done = _runner(on, progress)(home, asked, book, lambda said, at, of: progress.say(said, at / of), **options)
    _print_run(done, wants_json)


def _runner(on: str, progress: Progressing):
    """What executes one run: the engine here, or a cluster."""
    if not on:
        from planning.run import engine

        return engine.run
    from planning.batch.sending import run_on

    return functools.partial(run_on, on, say=progress.say)


@contextlib.contextmanager
def stoppable():
    """Told to stop (Ctrl-C, SIGTERM, a terminal that closes), what is within ends as if it had broken: nothing half done stays."""
    told = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, signal.default_int_handler) for number in told}
    hook = sys.unraisablehook

    def tell_again(lost: Any) -> None:
        """Python drops what is raised in a callback of its own, such as a weak reference's: the interrupt comes once more, outside."""
        if lost.exc_type is KeyboardInterrupt:
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
        else:
            hook(lost)

    sys.unraisablehook = tell_again
    try:
        yield
    except KeyboardInterrupt:
        raise PlanningError("interrupted: what was running has ended, and nothing of it is kept") from None
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_run(done, wants_json: bool) -> None:
    if wants_json:
        click.echo(json.dumps(done.manifest | {"folder": str(done.folder), "reused": done.reused}, ensure_ascii=False, default=str))
        return
    checks = done.manifest["checks"]
    click.echo(f"{done.manifest['headline']}\n  {checks['passed']} of {checks['of']} checks passed · {done.folder / 'report.html'}")
    if done.reused:
        click.echo(f"  unchanged since {done.id}: not run again; --force runs it anew")


def batch_options(command):
    """The options of all that runs many notebooks."""
    for option in (
        click.option("--parallel", type=click.IntRange(min=1), help="Runs at once; default: the file's, or one a core."),
        click.option("--force", is_flag=True, help="Run anew what was run before with the same inputs, too."),
        click.option("--deadline", type=SECONDS, help="Seconds for the whole."),
        click.option("--on", default="", metavar="tcp://HOST:PORT", help="Send the runs to this Dask cluster."),
        click.option("--notify", default="", metavar="NAME", help="Send messages to the addresses in this environment variable."),
        click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), help="Keep Prometheus metrics in this file."),
    ):
        command = option(command)
    return command


SCALES = click.Choice(("tiny", "standard", "large"))


@main.command()
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write; new or empty.")
@click.option("--scale", type=SCALES, default="standard", show_default=True, help="How much there is of everything.")
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True, help="The same seed gives the same bytes.")
@click.option("--set", "rates", multiple=True, metavar="RATE=VALUE", help="Another rate, such as supply.shock=0: docs/sample.md.")
@click.option("--innocent", is_flag=True, help="A world where nothing is wrong, for counting false alarms.")
@as_json
def sample(folder: Path, scale: str, seed: int, rates: tuple[str, ...], innocent: bool, wants_json: bool) -> None:
    """Write the made-up group's files, as its systems give them, and the truth that no model reads beside them."""
    from planning.inputs.sample.generate import write_sample
    from planning.inputs.sample.settings import INNOCENT, build_settings

    settings = build_settings(scale, seed, (INNOCENT if innocent else {}) | _rates(rates))
    with Progressing(1) as progress:
        rows = write_sample(folder, settings, progress.say)
    if wants_json:
        click.echo(json.dumps({"folder": str(folder), "scale": scale, "seed": seed, "rows": rows}))
    else:
        said = f"{sum(rows.values()):,} rows in {len(rows)} tables, {rows['order_lines']:,} of them order lines"
        click.echo(f"{folder}: {said}; truth in {folder / 'truth'}")


@main.command()
@click.argument("name")
@click.option("--from", "folder", required=True, type=click.Path(path_type=Path), help="The folder with your files.")
@as_json
def new(name: str, folder: Path, wants_json: bool) -> None:
    """Look at a folder of files and write params/NAME, with a question for all that isn't sure, and a page that shows it.

    Trial balances, budgets, ledgers, order exports, lists and SQLite databases, in Chinese or English. Run it again after answering
    questions.yaml or editing the params: answers are followed, and a file you changed is never written over.
    """
    from planning.inputs.new.look import look_at
    from planning.inputs.new.understand import understand
    from planning.inputs.new.write import answers_of, refuse_name, write_params

    home = _home()
    refuse_name(name)
    answers = answers_of(home.company(name))
    with Progressing(1) as progress:
        known = understand(name, look_at(folder, progress.say), answers, progress.say)
        written = write_params(known, home.company(name))
        progress.say("drawing the page")
        page = _write_new_page(home, known, written)
    summary = {
        "company": name, "params": str(written.folder), "page": str(page), "files": len(known.looked.files),
        "tables": len(known.looked.tables), "sources": written.sources, "event_tables": written.tables, "accounts": len(known.accounts),
        "departments": len(known.departments), "questions": len(known.doubts.open), "kept": written.kept,
        "left": [list(each) for each in written.left],
    }  # fmt: skip
    if wants_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        _print_new(summary, known, folder)
    if not written.readable:
        sys.exit(FAILED)


def _write_new_page(home, known, written) -> Path:
    """The page in both languages; the English one is the index."""
    import pandas as pd

    from planning.inputs.new import sketch
    from planning.inputs.new.describe import departments_table
    from planning.view.new_page import NewPage, show_new_page

    questions = pd.DataFrame([vars(question) for question in known.doubts.open])
    page = NewPage(
        known.name, str(known.looked.folder), _shown(written.folder), known.currency, known.first_month, known.start, known.end,
        len(known.looked.files), len(known.looked.tables), written.sources, written.tables, len(known.entities), questions,
        sketch.tables_taken(known), pd.DataFrame(written.left, columns=["name", "why"]), sketch.months_covered(known),
        sketch.profit_by_month(known), sketch.accounts_with_amounts(known), departments_table(known),
    )  # fmt: skip
    folder = home.outputs / known.name / "new"
    folder.mkdir(parents=True, exist_ok=True)
    for lang, file, other in (("en", "index.html", "index_zh.html"), ("zh", "index_zh.html", "index.html")):
        (folder / file).write_text(show_new_page(page, lang, other), encoding="utf-8")
    return folder / "index.html"


def _print_new(summary: dict[str, Any], known, folder: Path) -> None:
    """What was understood in three sentences, what is open, where the page is, and what to do next."""
    readable = bool(summary["sources"] or summary["event_tables"])
    if not readable:
        click.echo(f"Nothing in {_shown(folder)} can be read into a company: no params are written but the questions.")
    for file in summary["kept"]:
        click.echo(f"  {file} was changed by hand and is kept: answers and new files no longer reach it")
    for table, why in summary["left"]:
        click.echo(f"  not read: {table}: {why}")
    for file, why in known.looked.unreadable.items():
        click.echo(f"  not read: {file}: {why}")
    click.echo(
        f"Files: {summary['files']}; tables in them: {summary['tables']}; intake reads sources of figures: {summary['sources']}, "
        f"event tables: {summary['event_tables']}."
    )
    if readable:
        units = f"departments: {summary['departments']}; companies: {len(known.entities)}, in {known.currency}"
        months = f"{known.start} to {known.end}; the fiscal year begins with month {known.first_month}."
        click.echo(f"Accounts: {summary['accounts']}; {units}; {months}")
    click.echo(f"Guesses that aren't sure: {summary['questions']}; they stand in {_shown(Path(summary['params']) / 'questions.yaml')}.")
    click.echo(f"page: {_shown(Path(summary['page']))}")
    loop = f"answer the questions and run this again, or: planning loop {known.name}"
    click.echo(f"next: {loop if readable else 'save the files as said above, or answer the questions, and run this again'}")


def _rates(given: tuple[str, ...]) -> dict[str, Any]:
    """name=value as rates; RequestError where a text is no such thing."""
    from planning.inputs.yaml_files import read_value

    rates, wrong = {}, []
    for text in given:
        name, equals, value = text.partition("=")
        try:
            rates[name] = read_value(value)
        except ValueError:
            equals = ""
        if not equals:
            wrong.append(Problem("not a rate", "--set", text, "name=value, such as supply.shock=0"))
    if wrong:
        raise RequestError("sample", wrong)
    return rates


@main.command()
@click.argument("companies", nargs=-1, metavar="[COMPANY]...")
@click.option("--data", type=click.Path(path_type=Path), help="Read the sources from this folder instead; for one COMPANY.")
@batch_options
@as_json
def loop(companies: tuple[str, ...], data: Path | None, wants_json: bool, **options: Any) -> None:
    """The whole of it for every COMPANY (default: all that have a loop): intake, then the runs of its loop.yaml, and a closing table.

    One batch: what is unchanged is not run again, and planning batch --resume goes on with one that was stopped.
    """
    from planning.inputs.batches import lacks_data, read_loops

    home = _home()
    wanted = read_loops(home, companies)
    for path in sorted(home.params.glob("*/loop.yaml")) if not companies else ():
        if variable := lacks_data(home, path.parent.name):
            click.echo(f"{path.parent.name} is left out: {variable} names no folder with its files", err=True)
    if data and len(wanted.intake) > 1:
        raise RequestError("loop", [Problem("--data is one company's", got=", ".join(wanted.intake), expected="one COMPANY beside --data")])
    with stoppable(), _zygotes(home, options["on"]) as zygotes:
        from planning.batch.loop import looped
        from planning.batch.start import Options, run_new

        batching = run_new(home, wanted, Options(data=data, **options), _batch_book(home), _terminal(home), zygotes)
    done = looped(batching)
    if wants_json:
        click.echo(json.dumps({"companies": [_loop_summary(company) for company in done]}, ensure_ascii=False, default=str))
    else:
        _print_loop(done, home.outputs)
    _say_resume(batching)
    sys.exit(max([batching.exit_code, *(company.exit_code for company in done)]))


@main.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--resume", is_flag=False, flag_value="newest", metavar="[BATCH]", help="Go on with a batch, by its id, or the newest.")
@click.option("--dry-run", is_flag=True, help="Only list the runs, and which of them are unchanged.")
@batch_options
@as_json
def batch(file: Path | None, resume: str | None, dry_run: bool, wants_json: bool, **options: Any) -> None:
    """Run all that FILE asks for: in its order, so many at once, tried again, each once; docs/batches.md has the form.

    With --json a line for each thing that happens. Exits with 0 when all is done, with 1 when something isn't, with 2 when FILE is wrong.
    """
    from planning.inputs.batches import read_batch

    if (file is None) == (resume is None):
        raise click.UsageError("Give either FILE or --resume.")
    home, wanted = _home(), read_batch(file) if file else None
    if dry_run:
        return _print_foreseen(home, wanted, options, wants_json)
    with stoppable(), _zygotes(home, options["on"]) as zygotes:
        from planning.batch.loop import looped
        from planning.batch.start import JsonLines, Options, run_again, run_new

        given = Options(**options), _batch_book(home), _terminal(home, *([JsonLines()] if wants_json else [])), zygotes
        batching = run_new(home, wanted, *given) if wanted else run_again(home, "" if resume == "newest" else resume, *given)
    if not wants_json:
        _print_loop(looped(batching), home.outputs)
    _say_resume(batching)
    sys.exit(batching.exit_code)


@contextlib.contextmanager
def _zygotes(home, on: str):
    """What a batch's runs are forked from, begun before this process imports its own; none where the runs go to a cluster."""
    from planning.batch.zygotes import Zygotes

    zygotes = None if on else Zygotes(home)
    try:
        yield zygotes
    finally:
        if zygotes:
            zygotes.close()


def _batch_book(home):
    """How a batch opens the book: when all is checked."""
    from planning.book.store import open_book

    return lambda: open_book(home.book())


def _terminal(home, *others):
    """Who is told of a batch: those given, and on a terminal a display of its progress."""

    def listeners(asked) -> list:
        if not sys.stderr.isatty():
            return list(others)
        from planning.batch.progress import Shown, TimeLeft, seconds_before

        places = [(one.job.company, one.job.notebook) for one in asked.jobs]
        return [*others, Shown(asked.jobs, TimeLeft(places, asked.parallel, seconds_before(home, places)))]

    return listeners


def _say_resume(batching) -> None:
    totals = batching.totals
    said = ", ".join(f"{count:,} {what}" for what, count in totals.items() if count and what != "runs")
    click.echo(f"batch {batching.record.id}: {said or 'nothing to do'}", err=True)
    if totals["done"] + totals["unchanged"] < totals["runs"]:
        click.echo(f"{batching.stopping + ': ' if batching.stopping else ''}planning batch --resume {batching.record.id}", err=True)


def _print_foreseen(home, wanted, options: dict[str, Any], wants_json: bool) -> None:
    from planning.batch.start import Options, foresee

    if wanted is None:
        raise click.UsageError("--dry-run needs FILE.")
    exists = "://" in home.book() or Path(home.book()).is_file()
    for about in foresee(home, wanted, Options(**options), _batch_book(home)() if exists else None):
        if wants_json:
            click.echo(json.dumps(about, ensure_ascii=False, default=str))
        else:
            known = about["run"] if about["would"] == "unchanged" else " ".join(about["needs"].values())
            click.echo(f"{about['would']:<9}  {about['job']}  {about['company']} {about['notebook']} {about['case']}  {known}".rstrip())


def _loop_summary(looped) -> dict[str, Any]:
    taken = _intake_summary(looped.company, looped.intake) if looped.intake else None
    runs = [run.manifest | {"folder": str(run.folder)} for run in looped.runs]
    return {"company": looped.company, "intake": taken, "finished": looped.finished, "runs": runs, "broken": looped.broken}


def _print_loop(done: list, outputs: Path, most: int = 100) -> None:
    """The closing table: what ran, its headline, its checks, where below outputs its report lies; then what broke."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), expand=True)
    table.add_column("run", no_wrap=True)
    table.add_column("headline", ratio=1, overflow="fold")
    table.add_column("checks", no_wrap=True)
    table.add_column(f"where in {_shown(outputs)}", overflow="fold")
    for looped in done:
        table.add_section()
        if looped.intake:
            table.add_row(f"{looped.company}\nintake", _say_intake(looped.intake), "", f"snapshot\n{looped.intake.snapshot}")
        for run_ in looped.runs[:most]:
            table.add_section()
            about = run_.manifest
            checks = f"{about['checks']['passed']} of {about['checks']['of']}"
            what = f"{about['company']}\n{about['notebook']}\n{about['case']}\n{looped.words[run_.id]}".rstrip()
            table.add_row(what, about["headline"], checks, str((run_.folder / "report.html").relative_to(outputs)))
        if len(looped.runs) > most:
            table.add_row(f"{looped.company}", f"… and {len(looped.runs) - most:,} more: planning list {looped.company}", "", "")
    Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False).print(table)
    for looped in done:
        for said in looped.broken:
            click.echo(f"BROKEN {looped.company} {said}")


def _say_intake(taken) -> str:
    counts = taken.findings["status"].value_counts().to_dict()
    said = ", ".join(f"{counts[status]} {KINDS[status]}" for status in KINDS if status in counts)
    return f"{taken.rows:,} figures, {sum(taken.events.values()):,} events; findings: {said or 'none'}"


def _shown(path: Path) -> str:
    """A path as one would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


@main.command()
@click.argument("notebook")
@click.argument("company")
@click.argument("case")
@as_json
def params(notebook: str, company: str, case: str, wants_json: bool) -> None:
    """Print the flat parameters of a case (extends resolved, defaults filled in), for plain papermill's -f."""
    from planning.inputs.params import params_text
    from planning.run import requests

    flat = requests.settle(_home(), notebook, company, case).params
    text = json.dumps(flat, ensure_ascii=False) + "\n" if wants_json else params_text(flat, f"{notebook} for {company}, case {case}")
    click.echo(text, nl=False)


@main.command("list")
@click.argument("company", default="")
@click.option("--notebook", default="", help="Only runs of this notebook.")
@click.option("--status", type=click.Choice(["done", "failed", "refused", "damaged"]), help="Only runs of this status.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest so many; default: 50 on a terminal, all elsewhere.")
@looking
@as_json
def list_(company: str, notebook: str, status: str | None, limit: int | None, who: str | None, wants_json: bool) -> None:
    """List what ran, newest first: finished and failed runs, those that the book refused, and those whose manifest is damaged.

    Exits with 1 where one is damaged.
    """
    from planning.run import register

    if who is not None and not company:
        raise RequestError("list", [Problem("people are one company's", "--as", who, "COMPANY beside --as")])
    _refuse_partial(_home(), company, who)
    found = [about for about in register.runs(_home(), company, notebook) if status in (None, about["status"])]
    damaged = any(about["status"] == "damaged" for about in found)
    shown = found[: limit or (50 if sys.stdout.isatty() and not wants_json else None)]
    if wants_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
    else:
        _print_runs(shown, len(found))
    sys.exit(FAILED if damaged else OK)


def _print_runs(shown: list[dict[str, Any]], of: int) -> None:
    lines = []
    for about in shown:
        said = about["why"] if about["status"] in ("failed", "damaged") else about["headline"]
        lines.append(f"{about['run']}  {about['status']:<7}  {about['company']} {about['notebook']} {about['case']}  {_one_line(said)}\n")
    click.echo("".join(lines), nl=False)
    if of > len(shown):
        click.echo(f"{of - len(shown):,} older ones: --limit {of} shows them", err=True)


@main.command()
@click.argument("run_id", metavar="RUN")
@looking
@as_json
def show(run_id: str, who: str | None, wants_json: bool) -> None:
    """Show the manifest of RUN (an id or its beginning)."""
    from planning.run import register

    found = register.find_run(_home(), run_id)
    _refuse_partial(_home(), found.manifest["company"], who)
    about = found.manifest | {"folder": str(found.folder)}
    if wants_json:
        click.echo(json.dumps(about, ensure_ascii=False, default=str))
        return
    for name, value in about.items():
        click.echo(f"{name:<16} {json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (dict, list)) else value}")


@main.command()
@click.argument("run_id", metavar="RUN")
@looking
@as_json
def replay(run_id: str, who: str | None, wants_json: bool) -> None:
    """Run RUN again from its snapshot and parameters, and compare every table to the cent; nothing is kept."""
    from planning.run import register, replay
    from planning.run.manifest import commit

    home = _home()
    done = register.find_run(home, run_id)
    _refuse_partial(home, done.manifest["company"], who)
    with stoppable(), Progressing(1) as progress:
        compared = replay.replay(home, done, lambda said, at, of: progress.say(f"replay {said}", at / of))
    same = all(table.same for table in compared)
    if wants_json:
        click.echo(json.dumps({"run": done.id, "same": same, "tables": [vars(table) for table in compared]}))
    else:
        for table in compared:
            click.echo(f"{'same' if table.same else 'DIFFERS'}  {table.table}: {table.rows} rows, largest difference {table.largest:g}")
        if not same and commit(home.root) != done.manifest["commit"]:
            click.echo(f"the code is not the one that ran: {done.manifest['commit']} then, {commit(home.root)} now")
    sys.exit(OK if same else FAILED)


@main.command()
@click.argument("company")
@click.option("--keep", type=click.IntRange(min=1), default=10, show_default=True, help="Runs to keep of each notebook, case and status.")
@as_json
def prune(company: str, keep: int, wants_json: bool) -> None:
    """Remove old runs of COMPANY, failed ones included, keeping the newest of each notebook, case and status; the book stays.

    Of batches the newest 20 records are kept, whosever they are, and those that are going on.
    """
    from planning.batch.record import prune as prune_batches
    from planning.book.published import published_runs
    from planning.run import register

    home = _home()
    published = published_runs(home.book(), company)
    old = {about["run"] for about in register.old_runs(home, company, keep) if about["status"] == "done"}
    if published is None or old - published:
        _book(home, company)
    gone, batches = register.prune(home, company, keep), prune_batches(home)
    too = f", and the records of {len(batches)} old batches" if batches else ""
    click.echo(json.dumps({"removed": gone, "batches": batches}) if wants_json else f"{len(gone)} runs removed{too}")


def _comma_words(context: click.Context, param: click.Parameter, given: str) -> tuple[str, ...]:
    """Words with commas between them."""
    return tuple(word.strip() for word in given.split(",") if word.strip())


READ, SHARE = click.Path(path_type=Path, dir_okay=False), click.FloatRange(0, 1, min_open=True, max_open=True)


@main.command()
@click.argument("file", type=READ)
@click.option("--by", required=True, callback=_comma_words, metavar="COL[,COL…]", help="The columns that name a series.")
@click.option("--horizon", type=int, required=True, help="Periods ahead, 1 to 60.")
@click.option("--method", default="standard", show_default=True, help="fast, standard, accurate, prophet or seasonal_naive.")
@click.option("--grain", type=click.Choice(("month", "quarter")), default="month", show_default=True, help="What a period is.")
@click.option("--weeks", default="", metavar="4-4-5", help="Periods are months of whole weeks: 4-4-5, 4-5-4 or 5-4-4.")
@click.option("--year-ends", default="last-saturday-12", show_default=True, help="Where its year ends: last or nearest, weekday, month.")
@click.option("--country", metavar="CODE", help="Its working days and moving feasts are known ahead, such as CN.")
@click.option("--drivers", type=READ, help="A file of what else is known ahead: period, a column for each, some of --by.")
@click.option("--level", type=SHARE, default=0.8, show_default=True, help="How much of what comes the band should hold.")
@click.option("--add-up", default="", callback=_comma_words, metavar="COL[,COL…]", help="Make sums over these keys hold, outermost first.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes to fit with.")
@click.option("--on", default="", metavar="tcp://HOST:PORT", help="Send the fits to this Dask cluster.")
@click.option("--to", "place", type=click.Path(path_type=Path, file_okay=False), help="The folder to write; new or empty.")
@click.option("--encoding", default="utf-8", show_default=True, help="What CSV files are written in.")
@as_json
def forecast(
    file: Path, drivers: Path | None, place: Path | None, encoding: str, grain: str, weeks: str, year_ends: str, workers: int, on: str,
    wants_json: bool, **asked: Any,
) -> None:  # fmt: skip
    """Forecast every series of FILE (CSV or Parquet: the columns of --by, period, amount), each tried on its own past.

    Tables, chart and manifest go to outputs/forecast/…, or to --to. What comes in and what comes out: docs/forecast.md.
    """
    from planning.core.weeks import calendar_of
    from planning.forecasting import Files, forecast_file
    from planning.model.history import Timetable
    from planning.plan.forecasts import Asked
    from planning.view.forecast_words import say_result

    files = Files(file, drivers, encoding, place, place.parent if place else _home().outputs / "forecast")
    wanted = Asked(**asked, timetable=Timetable(grain, calendar_of(weeks, year_ends) if weeks else None))
    with stoppable(), Progressing(1) as progress:
        folder, manifest, found = forecast_file(files, wanted, workers, on, progress.say)
    if wants_json:
        click.echo(json.dumps(manifest | {"folder": str(folder), "trial": _records(found.trial)}, ensure_ascii=False, default=str))
    else:
        click.echo("\n".join([*say_result(found, wanted), f"  {_shown(folder.resolve())}"]))


@main.command()
@click.argument("company")
@click.option("--method", default="standard", show_default=True, help="fast, standard, accurate, prophet or seasonal_naive.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes to fit with.")
@looking
@as_json
def backtest(company: str, method: str, workers: int, who: str | None, wants_json: bool) -> None:
    """Try the forecasts on COMPANY's past, with only what was known at each date, against what happened.

    Same month last year, the last budget, ours, the people's own and both combined: errors and how often bands held by months ahead (1 to
    18), lines without skill, what each layer and each person added, and a chart of the forecasts as they were made.
    Chart (English and Chinese) and tables go to outputs/COMPANY/backtest/.
    """
    from planning.inputs.company import read_company
    from planning.inputs.snapshots import read_snapshot
    from planning.model.history import raise_problems
    from planning.model.recipes import request_problems
    from planning.plan.books import open_books
    from planning.plan.known import EVER, closed_through, in_step, origins
    from planning.view.backtest_lines import backtest_lines

    home = _home()
    _refuse_partial(home, company, who)
    raise_problems("backtest", request_problems(method, workers))
    described = read_company(home.company(company))
    snapshot = read_snapshot(company, home.snapshots(company))
    calendar, closed = described.calendar, closed_through(snapshot.rows, EVER)
    books = open_books(snapshot.tables, calendar, described.file.roles, described.file.currency, closed)
    days = in_step(origins(books.rows, calendar, described.file.reporting_lag_days, EVER), closed)
    key = {"snapshot": snapshot.id, "method": method, "country": described.file.country} | books.step(closed)
    with _aside_in(home.outputs / company / "backtest") as written, Progressing(7) as progress:
        tried = {side: _tried_side(home, company, snapshot, books, calendar, side, days, key, workers, progress) for side in SIDES}
        progress.say("what each person added")
        sides, trials = {side: one for side, (one, _) in tried.items()}, {side: made for side, (_, made) in tried.items()}
        persons = _added_by_person(home, company, snapshot, books, calendar, days, trials)
        folder = _write_backtest(written, described, snapshot, books, sides, persons)
        progress.next()
    if wants_json:
        about = {"company": company, "snapshot": snapshot.id, "method": method, "folder": str(folder)}
        click.echo(json.dumps(about | _backtest_json(sides, persons), ensure_ascii=False))
        return
    click.echo("\n".join(backtest_lines(sides, persons, lambda code: books.tree.label(code, "en"))))
    click.echo(f"\nchart and tables: {_shown(folder / 'forecasts.png')}")


def _tried_side(home, company: str, snapshot, books, calendar, side: str, days, key: dict[str, Any], workers: int, progress):
    """A side's backtest, and the trials it rests on; what takes long is remembered."""
    from planning.inputs.remembered import remembered
    from planning.plan.backtested import build_side
    from planning.plan.horizons import judge_lines
    from planning.plan.judged import run_judged
    from planning.plan.reforecast import run_trials

    kept, account, last = home.outputs / company / "trials", books.roles[side], days.iloc[-1:]
    how = key["method"], workers, key["country"]
    figures, key = (books.rows, books.tree, account), key | {"account": account}
    progress.say(f"trying {key['method']} on {side}")
    trials = remembered(kept, key, lambda: run_trials(*figures, days, *how))
    progress.next()
    progress.say(f"combining it with the people's forecast of {side}")
    judged = remembered(kept, key | {"judged": True}, lambda: run_judged(*figures, days, trials, *how))
    progress.next()
    progress.say(f"judging its lines of {side}")
    skill = remembered(kept, key | {"skill": True}, lambda: judge_lines(*figures, *last.iloc[0][["as_of", "when"]], *how))
    tried = build_side(books, snapshot.controls, calendar, side, days, trials, judged, skill)
    progress.next()
    return tried, trials


def _added_by_person(home, company: str, snapshot, books, calendar, days, trials: dict[str, Any]):
    """What each person's projections, and overrides in the book, added."""
    import pandas as pd

    from planning.book.overrides import read_overrides
    from planning.plan.persons import book_overrides, build_persons, monthly_overrides, persons_of, yearly_overrides

    person = persons_of(snapshot.tables["cost_centres"])
    scored = {f"{side} by month": monthly_overrides(books, calendar, side, days, made, person) for side, made in trials.items()}
    scored["projections of the year"] = yearly_overrides(books, calendar, days, person)
    scored["overrides in the book"] = book_overrides(read_overrides(_book(home, company)[0], company, "forecast"), books)
    tables = [build_persons(of, table, calendar) for of, table in scored.items()]
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


@contextlib.contextmanager
def _aside_in(place: Path):
    """A fresh folder aside, gone at the end unless it was moved into place; refused at once where nothing can be written."""
    from planning.inputs.aside import fresh_room

    written = fresh_room(place)
    try:
        yield written
    finally:
        shutil.rmtree(written, ignore_errors=True)


def _write_backtest(written: Path, described, snapshot, books, sides: dict[str, Any], persons) -> Path:
    """The chart in both languages and every table, moved from aside into a folder named by the time; returns the folder."""
    from planning.inputs.aside import move_into_place
    from planning.view.forecasts_made import draw_backtest
    from planning.view.reader import build_reader, scale_for

    said = described.file.model_dump()
    largest = max(float(tried.actual["amount"].abs().max()) for tried in sides.values())
    reader = build_reader(
        "en", scale_for(largest), described.file.currency, books.tree, snapshot.tables["cost_centres"], described.calendar, said,
        books.is_ledger,
    )  # fmt: skip
    for name, lang in (("forecasts", "en"), ("forecasts_zh", "zh")):
        (written / f"{name}.png").write_bytes(draw_backtest(sides, reader.speaking(lang)).png())
    for name, table in _backtest_tables(sides, persons).items():
        table.to_parquet(written / f"{name}.parquet", index=False)
    folder = written.parent / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    move_into_place(written, folder)
    return folder


def _backtest_tables(sides: dict[str, Any], persons) -> dict[str, Any]:
    """Every table of a backtest, both sides in each."""
    import pandas as pd

    names = ("accuracy", "added", "coverage", "horizons", "held", "skill", "made", "banded", "actual")
    tables = {name: pd.concat([getattr(tried, name).assign(side=side) for side, tried in sides.items()]) for name in names}
    return tables | {"persons": persons}


def _backtest_json(sides: dict[str, Any], persons) -> dict[str, Any]:
    columns = ["forecaster", "months", "wape_total", "cells", "wape_lines", "years", "mape_rest", "bias_rest"]
    by_quarter = {
        side: {
            f"q{quarter}": {row["forecaster"]: _numbers(row) for row in rows[columns].to_dict("records")}
            for quarter, rows in tried.accuracy.groupby("quarter")
        }
        for side, tried in sides.items()
    }
    names = {"value_added": "added", "coverage": "coverage", "horizons": "horizons", "held": "held", "skill": "skill"}
    beside = {name: {side: _records(getattr(tried, table)) for side, tried in sides.items()} for name, table in names.items()}
    made = {side: {name: _records(getattr(tried, name)) for name in ("made", "banded", "actual")} for side, tried in sides.items()}
    return by_quarter | beside | {"persons": _records(persons), "forecasts": made}


def _records(table: Any) -> list[dict[str, Any]]:
    return json.loads(table.to_json(orient="records", date_format="iso"))


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    known = {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()}
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in known.items() if name != "forecaster"}


@main.command()
@click.argument("company")
@click.option("--scenario", default="", help="Only this scenario.")
@as_json
def versions(company: str, scenario: str, wants_json: bool) -> None:
    """List the versions in the book: their state, revision, and what they stand on."""
    table = _book(_home(), company)[0].versions(company)
    table = table[table["scenario"] == scenario] if scenario else table
    if wants_json:
        click.echo(table.to_json(orient="records", date_format="iso", force_ascii=False))
        return
    for row in table.to_dict("records"):
        click.echo(f"{row['scenario']:<9} {row['version']:<24} {row['status']:<9} revision {row['revision']}  snapshot {row['snapshot']}")


acting = click.option("--as", "who", required=True, metavar="WHO", help="Who acts: a code of params/COMPANY/people.yaml.")


def on_version(command):
    """The words of every command that takes a version a step further: which one, who acts and why."""
    words = (
        click.argument("company"), click.argument("scenario"), click.argument("version"), acting,
        click.option("--reason", required=True, metavar="TEXT", help="Why, in a sentence; it stays in the journal."), as_json,
    )  # fmt: skip
    for word in reversed(words):
        command = word(command)
    return command


seen_revision = click.option("--revision", type=click.IntRange(min=0), help="The revision that was seen; default: the one that stands.")


def _people(home, company: str) -> dict[str, Any]:
    from planning.inputs.company import read_company
    from planning.inputs.people import read_people

    return read_people(read_company(home.company(company)))


def _at(company: str, scenario: str, version: str) -> tuple[Any, Any, Any]:
    """The book, a company's people, and a version as it stands: what is seen before a step."""
    home = _home()
    people = _people(home, company)
    book, _ = _book(home, company)
    return book, people, book.version(company, scenario, version)


def _desk(company: str, scenario: str, version: str, who: str):
    """Who works on which version, with all that their workbooks need."""
    from planning.inputs.company import read_company
    from planning.workbooks import Desk

    home = _home()
    described, people = read_company(home.company(company)), _people(home, company)
    book, _ = _book(home, company)
    return Desk(described, people, book, home.snapshots(company), scenario, version, who)


@main.command()
@click.argument("company")
@click.argument("scenario")
@click.argument("version")
@acting
@click.option("--out", "folder", type=click.Path(path_type=Path, file_okay=False), help="The folder to write; new or empty.")
@click.option("--lang", type=click.Choice(("en", "zh")), default="en", show_default=True, help="The language of the workbooks.")
@as_json
def workbook(company: str, scenario: str, version: str, who: str, folder: Path | None, lang: str, wants_json: bool) -> None:
    """Write an Excel workbook for each department of an open VERSION that WHO sees, with what WHO owns to be filled in.

    Filled in, they come back through planning submit … --workbook FILE. Without --out they go to outputs/COMPANY/workbooks/.
    """
    from planning.workbooks import draw_workbooks

    desk = _desk(company, scenario, version, who)
    place = folder or _home().outputs / company / "workbooks" / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    with Progressing(1) as progress:
        drawn = draw_workbooks(desk, place, lang, progress.say)
    if wants_json:
        said = {"company": company, "scenario": scenario, "version": version, "revision": drawn.revision, "who": who, "folder": str(place)}
        click.echo(json.dumps(said | {"files": drawn.files.to_dict("records"), "left_out": drawn.left}, ensure_ascii=False))
        return
    click.echo(f"{scenario} {version}, revision {drawn.revision}: {len(drawn.files)} workbooks for {who} in {_shown(place.resolve())}")
    for row in drawn.files.to_dict("records"):
        click.echo(f"  {row['file']}: {row['sheets']} sheets, {row['lines']} lines, {row['inputs']} cells to fill in")
    for why, count in drawn.left.items():
        click.echo(f"  left out: {count} cells {why}")


@main.command()
@on_version
@click.option("--workbook", "files", multiple=True, type=click.Path(path_type=Path), help="Save a filled-in workbook; may be repeated.")
@click.option("--dry-run", is_flag=True, help="With --workbook: show what would change, and change nothing.")
def submit(
    company: str, scenario: str, version: str, who: str, reason: str, wants_json: bool, files: tuple[Path, ...], dry_run: bool
) -> None:  # fmt: skip
    """Hand VERSION in: its cells stand still from now on, and it waits for finance.

    With --workbook it is not handed in: what was typed into workbooks that planning workbook wrote is saved, all or nothing, and shown
    cell by cell. What somebody else changed meanwhile is a conflict, never written over.
    """
    if files or dry_run:
        _take_back(company, scenario, version, who, reason, wants_json, files, dry_run)
        return
    book, people, seen = _at(company, scenario, version)
    book.submit_version(company, scenario, version, who, people, reason, seen.revision)
    _print_step(book, people, company, scenario, version, wants_json)


def _take_back(company: str, scenario: str, version: str, who: str, reason: str, wants_json: bool, files, dry_run: bool) -> None:
    """Workbooks saved, or only shown."""
    from planning.view.workbook_lines import changes_lines, changes_records
    from planning.workbooks import take_back

    if not files:
        raise RequestError("submit", [Problem("nothing to show", "--dry-run", expected="--workbook FILE beside it")])
    desk = _desk(company, scenario, version, who)
    taken = take_back(desk, list(files), reason, dry_run)
    if wants_json:
        said = {"company": company, "scenario": scenario, "version": version, "who": who, "dry_run": dry_run, "drawn_at": taken.base}
        said |= {"revision": taken.revision, "saved": taken.saved, "changes": changes_records(taken.changes), "sums": _records(taken.sums)}
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    for line in changes_lines(taken.changes, taken.sums, lambda code: desk.company.tree.label(code, "en")):
        click.echo(_one_line(line))
    would, done = ("would be ", "; nothing was changed") if dry_run else ("", "")
    saved = f"{len(taken.changes):,} cells differ from what was sent out, {taken.saved:,} {would}saved"
    click.echo(f"{scenario} {version}: {saved}; revision {taken.revision}{done}")


@main.group()
def change() -> None:
    """Change many cells of an open version at once, by a planning verb on a range of them, or hold a range as it is.

    A range is --where COLUMN=VALUE[,VALUE…][,COLUMN=…], such as account=6601,cost_centre=D101,period=2027-01..2027-06. A total means
    the lines below it. Sums are exact to the cent, held cells stay. Only who owns all of a range's cost centres may change it.
    """


where = click.option("--where", required=True, metavar="RANGE", help="The cells: account=6601,cost_centre=D101,period=2027-01..2027-06.")
dry_run = click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
of = click.option("--of", default="", metavar="VERSION", help="Read it there: SCENARIO/VERSION, or actual. Default: in this version.")


def verb(*own: Any):
    """A planning verb's command: the words of all of them, and its own options."""

    def build(command):
        words = (where, *own, seen_revision, dry_run)
        for word in reversed(words):
            command = word(command)
        return change.command(command.__name__.replace("_", "-"))(on_version(command))

    return build


def share(command):
    """What a verb may share by."""
    words = (
        click.option("--by", type=click.Choice(("even", "working_days", "season")), help="What to share by; default: even."),
        click.option("--like", default="", metavar="RANGE", help="Like the cells of another range."),
        click.option("--on", default="", metavar="COL[,COL…]", help="With --like: match cells by these columns; default: by period."),
        of,
        click.option("--weights", default="", metavar="COL=CODE:NUMBER,…", help="By these weights: cost_centre=D101:2,D102:1."),
    )  # fmt: skip
    for word in reversed(words):
        command = word(command)
    return command


total = click.option("--to", type=float, required=True, metavar="TOTAL", help="What the range is to come to, its held cells included.")


@verb(total, share)
def spread(**words: Any) -> None:
    """Put a total into a range, whatever it held: evenly, by working days, by season, like another line, or by weights.

    The season is learnt from the range's own accounts, and follows that year's Spring Festival and working days.
    """
    _change("spread", **words)


@verb(share)
def reallocate(**words: Any) -> None:
    """Share a range's total out anew; the total stays."""
    _change("reallocate", **words)


@verb(total)
def break_back(**words: Any) -> None:
    """Change a range's total, and break the change back to its cells by the size of what they hold."""
    _change("break_back", **words)


@verb(
    click.option("--into", required=True, metavar="RANGE", help="In what the other range differs from --where, such as cost_centre=D102."),
    click.option("--amount", type=float, required=True, help="How much; a negative amount goes the other way."),
)
def transfer(**words: Any) -> None:
    """Move an amount from a range to another; the sum of both stays."""
    _change("transfer", **words)


@verb(
    click.option("--from", "source", default="", metavar="RANGE", help="In what the source differs from --where, such as period=2026."),
    of,
    click.option("--times", type=float, default=1.0, show_default=True, help="Multiply by this."),
)
def copy(**words: Any) -> None:
    """Take amounts over from other cells, another version or the actuals, each cell from its own."""
    _change("copy", **words)


@verb(
    click.option("--rate", type=float, required=True, help="The growth, a fraction: 0.03 is three per cent."),
    click.option("--since", default="", metavar="MONTH", help="Let it compound from this month on; default: each cell grows once."),
    click.option("--every", type=click.IntRange(min=1), default=1, show_default=True, help="With --since: months of a step."),
)
def grow(**words: Any) -> None:
    """Let a range's cells grow by a rate."""
    _change("grow", **words)


def _change(
    name: str, company: str, scenario: str, version: str, who: str, reason: str, wants_json: bool, revision: int | None, dry_run: bool,
    **told: Any,
) -> None:  # fmt: skip
    """A verb used on a version, or only shown."""
    from planning.changing import change
    from planning.plan.change import Wish
    from planning.view.change_lines import change_lines, range_records
    from planning.view.workbook_lines import changes_records

    desk = _desk(company, scenario, version, who)
    wish = Wish(name, **{option: value or "" if option == "by" else value for option, value in told.items()})
    made = change(desk, wish, reason, revision, dry_run)
    if wants_json:
        said = {"company": company, "scenario": scenario, "version": version, "who": who, "verb": wish.said, "dry_run": dry_run}
        said |= {"revision": made.revision, "saved": made.saved, "shared": made.changed.basis, "notes": list(made.changed.notes)}
        said |= {"ranges": range_records(made.changed), "changes": changes_records(made.changed.changes), "sums": _records(made.sums)}
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    for line in change_lines(made.changed, made.sums, lambda code: desk.company.tree.label(code, "en")):
        click.echo(_one_line(line))
    would, done = ("would be ", "; nothing was changed") if dry_run else ("", "")
    click.echo(f"{scenario} {version}: {made.saved:,} cells {would}changed; revision {made.revision}{done}")


hold_name = click.option("--name", required=True, help="What the hold is called; errors name it.")


@change.command()
@on_version
@where
@hold_name
def hold(company: str, scenario: str, version: str, who: str, reason: str, wants_json: bool, where: str, name: str) -> None:
    """Keep verbs from a range of cells, under a name, for everybody and until it is released."""
    from planning.changing import hold

    cells, new = hold(_desk(company, scenario, version, who), name, where, reason)
    if wants_json:
        click.echo(json.dumps({"hold": name, "where": where, "cells": cells, "new": new}, ensure_ascii=False))
    else:
        click.echo(f"{scenario} {version}: hold {_one_line(name)} keeps {cells:,} cells as they are{'' if new else ', as before'}")


@change.command()
@on_version
@hold_name
def release(company: str, scenario: str, version: str, who: str, reason: str, wants_json: bool, name: str) -> None:
    """End a hold: verbs may change its cells again."""
    from planning.changing import release

    release(_desk(company, scenario, version, who), name, reason)
    said = json.dumps({"released": name}, ensure_ascii=False)
    click.echo(said if wants_json else f"{scenario} {version}: hold {_one_line(name)} is released")


@change.command()
@click.argument("company")
@click.argument("scenario")
@click.argument("version")
@acting
@as_json
def holds(company: str, scenario: str, version: str, who: str, wants_json: bool) -> None:
    """List a version's holds: their names and ranges, who made them, when and why."""
    from planning.changing import holds_of

    found = holds_of(_desk(company, scenario, version, who))
    if wants_json:
        click.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False))
        return
    click.echo(f"{scenario} {version}: {len(found) or 'no'} hold{'' if len(found) == 1 else 's'}")
    for one in found:
        at = one.at[:16].replace("T", " ")
        click.echo(_one_line(f"  {one.hold}: {one.where} · {one.cells:,} cells · {one.who} at {at} UTC: {one.reason}"))


@main.command()
@click.argument("company")
@click.argument("one")
@click.argument("other")
@click.option("--where", default="", metavar="RANGE", help="Only these cells, such as account=6601,period=2027-Q1.")
@click.option("--by", default="account", show_default=True, metavar="COLUMN", help="Totals by account, cost_centre, entity, period …")
@looking
@as_json
def compare(company: str, one: str, other: str, where: str, by: str, who: str | None, wants_json: bool) -> None:
    """Compare two versions, ONE and OTHER (SCENARIO/VERSION, or SCENARIO/VERSION:CASE), cell by cell, whatever their state.

    Shows which cells differ or are in one only, both amounts and the difference, and totals by a dimension, the largest first.
    """
    from planning.comparing import compare, read_side
    from planning.inputs.company import read_company
    from planning.view.change_lines import compare_lines, compare_records
    from planning.workbooks import chart_of

    home = _home()
    person = _looker(home, company, who)
    described, book = read_company(home.company(company)), _book(home, company)[0]
    sides = tuple(read_side(said, book.versions(company)) for said in (one, other))
    found = compare(book, company, chart_of(described), sides, where, by, person)
    if wants_json:
        said = {"company": company, "one": sides[0]._asdict(), "other": sides[1]._asdict(), "by": by, "who": who}
        click.echo(json.dumps(said | compare_records(found), ensure_ascii=False))
        return
    for line in compare_lines(found, (str(sides[0]), str(sides[1])), by, lambda code: _label(described.tree, code)):
        click.echo(_one_line(line))


def _label(tree, code: str) -> str:
    return tree.label(code, "en") if code in tree else "(not in the chart)"


@main.command()
@on_version
@seen_revision
def approve(company: str, scenario: str, version: str, who: str, reason: str, wants_json: bool, revision: int | None) -> None:
    """Approve VERSION: for finance once it is submitted, then for the committee. Nobody approves their own."""
    book, people, seen = _at(company, scenario, version)
    revision = seen.revision if revision is None else revision
    book.approve_version(company, scenario, version, who, people, reason, revision, seen.status)
    _print_step(book, people, company, scenario, version, wants_json)


@main.command("return")
@on_version
@seen_revision
def return_(company: str, scenario: str, version: str, who: str, reason: str, wants_json: bool, revision: int | None) -> None:
    """Give VERSION back to be changed: it is open again, and what was approved of it is void. By finance or the committee."""
    book, people, seen = _at(company, scenario, version)
    revision = seen.revision if revision is None else revision
    book.return_version(company, scenario, version, who, people, reason, revision, seen.status)
    _print_step(book, people, company, scenario, version, wants_json)


@main.command()
@on_version
def lock(company: str, scenario: str, version: str, who: str, reason: str, wants_json: bool) -> None:
    """Lock an approved VERSION: it never changes again, and is written as Parquet named by its content. Waits for open findings."""
    from planning.run import publishing

    home = _home()
    people = _people(home, company)
    book, _ = _book(home, company)
    digest = publishing.lock(home, book, company, scenario, version, who, people, reason)
    said = {"company": company, "scenario": scenario, "version": version, "content": digest}
    click.echo(json.dumps(said) if wants_json else f"{scenario} {version} is locked: {digest}")


def _print_step(book, people, company: str, scenario: str, version: str, wants_json: bool) -> None:
    """How a version stands after a step."""
    table = book.waiting(company, people)
    [row] = table[(table["scenario"] == scenario) & (table["version"] == version)].to_dict("records")
    click.echo(json.dumps({"company": company} | row, ensure_ascii=False) if wants_json else "\n".join(_say_standing(row, people)))


def _say_standing(row: dict[str, Any], people) -> list[str]:
    """A version's state, who did what last and why, whom it waits for, and what keeps it from being locked."""
    since = row["since"][:16].replace("T", " ")
    lines = [f"{row['scenario']} {row['version']}: {row['status']} since {since} UTC, revision {row['revision']}"]
    reason = f": {_one_line(row['last_reason'])}" if row["last_reason"] else ""
    lines.append(f"  {row['last_act']} by {_say_person(row['last_who'], people)}{reason}")
    if row["step"]:
        able = ", ".join(_say_person(code, people) for code in row["waits_for"]) or "nobody who may"
        lines.append(f"  waits for {row['role']} to {row['step']} it: {able}")
    if row["open_findings"] and row["status"] != "locked":
        lines.append(f"  open findings of its snapshot that keep it from being locked: {row['open_findings']}")
    return lines


def _one_line(said: str) -> str:
    """A text that somebody wrote, without the line breaks and control characters that could pass for lines of ours."""
    if said.isprintable():
        return said
    return "".join(" " if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") else letter for letter in said)


def _say_person(code: str, people) -> str:
    return f"{people[code].label_en} ({code})" if code in people else code


@main.command()
@click.argument("company", default="")
@as_json
def status(company: str, wants_json: bool) -> None:
    """What waits for whom: each version of COMPANY (default: of all) with its state, who did what last and why, and who may act next."""
    from planning.inputs.company import read_company
    from planning.inputs.people import has_people

    home, found = _home(), []
    for code in [company] if company else sorted(path.parent.name for path in home.params.glob("*/company.yaml")):
        people = _people(home, code) if has_people(read_company(home.company(code))) else None
        found.append((code, people, _book(home, code)[0].waiting(code, people or {})))
    if wants_json:
        said = [{"company": code, "people": people and list(people), "versions": table.to_dict("records")} for code, people, table in found]
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    for code, people, table in found:
        _print_status(code, people, table)


def _print_status(company: str, people, table) -> None:
    missing = "" if people else f"; nobody may act, for params/{company}/people.yaml is missing"
    click.echo(f"{company}: {len(table) or 'no'} version{'' if len(table) == 1 else 's'}{missing if len(table) else ''}")
    for row in table.to_dict("records"):
        click.echo("\n".join(f"  {line}" for line in _say_standing(row, people or {})))


@main.command()
@click.argument("company")
@looking
@as_json
def journal(company: str, who: str | None, wants_json: bool) -> None:
    """Print COMPANY's journal, and check that it is whole and that what stands under approval is what was submitted."""
    _refuse_partial(_home(), company, who)
    book, _ = _book(_home(), company)
    entries, head = book.journal(company), book.journal_head(company)
    problems = book.verify_journal(company) + book.verify_versions(company)
    if wants_json:
        said = {"company": company, "whole": not problems, "problems": [vars(problem) for problem in problems]}
        said |= {"head": head._asdict(), "entries": entries.to_dict("records")}
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        _print_journal(entries, head, problems)
    sys.exit(FAILED if problems else OK)


def _print_journal(entries, head, problems: list[Problem]) -> None:
    for row in entries.to_dict("records"):
        at = row["at"][:19].replace("T", " ")
        said = f"{row['who']}  {row['kind']}  {row['subject']}  {_say_detail(row['detail'])}"
        click.echo(f"{row['number']:>5}  {at}  {_one_line(said)}")
    for problem in problems:
        click.echo(f"BROKEN {problem}")
    state = "is broken" if problems else "is whole"
    click.echo(f"the journal {state}: {len(entries)} entries, the last one's hash {head.hash}")


def _say_detail(detail: dict[str, Any]) -> str:
    """An entry's detail in a line; hashes shortened."""
    plain = {name: value[:16] if name in ("content", "digest") else value for name, value in detail.items() if value != ""}
    texts = {name: value if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False) for name, value in plain.items()}
    return " · ".join(f"{name} {text}" for name, text in texts.items())


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8866, show_default=True, help="Where to listen; 0 for any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; by default this machine only.")
@click.option("--set-password", is_flag=True, help="Set the password (asked for, or read from standard input) and do nothing else.")
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser, where there is a screen.")
@as_json
def serve(port: int, host: str, set_password: bool, opens: bool, wants_json: bool) -> None:
    """Serve the cockpit, behind a password, until Ctrl-C: what the newest runs found, with links to their reports."""
    from planning.view.sign_in import Keys

    home = _home()
    keys = Keys(home.outputs / ".serve")
    if set_password or (not keys.has_password and sys.stdin.isatty()):
        keys.set_password(_ask_password())
        click.echo("The password is set: its hash is kept, it itself isn't.", err=True)
    if not set_password:
        keys.read_password()
        _serve(home, host, port, opens, wants_json)


def _ask_password() -> str:
    """A new password, typed twice unseen; from standard input where that is no terminal, one line."""
    if sys.stdin.isatty():
        return click.prompt("A new password for the page", hide_input=True, confirmation_prompt=True, err=True)
    return sys.stdin.readline().rstrip("\r\n")


def _serve(home, host: str, port: int, opens: bool, wants_json: bool) -> None:
    from planning.view.serve import is_loopback, serve

    def ready(address: str) -> None:
        click.echo(json.dumps({"address": address}) if wants_json else f"The cockpit: {address} (Ctrl-C ends it)")
        if not is_loopback(host):
            click.echo("Others can reach it, and the password travels unencrypted unless a proxy with TLS stands before it.", err=True)
        if opens and (sys.platform in ("darwin", "win32") or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys()):
            import webbrowser

            webbrowser.open(address)

    serve(home, host, port, ready)


if __name__ == "__main__":
    main()
