"""What goes into workbooks, and what they change: worked by hand, and for any tree, any cells and any scope."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.book.scopes import visible
from planning.core.accounts import AccountTree, roll_up
from planning.core.people import Person, Scope
from planning.core.periods import FiscalCalendar, month
from planning.core.tables import plan_key
from planning.plan.workbook import Chart, build_departments, department_of, year_amount
from planning.plan.workbook_changes import CODES, build_changes, plan_of, sums_of
from planning.plan.workbook_history import Column, build_history

CALENDAR = FiscalCalendar(1, month("2020-01"), month("2030-12"))
EVERYBODY = Person("ana", "A", "A", ("owner",), owns_all=True)


def accounts(described: dict) -> pd.DataFrame:
    """A chart from {code: (parent, weight, aggregation)}: what is averaged or a stock counts things."""
    rows = []
    for code, (parent, weight, aggregation) in described.items():
        counted = aggregation != "flow"
        kind, unit, digits = ("statistical", "piece", 1) if counted else ("expense" if weight < 0 else "revenue", "CNY", 2)
        effect = 0 if counted else (-1 if code in ("returns", "costs", "wages") else 1)
        rows.append((code, parent, code.title(), code, kind, float(weight), effect, "up", aggregation, unit, digits))
    names = ["code", "parent", "label_en", "label_zh", "kind", "weight", "effect", "better", "aggregation", "unit", "scale"]
    return pd.DataFrame(rows, columns=names)


def chart(described: dict, centres: dict | None = None) -> Chart:
    table = accounts(described)
    centres = centres or {"north": (None, "home")}
    rows = [(code, parent, entity, code, code, None) for code, (parent, entity) in centres.items()]
    cost_centres = pd.DataFrame(rows, columns=["code", "parent", "entity", "label_en", "label_zh", "owner"])
    names = ["code", "parent", "label_en", "label_zh", "currency"]
    entities = pd.DataFrame([("home", None, "Home", "本部", "CNY"), ("far", "home", "Far", "远方", "HKD")], columns=names)
    return Chart(AccountTree(table), cost_centres, entities, CALENDAR, "CNY", table.set_index("code")["scale"].to_dict())


def cells(rows: list[tuple], layer: str = "booked") -> pd.DataFrame:
    """A plan table from (entity, cost centre, account, month, amount)."""
    same = {"scenario": "budget", "version": "v1", "case": "base", "layer": layer, "grain": "month"}
    found = [
        same | {"entity": entity, "cost_centre": centre, "account": account, "period": month(text), "amount": float(amount)}
        for entity, centre, account, text, amount in rows
    ]
    return pd.DataFrame(found, columns=[*plan_key(), "amount"]).astype({"period": "datetime64[ns]", "amount": float})


def exact(table: pd.DataFrame, of: Chart) -> pd.DataFrame:
    """The same as the book gives it exactly."""
    scale = table["account"].map(of.digits).astype(int)
    minor = np.rint(table["amount"] * 10.0**scale).astype("int64")
    return table.reindex(columns=[*CODES, "grain", "period"]).fillna({name: "" for name in CODES}).assign(amount=minor, scale=scale)


def typed(table: pd.DataFrame, changed: dict | None = None) -> pd.DataFrame:
    """Cells as a workbook brings them back, with other amounts by (cost centre, account, month)."""
    back = table.assign(where=[f"x!{n}" for n in range(len(table))])
    keys = zip(back["cost_centre"], back["account"], back["period"].dt.strftime("%Y-%m"), strict=True)
    return back.assign(amount=[(changed or {}).get(key, amount) for key, amount in zip(keys, back["amount"], strict=True)])


def no_history(year, dimensions):
    return {}


@pytest.fixture(scope="module")
def example():
    return yaml.safe_load((Path(__file__).parents[1] / "examples/workbook.yaml").read_text(encoding="utf-8"))


def example_cells(example):
    rows = [("home", "north", code, text, one) for (code, text), one in by_month(example["months"]).items() if one is not None]
    return cells(rows)


def by_month(figures):
    """Three months' figures by account and month."""
    texts = ["2026-01", "2026-02", "2026-03"]
    return {(code, text): one for code, amounts in figures.items() for text, one in zip(texts, amounts, strict=True)}


