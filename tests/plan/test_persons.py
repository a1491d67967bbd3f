"""Who is told to help and who to hurt: departments planted for it in a made-up ledger, offices with yearly projections, the book."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from worlds import CALENDAR, CENTRES, CLASSES, budget_rows, chart, month, month_end, months, row, table

from planning.core.periods import months_after
from planning.model.judgement import HELPS, HURTS, UNTOLD
from planning.plan.books import Books
from planning.plan.persons import book_overrides, build_persons, monthly_overrides, persons_of, yearly_overrides
from planning.plan.reforecast import run_trials

TREE = chart()
STAFF = ("helper", "hurter", "lucky")
PERSON = {"helper": "Ada", "hurter": "Bo", "lucky": "Li"}
DAYS = pd.DataFrame({"as_of": [month(f"{year}-{at}") for year in range(2012, 2016) for at in ("03", "09", "12")]})
DAYS = DAYS.assign(when=month_end(DAYS["as_of"]) + pd.Timedelta(days=10))
LAST = month("2016-06")


def came(centre, period):
    """What a department takes in: 100, and noise of its own."""
    return 100 + np.random.default_rng([STAFF.index(centre), period.year, period.month]).normal(0, 10)


def told(centre, as_of, period):
    """The helper knows what will come, the hurter misses by 60 either way, the lucky one throws dice as large as the truth's."""
    dice = np.random.default_rng([7, STAFF.index(centre), as_of.year, as_of.month, period.year, period.month])
    miss = {"helper": 0.0, "hurter": dice.choice([-60, 60]), "lucky": dice.normal(0, 10)}[centre]
    return came(centre, period) + miss


def ledger(silent=(), budgets=False):
    rows = []
    for centre in STAFF:
        for period in months("2010-07", 72):
            known = month_end(period) + pd.Timedelta(days=10)
            rows.append(row("actual", "actual", "taxes", "month", period, known, came(centre, period), centre))
            if budgets:
                rows.append(row("budget", "v_adopted", "taxes", "month", period, "2010-06-30", came(centre, period) + 30, centre))
        for day in DAYS.itertuples():
            year = CALENDAR.year(int(CALENDAR.fiscal_year(months_after(day.as_of, 1))))
            for period in year[year > day.as_of] if centre not in silent else []:
                version = f"{day.as_of:%Y_%m}"
                rows.append(row("forecast", version, "taxes", "month", period, day.when, told(centre, day.as_of, period), centre))
    return table(rows)


def books(rows, is_ledger=True):
    roles = {"revenue": "receipts", "spending": "payments", "reported": "told", "budget": "obligations"}
    return Books(rows, TREE, roles, CLASSES, is_ledger)


def overrides(**how):
    of = books(ledger(**how))
    trials = run_trials(of.rows, TREE, "receipts", DAYS, "seasonal_naive")
    return monthly_overrides(of, CALENDAR, "revenue", DAYS, trials, PERSON)


SCORED = overrides(budgets=True)


def by_person(before, scored=SCORED):
    made = build_persons("revenue", scored, CALENDAR)
    return made[(made["before"] == before) & made["person"].notna()].set_index("person")


def test_a_person_is_the_owner_that_is_named_else_the_department():
    owned = CENTRES.assign(owner=[None, "Ada", None, ""])
    assert persons_of(owned) == {"all": "Town", "a": "Ada", "a1": "Roads", "b": "Parks"}


@pytest.mark.parametrize("before", ["ours", "naive"])
def test_who_was_planted_to_help_and_to_hurt_is_told(before):
    told_of = by_person(before)
    assert told_of["verdict"].to_dict() == {"Ada": HELPS, "Bo": HURTS, "Li": UNTOLD}
    assert told_of.at["Ada", "error"] == 0 and told_of.at["Bo", "error"] > told_of.at["Bo", "error_before"]


def test_everybody_is_better_than_a_budget_that_is_far_off_but_the_one_who_is_further():
    """The budget is 30 too high, the hurter misses by 60."""
    assert by_person("budget")["verdict"].to_dict() == {"Ada": HELPS, "Bo": HURTS, "Li": HELPS}


def test_months_and_figures_are_counted_by_hand():
    """Three reports a year: after March, September and December; four years, of which the last's later reports are of 2016."""
    ahead = [(day, period) for day in DAYS["as_of"] for period in months(f"{months_after(day, 1):%Y-%m}", 9)
             if CALENDAR.fiscal_year(period) == CALENDAR.fiscal_year(months_after(day, 1)) and period <= LAST]  # fmt: skip
    for name in STAFF:
        counted = by_person("ours").loc[PERSON[name]]
        assert counted["count"] == len(ahead) and counted["periods"] == len({period for _, period in ahead})
    missed = sum(abs(told("hurter", day, period) - came("hurter", period)) for day, period in ahead)
    size = sum(abs(came("hurter", period)) for _, period in ahead)
    assert by_person("ours").at["Bo", "error"] == pytest.approx(missed / size, rel=1e-4)


def test_ours_of_a_department_is_its_share_so_that_all_shares_add_up_to_ours():
    ours = SCORED[SCORED["forecaster"] == "ours"].groupby(["as_of", "period"])["amount"].sum()
    trials = run_trials(ledger(), TREE, "receipts", DAYS, "seasonal_naive").groupby(["as_of", "period"])["amount"].sum()
    np.testing.assert_allclose(ours, trials[ours.index], atol=0.03)


