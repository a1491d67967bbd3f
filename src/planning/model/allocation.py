"""Scarce money shared among units (departments, projects) by what its last unit is worth, beside the plain proportional cut.

*Requests* are a table, one row a piece that is asked for: unit, piece (its name, once in the table), kind, amount, value (what the whole
piece is worth, in any one measure for all), and where there are such: alternatives (a name: of the projects that share it at most one
is taken) and requires (projects that must be taken with it, separated by commas). Kinds: `floor`, what is committed and can't be
cut; `tranche`, which may be granted in part, the first half worth half of the whole; `project`, all or nothing. A unit's request is the
sum of its pieces; of alternatives the largest counts. A concave value curve is a unit's tranches (`curve_tranches`).

The best sharing takes the projects that are worth most together with what the money left brings in the tranches
(`portfolio.choose_best`), and fills tranches from the highest value per unit down. Tranches of equal value per unit share what is left
in proportion to their size, leftover cents to the name first in the alphabet: units alike are treated alike. Of projects that are alike one
may have to go without; which one is told by the alphabet too, not by the order of rows. The proportional cut gives each unit its floor and
the same share of what it asked beyond; the unit uses that as best it can, and of a project cut in part it has nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from planning.core.errors import Problem, at_most, did_you_mean
from planning.core.money import from_minor, round_parts, to_minor
from planning.model.history import raise_problems
from planning.model.portfolio import Terms, choose_best
from planning.model.ranges import MOST, amount_problems, digit_problems, is_number

KINDS = ("floor", "tranche", "project")
COLUMNS = ("unit", "piece", "kind", "amount", "value")
LINKS = ("alternatives", "requires")


class Allocation(NamedTuple):
    """Both ways of sharing.

    `units`: unit, request, floor, granted, cut, value, last (value per unit of the last money granted above the floor), next (per unit of
    the first money cut from a tranche; missing where none is), and plain_granted, plain_cut, plain_value. `pieces`: the requests in
    their order with granted, plain_granted. `totals`: way (best, proportional), granted, left, value. `shadow_price`: what one more
    unit of money is worth with the same projects; 0 where money is left.
    """

    units: pd.DataFrame
    pieces: pd.DataFrame
    totals: pd.DataFrame
    shadow_price: float


def allocate(requests: pd.DataFrame, funds: float, digits: int = 2) -> Allocation:
    """The best sharing of the funds and the proportional cut, exact to the smallest unit.

    Raises RequestError with everything wrong; floors above the funds are one problem that names the units and what they lack.
    Example: 100 for two units that ask 100 each, worth 3 and 2 a unit: 100 and 0, worth 300; the cut gives 50 and 50, worth 250.
    """
    raise_problems("allocation", _problems(requests, funds, digits))
    asked = _asked(requests, digits)
    limit = int(to_minor([funds], digits)[0])
    raise_problems("allocation", _above_funds(asked, limit, digits))
    above = limit - int(asked.loc[asked["kind"] == "floor", "amount"].sum())
    best = _granted(asked, np.zeros(len(asked), dtype=int), np.array([above]))
    cut = _cut(asked, above)
    units, purse = np.unique(asked["unit"].to_numpy(str), return_inverse=True)
    plain = _granted(asked, purse, cut)
    told = asked.assign(best=best, plain=plain)
    table = _units(told, units, cut, digits)
    pieces = requests.reset_index(drop=True).assign(
        granted=from_minor(told["best"].sort_index(), digits), plain_granted=from_minor(told["plain"].sort_index(), digits)
    )
    totals = pd.DataFrame(
        {
            "way": ["best", "proportional"],
            "granted": from_minor([best.sum(), limit - above + cut.sum()], digits),
            "left": from_minor([limit - best.sum(), above - cut.sum()], digits),
            "value": [table["value"].sum(), table["plain_value"].sum()],
        }
    )
    return Allocation(table, pieces, totals, float(table["next"].clip(lower=0).max()) if table["next"].notna().any() else 0.0)


def curve_tranches(unit: str, points: Iterable[tuple[float, float]]) -> pd.DataFrame:
    """A value curve as tranches: `points`, amount and value in all, rising from (0, 0), which isn't among them.

    A curve that isn't concave (a later part worth more per unit than one before) is refused: its parts can't be chosen one by one.
    Example: "fire", [(100, 300), (150, 400)] → 100 worth 300, then 50 worth 100.
    """
    try:
        amounts, values = np.array([(0.0, 0.0), *points], dtype="float64").T
    except (TypeError, ValueError):
        raise_problems(f"value curve of {unit}", [Problem("wrong points", "points", repr(points), "pairs of amount and value")])
    steps, gains = np.diff(amounts).round(6), np.diff(values)
    raise_problems(f"value curve of {unit}", _curve_problems(amounts, steps, gains))
    names = [f"{unit} {place}" for place in range(1, len(amounts))]
    return pd.DataFrame({"unit": unit, "piece": names, "kind": "tranche", "amount": steps, "value": gains})


# ------------------------------------------------------------------------------------------------------------ sharing


def _asked(requests: pd.DataFrame, digits: int) -> pd.DataFrame:
    """The requests in smallest units, ordered by unit and piece; the index says where they stand in `requests`."""
    rows = requests.reset_index(drop=True).reindex(columns=[*COLUMNS, *LINKS])
    rows["amount"] = to_minor(rows["amount"].to_numpy("float64"), digits)
    rows = rows.astype({"unit": object, "piece": object, "kind": object, "value": float})
    rows["alternatives"] = rows["alternatives"].mask(rows["alternatives"].map(_empty).astype(bool), None)
    return rows.sort_values(["unit", "piece"])


def _requested(asked: pd.DataFrame) -> pd.Series:
    """What each unit asks for above its floor: the sum of its pieces, of alternatives the largest."""
    pieces = asked[asked["kind"] != "floor"]
    alone = pieces["alternatives"].where(pieces["alternatives"].notna(), pieces["piece"].map(lambda piece: ("", piece)))
    largest = pieces["amount"].groupby([pieces["unit"], alone]).max()
    return largest.groupby(level="unit").sum().reindex(np.unique(asked["unit"].to_numpy(str)), fill_value=0)


def _cut(asked: pd.DataFrame, above: int) -> np.ndarray:
    """The money of each unit above its floor when all are cut by the same share."""
    wanted = _requested(asked).to_numpy("float64")
    total = int(wanted.sum())
    return round_parts(wanted * (min(above, total) / max(total, 1)), min(above, total), digits=0)


def _granted(asked: pd.DataFrame, purse: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """What each piece gets when each purse has so much above the floors."""
    kind, amount = asked["kind"].to_numpy(str), asked["amount"].to_numpy()
    projects, tranches = np.flatnonzero(kind == "project"), np.flatnonzero(kind == "tranche")
    rates = asked["value"].to_numpy()[tranches] / amount[tranches]
    terms = Terms(purse[projects], *_links(asked.iloc[projects]), rates, amount[tranches].astype(float), purse[tranches])
    chosen = projects[choose_best(asked["value"].to_numpy()[projects], amount[projects], limits, terms)]
    granted = np.where(kind == "floor", amount, 0)
    granted[chosen] = amount[chosen]
    for number, limit in enumerate(limits):
        mine = purse[tranches] == number
        left = int(limit) - int(amount[chosen][purse[chosen] == number].sum())
        granted[tranches[mine]] = _filled(amount[tranches[mine]], rates[mine], left)
    return granted


def _filled(sizes: np.ndarray, rates: np.ndarray, left: int) -> np.ndarray:
    """Tranches filled from the highest value per unit down; those of equal value share what doesn't fill them all by size."""
    granted = np.zeros(len(sizes), dtype="int64")
    for rate in -np.unique(-rates[rates > 0]):
        alike = rates == rate
        whole = int(sizes[alike].sum())
        given = min(left, whole)
        granted[alike] = round_parts(sizes[alike] * (given / whole), given, digits=0)
        left -= given
    return granted


