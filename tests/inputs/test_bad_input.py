"""Bad input gets one clear list (what, where, got, expected, next), exit 2, and changes nothing stored."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from toyland import ACCOUNTS, COST_CENTRES, ENTITIES, LEDGER

from planning.cli import main
from planning.core.errors import RequestError
from planning.inputs.company import read_company
from planning.inputs.snapshots import save_snapshot
from planning.inputs.yaml_files import read_mapping


@pytest.fixture
def planning(toyland, monkeypatch):
    """The command in Toyland's project: `planning("intake", "toyland")` gives its result."""
    monkeypatch.setenv("PLANNING_HOME", str(toyland.root))
    monkeypatch.setenv("PLANNING_OUTPUTS", str(toyland.root / "outputs"))
    monkeypatch.delenv("PLANNING_BOOK", raising=False)
    return lambda *words: CliRunner().invoke(main, list(words))


# --- the source files


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["01,Toys,2021,3,many"], "row 10: wrong amount, expected a number, got 'many'"),
        (['01,Toys,2021,3,"1,234"'], "row 10: wrong amount, expected a number, got '1,234'"),
        (["01,Toys,2021,3,(5)"], "row 10: wrong amount, expected a number, got '(5)'"),
        (["01,Toys,2021,3,$5"], "row 10: wrong amount, expected a number, got '$5'"),
        (["01,Toys,2021,3,"], "row 10: wrong amount, expected a number, got ''"),
        (["01,Toys,2021,3,nan"], "row 10: wrong amount, expected a number, got 'nan'"),
        (["01,Toys,2021,3,-inf"], "row 10: wrong amount, expected a number, got '-inf'"),
        (["01,Toys,2021,3,1e400"], "too large to be exact, expected less than 2,251,799,813,685,248 of the smallest unit, got inf"),
        (["01,Toys,2021,3,99999999999999999999"], "ledger, toys 2021-03: too large to be exact"),
        (["01,Toys,2021,3,2e13", "01,Toys,2021,3,2e13"], "ledger, toys 2021-03: too large to be exact"),
        ([",Toys,2021,3,1"], "row 10: wrong shop, expected a value, got ''"),
        (["01,Toys\x00,2021,3,1"], "row 10: wrong line, expected a value, got 'Toys\\x00'"),
        (["01,,2021,3,1"], "row 10: wrong line, expected a value, got ''"),
        (["01,Toys,2021,13,1"], "row 10, month: period outside the calendar, expected 1 to 12, got '13'"),
        (["01,Toys,2021,0,1"], "row 10, month: period outside the calendar, expected 1 to 12, got '0'"),
        (["01,Toys,1900,3,1"], "row 10, year: period outside the calendar, expected 2020 to 2026, got '1900'"),
        (
            ["01,Toys,99999999999999999999,3,1"],
            "row 10, year: period outside the calendar, expected 2020 to 2026, got '99999999999999999999'",
        ),
        (["01,Toys,2021.5,3,1"], "row 10: wrong year, expected a whole number, got '2021.5'"),
        (["01,Toys,2021,March,1"], "row 10: wrong month, expected a whole number, got 'March'"),
        (["01,Toys,2021,3"], "row 10: wrong number of values, expected 5, got 4"),
        (["01,Toys,2021,3,1,2"], "row 10: wrong number of values, expected 5, got 6"),
        (["", "", "01,Toys,2021,3,many"], "row 12: wrong amount, expected a number, got 'many'"),
    ],
)
def test_a_line_that_can_not_be_right_stops_the_load(toyland, lines, expected):
    for line in lines:
        toyland.line(line)
    assert any(expected in problem for problem in toyland.refused())


def test_every_problem_of_every_source_is_in_one_list(toyland):
    toyland.line("01,Toys,2021,3,many\n,Games,2021,3,1\n01,Toys,x,3,1")
    toyland.file("data/budget.csv", "shop,Toys,Wages\n01,lots,2\n")
    problems = toyland.refused()
    assert len(problems) == 5 and sum("budget" in line for line in problems) == 2 and sum("ledger" in line for line in problems) == 3


