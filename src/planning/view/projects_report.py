"""Projects as people read them: sentences, charts and tables made from plan.projects' results."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.plan.projects import OVERRUN, RATE_STEP, SHORTFALL, Study, paying_ranges
from planning.view import charts
from planning.view.amounts import MISSING, is_missing, say_amount, say_figure, say_level, say_number, say_period, say_rate
from planning.view.markup import Html, Sentence, show_text
from planning.view.project_lines import Panel, panel_of
from planning.view.reader import Reader
from planning.view.report_words import say
from planning.view.sentences import say_list
from planning.view.tables import Column, show_table

# ----------------------------------------------------------------------------------------------------------- how it is said


def say_odds(odds: float, lang: str) -> str:
    """Odds as a whole percentage, never rounded to sure or impossible."""
    if is_missing(odds):
        return MISSING
    if 0.995 <= odds < 1:
        return say("projects_nearly_all", lang, rate=say_rate(0.99, lang, 0))
    if 0 < odds < 0.005:
        return say("projects_nearly_none", lang, rate=say_rate(0.01, lang, 0))
    return say_rate(odds, lang, 0)


def _name(row: dict | pd.Series, lang: str) -> str:
    return row[f"label_{lang}"]


def _names(study: Study, lang: str) -> dict[str, str]:
    """Each project's name by its code, best first."""
    return dict(zip(study.projects["project"], study.projects[f"label_{lang}"], strict=True))


def _chosen(study: Study, lang: str) -> list[str]:
    return study.portfolio.loc[study.portfolio["best"], f"label_{lang}"].tolist()


def _listed(names: list[str], lang: str, most: int = 3) -> str:
    """The names as a phrase; the first ones and how many others where there are many."""
    if len(names) > most + 1:
        names = [*names[:most], say("projects_others", lang, count=len(names) - most)]
    return say_list(names, lang)


def _source(study: Study, reader: Reader) -> str:
    """Where the figures come from: what the assumptions say of them, else the company's sources."""
    return study.assumptions.origin.get(reader.lang) or reader.source


def _base(study: Study, lang: str) -> str:
    return say_period(study.flows["period"].min(), lang)


def _rates(study: Study, project: str, lang: str) -> str:
    """Every internal rate of a project; said to be none where there is none."""
    rates = study.roots.loc[study.roots["project"] == project, "rate"]
    return say("projects_comma", lang).join(say_rate(rate, lang) for rate in rates) if len(rates) else say("projects_none", lang)


def _range(low: float, high: float, lang: str) -> str:
    if low == 0 and np.isinf(high):
        return say("projects_any", lang)
    if low == 0:
        return say("projects_below", lang, high=say_rate(high, lang))
    if np.isinf(high):
        return say("projects_above", lang, low=say_rate(low, lang))
    return say("projects_between", lang, low=say_rate(low, lang), high=say_rate(high, lang))


def say_worth_at(study: Study, project: str, lang: str) -> str:
    """At which costs of money a project as planned is worth doing: what its internal rates mean."""
    ranges = [_range(low, high, lang) for low, high in paying_ranges(study, project)]
    return say("projects_or", lang).join(ranges) if ranges else say("projects_not_any", lang)


def _years(years: float, lang: str) -> str:
    return say("projects_never", lang) if np.isinf(years) else say_number(years, lang, 1)


# --------------------------------------------------------------------------------------------------------------- sentences


def say_known(study: Study, reader: Reader, snapshot: str) -> Sentence:
    """How many projects and cash flows there are, over which years, where they come from, the snapshot."""
    lang, periods = reader.lang, study.flows["period"]
    origin = (" " if lang == "en" else "") + _say_origin(study, lang)
    said = {"first": say_period(periods.min(), lang), "last": say_period(periods.max(), lang), "base": _base(study, lang)}
    said |= {"count": len(study.projects), "flows": len(study.flows), "snapshot": snapshot}
    return Sentence(say("projects_known", lang, origin=origin.rstrip(), **said))


