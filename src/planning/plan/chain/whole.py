"""A company's plan whole: from its tables and drivers to the three statements of each company in it and of the group.

Everything a report, a case or a draw needs hangs on `plan_whole`: the same basis with other drivers is another plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from planning.core.accounts import AccountTree
from planning.core.checks import Check
from planning.core.periods import FiscalCalendar
from planning.model.consolidation import BOOKED, Consolidation, Group, check_consolidation, consolidate
from planning.model.drivers import Drivers
from planning.model.ledger import check_ledger
from planning.model.statements import Layout, Statements, build_statements, check_statements, opening_balances
from planning.plan.chain.annual import Operations, plan_company
from planning.plan.chain.build import Plan, Wiring
from planning.plan.chain.exchange import planned_rates
from planning.plan.chain.group_goods import group_stock
from planning.plan.chain.sources import Basis, Sources
from planning.plan.chain.tables import find_returned, find_sold, find_table
from planning.plan.chain.wire import group_of, lay_out, wire, with_shares

EVENTS = ("purchases", "production", "inventory", "bill_of_materials", "products", "stores", "pay", "leases")
"""The event tables that a plan reads."""
PROJECTS = ("proposals", "project_flows")
"""Those that tell of projects."""


@dataclass(frozen=True)
class How:
    """How a company's plan is booked, stated and consolidated. `said`: wiring.yaml; `group`: missing where nothing is consolidated."""

    wiring: Wiring
    layout: Layout
    said: Mapping[str, Any]
    group: Group | None


@dataclass(frozen=True)
class Whole:
    """A plan with all that is told of it. `statements`: by entity, each in its own currency; `group`: those of the group, where there is
    one, in its currency; `opening`: the balances that it begins with (annual.plan_company)."""

    operations: Operations
    plan: Plan
    statements: Statements
    group: Consolidation | None
    opening: pd.DataFrame

    @property
    def told(self) -> Statements:
        """The statements that the plan is told by: the group's, or those of the companies where there is no group."""
        return self.statements if self.group is None else self.group.consolidated


class Wired(Protocol):
    """What a company's files say of how its plan is booked; see inputs.wiring.ReadWiring."""

    said: Mapping[str, Any]
    other_sides: dict[str, tuple[str, str]]
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


class Taken(Protocol):
    """What a plan reads of a snapshot; see inputs.snapshots.Snapshot."""

    tables: Mapping[str, pd.DataFrame]
    tree: AccountTree
    entities: pd.DataFrame
    event: Callable[[str], pd.DataFrame]
    query: Callable[[str], pd.DataFrame]


def how_planned(
    wired: Wired, taken: Taken, sides: Mapping[str, int], ownership: pd.DataFrame | None, calendar: FiscalCalendar, currency: str
) -> How:
    """How a company's plan is booked, by its files and the chart of its snapshot. `sides`: which way each account grows."""
    said, (rules, settlements, sections) = wired.said, wired.tables
    wiring = wire(said, wired.other_sides, rules, settlements, taken.tree, sides)
    layout = lay_out(said, sections, wiring, calendar)
    group = None if said.get("group") is None or ownership is None else group_of(said, taken.entities, ownership, layout, currency)
    return How(wiring, layout, said, group)


def find_sources(
    tables: Mapping[str, pd.DataFrame], event: Callable[[str], pd.DataFrame], ask: Callable[[str], pd.DataFrame]
) -> Sources:
    """What a plan reads of a snapshot. `tables`: its tables by name; `event`: an event table; `ask`: a question in SQL. What a company
    doesn't keep is there without rows."""
    found = {name: find_table(name, tables, event) for name in (*EVENTS, "rates", *PROJECTS)}
    sold = find_sold(ask, found["products"], found["stores"])
    books = (tables["rows"], tables["cost_centres"], tables["entities"], found["rates"])
    rest = (*(found[name] for name in PROJECTS), tables.get("ownership"))
    return Sources(sold, find_returned(ask, tables), *(found[name] for name in EVENTS), *books, *rest)


def plan_whole(basis: Basis, drivers: Drivers, how: How) -> Whole:
    """The plan of a basis at some drivers, those of the basis or of a case."""
    made, plan, open_at = plan_company(basis, drivers, how.wiring)
    stands = open_at[open_at["account"].isin(how.layout.leaves(how.layout.assets, how.layout.claims))]
    natural = stands.assign(amount=(stands["amount"] * stands["account"].map(how.wiring.sides)).round(2))
    if how.group is None:
        opening = opening_balances(natural, how.layout)
        return Whole(made, plan, build_statements(plan.ledger, opening, how.layout), None, open_at)
    opening = opening_balances(with_shares(natural, how.said, how.group.entities), how.layout)
    stocks = group_stock(made.trade, basis.sources.products, how.wiring, made.drivers, basis.asked.horizon)
    known, months = basis.sources.known(basis.asked.as_of).rates, basis.asked.horizon.periods
    rates = planned_rates(made.drivers, how.group.entities, known, months)
    group = consolidate(plan.ledger, opening, how.group, rates, how.layout, stocks)
    return Whole(made, plan, build_statements(plan.ledger, opening, how.layout), group, open_at)


def stated(whole: Whole) -> set[str]:
    """The companies whose lines are in the statements that the plan is told by: without those that a group holds without control."""
    if whole.group is None:
        return set(whole.plan.entities)
    rows = whole.group.columns.income.rows
    return set(rows.loc[rows["layer"] == BOOKED, "entity"])


def check_whole(whole: Whole, how: How) -> list[Check]:
    """What must hold of a plan in every month and draw: books that balance, statements that tie, a group that adds up."""
    group = [] if whole.group is None else check_consolidation(whole.group, how.layout)
    return [check_ledger(whole.plan.ledger), *check_statements(whole.statements, how.layout), *group]
