"""People and model combined, line by line, as far as each has earned it by the day.

*Views* are the two forecasts side by side: as_of, `by` (which line), period, people, model, typical (the size of the line's
month as known at the origin); either of the two may be missing, then the other is taken. The *track record* is what became of
the views of earlier origins, as far as it was published by `when`.

What a line gets is model + weight × (people − model). The weight is the one that would have been nearest in the record (least
absolute deviations), between 0 and 1, drawn to what holds for all lines together, and that drawn to one half, the more so
the shorter the record. Before that the people are freed of what they usually lean to. A record speaks of differences as large as
it has seen: of what goes beyond them half is taken. The first origin, without a record, is the plain mean.

Source: Bates and Granger (1969) for weights from a record; Clemen (1989) and Smith and Wallis (2009) for one half as the prior;
the shrinkage is the posterior mean of a normal weight with PRIOR_WEIGHT and PRIOR_SPREAD.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from planning.core.errors import Problem, RequestError
from planning.core.metrics import rate
from planning.core.periods import month_text
from planning.model.backtest import closed_months, months_ahead
from planning.model.history import key_columns, raise_problems

PRIOR_WEIGHT = 0.5
PRIOR_SPREAD = 0.25
"""Standard deviation of a weight before there is a record: two of them on each side reach from 0 to 1."""
LEAN_YEARS = 4
"""Year-ends after which a lean that was seen counts half: before a record a lean is taken to be half as large as the misses."""


def combine(
    views: pd.DataFrame, actuals: pd.DataFrame, as_of: pd.Timestamp, when: pd.Timestamp, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """The combined forecast of one origin, in the form of a trial: as_of, `by`, period, horizon, amount, typical.

    `views`: as the module says, of this and of earlier origins; `actuals`: sourced plan table. Nothing published after `when`
    is read. Raises RequestError where views are broken or have nothing of `as_of`.
    Example: without a record, people 120 and model 100 give 110.
    """
    by = key_columns(by)
    raise_problems("combine", view_problems(views, by) or _nothing_of(views, as_of))
    record = track_record(views, actuals, as_of, when, by)
    now = views[views["as_of"] == as_of]
    now = now.merge(_earned(record, now, by), on=by, how="left")
    size = now["typical"].fillna(0.0)
    people = (now["people"] + now["lean"] * size).fillna(now["model"])
    model = now["model"].fillna(people)
    gap = people - model
    seen = gap.clip(lower=-now["reach"] * size, upper=now["reach"] * size)
    amount = model + now["weight"] * seen + PRIOR_WEIGHT * (gap - seen)
    typical = now["typical"].fillna(now["people"].abs())
    return now.assign(amount=amount, typical=typical, horizon=months_ahead(now))[["as_of", *by, "period", "horizon", "amount", "typical"]]


def walk(views: pd.DataFrame, actuals: pd.DataFrame, origins: pd.DataFrame, by: Sequence[str] = ("account",)) -> pd.DataFrame:
    """The combined forecasts of every origin, each with only what was known then; see `combine`. `origins`: as_of and when."""
    used = origins[origins["as_of"].isin(views["as_of"])].sort_values("as_of")
    raise_problems("walk", [] if len(used) else [Problem("no origin with views", "origins")])
    return pd.concat([combine(views, actuals, day.as_of, day.when, by) for day in used.itertuples()], ignore_index=True)


def earned(
    views: pd.DataFrame, actuals: pd.DataFrame, as_of: pd.Timestamp, when: pd.Timestamp, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """What the people have earned on a day, by line: `by`, weight (0 to 1), lean (what is added to them, as a share of typical),
    reach (the largest difference in the record, as a share of typical), months (different months the weight rests on)."""
    by = key_columns(by)
    raise_problems("earned", view_problems(views, by) or _nothing_of(views, as_of))
    return _earned(track_record(views, actuals, as_of, when, by), views[views["as_of"] == as_of], by)


def track_record(
    views: pd.DataFrame, actuals: pd.DataFrame, as_of: pd.Timestamp, when: pd.Timestamp, by: Sequence[str] = ("account",)
) -> pd.DataFrame:
    """What became of the people's earlier forecasts, as known on a day: their views with actual and `whole` (every month they
    forecast for the line at that origin is closed). A line that a closed month doesn't name is 0 there. Views of a line that
    had no size then (typical missing or 0) are left out, as in the bands: there is nothing to compare its misses by."""
    by = key_columns(by)
    happened = closed_months(actuals, as_of, when, by).rename(columns={"amount": "actual"})
    told = views[(views["as_of"] < as_of) & views["people"].notna() & (views["typical"] > 0)]
    told = told.assign(closed=told["period"].isin(happened["period"]))
    told["whole"] = told.groupby(["as_of", *by], observed=True)["closed"].transform("all")
    record = told[told["closed"]].merge(happened, on=[*by, "period"], how="left")
    return record.assign(actual=record["actual"].fillna(0.0)).drop(columns="closed")


def _earned(record: pd.DataFrame, now: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    lines = now[by].drop_duplicates(ignore_index=True)
    lines = lines.merge(_leans(record, by), on=by, how="left").fillna({"lean": 0.0})
    record = record.merge(lines, on=by, how="left")
    freed, size = record["people"] + record["lean"] * record["typical"], record["typical"]
    pairs = record.assign(gap=(freed - record["model"]) / size, miss=(record["actual"] - record["model"]) / size)
    pairs = pairs[pairs["gap"].abs() > 1e-9]
    shared = _drawn(pairs, PRIOR_WEIGHT, 0.0)
    own = {name: _drawn(pairs.loc[rows], *shared[:2]) for name, rows in pairs.groupby(by, observed=True).groups.items()}
    found = [own.get(name, (*shared[:2], 0)) for name in _names(lines, by)]
    return lines.assign(**dict(zip(("weight", "reach", "months"), map(list, zip(*found, strict=True)), strict=True)))


def _leans(record: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """By line, the median of actual minus people over whole rests of years, a share of typical, drawn to 0 where there are few years."""
    added = {"actual": "sum", "people": "sum", "typical": "sum", "period": "max"}
    rests = record[record["whole"]].groupby(["as_of", *by], as_index=False, observed=True).agg(added)
    rests["share"] = (rests["actual"] - rests["people"]) / rests["typical"]
    lines = rests.groupby(by, as_index=False, observed=True).agg(share=("share", "median"), years=("period", "nunique"))
    return lines.assign(lean=lines["share"] * lines["years"] / (lines["years"] + LEAN_YEARS))[[*by, "lean"]]


def _drawn(pairs: pd.DataFrame, prior: float, reach: float) -> tuple[float, float, int]:
    """The weight of some pairs drawn to a prior, the largest gap, and the different months they are of."""
    if pairs.empty:
        return prior, reach, 0
    gap, miss, months = pairs["gap"].to_numpy(), pairs["miss"].to_numpy(), pairs["period"].nunique()
    noise = np.abs(miss - prior * gap).mean() / np.abs(gap).mean()
    doubt = (noise / PRIOR_SPREAD) ** 2
    return prior + (nearest_weight(gap, miss) - prior) * months / (months + doubt), float(np.abs(gap).max()), months


def nearest_weight(gap: np.ndarray, miss: np.ndarray) -> float:
    """The weight from 0 to 1 at which model + weight × gap would have been nearest: least sum of |miss − weight × gap|.

    `gap`: people minus model, none of it 0; `miss`: actual minus model. It is the median of miss / gap, weighted by |gap|.
    Example: gaps 10 and 10, misses 10 and 10 give 1; misses 0 and 0 give 0.
    """
    ratio, size = miss / gap, np.abs(gap)
    order = np.argsort(ratio)
    half = np.searchsorted(np.cumsum(size[order]), size.sum() / 2)
    return float(np.clip(ratio[order][min(half, len(order) - 1)], 0, 1))


def _names(lines: pd.DataFrame, by: list[str]) -> list:
    return list(lines[by[0]]) if len(by) == 1 else list(lines[by].itertuples(index=False, name=None))


def view_problems(views: pd.DataFrame, by: list[str]) -> list[Problem]:
    """Everything wrong with a table of views."""
    key = ["as_of", *by, "period"]
    missing = [column for column in (*key, "people", "model", "typical") if column not in views.columns]
    if missing:
        return [Problem(f"missing column {column}", "views") for column in missing]
    twice = views.duplicated(key).sum()
    infinite = np.isinf(views[["people", "model", "typical"]].to_numpy("float64")).any(axis=1).sum()
    nobody = views[["people", "model"]].isna().all(axis=1).sum()
    early = (views["period"] <= views["as_of"]).sum()
    found = [(twice, "a view twice"), (infinite, "an infinite amount"), (nobody, "neither people nor model"), (early, "a closed month")]
    return [Problem(what, f"views by {', '.join(key)}", f"{count} rows", "none") for count, what in found if count]


def _nothing_of(views: pd.DataFrame, as_of: pd.Timestamp) -> list[Problem]:
    return [] if (views["as_of"] == as_of).any() else [Problem("no views of this origin", "as_of", month_text(as_of))]


def value_added(scored: pd.DataFrame, layers: Sequence[str], by: Sequence[str] = ()) -> pd.DataFrame:
    """What each layer of a forecast added to the one before it: `by`, layer, before, count, error_before, error, added, nearer, further.

    `scored`: forecaster, as_of, closed, period (and line columns), amount, actual, as `scored_months` gives. `layers`: forecasters
    in the order in which they were laid on each other, such as naive, ours, people, combined. `by`: columns of the layer's own
    rows: the author of an override, the month. Errors are weighted absolute ones (fractions) on the cells that both layers have;
    added is error_before − error: positive says the layer brought it nearer; nearer and further count cells.
    Source: Gilliland (2010), The business forecasting deal (forecast value added).
    """
    by = key_columns(by)
    problems = [Problem(f"missing column {c}", "scored") for c in ("forecaster", *by, "amount", "actual") if c not in scored.columns]
    known = set(scored["forecaster"]) if "forecaster" in scored.columns else set()
    problems += [Problem("unknown forecaster", "layers", name, ", ".join(sorted(known))) for name in layers if name not in known]
    problems += [] if len(layers) > 1 else [Problem("too few layers", "layers", str(len(layers)), "at least two")]
    if problems:
        raise RequestError("value added", problems)
    steps = [_step(scored, before, layer, by) for before, layer in pairwise(layers)]
    return pd.concat(steps, ignore_index=True)


def _step(scored: pd.DataFrame, before: str, layer: str, by: list[str]) -> pd.DataFrame:
    own = scored[scored["forecaster"] == layer]
    cell = [c for c in scored.columns if c not in ("forecaster", "amount", "actual", "author")]
    earlier = scored.loc[scored["forecaster"] == before, [*cell, "amount"]].rename(columns={"amount": "earlier"})
    both = own.merge(earlier, on=cell, validate="one_to_one")
    miss, missed = (both["amount"] - both["actual"]).abs().round(6), (both["earlier"] - both["actual"]).abs().round(6)
    rows = both[by].assign(layer=layer, before=before, count=1, size=both["actual"].abs(), missed=missed, miss=miss)
    rows = rows.assign(nearer=miss < missed, further=miss > missed)
    table = rows.groupby([*by, "layer", "before"], as_index=False, observed=True).sum()
    table = table.assign(error_before=rate(table["missed"], table["size"]), error=rate(table["miss"], table["size"]))
    table["added"] = table["error_before"] - table["error"]
    return table[[*by, "layer", "before", "count", "error_before", "error", "added", "nearer", "further"]]


HELPS, HURTS, UNTOLD = "helps", "hurts", "can't be told"


def judge_layer(scored: pd.DataFrame, before: str, layer: str, by: Sequence[str], level: float = 0.95) -> pd.DataFrame:
    """Whether a layer came nearer than the one before it by more than luck: value_added's columns with periods, won, p and verdict.

    What both missed is added up by period (what several origins said of one month hangs together); `won`: the periods in which the layer
    came nearer, ties left out; `p`: how often a fair coin falls so unevenly (two-sided sign test, exact). The verdict is helps or hurts
    where p is below 1 − level and all periods together say the same, else can't be told: with fewer than six periods always.
    Of a hundred layers that change nothing but luck about five are told all the same.
    """
    by = key_columns(by)
    table = value_added(scored, [before, layer], by)
    cell = [column for column in scored.columns if column not in ("forecaster", "amount", "actual", "author")]
    own = scored[scored["forecaster"] == layer]
    both = own.merge(scored.loc[scored["forecaster"] == before, [*cell, "amount"]], on=cell, suffixes=("", "_before"))
    gain = (both["amount_before"] - both["actual"]).abs() - (both["amount"] - both["actual"]).abs()
    sums = both[[*by, "period"]].assign(gain=gain).groupby([*by, "period"], as_index=False, observed=True)["gain"].sum().round(6)
    counts = sums.assign(periods=1, won=sums["gain"] > 0, lost=sums["gain"] < 0).drop(columns="period")
    counts = counts.groupby(by, as_index=False, observed=True).sum()
    said = [_luck(*row) for row in counts[["won", "lost"]].astype(int).itertuples(index=False)]
    counts = counts.assign(p=said)
    sure, up = counts["p"] < 1 - level, counts["won"] > counts["lost"]
    counts["verdict"] = np.select([sure & up & (counts["gain"] > 0), sure & ~up & (counts["gain"] < 0)], [HELPS, HURTS], UNTOLD)
    table = table.merge(counts.drop(columns=["gain", "lost"]), on=by, validate="one_to_one")
    return table.assign(verdict=table["verdict"].where(table["added"].notna(), UNTOLD))  # nothing came: there is no size to measure by


def _luck(won: int, lost: int) -> float:
    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0
