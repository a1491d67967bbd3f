"""A group's statements: each entity's column in the group's currency, the eliminations by step, and what they add up to.

Full consolidation from the month of control with minority interests, associates by the equity method; sources in the modules of the
steps (eliminations, group_books, group_shares).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.checks import Check
from planning.core.errors import Problem, RequestError
from planning.core.money import from_minor
from planning.core.translation import Translation
from planning.model.eliminations import (
    DEALINGS,
    FLOW,
    STANDS,
    GroupAccounts,
    GroupStock,
    Scene,
    associates_in,
    cash_within,
    dealings_left,
    dealings_out,
    dividends_out,
    goodwill_revalued,
    investments_out,
    minority_interests,
    missing_partners,
    stock_profit,
)
from planning.model.group_books import MOVED, WHAT, Books, add_books, books_of, entered, group_rates, translated
from planning.model.group_shares import Holding, holdings
from planning.model.ledger import NOT_SAID, Ledger, sums_by
from planning.model.statements import Layout, Statement, Statements, build_statements, check_statements

BOOKED, ELIMINATION, CONSOLIDATED = "booked", "elimination", "consolidated"
ACQUIRED = pd.DataFrame({"entity": pd.Series(dtype=object), "account": pd.Series(dtype=object), "amount": pd.Series(dtype=float)})


@dataclass(frozen=True)
class Group:
    """What there is to know of a group before its months are planned.

    `name`: what the group's own columns are called as an entity. `entities`: code, parent, currency. `ownership`: entity, owned,
    method, from. `how`: its translation, and its currency. `accounts`: what eliminations read and write. `dealings`: name, ours, theirs,
    rest. `acquired`: the equity (entity, account, amount in units of the group's currency, natural direction) that was bought with
    subsidiaries controlled since before the plan; those without a row were founded, and their capital is it. `historical`: what the
    historical accounts of foreign entities stand at in the group's currency at the opening (entity, account, amount), else closing rate.
    """

    name: str
    entities: pd.DataFrame
    ownership: pd.DataFrame
    how: Translation
    accounts: GroupAccounts
    dealings: pd.DataFrame
    acquired: pd.DataFrame = None
    historical: pd.DataFrame = None


@dataclass(frozen=True)
class Consolidation:
    """A group's statements.

    `columns`: statements by entity (layer booked) and by step of elimination (layer elimination, entity the group's name).
    `consolidated`: their sum, as one entity. `profit`: rows owners, minority (share), whose amounts add up to the consolidated profit.
    `rounding`: cents by which sections of the cash flow may miss each other: half a cent for each translated line.
    `differences`: what did not match within the group: name (of the rule, dividends, or cash), entity, partner; balances at month
    ends, transactions by month. `unruled`: lines with partners in the group that no rule names (entity, account, partner); they stay.
    """

    columns: Statements
    consolidated: Statements
    profit: Statement
    differences: Statement
    unruled: pd.DataFrame
    rounding: int = 0


def consolidate(
    ledger: Ledger,
    opening: pd.DataFrame,
    group: Group,
    rates: pd.DataFrame,
    layout: Layout,
    stocks: GroupStock | None = None,
) -> Consolidation:
    """The group's statements from its entities' ledger and opening balances (statements.opening_balances), each in its own currency.

    `rates`: period, currency, average, closing (and draw), from the month before the first on. Raises RequestError with every problem of
    one kind: entities nobody knows, ownership, rates that are missing (by currency and month), shares without a partner, accounts.
    Example: 60 % of a subsidiary that earns 100 is 100 of profit, 40 of it the minority's.
    """
    _refuse([*_entity_problems(ledger, opening, group), *_account_problems(group, layout), *_stock_problems(stocks, group, ledger, layout)])
    held = holdings(group.entities, group.ownership, ledger.periods)
    used = {each.currency for each in held.values()}
    _refuse(_draw_problems(ledger, rates, stocks))
    by_currency = group_rates(rates, used, group.how.currency, ledger.periods)
    drawn = [1] if stocks is None else [np.shape(array)[2] for array in (stocks.values, stocks.margins) if np.ndim(array) == 3]
    scene = _scene(ledger, opening, group, held, by_currency, layout, max(drawn, default=1))
    _refuse(missing_partners(scene))
    steps, missed = _steps(scene, group, stocks)
    books = _columns(scene.full, steps, group.name)
    columns = _stated(books, ledger, layout)
    whole = Books(books.lines.assign(entity=group.name, layer=CONSOLIDATED, step=CONSOLIDATED), books.amounts)
    consolidated = _stated(whole, ledger, layout)
    shares = _attributed(consolidated, steps["minority"], group, layout)
    differences = _differences(missed, steps["cash"], scene, ledger)
    abroad = [each.entity for each in held.values() if each.currency != group.how.currency]
    rounding = (int(scene.every.lines["entity"].isin(abroad).sum()) + 1) // 2
    return Consolidation(columns, consolidated, shares, differences, dealings_left(scene, group.dealings), rounding)


def _scene(ledger: Ledger, opening: pd.DataFrame, group: Group, held: dict[str, Holding], rates: dict, layout: Layout, draws: int) -> Scene:
    currencies = {each.entity: each.currency for each in held.values()}
    books = translated(books_of(ledger, opening), currencies, rates, group.how, group.historical)
    every = Books(books.lines, np.broadcast_to(books.amounts, (*books.amounts.shape[:2], max(draws, books.amounts.shape[2]))))
    start = every.lines["entity"].map({each.entity: each.start for each in held.values()}).to_numpy(int)
    full = entered(every, start, layout.year_result, layout.is_flow(every.lines))
    return Scene(every, full, held, rates, layout, group.accounts, ACQUIRED if group.acquired is None else group.acquired)


def _steps(scene: Scene, group: Group, stocks: GroupStock | None) -> tuple[dict[str, Books], Books]:
    """Every step of elimination by name, in their order; and what did not match."""
    investments = investments_out(scene)
    dealings, missed = dealings_out(scene, group.dealings)
    dividends, unpaid = dividends_out(scene)
    stock, associates = stock_profit(scene, stocks), associates_in(scene)
    own = [stock, associates, investments.of(investments.lines["movement"] == MOVED)]
    steps = {
        "investments": investments,
        "goodwill": goodwill_revalued(scene, investments),
        "dealings": dealings,
        "dividends": dividends,
        "stock_profit": stock,
        "associates": associates,
        "cash": cash_within(scene),
        "minority": minority_interests(scene, dividends, own),
    }
    return steps, add_books([missed, unpaid])


def _columns(full: Books, steps: dict[str, Books], name: str) -> Books:
    """The entities' lines and those of the steps, told apart by entity, layer and step."""
    parts = [Books(full.lines.assign(layer=BOOKED, step=BOOKED), full.amounts)]
    parts += [Books(each.lines.assign(entity=name, layer=ELIMINATION, step=step), each.amounts) for step, each in steps.items()]
    return add_books(parts)


def _stated(books: Books, like: Ledger, layout: Layout) -> Statements:
    """The statements of lines with slots."""
    by = ["entity", "layer", "step"]
    moved = (books.amounts[:, 1:] != 0).any(axis=(1, 2))
    lines, amounts = sums_by(books.lines[moved], books.amounts[moved, 1:], [*by, *WHAT[1:]])
    ledger = Ledger(lines.assign(cost_centre=NOT_SAID["cost_centre"]), amounts, like.periods, like.digits)
    begun = books.lines[books.amounts[:, 0].any(axis=1)]
    keys, stood = sums_by(begun, books.amounts[books.amounts[:, 0].any(axis=1), 0, 0], [*by, "account", "partner", "movement"])
    return build_statements(ledger, keys.assign(amount=stood), layout)


def _attributed(consolidated: Statements, minority: Books, group: Group, layout: Layout) -> Statement:
    """The consolidated profit by whose it is."""
    income = consolidated.income
    whole = income.amounts[(income.rows["account"] == layout.profit).to_numpy(bool)].sum(axis=0)
    theirs = minority.of((minority.lines["account"] == group.accounts.minority) & (minority.lines["movement"] == "profit"))
    share = np.broadcast_to(-theirs.amounts[:, 1:].sum(axis=0), whole.shape)
    rows = pd.DataFrame({"entity": group.name, "share": ["owners", "minority"]})
    return Statement(rows, np.stack([whole - share, share]), income.periods, income.digits)


def _differences(missed: Books, cash: Books, scene: Scene, like: Ledger) -> Statement:
    """What did not match, by name and pair: balances added up to the month's end."""
    unmatched = cash.of(cash.lines["movement"] == scene.accounts.unmatched_cash)
    pair = [sorted(both) for both in zip(unmatched.lines["entity"], unmatched.lines["partner"], strict=True)]
    lines = unmatched.lines.assign(entity=[one for one, _ in pair], partner=[other for _, other in pair], account="cash", movement=FLOW)
    stands = np.where((missed.lines["movement"] == STANDS).to_numpy(bool)[:, None, None], missed.amounts.cumsum(axis=1), missed.amounts)
    every = add_books([Books(missed.lines, stands), Books(lines, unmatched.amounts)])
    keys, sums = sums_by(every.lines, every.amounts, ["account", "entity", "partner"])
    return Statement(keys.rename(columns={"account": "name"}), sums[:, 1:], like.periods, like.digits)


# What must hold


def check_consolidation(made: Consolidation, layout: Layout) -> list[Check]:
    """What ties a consolidation, over every month and draw: its statements (columns and consolidated), eliminations that net to zero,
    columns that add up to the whole, owners and minority that make the profit, and no dealing without a rule."""
    eliminated = made.columns.closed.of(made.columns.closed.lines["layer"] == ELIMINATION)
    stands = eliminated.of(~layout.is_flow(eliminated.lines) & (eliminated.lines["event"] != "closing"))
    flows = eliminated.of(layout.is_flow(eliminated.lines))
    net = stands.amounts.sum(axis=0) + flows.amounts.sum(axis=0)
    tied = [Check(f"columns_{check.name}", check.passed, check.said) for check in check_statements(made.columns, layout)]
    ties = check_statements(made.consolidated, layout, made.rounding)
    whole = [Check(f"consolidated_{check.name}", check.passed, check.said) for check in ties]
    return [
        *(check for check in tied if check.name != "columns_direct_equals_indirect"),
        *whole,
        _nothing("eliminations_net_to_zero", net),
        _nothing("owners_and_minority_make_the_profit", _owners_miss(made, layout)),
        *(_adds_up(name, getattr(made.columns, name), getattr(made.consolidated, name)) for name in ("income", "sheet", "direct")),
        Check("dealings_have_rules", made.unruled.empty, f"{len(made.unruled)} ≠ 0" if len(made.unruled) else "0"),
    ]


def _owners_miss(made: Consolidation, layout: Layout) -> np.ndarray:
    """What the owners' profit differs by from what comes on the year's result in the consolidated sheet."""
    closed = made.consolidated.closed
    chosen = (closed.lines["account"] == layout.year_result) & closed.lines["movement"].isin(["profit", "minority"])
    owners = (made.profit.rows["share"] == "owners").to_numpy(bool)
    return closed.amounts[chosen.to_numpy(bool)].sum(axis=0) + made.profit.amounts[owners].sum(axis=0)


def _adds_up(name: str, columns: Statement, whole: Statement) -> Check:
    """The columns of a statement add up to the consolidated one, line by line."""
    rows = pd.concat([columns.rows[["account"]], whole.rows[["account"]]], ignore_index=True)
    _, gaps = sums_by(rows, np.concatenate([columns.amounts, -whole.amounts]), ["account"])
    return _nothing(f"{name}_columns_add_up", gaps)


def _nothing(name: str, gaps: np.ndarray) -> Check:
    worst = float(from_minor(np.abs(gaps).max(initial=0), 2))
    return Check(name, not gaps.any(), f"{' × '.join(map(str, gaps.shape))}: Δ {worst:,.2f}")


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise RequestError("consolidation", problems)


def _entity_problems(ledger: Ledger, opening: pd.DataFrame, group: Group) -> list[Problem]:
    known = set(group.entities["code"])
    used = set(ledger.lines["entity"]) | set(opening["entity"])
    found = [Problem("unknown entity", "ledger", name, next="a row in entities") for name in sorted(used - known)]
    nameless = group.entities[group.entities["currency"].isna() | (group.entities["currency"] == "")]
    return found + [Problem("no currency", "entities", code) for code in nameless["code"]]


def _draw_problems(ledger: Ledger, rates: pd.DataFrame, stocks: GroupStock | None) -> list[Problem]:
    """Ledger, rates and stocks have as many draws, or one that holds in all."""
    drawn = {"ledger": ledger.draws, "rates": rates["draw"].nunique() if "draw" in rates else 1}
    arrays = {} if stocks is None else {"stock values": stocks.values, "stock margins": stocks.margins}
    drawn |= {name: np.shape(array)[2] for name, array in arrays.items() if np.ndim(array) == 3}
    if len(set(drawn.values()) - {1}) <= 1:
        return []
    return [Problem("other draws", got=", ".join(f"{name} {count}" for name, count in drawn.items()), expected="as many in all, or 1")]


def _account_problems(group: Group, layout: Layout) -> list[Problem]:
    missing = [Problem(f"missing column {name}", "dealings") for name in DEALINGS if name not in group.dealings]
    if missing:
        return missing
    accounts = {name: value for name, value in vars(group.accounts).items() if name not in ("capital", "investments", "unmatched_cash")}
    leaves = [(f"group accounts, {name}", code) for name, code in accounts.items()]
    leaves += [("dealings, rest", code) for code in group.dealings["rest"]]
    nodes = [*group.accounts.capital, group.accounts.investments, *group.dealings[["ours", "theirs"]].fillna("").to_numpy().ravel()]
    found = [Problem("not an account with rows", where, str(code)) for where, code in leaves if not _is_leaf(code, layout)]
    found += [Problem("unknown account", "group", code) for code in dict.fromkeys(filter(None, nodes)) if code not in layout.tree]
    return found or [*_twice_problems(group, layout), *_given_problems(group, layout)]


def _twice_problems(group: Group, layout: Layout) -> list[Problem]:
    """Accounts that two dealings would take out."""
    rules = group.dealings.fillna("")
    named = [sorted(layout.leaves(*filter(None, {rule.ours, rule.theirs}))) for rule in rules.itertuples()]
    every = pd.Series([account for accounts in named for account in accounts], dtype=object)
    return [Problem("an account in two dealings", "dealings", account) for account in sorted(set(every[every.duplicated()]))]


def _given_problems(group: Group, layout: Layout) -> list[Problem]:
    """Rows of acquired and historical equity that are none."""
    found, equity = [], layout.leaves(layout.equity)
    for name, table in (("acquired", group.acquired), ("historical", group.historical)):
        rows = [] if table is None else table[["entity", "account", "amount"]].itertuples(index=False)
        for entity, account, amount in rows:
            if entity not in set(group.entities["code"]) or account not in equity or not np.isfinite(amount):
                found.append(Problem("wrong row", name, f"{entity} {account} {amount}", "an entity, an account of equity, a finite number"))
    return found


def _is_leaf(code: str, layout: Layout) -> bool:
    return code in layout.tree and not layout.tree.is_total(code) and code in layout.sides


def _stock_problems(stocks: GroupStock | None, group: Group, ledger: Ledger, layout: Layout) -> list[Problem]:
    if stocks is None:
        return []
    missing = [Problem(f"missing column {c}", "stocks") for c in ("seller", "buyer", "account", "tax", "opening") if c not in stocks.rows]
    if missing:
        return missing
    known = set(group.entities["code"])
    found = [Problem("unknown entity", "stocks", name) for name in sorted({*stocks.rows["seller"], *stocks.rows["buyer"]} - known)]
    found += [Problem("not an account with rows", "stocks", code) for code in stocks.rows["account"] if not _is_leaf(code, layout)]
    shape = (len(stocks.rows), len(ledger.periods))
    for name, array in (("values", stocks.values), ("margins", stocks.margins)):
        if np.shape(array)[:2] != shape or np.ndim(array) not in (2, 3) or not np.isfinite(array).all():
            said = " × ".join(map(str, np.shape(array)))
            found.append(Problem(f"wrong {name}", "stocks", said, f"finite numbers, {shape[0]} rows × {shape[1]} periods (× draws)"))
    return found
