"""The return of channels as people read it: sentences, charts and tables made from plan.channels' study."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.metrics import rate
from planning.plan.channels import ENTANGLED, HELD, QUARTER, YEAR, Study, inside, total_return, trial_errors
from planning.view import charts
from planning.view.amounts import say_amount, say_level, say_number, say_rate
from planning.view.markup import Html, Sentence, show_text
from planning.view.reader import Reader
from planning.view.report_words import say
from planning.view.response_curves import show_curves
from planning.view.return_dots import show_returns
from planning.view.tables import Column, show_table

SHOWN = 2
"""Decimals of a return."""
CLEAR = 0.005
"""A difference between two shares of sales below which neither forecast is called better."""
STILL = 0.001
"""A share of the budget: moving no more than this between channels is not a plan."""
MUCH = 0.5
"""A return whose width is at most this share of what was believed before is one that the data tell much of."""


# -------------------------------------------------------------------------------------------------------------- sentences


def _named(study: Study, reader: Reader) -> dict[str, str]:
    """The names of channels and conditions in the reader's language."""
    labels = study.assumptions.labels
    named = dict(zip(labels["code"], labels[f"label_{reader.lang}"], strict=True))
    return {code: named.get(code, code) for code in [*study.codes, *study.conditions]}


def _listed(names: list[str], lang: str) -> str:
    return (", " if lang == "en" else "、").join(names)


def _returned(figure: float, reader: Reader) -> str:
    return say_number(figure, reader.lang, SHOWN)


def say_known(study: Study, reader: Reader, snapshot: str) -> Sentence:
    """What was known: weeks, channels, conditions, the snapshot."""
    named, lang = _named(study, reader), reader.lang
    conditions = _listed([named[code] for code in study.conditions], lang) or say("channels_none", lang)
    first, last = (f"{day:%Y-%m-%d}" for day in (study.periods[0], study.periods[-1] + pd.Timedelta(days=6)))
    return Sentence(say(
        "channels_known", lang, name=reader.name, count=len(study.codes), weeks=len(study.periods), first=first, last=last,
        conditions=conditions, snapshot=snapshot,
    ))  # fmt: skip


def say_method(study: Study, reader: Reader) -> Html:
    """How returns come about, what was believed beforehand, and what stands for a margin."""
    belief, lang = study.assumptions.belief, reader.lang
    low, high = belief.median / belief.factor, belief.median * belief.factor
    figures = {"median": _returned(belief.median, reader), "low": _returned(low, reader), "high": _returned(high, reader)}
    figures["shared"] = say_rate(belief.shared, lang, 0)
    margin = say_rate(study.assumptions.margin, lang, 0)
    return show_text(
        say("channels_method", lang, level=say_level(study.level, lang), **figures), say("channels_margin", lang, margin=margin)
    )


def say_headline(study: Study, reader: Reader) -> Sentence:
    """What spend returned, what the plan would add, and which channels the data can't tell."""
    middle, lower, upper = (_returned(figure, reader) for figure in total_return(study))
    spend = say_amount(study.channels["spend"].sum(), reader.unit, reader.lang)
    said = say(
        "channels_headline", reader.lang, weeks=YEAR, spend=spend, roi=middle, lower=lower, upper=upper,
        level=say_level(study.level, reader.lang), plan=_say_plan(study, reader),
    )  # fmt: skip
    return Sentence((" " if reader.lang == "en" else "").join(part for part in (said, say_untold(study, reader)) if part))


def _say_plan(study: Study, reader: Reader) -> str:
    moved = study.plan["change"].clip(lower=0).sum()
    if moved <= STILL * study.plan["now"].sum():
        return say("channels_headline_stay" if study.assumptions.most_change else "channels_headline_fixed", reader.lang, weeks=QUARTER)
    gain = {name: say_amount(study.gain[name], reader.unit, reader.lang) for name in ("mean", "lower", "upper")}
    return say(
        "channels_headline_plan", reader.lang, weeks=QUARTER, moved=say_amount(moved, reader.unit, reader.lang), gain=gain["mean"],
        lower=gain["lower"], upper=gain["upper"], level=say_level(study.level, reader.lang),
    )  # fmt: skip


