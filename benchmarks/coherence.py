"""Forecasts that add up: ours against plain peers, on the same base forecasts, windows walked back.

    .venv/bin/python benchmarks/coherence.py            ten minutes; writes benchmarks/results/coherence.json

Australian retail turnover (148 cells of state × industry, 177 nodes): each node forecast on its own by the mean of CES, optimised Theta
and dynamic Theta on its last 180 months, 18 months ahead; eleven windows, each 18 months before the next. Error paths: 20 origins, three
months apart, closed before the window begins, in the node's size of then. US employment (81 industries in 14 sectors) is measured
alike; it is where the sizes of MinT's weights (paths) and their correlations (one-step residuals) were chosen, so its figures are
no trial. Retail decided nothing.

`points`: by level, the mean over nodes and windows of RMSSE (scaled by the seasonal naive's past error) and of MAE so scaled, over that of
the base forecasts; in how many windows it came nearer. `bands`: how much of what came lay in the drawn bands of 80 and 95 %, with
95 % intervals clustered by series and by window (months of a window hang together, so the second is the honest one), by level and by months
ahead; `base alone`: the bands of each node by itself, before they are made to add up; `crps` over theirs; `within quantiles`: draws made
from the quantiles of those. `scale`: seconds. The peer, where it is installed: hierarchicalforecast's MinT with shrinkage.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import time
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from measuring import about, save
from scipy.stats import t as student
from statsforecast.models import AutoCES, DynamicOptimizedTheta, DynamicTheta

from planning.core.accounts import AccountTree
from planning.model.coherence import (
    Structure,
    account_structure,
    bottom_draws,
    bottom_draws_within,
    coherent_draws,
    crossed,
    grouped_structure,
    reconciled,
    unit_structure,
)

DATA = Path(os.environ.get("PLANNING_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
HORIZON, TRAINED, WARMING = 18, 180, 24
APART, ORIGINS = 3, 20
WINDOWS = {"aus_retail": 11, "us_employment": 10}
DRAWS, SEED, LEVELS = 400, 7, (0.8, 0.95)
QUANTILES = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99)
PEER = "hierarchicalforecast"


class World(NamedTuple):
    """A hierarchy and what happened: nodes × months."""

    structure: Structure
    amounts: np.ndarray


class Window(NamedTuple):
    """What was known at an origin, and what came: base forecasts, error paths, residuals, fitted values with their actuals."""

    base: np.ndarray
    errors: np.ndarray
    residuals: np.ndarray
    fitted: np.ndarray
    seen: np.ndarray
    came: np.ndarray
    scale: np.ndarray


# ----------------------------------------------------------------------------------------------------------------- worlds


def retail() -> World:
    table = pd.read_parquet(DATA / "aus_retail" / "aus_retail.parquet").assign(period=lambda t: pd.to_datetime(t["month"]))
    wide = table.pivot(index=["state", "industry"], columns="period", values="turnover_aud_m").loc[:, "1988-04-01":].dropna()
    return added_up(grouped_structure(wide.index.to_frame(index=False), [(), ("state",), ("industry",)]), wide)


def employment() -> World:
    """The industries of three digits that are known since 1990, below their sectors."""
    table = pd.read_parquet(DATA / "us_employment" / "us_employment.parquet")
    code = table["series_id"]
    industries = code.str.startswith("CEU") & code.str.slice(8, 11).eq("000") & code.str.slice(7, 8).ne("0")
    wide = table[industries & (table["month"] >= "1990-01")].pivot(index="series_id", columns="month", values="employed_k").dropna()
    cells = pd.DataFrame({"sector": wide.index.str.slice(3, 5), "industry": wide.index})
    return added_up(grouped_structure(cells, [(), ("sector",)]), wide)


def added_up(structure: Structure, wide: pd.DataFrame) -> World:
    return World(structure, structure.add_up(wide.to_numpy("float64")))


def forecast_at(world: World, origin: int) -> tuple[np.ndarray, np.ndarray]:
    """Each node's forecast with so many months known, nodes × months, and its fitted values."""
    models = [AutoCES(12), DynamicOptimizedTheta(12), DynamicTheta(12)]
    known = world.amounts[:, max(0, origin - TRAINED) : origin]
    told = [[model.forecast(amounts, HORIZON, fitted=True) for model in models] for amounts in known]
    return tuple(np.array([np.mean([one[what] for one in node], axis=0) for node in told]) for what in ("mean", "fitted"))


