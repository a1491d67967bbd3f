"""The cockpit's parts, in the order of the loop, made from what finished runs left: nothing is computed, nothing is fitted.

Each part says its message first, then its key figures, one table or picture, and where it comes from. What is missing,
damaged or older than a failed attempt is said in its place.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from planning.run.results import Result, Results, UnreadableError
from planning.run.waiting import Waiting
from planning.view.amounts import MISSING, Unit, is_missing, say_figure, say_number, say_period
from planning.view.markup import Html, escape
from planning.view.page_markup import (
    STYLES,
    Field,
    Scale,
    draw_bar,
    first_sentences,
    fit_scale,
    fit_unit,
    say_ends,
    say_html,
    say_odds,
    show_difference,
    show_note,
    show_table,
    show_tiles,
)
from planning.view.report_words import WORDS, say

NOTEBOOKS = {
    "data_quality": "cockpit_notebook_quality",
    "annual_budget": "cockpit_notebook_budget", "rolling_reforecast": "cockpit_notebook_reforecast",
    "budget_control": "cockpit_notebook_control", "churn_prediction": "cockpit_notebook_churn",
    "roi_prediction": "cockpit_notebook_roi", "scorecard_review": "cockpit_notebook_scorecard",
}  # fmt: skip
PARTS = {
    "plan": "cockpit_plan", "forecast": "cockpit_forecast", "control": "cockpit_control", "waiting": "cockpit_waiting",
    "customers": "cockpit_customers", "returns": "cockpit_returns", "scorecards": "cockpit_scorecards", "runs": "cockpit_runs",
}  # fmt: skip
MESSAGES = {
    "plan": [("annual_budget", "")], "forecast": [("rolling_reforecast", "")], "control": [("budget_control", "")],
    "customers": [("churn_prediction", "")], "returns": [("roi_prediction", "returns"), ("roi_prediction", "projects")],
    "scorecards": [("scorecard_review", "")],
}  # fmt: skip
"""By part, the notebooks whose runs it shows, and the table that a run must have left."""
STATES = {
    "open": "cockpit_open", "submitted": "cockpit_submitted", "reviewed": "cockpit_reviewed", "approved": "cockpit_approved",
    "locked": "cockpit_locked",
}  # fmt: skip
ACTS = {
    "created": "cockpit_act_created", "published": "cockpit_act_published", "saved": "cockpit_act_saved",
    "submitted": "cockpit_act_submitted", "approved": "cockpit_act_approved", "returned": "cockpit_act_returned",
    "held": "cockpit_act_held", "released": "cockpit_act_released",
}  # fmt: skip
MACHINES = {"engine": "cockpit_engine"}
ORDER = ["adopted", "first", "prior", "naive", "people", "ours", "combined"]
"""Whose landing is shown first; the first that there is, is what the others are compared with."""
SCENARIOS = {"budget": "cockpit_budget", "forecast": "cockpit_forecast_version"}
KEY_FIGURES = ("label_en", "label_zh", "value", "lower", "upper", "unit")
MOST = 6
"""Rows of a table on the page; the report has them all."""
CUSTOMERS = 5
ENDS = 4
"""Cards shown from the top and from the bottom of a ranking."""


# ------------------------------------------------------------------------------------------------------------ the frame


def show_contents(results: Results, waiting: Waiting, lang: str) -> Html:
    """The way to the parts, each with its message; and what can't be shown at all."""
    messages = {code: _messages(results, code, lang) for code in PARTS}
    messages |= {"waiting": [_say_waiting(waiting, lang)], "runs": [_say_runs(results, lang)]}
    links = "".join(_glance(code, messages[code], lang) for code in PARTS)
    said = [show_note(say("cockpit_nothing", lang), "missing")] if not results.newest() else []
    if results.damaged:
        named = say("cockpit_damaged", lang, count=len(results.damaged), folders="; ".join(results.damaged[:MOST]))
        said.append(show_note(named, "missing"))
    return Html(f'{"".join(said)}<nav class="contents" aria-label="{say_html("cockpit_contents", lang)}"><ul>{links}</ul></nav>')


