"""people.yaml: who may act, every problem told at once, nothing guessed."""

from dataclasses import replace

import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.core.people import Scope
from planning.inputs.company import read_company
from planning.inputs.people import has_people, read_people

GOOD = """people:
  plans: {label_en: Planner, label_zh: 编制人, roles: [owner], owns: all}
  north: {label_en: North, label_zh: 北区, roles: [owner, finance], owns: ["n", "x"]}
  checks: {label_en: Controller, label_zh: 财务主管, roles: [finance]}
  decides: {label_en: Board, label_zh: 董事会, roles: [committee]}
"""


@pytest.fixture
def company(toyland, tmp_path):
    """A company with a people.yaml of one's own, and cost centres n (with n1 below, and n11 below that) and x."""
    centres = pd.DataFrame({"code": ["all", "n", "n1", "n11", "x", "y"], "parent": [None, None, "n", "n1", None, None]})
    return replace(read_company(toyland.folder), folder=tmp_path, cost_centres=centres)


def read(company, text):
    (company.folder / "people.yaml").write_text(text, encoding="utf-8")
    return read_people(company)


def problems(company, text):
    with pytest.raises(RequestError) as wrong:
        read(company, text)
    assert wrong.value.exit_code == 2 and wrong.value.subject == str(company.folder / "people.yaml")
    return [str(problem) for problem in wrong.value.problems]


def test_people_come_with_labels_roles_and_what_they_own(company):
    people = read(company, GOOD)
    assert list(people) == ["plans", "north", "checks", "decides"]
    assert people["plans"].owns_all and people["plans"].label_zh == "编制人" and people["decides"].roles == ("committee",)
    assert people["checks"].owns == frozenset() and not people["checks"].owns_all


def test_who_owns_a_cost_centre_owns_all_below_it(company):
    north = read(company, GOOD)["north"]
    assert north.owns == {"n", "n1", "n11", "x"} and north.roles == ("owner", "finance")
    assert north.owns_every(frozenset(["n11", "x"])) and not north.owns_every(frozenset(["n", "y"]))


def test_who_plans_sees_what_it_owns_and_who_checks_or_decides_sees_everything(company):
    people = read(company, GOOD.replace("roles: [owner, finance]", "roles: [owner]"))
    assert people["north"].scope == Scope(cost_centres=frozenset({"n", "n1", "n11", "x"}))
    assert all(people[code].scope.everything for code in ("plans", "checks", "decides"))


def test_a_scope_is_entities_and_cost_centres_with_all_below_them_beside_what_one_owns(company):
    given = GOOD.replace("[finance]}", "[finance], sees: {entities: [hq]}}").replace('["n", "x"]', '["x"], sees: {cost_centres: [n1]}')
    people = read(replace(company, entities=pd.DataFrame({"code": ["hq", "shop", "other"], "parent": [None, "hq", None]})), given)
    assert people["checks"].scope == Scope(False, frozenset({"hq", "shop"}), frozenset())
    assert people["north"].scope == Scope(False, frozenset(), frozenset({"x", "n1", "n11"})), "finance, but with a scope of its own"
    assert people["north"].owns_one("x") and not people["north"].owns_one("n1")


def test_without_the_file_it_is_said_which_one_is_needed(company):
    assert not has_people(company)
    with pytest.raises(RequestError, match=r"people\.yaml: missing file, expected people: \{code: .*say there who may submit"):
        read_people(company)


@pytest.mark.parametrize(
    "before, after, said",
    [
        ("roles: [committee]", "roles: [comittee]", "people.decides.roles.0"),
        ("roles: [committee]", "roles: []", "people.decides.roles"),
        ("roles: [committee]", "roles: committee", "people.decides.roles"),
        ("label_en: Board, ", "", "people.decides.label_en"),
        ("label_en: Board", "label_en: ' '", "people.decides.label_en"),
        ("label_en: Board", "label_en: 7", "people.decides.label_en"),
        ("roles: [committee]", "roles: [committee], mail: x", "people.decides.mail"),
        ("  decides:", "  the board:", "people.the board"),
        ("roles: [owner], owns: all", "roles: [owner]", "an owner says what it owns"),
        ("roles: [finance]", "roles: [finance], owns: all", "an owner says what it owns"),
        ("owns: all", "owns: every", "expected all, or a list"),
        ("owns: all", "owns: []", "expected all, or a list"),
        ('["n", "x"]', "[n, 28]", 'write "28" in quotes'),
        ("people:", "persons:", "people"),
        ("  checks:", "  engine:", "a name of the machine's"),
        ("roles: [committee]", "roles: [finance]", "nobody has this role, got committee"),
        ('["n", "x"]', '["n", "nn1"]', "unknown cost centre, got nn1; did you mean n1?"),
        ("roles: [finance]", "roles: [finance], sees: some", "expected all, or {entities: a list"),
        ("roles: [finance]", "roles: [finance], sees: {}", "expected all, or {entities: a list"),
        ("roles: [finance]", "roles: [finance], sees: null", "expected all, or {entities: a list"),
        ("roles: [finance]", "roles: [finance], sees: {stores: [a]}", "expected all, or {entities: a list"),
        ("roles: [finance]", "roles: [finance], sees: {entities: []}", "expected a list of entities"),
        ("roles: [finance]", "roles: [finance], sees: {entities: hq}", "expected a list of entities"),
        ("roles: [finance]", "roles: [finance], sees: {cost_centres: [28]}", 'write "28" in quotes'),
        ("roles: [finance]", "roles: [finance], sees: {entities: [hqq]}", "unknown entity, got hqq; did you mean hq?"),
        ("roles: [finance]", "roles: [finance], sees: {cost_centres: [m]}", "people.checks.sees.cost_centres: unknown cost centre, got m"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(company, before, after, said):
    assert before in GOOD
    assert any(said in problem for problem in problems(company, GOOD.replace(before, after)))


def test_every_problem_is_told_at_once(company):
    structure = problems(company, GOOD.replace("label_en: Board, ", "").replace("[finance]", "[finances]").replace("owns: all", "owns: 1"))
    assert len(structure) == 3
    content = problems(company, GOOD.replace('["n", "x"]', '["q", "r"]').replace("[committee]", "[finance]").replace("checks", "intake"))
    assert len(content) == 4


@pytest.mark.parametrize("text", ["", "people:", "people: []", "people: {}", "- a", "people: {a: 1}", "people: {plans: }", "{", "\0"])
def test_what_is_no_people_file_is_refused(company, text):
    assert problems(company, text)


def test_a_person_given_twice_is_refused(company):
    assert "given twice" in problems(company, GOOD + "  plans: {label_en: P, label_zh: 编, roles: [owner], owns: all}\n")[0]


def test_the_real_companys_people_can_bring_a_budget_to_its_end(philadelphia):
    people = read_people(philadelphia)
    assert sum("finance" in person.roles for person in people.values()) > 1, "one may be barred from approving their own"
    assert any(person.owns_all for person in people.values())
    assert all(person.owns < set(philadelphia.cost_centres["code"]) for person in people.values())
