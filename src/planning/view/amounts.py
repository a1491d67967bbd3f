"""How figures are written: amounts in a unit the reader chooses, rates, periods. A missing figure is a dash, never 0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd
from babel.dates import format_date
from babel.numbers import format_decimal

from planning.view.words import CURRENCIES, LOCALES, SCALE_WORDS, SCALES, SHORT_SCALES

MISSING = "–"
MINUS = "−"
SPACE = "\u00a0"
"""Keeps a figure and its unit on one line."""


@dataclass(frozen=True)
class Unit:
    """The unit figures are shown in: a currency or a thing counted, its scale, and the decimals shown.

    `Unit("USD", "million")` shows 4,934,000,000 as 4,934.0 in $ million / 百万美元. Something counted instead of money:
    `Unit("", "one", 0, label_en="positions", label_zh="个职位")`.
    """

    currency: str
    scale: str = "million"
    digits: int = 1
    label_en: str = ""
    label_zh: str = ""

    def __post_init__(self):
        if self.scale not in SCALES:
            raise ValueError(f"unknown scale {self.scale!r}; known: {', '.join(SCALES)}")

    @property
    def size(self) -> float:
        """How many units one shown figure stands for."""
        return SCALES[self.scale]

    @property
    def step(self) -> float:
        """The smallest difference that can be seen, in units."""
        return self.size / 10**self.digits

    def heading(self, lang: str) -> str:
        """The unit as a heading says it: "$ million", 百万美元."""
        scale, thing = SCALE_WORDS[self.scale][lang], self._thing(lang)
        return f"{scale}{thing}" if lang == "zh" else " ".join(part for part in self._in_order(scale, thing) if part)

    def _in_order(self, scale: str, thing: str) -> tuple[str, str]:
        return (thing, scale) if self.currency else (scale, thing)

    def _thing(self, lang: str) -> str:
        if not self.currency:
            return self.label_zh if lang == "zh" else self.label_en
        return CURRENCIES.get(self.currency, {}).get(lang, self.currency)

    def spoken(self, lang: str) -> Unit:
        """The unit a sentence uses: English has no short word for 万 and 亿, so it says thousands and millions."""
        if lang == "zh" or self.scale in SHORT_SCALES:
            return self
        lower, digits = {"ten_thousand": ("thousand", 1), "hundred_million": ("million", 2)}[self.scale]
        return replace(self, scale=lower, digits=max(0, self.digits - digits))


def is_missing(figure) -> bool:
    """Whether there is no figure: None, NaN, NA or infinite."""
    return figure is None or bool(pd.isna(figure)) or abs(figure) == float("inf")


def rounded(figure: float, digits: int) -> Decimal:
    """The figure as it is shown: half to even, and never a negative zero."""
    shown = Decimal(repr(float(figure))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    return shown if shown else abs(shown)


def say_number(figure, lang: str, digits: int = 0, sign: bool = False) -> str:
    """A plain number with thousands separators and a real minus; `sign` puts a plus before what is above zero."""
    if is_missing(figure):
        return MISSING
    shown = rounded(figure, digits)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    said = format_decimal(abs(shown), format=pattern, locale=LOCALES[lang])
    return _mark(shown, sign) + said


def _mark(shown: Decimal, sign: bool) -> str:
    return MINUS if shown < 0 else "+" if sign and shown > 0 else ""


def say_figure(amount, unit: Unit, lang: str, sign: bool = False, digits: int | None = None) -> str:
    """An amount in the unit without its name, for tables and labels: 4,934.0."""
    if is_missing(amount):
        return MISSING
    return say_number(float(amount) / unit.size, lang, unit.digits if digits is None else digits, sign)


def say_amount(amount, unit: Unit, lang: str, sign: bool = False) -> str:
    """An amount with its unit, for sentences: $4,934.0 m, −$5.0 m, 4,934.0 百万美元."""
    if is_missing(amount):
        return MISSING
    unit = unit.spoken(lang)
    figure = say_figure(amount, unit, lang, sign)
    if lang == "zh" or not unit.currency:
        return f"{figure}{SPACE}{unit.heading(lang)}".strip(SPACE)
    mark, digits = (figure[0], figure[1:]) if figure[0] in (MINUS, "+") else ("", figure)
    symbol = CURRENCIES.get(unit.currency, {}).get("sign", f"{unit.currency} ").replace(" ", SPACE)
    return f"{mark}{symbol}{digits}{SPACE}{SHORT_SCALES[unit.scale]}".rstrip(SPACE)


def say_rate(rate, lang: str, digits: int = 1, sign: bool = False) -> str:
    """A fraction as a percentage: 1.3 % (English), 1.3% (Chinese)."""
    if is_missing(rate):
        return MISSING
    return say_number(float(rate) * 100, lang, digits, sign) + ("%" if lang == "zh" else f"{SPACE}%")


def say_level(level: float, lang: str) -> str:
    """A band's nominal level: 80 %."""
    return say_rate(level, lang, 0 if round(level * 100, 6) == round(level * 100) else 1)


def say_period(period: pd.Timestamp, lang: str) -> str:
    """A month: Mar 2021, 2021年3月."""
    return format_date(period, "y年M月" if lang == "zh" else "MMM y", locale=LOCALES[lang])


def say_month(period: pd.Timestamp, lang: str) -> str:
    """A month without its year: Mar, 3月."""
    return format_date(period, "M月" if lang == "zh" else "MMM", locale=LOCALES[lang])
