import math

import pandas as pd
import pytest
from drawn import HOSTILE, MILLION, USD

from planning.view.sentences import (
    Unit,
    say_amount,
    say_bridge,
    say_cases,
    say_checks,
    say_coverage,
    say_figure,
    say_findings,
    say_gap,
    say_landing,
    say_landing_band,
    say_landing_margin,
    say_number,
    say_period,
    say_rate,
    say_to_date,
    say_trial,
    show_text,
)
from planning.view.words import LANGS, SENTENCES, WORDS

BUDGET = {"en": "the adopted budget", "zh": "年初预算"}
WAN = Unit("CNY", "ten_thousand")


def plain(sentence: str) -> str:
    """With ordinary spaces, as a reader types them."""
    return sentence.replace("\u00a0", " ")


def landing(amount, base, lang="en", **how):
    return plain(say_landing({"en": "spending", "zh": "支出"}[lang], amount, base, BUDGET[lang], USD, lang, **how))


def steps(*amounts):
    kinds = ["start", *["step"] * (len(amounts) - 2), "end"]
    labels = ["from", *[f"step {at}" for at in range(1, len(amounts) - 1)], "to"]
    return pd.DataFrame({"step": labels, "amount": amounts, "kind": kinds})


# amounts


@pytest.mark.parametrize(
    ("amount", "unit", "en", "zh"),
    [
        (4934 * MILLION, USD, "$4,934.0 m", "4,934.0 百万美元"),
        (-5 * MILLION, USD, "−$5.0 m", "−5.0 百万美元"),
        (-0.01 * MILLION, USD, "$0.0 m", "0.0 百万美元"),
        (float("nan"), USD, "–", "–"),
        (None, USD, "–", "–"),
        (math.inf, USD, "–", "–"),
        (12_340_000, WAN, "CNY 12,340 k", "1,234.0 万元"),
        (12_340_000, Unit("CNY", "million", 2), "CNY 12.34 m", "12.34 百万元"),
        (1_234_000_000, Unit("CNY", "hundred_million", 2), "CNY 1,234 m", "12.34 亿元"),
        (1234, Unit("CNY", "one", 0), "CNY 1,234", "1,234 元"),
        (1234, Unit("CNY", "thousand", 1), "CNY 1.2 k", "1.2 千元"),
        (1234, Unit("CHF", "one", 0), "CHF 1,234", "1,234 CHF"),
        (26812, Unit("", "one", 0, "positions", "个职位"), "26,812 positions", "26,812 个职位"),
    ],
)
def test_an_amount_is_written_with_its_unit(amount, unit, en, zh):
    assert plain(say_amount(amount, unit, "en")) == en
    assert plain(say_amount(amount, unit, "zh")) == zh


def test_a_sign_is_put_before_what_is_not_zero():
    assert plain(say_amount(5 * MILLION, USD, "en", sign=True)) == "+$5.0 m"
    assert say_figure(0.0, USD, "en", sign=True) == say_figure(-0.0, USD, "en", sign=True) == "0.0"
    assert say_number(-1234.5, "en", 1, sign=True) == "−1,234.5"


def test_rates_and_periods():
    assert plain(say_rate(0.0134, "en")) == "1.3 %" and say_rate(0.0134, "zh") == "1.3%"
    assert plain(say_rate(-0.5, "en", sign=True)) == "−50.0 %" and say_rate(float("nan"), "zh") == "–"
    assert (
        say_period(pd.Timestamp("2021-03-01"), "en") == "Mar 2021" and say_period(pd.Timestamp("2021-03-01"), "zh") == "2021年3月"
    )


def test_unit_headings():
    assert (USD.heading("en"), USD.heading("zh")) == ("$ million", "百万美元")
    assert (WAN.heading("en"), WAN.heading("zh")) == ("CNY ten thousand", "万元")
    with pytest.raises(ValueError, match="known: one, thousand"):
        Unit("USD", "dozen")


# landing


def test_landing_says_how_far_above_or_below():
    assert landing(4998e6, 4934e6) == "Spending lands at $4,998.0 m, $64.0 m (1.3 %) above the adopted budget."
    assert landing(4900e6, 4934e6) == "Spending lands at $4,900.0 m, $34.0 m (0.7 %) below the adopted budget."
    assert landing(4998e6, 4934e6, "zh") == "支出全年预计 4,998.0 百万美元，较年初预算高 64.0 百万美元（1.3%）。"


