"""Who owes what to whom, and when it is paid: open items fall due, money moves, and a loan covers what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planning.inputs.sample.ledger import sums_by

COLUMNS = ["entity", "date", "settles", "cash", "partner", "movement", "received", "paid"]


@dataclass
class OpenItems:
    """Amounts in cents that wait for their day: received and paid, by entity, day, account settled, account of cash, partner, movement."""

    waiting: dict[tuple, list[int]] = field(default_factory=dict)

    def receivable(self, items: pd.DataFrame, settles: str, cash: str, movement: str) -> None:
        """Of each row: entity, due, amount, to be received on an account of cash, settling another."""
        self._add(items, settles, cash, movement, "", 0)

    def payable(self, items: pd.DataFrame, settles: str, cash: str, movement: str, partner: str = "") -> None:
        """Of each row: entity, due, amount, to be paid; to the partner in a column of that name."""
        self._add(items, settles, cash, movement, partner, 1)

    def owe(self, entity: str, due: pd.Timestamp, amount: int, settles: str, cash: str, movement: str) -> None:
        """One amount to be paid."""
        self._wait((entity, due, settles, cash, "", movement), 1, amount)

    def due(self, until: pd.Timestamp) -> pd.DataFrame:
        """What falls due by a day, taken out."""
        now = sorted(key for key in self.waiting if key[1] <= until)
        rows = [(*key, *self.waiting.pop(key)) for key in now]
        return pd.DataFrame(rows, columns=COLUMNS).astype({"date": "datetime64[ns]", "received": np.int64, "paid": np.int64})

    def _add(self, items: pd.DataFrame, settles: str, cash: str, movement: str, partner: str, side: int) -> None:
        if items.empty:
            return
        by = ["entity", "due", *([partner] if partner else [])]
        first, sums = sums_by(items, by, np.arange(len(items)), items["amount"].to_numpy(np.int64), {})
        whom = items[partner].to_numpy()[first] if partner else [""] * len(first)
        for entity, due, partly, amount in zip(items["entity"].to_numpy()[first], items["due"].iloc[first], whom, sums, strict=True):
            self._wait((entity, due, settles, cash, partly, movement), side, int(amount))

    def _wait(self, key: tuple, side: int, amount: int) -> None:
        if amount:
            self.waiting.setdefault(key, [0, 0])[side] += amount


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
