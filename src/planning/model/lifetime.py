"""Buyers without a contract: how often they buy while they are customers, and whether they still are. Weeks throughout.

The Pareto/NBD: while a customer, a buyer buys at random times at a rate of their own, and may leave for good at any moment at
a rate of their own; both rates differ between buyers as gamma distributions do (purchases: shape `r`, rate `alpha`; leaving: shape
`s`, rate `beta`). Nobody says that they leave, so it is read from silence. Source: Schmittlein, Morrison and Colombo (1987); the
likelihood is written here with Gauss's function after Euler's transformation, so that no term overflows however often somebody buys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.polynomial import chebyshev
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1
from scipy.stats import chi2, norm
from scipy.stats.qmc import Sobol

from planning.core.errors import Problem, RequestError

WEEK = pd.Timedelta(days=7)
BOX = 50.0
"""How many times more or less than where the search begins a parameter may be."""
DOUBT = float(np.log(BOX))
"""Where the likelihood has no top inside the box (when do they leave, where nobody does?), a parameter's log is believed to be within this
of where the search begins, two times in three: next to nothing beside what a hundred buyers tell, and enough to keep from running away."""
SURE = 0.25
"""Where every parameter's log is known within this, the likelihood is taken for a bell curve."""
CLOUD, TAILS, WIDEST = 10, 5, 1.5
"""Two to this power points weighed where it is not; the degrees of freedom of their tails; how far they reach at most."""
NODES, NEGLIGIBLE = 32, 1e-11
"""Points through which a curve over time is laid, and how large its last terms may be to call it met."""
MOST_LEARNT_FROM = 30_000
"""Buyers the rates are learnt from, drawn from all where there are more; how unsure that leaves them is in the bands."""
UNTOLD = float(chi2.ppf(0.95, 2)) / 2
"""Log-likelihood that leaving must add before it can be told from nobody leaving."""
LEAST_REPEATING = 20
"""Buyers who bought again; with fewer there is nothing to learn the four rates from."""


def build_histories(orders: pd.DataFrame, closing: pd.Timestamp) -> pd.DataFrame:
    """One row a buyer from the orders up to the closing day: customer, repeats, last, age, paid, spent, total.

    `orders`: customer, date, amount. Orders of one day are one purchase; `repeats` counts the days after the first, `last` and
    `age` are weeks from the first purchase to the last one and to the closing day (at its end). `paid` counts the purchases,
    the first included, that cost something, `spent` is their mean amount (missing without one), `total` the sum of all.
    """
    known = orders[orders["date"] < closing + pd.Timedelta(days=1)]
    days = known.assign(date=known["date"].dt.normalize()).groupby(["customer", "date"], as_index=False)["amount"].sum()
    days["costly"] = days["amount"] > 0
    each = days.groupby("customer").agg(
        first=("date", "min"), newest=("date", "max"), purchases=("date", "size"), paid=("costly", "sum"), total=("amount", "sum")
    )
    weeks = {"last": (each["newest"] - each["first"]) / WEEK, "age": (closing.normalize() - each["first"]) / WEEK}
    spent = each["total"] / each["paid"].where(each["paid"] > 0)
    rows = each.assign(repeats=each["purchases"] - 1, spent=spent, **weeks).reset_index()
    return rows[["customer", "first", "repeats", "last", "age", "paid", "spent", "total"]]


def learnt_from(histories: pd.DataFrame) -> pd.DataFrame:
    """The histories that rates are learnt from: all, or as many drawn by chance, always the same ones."""
    many = len(histories) > MOST_LEARNT_FROM
    return histories.sample(MOST_LEARNT_FROM, random_state=0).sort_index() if many else histories


@dataclass(frozen=True)
class Fit:
    """Parameters found by maximum likelihood: their values by name, the likelihood's log, and how sure they are.

    `spread` is the covariance of the parameters' logs, from the likelihood's curvature where the search ended; `converged` is
    whether it is curved there in every direction. `cloud` holds logs that the data allow, a row each, and `weight` how well: where
    buyers hardly differ, shape and rate rise together without end, and a bell curve would know more than the data do. `held`: whether
    the likelihood alone had no top, and its parameters are held, weakly, to where the search began (DOUBT).
    """

    values: dict[str, float]
    log_likelihood: float
    spread: np.ndarray
    converged: bool
    cloud: np.ndarray
    weight: np.ndarray
    held: bool = False

    def draw(self, rng: np.random.Generator, draws: int) -> np.ndarray:
        """Parameters as sure as they are: a row a draw, in the order of `values`."""
        if len(self.cloud):
            return np.exp(self.cloud[rng.choice(len(self.cloud), draws, p=self.weight)])
        return np.exp(rng.multivariate_normal(np.log(self.parameters), self.spread, draws, method="eigh"))

    @property
    def parameters(self) -> np.ndarray:
        """The values in their order."""
        return np.array(list(self.values.values()))


