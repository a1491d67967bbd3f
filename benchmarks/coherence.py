"""Forecasts that add up, as they ship (`coherent_forecast`, method fast), against each node's own and plain peers, windows walked back.

    .venv/bin/python benchmarks/coherence.py            a quarter of an hour; writes benchmarks/results/coherence.json

Australian retail turnover (148 cells of state × industry, 177 nodes), eleven windows; US employment (81 industries in 14 sectors, 96
nodes), ten. Each window is 18 months ahead from the 180 before it (fewer where the past is shorter), each 18 months before the next.
US employment is where it was chosen whether correlations come from the airline model's innovations, so its figures are no trial of
that; of how to add up retail decided nothing, but the recipes were chosen on it, too (recipes.py).

`points`: by level, the mean over nodes and windows of RMSSE (scaled by the seasonal naive's past error) and of MAE so scaled, over that
of the nodes' own forecasts (base alone); in how many windows it came nearer. The peer, where it is installed: hierarchicalforecast's
MinT with shrinkage, given the innovations for residuals, since the recipe has none of one step. `bands`: how much of what came lay in
the bands of 80 and 95 % of the draws, and of the nodes' own quantiles (base alone), by level, together and in each month ahead, with
95 % intervals clustered by series and by window (months of a window hang together, so the second is the honest one; a level of one
series has it only); `nominal_outside`: the months ahead whose interval doesn't hold the nominal, `nominal_inside`: how many of level ×
month do. `crps`: over that of base alone, both from the same quantiles. `scale`: seconds.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from measuring import about, save
from scipy.special import ndtri
from scipy.stats import t as student

from planning.core.accounts import AccountTree
from planning.model.coherence import (
    Structure,
    account_structure,
    bottom_draws,
    crossed,
    grouped_structure,
    reconciled,
    unit_structure,
)
from planning.model.coherent import QUANTILES, CoherentForecast, coherent_forecast

DATA = Path(os.environ.get("PLANNING_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
HORIZON, TRAINED, WORKERS = 18, 180, 2
WINDOWS = {"aus_retail": 11, "us_employment": 10}
DRAWS, SEED = 400, 7
ENDS = {"0.8": (0.1, 0.9), "0.95": (0.025, 0.975)}
PEER = "hierarchicalforecast"
ALONE = "base alone"


class World(NamedTuple):
    """A hierarchy and what happened: nodes × months, and the months."""

    structure: Structure
    amounts: np.ndarray
    months: pd.DatetimeIndex


class Window(NamedTuple):
    """What was forecast at an origin from the months `known`, and what came: nodes × months. `base`: each node's own forecast;
    `quantiles`: QUANTILES × nodes × months, of the draws and of the nodes alone; `scale`: each node's."""

    made: CoherentForecast
    known: np.ndarray
    base: np.ndarray
    quantiles: dict[str, np.ndarray]
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
    return World(structure, structure.add_up(wide.to_numpy("float64")), pd.DatetimeIndex(pd.to_datetime(wide.columns)))


def window_at(world: World, origin: int) -> Window:
    """The shipped forecast with so many months known."""
    begin, (structure, amounts, months) = max(0, origin - TRAINED), world
    cells = pd.DataFrame([structure.nodes[place] for place in structure.bottoms], columns=list(structure.by))
    known = amounts[structure.bottoms, begin:origin]
    rows = cells.loc[cells.index.repeat(known.shape[1])]
    table = rows.assign(period=np.tile(months[begin:origin], len(cells)), amount=known.ravel())
    made = coherent_forecast(table, structure, HORIZON, "fast", WORKERS, draws=DRAWS, seed=SEED, positive=True)
    parts = [by_node(rows, "value", structure) for _, rows in made.alone.quantiles.groupby("quantile")]
    quantiles = {"ours": np.quantile(structure.add_up(made.draws), QUANTILES, axis=0), ALONE: np.sort(parts, axis=0)}
    scale = np.sqrt(np.mean((amounts[:, 12:origin] - amounts[:, : origin - 12]) ** 2, axis=1, keepdims=True))
    base = by_node(made.alone.rows, "amount", structure)
    return Window(made, amounts[:, begin:origin], base, quantiles, amounts[:, origin : origin + HORIZON], scale)


