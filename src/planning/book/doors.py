"""What callers hand over, checked before anything is written; every problem is found before the first is raised."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from planning.book.cells import Cells, Digits, cell_name, exact_cells, line_columns, line_numbers, scales
from planning.core.errors import Problem, RequestError
from planning.core.money import LARGEST
from planning.core.tables import OPTIONAL_DIMENSIONS, contract_problems, plan_key, plan_schema

MOST_BYTES = 2300
"""The codes of one line together, in UTF-8; with a name they are what PostgreSQL's index takes."""

MOST_NAME_BYTES = 200
"""One name, in UTF-8."""

MOST_PROBLEMS = 20
"""Of one kind, so that a bad table of a million rows stays readable."""


def refusal(what: str, where: str, got: str = "", expected: str = "", next: str = "") -> RequestError:
    """The error of a request with one problem."""
    return RequestError("the book", [Problem(what, where, got, expected, next)])


def check_names(**names: str) -> None:
    """Names that must be there: texts, not blank, not too long, storable."""
    problems = [problem for name, said in names.items() for problem in _name_problems(said, name)]
    if problems:
        raise RequestError("the book", problems)


def _name_problems(said: str, where: str) -> list[Problem]:
    if not isinstance(said, str) or not said.strip():
        return [Problem("a name is missing", where, repr(said))]
    size = len(said.encode(errors="replace"))
    if size > MOST_NAME_BYTES:
        return [Problem("a name is too long", where, f"{size} bytes", f"at most {MOST_NAME_BYTES}")]
    return _text_problems(said, where)


def check_texts(**texts: str) -> None:
    """Texts that may be empty."""
    problems = [problem for name, said in texts.items() for problem in _text_problems(said, name)]
    if problems:
        raise RequestError("the book", problems)


def check_reason(reason: str) -> None:
    """A reason that says something."""
    check_texts(reason=reason)
    if not reason.strip():
        raise refusal("a reason is missing", "reason", repr(reason), "why, in a sentence")


def check_json(said: Any, what: str) -> None:
    """What must be writable as JSON on every database: no dates, no missing numbers, no zero bytes."""
    try:
        written = json.dumps(said, allow_nan=False, ensure_ascii=False)
        problems = _text_problems(written, what) or (_text_problems("\0", what) if "\\u0000" in written else [])
    except (TypeError, ValueError, RecursionError) as error:
        problems = [Problem("can't be written as JSON", what, str(error))]
    if problems:
        raise RequestError("the book", problems)


def _text_problems(text: str, where: str) -> list[Problem]:
    """Zero bytes and half characters are in no database's text."""
    if isinstance(text, str) and "\0" not in text and text.encode(errors="replace").decode() == text:
        return []
    return [Problem("a text that can't be stored", where, ascii(text), "text without zero bytes and half characters")]


def check_plans(tables: list[tuple[str, str, pd.DataFrame]], digits: Digits) -> list[Cells]:
    """Plan tables (scenario, version, table) as the book keeps them; RequestError with every problem of every table."""
    names = [f"{scenario}/{version}" for scenario, version, _ in tables]
    problems = [Problem("given twice", name) for name in sorted({name for name in names if names.count(name) > 1})]
    for scenario, version, table in tables:
        problems += _plan_problems(table, scenario, version, digits)
    if problems:
        raise RequestError("plan cells", problems)
    return [exact_cells(table, digits) for _, _, table in tables]


def _plan_problems(table: pd.DataFrame, scenario: str, version: str, digits: Digits) -> list[Problem]:
    """Structure, then keys and codes, then amounts: each only where the one before holds."""
    where = f"{scenario}/{version}"
    dimensions = tuple(name for name in OPTIONAL_DIMENSIONS if name in table)
    problems = _structure_problems(table, dimensions, where)
    if problems:
        return problems
    table = table.reset_index(drop=True)
    numbers = line_numbers(table)
    problems = contract_problems(table[_suspects(table, numbers)], plan_schema(dimensions), where, MOST_PROBLEMS)
    if problems:
        return problems
    lines = table[~pd.Series(numbers).duplicated()]
    problems = _other_version_problems(table, scenario, version) + _code_problems(lines, where)
    return problems + _digits_problems(lines, digits, where) or _amount_problems(table, digits, where)


