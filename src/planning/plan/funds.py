"""The money of a budget year as the neutral view has it, and whether what is asked for fits into it.

Cash at the year's end is what lies there when it begins, plus receipts, plus all other movements, less what spending takes in cash. What
may be spent keeps that at the cash floor or above. Receipts are those of the neutral view: growth that is a target is no money yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planning.core.errors import Problem
from planning.model.history import raise_problems
from planning.model.ranges import is_number

MAY_MISS = ("lower", "upper", "opening")


@dataclass(frozen=True)
class Money:
    """What a strategy reckons with, in units of currency.

    `running_revenue`: of the running year; `revenue`: of the budget year in the neutral view, with `lower` and `upper`, missing without a
    band. `running_following`, `following`: costs of both years that follow from sales and that nobody asks for. `opening`: cash when
    the budget year begins, missing where nobody knows; `paid_share`: cash per unit of spending; `other`: all other movements of cash
    in the budget year (investment, taxes, debt), outflows negative.
    """

    running_revenue: float
    revenue: float
    lower: float = np.nan
    upper: float = np.nan
    running_following: float = 0.0
    following: float = 0.0
    opening: float = np.nan
    paid_share: float = 1.0
    other: float = 0.0

    def __post_init__(self):
        """RequestError with every figure that isn't one."""
        wrong = [Problem("wrong amount", name, repr(figure), "a finite number") for name, figure in vars(self).items()
                 if not is_number(figure) and not (name in MAY_MISS and isinstance(figure, float) and np.isnan(figure))]  # fmt: skip
        if not wrong and not self.paid_share > 0:
            wrong = [Problem("wrong share", "paid_share", f"{self.paid_share:g}", "cash per unit of spending, above 0")]
        raise_problems("money", wrong)

    def closing(self, spending: float, revenue: float | None = None) -> float:
        """Cash at the year's end after so much spending beside what follows from sales; missing where the opening is."""
        received = self.revenue if revenue is None else revenue
        return self.opening + received + self.other - self.paid_share * (spending + self.following)

    def spendable(self, floor: float) -> float:
        """The most spending, beside what follows from sales, that leaves the floor in cash. Example: 30 in cash, 100 received, a floor
        of 20, all paid in cash: 110."""
        return (self.opening + self.revenue + self.other - floor) / self.paid_share - self.following


def with_cash(money: Money, opening: float, closing: float, spending: float) -> Money:
    """The same money with the cash of a plan: `opening` and `closing` of its budget year, in which `spending` beside what follows from
    sales is contained. What isn't receipts and costs is `other`: investment, taxes, debt, and what is paid in another year."""
    other = closing - opening - money.revenue + money.paid_share * (spending + money.following)
    return replace(money, opening=float(opening), other=float(other))


def check_funds(amounts: dict[str, float], money: Money, floor: float) -> pd.DataFrame:
    """Whether spending fits: what (a key of `amounts`), amount, needed (in cash), closing, short (of the floor, 0 where it fits),
    cautious and cautious_short (the same with receipts at the lower edge of their band). Missing where cash or floor is."""
    rows = []
    for what, amount in amounts.items():
        closing, cautious = money.closing(amount), money.closing(amount, money.lower)
        short, most = (max(floor - end, 0.0) if np.isfinite(floor - end) else np.nan for end in (closing, cautious))
        needed = money.paid_share * amount
        rows.append({"what": what, "amount": amount, "needed": needed, "closing": closing, "short": short,
                     "cautious": cautious, "cautious_short": most})  # fmt: skip
    return pd.DataFrame(rows, columns=["what", "amount", "needed", "closing", "short", "cautious", "cautious_short"])
