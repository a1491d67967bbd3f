"""Secrets: a parameter names a variable of the environment; the variable's value is read where it is needed and never written.

A notebook declares `token: str = ""  # secret, what it opens` and calls `read_secret(token)`. Whatever the run leaves shows HIDDEN
in the value's place, in any of the ways in which text is escaped; a table or a figure that holds it fails the run. What is
drawn as pixels, packed in an archive or cut into pieces can't be seen.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from planning.core.errors import Problem, RequestError

UNIT = "secret"
HIDDEN = "•••"
SHORTEST = 6
"""Characters that a value has at least: a shorter one would be found in words and figures that have nothing to do with it."""
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")

_read: set[str] = set()


def secret_names(declared: Mapping[str, Any], params: Mapping[str, Any]) -> list[str]:
    """The variables that a notebook's secret parameters name; an empty name is none."""
    return [params[name] for name, parameter in declared.items() if parameter.unit == UNIT and params.get(name)]


def secret_problems(declared: Mapping[str, Any], params: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the variables that are named: not there, empty, or too short to be told from other text."""
    problems = []
    for name, parameter in declared.items():
        variable = params.get(name) if parameter.unit == UNIT else ""
        if variable and len(os.environ.get(variable, "").strip()) < SHORTEST:
            what = "no value in the environment" if not os.environ.get(variable) else "too short to be kept out of the results"
            problems.append(Problem(what, name, variable, f"a variable that holds {SHORTEST} characters or more"))
    return problems


def read_secret(name: str) -> str:
    """The value of the variable that a secret parameter names; empty for an empty name. RequestError where it isn't there."""
    if not name:
        return ""
    value = os.environ.get(name, "")
    if not value:
        raise RequestError("secret", [Problem("no value in the environment", got=name)])
    _read.add(value)
    return value


def values_read() -> Redaction:
    """What `read_secret` gave in this process."""
    return Redaction(_read)


class Redaction:
    """The values that nothing may show; false where there are none."""

    def __init__(self, values: Iterable[str]):
        forms = {form for value in values for form in _forms(value)}
        self.forms = sorted(forms, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, self.forms)))

    def __bool__(self) -> bool:
        return bool(self.forms)

    def text(self, said: str) -> str:
        """A text with HIDDEN for every value."""
        return self.pattern.sub(HIDDEN, said) if self.forms else said

    def cut(self, said: str) -> str:
        """A text that was cut off, with HIDDEN for every value, and without the beginning of one at its end."""
        said = self.text(said)
        begun = (size for form in self.forms for size in range(1, len(form)) if said.endswith(form[:size]))
        return said[: len(said) - max(begun, default=0)]

    def plain(self, value: Any) -> Any:
        """The same for all texts in lists and mappings, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return type(value)({self.plain(key): self.plain(inner) for key, inner in value.items()})
        return [self.plain(inner) for inner in value] if isinstance(value, list) else value

    def in_text(self, said: str) -> bool:
        """Whether a text shows a value."""
        return bool(self.forms and self.pattern.search(said))

    def in_bytes(self, content: bytes) -> bool:
        """Whether a file's content shows a value."""
        return any(form.encode("utf-8", "surrogateescape") in content for form in self.forms)

    def in_table(self, table: Any) -> bool:
        """Whether a table shows a value: in a cell, a column's name or what the table says of itself."""
        columns = [table[column] for column in table.select_dtypes(exclude=["number", "bool", "datetime", "timedelta"])]
        distinct = (text for column in columns for text in set(map(str, column)))
        return self.in_text("\n".join([*map(str, [*table.columns, *table.index.names, table.attrs]), *distinct]))

    def in_figure(self, figure: Any) -> bool:
        """Whether a figure's texts show a value."""
        return self.in_text("\n".join(part.get_text() for part in figure.findobj(lambda part: hasattr(part, "get_text"))))


def _forms(value: str) -> set[str]:
    """A value as it may stand in a file: as it is, and escaped once or twice as Python, JSON, HTML and addresses do it."""
    plain = {part for part in (value, value.strip()) if part}
    once = {escape(part) for part in plain for escape in ESCAPES}
    return once | {escape(part) for part in once for escape in ESCAPES}


ESCAPES: list[Callable[[str], str]] = [
    lambda text: text,
    lambda text: repr(text)[1:-1],
    lambda text: text.encode("unicode_escape").decode(),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    html.escape,
    lambda text: html.escape(text, quote=False),
    lambda text: html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;"),
    lambda text: quote(text, safe="", errors="surrogateescape"),
    lambda text: quote(text, errors="surrogateescape"),
    lambda text: quote_plus(text, errors="surrogateescape"),
]
