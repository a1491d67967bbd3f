"""The content of rows that are never together: a number that only what they say decides."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from planning.inputs.content import MODULUS, rows_content

SCHEMA = pa.schema([("text", pa.string()), ("number", pa.float64()), ("day", pa.timestamp("ns")), ("truth", pa.bool_())])
texts = st.one_of(st.none(), st.text("ab\x00\xff货", max_size=20))
days = st.one_of(st.none(), st.integers(0, 9).map(lambda day: pd.Timestamp("2021-01-01") + pd.Timedelta(days=day)))
lines = st.lists(st.tuples(texts, st.one_of(st.none(), st.floats(-2, 2)), days, st.booleans()), max_size=8)


def content(rows) -> int:
    return rows_content(pa.table([pa.array(column, kind) for column, kind in zip(columns(rows), SCHEMA.types, strict=True)], schema=SCHEMA))


def columns(rows):
    return list(zip(*rows, strict=True)) if rows else [[], [], [], []]


@given(lines, st.randoms(), st.integers(0, 8))
def test_neither_the_order_of_rows_nor_their_pieces_count(rows, rng, cut):
    shuffled = rng.sample(rows, len(rows))
    assert content(rows) == (content(shuffled[:cut]) + content(shuffled[cut:])) % MODULUS


@given(lines, lines)
def test_only_the_same_rows_have_the_same_content(left, right):
    plain = [sorted(repr((text, None if number is None else number + 0, *rest)) for text, number, *rest in rows) for rows in (left, right)]
    assert (content(left) == content(right)) == (plain[0] == plain[1])


def test_each_of_these_is_a_content_of_its_own():
    rows = [("", 0, None, True), (None, 0, None, True), ("\x00", 0, None, True), ("", None, None, True), ("", 0, pd.Timestamp(0), True)]
    rows += [("x" * 15, 0, None, True), ("x" * 16, 0, None, True), ("x" * 16 + "y", 0, None, True), ("", 0, None, False)]
    assert len({content([row]) for row in rows}) == len(rows)
    assert content([rows[0], rows[0]]) != content([rows[0]])


def test_the_order_of_columns_and_the_cut_of_a_batch_do_not_count():
    table = pa.table({"b": ["x", "yy", None], "a": [1.0, -0.0, None]})
    same = pa.table({"a": [1.0, 0.0, None], "b": ["x", "yy", None]})
    assert rows_content(table) == rows_content(table.select(["a", "b"])) == rows_content(same)
    assert rows_content(table.slice(1)) == rows_content(pa.table({"a": [0.0, None], "b": ["yy", None]}))
