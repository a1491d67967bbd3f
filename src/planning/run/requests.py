"""A wish checked before anything runs: which notebook, whose company, which case, with every parameter settled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from planning.core.errors import Problem, RequestError
from planning.inputs.company import read_company
from planning.inputs.params import Home, check_params, notebook_path, read_case, read_declarations
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
    read_company(home.company(company))
    values = read_case(home, company, notebook, case) if case else {}
    values = {"company": company} | values | (overrides or {})
    subject = str(home.company(company) / notebook / f"{case}.yaml") if case else f"{notebook} for {company}"
    params = check_params(values, declared, subject)
    if params["company"] != company:
        raise RequestError(subject, [Problem("another company", "company", repr(params["company"]), company)])
    if params.get("snapshot"):
        _existing_snapshot(home, company, params["snapshot"])
    return Request(notebook, company, case, params)


def settle_all(home: Home, company: str, wanted: Iterable[tuple[str, str]]) -> list[Request]:
    """Several (notebook, case) settled together. RequestError with every problem of every one."""
    settled, problems = [], []
    for notebook, case in wanted:
        try:
            settled.append(settle(home, notebook, company, case))
        except RequestError as wrong:
            problems += [replace(problem, where=f"{notebook} {case}, {problem.where}".strip(", ")) for problem in wrong.problems]
    if problems:
        raise RequestError(company, list(dict.fromkeys(problems)))
    return settled


def pinned(home: Home, asked: Request) -> Request:
    """The same wish with its snapshot named: the newest where it names none. RequestError where there is none yet."""
    if "snapshot" not in asked.params:
        return asked
    snapshot = _existing_snapshot(home, asked.company, asked.params["snapshot"])
    return replace(asked, params=asked.params | {"snapshot": snapshot})


def _existing_snapshot(home: Home, company: str, snapshot: str) -> str:
    folder = home.snapshots(company)
    name = snapshot or latest(folder)
    if name is None or not (folder / name / "manifest.json").is_file():
        raise RequestError(
            company, [Problem("no such snapshot", str(folder), snapshot or "none yet", next=f"run planning intake {company}")]
        )
    return name
