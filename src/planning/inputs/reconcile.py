"""The tie-out: control totals against their lines, one source against another, and what was decided about the differences."""

from __future__ import annotations

import pandas as pd

from planning.core.accounts import roll_up
from planning.core.checks import FINDING_COLUMNS
from planning.core.tables import as_known, departments, plan_key
from planning.inputs.company import Accepted, Agreement, Company, Tolerance
from planning.inputs.findings import finding
from planning.inputs.sources import Load

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


def agreement_findings(load: Load, company: Company) -> list[dict]:
    """Two sources that should say the same, compared by top cost centre and period; a side with no row is an orphan."""
    found = []
    for name, rule in company.file.agreements.items():
        both = _sides(load.rows, company, rule)
        both["difference"] = both["left"].fillna(0.0) - both["right"].fillna(0.0)
        for row in both[both["difference"].abs() > rule.tolerance + HALF_A_CENT].itertuples():
            kind = "orphan" if pd.isna(row.left) or pd.isna(row.right) else "total"
            said = f"{rule.left} {row.left:,.2f} against {rule.right} {row.right:,.2f}, difference {row.difference:,.2f}"
            where = f"{row.cost_centre} {row.period:%Y-%m}"
            size = abs(row.difference)
            found.append(finding(name, kind, where, said, size=size, tolerance=rule.tolerance, owner=rule.owner))
    return found


def _sides(rows: pd.DataFrame, company: Company, rule: Agreement) -> pd.DataFrame:
    used = rows[(rows["scenario"] == rule.scenario) & (rows["grain"] == rule.grain)]
    latest = as_known(used.drop(columns="source"), pd.Timestamp.max).assign(
        cost_centre=lambda t: t["cost_centre"].map(departments(company.cost_centres))
    )
    totals = roll_up(latest, company.tree, ["cost_centre", "period"])
    left, right = (totals[totals["account"] == a].set_index(["cost_centre", "period"])["amount"] for a in (rule.left, rule.right))
    periods = set(left.index.get_level_values("period")) & set(right.index.get_level_values("period"))
    both = pd.concat({"left": left, "right": right}, axis=1).reset_index()
    return both[both["period"].isin(periods)]


def decide(findings: list[dict], accepted: list[Accepted]) -> pd.DataFrame:
    """Findings as a table; an open one that a decision of company.yaml names by its control and where becomes accepted."""
    decisions = {(choice.control, choice.where): choice for choice in accepted}
    for row in findings:
        choice = decisions.get((row["control"], row["where"]))
        if choice is not None and row["status"] == "open":
            row |= {"status": "accepted", "reason": choice.reason, "owner": choice.owner}
    table = pd.DataFrame(findings, columns=list(FINDING_COLUMNS))
    return table.sort_values(["status", "control", "kind", "where"], ignore_index=True)


def reconcile(load: Load, company: Company) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tie-out row by row, and every finding of the load with its decision."""
    tied = tie_out(load, company)
    findings = [*load.findings, *total_findings(tied, company), *agreement_findings(load, company)]
    return tied, decide(findings, company.file.accepted)