def by_node(rows: pd.DataFrame, column: str, structure: Structure) -> np.ndarray:
    return rows.pivot(index=list(structure.by), columns="horizon", values=column).loc[structure.nodes].to_numpy()


# ----------------------------------------------------------------------------------------------------------------- points


def least_squares(structure: Structure, window: Window) -> np.ndarray:
    return structure.add_up(np.linalg.lstsq(structure.sums.toarray(), window.base, rcond=None)[0])


def peer_mint(structure: Structure, window: Window) -> np.ndarray:
    from hierarchicalforecast.methods import MinTrace

    left = window.made.residuals.T
    seen = window.known[:, -left.shape[1] :]
    told = MinTrace("mint_shrink").fit_predict(
        S=structure.sums.toarray(), y_hat=window.base, y_insample=seen, y_hat_insample=seen - left,
    )  # fmt: skip
    return told["mean"]


def by_spread_of(errors: bool, residuals: bool):
    """Reconciled by what the errors, the residuals, or neither tell."""

    def points(structure: Structure, window: Window) -> np.ndarray:
        known = window.made.errors if errors else None, window.made.residuals if residuals else None
        return reconciled(window.base, structure, *known, positive=True)

    return points


METHODS = {
    "ours": lambda structure, window: by_node(window.made.rows, "amount", structure),
    "ours, errors alone": by_spread_of(True, False),
    "ours, innovations alone": by_spread_of(False, True),
    "structural": by_spread_of(False, False),
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
        own = [errors_by_level(world, window, method(world.structure, window)) for window in windows]
        found[name] = against(own, base)
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
    """Coverage and CRPS by level, of the draws and of the nodes alone."""
    losses = {kind: np.stack([crps_of(window.quantiles[kind], window) for window in windows]) for kind in ("ours", ALONE)}
    found = {}
    for kind, loss in losses.items():
        held = {nominal: np.stack([inside(window, kind, nominal) for window in windows]) for nominal in ENDS}
        levels = {
            level: {nominal: covered(held[nominal][:, rows], float(nominal)) for nominal in ENDS}
            | {"crps": round(float(loss[:, rows].mean() / losses[ALONE][:, rows].mean()), 4)}
            for level, rows in level_rows(world.structure)
        }
        found[kind] = levels | {"nominal_inside": {nominal: counted(levels, nominal) for nominal in ENDS}}
    return found


def level_rows(structure: Structure) -> list[tuple[str, np.ndarray]]:
    levels = np.array(structure.levels)
    return [(level, np.flatnonzero(levels == level)) for level in dict.fromkeys(structure.levels)]


def inside(window: Window, kind: str, nominal: str) -> np.ndarray:
    lower, upper = (window.quantiles[kind][QUANTILES.index(end)] for end in ENDS[nominal])
    return (window.came >= lower) & (window.came <= upper)


def crps_of(quantiles: np.ndarray, window: Window) -> np.ndarray:
    """Nodes × months, scaled as RMSSE is: twice the pinball loss, over the quantiles from the first to the last."""
    shares, missed = np.array(QUANTILES)[:, None, None], window.came - quantiles
    losses = np.maximum(shares * missed, (shares - 1) * missed)
    return 2 * np.trapezoid(losses, QUANTILES, axis=0) / window.scale


def covered(held: np.ndarray, nominal: float) -> dict:
    """Windows × nodes × months that lie inside or not: the share and its intervals, together and in each month ahead."""
    whole = {"covered": round(float(held.mean()), 4)} | {by: found[0] for by, found in intervals(held.mean(axis=2, keepdims=True)).items()}
    months = {"covered": held.mean(axis=(0, 1)).round(3).tolist()}
    for by, found in intervals(held).items():
        low, high = np.transpose(found).tolist()
        outside = [month for month, (least, most) in enumerate(found, 1) if not least <= nominal <= most]
        months[by] = {"low": low, "high": high, "nominal_outside": outside}
    return whole | {"months_ahead": months}


def intervals(held: np.ndarray) -> dict[str, list[list[float]]]:
    """Of each month, clustered by series (where there are several) and by window."""
    clustered = {"by_series": held.mean(axis=0), "by_window": held.mean(axis=1)}
    return {by: [interval(month) for month in shares.T] for by, shares in clustered.items() if len(shares) > 1}


def interval(shares: np.ndarray) -> list[float]:
    """The 95 % interval of a mean share over clusters: Wilson's, of as many independent trials as the clusters' spread says there are.

    No fewer than there are clusters, which is what is left where all hold the same. Source: Korn and Graubard (1998); Wilson (1927).
    """
    count, share, reach = len(shares), shares.mean(), student.ppf(0.975, len(shares) - 1)
    variance = shares.var(ddof=1) / count
    trials = max(count, share * (1 - share) / variance) if variance > 0 else count
    middle = (share + reach**2 / (2 * trials)) / (1 + reach**2 / trials)
    half = reach / (1 + reach**2 / trials) * np.sqrt(share * (1 - share) / trials + reach**2 / (4 * trials**2))
    return [round(float(middle - half), 3), round(float(middle + half), 3)]


def counted(levels: dict, nominal: str) -> dict:
    """In how many of level × month ahead the interval holds the nominal."""
    months = [level[nominal]["months_ahead"] for level in levels.values()]
    found = {by: [month[by]["nominal_outside"] for month in months if by in month] for by in ("by_series", "by_window")}
    return {by: {"inside": HORIZON * len(out) - sum(map(len, out)), "of": HORIZON * len(out)} for by, out in found.items()}


# ------------------------------------------------------------------------------------------------------------------ scale


def scale_rows(world: World, window: Window) -> dict:
    made, begun = window.made, time.perf_counter()
    known = {"residuals": made.residuals, "positive": True}
    reconciled(window.base, world.structure, made.errors, **known)
    between = time.perf_counter()
    bottom_draws(np.moveaxis(window.quantiles[ALONE], 0, 2), QUANTILES, made.errors, world.structure, DRAWS, SEED, **known)
    seconds = {"points_seconds": round(between - begun, 2), "draws_seconds": round(time.perf_counter() - between, 2)}
    retail = {"nodes": len(world.structure.nodes), "months": HORIZON, "draws": DRAWS} | seconds
    return {"retail": retail, "400 accounts × 50 units": large_rows()}


def large_rows(draws: int = 10) -> dict:
    """A made-up company: 400 accounts in 40 groups below revenue and costs, 50 units in 7 regions; every cell holds rows."""
    dice, structure = np.random.default_rng(SEED), company()
    size = np.exp(dice.normal(0, 1.5, (len(structure.bottoms), 1)))
    bottoms = size * dice.normal(size=(20, len(size), HORIZON)) * 3
    errors = np.stack([structure.add_up(path) for path in bottoms])
    errors += dice.normal(size=errors.shape) * 0.5 * np.sqrt(np.mean(errors**2, axis=(0, 2), keepdims=True))
    base = structure.add_up(np.repeat(10 * size, HORIZON, axis=1)) + errors[0]
    quantiles = base[:, :, None] + np.sqrt(np.mean(errors**2, axis=0))[:, :, None] * ndtri(QUANTILES)
    told = {"nodes": len(structure.nodes), "bottoms": len(structure.bottoms), "months": HORIZON, "draws": draws}
    for name, positive in (("free", False), ("none below zero", True)):
        begun = time.perf_counter()
        reconciled(base, structure, errors, positive=positive, digits=2)
        between = time.perf_counter()
        bottom_draws(quantiles, QUANTILES, errors, structure, draws, SEED, positive=positive, digits=2)
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
    last, begun = world.amounts.shape[1] - HORIZON, time.perf_counter()
    windows = [window_at(world, last - HORIZON * back) for back in range(WINDOWS[name])]
    seconds = (time.perf_counter() - begun) / len(windows)
    told = {"nodes": len(world.structure.nodes), "windows": len(windows), "origins_of_errors": len(windows[0].made.errors)}
    told |= {"seconds_a_window": round(seconds, 1), "points": point_rows(world, windows), "bands": band_rows(world, windows)}
    return told, windows[0]


def main() -> None:
    told = about("coherence")
    told["versions"] = {name: __import__(name).__version__ for name in ("numpy", "pandas", "scipy", "statsforecast")}
    world = retail()
    told["aus_retail"], window = one_world("aus_retail", world)
    told["us_employment"] = one_world("us_employment", employment())[0]
    told["scale"] = scale_rows(world, window)
    save(told)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