def say_untold(study: Study, reader: Reader) -> str:
    """Which channels the data can't tell; nothing where they tell something of all."""
    names = _untold(study, reader)
    return say("channels_untold", reader.lang, channels=_listed(names, reader.lang)) if names else ""


def _untold(study: Study, reader: Reader) -> list[str]:
    return study.channels.loc[~study.channels["told"], f"label_{reader.lang}"].tolist()


def say_sales_ahead(study: Study, reader: Reader) -> str:
    """Next quarter's sales with the plan and with today's mix."""
    rows, lang = study.quarter.set_index("mix"), reader.lang
    best = {name: say_amount(rows.at["best", name], reader.unit, lang) for name in ("sales", "lower", "upper")}
    return say(
        "channels_sales_ahead", lang, weeks=QUARTER, plan=best["sales"], lower=best["lower"], upper=best["upper"],
        today=say_amount(rows.at["today", "sales"], reader.unit, lang), level=say_level(study.level, lang),
    )  # fmt: skip


def say_held(study: Study, reader: Reader) -> str:
    """How many held-out weeks fell inside the band, and whether knowing the spend made them more predictable."""
    if study.trial.empty:
        return say("channels_trial_none", reader.lang) + ("." if reader.lang == "en" else "。")
    errors, held = trial_errors(study).iloc[-1], inside(study.trial, "actual")
    better = errors["without"] - errors["ours"]
    verdict = "channels_better" if better >= CLEAR else "channels_worse" if better <= -CLEAR else "channels_no_better"
    said = say("channels_held", reader.lang, verdict=say(verdict, reader.lang), **_counts(held, study, reader))
    return said + _narrow(held, study, reader)


def _counts(held: dict[str, float], study: Study, reader: Reader) -> dict[str, object]:
    level = say_level(study.level, reader.lang)
    return {"n": held["n"], "inside": held["inside"], "rate": say_rate(held["coverage"], reader.lang), "level": level}


def _narrow(held: dict[str, float], study: Study, reader: Reader) -> str:
    too_narrow = held["n"] and held["high"] < study.level
    return say("channels_narrow", reader.lang, level=say_level(study.level, reader.lang)) if too_narrow else ""


def say_planted(study: Study, reader: Reader) -> list[str]:
    """How the bands and the plans did in worlds whose truth is known; nothing where none were made."""
    if study.found.empty:
        return []
    held, plans, lang = inside(study.found, "truth"), study.plans, reader.lang
    miss = (study.found["estimate"] / study.found["truth"] - 1).abs().median()
    ends = {name: say_rate(held[name], lang) for name in ("low", "high")}
    said = say("channels_planted", lang, worlds=len(plans), miss=say_rate(miss, lang), **ends, **_counts(held, study, reader))
    amounts = {name: say_amount(plans[name].mean(), reader.unit, lang) for name in ("promised", "came", "possible")}
    lost = int((plans["came"] < 0).sum())
    return [said + _narrow(held, study, reader), say("channels_planted_plans", lang, worlds=len(plans), lost=lost, **amounts)]


def say_caveats(study: Study, reader: Reader) -> Html:
    """What stands against the figures: held-out weeks, made-up worlds, channels that can't be told apart, and no experiment."""
    entangled = [
        say("channels_entangled", reader.lang, channel=row[f"label_{reader.lang}"], rate=say_rate(row["explained"], reader.lang, 0))
        for row in study.channels[study.channels["explained"] >= ENTANGLED].to_dict("records")
    ]
    tried = [say_held(study, reader), *say_planted(study, reader)]
    return show_text(say_untold(study, reader), *entangled, *tried, _say_tested(study, reader))


def _say_tested(study: Study, reader: Reader) -> str:
    """Which returns rest on an experiment, and which on nothing but spend as it was."""
    lifts = study.response.weeks.lifts
    if not lifts:
        return say("channels_observed", reader.lang)
    named = study.channels.set_index("code")[f"label_{reader.lang}"]
    names = [named[code] for code in dict.fromkeys(study.codes[lift.channel] for lift in lifts)]
    return say("channels_tested", reader.lang, channels=_listed(names, reader.lang), n=len(lifts))


