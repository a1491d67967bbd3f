"""Drivers: which value is in force, formulas, cases, what was measured, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.core.drivers import Driver, Entry, Meaning, driver_problems
from planning.core.errors import RequestError
from planning.model.drivers import Drivers, Move, drivers_table

MONTHS = pd.date_range("2026-01-01", periods=4, freq="MS")
CELLS = pd.DataFrame({"entity": ["A", "A", "B"], "category": ["lamps", "pans", "pans"]})


def entry(value, first=None, **more):
    named = {key: more.pop(key) for key in ("entity", "category", "product") if key in more}
    return Entry(value, named, pd.Timestamp(first) if first else None, **more)


def drivers(**of):
    return Drivers(Driver(name, "CNY", entries=tuple(entries)) for name, entries in of.items())


def values(book, name, cells=CELLS):
    found = book.values_of(name, cells, MONTHS)
    assert found.shape[:2] == (len(cells), len(MONTHS))
    return found[:, :, 0].tolist()


def said(act):
    with pytest.raises(RequestError) as wrong:
        act()
    return str(wrong.value)


# --------------------------------------------------------------------------------------------------------- what is in force


def test_the_last_value_in_force_wins():
    price = drivers(price=[entry(10), entry(12, "2026-03-01"), entry(11, "2026-02-01")])
    assert values(price, "price") == [[10, 11, 12, 12]] * 3


def test_what_names_a_cell_more_closely_goes_before_what_is_later():
    price = drivers(price=[entry(10, "2026-02-01"), entry(5, entity="A"), entry(7, "2026-03-01", entity="A", category="pans"), entry(1)])
    assert values(price, "price") == [[5, 5, 5, 5], [5, 5, 7, 7], [1, 10, 10, 10]]


@given(st.permutations(range(4)))
def test_the_order_of_entries_changes_nothing(order):
    entries = [entry(10), entry(11, "2026-02-01"), entry(5, entity="A"), entry(6, "2026-02-01", entity="A")]
    assert values(drivers(price=[entries[place] for place in order]), "price") == [[5, 6, 6, 6], [5, 6, 6, 6], [10, 11, 11, 11]]


def test_an_entry_on_a_key_that_the_cells_lack_is_about_none_of_them():
    assert values(drivers(price=[entry(3), entry(9, product="P1")]), "price") == [[3] * 4] * 3


def test_a_cell_without_a_value_is_named_with_its_first_month():
    message = said(lambda: values(drivers(price=[entry(10, "2026-02-01", entity="A"), entry(5, entity="B")]), "price"))
    assert "driver price: no value" in message and "none in 2026-01 for entity A, category lamps" in message


def test_an_unknown_driver_is_answered_with_the_nearest():
    assert "did you mean price?" in said(lambda: drivers(price=[entry(1)]).values_of("prize", CELLS, MONTHS))


# ---------------------------------------------------------------------------------------------------------------- measured


def test_what_was_measured_serves_where_nobody_says_anything():
    measured = Driver("price", "CNY", measured=pd.DataFrame({"category": ["pans", "lamps"], "value": [2.0, 3.0]}), basis="mean of 2025")
    assert values(Drivers().with_measured([measured]), "price") == [[3.0] * 4, [2.0] * 4, [2.0] * 4]
    both = drivers(price=[entry(9, "2026-03-01", entity="B")]).with_measured([measured])
    assert values(both, "price") == [[3.0] * 4, [2.0] * 4, [2.0, 2.0, 9, 9]]
    assert drivers_table(both)["source"].tolist() == ["mean of 2025", ""]


def test_a_single_figure_can_be_measured():
    measured = Driver("rate", "fraction", measured=pd.DataFrame({"value": [0.25]}))
    assert values(Drivers([measured]), "rate") == [[0.25] * 4] * 3


# ---------------------------------------------------------------------------------------------------------------- formulas


def with_formula(**formulas):
    return Drivers([Driver("price", "CNY", entries=(entry(10), entry(20, entity="B"))), Driver("change", "fraction", entries=(entry(0.5),)),
                    *(Driver(name, "CNY", formula=formula) for name, formula in formulas.items())])  # fmt: skip


def test_a_formula_is_worked_out_cell_by_cell():
    book = with_formula(new="price * (1 + change)", most="max(new, 2 ** 4) - -1")
    assert values(book, "new") == [[15] * 4, [15] * 4, [30] * 4]
    assert values(book, "most") == [[17] * 4, [17] * 4, [31] * 4]


def test_formulas_in_a_circle_are_named():
    message = said(lambda: with_formula(a="b + 1", b="price * c", c="a / 2"))
    assert "formulas go in a circle" in message and any(circle in message for circle in ("a → b → c → a", "b → c → a → b", "c → a → b → c"))
    assert "a → a" in said(lambda: with_formula(a="a"))


@pytest.mark.parametrize("formula", [
    "price.real", "__import__('os')", "price if change else 1", "[price]", "price(1)", "max(price)", "'a' * 3", "price <= 2", "x := 1",
    "price price", "lambda: 1", "max(price, change, 1)", "True", "1j", "(" * 5000, "price + " * 100 + "1",
])  # fmt: skip
def test_what_is_not_arithmetic_is_refused(formula):
    message = said(lambda: with_formula(new=formula))
    assert "driver new" in message and "expected numbers, names of drivers" in message


def test_a_name_in_a_formula_that_is_no_driver_is_answered_with_the_nearest():
    assert "did you mean price?" in said(lambda: with_formula(new="prize * 2"))


def test_a_division_by_nothing_is_no_value():
    assert "driver new: no value" in said(lambda: values(with_formula(new="price / (change - change)"), "new"))


# ------------------------------------------------------------------------------------------------------------------- cases


def test_a_case_says_what_differs_and_no_more():
    base = drivers(price=[entry(10), entry(20, entity="B")], rate=[entry(0.1)])
    case = base.with_case({"price": [entry(2, "2026-03-01", change="times"), entry(1, category="pans", change="add")]})
    assert values(case, "price") == [[10, 10, 20, 20], [11, 11, 21, 21], [21, 21, 41, 41]]
    assert values(case, "rate") == values(base, "rate")
    assert values(base, "price") == [[10] * 4, [10] * 4, [20] * 4]
    assert drivers_table(case)["in_case"].tolist() == [False, False, True, True, False]


def test_a_case_without_differences_equals_its_base():
    base = drivers(price=[entry(10), entry(20, entity="B")])
    assert values(base.with_case({}), "price") == values(base, "price")


def test_a_case_may_change_what_a_formula_gives():
    assert values(with_formula(new="price * 2").with_case({"new": [entry(1, change="add")]}), "new") == [[21] * 4, [21] * 4, [41] * 4]


def test_a_case_on_a_driver_that_is_not_there_is_refused():
    assert "did you mean price?" in said(lambda: drivers(price=[entry(1)]).with_case({"prices": [entry(2)]}))


# ------------------------------------------------------------------------------------------------------------------- draws


def test_a_driver_is_shifted_in_each_draw_where_its_entry_is_in_force():
    book = drivers(price=[entry(10), entry(20, entity="B")], rate=[entry(0.1)]).shifted({("price", 1): np.array([-1.0, 0.0, 2.0])})
    found = book.values_of("price", CELLS, MONTHS)
    assert found.shape == (3, 4, 3)
    assert found[0, 0].tolist() == [10, 10, 10] and found[2, 3].tolist() == [19, 20, 22]
    assert book.values_of("rate", CELLS, MONTHS).shape == (3, 4, 1)


def test_a_formula_follows_the_draws_of_what_it_rests_on():
    book = with_formula(new="price * (1 + change)").shifted({("change", 0): np.array([0.0, 0.5])})
    assert book.values_of("new", CELLS, MONTHS)[2, 0].tolist() == [30, 40]


# ---------------------------------------------------------------------------------------------------------------- checking

MEANINGS = {"price": Meaning("CNY", ("entity",), 0), "rate": Meaning("fraction", (), 0, 1)}


def problems(*given):
    return "\n".join(map(str, driver_problems(given, MEANINGS)))


def test_all_that_is_wrong_is_said_at_once():
    text = problems(
        Driver("price", "USD", entries=(entry(-1), entry(2, category="pans"), entry(3), entry(float("nan"), "2026-01-01"))),
        Driver("rats", "fraction", entries=(entry(0.5),)),
        Driver("rate", "fraction", entries=(entry(0.5, low=0.6, high=0.7), entry(1.5, "2026-02-01", low=1.0))),
    )
    for told in (
        "driver price: wrong unit, expected CNY, got USD", "driver price, everywhere: out of range, expected 0 to inf (CNY), got -1",
        "driver price, category pans: depends on what it can't, expected keys: entity, got category",
        "driver price, everywhere: given twice", "driver price, from 2026-01: not a finite number",
        "driver rats: unknown driver", "did you mean rate?", "driver rate, everywhere: wrong low and high",
        "driver rate, from 2026-02: out of range, expected 0 to 1 (fraction), got 1.5", "driver rate, from 2026-02: wrong low and high",
    ):  # fmt: skip
        assert told in text
    assert text.count("given twice") == 1


def test_a_driver_that_only_a_formula_uses_is_known():
    assert problems(Driver("rate", "fraction", formula="half / 2"), Driver("half", "any", entries=(entry(1),))) == ""


def test_every_assumption_is_a_row_with_its_source():
    table = drivers_table(drivers(price=[entry(10, source="price list"), entry(12, "2026-03-01", entity="A", source="board")]))
    assert table[["driver", "about", "value", "source"]].values.tolist() == [
        ["price", "everywhere", 10, "price list"], ["price", "entity A, from 2026-03", 12, "board"],
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ drawn further


def test_what_a_case_says_is_drawn_in_its_own_place():
    book = drivers(growth=[entry(0.10)]).with_case({"growth": [entry(0.02, entity="A", change="add"), entry(2.0, change="times")]})
    drawn = book.shifted({("growth", -1): np.array([0.0, 0.03])}).values_of("growth", CELLS, MONTHS)
    assert drawn[:, 0].tolist() == [pytest.approx([0.24, 0.30]), pytest.approx([0.24, 0.30]), pytest.approx([0.20, 0.20])]


def test_a_driver_moves_as_a_whole_where_it_is_told_to_and_never_below_its_least():
    book = drivers(days=[entry(30), entry(0.4, category="lamps")])
    move = Move("days", np.array([-1.0, 1.0]), {"entity": frozenset({"A"})}, 0.0)
    moved = book.shifted({}, [move]).values_of("days", CELLS, MONTHS)[:, 0]
    assert moved.tolist() == [pytest.approx([0, 1.4]), pytest.approx([29, 31]), pytest.approx([30, 30])]


def test_a_move_by_a_key_that_the_cells_lack_moves_none_of_them():
    book = drivers(days=[entry(30)]).shifted({}, [Move("days", np.array([5.0]), {"account": frozenset({"1122"})})])
    assert values(book, "days") == [[30.0] * 4] * 3


def test_what_replaces_drivers_is_drawn_as_they_are_and_copies_as_what_they_copy():
    book = drivers(price=[entry(10, entity="A")]).shifted({("price", 0): np.array([1.0, -1.0])})
    copied = Driver("price", "CNY", entries=(entry(10, entity="A"), entry(10, entity="B")))
    drawn = book.replaced([copied], {("price", 1): ("price", 0)}).values_of("price", CELLS, MONTHS)[:, 0]
    assert drawn.tolist() == [[11, 9]] * 3


def test_of_no_cells_nobody_need_know_anything():
    assert Drivers([]).values_of("rent", pd.DataFrame({"entity": []}), pd.DatetimeIndex(["2025-01-01"])).shape == (0, 1, 1)
