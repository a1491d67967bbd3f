"""Workbooks out and back through the commands: who sees what, what comes back, conflicts, and everything that is refused."""

import json
import re
import shutil

import openpyxl
import pytest
from departments import PAST, PLAN, build, command, draw, fill, parts, place, rewrite, submit

from planning.book.store import open_book

VERSION = ("acme", "budget", "v1")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The group's home. Shared: look, don't touch."""
    root = tmp_path_factory.mktemp("group") / "home"
    with pytest.MonkeyPatch.context() as patch:
        _use(root, patch)
        return build(root)


@pytest.fixture
def group(built, tmp_path, monkeypatch):
    """A group's home of one's own, which commands in this process find."""
    root = tmp_path / "home"
    shutil.copytree(built, root)
    _use(root, monkeypatch)
    return root


def _use(root, patch):
    for name in ("PLANNING_BOOK", "PLANNING_RUN"):
        patch.delenv(name, raising=False)
    patch.setenv("PLANNING_HOME", str(root))
    patch.setenv("PLANNING_OUTPUTS", str(root / "outputs"))


@pytest.fixture
def book(group):
    return open_book(group / "outputs" / "book.sqlite")


@pytest.fixture
def drawn(group, tmp_path):
    """Nora's workbook: the north."""
    [path] = draw(tmp_path / "drawn")
    return path


def amounts(book, centre="north"):
    cells, _ = book.read(*VERSION)
    rows = cells[cells["cost_centre"] == centre]
    return {(row.account, f"{row.period:%Y-%m}"): row.amount for row in rows.itertuples()}


def refused(done, book, *said):
    """That a command was refused as a whole: exit 2, one list, and the version is as it was."""
    assert done.exit_code == 2 and done.stdout == "" and re.search(r"\d+ problems?\n", done.stderr), done.output
    for one in said:
        assert one in done.stderr
    assert book.version(*VERSION).revision == 1 and not (book.journal("acme")["kind"] == "saved").sum() > 1
    return True


# What goes out


def test_each_department_that_a_person_sees_is_a_workbook(group, tmp_path):
    names = {who: [path.name for path in draw(tmp_path / who, who)] for who in ("nora", "shay", "sita", "farah", "ana", "ben")}
    north, south, shops, abroad = (f"acme_budget_v1_{code}.xlsx" for code in ("north", "south", "shops", "abroad"))
    assert names["nora"] == [north] and names["sita"] == [north, south]
    assert names["shay"] == [shops] and names["farah"] == [abroad]
    assert names["ana"] == names["ben"] == [abroad, shops]
    sheets = openpyxl.load_workbook(tmp_path / "shay" / shops).sheetnames
    assert sheets == ["Read me", "north", "south", "_planning"]


def test_only_the_booked_cells_of_what_one_owns_are_unlocked(group, tmp_path):
    for who, sheet, inputs in (("nora", "north", 7 * 12), ("sita", "north", 0), ("sita", "south", 24), ("ben", "north", 0)):
        path = next(path for path in draw(tmp_path / f"{who}{sheet}", who) if sheet in openpyxl.load_workbook(path).sheetnames)
        book = openpyxl.load_workbook(path)
        cells = [cell for row in book[sheet].iter_rows() for cell in row]
        assert sum(not cell.protection.locked for cell in cells) == inputs and book[sheet].protection.sheet
        assert book["_planning"].sheet_state == "veryHidden" and book["Read me"].protection.sheet


def test_nothing_outside_a_scope_is_anywhere_in_the_file(group, tmp_path):
    amounts = [amount for key, amount in [*PLAN.items(), *PAST.items()] if key[1] != "north"]
    secrets = [str(round(amount * months, 2)) for amount in amounts for months in (1, 12)]
    secrets += ["South", "Abroad", "南店", "海外", "abroad", "south", "HKD", "Far"]
    assert "7777.77" in secrets and "53333.28" in secrets and len(secrets) == 20
    for lang in ("en", "zh"):
        [path] = draw(tmp_path / lang, "nora", "--lang", lang)
        text = "\n".join([path.name, *parts(path), *parts(path).values()])
        assert not [secret for secret in secrets if secret in text]
    [path] = draw(tmp_path / "far", "farah")
    text = "\n".join([path.name, *parts(path), *parts(path).values()])
    assert "66666.6" in text, "5,555.55 a month"
    assert not [secret for secret in ("7777.77", "6666.66", "8888.88", "1000.1", "North", "north", "South", "shops") if secret in text]


