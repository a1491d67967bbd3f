"""Holds: ranges of a version's cells that planning verbs leave as they are, each under a name until somebody releases it.

The journal is the only record of them, as it is of approvals. A hold is kept as it was said, so that it covers cells that come later, too.
"""

from __future__ import annotations

import json

import pandas as pd
from sqlalchemy import Connection, select

from planning.book import schema
from planning.book.doors import check_names, check_reason, check_texts, refusal
from planning.book.journal import write_entry
from planning.book.versions import Found, Name
from planning.core.errors import did_you_mean

HELD, RELEASED = "held", "released"
"""The journal's words; nobody else writes entries of these kinds."""
HOLD_COLUMNS = ("hold", "where", "who", "at", "reason")


def standing_holds(connection: Connection, name: Name) -> pd.DataFrame:
    """A version's holds that nobody has released, in the order of their names: HOLD_COLUMNS; `where`: the range as it was said."""
    entry = schema.journal.c
    rows = select(entry.kind, entry.who, entry.at, entry.detail)
    rows = rows.where(entry.company == name.company, entry.subject == name.subject, entry.kind.in_((HELD, RELEASED)))
    standing: dict[str, tuple] = {}
    for kind, who, at, written in connection.execute(rows.order_by(entry.number)):
        detail = json.loads(written)
        standing.pop(detail["hold"], None)
        if kind == HELD:
            standing[detail["hold"]] = (detail["hold"], detail["where"], who, at, detail["reason"])
    return pd.DataFrame([standing[hold] for hold in sorted(standing)], columns=list(HOLD_COLUMNS))


def write_hold(connection: Connection, found: Found, hold: str, where: str, who: str, reason: str) -> bool:
    """A new hold of an open version, held by the caller; False where the same one stands. RequestError where another has its name."""
    standing = standing_holds(connection, found.name).set_index("hold")["where"]
    if hold in standing.index:
        if standing[hold] == where:
            return False
        raise refusal("the hold exists", f"hold {hold}", where, standing[hold], "name another, or release it first")
    detail = {"hold": hold, "where": where, "reason": reason}
    write_entry(connection, found.name.company, who, HELD, found.name.subject, detail)
    return True


def write_release(connection: Connection, found: Found, hold: str, who: str, reason: str) -> None:
    """The end of a hold. RequestError where there is none of this name."""
    standing = standing_holds(connection, found.name)["hold"].tolist()
    if hold not in standing:
        raise refusal("no such hold", str(found.name), repr(hold), next=did_you_mean(hold, standing) or "it has none")
    write_entry(connection, found.name.company, who, RELEASED, found.name.subject, {"hold": hold, "reason": reason})


def check_hold(hold: str, where: str, who: str, reason: str) -> None:
    """RequestError where a name, a range or a reason isn't a text that says something."""
    check_names(hold=hold, who=who)
    check_texts(where=where)
    check_reason(reason)