def _messages(results: Results, code: str, lang: str) -> list[str]:
    """What the runs of a part say; whose it is, where there are several companies."""
    runs = [run for notebook, table in MESSAGES.get(code, ()) for run in results.answers(notebook, table)]
    colon, several = ": " if lang == "en" else "：", len({run.company for run in runs}) > 1
    return [(results.label(run.company, lang) + colon if several else "") + first_sentences(run.headline(lang))[0] for run in runs]


def _glance(code: str, messages: list[str], lang: str) -> str:
    """One line of the contents: a part, and what it says."""
    said = "".join(f"<span>{_flow(message)}</span>" for message in messages)
    return f'<li><a href="#{code}">{say_html(PARTS[code], lang)}</a>{said}</li>'


def _part(code: str, lang: str, blocks: list[str]) -> Html:
    return Html(f'<section id="{code}"><h2>{say_html(PARTS[code], lang)}</h2>{"".join(blocks)}</section>')


def _none_yet(notebook: str, lang: str) -> str:
    return show_note(say("cockpit_none", lang, command=f"planning run {notebook} COMPANY --case CASE"), "missing")


def _blocks(results: Results, lang: str, notebook: str, bodies: dict[str, Callable], required: str = "") -> list[str]:
    """A block for each company that has a run to show; `bodies` by the table that they need."""
    return [_block(results, run, lang, bodies) for run in results.answers(notebook, required)]


def _block(results: Results, run: Result, lang: str, bodies: dict[str, Callable]) -> str:
    """One run: whose and when, its message, its key figures, its tables, where it comes from."""
    run = results.report(run, lang)
    shown = [_body(results, run, lang, table, body) for table, body in bodies.items() if run.has(table)]
    head = f'<p class="whose">{escape(" · ".join([results.label(run.company, lang), *_when(run, lang)]))}</p>'
    first, rest = first_sentences(run.headline(lang))
    message = f"<h3>{_flow(first)}</h3>" + (f'<p class="rest">{_flow(rest)}</p>' if rest else "")
    parts = [head, message, _behind(results, run, lang), _key_figures(results, run, lang), *shown, show_foot(results, run, lang)]
    return f"<article>{''.join(parts)}</article>"


def _flow(text: str) -> str:
    """A text as HTML whose minus signs stay with their figures at the end of a line."""
    return escape(text).replace("−", "−\u2060")


def _body(results: Results, run: Result, lang: str, table: str, body: Callable) -> str:
    """One table of a run; where it can't be read, or isn't what it should be, that is said."""
    try:
        return body(results, run, lang)
    except (UnreadableError, KeyError, TypeError, ValueError) as broken:
        what = str(broken) if isinstance(broken, UnreadableError) else table
        return show_note(say("cockpit_unreadable", lang, what=what, run=run.run), "missing")


def _key_figures(results: Results, run: Result, lang: str) -> str:
    return _body(results, run, lang, "key_figures", _tiles) if run.has("key_figures") else ""


def _tiles(results: Results, run: Result, lang: str) -> str:
    figures = run.table("key_figures", KEY_FIGURES).replace({"unit": {"currency": _currency(results, run)}})
    return show_tiles(figures, lang, _scale(run))


def _scale(run: Result) -> str:
    return str(run.params.get("scale", ""))


def _when(run: Result, lang: str) -> list[str]:
    """The business time a run looks from."""
    if run.params.get("as_of"):
        return [say("cockpit_as_of", lang, month=say_period(pd.Timestamp(str(run.params["as_of"])), lang))]
    return [say("cockpit_year", lang, year=run.params["fiscal_year"])] if run.params.get("fiscal_year") else []


def _behind(results: Results, run: Result, lang: str) -> str:
    """A warning where a newer attempt at the same case came to nothing."""
    newer = next((one for one in results.attempts() if (one.company, one.notebook, one.case) == (run.company, run.notebook, run.case)), run)
    if newer.status not in ("failed", "refused") or newer.run <= run.run:
        return ""
    key = "cockpit_newer_failed" if newer.status == "failed" else "cockpit_newer_refused"
    return show_note(say(key, lang, when=_started(newer)), "missing")


def _started(run: Result) -> str:
    return str(run.started)[:16].replace("T", " ")


