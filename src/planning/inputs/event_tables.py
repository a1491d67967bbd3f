"""Event tables: read as text, checked against their contract, typed; nothing is dropped, what is odd becomes a finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from planning.core.errors import Problem, RequestError, at_most
from planning.core.events import EVENTS, KEYS, SERIES, EventColumn
from planning.core.periods import month_end
from planning.core.tables import contract_problems
from planning.inputs.company import Attribute, Company, EventSource
from planning.inputs.findings import finding
from planning.inputs.reading import read_text
from planning.inputs.sources import FILLED, NUMBER

DAY = r"^\d{4}-?\d{2}-?\d{2}(?:[T ].*)?$"
MONTH_ONLY = r"^\d{4}-\d{2}$"
TRUTHS = {"yes": True, "no": False}


def read_events(company: Company, data: Path | None = None) -> tuple[dict[str, pd.DataFrame], dict[str, int], list[dict]]:
    """Every event table of a company, by name; the rows read from each source; and the findings.

    Raises one RequestError with every structural problem of every table.
    """
    tables, read, problems = {}, {}, []
    for name, source in company.file.tables.items():
        try:
            tables[name], read[name] = _read(name, source, company, data)
        except RequestError as wrong:
            problems += wrong.problems
    if problems:
        raise RequestError(f"tables of {company.code}", problems)
    return tables, read, [found for name, table in tables.items() for found in event_findings(name, table, tables)]


def _read(name: str, source: EventSource, company: Company, data: Path | None) -> tuple[pd.DataFrame, int]:
    text = read_text(source, name, company, data)
    if text.empty:
        raise RequestError(name, [Problem("no rows", name, expected="at least one")])
    missing = [column for column in _asked(source) if column not in text]
    if missing:
        raise RequestError(name, [Problem(f"missing column {column}", name) for column in missing])
    long = _long(text, source, name)
    problems = [*contract_problems(long, _schema(name, source), name), *_day_problems(long, name, company)]
    if not problems:
        table = _typed(long, name, source)
        problems = _bound_problems(table, long, name)
    if problems:
        raise RequestError(name, problems)
    return table.reset_index(drop=True), len(text)


def _asked(source: EventSource) -> list[str]:
    """The columns of the file that company.yaml names."""
    parts = [column for part in source.each for column in part.columns.values()]
    return list(dict.fromkeys([*source.columns.values(), *parts, *(what.column for what in source.attributes.values())]))


def _long(text: pd.DataFrame, source: EventSource, name: str) -> pd.DataFrame:
    """Our columns, still as text: one row a row, or one for each part of a wide table; texts that company.yaml explains are replaced."""
    known = {**source.columns, **{code: what.column for code, what in source.attributes.items()}}
    parts = []
    for part in source.each or [None]:
        columns = known | (part.columns if part else {})
        rows = pd.DataFrame({ours: text[theirs] for ours, theirs in columns.items()}, index=text.index)
        parts.append(rows.assign(**(part.set if part else {})))
    long = pd.concat(parts).fillna("")
    for column, meaning in source.values.items():
        if column in long:
            long[column] = long[column].map(meaning).fillna(long[column])
    for column, rule in EVENTS[name].items():
        if column not in long and not rule.filled:
            long[column] = ""
    return long[[*EVENTS[name], *source.attributes]]


def _schema(name: str, source: EventSource) -> pa.DataFrameSchema:
    columns = {column: pa.Column(None, _form(rule)) for column, rule in EVENTS[name].items()}
    columns |= {code: pa.Column(None, _attribute_form(what)) for code, what in source.attributes.items()}
    return pa.DataFrameSchema(columns)


def _form(rule: EventColumn) -> pa.Check:
    """How a text must look to be what the contract wants."""
    if rule.choices:
        return pa.Check.isin(rule.choices, error=f"one of {', '.join(rule.choices)}")
    if rule.kind == "truth":
        return pa.Check.isin(tuple(TRUTHS), error="yes or no: say in company.yaml, values, which text means which")
    if rule.kind == "day":
        return pa.Check.str_matches(f"{DAY}|{MONTH_ONLY}", error="a date such as 2021-03-31")
    if rule.kind == "number":
        return pa.Check.str_matches(NUMBER if rule.filled else f"{NUMBER}|^$", error="a number")
    return pa.Check.str_matches(FILLED, error="a value")


def _attribute_form(what: Attribute) -> pa.Check:
    if not what.values:
        return pa.Check.str_matches(NUMBER, error="a number, or name its values in company.yaml")
    return pa.Check.isin(tuple(what.values), error=f"one of {', '.join(what.values)}")


def _day_problems(long: pd.DataFrame, name: str, company: Company) -> list[Problem]:
    """Days outside the company's calendar, or that there are not."""
    span = company.calendar.start, month_end(company.calendar.end)
    problems = []
    for column in _of_kind(name, "day"):
        days = _days(long[column])
        outside = days.isna() | (days < span[0]) | (days > span[1])
        texts = long.loc[outside & long[column].str.match(f"{DAY}|{MONTH_ONLY}"), column]
        where, wanted = f"{name}, row {{}}, {column}", f"a day from {span[0]:%Y-%m-%d} to {span[1]:%Y-%m-%d}"
        problems += [Problem("period outside the calendar", where.format(row), repr(text), wanted) for row, text in texts.items()]
    return at_most(problems)


