"""What ran: the manifests of finished, refused and failed runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.inputs.aside import aside
from planning.inputs.params import Home
from planning.run.manifest import read_manifest

FAILED = "failed"


@dataclass(frozen=True)
class Run:
    """A finished run: its id, folder and manifest."""

    id: str
    folder: Path
    manifest: dict[str, Any]


def company_outputs(home: Home, company: str) -> Path:
    """A company's folder of outputs. RequestError for a company that there isn't."""
    if not home.company(company).is_dir():
        known = [path.parent.name for path in home.params.glob("*/company.yaml")]
        raise RequestError(company, [Problem("no such company", str(home.company(company)), next=did_you_mean(company, known))])
    return home.outputs / company


def manifests(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Manifests oldest first, each with its folder; one that is pruned meanwhile is none."""
    for folder in sorted((path.parent for path in paths), key=lambda folder: folder.name):
        with suppress(FileNotFoundError):
            yield read_manifest(folder) | {"folder": str(folder)}


def runs(home: Home, company: str = "", notebook: str = "") -> list[dict[str, Any]]:
    """The manifests of finished, refused and failed runs, newest first. RequestError for a company that there isn't."""
    places = [company_outputs(home, company)] if company else [path for path in home.outputs.glob("*") if path.is_dir()]
    paths = [path for place in places for below in ("*", f"*/{FAILED}") for path in place.glob(f"{below}/*Z-*/manifest.json")]
    found = [manifest for manifest in manifests(paths) if notebook in ("", manifest["notebook"])]
    return found[::-1]


def find_run(home: Home, name: str) -> Run:
    """A run by its id, or by its unambiguous beginning. RequestError when there is none or several."""
    known = runs(home)
    found = [manifest for manifest in known if manifest["run"].startswith(name)]
    if len(found) != 1:
        ids = [manifest["run"] for manifest in found or known][:20]
        said = Problem("several such runs" if found else "no such run", got=name, next=did_you_mean(name, ids))
        raise RequestError("run", [said])
    return Run(found[0]["run"], Path(found[0]["folder"]), found[0])


def prune(home: Home, company: str, keep: int) -> list[str]:
    """Old runs removed, the newest `keep` of each notebook, case and status kept; returns the ids of those that went."""
    place, gone, seen = company_outputs(home, company), [], {}
    for manifest in runs(home, company):
        key = (manifest["notebook"], manifest["case"], manifest.get("status", ""))
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > keep:
            going = aside(place / manifest["notebook"])  # no reader sees half of it
            with suppress(FileNotFoundError):
                os.rename(manifest["folder"], going)
                shutil.rmtree(going)
                gone.append(manifest["run"])
    return gone
