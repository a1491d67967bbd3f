"""The form of a department's workbook: the marks by which what comes back is matched, whatever was moved or sorted meanwhile.

A sheet's first column is hidden and marks its rows: CODES the row that names the columns, HEAD the headings, a line's id, TOTAL.
One very hidden sheet holds in its first column, as JSON: what the workbook is drawn from; the checksum; and of each line its id,
sheet and codes. The checksum finds accidents, not forgers: who may change what is decided when the workbook comes back.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from itertools import chain, count
from typing import Any, NamedTuple

from planning.core.periods import MONTH
from planning.core.tables import OPTIONAL_DIMENSIONS

FORM = 1
"""The form's number; a workbook of another one is refused."""
KEYS_SHEET = "_planning"
COVER_SHEETS = {"en": "Read me", "zh": "说明"}
CODES, HEAD, TOTAL = "codes", "head", "total"
"""Marks of the first column; whatever else stands there is a line's id."""
FURTHER = "x:"
"""Begins the code of a column that isn't a month and isn't compared: history, sums, variances."""
NEEDED = ("case", "entity", "cost_centre", "account", "layer")
"""The codes that every line has."""
LONGEST_NAME = 31
"""Characters of a sheet's name."""
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]|^'|'$")
"""What may not stand in a sheet's name."""


class Key(NamedTuple):
    """A line of a workbook: its id, its sheet, and the codes of its cells but for the period."""

    id: str
    sheet: str
    codes: dict[str, str]


class Stamp(NamedTuple):
    """What a workbook was drawn from and for whom; `sheets`: by sheet the months ("2027-01") that it has a column for."""

    company: str
    scenario: str
    version: str
    revision: int
    who: str
    cover: str
    sheets: dict[str, list[str]]


def written_keys(stamp: Stamp, keys: Iterable[Key]) -> list[str]:
    """The texts of the hidden sheet's first column, from the first row on."""
    said = [_text({"form": FORM, **stamp._asdict()}), *(_text(list(key)) for key in keys)]
    return [said[0], checksum(said), *said[1:]]


def checksum(texts: list[str]) -> str:
    """SHA-256 of the stamp and the keys as they are written."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def read_keys(texts: list[Any]) -> tuple[Stamp, list[Key]]:
    """The reverse of `written_keys`. ValueError, with what is wrong, for any other text."""
    if len(texts) < 2 or not all(isinstance(text, str) for text in texts):
        raise ValueError("it is not as planning wrote it")
    if checksum([texts[0], *texts[2:]]) != texts[1]:
        raise ValueError("it was changed: its checksum differs")
    said, *keys = (json.loads(text) for text in (texts[0], *texts[2:]))
    if not isinstance(said, dict) or said.pop("form", None) != FORM:
        raise ValueError("it has another form than this planning writes")
    stamp, lines = Stamp(**said), [Key(*key) for key in keys]
    if not _is_stamp(stamp) or not all(_is_key(key, stamp) for key in lines) or len({key.id for key in lines}) < len(lines):
        raise ValueError("it says what no workbook of ours says")
    return stamp, lines


def _is_stamp(stamp: Stamp) -> bool:
    """Whether it is of the right types; anybody can compute a checksum."""
    texts = (stamp.company, stamp.scenario, stamp.version, stamp.who, stamp.cover)
    months = [month for months in stamp.sheets.values() for month in months] if isinstance(stamp.sheets, dict) else [None]
    whole = type(stamp.revision) is int and all(isinstance(text, str) for text in texts)
    return whole and all(isinstance(month, str) and re.fullmatch(MONTH, month) for month in months)


def _is_key(key: Key, stamp: Stamp) -> bool:
    named = isinstance(key.id, str) and key.id not in (CODES, HEAD, TOTAL) and isinstance(key.sheet, str) and key.sheet in stamp.sheets
    coded = isinstance(key.codes, dict) and set(NEEDED) <= set(key.codes) <= {*NEEDED, *OPTIONAL_DIMENSIONS}
    return named and coded and all(isinstance(code, str) for code in key.codes.values())


def _text(said: Any) -> str:
    return json.dumps(said, ensure_ascii=True, separators=(",", ":"))


def as_cell(text: str) -> str:
    """A text as cells are compared: without control characters, which are written as _x000D_ or not at all; with one kind of line end."""
    plain = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", plain.replace("\r\n", "\n").replace("\r", "\n"))


def sheet_names(wanted: Iterable[str]) -> list[str]:
    """Names for sheets, each once whatever its case: what a sheet may not be called is replaced."""
    taken, names = {name.lower() for name in ("history", KEYS_SHEET, *COVER_SHEETS.values())}, []
    for text in wanted:
        plain = FORBIDDEN.sub("_", text).strip() or "_"
        tries = ((plain[: LONGEST_NAME - len(end)].rstrip("'") or "_") + end for end in chain([""], (f" ({n})" for n in count(2))))
        names.append(next(name for name in tries if name.lower() not in taken))
        taken.add(names[-1].lower())
    return names
