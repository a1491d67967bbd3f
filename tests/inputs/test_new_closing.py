"""Ledgers in files whose entries carry the result to equity: by a column that marks them, by their vouchers, or not at all."""

from __future__ import annotations

import pandas as pd
import pytest
from test_new_carried import read
from test_new_folder import answer, renew

from planning.core.errors import RequestError
from planning.inputs.new.sketch import profit_by_month

MONTHS = [f"2024-{month:02}" for month in range(1, 13)]
ENTRIES = (("1122", "6001", 1000), ("6602", "1002", 200), ("6001", "4103", 1000), ("4103", "6602", 200))
NAMES = {"1122": "应收账款", "1002": "银行存款", "6001": "主营业务收入", "6602": "管理费用", "4103": "本年利润"}


def write_ledger(folder, voucher, text):
    """A journal of 2024 in one file; `voucher` and `text` say an entry's number and text by month and place in it."""
    rows = [
        [f"{month}-25", voucher(month, place), code, NAMES[code], text(month, place), *amounts]
        for month in MONTHS
        for place, (debit, credit, amount) in enumerate(ENTRIES, start=1)
        for code, amounts in ((debit, (amount, "")), (credit, ("", amount)))
    ]
    folder.mkdir(parents=True)
    heading = ["日期", "凭证号", "科目编码", "科目名称", "摘要", "借方金额", "贷方金额"]
    pd.DataFrame(rows, columns=heading).to_csv(folder / "序时账.csv", index=False)


@pytest.mark.parametrize(("voucher", "text"), [
    (lambda month, place: f"记-{place}", lambda month, place: "结转" if place > 2 else "业务"),
    (lambda month, place: f"{month}-{place}", lambda month, place: "转账"),
])  # fmt: skip
def test_closing_entries_in_files_are_no_movements(tmp_path, voucher, text):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_ledger(folder, voucher, text)
    known, _ = renew(folder, params)
    assert any(each.id.startswith("closing.") for each in known.doubts.open)
    assert profit_by_month(known)["result"].tolist() == [800.0] * 12
    amounts = read(folder, params, tmp_path)
    assert [amounts[month, "6001"] for month in MONTHS] == [1000.0] * 12
    assert amounts["2024-12", "4103"] == 12 * 800.0


def test_no_is_followed_and_a_year_of_nothing_asked(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_ledger(folder, lambda month, place: f"记-{place}", lambda month, place: "结转" if place > 2 else "业务")
    known, _ = renew(folder, params)
    answer(params, next(each.id for each in known.doubts.open if each.id.startswith("closing.")), "no")
    known, _ = renew(folder, params)
    assert profit_by_month(known)["result"].tolist() == [0.0] * 12
    assert "nothing.2024" in {each.id for each in known.doubts.open}


def test_where_no_column_marks_them_the_question_stays_open(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_ledger(folder, lambda month, place: f"记-{place if month < '2024-07' else 5 - place}", lambda month, place: "转账")
    known, _ = renew(folder, params)
    asked = {each.id: each.seen for each in known.doubts.open}
    closing = next(id for id in asked if id.startswith("closing."))
    assert "no column marks such entries" in asked[closing] and "nothing.2024" in asked
    answer(params, closing, "yes")
    with pytest.raises(RequestError, match=r"can't be followed here.*closing: in company\.yaml"):
        renew(folder, params)
