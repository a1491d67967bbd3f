"""What is used for years: which projects are being built, when they are ready, what is written off, and whose it is."""

import numpy as np
import pandas as pd
import pytest

from planning.core.accounts import AccountTree
from planning.core.drivers import Driver, Entry
from planning.core.errors import RequestError
from planning.model.drivers import Drivers
from planning.model.ledger import Events
from planning.plan.chain.assets import (
    asset_life,
    capex,
    capex_moves,
    cost_by_asset,
    depreciation_events,
    depreciation_shares,
    missed_capex,
    open_projects,
    project_events,
)
from planning.plan.chain.build import Wiring
from planning.plan.chain.meanings import neutral

AS_OF = pd.Timestamp("2025-09-01")
MONTHS = pd.date_range("2025-10-01", periods=6, freq="MS")
CENTRES = pd.DataFrame({"code": ["works", "office"], "entity": ["A", "B"]})
CHART = pd.DataFrame([
    ("cost", None), ("machines", "cost"), ("desks", "cost"), ("building", "cost"), ("worn", None), ("worn_machines", "worn"),
    ("worn_desks", "worn"), ("overhead", None), ("overhead_15", "overhead"), ("admin", None), ("admin_15", "admin"),
], columns=["code", "parent"])  # fmt: skip
SAME = {"kind": "balance", "weight": 1, "effect": 0, "better": "neutral", "aggregation": "stock", "unit": "CNY", "scale": 2}
TREE = AccountTree(CHART.assign(**SAME, label_en=CHART["code"], label_zh=CHART["code"]))
CODES = {
    "asset": {"machines": {"worn": "worn_machines"}, "desks": {"worn": "worn_desks"}},
    "kind": {"line": {"construction": "building", "asset": "machines"}},
}
WIRING = Wiring(TREE, {}, pd.DataFrame(), (), None, CODES, assets=("cost",), depreciation=("overhead_15", "admin_15"))
EXPENSE = {"works": "overhead_15", "office": "admin_15"}


def proposals(*rows):
    table = pd.DataFrame(rows, columns=["project", "sponsor", "kind", "amount", "ready"])
    return table.assign(period=pd.Timestamp("2025-01-01"), ready=pd.to_datetime(table["ready"]))


def flows(*rows):
    table = pd.DataFrame(rows, columns=["project", "period", "planned", "amount"])
    return table.assign(period=pd.to_datetime(table["period"])).astype({"planned": float, "amount": float})


def projects(proposed, flowed):
    return open_projects(proposed, flowed, CENTRES, AS_OF, len(MONTHS))


def drivers(**given):
    lasts = pd.DataFrame({"entity": "A", "account": ["machines", "desks"], "value": [10.0, 4.0]})
    life = Driver("asset_life", "months", measured=lasts)
    said = [Driver(name, "", entries=tuple(entries)) for name, entries in given.items()]
    return Drivers([*said, *([life] if "asset_life" not in given else [])]).with_measured(neutral())


LINE = proposals(("P1", "works", "line", 900.0, None))
BUILT = flows(("P1", "2025-08-01", None, -300.0), ("P1", "2025-09-01", None, -300.0), ("P1", "2025-10-01", None, -999.0))


def test_what_is_left_is_spent_at_the_pace_so_far_and_then_it_is_ready():
    """900, of which 600 in two months: 300 more in October. What truly comes later isn't known."""
    found = projects(LINE, BUILT)
    assert found.rows.to_dict("records") == [{"entity": "A", "project": "P1", "kind": "line", "cost_centre": "works"}]
    assert found.before.tolist() == [600] and found.spent[0, :, 0].tolist() == [300, 0, 0, 0, 0, 0] and found.ready.tolist() == [0]


def test_a_day_that_is_told_and_a_plan_that_is_told_go_first():
    told = proposals(("P1", "works", "line", 900.0, "2026-01-20"), ("P2", "works", "line", 500.0, None))
    planned = pd.concat([BUILT, flows(("P2", "2025-11-01", -200.0, None), ("P2", "2026-01-01", -300.0, None))])
    found = projects(told, planned)
    assert found.ready.tolist() == [3, 3] and found.spent[1, :, 0].tolist() == [0, 200, 0, 300, 0, 0]


def test_what_is_finished_or_was_never_begun_is_no_project():
    done = flows(("P1", "2025-07-01", None, -900.0), ("P1", "2025-08-01", None, 50.0))
    assert projects(LINE, done).rows.empty
    assert projects(LINE, flows(("P1", "2026-02-01", None, -900.0))).rows.empty
    assert projects(None, None).rows.empty and projects(LINE.iloc[:0], BUILT.iloc[:0]).rows.empty


