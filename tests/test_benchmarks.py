"""The benchmarks take long, so they aren't run here; but each can be started: what it imports is there under the name it goes by."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
IMPORT_EACH = "import importlib, sys\nfor name in sys.argv[1:]:\n    print(name, flush=True)\n    importlib.import_module(name)"


def test_what_the_benchmarks_import_is_there():
    names = sorted(path.stem for path in BENCHMARKS.glob("*.py"))
    ended = subprocess.run([sys.executable, "-c", IMPORT_EACH, *names], cwd=BENCHMARKS, capture_output=True, text=True, check=False)
    assert len(names) > 20 and ended.returncode == 0, f"{ended.stdout.split()[-1]}: {ended.stderr[-800:]}"
