"""Two versions side by side, or two cases: cell by cell what differs, and what it comes to by a dimension.

Pure: the cells are handed in exact (whole smallest units and scale), already cut to what the reader sees. Nothing is rounded.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from planning.core.money import from_minor
from planning.core.tables import OPTIONAL_DIMENSIONS
from planning.plan.workbook import Chart

KEYS = ("case", "entity", "cost_centre", "account", "layer", *OPTIONAL_DIMENSIONS, "grain", "period")
"""What makes a cell, and what totals may be asked by."""
ADDED = ("revenue", "expense")
"""The kinds of accounts whose amounts are added to each other, returns and the like with their sign; others stand by themselves."""


class Compared(NamedTuple):
    """Two sides compared: `cells`, those that differ, the largest difference first (KEYS, one, other, difference; NaN where a side has no
    such cell); `totals` of what differs by a dimension (value, of, unit, cells, one, other, difference), likewise; `same`: cells that
    are equal; `only`: how many one side alone has, and the other; `effects`: by unit what it does to the result."""

    cells: pd.DataFrame
    totals: pd.DataFrame
    same: int
    only: tuple[int, int]
    effects: dict[str, float]


def build_compared(one: pd.DataFrame, other: pd.DataFrame, chart: Chart, by: str, across_cases: bool = False) -> Compared:
    """Two sides' exact cells compared. `across_cases`: a cell is matched with that of the other side's case.

    Totals are those of all of a dimension's cells, for the values in which any differs. Revenues are added to revenues and costs to
    costs; other accounts, such as heads, stand by themselves, and one that is no flow has no total over several months or places.
    """
    both = _matched(one, other, [key for key in KEYS if not (across_cases and key == "case")])
    differ = both[~both["same"]]
    cells = _sorted(differ[[*both.columns.intersection(KEYS), "one", "other", "difference"]])
    only = int(differ["one"].isna().sum()), int(differ["other"].isna().sum())
    totals, effects = _totals(both, chart, by), _effects(differ, chart)
    return Compared(cells, totals, int(both["same"].sum()), (only[1], only[0]), effects)


def _matched(one: pd.DataFrame, other: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Every cell of either side: key, amounts in units, in smallest units and scale; whether they are the same, and the difference."""
    both = one[[*key, "amount", "scale"]].merge(other[[*key, "amount", "scale"]], on=key, how="outer", suffixes=("_one", "_other"))
    both = both.astype({name: "Int64" for name in both.columns if name.startswith(("amount_", "scale_"))})
    scale = both[["scale_one", "scale_other"]].max(axis=1)
    whole = {side: _at_scale(both[f"amount_{side}"], both[f"scale_{side}"], scale) for side in ("one", "other")}
    units = {side: _in_units(both[f"amount_{side}"], both[f"scale_{side}"]) for side in whole}
    apart = [b - a for a, b in zip(whole["one"], whole["other"], strict=True)]
    there = both["amount_one"].notna() & both["amount_other"].notna()
    return both[key].assign(
        **units, minor_one=whole["one"], minor_other=whole["other"], minor=apart, scale=scale.astype("int64"),
        difference=[value / 10**places for value, places in zip(apart, scale, strict=True)],
        same=there.to_numpy() & np.array([value == 0 for value in apart], dtype=bool),
    )  # fmt: skip


def _at_scale(amounts: pd.Series, scales: pd.Series, scale: pd.Series) -> pd.Series:
    """Whole numbers of the finer of two smallest units, of any size; 0 where there is no cell."""
    values = amounts.fillna(0).tolist()
    steps = (scale - scales.fillna(scale)).tolist()
    return pd.Series([value * 10**step for value, step in zip(values, steps, strict=True)], index=amounts.index, dtype=object)


def _in_units(amounts: pd.Series, scales: pd.Series) -> np.ndarray:
    found = from_minor(amounts.fillna(0).to_numpy("int64"), scales.fillna(0).to_numpy("float64"))
    return np.where(amounts.isna().to_numpy(dtype=bool), np.nan, found)


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    """The largest difference first, of equal ones in the order of their keys."""
    keys = [name for name in table if name not in ("one", "other", "difference", "cells")]
    ordered = table.sort_values(keys, kind="stable")
    return ordered.sort_values("difference", key=lambda said: -said.abs().fillna(-1.0), kind="stable", ignore_index=True)


# Totals


def _totals(both: pd.DataFrame, chart: Chart, by: str) -> pd.DataFrame:
    """Sums by a dimension's value, by what is added up, by unit; only of values and kinds in which a cell differs."""
    accounts = chart.tree.accounts
    kind = both["account"].map(accounts["kind"])
    signs = np.where(kind == "revenue", 1, -1) * both["account"].map(accounts["effect"]).fillna(1)
    added = kind.isin(ADDED) & (signs != 0) & (by != "account")
    rows = both.assign(
        value=both[by], of=kind.where(added, both["account"]), unit=chart.units(both), moved=(~both["same"]).astype(int),
        sign=signs.where(added, 1).astype(int), flow=(both["account"].map(accounts["aggregation"]) == "flow"),
    )  # fmt: skip
    found = [(*key, *_sum(part)) for key, part in rows.groupby(["value", "of", "unit"], sort=True) if part["moved"].any()]
    return _sorted(pd.DataFrame(found, columns=["value", "of", "unit", "cells", "one", "other", "difference"]))


def _sum(part: pd.DataFrame) -> tuple:
    """Cells that differ, and the exact sums of both sides: none where one has no cell, and none of a stock over months or places."""
    if not part["flow"].all() and len(part) > 1:
        return int(part["moved"].sum()), np.nan, np.nan, np.nan
    places = int(part["scale"].max())
    there = {"minor_one": part["one"].notna().any(), "minor_other": part["other"].notna().any(), "minor": True}
    sums = (_exact_sum(part, name, places) / 10**places if any_there else np.nan for name, any_there in there.items())
    return int(part["moved"].sum()), *sums


def _exact_sum(part: pd.DataFrame, name: str, places: int) -> int:
    rows = zip(part[name], part["sign"], part["scale"], strict=True)
    return sum(value * int(sign) * 10 ** (places - scale) for value, sign, scale in rows)


def _effects(differ: pd.DataFrame, chart: Chart) -> dict[str, float]:
    """By unit what the differences of flows do to the result; units in which it is nothing aren't there."""
    accounts = chart.tree.accounts
    flows = differ[differ["account"].map(accounts["aggregation"]) == "flow"]
    rows = flows.assign(sign=flows["account"].map(accounts["effect"]).fillna(0).astype(int), unit=chart.units(flows))
    found = {unit: _exact_sum(part, "minor", 6) / 10**6 for unit, part in rows.groupby("unit", sort=True)}
    return {unit: effect for unit, effect in found.items() if effect}

