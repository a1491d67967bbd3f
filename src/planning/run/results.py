"""What finished runs left, for those who read: each case's newest run, its tables and its words; nothing is computed or written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from planning.core.errors import PlanningError
from planning.inputs.params import Home
from planning.inputs.yaml_files import read_mapping
from planning.run.manifest import read_manifest

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""A company, notebook or case; no such name leads out of its folder."""
RUN = re.compile(r"\d{8}T\d{6,12}Z-[0-9a-f]{8}")
FIGURE = re.compile(r"[\w-]{1,80}\.png", re.ASCII)
UNASKED = ("lang", "scale", "workers")
"""Parameters that change no figure: runs that differ in them alone answer the same question."""
SAID = ("run", "notebook", "company", "case", "params", "started")
LABELS = ["code", "label_en", "label_zh", "better"]


class UnreadableError(PlanningError):
    """A table of a run isn't there, can't be read, or lacks a column; the message says which."""


@dataclass(frozen=True)
class Result:
    """One run as it lies in its folder: its manifest, its headline and its tables."""

    folder: Path
    manifest: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        """What the manifest says: run, company, notebook, case, params, started, snapshot …"""
        try:
            return self.manifest[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def status(self) -> str:
        """done, failed or refused (by the book)."""
        return self.manifest.get("status", "done")

    @property
    def lang(self) -> str:
        """The language of its report."""
        return self.params.get("lang", "en")

    @property
    def about(self) -> str:
        """The business time it looks from, as text that sorts: its `as_of`, else its fiscal year; empty where it names none."""
        return str(self.params.get("as_of") or self.params.get("fiscal_year") or "")

    @property
    def question(self) -> str:
        """What was asked for, apart from the language: runs with the same one answer the same question."""
        asked = {name: value for name, value in self.params.items() if name not in UNASKED}
        return repr((self.company, self.notebook, self.manifest.get("snapshot", ""), sorted(asked.items(), key=str)))

    def headline(self, lang: str) -> str:
        """Its answer in one sentence; an older run has it in the language of its report only."""
        return self.manifest.get("headlines", {}).get(lang) or self.manifest.get("headline", "")

    def has(self, table: str) -> bool:
        """Whether it left such a table."""
        return table in self.manifest.get("tables", {})

    def table(self, name: str, columns: Iterable[str] = ()) -> pd.DataFrame:
        """One of its tables. UnreadableError where it is not there, is damaged, or lacks a column."""
        try:
            table = pd.read_parquet(self.folder / "tables" / f"{name}.parquet")
        except (OSError, ValueError, KeyError) as broken:  # pyarrow's errors are ValueErrors and OSErrors
            raise UnreadableError(f"{name}: {type(broken).__name__}") from None
        missing = [column for column in columns if column not in table]
        if missing:
            raise UnreadableError(f"{name}: {', '.join(missing)}")
        return table


@dataclass(frozen=True)
class Results:
    """All that runs left below outputs: the runs, newest first; what is damaged; what companies and their accounts are called."""

    runs: list[Result]
    damaged: list[str]
    words: dict[str, dict[str, Any]] = field(default_factory=dict)
    outputs: Path = Path()

    def label(self, company: str, lang: str) -> str:
        """A company's name; its code where its params are gone."""
        return str(self.words.get(company, {}).get(f"label_{lang}") or company)

    def people(self, company: str, lang: str) -> str:
        """What a company calls its own forecast."""
        return str(self.words.get(company, {}).get(f"people_{lang}") or "")

    def currency(self, company: str) -> str:
        """A company's currency; none where its params are gone."""
        return str(self.words.get(company, {}).get("currency") or "")

    def newest(self) -> list[Result]:
        """The newest finished run of each company, notebook and case, newest first."""
        return _firsts(self.runs, lambda run: run.status == "done")

    def attempts(self) -> list[Result]:
        """The newest run of each company, notebook and case, whatever became of it, newest first."""
        return _firsts(self.runs, lambda run: True)

    def answers(self, notebook: str, table: str = "") -> list[Result]:
        """For each company the run of a notebook to show: of those that left the table, the latest business time, then the newest."""
        kept = [run for run in self.newest() if run.notebook == notebook and (not table or run.has(table))]
        return [_latest([run for run in kept if run.company == company]) for company in sorted({run.company for run in kept})]

    def report(self, shown: Result, lang: str) -> Result:
        """The run to show to a reader of a language: one that left the very same tables and a report in it, else the one given."""
        twins = [run for run in self.runs if run.status == "done" and run.lang == lang and run.question == shown.question]
        same = [run for run in twins if run.manifest.get("tables") == shown.manifest.get("tables")]
        return shown if shown.lang == lang or not same else same[0]

    def labels(self, run: Result) -> pd.DataFrame:
        """What the accounts of a run's snapshot are called, by code: label_en, label_zh, better; none where the snapshot is gone."""
        try:
            path = self.outputs / run.company / "snapshots" / str(run.manifest.get("snapshot", "")) / "accounts.parquet"
            return pd.read_parquet(path, columns=LABELS).set_index("code")
        except (OSError, ValueError, KeyError):
            return pd.DataFrame(columns=LABELS).set_index("code")


def _latest(runs: list[Result]) -> Result:
    """Of one company's runs the latest business time, then the newest; a trial without a case only where nothing else is."""
    return max([run for run in runs if run.case] or runs, key=lambda run: (run.about, run.run))


def _firsts(runs: list[Result], wanted: Callable[[Result], bool]) -> list[Result]:
    """The first wanted run of each company, notebook and case."""
    found: dict[tuple, Result] = {}
    for run in runs:
        if wanted(run):
            found.setdefault((run.company, run.notebook, run.case), run)
    return list(found.values())


def read_results(home: Home) -> Results:
    """What lies below outputs. A run folder that can't be read is skipped and named; one that is pruned meanwhile is none."""
    runs, damaged = [], []
    for folder in _run_folders(home.outputs):
        try:
            runs.append(_read_result(folder))
        except (OSError, ValueError) as broken:
            if folder.exists():
                damaged.append(f"{folder.relative_to(home.outputs)}: {broken if isinstance(broken, _Wrong) else type(broken).__name__}")
    runs.sort(key=lambda run: run.run, reverse=True)
    known = {path.parent.name for path in home.params.glob("*/company.yaml")} | {run.company for run in runs}
    words = {company: _words(home, company) for company in known}
    return Results(runs, sorted(damaged), words, home.outputs)


def read_run(home: Home, company: str, run: str) -> Result:
    """A company's finished run by its id, for a notebook that goes on from it. UnreadableError where there is none, or it can't be read."""
    if not (NAME.fullmatch(company) and RUN.fullmatch(run)):
        raise UnreadableError(f"not the id of a run of {company}: {run!r}")
    try:
        [found] = [_read_result(folder) for folder in (home.outputs / company).glob(f"[!.]*/{run}")]
    except (OSError, ValueError) as broken:
        why = f": {broken}" if isinstance(broken, _Wrong) else ""
        raise UnreadableError(f"{company} has no finished run {run}{why}") from None
    return found


class _Wrong(ValueError):
    """A manifest that is none."""


def _run_folders(outputs: Path) -> list[Path]:
    places = [path for path in outputs.glob("*/*") if path.is_dir() and NAME.fullmatch(path.parent.name) and NAME.fullmatch(path.name)]
    found = [path for place in places for below in ("", "failed") for path in (place / below).glob("*Z-*")]
    return [path for path in found if path.is_dir() and RUN.fullmatch(path.name)]


def _read_result(folder: Path) -> Result:
    """A run's folder. ValueError where its manifest is none, or is another run's."""
    manifest = read_manifest(folder)
    lacking = [name for name in SAID if name not in manifest] if isinstance(manifest, dict) else list(SAID)
    if lacking or not isinstance(manifest["params"], dict):
        raise _Wrong(f"manifest.json: {', '.join(lacking) or 'params'}")
    place = folder.parent.parent if folder.parent.name == "failed" else folder.parent
    if (manifest["company"], manifest["notebook"], manifest["run"]) != (place.parent.name, place.name, folder.name):
        raise _Wrong("manifest.json: another run's")
    if "status" not in manifest and not isinstance(manifest.get("checks"), dict):
        raise _Wrong("manifest.json: checks")
    return Result(folder, manifest)


def _words(home: Home, company: str) -> dict[str, Any]:
    """What company.yaml says of a company's names; nothing where it can't be read."""
    try:
        return read_mapping(home.company(company) / "company.yaml")
    except PlanningError:
        return {}


def report_file(outputs: Path, company: str, notebook: str, run: str, name: str) -> Path | None:
    """A finished run's report.html or one of its figures; nothing else of a run, and nothing outside it, is ever given."""
    if not (NAME.fullmatch(company) and NAME.fullmatch(notebook) and RUN.fullmatch(run)):
        return None
    inside = Path("report.html") if name == "report.html" else Path("figures") / name if FIGURE.fullmatch(name) else None
    folder = outputs / company / notebook / run
    if inside is None or not _is_finished(folder):
        return None
    path = (folder / inside).resolve()
    return path if path.is_file() and path == outputs.resolve() / company / notebook / run / inside else None


def _is_finished(folder: Path) -> bool:
    try:
        return _read_result(folder).status == "done"
    except (OSError, ValueError):
        return False
