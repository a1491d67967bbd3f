"""Two versions side by side: what differs, to the last digit, and what it comes to."""

import pandas as pd
import pytest
from departments import PLAN, plan
from hypothesis import given
from hypothesis import strategies as st
from test_selection import CHART

from planning.book.cells import exact_cells, exact_table
from planning.plan.compare import build_compared

DIGITS = pd.Series(dict(CHART.digits))


def exact(table, digits=2):
    return exact_table(exact_cells(table.reset_index(drop=True), digits))


def compared(one, other, by="account", **options):
    return build_compared(exact(one), exact(other), CHART, by, **options)


def rows(table):
    return [tuple(None if value != value else value for value in row) for row in table.itertuples(index=False, name=None)]


def test_a_version_is_identical_to_itself_in_whatever_order():
    found = compared(plan(), plan().sample(frac=1, random_state=2))
    assert found.cells.empty and found.totals.empty and found.same == 132 and found.only == (0, 0) and found.effects == {}


def test_each_cell_that_differs_is_named_with_both_amounts_and_the_largest_comes_first():
    other = plan()
    other.loc[0, "amount"] += 0.01
    other.loc[13, "amount"] -= 5
    found = compared(plan(), other.drop(index=[130]))
    shown = found.cells[["cost_centre", "account", "period", "one", "other", "difference"]]
    assert rows(shown.assign(period=shown["period"].dt.strftime("%m"))) == [
        ("abroad", "games", "11", 4444.44, None, -4444.44),
        ("north", "games", "02", 200.2, 195.2, -5.0),
        ("north", "toys", "01", 1000.1, 1000.11, 0.01),
    ]
    assert (found.same, found.only) == (129, (1, 0))
    assert compared(other.drop(index=[130]), plan()).only == (0, 1)
    assert found.effects == {"CNY": -4.99, "HKD": -4444.44}


def test_totals_are_of_all_cells_of_what_differs():
    other = plan()
    other.loc[0, "amount"] += 0.02
    assert rows(compared(plan(), other).totals) == [("toys", "toys", "CNY", 1, 105334.44, 105334.46, 0.02)]  # 12 × (1,000.10 + 7,777.77)


def test_revenues_are_added_to_revenues_and_costs_to_costs_each_with_its_sign():
    more = plan(PLAN | {("home", "north", "returns"): 60.05, ("home", "north", "wages"): 310.3, ("home", "north", "heads"): 5.0})
    found = rows(compared(plan(), more, "cost_centre").totals)
    # revenue a year: 12 × (1,000.10 + 200.20 − 50.05) = 13,803 and 120 less; costs 12 × 400.30 and 120 more; heads aren't added up
    assert found == [
        ("north", "expense", "CNY", 12, 4803.6, 4923.6, 120.0), ("north", "revenue", "CNY", 12, 13803.0, 13683.0, -120.0),
        ("north", "heads", "person", 12, None, None, None),
    ]  # fmt: skip
    by_month = compared(plan(), more, "period").totals
    assert (by_month["of"] == "heads").sum() == 12 and by_month.loc[by_month["of"] == "heads", "one"].tolist() == [4.5] * 12
    assert compared(plan(), more).effects == {"CNY": -240.0}


def test_currencies_stand_apart():
    more = plan({key: amount + 1 for key, amount in PLAN.items()})
    found = compared(plan(), more, "layer").totals
    assert sorted(found.query("of == 'revenue'")["unit"]) == ["CNY", "HKD"]


def test_cases_are_compared_with_each_other_where_they_are_named():
    found = compared(plan(), plan(case="upside"), across_cases=True)
    assert found.cells.empty and found.same == 132
    assert compared(plan(), plan(case="upside")).only == (132, 132)


def test_amounts_of_other_scales_are_compared_exactly():
    table = plan({("home", "north", "heads"): 4.5})
    found = build_compared(exact(table, 1), exact(table, 3), CHART, "account")
    assert found.cells.empty and found.same == 12
    other = build_compared(exact(table, 1), exact(table.assign(amount=4.501), 3), CHART, "account")
    assert set(other.cells["difference"]) == {0.001}


def test_a_side_without_cells_has_no_amounts_and_not_0():
    found = compared(plan(), plan().iloc[:0])
    assert found.only == (132, 0) and found.totals["other"].isna().all() and found.cells["other"].isna().all()


def test_an_account_that_is_not_in_the_chart_is_shown_and_not_lost():
    table = plan({("home", "north", "mystery"): 5.0})
    [row] = rows(compared(table, table.assign(amount=6.0), "cost_centre").totals)
    assert row == ("north", "mystery", "unknown", 12, None, None, None)


def test_the_largest_amounts_are_exact():
    big = 2.0**51 / 100 - 1
    one, other = (plan({("home", "north", "toys"): amount}) for amount in (big, big - 0.01))
    found = compared(one, other)
    assert set(found.cells["difference"]) == {-0.01} and found.totals["difference"].tolist() == [-0.12]


CELL = st.tuples(st.sampled_from(["toys", "games", "wages"]), st.sampled_from(["north", "south"]), st.integers(0, 11))
SIDE = st.dictionaries(CELL, st.integers(-(10**12), 10**12), max_size=20)


def table(cells):
    template = plan().iloc[:1]
    made = [
        template.assign(account=account, cost_centre=centre, period=pd.Timestamp(2026, month + 1, 1), amount=minor / 100)
        for (account, centre, month), minor in cells.items()
    ]
    return pd.concat(made) if made else template.iloc[:0]


@given(SIDE, SIDE, st.sampled_from(["account", "cost_centre", "period"]))
def test_differences_of_cells_add_up_to_those_of_the_totals_to_the_cent(one, other, by):
    found = compared(table(one), table(other), by)
    differ = {cell for cell in one.keys() | other.keys() if one.get(cell) != other.get(cell)}
    assert len(found.cells) == len(differ) and found.same == len(one.keys() & other.keys()) - len(differ & one.keys() & other.keys())
    assert sum(round(100 * value) for value in found.cells["difference"]) == sum(other.get(cell, 0) - one.get(cell, 0) for cell in differ)
    assert sum(round(100 * value) for value in found.totals["difference"]) == sum(other.get(cell, 0) - one.get(cell, 0) for cell in differ)
    assert found.totals["cells"].sum() == len(differ)


@pytest.mark.parametrize("by", ["account", "entity", "period"])
def test_swapping_the_sides_turns_every_sign(by):
    more = plan({key: amount * 1.5 for key, amount in PLAN.items()})
    one, other = compared(plan(), more, by), compared(more, plan(), by)
    assert one.cells["difference"].tolist() == (-other.cells["difference"]).tolist()
    assert one.effects == {unit: -effect for unit, effect in other.effects.items()}
