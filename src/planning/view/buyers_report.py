"""The report on buyers: its sentences, tables and charts, for one reader."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from babel.dates import format_date

from planning.core.metrics import growth
from planning.core.small_groups import OTHERS
from planning.plan import buyers
from planning.plan.buyers import Study
from planning.plan.buyers_lean import BELIEVED, COUNTS, FARTHEST
from planning.plan.buyers_lean import YEAR as LEAN_YEAR
from planning.plan.buyers_trial import RECENT
from planning.view import charts
from planning.view.amounts import SPACE, Unit, say_amount, say_level, say_number, say_period, say_rate
from planning.view.markup import Html, Sentence, show_text
from planning.view.reader import Reader
from planning.view.report_words import say
from planning.view.tables import Column, show_table
from planning.view.words import LOCALES, word

FORECASTERS = {"ours": "buyers_ours", "dropout": "buyers_dropout", "rate": "buyers_rate", "recent": "buyers_recent"}
CASES = {
    "assumed": "buyers_as_assumed", "half_back": "buyers_half_back", "more_back": "buyers_more_back", "cheap_offer": "buyers_cheap_offer",
    "dear_offer": "buyers_dear_offer", "thin_margin": "buyers_thin_margin",
}  # fmt: skip
REGULAR = 6
"""From this many purchases on somebody is a regular in the chart's message."""
LISTED = 25
SEASONS = 24
"""Months of orders from which on they might tell of a season: two of each month."""


def _day(day: pd.Timestamp, reader: Reader) -> str:
    return format_date(day, "y年M月d日" if reader.lang == "zh" else "d MMM y", locale=LOCALES[reader.lang])


def _count(number: float, reader: Reader) -> str:
    return say_number(number, reader.lang)


def _money(amount: float, reader: Reader) -> str:
    return say_amount(amount, reader.unit, reader.lang)


def each_unit(reader: Reader, digits: int = 0) -> Unit:
    """The unit of what one buyer spends: whole units of the company's currency."""
    return replace(reader.unit, scale="one", digits=digits)


def _each(amount: float, reader: Reader, digits: int = 0) -> str:
    return say_amount(amount, each_unit(reader, digits), reader.lang)


def say_known(study: Study, reader: Reader, snapshot: str) -> Sentence:
    """What the orders are, until when, and how they are counted."""
    counts = {name: _count(study.orders[name], reader) for name in ("lines", "buyers", "free")}
    days = {"first": study.first, "last": study.closing, "newest": study.people["first"].max()}
    days = {name: _day(day, reader) for name, day in days.items()}
    return Sentence(say("buyers_known", reader.lang, name=reader.name, snapshot=snapshot, **counts, **days))


def say_method(study: Study, reader: Reader) -> Sentence:
    """How it is told who is still a customer, and why in this way."""
    few, many = study.learnt_from, len(study.people)
    some = say("buyers_some", reader.lang, few=_count(few, reader), buyers=_count(many, reader)) if few < many else ""
    if many > buyers.MOST_TRIED:
        some += say("buyers_some_tried", reader.lang, few=_count(buyers.MOST_TRIED, reader))
    return Sentence(say("buyers_method", reader.lang, draws=_count(buyers.DRAWS, reader), some=some))


def _expected(study: Study, reader: Reader) -> dict[str, object]:
    """The money expected, its band, and its change against the same weeks a year before, as said."""
    amount = buyers.total(study, "amount")
    change = growth(amount["expected"], study.before)
    against = say("buyers_against", reader.lang, change=say_rate(change, reader.lang, sign=True)) if pd.notna(change) else ""
    said = {"amount": amount["expected"], "lower": amount["lower"], "upper": amount["upper"]}
    return {name: _money(value, reader) for name, value in said.items()} | {"weeks": study.weeks, "against": against}


def say_headline(study: Study, reader: Reader) -> Sentence:
    """How many are still customers, what they will spend, what is at risk and what winning back gains."""
    still, out = buyers.total(study, "customers")["expected"], study.outcome
    terms = {"save": say_rate(study.assumptions["save_rate"], reader.lang), "cost": _each(study.assumptions["offer_cost"], reader, 2)}
    if out["n"]:
        offer = say("buyers_offer", reader.lang, n=_count(out["n"], reader), gain=_money(out["gain"], reader), save=terms["save"])
    else:
        offer = say("buyers_no_offer", reader.lang, **terms)
    counts = {"buyers": _count(len(study.people), reader), "still": _count(still, reader)}
    counts |= {"share": say_rate(still / len(study.people), reader.lang, 0)}
    there = say("buyers_there" if study.tells_leaving else "buyers_there_untold", reader.lang, **counts)
    at_risk, worth = _money(study.people["at_risk"].sum(), reader), _worth(study, reader)
    return Sentence(say("buyers_headline", reader.lang, there=there, **_expected(study, reader), **worth, at_risk=at_risk, offer=offer))


