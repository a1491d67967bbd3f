"""What a person sees of a table: rows are filtered before anything is summed or compared."""

from __future__ import annotations

import pandas as pd

from planning.core.people import Person


def visible(rows: pd.DataFrame, person: Person) -> pd.DataFrame:
    """The rows that a person sees: those of an entity or of a cost centre in their scope; the others as if they weren't there.

    `rows`: any table with entity and cost_centre. A row whose cost centre and entity nobody named is seen by who sees everything.
    """
    scope = person.scope
    if scope.everything:
        return rows
    return rows[rows["entity"].isin(scope.entities) | rows["cost_centre"].isin(scope.cost_centres)]