# ------------------------------------------------------------------------------------------------------ charts and tables


def _year(study: Study, reader: Reader) -> str:
    return say("channels_last_weeks", reader.lang, weeks=YEAR, last=f"{study.periods[-1] + pd.Timedelta(days=6):%Y-%m-%d}")


def show_answer(study: Study, reader: Reader):
    """Returns and marginal returns by channel with their bands, and of all channels together."""
    lang = reader.lang
    rows = study.channels.assign(label=study.channels[f"label_{lang}"], is_total=False).sort_values("roi", ascending=False, kind="stable")
    middle, lower, upper = total_return(study)
    total = {"label": say("total", lang), "spend": rows["spend"].sum(), "roi": middle, "lower": lower, "upper": upper}
    table = pd.concat([rows, pd.DataFrame([total | {"told": True, "is_total": True}])], ignore_index=True)
    words = {
        "even": say("channels_break_even_at", lang),
        "spend": say("channels_spend", lang), "roi": say("channels_return", lang), "marginal": say("channels_marginal", lang),
        "untold": say("channels_return_untold", lang), "cut": say("channels_cut_note", lang),
        "band": say("channels_band", lang, level=say_level(study.level, lang)),
    }  # fmt: skip
    return show_returns(
        table, title=_returns_title(study, reader), measure=say("channels_returns_measure", lang), unit=reader.unit,
        period=_year(study, reader), lang=lang, source=reader.source, words=words,
    )  # fmt: skip


def _returns_title(study: Study, reader: Reader) -> str:
    told, untold = study.channels[study.channels["told"] & study.channels["roi"].notna()], _untold(study, reader)
    if told.empty:
        return say("channels_none_told", reader.lang)
    best = told.loc[told["roi"].idxmax()]
    rest = say("channels_not_told", reader.lang, channels=_listed(untold, reader.lang)) if untold else say("channels_all_told", reader.lang)
    label = best[f"label_{reader.lang}"]
    return say("channels_returns_title", reader.lang, best=label, roi=_returned(best["roi"], reader), rest=rest)


def show_list(study: Study, reader: Reader) -> Html:
    """What each channel brought, next quarter's plan by channel, and the sales expected with it."""
    said = show_text(*_say_together(study, reader), say_sales_ahead(study, reader))
    return Html(_show_channels(study, reader) + _show_plan(study, reader) + said)


def _say_together(study: Study, reader: Reader) -> list[str]:
    """Why the return of all channels isn't the mean of theirs; nothing where they are shown as the same."""
    mean = rate(float((study.channels["roi"] * study.channels["spend"]).sum()), float(study.channels["spend"].sum()))
    said = {"together": _returned(total_return(study)[0], reader), "mean": _returned(mean, reader)}
    return [say("channels_together_note", reader.lang, **said)] if said["together"] != said["mean"] else []


def _show_channels(study: Study, reader: Reader) -> Html:
    lang = reader.lang
    rows = study.channels.sort_values("roi", ascending=False, kind="stable")
    rows = rows.assign(label=rows[f"label_{lang}"], is_total=False, sure=[_say_odds(odds, lang) for odds in rows["odds"]])
    rows["tell"] = [_tell(row, lang) for row in rows.to_dict("records")]
    middle, lower, upper = total_return(study)
    total = {"label": say("total", lang), "spend": rows["spend"].sum(), "roi": middle, "lower": lower, "upper": upper, "is_total": True}
    table = pd.concat([rows, pd.DataFrame([total])], ignore_index=True).assign(share=lambda t: t["spend"] / rows["spend"].sum())
    columns = [
        Column("label", say("channels_channel", lang), "text"), Column("spend", say("channels_spend", lang)),
        Column("share", say("channels_share", lang), "rate", digits=0),
        *_three("roi", "lower", "upper", "channels_group_return", lang),
        *_three("marginal", "marginal_lower", "marginal_upper", "channels_group_marginal", lang),
        Column("sure", say("channels_odds_even", lang), "text"), Column("tell", say("channels_tell", lang), "text"),
    ]  # fmt: skip
    caption = say("channels_table_title", lang, weeks=YEAR)
    return show_table(table, columns, unit=reader.unit, lang=lang, caption=caption, source=reader.source)