def _worth(study: Study, reader: Reader) -> dict[str, object]:
    """What the buyers are worth, its band, and over how many months, as said."""
    value = buyers.total(study, "value")
    said = {"value": value["expected"], "value_lower": value["lower"], "value_upper": value["upper"]}
    return {name: _money(amount, reader) for name, amount in said.items()} | {"months": study.assumptions["months_ahead"]}


def show_answer(study: Study, reader: Reader) -> list:
    """What is expected by month, and what all together come to and are worth, with what earlier misses corrected."""
    return [show_ahead(study, reader), show_totals(study, reader)]


def show_totals(study: Study, reader: Reader) -> Html:
    """Purchases, spending and value of all buyers: by the model, as corrected by earlier misses, and the bands."""
    terms = {"weeks": study.weeks, "months": study.assumptions["months_ahead"]}
    rows = [_total_row(study, what, say(f"buyers_total_{what}", reader.lang, **terms), reader) for what in ("purchases", "amount", "value")]
    rows.append(_total_row(study, "value", say("buyers_value_each", reader.lang, **terms), reader, each=True))
    group = say("buyers_band", reader.lang, level=say_level(study.level, reader.lang))
    columns = [
        Column("label", "", "text"), Column("modelled", say("buyers_modelled", reader.lang), "said"),
        Column("correction", say("buyers_correction", reader.lang), "variance_rate", better="neutral"),
        Column("expected", say("buyers_was_expected", reader.lang), "said"),
        Column("lower", say("buyers_from", reader.lang), "said", group=group),
        Column("upper", say("buyers_to", reader.lang), "said", group=group),
    ]  # fmt: skip
    assumed = {"margin": study.assumptions["margin"], "rate": study.assumptions["discount_rate"]}
    assumed = {name: say_rate(rate, reader.lang) for name, rate in assumed.items()}
    notes = [_say_correction(study, reader), say("buyers_worth_note", reader.lang, **terms, **assumed)]
    caption = say("buyers_totals_title", reader.lang)
    return show_table(
        pd.DataFrame(rows), columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes
    )  # fmt: skip


def _total_row(study: Study, what: str, label: str, reader: Reader, each: bool = False) -> dict[str, object]:
    of, count = buyers.total(study, what), len(study.people) if each else 1
    written = _count if what == "purchases" else partial(_each, digits=2) if each else _money
    figures = {"modelled": of["expected"] / of["factor"], "expected": of["expected"], "lower": of["lower"], "upper": of["upper"]}
    said = {name: written(figure / count, reader) for name, figure in figures.items()}
    return {"label": label, "correction": of["factor"] - 1, **said}


def _say_correction(study: Study, reader: Reader) -> str:
    """What earlier misses corrected, or why nothing."""
    lean = study.leans["amount"]
    if not lean.n:
        return say("buyers_uncorrected_untried", reader.lang)
    if lean.weeks < LEAN_YEAR:
        return say("buyers_uncorrected", reader.lang, weeks=round(lean.weeks))
    leans = {what: say_rate(np.expm1(study.leans[what].mean), reader.lang, sign=True) for what in buyers.MONEY}
    said = {"n": lean.n, "purchases": leans["purchases"], "money": leans["amount"]}
    if any(lean.broken for lean in study.leans.values()):
        return say("buyers_broken", reader.lang, farthest=say_rate(np.expm1(FARTHEST), reader.lang, 0, sign=True), **said)
    return say("buyers_corrected", reader.lang, **said)


