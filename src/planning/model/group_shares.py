"""Who belongs to a group in which month, and by how much: direct and effective shares, and from when on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.periods import month_text, months_after

FULL, EQUITY = "full", "equity"
REFUSED = {
    (FULL, EQUITY): "loss of control",
    (FULL, "none"): "loss of control",
    (EQUITY, FULL): "control over what was an associate",
    (EQUITY, "none"): "the end of an associate",
}
"""Changes of method that need a revaluation which is not planned here (IFRS 10.25, IFRS 3.42; 企业会计准则第 33 号 48 to 50)."""


@dataclass(frozen=True)
class Holding:
    """One entity in its group, by slot: slot 0 is the opening, slot 1 the first planned month.

    `owner`: who holds it, "" at the top. `owned`: the owner's share; `effective`: the top's, along the chain. `method`: of each slot.
    `start`: the first slot in which it is consolidated in full; as many as there are slots when it never is.
    """

    entity: str
    owner: str
    currency: str
    owned: np.ndarray
    effective: np.ndarray
    method: np.ndarray

    @property
    def start(self) -> int:
        """The first slot of full consolidation."""
        full = np.flatnonzero(self.method == FULL)
        return int(full[0]) if len(full) else len(self.method)

    @property
    def equity_start(self) -> int:
        """The first slot of the equity method."""
        held = np.flatnonzero(self.method == EQUITY)
        return int(held[0]) if len(held) else len(self.method)


def holdings(entities: pd.DataFrame, ownership: pd.DataFrame, periods: pd.DatetimeIndex) -> dict[str, Holding]:
    """Each entity's place in its group, in sorted order.

    `entities`: code, parent (missing at the top), currency. `ownership`: entity, owned (0 to 1, of its parent), method (full, equity,
    none), from (a period): the last in force wins; before its first row an entity is not held. The top needs no row. Raises
    RequestError on unknown or missing entities, shares, chains through an entity that is not consolidated, and changes of method that
    are not supported (REFUSED). Example: 60 % of one that holds 60 % of another are 36 % of that.
    """
    months = [months_after(periods[0], -1), *periods]
    codes = entities["code"].astype(str)
    parents = dict(zip(codes, entities["parent"].where(entities["parent"].notna(), ""), strict=True))
    _refuse(_table_problems(codes, parents, ownership))
    owned, method = {}, {}
    for code in sorted(codes):
        rows = ownership[ownership["entity"] == code].sort_values("from")
        at = np.searchsorted(rows["from"].to_numpy("datetime64[ns]"), np.array(months, "datetime64[ns]"), side="right") - 1
        top = not parents[code] and rows.empty
        owned[code] = np.ones(len(months)) if top else np.where(at >= 0, rows["owned"].to_numpy(float)[at] if len(rows) else 0.0, 0.0)
        method[code] = np.full(len(months), FULL if top else "none", object)
        method[code][at >= 0] = rows["method"].to_numpy(object)[at[at >= 0]]
    _refuse(_chain_problems(parents, method, months))
    currency = dict(zip(codes, entities["currency"], strict=True))
    return {
        code: Holding(code, parents[code], currency[code], owned[code], _effective(code, parents, owned), method[code])
        for code in sorted(codes)
    }


def _effective(code: str, parents: dict[str, str], owned: dict[str, np.ndarray]) -> np.ndarray:
    share = owned[code]
    while parents[code]:
        code = parents[code]
        share = share * owned[code]
    return share


def _table_problems(codes: pd.Series, parents: dict[str, str], ownership: pd.DataFrame) -> list[Problem]:
    missing = [Problem(f"missing column {name}", "ownership") for name in ("entity", "owned", "method", "from") if name not in ownership]
    if missing:
        return missing
    held = set(ownership["entity"])
    lost = [code for code, parent in parents.items() if parent and parent not in parents]
    share = ownership["owned"].between(0, 1) & ownership["method"].isin([FULL, EQUITY, "none"])
    found = [Problem("entity twice", "entities", code) for code in codes[codes.duplicated()]]
    found += [Problem("unknown parent", code, parents[code], next=did_you_mean(parents[code], parents)) for code in lost]
    found += [Problem("unknown entity", "ownership", name, next=did_you_mean(name, codes)) for name in sorted(held - set(codes))]
    bare = [code for code in sorted(set(codes) - held) if parents[code]]
    found += [Problem("no ownership", code, next="a row with owned, method and from") for code in bare]
    wrong = ownership[~share].itertuples()
    found += [Problem("wrong ownership", row.entity, f"{row.owned} {row.method}", "0 to 1; full, equity or none") for row in wrong]
    twice = ownership[ownership.duplicated(["entity", "from"])]
    found += [Problem("two rows from one month", name) for name in twice["entity"]]
    return found + _circles(parents)


def _circles(parents: dict[str, str]) -> list[Problem]:
    found = []
    for code in parents:
        seen, at = {code}, parents[code]
        while at and at in parents and at not in seen:
            seen.add(at)
            at = parents[at]
        if at == code:
            found.append(Problem("owns itself along its parents", code))
    return found


def _chain_problems(parents: dict[str, str], method: dict[str, np.ndarray], months: list[pd.Timestamp]) -> list[Problem]:
    found = []
    for code, parent in parents.items():
        for slot in range(1, len(months)):
            change = (method[code][slot - 1], method[code][slot])
            if change in REFUSED:
                found.append(Problem(f"{REFUSED[change]} is not planned here", f"{code}, {month_text(months[slot])}", " → ".join(change)))
        if parent and ((method[code] != "none") & (method[parent] != FULL)).any():
            found.append(Problem("held by one that is not consolidated", code, parent, "an owner with method full in the same months"))
    return found


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise RequestError("ownership", problems)
