"""Revenue at risk on made-up subscribers: books and contracts agree, what leaves is told as it comes, bad input is named."""

import numpy as np
import pandas as pd
import pytest
from dated_subscribers import dated_subscribers

from planning.core.checks import all_passed
from planning.core.errors import RequestError
from planning.core.periods import month_end, month_range
from planning.plan.at_risk import build_at_risk, check_at_risk, total
from planning.plan.losses import ALL, losses_ahead
from planning.plan.subscriber_history import DATED
from planning.plan.subscription_books import CELL, booked_shares

pytestmark = pytest.mark.usefixtures("few_rows")
AS_OF = pd.Timestamp("2024-12-31")
ACCOUNTS = {"basic": "5001", "family": "5002"}
AHEAD, LEVEL = 15, 0.99
ENDS = ["lower", "low", "middle", "high", "upper"]


@pytest.fixture(scope="module")
def tables():
    """Three years of contracts and what comes after them: half a year more than is known."""
    return dated_subscribers(4000, 42, 6)[0]


def booked(tables, kept=0.9, centres=(("D1", 0.75), ("D2", 0.25))):
    """What the books hold of the contracts in force: of each charge `kept`, three quarters in one department."""
    contracts, rows = tables["contracts"], []
    for period in month_range(pd.Timestamp("2023-06-01"), 24):
        day = month_end(period)
        there = contracts[(contracts["start"] <= day) & ~(contracts["end"] <= day)]
        for plan, charges in there.groupby("plan")["price"].sum().items():
            rows += [(centre, ACCOUNTS[plan], period, charges * kept * part) for centre, part in centres]
    return pd.DataFrame(rows, columns=[*CELL, "period", "amount"])


@pytest.fixture(scope="module")
def shares(tables):
    return booked_shares(booked(tables), tables["contracts"], ACCOUNTS, AS_OF)


@pytest.fixture(scope="module")
def losses(tables, shares):
    return losses_ahead(tables, ACCOUNTS, shares, AS_OF, AHEAD, LEVEL, 1)


def test_a_charge_is_worth_what_was_booked_of_it(shares):
    assert shares.set_index(CELL)["share"].to_dict() == pytest.approx(
        {("D1", "5001"): 0.675, ("D2", "5001"): 0.225, ("D1", "5002"): 0.675, ("D2", "5002"): 0.225}
    )
    assert (shares["most"] - shares["least"]).max() < 1e-9


def test_departments_add_up_to_all(losses):
    parts = losses[losses["account"] != ALL].groupby(["day", "month"])[["there", "lost", "came"]].sum(min_count=1)
    whole = losses[losses["account"] == ALL].set_index(["day", "month"])[["there", "lost", "came"]].sort_index()
    pd.testing.assert_frame_equal(parts, whole)


def test_what_is_there_is_what_is_booked_in_the_last_closed_month(tables, losses):
    last = booked(tables)[lambda rows: rows["period"] == pd.Timestamp("2024-12-01")].groupby(CELL)["amount"].sum()
    now = losses[(losses["day"] == AS_OF) & (losses["month"] == 1) & (losses["account"] != ALL)].set_index(CELL)["there"]
    assert now.to_dict() == pytest.approx(last.to_dict())


def test_losses_grow_month_by_month_and_lie_in_their_bands(losses):
    for _, table in losses.groupby(["day", *CELL]):
        assert (np.diff(table["lost"]) >= 0).all() and (table["lost"] < table["there"]).all()
        assert (np.diff(table[ENDS], axis=1) >= 0).all()
        assert ((table["lower"] < table["lost"]) & (table["lost"] < table["upper"])).mean() > 0.9


def test_what_was_told_a_year_before_came(tables, losses):
    """Of a band of 99 in 100; what came is counted from the contracts themselves."""
    told = losses[(losses["account"] == ALL) & losses["came"].notna()]
    assert list(told["month"]) == list(range(1, 13)) and (told["day"] == pd.Timestamp("2023-12-31")).all()
    assert ((told["lower"] <= told["came"]) & (told["came"] <= told["upper"])).all()
    contracts = tables["contracts"]
    here = contracts[(contracts["start"] <= "2023-12-31") & ~(contracts["end"] <= "2023-12-31")]
    gone = here[here["end"] <= AS_OF]
    assert told["came"].iloc[-1] == pytest.approx(0.9 * gone["price"].sum())
    later = losses[losses["day"] == AS_OF]
    assert later["came"].isna().all(), "nobody knows yet"


