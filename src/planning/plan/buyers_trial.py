"""How forecasts of buyers came out: made again at earlier closing days with what was known then, beside plain rules and what came."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from planning.core.metrics import bias
from planning.core.small_groups import OTHERS, merge_small
from planning.model.dropout import dropout_purchases, fit_dropout
from planning.model.lifetime import WEEK, learnt_from, purchases_if_customer
from planning.model.outlook import Buying, Outlook, draw_outlook, expected_buying, fit_buying, middle, odds_of_buying
from planning.model.spend import amount_a_purchase
from planning.plan.buyers_lean import Lean, band, lean_known

QUARTER = 13
"""Weeks between two closing days that are tried."""
LEAST_KNOWN = 26
"""Weeks of purchases that a trial needs before it."""
RECENT = 13
"""Weeks without a purchase after which the plain rule gives a buyer up."""
FORECASTERS = ("ours", "dropout", "rate", "recent")
"""Ours (Pareto/NBD), BG/NBD, every buyer at the rate so far, and the same for those who bought lately."""
GROUPS = {"1": (1, 1), "2": (2, 2), "3": (3, 3), "4–5": (4, 5), "6–10": (6, 10), "11+": (11, np.inf)}
"""Buyers by purchases so far."""
MONEY = ("purchases", "amount")


@dataclass(frozen=True)
class Trial:
    """One closing day tried: what each buyer was forecast to do, and did.

    `rows`: a row a buyer: customer, repeats, still, odds, purchases and amount by each forecaster (`ours_purchases` …), the
    bands of one buyer (`purchases_lower` …), and what came (`came_purchases`, `came_amount`). `leans`: of purchases and amount, as
    they were known on that day (as_shown); none before these are told.
    """

    closing: pd.Timestamp
    weeks: float
    buying: Buying
    outlook: Outlook
    rows: pd.DataFrame
    leans: dict[str, Lean] = field(default_factory=dict)


def trial_days(first: pd.Timestamp, closing: pd.Timestamp, horizon: int) -> list[tuple[pd.Timestamp, float]]:
    """The closing days to try, newest first, each with the weeks ahead that have come: at most the horizon.

    Every quarter of 13 weeks back from the closing day, and the horizon itself, as long as 26 weeks were known before.
    """
    span = (closing - first + pd.Timedelta(days=1)) / WEEK
    back = sorted({*range(QUARTER, int(span) + 1, QUARTER), horizon})
    return [(closing - weeks * WEEK, float(min(weeks, horizon))) for weeks in back if span - weeks >= LEAST_KNOWN]


def try_buyers(orders: pd.DataFrame, closing: pd.Timestamp, weeks: float, draws: int, level: float, seed: int) -> Trial:
    """Forecasts made on a closing day from the orders up to it, beside the purchases of the `weeks` after it."""
    buying = fit_buying(orders, closing)
    outlook = draw_outlook(buying, np.arange(1, int(np.ceil(weeks)) + 1).clip(max=weeks), draws, seed, level)
    came = happened(orders, closing, weeks).reindex(buying.histories["customer"]).fillna(0.0)
    made = expected_buying(buying, weeks)[["customer", "still"]].assign(odds=odds_of_buying(buying, weeks))
    rows = pd.concat([made, buying.histories["repeats"], forecasts(buying, weeks)], axis=1)
    for name in MONEY:
        rows[f"{name}_lower"], rows[f"{name}_upper"] = outlook.own[f"{name}_lower"], outlook.own[f"{name}_upper"]
        rows[f"came_{name}"] = came[name].to_numpy()
    return Trial(closing, weeks, buying, outlook, rows)


def happened(orders: pd.DataFrame, closing: pd.Timestamp, weeks: float) -> pd.DataFrame:
    """What came in the `weeks` after a closing day, by customer: purchases (days with one), amount."""
    day = orders["date"].dt.normalize()
    after = orders[(day > closing) & (day <= closing + weeks * WEEK)]
    days = after.assign(date=after["date"].dt.normalize()).groupby(["customer", "date"])["amount"].sum()
    return days.groupby("customer").agg(["size", "sum"]).set_axis(list(MONEY), axis=1).astype(float)


def forecasts(buying: Buying, weeks: float) -> pd.DataFrame:
    """Purchases and amount of the next `weeks` by each forecaster, a row a buyer (ours_purchases, ours_amount, dropout_purchases …)."""
    of, made = buying.known, expected_buying(buying, weeks)
    dropout = dropout_purchases(fit_dropout(learnt_from(buying.histories)).parameters, of["repeats"], of["last"], of["age"], weeks)
    each = amount_a_purchase(buying.spend.parameters, of["paid"], of["spent"], buying.free)
    rate = np.divide(of["repeats"], of["age"], out=np.zeros(len(made)), where=of["age"] > 0) * weeks
    own = (buying.histories["total"] / (buying.histories["repeats"] + 1)).to_numpy()
    lately = (of["age"] - of["last"]) <= RECENT
    purchases = {"ours": made["purchases"].to_numpy(), "dropout": dropout, "rate": rate, "recent": rate * lately}
    amounts = {"ours": made["amount"].to_numpy(), "dropout": dropout * each, "rate": rate * own, "recent": rate * lately * own}
    return pd.DataFrame({f"{who}_{what}": by[who] for who in FORECASTERS for what, by in zip(MONEY, (purchases, amounts), strict=True)})


def scores(trial: Trial) -> pd.DataFrame:
    """How far each forecaster missed: forecaster, buyers, and for purchases and amount expected, came, mae (a buyer) and bias."""
    rows, found = trial.rows, []
    for who in FORECASTERS:
        row = {"closing": trial.closing, "weeks": trial.weeks, "forecaster": who, "buyers": len(rows)}
        for what in MONEY:
            made, came = rows[f"{who}_{what}"], rows[f"came_{what}"]
            row |= {f"expected_{what}": made.sum(), f"came_{what}": came.sum(), f"mae_{what}": (made - came).abs().mean(),
                    f"bias_{what}": bias(came, made)}  # fmt: skip
        found.append(row)
    return pd.DataFrame(found)


def misses(trials: list[Trial], orders: pd.DataFrame, closing: pd.Timestamp) -> pd.DataFrame:
    """How far the total of every tried closing day missed at each later one: made, ended, weeks, what, expected, came, miss.

    `miss` is what came over what was expected, less 1.
    """
    days = sorted({trial.closing for trial in trials} | {closing})
    found = []
    for trial in trials:
        for ended in [day for day in days if day > trial.closing]:
            weeks = min((ended - trial.closing) / WEEK, trial.weeks)
            made, came = expected_buying(trial.buying, weeks), happened(orders, trial.closing, weeks)
            known = came[came.index.isin(made["customer"])].sum()
            for what in MONEY:
                row = {"made": trial.closing, "ended": trial.closing + weeks * WEEK, "weeks": weeks, "what": what}
                found.append(row | {"expected": made[what].sum(), "came": known[what]})
    table = pd.DataFrame(found, columns=["made", "ended", "weeks", "what", "expected", "came"])
    table = table.drop_duplicates(["made", "ended", "what"], ignore_index=True)
    return table.assign(miss=table["came"] / table["expected"].where(table["expected"] > 0) - 1)


def as_shown(trial: Trial, missed: pd.DataFrame) -> Trial:
    """The trial with its forecasts corrected by the leans that were known on its day, as they would have been shown."""
    leans = {what: lean_known(missed, what, trial.closing) for what in MONEY}
    rows = trial.rows.copy()
    for what, lean in leans.items():
        rows[f"ours_{what}"] *= lean.factor
        rows[[f"{what}_lower", f"{what}_upper"]] = corrected_ends(what, trial.outlook.own, lean)
    return replace(trial, rows=rows, leans=leans)


def corrected_ends(what: str, own: pd.DataFrame, lean: Lean) -> pd.DataFrame:
    """The ends of single buyers' bands, corrected; those of purchases stay whole."""
    ends = own[[f"{what}_lower", f"{what}_upper"]] * lean.factor
    return ends.round() if what == "purchases" else ends


