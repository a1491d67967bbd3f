"""A planning verb as somebody asks for it on a version: which cells it means, whether they may, what it shares by, and what comes of it.

Pure: the version's cells, its holds, the person, the actuals and the other version are handed in. The verbs are `model.verbs`.
A total always is that of the whole range that was said, whatever the person sees of it: who may not change all of its cells is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import NamedTuple

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError, at_most
from planning.core.money import from_minor, to_minor
from planning.core.people import Person
from planning.core.periods import month, month_end, month_text
from planning.core.tables import OPTIONAL_DIMENSIONS
from planning.model import verbs
from planning.model.effects import calendar_regressors
from planning.model.history import raise_problems
from planning.model.ranges import cell_name, held_by, key_of
from planning.model.verbs import Act, Like
from planning.model.year_profile import year_profile
from planning.plan.selection import Selection, narrowed, overlaid, read_selection, selects, split_range
from planning.plan.workbook import Chart
from planning.plan.workbook_changes import CODES

ACTUAL = "actual"
"""Instead of another version: the actuals of the newest snapshot."""
YEARS = 3
"""Closed fiscal years that a season is learnt from."""
SEASONS = {
    "history": "shared by past years' months", "absent": "shared in twelfths: no whole year of it",
    "zero": "shared in twelfths: its years add up to nothing", "cancelling": "shared in twelfths: its months cancel each other",
}  # fmt: skip
"""Where the calendar tells nothing of an account, what its year is shared by instead, by the profile's basis."""
ADDED_UP = ("spread", "reallocate", "break_back", "transfer")
"""The verbs that work on a total."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks: the verb, the range, and what the verb is told; '' and nothing for what it isn't.

    `by`: even, working_days or season; '' is even. `source` (copy) and `into` (transfer) say in what the other range differs from
    this one; `like` says a range of its own.
    `of`: the version that `source` or `like` is read in, "budget/2026_v1" or "actual"; '' is the version itself.
    """

    verb: str
    where: str
    to: float | None = None
    amount: float | None = None
    by: str = ""
    weights: str = ""
    like: str = ""
    on: str = ""
    of: str = ""
    source: str = ""
    into: str = ""
    times: float = 1.0
    rate: float | None = None
    since: str = ""
    every: int = 1

    @property
    def said(self) -> dict:
        """All of it that was said, as the journal keeps it."""
        plain = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != plain[name]}


class Ground(NamedTuple):
    """What a verb stands on: the version's cells (plan table without scenario and version), its holds (hold, where), the chart and the
    person; `actual` gives the actuals that the person sees, `other` the cells they see of the version that `of` names."""

    cells: pd.DataFrame
    holds: pd.DataFrame
    chart: Chart
    person: Person
    country: str | None
    actual: Callable[[], pd.DataFrame]
    other: Callable[[], pd.DataFrame]


class Changed(NamedTuple):
    """What a verb did: the cells that moved (CODES, grain, period, before, after, difference), the ranges (name, cells, held, unit,
    before, after: the totals, NaN where there is none), by what it shared (verbs.BASES), and what there is to say of it."""

    changes: pd.DataFrame
    ranges: pd.DataFrame
    basis: str
    notes: tuple[str, ...]


def build_change(wish: Wish, ground: Ground) -> Changed:
    """What a wish comes to. RequestError with everything wrong: ranges, cells that aren't the person's, sums that say nothing."""
    meant, problems = _selections(wish, ground)
    raise_problems(wish.verb, [*problems, *_idle_problems(wish)])
    inside = np.logical_or.reduce([selects(ground.cells, one) for one in meant.values()])
    table = ground.cells[inside].reset_index(drop=True)
    raise_problems(wish.verb, not_theirs(table, ground.person))
    meant = {name: narrowed(selection, table) for name, selection in meant.items()}
    if wish.verb in ADDED_UP:
        raise_problems(wish.verb, _sum_problems(wish, table, meant, ground.chart))
    act, notes = _VERBS[wish.verb](wish, ground, table, meant)
    return Changed(_in_shape(act.changes), _ranges(wish, ground, table, act.table, meant), act.basis, tuple(notes))


