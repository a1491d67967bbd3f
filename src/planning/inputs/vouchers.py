"""Vouchers: whether each one's debits equal its credits, and whether the business events that it names happened."""

from __future__ import annotations

import pandas as pd

from planning.inputs.amounts import POSTED, amounts
from planning.inputs.company_file import Source
from planning.inputs.findings import finding
from planning.inputs.queries import connected
from planning.inputs.stored_tables import StoredTable

HALF_A_CENT = 0.005


def unbalanced(text: pd.DataFrame, source: Source, name: str) -> list[dict]:
    """Vouchers whose debits and credits differ, one finding each; all their postings count until somebody decides."""
    if source.posted is None or not source.posted.voucher:
        return []
    sums = amounts(text, source)[POSTED].groupby([text[column] for column in source.posted.voucher]).agg(["sum", "size"])
    wrong = sums[(sums["sum"] * source.scale).abs() > HALF_A_CENT]
    found = []
    for key, gap, rows in wrong.itertuples():
        where = " · ".join(key) if isinstance(key, tuple) else key
        said = f"debits less credits are {gap * source.scale:,.2f}"
        found.append(finding(name, "unbalanced", where, said, size=abs(gap * source.scale), rows=rows, owner=source.posted.owner))
    return found


def backed(text: pd.DataFrame, frame: pd.DataFrame, days: pd.Series, source: Source, name: str) -> pd.DataFrame:
    """What vouchers say of the events behind them: control, table, entity, day, vouchers, size (debits) and owner.

    Those that say nothing of events have no row. `frame`: the source's mapped columns; `days`: the day of each posting.
    """
    rule = source.posted.events if source.posted else None
    if rule is None:
        return pd.DataFrame()
    table = text[rule.column].map(rule.tables)
    debits = amounts(text, source)[POSTED].clip(lower=0) * source.scale
    voucher = text.groupby(source.posted.voucher, sort=False).ngroup()
    lines = pd.DataFrame({"table": table, "entity": frame["entity"], "day": days, "voucher": voucher, "debit": debits})
    days_told = lines.dropna(subset="table").groupby(["table", "entity", "day"], as_index=False)
    told = days_told.agg(vouchers=("voucher", "nunique"), size=("debit", "sum"))
    return told.assign(control=name, owner=source.posted.owner)


def without_events(vouchers: pd.DataFrame, events: dict[str, StoredTable]) -> list[dict]:
    """Vouchers that name events of which there are none for their entity and day, one finding a table, entity and month."""
    found = []
    for (control, name), said in vouchers.groupby(["control", "table"]) if len(vouchers) else []:
        happened = _happened(events[name])
        by_entity = len(happened.dropna(subset="entity")) > 0
        known = pd.MultiIndex.from_frame(happened[["entity", "day"]]) if by_entity else pd.Index(happened["day"])
        asked = pd.MultiIndex.from_frame(said[["entity", "day"]]) if by_entity else pd.Index(said["day"])
        alone = said[~asked.isin(known)]
        for (entity, month), same in alone.groupby(["entity", alone["day"].dt.strftime("%Y-%m")]):
            count, where = int(same["vouchers"].sum()), f"{name} {entity} {month}"
            text = f"{count:,} vouchers on {len(same):,} days without {name}"
            found.append(finding(control, "orphan", where, text, size=same["size"].sum(), rows=count, owner=same["owner"].iloc[0]))
    return found


def _happened(table: StoredTable) -> pd.DataFrame:
    """The days on which something happened, by entity where the table knows it."""
    day = "date" if "date" in table.columns else "period"
    entity = "NULLIF(entity, '')" if "entity" in table.columns else "NULL"
    with connected({table.name: table.files}) as connection:
        days = connection.execute(f'SELECT DISTINCT {entity} AS entity, date_trunc(\'day\', "{day}") AS day FROM "{table.name}"').df()
    return days.assign(day=days["day"].astype("datetime64[ns]"))
