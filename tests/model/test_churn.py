"""The score of subscribers finds what was planted, adds up, learns nothing from whom it is tried on, and raises its alarms."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from subscriber_worlds import subscribers

from planning.model.attributes import Attributes, coded, in_order, select_attributes, value_text
from planning.model.calibration import calibration_error
from planning.model.churn import bent, find_bend, fit_score, log_odds, probability_of, slope_of, speak_once, try_unseen
from planning.model.churn_members import MEMBERS, Splines, Steps
from planning.model.leaks import alone_auc, leavers_only, shuffled_auc, stands_for_total

WITHOUT = ["customer", "left", "total_charge"]


def world(n=2500, seed=3, **more):
    """Attributes of made-up subscribers, who left, and the truth; `more` columns are functions of the table."""
    table, truth = subscribers(n, seed)
    table = table.assign(**{name: make(table) for name, make in more.items()})
    attributes = select_attributes(table, WITHOUT)
    return table, in_order(table, attributes), table["left"].to_numpy(), attributes, truth


@pytest.fixture(scope="module")
def fitted():
    _, rows, left, attributes, truth = world(6000)
    return rows, fit_score(rows, left, attributes, 1), truth


@pytest.fixture(scope="module")
def unseen():
    _, rows, left, attributes, truth = world()
    return rows, left, attributes, truth, try_unseen(rows, left, attributes, 2, 1)


# the score


def test_a_planted_driver_is_found_in_its_size_and_noise_weighs_nothing(fitted):
    rows, score, _ = fitted
    parts = score.parts(rows)
    by_contract = parts["contract"].groupby(rows["contract"]).mean()
    assert by_contract["monthly"] - by_contract["yearly"] == pytest.approx(2.0, abs=0.25)
    assert parts["colour"].abs().max() < 0.15
    old, new = (parts.loc[rows["tenure"].between(*span), "tenure"].mean() for span in ((38, 42), (0, 2)))
    assert new - old == pytest.approx(0.05 * 39, abs=0.5)


def test_probabilities_are_near_the_true_ones(fitted):
    rows, score, truth = fitted
    assert np.abs(probability_of(score.score(rows)) - truth).mean() < 0.03


def test_parts_add_up_to_the_score_and_are_counted_from_the_average_subscriber(fitted):
    rows, score, _ = fitted
    parts = score.parts(rows)
    assert score.base + parts.sum(axis=1).to_numpy() == pytest.approx(score.score(rows), abs=1e-9)
    assert ((parts.sum(axis=1) > 0).to_numpy() == (score.score(rows) > score.base)).all(), "above the average by what raises the odds"


@pytest.mark.parametrize("kind", MEMBERS)
def test_the_parts_of_each_member_add_up_to_what_it_says(kind):
    _, rows, left, attributes, _ = world(1500)
    rows.loc[:20, "tenure"] = np.nan
    member = kind(rows.iloc[:1200], left[:1200], attributes, 1)
    assert member.base + member.parts(rows).sum(axis=1).to_numpy() == pytest.approx(member.scores(rows), abs=1e-9)


@pytest.mark.parametrize("kind", [Splines, Steps])
def test_a_part_of_splines_and_steps_depends_on_its_own_attribute_only(kind):
    _, rows, left, attributes, _ = world(1500)
    member, moved = kind(rows, left, attributes, 1), rows.assign(contract="yearly", tenure=5.0)
    assert member.parts(moved)["colour"].to_numpy() == pytest.approx(member.parts(rows)["colour"].to_numpy(), abs=1e-12)


def test_two_attributes_that_matter_only_together_are_found():
    """Monthly contracts leave where the colour is red, yearly ones where it isn't: by itself neither tells much."""
    table, _ = subscribers(2500, 3)
    odds = np.where((table["contract"] == "monthly") == (table["colour"] == "red"), 0.8, 0.2)
    left = np.random.default_rng(3).random(2500) < odds
    attributes = Attributes(("tenure", "monthly_charge"), ("contract", "colour"))
    rows = in_order(table, attributes)
    score = fit_score(rows.iloc[:2000], left[:2000], attributes, 1)
    said = probability_of(score.score(rows.iloc[2000:]))
    assert roc_auc_score(left[2000:], said) == pytest.approx(roc_auc_score(left[2000:], odds[2000:]), abs=0.02)
    assert score.weights[2] > 5 * score.weights[:2].max()


