"""Ownership: dated columns of entities.csv."""

from __future__ import annotations

import pandas as pd

from planning.inputs.company import read_company

OWNED = """\
code,parent,label_en,label_zh,currency,owned,method,from
hq,,Toyland,玩具国,USD,1,full,
shop,hq,Shop,店,EUR,0.25,equity,2020-01
shop,hq,Shop,店,EUR,.75,full,2021-07
"""


def test_ownership_is_dated_and_an_entity_stands_once(toyland):
    toyland.file("entities.csv", OWNED)
    toyland.write()
    company = read_company(toyland.folder)
    assert company.entities["code"].tolist() == ["hq", "shop"] and "owned" not in company.entities
    shop = company.ownership[company.ownership["entity"] == "shop"]
    assert shop["owned"].tolist() == [0.25, 0.75] and shop["method"].tolist() == ["equity", "full"]
    assert shop["from"].tolist() == [pd.Timestamp("2020-01-01"), pd.Timestamp("2021-07-01")]


def test_a_company_that_says_nothing_of_ownership_has_no_such_table(toyland):
    toyland.write()
    assert read_company(toyland.folder).ownership is None


def test_wrong_shares_methods_and_months_are_said_together(toyland):
    toyland.file("entities.csv", OWNED.replace("0.25,equity,2020-01", "25%,partly,soon"))
    assert toyland.refused() == [
        "  entities.csv, row 3: wrong owned, expected a share from 0 to 1, got '25%'",
        "  entities.csv, row 3: wrong method, expected one of full, equity, none, got 'partly'",
        "  entities.csv, row 3: wrong from, expected a month such as 2021-03, or nothing, got 'soon'",
    ]


def test_a_second_row_may_change_ownership_and_nothing_else(toyland):
    toyland.file("entities.csv", OWNED.replace("shop,hq,Shop,店,EUR,.75", "shop,hq,Shop,店,USD,.75"))
    assert (
        toyland.refused()[0]
        == "  entities.csv, row 4: says something else than before, expected only owned, method and from may change, got shop"
    )


def test_two_rows_from_the_same_month_are_refused(toyland):
    toyland.file("entities.csv", OWNED.replace("2021-07", "2020-01"))
    assert toyland.refused() == ["  entities.csv, row 4: duplicate key, expected each from once, got shop"]


def test_the_three_columns_go_together(toyland):
    toyland.file("entities.csv", "code,parent,label_en,label_zh,currency,owned\nhq,,Toyland,玩具国,USD,1\n")
    assert "  entities.csv: missing column method; owned, method and from go together" in toyland.refused()
