"""The churn of subscribers as people read it: sentences, charts and tables made from plan.subscribers' results."""

from __future__ import annotations

import pandas as pd

from planning.plan.subscribers import WORLDS, Study, coverage, score_table, typical_tenure
from planning.view import charts
from planning.view.amounts import say_amount, say_level, say_number, say_rate
from planning.view.contacts_report import say_design, show_contact_table
from planning.view.markup import Html, Sentence, show_text
from planning.view.reader import Reader
from planning.view.report_words import say
from planning.view.stay_report import show_stay
from planning.view.tables import Column, show_table
from planning.view.why_report import each, said_reasons, show_weights
from planning.view.why_report import show_why as show_why_of
from planning.view.words import LANGS

MOST = 25
"""Rows of the retention list that the report shows."""
CASE_WORDS = {
    "assumed": "subscribers_case_assumed", "half_saved": "subscribers_case_half", "more_saved": "subscribers_case_more",
    "cheap": "subscribers_case_cheap", "dear": "subscribers_case_dear", "short": "subscribers_case_short",
    "all_came": "subscribers_case_all_came",
}  # fmt: skip
METHODS = {"base": "subscribers_base", "plain": "subscribers_plain", "ours": "subscribers_ours"}


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
        say("subscribers_no_experiment", lang, save=terms["save"], offer=terms["offer"]) + str(say_design(study.designed, reader) or ""),
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


def _reasons_of(study: Study, listed: pd.DataFrame, reader: Reader, labels: pd.DataFrame) -> pd.Series:
    parts, rows = study.why.parts.loc[listed["row"]], study.why.rows.loc[listed["row"]]
    return said_reasons(parts, rows, reader, labels).set_axis(listed.index)


def retention(study: Study, reader: Reader, labels: pd.DataFrame) -> pd.DataFrame:
    """The whole retention list, best first: customer, probability, charge, gain, value, tenure, said_en, said_zh (the reasons)."""
    listed = study.retention
    said = {f"said_{lang}": _reasons_of(study, listed, reader.speaking(lang), labels) for lang in LANGS}
    return listed[["customer", "probability", "charge", "gain", "value", "tenure"]].assign(**said)


def show_list(study: Study, reader: Reader, labels: pd.DataFrame) -> Html:
    """The first of the retention list, with what raises their odds."""
    listed = study.retention.head(MOST)
    rows = listed.assign(said=_reasons_of(study, listed, reader, labels))
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


def show_contacts(study: Study, reader: Reader, labels: pd.DataFrame) -> Html | None:
    """How often each declared group is on the list."""
    return show_contact_table(study.contacts, reader, labels)


# ---------------------------------------------------------------------------------------------------------------- why


def show_why(study: Study, reader: Reader, labels: pd.DataFrame):
    """Who left, by the attributes that set the scores apart most."""
    return show_why_of(study.why, reader, labels)


def show_reasons(study: Study, reader: Reader, labels: pd.DataFrame) -> Html:
    """What the scores are made of: each attribute's weight, and what raises and lowers the odds most."""
    return show_weights(study.why, reader, labels, study.assumptions["leave_out"])


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


def show_what_ifs(study: Study, reader: Reader, labels: pd.DataFrame) -> list:
    """What becomes of the list if an assumption is another; and how long those here stay if the file holds all who ever came."""
    return [show_cases(study, reader), *show_stay(study.stay, reader, labels)]


def show_cases(study: Study, reader: Reader) -> Html:
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
