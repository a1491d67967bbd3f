"""The City's figures recomputed straight from the package's CSV files, by other code than ours and by no shared function."""

import pathlib
from types import SimpleNamespace

import numpy as np
import pandas as pd
import phl_budget_data
import pytest

from planning.core.accounts import AccountTree
from planning.core.periods import month
from planning.core.tables import departments
from planning.inputs.company import read_company
from planning.inputs.sources import read_sources
from planning.plan import budget, known, reforecast
from planning.plan.accuracy import build_accuracy
from planning.plan.judged import run_judged

FILES = pathlib.Path(phl_budget_data.__file__).parent / "data" / "historical"
HOME = pathlib.Path(__file__).parents[2] / "params" / "philadelphia"
MILLION = 1e6
CLASSES = ["class_100", "class_200", "class_300_400", "class_500", "class_700", "class_800", "class_900"]


@pytest.fixture(scope="module")
def city():
    """What our own reading of the City gives, and the trials of the simplest method."""
    about = read_company(HOME)
    load = read_sources(about, None)
    tree, roles = AccountTree(about.accounts), about.file.roles
    days = known.origins(load.rows, about.calendar, about.file.reporting_lag_days, known.EVER)
    trials = {side: reforecast.run_trials(load.rows, tree, roles[side], days, "seasonal_naive") for side in ("revenue", "spending")}
    return SimpleNamespace(
        about=about, rows=load.rows, controls=load.controls, tree=tree, roles=roles, days=days, trials=trials, calendar=about.calendar,
        budgeted=tree.leaves(roles["budget"]), department=departments(about.cost_centres), lines=about.file.cash_lines,
    )  # fmt: skip


# plain pandas on the files


def cash(side: str) -> pd.DataFrame:
    return pd.read_csv(FILES / "qcmr" / f"cash-reports-{side}.csv")


def departments_file() -> pd.DataFrame:
    return pd.read_csv(FILES / "qcmr" / "department-obligations.csv", dtype={"dept_code": str, "dept_major_code": str})


def spending(name: str) -> pd.DataFrame:
    return pd.read_csv(FILES / "spending" / f"{name}.csv", dtype={"dept_code": str, "dept_major_code": str})


