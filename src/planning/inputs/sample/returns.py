"""What customers bring back: a slip or an online order some days later, for its money; the goods are in stock again at their cost."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from planning.core.periods import month_end
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream

DAYS = (2, 15)
"""After the sale, at the least and below."""
COLUMNS = [
    "entity", "date", "order", "line", "channel", "department", "product", "category", "number", "quantity", "net", "vat", "cost",
]  # fmt: skip


@dataclass
class Returns:
    """Goods on their way back, month after month."""

    settings: Settings
    waiting: list[pd.DataFrame] = field(default_factory=list)

    def month(self, period: pd.Timestamp, slips: pd.DataFrame, online: pd.DataFrame) -> pd.DataFrame:
        """What comes back in a month, of its own sales and of those before: whole lines, amounts in cents as they were sold."""
        rates = self.settings.customers
        stores = self._drawn(slips.assign(channel="1"), rates.returns, "stores", period)
        shop = self._drawn(online.assign(channel="2", department="D504"), rates.returns_online, "online", period)
        back = pd.concat([*self.waiting, stores, shop], ignore_index=True).sort_values(["date", "order"], kind="stable", ignore_index=True)
        now = back["date"] <= month_end(period)
        self.waiting = [back[~now]]
        return back[now].reset_index(drop=True)

    def _drawn(self, lines: pd.DataFrame, share: float, where: str, period: pd.Timestamp) -> pd.DataFrame:
        draw = stream(self.settings.seed, "returns", where, f"{period:%Y-%m}")
        back = lines[draw.random(len(lines)) < share]
        return back.assign(date=back["date"] + pd.to_timedelta(draw.integers(*DAYS, len(back)), "D"))[COLUMNS]