def test_a_sheet_holds_the_plan_with_history_beside_it(drawn):
    page = openpyxl.load_workbook(drawn, data_only=True)["north"]
    heads = [cell.value for cell in page[5]]
    assert heads[1:5] == ["Code", "Line", "AC 2025", "Jan 2026"] and heads[-4:] == ["Full year", "Change", "Change %", "Check"]
    rows = {row[1]: row for row in page.iter_rows(min_row=6, values_only=True)}
    assert list(rows) == ["toys", "games", "returns", "sales", "wages", "=rent", "costs", "profit", "heads", "stores"]
    assert rows["toys"][3:5] == (10800, 1000.1) and rows["toys"][-4:-1] == pytest.approx((12001.2, 1201.2, 0.11122), abs=1e-5)
    assert rows["toys"][-1] is None and rows["profit"][-1] == 0, "only totals are checked"
    assert rows["sales"][4] == 1150.25 and rows["costs"][4] == 400.3 and rows["profit"][4] == 749.95  # 1000.10 + 200.20 − 50.05; … − 400.30
    assert rows["profit"][-4:-2] == pytest.approx((8999.4, 8999.4 - 12 * 620))
    assert rows["heads"][-4] == 4.5 and rows["stores"][-4] == 2, "a mean, and the last of a stock"


def test_what_was_booked_and_is_not_planned_has_a_row_to_fill_in(group, book, tmp_path):
    cells, revision = book.read(*VERSION)
    book.save(*VERSION, cells[cells["account"] != "wages"], revision, "ana", 2, mode="replace")
    [path] = draw(tmp_path / "drawn")
    page = openpyxl.load_workbook(path)["north"]
    cell = page[place(page, "wages", "2026-05")]
    assert cell.value is None and not cell.protection.locked
    fill(path, {("wages", "2026-05"): 12.5})
    done = submit(path)
    assert done.exit_code == 0 and re.search(r"wages · 2026-05 +– +12\.5 +\+12\.5\n", done.stdout), done.output
    assert amounts(book)["wages", "2026-05"] == 12.5 and ("wages", "2026-06") not in amounts(book)


