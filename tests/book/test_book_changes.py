"""Planning verbs through the book, on either database: exact sums, holds that hold, no second change, conflicts that surface."""

import threading
from itertools import count

import pandas as pd
import pytest
from departments import ACCOUNTS, CENTRES, COMPANY, ENTITIES, PEOPLE, plan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning.changing import change, hold, holds_of, release
from planning.core.errors import ConflictError, RequestError
from planning.inputs.company import read_company
from planning.inputs.people import read_people
from planning.plan.change import Wish
from planning.workbooks import Desk

NUMBERS = count(2)
NORTH = "account=toys,cost_centre=north"
MONTH = st.integers(1, 12).map(lambda number: f"2026-{number:02}")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("params") / "acme"
    (folder / "sources").mkdir(parents=True)
    texts = {"company.yaml": COMPANY, "people.yaml": PEOPLE, "accounts.csv": ACCOUNTS, "cost_centres.csv": CENTRES}
    for name, text in (texts | {"entities.csv": ENTITIES}).items():
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return read_company(folder)


@pytest.fixture
def desk(company, book, tmp_path):
    """A desk of Ana's, who owns everything, or of somebody else's, on a new version with the group's plan."""

    def make(who="ana", version="", table=None):
        name = version or f"v{next(NUMBERS)}"
        if not version:
            book.create_version("acme", "budget", name, "ana")
            book.save("acme", "budget", name, plan(version=name) if table is None else table.assign(version=name), 0, "ana", 2)
        return Desk(company, read_people(company), book, tmp_path, "budget", name, who)

    return make


def cells(desk, revision=None):
    table, _ = desk.book.read(*desk.name, revision=revision)
    return table.set_index(["cost_centre", "account", "period"])["amount"].sort_index()


def minor(series):
    return [round(value * 100) for value in series]


def do(desk, verb, where, seen=None, rehearse=False, **told):
    return change(desk, Wish(verb, where, **told), "because", seen, rehearse)


ONE_BOOK = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(
    total=st.integers(-(10**11), 10**11), held=st.lists(MONTH, unique=True, max_size=11),
    first=st.lists(st.integers(-(10**9), 10**9), min_size=12, max_size=12), verb=st.sampled_from(["spread", "break_back"]),
)  # fmt: skip
@ONE_BOOK
def test_the_range_comes_to_the_target_to_the_cent_holds_stay_and_a_second_time_changes_nothing(desk, total, held, first, verb):
    table = plan()
    table.loc[table.index[:12], "amount"] = [amount / 100 for amount in first]
    one = desk(table=table)
    for month in held:
        hold(one, f"hold {month}", f"{NORTH},period={month}", "agreed")
    before = cells(one)
    made = do(one, verb, NORTH, to=total / 100)
    after = cells(one)
    assert sum(minor(after.loc["north", "toys"])) == total
    for month in held:
        cell = ("north", "toys", pd.Timestamp(month))
        assert after[cell] == before[cell]
    outside = ~((after.index.get_level_values(0) == "north") & (after.index.get_level_values(1) == "toys"))
    assert after[outside].equals(before[outside])
    again = do(one, verb, NORTH, to=total / 100)
    assert (again.saved, again.revision) == (0, made.revision) and cells(one).equals(after)


@given(amount=st.integers(-(10**9), 10**9), rate=st.integers(-100, 100))
@ONE_BOOK
def test_a_transfer_keeps_the_sum_and_a_growth_comes_to_the_rounded_one(desk, amount, rate):
    one = desk()
    before = cells(one)
    do(one, "transfer", NORTH, into="cost_centre=south", amount=amount / 100)
    after = cells(one)
    moved = [sum(minor(after.loc[centre, "toys"])) - sum(minor(before.loc[centre, "toys"])) for centre in ("north", "south")]
    assert moved == [-amount, amount]
    do(one, "grow", "account=wages,cost_centre=north", rate=rate / 100)
    assert sum(minor(cells(one).loc["north", "wages"])) == round(12 * 30030 * (1 + rate / 100))


def test_a_change_is_one_revision_with_the_verb_in_the_journal(desk):
    one = desk()
    made = do(one, "spread", NORTH, to=12000.0)
    entry = one.book.journal("acme").iloc[-1]
    assert made.revision == 2 and made.saved == 12 and (entry["who"], entry["kind"]) == ("ana", "saved")
    assert entry["detail"]["verb"] == {"verb": "spread", "where": NORTH, "to": 12000.0} and entry["detail"]["comment"] == "because"
    assert not one.book.verify_journal("acme")