def show_foot(results: Results, run: Result, lang: str) -> str:
    """Where a block comes from: case, run, snapshot, checks, and the way to the full report."""
    said = [
        say("cockpit_case", lang, case=run.case) if run.case else "",
        say("cockpit_run", lang, run=run.run),
        say("cockpit_snapshot", lang, snapshot=run.manifest["snapshot"]) if run.manifest.get("snapshot") else "",
        _checks(run, lang),
    ]
    link = say_html("cockpit_report" if run.lang == lang else "cockpit_report_other", lang)
    named = escape(f"{_word(NOTEBOOKS, run.notebook, lang)}, {results.label(run.company, lang)}")
    more = f'<a class="report" href="{report_link(run)}" aria-label="{link}: {named}">{link}</a>'
    return f'<p class="foot">{more}<span>{escape(" · ".join(part for part in said if part))}</span></p>'


def report_link(run: Result) -> str:
    """The address of a run's report on the pages' server; its parts are names, so nothing needs quoting."""
    return escape(f"reports/{run.company}/{run.notebook}/{run.run}/report.html")


def _checks(run: Result, lang: str) -> str:
    checks = run.manifest.get("checks", {})
    return say("cockpit_checks", lang, passed=checks["passed"], all=checks["of"]) if {"passed", "of"} <= checks.keys() else ""


def _word(words: dict[str, str], code: object, lang: str) -> str:
    """What a code is called; the code itself where there is no word for it."""
    return say(words[code], lang) if code in words else str(code)


def _label(row: dict, lang: str, name: str = "label") -> str:
    said = row.get(f"{name}_{lang}")
    return MISSING if said is None or pd.isna(said) or said == "" else str(said)


def _currency(results: Results, run: Result) -> str:
    return results.currency(run.company)


# ------------------------------------------------------------------------------------------------------------ the parts


def show_plan(results: Results, lang: str) -> Html:
    """The newest draft budget of each company, with its cases."""
    return _part("plan", lang, _blocks(results, lang, "annual_budget", {"cases": _cases}) or [_none_yet("annual_budget", lang)])


def _cases(results: Results, run: Result, lang: str) -> str:
    columns = {"revenue": "cockpit_revenue", "spending": "cockpit_spending", "result": "cockpit_result", "closing": "cockpit_closing"}
    table = run.table("cases", ["case", *columns])
    unit = fit_unit(table[list(columns)].to_numpy().ravel(), _currency(results, run), lang, _scale(run))
    told = table[f"label_{lang}"] if f"label_{lang}" in table else table["case"]
    names = [escape(say(case, lang) if case in ("base", "upside", "downside") and case in WORDS else str(case)) for case in told]
    fields = [Field(say("cockpit_case_name", lang), names)]
    fields += [Field(say(key, lang), [escape(say_figure(v, unit, lang)) for v in table[name]], "figure") for name, key in columns.items()]
    return show_table(fields, _caption("cockpit_cases", unit, lang))


def _caption(key: str, unit: Unit, lang: str) -> str:
    heading = unit.heading(lang)
    return " · ".join([say(key, lang), *([say("cockpit_unit", lang, unit=heading)] if heading else [])])


def show_forecast(results: Results, lang: str) -> Html:
    """Where the year lands: ours, the people's, last year and the adopted budget."""
    blocks = _blocks(results, lang, "rolling_reforecast", {"landing": _landings})
    return _part("forecast", lang, blocks or [_none_yet("rolling_reforecast", lang)])


def _landings(results: Results, run: Result, lang: str) -> str:
    """One set of bars for each account that was forecast."""
    table = run.table("landing", ["account", "forecaster", "amount", "lower", "upper"])
    accounts = list(dict.fromkeys(table["account"]))
    adopted = {"account": _spending(results, run), "forecaster": "adopted", "amount": _adopted(run)}
    table.loc[len(table), list(adopted)] = list(adopted.values())
    table = table[table["amount"].notna()]
    table = table.sort_values("forecaster", key=lambda who: who.map({name: at for at, name in enumerate(ORDER)}), kind="stable")
    unit, labels = fit_unit(table["amount"], _currency(results, run), lang, _scale(run)), results.labels(run)
    scale = fit_scale(table["amount"], table["lower"], table["upper"])
    shown = []
    for account in accounts:
        rows = table[table["account"] == account]
        named = [(row["forecaster"], _forecaster(results, run, row["forecaster"], lang), row) for row in rows.to_dict("records")]
        about = labels.loc[account] if account in labels.index else {"label_en": account, "label_zh": account, "better": "neutral"}
        shown.append(_bars(named, scale, unit, lang, str(about[f"label_{lang}"]), str(about["better"])))
    return "".join(shown)


