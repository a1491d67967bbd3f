"""What is used for years: projects that become assets, what else is spent on them, and depreciation of old and new to who has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.drivers import Driver
from planning.core.errors import Problem, RequestError, at_most
from planning.core.periods import month_text, months_after, months_between
from planning.model.chain.assets import completed, running_off, spent_evenly, straight_line
from planning.model.drivers import Drivers, Move
from planning.model.ledger import Events, stacked, sums_by
from planning.model.missed import LEAST, Missed
from planning.plan.chain.build import Wiring
from planning.plan.chain.meanings import measured
from planning.plan.chain.measured import RECENT, YEAR, lately

CELL = ["entity", "account"]


@dataclass(frozen=True)
class Projects:
    """Projects that aren't assets yet. `rows`: entity, project, kind, cost_centre (the sponsor's); `before`: rows, spent up to the last
    closed month; `spent`: rows × periods × 1, what is still to be; `ready`: rows, the number of the month in which each becomes an
    asset, from 0; beyond the plan where it doesn't in it."""

    rows: pd.DataFrame
    before: np.ndarray
    spent: np.ndarray
    ready: np.ndarray


NONE = pd.DataFrame({"entity": [], "project": [], "kind": [], "cost_centre": []}, dtype=object)


def open_projects(
    proposals: pd.DataFrame | None, flows: pd.DataFrame | None, centres: pd.DataFrame, as_of: pd.Timestamp, periods: int
) -> Projects:
    """The projects that are being built. `proposals`: project, sponsor, kind, amount, ready (a day, where it is known); `flows`: project,
    period, planned, amount (below 0: spent); `centres`: code, entity.

    What is left of the amount is spent as planned, and where nothing is planned at the pace so far. A project is ready on its day, else
    when all is spent. One on which nothing was spent and nothing is planned isn't known to be decided, and isn't here.
    """
    if proposals is None or flows is None or proposals.empty:
        return Projects(NONE, np.zeros(0), np.zeros((0, periods, 1)), np.zeros(0, int))
    paid = (-flows["amount"].where(flows["period"] <= as_of)).clip(lower=0.0)
    told = flows.assign(paid=paid, promised=(-flows["planned"].astype(float)).clip(lower=0.0))
    known = told[told["paid"] > 0].groupby("project")["paid"].agg(["sum", "count"]).reindex(proposals["project"]).fillna(0.0)
    before, count = known["sum"].to_numpy(), known["count"].to_numpy()
    left = np.maximum(proposals["amount"].to_numpy("float64") - before, 0.0)
    months = pd.date_range(months_after(as_of, 1), periods=periods, freq="MS")
    planned = told.pivot_table(index="project", columns="period", values="promised", aggfunc="sum")
    planned = planned.reindex(index=proposals["project"], columns=months).fillna(0.0).to_numpy()[:, :, None]
    pace = np.divide(before, count, out=np.zeros(len(before)), where=count > 0)
    is_planned = planned.any(axis=(1, 2))
    spent = np.where(is_planned[:, None, None], planned, spent_evenly(left, pace, periods))
    ready = _ready(proposals, spent, left * ~is_planned, as_of)
    decided = ((before > 0) & ((left > 0) | (ready > 0))) | is_planned
    rows = proposals.assign(cost_centre=proposals["sponsor"], entity=proposals["sponsor"].map(centres.set_index("code")["entity"]))
    return Projects(rows.loc[decided, NONE.columns].reset_index(drop=True), before[decided], spent[decided], ready[decided])


def _ready(proposals: pd.DataFrame, spent: np.ndarray, left: np.ndarray, as_of: pd.Timestamp) -> np.ndarray:
    """The month in which each is ready: its day's, else the last one in which something is spent; beyond the plan where more is left."""
    periods = spent.shape[1]
    last = periods - 1 - np.argmax(spent[:, ::-1, 0] > 0, axis=1)
    last = np.where(spent.any(axis=(1, 2)), last, -1)
    last = np.where(left - spent.sum(axis=(1, 2)) > 0.005, periods, last)
    day, first = proposals.get("ready", pd.Series(pd.NaT, proposals.index)), months_after(as_of, 1)
    said = [own if pd.isna(when) else months_between(first, when.replace(day=1)) for when, own in zip(day, last, strict=True)]
    return np.array(said, dtype=int)


