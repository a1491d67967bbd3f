"""What is wrong with the content of a source: stored, shown, and waiting for a decision; never a reason to lose a row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.inputs.amounts import amounts
from planning.inputs.company import Company
from planning.inputs.company_file import Source

SINGLY = 100
"""Rows that are alike are named one by one up to so many times."""


def finding(control: str, kind: str, where: str, said: str, *, size=0.0, tolerance=0.0, rows=1, status="open", owner="", reason=""):
    """One finding as a row of core.checks.FINDING_COLUMNS."""
    return {
        "control": control, "kind": kind, "where": where, "size": float(size), "tolerance": float(tolerance), "rows": int(rows),
        "status": status, "owner": owner, "reason": reason, "said": said,
    }  # fmt: skip


def duplicates(text: pd.DataFrame, source: Source, name: str) -> list[dict]:
    """Rows whose natural key stands there more than once: all count until somebody decides. `size` is what the others add to the largest.

    They are named by their key, not their line, so that a decision stays with them when the file grows.
    """
    again = text[text.duplicated(source.key, keep=False)]
    sizes = amounts(again, source).abs().sum(axis=1) * abs(source.scale)
    found = []
    for key, same in sizes.groupby([again[column] for column in source.key]):
        alike = text.loc[same.index].drop_duplicates().shape[0] == 1
        said = f"{len(same)} rows {'are the same in every column' if alike else 'have this key'}; all of them count"
        found.append(finding(name, "duplicate", " · ".join(key), said, size=same.sum() - same.max(), rows=len(same)))
    return found


def alike(text: pd.DataFrame, source: Source, name: str) -> list[dict]:
    """Rows of different keys that are alike in the columns of `alike` and in their amounts, as if entered twice; all count.

    The largest are named one by one, the others told in one finding. `size` is what the rows after the first add.
    """
    if source.alike is None:
        return []
    asked = text[matching(text, source.alike.when)] if source.alike.when else text
    asked = asked[~asked.duplicated(source.key, keep=False)]  # a key that stands twice is told as such
    columns = list(dict.fromkeys([*source.alike.columns, *source.figures]))
    again = asked[asked.duplicated(columns, keep=False)]
    sizes = amounts(again, source).abs().sum(axis=1) * abs(source.scale)
    groups = [(" · ".join(key), same) for key, same in sizes.groupby([again[column] for column in columns])]
    groups = sorted(groups, key=lambda group: (-group[1].max(), group[0]))
    said = "{} rows with different keys are alike in " + ", ".join(columns) + "; all of them count"
    found = [
        finding(name, "alike", key, said.format(len(same)), size=same.sum() - same.max(), rows=len(same)) for key, same in groups[:SINGLY]
    ]
    rest = groups[SINGLY:]
    if rest:
        rows, size = sum(len(same) for _, same in rest), sum(same.sum() - same.max() for _, same in rest)
        found.append(finding(name, "alike", "further rows", f"{len(rest):,} more times rows are alike", size=size, rows=rows))
    return found


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
    says = text[[column for column in source.key if column not in (quarter, source.dated)]]
    prints = pd.util.hash_pandas_object(says.join(amounts(text, source), rsuffix=" "), index=False)
    reports = {report: np.sort(rows) for report, rows in prints.groupby([text[year], text[quarter]])}
    found = []
    for (when, number), rows in reports.items():
        following = reports.get((when, str(int(number) + 1)))
        if following is not None and len(rows) > 1 and np.array_equal(rows, following):
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


def left_out(text: pd.DataFrame, source: Source, name: str) -> list[dict]:
    """Rows that company.yaml leaves out, with its reason; `text` still has them."""
    found = []
    for rule in source.left_out:
        rows = int(matching(text, rule.when).sum())
        where = ", ".join(f"{column} = {value}" for column, value in rule.when.items())
        said = f"{rows:,} rows are left out"
        found.append(finding(name, "left_out", where, said, rows=rows, status="accepted", reason=rule.reason))
    return found


def matching(text: pd.DataFrame, when: dict[str, str]) -> pd.Series:
    """Which rows have these texts in these columns."""
    return (text[list(when)] == pd.Series(when)).all(axis=1)


def closing_entries(amounts: pd.Series, name: str) -> list[dict]:
    """Entries that carry the result to equity, left out of the flows they would bring to nothing."""
    said = f"{len(amounts):,} closing entries are left out of flows; balances hold them"
    size = amounts.abs().sum()
    return [finding(name, "left_out", "closing entries", said, size=size, rows=len(amounts), status="within")] if len(amounts) else []


def strange_partners(frame: pd.DataFrame, source: Source, company: Company, name: str) -> list[dict]:
    """Counterparties that are no entity of the company: their amounts can never be eliminated."""
    rule = source.dimensions.get("partner")
    if rule is None:
        return []
    strange = frame["partner"][~frame["partner"].isin([rule.none, *company.entities["code"]])].value_counts(sort=False)
    said = "{:,} rows have a partner that is no entity"
    return [finding(name, "orphan", f"{rule.column} = {code}", said.format(rows), rows=rows) for code, rows in strange.items()]


def unmapped(codes: pd.Series, name: str, kind: str, column: str) -> list[dict]:
    """Codes that nobody has mapped, one finding each; their amounts stand on the visible unmapped line."""
    counts = codes[codes != ""].value_counts(sort=False)
    return [
        finding(
            name, "unmapped", f"{column} = {code}", f"{kind} {code!r} is not mapped; {rows:,} amounts stand on the unmapped line", rows=rows
        )
        for code, rows in counts.items()
    ]


def rounded(exact: pd.Series, kept: pd.Series, name: str) -> list[dict]:
    """Amounts finer than the smallest unit, rounded half to even; what a float can't tell from the kept amount is not counted."""
    lost = exact - kept
    finer = lost.abs() > np.maximum(1e-6, 4 * np.spacing(exact.abs()))
    said = f"{int(finer.sum()):,} amounts are finer than the smallest unit and were rounded"
    return [finding(name, "rounded", "", said, size=lost.abs().sum(), rows=int(finer.sum()), status="within")] if finer.any() else []
