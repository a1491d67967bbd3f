"""Who may act for a company: params/<company>/people.yaml, read and checked here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.people import ROLES, Person
from planning.inputs.company import Company
from planning.inputs.company_file import Name, Strict
from planning.inputs.yaml_files import read_mapping

NOBODY = ("engine", "intake")
"""The names under which the machine itself writes; no person has them."""

EXPECTED = "people: {code: {label_en, label_zh, roles: [owner, finance, committee], owns: all or cost centres}}"
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PersonFile(Strict):
    """One office or function: its labels and roles; an owner says what it owns, `all` or a list of cost centres."""

    label_en: Label
    label_zh: Label
    roles: list[Literal[ROLES]] = Field(min_length=1)
    owns: Any = None

    @field_validator("owns")
    @classmethod
    def _texts(cls, owns: Any) -> Any:
        if owns == "all" or owns is None:
            return owns
        if not isinstance(owns, list) or not owns:
            raise ValueError("expected all, or a list of cost centres")
        numbers = [code for code in owns if not isinstance(code, str)]
        if numbers:
            raise ValueError(f'a cost centre is a text: write "{numbers[0]}" in quotes')
        return owns

    @model_validator(mode="after")
    def _owners_own(self):
        if ("owner" in self.roles) != (self.owns is not None):
            raise ValueError("an owner says what it owns, and nobody else does: give both the role owner and owns, or neither")
        return self


class PeopleFile(Strict):
    """people.yaml."""

    people: dict[Name, PersonFile] = Field(min_length=1)


def has_people(company: Company) -> bool:
    """Whether the company says who may act."""
    return (company.folder / "people.yaml").is_file()


def read_people(company: Company) -> dict[str, Person]:
    """The people of a company by code, an owner's cost centres with all below them. RequestError with every problem."""
    path = company.folder / "people.yaml"
    if not has_people(company):
        missing = Problem("missing file", str(path), "nothing", EXPECTED, "say there who may submit, approve and lock")
        raise RequestError(company.code, [missing])
    try:
        file = PeopleFile.model_validate(read_mapping(path))
    except ValidationError as invalid:
        raise RequestError(str(path), [_said(error) for error in invalid.errors()]) from None
    problems = _content_problems(file, company.cost_centres)
    if problems:
        raise RequestError(str(path), problems)
    return {code: _person(code, one, company.cost_centres) for code, one in file.people.items()}


def _said(error: dict) -> Problem:
    where = ".".join(str(part) for part in error["loc"])
    got = repr(error["input"])[:80] if isinstance(error["input"], str | int | float) else ""
    return Problem(error["msg"].removeprefix("Value error, "), where, got)


def _content_problems(file: PeopleFile, cost_centres: pd.DataFrame) -> list[Problem]:
    known = set(cost_centres["code"])
    problems = [Problem("a name of the machine's", f"people.{code}", next="name it otherwise") for code in NOBODY if code in file.people]
    for code, person in file.people.items():
        unknown = [owned for owned in _listed(person) if owned not in known]
        where = f"people.{code}.owns"
        problems += [Problem("unknown cost centre", where, owned, next=did_you_mean(owned, known)) for owned in unknown]
    held = {role for person in file.people.values() for role in person.roles}
    nobody = [role for role in ROLES if role not in held]
    return problems + [Problem("nobody has this role", "people", role, next="no version could be approved") for role in nobody]


def _listed(person: PersonFile) -> list[str]:
    return person.owns if isinstance(person.owns, list) else []


def _person(code: str, person: PersonFile, cost_centres: pd.DataFrame) -> Person:
    owned = _with_below(_listed(person), cost_centres)
    return Person(code, person.label_en, person.label_zh, tuple(dict.fromkeys(person.roles)), owned, person.owns == "all")


def _with_below(codes: list[str], cost_centres: pd.DataFrame) -> frozenset[str]:
    """Cost centres with all that stand below them."""
    found, new = set(), set(codes)
    while new:
        found |= new
        new = set(cost_centres.loc[cost_centres["parent"].isin(new), "code"]) - found
    return frozenset(found)
