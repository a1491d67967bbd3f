"""Writers for test_snapshots, each a process of its own: says ready, waits for a line, writes."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from planning.inputs.remembered import remembered
from planning.inputs.snapshots import TABLES, save_snapshot


def tables(number: int) -> dict[str, pd.DataFrame]:
    """A snapshot whose content is this number, large enough to take a while."""
    return {name: pd.DataFrame({"code": [f"a{n}" for n in range(3000)], "amount": float(number)}) for name in TABLES}


def main(task: str, folder: Path, number: int) -> None:
    ready = tables(number)
    print("ready", flush=True)
    sys.stdin.readline()
    match task:
        case "save":
            print(*save_snapshot("toyland", ready, folder, {}))
        case "save-many":
            for n in range(number):
                save_snapshot("toyland", tables(n), folder, {})
        case "remember":
            remembered(folder, {"number": number}, lambda: pd.concat([ready["rows"]] * 50))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
