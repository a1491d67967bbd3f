"""The three statements tie in every month and draw; what doesn't is shown."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from group_books import CALENDAR, layout, ledger, opening
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.checks import all_passed
from planning.core.errors import RequestError
from planning.model.ledger import Ledger
from planning.model.statements import (
    appropriate,
    build_statements,
    check_statements,
    cumulative,
    opening_balances,
    plan_rows,
    roll_forward,
    yearly,
)

CASE = yaml.safe_load((Path(__file__).parents[1] / "examples" / "statements.yaml").read_text(encoding="utf-8"))
HOW = layout()
BEGUN = opening({"works": CASE["opening"]})
BOOKED = ledger({"works": CASE["postings"]}, CASE["first"], 3)


def made(booked: Ledger = BOOKED, begun: pd.DataFrame = BEGUN, share: float = CASE["reserve"], how=HOW):
    return build_statements(appropriate(booked, begun, how, {"works": share}, "reserve", "put_aside"), begun, how)


def failed(booked: Ledger, how=HOW) -> dict[str, str]:
    return {check.name: check.said for check in check_statements(made(booked, how=how), how) if not check.passed}


@pytest.mark.parametrize("statement", ["income", "sheet", "direct"])
def test_the_worked_case_comes_out(statement):
    found = getattr(made(), statement)
    got = {account: found.at(account=account)[:, 0].tolist() for account in CASE["expected"][statement]}
    assert got == CASE["expected"][statement]


def test_the_worked_case_reconciles_profit_with_cash():
    found = made()
    got = {
        (row.section, row.line): found.indirect.units[n, :, 0].tolist()
        for n, row in enumerate(found.indirect.rows.itertuples())
        if found.indirect.amounts[n].any()
    }
    assert got == {tuple(key.split("/")): value for key, value in CASE["expected"]["indirect"].items()}
    assert not found.unreconciled.amounts.any() and len(found.unreconciled.rows) >= 3
    assert all_passed(check_statements(found, HOW))


def test_months_add_up_to_the_year_so_far_and_to_years():
    income = made().income
    so_far, years = cumulative(income, CALENDAR), yearly(income, CALENDAR)
    assert so_far.at(account="profit")[:, 0].tolist() == CASE["expected"]["year_to_date"]["profit"]
    assert years.at(account="profit")[:, 0].tolist() == [230, 55] and [p.month for p in years.periods] == [11, 1]


def test_a_statement_is_rows_of_a_plan_table():
    rows = plan_rows(made().income)
    assert list(rows.columns) == ["entity", "account", "period", "amount"]
    assert rows[rows["account"] == "profit"]["amount"].tolist() == [95, 135, 55]


def test_movements_lead_from_opening_to_closing():
    rolled = roll_forward(made(), HOW)
    parts = {part: rolled.at(account="plant", part=part)[:, 0].tolist() for part in ("opening", "movement", "closing")}
    assert parts == {"opening": [600, 600, 720], "movement": [0, 120, 0], "closing": [600, 720, 720]}
    assert rolled.at(account="plant", movement="addition")[:, 0].tolist() == [0, 120, 0]


CENTS = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
ACCOUNTS = [
    "cash/received", "cash/bought", "cash/internal", "debtors", "stock", "plant", "depreciated/depreciation", "creditors", "loans",
    "capital", "dividends", "reserve", "put_aside", "result", "sales", "cost", "interest", "dividend_income", "tax",
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), st.lists(CENTS, min_size=15, max_size=15)), max_size=12))
@settings(max_examples=40, deadline=None)
def test_any_balanced_postings_make_statements_that_tie(lines):
    lines = [line for line in lines if not {"cash/internal"} & set(line[:2])]
    booked = ledger({"works": lines}, "2026-05", 15)
    checks = {check.name: check for check in check_statements(made(booked), HOW)}
    assert all(check.passed for name, check in checks.items() if name != "direct_equals_indirect"), checks


def test_each_draw_is_closed_by_itself_and_ties():
    draws = np.random.default_rng(1).normal(1.0, 0.2, (1, 3, 40))
    booked = Ledger(BOOKED.lines, np.rint(BOOKED.amounts * 1.0).astype(np.int64), BOOKED.periods)
    sales = BOOKED.lines["event"].eq("booked") & BOOKED.lines["account"].isin(["debtors", "sales"])
    drawn = np.broadcast_to(booked.amounts, (len(booked.lines), 3, 40)).copy()
    extra = np.rint(40_000 * draws[0]).astype(np.int64)
    for account, sign in (("debtors", 1), ("sales", -1)):
        drawn[np.flatnonzero(sales & (BOOKED.lines["account"] == account))[0]] += sign * extra
    found = made(Ledger(BOOKED.lines, drawn, BOOKED.periods))
    assert all_passed(check_statements(found, HOW))
    lone = made(Ledger(BOOKED.lines, drawn[:, :, 7:8], BOOKED.periods))
    assert (found.sheet.amounts[:, :, 7:8] == lone.sheet.amounts).all()
    assert (found.sheet.at(account="result")[1] == 0).all() and found.sheet.at(account="reserve")[1].std() > 0


def test_a_loss_puts_nothing_aside():
    booked = ledger({"works": [["charges", "cash/paid", [500, 0, 0]]]}, "2026-11", 3)
    assert made(booked).sheet.at(account="reserve").tolist() == [[0]] * 3
    assert made(booked).sheet.at(account="undistributed")[1, 0] == 50 + 300 - 500


def test_a_cash_payment_in_another_section_is_shown_as_not_reconciled():
    lines = [["plant/addition", "creditors", [80, 0, 0]], ["creditors", "cash/bought", [80, 0, 0]]]
    assert not failed(ledger({"works": lines}, "2026-11", 3))
    later = [["plant/addition", "creditors", [80, 0, 0]], ["creditors", "cash/bought", [0, 80, 0]]]
    booked = ledger({"works": later}, "2026-11", 3)
    assert "operating_cash" in failed(booked)["direct_equals_indirect"] or "investing_cash" in failed(booked)["direct_equals_indirect"]
    assert made(booked).unreconciled.at(section="investing_cash")[:, 0].tolist() == [80, -80, 0]
    said = pd.DataFrame([("creditors", "plant", "", "investing_cash", "plant")], columns=HOW.sections.columns)
    named = [["plant/addition", "creditors/plant", [80, 0, 0]], ["creditors/plant", "cash/bought", [0, 80, 0]]]
    assert not failed(ledger({"works": named}, "2026-11", 3), layout(sections=pd.concat([HOW.sections, said], ignore_index=True)))


def test_what_does_not_balance_fails_its_checks():
    broken = Ledger(BOOKED.lines, BOOKED.amounts.copy(), BOOKED.periods)
    broken.amounts[BOOKED.lines["account"] == "stock", 1] += 7
    said = failed(broken)
    assert "works, 2026-12, 0: Δ 0.07" in said["assets_equal_claims"] and "direct_equals_indirect" in said
    assert "profit_closes_to_equity" not in said


def test_cash_that_leaves_one_account_and_reaches_no_other_is_seen():
    assert "cash_flow_is_change_of_cash" in failed(ledger({"works": [["cash/internal", "creditors", [5, 0, 0]]]}, "2026-11", 3))


def test_what_has_no_place_in_a_statement_is_refused():
    booked = ledger({"works": [["cash/gift", "capital", [1, 0, 0]]]}, "2026-11", 3)
    with pytest.raises(RequestError, match=r"cash movement without a line.*gift"):
        made(booked)
    with pytest.raises(RequestError, match=r"not an account with rows and a side.*gross"):
        made(ledger({"works": [["cash/received", "gross", [1, 0, 0]]]}, "2026-11", 3))
    with pytest.raises(RequestError, match=r"no section of the cash flow.*loans"):
        made(how=layout(sections=HOW.sections[HOW.sections["account"] != "loans"]))
    with pytest.raises(RequestError, match=r"unknown account.*till"):
        made(how=layout(cash=("till",)))
    with pytest.raises(RequestError, match="unknown section"):
        made(how=layout(sections=HOW.sections.assign(section="selling")))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("w", "cash", 5.0)], "does not balance"),
        ([(None, "cash", 5.0), (None, "capital", 5.0)], "no entity"),
        ([("w", "sales", 5.0)], "not an account of the balance sheet"),
        ([("w", "equity", 5.0)], "not an account of the balance sheet"),
        ([("w", "cash", np.nan)], "wrong amount"),
        ([("w", "cash", "five")], "wrong amount"),
    ],
)
def test_opening_balances_that_are_none_are_refused(rows, said):
    with pytest.raises(RequestError, match=said):
        opening_balances(pd.DataFrame(rows, columns=["entity", "account", "amount"]), HOW)


def test_a_share_is_from_0_to_1():
    with pytest.raises(RequestError, match="wrong share"):
        made(share=10)


def test_the_order_of_lines_does_not_matter():
    order = np.random.default_rng(2).permutation(len(BOOKED.lines))
    other = made(Ledger(BOOKED.lines.iloc[order].reset_index(drop=True), BOOKED.amounts[order], BOOKED.periods))
    pd.testing.assert_frame_equal(plan_rows(other.sheet), plan_rows(made().sheet))


def test_a_company_that_only_stands_there_keeps_its_balances():
    found = made(ledger({"works": []}, "2026-02", 3))
    assert found.sheet.at(account="assets")[:, 0].tolist() == [2000] * 3 and all_passed(check_statements(found, HOW))


def test_each_year_end_moves_its_own_year():
    booked = ledger({"works": [["cash/received", "sales", [10] * 27]]}, "2026-11", 27)
    sheet = made(booked, share=0.0).sheet
    assert [sheet.at(account="result")[month, 0] for month in (1, 2, 13, 14, 25, 26)] == [0, 10, 0, 10, 0, 10]
    assert [sheet.at(account="undistributed")[month, 0] for month in (1, 13, 25)] == [370, 490, 610]  # 50 + 300 + 20; + 120; + 120
