"""The odds that a budget is met, from what the organisation's own earlier budgets were missed by, line with line."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError, at_most
from planning.model.miss_parts import Parts, covariance, predict_misses, weigh_parts

FEWEST = 2
"""Earlier years below which nothing is said."""
COVERS = 0.9
"""Of a sum's budget, the least share that must stand on lines with enough years; else nothing is said of it."""
LARGEST_MISS = 3.0
"""A miss of more budgets than this counts as this much: a line that was hardly budgeted says little of the others."""
USUAL = 4.0
"""How many of a line's or a cell's own misses the usual size of those alike is worth."""
MOST = 6000
"""Earlier misses that can be weighed together: time grows with their third power, memory with their second."""
FREEDOM = 4.0
"""Degrees of freedom of a year's draws beyond its earlier years: few years widen all draws of a year together (Student's t)."""
RESULT_LASTS, RESULT_WORTH = 0.75, 2.0
"""Of the result's miss squared, what lasts; and how many years of its own the width that its lines tell is worth (benchmarks/odds.py)."""
CENT = 0.005
KEYS = ["unit", "line"]
ODDS = ["level", *KEYS, "amount", "expected", "odds", "years"]


def draw_outcomes(past: pd.DataFrame, plan: pd.DataFrame, draws: int, seed: int) -> np.ndarray:
    """What may come of each row of a plan, all rows together: draws × rows, in the plan's money; missing below FEWEST past years.

    `past`: fiscal_year, unit, line, effect, budget, actual, a unit's line once a year; `plan`: unit, line, effect, amount, a unit's
    line once. `effect` is what more of a line does to the result: +1 revenue, −1 costs. Amounts in the line's own direction. A miss is
    the actual less the budget, as a share of the budget (of the actual where nothing was budgeted), measured by how far a line of this
    kind, size, name and unit usually misses; what misses share is in model.miss_parts. A line with few years of its own is drawn as
    those alike. The company's result has a past of its own, which is told beside that of its lines. A budget of 0 misses by
    what usually came. As often as a line was met to the cent, it is drawn so. RequestError on bad cells.
    """
    check_tables(past, plan)
    rows, planned = _used(past), plan["amount"].to_numpy(dtype=float)
    if rows["fiscal_year"].nunique() < FEWEST or plan.empty:
        return np.full((draws, len(plan)), np.nan)
    misses, ahead = _misses(rows), plan.assign(size=_sizes(plan, rows), fiscal_year=int(rows["fiscal_year"].max()) + 1)
    moved = misses[misses["error"] != 0].reset_index(drop=True)
    if moved.empty:
        return np.tile(planned, (draws, 1))
    rng = np.random.default_rng(seed)
    drawn = _gains(moved, ahead, draws, rng) * plan["effect"].to_numpy()
    exact = _exact(misses).reindex(pd.MultiIndex.from_frame(plan[KEYS])).fillna(0.0).to_numpy()
    return planned + np.where(rng.random(drawn.shape) < exact, 0.0, drawn)


def _gains(moved: pd.DataFrame, ahead: pd.DataFrame, draws: int, rng: np.random.Generator) -> np.ndarray:
    """What each row ahead brings the result beyond its plan, draws × rows; together they follow the result's own record."""
    usual = _Usual(moved)
    moved = moved.assign(z=moved["error"] / usual.of(moved), money=usual.of(moved) * moved["size"] * moved["effect"])
    money = usual.of(ahead) * ahead["size"].to_numpy() * ahead["effect"].to_numpy()
    parts = weigh_parts(moved)
    middle, spread = predict_misses(moved, ahead, parts)
    middle, spread = middle * money, spread * np.outer(money, money)
    before = np.sqrt(money @ covariance(ahead, ahead, parts) @ money)
    drawn = _student(middle, spread, draws, moved["fiscal_year"].nunique() + FREEDOM, rng)
    with_sum = spread.sum(axis=1)
    if not with_sum.sum() > 0:
        return drawn
    shift, width = _record(moved, parts)
    apart = drawn.sum(axis=1) - middle.sum()
    wanted = shift * before + apart * width * before / np.sqrt(with_sum.sum())
    return drawn + np.outer((wanted - drawn.sum(axis=1)) / with_sum.sum(), with_sum)


def _record(moved: pd.DataFrame, parts: Parts) -> tuple[float, float]:
    """What the company's result missed by in earlier years, in what its lines alone would make it miss by: middle and width to expect."""
    scores = []
    for _, year in moved.groupby("fiscal_year"):
        money = year["money"].to_numpy()
        scores.append((money * year["z"].to_numpy()).sum() / np.sqrt(max(money @ covariance(year, year, parts) @ money, 1e-30)))
    n, scores = len(scores), np.array(scores)
    rest = 1 - RESULT_LASTS
    width = np.sqrt((RESULT_WORTH + (scores**2).sum()) / (RESULT_WORTH + n) * rest * (1 + RESULT_LASTS / (n * RESULT_LASTS + rest)))
    return float(scores.mean() * n * RESULT_LASTS / (n * RESULT_LASTS + rest)), float(width)


