from __future__ import annotations

import ast
import json
from collections import OrderedDict
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from papermill.translators import translate_parameters

from planning.core.errors import RequestError
from planning.inputs.params import (
    Home,
    Parameter,
    check_params,
    find_home,
    notebook_path,
    params_text,
    read_case,
    read_declarations,
    read_overrides,
)
from planning.inputs.yaml_files import read_mapping

CELL = """\
as_of: str = "2021-03"  # month, the last closed month
horizon: int = 12  # months 1..36, how far ahead
level: float = 0.8  # fraction 0.5..0.95, of the band
method: str = "naive"  # one of naive|drift, the forecast
snapshot: str = ""  # name, empty for the newest
title: str = "预算"  # text, above the report
strict: bool = False  # switch, stop at the first gap
lines: list = []  # accounts, all when empty
cases: dict = {"base": {"growth": 0.0, "hires": 0}}  # fractions and heads, by case
rates: dict = {"usd": 1.0}  # per unit, by currency
"""


def declare(folder: Path, source: str, cells: int = 1) -> Path:
    """A notebook with this parameters cell."""
    tagged = [nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]}) for _ in range(cells)]
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# x"), *tagged]), folder / "plan.ipynb")
    return folder / "plan.ipynb"


@pytest.fixture(scope="session")
def declared(tmp_path_factory):
    """The parameters of CELL."""
    return read_declarations(declare(tmp_path_factory.mktemp("declared"), CELL))


def refused(values, declared) -> list[str]:
    """The problems for which these parameters are refused, as lines."""
    with pytest.raises(RequestError) as wrong:
        check_params(values, declared, "params")
    assert wrong.value.exit_code == 2
    return [str(problem) for problem in wrong.value.problems]


# --- what a notebook declares


def test_a_declaration_has_a_type_a_default_a_unit_and_a_meaning(declared):
    horizon = declared["horizon"]
    assert (horizon.type, horizon.default, horizon.unit, horizon.meaning) == ("int", 12, "months 1..36", "how far ahead")
    assert list(declared) == ["as_of", "horizon", "level", "method", "snapshot", "title", "strict", "lines", "cases", "rates"]
    assert declared["title"].default == "预算" and declared["cases"].default == {"base": {"growth": 0.0, "hires": 0}}


@pytest.mark.parametrize(
    "line",
    [
        "a = 1  # unit, meaning",
        "a: int  # unit, meaning",
        "a: int = 1",
        "a: int = 1  # unit",
        "a: int = 1  # unit, such as x=2",
        "a: int = 1 + 1  # unit, meaning",
        "a: int = int('1')  # unit, meaning",
        "a: str = f'{1}'  # unit, meaning",
        "a: dict = {[]: 1}  # unit, meaning",
        "a: int | None = None  # unit, meaning",
        "a: Path = 'x'  # unit, meaning",
        "a.b: int = 1  # unit, meaning",
        "a: int = 1; b: int = 2  # unit, meaning",
        "a: int = 1; import os  # unit, meaning",
        "import os  # unit, meaning",
        "a: list = [  # unit, meaning\n]",
        "print('x')",
    ],
)
def test_a_line_of_any_other_form_is_refused(tmp_path, line):
    with pytest.raises(RequestError, match="name: type = literal  # unit, meaning"):
        read_declarations(declare(tmp_path, line))


def test_every_wrong_line_of_the_cell_is_named(tmp_path):
    with pytest.raises(RequestError, match="3 problems"):
        read_declarations(declare(tmp_path, "a = 1\nb: int = 1  # unit, meaning\nc: int\nd: int = 2"))


def test_a_parameter_declared_twice_is_refused(tmp_path):
    with pytest.raises(RequestError, match="a: declared twice"):
        read_declarations(declare(tmp_path, "a: int = 1  # unit, meaning\na: int = 2  # unit, meaning"))


def test_a_cell_that_is_no_python_is_refused(tmp_path):
    with pytest.raises(RequestError, match="expected Python"):
        read_declarations(declare(tmp_path, "a: int = = 1"))


