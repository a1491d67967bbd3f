"""No shown group is smaller than ten, and none can be reckoned from the others."""

import pandas as pd

from planning.core.small_groups import LEAST, OTHERS, merge_small


def groups(**counts):
    return pd.Series([name for name, count in counts.items() for _ in range(count)])


def test_small_groups_are_taken_together():
    assert merge_small(groups(a=40, b=6, c=7)).value_counts().to_dict() == {"a": 40, OTHERS: 13}


def test_one_small_group_takes_the_next_smallest_with_it():
    assert merge_small(groups(a=40, b=12, c=3)).value_counts().to_dict() == {"a": 40, OTHERS: 15}


def test_groups_that_are_large_enough_stay():
    assert merge_small(groups(a=LEAST, b=LEAST)).value_counts().to_dict() == {"a": LEAST, "b": LEAST}


def test_fewer_than_ten_in_all_are_one_group():
    assert set(merge_small(groups(a=4, b=2))) == {OTHERS}
