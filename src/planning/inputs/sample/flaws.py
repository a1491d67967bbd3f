"""What is wrong with the copies that sources show, never with the world: months restated, errors of entry, lines twice or unmatched.

Each function takes a true table and gives the one shown, with a list of its flaws: kind, table, key, column, shown, truth (texts).
With all rates zero what is shown is the true table.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.periods import month, month_end, months_after
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream

COLUMNS = ["kind", "table", "key", "column", "shown", "truth"]
UNMAPPED, UNKNOWN = ("660118", "660199"), 2
"""An account whose lines come under a code that is in no chart, and for how many months."""
LATE = (1, 4)
"""Months after which a restated month is booked again, at the least and below."""
RESTATED = 0.12
"""Standard deviation of the logarithm of what a restated expense was first thought to be, over what it is."""
ERRORS = ("tenfold", "tenth", "swapped digits", "wrong account")
OTHER_SIDE = {"invoiced": "220203", "accrued": "224102"}
"""Where the other side of an expense is, by what is known of it."""
OVERHEAD, VARIANCE, RESULT, EQUITY = "5101", "640403", "6", "4103"
"""How overhead accounts begin and where what products don't bear goes; how the result's accounts begin and where a month carries it."""
VARIANCES, CLOSING = "-transfers-variances", "-transfers-close"
"""How the vouchers end that do so."""
Shown = tuple[pd.DataFrame, pd.DataFrame]


def ledger_shown(lines: pd.DataFrame, settings: Settings, period: pd.Timestamp, accounts: pd.Series) -> Shown:
    """A month of the ledger as its system shows it, with `booked_on`, the day from which on a line was to be seen. Vouchers still balance.

    `accounts`: the codes of the chart's leaves. A month that is restated has no other errors in its amounts.
    """
    shown, again = restated(lines.assign(booked_on=lines["date"]), settings, period)
    shown, wrong = misentered(shown, settings, period, accounts) if again.empty else (shown, _nothing())
    shown, twice = booked_twice(shown, settings, period)
    shown, lost = unmapped(shown, settings, period)
    return _closed(shown, lines), _together(again, wrong, twice, lost)


def _closed(shown: pd.DataFrame, true: pd.DataFrame) -> pd.DataFrame:
    """The month closed as the accounts show it: what flaws have put on overhead is a variance, and the result goes to equity with it."""
    overhead = _carried(_left(shown, true, OVERHEAD), true, VARIANCE, VARIANCES)
    with_variance = pd.concat([shown, overhead], ignore_index=True) if len(overhead) else shown
    result = _carried(_left(with_variance, true, RESULT), true, EQUITY, CLOSING)
    return pd.concat([with_variance, result], ignore_index=True) if len(result) else with_variance


def _left(shown: pd.DataFrame, true: pd.DataFrame, beginning: str) -> pd.DataFrame:
    """What is shown on accounts beyond the truth: entity, account, cost_centre, booked_on, debit (below zero a credit)."""
    both = pd.concat([shown, true.assign(booked_on=true["date"], debit=-true["debit"], credit=-true["credit"])])
    on = both[both["account"].str.startswith(beginning)]
    net = (on["debit"] - on["credit"]).groupby([on[name] for name in ("entity", "account", "cost_centre", "booked_on")]).sum()
    return net[net != 0].reset_index(name="debit")


def _carried(left: pd.DataFrame, true: pd.DataFrame, to: str, step: str) -> pd.DataFrame:
    """The lines that take it off these accounts and put it on another, at the month's end."""
    day = true["date"].max()
    about = {"date": day, "partner": "", "movement": "", "source": "transfers", "measure": "amount"}
    lines = left.assign(**about, voucher=left["entity"] + f"-{day:%Y%m%d}{step}")
    off, on = lines.assign(debit=np.int64(0), credit=left["debit"]), lines.assign(account=to, credit=np.int64(0))
    return pd.concat([off, on], ignore_index=True)[[*true.columns, "booked_on"]]


