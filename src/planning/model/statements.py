"""The three statements of a planned ledger: income, balance sheet and cash flow, tied in every month and draw.

Profit is what flow accounts come to; it stands on the year's result in equity (本年利润) and moves to retained earnings at the
year's end with the distributions (利润分配), as IAS 1 and 企业会计准则第 30 号 have it. Cash flow is direct, by what each line of a cash
account was for, and indirect, from profit, as IAS 7 and 企业会计准则第 31 号 ask; what keeps the two apart is a row of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse

from planning.core.accounts import AccountTree
from planning.core.checks import Check
from planning.core.errors import Problem, RequestError, at_most
from planning.core.money import LARGEST, from_minor
from planning.core.periods import FiscalCalendar, month_text
from planning.model.ledger import EXACT, LINE, NOT_SAID, Ledger, add_ledgers, said_or, sums_by

CLOSING = "closing"
"""The event of the lines that close the books: profit to the year's result, the year's end to retained earnings."""
STANDS = ["entity", "account", "partner", "movement"]
SECTIONED = ["account", "movement", "event", "section", "line"]


@dataclass(frozen=True)
class Layout:
    """What the statements are made of, by accounts of the chart.

    `profit`: root of the income statement. `assets`, `claims`: the two sides of the balance sheet; `equity`: the node below `claims`.
    `year_result`: the equity account of the running year's profit; `retained`: where it goes at the year's end, with what stands on
    `distributions` (dividends, appropriations). `cash`: nodes of the cash accounts. `cash_change`: root of the cash flow's lines, its
    children are the sections, `operating` one of them; `cash_lines`: by movement of a cash account its line, "" for what goes from
    one cash account to another. `sections`: rules (account, movement, event, section, line) that put balance-sheet accounts into the
    indirect cash flow, and name the profit and loss accounts that belong to another section than operating. An empty cell is any; a
    rule with the event goes before one with the movement, that before the nearest account in the chart.
    """

    tree: AccountTree
    sides: Mapping[str, int]
    calendar: FiscalCalendar
    profit: str
    assets: str
    claims: str
    equity: str
    year_result: str
    retained: str
    cash: Sequence[str]
    cash_change: str
    operating: str
    cash_lines: Mapping[str, str]
    sections: pd.DataFrame
    distributions: Sequence[str] = field(default=())

    def leaves(self, *nodes: str) -> set[str]:
        """The accounts with rows below the nodes."""
        return {leaf for node in nodes for leaf in self.tree.leaves(node)}

    def is_flow(self, lines: pd.DataFrame) -> np.ndarray:
        """Which lines are flows of profit and loss, production included; the others stand on the balance sheet."""
        return (lines["account"].map(self.tree.accounts["kind"]) != "balance").to_numpy(bool)

    def problems(self) -> list[Problem]:
        """What is wrong with the layout itself: accounts that there are not, totals where rows are to stand, sections unknown."""
        nodes = [self.profit, self.assets, self.claims, self.equity, *self.cash, self.cash_change, self.operating]
        rows = [self.year_result, self.retained, *self.distributions, *filter(None, self.cash_lines.values())]
        unknown = [Problem("unknown account", "layout", code) for code in dict.fromkeys([*nodes, *rows]) if code not in self.tree]
        missing = [Problem(f"missing column {name}", "sections") for name in SECTIONED if name not in self.sections]
        if unknown or missing:
            return unknown + missing
        found = [Problem("a total where rows are to stand", "layout", code) for code in rows if self.tree.is_total(code)]
        astray = set(filter(None, self.sections["account"])) - set(self.tree.accounts.index)
        other = set(self.sections["section"]) - set(self.tree.children(self.cash_change))
        found += [Problem("unknown account", "sections", code) for code in sorted(astray)]
        return found + [Problem("unknown section", "sections", str(name), f"a child of {self.cash_change}") for name in sorted(other)]


@dataclass(frozen=True)
class Statement:
    """A statement: `rows` say what each line is, `amounts` (rows × periods × draws, whole cents) are in its natural direction."""

    rows: pd.DataFrame
    amounts: np.ndarray
    periods: pd.DatetimeIndex
    digits: int = 2

    @property
    def units(self) -> np.ndarray:
        """The amounts as money: float units."""
        return from_minor(self.amounts, self.digits)

    def at(self, **where: str) -> np.ndarray:
        """The amounts of the rows with these words, added up: periods × draws, in units; 0 where there is none."""
        chosen = np.logical_and.reduce([self.rows[name] == word for name, word in where.items()])
        return from_minor(self.amounts[np.asarray(chosen, bool)].sum(axis=0), self.digits)


@dataclass(frozen=True)
class Statements:
    """The three statements, what reconciles them, and the closed ledger they are read from (`closed`, with its `opening`)."""

    income: Statement
    sheet: Statement
    direct: Statement
    indirect: Statement
    unreconciled: Statement
    closed: Ledger
    opening: pd.DataFrame


def plan_rows(statement: Statement, draw: int = 0) -> pd.DataFrame:
    """One draw of a statement as rows of a plan table: its row columns, period, amount in units and natural direction."""
    count, months = len(statement.rows), len(statement.periods)
    rows = statement.rows.loc[statement.rows.index.repeat(months)].reset_index(drop=True)
    return rows.assign(period=np.tile(statement.periods, count), amount=statement.units[:, :, draw].ravel())


def cumulative(statement: Statement, calendar: FiscalCalendar) -> Statement:
    """Flows from the fiscal year's first month on (of the first year: from the first month that there is)."""
    years = np.asarray(calendar.fiscal_year(statement.periods))
    sums = np.concatenate([statement.amounts[:, years == year].cumsum(axis=1) for year in dict.fromkeys(years)], axis=1)
    return Statement(statement.rows, sums, statement.periods, statement.digits)