def expected_by(buying: Buying, weeks: np.ndarray, what: str) -> np.ndarray:
    """What all buyers together are expected to buy or spend by each of these weeks."""
    rates, of, now = buying.lifetimes.parameters, buying.known, expected_buying(buying, 1.0)
    each = (now["still"] * (now["each"] if what == "amount" else 1.0)).to_numpy()
    return np.array([each @ purchases_if_customer(rates, of["repeats"], of["age"], week) for week in weeks])


def total_bands(trials: list[Trial], level: float) -> pd.DataFrame:
    """The total's band as it would have been shown on each tried closing day (`trials`: as_shown), and whether what came fell inside.

    closing, weeks, what, expected, came, drawn_lower, drawn_upper, drawn_inside, lower, upper,
    inside, n (closing days tried by then).
    """
    found = []
    for trial in trials:
        for what in MONEY:
            expected, came = trial.rows[f"ours_{what}"].sum(), trial.rows[f"came_{what}"].sum()
            low, high = middle(getattr(trial.outlook, what), level)
            lean = trial.leans[what]
            lower, upper = band(expected / lean.factor, low, high, lean, level, trial.weeks)
            found.append({
                "closing": trial.closing, "weeks": trial.weeks, "what": what, "expected": expected, "came": came,
                "drawn_lower": low, "drawn_upper": high, "drawn_inside": low <= came <= high, "lower": float(lower), "upper": float(upper),
                "inside": bool(lower <= came <= upper), "n": lean.n,
            })  # fmt: skip
    return pd.DataFrame(found)


