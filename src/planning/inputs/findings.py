"""What is wrong with the content of a source: stored, shown, and waiting for a decision; never a reason to lose a row."""

from __future__ import annotations

import pandas as pd

from planning.inputs.company import Source


def finding(control: str, kind: str, where: str, said: str, *, size=0.0, tolerance=0.0, rows=1, status="open", owner="", reason=""):
    """One finding as a row of core.checks.FINDING_COLUMNS."""
    return {
        "control": control, "kind": kind, "where": where, "size": float(size), "tolerance": float(tolerance), "rows": int(rows),
        "status": status, "owner": owner, "reason": reason, "said": said,
    }  # fmt: skip


def duplicates(text: pd.DataFrame, source: Source, name: str) -> list[dict]:
    """Rows whose natural key stands there twice: both count until somebody decides."""
    again = text[text.duplicated(source.key)]
    amounts = again[source.measures].astype(float).abs().sum(axis=1) * source.scale
    return [
        finding(name, "duplicate", f"row {line}", f"{' · '.join(again.loc[line, source.key])} stands there twice", size=amounts[line])
        for line in again.index
    ]


def undated(text: pd.DataFrame, source: Source, name: str) -> list[dict]:
    """Rows without the date they should carry; they are placed by their fiscal year and report instead."""
    if source.dated is None:
        return []
    missing = int((text[source.dated] == "").sum())
    said = f"{missing:,} of {len(text):,} rows have no {source.dated}; they are placed by fiscal year and report"
    return [finding(name, "undated", source.dated, said, rows=missing)] if missing else []


def repeated(text: pd.DataFrame, source: Source, name: str) -> list[dict]:
    """A report that says the same as the next one of its year in every row: one of the two was filed under the wrong quarter."""
    if source.report is None:
        return []
    quarter, year = source.report.quarter, source.report.fiscal_year
    keys = [column for column in source.key if column not in (quarter, source.dated)]
    reports = {key: rows.set_index(keys)[source.measures].sort_index() for key, rows in text.groupby([year, quarter])}
    found = []
    for (when, number), rows in reports.items():
        following = reports.get((when, str(int(float(number)) + 1)))
        if following is not None and len(rows) > 1 and rows.equals(following):
            said = f"all {len(rows):,} rows of report {when} q{number} stand again in the next report"
            found.append(finding(name, "repeated", f"{when}_q{number}", said, rows=len(rows)))
    return found


def corrected(which: pd.Series, source: Source, name: str) -> list[dict]:
    """Rows moved to another cost centre by a decision that stands in company.yaml."""
    found = []
    for number, correction in enumerate(source.cost_centre.corrections):
        rows = int((which == number).sum())
        where = ", ".join(f"{column} = {value}" for column, value in correction.when.items())
        said = f"{rows:,} rows moved to cost centre {correction.code}"
        found.append(finding(name, "corrected", where, said, rows=rows, status="accepted", reason=correction.reason))
    return found


def unmapped(codes: pd.Series, name: str, kind: str, column: str) -> list[dict]:
    """Codes that nobody has mapped, one finding each; their amounts stand on the visible unmapped line."""
    counts = codes[codes != ""].value_counts(sort=False)
    return [
        finding(
            name, "unmapped", f"{column} = {code}", f"{kind} {code!r} is not mapped; {rows:,} amounts stand on the unmapped line", rows=rows
        )
        for code, rows in counts.items()
    ]


def rounded(lost: pd.Series, name: str) -> list[dict]:
    """Amounts finer than the smallest unit, rounded half to even."""
    finer = lost.abs() > 1e-6
    said = f"{int(finer.sum()):,} amounts are finer than the smallest unit and were rounded"
    return [finding(name, "rounded", "", said, size=lost.abs().sum(), rows=int(finer.sum()), status="within")] if finer.any() else []