def window_at(world: World, forecasts: dict, origin: int) -> Window:
    amounts, (base, fitted) = world.amounts, forecasts[origin]
    paths = [path_in_size(world, forecasts, past, origin) for past in origins_before(origin)]
    seen, fitted = amounts[:, origin - fitted.shape[1] + WARMING : origin], fitted[:, WARMING:]
    scale = np.sqrt(np.mean((amounts[:, 12:origin] - amounts[:, : origin - 12]) ** 2, axis=1, keepdims=True))
    return Window(base, np.stack(paths), (seen - fitted).T, fitted, seen, amounts[:, origin : origin + HORIZON], scale)


def origins_before(origin: int) -> list[int]:
    last = origin - HORIZON
    return list(range(last - (ORIGINS - 1) * APART, last + 1, APART))


def path_in_size(world: World, forecasts: dict, past: int, origin: int) -> np.ndarray:
    """The errors made at a past origin, times what a month of the node has grown by since."""
    month = [np.abs(world.amounts[:, when - 12 : when]).mean(axis=1, keepdims=True) for when in (past, origin)]
    return (world.amounts[:, past : past + HORIZON] - forecasts[past][0]) * month[1] / month[0]


# ----------------------------------------------------------------------------------------------------------------- points


def least_squares(structure: Structure, window: Window) -> np.ndarray:
    return structure.add_up(np.linalg.lstsq(structure.sums.toarray(), window.base, rcond=None)[0])


def peer_mint(structure: Structure, window: Window) -> np.ndarray:
    from hierarchicalforecast.methods import MinTrace

    told = MinTrace("mint_shrink").fit_predict(
        S=structure.sums.toarray(), y_hat=window.base, y_insample=window.seen, y_hat_insample=window.fitted,
    )  # fmt: skip
    return told["mean"]


METHODS = {
    "ours": lambda structure, window: reconciled(window.base, structure, window.errors, window.residuals),
    "ours, paths alone": lambda structure, window: reconciled(window.base, structure, window.errors),
    "ours, residuals alone": lambda structure, window: reconciled(window.base, structure, residuals=window.residuals),
    "structural": lambda structure, window: reconciled(window.base, structure),
    "bottom-up": lambda structure, window: structure.add_up(window.base[structure.bottoms]),
    "least squares": least_squares,
    PEER: peer_mint,
}


def point_rows(world: World, windows: list[Window]) -> dict:
    base = [errors_by_level(world, window, window.base) for window in windows]
    found = {}
    for name, method in METHODS.items():
        if name == PEER and importlib.util.find_spec(PEER) is None:
            found[name] = "not installed"
            continue
        begun = time.perf_counter()
        points = [method(world.structure, window) for window in windows]
        seconds = (time.perf_counter() - begun) / len(windows)
        own = [errors_by_level(world, window, values) for window, values in zip(windows, points, strict=True)]
        found[name] = against(own, base) | {"seconds_a_window": round(seconds, 3)}
    return found


def errors_by_level(world: World, window: Window, points: np.ndarray) -> pd.DataFrame:
    misses = (points - window.came) / window.scale
    table = pd.DataFrame({"rmsse": np.sqrt((misses**2).mean(axis=1)), "mae": np.abs(misses).mean(axis=1)})
    return table.groupby(world.structure.levels).mean()


def against(own: list[pd.DataFrame], base: list[pd.DataFrame]) -> dict:
    ratio = sum(own) / sum(base)
    nearer = sum((mine["rmsse"] < theirs["rmsse"]).astype(int) for mine, theirs in zip(own, base, strict=True))
    return {
        level: {"rmsse": round(float(row["rmsse"]), 4), "mae": round(float(row["mae"]), 4), "windows_nearer": int(nearer[level])}
        for level, row in ratio.iterrows()
    }


