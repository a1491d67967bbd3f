"""Answers that are offered: each is followed, or refused with what it lacks; none falls over, none is lost."""

from __future__ import annotations

import pandas as pd
import pytest
from finance_folder import write_sheets
from test_new_folder import answer, renew

from planning.core.errors import RequestError
from planning.inputs.company import read_company
from planning.inputs.intake import take_in
from planning.inputs.new.understand import CHOICES

ODD = {
    "profit": [["", "Jan", "Feb", "Mar", "FY"], ["Product sales", 100, 90, 80, 270], ["Salaries", 30, 30, 30, 90]],
    "words": [["Colour", "Taste", "Shape"], ["red", "sweet", "round"], ["green", "sour", "long"]],
    "numbers": [["Alpha", "Date", "Beta"], [1, "2024-01-01", 2], [3, "2024-01-02", 4]],
}


@pytest.mark.parametrize("rows", ODD.values(), ids=ODD.keys())
def test_every_kind_of_table_that_is_offered_is_followed_or_refused_with_what_it_lacks(tmp_path, rows):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_sheets(folder / "some.xlsx", {"some": rows})
    known, _ = renew(folder, params)
    (id,) = [each.id for each in known.doubts.asked.values() if each.id.startswith("table.")]
    refused = {}
    for choice in CHOICES:
        answer(params, id, choice)
        try:
            renew(folder, params)
        except RequestError as problem:
            refused[choice] = str(problem)
    assert {"currencies", "calendar", "scenarios"} <= set(refused) and "left out" not in refused
    assert all("answer that the table can't be" in said and "columns for" in said for said in refused.values())
    assert "columns for currency" in refused["currencies"]


LEDGER = "Journal No,Date,Account,Department,Debit,Credit\nV1,2024-01-10,1000,D1,5,0\nV1,2024-01-10,4000,D1,0,5\n"


def write_books(folder):
    """A ledger, the same once more, a file that can't be read, a list of accounts that lacks one, companies without rates."""
    folder.mkdir(parents=True)
    (folder / "ledger.csv").write_text(LEDGER)
    (folder / "ledger copy.csv").write_text(LEDGER)
    (folder / "broken.xlsx").write_bytes(b"PK rubbish")
    (folder / "accounts.csv").write_text("Account Code,Account Name,Account Type\n1000,Cash,Asset\n")
    (folder / "trial balance.csv").write_text("Account Code,Opening,Debit,Credit,Closing\n1000,1,2,2,1\n")


def test_an_answer_that_cannot_be_followed_is_refused_with_what_to_do(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_books(folder)
    known, _ = renew(folder, params)
    ids = [each.id for each in known.doubts.open if each.guess != "no" and "no" in each.others]
    begun = {id.partition(".")[0] for id in ids}
    assert {"entities", "file", "accounts"} <= begun
    text = (params / "questions.yaml").read_text()
    for id in ids:
        answer(params, id, "no")
        with pytest.raises(RequestError) as refused:
            renew(folder, params)
        assert id in str(refused.value) and "can't be followed here" in str(refused.value)
        (params / "questions.yaml").write_text(text)
        answer(params, id, "whatever")
        with pytest.raises(RequestError, match="fits nothing"):
            renew(folder, params)
        (params / "questions.yaml").write_text(text)


@pytest.mark.parametrize("said", ["euro", "eur", "人民币"])
def test_a_currency_that_intake_would_not_read_is_refused(tmp_path, said):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_books(folder)
    renew(folder, params)
    answer(params, "currency", said)
    with pytest.raises(RequestError, match=r"no currency.*three capital letters"):
        renew(folder, params)
    answer(params, "currency", "EUR")
    assert renew(folder, params)[0].currency == "EUR"


def test_the_other_column_may_be_the_month(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    folder.mkdir()
    rows = ["Account,Period,Date,Amount", *(f"{code},2024-01,2024-02-1{code[0]},5" for code in ("1000", "4000"))]
    (folder / "postings.csv").write_text("\n".join(rows))
    known, _ = renew(folder, params)
    assert (known.start, known.end) == ("2024-01", "2024-01")
    (id,) = [each.id for each in known.doubts.open if each.id.startswith("period_column.")]
    answer(params, id, "Date")
    known, _ = renew(folder, params)
    assert (known.start, known.end) == ("2024-02", "2024-02")


def test_a_department_that_begins_when_another_ends_is_asked_and_may_be_one(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    folder.mkdir()
    rows = ["Journal No,Date,Account Code,Account Name,Department,Debit,Credit"]
    for month in range(1, 7):
        renamed = "D2" if month < 4 else "D2 (new name)" if month < 6 else "D2 (newest name)"
        rows += [f"V{month},2024-0{month}-10,6000,Salaries expense,{renamed},5,", f"V{month},2024-0{month}-10,1000,Bank,D1,,5"]
    (folder / "ledger.csv").write_text("\n".join(rows))
    known, _ = renew(folder, params)
    asked = next(each for each in known.doubts.open if each.id == "department.D2.renamed")
    assert asked.seen == "D2 ends in 2024-03, D2 (new name) begins in 2024-04" and asked.guess == "yes"
    take_in(read_company(params), tmp_path / "snapshots", folder)
    rows = pd.concat(pd.read_parquet(path) for path in sorted((tmp_path / "snapshots").rglob("*.parquet")) if path.stem == "rows")
    assert rows.query("account == '6000'").groupby("cost_centre")["amount"].sum().to_dict() == {"D2 (newest name)": 30.0}
    answer(params, asked.id, "no")
    known, _ = renew(folder, params)
    assert set(known.departments["code"]) == {"D1", "D2", "D2 (newest name)", "unmapped", "none"}
