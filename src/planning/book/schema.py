"""The book's tables.

    version   what people name: a company's scenario and version, at a revision; open, submitted, reviewed, approved or locked
    line      the codes of a cell without its period, once for each company
    cell      amount of a line and a period, from the revision in which it came in until the one that replaced it
    finding   what intake found wrong with a snapshot's content
    run       the register of published runs
    journal   who did what, append-only, each entry holding the hash of the one before

Amounts are whole numbers of the smallest unit, `scale` their decimal places. A cell is never overwritten: a new amount is
a new row and the old one gets its `until`, so every revision of a version can still be read. Times are UTC, ISO 8601 text.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from planning.core.tables import OPTIONAL_DIMENSIONS, plan_key

LINE = tuple(plan_key(OPTIONAL_DIMENSIONS)[2:-1])
"""The codes of a line: a plan table's key without scenario, version and period; '' in a dimension that isn't declared."""

LATEST = 2**31 - 1
"""`until` of a cell that nothing has replaced yet."""

metadata = MetaData()
staging = MetaData()


def _text(name: str, **options) -> Column:
    return Column(name, Text, nullable=False, **options)


version = Table(
    "version",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("company"),
    _text("scenario"),
    _text("version"),
    _text("status"),
    Column("revision", Integer, nullable=False),
    Column("published", Integer, nullable=False, comment="the revision that a run last published; 0 when none has"),
    _text("snapshot"),
    _text("run_id"),
    _text("digest", comment="hash of the locked version's snapshot"),
    _text("created_at"),
    _text("created_by"),
    _text("changed_at"),
    _text("changed_by"),
    UniqueConstraint("company", "scenario", "version", name="version_name"),
)

line = Table(
    "line",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("company"),
    *(_text(name) for name in LINE),
    UniqueConstraint("company", *LINE, name="line_codes"),
)

# Without foreign keys: PostgreSQL checks them row by row, which doubles the time of a bulk load; one statement writes both ends.
cell = Table(
    "cell",
    metadata,
    Column("version_id", Integer, nullable=False),
    Column("line_id", Integer, nullable=False),
    Column("period", Integer, nullable=False, comment="its first day: 20270101"),
    Column("revision", Integer, nullable=False),
    Column("until", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("scale", SmallInteger, nullable=False),
    PrimaryKeyConstraint("version_id", "line_id", "period", "revision", name="cell_key"),
    sqlite_with_rowid=False,
)

finding = Table(
    "finding",
    metadata,
    _text("company"),
    _text("snapshot"),
    Column("number", Integer, nullable=False),
    _text("control"),
    _text("kind"),
    _text("where"),
    Column("size", Double),
    Column("tolerance", Double),
    Column("rows", Integer),
    _text("status"),
    _text("owner"),
    _text("reason"),
    _text("said"),
    PrimaryKeyConstraint("company", "snapshot", "number", name="finding_key"),
)

run = Table(
    "run",
    metadata,
    _text("run_id"),
    _text("company"),
    _text("notebook"),
    _text("status"),
    _text("snapshot"),
    Column("headline", JSON),
    _text("published_at"),
    _text("published_by"),
    PrimaryKeyConstraint("run_id", name="run_key"),
)

journal = Table(
    "journal",
    metadata,
    _text("company"),
    Column("number", Integer, nullable=False),
    _text("at"),
    _text("who"),
    _text("kind"),
    _text("subject"),
    _text("detail", comment="JSON"),
    _text("previous"),
    _text("hash"),
    PrimaryKeyConstraint("company", "number", name="journal_key"),
    Index("journal_subject", "company", "subject"),
)

incoming_line = Table(
    "incoming_line",
    staging,
    Column("n", Integer, primary_key=True, autoincrement=False),
    *(_text(name) for name in LINE),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)

incoming = Table(
    "incoming",
    staging,
    Column("line_id", Integer, primary_key=True),
    Column("period", Integer, primary_key=True),
    Column("amount", BigInteger, comment="nothing: the cell is to be removed"),
    Column("scale", SmallInteger),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
    sqlite_with_rowid=False,
)

change = Table(
    "change",
    staging,
    Column("line_id", Integer, primary_key=True),
    Column("period", Integer, primary_key=True),
    Column("amount", BigInteger),
    Column("scale", SmallInteger),
    Column("theirs", BigInteger, comment="what stands there now, where somebody else changed it"),
    Column("their_scale", SmallInteger),
    Column("conflict", Integer, nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
    sqlite_with_rowid=False,
)