@pytest.mark.parametrize("cells", [0, 2])
def test_a_notebook_has_one_parameters_cell(tmp_path, cells):
    with pytest.raises(RequestError, match="cells tagged parameters, expected one"):
        read_declarations(declare(tmp_path, CELL, cells))


OLD, CELLS = '{"nbformat": 3, "worksheets": []}', '{"nbformat": 4, "cells": %s}'


@pytest.mark.parametrize(
    "content",
    ["", "not json", "[]", "{}", "[" * 100_000, OLD, CELLS % "1", CELLS % "[1]", CELLS % "[{}]", CELLS % '[{"source": 1}]',
     CELLS % '[{"source": "", "metadata": {"tags": 1}}]', CELLS % '[{"source": "", "metadata": []}]'],
)  # fmt: skip
def test_a_file_that_is_no_notebook_is_refused(tmp_path, content):
    (tmp_path / "x.ipynb").write_text(content)
    with pytest.raises(RequestError, match="not a notebook, expected JSON with cells, of nbformat 4, got "):
        read_declarations(tmp_path / "x.ipynb")


def test_a_notebook_that_can_not_be_read_is_refused(tmp_path):
    for path, content in ((tmp_path, None), (tmp_path / "x.ipynb", b"\xff")):
        path.write_bytes(content) if content else None
        with pytest.raises(RequestError, match=f"{path.name}: 1 problem"):
            read_declarations(path)


# --- whether values agree with it


def test_defaults_fill_what_is_not_given(declared):
    checked = check_params({"horizon": 6}, declared, "params")
    assert checked["horizon"] == 6 and checked["as_of"] == "2021-03" and list(checked) == list(declared)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"growht": 1}, "growht: unknown"),
        ({"horizn": 1}, "horizn: unknown; did you mean horizon?"),
        ({"horizon": "twelve"}, "horizon: wrong type, expected a whole number (months 1..36), got 'twelve'"),
        ({"horizon": "12"}, "horizon: wrong type, expected a whole number (months 1..36), got '12'"),
        ({"horizon": 12.0}, "horizon: wrong type"),
        ({"horizon": True}, "horizon: wrong type, expected a whole number (months 1..36), got True"),
        ({"horizon": None}, "horizon: wrong type"),
        ({"horizon": 0}, "horizon: out of range, expected a whole number from 1 to 36, got 0"),
        ({"horizon": 37}, "horizon: out of range"),
        ({"level": 0.99}, "level: out of range, expected a number from 0.5 to 0.95, got 0.99"),
        ({"level": float("nan")}, "level: wrong type"),
        ({"level": float("inf")}, "level: wrong type"),
        ({"level": 10**400}, "level: wrong type"),
        ({"level": True}, "level: wrong type"),
        ({"as_of": "2021-13"}, "as_of: wrong month, expected a month such as \"2021-03\", got '2021-13'"),
        ({"as_of": "March"}, "as_of: wrong month"),
        ({"as_of": 2021}, "as_of: wrong type"),
        ({"method": "magic"}, "method: unknown choice, expected one of naive, drift, got 'magic'"),
        ({"method": ""}, "method: unknown choice"),
        ({"snapshot": "../../etc"}, "snapshot: not a name, expected letters, digits, _ . - (64 at most), got '../../etc'"),
        ({"snapshot": "a" * 65}, "snapshot: not a name"),
        ({"snapshot": "a\n"}, "snapshot: not a name"),
        ({"strict": "yes"}, "strict: wrong type, expected true or false (switch), got 'yes'"),
        ({"strict": 1}, "strict: wrong type"),
        ({"lines": "toys"}, "lines: wrong type, expected a list (accounts), got 'toys'"),
        ({"lines": [object()]}, "lines: not plain values"),
        ({"lines": [float("nan")]}, "lines: not plain values"),
        ({"cases": []}, "cases: wrong type"),
        ({"cases": {"up": 1}}, "cases.up: not a mapping, expected growth, hires, got 1"),
        ({"cases": {"up": {"growth": 0.1}}}, "cases.up.hires: missing, expected a whole number, got nothing"),
        ({"cases": {"up": {"growth": 0.1, "hires": 1, "grwth": 1}}}, "cases.up.grwth: unknown; did you mean growth?"),
        ({"cases": {"up": {"growth": "lots", "hires": 1}}}, "cases.up.growth: wrong type, expected a number, got 'lots'"),
        ({"cases": {"up": {"growth": 0.1, "hires": 1.5}}}, "cases.up.hires: wrong type, expected a whole number, got 1.5"),
        ({"cases": {"up": {"growth": True, "hires": 1}}}, "cases.up.growth: wrong type"),
        ({"cases": {"a/b": {"growth": 0.1, "hires": 1}}}, "cases.a/b: not a name"),
        ({"cases": {7: {"growth": 0.1, "hires": 1}}}, "cases.7: not a name"),
        ({"rates": {"cny": "seven"}}, "rates.cny: wrong type, expected a number, got 'seven'"),
    ],
)
def test_a_wrong_value_is_said_with_its_name_and_what_was_expected(declared, values, expected):
    problems = refused(values, declared)
    assert len(problems) == 1 and problems[0].startswith(expected)