def show_ahead(study: Study, reader: Reader):
    """Repeat purchases in money by month: the last twelve closed, those ahead with their band, and the year before."""
    amount = buyers.total(study, "amount")
    last = _day(study.closing + study.weeks * pd.Timedelta(days=7), reader)
    said = {"spread": say_rate(amount["spread"], reader.lang, 0), "end": last}
    band = say("buyers_band_note" if amount["n"] else "buyers_untried_note", reader.lang, **said)
    return charts.show_months(
        study.months, title=say("buyers_answer_title", reader.lang, **_expected(study, reader)),
        measure=say("buyers_spending", reader.lang), unit=reader.unit, lang=reader.lang, source=reader.source,
        as_of=study.closing.to_period("M").to_timestamp(), better="up", level=study.level,
        notes=[band, say("buyers_first_note", reader.lang)],
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------------- winning back


def say_reason(row: dict, reader: Reader) -> str:
    """Why somebody is thought to have left: how often and for how much they bought, how long they have been silent."""
    count, silent = int(row["repeats"]) + 1, _weeks(row["silent"], reader)
    if pd.isna(row["spent"]):
        return say("buyers_reason_free", reader.lang, n=count, silent=silent)
    spent = _each(row["spent"], reader)
    if count == 1:
        return say("buyers_reason_once", reader.lang, spent=spent, silent=silent)
    return say("buyers_reason", reader.lang, n=count, gap=_gap(row["last"] / row["repeats"], reader), spent=spent, silent=silent)


def _weeks(weeks: float, reader: Reader) -> str:
    said = say_number(weeks, reader.lang)
    return say("buyers_gap_week", reader.lang) if said == "1" else say("buyers_gap_weeks", reader.lang, gap=said)


def _gap(weeks: float, reader: Reader) -> str:
    if weeks >= 2:
        return _weeks(weeks, reader)
    return say("buyers_gap_days", reader.lang, gap=say_number(max(7 * weeks, 2), reader.lang))


def retention(study: Study, reader: Reader, labels: pd.DataFrame | None = None) -> pd.DataFrame:
    """The list of whom to win back with its reasons in both languages (said_en, said_zh); `labels` isn't needed."""
    table = buyers.study_tables(study)["retention"]
    rows = table.to_dict("records")
    said = {f"said_{lang}": [say_reason(row, reader.speaking(lang)) for row in rows] for lang in ("en", "zh")}
    return table.assign(**said)


def show_list(study: Study, reader: Reader, labels: pd.DataFrame | None = None) -> Html:
    """The buyers whom an offer pays most to win back; `labels` isn't needed."""
    out = study.outcome
    table = study.retention.head(LISTED)
    rows = table.assign(said=[say_reason(row, reader) for row in table.to_dict("records")], left=1 - table["still"])
    columns = [
        Column("customer", say("buyers_customer", reader.lang), "text"), Column("said", say("buyers_reason_title", reader.lang), "text"),
        Column("left", say("buyers_left_odds", reader.lang), "rate", digits=0),
        Column("amount_if", say("buyers_would_spend", reader.lang), digits=0),
        Column("gain", say("buyers_won", reader.lang), digits=1),
    ]  # fmt: skip
    key = "buyers_list_title" if out["n"] else "buyers_list_none"
    caption = say(key, reader.lang, shown=len(table), n=_count(out["n"], reader))
    return show_table(
        rows, columns, unit=each_unit(reader), lang=reader.lang, caption=caption, source=reader.source, notes=_list_notes(study, reader)
    )  # fmt: skip


def _list_notes(study: Study, reader: Reader) -> list[str]:
    out, terms = study.outcome, study.assumptions
    assumed = {"cost": _each(terms["offer_cost"], reader, 2), "save": say_rate(terms["save_rate"], reader.lang)}
    notes = [say("buyers_assumed", reader.lang, **assumed, margin=say_rate(terms["margin"], reader.lang))]
    if out["n"]:
        amounts = {name: _money(out[name], reader) for name in ("cost", "gain", "lower", "upper")}
        rates = {"odds": say_rate(out["odds"], reader.lang, 0), "even": say_rate(out["break_even"], reader.lang)}
        level = say_level(study.level, reader.lang)
        notes.insert(0, say("buyers_list_note", reader.lang, n=_count(out["n"], reader), level=level, **amounts, **rates))
    return notes


# ----------------------------------------------------------------------------------------------------------------- why


def _group(group: str, reader: Reader) -> str:
    if group == OTHERS:
        return say("buyers_segment_others", reader.lang)
    return say("buyers_time", reader.lang) if group == "1" else say("buyers_times", reader.lang, group=group)


def show_contacts(study: Study, reader: Reader, labels: pd.DataFrame) -> None:
    """Nothing: no groups of buyers are declared."""


def show_why(study: Study, reader: Reader, labels: pd.DataFrame | None = None) -> list:
    """Who brings what is expected and with whom money is at risk: by purchases so far, and by segment; `labels` isn't needed."""
    return [show_stakes(study, reader), show_segments(study, reader)]


def show_segments(study: Study, reader: Reader) -> Html:
    """Buyers in segments a marketer knows: who they are, what is expected of them, and what came of such buyers in the newest trial."""
    table = study.segments
    rows = table.assign(
        label=[say(f"buyers_segment_{code}", reader.lang) for code in table["segment"]],
        rule=[say(f"buyers_rule_{code}", reader.lang) for code in table["segment"]],
        value_each=table["value"] / table["n"], change=growth(table["came"], table["said"]),
    )  # fmt: skip
    columns = [
        Column("label", say("buyers_segment", reader.lang), "text"), Column("rule", say("buyers_rule", reader.lang), "text"),
        Column("n", say("buyers_buyers", reader.lang), "count"), Column("still", say("buyers_still_odds", reader.lang), "rate", digits=0),
        Column("amount", say("buyers_expected", reader.lang)), Column("value", say("buyers_value", reader.lang)),
        Column("at_risk", say("buyers_at_risk_short", reader.lang)),
    ]  # fmt: skip
    tried, notes = buyers.whole_trial(study), [say("buyers_segments_note", reader.lang)]
    if len(tried):
        group = say("buyers_tried_on", reader.lang, closing=_day(tried["closing"].iloc[0], reader))
        columns += [
            Column("said", say("buyers_was_expected", reader.lang), group=group),
            Column("came", say("buyers_came", reader.lang), group=group),
            Column("change", say("buyers_change", reader.lang), "variance_rate", group=group),
        ]  # fmt: skip
    most = rows.loc[rows["amount"].idxmax()]
    share = {"share": most["amount"] / rows["amount"].sum(), "of": most["n"] / rows["n"].sum()}
    share = {name: say_rate(part, reader.lang, 0) for name, part in share.items()}
    caption = say("buyers_segments_title", reader.lang, segment=most["label"], **share)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes)