def budget_odds(past: pd.DataFrame, plan: pd.DataFrame, outcomes: np.ndarray) -> pd.DataFrame:
    """The odds of each line, each unit's sum and the company's: level (line, unit, company), unit, line, amount, expected, odds, years.

    `outcomes`: from `draw_outcomes`. A line is met when what comes is at least (effect +1) or at most (−1) what is planned, a sum when
    its result is at least the plan's; half a cent is no miss. `amount` and `expected` (the middle of the draws) are the line's, of a
    sum its result. `years`: the earlier ones of a line's own that stand behind it, of a sum the fewest that COVERS of it has. Odds
    are (k + 1) / (n + 2) of n draws; missing, as is `expected`, below FEWEST years.
    """
    effect, planned, years = plan["effect"].to_numpy(), plan["amount"].to_numpy(dtype=float), _years(past, plan)
    odds = _met((outcomes - planned) * effect)
    table = plan[[*KEYS, "amount"]].assign(level="line", expected=np.median(outcomes, axis=0), odds=odds, years=years)
    groups = [("unit", unit, np.flatnonzero(plan["unit"] == unit)) for unit in plan["unit"].unique()]
    groups += [("company", "", np.arange(len(plan)))] if len(plan) else []
    sums = [_sum_odds(level, unit, (planned * effect)[at], (outcomes * effect)[:, at], years[at]) for level, unit, at in groups]
    found = pd.concat([table, pd.DataFrame(sums)], ignore_index=True) if sums else table
    enough = found["years"] >= FEWEST
    return found.assign(**{name: found[name].where(enough) for name in ("expected", "odds")})[ODDS]


def met(plan: pd.DataFrame) -> pd.DataFrame:
    """Whether lines, units and the company met what was planned: level, unit, line, met.

    `plan`: unit, line, effect, budget, actual of one year.
    """
    gain = plan.assign(gain=(plan["actual"] - plan["budget"]) * plan["effect"])
    lines = gain[[*KEYS, "gain"]].assign(level="line")
    units = gain.groupby("unit", as_index=False, sort=False)["gain"].sum().assign(level="unit", line="")
    company = pd.DataFrame({"level": ["company"], "unit": "", "line": "", "gain": gain["gain"].sum()})
    table = pd.concat([lines, units, company], ignore_index=True)
    return table.assign(met=table["gain"] >= -CENT)[["level", *KEYS, "met"]]


def check_tables(past: pd.DataFrame, plan: pd.DataFrame) -> None:
    """RequestError listing missing columns, amounts that aren't finite, effects other than ±1, keys that stand twice, too many rows."""
    problems = _problems("past", past, ["fiscal_year", *KEYS], ["budget", "actual"]) + _problems("plan", plan, KEYS, ["amount"])
    if len(past) > MOST:
        problems.append(Problem("too many earlier misses", "past", str(len(past)), f"at most {MOST}", "take lines or units together"))
    if problems:
        raise RequestError("odds of a budget", problems)


def _problems(name: str, table: pd.DataFrame, keys: list[str], amounts: list[str]) -> list[Problem]:
    missing = [Problem("missing column", f"{name}, {column}") for column in (*keys, "effect", *amounts) if column not in table]
    if missing:
        return missing
    found = [Problem("nothing where a key is needed", f"{name}, {column}") for column in keys if table[column].isna().any()]
    twice = table.index[table.duplicated(keys)]
    found += [Problem("stands twice", name, " · ".join(map(str, table.loc[at, keys])), "each once") for at in twice]
    for column in amounts:
        numbers = pd.to_numeric(table[column], errors="coerce")
        wrong = table[~np.isfinite(numbers.to_numpy(dtype=float))]
        found += [Problem("not an amount", f"{name}, row {at}, {column}", repr(wrong[column][at]), "a finite number") for at in wrong.index]
    wrong = table[~table["effect"].isin([1, -1])]
    found += [Problem("no effect", f"{name}, row {at}", repr(wrong["effect"][at]), "+1 (revenue) or -1 (costs)") for at in wrong.index]
    return at_most(found[:20], 20, len(found))


def _used(past: pd.DataFrame) -> pd.DataFrame:
    """The rows that say something: where something was budgeted or came."""
    return past[(past["budget"] != 0) | (past["actual"] != 0)]


