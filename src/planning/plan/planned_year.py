"""A budget year planned: the plan, its cases, the pack they are told in, and what the same plan would have said of earlier years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from planning.core.checks import Check
from planning.core.drivers import Entry, Launch, driver_problems
from planning.core.errors import Problem, RequestError, at_most
from planning.model.drivers import Drivers, drivers_table
from planning.model.statements import Statement
from planning.plan.cells import plan_rows
from planning.plan.chain.basis import find_basis
from planning.plan.chain.meanings import MEANINGS
from planning.plan.chain.sources import Asked, Basis, Sources
from planning.plan.chain.whole import How, Whole, check_whole, plan_whole
from planning.plan.chain.year_cash import year_cash
from planning.plan.customers import Customers, customer_steps
from planning.plan.executive import by_department, key_table
from planning.plan.pack import Pack, build_pack, by_company, cash_table, change_of, check_pack, past_rows, reconciled_cash, sheet_table
from planning.plan.profit_bridge import profit_bridge


class Case(Protocol):
    """What differs in a case: `differences` by driver, `launches`; and what it is called."""

    name: str
    label_en: str
    label_zh: str
    differences: Mapping[str, Sequence[Entry]]
    launches: Sequence[Launch]


@dataclass(frozen=True)
class PlannedYear:
    """A plan with its `basis` and `how`; `past`: pack.past_rows; `revenue`: the account of all revenue; `cases`: every case's plan, the
    first of which is `whole`; `named`: the cases as they were given; `customers`: where it has any with contracts."""

    basis: Basis
    how: How
    past: pd.DataFrame
    revenue: str
    pack: Pack
    cases: dict[str, Whole]
    named: tuple[Case, ...]
    customers: Customers | None = None

    @property
    def whole(self) -> Whole:
        """The plan itself."""
        return next(iter(self.cases.values()))

    @property
    def assumptions(self) -> pd.DataFrame:
        """Every driver of the plan, see model.drivers.drivers_table."""
        return drivers_table(self.basis.drivers)

    @property
    def key_figures(self) -> pd.DataFrame:
        """See executive.key_table."""
        return key_table(self.pack, self.whole, self.how, self.basis, self.revenue)

    @property
    def bridge(self) -> pd.DataFrame:
        """See profit_bridge.profit_bridge."""
        accounts = () if self.customers is None else self.customers.accounts
        change = change_of(self.past, self.whole, self.how, self.basis, accounts)
        return profit_bridge(self.pack, self.basis, self.whole, self.how, self.revenue, customer_steps(self.customers, change))


def plan_year(
    sources: Sources, asked: Asked, given: Drivers, how: How, tables: Mapping[str, pd.DataFrame], revenue: str, currency: str,
    cases: Sequence[Case], customers: Customers | None = None,
) -> PlannedYear:  # fmt: skip
    """A year planned in every case. `tables`: those of the snapshot; the first case is the plan, the others differ from it; `customers`:
    whose offers are part of it.

    RequestError where drivers, those of a case too, make no sense.
    """
    refuse_drivers(driver_problems(given.values(), MEANINGS))
    basis = find_basis(sources, asked, given if customers is None else customers.planned(given), how.wiring)
    refuse_drivers([wrong for case in cases for wrong in driver_problems(basis.drivers.with_case(case.differences).values(), MEANINGS)])
    first = cases[0]
    base = replace(basis, drivers=basis.drivers.with_case(first.differences), asked=replace(asked, launches=tuple(first.launches)))
    plans = {case.name: plan_case(base, how, case if number else None) for number, case in enumerate(cases)}
    past = past_rows(tables, how, currency, revenue, basis)
    return PlannedYear(base, how, past, revenue, build_pack(past, plans[first.name], how, base), plans, tuple(cases), customers)


def refuse_drivers(problems: list[Problem]) -> None:
    """RequestError with every driver, of the company or of a case, that makes no sense."""
    if problems:
        raise RequestError("drivers", at_most(list(dict.fromkeys(problems))))


def plan_case(base: Basis, how: How, case: Case | None) -> Whole:
    """The plan of a case: the base with its differences; a launch of the same store or product takes the place of the base's."""
    if case is None:
        return plan_whole(base, base.drivers, how)
    launches = {launch.code: launch for launch in (*base.asked.launches, *case.launches)}
    asked = replace(base.asked, launches=tuple(launches.values()))
    return plan_whole(replace(base, asked=asked), base.drivers.with_case(case.differences), how)


