"""Scorecards of departments: what was planned and done by indicator, a score with its reasons, a rank with its doubt, the own track.

An indicator is data: the measure it takes, the way that is good, the target, the values that score 0 and 100, a weight and an
owner. A score is the weighted mean of what the indicators attain, from 0 to 100; where one can't be measured its weight is
spread over the others. What an indicator costs a department is its share of the weight times what it misses 100 by, so the
reasons add up to the score. Everything is read as it was known on a day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.checks import Check, check_close
from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.metrics import rate, variance_rate
from planning.core.periods import FiscalCalendar, month_end
from planning.core.tables import as_known
from planning.model.ranking import (
    Ranking,
    not_told_from,
    pairs_told_apart,
    rank_means,
    rank_units,
    standing,
    try_on_equals,
    try_on_next_years,
)
from planning.plan.known import first_forecast, monthly_actuals, yearly

SURE = 0.95
"""The odds from which a department is said to stand in the upper or the lower half of the ranks."""
WHOLE = "whole"
"""The card of all departments together."""
WHY_NOT = ("unbudgeted", "small", "unmeasured")
"""Why a department has no rank: nothing was adopted for it, its budget is below the smallest, too few indicators were measured."""


@dataclass(frozen=True)
class Sources:
    """What the measures are read from: a snapshot's rows, the chart, the calendar, each cost centre's department, the accounts that
    play a role (reported, headcount, personnel_reported, overtime, revenue), and the day."""

    rows: pd.DataFrame
    tree: AccountTree
    calendar: FiscalCalendar
    department: dict[str, str]
    roles: dict[str, str]
    when: pd.Timestamp
    _read: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    def of_year(self, scenario: str, role: str, fiscal_year: int, when: pd.Timestamp | None = None) -> pd.Series:
        """A scenario's figures of a role by department, as known on the day (or an earlier one)."""
        if role not in self.roles:
            return pd.Series(dtype=float)
        asked = scenario, role, min(when or self.when, self.when)
        if asked not in self._read:
            table = yearly(self.rows, self.calendar, scenario, [self.roles[role]], asked[2])
            self._read[asked] = table.groupby(["fiscal_year", table["cost_centre"].map(self.department)])["amount"].sum()
        known = self._read[asked]
        return known.loc[fiscal_year] if fiscal_year in known.index.levels[0] else pd.Series(dtype=float)


def _against(actual: pd.Series, plan: pd.Series, value: Callable[[pd.Series, pd.Series], pd.Series]) -> pd.DataFrame:
    """actual, plan, value by department; no value where nothing was planned."""
    table = pd.DataFrame({"actual": actual, "plan": plan}, dtype=float)
    return table.assign(value=value(table["actual"], table["plan"].where(table["plan"] > 0)))


def execution_rate(sources: Sources, fiscal_year: int) -> pd.DataFrame:
    """What was spent over what was adopted."""
    return _against(sources.of_year("actual", "reported", fiscal_year), sources.of_year("budget", "reported", fiscal_year), rate)


def projection_error(sources: Sources, fiscal_year: int) -> pd.DataFrame:
    """What was spent against the department's last projection made before the year was over, as a share of the projection."""
    projected = sources.of_year("forecast", "reported", fiscal_year, month_end(sources.calendar.last(fiscal_year)))
    return _against(sources.of_year("actual", "reported", fiscal_year), projected, variance_rate)


def headcount_rate(sources: Sources, fiscal_year: int) -> pd.DataFrame:
    """Positions filled at the year's end over positions budgeted."""
    return _against(sources.of_year("actual", "headcount", fiscal_year), sources.of_year("budget", "headcount", fiscal_year), rate)


def overtime_overrun(sources: Sources, fiscal_year: int) -> pd.DataFrame:
    """Overtime beyond what was budgeted, as a share of the budgeted pay; nothing for who neither planned nor paid any.

    (Over the overtime budget itself it would be a rate of next to nothing in most departments.)
    """
    table = _against(sources.of_year("actual", "overtime", fiscal_year), sources.of_year("budget", "overtime", fiscal_year), rate)
    pay = sources.of_year("budget", "personnel_reported", fiscal_year).reindex(table.index)
    some = (table["actual"] != 0) | (table["plan"] != 0)
    return table.assign(value=rate(table["actual"] - table["plan"], pay.where(some & (pay > 0))))


