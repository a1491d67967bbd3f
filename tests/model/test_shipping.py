"""What ships from each origin of a record: judged by what was known then, by nothing later, the newest like the oldest."""

import numpy as np
import pandas as pd
import pytest

from planning.core.periods import month_range, months_after
from planning.model.shipping import ship_ahead, shipped_trials

AHEAD = 6
MONTHS = month_range(pd.Timestamp("2015-01-01"), 96)
DAYS = pd.DataFrame({"as_of": MONTHS[35::3][:18]})
DAYS["when"] = DAYS["as_of"] + pd.DateOffset(days=50)
RNG = np.random.default_rng(4)
LINES = {"steady": 1000 + 10 * RNG.standard_normal(96), "walk": 1000 + np.cumsum(30 * RNG.standard_normal(96))}
ACTUALS = pd.concat([
    pd.DataFrame({"account": name, "period": MONTHS, "amount": amounts, "known": MONTHS + pd.DateOffset(days=45)})
    for name, amounts in LINES.items()
])  # fmt: skip


def made():
    """Forecasts at each origin: the steady line as it will come but for a little, the walk's far above where it last stood."""
    parts = []
    for as_of in DAYS["as_of"]:
        at, periods = MONTHS.get_loc(as_of), month_range(months_after(as_of, 1), AHEAD)
        for name, amounts in LINES.items():
            ahead = np.resize(amounts[at + 1 :], AHEAD) + 1 if name == "steady" else amounts[at] + 300
            rows = {"account": name, "period": periods, "horizon": range(1, AHEAD + 1), "amount": ahead}
            parts.append(pd.DataFrame(rows).assign(as_of=as_of))
    return pd.concat(parts, ignore_index=True).assign(typical=1000.0)


MADE = made()
SHIPPED = shipped_trials(MADE, ACTUALS, DAYS, "fast")


def test_a_line_without_skill_ships_the_nearest_naive_once_its_record_tells_and_one_with_skill_its_own():
    named = SHIPPED.groupby(["account", "as_of"], sort=True)["naive"].first().unstack("as_of")
    whole = DAYS["as_of"].map(lambda as_of: months_after(DAYS["as_of"].iloc[0], AHEAD) <= as_of).to_numpy()
    assert set(named.loc["steady"]) == {""} and not named.loc["walk"].to_numpy()[~whole].any()
    assert set(named.loc["walk"].to_numpy()[-10:]) == {"last"}
    walk = SHIPPED[SHIPPED["naive"] == "last"]
    assert np.allclose(walk["amount"], [LINES["walk"][MONTHS.get_loc(as_of)] for as_of in walk["as_of"]])
    kept = SHIPPED[SHIPPED["naive"] == ""]
    assert np.array_equal(kept["amount"], kept["own"])


def test_every_figure_of_the_method_is_still_there():
    keys = ["as_of", "account", "period"]
    both = SHIPPED.merge(MADE, on=keys, suffixes=("", "_made"), validate="one_to_one")
    assert len(both) == len(MADE) and np.array_equal(both["own"], both["amount_made"])


def test_what_was_published_later_changes_nothing():
    day = DAYS.iloc[10]
    later = ACTUALS[ACTUALS["known"] > day["when"]].assign(amount=7.0)
    restated = ACTUALS.assign(known=day["when"] + pd.DateOffset(days=1), amount=9.0)
    other = shipped_trials(MADE, pd.concat([ACTUALS[ACTUALS["known"] <= day["when"]], later, restated]), DAYS, "fast")
    until = SHIPPED["as_of"] <= day["as_of"]
    pd.testing.assert_frame_equal(other[until], SHIPPED[until])


def test_the_newest_figures_ship_as_they_would_have_in_the_record():
    day = DAYS.iloc[12]
    ahead = MADE[MADE["as_of"] == day["as_of"]]
    found = ship_ahead(ahead, SHIPPED, ACTUALS, (day["as_of"], day["when"]), "fast")
    expected = SHIPPED[SHIPPED["as_of"] == day["as_of"]]
    pd.testing.assert_frame_equal(found.reset_index(drop=True)[expected.columns], expected.reset_index(drop=True))


def test_a_line_that_is_new_is_judged_by_the_others():
    """It has no record of its own: nothing is said against it."""
    ahead = MADE[MADE["as_of"] == DAYS["as_of"].iloc[-1]]
    new = ahead[ahead["account"] == "steady"].assign(account="new")
    actuals = pd.concat([ACTUALS, ACTUALS[ACTUALS["account"] == "steady"].assign(account="new")])
    found = ship_ahead(pd.concat([ahead, new]), SHIPPED, actuals, tuple(DAYS.iloc[-1]), "fast")
    assert set(found.loc[found["account"] == "new", "naive"]) == {""} and set(found.loc[found["account"] == "walk", "naive"]) == {"last"}


@pytest.mark.parametrize("first", [True, False])
def test_seasonal_naive_is_never_judged_and_without_a_record_nothing_is(first):
    trials = SHIPPED.iloc[:0] if first else SHIPPED
    ahead = MADE[MADE["as_of"] == DAYS["as_of"].iloc[-1]]
    found = ship_ahead(ahead, trials, ACTUALS, tuple(DAYS.iloc[-1]), "fast" if first else "seasonal_naive")
    assert set(found["naive"]) == {""} and np.array_equal(found["amount"], ahead["amount"])
