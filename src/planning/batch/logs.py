"""The log of a batch: one line an event, for people and for grep alike.

    2026-11-21T10:00:00Z INFO cell run=20261121T095958Z-1f2e notebook=outlook company=toy case=base cell=7/23 seconds=1.2

Time (UTC), level, what happened, then name=value. A value that holds more than plain characters is a JSON string, so that a line
stays one line and every line can be read back. Cells are in the file only; a stream (what cron mails, what journald keeps) gets the rest.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

LEVELS = {"run_failed": "ERROR", "run_retried": "WARNING", "run_skipped": "WARNING", "run_stopped": "WARNING"}
FIRST = ("batch", "job", "run", "notebook", "company", "case", "attempt", "cell", "seconds", "reason", "folder")
"""The names that lead a line, in this order; others follow in the event's own."""
QUIET = {"cell"}
PLAIN = re.compile(r"[\w.:/+@,~%-]+")
"""What needs no quotes; no space, no quote, no equals sign, nothing that ends a line."""
ENDS = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Characters JSON leaves as they are, though some readers end a line there, or no UTF-8 can hold them."""


class Log:
    """A listener that appends each event to a file, and to a stream but for the cells. What can't be written never breaks a batch."""

    def __init__(self, path: Path, stream: TextIO | None = None):
        self.file = path.open("a", encoding="utf-8", buffering=1)
        self.stream = stream

    def __call__(self, event: dict[str, Any]) -> None:
        """One event, as a line."""
        fields = {name: value for name, value in event.items() if name not in ("event", "at")}
        self._write(line(level(event), event["event"], fields), event["event"] in QUIET)

    def warn(self, said: str) -> None:
        """A line about the batch itself: a message that wasn't sent, metrics that couldn't be written."""
        self._write(line("WARNING", "note", {"said": said}))

    def close(self) -> None:
        """The end of the log."""
        with suppress(OSError):
            self.file.close()

    def _write(self, text: str, quiet: bool = False) -> None:
        for target in (self.file, None if quiet else self.stream):
            with suppress(OSError, ValueError):  # a full disk, a pipe nobody reads, a closed stream
                if target:
                    target.write(text + "\n")
                    target.flush()


def level(event: dict[str, Any]) -> str:
    """How grave an event is; the end of a batch is an error where something wasn't done."""
    if event["event"] == "batch_done" and not event["good"]:
        return "ERROR"
    return LEVELS.get(event["event"], "INFO")


def line(grave: str, what: str, fields: dict[str, Any]) -> str:
    """One line of the log."""
    flat = _flat(fields)
    names = [name for name in FIRST if name in flat] + [name for name in flat if name not in FIRST]
    said = [f"{name}={_quoted(flat[name])}" for name in names if flat[name] not in (None, "")]
    return " ".join([datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), grave, what, *said])


def _flat(fields: dict[str, Any]) -> dict[str, Any]:
    """Cells as 7/23; what a mapping holds (totals, findings, checks) as names of their own."""
    flat = {name: value for name, value in fields.items() if not isinstance(value, dict)}
    if "cell" in flat and "cells" in flat:
        flat["cell"] = f"{flat['cell']}/{flat.pop('cells')}"
    for value in fields.values():
        flat |= value if isinstance(value, dict) else {}
    return flat


def _quoted(value: Any) -> str:
    if isinstance(value, float):
        value = round(value, 3)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if PLAIN.fullmatch(text):
        return text
    return ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