def fit_likelihood(names: list[str], start: list[float], log_likelihood: Callable[[np.ndarray], float], rows: int) -> Fit:
    """The parameters (all positive) at the top of a log-likelihood, within a factor of BOX of the start; `rows` scales the search."""

    def loss(logs: np.ndarray) -> float:
        with np.errstate(all="ignore"):  # far from the top it may not be computable: such a point is as bad as can be
            value = log_likelihood(np.exp(logs))
        return -value / rows if np.isfinite(value) else 1e10

    def held(logs: np.ndarray) -> float:
        return loss(logs) + ((logs - np.log(start)) ** 2).sum() / (2 * DOUBT**2 * rows)

    found = _search(names, start, loss, rows)
    return found if found.converged else replace(_search(names, start, held, rows), held=True)


def _search(names: list[str], start: list[float], loss: Callable[[np.ndarray], float], rows: int) -> Fit:
    box = np.log(start) + np.log([[1 / BOX], [BOX]])
    found = minimize(loss, np.log(start), jac="3-point", method="L-BFGS-B", bounds=box.T, options={"ftol": 1e-12, "gtol": 1e-7})
    curvature = _curvature(loss, found.x) * rows
    curved = bool(np.isfinite(curvature).all() and (np.linalg.eigvalsh(curvature) > 0).all())
    spread = np.linalg.inv(curvature) if curved else np.zeros((len(names), len(names)))
    cloud, weight = np.empty((0, len(names))), np.empty(0)
    if curved and spread.diagonal().max() > SURE**2:
        cloud, weight = _cloud(loss, found.x, curvature, box, rows)
    values = dict(zip(names, np.exp(found.x).tolist(), strict=True))
    return Fit(values, float(-found.fun * rows), spread, curved, cloud, weight)


def _cloud(loss: Callable[[np.ndarray], float], top: np.ndarray, curvature: np.ndarray, box: np.ndarray, rows: int) -> tuple:
    """Logs inside the box and how well the data allow each: points spread wider than the curvature says, weighed by the likelihood.

    The points are a fixed even grid turned into Student's t (importance sampling; see Robert and Casella 2004, chapter 3).
    """
    size = len(top)
    even = Sobol(size + 1, scramble=False).random_base2(CLOUD)[1:]
    far = norm.ppf(even[:, :size]) / np.sqrt(chi2.ppf(even[:, size:], TAILS) / TAILS)
    sizes, directions = np.linalg.eigh(curvature)
    reach = np.minimum(1.2 / np.sqrt(sizes), WIDEST)
    points = top + (far * reach) @ directions.T
    inside = ((points >= box[0]) & (points <= box[1])).all(axis=1)
    points, far = points[inside], far[inside]
    fits = np.array([-loss(point) * rows for point in points])
    logs = fits + (TAILS + size) / 2 * np.log1p((far**2).sum(axis=1) / TAILS)
    weight = np.exp(logs - logs.max())
    return points, weight / weight.sum()


def _curvature(loss: Callable[[np.ndarray], float], at: np.ndarray, step: float = 2e-3) -> np.ndarray:
    """Second derivatives by central differences."""
    size = len(at)
    steps, curvature = np.eye(size) * step, np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            corners = [loss(at + a * steps[i] + b * steps[j]) * a * b for a in (1, -1) for b in (1, -1)]
            curvature[i, j] = curvature[j, i] = sum(corners) / (4 * step * step)
    return curvature


# --------------------------------------------------------------------------------------------------- the likelihood


def log_likelihood(parameters, repeats, last, age) -> np.ndarray:
    """The log-likelihood of each buyer's history; `parameters`: r, alpha, s, beta; the others arrays of equal length."""
    r, alpha, s, beta = parameters
    there, gone = _log_states(parameters, repeats, last, age)
    bought = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return bought + np.logaddexp(there, gone)


