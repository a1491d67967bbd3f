"""Subscribers with dated contracts as people read them: sentences, charts and tables made from plan.contracts' results."""

from __future__ import annotations

import pandas as pd

from planning.core.periods import months_after
from planning.plan.contract_worlds import WORLDS
from planning.plan.contracts import SHIFTED, Study, experiment_table
from planning.view import charts
from planning.view.amounts import say_amount, say_level, say_number, say_period, say_rate
from planning.view.contacts_report import say_design, show_contact_table
from planning.view.markup import Html, Sentence, show_text
from planning.view.projects_report import say_odds
from planning.view.reader import Reader
from planning.view.report_words import WORDS, say
from planning.view.tables import Column, show_table
from planning.view.why_report import attribute_label, each, said_reasons, show_weights, value_label
from planning.view.why_report import show_why as show_why_of
from planning.view.words import LANGS

MOST = 15
"""Rows of the retention list that the report shows."""


def _count(figure: float, reader: Reader) -> str:
    return say_number(figure, reader.lang)


def _money(figure: float, reader: Reader) -> str:
    return say_amount(figure, reader.unit, reader.lang)


def _points(share: float, reader: Reader) -> str:
    return say_number(100 * share, reader.lang, 1)


def _band(figures, reader: Reader) -> dict[str, str]:
    return {name: _money(figures[name], reader) for name in ("lower", "upper")}


# ---------------------------------------------------------------------------------------------------------- sentences


def say_known(study: Study, reader: Reader, snapshot: str) -> Sentence:
    """Who has a contract, and how many have left in the year before."""
    known = study.known
    said = {name: _count(known[name], reader) for name in ("here", "before", "left")}
    rate = say_rate(known["left"] / known["before"], reader.lang) if known["before"] else "–"
    months = {"month": say_period(study.as_of, reader.lang), "first": say_period(known["first"], reader.lang)}
    return Sentence(say("contracts_known", reader.lang, name=reader.name, rate=rate, snapshot=snapshot, **said, **months))


def say_method(study: Study, reader: Reader) -> Sentence:
    """How the odds come about, how well they sorted, and where the effect of an offer comes from."""
    tried = study.scores[study.scores["day"] == study.trials[0].day].iloc[-1]
    said = say("contracts_method", reader.lang, attributes=len(study.leaving.attributes.all), day=say_period(tried["day"], reader.lang),
               months=tried["months"], auc=_points(tried["auc"], reader))  # fmt: skip
    return Sentence(said + _say_response(study, reader))


def _say_response(study: Study, reader: Reader) -> str:
    """Whether an experiment tells what an offer does."""
    save = say_rate(study.assumptions["save_rate"], reader.lang)
    if study.experiment is None:
        return say("contracts_no_experiment", reader.lang, save=save)
    uplift = study.experiment.uplift
    day = say_period(months_after(study.experiment.day.replace(day=1), 1), reader.lang)
    figures = {"kept": _points(uplift.mean, reader), "error": _points(uplift.error, reader), "months": study.experiment.watched, "day": day}
    groups = {"offered": _count(uplift.groups[0], reader), "control": _count(uplift.groups[1], reader)}
    return say("contracts_experiment" if study.tells else "contracts_unclear", reader.lang, save=save, **figures, **groups)


def say_headline(study: Study, reader: Reader) -> Sentence:
    """What subscribers are worth, who is expected to leave, and what offers to the listed would bring."""
    year, out, worth = study.ahead.iloc[-1], study.outcome, study.portfolio
    level = say_level(study.level, reader.lang)
    said = say(
        "contracts_headline", reader.lang, here=_count(study.known["here"], reader), value=_money(worth["value"], reader),
        months=study.terms.ahead, level=level, year=int(year["month"]), leavers=_count(year["leavers"], reader),
        charges=_money(year["charges"], reader), **_band(worth, reader),
    )  # fmt: skip
    if not out["n"]:
        return Sentence(said + say("contracts_headline_none", reader.lang))
    money = {name: _money(out[name], reader) for name in ("cost", "gain")}
    loss = say_odds(1 - out["odds"], reader.lang)
    key = "contracts_headline_list" if study.tells else "contracts_headline_assumed"
    save = say_rate(study.assumptions["save_rate"], reader.lang)
    return Sentence(
        said + say(key, reader.lang, n=_count(out["n"], reader), level=level, loss=loss, save=save, **money, **_band(out, reader))
    )


