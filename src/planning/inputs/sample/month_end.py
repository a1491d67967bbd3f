"""The end of a month, step by step, each on what those before left: overhead, variances, allowances, taxes, interest, loans, profit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from planning.core.periods import month_end
from planning.inputs.sample.openings import associate_of, capital_of
from planning.inputs.sample.postings import CASH, OPERATING
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure
from planning.inputs.sample.treasury import Balances, OpenItems

FLOOR, CEILING, STEP = 0.06, 0.15, 0.02
"""Of the capital an entity works with: cash under which a loan is drawn and over which it is paid back, and by how much at a time."""
ASSOCIATE_PROFIT = 0.02
"""Of what was paid for the associate, its share of profit a quarter on average."""
LABOUR = ("510101", "510102", "510103", "510104")
"""Overhead accounts of the plant's pay, which is its labour."""
STEPS = (
    "overhead", "variances", "doubtful", "write_down", "vat", "surtax", "interest", "loans", "associate", "tax", "close", "year",
)  # fmt: skip
COLUMNS = ["entity", "date", "debit", "credit", "department", "movement", "amount"]


@dataclass
class MonthEnd:
    """One month's end after the other; `step` names the one at work.

    By entity, in cents: `taxed` and `exempt` of the year so far, `losses` still to be set off against tax, `profits` of the last year.
    """

    settings: Settings
    structure: Structure
    balances: Balances
    open_items: OpenItems
    step: str = ""
    taxed: dict[str, int] = field(default_factory=dict)
    carried: dict[str, int] = field(default_factory=dict)
    exempt: dict[str, int] = field(default_factory=dict)
    losses: dict[str, int] = field(default_factory=dict)
    profits: dict[str, int] = field(default_factory=dict)
    converted: int = 0

    @property
    def entities(self) -> list[str]:
        """Those that keep books here."""
        return [
            code
            for code, method in zip(self.structure.entities["code"], self.structure.entities["method"], strict=True)
            if method == "full"
        ]

    def steps(self, period: pd.Timestamp) -> Iterator[pd.DataFrame]:
        """Transfers between accounts, to be posted before the next step is asked for."""
        day = month_end(period)
        for self.step in STEPS:
            rows = [row for entity in self.entities for row in getattr(self, f"_{self.step}")(entity, period)]
            rows = [row for row in rows if row[-1]]
            if rows:
                yield pd.DataFrame(rows, columns=["entity", *COLUMNS[2:]]).assign(date=day)[COLUMNS]

    def _overhead(self, entity: str, _: pd.Timestamp) -> Iterator[tuple]:
        """What work and overhead come to, into the cost of production; `converted` keeps the year's."""
        self.converted += self.balances.sum(entity, "5101")
        labour = self.balances.sum(entity, *LABOUR)
        carried = self.carried.get(entity, 0)
        yield entity, "500102", "510120", "D202", "", labour - carried
        self.carried[entity] = labour
        yield entity, "500103", "510120", "D202", "", self.balances.sum(entity, "5101") - (labour - carried)

    def _variances(self, entity: str, _: pd.Timestamp) -> Iterator[tuple]:
        yield entity, "640403", "500104", "D202", "", self.balances.sum(entity, "5001")

    def _doubtful(self, entity: str, period: pd.Timestamp) -> Iterator[tuple]:
        """The allowance for what dealers owe, anew each quarter."""
        if period.month % 3 == 0:
            needed = round(self.balances.sum(entity, "112201") * self.settings.money.doubtful)
            yield entity, "670101", "1231", "", "", needed + self.balances.sum(entity, "1231")

    def _write_down(self, entity: str, period: pd.Timestamp) -> Iterator[tuple]:
        """The allowance for stock, anew each quarter."""
        if period.month % 3 == 0:
            needed = round(self.balances.sum(entity, "1403", "1405") * self.settings.money.write_down)
            yield entity, "670102", "1471", "", "", needed + self.balances.sum(entity, "1471")

    def _vat(self, entity: str, _: pd.Timestamp) -> Iterator[tuple]:
        yield entity, "222101", "222103", "", "", -self.balances.sum(entity, "222101")
        yield entity, "222103", "222102", "", "", self.balances.sum(entity, "222102")

    def _surtax(self, entity: str, period: pd.Timestamp) -> Iterator[tuple]:
        owed = max(0, -self.balances.sum(entity, "222103"))
        surtax = round(owed * self.settings.money.surtax)
        self._owe(entity, period, 15, (("222103", owed), ("222104", surtax)), "taxes")
        yield entity, "640301", "222104", "", "", surtax

    def _interest(self, entity: str, period: pd.Timestamp) -> Iterator[tuple]:
        interest = round(-self.balances.sum(entity, "2001") * self.settings.money.interest / 12)
        self._owe(entity, period, 20, (("2231", interest),), "interest")
        yield entity, "660301", "2231", "", "", interest
        earned = round(max(0, self.balances.sum(entity, "1002")) * self.settings.money.deposits / 12)
        yield entity, OPERATING, "660303", "", "interest", earned

    def _loans(self, entity: str, _: pd.Timestamp) -> Iterator[tuple]:
        cash, loan = self.balances.sum(entity, *CASH), -self.balances.sum(entity, "2001")
        floor, ceiling, step = (max(1, round(share * capital_of(self.settings, entity))) for share in (FLOOR, CEILING, STEP))
        if cash < floor:
            yield entity, OPERATING, "2001", "", "loans drawn", -(-(floor - cash) // step) * step
        elif cash > ceiling and loan > 0:
            yield entity, "2001", OPERATING, "", "loans repaid", min(loan, (cash - ceiling) // step * step)

    def _associate(self, entity: str, period: pd.Timestamp) -> Iterator[tuple]:
        if entity == "HOLD" and period.month % 3 == 0:
            share = stream(self.settings.seed, "associate", f"{period:%Y-%m}").normal(ASSOCIATE_PROFIT, ASSOCIATE_PROFIT / 2)
            yield entity, "151102", "611101", "", "share of profit", round(share * associate_of(self.settings))

    def _tax(self, entity: str, period: pd.Timestamp) -> Iterator[tuple]:
        """Income tax each quarter on the year's profit so far, without shares in others' profit, after losses of years before."""
        if period.month == 1:
            self.exempt[entity] = self.taxed[entity] = 0
        self.exempt[entity] = self.exempt.get(entity, 0) - self.balances.sum(entity, "6111")
        if period.month % 3:
            return
        rate = self.settings.money.income_tax_south if entity == "SOUTH" else self.settings.money.income_tax
        booked, losses = self.taxed.get(entity, 0), self.losses.get(entity, 0)
        taxable = -self.balances.sum(entity, "4103", "6") + booked - self.exempt[entity]
        self.taxed[entity] = round(max(0, taxable - losses) * rate)
        if period.month == 12:
            self.losses[entity] = max(0, losses - taxable)
        due = self.taxed[entity] - booked
        self._owe(entity, period, 15, (("222105", due),), "taxes")
        yield entity, "680101", "222105", "", "", due

    def _close(self, entity: str, _: pd.Timestamp) -> Iterator[tuple]:
        for account, amount in self.balances.leaves(entity, "6").items():
            yield entity, "4103", account, "", "", amount

    def _year(self, entity: str, period: pd.Timestamp) -> Iterator[tuple]:
        """The year's profit to retained earnings, a part of it to the surplus reserve, dividends out of what is undistributed."""
        if period.month != 12:
            return
        profit = self.profits[entity] = -self.balances.sum(entity, "4103")
        reserve = 0 if entity == "SOUTH" else round(max(0, profit) * self.settings.money.reserve)
        yield entity, "4103", "410401", "", "profit", profit
        yield entity, "410403", "4101", "", "reserve", reserve
        yield entity, "410401", "410403", "", "reserve", reserve
        yield entity, "410401", "410402", "", "dividends", self.balances.sum(entity, "410402")

    def _owe(self, entity: str, period: pd.Timestamp, days: int, amounts: tuple[tuple[str, int], ...], movement: str) -> None:
        due = month_end(period) + pd.Timedelta(days=days)
        for account, amount in amounts:
            self.open_items.owe(entity, due, amount, account, OPERATING, movement)
