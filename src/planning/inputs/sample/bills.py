"""Acceptance bills of dealers: received, then passed on to a supplier, discounted at the bank, or kept until they are due."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planning.core.periods import month_end, months_after
from planning.inputs.sample.dealers import BILL_MONTHS
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream

MATERIALS = "220201"
"""Where suppliers of materials wait for their money: they take bills."""
HELD_DAYS = 30
"""From receipt to the day on which a bill is discounted."""
COLUMNS = ["entity", "bill", "dealer", "amount", "received", "matures", "fate", "date"]


@dataclass
class Bills:
    """The register: bills to come, and bills in hand."""

    settings: Settings
    to_come: list[pd.DataFrame] = field(default_factory=list)
    in_hand: list[pd.DataFrame] = field(default_factory=list)

    def promise(self, period: pd.Timestamp, orders: pd.DataFrame) -> None:
        """Of each of a month's orders paid by bill, the bill: its amount in cents and the day it will come."""
        paid = orders[orders["by_bill"].astype(bool)]
        paid = paid.assign(amount=paid["net"] + paid["vat"]).groupby(["entity", "order", "dealer"], as_index=False)
        bills = paid.agg(amount=("amount", "sum"), received=("paid_date", "first")).rename(columns={"order": "bill"})
        lot, rates = stream(self.settings.seed, "bills", f"{period:%Y-%m}").random(len(bills)), self.settings.supply
        fate = np.select([lot < rates.endorsed, lot < rates.endorsed + rates.discounted], ["endorsed", "discounted"], "kept")
        matures = pd.DatetimeIndex([months_after(day, BILL_MONTHS) for day in bills["received"]])
        self.to_come.append(bills.assign(bill="B" + bills["bill"].astype(str), fate=fate, matures=matures, date=bills["received"])[COLUMNS])

    def month(self, period: pd.Timestamp, payments: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """What happens to bills in a month: received, endorsed (those `payments` are lowered), discounted, matured."""
        until = month_end(period)
        came, self.to_come = _parted(self.to_come, "received", until)
        hand = pd.concat([*self.in_hand, came], ignore_index=True)
        endorsed = _endorsed(hand[hand["fate"] == "endorsed"], payments)
        hand = hand[~hand["bill"].isin(endorsed["bill"])]
        day = hand["received"] + pd.Timedelta(days=HELD_DAYS)
        at_bank = (hand["fate"] == "discounted") & (day <= until)
        due = ~at_bank & (hand["matures"] <= until)
        self.in_hand = [hand[~at_bank & ~due]]
        return {
            "bills_received": came, "bills_endorsed": endorsed,
            "bills_discounted": self._discounted(hand[at_bank].assign(date=day[at_bank])),
            "bills_matured": hand[due].assign(date=hand.loc[due, "matures"]),
        }  # fmt: skip

    def _discounted(self, bills: pd.DataFrame) -> pd.DataFrame:
        """With what the bank keeps (`charge`) and pays (`cash`)."""
        days = (bills["matures"] - bills["date"]).dt.days
        charge = np.rint(bills["amount"] * self.settings.money.discount * days / 360).astype(np.int64)
        return bills.assign(charge=charge, cash=bills["amount"] - charge)


def _parted(tables: list[pd.DataFrame], by: str, until: pd.Timestamp) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """What has come by a day, and the rest."""
    table = pd.concat(tables, ignore_index=True)
    now = table[by] <= until
    return table[now], [table[~now]]


def _endorsed(bills: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """The bills that pay suppliers of materials; what is paid in money is lowered in `payments` itself."""
    taken = []
    left = payments.index[(payments["settles"] == MATERIALS) & (payments["paid"] > 0)]
    for bill in bills.itertuples():
        fits = [at for at in left if payments.at[at, "date"] >= bill.received and payments.at[at, "paid"] >= bill.amount]
        if fits:
            payments.at[fits[0], "paid"] -= bill.amount
            taken.append(bill._replace(date=payments.at[fits[0], "date"]))
    return pd.DataFrame(taken, columns=["Index", *COLUMNS])[COLUMNS]
