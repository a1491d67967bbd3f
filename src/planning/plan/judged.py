"""People and model combined over a company's past: the views of each origin, and the walk over them."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.periods import month_end, months_after
from planning.model.backtest import closed_months, trial
from planning.model.judgement import walk
from planning.plan.known import monthly_actuals, people_forecast
from planning.plan.reforecast import HORIZON

TRIAL = ["as_of", "account", "period", "horizon", "amount", "typical"]


class Told(NamedTuple):
    """What the people told at an origin: the months that were over on that day, and those ahead: account, period, amount."""

    over: pd.DataFrame
    ahead: pd.DataFrame


def told(rows: pd.DataFrame, tree: AccountTree, account: str, as_of: pd.Timestamp, when: pd.Timestamp) -> Told:
    """The people's newest forecast on a day, as far ahead as ours looks, parted: a month that is over when it is published is no
    forecast any more, its figure is the first print of what happened."""
    newest = people_forecast(rows, tree, account, as_of, when)[["account", "period", "amount"]]
    newest = newest[newest["period"] <= months_after(as_of, HORIZON)]
    over = month_end(newest["period"]) <= when
    return Told(newest[over], newest[~over])


def run_judged(
    rows: pd.DataFrame, tree: AccountTree, account: str, origins: pd.DataFrame, trials: pd.DataFrame, method: str, workers: int = 1,
    country: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """People and model combined at each origin, in the form of `trials` (the method's own, as `run_trials` gives): see
    model.judgement. Months that were over on the day are the people's first print, and the model starts after them; where the
    people are silent it is what ships alone."""
    actuals = monthly_actuals(rows, tree, account)
    own = trials.assign(amount=trials["own"])
    days = [day for day in origins.sort_values("as_of").itertuples() if day.as_of in set(trials["as_of"])]
    parts = {day.as_of: told(rows, tree, account, day.as_of, day.when) for day in days}
    begun = [begin(own[own["as_of"] == d.as_of], actuals, parts[d.as_of].over, d.when, method, workers, country) for d in days]
    model = pd.concat(begun, ignore_index=True)
    over = model["first_print"]
    spoken = [part.ahead.assign(as_of=as_of) for as_of, part in parts.items() if len(part.ahead)]
    if not spoken:
        return trials[TRIAL]
    views = _views(pd.concat(spoken, ignore_index=True), model[~over])
    return pd.concat([model.loc[over, TRIAL], walk(views, actuals, origins)], ignore_index=True).sort_values(TRIAL[:3], ignore_index=True)


def begin(
    trials: pd.DataFrame, actuals: pd.DataFrame, over: pd.DataFrame, when: pd.Timestamp, method: str, workers: int = 1,
    country: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """One origin's trial begun after the months that were over: its rows with `first_print`, true for those months.

    A line that the people's first print leaves out is 0 there, as a report closes a month without it. Lines that have no
    history yet are left to the people.
    """
    if over.empty:
        return trials.assign(first_print=False)
    as_of, last = trials["as_of"].iloc[0], over["period"].max()
    closed = closed_months(actuals, as_of, when)
    months = over["period"].unique()
    cells = closed[["account"]].drop_duplicates().merge(pd.DataFrame({"period": months}), how="cross")
    printed = cells.merge(over, on=["account", "period"], how="left").fillna({"amount": 0.0})
    history = pd.concat([closed, printed], ignore_index=True).assign(known=when)
    count = len(months)
    day = pd.DataFrame({"as_of": [last], "when": [when]})
    after = trial(history, day, lambda _: HORIZON - count, method, workers, country=country)
    after = after.assign(as_of=as_of, horizon=after["horizon"] + count, first_print=False)
    sizes = trials[["account", "typical"]].drop_duplicates()
    first = pd.concat([printed, over[~over["account"].isin(cells["account"])]]).merge(sizes, on="account", how="left")
    order = first["period"].map({period: n + 1 for n, period in enumerate(sorted(months))})
    first = first.assign(as_of=as_of, horizon=order, first_print=True, typical=first["typical"].fillna(first["amount"].abs()))
    return pd.concat([first, after], ignore_index=True)[[*TRIAL, "first_print"]]


def _views(people: pd.DataFrame, model: pd.DataFrame) -> pd.DataFrame:
    """Both side by side: as_of, account, period, people, model, typical."""
    model = model.rename(columns={"amount": "model"})[["as_of", "account", "period", "model", "typical"]]
    return model.merge(people.rename(columns={"amount": "people"}), on=["as_of", "account", "period"], how="outer")