def project_events(projects: Projects, drivers: Drivers, months: pd.DatetimeIndex) -> Events:
    """The event `projects`: `spent` on construction, and `completed`: what becomes an asset. The driver `ready_delay` moves the latter."""
    if projects.rows.empty:
        return Events(projects.rows, {"spent": projects.spent, "completed": projects.spent})
    delay = np.rint(drivers.values_of("ready_delay", projects.rows[["entity", "project"]], months)[:, 0, 0]).astype(int)
    whole = np.concatenate([projects.before[:, None, None], projects.spent], axis=1)  # the month before the plan holds all before it
    done = completed(whole, np.maximum(projects.ready + delay, 0) + 1)[:, 1:]
    return Events(projects.rows, {"spent": projects.spent, "completed": done})


def capex_events(drivers: Drivers, entities: Sequence[str], wiring: Wiring, months: pd.DatetimeIndex) -> Events:
    """The event `capex`: spent, by company and account, where the driver says anything."""
    accounts = [leaf for node in wiring.assets for leaf in wiring.tree.leaves(node)]
    cells = pd.MultiIndex.from_product([entities, accounts], names=CELL).to_frame(index=False)
    told = drivers["capex"].measured
    said = [(entry.where.get("entity"), entry.where.get("account")) for entry in (*drivers["capex"].entries, *drivers["capex"].case)]
    keys = {*said, *(zip(told["entity"], told["account"], strict=True) if told is not None else ())}
    rows = cells[[pair in keys for pair in zip(cells["entity"], cells["account"], strict=True)]].reset_index(drop=True)
    return Events(rows.rename(columns={"account": "asset"}), {"spent": drivers.values_of("capex", rows, months)})


# ---------------------------------------------------------------------------------------------------------- depreciation


def depreciation_events(
    cost: pd.DataFrame, shares: pd.DataFrame, capex: Events, projects: Events, expense: Mapping[str, str], wiring: Wiring, drivers: Drivers,
    months: pd.DatetimeIndex,
) -> Events:  # fmt: skip
    """The event `depreciation`: entity, cost_centre, account (of the cost), asset (the account it is written off from); amount.

    `cost`: cost_by_asset; `shares`: depreciation_shares; `expense`: by cost centre the account of its depreciation. What is there already
    goes on as in the last month until nothing is left; what came in that month, or comes, is written off from the month after over its
    `asset_life` down to its `residual`. Projects are their sponsor's, all else is shared out as it was lately.
    """
    own = _of_projects(projects, expense, wiring, drivers, months)
    whole = _of_companies(cost, capex, wiring, drivers, months)
    shared = whole.rows.reset_index(names="row").merge(shares, on="entity", how="left")
    homeless = sorted({*shared.loc[shared["account"].isna(), "entity"]})
    if homeless:
        said = "its sponsor in a project, or a month of depreciation in the books"
        raise RequestError("depreciation", [Problem("no department to bear it", entity, next=said) for entity in homeless])
    amounts = whole.measures["amount"][shared["row"]] * shared["share"].to_numpy()[:, None, None]
    rows = pd.concat([own.rows, shared[own.rows.columns]], ignore_index=True)
    by = ["entity", "cost_centre", "account", "asset"]
    keys, sums = sums_by(rows, stacked(own.measures["amount"], amounts), by)
    return Events(keys, {"amount": sums})


def _of_projects(projects: Events, expense: Mapping[str, str], wiring: Wiring, drivers: Drivers, months: pd.DatetimeIndex) -> Events:
    becomes = {kind: words["asset"] for kind, words in wiring.codes.get("kind", {}).items()}
    rows = projects.rows.assign(asset=projects.rows["kind"].map(becomes), account=projects.rows["cost_centre"].map(expense))
    unknown = rows.loc[rows["asset"].isna(), "kind"].drop_duplicates()
    homeless = rows.loc[rows["account"].isna(), "cost_centre"].drop_duplicates()
    problems = [Problem("a kind of project without an account", "wiring.yaml, codes.kind", str(kind)) for kind in unknown]
    below = "one of wiring.yaml, depreciation, below the account of its pay"
    problems += [Problem("no account of depreciation for a sponsor", str(code), expected=below) for code in homeless]
    if problems:
        raise RequestError("projects", at_most(problems))
    cells = rows[["entity", "project"]].assign(account=rows["asset"])
    amount = _written_off(projects.measures["completed"], cells, drivers, months)
    return Events(rows[["entity", "cost_centre", "account", "asset"]], {"amount": amount})


