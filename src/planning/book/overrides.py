"""The book's overrides: what people saved over a version, revision by revision, each with the cells before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from planning.book.store import Book


class Override(NamedTuple):
    """A saved revision of a version: its author, and the version's plan table before and after."""

    person: str
    version: str
    revision: int
    before: pd.DataFrame
    after: pd.DataFrame


def read_overrides(book: Book, company: str, scenario: str) -> Iterator[Override]:
    """Every revision of a scenario that a person saved over an earlier one, oldest first. What runs publish is nobody's override, and
    neither is a first revision: there was nothing to change."""
    versions = book.versions(company)
    versions = versions.loc[versions["scenario"] == scenario, "version"]
    subjects = {f"{scenario}/{version}": version for version in versions}
    entries = book.journal(company)
    for entry in entries[(entries["kind"] == "saved") & entries["subject"].isin(list(subjects))].itertuples():
        version, revision = subjects[entry.subject], int(entry.detail["revision"])
        if revision > 1:
            before, after = (book.read(company, scenario, version, at)[0] for at in (revision - 1, revision))
            yield Override(entry.who, version, revision, before, after)
