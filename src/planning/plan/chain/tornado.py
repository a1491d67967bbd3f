"""What matters: each driver and forecast alone at its edges, and what that does to profit and cash. All in one run, a draw an edge.

A driver of which somebody says low and high stands at these; where nobody does, a step stands in its place, the same for all, which says
nothing of how likely it is. A forecast stands where its sum misses as far as in one of ten cases, and all its cells by what goes with that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.drivers import Entry
from planning.core.money import LARGEST, from_minor
from planning.model.chain.goods import BOUGHT, MADE
from planning.model.drivers import Drivers, Move, Place
from planning.model.missed import Missed
from planning.plan.chain.annual import plan_operations
from planning.plan.chain.draws import STOCKS, Draws, Figures, Shocks, Uncertain, entry_shift, shocked_plans, year_months
from planning.plan.chain.running import BY
from planning.plan.chain.sources import Basis
from planning.plan.chain.stocks import find_items
from planning.plan.chain.volumes import PLACE
from planning.plan.chain.whole import How

EDGES = (0.1, 0.9)
"""The shares of cases that lie below the edges of a forecast, as low and high of a driver do."""
STEP, DAYS = 0.01, 1.0
"""Where nobody says low and high: 1 % (of prices, volumes, pay, rates of exchange), and one day of payment."""
STEPS = {"price_change": STEP, "volume_change": STEP, "purchase_price_change": STEP, "pay_rise": STEP, "payment_days": DAYS}
KINDS = ("said", "forecast", "step")
"""Why a bar is as wide as it is."""


@dataclass(frozen=True)
class Bar:
    """One thing that is uncertain. `code`: driver, or volumes, running; `about`: what of it; `kind`: one of KINDS; `low`,
    `high`: where it stands at its edges, by how much it changes where the kind is a step; `shocks`: both edges, as two draws."""

    code: str
    about: str
    kind: str
    low: float
    high: float
    shocks: Shocks


def build_tornado(basis: Basis, how: How, figures: Figures, uncertain: Uncertain) -> pd.DataFrame:
    """Every bar: code, about, kind, low, high, unit, and what each edge adds to the net profit of the budget year and to the cash at its
    end, less debt: profit_low, profit_high, cash_low, cash_high, in whole cents as money; the widest in profit first.

    Less debt, since a company at its least cash borrows what it lacks: cash alone would show nothing there. Of the group, or of all
    companies together where there is none. The kinds keep apart: steps can't be compared with what is likely.
    """
    bars = find_bars(basis, how, uncertain)
    made = shocked_plans(basis, how, figures, uncertain, joined([bar.shocks for bar in bars]), 1 + 2 * len(bars))
    rows = pd.DataFrame([{"code": bar.code, "about": bar.about, "kind": bar.kind, "low": bar.low, "high": bar.high} for bar in bars])
    for name, figure in (("profit", "net_profit"), ("cash", "net_cash")):
        edges = effects(made, figure, basis)
        rows = rows.assign(**{f"{name}_low": edges[0::2], f"{name}_high": edges[1::2]})
    widest = rows[["profit_low", "profit_high"]].abs().max(axis=1)
    order = pd.DataFrame({"kind": rows["kind"].map(KINDS.index), "widest": -widest}).sort_values(["kind", "widest"], kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def effects(made: Draws, figure: str, basis: Basis) -> np.ndarray:
    """What each draw but the first adds to a figure of the budget year, beside the first."""
    months = year_months(made.periods, basis.asked.calendar, basis.asked.fiscal_year)
    chosen = (made.rows["entity"].isin(made.whole) & (made.rows["figure"] == figure)).to_numpy()
    cents = made.amounts[chosen].sum(axis=0)[months]
    year = cents[-1] if figure in STOCKS else cents.sum(axis=0)
    return from_minor(year[1:] - year[0], made.digits)


def joined(each: list[Shocks]) -> Shocks:
    """A draw without any shock, then the two of each, one thing at a time."""
    size = 1 + 2 * len(each)
    shifts: dict[Place, np.ndarray] = {}
    moves, wide = [], {}
    for number, one in enumerate(each):
        own = slice(1 + 2 * number, 3 + 2 * number)
        for place, by in one.shifts.items():
            shifts[place] = _at(own, by, size)
        moves += [Move(move.driver, _at(own, move.by, size), move.where, move.least) for move in one.moves]
        for name in ("volumes", "running"):
            weights = getattr(one, name)
            if weights is not None:
                wide[name] = _at(own, weights, size)
    return Shocks(shifts, tuple(moves), **wide)


def _at(own: slice, values: np.ndarray, size: int) -> np.ndarray:
    found = np.zeros((size, *values.shape[1:]))
    found[own] = values
    return found


# ------------------------------------------------------------------------------------------------------------------ bars


def find_bars(basis: Basis, how: How, uncertain: Uncertain) -> list[Bar]:
    """All that is uncertain, and a step for each of the usual drivers of which nobody says how uncertain it is."""
    said = [_said_bar(place, entry) for place, entry in uncertain.entries.items()]
    forecasts = [bar for name, missed, value in _forecasts(basis, how, uncertain) for bar in [_forecast_bar(name, missed, value, basis)]]
    return [*said, *forecasts, *_step_bars(basis, how, {place[0] for place in uncertain.entries})]


def _said_bar(place: Place, entry: Entry) -> Bar:
    shift = entry_shift(place, entry, np.array([entry.low, entry.high]))
    low, high = (float(edge) for edge in entry.value + shift)
    return Bar(place[0], "" if entry.about == "everywhere" else entry.about, "said", low, high, Shocks({place: shift}))


def _forecasts(basis: Basis, how: How, uncertain: Uncertain):
    """The forecasts that miss, and what a unit of each of their cells is worth, in the company's currency."""
    worth = basis.sources.known(basis.asked.as_of).worth()
    if uncertain.volumes is not None:
        yield "volumes", uncertain.volumes, _worth_of_pieces(basis, how, worth)
    if uncertain.running is not None:
        cells = uncertain.running.cells
        side = cells["account"].map(how.wiring.sides).to_numpy("float64")
        yield "running", uncertain.running, side * cells["entity"].map(worth).to_numpy("float64")


