"""Scarce money shared among departments, campaigns and projects: by what its last unit brings back, beside the plain proportional cut.

What money is worth is never made up. Campaigns: the company's own measured response curves (`campaign_pieces`). Projects: their expected
net present value (`project_pieces`). Departments: what the controller says in the driver `marginal_value`, with owner and source
(`declared_values`). Every value is net, what comes back less what is spent, so that money left over is worth itself: a piece that
brings back less than it costs is not granted while it can be left. Money of which nobody has said what it is worth can't be
compared: it takes the plain cut, and only what has a value is shared by value.

The values differ in kind: a year's contribution, a present value, a controller's word. The page says which is which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.drivers import Driver, Entry
from planning.core.errors import Problem, did_you_mean
from planning.core.money import from_minor, round_parts, to_minor
from planning.model.allocation import allocate
from planning.model.history import raise_problems
from planning.model.ranges import is_number

DRIVER = "marginal_value"
PIECES = ["unit", "piece", "kind", "amount", "value", "source"]
QUARTERS = 4
"""A response curve is that of a quarter; a year is four such quarters."""
WAYS = {"proportional": "plain_granted", "by_value": "granted", "value": "value", "plain_value": "plain_value", "next": "next"}
"""What is told of each way, and the columns of model.allocation that tell it."""
NO_PIECES = pd.DataFrame(columns=PIECES).astype({"amount": float, "value": float})


@dataclass(frozen=True)
class Shared:
    """Both ways of sharing.

    `units`: unit, request, kept (can't be cut), proportional, by_value, difference (by value − proportional), value and plain_value
    (net, of what has one), next (net value per unit of the first money that is cut; missing where none is), basis (curves, npv,
    declared, or empty where nobody said a value). `funds`: to be shared; `asked`: in all; `lacking`: by how much
    what can't be cut exceeds the funds: above 0 nothing can be shared, and all amounts of both ways are missing.
    """

    units: pd.DataFrame
    funds: float
    asked: float
    lacking: float = 0.0

    @property
    def is_valued(self) -> bool:
        """Whether anything that is asked for has a value."""
        return bool((self.units["basis"] != "").any())

    @property
    def is_scarce(self) -> bool:
        """Whether more is asked for than there is."""
        return self.asked > self.funds

    @property
    def lost(self) -> float:
        """The value that the plain cut loses against sharing by value; missing where nothing has a value."""
        found = self.units["value"].sum() - self.units["plain_value"].sum()
        return float(found) if self.is_valued and not self.lacking else np.nan


def share_scarce(requests: pd.Series, kept: pd.Series, pieces: pd.DataFrame, funds: float) -> Shared:
    """The funds shared both ways, exact to the cent.

    `requests`: unit → amount of a year; `kept`: unit → what can't be cut, at most the request counts; `pieces`: PIECES, what parts of
    requests are worth (tranches, net), and projects, which are units of their own beside the requests. Of a unit's tranches the best
    are taken to be in what it keeps; what its tranches don't reach has no value. A request of 0 or below (an income) isn't cut and
    adds to what there is. RequestError with everything wrong.
    """
    raise_problems("scarce money", _problems(requests, kept, pieces, funds))
    asked = requests[requests > 0].sort_index()
    floor = np.minimum(kept.reindex(asked.index).fillna(0.0).clip(lower=0.0), asked).round(2)
    limit = _cents(funds) - _cents(requests[requests <= 0].sum())
    projects = pieces[pieces["kind"] == "project"]
    every = pd.concat([requests, projects.set_index("unit")["amount"]]).astype(float)
    table = pd.DataFrame({"request": every, "kept": floor}).assign(**dict.fromkeys(WAYS, np.nan))
    told = float(funds), _cents(every.sum()) / 100
    lacking = _cents(floor.sum()) - limit
    if lacking > 0:
        return Shared(_told(table, pieces), *told, lacking / 100)
    valued = _at_stake(asked, floor, pieces[pieces["kind"] == "tranche"])
    base = _with_plain_rest(asked, floor, valued, projects, limit)
    if not base.empty or not projects.empty:
        rows = pd.concat([part[PIECES[:5]] for part in (base, valued, projects) if len(part)], ignore_index=True)
        units = allocate(rows, limit / 100).units.set_index("unit")
        table = table.assign(**{way: units[column] for way, column in WAYS.items()})
    incomes = table["request"] <= 0
    table.loc[incomes, ["proportional", "by_value"]] = table.loc[incomes, "request"]
    return Shared(_told(table, pieces), *told)


def _told(table: pd.DataFrame, pieces: pd.DataFrame) -> pd.DataFrame:
    """The units with the difference of both ways and where their value comes from; the largest request first."""
    basis = pieces.drop_duplicates("unit").set_index("unit")["source"]
    table = table.assign(difference=(table["by_value"] - table["proportional"]).round(2) + 0.0, kept=table["kept"].fillna(0.0))
    table["basis"] = pd.Series(table.index.map(basis), index=table.index, dtype=object).fillna("")
    without = table["basis"] == ""
    table = table.assign(**{column: table[column].mask(without) for column in ("value", "plain_value", "next")})
    columns = ["request", "kept", "proportional", "by_value", "difference", "value", "plain_value", "next", "basis"]
    return table[columns].rename_axis("unit").reset_index().sort_values("request", ascending=False, kind="stable", ignore_index=True)


def _at_stake(asked: pd.Series, floor: pd.Series, tranches: pd.DataFrame) -> pd.DataFrame:
    """The tranches that lie between what a unit keeps and what it asks for, the best taken first; others are left out."""
    rows = tranches[tranches["unit"].isin(asked.index)].assign(rate=lambda table: table["value"] / table["amount"])
    rows = rows.sort_values(["unit", "rate", "piece"], ascending=[True, False, True], kind="stable")
    reach = rows["amount"].groupby(rows["unit"]).cumsum()
    begins, ends = (edge.clip(rows["unit"].map(floor), rows["unit"].map(asked)) for edge in (reach - rows["amount"], reach))
    size = (ends - begins).round(2)
    return rows.assign(amount=size, value=size * rows["rate"])[size > 0]


def _with_plain_rest(
    asked: pd.Series, floor: pd.Series, valued: pd.DataFrame, projects: pd.DataFrame, limit: int
) -> pd.DataFrame:
    """What each unit has before anything is shared by value, as floors: what it keeps, and the plain cut of what nobody valued."""
    covered = valued.groupby("unit")["amount"].sum().reindex(asked.index).fillna(0.0)
    rest = (asked - floor - covered).round(2).clip(lower=0.0)
    above, wanted = limit - _cents(floor.sum()), _cents((asked - floor).sum()) + _cents(projects["amount"].sum())
    share = min(1.0, above / wanted) if wanted else 0.0
    parts = rest.to_numpy() * share
    granted = from_minor(round_parts(parts, min(int(np.floor(parts.sum() * 100 + 1e-6)), above)) if len(parts) else [], 2)
    amount = (floor.to_numpy() + granted).round(2)
    base = pd.DataFrame({"unit": asked.index, "piece": [f"{unit}: kept" for unit in asked.index], "kind": "floor", "amount": amount})
    return base.assign(value=0.0)


def _cents(amount: float) -> int:
    return int(to_minor([amount], 2)[0])


# --------------------------------------------------------------------------------------------------- where values come from


def campaign_pieces(unit: str, curves: pd.DataFrame) -> pd.DataFrame:
    """What campaigns bring back beyond what they cost, in a year, as tranches of one unit.

    `curves`: code, spend and amount (a quarter's contribution) of each channel, and seen (plan.channels.Study.curves): spend beyond what
    once was spent in a quarter isn't believed. Where medians of draws bend upwards the straight line above them is taken.
    """
    parts = [_tranches(unit, code, curve[curve["seen"]]) for code, curve in curves.groupby("code", sort=True)]
    return pd.concat(parts, ignore_index=True) if parts else NO_PIECES


def _tranches(unit: str, code: str, curve: pd.DataFrame) -> pd.DataFrame:
    points = _hull(curve["spend"].to_numpy("float64"), curve["amount"].to_numpy("float64"))
    points = points[np.unique(np.linspace(0, len(points) - 1, 9).astype(int))]  # chords of a concave curve are concave
    steps = np.diff(np.vstack([[0.0, 0.0], points[points[:, 0] > 0]]), axis=0) * QUARTERS
    amount = steps[:, 0].round(2)
    table = pd.DataFrame({"amount": amount, "value": steps[:, 1] - amount})
    named = table.assign(unit=unit, piece=[f"{unit}, {code} {place}" for place in range(1, len(table) + 1)])
    return named.assign(kind="tranche", source="curves")[PIECES][amount > 0]


def _hull(spend: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """The corners of the least concave curve from nothing over the points."""
    kept = [(0.0, 0.0)]
    for point in sorted(zip(spend[spend > 0], amount[spend > 0], strict=True)):
        while len(kept) > 1 and _slope(kept[-2], kept[-1]) <= _slope(kept[-1], point):
            kept.pop()
        kept.append(point)
    return np.array(kept)


def _slope(one: tuple[float, float], other: tuple[float, float]) -> float:
    return (other[1] - one[1]) / (other[0] - one[0])


def project_pieces(projects: pd.DataFrame) -> pd.DataFrame:
    """Projects, all or nothing, each a unit of its own: `projects` has project, need (capital) and npv (expected), as
    plan.projects.Study.projects. One that needs no capital has nothing to ask for and is left out."""
    rows = projects.astype({"need": float, "npv": float}).loc[lambda table: table["need"] >= 0.01]
    table = pd.DataFrame({"unit": rows["project"], "piece": rows["project"], "amount": rows["need"].round(2), "value": rows["npv"]})
    return table.assign(kind="project", source="npv")[PIECES].reset_index(drop=True)


def declared_values(drivers: Iterable[Driver], units: Iterable[str], period: pd.Timestamp) -> pd.DataFrame:
    """What the controller says a unit of money brings back: unit, rate (gross), source, owner; units of which nobody says it have no row.

    The entry that names the unit goes before one for all, and among equals the later one in force at `period`.
    """
    driver = next((one for one in drivers if one.name == DRIVER), None)
    found = [(unit, _in_force(driver.entries, unit, period)) for unit in units] if driver else []
    rows = [{"unit": unit, "rate": entry.value, "source": entry.source, "owner": driver.owner} for unit, entry in found if entry]
    return pd.DataFrame(rows, columns=["unit", "rate", "source", "owner"])


def _in_force(entries: Iterable[Entry], unit: str, period: pd.Timestamp) -> Entry | None:
    first = pd.Timestamp.min
    about = [entry for entry in entries if dict(entry.where) in ({}, {"cost_centre": unit}) and (entry.first or first) <= period]
    return max(about, key=lambda entry: (len(entry.where), entry.first or first), default=None)


def declared_pieces(values: pd.DataFrame, requests: pd.Series) -> pd.DataFrame:
    """One tranche a unit, its whole request at the declared rate, net of what is spent. `values`: unit, rate."""
    rows = values[values["unit"].map(requests).fillna(0.0) > 0]
    amount = rows["unit"].map(requests).astype(float)
    table = pd.DataFrame({"unit": rows["unit"], "piece": rows["unit"], "amount": amount, "value": amount * (rows["rate"] - 1)})
    return table.assign(kind="tranche", source="declared")[PIECES].reset_index(drop=True)


# ------------------------------------------------------------------------------------------------------- what's wrong


def _problems(requests: pd.Series, kept: pd.Series, pieces: pd.DataFrame, funds: float) -> list[Problem]:
    problems = [] if is_number(funds) else [Problem("wrong amount", "funds", repr(funds), "a finite number")]
    for name, series in {"requests": requests, "kept": kept}.items():
        problems += [Problem("wrong amount", f"{name}, {unit}", repr(amount), "a finite number")
                     for unit, amount in series.items() if not is_number(amount)]  # fmt: skip
        problems += [Problem("told twice", f"{name}, {unit}") for unit in series.index[series.index.duplicated()].unique()]
    missing = [column for column in PIECES if column not in pieces.columns]
    if missing:
        return problems + [Problem(f"missing column {column}", "pieces") for column in missing]
    strange = [unit for unit in pieces.loc[pieces["kind"] == "tranche", "unit"].unique() if unit not in requests.index]
    problems += [Problem("a value of what nobody asks for", f"pieces, {unit}", next=did_you_mean(str(unit), map(str, requests.index)))
                 for unit in strange]  # fmt: skip
    shared = set(pieces.loc[pieces["kind"] == "project", "unit"]) & set(requests.index)
    problems += [Problem("a project named like a unit", f"pieces, {unit}") for unit in sorted(shared)]
    twice = pieces.loc[pieces["piece"].duplicated(), "piece"]
    problems += [Problem("told twice", f"pieces, {piece}") for piece in twice]
    finite = pieces[["amount", "value"]].map(is_number).all(axis=1) & pieces["kind"].isin(["tranche", "project"])
    return problems + [Problem("wrong piece", f"pieces, {piece}", expected="a tranche or project with amount and value")
                       for piece in pieces.loc[~finite, "piece"]]  # fmt: skip
