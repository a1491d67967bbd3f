"""Budget control: what was adopted, what is spent, where each department lands and how sure that is, from what was known on a day.

Everything is built from the quarterly reports as first printed; nothing reads a file or a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from planning.core.checks import Check, check_close
from planning.core.errors import Problem, RequestError
from planning.core.metrics import execution_rate, rate, variance
from planning.core.money import round_cents
from planning.core.periods import FiscalCalendar, month_text
from planning.model.bands import band, measured_coverage
from planning.model.bridge import bridge_by
from planning.model.odds import odds_beyond
from planning.model.pace import shrunk_means
from planning.plan.known import EVER, yearly

METHODS = ("pace", "projection", "combined")
"""pace: spent to date over the share of the year that earlier years had used by then; projection: the people's own;
combined: the plain mean of both, of one where the other can't be told."""
LEAST_SHARE = 0.05
"""A year of which less than this share is used by then has no pace."""
COVERS = 0.5
"""A personnel report whose target is less than this share of the adopted personnel class is not a report on that class."""


@dataclass(frozen=True)
class Reports:
    """What control reads: a snapshot's rows, who belongs where, which accounts are meant, and the day.

    `budgeted`: accounts of the adopted budget; `reported`: the account of the quarterly reports; `staff_class`, `staff`: the
    personnel class of the budget and the account of its own quarterly report, empty where there is none; `lines`: the class of each
    budgeted account that is read together with others.
    """

    rows: pd.DataFrame
    calendar: FiscalCalendar
    department: dict[str, str]
    budgeted: list[str]
    reported: str
    as_of: pd.Timestamp
    when: pd.Timestamp
    staff_class: str = ""
    staff: str = ""
    lines: dict[str, str] = field(default_factory=dict)

    @property
    def fiscal_year(self) -> int:
        """The year that is controlled."""
        return int(self.calendar.fiscal_year(self.as_of))


@dataclass(frozen=True)
class Control:
    """A quarter under control.

    `lines`: a row a department (see `build_control`); `landing`: what (adopted, projected, ours), amount, lower, upper;
    `calls`: every past and present report's landing (see `landing_calls`); `coverage`: how often bands held at this point of
    the year and at all; `accuracy`: method, closed, wape, years, departments; `pooled`: whether the band of the whole rests on
    all quarters' misses, for want of years; `method`, `level` as asked.
    """

    reports: Reports
    method: str
    level: float
    lines: pd.DataFrame
    landing: pd.DataFrame
    calls: pd.DataFrame
    coverage: pd.DataFrame
    accuracy: pd.DataFrame
    pooled: bool

    @property
    def closed(self) -> int:
        """Months of the year that are closed."""
        return int(self.reports.calendar.month_number(self.reports.as_of))


def positions(reports: Reports) -> pd.DataFrame:
    """What each quarterly report known by `when` said of each department, a row a department and report.

    Columns: department, fiscal_year, period, closed (months), day (of the report), adopted, target, projection, to_date (as
    first printed), final (the year's actual) and final_known. What nobody printed is missing, never 0. A report that stands
    under an earlier quarter too is left out there, on every day: what was filed there in its place nobody has.
    """
    spent = _spent(reports)
    days = spent.groupby(["fiscal_year", "period", "closed"], as_index=False)["day"].min()
    adopted = days.merge(_by_year(reports, "budget", reports.budgeted, "adopted")[["department", "fiscal_year", "adopted"]])
    keys = ["department", "fiscal_year", "period", "closed", "day"]
    table = spent.merge(adopted, on=keys, how="outer")
    for scenario, name in (("target", "target"), ("forecast", "projection")):
        table = table.merge(_of_report(reports, reports.reported, scenario, name), on=["department", "fiscal_year", "day"], how="left")
    table = table.merge(_by_year(reports, "actual", [reports.reported], "final"), on=["department", "fiscal_year"], how="left")
    columns = [*keys, "adopted", "target", "projection", "to_date", "final", "final_known"]
    return table[columns].sort_values(["period", "department"], ignore_index=True)


def _spent(reports: Reports, account: str = "") -> pd.DataFrame:
    """department, fiscal_year, period, closed, day, to_date: as first printed, without reports that were filed twice."""
    printed = _known(replace(reports, when=EVER), account or reports.reported, "actual", "year_to_date")
    first = printed[printed["known"] == printed.groupby("period")["known"].transform("min")]
    sums = first.groupby(["department", "period"], as_index=False).agg(to_date=("amount", "sum"), day=("known", "first"))
    sums["fiscal_year"] = reports.calendar.fiscal_year(sums["period"])
    sums["closed"] = reports.calendar.month_number(sums["period"])
    return sums[(sums["day"] <= reports.when) & ~sums["period"].isin(_filed_twice(sums))].reset_index(drop=True)


