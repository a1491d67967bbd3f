"""The engine: the only place that launches a notebook or publishes a run.

A run is written aside, checked, moved into place and then published to the book once, by its id. Whatever kills the
process, a reader sees whole runs only, and the next command publishes a run that was moved but not yet published.
Identical inputs are not run again, unless asked, and what is asked for twice at once is done once (see identity.py).
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from planning.core.errors import Problem, RequestError, RunError
from planning.inputs.aside import fresh_room, move_into_place
from planning.inputs.params import Home, notebook_path
from planning.inputs.secrets import Redaction
from planning.run.execution import Step, execute, silent
from planning.run.identity import RUN, inputs_hash, only_one
from planning.run.manifest import run_id, surroundings, utc_now, write_manifest
from planning.run.publishing import publish, stands
from planning.run.register import FAILED, Run, find_finished, is_whole, read_run
from planning.run.requests import Request, hidden, pinned

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LONGEST = 300
"""Characters of a reason, which is one line."""

log = logging.getLogger("planning.run")


def run(
    home: Home, asked: Request, book: Any, step: Step = silent, *, name: str = "", force: bool = False,
    cell_deadline: float | None = None, batch: str = "",
) -> Run:  # fmt: skip
    """One notebook executed, checked, moved into place and published. RunError where it broke; it is kept apart then."""
    done = produce(home, asked, name, step, force=force, cell_deadline=cell_deadline, batch=batch, book=book)
    publish(home, done, book)
    return done


def unchanged(home: Home, asked: Request, book: Any = None) -> Run | None:
    """The newest finished run of the same inputs, which need not be run again; None where there is none.

    With a book: None too where the versions it published say something else by now, for another run came after it. A batch
    looks up many at once (see planning.batch.done_before).
    """
    return _reusable(home, asked, inputs_hash(home, pinned(home, asked)), book)


def produce(
    home: Home, asked: Request, name: str = "", step: Step = silent, *, force: bool = False,
    cell_deadline: float | None = None, batch: str = "", book: Any = None,
) -> Run:  # fmt: skip
    """One notebook executed, checked and moved into place; the book is at most looked into. RunError where it broke.

    `name`: the run's id, given by a batch that may ask again for a run whose fate it doesn't know: one that is in place is
    returned. A run of the same inputs is returned as `reused` instead of running again, unless `force`; where one is going on
    at this moment its result is waited for and taken, with `force` too.
    """
    if name and not RUN.fullmatch(name):
        raise RequestError("run", [Problem("not a run's id", got=repr(name), expected="UTC time and a hash")])
    asked, place = pinned(home, asked), home.outputs / asked.company / asked.notebook
    inputs = inputs_hash(home, asked)
    found = _in_place(place, name) or (None if force else _reusable(home, asked, inputs, book))
    if found:
        return found
    fresh_room(place).rmdir()  # whether runs can be written at all
    if not inputs:
        return _run_anew(home, asked, name, place, step, cell_deadline, batch, "")

    def waits() -> None:
        step(f"{asked.notebook} {asked.case}: waits for the same run, which is going on", 0, 1)

    with only_one(place, inputs, waits) as turn:
        found = _in_place(place, name) or _taken(place, turn.result) or (None if force else _reusable(home, asked, inputs, book))
        if not found:
            found = _run_anew(home, asked, name, place, step, cell_deadline, batch, inputs)
        turn.leave(found.id)
    return found


def _reusable(home: Home, asked: Request, inputs: str, book: Any) -> Run | None:
    found = find_finished(home, asked.company, asked.notebook, inputs)
    if not found or not is_whole(found) or (book is not None and not stands(book, found)):
        return None
    log.info("unchanged run=%s notebook=%s case=%s", found.id, asked.notebook, asked.case)
    return replace(found, reused=True)


def _in_place(place: Path, name: str) -> Run | None:
    """The finished run of this very id."""
    if name and (place / name / "manifest.json").is_file():
        return read_run(place / name)
    return None


def _taken(place: Path, name: str) -> Run | None:
    """The run that was waited for; None where there is none, or it is pruned already."""
    found = _in_place(place, name)
    return replace(found, reused=True) if found else None


def _run_anew(home: Home, asked: Request, name: str, place: Path, step: Step, cell_deadline: float | None, batch: str, inputs: str) -> Run:
    """Written aside, checked, moved into place; a broken one is kept apart, an interrupted one isn't."""
    secrets, written = hidden(home, asked), fresh_room(place)
    name = name or _free_id(place, asked)
    manifest = _begun(home, asked, name, batch)
    try:
        manifest |= execute(home, asked, name, written, step, cell_deadline=cell_deadline)
        if manifest["checks"]["failed"]:
            raise RunError(f"checks failed: {', '.join(manifest['checks']['failed'])}", kind="checks")
        manifest |= {"finished": utc_now(), "inputs": inputs if inputs_hash(home, asked) == inputs else ""}  # changed while it ran
        write_manifest(written, manifest)
        move_into_place(written, place / name)
    except Exception as broken:
        raise _kept_apart(asked, secrets, written, place, manifest, broken) from (None if secrets else broken)
    except BaseException:  # interrupted: nobody asks why it broke
        shutil.rmtree(written, ignore_errors=True)
        raise
    return read_run(place / name)  # where another process was first with this id, its own


