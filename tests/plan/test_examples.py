"""The worked cases of tests/examples, which a controller can redo on paper and add to."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from worlds import CALENDAR, CLASSES, World, chart, known_by, months, no_trials, row, table, yearly

from planning.core.money import to_minor
from planning.core.periods import month
from planning.model.bridge import bridge_by
from planning.plan import budget, reforecast

EXAMPLES = Path(__file__).parents[1] / "examples"
TREE = chart()


def example(name: str) -> dict:
    return yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"))


def test_a_landing():
    case = example("landing")
    when = known_by(case["as_of"])
    parts = [("last_year", "2019-07", "actual"), ("closed", "2020-07", "actual"), ("people", "2021-04", "forecast")]
    rows = [
        row(scenario, "v", line, "month", period, when, amount)
        for part, first, scenario in parts
        for line, amounts in case[part].items()
        for period, amount in zip(months(first, len(amounts)), amounts, strict=True)
    ]
    world, expected, as_of = World(table(rows), table([])), case["expected"], month(case["as_of"])
    made = world.reforecast("receipts", case["as_of"], trials=no_trials())
    landing, views = made.landing.set_index("forecaster"), ["ours", "naive", "people", "prior"]
    assert landing.at["ours", "closed"] == expected["closed"]
    assert landing.loc[views, "amount"].to_dict() == {view: expected[view] for view in views}
    window = made.windows.set_index("months").loc[12]
    assert (window["amount"], window["before"]) == (expected["window_12"], expected["before_12"])
    steps = reforecast.landing_bridge(made, CALENDAR, as_of)
    assert [list(step) for step in zip(steps["step"], steps["amount"], strict=True)] == expected["bridge"]


def test_a_budget_and_its_cases():
    case = example("budget_case")
    running, as_of = case["fiscal_year"] - 1, case["as_of"]
    known = f"{known_by(as_of):%Y-%m-%d}"
    told = {(centre, "told"): amount for centre, amount in case["projected"].items()}
    rows = yearly("forecast", running, told, known) + yearly("budget", running, by_class(case["adopted"]), "2015-06-29")
    for year, amounts in case["actuals"].items():
        rows += yearly("actual", year, by_class(amounts), f"{year + 1}-06-30")
    world, expected = World(table(rows), table([])), case["expected"]
    draft = budget.bottom_up(world.known(case["fiscal_year"], as_of), CLASSES, "told")
    assert draft[["cost_centre", "account", "base", "amount"]].values.tolist() == expected["draft"]
    assert draft["amount"].sum() == pytest.approx(expected["total"])
    lines = pd.DataFrame({"account": ["taxes"], "period": [month("2016-07")], "amount": [float(case["receipts"])]})
    revenue = budget.TopDown("receipts", lines, lines, pd.Series(dtype=float), lines, False)
    rows = budget.build_cases(revenue, draft, case["cases"], case["paid_share"], case["opening"]).set_index("case")
    for name, figures in expected["cases"].items():
        assert to_minor(rows.loc[name], 2).tolist() == to_minor(figures, 2).tolist(), name


def by_class(amounts: dict[str, dict[str, float]]) -> dict[tuple[str, str], float]:
    return {(centre, account): amount for centre, classes in amounts.items() for account, amount in classes.items()}


def test_a_bridge():
    case = example("bridge")
    before, after = (pd.DataFrame(case[side].items(), columns=["line", "amount"]) for side in ("before", "after"))
    steps = bridge_by(before, after, "line", case["most"])
    assert [list(step) for step in zip(steps["step"], steps["amount"], strict=True)] == case["expected"]