def cases_table(year: PlannedYear) -> pd.DataFrame:
    """The cases' key figures side by side: code, better, and a column for each case, the first that of the plan."""
    keys = {
        name: key_table(build_pack(year.past, whole, year.how, year.basis), whole, year.how, year.basis, year.revenue)
        for name, whole in year.cases.items()
    }
    first = next(iter(keys.values()))
    return first[["code", "better"]].assign(**{name: table["draft"].to_numpy() for name, table in keys.items()})


def cases_said(year: PlannedYear, spending: str) -> pd.DataFrame:
    """The cases as the run's page shows them: case, label_en, label_zh, revenue, spending, result, closing (cash at the year's end).

    `spending`: the account that stands for what is spent; where the statement has none, all that lies between revenue and result.
    """
    wide = cases_table(year).set_index("code")
    if spending not in wide.index:
        wide.loc[spending, list(year.cases)] = wide.loc[year.revenue, list(year.cases)] - wide.loc[year.how.layout.profit, list(year.cases)]
    codes = {"revenue": year.revenue, "spending": spending, "result": year.how.layout.profit, "closing": "cash"}
    table = pd.DataFrame({name: wide.loc[code, list(year.cases)].astype(float) for name, code in codes.items()})
    labels = {case.name: (case.label_en, case.label_zh) for case in year.named}
    said = table.rename_axis("case").reset_index()
    return said.assign(label_en=[labels[name][0] for name in said["case"]], label_zh=[labels[name][1] for name in said["case"]])


def case_cells(year: PlannedYear, name: str, most: int = 12) -> pd.DataFrame:
    """Where a case differs from the plan in the budget year, cell by cell: entity, account, base, case, change; the largest first.

    Amounts are those of the companies, in their own currencies, before anything is taken out between them; at most `most`.
    """
    sums = [_cells(year, whole) for whole in (year.whole, year.cases[name])]
    both = pd.concat(sums, axis=1, keys=["base", "case"]).fillna(0.0).round(2)
    moved = both[both["base"] != both["case"]].assign(change=lambda table: (table["case"] - table["base"]).round(2))
    order = moved["change"].abs().sort_values(ascending=False, kind="stable").index
    return moved.loc[order].head(most).reset_index()


def _cells(year: PlannedYear, whole: Whole) -> pd.Series:
    """The income statement's accounts by company, the budget year's sums."""
    income, tree = whole.statements.income, year.how.layout.tree
    chosen = year.basis.asked.calendar.fiscal_year(pd.Series(income.periods)) == year.basis.asked.fiscal_year
    leaf = ~income.rows["account"].map(tree.is_total).to_numpy(bool)
    sums = pd.Series(income.units[leaf][:, chosen.to_numpy(), 0].sum(axis=1), index=income.rows.index[leaf])
    return sums.groupby([income.rows["entity"][leaf], income.rows["account"][leaf]]).sum()


def check_planned(year: PlannedYear) -> list[Check]:
    """What must hold of a planned year, of each of its cases too; each check once, failed where it fails in any case."""
    every = [*check_pack(year.pack, year.whole, year.how, year.basis)]
    for whole in year.cases.values():
        every += check_whole(whole, year.how)
    worst: dict[str, Check] = {}
    for check in every:
        if check.name not in worst or not check.passed:
            worst[check.name] = check
    return list(worst.values())