def orders_shown(lines: pd.DataFrame, settings: Settings, period: pd.Timestamp) -> Shown:
    """A month of order lines as the shop's system shows them: some twice, some without customer, some never paid."""
    shown, nobody = unmatched(lines, settings, period, "order_lines", "order", "customer", lines["customer"] != "")
    shown, unpaid = unmatched(shown, settings, period, "order_lines", "order", "payment_date", lines["payment_date"].notna())
    shown, twice = duplicated(shown, settings, period, "order_lines", "order")
    return shown, _together(nobody, unpaid, twice)


def bank_shown(lines: pd.DataFrame, settings: Settings, period: pd.Timestamp) -> Shown:
    """A month of the bank's statement: lines without the voucher's number, and lines told twice."""
    shown, unknown = unmatched(lines, settings, period, "bank_statement", "reference", "reference", lines["reference"] != "")
    shown, twice = duplicated(shown, settings, period, "bank_statement", "reference")
    return shown, _together(unknown, twice)


def duplicated(table: pd.DataFrame, settings: Settings, period: pd.Timestamp, name: str, key: str) -> Shown:
    """Rows that stand twice, one after the other."""
    hit = _draw(settings, "duplicates", name, period).random(len(table)) < settings.flaws.duplicates
    shown = table.iloc[np.repeat(np.arange(len(table)), 1 + hit)].reset_index(drop=True) if hit.any() else table
    return shown, _listed("duplicate", name, table[key][hit], "", "2", "1")


def booked_twice(lines: pd.DataFrame, settings: Settings, period: pd.Timestamp) -> Shown:
    """Expense lines that stand twice in their vouchers, and so does their amount on the other side."""
    draw = _draw(settings, "duplicates", "ledger", period)
    hit = _expenses(lines) & (draw.random(len(lines)) < settings.flaws.duplicates)
    if not hit.any():
        return lines, _nothing()
    more = lines[hit]
    other = more.assign(account=more["measure"].map(OTHER_SIDE), cost_centre="", debit=np.int64(0), credit=more["debit"])
    shown = pd.concat([lines, more, other], ignore_index=True)
    return shown, _listed("duplicate", "ledger", _line_key(more), "", "2", "1")


def unmatched(
    table: pd.DataFrame, settings: Settings, period: pd.Timestamp, name: str, key: str, column: str, among: pd.Series
) -> Shown:
    """Rows whose `column` is empty where it had something to say."""
    hit = among.to_numpy() & (_draw(settings, "unmatched", name, column, period).random(len(table)) < settings.flaws.unmatched)
    blank = pd.NaT if pd.api.types.is_datetime64_any_dtype(table[column]) else ""
    shown = table.assign(**{column: table[column].mask(hit, blank)}) if hit.any() else table
    return shown, _listed("unmatched", name, table[key][hit], column, "", table[column][hit])


def unmapped(lines: pd.DataFrame, settings: Settings, period: pd.Timestamp) -> Shown:
    """For two months some lines of an account come under a code that no chart knows."""
    first = month(settings.flaws.unmapped_month)
    there = (lines["account"] == UNMAPPED[0]).to_numpy() & (first <= period < months_after(first, UNKNOWN))
    hit = there & (_draw(settings, "unmapped", period).random(len(lines)) < settings.flaws.unmapped)
    shown = lines.assign(account=lines["account"].mask(hit, UNMAPPED[1])) if hit.any() else lines
    return shown, _listed("unmapped", "ledger", _line_key(lines)[hit], "account", UNMAPPED[1], UNMAPPED[0])


