"""The contracts of the tidy tables, checked where a table enters or leaves the house, and the reading of vintages.

A plan table has one row a cell: KEY and amount. Rows from sources carry `known` too, the day they could be known.
Amounts are in units (currency or the account's unit), positive in the account's natural direction.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from planning.core.accounts import AGGREGATIONS
from planning.core.errors import Problem, at_most
from planning.core.periods import GRAINS

SCENARIOS = ("actual", "budget", "forecast", "target")
LAYERS = ("booked", "accrual", "adjustment", "top_side", "elimination", "allocation")
OPTIONAL_DIMENSIONS = ("partner", "movement", "product", "channel", "store", "project")
"""What company.yaml may declare beyond the columns every plan table has."""

KEY = ("scenario", "version", "case", "entity", "cost_centre", "account", "layer", "grain", "period")
BAND_COLUMNS = ("quantile", "value")
"""Quantiles are a table of their own: the plan key, the quantile (0 to 1) and its value in the account's unit."""


def plan_key(dimensions: tuple[str, ...] = ()) -> list[str]:
    """The key of a plan table in a company that declares these further dimensions."""
    return [*KEY[:-2], *dimensions, *KEY[-2:]]


def _text(values: tuple[str, ...] = ()) -> pa.Column:
    return pa.Column(None, _one_of(values) if values else _is_text(), nullable=False)


def _code() -> pa.Column:
    return pa.Column(None, _is_text(), unique=True)


def _is_text() -> pa.Check:
    """A text that says something. (pandera's own check of the type str takes ten times as long.)"""
    return pa.Check(lambda values: values.map(lambda value: isinstance(value, str) and value != "").astype(bool), error="text")


def _one_of(values: tuple) -> pa.Check:
    return pa.Check.isin(values, error=f"one of {', '.join(map(str, values))}")


def plan_schema(dimensions: tuple[str, ...] = (), sourced: bool = False) -> pa.DataFrameSchema:
    """The contract of a plan table; `sourced` adds `known`, which is then part of the key."""
    columns = {name: _text() for name in (*KEY[:-2], *dimensions)}
    columns |= {"scenario": _text(SCENARIOS), "layer": _text(LAYERS), "grain": _text(GRAINS)}
    columns["period"] = pa.Column("datetime64[ns]", pa.Check(lambda s: s.dt.day == 1, error="the first day of a month"))
    columns["amount"] = pa.Column(float, pa.Check(np.isfinite, error="a finite number"), nullable=False)
    key = plan_key(dimensions)
    if sourced:
        columns["known"] = pa.Column("datetime64[ns]", nullable=False)
        key.append("known")
    return pa.DataFrameSchema(columns, unique=key, strict=True)


def accounts_schema() -> pa.DataFrameSchema:
    """The contract of the accounts dimension."""
    return pa.DataFrameSchema(
        {
            "code": _code(),
            "parent": pa.Column(None, _is_text(), nullable=True),
            "label_en": _text(),
            "label_zh": _text(),
            "kind": _text(("revenue", "expense", "result", "balance", "statistical")),
            "weight": pa.Column(float, _one_of((-1.0, 0.0, 1.0))),
            "effect": pa.Column(int, _one_of((-1, 0, 1))),
            "better": _text(("up", "down", "neutral")),
            "aggregation": _text(AGGREGATIONS),
            "unit": _text(),
            "scale": pa.Column(int, pa.Check.in_range(0, 6, error="0 to 6")),
        },
        strict=True,
    )


def cost_centres_schema() -> pa.DataFrameSchema:
    """The contract of the cost-centre dimension."""
    columns = {"code": _code(), "parent": pa.Column(None, _is_text(), nullable=True)}
    columns |= {name: _text() for name in ("entity", "label_en", "label_zh")}
    columns["owner"] = pa.Column(None, _is_text(), nullable=True)
    return pa.DataFrameSchema(columns, strict=True)


def entities_schema() -> pa.DataFrameSchema:
    """The contract of the entity dimension."""
    columns = {"code": _code(), "parent": pa.Column(None, _is_text(), nullable=True)}
    columns |= {name: _text() for name in ("label_en", "label_zh", "currency")}
    return pa.DataFrameSchema(columns, strict=True)


def contract_problems(table: pd.DataFrame, schema: pa.DataFrameSchema, where: str, most: int = 20) -> list[Problem]:
    """Every breach of a contract as a problem (at most `most`, the rest counted); an empty list when it holds."""
    try:
        schema.validate(table, lazy=True)
        return []
    except SchemaErrors as broken:
        cases = broken.failure_cases
    cases = _once(cases)
    problems = [_problem(case, table, where) for case in cases.head(most).to_dict("records")]
    return at_most(problems, most, len(cases))


def _once(cases: pd.DataFrame) -> pd.DataFrame:
    """pandera's failure cases, columns before rows, without the echoes: a key once per column, other checks on a wrong type."""
    again = (cases["check"] == "multiple_fields_uniqueness") & cases.duplicated(["check", "index"])
    type_check = cases["check"].astype(str).str.startswith("dtype(")
    once = cases[~again & (type_check | ~cases["column"].isin(cases.loc[type_check, "column"]))]
    return pd.concat([once[once["index"].isna()], once[once["index"].notna()]])


def _problem(case: dict, table: pd.DataFrame, where: str) -> Problem:
    column, got = case["column"], case["failure_case"]
    got = repr(got.item() if isinstance(got, np.generic) else got)
    row = f"{where}, row {case['index']}" if pd.notna(case["index"]) else where
    match case["check"]:
        case "field_uniqueness":
            return Problem("duplicate key", f"{row}, {column}", got, "each key once")
        case "multiple_fields_uniqueness":
            cell = table.loc[case["index"]].drop("amount", errors="ignore")
            return Problem("duplicate key", row, " · ".join(map(str, cell)), "each key once")
        case "not_nullable":
            return Problem("nothing where a value is needed", f"{row}, {column}", "nothing", "a value")
        case "column_in_dataframe":
            return Problem(f"missing column {case['failure_case']}", where)
        case "column_in_schema":
            return Problem(f"unknown column {case['failure_case']}", where)
        case check:
            return Problem(f"wrong {column}", row, got, str(check))


def as_known(table: pd.DataFrame, when: pd.Timestamp) -> pd.DataFrame:
    """What could be known on a day: of each cell the last row published by then; rows published later do not exist.

    `table` is a sourced plan table (one row a cell and `known`). The result keeps `known`.
    """
    published = table[table["known"] <= when].sort_values("known", kind="stable")
    key = [column for column in table.columns if column not in ("known", "amount")]
    return published.drop_duplicates(key, keep="last").sort_index()


def sum_postings(table: pd.DataFrame) -> pd.DataFrame:
    """Postings with the same key added into one row; float sums are left for the caller to round to the smallest unit."""
    key = [column for column in table.columns if column != "amount"]
    return table.groupby(key, as_index=False, observed=True, sort=False, dropna=False)["amount"].sum()


def departments(cost_centres: pd.DataFrame) -> dict[str, str]:
    """Each cost centre's topmost parent: the department it belongs to, itself where it has no parent."""
    parent = cost_centres.set_index("code")["parent"].dropna().to_dict()

    def top(code: str) -> str:
        while code in parent:
            code = parent[code]
        return code

    return {code: top(code) for code in cost_centres["code"]}
