"""A measure of an event table added up by month and further columns, where it lies: a table of any size, in bounded memory."""

from __future__ import annotations

import pandas as pd

from planning.inputs.company_file import Side
from planning.inputs.queries import connected
from planning.inputs.stored_tables import StoredTable


def monthly_sums(side: Side, keys: list[str], table: StoredTable) -> pd.DataFrame:
    """One row a month and further key: period, the keys, amount. `side` says which measure, rows and columns (checked before)."""
    day = side.columns.get("month", "date" if "date" in table.columns else "period")
    named = [f'"{side.columns.get(key, key)}" AS "{key}"' for key in keys if key != "month"]
    asked = ", ".join([f"date_trunc('month', \"{day}\") AS period", *named, f'round(fsum("{side.measure}"), 4) AS amount'])
    wanted = {column: [values] if isinstance(values, str) else values for column, values in side.where.items()}
    kept = " AND ".join(f'"{column}" IN ({", ".join("?" for _ in values)})' for column, values in wanted.items()) or "true"
    with connected({table.name: table.files}) as connection:
        told = [value for values in wanted.values() for value in values]
        sums = connection.execute(f'SELECT {asked} FROM "{table.name}" WHERE {kept} GROUP BY ALL', told).df()
    return sums.assign(period=sums["period"].astype("datetime64[ns]"))
