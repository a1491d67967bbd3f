"""Sources → rows: each source is read as text, checked against its contract, and mapped to the plan table.

Nothing is dropped silently. What breaks the structure stops the load with a list; what is wrong with the content becomes
a finding. Rows that land on a total of the account tree are control totals: kept apart, never figures.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from planning.core.balances import month_end_balances, sums_as_known
from planning.core.errors import Problem, RequestError, at_most
from planning.core.money import LARGEST, from_minor, minor_digits, to_minor
from planning.core.periods import FiscalCalendar, month_end, month_range, months_between
from planning.core.tables import contract_problems, plan_key, sum_postings
from planning.inputs import findings, vouchers
from planning.inputs.amounts import amounts
from planning.inputs.company import Company
from planning.inputs.company_file import (
    UNMAPPED_COST_CENTRE,
    ClosedThrough,
    EntityByRow,
    EntityOfCentre,
    GrainByRow,
    ScenarioByRow,
    Source,
    filled_in,
)
from planning.inputs.loads import TABLES as LOADED
from planning.inputs.loads import KeptLoads, Load
from planning.inputs.workbooks import read_source

CENT = 0.01
FILLED = r"^[^\x00]+$"  # pandas and databases take a text with a NUL for another one
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
WHOLE = r"^[+-]?\d+(\.0*)?$"
SEPARATOR = " / "
"""Stands between the parts of a key that several columns make."""
DATE = r"^([0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)(?:[T ].*)?$"


def no_rows(company: Company) -> pd.DataFrame:
    """The rows of a company that has no ledger: none, in all columns of a sourced plan table."""
    days = {name: pd.Series(dtype="datetime64[ns]") for name in ("period", "known")}
    texts = {name: pd.Series(dtype=object) for name in (*plan_key(tuple(company.file.dimensions)), "source") if name not in days}
    return pd.DataFrame({**texts, **days, "amount": pd.Series(dtype=float)})


def read_sources(company: Company, data: Path | None = None, kept: Path | None = None) -> Load:
    """Every source of a company, mapped; `data` is a folder to read the files from instead of the company's own.

    Loads of sources that have not changed are taken from the folder `kept`. Raises one RequestError with every structural problem
    of every source.
    """
    if not company.file.sources:
        return Load(no_rows(company), no_rows(company), [], {})
    loads = KeptLoads(kept, company, data)
    known = {name: loads.find(name, source) for name, source in company.file.sources.items()}
    anew = _read_anew({name: source for name, source in company.file.sources.items() if known[name] is None}, company, data)
    for name, load in anew.items():
        loads.keep(name, company.file.sources[name], load)
    loads.forget()
    every = [anew.get(name, load) for name, load in known.items()]
    rows, controls, vouchers = (pd.concat([getattr(load, table) for load in every], ignore_index=True) for table in LOADED)
    found = [finding for load in every for finding in load.findings]
    read, became = ({name: told for load in every for name, told in getattr(load, what).items()} for what in ("read", "became"))
    return Load(rows, controls, found, read, vouchers, became)


def _read_anew(sources: dict[str, Source], company: Company, data: Path | None) -> dict[str, Load]:
    """These sources as their files say them now. RequestError with every structural problem of every one."""
    texts, skipped, problems = {}, {}, []
    for name, source in sources.items():
        try:
            texts[name], skipped[name] = read_source(source, name, company, data)
            problems += source_problems(texts[name], source, name, company)
        except RequestError as wrong:
            problems += wrong.problems
    if problems:
        raise RequestError(f"sources of {company.code}", problems)
    loads = {}
    for name, source in sources.items():
        try:
            load = map_source(texts[name], source, name, company)
            loads[name] = replace(load, findings=[*skipped[name], *load.findings], read={name: len(texts[name])})
        except RequestError as wrong:
            problems += wrong.problems
    if problems:
        raise RequestError(f"sources of {company.code}", problems)
    return loads


def source_problems(text: pd.DataFrame, source: Source, name: str, company: Company) -> list[Problem]:
    """What breaks the structure of one source: missing columns, text in an amount, nothing in a key, periods outside the calendar."""
    there = {column for rule in source.left_out for column in rule.when} <= set(text.columns)
    kept = remaining(text, source) if there else text  # what is left out needn't be filled: a subtotal has no code
    problems = contract_problems(kept, _source_schema(source), name)
    if problems:
        return problems
    if text.empty:
        return [Problem("no rows", name, expected="at least one")]
    text = kept
    problems = [*_period_problems(text, source, name, company.calendar), *_map_problems(text, source, name, company)]
    for column in source.own_days:
        problems += _day_problems(text[column], name)
    return problems


def remaining(text: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The rows that company.yaml doesn't leave out."""
    out = pd.Series(False, index=text.index)
    for rule in source.left_out:
        out |= findings.matching(text, rule.when)
    return text[~out]


