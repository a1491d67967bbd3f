"""Checks travel with a result; findings travel with the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

FINDING_COLUMNS = ("control", "kind", "where", "size", "tolerance", "rows", "status", "owner", "reason", "said")
"""One row a finding. `kind`: total, duplicate, alike, orphan, unbalanced (voucher), unmapped, undated, repeated, corrected, left_out,
rounded, missing (values), gap (in a series). `size` in the account's unit (or rows). `status`: within (the tolerance), accepted (a
decision with its reason stands in company.yaml), open (waits for a decision)."""


@dataclass(frozen=True)
class Check:
    """One thing that must hold of a result: its name, whether it holds, and the figures in marks that need no language."""

    name: str
    passed: bool
    said: str


def check_close(name: str, left: float, right: float, tolerance: float) -> Check:
    """Two figures that must agree within a tolerance (same unit)."""
    gap = left - right
    said = f"{left:,.2f} ↔ {right:,.2f}: Δ {round(gap, 2) + 0.0:,.2f}, ≤ {tolerance:,.2f}"
    return Check(name, bool(abs(gap) <= tolerance), said)


def checks_table(checks: Iterable[Check]) -> pd.DataFrame:
    """Checks as a table: name, passed, said."""
    return pd.DataFrame([asdict(check) for check in checks], columns=["name", "passed", "said"])


def all_passed(checks: Iterable[Check]) -> bool:
    """Whether every check holds."""
    return all(check.passed for check in checks)


def open_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """The findings that still wait for a decision; locking a version waits for them."""
    return findings[findings["status"] == "open"]
