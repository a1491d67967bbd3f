"""The rolling reforecast on towns whose truth is known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from worlds import CALENDAR, LAG, PAYMENTS, RECEIPTS, cash_world, chart, known_by, months, no_trials, row, table, town, truth

from planning.core.checks import all_passed
from planning.core.errors import RequestError
from planning.core.periods import month, months_after
from planning.core.tables import contract_problems, plan_schema
from planning.plan import known, reforecast
from planning.plan.accuracy import build_accuracy
from planning.plan.budget import paid_share

TREE, NEXT_YEAR = chart(), pd.DateOffset(years=1)
WORLD = town()
TRIALS = {side: WORLD.trials(side) for side in ("receipts", "payments")}
AS_OF = "2014-12"
WHEN = known_by(AS_OF)


def side(account="receipts", as_of=AS_OF, world=WORLD, **how):
    return world.reforecast(account, as_of, **({"trials": TRIALS[account]} if world is WORLD else {}) | how)


def total(periods, lines=RECEIPTS, of=truth):
    return sum(of(line, period) for line in lines for period in periods)


REVENUE, SPENDING = side(), side("payments")
LANDING = REVENUE.landing.set_index("forecaster")
CLOSED, OPEN = months("2014-07", 6), months("2015-01", 6)
DECEMBER = 2 * 2  # two lines, each printed 2 too low in December


# the landing


def test_closed_months_are_the_actuals_untouched():
    lines = REVENUE.lines[REVENUE.lines["scenario"] == "actual"].set_index(["account", "period"])["amount"]
    printed = known.as_known(known.monthly_actuals(WORLD.rows, TREE, "receipts"), WHEN).set_index(["account", "period"])["amount"]
    assert lines.sort_index().equals(printed.sort_index()) and lines.index.get_level_values("period").max() == month(AS_OF)


def test_a_landing_is_its_closed_and_its_open_months_for_each_forecaster():
    closed = total(CLOSED) - DECEMBER
    last_year = months("2014-01", 6)
    assert (LANDING.loc[["naive", "people", "ours"], "closed"] == closed).all()
    assert LANDING.at["people", "open"] == total(OPEN) + 12 * 5
    assert LANDING.at["naive", "open"] == total(last_year) - DECEMBER  # last June stays as its report printed it
    assert LANDING.at["ours", "open"] == LANDING.at["naive", "open"], "the method is the same month last year"
    assert (LANDING["closed"] + LANDING["open"] == LANDING["amount"])[["naive", "people", "ours"]].all()


def test_the_landing_stands_beside_last_year_and_the_first_forecast():
    assert LANDING.at["prior", "amount"] == total(CALENDAR.year(2014)) - DECEMBER
    assert LANDING.at["first", "amount"] == total(CALENDAR.year(2015)) - DECEMBER + 9 * 2 * 5


def test_lines_add_up_to_the_months_and_to_the_landing():
    by_month = REVENUE.lines.groupby("period")["amount"].sum()
    assert np.allclose(by_month, REVENUE.months.set_index("period")["amount"])
    year = REVENUE.lines[REVENUE.lines["period"].isin(CALENDAR.year(2015))]
    assert year["amount"].sum() == pytest.approx(LANDING.at["ours", "amount"], abs=0.005)


def test_months_stand_beside_the_same_month_a_year_before_and_the_peoples():
    months_of = REVENUE.months.set_index("period")
    assert months_of.at[month("2015-03"), "prior"] == total([month("2014-03")])
    assert months_of.at[month("2015-03"), "people"] == total([month("2015-03")]) + 10
    assert pd.isna(months_of.at[month("2015-07"), "people"]), "the people see no further than the year's end"
    assert pd.isna(months_of.at[month("2014-11"), "people"])


def test_windows_compare_the_right_months():
    twelve, eighteen = REVENUE.windows.set_index("months").loc[12], REVENUE.windows.set_index("months").loc[18]
    assert (twelve["first"], twelve["last"]) == (month("2015-01"), month("2015-12"))
    assert (eighteen["first"], eighteen["last"], eighteen["before_first"]) == (month("2015-01"), month("2016-06"), month("2013-01"))
    assert twelve["before"] == total(months("2014-01", 12)) - 2 * DECEMBER  # June and December as first printed
    assert eighteen["before"] == total(months("2013-01", 18)) - 2 * DECEMBER
    assert twelve["growth"] == pytest.approx(twelve["amount"] / twelve["before"] - 1)
    assert (1 + eighteen["growth"]) ** 2 == pytest.approx(eighteen["amount"] / eighteen["before"])


def test_a_window_that_turns_its_sign_has_no_growth():
    periods = months("2010-07", 54)
    falling = pd.DataFrame({"period": periods, "amount": np.where(periods > month("2013-06"), -10.0, 1.0)})
    windows = reforecast._windows(falling, month("2013-06")).set_index("months")
    assert windows.at[18, "amount"] == -180 and windows["growth"].isna().all()


# bands and odds


def test_a_bands_width_is_the_kth_past_error_scaled_to_this_years_size():
    past = REVENUE.errors[REVENUE.errors["closed"] == 6]
    shares = sorted((past["error"].abs() / past["typical"]).tolist())
    assert len(shares) == LANDING.at["ours", "n"] == 3
    assert pd.isna(LANDING.at["ours", "lower"]), "80 % needs four past years"
    later = side(as_of="2015-12")
    ours, past = later.landing.set_index("forecaster").loc["ours"], later.errors[later.errors["closed"] == 6]
    widest = max(past["error"].abs() / past["typical"])
    typical = later.lines[later.lines["period"].isin(months("2015-01", 12))]["amount"].abs().sum() / 12
    assert ours["upper"] - ours["amount"] == pytest.approx(widest * typical * 6) == ours["amount"] - ours["lower"]


def test_lines_of_opposite_sign_measure_errors_by_one_yardstick_then_and_now():
    """A line that pays back does not make this year's month look smaller than the months its errors were made in."""

    def moving(account, period):
        return -truth(account, period) if account == "fees" else truth(account, period)

    back = cash_world(actual=moving, newest=moving).reforecast("receipts", "2015-12")
    lines = back.lines[back.lines["period"].isin(months("2015-01", 12))]
    assert back.typical == pytest.approx(lines.groupby("account")["amount"].apply(lambda a: a.abs().mean()).sum())