def test_the_calibration_bends_what_is_said_to_what_comes():
    """Said too timidly below one half and too boldly above it."""
    rng = np.random.default_rng(1)
    said, planted = rng.normal(-1, 2, 20_000), np.array([1.6, 0.6, 0.4])
    left = rng.random(20_000) < probability_of(bent(said, planted))
    bend = find_bend(said, left)
    assert bend == pytest.approx(planted, abs=0.15)
    held = calibration_error(left, probability_of(bent(said, bend)))
    assert held < 0.01 < 0.03 < calibration_error(left, probability_of(said))
    assert (np.diff(bent(np.linspace(-8, 8, 50), bend)) > 0).all(), "who is above another stays above"


def test_a_calibration_of_ones_changes_nothing():
    score, ones = np.array([-40.0, -1.0, 0.0, 2.5, 800.0]), np.array([1.0, 1.0, 0.0])
    assert bent(score, ones) == pytest.approx(score) and slope_of(0.3, ones) == pytest.approx(1)
    by_hand = 0.5 * np.log(0.2) - 2 * np.log(0.8) + 0.1
    assert bent(np.array([np.log(0.25)]), np.array([0.5, 2.0, 0.1])) == pytest.approx([by_hand])


def test_more_workers_change_nothing():
    _, rows, left, attributes, _ = world(600)
    alone, both = (fit_score(rows, left, attributes, 1, workers).score(rows) for workers in (1, 2))
    assert (alone == both).all()


def test_a_value_never_seen_and_a_missing_number_get_a_score(fitted):
    rows, score, _ = fitted
    odd = rows.head(2).assign(contract="for ever", monthly_charge=np.nan)
    assert np.isfinite(score.score(odd)).all() and score.parts(odd)["contract"].abs().max() < 1.5


def test_missing_values_are_a_value_of_their_own():
    table, *_ = world(300)
    rows = in_order(table.assign(contract=table["contract"].where(table.index > 50)), select_attributes(table, WITHOUT))
    assert (rows["contract"].head(50) == "–").all()
    assert [value_text(value) for value in (1.0, True, 2.5, None, "a")] == ["1", "True", "2.5", "–", "a"]


def test_columns_that_tell_nobody_apart_are_no_attributes():
    table, *_ = world(300)
    assert select_attributes(table.assign(country="US"), WITHOUT).all == ["tenure", "monthly_charge", "contract", "colour"]
    few = select_attributes(table.assign(lines=table.index % 3), WITHOUT)
    assert "lines" in few.lists and "tenure" in few.numbers


# unseen


def test_everybody_is_judged_once_a_round_and_the_parts_add_up(unseen):
    rows, _, attributes, _, tried = unseen
    assert tried.rounds.groupby(["repeat", "row"]).size().eq(1).all() and len(tried.rounds) == 2 * len(rows)
    assert log_odds(tried.probability) == pytest.approx(tried.base + tried.parts.sum(axis=1).to_numpy(), abs=1e-9)
    assert list(tried.parts) == attributes.all


def test_the_score_beats_the_bare_rate_and_reaches_the_truth(unseen):
    _, left, _, truth, tried = unseen
    means = tried.scores.groupby("method")[["auc", "log_loss"]].mean()
    assert means.at["base", "auc"] == 0.5
    assert means.at["ours", "auc"] == pytest.approx(roc_auc_score(left, truth), abs=0.02)
    assert means.at["ours", "log_loss"] < means.at["base", "log_loss"] - 0.05


