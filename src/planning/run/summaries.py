"""What a listing says of each run, read from the manifests once and remembered.

It lies below outputs/.runs, with the mark (time, size, file) of the manifest that it was read from; a manifest with another mark is
read anew. The folder may be deleted at any time; a damaged file in it is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from planning.inputs.aside import aside, sweep
from planning.inputs.params import Home
from planning.run.manifest import read_manifest

FAILED = "failed"
"""Where failed runs lie, below their notebook's folder."""
STATUSES = ("done", "failed", "refused", "damaged")
"""What became of a run: refused by the book, or damaged: its manifest can't be read any more."""
TEXTS = ("company", "notebook", "case", "headline", "snapshot", "started", "finished", "inputs", "batch")
"""What a summary takes over from a manifest as it stands there, beside `run`, `status`, `headlines`, `seconds`, `why` and `folder`."""


def index_folder(home: Home, company: str) -> Path:
    """Where the summaries of a company's runs are remembered."""
    return home.outputs / ".runs" / company


def read_summaries(home: Home, company: str, notebook: str) -> list[dict[str, Any]]:
    """The summaries of a notebook's runs, in no order; what is remembered of an unchanged manifest is not read again."""
    place, index = home.outputs / company / notebook, index_folder(home, company) / f"{notebook}.json"
    marks = _marks(place)
    remembered = _read_index(index) if marks or index.exists() else {}
    fresh, unreadable = {}, {}
    for key, mark in marks.items():
        entry = remembered.get(key)
        if entry and entry[0] == mark:
            fresh[key] = entry
            continue
        try:
            fresh[key] = [mark, _summary(place / key)]
        except FileNotFoundError:  # pruned meanwhile
            continue
        except OSError as broken:  # may be readable the next time, with the same mark
            unreadable[key] = [mark, _damaged(place / key, company, notebook, broken)]
        except (ValueError, RecursionError) as broken:
            fresh[key] = [mark, _damaged(place / key, company, notebook, broken)]
    if fresh != remembered:
        _save_index(index, fresh)
    return [summary | {"folder": f"{place}/{key}"} for key, (_, summary) in (fresh | unreadable).items()]


def _marks(place: Path) -> dict[str, list[int]]:
    """Of each run's manifest below a notebook's folder, by the run's folder there: when it was written, its size, which file it is."""
    found = {}
    for below in ("", f"{FAILED}/"):
        for name in names_in(place / below):
            if "Z-" in name:
                with suppress(FileNotFoundError, NotADirectoryError):
                    said = os.stat(f"{place}/{below}{name}/manifest.json")
                    found[below + name] = [said.st_mtime_ns, said.st_size, said.st_ino]
    return found


def _read_index(path: Path) -> dict[str, Any]:
    """What is remembered of each run; nothing where the file is damaged, or of another form."""
    with suppress(OSError, ValueError):
        digest, _, body = path.read_text(encoding="utf-8").partition("\n")
        if digest == _digest(body):
            return json.loads(body)
    return {}


def _save_index(path: Path, entries: dict[str, Any]) -> None:
    """All of it or nothing; of two processes the last one's stands. Where it can't be written, manifests are read again the next time."""
    body = json.dumps(entries) + "\n"
    written = aside(path.parent, path.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        written.write_text(f"{_digest(body)}\n{body}", encoding="utf-8")
        os.replace(written, path)
    except OSError:
        with suppress(OSError):
            written.unlink(missing_ok=True)


def _digest(body: str) -> str:
    """Of an index and the form of its summaries, so that one of another form is not taken for this one's."""
    return hashlib.blake2b(f"{TEXTS}\n{body}".encode(), digest_size=16).hexdigest()


# Folders and their manifests


def names_in(folder: Path) -> list[str]:
    """What lies in a folder and is not hidden; nothing where it is none."""
    try:
        return [name for name in os.listdir(folder) if not name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def read_checked(folder: Path) -> dict[str, Any]:
    """A run's manifest. ValueError where it is none, or another run's."""
    manifest = read_manifest(folder)
    if not isinstance(manifest, dict):
        raise ValueError("no manifest of a run")
    lacking = [name for name in ("run", "company", "notebook", "case") if not isinstance(manifest.get(name), str)]
    if lacking:
        raise ValueError(f"without {', '.join(lacking)}")
    failed = folder.parent.name == FAILED
    place = folder.parent.parent if failed else folder.parent
    named = folder.name == manifest["run"] or (failed and folder.name.startswith(f"{manifest['run']}-"))  # one that failed several times
    if not named or (manifest["company"], manifest["notebook"]) != (place.parent.name, place.name):
        raise ValueError("another run's manifest")
    return manifest


def _summary(folder: Path) -> dict[str, Any]:
    """What a listing says of a run. OSError and ValueError as they come."""
    manifest = read_checked(folder)
    seconds, headlines = manifest.get("seconds"), manifest.get("headlines")
    status = FAILED if folder.parent.name == FAILED else str(manifest.get("status", "done"))
    summary = {"run": folder.name, "status": status}
    summary |= {name: str(manifest.get(name, "")) for name in TEXTS}
    summary["headlines"] = headlines if isinstance(headlines, dict) else {}
    summary["seconds"] = seconds.get("all") if isinstance(seconds, dict) else None
    summary["why"] = str(manifest.get("refused") or manifest.get("reason", ""))
    json.dumps(summary, ensure_ascii=False).encode()  # half a character can be read, and not be printed
    return summary


def _damaged(folder: Path, company: str, notebook: str, broken: Exception) -> dict[str, Any]:
    about = dict.fromkeys(TEXTS, "") | {"company": company, "notebook": notebook}
    said = {"run": folder.name, "status": "damaged"}
    return said | about | {"headlines": {}, "seconds": None, "why": f"manifest.json: {say_damage(broken)}"}


def say_damage(broken: Exception) -> str:
    """Why a manifest could not be read, in a line."""
    if isinstance(broken, OSError):
        return broken.strerror or str(broken)
    return "nested too deeply" if isinstance(broken, RecursionError) else str(broken)
