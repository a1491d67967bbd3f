"""Data quality: what a snapshot holds and since when, whether it ties, what is open, what was restated; nothing is corrected here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.accounts import AccountTree, total
from planning.core.checks import Check, open_findings
from planning.core.events import COMPLETE, EVENTS
from planning.core.periods import FiscalCalendar, month_range, months_between
from planning.core.tables import as_known

DAYS = ("date", "period", "start")
"""The columns of event tables that say when, in the order in which they are asked for."""
PLANNED = ("cash_flows", "quotas")
"""Event tables that say what is expected and not what happened."""
AHEAD = 24
"""Months beyond the last that has actuals, up to which coverage is of interest."""
MONEY = ("total", "orphan", "duplicate", "alike", "unbalanced")
"""Kinds of findings whose size is an amount; that of the others counts rows."""
MISSES = ("total", "orphan")
"""Kinds of findings that a tolerance decides about."""
STATUSES = ("open", "accepted", "within")
HALF_A_CENT = 0.005
STEADY = 0.5
"""Share of the months from first to last with rows, from which on an empty month is a gap."""
FEW = 0.5
"""Share of a source's usual rows a month, below which a month has few."""
CELL = ("scenario", "version", "entity", "cost_centre", "account", "grain", "period")


@dataclass(frozen=True)
class Rules:
    """What is held against the figures: tolerances by account, rules compared in every month, who answers for what nobody owns, and
    the accounts and the cost centre that hold what could not be mapped."""

    tolerances: Mapping[str, float]
    everywhere: frozenset[str] = frozenset()
    owner: str = ""
    unmapped: frozenset[str] = frozenset()
    nowhere: str = "unmapped"


@dataclass(frozen=True)
class Quality:
    """What is known of a snapshot. Each table's columns stand with the function that makes it."""

    sources: pd.DataFrame
    coverage: pd.DataFrame
    empty: pd.DataFrame
    totals: pd.DataFrame
    reconciled: pd.DataFrame
    findings: pd.DataFrame
    at_stake: pd.DataFrame
    restated: pd.DataFrame
    changes: pd.DataFrame
    unmapped: pd.DataFrame
    translated: pd.DataFrame
    what_if: pd.DataFrame


def build_quality(
    tables: Mapping[str, pd.DataFrame], manifest: Mapping, events: pd.DataFrame, months: pd.DataFrame, tree: AccountTree,
    calendar: FiscalCalendar, roles: Mapping[str, str], rules: Rules, factors: Iterable[float],
) -> Quality:  # fmt: skip
    """The quality of a snapshot from its tables and manifest; `events` and `months` are what event_columns and event_months counted."""
    rows, tied = tables["rows"], tables["tie_out"]
    compared = tables.get("reconciliations", pd.DataFrame())
    findings = owned(tables["findings"], rules.owner)
    accounts = [roles[role] for role in ("revenue", "spending") if roles.get(role) in tree]
    foreign = tables.get("translated")
    return Quality(
        sources=sources_table(rows, manifest, events),
        coverage=coverage(pd.concat([plan_months(rows, calendar), months], ignore_index=True)),
        empty=events[events["expected"] & events["missing"].gt(0) & events["missing"].lt(events["rows"])].reset_index(drop=True),
        totals=totals_by_account(tied, rules.tolerances), reconciled=reconciled_months(compared, findings, rules.everywhere),
        findings=findings, at_stake=at_stake(findings), restated=restated_months(rows, tree, accounts), changes=restated_cells(rows),
        unmapped=unmapped_months(rows, rules), translated=translation_months(foreign, roles.get("translation_difference", "")),
        what_if=what_if(tied, compared, findings, rules, factors),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- what was read


def event_columns(tables: Mapping[str, Iterable[str]], ask: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Every column of the event tables: source, column, rows, missing, expected (in all rows), first and last day of the table.

    `tables`: columns by table. `ask` answers a question in SQL over the tables where they lie; none is loaded.
    """
    names = ("source", "column", "rows", "missing", "expected", "first", "last")
    parts = [row for name, columns in tables.items() for row in _columns_of(name, list(columns), ask)]
    types = {"expected": bool, "first": "datetime64[ns]", "last": "datetime64[ns]"}
    return pd.DataFrame(parts, columns=list(names)).astype(types)


def _columns_of(name: str, columns: list[str], ask: Callable[[str], pd.DataFrame]) -> list[tuple]:
    day = day_column(columns)
    span = f'min("{day}")::TIMESTAMP AS first, max("{day}")::TIMESTAMP AS last' if day else "NULL AS first, NULL AS last"
    filled = ", ".join(f'count("{column}") AS "filled {column}"' for column in columns)
    found = ask(f'SELECT count(*) AS rows, {span}, {filled} FROM "{name}"').iloc[0]
    optional = {column for column, rule in EVENTS[name].items() if not rule.filled} if name in COMPLETE else set()
    days = [pd.to_datetime(found[end]) for end in ("first", "last")]
    rows = int(found["rows"])
    return [(name, column, rows, rows - int(found[f"filled {column}"]), column in optional, *days) for column in columns]


def day_column(columns: Iterable[str]) -> str:
    """The column of an event table that says when; empty where none does."""
    return next((day for day in DAYS if day in columns), "")


def event_months(tables: Mapping[str, Iterable[str]], ask: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Rows of the event tables by month: source, period, rows, actual (not what is planned). Tables that say no day have none."""
    dated = {name: day_column(columns) for name, columns in tables.items() if day_column(columns)}
    parts = [ask(_by_month(name, day)).assign(source=name) for name, day in dated.items()]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"source": [], "period": pd.to_datetime([]), "rows": []})
    told = {"period": found["period"].astype("datetime64[ns]"), "actual": ~found["source"].isin(PLANNED)}
    return found.assign(**told)[["source", "period", "rows", "actual"]]