def test_no_text_is_ever_a_formula(group, tmp_path):
    [path, *_] = draw(tmp_path / "all", "ana")
    [path] = [path for path in (tmp_path / "all").glob("*shops*")]
    book = openpyxl.load_workbook(path)
    texts = {cell.value for page in book for row in page.iter_rows() for cell in row if cell.data_type == "s"}
    assert {"=rent", "=1+1", "+Wages", "@Rent", "=Acme · shops Shops"} <= texts
    formulas = [cell.value for page in book for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas and all(re.match(r"=(IF|ROUND|SUMSQ)\(", formula) for formula in formulas)
    quoted = [cell for row in book["north"].iter_rows() for cell in row if cell.value in ("=rent", "=1+1", "+Wages", "@Rent")]
    assert len(quoted) == 4 and all(cell.quotePrefix for cell in quoted)


def test_a_version_that_stands_still_and_people_who_see_nothing_get_no_workbook(group, book, tmp_path):
    words = ("workbook", "acme", "budget", "v1", "--out", tmp_path / "out", "--as")
    assert refused(command(*words, "nora2"), book, "unknown person", "did you mean nora?")
    (group / "params/acme/people.yaml").write_text(
        (group / "params/acme/people.yaml").read_text(encoding="utf-8").replace("entities: [far]", "cost_centres: [none]"), encoding="utf-8"
    )
    done = command(*words, "farah")
    assert refused(done, book, "no monthly cells in their scope") and not (tmp_path / "out").exists()
    assert command("submit", *VERSION, "--as", "ana", "--reason", "x").exit_code == 0
    assert "it stands still, expected open, got submitted" in command(*words, "nora").stderr


def test_a_folder_with_something_in_it_is_left_alone(group, book, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    assert refused(command("workbook", *VERSION, "--as", "nora", "--out", tmp_path / "out"), book, "expected a new or empty folder")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


# What comes back


def test_what_was_typed_is_shown_cell_by_cell_and_saved(drawn, book):
    fill(drawn, {("toys", "2026-03"): 1100.1, ("=rent", "2026-12"): 0, ("wages", "2026-01"): 300.3})
    dry = submit(drawn, more=("--dry-run",))
    assert dry.exit_code == 0 and "2 would be saved; revision 2; nothing was changed" in dry.stdout
    assert book.version(*VERSION).revision == 1
    done = submit(drawn)
    assert done.exit_code == 0
    assert re.search(r"home · north · toys · 2026-03 +1,000\.1 +1,100\.1 +\+100\n", done.stdout)
    assert re.search(r"home · north · =rent · 2026-12 +100 +0 +-100\n", done.stdout)
    assert "effect on the result: +200 CNY" in done.stdout and "2 cells differ from what was sent out, 2 saved; revision 2" in done.stdout
    changed = {key: amount for key, amount in amounts(book).items() if amount != PLAN["home", "north", key[0]]}
    assert changed == {("toys", "2026-03"): 1100.1, ("=rent", "2026-12"): 0.0}
    entry = book.journal("acme").iloc[-1]
    assert (entry["who"], entry["kind"], entry["detail"]["comment"], entry["detail"]["cells"]) == ("nora", "saved", "agreed", 2)
    assert book.version(*VERSION).status == "open", "a workbook is not handed in by being saved"


def test_json_has_every_changed_cell_exactly(drawn):
    fill(drawn, {("toys", "2026-03"): 1100.11, ("heads", "2026-02"): 5})
    said = json.loads(submit(drawn, more=("--json", "--dry-run")).stdout)
    assert (said["dry_run"], said["drawn_at"], said["revision"], said["saved"]) == (True, 1, 2, 2)
    assert [(one["account"], one["period"], one["before"], one["after"], one["difference"]) for one in said["changes"]] == [
        ("heads", "2026-02", 4.5, 5.0, 0.5), ("toys", "2026-03", 1000.1, 1100.11, 100.01),
    ]  # fmt: skip
    assert said["changes"][0]["where"].endswith(", north!F14") and [one["unit"] for one in said["sums"]] == ["CNY", "person"]


def test_an_untouched_workbook_changes_nothing_and_is_no_revision(drawn, book):
    done = submit(drawn)
    assert done.exit_code == 0 and "nothing differs" in done.stdout and book.version(*VERSION).revision == 1


def test_two_peoples_edits_of_one_cell_are_a_conflict_that_names_both_figures(drawn, book, tmp_path):
    hers, his = (fill(drawn, {("toys", "2026-03"): amount}, tmp_path / f"{amount}.xlsx") for amount in (1100, 1200))
    assert submit(hers).exit_code == 0
    for more in ((), ("--dry-run",)):
        done = submit(his, who="nick", more=more)
        assert done.exit_code == 1 and "1 cells in conflict" in done.stderr
        assert "north · toys" in done.stderr and "2026-03: changed since, expected 1,200.00, got 1,100.00" in done.stderr
    assert amounts(book)["toys", "2026-03"] == 1100 and book.version(*VERSION).revision == 2


def test_edits_of_different_cells_are_merged_though_the_revision_is_older(drawn, book, tmp_path):
    hers = fill(drawn, {("toys", "2026-03"): 1100}, tmp_path / "hers.xlsx")
    his = fill(drawn, {("toys", "2026-04"): 1200, ("toys", "2026-03"): 1100}, tmp_path / "his.xlsx")
    assert submit(hers).exit_code == 0
    done = submit(his, who="nick")
    assert done.exit_code == 0 and "2 cells differ from what was sent out, 1 saved; revision 3" in done.stdout
    assert (amounts(book)["toys", "2026-03"], amounts(book)["toys", "2026-04"]) == (1100, 1200)


def test_two_workbooks_are_saved_as_one_revision_or_not_at_all(group, book, tmp_path):
    north, south = draw(tmp_path / "drawn", "sita")
    fill(south, {("toys", "2026-01"): 1}, sheet="south")
    fill(north, {("toys", "2026-01"): 1}, sheet="north")
    assert refused(submit(north, south, who="sita"), book, "a cost centre that isn't theirs to fill in", "got north")
    [shops] = draw(tmp_path / "shops", "shay")
    fill(shops, {("toys", "2026-01"): 2}, sheet="south")
    one = submit(south, shops, who="shay")
    assert one.exit_code == 2 and "one cell, two figures" in one.stderr and "1 and 2" in one.stderr
    done = submit(south, who="shay")
    assert done.exit_code == 0 and amounts(book, "south")["toys", "2026-01"] == 1, "who owns the shops owns the south"
    [later] = draw(tmp_path / "later", "shay")
    assert "workbooks of different revisions" in submit(south, later, who="shay").stderr


def test_rows_and_columns_that_moved_are_matched_by_their_keys(drawn, book):
    work = openpyxl.load_workbook(drawn)
    page = work["north"]
    page[place(page, "toys", "2026-03")] = 5
    page[place(page, "stores", "2026-03")] = 7
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=6)]
    for at, row in enumerate(reversed(rows), start=6):
        for column, value in enumerate(row, start=1):
            cell = page.cell(at, column)
            cell.value = value if not str(value).startswith(("=IF", "=ROUND")) else None
            cell.data_type = "s" if value == "=rent" else cell.data_type
    march, april = (next(cell.column for cell in page[3] if cell.value == month) for month in ("2026-03", "2026-04"))
    for at in range(3, page.max_row + 1):
        page.cell(at, march).value, page.cell(at, april).value = page.cell(at, april).value, page.cell(at, march).value
    page.insert_rows(8, 2)
    page.insert_cols(4)
    work.save(drawn)
    done = submit(drawn)
    assert done.exit_code == 0, done.output
    assert "2 cells differ" in done.stdout
    assert (amounts(book)["toys", "2026-03"], amounts(book)["stores", "2026-03"]) == (5, 7)


