"""The parts of the made-up group, each alone: streams, days, advertising, demand, slips, stock, and the ledger that follows from events."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.core.accounts import AccountTree
from planning.core.errors import RequestError
from planning.core.periods import month
from planning.inputs.sample import days as calendar
from planning.inputs.sample import dealers
from planning.inputs.sample.bills import Bills
from planning.inputs.sample.buyers import build_buyers, orders_of
from planning.inputs.sample.campaigns import build_campaigns, carry_over, contribution
from planning.inputs.sample.dealers import dealer_orders
from planning.inputs.sample.demand import build_demand
from planning.inputs.sample.goods import Stock, to_order
from planning.inputs.sample.leases import build_leases, schedule
from planning.inputs.sample.ledger import COLUMNS, Rule, Side, post, unbalanced, unreached
from planning.inputs.sample.people import build_people
from planning.inputs.sample.planted import hazards, monthly_rate, subscriber_value
from planning.inputs.sample.projects import build_projects
from planning.inputs.sample.settings import INNOCENT, Seasons, Settings, build_settings
from planning.inputs.sample.shops import slips_of
from planning.inputs.sample.spending import build_spending
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import build_structure, catalogue
from planning.inputs.sample.subscribers import build_subscribers, charges_of, contracts
from planning.inputs.sample.supply import Supply, material_prices

TINY = build_settings("tiny", 7)
WEEK = 6_000_000.0


@pytest.fixture(scope="module")
def structure():
    return build_structure(TINY)


@pytest.fixture(scope="module")
def demand(structure):
    return build_demand(TINY, structure, build_campaigns(TINY, structure, WEEK).lift)


# Streams and settings


def test_a_stream_depends_on_its_seed_and_names_only():
    same = stream(7, "slips", "2021-01").random(3)
    assert (stream(7, "slips", "2021-01").random(3) == same).all()
    others = [stream(8, "slips", "2021-01"), stream(7, "slips", "2021-02"), stream(7, "slips2021-01")]
    assert all((other.random(3) != same).all() for other in others)


def test_a_month_in_which_no_dealer_orders_promises_no_bill(structure, monkeypatch):
    monkeypatch.setattr(dealers, "ORDERS", 0.0)
    demand = build_demand(TINY, structure, np.ones((len(calendar.days_of(month(TINY.first_month), TINY.months)), 1)))
    bills = Bills(TINY)
    bills.promise(month(TINY.first_month), dealer_orders(TINY, structure, demand, month(TINY.first_month)))
    assert sum(map(len, bills.to_come)) == 0


def test_a_rate_is_set_by_name_and_a_wrong_one_is_said():
    assert build_settings("tiny", 7, {"supply.shock": 0, "months": 24}).supply.shock == 0
    with pytest.raises(RequestError, match=r"supply\.shok.*no such rate") as wrong:
        build_settings("tiny", 7, {"supply.shok": 0, "money.vat_goods": 2})
    assert len(wrong.value.problems) == 2


def test_every_rate_of_an_innocent_world_is_one_and_may_be_zero():
    assert build_settings("tiny", 7, dict(INNOCENT)).people.padding == 0


# The chart and the structure


def test_the_chart_is_a_tree_of_about_three_hundred_accounts():
    chart = catalogue("accounts")
    leaves = {code for code in set(chart["code"]) - set(chart["parent"]) if code[0].isdigit()}
    assert 280 <= len(leaves) <= 320 and chart["code"].is_unique
    AccountTree(chart.assign(parent=chart["parent"].replace("", None)))


def test_the_group_has_forty_departments_and_its_stores(structure):
    assert len(structure.departments) == 40 and set(structure.departments["entity"]) <= set(structure.entities["code"])
    assert len(build_structure(build_settings("standard")).stores) == 120
    for name in ("entities", "departments", "categories", "products", "materials", "channels", "accounts"):
        table = getattr(structure, name)
        assert (table["label_en"] != "").all() and (table["label_zh"] != "").all() and table["code"].is_unique
    assert structure.departments["label_en"].is_unique and structure.departments["label_zh"].is_unique
    made = structure.products.loc[structure.products["made"] == 1, "code"]
    assert set(structure.bills_of_material["product"]) == set(made)
    quality = structure.truth["store_quality"]
    assert (quality.loc[quality["equal"], "quality"] == 1).all() and quality["equal"].sum() == 3


# Days


@pytest.mark.parametrize(
    "year, first", [(2021, "2021-02-12"), (2022, "2022-02-01"), (2023, "2023-01-22"), (2024, "2024-02-10"), (2025, "2025-01-29")]
)
def test_spring_festival_is_where_the_lunar_calendar_has_it(year, first):
    assert calendar.spring_festival(year) == pd.Timestamp(first)


def test_shopping_rises_before_the_feast_and_stops_on_it():
    days = pd.date_range("2024-01-01", "2024-03-31")
    factor = pd.Series(calendar.spring(days, Seasons()), index=days)
    assert factor["2024-01-10"] == 1 and factor["2024-02-08"] == pytest.approx(1.55) and factor["2024-02-11"] == pytest.approx(0.3)
    assert factor["2024-02-17"] == 1 and (calendar.spring(days, Seasons(spring_festival=0, spring_closed=0)) == 1).all()


def test_a_growth_turns_in_its_month():
    days = pd.date_range("2021-01-01", "2025-01-01")
    level = pd.Series(calendar.growth(days, days[0], 0.05, pd.Timestamp("2023-01-01"), -0.1), index=days)
    assert level["2023-01-01"] == pytest.approx(1.05**2, rel=1e-3) and level["2025-01-01"] == pytest.approx(1.05**2 * 0.9**2, rel=1e-3)


# Advertising


def test_the_usual_spend_brings_its_return_and_carry_over_keeps_the_level():
    spend = np.full(60, 1000.0)
    assert carry_over(spend, 0.7) == pytest.approx(spend)
    assert contribution(carry_over(spend, 0.7), 1000.0, 2.5, 1.3) == pytest.approx(2500.0)
    assert (contribution(spend, 1000.0, 0.0, 1.0) == 0).all()


def test_what_channels_bring_is_written_down_and_lifts_the_days(structure):
    made = build_campaigns(TINY, structure, WEEK)
    assert made.truth["roas"].between(0.3, 8).all() and len(made.lift) == len(calendar.days_of(month("2021-01"), 60))
    brought = made.truth.groupby("week")["contribution"].sum()
    assert made.lift[10, 0] == pytest.approx(1 + brought.loc["2021-01-11"] / WEEK)


# Demand and slips


def test_the_parts_of_demand_multiply_to_it(demand):
    parts = demand.parts[["season", "feast", "trend", "price", "campaign"]].prod(axis=1).to_numpy()
    assert parts == pytest.approx(demand.shops.ravel())


def test_slips_come_to_what_was_expected_and_their_cents_add_up(structure, demand):
    slips = slips_of(TINY, structure, demand, month("2022-05"))
    assert (slips["net"] == slips["list_price"] * slips["quantity"] - slips["discount"]).all() and (slips["quantity"] > 0).all()
    assert (slips.loc[slips["entity"] == "SOUTH", "vat"] == 0).all()
    inside = (demand.days >= "2022-05-01") & (demand.days < "2022-06-01")
    size = structure.stores["size"] * structure.truth["store_quality"]["quality"]
    expected = size.sum() * (demand.shops[inside] * structure.categories["units"].to_numpy()).sum()
    assert slips["quantity"].sum() == pytest.approx(expected, rel=0.12)


def test_more_slips_divide_the_same_sales(structure, demand):
    few = slips_of(TINY, structure, demand, month("2022-05"))
    many = slips_of(TINY.model_copy(update={"size": TINY.size.model_copy(update={"slips": 8})}), structure, demand, month("2022-05"))
    by = ["store", "date", "category"]
    assert len(many) > 3 * len(few)
    pd.testing.assert_series_equal(few.groupby(by)["quantity"].sum(), many.groupby(by)["quantity"].sum())


# Buyers and subscribers


def test_only_those_who_are_customers_buy_and_their_cents_add_up(structure, demand):
    buyers = build_buyers(TINY)
    orders = orders_of(TINY, structure, demand, buyers, month("2022-05"))
    assert orders["order"].is_unique and orders["date"].between("2022-05-01", "2022-05-31").all() and orders["date"].is_monotonic_increasing
    assert (orders["net"] == orders["list_price"] * orders["quantity"]).all() and (orders["payment_date"] > orders["date"]).all()
    active = buyers.codes[(buyers.joined <= 16) & (buyers.joined + buyers.life > 16)]
    assert set(orders["buyer"]) <= set(active) and len(buyers.truth(month("2021-01"))) == TINY.size.buyers


def test_sales_online_have_their_days(structure, demand):
    buyers = build_buyers(build_settings("standard"))
    orders = orders_of(TINY, structure, demand, buyers, month("2022-11")).groupby("date").size()
    assert orders["2022-11-11"] > 1.6 * orders.median()


def leaving(share_of, them, months=12):
    """Of a group's members, how many are gone a year after the experiment began."""
    members = them.group == share_of
    return 1 - them.there[members, them.begins + months].mean()


