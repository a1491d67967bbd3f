"""Planning verbs as somebody asks for them: worked cases, whose cells they may move, and sums that say nothing."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from departments import MONTHS, PAST, plan
from test_selection import CHART

from planning.core.errors import RequestError
from planning.core.people import Person
from planning.plan.change import Ground, Wish, build_change, newest_actuals

CASES = yaml.safe_load((Path(__file__).parents[1] / "examples/change.yaml").read_text(encoding="utf-8"))
ALL = Person("ana", "A", "A", ("owner",), owns_all=True)
NORTH = Person("nora", "N", "N", ("owner",), frozenset({"north"}))
NO_HOLDS = pd.DataFrame({"hold": [], "where": []})


def actuals():
    """What every month of 2025 had, as a snapshot's rows."""
    rows = pd.concat([plan({key: amount}) for key, amount in PAST.items()], ignore_index=True)
    rows["period"] = rows["period"] - pd.DateOffset(years=1)
    return newest_actuals(rows.assign(scenario="actual", source="ledger", known=rows["period"] + pd.Timedelta(days=40)))


def ground(cells=None, holds=None, person=ALL, other=None, country=None):
    cells = plan() if cells is None else cells
    cells = cells.drop(columns=["scenario", "version"], errors="ignore")
    table = pd.DataFrame(list((holds or {}).items()), columns=["hold", "where"])
    return Ground(cells, table, CHART, person, country, actuals, lambda: cells if other is None else other)


def moved(changed):
    rows = changed.changes
    return {(row.cost_centre, row.account, f"{row.period:%m}"): row.after for row in rows.itertuples()}


def refused(wish, *args, **options):
    with pytest.raises(RequestError) as wrong:
        build_change(wish, ground(*args, **options))
    return str(wrong.value)


@pytest.mark.parametrize("name", CASES)
def test_a_worked_case_comes_out(name):
    case = CASES[name]
    wish = Wish(**{option: str(value) if option == "since" else value for option, value in case["do"].items()})
    if "error" in case:
        assert case["error"] in refused(wish, holds=case.get("held"))
        return
    changed = build_change(wish, ground(holds=case.get("held")))
    expected = {("north", *cell.rsplit(".", 1)): amount for cell, amount in case["after"].items()}
    assert moved(changed) == expected
    if "range" in case:
        assert changed.ranges.loc[0, ["before", "after"]].tolist() == case["range"]
    assert not case.get("held") or changed.ranges["held"].sum() == 1


def test_who_does_not_own_all_of_a_range_is_refused_with_the_cells_named():
    said = refused(Wish("spread", "account=toys,period=2026-01", to=1.0), person=NORTH)
    assert "spread: 2 problems" in said
    assert "base · home · south · toys · booked · month · 2026-01: a cell that isn't theirs to change" in said and "north" not in said
    assert "7777" not in said and "7,777" not in said, "codes, no figures"
    assert moved(build_change(Wish("spread", "account=toys,cost_centre=north,period=2026-01", to=1.0), ground(person=NORTH)))


def test_the_other_end_of_a_transfer_must_be_theirs_too():
    wish = Wish("transfer", "account=toys,cost_centre=north,period=2026-01", into="cost_centre=south", amount=1.0)
    assert "base · home · south · toys" in refused(wish, person=NORTH)
    assert len(moved(build_change(wish, ground()))) == 2


@pytest.mark.parametrize(
    "where, said",
    [
        ("account=toys", "a total of several units, expected one, got CNY, HKD"),
        ("cost_centre=north,period=2026-01", "a total of several accounts"),
        ("account=heads,cost_centre=north", "heads: a sum over months says nothing"),
        ("account=stores,cost_centre=north", "a sum over months"),
        ("account=sales,cost_centre=north", "accounts that go into it with different signs"),
    ],
)  # fmt: skip
def test_a_total_that_says_nothing_is_refused(where, said):
    assert said in refused(Wish("spread", where, to=1.0))


def test_a_headcount_of_one_month_has_a_total():
    changed = build_change(Wish("spread", "account=heads,cost_centre=north,period=2026-01", to=5.5), ground())
    assert moved(changed) == {("north", "heads", "01"): 5.5}


def test_cells_of_several_cases_or_grains_have_no_total():
    both = pd.concat([plan(), plan(case="upside")])
    assert "a total of several cases, expected one, got base, upside; name the case" in refused(
        Wish("spread", "account=toys,cost_centre=north", to=1.0), both
    )
    assert len(moved(build_change(Wish("spread", "account=toys,cost_centre=north,case=upside", to=1.0), ground(both)))) == 12
    years = pd.concat([plan(), plan(grain="year")])
    assert "a total of several grains" in refused(Wish("spread", "account=toys,cost_centre=north,period=2026-01", to=1.0), years)


def test_income_is_not_moved_into_costs():
    said = refused(Wish("transfer", "account=toys,cost_centre=north", into="account=wages", amount=1.0))
    assert "an amount moved between income and cost" in said


