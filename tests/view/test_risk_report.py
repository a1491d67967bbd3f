"""A plan in draws as people read it: the fans and the tornado say what the draws say, in both languages, with nothing cut or covered."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, LONG, assert_no_overlap, assert_nothing_is_cut, words_of

from planning.core.accounts import AccountTree
from planning.core.drivers import Driver, Entry
from planning.core.periods import FiscalCalendar
from planning.model.drivers import Drivers
from planning.plan.chain.draws import Draws, Uncertain
from planning.plan.risk import Risk, below_plan_odds, debt_odds, fan_table, loss_odds
from planning.view import charts
from planning.view.amounts import Unit
from planning.view.reader import build_reader
from planning.view.risk_report import say_below_plan, say_risk_method, show_cash_fan, show_profit_fan, show_tornado

PERIODS = pd.date_range("2026-11-01", periods=14, freq="MS")
CALENDAR = FiscalCalendar(1, pd.Timestamp("2026-01-01"), pd.Timestamp("2029-12-31"))
FIGURES = ["net_profit", "closing_cash", "debt"]
ROW = {"about": "", "profit_low": -2e6, "profit_high": 1e6, "cash_low": -3e6, "cash_high": 1e6}


def draws(profit, cash, debt) -> Draws:
    """A figure each: months × draws of money, of one group."""
    amounts = np.stack([np.rint(np.asarray(each, float) * 100).astype("int64") for each in (profit, cash, debt)])
    return Draws(pd.DataFrame({"entity": "GROUP", "figure": FIGURES}), amounts, PERIODS, [])


def even(*yearly):
    """Draws that earn as much in each of the fourteen months."""
    return np.repeat([[each / 12 for each in yearly]], 14, axis=0)


def bar(code, kind="said", low=0.03, high=0.05, **more):
    return ROW | {"code": code, "kind": kind, "low": low, "high": high} | more


def risk(bars=(), profit=None, cash=None, debt=None) -> Risk:
    profit = even(*(1e6 * np.arange(-1, 10))) if profit is None else profit
    count = profit.shape[1]
    cash = np.full((14, count), 5e7) if cash is None else cash
    debt = np.zeros((14, count)) if debt is None else debt
    named = Driver("loan_rate", "fraction", "Interest on loans", "借款利率", entries=(Entry(0.04, low=0.03, high=0.05),))
    basis = SimpleNamespace(asked=SimpleNamespace(calendar=CALENDAR, fiscal_year=2027), drivers=Drivers([named]))
    planned = draws(even(6e6), np.full((14, 1), 5e7), np.zeros((14, 1)))
    told = pd.DataFrame(list(bars) or [bar("loan_rate")])
    floor = pd.Series(2.5e7, index=PERIODS)
    return Risk(draws(profit, cash, debt), planned, told, floor, Uncertain({("loan_rate", 0): named.entries[0]}), basis, 7)


def reader(lang, scale="million"):
    root = {"code": "a", "parent": None, "kind": "revenue", "weight": 1.0, "effect": 1, "label_en": "A", "label_zh": "甲"}
    tree = AccountTree(pd.DataFrame([root]))
    centres = pd.DataFrame(columns=["code", "label_en", "label_zh"])
    words = {f"{name}_{other}": word for name in ("label", "source", "people") for other, word in (("en", "the books"), ("zh", "账簿"))}
    return build_reader(lang, scale, "CNY", tree, centres, CALENDAR, words)


def sound(chart):
    assert_nothing_is_cut(chart)
    assert_no_overlap(chart)
    return chart


def test_a_fan_is_that_of_the_budget_year_added_up():
    table = fan_table(risk(), "net_profit")
    assert table["period"].tolist() == list(PERIODS[2:])
    assert table["plan"].tolist() == pytest.approx([5e5 * month for month in range(1, 13)], abs=1)
    assert table["middle"].iloc[-1] == pytest.approx(4e6, abs=1) and table["lowest"].iloc[-1] == pytest.approx(0, abs=1)


def test_cash_is_what_stands_and_not_added_up():
    assert (fan_table(risk(), "closing_cash")["middle"] == 5e7).all()


def test_odds_are_counted_in_the_draws():
    """Of the years −1, 0, …, 9 million one is a loss and seven stay below the plan of 6; debt rises in two of them."""
    debt = np.zeros((14, 11))
    debt[5, :2] = 100.0
    told = risk(debt=debt)
    assert loss_odds(told) == pytest.approx(1 / 11) and debt_odds(told) == pytest.approx(2 / 11)
    assert below_plan_odds(told) == pytest.approx(7 / 11)


def test_the_fans_say_plan_range_and_odds(lang):
    profit, cash = (sound(show(risk(), reader(lang))) for show in (show_profit_fan, show_cash_fan))
    assert "6.0" in profit.alt and ("9\u00a0%" if lang == "en" else "9%") in profit.alt
    assert "25.0" in words_of(cash) and "50.0" in cash.alt


@pytest.mark.parametrize("scale", ["one", "ten_thousand", "million"])
def test_a_fan_of_losses_and_one_without_any_spread_are_drawn_whole(lang, scale):
    sound(show_profit_fan(risk(profit=even(-9e7, -8e7, -4e7, 3e7)), reader(lang, scale)))
    sound(show_cash_fan(risk(profit=even(6e6)), reader(lang, scale)))


def test_a_tornado_names_each_bar_and_puts_what_is_likely_first(lang):
    bars = [
        bar("price_change", "step", -0.01, 0.01, profit_low=-9e6, profit_high=9e6), bar("loan_rate"),
        bar("volumes", "forecast", -0.05, 0.05, profit_low=-8e6, profit_high=8e6),
        bar("payment_days", "step", -1.0, 1.0, about="payable"), bar("payment_days", "step", -1.0, 1.0, about="receivable"),
    ]  # fmt: skip
    chart = sound(show_tornado(risk(bars), reader(lang)))
    said = words_of(chart)
    names = ("Interest on loans", "Forecast of volumes", "Days until we pay") if lang == "en" else ("借款利率", "销量预测", "对外付款天数")
    assert all(name in said for name in names)
    assert names[1] in chart.alt  # a step is no match for what is likely
    assert "±1" in said and "+9.0" in said


def test_a_tornado_of_steps_alone_says_so(lang):
    chart = sound(show_tornado(risk([bar("price_change", "step", -0.01, 0.01)]), reader(lang)))
    assert "±1" in chart.alt


def test_what_does_nothing_is_shown_as_nothing(lang):
    none = dict.fromkeys(("profit_low", "profit_high", "cash_low", "cash_high"), 0.0)
    sound(show_tornado(risk([bar("loan_rate", **none)]), reader(lang)))


def test_a_fan_and_a_tornado_of_nothing_say_so(lang):
    names = dict.fromkeys(("plan", "lowest", "middle", "highest", "floor", "profit", "cash"), "x")
    said = {"title": "t", "measure": "m", "unit": Unit("CNY"), "period": "p", "lang": lang, "source": "s", "names": names}
    sound(charts.show_fan(pd.DataFrame(columns=["period"]), **said))
    sound(charts.show_tornado(pd.DataFrame(columns=["label", "edges", "heading"]), **said))


def test_long_and_hostile_names_fit(lang):
    rows = [ROW | {"label": LONG, "edges": "−4.9 % – +4.9 %", "heading": False}, ROW | {"label": HOSTILE, "edges": "±1", "heading": False}]
    said = {"title": LONG, "measure": LONG, "unit": Unit("CNY"), "period": "FY2027", "lang": lang, "source": LONG}
    sound(charts.show_tornado(pd.DataFrame(rows), names={"profit": "Profit", "cash": "Cash"}, **said))


def test_the_method_says_draws_seed_and_assumptions(lang):
    said = str(say_risk_method(risk(), reader(lang)))
    assert "11" in said and "7" in said and ("1 assumption" in said or "1 项假设" in said)
    assert "64" in str(say_below_plan(risk(), reader(lang)))