# ------------------------------------------------------------------------------------------------------------------ bands


def band_rows(world: World, windows: list[Window]) -> dict:
    """Coverage and CRPS of the draws by level, beside those of the base forecasts alone."""
    paths_alone = partial(ours_drawn, residuals=False)
    kinds = {"ours": ours_drawn, "ours, paths alone": paths_alone, "ours, within quantiles": within_drawn, "base alone": alone_drawn}
    held, crps = {}, {}
    for kind, drawn in kinds.items():
        draws = [drawn(world.structure, window) for window in windows]
        held[kind] = {level: np.stack([inside(*pair, level) for pair in zip(draws, windows, strict=True)]) for level in LEVELS}
        crps[kind] = np.stack([crps_of(*pair) for pair in zip(draws, windows, strict=True)])
    return {
        kind: {
            level: {f"{nominal:g}": covered(held[kind][nominal][:, rows]) for nominal in LEVELS}
            | {"crps": round(float(crps[kind][:, rows].mean() / crps["base alone"][:, rows].mean()), 4)}
            for level, rows in [*level_rows(world.structure), ("all", slice(None))]
        }
        for kind in kinds
    }


def level_rows(structure: Structure) -> list[tuple[str, np.ndarray]]:
    levels = np.array(structure.levels)
    return [(level, levels == level) for level in dict.fromkeys(structure.levels)]


def ours_drawn(structure: Structure, window: Window, residuals: bool = True) -> np.ndarray:
    known = window.residuals if residuals else None
    return coherent_draws(window.base, window.errors, structure, DRAWS, SEED, residuals=known, positive=True, apart=APART)


def alone_drawn(structure: Structure, window: Window) -> np.ndarray:
    """Each node's own draws from its own past errors: a structure in which every node is a bottom."""
    nodes = pd.DataFrame({"level": structure.levels, "node": [" · ".join(name) for name in structure.nodes]})
    apart = replace(grouped_structure(nodes, []), levels=structure.levels)
    return coherent_draws(window.base, window.errors, apart, DRAWS, SEED, residuals=window.residuals, apart=APART)


def within_drawn(structure: Structure, window: Window) -> np.ndarray:
    """From the quantiles that each node's own draws have."""
    quantiles = np.quantile(alone_drawn(structure, window), QUANTILES, axis=0).transpose(1, 2, 0)
    known = {"residuals": window.residuals, "positive": True}
    return structure.add_up(bottom_draws_within(quantiles, QUANTILES, window.errors, structure, DRAWS, SEED, **known))


def inside(draws: np.ndarray, window: Window, level: float) -> np.ndarray:
    lower, upper = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return (window.came >= lower) & (window.came <= upper)


def crps_of(draws: np.ndarray, window: Window) -> np.ndarray:
    """Nodes × months, scaled as RMSSE is; the fair estimate from draws."""
    ordered, count = np.sort(draws, axis=0), len(draws)
    rank = (2 * np.arange(1, count + 1) - count - 1)[:, None, None]
    spread = (rank * ordered).sum(axis=0) / (count * (count - 1))
    return (np.abs(draws - window.came).mean(axis=0) - spread) / window.scale


def covered(held: np.ndarray) -> dict:
    """The share of windows × nodes × months inside, its intervals, and the share by half-years ahead."""
    ahead = {f"{first + 1}-{first + 6}": round(float(held[:, :, first : first + 6].mean()), 3) for first in range(0, HORIZON, 6)}
    return {
        "covered": round(float(held.mean()), 4), "by_series": interval(held.mean(axis=(0, 2))),
        "by_window": interval(held.mean(axis=(1, 2))), "months_ahead": ahead,
    }  # fmt: skip


