"""A batch file: many runs in one YAML, their grids expanded into jobs; whatever is wrong with it is said in one list.

    about_en: Year-end                            # optional; about_zh too
    intake: [city]                                # companies taken in first
    parallel: 2                                   # runs at once (default: a core each)
    deadline: 14400                               # seconds for the whole batch
    defaults: {retries: 1, back_off: 5, deadline: 600, cell_deadline: 300}
    runs:
      budget:  {notebook: annual_budget, company: city, case: "2022"}
      units:                                      # `notebook` defaults to the run's name
        company: city
        case: ["base", "high"]                    # a list is a grid over it
        grid: {department: {every: cost_centres}, lang: [en, zh]}
        needs: {budget_run: budget}               # this parameter gets the id of that run, which must be done
        after: [control]                          # starts when those have ended, whatever came of them

A run's jobs are the product of its lists. A company's `loop.yaml` is a batch file too: there `company` and `intake` default to the
company whose folder it lies in.
"""

from __future__ import annotations

import itertools
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from planning.core.errors import Problem, RequestError, at_most, did_you_mean
from planning.inputs.params import Home
from planning.inputs.yaml_files import mapping_in, read_mapping, read_text

LIMIT = 100_000
"""Jobs that one batch may have."""
DIMENSIONS = ("accounts", "cost_centres", "entities")
NAMED = ("case", "company")
"""Axes of a grid that name files; all others are parameters."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

Named = Annotated[str, StringConstraints(pattern=rf"^{NAME.pattern}$")]
Seconds = Annotated[float, Field(gt=0, le=31_536_000)]
Codes = Callable[[str, str], list[str]]
"""The codes of a company's dimension."""


class Strict(BaseModel):
    """A part of a batch file: unknown keys are problems; nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Patience(Strict):
    """How often a broken run is tried again, after how many seconds (doubled each time), and how long it and its cells may take."""

    retries: int = Field(0, ge=0, le=100)
    back_off: float = Field(5.0, ge=0, le=86_400)
    deadline: Seconds | None = None
    cell_deadline: Seconds | None = None


class Every(Strict):
    """All codes of a dimension's lowest level, but these."""

    every: Literal[DIMENSIONS]
    but: list[str] = Field([], alias="except")


class Notify(Strict):
    """Who is told: on what, to which addresses (the name of an environment variable that holds them), in which language."""

    to: str
    on: list[Literal["first_failure", "failure", "completion"]] = ["failure", "completion"]
    lang: Literal["en", "zh"] = "en"


