"""A planned year as people read it: first page, pack, statements, bridges, departments, cases and trial, from plan.planned_year.

Every function takes the planned year, or None where a company's plan has no statements, and then shows nothing.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from planning.core.metrics import growth, variance_rate
from planning.plan.executive import by_department, lowest_cash, versions_table
from planning.plan.pack import VIEWS, by_company, cash_table, pack_table, reconciled_cash, sheet_table
from planning.plan.planned_year import PlannedYear, case_cells, cases_table
from planning.plan.profit_bridge import versions_bridge
from planning.view import charts
from planning.view.amounts import say_amount, say_period, say_rate
from planning.view.markup import Html, Sentence
from planning.view.plan_words import BASIS_ZH
from planning.view.reader import Reader
from planning.view.report_words import WORDS
from planning.view.sentences import say_bridge
from planning.view.tables import Column, show_table

PANELS = 16
"""Departments shown in small multiples; the largest."""
MANY = 4
"""Assumptions that say the same from which on they are counted and no longer listed."""


def where_planned(show: Callable) -> Callable:
    """Shows nothing where no year is planned; names accounts by the plan's own chart."""

    @functools.wraps(show)
    def shown(year: PlannedYear | None, reader: Reader, *args, **kwargs):
        return None if year is None else show(year, replace(reader, tree=year.how.layout.tree), *args, **kwargs)

    return shown


# ----------------------------------------------------------------------------------------------------------- first page


@where_planned
def say_headline(year: PlannedYear, reader: Reader) -> Sentence:
    """The plan in one sentence: revenue and its growth, profit and its margin beside this year's, cash and when it is least."""
    key = year.key_figures.set_index("code")
    root, asked = year.how.layout.profit, year.basis.asked
    month, low = lowest_cash(year.whole, year.how, year.basis)
    money = functools.partial(say_amount, unit=reader.unit, lang=reader.lang)
    return Sentence(reader.say(
        "plan_headline", year=reader.year(asked.fiscal_year), revenue=money(key.at[year.revenue, "draft"]),
        growth=say_rate(growth(key.at[year.revenue, "draft"], key.at[year.revenue, "forecast"]), reader.lang, sign=True),
        profit=money(key.at[root, "draft"]), margin=say_rate(key.at["margin", "draft"], reader.lang),
        before=say_rate(key.at["margin", "forecast"], reader.lang), cash=money(key.at["cash", "draft"]),
        month=say_period(month, reader.lang), low=money(low),
    ))  # fmt: skip


def say_method(year: PlannedYear | None, reader: Reader) -> list[Sentence]:
    """How the plan comes about; that there are no statements where there is none."""
    if year is None:
        return [Sentence(reader.say("plan_none"))]
    said = [reader.say("plan_method"), *([] if year.how.group is None else [reader.say("plan_rates_held")])]
    return list(map(Sentence, said))


def plan_figures(year: PlannedYear, currency: str) -> list[tuple]:
    """The key figures of a planned year for the page."""
    key = year.key_figures.set_index("code")["draft"]
    return [
        ("key_plan_revenue", float(key[year.revenue]), currency, "up"),
        ("key_plan_profit", float(key[year.how.layout.profit]), currency, "up"),
        ("key_plan_cash", float(key["cash"]), currency, "up"),
    ]


@where_planned
def show_key_figures(year: PlannedYear, reader: Reader) -> Html:
    """The first page's table: the plan beside this year's forecast and budget and the last closed year."""
    table = year.key_figures
    share = table["code"] == "margin"
    money = table[~share].assign(label=[_code(code, reader) for code in table.loc[~share, "code"]])
    shown = money.assign(change=money["draft"] - money["forecast"], growth=growth(money["draft"], money["forecast"].where(lambda x: x > 0)))
    margin = table[share].iloc[0]
    said = reader.say("plan_margin") + ": " + ", ".join(
        f"{_view(view, year, reader)} {say_rate(margin[view], reader.lang)}" for view in VIEWS if not pd.isna(margin[view])
    )
    columns = [
        Column("label", reader.say("plan_figure"), "text"), *_view_columns(year, reader),
        Column("change", reader.say("plan_vs_forecast"), "variance"), Column("growth", reader.say("plan_vs_rate"), "variance_rate"),
    ]  # fmt: skip
    return _table(shown, columns, reader, "plan_first_title", notes=[said, *_unbudgeted(year, reader)])