def test_landing_stays_true_for_ties_negatives_and_missing_figures():
    assert landing(5e6, 5e6) == "Spending lands at $5.0 m, equal to the adopted budget."
    assert landing(5e6 + 4e4, 5e6) == "Spending lands at $5.0 m, in line with the adopted budget (less than $0.1 m apart)."
    assert landing(-5e6, 5e6) == "Spending lands at −$5.0 m, $10.0 m (200.0 %) below the adopted budget."
    assert landing(-5e6, -10e6) == "Spending lands at −$5.0 m, $5.0 m (50.0 %) above the adopted budget."
    assert landing(5e6, 0) == "Spending lands at $5.0 m, $5.0 m above the adopted budget."
    assert landing(4934.2e6, 4934e6) == "Spending lands at $4,934.2 m, $0.2 m (less than 0.1 %) above the adopted budget."
    assert landing(5e6, None) == "Spending lands at $5.0 m; there is no figure for the adopted budget to compare with."
    assert landing(float("nan"), 5e6) == "There is no figure for spending yet."


def test_landing_of_a_closed_year_and_of_a_plural():
    assert landing(5e6, 4e6, closed=True).startswith("Spending closed at $5.0 m")
    assert plain(say_landing("receipts", 5e6, 4e6, "last year", USD, "en", plural=True)).startswith("Receipts land at $5.0 m")


def test_to_date():
    said = plain(say_to_date("revenue", 3300e6, 3399e6, "last year", USD, "en"))
    assert said == "Revenue to date: $3,300.0 m, $99.0 m (2.9 %) below last year."


def test_the_band_says_how_often_such_bands_held():
    said = plain(say_landing_band(4880e6, 5110e6, 0.8, USD, "en", inside=8, years=10))
    assert said == (
        "The 80 % band runs from $4,880.0 m to $5,110.0 m; in 8 of 10 past years the outcome fell inside such a band."
    )
    assert "is not known" in say_landing_band(4880e6, 5110e6, 0.8, USD, "en")
    assert "fell outside" in say_landing_band(1.0, 2.0, 0.8, USD, "en", inside=0, years=1)
    assert say_landing_band(None, 2.0, 0.8, USD, "en") == "No forecast band is available."
    with pytest.raises(ValueError, match="11 of 10"):
        say_landing_band(1.0, 2.0, 0.8, USD, "en", inside=11, years=10)


def test_the_margin_is_said_with_its_record_or_not_at_all():
    said = plain(say_landing_margin(64e6, 8, 10, USD, "en"))
    assert said == "Such a landing fell within ±$64.0 m of the outcome in 8 of 10 past years."
    assert "is not known" in say_landing_margin(64e6, None, None, USD, "en")


def test_coverage():
    assert plain(say_coverage(33, 42, 0.8, "en")) == "33 of 42 months (78.6 %) fell inside the 80 % band."
    assert plain(say_coverage(33, 42, 0.8, "zh")) == "42 个月中有 33 个月（78.6%）落在80%预测区间内。"
    assert "fell outside" in say_coverage(0, 1, 0.8, "en") and "not known" in say_coverage(0, 0, 0.8, "en")


# trial


WHO = {"ours": "the forecast", "people": "the people alone", "naive": "same month last year"}


def trial(ours, people, naive, **how):
    errors = {"ours": ours, "people": people, "naive": naive}
    return plain(say_trial(errors, WHO, "the year", "en", **how))


def test_trial_names_who_missed_least():
    assert trial(0.039, 0.049, 0.061, years=14) == (
        "Over 14 years the forecast missed the year by 3.9 %; the people alone by 4.9 %; same month last year by 6.1 %. "
        "The forecast missed least."
    )
    assert trial(0.05, 0.04, 0.06).endswith("The people alone missed least.")


def test_trial_calls_a_tie_a_tie_at_the_figures_shown():
    assert trial(0.0391, 0.0389, 0.05).endswith("The forecast and the people alone share the smallest miss.")


def test_trial_without_records_says_so():
    assert trial(0.05, None, float("nan")) == (
        "The forecast missed the year by 5.0 %; there is no record yet for the people alone; "
        "there is no record yet for same month last year."
    )
    assert trial(None, None, None).startswith("There is no record yet for the forecast")


# bridge, cases, gaps


def bridge(*amounts, **how):
    return plain(say_bridge("spending", steps(*amounts), USD, "en", **how))


def test_bridge_names_the_largest_steps():
    assert bridge(100e6, 8e6, -3e6, 1e6, 106e6) == (
        "Spending rises by $6.0 m (6.0 %), from $100.0 m to $106.0 m; the largest steps are step 1 +$8.0 m and step 2 −$3.0 m."
    )
    assert bridge(100e6, -8e6, 92e6).startswith("Spending falls by $8.0 m (8.0 %)")


