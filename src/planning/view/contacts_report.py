"""How often a retention list names the groups a company declared, and an experiment that would tell what an offer does."""

from __future__ import annotations

import pandas as pd

from planning.plan.contacts import FOUR_FIFTHS, least_ratio
from planning.view.amounts import say_amount, say_number, say_rate
from planning.view.markup import Html, Sentence
from planning.view.reader import Reader
from planning.view.report_words import say
from planning.view.tables import Column, show_table
from planning.view.why_report import attribute_label, value_label


def show_contact_table(contacts: pd.DataFrame, reader: Reader, labels: pd.DataFrame) -> Html | None:
    """How often each of the declared groups is on the list, beside how often everybody of the same risk is; None where none is declared."""
    least = least_ratio(contacts)
    if least is None:
        return None
    colon = ": " if reader.lang == "en" else "："
    label = [
        attribute_label(labels, row.attribute, reader.lang) + colon + value_label(labels, row.attribute, row.value, reader)
        for row in contacts.itertuples()
    ]
    columns = [
        Column("label", say("contacts_group", reader.lang), "text"), Column("n", say("contacts_number", reader.lang), "count"),
        Column("listed", say("contacts_listed", reader.lang), "count"), Column("share", say("contacts_share", reader.lang), "rate"),
        Column("ratio", say("contacts_ratio", reader.lang), "rate"), Column("alike", say("contacts_alike", reader.lang), "rate"),
    ]  # fmt: skip
    group = {"attribute": attribute_label(labels, least["attribute"], reader.lang)}
    group["value"] = value_label(labels, least["attribute"], least["value"], reader)
    key = "contacts_even" if least["ratio"] >= FOUR_FIFTHS else "contacts_uneven"
    return show_table(
        contacts.assign(label=label), columns, unit=reader.unit, lang=reader.lang,
        caption=say(key, reader.lang, ratio=say_rate(least["ratio"], reader.lang, 0), **group), source=reader.source,
        notes=[say("contacts_note", reader.lang)],
    )  # fmt: skip


def say_design(designed: pd.Series | None, reader: Reader) -> Sentence | None:
    """An experiment that would tell what an offer does: groups, size, cost, and whether there are as many; None where none is needed."""
    if designed is None:
        return None
    figures = {"each": say_number(designed["each"], reader.lang), "cost": say_amount(designed["cost"], reader.unit, reader.lang)}
    rates = {name: say_rate(designed[name], reader.lang) for name in ("rate", "kept")}
    said = say("contacts_design", reader.lang, **figures, **rates)
    return Sentence(said if designed["enough"] else said + say("contacts_design_too_large", reader.lang))