def _links(projects: pd.DataFrame) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, int], ...]]:
    """The alternatives and requirements of projects by their places."""
    place = {piece: at for at, piece in enumerate(projects["piece"])}
    groups = projects.assign(at=range(len(projects))).groupby("alternatives")["at"].agg(tuple)
    named = zip(projects["piece"], projects["requires"].map(_named), strict=True)
    return tuple(groups), tuple((place[piece], place[other]) for piece, others in named for other in others)


def _named(said) -> list[str]:
    return [name.strip() for name in said.split(",") if name.strip()] if isinstance(said, str) else []


def _units(told: pd.DataFrame, units: np.ndarray, cut: np.ndarray, digits: int) -> pd.DataFrame:
    """Unit by unit what was asked, granted and cut both ways, and what it is worth."""
    share = told["amount"].where(told["amount"] > 0, 1)
    told = told.assign(worth=told["value"] * _part(told, "best", share), plain_worth=told["value"] * _part(told, "plain", share))
    floor = told["amount"].where(told["kind"] == "floor", 0).groupby(told["unit"]).sum().to_numpy()
    request = floor + _requested(told).to_numpy()
    sums = told.groupby("unit")[["best", "worth", "plain_worth"]].sum()
    per_unit = told["value"] / share * 10**digits
    last = per_unit.where((told["kind"] != "floor") & (told["best"] > 0)).groupby(told["unit"]).min()
    after = per_unit.where((told["kind"] == "tranche") & (told["best"] < told["amount"])).groupby(told["unit"]).max()
    granted, plain = sums["best"].to_numpy(), floor + cut
    amounts = {"request": request, "floor": floor, "granted": granted, "cut": request - granted}
    ours = {"value": sums["worth"].to_numpy(), "last": last.to_numpy(), "next": after.to_numpy()}
    theirs = {"plain_granted": from_minor(plain, digits), "plain_cut": from_minor(request - plain, digits)}
    money = {name: from_minor(amount, digits) for name, amount in amounts.items()}
    return pd.DataFrame({"unit": units, **money, **ours, **theirs, "plain_value": sums["plain_worth"].to_numpy()})


