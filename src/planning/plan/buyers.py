"""Buyers without a contract: who is still a customer, what they will buy and spend, and whom it pays to win back.

Nobody says that they leave; it is read from how often somebody bought and how long they have been silent. The sources hold no
offers, so what an offer does is an assumption.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from planning.core.checks import Check, check_close
from planning.core.errors import Problem, RequestError
from planning.core.periods import MONTH, month, month_end
from planning.core.small_groups import LEAST, OTHERS, merge_small
from planning.model.contract_value import discounts
from planning.model.lifetime import UNTOLD, WEEK, build_histories, learnt_from, leaving_told
from planning.model.outlook import (
    Buying,
    Later,
    Outlook,
    draw_outlook,
    draw_saved,
    expected_buying,
    fit_buying,
    middle,
    odds_of_buying,
    tells_enough,
    worth_ahead,
)
from planning.plan.buyer_segments import segment_table, segments_of
from planning.plan.buyers_lean import Lean, band, lean_known
from planning.plan.buyers_trial import (
    GROUPS,
    MONEY,
    Trial,
    as_shown,
    by_group,
    corrected_ends,
    curve,
    expected_by,
    group_of,
    misses,
    own_bands,
    scores,
    total_bands,
    trial_days,
    try_buyers,
)

TABLE = "orders"
DRAWS = 400
"""Draws of what comes; a band of 80 % has 40 of them beyond each end."""
LIKELY_LEFT = 0.5
"""Below this probability of being a customer somebody is said to have left."""
SILENCES = {"0–13": 0.0, "13–26": 13.0, "26–39": 26.0, "39–52": 39.0, "52+": 52.0}
"""Weeks since the last purchase: where each band begins."""
NEEDED = {
    "as_of": "the last month of orders that is known", "horizon_weeks": "a whole number", "margin": "a fraction",
    "offer_cost": "an amount", "save_rate": "a fraction", "discount_rate": "a fraction", "months_ahead": "a whole number",
}  # fmt: skip
YEAR = 52
MOST_TRIED = 100_000
"""Buyers whose orders the trials are made on, drawn by chance, always the same, where there are more."""


@dataclass(frozen=True)
class Study:
    """What is known, expected and assumed of a company's buyers.

    `people`: customer, repeats, last, age, paid, spent, total, silent (weeks since the last purchase), still (probability), odds (of
    buying again), purchases, amount, their bands, amount_if (if still a customer), at_risk, gain (of an offer), value (margin of the
    months that count, discounted) and its band. `totals`: what (customers, purchases, amount, value), expected, lower, upper (shown),
    drawn_lower, drawn_upper, lean, factor (by which it is corrected), spread, n (closing days tried). `months`: repeat
    purchases in money by month, closed and ahead. `groups`, `silences`: people by purchases so far and by silence; `segments`: by
    how lately, how often and for how much they bought (buyer_segments.segment_table). No group of fewer than ten. `retention`: whom an
    offer pays for, best first; `outcome`: of that list n, cost, gain, lower, upper, odds, break_even. `scores`, `bands`, `own`,
    `misses`: the trials; `tried`, `curve`: the one over the whole horizon, empty where too little is known. `drawing`: how far the
    draws' purchases are from the formula's with the same parameters, and how far chance may put them. `leans`: of purchases and amount,
    as the trials tell them. `leaving`: how much better the orders are told with leaving than without (lifetime.leaving_told).
    """

    level: float
    assumptions: dict
    closing: pd.Timestamp
    first: pd.Timestamp
    orders: pd.Series
    buying: Buying
    people: pd.DataFrame
    totals: pd.DataFrame
    months: pd.DataFrame
    before: float
    groups: pd.DataFrame
    silences: pd.DataFrame
    segments: pd.DataFrame
    retention: pd.DataFrame
    outcome: pd.Series
    cases: pd.DataFrame
    scores: pd.DataFrame
    bands: pd.DataFrame
    own: pd.DataFrame
    misses: pd.DataFrame
    tried: pd.DataFrame
    curve: pd.DataFrame
    drawing: tuple[float, float]
    leans: dict[str, Lean]
    leaving: float

    @property
    def tells_leaving(self) -> bool:
        """Whether the orders tell that anybody leaves at all."""
        return self.leaving >= UNTOLD

    @property
    def weeks(self) -> int:
        """The horizon in weeks."""
        return self.assumptions["horizon_weeks"]

    @property
    def learnt_from(self) -> int:
        """Of how many buyers the rates are learnt."""
        return len(learnt_from(self.buying.histories))


def events(taken) -> pd.DataFrame:
    """The event table `orders` of a snapshot. RequestError where there is none."""
    return taken.event(TABLE)


def build_study(table: pd.DataFrame, assumptions: dict, level: float, seed: int, workers: int = 1) -> Study:
    """The study of buyers from the event table `orders`; `assumptions` are the notebook's parameters, `workers` processes.

    Orders after the month `as_of` are not looked at. RequestError where an assumption is missing or there are too few orders.
    """
    closing = _closing(assumptions)
    orders = table[table["date"] < closing + pd.Timedelta(days=1)]
    _check_orders(orders, table, closing, assumptions)
    first, weeks = orders["date"].min().normalize(), assumptions["horizon_weeks"]
    sample = tried_on(orders)
    days = [(day, ahead) for day, ahead in trial_days(first, closing, weeks) if tells_enough(build_histories(sample, day))]
    trials = Parallel(workers)(delayed(try_buyers)(sample, day, ahead, _draws(ahead, weeks), level, seed) for day, ahead in days)
    missed = misses(trials, sample, closing)
    trials = [as_shown(trial, missed) for trial in trials]
    leans = {what: lean_known(missed, what, closing) for what in MONEY}
    whole = next((trial for trial in trials if trial.weeks == weeks), None)
    buying = fit_buying(orders, closing)
    steps = _month_ends(closing, weeks)
    later = months_that_count(closing, assumptions)
    outlook = draw_outlook(buying, (steps["end"] - closing) / WEEK, DRAWS, seed, level, later)
    people = _people(buying, outlook, leans, later, assumptions)
    retention = people[people["gain"] > 0].sort_values("gain", ascending=False, kind="stable").reset_index(names="row")
    return Study(
        level, dict(assumptions), closing, first, _counted(orders), buying, people,
        totals=_totals(people, outlook, leans, level, assumptions, later),
        months=_months(orders, steps, buying, outlook, leans["amount"], level, closing), before=_year_before(orders, first, closing, weeks),
        groups=_groups(people), silences=_silences(people), segments=segment_table(people, _tried_segments(whole)),
        retention=retention,
        outcome=_outcome(buying, retention, assumptions, level, seed, leans["amount"]),
        cases=_cases(people, assumptions),
        scores=_stack([scores(trial) for trial in trials]), bands=total_bands(trials, level), own=own_bands(trials),
        misses=missed, tried=by_group(whole) if whole else pd.DataFrame(), curve=curve(whole, sample, level) if whole else pd.DataFrame(),
        drawing=_drawing(outlook), leans=leans, leaving=leaving_told(learnt_from(buying.histories), buying.lifetimes),
    )  # fmt: skip


def tried_on(orders: pd.DataFrame) -> pd.DataFrame:
    """The orders that trials are made on: all, or those of MOST_TRIED buyers, so that trials of many take no more memory and time."""
    names = orders["customer"].drop_duplicates()
    return orders[orders["customer"].isin(names.sort_values().sample(MOST_TRIED, random_state=0))] if len(names) > MOST_TRIED else orders


def _closing(assumptions: dict) -> pd.Timestamp:
    missing = [name for name in NEEDED if assumptions.get(name) in (None, "")]
    problems = [Problem(f"{name} is missing", "assumptions", expected=NEEDED[name]) for name in missing]
    if "as_of" not in missing and not re.fullmatch(MONTH, str(assumptions["as_of"])):
        problems.append(Problem("no month", "as_of", str(assumptions["as_of"]), 'a month such as "2021-03"'))
    if problems:
        raise RequestError("buyers", problems)
    return month_end(month(assumptions["as_of"])).normalize()


def _check_orders(orders: pd.DataFrame, table: pd.DataFrame, closing: pd.Timestamp, assumptions: dict) -> None:
    problems = []
    if assumptions["horizon_weeks"] < 1:
        problems.append(Problem("no horizon", "horizon_weeks", str(assumptions["horizon_weeks"]), "at least 1 week"))
    if orders.empty:
        first = f"the first on {table['date'].min():%Y-%m-%d}" if len(table) else "none at all"
        problems.append(Problem("no orders", TABLE, first, f"orders up to {closing:%Y-%m-%d}", "choose a later as_of"))
    if problems:
        raise RequestError("buyers", problems)


def _draws(ahead: float, weeks: int) -> int:
    return DRAWS if ahead == weeks else DRAWS // 2


def _stack(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _counted(orders: pd.DataFrame) -> pd.Series:
    """What came in: lines, buyers, amount, free (lines that cost nothing), last (the newest day)."""
    return pd.Series({"lines": len(orders), "buyers": orders["customer"].nunique(), "amount": float(orders["amount"].sum()),
                      "free": int((orders["amount"] == 0).sum()), "last": orders["date"].max().normalize()})  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- people


def months_that_count(closing: pd.Timestamp, assumptions: dict) -> Later:
    """The months that count in what a buyer is worth: their ends in weeks, and what a unit spent in each is worth today."""
    count = assumptions["months_ahead"]
    ends = pd.date_range(closing + pd.Timedelta(days=1), periods=count, freq="MS") + pd.offsets.MonthEnd(1)
    return Later(((ends - closing) / WEEK).to_numpy(), discounts(count, assumptions["discount_rate"]))


def _people(buying: Buying, outlook: Outlook, leans: dict[str, Lean], later: Later, assumptions: dict) -> pd.DataFrame:
    weeks, earned = assumptions["horizon_weeks"], assumptions["margin"] * leans["amount"].factor
    made = expected_buying(buying, weeks).assign(odds=odds_of_buying(buying, weeks))
    people = buying.histories.merge(made, on="customer", validate="one_to_one")
    people["silent"] = people["age"] - people["last"]
    for what, lean in leans.items():
        people[[what, f"{what}_if"]] *= lean.factor
        people[[f"{what}_lower", f"{what}_upper"]] = corrected_ends(what, outlook.own, lean)
    people["value"] = earned * worth_ahead(buying, later)
    people[["value_lower", "value_upper"]] = earned * outlook.own[["worth_lower", "worth_upper"]]
    people["at_risk"] = (1 - people["still"]) * people["amount_if"]
    people["gain"] = offer_gain(people["at_risk"], assumptions)
    return people.assign(segment=segments_of(people))


def offer_gain(at_risk, assumptions: dict):
    """What an offer to a buyer is expected to bring, less its cost: 60 at risk × 0.1 come back × 0.4 margin − 2 = 0.4."""
    return at_risk * assumptions["save_rate"] * assumptions["margin"] - assumptions["offer_cost"]


def _groups(people: pd.DataFrame) -> pd.DataFrame:
    """By purchases so far: group, buyers, still (expected number), left (likely to have left), amount, at_risk; OTHERS for small ones."""
    group = merge_small(group_of(people["repeats"]))
    sums = people.assign(group=group, gone=people["still"] < LIKELY_LEFT).groupby("group").agg(
        buyers=("customer", "size"), still=("still", "sum"), left=("gone", "sum"), amount=("amount", "sum"), at_risk=("at_risk", "sum")
    )  # fmt: skip
    return sums.reindex([name for name in (*GROUPS, OTHERS) if name in sums.index]).reset_index()


def _silences(people: pd.DataFrame) -> pd.DataFrame:
    """By purchases so far and weeks of silence: group, silence, buyers, still (mean probability); not of fewer than ten."""
    starts = list(SILENCES.values())
    silence = np.array(list(SILENCES))[np.searchsorted(starts, people["silent"], side="right") - 1]
    rows = people.assign(group=merge_small(group_of(people["repeats"])), silence=silence)
    table = rows.groupby(["group", "silence"]).agg(buyers=("customer", "size"), still=("still", "mean")).reset_index()
    order = [(group, name) for group in (*GROUPS, OTHERS) for name in SILENCES]
    table = table.set_index(["group", "silence"]).reindex(order).dropna(subset="buyers").astype({"buyers": int}).reset_index()
    return table[table["buyers"] >= LEAST].reset_index(drop=True)


def _tried_segments(whole: Trial | None) -> pd.DataFrame:
    return whole.rows.assign(segment=segments_of(whole.buying.histories).to_numpy()) if whole else pd.DataFrame()


def regular_share(study: Study, purchases: int) -> float:
    """The share of the money expected that comes from those who have bought so many times or more."""
    people = study.people
    return float(people.loc[people["repeats"] + 1 >= purchases, "amount"].sum() / people["amount"].sum())


# -------------------------------------------------------------------------------------------------------------- totals


def _totals(people: pd.DataFrame, outlook: Outlook, leans: dict[str, Lean], level: float, assumptions: dict, later: Later) -> pd.DataFrame:
    """A row each for customers, purchases, amount and value. Nothing can be held against how many are customers: no lean, as drawn."""
    rows, drawn = [], {"customers": outlook.customers, "purchases": outlook.purchases, "amount": outlook.amount}
    drawn["value"] = assumptions["margin"] * outlook.worth
    for what, draws in drawn.items():
        expected, lean = float(people["still" if what == "customers" else what].sum()), leans.get("amount" if what == "value" else what)
        low, high = middle(draws, level)
        weeks = later.ends[-1] if what == "value" else assumptions["horizon_weeks"]
        lower, upper = band(expected / lean.factor, low, high, lean, level, weeks) if lean else (low, high)
        told = (lean.mean, lean.factor, float(lean.spread_over(weeks)), lean.n) if lean else (0.0, 1.0, 0.0, 0)
        rows.append((what, expected, float(lower), float(upper), low, high, *told, float(draws.mean()), float(draws.std())))
    names = ["what", "expected", "lower", "upper", "drawn_lower", "drawn_upper", "lean", "factor", "spread", "n"]
    return pd.DataFrame(rows, columns=[*names, "drawn_mean", "drawn_spread"])


def _month_ends(closing: pd.Timestamp, weeks: int) -> pd.DataFrame:
    """The months ahead: period, end (the horizon's last day for the last)."""
    last = closing + weeks * WEEK
    periods = pd.date_range(closing + pd.Timedelta(days=1), last, freq="MS")
    return pd.DataFrame({"period": periods, "end": [min(month_end(period).normalize(), last) for period in periods]})


def _again(orders: pd.DataFrame) -> pd.DataFrame:
    """The orders after each buyer's first day."""
    return orders[orders["date"].dt.normalize() > orders.groupby("customer")["date"].transform("min").dt.normalize()]


def _drawing(outlook: Outlook) -> tuple[float, float]:
    apart = outlook.purchases - outlook.formula
    return float(abs(apart.mean())), float(4 * apart.std(ddof=1) / np.sqrt(len(apart)))


def _months(orders, steps, buying: Buying, outlook: Outlook, lean: Lean, level: float, closing: pd.Timestamp) -> pd.DataFrame:
    """Repeat purchases in money by month, the last twelve closed and those ahead: period, scenario, amount, lower, upper, prior.

    `prior` is missing before the sources' first whole month; ahead it holds the same days of buyers already known a year before.
    """
    came = _by_month(orders, closing)
    ends = ((steps["end"] - closing) / WEEK).to_numpy()
    expected = np.diff(expected_by(buying, ends, "amount"), prepend=0.0)
    lower, upper = band(expected, *middle(outlook.step_amount, level), lean, level, ends)
    expected = expected * lean.factor
    ahead = pd.DataFrame({"period": steps["period"], "scenario": "forecast", "amount": expected, "lower": lower, "upper": upper})
    closed = came.tail(12).rename_axis("period").reset_index(name="amount").assign(scenario="actual", lower=np.nan, upper=np.nan)
    prior = came.reindex(closed["period"] - pd.DateOffset(years=1)).to_numpy()
    parts = [closed.assign(prior=prior), ahead.assign(prior=_prior_ahead(orders, steps, closing, came.index.min()))]
    return pd.concat([part[[*ahead.columns, "prior"]] for part in parts], ignore_index=True)


def _prior_ahead(orders: pd.DataFrame, steps: pd.DataFrame, closing: pd.Timestamp, whole: pd.Timestamp) -> np.ndarray:
    """The steps ahead a year before: like the forecast, only of buyers known when they began and only to the same day."""
    start, *stops = (_year_earlier(day) for day in [closing, *steps["end"]])
    begun = start >= orders["date"].min().normalize()
    known = (steps["period"] - pd.DateOffset(years=1) >= whole) & (pd.Series(stops) <= closing) & begun
    upto = np.array([_spent_again(orders, start, stop) for stop in stops])
    return np.where(known, np.diff(upto, prepend=0.0), np.nan)


def _year_earlier(day: pd.Timestamp) -> pd.Timestamp:
    """The same day a year earlier; a month's last day stays one."""
    return day + pd.Timedelta(days=1) - pd.DateOffset(years=1) - pd.Timedelta(days=1)


def _spent_again(orders: pd.DataFrame, start: pd.Timestamp, stop: pd.Timestamp) -> float:
    """What buyers already known on the day `start` spent after it, to the day `stop`."""
    day = orders["date"].dt.normalize()
    first = day.groupby(orders["customer"]).transform("min")
    return float(orders.loc[(first <= start) & (day > start) & (day <= stop), "amount"].sum())


def _by_month(orders: pd.DataFrame, closing: pd.Timestamp) -> pd.Series:
    """Repeat purchases in money by whole month since the sources begin."""
    first, again = orders["date"].min(), _again(orders)
    whole = first.to_period("M").to_timestamp() + pd.DateOffset(months=int(first.day > 1))
    came = again.groupby(again["date"].dt.to_period("M").dt.to_timestamp())["amount"].sum()
    return came.reindex(pd.date_range(whole, closing, freq="MS"), fill_value=0.0)


def _year_before(orders: pd.DataFrame, first: pd.Timestamp, closing: pd.Timestamp, weeks: int) -> float:
    """What the buyers known 52 weeks earlier spent in the same weeks then; missing where they aren't known whole.

    Buyers who came during those weeks are left out, as those who will come are left out of what is expected.
    """
    start, stop = closing - YEAR * WEEK, closing - YEAR * WEEK + weeks * WEEK
    if start < first or stop > closing:
        return float("nan")
    return _spent_again(orders, start, stop)


def total(study: Study, what: str) -> pd.Series:
    """A row of the totals: customers, purchases, amount or value."""
    return study.totals.set_index("what").loc[what]


def likely_left(study: Study) -> pd.Series:
    """Those likely to have left: n, share (of all buyers), amount (they are still expected to spend), amount_share, at_risk."""
    gone = study.people[study.people["still"] < LIKELY_LEFT]
    return pd.Series({"n": len(gone), "share": len(gone) / len(study.people), "amount": gone["amount"].sum(),
                      "amount_share": gone["amount"].sum() / study.people["amount"].sum(), "at_risk": gone["at_risk"].sum()})  # fmt: skip


# --------------------------------------------------------------------------------------------------------- winning back


def _outcome(buying: Buying, retention: pd.DataFrame, assumptions: dict, level: float, seed: int, lean: Lean) -> pd.Series:
    """Of the list: n, cost, gain with its band, odds (that it gains, as drawn), break_even (save rate).

    What comes back is corrected and as unsure as all that is expected, by the lean.
    """
    n, cost = len(retention), len(retention) * assumptions["offer_cost"]
    back = draw_saved(buying, retention["row"].to_numpy(), assumptions["save_rate"], assumptions["horizon_weeks"], DRAWS, seed)
    earned = back * assumptions["margin"]
    stake = float(retention["at_risk"].sum()) * assumptions["margin"]
    ends = band(stake * assumptions["save_rate"] / lean.factor, *middle(earned, level), lean, level, assumptions["horizon_weeks"])
    lower, upper = (float(end) - cost for end in ends)
    return pd.Series({"n": n, "cost": cost, "gain": float(retention["gain"].sum()), "lower": lower, "upper": upper,
                      "odds": float((earned * lean.factor > cost).mean()) if n else np.nan, "break_even": cost / stake if stake else np.nan,
                      "at_risk": float(retention["at_risk"].sum())})  # fmt: skip


CASES = {
    "assumed": {}, "half_back": {"save_rate": 0.5}, "more_back": {"save_rate": 1.5}, "cheap_offer": {"offer_cost": 0.5},
    "dear_offer": {"offer_cost": 2.0}, "thin_margin": {"margin": 0.75},
}  # fmt: skip
"""What if: by how much an assumption is multiplied."""


def _cases(people: pd.DataFrame, assumptions: dict) -> pd.DataFrame:
    """What if an assumption is another: case, save_rate, offer_cost, margin, and for the list drawn anew n, cost, gain.

    `as_drawn`: the gain of the list as it stands, should the assumption turn out so after it was contacted.
    """
    rows = []
    for case, changes in CASES.items():
        terms = {name: assumptions[name] * changes.get(name, 1.0) for name in ("save_rate", "offer_cost", "margin")}
        terms["save_rate"] = min(1.0, terms["save_rate"])
        gain = offer_gain(people["at_risk"], terms)
        n = int((gain > 0).sum())
        won = {"n": n, "cost": n * terms["offer_cost"], "gain": gain[gain > 0].sum(), "as_drawn": gain[people["gain"] > 0].sum()}
        rows.append({"case": case, **terms, **won})
    return pd.DataFrame(rows)


# ------------------------------------------------------------------------------------------------------------- results


def whole_trial(study: Study) -> pd.DataFrame:
    """The scores of the newest trial over the whole horizon, a row a forecaster; empty where there is none."""
    rows = study.scores[study.scores["weeks"] == study.weeks] if len(study.scores) else study.scores
    return rows[rows["closing"] == rows["closing"].max()].set_index("forecaster") if len(rows) else rows


def held(study: Study, bands: pd.DataFrame, what: str) -> pd.DataFrame:
    """The rows of `bands` or `own` about purchases or money, newest closing day first."""
    return bands[bands["what"] == what].sort_values("closing", ascending=False) if len(bands) else bands


def check_study(study: Study) -> list[Check]:
    """What must hold: parameters found, orders used once each, formulas and draws that agree, parts that add up."""
    return [*_check_fit(study), *_check_people(study), *_check_sums(study)]


def _check_fit(study: Study) -> list[Check]:
    fits, days = (study.buying.lifetimes, study.buying.spend), (study.orders["last"], study.closing)
    said = ", ".join(f"{name} {value:.3f}" for fit in fits for name, value in fit.values.items())
    apart, allowed = study.drawing
    return [
        Check("buyers: the parameters were found", all(fit.converged for fit in fits), said),
        Check("buyers: the orders reach to the closing day", bool(days[1] - days[0] < WEEK), " ↔ ".join(f"{day:%Y-%m-%d}" for day in days)),
        Check("buyers: draws agree with the formula", bool(apart <= allowed), f"Δ {apart:,.1f} ≤ {allowed:,.1f}"),
    ]


def _check_people(study: Study) -> list[Check]:
    odds = study.people[["still", "odds"]].to_numpy()
    figures = study.people[["purchases", "amount", "amount_if", "at_risk"]].to_numpy()
    inside, whole = bool(((odds >= 0) & (odds <= 1)).all()), bool(np.isfinite(figures).all() and (figures >= 0).all())
    return [
        Check("buyers: probabilities lie between none and all", inside, f"{odds.min():.4f} … {odds.max():.4f}"),
        Check("buyers: nothing expected is missing or negative", whole, f"{figures.min():.2f} ≥ 0"),
    ]


def _check_sums(study: Study) -> list[Check]:
    known, came = float(study.people["total"].sum()), float(study.orders["amount"])
    parts, amount = float(study.groups["amount"].sum()), float(total(study, "amount")["expected"])
    redone = float(offer_gain(study.retention["at_risk"], study.assumptions).sum())
    return [
        check_close("buyers: every order counts once", known, came, 0.01),
        check_close("buyers: groups add up to the total", parts, amount, 0.01),
        check_close("buyers: the list adds up to its gain", redone, float(study.outcome["gain"]), 0.01),
    ]


def study_tables(study: Study) -> dict[str, pd.DataFrame]:
    """The tables of the study, by name."""
    columns = {"still": "probability", "amount_if": "charge"}
    retention = study.retention.rename(columns=columns).assign(probability=lambda t: 1 - t["probability"])
    names = ["customer", "probability", "charge", "gain", "repeats", "silent", "last", "spent", "at_risk", "amount"]
    fits = [(name, value) for fit in (study.buying.lifetimes, study.buying.spend) for name, value in fit.values.items()]
    return {
        "retention": retention[names], "people": study.people, "totals": study.totals, "months": study.months, "groups": study.groups,
        "silences": study.silences, "segments": study.segments, "outcome": study.outcome.to_frame().T, "what_ifs": study.cases,
        "trial": study.scores,
        "total_bands": study.bands, "own_bands": study.own, "misses": study.misses, "tried_groups": study.tried, "curve": study.curve,
        "parameters": pd.DataFrame(fits, columns=["name", "value"]),
    }  # fmt: skip


def study_key_figures(study: Study, currency: str = "currency") -> list[tuple]:
    """The figures a director wants first; how many are still customers has no band, since nothing can be held against it."""
    still, amount, out = total(study, "customers"), total(study, "amount"), study.outcome
    return [
        ("buyers_still", still["expected"], "count", "up"),
        ("buyers_expected", amount["expected"], currency, "up", (amount["lower"], amount["upper"])),
        ("buyers_value", total(study, "value")["expected"], currency, "up", tuple(total(study, "value")[["lower", "upper"]])),
        ("buyers_at_risk", float(study.people["at_risk"].sum()), currency, "down"),
        ("buyers_gain", out["gain"], currency, "up", (out["lower"], out["upper"])),
    ]
