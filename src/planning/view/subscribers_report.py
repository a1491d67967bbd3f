"""The churn of subscribers as people read it: sentences, charts and tables made from plan.subscribers' results.

`labels` (attribute, value, label_en, label_zh, value_en, value_zh) name the attributes and their values.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.plan.subscribers import WORLDS, Study, coverage, extremes, reasons, score_table, typical_tenure
from planning.view import charts
from planning.view.amounts import Unit, say_amount, say_level, say_number, say_rate
from planning.view.markup import Html, Sentence, show_text
from planning.view.reader import Reader
from planning.view.report_words import say
from planning.view.tables import Column, show_table
from planning.view.words import LANGS

MOST = 25
"""Rows of the retention list that the report shows."""
GROUPS = 3
"""Attributes whose shares the chart shows."""
NUMBERS = {"tenure": "subscribers_tenure", "monthly_charge": "subscribers_charge"}
CASE_WORDS = {
    "assumed": "subscribers_case_assumed", "half_saved": "subscribers_case_half", "more_saved": "subscribers_case_more",
    "cheap": "subscribers_case_cheap", "dear": "subscribers_case_dear", "short": "subscribers_case_short",
}  # fmt: skip
METHODS = {"base": "subscribers_base", "plain": "subscribers_plain", "ours": "subscribers_ours"}


# -------------------------------------------------------------------------------------------------------------- names


def attribute_label(labels: pd.DataFrame, attribute: str, lang: str) -> str:
    """An attribute's name; its code where nobody named it."""
    if attribute in NUMBERS:
        return say(NUMBERS[attribute], lang)
    known = labels.loc[labels["attribute"] == attribute, f"label_{lang}"]
    return str(known.iloc[0]) if len(known) else attribute


def value_label(labels: pd.DataFrame, attribute: str, value: object, reader: Reader) -> str:
    """A value's name: months, money, the name it was given, or itself."""
    if pd.isna(value) or value == "–":
        return say("subscribers_no_value", reader.lang)
    if not isinstance(value, str):
        number = _number(value, attribute, reader)
        return _months(number, reader) if attribute == "tenure" else number
    known = labels.loc[(labels["attribute"] == attribute) & (labels["value"] == value), f"value_{reader.lang}"]
    return str(known.iloc[0]) if len(known) else value


def _number(value: float, attribute: str, reader: Reader) -> str:
    if attribute == "monthly_charge":
        return say_amount(value, each(reader), reader.lang)
    return say_number(value, reader.lang, _digits(float(value)))


def _digits(value: float) -> int:
    """Decimals that tell a number from its neighbours: 12 none, 12.5 one, 0.25 two, 0.041 three."""
    return 0 if value.is_integer() else max(1, int(np.ceil(1 - np.log10(abs(value)))))


def _months(number: str, reader: Reader) -> str:
    return say("subscribers_month", reader.lang) if number == "1" else say("subscribers_months", reader.lang, months=number)


def segment_label(labels: pd.DataFrame, segment: pd.Series, study: Study, reader: Reader) -> str:
    """A value of a list, or a band of numbers: "6 to 11 months", "$70.00 to $90.00", "48 months or more"."""
    attribute, first, last = segment["attribute"], segment["first"], segment["last"]
    if pd.isna(first):
        return value_label(labels, attribute, segment["value"], reader)
    if pd.isna(last):
        return say("subscribers_from", reader.lang, first=value_label(labels, attribute, first, reader))
    whole = (study.rows[attribute].dropna() % 1 == 0).all()
    said = [_number(end, attribute, reader) for end in (first, last - 1 if whole else last)]
    band = said[0] if said[0] == said[1] else say("subscribers_from_to", reader.lang, first=said[0], last=said[1])
    return _months(band, reader) if attribute == "tenure" else band


def each(reader: Reader) -> Unit:
    """The unit of one subscriber's money: single units of the currency, with cents."""
    return Unit(reader.unit.currency, "one", 2)


def _count(figure: float, reader: Reader) -> str:
    return say_number(figure, reader.lang)


def _money(figure: float, reader: Reader) -> str:
    return say_amount(figure, reader.unit, reader.lang)


def _terms(study: Study, reader: Reader) -> dict[str, str]:
    """The assumptions as said."""
    known = study.assumptions
    return {
        "save": say_rate(known["save_rate"], reader.lang), "offer": say_amount(known["offer_cost"], each(reader), reader.lang),
        "months": say_number(known["months_kept"], reader.lang, 0 if float(known["months_kept"]).is_integer() else 1),
        "margin": say_rate(known["margin"], reader.lang),
    }  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- sentences


