"""How a plan is booked: the files that say it, against the chart."""

from types import SimpleNamespace

import pandas as pd
import pytest

from planning.core.accounts import AccountTree
from planning.core.errors import RequestError
from planning.inputs.wiring import has_wiring, read_wiring

PARENTS = {"sheet": None, "bank": "sheet", "owed": "sheet", "vat": "sheet", "profit": None, "sales": "profit"}
CHART = pd.DataFrame({"code": list(PARENTS), "parent": list(PARENTS.values()), "label_en": "x", "label_zh": "x", "kind": "balance"})
TREE = AccountTree(CHART.assign(weight=1, effect=0, better="up", aggregation="stock", unit="CNY", scale=2))
WIRING = """
running: [profit]
settles: {sales: owed}
accounts: {output_tax: vat, input_tax: vat, tax_owed: owed, taxed: profit, cash: [bank], debt: [owed]}
statements:
  {profit: profit, assets: sheet, claims: sheet, equity: owed, year_result: owed, retained: vat, cash_change: profit, operating: sales,
   cost_of_sales: sales, operating_costs: sales,
   cash_lines: {sales: sales}}
"""
SECTIONS = "account,movement,event,section,line\nowed,,,sales,capital\n"
RULES = "event,measure,debit_account,credit_account\nsales,net,owed,sales\n"
SETTLEMENTS = "account,cash,movement,month,bill\nowed,bank,sales,,\nvat,bank,taxes,2,\n"


def company(folder, wiring=WIRING, rules=RULES, settlements=SETTLEMENTS, sections=SECTIONS):
    files = {"wiring.yaml": wiring, "posting_rules.csv": rules, "settlements.csv": settlements, "cash_sections.csv": sections}
    for name, text in files.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return SimpleNamespace(folder=folder, file=SimpleNamespace(currency="CNY"))


def problems(folder, **files):
    with pytest.raises(RequestError) as wrong:
        read_wiring(company(folder, **files), TREE)
    return str(wrong.value)


def test_the_files_are_read_as_they_are(tmp_path):
    read = read_wiring(company(tmp_path), TREE)
    assert read.file.accounts.cash == ["bank"] and read.rules["debit_account"].tolist() == ["owed"]
    assert read.settlements["month"].tolist() == [None, 2] and has_wiring(SimpleNamespace(folder=tmp_path))


def test_a_missing_file_is_named(tmp_path):
    assert "missing file, expected" not in (said := problems(tmp_path, settlements=None)) and "settlements.csv" in said
    assert not has_wiring(SimpleNamespace(folder=tmp_path / "nowhere"))


def test_accounts_that_the_chart_lacks_or_adds_up_are_named(tmp_path):
    wiring = WIRING.replace("settles: {sales: owed}", "settles: {sale: sheet}").replace("cash: [bank]", "cash: [banks]")
    settled = "account,cash,movement,month,bill\nsheet,bank,x,13,\nowed,bank,x,,note\nowed,bank,x,,\n"
    said = problems(tmp_path, wiring=wiring, settlements=settled, sections=SECTIONS.replace("owed", "owing"))
    for told in ("wiring.yaml, settles: unknown account, got sale; did you mean sales?",
                 "wiring.yaml, accounts.cash: unknown account, got banks",
                 "cash_sections.csv, line 2: unknown account, got owing",
                 "wiring.yaml, settles: a total, which holds no postings, got sheet", "settlements.csv, line 2: a total",
                 "settlements.csv, line 2: no month", "settlements.csv, line 4: settled twice",
                 "settlements.csv: a bill's account that isn't settled, got note"):  # fmt: skip
        assert told in said, said


def test_what_the_file_may_not_say_is_refused(tmp_path):
    said = problems(tmp_path, wiring=WIRING + "colour: red\n")
    assert "colour" in said
    assert "accounts.taxed" in problems(tmp_path, wiring=WIRING.replace("taxed: profit, ", ""))


def test_books_without_a_tax_on_sales_name_none_of_its_accounts_and_others_name_all(tmp_path):
    none = WIRING.replace("output_tax: vat, input_tax: vat, tax_owed: owed, ", "")
    assert read_wiring(company(tmp_path, wiring=none), TREE).file.accounts.output_tax == ""
    assert "or none of them" in problems(tmp_path, wiring=WIRING.replace("input_tax: vat, ", ""))


def test_orders_are_in_the_currency_of_the_group_or_in_each_company_s_own(tmp_path):
    read = read_wiring(company(tmp_path, wiring=WIRING + "orders: {currency: CNY, channels: [shop], told: {sales: net}}\n"), TREE)
    assert (read.file.orders.currency, read.file.orders.channels, read.file.orders.told) == ("CNY", ["shop"], {"sales": "net"})
    assert "isn't the company's, expected CNY" in problems(tmp_path, wiring=WIRING + "orders: {currency: HKD}\n").replace(", got HKD", "")
    assert "orders: unknown account, got sale" in problems(tmp_path, wiring=WIRING + "orders: {told: {sale: net}}\n")
    assert "orders: a total" in problems(tmp_path, wiring=WIRING + "orders: {cost: sheet}\n")
    assert "orders.told" in problems(tmp_path, wiring=WIRING + "orders: {told: {sales: units}}\n")