def _say_origin(study: Study, lang: str) -> str:
    """Where the cash flows come from, where the assumptions say so."""
    origin = study.assumptions.origin.get(lang)
    return say("projects_origin", lang, origin=origin) if origin else ""


def say_method(study: Study, reader: Reader) -> Sentence:
    """How values, rates and odds come about."""
    taken, lang = study.assumptions, reader.lang
    said = {"rate": say_rate(taken.rate, lang), "draws": say_number(len(study.values), lang), "span": say_level(taken.span, lang)}
    crossed = {"correlation": say_number(taken.correlation, lang, 2), "cross": say_number(taken.correlation**2, lang, 2)}
    return Sentence(say("projects_method", lang, **said, **crossed))


def say_headline(study: Study, reader: Reader) -> Sentence:
    """How many projects are expected to be worth something, the best choice under the capital there is, and what it risks."""
    lang, taken, names = reader.lang, study.assumptions, _chosen(study, reader.lang)
    said = {"count": len(study.projects), "rate": say_rate(taken.rate, lang)}
    if not names:
        return Sentence(say("projects_headline_none", lang, **said))
    limit = say("projects_limit", lang, capital=say_amount(taken.capital, reader.unit, lang)) if taken.capital > 0 else ""
    are = say("projects_is" if len(names) == 1 else "projects_are", lang)
    said |= {"positive": int((study.projects["npv"] > 0).sum()), "level": say_level(taken.level, lang), "limit": limit, "are": are}
    chosen = say("projects_headline", lang, names=_listed(names, lang), **_said_choice(study, reader), **said)
    return Sentence((" " if lang == "en" else "").join(part for part in (chosen, _say_suffices(study, reader)) if part))


def _said_choice(study: Study, reader: Reader) -> dict[str, str]:
    best = study.choices.set_index("way").loc["best"]
    amounts = {name: say_amount(best[name], reader.unit, reader.lang) for name in ("npv", "lower", "upper")}
    return amounts | {"odds": say_odds(best["odds"], reader.lang)}


def _say_suffices(study: Study, reader: Reader) -> str:
    """With what odds the capital suffices for the choice, and how much it may need; nothing without a limit or a choice."""
    best, taken, lang = study.choices.set_index("way").loc["best"], study.assumptions, reader.lang
    if taken.capital <= 0 or not best["projects"]:
        return ""
    share, need = say_level((1 - taken.level) / 2, lang), say_amount(best["need_upper"], reader.unit, lang)
    return say("projects_suffices", lang, within=say_odds(best["within"], lang), share=share, need=need)


# ------------------------------------------------------------------------------------------------------------------ answer


def show_answer(study: Study, reader: Reader):
    """The chart of what each project is worth, with its band, its odds and the capital it needs."""
    lang, taken, chosen = reader.lang, study.assumptions, _chosen(study, reader.lang)
    table = study.projects.rename(columns={"npv": "amount", f"label_{lang}": "label"})
    table = table.assign(said_odds=[say_odds(odds, lang) for odds in table["odds"]], chosen=study.portfolio["best"])
    said = {name: text for name, text in _said_choice(study, reader).items() if name in ("npv", "odds")}
    title = say("projects_answer_title", lang, names=_listed(chosen, lang), **said) if chosen else say("projects_answer_none", lang)
    words = {
        "expected": say("projects_expected_bar", lang), "planned": say("projects_planned_mark", lang),
        "band": say("projects_band", lang, level=say_level(taken.level, lang)), "odds": say("projects_odds_heading", lang),
        "need": say("projects_need_heading", lang),
    }  # fmt: skip
    return charts.show_project_odds(
        table, title=title, measure=say("projects_measure", lang, rate=say_rate(taken.rate, lang)), unit=reader.unit,
        period=say("projects_from", lang, base=_base(study, lang)), lang=lang, source=_source(study, reader), words=words,
        notes=[note for note in (say("projects_bold", lang), _say_suffices(study, reader)) if note] if chosen else [],
    )  # fmt: skip