def _by_month(name: str, day: str) -> str:
    return f"SELECT date_trunc('month', \"{day}\")::TIMESTAMP AS period, count(*) AS rows FROM \"{name}\" GROUP BY 1 ORDER BY 1"


def plan_months(rows: pd.DataFrame, calendar: FiscalCalendar) -> pd.DataFrame:
    """Cells by source and month, whatever their vintage: source, period, rows, actual. What spans more covers each of its months."""
    cells = rows.assign(actual=rows["scenario"] == "actual").drop_duplicates(["source", *CELL])
    counts = cells.groupby(["source", "actual", "grain", "period"], observed=True).size().reset_index(name="rows")
    spread = counts.assign(period=[_covered(row.period, row.grain, calendar) for row in counts.itertuples()])
    spread = spread.explode("period").astype({"period": "datetime64[ns]"})
    return spread.groupby(["source", "actual", "period"], as_index=False)["rows"].max()[["source", "period", "rows", "actual"]]


def _covered(period: pd.Timestamp, grain: str, calendar: FiscalCalendar) -> pd.DatetimeIndex:
    """The months that an amount spans."""
    if grain == "year_to_date":
        number = int(calendar.month_number(pd.DatetimeIndex([period]))[0])
        return month_range(period - pd.DateOffset(months=number - 1), number)
    return month_range(period, {"month": 1, "quarter": 3, "year": 12}[grain])