# What is refused


@pytest.mark.parametrize(
    "account, typed, said",
    [
        ("toys", "1,200", "a text, expected a number, got '1,200'"), ("toys", "abc", "a text"), ("toys", " ", "a text"),
        ("toys", True, "a truth value"), ("toys", "#REF!", "an error value, expected a number, got '#REF!'"),
        ("toys", 12.345, "more decimals than the account has, expected at most 2, got 12.345"),
        ("stores", 2.5, "more decimals than the account has, expected at most 0"), ("heads", -1, "a quantity below 0"),
        ("toys", 1e15, "a figure too large to be exact"), ("toys", 1e300, "a figure too large"), ("toys", None, "a figure was deleted"),
        ("toys", "=100*12", "a formula without a result, expected a number"),
    ],
)  # fmt: skip
def test_what_is_no_figure_for_its_account_is_refused_with_its_cell(drawn, book, account, typed, said):
    said = said.replace(", expected a number", "") if account == "toys" and typed == "=100*12" else said
    at = place(openpyxl.load_workbook(drawn)["north"], account, "2026-03")
    fill(drawn, {(account, "2026-03"): typed, ("games", "2026-01"): 1})
    assert refused(submit(drawn), book, said, f"north!{at}: ")
    assert refused(submit(drawn, more=("--dry-run",)), book, said)