def own_bands(trials: list[Trial]) -> pd.DataFrame:
    """How many buyers fell inside their own bands: closing, weeks, what, n, inside, below, above."""
    found = []
    for trial in trials:
        for what in MONEY:
            came, lower, upper = (trial.rows[name] for name in (f"came_{what}", f"{what}_lower", f"{what}_upper"))
            below, above = int((came < lower - 1e-6).sum()), int((came > upper + 1e-6).sum())
            row = {"closing": trial.closing, "weeks": trial.weeks, "what": what, "n": len(came)}
            found.append(row | {"inside": len(came) - below - above, "below": below, "above": above})
    return pd.DataFrame(found)


def group_of(repeats: pd.Series) -> pd.Series:
    """The group of each buyer by purchases so far."""
    first = [low - 1 for low, _ in GROUPS.values()]
    return pd.Series(np.array(list(GROUPS))[np.searchsorted(first, repeats, side="right") - 1], index=repeats.index)


def by_group(trial: Trial) -> pd.DataFrame:
    """Expected and came by purchases so far: group, buyers, purchases, came_purchases, amount, came_amount, and how many were
    expected to buy again and did (again, came_again). OTHERS for small ones."""
    rows = trial.rows.assign(group=merge_small(group_of(trial.rows["repeats"])), came_again=trial.rows["came_purchases"] > 0)
    sums = rows.groupby("group").agg(
        buyers=("customer", "size"), purchases=("ours_purchases", "sum"), came_purchases=("came_purchases", "sum"),
        amount=("ours_amount", "sum"), came_amount=("came_amount", "sum"), again=("odds", "sum"), came_again=("came_again", "sum"),
    )  # fmt: skip
    return sums.reindex([group for group in (*GROUPS, OTHERS) if group in sums.index]).rename_axis("group").reset_index()


def curve(trial: Trial, orders: pd.DataFrame, level: float) -> pd.DataFrame:
    """Repeat purchases so far by week around the tried closing day: week (0 its end), date, came, expected, lower, upper.

    Before the closing day only what came; from then on corrected and as wide as by the lean that was known then.
    """
    days = orders.assign(date=orders["date"].dt.normalize())[["customer", "date"]].drop_duplicates()
    first = days.groupby("customer")["date"].transform("min")
    again = days[(days["date"] > first) & (first <= trial.closing)]
    week = np.ceil((again["date"] - trial.closing) / WEEK).astype(int)
    ahead = int(np.ceil(trial.weeks))
    at = np.arange(int(week.min()) - 1, ahead + 1)
    came = week.value_counts().reindex(at, fill_value=0).cumsum().to_numpy(dtype=float)
    table = pd.DataFrame({"week": at, "date": trial.closing + at * WEEK, "came": came})
    start, drawn = float(came[at == 0][0]), trial.outlook.step_purchases.cumsum(axis=1)
    weeks = np.arange(1, ahead + 1).clip(max=trial.weeks)
    expected = expected_by(trial.buying, weeks, "purchases")
    lean = trial.leans["purchases"]
    lower, upper = band(expected, *middle(drawn, level), lean, level, weeks)
    expected = expected * lean.factor
    steps = pd.DataFrame({"week": np.arange(1, ahead + 1), "expected": start + expected, "lower": start + lower, "upper": start + upper})
    now = pd.DataFrame({"week": [0], "expected": start, "lower": start, "upper": start})
    return table.merge(pd.concat([now, steps]), on="week", how="left")
