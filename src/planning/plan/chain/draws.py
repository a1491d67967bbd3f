"""A plan in draws: what its drivers' owners and its forecasts aren't sure of, drawn, and what comes of it in the statements.

Drivers are drawn each on its own, from a split normal with one case in ten below `low` and one in ten above `high`; the forecasts of
volumes and of running costs, and what is spent on assets, miss along the paths by which they missed before (model.missed). Every other
draw is the opposite of the one before, so that no fan leans by chance. Each draw is a whole plan: its books balance and its statements
tie. Draws are worked out block by block, and only some figures of each are kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from planning.core.checks import Check
from planning.core.drivers import Entry
from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.money import from_minor
from planning.core.periods import FiscalCalendar
from planning.model.cash_draws import paired_normals, spread_amounts
from planning.model.drivers import Drivers, Move, Place
from planning.model.missed import Missed, missed_paths
from planning.model.statements import Statements
from planning.plan.chain.assets import capex_moves
from planning.plan.chain.meanings import MEANINGS
from planning.plan.chain.running import BY, running_table
from planning.plan.chain.sources import Astray, Basis
from planning.plan.chain.volumes import PLACE, volume_history
from planning.plan.chain.whole import How, Whole, check_whole, plan_whole
from planning.plan.chain.wire import GROUP

HELD = (
    "asset_life", "income_tax", "lease_rate", "lease_renewal", "ready_delay", "rent_months", "rent_rise", "reserve_share", "residual",
    "tax_losses",
)  # fmt: skip
"""Drivers that are the same in every draw, whatever is said of them: law, contracts, and what is written off, worked out once."""
MISSED = {"volumes": 0, "running": 2**32, "capex": 2**33}
"""What misses along past paths, and what is added to the seed of its draws."""
BLOCK = 100
"""Draws worked out at a time."""
STOCKS = ("closing_cash", "debt", "net_cash")
"""Figures that stand at a month's end; the others are flows."""


@dataclass(frozen=True)
class Figures:
    """What is kept of each draw: by name the statement that it is read from and the accounts that it is made of, with weights."""

    accounts: Mapping[str, tuple[str, Mapping[str, int]]]

    @property
    def names(self) -> list[str]:
        """The figures in order."""
        return list(self.accounts)


def figures_of(how: How, revenue: str) -> Figures:
    """The usual ones. Operating costs are those below gross profit; what wiring.yaml calls so may hold the cost of sales.

    RequestError where the chart has no such account.
    """
    tree, said = how.layout.tree, how.said["statements"]
    if revenue not in tree:
        raise RequestError("figures", [Problem("unknown account", revenue, next=did_you_mean(revenue, tree.accounts.index))])
    cost_of_sales, operating_costs = said["cost_of_sales"], said["operating_costs"]
    within = set(tree.leaves(cost_of_sales)) <= set(tree.leaves(operating_costs))
    return Figures({
        "revenue": ("income", {revenue: 1}),
        "gross_profit": ("income", {revenue: 1, cost_of_sales: -1}),
        "operating_costs": ("income", {operating_costs: 1} | ({cost_of_sales: -1} if within else {})),
        "net_profit": ("income", {how.layout.profit: 1}),
        "operating_cash_flow": ("direct", {how.layout.operating: 1}),
        "closing_cash": ("sheet", dict.fromkeys(how.layout.cash, 1)),
        "debt": ("sheet", dict.fromkeys(how.wiring.accounts.debt, 1)),
        "net_cash": ("sheet", dict.fromkeys(how.layout.cash, 1) | dict.fromkeys(how.wiring.accounts.debt, -1)),
    })  # fmt: skip


@dataclass(frozen=True)
class Uncertain:
    """What is drawn: `entries` that say low and high, how far the forecasts miss, and what is spent on assets, where that is drawn."""

    entries: Mapping[Place, Entry]
    volumes: Missed | None = None
    running: Missed | None = None
    capex: Missed | None = None


@dataclass(frozen=True)
class Shocks:
    """Draws of what is uncertain: `shifts` of entries and `moves` of whole drivers, weights of past paths (draws × paths); all of as
    many draws."""

    shifts: Mapping[Place, np.ndarray] = field(default_factory=dict)
    moves: Sequence[Move] = ()
    volumes: np.ndarray | None = None
    running: np.ndarray | None = None
    capex: np.ndarray | None = None

    def at(self, draws: slice) -> Shocks:
        """Some of the draws."""
        cut = {name: None if (all_of := getattr(self, name)) is None else all_of[draws] for name in MISSED}
        moves = tuple(replace(move, by=move.by[draws]) for move in self.moves)
        return Shocks({place: by[draws] for place, by in self.shifts.items()}, moves, **cut)


