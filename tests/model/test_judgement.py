"""What people earn in worlds whose truth is known: the right keep all, the useless nothing, the biased are corrected."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.core.periods import FiscalCalendar, month_range
from planning.model.judgement import HELPS, HURTS, UNTOLD, combine, earned, judge_layer, nearest_weight, track_record, value_added, walk

JULY = FiscalCalendar(7, pd.Timestamp("2000-07-01"), pd.Timestamp("2040-06-01"))
KEY = {"scenario": "actual", "version": "actual", "case": "base", "layer": "booked", "grain": "month"}
LAG = pd.Timedelta(days=75)
FIRST, LAST = 2006, 2017


def world(people, model, lines=("fees", "taxes"), seed=1):
    """Twelve years of quarterly views: what happens is about 100 a month; `people` and `model` see it through their own eyes
    (functions of the truth and dice). Views, actuals, origins; the last origin is after the third quarter of 2017."""
    dice = np.random.default_rng(seed)
    months = month_range(JULY.first(FIRST - 1), 12 * (LAST - FIRST + 2))
    cells = pd.MultiIndex.from_product([lines, months], names=["account", "period"]).to_frame(index=False)
    actuals = cells.assign(amount=100 + 20 * dice.normal(size=len(cells)), known=cells["period"] + LAG, **KEY)
    as_of = pd.DatetimeIndex([JULY.period(year, closed) for year in range(FIRST, LAST + 1) for closed in (3, 6, 9)])
    open_months = actuals.merge(pd.DataFrame({"as_of": as_of}), how="cross")
    ahead = open_months[(open_months["period"] > open_months["as_of"]) & (
        JULY.fiscal_year(open_months["period"]) == JULY.fiscal_year(open_months["as_of"]))]  # fmt: skip
    truth = ahead["amount"].to_numpy()
    views = ahead[["as_of", "account", "period"]].assign(people=people(truth, dice), model=model(truth, dice), typical=100.0)
    return views.reset_index(drop=True), actuals, pd.DataFrame({"as_of": as_of, "when": as_of + LAG})


def exact(truth, dice):
    return truth


def useless(truth, dice):
    return 100 + 60 * dice.normal(size=len(truth))


def fair(truth, dice):
    return truth + 10 * dice.normal(size=len(truth))


def too_high(truth, dice):
    return 1.1 * truth


def last(views, origins):
    day = origins.iloc[-1]
    return day.as_of, day.when, views[views["as_of"] == day.as_of]


def test_without_a_record_the_combination_is_the_plain_mean():
    views, actuals, origins = world(fair, useless)
    first = views[views["as_of"] == origins["as_of"].iloc[0]]
    made = combine(views, actuals, *origins.iloc[0])
    assert list(made.columns) == ["as_of", "account", "period", "horizon", "amount", "typical"]
    assert made["horizon"].tolist() == 2 * list(range(1, 10))
    np.testing.assert_allclose(made["amount"], (first["people"] + first["model"]) / 2)


def test_people_who_are_right_come_to_keep_all_weight():
    views, actuals, origins = world(exact, fair)
    weights = earned(views, actuals, *origins.iloc[-1])
    assert (weights["weight"] > 0.95).all() and (weights["lean"] == 0).all()


def test_useless_people_lose_their_weight():
    views, actuals, origins = world(useless, fair)
    assert (earned(views, actuals, *origins.iloc[-1])["weight"] < 0.1).all()


def test_two_who_are_alike_share():
    views, actuals, origins = world(fair, fair)
    assert earned(views, actuals, *origins.iloc[-1])["weight"].between(0.35, 0.65).all()


def test_people_who_are_always_ten_percent_too_high_are_corrected():
    views, actuals, origins = world(too_high, useless)
    as_of, when, now = last(views, origins)
    happened = now.merge(actuals[["account", "period", "amount"]], on=["account", "period"])
    rest = combine(views, actuals, as_of, when)["amount"].sum() / happened["amount"].sum()
    assert now["people"].sum() / happened["amount"].sum() == pytest.approx(1.1) and abs(rest - 1) < 0.04
    assert earned(views, actuals, as_of, when)["lean"].between(-0.10, -0.05).all()


def test_each_line_is_judged_by_its_own_record():
    """The same people know the taxes and guess the fees."""
    views, actuals, origins = world(exact, fair)
    guessed = views["account"] == "fees"
    views.loc[guessed, "people"] = useless(views.loc[guessed, "people"].to_numpy(), np.random.default_rng(2))
    weight = earned(views, actuals, *origins.iloc[-1]).set_index("account")["weight"]
    assert weight["taxes"] > 0.8 and weight["fees"] < 0.15


def test_a_line_without_a_record_is_judged_by_the_others():
    views, actuals, origins = world(exact, fair)
    as_of, when, now = last(views, origins)
    born = now[now["account"] == "fees"].assign(account="new")
    weight = earned(pd.concat([views, born]), actuals, as_of, when).set_index("account")
    assert weight.at["new", "weight"] > 0.9 and weight.at["new", "months"] == 0


def test_of_a_difference_larger_than_any_before_half_of_the_excess_is_taken():
    """People who were always right announce a sale of 10,000 that nothing in their record resembles."""
    views, actuals, origins = world(exact, fair)
    as_of, when, now = last(views, origins)
    told = now.index[0]
    views.loc[told, "people"] = views.at[told, "model"] + 10_000
    made = combine(views, actuals, as_of, when)["amount"].iloc[0]
    reach = 100 * earned(views, actuals, as_of, when)["reach"].iloc[0]
    assert 0 < reach < 60
    assert made - views.at[told, "model"] == pytest.approx((10_000 - reach) / 2 + reach, rel=0.01)


def test_a_line_that_had_come_to_nothing_is_no_yardstick_and_half_is_taken_of_what_is_announced_for_it():
    views, actuals, origins = world(exact, fair)
    as_of, when, now = last(views, origins)
    before = earned(views, actuals, as_of, when).set_index("account")
    dead = pd.concat([views, views[views["account"] == "fees"].assign(account="dead", model=0.0, typical=0.0)])
    after = earned(dead, actuals, as_of, when).set_index("account")
    pd.testing.assert_frame_equal(after.loc[["fees", "taxes"]], before)
    made = combine(dead, actuals, as_of, when).query("account == 'dead'")["amount"]
    np.testing.assert_allclose(made, now.loc[now["account"] == "fees", "people"] / 2)


def test_who_is_silent_leaves_it_to_the_other():
    views, actuals, origins = world(exact, fair)
    as_of, when, now = last(views, origins)
    views.loc[now.index[:3], "people"] = np.nan
    views.loc[now.index[3:], ["model", "typical"]] = np.nan
    made = combine(views, actuals, as_of, when)["amount"].to_numpy()
    np.testing.assert_allclose(made[:3], now["model"][:3])
    np.testing.assert_allclose(made[3:], now["people"][3:])


@given(st.integers(0, 34), st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_what_was_published_later_changes_nothing(at, seed):
    views, actuals, origins = world(fair, useless)
    as_of, when = origins.iloc[at]
    before = combine(views, actuals, as_of, when)
    later, dice = actuals["known"] > when, np.random.default_rng(seed)
    changed = actuals.assign(amount=np.where(later, 1000 * dice.normal(size=len(actuals)), actuals["amount"]))
    ahead = views["as_of"] > as_of
    told = views.assign(people=np.where(ahead, 1000 * dice.normal(size=len(views)), views["people"]))
    pd.testing.assert_frame_equal(combine(told, changed, as_of, when), before, check_exact=True)


@given(st.floats(1e-3, 1e6))
@settings(max_examples=15, deadline=None)
def test_in_another_currency_it_is_the_same_forecast(rate):
    views, actuals, origins = world(fair, useless)
    money = ["people", "model", "typical"]
    dear = combine(views.assign(**{c: views[c] * rate for c in money}), actuals.assign(amount=actuals["amount"] * rate), *origins.iloc[-1])
    np.testing.assert_allclose(dear["amount"], rate * combine(views, actuals, *origins.iloc[-1])["amount"], rtol=1e-6)


@given(st.permutations(range(20)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_means_nothing(order):
    views, actuals, origins = world(fair, useless)
    mixed = pd.concat([views.iloc[20:], views.iloc[list(order)]])
    made = combine(mixed, actuals.sample(frac=1, random_state=order[0]), *origins.iloc[-1])
    pd.testing.assert_frame_equal(made, combine(views, actuals, *origins.iloc[-1]))


def test_the_walk_makes_every_origin_as_it_was_made_then():
    views, actuals, origins = world(fair, useless)
    walked = walk(views, actuals, origins)
    assert walked["as_of"].nunique() == len(origins)
    third = walked[walked["as_of"] == origins["as_of"][2]].reset_index(drop=True)
    pd.testing.assert_frame_equal(third, combine(views, actuals, *origins.iloc[2]))


def test_walked_forward_the_combination_misses_less_than_either():
    views, actuals, origins = world(fair, fair)
    made = walk(views, actuals, origins).merge(views, on=["as_of", "account", "period"])
    happened = made.merge(actuals[["account", "period", "amount"]], on=["account", "period"], suffixes=("", "_happened"))
    miss = {who: (happened[who] - happened["amount_happened"]).abs().mean() for who in ("amount", "people", "model")}
    assert miss["amount"] < 0.8 * min(miss["people"], miss["model"])


def test_the_record_holds_closed_months_only_and_a_year_is_whole_when_its_last_month_is_closed():
    views, actuals, origins = world(exact, fair)
    record = track_record(views, actuals, *origins.iloc[4])
    assert record["period"].max() == origins["as_of"][4]
    assert record.groupby("as_of")["whole"].all().tolist() == [True, True, True, False]


def test_a_line_that_the_books_do_not_name_was_zero():
    views, actuals, origins = world(exact, fair)
    record = track_record(views, actuals[actuals["account"] == "taxes"], *origins.iloc[-1])
    assert (record.loc[record["account"] == "fees", "actual"] == 0).all()


@pytest.mark.parametrize(
    ("gap", "miss", "weight"),
    [([10, 10], [10, 10], 1), ([10, -10], [0, 0], 0), ([10, 10, 10], [2, 4, 9], 0.4), ([1, 1, 50], [9, 9, 10], 0.2), ([5], [-9], 0)],
)
def test_the_nearest_weight_of_a_few_differences(gap, miss, weight):
    assert nearest_weight(np.array(gap, float), np.array(miss, float)) == pytest.approx(weight)


def test_everything_wrong_with_views_is_said_at_once():
    views, actuals, origins = world(exact, fair)
    broken = pd.concat([views, views.iloc[:2]], ignore_index=True)
    broken.loc[5, ["people", "model"]] = np.nan
    broken.loc[6, "people"] = np.inf
    broken.loc[7, "period"] = broken.loc[7, "as_of"]
    with pytest.raises(RequestError) as raised:
        combine(broken, actuals, *origins.iloc[0])
    assert len(raised.value.problems) == 4
    with pytest.raises(RequestError, match="missing column model"):
        combine(views.drop(columns="model"), actuals, *origins.iloc[0])
    with pytest.raises(RequestError, match="no views of this origin"):
        combine(views, actuals, pd.Timestamp("1999-09-01"), pd.Timestamp("1999-11-01"))


# forecast value added


def scored(**amounts):
    """Two months of two lines that happened to be 10 each, as every forecaster saw them."""
    periods = pd.to_datetime(["2016-10-01", "2016-10-01", "2016-11-01", "2016-11-01"])
    cells = pd.DataFrame({"account": ["fees", "taxes"] * 2, "period": periods, "actual": 10.0})
    cells = cells.assign(as_of=pd.Timestamp("2016-09-01"), closed=3)
    return pd.concat([cells.assign(forecaster=name, amount=list(map(float, seen))) for name, seen in amounts.items()], ignore_index=True)


SEEN = scored(naive=[14, 6, 14, 6], ours=[12, 8, 12, 6], people=[11, 8, 13, 6])


def test_each_layer_is_scored_against_the_one_before():
    table = value_added(SEEN, ["naive", "ours", "people"]).set_index("layer")
    assert table["before"].to_dict() == {"ours": "naive", "people": "ours"}
    assert table.at["ours", "error_before"] == 16 / 40 and table.at["ours", "error"] == 10 / 40
    assert table["added"].tolist() == pytest.approx([6 / 40, 0])
    assert table[["count", "nearer", "further"]].to_numpy().tolist() == [[4, 3, 0], [4, 1, 1]]


def test_value_added_by_month_and_by_author():
    by_month = value_added(SEEN, ["ours", "people"], ["period"])
    assert by_month["added"].tolist() == pytest.approx([1 / 20, -1 / 20])
    authors = SEEN.assign(author=SEEN["account"].map({"fees": "Li", "taxes": "Ada"}).where(SEEN["forecaster"] == "people"))
    table = value_added(authors, ["ours", "people"], ["author"]).set_index("author")
    assert table["added"].to_dict() == {"Ada": 0, "Li": 0} and table.loc["Li", ["nearer", "further"]].tolist() == [1, 1]


def test_an_override_of_some_cells_is_scored_on_those():
    some = SEEN[(SEEN["forecaster"] != "people") | (SEEN["account"] == "fees")]
    row = value_added(some, ["ours", "people"]).iloc[0]
    assert (row["count"], row["error_before"], row["error"]) == (2, 4 / 20, 4 / 20)


def test_layers_that_nobody_made_are_refused():
    with pytest.raises(RequestError) as raised:
        value_added(SEEN, ["ouers"], ["author"])
    assert len(raised.value.problems) == 3


# Whether a layer's gain is more than luck


def laid(gains, months=24, seed=1):
    """Persons whose override changes ours by `gains` (person: gain of truth from −1 to 1, or None for luck alone), one month a period."""
    dice, rows = np.random.default_rng(seed), []
    periods = month_range(pd.Timestamp("2015-01-01"), months)
    for person, gain in gains.items():
        actual = 100 + dice.normal(0, 10, months)
        ours = actual + dice.normal(0, 10, months)
        override = actual + (dice.normal(0, 10, months) if gain is None else (1 - gain) * (ours - actual))
        for name, amounts in (("ours", ours), ("people", override)):
            rows.append(pd.DataFrame({"person": person, "forecaster": name, "period": periods, "amount": amounts, "actual": actual}))
    return pd.concat(rows, ignore_index=True).assign(as_of=pd.Timestamp("2014-12-01"))


def test_who_is_planted_to_help_and_to_hurt_is_told_and_nobody_else():
    table = judge_layer(laid({"Ada": 0.5, "Bo": -0.5, "Li": None}), "ours", "people", ["person"]).set_index("person")
    assert table["verdict"].to_dict() == {"Ada": HELPS, "Bo": HURTS, "Li": UNTOLD}
    assert table["won"].to_dict() | {"Li": 0} == {"Ada": 24, "Bo": 0, "Li": 0} and (table["periods"] == 24).all()
    assert table.at["Ada", "p"] == pytest.approx(2 * 0.5**24) and table.at["Ada", "added"] > 0 > table.at["Bo", "added"]


@pytest.mark.parametrize("months, verdict", [(5, UNTOLD), (6, HELPS)])
def test_fewer_than_six_months_tell_nothing_however_good(months, verdict):
    assert judge_layer(laid({"Ada": 0.5}, months), "ours", "people", ["person"])["verdict"].tolist() == [verdict]


def test_of_many_whose_changes_are_luck_at_most_one_in_twenty_is_told():
    luck = judge_layer(laid({f"{n}": None for n in range(400)}), "ours", "people", ["person"])
    assert 0 < (luck["verdict"] != UNTOLD).mean() <= 0.05


def test_several_origins_of_one_month_are_one_toss():
    one = laid({"Ada": 0.5}, 4)
    many = pd.concat([one.assign(as_of=pd.Timestamp(f"2014-{month:02}-01")) for month in range(1, 13)])
    row = judge_layer(many, "ours", "people", ["person"]).iloc[0]
    assert (row["count"], row["periods"], row["verdict"]) == (48, 4, UNTOLD)


def test_what_wins_often_and_loses_much_is_not_told():
    """Twenty-three months a little nearer and one far off: the sum says the opposite of the count."""
    table = laid({"Ada": 0.1})
    last = (table["forecaster"] == "people") & (table["period"] == table["period"].max())
    table.loc[last, "amount"] += 1000
    row = judge_layer(table, "ours", "people", ["person"]).iloc[0]
    assert row["p"] < 0.05 and row["added"] < 0 and row["verdict"] == UNTOLD


def test_ties_and_nothing_that_came_are_told_as_neither():
    assert judge_layer(laid({"Ada": 0.0}), "ours", "people", ["person"])[["p", "verdict"]].to_numpy().tolist() == [[1.0, UNTOLD]]
    nothing = laid({"Ada": 0.5}).assign(actual=0.0)
    nothing.loc[nothing["forecaster"] == "people", "amount"] = 0.0
    row = judge_layer(nothing, "ours", "people", ["person"]).iloc[0]
    assert row["won"] == 24 and pd.isna(row["added"]) and row["verdict"] == UNTOLD
