"""Errors and coverage by months ahead, counted by hand on a town of three lines of history."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from worlds import CALENDAR, CLASSES, RECEIPTS, budget_rows, cash_world, chart, known_by, month, months, row, truth, yearly

from planning.model.backtest import closed_months
from planning.plan.backtested import build_side
from planning.plan.books import Books
from planning.plan.horizons import budget_ahead, build_held, build_horizons, forecasts_made, judge_lines, last_year, whole_budget
from planning.plan.judged import run_judged
from planning.plan.known import final_actuals, monthly_actuals

TREE = chart()
ROLES = {"revenue": "receipts", "spending": "payments", "budget": "obligations", "reported": "told"}
WORLD = cash_world(2011, "2014-12", newest=truth)


def books(world):
    return Books(world.rows, TREE, ROLES, CLASSES)


def made(world, side="revenue"):
    account = ROLES[side]
    trials = world.trials(account)
    judged = run_judged(world.rows, TREE, account, world.days, trials, "seasonal_naive")
    return forecasts_made(books(world), CALENDAR, side, world.days, trials, judged)


def horizons(world, side="revenue"):
    table = build_horizons(made(world, side), world.rows, TREE, CALENDAR, ROLES[side])
    return table[table["horizon"].notna()].set_index(["compared", "forecaster", "horizon"])


def budgeted(world, years=(2012, 2013, 2014), accounts=RECEIPTS, off=7.0):
    """Monthly budgets adopted the day before the year, each line `off` too high."""
    rows = [
        row("budget", f"{year}_adopted", account, "month", period, f"{year - 1}-06-30", truth(account, period) + off)
        for year in years
        for account in accounts
        for period in CALENDAR.year(year)
    ]
    return world.plus(rows)


@pytest.fixture(scope="module")
def town():
    """Payments and the departments' yearly budgets, with ours and the combination."""
    world = WORLD.plus(budget_rows(range(2012, 2015)))
    trials = world.trials("payments")
    return world, trials, run_judged(world.rows, TREE, "payments", world.days, trials, "seasonal_naive")


TABLE = horizons(WORLD)
AHEAD = range(1, 19)


