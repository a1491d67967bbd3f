"""What a run's figures depend on, as one hash; and a lock for each, so that what is asked for twice at once is done once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import platform
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import planning
from planning.inputs.params import Home, notebook_path, read_declarations
from planning.inputs.secrets import secret_names
from planning.run.manifest import installed
from planning.run.requests import Request

try:
    import fcntl
except ImportError:  # not on this system: two runs of the same at once are then both done
    fcntl = None

IDLE = ("workers",)
"""Parameters that change neither a figure nor a word."""
RUN = re.compile(r"\d{8}T\d{6,12}Z-[0-9a-f]{8}")
LOOKS_AROUND = re.compile(r"\b(planning\.book|open_book|read_results|read_waiting)\b")
"""Names by which a notebook sees more than its parameters say: the book, or whatever ran last."""
LOCKS = ".locks"
CODE = (".py", ".npz")
"""What figures are made by: modules, and the networks that lie beside them."""

log = logging.getLogger("planning.run")


def inputs_hash(home: Home, asked: Request) -> str:
    """What a run depends on, as SHA-256; empty where that can't be known: it reads the book, the newest results, or behind a secret.

    Hashed are the notebook, the case it is filed under, the parameters (mappings in their order, the snapshot named; of a run that
    a parameter names, the content of its tables), the company's files but for notebooks' cases and the loop, the code of this package,
    Python, and which distributions are installed.
    """
    path = notebook_path(home, asked.notebook)
    content = path.read_bytes()
    if LOOKS_AROUND.search(content.decode("utf-8", "replace")) or secret_names(read_declarations(path), asked.params):
        return ""
    params = {name: _meant(home, asked.company, value) for name, value in asked.params.items() if name not in IDLE}
    about = {
        "notebook": [asked.notebook, hashlib.sha256(content).hexdigest()],
        "case": [asked.company, asked.case],
        "params": params,
        "files": _company_files(home, asked.company),
        "code": code_digest(),
        "python": platform.python_version(),
        "installed": installed(),
    }
    return hashlib.sha256(json.dumps(about).encode("utf-8", "surrogatepass")).hexdigest()


def _meant(home: Home, company: str, value: Any) -> Any:
    """A parameter's value; of one that names a run, what that run found instead of when it ran, unless its manifest is damaged."""
    if isinstance(value, str) and RUN.fullmatch(value):
        for path in sorted((home.outputs / company).glob(f"[!.]*/{value}/manifest.json")):
            with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
                found = json.loads(path.read_text(encoding="utf-8"))
                return [found["notebook"], found.get("tables"), found.get("headlines")]
    return value


def _company_files(home: Home, company: str) -> dict[str, str]:
    """The digest of each of a company's files that a notebook may read, by its path below params."""
    folder, cases = home.company(company), {path.stem for path in home.notebooks.glob("*.ipynb")}
    found = {}
    for path, mark in _files(folder):
        below = path.relative_to(folder)
        is_case = below.parts[0] in cases and path.suffix == ".yaml"
        if not is_case and below != Path("loop.yaml"):
            found[str(below)] = _digest(path, mark)
    return found


def _files(folder: Path) -> Iterator[tuple[Path, tuple[int, int, int]]]:
    """The files below a folder, hidden ones left out, each with what changes when it does."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from _files(Path(entry.path))
        elif entry.is_file():
            said = entry.stat()
            yield Path(entry.path), (said.st_mtime_ns, said.st_size, said.st_ino)


@lru_cache(maxsize=10_000)
def _digest(path: Path, mark: tuple[int, int, int]) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def code_digest() -> str:
    """The digest of this package's code, taught networks included."""
    package = Path(planning.__path__[0])
    return _digest_of(package, tuple((path, mark) for path, mark in _files(package) if path.suffix in CODE))


@lru_cache(maxsize=4)
def _digest_of(package: Path, files: tuple[tuple[Path, tuple[int, int, int]], ...]) -> str:
    digest = hashlib.sha256()
    for path, _ in files:
        content = path.read_bytes()
        digest.update(b"%b %d " % (str(path.relative_to(package)).encode(), len(content)) + content)
    return digest.hexdigest()


# One at a time


class Turn:
    """Who holds the lock of some inputs: `result` is the run that the one before left while this one waited, else empty."""

    def __init__(self, descriptor: int | None, result: str = ""):
        self.descriptor, self.result = descriptor, result

    def leave(self, run: str) -> None:
        """What those who wait may take: the id of the run that is in place now."""
        if self.descriptor is not None:
            os.pwrite(self.descriptor, run.encode(), 0)


@contextlib.contextmanager
def only_one(place: Path, inputs: str, waits: Callable[[], None]) -> Iterator[Turn]:
    """The only holder of these inputs below a notebook's folder of runs; calls `waits` once where another has to end first.

    The lock is the operating system's, which frees it when its holder dies. Where the folder's file system has none, nobody waits.
    """
    folder = place / LOCKS
    turn = _take(folder / inputs, waits)
    try:
        if turn.descriptor is not None and not turn.result:
            os.ftruncate(turn.descriptor, 0)
            _sweep_locks(folder)
        yield turn
    finally:
        if turn.descriptor is not None:
            _give(folder / inputs, turn.descriptor)


def _take(path: Path, waits: Callable[[], None]) -> Turn:
    while fcntl:
        with contextlib.suppress(FileExistsError):
            path.parent.mkdir(parents=True)  # not exist_ok, which looks twice
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except FileNotFoundError:  # the folder was removed as empty meanwhile
            continue
        try:
            result = _locked(descriptor, waits)
        except BaseException as broken:
            os.close(descriptor)
            if not isinstance(broken, OSError):
                raise
            log.warning("no lock on %s (%s): the same run may be done twice at once", path.parent, broken)
            return Turn(None)
        if result or _is_at(path, descriptor):
            return Turn(descriptor, result)
        os.close(descriptor)  # its last holder removed it: there may be a new one
    return Turn(None)


def _locked(descriptor: int, waits: Callable[[], None]) -> str:
    """Waits for the lock; what its last holder left, where there was one to wait for."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return ""
    except BlockingIOError:
        waits()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return os.pread(descriptor, 200, 0).decode()


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _give(path: Path, descriptor: int) -> None:
    """The lock given back, and its file removed: by its holder only, and only while it is the one others would open."""
    try:
        with contextlib.suppress(OSError):
            if _is_at(path, descriptor):
                path.unlink()
            path.parent.rmdir()  # where it is empty
    finally:
        os.close(descriptor)


def _sweep_locks(folder: Path) -> None:
    """Files of holders that died, removed."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_at(path, descriptor):
                    path.unlink()
            finally:
                os.close(descriptor)