def _of_kind(name: str, kind: str) -> list[str]:
    return [column for column, rule in EVENTS[name].items() if rule.kind == kind]


def _days(texts: pd.Series) -> pd.Series:
    """The day as it is written, whatever time stands behind it; missing where there is no such day."""
    return pd.to_datetime(texts.str.extract(r"^(\d{4}-?\d{2}-?(?:\d{2})?)", expand=False), format="ISO8601", errors="coerce")


def _typed(long: pd.DataFrame, name: str, source: EventSource) -> pd.DataFrame:
    table = long.copy()
    for column in _of_kind(name, "day"):
        table[column] = _days(long[column]).astype("datetime64[ns]")
    for column in [*_of_kind(name, "number"), *(code for code, what in source.attributes.items() if not what.values)]:
        table[column] = long[column].where(long[column] != "", "nan").astype(float)
    for column in _of_kind(name, "truth"):
        table[column] = long[column].map(TRUTHS).astype(bool)
    return table


def _bound_problems(table: pd.DataFrame, long: pd.DataFrame, name: str) -> list[Problem]:
    """Numbers that are infinite or beyond their bounds, and spans that don't hold their amount."""
    problems = []
    for column in _of_kind(name, "number"):
        rule, numbers = EVENTS[name][column], table[column]
        breaches = [(np.isinf(numbers), "a finite number")]
        if rule.least is not None:
            breaches.append((numbers < rule.least, f"at least {rule.least:g}"))
        if rule.above is not None:
            breaches.append((numbers <= rule.above, f"more than {rule.above:g}"))
        for wrong, wanted in breaches:
            problems += [Problem(f"wrong {column}", f"{name}, row {row}", text, wanted) for row, text in long.loc[wrong, column].items()]
    return at_most([*problems, *_span_problems(table, name)])


def _span_problems(table: pd.DataFrame, name: str) -> list[Problem]:
    if name == "cash_flows":
        half = table["lower"].isna() != table["upper"].isna()
        wrong = table[half | (table["lower"] > table["amount"]) | (table["upper"] < table["amount"])]
        said = wrong.apply(lambda row: f"{row['lower']:g} … {row['amount']:g} … {row['upper']:g}", axis=1)
        wanted = "lower ≤ amount ≤ upper, or neither of the two"
        return [Problem("wrong span", f"{name}, row {row}", span, wanted) for row, span in said.items()]
    if name == "indicators":
        same = table.loc[table["floor"] == table["ceiling"], "ceiling"]
        return [Problem("wrong ceiling", f"{name}, row {row}", f"{value:g}", "another than floor") for row, value in same.items()]
    return []


def event_findings(name: str, table: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> list[dict]:
    """What is odd about an event table: keys that stand there twice, values that are missing, periods left out, periods without sales."""
    return [*_duplicates(name, table), *_missing(name, table), *_gaps(name, table), *_orphans(name, table, tables)]


def _duplicates(name: str, table: pd.DataFrame) -> list[dict]:
    key = list(KEYS.get(name, ()))
    again = table[table.duplicated(key, keep=False)] if key else table.iloc[:0]
    groups = again.groupby(key) if key else []
    said = "{} rows have this key; all of them count"
    return [finding(name, "duplicate", _said_key(values), said.format(len(rows)), rows=len(rows)) for values, rows in groups]


def _said_key(values: tuple) -> str:
    return " · ".join(f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value) for value in values)


def _missing(name: str, table: pd.DataFrame) -> list[dict]:
    """Optional columns that are filled in some rows only; one that no row fills isn't there at all."""
    found = []
    for column, rule in EVENTS[name].items():
        empty = int(table[column].isna().sum())
        if not rule.filled and 0 < empty < len(table) and name in ("customers", "orders"):
            found.append(finding(name, "missing", column, f"{empty:,} of {len(table):,} rows have no {column}", rows=empty))
    return found


def _gaps(name: str, table: pd.DataFrame) -> list[dict]:
    if name not in SERIES:
        return []
    days = pd.Series(table["period"].sort_values().unique())
    steps = days.diff().dt.days
    usual = steps.mode()
    wide = steps[steps > usual.iloc[0] * 1.5] if len(usual) and usual.iloc[0] < 28 else steps.iloc[:0]
    said = "no period in the {:.0f} days before; usually {:.0f}"
    return [finding(name, "gap", f"{days[at]:%Y-%m-%d}", said.format(step, usual.iloc[0])) for at, step in wide.items()]


def _orphans(name: str, table: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> list[dict]:
    """Periods of campaigns or conditions for which there are no sales."""
    if name not in ("campaigns", "conditions") or "sales" not in tables:
        return []
    alone = sorted(set(table["period"]) - set(tables["sales"]["period"]))
    said = f"{len(alone):,} periods have no sales"
    return [finding(name, "orphan", f"{alone[0]:%Y-%m-%d} to {alone[-1]:%Y-%m-%d}", said, rows=len(alone))] if alone else []