def revenue_error(sources: Sources, fiscal_year: int) -> pd.DataFrame:
    """What came in against the people's forecast in the year's first report, as a share of the forecast; for the whole only."""
    account, calendar = sources.roles.get("revenue", ""), sources.calendar
    if account not in sources.tree or WHOLE not in sources.department.values():
        return _against(pd.Series(dtype=float), pd.Series(dtype=float), variance_rate)
    known = as_known(monthly_actuals(sources.rows, sources.tree, account), sources.when)
    year = known[known["period"].isin(calendar.year(fiscal_year))]
    came_in = year["amount"].sum() if year["period"].nunique() == 12 else np.nan
    before = calendar.first(fiscal_year) - pd.DateOffset(months=1)
    expected = first_forecast(sources.rows, sources.tree, calendar, account, before, sources.when)
    return _against(pd.Series({WHOLE: came_in}), pd.Series({WHOLE: expected}), variance_rate)


MEASURES: dict[str, Callable[[Sources, int], pd.DataFrame]] = {
    "execution_rate": execution_rate,
    "projection_error": projection_error,
    "headcount_rate": headcount_rate,
    "overtime_overrun": overtime_overrun,
    "revenue_error": revenue_error,
}
"""The measures an indicator can take, by name."""


def check_indicators(indicators: pd.DataFrame) -> pd.DataFrame:
    """The indicators by code. RequestError for measures nobody knows and for values of 0 and 100 that don't fit the direction."""
    problems = [] if len(indicators) else [Problem("no indicators", "indicators", "an empty table", "one row at least")]
    for row in indicators.itertuples():
        if row.measure not in MEASURES:
            advice = did_you_mean(row.measure, MEASURES)
            problems.append(Problem("unknown measure", f"indicators, {row.code}", repr(row.measure), next=advice))
        problems += _scale_problems(row)
    if problems:
        raise RequestError("indicators", problems)
    return indicators.set_index("code", drop=False)


def _scale_problems(row) -> list[Problem]:
    """A distance from the target grows worse from ceiling to floor; other values run from floor to ceiling the way that is good."""
    fits = {
        "up": (row.floor < row.ceiling, "floor below ceiling"),
        "down": (row.floor > row.ceiling, "floor above ceiling"),
        "on_target": (row.floor > row.ceiling >= 0, "distances from the target, floor above ceiling, neither below 0"),
    }
    right, wanted = fits[row.better]
    got = f"floor {row.floor:g}, ceiling {row.ceiling:g}"
    return [] if right else [Problem("values of 0 and 100 points", f"indicators, {row.code} (better: {row.better})", got, wanted)]


def attainment(value, better: str, target: float, floor: float, ceiling: float):
    """Points from 0 to 100 for a value, in a straight line between `floor` (0) and `ceiling` (100), and no more beyond them.

    For `on_target` floor and ceiling are distances from the target. Example: target 1, ceiling 0.02, floor 0.22: 1.12 and 0.88
    stand 0.12 away and get 50.
    """
    given = np.abs(np.asarray(value, dtype=float) - target) if better == "on_target" else np.asarray(value, dtype=float)
    return np.clip(100 * (given - floor) / (ceiling - floor), 0, 100)


@dataclass(frozen=True)
class Scorecards:
    """The scorecards of a year.

    `cards`: a row a department of the year: department, adopted, score, measured (share of the weights), rank, rank_lower,
    rank_upper, noise, years, standing (upper, lower, open), long_standing (the same by the mean of all years of the track), long_upper
    (the odds of the upper half by that mean), why (it has no rank; empty where it has one); the best first.
    `details`: fiscal_year, department, indicator, actual, plan, value, attainment, share (of the weight), points (what it costs, 0
    or less), for all years; `track`: department, fiscal_year, score; `whole`: the details of all departments together;
    `tried`: the ranks of earlier years foretold (model.ranking.try_on_next_years); `equals`: false calls (try_on_equals).
    """

    fiscal_year: int
    level: float
    indicators: pd.DataFrame
    cards: pd.DataFrame
    details: pd.DataFrame
    track: pd.DataFrame
    whole: pd.DataFrame
    ranking: Ranking
    tried: pd.DataFrame
    equals: dict[str, int]


