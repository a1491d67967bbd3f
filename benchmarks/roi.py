"""What channels return, told by the response of `planning.model.response` and by a ridge regression, on companies whose truth is known.

    .venv/bin/python benchmarks/roi.py         six minutes; writes benchmarks/results/roi.json
    .venv/bin/python benchmarks/roi.py try     on the made-up companies that choices are made on; writes nothing

`shared`: the 8 plain and 8 misspecified sets of mmm_simulated (PLANNING_DATA). `plain`, `bent`: made-up companies (media.py) on seeds that
nothing was chosen on; `with_lifts`: the same with a lift test of each channel, of a standard error of a quarter of what it measures.
Told of each, over all channels: the median error of the return, the share of 80 and 90 % intervals that held it with the 95 % interval of
that share over companies, the mean width of the 90 % interval (log), seconds a fit on one core. The ridge (nonnegative, adstock and
saturation by random search, as is usual) tells no interval; what its best tenth of searches span is shown as one.

`plans`: next quarter's budget moved between channels by at most a half each: `captured`, what the plan brings beyond today's mix over what
one who knows the truth gains (all companies together); `promised` over what came; `losing`, the share of plans that bring less than
today's mix does.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import media
import numpy as np
import pandas as pd
from measuring import about, save
from sklearn.linear_model import Ridge

from planning.model.contribution import returns_over
from planning.model.response import Belief, Lift, Weeks, fit_response
from planning.model.spend_plan import best_mix, brought_at, mix_at, spend_levels

TRIED_ON, SEEDS = range(1, 41), range(2001, 2041)
LEVELS, DRAWS = (0.8, 0.9), 1000
MOST_CHANGE, RISK, QUARTER = 0.5, 1.0, 13
SEARCHES, HELD = 300, 26
ERROR = 0.25


class Ours:
    """The response's draws, and the mix whose mean gain less a standard deviation is largest."""

    def __init__(self, weeks: Weeks) -> None:
        self.response = fit_response(weeks, Belief(), DRAWS, 1)

    def returns(self, count: int) -> np.ndarray:
        return returns_over(self.response, count)

    def plan(self, last: np.ndarray) -> tuple[np.ndarray, float]:
        levels = spend_levels(MOST_CHANGE)
        brought = brought_at(self.response, last, levels)
        mix = best_mix(brought, levels, last.sum(axis=0), 1.0, RISK)
        today = mix_at(brought, levels, np.ones(len(mix))).sum(axis=1)
        return mix, float((mix_at(brought, levels, mix).sum(axis=1) - today).mean())


class Searched:
    """A ridge on spend carried over and saturated: shapes by random search, the best by the error of the last half year held out."""

    def __init__(self, weeks: Weeks) -> None:
        dice, self.weeks = np.random.default_rng(1), weeks
        shapes = [self._shape(dice) for _ in range(SEARCHES)]
        self.best = sorted(shapes, key=self._missed)[: SEARCHES // 10]
        self.fits = [self._fit(shape, len(weeks.sales)) for shape in self.best]

    def _shape(self, dice: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        channels = self.weeks.spend.shape[1]
        return dice.uniform(0, 0.8, channels), dice.uniform(0.3, 3, channels), dice.uniform(0.5, 3, channels)

    def _effects(self, shape, spend: np.ndarray) -> np.ndarray:
        decay, size, steep = shape
        working, left = np.empty_like(spend), self.weeks.spend.mean(axis=0)
        for week, amount in enumerate(spend):
            left = decay * left + (1 - decay) * amount
            working[week] = left
        relative = (working / (size * self.weeks.spend.mean(axis=0))) ** steep
        return relative / (1 + relative)

    def _columns(self, shape) -> np.ndarray:
        at = np.arange(len(self.weeks.sales))
        turns = [wave(2 * np.pi * k * at / 52.18) for k in (1, 2) for wave in (np.sin, np.cos)]
        others = np.column_stack([at / len(at), *turns, self.weeks.conditions])
        return np.hstack([self._effects(shape, self.weeks.spend), others, -others])

    def _fit(self, shape, until: int) -> Ridge:
        return Ridge(alpha=0.1, positive=True).fit(self._columns(shape)[:until], self.weeks.sales[:until] / self.weeks.sales.mean())

    def _missed(self, shape) -> float:
        until = len(self.weeks.sales) - HELD
        told = self._fit(shape, until).predict(self._columns(shape)[until:])
        return float(((told - self.weeks.sales[until:] / self.weeks.sales.mean()) ** 2).mean())

    def _brought(self, at: int, spend: np.ndarray) -> np.ndarray:
        return self._effects(self.best[at], spend) * self.fits[at].coef_[: spend.shape[1]] * self.weeks.sales.mean()

    def returns(self, count: int) -> np.ndarray:
        spend = self.weeks.spend
        return np.array([self._brought(at, spend)[-count:].sum(axis=0) / spend[-count:].sum(axis=0) for at in range(len(self.best))])

    def plan(self, last: np.ndarray) -> tuple[np.ndarray, float]:
        levels = spend_levels(MOST_CHANGE)
        table = np.array([[self._brought(0, level * last).sum(axis=0) for level in levels]])
        mix = best_mix(table, levels, last.sum(axis=0), 1.0, 0.0)
        return mix, float((mix_at(table, levels, mix) - mix_at(table, levels, np.ones(len(mix)))).sum())


METHODS = {"ours": Ours, "ridge": Searched}


def told_of(method, weeks: Weeks, truth: np.ndarray) -> tuple[list[dict], object]:
    begun = time.perf_counter()
    fitted = method(weeks)
    drawn, seconds = fitted.returns(weeks.count), time.perf_counter() - begun
    middle = np.median(drawn, axis=0)
    rows = [{"truth": true, "error": abs(middle[at] / true - 1), "seconds": seconds} for at, true in enumerate(truth)]
    for level in LEVELS:
        low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2], axis=0)
        for at, row in enumerate(rows):
            width = np.log(max(high[at], 1e-9) / max(low[at], 1e-9))
            row |= {f"held_{level:.0%}": low[at] <= truth[at] <= high[at], f"width_{level:.0%}": width}
    return rows, fitted


