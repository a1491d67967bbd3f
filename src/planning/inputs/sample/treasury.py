"""Who owes what to whom, and when it is paid: open items fall due, money moves, and a loan covers what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

COLUMNS = ["entity", "date", "settles", "cash", "partner", "movement", "received", "paid"]


@dataclass
class OpenItems:
    """Amounts in cents that wait for their day: what will be received and what will be paid."""

    waiting: list[pd.DataFrame] = field(default_factory=list)

    def receivable(self, items: pd.DataFrame, settles: str, cash: str, movement: str, partner: str = "") -> None:
        """Of each row: entity, due, amount, to be received on an account of cash, settling another."""
        self._add(items, settles, cash, movement, partner, received=items["amount"], paid=0)

    def payable(self, items: pd.DataFrame, settles: str, cash: str, movement: str, partner: str = "") -> None:
        """Of each row: entity, due, amount, to be paid."""
        self._add(items, settles, cash, movement, partner, received=0, paid=items["amount"])

    def _add(self, items: pd.DataFrame, settles: str, cash: str, movement: str, partner: str, **amounts) -> None:
        table = pd.DataFrame({"entity": items["entity"], "date": items["due"], "partner": items[partner] if partner else "", **amounts})
        summed = table.groupby(["entity", "date", "partner"] if partner else ["entity", "date"], as_index=False, sort=True).sum(numeric_only=True)
        summed = summed[(summed["received"] != 0) | (summed["paid"] != 0)]
        if len(summed):
            named = {} if partner else {"partner": ""}
            self.waiting.append(summed.assign(settles=settles, cash=cash, movement=movement, **named)[COLUMNS])

    def due(self, until: pd.Timestamp) -> pd.DataFrame:
        """What falls due by a day, taken out."""
        if not self.waiting:
            return pd.DataFrame(columns=COLUMNS).astype({"received": np.int64, "paid": np.int64})
        table = pd.concat(self.waiting, ignore_index=True)
        now = table["date"] <= until
        self.waiting = [table[~now]] if (~now).any() else []
        return table[now].sort_values(COLUMNS[:6], kind="stable", ignore_index=True)


@dataclass
class Balances:
    """Debits less credits of every entity's account since the start, cents."""

    of: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, lines: pd.DataFrame) -> None:
        """Lines of the ledger."""
        moved = (lines["debit"] - lines["credit"]).groupby([lines["entity"], lines["account"]]).sum()
        for key, amount in moved.items():
            self.of[key] = self.of.get(key, 0) + int(amount)

    def sum(self, entity: str, *beginnings: str) -> int:
        """An entity's accounts whose numbers begin so, together."""
        return sum(amount for (whose, account), amount in self.of.items() if whose == entity and account.startswith(beginnings))

    def leaves(self, entity: str, *beginnings: str) -> dict[str, int]:
        """An entity's accounts whose numbers begin so, those that aren't zero."""
        return {a: amount for (whose, a), amount in sorted(self.of.items()) if whose == entity and amount and a.startswith(beginnings)}