def say_known(study: Study, reader: Reader, snapshot: str) -> Sentence:
    """Who is in the file: how many, how many of them had left."""
    gone, everybody = int(study.people["left"].sum()), len(study.people)
    counts = {"all": everybody, "gone": gone, "here": everybody - gone}
    said = {name: _count(count, reader) for name, count in counts.items()}
    return Sentence(
        say("subscribers_known", reader.lang, name=reader.name, rate=say_rate(gone / everybody, reader.lang), snapshot=snapshot, **said)
    )


def say_method(study: Study, reader: Reader) -> Sentence:
    """How the odds come about, that they were tried unseen, and how well they sort."""
    scores = score_table(study).set_index("method")
    folds = int(scores.at["ours", "folds"])
    sorts = {method: say_number(100 * scores.at[method, "auc"], reader.lang, 1) for method in ("ours", "plain")}
    said = say("subscribers_method", reader.lang, folds=folds)
    said += say("subscribers_sorts", reader.lang, folds=folds, wins=int(scores.at["ours", "wins"]), **sorts)
    return Sentence(said)


def say_headline(study: Study, reader: Reader) -> Sentence:
    """Who is expected to leave, what goes with them, and what offers to the listed would bring."""
    risk, out, terms = study.risk.set_index("what")["amount"], study.outcome, _terms(study, reader)
    here = _count((~study.people["left"]).sum(), reader)
    said = {"here": here, "leavers": _count(risk["leavers"], reader), "charges": _money(risk["charges"], reader), "save": terms["save"]}
    if not out["n"]:
        return Sentence(say("subscribers_headline_none", reader.lang, offer=terms["offer"], **said))
    money = {name: _money(out[name], reader) for name in ("cost", "gain", "lower", "upper")}
    level = say_level(study.level, reader.lang)
    return Sentence(say("subscribers_headline", reader.lang, n=_count(out["n"], reader), level=level, **said, **money))


def say_caveats(study: Study, reader: Reader) -> Html:
    """What the figures can't tell, and what was assumed."""
    lang, terms = reader.lang, _terms(study, reader)
    gone, here = (say_number(months, lang, 0 if months.is_integer() else 1) for months in typical_tenure(study))
    paragraphs = [
        say("subscribers_no_experiment", lang, save=terms["save"], offer=terms["offer"]),
        say("subscribers_no_dates", lang),
        say("subscribers_survivors", lang),
        say("subscribers_months_caveat", lang, months=terms["months"], gone=gone, here=here),
        say("subscribers_ceiling", lang, ceiling=say_number(study.assumptions["auc_ceiling"], lang, 2)),
    ]
    if study.outcome["n"]:
        k = round(study.outcome["odds"] * WORLDS)
        paragraphs.insert(1, say("subscribers_odds_of_gain", lang, k=k, worlds=WORLDS))
    return show_text(*paragraphs)


# ------------------------------------------------------------------------------------------------------------- answer


def show_answer(study: Study, reader: Reader):
    """The gain by how many are contacted, with its band, and where it is best."""
    out, n = study.outcome, int(study.outcome["n"])
    said = {"n": _count(n, reader), "gain": _money(out["gain"], reader)}
    everybody = n == int((~study.people["left"]).sum())
    key = "subscribers_curve_none" if not n else "subscribers_curve_all" if everybody else "subscribers_curve_title"
    title = say(key, reader.lang, **said)
    notes = [
        say("subscribers_assumed", reader.lang, **_terms(study, reader)),
        say("subscribers_band_note", reader.lang, level=say_level(study.level, reader.lang), worlds=WORLDS),
    ]
    return charts.show_gain_curve(
        study.curve, title=title, measure=say("subscribers_gain", reader.lang), unit=reader.unit, period="", lang=reader.lang,
        source=reader.source, reached=say("subscribers_contacted", reader.lang), best=n,
        best_label=say("subscribers_listed_at", reader.lang, **said), level=study.level, notes=notes,
    )  # fmt: skip


def said_reasons(study: Study, reader: Reader, labels: pd.DataFrame, most: int | None = None) -> pd.Series:
    """The reasons of those on the list in words, by the row of the sources: "Contract: month-to-month (×1.7); …"."""
    found = reasons(study, study.retention["row"].iloc[:most])
    texts = [
        say(
            "subscribers_reason", reader.lang, attribute=attribute_label(labels, row.attribute, reader.lang),
            value=value_label(labels, row.attribute, row.value, reader), factor=say_number(row.factor, reader.lang, 1),
        )
        for row in found.itertuples()
    ]  # fmt: skip
    joined = pd.Series(texts, index=found["row"], dtype=object).groupby(level=0).agg(say("subscribers_and", reader.lang).join)
    return joined.reindex(study.retention["row"].iloc[:most], fill_value=say("subscribers_no_reason", reader.lang))


