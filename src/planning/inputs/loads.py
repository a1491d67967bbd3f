"""Sources read before: what a source's files said is kept beside the snapshots, and read again only when something about it has changed.

A load is kept under the hash of all it depends on: its files' content and names, the source and the company's params, and our code.
Deleting the folder is always safe; a load that can't be read, or isn't whole, is made again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd
from pyarrow import ArrowInvalid

import planning
from planning.core.errors import RequestError
from planning.inputs.aside import aside, move_into_place, sweep
from planning.inputs.company import Company
from planning.inputs.company_file import Source
from planning.inputs.stored_tables import mark_of
from planning.inputs.workbooks import files_of

TABLES = ("rows", "controls", "vouchers")


@dataclass(frozen=True)
class Load:
    """What the sources said: leaf rows and control totals (both sourced plan tables with `source`), the findings of reading,
    the rows read by source, what vouchers say of the events behind them (inputs.vouchers), and what became of every amount."""

    rows: pd.DataFrame
    controls: pd.DataFrame
    findings: list[dict]
    read: dict[str, int]
    vouchers: pd.DataFrame = field(default_factory=pd.DataFrame)
    became: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass
class KeptLoads:
    """The loads of a company's last intake below `folder`; those that the present one doesn't ask for are gone when it is done."""

    folder: Path | None
    company: Company
    data: Path | None
    asked: set[str] = field(default_factory=set)

    def find(self, name: str, source: Source) -> Load | None:
        """The load of a source whose files and params are as they were; None where it must be read."""
        key = self._key(name, source)
        if key is None:
            return None
        self.asked.add(key)
        place = self.folder / key
        with suppress(OSError, ArrowInvalid, ValueError, KeyError):
            told = json.loads((place / "told.json").read_text(encoding="utf-8"))
            tables = {table: pd.read_parquet(place / f"{table}.parquet") for table in TABLES}
            return Load(**tables, findings=told["findings"], read=told["read"], became=told["became"])
        return None

    def keep(self, name: str, source: Source, load: Load) -> None:
        """A load just made, for the next time; nothing where it can't be written."""
        key = self._key(name, source)
        if key is None:
            return
        self.asked.add(key)
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            sweep(self.folder)
            written = aside(self.folder)
            written.mkdir()
            for table in TABLES:
                getattr(load, table).to_parquet(written / f"{table}.parquet", index=False)
            told = {"findings": load.findings, "read": load.read, "became": load.became}
            (written / "told.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
            shutil.rmtree(self.folder / key, ignore_errors=True)
            move_into_place(written, self.folder / key)

    def forget(self) -> None:
        """Loads that nobody has asked for are removed."""
        if self.folder is not None and self.folder.is_dir():
            for place in self.folder.iterdir():
                if place.name not in self.asked and not place.name.startswith("."):
                    shutil.rmtree(place, ignore_errors=True)

    def _key(self, name: str, source: Source) -> str | None:
        """What a load depends on, as one hash; None where nothing is kept: a database that is asked, files that aren't there."""
        if self.folder is None or source.url is not None:
            return None
        try:
            files = files_of(source, name, self.company, self.data)
            marks = [(path.name, _mark(path, path.stat().st_mtime_ns, path.stat().st_size)) for path in files]
        except (OSError, RequestError):
            return None
        said = [name, source.model_dump(mode="json"), marks, _params(self.company), _code()]
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()[:32]


@cache
def _mark(path: Path, changed: int, size: int) -> str:
    """The mark of a file's content; of one file it is made once while nobody touches it."""
    return mark_of(path)


def _params(company: Company) -> list[str]:
    """All of a company's params that decide how rows are mapped."""
    file = company.file.model_dump(mode="json", exclude={"tables", "accepted", "reconciliations", "tolerances"})
    tables = [company.accounts, company.cost_centres, company.entities, *(codes.spans for codes in company.dated_codes.values())]
    return [json.dumps(file, sort_keys=True, ensure_ascii=False), *(table.to_csv() for table in tables)]


@cache
def _code() -> str:
    package = Path(planning.__path__[0])
    texts = [path.read_bytes() for room in ("core", "inputs") for path in sorted((package / room).glob("*.py"))]
    return hashlib.sha256(b"".join(texts)).hexdigest()
