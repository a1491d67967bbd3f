"""A batch's own record: outputs/.batches/<id>/, from which it can be resumed after anything.

    batch.json     what was asked: the file's text, the options, every job with its parameters, the snapshots; never changed
    events.jsonl   what happened: a line for each transition, on the disk before the next thing is done
    log.txt        the same for people, and cell by cell; printed.txt: what the runs' processes printed
    lock           held (by the system, so that death frees it) by the one process that works on the batch

A last line that was torn by a kill or a full disk is no line, and is cut off when the batch is taken up again.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planning.core.errors import Problem, RequestError, RunError, did_you_mean
from planning.inputs.aside import aside, fresh_room, move_into_place, replace_text
from planning.inputs.params import Home

PLACE = ".batches"
KEPT = 20
"""How many batches' records are kept when old runs are pruned."""
ID = re.compile(r"\d{8}T\d{6,12}Z-[0-9a-f]{8}")
TEXTS = ("event", "job", "run", "company", "snapshot")
"""Fields of events that are read again."""
_ANEW = "start the batch anew from its file: what is done is not done again"
_ADVICE = f"mend or remove the line, or {_ANEW}"


class Record:
    """One batch's record, held by this process until it is closed."""

    def __init__(self, folder: Path, lock: int):
        self.folder, self.id, self._lock = folder, folder.name, lock
        self._events = os.open(folder / "events.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)

    @property
    def printed(self) -> Path:
        """Where the runs' processes print to."""
        return self.folder / "printed.txt"

    def asked(self) -> dict[str, Any]:
        """What was asked. RequestError where it can't be read."""
        return _read_asked(self.folder)

    def events(self) -> list[dict[str, Any]]:
        """What happened so far. RequestError naming the line that is damaged; a torn last one is cut off."""
        found, whole = _read_events(self.folder)
        os.ftruncate(self._events, whole)
        return found

    def write(self, event: dict[str, Any]) -> None:
        """One more line, on the disk when this returns. RunError where the disk refuses; then nothing was added."""
        line = _text(event).encode() + b"\n"
        before = os.fstat(self._events).st_size
        try:
            written = os.write(self._events, line)
            if written < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._events)
        except OSError as broken:
            os.ftruncate(self._events, before)
            raise RunError(f"{self.folder / 'events.jsonl'} can't be written: {broken.strerror or broken}") from broken

    def close(self) -> None:
        """Let others take it up."""
        for descriptor in (self._events, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._events = self._lock = -1


def new_record(home: Home, asked: dict[str, Any]) -> Record:
    """A new batch's record, written aside and moved into place. RequestError where outputs can't be written."""
    place = home.outputs / PLACE
    written = fresh_room(place)
    content = _content(asked)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{content[:8]}"
    while (place / name).exists():  # the clock was set back
        name = f"{name[:-8]}{os.urandom(4).hex()}"
    replace_text(written / "batch.json", _text({"batch": name, "content": content, **asked}))
    lock = _locked(written)
    move_into_place(written, place / name)
    return Record(place / name, lock)


def open_record(home: Home, name: str = "") -> Record:
    """The record of a batch by its id or its unambiguous beginning (none: the newest), to go on with it.

    RequestError where there is none, or where its process is still at work.
    """
    known = batches(home)
    found = [one for one in known if one.startswith(name)] if name else known[:1]
    if len(found) != 1:
        said = "several such batches" if found else "no such batch" if name else "no batch yet"
        raise RequestError("batch", [Problem(said, got=name, next=did_you_mean(name, (found or known)[:20]))])
    folder = home.outputs / PLACE / found[0]
    return Record(folder, _locked(folder))


def batches(home: Home) -> list[str]:
    """The ids of all batches, newest first."""
    return sorted((path.name for path in (home.outputs / PLACE).glob("*Z-*") if ID.fullmatch(path.name)), reverse=True)


def prune(home: Home, keep: int = KEPT) -> list[str]:
    """The records of old batches removed, the newest `keep` and those that are going on kept; returns their ids. Their runs stay."""
    gone = []
    for name in batches(home)[keep:]:
        with suppress(RequestError), closing(open_record(home, name)) as record:  # refused where it is going on
            going = aside(record.folder.parent)
            os.rename(record.folder, going)
            shutil.rmtree(going)
            gone.append(name)
    return gone


def _text(said: dict[str, Any]) -> str:
    """JSON that a file can hold: half a character (a path that is no UTF-8) stays the escape that JSON has for it."""
    return json.dumps(said, ensure_ascii=False, default=str).encode(errors="backslashreplace").decode()


def _locked(folder: Path) -> int:
    """The lock of a folder. RequestError where another process holds it."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        said = Problem("the batch is going on", folder.name, expected="its process to have ended", next="wait for it, or stop it")
        raise RequestError("batch", [said]) from None
    return lock


def _read_asked(folder: Path) -> dict[str, Any]:
    path = folder / "batch.json"
    try:
        asked = json.loads(path.read_text(encoding="utf-8"))
        if asked["batch"] != folder.name or asked["content"] != _content(asked):
            raise ValueError("not this batch's, or changed since")
    except (OSError, ValueError, KeyError, TypeError) as broken:
        said = Problem("damaged", str(path), str(broken)[:200], "what was written when the batch began", _ANEW)
        raise RequestError("batch", [said]) from None
    return asked


def _content(asked: dict[str, Any]) -> str:
    """A hash of what was asked, as it is read again."""
    said = {name: value for name, value in json.loads(_text(asked)).items() if name not in ("batch", "content")}
    return hashlib.sha256(_text(said).encode()).hexdigest()


def _read_events(folder: Path) -> tuple[list[dict[str, Any]], int]:
    """The whole lines, and how many bytes they are."""
    path = folder / "events.jsonl"
    content = path.read_bytes() if path.is_file() else b""
    whole, _, torn = content.rpartition(b"\n")
    found = []
    for number, line in enumerate(whole.split(b"\n") if whole else [], 1):
        try:
            found.append(_event(line))
        except (ValueError, TypeError):
            said = Problem("damaged line", f"{path}, line {number}", line[:80].decode("utf-8", "replace"), "one JSON object", _ADVICE)
            raise RequestError("batch", [said]) from None
    return found, len(content) - len(torn)


def _event(line: bytes) -> dict[str, Any]:
    event = json.loads(line)
    if not isinstance(event, dict) or "event" not in event or not all(isinstance(event.get(name, ""), str) for name in TEXTS):
        raise ValueError("no event")
    if not all(isinstance(count, int) for count in dict(event.get("findings", {})).values()):
        raise ValueError("no counts")
    return event
