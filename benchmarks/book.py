"""Write, read and total plan cells: the book and a locked snapshot against pandas and DuckDB.

    .venv/bin/python benchmarks/book.py            10,000, 100,000 and 1,000,000 cells; writes benchmarks/results/book.json

PostgreSQL is measured where PLANNING_TEST_POSTGRES names a server (`.ci/postgres start` prints one). Every store gets the
same cells as a plan table of floats, keeps exact amounts (whole cents), gives a plan table of floats back, and must come to
the same totals to the cent. What the others don't do is in the book's time: the contract, merging, history, journal, commit.
Each store runs in a process of its own; seconds are the median of three rounds, memory the peak of the process.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from statistics import median
from uuid import uuid4

import duckdb
import numpy as np
import pandas as pd
from measuring import about, save
from sqlalchemy import NullPool, create_engine, make_url, text

from planning.book.store import open_book
from planning.core.money import from_minor, to_minor

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 3
MONTHS = 36
OURS, PEERS = ("book_sqlite", "book_postgresql", "locked_snapshot"), ("pandas_parquet", "duckdb_file")
GROUPS = {"total": ["account"], "total_fine": ["cost_centre", "period"]}
"""The two totals: 40 groups, and a few thousand."""


def plan_cells(rows: int) -> pd.DataFrame:
    """A plan of 36 months: 40 accounts, cost centres of 20 entities, cents of both signs."""
    number = np.arange(rows)
    line = number // MONTHS
    codes = {"account": line % 40, "cost_centre": line // 40, "entity": line // 40 % 20}
    table = {"scenario": "budget", "version": "v1", "case": "base"}
    table |= {
        name: np.array([f"{name}_{n:04d}" for n in range(code.max() + 1)], dtype=object)[code] for name, code in codes.items()
    }
    months = pd.date_range("2025-01-01", periods=MONTHS, freq="MS").to_numpy()
    cents = np.random.default_rng(7).integers(-(10**9), 10**9, rows)
    order = ["scenario", "version", "case", "entity", "cost_centre", "account", "layer", "grain", "period", "amount"]
    table |= {"layer": "booked", "grain": "month", "period": months[number % MONTHS], "amount": from_minor(cents, 2)}
    return pd.DataFrame(table, index=number)[order]


def in_cents(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(amount=to_minor(table["amount"].to_numpy(), 2))


def in_units(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(amount=from_minor(table["amount"].to_numpy(), 2))


class InBook:
    """An open version in the book."""

    def __init__(self, place: str):
        self.book = open_book(place)
        self.book.create_version("acme", "budget", "v1", "bench")

    def write(self, table: pd.DataFrame) -> None:
        self.book.save("acme", "budget", "v1", table, 0, "bench", 2)

    def read(self) -> pd.DataFrame:
        return self.book.read("acme", "budget", "v1")[0]

    def total(self, by: list[str]) -> dict:
        return in_order(self.book.totals("acme", "budget", "v1", by), by)

    def edit(self, table: pd.DataFrame) -> None:
        self.book.save("acme", "budget", "v1", table.head(3).assign(amount=1.0), 1, "bench", 2)


class InParquet:
    """A snapshot: whole cents in Parquet."""

    def __init__(self, place: str):
        self.place = place

    def write(self, table: pd.DataFrame) -> None:
        in_cents(table).to_parquet(self.place, index=False)

    def read(self) -> pd.DataFrame:
        return in_units(pd.read_parquet(self.place))


class Locked(InParquet):
    """As a locked version is totalled: by DuckDB, straight from the file."""

    def __init__(self, place: str):
        super().__init__(place)
        self.connection = duckdb.connect()

    def total(self, by: list[str]) -> dict:
        return sql_total(self.connection, f"read_parquet('{self.place}')", by)


class InPandas(InParquet):
    """As pandas does it: read the file, group, sum."""

    def total(self, by: list[str]) -> dict:
        cents = pd.read_parquet(self.place, columns=[*by, "amount"]).groupby(by, as_index=False)["amount"].sum()
        return in_order(cents.assign(amount=[Decimal(amount).scaleb(-2) for amount in cents["amount"].tolist()]), by)


class InDuckdb:
    """A table in DuckDB's own file."""

    def __init__(self, place: str):
        self.connection = duckdb.connect(place)

    def write(self, table: pd.DataFrame) -> None:
        cells = in_cents(table)  # noqa: F841, DuckDB finds it by name
        self.connection.execute("CREATE TABLE cell AS SELECT * FROM cells")
        self.connection.execute("CHECKPOINT")

    def read(self) -> pd.DataFrame:
        return in_units(self.connection.execute("SELECT * FROM cell").df())

    def total(self, by: list[str]) -> dict:
        return sql_total(self.connection, "cell", by)


