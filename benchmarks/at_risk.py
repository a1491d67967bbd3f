"""How often the band of what leaves with subscribers holds what came, on made-up groups whose next year is known.

    .venv/bin/python benchmarks/at_risk.py        half an hour; writes benchmarks/results/at_risk.json

WORLDS made-up groups (`inputs.sample`) of SIZE subscribers. In each, the year ahead is told from what was known a year before the world
ends, as a reforecast tells it (`plan.at_risk`), by month and for all accounts, and held against what was lost. Months of a world hang
together, so intervals are over worlds (95 %, Student's t).
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from measuring import about, save
from retention import NAMES, interval

from planning.core.periods import month, month_end, months_after
from planning.inputs.sample.settings import build_settings
from planning.inputs.sample.subscribers import build_subscribers
from planning.inputs.sample.systems import customer_files
from planning.plan.losses import ALL, losses_ahead
from planning.plan.subscriber_history import CONTRACTS, DATED

TRIED_ON, WORLDS = [1, 2], [*range(401, 431)]
SIZE, YEAR, LEVEL = 2_000, 12, 0.8
BANDS = {"eight_in_ten": ("lower", "upper"), "half": ("low", "high")}


def one_world(seed: int) -> dict:
    settings = build_settings("tiny", seed)
    settings = settings.model_copy(update={"size": settings.size.model_copy(update={"subscribers": SIZE})})
    files = customer_files(settings, build_subscribers(settings))
    tables = {name: files[name].rename(columns=NAMES.get(name, {})) for name in (CONTRACTS, *DATED)}
    plans = sorted(tables[CONTRACTS]["plan"].unique())
    shares = pd.DataFrame({"cost_centre": "D1", "account": plans, "share": 1.0})
    end = month_end(months_after(month(settings.first_month), settings.months - 1))
    losses = losses_ahead(tables, dict(zip(plans, plans, strict=True)), shares, end, YEAR, LEVEL, seed)
    before = losses[(losses["day"] != end) & (losses["account"] == ALL)]
    last, told = before.iloc[-1], {}
    for name, (lower, upper) in BANDS.items():
        inside = before["came"].between(before[lower], before[upper])
        told |= {f"months_{name}": float(inside.mean()), f"year_{name}": float(inside.iloc[-1])}
        told[f"width_{name}"] = float((last[upper] - last[lower]) / last["lost"])
    return {"seed": seed, **told, "miss": float(last["came"] / last["lost"] - 1)}


def main(seeds: list[int], keep: bool) -> None:
    rows = []
    for seed in seeds:
        rows.append(one_world(seed))
        print({name: round(float(value), 3) for name, value in rows[-1].items()}, flush=True)
    table = pd.DataFrame(rows)
    told = about("at_risk") | {"worlds": len(table), "subscribers": SIZE}
    for name in BANDS:
        told[f"held_{name}"] = {"months": interval(table[f"months_{name}"]), "year": interval(table[f"year_{name}"]),
                                "width": round(float(table[f"width_{name}"].median()), 3)}  # fmt: skip
    told["year_missed_by"] = {"mean": interval(table["miss"]), "mean_size": round(float(np.abs(table["miss"]).mean()), 3)}
    print(told)
    if keep:
        save(told)


if __name__ == "__main__":
    trying = sys.argv[1:] == ["try"]
    main(TRIED_ON if trying else WORLDS, not trying)
