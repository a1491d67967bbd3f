"""The way to approval: the database itself keeps to the route and leaves alone what stands still; the journal is found by subject."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOVES = (
    ("open", "open"), ("open", "submitted"), ("submitted", "reviewed"), ("reviewed", "approved"), ("approved", "locked"),
    ("submitted", "open"), ("reviewed", "open"), ("approved", "open"),
)  # fmt: skip
SAME = ("company", "scenario", "version", "revision", "published", "snapshot", "run_id")


def upgrade():
    op.create_index("journal_subject", "journal", ["company", "subject"])
    moves = ", ".join(f"'{before} {after}'" for before, after in MOVES)
    off = f"(OLD.status || ' ' || NEW.status) NOT IN ({moves})"
    other = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in SAME)
    guards = (
        ("version_route", "UPDATE", f"OLD.status <> 'locked' AND {off}", "a version keeps to its route"),
        ("version_still", "UPDATE", f"OLD.status NOT IN ('open', 'locked') AND ({other})", "a version under approval stands still"),
        ("version_kept", "DELETE", "OLD.status NOT IN ('open', 'locked')", "a version under approval stands still"),
    )
    for guard in guards:
        _guard(*guard)


def _guard(name, event, when, said):
    """Locked versions are guarded since the first step."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sa.text(f"CREATE TRIGGER {name} BEFORE {event} ON version WHEN {when} BEGIN SELECT RAISE(ABORT, '{said}'); END"))
    else:
        call = f"EXECUTE FUNCTION refuse_change('{said}')"
        op.execute(sa.text(f"CREATE TRIGGER {name} BEFORE {event} ON version FOR EACH ROW WHEN ({when}) {call}"))