def _worth_of_pieces(basis: Basis, how: How, worth: pd.Series) -> np.ndarray:
    """What a piece of each cell of the volume forecast sells for, on average over the plan."""
    sales = plan_operations(basis, basis.drivers, how.wiring).trade.traffic.sales
    of_cell = sales.cells[PLACE].assign(net=sales.net.sum(axis=(1, 2)), units=sales.units.sum(axis=(1, 2)))
    sums = of_cell.groupby(PLACE)[["net", "units"]].sum()
    each = (sums["net"] / sums["units"].where(sums["units"] > 0)).fillna(0.0)
    cells = pd.MultiIndex.from_frame(basis.volumes.rows[PLACE].drop_duplicates().sort_values(PLACE))
    return each.reindex(cells).fillna(0.0).to_numpy() * cells.get_level_values("entity").map(worth).to_numpy("float64")


def _forecast_bar(name: str, missed: Missed, value: np.ndarray, basis: Basis) -> Bar:
    """The forecast's sum over the budget year at its edges, as a share of all that is forecast, costs and incomes alike."""
    months = year_months(basis.asked.horizon.periods, basis.asked.calendar, basis.asked.fiscal_year)
    weights = np.concatenate([missed.together(value, months, share) for share in EDGES])
    rows = {"volumes": basis.volumes, "running": basis.running}[name].rows
    by = PLACE if name == "volumes" else BY
    wide = rows.pivot(index=by, columns="horizon", values="amount").to_numpy("float64")[:, months]
    whole = float(np.abs(value * wide.sum(axis=1)).sum())
    off = np.einsum("dp,pcm,c->d", weights, missed.paths[:, :, months], value)
    low, high = (off / whole if whole else np.zeros(2)).tolist()
    return Bar(name, "", "forecast", low, high, Shocks(**{name: weights}))


def _step_bars(basis: Basis, how: How, told: set[str]) -> list[Bar]:
    wheres = {"purchase_price_change": [("", {"product": _bought_outside(basis)})], "payment_days": _open_accounts(basis.drivers, how)}
    bars = []
    for driver, step in STEPS.items():
        for about, where in wheres.get(driver, [("", {})]) if driver not in told else ():
            least = 0.0 if driver == "payment_days" else -LARGEST
            move = Move(driver, np.array([-step, step]), where, least)
            bars.append(Bar(driver, about, "step", -step, step, Shocks(moves=(move,))))
    return [*bars, *([] if how.group is None or "exchange_rate" in told else _rate_bar(basis))]


def _rate_bar(basis: Basis) -> list[Bar]:
    """All foreign currencies of the companies a step cheaper or dearer, together; those on which nothing hangs aren't there."""
    known = basis.drivers["exchange_rate"].measured
    used = known[known["currency"].isin(basis.sources.entities["currency"])]
    moves = [
        Move("exchange_rate", np.array([-STEP, STEP]) * row.value, {"currency": frozenset([row.currency])}) for row in used.itertuples()
    ]
    return [Bar("exchange_rate", "", "step", -STEP, STEP, Shocks(moves=tuple(moves)))] if moves else []


def _bought_outside(basis: Basis) -> frozenset[str]:
    """What no company of the group makes or takes from another: its prices are a supplier's."""
    known, asked = basis.sources.known(basis.asked.as_of), basis.asked
    items = find_items(known.purchases, known.production, known.inventory, known.bills, list(known.entities["code"]), asked.as_of).rows
    within = items.loc[(items["source"] == MADE) | (items["source"] != BOUGHT), "item"]
    return frozenset(items["item"]) - frozenset(within)


def _open_accounts(drivers: Drivers, how: How) -> list[tuple[str, Mapping[str, frozenset[str]]]]:
    """What customers owe and what suppliers are owed: the accounts that are paid after some days of which no entry says how many."""
    said = {entry.where.get("account") for entry in (*drivers["payment_days"].entries, *drivers["payment_days"].case)}
    by_days = {one.account for one in how.wiring.settlements if one.month is None} - said
    assets = how.layout.leaves(how.layout.assets)
    sides = [("receivable", by_days & assets), ("payable", by_days - assets)]
    return [(about, {"account": frozenset(accounts)}) for about, accounts in sides if accounts]
