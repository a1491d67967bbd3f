"""Secrets are given by name, read from the environment, and recognised however they are escaped."""

import html
import json
from urllib.parse import quote, quote_plus

import matplotlib.figure
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.inputs import secrets
from planning.inputs.params import Parameter, check_params, read_overrides
from planning.inputs.secrets import HIDDEN, Redaction, read_secret, secret_names, secret_problems, values_read

DECLARED = {"token": Parameter("token", "str", "", "secret", "opens the shop"), "months": Parameter("months", "int", 3, "months", "ahead")}
VALUE = 'k3y "quoted" <&\'> \\ ümlaut'


@pytest.fixture(autouse=True)
def nothing_read(monkeypatch):
    monkeypatch.setattr(secrets, "_read", set())


# Given by name


def test_a_secret_is_given_by_the_name_of_a_variable():
    params = check_params({"token": "SHOP_TOKEN"}, DECLARED, "x")
    assert params == {"token": "SHOP_TOKEN", "months": 3} and secret_names(DECLARED, params) == ["SHOP_TOKEN"]
    assert secret_names(DECLARED, {"token": "", "months": 3}) == []


@pytest.mark.parametrize("value", ["hunter2-and-more", "two words", "a=b", "7up", "", None, 7, ["TOKEN"], "TOKEN\n", "ü", "A" * 129])
def test_what_is_no_name_is_refused_and_not_shown_for_it_may_be_the_secret_itself(value):
    if value == "":
        assert check_params({"token": value}, DECLARED, "x")["token"] == ""
        return
    with pytest.raises(RequestError, match="token: not the name of a variable, expected the name of the environment variable") as wrong:
        check_params({"token": value}, DECLARED, "x")
    assert str(value) not in str(wrong.value)


def test_a_secret_given_twice_on_the_command_line_is_not_shown():
    with pytest.raises(RequestError, match="token: given twice") as wrong:
        read_overrides(("token=open-sesame", "token=open-sesame"), DECLARED)
    assert "sesame" not in str(wrong.value)


@pytest.mark.parametrize("value, said", [("", "no value"), ("12345", "too short"), ("     12     ", "too short")])
def test_a_variable_without_a_value_worth_hiding_is_a_problem(monkeypatch, value, said):
    monkeypatch.setenv("SHOP_TOKEN", value)
    [problem] = secret_problems(DECLARED, {"token": "SHOP_TOKEN"})
    assert said in problem.what and problem.where == "token" and "12345" not in str(problem)
    monkeypatch.setenv("SHOP_TOKEN", "123456")
    assert secret_problems(DECLARED, {"token": "SHOP_TOKEN"}) == secret_problems(DECLARED, {"token": ""}) == []


def test_a_secret_is_read_from_the_environment_and_remembered_as_read(monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", VALUE)
    assert not values_read() and read_secret("") == ""
    assert read_secret("SHOP_TOKEN") == VALUE and values_read().in_text(f"x{VALUE}y")
    with pytest.raises(RequestError, match="no value in the environment"):
        read_secret("NOT_THERE")


# Never shown

ESCAPES = {
    "plain": str, "repr": repr, "json": json.dumps, "json of repr": lambda text: json.dumps(repr(text)), "html": html.escape,
    "unicode": lambda text: json.dumps(text, ensure_ascii=False), "address": quote, "form": quote_plus,
    "html of json": lambda text: html.escape(json.dumps(text)), "json of html": lambda text: json.dumps(html.escape(text)),
    "in a mapping": lambda text: repr({"key": [text]}), "attribute": lambda text: html.escape(text, quote=False),
    "address in full": lambda text: quote(text, safe=""), "upper": lambda text: f"KEY={text}!",
}  # fmt: skip


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES.keys())
@given(value=st.text(st.characters(codec="utf-8"), min_size=6, max_size=12).filter(lambda text: len(text.strip()) >= 6))
def test_a_value_is_found_and_replaced_however_it_is_escaped(escape, value):
    hidden, said = Redaction([value]), f"before {escape(value)} after"
    assume(not hidden.in_text("before  after"))  # the value is in what surrounds it
    assert hidden.in_text(said) and hidden.in_bytes(said.encode())
    assert not hidden.in_text(hidden.text(said)) and HIDDEN in hidden.text(said)
    assert hidden.text(said).startswith("before ") and hidden.text(said).endswith(" after")


@given(st.text(max_size=40))
def test_a_text_without_the_value_stays_as_it_is(text):
    hidden = Redaction(["4f9c-77aa-0b1e"])
    assert hidden.text(text) == text == Redaction([]).text(text) and not hidden.in_text(text)


def test_without_values_nothing_is_hidden():
    nothing = Redaction([""])
    assert not nothing and not nothing.in_text("x") and not nothing.in_bytes(b"x") and nothing.plain({"a": ["b"]}) == {"a": ["b"]}


def test_lists_and_mappings_are_replaced_in_depth_keys_included():
    hidden = Redaction([VALUE, "another one"])
    shown = {VALUE: [1, None, {"x": f"<{VALUE}>"}], "a": "another one"}
    assert hidden.plain(shown) == {HIDDEN: [1, None, {"x": f"<{HIDDEN}>"}], "a": HIDDEN}


def test_of_two_values_one_within_the_other_no_rest_is_left():
    assert Redaction(["secret", "secret-longer"]).text("secret-longer secret") == f"{HIDDEN} {HIDDEN}"


def test_a_file_that_is_no_text_is_searched_too():
    assert Redaction([VALUE]).in_bytes(b"\xff\x00" + VALUE.encode() + b"\xfe") and not Redaction([VALUE]).in_bytes(b"\xff\x00\xfe")


TABLES = {
    "cell": pd.DataFrame({"a": ["x", VALUE]}),
    "part of a cell": pd.DataFrame({"a": [f"see {VALUE}!"], "b": [1.0]}),
    "category": pd.DataFrame({"a": pd.Categorical([VALUE, "x"])}),
    "list": pd.DataFrame({"a": [["x", VALUE]]}),
    "bytes": pd.DataFrame({"a": [b"open-sesame"]}),
    "column": pd.DataFrame({VALUE: [1]}),
    "index": pd.DataFrame({"a": [1]}, index=pd.Index([7], name=VALUE)),
    "string type": pd.DataFrame({"a": pd.array([VALUE, None], dtype="string")}),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_table_that_holds_a_value_is_found(table):
    assert Redaction([VALUE, "open-sesame"]).in_table(table)


def test_a_table_without_it_is_left_alone():
    table = pd.DataFrame({"a": ["x", None], "b": [1.0, float("nan")], "c": pd.to_datetime(["2021-01-01", None]), "d": [True, False]})
    assert not Redaction([VALUE]).in_table(table) and not Redaction([VALUE]).in_table(pd.DataFrame())


def test_a_figure_that_writes_a_value_is_found():
    figure = matplotlib.figure.Figure()
    axes = figure.subplots()
    axes.set_title("sales")
    assert not Redaction([VALUE]).in_figure(figure)
    axes.annotate(f"by {VALUE}", (0, 0))
    assert Redaction([VALUE]).in_figure(figure)