def _part(told: pd.DataFrame, way: str, whole: pd.Series) -> pd.Series:
    """Which share of a piece was granted; a floor of nothing is had."""
    return (told[way] / whole).where(told["amount"] > 0, 1.0)


# ------------------------------------------------------------------------------------------------------- what's wrong


def _problems(requests, funds, digits) -> list[Problem]:
    """Everything wrong with the requests, each piece for itself, and with the funds."""
    if problems := digit_problems(digits):
        return problems
    problems = amount_problems(funds, "funds", digits) or ([Problem("wrong amount", "funds", str(funds), "0 or more")] if funds < 0 else [])
    if not isinstance(requests, pd.DataFrame):
        return [*problems, Problem("wrong type", "requests", type(requests).__name__, f"a table with {', '.join(COLUMNS)}")]
    missing = [column for column in COLUMNS if column not in requests.columns]
    if missing or requests.empty:
        return problems + [Problem(f"missing column {column}", "requests") for column in missing] + _nothing_asked(requests)
    rows = requests.reset_index(drop=True).reindex(columns=[*COLUMNS, *LINKS])
    found = [problem for row in rows.to_dict("records") for problem in _piece_problems(row, digits)]
    twice = rows.loc[rows["piece"].duplicated(), "piece"]
    found += [Problem("name used twice", f"piece {name}", expected="each piece once") for name in twice]
    return [*problems, *at_most(found or _link_problems(rows) + _too_much(rows, digits))]


def _nothing_asked(requests: pd.DataFrame) -> list[Problem]:
    return [Problem("no request", "requests", "no rows", "at least one")] if requests.empty else []