def measure(sources: Sources, indicators: pd.DataFrame, fiscal_year: int, departments: pd.Index) -> pd.DataFrame:
    """What each indicator measured in each of the departments, and what it attains; indicators that no department has stand aside."""
    parts = []
    for row in indicators.itertuples():
        table = MEASURES[row.measure](sources, fiscal_year).reindex(departments)
        points = attainment(table["value"], row.better, row.target, row.floor, row.ceiling)
        if table["value"].notna().any():
            parts.append(table.assign(indicator=row.code, attainment=points).rename_axis("department").reset_index())
    columns = ["fiscal_year", "department", "indicator", "actual", "plan", "value", "attainment", "share", "points"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return weigh(pd.concat(parts, ignore_index=True).assign(fiscal_year=fiscal_year), indicators["weight"])[columns]


def weigh(details: pd.DataFrame, weights: pd.Series) -> pd.DataFrame:
    """Details with each indicator's share of the measured weights, and the points it costs; missing where it wasn't measured."""
    weight = details["indicator"].map(weights).where(details["attainment"].notna())
    share = weight / weight.groupby([details["fiscal_year"], details["department"]]).transform("sum").replace(0, np.nan)
    return details.assign(share=share, points=share * (details["attainment"] - 100))


def score(details: pd.DataFrame, weights: pd.Series, least_weight: float) -> pd.DataFrame:
    """fiscal_year, department, score, measured: the share of the weights measured; no score where that is below the least."""
    weight = details["indicator"].map(weights)
    there, earned = weight.where(details["attainment"].notna(), 0.0), details["share"] * details["attainment"]
    table = details.assign(weight=weight, there=there, earned=earned)
    sums = table.groupby(["fiscal_year", "department"], as_index=False).agg(
        earned=("earned", "sum"), there=("there", "sum"), weight=("weight", "sum")
    )
    measured = sums["there"] / sums["weight"].where(sums["weight"] > 0)
    enough = (measured >= least_weight) & (sums["there"] > 0)
    return sums[["fiscal_year", "department"]].assign(score=sums["earned"].where(enough), measured=measured)


def departments_of(sources: Sources, fiscal_year: int) -> pd.DataFrame:
    """adopted and actual by department: everyone who was given a budget for the year or spent in it."""
    figures = {"adopted": sources.of_year("budget", "reported", fiscal_year), "actual": sources.of_year("actual", "reported", fiscal_year)}
    return pd.DataFrame(figures, dtype=float).rename_axis("department")


def check_year(sources: Sources, fiscal_year: int) -> None:
    """RequestError unless the year's spending was known on the day."""
    if "reported" not in sources.roles:
        wrong = Problem("no account for what departments spend", "roles.reported", "nothing", "an account of the chart, in company.yaml")
        raise RequestError("fiscal_year", [wrong])
    known = yearly(sources.rows, sources.calendar, "actual", [sources.roles["reported"]], sources.when)["fiscal_year"]
    if fiscal_year not in set(known):
        said = f"{known.min()} to {known.max()}" if len(known) else "none yet"
        wrong = Problem("what was spent isn't known", "fiscal_year", str(fiscal_year), f"a year known by {sources.when:%Y-%m-%d}: {said}")
        raise RequestError("fiscal_year", [wrong])


def build_scorecards(
    sources: Sources,
    indicators: pd.DataFrame,
    fiscal_year: int,
    years: int = 7,
    smallest: float = 0.0,
    least_weight: float = 0.5,
    level: float = 0.8,
    draws: int = 4000,
    trials: int = 0,
    seed: int = 1,
) -> Scorecards:
    """The scorecards of a fiscal year from what was known on a day, with the scores of the years before it (`years` in all).

    `smallest`: adopted amount below which a department is listed and not ranked; `least_weight`: share of the weights that must be
    measured for a score; `trials`: made-up cities of equal departments, in which the false calls are counted. RequestError where
    the year isn't known or an indicator can't be read.
    """
    check_year(sources, fiscal_year)
    indicators = check_indicators(indicators)
    span = range(fiscal_year - years + 1, fiscal_year + 1)
    parts = [measure(sources, indicators, year, departments_of(sources, year).index) for year in span]
    parts = [part for part in parts if len(part)]
    if not parts:
        tried = ", ".join(indicators["measure"])
        wrong = Problem("nothing was measured in any department", "indicators", tried, "a measure that departments have")
        raise RequestError("indicators", [wrong])
    details = pd.concat(parts, ignore_index=True)
    track = score(details, indicators["weight"], least_weight)
    scored = track[track["fiscal_year"] == fiscal_year].set_index("department")[["score", "measured"]]
    now = departments_of(sources, fiscal_year).join(scored)
    now = now.assign(why=_why_not(now, smallest))
    wide = track.pivot(index="department", columns="fiscal_year", values="score").reindex(columns=span)
    wide = wide.reindex(now.index[now["why"] == ""])
    ranking = rank_units(wide, level, draws, seed)
    together = replace(sources, department=dict.fromkeys(sources.department, WHOLE))
    means = rank_means(wide, level, draws, seed)
    long = pd.DataFrame({"long_standing": standing(means, SURE), "long_upper": means.table["upper_half"]})
    return Scorecards(
        fiscal_year, level, indicators, _cards(now, ranking, long), details, track[["department", "fiscal_year", "score"]],
        measure(together, indicators, fiscal_year, pd.Index([WHOLE])), ranking, try_on_next_years(wide, level, draws, seed),
        try_on_equals(ranking, years - 1, SURE, level, trials, min(draws, 200), seed),
    )  # fmt: skip


def _why_not(now: pd.DataFrame, smallest: float) -> np.ndarray:
    unbudgeted = ~(now["adopted"] > 0)
    return np.select([unbudgeted, now["adopted"] < smallest, now["score"].isna()], WHY_NOT, "")


def _cards(now: pd.DataFrame, ranking: Ranking, long: pd.DataFrame) -> pd.DataFrame:
    ranked = ranking.table[["rank", "rank_lower", "rank_upper", "noise", "years"]].join(standing(ranking, SURE)).join(long)
    table = now.drop(columns="actual").join(ranked)
    table = table.sort_values(["rank", "adopted"], ascending=[True, False], na_position="last", kind="stable")
    return table.rename_axis("department").reset_index()


def ranked(made: Scorecards) -> pd.DataFrame:
    """The cards that have a rank, the best first."""
    return made.cards[made.cards["why"] == ""]


def not_told_from_first(made: Scorecards) -> list[str]:
    """The departments that can't be told apart from the one ranked first, at the scorecards' level."""
    return not_told_from(made.ranking, ranked(made)["department"].iloc[0], made.level)


def not_told_from_last(made: Scorecards) -> list[str]:
    """The departments that can't be told apart from the one ranked last, at the scorecards' level."""
    return not_told_from(made.ranking, ranked(made)["department"].iloc[-1], made.level)


def apart(made: Scorecards) -> tuple[int, int]:
    """How many pairs of departments this one year tells apart at the scorecards' level, of how many."""
    return pairs_told_apart(made.ranking, made.level)


def wrong_calls(made: Scorecards) -> tuple[float, int]:
    """How many of the departments said to stand surely in one half over the years are expected to be said so wrongly, of how many."""
    called = ranked(made)
    called = called[called["long_standing"] != "open"]
    return float(np.minimum(called["long_upper"], 1 - called["long_upper"]).sum()), len(called)


def of_year(made: Scorecards, department: str | None = None) -> pd.DataFrame:
    """The year's details, of one department or all."""
    rows = made.details[made.details["fiscal_year"] == made.fiscal_year]
    return rows if department is None else rows[rows["department"] == department]


def reweigh(made: Scorecards, own: dict[str, float]) -> pd.DataFrame:
    """The ranks under other weights: equal ones, each indicator left out, and `own` weights where there are any.

    case (equal, without, own), indicator (the one left out), department, score, rank, moved (places up), outside (its interval).
    RequestError for own weights of indicators nobody has, or below 0.
    """
    weights, used = made.indicators["weight"], of_year(made)["indicator"].unique()
    cases = [("equal", "", weights * 0 + 1.0)]
    cases += [("without", code, weights.where(weights.index != code, 0.0)) for code in used if len(used) > 1]
    if own:
        cases.append(("own", "", weights.where(~weights.index.isin(list(own)), pd.Series(_own_weights(own, weights)))))
    return pd.concat([_moved(made, *case) for case in cases], ignore_index=True)


def _own_weights(own: dict[str, float], weights: pd.Series) -> dict[str, float]:
    known = weights.index
    problems = [Problem("unknown indicator", f"weights.{code}", next=did_you_mean(code, known)) for code in own if code not in known]
    wrong = {code: to for code, to in own.items() if not _is_weight(to)}
    problems += [Problem("wrong weight", f"weights.{code}", repr(to), "a number, 0 or more") for code, to in wrong.items()]
    if problems:
        raise RequestError("weights", problems)
    return {code: float(to) for code, to in own.items()}


def _is_weight(to) -> bool:
    return isinstance(to, (int, float)) and not isinstance(to, bool) and 0 <= to < np.inf


def _moved(made: Scorecards, case: str, indicator: str, weights: pd.Series) -> pd.DataFrame:
    now = ranked(made).set_index("department")
    details = of_year(made)
    again = score(weigh(details[details["department"].isin(now.index)], weights), weights, 0.0).set_index("department")["score"]
    table = now[["rank", "rank_lower", "rank_upper"]].join(again)
    rank = table["score"].rank(ascending=False, method="min")
    outside = (rank < table["rank_lower"]) | (rank > table["rank_upper"])
    moved = pd.DataFrame({"score": table["score"], "rank": rank, "moved": table["rank"] - rank, "outside": outside})
    return moved.rename_axis("department").reset_index().assign(case=case, indicator=indicator)


def check_scorecards(made: Scorecards, sources: Sources) -> list[Check]:
    """What must hold: reasons add up to scores, weights to one, nobody is lost, departments add up to the whole."""
    year = of_year(made)
    cards, sums = made.cards.set_index("department"), year.groupby("department")[["share", "points"]].sum(min_count=1)
    scored = cards[cards["score"].notna()]
    gap = (100 + sums["points"] - cards["score"]).reindex(scored.index).abs().max()
    off = (sums["share"].reindex(scored.index) - 1).abs().max()
    lowest, highest = scored["score"].min(), scored["score"].max()
    listed = departments_of(sources, made.fiscal_year)
    told = int(((cards["why"] == "") == cards["rank"].notna()).sum())
    doubted = ranked(made).dropna(subset=["rank_lower", "rank_upper"])
    inside = int(doubted["rank"].between(doubted["rank_lower"], doubted["rank_upper"]).sum())
    known = yearly(sources.rows, sources.calendar, "actual", [sources.roles["reported"]], sources.when)
    whole = float(known.loc[known["fiscal_year"] == made.fiscal_year, "amount"].sum())
    return [
        Check("reasons add up to the score", bool(gap <= 1e-9), f"max |Δ| {gap:.1e} ≤ 1e-09"),
        Check("shares of the weights add up to one", bool(off <= 1e-9), f"max |Δ| {off:.1e} ≤ 1e-09"),
        Check("scores lie between none and all points", bool(scored["score"].between(0, 100).all()), f"{lowest:.1f} … {highest:.1f}"),
        Check("every department is ranked, or it is said why not", told == len(listed) == len(cards), f"{told} / {len(listed)}"),
        Check("every rank lies in its interval", inside == len(doubted), f"{inside} / {len(doubted)}"),
        check_close("departments add up to the whole", float(listed["actual"].sum()), whole, 0.005),
    ]  # fmt: skip