def show_stakes(study: Study, reader: Reader):
    """Who is still a customer, who brings what is expected, and with whom money is at risk, by purchases so far."""
    groups = study.groups.assign(label=[_group(group, reader) for group in study.groups["group"]])
    most = groups.loc[groups["at_risk"].idxmax()]
    share = say_rate(buyers.regular_share(study, REGULAR), reader.lang, 0)
    said = {"share": share, "group": REGULAR, "risky": most["label"]}
    title = say("buyers_why_title", reader.lang, most=say_rate(most["at_risk"] / groups["at_risk"].sum(), reader.lang, 0), **said)
    names = {"still": "buyers_still", "amount": "buyers_expected", "at_risk": "buyers_at_risk"}
    of = say("buyers_of", reader.lang, still="{still}", buyers="{buyers}")
    return charts.show_stakes(
        groups, title=title, measure=say("buyers_why_measure", reader.lang, weeks=study.weeks), unit=reader.unit,
        period=word("as_of", reader.lang, period=say_period(study.closing, reader.lang)), lang=reader.lang, source=reader.source,
        names={name: say(key, reader.lang) for name, key in names.items()} | {"of": of},
    )  # fmt: skip


def show_reasons(study: Study, reader: Reader, labels: pd.DataFrame | None = None) -> Html:
    """The probability of still being a customer by purchases so far and weeks of silence; `labels` isn't needed."""
    wide = study.silences.pivot(index="group", columns="silence", values="still").reindex(
        index=study.groups["group"], columns=[name for name in buyers.SILENCES if name in set(study.silences["silence"])]
    )  # fmt: skip
    rows = wide.reset_index().assign(label=[_group(group, reader) for group in wide.index], buyers=study.groups["buyers"].to_numpy())
    heading = say("buyers_silence_group", reader.lang)
    columns = [Column("label", say("buyers_purchases", reader.lang), "text"), Column("buyers", say("buyers_buyers", reader.lang), "count")]
    columns += [Column(name, say("buyers_weeks", reader.lang, weeks=name), "rate", digits=0, group=heading) for name in wide.columns]
    gone = buyers.likely_left(study)
    rates = {name: say_rate(gone[name], reader.lang, 0) for name in ("share", "amount_share")}
    note = say("buyers_likely_left", reader.lang, n=_count(gone["n"], reader), **rates)
    caption = say("buyers_silence_title", reader.lang)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=[note])


# --------------------------------------------------------------------------------------------------------------- trial


