"""Ranges of cells as people write them: account=6601,6602,cost_centre=D101,period=2027-01..2027-06.

A column, =, and values with commas between them. An account that others add into means those below it; a cost centre and an entity mean
themselves and all below them, with a dot behind (HOLD.) themselves alone; a period is a month, a fiscal year (2027), a quarter of one
(2027-Q1), or from one of these to another (2027-01..2027-06).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from planning.core.errors import Problem, did_you_mean
from planning.core.periods import MONTH, FiscalCalendar, month, month_range, month_text
from planning.plan.workbook import Chart

EXPECTED = "column=value, such as account=6601,cost_centre=D101,period=2027-01..2027-06"
SPAN = re.compile(r"((?:19|20|21)\d{2})(?:-Q([1-4]))?")
"""A fiscal year, or a quarter of one."""


class Selection(NamedTuple):
    """A range: `chosen`, column → the values that cells have; `into`: by account its sign into the account that was named, none where
    no account was."""

    chosen: dict[str, list]
    into: dict[str, float]


def read_selection(text: str, table: pd.DataFrame, chart: Chart, name: str) -> tuple[Selection, list[Problem]]:
    """What a text means in a plan table without scenario and version, and all that is wrong with it; `name`: what errors call it.

    A value that no cell has is a problem, and so is a range without any cell.
    """
    chosen, problems = {}, []
    for column, values in split_range(text).items():
        wrong = _form_problems(column, values, table, name)
        chosen[column] = [] if wrong else list(dict.fromkeys(_meant(column, values, table, chart, name, problems)))
        problems += wrong
    into, twice = account_signs(text, chart, name)
    selection = Selection(chosen, {account: sign for account, sign in into.items() if account in chosen["account"]} if into else {})
    if not problems and not twice and not selects(table, selection).any():
        problems.append(Problem("no such cell", name, text, "a range with at least one cell"))
    return selection, [*problems, *twice]


def split_range(text: str) -> dict[str, list[str]]:
    """A text as column → values, as they are written; values before the first column stand under ''."""
    found: dict[str, list[str]] = {}
    column = ""
    for piece in text.split(","):
        named, equals, value = (part.strip() for part in piece.partition("="))
        if equals and named:
            column = named
        found.setdefault(column, []).append(value if equals and named else piece.strip())
    return found


def selects(table: pd.DataFrame, selection: Selection) -> pd.Series:
    """Which rows a selection means, as truth values."""
    meant = pd.Series(True, index=table.index)
    for column, values in selection.chosen.items():
        meant &= table[column].isin(values)
    return meant


def narrowed(selection: Selection, table: pd.DataFrame) -> Selection:
    """The same cells, said by no more values than they have in this table: a total's line may have cells elsewhere only."""
    rows = table[selects(table, selection)]
    chosen = {column: [value for value in values if (rows[column] == value).any()] for column, values in selection.chosen.items()}
    return selection._replace(chosen=chosen)


def overlaid(text: str, other: str) -> str:
    """A range with what another says instead: account=a,period=2027-01 over account=b is account=b,period=2027-01."""
    both = split_range(text) | split_range(other)
    return ",".join(f"{column}={','.join(values)}" if column else ",".join(values) for column, values in both.items())


def account_signs(text: str, chart: Chart, name: str) -> tuple[dict[str, float], list[Problem]]:
    """By account below those that a range names, its sign into the one that was named; and accounts that have two."""
    paths, found, problems = chart.tree.paths, {}, []
    for value in split_range(text).get("account", []):
        below = paths[paths["ancestor"] == value]
        for account, sign in zip(below["account"], below["weight"], strict=True) if len(below) else [(value, 1.0)]:
            if found.setdefault(account, sign) != sign:
                problems.append(Problem("an account with two signs", f"{name}, account", account, "named once, itself or by one total"))
    return found, problems


def _form_problems(column: str, values: list[str], table: pd.DataFrame, name: str) -> list[Problem]:
    known = [one for one in table.columns if one != "amount"]
    if not column:
        return [Problem("not a range", name, ",".join(values), EXPECTED)]
    if column not in known:
        return [Problem("unknown column", name, repr(column), next=did_you_mean(column, known))]
    return [Problem("nothing where a value is needed", f"{name}, {column}", expected=EXPECTED)] if "" in values else []


def _meant(column: str, values: list[str], table: pd.DataFrame, chart: Chart, name: str, problems: list[Problem]) -> Iterator:
    """The values of cells that are meant; those that mean none are put among the problems."""
    there = set(table[column].unique())
    for value in values:
        meant = [one for one in _below(column, value, there, chart) if one in there]
        if not meant:
            problems.append(_nothing(column, value, there, chart, name))
        yield from meant


def _nothing(column: str, value: str, there: set, chart: Chart, name: str) -> Problem:
    if column == "period":
        held = f"{month_text(min(there))} to {month_text(max(there))}" if there else "nothing"
        return Problem("no such period", f"{name}, period", value, "2027-01, 2027-01..2027-06, 2027-Q1 or 2027", f"there is {held}")
    nodes = {"account": chart.tree.accounts["code"], "cost_centre": chart.cost_centres["code"], "entity": chart.entities["code"]}
    if column in nodes and value in set(nodes[column]):
        return Problem("no cell has it", f"{name}, {column}", repr(value))
    return Problem("unknown value", f"{name}, {column}", repr(value), next=did_you_mean(value, {str(one) for one in there}))


def _below(column: str, value: str, there: set, chart: Chart) -> list:
    """What a value may stand for: itself, what is below it in its tree, months."""
    if column == "period":
        return _months(value, chart.calendar)
    if column == "account":
        return chart.tree.leaves(value)
    if column in ("cost_centre", "entity"):
        if value.endswith(".") and value not in there:
            return [value[:-1]]
        return _with_below(value, chart.cost_centres if column == "cost_centre" else chart.entities)
    return [value]


def _with_below(code: str, dimension: pd.DataFrame) -> list[str]:
    found, new = [code], [code]
    while new:
        new = [below for below in dimension.loc[dimension["parent"].isin(new), "code"] if below not in found]
        found += new
    return found


def _months(value: str, calendar: FiscalCalendar) -> list[pd.Timestamp]:
    """The months of a span, none where it isn't one; "2027-03..2027-01" has none either."""
    first, dots, last = value.partition("..")
    begin, end = _span(first.strip(), calendar), _span(last.strip() if dots else first.strip(), calendar)
    return list(pd.date_range(begin[0], end[-1], freq="MS")) if begin and end else []


def _span(text: str, calendar: FiscalCalendar) -> list[pd.Timestamp]:
    """A month, a fiscal quarter or a fiscal year as months; nothing where it is none of these."""
    if re.fullmatch(MONTH, text):
        return [month(text)]
    found = SPAN.fullmatch(text)
    if not found:
        return []
    year, quarter = int(found[1]), found[2]
    return list(month_range(calendar.period(year, 3 * int(quarter) - 2), 3) if quarter else calendar.year(year))
