"""A plan in draws, and what matters in it, on the made-up group: same seed same draws, each draw a whole plan, bars as single runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planning.core.drivers import Entry
from planning.core.errors import RequestError
from planning.inputs.company import read_company
from planning.inputs.drivers import read_drivers
from planning.inputs.intake import take_in
from planning.inputs.sample.generate import write_sample
from planning.inputs.sample.settings import build_settings
from planning.inputs.snapshots import read_snapshot
from planning.inputs.wiring import read_wiring
from planning.model.drivers import Drivers
from planning.model.missed import Missed
from planning.plan.chain.annual import plan_company
from planning.plan.chain.basis import find_basis
from planning.plan.chain.draws import (
    HELD,
    Shocks,
    Uncertain,
    draw_shocks,
    figures_of,
    find_uncertain,
    kept,
    plan_draws,
    shocked_plans,
    uncertain_entries,
)
from planning.plan.chain.meanings import MEANINGS
from planning.plan.chain.sources import Asked, open_balances
from planning.plan.chain.tornado import build_tornado, find_bars
from planning.plan.chain.whole import How, find_sources, how_planned, plan_whole

PARAMS = Path(__file__).resolve().parents[3] / "params" / "sample"
SMALL = {"months": 24, "size.stores": 4, "size.buyers": 200, "size.subscribers": 60, "size.dealers": 3}
AS_OF = pd.Timestamp("2022-02-01")
MARKETS = ("price_change", "purchase_price_change", "pay_rise")
"""Of which the group's own files say low and high; here only what a test says is unsure."""


@pytest.fixture(scope="module")
def planned(tmp_path_factory) -> tuple:
    """Basis and How of a small group, with shares as its small books hold them."""
    company, root = read_company(PARAMS), tmp_path_factory.mktemp("drawn")
    write_sample(root / "files", build_settings("tiny", 7, SMALL))
    taken = read_snapshot("sample", root / "snapshots", take_in(company, root / "snapshots", root / "files").snapshot)
    sources = find_sources(taken.tables, taken.event, taken.query)
    wired = read_wiring(company, taken.tree)
    asked = Asked(AS_OF, company.known_by(AS_OF), 2022, company.calendar, "seasonal_naive")

    def how_of(wired) -> How:
        return how_planned(wired, taken, company.sides, company.ownership, company.calendar, "CNY")

    how = how_of(wired)
    stands = open_balances(sources.rows, how.wiring, asked.when)
    here = (stands["account"] == wired.file.group.accounts.investments) & (stands["period"] == AS_OF)
    shares, held = wired.file.group.shares, stands.loc[here, "amount"].sum()
    parts = {who: round(cost / sum(shares.values()) * held, 2) for who, cost in shares.items()}
    parts["MFG"] += round(held - sum(parts.values()), 2)
    group = wired.file.group.model_copy(update={"shares": parts})
    how = how_of(replace(wired, file=wired.file.model_copy(update={"group": group})))
    given = Drivers(driver for driver in read_drivers(company) if driver.name not in MARKETS)
    return find_basis(sources, asked, given, how.wiring), how


@pytest.fixture(scope="module")
def basis(planned):
    return planned[0]


@pytest.fixture(scope="module")
def how(planned):
    return planned[1]


@pytest.fixture(scope="module")
def figures(how):
    return figures_of(how, "revenue")


@pytest.fixture(scope="module")
def plain(basis, how):
    """The ledger of the plan itself."""
    return plan_company(basis, basis.drivers, how.wiring)[1].ledger


@pytest.fixture(scope="module")
def unsure(basis):
    """Drivers of which somebody says low and high, beside those that say nothing."""
    said = {
        "price_change": [Entry(0.0, low=-0.02, high=0.01)],
        "pay_rise": [Entry(0.04, low=0.03, high=0.06)],
        "rebate": [Entry(0.01)],
        "lease_rate": [Entry(0.05, low=0.04, high=0.06)],
        "discount": [Entry(0.002, {"entity": "NORTH"}, low=0.0, high=0.01)],
    }
    return replace(basis, drivers=basis.drivers.with_case(said))


@pytest.fixture(scope="module")
def uncertain(unsure):
    return find_uncertain(unsure)


def year(made, entity, figure, basis):
    return made.of_year(entity, figure, basis.asked.calendar, basis.asked.fiscal_year)


# ------------------------------------------------------------------------------------------------------------------- draws


def test_only_what_says_low_and_high_is_drawn_and_no_contract(uncertain):
    assert set(uncertain.entries) == {("price_change", -1), ("pay_rise", -1), ("discount", -1), ("loan_rate", 0)}


