"""What a planned year may come to: its draws and what matters in it, as tables for readers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.checks import Check
from planning.plan.chain.draws import STOCKS, Draws, Shocks, Uncertain, figures_of, find_uncertain, plan_draws, shocked_plans, year_months
from planning.plan.chain.sources import Basis
from planning.plan.chain.tornado import build_tornado
from planning.plan.chain.whole import How

SEED = 7
"""Of the draws, where nobody gives another."""
QUANTILES = {"lowest": 0.1, "low": 0.25, "middle": 0.5, "high": 0.75, "highest": 0.9}
"""What a fan is made of: eight of ten draws lie between the outer two, half of them between the inner."""


@dataclass(frozen=True)
class Risk:
    """A plan in `draws` beside the plan itself (`planned`, one draw), the `tornado` of what matters, and the least cash that treasury asks
    for at month ends, in the currency that is told; `uncertain`: what was drawn, by which `seed`; `fiscal_year`, `basis`: of
    the plan."""

    draws: Draws
    planned: Draws
    tornado: pd.DataFrame
    floor: pd.Series
    uncertain: Uncertain
    basis: Basis
    seed: int

    @property
    def fiscal_year(self) -> int:
        """The budget year."""
        return self.basis.asked.fiscal_year

    @property
    def count(self) -> int:
        """How many draws there are."""
        return self.draws.amounts.shape[2]

    def told(self, figure: str, draws: Draws) -> np.ndarray:
        """A figure of the budget year by month and draw, of the group or of all companies together; flows from the year's first month."""
        months = year_months(draws.periods, self.basis.asked.calendar, self.fiscal_year)
        sums = sum(draws.of(entity, figure) for entity in draws.whole)[months]
        return sums if figure in STOCKS else sums.cumsum(axis=0)


def build_risk(basis: Basis, how: How, revenue: str, draws: int, seed: int = SEED) -> Risk:
    """A plan in draws with what matters in it; minutes, most of which go to forecasting from earlier origins and to the draws. `revenue`:
    the account of all revenue."""
    uncertain, figures = find_uncertain(basis), figures_of(how, revenue)
    made = plan_draws(basis, how, figures, uncertain, draws, seed)
    planned = shocked_plans(basis, how, figures, uncertain, Shocks(), 1)
    return Risk(made, planned, build_tornado(basis, how, figures, uncertain), least_cash(basis, planned), uncertain, basis, seed)


def check_risk(risk: Risk | None) -> list[Check]:
    """That books and statements of every draw tie; nothing where nothing is drawn."""
    if risk is None:
        return []
    held, every = sum(check.passed for check in risk.draws.checks), len(risk.draws.checks)
    return [Check("books and statements tie in every draw", held == every, f"{risk.count} × {held} / {every}")]


def risk_tables(risk: Risk | None) -> dict[str, pd.DataFrame]:
    """What a run keeps of it, by name: the fans of profit and cash, and the tornado."""
    if risk is None:
        return {}
    fans = [fan_table(risk, figure).assign(figure=figure) for figure in ("net_profit", "closing_cash")]
    return {"plan_fan": pd.concat(fans, ignore_index=True), "plan_tornado": risk.tornado}


def least_cash(basis: Basis, planned: Draws) -> pd.Series:
    """What the companies' cash is to be at least, together, by month; in the company's currency where there is a group."""
    entities = [code for code in dict.fromkeys(planned.rows["entity"]) if code in set(basis.sources.entities["code"])]
    floors = basis.drivers.values_of("cash_floor", pd.DataFrame({"entity": entities}), planned.periods).mean(axis=2)
    worth = basis.sources.known(basis.asked.as_of).worth().reindex(entities).to_numpy("float64")
    return pd.Series(worth @ floors, index=planned.periods)


def fan_table(risk: Risk, figure: str) -> pd.DataFrame:
    """A figure month by month: period, plan, and QUANTILES of the draws; flows added up from the year's first month."""
    drawn = risk.told(figure, risk.draws)
    months = year_months(risk.draws.periods, risk.basis.asked.calendar, risk.fiscal_year)
    table = pd.DataFrame({"period": risk.draws.periods[months], "plan": risk.told(figure, risk.planned)[:, 0]})
    return table.assign(**{name: np.quantile(drawn, share, axis=1) for name, share in QUANTILES.items()})


def loss_odds(risk: Risk) -> float:
    """In what share of the draws the year ends with a loss."""
    return float((risk.told("net_profit", risk.draws)[-1] < 0).mean())


def below_plan_odds(risk: Risk) -> float:
    """In what share of the draws the year's profit stays below the plan's."""
    return float((risk.told("net_profit", risk.draws)[-1] < risk.told("net_profit", risk.planned)[-1]).mean())


def debt_odds(risk: Risk) -> float:
    """In what share of the draws somebody owes more at the end of some month of the year than in the plan: cash fell to its floor."""
    drawn, planned = (risk.told("debt", draws) for draws in (risk.draws, risk.planned))
    return float((drawn > planned).any(axis=0).mean())
