"""The scorecards in both languages: every sentence, table and chart, on a city whose truth is known and at the edges."""

import dataclasses
import re

import pytest
from drawn import HOSTILE, LONG, assert_nothing_is_cut, text_of
from scored_city import LAST, WHEN, centres, chart, city_rows, scored, sources, year_rows
from worlds import CALENDAR

from planning.core.checks import checks_table
from planning.plan import scorecard
from planning.view import scorecard_report as report
from planning.view.fonts import lacks_font
from planning.view.reader import both, build_reader
from planning.view.report_words import say
from planning.view.words import word

CITY = {
    "label_en": "City", "label_zh": "小城", "source_en": "City reports", "source_zh": "小城报告", "people_en": "Own", "people_zh": "自有",
}  # fmt: skip


def reader(lang, named=None, **words):
    return build_reader(lang, "thousand", "USD", chart(), centres(12) if named is None else named, CALENDAR, CITY | words)


def shown(made, read) -> dict:
    """Everything the report says and shows, by name."""
    moved = scorecard.reweigh(made, {"overtime": 50.0})
    return {
        "known": report.say_known(read, LAST, CALENDAR.last(LAST), WHEN, "abc123"),
        "method": report.say_method(read, 0.5, 1e6), "doubt": report.say_doubt(made, read),
        "indicators": report.show_indicators(made, read),
        "headline": report.say_headline(made, read), "pairs": report.say_pairs(made, read), "tried": report.say_tried(made, read),
        "equals": report.say_equals(made, read), "ranks": report.show_rank_chart(made, read), "scores": report.show_scores(made, read),
        "unranked": report.show_unranked(made, read), "whole": report.show_whole(made, read), "losses": report.show_losses(made, read),
        "reasons": report.show_reasons(made, read), "track": report.show_track(made, read),
        "what if": report.show_what_if(made, moved, read), "caveats": report.show_caveats(made, moved, read),
    }  # fmt: skip


def texts(made, read) -> dict[str, str]:
    return {name: text_of(of) for name, of in shown(made, read).items()}


@pytest.fixture(scope="module")
def made():
    """Twelve departments: one overspends, one doesn't report its heads, one is small, one has no budget."""
    rows = [cells for cells in city_rows(11, {"d04": 0.2}, 0.03) if not (cells["cost_centre"] == "d07" and cells["account"] == "heads")]
    return scored([*rows, *year_rows("d11", LAST, adopted=0.0, actual=5000.0)], smallest=1_500_000.0, trials=5)


def test_everything_is_said_and_shown(lang, made):
    for name, text in texts(made, reader(lang)).items():
        assert text, name
        assert "nan" not in text.lower().split() and "None" not in text and "{" not in text, (name, text)
        assert "  " not in text and ",," not in text and ".." not in text, (name, text)


def test_a_chinese_report_has_no_english_words(made):
    note = set(re.findall(r"[A-Za-z]{2,}", word("no_font", "zh"))) if lacks_font("zh") else set()
    for name, text in texts(made, reader("zh")).items():
        assert not set(re.findall(r"[A-Za-z]{2,}", text)) - note - {"abc"}, (name, text)
        assert not re.search(r"[\u4e00-\u9fff] ?[,;:.] ?[\u4e00-\u9fff]", text), (name, "half-width punctuation", text)


def test_the_language_changes_no_number(made):
    english, chinese = texts(made, reader("en")), texts(made, reader("zh"))
    for name in english:
        figures = [sorted(re.findall(r"\d[\d,]*\.\d+", text[name])) for text in (english, chinese)]
        assert figures[0] == figures[1], name


def test_no_chart_cuts_a_text_however_long(lang, made):
    read = reader(lang, centres(12).assign(label_en=LONG, label_zh="很长的部门名称" * 12))
    longer = dataclasses.replace(made, indicators=made.indicators.assign(label_en=LONG[:60], label_zh="很长的指标名称" * 3))
    for chart_shown in (report.show_rank_chart(made, reader(lang)), report.show_losses(made, reader(lang)),
                        report.show_rank_chart(longer, read), report.show_losses(longer, read)):  # fmt: skip
        assert_nothing_is_cut(chart_shown)


def test_hostile_labels_stay_text(lang, made):
    read = reader(lang, centres(12).assign(label_en=HOSTILE, label_zh=HOSTILE))
    hostile = dataclasses.replace(made, indicators=made.indicators.assign(label_en=HOSTILE, label_zh=HOSTILE, owner=HOSTILE))
    pages = {name: str(of) for name, of in shown(hostile, read).items() if isinstance(of, str) and "<" in str(of)[:1]}
    assert len(pages) >= 8 and not any("<script" in page for page in pages.values())


# true sentences


def test_the_headline_names_the_last_and_does_not_crown_the_first(made):
    said = text_of(report.say_headline(made, reader("en")))
    assert said.startswith(f"FY{LAST}: 10 departments score ") and re.search(
        r"Office 4 comes last, (and can be told apart from every other|but its rank could lie anywhere from \d+ to 10)\.", said
    )
    assert re.search(r"comes first, but \d+ others can't be told apart from it;", said)
    assert both(lambda read: report.say_headline(made, read), reader("en"))["zh"].endswith("。")