def test_the_worked_workbook(example):
    of = chart(example["accounts"])
    index = pd.MultiIndex.from_tuples([("home", "north", code, "booked") for code in example["last_year"]])
    past = {Column("actual", 2025): pd.Series(list(example["last_year"].values()), index=index, dtype=float)}
    [department], left = build_departments(example_cells(example), lambda year, dimensions: past, of, EVERYBODY)
    [sheet] = department.sheets
    lines, expected = {line.account: line for line in sheet.lines}, example["expected"]
    assert list(lines) == expected["rows"] and left == {} and (sheet.currency, sheet.year) == ("CNY", 2026)
    for account in ("sales", "profit"):
        assert lines[account].months[:3] == tuple(expected[account]) and set(lines[account].months[3:]) == {None}
        assert lines[account].history == (expected["history"][account],)
    for account, amount in expected["year"].items():
        aggregation = of.tree.accounts.at[account, "aggregation"]
        assert year_amount(lines[account].months, aggregation) == pytest.approx(amount)
    assert sheet.open == (True,) * 3 + (False,) * 9 and sheet.compared is None, "three months are no year to compare"


def test_the_worked_changes(example):
    of, table = chart(example["accounts"]), example_cells(example)
    anew = {("north", *key): one for key, one in by_month(example["typed"]).items()}
    changes, problems = build_changes(typed(table, anew), exact(table, of), of, EVERYBODY)
    assert problems == []
    found = [[row.account, f"{row.period:%Y-%m}", row.before, row.after, row.difference] for row in changes.itertuples()]
    assert found == [[code, str(text), *figures] for code, text, *figures in example["changes"]]
    sums = sums_of(changes, of)
    assert sums["profit_effect"].sum() == example["effect"] and sums["difference"].tolist() == [5.0, -6.0]
    assert plan_of(changes, "budget", "v1")["amount"].tolist() == [115.0, 60.0]


# For any tree, cells and scope

LEAVES, CENTRES = ["a1", "a2", "b1", "b2", "b3", "c"], ["n", "n1", "n2", "s", "x"]
PARENTS = {"n": (None, "home"), "n1": ("n", "home"), "n2": ("n1", "home"), "s": (None, "home"), "x": (None, "far")}
WEIGHT = st.sampled_from([-1, 0, 1])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["home", "far"]), st.sampled_from(CENTRES), st.sampled_from(LEAVES),
        st.integers(1, 12).map(lambda number: f"2026-{number:02}"), st.integers(-(10**8), 10**8).map(lambda cents: cents / 100),
    ),
    unique_by=lambda row: row[:4], min_size=1, max_size=40,
)  # fmt: skip
TREES = st.fixed_dictionaries({code: WEIGHT for code in ("a", "b", *LEAVES)})
PEOPLE = st.builds(
    lambda owns, entities, seen, roles: Person("p", "P", "P", roles, owns, False, Scope(False, entities, seen | owns)),
    st.frozensets(st.sampled_from(CENTRES)), st.frozensets(st.sampled_from(["home", "far"])), st.frozensets(st.sampled_from(CENTRES)),
    st.sampled_from([("owner",), ("finance",), ("owner", "finance")]),
)  # fmt: skip


def described(weights: dict) -> dict:
    parent = {"a": "top", "b": "top", "c": "top"} | {leaf: leaf[0] for leaf in LEAVES[:-1]}
    return {"top": (None, 1, "flow")} | {code: (parent[code], weights[code], "flow") for code in ("a", "b", *LEAVES)}


@settings(deadline=None)
@given(ROWS, TREES, PEOPLE)
def test_a_person_gets_every_cell_they_see_once_and_totals_of_nothing_else(rows, weights, person):
    of, table = chart(described(weights), PARENTS), cells(rows)
    seen = visible(table, person)
    departments, left = build_departments(seen, no_history, of, person)
    assert not left
    got = [
        (*(line.codes[name] for name in ("entity", "cost_centre", "account")), f"{period:%Y-%m}", amount)
        for department in departments
        for sheet, line in department.lines
        for period, amount in zip(sheet.months, line.months, strict=True)
        if amount is not None
    ]
    assert sorted(got) == sorted(row for row in rows if row[0] in person.scope.entities or row[1] in person.scope.cost_centres)
    for sheet in (sheet for department in departments for sheet in department.sheets):
        here = seen[(seen["entity"] == sheet.entity) & (seen["cost_centre"] == sheet.cost_centre)]
        totals = {(row.account, row.period): row.amount for row in roll_up(here, of.tree, ["period"]).itertuples()}
        for line in (line for line in sheet.lines if line.codes is None):
            for period, amount in zip(sheet.months, line.months, strict=True):
                there = amount if amount is not None else 0.0
                assert there == pytest.approx(totals.get((line.account, period), 0.0), abs=0.005)
        for line in sheet.lines:
            assert line.inputs == (line.codes is not None and person.owns_one(sheet.cost_centre))


