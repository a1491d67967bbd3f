"""The planned ledger: what is planned to happen, posted by rules, so that debits equal credits in every month and draw.

A rule says which measure of which events is debited and credited where, as the posting rules of a company's own books do. Both
sides come from one measure that is rounded to the cent once, so a posting balances exactly. Amounts are whole cents (int64)
from here on: their sums are the same in any order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse

from planning.core.accounts import AccountTree
from planning.core.checks import Check
from planning.core.errors import Problem, RequestError, at_most, did_you_mean
from planning.core.money import LARGEST, from_minor
from planning.core.periods import month_range, month_text, months_between

LINE = ["entity", "cost_centre", "account", "partner", "movement", "event"]
NOT_SAID = {"cost_centre": "unassigned", "partner": "none", "movement": "none"}
"""What stands on a line where a rule says nothing."""
SIDES = {"debit": 1, "credit": -1}
RULE = ["event", "measure", *(f"{side}_{name}" for side in SIDES for name in ("account", *NOT_SAID))]
NAMED = re.compile(r"\{(\w+)\}")
EXACT = "finite numbers small enough to be exact"


@dataclass(frozen=True)
class Ledger:
    """Planned postings, debits positive.

    `lines`: one row a posting line: entity, cost_centre, account, partner (counterparty entity, "none"), movement (of a balance-sheet
    account: opening, addition, depreciation …; of a cash account: the line of the direct cash flow), event (what it comes from).
    `amounts`: lines × periods × draws, whole cents (int64) of the entity's functional currency: `units` gives them as money;
    `periods`: months, without gaps. A line is there once. `digits`: decimal places of what is called a cent here.
    """

    lines: pd.DataFrame
    amounts: np.ndarray
    periods: pd.DatetimeIndex
    digits: int = 2

    @property
    def draws(self) -> int:
        """How many draws there are; 1 where nothing is drawn."""
        return self.amounts.shape[2]

    @property
    def units(self) -> np.ndarray:
        """The amounts as money: float units."""
        return from_minor(self.amounts, self.digits)

    def of(self, chosen) -> Ledger:
        """The chosen lines alone; `chosen`: a truth value for each line."""
        chosen = np.asarray(chosen, bool)
        return Ledger(self.lines[chosen].reset_index(drop=True), self.amounts[chosen], self.periods, self.digits)


@dataclass(frozen=True)
class Events:
    """Planned events of one kind: who and what, and how much in each month and draw.

    `rows`: key columns, entity among them, and whatever the rules name in braces. `measures`: by name an array rows × periods ×
    draws in units of the entity's currency; rows × periods, or a single draw, holds in every draw.
    """

    rows: pd.DataFrame
    measures: Mapping[str, np.ndarray] = field(default_factory=dict)


def stacked(*parts: np.ndarray) -> np.ndarray:
    """Values of several lots of rows one below the other, rows × periods × draws; what isn't drawn is the same in every draw."""
    draws = max(part.shape[2] for part in parts)
    return np.concatenate([np.broadcast_to(part, (*part.shape[:2], draws)) for part in parts])