def planned(fitted, company: media.Media) -> dict:
    last, levels = company.weeks.spend[-QUARTER:], spend_levels(MOST_CHANGE)
    truth = np.array([[company.brought_next(level * last) for level in levels]])
    cost = last.sum(axis=0)
    mix, promised = fitted.plan(last)
    today, known = np.ones(len(cost)), best_mix(truth, levels, cost, 1.0, 0.0)
    came, possible = (float((mix_at(truth, levels, each) - mix_at(truth, levels, today)).sum()) for each in (mix, known))
    return {"promised": promised, "came": came, "possible": possible}


def summary(rows: pd.DataFrame, plans: pd.DataFrame) -> dict:
    told = {"companies": int(rows["company"].nunique()), "median_error": rows["error"].median(), "seconds": rows["seconds"].mean()}
    for level in LEVELS:
        shares = rows.groupby("company")[f"held_{level:.0%}"].mean()
        reach = 1.96 * shares.std(ddof=1) / np.sqrt(len(shares))
        told[name := f"held_{level:.0%}"] = shares.mean()
        told |= {f"{name}_from": shares.mean() - reach, f"{name}_to": shares.mean() + reach}
    told["width_90%"] = rows["width_90%"].mean()
    if len(plans):
        sums = plans.sum()
        told |= {"captured": sums["came"] / sums["possible"], "promised_over_came": sums["promised"] / sums["came"],
                 "losing": (plans["came"] < 0).mean()}  # fmt: skip
    return {name: round(float(value), 3) for name, value in told.items()}


def companies(kind: str, seeds: range, lifts: bool):
    for seed in seeds:
        company = media.build(kind, seed)
        weeks = company.weeks
        if lifts:
            dice = np.random.default_rng([seed, 77])
            tests = [media.lift_test(company, at, dice, error=ERROR) for at in range(weeks.spend.shape[1])]
            found = tuple(Lift(at, first, count, 0.0, sales, error) for at, (first, count, sales, error) in enumerate(tests))
            weeks = Weeks(weeks.sales, weeks.spend, weeks.conditions, weeks.first, found)
        yield seed, weeks, company.returns, company


def shared_sets(world: str):
    folder = Path(os.environ["PLANNING_DATA"]) / "mmm_simulated"
    weekly, truth = pd.read_parquet(folder / "weekly.parquet"), pd.read_csv(folder / "truth.csv")
    for name, rows in weekly[weekly["world"] == world].groupby("dataset"):
        spend = rows[[column for column in rows if column.startswith("spend_")]].to_numpy(float)
        weeks = Weeks(rows["sales"].to_numpy(float), spend, rows[["promotion"]].to_numpy(float))
        yield name, weeks, truth.loc[truth["dataset"] == name].sort_values("channel")["roas"].to_numpy(), None


def one_part(made, methods) -> dict:
    found = {name: ([], []) for name in methods}
    for number, weeks, truth, company in made:
        for name in methods:
            rows, fitted = told_of(METHODS[name], weeks, truth)
            found[name][0].extend(row | {"company": number} for row in rows)
            if company is not None:
                found[name][1].append(planned(fitted, company))
    return {name: summary(pd.DataFrame(rows), pd.DataFrame(plans)) for name, (rows, plans) in found.items()}


def main(seeds: range, keep: bool) -> None:
    told = about("roi") | {"seeds": [seeds.start, seeds.stop - 1], "risk": RISK, "most_change": MOST_CHANGE, "lift_error": ERROR}
    parts = {f"shared_{world}": (shared_sets(world), METHODS) for world in ("plain", "misspecified")} if keep else {}
    for kind in media.KINDS:
        parts |= {kind: (companies(kind, seeds, False), METHODS), f"{kind}_with_lifts": (companies(kind, seeds, True), ["ours"])}
    for part, (made, methods) in parts.items():
        told[part] = one_part(made, methods)
        print(pd.DataFrame(told[part]).T.assign(part=part).to_string(), flush=True)
    if keep:
        save(told)


if __name__ == "__main__":
    trying = sys.argv[1:] == ["try"]
    main(TRIED_ON if trying else SEEDS, not trying)
