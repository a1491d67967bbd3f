"""What a reader must know of a company's books: currencies, the group's own dealings, what is lacking and so left out."""

from __future__ import annotations

import pandas as pd

from planning.core.periods import months_after
from planning.plan.books import Books
from planning.plan.budget import FEWEST, Known
from planning.plan.known import COVERS, covered, yearly
from planning.plan.lines import lines_of
from planning.view.amounts import say_amount, say_rate
from planning.view.reader import Reader


def say_books(books: Books, entities: pd.DataFrame, as_of: pd.Timestamp, when: pd.Timestamp, reader: Reader) -> list[str]:
    """How a ledger was read, a sentence each; nothing of a city's reports."""
    if not books.is_ledger:
        return []
    several = books.rows["entity"].nunique() > 1
    said = [*_say_lines(books, reader), reader.say("books_steps"), *_say_currencies(books, entities, reader)]
    said += _say_dealings(books, as_of, reader) if several else []
    return [*said, *_say_people(books, as_of, when, reader), reader.say("books_no_cash")]


def say_controlled(books: Books, entities: pd.DataFrame, reader: Reader) -> list[str]:
    """What control reads from a ledger: which costs, of whom, and in what currency."""
    if not books.is_ledger:
        return []
    told = [] if books.has_projections else [reader.say("books_no_people")]
    return [reader.say("books_controlled", accounts=len(books.budgeted)), *_say_currencies(books, entities, reader), *told]


def say_unbudgeted(books: Books, budgets: dict[str, float], fiscal_year: int, reader: Reader) -> list[str]:
    """Which sides (account → budget) no budget of the year covers; nothing of a city's, which says it in its own words."""
    silent = [account for account, amount in budgets.items() if books.is_ledger and pd.isna(amount)]
    return [reader.say("books_no_budget", side=reader.account(account), year=reader.year(fiscal_year)) for account in silent]


def say_no_growth(books: Books, known: Known, reader: Reader) -> str:
    """That a draft has no trend of years in it, where a ledger is too young for one."""
    years = yearly(books.rows, known.calendar, "actual", books.tree.leaves(books.roles["spending"]), known.when)["fiscal_year"].nunique()
    return reader.say("books_no_growth", years=years) if books.is_ledger and years <= FEWEST else ""


def _sides(books: Books) -> list[str]:
    return [books.roles["revenue"], books.roles["spending"]]


def _say_lines(books: Books, reader: Reader) -> list[str]:
    found = []
    for account in _sides(books):
        leaves = [leaf for leaf in books.tree.leaves(account) if (books.rows["account"] == leaf).any()]
        lines = set(lines_of(books.tree, books.tree.leaves(account), account)[leaf] for leaf in leaves)
        if len(lines) < len(leaves):
            found.append(reader.say("books_lines", side=reader.account(account), accounts=len(leaves), lines=len(lines)))
    return found


def _say_currencies(books: Books, entities: pd.DataFrame, reader: Reader) -> list[str]:
    names = entities.set_index("code")
    joined = (", " if reader.lang == "en" else "、").join(
        f"{names.at[code, f'label_{reader.lang}']} ({names.at[code, 'currency']})" for code in sorted(books.rates)
    )
    return [reader.say("books_currency", entities=joined, currency=reader.unit.currency)] if books.rates else []


def _say_dealings(books: Books, as_of: pd.Timestamp, reader: Reader) -> list[str]:
    if books.dealings.empty:
        return [reader.say("books_no_dealings")]
    last = books.dealings[books.dealings["period"].between(months_after(as_of, -11), as_of)]
    amounts = {name: say_amount(last[name].sum(), reader.unit, reader.lang) for name in ("amount", "matched")}
    return [reader.say("books_dealings", **amounts)]


def _say_people(books: Books, as_of: pd.Timestamp, when: pd.Timestamp, reader: Reader) -> list[str]:
    rows = books.rows
    told = rows[rows["scenario"].eq("forecast") & rows["grain"].eq("month") & (rows["known"] <= when) & (rows["period"] > as_of)]
    if told.empty:
        return [reader.say("books_no_people")]
    cells = set(zip(told["cost_centre"], told["account"], strict=True))
    parts = {account: covered(rows, books.tree, account, cells, as_of, when) for account in _sides(books)}
    return [
        reader.say("books_part_people", side=reader.account(account), rate=say_rate(share, reader.lang))
        for account, share in parts.items()
        if share < COVERS
    ]
