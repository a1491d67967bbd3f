"""The stores' leases: a liability and a right of use at the present value of rents, paid by the quarter in advance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.periods import month, months_after
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.shops import CENTS
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure

YEARS = (3, 6)
"""Of a lease, at the least and below; it is renewed for as long when it ends."""


def build_leases(settings: Settings, structure: Structure, sales: float) -> pd.DataFrame:
    """Every lease that begins within the months: lease, store, entity, department, start, months, rent (cents a quarter), value (cents).

    `sales`: of a store of size 1 in a year, yuan without tax. A lease that began before is counted from the first month on.
    """
    first, rows = month(settings.first_month), []
    for store in structure.stores.itertuples():
        draw, start, number = stream(settings.seed, "leases", store.code), 0, 1
        while start < settings.months:
            months = 12 * int(draw.integers(*YEARS)) - (int(draw.integers(0, 24)) // 3 * 3 if number == 1 else 0)
            rent = round(settings.money.rent * sales * store.size * store.rent_level / 4 * (1 + 0.02) ** (start / 12) * CENTS)
            rows.append((f"{store.code}-{number}", store.code, store.entity, store.department, months_after(first, start), months, rent))
            start, number = start + months, number + 1
    leases = pd.DataFrame(rows, columns=["lease", "store", "entity", "department", "start", "months", "rent"])
    leases["value"] = [present_value(row.rent, row.months, settings.money.lease_rate) for row in leases.itertuples()]
    return leases


def present_value(rent: int, months: int, rate: float) -> int:
    """Cents that rents in advance, one a quarter, are worth at their start."""
    quarters = np.arange(months // 3)
    return int(np.rint((rent * (1 + rate) ** (-quarters / 4)).sum()))


def schedule(lease, rate: float, until: pd.Timestamp) -> pd.DataFrame:
    """Month by month: lease, store, entity, department, month; payment, interest, depreciation in cents. It ends with nothing owed or left.

    Interest is what the rate makes of what is owed after the month's payment; the last month takes what rounding has left.
    """
    owed, rows = int(lease.value), []
    even, more = divmod(owed, lease.months)
    for number in range(lease.months):
        payment = lease.rent if number % 3 == 0 else 0
        owed -= payment
        interest = -owed if number == lease.months - 1 else round(owed * ((1 + rate) ** (1 / 12) - 1))
        owed += interest
        rows.append((months_after(lease.start, number), payment, interest, even + (number < more)))
    table = pd.DataFrame(rows, columns=["month", "payment", "interest", "depreciation"])
    about = {name: getattr(lease, name) for name in ("lease", "store", "entity", "department")}
    return table[table["month"] < until].assign(**about)
