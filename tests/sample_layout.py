"""The made-up group's chart as its statements read it, and its books of a few months as ledgers."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path

import pandas as pd
import yaml

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar, month
from planning.core.sides import natural_sides
from planning.inputs.sample.settings import build_settings
from planning.inputs.sample.world import World
from planning.model.ledger import Ledger, ledger_of
from planning.model.statements import Layout

PARAMS = Path(__file__).resolve().parents[1] / "params" / "sample"
SMALL = {"months": 12, "size.stores": 4, "size.buyers": 60, "size.subscribers": 20, "size.dealers": 2, "first_month": "2021-09"}
EXCHANGE = ["CF16", "cash_change", "Exchange", "汇率变动", "result", 1, 0, "neutral", "flow", "CNY", 2]
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
    accounts = pd.concat([accounts, pd.DataFrame([EXCHANGE], columns=accounts.columns)], ignore_index=True)
    company = yaml.safe_load((PARAMS / "company.yaml").read_text(encoding="utf-8"))
    lines = company["sources"]["cash_movements"]["account"]["map"]
    return Layout(
        AccountTree(accounts.astype({"weight": float})), natural_sides(accounts, **company["sides"]),
        FiscalCalendar(1, month("2020-12"), month("2040-12")), "net_profit", "assets", "liabilities_equity", "equity", "4103", "410401",
        ("1001", "1002", "1012"), "cash_change", "operating_cash", lines | {"internal": "", "translation": "CF16"}, _sections(),
        ("410402", "410403"),
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
