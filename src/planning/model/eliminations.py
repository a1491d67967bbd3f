"""What a consolidation takes out, step by step: each step's debits equal its credits in every month and draw.

Sources of the method: IFRS 10 and 企业会计准则第 33 号 (full consolidation, minority interests, unrealised profit by the seller's owners),
IAS 28 and 企业会计准则第 2 号 (equity method), IAS 21 and 企业会计准则第 19 号 (goodwill of a foreign entity at the closing rate), IAS 12.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.errors import Problem
from planning.model.group_books import ENTERED, MOVED, WHAT, Books, Rates, add_books, entered, no_books
from planning.model.group_shares import EQUITY, Holding
from planning.model.ledger import NOT_SAID
from planning.model.statements import Layout

DEALINGS = ["name", "ours", "theirs", "rest"]
NOBODY = NOT_SAID["partner"]
FLOW, STANDS = "flow", "balance"
"""Of what did not match: transactions of months, and balances, which stand until they match."""


@dataclass(frozen=True)
class GroupAccounts:
    """The accounts that eliminations read and write.

    Read: `investments` (shares in subsidiaries, each line with its partner), `capital` (what owners paid in), `dividends` (what is
    distributed in the year), `dividend_income`. Written: `associates` and `associate_income` (equity method), `goodwill`, `bargain` (a
    gain at first consolidation, profit and loss), `minority`, `capital_reserve` (changes of share under control), `difference`
    (translation), `stock_cost`, `deferred_tax`, `tax` (unrealised profit), `mismatch` (dividends that do not match).
    `unmatched_cash`: the movement of cash within the group that reaches nobody; the layout gives it a line of the cash flow.
    """

    investments: str
    capital: tuple[str, ...]
    dividends: str
    dividend_income: str
    associates: str
    associate_income: str
    goodwill: str
    bargain: str
    minority: str
    capital_reserve: str
    difference: str
    stock_cost: str
    deferred_tax: str
    tax: str
    mismatch: str
    unmatched_cash: str = "unmatched"


@dataclass(frozen=True)
class GroupStock:
    """Stocks bought within the group: one row a seller, buyer and stock account.

    `rows`: seller, buyer, account, tax (rate of the deferred tax on unrealised profit, 0 for none), opening (unrealised profit in it at
    the opening, in the buyer's currency). `values`: stock from that seller at month ends in the buyer's currency; `margins`: the
    seller's profit as a fraction of what the buyer paid. Both rows × periods, or × draws too.
    """

    rows: pd.DataFrame
    values: np.ndarray
    margins: np.ndarray


@dataclass(frozen=True)
class Scene:
    """What every step looks at: the translated books of all entities and those in full consolidation, who holds whom, the accounts."""

    every: Books
    full: Books
    held: dict[str, Holding]
    rates: dict[str, Rates]
    layout: Layout
    accounts: GroupAccounts
    acquired: pd.DataFrame

    def leaves(self, *nodes: str) -> set[str]:
        """The accounts with rows below the nodes."""
        return self.layout.leaves(*nodes)

    def flows(self, books: Books) -> np.ndarray:
        """Which lines are profit and loss."""
        return self.layout.is_flow(books.lines)

    @property
    def subsidiaries(self) -> list[Holding]:
        """Those in full consolidation at some time, without the top."""
        return [each for each in self.held.values() if each.owner and each.start < len(each.method)]


class Postings:
    """Postings of a step as they are made: each adds one amount to a line and takes it from another."""

    def __init__(self, like: Books):
        self._like = like
        self._rows: list[tuple[str, ...]] = []
        self._amounts: list[np.ndarray] = []

    def add(self, entity: str, account: str, amount, partner: str = NOBODY, movement: str = "none") -> None:
        """One line, debits positive; `amount`: slots × draws in cents. Nothing is no line."""
        if not np.any(amount):
            return
        self._rows.append((entity, account, partner, movement, "elimination"))
        self._amounts.append(np.broadcast_to(amount, self._like.amounts.shape[1:]).astype(np.int64))

    def reverse(self, books: Books) -> np.ndarray:
        """Lines taken out as they are; gives what they had added up to: slots × draws."""
        self._rows += list(books.lines[WHAT].itertuples(index=False, name=None))
        self._amounts += list(-books.amounts)
        return books.amounts.sum(axis=0)

    def books(self) -> Books:
        """The lines so far."""
        if not self._rows:
            return no_books(self._like)
        return Books(pd.DataFrame(self._rows, columns=WHAT), np.stack(self._amounts))


def _part(amount: np.ndarray, share) -> np.ndarray:
    """A share of an amount to the cent; `share` by slot or one for all."""
    return np.rint(amount * np.reshape(share, (-1, 1))).astype(np.int64)


def _only(amount: np.ndarray, slots) -> np.ndarray:
    """The amount in the chosen slots, 0 in others."""
    return np.where(np.reshape(slots, (-1, 1)), amount, 0)


# Investments against equity


@dataclass(frozen=True)
class _Equity:
    """A subsidiary's equity in cents, credits positive, slots × draws: `acquired` stands in its first slot alone, split into what came
    with it and what was paid in then; `paid_in` is capital after that."""

    brought: np.ndarray
    founded: np.ndarray
    paid_in: np.ndarray

    @property
    def acquired(self) -> np.ndarray:
        return self.brought + self.founded


def _own_lines(scene: Scene, each: Holding) -> Books:
    return scene.full.of((scene.full.lines["entity"] == each.entity) & scene.full.lines["account"].isin(scene.leaves(scene.layout.equity)))


def equity_of(scene: Scene, each: Holding) -> _Equity:
    """What of an entity's equity was bought or paid in, and when."""
    own = _own_lines(scene, each)
    capital = own.lines["account"].isin(scene.leaves(*scene.accounts.capital)).to_numpy(bool)
    at = np.arange(own.amounts.shape[1])
    if each.start == 0:
        begun = -_brought_forward(scene, each, own, capital).amounts.sum(axis=0)
        founded = np.zeros_like(begun)
    else:
        came = (own.lines["movement"] == ENTERED).to_numpy(bool)
        begun = -own.amounts[came].sum(axis=0)
        founded = _only(-own.amounts[capital & ~came].sum(axis=0), at == each.start)
    return _Equity(begun, founded, _only(-own.amounts[capital].sum(axis=0), at > each.start))


def _brought_forward(scene: Scene, each: Holding, own: Books, capital: np.ndarray) -> Books:
    """The equity that was bought, of one that is controlled from the opening on: as given, or its capital (founded by the group)."""
    given = scene.acquired[scene.acquired["entity"] == each.entity]
    if given.empty:
        return Books(own.lines[capital], np.where(np.arange(own.amounts.shape[1])[None, :, None] == 0, own.amounts[capital], 0))
    made = Postings(own)
    for row in given.itertuples():
        amount = np.zeros(own.amounts.shape[1:], np.int64)
        amount[0] = round(row.amount * 100) * scene.layout.sides[row.account]
        made.add(each.entity, row.account, amount)
    return made.books()


def _equity_lines_out(scene: Scene, each: Holding) -> Books:
    """The lines of equity that the investment stands for: bought in the first slot, capital afterwards."""
    own = _own_lines(scene, each)
    capital = own.lines["account"].isin(scene.leaves(*scene.accounts.capital)).to_numpy(bool)
    later = np.arange(own.amounts.shape[1])[None, :, None] > (each.start if each.start == 0 else each.start - 1)
    after = Books(own.lines[capital], np.where(later, own.amounts[capital], 0))
    came = (own.lines["movement"] == ENTERED).to_numpy(bool)
    if each.start == 0:
        return add_books([_brought_forward(scene, each, own, capital), after])
    paid = Books(own.lines[capital & ~came], after.amounts[~came[capital]])
    return add_books([own.of(came), paid])


def investments_out(scene: Scene) -> Books:
    """Shares in subsidiaries against the equity bought with them: goodwill, or a bargain gain, and the minority's part at first; later
    payments and changes of share under control through the capital reserve (IFRS 10.23, 企业会计准则第 33 号 47)."""
    made = Postings(scene.full)
    for each in scene.subsidiaries:
        held = _held_shares(scene, each)
        equity = equity_of(scene, each)
        out = -made.reverse(_equity_lines_out(scene, each))
        cost = made.reverse(held.of(held.lines["movement"] != MOVED))
        revalued = made.reverse(held.of(held.lines["movement"] == MOVED))
        made.add(each.owner, scene.accounts.difference, revalued, movement=MOVED)
        minority = [(_part(equity.brought, 1 - each.owned), ENTERED), (_part(equity.founded + equity.paid_in, 1 - each.owned), "capital")]
        for amount, movement in minority:
            made.add(each.entity, scene.accounts.minority, -amount, movement=movement)
        _plug(made, scene, each, cost + sum(amount for amount, _ in minority) - out)
    return made.books()


def _held_shares(scene: Scene, each: Holding) -> Books:
    """The owner's lines of shares in a subsidiary, what stood before its first slot in that slot."""
    chosen = scene.full.lines["account"].isin(scene.leaves(scene.accounts.investments)) & (scene.full.lines["partner"] == each.entity)
    held = scene.full.of(chosen & (scene.full.lines["entity"] == each.owner))
    return _from(scene, held, each.start)


def _from(scene: Scene, books: Books, start: int) -> Books:
    return entered(books, np.full(len(books.lines), start), scene.layout.year_result, scene.flows(books))


def _plug(made: Postings, scene: Scene, each: Holding, left: np.ndarray) -> None:
    """What the cost and the minority's part exceed the equity by: goodwill or gain in the first slot, capital reserve afterwards."""
    at = np.arange(len(left))
    first = _only(left, at == each.start)
    home = scene.layout.retained if each.start == 0 else scene.accounts.bargain
    made.add(each.entity, scene.accounts.goodwill, np.maximum(first, 0), movement=ENTERED)
    made.add(each.entity, home, np.minimum(first, 0), movement=ENTERED)
    made.add(each.owner, scene.accounts.capital_reserve, _only(left, at > each.start), movement="capital")


def goodwill_revalued(scene: Scene, investments: Books) -> Books:
    """The goodwill of foreign subsidiaries at the closing rate (IAS 21.47), the change in the translation difference."""
    made = Postings(scene.full)
    for each in scene.subsidiaries:
        rate = scene.rates[each.currency].closing
        goodwill = investments.on({scene.accounts.goodwill}, entity=each.entity)[each.start]
        base = rate[max(each.start - 1, 0)]
        stood = np.where(np.arange(len(rate))[:, None] >= each.start, np.rint(goodwill * rate / base), 0)
        moved = np.diff(stood, axis=0, prepend=0) - _only(np.broadcast_to(goodwill, stood.shape), np.arange(len(stood)) == each.start)
        if moved.any():
            made.add(each.entity, scene.accounts.goodwill, moved, movement=MOVED)
            made.add(each.entity, scene.accounts.difference, -moved, movement=MOVED)
    return made.books()


# Dealings within the group


def dealings_out(scene: Scene, rules: pd.DataFrame) -> tuple[Books, Books]:
    """Balances and transactions with partners in the group; and what did not match, as lines (event: the rule's name).

    `rules`: name, ours, theirs, rest (nodes; rest an account): what one has with its partner on `ours` against what the partner has with
    it on `theirs`; both go, what is left goes on `rest`. Without `theirs` all of it goes on `rest`, as nothing is to match: revenue and
    cost of goods against the cost of sales.
    """
    made, missed = Postings(scene.full), Postings(scene.full)
    within, flows = _within(scene), set(scene.layout.tree.accounts.query("kind != 'balance'").index)
    for rule in rules.fillna("").itertuples():
        for (one, other), pair in _pairs(scene, within, rule):
            came = (pair.lines["movement"] == ENTERED).to_numpy(bool)
            for part, movement in ((pair.of(came), ENTERED), (pair.of(~came), "difference")):
                left = made.reverse(part)
                made.add(one, rule.rest, left, other, movement)
                if rule.theirs:
                    missed.add(one, rule.name, left, other, FLOW if rule.rest in flows else STANDS)
    return made.books(), missed.books()


def _pairs(scene: Scene, within: Books, rule) -> Iterator[tuple[tuple[str, str], Books]]:
    """The lines of a rule by who has ours and who has theirs, from the slot on in which both are consolidated.

    What rates do to a balance goes with the balance, as the other movements of it. Where ours and theirs are one account (a current
    account) the first by name has ours.
    """
    ours, theirs = (within.lines["account"].isin(scene.leaves(node) if node else set()) for node in (rule.ours, rule.theirs))
    first = within.lines["entity"] < within.lines["partner"]
    turned = theirs & ~(ours & first)
    one = within.lines["entity"].where(~turned, within.lines["partner"])
    other = within.lines["partner"].where(~turned, within.lines["entity"])
    for pair in sorted(set(zip(one[ours | theirs], other[ours | theirs], strict=True))):
        lines = within.of((ours | theirs) & (one == pair[0]) & (other == pair[1]))
        yield pair, _cut(scene, lines, max(scene.held[name].start for name in pair))


def _cut(scene: Scene, books: Books, start: int) -> Books:
    """Lines from a slot on: balances with what stood before, profit and loss without."""
    named = Books(books.lines.assign(movement=books.lines["movement"].where(books.lines["movement"] != MOVED, "none")), books.amounts)
    flow = scene.flows(named)
    flows = named.of(flow)
    inside = (np.arange(flows.amounts.shape[1]) >= start)[None, :, None]
    return add_books([_from(scene, named.of(~flow), start), Books(flows.lines, np.where(inside, flows.amounts, 0))])


def _within(scene: Scene) -> Books:
    """Lines whose partner is in full consolidation at some time, not yet cut to when both are."""
    inside = {each.entity for each in scene.held.values() if each.start < len(each.method)}
    chosen = scene.every.lines["partner"].isin(inside) & scene.every.lines["entity"].isin(inside)
    return scene.every.of(chosen)


def cash_within(scene: Scene) -> Books:
    """Cash that goes from one to another of the group is no line of the group's cash flow; what reaches nobody has a line of its own."""
    cash = scene.full.lines["account"].isin(scene.leaves(*scene.layout.cash)) & ~scene.full.lines["movement"].isin([MOVED, ENTERED])
    paid = scene.full.of(cash & (scene.full.lines["event"] != "opening"))
    made = Postings(scene.full)
    for row, amount in zip(paid.lines.itertuples(), paid.amounts, strict=True):
        both = [scene.held[name].start for name in (row.entity, row.partner) if name in scene.held]
        if len(both) == 2 and max(both) < len(amount):
            inside = _only(amount, np.arange(len(amount)) >= max(both))
            made.add(row.entity, row.account, -inside, row.partner, row.movement)
            made.add(row.entity, row.account, inside, row.partner, scene.accounts.unmatched_cash)
    return made.books()


def dividends_out(scene: Scene) -> tuple[Books, Books]:
    """Dividends of subsidiaries in their owners' income against what was distributed; and what did not match."""
    made, missed = Postings(scene.full), Postings(scene.full)
    for each in scene.subsidiaries:
        income = scene.full.of(
            (scene.full.lines["account"] == scene.accounts.dividend_income)
            & (scene.full.lines["entity"] == each.owner)
            & (scene.full.lines["partner"] == each.entity)
        )
        inside = _only(1, np.arange(len(each.owned)) >= max(each.start, 1))
        had = made.reverse(Books(income.lines, income.amounts * inside[None]))
        ours = _part(distributed(scene, each), each.owned) * inside
        made.add(each.entity, scene.accounts.dividends, -ours, movement="dividends")
        made.add(each.owner, scene.accounts.mismatch, had + ours, each.entity, "difference")
        missed.add(each.owner, "dividends", had + ours, each.entity, FLOW)
    return made.books(), missed.books()


def distributed(scene: Scene, each: Holding) -> np.ndarray:
    """What an entity distributed in each month under control, debits positive."""
    own = _own_lines(scene, each)
    chosen = own.lines["account"].isin(scene.leaves(scene.accounts.dividends)) & (own.lines["movement"] != ENTERED)
    return _only(own.amounts[chosen.to_numpy(bool)].sum(axis=0), np.arange(own.amounts.shape[1]) >= max(each.start, 1))


# Unrealised profit, associates


def stock_profit(scene: Scene, stocks: GroupStock | None) -> Books:
    """The seller's profit in stocks that its buyer in the group still has: out of stock, with its change through the cost of sales of the
    seller, whose minority bears its part (企业会计准则第 33 号 36), and deferred tax on it. All of a stock counts from the month of control
    on. Where one of the two is an associate, its owner's share, against the investment (IAS 28.28)."""
    made = Postings(scene.full)
    for row in [] if stocks is None else range(len(stocks.rows)):
        each = stocks.rows.iloc[row]
        seller, buyer = scene.held[each["seller"]], scene.held[each["buyer"]]
        profit = _profit_in_stock(scene, stocks, row, buyer)
        if seller.start < len(profit) and buyer.start < len(profit):
            moved = np.diff(_only(profit, np.arange(len(profit)) >= max(seller.start, buyer.start)), axis=0, prepend=0)
            _stock_postings(made, scene, each, moved)
        else:
            _share_out(made, scene, seller if seller.start >= len(profit) else buyer, profit)
    return made.books()


def _profit_in_stock(scene: Scene, stocks: GroupStock, row: int, buyer: Holding) -> np.ndarray:
    """Unrealised profit at each slot's end in the group's cents."""
    value, margin = (np.asarray(array[row], float) for array in (stocks.values, stocks.margins))
    product = (value if value.ndim == 2 else value[:, None]) * (margin if margin.ndim == 2 else margin[:, None])
    begun = np.full((1, product.shape[1]), float(stocks.rows["opening"].iloc[row]))
    return np.rint(np.concatenate([begun, product]) * scene.rates[buyer.currency].closing * 100)


def _stock_postings(made: Postings, scene: Scene, each: pd.Series, moved: np.ndarray) -> None:
    opening = np.arange(len(moved)) == 0
    tax = np.diff(np.rint(moved.cumsum(axis=0) * each["tax"]), axis=0, prepend=0)
    made.add(each["buyer"], each["account"], -moved, movement="unrealised")
    made.add(each["seller"], scene.accounts.stock_cost, _only(moved, ~opening))
    made.add(each["seller"], scene.accounts.deferred_tax, tax, movement="unrealised")
    made.add(each["seller"], scene.accounts.tax, _only(-tax, ~opening))
    made.add(each["seller"], scene.layout.retained, _only(moved - tax, opening), movement="unrealised")


def _share_out(made: Postings, scene: Scene, associate: Holding, profit: np.ndarray) -> None:
    """The owner's share of unrealised profit from dealings with an associate."""
    begun = np.arange(len(profit)) >= associate.equity_start
    moved = np.diff(_part(_only(profit, begun), associate.owned), axis=0, prepend=0)
    opening = np.arange(len(moved)) == 0
    made.add(associate.owner, scene.accounts.associates, -moved, associate.entity, "unrealised")
    made.add(associate.owner, scene.accounts.associate_income, _only(moved, ~opening), associate.entity)
    made.add(associate.owner, scene.layout.retained, _only(moved, opening), movement="unrealised")


def associates_in(scene: Scene) -> Books:
    """Associates by the equity method: the share of their profit that the owner has not booked itself, dividends off the investment, the
    share of their translation difference. What stands at the opening stays as the owner carries it."""
    made = Postings(scene.full)
    for each in scene.held.values():
        if each.equity_start >= len(each.method):
            continue
        own = scene.every.of(scene.every.lines["entity"] == each.entity)
        held = (each.method == EQUITY) & (np.arange(len(each.method)) > 0)
        owners = {"entity": each.owner, "partner": each.entity}
        booked = _only(scene.full.on({scene.accounts.associate_income}, **owners), held)
        profit = _only(-own.amounts[scene.flows(own)].sum(axis=0), held) if len(own.lines) else -booked
        share = _part(profit, each.owned) if len(own.lines) else profit
        exchange = _part(_only(-own.on({scene.accounts.difference}), held), each.owned)
        dividends = _only(scene.full.on({scene.accounts.dividend_income}, **owners), held)
        made.add(each.owner, scene.accounts.associates, share + booked, each.entity, "share of profit")
        made.add(each.owner, scene.accounts.associate_income, -share - booked, each.entity)
        made.add(each.owner, scene.accounts.associates, exchange, each.entity, MOVED)
        made.add(each.owner, scene.accounts.difference, -exchange, movement=MOVED)
        made.add(each.owner, scene.accounts.associates, dividends, each.entity, "dividends")
        made.add(each.owner, scene.accounts.dividend_income, -dividends, each.entity)
    return made.books()


# Minority interests


def minority_interests(scene: Scene, dividends: Books, steps: Sequence[Books]) -> Books:
    """The minority's part of what subsidiaries earn and distribute, and of differences of translation; changes of share while controlled.

    `dividends` and `steps`: the eliminations that belong to an entity's own profit and equity (unrealised profit, associates, its shares'
    translation). Profit and differences by the effective share along the chain of owners; distributions by the direct one, since
    what goes to owners in the group is out.
    """
    made = Postings(scene.full)
    booked = add_books([scene.full, dividends, *steps])
    for each in scene.subsidiaries:
        own = booked.of(booked.lines["entity"] == each.entity)
        flow = scene.flows(own)
        opening, first = np.arange(len(each.owned)) == 0, np.arange(len(each.owned)) >= max(each.start, 1)
        profit = _only(-own.amounts[flow].sum(axis=0), first)
        exchange = _only(-_moved(own, scene.accounts.difference), first)
        other = _only(_others(scene, own), first)
        begun, carried = _post_acquisition(scene, each, own, flow)
        _effective_shares(made, scene, each, [
            (profit, scene.layout.year_result, "profit"),
            (exchange, scene.accounts.difference, MOVED),
            (carried, scene.accounts.difference, MOVED),
            (_only(begun - carried, opening), scene.layout.retained, "profit"),
            (other, scene.layout.retained, "other"),
        ])  # fmt: skip
        out = distributed(scene, each)
        theirs = out - _part(out, each.owned)
        made.add(each.entity, scene.accounts.dividends, -theirs, movement="minority")
        made.add(each.entity, scene.accounts.minority, theirs, movement="dividends")
        received = dividends.of((dividends.lines["entity"] == each.entity) & scene.flows(dividends)).amounts.sum(axis=0)
        _share_moves(made, scene, each, begun + (profit + received + exchange + other - out).cumsum(axis=0))
    return made.books()


def _effective_shares(made: Postings, scene: Scene, each: Holding, wholes: list[tuple[np.ndarray, str, str]]) -> None:
    """Of each whole (credits positive, its account, the movement of the minority) the minority's effective share."""
    for whole, home, movement in wholes:
        share = _part(whole, 1 - each.effective)
        made.add(each.entity, home, share, movement=MOVED if movement == MOVED else "minority")
        made.add(each.entity, scene.accounts.minority, -share, movement=movement)


def _moved(own: Books, account: str) -> np.ndarray:
    """What came on an account after first consolidation: slots × draws."""
    chosen = (own.lines["account"] == account) & (own.lines["movement"] != ENTERED)
    return own.amounts[chosen.to_numpy(bool)].sum(axis=0)


def _others(scene: Scene, own: Books) -> np.ndarray:
    """What moved equity that is neither capital, distribution, translation nor profit, credits positive: as a rule nothing."""
    left_out = scene.leaves(*scene.accounts.capital, scene.accounts.dividends) | {scene.accounts.difference}
    equity = own.lines["account"].isin(scene.leaves(scene.layout.equity) - left_out)
    chosen = equity & ~own.lines["movement"].isin([ENTERED]) & (own.lines["event"] != "opening")
    return -own.amounts[chosen.to_numpy(bool)].sum(axis=0)


def _post_acquisition(scene: Scene, each: Holding, own: Books, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of one controlled from the opening on: equity at the opening beyond what was bought, and what of it is translation; slots × draws."""
    nothing = np.zeros(own.amounts.shape[1:], np.int64)
    if each.start > 0:
        return nothing, nothing
    equity = own.lines["account"].isin(scene.leaves(scene.layout.equity)).to_numpy(bool)
    at = np.arange(len(nothing)) == 0
    whole = _only(-own.amounts[equity & ~flow].sum(axis=0), at) - equity_of(scene, each).acquired
    carried = _only(-_moved(own, scene.accounts.difference), at)
    bought = scene.acquired[(scene.acquired["entity"] == each.entity) & (scene.acquired["account"] == scene.accounts.difference)]
    carried[0] -= round(float(bought["amount"].sum()) * 100)
    return np.broadcast_to(whole[:1], nothing.shape) * 1, carried


def _share_moves(made: Postings, scene: Scene, each: Holding, earned: np.ndarray) -> None:
    """A change of share while controlled: the minority's part of what stood before, against the owners' capital reserve."""
    equity = equity_of(scene, each)
    bought = (equity.acquired + equity.paid_in).cumsum(axis=0)
    before = [np.concatenate([np.zeros((1, stood.shape[1])), stood[:-1]]) for stood in (bought, earned)]
    less = [-np.diff(share, prepend=share[:1]).reshape(-1, 1) for share in (each.owned, each.effective)]
    controlled = np.arange(len(each.owned)) > each.start
    gained = np.rint(_only(before[0] * less[0] + before[1] * less[1], controlled))
    made.add(each.entity, scene.accounts.minority, -gained, movement="share")
    made.add(each.owner, scene.accounts.capital_reserve, gained, movement="share")


def missing_partners(scene: Scene) -> list[Problem]:
    """Shares in subsidiaries without a partner, and subsidiaries with bought equity in which nobody has shares."""
    shares = scene.full.lines["account"].isin(scene.leaves(scene.accounts.investments))
    nameless = scene.full.lines[shares & ~scene.full.lines["partner"].isin(list(scene.held))]
    rows = nameless.drop_duplicates(["entity", "account", "partner"]).itertuples()
    found = [Problem("shares without a partner of the group", f"{row.entity}, {row.account}", row.partner) for row in rows]
    for each in scene.subsidiaries:
        if equity_of(scene, each).acquired.any() and each.owned[each.start] > 0 and not len(_held_shares(scene, each).lines):
            needs = f"{each.owner} needs a line on {scene.accounts.investments} with this partner"
            found.append(Problem("no shares against its equity", each.entity, next=needs))
    return found


def dealings_left(scene: Scene, rules: pd.DataFrame) -> pd.DataFrame:
    """Lines with partners in the group that no step takes out: entity, account, partner. None, when the rules are complete."""
    named = {node for column in ("ours", "theirs") for node in rules[column].fillna("") if node}
    accounts = scene.accounts
    read = [accounts.investments, accounts.dividend_income, accounts.associates, accounts.associate_income]
    known = scene.leaves(*named, *read, *scene.layout.cash, scene.layout.equity)
    lines = _within(scene).lines
    left = lines[~lines["account"].isin(known)]
    return left[["entity", "account", "partner"]].drop_duplicates().sort_values(["entity", "account", "partner"], ignore_index=True)