def test_bands_come_from_earlier_errors_only():
    """Whatever later origins forecast, the band stays."""
    later = TRIALS["receipts"]["as_of"] >= month(AS_OF)
    wild = TRIALS["receipts"].assign(amount=TRIALS["receipts"]["amount"].where(~later, 1e9))
    for name in ("lines", "months", "landing", "coverage", "errors"):
        pd.testing.assert_frame_equal(getattr(side(trials=wild), name), getattr(REVENUE, name))


def test_coverage_is_measured_on_bands_drawn_as_they_are_shown():
    """Every month of every earlier origin whose outcome is known, with a band from errors known at that origin."""
    measured = REVENUE.coverage.set_index("what")
    points = TRIALS["receipts"].query("account == 'taxes'")
    past = points[points["as_of"] < month(AS_OF)]
    known_then = past["period"] <= month(AS_OF)
    assert measured.at["months", "n"] + measured.at["months", "without"] == len(past)
    assert measured.at["months", "without"] >= int((~known_then).sum())
    assert measured.at["landing", "n"] <= measured.at["landings", "n"]


def test_odds_are_counted_by_hand():
    past = REVENUE.errors[REVENUE.errors["closed"] == 6]
    landed = LANDING.at["ours", "amount"] + past["error"] / past["typical"] * REVENUE.typical * 6
    assert reforecast.odds_above(REVENUE, landed.sort_values().iloc[0]) == (2, 3), "a landing on the limit is not above it"
    assert reforecast.odds_above(REVENUE, 0) == (3, 3) and reforecast.odds_above(REVENUE, 1e12) == (0, 3)


def test_without_a_past_there_are_no_odds():
    alone = dataclasses.replace(REVENUE, errors=REVENUE.errors.iloc[:0])
    assert reforecast.odds_above(alone, 1) == (0, 0)


# nothing published later moves anything