def _free_id(place: Path, asked: Request) -> str:
    """An id that no run has; the clock may have been set back."""
    name = run_id(asked.notebook, asked.params)
    while (place / name).exists() or (place / FAILED / name).exists():
        name = run_id(asked.notebook, asked.params)
    return name


def _begun(home: Home, asked: Request, name: str, batch: str) -> dict[str, Any]:
    about = {"run": name, "notebook": asked.notebook, "company": asked.company, "case": asked.case, "params": asked.params}
    about |= {"batch": batch} if batch else {}
    code = hashlib.sha256(notebook_path(home, asked.notebook).read_bytes()).hexdigest()[:16]
    return about | {"snapshot": asked.params.get("snapshot", ""), "notebook_sha256": code, "started": utc_now(), **surroundings(home.root)}


def _kept_apart(asked: Request, secrets: Redaction, written: Path, place: Path, manifest: dict[str, Any], broken: Exception) -> RunError:
    """The error of a failed run, which lies under failed/ with its traceback, never among the finished ones."""
    said = secrets.text(str(broken) if isinstance(broken, RunError) else f"{type(broken).__name__}: {broken}")
    reason = " ".join(COLOURS.sub("", said).split())[:LONGEST]
    kind = "checks" if isinstance(broken, RequestError) else getattr(broken, "kind", "broken")
    log.error("failed run=%s notebook=%s case=%s reason=%s", manifest["run"], asked.notebook, asked.case, reason)
    text = secrets.text(COLOURS.sub("", "".join(traceback.format_exception(broken))))
    try:
        (written / "traceback.txt").write_text(text, encoding="utf-8", errors="backslashreplace")
        write_manifest(written, secrets.plain(manifest) | {"finished": utc_now(), "status": "failed", "reason": reason})
        folder = _keep(written, place / FAILED, manifest["run"])
    except OSError as refused:
        with suppress(OSError):
            shutil.rmtree(written, ignore_errors=True)
        return RunError(f"{asked.notebook} {asked.case}: {said}\n  nothing could be kept: {refused}", None, reason, kind)
    return RunError(f"{asked.notebook} {asked.case}: {said}\n  kept in {folder}, see traceback.txt", folder, reason, kind)


def _keep(written: Path, failed: Path, name: str) -> Path:
    """A failed run in its folder; one that failed before under the same id stays beside it."""
    failed.mkdir(exist_ok=True)
    folder, number = failed / name, 1
    while folder.exists():
        number += 1
        folder = failed / f"{name}-{number}"
    written.rename(folder)
    return folder
