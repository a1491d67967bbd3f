"""Written aside, moved into place: a reader sees all of a folder or file, or nothing, whenever its writer is killed."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

from planning.core.errors import Problem, RequestError

ASIDE = ".aside-"


def aside(folder: Path, name: str = "") -> Path:
    """A name beside the final one that says which process writes it."""
    return folder / f"{ASIDE}{os.getpid()}-{uuid.uuid4().hex[:8]}{'-' + name if name else ''}"


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
    try:
        os.rename(written, place)
    except OSError:
        if not place.is_dir():
            raise
        shutil.rmtree(written)


def replace_text(path: Path, text: str) -> None:
    """A small file rewritten so that a reader sees the old text or the new one."""
    written = aside(path.parent, path.name)
    written.write_text(text + "\n", encoding="utf-8")
    os.replace(written, path)


def sweep(folder: Path) -> list[str]:
    """Folders and files left aside by processes that are gone, removed; returns their names."""
    gone = []
    for path in folder.glob(f"{ASIDE}*"):
        writer = path.name.removeprefix(ASIDE).split("-")[0]
        if writer.isdecimal() and not _alive(int(writer)):
            # another process may be sweeping too
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            gone.append(path.name)
    return gone


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