def everything(rows, controls):
    """All results of a reforecast as of a day, from rows that know the future."""
    days = known.origins(rows, CALENDAR, LAG, known.EVER)
    tables = {}
    sides = []
    for account in ("receipts", "payments"):
        trials = reforecast.run_trials(rows, TREE, account, days, "seasonal_naive")
        made = reforecast.build_reforecast(rows, TREE, CALENDAR, account, month(AS_OF), WHEN, trials, days, "seasonal_naive", 0.8)
        sides.append(made)
        tables |= {f"{account} {name}": getattr(made, name) for name in ("lines", "months", "landing", "windows", "coverage", "errors")}
        tables[f"{account} bridge"] = reforecast.landing_bridge(made, CALENDAR, month(AS_OF))
        past = rows[rows["known"] <= WHEN], controls[controls["known"] <= WHEN], TREE, CALENDAR
        tables[f"{account} accuracy"] = build_accuracy(*past, account, days[days["as_of"] < month(AS_OF)], trials)
        assert all_passed(reforecast.check_reforecast([made], controls, CALENDAR, month(AS_OF), WHEN, 0.5))
    closed = CALENDAR, month(AS_OF), WHEN
    tables["departments"] = progress(rows)
    cash = reforecast.cash_at_start(rows, TREE, CALENDAR, "cash", *closed[1:])
    tables["what ifs"] = reforecast.what_ifs(*sides, cash)
    tables["published"] = reforecast.published_rows(sides, rows, TREE, "2014_12")
    share = paid_share(rows, TREE, CALENDAR, "payments", ["staff", "supplies"], *closed[1:])
    adopted = reforecast.adopted_total(rows, CALENDAR, ["staff", "supplies"], *closed[1:])
    tables["figures"] = pd.DataFrame({"cash": [cash], "adopted": [adopted], "share": [share]})
    return tables


def progress(rows, as_of=AS_OF):
    return reforecast.department_progress(
        rows, CALENDAR, ["staff", "supplies"], "told", WORLD.department, month(as_of), known_by(as_of)
    )  # fmt: skip


def altered(dice):
    later = (WORLD.rows["known"] > WHEN).to_numpy()
    return WORLD.rows.assign(amount=np.where(later, WORLD.rows["amount"] * dice.uniform(-9, 9, len(WORLD.rows)), WORLD.rows["amount"]))


def permuted(dice):
    later = np.flatnonzero(WORLD.rows["known"] > WHEN)
    amounts = WORLD.rows["amount"].to_numpy().copy()
    amounts[later] = amounts[dice.permutation(later)]
    return WORLD.rows.assign(amount=amounts).sample(frac=1, random_state=int(dice.integers(99)))


def dropped(dice):
    return WORLD.rows[WORLD.rows["known"] <= WHEN]


def some_reports_dropped(dice):
    reports = WORLD.rows.loc[WORLD.rows["known"] > WHEN, "known"].unique()
    gone = pd.DatetimeIndex([day for day in reports if dice.random() < 0.5 and day.month not in (8,)])
    return WORLD.rows[~WORLD.rows["known"].isin(gone)]


def another_line_is_born(dice):
    periods = months("2014-07", 12)
    return pd.concat([WORLD.rows, table([row("actual", "actual", "notes", "month", p, known_by("2015-06"), 99) for p in periods])])


@pytest.fixture(scope="module")
def truth_of_the_day():
    return everything(WORLD.rows, WORLD.controls)


@pytest.mark.parametrize("change", [altered, permuted, dropped, some_reports_dropped, another_line_is_born])
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_published_later_moves_anything(change, seed, truth_of_the_day):
    """Trials are made over all origins, those of the future too, as the notebook makes them."""
    dice = np.random.default_rng(seed)
    controls = WORLD.controls.assign(amount=WORLD.controls["amount"].where(WORLD.controls["known"] <= WHEN, -1.0))
    for name, result in everything(change(dice), controls).items():
        pd.testing.assert_frame_equal(result, truth_of_the_day[name], obj=name)


def test_what_is_published_on_the_day_itself_counts():
    moved = WORLD.rows.assign(amount=WORLD.rows["amount"].where(WORLD.rows["known"] != WHEN, WORLD.rows["amount"] + 1))
    later = side(world=dataclasses.replace(WORLD, rows=moved), trials=TRIALS["receipts"])
    assert later.landing.set_index("forecaster").at["ours", "closed"] == LANDING.at["ours", "closed"] + 2 * 6


# the year's edges


