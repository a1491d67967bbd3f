"""Why customers leave as people read it: names of attributes and their values, shares by attribute, reasons; from plan.why.

`labels` (attribute, value, label_en, label_zh, value_en, value_zh) name the attributes and their values.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.small_groups import OTHERS
from planning.plan.why import Why, extremes, reasons
from planning.view import charts
from planning.view.amounts import Unit, say_amount, say_number, say_rate
from planning.view.markup import Html
from planning.view.reader import Reader
from planning.view.report_words import WORDS, say
from planning.view.tables import Column, show_table

GROUPS = 3
"""Attributes whose shares the chart shows."""
MONEY = ("monthly_charge", "price")
MONTHS = ("tenure", "offer_age")


# -------------------------------------------------------------------------------------------------------------- names


def attribute_label(labels: pd.DataFrame, attribute: str, lang: str) -> str:
    """An attribute's name: the company's own, or ours; its code where nobody named it."""
    known = labels.loc[labels["attribute"] == attribute, f"label_{lang}"]
    ours = f"attribute: {attribute}"
    return str(known.iloc[0]) if len(known) else say(ours, lang) if ours in WORDS else attribute


def value_label(labels: pd.DataFrame, attribute: str, value: object, reader: Reader) -> str:
    """A value's name: months, money, the name it was given, or itself."""
    if value == OTHERS:
        return say("why_others", reader.lang)
    if pd.isna(value) or value == "–":
        none = f"attribute: no {attribute}"
        return say(none if none in WORDS else "why_no_value", reader.lang)
    if attribute in (*MONEY, *MONTHS) and isinstance(value, str):
        value = float(value)  # a number of so few values that it is taken as a list
    if not isinstance(value, str):
        number = _number(value, attribute, reader)
        return _months(number, reader) if attribute in MONTHS else number
    known = labels.loc[(labels["attribute"] == attribute) & (labels["value"] == value), f"value_{reader.lang}"]
    ours = f"attribute: {attribute}: {value}"
    return str(known.iloc[0]) if len(known) else say(ours, reader.lang) if ours in WORDS else value


def _number(value: float, attribute: str, reader: Reader) -> str:
    if attribute in MONEY:
        return say_amount(value, each(reader), reader.lang)
    return say_number(value, reader.lang, _digits(float(value)))


def _digits(value: float) -> int:
    """Decimals that tell a number from its neighbours: 12 none, 12.5 one, 0.25 two, 0.041 three."""
    return 0 if value.is_integer() else max(1, int(np.ceil(1 - np.log10(abs(value)))))


def _months(number: str, reader: Reader) -> str:
    return say("why_month", reader.lang) if number == "1" else say("why_months", reader.lang, months=number)


def segment_label(labels: pd.DataFrame, segment: pd.Series, why: Why, reader: Reader) -> str:
    """A value of a list, or a band of numbers: "6 to 11 months", "$70.00 to $90.00", "48 months or more"."""
    attribute, first, last = segment["attribute"], segment["first"], segment["last"]
    if pd.isna(first):
        return value_label(labels, attribute, segment["value"], reader)
    if pd.isna(last):
        return say("why_from", reader.lang, first=value_label(labels, attribute, first, reader))
    whole = (why.rows[attribute].dropna() % 1 == 0).all()
    said = [_number(end, attribute, reader) for end in (first, last - 1 if whole else last)]
    band = said[0] if said[0] == said[1] else say("why_from_to", reader.lang, first=said[0], last=said[1])
    return _months(band, reader) if attribute in MONTHS else band


def each(reader: Reader) -> Unit:
    """The unit of one customer's money: single units of the currency, with cents."""
    return Unit(reader.unit.currency, "one", 2)


# ------------------------------------------------------------------------------------------------------------ reasons


