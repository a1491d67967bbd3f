"""Rates of exchange, and what they make of claims within the group in another company's currency, month by month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planning.core.periods import month, month_end, month_range
from planning.inputs.sample.postings import COLLECTION
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream

OTHER_SIDE = {"220204": ("112202", "sales"), "2232": ("1131", "dividends received")}
"""What a debt to one of the group is a claim of on the other side, and how its settlement moves cash there."""


@dataclass
class Claims:
    """What others of the group owe: cents of the debtor's currency, and cents as booked by the creditor (creditor, account, debtor)."""

    owed: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    booked: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))

    def arise(self, account: str, debts: pd.DataFrame) -> None:
        """Of each row: entity (the creditor), partner (the debtor), owed and booked."""
        for row in debts.itertuples():
            self.owed[row.entity, account, row.partner] += int(row.owed)
            self.booked[row.entity, account, row.partner] += int(row.booked)

    def receipts(self, payments: pd.DataFrame, rates: pd.Series) -> pd.DataFrame:
        """What creditors receive of the payments to them, at the rate of the month; rows as `payments`."""
        paid = payments[payments["settles"].isin(OTHER_SIDE) & (payments["partner"] != "")]
        account, movement = (paid["settles"].map({debt: side[at] for debt, side in OTHER_SIDE.items()}) for at in (0, 1))
        amount = np.rint(paid["paid"] * paid["entity"].map(rates)).astype(np.int64)
        came = paid.assign(entity=paid["partner"], partner=paid["entity"], settles=account, movement=movement, cash=COLLECTION)
        came = came.assign(received=amount, paid=0, owed=paid["paid"])
        for row in came.itertuples():
            self.owed[row.entity, row.settles, row.partner] -= int(row.owed)
            self.booked[row.entity, row.settles, row.partner] -= int(row.received)
        return came.drop(columns="owed")

    def differences(self, period: pd.Timestamp, closing: pd.Series) -> pd.DataFrame:
        """At a month's end: entity, date, account, partner, owed (debtor's cents), rate, amount (the creditor's gain, cents)."""
        rows = []
        for key, owed in sorted(self.owed.items()):
            amount = round(owed * closing[key[2]]) - self.booked[key]
            self.booked[key] += amount
            rows.append((*key, owed, closing[key[2]], amount))
        table = pd.DataFrame(rows, columns=["entity", "account", "partner", "owed", "rate", "amount"]).assign(date=month_end(period))
        return table[table["amount"] != 0]


def rates_of_exchange(settings: Settings) -> pd.DataFrame:
    """month, currency, average and closing: yuan a Hong Kong dollar. A month ends between its average and that of the next."""
    periods = month_range(month(settings.first_month), settings.months + 1)
    steps = stream(settings.seed, "fx").normal(0, settings.money.fx_wander, len(periods))
    average = settings.money.fx * np.exp(np.cumsum(steps) - steps[0])
    closing = np.sqrt(average[:-1] * average[1:])
    return pd.DataFrame({"month": periods[:-1], "currency": "HKD", "average": average[:-1], "closing": closing})
