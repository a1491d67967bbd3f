"""A real finance office's forecast, ours, and both combined, on the same fourteen years; and how sure fourteen years make one.

    .venv/bin/planning intake philadelphia
    .venv/bin/python benchmarks/city.py [METHOD …]     ten minutes for fast and standard; writes benchmarks/results/city.json

After each quarterly report of fiscal years 2008 to 2021 every month that was still open, with only what was known then. `cells`: weighted
absolute error of the monthly totals (wape) and mean absolute error of the rest of the year (rest) by side, report quarter and
forecaster. `against_the_city`: for each cell in how many years ours (combined) came nearer than the City, the difference in points, its
95 % interval and the share of the draws in which it is below 0, years drawn with replacement, the same for all cells. `rest_cut`: by how
much the mean of the six rest-of-year cells is lower than the City's, its interval, the share of draws in which it is above 0 and
in which it is a quarter or more, and the lowest and highest figure with one year left out. Fourteen years that follow each other are
not quite fourteen independent ones: the intervals are rather too narrow.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from measuring import ROOT, about, save

from planning.inputs.company import read_company
from planning.inputs.snapshots import read_snapshot
from planning.model.backtest import rest_of_year
from planning.plan.accuracy import total_months
from planning.plan.books import open_books
from planning.plan.judged import run_judged
from planning.plan.known import EVER, closed_through, in_step, origins
from planning.plan.reforecast import run_trials

COMPANY = "philadelphia"
METHODS = ("fast", "standard")
FORECASTERS = ("people", "naive", "ours", "combined")
DRAWS, SEED = 10_000, 1


class Cell(NamedTuple):
    """One of the twelve: errors and sizes by year (rows) and forecaster; the cell's figure is the quotient of their sums."""

    side: str
    measure: str
    quarter: int
    error: pd.DataFrame
    size: pd.DataFrame

    def rate(self, forecaster: str, years: np.ndarray) -> np.ndarray:
        """The figure over some years (draws × years), in percent."""
        error, size = (table[forecaster].to_numpy()[years].sum(axis=-1) for table in (self.error, self.size))
        return 100 * error / size


def city_cells(method: str) -> tuple[list[Cell], int]:
    """The twelve cells and the seconds of all fits, on one process."""
    described, begun, cells = read_company(ROOT / "params" / COMPANY), time.perf_counter(), []
    snapshot = read_snapshot(COMPANY, ROOT / "outputs" / COMPANY / "snapshots")
    calendar, closed = described.calendar, closed_through(snapshot.rows, EVER)
    books = open_books(snapshot.tables, calendar, described.file.roles, described.file.currency, closed)
    days = in_step(origins(books.rows, calendar, described.file.reporting_lag_days, EVER), closed)
    for side in ("revenue", "spending"):
        account = books.roles[side]
        trials = run_trials(books.rows, books.tree, account, days, method)
        judged = run_judged(books.rows, books.tree, account, days, trials, method)
        months = total_months(books.rows, snapshot.controls, books.tree, calendar, account, days, trials, judged)
        cells += side_cells(side, months, calendar)
    return cells, round(time.perf_counter() - begun)


def side_cells(side: str, months: pd.DataFrame, calendar) -> list[Cell]:
    rest = rest_of_year(months, calendar)
    rest = rest.assign(error=((rest["amount"] - rest["actual"]) / rest["actual"]).abs(), size=1.0)
    months = months.assign(error=(months["amount"] - months["actual"]).abs(), size=months["actual"].abs())
    return [
        Cell(side, measure, closed // 3, *(_by_year(rows[rows["closed"] == closed], what, calendar) for what in ("error", "size")))
        for measure, rows in (("wape", months), ("rest", rest))
        for closed in (3, 6, 9)
    ]


def _by_year(rows: pd.DataFrame, what: str, calendar) -> pd.DataFrame:
    year = calendar.fiscal_year(rows["period"]).rename("year")
    return rows.groupby([year, "forecaster"])[what].sum().unstack()


def against_the_city(cell: Cell, forecaster: str, draws: np.ndarray) -> dict:
    every = np.arange(len(cell.error))
    gap = cell.rate(forecaster, draws) - cell.rate("people", draws)
    low, high = np.quantile(gap, [0.025, 0.975])
    return {
        "nearer": int((cell.error[forecaster] < cell.error["people"]).sum()), "years": len(every),
        "points": round(float(cell.rate(forecaster, every) - cell.rate("people", every)), 2),
        "low": round(float(low), 2), "high": round(float(high), 2), "below": round(float((gap < 0).mean()), 3),
    }  # fmt: skip


def rest_cut(cells: list[Cell], forecaster: str, draws: np.ndarray) -> dict:
    """How much lower than the City's the mean of the six rest-of-year errors is, as a fraction."""
    six = [cell for cell in cells if cell.measure == "rest"]

    def cut(years: np.ndarray) -> np.ndarray:
        means = [np.mean([cell.rate(who, years) for cell in six], axis=0) for who in (forecaster, "people")]
        return 1 - means[0] / means[1]

    every = np.arange(len(six[0].error))
    drawn, without = cut(draws), [float(cut(np.delete(every, at))) for at in every]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {
        "cut": round(float(cut(every)), 3), "low": round(float(low), 3), "high": round(float(high), 3),
        "above_0": round(float((drawn > 0).mean()), 4), "a_quarter": round(float((drawn >= 0.25).mean()), 3),
        "one_year_left_out": [round(min(without), 3), round(max(without), 3)],
    }  # fmt: skip


def measured(method: str) -> dict:
    cells, seconds = city_cells(method)
    years = np.arange(len(cells[0].error))
    draws = np.random.default_rng(SEED).choice(years, (DRAWS, len(years)))
    rates = {_name(cell): {who: round(float(cell.rate(who, years)), 2) for who in FORECASTERS} for cell in cells}
    beaten = np.all([cell.rate("combined", draws) < cell.rate("people", draws) for cell in cells], axis=0)
    return {
        "seconds": seconds,
        "cells": rates,
        "against_the_city": {who: {_name(cell): against_the_city(cell, who, draws) for cell in cells} for who in ("ours", "combined")},
        "below_the_city": {who: sum(rate[who] < rate["people"] for rate in rates.values()) for who in ("naive", "ours", "combined")},
        "all_twelve_below": round(float(beaten.mean()), 3),
        "rest_cut": {who: rest_cut(cells, who, draws) for who in ("ours", "combined")},
    }


def _name(cell: Cell) -> str:
    return f"{cell.side} {cell.measure} q{cell.quarter}"


def main() -> None:
    told = about(Path(__file__).stem)
    told["methods"] = {method: measured(method) for method in sys.argv[1:] or METHODS}
    save(told)
    print(json.dumps(told["methods"], indent=1))


if __name__ == "__main__":
    main()
