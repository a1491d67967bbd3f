"""What trade brings with it: platforms' commissions, parcels, what subscriptions cost, scrap sold, bank charges."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.core.periods import month_end
from planning.inputs.sample.settings import Settings

SUBSCRIPTION_COSTS = {"6401071": 0.01, "6401072": 0.06, "6401073": 0.14}
"""Payment fees, cloud and content, of a month's subscriptions."""


def services(settings: Settings, period: pd.Timestamp, online: pd.DataFrame, charges: pd.DataFrame) -> pd.DataFrame:
    """A month's bills for services of the online business: entity, date, department, account; net and vat in cents."""
    sold, subscribed = int((online["net"] + online["vat"]).sum()), int(charges["net"].sum())
    amounts = [
        ("660129", "D504", sold * settings.money.commission),
        ("660126", "D504", float(to_minor(len(online) * settings.money.parcel, 2))),
        *((account, "D503", subscribed * share) for account, share in SUBSCRIPTION_COSTS.items()),
    ]
    table = pd.DataFrame(amounts, columns=["account", "department", "net"]).assign(entity="ONLINE", date=month_end(period))
    net = np.rint(table["net"]).astype(np.int64)
    return table.assign(net=net, vat=np.rint(net * settings.money.vat_services).astype(np.int64))


def scrap(settings: Settings, period: pd.Timestamp, uses: pd.DataFrame) -> pd.DataFrame:
    """What the plant gets for scrap: entity, date; net and vat in cents."""
    net = round(int(uses["cost"].sum()) * settings.supply.scrap)
    return pd.DataFrame({"entity": ["MFG"], "date": [month_end(period)], "net": [net], "vat": [round(net * settings.money.vat_goods)]})


def bank_charges(settings: Settings, period: pd.Timestamp, payments: pd.DataFrame, clearings: pd.DataFrame) -> pd.DataFrame:
    """What banks keep of all that is paid and received: entity, date, amount in cents."""
    moved = pd.concat([payments.assign(amount=payments["received"] + payments["paid"]), clearings])[["entity", "amount"]]
    charged = moved.groupby("entity", as_index=False)["amount"].sum()
    amount = np.rint(charged["amount"].abs().astype(float) * settings.money.bank_charge).astype(np.int64)
    return charged.assign(amount=amount, date=month_end(period))