def report(side: str, year: int, quarter: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lines and the printed total of a report."""
    table = cash(side)
    table = table[(table["fiscal_year"] == year) & (table["quarter"] == quarter)]
    total = {"revenue": "Total Cash Receipts", "spending": "Total Disbursements"}[side]
    sums = table["category"].isin(["Total Current Revenue", "Current Year Appropriation", total])
    return table[~sums], table[table["category"] == total]


def months_sum(lines: pd.DataFrame, first: int, last: int) -> float:
    return lines.loc[lines["fiscal_month"].between(first, last), "amount"].sum() * MILLION


# the reforecast of fiscal year 2021 after its second quarter


@pytest.fixture(scope="module")
def after_december(city):
    as_of = month("2020-12")
    when = city.about.known_by(as_of)
    return {
        side: reforecast.build_reforecast(
            city.rows, city.tree, city.calendar, city.roles[side], as_of, when, city.trials[side], city.days, "seasonal_naive", 0.8
        )
        for side in ("revenue", "spending")
    }


@pytest.mark.parametrize(
    ("side", "figures"),
    [
        ("revenue", {"closed": 2103.6, "people": 4693.0, "naive": 4674.8, "prior": 4627.5, "first": 4742.6, "happened": 4913.8}),
        ("spending", {"closed": 2300.2, "people": 4946.2, "naive": 4896.8, "prior": 4835.0, "first": 4902.7, "happened": 4691.0}),
    ],
)
def test_the_landing_of_2021_and_all_it_stands_beside(city, after_december, side, figures):
    (now, _), (last, _), (first, _), (final, _) = (report(side, *which) for which in ((2021, 2), (2020, 4), (2021, 1), (2021, 4)))
    counted = {
        "closed": months_sum(now, 1, 6), "people": months_sum(now, 1, 12), "naive": months_sum(now, 1, 6) + months_sum(last, 7, 12),
        "prior": months_sum(last, 1, 12), "first": months_sum(first, 1, 12), "happened": months_sum(final, 1, 12),
    }  # fmt: skip
    assert {name: round(amount / MILLION, 1) for name, amount in counted.items()} == figures
    landing = after_december[side].landing.set_index("forecaster")
    ours = {name: landing.at[name, "amount"] for name in ("people", "naive", "prior", "first")} | {"closed": landing.at["ours", "closed"]}
    ours["happened"] = known.happened(city.rows, city.tree, city.calendar, city.roles[side], 2021)
    assert ours == pytest.approx(counted)


def test_lines_and_printed_totals_miss_each_other_by_roundings_only():
    for side in ("revenue", "spending"):
        lines, total = report(side, 2021, 2)
        by_month = lines.groupby("fiscal_month")["amount"].sum()
        assert (by_month - total.set_index("fiscal_month")["amount"]).abs().max() < 0.35


def test_last_years_errors_are_those_of_the_reports(city, after_december):
    """The rest of fiscal year 2020, forecast in February 2020 by the same month last year, missed by the pandemic's months."""
    for side in ("revenue", "spending"):
        errors = after_december[side].errors.set_index("as_of")
        rest = months_sum(report(side, 2020, 4)[0], 7, 12) - months_sum(report(side, 2019, 4)[0], 7, 12)
        assert errors.at[month("2019-12"), "error"] == pytest.approx(rest)
        assert errors.index.max() < month("2020-06"), "the year to June 2021 was not over"


def test_the_adopted_budget_and_the_departments_of_2021(city):
    adopted = spending("budgeted-department-spending-adopted").query("fiscal_year == 2021")
    when = city.about.known_by(month("2020-12"))
    ours = reforecast.adopted_total(city.rows, city.calendar, city.budgeted, month("2020-12"), when)
    assert ours == adopted["total"].sum() == adopted[CLASSES].sum().sum() == 4_804_851_000
    told = departments_file().query("report_fiscal_year == 2021 and report_quarter == 2")
    rows = reforecast.department_progress(
        city.rows, city.calendar, city.budgeted, city.roles["reported"], city.department, month("2020-12"), when
    ).set_index("department")
    for column, variable, period in (("projection", "Current Projection", "Full Year"), ("target", "Target Budget", "Full Year"),
                                     ("to_date", "Actual", "YTD")):  # fmt: skip
        used = told[(told["variable"] == variable) & (told["time_period"] == period) & (told["fiscal_year"] == 2021)]
        by_department = used.groupby("dept_major_code")["total"].sum()
        assert rows[column].dropna().to_dict() == by_department.to_dict(), column
    assert rows["adopted"].dropna().to_dict() == adopted.groupby("dept_major_code")["total"].sum().to_dict()
    assert rows["to_date"].sum() == 2_340_039_121 and rows["projection"].sum() == 4_934_147_313


def test_cash_at_start_is_the_printed_balance_of_june(city):
    flow = cash("net-cash-flow").query("fiscal_year == 2020 and quarter == 4 and fiscal_month == 12")
    printed = flow.set_index("category").at["Closing Balance", "amount"] * MILLION
    when = city.about.known_by(month("2020-12"))
    ours = reforecast.cash_at_start(city.rows, city.tree, city.calendar, city.roles["balance"], month("2020-12"), when)
    assert ours == pytest.approx(printed, abs=450_000), "opening and lines, each rounded to a tenth of a million"


@pytest.mark.parametrize(
    ("side", "wape", "rest"),
    [("revenue", [0.110, 0.093, 0.069], [0.046, 0.037, 0.044]), ("spending", [0.145, 0.143, 0.123], [0.047, 0.044, 0.072])],
)
def test_the_citys_own_record_is_the_known_one(city, side, wape, rest):
    """Counted from the files, and again by our own accuracy: 126, 84 and 42 months, 14 years."""
    final = {y: report(side, y, 4)[1].set_index("fiscal_month")["amount"] for y in range(2007, 2022)}
    table = build_accuracy(city.rows, city.controls, city.tree, city.calendar, city.roles[side], city.days, city.trials[side])
    ours = table[table["forecaster"] == "people"].set_index("quarter")
    for quarter in (1, 2, 3):
        said = {y: report(side, y, quarter)[1].set_index("fiscal_month")["amount"].loc[3 * quarter + 1 :] for y in range(2008, 2022)}
        real = {y: final[y].loc[3 * quarter + 1 :] for y in said}
        missed = sum((said[y] - real[y]).abs().sum() for y in said) / sum(real[y].abs().sum() for y in said)
        rests = np.mean([abs(said[y].sum() / real[y].sum() - 1) for y in said])
        assert (round(missed, 3), round(rests, 3)) == (wape[quarter - 1], rest[quarter - 1])
        assert ours.at[quarter, "wape_total"] == pytest.approx(missed) and ours.at[quarter, "mape_rest"] == pytest.approx(rests)
        assert (ours.at[quarter, "months"], ours.at[quarter, "years"]) == (14 * (12 - 3 * quarter), 14)


@pytest.mark.parametrize("side", ["revenue", "spending"])
def test_the_city_knows_the_first_open_month_when_it_reports(city, side):
    """A report comes in the middle of the second month after its quarter; what it calls a forecast of the first one has happened."""
    told = {(y, q): report(side, y, q)[1].set_index("fiscal_month")["amount"] for y in range(2008, 2022) for q in (1, 2, 3, 4)}
    same = [abs(told[y, q][3 * q + 1] / told[y, q + 1][3 * q + 1] - 1) < 0.005 for y in range(2008, 2022) for q in (1, 2, 3)]
    assert sum(same) >= 30 and len(same) == 42


@pytest.fixture(scope="module")
def combined(city):
    return {
        side: run_judged(city.rows, city.tree, city.roles[side], city.days, city.trials[side], "seasonal_naive")
        for side in ("revenue", "spending")
    }


def test_with_the_simplest_model_beside_them_the_people_miss_the_rest_of_the_year_by_a_fifth_less(city, combined):
    """Last year's figures alone are worse than the City in five of the six cells; combined with it they are better in all six."""
    parts = []
    for side, judged in combined.items():
        past = (city.rows, city.controls, city.tree, city.calendar, city.roles[side], city.days, city.trials[side])
        parts.append(build_accuracy(*past, judged))
    rest = pd.concat(parts).pivot(index=["account", "closed"], columns="forecaster", values="mape_rest")
    assert (rest["combined"] < rest["people"]).all() and (rest["naive"] < rest["people"]).sum() == 1
    assert 1 - rest["combined"].mean() / rest["people"].mean() > 0.2


# the drafts of fiscal years 2021 and 2022, made in March


def drafted(year: int) -> pd.DataFrame:
    """The bottom-up draft once more, from the files: centre, class, base, amount (floats, not rounded)."""
    told = departments_file()
    told = told[(told["report_fiscal_year"] == year - 1) & (told["report_quarter"] == 3) & (told["fiscal_year"] == year - 1)]
    projected = told[told["variable"] == "Current Projection"].groupby("dept_code")["total"].sum()
    adopted = spending("budgeted-department-spending-adopted").query("fiscal_year < @year")
    actual = spending("actual-department-spending").query("fiscal_year <= @year - 3")  # printed a year after each year's end
    major = dict(zip(adopted["dept_code"], adopted["dept_major_code"], strict=True)) | dict(
        zip(told["dept_code"], told["dept_major_code"], strict=True)
    )

    def split(by: str, code: str) -> pd.Series | None:
        own = adopted[adopted[by] == code].groupby("fiscal_year")[CLASSES].sum()
        own = own[own.sum(axis=1) > 0]
        return own.iloc[-1] / own.iloc[-1].sum() if len(own) else None

    def median_growth(sums: pd.Series) -> float:
        rates = [sums[y] / sums[y - 1] - 1 if sums.get(y, 0) and sums.get(y - 1, 0) else np.nan for y in range(year - 7, year - 2)]
        return float(np.nanmedian(rates)) if np.isfinite(rates).sum() >= 3 else np.nan

    by_department = {code: median_growth(group.groupby("fiscal_year")[CLASSES].sum().sum(axis=1))
                     for code, group in actual.groupby("dept_major_code")}  # fmt: skip
    by_class = {name: median_growth(actual.groupby("fiscal_year")[name].sum()) for name in CLASSES}
    rows = []
    for code, total in projected.items():
        shares = split("dept_code", code)
        shares = split("dept_major_code", major[code]) if shares is None else shares
        for name, share in shares[shares != 0].items():
            grown = np.nanmean([by_department.get(major[code], np.nan), by_class[name]])
            rows.append((code, name, total * share, total * share * (1 + grown)))
    table = pd.DataFrame(rows, columns=["cost_centre", "account", "base", "amount"])
    return table[table["base"].abs() > 0.005]


@pytest.fixture(scope="module")
def march(city):
    """What the draft of a year rests on when it is made after the third quarter before it."""

    def of(year: int) -> budget.Known:
        as_of = month(f"{year - 1}-03")
        return budget.Known(city.rows, city.tree, city.calendar, city.department, year, as_of, city.about.known_by(as_of))

    return of


@pytest.mark.parametrize(("year", "base"), [(2022, 4_929_714_291), (2021, 5_152_709_082)])
def test_the_draft_is_the_one_counted_from_the_files(city, march, year, base):
    ours = budget.bottom_up(march(year), city.budgeted, city.roles["reported"])
    assert round(ours["base"].sum(), 2) == base, "what the departments projected, to the cent"
    both = ours.merge(drafted(year), on=["cost_centre", "account"], how="outer", suffixes=("", "_counted"))
    assert len(both) == len(ours) and np.allclose(both["base"], both["base_counted"], atol=0.02)
    assert np.allclose(both["amount"], both["amount_counted"], atol=0.03)
    assert not (ours["account"] == "obligations_unmapped").any(), "every cost centre finds shares"


def test_a_cost_centres_base_is_its_own_projection_not_a_share_of_its_departments(city, march):
    """The Managing Director's emergency money stays where the City projects it, and Legal Services keep their 50.9 million."""
    base = budget.bottom_up(march(2021), city.budgeted, city.roles["reported"]).groupby("cost_centre")["base"].sum()
    assert base["10"] == pytest.approx(161_018_172) and base["10LS"] == pytest.approx(50_938_541)


def test_what_was_adopted_and_spent_in_2021_and_2022(city, march):
    adopted, told = spending("budgeted-department-spending-adopted"), departments_file()
    for year in (2021, 2022):
        draft = budget.bottom_up(march(year), city.budgeted, city.roles["reported"])
        rows = budget.compare(march(year), draft, city.budgeted, city.roles["reported"])
        assert rows["adopted"].sum() == adopted.loc[adopted["fiscal_year"] == year, "total"].sum()
        actual = told[(told["variable"] == "Actual") & (told["time_period"] == "Full Year") & (told["fiscal_year"] == year)]
        assert rows["actual"].sum() == actual["total"].sum() == {2021: 4_717_753_548, 2022: 0}[year]


def test_the_drafts_record_is_the_one_counted_from_the_files(city):
    today = city.about.known_by(month("2021-03"))
    earlier = known.same_month(city.days[city.days["as_of"] < month("2021-03")], month("2021-03"))
    rows = budget.draft_trial(
        city.rows, city.tree, city.calendar, city.department, earlier, city.budgeted, city.roles["reported"], today
    ).set_index("fiscal_year")
    actual = spending("actual-department-spending").groupby("fiscal_year")["total"].sum()
    adopted = spending("budgeted-department-spending-adopted").groupby("fiscal_year")["total"].sum()
    assert list(rows.index) == [2016, 2017, 2018, 2019], "the actual of 2020 was printed in June 2021"
    for year, row in rows.iterrows():
        assert row["draft"] == pytest.approx(drafted(year)["amount"].sum(), abs=1.0)
        assert row["actual"] == actual[year] and row["adopted"] == adopted[year]
    missed = (rows["draft"] / rows["actual"] - 1).abs().mean(), (rows["adopted"] / rows["actual"] - 1).abs().mean()
    assert tuple(round(m, 3) for m in missed) == (0.014, 0.008), "what was adopted, months later, came nearer"


def test_notes_due_in_april_2021_are_not_next_years_cash(city, march):
    """March's balance of 788.6 million holds 300 million of notes, which the City's report expects to repay in April."""
    basis = march(2022)
    sides = [budget.top_down(basis, city.roles[side], city.trials[side], "seasonal_naive", 0.8) for side in ("revenue", "spending")]
    opening = budget.opening_cash(basis, city.roles["balance"], *sides)
    rest = [months_sum(report(side, 2020, 4)[0], 10, 12) for side in ("revenue", "spending")]
    assert opening == pytest.approx(788.6 * MILLION + rest[0] - rest[1] - 300 * MILLION, abs=450_000)


def test_cash_paid_per_obligation(city):
    """Of fiscal years 2017 to 2019, the last three known in May 2021."""
    paid = sum(months_sum(report("spending", year, 4)[0], 1, 12) for year in (2017, 2018, 2019))
    obligated = spending("actual-department-spending").query("2017 <= fiscal_year <= 2019")["total"].sum()
    when = city.about.known_by(month("2021-03"))
    share = budget.paid_share(city.rows, city.tree, city.calendar, city.roles["spending"], city.budgeted, month("2021-03"), when)
    assert share == pytest.approx(paid / obligated) and round(share, 3) == 0.975