def test_every_horizon_counts_each_origin_whose_month_is_of_a_closed_year():
    """Fifteen origins from June 2011, a quarter apart; the last closed year ends in June 2014."""
    counted = {ahead: (36 - ahead) // 3 + 1 for ahead in AHEAD}
    for name in ("naive", "ours"):
        assert TABLE.loc["all", name]["months"].to_dict() == counted
        assert TABLE.loc["all", name]["cells"].to_dict() == {ahead: 2 * n for ahead, n in counted.items()}


def test_naive_misses_one_years_rise_and_beyond_the_year_two():
    for ahead in AHEAD:
        periods = [month("2011-06") + pd.DateOffset(months=3 * at + ahead) for at in range((36 - ahead) // 3 + 1)]
        came = sum(truth(line, period) for line in RECEIPTS for period in periods)
        missed = len(periods) * 2 * (12 if ahead <= 12 else 24)
        assert TABLE.at[("all", "naive", ahead), "wape_total"] == pytest.approx(missed / came)
        assert TABLE.at[("all", "naive", ahead), "wape_lines"] == pytest.approx(missed / came)


def test_ours_by_naives_own_method_is_naive_eighteen_months_ahead():
    rates = TABLE["wape_lines"]
    assert rates.loc["all", "ours"].to_numpy() == pytest.approx(rates.loc["all", "naive"].to_numpy())


def test_the_people_are_compared_where_they_speak_and_nowhere_else():
    """Reports after the first, second and third quarter, of the years 2012 to 2014."""
    spoken = {ahead: 3 * (3 - (ahead - 1) // 3) for ahead in range(1, 10)}
    for name in ("naive", "ours", "people", "combined"):
        assert TABLE.loc["people", name]["months"].to_dict() == spoken
    came = sum(truth(line, period) for line in RECEIPTS for year in (2012, 2013, 2014) for period in months(f"{year - 1}-10", 1))
    later = [month(f"{year}-{at:02}") for year in (2012, 2013, 2014) for at in (1, 4)]
    came += sum(truth(line, period) for line in RECEIPTS for period in later)
    assert TABLE.at[("people", "people", 1), "wape_total"] == pytest.approx(9 * 10 / came)


def test_without_people_or_a_budget_neither_is_compared():
    silent = horizons(cash_world(2011, "2014-12", people=None))
    assert set(silent.index.get_level_values("compared")) == {"all"} and "budget" not in set(TABLE.index.get_level_values("compared"))


def test_the_budget_in_force_is_the_one_known_at_the_origin():
    """From June the next year's budget is known; after the third quarter it reaches three months. Each line is 7 too high."""
    table = horizons(budgeted(WORLD)).loc["budget"]
    counted = {ahead: 12 - 3 * ((ahead - 1) // 3) for ahead in range(1, 13)}
    for name in ("naive", "ours", "budget"):
        assert table.loc[name]["months"].to_dict() == counted
    came = sum(truth(line, month(f"{year}-06")) for line in RECEIPTS for year in (2012, 2013, 2014))
    assert table.at[("budget", 12), "wape_total"] == pytest.approx(3 * 14 / came) == table.at[("budget", 12), "wape_lines"]


def test_a_budget_of_a_part_is_no_budget_of_the_whole():
    """Taxes are nine tenths of the receipts."""
    assert "budget" not in set(horizons(budgeted(WORLD, accounts=("taxes",))).index.get_level_values("compared"))


def test_a_budget_adopted_later_is_not_known_before():
    world = budgeted(WORLD, years=(2014,))
    when = known_by("2013-03")
    closed = closed_months(monthly_actuals(world.rows, TREE, "receipts"), month("2013-03"), when)
    assert budget_ahead(world.rows, TREE, CALENDAR, "receipts", month("2013-03"), when, closed).empty


def test_a_yearly_budget_is_spread_by_the_shape_of_the_last_years():
    rows = yearly("budget", 2014, {("all", "taxes"): 12_000.0, ("all", "fees"): 1_200.0}, "2013-06-30", "2014_adopted")
    world, when = WORLD.plus(rows), known_by("2013-06")
    closed = closed_months(monthly_actuals(world.rows, TREE, "receipts"), month("2013-06"), when)
    spread = budget_ahead(world.rows, TREE, CALENDAR, "receipts", month("2013-06"), when, closed)
    assert spread.groupby("account")["amount"].sum().to_dict() == {"taxes": 12_000.0, "fees": 1_200.0}
    past = closed[closed["account"] == "taxes"].set_index("period")["amount"]
    july = sum(past[CALENDAR.first(year)] for year in (2011, 2012, 2013)) / past[past.index >= CALENDAR.first(2011)].sum()
    assert spread.set_index(["account", "period"]).at[("taxes", month("2013-07")), "amount"] == pytest.approx(12_000 * july, abs=0.01)
    partly = budget_ahead(world.rows, TREE, CALENDAR, "receipts", month("2013-09"), known_by("2013-09"), closed)
    assert partly["period"].min() == month("2013-10"), "only the months that are left"


def test_a_city_that_budgets_its_whole_year_is_compared_by_totals_alone(town):
    world, trials, judged = town
    said = forecasts_made(books(world), CALENDAR, "spending", world.days, trials, judged)
    table = build_horizons(said, world.rows, TREE, CALENDAR, "payments").set_index(["compared", "forecaster", "horizon"]).loc["budget"]
    assert (table["cells"] == 0).all() and table["wape_lines"].isna().all() and table.loc["budget"]["months"].loc[12] == 3
    when = known_by("2013-06")
    closed = closed_months(monthly_actuals(world.rows, TREE, "payments"), month("2013-06"), when)
    year = whole_budget(world.rows, CALENDAR, CLASSES, month("2013-06"), when, closed)
    adopted = 800_000 * 1.04**3 + 400_000 * 1.02**3
    assert year["amount"].sum() == pytest.approx(adopted, abs=0.01) and list(year["period"]) == list(CALENDAR.year(2014))


def test_last_years_figures_are_said_again_for_eighteen_months():
    closed = pd.DataFrame({"account": "taxes", "period": months("2012-01", 24), "amount": np.arange(24.0)})
    again = last_year(closed, month("2013-12")).set_index("period")["amount"].sort_index()
    assert list(again.index) == list(months("2014-01", 18)) and again.tolist() == [*range(12, 24), *range(12, 18)]


# Bands, and lines without skill

SEED = 1
"""Of ten such pairs of lines one was said to have skill by luck; this is another."""


def test_coverage_by_months_ahead_counts_every_band_that_was_drawn():
    """The same miss every time: whatever band can be drawn holds."""
    held, banded = build_held(WORLD.rows, TREE, "receipts", WORLD.days, WORLD.trials("receipts"))
    total = held[held["what"] == "total"].set_index("horizon")
    whole = total[total.index.isna()].iloc[0]
    assert whole["n"] == total.loc[list(AHEAD), "n"].sum() and whole["n"] == banded.dropna(subset=["lower", "actual"]).shape[0]
    assert whole["n"] + whole["without"] == 15 * 18 == len(banded)
    first = total.loc[1]
    assert first["coverage"] == 1 and first["low"] == pytest.approx(1 / (1 + 1.959964**2 / first["n"])) and first["high"] == 1


def noise(account, period):
    dice = np.random.default_rng([SEED, len(account), period.year, period.month])
    return 300 + dice.normal(0, 40)


def test_a_line_of_noise_has_no_skill_and_one_that_rises_steadily_has():
    as_of, when = month("2016-12"), known_by("2016-12")
    for actual, skilled in ((noise, False), (truth, True)):
        world = cash_world(2009, "2016-12", actual=actual, newest=actual, people=None)
        table = judge_lines(world.rows, TREE, "receipts", as_of, when, "fast")
        assert sorted(table["account"]) == ["fees", "taxes"] and (table["skill"] == skilled).all()
        assert (table["method"] == "fast").all() == skilled and table["reason"].str.startswith("no skill").all() != skilled


def test_a_side_says_who_was_compared_and_which_lines_are_without_skill(town):
    world, trials, judged = town
    skill = pd.DataFrame({"account": ["wages", "goods", "rent"], "skill": pd.array([True, False, None], "boolean")})
    side = build_side(books(world), world.controls, CALENDAR, "spending", world.days, trials, judged, skill)
    assert side.compared == {"all", "people", "budget"} and side.whole_budget
    assert side.without_skill["account"].tolist() == ["goods"]
    final = final_actuals(world.rows, TREE, "payments").groupby("period")["amount"].sum()
    assert side.actual.set_index("period")["amount"].to_dict() == final.to_dict()
    assert not dataclasses.replace(side, horizons=side.horizons.iloc[:0]).compared
