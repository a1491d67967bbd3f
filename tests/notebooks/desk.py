"""A desk to run the real notebooks on: copies of notebooks/ and params/, and outputs of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CASES = {
    "data_quality": ("data_quality", "philadelphia", "base"),
    "annual_budget": ("annual_budget", "philadelphia", "2021"),
    "rolling_reforecast": ("rolling_reforecast", "philadelphia", "2021_q2"),
    "budget_control": ("budget_control", "philadelphia", "2021_q3"),
    "scorecard_review": ("scorecard_review", "philadelphia", "2021"),
    "subscribers": ("churn_prediction", "telco", "base"),
    "buyers": ("churn_prediction", "cdnow", "base"),
    "channels": ("roi_prediction", "robyn", "channels"),
    "projects": ("roi_prediction", "robyn", "projects"),
}
"""What is run: notebook, company, case."""


def build(root: Path) -> Path:
    """A desk at `root`. PLANNING_TEST_TRIALS may name a folder of remembered trials, which saves two minutes."""
    for part in ("notebooks", "params"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("drafts", ".ipynb_checkpoints"))
    trials = os.environ.get("PLANNING_TEST_TRIALS")
    if trials:
        shutil.copytree(trials, root / "outputs" / "philadelphia" / "trials")
    return root


def shell(root: Path, line: str, codes: tuple[int, ...] = (0,)) -> str:
    """A line typed at the desk, in an environment that says nothing of us; what it printed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PLANNING_")}
    env |= {"PATH": f"{BIN}{os.pathsep}{env['PATH']}", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(["bash", "-c", line], cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode in codes, f"{line}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def recorded(root: Path) -> dict[str, bytes]:
    """What stands recorded: every file of the outputs but the remembered trials and the book's write-ahead log."""
    files = [path for path in (root / "outputs").rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files if "trials" not in path.parts and ".sqlite-" not in path.name}


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of a run or a draft, by name."""
    return {path.stem: pd.read_parquet(path) for path in sorted((folder / "tables").glob("*.parquet"))}