def test_a_wide_disaster_is_shown_by_its_first_twenty_lines_and_counted(toyland):
    for month in range(100):
        toyland.line(f"01,Toys,2021,{month + 13},1")
    problems = toyland.refused()
    assert len(problems) == 21 and problems[-1].strip() == "80 more of the same kind"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            None,
            "ledger.csv: missing file, expected this file, or the same with .csv, .parquet, .xlsx, got nothing; it is read for source led",
        ),
        ("", "empty file"),
        ("\n\n", "empty file"),
        ("shop,line,year,month,amount\n", "no rows"),
        ("shop,line,year,amount\n01,Toys,2021,1\n", "missing column month"),
        ("shop;line;year;month;amount\n", "missing column shop"),
        (LEDGER.replace("month,", "amount,", 1), "column amount stands there twice"),
        (b"shop,line,year,month,amount\n\xff\xfe,Toys,2021,1,1\n", "can't be read"),
        (LEDGER.encode("utf-16"), "can't be read"),
        ('shop,line,year,month,amount\n"01,Toys,2021,1,1\n', "can't be read"),
        ('shop,line,year,month,amount\n"01"x,Toys,2021,1,1\n', "can't be read"),
    ],
)
def test_a_file_that_can_not_be_right_stops_the_load(toyland, content, expected):
    toyland.file("data/ledger.csv", content)
    assert any(expected in problem for problem in toyland.refused())


def test_all_missing_columns_are_named_together(toyland):
    toyland.file("data/ledger.csv", "shop,line\n01,Toys\n")
    assert [line.split(": ")[-1] for line in toyland.refused()] == ["missing column year", "missing column month", "missing column amount"]


@pytest.mark.parametrize("broken", ["ledger.parquet", "ledger.xlsx"])
def test_a_truncated_binary_file_stops_the_load(toyland, broken):
    whole = toyland.root / broken
    data = pd.DataFrame({"shop": ["01"] * 500, "amount": range(500)})
    data.to_parquet(whole) if broken.endswith("parquet") else data.to_excel(whole)
    toyland.file("data/ledger.csv", None)
    toyland.file(f"data/{broken}", whole.read_bytes()[:-200])
    assert "can't be read" in toyland.refused()[0]


def test_a_folder_that_is_not_there_or_is_a_file_stops_the_load(toyland, tmp_path):
    assert len(toyland.refused(tmp_path / "nowhere")) == 2
    (tmp_path / "flat").write_text("x")
    assert len(toyland.refused(tmp_path / "flat")) == 2


def test_a_word_that_decides_what_a_figure_is_must_be_known(toyland):
    toyland.ledger["scenario"] = {"column": "line", "map": {"Toys": "actual", "Wages": "actual", "Total sales": "actual"}}
    assert toyland.refused() == ["  ledger, row 3: unknown line, expected one of Toys, Wages, Total sales, got 'Games'"]


def test_a_quarter_five_stops_the_load(toyland):
    toyland.ledger["report"] = {"fiscal_year": "year", "quarter": "month"}
    toyland.line("01,Toys,2021,5,1")
    assert toyland.refused() == ["  ledger, row 10, month: period outside the calendar, expected 1 to 4, got '5'"]


def test_a_month_before_the_calendar_starts_stops_the_load_though_its_year_is_in_it(toyland):
    toyland.settings["calendar"]["start"] = "2021-02"
    assert "ledger, row 2, month: period outside the calendar, expected a period from 2021-02 to 2026-12, got '1'" in toyland.refused()[0]


@pytest.mark.parametrize(
    "day", ["2021-02-30", "31.03.2021", "03/31/2021", "2021", "1900-01-01", "2199-01-01", "2027-01-01T00:00Z", "yesterday"]
)
def test_a_date_that_is_none_or_outside_the_calendar_stops_the_load(toyland, day):
    toyland.ledger["period"] = {"date": "day"}
    toyland.ledger["key"] = ["shop", "line", "day"]
    toyland.file("data/ledger.csv", f"shop,line,day,amount\n01,Toys,{day},1\n")
    assert toyland.refused() == [
        f"  ledger, row 2, day: period outside the calendar, expected a date such as 2021-03-31 from 2020-01 to 2026-12, got {day!r}"
    ]


def test_two_sources_that_say_the_same_cell_are_refused(toyland):
    toyland.settings["sources"]["again"] = toyland.ledger
    assert any("duplicate key" in line for line in toyland.refused())


# --- the database


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql+psycopg://ann:SECRET@127.0.0.1:1/books", "ann:***@127.0.0.1:1/books: can't be queried"),
        ("postgresql://ann:SECRET@host:port/books", "not a database URL"),
        ("mysql://ann:SECRET@host/books", "no driver for mysql"),
        ("nothing", "not a database URL"),
        ("$NOT_SET_ANYWHERE", "not a database URL"),
        ("sqlite:////nowhere/books.db", "missing file"),
    ],
)
def test_a_wrong_database_url_is_refused_without_its_password(toyland, url, expected):
    toyland.read_from(url, "select 1")
    said = "\n".join(toyland.refused())
    assert expected in said and "SECRET" not in said


