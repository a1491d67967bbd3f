"""The two reports in both languages: every sentence, table and chart, on towns whose truth is known and at the edges."""

import dataclasses
import html
import re
import string
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, assert_nothing_is_cut, text_of
from worlds import CALENDAR, CENTRES, CLASSES, cash_world, chart, known_by, no_trials, town

import planning.view
from planning.core.accounts import AccountTree
from planning.core.checks import FINDING_COLUMNS, checks_table
from planning.core.drivers import KEYS
from planning.core.periods import month
from planning.model.recipes import RECIPES
from planning.plan import budget, known, reforecast
from planning.plan.accuracy import COLUMNS, build_accuracy
from planning.plan.chain.meanings import MEANINGS
from planning.plan.judged import run_judged
from planning.plan.pack import VIEWS
from planning.view import budget_report, reforecast_report
from planning.view.fonts import lacks_font
from planning.view.reader import build_reader
from planning.view.report_words import WORDS, say
from planning.view.words import word

WORDS_OF_TOWN = {
    "label_en": "Town", "label_zh": "小镇", "source_en": "Town reports", "source_zh": "小镇报告", "people_en": "Town's own forecast",
    "people_zh": "小镇自有预测",
}  # fmt: skip
WORLD = town()
TREE, AS_OF = chart(), "2015-12"
CLOSED, WHEN = month(AS_OF), known_by(AS_OF)
CASH_LINES = {"staff": ["wages"], "supplies": ["goods"]}
CASES = {
    "base": {"revenue_shift": 0.0, "spending_shift": 0.0},
    "downside": {"revenue_shift": -0.05, "spending_shift": 0.02},
    "洪水 flood": {"revenue_shift": -0.2, "spending_shift": 0.1},
}
ENGLISH = {"Prophet", "Theta", "Office", "flood", "town"}
"""Words that may stand in a Chinese report: names of methods, of people's own cases, and codes."""


def reader(lang, tree=TREE, centres=CENTRES, **words):
    return build_reader(lang, "thousand", "USD", tree, centres, CALENDAR, WORDS_OF_TOWN | words)


@pytest.fixture(scope="module")
def sides():
    trials = {side: WORLD.trials(side) for side in ("receipts", "payments")}
    return [WORLD.reforecast(side, AS_OF, trials=trials[side]) for side in trials]


@pytest.fixture(scope="module")
def accuracy():
    past = WORLD.rows[WORLD.rows["known"] <= WHEN], WORLD.controls[WORLD.controls["known"] <= WHEN], TREE, CALENDAR
    days = WORLD.days[WORLD.days["as_of"] < CLOSED]
    return [build_accuracy(*past, side, days, WORLD.trials(side)) for side in ("receipts", "payments")]


@pytest.fixture(scope="module")
def drafted():
    basis = WORLD.known(2018, "2017-03")
    basis = dataclasses.replace(basis, as_of=month("2016-12"), when=known_by("2016-12"))
    revenue, spending = (
        budget.top_down(basis, side, WORLD.trials(side), "seasonal_naive", 0.8) for side in ("receipts", "payments")
    )  # fmt: skip
    draft = budget.bottom_up(basis, CLASSES, "told")
    classes = budget.by_class(basis, spending, draft, CASH_LINES, CLASSES)
    earlier = known.same_month(WORLD.days[WORLD.days["as_of"] < basis.as_of], basis.as_of)
    tried = budget.draft_trial(WORLD.rows, TREE, CALENDAR, WORLD.department, earlier, CLASSES, "told", basis.when)
    cases = budget.build_cases(revenue, draft, CASES, 1.0, 500.0)
    return {"known": basis, "revenue": revenue, "spending": spending, "draft": draft, "classes": classes, "trial": tried, "cases": cases}


def findings():
    row = dict.fromkeys(FINDING_COLUMNS, "") | {"control": "receipts", "kind": "repeated", "where": "2014_q2", "size": 1.0, "rows": 1}
    return pd.DataFrame([row])