def _spending(results: Results, run: Result) -> str | None:
    """The account that the adopted budget is about."""
    return results.words.get(run.company, {}).get("roles", {}).get("spending")


def _adopted(run: Result) -> float | None:
    """The adopted budget, which the reforecast keeps among its key figures."""
    if not run.has("key_figures"):
        return None
    figures = run.table("key_figures", ["code", "value"]).set_index("code")["value"]
    return float(figures["adopted"]) if "adopted" in figures else None


def _forecaster(results: Results, run: Result, name: str, lang: str) -> str:
    people = results.people(run.company, lang)
    if name == "first":
        return say("first_forecast", lang, people=people)
    return people or name if name == "people" else say(name, lang) if name in ORDER else str(name)


def _bars(rows: list[tuple[str, str, dict]], scale: Scale, unit: Unit, lang: str, caption: str, better: str) -> str:
    """Bars from zero, a row each (what, label, figures): the first is what the others are compared with."""
    if not rows:
        return ""
    (_, base, against), *_ = rows
    differences = [show_difference(row["amount"] - against["amount"], unit, lang, _colours(what, better)) for what, _, row in rows]
    fields = [
        Field(say("cockpit_whose", lang), [escape(label) for _, label, _ in rows]),
        Field(say("cockpit_bars", lang), [_bar(scale, what, row) for what, _, row in rows], "wide"),
        Field(say("cockpit_amount", lang), [escape(say_figure(row["amount"], unit, lang)) for *_, row in rows], "figure"),
        Field(say("cockpit_interval", lang), [escape(say_ends(row["lower"], row["upper"], unit, lang)) for *_, row in rows], "figure"),
        Field("Δ", ["", *differences[1:]], "figure"),
    ]
    heading = say("cockpit_unit", lang, unit=unit.heading(lang))
    return show_table(fields, f"{caption} · {heading}", [say("cockpit_against", lang, base=base)], "rows bars")


def _colours(what: str, better: str) -> str:
    """Last year isn't good or bad for being more or less than the budget."""
    return "neutral" if what == "prior" else better


def _bar(scale: Scale, what: str, row: dict) -> str:
    return draw_bar(scale, row["amount"], STYLES.get(what, "actual"), row["lower"], row["upper"])


def show_control(results: Results, lang: str) -> Html:
    """The landing against the budget, and the warnings with their money, odds, owners and proposed actions."""
    bodies = {"landing": _control_landing, "warnings": _warnings}
    return _part("control", lang, _blocks(results, lang, "budget_control", bodies) or [_none_yet("budget_control", lang)])


def _control_landing(results: Results, run: Result, lang: str) -> str:
    words = {"adopted": "cockpit_adopted", "projected": "cockpit_projected", "ours": "ours"}
    rows = {row["what"]: row for row in run.table("landing", ["what", "amount", "lower", "upper"]).to_dict("records")}
    order = [name for name in words if name in rows] + [name for name in rows if name not in words]
    shown = [(name, _word(words, name, lang), rows[name]) for name in order if not is_missing(rows[name]["amount"])]
    unit = fit_unit([row["amount"] for *_, row in shown], _currency(results, run), lang, _scale(run))
    scale = fit_scale(*([row["amount"], row["lower"], row["upper"]] for *_, row in shown))
    return _bars(shown, scale, unit, lang, say("cockpit_landing", lang), "down")


