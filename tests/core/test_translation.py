"""A foreign entity's books in the company's currency; the worked cases can be redone in the head."""

import numpy as np
import pandas as pd
import pytest

from planning.core.translation import Translation, missing_rates, monthly_rates, translate

CHART = pd.DataFrame(
    [
        ("cash", "balance", "stock", "USD"),
        ("plant", "balance", "stock", "USD"),
        ("capital", "balance", "stock", "USD"),
        ("retained", "balance", "stock", "USD"),
        ("reserve", "balance", "stock", "USD"),
        ("sales", "revenue", "flow", "USD"),
        ("wages", "expense", "flow", "USD"),
        ("heads", "statistical", "stock", "heads"),
    ],
    columns=["code", "kind", "aggregation", "unit"],
)
SIDES = {"cash": 1, "plant": 1, "capital": -1, "retained": -1, "reserve": -1, "sales": -1, "wages": 1, "heads": 1}
HOW = Translation("USD", CHART, SIDES, frozenset(["capital", "retained"]), "reserve")
CURRENCIES = {"home": "USD", "away": "EUR"}
RATES = pd.DataFrame(
    [("2021-01", 2.0, 2.0), ("2021-02", 2.2, 2.5), ("2021-03", 2.4, 2.25)], columns=["period", "average", "closing"]
).assign(currency="EUR", period=lambda t: pd.to_datetime(t["period"] + "-01"))


def rows(text, entity="away", scenario="actual"):
    """Lines such as "cash 2021-01 100" as a plan table."""
    cells = pd.DataFrame([line.split() for line in text.strip().splitlines()], columns=["account", "period", "amount"])
    shared = {
        "scenario": scenario,
        "version": scenario,
        "case": "base",
        "entity": entity,
        "cost_centre": "all",
        "layer": "booked",
        "grain": "month",
    }
    return cells.assign(**shared, period=pd.to_datetime(cells["period"] + "-01"), amount=cells["amount"].astype(float))


def translated(table, how=HOW, rates=RATES):
    found = translate(table, rates, CURRENCIES, how)
    return {(row.account, f"{row.period:%Y-%m}"): round(row.amount, 6) for row in found.itertuples()}


def imbalance(found, period):
    return round(
        sum(
            SIDES[account] * amount
            for (account, when), amount in found.items()
            if when == period and account not in ("sales", "wages", "heads")
        ),
        2,
    )


def test_flows_go_at_the_average_balances_at_the_closing_and_quantities_as_they_are():
    found = translated(rows("sales 2021-02 100\ncash 2021-02 100\nheads 2021-02 7"))
    assert (found["sales", "2021-02"], found["cash", "2021-02"], found["heads", "2021-02"]) == (220.0, 250.0, 7.0)


def test_capital_keeps_the_rate_of_the_month_that_brought_it_and_the_difference_stands_alone():
    found = translated(rows("cash 2021-01 100\ncapital 2021-01 100\ncash 2021-02 150\ncapital 2021-02 150"))
    assert found["capital", "2021-01"] == 200.0 and found["reserve", "2021-01"] == 0.0
    assert found["capital", "2021-02"] == 310.0  # 100 at 2.0 and 50 at 2.2
    assert found["cash", "2021-02"] == 375.0 and found["reserve", "2021-02"] == 65.0
    assert imbalance(found, "2021-02") == 0


def test_capital_that_was_gone_for_a_month_comes_back_at_the_rate_of_its_return():
    found = translated(rows("cash 2021-01 100\ncapital 2021-01 100\ncash 2021-03 50\ncapital 2021-03 50"))
    assert found["capital", "2021-03"] == 120.0 and imbalance(found, "2021-03") == 0


def test_profit_not_closed_yet_is_what_the_translated_sheet_lacks_and_no_more():
    found = translated(
        rows("cash 2021-01 130\ncapital 2021-01 100\nsales 2021-01 30\ncash 2021-02 120\ncapital 2021-02 100\nwages 2021-02 10")
    )
    assert imbalance(found, "2021-01") == found["sales", "2021-01"] == 60.0
    assert imbalance(found, "2021-02") == found["sales", "2021-01"] - found["wages", "2021-02"] == 38.0


def test_profit_closed_each_month_leaves_nothing_open():
    closed = "cash 2021-01 130\ncapital 2021-01 100\nretained 2021-01 30\nsales 2021-01 30\n"
    found = translated(rows(closed + "cash 2021-02 150\ncapital 2021-02 100\nretained 2021-02 50\nsales 2021-02 20"))
    assert found["retained", "2021-02"] == 104.0 and imbalance(found, "2021-01") == imbalance(found, "2021-02") == 0


@pytest.mark.parametrize("seed", range(20))
def test_the_sheet_balances_to_the_cent_whatever_the_rates_and_amounts(seed):
    dice = np.random.default_rng(seed)
    rates = RATES.assign(average=dice.uniform(0.01, 9, 3), closing=dice.uniform(0.01, 9, 3))
    lines = []
    for when in ("2021-01", "2021-02", "2021-03"):
        cash, plant, capital = (round(x, 2) for x in dice.uniform(-1e6, 1e6, 3))
        lines += [
            f"cash {when} {cash}",
            f"plant {when} {plant}",
            f"capital {when} {capital}",
            f"retained {when} {round(cash + plant - capital, 2)}",
        ]
    found = translated(rows("\n".join(lines)), rates=rates)
    assert [imbalance(found, when) for when in ("2021-01", "2021-02", "2021-03")] == [0, 0, 0]
    assert all(abs(amount * 100 - round(amount * 100)) < 1e-4 for amount in found.values())


def test_a_world_in_which_rates_never_move_has_no_difference():
    still = RATES.assign(average=2.0, closing=2.0)
    found = translated(
        rows("cash 2021-01 130\ncapital 2021-01 100\nsales 2021-01 30\ncash 2021-03 90\ncapital 2021-03 60\nsales 2021-03 0"), rates=still
    )
    assert found["reserve", "2021-01"] == found["reserve", "2021-03"] == 0


def test_entities_with_the_companys_currency_have_no_rows_here_and_each_row_says_its_currency():
    both = pd.concat([rows("cash 2021-01 100"), rows("cash 2021-01 100", entity="home")])
    found = translate(both, RATES, CURRENCIES, HOW)
    assert set(found["entity"]) == {"away"} and set(found["currency"]) == {"USD"}


def test_a_month_without_a_rate_is_named_and_has_no_row():
    table = pd.concat([rows("cash 2021-01 100\ncash 2021-07 100"), rows("cash 2021-09 1", entity="home")])
    lacking = missing_rates(table, RATES, CURRENCIES, "USD")
    assert [(row.currency, f"{row.period:%Y-%m}") for row in lacking.itertuples()] == [("EUR", "2021-07")]
    assert ("cash", "2021-07") not in translated(table)


def test_daily_rates_give_the_months_mean_and_the_last_days_closing():
    days = pd.DataFrame(
        {
            "date": pd.to_datetime(["2021-01-04", "2021-01-02", "2021-01-03"]),
            "currency": "EUR",
            "average": [3.0, 1.0, 2.0],
            "closing": [9.0, 7.0, 8.0],
        }
    )
    month = monthly_rates(days).iloc[0]
    assert (month["period"], month["average"], month["closing"]) == (pd.Timestamp("2021-01-01"), 2.0, 9.0)