def show_list(study: Study, reader: Reader) -> Html:
    """What each project is worth, its return and payback, and how sure the ranking is."""
    parts = (_show_values, _show_returns, _show_paybacks, _show_beats)
    return Html("".join(show(study, reader) for show in parts))


def _show_values(study: Study, reader: Reader) -> Html:
    lang, level = reader.lang, say_level(study.assumptions.level, reader.lang)
    rows = study.projects.assign(
        name=study.projects[f"label_{lang}"], margin=study.projects["margin"].clip(lower=0.0).replace(0.0, np.nan),
        ranks=[_rank_range(row, lang) for row in study.projects.to_dict("records")],
    )  # fmt: skip
    worst = say_level((1 - study.assumptions.level) / 2, lang)
    columns = [
        Column("rank", say("projects_rank", lang), "count"), Column("name", say("projects_project", lang), "text"),
        Column("ranks", say("projects_rank_range", lang, level=level), "text"), Column("planned", say("projects_planned", lang)),
        Column("npv", say("projects_expected", lang), "variance"), Column("lower", say("projects_lower", lang, level=level)),
        Column("upper", say("projects_upper", lang)), Column("odds", say("projects_odds", lang), "rate"),
        Column("shortfall", say("projects_shortfall", lang, share=worst)), Column("margin", say("projects_margin", lang), "rate"),
    ]  # fmt: skip
    return _table(rows, columns, "projects_value_title", study, reader)


def _rank_range(row: dict, lang: str) -> str:
    low, high = row["rank_lower"], row["rank_upper"]
    return str(low) if low == high else say("projects_from_to", lang, low=low, high=high)


def _show_returns(study: Study, reader: Reader) -> Html:
    lang, taken, table = reader.lang, study.assumptions, study.projects
    rows = table.assign(
        name=table[f"label_{lang}"], rates=[_rates(study, code, lang) for code in table["project"]],
        worth=[say_worth_at(study, code, lang) for code in table["project"]],
        band=[_rate_band(row, lang) for row in table.to_dict("records")],
    )  # fmt: skip
    columns = [
        Column("name", say("projects_project", lang), "text"), Column("need", say("projects_need", lang)),
        Column("value_rate", say("projects_value_rate", lang), "rate"), Column("rates", say("projects_rates", lang), "text"),
        Column("worth", say("projects_worth_at", lang), "text"),
        Column("band", say("projects_rate_band", lang, level=say_level(taken.level, lang)), "text"),
        Column("modified", say("projects_modified", lang), "rate"),
    ]  # fmt: skip
    return _table(rows, columns, "projects_return_title", study, reader)


def _show_paybacks(study: Study, reader: Reader) -> Html:
    lang, taken, table = reader.lang, study.assumptions, study.projects
    rows = table.assign(
        name=table[f"label_{lang}"], back=[_years(years, lang) for years in table["payback"]],
        later=[_years(years, lang) for years in table["discounted_payback"]],
    )  # fmt: skip
    columns = [
        Column("name", say("projects_project", lang), "text"), Column("back", say("projects_payback", lang), "text"),
        Column("later", say("projects_discounted", lang), "text"),
        Column("payback_odds", say("projects_payback_odds", lang, years=_plain(taken.hurdle_years, lang)), "rate"),
        Column("never_odds", say("projects_never_odds", lang), "rate"),
    ]  # fmt: skip
    return _table(rows, columns, "projects_payback_title", study, reader)


def _plain(years: float, lang: str) -> str:
    """Years without decimals where they are whole."""
    return say_number(years, lang, 0 if float(years).is_integer() else 1)


def _rate_band(row: dict, lang: str) -> str:
    if is_missing(row["irr_lower"]):
        return MISSING
    return say("projects_from_to", lang, low=say_rate(row["irr_lower"], lang), high=say_rate(row["irr_upper"], lang))


def _show_beats(study: Study, reader: Reader) -> Html:
    lang, names = reader.lang, _names(study, reader.lang)
    odds = study.beats.pivot(index="project", columns="other", values="odds").reindex(index=list(names), columns=list(names))
    columns = [Column("name", say("projects_project", lang), "text"), *(Column(code, label, "rate") for code, label in names.items())]
    rows = odds.assign(name=list(names.values()))
    return _table(rows, columns, "projects_beats_title", study, reader)