def still_customer(parameters, repeats, last, age) -> np.ndarray:
    """The probability that a buyer is still a customer on the closing day."""
    there, gone = _log_states(parameters, repeats, last, age)
    return 1 / (1 + np.exp(np.minimum(gone - there, 700)))


def _log_states(parameters, repeats, last, age) -> tuple[np.ndarray, np.ndarray]:
    """The two ways to such a history, up to a common term, as logs: still there, or left between the last purchase and now."""
    r, alpha, s, beta = parameters
    there = -(r + repeats) * np.log(alpha + age) - s * np.log(beta + age)
    early, late = _log_left_after(parameters, repeats, last), _log_left_after(parameters, repeats, age)
    with np.errstate(divide="ignore"):
        between = early + np.log(-np.expm1(np.minimum(late - early, 0.0)))
    return there, np.log(s) - np.log(r + s + repeats) + between


def _log_left_after(parameters, repeats, week) -> np.ndarray:
    """The log of the integral over all weeks of leaving after `week`, times (r + s + repeats) / s.

    For every number of repeats this is a smooth curve over the log of time, and where there are many buyers they share few of them:
    then Chebyshev's polynomials through NODES points of each curve give it to every buyer (Trefethen 2019, chapters 3 and 8), unless
    their last terms say that it isn't met to NEGLIGIBLE.
    """
    counts, curve = np.unique(repeats, return_inverse=True)
    if len(counts) * NODES >= len(curve):
        return _log_left(parameters, repeats, week)
    soonest = min(parameters[1], parameters[3])
    logs = np.log(soonest + week)
    middle, half = (logs.max() + logs.min()) / 2, max((logs.max() - logs.min()) / 2, 1e-6)
    points = chebyshev.chebpts1(NODES)
    heights = _log_left(parameters, counts[None, :], np.exp(middle + half * points)[:, None] - soonest)
    terms = chebyshev.chebvander(points, NODES - 1).T @ heights * (2 / NODES)
    terms[0] /= 2
    if not np.abs(terms[-2:]).max() <= NEGLIGIBLE:
        return _log_left(parameters, repeats, week)
    return chebyshev.chebval((logs - middle) / half, terms[:, curve], tensor=False)


def _log_left(parameters, repeats, week) -> np.ndarray:
    """The same, reckoned for each; Euler's transformation leaves Gauss's function between 1 and 1 / (1 − z) with 0 ≤ z < 1."""
    r, alpha, s, beta = parameters
    if alpha >= beta:
        gauss = gauss_function(r + repeats, r + s + repeats + 1, (alpha - beta) / (alpha + week))
        return np.log(gauss) - (r + repeats) * np.log(alpha + week) - s * np.log(beta + week)
    gauss = gauss_function(s + 1, r + s + repeats + 1, (beta - alpha) / (beta + week))
    return np.log(gauss) - (r + repeats - 1) * np.log(alpha + week) - (s + 1) * np.log(beta + week)


def gauss_function(b, c, z) -> np.ndarray:
    """Gauss's function F(1, b; c; z) for c > b > 0 and 0 ≤ z < 1: as the library has it, and as a continued fraction where it gives up.

    It does near z = 1 with parameters in the hundreds. Example: F(1, 1; 2; 0.5) = 2 ln 2.
    """
    b, c, z = np.broadcast_arrays(b, c, z)
    value = np.array(hyp2f1(1.0, b, c, z), ndmin=1)
    missing = ~np.isfinite(value)
    if missing.any():
        value[missing] = continued_fraction(*(np.atleast_1d(of)[missing] for of in (b, c, z)))
    return value


def continued_fraction(b, c, z, terms: int = 2000) -> np.ndarray:
    """F(1, b; c; z) by Gauss's continued fraction, from its far end."""
    rest = np.ones(np.shape(z))
    for k in range(terms, 0, -1):
        odd = (b + k) * (c - 1 + k) / ((c + 2 * k - 1) * (c + 2 * k))
        even = k * (c - b - 1 + k) / ((c + 2 * k - 2) * (c + 2 * k - 1))
        rest = 1 - even * z / (1 - odd * z / rest)
    return 1 / (1 - b / c * z / rest)