def _source_schema(source: Source) -> pa.DataFrameSchema:
    """The contract of the raw columns: all there, keys filled, numbers numbers. Further columns are left alone."""
    filled = pa.Check.str_matches(FILLED, error="a value")
    number = pa.Check.str_matches(NUMBER, error="a number")
    whole = pa.Check.str_matches(WHOLE, error="a whole number")
    columns = {column: pa.Column(None, filled) for column in source.key}
    columns |= {column: pa.Column(None, filled) for column in _code_columns(source)}
    columns |= {column: pa.Column(None, whole) for column in _whole_columns(source)}
    columns |= {column: pa.Column(None, number) for column in source.measures or []}
    if source.posted:
        blank = source.posted.amount is None
        posted = pa.Check.str_matches(f"{NUMBER}|^$" if blank else NUMBER, error="a number or nothing" if blank else "a number")
        columns |= {column: pa.Column(None, posted) for column in source.posted.columns}
    columns |= {column: pa.Column(None) for column in _free_columns(source) if column not in columns}
    return pa.DataFrameSchema(columns)


def _code_columns(source: Source) -> list[str]:
    """The columns whose texts decide what a figure is; none of them may be empty."""
    empty = any("" in key.split(SEPARATOR) for key in (*source.account.map, *source.account.skip))
    columns = [] if empty else _named_by(source)
    columns += [part.column for part in (source.scenario, source.grain) if isinstance(part, (ScenarioByRow, GrainByRow))]
    columns += [column for correction in source.cost_centre.corrections for column in correction.when]
    columns += [source.entity.column] if isinstance(source.entity, EntityByRow) else []
    columns += source.posted.voucher if source.posted else []
    return columns + ([source.cost_centre.column] if source.cost_centre.column and not source.cost_centre.none else [])


def _named_by(source: Source) -> list[str]:
    return [column for column in source.account.by if column != "measure"]


def _free_columns(source: Source) -> list[str]:
    """The columns that are used and may be empty."""
    columns = [*_named_by(source), source.dated, source.cost_centre.column, source.period.date, *source.own_days]
    columns += [rule.column for rule in source.dimensions.values()] + [column for rule in source.left_out for column in rule.when]
    columns += list(source.posted.closing) if source.posted else []
    columns += [source.posted.events.column] if source.posted and source.posted.events else []
    columns += [column for template in source.version.values() for column in filled_in(template)]
    return [column for column in columns if column]


def _whole_columns(source: Source) -> list[str]:
    columns = [source.period.fiscal_year, source.period.month]
    if source.report:
        columns += [source.report.fiscal_year, source.report.quarter]
    if isinstance(source.scenario, ClosedThrough):
        columns.append(source.scenario.quarter)
    return [column for column in columns if column]


def _whole(values: pd.Series) -> pd.Series:
    return values.astype(float).astype(int)


def _fiscal_years(text: pd.DataFrame, source: Source, calendar: FiscalCalendar) -> pd.Series:
    """The fiscal years of rows, named by the year in which they end."""
    return _whole(text[source.period.fiscal_year]) + _named_before(source, calendar)


def _named_before(source: Source, calendar: FiscalCalendar) -> int:
    return int(source.period.year_named == "begin" and calendar.first_month > 1)


