"""Revenue at risk as people read it, from plan.at_risk: what stays of today's subscribers month by month, and who must be won."""

from __future__ import annotations

import pandas as pd

from planning.plan.at_risk import AtRisk, total
from planning.plan.losses import ALL
from planning.view import charts
from planning.view.amounts import say_amount, say_level, say_period
from planning.view.markup import Html, Sentence
from planning.view.reader import Reader
from planning.view.tables import Column, show_table

HORIZONS = (3, 6, 12, 18)
"""Months ahead of which the table tells, as far as the reforecast looks."""


def show_at_risk(found: AtRisk | None, reader: Reader, level: float) -> list:
    """What leaves and what stays of today's subscribers' revenue, by month and by department; nothing where there are no contracts."""
    if found is None:
        return []
    if found.months.empty:
        return [Sentence(reader.say("at_risk_too_few"))]
    reader = reader.finer(_last(found)["lost"])
    return [say_at_risk(found, reader, level), show_leaving(found, reader, level), show_units(found, reader, level)]


def _money(amount: float, reader: Reader) -> str:
    return say_amount(amount, reader.unit, reader.lang)


def _last(found: AtRisk) -> pd.Series:
    return total(found).iloc[-1]


def say_at_risk(found: AtRisk, reader: Reader, level: float) -> Sentence:
    """What is lost by the end of the horizon, what new subscribers must bring, and how the same was told a year before."""
    last, months = _last(found), len(total(found))
    money = {name: _money(last[name], reader) for name in ("there", "lost", "lower", "upper", "forecast", "won")}
    period = {"month": say_period(last["period"], reader.lang), "level": say_level(level, reader.lang)}
    return Sentence(reader.say("at_risk_said", months=months, **money, **period) + _say_tried(found, reader, level))


def _say_tried(found: AtRisk, reader: Reader, level: float) -> str:
    every = found.tried[found.tried["account"] == ALL]
    if every.empty:
        return reader.say("at_risk_untried")
    row = every.iloc[-1]
    held = int(((every["lower"] <= every["came"]) & (every["came"] <= every["upper"])).sum())
    money = {name: _money(row[name], reader) for name in ("lost", "lower", "upper", "came")}
    day = say_period(row["day"], reader.lang)
    return reader.say("at_risk_tried", day=day, held=held, months=len(every), level=say_level(level, reader.lang), **money)


def show_leaving(found: AtRisk, reader: Reader, level: float):
    """What of today's subscribers' revenue has left each month ahead, with its band."""
    rows = total(found).rename(columns={"lost": "plan", "lower": "lowest", "upper": "highest"})
    last = _last(found)
    said = {name: _money(last[name], reader) for name in ("there", "lost")}
    return charts.show_fan(
        rows, title=reader.say("at_risk_title", month=say_period(last["period"], reader.lang), **said),
        measure=reader.say("at_risk_measure"), unit=reader.unit, period="", lang=reader.lang, source=reader.source,
        names={name: reader.say(f"contracts_fan_{name}") for name in ("plan", "lowest", "middle", "highest")},
        notes=[reader.say("at_risk_band", level=say_level(level, reader.lang))],
    )  # fmt: skip


def show_units(found: AtRisk, reader: Reader, level: float) -> Html:
    """By department and account: revenue a month of today's subscribers, what is lost of it by month ahead, what must be won."""
    table = found.months.assign(month=found.months.groupby(["cost_centre", "account"]).cumcount() + 1)
    ahead = [month for month in HORIZONS if month <= table["month"].max()]
    wide = table[table["month"].isin(ahead)].pivot(index=["cost_centre", "account"], columns="month", values="lost")
    year = table[table["month"] == max(month for month in ahead if month <= 12)].set_index(["cost_centre", "account"])
    rows = year.join(wide.rename(columns=lambda month: f"lost_{month}")).reset_index()
    rows = rows.sort_values("account", key=lambda codes: codes == ALL, kind="stable").assign(is_total=lambda t: t["account"] == ALL)
    rows["label"] = [reader.say("total") if code == ALL else reader.account(code) for code in rows["account"]]
    rows["unit"] = ["" if code == ALL else reader.centre(code) for code in rows["cost_centre"]]
    lost, by = reader.say("at_risk_lost"), int(year["month"].iloc[0])
    band = reader.say("at_risk_edges", months=by, level=say_level(level, reader.lang))
    columns = [
        Column("unit", reader.say("department"), "text"), Column("label", reader.say("line"), "text"),
        Column("there", reader.say("at_risk_there")),
        *(Column(f"lost_{month}", reader.say("at_risk_months", months=month), group=lost) for month in ahead),
        Column("lower", reader.say("contracts_low"), group=band), Column("upper", reader.say("contracts_high"), group=band),
        Column("forecast", reader.say("at_risk_forecast", months=by)), Column("won", reader.say("at_risk_won", months=by)),
    ]  # fmt: skip
    return show_table(
        rows, columns, unit=reader.unit, lang=reader.lang, caption=reader.say("at_risk_table"), source=reader.source,
        notes=[reader.say("at_risk_note")],
    )  # fmt: skip