def held_rows(table: pd.DataFrame, holds: pd.DataFrame, chart: Chart) -> pd.DataFrame | None:
    """A version's holds as the verbs take them: hold and the columns that each says, a row for each that cells have; None without any.

    A hold that covers no cell of the table isn't there.
    """
    rows = []
    for name, where in zip(holds["hold"], holds["where"], strict=True):
        covered = table[covers(table, where, chart)]
        if len(covered):
            rows.append(covered[list(split_range(where))].drop_duplicates().assign(hold=name))
    return pd.concat(rows, ignore_index=True) if rows else None


def covers(table: pd.DataFrame, where: str, chart: Chart) -> pd.Series:
    """Which rows a range means that was sound once: of what isn't there any more, none."""
    if set(split_range(where)) - set(table):
        return pd.Series(False, index=table.index)
    return selects(table, read_selection(where, table, chart, "hold")[0])


def plan_of_changes(changes: pd.DataFrame, scenario: str, version: str) -> pd.DataFrame:
    """The cells that moved as a plan table, with the further dimensions that they use."""
    used = [name for name in CODES if name not in OPTIONAL_DIMENSIONS or (changes[name] != "").any()]
    named = changes[[*used, "grain", "period"]].assign(amount=changes["after"].astype(float))
    return named.assign(scenario=scenario, version=version, period=named["period"].astype("datetime64[ns]"))


def _idle_problems(wish: Wish) -> list[Problem]:
    """What a verb is told and would not follow: nothing is passed over in silence."""
    needs = {"--on": (wish.on, wish.like, "--like"), "--every": (wish.every != 1, wish.since, "--since")}
    if wish.verb in ("spread", "reallocate"):
        needs["--of"] = (wish.of, wish.like, "--like")
    said = [name for name, value in {"--by": wish.by, "--like": wish.like, "--weights": wish.weights}.items() if value]
    idle = [Problem("says nothing by itself", name, expected=f"{other} beside it") for name, (told, beside, other) in needs.items()
            if told and not beside]  # fmt: skip
    return idle + ([Problem("shared by several things", " and ".join(said), expected="one of them")] if len(said) > 1 else [])


# ------------------------------------------------------------------------------------------------------------- ranges


def _selections(wish: Wish, ground: Ground) -> tuple[dict[str, Selection], list[Problem]]:
    """The ranges that a verb changes, by the option that said them."""
    texts = {"--where": wish.where} | ({"--into": overlaid(wish.where, wish.into)} if wish.verb == "transfer" else {})
    read = {name: read_selection(text, ground.cells, ground.chart, name) for name, text in texts.items()}
    return {name: selection for name, (selection, _) in read.items()}, [one for _, wrong in read.values() for one in wrong]


def cell_names(cells: pd.DataFrame) -> list[str]:
    """Cells as people read them: their codes from the case on, the dimensions that are in use, the period."""
    codes = [name for name in (*CODES, "grain", "period") if name in cells and not (cells[name] == "").all()]
    return [cell_name(row) for row in cells[codes].astype(object).itertuples(index=False, name=None)]


def not_theirs(cells: pd.DataFrame, person: Person) -> list[Problem]:
    """The cells, by their codes, of cost centres that somebody doesn't own."""
    others = cells[~cells["cost_centre"].map(person.owns_one).astype(bool)]
    names = cell_names(others.head(20))
    expected = f"one of a cost centre that {person.code} owns"
    return at_most([Problem("a cell that isn't theirs to change", name, expected=expected) for name in names], of=len(others))


# --------------------------------------------------------------------------------------------------------------- sums