def _period_problems(text: pd.DataFrame, source: Source, name: str, calendar: FiscalCalendar) -> list[Problem]:
    quarters = [source.report.quarter] if source.report else []
    if isinstance(source.scenario, ClosedThrough):
        quarters.append(source.scenario.quarter)
    spans = [(column, 1, 4) for column in dict.fromkeys(quarters)]
    spans += [(source.period.month, 1, 12)] if source.period.month else []
    before = _named_before(source, calendar)
    first, last = (calendar.fiscal_year(end) - before for end in (calendar.start, calendar.end))
    spans += [(column, first, last) for column in _years(source)]
    problems = []
    for column, least, most in spans:
        numbers = text[column].astype(float)
        problems += _outside(text.loc[(numbers < least) | (numbers > most), column], name, f"{least} to {most}")
    if problems or source.period.date:
        return problems or _date_problems(text[source.period.date], name, calendar)
    number = _whole(text[source.period.month]) if source.period.month else 1
    periods = _period_of(_fiscal_years(text, source, calendar), number, calendar)
    outside = text.loc[(periods < calendar.start) | (periods > calendar.end), source.period.month or source.period.fiscal_year]
    return _outside(outside, name, f"a period from {calendar.start:%Y-%m} to {calendar.end:%Y-%m}")


def _outside(texts: pd.Series, name: str, span: str) -> list[Problem]:
    where = f"{name}, row {{}}, {texts.name}"
    return at_most([Problem("period outside the calendar", where.format(line), repr(text), span) for line, text in texts.items()])


def _years(source: Source) -> list[str]:
    years = [source.period.fiscal_year, source.report.fiscal_year if source.report else None]
    return list(dict.fromkeys(year for year in years if year))


def _date_problems(texts: pd.Series, name: str, calendar: FiscalCalendar) -> list[Problem]:
    dates = _dates(texts)
    outside = dates.isna() | (dates < calendar.start) | (dates > month_end(calendar.end))
    return _outside(texts[outside], name, f"a date such as 2021-03-31 from {calendar.start:%Y-%m} to {calendar.end:%Y-%m}")


def _dates(texts: pd.Series) -> pd.Series:
    """The day as it is written, whatever time and zone stand behind it; missing where it is no date."""
    return pd.to_datetime(texts.str.extract(DATE, expand=False), format="ISO8601", errors="coerce")


def _day_problems(texts: pd.Series, name: str) -> list[Problem]:
    where = f"{name}, row {{}}, {texts.name}"
    return at_most([Problem("not a date", where.format(n), repr(t), "such as 2021-03-31") for n, t in texts[_dates(texts).isna()].items()])


def _map_problems(text: pd.DataFrame, source: Source, name: str, company: Company) -> list[Problem]:
    """Words that decide what a figure is (scenario, grain, entity) must be known: guessing would put it in the wrong place."""
    problems = []
    for part in (source.scenario, source.grain, source.entity):
        if isinstance(part, (ScenarioByRow, GrainByRow, EntityByRow)):
            known = list(part.map or company.entities["code"])
            wanted = f"one of {', '.join(known)}"
            unknown = text.loc[~text[part.column].isin(known), part.column].drop_duplicates()
            problems += at_most([Problem(f"unknown {part.column}", f"{name}, row {n}", repr(t), wanted) for n, t in unknown.items()])
    return problems


def map_source(text: pd.DataFrame, source: Source, name: str, company: Company) -> Load:
    """One checked source as leaf rows and control totals, with the findings of reading and mapping it."""
    read, out = len(text), findings.left_out(text, source, name)
    text = remaining(text, source)
    text = text.assign(**{column: _whole(text[column]).astype(str) for column in _whole_columns(source)})  # 2021.0 is 2021
    frame = _frame(text, source, company)
    corrected, centre, unknown_centre = _cost_centres(text, frame["period"], source, company)
    frame = frame.assign(entity=_entities(text, centre, source, company))
    long = _melt(text, frame.assign(cost_centre=centre), source)
    account, unknown_account = _accounts(long, source, company)
    found = [
        *out,
        *findings.duplicates(text, source, name),
        *findings.alike(text, source, name),
        *findings.undated(text, source, name),
        *findings.repeated(text, source, name),
        *findings.corrected(corrected, source, name),
        *vouchers.unbalanced(text, source, name),
        *findings.strange_partners(frame, source, company, name),
        *findings.unmapped(unknown_centre, name, "cost centre", source.cost_centre.column or ""),
        *findings.unmapped(unknown_account, name, "account", SEPARATOR.join(source.account.by)),
    ]
    kept = long.assign(account=account)[account != ""].assign(case="base", layer="booked", source=name)
    kept, closing = _natural(kept, source, company)
    found += findings.closing_entries(closing, name)
    rounded = _rounded(kept, company, name)
    found += findings.rounded(kept["amount"], rounded["amount"], name)
    posted = _rounded(sum_postings(rounded[[*plan_key(tuple(company.file.dimensions)), "known", "source", "amount"]]), company, name)
    is_total = posted["account"].map(company.tree.is_total).astype(bool)  # of no rows at all it would be texts
    rows = _rounded(_balances(posted[~is_total], source, company), company, name)
    days = _dates(text[source.posted.events.date]) if source.posted and source.posted.events else frame["period"]
    became = {"left_out": read - len(text), "amounts": len(long), "skipped": int((account == "").sum()), "closing": len(closing)}
    became |= _mapped(kept, company) | {"cells": len(rows), "controls": int(is_total.sum())}
    return Load(rows, posted[is_total], found, {name: read}, vouchers.backed(text, frame, days, source, name), {name: became})