def yearly(statement: Statement, calendar: FiscalCalendar) -> Statement:
    """Flows by fiscal year; the period is the first month there is of each."""
    years = np.asarray(calendar.fiscal_year(statement.periods))
    first = np.flatnonzero(np.r_[True, years[1:] != years[:-1]])
    return Statement(statement.rows, np.add.reduceat(statement.amounts, first, axis=1), statement.periods[first], statement.digits)


# Opening balances and closing the books


def opening_balances(opening: pd.DataFrame, layout: Layout, digits: int = 2) -> pd.DataFrame:
    """Opening balances as the ledger has them: entity, account, partner, movement, amount in whole cents, debits positive.

    `opening`: entity, account, amount in units and the account's natural direction; partner and movement where there are any.
    Raises RequestError with every problem: columns, accounts that do not stand on the balance sheet, amounts, an entity whose
    balances do not balance. Example: cash 100 and capital 100 is 10,000 and −10,000.
    """
    missing = [Problem(f"missing column {name}", "opening") for name in ("entity", "account", "amount") if name not in opening]
    _refuse("opening balances", missing)
    stands = layout.leaves(layout.assets, layout.claims) & set(layout.sides)
    astray = sorted(set(opening["account"].astype(str)) - stands)
    found = [Problem("not an account of the balance sheet", "opening", account) for account in astray]
    found += [Problem("no entity", "opening")] if (said_or(opening, "entity", "") == "").any() else []
    amount = pd.to_numeric(opening["amount"], errors="coerce").to_numpy(float)
    if not (np.abs(amount) * 1000.0 < LARGEST).all():
        found.append(Problem("wrong amount", "opening", expected=EXACT))
    _refuse("opening balances", at_most(found))
    said = {name: said_or(opening, name, NOT_SAID[name]) for name in STANDS[2:]}
    cents = np.rint(amount * 10.0**digits).astype(np.int64) * opening["account"].map(layout.sides).to_numpy(np.int64)
    keys, sums = sums_by(opening[STANDS[:2]].astype(str).assign(**said), cents, STANDS)
    table = keys.assign(amount=sums)
    gaps = table.groupby("entity")["amount"].sum()
    off = [(entity, float(from_minor(gap, digits))) for entity, gap in gaps[gaps != 0].items()]
    _refuse("opening balances", [Problem("does not balance", entity, f"Δ {gap:,.2f}", "debits equal to credits") for entity, gap in off])
    return table


