"""The hidden keys of a workbook: they come back as written, and whatever else comes back is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.core.workbook_form import LONGEST_NAME, Key, Stamp, checksum, read_keys, sheet_names, written_keys

STAMP = Stamp("acme", "budget", "v1", 3, "nora", "Read me", {"north": ["2026-01", "2026-02"]})
CODES = {"case": "base", "entity": "home", "cost_centre": "=north\r\t", "account": "@买", "layer": "booked", "partner": "x"}
KEYS = [Key("r1", "north", CODES), Key("r2", "north", CODES | {"account": "+"})]


def test_what_is_written_is_read_again():
    assert read_keys(written_keys(STAMP, KEYS)) == (STAMP, KEYS)
    assert read_keys(written_keys(STAMP, [])) == (STAMP, [])


@given(st.integers(0, 3), st.integers(0, 1000), st.characters(codec="utf-8"))
def test_any_changed_letter_is_found(line, at, letter):
    texts = written_keys(STAMP, KEYS)
    at %= len(texts[line])
    changed = texts[line][:at] + letter + texts[line][at + 1 :]
    if changed != texts[line]:
        with pytest.raises(ValueError, match="it "):
            read_keys([*texts[:line], changed, *texts[line + 1 :]])


def forged(stamp=None, keys=None):
    """Texts with a right checksum that say something wrong."""
    head, _, *rest = written_keys(STAMP, KEYS)
    head = json.dumps(json.loads(head) | (stamp or {}))
    rest = [json.dumps(key) for key in keys] if keys is not None else rest
    return [head, checksum([head, *rest]), *rest]


@pytest.mark.parametrize(
    "stamp",
    [{"form": 2}, {"revision": "3"}, {"revision": True}, {"revision": 1.0}, {"company": 5}, {"sheets": ["north"]}, {"sheets": {}},
     {"sheets": {"north": ["2026"]}}, {"sheets": {"north": [1]}}, {"more": 1}],
)  # fmt: skip
def test_a_stamp_of_other_types_is_refused(stamp):
    with pytest.raises((ValueError, TypeError)):
        read_keys(forged(stamp))


@pytest.mark.parametrize(
    "key",
    [["r1", "north"], ["r1", "north", CODES, 1], [1, "north", CODES], ["total", "north", CODES], ["r1", "other", CODES],
     ["r1", "north", []], ["r1", "north", CODES | {"amount": "1"}], ["r1", "north", CODES | {"account": 1}],
     ["r1", "north", {"case": "base"}], "r1", 5, None],
)  # fmt: skip
def test_a_key_of_another_kind_is_refused(key):
    with pytest.raises((ValueError, TypeError)):
        read_keys(forged(keys=[key]))


def test_an_id_twice_is_refused():
    with pytest.raises(ValueError, match="no workbook of ours"):
        read_keys(forged(keys=[list(KEYS[0]), list(KEYS[0])]))


@pytest.mark.parametrize("texts", [[], ["x"], ["x", None], [1, 2], ["x", "y"], [None] * 5, ["[" * 10**5, checksum(["[" * 10**5])]])
def test_other_texts_are_refused(texts):
    with pytest.raises((ValueError, RecursionError)):
        read_keys(texts)


@given(st.lists(st.text(max_size=40), max_size=20))
def test_sheets_have_names_that_a_spreadsheet_takes_each_once(wanted):
    names = sheet_names(wanted)
    assert len(names) == len(wanted) == len({name.lower() for name in names})
    for name in names:
        assert 0 < len(name) <= LONGEST_NAME and not set(name) & set("[]:*?/\\") and name.lower() not in ("history", "_planning")
        assert not name.startswith("'") and not name.endswith("'")


def test_a_sheets_name_stays_what_it_is_where_it_can():
    assert sheet_names(["D101", "d101", "a/b", "", "D101", "History"]) == ["D101", "d101 (2)", "a_b", "_", "D101 (3)", "History (2)"]
