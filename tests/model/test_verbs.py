"""Planning verbs: sums to the cent, holds kept, everything else as it was, whatever the order of rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.core.money import to_minor
from planning.core.periods import FiscalCalendar, month
from planning.model import verbs
from planning.model.spread import month_profile
from planning.model.verbs import Like, break_back, copy, grow, reallocate, seasonal, spread, transfer

CASES = yaml.safe_load((Path(__file__).parents[1] / "examples" / "verbs.yaml").read_text(encoding="utf-8"))
CENTS = st.integers(-(10**9), 10**9)
ACCOUNTS = ("goods", "rent", "wages")


def cell(name):
    account, period = name.split(".")
    return account, month(period if "-" in period else f"2027-{period}")


def plan(cells):
    """A table from "account.month" → amount."""
    rows = [(*cell(name), float(amount)) for name, amount in cells.items()]
    return pd.DataFrame(rows, columns=["account", "period", "amount"])


def holds_of(held):
    return pd.DataFrame([(name, *cell(one)) for name, cells in held.items() for one in cells], columns=["hold", "account", "period"])


def told(do):
    """The case's words as the verb's arguments."""
    said = {name: value for name, value in do.items() if name not in ("verb", "weights", "like")}
    if "since" in said:
        said["since"] = month(said["since"])
    if "weights" in do:
        said["how"] = Like(pd.DataFrame(do["weights"].items(), columns=["account", "amount"]), ["account"])
    if "like" in do:
        rows = plan(do["like"]).assign(period=lambda t: t["period"] - pd.DateOffset(years=1))
        said |= {"source": rows, "on": ["account", "month"]} if do["verb"] == "copy" else {"how": Like(rows, ["account", "month"])}
    return said


@pytest.mark.parametrize("name", CASES)
def test_a_worked_case_comes_out_as_on_paper(name):
    case = CASES[name]
    table = plan(case["cells"])
    act = getattr(verbs, case["do"]["verb"])(table, **told(case["do"]), holds=holds_of(case["held"]) if "held" in case else None)
    pd.testing.assert_frame_equal(act.table, plan(case["cells"] | case["after"]))
    moved = plan(case["after"]).rename(columns={"amount": "after"})
    pd.testing.assert_frame_equal(act.changes[["account", "period", "after"]], moved)
    assert act.basis == case.get("basis", act.basis)


# Properties


@st.composite
def worlds(draw, least=1):
    """A table of several accounts and months in any order of rows, a hold or none, and a range of it with a free cell."""
    cells = draw(st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.integers(1, 6)), min_size=least, max_size=14, unique=True))
    rows = [(account, pd.Timestamp(2027, number, 1), draw(CENTS) / 100) for account, number in cells]
    table = pd.DataFrame(rows, columns=["account", "period", "amount"])
    held = draw(st.lists(st.sampled_from(range(len(rows))), max_size=len(rows) - 1, unique=True))
    holds = table.iloc[held].drop(columns="amount").assign(hold=lambda t: [f"hold {n}" for n in range(len(t))])
    account = draw(st.sampled_from(table["account"].tolist()))
    chosen = draw(st.sampled_from([{}, {"account": account}]))
    inside = np.ones(len(table), dtype=bool) if not chosen else (table["account"] == account).to_numpy()
    free = ~np.isin(np.arange(len(table)), held)
    assume((inside & free).any())
    return table, chosen, holds, inside, free


def cents(table):
    return to_minor(table["amount"].to_numpy(), 2)


def weights_of(table, numbers):
    return Like(table.assign(amount=np.array(numbers[: len(table)], dtype=float)), ["account", "period"])


def every_act(world, amount, numbers):
    """One act of each verb on the range."""
    table, chosen, holds, _, _ = world
    how = weights_of(table, numbers)
    yield "spread", spread(table, chosen, amount, None, holds)
    yield "weighted", spread(table, chosen, amount, how, holds)
    yield "break back", break_back(table, chosen, amount, holds)
    yield "reallocate", reallocate(table, chosen, how, holds)
    yield "grow", grow(table, chosen, 0.0371, None, 1, holds)
    yield "copy", copy(table, {}, how.rows, how.on, 1.0, holds)


NUMBERS = st.lists(st.integers(0, 10**6), min_size=14, max_size=14)


@settings(max_examples=30, deadline=None)
@given(worlds(), CENTS.map(lambda cents: cents / 100), NUMBERS)
def test_sums_are_exact_and_nothing_but_free_cells_of_the_range_moves(world, amount, numbers):
    table, _, _, inside, free = world
    totals = {"spread": amount, "weighted": amount, "break back": amount, "reallocate": table["amount"][inside].sum()}
    for verb, act in every_act(world, amount, numbers):
        kept = ~free if verb == "copy" else ~(inside & free)
        assert act.table["amount"].to_numpy()[kept].tolist() == table["amount"].to_numpy()[kept].tolist()
        pd.testing.assert_frame_equal(act.table.drop(columns="amount"), table.drop(columns="amount"))
        if verb in totals:
            assert cents(act.table[inside]).sum() == to_minor([totals[verb]], 2)[0], verb
    grown = next(act for verb, act in every_act(world, amount, numbers) if verb == "grow").table[inside & free]
    assert abs(cents(grown).sum() - 1.0371 * cents(table[inside & free]).sum()) <= 0.5000001


@settings(max_examples=20, deadline=None)
@given(worlds(), CENTS.map(lambda cents: cents / 100), NUMBERS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_is_irrelevant(world, amount, numbers, random):
    table, chosen, holds, inside, free = world
    order = list(range(len(table)))
    random.shuffle(order)
    mixed = table.iloc[order][["amount", "period", "account"]]
    again = every_act((mixed, chosen, holds.iloc[::-1], inside[order], free[order]), amount, [numbers[at] for at in order])
    for (verb, one), (_, other) in zip(every_act(world, amount, numbers), again, strict=True):
        assert one.table["amount"].tolist() == other.table["amount"].sort_index().tolist(), verb


@settings(max_examples=20, deadline=None)
@given(worlds(), CENTS.map(lambda cents: cents / 100), NUMBERS)
def test_the_account_of_changes_leads_from_the_table_before_to_the_table_after(world, amount, numbers):
    table = world[0]
    for _, act in every_act(world, amount, numbers):
        beside = table.merge(act.changes, on=["account", "period"], how="left")
        assert np.array_equal(beside["after"].fillna(beside["amount"]).to_numpy(), act.table["amount"].to_numpy())
        assert (act.changes["difference"] != 0).all()
        assert (to_minor(act.changes["before"], 2) + to_minor(act.changes["difference"], 2) == to_minor(act.changes["after"], 2)).all()


@settings(max_examples=20, deadline=None)
@given(worlds(), CENTS.map(lambda cents: cents / 100))
def test_breaking_back_to_the_total_there_is_moves_nothing(world, amount):
    table, chosen, holds, _, _ = world
    spread_out = spread(table, chosen, amount, None, holds).table
    assert break_back(spread_out, chosen, amount, holds).changes.empty
    assert spread(spread_out, chosen, amount, None, holds).changes.empty


@settings(max_examples=20, deadline=None)
@given(worlds(least=2), CENTS.map(lambda cents: cents / 100), NUMBERS)
def test_verbs_on_ranges_without_a_common_cell_commute(world, amount, numbers):
    table, _, holds, _, free = world
    accounts = sorted({account for account in table["account"] if free[(table["account"] == account).to_numpy()].any()})
    assume(len(accounts) > 1)
    one, two = ({"account": account} for account in accounts[:2])
    how = weights_of(table, numbers)
    acts = [
        lambda before: break_back(before, one, amount, holds).table,
        lambda before: spread(before, two, amount, how, holds).table,
    ]
    there, back = acts[1](acts[0](table)), acts[0](acts[1](table))
    assert there["amount"].tolist() == back["amount"].tolist()


@settings(max_examples=20, deadline=None)
@given(worlds(least=2), CENTS.map(lambda cents: cents / 100))
def test_a_transfer_keeps_the_sum_and_its_two_ends_have_what_was_moved(world, amount):
    table, _, holds, _, free = world
    accounts = sorted({account for account in table["account"] if free[(table["account"] == account).to_numpy()].any()})
    assume(len(accounts) > 1)
    source, target = accounts[:2]
    act = transfer(table, {"account": source}, {"account": target}, amount, holds)
    moved = act.changes.groupby("account")["difference"].sum()
    assert cents(act.table).sum() == cents(table).sum()
    assert [round(moved.get(account, 0.0), 2) for account in (source, target)] == [-amount, amount]
    back = transfer(table, {"account": target}, {"account": source}, -amount, holds)
    assert act.table["amount"].tolist() == back.table["amount"].tolist()


@settings(max_examples=20, deadline=None)
@given(worlds(), CENTS.map(lambda cents: cents / 100))
def test_cells_of_one_sign_stay_within_a_cent_of_their_proportion(world, amount):
    table, chosen, _, inside, _ = world
    table = table.assign(amount=table["amount"].abs() + 1)
    after = break_back(table, chosen, amount).table.loc[inside, "amount"]
    before = table.loc[inside, "amount"]
    assert (after - before * amount / before.sum()).abs().max() <= 0.0101


# Ranges, holds and digits


def test_a_hold_may_cover_a_whole_line_or_a_month():
    table = plan({"rent.01": 1, "rent.02": 2, "wages.01": 3, "wages.02": 4})
    holds = pd.DataFrame({"hold": ["line", "month"], "account": ["rent", None], "period": [pd.NaT, month("2027-01")]})
    act = spread(table, {}, 100.0, None, holds)
    assert act.table["amount"].tolist() == [1, 2, 3, 94]


def test_months_may_be_written_as_files_write_them():
    table = plan({"rent.01": 1, "rent.02": 2, "rent.03": 3})
    assert spread(table, {"period": ["2027-01", "2027-02"]}, 10.0).table["amount"].tolist() == [5, 5, 3]


def test_heads_are_shared_out_whole_and_each_scale_is_rounded_for_itself():
    digits = pd.Series({"rent": 2, "heads": 0})
    table = plan({"heads.01": 10, "heads.02": 10, "rent.01": 10, "rent.02": 10})
    assert spread(table, {"account": "heads"}, 5, digits=digits).table["amount"].tolist() == [3, 2, 10, 10]
    assert grow(table, {}, 0.06, digits=digits).table["amount"].tolist() == [11, 10, 10.6, 10.6]
    with pytest.raises(RequestError, match="amounts of several scales"):
        spread(table, {}, 5, digits=digits)


def test_a_cell_that_is_a_sum_of_floats_counts_as_the_cents_it_means_and_stays_when_held():
    table = pd.DataFrame({"account": ["a", "b"], "amount": [0.1 + 0.2, 1.0]})
    act = spread(table, {}, 1.0, None, pd.DataFrame({"hold": ["h"], "account": ["a"]}))
    assert act.table["amount"].tolist() == [0.1 + 0.2, 0.7]


def test_weights_of_a_month_are_shared_by_the_cells_of_that_month():
    table = pd.DataFrame({"cost_centre": ["a", "b", "a"], "period": [month("2027-01")] * 2 + [month("2027-02")], "amount": 0.0})
    how = Like(pd.DataFrame({"month": [1, 2], "amount": [3.0, 1.0]}), ["month"])
    assert spread(table, {}, 8.0, how).table["amount"].tolist() == [3, 3, 2]


def test_a_profile_of_past_years_spreads_the_months_of_the_budget_year():
    calendar = FiscalCalendar(7, pd.Timestamp("2000-07-01"), pd.Timestamp("2040-06-01"))
    past = pd.DataFrame({"account": "rent", "period": calendar.year(2026), "amount": [3.0] * 6 + [1.0] * 6})
    table = pd.DataFrame({"account": "rent", "period": calendar.year(2027), "amount": 0.0})
    how = seasonal(month_profile(past, calendar, [2026]), calendar, 2027)
    assert spread(table, {}, 240.0, how).table["amount"].tolist() == [30.0] * 6 + [10.0] * 6
    half = {"period": list(calendar.year(2027)[6:])}
    assert spread(table, half, 60.0, how).table["amount"].tolist() == [0.0] * 6 + [10.0] * 6


def test_a_table_without_rows_chosen_keeps_its_index_columns_and_types():
    table = plan({"rent.02": 2, "rent.01": 1, "wages.01": 9}).set_axis([7, 7, "x"])[["amount", "account", "period"]]
    table["account"] = table["account"].astype("category")
    act = spread(table, {"account": "rent"}, 1.01)
    assert act.table["amount"].tolist() == [0.5, 0.51, 9] and act.table.index.tolist() == [7, 7, "x"]
    pd.testing.assert_frame_equal(act.table.drop(columns="amount"), table.drop(columns="amount"))
    assert table["amount"].tolist() == [2, 1, 9], "the table that was given isn't touched"


def test_a_hundred_thousand_cells_add_up():
    table = pd.DataFrame({"account": [f"{n:06}" for n in range(100_000)], "amount": np.arange(100_000) / 100})
    act = break_back(table, {}, 1e11 + 0.07)
    assert cents(act.table).sum() == 10**13 + 7


# Bad input

TABLE = plan({"rent.01": 1, "rent.02": 2, "wages.01": 3})
ALL_HELD = pd.DataFrame({"hold": ["lease", "pay"], "account": ["rent", "wages"]})


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: spread([1], {}, 1.0), "expected a table with key columns and amount, got list"),
        (lambda: spread(TABLE.drop(columns="amount"), {}, 1.0), "missing column amount"),
        (lambda: spread(TABLE[["amount"]], {}, 1.0), "no key column"),
        (lambda: spread(TABLE.assign(amount="1"), {}, 1.0), "table, amount: wrong type"),
        (lambda: spread(TABLE.assign(period="2027-01"), {}, 1.0), "table, period: wrong type"),
        (lambda: spread(pd.concat([TABLE, TABLE], axis=1), {}, 1.0), "column twice"),
        (lambda: spread(TABLE.assign(amount=np.nan), {}, 1.0), "rent · 2027-01: wrong amount"),
        (lambda: spread(TABLE.assign(amount=0.005), {}, 1.0), "whole in the smallest unit"),
        (lambda: spread(TABLE.assign(amount=1e12), {}, 1.0), "small enough to be exact"),
        (lambda: spread(pd.concat([TABLE, TABLE.iloc[:1]]), {}, 1.0), "rent · 2027-01: cell twice"),
        (lambda: spread(TABLE.assign(account=None), {}, 1.0), "nothing where a value is needed"),
        (lambda: spread(TABLE.iloc[:0], {}, 1.0), "chosen: no such cell"),
        (lambda: spread(TABLE, {"acount": "rent"}, 1.0), "did you mean account?"),
        (lambda: spread(TABLE, {"account": "rents"}, 1.0), "did you mean rent?"),
        (lambda: spread(TABLE, {"account": []}, 1.0), "no such cell"),
        (lambda: spread(TABLE, {"account": [["rent"]]}, 1.0), "unknown value"),
        (lambda: spread(TABLE, {"period": "2027"}, 1.0), "chosen, period: wrong value"),
        (lambda: spread(TABLE, {"account": "wages", "period": "2027-02"}, 1.0), "no such cell"),
        (lambda: spread(TABLE, "rent", 1.0), "chosen: wrong type"),
        (lambda: spread(TABLE, {}, np.nan), "amount: wrong number"),
        (lambda: spread(TABLE, {}, True), "amount: wrong number"),
        (lambda: spread(TABLE, {}, 10**400), "amount: wrong number"),
        (lambda: spread(TABLE, {}, 0.001), "a finite number of at most 2 decimal places"),
        (lambda: spread(TABLE, {}, 1e12), "small enough to be exact"),
        (lambda: spread(TABLE, {}, 1.0, digits=-1), "wrong decimal places"),
        (lambda: spread(TABLE, {}, 1.0, digits=pd.Series({"rent": 2})), "no decimal places, expected a number .*got 'wages'"),
        (lambda: spread(TABLE, {}, 1.0, "like rent"), "weights: wrong type"),
        (lambda: spread(TABLE, {}, 1.0, Like(TABLE, [])), "nothing to match by"),
        (lambda: spread(TABLE, {}, 1.0, Like(TABLE, ["entity"])), "weights: missing column entity"),
        (lambda: spread(TABLE, {}, 1.0, Like(TABLE.iloc[:2], ["account"])), "wages · 2027-01: nothing to follow"),
        (lambda: spread(TABLE, {}, 1.0, Like(TABLE.assign(amount=np.inf), ["account"])), "weights, row 0: wrong amount"),
        (lambda: spread(TABLE, {}, 1.0, Like(TABLE.assign(amount=[5.0, 1.0, -5.5]), ["account", "month"])), "weights cancel"),
        (lambda: spread(TABLE, {}, 1.0, holds=pd.DataFrame({"account": ["rent"]})), "not a table of holds"),
        (lambda: spread(TABLE, {}, 1.0, holds=ALL_HELD.rename(columns={"account": "line"})), "holds: unknown column"),
        (lambda: spread(TABLE, {}, 1.0, holds=ALL_HELD.assign(account="x")), "hold lease, account: unknown value"),
        (lambda: spread(TABLE, {}, 1.0, holds=ALL_HELD.assign(account=None)), "a hold on everything"),
        (lambda: spread(TABLE, {}, 1.0, holds=ALL_HELD.assign(hold=None)), "nameless hold"),
        (lambda: spread(TABLE, {}, 7.0, holds=ALL_HELD), r"lease, pay\), expected 7.00, got 6.00; release one of them"),
        (lambda: break_back(TABLE, {"account": "rent"}, 7.0, ALL_HELD), r"holds in the way: lease\)"),
        (lambda: break_back(TABLE, {}, 7.0, into={"rent": 1}), "into, wages: wrong weight"),
        (lambda: break_back(TABLE, {}, 7.0, into={"rent": 0, "wages": 0}), "no cell goes into the total, expected 7.00, got 0.00"),
        (lambda: transfer(TABLE, {"account": "rent"}, {"period": "2027-01"}, 1.0), "rent · 2027-01: ranges overlap"),
        (lambda: transfer(TABLE, {"account": "rent"}, {"account": "wages"}, 1.0, ALL_HELD), "2 problems"),
        (lambda: copy(TABLE, {}, TABLE, ["account"]), "rent: several cells for one row"),
        (lambda: copy(TABLE, {"account": "wages"}, TABLE, ["account", "month"]), "rent · 1: a row without a cell"),
        (lambda: copy(TABLE, {}, TABLE.iloc[:2], ["account", "month"]), "nothing to follow"),
        (lambda: copy(TABLE, {}, TABLE, ["account", "month"], np.inf), "factor: wrong number"),
        (lambda: copy(TABLE, {}, TABLE, ["account", "month"], 1e12), "too large to be exact"),
        (lambda: copy(TABLE, {}, [1], ["account"]), "source: wrong type, expected a table.*got list"),
        (lambda: spread(TABLE, {}, 1.0, Like(TABLE, "account")), "nothing to match by"),
        (lambda: spread(TABLE, {}, 1.0, Like(pd.concat([TABLE, TABLE], axis=1), ["account"])), "weights: column twice"),
        (lambda: spread(TABLE, {"account": iter(["rent"])}, 1.0), "expected a value or a list of values"),
        (lambda: spread(TABLE, {"period": 202701}, 1.0), 'expected months such as "2027-01", got 202701'),
        (lambda: spread(TABLE, {"period": pd.NaT}, 1.0), "unknown value"),
        (lambda: spread(TABLE, {}, 1.0, holds=ALL_HELD.assign(period="May")), "hold lease, period: wrong value"),
        (lambda: spread(TABLE, {}, 1.0, holds=ALL_HELD.assign(period=["2027-01", "2027-02"])), "hold pay: no such cell"),
        (lambda: spread(TABLE, {}, 1.0, digits=pd.Series([2, 2, 2], ["rent", "wages", "rent"])), "digits: account twice"),
        (lambda: break_back(TABLE, {}, 1.0, into=["rent"]), "into: wrong type"),
        (lambda: grow(TABLE, {}, 0.1, pd.NaT), "since: wrong period"),
        (lambda: grow(TABLE, {}, 9.0, month("1900-12")), "too large to be exact"),
        (lambda: grow(TABLE, {}, -1.01), "a fraction from -1"),
        (lambda: grow(TABLE, {}, 0.1, month("2027-01")), "not after the period that growth counts from"),
        (lambda: grow(TABLE, {}, 0.1, "2026-12"), "since: wrong period"),
        (lambda: grow(TABLE, {}, 0.1, month("2026-12"), 0), "every: wrong step"),
        (lambda: grow(TABLE, {}, 1e299), "too large to be exact"),
        (lambda: grow(TABLE.drop(columns="period").iloc[1:], {}, 0.1, month("2026-12")), "missing column period"),
    ],
)
def test_what_cannot_be_done_is_refused_and_says_why(act, said):
    with pytest.raises(RequestError, match=said):
        act()


def test_everything_wrong_is_said_at_once():
    holds = pd.DataFrame({"hold": ["lease"], "account": ["rant"]})
    with pytest.raises(RequestError) as refused:
        spread(TABLE, {"account": ["rents", "rent"]}, np.inf, Like(TABLE, ["x"]), holds)
    wheres = [problem.where for problem in refused.value.problems]
    assert wheres == ["chosen, account", "hold lease, account", "table", "weights", "amount"]
    assert TABLE["amount"].tolist() == [1, 2, 3]


def test_a_range_that_is_held_throughout_may_be_told_the_total_it_has():
    assert spread(TABLE, {}, 6.0, None, ALL_HELD).changes.empty
    assert break_back(TABLE, {}, 6.0, ALL_HELD).changes.empty