def say_caveats(study: Study, reader: Reader) -> Html:
    """What the figures can't tell, and what was assumed."""
    lang, terms = reader.lang, study.terms
    money = {"offer": say_amount(terms.offer_cost, each(reader), lang), "margin": say_rate(terms.margin, lang)}
    return show_text(
        say("contracts_terms", lang, rate=say_rate(terms.discount_rate, lang), months=terms.ahead, lasting=terms.lasting, **money),
        "" if study.tells else say("contracts_try_first", lang),
        say("contracts_as_before", lang),
        say("contracts_causes", lang),
    )


# ------------------------------------------------------------------------------------------------------------- answer


def show_answer(study: Study, reader: Reader) -> list:
    """The charges that leave, month by month, and the gain of offers by how many are contacted."""
    return [show_ahead(study, reader), show_gain(study, reader)]


def show_ahead(study: Study, reader: Reader):
    """The charges a month of those who will have left, month by month, with their band."""
    last = study.ahead.iloc[-1]
    table = study.ahead.assign(
        period=[months_after(study.as_of.replace(day=1), int(month)) for month in study.ahead["month"]], plan=study.ahead["charges"],
        lowest=study.ahead["charges_lower"], highest=study.ahead["charges_upper"],
        **{name: study.ahead[f"charges_{name}"] for name in ("low", "middle", "high")},
    )  # fmt: skip
    said = {"charges": _money(last["charges"], reader), "leavers": _count(last["leavers"], reader), "months": int(last["month"])}
    ends = {"lower": _money(last["charges_lower"], reader), "upper": _money(last["charges_upper"], reader)}
    level = say_level(study.level, reader.lang)
    names = {name: say(f"contracts_fan_{name}", reader.lang, level=level) for name in ("plan", "lowest", "middle", "highest")}
    return charts.show_fan(
        table, title=say("contracts_ahead_title", reader.lang, level=level, **said, **ends),
        measure=say("contracts_ahead_measure", reader.lang), unit=reader.unit, period="", lang=reader.lang, source=reader.source,
        names=names, notes=[say("contracts_ahead_note", reader.lang, level=level, worlds=WORLDS)],
    )  # fmt: skip


def show_gain(study: Study, reader: Reader):
    """The gain by how many are contacted, with its band, and where it is best."""
    out, n = study.outcome, int(study.outcome["n"])
    said = {"n": _count(n, reader), "gain": _money(out["gain"], reader), "loss": say_odds(1 - out["odds"], reader.lang)}
    key = "contracts_curve_none" if not n else "contracts_curve_all" if n == len(study.here) else "contracts_curve_title"
    return charts.show_gain_curve(
        study.curve, title=say(key, reader.lang, **said), measure=say("contracts_gain", reader.lang), unit=reader.unit, period="",
        lang=reader.lang, source=reader.source, reached=say("subscribers_contacted", reader.lang), best=n,
        best_label=say("subscribers_listed_at", reader.lang, **said), level=study.level,
        notes=[
            say("contracts_band_note", reader.lang, level=say_level(study.level, reader.lang), worlds=WORLDS),
            _say_response(study, reader).strip(),
        ],
    )  # fmt: skip


def retention(study: Study, reader: Reader, labels: pd.DataFrame) -> pd.DataFrame:
    """The whole retention list, best first, with said_en, said_zh (the reasons)."""
    said = {f"said_{lang}": said_reasons(study.parts, study.rows, reader.speaking(lang), labels).to_numpy() for lang in LANGS}
    return study.retention.drop(columns=["row", "listed"]).assign(**said)


def show_list(study: Study, reader: Reader, labels: pd.DataFrame) -> Html:
    """The first of the retention list: odds by horizon, what each is worth and brings, and what raises their odds."""
    listed = study.retention.head(MOST)
    said = said_reasons(study.parts.iloc[:MOST], study.rows.iloc[:MOST], reader, labels)
    rows = listed.assign(said=said.to_numpy(), plan=[value_label(labels, "plan", plan, reader) for plan in listed["plan"]])
    odds, worth = say("contracts_leaves_within", reader.lang), say("contracts_worth", reader.lang)
    columns = [
        Column("customer", say("subscribers_customer", reader.lang), "text"), Column("plan", say("attribute: plan", reader.lang), "text"),
        Column("price", say("attribute: price", reader.lang)),
        *(Column(f"odds_{months}", say("contracts_horizon", reader.lang, days=days), "rate", group=odds)
          for months, days in ((1, 30), (3, 90), (12, 365))),
        Column("value", say("contracts_value_each", reader.lang), group=worth),
        Column("value_lower", say("contracts_low", reader.lang), group=worth),
        Column("value_upper", say("contracts_high", reader.lang), group=worth),
        Column("saved", say("contracts_saved", reader.lang), "rate"),
        Column("gain", say("subscribers_gain_each", reader.lang), "variance"),
        Column("said", say("subscribers_reasons", reader.lang), "text"),
    ]  # fmt: skip
    notes = [say("contracts_list_note", reader.lang, months=study.terms.ahead, level=say_level(study.level, reader.lang))]
    caption = say("subscribers_list_title", reader.lang, shown=len(rows), n=_count(len(study.retention), reader))
    return show_table(rows, columns, unit=each(reader), lang=reader.lang, caption=caption, source=reader.source, notes=notes)