def test_every_problem_is_in_one_list(declared):
    assert len(refused({"growht": 1, "horizon": "x", "level": 2, "as_of": "", "method": "m", "cases": {"up": {}}}, declared)) == 6


def test_a_whole_number_is_a_number_too(declared):
    cases = {"up": {"growth": 1, "hires": 2}}
    checked = check_params({"rates": {"cny": 7}, "cases": cases}, declared, "params")
    assert checked["rates"] == {"cny": 7} and checked["cases"] == cases


@pytest.mark.parametrize("name", ["x=1; import os", "__import__", "horizon; x", "horizon\n", "", " horizon", "{horizon}", "horizon'"])
def test_a_name_that_tries_to_be_code_is_unknown(declared, name):
    assert [line.split(": unknown")[0] for line in refused({name: 1}, declared)] == [name] if name else refused({name: 1}, declared)
    with pytest.raises(RequestError):
        read_overrides((f"{name}=1",), declared)


HOSTILE = [
    '"; import os; os.system("x")',
    "'''\nimport os\n'''",
    "{title}",
    "{{",
    "%s",
    "\\",
    '"""',
    "${HOME}",
    "# x",
    "a: b",
    "- a",
    "&a",
    "!x",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_tries_to_be_code_stays_inert_text(declared, text):
    checked = check_params(read_overrides((f"title={text}",), declared), declared, "params")
    assert checked["title"] == text and yaml.safe_load(params_text(checked, "x"))["title"] == text


@pytest.mark.parametrize("text", ["__import__('os')", "1; import os", "[].__class__", "!!python/name:os.system", "1 + 1", "os.cpu_count()"])
@pytest.mark.parametrize("name", ["horizon", "level", "cases", "lines", "strict"])
def test_code_is_no_number_no_list_and_no_mapping(declared, name, text):
    given_values = read_overrides((f"{name}={text}",), declared)
    if name != "lines" or not isinstance(given_values[name], list):
        assert refused(given_values, declared)


# --- what callers and YAML give, and what arrives in the notebook


@pytest.mark.parametrize(
    ("name", "value", "arrives"),
    [
        ("title", date(2021, 3, 1), "2021-03-01"),
        ("title", datetime(2021, 3, 1, 10, 30, tzinfo=UTC), "2021-03-01T10:30:00+00:00"),
        ("title", pd.Timestamp("2021-03-01 10:00:00.000000001"), "2021-03-01T10:00:00.000000001"),
        ("title", np.datetime64("2021-03"), "2021-03"),
        ("title", np.str_("007"), "007"),
        ("as_of", date(2021, 3, 1), "2021-03"),
        ("as_of", pd.Timestamp("2021-03-01"), "2021-03"),
        ("horizon", np.int64(6), 6),
        ("horizon", Decimal("6"), 6),
        ("horizon", Decimal("6.0"), 6),
        ("level", Decimal("0.7"), 0.7),
        ("level", np.float64(0.7), 0.7),
        ("level", np.float32(0.5), 0.5),
        ("level", Fraction(3, 4), 0.75),
        ("level", 1 - Decimal("0.5"), 0.5),
        ("strict", np.bool_(True), True),
        ("lines", ("a", np.int8(1), [date(2021, 1, 1)]), ["a", 1, ["2021-01-01"]]),
        ("rates", OrderedDict(usd=Decimal("1.10")), {"usd": 1.1}),
        ("cases", {"up": {"growth": Decimal("0.1"), "hires": np.uint8(2)}}, {"up": {"growth": 0.1, "hires": 2}}),
    ],
)
def test_a_value_of_another_kind_arrives_as_the_plain_one_that_says_the_same(declared, name, value, arrives):
    checked = check_params({name: value}, declared, "params")[name]
    assert checked == arrives and type(checked) is type(arrives) and kinds(checked) == kinds(arrives)


def kinds(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [type(value), *map(kinds, inner)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"title": 7}, "title: wrong type, expected text (text), got 7; in quotes it stays text: \"7\""),
        ({"title": True}, "title: wrong type, expected text (text), got True; in quotes"),
        ({"as_of": 2021}, "as_of: wrong type, expected text (month), got 2021; in quotes it stays text: \"2021\""),
        ({"as_of": date(2021, 3, 31)}, "as_of: wrong month"),
        ({"title": pd.NaT}, "title: wrong type"),
        ({"title": np.datetime64("NaT")}, "title: wrong type"),
        ({"title": b"bytes"}, "title: wrong type"),
        ({"title": "\ud800"}, "title: wrong type"),
        ({"horizon": Decimal("6.5")}, "horizon: wrong type"),
        ({"horizon": np.float64(6)}, "horizon: wrong type"),
        ({"horizon": 10**5000}, "horizon: wrong type, expected a whole number (months 1..36), got a int too large to show"),
        ({"horizon": Decimal("1e999999999")}, "horizon: wrong type"),
        ({"level": Decimal("0.1000000000000000055511151231257827")}, "level: wrong type"),
        ({"level": Decimal("NaN")}, "level: wrong type"),
        ({"level": Fraction(1, 3)}, "level: wrong type"),
        ({"level": np.longdouble("0.7")}, "level: wrong type"),
        ({"level": 0.7j}, "level: wrong type"),
        ({"lines": {"a"}}, "lines: wrong type"),
        ({"lines": np.array([1])}, "lines: wrong type"),
        ({"lines": ["\udfff"]}, "lines: not plain values"),
        ({"lines": [{1: 2}]}, "lines: not plain values"),
        ({"lines": [10**400]}, "lines: not plain values"),
    ],
)
def test_a_value_that_cannot_be_said_exactly_is_refused(declared, values, expected):
    problems = refused(values, declared)
    assert len(problems) == 1 and problems[0].startswith(expected)