def restated(lines: pd.DataFrame, settings: Settings, period: pd.Timestamp) -> Shown:
    """A month whose expenses were first thought to be others: what was missing or too much is booked later, in the month's vouchers."""
    draw = _draw(settings, "restated", period)
    again = (lines["source"] == "expenses") & lines["measure"].isin(OTHER_SIDE) & (draw.random() < settings.flaws.restated)
    if not again.any():
        return lines, _nothing()
    truth = lines[again]
    debit = np.rint(truth["debit"] * np.exp(draw.normal(0, RESTATED, len(truth)))).astype(np.int64)
    pair = truth["voucher"].astype(str) + "|" + truth["measure"]
    first = truth.assign(debit=debit, credit=pair.map(debit.groupby(pair).sum()).where(truth["credit"] > 0, 0))
    changed = truth["debit"] != debit
    later = truth.assign(debit=truth["debit"] - first["debit"], credit=truth["credit"] - first["credit"])
    later = later.assign(booked_on=month_end(months_after(period, int(draw.integers(*LATE)))))
    later = later[(later["debit"] != 0) | (later["credit"] != 0)]
    flaws = _listed("restated", "ledger", _line_key(truth)[changed], "debit", debit[changed], truth["debit"][changed])
    return pd.concat([lines[~again], first, later], ignore_index=True), flaws


def misentered(lines: pd.DataFrame, settings: Settings, period: pd.Timestamp, accounts: pd.Series) -> Shown:
    """Expenses entered wrongly: tenfold, a tenth, two digits swapped, on another account; the other side is as wrong."""
    draw = _draw(settings, "errors", period)
    hit = np.flatnonzero(_expenses(lines) & (draw.random(len(lines)) < settings.flaws.errors))
    sort, lot = draw.integers(0, len(ERRORS), len(lines)), draw.random(len(lines))
    shown, flaws = lines.copy() if len(hit) else lines, []
    for at in hit:
        row, kind = lines.iloc[at], ERRORS[sort[at]]
        said = _other_account(row["account"], accounts, lot[at]) if kind == "wrong account" else _other_amount(int(row["debit"]), kind)
        column = "account" if kind == "wrong account" else "debit"
        if said == row[column]:
            continue
        shown.iloc[at, shown.columns.get_loc(column)] = said
        if column == "debit":
            other = (shown["voucher"] == row["voucher"]) & (shown["measure"] == row["measure"]) & (shown["credit"] > 0)
            shown.loc[other.idxmax(), "credit"] += said - int(row["debit"])
        flaws.append(_listed("entry error", "ledger", _line_key(lines.iloc[[at]]), column, said, row[column]))
    return shown, _together(*flaws)


def _expenses(lines: pd.DataFrame) -> np.ndarray:
    """The debits of departments' expenses, which people enter by hand."""
    return ((lines["source"] == "expenses") & lines["measure"].isin(OTHER_SIDE) & (lines["debit"] > 0)).to_numpy()


def _other_account(account: str, accounts: pd.Series, lot: float) -> str:
    """Another account of the same group; the same where there is none."""
    others = sorted(code for code in accounts if code[:4] == account[:4] and code != account)
    return others[int(lot * len(others))] if others else account


def _other_amount(cents: int, kind: str) -> int:
    return {"tenfold": cents * 10, "tenth": cents // 10, "swapped digits": swapped(cents)}[kind]


def swapped(cents: int) -> int:
    """An amount whose first two different neighbouring digits are in each other's place: 1,234 is 2,134."""
    digits = str(cents)
    for at in range(len(digits) - 1):
        if digits[at] != digits[at + 1]:
            return int(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])
    return cents


def _draw(settings: Settings, *names: object) -> np.random.Generator:
    return stream(settings.seed, "flaws", *(f"{name:%Y-%m}" if isinstance(name, pd.Timestamp) else name for name in names))


def _line_key(lines: pd.DataFrame) -> pd.Series:
    """What finds a line of the ledger again: voucher, account, department, measure."""
    return lines["voucher"].astype(str) + "|" + lines["account"] + "|" + lines["cost_centre"] + "|" + lines["measure"]


def _listed(kind: str, table: str, keys: pd.Series, column: str, shown: object, truth: object) -> pd.DataFrame:
    told = {"shown": shown, "truth": truth}
    said = {name: one.astype(str).to_numpy() if isinstance(one, pd.Series) else str(one) for name, one in told.items()}
    return pd.DataFrame({"key": keys.astype(str).to_numpy()}).assign(kind=kind, table=table, column=column, **said)[COLUMNS]


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=COLUMNS, dtype=object)


def _together(*tables: pd.DataFrame) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else _nothing()
