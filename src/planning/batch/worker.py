"""What a run's process does: execute one run into place and tell of it on its standard output, a line of JSON each.

    {"cell": 3, "cells": 9}
    {"what": "done", "id": …, "folder": …, "reused": false}       or    {"what": "failed", "reason": …, "folder": …, "again": true}

It writes no book. Forked from a zygote that has imported this module, or started cold (`python -m planning.batch.worker`): then the
request is the first line of its standard input, and the end of that input ends the process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, TextIO

from planning.core.errors import PlanningError, RequestError, RunError
from planning.inputs.params import Home
from planning.run import engine
from planning.run.requests import Request


def work(asked: dict[str, Any]) -> None:
    """Execute what is asked for: `home`, `outputs`, and `wanted` with the fields of executor.Wanted."""
    told = _channel()

    def step(_said: str, cell: int, cells: int) -> None:
        tell(told, cell=cell, cells=cells)

    try:
        end = execute(Home(Path(asked["home"]), Path(asked["outputs"])), asked["wanted"], step)
    except BaseException as broken:  # whatever it is, the batch is told
        traceback.print_exc()
        end = {"what": "failed", "reason": f"{type(broken).__name__}: {broken}", "again": True}
    tell(told, **end)


def execute(home: Home, wanted: dict[str, Any], step: Any) -> dict[str, Any]:
    """One run executed into place: what is told of its end."""
    asked = Request(wanted["notebook"], wanted["company"], wanted["case"], wanted["params"])
    options = {name: wanted[name] for name in ("cell_deadline", "batch")}
    try:
        done = engine.produce(home, asked, wanted["run"], step, force=True, **options)
    except RunError as broken:
        return {"what": "failed", "reason": broken.reason, "folder": str(broken.folder or ""), "again": broken.kind == "broken"}
    except PlanningError as wrong:
        return {"what": "failed", "reason": str(wrong), "again": not isinstance(wrong, RequestError)}
    return {"what": "done", "id": done.id, "folder": str(done.folder), "reused": done.reused}


def _channel() -> TextIO:
    """The standard output as it was, for what is told; what anything else prints goes to the log."""
    told = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")  # half a character: the escape JSON has for it
    os.dup2(2, 1)
    return told


def tell(told: TextIO, **said: Any) -> None:
    """One line; a batch that is gone hears nothing."""
    told.write(json.dumps(said, ensure_ascii=False, default=str) + "\n")
    told.flush()


def _end_with_input() -> None:
    """The batch is gone: end this process and its group."""
    while os.read(0, 1 << 16):  # not through sys.stdin, whose lock would be held when the process ends
        pass
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """A cold start: the request is a line of the standard input, which stays open as long as the batch lives."""
    asked = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    work(asked)


if __name__ == "__main__":
    main()