def _table(rows: pd.DataFrame, columns: list[Column], caption: str, study: Study, reader: Reader, **said) -> Html:
    said = say(caption, reader.lang, **said)
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=said, source=_source(study, reader))


# ------------------------------------------------------------------------------------------------------------- why, and more


def show_why(study: Study, reader: Reader):
    """The present value of each project by the cost of money, with every internal rate marked."""
    lang, taken = reader.lang, study.assumptions
    words = {"root": say("projects_root_mark", lang), "rate": say("projects_rate_mark", lang, rate=say_rate(taken.rate, lang))}
    return charts.show_value_profiles(
        [_profile_panel(study, row, reader) for row in study.projects.to_dict("records")], title=_why_title(study, lang),
        measure=say("projects_profile", lang), unit=reader.unit, axis=say("projects_axis", lang),
        rate=taken.rate, lang=lang, source=_source(study, reader), words=words, notes=[say("projects_own_scales", lang)],
    )  # fmt: skip


def _why_title(study: Study, lang: str) -> str:
    """The project whose internal rates mislead most, or how many earn more than the rate."""
    taken, counts = study.assumptions, study.roots.loc[study.roots["rate"] >= 0, "project"].value_counts()
    several = study.projects[study.projects["project"].map(counts) > 1]
    if len(several):
        row = several.iloc[0]
        said = {"count": row["irr_count"], "range": say_worth_at(study, row["project"], lang)}
        return say("projects_why_several", lang, project=_name(row, lang), **said)
    single = study.projects.loc[study.projects["irr_count"] == 1, "project"]
    roots = study.roots[study.roots["project"].isin(single) & (study.roots["turns"] == "falls")]
    said = {"above": int((roots["rate"] > taken.rate).sum()), "count": len(study.projects), "rate": say_rate(taken.rate, lang)}
    return say("projects_why_plain", lang, **said)


def _profile_panel(study: Study, row: dict, reader: Reader) -> Panel:
    lang, rate = reader.lang, study.assumptions.rate
    line = study.profile[study.profile["project"] == row["project"]].rename(columns={"npv": "amount"})
    rates = study.roots.loc[(study.roots["project"] == row["project"]) & (study.roots["rate"] >= 0), "rate"]
    marks = [(root, 0.0, say_rate(root, lang), "naive") for root in rates]
    marks.append((rate, row["planned"], say_figure(row["planned"], reader.unit, lang), "people"))
    return panel_of(_name(row, lang), _say_rates_of(study, row, lang), line, "rate", marks)


def _say_rates_of(study: Study, row: dict, lang: str) -> str:
    if not row["irr_count"]:
        return say("projects_no_root", lang)
    return say("projects_rate_of" if row["irr_count"] == 1 else "projects_rates_of", lang, rates=_rates(study, row["project"], lang))


def show_more(study: Study, reader: Reader):
    """The running total of each project with its band, how deep it goes, and when the money is back for good."""
    lang, taken = reader.lang, study.assumptions
    words = {"back": say("projects_back_mark", lang), "deepest": say("projects_deepest_mark", lang)}
    words["band"] = say("projects_band", lang, level=say_level(taken.level, lang))
    said = {"back": int((study.projects["payback"] <= taken.hurdle_years).sum()), "count": len(study.projects)}
    said |= {"years": _plain(taken.hurdle_years, lang)}
    title = say("projects_running_title", lang, need=say_amount(study.projects["need"].sum(), reader.unit, lang), **said)
    return charts.show_running_totals(
        [_running_panel(study, row, reader) for row in study.projects.to_dict("records")], title=title,
        measure=say("projects_running", lang), unit=reader.unit, axis=say("projects_years_axis", lang, years=said["years"]),
        limit=taken.hurdle_years, lang=lang, source=_source(study, reader), words=words, notes=[say("projects_own_scales", lang)],
    )  # fmt: skip


