"""Whether the fans of a plan hold what came: plans of earlier years of small made-up groups, each made and drawn from what was known then.

    .venv/bin/python benchmarks/fans.py          half an hour, less once the worlds are made; writes benchmarks/results/fans.json
    .venv/bin/python benchmarks/fans.py try      the worlds that are looked into and chosen on, printed and not kept

A world lives six years by rates of its own (odds.settings_of). Its plans of the last three years are made as of the September before, as
plan_trial makes plans of earlier years: only what was known then, and the group's own drivers, those of params/sample, whose ranges of
markets and interest name no year. Only two of the group's facts are as large as the world is: the least cash and what was paid for shares.
A plan is drawn as the notebook draws it, and what came is set beside its fan at the year's end: of the group by its consolidated
revenue, profit (as the plan's own trial tells it) and cash, of each company in its own books. Budgets, projections and headcounts, which
no plan reads, aren't taken in.

Told by figure: `inside`, the share of years that lie within the bands of eight and of five cases in ten, and its 95 % interval over worlds
drawn with replacement, since the years and companies of a world come together; `below`, the share that came below the middle;
`miss`, the mean of what came less the middle, and `off`, the mean of its size, both as shares of planned revenue (of the group's for the
holding, which sells nothing); `width`, half of the wide band in the same way; `of_plan`: the same miss of the plan itself. `by_known`:
`inside` by how many months were known. `months`: of all twelve months of the group's fans of profit, added up, and of cash. A company at
its least cash has a fan of cash without width and borrows what it lacks, hence `net_cash`, cash less debt. The worlds of CHOSEN_ON were
looked into; they aren't scored.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from measuring import ROOT, about, save
from odds import settings_of

from planning.core.accounts import roll_up
from planning.core.drivers import Entry
from planning.inputs.company import Company, read_company
from planning.inputs.drivers import read_drivers
from planning.inputs.intake import take_in
from planning.inputs.sample.generate import made_once
from planning.inputs.sample.settings import Settings
from planning.inputs.snapshots import Snapshot, read_snapshot
from planning.inputs.wiring import ReadWiring, read_wiring
from planning.model.drivers import Drivers
from planning.plan.chain.basis import find_basis
from planning.plan.chain.draws import STOCKS, Draws, Figures, Shocks, figures_of, find_uncertain, plan_draws, shocked_plans, year_months
from planning.plan.chain.sources import Asked, Basis, open_balances
from planning.plan.chain.whole import How, find_sources, how_planned
from planning.plan.chain.wire import GROUP
from planning.plan.known import EVER
from planning.plan.pack import past_rows
from planning.plan.risk import QUANTILES, SEED

CHOSEN_ON, SCORED = [*range(1, 6)], [*range(201, 211)]
MONTHS, YEARS = 72, (2024, 2025, 2026)
DRAWS, METHOD = 200, "fast"
HOLDING = "HOLD"
TOLD = ("revenue", "net_profit", "closing_cash", "net_cash")
BANDS = {"0.8": ("lowest", "highest"), "0.5": ("low", "high")}
UNREAD = ("budget", "projections", "headcount")
BAND, RESAMPLED = 0.95, 2000
FOLDER = ROOT / "outputs" / "fans"


@dataclass(frozen=True)
class World:
    """A made-up group as it is taken in; `wired`: with what was paid for shares in it."""

    settings: Settings
    company: Company
    taken: Snapshot
    wired: ReadWiring

    @property
    def how(self) -> How:
        """How its plans are booked, stated and consolidated."""
        company = self.company
        return how_planned(self.wired, self.taken, company.sides, company.ownership, company.calendar, company.file.currency)

    @property
    def drivers(self) -> Drivers:
        """The group's own, the least cash by how large each company is in this world."""
        given = {driver.name: driver for driver in read_drivers(self.company)}
        floor = given["cash_floor"]
        everywhere = {code: replace(floor.entries[0], where={"entity": code}) for code in self.company.entities["code"]}
        named = everywhere | {entry.where["entity"]: entry for entry in floor.entries if entry.where}
        given["cash_floor"] = replace(floor, entries=tuple(self._sized(code, entry) for code, entry in named.items()))
        return Drivers(given.values())

    def _sized(self, code: str, entry: Entry) -> Entry:
        return replace(entry, value=entry.value * self.settings.size.part(code))