@settings(deadline=None)
@given(ROWS, TREES, PEOPLE, st.data())
def test_what_is_typed_changes_exactly_that_and_nothing_that_is_not_owned(rows, weights, person, data):
    of, table = chart(described(weights), PARENTS), cells(rows)
    seen = visible(table, person)
    if seen.empty:
        return
    keys = list(zip(seen["cost_centre"], seen["account"], seen["period"].dt.strftime("%Y-%m"), strict=True))
    anew = data.draw(st.dictionaries(st.sampled_from(keys), st.integers(-(10**6), 10**6).map(float), max_size=5))
    back = typed(seen, anew).sample(frac=1, random_state=1)
    changes, problems = build_changes(back, exact(seen, of), of, person)
    mixed = back.merge(seen, on=plan_key(), suffixes=("", "_before"))
    touched = mixed[mixed["amount"] != mixed["amount_before"]]
    differences = touched["amount"] - touched["amount_before"]
    assert len(changes) == len(touched) and changes["difference"].sum() == pytest.approx(differences.sum())
    assert len(problems) == sum(not person.owns_one(centre) for centre in touched["cost_centre"])


# Odd things


def test_what_no_sheet_has_a_place_for_is_counted_and_said():
    of = chart({"a": (None, 1, "flow")})
    table = pd.concat([cells([("home", "north", "a", "2026-01", 1), ("home", "north", "gone", "2026-01", 1)]),
                       cells([("home", "north", "a", "2026-01", 1)]).assign(grain="year")])  # fmt: skip
    [department], left = build_departments(table, no_history, of, EVERYBODY)
    assert left == {"of another grain than months": 1, "on no line of the chart of accounts": 1} and len(department.lines) == 1
    assert build_departments(table.iloc[:0], no_history, of, EVERYBODY) == ([], {})


def test_cases_entities_and_years_have_sheets_of_their_own():
    of = chart({"a": (None, 1, "flow")}, {"north": (None, "home")})
    table = cells([("home", "north", "a", "2026-12", 1), ("far", "north", "a", "2026-12", 2), ("home", "north", "a", "2027-01", 3)])
    [department], _ = build_departments(pd.concat([table, table.iloc[:1].assign(case="up")]), no_history, of, EVERYBODY)
    assert [(sheet.name, sheet.currency) for sheet in department.sheets] == [
        ("north far base 2026", "HKD"), ("north home base 2026", "CNY"), ("north home base 2027", "CNY"), ("north home up 2026", "CNY"),
    ]  # fmt: skip
    assert department.sheets[1].open == (False,) * 11 + (True,) and department.sheets[2].open == (True,) + (False,) * 11


def test_eliminations_are_shown_and_not_filled_in():
    of = chart({"a": (None, 1, "flow")})
    table = pd.concat([cells([("home", "north", "a", "2026-01", 5)]), cells([("home", "north", "a", "2026-01", -2)], "elimination")])
    [department], _ = build_departments(table, no_history, of, EVERYBODY)
    [sheet] = department.sheets
    assert [(line.months[0], line.inputs) for line in sheet.lines] == [(5.0, True), (-2.0, False), (3.0, False)]
    assert sheet.further == ("layer",)
    _, [problem] = build_changes(typed(table, {("north", "a", "2026-01"): 9.0}).iloc[1:], exact(table, of), of, EVERYBODY)
    assert problem.what == "a layer that isn't filled in by workbooks"


def test_a_department_is_the_topmost_cost_centre_that_the_person_sees_whole():
    centres = chart({"a": (None, 1, "flow")}, PARENTS).cost_centres

    def department(code, *seen):
        return department_of(code, centres, Person("p", "P", "P", ("finance",), sees=Scope(False, frozenset(), frozenset(seen))))

    assert department_of("n2", centres, EVERYBODY) == "n" and department("n2", "n1", "n2") == "n1" and department("n2", "n2") == "n2"


