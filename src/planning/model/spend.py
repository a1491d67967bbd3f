"""What a purchase is worth: each buyer's own mean, drawn towards everybody's where only few purchases are known.

The gamma-gamma: purchases of one buyer scatter around the buyer's own level (gamma: shape `p`), levels differ between buyers (the
level's rate is gamma: shape `q`, rate `gamma`), and how much somebody spends tells nothing of how often they buy. Purchases that
cost nothing stand outside and come in their share. Source: Fader and Hardie (2013), after Colombo and Jiang (1999).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaln

from planning.model.lifetime import Fit, check_enough, fit_likelihood


def spend_log_likelihood(parameters, paid, spent) -> np.ndarray:
    """The log-likelihood of the mean amount `spent` of `paid` purchases; `parameters`: p, q, gamma."""
    p, q, gamma = parameters
    shape = p * paid
    scattered = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)
    return scattered + (shape - 1) * np.log(spent) + shape * np.log(paid) - (shape + q) * np.log(gamma + paid * spent)


def fit_spend(histories: pd.DataFrame) -> Fit:
    """The gamma-gamma of these histories (paid, spent) by maximum likelihood, over buyers with a purchase that cost something."""
    known = histories[histories["paid"] > 0]
    check_enough("buyers who paid on more than one day", int((known["paid"] > 1).sum()))
    groups = known.assign(spent=known["spent"].round(4)).groupby(["paid", "spent"]).size().reset_index(name="count")
    paid, spent, count = (groups[name].to_numpy(dtype=float) for name in ("paid", "spent", "count"))

    def total(parameters: np.ndarray) -> float:
        return float(count @ spend_log_likelihood(parameters, paid, spent))

    return fit_likelihood(["p", "q", "gamma"], [4.0, 4.0, 4.0 * float(np.median(spent)) * 0.75], total, int(count.sum()))


def free_share(histories: pd.DataFrame) -> float:
    """The share of all purchases that cost nothing."""
    return float(1 - histories["paid"].sum() / (histories["repeats"] + 1).sum())


def amount_a_purchase(parameters, paid, spent, free: float) -> np.ndarray:
    """The expected amount of a buyer's next purchase; whoever has paid for none is expected to spend like everybody."""
    p, q, gamma = parameters
    level = p * (gamma + paid * np.nan_to_num(spent)) / np.maximum(p * paid + q - 1, 1e-9)
    return (1 - free) * level


def draw_levels(parameters, paid, spent, rng: np.random.Generator) -> np.ndarray:
    """The rate of each buyer's amounts, drawn: an amount is gamma distributed with shape p and this rate."""
    p, q, gamma = parameters
    return rng.standard_gamma(q + p * paid) / (gamma + paid * np.nan_to_num(spent))
