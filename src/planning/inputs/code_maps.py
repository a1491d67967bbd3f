"""Codes that mean something for a span of months: a table beside company.yaml with code, what it means, from, until and reason.

The months are both included and may be empty: from ever, for ever. A code may stand there several times when its spans don't
overlap (a code that was given to another account, a department that moved); outside its spans it is unmapped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from planning.core.errors import Problem, RequestError
from planning.core.periods import MONTH, month
from planning.inputs.csv_files import read_csv

EVER, FOR_EVER = pd.Timestamp("1900-01-01"), pd.Timestamp("2199-12-01")


@dataclass(frozen=True)
class DatedCodes:
    """`spans`: code, means, first and last (periods, both included), one row a span, spans of a code apart."""

    spans: pd.DataFrame

    def look_up(self, codes: pd.Series, periods: pd.Series) -> pd.Series:
        """What each code means in its period; missing where it means nothing."""
        asked = pd.DataFrame({"code": codes.to_numpy(), "period": periods.to_numpy(), "at": range(len(codes))})
        found = asked.merge(self.spans, on="code")
        found = found[found["period"].between(found["first"], found["last"])].set_index("at")["means"]
        return found.reindex(range(len(codes))).set_axis(codes.index)


def read_dated_codes(path: Path, means: str) -> DatedCodes:
    """The table; `means` names the column that says what a code means (account, cost_centre). RequestError with every problem."""
    table = read_csv(path)
    wanted = ["code", means, "from", "until", "reason"]
    problems = [Problem(f"missing column {column}", str(path)) for column in wanted if column not in table]
    problems += [Problem(f"unknown column {column}", str(path)) for column in table if column not in wanted]
    if not problems:
        problems = _cell_problems(table, means, path)
    if problems:
        raise RequestError(str(path), problems)
    spans = pd.DataFrame({"code": table["code"], "means": table[means], "first": _months(table["from"], EVER)})
    spans["last"] = _months(table["until"], FOR_EVER)
    problems = _span_problems(spans, path)
    if problems:
        raise RequestError(str(path), problems)
    return DatedCodes(spans)


def _cell_problems(table: pd.DataFrame, means: str, path: Path) -> list[Problem]:
    found = []
    for line, row in table.iterrows():
        found += [Problem(f"no {column}", f"{path}, row {line}", expected="a code") for column in ("code", means) if not row[column]]
        for column in ("from", "until"):
            if row[column] and not re.fullmatch(MONTH, row[column]):
                found.append(Problem(f"wrong {column}", f"{path}, row {line}", repr(row[column]), "a month such as 2021-03, or nothing"))
    return found


def _months(texts: pd.Series, none: pd.Timestamp) -> pd.Series:
    return texts.map(lambda text: month(text) if text else none).astype("datetime64[ns]")


def _span_problems(spans: pd.DataFrame, path: Path) -> list[Problem]:
    """Spans that end before they begin, and spans of one code that overlap: which of the two holds can't be told."""
    backward = spans[spans["first"] > spans["last"]]
    found = [Problem("until is earlier than from", f"{path}, row {line}", code) for line, code in backward["code"].items()]
    for code, same in spans.sort_values("first").groupby("code"):
        overlap = same["first"] <= same["last"].shift(fill_value=pd.Timestamp.min).cummax()
        found += [Problem("spans overlap", f"{path}, row {line}", code, "one meaning a month") for line in same.index[overlap]]
    return found