def _structure_problems(table: pd.DataFrame, dimensions: tuple[str, ...], where: str) -> list[Problem]:
    """Columns missing, unknown or of the wrong type; nothing is known of the rows yet, not even that codes are texts."""
    texts = plan_key(dimensions)[:-1]
    types = {"period": np.dtype("datetime64[ns]"), "amount": np.dtype("float64")}
    if not table.columns.is_unique:
        return [Problem("a column twice", where, ", ".join(map(str, table.columns)), "each column once")]
    if set(table.columns) != {*texts, *types} or any(table[name].dtype != kind for name, kind in types.items()):
        return contract_problems(table.head(0), plan_schema(dimensions), where)
    wrong = [name for name in texts if pd.api.types.infer_dtype(table[name]) not in ("string", "empty")]
    return [problem for name in wrong for problem in _not_text(table[name], f"{where}, {name}")]


def _not_text(codes: pd.Series, where: str) -> list[Problem]:
    wrong = [(row, code) for row, code in enumerate(codes) if not isinstance(code, str) and code is not None and code == code]
    return [Problem("a code that is not text", f"{where}, row {row}", repr(code), "text") for row, code in wrong[:MOST_PROBLEMS]]


def _suspects(table: pd.DataFrame, numbers: np.ndarray) -> pd.Series:
    """The rows that could break the contract: the first of each line, and any with a wrong period, no amount or a twin.

    A million cells have a few ten thousand lines; checking texts once a line is ten times faster than once a cell.
    """
    names = table.groupby(["scenario", "version"], sort=False, dropna=False).ngroup().to_numpy()
    key = pd.DataFrame({"name": names, "line": numbers, "period": table["period"]})
    first = ~key.duplicated(["name", "line"])
    return first | (table["period"].dt.day != 1) | table["amount"].isna() | key.duplicated(keep=False)


def _other_version_problems(table: pd.DataFrame, scenario: str, version: str) -> list[Problem]:
    others = table[(table["scenario"] != scenario) | (table["version"] != version)]
    names = others[["scenario", "version"]].drop_duplicates().head(MOST_PROBLEMS).itertuples(index=False, name=None)
    where = f"{scenario}/{version}"
    return [Problem("cells of another version", where, "/".join(name), where) for name in names]


def _code_problems(lines: pd.DataFrame, where: str) -> list[Problem]:
    problems = []
    for codes in lines[line_columns(lines)].itertuples(index=False, name=None):
        joined = "".join(codes)
        problems += _text_problems(joined, where)
        size = len(joined.encode(errors="replace"))
        if size > MOST_BYTES:
            problems.append(Problem("the codes of a line are too long", where, f"{size} bytes", f"at most {MOST_BYTES}"))
    return problems[:MOST_PROBLEMS]


def _digits_problems(lines: pd.DataFrame, digits: Digits, where: str) -> list[Problem]:
    accounts = lines["account"].unique()
    places = digits if isinstance(digits, pd.Series) else pd.Series(digits, index=accounts)
    if places.index.has_duplicates:
        return [Problem("an account stands twice in the decimal places", where)]
    wrong = [(code, places.get(code)) for code in accounts if places.get(code) not in range(7)]
    return [
        Problem("wrong decimal places", f"{where}, account {code}", repr(got), "a whole number from 0 to 6")
        for code, got in wrong[:MOST_PROBLEMS]
    ]


def _amount_problems(table: pd.DataFrame, digits: Digits, where: str) -> list[Problem]:
    with np.errstate(over="ignore"):
        scaled = np.rint(np.abs(table["amount"].to_numpy()) * np.power(10.0, scales(table, digits)))
    wrong = table[~(scaled < LARGEST)].head(MOST_PROBLEMS)
    problems = []
    for row, amount, period, *codes in wrong[["amount", "period", *line_columns(table)]].itertuples(name=None):
        at = f"{where}, row {row}, {cell_name(codes, period.year * 10000 + period.month * 100)}"
        problems.append(Problem("an amount too large to be exact", at, repr(amount), f"below {LARGEST:,} smallest units"))
    return problems