def lived(seed: int) -> World:
    """A world, made once and kept in outputs/fans; it is made anew when the made-up group changes."""
    company, settings = read_company(ROOT / "params" / "sample"), settings_of(seed).model_copy(update={"months": MONTHS})
    kept = {name: source for name, source in company.file.sources.items() if name not in UNREAD}
    company = replace(company, file=company.file.model_copy(update={"sources": kept, "reconciliations": {}}))
    files = made_once(FOLDER / "sources", settings)
    folder = FOLDER / files.name
    if not list((folder / "snapshots").glob("*/manifest.json")):  # none yet, or it was broken off
        take_in(company, folder / "snapshots", files)
        shutil.rmtree(folder / "loads", ignore_errors=True)
    taken = read_snapshot(company.code, folder / "snapshots", "")
    return World(settings, company, taken, _with_shares(read_wiring(company, taken.tree), taken))


def _with_shares(wired: ReadWiring, taken: Snapshot) -> ReadWiring:
    """What was paid for shares as the first month's books of this world hold it."""
    group, rows = wired.file.group, taken.rows
    held = rows[(rows["account"] == group.accounts.investments) & (rows["period"] == rows["period"].min())]["amount"].sum()
    parts = {who: round(cost / sum(group.shares.values()) * held, 2) for who, cost in group.shares.items()}
    parts["MFG"] = round(parts["MFG"] + held - sum(parts.values()), 2)
    return replace(wired, file=wired.file.model_copy(update={"group": group.model_copy(update={"shares": parts})}))


# ------------------------------------------------------------------------------------------------------------- a plan in draws


def planned(world: World, year: int) -> tuple[Basis, How]:
    """The basis of a year's plan as it would have been made in the autumn before."""
    as_of, company, how = pd.Timestamp(year - 1, 9, 1), world.company, world.how
    asked = Asked(as_of, company.known_by(as_of), year, company.calendar, METHOD, 1, company.file.country)
    sources = find_sources(world.taken.tables, world.taken.event, world.taken.query)
    return find_basis(sources, asked, world.drivers, how.wiring), how


def drawn(basis: Basis, how: How) -> tuple[Draws, Draws]:
    """The draws of a plan, and the plan itself."""
    figures, uncertain = figures_of(how, "revenue"), find_uncertain(basis)
    made = plan_draws(basis, how, figures, uncertain, DRAWS, SEED)
    failed = [check.name for check in made.checks if not check.passed]
    if failed:
        raise SystemExit(f"books of draws don't tie: {failed}")
    return made, shocked_plans(basis, how, figures, uncertain, Shocks(), 1)


def came(world: World, basis: Basis, how: How, periods: pd.DatetimeIndex) -> pd.DataFrame:
    """What came, as finally known: entity, figure and a column for each month."""
    now, figures = replace(basis, asked=replace(basis.asked, as_of=periods[-1], when=EVER)), figures_of(how, "revenue")
    rows = world.taken.rows
    booked = rows[(rows["scenario"] == "actual") & (rows["grain"] == "month")].sort_values("known", kind="stable")
    booked = booked.drop_duplicates([column for column in booked if column not in ("known", "source", "amount")], keep="last")
    past = past_rows(world.taken.tables, how, world.company.file.currency, "revenue", now)
    of_group = past[past["scenario"] == "actual"].assign(entity=GROUP)
    flows = _flows(pd.concat([booked, of_group], ignore_index=True), figures, how, periods)
    return pd.concat([flows, _stocks(world, figures, how, periods)])