def test_at_the_years_end_the_next_year_is_all_open_and_the_people_are_silent():
    made = side(as_of="2015-06")
    landing = made.landing.set_index("forecaster")
    assert made.closed == 0 and landing.at["ours", "closed"] == 0
    assert landing.at["prior", "amount"] == total(CALENDAR.year(2015)) - DECEMBER
    assert pd.isna(landing.at["people", "amount"]) and pd.isna(landing.at["first", "amount"])
    checks = reforecast.check_reforecast([made], WORLD.controls, CALENDAR, month("2015-06"), known_by("2015-06"), 0.5)
    assert all_passed(checks), "that the people print no forecast of a year that hasn't begun is nothing wrong"


def test_people_who_leave_months_out_fail_the_check():
    holes = WORLD.rows[~((WORLD.rows["scenario"] == "forecast") & (WORLD.rows["period"] == month("2015-03")))]
    made = side(world=dataclasses.replace(WORLD, rows=holes), trials=TRIALS["receipts"])
    failed = [c for c in reforecast.check_reforecast([made], WORLD.controls, CALENDAR, month(AS_OF), WHEN, 0.5) if not c.passed]
    assert [check.said for check in failed] == ["5 / 6"] and pd.isna(made.landing.set_index("forecaster").at["people", "amount"])


def test_a_town_whose_people_forecast_nothing_is_reforecast_all_the_same():
    silent = cash_world(people=None)
    made = silent.reforecast("receipts", AS_OF)
    landing = made.landing.set_index("forecaster")
    assert landing.loc[["people", "first"], "amount"].isna().all() and landing.at["ours", "amount"] == LANDING.at["ours", "amount"]
    accuracy = build_accuracy(silent.rows, silent.controls, TREE, CALENDAR, "receipts", silent.days, silent.trials("receipts"))
    assert set(accuracy["forecaster"]) == {"ours", "naive"}


def test_the_first_origin_has_no_band_and_nothing_measured():
    made = cash_world(2011, "2012-06").reforecast("receipts", "2011-12", trials=no_trials())
    assert made.landing.set_index("forecaster").loc["ours", ["lower", "upper"]].isna().all()
    assert (made.coverage["n"] == 0).all() and list(made.coverage["what"]) == ["months", "landings"]


def test_a_bridge_needs_last_year_whole():
    young = cash_world(2012, "2012-12")
    made = young.reforecast("receipts", "2012-06", trials=no_trials())
    assert list(reforecast.landing_bridge(made, CALENDAR, month("2012-06"))["step"]) == ["start", "end"]
    half = dataclasses.replace(made, lines=made.lines[made.lines["period"] > month("2011-10")])
    assert reforecast.landing_bridge(half, CALENDAR, month("2012-06")).empty


def test_the_bridge_leads_from_last_year_to_the_landing():
    steps = reforecast.landing_bridge(REVENUE, CALENDAR, month(AS_OF))
    assert steps["amount"].iloc[0] == LANDING.at["prior", "amount"] and steps["amount"].iloc[-1] == LANDING.at["ours", "amount"]
    assert steps["amount"].iloc[1:-1].sum() == pytest.approx(steps["amount"].iloc[-1] - steps["amount"].iloc[0])
    assert set(steps["step"]) == {"start", *RECEIPTS, "end"}


# beside the landing


def test_what_ifs_are_differences_and_the_cautious_one_takes_the_worse_edges():
    made = [side(as_of="2015-12"), side("payments", "2015-12")]
    rows = reforecast.what_ifs(*made, 1000.0).set_index("view")
    revenue, spending = (of.landing.set_index("forecaster") for of in made)
    for view in ("ours", "people", "naive"):
        assert rows.at[view, "result"] == revenue.at[view, "amount"] - spending.at[view, "amount"]
    assert rows.at["cautious", "revenue"] == revenue.at["ours", "lower"] < revenue.at["ours", "amount"]
    assert rows.at["cautious", "spending"] == spending.at["ours", "upper"] > spending.at["ours", "amount"]
    assert np.allclose(rows["closing"], 1000 + rows["result"])


def test_cash_at_start_is_the_balance_of_the_month_before_the_year():
    june = month("2014-06")
    result = total([june]) - total([june], PAYMENTS)  # both sides print two lines 2 too low: the difference is right
    opening = truth("opening", june) - 2 + truth("notes", june) - 2  # stocks are printed first as low as flows here
    assert reforecast.cash_at_start(WORLD.rows, TREE, CALENDAR, "cash", month(AS_OF), WHEN) == opening + result
    assert reforecast.cash_at_start(WORLD.rows, TREE, CALENDAR, "cash", month("2014-06"), known_by("2014-06")) == opening + result


