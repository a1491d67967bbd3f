"""A workbook filled in and recomputed by LibreOffice says what the engine says, to the cent; saved by LibreOffice, it still comes back.

Where there is no LibreOffice these tests skip, and with CI_FULL=1 fail.
"""

import os
import random
import shutil
import subprocess

import openpyxl
import pandas as pd
import pytest
from departments import ACCOUNTS, MONTHS, build, command, draw, submit

from planning.book.store import open_book
from planning.core.accounts import AccountTree, roll_up
from planning.inputs.company import read_company

MONTH_CODES = [f"{month:%Y-%m}" for month in MONTHS]
OVER_YEAR = {"flow": sum, "average": lambda months: sum(months) / len(months), "stock": lambda months: months[-1]}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Has LibreOffice recompute a workbook as if somebody had opened and saved it; gives the saved one."""
    program = shutil.which("soffice")
    if program is None:
        said = "there is no LibreOffice here: apt-get install libreoffice-calc-nogui"
        pytest.fail(said) if os.environ.get("CI_FULL") == "1" else pytest.skip(said)
    profile = tmp_path_factory.mktemp("office")

    def recomputed(path, kind="xlsx"):
        folder = path.parent / "saved"
        words = [program, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", kind, "--outdir", folder, path]
        subprocess.run([str(word) for word in words], check=True, capture_output=True, timeout=180)
        return folder / path.with_suffix(f".{kind}").name

    return recomputed


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    """The group's home."""
    root = tmp_path_factory.mktemp("recalculated") / "home"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PLANNING_BOOK", "PLANNING_RUN"):
            patch.delenv(name, raising=False)
        patch.setenv("PLANNING_HOME", str(root))
        patch.setenv("PLANNING_OUTPUTS", str(root / "outputs"))
        yield build(root)


def fill_at_random(path, seed):
    """A workbook with every input typed anew, some of them as formulas, some left blank where nothing stood; results of formulas are
    not in it any more."""
    book, dice = openpyxl.load_workbook(path), random.Random(seed)
    digits = {line.split(",")[0]: int(line.rsplit(",", 1)[1]) for line in ACCOUNTS.splitlines()[1:]}
    for page in book.worksheets[1:-1]:
        for row in page.iter_rows(min_row=6):
            for cell in (cell for cell in row if not cell.protection.locked):
                amount = dice.randint(0, 10**8) / 10 ** digits[row[1].value]
                cell.value = f"={amount}*1" if dice.random() < 0.2 else amount
    book.save(path)
    return path


def engine_totals(page, tree, codes):
    """By account and column what the engine makes of the leaves of a recomputed sheet: months and history through the account tree."""
    leaves = [row for row in page.iter_rows(min_row=6, values_only=True) if row[0] and row[0] != "total"]
    columns = {code: at for at, code in enumerate(codes) if code in MONTH_CODES or str(code).startswith("x:history")}
    rows = [(row[1], code, float(row[at])) for row in leaves for code, at in columns.items() if row[at] is not None]
    summed = roll_up(pd.DataFrame(rows, columns=["account", "column", "amount"]), tree, ["column"])
    totals = {(row.account, row.column): row.amount for row in summed.itertuples()}
    for account, months in summed[summed["column"].isin(MONTH_CODES)].sort_values("column").groupby("account")["amount"]:
        totals[account, "x:year"] = OVER_YEAR[tree.accounts.at[account, "aggregation"]](months.tolist())
        totals |= dict([_change(account, totals, codes), _rate(account, totals, codes)])
    return totals


def _change(account, totals, codes):
    past = totals.get((account, "x:history0"))
    return (account, "x:change"), None if past is None else totals[account, "x:year"] - past


def _rate(account, totals, codes):
    past, change = totals.get((account, "x:history0")), _change(account, totals, codes)[1]
    return (account, "x:rate"), change / abs(past) if past else None


