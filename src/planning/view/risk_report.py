"""A plan in draws as people read it: the fans of profit and cash, and the tornado of what matters, from plan.risk."""

from __future__ import annotations

import pandas as pd

from planning.plan.chain.meanings import MEANINGS
from planning.plan.risk import Risk, below_plan_odds, debt_odds, fan_table, loss_odds
from planning.view import charts
from planning.view.amounts import say_amount, say_number, say_rate
from planning.view.markup import Sentence
from planning.view.plan_report import say_about
from planning.view.projects_report import say_odds
from planning.view.reader import Reader
from planning.view.report_words import WORDS


def show_risk(risk: Risk | None, reader: Reader) -> list:
    """How sure profit and cash are: how the draws came about, both fans; nothing where nothing is drawn."""
    if risk is None:
        return []
    return [say_risk_method(risk, reader), say_below_plan(risk, reader), show_profit_fan(risk, reader), show_cash_fan(risk, reader)]


def show_what_matters(risk: Risk | None, reader: Reader) -> list:
    """The tornado; nothing where nothing is drawn."""
    return [] if risk is None else [show_tornado(risk, reader)]


def show_profit_fan(risk: Risk, reader: Reader):
    """Net profit through the year, added up month by month."""
    return _show_fan(risk, reader, "net_profit", "profit", loss=say_odds(loss_odds(risk), reader.lang))


def show_cash_fan(risk: Risk, reader: Reader):
    """Cash at month ends, with the least that treasury asks for."""
    return _show_fan(risk, reader, "closing_cash", "cash", risk.floor, debt=say_odds(debt_odds(risk), reader.lang))


def _show_fan(risk: Risk, reader: Reader, figure: str, name: str, floor: pd.Series | None = None, **odds: str):
    table = fan_table(risk, figure)
    last, year = table.iloc[-1], reader.year(risk.fiscal_year)
    money = {key: say_amount(last[column], reader.unit, reader.lang) for key, column in
             (("plan", "plan"), ("low", "lowest"), ("high", "highest"))}  # fmt: skip
    return charts.show_fan(
        table, title=reader.say(f"risk_{name}_title", year=year, **money, **odds), measure=reader.say(f"risk_{name}_measure"),
        unit=reader.unit, period=year, lang=reader.lang, source=reader.source, floor=floor,
        names={key: reader.say(f"risk_{key}") for key in ("plan", "lowest", "middle", "highest", "floor")},
        notes=[reader.say("risk_bands", count=say_number(risk.count, reader.lang))],
    )  # fmt: skip


def show_tornado(risk: Risk, reader: Reader):
    """What each thing that is uncertain adds to net profit and cash at its edges: what is likely first, then mere steps."""
    rows = risk.tornado.assign(
        label=[_name(risk, row, reader) for row in risk.tornado.itertuples()],
        edges=[_edges(row, reader) for row in risk.tornado.itertuples()], heading=False,
        step=risk.tornado["kind"] == "step",
    )  # fmt: skip
    rows = rows.sort_values("step", kind="stable", key=lambda column: column.astype(int))
    likely = _widest_first(rows[~rows["step"]])
    parts = [(key, part) for key, part in (("risk_said", likely), ("risk_step", rows[rows["step"]])) if len(part)]
    shown = [pd.concat([pd.DataFrame([{"label": reader.say(key), "edges": "", "heading": True}]), part]) for key, part in parts]
    table = pd.concat(shown, ignore_index=True) if shown else rows
    return charts.show_tornado(
        table, title=_tornado_title(parts, risk, reader), measure=reader.say("risk_tornado_measure"), unit=reader.unit,
        period=reader.year(risk.fiscal_year), lang=reader.lang, source=reader.source,
        names={name: reader.say(f"risk_{name}") for name in ("profit", "cash")}, notes=[reader.say("risk_edges")],
    )  # fmt: skip


def _widest_first(rows: pd.DataFrame) -> pd.DataFrame:
    order = rows[["profit_low", "profit_high"]].abs().max(axis=1).sort_values(ascending=False, kind="stable").index
    return rows.loc[order]


def _tornado_title(parts: list[tuple[str, pd.DataFrame]], risk: Risk, reader: Reader) -> str:
    if not parts:
        return reader.say("risk_tornado_measure")
    key, first = parts[0][0], parts[0][1].iloc[0]
    money = {edge: say_amount(first[f"profit_{edge}"], reader.unit, reader.lang, sign=True) for edge in ("low", "high")}
    said = {"year": reader.year(risk.fiscal_year), "first": first["label"], "edges": first["edges"]} | money
    return reader.say("risk_tornado_title" if key == "risk_said" else "risk_tornado_steps", **said)


def _name(risk: Risk, row, reader: Reader) -> str:
    """What a row is called: by the driver's own label where it has one, with what it is about."""
    sided = f"risk_code_{row.code}_{row.about}"
    if sided in WORDS:
        return reader.say(sided)
    driver = risk.basis.drivers.get(row.code)
    label = getattr(driver, f"label_{reader.lang}", "")
    known = f"risk_code_{row.code}"
    name = label or (reader.say(known) if known in WORDS else row.code)
    return reader.say("risk_about", name=name, about=say_about(row.about, reader)) if row.about else name


def _edges(row, reader: Reader) -> str:
    """What is said of the edges: how far, or between which figures."""
    unit = MEANINGS[row.code].unit if row.code in MEANINGS else "fraction"
    if row.kind == "step":
        if unit == "days":
            return reader.say("risk_days", days=say_number(row.high, reader.lang))
        return reader.say("risk_rates", rate=say_rate(row.high, reader.lang, 0))
    signed = row.kind == "forecast"
    rates = unit == "fraction"
    low, high = (say_rate(edge, reader.lang, 1, signed) if rates else say_number(edge, reader.lang, 2) for edge in (row.low, row.high))
    return reader.say("risk_range", low=low, high=high)


def say_risk_method(risk: Risk, reader: Reader) -> Sentence:
    """How the draws came about."""
    count = len(risk.uncertain.entries)
    entries = reader.say("risk_entries_one") if count == 1 else reader.say("risk_entries", count=count)
    said = {"count": say_number(risk.count, reader.lang), "seed": risk.seed, "entries": entries, "checks": len(risk.draws.checks)}
    return Sentence(reader.say("risk_method", **said))


def say_below_plan(risk: Risk, reader: Reader) -> Sentence:
    """How often the year ends below the plan."""
    return Sentence(reader.say("risk_below_plan", odds=say_odds(below_plan_odds(risk), reader.lang)))
