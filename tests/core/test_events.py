"""The contracts of event tables name each other's columns rightly."""

from pathlib import Path

from planning.core import events
from planning.core.events import COMPLETE, EVENTS, KEYS, REFERENCES, SERIES


def test_keys_are_columns_of_their_table():
    assert all(set(key) <= set(EVENTS[name]) for name, key in KEYS.items())


def test_references_lead_from_columns_to_the_columns_of_another_table():
    for name, references in REFERENCES.items():
        for columns, other, theirs in references:
            assert set(columns) <= set(EVENTS[name]) and set(theirs) <= set(EVENTS[other]) and len(columns) == len(theirs)


def test_only_tables_with_a_contract_are_series_or_complete():
    assert {*COMPLETE, *SERIES} <= set(EVENTS) and all("period" in EVENTS[name] for name in SERIES)


def test_every_table_is_described_and_has_a_column_that_is_filled():
    said = Path(events.__file__).read_text(encoding="utf-8")
    assert all(f"\n    {name} " in said and any(rule.filled for rule in columns.values()) for name, columns in EVENTS.items())
