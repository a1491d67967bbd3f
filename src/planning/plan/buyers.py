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
from planning.model.lifetime import WEEK, build_histories, learnt_from
from planning.model.outlook import Buying, Outlook, draw_outlook, draw_saved, expected_buying, fit_buying, odds_of_buying, tells_enough
from planning.plan.buyers_trial import (
    GROUPS,
    MONEY,
    Trial,
    by_group,
    curve,
    ends,
    expected_by,
    group_of,
    misses,
    own_bands,
    scores,
    total_bands,
    trial_days,
    try_buyers,
    widened,
    widest_miss,
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
    "offer_cost": "an amount", "save_rate": "a fraction",
}  # fmt: skip
YEAR = 52


@dataclass(frozen=True)
class Study:
    """What is known, expected and assumed of a company's buyers.

    `people`: customer, repeats, last, age, paid, spent, total, silent (weeks since the last purchase), still (probability), odds (of
    buying again), purchases, amount, their bands, amount_if (if still a customer), at_risk, gain (of an offer). `totals`: what
    (customers, purchases, amount), expected, lower, upper (shown), drawn_lower, drawn_upper, miss, n. `months`: repeat
    purchases in money by month, closed and ahead. `groups`, `silences`: people by purchases so far and by silence. `retention`: whom an
    offer pays for, best first; `outcome`: of that list n, cost, gain, lower, upper, odds, break_even. `scores`, `bands`, `own`,
    `misses`: the trials; `tried`, `curve`: the one over the whole horizon, empty where too little is known. `drawing`: how far the
    draws' purchases are from the formula's with the same parameters, and how far chance may put them.
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
    days = [(day, ahead) for day, ahead in trial_days(first, closing, weeks) if tells_enough(build_histories(orders, day))]
    trials = Parallel(workers)(delayed(try_buyers)(orders, day, ahead, _draws(ahead, weeks), level, seed) for day, ahead in days)
    missed = misses(trials, orders, closing)
    whole = next((trial for trial in trials if trial.weeks == weeks), None)
    buying = fit_buying(orders, closing)
    steps = _month_ends(closing, weeks)
    outlook = draw_outlook(buying, (steps["end"] - closing) / WEEK, DRAWS, seed)
    people = _people(buying, outlook, assumptions, level)
    retention = people[people["gain"] > 0].sort_values("gain", ascending=False, kind="stable").reset_index(names="row")
    return Study(
        level, dict(assumptions), closing, first, _counted(orders), buying, people, totals=_totals(people, outlook, missed, level, closing),
        months=_months(orders, steps, buying, outlook, missed, level, closing), before=_year_before(orders, first, closing, weeks),
        groups=_groups(people, group_of(people["repeats"]), GROUPS), silences=_silences(people), retention=retention,
        outcome=_outcome(buying, retention, assumptions, level, seed, widest_miss(missed, "amount", closing)[0]),
        cases=_cases(people, assumptions),
        scores=_stack([scores(trial) for trial in trials]), bands=total_bands(trials, missed, level), own=own_bands(trials),
        misses=missed, tried=by_group(whole) if whole else pd.DataFrame(), curve=_curve(whole, orders, level, missed),
        drawing=_drawing(outlook),
    )  # fmt: skip


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


def _people(buying: Buying, outlook: Outlook, assumptions: dict, level: float) -> pd.DataFrame:
    weeks = assumptions["horizon_weeks"]
    made = expected_buying(buying, weeks).assign(odds=odds_of_buying(buying, weeks))
    people = buying.histories.merge(made, on="customer", validate="one_to_one")
    people["silent"] = people["age"] - people["last"]
    for what in MONEY:
        people[f"{what}_lower"], people[f"{what}_upper"] = ends(getattr(outlook, what), level)
    people["at_risk"] = (1 - people["still"]) * people["amount_if"]
    people["gain"] = offer_gain(people["at_risk"], assumptions)
    return people


def offer_gain(at_risk, assumptions: dict):
    """What an offer to a buyer is expected to bring, less its cost: 60 at risk × 0.1 come back × 0.4 margin − 2 = 0.4."""
    return at_risk * assumptions["save_rate"] * assumptions["margin"] - assumptions["offer_cost"]


def _groups(people: pd.DataFrame, group: pd.Series, order) -> pd.DataFrame:
    """group, buyers, still (expected number), left (likely to have left), amount, at_risk."""
    sums = people.assign(group=group, gone=people["still"] < LIKELY_LEFT).groupby("group").agg(
        buyers=("customer", "size"), still=("still", "sum"), left=("gone", "sum"), amount=("amount", "sum"), at_risk=("at_risk", "sum")
    )  # fmt: skip
    return sums.reindex([name for name in order if name in sums.index]).reset_index()


def _silences(people: pd.DataFrame) -> pd.DataFrame:
    """By purchases so far and weeks of silence: group, silence, buyers, still (mean probability)."""
    starts = list(SILENCES.values())
    silence = np.array(list(SILENCES))[np.searchsorted(starts, people["silent"], side="right") - 1]
    rows = people.assign(group=group_of(people["repeats"]), silence=silence)
    table = rows.groupby(["group", "silence"]).agg(buyers=("customer", "size"), still=("still", "mean")).reset_index()
    order = [(group, name) for group in GROUPS for name in SILENCES]
    return table.set_index(["group", "silence"]).reindex(order).dropna(subset="buyers").astype({"buyers": int}).reset_index()


# -------------------------------------------------------------------------------------------------------------- totals


def _totals(people: pd.DataFrame, outlook: Outlook, missed: pd.DataFrame, level: float, closing: pd.Timestamp) -> pd.DataFrame:
    rows = []
    drawn = {"customers": outlook.customers} | {what: getattr(outlook, what).sum(axis=1, dtype=float) for what in MONEY}
    expected = {"customers": people["still"].sum()} | {what: people[what].sum() for what in MONEY}
    for what, amount in expected.items():
        low, high = ends(drawn[what], level)
        miss, n = widest_miss(missed, what, closing)
        lower, upper = widened(amount, low, high, miss)
        rows.append((what, float(amount), lower, upper, low, high, miss, n, float(drawn[what].mean()), float(drawn[what].std())))
    names = ["what", "expected", "lower", "upper", "drawn_lower", "drawn_upper", "miss", "n", "drawn_mean", "drawn_spread"]
    return pd.DataFrame(rows, columns=names)


def _month_ends(closing: pd.Timestamp, weeks: int) -> pd.DataFrame:
    """The months ahead: period, end (the horizon's last day for the last)."""
    last = closing + weeks * WEEK
    periods = pd.date_range(closing + pd.Timedelta(days=1), last, freq="MS")
    return pd.DataFrame({"period": periods, "end": [min(month_end(period).normalize(), last) for period in periods]})


def _again(orders: pd.DataFrame) -> pd.DataFrame:
    """The orders after each buyer's first day."""
    return orders[orders["date"].dt.normalize() > orders.groupby("customer")["date"].transform("min").dt.normalize()]


def _drawing(outlook: Outlook) -> tuple[float, float]:
    apart = outlook.purchases.sum(axis=1, dtype=float) - outlook.formula
    return float(abs(apart.mean())), float(4 * apart.std(ddof=1) / np.sqrt(len(apart)))


def _months(orders, steps, buying: Buying, outlook: Outlook, missed, level: float, closing: pd.Timestamp) -> pd.DataFrame:
    """Repeat purchases in money by month, the last twelve closed and those ahead: period, scenario, amount, lower, upper, prior.

    `prior` is missing before the sources' first whole month; ahead it holds the same days of buyers already known a year before.
    """
    came = _by_month(orders, closing)
    expected = np.diff(expected_by(buying, ((steps["end"] - closing) / WEEK).to_numpy(), "amount"), prepend=0.0)
    lower, upper = widened(expected, *ends(outlook.step_amount, level), widest_miss(missed, "amount", closing)[0])
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
    """A row of the totals: customers, purchases or amount."""
    return study.totals.set_index("what").loc[what]


def likely_left(study: Study) -> pd.Series:
    """Those likely to have left: n, share (of all buyers), amount (they are still expected to spend), amount_share, at_risk."""
    gone = study.people[study.people["still"] < LIKELY_LEFT]
    return pd.Series({"n": len(gone), "share": len(gone) / len(study.people), "amount": gone["amount"].sum(),
                      "amount_share": gone["amount"].sum() / study.people["amount"].sum(), "at_risk": gone["at_risk"].sum()})  # fmt: skip


# --------------------------------------------------------------------------------------------------------- winning back


def _outcome(buying: Buying, retention: pd.DataFrame, assumptions: dict, level: float, seed: int, miss: float) -> pd.Series:
    """Of the list: n, cost, gain with its band, odds (that it gains, as drawn), break_even (save rate).

    The band is as wide as what comes back would be off if it missed by as much as a total once did.
    """
    n, cost = len(retention), len(retention) * assumptions["offer_cost"]
    back = draw_saved(buying, retention["row"].to_numpy(), assumptions["save_rate"], assumptions["horizon_weeks"], DRAWS, seed)
    drawn = back * assumptions["margin"] - cost
    stake = float(retention["at_risk"].sum()) * assumptions["margin"]
    lower, upper = (end - cost for end in widened(stake * assumptions["save_rate"], *ends(drawn + cost, level), miss))
    return pd.Series({"n": n, "cost": cost, "gain": float(retention["gain"].sum()), "lower": lower, "upper": upper,
                      "odds": float((drawn > 0).mean()) if n else np.nan, "break_even": cost / stake if stake else np.nan,
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


def _curve(whole: Trial | None, orders: pd.DataFrame, level: float, missed: pd.DataFrame) -> pd.DataFrame:
    if whole is None:
        return pd.DataFrame()
    return curve(whole, orders, level, widest_miss(missed, "purchases", whole.closing)[0])


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
        "silences": study.silences, "outcome": study.outcome.to_frame().T, "what_ifs": study.cases, "trial": study.scores,
        "total_bands": study.bands, "own_bands": study.own, "misses": study.misses, "tried_groups": study.tried, "curve": study.curve,
        "parameters": pd.DataFrame(fits, columns=["name", "value"]),
    }  # fmt: skip


def study_key_figures(study: Study, currency: str = "currency") -> list[tuple]:
    """The figures a director wants first; how many are still customers has no band, since nothing can be held against it."""
    still, amount, out = total(study, "customers"), total(study, "amount"), study.outcome
    return [
        ("buyers_still", still["expected"], "count", "up"),
        ("buyers_expected", amount["expected"], currency, "up", (amount["lower"], amount["upper"])),
        ("buyers_at_risk", float(study.people["at_risk"].sum()), currency, "down"),
        ("buyers_gain", out["gain"], currency, "up", (out["lower"], out["upper"])),
    ]