def _mapped(kept: pd.DataFrame, company: Company) -> dict[str, int]:
    """How many amounts stand on accounts that add up from others, and how many on their leaves."""
    totals = int(kept["account"].map(company.tree.is_total).sum())
    return {"totals": totals, "leaves": len(kept) - totals}


def _natural(long: pd.DataFrame, source: Source, company: Company) -> tuple[pd.DataFrame, pd.Series]:
    """Postings in their accounts' natural direction, without the closing entries of flows; and the amounts of those."""
    if source.posted is None:
        return long, pd.Series(dtype=float)
    turned = long.assign(amount=long["amount"] * long["account"].map(company.sides))
    flow = turned["account"].map(company.accounts.set_index("code")["aggregation"]) == "flow"
    if source.posted.carried:
        turned["amount"] = turned["amount"].where(~(flow & turned["carried"]), _own_side(turned, company))
    closing = flow & turned["closing"]
    return turned[~closing], turned.loc[closing, "amount"]


def _own_side(turned: pd.DataFrame, company: Company) -> pd.Series:
    """What stands on an account's own side; where that is the larger one the result was carried there, and the other side moved it."""
    credit_side = turned["account"].map(company.sides) < 0
    own, other = turned["debit"].where(~credit_side, turned["credit"]), turned["credit"].where(~credit_side, turned["debit"])
    return own.where(other >= own - CENT, -other)


def _balances(posted: pd.DataFrame, source: Source, company: Company) -> pd.DataFrame:
    """Rows of stocks as month-end balances, where the source gives postings and says so; flows as all that was known by each day."""
    if source.posted is None:
        return posted
    if source.balances == "given":
        return sums_as_known(posted)
    stock = posted["account"].map(company.accounts.set_index("code")["aggregation"]) == "stock"
    parts = [sums_as_known(posted[~stock])]
    for _, same in posted.groupby(["scenario", "version"], sort=False):
        first, last = same["period"].min(), same["period"].max()
        months = pd.Series(month_range(first, months_between(first, last) + 1))
        closes = _known_of(months, source, company.calendar).set_axis(months)
        parts.append(month_end_balances(same[stock.loc[same.index]], closes))
    return pd.concat(parts, ignore_index=True)[list(posted.columns)]


def _frame(text: pd.DataFrame, source: Source, company: Company) -> pd.DataFrame:
    """What every amount of a row shares: scenario, version, entity, further dimensions, grain, period, known."""
    calendar = company.calendar
    parts = pd.DataFrame(index=text.index)
    parts["grain"] = text[source.grain.column].map(source.grain.map) if isinstance(source.grain, GrainByRow) else source.grain
    parts["period"] = _periods(text, parts["grain"], source, calendar)
    parts["scenario"] = _scenarios(text, source)
    parts["version"] = _versions(text, parts, source, calendar)
    parts["known"] = _known(text, parts, source, calendar)
    for dimension in company.file.dimensions:
        rule = source.dimensions.get(dimension)
        parts[dimension] = text[rule.column].replace("", rule.none) if rule else "none"
    parts["closing"] = _closing(text, source)
    if source.posted and source.posted.carried:
        sides = text[source.posted.columns].replace("", "0").astype(float) * source.scale
        parts[["debit", "credit"]] = sides.set_axis(["debit", "credit"], axis=1)
        parts["carried"] = _carried(parts["period"], source, calendar)
    return parts