def test_one_in_ten_lies_below_low_and_one_in_ten_above_high():
    lopsided = Entry(0.0, low=-0.02, high=0.01)
    by = draw_shocks(Uncertain({("price_change", 0): lopsided}), 40000, 3).shifts["price_change", 0]
    assert (by < -0.02).mean() == pytest.approx(0.1, abs=0.006) and (by > 0.01).mean() == pytest.approx(0.1, abs=0.006)
    assert np.median(by) == pytest.approx(0.0, abs=0.0005)


def test_no_driver_is_drawn_beyond_what_it_may_be():
    by = draw_shocks(Uncertain({("discount", 0): Entry(0.002, low=0.0, high=0.01)}), 5000, 3).shifts["discount", 0]
    assert (0.002 + by).min() == pytest.approx(0.0)


def test_what_joins_moves_no_other_draw():
    one = Uncertain({("pay_rise", 0): Entry(0.04, low=0.03, high=0.06)})
    two = Uncertain({("discount", 0): Entry(0.1, low=0.05, high=0.2), **one.entries})
    assert (draw_shocks(one, 9, 5).shifts["pay_rise", 0] == draw_shocks(two, 9, 5).shifts["pay_rise", 0]).all()


@pytest.mark.parametrize(("draws", "seed"), [(0, 1), (10, -1), (1.5, 1), (True, 1)])
def test_draws_and_seeds_that_make_no_sense_are_refused(draws, seed):
    with pytest.raises(RequestError, match="wrong"):
        draw_shocks(Uncertain({}), draws, seed)


def test_draws_are_the_same_for_a_seed_whatever_the_block_and_every_check_holds(unsure, how, figures, uncertain):
    whole, cut, other = (plan_draws(unsure, how, figures, uncertain, 7, seed, block) for seed, block in ((5, 7), (5, 3), (6, 7)))
    assert (whole.amounts == cut.amounts).all() and (whole.amounts != other.amounts).any()
    assert [check for check in cut.checks if not check.passed] == []
    assert {"ledger_balances", "assets_equal_claims", "consolidated_assets_equal_claims", "eliminations_net_to_zero"} <= {
        check.name for check in cut.checks
    }


def test_a_plan_of_which_nothing_is_uncertain_is_the_plan_in_every_draw(basis, how, figures):
    made = plan_draws(basis, how, figures, Uncertain({}), 3, 1)
    _, amounts = kept(plan_whole(basis, basis.drivers, how), figures)
    assert made.amounts.shape[2] == 3 and (made.amounts == amounts).all()


def test_each_draw_is_the_plan_that_its_drivers_alone_would_make(unsure, how, figures, uncertain):
    """Draw 4 of 5, worked out by itself."""
    shocks = draw_shocks(uncertain, 5, 8)
    every, alone = (shocked_plans(unsure, how, figures, uncertain, part, size) for part, size in ((shocks, 5), (shocks.at(slice(3, 4)), 1)))
    assert (every.amounts[:, :, 3:4] == alone.amounts).all()


def test_a_profit_that_follows_one_driver_in_a_line_is_spread_as_that_driver_is(basis, how, figures):
    """Pay rises by 0.2 %, one in ten below 0.1 % and one in ten above 0.3 %: a normal, 1.2816 deviations from its middle to an edge. The
    costs of HOLD, which makes nothing, are wages × (1 + rise) and what no rise moves: a line through two single plans."""
    deviation = 0.001 / 1.2815515655
    unsure = replace(basis, drivers=basis.drivers.with_case({"pay_rise": [Entry(0.002, low=0.001, high=0.003)]}))
    edges = Shocks({("pay_rise", -1): np.array([0.0, 0.001])})
    line = year(shocked_plans(unsure, how, figures, Uncertain({}), edges, 2), "HOLD", "operating_costs", basis)
    alone = Uncertain({("pay_rise", -1): uncertain_entries(unsure.drivers)["pay_rise", -1]})
    made = year(plan_draws(unsure, how, figures, alone, 2000, 4, 500), "HOLD", "operating_costs", basis)
    assert line[1] > line[0]
    assert made.std() == pytest.approx((line[1] - line[0]) / 0.001 * deviation, rel=0.05)
    assert made.mean() == pytest.approx(line[0], abs=4 * made.std() / np.sqrt(2000))


def test_volumes_that_miss_move_what_is_sold_by_as_much(basis, how, figures):
    cells = basis.volumes.rows[["entity", "channel", "store", "category"]].drop_duplicates()
    ahead = basis.volumes.rows.pivot(index=list(cells), columns="horizon", values="amount").to_numpy()
    missed = Missed(cells, 0.1 * ahead[None], np.inf)
    more = Shocks(volumes=np.array([[0.0], [1.0], [-20.0]]))
    revenue = year(shocked_plans(basis, how, figures, Uncertain({}, missed), more, 3), "NORTH", "gross_profit", basis)
    sold = year(shocked_plans(basis, how, figures, Uncertain({}, missed), more, 3), "NORTH", "revenue", basis)
    assert revenue[1] > revenue[0] > revenue[2]
    assert (sold[1] - sold[2]) / (sold[0] - sold[2]) == pytest.approx(1.1, rel=1e-6)


