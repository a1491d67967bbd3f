"""Subscribers in a planned year as people read them: what is lost with those who leave, what offers cost, keep and are expected to gain."""

from __future__ import annotations

import numpy as np

from planning.plan.customers import Customers
from planning.view.amounts import say_amount, say_level, say_number, say_period, say_rate
from planning.view.markup import Html, show_text
from planning.view.projects_report import say_odds
from planning.view.reader import Reader


def say_customers(customers: Customers | None, reader: Reader, fiscal_year: int, level: float) -> Html | None:
    """What leaves with subscribers and the offers of the plan; nothing where there are no contracts."""
    if customers is None:
        return None
    year = reader.year(fiscal_year)
    if np.isnan(customers.lost):
        return show_text(reader.say("at_risk_too_few"))
    lost = reader.say("retention_lost", year=year, lost=say_amount(customers.lost, reader.finer(customers.lost).unit, reader.lang))
    return show_text(lost, *_offers(customers, reader, year, level))


def _offers(customers: Customers, reader: Reader, year: str, level: float) -> list[str]:
    if customers.offers is None:
        return [reader.say("retention_not_asked")]
    found, out = customers.offers, customers.offers.outcome
    save = say_rate(found.save_rate, reader.lang)
    if out["told"]:
        shares = {name: say_number(100 * out[column], reader.lang, 1) for name, column in (("kept", "kept_share"), ("error", "error"))}
        basis = reader.say("retention_told", day=say_period(out["day"], reader.lang), **shares)
    else:
        basis = reader.say("retention_assumed", save=save)
    if not out["offers"]:
        return [reader.say("retention_none"), basis]
    unit = reader.finer(min(float(out["cost"]), customers.kept)).unit
    money = {name: say_amount(out[name], unit, reader.lang) for name in ("cost", "gain", "lower", "upper")}
    said = reader.say(
        "retention_offers", n=say_number(out["offers"], reader.lang), month=say_period(found.first, reader.lang), year=year,
        kept=say_amount(customers.kept, unit, reader.lang), level=say_level(level, reader.lang),
        loss=say_odds(1 - out["odds"], reader.lang), **money,
    )  # fmt: skip
    return [said, _serving(customers, reader, unit), basis]


def _serving(customers: Customers, reader: Reader, unit) -> str:
    if customers.serving.empty:
        return reader.say("retention_no_serving")
    rates = {"margin": say_rate(customers.margin, reader.lang), "assumed": say_rate(customers.offers.margin, reader.lang)}
    return reader.say("retention_serving", served=say_amount(customers.served, unit, reader.lang), **rates)