def test_a_wrong_query_is_refused_and_a_missing_database_is_not_made(toyland, tmp_path):
    toyland.read_from(f"sqlite:///{tmp_path}/books.db", "select * from nowhere")
    assert "missing file" in toyland.refused()[0] and not (tmp_path / "books.db").exists()
    (tmp_path / "books.db").touch()
    assert "no such table: nowhere" in toyland.refused()[0]


def test_a_password_in_a_misspelt_setting_is_not_shown(toyland):
    toyland.ledger["urll"] = "postgresql://ann:SECRET@host/books"
    said = "\n".join(toyland.refused())
    assert "urll: Extra inputs are not permitted" in said and "SECRET" not in said


# --- company.yaml


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b\n", "not a mapping, expected lines such as name: value, got a list"),
        ("", "not a mapping, expected lines such as name: value, got nothing"),
        ("just words", "got a str"),
        ("a: 1\na: 2\n", "key given twice: a"),
        ("a: {b: 1, b: 2}\n", "key given twice: b"),
        ("a: [1\n", "not valid YAML"),
        ("a: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("a: !!int x\n", "not valid YAML"),
        ("a: &a [*a]\nb: {[1]: 2}\n", "not valid YAML"),
        ("a: " + "[" * 5000, "not valid YAML"),
        ("---\na: 1\n---\nb: 2\n", "not valid YAML"),
    ],
)
def test_a_company_file_that_is_no_mapping_is_refused(toyland, text, expected):
    toyland.text = text
    assert any(expected in line for line in toyland.refused())


def test_a_company_file_of_other_bytes_is_refused(toyland, tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"a: \xff\n")
    with pytest.raises(RequestError, match="not valid YAML"):
        read_mapping(tmp_path / "x.yaml")
    with pytest.raises(RequestError, match="can't be read"):
        read_mapping(tmp_path)


def without(*path):
    def change(settings):
        for part in path[:-1]:
            settings = settings[part]
        del settings[path[-1]]

    return change


def setting(value, *path):
    def change(settings):
        for part in path[:-1]:
            settings = settings[part]
        settings[path[-1]] = value

    return change


