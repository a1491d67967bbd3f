"""Text files in the encoding they are said to have: a wrong one is told with its line, and with those that would read the file."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from planning.core.errors import Problem, RequestError

KNOWN = ("utf-8", "gb18030", "big5", "utf-16", "shift_jis", "cp1252")
BLOCK = 2**20
LONGEST = 2**24
"""Characters of the longest line or cell that is read; one longer is none of a table, and would fill the memory."""


def text_lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a text file with their ends, as a CSV reader wants them. RequestError where they are not in this encoding."""
    _refuse_other(path, encoding)
    try:
        with path.open(encoding="utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding, newline="") as file:
            while line := file.readline(LONGEST):
                if len(line) == LONGEST:
                    raise RequestError(str(path), [Problem("line too long", str(path), expected=f"fewer than {LONGEST:,} characters")])
                yield line
    except UnicodeError:
        raise RequestError(str(path), [_wrong(path, encoding)]) from None


def _refuse_other(path: Path, encoding: str) -> None:
    """UTF-8 read as something else gives other characters and no error: a file that is UTF-8 beyond doubt is told apart first."""
    with path.open("rb") as file:
        block = file.read(BLOCK)
    if codecs.lookup(encoding).name == "utf-8" or block.isascii():
        return
    try:
        codecs.getincrementaldecoder("utf-8")().decode(block)
    except UnicodeDecodeError:
        return
    wanted = Problem("can't be read", str(path), "text in utf-8", f"text in {encoding}", "leave encoding out in company.yaml")
    raise RequestError(str(path), [wanted])


def _wrong(path: Path, encoding: str) -> Problem:
    line, byte = _first_wrong(path, encoding)
    fitting = [name for name in KNOWN if name != encoding and _decodes(path, name)]
    advice = f"say encoding: {fitting[0]} in company.yaml (the file reads as {', '.join(fitting)})" if fitting else "save it as utf-8"
    return Problem("can't be read", f"{path}, line {line}", byte, f"text in {encoding}", advice)


def _first_wrong(path: Path, encoding: str) -> tuple[int, str]:
    """The first line that this encoding can't read, and the byte that broke it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        number = 0
        for number, line in enumerate(file, start=1):
            try:
                decoder.decode(line)
            except UnicodeDecodeError as broken:
                return number, f"byte 0x{broken.object[broken.start]:02x}"
    return number, "an end in the middle of a character"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