def test_lists_in_lists_without_end_are_refused(declared):
    endless = []
    endless.append(endless)
    deep = []
    for _ in range(2000):
        deep = [deep]
    for value in (endless, deep):
        assert refused({"lines": value}, declared)[0].startswith("lines: not plain values")


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["007", "'", '"', "\\", "\\'", '\\"', '"""', "\n", "\r\n", "\t", "\0", "{x}", "%s", "\u2028", "é\u0301", "\\u0041", "\\N{DASH}", "#"]
)  # fmt: skip
given_numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([-0.0, 5e-324, 1e308])
anything = st.recursive(
    st.none() | st.booleans() | given_numbers | text | st.dates() | st.datetimes() | st.decimals(-1000, 1000, places=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4) | st.tuples(inner, inner),
    max_leaves=12,
)
ANYTHING = {
    "some_text": Parameter("some_text", "str", "", "text", "x"), "number": Parameter("number", "float", 0.0, "number", "x"),
    "whole": Parameter("whole", "int", 0, "number", "x"), "truth": Parameter("truth", "bool", False, "switch", "x"),
    "many": Parameter("many", "list", [], "values", "x"),
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional={"some_text": text, "number": given_numbers, "whole": st.integers(-(2**70), 2**70),
                                           "truth": st.booleans(), "many": st.lists(anything, max_size=4)}))  # fmt: skip
