"""What stock is worth: prices run through the stock that is there, so that a dearer purchase is felt when it is sold.

Every array is rows × periods × draws; a row is an item in one company's stock. Source: the moving average of IAS 2 and 企业会计准则第 1 号,
taken once a month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planning.model.chain.stock import Stock


@dataclass(frozen=True)
class Worth:
    """Money by month: `came` is added to stock, `gone` taken out at `price` (the month's average), `closing` lies there at the end."""

    opening: np.ndarray
    came: np.ndarray
    gone: np.ndarray
    price: np.ndarray

    @property
    def closing(self) -> np.ndarray:
        """What lies in stock at the end of each month, in money."""
        return self.opening[:, None, None] + np.cumsum(self.came - self.gone, axis=1)


def run_through(stock: Stock, opening: np.ndarray, came: np.ndarray) -> Worth:
    """The average price of each month and what goes out at it. `opening`: money, rows; `came`: money that is added, as wide as units are.

    Where a month has no units at all, its price is the one before, and what was added for nothing goes out at once.
    Example: 10 at 5 and 30 bought at 7 are 40 at 6.50; 20 that go out take 130, 20 at 6.50 stay.
    """
    shape = np.broadcast_shapes(stock.came.shape, stock.out.shape, came.shape)
    gone, prices = np.empty(shape), np.empty(shape)
    units = np.broadcast_to(stock.opening[:, None], (shape[0], shape[2])).astype(float)
    money = np.broadcast_to(opening[:, None], (shape[0], shape[2])).astype(float)
    price = np.divide(money, units, out=np.zeros_like(money), where=units > 0)
    for month in range(shape[1]):
        units, money = units + stock.came[:, month], money + came[:, month]
        price = np.divide(money, units, out=price.copy(), where=units > 0)
        out = np.broadcast_to(stock.out[:, month], units.shape)
        gone[:, month] = np.where(out < units, price * out, money)
        prices[:, month] = price
        units, money = units - out, money - gone[:, month]
    return Worth(opening.astype(float), came, gone, prices)


@dataclass(frozen=True)
class Absorbed:
    """Costs of making that went into what was made, rows × periods × draws; `left`: what of the pool didn't, periods × draws, below 0 where
    more did."""

    cost: np.ndarray
    left: np.ndarray


def absorb(pool: np.ndarray, made: np.ndarray, weight: np.ndarray, years: np.ndarray) -> Absorbed:
    """A pool of costs taken into products at one rate a year, as a controller plans it.

    `pool`: periods × draws, money; `made`: products × periods × draws; `weight`: products, what one of them takes of the pool (hours,
    or standard cost); `years`: periods, the fiscal year of each. The rate is the year's pool over the year's weights; what a month
    absorbs too little or too much is `left`, and adds up to nothing over a year in which anything is made.
    """
    base = np.einsum("p,ptd->td", weight, made)
    rate = np.zeros(np.broadcast_shapes(pool.shape, base.shape))
    for year in np.unique(years):
        of = years == year
        whole = base[of].sum(axis=0)
        rate[of] = np.divide(pool[of].sum(axis=0), whole, out=np.zeros(rate.shape[1:]), where=whole > 0)
    cost = weight[:, None, None] * made * rate
    return Absorbed(cost, pool - cost.sum(axis=0))


def unrealised(worth: Worth, at_cost: Worth) -> np.ndarray:
    """The profit that still lies in stock: what it is worth at the price paid within the group less what it cost the group."""
    return worth.closing - at_cost.closing