def _misses(rows: pd.DataFrame) -> pd.DataFrame:
    """Earlier misses: fiscal_year, unit, line, effect, size, error (relative to size)."""
    size = rows["budget"].abs().where(rows["budget"] != 0, rows["actual"].abs())
    error = ((rows["actual"] - rows["budget"]) / size).clip(-LARGEST_MISS, LARGEST_MISS)
    error = error.where((rows["actual"] - rows["budget"]).abs() >= CENT, 0.0)
    return rows[["fiscal_year", *KEYS, "effect"]].assign(size=size, error=error)


def _sizes(plan: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """What a planned amount's miss is relative to: itself; of a plan of 0 what usually came, 0 where nothing did."""
    came = rows["actual"].abs().groupby([rows["unit"], rows["line"]]).mean()
    usual = came.reindex(pd.MultiIndex.from_frame(plan[KEYS])).fillna(0.0).to_numpy()
    planned = plan["amount"].abs().to_numpy(dtype=float)
    return np.where(planned > 0, planned, usual)


class _Usual:
    """How far a line usually misses, relative to its size: overall, by a power of its size, by kind, by its name, by its own past."""

    def __init__(self, misses: pd.DataFrame):
        size = np.log(misses["size"].to_numpy(dtype=float))
        self.middle, self.power = float(size.mean()), _power(size, np.log(misses["error"].abs().to_numpy()))
        self.level, self.factors = 1.0, []
        self.level = float(np.sqrt(((misses["error"] / self.of(misses)) ** 2).mean()))
        for by in (["effect"], ["line"], KEYS):
            square = ((misses["error"] / self.of(misses)) ** 2).groupby([misses[column] for column in by])
            self.factors.append((by, np.sqrt((square.sum() + USUAL) / (square.size() + USUAL))))

    def of(self, table: pd.DataFrame) -> np.ndarray:
        """Of each row (effect, unit, line, size) the usual relative miss, the root of a mean square."""
        size = table["size"].to_numpy(dtype=float)
        found = self.level * np.exp(self.power * (np.log(np.where(size > 0, size, 1.0)) - self.middle))
        for by, factor in self.factors:
            keys = pd.MultiIndex.from_frame(table[by]) if len(by) > 1 else pd.Index(table[by[0]])
            found = found * factor.reindex(keys).fillna(1.0).to_numpy()
        return found


def _power(size: np.ndarray, error: np.ndarray) -> float:
    """By which power of its size a miss falls, relative to it, from logarithms; from -0.5 (as of many small things) to 0."""
    spread = ((size - size.mean()) ** 2).sum()
    slope = ((size - size.mean()) * error).sum() / (spread + len(size)) if len(size) else 0.0
    return float(np.clip(slope, -0.5, 0.0))


def _student(centre: np.ndarray, covariance: np.ndarray, draws: int, freedom: float, rng: np.random.Generator) -> np.ndarray:
    """Draws of all cells together: normal around their centre, a year's draws widened together as `freedom` years allow."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    widths = np.sqrt(freedom / rng.chisquare(freedom, draws))
    return centre + rng.standard_normal((draws, len(centre))) @ root.T * widths[:, None]


def _exact(misses: pd.DataFrame) -> pd.Series:
    """By cell: of its earlier years and one more, the share in which it came to the cent."""
    exact = (misses["error"] == 0).groupby([misses[column] for column in KEYS])
    return exact.sum() / (exact.size() + 1)


def _years(past: pd.DataFrame, plan: pd.DataFrame) -> np.ndarray:
    """The earlier years of each row of the plan in which there was a budget or something came."""
    years = _used(past).groupby(KEYS)["fiscal_year"].nunique()
    return years.reindex(pd.MultiIndex.from_frame(plan[KEYS])).fillna(0).astype(int).to_numpy()


def _met(gain: np.ndarray) -> np.ndarray:
    """The odds that a gain is at least 0, by Laplace's rule of succession."""
    return ((gain >= -CENT).sum(axis=0) + 1) / (len(gain) + 2)


def _sum_odds(level: str, unit: str, planned: np.ndarray, outcomes: np.ndarray, years: np.ndarray) -> dict[str, object]:
    """A sum's row: planned and outcomes each with their sign into the result."""
    came, amount = outcomes.sum(axis=1), float(planned.sum())
    return {"level": level, "unit": unit, "line": "", "amount": amount, "expected": float(np.median(came)),
            "odds": float(_met(came - amount)), "years": _years_behind(np.abs(planned), years)}  # fmt: skip


def _years_behind(size: np.ndarray, years: np.ndarray) -> int:
    """The most years that lines worth COVERS of the whole have at least."""
    shares = [(size[years >= least].sum(), least) for least in np.unique(years)]
    return int(max((least for share, least in shares if share >= COVERS * size.sum()), default=0))