class RunForm(Patience):
    """One run of the file, or many by its grid."""

    notebook: Named | None = None
    company: Named | None = None
    case: str | list[str] = ""
    grid: dict[str, list[Any] | Every] = {}
    params: dict[str, Any] = {}
    after: list[str] = []
    needs: dict[str, str] = {}
    force: bool = False

    @field_validator("case", mode="before")
    @classmethod
    def _cases(cls, value: Any) -> Any:
        names = value if isinstance(value, list) else [value]
        if value != "" and not (names and all(isinstance(name, str) and NAME.fullmatch(name) for name in names)):
            raise ValueError("expected the name of a case in quotes, or a list of them")
        _check_once(names, "")
        return value

    @field_validator("grid", mode="before")
    @classmethod
    def _grid(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("expected a mapping from parameters to lists")
        return {axis: _axis(axis, values) for axis, values in value.items()}


def _axis(axis: Any, values: Any) -> Any:
    """A grid's list checked here (so that one clear thing is said), {every: …} left to its own form."""
    if isinstance(values, dict) and axis not in NAMED:
        return Every.model_validate(values)
    if not isinstance(values, list) or not values:
        every = "" if axis in NAMED else f", or {{every: {'|'.join(DIMENSIONS)}}}"
        raise ValueError(f"{axis}: expected a list that isn't empty{every}")
    _check_once([say_value(value) for value in values], f"{axis}: ")
    if axis in NAMED and not all(isinstance(value, str) and NAME.fullmatch(value) for value in values):
        raise ValueError(f"{axis}: expected names in quotes")
    return values


def _check_once(said: list[str], where: str) -> None:
    """Each value of a list once, or two jobs would have one name."""
    if twice := sorted(one for one, count in Counter(said).items() if count > 1):
        raise ValueError(f"{where}given twice: {', '.join(twice[:5])}")


class BatchForm(Strict):
    """The whole file."""

    runs: dict[Named, RunForm] = Field(min_length=1)
    intake: list[Named] = []
    parallel: int | None = Field(None, ge=1, le=1000)
    deadline: Seconds | None = None
    defaults: Patience = Patience()
    notify: Notify | None = None
    about_en: str = ""
    about_zh: str = ""


_WHOLE = ("parallel", "deadline", "notify")
_KEYS = {*BatchForm.model_fields, *RunForm.model_fields, *Notify.model_fields, "every", "except"}


@dataclass(frozen=True)
class Batch:
    """A batch file as read: its runs by name with defaults filled in, what goes for the whole, and where and what it was."""

    subject: str
    texts: dict[str, str]
    runs: dict[str, RunForm]
    where: dict[str, str]
    intake: tuple[str, ...] = ()
    parallel: int | None = None
    deadline: float | None = None
    notify: Notify | None = None
    about: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One run of a batch: whose, which, with which parameters over the case's, after what, and how patiently.

    `run` is its name in the file; `needs` names a job for each parameter that gets a run's id.
    """

    name: str
    run: str
    notebook: str
    company: str
    case: str
    values: dict[str, Any]
    after: tuple[str, ...]
    needs: dict[str, str]
    retries: int
    back_off: float
    deadline: float | None
    cell_deadline: float | None
    force: bool


# Reading


def read_batch(path: Path, company: str = "") -> Batch:
    """A batch file; `company` is whose loop it is. RequestError with everything that is wrong with its form and its order."""
    text = read_text(path)
    try:
        form = BatchForm.model_validate(mapping_in(text, path))
    except ValidationError as invalid:
        raise RequestError(str(path), at_most([_said(error) for error in invalid.errors()])) from None
    runs = {name: _filled(name, run, form.defaults, company) for name, run in form.runs.items()}
    problems = [problem for name, run in runs.items() for problem in _order_problems(name, run, runs)] or _circles(runs)
    problems += [Problem("no company", f"runs.{name}", expected="company: NAME") for name, run in runs.items() if not _companies(run)]
    if problems:
        raise RequestError(str(path), at_most(problems))
    return Batch(
        subject=str(path), texts={str(path): text}, runs=runs, where=dict.fromkeys(runs, str(path)),
        intake=tuple(dict.fromkeys(form.intake or ([company] if company else []))), parallel=form.parallel, deadline=form.deadline,
        notify=form.notify, about={"en": form.about_en, "zh": form.about_zh},
    )  # fmt: skip


def _said(error: dict[str, Any]) -> Problem:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return Problem("unknown", where, next=did_you_mean(str(error["loc"][-1]), _KEYS))
    got = error.get("input")
    shown = repr(got)[:80] if isinstance(got, (str, int, float)) else ""
    return Problem(error["msg"].removeprefix("Value error, "), where, shown)


def _filled(name: str, run: RunForm, defaults: Patience, company: str) -> RunForm:
    """A run with the file's defaults where it says nothing itself."""
    given = {key: getattr(defaults, key) for key in defaults.model_fields_set - run.model_fields_set}
    own = {"notebook": run.notebook or name, "company": run.company or (None if "company" in run.grid else company or None)}
    return run.model_copy(update=given | own)


def _order_problems(name: str, run: RunForm, runs: dict[str, RunForm]) -> list[Problem]:
    asked = [("after", other) for other in run.after] + [(f"needs.{parameter}", other) for parameter, other in run.needs.items()]
    unknown = [(how, other) for how, other in asked if other not in runs]
    problems = [Problem("no such run", f"runs.{name}.{how}", other, next=did_you_mean(other, runs)) for how, other in unknown]
    axes = {"case"} & set(run.grid) if run.case else set()
    axes |= {"company"} & set(run.grid) if run.company else set()
    given = [run.params.keys() & run.grid.keys(), run.params.keys() & run.needs.keys(), run.grid.keys() & run.needs.keys(), axes]
    twice = [one for both in given for one in sorted(both, key=str)]
    return problems + [Problem("given twice", f"runs.{name}", one, "each parameter once") for one in twice]


def _circles(runs: dict[str, RunForm]) -> list[Problem]:
    try:
        TopologicalSorter({name: {*run.after, *run.needs.values()} for name, run in runs.items()}).prepare()
    except CycleError as circle:
        return [Problem("runs wait for each other in a circle", "runs", " → ".join(circle.args[1][::-1]))]
    return []


def read_loops(home: Home, companies: Iterable[str] = ()) -> Batch:
    """The loop.yaml of every company named as one batch; each run's name says whose it is. None: all that have one and their data.

    RequestError with what is wrong with any, and where two loops want something else of the whole batch.
    """
    known = sorted(path.parent.name for path in home.params.glob("*/loop.yaml"))
    wanted = list(dict.fromkeys(companies)) or [name for name in _in_turn(home, known) if not lacks_data(home, name)]
    problems, loops = [], {}
    for company in wanted:
        path = home.company(company) / "loop.yaml"
        if not path.is_file():
            problems.append(Problem("no loop", str(path), next=did_you_mean(company, known)))
            continue
        try:
            loops[company] = read_batch(path, company)
        except RequestError as wrong:
            problems += [replace(problem, where=f"{path}, {problem.where}".strip(", ")) for problem in wrong.problems]
    if not wanted:
        problems.append(Problem("no company has a loop", str(home.params), expected="params/<company>/loop.yaml"))
    problems += _at_odds(loops.values())
    if problems:
        raise RequestError(", ".join(wanted) or "loop", problems)
    return _together(loops)


def _in_turn(home: Home, companies: list[str]) -> list[str]:
    """The made-up group first, whose files everybody has, then the others by name."""
    return sorted(companies, key=lambda company: (not _data_of(home, company).get("sample"), company))


def lacks_data(home: Home, company: str) -> str:
    """The variable of the environment that should name the folder with a company's files and isn't set; "" where nothing is lacking."""
    variable = _data_of(home, company).get("env") or ""
    return variable if variable and not os.environ.get(variable) else ""


def _data_of(home: Home, company: str) -> dict:
    """What company.yaml says of where the files lie; what is wrong with it is told when the company is read."""
    with suppress(RequestError):
        data = read_mapping(home.company(company) / "company.yaml").get("data")
        return data if isinstance(data, dict) else {}
    return {}


def _at_odds(loops: Iterable[Batch]) -> Iterator[Problem]:
    for name in _WHOLE:
        given = {str(getattr(loop, name)): loop.subject for loop in loops if getattr(loop, name) is not None}
        if len(given) > 1:
            yield Problem("loops that differ", name, ", ".join(given), "the same in each, or one loop at a time")


def _together(loops: dict[str, Batch]) -> Batch:
    whole = list(loops.values())
    given = {name: [getattr(loop, name) for loop in whole if getattr(loop, name) is not None] for name in _WHOLE}
    first = {name: values[0] for name, values in given.items() if values}
    return Batch(
        subject="loop " + ", ".join(loops), texts={path: text for loop in whole for path, text in loop.texts.items()},
        runs={f"{company} {name}": _whose(run, company) for company, loop in loops.items() for name, run in loop.runs.items()},
        where={f"{company} {name}": loop.subject for company, loop in loops.items() for name in loop.runs},
        intake=tuple(dict.fromkeys(company for loop in whole for company in loop.intake)), about={"en": "The loop", "zh": "闭环"}, **first,
    )  # fmt: skip


def _whose(run: RunForm, company: str) -> RunForm:
    """A run whose references carry the company's name, as the runs' own names do."""
    needs = {parameter: f"{company} {other}" for parameter, other in run.needs.items()}
    return run.model_copy(update={"after": [f"{company} {other}" for other in run.after], "needs": needs})


# Expanding


def expand(batch: Batch, codes: Codes) -> list[Job]:
    """Every job of a batch, in the file's order. RequestError where there would be too many (none is built then) or needs don't match."""
    axes = {name: list(_combined(run, codes)) for name, run in batch.runs.items()}
    problems = [*_size_problems(batch, axes), *_excepted_problems(batch, codes)]
    if problems:
        raise RequestError(batch.subject, at_most(problems))
    jobs = {name: [_job(name, run, values) for part in axes[name] for values in _product(part)] for name, run in batch.runs.items()}
    for name, run in batch.runs.items():
        for parameter, other in run.needs.items():
            jobs[name] = list(_matched(jobs[name], parameter, jobs[other], _shared(run, batch.runs[other]), problems))
    if problems:
        raise RequestError(batch.subject, at_most(problems))
    return [job for name in batch.runs for job in jobs[name]]


def companies(batch: Batch) -> list[str]:
    """Whose runs the batch has, and who is taken in."""
    return list(dict.fromkeys([*batch.intake, *(company for run in batch.runs.values() for company in _companies(run))]))


def _companies(run: RunForm) -> list[str]:
    return list(run.grid["company"]) if "company" in run.grid else [run.company] if run.company else []


def _combined(run: RunForm, codes: Codes) -> Iterator[dict[str, list[Any]]]:
    """The lists of a run's grid, by axis; once for each company, whose codes differ."""
    for company in _companies(run):
        lists: dict[str, list[Any]] = {"company": [company]} if "company" in run.grid else {}
        if isinstance(run.case, list):
            lists["case"] = run.case
        for axis, values in run.grid.items():
            if axis != "company":
                lists[axis] = _codes(values, company, codes) if isinstance(values, Every) else values
        yield lists


def _codes(asked: Every, company: str, codes: Codes) -> list[str]:
    return [code for code in codes(company, asked.every) if code not in asked.but]


def _size_problems(batch: Batch, axes: dict[str, list[dict[str, list[Any]]]]) -> Iterator[Problem]:
    sizes = {name: sum(math.prod(len(values) for values in part.values()) for part in parts) for name, parts in axes.items()}
    total = sum(sizes.values())
    if total > LIMIT:
        largest = max(sizes, key=sizes.get)
        yield Problem("too many runs", f"runs, most of them {largest}", f"{total:,}", f"{LIMIT:,} at most", "split the file, or the grid")
    for name, parts in axes.items():
        empty = sorted({axis for part in parts for axis, values in part.items() if not values})
        yield from (Problem("no codes", f"runs.{name}.grid.{axis}", "nothing to run", "a dimension with codes") for axis in empty)


def _excepted_problems(batch: Batch, codes: Codes) -> Iterator[Problem]:
    """Codes to be left out that no company of the run has."""
    for name, run in batch.runs.items():
        for axis, asked in run.grid.items():
            if isinstance(asked, Every) and asked.but:
                known = {code for company in _companies(run) for code in codes(company, asked.every)}
                where = f"runs.{name}.grid.{axis}.except"
                yield from (Problem("no such code", where, code, next=did_you_mean(code, known)) for code in asked.but if code not in known)


def _product(lists: dict[str, list[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values()))


def _job(name: str, run: RunForm, values: dict[str, Any]) -> Job:
    said = " ".join([name, *(f"{axis}={say_value(value)}" for axis, value in values.items())])
    own = {axis: value for axis, value in values.items() if axis not in NAMED}
    company, case = values.get("company", run.company), values.get("case", run.case)
    patience = {key: getattr(run, key) for key in Patience.model_fields}
    return Job(said, name, run.notebook, company, case, run.params | own, tuple(run.after), {}, force=run.force, **patience)


def say_value(value: Any) -> str:
    """A grid's value as it stands in a job's name."""
    return value if isinstance(value, str) and re.fullmatch(r"[\w.:+-]+", value) else repr(value)


def _shared(run: RunForm, other: RunForm) -> list[str]:
    """The axes that both grids have."""
    return [axis for axis in _axes(run) if axis in _axes(other)]


def _axes(run: RunForm) -> list[str]:
    return [*run.grid, *(["case"] if isinstance(run.case, list) else [])]


def _matched(jobs: list[Job], parameter: str, others: list[Job], shared: list[str], problems: list[Problem]) -> Iterator[Job]:
    """Jobs with the one job named whose run they need: of those others that have the same values on the shared axes."""
    by_values: dict[tuple, list[str]] = {}
    for other in others:
        by_values.setdefault(_place(other, shared), []).append(other.name)
    for job in jobs:
        found = by_values.get(_place(job, shared), [])
        if len(found) == 1:
            yield replace(job, needs=job.needs | {parameter: found[0]})
        else:
            got = f"{len(found)}: {', '.join(found[:3])} …" if found else "none"
            problems.append(Problem("needs exactly one run", f"{job.name}, needs.{parameter}", got, "the same values in both grids"))


def _place(job: Job, axes: list[str]) -> tuple:
    whose = {"company": job.company, "case": job.case}
    return tuple(say_value(whose[axis] if axis in whose else job.values[axis]) for axis in axes)
