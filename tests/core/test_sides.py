"""Which way an account grows."""

import pandas as pd

from planning.core.sides import natural_sides

CHART = """
balance_sheet .              balance  1  0
assets        balance_sheet  balance  1  0
cash          assets         balance  1  0
allowance     assets         balance -1  0
funding       balance_sheet  balance -1  0
loans         funding        balance  1  0
own_shares    funding        balance -1  0
profit        .              result   1  1
sales         profit         revenue  1  1
wages         profit         expense -1 -1
heads         .              statistical 1 0
suspense      .              balance  1  0
"""


def chart():
    rows = [line.split() for line in CHART.strip().splitlines()]
    table = pd.DataFrame(rows, columns=["code", "parent", "kind", "weight", "effect"])
    return table.assign(
        parent=table["parent"].where(table["parent"] != "."), weight=table["weight"].astype(float), effect=table["effect"].astype(int)
    )


def test_a_side_comes_from_the_nearest_listed_ancestor():
    sides = natural_sides(chart(), ["assets"], ["funding"])
    assert sides["cash"] == 1 and sides["loans"] == -1 and sides["assets"] == 1


def test_a_weight_below_zero_turns_the_side_round():
    sides = natural_sides(chart(), ["assets"], ["funding"])
    assert sides["allowance"] == -1 and sides["own_shares"] == 1


def test_one_listed_root_is_enough_for_a_whole_sheet():
    sides = natural_sides(chart(), ["balance_sheet"], [])
    assert [sides[code] for code in ("cash", "allowance", "loans", "own_shares")] == [1, -1, -1, 1]


def test_the_nearest_wins_over_one_further_up():
    assert natural_sides(chart(), ["balance_sheet"], ["assets"])["cash"] == -1


def test_revenue_and_expenses_go_by_their_effect_on_profit():
    sides = natural_sides(chart(), ["assets"], ["funding"])
    assert sides["sales"] == -1 and sides["wages"] == 1 and sides["profit"] == -1


def test_a_quantity_counts_as_it_is_and_a_balance_without_a_side_has_none():
    sides = natural_sides(chart(), ["assets"], ["funding"])
    assert sides["heads"] == 1 and "suspense" not in sides