def _of_companies(cost: pd.DataFrame, capex: Events, wiring: Wiring, drivers: Drivers, months: pd.DatetimeIndex) -> Events:
    """Depreciation by company and account of cost: of what is there, of what came in the last month, and of what `capex` adds."""
    added = capex.rows.rename(columns={"asset": "account"})
    used = added["account"].isin(wiring.worn).to_numpy()
    cells = pd.concat([cost[CELL], added.loc[used, CELL]], ignore_index=True)
    came = capex.measures["spent"][used]
    first = np.concatenate([cost["added"].to_numpy(), np.zeros(len(came))])[:, None, None] * np.ones((1, 1, came.shape[2]))
    later = np.concatenate([np.zeros((len(cost), *came.shape[1:])), came])
    new = _written_off(np.concatenate([first, later], axis=1), cells, drivers, months)[:, 1:]
    residual = drivers.values_of("residual", cost[CELL], months)[:, 0, 0]
    left = cost["before"].to_numpy() * (1 - residual) - cost["worn"].to_numpy()
    new[: len(cost)] += running_off(cost["monthly"].to_numpy(), left, len(months))
    keys, sums = sums_by(cells.rename(columns={"account": "asset"}), new, ["entity", "asset"])
    moved = (sums != 0).any(axis=(1, 2))
    return Events(keys[moved].reset_index(drop=True), {"amount": sums[moved]})


def _written_off(added: np.ndarray, cells: pd.DataFrame, drivers: Drivers, months: pd.DatetimeIndex) -> np.ndarray:
    """Straight-line depreciation of what is added; nobody need know the life of what nothing is added to."""
    moved = added.any(axis=(1, 2))
    life, residual = (drivers.values_of(name, cells[moved], months[:1])[:, 0, 0] for name in ("asset_life", "residual"))
    found = np.zeros(added.shape)
    found[moved] = straight_line(added[moved], np.rint(life), residual)
    return found


# ------------------------------------------------------------------------------------------------- measured in the books


def cost_by_asset(balances: pd.DataFrame, worn: Mapping[str, str], as_of: pd.Timestamp) -> pd.DataFrame:
    """What is there: entity, account (of cost); `before`: cost a month before the last closed one, `added` in that, `worn` off so far, and
    `monthly`: what the last closed month wrote off. `balances`: entity, account, period, amount, debits positive."""
    sums = balances.groupby(["entity", "account", "period"])["amount"].sum().unstack("period", fill_value=0.0)
    now, before = (sums[month] if month in sums else pd.Series(0.0, sums.index) for month in (as_of, months_after(as_of, -1)))
    cells = [pair for pair in sums.index if pair[1] in worn and (now[pair] or before[pair])]
    rows = pd.DataFrame(cells, columns=CELL)
    under = [(entity, worn[account]) for entity, account in cells]
    off, off_before = (-month.reindex(under).fillna(0.0).to_numpy() for month in (now, before))
    cost, cost_before = (month.reindex(cells).fillna(0.0).to_numpy() for month in (now, before))
    monthly, added = np.maximum(off - off_before, 0.0), np.maximum(cost - cost_before, 0.0)
    return rows.assign(before=np.minimum(cost_before, cost), added=added, worn=off, monthly=monthly)


def asset_life(cost: pd.DataFrame, entities: Sequence[str], as_of: pd.Timestamp) -> Driver:
    """Months over which an account's assets are written off, by company and account: their cost over what the last closed month wrote off;
    that of all companies together where one tells nothing. `cost`: cost_by_asset."""
    lasting = lambda sums: (sums["before"] / sums["monthly"].where(sums["monthly"] > 0)).where(lambda months: months > 0).round()  # noqa: E731
    usual, own = (lasting(cost.groupby(by)[["before", "monthly"]].sum()) for by in ("account", CELL))
    cells = pd.MultiIndex.from_product([entities, usual.dropna().index], names=CELL)
    table = own.reindex(cells).rename("value").reset_index()
    table["value"] = table["value"].fillna(table["account"].map(usual))
    return measured("asset_life", table, f"cost over what {month_text(as_of)} wrote off")