def test_cash_at_start_is_missing_when_that_month_is():
    young = cash_world(2012, "2012-06")
    assert pd.isna(reforecast.cash_at_start(young.rows, TREE, CALENDAR, "cash", month("2011-12"), known_by("2011-12")))


def test_departments_stand_against_what_was_adopted():
    rows = progress(WORLD.rows).set_index("department")
    roads = 800_000 * 1.04**4
    assert rows.at["a", "adopted"] == pytest.approx(roads) and rows.at["a", "projection"] == pytest.approx(1.01 * roads)
    assert rows.at["a", "to_date"] == pytest.approx(roads / 2), "Bridges are part of Roads, once"
    assert rows.at["a", "variance"] == pytest.approx(0.01 * roads, abs=0.02)
    assert rows.at["a", "execution"] == pytest.approx(0.5) == rows.at["a", "execution_prior"]


def test_what_a_department_did_not_report_is_missing_and_never_0():
    silent = WORLD.rows[~((WORLD.rows["cost_centre"] == "b") & (WORLD.rows["account"] == "told"))]
    rows = progress(silent).set_index("department")
    assert rows.loc["b", ["target", "projection", "to_date", "variance", "execution", "execution_prior"]].isna().all()
    assert rows.at["b", "adopted"] > 0
    unbudgeted = WORLD.rows[~((WORLD.rows["cost_centre"] == "b") & (WORLD.rows["scenario"] == "budget"))]
    rows = progress(unbudgeted).set_index("department")
    assert rows.loc["b", ["adopted", "variance", "execution"]].isna().all() and rows.at["b", "to_date"] > 0


def test_the_adopted_budget_is_the_running_years_and_missing_when_not_known():
    def adopted(as_of, when):
        return reforecast.adopted_total(WORLD.rows, CALENDAR, ["staff", "supplies"], month(as_of), when)

    assert adopted(AS_OF, WHEN) == pytest.approx(800_000 * 1.04**4 + 400_000 * 1.02**4)
    assert adopted("2014-06", known_by("2014-06")) == adopted(AS_OF, WHEN), "at the year's end the next year runs"
    assert pd.isna(adopted("2014-06", CALENDAR.first(2015) - pd.Timedelta(days=2)))


# what leaves the room


def test_published_rows_keep_the_contract_and_hold_the_open_months_once():
    rows = reforecast.published_rows([REVENUE, SPENDING], WORLD.rows, TREE, "2014_12")
    assert contract_problems(rows, plan_schema(), "published") == []
    assert set(rows["scenario"]) == {"forecast"} and rows["period"].min() == month("2015-01") and len(rows) == 4 * 18
    assert rows.loc[rows["account"].isin(PAYMENTS), "amount"].sum() > 0, "in their natural direction"


def test_lines_and_sides_are_one_table_each():
    lines = reforecast.lines_table([REVENUE, SPENDING])
    both = lines[lines["period"] == month("2015-01")].set_index("account")["amount"]
    assert both["receipts"] == both["taxes"] + both["fees"] and both["payments"] == both["wages"] + both["goods"]
    assert set(reforecast.by_side([REVENUE, SPENDING], "landing")["account"]) == {"receipts", "payments"}


def test_a_check_fails_where_closed_months_miss_the_printed_totals():
    def failed(tolerance):
        checks = reforecast.check_reforecast([REVENUE], WORLD.controls, CALENDAR, month(AS_OF), WHEN, tolerance)
        return [check.name for check in checks if not check.passed]

    assert failed(0.25) == [] and failed(0.2) == ["receipts: closed months agree with the printed totals"]


def test_the_horizon_is_18_months_wherever_the_year_stands():
    for as_of in ("2014-09", "2015-03", "2015-06"):
        made = side(as_of=as_of)
        assert made.lines["period"].max() == months_after(month(as_of), 18)


def test_nothing_closed_yet_is_a_clear_error():
    with pytest.raises(RequestError, match="nothing to forecast from"):
        side(world=dataclasses.replace(WORLD, rows=WORLD.rows.iloc[:0]), trials=TRIALS["receipts"])
