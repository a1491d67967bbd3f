"""The BG/NBD: buyers who may leave only right after a purchase. A peer of the lifetimes in `lifetime`; weeks throughout.

Purchases come at random times at a rate of each buyer's own (gamma: shape `r`, rate `alpha`); after each repeat purchase the buyer
leaves with a probability of their own (beta: `a`, `b`). Who has bought once only is therefore a customer for certain, which is
why it isn't the method here. Source: Fader, Hardie and Lee (2005).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln, hyp2f1

from planning.model.lifetime import Fit, fit_likelihood, grouped, starting_rates


def dropout_log_likelihood(parameters, repeats, last, age) -> np.ndarray:
    """The log-likelihood of each buyer's history; `parameters`: r, alpha, a, b."""
    r, alpha, a, b = parameters
    bought = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    there = betaln(a, b + repeats) - (r + repeats) * np.log(alpha + age)
    again = np.maximum(repeats, 1.0)
    gone = np.where(repeats > 0, betaln(a + 1, b + again - 1) - (r + repeats) * np.log(alpha + last), -np.inf)
    return bought + np.logaddexp(there, gone)


def fit_dropout(histories: pd.DataFrame) -> Fit:
    """The BG/NBD of these histories (repeats, last, age) by maximum likelihood."""
    repeats, last, age, count = grouped(histories)
    r, alpha, *_ = starting_rates(repeats, age, count)

    def total(parameters: np.ndarray) -> float:
        return float(count @ dropout_log_likelihood(parameters, repeats, last, age))

    return fit_likelihood(["r", "alpha", "a", "b"], [r, alpha, 1.0, 2.0], total, int(count.sum()))


def dropout_still_customer(parameters, repeats, last, age) -> np.ndarray:
    """The probability that a buyer is still a customer on the closing day: 1 for whoever bought once."""
    r, alpha, a, b = parameters
    against = np.log(a) - np.log(b + np.maximum(repeats, 1.0) - 1) + (r + repeats) * np.log((alpha + age) / (alpha + last))
    return np.where(repeats > 0, 1 / (1 + np.exp(np.minimum(against, 700))), 1.0)


def dropout_purchases(parameters, repeats, last, age, weeks: float) -> np.ndarray:
    """Expected purchases in the next `weeks`; Gauss's function after Euler's transformation, so that nothing overflows."""
    r, alpha, a, b = parameters
    a = a + 1e-9 if a == 1 else a
    gauss = hyp2f1(a + b - 1 - r, a - 1, a + b + repeats - 1, weeks / (alpha + age + weeks))
    shrunk = ((alpha + age) / (alpha + age + weeks)) ** (a - 1) * gauss
    return dropout_still_customer(parameters, repeats, last, age) * (a + b + repeats - 1) / (a - 1) * (1 - shrunk)
