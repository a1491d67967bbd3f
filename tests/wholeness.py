"""What must hold of a run that can be seen, whatever was killed and whenever; and how often the kill tests kill."""

import json
import os

import pandas as pd

from planning.inputs.snapshots import content_hash
from planning.run.manifest import read_manifest

KILLS = int(os.environ.get("PLANNING_KILLS", "8"))


def assert_whole(folder):
    """A run that can be seen has all that its manifest says."""
    about = read_manifest(folder)
    tables = {path.stem: pd.read_parquet(path) for path in (folder / "tables").glob("*.parquet")}
    assert about["finished"] and about["run"] == folder.name and set(tables) == set(about["tables"])
    assert all(about["tables"][name]["content"] == content_hash({name: table}) for name, table in tables.items())
    assert (folder / "report.html").read_text().rstrip().endswith("</html>")
    assert json.loads((folder / "report.ipynb").read_text())["cells"]