def show_trial(study: Study, reader: Reader):
    """The newest trial over the whole horizon: repeat purchases as they added up, expected and come."""
    names = {"came": "buyers_came", "expected": "buyers_was_expected", "known": "buyers_tried", "held_out": "buyers_held_out"}
    table = study.curve.rename(columns={"week": "step"})
    empty = pd.DataFrame(columns=["step", "date", "came", "expected", "lower", "upper"])
    return charts.show_cumulative(
        table if len(table) else empty, title=_trial_title(study, reader), measure=say("buyers_cumulative", reader.lang), lang=reader.lang,
        source=reader.source, names={name: say(key, reader.lang) for name, key in names.items()}, level=study.level,
    )  # fmt: skip


def _trial_title(study: Study, reader: Reader) -> str:
    tried = buyers.whole_trial(study)
    if tried.empty:
        return say("buyers_no_trial", reader.lang, weeks=study.weeks)
    ours = tried.loc["ours"]
    miss = ours["bias_purchases"]
    said = say("buyers_too_few" if miss < 0 else "buyers_too_many", reader.lang, rate=say_rate(abs(miss), reader.lang))
    figures = {"expected": _count(ours["expected_purchases"], reader), "came": _count(ours["came_purchases"], reader)}
    return say("buyers_trial_title", reader.lang, closing=_day(ours["closing"], reader), weeks=study.weeks, miss=said, **figures)


def show_trial_table(study: Study, reader: Reader) -> Html:
    """How far each forecaster missed at every closing day tried, and in the newest whole trial what came by purchases before."""
    return Html(_show_scores(study, reader) + _show_tried_groups(study, reader))


def _show_scores(study: Study, reader: Reader) -> Html:
    rows = study.scores
    if len(rows):
        named = {name: _unbroken(say(key, reader.lang)) for name, key in FORECASTERS.items()}
        rows = rows.assign(forecaster=rows["forecaster"].map(named), closing=[_unbroken(_day(day, reader)) for day in rows["closing"]])
    columns = [Column("closing", say("buyers_closing", reader.lang), "text"), Column("weeks", say("buyers_ahead", reader.lang), "count")]
    columns += [Column("forecaster", say("buyers_forecaster", reader.lang), "text")]
    columns += [
        Column("mae_purchases", say("buyers_mae_purchases", reader.lang), "count", digits=3),
        Column("bias_purchases", say("buyers_bias_purchases", reader.lang), "variance_rate", better="neutral"),
        Column("mae_amount", say("buyers_mae_amount", reader.lang), digits=1),
        Column("bias_amount", say("buyers_bias_amount", reader.lang), "variance_rate", better="neutral"),
    ]  # fmt: skip
    notes = [say("buyers_recent_note", reader.lang, weeks=RECENT)]
    caption = say("buyers_scores_title", reader.lang)
    return show_table(rows, columns, unit=each_unit(reader), lang=reader.lang, caption=caption, source=reader.source, notes=notes)


def _unbroken(text: str) -> str:
    """The text on one line."""
    return text.replace(" ", SPACE)


def _show_tried_groups(study: Study, reader: Reader) -> Html:
    if study.tried.empty:
        return Html("")
    sums = study.tried.drop(columns="group").sum().to_frame().T
    named = study.tried.assign(label=[_group(group, reader) for group in study.tried["group"]], is_total=False)
    rows = pd.concat([named, sums.assign(label=say("total", reader.lang), is_total=True)], ignore_index=True)
    columns = [Column("label", say("buyers_purchases", reader.lang), "text"), Column("buyers", say("buyers_buyers", reader.lang), "count")]
    parts = (("purchases", "buyers_number", "count"), ("again", "buyers_again", "count"), ("amount", "buyers_money", "amount"))
    for name, key, kind in parts:
        group = say(key, reader.lang)
        columns += [
            Column(name, say("buyers_was_expected", reader.lang), kind, group=group),
            Column(f"came_{name}", say("buyers_came", reader.lang), kind, group=group),
        ]
    rows = rows.assign(change=growth(rows["came_amount"], rows["amount"]))
    columns += [Column("change", say("buyers_change", reader.lang), "variance_rate", group=say("buyers_money", reader.lang))]
    closing = _day(buyers.whole_trial(study)["closing"].iloc[0], reader)
    caption = say("buyers_groups_title", reader.lang, closing=closing, weeks=study.weeks)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source)


# --------------------------------------------------------------------------------------------------- what if, caveats