def coverage(months: pd.DataFrame) -> pd.DataFrame:
    """Each source's months from its first to its last: source, period, rows, state (actual, few, plan, gap).

    What is planned for more than AHEAD months after the last actual one is out of sight.
    """
    parts = [_states(name, own) for name, own in _in_sight(months).groupby("source", sort=False)]
    columns = ["source", "period", "rows", "state"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _in_sight(months: pd.DataFrame) -> pd.DataFrame:
    last = months.loc[months["actual"].astype(bool), "period"].max()
    return months if pd.isna(last) else months[months["period"] <= last + pd.DateOffset(months=AHEAD)]


def _states(name: str, own: pd.DataFrame) -> pd.DataFrame:
    """A source that is filled now and then only, such as complaints or what projects are to bring, has no gaps."""
    by = own.groupby("period").agg(rows=("rows", "max"), actual=("actual", "any"))
    every = month_range(by.index.min(), months_between(by.index.min(), by.index.max()) + 1)
    steady = len(by) >= STEADY * len(every) and name not in PLANNED
    least = FEW * by["rows"].median() if steady else 0.0
    by = by.reindex(every).assign(source=name).rename_axis("period").reset_index()
    state = np.select([by["rows"].isna(), by["actual"].eq(False), by["rows"] < least], ["gap", "plan", "few"], "actual")
    by = by.assign(rows=by["rows"].fillna(0).astype(int), state=state)
    return by if steady else by[by["state"] != "gap"]


def sources_table(rows: pd.DataFrame, manifest: Mapping, events: pd.DataFrame) -> pd.DataFrame:
    """A row a source: source, kind (figures, events), read, left_out, rows, first, last, known (the newest day, figures only).

    `read` and `left_out` are lines; a snapshot written before they were counted has none.
    """
    spans = rows.groupby("source").agg(rows=("amount", "size"), first=("period", "min"), last=("period", "max"), known=("known", "max"))
    figures = spans.reset_index().assign(kind="figures")
    others = events.drop_duplicates("source")[["source", "rows", "first", "last"]].reset_index(drop=True)
    others = others.assign(kind="events", known=np.datetime64("NaT", "ns"))
    table = pd.concat([figures, others], ignore_index=True) if len(figures) and len(others) else figures if len(figures) else others
    read, became = manifest.get("read", {}), manifest.get("became", {})
    table["read"] = [read.get(name, np.nan) for name in table["source"]]
    table["left_out"] = [became.get(name, {}).get("left_out", np.nan) for name in table["source"]]
    return table[["source", "kind", "read", "left_out", "rows", "first", "last", "known"]]


# ------------------------------------------------------------------------------------------------------- does it tie


def totals_by_account(tied: pd.DataFrame, tolerances: Mapping[str, float]) -> pd.DataFrame:
    """Control totals by account: account, totals, missing (more than half a cent off), beyond (the tolerance), most, tolerance."""
    size = tied["difference"].abs()
    allowed = tied["account"].map(tolerances).fillna(0.0).astype(float)
    marked = tied.assign(size=size, missing=size > HALF_A_CENT, beyond=size > allowed + HALF_A_CENT, allowed=allowed)
    names = {"totals": ("size", "size"), "missing": ("missing", "sum"), "beyond": ("beyond", "sum"), "most": ("size", "max")}
    table = marked.groupby("account", as_index=False).agg(**names, tolerance=("allowed", "max"))
    return table.sort_values(["beyond", "missing", "most"], ascending=False, kind="stable", ignore_index=True)


def reconciled_months(compared: pd.DataFrame, findings: pd.DataFrame, everywhere: Iterable[str] = ()) -> pd.DataFrame:
    """Both sides of each rule by month: rule, period, left, right, over and under (differences beyond the tolerance), tolerance, open.

    Only what both sides cover is compared, but for the rules that hold `everywhere`. Differences of a month's keys don't cancel out:
    `over` adds those above 0, `under` those below; `open` says that one of them waits for a decision.
    """
    columns = ["rule", "period", "left", "right", "over", "under", "tolerance", "open"]
    if compared.empty:
        return pd.DataFrame(columns=columns)
    used = _compared(compared, everywhere)
    waiting = open_findings(findings)
    open_keys = set(zip(waiting["control"], waiting["where"], strict=True))
    marked = used.assign(
        over=used["difference"].clip(lower=0).where(used["beyond"], 0.0), under=used["difference"].clip(upper=0).where(used["beyond"], 0.0),
        open=[key in open_keys for key in zip(used["rule"], used["keys"], strict=True)],
    )  # fmt: skip
    sums = dict.fromkeys(["left", "right", "over", "under", "tolerance"], "sum") | {"open": "any"}
    return marked.groupby(["rule", "period"], as_index=False).agg(sums)[columns]


def _compared(compared: pd.DataFrame, everywhere: Iterable[str], factor: float = 1.0) -> pd.DataFrame:
    used = compared[compared["covered"] | compared["rule"].isin(list(everywhere))]
    size = used["difference"].abs()
    return used.assign(size=size, beyond=size > factor * used["tolerance"] + HALF_A_CENT)


# ------------------------------------------------------------------------------------------------------- what is open


def owned(findings: pd.DataFrame, owner: str) -> pd.DataFrame:
    """The findings; one without an owner is the given one's."""
    return findings.assign(owner=findings["owner"].where(findings["owner"].ne(""), owner))


def at_stake(findings: pd.DataFrame) -> pd.DataFrame:
    """Findings by status, kind, control and owner: findings, rows, amount (missing where there is none); open and large ones first."""
    money = findings["kind"].isin(MONEY) & findings["size"].gt(0)
    marked = findings.assign(amount=findings["size"].where(money), rank=findings["status"].map(STATUSES.index))
    by = ["rank", "status", "kind", "control", "owner"]
    table = marked.groupby(by, as_index=False).agg(findings=("size", "size"), rows=("rows", "sum"), amount=("amount", _sum))
    order = table.assign(key=table["amount"].fillna(-1.0)).sort_values(["rank", "key", "rows"], ascending=[True, False, False])
    return order.drop(columns=["rank", "key"]).reset_index(drop=True)


def _sum(amounts: pd.Series) -> float:
    return amounts.sum(min_count=1)


def amount_open(quality: Quality) -> float:
    """What the open findings come to that have an amount."""
    return float(quality.at_stake.loc[quality.at_stake["status"] == "open", "amount"].sum())


# ------------------------------------------------------------------------------------------------------- what was restated


def restated_months(rows: pd.DataFrame, tree: AccountTree, accounts: list[str]) -> pd.DataFrame:
    """Actual amounts by month as first known and as known now: account, period, first, now. Months with one vintage are equal."""
    monthly = _monthly_actuals(rows)
    parts = [_restated(monthly, tree, account) for account in accounts]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["account", "period", "first", "now"])