def test_what_is_spent_on_assets_beyond_the_plan_is_cash_that_is_gone(basis, how, figures):
    """A thousand more a month by the plant."""
    missed = Missed(pd.DataFrame({"entity": ["MFG"]}), np.full((1, 1, 1), 1000.0), np.inf)
    made = shocked_plans(basis, how, figures, Uncertain({}, capex=missed), Shocks(capex=np.array([[0.0], [1.0]])), 2)
    cash, revenue = (year(made, "MFG", figure, basis) for figure in ("net_cash", "revenue"))
    assert cash[1] < cash[0] - 1000 and revenue[1] == revenue[0]


def test_a_figure_of_nobody_is_refused_and_so_is_a_year_not_planned(basis, how, figures):
    made = plan_draws(basis, how, figures, Uncertain({}), 1, 1)
    with pytest.raises(RequestError, match="no such figure"):
        made.of("NOBODY", "revenue")
    with pytest.raises(RequestError, match="isn't planned"):
        made.of_year("GROUP", "revenue", basis.asked.calendar, 2030)
    with pytest.raises(RequestError, match="unknown account"):
        figures_of(how, "revenues")


ELSEWHERE = {"exchange_rate", "marginal_value", "extra_cost", "cost_request"}
"""In the tornado; in what is shared out before a plan; and, since each is of one department's account, in test_activities."""


@pytest.mark.parametrize("name", sorted(set(MEANINGS) - {*ELSEWHERE, *HELD}))
def test_any_driver_can_be_the_only_one_that_is_drawn(basis, how, plain, name):
    """Two draws that are the same: the plan itself, twice."""
    unsure = basis.drivers.with_case({name: [Entry(1.0, change="times")]})
    ledger = plan_company(basis, unsure.shifted({(name, -1): np.zeros(2)}), how.wiring)[1].ledger
    assert ledger.lines.equals(plain.lines) and (ledger.amounts == plain.amounts).all()


# ----------------------------------------------------------------------------------------------------------------- tornado


@pytest.fixture(scope="module")
def told(unsure, how, figures, uncertain):
    return build_tornado(unsure, how, figures, uncertain)


@pytest.mark.parametrize(("code", "edge"), [("price_change", 0), ("volumes", 0), ("running", 1), ("payment_days", 1), ("exchange_rate", 0)])
def test_every_bar_is_the_difference_of_two_single_plans(unsure, how, figures, uncertain, told, code, edge):
    bar = next(bar for bar in find_bars(unsure, how, uncertain) if bar.code == code)
    base, alone = (shocked_plans(unsure, how, figures, uncertain, one, 1) for one in (Shocks(), bar.shocks.at(slice(edge, edge + 1))))
    row = told[(told["code"] == bar.code) & (told["about"] == bar.about)].iloc[0]
    for name, figure in (("profit", "net_profit"), ("cash", "net_cash")):
        single = year(alone, "GROUP", figure, unsure)[0] - year(base, "GROUP", figure, unsure)[0]
        assert row[f"{name}_{('low', 'high')[edge]}"] == pytest.approx(single, abs=0.001)


def test_what_is_likely_comes_before_mere_steps_and_the_widest_first(told):
    assert told["kind"].drop_duplicates().tolist() == ["said", "forecast", "step"]
    widest = told[["profit_low", "profit_high"]].abs().max(axis=1)
    assert all(part.is_monotonic_decreasing for _, part in widest.groupby(told["kind"]))
    assert "pay_rise" not in set(told.loc[told["kind"] == "step", "code"])
    assert {"volume_change", "purchase_price_change", "payment_days", "exchange_rate"} == set(told.loc[told["kind"] == "step", "code"])


def test_dearer_goods_and_later_customers_go_the_way_a_controller_expects(told):
    told = told.set_index(["code", "about"])
    assert told.at[("price_change", ""), "profit_low"] < 0 < told.at[("price_change", ""), "profit_high"]
    assert told.at[("purchase_price_change", ""), "profit_high"] < 0
    assert told.at[("payment_days", "receivable"), "cash_high"] < 0 < told.at[("payment_days", "payable"), "cash_high"]
    assert told.at[("volumes", ""), "profit_low"] < 0 < told.at[("volumes", ""), "profit_high"]
