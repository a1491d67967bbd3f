"""What each of the group's systems shows of its events: the shop's lines, the personnel's lists, customers' files, the bank's statement."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.periods import month, month_range
from planning.inputs.sample.people import POSITIONS
from planning.inputs.sample.structure import Structure
from planning.inputs.sample.subscribers import Subscribers, contracts

ORDER_COLUMNS = [
    "order", "line", "date", "entity", "channel", "store", "customer", "product", "category", "quantity", "list_price", "discount", "net",
    "vat", "cost", "payment_date", "voucher",
]  # fmt: skip
SHOP = ("slips", "online_orders", "dealer_orders")
"""Events that are sales; the others are shown as they are."""
TOTAL = "合计"
MONTHS = tuple(f"{number}月" for number in range(1, 13))


def order_lines(events: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A month's sales of all channels, one row a line in ORDER_COLUMNS, by day; amounts in cents without tax."""
    told = [read(events[name]) for name, read in zip(SHOP, (_shop, _online, _dealers), strict=True) if name in events]
    lines = pd.concat(told, ignore_index=True)[ORDER_COLUMNS]
    return lines.sort_values(["date", "channel", "order", "line"], kind="stable", ignore_index=True)


def _shop(slips: pd.DataFrame) -> pd.DataFrame:
    """Slips get their numbers at the till: store, day and a running number."""
    running = slips.groupby(["store", "date"], sort=False).cumcount().add(1).astype(str).str.zfill(4)
    order = slips["store"] + slips["date"].dt.strftime("-%y%m%d-") + running
    return slips.assign(order=order, line=1, channel="shop", customer="", payment_date=slips["date"])


def _online(orders: pd.DataFrame) -> pd.DataFrame:
    return orders.assign(line=1, channel="online", store="", customer=orders["buyer"])


def _dealers(orders: pd.DataFrame) -> pd.DataFrame:
    line = orders.groupby("order", sort=False).cumcount() + 1
    about = {"channel": "dealer", "store": "", "customer": orders["dealer"], "list_price": orders["price"], "discount": np.int64(0)}
    return orders.assign(line=line, payment_date=orders["paid_date"], **about)


def ledger_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """The ledger with the number of each line in its voucher."""
    return lines.assign(line=lines.groupby("voucher", sort=False).cumcount() + 1)


def bank_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """What the bank saw of a month: entity, account, date, reference (the voucher), text; amount in cents, below zero where it goes out."""
    banked = lines[lines["account"].str.startswith("1002")]
    amount = (banked["debit"] - banked["credit"]).rename("amount")
    by = [banked[name] for name in ("entity", "account", "date", "voucher", "movement")]
    return amount.groupby(by).sum().reset_index().rename(columns={"voucher": "reference", "movement": "text"})


def headcount_sheets(headcount: pd.DataFrame, structure: Structure) -> dict[str, list[list[object]]]:
    """The personnel department's workbook: a sheet a year, people by department and position in each month, with totals."""
    words = {code: f"{zh} {en}" for code, en, zh, *_ in POSITIONS}
    names = structure.departments.set_index("code")["label_zh"]
    sheets = {}
    for year, rows in headcount.groupby(headcount["month"].dt.year):
        people = rows.set_index(["department", "position", rows["month"].dt.month])["people"].unstack(sort=False)
        cells: list[list[object]] = [["department", "部门", "position", "职级", *(MONTHS[number - 1] for number in people.columns)]]
        for department, part in people.groupby(level=0, sort=False):
            for (_, position), row in zip(part.index, part.to_numpy(), strict=True):
                cells.append([department, names[department], position, words[position], *row])
            cells.append([department, names[department], TOTAL, TOTAL, *part.sum()])
        sheets[str(year)] = cells
    return sheets


def customer_files(settings, them: Subscribers) -> dict[str, pd.DataFrame]:
    """contracts, activity (logins by month), complaints, satisfaction (asked once a quarter) and offers (who was in the experiment)."""
    periods = month_range(month(settings.first_month), settings.months)
    who, when = np.nonzero(them.there)
    asked = when % 3 == 2
    upset = np.nonzero(them.complained)
    tried = np.flatnonzero(them.group != "")
    began = periods[min(them.begins, len(periods) - 1)]
    return {
        "contracts": contracts(settings, them),
        "activity": pd.DataFrame({"subscriber": them.codes[who], "month": periods[when], "logins": them.logins[who, when]}),
        "complaints": pd.DataFrame({"subscriber": them.codes[upset[0]], "month": periods[upset[1]]}),
        "satisfaction": pd.DataFrame({
            "subscriber": them.codes[who[asked]], "month": periods[when[asked]],
            "satisfaction": them.satisfaction[who[asked], when[asked]].astype(int),
        }),
        "offers": pd.DataFrame({"subscriber": them.codes[tried], "group": them.group[tried], "date": began}),
    }  # fmt: skip


def stock_list(inventory: pd.DataFrame) -> pd.DataFrame:
    """The warehouse's list at a month's end, under its own Chinese headers, amounts with commas."""
    return pd.DataFrame({
        "公司": inventory["entity"], "日期": inventory["date"].dt.strftime("%Y/%m/%d"), "存货编码": inventory["item"],
        "数量": inventory["quantity"].round(3), "金额": inventory["value"].map(lambda cents: f"{cents / 100:,.2f}"),
    })  # fmt: skip
