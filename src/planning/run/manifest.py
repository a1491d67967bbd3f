"""What a run says about itself: its id, what it ran on, how long it took, and what it left."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from planning.inputs.aside import replace_text

PACKAGES = ("planning", "pandas", "numpy", "statsforecast", "prophet", "cmdstanpy", "papermill", "pyarrow", "scikit-learn", "matplotlib")


def utc_now() -> str:
    """Now, as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def run_id(notebook: str, params: dict[str, Any]) -> str:
    """UTC time and a hash of what is asked for; unique to the microsecond, sorted by time."""
    asked = json.dumps([notebook, params], sort_keys=True, ensure_ascii=False)
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"


def commit(root: Path) -> str:
    """The commit the code stands on, with + when the tree differs from it; empty outside a checkout."""
    try:
        said = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--dirty=+"], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip()


@cache
def surroundings(root: Path) -> dict[str, Any]:
    """Commit, Python and the packages that figures depend on; looked up once in a process."""
    versions = dict(name.rsplit("-", 1) for name in installed() if "-" in name)
    packages = {name: versions[name.replace("-", "_")] for name in PACKAGES if name.replace("-", "_") in versions}
    return {"commit": commit(root), "python": platform.python_version(), "packages": packages}


def installed() -> list[str]:
    """All installed distributions as name-version, wherever Python looks for them, by the folders in which they describe themselves."""
    places = [place for place in sys.path if place.endswith("-packages") and os.path.isdir(place)]
    names = [name.rsplit(".", 1)[0] for place in places for name in sorted(os.listdir(place)) if name.endswith((".dist-info", ".egg-info"))]
    return sorted({name.partition("-")[0]: name for name in reversed(names)}.values())  # of two Python imports the first


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """manifest.json, rewritten as a whole."""
    replace_text(folder / "manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False, default=str))


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run's folder."""
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