def reforecast_texts(read, sides, accuracy, adopted=2_000_000.0, happened=4500.0) -> dict[str, str]:
    """Everything the reforecast's report says and shows, by name."""
    revenue, spending = sides
    as_of = sides[0].months.loc[sides[0].months["scenario"] == "actual", "period"].max()
    bridges = [reforecast.landing_bridge(side, CALENDAR, as_of) for side in sides]
    progress = reforecast.department_progress(WORLD.rows, CALENDAR, CLASSES, "told", WORLD.department, CLOSED, WHEN)
    report = reforecast_report
    shown = {
        "known": report.say_known(read, CLOSED, WHEN, "abc123"),
        "method": report.say_method(read, "accurate"),
        "no skill": report.say_no_skill(dataclasses.replace(revenue, is_naive=True), read),
        "held": report.say_held(revenue, read, 0.8),
        "headline": report.say_headline(revenue, spending, adopted, read),
        "band": report.say_band(revenue, read, 0.8),
        "landing": report.show_side_landing(revenue, read, None, happened, 0.8),
        "spending landing": report.show_side_landing(spending, read, adopted, None, 0.8),
        "year": report.show_side_year(revenue, read, 0.8),
        "window": report.show_side_window(revenue, read, 0.8),
        "departments": report.show_departments(progress, read, most=1),
        "bridge": report.show_side_bridge(revenue, bridges[0], read),
        "spending bridge": report.show_side_bridge(spending, bridges[1], read),
        "trial": report.show_side_trial(accuracy[0], read, "receipts"),
        "quarter": report.say_quarter(spending, accuracy[1], read),
        "what ifs": report.show_what_ifs(reforecast.what_ifs(*sides, 1000.0), read),
        "windows": report.show_windows(sides, read),
        "odds": report.say_odds(spending, read, adopted),
        "basis": report.say_basis(0.975, read, adopted),
        "caveats": report.show_caveats(read, report.say_repeated(findings(), read), ""),
    }
    return {name: text_of(of) for name, of in shown.items()}


def budget_texts(read, drafted) -> dict[str, str]:
    """Everything the budget's report says and shows, by name."""
    basis, draft, report = drafted["known"], drafted["draft"], budget_report
    compared = budget.compare(basis, draft, CLASSES, "told")
    shown = {
        "method": report.say_method(read),
        "tried": report.say_draft_trial(drafted["trial"], read),
        "headline": report.say_headline(basis, drafted["revenue"], draft, drafted["cases"], read),
        "band": report.say_revenue_band(drafted["revenue"], read, 0.8),
        "side by side": report.show_side_by_side(drafted["classes"], basis, read),
        "classes": report.show_classes(drafted["classes"], read),
        "draft": report.show_draft(compared, read, most=1),
        "revenue": report.show_revenue(drafted["revenue"], read),
        "departments": report.show_draft_bridge(budget.draft_bridge(basis, draft, "department"), basis, read, "department"),
        "by class": report.show_draft_bridge(budget.draft_bridge(basis, draft, "account"), basis, read, "account"),
        "by line": report.show_revenue_bridge(budget.side_bridge(drafted["revenue"]), drafted["revenue"], basis, read),
        "trial": report.show_draft_trial(drafted["trial"], read),
        "cases": report.show_budget_cases(drafted["cases"], basis, read),
        "cases table": report.show_cases_table(drafted["cases"], read),
        "odds": report.say_case_odds(drafted["revenue"], drafted["cases"], read),
        "outcome": report.say_outcome(compared, read),
        "not told": " ".join(report.say_not_told(drafted["classes"], read)),
    }
    return {name: text_of(of) for name, of in shown.items()}


# the words


def test_every_word_is_said_in_both_languages_with_the_same_places():
    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (en, zh) in WORDS.items():
        assert en and zh and places(en) == places(zh), key
        assert not re.search(r"[\u4e00-\u9fff]", en), key


def test_every_word_is_used():
    rooms = Path(planning.view.__file__).parents[1]
    code = "".join(path.read_text(encoding="utf-8") for room in ("view", "plan") for path in (rooms / room).glob("*.py"))
    indirect = ("check: ", "method_", "said_", "quality_totals_", "quality_flaw_", "quality_caveat_",
                "strategy_order_", "strategy_rule_", "strategy_what_", "strategy_basis_", "plan_view_", "plan_code_", "plan_key_",
                "plan_unit_", "plan_step_", "driver_", "risk_", "contracts_fan_", "contracts_case_", "contracts_group_", "behaviour_",
                "attribute: ", "buyers_segment_", "buyers_rule_", "buyers_total_", "stay_fan_")  # fmt: skip
    said = {key: key.removeprefix("ledger: ") for key in WORDS}  # a company's own words go by the word they take the place of
    quoted = code.replace("'", '"')  # within an f-string a word stands in single quotes
    unused = [key for key, word in said.items() if quoted.count(f'"{word}"') < 2 and not word.startswith(indirect)]
    assert unused == []


