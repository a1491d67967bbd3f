"""Planning verbs on a version in the book, and the holds on it: what `planning change` does, where the rooms meet."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from planning.book.doors import check_reason
from planning.book.scopes import visible
from planning.book.versions import Version
from planning.core.errors import ConflictError, Problem, RequestError
from planning.inputs.snapshots import read_snapshot
from planning.inputs.sources import digits_by_account
from planning.model.history import raise_problems
from planning.model.ranges import key_of
from planning.plan.change import (
    ACTUAL,
    Changed,
    Ground,
    Wish,
    build_change,
    cell_names,
    covers,
    newest_actuals,
    not_theirs,
    plan_of_changes,
)
from planning.plan.selection import overlaid, read_selection, selects
from planning.plan.workbook_changes import sums_of
from planning.workbooks import Desk

TRIES = 5
"""How often a verb is used anew because somebody saved other cells of the version in the same moment."""


class Made(NamedTuple):
    """What a verb made of a version: the changes, their sums by account, the revision that stands now, and how many cells are new."""

    changed: Changed
    sums: pd.DataFrame
    revision: int
    saved: int


def change(desk: Desk, wish: Wish, reason: str, seen: int | None, rehearse: bool) -> Made:
    """A verb used on an open version and saved as one revision; `rehearse`: says what it would do, and does nothing.

    `seen`: the revision that the person looked at: ConflictError where somebody changed a cell of the range since. RequestError with
    everything wrong with the wish, or where it means cells that aren't theirs; then nothing is saved.
    """
    check_reason(reason)
    for left in reversed(range(TRIES)):
        version = desk.open_version("change another version")
        changed = _built(desk, wish, version, seen)
        try:
            return _saved(desk, wish, changed, reason, version, rehearse)
        except ConflictError:
            if not left:
                raise
    raise AssertionError("the last try gives a result or an error")


def _built(desk: Desk, wish: Wish, version: Version, seen: int | None) -> Changed:
    cells = _cells(desk, version.revision)
    changed = build_change(wish, _ground(desk, wish, cells))
    if seen not in (None, version.revision):
        _refuse_moved(desk, wish, visible(_cells(desk, seen), desk.person), cells)
    return changed


def _saved(desk: Desk, wish: Wish, changed: Changed, reason: str, version: Version, rehearse: bool) -> Made:
    """What moved saved as a revision, where any cell did. ConflictError where the version is at another revision by now."""
    sums = sums_of(changed.changes, desk.chart)
    if changed.changes.empty:
        return Made(changed, sums, version.revision, 0)
    plan, digits = plan_of_changes(changed.changes, desk.scenario, desk.version), digits_by_account(desk.company)
    saved = desk.book.save(*desk.name, plan, version.revision, desk.who, digits, reason, rehearse=rehearse, verb=wish.said, unmoved=True)
    return Made(changed, sums, saved.revision, saved.changed)


def _cells(desk: Desk, revision: int) -> pd.DataFrame:
    cells, _ = desk.book.read(*desk.name, revision=revision)
    return cells.drop(columns=["scenario", "version"])


def _ground(desk: Desk, wish: Wish, cells: pd.DataFrame) -> Ground:
    def actual() -> pd.DataFrame:
        return newest_actuals(visible(read_snapshot(desk.company.code, desk.snapshots).rows, desk.person))

    def other() -> pd.DataFrame:
        if not wish.of:
            return visible(cells, desk.person)
        scenario, slash, version = wish.of.partition("/")
        if not slash:
            wrong = Problem("no version", "--of", wish.of, f"SCENARIO/VERSION, such as budget/2026_v1, or {ACTUAL}")
            raise RequestError(wish.verb, [wrong])
        rows, _ = desk.book.read(desk.company.code, scenario, version)
        return visible(rows.drop(columns=["scenario", "version"]), desk.person)

    holds = desk.book.holds(*desk.name)
    return Ground(cells, holds, desk.chart, desk.person, desk.company.file.country, actual, other)


def _refuse_moved(desk: Desk, wish: Wish, before: pd.DataFrame, now: pd.DataFrame) -> None:
    """ConflictError with the cells of the ranges that came, went or changed since they were seen."""
    both = pd.concat([before, now], keys=["before", "now"], names=["side"]).reset_index("side").reset_index(drop=True)
    both = both.fillna({name: "" for name in key_of(now) if name != "period"})
    inside = pd.Series(False, index=both.index)
    for text in {wish.where, overlaid(wish.where, wish.into) if wish.into else wish.where}:
        inside |= covers(both, text, desk.chart)
    sides = both[inside].pivot(index=key_of(now), columns="side", values="amount").reindex(columns=["before", "now"])
    moved = sides[(sides["before"] != sides["now"])].reset_index()
    figures = [_figures(row, desk) for row in moved.itertuples()]
    at = [f"{desk.scenario}/{desk.version}, {name}" for name in cell_names(moved)]
    said = [Problem("changed since", where, now, before, "look again") for where, (before, now) in zip(at, figures, strict=True)]
    if said:
        raise ConflictError(desk.subject, said)


def _figures(row, desk: Desk) -> list[str]:
    digits = desk.chart.digits.get(row.account, 2)
    return ["no amount" if pd.isna(amount) else f"{amount:,.{digits}f}" for amount in (row.before, row.now)]


# Holds


class Hold(NamedTuple):
    """A hold as it stands: its name, range as it was said, who made it, when and why, and how many cells it covers now."""

    hold: str
    where: str
    who: str
    at: str
    reason: str
    cells: int


def hold(desk: Desk, name: str, where: str, reason: str) -> tuple[int, bool]:
    """A range of an open version held; how many cells it covers, and whether it is new.

    RequestError where the range means no cell, or one of a cost centre that the person doesn't own.
    """
    version = desk.open_version("hold cells of another version")
    cells = _cells(desk, version.revision)
    selection, problems = read_selection(where, cells, desk.chart, "--where")
    raise_problems("hold", problems)
    meant = cells[selects(cells, selection)]
    raise_problems("hold", not_theirs(meant, desk.person))
    return len(meant), desk.book.hold(*desk.name, name, where, desk.who, reason)


def release(desk: Desk, name: str, reason: str) -> None:
    """A hold's end. RequestError where there is none of this name, or it covers a cell of a cost centre that the person doesn't own."""
    version = desk.open_version("release a hold of another version")
    cells, holds = _cells(desk, version.revision), desk.book.holds(*desk.name)
    for where in holds.loc[holds["hold"] == name, "where"]:
        raise_problems("release", not_theirs(cells[covers(cells, where, desk.chart)], desk.person))
    desk.book.release(*desk.name, name, desk.who, reason)


def holds_of(desk: Desk) -> list[Hold]:
    """A version's holds in the order of their names, each with the cells that it covers now."""
    cells = _cells(desk, desk.book.version(*desk.name).revision)
    holds = desk.book.holds(*desk.name)
    return [Hold(*row, int(covers(cells, row.where, desk.chart).sum())) for row in holds.itertuples(index=False)]
