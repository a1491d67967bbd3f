"""Books of a group's entities in one currency: what stood at the opening and what moved, line by line, translated with draws.

The rules are those of core.translation (IAS 21, 企业会计准则第 19 号): flows and movements at the month's average, balances at its closing
rate, listed equity at the rate of the month that moved it, and what is left on an account of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.errors import Problem, RequestError
from planning.core.periods import month_text, months_after
from planning.core.translation import Translation
from planning.model.ledger import NOT_SAID, Ledger, sums_by

WHAT = ["entity", "account", "partner", "movement", "event"]
MOVED = "translation"
"""Movement and event of what rates of exchange do to a balance."""
ENTERED = "acquisition"
"""Movement of the balances that come with an entity when it is first consolidated."""


@dataclass(frozen=True)
class Books:
    """Lines with slots: `amounts` is lines × (1 + periods) × draws in whole cents, debits positive; slot 0 is what stood at the opening.

    `lines`: entity, account, partner, movement, event, each combination once or more.
    """

    lines: pd.DataFrame
    amounts: np.ndarray

    def of(self, chosen) -> Books:
        """The chosen lines alone."""
        chosen = np.asarray(chosen, bool)
        return Books(self.lines[chosen].reset_index(drop=True), self.amounts[chosen])

    def on(self, accounts, **where: str) -> np.ndarray:
        """The sum of the lines on the accounts with these words: slots × draws."""
        chosen = self.lines["account"].isin(accounts)
        for name, word in where.items():
            chosen &= self.lines[name] == word
        return self.amounts[chosen.to_numpy(bool)].sum(axis=0)


def no_books(like: Books) -> Books:
    """Books without lines, of the same slots and draws."""
    return like.of(np.zeros(len(like.lines), bool))


def add_books(parts: list[Books]) -> Books:
    """The lines of several books, one after the other; a single draw holds in every draw."""
    draws = max(part.amounts.shape[2] for part in parts)
    amounts = [np.broadcast_to(part.amounts, (*part.amounts.shape[:2], draws)) for part in parts]
    return Books(pd.concat([part.lines for part in parts], ignore_index=True), np.concatenate(amounts))


def books_of(ledger: Ledger, opening: pd.DataFrame) -> Books:
    """The ledger and its opening balances (statements.opening_balances) as lines with slots; cost centres are added up."""
    lines, moves = sums_by(ledger.lines, ledger.amounts, WHAT)
    begun = opening.assign(event="opening")[WHAT]
    amounts = np.zeros((len(lines) + len(begun), moves.shape[1] + 1, moves.shape[2]), np.int64)
    amounts[: len(lines), 1:] = moves
    amounts[len(lines) :, 0] = opening["amount"].to_numpy(np.int64)[:, None]
    return Books(pd.concat([lines, begun], ignore_index=True), amounts)


@dataclass(frozen=True)
class Rates:
    """Rates of one currency: units of the group's for one of it. `average`, `closing`: slots × draws (or 1); slot 0 is the opening's."""

    average: np.ndarray
    closing: np.ndarray


def group_rates(rates: pd.DataFrame, currencies: set[str], own: str, periods: pd.DatetimeIndex) -> dict[str, Rates]:
    """The rates of each currency by slot; the group's own is 1.

    `rates`: period, currency, average, closing (units of the group's currency for one), and draw (0, 1 …) where rates are drawn. The
    month before the first period is needed too, for the opening balances (its closing). Raises RequestError that names each currency
    with the months that lack a rate, and rates that are no positive number.
    """
    months = pd.DatetimeIndex([months_after(periods[0], -1), *periods])
    one = np.ones((len(months), 1))
    missing = [Problem(f"missing column {name}", "rates") for name in ("period", "currency", "average", "closing") if name not in rates]
    _refuse(missing)
    wide = {name: _wide(rates[rates["currency"] == name], months) for name in sorted(currencies - {own})}
    _refuse([problem for name, (average, closing) in wide.items() for problem in _rate_problems(name, average, closing, months)])
    return {own: Rates(one, one)} | {name: Rates(average, closing) for name, (average, closing) in wide.items()}


def _wide(rows: pd.DataFrame, months: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Average and closing by month and draw, missing where there is none; of the opening's month the first draw's closing alone counts."""
    drawn = rows.assign(draw=rows.get("draw", 0))
    if drawn.duplicated(["period", "draw"]).any():
        raise RequestError("rates", [Problem("two rates of one month", str(rows["currency"].iloc[0]))])
    if rows.empty:
        return np.full((len(months), 1), np.nan), np.full((len(months), 1), np.nan)
    tables = [drawn.pivot(index="period", columns="draw", values=name).reindex(months) for name in ("average", "closing")]
    average, closing = (table.to_numpy(float).copy() for table in tables)
    average[0] = closing[0] = closing[0, 0]
    return average, closing


def _rate_problems(currency: str, average: np.ndarray, closing: np.ndarray, months: pd.DatetimeIndex) -> list[Problem]:
    there = ~(np.isnan(average) | np.isnan(closing)).any(axis=1)
    found = []
    if not there.all():
        lacking = ", ".join(month_text(month) for month in months[~there])
        expected = "average and closing of every month, and the closing of the one before"
        found.append(Problem("no rate", f"rates, {currency}", f"nothing for {lacking}", expected))
    wrong = there & ~((average > 0) & (closing > 0) & np.isfinite(average) & np.isfinite(closing)).all(axis=1)
    expected = "a positive number"
    return found + [Problem("wrong rate", f"rates, {currency}, {month_text(month)}", expected=expected) for month in months[wrong]]


def translated(
    books: Books, currencies: Mapping[str, str], rates: Mapping[str, Rates], how: Translation, historical: pd.DataFrame | None = None
) -> Books:
    """The books in the group's currency, every amount rounded to the cent; entities that keep the group's currency stay as they are.

    What the rates do to a balance is a line of its own (movement `translation`), and so is what then keeps an entity from balancing, on
    the difference account. Opening balances are translated at the closing rate before the first month; `historical` (entity, account,
    amount in units of the group's currency, natural direction) says what historical accounts stand at instead.
    Example: 100 of capital kept at 200 and a closing rate that rises from 2.0 to 2.5 gives a difference of 50.
    """
    entity = books.lines["entity"].map(currencies)
    parts = [books.of(entity == how.currency)]
    for currency in sorted(set(entity) - {how.currency}):
        parts.append(_at(books.of(entity == currency), rates[currency], how, historical))
    return add_books(parts)


def _at(books: Books, rates: Rates, how: Translation, historical: pd.DataFrame | None) -> Books:
    exact = np.rint(books.amounts * rates.average[None]).astype(np.int64)
    if historical is not None:
        exact = _kept(books, exact, how, historical)
    method = books.lines["account"].map(how.method)
    stands = (method == "closing").to_numpy(bool)
    cell = ["entity", "account", "partner"]
    keys, own = sums_by(books.lines[stands], books.amounts[stands], cell)
    _, ours = sums_by(books.lines[stands], exact[stands], cell)
    stood = np.rint(own.cumsum(axis=1) * rates.closing[None]).astype(np.int64)
    moved = np.diff(stood - ours.cumsum(axis=1), axis=1, prepend=0)
    at_closing = Books(keys.assign(movement=MOVED, event=MOVED)[WHAT], moved)
    both = add_books([Books(books.lines, exact), at_closing])
    entities, gaps = sums_by(both.lines, both.amounts, ["entity"])
    lines = entities.assign(account=how.difference, partner=NOT_SAID["partner"], movement=MOVED, event=MOVED)[WHAT]
    return add_books([both, Books(lines, -gaps)])


def _kept(books: Books, exact: np.ndarray, how: Translation, historical: pd.DataFrame) -> np.ndarray:
    """Openings of historical accounts as given: the first line of the account takes the amount, its others nothing."""
    given = {(row.entity, row.account): row.amount for row in historical.itertuples()}
    exact = exact.copy()
    keys = list(zip(books.lines["entity"], books.lines["account"], strict=True))
    begun = (books.lines["event"] == "opening").to_numpy(bool)
    seen: set[tuple[str, str]] = set()
    for row, key in enumerate(keys):
        if begun[row] and key in given:
            exact[row, 0] = 0 if key in seen else round(given[key] * 100) * how.sides[key[1]]
            seen.add(key)
    lost = sorted(key for key in given if key not in seen and key[0] in set(books.lines["entity"]))
    _refuse([Problem("no opening balance", " ".join(key), next="historical amounts are those of opening balances") for key in lost])
    return exact


def entered(books: Books, start: np.ndarray, result: str, flows: np.ndarray) -> Books:
    """Each line from its first slot on: what stood there before comes in that slot as movement `acquisition`.

    `start`: a slot for each line, 0 for those that are in from the opening, beyond the last for those that never are. `flows`: which
    lines are profit and loss: what they had earned before comes on `result`, an account of equity.
    """
    slots = books.amounts.shape[1]
    later = np.arange(slots)[None, :] >= start[:, None]
    kept = books.amounts * later[:, :, None]
    before = np.cumsum(books.amounts, axis=1)
    fresh = np.flatnonzero((start > 0) & (start < slots))
    brought = np.zeros((len(fresh), *books.amounts.shape[1:]), np.int64)
    brought[np.arange(len(fresh)), start[fresh]] = before[fresh, start[fresh] - 1]
    account = books.lines["account"].where(~flows, result).iloc[fresh]
    lines = books.lines.iloc[fresh].assign(account=account, movement=ENTERED, event=ENTERED)
    inside = start < slots
    return add_books([Books(books.lines[inside], kept[inside]), Books(lines, brought)])


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise RequestError("translation", problems)
