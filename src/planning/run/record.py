"""The record cell's one call: tables, figures, checks and the headline, written where the engine asked, or as a draft."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd

from planning.core.checks import Check, checks_table
from planning.core.errors import RunError
from planning.inputs.aside import aside, sweep
from planning.inputs.secrets import values_read


def record(
    notebook: str,
    headline: dict[str, str],
    tables: dict[str, pd.DataFrame],
    checks: list[Check],
    figures: dict[str, object] | None = None,
    publish: dict[str, pd.DataFrame] | None = None,
) -> str:
    """Leave the results of a notebook: Parquet tables, PNG figures, checks and the headline; returns a sentence that says where.

    `headline`: the answer in one sentence, by language. `publish`: plan tables by version, given to the book when the
    engine publishes the run. The engine names the folder in PLANNING_RUN; without it the results are a draft,
    ./drafts/<notebook>/, and nothing is recorded or published. RunError where a table or a figure shows a secret.
    """
    asked = os.environ.get("PLANNING_RUN")
    folder = Path(asked) if asked else _draft(notebook)
    everything = tables | {f"publish_{version}": table for version, table in (publish or {}).items()} | {"checks": checks_table(checks)}
    _refuse_secrets(everything, figures or {})
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for name, table in everything.items():
        table.to_parquet(folder / "tables" / f"{name}.parquet", index=False)
    (folder / "figures").mkdir(exist_ok=True)
    for name, figure in (figures or {}).items():
        figure.savefig(folder / "figures" / f"{name}.png", dpi=110, metadata={"Software": None})
    said = {"headline": headline, "publish": sorted(publish or {}), "tables": sorted(everything)}
    (folder / "record.json").write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if asked:
        return "Recorded."
    place = Path.cwd() / "drafts" / notebook
    _replace_draft(folder, place)
    return f"A draft: {place}. Nothing was recorded; planning run {notebook} records."


def _refuse_secrets(tables: dict[str, pd.DataFrame], figures: dict[str, object]) -> None:
    """RunError where a table or a figure shows a secret that this notebook has read: none of them is written."""
    secrets = values_read()
    shown = [f"table {name}" for name, table in tables.items() if secrets and secrets.in_table(table)]
    shown += [f"figure {name}" for name, figure in figures.items() if secrets and secrets.in_figure(figure)]
    if shown:
        raise RunError(f"the value of a secret stands in {', '.join(shown)}: nothing is recorded", kind="checks")


def _draft(notebook: str) -> Path:
    drafts = Path.cwd() / "drafts"
    drafts.mkdir(exist_ok=True)
    sweep(drafts)
    return aside(drafts, notebook)


def _replace_draft(written: Path, place: Path) -> None:
    if place.exists():
        shutil.rmtree(place)
    written.rename(place)