def _running_panel(study: Study, row: dict, reader: Reader) -> Panel:
    lang, unit = reader.lang, reader.unit
    line = study.cumulative[study.cumulative["project"] == row["project"]]
    deepest = line.loc[line["amount"].idxmin()]
    marks = [(deepest["years"], deepest["amount"], say_figure(deepest["amount"], unit, lang), "other")] if row["need"] > 0 else []
    paid_back = np.isfinite(row["payback"]) and row["payback"] > 0
    marks += [(row["payback"], 0.0, _years(row["payback"], lang), "naive")] if paid_back else []
    never = say("projects_never_back", lang)
    below = never if np.isinf(row["payback"]) else say("projects_payback_of", lang, years=_years(row["payback"], lang))
    return panel_of(_name(row, lang), below, line, "years", marks, band=True)


# --------------------------------------------------------------------------------------------------- trial, what if, caveats


def show_trial(study: Study, reader: Reader) -> Html:
    """The simulated means against the exact ones, with the error that ordinary random draws would have."""
    lang, table = reader.lang, study.trial
    rows = table.assign(name=table["project"].map(_names(study, lang)), odds_error=study.projects["odds_error"])
    said = {"most": table["error"].abs().max(), "plain": table["plain_error"].max()}
    headings = {
        "exact": say("projects_exact", lang), "simulated": say("projects_simulated", lang), "error": say("projects_error", lang),
        "own_error": say("projects_own_error", lang), "plain_error": say("projects_plain_error", lang),
    }  # fmt: skip
    columns = [Column("name", say("projects_project", lang), "text")]
    columns += [Column(name, heading, digits=_fine(reader)) for name, heading in headings.items()]
    columns.append(Column("times", say("projects_times", lang), "count"))
    columns.append(Column("odds_error", say("projects_odds_error", lang), "rate", digits=2))
    amounts = {name: f"{say_figure(amount, reader.unit, lang, digits=_fine(reader))}" for name, amount in said.items()}
    return _table(rows, columns, "projects_trial_title", study, reader, **amounts)


def _fine(reader: Reader) -> int:
    """Digits enough for errors far smaller than the figures."""
    return min(6, reader.unit.digits + 2)


def show_what_ifs(study: Study, reader: Reader) -> Html:
    """The projects if one thing comes otherwise, the choice beside other ways to choose, and under other correlations."""
    return Html(_show_ifs(study, reader) + _show_choices(study, reader) + _show_correlations(study, reader))


def _show_ifs(study: Study, reader: Reader) -> Html:
    lang = reader.lang
    rows = study.what_ifs.assign(name=study.what_ifs["project"].map(_names(study, lang)))
    step = say("projects_points", lang, points=say_number(RATE_STEP * 100, lang, 0))
    said = {
        "base": say("projects_base", lang), "cheaper": say("projects_cheaper", lang, step=step),
        "dearer": say("projects_dearer", lang, step=step),
        "late": say("projects_late", lang), "overrun": say("projects_overrun", lang, share=say_level(OVERRUN, lang)),
        "short": say("projects_short", lang, share=say_level(SHORTFALL, lang)),
    }  # fmt: skip
    columns = [Column("name", say("projects_project", lang), "text"), *(Column(name, label, "variance") for name, label in said.items())]
    return _table(rows, columns, "projects_ifs_title", study, reader)


def _show_choices(study: Study, reader: Reader) -> Html:
    lang, taken, codes = reader.lang, study.assumptions, _names(study, reader.lang)
    ways = {"best": say("projects_best", lang), "by_rank": say("projects_by_rank", lang), "all": say("projects_all", lang)}
    ways["safe"] = say("projects_safe", lang, level=say_level(taken.level, lang))
    taking = study.portfolio.set_index("project")[["best", "safe", "by_rank"]].assign(all=True)
    named = {way: say("projects_comma", lang).join(codes[code] for code in taking.index[taking[way]]) for way in ways}
    rows = study.choices.assign(name=study.choices["way"].map(ways), names=study.choices["way"].map(named).replace("", MISSING))
    rows = rows if taken.capital > 0 else rows[rows["way"] != "safe"]
    level = say_level(taken.level, lang)
    columns = [
        Column("name", say("projects_way", lang), "text"), Column("names", say("projects_taken", lang), "text"),
        Column("need", say("projects_need", lang)), Column("npv", say("projects_expected", lang), "variance"),
        Column("lower", say("projects_lower", lang, level=level)), Column("upper", say("projects_upper", lang)),
        Column("odds", say("projects_odds", lang), "rate"),
    ]  # fmt: skip
    columns += [Column("within", say("projects_within", lang), "rate")] if taken.capital > 0 else []
    return _table(rows, columns, "projects_choice_title", study, reader)


