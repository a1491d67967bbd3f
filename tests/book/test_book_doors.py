"""What a save refuses: everything at once, and nothing is stored."""

import random
import string

import numpy as np
import pandas as pd
import pytest
from book_data import plan

from planning.core.errors import RequestError
from planning.core.money import LARGEST


def refused(book, table, digits=2, **options):
    with pytest.raises(RequestError) as error:
        book.save("acme", "budget", "v1", table, 0, "ana", digits, **options)
    assert book.version("acme", "budget", "v1").revision == 0 and len(book.journal("acme")) == 1
    return error.value.problems


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), -float("inf"), LARGEST / 100, -1e300])
def test_amounts_that_are_missing_infinite_or_too_large(open_version, amount):
    [problem] = refused(open_version, plan({"pay": 1.0, "rent": amount}))
    assert "row 1" in problem.where


def test_a_key_twice_names_both_rows(open_version):
    table = pd.concat([plan({"pay": 1.0, "rent": 3.0}), plan({"pay": 2.0})])
    assert [problem.what for problem in refused(open_version, table)] == ["duplicate key"] * 2


def test_every_breach_is_listed(open_version):
    table = plan({"pay": 1.0, ("rent", "2027-02-15"): 1.0, "x": 1.0, "y": 1.0, "z": 1.0})
    table.loc[2, "entity"], table.loc[3, "layer"], table.loc[4, "cost_centre"] = None, "guess", ""
    problems = refused(open_version, table)
    assert [problem.where for problem in problems if "row" in problem.where] and len(problems) >= 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "a lot"},
        {"amount": 5},
        {"period": "2027-01"},
        {"period": pd.Timestamp("2027-01-01", tz="UTC")},
        {"period": pd.NaT},
        {"account": 4711},
        {"account": ["a", "b"]},
        {"grain": "week"},
        {"scenario": "actual"},
        {"version": "v2"},
        {"colour": "red"},
        {"account": "nul\0byte"},
        {"account": "half \ud800 letter"},
        {"account": "长" * 900},
    ],
    ids=str,
)
def test_columns_of_the_wrong_kind(open_version, wrong):
    [name, value], table = next(iter(wrong.items())), plan({"pay": 1.0})
    table[name] = [value] if isinstance(value, list) else value
    assert refused(open_version, table)


@pytest.mark.parametrize("column", ["amount", "account", "grain", "period"])
def test_a_missing_column(open_version, column):
    assert f"missing column {column}" in str(refused(open_version, plan({"pay": 1.0}).drop(columns=column))[0])


@pytest.mark.parametrize(
    "digits", [-1, 7, 2.5, None, "2", pd.Series({"rent": 2}), pd.Series({"pay": np.nan}), pd.Series([2, 2], ["pay", "pay"])]
)
def test_decimal_places_that_are_missing_or_impossible(open_version, digits):
    assert refused(open_version, plan({"pay": 1.0}), digits)


def test_an_unknown_mode(open_version):
    assert refused(open_version, plan({"pay": 1.0}), mode="merge")[0].what == "unknown mode"


def test_a_total_by_an_unknown_column(open_version):
    with pytest.raises(RequestError, match="did you mean account"):
        open_version.totals("acme", "budget", "v1", ["acount", "version"])


def test_an_index_with_repeated_labels_does_no_harm(open_version):
    table = pd.concat([plan({"pay": 1.0}), plan({"rent": 2.0})])
    assert open_version.save("acme", "budget", "v1", table, 0, "ana", 2) == (1, 2)


def test_unicode_quotes_and_sql_in_codes_are_just_codes(open_version):
    table = plan(
        {"Robert'); DROP TABLE cell;--": 1.0, "é": 2.0, "e\u0301": 3.0, "\\N": 4.0, "a\tb\n": 5.0, "NULL": 6.0, "😀": 7.0}
    )
    open_version.save("acme", "budget", "v1", table, 0, 'O\'Brien "x"', 2, comment="\\N\t'")
    read, _ = open_version.read("acme", "budget", "v1")
    assert set(read["account"]) == set(table["account"]) and open_version.verify_journal("acme") == []


def test_the_longest_names_and_codes_that_pass_can_be_stored(book):
    letters = random.Random(1).choices(string.ascii_letters, k=2300)
    longest = "".join(letters[:200])
    book.create_version(longest, "budget", longest, longest)
    codes = ["case", "entity", "cost_centre", "partner", "movement", "product", "channel", "store", "project"]
    split = {name: "".join(letters[n * 250 : n * 250 + 250]) for n, name in enumerate(codes)}
    table = plan({"a": 1.0}, version=longest, **split)
    assert book.save(longest, "budget", longest, table, 0, longest, 2) == (1, 1)
    read, _ = book.read(longest, "budget", longest)
    pd.testing.assert_frame_equal(read, table[read.columns])
    with pytest.raises(RequestError, match="a name is too long"):
        book.create_version(longest + "x", "budget", "v1", "ana")
