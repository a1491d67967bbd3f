"""What accounts are commonly called, in Chinese and English, and what kind and place such a name tells."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True)
class Named:
    """What is known of an account: kind, statement line, whether it takes off from what is above it, how sure, and from what."""

    kind: str
    line: str
    contra: bool
    sure: float
    why: str


INCOME_AMONG_COSTS = re.compile(
    r"利息收入|汇兑收益|租金收入|补贴收入|interest (?:income|earned|received)|exchange gains?|\bincome from\b", re.IGNORECASE
)
CARRIED_OUT = re.compile(r"转出|结转|完工|已分摊|absorbed|transferred out|carried out|capitali[sz]ed|applied overhead", re.IGNORECASE)
ASIDE = "aside"
"""The line of what is told beside profit and loss: the lines of a cash flow statement."""


@lru_cache(maxsize=1)
def known_names() -> list[tuple[str, str, bool, float, re.Pattern]]:
    """What names tell, in the order in which they are tried: kind, line, contra, how sure, the form of the name."""
    with files("planning.inputs.new").joinpath("account_names.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [(row["kind"], row["line"], row["contra"] == "yes", float(row["sure"]), re.compile(row["form"], re.IGNORECASE)) for row in rows]


_SAID = (
    ("balance", "assets", r"^(?:资产|assets?)"),
    ("balance", "liabilities", r"^(?:负债|liabilit)"),
    ("balance", "equity", r"权益|equity"),
    ("statistical", "", r"统计|statistic"),
    ("expense", "cost_of_sales", r"cost of (?:sales|goods)|cogs"),
    ("revenue", "revenue", r"收入|revenue|^income"),
    ("expense", "operating_profit", r"费用|成本|支出|expen|cost"),
    ("balance", "assets", r"^balances?$"),
)
SAID = tuple((kind, line, re.compile(form, re.IGNORECASE)) for kind, line, form in _SAID)
"""What lists of accounts write as an account's type."""


def plain(name: str) -> str:
    """A name for comparing: lower case, without marks."""
    return re.sub(r"[’'\s]+", " ", re.sub(r"[’']s?\b", "", name.lower())).strip()


def kind_named(label_zh: str, label_en: str) -> Named | None:
    """What an account's name tells; none where it tells nothing. The part behind a dash or colon says less than the part before."""
    for name in filter(None, (label_zh, label_en)):
        for kind, line, contra, sure, form in known_names():
            if form.search(name):
                return Named(kind, line, contra, sure, f"its name, {name}")
    return None


def kind_said(text: str) -> Named | None:
    """What a list's word for an account's type stands for."""
    return next((Named(kind, line, False, 0.95, f"its type, {text}") for kind, line, form in SAID if text and form.search(text)), None)


def aggregation_named(label_zh: str, label_en: str) -> tuple[str, float]:
    """How a statistical account adds up over time, and how sure that is."""
    name = f"{label_zh} {label_en}"
    if re.search(
        r"满意度|指数|平均|人数|价格|head ?count|people|employees|satisfaction|index|average|prices?\b|rate\b|市场规模", name, re.IGNORECASE
    ):
        return "average", 0.8
    if re.search(
        r"门店|面积|用户|会员|买家|岗位|期末|stores|space|square|subscribers|buyers|members|positions|vehicles", name, re.IGNORECASE
    ):
        return "stock", 0.8
    return "flow", 0.8
