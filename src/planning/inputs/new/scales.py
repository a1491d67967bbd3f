"""In which unit and currency tables count: those of one shape that count otherwise are sources of their own."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import PurePosixPath

from planning.inputs.new.columns import numbers
from planning.inputs.new.families import Family
from planning.inputs.new.look import Table
from planning.inputs.new.questions import Doubts
from planning.inputs.new.words import currency_in, unit_said

AS_IT_IS = "read as it is"
LEFT_OUT = "left out"


def split_by_unit(families: list[Family], what: tuple[str, ...], doubts: Doubts) -> list[Family]:
    """The families of figures with their unit; tables in another unit or currency than the others are a family of their own."""
    return [part for family in families for part in (_split(family, families, doubts) if family.what in what else [family])]


def _split(family: Family, families: list[Family], doubts: Doubts) -> list[Family]:
    told = {id(table): unit_said(_texts(table)) for table in family.tables}
    if len({unit for unit in told.values() if unit is not None}) > 1 or (None in told.values() and set(told.values()) - {None, 1.0}):
        _ask_silent(family, told, doubts)
    money = {} if any(each.what == "entities" and each.has("currency") for each in families) else _currencies(family)
    groups: dict[tuple[float, str], list[Table]] = {}
    for table in family.tables:
        groups.setdefault((told[id(table)] or 1.0, money.get(id(table), "")), []).append(table)
    parts = [replace(family, tables=tables, scale=unit) for (unit, _), tables in groups.items()]
    if len(parts) > 1:
        for number, part in enumerate(parts[1:], start=2):
            part.name = f"{family.name}_in_{number}"
        _tell_files_apart(parts)
        _ask_currency(parts, [currency for _, currency in groups], doubts)
    return parts


def _texts(table: Table) -> list[str]:
    return [*table.above, *table.columns, table.sheet, PurePosixPath(table.file).stem]


def _ask_silent(family: Family, told: dict[int, float | None], doubts: Doubts) -> None:
    """The unit of tables that name none, beside others that do; by the size of their figures."""
    silent = [table for table in family.tables if told[id(table)] is None]
    if not silent:
        return
    said = [table for table in family.tables if told[id(table)] is not None]
    units = list(dict.fromkeys([1.0, *(told[id(table)] for table in said)]))
    whole = sum(_size(table) + math.log(told[id(table)]) for table in said) / len(said)
    seen = sum(map(_size, silent)) / len(silent)
    guess = min(units, key=lambda unit: abs(seen + math.log(unit) - whole))
    about = (f"In which unit are the tables of {family.name} that name none?", f"{family.name} 中未注明单位的表以什么为单位？")
    named = ", ".join(table.name for table in silent[:5])
    answer = doubts.ask(f"unit.{family.name}", about, named, f"{guess:g}", tuple(f"{unit:g}" for unit in units), 0.6)
    told |= dict.fromkeys(map(id, silent), float(answer))


def _size(table: Table) -> float:
    """How large a table's figures commonly are, as a logarithm."""
    sizes = table.sample.apply(numbers).abs().stack()
    return math.log(sizes[sizes > 0].median()) if (sizes > 0).any() else 0.0


def _currencies(family: Family) -> dict[int, str]:
    """The currency by table, where the tables' titles name several; a table that names none counts as the first that does."""
    told = {id(table): currency_in([*table.above, table.sheet]) for table in family.tables}
    named = [currency for currency in told.values() if currency]
    return {table: currency or named[0] for table, currency in told.items()} if len(set(named)) > 1 else {}


def _ask_currency(parts: list[Family], currencies: list[str], doubts: Doubts) -> None:
    """Figures in another currency than most of their kind can't be added to them: left out, unless somebody says otherwise."""
    most = max(zip(parts, currencies, strict=True), key=lambda part: part[0].rows)[1]
    for part, currency in zip(parts, currencies, strict=True):
        if currency != most:
            about = (f"{part.name} is in {currency}, other tables like it in {most}", f"{part.name} 的货币为 {currency}，同类表为 {most}")
            part.what = doubts.ask(f"currency.{part.name}", about, part.first.name, LEFT_OUT, (AS_IT_IS,), 0.4).replace(AS_IT_IS, part.what)


def _tell_files_apart(parts: list[Family]) -> None:
    """Which files of one pattern are whose: the last one's family takes later ones, too; the others keep to their own."""
    names = [set(_said(part)) for part in parts]
    if not all(names) or any(names[0] & other for other in names[1:]):
        return
    last = max(range(len(parts)), key=lambda place: max(names[place]))
    for place, part in enumerate(parts):
        if place == last:
            part.not_files = sorted(set().union(*names) - names[place])
        else:
            part.only_files = sorted(names[place])


def _said(family: Family) -> list[str]:
    """What stands in the place of the pattern's first word in braces, by file."""
    form = re.sub(r"\\{\w+\\}", "([^/]+?)", re.escape(family.pattern))
    found = [re.fullmatch(form, table.file) for table in family.tables]
    return [each.group(1) for each in found if each and each.groups()]