def _entities(text: pd.DataFrame, centre: pd.Series, source: Source, company: Company) -> pd.Series | str:
    """The entity of each row: the source's one, its own column's, or its cost centre's."""
    match source.entity:
        case EntityByRow(column=column, map=meaning):
            return text[column].replace(meaning)
        case EntityOfCentre():
            return centre.map(company.cost_centres.set_index("code")["entity"])
    return source.entity


def _closing(text: pd.DataFrame, source: Source) -> pd.Series | bool:
    """Which rows carry the result to equity."""
    if source.posted is None or not source.posted.closing:
        return False
    marks = {column: [said] if isinstance(said, str) else said for column, said in source.posted.closing.items()}
    return pd.DataFrame({column: text[column].isin(texts) for column, texts in marks.items()}).all(axis=1)


def _carried(period: pd.Series, source: Source, calendar: FiscalCalendar) -> pd.Series:
    """Which rows stand in a month in which profit and loss is carried to equity."""
    return calendar.month_number(period).isin(source.posted.carried) | period.dt.strftime("%Y-%m").isin(source.posted.carried)


def _periods(text: pd.DataFrame, grain: pd.Series, source: Source, calendar: FiscalCalendar) -> pd.Series:
    if source.period.date:
        return _dates(text[source.period.date]).dt.to_period("M").dt.to_timestamp()
    if source.period.month:
        number = _whole(text[source.period.month])
    else:
        closed = 3 * _whole(text[source.report.quarter]) if source.report else 1
        number = pd.Series(np.where(grain == "year_to_date", closed, 1), index=text.index)
    return _period_of(_fiscal_years(text, source, calendar), number, calendar)