def _sum_problems(wish: Wish, table: pd.DataFrame, meant: dict[str, Selection], chart: Chart) -> list[Problem]:
    """Why a total of these cells would say nothing: several cases, grains or units, signs that differ, months of a stock."""
    problems = []
    kinds = {"cases": (table["case"], "case"), "grains": (table["grain"], "grain"), "units": (chart.units(table), "account or entity")}
    for what, (values, column) in kinds.items():
        found = sorted(map(str, values.unique()))
        if len(found) > 1:
            problems.append(Problem(f"a total of several {what}", "range", ", ".join(found), "one", f"name the {column}"))
    for name, selection in meant.items():
        problems += _account_problems(wish, table[selects(table, selection)], selection, chart, name)
    effects = table["account"].map(chart.tree.accounts["effect"]).unique() if wish.verb == "transfer" else []
    if len(effects) > 1:
        problems.append(Problem("an amount moved between income and cost", "--into", expected="accounts that move the result the same way"))
    return problems


def _account_problems(wish: Wish, rows: pd.DataFrame, selection: Selection, chart: Chart, name: str) -> list[Problem]:
    accounts = rows["account"].unique()
    if not selection.into and len(accounts) > 1:
        return [Problem("a total of several accounts", name, ", ".join(accounts[:8]), "an account, or one that they add into", "account=…")]
    signs = {selection.into.get(account, 1.0) for account in accounts}
    if wish.verb != "break_back" and signs != {1.0}:
        return [Problem("accounts that go into it with different signs", name, ", ".join(accounts[:8]), "accounts added as they are",
                        "break-back takes them with their signs")]  # fmt: skip
    kinds = chart.tree.accounts["aggregation"].reindex(accounts)
    no_flow = [account for account in accounts if kinds[account] != "flow"] if rows["period"].nunique() > 1 else []
    found = [Problem("a sum over months says nothing", f"{name}, {code}", str(kinds[code]), "a flow, or one period") for code in no_flow]
    return at_most(found)


def _ranges(wish: Wish, ground: Ground, before: pd.DataFrame, after: pd.DataFrame, meant: dict[str, Selection]) -> pd.DataFrame:
    """Of each range its cells, the held ones among them, and its total before and after, where the verb works on one."""
    holds, rows = held_rows(before, ground.holds, ground.chart), []
    for name, selection in meant.items():
        inside = selects(before, selection)
        held = int(_held(before[inside], holds).sum())
        unit = ground.chart.units(before[inside])
        totals = (_total(one[inside], selection, ground.chart) if wish.verb in ADDED_UP else np.nan for one in (before, after))
        rows.append((name, int(inside.sum()), held, unit.iat[0] if unit.nunique() == 1 else "", *totals))
    return pd.DataFrame(rows, columns=["range", "cells", "held", "unit", "before", "after"])


def _held(rows: pd.DataFrame, holds: pd.DataFrame | None) -> pd.Series:
    covered = held_by(rows.reset_index(drop=True), holds)
    return covered.any(axis=1) if len(covered.columns) else pd.Series(False, index=range(len(rows)))


def _total(rows: pd.DataFrame, selection: Selection, chart: Chart) -> float:
    """The exact total of cells of one scale, each account with its sign."""
    digits = int(chart.digits[rows["account"].iat[0]])
    signs = rows["account"].map(lambda account: selection.into.get(account, 1.0)).to_numpy("int64")
    return float(from_minor(sum((to_minor(rows["amount"].to_numpy(), digits) * signs).tolist()), digits))


# -------------------------------------------------------------------------------------------------------------- verbs


def _told(ground: Ground, table: pd.DataFrame) -> dict:
    """What every verb is told: the holds, and decimal places by account."""
    return {"holds": held_rows(table, ground.holds, ground.chart), "digits": pd.Series(dict(ground.chart.digits), dtype="int64")}


def _spread(wish: Wish, ground: Ground, table: pd.DataFrame, meant: dict[str, Selection]) -> tuple[Act, list[str]]:
    how, notes = _how(wish, ground, table)
    return verbs.spread(table, meant["--where"].chosen, wish.to, how, **_told(ground, table)), notes


def _reallocate(wish: Wish, ground: Ground, table: pd.DataFrame, meant: dict[str, Selection]) -> tuple[Act, list[str]]:
    how, notes = _how(wish, ground, table)
    return verbs.reallocate(table, meant["--where"].chosen, how, **_told(ground, table)), notes


