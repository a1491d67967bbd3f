"""What each of the group's systems shows of its events: the shop's lines, the personnel's lists, customers' files, the bank's statement."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.periods import month, month_range
from planning.inputs.sample.days import BEFORE, FEAST, days_of, spring_festival
from planning.inputs.sample.flaws import CLOSING
from planning.inputs.sample.people import POSITIONS
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.structure import Structure
from planning.inputs.sample.subscribers import PLANS, Subscribers, contracts

ORDER_COLUMNS = [
    "order", "line", "date", "entity", "channel", "store", "customer", "product", "category", "quantity", "list_price", "discount", "net",
    "vat", "cost", "payment_date", "voucher",
]  # fmt: skip
SHOP = ("slips", "online_orders", "dealer_orders")
"""Events that are sales; the others are shown as they are."""
WALK_IN, WEB, DEALERS = "WALKIN", "WEB", "DEALERS"
"""Whom and where the shop system writes down when nobody is asked, and when no store is entered."""
TOTAL = "合计"
WATCHED, HALF = 3, 6
"""Months in which it is watched who of the customers' list leaves; months that its sums look back."""
MONTHS = tuple(f"{number}月" for number in range(1, 13))


def order_lines(events: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A month's sales of all channels, one row a line in ORDER_COLUMNS, by day; amounts in cents without tax."""
    told = [read(events[name]) for name, read in zip(SHOP, (_shop, _online, _dealers), strict=True) if name in events]
    lines = pd.concat(told, ignore_index=True)[ORDER_COLUMNS]
    return lines.sort_values(["date", "channel", "order", "line"], kind="stable", ignore_index=True)


def _shop(slips: pd.DataFrame) -> pd.DataFrame:
    return slips.assign(channel="shop", customer=WALK_IN, payment_date=slips["date"])


def _online(orders: pd.DataFrame) -> pd.DataFrame:
    return orders.assign(channel="online", store=WEB, customer=orders["buyer"])


def _dealers(orders: pd.DataFrame) -> pd.DataFrame:
    about = {"channel": "dealer", "store": DEALERS, "customer": orders["dealer"], "list_price": orders["price"], "discount": np.int64(0)}
    return orders.assign(payment_date=orders["paid_date"], **about)


def ledger_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """The ledger with the number of each line in its voucher; `entry` marks those that carry the month's result to equity."""
    closing = lines["voucher"].str.endswith(CLOSING)
    return lines.assign(line=lines.groupby("voucher", sort=False).cumcount() + 1, entry=np.where(closing, "closing", "usual"))


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


def customer_files(settings: Settings, them: Subscribers) -> dict[str, pd.DataFrame]:
    """contracts, activity (logins by month), complaints, satisfaction (asked once a quarter) and offers (who was in the experiment)."""
    periods = month_range(month(settings.first_month), settings.months)
    who, when = np.nonzero(them.there)
    asked = when % 3 == 2
    upset = np.nonzero(them.complained)
    tried = np.flatnonzero(them.group != "")
    began = periods[min(them.begins, len(periods) - 1)]
    return {
        "customers": customer_list(settings, them), "contracts": contracts(settings, them),
        "activity": pd.DataFrame({"subscriber": them.codes[who], "month": periods[when], "logins": them.logins[who, when]}),
        "complaints": pd.DataFrame({"subscriber": them.codes[upset[0]], "month": periods[upset[1]]}),
        "satisfaction": pd.DataFrame({
            "subscriber": them.codes[who[asked]], "month": periods[when[asked]],
            "satisfaction": them.satisfaction[who[asked], when[asked]].astype(int),
        }),
        "offers": pd.DataFrame({"subscriber": them.codes[tried], "group": them.group[tried], "date": began}),
    }  # fmt: skip


def customer_list(settings: Settings, them: Subscribers) -> pd.DataFrame:
    """Those who had a contract WATCHED months before the end, as they were then, and whether they have left since.

    customer, plan, tenure (months), monthly_charge and total_charge (yuan with tax), complaints and logins (of the last HALF months),
    satisfaction (the last answer, of 1 to 5; 0 before the first), offer, left.
    """
    then, last = max(settings.months - WATCHED, 1) - 1, settings.months - 1
    at = np.flatnonzero(them.there[:, then])
    half = slice(max(0, then + 1 - HALF), then + 1)
    tenure = them.there[at, : then + 1].sum(axis=1)
    charge = pd.DataFrame(PLANS, columns=["number", "plan", "price"]).iloc[them.plan[at]].reset_index(drop=True)
    return pd.DataFrame({
        "customer": them.codes[at], "plan": charge["plan"], "tenure": tenure, "monthly_charge": charge["price"],
        "total_charge": charge["price"] * tenure, "complaints": them.complained[at, half].sum(axis=1),
        "logins": them.logins[at, half].sum(axis=1), "satisfaction": _last_answer(them, at, then),
        "offer": np.where(them.group[at] == "offer", "yes", "no"), "left": np.where(them.there[at, last], "no", "yes"),
    })  # fmt: skip


def _last_answer(them: Subscribers, at: np.ndarray, then: int) -> np.ndarray:
    """The answer of the last quarter's end in which they were asked; 0 where they have not been."""
    answer = np.zeros(len(at), dtype=int)
    for when in range(2, then + 1, 3):
        answer = np.where(them.there[at, when], them.satisfaction[at, when].astype(int), answer)
    return answer


def weekly_sales(lines: pd.DataFrame, south: pd.Series) -> pd.DataFrame:
    """What marketing looks at: week (its Monday) and sales, net in cents of yuan, of stores and the online shop.

    `south`: yuan a Hong Kong dollar by month.
    """
    sold = lines[lines["channel"] != "dealer"]
    rate = np.where(sold["entity"] == "SOUTH", sold["date"].dt.to_period("M").dt.to_timestamp().map(south), 1.0)
    week = sold["date"] - pd.to_timedelta(sold["date"].dt.dayofweek, "D")
    return (sold["net"] * rate).groupby(week.rename("week")).sum().rename("sales").reset_index()


def feasts(settings: Settings) -> pd.DataFrame:
    """What else moves sales in a week, as the calendar has it: week, condition, value (days of it in the week)."""
    days = days_of(month(settings.first_month), settings.months)
    before = np.zeros(len(days), dtype=bool)
    closed = np.zeros(len(days), dtype=bool)
    for year in sorted(set(days.year) | set(days.year + 1)):
        until = (spring_festival(year) - days).days.to_numpy()
        before |= (until > 0) & (until <= BEFORE)
        closed |= (until <= 0) & (until > -FEAST)
    mid_year = (np.abs((days - pd.to_datetime(days.year.astype(str) + "-06-18")).days) <= 3).astype(bool)
    eleven = (np.abs((days - pd.to_datetime(days.year.astype(str) + "-11-11")).days) <= 3).astype(bool)
    week = (days - pd.to_timedelta(days.dayofweek, "D")).rename("week")
    table = pd.DataFrame(
        {"before_spring_festival": before, "spring_festival": closed, "mid_year": mid_year, "double_eleven": eleven}, index=week
    )
    return table.groupby(level=0).sum().rename_axis(columns="condition").stack().rename("value").reset_index()


def stock_list(inventory: pd.DataFrame) -> pd.DataFrame:
    """The warehouse's list at a month's end, under its own Chinese headers, amounts with commas."""
    return pd.DataFrame({
        "公司": inventory["entity"], "日期": inventory["date"].dt.strftime("%Y/%m/%d"), "存货编码": inventory["item"],
        "数量": inventory["quantity"].round(3), "金额": inventory["value"].map(lambda cents: f"{cents / 100:,.2f}"),
    })  # fmt: skip
