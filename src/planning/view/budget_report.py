"""The annual budget's first draft as people read it: sentences, charts and tables made from plan.budget's results."""

from __future__ import annotations

import pandas as pd

from planning.core.metrics import growth, rate, variance_rate
from planning.plan.budget import Known, TopDown, odds_below
from planning.view import charts
from planning.view.amounts import say_amount, say_level, say_rate
from planning.view.markup import Html, Sentence, show_text
from planning.view.reader import Reader
from planning.view.sentences import say_bridge, say_gap
from planning.view.tables import Column, show_table


def say_method(reader: Reader) -> Sentence:
    """How the two views of the year come about."""
    return Sentence(reader.say("budget_method"))


def version_name(fiscal_year: int) -> str:
    """The version that a first draft is published under: 2022_draft."""
    return f"{fiscal_year}_draft"


def say_headline(known: Known, revenue: TopDown, draft: pd.DataFrame, cases: pd.DataFrame, reader: Reader) -> Sentence:
    """The draft in one sentence: obligations, their growth, receipts, and what is missing or left over in cash."""
    base = cases.set_index("case").iloc[0]
    said = {
        "year": reader.year(known.fiscal_year),
        "spending": say_amount(draft["amount"].sum(), reader.unit, reader.lang),
        "growth": say_rate(growth(draft["amount"].sum(), draft["base"].sum()), reader.lang, sign=True),
        "revenue": say_amount(revenue.lines["amount"].sum(), reader.unit, reader.lang),
        "gap": say_amount(abs(base["result"]), reader.unit, reader.lang),
    }
    return Sentence(reader.say("headline_budget" if base["result"] < 0 else "headline_surplus", **said))


def draft_figures(revenue: TopDown, draft: pd.DataFrame, cases: pd.DataFrame, currency: str) -> list[tuple]:
    """The key figures of a draft: obligations, receipts with their band, and what is left in cash in the base case."""
    band = (float(revenue.year["lower"]), float(revenue.year["upper"]))
    return [
        ("key_draft", float(draft["amount"].sum()), currency, "down"),
        ("key_draft_revenue", float(revenue.year["amount"]), currency, "up", band),
        ("key_result", float(cases["result"].iloc[0]), currency, "up"),
    ]


def say_revenue_band(revenue: TopDown, reader: Reader, level: float) -> Sentence:
    """The band of the budget year's receipts, from the misses of earlier years."""
    amounts = {name: say_amount(revenue.year[name], reader.unit, reader.lang) for name in ("amount", "lower", "upper")}
    key = "revenue_no_band" if pd.isna(revenue.year["lower"]) else "revenue_band"
    return Sentence(reader.say(key, level=say_level(level, reader.lang), n=int(revenue.year["n"]), **amounts))


def show_side_by_side(table: pd.DataFrame, known: Known, reader: Reader):
    """Top-down against bottom-up by class, the message in the title."""
    told = table[table["top_down"].notna()]
    rows = told.assign(label=told["account"].map(reader.account), is_total=False)
    sums = {"label": reader.say("total"), "is_total": True, **told[["top_down", "bottom_up"]].sum().to_dict()}
    shown = pd.concat([rows, pd.DataFrame([sums])], ignore_index=True)
    title = str(say_gap(rows, reader.unit, reader.lang)).rstrip(".。")
    used = int((table["bottom_up"] != 0).sum())
    if 0 < len(rows) < used:
        title = reader.say("told_classes", told=len(rows), all=used, said=title)
    return charts.show_top_down_bottom_up(
        shown, title=title, measure=reader.say("obligations"), unit=reader.unit, period=reader.year(known.fiscal_year),
        lang=reader.lang, source=reader.source, labels=(reader.say("top_down"), reader.say("bottom_up")),
        notes=say_not_told(table, reader),
    )  # fmt: skip


def say_not_told(table: pd.DataFrame, reader: Reader) -> list[str]:
    """Which classes have no top-down figure, in a sentence; nothing where all have one."""
    silent = table[table["top_down"].isna() & (table["bottom_up"] != 0)]
    lines = ("; " if reader.lang == "en" else "；").join(silent["account"].map(reader.account))
    return [reader.say("not_told", lines=lines)] if lines else []


def show_classes(table: pd.DataFrame, reader: Reader) -> Html:
    """Top-down and bottom-up by class: cash lines, cash per obligation, both figures, the gap."""
    used = table[(table["bottom_up"] != 0) | (table["cash"].fillna(0) != 0)]
    rows = used.assign(label=used["account"].map(reader.account), is_total=False)
    told = ["base", "bottom_up", *(["top_down", "gap"] if reader.is_ledger else [])]
    sums = used[told].sum().to_frame().T.assign(label=reader.say("total"), is_total=True)
    columns = [
        Column("label", reader.say("class"), "text"), Column("cash", reader.say("cash")),
        Column("top_down", reader.say("top_down")), Column("base", reader.say("running")),
        Column("bottom_up", reader.say("bottom_up")),
        Column("gap", reader.say("gap"), "variance", better="down"), Column("gap_rate", "%", "variance_rate", better="down"),
    ]  # fmt: skip
    columns = [column for column in columns if not reader.is_ledger or column.name != "cash"]
    sums = sums.assign(gap_rate=rate(sums["gap"], sums["top_down"])) if reader.is_ledger else sums
    return show_table(
        pd.concat([rows, sums], ignore_index=True), columns, unit=reader.unit, lang=reader.lang, caption=reader.say("side_by_side"),
        source=reader.source,
    )  # fmt: skip


