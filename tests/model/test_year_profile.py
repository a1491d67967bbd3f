"""A year's months by its own calendar, on made-up years whose Spring Festival moves between January and February."""

import numpy as np
import pandas as pd
import pytest

from planning.core.errors import RequestError
from planning.core.money import to_minor
from planning.core.periods import FiscalCalendar, month_end, month_range
from planning.model.effects import calendar_regressors, spring_festival
from planning.model.spread import month_profile, spread
from planning.model.year_profile import CALENDAR, year_profile

CALENDAR_YEAR = FiscalCalendar(1, pd.Timestamp("2000-01-01"), pd.Timestamp("2040-12-01"))
JULY = FiscalCalendar(7, pd.Timestamp("2000-07-01"), pd.Timestamp("2040-06-01"))


def made_up(seed, before=0.35, during=-0.3, day=0.02, noise=0.02, account="sales"):
    """Sales of 2016 to 2026 that rise before the feast, fall during it, and follow working days."""
    periods = month_range(pd.Timestamp("2016-01-01"), 132)
    known = calendar_regressors(periods, month_end(periods), "CN")
    season = 1000 * np.exp(0.15 * np.sin(2 * np.pi * np.arange(132) / 12))
    moved = before * known["spring_festival_before"] + during * known["spring_festival_during"] + day * (known["working_days"] - 21)
    amounts = season * np.exp(moved + noise * np.random.default_rng(seed).standard_normal(132))
    return pd.DataFrame({"account": account, "period": periods, "amount": amounts.to_numpy()})


def misses(made, history, calendar, year):
    """How far a profile is from the year's true shares in its months before, of and after the feast: the sum of the differences."""
    true = history.loc[calendar.fiscal_year(history["period"]) == year, "amount"].to_numpy()
    first = calendar.month_number(pd.DatetimeIndex([pd.Timestamp(year, 1, 1)]))[0] - 1
    return np.abs(made["share"].to_numpy() - true / true.sum())[first : first + 3].sum()


@pytest.mark.parametrize("year", [2025, 2026])
@pytest.mark.parametrize("calendar", [CALENDAR_YEAR, JULY], ids=["calendar year", "July year"])
def test_a_moving_feast_is_met_by_the_years_own_calendar_and_missed_by_the_mean_of_past_years(year, calendar):
    assert (spring_festival(2025).month, spring_festival(2026).month) == (1, 2)
    own, plain = [], []
    for seed in range(4):
        history = made_up(seed)
        profile = year_profile(history, calendar, range(year - 5, year), year, "CN")
        assert set(profile["basis"]) == {CALENDAR} and profile["share"].sum() == pytest.approx(1)
        own.append(misses(profile, history, calendar, year))
        plain.append(misses(month_profile(history, calendar, range(year - 5, year)), history, calendar, year))
    assert np.mean(own) < 0.6 * np.mean(plain)


def test_nothing_after_the_year_before_is_looked_at():
    history = made_up(1)
    shaken = history.assign(amount=history["amount"].where(history["period"] < "2025-01-01", 7.0))
    wanted = (CALENDAR_YEAR, range(2020, 2025), 2025, "CN")
    pd.testing.assert_frame_equal(year_profile(history, *wanted), year_profile(shaken, *wanted))


def test_a_profile_made_before_the_running_year_is_over_stands_on_the_right_months():
    """Without noise and with a history that ends in August the profile of the year after next month's is still the true one."""
    history = made_up(1, noise=0.001)
    profile = year_profile(history[history["period"] <= "2024-08-01"], CALENDAR_YEAR, range(2019, 2024), 2025, "CN")
    true = history.loc[history["period"].dt.year == 2025, "amount"].to_numpy()
    assert np.abs(profile["share"] - true / true.sum()).max() < 0.0015


def test_a_series_that_follows_no_calendar_keeps_the_plain_profile_beside_one_that_does():
    still = made_up(3, 0.0, 0.0, 0.0, account="rent").assign(amount=lambda t: np.where(t["period"].dt.month == 3, 20.0, 10.0))
    both = pd.concat([made_up(1), still])
    profile = year_profile(both, CALENDAR_YEAR, range(2020, 2025), 2025, "CN")
    plain = month_profile(both, CALENDAR_YEAR, range(2020, 2025))
    assert profile.groupby("account")["basis"].first().to_dict() == {"rent": "history", "sales": CALENDAR}
    rent = [table[table["account"] == "rent"].reset_index(drop=True) for table in (profile, plain)]
    pd.testing.assert_frame_equal(*rent)
    assert list(profile.columns) == list(plain.columns) and len(profile) == 24


@pytest.mark.parametrize("months", [5, 12, 24])
def test_a_short_history_gives_the_plain_profile(months):
    history = made_up(1).query("period < '2025-01-01'").tail(months)
    wanted = (history, CALENDAR_YEAR, range(2020, 2025))
    pd.testing.assert_frame_equal(year_profile(*wanted, 2025, "CN"), month_profile(*wanted))


def test_no_history_before_the_year_gives_the_plain_profile():
    history = made_up(1).query("period >= '2025-01-01'")
    assert set(year_profile(history, CALENDAR_YEAR, [2024], 2025, "CN")["basis"]) == {"absent"}


def test_a_cost_that_is_negative_has_the_shape_of_its_mirror():
    history = made_up(2)
    wanted = (CALENDAR_YEAR, range(2020, 2025), 2025, "CN")
    mirrored = year_profile(history.assign(amount=-history["amount"]), *wanted)
    assert set(mirrored["basis"]) == {CALENDAR}
    assert np.abs(mirrored["share"] - year_profile(history, *wanted)["share"]).max() < 0.01


def test_the_profile_spreads_a_year_like_the_plain_one_does():
    profile = year_profile(made_up(1), CALENDAR_YEAR, range(2020, 2025), 2025, "CN")
    annual = pd.DataFrame({"account": ["sales"], "period": [pd.Timestamp("2025-01-01")], "amount": [1000.01]})
    months = spread(annual, profile, CALENDAR_YEAR)
    assert to_minor(months["amount"], 2).sum() == 100001 and set(months["basis"]) == {CALENDAR}


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda h: year_profile(h, CALENDAR_YEAR, [2025], 2025, "CN"), "a year is learnt from itself or later"),
        (lambda h: year_profile(h, CALENDAR_YEAR, [2024], 2099, "CN"), "year: wrong year"),
        (lambda h: year_profile(h, CALENDAR_YEAR, [2024], "2025", "CN"), "year: wrong year"),
        (lambda h: year_profile(h, CALENDAR_YEAR, [2024], 2025, "XX"), "unknown country"),
        (lambda h: year_profile(h.assign(amount=np.nan), CALENDAR_YEAR, [2024], 2025, "CN"), "wrong amount"),
    ],
)
def test_what_cannot_be_learnt_is_refused(ask, said):
    with pytest.raises(RequestError, match=said):
        ask(made_up(1))