def _filed_twice(sums: pd.DataFrame) -> list[pd.Timestamp]:
    """Periods whose report says of every department exactly what the year's next one says."""
    if sums.empty:
        return []
    wide = sums.pivot(index=["fiscal_year", "period"], columns="department", values="to_date").sort_index()
    after = wide.groupby(level="fiscal_year").shift(-1)
    same = ((wide == after) | (wide.isna() & after.isna())).all(axis=1) & after.notna().any(axis=1)
    return list(same.index.get_level_values("period")[same])


def _known(reports: Reports, account: str, scenario: str, grain: str) -> pd.DataFrame:
    rows = reports.rows
    used = rows[(rows["account"] == account) & (rows["scenario"] == scenario) & (rows["grain"] == grain) & (rows["known"] <= reports.when)]
    return used.assign(department=used["cost_centre"].map(reports.department))


def _of_report(reports: Reports, account: str, scenario: str, name: str) -> pd.DataFrame:
    """A full-year figure of every report: department, fiscal_year, day, `name`."""
    used = _known(reports, account, scenario, "year")
    used = used.assign(fiscal_year=reports.calendar.fiscal_year(used["period"]), day=used["known"])
    return used.groupby(["department", "fiscal_year", "day"], as_index=False)["amount"].sum().rename(columns={"amount": name})


def _by_year(reports: Reports, scenario: str, accounts: list[str], name: str) -> pd.DataFrame:
    """A scenario's yearly sums: department, fiscal_year, `name`, `name`_known."""
    table = yearly(reports.rows, reports.calendar, scenario, accounts, reports.when)
    table = table.assign(department=table["cost_centre"].map(reports.department))
    keys = ["department", "fiscal_year"]
    return table.groupby(keys, as_index=False).agg(**{name: ("amount", "sum"), f"{name}_known": ("known", "max")})


def check_quarter(table: pd.DataFrame, reports: Reports) -> None:
    """RequestError unless a report on the departments closes `as_of` and is the newest one known."""
    closed = sorted(table["period"].unique())
    if closed and closed[-1] == reports.as_of:
        return
    near = f"a month that a quarterly report closes, such as {month_text(closed[-1])}" if closed else "a month with a report"
    raise RequestError("as_of", [Problem("no report on the departments closes it", "as_of", month_text(reports.as_of), near)])


def check_departments(now: pd.DataFrame) -> None:
    """RequestError unless some department has both a budget and spending: otherwise every gap is one of places, not of money."""
    budgeted, spent = now["adopted"].gt(0), now["to_date"].notna()
    if not (budgeted & spent).any():
        names = [", ".join(sorted(now.loc[which, "department"])[:3]) or "nobody" for which in (budgeted, spent)]
        wanted = "spending by the departments that have budgets"
        raise RequestError(
            "control", [Problem("budgets and spending don't meet", "departments", f"budgets of {names[0]}; spending of {names[1]}", wanted)]
        )


# ----------------------------------------------------------------------------------------------------------- the landing


def landing_calls(table: pd.DataFrame) -> pd.DataFrame:
    """Where each report would have said that each department lands, from what was known on its day.

    `positions` and `share` (of the year's actual used by then in earlier years), `pace`, `combined`, `expected` (spent to date, had
    the adopted budget been used as in earlier years), and `tried`: whether any earlier year was known. The present is called like
    the past.
    """
    made = [_call(table, day) for _, day in table.groupby("period")]
    return pd.concat(made, ignore_index=True) if made else table.assign(share=[], pace=[], combined=[], expected=[], tried=[])


