import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, LONG, MILLION, USD, assert_no_overlap, assert_nothing_is_cut, month_table, words_of
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from planning.view.amounts import Unit
from planning.view.charts import (
    show_bridge,
    show_cases,
    show_landing,
    show_months,
    show_top_down_bottom_up,
    show_trial,
)
from planning.view.frame import BAD, GOOD, variance_colour

SHEET = {"title": "Message.", "measure": "Obligations", "unit": USD, "period": "FY2021", "source": "the ledger"}
MONTHS = {key: value for key, value in SHEET.items() if key != "period"}
TRIAL = {key: value for key, value in SHEET.items() if key != "unit"}
AS_OF = pd.Timestamp("2020-12-01")


def landing_table(*amounts):
    scenarios = ["prior", "budget", "forecast", "people", "naive"][: len(amounts)]
    table = pd.DataFrame({"label": [f"row {s}" for s in scenarios], "scenario": scenarios, "amount": amounts})
    return table.assign(
        lower=np.where(table["scenario"] == "forecast", table["amount"] * 0.95, np.nan), upper=table["amount"] * 1.05
    )


def bridge_table(start, *steps, end=None):
    end = start + sum(steps) if end is None else end
    labels = [f"step {at}" for at in range(len(steps))]
    kinds = ["start", *["step"] * len(steps), "end"]
    return pd.DataFrame({"step": ["from", *labels, "to"], "amount": [start, *steps, end], "kind": kinds})


def cases_table(*amounts):
    return pd.DataFrame({"measure": "Balance", "case": ["downside", "base", "upside"], "amount": amounts, "better": "up"})


def gap_table(top_down, bottom_up):
    return pd.DataFrame({"label": [f"line {at}" for at in range(len(top_down))], "top_down": top_down, "bottom_up": bottom_up})


def trial_table(*errors):
    return pd.DataFrame(
        {"report": "Q1", "forecaster": ["ours", "people", "naive"][: len(errors)], "error": errors, "measure": "Revenue"}
    )


def bar_colours(chart, of: set) -> list:
    """The edge colours of the bars drawn in any of these colours."""
    bars = [patch for axes in chart.axes for patch in axes.patches if isinstance(patch, Rectangle)]
    return [to_hex(bar.get_edgecolor()).upper() for bar in bars if to_hex(bar.get_edgecolor()).upper() in of]