def test_a_project_longer_than_the_plan_stays_in_construction():
    slow = projects(proposals(("P1", "works", "line", 9000.0, None)), BUILT)
    made = project_events(slow, drivers(), MONTHS)
    assert made.measures["spent"].sum() == 1800 and not made.measures["completed"].any()


def test_a_delay_moves_what_is_completed_and_not_what_is_spent():
    found = projects(LINE, BUILT)
    late = project_events(found, drivers(ready_delay=[Entry(2.0, {"project": "P1"})]), MONTHS).measures
    assert late["completed"][0, :, 0].tolist() == [0, 0, 900, 0, 0, 0] and late["spent"][0, :, 0].tolist() == [300, 0, 0, 0, 0, 0]
    early = project_events(found, drivers(ready_delay=[Entry(-5.0)]), MONTHS).measures
    assert early["completed"][0, :, 0].tolist() == [900, 0, 0, 0, 0, 0]  # what is past is past


# ---------------------------------------------------------------------------------------------------------- depreciation


def balances(*rows):
    return pd.DataFrame(rows, columns=["entity", "account", "period", "amount"]).assign(period=lambda t: pd.to_datetime(t["period"]))


BOOKS = balances(
    ("A", "machines", "2025-08-01", 1000.0), ("A", "machines", "2025-09-01", 1200.0), ("A", "worn_machines", "2025-08-01", -700.0),
    ("A", "worn_machines", "2025-09-01", -800.0),
)  # fmt: skip
SHARES = pd.DataFrame({
    "entity": "A", "cost_centre": ["works", "office"], "account": ["overhead_15", "admin_15"], "share": [0.75, 0.25],
})  # fmt: skip
NO_CAPEX = Events(pd.DataFrame({"entity": [], "asset": []}, dtype=object), {"spent": np.zeros((0, 6, 1))})


def written_off(made, **where):
    chosen = np.logical_and.reduce([made.rows[name] == word for name, word in where.items()])
    return made.measures["amount"][chosen].sum(axis=0)[:, 0].round(2).tolist()


def lost(capex_=NO_CAPEX, projects_=None, shares=SHARES, books=BOOKS, **given):
    building = projects_ or project_events(projects(None, None), drivers(), MONTHS)
    if projects_ is None:
        building = Events(building.rows, {name: np.zeros((0, 6, 1)) for name in ("spent", "completed")})
    cost = cost_by_asset(books, WIRING.worn, AS_OF)
    return depreciation_events(cost, shares, capex_, building, EXPENSE, WIRING, drivers(**given), MONTHS)


def test_what_is_there_goes_on_until_nothing_is_left_and_what_came_last_month_begins():
    """1,000 of which 800 are worn off at 100 a month: two months more. 200 came in September, over ten months: 20 a month."""
    whole = lost()
    assert written_off(whole, asset="machines") == [120, 120, 20, 20, 20, 20]
    assert written_off(whole, cost_centre="works") == [90, 90, 15, 15, 15, 15]


def test_a_residual_is_never_written_off():
    """A tenth of 1,000 stays: 100 are left, one month. Of the 200 new ones 180 go in ten months."""
    assert written_off(lost(residual=[Entry(0.1)]), asset="machines") == [118, 18, 18, 18, 18, 18]


def test_capex_is_written_off_from_the_month_after():
    bought = np.zeros((1, 6, 1))
    bought[0, 1] = 400.0
    spent = Events(pd.DataFrame({"entity": ["A"], "asset": ["desks"]}), {"spent": bought})
    assert written_off(lost(spent), asset="desks") == [0, 0, 100, 100, 100, 100]


def test_a_project_is_its_sponsors():
    """900 in October over ten months: 90 from November, all at the works."""
    made = lost(projects_=project_events(projects(LINE, BUILT), drivers(), MONTHS))
    assert written_off(made, cost_centre="works") == [90, 180, 105, 105, 105, 105]
    assert written_off(made, cost_centre="office") == [30, 30, 5, 5, 5, 5]


def test_depreciation_that_no_department_has_is_refused():
    with pytest.raises(RequestError, match="A: no department to bear it"):
        lost(shares=SHARES.iloc[:0])


def test_a_project_of_an_unknown_kind_or_sponsor_is_refused_with_both():
    odd = projects(proposals(("P1", "attic", "tower", 900.0, None)), BUILT)
    with pytest.raises(RequestError) as refused:
        lost(projects_=project_events(odd, drivers(), MONTHS))
    assert {problem.got for problem in refused.value.problems} >= {"tower"} and len(refused.value.problems) == 2