def _code(code: str, reader: Reader) -> str:
    return reader.say(f"plan_code_{code}") if f"plan_code_{code}" in WORDS else reader.account(code)


def _view(view: str, year: PlannedYear, reader: Reader) -> str:
    at = year.basis.asked.fiscal_year - {"draft": 0, "forecast": 1, "budget": 1, "prior": 2}[view]
    return reader.say(f"plan_view_{view}", year=reader.year(at))


def _view_columns(year: PlannedYear, reader: Reader, prefix: str = "", group: str = "") -> list[Column]:
    return [Column(f"{prefix}{view}", _view(view, year, reader), group=group) for view in VIEWS]


def _unbudgeted(year: PlannedYear, reader: Reader) -> list[str]:
    lines = ("; " if reader.lang == "en" else "；").join(map(reader.account, year.pack.unbudgeted))
    said = [reader.say("plan_unbudgeted", lines=lines)] if lines else []
    return [*said, *([reader.say("plan_stock_profit_past")] if (year.past["layer"] == "elimination").any() else [])]


def _table(table: pd.DataFrame, columns: list[Column], reader: Reader, caption: str, notes=(), **values: object) -> Html:
    return show_table(
        table, columns, unit=reader.unit, lang=reader.lang, caption=reader.say(caption, **values), source=reader.source, notes=notes
    )