def test_what_a_plan_is_told_in_has_a_word_for_each_code_and_no_other():
    def codes(prefix):
        return {key.removeprefix(prefix) for key in WORDS if key.startswith(prefix)}

    assert codes("plan_view_") == set(VIEWS) and codes("plan_code_") == {"cash", "debt"} and codes("plan_key_") == set(KEYS)
    assert codes("driver_") == set(MEANINGS) and codes("plan_unit_") == {meaning.unit for meaning in MEANINGS.values()}


def test_every_check_has_its_words(sides, drafted):
    checks = reforecast.check_reforecast(sides, WORLD.controls, CALENDAR, CLOSED, WHEN, 0.5)
    monthly = budget.spread_draft(drafted["known"], drafted["draft"], CASH_LINES, "payments")
    checks += budget.check_budget(drafted["draft"], monthly, drafted["classes"], drafted["revenue"], 1.0)
    for lang in ("en", "zh"):
        assert reader(lang).checks(checks_table(checks)).keys() == {check.name for check in checks}
    assert reader("zh").checks(checks_table(checks))["receipts: twelve months"] == "收入：全年十二个月齐全"
    assert reader("en").checks(checks_table(checks))["receipts: twelve months"] == "Receipts: twelve months"


# everything, in both languages


def test_both_reports_are_said_and_shown(lang, sides, accuracy, drafted):
    for texts in (reforecast_texts(reader(lang), sides, accuracy), budget_texts(reader(lang), drafted)):
        for name, text in texts.items():
            assert text or name == "not told", name
            assert "nan" not in text.lower().split() and "None" not in text and "{" not in text, (name, text)
            assert "  " not in text and ",," not in text and ".." not in text, (name, text)


def test_a_chinese_report_has_no_english_words(sides, accuracy, drafted):
    note = set(re.findall(r"[A-Za-z]{2,}", word("no_font", "zh"))) if lacks_font("zh") else set()  # who reads it has no Chinese font
    for texts in (reforecast_texts(reader("zh"), sides, accuracy), budget_texts(reader("zh"), drafted)):
        for name, text in texts.items():
            foreign = set(re.findall(r"[A-Za-z]{2,}", text)) - ENGLISH - note - {"abc", "receipts"}  # a snapshot, a control's code
            assert not foreign, (name, foreign, text)
            assert not re.search(r"[\u4e00-\u9fff] ?[,;:.] ?[\u4e00-\u9fff]", text), (name, "half-width punctuation", text)


def test_the_language_changes_no_number(sides, accuracy, drafted):
    def figures(text):
        return sorted(re.findall(r"\d[\d,]*\.\d+", text))

    for of, how in ((reforecast_texts, (sides, accuracy)), (budget_texts, (drafted,))):
        english, chinese = of(reader("en"), *how), of(reader("zh"), *how)
        for name in english:
            assert figures(english[name]) == figures(chinese[name]), name


def test_hostile_labels_stay_text(lang, sides, accuracy, drafted):
    accounts = TREE.accounts.assign(label_en=HOSTILE, label_zh=HOSTILE).reset_index(drop=True)
    hostile = reader(
        lang, AccountTree(accounts), CENTRES.assign(label_en=HOSTILE, label_zh=HOSTILE), people_en=HOSTILE, people_zh=HOSTILE
    )  # fmt: skip
    report = reforecast_report
    pages = [
        report.show_windows(sides, hostile), report.show_what_ifs(reforecast.what_ifs(*sides, 0.0), hostile),
        report.show_caveats(hostile), report.say_quarter(sides[0], accuracy[0], hostile)._repr_html_(),
        budget_report.show_classes(drafted["classes"], hostile), budget_report.show_revenue(drafted["revenue"], hostile),
        budget_report.say_case_odds(drafted["revenue"], drafted["cases"].assign(case=HOSTILE), hostile),
        budget_report.show_cases_table(drafted["cases"].assign(case=HOSTILE), hostile),
        budget_report.show_draft(budget.compare(drafted["known"], drafted["draft"], CLASSES, "told"), hostile),
    ]  # fmt: skip
    for page in pages:
        assert ("<script" not in page and "&lt;script" in page) or HOSTILE not in html.unescape(page)
    assert_nothing_is_cut(report.show_side_bridge(sides[0], reforecast.landing_bridge(sides[0], CALENDAR, CLOSED), hostile))


