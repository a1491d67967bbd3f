"""Projects weighed, on a small table whose truth is known by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from planning.core.checks import all_passed
from planning.core.errors import RequestError
from planning.plan import projects
from planning.plan.projects import build_study, check_study, paying_ranges, study_key_figures, study_tables

GIVEN = {"rate": 0.1, "hurdle_years": 2.0, "capital": 0.0, "correlation": 0.3, "draws": 2048, "origin": {}, "currency": "CNY"}


def flow(project, period, amount, lower=None, upper=None):
    row = {"project": project, "period": pd.Timestamp(period), "amount": float(amount), "lower": lower, "upper": upper}
    return row | {"label_en": f"Project {project}", "label_zh": f"项目{project}"}


def table(*rows):
    return pd.DataFrame(rows).astype({"lower": float, "upper": float})


FLOWS = table(
    flow("plain", "2024-01", -1000), flow("plain", "2025-01", 600, 500, 700), flow("plain", "2026-01", 720, 500, 940),
    flow("mine", "2024-01", -1000), flow("mine", "2025-01", 2300), flow("mine", "2026-01", -1320),
    flow("grant", "2024-07", 200), flow("grant", "2025-07", -400, -500, -380), flow("grant", "2026-07", 250, 150, 300),
    flow("loss", "2024-01", -300, -500, -290), flow("loss", "2026-01", 200, 100, 210),
)  # fmt: skip


def study(flows=FLOWS, level=0.8, seed=7, **changes):
    return build_study({"cash_flows": flows}, GIVEN | changes, level, seed)


STUDY = study()
BY_CODE = STUDY.projects.set_index("project")


# each project


def test_values_are_what_paper_says():
    assert BY_CODE.at["plain", "planned"] == pytest.approx(-1000 + 600 / 1.1 + 720 / 1.21)
    assert BY_CODE.at["mine", "planned"] == pytest.approx(0, abs=1e-9)  # 10 % is one of its internal rates
    half = 1.1**-0.5
    assert BY_CODE.at["grant", "planned"] == pytest.approx(half * (200 - 400 / 1.1 + 250 / 1.21)), "all values are of one day"


def test_an_even_span_keeps_the_value_and_a_lopsided_one_moves_it():
    assert BY_CODE.at["plain", "npv"] == pytest.approx(BY_CODE.at["plain", "planned"])
    assert BY_CODE.at["loss", "npv"] < BY_CODE.at["loss", "planned"] - 50


def test_every_internal_rate_is_told_and_none_where_there_is_none():
    rates = {code: own["rate"].tolist() for code, own in STUDY.roots.groupby("project")}
    assert rates["mine"] == pytest.approx([0.10, 0.20]) and rates["plain"] == pytest.approx([0.20]) and "grant" not in rates
    assert BY_CODE["irr"].to_dict() == {"plain": "20.0 %", "mine": "10.0 % · 20.0 %", "grant": "–", "loss": "−18.4 %"}


def test_internal_rates_mean_where_a_project_pays():
    ranges = {code: paying_ranges(STUDY, code) for code in BY_CODE.index}
    assert ranges["mine"] == [pytest.approx((0.10, 0.20))] and ranges["plain"] == [(0.0, pytest.approx(0.20))]
    assert ranges["grant"] == [(0.0, np.inf)] and ranges["loss"] == []


def test_a_band_of_the_internal_rate_is_shown_only_where_it_is_one():
    assert BY_CODE.loc["plain", ["irr_lower", "irr_upper"]].notna().all()
    assert BY_CODE.at["plain", "irr_lower"] < 0.20 < BY_CODE.at["plain", "irr_upper"]
    assert BY_CODE.loc[["mine", "grant"], ["irr_lower", "irr_upper"]].isna().all(axis=None)


def test_payback_capital_and_margin_by_hand():
    assert BY_CODE.at["plain", "payback"] == pytest.approx(1 + 400 / 720) and np.isinf(BY_CODE.at["mine", "payback"])
    assert BY_CODE["need"].to_dict() == {"plain": 1000, "mine": 1000, "grant": 200, "loss": 300}
    received = 600 / 1.1 + 720 / 1.21
    assert BY_CODE.at["plain", "margin"] == pytest.approx(1 - 1000 / received), "so much less would leave nothing"


def test_a_certain_project_has_no_band_and_sure_odds():
    sure = study(FLOWS[FLOWS["project"] == "mine"], rate=0.15).projects.iloc[0]
    assert sure["lower"] == pytest.approx(sure["upper"]) and sure["odds"] == 1.0 and sure["never_odds"] == 1.0


def test_one_uncertain_amount_has_the_odds_of_its_span():
    """Worth nothing where the amount is 550, its lower edge: one in ten lies below, so 90 % above."""
    flows = table(flow("one", "2024-01", -500), flow("one", "2025-01", 660, 550, 700))
    row = study(flows, draws=16384).projects.iloc[0]
    assert row["odds"] == pytest.approx(0.9, abs=0.004) and row["lower"] == pytest.approx(0, abs=1)
    assert row["upper"] == pytest.approx(700 / 1.1 - 500, abs=1)
    assert row["payback_odds"] == pytest.approx(norm.cdf(160 / 110 * norm.ppf(0.9)), abs=0.004), "500 are back unless less than 500 come"


def test_bands_hold_what_they_promise_on_fresh_draws():
    """Draws that the bands were not taken from: 80 % within, by 8,192 courses of another seed."""
    fresh = study(seed=8, draws=8192)
    codes = fresh.projects["project"].tolist()
    for code in ("plain", "grant", "loss"):
        values, row = fresh.values[:, codes.index(code)], BY_CODE.loc[code]
        assert ((values >= row["lower"]) & (values <= row["upper"])).mean() == pytest.approx(0.8, abs=0.02)


# projects together


def test_projects_stand_in_the_order_of_their_expected_value():
    assert STUDY.projects["npv"].is_monotonic_decreasing and STUDY.projects["rank"].tolist() == [1, 2, 3, 4]
    assert (STUDY.projects["rank_lower"] <= STUDY.projects["rank_upper"]).all()
    assert STUDY.values.mean(axis=0) == pytest.approx(STUDY.projects["npv"].to_numpy(), abs=1.0), "columns follow the rows"


def test_two_projects_that_are_alike_cannot_be_told_apart():
    again = FLOWS[FLOWS["project"] == "plain"].assign(project="twin", label_en="Twin", label_zh="双胞")
    beats = study(pd.concat([FLOWS, again])).beats.set_index(["project", "other"])["odds"]
    assert beats["plain", "twin"] == pytest.approx(0.5, abs=0.02) and beats["plain", "loss"] > 0.95


def test_a_correlation_widens_the_sum_and_leaves_each_project():
    loose, tight = study(correlation=0.0), study(correlation=0.8)
    assert tight.projects.set_index("project").at["mine", "lower"] == pytest.approx(loose.projects.set_index("project").at["mine", "lower"])
    width = {name: one.choices.set_index("way").loc["all"] for name, one in (("loose", loose), ("tight", tight))}
    assert width["tight"]["upper"] - width["tight"]["lower"] > 1.2 * (width["loose"]["upper"] - width["loose"]["lower"])
    at = STUDY.correlations.set_index("correlation")
    assert list(at.index) == [0.0, 0.3, 0.65] and (at["upper"] - at["lower"]).is_monotonic_increasing


def test_with_little_money_the_best_combination_beats_the_ranking():
    flows = table(*(row for code, paid, back in (("a", 51, 70), ("b", 50, 68), ("c", 50, 68))
                    for row in (flow(code, "2024-01", -paid), flow(code, "2025-01", back))))  # fmt: skip
    short = study(flows, capital=100.0)
    ways = short.choices.set_index("way")
    assert short.portfolio.set_index("project")["best"].to_dict() == {"a": False, "b": True, "c": True}
    assert ways.at["best", "npv"] > ways.at["by_rank", "npv"] and ways.at["best", "need"] == 100 and ways.at["best", "within"] == 1.0
    assert all_passed(check_study(short))


def test_an_overrun_shows_in_the_odds_that_the_money_suffices():
    flows = table(flow("a", "2024-01", -100, -140, -95), flow("a", "2025-01", 200))
    best = study(flows, capital=110.0).choices.set_index("way").loc["best"]
    assert best["need"] == 100 and 0.5 < best["within"] < 0.75, "half are dearer than planned, some of them by more than 10"


def test_a_choice_with_room_for_overruns_suffices_as_often_as_it_says():
    flows = table(flow("big", "2024-01", -100, -140, -95), flow("big", "2025-01", 200),
                  flow("small", "2024-01", -80, -90, -75), flow("small", "2025-01", 120))  # fmt: skip
    made = study(flows, capital=110.0)
    ways = made.choices.set_index("way")
    assert made.portfolio.set_index("project")[["best", "safe"]].to_dict("list") == {"best": [True, False], "safe": [False, True]}
    assert ways.at["safe", "within"] >= 0.8 > ways.at["best", "within"] and ways.at["best", "need_upper"] == pytest.approx(140, rel=0.02)


def test_the_odds_that_the_capital_suffices_are_a_key_figure_where_there_is_a_limit():
    limited = {figure[0]: figure[1] for figure in study_key_figures(study(capital=1000.0))}
    assert 0 <= limited["projects_within"] <= 1 and len(limited) <= 5
    assert "projects_within" not in {figure[0] for figure in study_key_figures(STUDY)}


def test_amounts_of_one_month_on_several_days_are_weighed_together():
    days = study(table(flow("a", "2024-01-05", -100), flow("a", "2024-01-20", -10), flow("a", "2025-01-10", 150)))
    assert days.projects.at[0, "need"] == 110 and days.projects.at[0, "planned"] == pytest.approx(-110 + 150 / 1.1)
    assert days.cumulative["amount"].tolist() == [-110, 40]


# what if, and the trial


def test_the_assumed_correlation_shows_the_same_choice_in_both_tables():
    best, row = STUDY.choices.set_index("way").loc["best"], STUDY.correlations.set_index("correlation").loc[0.3]
    assert row[["lower", "upper", "odds"]].tolist() == pytest.approx(best[["lower", "upper", "odds"]].tolist())


def test_what_ifs_by_hand():
    row = STUDY.what_ifs.set_index("project").loc["plain"]
    assert row["base"] == pytest.approx(BY_CODE.at["plain", "npv"])
    assert row["dearer"] == pytest.approx(-1000 + 600 / 1.12 + 720 / 1.12**2)
    assert row["late"] == pytest.approx(-1000 + 600 / 1.1**2 + 720 / 1.1**3)
    assert row["overrun"] == pytest.approx(row["base"] - 200) and row["short"] == pytest.approx(0.9 * (row["base"] + 1000) - 1000)


def test_the_simulation_is_near_the_exact_means():
    trial = STUDY.trial.set_index("project")
    uncertain = trial.loc[["plain", "grant", "loss"]]
    assert (uncertain["error"].abs() < uncertain["plain_error"]).all() and (uncertain["times"] > 5).all()
    assert trial.at["mine", "error"] == pytest.approx(0, abs=1e-9)


def test_seed_and_assumptions_decide_everything():
    for name, made in study_tables(study()).items():
        pd.testing.assert_frame_equal(made, study_tables(STUDY)[name])
    assert not np.array_equal(study(seed=8).values, STUDY.values)


def test_the_order_of_the_rows_changes_no_value():
    shuffled = study(FLOWS.sample(frac=1.0, random_state=3)).projects.set_index("project")["npv"]
    assert shuffled.to_dict() == pytest.approx(BY_CODE["npv"].to_dict())


# checks, tables, bad input


def test_checks_pass_and_catch_a_root_that_is_none_or_missing():
    assert all_passed(check_study(STUDY))
    failed = [check.name for check in check_study(dataclasses.replace(STUDY, roots=STUDY.roots.assign(value=1.0))) if not check.passed]
    assert failed == ["every internal rate leaves no value"]
    missing = dataclasses.replace(STUDY, roots=STUDY.roots.iloc[1:])
    assert "a search by steps finds no further internal rate" in [check.name for check in check_study(missing) if not check.passed]
    shifted = dataclasses.replace(STUDY, trial=STUDY.trial.assign(error=500.0))
    assert "the simulated means are the exact ones" in [check.name for check in check_study(shifted) if not check.passed]


def test_what_the_cockpit_reads_is_there():
    assert {"label_en", "label_zh", "npv", "lower", "upper", "odds"} <= set(study_tables(STUDY)["projects"].columns)
    figures = study_key_figures(STUDY)
    assert [figure[0] for figure in figures][:2] == ["projects_chosen_value", "projects_capital"] and figures[0][2] == "CNY"
    value, (lower, upper) = figures[0][1], figures[0][4]
    assert lower < value < upper


def test_everything_wrong_is_told_at_once():
    bad = table(
        flow("a", "2024-01", -100, -90, -80), flow("a", "2025-01", np.inf), flow("b", "2024-01", 5, 1),
        flow("c", "2024-01", -1) | {"label_en": "C"}, flow("c", "2025-01", 2) | {"label_en": "Sea"},
    )  # fmt: skip
    with pytest.raises(RequestError) as told:
        study(bad, rate=-0.9, correlation=1.5, origin={"en": "made up"})
    said = str(told.value)
    for part in ("rate: out of range", "correlation: out of range", "origin: not said in both languages", "a, 2024-01: wrong span",
                 "not a number", "b, 2024-01: wrong span", "c: several names"):  # fmt: skip
        assert part in said, part
    assert len(told.value.problems) == 7


def test_nothing_to_weigh_and_nothing_assumed_are_told():
    with pytest.raises(RequestError, match="no cash flows"):
        study(FLOWS.iloc[:0])
    with pytest.raises(RequestError, match="hurdle_years: missing"):
        build_study({"cash_flows": FLOWS}, {name: value for name, value in GIVEN.items() if name != "hurdle_years"}, 0.8, 1)


def test_more_than_can_be_simulated_is_refused_before_it_begins():
    with pytest.raises(RequestError, match="too much to simulate"):
        study(draws=projects.LARGEST)


def test_a_project_that_only_pays_is_weighed_and_not_chosen():
    only = study(table(flow("a", "2024-01", -100, -120, -90), flow("a", "2025-01", -50)))
    row = only.projects.iloc[0]
    assert row["irr_count"] == 0 and row["odds"] == 0 and np.isinf(row["payback"]) and paying_ranges(only, "a") == []
    assert only.choices.set_index("way").at["best", "projects"] == 0 and all_passed(check_study(only))