def show_draft_bridge(bridge: pd.DataFrame, known: Known, reader: Reader, by: str):
    """The bridge from the running year to the draft, by department or account, as a chart."""
    name = {"department": reader.centre, "account": reader.account, "line": reader.account}[by]
    return _show_bridge(bridge, known, reader, name, reader.say("obligations"), "down")


def show_revenue_bridge(bridge: pd.DataFrame, revenue: TopDown, known: Known, reader: Reader):
    """The bridge from the running year's receipts to the budget year's as a chart."""
    account, plural = revenue.account, reader.is_plural(revenue.account)
    return _show_bridge(bridge, known, reader, reader.account, reader.account(account), reader.better(account), plural)


def _show_bridge(bridge: pd.DataFrame, known: Known, reader: Reader, name, measure: str, better: str, plural: bool = True):
    start, end = reader.year(known.fiscal_year - 1), reader.year(known.fiscal_year)
    shown = reader.steps(bridge, name, start, end)
    title = str(say_bridge(measure, shown, reader.unit, reader.lang, plural=plural)).rstrip(".。")
    return charts.show_bridge(
        shown,
        title=title,
        measure=measure,
        unit=reader.unit,
        period=f"{start} → {end}",
        lang=reader.lang,
        source=reader.source,
        better=better,
    )


def _case(case: str, reader: Reader) -> str:
    """A case's name: a word of the language for the usual three, as given for any other."""
    return reader.say(case) if case in ("base", "upside", "downside") else case


def show_what_if(revenue: TopDown, cases: pd.DataFrame, known: Known, reader: Reader) -> list:
    """The cases of a draft without drivers: as a chart, as a table, and each with its odds."""
    return [show_budget_cases(cases, known, reader), show_cases_table(cases, reader), say_case_odds(revenue, cases, reader)]


def show_budget_cases(cases: pd.DataFrame, known: Known, reader: Reader):
    """The cases side by side: receipts, payments, and what is left."""
    measures = {"revenue": "up", "paid": "down", "result": "up"}
    names = {"revenue": reader.say("revenue"), "paid": reader.say("payments"), "result": reader.say("result")}
    rows = [
        {"measure": names[measure], "case": row["case"], "amount": row[measure], "better": better}
        for measure, better in measures.items()
        for row in cases.to_dict("records")
    ]
    year = reader.year(known.fiscal_year)
    results = [f"{_case(row.case, reader)} {say_amount(row.result, reader.unit, reader.lang, sign=True)}" for row in cases.itertuples()]
    title = reader.say("cases_said", year=year, cases=("; " if reader.lang == "en" else "；").join(results))
    return charts.show_cases(
        pd.DataFrame(rows), title=title, measure=reader.name, unit=reader.unit, period=year, lang=reader.lang, source=reader.source,
        base=cases["case"].iloc[0],
    )  # fmt: skip


def show_cases_table(cases: pd.DataFrame, reader: Reader) -> Html:
    """The cases as a table: receipts, obligations, payments, what is left, cash at the end."""
    rows = cases.assign(label=[_case(case, reader) for case in cases["case"]])
    columns = [
        Column("label", reader.say("case"), "text"), Column("revenue", reader.say("revenue")),
        Column("spending", reader.say("obligations")), Column("paid", reader.say("payments")),
        Column("result", reader.say("result"), "variance"), Column("closing", reader.say("closing")),
    ]  # fmt: skip
    columns = [column for column in columns if not reader.is_ledger or column.name not in ("paid", "closing")]
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=reader.say("cases_title"), source=reader.source)


def say_case_odds(revenue: TopDown, cases: pd.DataFrame, reader: Reader) -> Html:
    """For each case, in how many past years receipts would have come out below it."""
    said = []
    for row in cases.to_dict("records"):
        k, n = odds_below(revenue, row["revenue"])
        amount = say_amount(row["revenue"], reader.unit, reader.lang)
        told = reader.say("case_odds", case=_case(row["case"], reader), amount=amount, k=k, n=n)
        said.append(told if n else reader.say("no_odds"))
    return show_text(*dict.fromkeys(said))