def fit_lifetimes(histories: pd.DataFrame) -> Fit:
    """The Pareto/NBD of these histories (repeats, last, age) by maximum likelihood; equal histories are counted, not repeated."""
    repeats, last, age, count = grouped(histories)
    start = starting_rates(repeats, age, count)

    def total(parameters: np.ndarray) -> float:
        return float(count @ log_likelihood(parameters, repeats, last, age))

    return fit_likelihood(["r", "alpha", "s", "beta"], start, total, int(count.sum()))


def leaving_told(histories: pd.DataFrame, fit: Fit) -> float:
    """By how much the log-likelihood is higher than where nobody ever leaves (purchases: NBD); below UNTOLD leaving can't be told.

    Nobody leaves is the fit with two parameters less, so twice this is held against chi-squared's 95 % with two degrees of freedom. A fit
    that is held (Fit.held) may lie a little below.
    """
    repeats, _, age, count = grouped(histories)

    def total(parameters: np.ndarray) -> float:
        r, alpha = parameters
        each = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha) - (r + repeats) * np.log(alpha + age)
        return float(count @ each)

    nobody = fit_likelihood(["r", "alpha"], starting_rates(repeats, age, count)[:2], total, int(count.sum()))
    return fit.log_likelihood - nobody.log_likelihood


def grouped(histories: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The different histories as arrays (repeats, last, age) and how often each occurs; refused where too few bought again."""
    check_enough("buyers who bought on more than one day", int((histories["repeats"] > 0).sum()))
    groups = histories.groupby(["repeats", "last", "age"], sort=True).size().reset_index(name="count")
    return tuple(groups[name].to_numpy(dtype=float) for name in ("repeats", "last", "age", "count"))


def check_enough(who: str, count: int) -> None:
    """RequestError where there are too few of them to learn from."""
    if count < LEAST_REPEATING:
        raise RequestError("buyers", [Problem("too few to learn from", "orders", f"{count} {who}", f"at least {LEAST_REPEATING}")])


def starting_rates(repeats, age, count) -> list[float]:
    """Where a search begins: purchases a week as they were, with middling differences between buyers; leaving at half that rate."""
    rate = max(float(count @ repeats) / float(count @ age), 1e-6)
    return [0.7, 0.7 / (2 * rate), 0.7, 0.7 / rate]


# -------------------------------------------------------------------------------------------------------- what follows


def purchases_if_customer(parameters, repeats, age, weeks: float) -> np.ndarray:
    """Expected purchases in the next `weeks` of a buyer who is still a customer now (and may leave on the way)."""
    r, alpha, s, beta = parameters
    rate, horizon = (r + repeats) / (alpha + age), np.log1p(weeks / (beta + age))
    near = (s - 1) * horizon
    share = np.where(np.abs(near) < 1e-8, horizon, -np.expm1(-near) / (s - 1 if s != 1 else 1.0))
    return rate * (beta + age) * share


def expected_purchases(parameters, repeats, last, age, weeks: float) -> np.ndarray:
    """Expected purchases in the next `weeks`."""
    return still_customer(parameters, repeats, last, age) * purchases_if_customer(parameters, repeats, age, weeks)


def purchase_odds(parameters, repeats, last, age, weeks: float, nodes: int = 24) -> np.ndarray:
    """The probability of at least one purchase in the next `weeks`."""
    r, alpha, s, beta = parameters
    at, weight = np.polynomial.legendre.leggauss(nodes)
    week, weight = (at + 1) * weeks / 2, weight * weeks / 2
    silent = ((alpha + age) / (alpha + age + weeks)) ** (r + repeats) * ((beta + age) / (beta + age + weeks)) ** s
    for leaving, width in zip(week, weight, strict=True):
        left = s / (beta + age + leaving) * ((beta + age) / (beta + age + leaving)) ** s
        silent = silent + width * left * ((alpha + age) / (alpha + age + leaving)) ** (r + repeats)
    return still_customer(parameters, repeats, last, age) * (1 - silent)


def draw_purchases(parameters, repeats, age, weeks: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Purchases in the next `weeks` of buyers who are customers now, drawn: how many each, and how many weeks each stays at most.

    Exact: given that a buyer is still there, both rates are gamma distributed again, independently of each other.
    """
    r, alpha, s, beta = parameters
    rate = rng.standard_gamma(r + repeats) / (alpha + age)
    leaving = rng.standard_gamma(s, len(age)) / (beta + age)
    stays = np.minimum(rng.standard_exponential(len(age)) / np.maximum(leaving, 1e-300), weeks)
    return rng.poisson(rate * stays), stays
