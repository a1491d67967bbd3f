"""What a person sees: the sum they see is the sum of the rows in their scope, whatever the tree and the scope."""

import pandas as pd
from book_data import PEOPLE, plan
from hypothesis import given
from hypothesis import strategies as st

from planning.book.scopes import visible
from planning.core.people import Person, Scope

ENTITIES, CENTRES = [f"e{n}" for n in range(4)], [f"c{n}" for n in range(6)]
ROW = st.tuples(st.sampled_from(ENTITIES), st.sampled_from(CENTRES), st.integers(-(10**9), 10**9))
ROLES = st.lists(st.sampled_from(["owner", "finance", "committee"]), min_size=1, max_size=3, unique=True).map(tuple)


def some(codes):
    return st.frozensets(st.sampled_from(codes), max_size=3)


PERSON = st.builds(
    Person, st.just("who"), st.just("W"), st.just("W"), ROLES, some(CENTRES), st.booleans(),
    st.builds(Scope, st.booleans(), some(ENTITIES), some(CENTRES)),
)  # fmt: skip


@given(st.lists(ROW, max_size=30), PERSON)
def test_the_sum_a_person_sees_is_the_sum_of_the_rows_in_their_scope(rows, person):
    table = pd.DataFrame(rows, columns=["entity", "cost_centre", "amount"])

    def within(entity, centre):
        plans = "owner" in person.roles and (person.owns_all or centre in person.owns)
        return plans or person.sees.everything or entity in person.sees.entities or centre in person.sees.cost_centres

    seen = visible(table, person)
    assert seen["amount"].sum() == sum(amount for entity, centre, amount in rows if within(entity, centre))
    assert seen["amount"].tolist() == [amount for entity, centre, amount in rows if within(entity, centre)]


@given(PERSON)
def test_nobody_may_fill_in_what_they_do_not_see_or_do_not_own(person):
    table = pd.DataFrame({"entity": "other", "cost_centre": CENTRES})
    mine = {code for code in CENTRES if person.owns_one(code)}
    assert mine <= set(visible(table, person)["cost_centre"])
    assert not mine or ("owner" in person.roles and (person.owns_all or mine <= person.owns))


def test_a_person_without_a_scope_sees_nothing():
    table = plan({"rent": 100.0}, cost_centre="north")
    assert visible(table, Person("new", "New", "新", ("finance",))).empty
    assert len(visible(table, PEOPLE["amy"])) == len(visible(table, PEOPLE["ana"])) == 1, "what they own they see"
    assert visible(plan({"rent": 100.0}, cost_centre="south"), PEOPLE["amy"]).empty
