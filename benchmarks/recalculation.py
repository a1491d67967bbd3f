"""What a full recalculation costs: drivers to postings to statement totals, against pandas, Polars and DuckDB; and a plan in 10,000 draws.

    .venv/bin/python benchmarks/recalculation.py         half an hour; writes benchmarks/results/recalculation.json

`full`: a made-up group of 20 companies sells products in stores; price, discount, unit cost and VAT are drivers. Every cell (store ×
product × month) makes net, VAT and cost; these are added up to what is posted by, rounded to the cent, booked on both sides, and
totalled by company, account and month with every total of the chart. `planning` goes through Drivers, Events, post and the chart; the
peers do the same sums on the same cells, each in its own fashion, lazily and on all cores where they can. All four must agree to the
cent. Seconds are the median of ROUNDS from what lies in memory, `core_seconds` those of all cores together; `times_faster` is a peer's
seconds over ours: above 1 ours is the faster.

`draws`: the sample group's plan of 2026 at standard size (`planning intake sample` first), all companies and consolidated, with every
check in every draw: seconds and peak memory of 1, 100, 1,000 and 10,000 draws, each in a process of its own, and what it costs beside one.
"""

from __future__ import annotations

import importlib.util
import json
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
from measuring import ROOT, about, save

from planning.core.accounts import AccountTree
from planning.core.drivers import Driver
from planning.core.periods import month, month_range
from planning.core.sides import natural_sides
from planning.inputs.company import read_company
from planning.inputs.drivers import read_drivers
from planning.inputs.snapshots import read_snapshot
from planning.inputs.wiring import read_wiring
from planning.model.drivers import Drivers
from planning.model.ledger import RULE, Events, check_ledger, post, sums_by
from planning.plan.chain.basis import find_basis
from planning.plan.chain.draws import figures_of, find_uncertain, plan_draws
from planning.plan.chain.sources import Asked
from planning.plan.chain.whole import find_sources, how_planned

SIZES = {"10 thousand": 10_000, "1 million": 1_000_000, "10 million": 10_000_000}
MONTHS, ENTITIES, GROUPS, ROUNDS, SEED = 24, 20, 7, 3, 7
DRAWS = (1, 100, 1_000, 10_000)
PERIODS = month_range(month("2027-01"), MONTHS)
POLARS = "polars"


# ------------------------------------------------------------------------------------------------------------------ chart


def chart() -> AccountTree:
    """Assets and claims, and a profit of revenue less costs, by product group."""
    rows = [("assets", None, "balance", 1), ("claims", None, "balance", 1), ("profit", None, "result", 1)]
    rows += [("1122", "assets", "balance", 1), ("1405", "assets", "balance", 1), ("2221", "claims", "balance", 1)]
    rows += [("revenue", "profit", "revenue", 1), ("costs", "profit", "expense", -1)]
    rows += [(f"6001{n:02}", "revenue", "revenue", 1) for n in range(GROUPS)]
    rows += [(f"6401{n:02}", "costs", "expense", 1) for n in range(GROUPS)]
    table = pd.DataFrame(rows, columns=["code", "parent", "kind", "weight"]).astype({"weight": float})
    effect = table["kind"].map({"revenue": 1, "expense": -1, "result": 1}).fillna(0).astype(int)
    return AccountTree(table.assign(effect=effect, unit="CNY", scale=2, aggregation="flow"))


TREE = chart()
SIDES = natural_sides(TREE.accounts.reset_index(drop=True), ["assets"], ["claims"])
BOOKED = pd.DataFrame(
    [("net", "1122", "6001{number}"), ("vat", "1122", "2221"), ("cost", "6401{number}", "1405")],
    columns=["measure", "debit_account", "credit_account"],
)
RULES = pd.DataFrame([dict.fromkeys(RULE, "") | {"event": "sales"} | row for row in BOOKED.to_dict("records")])


class World(NamedTuple):
    """`cells`: entity, store, product, number; `volume`: cells × months; `drivers`: by name, keys + value; `long`: a row a cell, month."""

    cells: pd.DataFrame
    volume: np.ndarray
    drivers: dict[str, pd.DataFrame]
    long: pd.DataFrame