def sums_by(rows: pd.DataFrame, amounts: np.ndarray, by: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """The groups of rows that agree in `by`, in sorted order, and the sums of their amounts along the first axis."""
    by = list(by)
    group = rows.groupby(by, sort=True, dropna=False, observed=True).ngroup().to_numpy()
    count = int(group.max()) + 1 if len(group) else 0
    keys = rows[by].assign(group=group).drop_duplicates("group").sort_values("group")[by].reset_index(drop=True)
    if count == len(group):
        return keys, amounts[np.argsort(group, kind="stable")]
    flat = amounts.reshape(len(group), int(np.prod(amounts.shape[1:])))
    adds = sparse.csr_array((np.ones(len(group), amounts.dtype), (group, np.arange(len(group)))), shape=(count, len(group)))
    return keys, np.asarray(adds @ flat).reshape(count, *amounts.shape[1:])


def no_postings(periods: pd.DatetimeIndex, draws: int = 1, digits: int = 2) -> Ledger:
    """A ledger without lines."""
    return Ledger(pd.DataFrame(columns=LINE, dtype=object), np.zeros((0, len(periods), draws), np.int64), periods, digits)


def add_ledgers(ledgers: Sequence[Ledger]) -> Ledger:
    """Ledgers of the same months as one, equal lines added up; a ledger with one draw holds in every draw.

    Raises RequestError where months, digits or numbers of draws differ, or there is no ledger.
    """
    _refuse("ledgers", _unlike(ledgers))
    amounts = stacked(*(ledger.amounts for ledger in ledgers))
    lines, summed = sums_by(pd.concat([ledger.lines[LINE] for ledger in ledgers], ignore_index=True), amounts, LINE)
    return Ledger(lines, summed, ledgers[0].periods, ledgers[0].digits)


def _unlike(ledgers: Sequence[Ledger]) -> list[Problem]:
    if not ledgers:
        return [Problem("nothing to add up", expected="one ledger at least")]
    shapes = {(tuple(ledger.periods), ledger.digits) for ledger in ledgers}
    draws = sorted({ledger.draws for ledger in ledgers} - {1})
    months = Problem("other months or digits", got=f"{len(shapes)} kinds", expected="the same in all")
    drawn = Problem("other draws", got=", ".join(map(str, draws)), expected="as many in all, or 1")
    return [months] * (len(shapes) > 1) + [drawn] * (len(draws) > 1)


# Posting


def post(
    events: Mapping[str, Events],
    rules: pd.DataFrame,
    tree: AccountTree,
    sides: Mapping[str, int],
    periods: pd.DatetimeIndex,
    digits: int = 2,
) -> Ledger:
    """The ledger that the events come to by the rules.

    `rules`: event, measure, and debit_ and credit_ account, cost_centre, partner, movement, texts in which {name} stands for the
    event's column of that name: "6001{number}1"; an empty cell but an account's says nothing (NOT_SAID). Each event's measure is
    rounded to the cent; a negative one is a red entry. A row without any amount posts nothing and needs no account. A rule whose
    event isn't planned waits; events without a rule would be lost and are refused. `sides`: core.sides.
    Raises RequestError with every problem: missing columns, unfilled templates, accounts that are unknown, totals or on neither
    side, measures that are missing, misshapen or not finite. Example: net 100.004 by 1122 / 6001 is +100.00 and −100.00.
    """
    _refuse("posting", [*_rule_problems(rules), *_period_problems(periods)])
    rules = rules[RULE].fillna("").astype(str).reset_index(drop=True)
    shape = (len(periods), _draws(events))
    _refuse("posting", [problem for name, each in sorted(events.items()) for problem in _event_problems(name, each, rules, shape)])
    known = {code for code in sides if code in tree and not tree.is_total(code) and tree.accounts.at[code, "kind"] != "statistical"}
    parts = [part for rule in rules[rules["event"].isin(list(events))].itertuples(index=False) for part in _sided(rule, events, digits)]
    filled = [pd.DataFrame(part.where) for part in parts]
    _refuse("posting", at_most(_line_problems(parts, filled, tree, known)))
    return _summed(parts, filled, periods, shape, digits)


@dataclass(frozen=True)
class _Part:
    """One side of one rule: where each moved row lands, and the measure it moves by."""

    rule: str
    where: dict[str, np.ndarray]
    measure: np.ndarray
    moved: np.ndarray
    sign: int

    def cents(self, digits: int) -> np.ndarray:
        """The moved rows of the measure, signed, in whole cents."""
        return np.rint(self.measure[self.moved] * (self.sign * 10.0**digits)).astype(np.int64)


def _draws(events: Mapping[str, Events]) -> int:
    sizes = [np.shape(array)[2] for each in events.values() for array in each.measures.values() if np.ndim(array) == 3]
    return max(sizes, default=1)


def _sided(rule, events: Mapping[str, Events], digits: int) -> list[_Part]:
    """Both sides of a rule for the rows that have an amount."""
    rows, measure = events[rule.event].rows, np.asarray(events[rule.event].measures[rule.measure], float)
    measure = measure if measure.ndim == 3 else measure[:, :, None]
    moved = np.array([np.rint(row * 10.0**digits).any() for row in measure], bool)
    rows = rows[moved]
    made = []
    for side, sign in SIDES.items() if moved.any() else ():
        where = {name: _filled(rows, getattr(rule, f"{side}_{name}"), NOT_SAID.get(name, "")) for name in ("account", *NOT_SAID)}
        where |= {"entity": rows["entity"].astype(str).to_numpy(object), "event": np.full(len(rows), rule.event, object)}
        made.append(_Part(f"rules, {rule.event} {rule.measure}, {side}", where, measure, moved, sign))
    return made


def _filled(rows: pd.DataFrame, pattern: str, instead: str) -> np.ndarray:
    """A template with the rows' columns in place of their names; `instead` where nothing comes of it, a mark where a column is empty."""
    parts = NAMED.split(pattern)
    text = np.full(len(rows), parts[0], object)
    for name, after in zip(parts[1::2], parts[2::2], strict=True):
        column = rows[name]
        empty = column.isna() | (column == "")
        text = text + np.where(empty, "" if instead else f"{{{name}}}", column.astype(str)) + after
    return np.where(text == "", instead, text).astype(object)


def _summed(parts: list[_Part], filled: list[pd.DataFrame], periods: pd.DatetimeIndex, shape: tuple, digits: int) -> Ledger:
    """Every part added onto its lines, one part after the other: no more than the ledger and one measure is held at a time."""
    if not parts:
        return no_postings(periods, shape[1], digits)
    every = pd.concat(filled, ignore_index=True)[LINE]
    group = every.groupby(LINE, sort=True).ngroup().to_numpy()
    lines = every.assign(group=group).drop_duplicates("group").sort_values("group")[LINE].reset_index(drop=True)
    amounts = np.zeros((len(lines), *shape), np.int64)
    ends = np.cumsum([len(where) for where in filled])
    for part, at in zip(parts, np.split(group, ends[:-1]), strict=True):
        keys, sums = sums_by(pd.DataFrame({"at": at}), part.cents(digits), ["at"])
        amounts[keys["at"].to_numpy()] += sums
    return Ledger(lines, amounts, periods, digits)


def _refuse(subject: str, problems: list[Problem]) -> None:
    if problems:
        raise RequestError(subject, problems)


def _rule_problems(rules: pd.DataFrame) -> list[Problem]:
    missing = [Problem(f"missing column {column}", "rules") for column in RULE if column not in rules]
    if missing:
        return missing
    needed = ["event", "measure", "debit_account", "credit_account"]
    empty = rules[needed].isna() | (rules[needed] == "")
    return [Problem(f"no {column}", f"rules, row {row}") for row, column in empty.stack().loc[lambda said: said].index]


def _period_problems(periods: pd.DatetimeIndex) -> list[Problem]:
    if len(periods) and list(periods) == list(month_range(periods[0], len(periods))) and periods[0].day == 1:
        return []
    return [Problem("wrong periods", got=str(list(periods)[:3]), expected="first days of months without a gap, one at least")]


def _event_problems(name: str, events: Events, rules: pd.DataFrame, shape: tuple[int, int]) -> list[Problem]:
    """What is wrong with the events of one kind: columns, shapes, amounts."""
    own = rules[rules["event"] == name]
    if own.empty:
        return [Problem("no rule posts these events", name, next=did_you_mean(name, set(rules["event"])))]
    named = {each for side in SIDES for part in ("account", *NOT_SAID) for text in own[f"{side}_{part}"] for each in NAMED.findall(text)}
    missing = [column for column in sorted({"entity", *named}) if column not in events.rows]
    found = [Problem(f"missing column {column}", name, next=did_you_mean(column, events.rows.columns)) for column in missing]
    if not missing and (events.rows["entity"].isna() | (events.rows["entity"] == "")).any():
        found.append(Problem("no entity", name))
    for measure in own["measure"].unique():
        found += _measure_problems(f"{name}, {measure}", events.measures.get(measure), len(events.rows), shape)
    return found


def _measure_problems(where: str, measure, rows: int, shape: tuple[int, int]) -> list[Problem]:
    if measure is None:
        return [Problem("missing measure", where)]
    measure = np.asarray(measure)
    allowed = [(rows, shape[0]), (rows, shape[0], 1), (rows, *shape)]
    if measure.shape not in allowed or measure.dtype.kind not in "fiu":
        said = " × ".join(map(str, measure.shape)) + f" of {measure.dtype}"
        return [Problem("wrong shape", where, said, f"numbers, {rows} rows × {shape[0]} periods (× {shape[1]} draws)")]
    exact = np.abs(measure) * 1000.0 < LARGEST
    if exact.all():
        return []
    first = tuple(np.argwhere(~exact)[0])
    return [Problem("wrong amount", f"{where}, row {first[0]}", str(measure[first]), EXACT)]


def _line_problems(parts: list[_Part], filled: list[pd.DataFrame], tree: AccountTree, known: set[str]) -> list[Problem]:
    """What is wrong with where the parts land; one problem for each rule and side and text."""
    return [
        problem
        for part, where in zip(parts, filled, strict=True)
        for text in sorted(set(where["account"]) - known)
        for problem in [_account_problem(part.rule, text, tree, known)]
    ]


def _account_problem(rule: str, account: str, tree: AccountTree, known: set[str]) -> Problem:
    if NAMED.search(account):
        return Problem("unfilled template", rule, account, next="the event's column has an empty cell")
    if account not in tree:
        return Problem("unknown account", rule, account, next=did_you_mean(account, known, most=3))
    if tree.is_total(account):
        return Problem("an account that is a total", rule, account, "one that has no others below it")
    return Problem("an account on neither side", rule, account, "one that debits or credits raise; sides in company.yaml")


# Postings there are, and what must hold


def ledger_of(postings: pd.DataFrame, digits: int = 2) -> Ledger:
    """Postings that there are already (one draw) as a ledger, debits positive: the booked months beside the planned ones.

    `postings`: the columns of LINE (cost_centre, partner, movement, event may be missing or empty), period, amount in units.
    From the first month to the last; months without a posting are there with 0. Raises RequestError on missing columns, entities,
    accounts and periods, and on amounts that are not exact.
    """
    _refuse("postings", _posting_problems(postings))
    instead = NOT_SAID | {"event": "booked"}
    said = {name: said_or(postings, name, text) for name, text in instead.items()}
    lines = pd.DataFrame(said, index=postings.index).assign(entity=postings["entity"], account=postings["account"])
    first, last = postings["period"].min(), postings["period"].max()
    periods = month_range(first, months_between(first, last) + 1)
    at = periods.get_indexer(postings["period"])
    cents = np.rint(postings["amount"].to_numpy(float) * 10.0**digits).astype(np.int64)
    keys, sums = sums_by(lines.assign(at=at), cents, [*LINE, "at"])
    number = keys.groupby(LINE, sort=True).ngroup().to_numpy()
    amounts = np.zeros((number.max() + 1, len(periods), 1), np.int64)
    amounts[number, keys["at"].to_numpy(), 0] = sums
    return Ledger(keys[LINE].drop_duplicates().reset_index(drop=True), amounts, periods, digits)


def _posting_problems(postings: pd.DataFrame) -> list[Problem]:
    missing = [Problem(f"missing column {c}", "postings") for c in ("entity", "account", "period", "amount") if c not in postings]
    if missing or postings.empty:
        return missing or [Problem("no postings")]
    empty = (postings[["entity", "account", "period"]].isna() | (postings[["entity", "account", "period"]] == "")).any()
    found = [Problem(f"no {column}", "postings") for column in empty.index[empty]]
    amount = pd.to_numeric(postings["amount"], errors="coerce").to_numpy(float)
    if not (np.abs(amount) * 1000.0 < LARGEST).all():
        found.append(Problem("wrong amount", "postings", expected=EXACT))
    return found


def said_or(table: pd.DataFrame, column: str, instead: str):
    """A column with `instead` where it is empty; `instead` alone where there is no such column."""
    return table[column].where(table[column].notna() & (table[column] != ""), instead) if column in table else instead


def imbalances(ledger: Ledger) -> tuple[pd.DataFrame, np.ndarray]:
    """By entity (sorted) what debits exceed credits by, entities × periods × draws, in cents: 0 everywhere in a ledger of ours."""
    return sums_by(ledger.lines, ledger.amounts, ["entity"])


def check_ledger(ledger: Ledger) -> Check:
    """Debits equal credits by entity, month and draw; says how many were looked at, or the worst of those that miss."""
    entities, gaps = imbalances(ledger)
    said = f"{len(entities)} × {len(ledger.periods)} × {ledger.draws}"
    if not gaps.any():
        return Check("ledger_balances", True, f"{said}: Δ 0")
    worst = np.unravel_index(np.abs(gaps).argmax(), gaps.shape)
    where = f"{entities['entity'][worst[0]]}, {month_text(ledger.periods[worst[1]])}, {worst[2]}"
    size = from_minor(gaps[worst], ledger.digits)
    return Check("ledger_balances", False, f"{said}: {int((gaps != 0).sum())} ≠ 0; {where}: Δ {float(size):,.2f}")
