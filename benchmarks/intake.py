"""Intake of order lines at three sizes: first, again, and after one year has changed; against pandas reading and checking the same files.

    .venv/bin/python benchmarks/intake.py                 some minutes, 10 GB of memory for the peer; writes benchmarks/results/intake.json
    .venv/bin/python benchmarks/intake.py 20000 100000    other sizes, printed and not kept

Five Parquet files of made-up lines, a year each, 16 columns. first: nothing stored yet. again: nothing has changed. one year: the last file
has other figures. query: a sum by channel over the snapshot. The peer reads the files with pandas, checks the same (every column there,
filled, a finite number within its bounds, a day of the calendar; keys twice, values missing) and writes one Parquet file; it names no
content and keeps no parts. Every job is a process of its own; seconds are without its imports, memory is its peak with them. `growth` is
the power of the number of rows by which seconds or memory grow between the two largest sizes (1: in proportion, 0: not at all).
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from measuring import about, save

from planning.core.events import EVENTS, KEYS
from planning.inputs.company import read_company
from planning.inputs.intake import take_in
from planning.inputs.snapshots import read_snapshot

SIZES = (100_000, 1_000_000, 10_000_000)
YEARS = range(2021, 2026)
SPAN = pd.Timestamp("2020-01-01"), pd.Timestamp("2027-12-31")
COLUMNS = tuple(EVENTS["order_lines"])
COMPANY = f"""
company: trader
label_en: Trader
label_zh: 贸易商
currency: CNY
calendar: {{first_month: 1, start: {SPAN[0]:%Y-%m}, end: {SPAN[1]:%Y-%m}}}
reporting_lag_days: 0
data: {{folder: data}}
source_en: made up
source_zh: 虚构
tables:
  order_lines: {{file: order_lines_*.parquet, columns: {{{", ".join(f"{name}: {name}" for name in COLUMNS)}}}}}
