"""A made-up county: departments with their own pace, whose overspends are planted; quarterly reports and budgets as sourced rows."""

from __future__ import annotations

import pandas as pd
from worlds import CALENDAR, known_by, row, table

from planning.core.periods import month, month_end, month_text, months_after
from planning.plan.control import Reports

EVEN, EARLY, LATE = (0.25, 0.5, 0.75), (0.7, 0.85, 0.95), (0.1, 0.3, 0.6)
"""The share of a year that is used after each of its first three quarters."""
PACES = {"roads": EVEN, "parks": EARLY, "police": EVEN, "fire": LATE, "library": EVEN, "health": EARLY, "courts": EVEN, "port": LATE}
ADOPTED = {name: 1_000_000.0 * (place + 1) for place, name in enumerate(PACES)}
CHINESE = dict(zip(PACES, ("道路", "公园", "警察", "消防", "图书", "卫生", "法院", "港口"), strict=True))
CENTRES = pd.DataFrame(
    [(name, None, "town", name.title(), zh, None) for name, zh in CHINESE.items()],
    columns=["code", "parent", "entity", "label_en", "label_zh", "owner"],
)


def wobble(name: str, year: int, size: float = 0.02) -> float:
    """A year's own deviation, about as often up as down, the same whenever it is asked for."""
    return size * ((sum(map(ord, name)) * 31 + year * 17) % 21 - 10) / 10


def spent(name: str, year: int, over: dict[tuple[str, int], float], size: float = 0.02) -> float:
    """What a department spends in a year: what was adopted, its wobble, and what was planted."""
    return ADOPTED[name] * (1 + wobble(name, year, size) + over.get((name, year), 0.0))


def county(
    years=range(2011, 2018), over: dict[tuple[str, int], float] | None = None, said: dict[tuple[str, int], float] | None = None,
    size: float = 0.02, crew: float = 0.6,
) -> pd.DataFrame:  # fmt: skip
    """Rows of all reports: adopted budgets by class (staff, supplies), in each of three quarters target, projection and spent to
    date, the crew's (personnel's) own report, and the year's actual in the next year's last report.

    `over`: by department and year, the share of what is adopted that it overspends; `said`: what its projection says of that.
    """
    over, said, rows = over or {}, said or {}, []
    for year in years:
        first, end = CALENDAR.first(year), CALENDAR.last(year)
        late = month_end(months_after(end, 12)) + pd.Timedelta(days=45)
        for name, adopted in ADOPTED.items():
            for account, share in (("staff", crew), ("supplies", 1 - crew)):
                budget = row("budget", f"{year}_adopted", account, "year", first, first - pd.Timedelta(days=1), adopted * share, name)
                rows += [budget, row("actual", "actual", account, "year", first, late, spent(name, year, over, size) * share, name)]
            rows.append(row("actual", "actual", "told", "year", first, late, spent(name, year, over, size), name))
            rows += _reports(name, year, spent(name, year, over, size), adopted * (1 + said.get((name, year), 0.0)), crew)
    return table(rows)


def _reports(name: str, year: int, final: float, projection: float, crew: float) -> list[dict]:
    rows = []
    for quarter, share in enumerate(PACES[name], 1):
        as_of = CALENDAR.period(year, 3 * quarter)
        version, known = f"{year}_q{quarter}", known_by(month_text(as_of))
        share = share * (1 + wobble(name, year + quarter) / 4)
        for account, part in (("told", 1.0), ("crew", crew)):
            rows += [
                row("target", version, account, "year", CALENDAR.first(year), known, ADOPTED[name] * part, name),
                row("forecast", version, account, "year", CALENDAR.first(year), known, projection * part, name),
                row("actual", "actual", account, "year_to_date", as_of, known, final * share * part, name),
            ]
    return rows


def reports(rows: pd.DataFrame, as_of: str = "2017-03", **how) -> Reports:
    """The county's reports on the day that its report on the months through `as_of` is published."""
    told = {"staff_class": "staff", "staff": "crew"} | how
    department = {name: name for name in PACES}
    return Reports(rows, CALENDAR, department, ["staff", "supplies"], "told", month(as_of), known_by(as_of), **told)
