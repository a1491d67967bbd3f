"""Who may act for a company: params/<company>/people.yaml, read and checked here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.people import ROLES, Person, Scope
from planning.inputs.company import Company
from planning.inputs.company_file import Name, Strict
from planning.inputs.yaml_files import read_mapping

NOBODY = ("engine", "intake")
"""The names under which the machine itself writes; no person has them."""

EXPECTED = "people: {code: {label_en, label_zh, roles: [owner, finance, committee], owns: all or cost centres, sees: …}}"
SEES = ("entities", "cost_centres")
"""What a scope lists, each with all below it."""

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PersonFile(Strict):
    """One office or function: its labels and roles; an owner says what it owns, `all` or a list of cost centres.

    `sees`: `all`, or lists of entities and cost_centres. Without it finance and the committee see all, an owner what it owns.
    """

    label_en: Label
    label_zh: Label
    roles: list[Literal[ROLES]] = Field(min_length=1)
    owns: Any = None
    sees: Any = None

    @field_validator("owns")
    @classmethod
    def _texts(cls, owns: Any) -> Any:
        if owns == "all" or owns is None:
            return owns
        if not isinstance(owns, list) or not owns:
            raise ValueError("expected all, or a list of cost centres")
        return _all_texts(owns, "a cost centre")

    @field_validator("sees", mode="before")
    @classmethod
    def _scope(cls, sees: Any) -> Any:
        if sees == "all":
            return sees
        if not isinstance(sees, dict) or not sees or set(sees) - set(SEES):
            raise ValueError("expected all, or {entities: a list, cost_centres: a list}, one of them or both")
        for what, codes in sees.items():
            if not isinstance(codes, list) or not codes:
                raise ValueError(f"expected a list of {what}")
            _all_texts(codes, "a code")
        return sees

    @model_validator(mode="after")
    def _owners_own(self):
        if ("owner" in self.roles) != (self.owns is not None):
            raise ValueError("an owner says what it owns, and nobody else does: give both the role owner and owns, or neither")
        return self


def _all_texts(codes: list[Any], what: str) -> list[str]:
    numbers = [code for code in codes if not isinstance(code, str)]
    if numbers:
        raise ValueError(f'{what} is a text: write "{numbers[0]}" in quotes')
    return codes


class PeopleFile(Strict):
    """people.yaml."""

    people: dict[Name, PersonFile] = Field(min_length=1)


def has_people(company: Company) -> bool:
    """Whether the company says who may act."""
    return (company.folder / "people.yaml").is_file()


def read_people(company: Company) -> dict[str, Person]:
    """The people of a company by code, an owner's cost centres with all below them, and what each sees.

    RequestError with every problem.
    """
    path = company.folder / "people.yaml"
    if not has_people(company):
        missing = Problem("missing file", str(path), "nothing", EXPECTED, "say there who may submit, approve and lock")
        raise RequestError(company.code, [missing])
    try:
        file = PeopleFile.model_validate(read_mapping(path))
    except ValidationError as invalid:
        raise RequestError(str(path), [_said(error) for error in invalid.errors()]) from None
    problems = _content_problems(file, company)
    if problems:
        raise RequestError(str(path), problems)
    return {code: _person(code, one, company) for code, one in file.people.items()}


def _said(error: dict) -> Problem:
    where = ".".join(str(part) for part in error["loc"])
    got = repr(error["input"])[:80] if isinstance(error["input"], str | int | float) else ""
    return Problem(error["msg"].removeprefix("Value error, "), where, got)


def _content_problems(file: PeopleFile, company: Company) -> list[Problem]:
    problems = [Problem("a name of the machine's", f"people.{code}", next="name it otherwise") for code in NOBODY if code in file.people]
    for code, person in file.people.items():
        problems += _unknown("cost centre", f"people.{code}.owns", _listed(person), company.cost_centres)
        problems += _unknown("entity", f"people.{code}.sees.entities", _named(person, "entities"), company.entities)
        problems += _unknown("cost centre", f"people.{code}.sees.cost_centres", _named(person, "cost_centres"), company.cost_centres)
    held = {role for person in file.people.values() for role in person.roles}
    nobody = [role for role in ROLES if role not in held]
    return problems + [Problem("nobody has this role", "people", role, next="no version could be approved") for role in nobody]


def _unknown(what: str, where: str, codes: list[str], dimension: pd.DataFrame) -> list[Problem]:
    known = set(dimension["code"])
    return [Problem(f"unknown {what}", where, code, next=did_you_mean(code, known)) for code in codes if code not in known]


def _listed(person: PersonFile) -> list[str]:
    return person.owns if isinstance(person.owns, list) else []


def _named(person: PersonFile, what: str) -> list[str]:
    return person.sees.get(what, []) if isinstance(person.sees, dict) else []


def _person(code: str, person: PersonFile, company: Company) -> Person:
    owned = _with_below(_listed(person), company.cost_centres)
    roles = tuple(dict.fromkeys(person.roles))
    return Person(code, person.label_en, person.label_zh, roles, owned, person.owns == "all", _seen(person, company))


def _seen(person: PersonFile, company: Company) -> Scope:
    """What the file says they see; without it everything for who checks or decides, and nothing beyond their own for who plans."""
    if person.sees is None:
        return Scope(everything=set(person.roles) != {"owner"})
    entities = _with_below(_named(person, "entities"), company.entities)
    return Scope(person.sees == "all", entities, _with_below(_named(person, "cost_centres"), company.cost_centres))


def _with_below(codes: list[str], dimension: pd.DataFrame) -> frozenset[str]:
    """Codes of a dimension (code, parent) with all that stand below them."""
    found, new = set(), set(codes)
    while new:
        found |= new
        new = set(dimension.loc[dimension["parent"].isin(new), "code"]) - found
    return frozenset(found)
