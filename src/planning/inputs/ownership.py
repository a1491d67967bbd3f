"""Who owns how much of each entity from when on, and how it is consolidated: dated columns of entities.csv.

`owned` (0 to 1), `method` (full, equity, none) and `from` (a month, empty: ever since) are optional. A change of ownership is a
further row of the same entity with a later `from`; the rest of the row must say the same.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from planning.core.errors import Problem
from planning.core.periods import MONTH, month
from planning.inputs.code_maps import EVER

DATED = ("owned", "method", "from")
METHODS = ("full", "equity", "none")


def split_ownership(table: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, pd.DataFrame | None, list[Problem]]:
    """Entities without their dated columns, one row each; ownership (entity, owned, method, from); and what is wrong with it.

    `table` holds the file's texts, indexed by line. Ownership is missing where the file has none of the columns.
    """
    if not set(DATED) & set(table.columns):
        return table, None, []
    missing = [
        Problem(f"missing column {column}", str(path), next="owned, method and from go together") for column in DATED if column not in table
    ]
    if missing:
        return table.drop(columns=list(DATED), errors="ignore"), None, missing
    problems = [problem for line, row in table.iterrows() for problem in _row_problems(row, f"{path}, row {line}")]
    entities = table.drop(columns=list(DATED))
    problems += _again_problems(table, entities, path)
    if problems:
        return entities.drop_duplicates("code"), None, problems
    first = table["from"].map(lambda text: month(text) if text else EVER).astype("datetime64[ns]")
    owned = pd.DataFrame({"entity": table["code"], "owned": table["owned"].astype(float), "method": table["method"], "from": first})
    return entities.drop_duplicates("code"), owned.sort_values(["entity", "from"], ignore_index=True), []


def _row_problems(row: pd.Series, where: str) -> list[Problem]:
    found = []
    if not re.fullmatch(r"0|1|0?\.\d+|1\.0*|0\.0*", row["owned"]):
        found.append(Problem("wrong owned", where, repr(row["owned"]), "a share from 0 to 1"))
    if row["method"] not in METHODS:
        found.append(Problem("wrong method", where, repr(row["method"]), f"one of {', '.join(METHODS)}"))
    if row["from"] and not re.fullmatch(MONTH, row["from"]):
        found.append(Problem("wrong from", where, repr(row["from"]), "a month such as 2021-03, or nothing"))
    return found


def _again_problems(table: pd.DataFrame, entities: pd.DataFrame, path: Path) -> list[Problem]:
    """Rows of one entity that begin in the same month, or say something else about it."""
    same = table.duplicated(["code", "from"])
    found = [Problem("duplicate key", f"{path}, row {line}", code, "each from once") for line, code in table.loc[same, "code"].items()]
    other = entities.drop_duplicates().duplicated("code")
    return found + [
        Problem("says something else than before", f"{path}, row {line}", code, "only owned, method and from may change")
        for line, code in entities.drop_duplicates().loc[other, "code"].items()
    ]
