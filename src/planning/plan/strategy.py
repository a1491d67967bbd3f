"""From strategy to budget: targets from above, requests from below, the neutral view between them, and the money there is.

One call for a notebook (`build_strategy`), and what it takes made from a draft (`asked_cells`, `plan_money`, `neutral_cells`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.checks import Check, check_close
from planning.core.drivers import Driver
from planning.core.errors import Problem, did_you_mean
from planning.core.money import from_minor, to_minor
from planning.core.tables import sum_postings
from planning.model.history import raise_problems
from planning.model.ranges import is_number
from planning.plan.books import Books
from planning.plan.budget import Known, TopDown
from planning.plan.funds import Money, check_funds, with_cash
from planning.plan.negotiation import KEYS, cell_problems, negotiate, total_of
from planning.plan.neutral import forecast_view, shared_view
from planning.plan.scarce import (
    DRIVER,
    NO_PIECES,
    Shared,
    campaign_pieces,
    declared_pieces,
    declared_values,
    project_pieces,
    share_scarce,
)
from planning.plan.targets import Frame, Targets, build_frame, cell_targets, read_targets

CAMPAIGNS = "campaigns"
"""The unit that money for campaigns is set apart as, where its return was measured."""


@dataclass(frozen=True)
class Worth:
    """What is known of the value of money: `drivers` (plan.scarce.DRIVER among them or not), `curves` of campaigns with the
    `accounts` that they are booked on, `projects` that ask for capital (project, need, npv, odds, labels), and the share of the
    running year that a unit keeps whatever is cut."""

    drivers: tuple[Driver, ...] = ()
    curves: pd.DataFrame | None = None
    accounts: tuple[str, ...] = ()
    projects: pd.DataFrame | None = None
    kept: float = 0.0


@dataclass(frozen=True)
class Strategy:
    """`targets`, `money` and the `frame` they leave; `units`: see negotiation.negotiate; `cells`: the targets by cell; `funds`: see
    funds.check_funds, of target, neutral and request; `shared`: both ways of sharing the frame, none without one; `declared`: unit, rate,
    source, owner; `projects`: as given, or none."""

    targets: Targets
    money: Money
    frame: Frame
    units: pd.DataFrame
    cells: pd.DataFrame
    funds: pd.DataFrame
    shared: Shared | None
    declared: pd.DataFrame
    projects: pd.DataFrame | None = None


def build_strategy(
    requests: pd.DataFrame, neutral: pd.DataFrame, running: pd.DataFrame, money: Money, given: Mapping[str, object],
    unit_of: Mapping[str, str], period: pd.Timestamp, worth: Worth | None = None,
) -> Strategy:  # fmt: skip
    """Everything between targets and requests. `requests`, `running`: cost_centre, account, amount of a year; `neutral` with lower and
    upper; `given`: the targets (targets.NAMES, any missing); `unit_of`: each cost centre's unit; `period`: the budget year's first month.

    RequestError with everything wrong with targets, tables or worth.
    """
    targets, worth = read_targets(given), worth or Worth()
    tables = {"requests": requests, "neutral": neutral, "running": running}
    wrong = [problem for name, table in tables.items() for problem in cell_problems(table, name, unit_of)]
    raise_problems("strategy", [*wrong, *_worth_problems(worth, unit_of)])
    frame = build_frame(targets, money, float(from_minor(to_minor(running["amount"], 2).sum(), 2)))
    cells = cell_targets(running, frame)
    units = negotiate(requests, neutral, running, cells, unit_of)
    sums = total_of(units)
    funds = check_funds({what: sums[what] for what in ("target", "neutral", "request")}, money, targets.cash_floor)
    named = sorted({*unit_of.values()})
    declared = declared_values(worth.drivers, [unit for unit in named if unit in set(units["unit"])], period)
    shared = None if np.isnan(frame.total) else _shared(requests, running, frame, unit_of, worth, declared)
    return Strategy(targets, money, frame, units, cells, funds, shared, declared, worth.projects)


@dataclass(frozen=True)
class Asked:
    """What is asked of a draft: its `targets`, the nodes of costs that follow from sales and aren't negotiated, and how the neutral view
    is forecast."""

    targets: Mapping[str, object]
    follow_sales: Sequence[str] = ()
    method: str = "standard"
    level: float = 0.8
    workers: int = 1
    country: str | None = None


def draft_strategy(
    known: Known, books: Books, sides: tuple[TopDown, TopDown], draft: pd.DataFrame, classes: pd.DataFrame, cash: tuple[float, float],
    asked: Asked, planned: tuple[float, float] | None = None,
) -> Strategy:  # fmt: skip
    """Everything between targets and a draft's requests. `sides`: revenue and spending; `cash`: drafting.cash_terms; `planned`: cash when
    the budget year begins and ends, where a plan with statements tells."""
    following = leaves_below(known, asked.follow_sales)
    requests, running = (asked_cells(draft, column, following) for column in ("amount", "base"))
    how = (asked.method, asked.level, asked.workers, asked.country)
    neutral = neutral_cells(known, books, sides[1], classes, following, *how)
    money = plan_money(known, *sides, draft, following, cash)
    if planned is not None:
        money = with_cash(money, *planned, float(neutral["amount"].sum()))
    first = known.calendar.first(known.fiscal_year)
    return build_strategy(requests, neutral, running, money, asked.targets, known.department, first)


def _shared(
    requests: pd.DataFrame, running: pd.DataFrame, frame: Frame, unit_of: Mapping[str, str], worth: Worth, declared: pd.DataFrame
) -> Shared:
    asked, spent = (_by_unit(table, unit_of, worth) for table in (requests, running))
    kept = (spent * worth.kept).round(2)
    pieces = [declared_pieces(declared, asked)]
    if worth.curves is not None and CAMPAIGNS in asked.index:
        pieces.append(campaign_pieces(CAMPAIGNS, worth.curves))
    if worth.projects is not None:
        pieces.append(project_pieces(worth.projects))
    found = [part for part in pieces if len(part)]
    return share_scarce(asked, kept, pd.concat(found, ignore_index=True) if found else NO_PIECES, frame.total)


def _by_unit(table: pd.DataFrame, unit_of: Mapping[str, str], worth: Worth) -> pd.Series:
    """Amounts by unit, money for campaigns set apart where its return was measured; exact to the cent."""
    unit = table["cost_centre"].astype(object).map(unit_of)
    if worth.curves is not None:
        unit = unit.where(~table["account"].isin(worth.accounts), CAMPAIGNS)
    cents = pd.Series(to_minor(table["amount"].to_numpy("float64"), 2), index=table.index)
    sums = cents.groupby(unit).sum()
    return pd.Series(from_minor(sums.to_numpy(), 2), index=sums.index.astype(object))


def _worth_problems(worth: Worth, unit_of: Mapping[str, str]) -> list[Problem]:
    problems = []
    if not is_number(worth.kept) or not 0 <= worth.kept <= 1:
        problems.append(Problem("out of range", "kept", repr(worth.kept), "a fraction from 0 to 1"))
    named = [(driver.name, entry.where["cost_centre"]) for driver in worth.drivers if driver.name == DRIVER
             for entry in driver.entries if "cost_centre" in entry.where]  # fmt: skip
    units = sorted({*unit_of.values()})
    return problems + [
        Problem("not a unit", f"driver {name}, cost_centre {code}", expected="a unit that asks for money", next=did_you_mean(code, units))
        for name, code in named if code not in units
    ]  # fmt: skip


# --------------------------------------------------------------------------------------------- from a draft, and what is known


def leaves_below(known: Known, nodes: Iterable[str]) -> set[str]:
    """The accounts below some nodes of the chart; RequestError where one isn't in it."""
    nodes = list(nodes)
    unknown = [node for node in nodes if node not in known.tree]
    raise_problems("following", [Problem("unknown account", node, next=did_you_mean(node, known.tree.accounts.index)) for node in unknown])
    return {leaf for node in nodes for leaf in known.tree.leaves(node)}