def test_what_arrives_in_the_notebook_is_what_was_checked(values):
    checked = check_params(values, ANYTHING, "params")
    code, arrived = translate_parameters("python3", "python", checked, "Parameters"), {}
    exec(compile(code, "injected", "exec"), {}, arrived)
    assert arrived == checked and list(map(kinds, arrived.values())) == list(map(kinds, checked.values()))
    assert repr(arrived) == repr(checked) and json.loads(json.dumps(checked)) == checked
    assert check_params(checked, ANYTHING, "params") == checked, "and again"


@pytest.mark.parametrize("hostile", ["x'); import os #", "\\", "\\\"", "\"\n__import__('os')\n\"", "\\x22\nimport os\n\"", "\r", "\f"])
def test_no_text_becomes_code_on_its_way_into_the_notebook(hostile):
    checked = check_params({"some_text": hostile, "many": [{hostile: hostile}]}, ANYTHING, "params")
    tree = ast.parse(translate_parameters("python3", "python", checked, "Parameters"))
    assert [type(node) for node in tree.body] == [ast.Assign] * len(ANYTHING)
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.Call, ast.Import, ast.Attribute))]


# --- -p name=value


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("title=007", "007"), ("title=true", "true"), ("title=2021-03-01", "2021-03-01"), ("title=a=b", "a=b"), ("title=", ""),
        ("title= x ", " x "), ("horizon=6", 6), ("level=0.9", 0.9), ("strict=true", True), ("lines=[a, b]", ["a", "b"]),
        ("lines=[2021-03-01]", ["2021-03-01"]), ("lines=[007, 1:30, 0x1F]", ["007", "1:30", "0x1F"]),
    ("lines=[on, no, y]", ["on", "no", "y"]),
        ("cases={up: {growth: 0.1, hires: 2}}", {"up": {"growth": 0.1, "hires": 2}}),
    ],
)  # fmt: skip
def test_an_override_is_read_by_its_declared_type(declared, pair, value):
    assert read_overrides((pair,), declared) == {pair.partition("=")[0]: value}


@pytest.mark.parametrize("text", ["007", "1:30", "0x1F", "1_000", "12 months", "[", "2021-13-45"])
def test_a_number_in_any_but_the_plain_way_is_no_number(declared, text):
    assert refused(read_overrides((f"horizon={text}",), declared), declared)[0].startswith("horizon: wrong type")


def test_every_wrong_override_is_named(declared):
    with pytest.raises(RequestError) as wrong:
        read_overrides(("horizon", "horizn=1", "level=0.9", "level=0.8"), declared)
    assert [str(problem) for problem in wrong.value.problems] == [
        "-p, expected name=value, got 'horizon'",
        "horizn: unknown; did you mean horizon?",
        "level: given twice, expected each parameter once, got '0.8'",
    ]


# --- params files


@pytest.fixture
def home(tmp_path) -> Home:
    declare(tmp_path / "notebooks", CELL)
    (tmp_path / "params" / "toyland" / "plan").mkdir(parents=True)
    return Home(tmp_path, tmp_path / "outputs")