def _piece_problems(row: dict, digits: int) -> list[Problem]:
    where = f"piece {row['piece']}"
    names = [column for column in ("unit", "piece") if not isinstance(row[column], str) or not row[column]]
    problems = [Problem("nothing where a name is needed", f"{where}, {column}", repr(row[column]), "text") for column in names]
    if row["kind"] not in KINDS:
        problems.append(Problem("unknown kind", where, repr(row["kind"]), next=did_you_mean(str(row["kind"]), KINDS)))
    problems += amount_problems(row["amount"], f"{where}, amount", digits) or _too_little(row, where)
    if not is_number(row["value"]):
        problems.append(Problem("wrong value", where, repr(row["value"]), "a finite number, 0 where it is worth nothing"))
    strange = [column for column in LINKS if not _empty(row[column]) and not (row["kind"] == "project" and isinstance(row[column], str))]
    return problems + [Problem("wrong link", f"{where}, {column}", repr(row[column]), "text, on a project") for column in strange]


def _too_little(row: dict, where: str) -> list[Problem]:
    if row["amount"] > 0 or (row["amount"] == 0 and row["kind"] == "floor"):
        return []
    return [Problem("wrong amount", f"{where}, amount", str(row["amount"]), "more than 0, of a floor 0 or more")]


def _empty(value) -> bool:
    return value is None or value == "" or (isinstance(value, float) and np.isnan(value))


def _link_problems(rows: pd.DataFrame) -> list[Problem]:
    """Requirements that name no other project."""
    projects = set(rows.loc[rows["kind"] == "project", "piece"])
    pairs = [(piece, other) for piece, said in zip(rows["piece"], rows["requires"], strict=True) for other in _named(said)]
    return [
        Problem("not another project", f"piece {piece}, requires", repr(other), next=did_you_mean(other, projects - {piece}))
        for piece, other in pairs
        if other not in projects - {piece}
    ]


def _too_much(rows: pd.DataFrame, digits: int) -> list[Problem]:
    total = float(rows["amount"].sum())
    if total * 10**digits < MOST:
        return []
    return [Problem("wrong amount", "requests", f"{total:g} in all", "a sum small enough to be exact")]


def _above_funds(asked: pd.DataFrame, limit: int, digits: int) -> list[Problem]:
    """One problem where what is committed exceeds the funds, naming the units from the largest down."""
    floors = asked[asked["kind"] == "floor"].groupby("unit")["amount"].sum().sort_values(ascending=False, kind="stable")
    if (total := int(floors.sum())) <= limit:
        return []
    said = [f"{unit} {amount / 10**digits:,.{digits}f}" for unit, amount in floors[floors > 0].items()]
    named = ", ".join(said[:10]) + (f" and {len(said) - 10} more" if len(said) > 10 else "")
    got, funds, gap = (f"{amount / 10**digits:,.{digits}f}" for amount in (total, limit, total - limit))
    return [Problem(f"the floors exceed the funds by {gap}", named, got, f"at most {funds}", "raise the funds or release commitments")]


def _curve_problems(amounts: np.ndarray, steps: np.ndarray, gains: np.ndarray) -> list[Problem]:
    """What is wrong with a value curve: points that are missing, don't rise, or bend upwards."""
    if len(amounts) < 2:
        return [Problem("no point", "points", expected="at least one amount and value")]
    if not (np.isfinite(steps) & np.isfinite(gains)).all() or (steps <= 0).any():
        return [Problem("wrong points", "points", str(amounts[1:].tolist()), "finite numbers, each amount above 0 and the one before")]
    rates = gains / steps
    bent = np.flatnonzero(np.diff(rates) > 1e-9 * np.abs(rates).max())
    got = [f"{rates[at]:g} and then {rates[at + 1]:g} a unit" for at in bent]
    return [Problem("not concave", f"from {amounts[at + 1]:g}", said, "no more than before") for at, said in zip(bent, got, strict=True)]
