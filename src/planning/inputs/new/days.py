"""Days that can be read in two ways (2/1/2023): which part is the month is asked, and the answer holds for the whole table."""

from __future__ import annotations

from dataclasses import replace

from planning.inputs.new.columns import DAY_FIRST, MONTH_FIRST, Column, month_of_day
from planning.inputs.new.families import Family
from planning.inputs.new.questions import Doubts

ORDERS = {DAY_FIRST: "day/month/year", MONTH_FIRST: "month/day/year"}


def ask_day_order(family: Family, doubts: Doubts) -> None:
    """A family's columns of days in the order that somebody says, where their texts fit both; else in the likelier one."""
    either = [column for column in family.columns.values() if column.either]
    if not either:
        return
    about = (f"Are days of {family.name} day/month/year or month/day/year?", f"{family.name} 的日期是日/月/年还是月/日/年？")
    seen = "; ".join(f"{column.name}: {', '.join(column.examples)}" for column in either)
    certain = {column.dates for column in family.columns.values() if not column.either} & ORDERS.keys() or _fitting(family, either)
    guess, sure = (certain.pop(), 0.9) if len(certain) == 1 else (either[0].dates, 0.6)
    answer = doubts.ask(f"dates.{family.name}", about, seen, ORDERS[guess], tuple(ORDERS.values()), sure)
    form = next(form for form, said in ORDERS.items() if said == answer) if answer in ORDERS.values() else guess
    family.columns |= {column.name: replace(column, dates=form) for column in either}


def _fitting(family: Family, columns: list[Column]) -> set[str]:
    """The orders that the texts of all the family's tables fit."""
    texts = {text for column in columns for table in family.tables for text in table.sample[column.name].unique() if text}
    return {form for form in ORDERS if all(month_of_day(text, form) for text in texts)}