# true sentences


def test_the_headline_says_where_both_sides_land(sides, accuracy):
    said = reforecast_texts(reader("en"), sides, accuracy, adopted=sides[1].landing.set_index("forecaster").at["ours", "amount"] - 1000)[
        "headline"
    ]
    ours = sides[0].landing.set_index("forecaster")["amount"]
    gap = ours["first"] - ours["ours"]
    assert f"Receipts land at ${ours['ours'] / 1000:,.1f} k, ${gap / 1000:,.1f} k" in said
    assert "below the Town's own forecast in the first report of the year." in said
    assert "$1.0 k" in said and "above the adopted budget (obligations)." in said


def test_without_an_adopted_budget_a_landing_stands_against_the_first_forecast_else_last_year(lang, sides):
    read, nothing = reader(lang), float("nan")
    assert reforecast_report.base_of(sides[1], nothing)[1] == "first"
    known_first = sides[1].landing["forecaster"] != "first"
    unforecast = dataclasses.replace(sides[1], landing=sides[1].landing.assign(amount=lambda t: t["amount"].where(known_first)))
    said = reforecast_report.say_side(unforecast, read, nothing)
    assert {"en": "above last year", "zh": "较上年高"}[lang] in said
    assert reforecast_report.say_odds(sides[1], read, nothing) == say("no_odds_limit", lang)
    assert text_of(reforecast_report.say_basis(nothing, read)) == say("no_basis", lang)
    assert {"en": "thus mean", "zh": "约合现金"}[lang] not in reforecast_report.say_basis(0.9, read, nothing)


def test_odds_say_how_many_years(sides):
    read = reader("en")
    said = text_of(reforecast_report.say_odds(sides[1], read, 1.0))
    assert said == (
        "Payments: had this landing missed as past ones did from this point of the year, it would have ended above what the adopted "
        "budget means in cash ($0.0 k) in 4 of 4."
    )
    alone = dataclasses.replace(sides[1], errors=sides[1].errors.iloc[:0])
    assert reforecast_report.say_odds(alone, read, 1.0) == say("no_odds", "en")


def test_the_basis_says_what_the_adopted_budget_means_in_cash():
    assert text_of(reforecast_report.say_basis(0.975, reader("en"), 2_000_000.0)) == (
        "The adopted budget counts obligations, disbursements count cash: over the last 3 known years cash was 97.5 % of obligations. "
        "The adopted $2,000.0 k would thus mean $1,950.0 k of cash."
    )


def test_bands_never_tried_are_said_to_be_untried(lang):
    world = cash_world(2011, "2012-06")
    made = world.reforecast("receipts", "2010-12", trials=no_trials())
    read = reader(lang)
    assert reforecast_report.say_held(made, read, 0.8).endswith(say("coverage_unknown", lang))
    assert {"en": "No forecast band", "zh": "暂无预测区间"}[lang] in reforecast_report.say_band(made, read, 0.8)
    nothing = pd.DataFrame(columns=COLUMNS)
    texts = reforecast_texts(read, [made, dataclasses.replace(made, account="payments")], [nothing, nothing], happened=None)
    assert say("no_record", lang, subject=read.account("payments")) == texts["quarter"]
    assert {"en": "no record yet for this forecast", "zh": "本次预测尚无记录"}[lang] in texts["trial"].lower()
    assert {"en": "There is no bridge for Receipts yet", "zh": "收入暂无变动分析"}[lang] in texts["bridge"], "2010 is not known"


def test_bands_that_were_too_narrow_carry_a_warning(lang, sides):
    narrow = sides[0].coverage.assign(n=100, inside=50, coverage=0.5, high=0.6)
    said = reforecast_report.say_held(dataclasses.replace(sides[0], coverage=narrow), reader(lang), 0.8)
    assert said.count({"en": "too narrow", "zh": "偏窄"}[lang]) == 2
    right = sides[0].coverage.assign(n=100, inside=80, coverage=0.8, high=0.87)
    assert {"en": "too narrow", "zh": "偏窄"}[lang] not in reforecast_report.say_held(
        dataclasses.replace(sides[0], coverage=right), reader(lang), 0.8
    )