def _break_back(wish: Wish, ground: Ground, table: pd.DataFrame, meant: dict[str, Selection]) -> tuple[Act, list[str]]:
    selection = meant["--where"]
    return verbs.break_back(table, selection.chosen, wish.to, into=selection.into or None, **_told(ground, table)), []


def _transfer(wish: Wish, ground: Ground, table: pd.DataFrame, meant: dict[str, Selection]) -> tuple[Act, list[str]]:
    return verbs.transfer(table, meant["--where"].chosen, meant["--into"].chosen, wish.amount, **_told(ground, table)), []


def _grow(wish: Wish, ground: Ground, table: pd.DataFrame, meant: dict[str, Selection]) -> tuple[Act, list[str]]:
    try:
        since = month(wish.since) if wish.since else None
    except ValueError:
        raise RequestError("grow", [Problem("wrong period", "--since", wish.since, "a month such as 2026-12")]) from None
    return verbs.grow(table, meant["--where"].chosen, wish.rate, since, wish.every, **_told(ground, table)), []


def _copy(wish: Wish, ground: Ground, table: pd.DataFrame, meant: dict[str, Selection]) -> tuple[Act, list[str]]:
    """The rows that the source's range means, matched by every column in which it isn't said to differ."""
    rows = _other_rows(wish, ground)
    selection, problems = read_selection(overlaid(wish.where, wish.source), rows, ground.chart, "--from")
    raise_problems("copy", problems)
    source = rows[selects(rows, selection)]
    differing = split_range(wish.source) if wish.source else {}
    on = [column for column in key_of(table) if column not in differing and column in rows]
    if "period" in differing and (table["period"].nunique() > 1 or source["period"].nunique() > 1):
        on.append("month")
    return verbs.copy(table, meant["--where"].chosen, source, on, wish.times, **_told(ground, table)), []


_VERBS = {"spread": _spread, "reallocate": _reallocate, "break_back": _break_back, "transfer": _transfer, "grow": _grow, "copy": _copy}


# ------------------------------------------------------------------------------------------------------------ weights


def _how(wish: Wish, ground: Ground, table: pd.DataFrame) -> tuple[Like | None, list[str]]:
    """The weights that were asked for, None for an even share, and what there is to say of them."""
    if wish.like:
        return _like(wish, ground, table), []
    if wish.weights:
        return _weights(wish, table), []
    if wish.by in ("working_days", "season") and set(table["grain"]) != {"month"}:
        raise RequestError(wish.verb, [Problem("cells that aren't months", "--where", expected="months", next="name them: grain=month")])
    if wish.by == "working_days":
        periods = pd.DatetimeIndex(table["period"].unique()).sort_values()
        days = calendar_regressors(periods, month_end(periods), ground.country)["working_days"]
        return Like(pd.DataFrame({"period": periods, "amount": days.to_numpy()}), ["period"]), []
    return _season(ground, table) if wish.by == "season" else (None, [])


def _like(wish: Wish, ground: Ground, table: pd.DataFrame) -> Like:
    """Another line as weights; matched by period, or by the month of the year where it is of other years."""
    rows = _other_rows(wish, ground)
    selection, problems = read_selection(wish.like, rows, ground.chart, "--like")
    raise_problems(wish.verb, problems)
    found = rows[selects(rows, selection)]
    same_time = found["period"].isin(table["period"]).any()
    on = [name.strip() for name in wish.on.split(",")] if wish.on else ["period" if same_time else "month"]
    return Like(found, on)


def _other_rows(wish: Wish, ground: Ground) -> pd.DataFrame:
    """What a line or a source is looked for in, as far as the person sees it; without columns that the version doesn't use."""
    rows = ground.actual() if wish.of == ACTUAL else ground.other()
    missing = {name: "" for name in ground.cells if name not in rows}
    used = [name for name in rows if name in ground.cells or (rows[name] != "").any()]
    return rows[used].assign(**missing)