def test_bridge_stays_true_where_nothing_changes_or_a_total_is_missing():
    assert bridge(1e6, 0.0, 1e6) == "Spending stays unchanged at $1.0 m."
    assert bridge(1e6, 5e6, -5e6, 1e6).startswith("Spending stays unchanged at $1.0 m; the largest steps are step 1 +$5.0 m")
    assert bridge(1e6, 1e3, 1e6 + 1e3) == "Spending hardly changes, from $1.0 m to $1.0 m."
    assert bridge(float("nan"), 5e6, 6e6) == "There is no bridge for spending yet."
    assert bridge(0.0, 5e6, 5e6).startswith("Spending rises by $5.0 m, from $0.0 m")
    assert bridge(1e6, 2e6, 3e6, plural=True).startswith("Spending rise by")


def test_cases_are_said_by_what_is_lowest_and_highest_whatever_their_names():
    labels = {"downside": "downside", "base": "base", "upside": "upside"}
    said = plain(say_cases("spending", {"downside": 5e6, "base": 4e6, "upside": 3e6}, labels, USD, "en"))
    assert said == "Spending ranges from $3.0 m (upside) to $5.0 m (downside); base $4.0 m."
    same = plain(say_cases("spending", {"downside": 4e6, "base": 4e6}, labels, USD, "en"))
    assert same == "Spending is $4.0 m in every case."
    assert say_cases("spending", {}, labels, USD, "en") == "There is no figure for spending yet."


def test_gap_sums_the_lines_without_the_totals():
    table = pd.DataFrame({"label": ["a", "b", "all"], "top_down": [1e6, 2e6, 3e6], "bottom_up": [2e6, 2e6, 4e6]})
    said = plain(say_gap(table.assign(is_total=[False, False, True]), USD, "en"))
    assert (
        said == "Bottom-up adds up to $4.0 m, $1.0 m (33.3 %) above the top-down frame of $3.0 m; the largest gap is a, +$1.0 m."
    )
    assert "can't be compared" in say_gap(table.assign(bottom_up=[None, 1.0, 2.0]), USD, "en")


# checks and findings


def checks(*passed):
    return pd.DataFrame({"name": [f"check {at}" for at in range(len(passed))], "passed": passed, "said": ""})


def test_checks_name_what_failed():
    assert say_checks(checks(True, True), "en") == "All 2 checks passed."
    assert say_checks(checks(True, False), "en") == "1 of 2 checks passed; failed: check 1."
    assert say_checks(checks(False), "en") == "0 of 1 checks passed; failed: check 0."
    assert say_checks(checks(True), "en") == "The one check passed."
    assert say_checks(checks(), "en") == "No checks were run."
    assert say_checks(checks(True, False), "zh", {"check 1": "现金勾稽"}) == "2 项检查中 1 项通过；未通过：现金勾稽。"


def test_findings_are_counted_by_status():
    findings = pd.DataFrame({"status": ["within", "open", "within"]})
    assert say_findings(findings, "en") == "3 findings: 1 waiting for a decision, 2 within the tolerance."
    assert say_findings(findings[:1], "zh") == "共 1 条数据问题：1 条在容差之内。"
    assert say_findings(findings[:0], "en") == "No findings."


# all


def test_every_word_exists_in_both_languages_with_the_same_blanks():
    blanks = lambda text: {part.split("}")[0] for part in text.split("{")[1:]}  # noqa: E731
    for key, words in {**WORDS, **SENTENCES}.items():
        assert set(words) == set(LANGS), key
        assert blanks(words["zh"]) <= blanks(words["en"]) | {"base"}, key


def test_sentences_show_as_html_that_no_formula_reader_touches():
    html = say_landing(HOSTILE, 5e6, 4e6, "{base}", USD, "en")._repr_html_()
    assert "<script>" not in html and "{base}" in html and "tex2jax_ignore" in html and "mathjax_ignore" in html
    assert show_text("one", "", "two").count("<p ") == 2


def test_chinese_sentences_hold_no_english():
    made = [
        landing(5e6, 4e6, "zh"), landing(5e6, None, "zh"), landing(None, None, "zh"), say_coverage(0, 0, 0.8, "zh"),
        say_landing_band(1e6, 2e6, 0.8, USD, "zh"), say_landing_margin(1e6, 1, 2, USD, "zh"), say_checks(checks(), "zh"),
        say_trial({"ours": 0.1, "people": None}, {"ours": "本模型", "people": "人工"}, "全年", "zh", years=1),
        say_bridge("支出", steps(1e6, 2e6, 3e6).assign(step="养老金"), USD, "zh"),
    ]  # fmt: skip
    for sentence in made:
        assert not any("a" <= mark.lower() <= "z" for mark in sentence), sentence
        assert sentence.endswith("。")
