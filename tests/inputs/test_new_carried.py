"""Trial balances that carry profit and loss to equity: every month, at the end of a quarter or a year, and with refunds."""

from __future__ import annotations

import pandas as pd
import pytest
from finance_folder import finance_folder
from test_new_folder import answer, renew

from planning.core.errors import RequestError
from planning.inputs.company import read_company
from planning.inputs.intake import take_in
from planning.inputs.new.sketch import profit_by_month

NAMES = {"1002": "银行存款", "4103": "本年利润", "4104": "利润分配", "6001": "主营业务收入", "6602": "管理费用", "6603": "财务费用"}
CREDIT = {"4103", "4104", "6001"}
MONTHS = [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)]


def moved(month):
    """Debit and credit of one month before closing; interest is earned for more than it costs."""
    size = 100.0 + int(month[5:])
    return {"6001": (0.0, 3 * size), "6602": (size, 0.0), "6603": (0.0, 7.0), "1002": (2 * size + 7.0, 0.0)}


def write_books(folder, closed, moves=moved):
    """A trial balance over two years that carries profit and loss to 4103 in the months that `closed` takes."""
    balance, rows = dict.fromkeys(NAMES, 0.0), []
    for month in MONTHS:
        posted = {code: list(moves(month).get(code, (0.0, 0.0))) for code in NAMES}
        if closed(month):
            for code in ("6001", "6602", "6603"):
                left = balance[code] + posted[code][0] - posted[code][1]
                posted[code][left > 0] += abs(left)
                posted["4103"][left < 0] += abs(left)
        if month.endswith("12"):
            left = balance["4103"] + posted["4103"][0] - posted["4103"][1]
            posted["4103"][left > 0] += abs(left)
            posted["4104"][left < 0] += abs(left)
        for code, name in NAMES.items():
            opening, (debit, credit) = balance[code], posted[code]
            balance[code] = round(opening + debit - credit, 2)
            turn = -1 if code in CREDIT else 1
            rows.append([month, code, name, turn * opening, debit, credit, turn * balance[code]])
    folder.mkdir(parents=True)
    heading = ["月份", "科目编码", "科目名称", "期初余额", "本期借方", "本期贷方", "期末余额"]
    pd.DataFrame(rows, columns=heading).to_csv(folder / "科目余额表.csv", index=False)


def read(folder, params, tmp_path):
    """Amounts that intake reads by month and account."""
    take_in(read_company(params), tmp_path / "snapshots", folder)
    rows = pd.concat(pd.read_parquet(path) for path in sorted((tmp_path / "snapshots").rglob("*.parquet")) if path.stem == "rows")
    return rows.assign(month=rows["period"].dt.strftime("%Y-%m")).groupby(["month", "account"])["amount"].sum()


def quarter_end(month):
    return int(month[5:]) % 3 == 0


def year_end(month):
    return month.endswith("12")


@pytest.mark.parametrize("closed", [year_end, quarter_end, lambda month: month > "2024" or year_end(month)])
def test_months_that_carry_the_result_are_read_as_their_own_movement_and_asked(tmp_path, closed):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_books(folder, closed, lambda month: moved(month) | {"6603": (7.0, 0.0)})
    known, _ = renew(folder, params)
    (asked,) = [question for question in known.doubts.open if question.id.startswith("closing.")]
    assert asked.guess == "in the months seen" and "2023-12" in asked.seen
    amounts = read(folder, params, tmp_path)
    assert [amounts[month, "6001"] for month in MONTHS] == [3 * (100.0 + int(month[5:])) for month in MONTHS]
    assert [amounts[month, "6602"] for month in MONTHS] == [100.0 + int(month[5:]) for month in MONTHS]
    sketch = profit_by_month(known)
    assert sketch["revenue"].tolist() == [3 * (100.0 + int(month[5:])) for month in MONTHS]


def test_an_account_that_moved_the_other_way_all_year_is_carried_on_its_own_side(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_books(folder, year_end)
    renew(folder, params)
    amounts = read(folder, params, tmp_path)
    assert [amounts[month, "6603"] for month in MONTHS] == [-7.0] * 24


def test_the_months_may_be_answered(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_books(folder, year_end)
    known, _ = renew(folder, params)
    answer(params, next(each.id for each in known.doubts.open if each.id.startswith("closing.")), "never")
    renew(folder, params)
    assert read(folder, params, tmp_path)["2023-12", "6001"] == 3 * 112.0 - sum(3 * (100.0 + month) for month in range(1, 13))


def test_a_year_that_comes_to_nothing_is_asked_and_cannot_be_answered_away_with_no(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_books(folder, year_end)
    known, _ = renew(folder, params)
    assert not [each.id for each in known.doubts.open if each.id.startswith("nothing.")]
    answer(params, next(each.id for each in known.doubts.open if each.id.startswith("closing.")), "never")
    known, _ = renew(folder, params)
    assert {"nothing.2023", "nothing.2024"} <= {each.id for each in known.doubts.open}
    answer(params, "nothing.2023", "no")
    with pytest.raises(RequestError, match=r"can't be followed here.*closing or carried in company\.yaml"):
        renew(folder, params)
    answer(params, "nothing.2023", "yes")
    known, _ = renew(folder, params)
    assert "nothing.2023" not in {each.id for each in known.doubts.open}


def test_a_wrong_answer_about_signs_is_refused(tmp_path):
    folder, params = finance_folder(tmp_path / "files"), tmp_path / "params" / "firm"
    known, _ = renew(folder, params)
    answer(params, next(each for each in known.doubts.asked if each.startswith("signs.")), "upwards")
    with pytest.raises(RequestError, match="answer that fits nothing"):
        renew(folder, params)


def every_month(month):
    return True


def test_refunds_that_stand_beside_what_is_carried_are_asked_with_month_and_size(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_books(folder, every_month, lambda month: moved(month) | {"6603": (0.0, 7.0) if month == "2023-07" else (7.0, 0.0)})
    known, _ = renew(folder, params)
    (asked,) = [question for question in known.doubts.open if question.id.startswith("refunds.")]
    assert asked.seen == "1 months; 2023-07: 14.00 less than carried"
    answer(params, asked.id, "no")
    with pytest.raises(RequestError, match="can't be followed here"):
        renew(folder, params)


def test_months_that_agree_with_the_account_of_the_year_are_no_question(tmp_path):
    folder, params = tmp_path / "files", tmp_path / "params" / "firm"
    write_books(folder, every_month, lambda month: moved(month) | {"6603": (7.0, 0.0)})
    known, _ = renew(folder, params)
    assert not [each.id for each in known.doubts.open if each.id.startswith(("refunds.", "closing."))]


def test_where_nothing_checks_what_is_carried_the_question_says_so(tmp_path):
    folder, params = finance_folder(tmp_path / "files"), tmp_path / "params" / "firm"
    known, _ = renew(folder, params)
    (asked,) = [question for question in known.doubts.open if question.id.startswith("closing.")]
    assert asked.guess == "every month" and "can't tell refunds" in asked.seen