def show_draft(table: pd.DataFrame, reader: Reader, most: int = 20) -> Html:
    """The draft by department beside the running year, what was adopted and what happened; the largest departments by name."""
    ordered = table.sort_values("draft", ascending=False)
    amounts = ["running", "draft", "adopted", "actual"]
    shown = ordered.head(most).assign(label=lambda t: t["department"].map(reader.centre), is_total=False)
    rest = ordered.iloc[most:]
    others = rest[amounts].sum(min_count=1).to_frame().T
    others = others.assign(label=reader.say("others", count=len(rest)), is_total=False)
    total = table[amounts].sum(min_count=1).to_frame().T.assign(label=reader.say("total"), is_total=True)
    rows = pd.concat([shown, others, total] if len(rest) else [shown, total], ignore_index=True)
    rows = rows.assign(change=rows["draft"] - rows["running"], growth=growth(rows["draft"], rows["running"]))
    columns = [
        Column("label", reader.say("department"), "text"), Column("running", reader.say("running")),
        Column("draft", reader.say("draft")), Column("change", "Δ", "variance", better="down"),
        Column("growth", reader.say("growth"), "variance_rate", better="down"), Column("adopted", reader.say("adopted_budget")),
        Column("actual", reader.say("actual")),
    ]  # fmt: skip
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=reader.say("draft_title"), source=reader.source)


def show_revenue(revenue: TopDown, reader: Reader) -> Html:
    """Receipts by line: the running year as it will probably land, and the budget year."""
    both = revenue.running.rename(columns={"amount": "running"}).merge(
        revenue.lines.groupby("account", as_index=False)["amount"].sum(), how="outer"
    )
    both = both[(both[["running", "amount"]].fillna(0) != 0).any(axis=1)].sort_values("amount", ascending=False)
    rows = both.assign(label=both["account"].map(reader.account), is_total=False)
    total = both[["running", "amount"]].sum().to_frame().T.assign(label=reader.say("total"), is_total=True)
    rows = pd.concat([rows, total], ignore_index=True)
    rows = rows.assign(change=rows["amount"] - rows["running"], growth=growth(rows["amount"], rows["running"]))
    columns = [
        Column("label", reader.say("line"), "text"), Column("running", reader.say("running")),
        Column("amount", reader.say("draft")), Column("change", "Δ", "variance"),
        Column("growth", reader.say("growth"), "variance_rate"),
    ]  # fmt: skip
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=reader.say("revenue_title"), source=reader.source)


def show_draft_trial(trial: pd.DataFrame, reader: Reader) -> Html:
    """The draft tried on earlier years: what it would have said, what was adopted, what was spent."""
    rows = trial.assign(
        year=trial["fiscal_year"].map(reader.year), miss_draft=variance_rate(trial["draft"], trial["actual"]),
        miss_adopted=variance_rate(trial["adopted"], trial["actual"]),
    )  # fmt: skip
    columns = [
        Column("year", reader.say("year"), "text"), Column("draft", reader.say("draft")),
        Column("adopted", reader.say("adopted_budget")), Column("actual", reader.say("actual")),
        Column("miss_draft", reader.say("miss_draft"), "variance_rate", better="neutral"),
        Column("miss_adopted", reader.say("miss_adopted"), "variance_rate", better="neutral"),
    ]  # fmt: skip
    return show_table(rows, columns, unit=reader.unit, lang=reader.lang, caption=reader.say("trial_title"), source=reader.source)


def say_draft_trial(trial: pd.DataFrame, reader: Reader) -> Sentence:
    """How far the draft and the adopted budget missed in earlier years, and the draft's worst year."""
    if trial.empty:
        return Sentence(reader.say("no_trial"))
    missed, adopted = (variance_rate(trial[which], trial["actual"]) for which in ("draft", "adopted"))
    worst = missed.abs().idxmax()
    rates = {"draft": say_rate(missed.abs().mean(), reader.lang), "adopted": say_rate(adopted.abs().mean(), reader.lang)}
    first, last = (reader.year(int(year)) for year in (trial["fiscal_year"].min(), trial["fiscal_year"].max()))
    return Sentence(reader.say(
        "budget_trial", years=reader.say("from_to", first=first, last=last) if len(trial) > 1 else first,
        worst_year=reader.year(int(trial.at[worst, "fiscal_year"])), worst=say_rate(missed[worst], reader.lang, sign=True), **rates,
    ))  # fmt: skip


def say_outcome(table: pd.DataFrame, reader: Reader) -> Sentence:
    """What was adopted and what happened since, as far as it is known today."""
    sums = table[["draft", "adopted", "actual"]].sum(min_count=1)
    if pd.isna(sums["adopted"]):
        return Sentence(reader.say("outcome_none"))
    said = {
        "adopted": say_amount(sums["adopted"], reader.unit, reader.lang),
        "adopted_gap": say_amount(sums["adopted"] - sums["draft"], reader.unit, reader.lang, sign=True),
    }
    if pd.isna(sums["actual"]):
        return Sentence(reader.say("outcome_open", **said))
    said["actual"] = say_amount(sums["actual"], reader.unit, reader.lang)
    said["actual_gap"] = say_amount(sums["actual"] - sums["draft"], reader.unit, reader.lang, sign=True)
    return Sentence(reader.say("outcome", **said))