def test_an_offer_keeps_whom_it_is_meant_to_keep_and_one_without_effect_nobody():
    rates = {"customers.offer_share": 1.0, "customers.offer_spread": 0.0, "customers.complaint": 0.0, "size.subscribers": 20_000}
    works = build_subscribers(build_settings("tiny", 7, rates | {"customers.offer_effect": -1.0}))
    assert leaving("offer", works) < 0.6 * leaving("control", works)
    idle = build_subscribers(build_settings("tiny", 7, rates | {"customers.offer_effect": 0.0}))
    assert abs(leaving("offer", idle) - leaving("control", idle)) < 0.03


def test_a_contract_lasts_as_long_as_its_subscriber_is_there():
    them = build_subscribers(TINY)
    table = contracts(TINY, them)
    months = them.there.sum(axis=1)
    ended = table["end"].notna()
    span = (table["end"].dt.year - table["start"].dt.year) * 12 + table["end"].dt.month - table["start"].dt.month
    assert (span[ended] == months[ended]).all() and (months > 0).all() and not (them.complained & ~them.there).any()
    charged = charges_of(TINY, them, month("2023-01"))
    assert len(charged) == them.there[:, 24].sum() and set(charged["net"] + charged["vat"]) <= {3900, 9900, 6900}


# Stock


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50)), max_size=40), st.integers(0, 10**9))
def test_what_goes_out_and_what_stays_is_what_came_in(lines, value):
    items, units = pd.Series([item for item, _ in lines], dtype=object), pd.Series([units for _, units in lines], dtype=np.int64)
    stock = Stock()
    stock.receive(["a", "b", "c"], [2000, 2000, 2000], [value, value // 3, 0])
    cost = stock.issue(items, units)
    assert (cost >= 0).all() and cost.sum() + sum(stock.value.values()) == value + value // 3
    assert units.sum() + sum(stock.quantity.values()) == 6000
    left = stock.table()
    stock.issue(left["item"], left["quantity"])
    assert set(stock.value.values()) == {0}


def test_more_than_there_is_cannot_go_out():
    stock = Stock()
    stock.receive(["a"], [2], [100])
    with pytest.raises(ValueError, match="more is issued than there is of a"):
        stock.issue(pd.Series(["a"]), pd.Series([3]))


def test_stock_is_filled_up_step_by_step_and_never_falls_under_its_cushion():
    stock = Stock()
    stock.receive(["a"], [2], [100])
    assert to_order(stock, pd.Series({"a": 10, "b": 4}), 2.0).to_dict() == {"a": 16, "b": 7}  # 10 + 0.3 × (20 − 2); 4 + 0.3 × 8
    assert to_order(stock, pd.Series({"a": 10, "b": 4}), 0.0).to_dict() == {"a": 10, "b": 4}
    assert to_order(stock, pd.Series({"a": 100}), 0.25).to_dict() == {"a": 123}  # 100 and a quarter of it, less the 2 that are there


# The ledger

RULES = [
    Rule("slips", "net", Side("100102", movement="sales"), Side("6001{number}1", "{department}")),
    Rule("slips", "vat", Side("100102", movement="sales"), Side("222101")),
    Rule("slips", "cost", Side("6401{number}1", "{department}"), Side("1405{number}", movement="sold")),
]


def events(amounts):
    return pd.DataFrame({
        "entity": "NORTH", "voucher": [f"V{at % 3}" for at in range(len(amounts))], "date": pd.Timestamp("2021-01-31"),
        "number": ["01", "02"] * (len(amounts) // 2) + ["01"] * (len(amounts) % 2), "department": "D301",
        "net": amounts, "vat": [amount // 8 for amount in amounts], "cost": [amount // 2 for amount in amounts],
    })  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=30))
def test_every_voucher_balances_and_every_line_is_reached_from_its_events(amounts):
    told = events(amounts)
    lines = post(told, RULES)
    assert list(lines.columns) == COLUMNS and unbalanced(lines).empty and unreached(lines, {"slips": told}, RULES).empty
    assert lines["debit"].sum() == lines["credit"].sum() and ((lines["debit"] > 0) ^ (lines["credit"] > 0)).all()


def test_a_line_changed_or_left_out_is_found():
    told = events([800, 1600, 2400])
    lines = post(told, RULES)
    changed = lines.assign(debit=lines["debit"].where(lines.index != 0, lines["debit"] + 1))
    assert not unreached(changed, {"slips": told}, RULES).empty and not unbalanced(changed).empty
    assert not unreached(lines.iloc[1:], {"slips": told}, RULES).empty


def test_settings_are_plain_and_come_back():
    assert Settings.model_validate(TINY.model_dump()) == TINY


# People and spending


@pytest.fixture(scope="module")
def people(structure):
    return build_people(TINY, structure)


def test_everyone_is_paid_and_pay_rises_in_april(structure, people):
    pay = people.pay
    assert len(pay) == 40 * 3 * 60 and (pay["people"] > 0).all() and (pay["wages"] > 0).all()
    one = pay[(pay["department"] == "D103") & (pay["position"] == "staff")].set_index("month")
    each = one["wages"] / one["people"]
    assert each["2022-04-01"] / each["2022-03-01"] == pytest.approx(1.045, rel=1e-4)
    assert each["2022-03-01"] == pytest.approx(each["2021-04-01"], abs=5)  # cents: a tenth of a person's pay is rounded


def test_habits_make_requests_and_spending_differ_from_needs_and_an_innocent_world_has_none(structure, people):
    made = build_spending(TINY, structure, people.headcount)
    yearly = lambda table, name: table.groupby("department")[name].sum()  # noqa: E731
    asked = yearly(made.budgets[made.budgets["version"] == "request"], "amount") / yearly(made.needs, "need")
    habits = structure.truth["department_habits"].set_index("department")
    assert asked.to_numpy() == pytest.approx(1 + habits.loc[asked.index, "padding"].to_numpy(), rel=1e-4) and habits["padding"].gt(0).any()
    innocent = build_settings("tiny", 7, dict(INNOCENT))
    calm = build_spending(innocent, build_structure(innocent), people.headcount)
    requests = calm.budgets[calm.budgets["version"] == "request"]
    assert yearly(requests, "amount").to_numpy() == pytest.approx(yearly(calm.needs, "need").to_numpy(), rel=1e-6)
    assert (yearly(calm.expenses, "net") / yearly(calm.needs, "need")).between(0.97, 1.03).all()


# Goods


def test_what_comes_in_covers_the_need_and_every_cent_of_it_is_in_some_stock(structure):
    supply = Supply(TINY, structure, material_prices(TINY, structure))
    codes = structure.products["code"]
    needed = {entity: pd.Series(np.arange(len(codes)) + 5, index=codes) for entity in ("NORTH", "SOUTH", "ONLINE")}
    dealers = pd.Series(7, index=codes[structure.products["made"] == 1])
    told = [supply.come_in(period, needed, dealers, 0.86) for period in (month("2021-01"), month("2021-02"))]
    materials, production, uses, deliveries, bought = (pd.concat([each[name] for each in told]) for name in told[0])
    used = materials["net"].sum() + materials["freight"].sum() - sum(supply.materials.value.values())
    assert production["material"].sum() == uses["cost"].sum() == used
    made = production[["material", "labour", "overhead"]].to_numpy().sum()
    assert deliveries["cost"].sum() == made - sum(supply.products.value.values())
    for entity in needed:
        value = deliveries.loc[deliveries["partner"] == entity, "value"].sum() + bought.loc[bought["entity"] == entity, "net"].sum()
        assert (
            value == sum(supply.stock_of(entity).value.values())
            and (supply.stock_of(entity).table().set_index("item")["quantity"].reindex(codes) >= needed[entity]).all()
        )
    assert (supply.products.table().set_index("item")["quantity"].reindex(dealers.index) >= dealers).all()


def test_a_shock_a_freight_rise_and_a_leak_are_where_they_were_planted(structure):
    path = material_prices(build_settings("tiny", 7, {"supply.wander": 0.0, "supply.drift": 0.0}), structure)
    assert path.prices["copper"]["2024-02-01"] / path.prices["copper"]["2024-01-01"] == pytest.approx(1.35)
    assert path.prices["steel"].nunique() == 1 and path.freight["2023-10-01"] / path.freight["2023-09-01"] == pytest.approx(1.4)
    supply = Supply(TINY, structure, path)
    leaking = structure.products[(structure.products["category"] == "small_appliances") & (structure.products["made"] == 0)]["code"]
    need = {"NORTH": pd.Series(100, index=leaking)}
    before = supply.come_in(month("2024-02"), need, pd.Series(dtype=float), 0.86)["merchandise_purchases"].set_index("product")["price"]
    after = Supply(TINY, structure, path).come_in(month("2024-03"), need, pd.Series(dtype=float), 0.86)["merchandise_purchases"]
    assert (after.set_index("product")["price"] / before).to_numpy() == pytest.approx(1.06, rel=1e-3)


# Projects and leases


def test_sponsors_promise_more_than_comes_as_much_as_was_planted(structure):
    certain = build_settings("tiny", 7, {"projects.optimism_spread": 0.0, "projects.a_year": 60.0})
    made = build_projects(certain, structure)
    both = made.proposals.merge(made.truth, on=["project", "sponsor", "kind"])
    promised, came = both["promised"].map(sum).sum(), both["true_flows"].map(sum).sum()
    assert promised / came == pytest.approx(1.25, rel=0.03) and both["approved"].mean() > 0.5
    approved = made.proposals[made.proposals["approved"] & (made.proposals["decided"] < "2024-06-01")].set_index("project")
    assert (made.spent.groupby("project")["amount"].sum().loc[approved.index] == approved["capital"]).all()
    assert made.spent.groupby("project")["ready"].sum().loc[approved.index].eq(1).all()


def test_a_lease_ends_with_nothing_owed_and_nothing_left(structure):
    leases = build_leases(TINY, structure, 4_000_000)
    assert set(leases["store"]) == set(structure.stores["code"]) and (leases["months"] % 3 == 0).all()
    for lease in leases.itertuples():
        table = schedule(lease, TINY.money.lease_rate, pd.Timestamp("2099-01-01"))
        assert table["depreciation"].sum() == lease.value and lease.value + table["interest"].sum() == table["payment"].sum()
        assert table["interest"].iloc[:-1].min() >= 0 and abs(table["interest"].iloc[-1]) < 100


def test_dealers_pay_after_their_terms_and_nobody_is_late_where_nobody_is(structure, demand):
    lines = dealer_orders(TINY, structure, demand, month("2022-05"))
    assert (lines["net"] == lines["price"] * lines["quantity"]).all() and lines.groupby("order")["dealer"].nunique().eq(1).all()
    assert lines.groupby("order")["date"].nunique().eq(1).all() and (lines["paid_date"] >= lines["due"]).all() and lines["by_bill"].any()
    punctual = build_settings("tiny", 7, {"supply.late": 0.0, "supply.bills": 0.0, "supply.customer_rebate": 0.0})
    calm = dealer_orders(punctual, build_structure(punctual), demand, month("2022-05"))
    assert (calm["paid_date"] == calm["due"]).all() and not calm["by_bill"].any() and calm["rebate"].eq(0).all()


# What was planted


def test_a_subscribers_value_is_what_all_later_months_are_worth():
    them = build_subscribers(TINY)
    told, rate = subscriber_value(TINY, them), monthly_rate()
    hazard = hazards(TINY, them).loc[0, "with_complaints"]
    months = np.arange(3_000)
    assert told.loc[0, "value"] == pytest.approx((told.loc[0, "margin"] * ((1 - hazard) / (1 + rate)) ** months).sum(), rel=1e-3)
    assert (hazards(TINY, them)["with_complaints"] >= them.hazard).all()


def test_an_offer_that_lowers_the_hazard_keeps_and_one_that_raises_it_drives_away():
    told = hazards(TINY, build_subscribers(TINY))
    assert (np.sign(told["kept"]) == -np.sign(told["offer_effect"])).all() and (told["kept"] < 0).any()


def test_small_groups_have_the_people_of_large_ones_in_proportion(structure):
    tiny, standard = (build_settings(scale).size for scale in ("tiny", "standard"))
    assert [tiny.part(entity) for entity in ("HOLD", "NORTH", "SOUTH", "ONLINE")] == [0.1] * 4 and standard.part("MFG") == pytest.approx(1)
    people = [build_people(build_settings(scale), structure).headcount["people"].sum() for scale in ("tiny", "standard")]
    assert people[1] == pytest.approx(10 * people[0], rel=1e-6)


def test_every_rate_stands_in_the_guide_with_its_value():
    guide = (Path(__file__).parents[2] / "docs" / "sample.md").read_text(encoding="utf-8").partition("## The rates")[2]
    listed = dict(re.findall(r"^\| `([\w.]+)` \| ([^|]*) \|", guide, re.MULTILINE))
    rates = {f"{part}.{rate}": value for part, of in Settings().model_dump().items() if isinstance(of, dict) for rate, value in of.items()}
    assert listed.keys() == rates.keys()
    for name, value in rates.items():
        said = listed[name]
        assert isinstance(value, dict) or (said == value if isinstance(value, str) else float(said.replace("_", "")) == value), name
