"""What ran: finished, refused and failed runs, read from their manifests; quick over thousands of them, and light to import.

A run's id begins with the UTC time at which it was asked for, as the machine's clock told it, and "newest" means by id. Where
the clock was set back, a later run stands below an earlier one and counts as the older when old runs are pruned; it is found,
shown and published like any other, and nothing is overwritten: a folder that is in place stays.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.inputs.aside import aside
from planning.inputs.params import Home
from planning.run.summaries import FAILED, names_in, read_checked, read_summaries, say_damage


@dataclass(frozen=True)
class Run:
    """A finished run: its id, folder and manifest; `reused` where it had run before and was not run again."""

    id: str
    folder: Path
    manifest: dict[str, Any]
    reused: bool = False


def company_outputs(home: Home, company: str) -> Path:
    """A company's folder of outputs. RequestError for a company that there isn't."""
    if not home.company(company).is_dir():
        known = [path.parent.name for path in home.params.glob("*/company.yaml")]
        raise RequestError(company, [Problem("no such company", str(home.company(company)), next=did_you_mean(company, known))])
    return home.outputs / company


# Looking


def runs(home: Home, company: str = "", notebook: str = "") -> list[dict[str, Any]]:
    """Summaries of finished, refused, failed and damaged runs, newest first. RequestError for a company that there isn't.

    Of each: run, status (of summaries.STATUSES), company, notebook, case, headline, headlines by language, snapshot, started, finished,
    seconds, inputs, batch, why (it was refused, failed or is damaged) and folder; empty where the manifest says nothing.
    """
    if company:
        company_outputs(home, company)
    places = [place for place in _places(home) if company in ("", place[0]) and notebook in ("", place[1])]
    return _newest_first(summary for place in places for summary in read_summaries(home, *place))


def find_run(home: Home, name: str) -> Run:
    """A run by its id, or by its unambiguous beginning, with its manifest. RequestError where there is none, several, or a damaged one.

    Of a run that failed and, tried again under the same id, was finished, it is the finished one.
    """
    known = {folder.name: folder for folder in _folders(home)}
    found = [name] if name in known else sorted((each for each in known if each.startswith(name)), reverse=True)
    found = [each for each in found if (known[each] / "manifest.json").exists()]
    if len(found) != 1:
        ids = (found or sorted(known, reverse=True))[:20]
        said = Problem("several such runs" if found else "no such run", got=name, next=did_you_mean(name, ids))
        raise RequestError("run", [said])
    return read_run(known[found[0]])


def read_run(folder: Path) -> Run:
    """The run in a folder, with its manifest. RequestError where that can't be read, or is another run's."""
    try:
        return Run(folder.name, folder, read_checked(folder))
    except (OSError, ValueError, RecursionError) as broken:
        wrong = Problem("damaged", str(folder / "manifest.json"), say_damage(broken), "the manifest of a run")
        raise RequestError(f"run {folder.name}", [wrong]) from None


def find_finished(home: Home, company: str, notebook: str, inputs: str) -> Run | None:
    """The newest finished run with this hash of its inputs; none where there is none, or `inputs` is empty."""
    for summary in _newest_first(read_summaries(home, company, notebook)) if inputs else []:
        if (summary["status"], summary["inputs"]) == ("done", inputs):
            with suppress(RequestError):  # pruned or damaged meanwhile
                return read_run(Path(summary["folder"]))
    return None


def is_whole(found: Run) -> bool:
    """Whether the report and every table are there with all their rows; a machine that was switched off may have left them empty."""
    from pyarrow.parquet import read_metadata  # here: who only lists doesn't need it

    try:
        tables = found.manifest.get("tables", {}).items()
        rows_are_there = (read_metadata(found.folder / "tables" / f"{name}.parquet").num_rows == about["rows"] for name, about in tables)
        return (found.folder / "report.html").stat().st_size > 0 and all(rows_are_there)
    except (OSError, ValueError):
        return False


def _newest_first(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda summary: (summary["run"], summary["folder"]), reverse=True)


# Pruning


def old_runs(home: Home, company: str, keep: int) -> list[dict[str, Any]]:
    """The runs that pruning would remove: all but the newest `keep` of each notebook, case and status; damaged ones stay."""
    company_outputs(home, company)  # never all companies'
    old, seen = [], {}
    for summary in runs(home, company):
        key = (summary["notebook"], summary["case"], summary["status"])
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > keep and summary["status"] != "damaged":
            old.append(summary)
    return old


def prune(home: Home, company: str, keep: int) -> list[str]:
    """Old runs removed, the newest `keep` of each notebook, case and status kept; returns the ids of those that went."""
    gone = []
    for summary in old_runs(home, company, keep):
        going = aside(home.outputs / company / summary["notebook"])  # no reader sees half of it
        with suppress(FileNotFoundError):
            os.rename(summary["folder"], going)
            shutil.rmtree(going)
            gone.append(summary["run"])
    return gone


# Folders


def _places(home: Home) -> Iterator[tuple[str, str]]:
    """The companies and what lies below each of their folders, notebooks among it."""
    for company in names_in(home.outputs):
        yield from ((company, notebook) for notebook in names_in(home.outputs / company))


def _folders(home: Home) -> Iterator[Path]:
    """The folders of all runs, failed ones first."""
    for below in (FAILED, ""):
        for company, notebook in _places(home):
            place = home.outputs / company / notebook / below
            yield from (place / name for name in names_in(place) if "Z-" in name)