def said_reasons(parts: pd.DataFrame, rows: pd.DataFrame, reader: Reader, labels: pd.DataFrame) -> pd.Series:
    """The reasons of these customers in words, by their label in the index: "Contract: month-to-month (×1.7); …"."""
    found = reasons(parts, rows)
    texts = [
        say(
            "why_reason", reader.lang, attribute=attribute_label(labels, row.attribute, reader.lang),
            value=value_label(labels, row.attribute, row.value, reader), factor=say_number(row.factor, reader.lang, 1),
        )
        for row in found.itertuples()
    ]  # fmt: skip
    joined = pd.Series(texts, index=found["row"], dtype=object).groupby(level=0).agg(say("why_and", reader.lang).join)
    return joined.reindex(parts.index, fill_value=say("why_no_reason", reader.lang))


def show_why(why: Why, reader: Reader, labels: pd.DataFrame):
    """Who left, by the attributes that set the scores apart most."""
    named = why.weights["attribute"].head(GROUPS)
    rows = []
    for attribute in named:
        rows.append({"label": attribute_label(labels, attribute, reader.lang), "is_heading": True, "counted": ""})
        own = why.segments[why.segments["attribute"] == attribute]
        rows += [_share_row(segment, why, reader, labels) for _, segment in own.iterrows()]
    return charts.show_shares(
        pd.DataFrame(rows), title=_why_title(why, reader, labels, named.iloc[0]), measure=say("why_share_left", reader.lang),
        lang=reader.lang, source=reader.source, everybody=why.everybody, everybody_label=say("why_everybody", reader.lang),
        notes=[say("why_share_note", reader.lang)],
    )  # fmt: skip


def _share_row(segment: pd.Series, why: Why, reader: Reader, labels: pd.DataFrame) -> dict:
    counted = {name: say_number(segment[name], reader.lang) for name in ("gone", "n")}
    return {
        "label": segment_label(labels, segment, why, reader), "is_heading": False, "counted": say("why_of", reader.lang, **counted),
        **segment[["rate", "lower", "upper"]],
    }  # fmt: skip


def _why_title(why: Why, reader: Reader, labels: pd.DataFrame, attribute: str) -> str:
    own = why.segments[why.segments["attribute"] == attribute]
    most, least = own.loc[own["rate"].idxmax()], own.loc[own["rate"].idxmin()]
    said = {"attribute": attribute_label(labels, attribute, reader.lang), "value": segment_label(labels, most, why, reader)}
    rates = {"rate": say_rate(most["rate"], reader.lang), "other_rate": say_rate(least["rate"], reader.lang)}
    return say("why_title", reader.lang, other=segment_label(labels, least, why, reader), **said, **rates)


def show_weights(why: Why, reader: Reader, labels: pd.DataFrame, left_out: list[str]) -> Html:
    """What the scores are made of: each attribute's weight, and what raises and lowers the odds most."""
    rows = why.weights.assign(label=[attribute_label(labels, attribute, reader.lang) for attribute in why.weights["attribute"]])
    ends = [extremes(why, attribute) for attribute in rows["attribute"]]
    for name, at in (("raises", 0), ("lowers", 1)):
        rows[name] = [_say_factor(pair[at], why, reader, labels) for pair in ends]
    columns = [
        Column("label", say("why_attribute", reader.lang), "text"), Column("share", say("why_weight", reader.lang), "rate"),
        Column("raises", say("why_raises", reader.lang), "text"), Column("lowers", say("why_lowers", reader.lang), "text"),
        Column("first", say("why_first", reader.lang), "count"),
    ]  # fmt: skip
    notes = [say("why_weights_note", reader.lang), *_say_left_out(left_out, reader, labels)]
    caption = say("why_weights_title", reader.lang)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes)


def _say_factor(segment: pd.Series, why: Why, reader: Reader, labels: pd.DataFrame) -> str:
    label, factor = segment_label(labels, segment, why, reader), say_number(np.exp(segment["part"]), reader.lang, 2)
    return f"{label} (×{factor})" if reader.lang == "en" else f"{label}（×{factor}）"


def _say_left_out(left_out: list[str], reader: Reader, labels: pd.DataFrame) -> list[str]:
    named = [attribute_label(labels, attribute, reader.lang) for attribute in left_out]
    comma = ", " if reader.lang == "en" else "、"
    return [say("why_left_out", reader.lang, attributes=comma.join(named))] if named else []
