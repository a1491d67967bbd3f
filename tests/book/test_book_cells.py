"""Saving, reading and totalling plan cells."""

from decimal import Decimal
from itertools import count

import numpy as np
import pandas as pd
from book_data import amounts, plan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning.core.money import LARGEST

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NUMBERS = count(1)

accounts = st.sampled_from(["rent", "pay", "heads"])
months = st.sampled_from(["2026-12", "2027-01", "2027-02"])
cents = st.integers(-LARGEST + 1, LARGEST - 1)
tables = st.dictionaries(st.tuples(accounts, months), cents, max_size=9)
digits = pd.Series({"rent": 2, "pay": 2, "heads": 0})


def in_units(table):
    return {key: minor / 10 ** int(digits[key[0]]) for key, minor in table.items()}


def fresh(book):
    name = f"company {next(NUMBERS)}"
    book.create_version(name, "budget", "v1", "ana")
    return name


@FEW
@given(table=tables)
def test_what_was_saved_is_read_back_to_the_last_digit(book, table):
    company = fresh(book)
    book.save(company, "budget", "v1", plan(in_units(table)), 0, "ana", digits)
    read, _ = book.read_exact(company, "budget", "v1")
    assert read.assign(month=read["period"].dt.strftime("%Y-%m")).set_index(["account", "month"])["amount"].to_dict() == table


@FEW
@given(table=tables)
def test_saving_what_was_read_changes_nothing(book, table):
    company = fresh(book)
    book.save(company, "budget", "v1", plan(in_units(table)), 0, "ana", digits)
    read, revision = book.read(company, "budget", "v1")
    assert book.save(company, "budget", "v1", read, revision, "ben", digits, mode="replace") == (revision, 0)


@FEW
@given(table=tables)
def test_totals_equal_the_sums_of_decimals(book, table):
    company = fresh(book)
    book.save(company, "budget", "v1", plan(in_units(table)), 0, "ana", digits)
    expected = {}
    for (account, _), minor in table.items():
        expected[account] = expected.get(account, Decimal(0)) + Decimal(minor).scaleb(-int(digits[account]))
    assert amounts(book.totals(company, "budget", "v1", ["account"])) == expected


@FEW
@given(first=tables, one=tables, other=tables)
def test_the_order_of_two_saves_of_different_cells_does_not_matter(book, first, one, other):
    one = {key: amount for key, amount in one.items() if key not in other}
    results = []
    for saves in ([one, other], [other, one]):
        company = fresh(book)
        base = book.save(company, "budget", "v1", plan(in_units(first)), 0, "ana", digits).revision
        for table in saves:
            book.save(company, "budget", "v1", plan(in_units(table)), base, "ana", digits)
        results.append(book.read(company, "budget", "v1")[0])
    pd.testing.assert_frame_equal(*results)


def test_a_table_comes_back_in_canonical_order_with_its_dimensions(open_version):
    table = plan(
        {("pay", "2027-02"): 2.0, ("pay", "2027-01"): 1.0, ("bonus", "2027-01"): 3.0}, product="p'1\"; --", entity="总部"
    )
    open_version.save("acme", "budget", "v1", table, 0, "ana", 2)
    read, revision = open_version.read("acme", "budget", "v1")
    assert revision == 1
    pd.testing.assert_frame_equal(read, table.iloc[[2, 1, 0]].reset_index(drop=True))


def test_dimensions_can_be_asked_for_where_no_cell_uses_them(open_version):
    read, _ = open_version.read("acme", "budget", "v1", dimensions=("partner",))
    assert "partner" in read and "product" not in read


def test_an_empty_version_reads_as_an_empty_plan_table(open_version):
    read, revision = open_version.read("acme", "budget", "v1")
    assert (len(read), revision) == (0, 0)
    assert open_version.save("acme", "budget", "v1", read.astype({"amount": float}), 0, "ana", 2) == (0, 0)
    assert open_version.totals("acme", "budget", "v1", []).empty


def test_amounts_are_rounded_half_to_even_at_the_accounts_scale(open_version):
    open_version.save("acme", "budget", "v1", plan({"rent": 0.125, "heads": 2.5}), 0, "ana", digits)
    assert amounts(open_version.read("acme", "budget", "v1")[0]) == {"rent": 0.12, "heads": 2.0}


def test_totals_beyond_64_bits_are_exact(open_version):
    table = plan({(f"a{n}", "2027-01"): float(LARGEST - 1) for n in range(5000)})
    open_version.save("acme", "budget", "v1", table, 0, "ana", 0)
    assert open_version.totals("acme", "budget", "v1", [])["amount"].item() == 5000 * (LARGEST - 1) > 2**63


def test_totals_by_period_carry_the_period_as_a_timestamp(open_version):
    open_version.save("acme", "budget", "v1", plan({("pay", "2027-02"): 2.0, ("rent", "2027-02"): -0.5}), 0, "ana", 2)
    totals = open_version.totals("acme", "budget", "v1", ["period", "entity"])
    assert totals.to_dict("records") == [{"period": pd.Timestamp("2027-02-01"), "entity": "hq", "amount": Decimal("1.50")}]


def test_a_patch_keeps_other_cells_and_a_replace_removes_them(open_version):
    open_version.save("acme", "budget", "v1", plan({"rent": 1.0, "pay": 2.0}), 0, "ana", 2)
    open_version.save("acme", "budget", "v1", plan({"pay": 3.0}), 1, "ana", 2)
    assert amounts(open_version.read("acme", "budget", "v1")[0]) == {"rent": 1.0, "pay": 3.0}
    assert open_version.save("acme", "budget", "v1", plan({"pay": 3.0}), 2, "ana", 2, mode="replace") == (3, 1)
    assert amounts(open_version.read("acme", "budget", "v1")[0]) == {"pay": 3.0}


def test_every_revision_can_still_be_read(open_version):
    for revision, amount in enumerate([1.0, 2.0, 3.0]):
        open_version.save("acme", "budget", "v1", plan({"pay": amount}), revision, "ana", 2)
    read = [amounts(open_version.read("acme", "budget", "v1", revision)[0]) for revision in range(4)]
    assert read == [{}, {"pay": 1.0}, {"pay": 2.0}, {"pay": 3.0}]
    assert open_version.totals("acme", "budget", "v1", [], revision=2)["amount"].item() == 2


def test_a_change_of_scale_alone_is_a_change(open_version):
    open_version.save("acme", "budget", "v1", plan({"heads": 0.0}), 0, "ana", 0)
    assert open_version.save("acme", "budget", "v1", plan({"heads": 0.0}), 1, "ana", 2) == (2, 1)


def test_companies_do_not_see_each_other(open_version):
    open_version.create_version("other", "budget", "v1", "ana")
    open_version.save("acme", "budget", "v1", plan({"pay": 1.0}), 0, "ana", 2)
    assert open_version.read("other", "budget", "v1")[0].empty


def test_revisions_may_come_from_numpy(open_version):
    assert open_version.save("acme", "budget", "v1", plan({"pay": 1.0}), np.int64(0), "ana", 2).revision == 1