def test_money_may_be_negative_and_float_noise_is_no_decimal(drawn, book):
    fill(drawn, {("toys", "2026-03"): -5.5, ("toys", "2026-04"): 0.1 + 0.2, ("toys", "2026-05"): 1000.10 + 1e-10})
    assert submit(drawn).exit_code == 0
    assert [amounts(book)["toys", f"2026-0{month}"] for month in (3, 4, 5)] == [-5.5, 0.3, 1000.1]


def test_every_wrong_cell_is_told_in_one_list(drawn, book):
    fill(drawn, {("toys", "2026-01"): "x", ("toys", "2026-02"): True, ("games", "2026-03"): "y"})
    assert refused(submit(drawn), book, "3 problems")
    fill(drawn, {("toys", "2026-01"): None, ("toys", "2026-02"): 1.234, ("games", "2026-03"): 1e20})
    assert refused(submit(drawn), book, "3 problems")


def change_sheets(path, change):
    work = openpyxl.load_workbook(path)
    change(work)
    work.save(path)


def _sort_without_marks(work):
    page = work["north"]
    for column in range(2, 20):
        page.cell(6, column).value, page.cell(7, column).value = page.cell(7, column).value, page.cell(6, column).value


def _copy_row(work):
    page = work["north"]
    for column in range(1, 20):
        page.cell(30, column).value = page.cell(6, column).value


def _note(work, row, column):
    work["north"].cell(row, column).value = "a note"