def made_up(size: int) -> World:
    dice, count = np.random.default_rng(SEED), size // MONTHS
    products = max(10, min(2_000, count // 50))
    place = np.arange(count)
    entity, product = np.char.add("C", (place % ENTITIES).astype(str)), place // ENTITIES % products
    store = np.char.add("S", (place // (ENTITIES * products)).astype(str))
    cells = pd.DataFrame({"entity": entity, "store": store, "product": np.char.add("P", product.astype(str))}).astype(object)
    cells = cells.assign(number=np.array([f"{n:02}" for n in range(GROUPS)], dtype=object)[product % GROUPS])
    volume = dice.integers(1, 500, (count, MONTHS)).astype(float)
    companies = pd.DataFrame({"entity": [f"C{n}" for n in range(ENTITIES)]})
    goods = pd.DataFrame({"product": [f"P{n}" for n in range(products)]})
    drivers = {
        "list_price": companies.merge(goods, how="cross").assign(value=dice.integers(500, 90_000, ENTITIES * products) / 100),
        "discount": companies.assign(value=dice.uniform(0.02, 0.2, ENTITIES)),
        "unit_cost": goods.assign(value=dice.integers(200, 40_000, products) / 100),
        "output_tax": companies.assign(value=0.13),
    }
    rows = cells.astype("category").loc[cells.index.repeat(MONTHS)].reset_index(drop=True)
    return World(cells, volume, drivers, rows.assign(month=np.tile(np.arange(MONTHS, dtype="int16"), count), volume=volume.ravel()))


# ------------------------------------------------------------------------------------------------- the same sums, four times


def ours(world: World) -> pd.DataFrame:
    drivers = Drivers(Driver(name, "", measured=table) for name, table in world.drivers.items())
    of = {name: drivers.values_of(name, world.cells, PERIODS[:1]) for name in world.drivers}
    net = world.volume[:, :, None] * (of["list_price"] * (1 - of["discount"]))
    measures = {"net": net, "vat": net * of["output_tax"], "cost": world.volume[:, :, None] * of["unit_cost"]}
    sums = {name: sums_by(world.cells, values, ["entity", "number"]) for name, values in measures.items()}
    events = {"sales": Events(sums["net"][0], {name: values for name, (_, values) in sums.items()})}
    ledger = post(events, RULES, TREE, SIDES, PERIODS)
    if not check_ledger(ledger).passed:
        raise SystemExit("the ledger doesn't balance")
    keys, amounts = sums_by(ledger.lines, ledger.amounts[:, :, 0], ["entity", "account"])
    natural = amounts * keys["account"].map(SIDES).to_numpy()[:, None]
    paths = keys.assign(row=np.arange(len(keys))).merge(TREE.paths, on="account")
    weighted = natural[paths["row"]] * paths["weight"].to_numpy("int64")[:, None]
    rows, totals = sums_by(paths, weighted, ["entity", "ancestor"])
    return in_order(rows.rename(columns={"ancestor": "account"}), totals)


def in_order(rows: pd.DataFrame, totals: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(totals, index=pd.MultiIndex.from_frame(rows[["entity", "account"]]), columns=range(MONTHS)).sort_index()


def legs() -> pd.DataFrame:
    """Both sides of each measure with the totals that it goes into: measure, number, account, weight (cents as it counts there)."""
    rows = [
        (row["measure"], f"{n:02}", row[f"{side}_account"].replace("{number}", f"{n:02}"), sign)
        for row in BOOKED.to_dict("records") for side, sign in (("debit", 1), ("credit", -1)) for n in range(GROUPS)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["measure", "number", "account", "sign"])
    both = table.merge(TREE.paths, on="account")
    weight = both["sign"] * both["account"].map(SIDES) * both["weight"].astype(int)
    return both.assign(weight=weight, account=both["ancestor"])[["measure", "number", "account", "weight"]]


LEGS = legs()


def with_pandas(world: World) -> pd.DataFrame:
    rows = world.long
    for name, table in world.drivers.items():
        rows = rows.merge(table.rename(columns={"value": name}), on=[key for key in table if key != "value"])
    net = rows["volume"] * (rows["list_price"] * (1 - rows["discount"]))
    rows = rows.assign(net=net, vat=net * rows["output_tax"], cost=rows["volume"] * rows["unit_cost"])
    sums = rows.groupby(["entity", "number", "month"], observed=True)[["net", "vat", "cost"]].sum()
    cents = (sums * 100).round().astype("int64").rename_axis(columns="measure").stack().rename("cents").reset_index()
    booked = cents.astype({"entity": object, "number": object}).merge(LEGS, on=["measure", "number"])
    booked["cents"] *= booked["weight"]
    return booked.groupby(["entity", "account", "month"])["cents"].sum().unstack().sort_index()


def with_polars(world: World) -> pd.DataFrame:
    import polars as pl

    rows = world.polars.lazy()
    for name, table in world.drivers.items():
        rows = rows.join(pl.from_pandas(table).lazy().rename({"value": name}), on=[key for key in table if key != "value"])
    rows = rows.with_columns(net=pl.col("volume") * (pl.col("list_price") * (1 - pl.col("discount"))))
    rows = rows.with_columns(vat=pl.col("net") * pl.col("output_tax"), cost=pl.col("volume") * pl.col("unit_cost"))
    sums = rows.group_by("entity", "number", "month").agg(pl.col("net", "vat", "cost").sum())
    cents = sums.unpivot(["net", "vat", "cost"], index=["entity", "number", "month"], variable_name="measure", value_name="money")
    cents = cents.with_columns(cents=(pl.col("money") * 100).round().cast(pl.Int64))
    booked = cents.join(pl.from_pandas(LEGS).lazy(), on=["measure", "number"])
    totals = booked.group_by("entity", "account", "month").agg((pl.col("cents") * pl.col("weight")).sum().alias("cents"))
    return totals.collect().to_pandas().pivot(index=["entity", "account"], columns="month", values="cents").sort_index()


SQL = """
with cells as (
    select l.entity, l.number, l.month, l.volume * (p.value * (1 - d.value)) as net, net * t.value as vat, l.volume * c.value as cost
    from long as l join list_price as p on l.entity = p.entity and l.product = p.product join discount as d on l.entity = d.entity
    join unit_cost as c on l.product = c.product join output_tax as t on l.entity = t.entity
), sums as (select entity, number, month, sum(net) as net, sum(vat) as vat, sum(cost) as cost from cells group by all),
cents as (
    select entity, number, month, measure, cast(round_even(money * 100, 0) as bigint) as cents
    from (unpivot sums on net, vat, cost into name measure value money)
)
select entity, account, month, cast(sum(cents * weight) as bigint) as cents
from cents join legs using (measure, number) group by all
"""


def with_duckdb(world: World) -> pd.DataFrame:
    base = world.duckdb
    for name, table in {**world.drivers, "legs": LEGS}.items():
        base.register(name, table)
    totals = base.sql(SQL).df()
    return totals.pivot(index=["entity", "account"], columns="month", values="cents").sort_index()


PEERS: dict[str, Callable[[World], pd.DataFrame]] = {"pandas": with_pandas, POLARS: with_polars, "duckdb": with_duckdb}


class Ready(NamedTuple):
    """A world with its rows as each peer likes them best, before any clock runs."""

    cells: pd.DataFrame
    volume: np.ndarray
    drivers: dict[str, pd.DataFrame]
    long: pd.DataFrame
    polars: object
    duckdb: duckdb.DuckDBPyConnection


def ready(world: World) -> Ready:
    plain = world.long.astype({name: str for name in ("entity", "store", "product", "number")})
    base = duckdb.connect()
    base.register("plain", plain)
    base.execute("create table long as select * from plain")
    rows = None
    if importlib.util.find_spec(POLARS):
        import polars as pl

        rows = pl.from_pandas(plain)
    return Ready(*world, rows, base)


def full_rows(size: int) -> dict:
    """Seconds of each at about so many cells, and that all agree."""
    world = ready(made_up(size))
    asked = {"planning": ours} | {name: peer for name, peer in PEERS.items() if name != POLARS or world.polars is not None}
    seconds, worked, first = {}, {}, None
    for name, recalculate in asked.items():
        taken, busy = [], []
        for _ in range(ROUNDS):
            begun, before = time.perf_counter(), time.process_time()
            totals = recalculate(world)
            taken.append(time.perf_counter() - begun)
            busy.append(time.process_time() - before)
        first = totals if first is None else first
        if not (totals.index.equals(first.index) and (totals.to_numpy() == first.to_numpy()).all()):
            raise SystemExit(f"{name} adds up to something else at {size:,} cells")
        seconds[name], worked[name] = round(statistics.median(taken), 4), round(statistics.median(busy), 4)
    faster = {name: round(seconds[name] / seconds["planning"], 2) for name in seconds if name != "planning"}
    missing = {} if world.polars is not None else {POLARS: "not installed"}
    shown = {"cells": world.volume.size, "totals": first.size, "equal": True, "seconds": seconds, "core_seconds": worked}
    return shown | {"times_faster": faster | missing}


# ------------------------------------------------------------------------------------------------------------------ draws


def sample_plan(path: Path) -> None:
    """The sample's basis of 2026 with what is uncertain in it, kept in a file for the processes that draw it."""
    company = read_company(ROOT / "params" / "sample")
    taken = read_snapshot("sample", ROOT / "outputs" / "sample" / "snapshots", "")
    wired = read_wiring(company, taken.tree)
    how = how_planned(wired, taken, company.sides, company.ownership, company.calendar, company.file.currency)
    as_of = pd.Timestamp("2025-09-01")
    asked = Asked(as_of, company.known_by(as_of), 2026, company.calendar, "fast")
    basis = find_basis(find_sources(taken.tables, taken.event, taken.query), asked, Drivers(read_drivers(company)), how.wiring)
    path.write_bytes(pickle.dumps((basis, how, find_uncertain(basis))))


def one_run(path: Path, draws: int) -> dict:
    """Seconds and peak memory of so many draws; runs in a process of its own."""
    basis, how, uncertain = pickle.loads(path.read_bytes())
    figures = figures_of(how, "revenue")
    before, begun, worked = peak_gb(), time.perf_counter(), time.process_time()
    made = plan_draws(basis, how, figures, uncertain, draws, SEED)
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    held = [check.name for check in made.checks if not check.passed]
    told = {"seconds": round(seconds, 1), "core_seconds": round(worked, 1), "peak_gb": peak_gb(), "peak_gb_before": before}
    return told | {"checks": len(made.checks), "checks_failed": held, "kept": list(made.amounts.shape)}


def peak_gb() -> float:
    """The most memory this process held; what the kernel tells of all time would count that of the process it comes from."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return round(int(next(line for line in told.splitlines() if line.startswith("VmHWM")).split()[1]) / 2**20, 2)


def draw_rows(path: Path, told: dict) -> None:
    """Each number of draws, kept as soon as it is measured."""
    found = told["draws"] = {}
    for draws in DRAWS:
        asked = [sys.executable, __file__, str(path), str(draws)]
        row = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
        one = found["1"]["core_seconds"] if found else row["core_seconds"]
        found[f"{draws:,}"] = row | {"times_one_draw": round(row["core_seconds"] / one, 1)}
        print(draws, found[f"{draws:,}"], flush=True)
        save(told)


def main() -> None:
    told = about("recalculation") | {"months": MONTHS, "rounds": ROUNDS}
    told["versions"] = {"pandas": pd.__version__, "duckdb": duckdb.__version__}
    if importlib.util.find_spec(POLARS):
        import polars as pl

        told["versions"][POLARS] = pl.__version__
    told["full"] = {}
    for name, size in SIZES.items():
        told["full"][name] = full_rows(size)
        print(name, told["full"][name], flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "basis"
        sample_plan(path)
        draw_rows(path, told)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(one_run(Path(sys.argv[1]), int(sys.argv[2]))))
    else:
        main()
