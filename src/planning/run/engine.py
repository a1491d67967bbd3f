"""The engine: the only place that launches a notebook or publishes a run.

A run is written aside, checked, moved into place and then published to the book once, by its id. Whatever kills the
process, a reader sees whole runs only, and the next command publishes a run that was moved but not yet published.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import traceback
from pathlib import Path
from typing import Any

from planning.core.errors import RunError
from planning.inputs.aside import fresh_room, move_into_place
from planning.inputs.params import Home, notebook_path
from planning.run.execution import Step, execute, reason, silent
from planning.run.manifest import run_id, surroundings, utc_now, write_manifest
from planning.run.publishing import publish
from planning.run.register import FAILED, Run
from planning.run.requests import Request

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def run(home: Home, asked: Request, book: Any, step: Step = silent) -> Run:
    """One notebook executed, checked, moved into place and published. RunError where it broke; it is kept apart then."""
    place = home.outputs / asked.company / asked.notebook
    written = fresh_room(place)
    name = run_id(asked.notebook, asked.params)
    manifest = _begun(home, asked, name)
    try:
        manifest |= execute(home, asked, name, written, step)
        manifest["finished"] = utc_now()
        write_manifest(written, manifest)
    except Exception as broken:
        folder = _keep_failed(written, place, name, manifest, broken)
        raise RunError(f"{asked.notebook} {asked.case}: {reason(broken)}\n  kept in {folder}, see traceback.txt") from broken
    except BaseException:  # interrupted: nobody asks why it broke
        shutil.rmtree(written, ignore_errors=True)
        raise
    if manifest["checks"]["failed"]:
        folder = _keep_failed(written, place, name, manifest, None)
        failed = ", ".join(manifest["checks"]["failed"])
        raise RunError(f"{asked.notebook} {asked.case}: checks failed: {failed}\n  kept in {folder}")
    move_into_place(written, place / name)
    done = Run(name, place / name, manifest)
    publish(home, done, book)
    return done


def _begun(home: Home, asked: Request, name: str) -> dict[str, Any]:
    about = {"run": name, "notebook": asked.notebook, "company": asked.company, "case": asked.case, "params": asked.params}
    code = hashlib.sha256(notebook_path(home, asked.notebook).read_bytes()).hexdigest()[:16]
    return about | {"snapshot": asked.params.get("snapshot", ""), "notebook_sha256": code, "started": utc_now(), **surroundings(home.root)}


def _keep_failed(written: Path, place: Path, name: str, manifest: dict[str, Any], broken: Exception | None) -> Path:
    """A failed run under failed/, with its traceback, never among the finished ones."""
    text = "".join(traceback.format_exception(broken)) if broken else "checks failed: see tables/checks.parquet\n"
    (written / "traceback.txt").write_text(COLOURS.sub("", text), encoding="utf-8")
    write_manifest(written, manifest | {"finished": utc_now(), "status": "failed"})
    (place / FAILED).mkdir(exist_ok=True)
    move_into_place(written, place / FAILED / name)
    return place / FAILED / name