def _warnings(results: Results, run: Result, lang: str) -> str:
    said = [f"{name}_{lang}" for name in ("label", "owner", "said", "action")]
    table = run.table("warnings", ["amount", "lower", "upper", "odds", *said])
    if table.empty:
        return show_note(say("cockpit_no_warnings", lang))
    rows = table.head(MOST).to_dict("records")  # in the run's own order: overspends first
    unit = fit_unit(table["amount"], _currency(results, run), lang, _scale(run))
    owners = [_label(row, lang, "owner") for row in rows]
    own = owners == [_label(row, lang) for row in rows]
    fields = [
        Field(say("cockpit_department_owner" if own else "cockpit_department", lang), [escape(_label(row, lang)) for row in rows]),
        Field(say("cockpit_finding", lang), [escape(_label(row, lang, "said")) for row in rows], "said"),
        Field(say("cockpit_amount", lang), [_amount_and_band(row, unit, lang) for row in rows], "figure"),
        Field(say("cockpit_odds", lang), [escape(say_odds(row["odds"], lang)) for row in rows], "figure"),
        *([] if own else [Field(say("cockpit_owner", lang), [escape(owner) for owner in owners])]),
        Field(say("cockpit_action", lang), [escape(_label(row, lang, "action")) for row in rows], "said"),
    ]
    return show_table(fields, _caption("cockpit_warnings", unit, lang), [_more(len(table), len(rows), lang)])


def _amount_and_band(row: dict, unit: Unit, lang: str, name: str = "amount", lower: str = "lower", upper: str = "upper") -> str:
    band = say_ends(row[lower], row[upper], unit, lang)
    return escape(say_figure(row[name], unit, lang)) + (f'<span class="span">{escape(band)}</span>' if band else "")


def _more(all_rows: int, shown: int, lang: str) -> str:
    return say("cockpit_more", lang, count=say_number(all_rows - shown, lang)) if all_rows > shown else ""


def show_waiting(results: Results, waiting: Waiting, lang: str) -> Html:
    """What waits for whom: the versions that aren't locked, those under approval first."""
    title = _say_waiting(waiting, lang)
    if waiting.why or waiting.table.empty:
        return _part("waiting", lang, [show_note(title, "missing" if waiting.why else "note")])
    rows = waiting.table.head(2 * MOST).to_dict("records")
    fields = [
        Field(say("cockpit_version", lang), [escape(_version(row, lang)) for row in rows]),
        Field(say("cockpit_company", lang), [escape(results.label(row["company"], lang)) for row in rows]),
        Field(say("cockpit_state", lang), [escape(_word(STATES, row["status"], lang)) for row in rows]),
        Field(say("cockpit_waits_for", lang), [escape(_waits_for(row, lang)) for row in rows]),
        Field(say("cockpit_since", lang), [escape(str(row["since"])[:10]) for row in rows]),
        Field(say("cockpit_last", lang), [escape(_last(row, lang)) for row in rows], "said"),
    ]
    left, lacking = len(waiting.table) - len(rows), [results.label(company, lang) for company in waiting.missing]
    notes = [
        say("cockpit_waits_more", lang, count=left) if left else "",
        say("cockpit_no_people", lang, companies=(", " if lang == "en" else "、").join(lacking)) if lacking else "",
    ]
    shown = show_table(fields, say("cockpit_waiting", lang), notes, "rows titled")
    return _part("waiting", lang, [f"<article><h3>{escape(title)}</h3>{shown}</article>"])


def _say_waiting(waiting: Waiting, lang: str) -> str:
    """How many versions wait for a decision; why the book can't be asked, where that is so."""
    if waiting.why:
        return say("cockpit_book_shut", lang, why=waiting.why)
    decided = int((waiting.table["status"] != "open").sum())
    drafts = len(waiting.table) - decided
    said = {0: "cockpit_waits_none", 1: "cockpit_waits_one"}.get(decided, "cockpit_waits_title")
    return say(said, lang, count=decided) + (say("cockpit_waits_open", lang, count=drafts) if drafts else "")


def _version(row: dict, lang: str) -> str:
    return f"{_word(SCENARIOS, row['scenario'], lang)} {row['version']}"


def _waits_for(row: dict, lang: str) -> str:
    return (", " if lang == "en" else "、").join(row[f"waits_{lang}"]) or say("cockpit_nobody", lang)


def _last(row: dict, lang: str) -> str:
    """The last thing done to a version: what, by whom, and why."""
    done, colon = _word(ACTS, row["last_act"], lang), ": " if lang == "en" else "："
    by = say("cockpit_act_by", lang, act=done, who=_word(MACHINES, row[f"last_who_{lang}"], lang))
    return colon.join(part for part in (by, str(row["last_reason"] or "")) if part)


