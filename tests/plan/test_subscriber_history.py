"""What was known of subscribers on a day, by hand; nothing of what came after; who left, and bad input."""

import numpy as np
import pandas as pd
import pytest
from dated_subscribers import dated_subscribers

from planning.core.errors import RequestError
from planning.plan.subscriber_history import DATED, check_contracts, check_events, known_on, months_left


def day(text):
    return pd.Timestamp(text)


def contracts(*rows):
    names = ["subscriber", "plan", "price", "start", "end"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(start=pd.to_datetime(table["start"]), end=pd.to_datetime(table["end"]))


CONTRACTS = contracts(
    ("a", "basic", 30.0, "2024-01-01", None),
    ("b", "basic", 30.0, "2024-01-15", "2024-06-01"),
    ("b", "family", 80.0, "2024-06-01", "2024-09-01"),
    ("c", "basic", 30.0, "2024-07-01", None),
    ("d", "basic", 30.0, "2023-12-01", "2024-03-01"),
    ("d", "family", 80.0, "2024-08-01", None),
)
EVENTS = {
    "activity": pd.DataFrame({"subscriber": list("aaab"), "logins": [4.0, 8.0, 90.0, 2.0],
                              "period": pd.to_datetime(["2024-05-01", "2024-06-01", "2024-07-01", "2024-06-01"])}),
    "complaints": pd.DataFrame({"subscriber": list("aab"), "date": pd.to_datetime(["2024-02-10", "2024-06-30", "2024-07-01"])}),
    "satisfaction": pd.DataFrame({"subscriber": list("aaa"), "score": [5.0, 2.0, 1.0],
                                  "date": pd.to_datetime(["2024-03-01", "2024-06-01", "2024-07-02"])}),
    "offers": pd.DataFrame({"subscriber": ["b"], "group": ["offer"], "date": pd.to_datetime(["2024-06-10"])}),
}  # fmt: skip
TABLES = {"contracts": CONTRACTS, **EVENTS}


@pytest.fixture(scope="module")
def world():
    return dated_subscribers(400, 24, 2)


def test_what_was_known_is_reckoned_by_hand():
    known = known_on(TABLES, day("2024-06-30"))
    assert known.index.tolist() == ["a", "b"], "c comes later, d had left and comes back later"
    a, b = known.loc["a"], known.loc["b"]
    assert (a["logins_month"], a["logins_quarter"], a["logins_year"]) == (8.0, 6.0, 6.0)
    assert (a["complaints_month"], a["complaints_quarter"], a["complaints_year"]) == (1, 1, 2)
    assert (a["satisfaction"], a["satisfaction_year"]) == (2.0, 3.5) and pd.isna(a["offer"])
    assert a["tenure"] == pytest.approx(182 / (365.25 / 12)) and b["tenure"] == pytest.approx(168 / (365.25 / 12))
    assert (b["plan"], b["price"], b["offer"]) == ("family", 80.0, "offer") and b["offer_age"] == pytest.approx(20 / (365.25 / 12))
    assert b["complaints_year"] == 0 and pd.isna(b["satisfaction"])


def test_who_left_in_which_month_and_a_new_contract_is_a_stay():
    left = months_left(CONTRACTS, pd.Index(["a", "b", "d"]), day("2024-01-31"), day("2024-12-31"))
    assert left["b"] == 8 and left["d"] == 2 and pd.isna(left["a"]), "b changed the plan in June and left on the first of September"
    assert months_left(CONTRACTS, pd.Index(["b"]), day("2024-01-31"), day("2024-08-31")).isna().all(), "not known yet"


@pytest.mark.parametrize("name", ["contracts", *DATED])
def test_shuffling_the_future_changes_nothing(world, name):
    tables, _ = world
    cut, rng = day("2023-03-31"), np.random.default_rng(5)
    dates = np.where(np.arange(400) % 2, day("2023-01-10"), day("2023-06-10"))
    tables = tables | {"offers": pd.DataFrame({"subscriber": tables["contracts"]["subscriber"], "group": "offer", "date": dates})}
    whole = known_on(tables, cut)
    table = tables[name]
    when = "start" if name == "contracts" else DATED[name]
    future = (table[when] > cut).to_numpy()
    assert future.any() and not future.all()
    changed = table.copy()
    for column in changed.columns.difference([when]):
        changed.loc[future, column] = rng.permutation(table.loc[future, column].to_numpy())
    if name == "contracts":
        later = (table["end"] > cut).to_numpy()
        changed.loc[later, "end"] = cut + pd.to_timedelta(rng.integers(1, 900, int(later.sum())), "D")
    assert known_on(tables | {name: changed}, cut).equals(whole)
    assert known_on(tables | {name: changed[~future]}, cut).equals(whole)


def test_what_a_company_does_not_keep_is_left_out():
    known = known_on({"contracts": CONTRACTS}, day("2024-06-30"))
    assert list(known) == ["plan", "price", "tenure"]


def test_a_subscriber_twice_and_an_end_before_the_start_are_refused_by_name():
    twice = pd.concat([CONTRACTS, contracts(("a", "care", 50.0, "2024-05-01", None))])
    with pytest.raises(RequestError, match=r"two contracts at once.*a \(2024-05-01\)"):
        check_contracts(twice)
    with pytest.raises(RequestError, match=r"ends before it starts.*x \(2024-05-01\)"):
        check_contracts(contracts(("x", "care", 50.0, "2024-05-01", "2024-04-01")))
    many = contracts(*[(f"x{at}", "care", 50.0, "2024-05-01", "2024-04-01") for at in range(7)])
    with pytest.raises(RequestError, match="and 2 more"):
        check_contracts(many)
    check_contracts(CONTRACTS)


def test_events_before_a_contract_are_told_and_not_looked_at():
    early = pd.DataFrame({"subscriber": ["c"], "date": [day("2024-05-02")], "subject": [None]})
    tables = TABLES | {"complaints": pd.concat([EVENTS["complaints"], early])}
    failed = [check for check in check_events(tables) if not check.passed]
    assert [check.name for check in failed] == ["subscribers: complaints: nothing before a contract began"] and failed[0].said == "1 = 0"
    assert known_on(tables, day("2024-07-31")).equals(known_on(TABLES, day("2024-07-31")))
    assert all(check.passed for check in check_events(TABLES))
