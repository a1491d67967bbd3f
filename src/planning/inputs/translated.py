"""The figures of entities with another currency, in the company's: what intake needs for it, and what stops it."""

from __future__ import annotations

import pandas as pd

from planning.core.errors import Problem, RequestError, at_most
from planning.core.tables import as_known
from planning.core.translation import Translation, missing_rates, monthly_rates, translate
from planning.inputs.company import Company
from planning.inputs.findings import finding

ROLE = "translation_difference"


def translated_rows(rows: pd.DataFrame, rates: pd.DataFrame, company: Company) -> tuple[pd.DataFrame, list[dict]]:
    """The newest vintage of every foreign entity's monthly rows in the company's currency; and what could not be translated.

    RequestError where an actual month has no rate, a balance account no side, or nobody said which account takes the difference.
    Months of plans for which there are no rates yet, and yearly figures, are findings: planned rates are a driver.
    """
    currencies = company.entities.set_index("code")["currency"].to_dict()
    foreign = rows[rows["entity"].map(currencies) != company.file.currency]
    latest = as_known(foreign.drop(columns="source"), pd.Timestamp.max)
    how = _how(company)
    by_month = monthly_rates(rates)
    monthly = latest[latest["grain"] == "month"]
    lacking = missing_rates(monthly, by_month, currencies, company.file.currency)
    problems = [*_rate_problems(lacking[lacking["scenario"] == "actual"]), *_setting_problems(monthly, how, company)]
    if problems:
        raise RequestError(f"currencies of {company.code}", problems)
    return translate(monthly, by_month, currencies, how), [*_without_rate(lacking), *_of_years(latest)]


def _how(company: Company) -> Translation:
    historical = frozenset(leaf for code in company.file.historical for leaf in company.tree.leaves(code))
    return Translation(company.file.currency, company.accounts, company.sides, historical, company.file.roles.get(ROLE, ""))


def _rate_problems(lacking: pd.DataFrame) -> list[Problem]:
    found = []
    for currency, months in lacking.groupby("currency")["period"]:
        when = ", ".join(f"{period:%Y-%m}" for period in months.head(12)) + (", …" if len(months) > 12 else "")
        found.append(Problem(f"no rate for {currency}", "rates", expected=f"average and closing of {when}"))
    return found


def _setting_problems(monthly: pd.DataFrame, how: Translation, company: Company) -> list[Problem]:
    """What company.yaml must say once a foreign entity has a balance sheet."""
    kinds = how.accounts.set_index("code")["kind"]
    sheet = [code for code in monthly["account"].drop_duplicates() if kinds[code] == "balance"]
    where = str(company.folder / "company.yaml")
    lost = [code for code in sheet if code not in how.sides]
    problems = at_most([Problem(f"no side for {code}", where, expected="an account above it, or itself, in sides") for code in lost])
    if sheet and (not how.difference or how.difference not in how.sides):
        problems.append(Problem(f"no roles.{ROLE}", where, how.difference, "a balance account with a side, for the differences"))
    return problems


def _without_rate(lacking: pd.DataFrame) -> list[dict]:
    plans = lacking[lacking["scenario"] != "actual"].groupby(["scenario", "currency"])["period"]
    said = "{} months have no rate; they are not in the translated table"
    return [
        finding(
            "rates",
            "missing",
            f"{scenario} {currency} {months.min():%Y-%m} to {months.max():%Y-%m}",
            said.format(len(months)),
            rows=len(months),
        )
        for (scenario, currency), months in plans
    ]


def _of_years(latest: pd.DataFrame) -> list[dict]:
    count = int((latest["grain"] != "month").sum())
    said = f"{count:,} rows span more than a month; they are not in the translated table"
    return [finding("rates", "missing", "longer than a month", said, rows=count)] if count else []