def show_customers(results: Results, lang: str) -> Html:
    """What churn costs, and whom to keep first."""
    blocks = _blocks(results, lang, "churn_prediction", {"retention": _retention})
    return _part("customers", lang, blocks or [_none_yet("churn_prediction", lang)])


def _retention(results: Results, run: Result, lang: str) -> str:
    table = run.table("retention", ["customer", "probability", "charge", "gain", f"said_{lang}"])
    rows, currency = table.head(CUSTOMERS).to_dict("records"), _currency(results, run)
    charge, gain = (fit_unit(table[name].head(CUSTOMERS), currency, lang) for name in ("charge", "gain"))
    fields = [
        Field(say("cockpit_customer", lang), [escape(row["customer"]) for row in rows]),
        Field(say("cockpit_probability", lang), [escape(say_odds(row["probability"], lang)) for row in rows], "figure"),
        Field(_with_unit("cockpit_charge", charge, lang), [escape(say_figure(row["charge"], charge, lang)) for row in rows], "figure"),
        Field(_with_unit("cockpit_gain", gain, lang), [escape(say_figure(row["gain"], gain, lang)) for row in rows], "figure"),
        Field(say("cockpit_reasons", lang), [escape(_label(row, lang, "said")) for row in rows], "said"),
    ]
    return show_table(fields, say("cockpit_retention", lang), [_more(len(table), len(rows), lang)])


def _with_unit(key: str, unit: Unit, lang: str) -> str:
    heading = unit.heading(lang)
    return say(key, lang) + ((f", {heading}" if lang == "en" else f"（{heading}）") if heading else "")


def show_returns(results: Results, lang: str) -> Html:
    """What channels and projects bring in."""
    blocks = _blocks(results, lang, "roi_prediction", {"returns": _returns}, "returns")
    blocks += _blocks(results, lang, "roi_prediction", {"projects": _projects}, "projects")
    return _part("returns", lang, blocks or [_none_yet("roi_prediction", lang)])


def _returns(results: Results, run: Result, lang: str) -> str:
    bands = ["roi", "lower", "upper", "marginal", "marginal_lower", "marginal_upper"]
    table = run.table("returns", [f"label_{lang}", "spend", *bands])
    rows = table.head(MOST + 2).to_dict("records")
    unit, plain = fit_unit(table["spend"], _currency(results, run), lang, _scale(run)), Unit("", "one", 2)
    scale = fit_scale([1.0], table["marginal"], table["marginal_lower"], table["marginal_upper"])
    bars = [draw_bar(scale, row["marginal"], "forecast", row["marginal_lower"], row["marginal_upper"], mark=1.0) for row in rows]
    marginal = [_amount_and_band(row, plain, lang, "marginal", "marginal_lower", "marginal_upper") for row in rows]
    fields = [
        Field(say("cockpit_channel", lang), [escape(_label(row, lang)) for row in rows]),
        Field(say("cockpit_bars", lang), bars, "wide"),
        Field(say("cockpit_marginal", lang), marginal, "figure"),
        Field(say("cockpit_roi", lang), [_amount_and_band(row, plain, lang, "roi") for row in rows], "figure"),
        Field(_with_unit("cockpit_spend", unit, lang), [escape(say_figure(row["spend"], unit, lang)) for row in rows], "figure"),
    ]
    return show_table(fields, say("cockpit_returns", lang), [say("cockpit_even", lang), _more(len(table), len(rows), lang)])


def _projects(results: Results, run: Result, lang: str) -> str:
    table = run.table("projects", [f"label_{lang}", "npv", "lower", "upper", "odds"])
    rows = table.head(MOST + 2).to_dict("records")
    unit = fit_unit(table["npv"], _currency(results, run), lang, _scale(run))
    scale = fit_scale(table["npv"], table["lower"], table["upper"])
    fields = [
        Field(say("cockpit_project", lang), [escape(_label(row, lang)) for row in rows]),
        Field(say("cockpit_bars", lang), [draw_bar(scale, r["npv"], "forecast", r["lower"], r["upper"]) for r in rows], "wide"),
        Field(say("cockpit_npv", lang), [_amount_and_band(row, unit, lang, "npv") for row in rows], "figure"),
        Field(say("cockpit_npv_odds", lang), [escape(say_odds(row["odds"], lang)) for row in rows], "figure"),
    ]
    return show_table(fields, _caption("cockpit_npv", unit, lang), [_more(len(table), len(rows), lang)])