def show_what_ifs(study: Study, reader: Reader, labels: pd.DataFrame | None = None) -> Html:
    """What the list gains when an assumption is another: drawn anew, and as it stands."""
    rows = study.cases.assign(case=[say(CASES[case], reader.lang) for case in study.cases["case"]])
    rows["offer_cost"] = [_each(cost, reader, 2) for cost in rows["offer_cost"]]
    columns = [
        Column("case", say("case", reader.lang), "text"), Column("save_rate", say("buyers_save_rate", reader.lang), "rate"),
        Column("offer_cost", say("buyers_offer_cost", reader.lang), "text"), Column("margin", say("buyers_margin", reader.lang), "rate"),
        Column("n", say("buyers_contacted", reader.lang), "count"), Column("cost", say("buyers_cost", reader.lang)),
        Column("gain", say("buyers_gain", reader.lang)), Column("as_drawn", say("buyers_as_drawn", reader.lang), "variance"),
    ]  # fmt: skip
    caption = say("buyers_what_if_title", reader.lang)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source)


def say_caveats(study: Study, reader: Reader) -> Html:
    """What these figures can't tell, and how the bands and the method held."""
    closing = _day(study.closing, reader)
    months = round((study.closing - study.first) / pd.Timedelta(days=30.4375))
    leaving = "buyers_caveat_left" if study.tells_leaving else "buyers_caveat_untold"
    return show_text(
        say(leaving, reader.lang) + _say_again(study, reader), *_say_worst_group(study, reader), *_say_bands(study, reader),
        *_say_rule(study, reader),
        say("buyers_caveat_worth", reader.lang, months=study.assumptions["months_ahead"], weeks=study.weeks),
        say("buyers_caveat_season" if months < SEASONS else "buyers_caveat_no_season", reader.lang, months=months),
        say("buyers_caveat_offer", reader.lang),
        say("buyers_caveat_new", reader.lang, closing=closing),
    )  # fmt: skip


def _say_again(study: Study, reader: Reader) -> str:
    if study.tried.empty:
        return ""
    counts = {"expected": _count(study.tried["again"].sum(), reader), "came": _count(study.tried["came_again"].sum(), reader)}
    closing = _day(buyers.whole_trial(study)["closing"].iloc[0], reader)
    return say("buyers_caveat_again", reader.lang, closing=closing, weeks=study.weeks, **counts)


def _say_worst_group(study: Study, reader: Reader) -> list[str]:
    """The buyers, by purchases before, whose spending the newest whole trial missed by most; nothing where none was tried."""
    if study.tried.empty:
        return []
    worst = study.tried.loc[(study.tried["came_amount"] - study.tried["amount"]).abs().idxmax()]
    amounts = {name: say_amount(worst[name], reader.unit, reader.lang) for name in ("amount", "came_amount")}
    return [say("buyers_caveat_worst", reader.lang, group=_group(worst["group"], reader), **amounts)]


def _say_bands(study: Study, reader: Reader) -> list[str]:
    """How the bands of totals and of single buyers held in the trials."""
    if study.bands.empty:
        return [say("buyers_caveat_untried", reader.lang, believed=say_rate(BELIEVED, reader.lang, 0))]
    purchases, money = (buyers.held(study, study.bands, what) for what in buyers.MONEY)
    said = {"n": len(purchases), "drawn": int(purchases["drawn_inside"].sum()), "drawn_money": int(money["drawn_inside"].sum()),
            "shown": int(purchases["inside"].sum()), "shown_money": int(money["inside"].sum())}  # fmt: skip
    spread, spread_money = (say_rate(study.leans[what].spread, reader.lang, 0) for what in buyers.MONEY)
    said |= {"spread": spread, "spread_money": spread_money, "believed": say_rate(BELIEVED, reader.lang, 0), "days": COUNTS}
    level = say_level(study.level, reader.lang)
    totals = say("buyers_caveat_total", reader.lang, level=level, **said)
    own, own_money = (buyers.held(study, study.own, what)[["n", "inside", "below", "above"]].sum() for what in buyers.MONEY)
    shares = {"rate": own["inside"] / own["n"], "rate_money": own_money["inside"] / own_money["n"]}
    rates = {name: say_rate(share, reader.lang) for name, share in shares.items()}
    outside = {name: _count(own[name], reader) for name in ("above", "below")}
    return [totals, say("buyers_caveat_own", reader.lang, level=level, **rates, **outside)]


def _say_rule(study: Study, reader: Reader) -> list[str]:
    if study.scores.empty:
        return []
    misses = study.scores.pivot(index="closing", columns="forecaster", values="mae_purchases")
    nearer = int(np.sum(misses["recent"] < misses["ours"]))
    return [say("buyers_caveat_rule", reader.lang, weeks=RECENT, n=nearer, all=len(misses))]
