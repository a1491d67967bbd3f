"""Subscribers by behaviour: the first rule that fits counts, and rules whose attributes a company doesn't keep are left out."""

import pandas as pd

from planning.plan.behaviour import behaviour

KNOWN = pd.DataFrame(
    {
        "tenure": [2.0, 30.0, 30.0, 30.0, 30.0, 30.0, 12.0, 12.0],
        "complaints_quarter": [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        "logins_quarter": [6.0, 6.0, 3.0, 6.0, 0.1, 9.0, 8.0, 7.0],
        "logins_year": [6.0, 6.0, 9.0, 6.0, 0.1, 9.0, 8.0, 7.0],
        "satisfaction": [5.0, 5.0, 5.0, 1.0, 5.0, 5.0, 4.0, None],
    }
)


def test_the_first_rule_that_fits_counts():
    assert behaviour(KNOWN).tolist() == ["new", "complained", "fading", "unhappy", "quiet", "loyal", "steady", "steady"]


def test_what_a_company_does_not_keep_is_left_out():
    assert behaviour(KNOWN[["tenure"]]).tolist() == ["new", *["loyal"] * 5, "steady", "steady"]
    assert behaviour(KNOWN.drop(columns="tenure")).isin(["new", "loyal"]).sum() == 0