def show_scorecards(results: Results, lang: str) -> Html:
    """The ends of the ranking, each with the span of ranks that the data allow."""
    blocks = _blocks(results, lang, "scorecard_review", {"scorecards": _scorecards})
    return _part("scorecards", lang, blocks or [_none_yet("scorecard_review", lang)])


def _scorecards(results: Results, run: Result, lang: str) -> str:
    table = run.table("scorecards", [f"label_{lang}", "score", "rank", "rank_lower", "rank_upper", f"said_{lang}"])
    ranked = table[table["rank"].notna()].sort_values("rank", kind="stable")
    between = max(0, len(ranked) - 2 * ENDS)
    rows = (pd.concat([ranked.head(ENDS), ranked.tail(ENDS)]) if between else ranked).to_dict("records")
    scale = Scale(0.0, 100.0)
    fields = [
        Field(say("cockpit_department", lang), [escape(_label(row, lang)) for row in rows]),
        Field(say("cockpit_bars", lang), [draw_bar(scale, row["score"], "actual") for row in rows], "wide"),
        Field(say("cockpit_score", lang), [escape(say_number(row["score"], lang, 1)) for row in rows], "figure"),
        Field(say("cockpit_rank", lang), [escape(_rank(row, lang)) for row in rows], "figure"),
        Field(say("cockpit_reasons", lang), [escape(_label(row, lang, "said")) for row in rows], "said"),
    ]
    unranked = len(table) - len(ranked)
    notes = [
        say("cockpit_rank_said", lang),
        say("cockpit_between", lang, count=between) if between else "",
        say("cockpit_unranked", lang, count=unranked) if unranked else "",
    ]
    return show_table(fields, say("cockpit_scorecards", lang), notes)


def _rank(row: dict, lang: str) -> str:
    names = {"rank": "rank", "lower": "rank_lower", "upper": "rank_upper"}
    return say("cockpit_rank_span", lang, **{name: say_number(row[column], lang) for name, column in names.items()})


def show_runs(results: Results, lang: str) -> Html:
    """The newest run of every case, whatever became of it."""
    runs = results.attempts()
    if not runs:
        return _part("runs", lang, [_none_yet("annual_budget", lang)])
    fields = [
        Field(say("cockpit_when", lang), [escape(_started(run)) for run in runs]),
        Field(say("cockpit_company", lang), [escape(results.label(run.company, lang)) for run in runs]),
        Field(say("cockpit_what", lang), [escape(_word(NOTEBOOKS, run.notebook, lang)) for run in runs]),
        Field(say("cockpit_case_name", lang), [escape(run.case or MISSING) for run in runs]),
        Field(say("cockpit_became", lang), [_became(run, lang) for run in runs]),
        Field(say("cockpit_report", lang), [_open(run, lang) for run in runs]),
    ]
    shown = show_table(fields, say("cockpit_runs", lang), style="rows titled")
    return _part("runs", lang, [f"<article><h3>{escape(_say_runs(results, lang))}</h3>{shown}</article>"])


def _say_runs(results: Results, lang: str) -> str:
    """How many cases there are, and how many of their newest runs came to nothing."""
    runs = results.attempts()
    failed = sum(run.status != "done" for run in runs)
    return say("cockpit_runs_failed" if failed else "cockpit_runs_title", lang, count=len(runs), failed=failed)


def _became(run: Result, lang: str) -> str:
    if run.status == "done":
        return escape(_checks(run, lang))
    key = "cockpit_refused" if run.status == "refused" else "cockpit_failed"
    return f'<strong class="bad">{say_html(key, lang)}</strong>'


def _open(run: Result, lang: str) -> str:
    if run.status != "done":
        return MISSING
    spoken, link = escape(run.lang), say_html("cockpit_report", run.lang)
    return f'<a href="{report_link(run)}" lang="{spoken}" hreflang="{spoken}">{link}</a>'