def _three(middle: str, lower: str, upper: str, group: str, lang: str) -> list[Column]:
    headings = ((middle, ""), (lower, say("channels_lower", lang)), (upper, say("channels_upper", lang)))
    return [Column(name, heading, "count", digits=SHOWN, group=say(group, lang)) for name, heading in headings]


def _say_odds(odds: float, lang: str) -> str:
    """Odds as a whole percentage, never rounded to sure or impossible: draws of a model are not that sure."""
    if odds >= 0.995:
        return say("channels_nearly_sure", lang, rate=say_rate(0.99, lang, 0))
    if odds < 0.005:
        return say("channels_nearly_never", lang, rate=say_rate(0.01, lang, 0))
    return say_rate(odds, lang, 0)


def _tell(row: dict, lang: str) -> str:
    if not row["told"]:
        return say("channels_tell_nothing", lang)
    return say("channels_tell_much" if row["width"] <= MUCH else "channels_tell_some", lang)


def _show_plan(study: Study, reader: Reader) -> Html:
    lang, plan = reader.lang, study.plan
    ends = {"lower": "channels_at_lower", "upper": "channels_at_upper", "": "channels_at_none"}
    at = {end: say(key, lang) for end, key in ends.items()}
    rows = plan.assign(label=plan[f"label_{lang}"], is_total=False, limit=plan["bound"].map(at))
    rows = rows.sort_values("change", ascending=False, kind="stable")
    total = plan[["last", "now", "planned", "change"]].sum().to_dict() | {"label": say("total", lang), "is_total": True, "limit": ""}
    total |= {"gain": study.gain["mean"], "lower": study.gain["lower"], "upper": study.gain["upper"]}
    table = pd.concat([rows, pd.DataFrame([total])], ignore_index=True)
    table["change_rate"] = [rate(change, now) for change, now in zip(table["change"], table["now"], strict=True)]
    gain = say("channels_gain", lang)
    columns = [
        Column("label", say("channels_channel", lang), "text"), Column("now", say("channels_now", lang)),
        Column("planned", say("channels_planned", lang)), Column("change", say("channels_change", lang), "variance", better="neutral"),
        Column("change_rate", say("channels_change_rate", lang), "variance_rate", better="neutral"),
        Column("gain", "", "variance", group=gain), Column("lower", say("channels_lower", lang), "variance", group=gain),
        Column("upper", say("channels_upper", lang), "variance", group=gain), Column("limit", say("channels_limit", lang), "text"),
    ]  # fmt: skip
    caption = say("channels_plan_title", lang, weeks=QUARTER)
    return show_table(table, columns, unit=reader.unit, lang=lang, caption=caption, source=reader.source)


def show_why(study: Study, reader: Reader):
    """The bridge from sales without the channels to sales: what each channel brought."""
    lang, named = reader.lang, _named(study, reader)
    ends = {"start": say("channels_baseline", lang), "end": say("channels_sales", lang), "together": say("channels_together", lang)}
    doubted = {code: say("channels_doubted", lang, channel=named[code]) for code in study.channels.loc[~study.channels["told"], "code"]}
    size = study.bridge["amount"].where(study.bridge["kind"] == "step", study.bridge["kind"].map({"start": np.inf, "end": -np.inf}))
    size = size.mask(study.bridge["step"] == "together", np.finfo(float).min)
    steps = study.bridge.loc[size.sort_values(ascending=False, kind="stable").index]
    steps = steps.assign(step=steps["step"].map(named | doubted | ends))
    brought, sales = (study.bridge.loc[study.bridge["kind"] == kind, "amount"].sum() for kind in ("step", "end"))
    amounts = {"brought": say_amount(brought, reader.unit, lang), "sales": say_amount(sales, reader.unit, lang)}
    return charts.show_bridge(
        steps, title=say("channels_bridge_title", lang, weeks=YEAR, rate=say_rate(rate(brought, sales), lang), **amounts),
        measure=ends["end"], unit=reader.unit, period=_year(study, reader), lang=lang, source=reader.source,
        notes=[say("channels_bridge_note", lang)],
    )  # fmt: skip