# --------------------------------------------------------------------------------------------------- measured in the books


def test_a_life_is_cost_over_what_a_month_writes_off_and_that_of_all_where_one_tells_nothing():
    life = asset_life(cost_by_asset(BOOKS, WIRING.worn, AS_OF), ["A", "B"], AS_OF).measured.set_index(["entity", "account"])["value"]
    assert life.to_dict() == {("A", "machines"): 10, ("B", "machines"): 10}


def test_departments_bear_what_they_lately_bore():
    history = pd.DataFrame({
        "entity": "A", "cost_centre": ["works", "office", "office"], "account": ["overhead_15", "admin_15", "admin_15"],
        "period": pd.to_datetime(["2025-09-01", "2025-08-01", "2025-01-01"]), "amount": [75.0, 25.0, 999.0],
    })  # fmt: skip
    assert depreciation_shares(history, AS_OF).set_index("cost_centre")["share"].to_dict() == {"office": 0.25, "works": 0.75}


def test_capex_beside_named_projects_is_what_cost_grew_by_less_what_they_take():
    """2,400 more in a year, of it 1,200 in construction: 200 a month, of which named projects take 50."""
    books = balances(
        ("A", "machines", "2024-09-01", 1000.0), ("A", "machines", "2025-09-01", 2200.0), ("A", "building", "2025-09-01", 1200.0),
        ("A", "desks", "2024-09-01", 50.0), ("A", "desks", "2025-09-01", 50.0), ("B", "desks", "2025-09-01", 0.0),
    )  # fmt: skip
    found = capex(books, WIRING, AS_OF, pd.Series({"A": 50.0})).measured.set_index(["entity", "account"])["value"]
    assert found["A", "machines"] == 150 and found["A", "desks"] == 0
    assert capex(books, WIRING, AS_OF, pd.Series({"A": 500.0})).measured["value"].eq(0).all()
    only_building = capex(books[books["account"] != "machines"], WIRING, AS_OF, pd.Series(dtype=float)).measured
    assert only_building.set_index(["entity", "account"])["value"]["A", "desks"] == 100


def test_what_capex_missed_by_before_is_the_months_after_less_the_year_before():
    """One a month through 2024, then three in each of two months: 3 − 1. A month later, 3 and nothing: 1.5 − 14 / 12."""
    months = pd.date_range("2023-12-01", "2025-03-01", freq="MS")
    stands = [*range(13), 15, 18, 18]
    books = pd.DataFrame({"entity": "A", "account": "machines", "period": months, "amount": np.array(stands, dtype=float)})
    found = missed_capex(books, WIRING, months[14], 2)
    assert found.cells["entity"].tolist() == ["A"] and found.paths.shape == (1, 1, 1)
    assert found.paths[:, 0, 0].tolist() == pytest.approx([3 - 1])
    assert missed_capex(books, WIRING, months[15], 2).paths[:, 0, 0].tolist() == pytest.approx([3 - 1, 1.5 - 14 / 12])
    assert missed_capex(books, WIRING, months[13], 2) is None and missed_capex(books[:0], WIRING, months[14], 2) is None


def test_what_is_spent_misses_by_account_as_it_is_planned_and_never_falls_below_nothing():
    told = pd.DataFrame({"entity": ["A", "A", "B", "B"], "account": ["machines", "desks"] * 2, "value": [30.0, 10.0, 0.0, 0.0]})
    driver = Driver("capex", "currency", measured=told)
    off = np.array([[8.0, -80.0], [4.0, -4.0]])
    moved = Drivers([driver]).shifted({}, capex_moves(driver, off, ["A", "B"]))
    values = moved.values_of("capex", told[["entity", "account"]], MONTHS[:1])[:, 0]
    assert values.tolist() == [[36, 0], [12, 0], [2, 0], [2, 0]]


def test_what_somebody_plans_to_spend_is_not_drawn():
    told = pd.DataFrame({"entity": ["A", "B"], "account": "machines", "value": [30.0, 10.0]})
    own = Driver("capex", "currency", measured=told, entries=(Entry(50.0, {"entity": "A"}),))
    assert {code for move in capex_moves(own, np.ones((2, 3)), ["A", "B"]) for code in move.where["entity"]} == {"B"}
    every = Driver("capex", "currency", measured=told, entries=(Entry(50.0, {"account": "machines"}),))
    assert capex_moves(every, np.ones((2, 3)), ["A", "B"]) == []
