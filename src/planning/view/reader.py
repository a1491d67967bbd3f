"""Who reads a report: the language, the unit, and the names of things in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.periods import FiscalCalendar
from planning.view.amounts import Unit
from planning.view.report_words import WORDS, say
from planning.view.words import LANGS, SCALES

SAID = ("label", "source", "people")
"""What company.yaml says of a company in both languages: label_en, label_zh, …"""


@dataclass(frozen=True)
class Reader:
    """What every sentence, table and chart of a report needs to know of its reader and its subject."""

    lang: str
    unit: Unit
    tree: AccountTree
    cost_centres: pd.DataFrame
    calendar: FiscalCalendar
    name: str
    source: str
    people: str
    words: dict[str, str] = field(default_factory=dict, compare=False)
    is_ledger: bool = False

    def speaking(self, lang: str) -> Reader:
        """The same reader in another language."""
        said = {name: self.words[f"{name}_{lang}"] for name in SAID}
        return replace(self, lang=lang, name=said["label"], source=said["source"], people=said["people"])

    def finer(self, amount: float) -> Reader:
        """The same reader with a unit in which this amount has two digits before the point, where theirs is coarser."""
        scale = "ten_thousand" if self.lang == "zh" and 1e5 <= amount < 1e7 else scale_for(amount)
        return replace(self, unit=replace(self.unit, scale=scale)) if SCALES[scale] < self.unit.size else self

    def say(self, key: str, **values: object) -> str:
        """A word or sentence in the reader's language: where the books are a company's ledger, in a company's words where there are any."""
        own = f"ledger: {key}"
        return say(own if self.is_ledger and own in WORDS else key, self.lang, **values)

    def is_plural(self, code: str) -> bool:
        """Whether an English sentence about the account takes the plural: "Receipts land", "Revenue lands"."""
        return not self.is_ledger or any(word.endswith("s") for word in self.tree.label(code, "en").split())

    def account(self, code: str) -> str:
        """An account's name."""
        return self.tree.label(code, self.lang)

    def centre(self, code: str) -> str:
        """A cost centre's name."""
        return dict(zip(self.cost_centres["code"], self.cost_centres[f"label_{self.lang}"], strict=True)).get(code, code)

    def about(self, code: str, said: str, more: str = "") -> str:
        """What is said about an account, after its name: "Receipts, FY2021: month by month"."""
        comma, colon = (", ", ": ") if self.lang == "en" else ("，", "：")
        return f"{self.account(code)}{comma if more else ''}{more}{colon}{said}"

    def steps(self, bridge: pd.DataFrame, name: Callable[[str], str], start: str, end: str) -> pd.DataFrame:
        """A bridge's steps with names instead of codes; start and end as said."""
        ends = {"start": start, "end": end, "others": "others" if self.lang == "en" else "其他"}
        named = [ends.get(step) or name(step) for step in bridge["step"]]
        return bridge.assign(step=named, pooled=bridge["step"] == "others")

    def better(self, code: str) -> str:
        """Which way is good for an account: up, down, neutral."""
        return self.tree.accounts.at[code, "better"]

    def findings(self, findings: pd.DataFrame, reasons_zh: dict[str, str]) -> dict[str, str]:
        """The names of the controls that are accounts; in Chinese also the owners that are cost centres, and the reasons."""
        named = {control: self.account(control) for control in findings["control"] if control in self.tree}
        if self.lang == "en":
            return named
        owners = dict(zip(self.cost_centres["label_en"], self.cost_centres["label_zh"], strict=True))
        return owners | named | reasons_zh | {"all periods": say("all_periods", self.lang)}

    def checks(self, checks: pd.DataFrame) -> dict[str, str]:
        """The checks' names in the reader's language; an account code before a colon becomes the account's name."""
        return {name: self._check(name) for name in checks["name"]}

    def _check(self, name: str) -> str:
        account, colon, rest = name.partition(": ")
        if colon and account in self.tree:
            return self.about(account, self.say("check: " + rest))
        return self.say("check: " + name)

    def year(self, fiscal_year: int) -> str:
        """A fiscal year's name: FY2021, 2021财年."""
        return f"FY{fiscal_year}" if self.lang == "en" else f"{fiscal_year}财年"


def scale_for(largest: float) -> str:
    """The scale in which an amount of this size has at least two digits before the point: million, thousand or one."""
    return "million" if largest >= 1e7 else "thousand" if largest >= 1e4 else "one"


def build_reader(
    lang: str,
    scale: str,
    currency: str,
    tree: AccountTree,
    cost_centres: pd.DataFrame,
    calendar: FiscalCalendar,
    words: dict[str, str],
    is_ledger: bool = False,
) -> Reader:
    """A reader from plain values; `words` holds label, source and people in both languages (label_en, label_zh, …); `is_ledger`
    says that a company's ledger is read and not a city's reports."""
    named = {f"{name}_{other}": words[f"{name}_{other}"] for name in SAID for other in LANGS}
    return Reader(lang, Unit(currency, scale), tree, cost_centres, calendar, "", "", "", named, is_ledger).speaking(lang)


def both(say_it: Callable[[Reader], str], reader: Reader) -> dict[str, str]:
    """A sentence in both languages, said by the same function to a reader of each."""
    return {lang: str(say_it(reader.speaking(lang))) for lang in LANGS}


def key_figures(rows: list[tuple], is_ledger: bool = False) -> pd.DataFrame:
    """A run's key figures for the page, a row each: (code, value, unit, better[, (lower, upper)]).

    `code` is a key of the reports' words, from which the labels come; `unit` a currency, `rate`, `count`, `months` or `score`;
    `better` up, down or neutral; `is_ledger` as in Reader. Columns: code, label_en, label_zh, value, lower, upper, unit, better.
    """
    own = {code: f"ledger: {code}" if is_ledger and f"ledger: {code}" in WORDS else code for code, *_ in rows}
    said = [
        (code, say(own[code], "en"), say(own[code], "zh"), value, *(band[0] if band else (None, None)), unit, better)
        for code, value, unit, better, *band in rows
    ]
    table = pd.DataFrame(said, columns=["code", "label_en", "label_zh", "value", "lower", "upper", "unit", "better"])
    return table.astype({"value": float, "lower": float, "upper": float})
