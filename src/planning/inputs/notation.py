"""How a system writes numbers and days: thousands apart, days in a form of its own; turned to plain ones, never guessed at."""

from __future__ import annotations

import re
from datetime import datetime

import pandas as pd

from planning.core.periods import YEARS, year_in, year_spanned
from planning.inputs.company_file import Place, Source

YEAR = re.compile(rf"(?:FY\s?)?(?:19|20)\d{{2}}(?:年度?|财年)?|(?:FY\s?)?{YEARS.pattern}")
"""How a column writes a fiscal year beside plain numbers."""
GROUPED = r"\d[\d,，' ]*(?:\.\d*)?"
"""A number without its sign, with or without marks between its digits."""
ACCOUNTING = (
    (r"^−(?=[\d¥￥$€£])", "-"), (r"^([(（-]?)\s*[¥￥$€£]\s*(?=\d)", r"\1"), (rf"^[(（]\s*({GROUPED})\s*[)）]$", r"-\1"),
    (rf"^({GROUPED})-$", r"-\1"),
)  # fmt: skip
"""What accountants write beside plain digits, and what it is without; anything else stays, and is no number."""


def plain_source(text: pd.DataFrame, source: Place) -> pd.DataFrame:
    """The texts of a source of figures with plain amounts and days; a table that is no such source is left as it is."""
    if not isinstance(source, Source):
        return text
    numbers = {column: plain_numbers(text[column], source) for column in source.figures if column in text}
    days = {column: plain_days(text[column], source) for column in (source.period.date, *source.own_days) if column in text}
    years = {column: plain_years(text[column], source) for column in (source.period.fiscal_year,) if column in text}
    return text.assign(**numbers, **days, **years)


def plain_years(texts: pd.Series, source: Source) -> pd.Series:
    """Fiscal years written as 2024-25 or FY2025 as the one calendar year that names them; names of files and sheets may say more."""
    back, named = source.period.year_named == "begin", source.period.fiscal_year in ("sheet", *source.named_by_file)
    written = {text: year_in(text) for text in texts.unique() if not text.isdigit() and (named or YEAR.fullmatch(text))}
    return texts.replace({text: str(year - back * bool(year_spanned(text))) for text, year in written.items() if year}).astype(object)


def plain_numbers(texts: pd.Series, place: Place) -> pd.Series:
    """Numbers without the marks between groups of three digits. A text with its marks elsewhere (1,23) is left: it is no number.

    Where the place says `accounting`, (5.00) and 5.00- are below 0, and a currency's mark in front is left away.
    """
    texts, mark = _accounting(texts) if place.accounting else texts, place.thousands
    if mark is None:
        return texts
    grouped = texts.str.match(rf"^[+-]?\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+(?:\.\d*)?$")
    return texts.where(~grouped, texts.str.replace(mark, "", regex=False))


def _accounting(texts: pd.Series) -> pd.Series:
    """Amounts as accountants write them, as plain numbers; a text with anything else in or around it is left as it is."""
    for written, plain in ACCOUNTING:
        texts = texts.str.replace(written, plain, regex=True)
    return texts


def plain_days(texts: pd.Series, place: Place) -> pd.Series:
    """Days in one of the forms of company.yaml as 2024-01-31; a text in no such form is left as it is."""
    forms = [place.dates] if isinstance(place.dates, str) else place.dates
    if not forms:
        return texts
    said = {text: _day(text, forms) for text in texts.unique()}
    return texts.map(said).astype(object)  # of no texts at all it would be numbers


def _day(text: str, forms: list[str]) -> str:
    for form in forms:
        try:
            return datetime.strptime(text, form).strftime("%Y-%m-%d")
        except ValueError:
            continue
    return text
