"""A budget's odds as the approver reads them: a sentence, the units and their weakest lines, and whether earlier odds held."""

from __future__ import annotations

import pandas as pd

from planning.plan.budget_odds import Held
from planning.view import charts
from planning.view.amounts import say_amount, say_level, say_number, say_rate
from planning.view.markup import Html, Sentence
from planning.view.reader import Reader
from planning.view.tables import Column, show_table


def show_odds(told: tuple[pd.DataFrame, Held] | None, reader: Reader) -> list:
    """The odds of a plan for who approves it, and how earlier odds held; nothing where none are told, a sentence where none is known."""
    if told is None:
        return []
    table, held = told
    if table["odds"].isna().all():
        return [say_odds(table, reader)]
    fared = show_odds_held(held, reader) if held.years else say_odds_held(held, reader)
    return [say_odds(table, reader), show_unit_odds(table, reader, 12), show_line_odds(table, reader, 12), fared]


def say_odds(table: pd.DataFrame, reader: Reader) -> Sentence:
    """The odds that the result is met and the line least likely to be, from plan.budget_odds.tell_odds."""
    result = table[table["level"] == "company"]
    odds, years = (result[name].iloc[0] if len(result) else 0 for name in ("odds", "years"))
    if not years or pd.isna(odds):
        return Sentence(reader.say("odds_few", years=years))
    amounts = {name: say_amount(result[name].iloc[0], reader.unit, reader.lang) for name in ("amount", "expected")}
    said = reader.say("odds_result", odds=say_rate(odds, reader.lang, 0), years=years, **amounts)
    return Sentence(said + (" " if reader.lang == "en" else "") + _say_weakest(table, reader))


def _say_weakest(table: pd.DataFrame, reader: Reader) -> str:
    weak = _weakest(table).head(1)
    names = {"unit": reader.centre(weak["unit"].iloc[0]), "line": _line(weak["line"].iloc[0], reader)}
    return reader.say("odds_weakest", odds=say_rate(weak["odds"].iloc[0], reader.lang, 0), **names)


def show_unit_odds(table: pd.DataFrame, reader: Reader, most: int = 20) -> Html:
    """The company's odds, and each unit's with its weakest line, the least likely first and those without odds last; the first `most`."""
    weak = _weakest(table).drop_duplicates("unit").set_index("unit")
    units = table[table["level"] == "unit"].sort_values(["odds", "unit"], ignore_index=True)
    shown = units.head(most)
    rows = shown.assign(
        label=shown["unit"].map(reader.centre), is_total=False,
        weak=[_line(line, reader) for line in shown["unit"].map(weak["line"])], weak_odds=shown["unit"].map(weak["odds"]),
    )  # fmt: skip
    rest = units.iloc[most:]
    others = rest[["amount"]].sum().to_frame().T.assign(label=reader.say("odds_others", count=len(rest)), is_total=False, weak="")
    result = table[table["level"] == "company"].assign(label=reader.say("odds_company"), is_total=True, weak="")
    rows = pd.concat([rows, others, result] if len(rest) else [rows, result], ignore_index=True)
    columns = [
        Column("label", reader.say("odds_unit"), "text"), *_columns(reader),
        Column("weak", reader.say("odds_weak_line"), "text"), Column("weak_odds", reader.say("odds_weak_odds"), "rate", digits=0),
    ]  # fmt: skip
    return _table(rows, columns, reader.say("odds_by_unit"), reader)


def show_line_odds(table: pd.DataFrame, reader: Reader, most: int = 20) -> Html:
    """The lines least likely to be met, at most `most`."""
    weak = _weakest(table).head(most)
    rows = weak.assign(label=weak["unit"].map(reader.centre), named=[_line(line, reader) for line in weak["line"]])
    columns = [Column("label", reader.say("odds_unit"), "text"), Column("named", reader.say("odds_line"), "text"), *_columns(reader)]
    return _table(rows, columns, reader.say("odds_by_line"), reader)


def show_odds_held(held: Held, reader: Reader):
    """How often lines were met, by the odds that would have been said then (plan.budget_odds.odds_held); an interval a group."""
    years = reader.say("from_to", first=reader.year(held.years[0]), last=reader.year(held.years[-1])) if held.years else ""
    return charts.show_calibration(
        held.bins, title=str(say_odds_held(held, reader)).rstrip(".。"), measure=reader.say("odds_held_measure", years=years),
        said=reader.say("odds_said"), came=reader.say("odds_came"), as_said=reader.say("odds_as_said"), lang=reader.lang,
        source=reader.source, notes=_say_score(held, reader),
    )  # fmt: skip


def say_odds_held(held: Held, reader: Reader) -> Sentence:
    """Of lines called likely and unlikely in earlier years, how many were met."""
    if not held.years:
        return Sentence(reader.say("odds_held_none"))
    return Sentence(reader.say("odds_held", likely=held.likely[0], many=held.likely[1], unlikely=held.unlikely[0], few=held.unlikely[1]))


def _say_score(held: Held, reader: Reader) -> list[str]:
    if not held.years:
        return []
    known = held.score[["slope", "slope_lower", "slope_upper"]].notna().all()
    names = {"brier": "brier", "half": "brier_half", "slope": "slope", "lower": "slope_lower", "upper": "slope_upper"}
    said = {key: say_number(float(held.score[name]), reader.lang, 3 if "brier" in name else 1) for key, name in names.items()}
    interval = reader.say("odds_held_interval", level=say_level(held.level, reader.lang))
    return [reader.say("odds_held_score" if known else "odds_held_score_short", **said), interval]


def _weakest(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["level"] == "line") & table["odds"].notna()].sort_values(["odds", "unit", "line"], ignore_index=True)


def _line(code, reader: Reader) -> str:
    return "" if pd.isna(code) else reader.account(code) if code in reader.tree else str(code)


def _columns(reader: Reader) -> list[Column]:
    return [
        Column("amount", reader.say("odds_planned")), Column("expected", reader.say("odds_expected")),
        Column("odds", reader.say("odds_odds"), "rate", digits=0), Column("years", reader.say("odds_years"), "count"),
    ]  # fmt: skip


def _table(rows: pd.DataFrame, columns: list[Column], caption: str, reader: Reader) -> Html:
    return show_table(
        rows.drop(columns="level"), columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source,
        rounding_difference=False, notes=[reader.say("odds_note")],
    )  # fmt: skip
