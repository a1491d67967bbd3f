"""A group's statements: worked cases that can be redone on paper, and what holds of every consolidation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from group_books import DEALINGS, group, layout, ledger, opening, rates, stocks

from planning.core.errors import RequestError
from planning.core.periods import month_range
from planning.model.consolidation import Consolidation, check_consolidation, consolidate
from planning.model.eliminations import GroupStock
from planning.model.ledger import Ledger
from planning.model.statements import build_statements, plan_rows

CASES = yaml.safe_load((Path(__file__).parents[1] / "examples" / "consolidation.yaml").read_text(encoding="utf-8"))
HOW = layout()


def made(case: dict, **other) -> Consolidation:
    first = str(case["first"])
    booked = ledger(case["postings"], first, 2)
    return consolidate(booked, opening(case["opening"]), group(case, **other), rates(case, first), HOW, stocks(case))


def failed(found: Consolidation) -> dict[str, str]:
    return {check.name: check.said for check in check_consolidation(found, HOW) if not check.passed}


@pytest.mark.parametrize("name", CASES)
def test_a_worked_group_comes_out_and_ties(name):
    case = CASES[name]
    found = made(case)
    for statement, expected in case["expected"].items():
        if statement in ("income", "sheet", "direct"):
            table = getattr(found.consolidated, statement)
            assert {account: table.at(account=account)[:, 0].tolist() for account in expected} == expected, statement
    shares = {share: found.profit.at(share=share)[:, 0].tolist() for share in ("owners", "minority")}
    assert shares == case["expected"].get("share", shares)
    missed = {name: found.differences.at(name=name)[:, 0].tolist() for name in set(found.differences.rows["name"])}
    assert {name: amounts for name, amounts in missed.items() if any(amounts)} == case["expected"].get("differences", {})
    assert not failed(found)


def test_a_company_alone_and_a_subsidiary_without_dealings_are_what_they_are():
    case = CASES["a foreign subsidiary and a moving rate"] | {"entities": {"P": ["", "CNY"]}, "owned": {}}
    alone = case | {"opening": {"P": {"cash": 100, "capital": 100}}, "postings": {"P": [["cash/received", "sales", [7, 9]]]}}
    found = made(alone)
    own = build_statements(ledger(alone["postings"], "2027-01", 2), opening(alone["opening"]), HOW)
    for statement in ("income", "sheet", "direct"):
        ours = plan_rows(getattr(found.consolidated, statement))[["account", "period", "amount"]]
        pd.testing.assert_frame_equal(ours, plan_rows(getattr(own, statement))[["account", "period", "amount"]])
    held = {
        "entities": {"P": ["", "CNY"], "S": ["P", "CNY"]}, "owned": {"S": [1.0, "full", ""]},
        "opening": {"P": {"investments//S": 100, "capital": 100}, "S": {"cash": 100, "capital": 100}},
        "postings": {"P": [], "S": alone["postings"]["P"]}, "first": "2027-01",
    }  # fmt: skip
    assert not failed(made(held))
    whole = plan_rows(made(held).consolidated.sheet).query("amount != 0")
    pd.testing.assert_frame_equal(
        whole[["account", "period", "amount"]].reset_index(drop=True),
        plan_rows(own.sheet).query("amount != 0")[["account", "period", "amount"]].reset_index(drop=True),
    )


def test_the_minority_of_a_foreign_subsidiary_stands_at_its_share_of_the_translated_net_assets():
    case = CASES["a foreign subsidiary and a moving rate"]
    owner = {"P": {"cash": 952, "investments//F": 48, "capital": 1000}}
    found = made(case | {"owned": {"F": [0.6, "full", ""]}, "opening": case["opening"] | owner})
    assert not failed(found)
    assert found.consolidated.sheet.at(account="minority")[:, 0].tolist() == [51.0, 50.4]  # 40 % of 127.5 and of 126
    assert found.consolidated.sheet.at(account="translation")[:, 0].tolist() == [3.9, 8.16]  # 60 % of 6.5 and 13.6


def test_equity_bought_long_ago_and_its_goodwill_are_given():
    case = CASES["sixty percent and goods sold up to the parent"]
    given = pd.DataFrame([("S", "capital", 100.0), ("S", "undistributed", -20.0)], columns=["entity", "account", "amount"])
    found = made(case, acquired=given)
    assert not failed(found)
    assert found.consolidated.sheet.at(account="goodwill")[0, 0] == 12.0  # 60 less 60 % of 80
    assert found.consolidated.sheet.at(account="minority")[0, 0] == 66.6
    assert found.consolidated.sheet.at(account="undistributed")[0, 0] == 42.0  # 60 % of 50 + 20


def test_goodwill_of_a_foreign_subsidiary_moves_with_the_closing_rate():
    case = CASES["a foreign subsidiary and a moving rate"]
    bought = case | {
        "owned": {"F": [1.0, "full", "2027-01"]}, "opening": case["opening"] | {"P": {"cash": 1000, "capital": 1000}},
        "postings": case["postings"] | {"P": [["investments/addition/F", "cash/bought", [88, 0]]]},
    }  # fmt: skip
    found = made(bought)
    assert not failed(found)
    assert found.consolidated.sheet.at(account="goodwill")[:, 0].tolist() == [8.5, 9.0]  # 8 at 0.80, which is 10 of its own
    assert found.consolidated.sheet.at(account="translation")[:, 0].tolist() == [7.0, 14.6]


# A group of every kind


PERIODS = month_range(pd.Timestamp("2027-10-01"), 5)
EVERYONE = {
    "first": "2027-10",
    "entities": {"P": ["", "CNY"], "B": ["P", "CNY"], "C": ["B", "HKD"], "N": ["P", "USD"], "A": ["B", "HKD"]},
    "owned": {
        "B": [[0.6, "full", ""], [0.75, "full", "2028-01"]],
        "C": [0.8, "full", ""],
        "N": [0.55, "full", "2027-12"],
        "A": [0.3, "equity", ""],
    },
    "opening": {
        "P": {"cash": 5000, "investments//B": 600, "capital": 5600, "group_debtors//B": 40, "undistributed": 40},
        "B": {"cash": 300, "investments//C": 640, "associates//A": 50, "capital": 1000, "group_creditors//P": 40, "undistributed": -50},
        "C": {"cash": 700, "stock": 350, "capital": 1000, "undistributed": 50},
        "N": {"cash": 100, "plant": 60, "depreciated": 10, "loans": 50, "capital": 70, "undistributed": 30},
        "A": {"cash": 500, "capital": 500},
    },
}  # fmt: skip
DEALS = [
    (2, ("P", "cash/bought", "investments/addition/N", -300)),
    (None, ("P", "stock", "group_creditors//C", 1), ("C", "group_debtors//P", "group_sales//P", 1), ("C", "group_cost//P", "stock", 0.7)),
    (None, ("B", "group_debtors//C", "cash/paid/C", 1), ("C", "cash/received/B", "group_creditors//B", 1)),
    (None, ("P", "cash/received/B", "group_income//B", 1), ("B", "group_charges//P", "cash/paid/P", 1)),
    (3, ("C", "dividends", "cash/distributed/B", 16), ("B", "cash/dividends_received/C", "dividend_income//C", 13),
     ("C", "dividends", "cash/distributed", 4)),
    (1, ("B", "dividends", "cash/distributed/P", 6), ("P", "cash/dividends_received/B", "dividend_income//B", 6),
     ("B", "dividends", "cash/distributed", 4)),
    (None, ("A", "dividends", "cash/distributed", 1), ("B", "cash/dividends_received", "dividend_income//A", 0.3)),
    *((None, (who, debit, credit, 1)) for who in "PBCNA" for debit, credit in (
        ("debtors", "sales"), ("cash/received", "debtors"), ("cost", "stock"), ("stock", "creditors"), ("creditors", "cash/paid"),
        ("depreciation", "depreciated/depreciation"), ("plant/addition", "cash/bought"), ("interest", "cash/interest_paid"),
        ("cash/borrowed", "loans"), ("tax", "cash/paid"),
    )),
]  # fmt: skip


def everyone(seed: int, draws: int = 2, **other):
    """A group with a chain, a foreign and a bought subsidiary, an associate, all kinds of dealings of any size; rates drawn too."""
    chance = np.random.default_rng(seed)
    books: dict[str, list] = {who: [] for who in EVERYONE["entities"]}
    for only, *lines in DEALS:
        amounts = chance.normal(50, 60, len(PERIODS)) if only is None else np.eye(len(PERIODS))[only]
        for who, debit, credit, share in lines:
            books[who].append([debit, credit, list(np.round(amounts * share, 2))])
    booked = ledger(books, "2027-10", len(PERIODS))
    drawn = Ledger(booked.lines, booked.amounts * np.arange(1, draws + 1)[None, None, :], booked.periods)
    table = [
        (period, currency, draw, base * chance.uniform(0.8, 1.2), base * chance.uniform(0.8, 1.2))
        for period in month_range(pd.Timestamp("2027-09-01"), 6) for currency, base in (("HKD", 0.8), ("USD", 7.0)) for draw in range(draws)
    ]  # fmt: skip
    rows = pd.DataFrame(
        [("C", "P", "stock", 0.25, 12.34), ("P", "N", "stock", 0.0, 0.0), ("B", "A", "stock", 0.0, 5.0), ("N", "B", "stock", 0.2, 1.0)],
        columns=["seller", "buyer", "account", "tax", "opening"],
    )
    held = GroupStock(rows, chance.uniform(0, 100, (4, 5, draws)), chance.uniform(-0.1, 0.4, (4, 5)))
    given = pd.DataFrame(table, columns=["period", "currency", "draw", "average", "closing"])
    return booked, drawn, given, held, group(EVERYONE, **other)


def consolidated(seed: int, **other) -> Consolidation:
    _, drawn, given, held, of = everyone(seed, **other)
    return consolidate(drawn, opening(EVERYONE["opening"]), of, given, HOW, held)


@pytest.mark.parametrize("seed", range(8))
def test_every_group_ties_and_its_eliminations_net_to_zero(seed):
    found = consolidated(seed)
    assert not failed(found)
    whole = found.consolidated.income.at(account="profit")
    assert np.allclose(found.profit.at(share="owners") + found.profit.at(share="minority"), whole) and whole.all()


def test_the_order_of_entities_and_lines_does_not_matter():
    first = consolidated(3)
    _, drawn, given, held, of = everyone(3)
    order = np.random.default_rng(1).permutation(len(drawn.lines))
    shuffled = Ledger(drawn.lines.iloc[order].reset_index(drop=True), drawn.amounts[order], drawn.periods)
    turned = group(EVERYONE, entities=of.entities.iloc[::-1], ownership=of.ownership.iloc[::-1])
    again = consolidate(shuffled, opening(EVERYONE["opening"]).iloc[::-1], turned, given.iloc[::-1], HOW, held)
    for statement in ("income", "sheet", "direct"):
        pd.testing.assert_frame_equal(
            plan_rows(getattr(first.consolidated, statement), 1), plan_rows(getattr(again.consolidated, statement), 1)
        )


def test_each_draw_is_consolidated_by_itself():
    both = consolidated(5)
    _, drawn, given, held, of = everyone(5)
    second = given[given["draw"] == 1].assign(draw=0)
    opened = given[(given["draw"] == 0) & (given["period"] == "2027-09-01")]
    second = pd.concat([second[second["period"] != "2027-09-01"], opened])
    lone = Ledger(drawn.lines, drawn.amounts[:, :, 1:], drawn.periods)
    alone = consolidate(lone, opening(EVERYONE["opening"]), of, second, HOW, GroupStock(held.rows, held.values[:, :, 1:], held.margins))
    ours, theirs = plan_rows(both.consolidated.sheet, 1), plan_rows(alone.consolidated.sheet)
    pd.testing.assert_frame_equal(ours[ours["amount"] != 0].reset_index(drop=True), theirs[theirs["amount"] != 0].reset_index(drop=True))


# Bad input


def test_a_missing_rate_is_said_by_currency_and_month():
    booked, _, given, _, of = everyone(1, draws=1)
    less = given[~((given["currency"] == "HKD") & given["period"].dt.month.isin([9, 12])) & (given["currency"] != "USD")]
    with pytest.raises(RequestError) as error:
        consolidate(booked, opening(EVERYONE["opening"]), of, less, HOW)
    said = str(error.value)
    assert "rates, HKD: no rate" in said and "nothing for 2027-09, 2027-12" in said
    assert "rates, USD: no rate" in said and "2027-09, 2027-10, 2027-11, 2027-12, 2028-01, 2028-02" in said
    with pytest.raises(RequestError, match="rates, HKD, 2027-10: wrong rate"):
        consolidate(booked, opening(EVERYONE["opening"]), of, given.assign(average=-1.0), HOW)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"owned": {"S": [[0.6, "full", ""], [0.2, "none", "2027-02"]]}}, "S, 2027-02: loss of control is not planned here"),
        ({"owned": {"S": [[0.3, "equity", ""], [0.6, "full", "2027-02"]]}}, "control over what was an associate"),
        ({"owned": {"S": [60, "full", ""]}}, "S: wrong ownership"),
        ({"owned": {}}, "S: no ownership"),
        ({"entities": {"P": ["", "CNY"], "S": ["Q", "CNY"]}}, "S: unknown parent"),
        ({"entities": {"P": ["S", "CNY"], "S": ["P", "CNY"]}, "owned": {"S": [1, "full", ""], "P": [1, "full", ""]}}, "owns itself"),
        ({"entities": {"P": ["", "CNY"]}, "owned": {}}, "ledger: unknown entity"),
        ({"opening": {"P": {"cash": 940, "investments": 60, "capital": 1000}}}, "P, investments: shares without a partner"),
        ({"opening": {"P": {"cash": 1000, "capital": 1000}, "S": {"cash": 150, "capital": 150}}}, "S: no shares against its equity"),
    ],
)
def test_a_group_that_can_not_be_consolidated_is_refused(change, said):
    with pytest.raises(RequestError) as error:
        made(CASES["sixty percent and goods sold up to the parent"] | change)
    assert said in str(error.value)


def test_accounts_and_stocks_that_there_are_not_are_refused():
    case = CASES["sixty percent and goods sold up to the parent"]
    with pytest.raises(RequestError, match=r"dealings, rest: not an account with rows"):
        made(case, dealings=DEALINGS.assign(rest="gross"))
    with pytest.raises(RequestError, match=r"stocks: unknown entity"):
        made(case | {"stocks": [case["stocks"][0] | {"seller": "X"}]})
    with pytest.raises(RequestError, match=r"stocks: wrong values"):
        made(case | {"stocks": [case["stocks"][0] | {"values": [60, float("nan")]}]})


def test_what_would_be_taken_out_twice_or_is_no_equity_is_refused():
    case = CASES["sixty percent and goods sold up to the parent"]
    with pytest.raises(RequestError, match=r"an account in two dealings.*group_charges"):
        made(case, dealings=pd.concat([DEALINGS, DEALINGS[1:2]]))
    with pytest.raises(RequestError, match=r"acquired: wrong row.*S cash"):
        made(case, acquired=pd.DataFrame([("S", "cash", 1.0)], columns=["entity", "account", "amount"]))


def test_draws_of_ledger_and_rates_are_as_many():
    _, drawn, _, _, of = everyone(1)
    with pytest.raises(RequestError, match=r"other draws.*ledger 2, rates 3"):
        consolidate(drawn, opening(EVERYONE["opening"]), of, everyone(1, 3)[2], HOW)


def test_dealings_that_no_rule_names_are_shown_and_fail_a_check():
    case = CASES["sixty percent and goods sold up to the parent"]
    found = made(case, dealings=DEALINGS[DEALINGS["name"] != "balances"])
    assert found.unruled.to_numpy().tolist() == [["P", "group_creditors", "S"], ["S", "group_debtors", "P"]]
    assert "dealings_have_rules" in failed(found)
    assert found.consolidated.sheet.at(account="group_debtors")[0, 0] == 100
