"""Parameters: what a notebook declares, what a params file gives, and whether the two agree, before anything runs.

A notebook's cell tagged `parameters` is the contract: one `name: type = literal  # unit, meaning` a line. The unit may
bind the value: `month`, `name`, `text`, `one of a|b`, or a range such as `months 1..36`.
"""

from __future__ import annotations

import ast
import json
import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.inputs.plain import is_number, is_plain, is_text, is_whole, plain_value, shown
from planning.inputs.secrets import UNIT as SECRET
from planning.inputs.secrets import VARIABLE
from planning.inputs.yaml_files import read_mapping, read_value

TYPES = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list", "dict": "a mapping"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_RANGE = re.compile(r"(-?[\d.]+)\.\.(-?[\d.]+)")


@dataclass(frozen=True)
class Home:
    """Where the project's folders lie: params/, notebooks/ and, unless told otherwise, outputs/."""

    root: Path
    outputs: Path

    @property
    def params(self) -> Path:
        """The folder of params files."""
        return self.root / "params"

    @property
    def notebooks(self) -> Path:
        """The folder of notebooks."""
        return self.root / "notebooks"

    def company(self, company: str) -> Path:
        """A company's params folder; a name that isn't one word is refused, so that no path leaves params/."""
        if not _NAME.fullmatch(company):
            raise RequestError("company", [Problem("not a name", got=repr(company), expected="letters, digits, _ . -")])
        return self.params / company

    def snapshots(self, company: str) -> Path:
        """Where a company's snapshots lie."""
        return self.outputs / company / "snapshots"

    def book(self) -> str:
        """The book's address: PLANNING_BOOK, or a SQLite file in outputs/."""
        return os.environ.get("PLANNING_BOOK") or str(self.outputs / "book.sqlite")


def find_home(start: Path | None = None) -> Home:
    """The nearest folder at or above `start` (default: here) that has params/ and notebooks/; PLANNING_HOME and PLANNING_OUTPUTS win."""
    named, here = os.environ.get("PLANNING_HOME"), (start or Path.cwd()).resolve()
    root = Path(named).resolve() if named else next((f for f in (here, *here.parents) if _is_home(f)), None)
    if root is None or not _is_home(root):
        where = str(root or here)
        raise RequestError(
            "home", [Problem("no project here", where, expected="a folder with params/ and notebooks/", next="set PLANNING_HOME")]
        )
    outputs = os.environ.get("PLANNING_OUTPUTS")
    return Home(root, Path(outputs).resolve() if outputs else root / "outputs")


def _is_home(folder: Path) -> bool:
    return (folder / "params").is_dir() and (folder / "notebooks").is_dir()


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: its type, default, unit (which may bind it) and meaning."""

    name: str
    type: str
    default: Any
    unit: str
    meaning: str


def notebook_path(home: Home, notebook: str) -> Path:
    """notebooks/<notebook>.ipynb. RequestError for a name that isn't one, or is none of ours."""
    known = [path.stem for path in home.notebooks.glob("*.ipynb")]
    if notebook not in known:
        raise RequestError("notebook", [Problem("unknown notebook", got=repr(notebook), next=did_you_mean(notebook, known))])
    return home.notebooks / f"{notebook}.ipynb"


def read_declarations(path: Path) -> dict[str, Parameter]:
    """The parameters a notebook declares, by name, in order. RequestError where the cell breaks its form."""
    source = _parameters_cell(path)
    lines = source.split("\n")
    declared, problems = {}, []
    for node in _statements(source, path):
        line = lines[node.lineno - 1]
        try:
            parameter = _declaration(node, line)
        except (ValueError, AttributeError, TypeError):
            problems.append(Problem("parameters cell", got=line, expected="name: type = literal  # unit, meaning"))
            continue
        if parameter.name in declared:
            problems.append(Problem("declared twice", parameter.name, line, "each parameter once"))
        declared[parameter.name] = parameter
    if problems:
        raise RequestError(str(path), problems)
    return declared


def _parameters_cell(path: Path) -> str:
    sources = [source for tags, source in _cells(path) if "parameters" in tags]
    if len(sources) != 1:
        raise RequestError(str(path), [Problem("cells tagged parameters", got=str(len(sources)), expected="one")])
    return sources[0]