def test_a_town_without_a_peoples_forecast_has_its_report(lang):
    silent = cash_world(people=None)
    made = [silent.reforecast(side, AS_OF) for side in ("receipts", "payments")]
    scored = [
        build_accuracy(silent.rows, silent.controls, TREE, CALENDAR, side, silent.days[silent.days["as_of"] < CLOSED], silent.trials(side))
        for side in ("receipts", "payments")
    ]
    texts = reforecast_texts(reader(lang), made, scored, adopted=float("nan"), happened=None)
    assert {"en": "there is no record yet for the Town's own forecast", "zh": "小镇自有预测尚无记录"}[lang] in texts["quarter"]
    assert {"en": "above last year", "zh": "较上年高"}[lang] in texts["headline"]


def test_a_negative_landing_is_said_with_its_sign(lang, sides):
    below = dataclasses.replace(sides[0], landing=sides[0].landing.assign(amount=lambda t: -t["amount"], lower=np.nan, upper=np.nan))
    said = reforecast_report.say_side(below, reader(lang), None)
    assert "−" in said and {"en": "above", "zh": "高"}[lang] in said


def test_at_the_years_end_nobody_has_a_record(lang, accuracy):
    made = [WORLD.reforecast(side, "2015-06") for side in ("receipts", "payments")]
    texts = reforecast_texts(reader(lang), made, accuracy, happened=None)
    assert texts["quarter"] == say("no_record", lang, subject=reader(lang).account("payments"))
    assert {"en": "FY2016", "zh": "2016财年"}[lang] in texts["year"]


def test_the_trial_says_after_which_quarter_and_names_the_mean(sides, accuracy):
    texts = reforecast_texts(reader("en"), sides, accuracy)
    assert "the rest of the year after Q2 by" in texts["quarter"]
    assert "the rest of the year (mean of all quarters) by" in texts["trial"] and "4 years" in texts["trial"]
    assert reforecast_texts(reader("zh"), sides, accuracy)["quarter"].startswith("支出：过去 4 年，")


def test_a_repeated_report_is_owned_up_to_and_nothing_is_said_where_there_is_none():
    assert "the record of the Town's own forecast is flattered" in reforecast_report.say_repeated(findings(), reader("en"))
    assert reforecast_report.say_repeated(findings().iloc[:0], reader("en")) == ""


def test_the_others_together_and_the_total_add_up(sides, accuracy):
    shown = reforecast_texts(reader("en"), sides, accuracy)["departments"]
    assert "Others (1)" in shown and "Total" in shown


# the budget


def test_the_budgets_headline_says_what_is_missing_or_left_over(lang, drafted):
    cases = drafted["cases"]
    read = reader(lang)

    def said(result):
        return budget_report.say_headline(drafted["known"], drafted["revenue"], drafted["draft"], cases.assign(result=result), read)

    assert {"en": "payments would exceed receipts by $2.0 k", "zh": "付款超出收入 2.0 千美元"}[lang] in text_of(said(-2000.0))
    assert {"en": "receipts would exceed payments by $2.0 k", "zh": "收入超出付款 2.0 千美元"}[lang] in text_of(said(2000.0))


def test_a_band_that_is_not_there_is_said_to_be_missing(lang, drafted):
    few = dataclasses.replace(drafted["revenue"], year=pd.Series({"amount": 1e6, "lower": np.nan, "upper": np.nan, "n": 2.0}))
    said = text_of(budget_report.say_revenue_band(few, reader(lang), 0.8))
    assert {"en": "too few earlier forecasts of a next year can be checked (2)", "zh": "仅有 2 次次年预测可供检验"}[lang] in said


def test_the_trial_names_its_years_and_which_way_the_worst_missed():
    trial = pd.DataFrame({"fiscal_year": [2015, 2016], "draft": [99.0, 120.0], "adopted": [100.0, 90.0], "actual": [100.0, 100.0]})
    said = text_of(budget_report.say_draft_trial(trial, reader("en")))
    assert said == (
        "Made in the same way for FY2015 to FY2016, the draft missed what was spent by 10.5 % on average, the adopted budget, which came "
        "months later, by 5.0 %; the draft's worst year was FY2016 (+20.0 % against what was spent)."
    )
    assert "for FY2015, the draft" in text_of(budget_report.say_draft_trial(trial.iloc[:1], reader("en")))