def asked_cells(draft: pd.DataFrame, column: str, following: Collection[str] = ()) -> pd.DataFrame:
    """A column of a draft (amount: what is asked for; base: the running year) by cell: cost_centre, account, amount; without the
    accounts that follow from sales."""
    cells = draft.loc[~draft["account"].isin(set(following)), [*KEYS, column]].rename(columns={column: "amount"})
    sums = sum_postings(cells)
    return sums.assign(amount=from_minor(to_minor(sums["amount"], 2), 2))


def neutral_cells(
    known: Known, books: Books, spending: TopDown, classes: pd.DataFrame, following: Collection[str], method: str, level: float = 0.8,
    workers: int = 1, country: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The neutral view of whichever books there are (see plan.neutral), without the accounts that follow from sales."""
    if not books.is_ledger:
        view = shared_view(known, books, classes, spending)
        return view[~view["account"].isin(set(following))].reset_index(drop=True)
    leaves = set(known.tree.leaves(spending.account)) - set(following)
    return forecast_view(known, spending.account, leaves, method, level, workers, country)


def plan_money(
    known: Known, revenue: TopDown, spending: TopDown, draft: pd.DataFrame, following: Collection[str], cash: tuple[float, float]
) -> Money:
    """The money of a budget in the neutral view. `cash`: cash paid per obligation, and cash when the year begins (drafting.cash_terms).

    What follows from sales is forecast by line; of a line that does so in part the running year's share counts, and of one that isn't
    forecast what the draft says.
    """
    follows = draft["account"].isin(set(following))
    by = "line" if "line" in draft.columns else "account"
    base = draft.groupby(by)["base"].sum()
    share = (draft[follows].groupby(by)["base"].sum() / base.where(base != 0)).dropna()
    asked = draft.groupby(by)["amount"].sum()
    lines = spending.lines.groupby("account")["amount"].sum().reindex(share.index).fillna(asked.reindex(share.index))
    ahead = float((lines * share).sum())
    lower, upper = (float(revenue.year[edge]) for edge in ("lower", "upper"))
    return Money(
        running_revenue=float(revenue.running["amount"].sum()), revenue=float(revenue.lines["amount"].sum()), lower=lower, upper=upper,
        running_following=float(draft.loc[follows, "base"].sum()), following=ahead, opening=float(cash[1]), paid_share=float(cash[0]),
    )  # fmt: skip


def check_strategy(strategy: Strategy) -> list[Check]:
    """What must hold: targets add up to the frame, gaps to requests less targets, both ways of sharing stay within the funds."""
    units, checks = total_of(strategy.units), []
    if not np.isnan(strategy.frame.total):
        checks.append(check_close("targets add up to the frame", units["target"], strategy.frame.total, 0.005))
    known = strategy.units.dropna(subset=["request", "target"])
    gaps = float(known["request"].sum() - known["target"].sum())
    if len(known):
        checks.append(check_close("gaps add up to requests less targets", units["gap"], gaps, 0.005))
        parts = float(np.nansum([units["room"] * -1, units["beyond"], units["effort"]]))
        whole = known if known["neutral"].notna().all() else known[known["beyond"].notna()]
        checks.append(check_close("what is beyond, effort and room add up to the gaps", parts, _parts_of(known, whole), 0.005))
    shared = strategy.shared
    if shared is not None and not shared.lacking:
        for way in ("proportional", "by_value"):
            given = float(shared.units[way].sum())
            said = f"{given:,.2f} ≤ {shared.funds:,.2f}"
            checks.append(Check(f"sharing ({way}) stays within the funds", given <= shared.funds + 0.005, said))
    return checks


def _parts_of(known: pd.DataFrame, whole: pd.DataFrame) -> float:
    """The gaps of units whose parts are told, and minus the room of the others."""
    return float(whole["gap"].sum() - known.loc[~known.index.isin(whole.index), "room"].sum())
