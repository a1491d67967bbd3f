"""The first book: versions, lines, cells, findings, runs and the journal, which refuses changes by triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

LINE = ("case", "entity", "cost_centre", "account", "layer")
LINE += ("partner", "movement", "product", "channel", "store", "project", "grain")


def _texts(*names):
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade():
    _create_versions_and_cells()
    _create_findings_and_runs()
    _create_journal()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _create_versions_and_cells():
    op.create_table(
        "version",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("company", "scenario", "version", "status"),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("published", sa.Integer, nullable=False, comment="the revision that a run last published; 0 when none has"),
        *_texts("snapshot", "run_id"),
        sa.Column("digest", sa.Text, nullable=False, comment="hash of the locked version's snapshot"),
        *_texts("created_at", "created_by", "changed_at", "changed_by"),
        sa.UniqueConstraint("company", "scenario", "version", name="version_name"),
    )
    op.create_table(
        "line",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("company", *LINE),
        sa.UniqueConstraint("company", *LINE, name="line_codes"),
    )
    op.create_table(
        "cell",
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("version_id", "line_id")),
        sa.Column("period", sa.Integer, nullable=False, comment="its first day: 20270101"),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("revision", "until")),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("scale", sa.SmallInteger, nullable=False),
        sa.PrimaryKeyConstraint("version_id", "line_id", "period", "revision", name="cell_key"),
        sqlite_with_rowid=False,
    )


def _create_findings_and_runs():
    op.create_table(
        "finding",
        *_texts("company", "snapshot"),
        sa.Column("number", sa.Integer, nullable=False),
        *_texts("control", "kind", "where"),
        *(sa.Column(name, sa.Double) for name in ("size", "tolerance")),
        sa.Column("rows", sa.Integer),
        *_texts("status", "owner", "reason", "said"),
        sa.PrimaryKeyConstraint("company", "snapshot", "number", name="finding_key"),
    )
    op.create_table(
        "run",
        *_texts("run_id", "company", "notebook", "status", "snapshot"),
        sa.Column("headline", sa.JSON),
        *_texts("published_at", "published_by"),
        sa.PrimaryKeyConstraint("run_id", name="run_key"),
    )


def _create_journal():
    op.create_table(
        "journal",
        *_texts("company"),
        sa.Column("number", sa.Integer, nullable=False),
        *_texts("at", "who", "kind", "subject"),
        sa.Column("detail", sa.Text, nullable=False, comment="JSON"),
        *_texts("previous", "hash"),
        sa.PrimaryKeyConstraint("company", "number", name="journal_key"),
    )


def _guard_sqlite():
    """An insert is guarded too: INSERT OR REPLACE removes the old row without asking the trigger on DELETE."""
    taken = "EXISTS (SELECT 1 FROM journal WHERE company = NEW.company AND number = NEW.number)"
    for event, when in (("UPDATE", "1"), ("DELETE", "1"), ("INSERT", taken)):
        op.execute(
            f"CREATE TRIGGER journal_no_{event.lower()} BEFORE {event} ON journal WHEN {when} "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER version_no_{event.lower()} BEFORE {event} ON version WHEN OLD.status = 'locked' "
            "BEGIN SELECT RAISE(ABORT, 'a locked version never changes'); END"
        )


def _guard_postgresql():
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$"
    )
    op.execute(
        "CREATE TRIGGER journal_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('the journal is append-only')"
    )
    op.execute(
        "CREATE TRIGGER version_no_change BEFORE UPDATE OR DELETE ON version FOR EACH ROW WHEN (OLD.status = 'locked') "
        "EXECUTE FUNCTION refuse_change('a locked version never changes')"
    )
