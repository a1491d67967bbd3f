"""Files of drivers and cases: what they say, and what is refused with every problem at once."""

from textwrap import dedent
from types import SimpleNamespace

import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.inputs.drivers import case_of, read_drivers


def company(folder, **files):
    (folder / "drivers").mkdir()
    for name, text in files.items():
        (folder / "drivers" / name.replace("_", ".")).write_text(dedent(text), encoding="utf-8")
    return SimpleNamespace(folder=folder)


def problems(act):
    with pytest.raises(RequestError) as wrong:
        act()
    return str(wrong.value)


PRICE = """
price:
  unit: CNY
  label: [Price, 价格]
  owner: Merchandise
  values:
    - {value: 10, source: price list of 2025}
    - {value: 12.5, from: 2026-03, category: pans, low: 11, high: 13, source: board of November}
"""


def test_a_driver_says_unit_owner_source_and_date(tmp_path):
    [price] = read_drivers(company(tmp_path, prices_yaml=PRICE))
    assert (price.name, price.unit, price.label_en, price.label_zh, price.owner) == ("price", "CNY", "Price", "价格", "Merchandise")
    first, second = price.entries
    assert (first.value, first.where, first.first, first.source) == (10, {}, None, "price list of 2025")
    assert (second.value, second.where, second.low, second.high) == (12.5, {"category": "pans"}, 11, 13)
    assert second.first == pd.Timestamp("2026-03-01")


def test_a_driver_may_be_a_table_or_a_formula(tmp_path):
    text = """
    price: {unit: CNY, label: [Price, 价格], owner: Merchandise, file: prices.csv}
    new: {unit: CNY, label: [New, 新], owner: Merchandise, formula: price * 1.02}
    """
    table = "product,from,value,source,source_zh\nP1,,10,list,价目表\nP1,2026-03,11.5,list,\nP2,,7,list,\n"
    price, new = read_drivers(company(tmp_path, a_yaml=text, prices_csv=table))
    assert [(entry.value, dict(entry.where), entry.first) for entry in price.entries] == [
        (10, {"product": "P1"}, None), (11.5, {"product": "P1"}, pd.Timestamp("2026-03-01")), (7, {"product": "P2"}, None),
    ]  # fmt: skip
    assert [(entry.source, entry.source_zh) for entry in price.entries] == [("list", "价目表"), ("list", "list"), ("list", "list")]
    assert new.formula == "price * 1.02" and new.entries == ()


def test_a_company_without_drivers_has_none(tmp_path):
    assert read_drivers(SimpleNamespace(folder=tmp_path)) == []


def test_every_problem_of_all_files_is_said(tmp_path):
    bad = """
    price:
      unit: CNY
      label: [Price]
      owner: Merchandise
      values:
        - {value: ten, source: list}
        - {value: 10}
        - {value: 10, source: list, from: 2026-13}
        - {value: 10, source: list, colour: red}
        - {value: .nan, source: list}
    rate: {unit: fraction, label: [Rate, 率], owner: Treasury}
    both: {unit: fraction, label: [Both, 两], owner: Treasury, formula: rate, file: x.csv}
    """
    table = """
    size: {unit: piece, label: [Size, 量], owner: Sales, file: sizes.csv}
    away: {unit: piece, label: [Away, 外], owner: Sales, file: ../../secret.csv}
    none: {unit: piece, label: [None, 无], owner: Sales, file: nothing.csv}
    """
    rows = "product,value,source\nP1,many,list\nP2,3,\nP3,4,list,more\n"
    text = problems(lambda: read_drivers(company(tmp_path, a_yaml=bad, b_yaml=table, sizes_csv=rows)))
    for said in (
        "a.yaml: drivers.price.label", "drivers.price.values.0.value", "drivers.price.values.1.source", "drivers.price.values.2.from",
        "drivers.price.values.3.colour", "drivers.price.values.4.value", "drivers.rate: give one of values, file and formula",
        "drivers.both: give one of values, file and formula", "sizes.csv, line 2: value", "sizes.csv, line 3: source", "sizes.csv, line 4",
        "driver away: no such file", "driver none: no such file",
    ):  # fmt: skip
        assert said in text, said


def test_a_driver_in_two_files_is_refused(tmp_path):
    assert "driver price: given in two files" in problems(lambda: read_drivers(company(tmp_path, a_yaml=PRICE, b_yaml=PRICE)))


def test_a_driver_given_twice_in_a_file_is_refused(tmp_path):
    assert "key given twice: price" in problems(lambda: read_drivers(company(tmp_path, a_yaml=PRICE + PRICE)))


def test_a_case_lists_its_differences():
    case = case_of("dearer", {"label": ["Dearer", "涨价"], "drivers": {"price": [{"times": 1.1, "from": "2026-04", "category": "pans"}]}})
    [entry] = case.differences["price"]
    assert (case.label_en, case.label_zh, entry.change, entry.value) == ("Dearer", "涨价", "times", 1.1)
    assert entry.where == {"category": "pans"} and entry.first == pd.Timestamp("2026-04-01")
    assert case_of("base", {}).differences == {}


def test_a_case_says_one_thing_of_each_entry():
    given = {"drivers": {"price": [{"times": 1.1, "add": 2}, {}, {"value": 1, "colour": "red"}]}, "note": "x"}
    text = problems(lambda: case_of("odd", given))
    assert text.count("give one of value, add and times") == 2 and "colour" in text and "odd: note" in text
    assert "case odd" in problems(lambda: case_of("odd", [1]))