def test_nobodys_own_outcome_moves_what_is_said_of_them():
    """Two neighbours of one fold, one who left and one who stayed, change places: the folds stay, and so does all said in this fold."""
    _, rows, left, attributes, _ = world(400)
    first = try_unseen(rows, left, attributes, 1, 1).rounds.sort_values("row", ignore_index=True)
    fold = first["fold"].to_numpy()
    at = next(at for at in range(399) if left[at] != left[at + 1] and fold[at] == fold[at + 1])
    turned = left.copy()
    turned[[at, at + 1]] = left[[at + 1, at]]
    second = try_unseen(rows, turned, attributes, 1, 1).rounds.sort_values("row", ignore_index=True)
    own = fold == fold[at]
    assert (second["fold"] == fold).all() and (second["ours"] == first["ours"])[own].all()
    assert (second["ours"] != first["ours"])[~own].all(), "the others learnt from the two"


def test_an_attribute_of_names_only_fakes_nothing():
    """Coding a customer's number by who left would sort perfectly; coded inside the folds it tells nothing."""
    _, rows, left, attributes, _ = world(800, number=lambda t: [f"n{at // 2}" for at in range(len(t))])
    alone = Attributes((), ("number",))
    assert "number" in attributes.lists
    tried = try_unseen(rows[["number"]], left, alone, 1, 1)
    assert tried.scores.loc[tried.scores["method"] == "ours", "auc"].mean() == pytest.approx(0.5, abs=0.06)
    assert alone_auc(rows, left, alone, 1)["number"] < 0.6


def test_dealt_out_at_random_nobody_is_told_apart():
    _, rows, left, attributes, _ = world(1200)
    auc, spread = shuffled_auc(rows, left, attributes, 1)
    assert abs(auc - 0.5) < 3.3 * spread and 0.01 < spread < 0.03


def test_the_same_seed_gives_the_same():
    _, rows, left, attributes, _ = world(500)
    first, again, other = (try_unseen(rows, left, attributes, 1, seed).probability for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


def test_codes_only_rename():
    _, rows, *_ = world(300)
    attributes = Attributes(("tenure",), ("contract", "colour"))
    numbers = coded(rows, attributes)
    assert numbers.groupby("contract")["colour"].size().tolist() == rows.groupby("contract")["colour"].size().tolist()
    assert numbers["tenure"].equals(rows["tenure"])


# reasons and alarms


def test_what_two_attributes_say_alike_is_counted_once():
    rows = pd.DataFrame({"internet": ["none", "none", "fibre"], "backup": ["no internet", "no internet", "yes"]})
    parts = pd.DataFrame({"internet": [-0.5, -0.5, 1.0], "backup": [-0.2, -0.2, 0.3]})
    once = speak_once(parts, rows, Attributes((), ("internet", "backup")))
    assert once["internet"].tolist() == [-0.7, -0.7, 1.3] and once["backup"].tolist() == [0.0, 0.0, 0.0]
    assert parts["backup"].tolist() == [-0.2, -0.2, 0.3], "the parts handed in stay as they were"


def test_an_attribute_that_tells_all_raises_the_alarm():
    _, rows, left, attributes, _ = world(600, days_since_goodbye=lambda t: t["left"] * (t.index % 40 + 1.0))
    alone = alone_auc(rows, left, attributes, 1)
    assert alone["days_since_goodbye"] > 0.95 > 0.8 > alone["contract"] > 0.6 and alone["colour"] < 0.56


def test_a_value_that_only_leavers_have_raises_the_alarm():
    _, rows, left, attributes, _ = world(600, hotline=lambda t: np.where(t["left"] & (t.index % 3 == 0), "complained", "none"))
    assert leavers_only(rows, left, attributes) == ["hotline: complained"]
    assert leavers_only(rows, left, Attributes((), ("contract", "colour"))) == []


def test_a_number_that_follows_tenure_times_charge_raises_the_alarm():
    table, _, _, attributes, _ = world(600, paid=lambda t: t["tenure"] * t["monthly_charge"] * 1.19, noise=lambda t: t.index * 7.0 % 311)
    follows = stands_for_total(table, attributes, "tenure", "monthly_charge")
    assert follows["paid"] > 0.98 and follows["noise"] < 0.2 and set(follows.index) == {"paid", "noise"}