def case(home: Home, name: str, text: str) -> None:
    (home.params / "toyland" / "plan" / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_a_case_lists_differences_only_and_mappings_merge_key_by_key(home):
    case(home, "base", "horizon: 12\nlines: [a, b]\ncases: {base: {growth: 0.0, hires: 0}, up: {growth: 0.1, hires: 1}}\n")
    case(home, "middle", "extends: base\nlevel: 0.7\ncases: {up: {growth: 0.2}}\n")
    case(home, "last", "extends: middle\nlines: [c]\n")
    assert read_case(home, "toyland", "plan", "last") == {
        "horizon": 12, "level": 0.7, "lines": ["c"], "cases": {"base": {"growth": 0.0, "hires": 0}, "up": {"growth": 0.2, "hires": 1}},
    }  # fmt: skip


def test_a_case_with_no_differences_equals_its_base(home):
    case(home, "base", "horizon: 12\ncases: {base: {growth: 0.0}}\n")
    case(home, "same", "extends: base\n")
    assert read_case(home, "toyland", "plan", "same") == read_case(home, "toyland", "plan", "base")


def test_dates_and_leading_zeros_in_a_file_stay_the_text_they_were(home):
    case(home, "base", "as_of: 2021-03\ntitle: 2021-03-01\nlines: [007, 010, 1:30, 2021-03-01T10:00:00Z]\nhorizon: -7\nlevel: .5\n")
    assert read_case(home, "toyland", "plan", "base") == {
        "as_of": "2021-03", "title": "2021-03-01", "lines": ["007", "010", "1:30", "2021-03-01T10:00:00Z"], "horizon": -7, "level": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n", "not a mapping, expected lines such as name: value, got a list"),
        ("", "got nothing"),
        ("a: 1\na: 2\n", "key given twice: a"),
        ("a: [\n", "not valid YAML"),
        ("a: !!python/object/apply:os.system ['x']\n", "not valid YAML"),
        ("extends: base\n", "extends runs in a circle, got base → base"),
        ("extends: other\n", "extends runs in a circle, got base → other → base"),
        ("extends: missing\n", "no such case"),
        ("extends: othr\n", "did you mean other?"),
        ("extends: 2021\n", "extends, expected the name of another case, in quotes, got 2021"),
        ("extends:\n", "extends, expected the name of another case, in quotes, got None"),
        ("extends: ../plan/other\n", "no such case"),
    ],
)
def test_a_wrong_params_file_is_refused(home, text, expected):
    case(home, "other", "extends: base\n")
    case(home, "base", text)
    with pytest.raises(RequestError) as wrong:
        read_case(home, "toyland", "plan", "base")
    assert expected in str(wrong.value)


@pytest.mark.parametrize("name", ["../plan/base", "base.yaml", "bse", "/etc/passwd", "base\n", "."])
def test_a_case_that_is_none_or_a_path_is_refused(home, name):
    case(home, "base", "horizon: 12\n")
    with pytest.raises(RequestError, match="no such case"):
        read_case(home, "toyland", "plan", name)


@pytest.mark.parametrize("company", ["..", "../x", "a/b", "", ".hidden", "a b", "a\n", "-x", "a" * 65])
def test_a_company_that_is_no_name_is_refused(home, company):
    with pytest.raises(RequestError, match="not a name"):
        home.company(company)


@pytest.mark.parametrize("notebook", ["../plan", "plan.ipynb", "", "pln", "plan/../plan"])
def test_an_unknown_notebook_is_refused(home, notebook):
    with pytest.raises(RequestError, match="unknown notebook"):
        notebook_path(home, notebook)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("aé中\"'{}#:-&*!|>%@`\\ \n\t$,[]=~0179._+eE", max_size=8)
    | st.sampled_from(["007", "1:30", "0x1F", "2021-03-01", "true", "no", "1e5", ".5", "~", "null", "=", "<<", "", " ", "a\nb", "\t"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdef_", min_size=1, max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text("abcdef_", min_size=1, max_size=5), plain, max_size=4))
def test_flat_params_survive_the_way_through_yaml_for_papermill_and_for_us(tmp_path_factory, values):
    path = tmp_path_factory.getbasetemp() / "flat.yaml"
    path.write_text(params_text(values, "all of them"), encoding="utf-8")
    if values:
        assert yaml.safe_load(path.read_text(encoding="utf-8")) == values and read_mapping(path) == values


# --- the home


def test_the_home_is_found_from_below_and_variables_win(home, monkeypatch, tmp_path):
    for name in ("PLANNING_HOME", "PLANNING_OUTPUTS"):
        monkeypatch.delenv(name, raising=False)
    assert find_home(home.params / "toyland" / "plan") == Home(tmp_path, tmp_path / "outputs")
    monkeypatch.setenv("PLANNING_HOME", str(tmp_path))
    monkeypatch.setenv("PLANNING_OUTPUTS", str(tmp_path / "elsewhere"))
    assert find_home(Path("/")) == Home(tmp_path, tmp_path / "elsewhere")
    monkeypatch.setenv("PLANNING_HOME", str(tmp_path / "params"))
    with pytest.raises(RequestError, match="no project here"):
        find_home()