@dataclass(frozen=True)
class Draws:
    """What is kept of a plan in draws. `rows`: entity (each in its own currency, GROUP in the group's), figure; `amounts`: rows × periods ×
    draws, whole cents; `checks`: what must hold, of every draw."""

    rows: pd.DataFrame
    amounts: np.ndarray
    periods: pd.DatetimeIndex
    checks: list[Check]
    digits: int = 2

    def of(self, entity: str, figure: str) -> np.ndarray:
        """A figure by month and draw, in money; RequestError where there is none."""
        chosen = ((self.rows["entity"] == entity) & (self.rows["figure"] == figure)).to_numpy()
        if not chosen.any():
            raise RequestError("draws", [Problem("no such figure", f"{entity}, {figure}")])
        return from_minor(self.amounts[chosen][0], self.digits)

    def of_year(self, entity: str, figure: str, calendar: FiscalCalendar, fiscal_year: int) -> np.ndarray:
        """A figure of the months of a fiscal year by draw: their sum, or what stands at their end."""
        months = self.of(entity, figure)[year_months(self.periods, calendar, fiscal_year)]
        return months[-1] if figure in STOCKS else months.sum(axis=0)

    @property
    def whole(self) -> list[str]:
        """By whom all is told: the group, or the companies where there is none."""
        entities = list(dict.fromkeys(self.rows["entity"]))
        return [GROUP] if GROUP in entities else entities


def year_months(periods: pd.DatetimeIndex, calendar: FiscalCalendar, fiscal_year: int) -> np.ndarray:
    """The places of a fiscal year's months; RequestError where there is none."""
    found = np.flatnonzero(np.asarray(calendar.fiscal_year(pd.Series(periods))) == fiscal_year)
    if not len(found):
        raise RequestError("draws", [Problem("a year that isn't planned", str(fiscal_year))])
    return found


# ------------------------------------------------------------------------------------------------------ what is uncertain


def find_uncertain(basis: Basis) -> Uncertain:
    """What a plan isn't sure of: the entries with low and high, and its forecasts' past misses, which are forecast anew for it."""
    asked, known = basis.asked, basis.sources.known(basis.asked.as_of)
    how = {"method": asked.method, "workers": asked.workers, "country": asked.country}
    sold = volume_history(known.sold, asked.as_of)
    volumes = missed_paths(sold, basis.volumes, len(asked.horizon.beyond), by=PLACE, **how)
    if basis.running is None:
        return Uncertain(uncertain_entries(basis.drivers), volumes, capex=basis.capex)
    table = running_table(basis.history, asked.as_of)
    running = missed_paths(table, basis.running, len(asked.horizon.periods), by=BY, **how)
    return Uncertain(uncertain_entries(basis.drivers), volumes, running, basis.capex)


def uncertain_entries(drivers: Drivers) -> dict[Place, Entry]:
    """The entries that say where they lie in eight of ten cases, those of a case too; none of HELD, nor those whose edges are one."""
    found = {}
    for name, driver in drivers.items():
        told = {(name, place): entry for place, entry in enumerate(driver.entries)} if not driver.formula else {}
        told |= {(name, -1 - place): entry for place, entry in enumerate(driver.case)}
        found |= {place: entry for place, entry in told.items() if name not in HELD and entry.low < entry.high}
    return found


def entry_shift(place: Place, entry: Entry, said: np.ndarray) -> np.ndarray:
    """By how much an entry is other than it says where it is `said`, within what its driver may be."""
    meaning = MEANINGS.get(place[0])
    if meaning is not None and entry.change == "value":
        said = np.clip(said, meaning.lowest, meaning.highest)
    return said - entry.value


def draw_shocks(uncertain: Uncertain, draws: int, seed: int) -> Shocks:
    """What is uncertain, drawn: each of its parts by numbers of its own, so that what joins or leaves moves no other.

    RequestError where the number of draws or the seed makes no sense.
    """
    problems = [
        Problem(f"wrong {name}", got=repr(got), expected=f"a whole number from {least}")
        for name, got, least in (("draws", draws, 1), ("seed", seed, 0))
        if isinstance(got, bool) or not isinstance(got, int) or got < least
    ]
    if problems:
        raise RequestError("draws", problems)
    shifts = {}
    for place, entry in uncertain.entries.items():
        dice = np.random.default_rng([seed, 2, zlib.crc32(f"{place[0]} {entry.about} {place[1] < 0}".encode())])
        said = spread_amounts(paired_normals(dice, draws, 1)[:, 0], entry.value, entry.low, entry.high)
        shifts[place] = entry_shift(place, entry, said)
    missed = {name: (getattr(uncertain, name), seed + further) for name, further in MISSED.items()}
    return Shocks(shifts, **{name: one.weights(draws, own) for name, (one, own) in missed.items() if one is not None})