def _weights(wish: Wish, table: pd.DataFrame) -> Like:
    """Weights as somebody wrote them, cost_centre=D101:2,D102:1."""
    expected = "column=code:number, such as cost_centre=D101:2,D102:1"
    said, rows, problems = split_range(wish.weights), [], []
    if len(said) != 1 or next(iter(said)) not in key_of(table):
        raise RequestError(wish.verb, [Problem("no weights by one column", "--weights", wish.weights, expected)])
    [(column, pieces)] = said.items()
    for piece in pieces:
        code, _, number = piece.rpartition(":")
        try:
            rows.append((month(code) if column == "period" else code, float(number)))
        except ValueError:
            problems.append(Problem("not a weight", "--weights", piece, expected))
    codes = [code for code, _ in rows]
    problems += [Problem("a weight twice", "--weights", str(code)) for code in dict.fromkeys(codes) if codes.count(code) > 1]
    there = set(table[column])
    problems += [Problem("a weight for no cell", "--weights", _shown(code), next=f"no cell of the range has it as its {column}")
                 for code in dict.fromkeys(codes) if code not in there]  # fmt: skip
    raise_problems(wish.verb, problems)
    return Like(pd.DataFrame(rows, columns=[column, "amount"]), [column])


def _shown(code) -> str:
    return month_text(code) if isinstance(code, pd.Timestamp) else str(code)


def _season(ground: Ground, table: pd.DataFrame) -> tuple[Like, list[str]]:
    """The range's own accounts in past years, with the year's own working days and feasts."""
    calendar = ground.chart.calendar
    found = sorted(set(calendar.fiscal_year(table["period"])))
    if len(found) > 1:
        wrong = Problem("a season of several years", "--where", ", ".join(map(str, found)), "months of one", "name them: period=…")
        raise RequestError("season", [wrong])
    year, actual = int(found[0]), ground.actual()
    place = ["entity", "cost_centre", "account"]
    past = actual[actual["grain"] == "month"].merge(table[place].drop_duplicates(), on=place)
    past = past[past["period"] < calendar.first(year)].groupby(["account", "period"], as_index=False)["amount"].sum()
    missing = sorted(set(table["account"]) - set(past["account"]))
    advice = "share it by working days, evenly or like another line"
    raise_problems("season", at_most([Problem("no past to learn a season from", f"account {code}", next=advice) for code in missing]))
    profile = year_profile(past, calendar, _closed_years(past["period"], calendar, year), year, ground.country)
    plain = profile.drop_duplicates("account").query("basis != 'calendar'").groupby("basis")["account"].agg(list)
    notes = [f"the calendar tells nothing of {_first(codes)}; {SEASONS[basis]}" for basis, codes in plain.items()]
    return verbs.seasonal(profile, calendar, year), notes


def _first(codes: list[str], most: int = 8) -> str:
    return ", ".join(codes[:most]) + (f" and {len(codes) - most} more" if len(codes) > most else "")


def _closed_years(periods: pd.Series, calendar, year: int) -> list[int]:
    """The newest fiscal years before this one of which every month is there."""
    months = periods.drop_duplicates()
    sizes = calendar.fiscal_year(months).value_counts()
    return sorted(int(one) for one in sizes.index[sizes == 12] if one < year)[-YEARS:]


def newest_actuals(rows: pd.DataFrame) -> pd.DataFrame:
    """A snapshot's actuals of the base case by cell, each as it was last known, without scenario and version."""
    used = rows[(rows["scenario"] == ACTUAL) & (rows["case"] == "base")].drop(columns=["scenario", "version", "source"], errors="ignore")
    cell = [name for name in used if name not in ("known", "amount")]
    newest = used.sort_values("known", kind="stable").drop_duplicates(cell, keep="last").drop(columns="known")
    return newest.reset_index(drop=True)


def _in_shape(changes: pd.DataFrame) -> pd.DataFrame:
    """Changed cells with all codes, in the order of them."""
    columns = [*CODES, "grain", "period", "before", "after", "difference"]
    whole = changes.reindex(columns=columns).fillna(dict.fromkeys(CODES, ""))
    return whole.sort_values([*CODES, "grain", "period"], kind="stable", ignore_index=True)