def test_what_comes_after_the_day_changes_nothing(tables, shares, losses):
    cut = {name: table[table[when] <= AS_OF] for name, when in DATED.items() if (table := tables.get(name)) is not None}
    contracts = tables["contracts"]
    cut["contracts"] = contracts[contracts["start"] <= AS_OF].assign(end=lambda table: table["end"].where(table["end"] <= AS_OF))
    assert (tables["contracts"]["end"] > AS_OF).sum() > 100
    again = losses_ahead(cut, ACCOUNTS, shares, AS_OF, AHEAD, LEVEL, 1)
    pd.testing.assert_frame_equal(again, losses)


@pytest.fixture(scope="module")
def found(losses, shares):
    cells = losses[(losses["day"] == AS_OF) & (losses["account"] != ALL)]
    periods = dict(enumerate(month_range(pd.Timestamp("2025-01-01"), AHEAD), 1))
    cells = cells.assign(period=cells["month"].map(periods), amount=cells["there"] * 1.1)
    return build_at_risk(losses, shares, cells[[*CELL, "period", "amount"]], AS_OF)


def test_new_subscribers_must_bring_what_the_others_leave_open(found):
    table = found.months
    assert list(total(found)["period"]) == list(month_range(pd.Timestamp("2025-01-01"), AHEAD))
    assert (table["won"] - (0.1 * table["there"] + table["lost"])).abs().max() < 1e-6
    assert all_passed(check_at_risk(found)) and check_at_risk(None) == []


def test_a_reforecast_that_expects_nothing_of_an_account_leaves_all_to_be_won(losses, shares):
    none = pd.DataFrame({"cost_centre": [], "account": [], "period": pd.to_datetime([]), "amount": []})
    table = build_at_risk(losses, shares, none, AS_OF).months
    assert (table["won"] == table["lost"] - table["there"]).all()


def test_books_that_do_not_follow_the_contracts_fail_their_check(tables, losses):
    odd = booked(tables)
    odd.loc[odd["period"] == "2024-06-01", "amount"] *= 1.2
    shares = booked_shares(odd, tables["contracts"], ACCOUNTS, AS_OF)
    none = pd.DataFrame({"cost_centre": [], "account": [], "period": pd.to_datetime([]), "amount": []})
    failed = [check.name for check in check_at_risk(build_at_risk(losses, shares, none, AS_OF)) if not check.passed]
    assert failed == ["revenue at risk: what is booked follows the contracts"]


def test_plans_and_accounts_that_nobody_books_are_named(tables):
    with pytest.raises(RequestError, match=r"no account for a plan.*family"):
        booked_shares(booked(tables), tables["contracts"], {"basic": "5001"}, AS_OF)
    with pytest.raises(RequestError, match=r"5002: no revenue of a plan's account"):
        booked_shares(booked(tables).query("account == '5001'"), tables["contracts"], ACCOUNTS, AS_OF)


def test_a_plan_that_nobody_had_in_the_year_needs_no_account(tables, shares):
    contracts = tables["contracts"]
    gone = contracts.head(1).assign(subscriber="old", plan="retired", start=pd.Timestamp("2022-01-01"), end=pd.Timestamp("2023-01-01"))
    new = contracts.head(1).assign(subscriber="new", plan="later", start=pd.Timestamp("2025-03-01"), end=pd.NaT)
    again = booked_shares(booked(tables), pd.concat([contracts, gone, new]), ACCOUNTS, AS_OF)
    pd.testing.assert_frame_equal(again, shares)


def test_where_too_few_left_nothing_is_told(tables, shares):
    few = set(tables["contracts"]["subscriber"].head(30))
    ten = {name: table[table["subscriber"].isin(few)] for name, table in tables.items()}
    losses = losses_ahead(ten, ACCOUNTS, shares, AS_OF, AHEAD, LEVEL, 1)
    assert losses.empty
    none = pd.DataFrame({"cost_centre": [], "account": [], "period": pd.to_datetime([]), "amount": []})
    assert build_at_risk(losses, shares, none, AS_OF).months.empty