CHANGED = {
    "an extra sheet": (lambda work: work.create_sheet("Notes"), "a sheet that planning didn't write, got 'Notes'"),
    "a renamed sheet": (lambda work: setattr(work["north"], "title", "nord"), "a sheet is missing, expected 'north'"),
    "a deleted sheet": (lambda work: work.remove(work["north"]), "a sheet is missing, expected 'north'"),
    "a deleted row": (lambda work: work["north"].delete_rows(6), "a row is missing, expected toys"),
    "a deleted column": (lambda work: work["north"].delete_cols(7), "a column is missing, expected 2026-03"),
    "a deleted first column": (lambda work: work["north"].delete_cols(1), "its hidden marks are gone"),
    "a row of somebody's own": (lambda work: _note(work, 40, 3), "a row that planning didn't write"),
    "a column of somebody's own": (lambda work: _note(work, 6, 30), "a column that planning didn't write: AD"),
    "rows sorted without their marks": (_sort_without_marks, "another account than this row's, expected 'toys', got 'games'"),
    "a row copied with its mark": (_copy_row, "a row twice, expected each row once, got toys"),
    "no hidden keys": (lambda work: work.remove(work["_planning"]), "no workbook that planning wrote"),
    "changed keys": (lambda work: work["_planning"].__setitem__("A3", "[]"), "it was changed: its checksum differs"),
    "missing keys": (lambda work: work["_planning"].delete_rows(3), "it was changed: its checksum differs"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_workbook_that_is_no_longer_ours_is_refused(drawn, book, name):
    change, said = CHANGED[name]
    fill(drawn, {("toys", "2026-02"): 5})
    change_sheets(drawn, change)
    assert refused(submit(drawn), book, said)


def test_a_workbook_of_another_version_or_company_is_refused(drawn, book):
    book.create_version("acme", "budget", "v2", "ana")
    done = submit(drawn, version="v2")
    assert done.exit_code == 2 and "a workbook of another version, expected acme budget v2, got acme budget v1" in done.stderr


def test_a_workbook_drawn_after_the_books_last_revision_is_refused(group, drawn, book, built, tmp_path):
    fill(drawn, {("toys", "2026-01"): 5})
    assert submit(drawn).exit_code == 0
    [later] = draw(tmp_path / "later")
    shutil.copy(built / "outputs/book.sqlite", group / "outputs/book.sqlite")
    for end in ("-wal", "-shm"):
        (group / f"outputs/book.sqlite{end}").unlink(missing_ok=True)
    assert refused(submit(later), book, "no such revision, expected at most 1, got 2")


def test_what_one_does_not_see_is_not_even_compared(group, book, tmp_path):
    [shops] = draw(tmp_path / "shops", "shay")
    fill(shops, {("toys", "2026-01"): 7777.77}, sheet="south")
    for who in ("nora", "farah"):
        done = submit(shops, who=who)
        assert refused(done, book, "a workbook with cells outside their scope") and "7777" not in done.output and "south" not in done.output


def test_a_version_that_stands_still_takes_no_workbook(drawn, book):
    fill(drawn, {("toys", "2026-01"): 5})
    assert command("submit", *VERSION, "--as", "ana", "--reason", "x").exit_code == 0
    for more in ((), ("--dry-run",)):
        done = submit(drawn, more=more)
        assert done.exit_code == 1 and "return it first to change it" in done.stderr


def _bomb(path):
    rewrite(path, {"xl/media/zeros.bin": bytes(45_000_000)})


def _giant(path):
    with path.open("r+b") as file:
        file.truncate(100_000_000)


def _rows(path):
    sheet = "xl/worksheets/sheet2.xml"
    last = '<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'
    rewrite(path, {sheet: parts(path)[sheet].replace("</sheetData>", last).encode()})


def _macro_type(path):
    types = "[Content_Types].xml"
    rewrite(path, {types: parts(path)[types].replace("sheet.main", "sheet.macroEnabled.main").encode()})


def _entities(path):
    sheet = "xl/worksheets/sheet2.xml"
    head, rest = parts(path)[sheet].split("?>", 1)
    rewrite(path, {sheet: f'{head}?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>{rest}'.encode()})


BROKEN = {
    "macros": (lambda path: rewrite(path, {"xl/vbaProject.bin": b"x"}), "macros"),
    "macros by type": (_macro_type, "macros"),
    "links outside": (lambda path: rewrite(path, {"xl/externalLinks/externalLink1.xml": b"<x/>"}), "links to other files"),
    "embedded files": (lambda path: rewrite(path, {"xl/embeddings/a.bin": b"x"}), "embedded files"),
    "declared entities": (_entities, "declarations that no spreadsheet program writes"),
    "encrypted": (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(2000)), "encrypted, or of an old kind"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:5000]), "damaged or cut off"),
    "a byte changed": (lambda path: path.write_bytes(_flip(path.read_bytes())), "damaged or cut off"),
    "a renamed csv": (lambda path: path.write_text("a,b\n1,2\n"), "no workbook, expected an .xlsx file"),
    "empty": (lambda path: path.write_bytes(b""), "no workbook, expected an .xlsx file"),
    "another archive": (lambda path: rewrite(path, {"[Content_Types].xml": None}), "can't be read as a workbook"),
    "a bomb": (_bomb, "too large to be a workbook of ours"),
    "a hundred megabytes": (_giant, "too large to be a workbook of ours, expected at most 10,000,000, got 100,000,000 bytes"),
    "a million rows": (_rows, "more than 20,000 rows"),
    "gone": (lambda path: path.unlink(), "no such file"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "no such file"),
}


def _flip(content):
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :]


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_workbook_of_ours_is_refused_from_the_outside(drawn, book, name):
    change, said = BROKEN[name]
    change(drawn)
    assert refused(submit(drawn), book, said)


def test_an_xlsm_is_told_by_what_is_in_it_and_any_name_will_do(drawn, book):
    fill(drawn, {("toys", "2026-01"): 5})
    other = drawn.rename(drawn.with_name("mine (2) 副本.xlsx"))
    assert submit(other).exit_code == 0 and book.version(*VERSION).revision == 2


def test_a_dry_run_without_a_workbook_and_a_missing_reason_are_refused(drawn, book):
    done = command("submit", *VERSION, "--as", "nora", "--reason", "x", "--dry-run")
    assert refused(done, book, "expected --workbook FILE")
    done = command("submit", *VERSION, "--as", "nora", "--reason", " ", "--workbook", drawn)
    assert refused(done, book, "a reason is missing")
