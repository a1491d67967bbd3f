"""A wish checked before anything runs: which notebook, whose company, which case, with every parameter settled."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from planning.core.errors import Problem, RequestError
from planning.inputs.company import Company, read_company
from planning.inputs.params import Home, Parameter, check_params, notebook_path, read_case, read_declarations
from planning.inputs.secrets import Redaction, secret_names, secret_problems
from planning.inputs.snapshots import latest


@dataclass(frozen=True)
class Request:
    """A checked wish: which notebook, whose company, which case, with every parameter settled."""

    notebook: str
    company: str
    case: str
    params: dict[str, Any]


def settle(home: Home, notebook: str, company: str, case: str = "", overrides: dict[str, Any] | None = None) -> Request:
    """A wish checked before anything runs: every parameter known, there and typed. RequestError with every problem."""
    declared = read_declarations(notebook_path(home, notebook))
    company_of(home, company)
    values = read_case(home, company, notebook, case) if case else {}
    return fit(home, notebook, company, case, declared, values | (overrides or {}))


def fit(home: Home, notebook: str, company: str, case: str, declared: dict[str, Parameter], given: dict[str, Any]) -> Request:
    """Values given for what a notebook declares, checked: a wish. RequestError with every problem."""
    values = {"company": company} | given
    subject = str(home.company(company) / notebook / f"{case}.yaml") if case else f"{notebook} for {company}"
    params = check_params(values, declared, subject)
    if params["company"] != company:
        raise RequestError(subject, [Problem("another company", "company", repr(params["company"]), company)])
    problems = secret_problems(declared, params)
    if problems:
        raise RequestError(subject, problems)
    if params.get("snapshot"):
        _existing_snapshot(home, company, params["snapshot"])
    return Request(notebook, company, case, params)


def company_of(home: Home, company: str) -> Company:
    """A company's description, read and checked again only when one of its files has changed. Shared: look, don't touch."""
    folder = home.company(company)
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name) if folder.is_dir() else []
    marks = tuple((entry.name, entry.stat().st_mtime_ns, entry.stat().st_size) for entry in entries if entry.is_file())
    return _company(folder, marks)


@lru_cache(maxsize=64)
def _company(folder: Path, marks: tuple[tuple[str, int, int], ...]) -> Company:
    return read_company(folder)


def pinned(home: Home, asked: Request) -> Request:
    """The same wish with its snapshot named: the newest where it names none. RequestError where there is none yet."""
    if asked.params.get("snapshot", "none needed"):
        return asked
    snapshot = _existing_snapshot(home, asked.company, "")
    return replace(asked, params=asked.params | {"snapshot": snapshot})


def hidden(home: Home, asked: Request) -> Redaction:
    """The values that nothing this run leaves may show: those of the variables that its secret parameters name."""
    names = secret_names(read_declarations(notebook_path(home, asked.notebook)), asked.params)
    return Redaction(os.environ.get(name, "") for name in names)


def _existing_snapshot(home: Home, company: str, snapshot: str) -> str:
    folder = home.snapshots(company)
    name = snapshot or latest(folder)
    if name is None or not (folder / name / "manifest.json").is_file():
        raise RequestError(
            company, [Problem("no such snapshot", str(folder), snapshot or "none yet", next=f"run planning intake {company}")]
        )
    return name
