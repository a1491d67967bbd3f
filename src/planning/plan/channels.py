"""Channels weighed: what spend in each brought, what one more unit of money brings, and next quarter's spend under a budget.

Everything here is handed tables; nothing reads a file or a clock. A return is contribution (sales times margin) per unit of money
spent, so that 1 is break-even; what the data can't tell is marked, not hidden.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from planning.core.checks import Check, check_close
from planning.core.errors import Problem, RequestError, at_most
from planning.core.metrics import rate, wape
from planning.core.periods import month, month_end
from planning.model.bands import wilson
from planning.model.contribution import (
    baseline_ahead,
    channel_sales_ahead,
    conditions_ahead,
    contributions,
    entanglement,
    marginal_returns,
    returns_over,
    width_left,
    working_spend,
)
from planning.model.response import Belief, Lift, Response, Weeks, fit_response
from planning.model.response_trial import held_out, planted_trial
from planning.model.spend_plan import best_mix, best_shift, brought_at, mix_at, spend_levels, worth

TABLES = ("campaigns", "sales")
"""The event tables that the study needs; it takes `conditions` and `lift_tests` too where there are any."""

YEAR, QUARTER, HELD = 52, 13, 26
"""Weeks that returns are told for, that are planned, and that are held out at a time."""
LEAST_WEEKS = 104
"""Two years: fewer can't tell yearly waves from channels."""
MOST_TRIALS = 4
KEPT, PATHS = 1000, 400
"""Draws kept of the fit, and paths of next quarter's sales."""
UNTOLD = 0.8
"""A return whose width is still this share of what was believed before is one that the data can't tell."""
ENTANGLED = 0.8
"""A channel of whose spend the other channels, the season and the conditions explain this share can't be told from them."""
LEAST_DRAWS = 200
"""Independent draws that a band needs."""
LEAST_GAIN = 0.02
"""Contribution per unit of money shifted that no shift may still bring."""


@dataclass(frozen=True)
class Assumptions:
    """What the study takes as given.

    as_of: the last closed month ("2019-11"); labels: code, label_en, label_zh; budget: next quarter's (0: as much as the last 13
    weeks); most_change: fraction that a channel may go up or down; margin: contribution per unit of sales; risk: standard
    deviations taken off a gain; draws: of what is possible, KEPT at most; return_prior,
    return_factor, return_shared: see model.response.Belief (in sales per unit of money); worlds: made-up worlds that the bands are
    tried on.
    """

    as_of: str
    labels: pd.DataFrame
    budget: float
    most_change: float
    margin: float
    risk: float
    draws: int
    return_prior: float
    return_factor: float
    return_shared: float
    worlds: int
    currency: str

    @property
    def belief(self) -> Belief:
        """What is believed of returns beforehand."""
        return Belief(self.return_prior, self.return_factor, self.return_shared)


@dataclass(frozen=True)
class Study:
    """Channels weighed, the largest spend first.

    `channels`: a row each (see `_channels`); `bridge`: step (a code, start, together, end), kind, amount, lower, upper: sales of
    the last year without channels, what each brought, what they brought together beyond that, and sales; `curves`: code, spend (a
    quarter's), amount (its contribution), lower, upper, seen; `plan`: code, now, planned, change, gain, lower, upper, bound;
    `quarter`: mix (today, best), spend, sales, lower, upper; `gain`: mean, lower, upper, odds, worth, shift; `what_ifs`: case,
    spend, gain, lower, upper, odds; `weeks`: period, sales, baseline and channels; `trial`: see model.response_trial.held_out;
    `found`, `plans`: see planted_trial.
    """

    assumptions: Assumptions
    level: float
    periods: pd.DatetimeIndex
    codes: list[str]
    conditions: list[str]
    response: Response
    channels: pd.DataFrame
    bridge: pd.DataFrame
    curves: pd.DataFrame
    plan: pd.DataFrame
    quarter: pd.DataFrame
    gain: dict[str, float]
    what_ifs: pd.DataFrame
    weeks: pd.DataFrame
    trial: pd.DataFrame
    found: pd.DataFrame
    plans: pd.DataFrame