def _monthly_actuals(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["scenario"] == "actual") & (rows["grain"] == "month")]


def _restated(monthly: pd.DataFrame, tree: AccountTree, account: str) -> pd.DataFrame:
    below = monthly[monthly["account"].isin(tree.leaves(account))]
    first = below[below["known"] == below.groupby(["source", "period"])["known"].transform("min")]
    sides = {"first": first, "now": as_known(below, pd.Timestamp.max)}
    sums = {name: total(side, tree, account, ["period"]).set_index("period")["amount"] for name, side in sides.items()}
    both = pd.concat(sums, axis=1).rename_axis("period").reset_index()
    return both.assign(account=account)[["account", "period", "first", "now"]]


def restated_cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Actual months whose figure changed: entity, cost_centre, account, period, source, first, now, change, since, vintages.

    `since` is the newest day. A cell that the first report of its month didn't have is first known as 0. The largest change comes first.
    """
    monthly = _monthly_actuals(rows).sort_values("known", kind="stable")
    begin = monthly.groupby(["source", "period"])["known"].transform("min")
    key = [column for column in monthly.columns if column not in ("known", "amount")]
    names = {"first": ("amount", "first"), "now": ("amount", "last"), "since": ("known", "max"), "vintages": ("known", "size")}
    cells = monthly.assign(late=monthly["known"] > begin).groupby(key, as_index=False, observed=True, sort=False)
    table = cells.agg(**names, late=("late", "first"))
    table["first"] = table["first"].mask(table["late"], 0.0)
    table = table.assign(change=(table["now"] - table["first"]).round(6), vintages=table["vintages"] + table["late"])
    changed = table[table["change"].abs() > HALF_A_CENT]
    order = changed["change"].abs().sort_values(ascending=False, kind="stable").index
    columns = ["entity", "cost_centre", "account", "period", "source", "first", "now", "change", "since", "vintages"]
    return changed.loc[order, columns].reset_index(drop=True)


# ------------------------------------------------------------------------------------------------------- unmapped, translated


def unmapped_months(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """What stands on lines for unmapped codes: scenario, account, cost_centre, period, amount; the newest vintage."""
    lost = rows["account"].isin(rules.unmapped) | rows["cost_centre"].eq(rules.nowhere)
    by = ["scenario", "account", "cost_centre", "period"]
    newest = as_known(rows[lost], pd.Timestamp.max)
    return newest.groupby(by, as_index=False, observed=True)["amount"].sum()[[*by, "amount"]]


def translation_months(translated: pd.DataFrame | None, account: str) -> pd.DataFrame:
    """The balance of translation differences: entity, period, amount, in the company's currency; empty where nothing is translated."""
    if translated is None:
        return pd.DataFrame(columns=["entity", "period", "amount"])
    used = translated[(translated["account"] == account) & (translated["scenario"] == "actual")]
    return used.groupby(["entity", "period"], as_index=False, observed=True)["amount"].sum()


# ------------------------------------------------------------------------------------------------------- what if


def what_if(tied: pd.DataFrame, compared: pd.DataFrame, findings: pd.DataFrame, rules: Rules, factors: Iterable[float]) -> pd.DataFrame:
    """How many differences would stay open at multiples of every tolerance (1 always), and what they come to: factor, findings, amount."""
    tried = [_at_factor(factor, tied, compared, findings, rules) for factor in sorted({1.0, *factors})]
    return pd.DataFrame(tried, columns=["factor", "findings", "amount"])