LEDGER_AT = ("sources", "ledger")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (without("currency"), "currency: Field required"),
        (setting("x", "colour"), "colour: Extra inputs are not permitted, got 'x'"),
        (setting("dollars", "currency"), "currency: String should match pattern"),
        (setting(13, "calendar", "first_month"), "calendar.first_month: Input should be less than or equal to 12, got 13"),
        (setting(True, "calendar", "first_month"), "calendar.first_month: Input should be a valid integer, got True"),
        (setting("7", "calendar", "first_month"), "calendar.first_month: Input should be a valid integer, got '7'"),
        (setting("1500-01", "calendar", "start"), "calendar.start: String should match pattern"),
        (setting("2027-01", "calendar", "start"), "calendar: start is later than end"),
        (setting("Toys", "company"), "company: wrong company, expected its folder's name, toyland, got 'Toys'"),
        (setting("../toyland", "company"), "company: String should match pattern"),
        (setting("nowhere", "roles", "revenue"), "roles.revenue: unknown account, got nowhere"),
        (setting("sale", "roles", "revenue"), "did you mean sales?"),
        (setting("nowhere", *LEDGER_AT, "account", "map", "Toys"), "sources.ledger.account: unknown account, got nowhere"),
        (setting("nowhere", *LEDGER_AT, "account", "unmapped"), "sources.ledger.account: unknown account, got nowhere"),
        (
            setting("sales", *LEDGER_AT, "account", "unmapped"),
            "unmapped is a total, expected an account that no other adds into, got sales",
        ),
        (setting({"Toys": "x"}, *LEDGER_AT, "account", "skip"), "sources.ledger.account: both mapped and skipped: Toys"),
        (setting([], *LEDGER_AT, "account", "by"), "sources.ledger.account.by: List should have at least 1 item"),
        (setting([], *LEDGER_AT, "measures"), "sources.ledger.measures: List should have at least 1 item"),
        (setting([], *LEDGER_AT, "key"), "sources.ledger.key: List should have at least 1 item"),
        (setting("mars", *LEDGER_AT, "entity"), "sources.ledger: unknown entity, got mars"),
        (setting({"code": "09"}, *LEDGER_AT, "cost_centre"), "sources.ledger.cost_centre: unknown cost centre, got 09"),
        (setting({"code": "01", "column": "shop"}, *LEDGER_AT, "cost_centre"), "cost_centre: give either code or column"),
        (setting("guess", *LEDGER_AT, "scenario"), "sources.ledger.scenario"),
        (setting("decade", *LEDGER_AT, "grain"), "sources.ledger.grain"),
        (setting({"column": "line", "map": {"Toys": "guess"}}, *LEDGER_AT, "scenario"), "sources.ledger.scenario.ScenarioByRow.map.Toys"),
        (setting(0, *LEDGER_AT, "scale"), "sources.ledger: a scale of 0 leaves nothing"),
        (setting(float("nan"), *LEDGER_AT, "scale"), "sources.ledger.scale: Input should be a finite number"),
        (setting({"after": "report", "days": 1}, *LEDGER_AT, "known"), "refers to the report: give report its columns"),
        (setting({"after": "period_end", "days": 10**9}, *LEDGER_AT, "known"), "sources.ledger.known.days: Input should be less than"),
        (setting({"actual": "{report}"}, *LEDGER_AT, "version"), "refers to the report: give report its columns"),
        (setting({"column": "line", "map": {"Toys": "year_to_date"}}, *LEDGER_AT, "grain"), "refers to the report"),
        (setting({"fiscal_year": "year"}, *LEDGER_AT, "period"), "months need period.month or period.date"),
        (setting({"fiscal_year": "year", "date": "day"}, *LEDGER_AT, "period"), "give either fiscal_year or date"),
        (setting("sqlite://", *LEDGER_AT, "url"), "sources.ledger: give either file or url"),
        (without(*LEDGER_AT, "file"), "sources.ledger: give either file or url"),
        (setting({"x": {"amount": 1, "owner": "Ann"}}, "tolerances"), "tolerances: unknown account, got x"),
        (setting(-1, "tolerances", "sales", "amount"), "tolerances.sales.amount: Input should be greater than or equal to 0"),
        (setting([{"control": "salez", "where": "x", "reason": "y", "owner": "z"}], "accepted"), "accepted: unknown control, got salez"),
        (
            setting([{"control": "sales", "where": "x", "reason": r, "owner": "z"} for r in "ab"], "accepted"),
            "decided more than once: sales x",
        ),
        (setting(["colour"], "dimensions"), "dimensions.0: Input should be 'partner'"),
    ],
)
def test_a_wrong_setting_is_said_where_it_stands(toyland, change, expected):
    change(toyland.settings)
    assert any(expected in line for line in toyland.refused())


def test_a_package_that_is_not_there_is_named(toyland):
    for package in ("no_such_package_at_all", "hashlib"):
        toyland.settings["data"] = {"package": package, "folder": "data"}
        assert toyland.refused()[0].startswith(f"  data.package: package not installed, got {package}")


# --- the dimension tables


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("accounts.csv", None, "accounts.csv: missing file, expected a CSV file of this dimension"),
        ("accounts.csv", "", "accounts.csv: empty file"),
        ("accounts.csv", ACCOUNTS + ACCOUNTS.splitlines()[3] + "\n", "row 9, code: duplicate key, expected each key once, got 'toys'"),
        ("accounts.csv", ACCOUNTS.replace(",effect", "", 1), "wrong number of values"),
        ("accounts.csv", ACCOUNTS.replace("effect", "impact"), "missing column effect"),
        ("accounts.csv", ACCOUNTS.replace("toys,sales", "toys,nowhere"), "row 4: unknown parent, expected a code of this table"),
        ("accounts.csv", ACCOUNTS.replace("profit,,", "profit,toys,"), "parents run in a circle, got profit → toys → sales → profit"),
        ("accounts.csv", ACCOUNTS.replace("result,1,1", "result,one,1"), "row 2: wrong weight, expected a number, got 'one'"),
        ("accounts.csv", ACCOUNTS.replace("result,1,1", "result,inf,1"), "row 2: wrong weight, expected a number, got 'inf'"),
        ("accounts.csv", ACCOUNTS.replace("result,1,1", "result,1,0.5"), "row 2: wrong effect, expected a whole number, got '0.5'"),
        ("accounts.csv", ACCOUNTS.replace("result,1,1", "result,5,1"), "row 2: wrong weight, expected one of -1.0, 0.0, 1.0, got 5.0"),
        ("accounts.csv", ACCOUNTS.replace("toys,sales,Toys", "toys,sales,"), "row 4, label_en: nothing where a value is needed"),
        ("cost_centres.csv", COST_CENTRES + "02,,hq,South,南,\n", "row 5, code: duplicate key"),
        ("cost_centres.csv", COST_CENTRES.replace("01,,", "01,02,"), "parents run in a circle, got 01 → 02 → 01"),
        ("cost_centres.csv", COST_CENTRES.replace("02,01,hq", "02,01,mars"), "row 4: unknown entity, got mars"),
        ("cost_centres.csv", COST_CENTRES.replace("unmapped", "other"), "sources.ledger.cost_centre: unknown cost centre, got unmapped"),
        ("entities.csv", ENTITIES.replace("USD", ""), "row 2, currency: nothing where a value is needed"),
    ],
)  # fmt: skip
def test_a_wrong_dimension_table_is_refused(toyland, name, content, expected):
    toyland.file(name, content)
    assert any(expected in line for line in toyland.refused())