def test_naive_of_a_department_is_its_own_same_month_last_year():
    rows = SCORED[(SCORED["forecaster"] == "naive") & (SCORED["person"] == "Bo")]
    before = [came("hurter", period - pd.DateOffset(years=1)) for period in rows["period"]]
    np.testing.assert_allclose(rows["amount"], before, atol=0.01)


def test_by_month_of_the_year_all_persons_together_are_scored():
    table = build_persons("revenue", SCORED, CALENDAR)
    months_of = table[(table["before"] == "ours") & table["month"].notna()]
    assert months_of["person"].isna().all() and sorted(months_of["month"]) == list(range(4, 13))
    assert months_of["count"].sum() == by_person("ours")["count"].sum()
    assert (months_of["verdict"] == UNTOLD).all(), "four years are too few"


def test_where_one_alone_speaks_or_nobody_there_is_nobody_to_tell_apart():
    assert overrides(silent=("hurter", "lucky")).empty and overrides(silent=STAFF).empty
    assert build_persons("revenue", overrides(silent=STAFF), CALENDAR).empty


# Offices that project their year


def offices(projected=1.01):
    rows = budget_rows(range(2011, 2019), projected)
    final = [
        row("actual", "actual", "told", "year", CALENDAR.first(year), f"{year}-08-14", amount, centre, "years")
        for year in range(2011, 2019)
        for centre, amount in (("a", 606_000.0 * 1.04 ** (year - 2011)), ("b", 300_000.0))
    ]
    return books(table(rows + final), False)


def quarters():
    as_of = pd.DatetimeIndex([CALENDAR.period(year, closed) for year in range(2012, 2019) for closed in (3, 6, 9, 12)])
    return pd.DataFrame({"as_of": as_of, "when": month_end(as_of) + pd.Timedelta(days=45)})


def test_departments_projections_of_the_year_are_laid_on_what_was_adopted():
    """Roads spend a hundredth more than adopted, as projected; Parks end far below both, and the projection is the further."""
    scored = yearly_overrides(offices(), CALENDAR, quarters(), {"a": "Roads", "b": "Parks"})
    made = build_persons("year", scored, CALENDAR)
    made = made[made["before"] == "budget"].set_index("person")
    assert made["periods"].to_dict() == {"Parks": 7, "Roads": 7} and (made["count"] == 21).all(), "three reports a year, none after it"
    assert made["verdict"].to_dict() == {"Parks": HURTS, "Roads": HELPS}
    assert made["month"].isna().all(), "a year has no months"


def test_what_was_spent_last_is_the_last_year_known_on_the_day():
    scored = yearly_overrides(offices(), CALENDAR, quarters(), {"a": "Roads", "b": "Parks"})
    naive = scored[(scored["forecaster"] == "naive") & (scored["person"] == "Roads")].set_index("as_of")["amount"]
    assert naive[month("2014-09")] == pytest.approx(606_000 * 1.04**3) and naive[month("2015-03")] == naive[month("2014-09")]


def test_a_ledger_or_an_office_without_projections_has_none_by_year():
    assert yearly_overrides(books(ledger()), CALENDAR, quarters(), {}).empty
    assert yearly_overrides(books(ledger(), False), CALENDAR, quarters(), {}).empty


# The book


class Saved(NamedTuple):
    person: str
    version: str
    revision: int
    before: pd.DataFrame
    after: pd.DataFrame


def plan(amounts, entity="town"):
    """A plan table of the helper's taxes from July 2015."""
    return pd.DataFrame({
        "entity": entity, "cost_centre": "helper", "account": "taxes", "layer": "booked", "period": months("2015-07", len(amounts)),
        "amount": amounts,
    })  # fmt: skip


def test_overrides_in_the_book_are_scored_by_their_author_on_the_cells_they_changed():
    truth = np.array([came("helper", period) for period in months("2015-07", 14)])
    first, better = plan(truth + 20), plan(np.r_[truth[:10], truth[10:] + 20])
    worse = plan(np.r_[truth[:8] + 50, better["amount"][8:]])
    of = books(ledger())
    scored = book_overrides([Saved("ada", "2015_06", 2, first, better), Saved("bo", "2015_06", 3, better, worse)], of)
    made = build_persons("book", scored, CALENDAR)
    made = made[made["person"].notna()].set_index("person")
    assert made["count"].to_dict() == {"ada": 10, "bo": 8} and made["verdict"].to_dict() == {"ada": HELPS, "bo": HURTS}
    assert made.at["ada", "error"] == pytest.approx(0, abs=1e-4)
    assert made.at["bo", "error"] == pytest.approx(50 * 8 / truth[:8].sum(), rel=1e-3)


def test_months_that_have_not_come_and_cells_left_alone_are_not_scored():
    truth = np.full(14, 100.0)
    changed = plan(np.r_[truth[:12], 1.0, 1.0])
    assert not len(book_overrides([Saved("ada", "2015_06", 2, plan(truth), changed)], books(ledger())))
    assert book_overrides([], books(ledger())).empty


def test_an_entitys_own_currency_is_taken_into_the_groups():
    of = Books(ledger(), TREE, {}, [], True, {"town": 2.0})
    scored = book_overrides([Saved("ada", "v", 2, plan([30.0]), plan([50.0]))], of)
    assert scored.set_index("forecaster")["amount"].to_dict() == {"before": 60.0, "override": 100.0}
