"""The tie-out: control totals against their lines, one source against another, and what was decided about the differences."""

from __future__ import annotations

import pandas as pd

from planning.core.accounts import roll_up, total
from planning.core.checks import FINDING_COLUMNS
from planning.core.tables import as_known, departments, plan_key
from planning.inputs.company import Company
from planning.inputs.company_file import Accepted, Reconciliation, Side, Tolerance
from planning.inputs.event_sums import monthly_sums
from planning.inputs.findings import finding
from planning.inputs.sources import Load
from planning.inputs.stored_tables import StoredTable
from planning.inputs.vouchers import without_events

HALF_A_CENT = 0.005


def tie_out(load: Load, company: Company) -> pd.DataFrame:
    """Every control total beside the sum of its lines: key, control, lines, difference (control − lines), in the account's unit.

    A control whose lines are all missing has lines 0 and the whole amount as its difference.
    """
    key = [*plan_key(tuple(company.file.dimensions)), "known"]
    by = [column for column in key if column != "account"]
    lines = roll_up(load.rows[[*key, "amount"]], company.tree, by).rename(columns={"amount": "lines"})
    controls = load.controls.groupby(key, as_index=False, observed=True)["amount"].sum().rename(columns={"amount": "control"})
    both = controls.merge(lines, on=key, how="left")
    both["lines"] = both["lines"].fillna(0.0)
    both["difference"] = (both["control"] - both["lines"]).astype(float).round(6)
    return both.sort_values(key, ignore_index=True)


def total_findings(tied: pd.DataFrame, company: Company) -> list[dict]:
    """Control totals that miss: one finding for all that lie within the tolerance, one each for those beyond it."""
    found = []
    for account, rows in tied[tied["difference"].abs() > HALF_A_CENT].groupby("account", sort=True):
        allowed = company.file.tolerances.get(account, Tolerance(amount=0.0, owner=""))
        size = rows["difference"].abs()
        within = rows[size <= allowed.amount + HALF_A_CENT]
        count = int((tied["account"] == account).sum())
        if len(within):
            most = within["difference"].abs().max()
            said = f"{len(within):,} of {count:,} totals miss their lines by up to {most:,.2f}"
            found.append(_of_total(account, "all periods", said, most, allowed, len(within), "within"))
        for row in rows[size > allowed.amount + HALF_A_CENT].to_dict("records"):
            where = _cell(row, several=len(company.entities) > 1)
            said = f"total {row['control']:,.2f}, lines {row['lines']:,.2f}, difference {row['difference']:,.2f}"
            found.append(_of_total(account, where, said, abs(row["difference"]), allowed, 1, "open"))
    return found


def _cell(row: dict, several: bool) -> str:
    """A cell as people and decisions name it: what is usual (a month, the only entity) goes without saying."""
    version = [row["scenario"], row["version"]] if row["scenario"] != row["version"] else [row["version"]]
    place = [row["entity"], row["cost_centre"]] if several else [row["cost_centre"]]
    when = [f"{row['period']:%Y-%m}", *([] if row["grain"] == "month" else [row["grain"]]), f"known {row['known']:%Y-%m-%d}"]
    return " ".join([*version, *place, *when])


def _of_total(account: str, where: str, said: str, size: float, allowed: Tolerance, rows: int, status: str) -> dict:
    return finding(account, "total", where, said, size=size, tolerance=allowed.amount, rows=rows, status=status, owner=allowed.owner)