def _period_of(fiscal_year: pd.Series, number: pd.Series, calendar: FiscalCalendar) -> pd.Series:
    months = calendar.first_month - 1 + number - 1
    first_year = fiscal_year - (0 if calendar.first_month == 1 else 1)
    return pd.to_datetime(pd.DataFrame({"year": first_year + months // 12, "month": months % 12 + 1, "day": 1})).astype("datetime64[ns]")


def _scenarios(text: pd.DataFrame, source: Source) -> pd.Series:
    if isinstance(source.scenario, ScenarioByRow):
        return text[source.scenario.column].map(source.scenario.map)
    if isinstance(source.scenario, ClosedThrough):
        closed = _whole(text[source.period.month]) <= 3 * _whole(text[source.scenario.quarter])
        return closed.map({True: "actual", False: "forecast"})
    return pd.Series(source.scenario, index=text.index)


def _versions(text: pd.DataFrame, parts: pd.DataFrame, source: Source, calendar: FiscalCalendar) -> pd.Series:
    """`{fiscal_year}`, `{report}` (as in 2021_q2) and columns filled in by row; actuals are one version, told apart by `known`."""
    template = parts["scenario"].map(source.version).fillna(parts["scenario"])
    named = {"fiscal_year": calendar.fiscal_year(parts["period"]).astype(str), "report": _reports(text, source)}
    named = {column: text[column] for each in source.version.values() for column in filled_in(each)} | named
    filled = template.astype(object)
    for name, texts in named.items():
        filled = pd.Series([t.replace(f"{{{name}}}", by) for t, by in zip(filled, texts, strict=True)], index=text.index, dtype=object)
    return filled


def _reports(text: pd.DataFrame, source: Source) -> pd.Series:
    if source.report is None:
        return pd.Series("", index=text.index)
    return _whole(text[source.report.fiscal_year]).astype(str) + "_q" + _whole(text[source.report.quarter]).astype(str)


def _known(text: pd.DataFrame, parts: pd.DataFrame, source: Source, calendar: FiscalCalendar) -> pd.Series:
    if source.known.column:
        days = _dates(text[source.known.column])
        return _days_after(days if source.known.after is None else np.maximum(days, month_end(parts["period"])), source)
    if source.known.after == "report":
        year, number = _whole(text[source.report.fiscal_year]), 3 * _whole(text[source.report.quarter])
        return _days_after(month_end(_period_of(year, number, calendar)), source)
    return _known_of(parts["period"], source, calendar)


def _known_of(periods: pd.Series, source: Source, calendar: FiscalCalendar) -> pd.Series:
    """The day on which a period's figures are known, where it depends on the period alone; its last day where rows say it themselves."""
    match source.known.after:
        case None:
            return month_end(periods).astype("datetime64[ns]")
        case "period_end":
            end = month_end(periods)
        case side:
            number = pd.Series(1 if side == "year_start" else 12, index=periods.index)
            end = _period_of(calendar.fiscal_year(periods), number, calendar)
            end = end if side == "year_start" else month_end(end)
    return _days_after(end, source)


def _days_after(days: pd.Series, source: Source) -> pd.Series:
    return (days + pd.Timedelta(days=source.known.days)).astype("datetime64[ns]")


def _cost_centres(text: pd.DataFrame, periods: pd.Series, source: Source, company: Company) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Whether a row was corrected, its cost centre, and the codes nobody knows (empty where known)."""
    rule = source.cost_centre
    nothing = pd.Series("", index=text.index)
    if rule.code:
        return pd.Series(-1, index=text.index), pd.Series(rule.code, index=text.index), nothing
    centre, corrected = text[rule.column].copy(), pd.Series(-1, index=text.index)
    if rule.none:
        centre = centre.replace("", rule.none)
    if rule.file:
        table = company.dated_codes[rule.file]
        means, listed = table.look_up(centre, periods), centre.isin(table.spans["code"])
        centre = means.where(means.notna(), centre.where(~listed, ""))
    for number, correction in enumerate(rule.corrections):
        hit = pd.Series(True, index=text.index)
        for column, value in correction.when.items():
            hit &= text[column] == value
        centre[hit], corrected[hit] = correction.code, number
    unknown = ~centre.isin(set(company.cost_centres["code"]) - {UNMAPPED_COST_CENTRE})
    return corrected, centre.where(~unknown, UNMAPPED_COST_CENTRE), text[rule.column].where(unknown, "")


def _melt(text: pd.DataFrame, frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """One row an amount: the frame, the columns that name the account, and the amount in units."""
    names = text[_named_by(source)].add_prefix("by ")
    parts = []
    for measure, numbers in amounts(text, source).items():
        parts.append(pd.concat([frame, names], axis=1).assign(**{"by measure": measure, "amount": numbers * source.scale}))
    return pd.concat(parts, ignore_index=True)


def _accounts(long: pd.DataFrame, source: Source, company: Company) -> tuple[pd.Series, pd.Series]:
    """The account of each amount ("" where skipped on purpose), and the code nobody knows ("" where known)."""
    rule = source.account
    code = long["by " + rule.by[0]]
    for column in rule.by[1:]:
        code = code + SEPARATOR + long["by " + column]
    known, skipped = code.map(rule.map), code.isin(rule.skip)
    if rule.file:
        known = known.where(known.notna(), company.dated_codes[rule.file].look_up(code, long["period"]))
    if rule.same:
        ours = company.accounts["code"] if source.posted is None else list(company.sides)
        known = known.where(known.notna() | ~code.isin(ours), code)
    account = known.where(known.notna(), rule.unmapped).where(~skipped, "")
    return account, code.where(known.isna() & ~skipped, "")


def digits_by_account(company: Company) -> pd.Series:
    """Decimal places kept, by account: the currency's for money, the account's own scale for the rest."""
    accounts = company.accounts.set_index("code")
    money = accounts["unit"] == company.file.currency
    return accounts["scale"].where(~money, minor_digits(company.file.currency))


def _rounded(table: pd.DataFrame, company: Company, name: str) -> pd.DataFrame:
    """Amounts rounded to the smallest unit; RequestError where one is too large to be kept exactly."""
    digits = table["account"].map(digits_by_account(company)).to_numpy()
    inexact = table[table["amount"].abs() * 10.0**digits >= LARGEST]
    if len(inexact):
        cells = inexact[["account", "period", "amount"]].itertuples(index=False)
        wanted = f"less than {LARGEST:,} of the smallest unit"
        wrong = [Problem("too large to be exact", f"{name}, {account} {when:%Y-%m}", f"{got:g}", wanted) for account, when, got in cells]
        raise RequestError(name, at_most(wrong))
    return table.assign(amount=from_minor(to_minor(table["amount"].to_numpy(), digits), digits))