def close_books(ledger: Ledger, opening: pd.DataFrame, layout: Layout) -> Ledger:
    """The ledger with the lines that close it: each month's profit on the year's result; at each fiscal year's end the year's
    result and the distributions to retained earnings. Flows keep their amounts; balance-sheet lines then balance by themselves.
    """
    flows = ledger.of(layout.is_flow(ledger.lines))
    by = [name for name in ledger.lines.columns if name not in (*LINE[1:], "draw")]
    keys, profit = sums_by(flows.lines, flows.amounts, by)
    results = _lines(keys, layout.year_result, "profit")
    with_profit = _joined(ledger, results, profit)
    return _joined(with_profit, *_year_ends(with_profit, opening, layout, by))


def _year_ends(ledger: Ledger, opening: pd.DataFrame, layout: Layout, by: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """The lines that empty the year's result and the distributions into retained earnings."""
    emptied = [layout.year_result, *layout.distributions]
    chosen = ledger.of(ledger.lines["account"].isin(emptied))
    keys, moves = sums_by(chosen.lines, chosen.amounts, [*by, "account"])
    keys, stood = _stood(keys, moves, opening[opening["account"].isin(emptied)], by)
    last = np.asarray(layout.calendar.month_number(ledger.periods)) == 12
    out = np.zeros(stood.shape, np.int64)
    out[:, last] = -np.diff(stood[:, last], axis=1, prepend=0)
    _, kept = sums_by(keys, -out, by)
    homes = sums_by(keys, out, by)[0]
    rows = [_lines(keys[by], keys["account"], "transfer"), _lines(homes, layout.retained, "transfer")]
    return pd.concat(rows, ignore_index=True), np.concatenate([out, kept])


def _stood(keys: pd.DataFrame, moves: np.ndarray, opening: pd.DataFrame, by: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Month-end balances by `by` and account, openings included: keys and cents."""
    held = opening.assign(**{name: opening.get(name, "") for name in by})
    rows = pd.concat([keys, held[[*by, "account"]]], ignore_index=True)
    first = np.zeros((len(held), *moves.shape[1:]), np.int64)
    if first.shape[1]:
        first[:, 0] = held["amount"].to_numpy(np.int64)[:, None]
    found, sums = sums_by(rows, np.concatenate([moves, first]), [*by, "account"])
    return found, sums.cumsum(axis=1)


def _lines(keys: pd.DataFrame, account, movement: str) -> pd.DataFrame:
    return keys.assign(account=account, movement=movement, event=CLOSING, cost_centre=NOT_SAID["cost_centre"], partner=NOT_SAID["partner"])


def _joined(ledger: Ledger, lines: pd.DataFrame, amounts: np.ndarray) -> Ledger:
    rows = pd.concat([ledger.lines, lines[list(ledger.lines.columns)]], ignore_index=True)
    return Ledger(rows, np.concatenate([ledger.amounts, amounts]), ledger.periods, ledger.digits)


def appropriate(
    ledger: Ledger, opening: pd.DataFrame, layout: Layout, shares: Mapping[str, float], reserve: str, distribution: str
) -> Ledger:
    """The ledger with what the law puts aside of each year's profit (法定盈余公积, 公司法 art. 210): a posting at the fiscal year's end.

    `shares`: by entity, a fraction of the year's profit where that is positive; entities without one put nothing aside. `reserve` is
    credited, `distribution` (one of the layout's) debited. A year that began before the ledger counts with what stands on the year's
    result at the opening. Raises RequestError on a share outside 0 to 1. Example: profit 100.00 at 0.1 puts 10.00 aside.
    """
    wrong = {entity: share for entity, share in shares.items() if not 0 <= share <= 1}
    _refuse("appropriation", [Problem("wrong share", entity, str(share), "0 to 1") for entity, share in sorted(wrong.items())])
    keys, stood = _result_of_year(ledger, opening, layout)
    last = np.asarray(layout.calendar.month_number(ledger.periods)) == 12
    share = keys["entity"].map(shares).fillna(0.0).to_numpy(float)[:, None, None]
    aside = np.where(last[None, :, None], np.rint(np.maximum(-stood, 0) * share), 0).astype(np.int64)
    chosen = aside.any(axis=(1, 2))
    where = {"cost_centre": NOT_SAID["cost_centre"], "partner": NOT_SAID["partner"], "movement": "reserve", "event": "appropriation"}
    lines = pd.concat([keys[chosen].assign(account=account, **where) for account in (distribution, reserve)], ignore_index=True)
    posted = Ledger(lines[LINE], np.concatenate([aside[chosen], -aside[chosen]]), ledger.periods, ledger.digits)
    return add_ledgers([ledger, posted])


def _result_of_year(ledger: Ledger, opening: pd.DataFrame, layout: Layout) -> tuple[pd.DataFrame, np.ndarray]:
    """By entity, the running fiscal year's result at each month's end, debits positive."""
    flows = ledger.of(layout.is_flow(ledger.lines))
    keys, profit = sums_by(flows.lines, flows.amounts, ["entity"])
    begun = opening[opening["account"] == layout.year_result].groupby("entity")["amount"].sum()
    profit = profit.copy()
    profit[:, 0] += keys["entity"].map(begun).fillna(0).to_numpy(np.int64)[:, None]
    return keys, cumulative(Statement(keys, profit, ledger.periods), layout.calendar).amounts


# The statements


def build_statements(ledger: Ledger, opening: pd.DataFrame, layout: Layout) -> Statements:
    """The three statements by entity (and by whatever else the ledger's lines tell apart, such as the layers of a consolidation).

    `opening`: from `opening_balances`. Every statement has the chart's totals through its weights. Raises RequestError on lines that
    have no place in a statement: cash movements without a line, balance-sheet accounts without a section, accounts outside both sides.
    """
    _refuse("statements", layout.problems())
    _refuse("statements", at_most(_place_problems(ledger, opening, layout)))
    closed = close_books(ledger, opening, layout)
    by = [name for name in closed.lines.columns if name not in LINE[1:]]
    direct = _direct(closed, layout, by)
    indirect = _indirect(ledger, layout, by)
    return Statements(
        _income(closed, layout, by), _sheet(closed, opening, layout, by), direct, indirect,
        _unreconciled(direct, indirect, layout, by), closed, opening,
    )  # fmt: skip


def _place_problems(ledger: Ledger, opening: pd.DataFrame, layout: Layout) -> list[Problem]:
    """Accounts that rows can't stand on, and lines that no statement has a place for."""
    leaves = {code for code in layout.sides if code in layout.tree and not layout.tree.is_total(code)}
    strange = sorted(set(ledger.lines["account"]) - leaves)
    if strange:
        return [Problem("not an account with rows and a side", "ledger", account) for account in strange]
    stands = ledger.lines[~layout.is_flow(ledger.lines)]
    placed = layout.leaves(layout.assets, layout.claims)
    cash = stands["account"].isin(layout.leaves(*layout.cash))
    unplaced = sorted((set(stands["account"]) | set(opening["account"])) - placed)
    found = [Problem("on neither side of the balance sheet", "ledger", account) for account in unplaced]
    lineless = sorted(set(stands.loc[cash, "movement"]) - set(layout.cash_lines))
    found += [Problem("a cash movement without a line of the cash flow", "cash_lines", movement) for movement in lineless]
    ruled = _sections(stands[~cash], layout)
    homeless = sorted(set(stands.loc[~cash, "account"][ruled["section"].isna().to_numpy()]))
    return found + [Problem("no section of the cash flow", "sections", account) for account in homeless]


def _rolled(
    keys: pd.DataFrame, amounts: np.ndarray, layout: Layout, roots: Sequence[str], by: list[str]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Natural amounts of accounts → of these and every account above them up to the roots, in the chart's order, by `by`."""
    order = {code: n for n, code in enumerate(_below(layout.tree, roots))}
    paths = layout.tree.paths[layout.tree.paths["ancestor"].isin(order)]
    joined = keys.assign(row=np.arange(len(keys))).merge(paths, on="account")
    joined = joined.assign(order=joined["ancestor"].map(order))
    cell = [*by, "order"]
    group = joined.groupby(cell, sort=True).ngroup().to_numpy()
    rows = joined.assign(group=group).drop_duplicates("group").sort_values("group")
    weights = np.rint(joined["weight"]).astype(np.int64)
    adds = sparse.csr_array((weights, (group, joined["row"])), shape=(len(rows), len(keys)))
    rolled = np.asarray(adds @ amounts.reshape(len(keys), -1)) if len(keys) else np.zeros((0, 1), np.int64)
    table = rows.assign(account=rows["ancestor"])[[*by, "account"]].reset_index(drop=True)
    return table, rolled.reshape(len(rows), *amounts.shape[1:])


def _below(tree: AccountTree, roots: Sequence[str]) -> list[str]:
    return [code for root in roots for code in [root, *_below(tree, tree.children(root))]]


def _natural(keys: pd.DataFrame, amounts: np.ndarray, layout: Layout) -> np.ndarray:
    return amounts * keys["account"].map(layout.sides).to_numpy(np.int64)[:, None, None]


def _income(closed: Ledger, layout: Layout, by: list[str]) -> Statement:
    """The income statement by month."""
    flows = closed.of(closed.lines["account"].isin(layout.leaves(layout.profit)))
    keys, sums = sums_by(flows.lines, flows.amounts, [*by, "account"])
    rows, amounts = _rolled(keys, _natural(keys, sums, layout), layout, [layout.profit], by)
    return Statement(rows, amounts, closed.periods, closed.digits)


def _sheet(closed: Ledger, opening: pd.DataFrame, layout: Layout, by: list[str]) -> Statement:
    """The balance sheet at month ends."""
    stands = closed.of(~layout.is_flow(closed.lines))
    keys, moves = sums_by(stands.lines, stands.amounts, [*by, "account"])
    keys, stood = _stood(keys, moves, opening, by)
    rows, amounts = _rolled(keys, _natural(keys, stood, layout), layout, [layout.assets, layout.claims], by)
    return Statement(rows, amounts, closed.periods, closed.digits)


def _direct(closed: Ledger, layout: Layout, by: list[str]) -> Statement:
    """The direct cash flow: receipts and payments by what they were for, each line in its natural direction."""
    cash = closed.of(closed.lines["account"].isin(layout.leaves(*layout.cash)))
    line = cash.lines["movement"].map(layout.cash_lines)
    chosen = (line != "").to_numpy(bool)
    keys, sums = sums_by(cash.lines[chosen].assign(account=line[chosen]), cash.amounts[chosen], [*by, "account"])
    way = {leaf: _way(layout, leaf) for leaf in layout.leaves(layout.cash_change)}
    natural = sums * keys["account"].map(way).to_numpy(np.int64)[:, None, None]
    rows, amounts = _rolled(keys, natural, layout, [layout.cash_change], by)
    return Statement(rows, amounts, closed.periods, closed.digits)


def _way(layout: Layout, leaf: str) -> int:
    """+1 where the line adds to the change of cash, −1 where it takes from it: the product of the weights up to it."""
    paths = layout.tree.paths
    weight = paths.loc[(paths["account"] == leaf) & (paths["ancestor"] == layout.cash_change), "weight"]
    return int(np.rint(weight.iloc[0]))


def _sections(lines: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """The rule of each line: section and line of the indirect cash flow, missing where none fits."""
    rules = list(layout.sections[SECTIONED].fillna("").astype(str).itertuples(index=False))
    kinds = lines[["account", "movement", "event"]].drop_duplicates()
    paths = layout.tree.paths[layout.tree.paths["account"].isin(kinds["account"])]
    above = paths.groupby("account")["ancestor"].agg(list)
    found = [_nearest(kind, above.get(kind.account, [kind.account]), rules) for kind in kinds.itertuples(index=False)]
    table = kinds.assign(section=[each[0] for each in found], line=[each[1] for each in found])
    return lines[["account", "movement", "event"]].merge(table, how="left")


def _nearest(kind, above: list[str], rules: list) -> tuple[str | None, str | None]:
    near = {code: len(above) - n for n, code in enumerate(above)} | {"": 0}
    fits = [
        (rule.event != "", rule.movement != "", near[rule.account], place)
        for place, rule in enumerate(rules)
        if rule.account in near and rule.movement in ("", kind.movement) and rule.event in ("", kind.event)
    ]
    if not fits:
        return None, None
    best = rules[max(fits)[-1]]
    return best.section, best.line


def _indirect(ledger: Ledger, layout: Layout, by: list[str]) -> Statement:
    """The indirect cash flow, by section and line: profit, what of it moved no cash or belongs elsewhere, changes of other balances."""
    flow = layout.is_flow(ledger.lines)
    cash = ledger.lines["account"].isin(layout.leaves(*layout.cash)).to_numpy(bool)
    other = _sections(ledger.lines[~cash & ~flow], layout)
    moved = _sections(ledger.lines[flow], layout)
    profit, stands = ledger.lines[flow], ledger.lines[~cash & ~flow]
    away = (moved["section"].notna() & (moved["section"] != layout.operating)).to_numpy(bool)
    rows = [
        _sectioned(profit, by, layout.operating, "profit"),
        _sectioned(profit[away], by, layout.operating, moved["line"][away]),
        _sectioned(profit[away], by, moved["section"][away], moved["line"][away]),
        _sectioned(stands, by, other["section"], other["line"]),
    ]
    gains = -ledger.amounts[flow]
    amounts = np.concatenate([gains, -gains[away], gains[away], -ledger.amounts[~cash & ~flow]])
    keys, sums = sums_by(pd.concat(rows, ignore_index=True), amounts, [*by, "section", "line"])
    return Statement(keys, sums, ledger.periods, ledger.digits)


def _sectioned(lines: pd.DataFrame, by: list[str], section, line) -> pd.DataFrame:
    said = [value if isinstance(value, str) else value.to_numpy() for value in (section, line)]
    return lines[by].assign(section=said[0], line=said[1])


def _unreconciled(direct: Statement, indirect: Statement, layout: Layout, by: list[str]) -> Statement:
    """By section what the direct cash flow exceeds the indirect by; every section of an entity, 0 where they agree."""
    sections = layout.tree.children(layout.cash_change)
    chosen = direct.rows["account"].isin(sections).to_numpy(bool)
    ways = direct.rows.loc[chosen, "account"].map({code: np.sign(layout.tree.accounts.at[code, "weight"]) for code in sections})
    ours = direct.amounts[chosen] * ways.to_numpy(np.int64)[:, None, None]
    rows = pd.concat(
        [direct.rows[chosen].rename(columns={"account": "section"})[[*by, "section"]], indirect.rows[[*by, "section"]]], ignore_index=True
    )
    keys, gaps = sums_by(rows, np.concatenate([ours, -indirect.amounts]), [*by, "section"])
    return Statement(keys, gaps, direct.periods, direct.digits)


def roll_forward(made: Statements, layout: Layout) -> Statement:
    """How each balance came about (变动表), by entity and account, natural direction: `part` is opening, movement (one row each) or
    closing. Opening and closing rows have the movement "none".
    """
    by = [name for name in made.closed.lines.columns if name not in LINE[1:]]
    stands = made.closed.of(~layout.is_flow(made.closed.lines))
    keys, moves = sums_by(stands.lines, stands.amounts, [*by, "account", "movement"])
    leaf, sums = sums_by(keys, moves, [*by, "account"])
    leaf, stood = _stood(leaf, sums, made.opening, by)
    _, change = sums_by(
        pd.concat([leaf, keys[[*by, "account"]]], ignore_index=True), np.concatenate([np.zeros_like(stood), moves]), [*by, "account"]
    )
    ends = leaf.assign(movement=NOT_SAID["movement"])
    rows = pd.concat([ends.assign(part="opening"), keys.assign(part="movement"), ends.assign(part="closing")], ignore_index=True)
    amounts = np.concatenate([stood - change, moves, stood])
    return Statement(rows, _natural(rows, amounts, layout), made.closed.periods, made.closed.digits)


# What must hold


def check_statements(made: Statements, layout: Layout, rounding: int = 0) -> list[Check]:
    """What ties the statements, each over every entity, month and draw, to the cent.

    Assets equal liabilities and equity; the year's result takes the chart's profit; the change of cash is the cash flow; opening and
    movements make the closing balance; the direct cash flow is the indirect one, section by section. `rounding`: cents that the
    sections may miss each other by, where lines were translated each by itself; 0 in an entity's own currency.
    """
    by = [name for name in made.closed.lines.columns if name not in LINE[1:]]
    stands = made.closed.of(~layout.is_flow(made.closed.lines))
    words = {"account": layout.year_result, "movement": "profit", "event": CLOSING}
    result = stands.of((stands.lines[list(words)] == pd.Series(words)).all(axis=1))
    cash = stands.of(stands.lines["account"].isin(layout.leaves(*layout.cash)))
    return [
        _check("assets_equal_claims", [_of(made.sheet, layout.assets), _of(made.sheet, layout.claims, -1)], by, made.sheet),
        _check("profit_closes_to_equity", [_of(made.income, layout.profit), (result.lines, result.amounts)], by, made.sheet),
        _check("cash_flow_is_change_of_cash", [_of(made.direct, layout.cash_change, -1), (cash.lines, cash.amounts)], by, made.sheet),
        _check("movements_make_balances", _rolled_less_sheet(made, layout), [*by, "account"], made.sheet),
        _check("direct_equals_indirect", [(made.unreconciled.rows, made.unreconciled.amounts)], [*by, "section"], made.sheet, rounding),
    ]


def _of(statement: Statement, account: str, sign: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    chosen = (statement.rows["account"] == account).to_numpy(bool)
    return statement.rows[chosen], sign * statement.amounts[chosen]


def _rolled_less_sheet(made: Statements, layout: Layout) -> list[tuple[pd.DataFrame, np.ndarray]]:
    """Openings and movements, less the sheet's balances of the accounts that have rows."""
    rolled = roll_forward(made, layout)
    begun = (rolled.rows["part"] != "closing").to_numpy(bool)
    leaves = (~made.sheet.rows["account"].map(layout.tree.is_total)).to_numpy(bool)
    return [(rolled.rows[begun], rolled.amounts[begun]), (made.sheet.rows[leaves], -made.sheet.amounts[leaves])]


def _check(name: str, parts: list[tuple[pd.DataFrame, np.ndarray]], by: list[str], like: Statement, most: int = 0) -> Check:
    """The parts add up to nothing by `by`, or to `most` cents, in every month and draw."""
    rows = pd.concat([part[by] for part, _ in parts], ignore_index=True)
    keys, gaps = sums_by(rows, np.concatenate([amounts for _, amounts in parts]), by)
    said = f"{' × '.join(map(str, gaps.shape))}"
    if not gaps.any():
        return Check(name, True, f"{said}: Δ 0")
    worst = np.unravel_index(np.abs(gaps).argmax(), gaps.shape)
    size = float(from_minor(gaps[worst], like.digits))
    if abs(gaps[worst]) <= most:
        return Check(name, True, f"{said}: Δ {size:,.2f}, ≤ {float(from_minor(most, like.digits)):,.2f}")
    where = ", ".join([*keys.iloc[worst[0]].astype(str), month_text(like.periods[worst[1]]), str(worst[2])])
    return Check(name, False, f"{said}: {int((gaps != 0).sum())} ≠ 0; {where}: Δ {size:,.2f}")


def _refuse(subject: str, problems: list[Problem]) -> None:
    if problems:
        raise RequestError(subject, problems)