def show_contacts(study: Study, reader: Reader, labels: pd.DataFrame) -> Html | None:
    """How often each declared group is on the list."""
    return show_contact_table(study.contacts, reader, labels)


# ---------------------------------------------------------------------------------------------------------------- why


def show_why(study: Study, reader: Reader, labels: pd.DataFrame) -> list:
    """Who left, by the attributes that set the scores apart most; and subscribers by behaviour."""
    return [show_why_of(study.why, reader, labels), show_segments(study, reader)]


def show_segments(study: Study, reader: Reader) -> Html:
    """Subscribers in groups a marketer knows: how many, what they are worth, how many leave, and whether that was so before."""
    table = study.segments
    rows = table.assign(label=[say(f"behaviour_{code}", reader.lang) for code in table["segment"]])
    tried = say("contracts_tried_then", reader.lang, day=say_period(study.trials[0].day, reader.lang))
    columns = [
        Column("label", say("contracts_segment", reader.lang), "text"), Column("n", say("contracts_number", reader.lang), "count"),
        Column("price", say("contracts_charges_each", reader.lang)), Column("value", say("contracts_value", reader.lang)),
        Column("rate", say("contracts_rate", reader.lang), "rate"), Column("listed", say("contracts_listed", reader.lang), "count"),
        Column("gain", say("contracts_gain", reader.lang), "variance"),
        Column("said", say("contracts_said", reader.lang), "rate", group=tried),
        Column("came", say("contracts_came", reader.lang), "rate", group=tried),
    ]  # fmt: skip
    caption, notes = _segments_title(table, reader), [say("behaviour_note", reader.lang)]
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes)


def _segments_title(table: pd.DataFrame, reader: Reader) -> str:
    most = table.loc[table["rate"].idxmax()]
    said = {"segment": say(f"behaviour_{most['segment']}", reader.lang), "n": _count(most["n"], reader)}
    return say("contracts_segments_title", reader.lang, rate=say_rate(most["rate"], reader.lang), **said)


def show_reasons(study: Study, reader: Reader, labels: pd.DataFrame) -> Html:
    """What the scores are made of: each attribute's weight, and what raises and lowers the odds most."""
    return show_weights(study.why, reader, labels, [])


# ------------------------------------------------------------------------------------------------------------ what if


def show_what_ifs(study: Study, reader: Reader, labels: pd.DataFrame | None = None) -> list:
    """What becomes of the list if an assumption is another; the experiment, or one that would tell."""
    return [show_cases(study, reader), *show_experiment(study, reader)]


def show_cases(study: Study, reader: Reader) -> Html:
    """What becomes of the list if an assumption is another; drawn anew, and as it stands."""
    kind = "told" if study.tells else "assumed"
    names = [f"contracts_case_{case}_{kind}" for case in study.cases["case"]]
    rows = study.cases.assign(
        label=[
            say(name if name in WORDS else f"contracts_case_{case}", reader.lang)
            for name, case in zip(names, study.cases["case"], strict=True)
        ]
    )
    anew = say("subscribers_anew", reader.lang)
    columns = [
        Column("label", say("subscribers_case", reader.lang), "text"),
        Column("n", say("subscribers_offers", reader.lang), "count", group=anew),
        Column("cost", say("subscribers_cost", reader.lang), group=anew),
        Column("gain", say("subscribers_gain_total", reader.lang), "variance", group=anew),
        Column("as_drawn", say("subscribers_as_drawn", reader.lang), "variance"),
    ]  # fmt: skip
    caption = say("subscribers_what_if_title", reader.lang)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source)


