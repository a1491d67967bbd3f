"""A file of histories to a folder of forecasts: what `planning forecast` does, from the first check to the folder in its place."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planning.core.errors import Problem, RequestError
from planning.inputs.history_files import read_drivers, read_history
from planning.plan.forecasts import Asked, Forecasts, build_forecasts
from planning.run.forecast_folder import check_place, file_content, write_forecast
from planning.run.manifest import run_id, utc_now
from planning.view.forecast_words import forecast_chart, tallies

LANGUAGES = {"en": "forecast", "zh": "forecast_zh"}
"""The charts by language."""


@dataclass(frozen=True)
class Files:
    """What is read and where it goes: `place` the folder to write, or none for one named by time and content below `outputs`."""

    history: Path
    drivers: Path | None
    encoding: str
    place: Path | None
    outputs: Path


def forecast_file(files: Files, asked: Asked, workers: int, on: str, say: Callable[[str], None]) -> tuple[Path, dict[str, Any], Forecasts]:
    """The folder, its manifest and what stands in it. RequestError with all that is wrong, before anything is written."""
    began, started = time.monotonic(), utc_now()
    say("reading")
    problems = asked.problems()
    history = _or_told(problems, read_history, files.history, asked.by, files.encoding)
    drivers = _or_told(problems, read_drivers, files.drivers, asked.by, files.encoding) if files.drivers else None
    if files.place:
        _or_told(problems, check_place, files.place)
    if problems:
        raise RequestError("forecast", problems)
    with _fits(on, workers) as count:
        say(f"forecasting by {asked.method}, {count} at once{f' on {on}' if on else ''}")
        found = build_forecasts(history, asked, drivers, count)
    say("writing")
    about = _about(files, asked) | {"workers": count, "on": on, "rows": len(history), "found": tallies(found)}
    place = files.place or files.outputs / about["forecast"]
    charts = {name: forecast_chart(history, found, asked, files.history.name, lang) for lang, name in LANGUAGES.items()}
    about |= {"started": started, "seconds": round(time.monotonic() - began, 1)}
    manifest = write_forecast(place, found.tables(), {name: chart for name, chart in charts.items() if chart}, about)
    return place, manifest, found


def _or_told(problems: list[Problem], step: Callable, *given: Any) -> Any:
    """What a step gives; where its request is wrong its problems join the list."""
    try:
        return step(*given)
    except RequestError as wrong:
        problems += wrong.problems
        return None


def _fits(on: str, workers: int):
    """Where fits go, and how many at once."""
    if not on:
        return nullcontext(workers)
    from planning.batch.fitting import fits_on

    return fits_on(on)


def _about(files: Files, asked: Asked) -> dict[str, Any]:
    """What was asked of which content, and the name that follows from it and the time."""
    paths = {"history": files.history} | ({"drivers": files.drivers} if files.drivers else {})
    inputs = {name: {"file": path.name, "sha256": file_content(path)} for name, path in paths.items()}
    words = asked.said()
    return {"forecast": run_id("forecast", words | inputs), "asked": words, "inputs": inputs}
