"""Churn studies of ten million rows: seconds and memory, and how they grow.

    .venv/bin/python benchmarks/millions.py        half an hour; writes benchmarks/results/millions.json

Made-up events with customers' codes as text: orders of buyers (ten each on the mean), and monthly logins of subscribers with their
contracts. Each study is built whole (`plan.buyers`, `plan.contracts`), of a million rows and of ten, each in a process of its own on one
core: rows, customers, seconds of the study, the process's memory before it (the tables are there then) and at most, in GB.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import about, save

from planning.plan import buyers, contracts

STUDIES, ROWS = ("buyers", "contracts"), (1_000_000, 10_000_000)
FIRST, MONTHS, LEVEL, SEED = pd.Timestamp("2023-01-01"), 36, 0.8, 7
TERMS = {"margin": 0.5, "offer_cost": 3.0, "save_rate": 0.1, "horizon_weeks": 26, "discount_rate": 0.08, "months_ahead": 36}
TERMS |= {"fair_groups": []}
AS_OF = "2025-12"


def codes(count: int) -> np.ndarray:
    return np.array([f"C{number:08d}" for number in range(count)], dtype=object)


def orders(rows: int) -> dict[str, pd.DataFrame]:
    """Buyers who come in the first year, buy at rates of their own and leave after a time of their own."""
    dice, count, days = np.random.default_rng(SEED), rows // 10, MONTHS * 365.25 / 12
    start, leaves = dice.random(count) * 365, dice.exponential(600, count)
    length = np.minimum(leaves, days - start)
    again = dice.poisson(dice.gamma(0.8, 1 / 40, count) * length * 9 / 8.5)
    who = np.repeat(np.arange(count), again)
    day = np.concatenate([start, start[who] + dice.random(len(who)) * length[who]])
    who = np.concatenate([np.arange(count), who])
    amount = np.round(np.exp(3 + dice.normal(0, 0.4, count)[who] + dice.normal(0, 0.5, len(who))), 2)
    table = pd.DataFrame({"customer": codes(count)[who], "date": FIRST + pd.to_timedelta(day.astype(int), unit="D"), "amount": amount})
    return {"orders": table.sort_values("date", ignore_index=True)}


def subscriptions(rows: int) -> dict[str, pd.DataFrame]:
    """Subscribers who come over three years, log in every month, and leave by plan, by tenure and by how they log in."""
    dice, count = np.random.default_rng(SEED), rows // 14
    begun, plan, keen = dice.integers(0, MONTHS, count), dice.choice(3, count), dice.gamma(2.0, 4.0, count)
    hazard = np.array([0.015, 0.03, 0.05])[plan] * np.exp(-0.08 * (keen - 8))
    stays = np.minimum(dice.geometric(np.minimum(hazard, 0.5)), MONTHS - begun)
    left = begun + stays < MONTHS
    name, start = codes(count), FIRST.to_period("M").ordinal + begun
    days, ends = (pd.PeriodIndex.from_ordinals(month, freq="M").to_timestamp() for month in (start, start + stays))
    table = pd.DataFrame({"subscriber": name, "plan": np.array(["a", "b", "c"], dtype=object)[plan],
                          "price": np.array([30.0, 50.0, 80.0])[plan], "start": days, "end": pd.Series(ends).where(left)})  # fmt: skip
    who = np.repeat(np.arange(count), stays)
    month = np.arange(len(who)) - np.repeat(np.cumsum(stays) - stays, stays) + start[who]
    activity = pd.DataFrame({"subscriber": name[who], "period": pd.PeriodIndex.from_ordinals(month, freq="M").to_timestamp(),
                             "logins": dice.poisson(keen[who]).astype(float)})  # fmt: skip
    return {"contracts": table, "activity": activity}


def memory() -> float:
    """The most that this process has taken, in GB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)


def one_study(study: str, rows: int) -> dict:
    plan, made = {"buyers": (buyers, orders), "contracts": (contracts, subscriptions)}[study]
    tables = made(rows)
    before, begun = memory(), time.perf_counter()
    told = plan.build_study(tables["orders"] if study == "buyers" else tables, TERMS | {"as_of": AS_OF}, LEVEL, SEED)
    seconds = round(time.perf_counter() - begun, 1)
    checks = plan.check_study(told)
    people = told.people if study == "buyers" else told.here
    return {"study": study, "rows": sum(len(table) for table in tables.values()), "customers": len(people), "seconds": seconds,
            "memory_before": before, "memory_most": memory(), "failed": [check.name for check in checks if not check.passed]}  # fmt: skip


def main(sizes: tuple[int, ...], keep: bool) -> None:
    told = about("millions") | {"studies": []}
    for study in STUDIES:
        for rows in sizes:
            said = subprocess.run([sys.executable, str(Path(__file__)), study, str(rows)], check=True, capture_output=True, text=True)
            told["studies"].append(json.loads(said.stdout.splitlines()[-1]))
            print(told["studies"][-1], flush=True)
    if keep:
        save(told)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(one_study(sys.argv[1], int(sys.argv[2]))))
    else:
        main(tuple(map(int, sys.argv[1:])) or ROWS, keep=len(sys.argv) == 1)