def _lines(table: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """A statement's rows with their names, and which way is good."""
    better = [reader.better(line) if line in reader.tree else "neutral" for line in table["line"]]
    named = [reader.account(line) if line in reader.tree else _step(line, reader) for line in table["line"]]
    return table.assign(label=named, better=better)


# ------------------------------------------------------------------------------------------------------ pack, statements


@where_planned
def show_pack(year: PlannedYear, reader: Reader, number: int = 1) -> list[Html]:
    """The income statement: one table each for a month of the year, for the year to it, and for all of it."""
    table = _lines(pack_table(year.pack, number), reader)
    months = year.basis.asked.calendar.year(year.basis.asked.fiscal_year)
    first, last = (say_period(months[at - 1], reader.lang) for at in (1, number))
    spans = {"month": last, "to_date": reader.say("plan_to_date", first=first, last=last), "year": reader.say("plan_year")}
    grains = [grain for grain in spans if grain != "to_date" or number > 1]
    return [_pack_of(table, grain, spans[grain], year, reader, last=grain == grains[-1]) for grain in grains]


def _pack_of(table: pd.DataFrame, grain: str, span: str, year: PlannedYear, reader: Reader, last: bool) -> Html:
    draft, before = table[f"{grain}_draft"], table[f"{grain}_forecast"]
    shown = table.assign(change=draft - before.fillna(0.0), growth=growth(draft, before.where(before > 0)))
    columns = [
        Column("label", reader.say("plan_line"), "text"), *_view_columns(year, reader, f"{grain}_"),
        Column("change", reader.say("plan_vs_forecast"), "variance"), Column("growth", reader.say("plan_vs_rate"), "variance_rate"),
    ]  # fmt: skip
    return _table(shown, columns, reader, "plan_pack_title", _unbudgeted(year, reader) if last else (), span=span)


@where_planned
def show_companies(year: PlannedYear, reader: Reader, named: dict[str, str]) -> Html:
    """The income statement by company, with what is taken out between them. `named`: the companies' names by code."""
    table = _lines(by_company(year.whole, year.how, year.basis), reader)
    known = named | {"elimination": reader.say("plan_elimination"), "group": reader.say("plan_group")}
    codes = [column for column in table.columns if column in known]
    columns = [Column("label", reader.say("plan_line"), "text"), *(Column(code, known[code]) for code in codes)]
    return _table(table, columns, reader, "plan_companies_title", year=reader.year(year.basis.asked.fiscal_year))


@where_planned
def show_sheet(year: PlannedYear, reader: Reader) -> Html:
    """The balance sheet at the end of the running year and of each quarter."""
    table = sheet_table(year.whole, year.how, year.basis)
    periods = [column for column in table.columns if isinstance(column, pd.Timestamp)]
    named = _lines(table, reader).rename(columns={period: f"{period:%Y-%m}" for period in periods})
    columns = [Column("label", reader.say("plan_line"), "text")]
    columns += [Column(f"{period:%Y-%m}", say_period(period, reader.lang)) for period in periods]
    return _table(named, columns, reader, "plan_sheet_title")


@where_planned
def show_cash(year: PlannedYear, reader: Reader) -> list[Html]:
    """The cash flow by quarter, direct, and from net profit."""
    name = reader.year(year.basis.asked.fiscal_year)
    return [
        _quarters(cash_table(year.whole, year.how, year.basis), reader, "plan_cash_title", name),
        _quarters(reconciled_cash(year.whole, year.how, year.basis), reader, "plan_reconciled_title", name),
    ]


def _quarters(table: pd.DataFrame, reader: Reader, caption: str, name: str) -> Html:
    columns = [Column("label", reader.say("plan_line"), "text")]
    columns += [Column(f"q{at}", reader.say("plan_quarter", number=at)) for at in range(1, 5)]
    return _table(_lines(table, reader), [*columns, Column("year", reader.say("plan_year"))], reader, caption, year=name)


def first_page(year: PlannedYear | None, reader: Reader, number: int) -> list:
    """What a committee reads first: key figures, the bridge from this year's profit, the pack up to a month of the year."""
    if year is None:
        return []
    return [show_key_figures(year, reader), show_profit_bridge(year, reader), *show_pack(year, reader, number)]


def statements(year: PlannedYear | None, reader: Reader, named: dict[str, str]) -> list:
    """Income by company, the balance sheet, the cash flow. `named`: the companies' names by code."""
    if year is None:
        return []
    return [show_companies(year, reader, named), show_sheet(year, reader), *show_cash(year, reader)]


def reasons(year: PlannedYear | None, reader: Reader, tried: pd.DataFrame) -> list:
    """What is behind the plan: departments, the versions of the last budget, what is assumed, how the same plan did in earlier years."""
    if year is None:
        return []
    return [
        show_departments(year, reader), *show_versions(year, reader), *show_drivers(year, reader), show_trial(year, reader, tried),
    ]  # fmt: skip


# --------------------------------------------------------------------------------------------------------------- bridges


def _step(code: str, reader: Reader) -> str:
    key = next((key for key in (f"plan_step_{code}", code) if key in WORDS), "")
    return reader.say(key) if key else code


@where_planned
def show_profit_bridge(year: PlannedYear, reader: Reader):
    """The bridge from this year's profit to the plan's: volume, mix, price, unit cost, then line by line."""
    table = year.bridge
    views = (_view("forecast", year, reader), _view("draft", year, reader))
    return _bridge(table, views, reader, reader.account(year.how.layout.profit))


@where_planned
def show_versions(year: PlannedYear, reader: Reader) -> list:
    """Bridges from version to version of the newest budget, and from it to this year's forecast of the same lines; none of one version."""
    table = versions_table(year.past, year.basis, year.how, year.pack.lines)
    versions = table["version"].unique().tolist()
    measure = reader.say("plan_versions_measure")
    found = []
    for first, last in itertools.pairwise(versions):
        found.append(_bridge(versions_bridge(table, first, last, year.how), (first, last), reader, measure))
    return found


def _bridge(table: pd.DataFrame, ends: tuple[str, str], reader: Reader, measure: str):
    shown = reader.steps(table, lambda code: reader.account(code) if code in reader.tree else _step(code, reader), *ends)
    title = str(say_bridge(measure, shown, reader.unit, reader.lang)).rstrip(".。")
    return charts.show_bridge(
        shown, title=title, measure=measure, unit=reader.unit, period=f"{ends[0]} → {ends[1]}", lang=reader.lang, source=reader.source,
        better="up",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ departments


@where_planned
def show_departments(year: PlannedYear, reader: Reader):
    """Departments' costs by month beside this year's, the largest ones in panels."""
    table = by_department(year.whole, year.how, year.basis)
    sums = table.groupby("cost_centre")[["amount", "other"]].sum().sort_values("amount", ascending=False)
    change = (sums["amount"] - sums["other"]).sort_values(ascending=False)
    title = reader.say(
        "plan_departments_said", count=int((change > 0).sum()), all=len(sums), name=reader.centre(change.index[0]),
        change=say_amount(change.iloc[0], reader.unit, reader.lang, sign=True),
    )  # fmt: skip
    name = reader.year(year.basis.asked.fiscal_year)
    shown = sums.index[:PANELS]
    return charts.show_small_multiples(
        table.rename(columns={"cost_centre": "code"}), title=title, measure=reader.say("plan_departments_measure"), unit=reader.unit,
        period=name, lang=reader.lang, source=reader.source, labels={code: reader.centre(code) for code in shown},
        names={"amount": _view("draft", year, reader), "other": _view("forecast", year, reader)}, better="down",
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- drivers, cases, trial


@where_planned
def show_drivers(year: PlannedYear, reader: Reader) -> list[Html]:
    """What the plan assumes: every driver that somebody gave, with owner and source; then those measured, and on what they rest."""
    table = year.assumptions[~year.assumptions["in_case"]]
    given = table[table["about"] != "where nobody says"]
    everywhere = set(given.loc[given["about"] == "everywhere", "driver"])
    rows = given.assign(
        label=[_driver(row, reader) for row in given.to_dict("records")], about=[say_about(text, reader) for text in given["about"]],
        shown=[_driver_value(row["value"], row) for row in given.to_dict("records")],
        range=[_range(row) for row in given.to_dict("records")], unit=[_unit(text, reader) for text in given["unit"]],
        owner=given["owner" if reader.lang == "en" else "owner_zh"], source=given["source" if reader.lang == "en" else "source_zh"],
    )  # fmt: skip
    columns = [
        Column("label", reader.say("plan_driver"), "text"), Column("about", reader.say("plan_about"), "text"),
        Column("shown", reader.say("plan_value"), "text"), Column("range", reader.say("plan_range"), "text"),
        Column("unit", reader.say("plan_unit"), "text"), Column("owner", reader.say("plan_owner"), "text"),
        Column("source", reader.say("plan_source"), "text"),
    ]  # fmt: skip
    measured = table[table["about"] == "where nobody says"]
    rows = _alike(rows, ["driver", *(column.name for column in columns if column.name != "about")], reader)
    return [_table(rows, columns, reader, "plan_drivers_title"), _measured(measured, everywhere, reader)]


def _alike(rows: pd.DataFrame, said: list[str], reader: Reader) -> pd.DataFrame:
    """Entries that say the same of many things, as one row that counts them."""
    each = rows.groupby(said, sort=False, dropna=False)["about"]
    first, count = each.transform("first"), each.transform("size")
    many = [reader.say("plan_about_many", first=about, count=number - 1) for about, number in zip(first, count, strict=True)]
    told = rows.assign(about=rows["about"].where(count < MANY, many))
    return told[(count < MANY) | ~rows.duplicated(said)]


def _measured(table: pd.DataFrame, given: set[str], reader: Reader) -> Html:
    """What was measured in the books for what nobody says otherwise."""
    table = table[~table["driver"].isin(given)]
    neutral = table["source"].str.startswith("nothing said")
    told = table[~neutral]
    basis = [said_basis(text, reader.lang) for text in told["source"]]
    rows = told.assign(label=[_driver(row, reader) for row in told.to_dict("records")], source=basis)
    same = ("; " if reader.lang == "en" else "；").join(_driver(row, reader) for row in table[neutral].to_dict("records"))
    columns = [Column("label", reader.say("plan_driver"), "text"), Column("source", reader.say("plan_measured_on"), "text")]
    return _table(rows, columns, reader, "plan_measured_title", [reader.say("plan_neutral", drivers=same)] if same else [])


def said_basis(said: str, lang: str) -> str:
    """What a measured driver rests on, in the reader's language."""
    for pattern, zh in BASIS_ZH.items() if lang == "zh" else ():
        if found := re.fullmatch(pattern, said):
            return found.expand(zh) if ", then " not in said else said_basis(found[1], lang) + found.expand(zh)[len(found[1]) :]
    return said


def _driver(row: dict, reader: Reader) -> str:
    """A driver's name: as its file says, or as the chain calls it."""
    told = row[f"label_{reader.lang}"]
    key = f"driver_{row['driver']}"
    return told or (reader.say(key) if key in WORDS else row["driver"])


def _driver_value(value: float, row: dict) -> str:
    if isinstance(row.get("formula"), str) and row["formula"]:
        return row["formula"]
    if row["unit"] == "fraction":
        return f"{value * 100:,.4g}%"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def say_about(said: str, reader: Reader) -> str:
    """What an entry is about, in the reader's words: "entity SOUTH, from 2026-03"."""
    if said == "everywhere":
        return reader.say("plan_everywhere")
    parts = [part.partition(" ") for part in said.split(", ")]
    told = [
        reader.say("plan_from", month=code) if key == "from" else f"{reader.say(f'plan_key_{key}')} {_named(key, code, reader)}"
        for key, _, code in parts
    ]  # fmt: skip
    return (", " if reader.lang == "en" else "，").join(told)


def _named(key: str, code: str, reader: Reader) -> str:
    """What an account or a cost centre is called; any other code as it is."""
    if key == "account" and code in reader.tree:
        return reader.account(code)
    return reader.centre(code) if key == "cost_centre" else code


def _unit(unit: str, reader: Reader) -> str:
    return reader.say(f"plan_unit_{unit}") if f"plan_unit_{unit}" in WORDS else unit


def _range(row: dict) -> str:
    ends = [row["low"], row["high"]]
    return "" if any(pd.isna(end) for end in ends) else " – ".join(_driver_value(end, row) for end in ends)


def case_name(year: PlannedYear, name: str, reader: Reader) -> str:
    """A case's name in the reader's language."""
    case = next(case for case in year.named if case.name == name)
    given = getattr(case, f"label_{reader.lang}")
    return reader.say(given) if given in ("base", "upside", "downside") else given


def show_what_if(year: PlannedYear | None, reader: Reader, named: dict[str, str]) -> list:
    """The cases side by side, and where each differs, cell by cell. `named`: the companies' names by code."""
    return [] if year is None else [*show_cases(year, reader), *show_case_cells(year, reader, named)]


@where_planned
def show_cases(year: PlannedYear, reader: Reader) -> list:
    """The cases side by side, as a chart of profit and cash and as a table of all key figures; nothing of one case alone."""
    if len(year.cases) < 2:
        return []
    table = cases_table(year).set_index("code")
    root = year.how.layout.profit
    names = {name: case_name(year, name, reader) for name in year.cases}
    shown = {year.revenue: "up", root: "up", "cash": "up"}
    rows = [
        {"measure": _code(code, reader), "case": names[name], "amount": table.at[code, name], "better": better}
        for code, better in shown.items() for name in year.cases
    ]  # fmt: skip
    results = [f"{names[name]} {say_amount(table.at[root, name], reader.unit, reader.lang)}" for name in year.cases]
    fiscal = reader.year(year.basis.asked.fiscal_year)
    title = reader.say("plan_cases_said", year=fiscal, cases=("; " if reader.lang == "en" else "；").join(results))
    chart = charts.show_cases(
        pd.DataFrame(rows), title=title, measure=reader.name, unit=reader.unit, period=fiscal, lang=reader.lang, source=reader.source,
        base=next(iter(names.values())),
    )  # fmt: skip
    return [chart, _cases_table(table, names, reader)]


def _cases_table(table: pd.DataFrame, names: dict[str, str], reader: Reader) -> Html:
    rows = table.drop(index="margin").assign(label=lambda t: [_code(code, reader) for code in t.index])
    columns = [Column("label", reader.say("plan_figure"), "text"), *(Column(name, said) for name, said in names.items())]
    said = ", ".join(f"{names[name]} {say_rate(table.at['margin', name], reader.lang)}" for name in names)
    return _table(rows.reset_index(), columns, reader, "plan_cases_title", notes=[f"{reader.say('plan_margin')}: {said}"])


@where_planned
def show_case_cells(year: PlannedYear, reader: Reader, named: dict[str, str]) -> list[Html]:
    """Where each case differs from the plan, cell by cell. `named`: the companies' names by code."""
    columns = [
        Column("company", reader.say("plan_entity"), "text"), Column("label", reader.say("plan_account"), "text"),
        Column("base", reader.say("plan_base")), Column("case", reader.say("plan_case")),
        Column("change", reader.say("plan_change"), "variance"),
    ]  # fmt: skip
    found = []
    for name in list(year.cases)[1:]:
        cells = case_cells(year, name)
        rows = cells.assign(
            company=cells["entity"].map(named), label=[reader.account(code) for code in cells["account"]],
            better=[reader.better(code) for code in cells["account"]],
        )
        said = case_name(year, name, reader)
        found.append(_table(rows, columns, reader, "plan_cells_title", [reader.say("plan_cell_unit")], case=said))
    return found


@where_planned
def show_trial(year: PlannedYear, reader: Reader, tried: pd.DataFrame) -> Html:
    """The plan tried on earlier years: revenue, costs and profit as planned then, as adopted, as they came."""
    shown = tried[tried["line"].isin(year.pack.lines.loc[year.pack.lines["is_total"], "line"])]
    rows = shown.assign(
        label=[f"{reader.year(row.fiscal_year)} · {reader.account(row.line)}" for row in shown.itertuples()],
        missed=variance_rate(shown["planned"], shown["came"]), adopted_missed=variance_rate(shown["adopted"], shown["came"]),
    )
    columns = [
        Column("label", reader.say("plan_line"), "text"), Column("planned", reader.say("plan_planned")),
        Column("adopted", reader.say("plan_adopted")), Column("came", reader.say("plan_came")),
        Column("missed", reader.say("plan_missed"), "variance_rate", better="neutral"),
        Column("adopted_missed", reader.say("plan_adopted_missed"), "variance_rate", better="neutral"),
    ]  # fmt: skip
    return _table(rows, columns, reader, "plan_trial_title")


@where_planned
def say_trial(year: PlannedYear, reader: Reader, tried: pd.DataFrame) -> Sentence:
    """How far the same plan missed in earlier years, beside the adopted budget."""
    if tried.empty:
        return Sentence(reader.say("plan_no_trial"))
    of = {code: tried[tried["line"] == code] for code in (year.revenue, year.how.layout.profit)}
    missed = {code: variance_rate(rows["planned"], rows["came"]).abs().mean() for code, rows in of.items()}
    adopted = variance_rate(of[year.revenue]["adopted"], of[year.revenue]["came"]).abs().mean()
    years = [reader.year(int(fiscal)) for fiscal in sorted(tried["fiscal_year"].unique())]
    said = {
        "years": (", " if reader.lang == "en" else "、").join(years), "revenue": say_rate(missed[year.revenue], reader.lang),
        "profit": say_rate(missed[year.how.layout.profit], reader.lang), "adopted": say_rate(adopted, reader.lang),
    }  # fmt: skip
    return Sentence(reader.say("plan_trial_said_alone" if pd.isna(adopted) else "plan_trial_said", **said))