def interval(shares: np.ndarray) -> list[float] | None:
    """The 95 % interval of a mean over clusters; none for one cluster."""
    if len(shares) < 2:
        return None
    half = student.ppf(0.975, len(shares) - 1) * shares.std(ddof=1) / np.sqrt(len(shares))
    return [round(float(np.clip(shares.mean() + side * half, 0, 1)), 4) for side in (-1, 1)]


# ------------------------------------------------------------------------------------------------------------------ scale


def scale_rows(world: World, window: Window) -> dict:
    begun = time.perf_counter()
    draws = ours_drawn(world.structure, window)
    few = {"nodes": draws.shape[1], "draws": DRAWS, "months": HORIZON, "seconds": round(time.perf_counter() - begun, 2)}
    return {"retail": few, "400 accounts × 50 units": large_rows()}


def large_rows(draws: int = 10) -> dict:
    """A made-up company: 400 accounts in 40 groups below revenue and costs, 50 units in 7 regions; every cell holds rows."""
    dice, structure = np.random.default_rng(SEED), company()
    size = np.exp(dice.normal(0, 1.5, (len(structure.bottoms), 1)))
    bottoms = size * dice.normal(size=(ORIGINS, len(size), HORIZON)) * 3
    errors = np.stack([structure.add_up(path) for path in bottoms])
    errors += dice.normal(size=errors.shape) * 0.5 * np.sqrt(np.mean(errors**2, axis=(0, 2), keepdims=True))
    base = structure.add_up(np.repeat(10 * size, HORIZON, axis=1)) + errors[0]
    told = {"nodes": len(structure.nodes), "bottoms": len(structure.bottoms), "months": HORIZON, "draws": draws}
    for name, positive in (("free", False), ("none below zero", True)):
        begun = time.perf_counter()
        reconciled(base, structure, errors, positive=positive, digits=2)
        between = time.perf_counter()
        bottom_draws(base, errors, structure, draws, SEED, positive=positive, digits=2, apart=APART)
        seconds = {"points_seconds": round(between - begun, 1), "draws_seconds": round(time.perf_counter() - between, 1)}
        told[name] = seconds
    return told | {"peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)}


def company() -> Structure:
    groups = [(f"g{n}", "revenue" if n < 10 else "costs", 1.0) for n in range(40)]
    leaves = [(f"a{n}", f"g{n % 40}", 1.0) for n in range(400)]
    rows = [("result", None, 1.0), ("revenue", "result", 1.0), ("costs", "result", -1.0), *groups, *leaves]
    tree = AccountTree(pd.DataFrame(rows, columns=["code", "parent", "weight"]).assign(aggregation="flow"))
    units = unit_structure({f"r{n}": "group" for n in range(7)} | {f"u{n}": f"r{n % 7}" for n in range(50)})
    return crossed(account_structure(tree), units)


# ---------------------------------------------------------------------------------------------------------------- results


def one_world(name: str, world: World) -> tuple[dict, Window]:
    last = world.amounts.shape[1] - HORIZON
    origins = [last - HORIZON * back for back in range(WINDOWS[name])]
    needed = sorted({past for origin in origins for past in [origin, *origins_before(origin)]})
    begun = time.perf_counter()
    forecasts = {origin: forecast_at(world, origin) for origin in needed}
    seconds = time.perf_counter() - begun
    windows = [window_at(world, forecasts, origin) for origin in origins]
    told = {"nodes": len(world.structure.nodes), "windows": len(windows), "origins_of_errors": ORIGINS, "base_seconds": round(seconds, 1)}
    return told | {"points": point_rows(world, windows), "bands": band_rows(world, windows)}, windows[0]


def main() -> None:
    warnings.filterwarnings("ignore", category=RuntimeWarning)
    told = about("coherence")
    told["versions"] = {name: __import__(name).__version__ for name in ("numpy", "pandas", "scipy", "statsforecast")}
    told["aus_retail"], window = one_world("aus_retail", retail())
    told["us_employment"] = one_world("us_employment", employment())[0]
    told["scale"] = scale_rows(retail(), window)
    save(told)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
