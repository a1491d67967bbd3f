"""The first loop of a new company: its runs, and the params file of each, as far as its files reach."""

from __future__ import annotations

from typing import Any

import pandas as pd
import yaml

from planning.core.periods import FiscalCalendar, month, months_after
from planning.inputs.new.sketch import actual_by_account, profit_by_month
from planning.inputs.new.understand import Understood

LEAST = 9
"""Months of actual figures without which no year is forecast."""
THOUSANDS = 1e8
"""A company that earns less in a year is shown in thousands, others in millions."""
OWNER = "Finance"
SAID = {
    "data_quality": "# The quality of the newest snapshot: what was read, whether it ties, what is open.\n",
    "annual_budget": "# The next year's budget, drafted after {as_of}.\n",
    "rolling_reforecast": "# The year as it will land, after {as_of}.\n",
    "budget_control": "# Who will overspend the year's budget, after {as_of}.\n",
}
IN_CHINESE = "# The same in Chinese.\n"


def first_loop(known: Understood, content: dict[str, Any]) -> dict[str, str]:
    """Texts by file below params/NAME: loop.yaml, and for each of its runs a case and the same in Chinese.

    `content` is that of company.yaml. The newest month that isn't a year's last is taken for closed: after a year's last month there is no
    rest of it to forecast.
    """
    runs, scale = {"data_quality": ("base", {"owner": OWNER})}, _scale(known)
    as_of = _closed(known, content)
    if as_of is not None:
        calendar = _calendar(content)
        year, case = int(calendar.fiscal_year(as_of)), f"{as_of:%Y_%m}"
        runs["annual_budget"] = (str(year + 1), {"fiscal_year": year + 1, "as_of": f"{as_of:%Y-%m}"})
        runs["rolling_reforecast"] = (case, {"as_of": f"{as_of:%Y-%m}"})
        if _budgeted(known, calendar, year):
            runs["budget_control"] = (case, {"as_of": f"{as_of:%Y-%m}"})
    texts = {"loop.yaml": _loop(runs)}
    for notebook, (case, terms) in runs.items():
        said = SAID[notebook].format(as_of=terms.get("as_of"))
        texts[f"{notebook}/{case}.yaml"] = said + yaml.safe_dump(terms | {"scale": scale}, sort_keys=False)
        texts[f"{notebook}/{case}_zh.yaml"] = IN_CHINESE + yaml.safe_dump({"extends": case, "lang": "zh"}, sort_keys=False)
    return texts


def _loop(runs: dict[str, tuple[str, dict]]) -> str:
    lines = [f'  {notebook}: {{case: ["{case}", "{case}_zh"]}}' for notebook, (case, _) in runs.items()]
    return "# The loop: each run and the params files it is run with, in this order.\nruns:\n" + "\n".join(lines) + "\n"


def _calendar(content: dict[str, Any]) -> FiscalCalendar:
    said = content["calendar"]
    return FiscalCalendar(said["first_month"], month(said["start"]), month(said["end"]))


def _closed(known: Understood, content: dict[str, Any]) -> pd.Timestamp | None:
    """The month after which the year is forecast; nothing where intake reads no actual months, or roles and months are too few."""
    monthly = [source for source in content.get("sources", {}).values() if source["scenario"] == "actual" and source["grain"] == "month"]
    if not monthly or not {"revenue", "result"} <= content.get("roles", {}).keys():
        return None
    months = sorted(actual_by_account(known)["month"].unique())
    if not months:
        return None
    last, calendar = month(months[-1]), _calendar(content)
    as_of = months_after(last, -3) if calendar.month_number(last) == 12 else last
    return as_of if sum(month(text) <= as_of for text in months) >= LEAST else None


def _budgeted(known: Understood, calendar: FiscalCalendar, year: int) -> bool:
    """Whether the year has a budget by month of any department that has actual figures; where nobody has departments, of the whole."""
    budgeted = {
        row.department
        for family in known.of("budget")
        for row in known.facts[family.name].itertuples()
        if row.month and calendar.fiscal_year(month(row.month)) == year
    }
    spent = {code for family in known.of("ledger", "trial_balance") for code in known.facts[family.name]["department"].unique()}
    return bool(budgeted & spent)


def _scale(known: Understood) -> str:
    profit = profit_by_month(known)
    return "thousand" if profit.empty or profit["revenue"].tail(12).sum() < THOUSANDS else "million"
