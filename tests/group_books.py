"""A small group's chart in plain words, the layout of its statements, and postings written as `debit, credit, amounts`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar, month, month_range, months_after
from planning.core.sides import natural_sides
from planning.core.translation import Translation
from planning.model.consolidation import Group
from planning.model.eliminations import GroupAccounts, GroupStock
from planning.model.ledger import Ledger, ledger_of
from planning.model.statements import Layout, opening_balances

CALENDAR = FiscalCalendar(1, month("2020-01"), month("2040-12"))
_CHART = """
assets             -               balance  1  0
cash               assets          balance  1  0
debtors            assets          balance  1  0
group_debtors      assets          balance  1  0
stock              assets          balance  1  0
plant              assets          balance  1  0
depreciated        assets          balance -1  0
investments        assets          balance  1  0
associates         assets          balance  1  0
goodwill           assets          balance  1  0
deferred_tax       assets          balance  1  0
differences        assets          balance  1  0
claims             -               balance  1  0
creditors          claims          balance  1  0
group_creditors    claims          balance  1  0
loans              claims          balance  1  0
equity             claims          balance  1  0
capital            equity          balance  1  0
capital_reserve    equity          balance  1  0
translation        equity          balance  1  0
reserve            equity          balance  1  0
result             equity          balance  1  0
retained           equity          balance  1  0
undistributed      retained        balance  1  0
dividends          retained        balance  1  0
put_aside          retained        balance  1  0
minority           equity          balance  1  0
profit             -               result   1  1
gross              profit          result   1  1
sales              gross           revenue  1  1
group_sales        gross           revenue  1  1
cost               gross           expense -1 -1
group_cost         gross           expense -1 -1
charges            profit          expense -1 -1
group_charges      profit          expense -1 -1
group_income       profit          revenue  1  1
depreciation       profit          expense -1 -1
interest           profit          expense -1 -1
dividend_income    profit          revenue  1  1
associate_income   profit          revenue  1  1
bargain            profit          revenue  1  1
mismatch           profit          revenue  1  1
tax                profit          expense -1 -1
cash_change        -               result   1  0
operating_cash     cash_change     result   1  0
received           operating_cash  revenue  1  0
paid               operating_cash  expense -1  0
unmatched          operating_cash  revenue  1  0
investing_cash     cash_change     result   1  0
dividends_received investing_cash  revenue  1  0
bought             investing_cash  expense -1  0
acquired           investing_cash  revenue  1  0
financing_cash     cash_change     result   1  0
borrowed           financing_cash  revenue  1  0
interest_paid      financing_cash  expense -1  0
distributed        financing_cash  expense -1  0
exchange_cash      cash_change     result   1  0
exchange           exchange_cash   revenue  1  0
"""
SECTIONS = """
debtors group_debtors differences  - -            operating_cash receivables
stock                              - -            operating_cash stock
creditors group_creditors          - -            operating_cash payables
deferred_tax                       - -            operating_cash deferred_tax
depreciated                        depreciation - operating_cash depreciation
plant depreciated                  - -            investing_cash plant
investments associates goodwill    - -            investing_cash investments
investments                        minority -     financing_cash minority
dividend_income associate_income   - -            investing_cash investments
bargain                            - -            investing_cash acquisition
loans                              - -            financing_cash loans
interest                           - -            financing_cash interest
equity                             - -            financing_cash equity
-                                  acquisition -  investing_cash acquisition
-                                  translation -  exchange_cash exchange
"""
"""Accounts, movement, event, section and line of the indirect cash flow; "-" is any."""
CASH_LINES = {
    "received": "received", "paid": "paid", "bought": "bought", "dividends_received": "dividends_received", "borrowed": "borrowed",
    "interest_paid": "interest_paid", "distributed": "distributed", "internal": "", "acquisition": "acquired", "translation": "exchange",
    "unmatched": "unmatched",
}  # fmt: skip


def chart() -> AccountTree:
    rows = [line.split() for line in _CHART.split("\n") if line]
    table = pd.DataFrame(rows, columns=["code", "parent", "kind", "weight", "effect"]).replace({"parent": {"-": None}})
    table = table.astype({"weight": float, "effect": int}).assign(unit="CNY", scale=2, better="neutral")
    return AccountTree(table.assign(aggregation=table["kind"].map({"balance": "stock"}).fillna("flow")))


def sections() -> pd.DataFrame:
    rows = []
    for line in filter(None, SECTIONS.split("\n")):
        *accounts, movement, event, section, name = line.split()
        movement, event = ("" if word == "-" else word for word in (movement, event))
        named = [account for account in accounts if account != "-"] or [""]
        rows += [(account, movement, event, section, name) for account in named]
    return pd.DataFrame(rows, columns=["account", "movement", "event", "section", "line"])


def layout(**other) -> Layout:
    tree = chart()
    how = {
        "tree": tree, "sides": natural_sides(tree.accounts.reset_index(drop=True), ["assets", "cash_change"], ["claims"]),
        "calendar": CALENDAR, "profit": "profit", "assets": "assets", "claims": "claims", "equity": "equity", "year_result": "result",
        "retained": "undistributed", "distributions": ("dividends", "put_aside"), "cash": ("cash",), "cash_change": "cash_change",
        "operating": "operating_cash", "cash_lines": CASH_LINES, "sections": sections(),
    }  # fmt: skip
    return Layout(**(how | other))


def postings(entity: str, periods: pd.DatetimeIndex, lines: list) -> pd.DataFrame:
    """Lines as `[debit, credit, [amounts]]`; an account may say a movement and a partner: "cash/received", "group_debtors//sub"."""
    rows = []
    for debit, credit, amounts in lines:
        for side, sign in ((debit, 1), (credit, -1)):
            account, movement, partner = [*side.split("/"), "", ""][:3]
            rows += [
                (entity, account, movement, partner, period, sign * amount)
                for period, amount in zip(periods, amounts, strict=True)
            ]
    return pd.DataFrame(rows, columns=["entity", "account", "movement", "partner", "period", "amount"])


def ledger(books: dict[str, list], first: str, months: int) -> Ledger:
    """The ledger of entities' lines."""
    periods = month_range(month(first), months)
    empty = pd.DataFrame({"entity": next(iter(books)), "account": "cash", "movement": "received", "period": periods, "amount": 0.0})
    booked = [postings(entity, periods, lines) for entity, lines in books.items() if lines]
    return ledger_of(pd.concat([empty.assign(partner=""), *booked], ignore_index=True))


