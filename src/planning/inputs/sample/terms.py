"""When what a month's events leave open is received and paid."""

from __future__ import annotations

import pandas as pd

from planning.core.periods import month_end
from planning.inputs.sample.postings import COLLECTION, OPERATING, PAYROLL
from planning.inputs.sample.treasury import OpenItems

PURCHASES = {"merchandise_purchases": ("220202", 45, ["net", "vat"]), "material_purchases": ("220201", 30, ["net", "vat", "freight"])}
SERVICES = {"expenses": ["invoiced", "vat"], "reversals": ["invoiced"], "campaigns": ["amount", "vat"], "services": ["net", "vat"]}
"""Account and days to pay of purchases, and what of each kind is owed; services are paid after thirty days."""


def owe(events: dict[str, pd.DataFrame], open_items: OpenItems) -> None:
    """What this month's events will bring and take, and when."""
    _customers(events, open_items)
    _suppliers(events, open_items)
    _people(events["pay"], open_items)
    taken = events["deliveries_in"]
    due = month_end(taken["date"]) + pd.Timedelta(days=25)
    open_items.payable(taken.assign(due=due, amount=taken["value"] + taken["vat"]), "220204", OPERATING, "goods", "partner")
    open_items.payable(events["dividends"], "2232", OPERATING, "dividends", "partner")


def _owed(table: pd.DataFrame, names: list[str], due: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"entity": table["entity"], "due": due, "amount": sum(table[name] for name in names)})


def _customers(events: dict[str, pd.DataFrame], open_items: OpenItems) -> None:
    online, charges, dealers = events["online_orders"], events["charges"], events["dealer_orders"]
    open_items.receivable(_owed(online, ["net", "vat"], online["payment_date"]), "112203", COLLECTION, "sales")
    open_items.receivable(_owed(charges, ["net", "vat"], charges["date"] + pd.Timedelta(days=20)), "112203", COLLECTION, "sales")
    bank = dealers[~dealers["by_bill"].astype(bool)]
    open_items.receivable(_owed(bank, ["net", "vat"], bank["paid_date"]), "112201", COLLECTION, "sales")
    rebates = events["rebates_customer"]
    if len(rebates):
        open_items.payable(_owed(rebates, ["paid"], rebates["date"] + pd.Timedelta(days=46)), "224104", OPERATING, "sales")


def _suppliers(events: dict[str, pd.DataFrame], open_items: OpenItems) -> None:
    for name, (account, days, amounts) in PURCHASES.items():
        open_items.payable(_owed(events[name], amounts, events[name]["date"] + pd.Timedelta(days=days)), account, OPERATING, "goods")
    for name, amounts in SERVICES.items():
        open_items.payable(_owed(events[name], amounts, events[name]["date"] + pd.Timedelta(days=30)), "220203", OPERATING, "other")
    spent = events["project_spending"]
    open_items.payable(spent.assign(due=spent["date"] + pd.Timedelta(days=40)), "220203", OPERATING, "assets")


def _people(pay: pd.DataFrame, open_items: OpenItems) -> None:
    tenth = month_end(pay["date"]) + pd.Timedelta(days=10)
    february = pd.to_datetime((pay["date"].dt.year + 1).astype(str) + "-02-05")
    owed = (
        ("221101", PAYROLL, pay["wages"] - pay["income_tax"] - pay["own_social"], tenth),
        ("221102", PAYROLL, pay["bonus"], february),
        ("221103", OPERATING, pay["social"] + pay["own_social"], tenth),
        ("221104", OPERATING, pay["housing"], tenth),
        ("222106", OPERATING, pay["income_tax"], tenth),
    )
    for account, cash, amount, due in owed:
        open_items.payable(pd.DataFrame({"entity": pay["entity"], "due": due, "amount": amount}), account, cash, "people")
