"""The made-up group's chart as its statements read it, and its books of a few months as ledgers."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar, month, months_after
from planning.core.sides import natural_sides
from planning.core.translation import Translation
from planning.inputs.sample.exchange import rates_of_exchange
from planning.inputs.sample.settings import build_settings
from planning.inputs.sample.world import World
from planning.model.consolidation import Group
from planning.model.eliminations import GroupAccounts
from planning.model.ledger import Ledger, ledger_of
from planning.model.statements import Layout

PARAMS = Path(__file__).resolve().parents[1] / "params" / "sample"
SMALL = {"months": 12, "size.stores": 4, "size.buyers": 60, "size.subscribers": 20, "size.dealers": 2, "first_month": "2021-09"}
SECTIONS = """
current_assets 1801            -               operating_cash working_capital
current_liabilities            -               operating_cash working_capital
fixed                          -               investing_cash long_term_assets
1811 2901                      -               operating_cash working_capital
1602 1702                      depreciation    operating_cash depreciation
1642                           depreciation    operating_cash depreciation
1641 2802                      addition        financing_cash leases
2001 2501 2802 2231            -               financing_cash loans
1131 6111                      -               investing_cash investments
660301 660302 660303           -               financing_cash loans
equity 2232                    -               financing_cash equity
-                              acquisition     investing_cash acquisition
-                              translation     CF16           exchange
"""


def layout() -> Layout:
    accounts = pd.read_csv(PARAMS / "accounts.csv", dtype={"code": str, "parent": str})
    company = yaml.safe_load((PARAMS / "company.yaml").read_text(encoding="utf-8"))
    lines = company["sources"]["cash_movements"]["account"]["map"]
    return Layout(
        AccountTree(accounts.astype({"weight": float})), natural_sides(accounts, **company["sides"]),
        FiscalCalendar(1, month("2020-12"), month("2040-12")), "net_profit", "assets", "liabilities_equity", "equity", "4103", "410401",
        ("1001", "1002", "1012"), "cash_change", "operating_cash",
        lines | {"internal": "", "translation": "CF16", "unmatched": "CF99"}, _sections(), ("410402", "410403"),
    )  # fmt: skip


def _sections() -> pd.DataFrame:
    rows = []
    for line in filter(None, SECTIONS.split("\n")):
        *accounts, movement, section, name = line.split()
        rows += [("" if account == "-" else account, movement.replace("-", ""), "", section, name) for account in accounts]
    return pd.DataFrame(rows, columns=["account", "movement", "event", "section", "line"])


@cache
def booked(months: int = 5) -> pd.DataFrame:
    """The lines of the group's books, debits less credits in cents; the year's end is among the months."""
    world = World(build_settings("tiny", 7, SMALL))
    told = pd.concat([each.lines.assign(period=each.period) for each in islice(world.months(), months)], ignore_index=True)
    return told.assign(net=told["debit"] - told["credit"])


def closes(lines: pd.DataFrame) -> pd.Series:
    """Which lines close the books: the transfers of each month's profit, and those of the year's end."""
    return lines["voucher"].str.endswith(("-close", "-year"))


def ledger(lines: pd.DataFrame) -> Ledger:
    """Lines as the planned ledger has them."""
    return ledger_of(lines.assign(event=lines["source"], amount=lines["net"] / 100))


ACCOUNTS = GroupAccounts(
    investments="151101", capital=("4001", "4002"), dividends="410402", dividend_income="611102", associates="151102",
    associate_income="611101", goodwill="1711", bargain="630102", minority="4105", capital_reserve="4002", difference="4003",
    stock_cost="640403", deferred_tax="1811", tax="680102", mismatch="660306",
)  # fmt: skip
OWNED = {"MFG": 0.6, "NORTH": 1.0, "SOUTH": 1.0, "ONLINE": 1.0}


def with_partners(lines: pd.DataFrame) -> pd.DataFrame:
    """The holding's shares in subsidiaries told apart by what each was founded with, as a consolidation needs them."""
    shares = lines["account"] == "151101"
    founded = -lines[(lines["account"] == "4001") & lines["entity"].isin(list(OWNED))].groupby("entity")["net"].sum()
    rate = rates()["average"].iloc[1]
    worth = {who: round(founded[who] * share * (rate if who == "SOUTH" else 1)) for who, share in OWNED.items()}
    apart = pd.concat([lines[shares].assign(partner=who, net=net) for who, net in worth.items()])
    assert apart["net"].sum() == lines.loc[shares, "net"].sum()
    return pd.concat([lines[~shares], apart], ignore_index=True)


def rates() -> pd.DataFrame:
    """The rates of the group's months; before the first one as at its start."""
    table = rates_of_exchange(build_settings("tiny", 7, SMALL)).rename(columns={"month": "period"})
    before = table.iloc[:1].assign(period=months_after(table["period"].iloc[0], -1), closing=table["average"].iloc[0], average=np.nan)
    return pd.concat([before, table], ignore_index=True)


def group(how: Layout) -> Group:
    entities = pd.read_csv(PARAMS / "entities.csv", dtype=str, keep_default_na=False)
    ownership = pd.DataFrame(
        [(who, share, "full", month("2020-01")) for who, share in OWNED.items()] + [("ASSOC", 0.3, "equity", month("2020-01"))],
        columns=["entity", "owned", "method", "from"],
    )
    goods = [("goods", f"{first}0{n}4", "", "640403") for n in range(1, 7) for first in ("6001", "6401")]
    dealings = pd.DataFrame(
        [("balances", "112202", "220204", "122103"), ("dividends", "1131", "2232", "122103"), *goods],
        columns=["name", "ours", "theirs", "rest"],
    )
    accounts = how.tree.accounts.reset_index(drop=True)
    translation = Translation("CNY", accounts, how.sides, frozenset(how.leaves("equity")), "4003")
    return Group("GROUP", entities, ownership, translation, ACCOUNTS, dealings)
