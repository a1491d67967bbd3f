"""The study of channels: planted returns found, parts that add up, plans within their bounds, doubts that are said, bad input."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from channel_world import FIRST, assumptions, build, event_tables

from planning.core.errors import RequestError
from planning.plan import channels
from planning.plan.channels import build_study, check_study, inside, study_key_figures, study_tables, total_return, trial_errors

WORLD = build(3, returns=[4.0, 1.0, 0.3], noise=0.015, share=0.06)
TABLES = event_tables(WORLD)


@pytest.fixture(scope="module")
def study():
    return build_study(TABLES, assumptions(), 0.8, 1)


def refused(tables=TABLES, level=0.8, **different):
    """What is wrong with a request, as people read it."""
    with pytest.raises(RequestError) as wrong:
        build_study(tables, assumptions(**different), level, 1)
    return str(wrong.value)


def changed(name, change):
    """The tables with one of them changed."""
    return TABLES | {name: change(TABLES[name].copy())}


# what is found


def test_the_planted_channel_returns_most_and_gets_more_money(study):
    table = study.channels.set_index("code")
    assert table["roi"].idxmax() == "radio"
    truth = 0.5 * WORLD.brought[-52:, 0].sum() / WORLD.weeks.spend[-52:, 0].sum()
    assert table.at["radio", "lower"] <= truth <= table.at["radio", "upper"]
    assert table.at["radio", "odds"] > 0.95 > 0.2 > table.at["leaflets", "odds"]
    change = study.plan.set_index("code")["change"]
    assert change["radio"] > 0 > change["leaflets"]


def test_every_check_holds(study):
    assert [check.name for check in check_study(study) if not check.passed] == []


def test_the_bridge_closes_to_the_cent_and_says_what_the_returns_say(study):
    steps = study.bridge.set_index("step")["amount"]
    assert steps.drop("end").sum() == pytest.approx(steps["end"], abs=0.005)
    assert steps["end"] == pytest.approx(WORLD.weeks.sales[-52:].sum())
    table = study.channels.set_index("code")
    assert (0.5 * steps[table.index]).to_numpy() == pytest.approx((table["roi"] * table["spend"]).to_numpy())
    told = channels.total_return(study)[0] * table["spend"].sum()
    assert 0.5 * steps.drop(["start", "end"]).sum() == pytest.approx(told), "the bridge and the headline tell the same return of all"


def test_a_channel_and_a_condition_may_have_the_same_code(study):
    labels = study.assumptions.labels
    twice = dataclasses.replace(study.assumptions, labels=pd.concat([labels, labels.assign(label_en="Again")]))
    assert channels._named(study.channels[["code"]].copy(), twice)["label_en"].tolist() == study.channels["label_en"].tolist()


def test_a_check_fails_where_parts_do_not_add_up_or_a_plan_costs_more(study):
    amounts = study.bridge["amount"].where(study.bridge["step"] != "radio", 0.0)
    planned = study.plan["planned"] * 1.5
    broken = dataclasses.replace(study, bridge=study.bridge.assign(amount=amounts), plan=study.plan.assign(planned=planned))
    failed = {check.name.removeprefix("channels: ") for check in check_study(broken) if not check.passed}
    assert failed == {"baseline and channels add up to sales", "the plan costs the budget", "no channel changes more than it may"}


def test_too_few_independent_draws_fail_a_check(study):
    poor = dataclasses.replace(study, response=dataclasses.replace(study.response, effective=12.0))
    assert [check.name for check in check_study(poor) if not check.passed] == ["channels: enough independent draws"]


def test_the_margin_turns_sales_into_contribution(study):
    plain = build_study(TABLES, assumptions(margin=1.0, worlds=0), 0.8, 1)
    assert (plain.channels["roi"] * 0.5).to_numpy() == pytest.approx(study.channels["roi"].to_numpy())
    assert plain.bridge.equals(study.bridge)


def test_the_weeks_add_up_to_sales(study):
    parts = study.weeks.drop(columns=["period", "sales"]).sum(axis=1)
    assert parts.to_numpy() == pytest.approx(WORLD.weeks.sales)


def test_a_budget_is_spread_and_compared_with_todays_mix_of_the_same_budget():
    last = WORLD.weeks.spend[-13:].sum()
    study = build_study(TABLES, assumptions(budget=1.1 * last, worlds=0), 0.8, 1)
    assert study.plan["planned"].sum() == pytest.approx(1.1 * last) == study.plan["now"].sum()
    assert (study.plan["planned"] <= 1.3 * study.plan["last"] + 1e-6).all()
    assert study.quarter["spend"].to_numpy() == pytest.approx(1.1 * last)


def test_no_freedom_leaves_todays_mix():
    study = build_study(TABLES, assumptions(most_change=0.0, worlds=0), 0.8, 1)
    assert study.plan["change"].abs().max() == 0 and study.gain["mean"] == 0
    assert [check.name for check in check_study(study) if not check.passed] == []


def test_more_freedom_is_worth_no_less_and_the_boldest_mix_gains_most_on_average(study):
    cases = study.what_ifs.set_index("case")
    assert cases.at["free", "worth"] >= cases.at["plan", "worth"] - 1e-6
    assert cases.at["boldest", "mean"] >= cases.at["plan", "mean"] - 1e-6
    assert cases.at["plan", "mean"] == pytest.approx(study.gain["mean"], rel=1e-6)
    assert cases.at["less", "spend"] < cases.at["plan", "spend"] < cases.at["more", "spend"]


def test_the_plan_is_expected_to_sell_more_than_todays_mix(study):
    rows = study.quarter.set_index("mix")
    assert rows.at["best", "sales"] > rows.at["today", "sales"]
    assert (rows["lower"] < rows["sales"]).all() and (rows["sales"] < rows["upper"]).all()


# doubt


def test_a_channel_too_small_to_be_seen_is_said_to_be_untold():
    tiny = changed("campaigns", lambda t: t.assign(spend=t["spend"].where(t["channel"] != "posters", t["spend"] / 10_000)))
    told = build_study(tiny, assumptions(worlds=0), 0.8, 1).channels.set_index("code")["told"]
    assert not told["posters"] and told["radio"]


def test_a_copied_channel_names_its_twin():
    def copy(table):
        radio = table.loc[table["channel"] == "radio", "spend"].to_numpy()
        copied = table["spend"].to_numpy().copy()
        copied[(table["channel"] == "posters").to_numpy()] = radio / 2 + 0.01
        return table.assign(spend=copied)

    table = build_study(changed("campaigns", copy), assumptions(worlds=0), 0.8, 1).channels.set_index("code")
    assert table.at["posters", "twin"] == "radio" and table.at["posters", "alike"] > 0.9
    assert table.at["posters", "explained"] > channels.ENTANGLED > table.at["leaflets", "explained"]


def test_the_trial_holds_out_only_what_came_after_two_years(study):
    assert len(study.trial) == 26 and study.trial["origin"].nunique() == 1
    assert study.trial["period"].min() == FIRST + pd.Timedelta(weeks=104)
    errors = trial_errors(study)
    assert len(errors) == 2 and errors.iloc[0]["ours"] == errors.iloc[-1]["ours"] < errors.iloc[-1]["naive"]
    assert inside(study.trial, "actual")["n"] == 26


def test_a_history_too_short_to_hold_weeks_out_has_no_trial():
    short = build_study(TABLES, assumptions(as_of="2021-05", worlds=0), 0.8, 1)
    assert short.trial.empty and trial_errors(short).empty and inside(short.trial, "actual")["n"] == 0
    assert [check.name for check in check_study(short) if not check.passed] == []


def test_nothing_known_later_is_used():
    early = assumptions(as_of="2021-05", worlds=0)
    later = TABLES["sales"]["period"] > "2021-05-25"
    other = changed("sales", lambda t: t.assign(amount=t["amount"].where(~later, t["amount"] * 5)))
    one, two = (study_tables(build_study(tables, early, 0.8, 1)) for tables in (TABLES, other))
    assert all(one[name].equals(two[name]) for name in one)


def test_the_same_seed_gives_the_same_tables(study):
    again = study_tables(build_study(TABLES, assumptions(), 0.8, 1))
    assert all(table.equals(again[name]) for name, table in study_tables(study).items())


# tables for others


def test_the_page_gets_its_columns(study):
    columns = "label_en label_zh spend roi lower upper marginal marginal_lower marginal_upper".split()
    returns = study_tables(study)["returns"]
    assert list(returns) == columns and not returns.isna().any(axis=None)
    assert returns["spend"].sum() == pytest.approx(WORLD.weeks.spend[-52:].sum())


def test_key_figures_are_few_and_hold_their_bands(study):
    figures = study_key_figures(study)
    assert 2 <= len(figures) <= 5 and all(figure[3] in ("up", "down", "neutral") for figure in figures)
    middle, lower, upper = total_return(study)
    assert lower < middle < upper and figures[1][1:] == (middle, "rate", "up", (lower, upper))


def test_a_company_without_conditions_or_names_has_its_study():
    bare = {name: TABLES[name] for name in ("campaigns", "sales")}
    study = build_study(bare, assumptions(labels=assumptions()["labels"].iloc[:1], worlds=0), 0.8, 1)
    assert study.conditions == [] and dict(zip(study.channels["code"], study.channels["label_zh"], strict=True))["posters"] == "posters"


def test_a_channel_that_paused_has_no_return_and_no_plan():
    late = TABLES["campaigns"]["period"] > TABLES["campaigns"]["period"].max() - pd.Timedelta(weeks=60)
    paused = changed("campaigns", lambda t: t.assign(spend=t["spend"].where(~(late & (t["channel"] == "posters")), 0.0)))
    study = build_study(paused, assumptions(), 0.8, 1)
    table, plan = study.channels.set_index("code"), study.plan.set_index("code")
    assert np.isnan(table.at["posters", "roi"]) and plan.at["posters", "planned"] == 0 and plan.at["posters", "bound"] == ""
    assert "posters" not in set(study.curves["code"]) and "posters" not in set(study.found["channel"])
    assert [check.name for check in check_study(study) if not check.passed] == []


# bad input


def test_assumptions_out_of_range_or_missing_are_listed_together():
    said = refused(margin=0.0, risk=-1.0, most_change=2.0, draws=3)
    assert said.startswith("channels: 4 problems") and all(name in said for name in ("margin", "risk", "most_change", "draws"))
    short = assumptions()
    del short["budget"], short["worlds"]
    with pytest.raises(RequestError, match=r"budget: missing\n.*worlds: missing"):
        build_study(TABLES, short, 0.8, 1)
    assert "level" in refused(level=1.5)


def test_a_budget_no_mix_can_cost_is_refused_with_the_span():
    said = refused(budget=9e9)
    assert "no mix within the bounds costs this" in said and "most_change" in said


@pytest.mark.parametrize("name, change, words", [
    ("campaigns", lambda t: t.assign(spend=-t["spend"]), "negative spend"),
    ("campaigns", lambda t: t.assign(spend=t["spend"].where(t["channel"] != "radio", 0.0)), "campaigns, radio: nothing was ever spent"),
    ("campaigns", lambda t: t.assign(spend=t["spend"].where(t["channel"] != "radio", 5.0)), "the same spend in every week"),
    ("campaigns", lambda t: t.iloc[3:], "campaigns, radio: weeks without a figure"),
    ("campaigns", lambda t: pd.concat([t, t.iloc[:1]]), "campaigns, radio: twice"),
    ("campaigns", lambda t: t.iloc[:0], "campaigns: no rows"),
    ("campaigns", lambda t: t.assign(spend=t["spend"].where(t["period"] < "2021-03-01", 0.0)), "nothing was spent in the last 13 weeks"),
    ("sales", lambda t: t.drop(index=60), "no step of 7 days"),
    ("sales", lambda t: pd.concat([t, t.iloc[:1]]), "sales: twice"),
    ("sales", lambda t: t.assign(amount=0.0), "sales are not above 0"),
    ("conditions", lambda t: t.assign(value=t["value"].where(t.index != 5)), "conditions, rain: weeks without a figure"),
])  # fmt: skip
def test_bad_tables_are_refused_in_words(name, change, words):
    assert words in refused(changed(name, change))


def test_fewer_weeks_than_two_years_are_refused():
    assert "at least 104" in refused(as_of="2020-06")


def test_fewer_weeks_than_the_channels_need_are_refused():
    radio = TABLES["campaigns"].query("channel == 'radio'")
    chance = np.random.default_rng(1)
    many = pd.concat([radio.assign(channel=f"c{at}", spend=chance.gamma(1.0, 5.0, len(radio))) for at in range(45)])
    assert "fewer weeks than the channels need" in refused(TABLES | {"campaigns": many})


# lift tests


def lift_tests(**different):
    row = {"channel": "radio", "start": FIRST + pd.Timedelta(weeks=60), "weeks": 8.0, "times": 0.0, "sales": 900.0, "error": 90.0}
    return pd.DataFrame([row | different])


def test_lift_tests_that_have_ended_are_taken_in():
    two = pd.concat([lift_tests(channel="posters"), lift_tests(start=FIRST + pd.Timedelta(weeks=125))])
    made = build_study(TABLES | {"lift_tests": two}, assumptions(worlds=1), 0.8, 1)
    (lift,) = made.response.weeks.lifts
    assert made.codes[lift.channel] == "posters" and (lift.first, lift.weeks, lift.sales, lift.error) == (60, 8, 900.0, 90.0)
    told = [table.channels.set_index("code").at["posters", "roi"] for table in (made, build_study(TABLES, assumptions(worlds=1), 0.8, 1))]
    assert told[0] != told[1]


@pytest.mark.parametrize(
    ("different", "said"),
    [
        ({"channel": "sky"}, "a channel without spend"),
        ({"start": FIRST + pd.Timedelta(days=3)}, "no whole weeks"),
        ({"weeks": 2.5}, "no whole weeks, expected the first day of a week of sales, and whole weeks, got 2.5 weeks"),
        ({"times": 1.0}, "nothing was changed, expected spend in these weeks, and times other than 1, got times 1"),
    ],
)
def test_a_lift_test_that_cannot_be_is_refused(different, said):
    assert said in refused(TABLES | {"lift_tests": lift_tests(**different)})