STORES = {
    "book_sqlite": InBook,
    "book_postgresql": InBook,
    "locked_snapshot": Locked,
    "pandas_parquet": InPandas,
    "duckdb_file": InDuckdb,
}


def sql_total(connection, source: str, by: list[str]) -> dict:
    columns = ", ".join(by)
    rows = connection.execute(f"SELECT {columns}, CAST(SUM(amount) AS VARCHAR) FROM {source} GROUP BY {columns}").fetchall()
    return in_order(pd.DataFrame([(*key, Decimal(cents).scaleb(-2)) for *key, cents in rows], columns=[*by, "amount"]), by)


def in_order(totals: pd.DataFrame, by: list[str]) -> dict:
    """Totals as plain values, so that stores can be compared."""
    rows = totals.sort_values(by)[[*by, "amount"]].itertuples(index=False, name=None)
    return {" ".join(str(code)[:24] for code in key): str(amount.quantize(Decimal("0.01"))) for *key, amount in rows}


@contextmanager
def empty_place(store: str):
    """Where a store may begin: a file name, or a new database on the server."""
    with tempfile.TemporaryDirectory() as folder:
        if store != "book_postgresql":
            yield str(Path(folder, "cells"))
            return
        server, name = make_url(os.environ["PLANNING_TEST_POSTGRES"]), f"planning_bench_{uuid4().hex}"
        with create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
            yield server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def measure(name: str, rows: int) -> dict:
    """Seconds of each step, peak memory, and a digest of the totals, for one store; runs in a process of its own."""
    table = plan_cells(rows)
    before = peak_megabytes()
    rounds, told = [], []
    for _ in range(ROUNDS):
        with empty_place(name) as place:
            seconds, totals = one_round(STORES[name](place), table)
            rounds.append(seconds)
            told.append(totals)
    assert told[0] == told[1] == told[2]
    seconds = {step: round(median(each[step] for each in rounds), 4) for step in rounds[0]}
    return {"seconds": seconds, "peak_mb": peak_megabytes(), "peak_mb_before": before, "totals": told[0]}


def one_round(store, table: pd.DataFrame) -> tuple[dict, dict]:
    seconds, totals = {}, {}
    with timed(seconds, "write"):
        store.write(table)
    with timed(seconds, "read"):
        read = store.read()
    assert len(read) == len(table) and (np.sort(read["amount"]) == np.sort(table["amount"])).all()
    for step, by in GROUPS.items():
        with timed(seconds, step):
            totals[step] = store.total(by)
    if hasattr(store, "edit"):
        with timed(seconds, "edit_3_cells"):
            store.edit(table)
    return seconds, totals


@contextmanager
def timed(seconds: dict, step: str):
    start = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - start


def peak_megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def times_faster(results: dict) -> dict:
    """How many times faster ours is than each peer at the largest size; below 1 it is slower."""
    faster = {}
    for ours in (name for name in OURS if name in results):
        for peer in PEERS:
            mine, theirs = (results[name][str(SIZES[-1])]["seconds"] for name in (ours, peer))
            faster[f"{ours} against {peer}"] = {step: float(f"{theirs[step] / mine[step]:.3g}") for step in theirs}
    return faster


def versions() -> dict:
    found = {name: __import__(name).__version__ for name in ("duckdb", "pandas", "pyarrow", "sqlalchemy", "psycopg")}
    found["sqlite"] = __import__("sqlite3").sqlite_version
    if "PLANNING_TEST_POSTGRES" in os.environ:
        with create_engine(os.environ["PLANNING_TEST_POSTGRES"], poolclass=NullPool).connect() as connection:
            found["postgresql"] = connection.scalar(text("SHOW server_version"))
    return found


def main() -> None:
    stores = [name for name in STORES if name != "book_postgresql" or "PLANNING_TEST_POSTGRES" in os.environ]
    results: dict = {name: {} for name in stores}
    for rows in SIZES:
        for name in stores:
            done = subprocess.run([sys.executable, __file__, name, str(rows)], stdout=subprocess.PIPE, text=True, check=True)
            results[name][str(rows)] = json.loads(done.stdout)
            say(name, rows, results[name][str(rows)])
        totals = [results[name][str(rows)].pop("totals") for name in stores]
        assert all(each == totals[0] for each in totals), "the stores come to different totals"
    told = about("book") | {"versions": versions(), "rows": SIZES[-1], "rounds": ROUNDS, "totals_equal": True}
    told |= {"times_faster": times_faster(results), "stores": results}
    print(f"all totals equal to the cent; {save(told)}")


def say(name: str, rows: int, result: dict) -> None:
    seconds = "  ".join(f"{step} {value:8.3f} s" for step, value in result["seconds"].items())
    print(f"{rows:>9,} {name:16} {seconds}  {result['peak_mb']:5} MB", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