@pytest.mark.parametrize(
    "told, said",
    [
        ({"weights": "account=wages"}, "not a weight"), ({"weights": "account=wages:x"}, "not a weight"),
        ({"weights": "nix=wages:1"}, "no weights by one column"),
        ({"weights": "account=wages:1"}, "nothing to follow"), ({"weights": "account=wages:1,=rent:1,toys:1"}, "a weight for no cell"),
        ({"weights": "account=wages:1,wages:2,=rent:1"}, "a weight twice"), ({"weights": "account=wages:nan,=rent:1"}, "wrong amount"),
        ({"weights": "account=wages:1,=rent:-1"}, "weights cancel"), ({"by": "season", "like": "account=toys"}, "shared by several things"),
        ({"on": "month"}, "--on: says nothing by itself"), ({"of": "actual"}, "--of: says nothing by itself"),
        ({"like": "account=toys,cost_centre=north", "on": "nix"}, "missing column nix"),
        ({"by": "season"}, "no past to learn a season from"),
    ],
)  # fmt: skip
def test_weights_that_can_not_be_followed_are_refused(told, said):
    assert said in refused(Wish("spread", "account=costs,cost_centre=north,period=2026-01", to=10.0, **told))


def test_what_one_shares_by_is_read_only_as_far_as_one_sees_it():
    wish = Wish("spread", "account=wages,cost_centre=north", to=10.0, like="account=wages,cost_centre=south")
    seen = plan().query("cost_centre == 'north'").drop(columns=["scenario", "version"])
    assert "--like, cost_centre: no cell has it, got 'south'" in refused(wish, person=NORTH, other=seen)


def test_zero_weights_and_zero_cells_share_evenly_and_say_so():
    zero = plan().assign(amount=0.0)
    changed = build_change(Wish("break_back", "account=toys,cost_centre=north,period=2026-Q1", to=0.05), ground(zero))
    assert changed.basis == "zero" and list(moved(changed).values()) == [0.02, 0.02, 0.01]
    like = "account=toys,cost_centre=north"
    changed = build_change(Wish("spread", "account=wages,cost_centre=north,period=2026-Q1", to=-0.05, like=like), ground(zero))
    assert changed.basis == "zero" and sum(moved(changed).values()) == pytest.approx(-0.05)


def test_a_season_follows_the_years_own_spring_festival():
    """Wages fell by half in the month of the feast: in 2023 January, in 2024 and 2025 mostly February; in 2026 February."""
    periods = pd.date_range("2021-01-01", "2025-12-01", freq="MS")
    feast = {2021: 2, 2022: 2, 2023: 1, 2024: 2, 2025: 1}
    amounts = [500.0 if period.month == feast[period.year] else 1000.0 for period in periods]
    rows = pd.DataFrame({"case": "base", "entity": "home", "cost_centre": "north", "account": "wages", "layer": "booked", "grain": "month",
                         "period": periods, "amount": amounts})  # fmt: skip
    wish = Wish("spread", "account=wages,cost_centre=north,period=2026", to=11500.0, by="season")
    changed = build_change(wish, ground(country="CN")._replace(actual=lambda: rows))
    after = {month: amount for (_, _, month), amount in moved(changed).items()}
    assert round(sum(after.values()), 2) == 11500.0 and changed.notes == ()
    assert min(after, key=after.get) == "02" and after["02"] < 0.8 * after["01"]


def test_a_season_is_learnt_for_one_fiscal_year():
    two = pd.concat([plan(), plan().assign(period=lambda rows: rows["period"] + pd.DateOffset(years=1))])
    assert "a season of several years" in refused(Wish("spread", "account=wages,cost_centre=north", to=1.0, by="season"), two)
    assert "cells that aren't months" in refused(
        Wish("spread", "account=wages,cost_centre=north,period=2026-01", to=1.0, by="working_days"), plan(grain="year")
    )


def test_the_order_of_rows_changes_nothing():
    wish = Wish("break_back", "account=profit,cost_centre=south,north,period=2026-01", to=100.0)
    one, other = (build_change(wish, ground(cells)) for cells in (plan(), plan().sample(frac=1, random_state=5)))
    pd.testing.assert_frame_equal(one.changes, other.changes)
    assert MONTHS[0] in set(one.changes["period"])


def test_a_total_may_have_lines_that_only_other_places_plan():
    """Games are planned in the north only; a total of sales in the south is that of its toys."""
    changed = build_change(Wish("break_back", "account=sales,cost_centre=south,period=2026-01", to=8000.0), ground())
    assert moved(changed) == {("south", "toys", "01"): 8000.0}


def test_a_hold_on_what_is_not_there_any_more_holds_nothing():
    holds = {"old": "account=gone,cost_centre=north", "lost": "project=p1", "half": "account=gone,toys,cost_centre=north,period=2026-01"}
    changed = build_change(Wish("spread", "account=toys,cost_centre=north,period=2026-01..2026-02", to=1500.1), ground(holds=holds))
    assert moved(changed) == {("north", "toys", "02"): 500.0} and changed.ranges["held"].tolist() == [1]


def test_what_the_journal_keeps_is_what_was_said():
    wish = Wish("spread", "account=toys", to=0.0, by="season")
    assert wish.said == {"verb": "spread", "where": "account=toys", "to": 0.0, "by": "season"}