def test_the_company_file_and_all_its_dimensions_are_in_one_list(toyland):
    toyland.settings["colour"] = "red"
    toyland.file("accounts.csv", ACCOUNTS.replace("result,1,1", "result,one,1").replace("flow,USD,2\nsales", "flew,USD,2\nsales"))
    toyland.file("cost_centres.csv", None)
    toyland.file("entities.csv", ENTITIES.replace("code", "kode"))
    said = "\n".join(toyland.refused())
    for part in ("colour", "wrong weight", "wrong aggregation", "cost_centres.csv: missing file", "missing column code"):
        assert part in said


# --- the command


@pytest.mark.parametrize("name", ["nowhere", "../toyland", "..", "toyland/..", "/etc", "", "toy land", "toyland\n"])
def test_an_unknown_company_or_a_path_in_its_place_is_refused(planning, toyland, name):
    before = toyland.stored()
    result = planning("intake", name)
    assert result.exit_code == 2 and toyland.stored() == before and "Traceback" not in result.output


def test_a_misspelt_company_is_offered_the_right_one(planning):
    assert "did you mean toyland?" in planning("intake", "toylnad").output


def test_a_refused_intake_exits_with_2_and_lists_its_problems(planning, toyland):
    toyland.line("01,Toys,2021,3,many\n01,Toys,2021,13,1")
    toyland.write()
    before = toyland.stored()
    result = planning("intake", "toyland")
    assert result.exit_code == 2 and "sources of toyland: 1 problem\n" in result.output and toyland.stored() == before


def test_a_refused_intake_can_be_read_by_a_program(planning, toyland, monkeypatch):
    monkeypatch.setattr("sys.argv", ["planning", "intake", "toyland", "--json"])
    toyland.line("01,Toys,2021,3,many")
    toyland.write()
    said = json.loads(planning("intake", "toyland", "--json").stdout)
    problem = {"what": "wrong amount", "where": "ledger, row 10", "got": "'many'", "expected": "a number", "next": ""}
    assert said["problems"] == [problem]


def test_an_open_finding_stores_the_load_and_exits_with_1(planning, toyland):
    toyland.line("01,Dolls,2021,3,5")
    toyland.write()
    result = planning("intake", "toyland")
    assert result.exit_code == 1 and "waiting for a decision" in result.output and "stored" in result.output


def test_an_outputs_folder_that_can_not_be_written_is_refused(planning, toyland, monkeypatch):
    (toyland.root / "flat").write_text("x")
    monkeypatch.setenv("PLANNING_OUTPUTS", str(toyland.root / "flat" / "outputs"))
    result = planning("intake", "toyland")
    assert result.exit_code == 2 and "Traceback" not in result.output and str(toyland.root / "flat") in result.output


@pytest.mark.parametrize("place", [Path("/proc/nowhere"), Path("/sys/nowhere")])
def test_a_snapshot_is_refused_where_it_can_not_be_written(place):
    with pytest.raises(RequestError, match="can't be written") as wrong:
        save_snapshot("toyland", {"rows": pd.DataFrame({"a": [1]})}, place, {})
    assert wrong.value.exit_code == 2


def test_a_company_that_is_not_there_is_not_made(toyland):
    with pytest.raises(RequestError, match="no such company"):
        read_company(toyland.root / "params" / "elsewhere")
    assert not (toyland.root / "params" / "elsewhere").exists()