def _show_correlations(study: Study, reader: Reader) -> Html:
    lang, level = reader.lang, say_level(study.assumptions.level, reader.lang)
    columns = [
        Column("correlation", say("projects_correlation", lang), "count", digits=2),
        Column("lower", say("projects_lower", lang, level=level)), Column("upper", say("projects_upper", lang)),
        Column("odds", say("projects_odds", lang), "rate"),
    ]  # fmt: skip
    return _table(study.correlations, columns, "projects_correlation_title", study, reader)


def say_caveats(study: Study, reader: Reader) -> Html:
    """What the figures can't tell."""
    lang = reader.lang
    own = [*_say_lopsided(study, reader), *_say_capital(study, reader), *_say_odd_rates(study, reader)]
    always = [say("projects_caveat_taxes", lang), say("projects_caveat_whole", lang)]
    return show_text(_say_origin(study, lang), say("projects_caveat_spans", lang), *own, *always)


def _say_lopsided(study: Study, reader: Reader) -> list[str]:
    planned, expected = float(study.projects["planned"].sum()), float(study.projects["npv"].sum())
    if abs(planned - expected) < reader.unit.step:
        return []
    amounts = {"planned": planned, "expected": expected, "gap": abs(planned - expected)}
    said = {name: say_amount(amount, reader.unit, reader.lang) for name, amount in amounts.items()}
    return [say("projects_caveat_lopsided" if expected < planned else "projects_caveat_upside", reader.lang, **said)]


def _say_capital(study: Study, reader: Reader) -> list[str]:
    best, capital = study.choices.set_index("way").loc["best"], study.assumptions.capital
    if capital <= 0 or not best["projects"]:
        return []
    said = {name: say_amount(amount, reader.unit, reader.lang) for name, amount in (("need", best["need"]), ("capital", capital))}
    over = say("projects_caveat_capital", reader.lang, over=say_odds(1 - best["within"], reader.lang), **said)
    return [over, *_say_safer(study, reader)]


def _say_safer(study: Study, reader: Reader) -> list[str]:
    """What else could be chosen where the capital is more likely to suffice."""
    best, safe = (study.choices.set_index("way").loc[way] for way in ("best", "safe"))
    if not safe["projects"] or safe["within"] <= best["within"]:
        return []
    names = study.portfolio.loc[study.portfolio["safe"], f"label_{reader.lang}"].tolist()
    said = {"npv": say_amount(safe["npv"], reader.unit, reader.lang), "within": say_odds(safe["within"], reader.lang)}
    said["odds"] = say_odds(safe["odds"], reader.lang)
    lost = say_amount(best["npv"] - safe["npv"], reader.unit, reader.lang)
    return [say("projects_caveat_safer", reader.lang, names=_listed(names, reader.lang), lost=lost, **said)]


def _say_odd_rates(study: Study, reader: Reader) -> list[str]:
    """A sentence for each project with several internal rates or with none."""
    said = []
    for row in study.projects[study.projects["irr_count"] != 1].to_dict("records"):
        key = "projects_caveat_several" if row["irr_count"] else "projects_caveat_none"
        rates, npv = _rates(study, row["project"], reader.lang), say_amount(row["npv"], reader.unit, reader.lang)
        said.append(say(key, reader.lang, project=_name(row, reader.lang), count=row["irr_count"], rates=rates, npv=npv))
    return said