def test_a_rehearsal_shows_the_same_and_writes_nothing(desk):
    one = desk()
    shown = do(one, "spread", NORTH, to=12000.0, rehearse=True)
    assert one.book.version(*one.name).revision == 1 and cells(one).equals(cells(one, 1))
    made = do(one, "spread", NORTH, to=12000.0)
    pd.testing.assert_frame_equal(shown.changed.changes, made.changed.changes)
    assert (shown.revision, shown.saved) == (made.revision, made.saved)


def test_two_peoples_changes_of_one_cell_are_a_conflict_with_both_figures(desk):
    hers = desk()
    his = desk("shay", hers.version)
    do(hers, "spread", f"{NORTH},period=2026-03", seen=1, to=1100.0)
    said = r"1 cells in conflict\n  budget/v\d+, base · home · north · toys.*2026-03: changed since, expected 1,000.10, got 1,100.00"
    with pytest.raises(ConflictError, match=said):
        do(his, "break_back", f"{NORTH},period=2026", seen=1, to=9000.0)
    assert his.book.version(*his.name).revision == 2
    do(his, "spread", "account=wages,cost_centre=north", seen=1, to=10.0)
    do(his, "break_back", f"{NORTH},period=2026", to=9000.0)
    assert sum(minor(cells(his).loc["north", "toys"])) == 900000


def test_a_cell_that_came_since_it_was_looked_at_is_a_conflict_too(desk):
    one = desk(table=plan().iloc[1:])
    one.book.save(*one.name, plan(version=one.version).iloc[:1], 1, "ana", 2)
    with pytest.raises(ConflictError, match=r"changed since, expected no amount, got 1,000\.10; look again"):
        do(one, "spread", NORTH, seen=1, to=5.0)


def test_a_cell_typed_elsewhere_and_moved_by_a_verb_is_a_conflict_of_the_save(desk):
    one = desk()
    do(one, "spread", NORTH, to=12000.0)
    typed = plan({("home", "north", "toys"): 5.0}, version=one.version)
    with pytest.raises(ConflictError, match="12 cells in conflict"):
        one.book.save(*one.name, typed, 1, "nora", 2)


def test_verbs_at_once_lose_nothing(desk):
    """Four threads each transfer a cent five times between the same ranges: whatever was reported as moved has moved."""
    one, broken = desk(), []

    def work():
        try:
            for _ in range(5):
                try:
                    do(one, "transfer", f"{NORTH},period=2026-01", into="cost_centre=south", amount=0.01)
                    moved.append(1)
                except ConflictError:
                    pass
        except Exception as error:
            broken.append(error)

    moved: list[int] = []
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    north = minor(cells(one).loc["north", "toys"])[0]
    assert not broken and len(moved) >= 5 and 100010 - north == len(moved)
    assert one.book.version(*one.name).revision == 1 + len(moved)


def test_who_does_not_own_a_cell_changes_and_holds_and_releases_nothing(desk):
    hers = desk()
    nora = desk("nora", hers.version)
    for act in (
        lambda: do(nora, "spread", "account=wages,period=2026-01", to=1.0), lambda: hold(nora, "mine", "account=wages", "x"),
        lambda: do(nora, "transfer", NORTH, into="cost_centre=south", amount=1.0),
    ):  # fmt: skip
        with pytest.raises(RequestError, match=r"south · (wages|toys) · booked · month · 2026-01: a cell that isn't theirs to change"):
            act()
    hold(hers, "all", "account=toys", "agreed")
    with pytest.raises(RequestError, match="isn't theirs"):
        release(nora, "all", "x")
    assert hers.book.version(*hers.name).revision == 1 and [one.hold for one in holds_of(nora)] == ["all"]
    hold(nora, "mine", NORTH, "agreed")
    release(nora, "mine", "over")
    assert [(one.hold, one.cells) for one in holds_of(hers)] == [("all", 36)]


def test_a_version_that_stands_still_is_not_changed(desk):
    one = desk()
    one.book.submit_version(*one.name, "ana", one.people, "done")
    spread = lambda: do(one, "spread", NORTH, to=1.0, rehearse=True)  # noqa: E731
    for act in (spread, lambda: hold(one, "h", NORTH, "x"), lambda: release(one, "h", "x")):
        with pytest.raises(RequestError, match="it stands still, expected open, got submitted; return it first"):
            act()


def test_an_empty_version_has_nothing_to_change(desk):
    one = desk(table=plan().iloc[:0])
    with pytest.raises(RequestError, match="no cell has it"):
        do(one, "spread", NORTH, to=1.0)
