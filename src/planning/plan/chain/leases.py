"""Leases in a plan: those that run, those that are renewed, and what they come to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.periods import months_after, months_between
from planning.model.chain.assets import Leases, plan_leases
from planning.model.drivers import Drivers
from planning.model.ledger import Events, sums_by


def renewed(leases: pd.DataFrame, drivers: Drivers, last: pd.Timestamp) -> pd.DataFrame:
    """The leases with those that follow when one ends before the plan does: for as long again, at its rent and the driver `rent_rise`.

    A lease that another of the same store already follows isn't renewed; nor is one whose `lease_renewal` is 0.
    """
    while True:
        terms = zip(leases["start"], leases["months"], strict=True)
        end = pd.Series([months_after(day, int(months)) for day, months in terms], leases.index)
        newest = leases["start"] == leases.groupby(["entity", "store"])["start"].transform("max")
        ends = newest & (end <= last)
        if not ends.any():
            return leases.reset_index(drop=True)
        due = leases[ends].assign(start=end[ends])
        asked = due[["entity", "store"]], pd.DatetimeIndex([last])
        goes_on = drivers.values_of("lease_renewal", *asked)[:, 0, 0] > 0
        rent = due["rent"] * (1 + drivers.values_of("rent_rise", *asked)[:, 0, 0])
        following = due.assign(rent=rent, lease=due["lease"] + "+")[goes_on]
        if following.empty:
            return leases.reset_index(drop=True)
        leases = pd.concat([leases, following], ignore_index=True)


def lease_events(leases: pd.DataFrame, drivers: Drivers, as_of: pd.Timestamp, periods: int) -> tuple[Leases, Events]:
    """Every lease that runs, and the event `leases` by cost centre: added, paid, interest, depreciation."""
    first = months_after(as_of, 1)
    leases = renewed(leases, drivers, months_after(as_of, periods))
    start = np.array([months_between(first, day) for day in leases["start"]], dtype=int)
    asked = leases[["entity", "store"]], pd.DatetimeIndex([first])
    rate, every = (drivers.values_of(name, *asked)[:, 0, 0] for name in ("lease_rate", "rent_months"))
    found = plan_leases(start, leases["months"].to_numpy(int), leases["rent"].to_numpy(), every.astype(int), rate, periods)
    by = ["entity", "cost_centre"]
    names = ("added", "paid", "interest", "depreciation")
    sums = {name: sums_by(leases[by].reset_index(drop=True), getattr(found, name), by) for name in names}
    return found, Events(next(iter(sums.values()))[0], {name: values for name, (_, values) in sums.items()})