@pytest.mark.parametrize("seed", [0, 1])
def test_the_last_is_no_surer_than_the_first_nor_than_its_interval(lang, seed):
    """With seed 1 chance puts an equal department far below: apart from each other one at a time, from 6 to 12 in all."""
    equal = scored(city_rows(seed=seed), draws=500)
    said, cards = text_of(report.say_headline(equal, reader(lang))), scorecard.ranked(equal)
    assert (cards["rank_lower"] < cards["rank_upper"]).all() and say("scorecard_alone", lang) not in said
    last = scorecard.not_told_from_last(equal)
    assert len(last) == (11 if seed == 0 else 0)
    ends = {end: f"{cards[f'rank_{end}'].iloc[-1]:.0f}" for end in ("lower", "upper")}
    assert (say("scorecard_among", lang, count=len(last)) if last else say("scorecard_span", lang, **ends)) in said


def test_one_department_alone_is_neither_first_nor_last(lang):
    alone = scored(city_rows(1), 1)
    said = texts(alone, reader(lang))
    assert said["headline"] == say(
        "scorecard_headline_one", lang, year=reader(lang).year(LAST), first=reader(lang).centre("d00"),
        highest=f"{ranked_score(alone):.1f}",
    )  # fmt: skip


def ranked_score(made) -> float:
    [found] = scorecard.ranked(made)["score"]
    return found


def test_what_was_tried_is_said_to_hold_a_years_noise_too(made):
    assert "widened by one more year's noise" in report.say_tried(made, reader("en"))


def test_a_reason_names_the_largest_losses_and_what_was_not_measured(made):
    read = reader("en")
    worst = scorecard.of_year(made, "d04").sort_values("points")
    said = report.say_reason(made, "d04", read)
    label = made.indicators.at[worst["indicator"].iloc[0], "label_en"]
    assert said.startswith(f"Loses {-worst['points'].iloc[0]:.1f} points on “{label}”")
    assert report.say_reason(made, "d07", read).endswith("Not measured: Filled; its weight went to the others.")
    assert report.say_reason(made, "d11", read) == "Has no score: nothing was adopted for it."


def test_owners_are_offices_in_the_readers_language_or_as_they_stand(made):
    said = texts(made, reader("zh"))["indicators"]
    assert "北局" in said and "第1局" in said and "外部单位" in said


def test_what_is_counted_for_the_whole_only_is_said(lang, made):
    read = reader(lang)
    revenue = made.indicators.at["revenue", f"label_{lang}"]
    assert text_of(say("scorecard_whole_only", lang, labels=revenue)) in text_of(report.show_indicators(made, read))
    assert revenue in text_of(report.show_whole(made, read)) and revenue not in text_of(report.show_scores(made, read))


def test_one_year_alone_says_that_nothing_is_sure(lang):
    alone = scored(city_rows(4, years=[LAST]), 4)
    said = texts(alone, reader(lang))
    assert say("scorecard_no_doubt", lang) in said["headline"] and said["pairs"] == say("scorecard_missing_note", lang)
    assert said["tried"] == say("scorecard_untried", lang) and say("scorecard_missing_note", lang)[:20] in said["ranks"]
    assert said["equals"] == "" and "nan" not in " ".join(said.values()).lower().split()


def test_a_city_in_which_nobody_can_be_ranked_has_its_report(lang):
    nobody = scored(city_rows(3), 3, smallest=1e12)
    said = texts(nobody, reader(lang))
    assert said["headline"] == say("scorecard_headline_none", lang, year=reader(lang).year(LAST))
    assert report.scorecards_table(nobody, reader(lang))["rank"].isna().all() and len(report.figures(nobody)) >= 1


# what is recorded


def test_the_page_gets_its_tables(made):
    table = report.scorecards_table(made, reader("zh"))
    first = ["department", "label_en", "label_zh", "score", "rank", "rank_lower", "rank_upper", "said_en", "said_zh"]
    assert list(table)[:9] == first and len(table) == 12
    assert table["said_en"].str.endswith(".").all() and table["said_zh"].str.endswith("。").all()
    figures = report.figures(made)
    assert list(figures["code"]) == ["scorecard_key_median", "scorecard_key_whole", "scorecard_key_told", "scorecard_key_low"]
    assert figures["value"].notna().all() and set(report.indicators_table(made)["department"]) > {"whole"}


def test_every_check_has_its_words(lang, made):
    checks = checks_table(scorecard.check_scorecards(made, sources(city_rows(11))))
    assert reader(lang).checks(checks).keys() == set(checks["name"])


def test_other_units_than_rates_are_said_in_them(lang, made):
    counted = dataclasses.replace(made, indicators=made.indicators.assign(unit=["currency", "count", "rate", "rate", "rate"]))
    assert report.say_value(counted, "execution", 2500.0, reader("en")) == "$2.5\u00a0k"
    assert report.say_value(counted, "projection", 2.0, reader(lang)) == "+2.0"
    assert text_of(report.show_scores(counted, reader(lang)))