def build_study(tables: dict[str, pd.DataFrame], assumptions: dict, level: float, seed: int) -> Study:
    """The channels of a company weighed on its weekly sales; RequestError with everything that is wrong with tables or assumptions."""
    taken = _taken(assumptions, level)
    periods, codes, conditions, weeks = _weeks(tables, taken)
    last = weeks.spend[-QUARTER:]
    _check_budget(last, taken)
    response = fit_response(weeks, taken.belief, min(KEPT, taken.draws), seed)
    plan, mixes, gain = _best(response, last, codes, taken, level)
    trial = held_out(weeks, _origins(weeks.count), HELD, taken.belief, level, seed)
    found, plans = planted_trial(response, taken.worlds, YEAR, QUARTER, taken.most_change, taken.risk, level, seed)
    return Study(
        taken, level, periods, codes, conditions, response, _channels(response, codes, taken, level), _bridge(response, codes, level),
        _curves(response, codes, taken, level), plan, _quarter(response, last, mixes, level, seed), gain,
        _what_ifs(response, last, taken, level), _by_week(response, periods, codes),
        trial.assign(period=periods[trial["week"]], origin=periods[trial["origin"]]), found, plans,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- what is given

BOUNDS = {
    "budget": (0.0, np.inf), "most_change": (0.0, 1.0), "margin": (0.001, 1.0), "risk": (0.0, 5.0), "draws": (500, 10**6),
    "return_prior": (1e-6, 1e6), "return_factor": (1.05, 100.0), "return_shared": (0.0, 0.95), "worlds": (0, 1000), "level": (0.5, 0.99),
}  # fmt: skip


def _taken(assumptions: dict, level: float) -> Assumptions:
    given = {field.name: assumptions[field.name] for field in fields(Assumptions) if field.name in assumptions}
    problems = [Problem("missing", field.name) for field in fields(Assumptions) if field.name not in given]
    for name, (low, high) in BOUNDS.items():
        value = (given | {"level": level}).get(name)
        if value is not None and not low <= value <= high:
            problems.append(Problem("out of range", name, repr(value), f"{low:g} to {high:g}"))
    if problems:
        raise RequestError("channels", problems)
    return Assumptions(**given)


def _weeks(tables: dict[str, pd.DataFrame], taken: Assumptions) -> tuple[pd.DatetimeIndex, list[str], list[str], Weeks]:
    """The weeks closed by the month's end: their first days, channels (largest spend first), conditions, and figures."""
    end = month_end(month(taken.as_of))
    read = {name: tables[name] for name in (*TABLES, "conditions") if name in tables}
    closed = {name: table[table["period"] + pd.Timedelta(days=6) <= end] for name, table in read.items()}
    sales = closed["sales"].set_index("period")["amount"].sort_index()
    periods = pd.DatetimeIndex(sales.index)
    problems = _calendar_problems(periods, taken)
    spend, first = _wide(closed["campaigns"], "channel", "spend", periods, "campaigns")
    others, second = _wide(closed.get("conditions", pd.DataFrame()), "condition", "value", periods, "conditions")
    problems += [*first, *second, *(_spend_problems(spend) if not first else [])]
    problems += [Problem("sales are not above 0 in all", "sales", f"{sales.sum():,.2f}")] if len(sales) and not sales.sum() > 0 else []
    if not problems and len(periods) < 3 * (spend.shape[1] + 4) + others.shape[1]:
        problems.append(Problem("fewer weeks than the channels need", "sales", f"{len(periods)} weeks, {spend.shape[1]} channels"))
    if problems:
        raise RequestError("channels", at_most(problems))
    order = list(spend.tail(YEAR).sum().sort_values(ascending=False, kind="stable").index)
    first_week = int((periods[0] - pd.Timestamp("2000-01-03")).days // 7)
    figures = (table.to_numpy(dtype="float64") for table in (sales, spend[order], others))
    lifts = _lifts(tables["lift_tests"], periods, spend[order]) if "lift_tests" in tables else ()
    return periods, order, list(others.columns), Weeks(*figures, first_week, lifts)


def _lifts(tests: pd.DataFrame, periods: pd.DatetimeIndex, spend: pd.DataFrame) -> tuple[Lift, ...]:
    """The lift tests that had ended by the last week. RequestError where one can't be."""
    found, problems = [], []
    for test in tests.sort_values(["start", "channel"]).to_dict("records"):
        where, weeks = f"lift_tests, {test['channel']}, {test['start']:%Y-%m-%d}", int(test["weeks"])
        if test["start"] + pd.Timedelta(days=7 * weeks - 1) > periods[-1] + pd.Timedelta(days=6):
            continue
        if test["channel"] not in spend:
            problems.append(Problem("a channel without spend", where, next="add what it spent to campaigns, or leave the test out"))
        elif test["start"] not in periods or weeks != test["weeks"]:
            wanted = "the first day of a week of sales, and whole weeks"
            problems.append(Problem("no whole weeks", where, f"{test['weeks']:g} weeks", wanted))
        elif test["times"] == 1 or not spend.loc[test["start"] :, test["channel"]].head(weeks).any():
            wanted = "spend in these weeks, and times other than 1"
            problems.append(Problem("nothing was changed", where, f"times {test['times']:g}", wanted))
        else:
            at = spend.columns.get_loc(test["channel"]), periods.get_loc(test["start"])
            found.append(Lift(*at, weeks, *(float(test[name]) for name in ("times", "sales", "error"))))
    if problems:
        raise RequestError("channels", at_most(problems))
    return tuple(found)


def _calendar_problems(periods: pd.DatetimeIndex, taken: Assumptions) -> list[Problem]:
    if len(periods) < LEAST_WEEKS:
        wanted = f"at least {LEAST_WEEKS}: two years tell the season"
        return [Problem("too few weeks", f"sales, by {taken.as_of}", str(len(periods)), wanted)]
    twice = [Problem("twice", "sales", f"{day:%Y-%m-%d}", "each week once") for day in periods[periods.duplicated()]]
    steps = np.diff(periods.unique()).astype("timedelta64[D]").astype(int)
    jumps = [Problem("no step of 7 days", "sales", f"{periods.unique()[at]:%Y-%m-%d}", "a row a week") for at in np.flatnonzero(steps != 7)]
    return twice + jumps


def _wide(table: pd.DataFrame, name: str, value: str, periods: pd.DatetimeIndex, where: str) -> tuple[pd.DataFrame, list[Problem]]:
    """A column a code, a row a week of sales; what is missing, doubled or not a number is a problem."""
    if table.empty:
        return pd.DataFrame(index=periods), [Problem("no rows", where, expected="spend by week")] if where == "campaigns" else []
    twice = table[table.duplicated(["period", name])]
    problems = [Problem("twice", f"{where}, {row[name]}", f"{row['period']:%Y-%m-%d}") for row in twice.to_dict("records")]
    wide = table.drop_duplicates(["period", name]).pivot(index="period", columns=name, values=value).reindex(periods)
    lost = {code: int(count) for code, count in wide.isna().sum().items() if count}
    wanted = "a figure in each week of sales"
    return wide, problems + [Problem("weeks without a figure", f"{where}, {code}", str(count), wanted) for code, count in lost.items()]


def _spend_problems(spend: pd.DataFrame) -> list[Problem]:
    problems = []
    for code, column in spend.items():
        where = f"campaigns, {code}"
        if (column < 0).any():
            problems.append(Problem("negative spend", where, f"{int((column < 0).sum())} weeks", "0 or more"))
        elif not column.any():
            problems.append(Problem("nothing was ever spent", where, next="leave the channel out: there is nothing to learn from"))
        elif column.max() - column.min() <= 1e-9 * column.max():
            problems.append(Problem("the same spend in every week", where, next="leave it out: only change in spend shows what it brings"))
    return problems


def _check_budget(last: np.ndarray, taken: Assumptions) -> None:
    spent = last.sum()
    if spent <= 0:
        raise RequestError("channels", [Problem(f"nothing was spent in the last {QUARTER} weeks", "campaigns", next="plan by hand first")])
    share = _base(last, taken)
    if not 1 - taken.most_change - 1e-9 <= share <= 1 + taken.most_change + 1e-9:
        low, high = ((1 + way * taken.most_change) * spent for way in (-1, 1))
        wanted = f"{low:,.0f} to {high:,.0f}: the last {QUARTER} weeks' {spent:,.0f} and most_change"
        raise RequestError("channels", [Problem("no mix within the bounds costs this", "budget", f"{taken.budget:,.0f}", wanted)])


def _base(last: np.ndarray, taken: Assumptions) -> float:
    """The budget as a share of what was spent in the last weeks."""
    return taken.budget / float(last.sum()) if taken.budget else 1.0


def _origins(count: int) -> list[int]:
    """Weeks known at each trial, the earliest first."""
    origins = [count - HELD * back for back in range(MOST_TRIALS, 0, -1)]
    return [origin for origin in origins if origin >= LEAST_WEEKS]


# ------------------------------------------------------------------------------------------------------------ the parts


def _edges(draws: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower edge, median and upper edge over the draws."""
    known = np.isfinite(draws).all(axis=0)
    edges = np.quantile(np.where(known, draws, 0.0), [0.5 - level / 2, 0.5, 0.5 + level / 2], axis=0)
    return tuple(np.where(known, edge, np.nan) for edge in edges)


def _channels(response: Response, codes: list[str], taken: Assumptions, level: float) -> pd.DataFrame:
    """code, label_en, label_zh, spend (last year), brought (sales), roi, lower, upper, marginal and its band, odds (of a return above 1),
    width (what is left of the belief's), told, explained (by the others), twin and alike (the channel whose spend is most like its)."""
    returns = taken.margin * returns_over(response, YEAR)
    lower, middle, upper = _edges(returns, level)
    low, marginal, high = _edges(taken.margin * marginal_returns(response, YEAR), level)
    spent, width = response.weeks.spend[-YEAR:].sum(axis=0), width_left(response)
    twins = _twins(response, codes)
    table = pd.DataFrame({
        "code": codes, "spend": spent, "brought": middle / taken.margin * spent, "roi": middle, "lower": lower, "upper": upper,
        "marginal": marginal, "marginal_lower": low, "marginal_upper": high,
        "odds": np.where(spent > 0, (returns > 1).mean(axis=0), np.nan), "width": width, "told": width < UNTOLD,
        "explained": entanglement(response.weeks, response), **twins,
    })  # fmt: skip
    return _named(table, taken)


def _named(table: pd.DataFrame, taken: Assumptions) -> pd.DataFrame:
    """The table with the channels' names; a channel without a name is called by its code."""
    named = taken.labels.drop_duplicates("code").set_index("code")
    for at, lang in enumerate(("label_en", "label_zh"), start=1):
        table.insert(at, lang, table["code"].map(named[lang]).fillna(table["code"]))
    return table


def _twins(response: Response, codes: list[str]) -> dict[str, list]:
    working = working_spend(response).mean(axis=0)
    alike = np.corrcoef(working.T).reshape(len(codes), len(codes)) - np.eye(len(codes))
    nearest = np.abs(alike).argmax(axis=1)
    if len(codes) < 2:
        return {"twin": [""], "alike": [0.0]}
    return {"twin": [codes[at] for at in nearest], "alike": [alike[one, at] for one, at in enumerate(nearest)]}


def _bridge(response: Response, codes: list[str], level: float) -> pd.DataFrame:
    """Last year's sales: without channels, plus what each brought (medians), is sales. Noise stays with the first step.

    The median of all channels together, which `total_return` tells, isn't the sum of theirs: the rest is the step `together`.
    """
    brought = contributions(response)[:, -YEAR:].sum(axis=1)
    lower, middle, upper = _edges(brought, level)
    total, whole = response.weeks.sales[-YEAR:].sum(), float(np.median(brought.sum(axis=1)))
    steps = pd.DataFrame({"step": codes, "kind": "step", "amount": middle, "lower": lower, "upper": upper})
    if len(codes) > 1:
        steps = pd.concat([steps, pd.DataFrame({"step": ["together"], "kind": "step", "amount": whole - middle.sum()})], ignore_index=True)
    amounts = (("start", total - whole), ("end", total))
    start, end = (pd.DataFrame({"step": [kind], "kind": kind, "amount": amount}) for kind, amount in amounts)
    return pd.concat([start, steps, end], ignore_index=True)


def _curves(response: Response, codes: list[str], taken: Assumptions, level: float, points: int = 41) -> pd.DataFrame:
    """What a quarter's spend brings in contribution, spread over its weeks as the last quarter's was; `seen`: no more than once was."""
    last = response.weeks.spend[-QUARTER:]
    levels = np.linspace(0, 2, points)
    lower, middle, upper = _edges(taken.margin * brought_at(response, last, levels), level)
    most = pd.DataFrame(response.weeks.spend).rolling(QUARTER).sum().max().to_numpy()
    parts = [
        pd.DataFrame({"code": code, "spend": levels * cost, "amount": middle[:, at], "lower": lower[:, at], "upper": upper[:, at]})
        .assign(seen=lambda table, at=at: table["spend"] <= most[at] * (1 + 1e-9))
        for at, (code, cost) in enumerate(zip(codes, last.sum(axis=0), strict=True)) if cost > 0
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _best(response: Response, last: np.ndarray, codes: list[str], taken: Assumptions, level: float) -> tuple[pd.DataFrame, dict, dict]:
    """The plan by channel, today's and the best mix, and the gain of the whole."""
    levels = spend_levels(taken.most_change)
    brought, cost, base = taken.margin * brought_at(response, last, levels), last.sum(axis=0), _base(last, taken)
    best, today = best_mix(brought, levels, cost, base, taken.risk), np.full(len(cost), base)
    gains = mix_at(brought, levels, best) - mix_at(brought, levels, today)
    gain = _gain(gains.sum(axis=1), taken.risk, level) | {"shift": best_shift(brought, levels, cost, base, taken.risk, best)}
    return _plan(codes, cost, today, best, gains, taken, level), {"today": today, "best": best}, gain


def _plan(codes, cost, today, best, gains, taken: Assumptions, level: float) -> pd.DataFrame:
    """code, labels, last (13 weeks), now (today's mix of the budget), planned, change, gain in contribution with its band, bound."""
    lower, _, upper = _edges(gains, level)
    ends = np.select([best <= 1 - taken.most_change + 1e-6, best >= 1 + taken.most_change - 1e-6], ["lower", "upper"], "")
    table = pd.DataFrame({
        "code": codes, "last": cost, "now": today * cost, "planned": best * cost, "change": (best - today) * cost,
        "gain": gains.mean(axis=0), "lower": lower, "upper": upper, "bound": np.where(cost > 0, ends, ""),
    })  # fmt: skip
    return _named(table, taken)


def _gain(gains: np.ndarray, risk: float, level: float) -> dict[str, float]:
    lower, _, upper = np.quantile(gains, [0.5 - level / 2, 0.5, 0.5 + level / 2])
    return {
        "mean": float(gains.mean()), "lower": float(lower), "upper": float(upper), "odds": float((gains > 0).mean()),
        "worth": worth(gains, risk),
    }  # fmt: skip


def _quarter(response: Response, last: np.ndarray, mixes: dict[str, np.ndarray], level: float, seed: int) -> pd.DataFrame:
    """Next quarter's sales under each mix, on the same paths of everything else."""
    chance = np.random.default_rng(seed)
    paths = baseline_ahead(response, conditions_ahead(response.weeks, QUARTER, PATHS, chance), chance).sum(axis=1)
    rows = []
    for name, mix in mixes.items():
        brought = channel_sales_ahead(response, mix * last).sum(axis=(1, 2))
        sales = paths + brought[np.arange(PATHS) % response.draws]
        lower, upper = np.quantile(sales, [0.5 - level / 2, 0.5 + level / 2])
        rows.append({"mix": name, "spend": float((mix * last).sum()), "sales": float(sales.mean()), "lower": lower, "upper": upper})
    return pd.DataFrame(rows)


def _what_ifs(response: Response, last: np.ndarray, taken: Assumptions, level: float) -> pd.DataFrame:
    """What contribution less spend would gain over today's mix of the plan's budget: case, spend, mean, lower, upper, odds, worth.

    Cases: the plan, the mix best on average, twice the freedom, and a budget lower and higher by half of `most_change`.
    """
    step, wide = taken.most_change / 2, min(2 * taken.most_change, 1.0)
    base = _base(last, taken)
    cases = {
        "plan": (base, taken.most_change, taken.risk), "boldest": (base, taken.most_change, 0.0), "free": (base, wide, taken.risk),
        "less": (base - step, taken.most_change, taken.risk), "more": (base + step, taken.most_change, taken.risk),
    }  # fmt: skip
    within = {name: case for name, case in cases.items() if abs(case[0] - 1) <= case[1] + 1e-9}
    return pd.DataFrame([_what_if(name, response, last, base, *case, taken, level) for name, case in within.items()])


def _what_if(name: str, response: Response, last, base, share: float, freedom: float, risk: float, taken: Assumptions, level) -> dict:
    levels = spend_levels(freedom)
    cost, brought = last.sum(axis=0), taken.margin * brought_at(response, last, levels)
    mix = best_mix(brought, levels, cost, share, risk)
    before = taken.margin * brought_at(response, last, np.array([base]))[:, 0].sum(axis=1)
    gains = mix_at(brought, levels, mix).sum(axis=1) - before - (share - base) * cost.sum()
    return {"case": name, "spend": float(mix @ cost)} | _gain(gains, risk, level)


def _by_week(response: Response, periods: pd.DatetimeIndex, codes: list[str]) -> pd.DataFrame:
    """What came about by week: period, sales, baseline (sales less all channels), and each channel (medians)."""
    brought = pd.DataFrame(np.median(contributions(response), axis=0), columns=codes)
    table = pd.DataFrame({"period": periods, "sales": response.weeks.sales})
    return table.assign(baseline=table["sales"] - brought.sum(axis=1)).join(brought.add_prefix("channel_"))


# -------------------------------------------------------------------------------------------------- how well it is known


def trial_errors(study: Study) -> pd.DataFrame:
    """The mean miss of a week's sales by origin, a share of sales: origin, ours, without, naive; the last row all origins together."""
    groups = [(origin, part) for origin, part in study.trial.groupby("origin")] + [(pd.NaT, study.trial)]
    rows = [{"origin": origin} | {who: wape(part["actual"], part[who]) for who in ("ours", "without", "naive")} for origin, part in groups]
    return pd.DataFrame(rows if len(study.trial) else [], columns=["origin", "ours", "without", "naive"])


def inside(table: pd.DataFrame, truth: str) -> dict[str, float]:
    """How many bands held what came or was planted: n, inside, coverage, low, high (95 % interval)."""
    held = int(((table[truth] >= table["lower"]) & (table[truth] <= table["upper"])).sum())
    low, high = wilson(held, len(table))
    return {"n": len(table), "inside": held, "coverage": rate(held, len(table)), "low": low, "high": high}


def total_return(study: Study) -> tuple[float, float, float]:
    """Last year's contribution of all channels together per unit of money spent: median and band."""
    brought = contributions(study.response)[:, -YEAR:].sum(axis=(1, 2))
    lower, middle, upper = _edges(study.assumptions.margin * brought[:, None], study.level)
    spent = study.channels["spend"].sum()
    return rate(middle[0], spent), rate(lower[0], spent), rate(upper[0], spent)


def check_study(study: Study) -> list[Check]:
    """What must hold of the study."""
    steps, plan = study.bridge.set_index("step")["amount"], study.plan
    limit, gain, draws = study.assumptions.most_change, study.gain, study.response.effective
    limits, moved = plan["last"] * limit, (plan["planned"] - plan["last"]).abs()
    most = float((moved / plan["last"].where(plan["last"] > 0)).max())
    cent = 0.005 * (len(plan) + 1)
    return [
        check_close("channels: baseline and channels add up to sales", float(steps.drop("end").sum()), float(steps["end"]), cent),
        check_close("channels: the plan costs the budget", float(plan["planned"].sum()), float(plan["now"].sum()), cent),
        Check("channels: no channel changes more than it may", bool((moved <= limits + cent).all()), f"{most:.3f} ≤ {limit:g}"),
        Check("channels: the plan is never worse than today's mix", gain["worth"] >= -cent, f"{gain['worth']:,.2f} ≥ 0"),
        Check("channels: no shift between channels is worth more", gain["shift"] <= LEAST_GAIN, f"{gain['shift']:.4f} ≤ {LEAST_GAIN}"),
        Check("channels: enough independent draws", draws >= LEAST_DRAWS, f"{draws:,.0f} ≥ {LEAST_DRAWS}"),
    ]


def study_tables(study: Study) -> dict[str, pd.DataFrame]:
    """The tables that a run keeps; `returns` is what the page shows."""
    shown = ["label_en", "label_zh", "spend", "roi", "lower", "upper", "marginal", "marginal_lower", "marginal_upper"]
    return {
        "returns": study.channels[shown], "channels": study.channels, "bridge": study.bridge, "curves": study.curves, "plan": study.plan,
        "quarter": study.quarter, "gain": pd.DataFrame([study.gain]), "what_ifs": study.what_ifs, "weeks": study.weeks,
        "trial": study.trial, "trial_errors": trial_errors(study), "planted": study.found, "planted_plans": study.plans,
    }  # fmt: skip


def study_key_figures(study: Study) -> list[tuple]:
    """The figures a director wants of the channels, for view.reader.key_figures."""
    middle, lower, upper = total_return(study)
    gain, currency = study.gain, study.assumptions.currency
    return [
        ("channels_key_spend", float(study.channels["spend"].sum()), currency, "neutral"),
        ("channels_key_return", middle, "rate", "up", (lower, upper)),
        ("channels_key_gain", gain["mean"], currency, "up", (gain["lower"], gain["upper"])),
        ("channels_key_odds", gain["odds"], "rate", "up"),
        ("channels_key_untold", float((~study.channels["told"]).sum()), "count", "down"),
    ]
