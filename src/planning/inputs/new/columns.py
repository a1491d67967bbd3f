"""What a column is: the part it plays by its name, what stands in it by its values, and how its numbers and days are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from planning.inputs.new.look import Table
from planning.inputs.new.words import CHINESE, ROLES, SCENARIOS, month_named, plain_name

DAY_FIRST, MONTH_FIRST = "%d/%m/%Y", "%m/%d/%Y"
DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", DAY_FIRST, MONTH_FIRST, "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S")
MONTHS = ("%Y-%m", "%Y/%m", "%Y.%m", "%Y年%m月", "%Y%m", "%b %Y", "%b-%Y", "%B %Y", "%b-%y")
GROUPS = re.compile(r"\d([,，' ])\d{3}(?!\d)")
"""The mark between groups of three digits."""
ACCOUNTING = re.compile(r"^[(（].*[)）]$|\d-$|^−|[¥￥$€£]")
"""Amounts below 0 in brackets or with the sign behind, or with a currency's mark."""
LOOKED_AT = 300
"""Different values whose form is looked at."""
EXACT, PART = 0.95, 0.7
ROLE_OF = {name: role for role, names in ROLES.items() for name in names}
AMOUNTS = (
    "opening", "opening_debit", "opening_credit", "debit", "credit", "year_debit", "year_credit", "closing", "closing_debit",
    "closing_credit", "amount", "quantity", "price", "discount", "net", "vat", "cost", "spend", "impressions", "heads", "total", "average",
    "closing_rate",
)  # fmt: skip
"""Roles that only a column of numbers can play."""
TIMES = ("period", "date", "week", "payment_date", "start", "end")


@dataclass(frozen=True)
class Column:
    """A column: its role and how sure that is, the kind of its values, and how they are written.

    kind: number, day, month, text or empty. `filled` and `distinct` count the sample's rows; `dates` is the form of days or months;
    `either`: days fit that form and the one with day and month the other way round.
    """

    name: str
    role: str
    sure: float
    kind: str
    filled: int
    distinct: int
    unique: bool
    examples: tuple[str, ...]
    dates: str = ""
    either: bool = False
    chinese: bool = False


def numbers(texts: pd.Series) -> pd.Series:
    """Texts as numbers, missing where they are none: 1,234.50 · ￥12 · (5.00) below 0 · 12-."""
    bare = texts.astype(str).str.strip().str.replace(r"[¥￥$€£,，'\s]", "", regex=True).str.replace("−", "-")
    bare = bare.str.replace(r"^[(（](.*)[)）]$", r"-\1", regex=True).str.replace(r"^(\d.*)-$", r"-\1", regex=True)
    return pd.to_numeric(bare, errors="coerce")


def describe(table: Table) -> dict[str, Column]:
    """Every column of a table, by name; one role is played by one column, the surest, but names and other roles may be shared."""
    found = {name: _column(name, table.sample[name], len(table.sample)) for name in table.columns}
    return _told_apart(found)


def _column(name: str, values: pd.Series, rows: int) -> Column:
    said = values[values != ""]
    different = list(dict.fromkeys(said.head(20_000)))
    kind, dates = _kind(different[:LOOKED_AT], name)
    either = dates == DAY_FIRST and all(_fits(value, MONTH_FIRST) for value in different)
    if either:
        dates = max((DAY_FIRST, MONTH_FIRST), key=lambda form: len({month_of_day(value, form) for value in different}))
    role, sure = _role(name, kind)
    texts = "".join(different[:50])
    unique = len(said) == rows and said.is_unique and rows > 0
    return Column(
        name, role, sure, kind, len(said), said.nunique(), unique, tuple(different[:5]), dates, either, bool(CHINESE.search(texts))
    )


def _kind(values: list[str], name: str) -> tuple[str, str]:
    if not values:
        return "empty", ""
    for kind, forms in (("day", DAYS), ("month", MONTHS)):
        form = next((form for form in forms if all(_fits(value, form) for value in values)), "")
        if form and (not all(value.isdigit() for value in values) or _says_time(name)):
            return kind, form
    return ("number", "") if numbers(pd.Series(values)).notna().mean() >= 0.98 else ("text", "")


def _says_time(name: str) -> bool:
    return bool(re.search(r"date|month|period|day|日期|期间|月|日", name, re.IGNORECASE))


def _fits(text: str, form: str) -> bool:
    try:
        return 1980 <= datetime.strptime(text, form).year <= 2100
    except ValueError:
        return False


def month_of_day(text: str, form: str) -> str:
    """The month of a day or month written in this form, as 2024-01; empty where it isn't."""
    try:
        return f"{datetime.strptime(text, form):%Y-%m}"
    except ValueError:
        return ""


def _role(name: str, kind: str) -> tuple[str, float]:
    """The role that a name stands for, and how sure that is; its values must be able to play it."""
    plain = plain_name(re.sub(r"#\d+$", "", name))
    if month_named(name):
        return "month_across", EXACT
    role, sure = (ROLE_OF[plain], EXACT) if plain in ROLE_OF else _by_part(plain)
    if role in AMOUNTS and kind not in ("number", "empty"):
        return "", 0.0
    if (role == "kind" and kind == "number") or (role in ("code", "owned") and kind == "number" and sure < EXACT):
        return "", 0.0
    if role in ("date", "week") and kind in ("text", "number", "empty"):
        return "", 0.0
    if role == "period" and kind in ("text", "empty"):
        return "", 0.0
    return role, sure


def _by_part(plain: str) -> tuple[str, float]:
    """A role whose name stands inside a longer one: its last words say most (EnglishProductName, 本期借方金额)."""
    if plain.startswith("parent ") or plain.startswith("上级"):
        return "parent", PART
    parts = [
        known for known in ROLE_OF if len(known) > 2 and (plain.endswith(known) if CHINESE.search(known) else plain.endswith(f" {known}"))
    ]
    if not parts:
        parts = [
            known for known in ROLE_OF if len(known) > 3 and (known in plain if CHINESE.search(known) else plain.startswith(f"{known} "))
        ]
    return (ROLE_OF[max(parts, key=len)], PART) if parts else ("", 0.0)


def _told_apart(found: dict[str, Column]) -> dict[str, Column]:
    """Of several columns called the account, the one with codes is the code and the others are its names; the same for departments."""
    for role, name_role in (("account", "account_name"), ("department", "department_name"), ("entity", "entity_name")):
        played = [column for column in found.values() if column.role == role]
        if len(played) > 1:
            code = max(played, key=lambda column: (_looks_like_code(column), column.sure))
            for column in played:
                if column is not code:
                    found[column.name] = _as(column, "" if _looks_like_code(column) > 0.5 else name_role)
    return found


def _as(column: Column, role: str) -> Column:
    return Column(**(vars(column) | {"role": role}))


def _looks_like_code(column: Column) -> float:
    """The share of examples without a blank or Chinese and with a digit, or all in capitals."""
    fits = [not CHINESE.search(text) and " " not in text and (bool(re.search(r"\d", text)) or text.isupper()) for text in column.examples]
    return sum(fits) / max(len(fits), 1)


def scenario_of(text: str) -> str | None:
    """The scenario that a word stands for: actual, budget, forecast or target."""
    plain = plain_name(text)
    return next((scenario for scenario, words in SCENARIOS.items() if plain in words), None)
