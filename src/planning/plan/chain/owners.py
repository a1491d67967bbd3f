"""What is done with profit: the surplus reserve, and what of earlier years' profit and loss tells of dividends and tax."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planning.core.drivers import Driver
from planning.core.periods import FiscalCalendar, months_after
from planning.model.chain.dividends import Begun
from planning.model.chain.taxes import losses_left
from planning.model.drivers import Drivers
from planning.model.statements import SECTIONED, Layout, appropriate
from planning.plan.chain.build import Plan, Wiring
from planning.plan.chain.meanings import measured
from planning.plan.chain.measured import YEAR, lately
from planning.plan.chain.running import running_history
from planning.plan.chain.sources import Asked


def with_reserve(plan: Plan, open_at: pd.DataFrame, wiring: Wiring, drivers: Drivers, calendar: FiscalCalendar) -> Plan:
    """The plan with what each company puts aside of a year's profit at its end: the driver `reserve_share`."""
    said = wiring.equity
    if said is None:
        return plan
    rows = pd.DataFrame({"entity": plan.entities})
    shares = drivers.values_of("reserve_share", rows, plan.ledger.periods)[:, -1, 0]
    nothing = pd.DataFrame(columns=SECTIONED)
    layout = Layout(wiring.tree, wiring.sides, calendar, said.profit, "", "", "", said.year_result, said.retained, (), "", "", {}, nothing)
    begun = open_at.assign(amount=np.rint(open_at["amount"] * 10.0**plan.ledger.digits).astype(np.int64))
    by = dict(zip(plan.entities, shares, strict=True))
    return replace(plan, ledger=appropriate(plan.ledger, begun, layout, by, said.reserve, said.put_aside))


# ------------------------------------------------------------------------------------------------- measured in the books


def yearly_profit(booked: pd.DataFrame, wiring: Wiring, calendar: FiscalCalendar) -> pd.DataFrame:
    """Profit by entity and fiscal year, from what was booked on accounts of profit (entity, account, period, amount in its direction)."""
    signed = -booked["amount"] * booked["account"].map(wiring.sides)
    return signed.groupby([booked["entity"], calendar.fiscal_year(booked["period"])]).sum().unstack(fill_value=0.0)


def booked_profits(rows: pd.DataFrame, root: str, wiring: Wiring, asked: Asked, left_out: Sequence[str] = ()) -> pd.DataFrame:
    """Profit below a node of the chart by entity and fiscal year, as booked."""
    leaves = [leaf for leaf in wiring.tree.leaves(root) if leaf not in left_out]
    return yearly_profit(running_history(rows, leaves, asked.as_of, asked.when), wiring, asked.calendar)


def first_year(asked: Asked) -> int:
    """The fiscal year of the plan's first month."""
    return int(asked.horizon.years[0])


def find_begun(profits: pd.DataFrame, balances: pd.DataFrame, entities: Sequence[str], wiring: Wiring, year: int) -> Begun:
    """Where companies stand at the last closed month. `profits`: yearly_profit, net; `balances`: entity, account, amount, debits positive;
    `year`: the fiscal year of the plan's first month."""
    stands = balances.groupby(["entity", "account"])["amount"].sum()
    of = lambda account: np.array([stands.get((one, account), 0.0) for one in entities], dtype=float)  # noqa: E731
    by_year = profits.reindex(index=list(entities), columns=[year - 1, year]).fillna(0.0).to_numpy()
    return Begun(by_year[:, 0], by_year[:, 1], of(wiring.equity.dividends), -of(wiring.equity.retained))


def payout_drivers(
    balances: pd.DataFrame, profits: pd.DataFrame, wiring: Wiring, as_of: pd.Timestamp, calendar: FiscalCalendar
) -> list[Driver]:
    """payout and dividend_month by entity: what was declared in the last twelve months over the profit of the year before, and when.

    `balances`: entity, account, period, amount, debits positive; `profits`: yearly_profit, net. Nothing declared is no payout.
    """
    told = balances[balances["account"] == wiring.equity.dividends].groupby(["entity", "period"])["amount"].sum().unstack("entity")
    grown = told.reindex(pd.date_range(months_after(as_of, -YEAR), as_of, freq="MS")).fillna(0.0).diff().clip(lower=0.0)
    rows = lately(grown.rename_axis("period").reset_index().melt("period", var_name="entity", value_name="declared"), as_of, YEAR)
    most = rows[rows["declared"] > 0].sort_values("declared").drop_duplicates("entity", keep="last")
    before = calendar.fiscal_year(most["period"]) - 1
    profit = [profits.get(year, pd.Series(dtype=float)).get(entity, 0.0) for entity, year in zip(most["entity"], before, strict=True)]
    share = np.divide(most["declared"].to_numpy(float), profit, out=np.zeros(len(most)), where=np.array(profit, dtype=float) > 0)
    found = pd.Series(np.clip(share, 0.0, 1.0), most["entity"])
    every = pd.DataFrame({"entity": profits.index}).assign(value=lambda table: table["entity"].map(found).fillna(0.0))
    when = most.assign(value=calendar.month_number(most["period"])).set_index("entity")["value"]
    usual = when.mode().iloc[0] if len(when) else 6.0
    said = "what was declared in the last twelve months, of the profit of the year before"
    months = every[["entity"]].assign(value=every["entity"].map(when).fillna(usual).astype(float))
    return [measured("payout", every, said), measured("dividend_month", months, "when most was declared in the last twelve months")]


def tax_losses(profits: pd.DataFrame, year: int) -> Driver:
    """Losses to be set off against the profit of a fiscal year and those after, by entity, from the taxed profit of the years in the books
    (`profits`: yearly_profit, of what is taxed)."""
    years = sorted(column for column in profits.columns if column < year)
    left = losses_left(profits[years].to_numpy("float64"))
    said = f"losses of {years[0]} to {years[-1]} in the books, less later profit" if years else "no year in the books"
    return measured("tax_losses", pd.DataFrame({"entity": profits.index, "value": left}), said)
