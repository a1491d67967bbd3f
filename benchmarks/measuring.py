"""What every result says of how it was measured, and where it is kept."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planning.run.manifest import commit

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
LOAD = os.getloadavg()[0]
"""Processes that wanted a core in the minute before the benchmark began."""


def about(benchmark: str) -> dict[str, Any]:
    """Which benchmark, when, on which commit (with + where the tree differs from it) and machine, under which load."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = {"cores": os.cpu_count(), "memory_gb": round(memory, 1), "python": platform.python_version(), "system": platform.platform()}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"benchmark": benchmark, "date": now, "commit": commit(ROOT), "machine": machine, "load_before": round(LOAD, 2)}


def save(told: dict[str, Any]) -> Path:
    """A result under its benchmark's name; returns its path."""
    path = RESULTS / f"{told['benchmark']}.json"
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