def _call(table: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    year, closed, day = now["fiscal_year"].iat[0], now["closed"].iat[0], now["day"].iat[0]
    earlier = table[(table["closed"] == closed) & (table["fiscal_year"] < year)]
    whole = earlier[(earlier["final_known"] <= day) & (earlier["final"] > 0)]
    share = _usual(whole["department"], whole["to_date"] / whole["final"], now["department"])
    budgeted = earlier[earlier["adopted"] > 0]
    used = _usual(budgeted["department"], budgeted["to_date"] / budgeted["adopted"], now["department"])
    paced = (now["to_date"] > 0) & (share >= LEAST_SHARE)
    pace = round_or_missing((now["to_date"] / share.where(share > 0)).where(paced))
    combined = round_or_missing(pd.concat([pace, now["projection"]], axis=1).mean(axis=1))
    return now.assign(share=share, pace=pace, combined=combined, expected=now["adopted"] * used, tried=len(whole) > 0)


def _usual(units: pd.Series, values: pd.Series, wanted: pd.Series) -> pd.Series:
    """Each wanted unit's usual value, the pooled one where it has no past of its own."""
    past = pd.DataFrame({"unit": units, "value": values}).dropna()
    own, pooled = shrunk_means(past)
    return wanted.map(own).fillna(pooled).astype(float)


def round_or_missing(amounts: pd.Series) -> pd.Series:
    """Amounts to the cent, the missing ones missing."""
    return round_cents(amounts.astype(float).fillna(0.0)).where(amounts.notna())


def misses(calls: pd.DataFrame, method: str, closed: int | None, year: int, day: pd.Timestamp) -> pd.DataFrame:
    """What landings of earlier years had missed by, as far as known on a day: department, fiscal_year, closed, error, typical.

    Only reports after the same number of closed months count (`closed` None: all), and, but for the people's own projection, those
    with an earlier year to learn from.
    """
    used = calls[(calls["fiscal_year"] < year) & (calls["final_known"] <= day) & (calls["adopted"] > 0)]
    used = used if method == "projection" else used[used["tried"]]
    used = used if closed is None else used[used["closed"] == closed]
    used = used[used[method].notna() & used["final"].notna()]
    error = used["final"] - used[method]
    return used[["department", "fiscal_year", "closed"]].assign(error=error, typical=used["adopted"]).reset_index(drop=True)


def banded(now: pd.DataFrame, method: str, past: pd.DataFrame, level: float) -> pd.DataFrame:
    """One report's departments with landing (`amount`), lower, upper, n, and odds (of ending above adopted, from the same misses)."""
    points = now.assign(amount=now[method], typical=now["adopted"])
    table = band(points, past, level)
    odds = odds_beyond(table["amount"], table["adopted"], table["adopted"], past)
    return table.drop(columns=["typical", "level"]).assign(odds=odds)


def build_control(reports: Reports, method: str = "combined", level: float = 0.8) -> Control:
    """The quarter that `as_of` closes: every department's position, landing and band, and the whole's.

    `lines`: department, adopted, target, projection, to_date, available (adopted − to_date), execution (to_date / adopted),
    execution_prior (the same point last year), share, pace, amount (the landing), lower, upper, n, odds, over (amount −
    adopted), counted (the landing in the totals: what is adopted where nothing was reported), expected.
    """
    calls = landing_calls(positions(reports))
    check_quarter(calls, reports)
    now = calls[calls["period"] == reports.as_of]
    check_departments(now)
    year, closed, day = reports.fiscal_year, int(now["closed"].iat[0]), reports.when
    lines = banded(now, method, misses(calls, method, closed, year, day), level)
    lines = _with_progress(lines, calls, reports).reset_index(drop=True)
    landing, pooled = _landing(lines, calls, method, closed, year, day, level)
    return Control(
        reports, method, level, lines, landing, calls, band_coverage(calls, method, level, closed, day), _accuracy(calls, day), pooled
    )


def _with_progress(lines: pd.DataFrame, calls: pd.DataFrame, reports: Reports) -> pd.DataFrame:
    before = calls[(calls["fiscal_year"] == reports.fiscal_year - 1) & (calls["closed"] == lines["closed"].iat[0])].set_index("department")
    prior = execution_rate(before["to_date"], before["adopted"])
    return lines.assign(
        available=variance(lines["adopted"], lines["to_date"]),
        execution=execution_rate(lines["to_date"], lines["adopted"]),
        execution_prior=lines["department"].map(prior),
        over=variance(lines["amount"], lines["adopted"]),
        counted=_counted(lines),
    )


def _landing(lines, calls, method, closed, year, day, level) -> tuple[pd.DataFrame, bool]:
    """The whole: adopted, projected, ours with a band from what earlier years' wholes missed by; pooled over quarters if need be."""
    ours = pd.DataFrame({"amount": [lines["counted"].sum()], "typical": [lines["adopted"].sum()]})
    same = _misses_of_whole(misses(calls, method, closed, year, day))
    drawn, pooled = band(ours, same, level), False
    if drawn["lower"].isna().all():
        drawn, pooled = band(ours, _misses_of_whole(misses(calls, method, None, year, day)), level), True
    projected = lines["projection"].sum(min_count=1)
    rows = [("adopted", lines["adopted"].sum(min_count=1), np.nan, np.nan), ("projected", projected, np.nan, np.nan)]
    rows.append(("ours", *drawn[["amount", "lower", "upper"]].iloc[0]))
    return pd.DataFrame(rows, columns=["what", "amount", "lower", "upper"]), pooled and bool(drawn["lower"].notna().all())


def _counted(lines: pd.DataFrame) -> pd.Series:
    """The landing in the totals: what is adopted where there is none."""
    return lines["amount"].fillna(lines["adopted"]).fillna(0.0)


def _misses_of_whole(past: pd.DataFrame) -> pd.DataFrame:
    return past.groupby(["fiscal_year", "closed"], as_index=False)[["error", "typical"]].sum()


# ------------------------------------------------------------------------------------------------------- how good it was


def past_reports(calls: pd.DataFrame, day: pd.Timestamp) -> list[tuple[int, int, pd.Timestamp, pd.Timestamp]]:
    """The earlier reports whose year is known on a day: (fiscal_year, closed, period, day of the report), in time order."""
    done = calls[calls["final_known"] <= day]
    found = done.groupby("period", as_index=False)[["fiscal_year", "closed", "day"]].first()
    return list(found[["fiscal_year", "closed", "period", "day"]].itertuples(index=False, name=None))


def band_coverage(calls: pd.DataFrame, method: str, level: float, closed: int, day: pd.Timestamp) -> pd.DataFrame:
    """How often bands held in years known by then, each drawn from what was known on its report's day.

    Columns: what (quarter: departments at this point of the year; all: departments; whole: the total, at all quarters),
    level, n, inside, coverage, low, high, without.
    """
    drawn = [
        banded(calls[calls["period"] == period], method, misses(calls, method, months, year, then), level)
        for year, months, period, then in past_reports(calls, day)
    ]
    wholes = [_whole_call(calls, method, level, *report) for report in past_reports(calls, day)]
    drawn = [table for table in drawn if table["lower"].notna().any()]
    if not drawn:
        return pd.DataFrame(columns=["what", "level", "n", "inside", "coverage", "low", "high", "without"])
    whole = pd.concat(drawn).assign(level=level, actual=lambda t: t["final"])
    parts = {"quarter": whole[whole["closed"] == closed], "all": whole, "whole": pd.concat(wholes)}
    return pd.concat([measured_coverage(part).assign(what=what) for what, part in parts.items()], ignore_index=True)


def _whole_call(calls: pd.DataFrame, method: str, level: float, year: int, closed: int, period, then) -> pd.DataFrame:
    """The band of the whole as an earlier report would have drawn it, and how the year ended."""
    now = calls[calls["period"] == period]
    lines = now.assign(amount=now[method])
    landing, _ = _landing(lines.assign(counted=_counted(lines)), calls, method, closed, year, then, level)
    return landing[landing["what"] == "ours"].assign(level=level, actual=now["final"].sum(min_count=1))


def _accuracy(calls: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """What each method missed the departments' years by, over what was spent: method, closed, wape, years, n; the same rows for all."""
    done = calls[calls["tried"] & (calls["final_known"] <= day) & calls["final"].notna()]
    done = done[done[list(METHODS)].notna().all(axis=1)]
    rows = [
        {
            "method": method, "closed": int(closed), "wape": rate((part["final"] - part[method]).abs().sum(), part["final"].abs().sum()),
            "years": part["fiscal_year"].nunique(), "n": len(part),
        }
        for closed, part in done.groupby("closed")
        for method in METHODS
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["method", "closed", "wape", "years", "n"])


# -------------------------------------------------------------------------------------------------------------- classes


def class_lines(reports: Reports, control: Control) -> pd.DataFrame:
    """Departments by class: department, account, adopted, last_actual (the newest year known), projection, to_date, available.

    Only the personnel class is reported by quarter; the others have what is adopted and the newest actual, and one row a
    department, account "others", holds what is left of the department's own report once personnel is taken out. Where a
    department's personnel report doesn't cover its class, neither is told. What isn't reported is missing, never 0.
    """
    adopted = _class_sums(reports, "budget", reports.fiscal_year)
    actual = _class_sums(reports, "actual", last_known_year(reports))
    table = pd.DataFrame({"adopted": adopted, "last_actual": actual}).reindex(adopted.index.union(actual.index))
    table = table[(table.fillna(0.0) != 0).any(axis=1)].rename_axis(["department", "account"]).reset_index()
    table = table[table["department"].isin(control.lines["department"])]
    staff = _staff(reports, control)
    told = table.merge(staff, on=["department", "account"], how="left")
    rest = _rest(told, control, reports.staff_class)
    both = pd.concat([told, rest], ignore_index=True)
    return both.assign(available=variance(both["adopted"], both["to_date"]))


def _class_sums(reports: Reports, scenario: str, year: int | None) -> pd.Series:
    table = yearly(reports.rows, reports.calendar, scenario, reports.budgeted, reports.when)
    table = table[table["fiscal_year"] == year]
    classes = table["account"].map(reports.lines).fillna(table["account"])
    return table.groupby([table["cost_centre"].map(reports.department).rename("department"), classes])["amount"].sum()


def last_known_year(reports: Reports) -> int | None:
    """The newest year whose actual by class is known; None where there is none."""
    years = yearly(reports.rows, reports.calendar, "actual", reports.budgeted, reports.when)["fiscal_year"]
    return int(years.max()) if len(years) else None


def _staff(reports: Reports, control: Control) -> pd.DataFrame:
    """The personnel report of this quarter: department, account, projection, to_date; only departments whose class it covers."""
    columns = ["department", "account", "projection", "to_date"]
    if not reports.staff:
        return pd.DataFrame(columns=columns)
    spent = _spent(reports, reports.staff)
    spent = spent[spent["period"] == reports.as_of]
    for scenario, name in (("target", "target"), ("forecast", "projection")):
        spent = spent.merge(_of_report(reports, reports.staff, scenario, name), on=["department", "fiscal_year", "day"], how="left")
    adopted = _class_sums(reports, "budget", reports.fiscal_year)
    adopted = adopted[adopted.index.get_level_values("account") == reports.staff_class].droplevel("account")
    covered = spent["target"] >= COVERS * spent["department"].map(adopted).astype(float)
    return spent[covered].assign(account=reports.staff_class)[columns]


def _rest(told: pd.DataFrame, control: Control, staff_class: str) -> pd.DataFrame:
    """What each department's other classes add up to: adopted, last_actual; projection and to_date where personnel is told."""
    others = told[told["account"] != staff_class].groupby("department")[["adopted", "last_actual"]].sum(min_count=1)
    lines = control.lines.set_index("department")[["projection", "to_date"]]
    staff = told[told["account"] == staff_class].set_index("department")
    has_staff = staff["adopted"].fillna(0.0) != 0
    own = staff[["projection", "to_date"]].where(has_staff, 0.0).reindex(others.index)
    own.loc[~own.index.isin(staff.index)] = 0.0
    rest = lines.reindex(others.index) - own
    return others.join(rest).assign(account="others").reset_index()


# --------------------------------------------------------------------------------------------------- bridge and checks


def control_bridge(control: Control, most: int = 10) -> pd.DataFrame:
    """The bridge from what was adopted to the landing by department, the largest first; closes to the cent. See model.bridge."""
    lines = control.lines
    before = lines[["department"]].assign(amount=lines["adopted"].fillna(0.0))
    return bridge_by(before, lines[["department"]].assign(amount=lines["counted"]), "department", most)


def check_control(control: Control, bridge: pd.DataFrame, classes: pd.DataFrame, controls: pd.DataFrame, obligations: str) -> list[Check]:
    """What must hold: the budget agrees with its printed totals (of `obligations`; empty where none are printed), parts equal the whole,
    the bridge closes, available is what is left."""
    lines, reports = control.lines, control.reports
    whole = control.landing.set_index("what")["amount"]
    printed = controls[(controls["account"] == obligations) & (controls["scenario"] == "budget") & (controls["known"] <= reports.when)]
    printed = printed.loc[reports.calendar.fiscal_year(printed["period"]) == reports.fiscal_year, "amount"]
    single = classes[classes["account"] != "others"]
    gap = (lines["adopted"] - lines["to_date"] - lines["available"]).abs().max()
    steps = bridge.loc[bridge["kind"] == "step", "amount"].sum()
    ends = bridge.set_index("kind")["amount"]
    agrees = check_close("control: the adopted budget agrees with its printed totals", float(whole["adopted"]), float(printed.sum()), 1.0)
    return [
        *([agrees] if obligations else []),
        check_close(
            "control: classes add up to what was adopted", float(single["adopted"].sum()), float(whole["adopted"]), 0.005 * len(lines)
        ),
        check_close("control: departments add up to the landing", float(lines["counted"].sum()), float(whole["ours"]), 0.005 * len(lines)),
        check_close("control: the bridge closes", float(ends["start"] + steps), float(ends["end"]), 0.004),
        check_close("control: available is adopted less spent", float(gap), 0.0, 0.004),
        Check(
            "control: every department that reports has a landing",
            bool(lines.loc[lines["to_date"].notna(), "amount"].notna().all()),
            f"{int(lines['amount'].notna().sum())} / {int(lines['to_date'].notna().sum())}",
        ),
    ]
