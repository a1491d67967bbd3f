"""The chart of forecasts as they were made: nothing cut, nothing covered, in both languages."""

import numpy as np
import pandas as pd
import pytest
from drawn import HOSTILE, LONG, MILLION, USD, assert_no_overlap, assert_nothing_is_cut, words_of

from planning.core.periods import month_range, months_after
from planning.view.forecasts_made import Panel, show_forecasts_made
from planning.view.frame import BAD

NAMES = {"actual": "what came", "ours": "ours", "people": "theirs", "band": "band", "outside": "outside"}
NONE = pd.DataFrame({"as_of": [], "period": pd.DatetimeIndex([]), "amount": [], "lower": [], "upper": []})


def panel(months=48, label="Receipts", people=True, level=400.0):
    """Origins each quarter after the first year, twelve months ahead each."""
    periods = month_range(pd.Timestamp("2010-07-01"), months)
    actual = pd.DataFrame({"period": periods, "amount": (level + 50 * np.sin(np.arange(months))) * MILLION})
    starts = [months_after(periods[0], at) for at in range(12, months, 3)]
    ahead = [month_range(months_after(start, 1), 12) for start in starts]
    paths = [pd.DataFrame({"as_of": at, "period": path, "amount": level * MILLION}) for at, path in zip(starts, ahead, strict=True)]
    ours = pd.concat(paths) if paths else NONE
    band = ours[ours["as_of"] == starts[-1]].assign(lower=0.8 * level * MILLION, upper=1.2 * level * MILLION) if starts else NONE
    return Panel(label, label, actual, ours, ours if people else NONE, band, actual.iloc[-1:] if starts else NONE)


def show(panels, lang, **how):
    said = {"title": "Cash came within 80 % bands in 71 of 90 months", "measure": "Monthly totals", "unit": USD, "source": "made up"}
    return show_forecasts_made(panels, lang=lang, names=NAMES, **(said | how))


@pytest.mark.parametrize("months", [1, 13, 48, 120, 300])
def test_short_and_long_histories_are_readable(months, lang):
    chart = show([panel(months), panel(months, "Disbursements")], lang)
    assert_nothing_is_cut(chart)
    assert_no_overlap(chart)


def test_a_long_history_goes_on_in_further_rows_on_one_scale(lang):
    short, long = show([panel(48)], lang), show([panel(200)], lang)
    assert len(short.axes) == 1 and len(long.axes) == 2
    assert long.axes[0].get_ylim() == long.axes[1].get_ylim() and long.axes[0].get_xlim() == long.axes[1].get_xlim()


def test_every_path_is_drawn_and_what_fell_outside_is_red():
    made = panel()
    [axes] = show([made], "en").axes
    origins = made.ours["as_of"].nunique()
    assert len([line for line in axes.lines if len(line.get_xdata()) == 12]) == 2 * origins
    [dots] = [line for line in axes.lines if line.get_color() == BAD]
    assert dots.get_ydata().tolist() == made.outside["amount"].tolist()


def test_nobody_who_is_silent_stands_in_the_legend():
    words = words_of(show([panel(people=False)], "en"))
    assert "theirs" not in words and "ours" in words


@pytest.mark.parametrize("label", [LONG, HOSTILE])
def test_long_and_hostile_labels_stay_inside_the_sheet(label, lang):
    chart = show([panel(label=label)], lang, title=label, source=label)
    assert_nothing_is_cut(chart)


def test_one_amount_all_the_time_and_amounts_below_zero_are_drawn(lang):
    flat = panel(level=0.0)
    flat = Panel("Flat", "", flat.actual.assign(amount=5.0), flat.ours.assign(amount=5.0), NONE, NONE, NONE)
    below = panel(level=-300.0)
    assert_nothing_is_cut(show([flat, below], lang))


def test_without_a_side_it_says_so(lang):
    assert_nothing_is_cut(show([], lang))
