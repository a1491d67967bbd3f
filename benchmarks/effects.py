"""What is known of the months ahead: forecasts with and without calendar effects, what chance alone shows, and seconds.

    .venv/bin/python benchmarks/effects.py           some minutes; writes benchmarks/results/effects.json

Retail turnover of Australia (aus_retail, the 133 lines without a gap; PLANNING_DATA or ../shared/data): DynamicTheta with and without
working days, weekdays, lengths and Easter, every seventh month an origin, the last 20 years known, twelve months ahead; of the whole
country, states, industries and lines (every fifth line). `error` is the mean absolute error by the mean amount, `first_quarter` that of
the first three months, `month_to_month` the mean absolute error of the logarithm of a month over the month before.
Made-up series of 120 months: how often chance alone keeps an effect, is marked as a one-off or takes a new level, by kind of noise.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import ROOT, about, save
from statsforecast.models import DynamicTheta

from planning.core.periods import month_end, month_range
from planning.model.cleaning import clean
from planning.model.effects import calendar_regressors, learn_effects

DATA = Path(os.environ.get("PLANNING_DATA") or ROOT.parent / "shared" / "data")
FIRST, EVERY, KNOWN, AHEAD = 150, 7, 240, 12
MANY = 500
NOISES = {"normal": {}, "heavy_tails": {"tails": 4}, "wandering_level": {"walk": 0.05}, "five_years": {"months": 60}}


def theta(amounts: np.ndarray) -> np.ndarray:
    return DynamicTheta(season_length=12).forecast(amounts, AHEAD)["mean"]


def errors(path: np.ndarray, came: np.ndarray) -> tuple[float, float, float]:
    miss, changes = np.abs(path - came) / came.mean(), np.abs(np.diff(np.log(came / path)))
    return float(miss.mean()), float(miss[:3].mean()), float(changes.mean())


def turnover() -> dict[str, pd.DataFrame]:
    """Months by whole country, state, industry and line."""
    rows = pd.read_parquet(DATA / "aus_retail" / "aus_retail.parquet")
    rows = rows[rows.groupby("series_id")["month"].transform("size") == rows["month"].nunique()]
    rows = rows.assign(period=pd.to_datetime(rows["month"].astype(str)), country="Australia")
    keys = {"country": "country", "states": "state", "industries": "industry", "lines": "series_id"}
    tables = {name: rows.pivot_table(index="period", columns=key, values="turnover_aud_m", aggfunc="sum") for name, key in keys.items()}
    return tables | {"lines": tables["lines"].iloc[:, ::5]}


def tried(table: pd.DataFrame) -> dict:
    """The errors with and without effects, over all origins and columns, and how often each effect was kept."""
    known = calendar_regressors(table.index, month_end(table.index), "AU")
    plain, adjusted, kept = [], [], []
    for now in range(FIRST, len(table) - AHEAD, EVERY):
        behind, ahead = slice(max(0, now - KNOWN), now), slice(now, now + AHEAD)
        for column in table:
            amounts, came = table[column].to_numpy()[behind], table[column].to_numpy()[ahead]
            learnt = learn_effects(amounts, known.iloc[behind])
            plain.append(errors(theta(amounts), came))
            adjusted.append(errors(learnt.added(theta(learnt.without(amounts)), known.iloc[ahead]), came))
            kept.append({name: name in learnt.names for name in ("working_days", "length_days", "mondays", "easter")})
    names = ("error", "first_quarter", "month_to_month")
    return {
        "forecasts": len(plain),
        "without": dict(zip(names, np.mean(plain, axis=0).round(5).tolist(), strict=True)),
        "with": dict(zip(names, np.mean(adjusted, axis=0).round(5).tolist(), strict=True)),
        "change": dict(zip(names, (np.mean(adjusted, axis=0) / np.mean(plain, axis=0) - 1).round(4).tolist(), strict=True)),
        "nearer": round(float(np.mean(np.array(adjusted)[:, 0] < np.array(plain)[:, 0])), 3),
        "kept": pd.DataFrame(kept).mean().round(3).rename({"mondays": "weekdays"}).to_dict(),
    }


def business(seed: int, months: int = 120, noise: float = 0.05, tails: int = 0, walk: float = 0.01) -> np.ndarray:
    """A growing series with a season and nothing odd in it."""
    rng = np.random.default_rng(seed)
    wild = rng.standard_t(tails, months) / np.sqrt(tails / (tails - 2)) if tails else rng.standard_normal(months)
    level = np.cumsum(rng.standard_normal(months) * walk) + 0.003 * np.arange(months)
    return 1000 * np.exp(level + np.resize(rng.standard_normal(12) * 0.2, months) + noise * wild)


def by_chance(how: dict) -> dict:
    """Shares of series, and of months, that show something where there is nothing; milliseconds of processor a series."""
    every = [business(seed, **how) for seed in range(MANY)]
    months = month_range(pd.Timestamp("2014-01-01"), len(every[0]))
    told = {}
    for country in ("CN", "AU"):
        known, started = calendar_regressors(months, month_end(months), country), time.process_time()
        told[f"effect_kept_{country}"] = round(float(np.mean([bool(learn_effects(one, known).names) for one in every])), 4)
        told[f"effects_ms_{country}"] = round((time.process_time() - started) / MANY * 1000, 2)
    started = time.process_time()
    cleaned = [clean(one) for one in every]
    told["cleaning_ms"] = round((time.process_time() - started) / MANY * 1000, 2)
    told["one_off_series"] = round(float(np.mean([one.one_off.any() for one in cleaned])), 4)
    told["one_off_months"] = round(float(np.mean([one.one_off.mean() for one in cleaned])), 5)
    return told | {"new_level": round(float(np.mean([bool(one.shifts) for one in cleaned])), 4)}


def main() -> None:
    told = about("effects")
    told["retail"] = {name: tried(table) for name, table in turnover().items()}
    told["by_chance"] = {name: by_chance(how) for name, how in NOISES.items()}
    save(told)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