def _flows(booked: pd.DataFrame, figures: Figures, how: How, periods: pd.DatetimeIndex) -> pd.DataFrame:
    tree, parts = how.layout.tree, {}
    used = booked[booked["account"].isin(tree.leaves(how.layout.profit)) & booked["period"].isin(periods)]
    totals = roll_up(used.groupby(["entity", "account", "period"], as_index=False)["amount"].sum(), tree, ["entity", "period"])
    for name in [one for one in TOLD if one not in STOCKS]:
        (account,) = figures.accounts[name][1]
        parts[name] = totals[totals["account"] == account].pivot(index="entity", columns="period", values="amount")
    return pd.concat(parts, names=["figure"]).reindex(columns=periods).fillna(0.0).swaplevel()


def _stocks(world: World, figures: Figures, how: How, periods: pd.DatetimeIndex) -> pd.DataFrame:
    """Cash and debt at month ends, of the group at the rates of the day."""
    stood, rates = open_balances(world.taken.rows, how.wiring, EVER), world.taken.event("rates")
    currency = world.company.entities.set_index("code")["currency"]
    closing = rates.assign(period=rates["date"].dt.to_period("M").dt.to_timestamp()).set_index(["currency", "period"])["closing"]
    parts = {}
    for name in [one for one in TOLD if one in STOCKS]:
        nodes = figures.accounts[name][1].items()
        weight = {leaf: sign * how.wiring.sides[leaf] for node, sign in nodes for leaf in how.layout.tree.leaves(node)}
        signed = stood.assign(amount=stood["amount"] * stood["account"].map(weight).fillna(0.0))
        table = signed.pivot_table(index="entity", columns="period", values="amount", aggfunc="sum").reindex(columns=periods).fillna(0.0)
        worth = np.array([[closing.get((currency[who], period), 1.0) for period in periods] for who in table.index])
        parts[name] = pd.concat([table, (table * worth).sum().to_frame(GROUP).T.rename_axis("entity")])
    return pd.concat(parts, names=["figure"]).swaplevel()


def beside(world: World, seed: int, year: int) -> pd.DataFrame:
    """A year's fans beside what came: entity, figure, month, came, plan, QUANTILES; flows added up from the year's first month."""
    basis, how = planned(world, year)
    made, plan = drawn(basis, how)
    months = year_months(made.periods, world.company.calendar, year)
    periods, found = made.periods[months], []
    true = came(world, basis, how, periods)
    sizes = {who: plan.of(who, "revenue")[months, 0].sum() for who in dict.fromkeys(made.rows["entity"])}
    sizes[HOLDING] = sizes[GROUP]
    told = made.rows["figure"].isin(TOLD) & ~(made.rows["figure"].eq("revenue") & made.rows["entity"].eq(HOLDING))
    for who, name in made.rows[told].itertuples(index=False):
        parts = {"came": true.loc[(who, name)].to_numpy()[:, None], "plan": plan.of(who, name)[months], "fan": made.of(who, name)[months]}
        parts = parts if name in STOCKS else {key: part.cumsum(axis=0) for key, part in parts.items()}
        fan = {key: np.quantile(parts["fan"], share, axis=1) for key, share in QUANTILES.items()}
        table = pd.DataFrame({"came": parts["came"][:, 0], "plan": parts["plan"][:, 0], **fan, "size": sizes[who]})
        found.append(table.assign(entity=who, figure=name, month=range(1, len(months) + 1)))
    known = basis.sources.sold.loc[basis.sources.sold["period"] <= basis.asked.as_of, "period"].nunique()
    return pd.concat(found, ignore_index=True).assign(seed=seed, year=year, known=known)


# -------------------------------------------------------------------------------------------------------------- the score