def comparisons(rows: pd.DataFrame, events: dict[str, StoredTable], company: Company) -> pd.DataFrame:
    """Every reconciliation key by key: rule, keys (as texts), period, left, right, difference, tolerance and whether both cover the month.

    A side without a row is missing; the difference counts it as 0.
    """
    found = [_compared(name, rule, rows, events, company) for name, rule in company.file.reconciliations.items()]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _compared(name: str, rule: Reconciliation, rows: pd.DataFrame, events: dict[str, StoredTable], company: Company) -> pd.DataFrame:
    keys = ["period" if key == "month" else key for key in rule.by]
    left, right = (_sums(side, rule, keys, rows, events, company) for side in (rule.left, rule.right))
    both = pd.concat({"left": left, "right": right}, axis=1).rename_axis(keys).reset_index()
    covered = [set(side.index.get_level_values("period")) for side in (left, right)]
    both["covered"] = both["period"].isin(covered[0] & covered[1])
    both["difference"] = both["left"].fillna(0.0) - both["right"].fillna(0.0)
    both["tolerance"] = (both["right"].abs().fillna(0.0) * rule.tolerance.rate).clip(lower=rule.tolerance.amount)
    texts = [both[key].map(lambda period: f"{period:%Y-%m}") if key == "period" else both[key].astype(str) for key in keys]
    both["keys"] = [" ".join(row) for row in zip(*texts, strict=True)]
    return both.assign(rule=name)[["rule", "keys", "period", "left", "right", "difference", "tolerance", "covered"]]


def _sums(
    side: Side, rule: Reconciliation, keys: list[str], rows: pd.DataFrame, events: dict[str, StoredTable], company: Company
) -> pd.Series:
    table = _ledger(side, rule, keys, rows, company) if side.table is None else monthly_sums(side, rule.by, events[side.table])
    return table.groupby(keys, observed=True)["amount"].sum()


def _ledger(side: Side, rule: Reconciliation, keys: list[str], rows: pd.DataFrame, company: Company) -> pd.DataFrame:
    used = rows[(rows["scenario"] == rule.scenario) & (rows["grain"] == rule.grain) & _where(rows, side)]
    latest = as_known(used.drop(columns="source"), pd.Timestamp.max)
    latest = latest.assign(cost_centre=latest["cost_centre"].map(departments(company.cost_centres)))
    return total(latest, company.tree, side.account, keys)


def _where(table: pd.DataFrame, side: Side) -> pd.Series:
    kept = pd.Series(True, index=table.index)
    for column, wanted in side.where.items():
        kept &= table[column].isin([wanted] if isinstance(wanted, str) else wanted)
    return kept


def comparison_findings(compared: pd.DataFrame, company: Company) -> list[dict]:
    """Differences beyond their tolerance, one finding each; a side with no row is an orphan."""
    found = []
    for row in compared.itertuples():
        rule = company.file.reconciliations[row.rule]
        size = abs(row.difference)
        if size <= row.tolerance + HALF_A_CENT or not (row.covered or rule.covering == "all"):
            continue
        kind = "orphan" if pd.isna(row.left) or pd.isna(row.right) else "total"
        said = f"{rule.left.said} {row.left:,.2f} against {rule.right.said} {row.right:,.2f}, difference {row.difference:,.2f}"
        found.append(finding(row.rule, kind, row.keys, said, size=size, tolerance=row.tolerance, owner=rule.owner))
    return found


def decide(findings: list[dict], accepted: list[Accepted]) -> pd.DataFrame:
    """Findings as a table; an open one that a decision of company.yaml covers becomes accepted."""
    of = {control: [choice for choice in accepted if choice.control == control] for control in {choice.control for choice in accepted}}
    for row in findings:
        choice = next((choice for choice in of.get(row["control"], []) if choice.covers(row)), None)
        if choice is not None and row["status"] == "open":
            row |= {"status": "accepted", "reason": choice.reason, "owner": choice.owner}
    table = pd.DataFrame(findings, columns=list(FINDING_COLUMNS))
    return table.sort_values(["status", "control", "kind", "where"], ignore_index=True)


def reconcile(load: Load, company: Company, events: dict[str, StoredTable]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The tie-out row by row and, where there are rules, the reconciliations; and every finding of the load with its decision."""
    tied, compared = tie_out(load, company), comparisons(load.rows, events, company)
    business = [*comparison_findings(compared, company), *without_events(load.vouchers, events)]
    findings = [*load.findings, *total_findings(tied, company), *business]
    tables = {"tie_out": tied} | ({"reconciliations": compared} if len(compared) else {})
    return tables, decide(findings, company.file.accepted)