DRAWN = {
    "months": lambda lang, amounts: show_months(
        month_table(len(amounts), len(amounts) // 2).assign(amount=amounts),
        lang=lang,
        as_of=AS_OF,
        peers={"people": "People"},
        **MONTHS,
    ),
    "landing": lambda lang, amounts: show_landing(landing_table(*amounts[:5]), lang=lang, better="down", level=0.8, **SHEET),
    "bridge": lambda lang, amounts: show_bridge(bridge_table(4870 * MILLION, *amounts), lang=lang, better="down", **SHEET),
    "cases": lambda lang, amounts: show_cases(cases_table(*amounts[:3]), lang=lang, **SHEET),
    "gap": lambda lang, amounts: show_top_down_bottom_up(gap_table(amounts, amounts[::-1]), lang=lang, **SHEET),
    "trial": lambda lang, amounts: show_trial(trial_table(*np.abs(amounts[:3]) / 1e10), lang=lang, **TRIAL),
}
EDGES = {
    "ordinary": [400, 20, 30, 80, 55],
    "all missing": [np.nan] * 5,
    "zeros": [0.0] * 5,
    "negatives": [-4000, -20, -30.5, -0.004, -900],
    "mixed": [-300, np.nan, 0, 900, -0.01],
    "tiny": [0.001, 0.002, 0.003, 0.004, 0.005],
    "huge": [9.9e6, -8.8e6, 7.7e6, 1, 2],
}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("drawn", DRAWN)
def test_every_chart_draws_edge_figures_in_both_languages_and_cuts_nothing(drawn, edge, lang):
    chart = DRAWN[drawn](lang, np.array(EDGES[edge]) * MILLION)
    assert_nothing_is_cut(chart)
    assert_no_overlap(chart)
    assert "nan" not in words_of(chart).lower().replace("finance", "")


EMPTY = {
    "months": lambda lang: show_months(month_table(0, 0), lang=lang, **MONTHS),
    "landing": lambda lang: show_landing(landing_table(), lang=lang, **SHEET),
    "bridge": lambda lang: show_bridge(bridge_table(1.0).iloc[:0], lang=lang, **SHEET),
    "cases": lambda lang: show_cases(cases_table(1, 2, 3).iloc[:0], lang=lang, **SHEET),
    "gap": lambda lang: show_top_down_bottom_up(gap_table([], []), lang=lang, **SHEET),
    "trial": lambda lang: show_trial(trial_table(), lang=lang, **TRIAL),
}


@pytest.mark.parametrize("drawn", EMPTY)
def test_an_empty_table_says_that_there_is_nothing_to_show(drawn, lang):
    said = words_of(EMPTY[drawn](lang))
    assert ("There is nothing to show." if lang == "en" else "暂无数据") in said


@pytest.mark.parametrize("months", [1, 12, 18])
@pytest.mark.parametrize("closed", [0, 1, 18])
def test_month_labels_never_overlap(months, closed, lang):
    chart = show_months(month_table(months, closed), lang=lang, as_of=AS_OF, level=0.8, peers={"people": "People"}, **MONTHS)
    assert_nothing_is_cut(chart)
    assert_no_overlap(chart)


def test_eighteen_months_in_dollars_are_still_readable():
    chart = show_months(month_table(18, 6), lang="en", **(MONTHS | {"unit": Unit("USD", "one", 0)}))
    assert_nothing_is_cut(chart)
    assert_no_overlap(chart)
    assert "400,000,000" in words_of(chart)


def test_very_long_and_hostile_labels_stay_inside_the_sheet(lang):
    for label in (LONG, HOSTILE, "预算" * 80, "x" * 200):
        sheet = SHEET | {"title": label, "measure": label, "source": label}
        table = landing_table(5 * MILLION, 4 * MILLION, 3 * MILLION).assign(label=[label, "base", label + "2"])
        assert_nothing_is_cut(show_landing(table, lang=lang, **sheet))
        assert_nothing_is_cut(show_bridge(bridge_table(1.0, 2.0).assign(step=label), lang=lang, **sheet))
        assert_nothing_is_cut(show_top_down_bottom_up(gap_table([1e6], [2e6]).assign(label=label), lang=lang, **sheet))
        assert_nothing_is_cut(show_cases(cases_table(1e6, 2e6, 3e6).assign(measure=label), lang=lang, **sheet))
        trial = TRIAL | {"title": label}
        assert_nothing_is_cut(
            show_trial(trial_table(0.1, 0.2).assign(report=label), lang=lang, forecasters={"ours": label}, **trial)
        )


def test_dollar_signs_in_a_title_are_not_read_as_a_formula():
    chart = show_landing(landing_table(1e6, 2e6), lang="en", **(SHEET | {"title": "From $1.0 m_x to $2.0 m^2"}))
    assert "From $1.0 m_x to $2.0 m^2" in words_of(chart)
    assert not any(text.get_parse_math() for text in chart.texts)


def test_months_show_the_boundary_the_band_the_prior_year_and_the_source():
    said = words_of(show_months(month_table(12, 6), lang="en", as_of=AS_OF, level=0.8, **MONTHS))
    for word in (
        "closed to Dec 2020",
        "open",
        "80 % forecast band".replace(" %", "\u00a0%"),
        "PY prior year",
        "ΔPY",
        "Source: the ledger",
    ):
        assert word in said
    assert "Obligations in $ million, Jul 2020 – Jun 2021, as of Dec 2020" in said


def test_a_closed_year_has_no_boundary_and_no_band():
    said = words_of(show_months(month_table(12, 12), lang="en", as_of=AS_OF, **MONTHS))
    assert "open" not in said and "band" not in said


def test_months_without_a_prior_year_say_so_and_show_no_variance():
    said = words_of(show_months(month_table(12, 6).assign(prior=np.nan), lang="en", **MONTHS))
    assert "no prior-year figures" in said and "ΔPY" not in said


def test_a_missing_month_is_a_dash():
    table = month_table(3, 3)
    table.loc[1, "amount"] = np.nan
    assert words_of(show_months(table, lang="en", **MONTHS)).split("\n").count("–") == 2  # its amount and its variance


@pytest.mark.parametrize(("better", "colour"), [("up", GOOD), ("down", BAD)])
def test_a_rise_is_green_for_revenue_and_red_for_spending(better, colour):
    chart = show_months(month_table(3, 3), lang="en", better=better, **MONTHS)
    assert set(bar_colours(chart, {GOOD, BAD})) == {colour}


def test_variance_colours():
    assert variance_colour(1, "up") == variance_colour(-1, "down") == GOOD
    assert variance_colour(-1, "up") == variance_colour(1, "down") == BAD
    assert variance_colour(0, "up") == variance_colour(float("nan"), "up") == variance_colour(5, "neutral")
    with pytest.raises(ValueError, match="better"):
        variance_colour(1, "more")


def test_landing_compares_every_row_with_the_budget():
    said = words_of(show_landing(landing_table(4870e6, 4934e6, 4998e6, 5032e6, 4870e6), lang="en", better="down", **SHEET))
    assert "+64.0" in said and "+98.0" in said and "+1.3" in said and said.count("−64.0") == 2 and "ΔBU" in said


def test_landing_without_a_budget_shows_no_variance():
    said = words_of(show_landing(landing_table(4870e6), lang="en", **SHEET))
    assert "Δ" not in said and "4,870.0" in said


def test_landing_refuses_a_base_that_is_not_there():
    with pytest.raises(ValueError, match="nobody"):
        show_landing(landing_table(1.0, 2.0), lang="en", base="nobody", **SHEET)


def test_every_bar_starts_at_zero_or_where_the_step_before_ended():
    chart = show_landing(landing_table(4870e6, 4934e6, 4998e6), lang="en", **SHEET)
    assert {patch.get_x() for axes in chart.axes for patch in axes.patches} <= {0.0}
    axes = show_bridge(bridge_table(100e6, 10e6, -4e6), lang="en", **SHEET).axes[0]
    assert [(bar.get_x(), bar.get_width()) for bar in axes.patches] == [(0, 10e6), (10e6, -4e6), (0, 6e6)]


def test_bridge_prints_both_totals_and_their_difference():
    said = words_of(show_bridge(bridge_table(4870e6, 80e6, -16e6), lang="en", better="down", **SHEET))
    assert "4,870.0" in said and "4,934.0" in said and "+64.0  (+1.3\u00a0%)" in said
    assert "totals are printed, not drawn" in said and "no figure" not in said


def test_bridge_that_does_not_close_shows_the_difference():
    said = words_of(show_bridge(bridge_table(100e6, 10e6, end=115e6), lang="en", **SHEET))
    assert "Not explained by the steps" in said and "+5.0" in said


def test_bridge_puts_small_steps_together_and_keeps_the_total():
    steps = [at * MILLION for at in range(1, 31)]
    said = words_of(show_bridge(bridge_table(0.0, *steps), lang="en", most=10, **SHEET))
    assert "21 smaller steps together" in said and "+231.0" in said and "465.0" in said and "Not explained" not in said


def test_cases_share_one_scale():
    table = pd.concat([cases_table(4.7e9, 4.8e9, 4.9e9).assign(measure="Revenue"), cases_table(-0.1e9, 0.1e9, 0.3e9)])
    chart = show_cases(table, lang="en", **SHEET)
    scales = [axes.get_window_extent().width / np.ptp(axes.get_xlim()) for axes in chart.axes]
    assert scales[0] == pytest.approx(scales[1])
    assert "−200.0" in words_of(chart)


def test_cases_of_many_measures_run_over_several_lines(lang):
    table = pd.concat([cases_table(1e6, 2e6, 3e6).assign(measure=f"m{at}") for at in range(7)])
    assert_no_overlap(show_cases(table, lang=lang, **SHEET))


def test_gap_is_bottom_up_minus_top_down():
    said = words_of(show_top_down_bottom_up(gap_table([100e6, np.nan], [110e6, 5e6]), lang="en", **SHEET))
    assert "+10.0" in said and said.count("–") >= 2


def test_trial_prints_the_smallest_error_bold_and_ties_too():
    chart = show_trial(trial_table(0.0691, 0.0689, 0.098), lang="en", **TRIAL)
    bold = [text.get_text() for axes in chart.axes for text in axes.texts if text.get_fontweight() == "bold"]
    assert bold == ["6.9", "6.9"]


def test_unknown_scenarios_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="expected one of actual"):
        show_landing(landing_table(1e6).assign(scenario="guess"), lang="en", **SHEET)


def test_the_same_figures_give_the_same_picture():
    one, two = (show_landing(landing_table(1e6, 2e6, 3e6), lang="en", **SHEET).png(1) for _ in range(2))
    assert one == two


def test_a_chart_is_html_with_its_message_as_alternative_text():
    html = show_landing(landing_table(1e6, 2e6), lang="en", **(SHEET | {"title": HOSTILE}))._repr_html_()
    assert html.startswith('<img src="data:image/png;base64,') and "<script>" not in html and "&lt;script&gt;" in html


def test_a_machine_without_a_chinese_font_says_so(monkeypatch):
    monkeypatch.setattr("planning.view.fonts.chinese_font", lambda: None)
    chart = show_landing(landing_table(1e6, 2e6), lang="zh", **SHEET)
    assert "No Chinese font was found" in words_of(chart) and "fonts-noto-cjk" in words_of(chart)
    assert chart.png(1)
    assert "No Chinese font" not in words_of(show_landing(landing_table(1e6, 2e6), lang="en", **SHEET))
