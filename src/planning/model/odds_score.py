"""How odds fared: their Brier score beside odds that know nothing, and whether what was called likely came more often."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.model.calibration import calibration_line

SCORE = ("n", "groups", "came", "brier", "brier_half", "brier_rate", "slope", "slope_lower", "slope_upper")
EDGE = 1e-6


def brier(happened: np.ndarray, said: np.ndarray) -> float:
    """The mean square of what was said less what came (1 or 0): 0 is perfect, 0.25 is saying one half always (Brier, 1950)."""
    return float(np.mean((said - happened) ** 2)) if len(said) else float("nan")


def score_odds(told: pd.DataFrame, level: float, draws: int, seed: int) -> pd.Series:
    """One row of SCORE for odds said and what came of them.

    `told`: odds (0 to 1), met (true or false), group (a year, or a world: what came in a group came together). `came` is the share that
    was met; `brier_half` the score of saying one half, `brier_rate` that of knowing the share and saying it each time. `slope`: of the
    true log-odds on those said (calibration_line): 1 when they hold, below it when they are too sure, above when too timid; its band
    is that of groups drawn with replacement. Missing where all or none were met, the band also where there is one group.
    """
    used = told.dropna(subset=["odds", "met"])
    met, said = used["met"].to_numpy(dtype=float), used["odds"].to_numpy(dtype=float).clip(EDGE, 1 - EDGE)
    came = float(met.mean()) if len(met) else float("nan")
    slope, (lower, upper) = _slope(met, said), _slope_band(used["group"], met, said, level, draws, seed)
    rates = (brier(met, said), brier(met, np.full(len(met), 0.5)), brier(met, np.full(len(met), came)))
    return pd.Series(dict(zip(SCORE, (len(met), used["group"].nunique(), came, *rates, slope, lower, upper), strict=True)))


def _slope(met: np.ndarray, said: np.ndarray, weights: np.ndarray | None = None) -> float:
    weighed = met if weights is None else met[weights > 0]
    if not len(weighed) or weighed.min() == weighed.max() or np.ptp(said) == 0:
        return float("nan")
    return float(calibration_line(met, np.log(said / (1 - said)), weights)[0][1])


def _slope_band(groups: pd.Series, met: np.ndarray, said: np.ndarray, level: float, draws: int, seed: int) -> tuple[float, float]:
    codes, names = pd.factorize(groups)
    if len(names) < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    samples = (rng.multinomial(len(names), np.full(len(names), 1 / len(names))).astype(float) for _ in range(draws))
    slopes = np.array([_slope(met, said, sample[codes]) for sample in samples])
    slopes = slopes[np.isfinite(slopes)]
    return tuple(float(edge) for edge in np.quantile(slopes, [(1 - level) / 2, (1 + level) / 2])) if len(slopes) else (float("nan"),) * 2