def show_experiment(study: Study, reader: Reader) -> list:
    """What the experiment told; where it told nothing, how large one must be."""
    shown = []
    if study.experiment is not None:
        table = experiment_table(study.experiment)
        rows = table.assign(label=[say(f"contracts_group_{group}", reader.lang) for group in table["group"]])
        columns = [
            Column("label", say("contracts_group", reader.lang), "text"), Column("n", say("contracts_number", reader.lang), "count"),
            Column("left", say("contracts_left", reader.lang), "count"), Column("rate", say("contracts_came", reader.lang), "rate"),
        ]  # fmt: skip
        caption = _say_response(study, reader).strip()
        notes = [say("contracts_experiment_note", reader.lang)]
        shown.append(show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes))
    return [*shown, say_design(study.designed, reader)]


# -------------------------------------------------------------------------------------------------------------- trial


def show_trial(study: Study, reader: Reader):
    """The curve of calibration of the oldest trial: what came by what had been said."""
    top, trial = study.bins.iloc[-1], study.trials[0]
    row = study.scores[(study.scores["day"] == trial.day) & (study.scores["months"] == trial.watched)].iloc[0]
    said = {"said": say_rate(top["said"], reader.lang), "came": say_rate(top["rate"], reader.lang)}
    title = say("subscribers_calibration_title", reader.lang, error=_points(row["error"], reader), **said)
    level = say_level(study.level, reader.lang)
    day, chance = say_period(trial.day, reader.lang), _points(row["chance"], reader)
    note = say("contracts_calibration_note", reader.lang, day=day, level=level, chance=chance)
    return charts.show_calibration(
        study.bins, title=title, measure=say("contracts_calibration_measure", reader.lang, months=trial.watched),
        said=say("subscribers_said", reader.lang), came=say("subscribers_came", reader.lang),
        as_said=say("subscribers_as_said", reader.lang), lang=reader.lang, source=reader.source, notes=[note],
    )  # fmt: skip


def show_trial_table(study: Study, reader: Reader) -> list:
    """The odds told on earlier days beside what came, by horizon; and what has changed since among subscribers."""
    rows = study.scores.assign(
        day=[say_period(day, reader.lang) for day in study.scores["day"]],
        horizon=[say("why_months" if months > 1 else "why_month", reader.lang, months=months) for months in study.scores["months"]],
    )
    columns = [
        Column("day", say("contracts_told_on", reader.lang), "text"), Column("horizon", say("contracts_within", reader.lang), "text"),
        Column("n", say("contracts_number", reader.lang), "count"), Column("said", say("contracts_expected", reader.lang), "count"),
        Column("came", say("contracts_left", reader.lang), "count"), Column("auc", say("subscribers_auc", reader.lang), "count", digits=3),
        Column("log_loss", say("subscribers_log_loss", reader.lang), "count", digits=4),
        Column("base", say("contracts_base", reader.lang), "count", digits=4),
        Column("error", say("subscribers_error", reader.lang), "rate"),
        Column("chance", say("contracts_chance", reader.lang), "rate"),
    ]  # fmt: skip
    caption = say("contracts_trial_title", reader.lang, days=study.scores["day"].nunique())
    notes = [say("contracts_trial_note", reader.lang)]
    trial = show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes)
    return [trial, show_drift(study, reader)]


def show_drift(study: Study, reader: Reader) -> Html:
    """What has changed among subscribers since the day of the trial, attribute by attribute."""
    none = pd.DataFrame(columns=["attribute", "label_en", "label_zh"])
    table = study.drift
    shifted = table[(table["index"] > SHIFTED) & (table["index"] > table["chance"])]
    rows = table.assign(label=[attribute_label(none, attribute, reader.lang) for attribute in table["attribute"]])
    columns = [
        Column("label", say("why_attribute", reader.lang), "text"),
        Column("index", say("contracts_index", reader.lang), "count", digits=3),
        Column("chance", say("contracts_chance", reader.lang), "count", digits=3),
    ]  # fmt: skip
    comma = ", " if reader.lang == "en" else "、"
    names = comma.join(attribute_label(none, attribute, reader.lang) for attribute in shifted["attribute"])
    day = say_period(study.trials[0].day, reader.lang)
    caption = say("contracts_drift_title" if len(shifted) else "contracts_no_drift_title", reader.lang, names=names, day=day)
    notes = [say("contracts_drift_note", reader.lang)]
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=caption, source=reader.source, notes=notes)