def test_a_forged_place_a_month_beyond_the_plan_and_an_account_that_went_are_refused():
    of = chart({"a": (None, 1, "flow"), "b": (None, 1, "flow")})
    table = cells([("home", "north", "a", "2026-01", 5), ("home", "north", "a", "2026-03", 5)])
    asked = {
        "a place that the version doesn't plan": ("far", "north", "a", "2026-01", 1),
        "a month that the version doesn't plan": ("home", "north", "a", "2026-04", 1),
        "no line of the chart of accounts any more": ("home", "north", "gone", "2026-01", 1),
    }
    for what, row in asked.items():
        _, [problem] = build_changes(typed(cells([row])), exact(table, of), of, EVERYBODY)
        assert problem.what == what and problem.where == "x!0"
    changes, problems = build_changes(typed(cells([("home", "north", "b", "2026-02", 0)])), exact(table, of), of, EVERYBODY)
    assert problems == [] and changes[["after", "difference"]].iloc[0].tolist() == [0.0, 0.0], "a 0 where nothing stood is a figure"
    blank = typed(cells([("home", "north", "b", "2026-02", float("nan"))]))
    assert build_changes(blank, exact(table, of), of, EVERYBODY)[0].empty, "a blank where nothing stood is none"


# History


def sourced(rows: list[tuple]) -> pd.DataFrame:
    """Sourced rows from (scenario, version, account, grain, month, known, amount)."""
    found = pd.DataFrame(rows, columns=["scenario", "version", "account", "grain", "period", "known", "amount"])
    same = {"case": "base", "entity": "home", "cost_centre": "north", "layer": "booked", "source": "s"}
    days = {"period": pd.to_datetime(found["period"]), "known": pd.to_datetime(found["known"])}
    return found.assign(**same, **days, amount=found["amount"].astype(float))


def columns(rows, year=2026, scenario="budget"):
    of = chart({"a": (None, 1, "flow"), "stock": (None, 1, "stock"), "heads": (None, 1, "average")})
    history = build_history(sourced(rows), of.tree, CALENDAR, year, scenario, ())
    return {column: {key[2]: amount for key, amount in amounts.items()} for column, amounts in history.items()}


def test_history_is_the_newest_word_on_each_year_and_adds_up_as_its_account_does():
    said = [("a", "2025-01", "2025-02-10", 5), ("a", "2025-01", "2025-04-10", 7)]
    said += [("a", "2025-12", "2026-01-10", 1), ("a", "2024-12", "2025-01-10", 9)]
    said += [(code, text, "2026-01-10", one) for code in ("stock", "heads") for text, one in (("2025-11", 2), ("2025-12", 4))]
    rows = [("actual", "actual", code, "month", *rest) for code, *rest in said]
    assert columns(rows) == {Column("actual", 2024): {"a": 9.0}, Column("actual", 2025): {"a": 8.0, "stock": 4.0, "heads": 3.0}}


def test_an_open_year_has_its_actuals_to_date_its_adopted_budget_and_the_peoples_newest_forecast():
    rows = [("actual", "actual", "a", "month", f"2025-0{n}", f"2025-0{n + 1}-10", 10) for n in range(1, 7)]
    rows += [("budget", version, "a", "month", "2025-01", "2024-11-17", one) for version, one in (("2025_request", 99), ("2025_final", 88))]
    rows += [("forecast", "q1", "a", "month", f"2025-{n:02}", "2025-04-10", 1000) for n in range(4, 13)]
    rows += [("forecast", "q2", "a", "month", f"2025-{n:02}", "2025-07-10", 20) for n in range(7, 13)]
    to_date = Column("actual", 2025, month("2025-06"))
    assert columns(rows) == {to_date: {"a": 60.0}, Column("budget", 2025): {"a": 88.0}, Column("forecast", 2025): {"a": 180.0}}


def test_a_year_that_is_only_printed_whole_or_to_date_counts_as_printed():
    rows = [("actual", "actual", "a", "year", "2024-01", "2025-06-30", 120)]
    to_date = (("2025-03", "2025-05-15", 30), ("2025-06", "2025-08-15", 66))
    rows += [("actual", "actual", "a", "year_to_date", *said) for said in to_date]
    rows += [("forecast", "q1", "a", "year", "2025-01", "2025-05-15", 130), ("forecast", "q2", "a", "year", "2025-01", "2025-08-15", 125)]
    to_date = Column("actual", 2025, month("2025-06"))
    assert columns(rows) == {Column("actual", 2024): {"a": 120.0}, to_date: {"a": 66.0}, Column("forecast", 2025): {"a": 125.0}}


def test_without_any_figure_there_is_no_history():
    assert columns([]) == {}