def _cells(path: Path) -> list[tuple[list[str], str]]:
    """The tags and the source of each cell, from the notebook's JSON: nbformat alone takes longer to import than a listing may."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["nbformat"] != 4:
            raise ValueError(f"nbformat {content['nbformat']}")
        return [(list(cell.get("metadata", {}).get("tags", [])), "".join(cell["source"])) for cell in content["cells"]]
    except OSError as broken:
        raise RequestError(str(path), [Problem("can't be read", got=broken.strerror or str(broken))]) from None
    except (ValueError, RecursionError) as broken:  # bytes that are no UTF-8 included
        said = " ".join(str(broken).split())[:200]
    except (KeyError, TypeError, AttributeError):
        said = "JSON of another form"
    raise RequestError(str(path), [Problem("not a notebook", got=said, expected="JSON with cells, of nbformat 4")])


def _statements(source: str, path: Path) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError) as broken:
        raise RequestError(str(path), [Problem("parameters cell", got=str(broken), expected="Python")]) from None


def _declaration(node: ast.stmt, line: str) -> Parameter:
    if not isinstance(node, ast.AnnAssign) or node.annotation.id not in TYPES or node.lineno != node.end_lineno:
        raise ValueError(line)
    default = ast.literal_eval(node.value)
    rest = line.encode()[node.end_col_offset :].decode()  # ast counts bytes
    between, _, comment = rest.partition("#")
    unit, _, meaning = comment.strip().partition(",")
    if between.strip() or not unit or not meaning or "=" in comment:
        raise ValueError(line)
    return Parameter(node.target.id, node.annotation.id, default, unit.strip(), meaning.strip())


def read_case(home: Home, company: str, notebook: str, case: str) -> dict[str, Any]:
    """A params file with what it extends resolved: the nearest value wins, mappings merge key by key."""
    folder = home.company(company) / notebook
    values, seen = {}, []
    while case:
        path = folder / f"{case}.yaml"
        if not _NAME.fullmatch(case) or not path.is_file():
            known = [p.stem for p in folder.glob("*.yaml")]
            raise RequestError(f"{company} {notebook}", [Problem("no such case", str(path), next=did_you_mean(case, known))])
        if case in seen:
            raise RequestError(str(path), [Problem("extends runs in a circle", got=" → ".join([*seen, case]))])
        seen.append(case)
        content = read_mapping(path)
        case = content.pop("extends", "")
        if not isinstance(case, str):
            raise RequestError(str(path), [Problem("extends", got=repr(case), expected="the name of another case, in quotes")])
        values = _merged(content, values)
    return values


def _merged(base: dict, differences: dict) -> dict:
    merged = dict(base)
    for name, value in differences.items():
        both = isinstance(value, dict) and isinstance(base.get(name), dict)
        merged[name] = _merged(base[name], value) if both else value
    return merged


def read_overrides(pairs: tuple[str, ...], declared: dict[str, Parameter]) -> dict[str, Any]:
    """`name=value` from the command line, read by the declared type; text stays text ("007" is not 7), a name comes once."""
    values, problems = {}, []
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            problems.append(Problem("-p", got=repr(pair), expected="name=value"))
        elif name not in declared:
            problems.append(Problem("unknown", name, next=did_you_mean(name, declared)))
        elif name in values:
            told = "" if declared[name].unit == SECRET else repr(text)
            problems.append(Problem("given twice", name, told, "each parameter once"))
        else:
            values[name] = text if declared[name].type == "str" else _read_value(text)
    if problems:
        raise RequestError("parameters", problems)
    return values


def _read_value(text: str) -> Any:
    try:
        return read_value(text)
    except ValueError:
        return text


def check_params(values: dict[str, Any], declared: dict[str, Parameter], subject: str) -> dict[str, Any]:
    """Declared defaults with the given values over them, in the declared order. RequestError with every problem found.

    What comes back is plain and typed as declared, and arrives in the notebook as it is: dates as ISO text, decimals and numpy's
    numbers as the int or float that says exactly the same.
    """
    problems = [Problem("unknown", str(name), next=did_you_mean(str(name), declared)) for name in values if name not in declared]
    given = {name: _plain(values.get(name, parameter.default), parameter) for name, parameter in declared.items()}
    for name, parameter in declared.items():
        problems += _value_problems(given[name], parameter)
    if problems:
        raise RequestError(subject, problems)
    return {name: float(value) if declared[name].type == "float" else value for name, value in given.items()}


def _plain(value: Any, parameter: Parameter) -> Any:
    """A value as plain Python; of a month its first day, as periods are kept, is the month."""
    said = plain_value(value)
    is_first = isinstance(value, date) and isinstance(said, str) and re.fullmatch(r"\d{4}-\d\d-01(T00:00:00)?", said)
    return said[:7] if is_first and parameter.unit == "month" else said


def _value_problems(value: Any, parameter: Parameter) -> list[Problem]:
    if parameter.unit == SECRET:
        return _secret_problems(value, parameter)
    if not _is_of_type(value, parameter.type):
        unquoted = parameter.type == "str" and isinstance(value, (bool, int, float))
        advice = f'in quotes it stays text: "{shown(value)}"' if unquoted else ""
        return [Problem("wrong type", parameter.name, shown(value), f"{TYPES[parameter.type]} ({parameter.unit})", advice)]
    if parameter.type in ("int", "float"):
        return _range_problems(value, parameter)
    if parameter.type == "str":
        return _text_problems(value, parameter)
    if parameter.type == "dict":
        return _shape_problems(value, parameter)
    return [] if is_plain(value) else [Problem("not plain values", parameter.name, shown(value), "text, numbers, lists, mappings")]


def _secret_problems(value: Any, parameter: Parameter) -> list[Problem]:
    """A secret is given by name; what was given instead may be the secret itself and is not shown."""
    if value == "" or (isinstance(value, str) and VARIABLE.fullmatch(value)):
        return []
    return [Problem("not the name of a variable", parameter.name, "", "the name of the environment variable that holds the secret")]


def _is_of_type(value: Any, name: str) -> bool:
    if name in ("str", "int", "float"):
        return {"str": is_text, "int": is_whole, "float": is_number}[name](value)
    return isinstance(value, {"bool": bool, "list": list, "dict": dict}.get(name, object))


def _range_problems(value: float, parameter: Parameter) -> list[Problem]:
    bounds = _RANGE.search(parameter.unit)
    if bounds and not float(bounds[1]) <= value <= float(bounds[2]):
        return [Problem("out of range", parameter.name, repr(value), f"{TYPES[parameter.type]} from {bounds[1]} to {bounds[2]}")]
    return []


def _text_problems(value: str, parameter: Parameter) -> list[Problem]:
    unit = parameter.unit
    if unit == "month" and value:
        from planning.core.periods import month  # brings pandas: only where there is a month to check

        try:
            month(value)
        except ValueError:
            return [Problem("wrong month", parameter.name, repr(value), 'a month such as "2021-03"')]
    if unit.startswith("one of "):
        choices = unit.removeprefix("one of ").split("|")
        if value not in choices:
            return [Problem("unknown choice", parameter.name, repr(value), f"one of {', '.join(choices)}")]
    if unit == "name" and value and not _NAME.fullmatch(value):
        return [Problem("not a name", parameter.name, repr(value), "letters, digits, _ . - (64 at most)")]
    return []


def _shape_problems(value: dict, parameter: Parameter) -> list[Problem]:
    """A mapping takes its shape from the default: entries like its first one, with the same inner names, numbers for numbers;
    an empty mapping stands for any."""
    pattern = next(iter(parameter.default.values()), None)
    alike = len({type(entry) for entry in parameter.default.values()}) == 1
    problems = []
    for name, inner in value.items():
        where = f"{parameter.name}.{name}"
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            problems.append(Problem("not a name", where, repr(name), "letters, digits, _ . -"))
        elif not is_plain(inner):
            problems.append(Problem("not plain values", where, shown(inner), "text, numbers, lists, mappings"))
        elif alike and isinstance(pattern, dict):
            problems += _entry_problems(inner, pattern, where)
        elif alike and not _is_of_type(inner, type(pattern).__name__):
            problems.append(Problem("wrong type", where, shown(inner), TYPES[type(pattern).__name__]))
    return problems


def _entry_problems(inner: Any, pattern: dict[str, Any], where: str) -> list[Problem]:
    if not isinstance(inner, dict):
        return [Problem("not a mapping", where, shown(inner), ", ".join(pattern) or "a mapping")]
    if not pattern:
        return []
    kinds = {key: type(value).__name__ for key, value in pattern.items()}
    wrong = [key for key in kinds if key in inner and not _is_of_type(inner[key], kinds[key])]
    return [
        *[Problem("unknown", f"{where}.{key}", next=did_you_mean(key, pattern)) for key in inner if key not in pattern],
        *[Problem("missing", f"{where}.{key}", "nothing", TYPES.get(kinds[key], "a value")) for key in pattern if key not in inner],
        *[Problem("wrong type", f"{where}.{key}", shown(inner[key]), TYPES[kinds[key]]) for key in wrong],
    ]


def params_text(values: dict[str, Any], title: str) -> str:
    """Flat parameters as YAML that plain papermill reads with -f."""
    return f"# {title}\n" + yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
