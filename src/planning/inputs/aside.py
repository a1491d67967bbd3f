"""Written aside, moved into place: a reader sees all of a folder or file, or nothing, whenever its writer is killed."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import time
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

from planning.core.errors import Problem, RequestError

ASIDE = ".aside-"
FORGOTTEN = 7 * 24 * 3600
"""Seconds without a change after which what another machine left aside is given up."""


def aside(folder: Path, name: str = "") -> Path:
    """A name beside the final one that says which process writes it."""
    return folder / f"{ASIDE}{os.getpid()}@{_machine()}-{uuid.uuid4().hex[:8]}{'-' + name if name else ''}"


@cache
def _machine() -> str:
    """Where a process id means this process: the host, or the container in it."""
    try:
        processes = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        processes = 0
    return hashlib.sha256(f"{socket.gethostname()} {processes}".encode()).hexdigest()[:8]


def written_by(folder: Path, pid: int) -> list[Path]:
    """What a process of this machine is writing aside in a folder."""
    return sorted(folder.glob(f"{ASIDE}{pid}@{_machine()}-*"))


def fresh_room(place: Path) -> Path:
    """A fresh folder aside. RequestError where outputs can't be written."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        sweep(place)
        written = aside(place)
        written.mkdir()
    except OSError as broken:
        wrong = Problem("can't be written", str(place), broken.strerror or str(broken), "a folder that this user may write")
        raise RequestError("outputs", [wrong]) from None
    return written


def move_into_place(written: Path, place: Path) -> None:
    """A finished folder under its final name; when another process was first with the same content, its copy stays."""
    _settle(written)
    try:
        os.rename(written, place)
    except OSError:
        if not place.is_dir():
            raise
        shutil.rmtree(written)


def _settle(folder: Path) -> None:
    """What is below a folder put on the disk: a machine switched off a moment later leaves no empty files under a final name."""
    for path in (*folder.rglob("*"), folder):
        with suppress(OSError):  # no such thing on this system or disk: its own time will do
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def replace_text(path: Path, text: str) -> None:
    """A small file rewritten so that a reader sees the old text or the new one."""
    written = aside(path.parent, path.name)
    written.write_text(text + "\n", encoding="utf-8")
    os.replace(written, path)


def sweep(folder: Path) -> list[str]:
    """Folders and files left aside by processes that are gone, removed; returns their names.

    Of another machine's processes nothing is known: what they left goes when it has not changed for a week.
    """
    gone = []
    for path in folder.glob(f"{ASIDE}*"):
        writer, _, machine = path.name.removeprefix(ASIDE).split("-")[0].partition("@")
        if writer.isdecimal() and not (_alive(int(writer)) if machine in ("", _machine()) else _changing(path)):
            # another process may be sweeping too
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            gone.append(path.name)
    return gone


def _changing(path: Path) -> bool:
    try:
        return time.time() - max(inner.stat().st_mtime for inner in (path, *path.rglob("*"))) < FORGOTTEN
    except OSError:  # it is being written, moved or removed
        return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
