"""What ships from each origin of a record: judged by what was known then, by nothing later, the newest like the oldest."""

import numpy as np
import pandas as pd
import pytest

from planning.core.periods import month_range, months_after
from planning.model.shipping import NAIVE, ship_ahead, shipped_trials

AHEAD = 6
MONTHS = month_range(pd.Timestamp("2015-01-01"), 96)
DAYS = pd.DataFrame({"as_of": MONTHS[35::3][:18]})
DAYS["when"] = DAYS["as_of"] + pd.DateOffset(days=50)
RNG = np.random.default_rng(4)
LINES = {name: 1000 + 100 * np.sin(np.pi * np.arange(96) / 6) + 10 * RNG.standard_normal(96) for name in ("one", "other")}
ACTUALS = pd.concat([
    pd.DataFrame({"account": name, "period": MONTHS, "amount": amounts, "known": MONTHS + pd.DateOffset(days=45)})
    for name, amounts in LINES.items()
])  # fmt: skip


def made(off):
    """Forecasts at each origin: what will come, `off` by so much."""
    parts = []
    for as_of in DAYS["as_of"]:
        at, periods = MONTHS.get_loc(as_of), month_range(months_after(as_of, 1), AHEAD)
        for name, amounts in LINES.items():
            rows = {"account": name, "period": periods, "horizon": range(1, AHEAD + 1), "amount": np.resize(amounts[at + 1 :], AHEAD) + off}
            parts.append(pd.DataFrame(rows).assign(as_of=as_of))
    return pd.concat(parts, ignore_index=True).assign(typical=1000.0)


NEAR, FAR = (shipped_trials(made(off), ACTUALS, DAYS, "fast") for off in (1, 60))
TELLS = DAYS["as_of"] >= months_after(DAYS["as_of"].iloc[0], AHEAD)
"""The origins at which a first whole horizon was over."""


def test_what_was_nearer_than_last_year_ships_as_it_is():
    assert set(NEAR["naive"]) == {""} and np.array_equal(NEAR["amount"], NEAR["own"])


def test_last_year_ships_in_the_place_of_what_was_farther_off_once_the_record_tells():
    by_origin = FAR.groupby("as_of")["naive"].unique().map(list)
    assert [list(found) for found in by_origin] == [[NAIVE] if told else [""] for told in TELLS]
    shipped = FAR[FAR["naive"] == NAIVE]
    year_ago = ACTUALS.assign(period=ACTUALS["period"] + pd.DateOffset(years=1))[["account", "period", "amount"]]
    both = shipped.merge(year_ago, on=["account", "period"], suffixes=("", "_year_ago"), validate="many_to_one")
    assert len(both) == len(shipped) and np.allclose(both["amount"], both["amount_year_ago"])


def test_the_total_is_judged_and_not_each_line():
    """One line far too high, the other as much too low: together they are right."""
    table = made(0)
    table["amount"] += np.where(table["account"] == "one", 60, -60)
    assert set(shipped_trials(table, ACTUALS, DAYS, "fast")["naive"]) == {""}


def test_every_figure_of_the_method_is_still_there():
    both = FAR.merge(made(60), on=["as_of", "account", "period"], suffixes=("", "_made"), validate="one_to_one")
    assert len(both) == len(FAR) and np.array_equal(both["own"], both["amount_made"])


def test_what_was_published_later_changes_nothing():
    day = DAYS.iloc[10]
    later = ACTUALS[ACTUALS["known"] > day["when"]].assign(amount=7.0)
    restated = ACTUALS.assign(known=day["when"] + pd.DateOffset(days=1), amount=9.0)
    for before, off in ((NEAR, 1), (FAR, 60)):
        after = shipped_trials(made(off), pd.concat([ACTUALS[ACTUALS["known"] <= day["when"]], later, restated]), DAYS, "fast")
        until = before["as_of"] <= day["as_of"]
        pd.testing.assert_frame_equal(after[until], before[until])


def test_the_newest_figures_ship_as_they_would_have_in_the_record():
    as_of, when = DAYS.iloc[12]
    for trials, off in ((NEAR, 1), (FAR, 60)):
        table = made(off)
        found = ship_ahead(table[table["as_of"] == as_of], trials, ACTUALS, (as_of, when), "fast")
        expected = trials[trials["as_of"] == as_of].reset_index(drop=True)
        pd.testing.assert_frame_equal(found.reset_index(drop=True)[expected.columns], expected)


def test_a_line_that_is_new_ships_with_the_others():
    table = made(60)
    ahead = table[table["as_of"] == DAYS["as_of"].iloc[-1]]
    new = ahead[ahead["account"] == "one"].assign(account="new")
    actuals = pd.concat([ACTUALS, ACTUALS[ACTUALS["account"] == "one"].assign(account="new")])
    found = ship_ahead(pd.concat([ahead, new]), FAR, actuals, tuple(DAYS.iloc[-1]), "fast")
    assert set(found["naive"]) == {NAIVE} and found["amount"].notna().all()
    by_line = found.set_index(["account", "period"])["amount"].unstack("account")
    assert np.array_equal(by_line["new"], by_line["one"])


@pytest.mark.parametrize("first", [True, False])
def test_seasonal_naive_is_never_judged_and_without_a_record_nothing_is(first):
    table = made(60)
    ahead = table[table["as_of"] == DAYS["as_of"].iloc[-1]]
    found = ship_ahead(ahead, FAR.iloc[:0] if first else FAR, ACTUALS, tuple(DAYS.iloc[-1]), "fast" if first else "seasonal_naive")
    assert set(found["naive"]) == {""} and np.array_equal(found["amount"], ahead["amount"])
