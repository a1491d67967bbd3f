"""What a snapshot's quality is made of, on figures small enough to be counted by hand."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from worlds import CALENDAR

from planning.core.accounts import AccountTree
from planning.core.checks import FINDING_COLUMNS
from planning.plan import quality


def months(*texts):
    return [pd.Timestamp(f"{text}-01") for text in texts]


def row(period, amount, *, known, account="sales", source="ledger", scenario="actual", grain="month", centre="all"):
    return {
        "scenario": scenario, "version": scenario, "case": "base", "entity": "town", "cost_centre": centre, "account": account,
        "layer": "booked", "grain": grain, "period": pd.Timestamp(period), "known": pd.Timestamp(known), "source": source, "amount": amount,
    }  # fmt: skip


def table(*rows):
    return pd.DataFrame(rows)


def chart():
    rows = [("revenue", None), ("sales", "revenue"), ("services", "revenue"), ("unknown", "revenue")]
    table = pd.DataFrame([{"code": code, "parent": parent, "label_en": code, "label_zh": code} for code, parent in rows])
    return AccountTree(table.assign(kind="revenue", weight=1.0, effect=1, better="up", aggregation="flow", unit="USD", scale=2))


def finding(control, kind="total", where="here", size=0.0, tolerance=0.0, status="open", owner="", reason=""):
    values = (control, kind, where, size, tolerance, 1, status, owner, reason, "said")
    return dict(zip(FINDING_COLUMNS, values, strict=True))


def findings(*rows):
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS))


def asked(**tables):
    """A way to ask these frames in SQL."""
    connection = duckdb.connect()
    for name, frame in tables.items():
        connection.register(name, frame)
    return lambda sql: connection.execute(sql).df()


# What was read


def test_a_month_without_rows_between_others_is_a_gap():
    told = {"source": "ledger", "period": months("2020-01", "2020-02", "2020-04"), "rows": 5}
    seen = quality.coverage(pd.DataFrame(told | {"actual": True}))
    assert list(seen["state"]) == ["actual", "actual", "gap", "actual"]


def test_what_comes_now_and_then_has_no_gaps():
    seen = quality.coverage(pd.DataFrame({"source": "complaints", "period": months("2020-01", "2020-12"), "rows": 1, "actual": True}))
    assert list(seen["state"]) == ["actual", "actual"]


def test_what_is_expected_of_projects_has_no_gaps():
    told = {"source": "cash_flows", "period": months("2020-01", "2020-02", "2020-04"), "rows": 1, "actual": False}
    assert list(quality.coverage(pd.DataFrame(told))["state"]) == ["plan"] * 3


def test_less_than_half_the_usual_rows_are_few_and_a_plan_is_no_actual():
    told = {"source": "ledger", "period": months("2020-01", "2020-02", "2020-03", "2020-04"), "rows": [10, 10, 4, 10]}
    seen = quality.coverage(pd.DataFrame(told | {"actual": [True, True, True, False]}))
    assert list(seen["state"]) == ["actual", "actual", "few", "plan"]


def test_a_plan_for_ten_years_ahead_is_out_of_sight():
    told = {"source": ["ledger", "plans", "plans"], "period": months("2020-01", "2021-01", "2030-01"), "rows": 1}
    assert quality.coverage(pd.DataFrame(told | {"actual": [True, False, False]}))["period"].max() == pd.Timestamp("2021-01-01")


def test_a_yearly_figure_covers_its_twelve_months_and_a_year_to_date_those_that_have_passed():
    first = CALENDAR.first(2021)
    yearly = quality.plan_months(table(row(first, 1.0, known="2021-12-31", grain="year")), CALENDAR)
    assert list(yearly["period"]) == list(CALENDAR.year(2021))
    third = CALENDAR.period(2021, 3)
    to_date = quality.plan_months(table(row(third, 1.0, known="2021-12-31", grain="year_to_date")), CALENDAR)
    assert list(to_date["period"]) == list(CALENDAR.year(2021)[:3])


def test_a_restated_cell_is_counted_once():
    rows = table(row("2020-01-01", 1.0, known="2020-02-10"), row("2020-01-01", 2.0, known="2020-03-10"))
    assert list(quality.plan_months(rows, CALENDAR)["rows"]) == [1]


def test_event_tables_are_counted_where_they_lie():
    lines = pd.DataFrame({"date": pd.to_datetime(["2020-01-03", "2020-01-30", "2020-03-01"]), "customer": ["a", None, "b"], "order": "o"})
    columns = {"order_lines": list(lines)}
    ask = asked(order_lines=lines)
    counted = quality.event_months(columns, ask)
    assert list(zip(counted["period"], counted["rows"], strict=True)) == list(zip(months("2020-01", "2020-03"), [2, 1], strict=True))
    filled = quality.event_columns(columns, ask).set_index("column")
    assert filled.at["customer", "missing"] == 1 and filled.at["customer", "expected"] and not filled.at["order", "expected"]
    assert filled["first"].unique() == [pd.Timestamp("2020-01-03")]


def test_a_table_without_days_has_columns_and_no_months():
    people = pd.DataFrame({"customer": ["a", "b"], "tenure": [1, 2]})
    assert quality.event_months({"customers": list(people)}, asked(customers=people)).empty
    assert quality.event_columns({"customers": list(people)}, asked(customers=people))["first"].isna().all()


# Does it tie


def compared(rule, keys, difference, tolerance=1.0, covered=True, period="2020-01"):
    told = {"rule": rule, "keys": keys, "period": months(period)[0], "left": 100.0 + difference, "right": 100.0}
    return told | {"difference": difference, "tolerance": tolerance, "covered": covered}


def test_differences_of_a_month_do_not_cancel_out():
    both = pd.DataFrame([compared("sold", "2020-01 north", 30.0), compared("sold", "2020-01 south", -30.0), compared("sold", "x", 0.5)])
    seen = quality.reconciled_months(both, findings(finding("sold", where="2020-01 north", size=30.0))).iloc[0]
    assert (seen["over"], seen["under"], seen["left"], seen["tolerance"]) == (30.0, -30.0, 300.5, 3.0) and seen["open"]


def test_a_month_that_one_side_lacks_is_compared_only_where_the_rule_holds_everywhere():
    both = pd.DataFrame([compared("sold", "2020-01", 30.0, covered=False)])
    assert quality.reconciled_months(both, findings()).empty
    assert len(quality.reconciled_months(both, findings(), {"sold"})) == 1


def tied(*differences):
    return pd.DataFrame({"account": "sales", "difference": list(differences)})


def test_totals_are_counted_by_what_they_miss():
    seen = quality.totals_by_account(tied(0.0, 0.004, -2.0, 50.0), {"sales": 10.0}).iloc[0]
    assert (seen["totals"], seen["missing"], seen["beyond"], seen["most"], seen["tolerance"]) == (4, 2, 1, 50.0, 10.0)


@pytest.mark.parametrize("factor, count, amount", [(0.5, 3, 68.0), (1.0, 2, 62.0), (2.0, 1, 50.0), (10.0, 0, 0.0)])
def test_other_tolerances_leave_other_differences_open(factor, count, amount):
    rules = quality.Rules({"sales": 10.0})
    seen = quality.what_if(tied(6.0, 12.0, 50.0, 4.0), pd.DataFrame(), findings(), rules, [factor]).set_index("factor")
    assert tuple(seen.loc[factor]) == (count, amount) and 1.0 in seen.index


def test_an_accepted_difference_stays_accepted_at_every_tolerance():
    settled = findings(finding("sales", size=50.0, tolerance=10.0, status="accepted", reason="so"))
    seen = quality.what_if(tied(6.0, 50.0), pd.DataFrame(), settled, quality.Rules({"sales": 10.0}), [0.5, 2.0])
    assert list(seen["findings"]) == [1, 0, 0] and list(seen["amount"]) == [6.0, 0.0, 0.0]


# What is open


def test_what_waits_comes_first_and_the_largest_of_it_first():
    seen = quality.at_stake(
        findings(
            finding("a", size=1e9, status="accepted", reason="so"), finding("b", size=5.0), finding("c", size=7.0), finding("c", size=1.0),
            finding("d", kind="missing"),
        )
    )  # fmt: skip
    assert list(seen["control"]) == ["c", "b", "d", "a"] and list(seen["amount"][:2]) == [8.0, 5.0] and np.isnan(seen["amount"][2])


def test_what_nobody_owns_is_the_named_office_s():
    seen = quality.owned(findings(finding("a"), finding("b", owner="Treasurer")), "Controller")
    assert list(seen["owner"]) == ["Controller", "Treasurer"]


# What was restated


RESTATED = table(
    row("2020-01-01", 100.0, known="2020-02-10"), row("2020-01-01", 90.0, known="2020-03-10"),
    row("2020-01-01", 5.0, known="2020-03-10", account="services"), row("2020-02-01", 80.0, known="2020-03-10"),
)  # fmt: skip


def test_a_month_is_shown_as_first_known_and_as_known_now():
    seen = quality.restated_months(RESTATED, chart(), ["revenue"])
    assert [tuple(pair) for pair in seen[["first", "now"]].to_numpy()] == [(100.0, 95.0), (80.0, 80.0)]


def test_the_figures_behind_it_add_up_to_the_change_and_one_that_came_late_was_nothing_at_first():
    seen = quality.restated_cells(RESTATED)
    assert list(seen["account"]) == ["sales", "services"] and list(seen["change"]) == [-10.0, 5.0] and list(seen["first"]) == [100.0, 0.0]
    assert list(seen["vintages"]) == [2, 2]


def test_unmapped_amounts_are_found_by_account_and_by_cost_centre():
    rows = table(
        row("2020-01-01", 3.0, known="2020-02-10", account="unknown"), row("2020-01-01", 4.0, known="2020-02-10", centre="unmapped"),
        row("2020-01-01", 9.0, known="2020-02-10"),
    )  # fmt: skip
    assert quality.unmapped_months(rows, quality.Rules({}, unmapped=frozenset({"unknown"})))["amount"].sum() == 7.0


# Checks


def world(rows=RESTATED, differences=(0.0, 50.0), found=(), owner="Controller", **became):
    counts = {"left_out": 0, "amounts": 4, "skipped": 0, "closing": 0, "totals": 0, "leaves": 4, "cells": len(rows), "controls": 0} | became
    tables = {"rows": rows, "tie_out": tied(*differences), "findings": findings(*found)}
    manifest = {"read": {"ledger": 4}, "became": {"ledger": counts}, "rows": {"rows": len(rows)}}
    empty = quality.event_columns({}, asked())
    rules = quality.Rules({"sales": 10.0}, owner=owner)
    made = quality.build_quality(
        tables, manifest, empty, quality.event_months({}, asked()), chart(), CALENDAR, {"revenue": "revenue"}, rules, [0.5, 2.0]
    )
    return made, {check.name: check.passed for check in quality.check_quality(made, tables, manifest)}


MISS = finding("sales", where="all", size=50.0, tolerance=10.0)


def test_all_is_well_when_every_difference_is_found_and_owned():
    made, checks = world(found=[MISS])
    assert all(checks.values()) and len(checks) == 7 and quality.amount_open(made) == 50.0


@pytest.mark.parametrize(
    "broken, rings",
    [
        ({"owner": ""}, "every open finding has an owner"),
        ({"found": []}, "the open differences, counted again, are those that intake found"),
        ({"leaves": 3}, "ledger: every amount read is stored, a total, or left out on purpose"),
        ({"cells": 3}, "the snapshot holds the rows that intake stored"),
        ({"found": [MISS | {"status": "accepted"}]}, "every accepted finding has a reason"),
    ],
)
def test_what_breaks_a_check_rings_that_check_and_no_other(broken, rings):
    _, checks = world(**{"found": [MISS]} | broken)
    assert [name for name, passed in checks.items() if not passed] == [rings]