def depreciation_shares(history: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Which departments bear a company's depreciation, as in the last months: entity, cost_centre, account, share. `history`: entity,
    account, cost_centre, period, amount."""
    sums = lately(history, as_of, RECENT).groupby(["entity", "cost_centre", "account"])["amount"].sum().clip(lower=0.0)
    whole = sums.groupby(level="entity").transform("sum")
    return (sums / whole).where(whole > 0).dropna().rename("share").reset_index()


def capex(balances: pd.DataFrame, wiring: Wiring, as_of: pd.Timestamp, named: pd.Series) -> Driver:
    """What a company spends in a month on assets beside the projects that are named, by entity and account: what their cost, construction
    included, grew by in the last year, over twelve, less what the named projects take in a month of the plan.

    `balances`: entity, account, period, amount, debits positive; `named`: by entity. It goes to the accounts of finished assets that grew,
    or, where only construction did, to those that are there.
    """
    accounts = [leaf for node in wiring.assets for leaf in wiring.tree.leaves(node)]
    used = balances[balances["account"].isin(accounts)]
    sums = used.groupby(["entity", "account", "period"])["amount"].sum().unstack("period", fill_value=0.0)
    before = months_after(as_of, -YEAR)
    if as_of not in sums.columns or before not in sums.columns:
        return measured("capex", pd.DataFrame({"entity": [], "account": [], "value": []}), "nothing known of a year")
    grown = sums[as_of] - sums[before]
    whole = (grown.groupby(level="entity").sum() / YEAR).sub(named, fill_value=0.0).clip(lower=0.0)
    share = _growing(grown, sums[as_of], set(wiring.worn) or set(accounts))
    table = (share * share.index.get_level_values("entity").map(whole)).rename("value").reset_index()
    said = f"growth of cost from {month_text(before)} to {month_text(as_of)}, less named projects"
    return measured("capex", table, said)


def missed_capex(balances: pd.DataFrame, wiring: Wiring, as_of: pd.Timestamp, months: int) -> Missed | None:
    """How far `capex` measured in earlier months missed what was spent in a month of the `months` after, by entity; None where less than a
    year and as many months are known. Projects that were named then are in it as if nobody had known of them.

    `balances`: as of `capex`. Example: 12 in a year and 6 in the two months after missed by 3 − 1.
    """
    accounts = [leaf for node in wiring.assets for leaf in wiring.tree.leaves(node)]
    used = balances[balances["account"].isin(accounts) & (balances["period"] <= as_of)]
    if used.empty:
        return None
    stood = used.groupby(["entity", "period"])["amount"].sum().unstack("entity", fill_value=0.0)
    stood = stood.reindex(pd.date_range(stood.index.min(), as_of, freq="MS")).ffill()
    errors = ((stood.shift(-months) - stood) / months - stood.diff(YEAR) / YEAR).dropna()
    if errors.empty:
        return None
    return Missed(pd.DataFrame({"entity": stood.columns}), errors.to_numpy()[:, :, None], max(LEAST, 1 + len(errors) / months))


def capex_moves(driver: Driver, off: np.ndarray, entities: Sequence[str]) -> list[Move]:
    """What `capex` is off by as the driver's moves, on each account what it has of its company's (an even part where that spends nothing);
    none of companies that somebody plans for. `off`: entities × draws."""
    if driver.measured is None or not len(driver.measured) or any("entity" not in entry.where for entry in (*driver.entries, *driver.case)):
        return []
    planned = {entry.where["entity"] for entry in (*driver.entries, *driver.case)}
    table = driver.measured[driver.measured["entity"].isin(set(entities) - planned)]
    by = table.groupby("entity")["value"]
    shares = (table["value"] / by.transform("sum").where(by.transform("sum") > 0)).fillna(1 / by.transform("size"))
    return [
        Move("capex", share * off[entities.index(entity)], {"entity": frozenset([entity]), "account": frozenset([account])}, 0.0)
        for entity, account, share in zip(table["entity"], table["account"], shares, strict=True)
    ]


def _growing(grown: pd.Series, stands: pd.Series, finished: set[str]) -> pd.Series:
    """Each account's share in what its company adds to finished assets; by what stands there where none of them grew."""
    chosen = grown.index.get_level_values("account").isin(finished)
    rose, there = grown[chosen].clip(lower=0.0), stands[chosen].clip(lower=0.0)
    weight = rose.where(rose.groupby(level="entity").transform("sum") > 0, there)
    whole = weight.groupby(level="entity").transform("sum")
    return (weight / whole.where(whole > 0)).fillna(0.0)
