"""What is used for years: construction in progress, depreciation, leases.

Every array is rows × periods × draws, in the entity's currency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def completed(spent: np.ndarray, ready: np.ndarray) -> np.ndarray:
    """What becomes an asset: all that was spent on a project so far in the month in which it is ready, what is spent later at once.

    `ready`: rows, the number of that month from 0; a project that is ready after the plan stays in construction.
    """
    months = np.arange(spent.shape[1])
    before = months[None, :] <= ready[:, None]
    so_far = np.where(before[:, :, None], spent, 0.0).sum(axis=1)
    at_once = np.where(before[:, :, None], 0.0, spent)
    done = (months[None, :] == ready[:, None])[:, :, None]
    return np.where(done, so_far[:, None], at_once)


def straight_line(added: np.ndarray, life: np.ndarray, residual: np.ndarray | float = 0.0) -> np.ndarray:
    """Depreciation of what is added, by equal parts from the month after on, as 企业会计准则第 4 号 has it.

    `life`: months, rows; `residual`: share of cost that is never written off. Example: 1,200 over a year, added in March: 100 from April.
    """
    periods = added.shape[1]
    age = np.arange(periods)[:, None] - np.arange(periods)[None, :]  # months since each month's addition
    used = (age[None] >= 1) & (age[None] <= life[:, None, None])
    share = (1 - np.broadcast_to(residual, life.shape)) / np.maximum(life, 1)
    return np.einsum("rts,rsd->rtd", used * share[:, None, None], added)


def spent_evenly(left: np.ndarray, pace: np.ndarray, periods: int) -> np.ndarray:
    """What is still to be spent, month by month: as much each month as so far until all is spent, in the first month where nothing tells
    the pace. `left`, `pace`: rows. Example: 250 at 100 a month are 100, 100, 50."""
    each = np.where(pace > 0, pace, left)
    return running_off(each, left, periods)


def running_off(monthly: np.ndarray, left: np.ndarray, periods: int) -> np.ndarray:
    """Depreciation of what is there already: as much each month as in the last, until nothing is left. `monthly`, `left`: rows."""
    taken = np.minimum(monthly[:, None] * np.arange(periods + 1)[None, :], np.maximum(left, 0.0)[:, None])
    return np.diff(taken, axis=1)[:, :, None]


@dataclass(frozen=True)
class Leases:
    """By lease and month: `added` (right of use and debt, at the start), `paid`, `interest`, `depreciation`; `owed` at each month's end.

    owed = what was owed before + added − paid + interest.
    """

    added: np.ndarray
    paid: np.ndarray
    interest: np.ndarray
    depreciation: np.ndarray
    owed: np.ndarray


def plan_leases(start: np.ndarray, months: np.ndarray, rent: np.ndarray, every: np.ndarray, rate: np.ndarray, periods: int) -> Leases:
    """Leases from their first months on, known before the plan or begun in it; IFRS 16 and 企业会计准则第 21 号.

    `start`: the number of the lease's first month, below 0 where it runs already; `months`: its term; `rent`: paid in advance for `every`
    months; `rate`: a year, on what is owed. The debt is the present value of the rents, the right of use as much, written off by equal
    parts over the term. All rows; nothing is drawn.
    """
    columns = [_lease(*of, periods) for of in zip(start, months, rent, every, rate, strict=True)]
    by_lease = np.array(columns).reshape(len(columns), 5, periods)
    return Leases(*(by_lease[:, part, :, None] for part in range(5)))


def _lease(start: int, months: int, rent: float, every: int, rate: float, periods: int) -> tuple[np.ndarray, ...]:
    """One lease's added, paid, interest, depreciation and owed, in the months of the plan."""
    monthly = (1 + rate) ** (1 / 12) - 1
    paid = np.where(np.arange(months) % every == 0, rent, 0.0)
    worth = float((paid / (1 + monthly) ** np.arange(months)).sum())
    owed, interest = np.empty(months), np.empty(months)
    debt = worth
    for month in range(months):
        debt -= paid[month]
        interest[month] = debt * monthly if month < months - 1 else -debt  # nothing is owed after the last month
        debt += interest[month]
        owed[month] = debt
    added = np.where(np.arange(months) == 0, worth, 0.0)
    return tuple(_placed(of, start, periods) for of in (added, paid, interest, np.full(months, worth / months), owed))


def _placed(values: np.ndarray, start: int, periods: int) -> np.ndarray:
    """A lease's months in those of the plan."""
    found = np.zeros(periods)
    first, last = max(start, 0), min(start + len(values), periods)
    if first < last:
        found[first:last] = values[first - start : last - start]
    return found