def held(table: pd.DataFrame, band: str) -> pd.Series:
    """Whether what came lies within a band, its edges in it, to the cent."""
    low, high = BANDS[band]
    return table["came"].ge(table[low] - 0.01) & table["came"].le(table[high] + 0.01)


def share(inside: pd.Series, seeds: pd.Series) -> dict[str, float]:
    """The share of cases, and its band over worlds drawn with replacement."""
    sums = inside.groupby(seeds.to_numpy()).agg(["sum", "count"]).to_numpy("float64")
    dice = np.random.default_rng(1).integers(len(sums), size=(RESAMPLED, len(sums)))
    hit, every = sums[dice].sum(axis=1).T
    low, high = np.quantile(hit / every, [(1 - BAND) / 2, (1 + BAND) / 2])
    return {"inside": round(float(inside.mean()), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def scored(table: pd.DataFrame) -> dict:
    """What is told of one figure's years."""
    size = table["size"]
    told: dict = {"cases": len(table)} | {band: share(held(table, band), table["seed"]) for band in BANDS}
    told["below"] = round(float(table["came"].lt(table["middle"]).mean()), 3)
    shares = {"miss": table["came"] - table["middle"], "off": (table["came"] - table["middle"]).abs()}
    shares |= {"width": (table["highest"] - table["lowest"]) / 2, "of_plan": table["came"] - table["plan"]}
    return told | {name: round(float((amounts / size).mean()), 4) for name, amounts in shares.items()}


def of_all(table: pd.DataFrame) -> dict:
    """Every figure's score, of the group, of all companies together, and of each; then of the group's months."""
    ends, told = table[table["month"] == table["month"].max()], {}
    groups = {"group": ends["entity"] == GROUP, "companies": ends["entity"] != GROUP}
    groups |= {who: ends["entity"] == who for who in dict.fromkeys(ends["entity"]) if who != GROUP}
    for name, chosen in groups.items():
        told[name] = {figure: scored(part) for figure, part in ends[chosen].groupby("figure", sort=False)}
    whole = ends[ends["entity"] == GROUP]
    told["by_known"] = {
        f"{figure}, {known} months": {band: share(held(part, band), part["seed"]) for band in BANDS}
        for (figure, known), part in whole.groupby(["figure", "known"], sort=False)
    }
    fans = table[(table["entity"] == GROUP) & table["figure"].isin(["net_profit", "closing_cash"])]
    parts = fans.groupby("figure", sort=False)
    return told | {"months": {figure: {band: share(held(part, band), part["seed"]) for band in BANDS} for figure, part in parts}}


def tables(seeds: list[int]) -> Iterator[pd.DataFrame]:
    """Every world's fans beside what came."""
    for seed in seeds:
        begun, world = time.perf_counter(), lived(seed)
        table = pd.concat([beside(world, seed, year) for year in YEARS], ignore_index=True)
        ends = table[(table["month"] == 12) & (table["entity"] == GROUP)].set_index(["year", "figure"])
        print(seed, round(time.perf_counter() - begun), "s", flush=True)
        print((ends[["came", "plan", *QUANTILES]] / 1e6).round(2).to_string(), flush=True)
        yield table


def main(seeds: list[int]) -> None:
    """Every world's fans, and how they fared."""
    began, table = time.perf_counter(), pd.concat(tables(seeds), ignore_index=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    table.to_csv(FOLDER / f"{seeds[0]}_{seeds[-1]}.csv", index=False)
    told = of_all(table)
    print(json.dumps(told["group"], indent=1), json.dumps(told["companies"], indent=1))
    if seeds == SCORED:
        how = {"seeds": seeds, "looked_into": CHOSEN_ON, "worlds": len(seeds), "world_years": len(seeds) * len(YEARS), "band": BAND}
        print(save({**about("fans"), **how, "draws": DRAWS, "method": METHOD, "seconds": round(time.perf_counter() - began), **told}))


if __name__ == "__main__":
    main(CHOSEN_ON if sys.argv[1:] == ["try"] else SCORED)
