"""Reading: one table outside, a file or a query, as text; what can't be read is told with its place."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import sqlalchemy

from planning.core.errors import Problem, RequestError
from planning.inputs.company import Company, Place, Root
from planning.inputs.csv_files import read_columns, read_csv, twice
from planning.inputs.pickled import read_frame

ANSWERS = (".csv", ".parquet", ".xlsx")


def read_text(source: Place, name: str, company: Company, data: Path | None) -> pd.DataFrame:
    """One table outside as text, indexed by its line or row; values keep the digits the source wrote, nothing becomes NaN."""
    if source.url is not None:
        return _as_text(_read_sql(source, name), name)
    if source.data is not None:
        data = None
    path = _find(source.file, data if data is not None else _root(company, source.data or company.file.data), name)
    if path.suffix in (".csv", ".txt"):
        return read_csv(path) if path.suffix == ".csv" else read_columns(path)
    try:
        table = _reader(path, source, trusted=data is None)
    except Exception as broken:  # every reader has its own errors; the reason is passed on as it is
        raise RequestError(name, [Problem("can't be read", str(path), " ".join(str(broken).split())[:200])]) from None
    return _as_text(table, str(path))


def _reader(path: Path, source: Place, trusted: bool) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return _read_parquet(path)
    if path.suffix in (".xlsx", ".xls"):
        return _read_excel(path, source.sheet)
    if ".pkl" in path.suffixes and trusted:
        return read_frame(path)
    raise ValueError(f"not a kind of file that is read here: {', '.join(ANSWERS)}")


def _read_parquet(path: Path) -> pd.DataFrame:
    """The file's columns as they are: no pandas index restored, and a code of a column with gaps stays whole (35, not 35.0)."""
    return pyarrow.parquet.ParquetFile(path).read().to_pandas(ignore_metadata=True, integer_object_nulls=True)


def _read_excel(path: Path, sheet: str | None) -> pd.DataFrame:
    """One sheet under its first row; a code such as NA stays text, a column named twice stays twice."""
    cells = pd.read_excel(path, sheet_name=sheet or 0, header=None, dtype=object, na_filter=False)
    header = cells.iloc[0] if len(cells) else []
    return cells.iloc[1:].set_axis([str(name).strip() for name in header], axis=1)


def _root(company: Company, root: Root) -> Path:
    if root.package is None:
        return company.folder / root.folder
    spec = importlib.util.find_spec(root.package)
    if spec is None or not spec.submodule_search_locations:
        wanted = Problem("package not installed", "data.package", root.package, next="run make env, or give --data DIR")
        raise RequestError(company.code, [wanted])
    return Path(spec.submodule_search_locations[0]) / root.folder


def _find(file: str, root: Path, name: str) -> Path:
    wanted = root / file
    bare = wanted.with_name(wanted.name.split(".")[0])
    for path in (wanted, *(bare.with_suffix(suffix) for suffix in ANSWERS)):
        if path.is_file():
            return path
    kinds = f"this file, or the same with {', '.join(ANSWERS)}"
    raise RequestError(name, [Problem("missing file", str(wanted), "nothing", kinds, f"it is read for source {name}")])


def _read_sql(source: Place, name: str) -> pd.DataFrame:
    """The query's rows as the database gives them; what goes wrong is said without the password."""
    try:
        engine = sqlalchemy.create_engine(os.path.expandvars(source.url), poolclass=sqlalchemy.NullPool)
    except (sqlalchemy.exc.ArgumentError, ValueError, ImportError) as broken:
        reason = f"no driver {broken.name}" if isinstance(broken, ImportError) else ""
        wanted = "such as postgresql://user@host/name"
        raise RequestError(name, [Problem("not a database URL", f"{name}, url", reason, wanted)]) from None
    where = f"{name}, {engine.url.render_as_string(hide_password=True)}"
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        raise RequestError(name, [Problem("missing file", where, "nothing", "a SQLite database")])
    try:
        with engine.connect() as connection:
            found = connection.execute(sqlalchemy.text(source.query))
            return pd.DataFrame(found.fetchall(), columns=list(found.keys()), dtype=object)
    except sqlalchemy.exc.SQLAlchemyError as broken:
        reason = " ".join(str(getattr(broken, "orig", broken)).split())[:200]
        raise RequestError(name, [Problem("can't be queried", where, reason)]) from None


def _as_text(table: pd.DataFrame, where: str) -> pd.DataFrame:
    problems = twice([str(column) for column in table.columns], where)
    if problems:
        raise RequestError(where, problems)
    text = pd.DataFrame({str(column): _column_text(values) for column, values in table.items()})
    text.index = np.arange(2, len(table) + 2)  # the line of a CSV file, the row of a sheet
    return text


def _column_text(values: pd.Series) -> np.ndarray:
    missing = values.isna()
    said = values.map(lambda value: value.isoformat() if hasattr(value, "isoformat") else str(value))
    return said.where(~missing, "").str.strip().to_numpy()