def retention(study: Study, reader: Reader, labels: pd.DataFrame) -> pd.DataFrame:
    """The whole retention list, best first: customer, probability, charge, gain, value, tenure, said_en, said_zh (the reasons)."""
    listed = study.retention
    said = {f"said_{lang}": listed["row"].map(said_reasons(study, reader.speaking(lang), labels)) for lang in LANGS}
    return listed[["customer", "probability", "charge", "gain", "value", "tenure"]].assign(**said)


def show_list(study: Study, reader: Reader, labels: pd.DataFrame) -> Html:
    """The first of the retention list, with what raises their odds."""
    listed = study.retention.head(MOST)
    rows = listed.assign(said=listed["row"].map(said_reasons(study, reader, labels, MOST)))
    columns = [
        Column("customer", say("subscribers_customer", reader.lang), "text"),
        Column("probability", say("subscribers_odds", reader.lang), "rate"), Column("charge", say("subscribers_charge", reader.lang)),
        Column("value", say("subscribers_value", reader.lang)),
        Column("gain", say("subscribers_gain_each", reader.lang), "variance"),
        Column("said", say("subscribers_reasons", reader.lang), "text"),
    ]  # fmt: skip
    charges = study.risk.set_index("what").loc["charges"]
    money = {name: _money(charges[name], reader) for name in ("amount", "lower", "upper")}
    note = say(
        "subscribers_list_note",
        reader.lang,
        label=say("subscribers_at_risk", reader.lang),
        level=say_level(study.level, reader.lang),
        **money,
    )
    caption = say("subscribers_list_title", reader.lang, shown=len(rows), n=_count(len(study.retention), reader))
    notes = [note, say("subscribers_assumed", reader.lang, **_terms(study, reader))]
    return show_table(rows, columns, unit=each(reader), lang=reader.lang, caption=caption, source=reader.source, notes=notes)


# ---------------------------------------------------------------------------------------------------------------- why


def show_why(study: Study, reader: Reader, labels: pd.DataFrame):
    """Who left, by the attributes that set the scores apart most."""
    named = study.weights["attribute"].head(GROUPS)
    rows = []
    for attribute in named:
        rows.append({"label": attribute_label(labels, attribute, reader.lang), "is_heading": True, "counted": ""})
        own = study.segments[study.segments["attribute"] == attribute]
        rows += [_share_row(segment, study, reader, labels) for _, segment in own.iterrows()]
    everybody = float(study.people["left"].mean())
    return charts.show_shares(
        pd.DataFrame(rows), title=_why_title(study, reader, labels, named.iloc[0]), measure=say("subscribers_share_left", reader.lang),
        lang=reader.lang, source=reader.source, everybody=everybody, everybody_label=say("subscribers_everybody", reader.lang),
        notes=[say("subscribers_share_note", reader.lang)],
    )  # fmt: skip


def _share_row(segment: pd.Series, study: Study, reader: Reader, labels: pd.DataFrame) -> dict:
    counted = say("subscribers_of", reader.lang, gone=_count(segment["gone"], reader), n=_count(segment["n"], reader))
    return {
        "label": segment_label(labels, segment, study, reader),
        "is_heading": False,
        "counted": counted,
        **segment[["rate", "lower", "upper"]],
    }


def _why_title(study: Study, reader: Reader, labels: pd.DataFrame, attribute: str) -> str:
    own = study.segments[study.segments["attribute"] == attribute]
    most, least = own.loc[own["rate"].idxmax()], own.loc[own["rate"].idxmin()]
    said = {"attribute": attribute_label(labels, attribute, reader.lang), "value": segment_label(labels, most, study, reader)}
    rates = {"rate": say_rate(most["rate"], reader.lang), "other_rate": say_rate(least["rate"], reader.lang)}
    return say("subscribers_why_title", reader.lang, other=segment_label(labels, least, study, reader), **said, **rates)


def show_reasons(study: Study, reader: Reader, labels: pd.DataFrame) -> Html:
    """What the scores are made of: each attribute's weight, and what raises and lowers the odds most."""
    rows = study.weights.assign(label=[attribute_label(labels, attribute, reader.lang) for attribute in study.weights["attribute"]])
    ends = [extremes(study, attribute) for attribute in rows["attribute"]]
    for name, at in (("raises", 0), ("lowers", 1)):
        rows[name] = [_say_factor(pair[at], study, reader, labels) for pair in ends]
    columns = [
        Column("label", say("subscribers_attribute", reader.lang), "text"), Column("share", say("subscribers_weight", reader.lang), "rate"),
        Column("raises", say("subscribers_raises", reader.lang), "text"), Column("lowers", say("subscribers_lowers", reader.lang), "text"),
        Column("first", say("subscribers_first", reader.lang), "count"),
    ]  # fmt: skip
    notes = [say("subscribers_weights_note", reader.lang), *_say_left_out(study, reader, labels)]
    caption = say("subscribers_weights_title", reader.lang)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes)


