"""How long subscribers stay and what they are still worth as people read it, made from plan.subscriber_stay's results."""

from __future__ import annotations

import pandas as pd

from planning.plan.subscriber_lifetime import WORLDS
from planning.plan.subscriber_stay import Stay
from planning.view import charts
from planning.view.amounts import Unit, say_amount, say_level, say_number, say_rate
from planning.view.markup import Html
from planning.view.reader import Reader
from planning.view.report_words import say
from planning.view.tables import Column, show_table
from planning.view.why_report import attribute_label, value_label

PERCENT = Unit("", "one", 1, label_en="%", label_zh="%")
YEAR = 12


def show_stay(stay: Stay | None, reader: Reader, labels: pd.DataFrame) -> list:
    """The share of those here who still will be, month by month; and by group the odds of leaving and the worth. Nothing where untold."""
    return [] if stay is None else [show_curve(stay, reader), show_groups(stay, reader, labels)]


def _band(figures, reader: Reader, said) -> dict[str, str]:
    return {name: said(figures[name], reader) for name in ("lower", "upper")}


def _rate(share: float, reader: Reader) -> str:
    return say_rate(share, reader.lang)


def _money(amount: float, reader: Reader) -> str:
    return say_amount(amount, reader.unit, reader.lang)


def show_curve(stay: Stay, reader: Reader):
    """The share of those here who still will be after each month ahead, with its band."""
    curve, told = stay.lifetimes.curve, stay.lifetimes
    shares = curve.set_index("month").rename(columns={"stays": "plan", "lower": "lowest", "upper": "highest"}) * 100
    last, year = curve.iloc[-1], curve.iloc[min(YEAR, len(curve)) - 1]
    level = say_level(told.level, reader.lang)
    said = {"here": say_number(len(told.people), reader.lang), "months": int(last["month"]), "share": _rate(last["stays"], reader)}
    said |= {"year": int(year["month"]), "first": _rate(year["stays"], reader), **_band(last, reader, _rate)}
    names = {name: say(f"stay_fan_{name}", reader.lang, level=level) for name in ("plan", "lowest", "middle", "highest")}
    right = {"right": say_number(100 * stay.trial["concordance"], reader.lang, 1)}
    points = {name: say_number(100 * stay.trial[name], reader.lang, 1) for name in ("gap", "chance")}
    return charts.show_fan(
        shares.rename_axis("period").reset_index(), title=say("stay_curve_title", reader.lang, level=level, **said),
        measure=say("stay_curve_measure", reader.lang), unit=PERCENT, period="", lang=reader.lang, source=reader.source, names=names,
        notes=[say("stay_curve_note", reader.lang, level=level, worlds=WORLDS), say("stay_tried", reader.lang, **right, **points)],
    )  # fmt: skip


def show_groups(stay: Stay, reader: Reader, labels: pd.DataFrame) -> Html:
    """The odds of leaving, the months until half have left and the worth, by the group that differs most, and of all."""
    groups, told = stay.groups, stay.lifetimes
    rows = groups.assign(
        label=[_label(stay.by, group, reader, labels) for group in groups["group"]], is_total=groups["group"] == "",
        median=[say_median(stay, median, reader) for median in groups["median"]],
    )  # fmt: skip
    odds = say("contracts_leaves_within", reader.lang)
    columns = [
        Column("label", attribute_label(labels, stay.by, reader.lang) if stay.by else "", "text"),
        Column("n", say("contacts_number", reader.lang), "count"),
        *(Column(f"odds_{months}", say("contracts_horizon", reader.lang, days=days), "rate", group=odds)
          for months, days in ((1, 30), (3, 90), (12, 365))),
        Column("median", say("stay_median", reader.lang), "said"), Column("charge", say("stay_charges", reader.lang)),
        Column("worth", say("stay_worth", reader.lang)),
    ]  # fmt: skip
    terms = {"margin": _rate(told.worth.margin, reader), "rate": _rate(told.worth.discount_rate, reader), "months": told.worth.months}
    total = {"value": _money(told.total["value"], reader), "level": say_level(told.level, reader.lang), **_band(told.total, reader, _money)}
    notes = [say("stay_worth_note", reader.lang, **terms, **total)]
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=_groups_title(stay, reader, labels), source=reader.source,
                      notes=notes)  # fmt: skip


def say_median(stay: Stay, median: float, reader: Reader) -> str:
    """Months until the odds of having left reach one half: "12 months", or that they don't within the months that are counted."""
    if pd.isna(median):
        return say("stay_beyond", reader.lang, months=stay.lifetimes.worth.months)
    return say("why_month", reader.lang) if median == 1 else say("why_months", reader.lang, months=say_number(median, reader.lang))


def _label(by: str, group: str, reader: Reader, labels: pd.DataFrame) -> str:
    return value_label(labels, by, group, reader) if group else say("stay_everybody", reader.lang)


def _groups_title(stay: Stay, reader: Reader, labels: pd.DataFrame) -> str:
    """Who leaves soonest, and what all are worth."""
    value, first = _money(stay.lifetimes.total["value"], reader), stay.groups.iloc[0]
    if not stay.by:
        return say("stay_title", reader.lang, value=value)
    group = {"attribute": attribute_label(labels, stay.by, reader.lang), "group": value_label(labels, stay.by, first["group"], reader)}
    return say("stay_groups_title", reader.lang, value=value, rate=_rate(first["odds_12"], reader), **group)