# ------------------------------------------------------------------------------------------------------------- the plan


def plan_draws(
    basis: Basis, how: How, figures: Figures, uncertain: Uncertain, draws: int, seed: int, block: int = BLOCK
) -> Draws:  # fmt: skip
    """The plan in draws: the same for the same seed, whatever the block; the first draws of many are those of few."""
    return shocked_plans(basis, how, figures, uncertain, draw_shocks(uncertain, draws, seed), draws, block)


def shocked_plans(
    basis: Basis, how: How, figures: Figures, uncertain: Uncertain, shocks: Shocks, draws: int, block: int = BLOCK
) -> Draws:  # fmt: skip
    """The plan with its drivers and forecasts off by the shocks, one plan for each draw of them."""
    parts: list[Draws] = []
    checks: dict[str, Check] = {}
    for start in range(0, draws, block):
        size = min(block, draws - start)
        parts.append(_block(basis, how, figures, uncertain, shocks.at(slice(start, start + size)), size))
        _keep_worst(checks, parts[-1].checks, draws)
    return replace(parts[0], amounts=np.concatenate([part.amounts for part in parts], axis=2), checks=list(checks.values()))


def _block(basis: Basis, how: How, figures: Figures, uncertain: Uncertain, shocks: Shocks, draws: int) -> Draws:
    """What is kept of some draws; the plans themselves are let go, so that no two blocks are held at once."""
    whole = plan_whole(*_shocked(basis, uncertain, shocks), how)
    rows, amounts = kept(whole, figures)
    ledger = whole.plan.ledger
    wide = np.broadcast_to(amounts, (*amounts.shape[:2], draws))
    return Draws(rows, wide, ledger.periods, check_whole(whole, how), ledger.digits)


def _shocked(basis: Basis, uncertain: Uncertain, shocks: Shocks) -> tuple[Basis, Drivers]:
    off = {
        name: getattr(uncertain, name).drawn(weights)
        for name in ("volumes", "running")
        if (weights := getattr(shocks, name)) is not None
    }
    moves = [*shocks.moves]
    if uncertain.capex is not None and shocks.capex is not None:
        spent = uncertain.capex.drawn(shocks.capex)[:, 0]
        moves += capex_moves(basis.drivers["capex"], spent, uncertain.capex.cells["entity"].tolist())
    drivers = basis.drivers.shifted(shocks.shifts, moves)
    return replace(basis, drivers=drivers, astray=Astray(**off)), drivers


def _keep_worst(checks: dict[str, Check], found: list[Check], draws: int) -> None:
    """Each check once for all draws: failed where it fails in any block."""
    for check in found:
        if check.name not in checks or (checks[check.name].passed and not check.passed):
            checks[check.name] = check if not check.passed else Check(check.name, True, f"{draws} × Δ 0")


def kept(whole: Whole, figures: Figures) -> tuple[pd.DataFrame, np.ndarray]:
    """The figures of a plan by entity, and of its group: rows, and amounts in cents, rows × periods × draws."""
    parts = [_figure(whole.statements, entity, figures, name) for entity in whole.plan.entities for name in figures.names]
    keys = [(entity, name) for entity in whole.plan.entities for name in figures.names]
    if whole.group is not None:
        parts += [_figure(whole.told, GROUP, figures, name) for name in figures.names]
        keys += [(GROUP, name) for name in figures.names]
    shape = np.broadcast_shapes(*(part.shape for part in parts))
    return pd.DataFrame(keys, columns=["entity", "figure"]), np.stack([np.broadcast_to(part, shape) for part in parts])


def _figure(made: Statements, entity: str, figures: Figures, name: str) -> np.ndarray:
    """A figure in cents, periods × draws; 0 where nothing stands on its accounts."""
    which, accounts = figures.accounts[name]
    statement = getattr(made, which)
    weight = statement.rows["account"].map(accounts).where(statement.rows["entity"] == entity).fillna(0).to_numpy("int64")
    chosen = weight != 0
    return (statement.amounts[chosen] * weight[chosen, None, None]).sum(axis=0)
