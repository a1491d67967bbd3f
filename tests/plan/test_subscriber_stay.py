"""How long made-up subscribers stay, by group: sums, fallbacks, and that what is told unseen was unseen."""

import numpy as np
import pandas as pd
import pytest
from subscriber_worlds import TERMS, subscribers

from planning.core.errors import RequestError
from planning.core.small_groups import OTHERS
from planning.model import survival
from planning.model.attributes import Attributes, select_attributes
from planning.model.survival import fit_survival
from planning.model.survival_member import MONTH, MovingSplines
from planning.plan.subscriber_lifetime import Worth
from planning.plan.subscriber_stay import build_stay, stay_people
from planning.plan.subscribers import build_study, study_tables

pytestmark = pytest.mark.usefixtures("few_rows")
WORTH = Worth(0.5, 0.08, 24)


def told(table, worth=WORTH):
    return build_stay(table, select_attributes(table, ["customer", "left", "total_charge"]), worth, 0.8, 1)


@pytest.fixture(scope="module")
def table():
    return subscribers(1200, 3)[0]


@pytest.fixture(scope="module")
def stay(table):
    return told(table)


# sums


def test_groups_add_up_to_everybody_and_those_who_leave_soonest_stand_first(stay, table):
    groups, here = stay.groups, table[~table["left"]]
    apart, everybody = groups.iloc[:-1], groups.iloc[-1]
    assert stay.by == "contract" and apart["group"].tolist() == ["monthly", "yearly"] and everybody["group"] == ""
    assert apart["odds_12"].is_monotonic_decreasing and apart["median"].isna().all(), "not within the 24 months that are counted"
    assert apart[["n", "charge", "worth"]].sum().tolist() == pytest.approx(everybody[["n", "charge", "worth"]].tolist())
    assert everybody["n"] == len(here) and everybody["charge"] == pytest.approx(here["monthly_charge"].sum())
    assert everybody["worth"] == pytest.approx(stay.lifetimes.total["value"]) == pytest.approx(stay_people(stay, table)["value"].sum())


def test_the_median_is_the_month_in_which_half_of_the_group_have_left(table):
    longer = told(table, Worth(0.5, 0.08, 120))
    monthly = longer.lifetimes.stays[table.loc[~table["left"], "contract"] == "monthly"].mean()
    assert longer.groups.loc[0, "median"] == monthly.index[monthly <= 0.5][0] > 24


def test_the_people_are_those_here_by_name(stay, table):
    people = stay_people(stay, table)
    assert people["customer"].tolist() == table.loc[~table["left"], "customer"].tolist() and len(people.columns) == 10


def test_groups_too_small_to_be_shown_stand_together(table):
    rare = table.assign(contract=table["contract"].where(np.arange(len(table)) > 8, "lifelong"))
    own = told(rare).groups
    assert "lifelong" not in set(own["group"]) and OTHERS in set(own["group"]) and own.loc[own["group"] == OTHERS, "n"].min() >= 10


def test_where_no_list_tells_anything_only_everybody_is_told(table):
    plain = told(table.drop(columns=["contract", "colour"]))
    assert plain.by == "" and plain.groups["group"].tolist() == [""]


# unseen


class Watched(MovingSplines):
    """Remembers whom it learnt from by a number that each has of their own."""

    def __init__(self, rows, left, attributes, seed):
        super().__init__(rows, left, attributes, seed)
        self.seen = set(rows["number"])


def test_what_is_told_unseen_was_told_by_members_that_have_not_seen_them(table, monkeypatch):
    monkeypatch.setattr(survival, "KINDS", (Watched,))
    rows, (tenure, left) = table.assign(number=np.random.default_rng(1).permutation(len(table)) / 7.0), (table["tenure"], table["left"])
    fitted = fit_survival(rows, tenure.to_numpy(), left.to_numpy(), Attributes(("number",), ("contract",)), 1)
    seen = [member.seen for member in fitted.score.members[0]]
    assert not any(number in seen[fold] for number, fold in zip(rows["number"], fitted.fold, strict=True))
    assert sum(len(own) for own in seen) == 4 * len(set().union(*seen)), "each is learnt from by all folds but one"
    asked = []
    monkeypatch.setattr(Watched, "scores", lambda self, rows: asked.append((self.seen, set(rows["number"]))) or np.zeros(len(rows)))
    assert fitted.unseen_stays(rows).shape == (len(rows), fitted.last) and MONTH not in rows
    assert asked and not any(own & told for own, told in asked)


# fallbacks and bad input


def test_too_few_who_left_are_told_of_without_how_long_they_stay(monkeypatch):
    monkeypatch.setattr(survival, "LEAST", 10_000)
    monkeypatch.setattr("planning.plan.subscribers.REPEATS", 1)
    monkeypatch.setattr("planning.plan.subscribers.shuffled_auc", lambda *_: (0.5, 0.02))
    study = build_study(subscribers(400, 3)[0], TERMS, 0.8, 1)
    assert study.stay is None and not [name for name in study_tables(study) if name.startswith("stay")]
    assert "all_came" not in set(study.cases["case"])


def test_an_attribute_that_is_the_tenure_is_left_out(table, stay):
    days = told(table.assign(days=table["tenure"] * 30.4))
    assert "days" not in days.lifetimes.survival.attributes.all
    assert days.lifetimes.total["value"] == pytest.approx(stay.lifetimes.total["value"])


def test_a_tenure_that_is_none_is_refused(table):
    for wrong, said in ((np.nan, "no tenure"), (-1.0, "a tenure below 0")):
        with pytest.raises(RequestError, match=said):
            told(table.assign(tenure=table["tenure"].where(pd.Series(np.arange(len(table))) != 7, wrong)))