def test_without_a_trial_that_is_said(lang, drafted):
    assert budget_report.say_draft_trial(drafted["trial"].iloc[:0], reader(lang)) == say("no_trial", lang)
    assert text_of(budget_report.show_draft_trial(drafted["trial"].iloc[:0], reader(lang)))


def test_classes_without_a_top_down_figure_are_named_and_the_title_does_not_count_them(lang, drafted):
    half = drafted["classes"].assign(top_down=[np.nan, 1e6])
    shown = text_of(budget_report.show_side_by_side(half, drafted["known"], reader(lang)))
    assert {"en": "1 of 2 classes:", "zh": "2 个类别中的 1 个："}[lang] in shown
    assert budget_report.say_not_told(half, reader(lang)) == [say("not_told", lang, lines=reader(lang).account("staff"))]
    none = drafted["classes"].assign(top_down=np.nan)
    assert text_of(budget_report.show_side_by_side(none, drafted["known"], reader(lang)))


def test_the_outcome_says_as_much_as_is_known(drafted):
    table = pd.DataFrame({"department": ["a"], "draft": [100_000.0], "adopted": [90_000.0], "actual": [80_000.0]})
    assert text_of(budget_report.say_outcome(table, reader("en"))) == (
        "Since then $90.0 k was adopted (−$10.0 k against the draft) and $80.0 k was spent (−$20.0 k against the draft)."
    )
    assert "isn't known yet" in budget_report.say_outcome(table.assign(actual=np.nan), reader("en"))
    assert budget_report.say_outcome(table.assign(adopted=np.nan), reader("en")) == "What was adopted isn't known yet."


def test_a_case_of_ones_own_keeps_its_name(lang, drafted):
    texts = budget_texts(reader(lang), drafted)
    for name in ("cases", "cases table", "odds"):
        assert "洪水 flood" in texts[name], name
    assert text_of(say("base", lang)) in texts["cases"]


def test_odds_of_a_case_count_years(drafted):
    said = budget_texts(reader("en"), drafted)["odds"]
    expected = r"Base: had the draft's receipts missed as .* did, they would have come out below \$[\d,.]+ k in \d of 4\."
    assert re.search(expected, said)
    alone = dataclasses.replace(drafted["revenue"], errors=drafted["revenue"].errors.iloc[:0])
    assert text_of(budget_report.say_case_odds(alone, drafted["cases"], reader("en"))) == say("no_odds", "en")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_method_is_said_in_words_of_its_own(lang):
    said = [str(reforecast_report.say_method(reader(lang), method)) for method in RECIPES]
    assert len(set(said)) == len(RECIPES) and not any("method_" in one for one in said)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_both_combined_are_shown_with_their_record_where_somebody_combined_them(lang):
    trials = WORLD.trials("receipts")
    judged = run_judged(WORLD.rows, TREE, "receipts", WORLD.days, trials, "seasonal_naive")
    past = WORLD.rows, WORLD.controls, TREE, CALENDAR, "receipts", WORLD.days, trials
    label, report, read = say("combined", lang), reforecast_report, reader(lang)
    for of, tried in ((judged, build_accuracy(*past, judged)), (None, build_accuracy(*past))):
        side = WORLD.reforecast("receipts", AS_OF, trials=trials, judged=of)
        charts = [report.show_side_landing(side, read, None, None, 0.8), report.show_side_year(side, read, 0.8)]
        texts = [text_of(shown) for shown in (*charts, report.show_side_trial(tried, read, "receipts"))]
        assert [label in text for text in texts] == [of is not None] * 3
        assert (say("said_combined", lang) in str(report.say_year_trial(tried, read))) == (of is not None)
        for drawn in charts:
            assert_nothing_is_cut(drawn)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_side_without_skill_says_what_ships(lang):
    side, report, read = WORLD.reforecast("receipts", AS_OF), reforecast_report, reader(lang)
    assert report.say_no_skill(side, read) is None
    said = text_of(report.say_no_skill(dataclasses.replace(side, is_naive=True), read))
    assert said.startswith(read.account("receipts")) and ("no skill" if lang == "en" else "无预测能力") in said