def recorded(year: PlannedYear, tried: pd.DataFrame, spending: str) -> dict[str, pd.DataFrame]:
    """The tables of a planned year that its run keeps, by name. `tried`: plan_trial.tried_plans; `spending`: see cases_said."""
    what = (year.whole, year.how, year.basis)
    sheet = sheet_table(*what).rename(columns=lambda name: f"{name:%Y-%m}" if isinstance(name, pd.Timestamp) else name)
    return {
        "plan_key_figures": year.key_figures, "plan_pack": year.pack.months, "plan_companies": by_company(*what), "plan_sheet": sheet,
        "plan_cash": cash_table(*what), "plan_reconciled": reconciled_cash(*what), "plan_departments": by_department(*what),
        "plan_bridge": year.bridge, "plan_cases": cases_table(year),
        "cases": cases_said(year, spending),
        "plan_assumptions": year.assumptions.drop(columns=["in_case"]), "plan_trial": tried,
    }  # fmt: skip


def published_plan(year: PlannedYear, version: str) -> pd.DataFrame:
    """The budget year as a plan table of scenario budget, each company in its own currency: income by cost centre, balances at month ends,
    cash flow. A line that belongs to no cost centre has `unassigned`."""
    flows = year.whole.plan.ledger.of(year.how.layout.is_flow(year.whole.plan.ledger.lines))
    sides = flows.lines["account"].map(year.how.wiring.sides).to_numpy("float64")[:, None]
    centre = flows.lines["cost_centre"].replace("none", "unassigned")
    income = _long(flows.lines.assign(cost_centre=centre), flows.units[:, :, 0] * sides, flows.periods)
    stated = [_of_statement(getattr(year.whole.statements, name), year) for name in ("sheet", "direct")]
    every = pd.concat([income, *stated], ignore_index=True)
    asked = year.basis.asked
    within = every[asked.calendar.fiscal_year(every["period"]) == asked.fiscal_year]
    sums = within.groupby(["entity", "cost_centre", "account", "period"], as_index=False)["amount"].sum()
    named = sums.groupby(["entity", "cost_centre", "account"])["amount"].transform(lambda amounts: amounts.abs().sum()) >= 0.005
    return plan_rows(sums[named], version)


def centre_rows(year: PlannedYear) -> pd.DataFrame:
    """The budget year's income by cost centre, dealings within the group included: cost_centre, account, amount, company's currency."""
    rows = published_plan(year, "")
    worth = year.basis.sources.known(year.basis.asked.as_of).worth()
    flows = rows[rows["account"].isin(year.how.layout.tree.leaves(year.how.layout.profit))]
    return flows.assign(amount=flows["amount"] * flows["entity"].map(worth))[["cost_centre", "account", "amount"]]


def cash_of(year: PlannedYear) -> tuple[float, float]:
    """Cash when the budget year begins and when it ends, see chain.year_cash."""
    asked, whole = year.basis.asked, year.whole
    return year_cash(whole.plan, whole.opening, year.basis.sources.known(asked.as_of).worth(), year.how.wiring, asked)


def _of_statement(statement: Statement, year: PlannedYear) -> pd.DataFrame:
    leaf = ~statement.rows["account"].map(year.how.layout.tree.is_total).to_numpy(bool)
    return _long(statement.rows[leaf].assign(cost_centre="unassigned"), statement.units[leaf][:, :, 0], statement.periods)


def _long(rows: pd.DataFrame, amounts: np.ndarray, periods: pd.DatetimeIndex) -> pd.DataFrame:
    """entity, cost_centre, account, period, amount."""
    keys = ["entity", "cost_centre", "account"]
    table = pd.DataFrame(amounts, columns=periods).assign(**{key: rows[key].to_numpy() for key in keys})
    return table.melt(keys, var_name="period", value_name="amount").astype({"period": "datetime64[ns]"})