def _at_factor(factor: float, tied: pd.DataFrame, compared: pd.DataFrame, findings: pd.DataFrame, rules: Rules) -> dict:
    """Differences beyond the tolerance, without those that somebody has accepted."""
    size = tied["difference"].abs()
    missed = size[size > factor * tied["account"].map(rules.tolerances).fillna(0.0).astype(float) + HALF_A_CENT]
    used = _compared(compared, rules.everywhere, factor) if len(compared) else pd.DataFrame({"size": [], "beyond": []}, dtype=float)
    apart = used.loc[used["beyond"].astype(bool), "size"]
    decided = findings["kind"].isin(MISSES) & findings["control"].isin(_deciding(tied, compared))
    settled = findings[decided & (findings["status"] == "accepted")]
    settled = settled.loc[settled["size"] > factor * settled["tolerance"] + HALF_A_CENT, "size"]
    count = len(missed) + len(apart) - len(settled)
    return {"factor": factor, "findings": count, "amount": round(float(missed.sum() + apart.sum() - settled.sum()), 2) + 0.0}


def _deciding(tied: pd.DataFrame, compared: pd.DataFrame) -> set[str]:
    """The controls whose findings follow from a tolerance."""
    return {*tied["account"], *(compared["rule"] if len(compared) else ())}


# ------------------------------------------------------------------------------------------------------- checks


def check_quality(quality: Quality, tables: Mapping[str, pd.DataFrame], manifest: Mapping) -> list[Check]:
    """What must hold of the report, whatever is wrong with the data: nothing read is lost, and every finding is somebody's."""
    became = manifest.get("became", {})
    checks = [_check_amounts(name, counts) for name, counts in became.items()]
    checks += [_check_stored(quality, manifest, became), _check_events(quality, manifest)]
    alone = open_findings(quality.findings)["owner"].eq("").sum()
    checks.append(Check("every open finding has an owner", not alone, f"{alone} / {len(open_findings(quality.findings))}"))
    silent = (quality.findings["status"].eq("accepted") & quality.findings["reason"].eq("")).sum()
    checks.append(Check("every accepted finding has a reason", not silent, f"{silent} / {quality.findings['status'].eq('accepted').sum()}"))
    checks.append(_check_recount(quality, tables))
    return [*checks, _check_restated(quality)]


def _check_amounts(name: str, counts: Mapping[str, int]) -> Check:
    parts = [counts[part] for part in ("leaves", "totals", "closing", "skipped")]
    said = f"{counts['amounts']:,} = {' + '.join(f'{part:,}' for part in parts)}"
    return Check(f"{name}: every amount read is stored, a total, or left out on purpose", sum(parts) == counts["amounts"], said)


def _check_stored(quality: Quality, manifest: Mapping, became: Mapping) -> Check:
    stored = int(quality.sources.loc[quality.sources["kind"] == "figures", "rows"].sum())
    wanted = sum(counts["cells"] for counts in became.values()) if became else manifest["rows"]["rows"]
    return Check("the snapshot holds the rows that intake stored", stored == wanted, f"{stored:,} ↔ {wanted:,}")


def _check_events(quality: Quality, manifest: Mapping) -> Check:
    """A wide table gives several events a line, never fewer than one."""
    events = quality.sources[quality.sources["kind"] == "events"]
    lost = [row.source for row in events.itertuples() if row.rows != manifest["rows"][row.source] or row.rows < row.read]
    said = f"{int(events['read'].sum()):,} → {int(events['rows'].sum()):,}"
    return Check("every line of the event tables is stored", not lost, ", ".join([said, *lost]))


def _check_recount(quality: Quality, tables: Mapping[str, pd.DataFrame]) -> Check:
    """The differences counted again from the figures are those that intake found open."""
    compared = tables.get("reconciliations", pd.DataFrame())
    deciding = _deciding(tables["tie_out"], compared)
    waiting = open_findings(quality.findings)
    waiting = waiting[waiting["kind"].isin(MISSES) & waiting["control"].isin(deciding)]
    again = quality.what_if.loc[quality.what_if["factor"] == 1.0]
    count = int(again["findings"].sum())
    same = count == len(waiting) and abs(float(again["amount"].sum()) - float(waiting["size"].sum())) < 1
    return Check("the open differences, counted again, are those that intake found", same, f"{count:,} ↔ {len(waiting):,}")


def _check_restated(quality: Quality) -> Check:
    """A month whose total has changed has figures that have."""
    moved = quality.restated.dropna(subset=["first"])
    months = moved[(moved["now"] - moved["first"]).abs() > 1].drop_duplicates(["period"])["period"]
    unexplained = set(months) - set(quality.changes["period"])
    return Check("every restated month has its restated figures", not unexplained, f"{len(months) - len(unexplained):,} / {len(months):,}")