def opening(balances: dict[str, dict[str, float]], how: Layout | None = None) -> pd.DataFrame:
    """Opening balances of entities by account ("investments//sub" names a partner), in natural direction."""
    rows = []
    for entity, accounts in balances.items():
        for name, amount in accounts.items():
            account, movement, partner = [*name.split("/"), "", ""][:3]
            rows.append((entity, account, movement, partner, float(amount)))
    table = pd.DataFrame(rows, columns=["entity", "account", "movement", "partner", "amount"])
    return opening_balances(table, how or layout())


ACCOUNTS = GroupAccounts(
    investments="investments", capital=("capital", "capital_reserve"), dividends="dividends", dividend_income="dividend_income",
    associates="associates", associate_income="associate_income", goodwill="goodwill", bargain="bargain", minority="minority",
    capital_reserve="capital_reserve", difference="translation", stock_cost="cost", deferred_tax="deferred_tax", tax="tax",
    mismatch="mismatch",
)  # fmt: skip
DEALINGS = pd.DataFrame(
    [("balances", "group_debtors", "group_creditors", "differences"), ("services", "group_income", "group_charges", "mismatch"),
     ("goods", "group_sales", "", "cost"), ("cost of goods", "group_cost", "", "cost")],
    columns=["name", "ours", "theirs", "rest"],
)  # fmt: skip


def group(case: dict, **other) -> Group:
    """The group of a worked case: `entities` (parent, currency) and `owned` (share, method, from) by entity."""
    how = layout()
    rows = [
        (code, float(share), method, month(since or "2020-01"))
        for code, held in case["owned"].items()
        for share, method, since in (held if isinstance(held[0], list) else [held])
    ]
    entities = [(code, *said) for code, said in case["entities"].items()]
    named = {
        "name": "G", "entities": pd.DataFrame(entities, columns=["code", "parent", "currency"]),
        "ownership": pd.DataFrame(rows, columns=["entity", "owned", "method", "from"]).astype({"from": "datetime64[ns]"}),
        "how": Translation("CNY", how.tree.accounts.reset_index(drop=True), how.sides, frozenset(how.leaves("equity")), "translation"),
        "accounts": ACCOUNTS, "dealings": DEALINGS,
    }  # fmt: skip
    return Group(**(named | other))


def rates(case: dict, first: str) -> pd.DataFrame:
    """Rates of a worked case: of each currency `average` by month, `closing` from the month before the first on."""
    rows = []
    for currency, said in case.get("rates", {}).items():
        periods = month_range(months_after(month(first), -1), len(said["closing"]))
        rows += zip(periods, [currency] * len(periods), [None, *said["average"]], said["closing"], strict=True)
    return pd.DataFrame(rows, columns=["period", "currency", "average", "closing"]).astype({"average": float, "closing": float})


def stocks(case: dict) -> GroupStock | None:
    """Stocks within the group of a worked case."""
    rows = case.get("stocks")
    if not rows:
        return None
    values = np.array([row["values"] for row in rows], float)
    margins = np.array([[row["margin"]] * values.shape[1] for row in rows])
    return GroupStock(pd.DataFrame(rows)[["seller", "buyer", "account", "tax", "opening"]], values, margins)
