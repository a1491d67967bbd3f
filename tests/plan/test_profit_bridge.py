"""Volume, mix, price and unit cost: what a controller computes by hand, and that nothing is left over."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.plan.profit_bridge import EFFECTS, margin_effects

COLUMNS = ["entity", "channel", "category", "product", "units", "net", "cost"]


def sold(*rows):
    return pd.DataFrame([("NORTH", "shop", *row) for row in rows], columns=COLUMNS).astype({"units": float, "net": float, "cost": float})


def effects(before, after):
    return {name: round(value, 9) for name, value in margin_effects(before, after).items()}


def test_more_pieces_at_another_price_and_cost():
    """10 pieces earn 2 each; 12 at a price 1 higher and a cost 1 higher: 2 more pieces at 2, 12 times +1, 12 times −1."""
    found = effects(sold(("pans", "pan", 10, 50, 30)), sold(("pans", "pan", 12, 72, 48)))
    assert found == {"volume": 4.0, "mix": 0.0, "price": 12.0, "unit_cost": -12.0, "launched": 0.0}


def test_more_of_what_earns_less_is_mix_not_volume():
    """As many pieces as before, 5 of them moved from what earns 4 to what earns 1: −15 of mix."""
    before = sold(("pans", "pan", 10, 100, 60), ("pans", "pot", 10, 50, 40))
    after = sold(("pans", "pan", 5, 50, 30), ("pans", "pot", 15, 75, 60))
    assert effects(before, after) == {"volume": 0.0, "mix": -15.0, "price": 0.0, "unit_cost": 0.0, "launched": 0.0}


def test_what_is_new_brings_its_whole_margin_and_what_is_dropped_takes_its_own():
    before = sold(("pans", "pan", 10, 100, 60), ("pans", "old", 10, 100, 60))
    after = sold(("pans", "pan", 10, 100, 60), ("pans", "new", 10, 90, 60))
    found = effects(before, after)
    assert found["launched"] == 30.0 and found["volume"] + found["mix"] == -40.0 and found["price"] == found["unit_cost"] == 0.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0, 1e6)] * 6), min_size=1, max_size=6))
def test_the_effects_are_the_whole_change_whatever_was_sold(rows):
    names = [f"p{at}" for at in range(len(rows))]
    before = sold(*[("c", name, *row[:3]) for name, row in zip(names, rows, strict=True)])
    after = sold(*[("c", name, *row[3:]) for name, row in zip(names, rows, strict=True)])
    margins = [(table["net"] - table["cost"]).sum() for table in (before, after)]
    found = margin_effects(before, after)
    assert list(found) == list(EFFECTS)
    largest = max(abs(value) for value in [*found.values(), *margins, 1.0])
    assert sum(found.values()) == pytest.approx(margins[1] - margins[0], abs=1e-6 * largest)