def show_more(study: Study, reader: Reader):
    """The response curves, with today's spend and the plan."""
    lang, named = reader.lang, _named(study, reader)
    points = study.plan[study.plan["last"] > 0].assign(label=lambda table: table["code"].map(named), now=lambda table: table["last"])
    words = {
        "even": say("channels_break_even", lang),
        "curve": say("channels_curve", lang), "beyond": say("channels_beyond", lang), "now": say("channels_mark_now", lang),
        "plan": say("channels_mark_plan", lang), "band": say("channels_band", lang, level=say_level(study.level, lang)),
    }  # fmt: skip
    return show_curves(
        study.curves.assign(label=study.curves["code"].map(named)), points, title=_curves_title(study, reader),
        measure=say("channels_curves_measure", lang, weeks=QUARTER), unit=reader.unit,
        period=say("channels_curves_across", lang, weeks=QUARTER), lang=lang, source=reader.source, words=words,
    )  # fmt: skip


def _curves_title(study: Study, reader: Reader) -> str:
    told = study.channels[study.channels["told"]]
    paying = told[told["marginal_lower"] >= 1].sort_values("marginal", ascending=False)[f"label_{reader.lang}"].tolist()
    if not paying:
        return say("channels_curves_none", reader.lang)
    return say("channels_curves_title", reader.lang, paying=_listed(paying, reader.lang))


def show_trial(study: Study, reader: Reader):
    """How far held-out weeks were missed: with channels, without, and by the same week last year."""
    lang, errors = reader.lang, trial_errors(study)
    labels = {"ours": "channels_ours", "without": "channels_without", "naive": "channels_naive"}
    rows = [
        {"report": say("channels_from", lang, day=f"{row['origin']:%Y-%m-%d}"), "forecaster": who, "error": row[who]}
        for row in errors.iloc[:-1].to_dict("records") for who in labels
    ]  # fmt: skip
    title = say("channels_trial_none", lang)
    if len(errors):
        title = say("channels_trial_title", lang, **{who: say_rate(errors.iloc[-1][who], lang) for who in labels})
    return charts.show_trial(
        pd.DataFrame(rows, columns=["report", "forecaster", "error"]), title=title, measure=say("channels_trial_measure", lang),
        period=say("channels_trial_period", lang, held=HELD), lang=lang, source=reader.source,
        forecasters={who: say(key, lang) for who, key in labels.items()}, notes=[say("channels_trial_note", lang)],
    )  # fmt: skip


def show_what_ifs(study: Study, reader: Reader) -> Html:
    """Other budgets and other freedoms: contribution less spend against today's mix of the plan's budget."""
    lang, taken = reader.lang, study.assumptions
    step = say_rate(taken.most_change / 2, lang, 0)
    said = {
        "plan": say("channels_if_plan", lang, most=say_rate(taken.most_change, lang, 0)),
        "boldest": say("channels_if_boldest", lang), "free": say("channels_if_free", lang),
        "less": say("channels_if_less", lang, step=step), "more": say("channels_if_more", lang, step=step),
    }  # fmt: skip
    rows = study.what_ifs if taken.most_change else study.what_ifs[study.what_ifs["case"] == "plan"]
    rows = rows.assign(said=rows["case"].map(said), sure=[_say_odds(odds, lang) for odds in rows["odds"]])
    gain = say("channels_if_gain", lang)
    columns = [
        Column("said", say("channels_what_if", lang), "text"), Column("spend", say("channels_spend", lang)),
        Column("mean", "", "variance", group=gain), Column("lower", say("channels_lower", lang), "variance", group=gain),
        Column("upper", say("channels_upper", lang), "variance", group=gain), Column("sure", say("channels_odds", lang), "text"),
    ]  # fmt: skip
    caption = say("channels_what_if_title", lang, weeks=QUARTER)
    return show_table(rows, columns, unit=reader.unit, lang=lang, caption=caption, source=reader.source)