def _say_factor(segment: pd.Series, study: Study, reader: Reader, labels: pd.DataFrame) -> str:
    label, factor = segment_label(labels, segment, study, reader), say_number(np.exp(segment["part"]), reader.lang, 2)
    return f"{label} (×{factor})" if reader.lang == "en" else f"{label}（×{factor}）"


def _say_left_out(study: Study, reader: Reader, labels: pd.DataFrame) -> list[str]:
    named = [attribute_label(labels, attribute, reader.lang) for attribute in study.assumptions.get("leave_out", [])]
    comma = ", " if reader.lang == "en" else "、"
    return [say("subscribers_left_out", reader.lang, attributes=comma.join(named))] if named else []


# -------------------------------------------------------------------------------------------------------------- trial


def show_trial(study: Study, reader: Reader):
    """The curve of calibration: what came by what had been said."""
    top = study.bins.iloc[-1]
    said = {"said": say_rate(top["said"], reader.lang), "came": say_rate(top["rate"], reader.lang)}
    points = {name: say_number(100 * study.quality[name], reader.lang, 1) for name in ("error_ours", "chance")}
    title = say("subscribers_calibration_title", reader.lang, error=points["error_ours"], **said)
    notes = [
        say("subscribers_calibration_note", reader.lang, level=say_level(study.level, reader.lang), chance=points["chance"]),
        _say_tried(study, reader),
    ]
    return charts.show_calibration(
        study.bins, title=title, measure=say("subscribers_calibration_measure", reader.lang), said=say("subscribers_said", reader.lang),
        came=say("subscribers_came", reader.lang), as_said=say("subscribers_as_said", reader.lang), lang=reader.lang, source=reader.source,
        notes=notes,
    )  # fmt: skip


def _say_tried(study: Study, reader: Reader) -> str:
    counts = {name: _count(study.tried[name], reader) for name in ("n", "expected", "lower", "upper", "actual", "all")}
    return say("subscribers_tried_list", reader.lang, level=say_level(study.level, reader.lang), **counts)


def show_trial_table(study: Study, reader: Reader) -> Html:
    """The score, a plain logistic regression and the bare rate, in the same folds; and how often the bands of counts held."""
    table = score_table(study)
    rows = table.assign(method=[say(METHODS[method], reader.lang) for method in table["method"]])
    rows["wins"] = rows["wins"].astype(float).where(table["method"] == "ours")
    columns = [
        Column("method", say("subscribers_method_name", reader.lang), "text"),
        Column("auc", say("subscribers_auc", reader.lang), "count", digits=4),
        Column("auc_min", say("subscribers_lowest", reader.lang), "count", digits=3),
        Column("auc_max", say("subscribers_highest", reader.lang), "count", digits=3),
        Column("log_loss", say("subscribers_log_loss", reader.lang), "count", digits=4),
        Column("brier", say("subscribers_brier", reader.lang), "count", digits=4),
        Column("error", say("subscribers_error", reader.lang), "rate"), Column("wins", say("subscribers_wins", reader.lang), "count"),
    ]  # fmt: skip
    held = coverage(study)
    rates = {name: say_rate(held[key], reader.lang) for name, key in (("rate", "coverage"), ("low", "low"), ("high", "high"))}
    counts = {"inside": int(held["inside"]), "n": int(held["n"]), "level": say_level(study.level, reader.lang)}
    caption = say("subscribers_trial_title", reader.lang, folds=int(table["folds"].iloc[0]))
    notes = [say("subscribers_trial_note", reader.lang, **rates, **counts)]
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes)


def show_what_ifs(study: Study, reader: Reader) -> Html:
    """What becomes of the list if an assumption is another; drawn anew, and as it stands."""
    rows = study.cases.assign(label=[say(CASE_WORDS[case], reader.lang) for case in study.cases["case"]])
    anew = say("subscribers_anew", reader.lang)
    columns = [
        Column("label", say("subscribers_case", reader.lang), "text"), Column("save_rate", say("subscribers_save", reader.lang), "rate"),
        Column("offer_cost", say("subscribers_cost", reader.lang), "count", digits=2),
        Column("months_kept", say("subscribers_kept", reader.lang), "count"),
        Column("n", say("subscribers_offers", reader.lang), "count", group=anew),
        Column("gain", say("subscribers_gain_total", reader.lang), "variance", group=anew),
        Column("as_drawn", say("subscribers_as_drawn", reader.lang), "variance"),
    ]  # fmt: skip
    notes = []
    if study.outcome["n"]:
        even = say_rate(study.outcome["break_even"], reader.lang)
        notes = [say("subscribers_even_note", reader.lang, rate=even, save=_terms(study, reader)["save"])]
    caption = say("subscribers_what_if_title", reader.lang)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes)