"""


def order_lines(rows: int, year: int, seed: int) -> pa.Table:
    """A year of made-up order lines, sorted by day; two in five begin a new order."""
    rng = np.random.default_rng([seed, year])
    begins = rng.random(rows) < 0.4
    begins[:1] = True
    order, at = np.cumsum(begins), np.arange(rows)
    line = at - np.maximum.accumulate(np.where(begins, at, 0)) + 1
    day = np.datetime64(f"{year}-01-01") + np.sort(rng.integers(0, 365, rows))
    quantity, price = rng.integers(1, 6, rows), np.round(rng.uniform(5, 500, rows), 2)
    discount = np.round(quantity * price * rng.choice([0, 0, 0.1], rows), 2)
    net = np.round(quantity * price - discount, 2)
    codes = {
        "order": [f"{year}-{number}" for number in order], "entity": _code("E", 3, rows, rng), "channel": _code("ch", 3, rows, rng),
        "store": _code("S", 120, rows, rng), "customer": _code("C", 200_000, rows, rng), "product": _code("P", 2000, rows, rng),
        "category": _code("k", 12, rows, rng),
    }  # fmt: skip
    figures = {"quantity": quantity, "list_price": price, "discount": discount, "net": net, "vat": np.round(net * 0.13, 2)}
    figures |= {"cost": np.round(net * 0.6, 2), "line": line.astype(np.int32), "date": day, "payment_date": day}
    return pa.table(codes | figures).select(list(COLUMNS))


def _code(letter: str, of: int, rows: int, rng: np.random.Generator) -> np.ndarray:
    return np.array([f"{letter}{number}" for number in range(of)], dtype=object)[rng.integers(0, of, rows)]


def write_company(folder: Path, rows: int) -> None:
    """The company and its five files."""
    (folder / "data").mkdir(parents=True)
    (folder / "company.yaml").write_text(COMPANY, encoding="utf-8")
    for year in YEARS:
        write_year(folder, rows, year, seed=1)


def write_year(folder: Path, rows: int, year: int, seed: int) -> None:
    """One of the files."""
    pq.write_table(order_lines(rows // len(YEARS), year, seed), folder / "data" / f"order_lines_{year}.parquet")


def ours(folder: Path, outputs: Path) -> None:
    """The intake."""
    take_in(read_company(folder), outputs)


def query(_: Path, outputs: Path) -> None:
    """A sum by channel."""
    read_snapshot("trader", outputs).query("SELECT channel, sum(net) FROM order_lines GROUP BY channel")


def peer(folder: Path, outputs: Path) -> None:
    """pandas, reading and checking the same."""
    files = sorted((folder / "data").glob("*.parquet"))
    table = pd.concat([pd.read_parquet(file, columns=list(COLUMNS)) for file in files], ignore_index=True)
    problems = 0
    for column, rule in EVENTS["order_lines"].items():
        if rule.kind == "number":
            table[column] = table[column].astype(float)
            least = -math.inf if rule.least is None else rule.least
            problems += int((~np.isfinite(table[column])).sum()) + int((table[column] < least).sum())
        elif rule.kind == "day":
            table[column] = pd.to_datetime(table[column])
            problems += int((~table[column].between(*SPAN)).sum())
        else:
            table[column] = table[column].astype(str).str.strip()
            problems += int((table[column] == "").sum())
    found = int(table.duplicated(list(KEYS["order_lines"]), keep=False).sum()) + int(table.isna().sum().sum())
    outputs.mkdir(parents=True, exist_ok=True)
    table.to_parquet(outputs / "peer.parquet", index=False)
    assert not problems and not found


JOBS = {"ours": ours, "query": query, "peer": peer}


def measured(job: str, folder: Path, outputs: Path) -> dict[str, float]:
    """A job in a process of its own: seconds, and the peak of its memory."""
    words = [sys.executable, __file__, "--job", job, str(folder), str(outputs)]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def do(job: str, folder: Path, outputs: Path) -> None:
    """The job itself, in that process."""
    started = time.perf_counter()
    JOBS[job](folder, outputs)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": round(seconds, 2), "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))


def at_size(rows: int) -> dict:
    """All jobs at one size."""
    with tempfile.TemporaryDirectory() as place:
        folder, outputs = Path(place) / "params" / "trader", Path(place) / "snapshots"
        write_company(folder, rows)
        found = {"rows": rows, "first": measured("ours", folder, outputs), "again": measured("ours", folder, outputs)}
        found |= {"query": measured("query", folder, outputs), "pandas": measured("peer", folder, Path(place) / "peer")}
        write_year(folder, rows, YEARS[-1], seed=2)
        found["one year"] = measured("ours", folder, outputs)
    found["rows_per_second"] = round(rows / found["first"]["seconds"])
    print(json.dumps(found), flush=True)
    return found


def growth(sizes: list[dict], job: str, what: str) -> float:
    """The power of the rows by which a job grows between the two largest sizes."""
    small, large = sizes[-2:]
    return round(math.log(large[job][what] / small[job][what]) / math.log(large["rows"] / small["rows"]), 2)


def main() -> None:
    asked = [int(word) for word in sys.argv[1:]]
    sizes = [at_size(rows) for rows in asked or SIZES]
    if len(sizes) < 2:
        return
    grows = {job: {what: growth(sizes, job, what) for what in ("seconds", "peak_mb")} for job in ("first", "again", "one year", "pandas")}
    last = sizes[-1]
    faster = {job: round(last["pandas"]["seconds"] / last[job]["seconds"], 2) for job in ("first", "again", "one year")}
    smaller = round(last["pandas"]["peak_mb"] / last["first"]["peak_mb"], 2)
    told = about("intake") | {"times_faster": faster, "times_less_memory": smaller, "growth": grows, "sizes": sizes}
    print(json.dumps(told, indent=1) if asked else save(told))


if __name__ == "__main__":
    do(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])) if sys.argv[1:2] == ["--job"] else main()