@pytest.mark.parametrize("who, lang, seed", [("ana", "en", 1), ("ana", "zh", 2), ("nora", "zh", 3)])
def test_every_formula_recomputed_is_the_engines_figure_to_the_cent(group, office, tmp_path, who, lang, seed):
    checked = there = 0
    for path in draw(tmp_path / "drawn", who, "--lang", lang):
        fill_at_random(path, seed)
        written, saved = openpyxl.load_workbook(path), openpyxl.load_workbook(office(path), data_only=True)
        there += sum(cell.data_type == "f" and cell.protection.locked for page in written for row in page.iter_rows() for cell in row)
        tree = AccountTree(read_company(group / "params/acme").accounts)
        years = {}
        for page in written.worksheets[1:-1]:
            codes, recomputed = [cell.value for cell in page[3]], saved[page.title]
            totals = engine_totals(recomputed, tree, codes)
            for row in page.iter_rows(min_row=6):
                for cell in (cell for cell in row if cell.data_type == "f" and cell.protection.locked):
                    code, account, got = codes[cell.column - 1], row[1].value, recomputed[cell.coordinate].value
                    expected = 0 if code == "x:check" else totals.get((account, code))
                    assert same(got, expected), f"{page.title}!{cell.coordinate} {account} {code}: {got}, the engine has {expected}"
                    checked += 1
            years |= {(page.title, account): amount for (account, code), amount in totals.items() if code == "x:year"}
        checked += check_cover(written.worksheets[0], saved.worksheets[0], years)
    assert checked == there > 50


def same(got, expected):
    """To the cent; blank where the engine has nothing."""
    return got in (None, "") if expected is None else isinstance(got, (int, float)) and abs(got - expected) < 0.005


def check_cover(written, saved, years):
    """What the cover says of each sheet: the year now, its difference from what was sent out, and no failed check."""
    checked, sheet = 0, ""
    for row in written.iter_rows(min_row=18):
        if row[4].data_type != "f":
            continue
        sheet = row[0].value or sheet
        now, sent = years.get((sheet, row[1].value.split()[0])), row[3].value or 0
        found = [saved[cell.coordinate].value for cell in row[4:7]]
        assert same(found[0], now) and same(found[1], (now or 0) - sent), (sheet, row[1].value, found, now, sent)
        assert found[2] in (0, None, "")
        checked += sum(cell.data_type == "f" for cell in row[4:7])
    assert checked
    return checked


def test_what_libreoffice_saved_comes_back_with_the_results_of_typed_formulas(group, office, tmp_path):
    [path] = draw(tmp_path / "drawn", "shay")
    fill_at_random(path, 4)
    typed = openpyxl.load_workbook(path)["south"]
    assert "a formula without a result" in submit(path, who="shay", more=("--dry-run",)).stderr, "before it was recomputed"
    saved = office(path)
    done = submit(saved, who="shay")
    assert done.exit_code == 0, done.output
    cells, _ = open_book(group / "outputs/book.sqlite").read("acme", "budget", "v1")
    rows = cells[(cells["cost_centre"] == "south") & (cells["account"] == "toys")].set_index("period")["amount"]
    column = {cell.value: cell.column - 1 for cell in typed[3]}
    line = next(row for row in typed.iter_rows(min_row=6) if row[1].value == "toys")
    wanted = [line[column[code]].value for code in MONTH_CODES]
    assert rows.tolist() == [round(float(str(one).strip("=").removesuffix("*1")), 2) for one in wanted]


def test_a_workbook_opens_on_paper_with_nothing_cut(group, office, tmp_path):
    [path] = draw(tmp_path / "drawn", "nora", "--lang", "zh")
    pdf = office(path, "pdf").read_bytes()
    assert pdf.startswith(b"%PDF") and pdf.count(b"/Type/Page\n") + pdf.count(b"/Type/Page/") == 2, "a cover and a sheet, each one page"


def test_the_workbooks_of_the_group_are_drawn_by_finance_too(group, tmp_path):
    done = command("workbook", "acme", "budget", "v1", "--as", "ben", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0 and '"inputs": 0' in done.stdout
