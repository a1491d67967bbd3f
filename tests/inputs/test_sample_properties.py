"""What holds in every made-up group, whatever its seed and rates: books tie, month by month, and one rate moves no other part."""

from itertools import islice

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from planning.inputs.sample.ledger import unbalanced, unreached
from planning.inputs.sample.postings import CASH, RULES
from planning.inputs.sample.settings import INNOCENT, Settings, build_settings
from planning.inputs.sample.world import World

SMALL = {"months": 12, "size.stores": 4, "size.buyers": 60, "size.subscribers": 20, "size.dealers": 2}
PLAIN = Settings().model_dump()
CHANNELS = ("roas", "carryover", "saturation")
EVERY = [
    f"{part}.{rate}" for part, rates in PLAIN.items() if isinstance(rates, dict) and part != "size"
    for rate, usual in rates.items() if isinstance(usual, float) and rate != "fx"
]  # fmt: skip
NOTHING = dict.fromkeys(EVERY, 0) | {f"channels.{name}": dict.fromkeys(PLAIN["channels"][name], 0) for name in CHANNELS}
SEEDS, SHARES = st.integers(0, 2**31), st.lists(st.sampled_from([0, 0.5, 1, 1.5]), min_size=len(EVERY), max_size=len(EVERY))


def usual(rate: str) -> float:
    part, name = rate.split(".")
    return PLAIN[part][name]


def net(lines: pd.DataFrame) -> pd.Series:
    return lines["debit"] - lines["credit"]


def check_books(seed: int, rates: dict) -> None:
    """Five months of a small group, the end of a year among them."""
    world = World(build_settings("tiny", seed, SMALL | {"first_month": "2021-09"} | rates))
    told, cash = [], pd.Series(dtype="int64")
    for month in islice(world.months(), 5):
        assert unbalanced(month.lines).empty and unreached(month.lines, month.events, RULES).empty
        told.append(month.lines.assign(net=net))
        lines = pd.concat(told, ignore_index=True)
        by = lines.groupby("entity")
        assert by["net"].sum().eq(0).all()
        check_profit_is_the_change_in_equity(lines)
        check_the_group_owes_itself_nothing(lines, world.rates_in(month.period, "closing"))
        check_stock(lines, month)
        flows = lines[lines["account"].str.startswith(CASH)]
        assert (flows["movement"] != "").all() and flows[flows["movement"] == "internal"]["net"].sum() == 0
        moved = flows[flows["date"] >= month.period].groupby("entity")["net"].sum()
        now = flows.groupby("entity")["net"].sum()
        assert now.sub(cash, fill_value=0).sub(moved, fill_value=0).eq(0).all()
        cash = now


def check_profit_is_the_change_in_equity(lines: pd.DataFrame) -> None:
    """Of each entity since the start: income less expenses is equity less what owners have paid in and taken out."""
    results = lines[lines["account"].str.startswith("6") & ~lines["voucher"].str.endswith("-transfers-close")]
    equity = lines[lines["account"].str.startswith("4")]
    owners = lines["account"].eq("4001") | ((lines["account"] == "410402") & (lines["source"] == "dividends"))
    sums = [table.groupby("entity")["net"].sum() for table in (results, equity, lines[owners])]
    assert sums[0].sub(sums[1].sub(sums[2], fill_value=0), fill_value=0).eq(0).all()


def check_the_group_owes_itself_nothing(lines: pd.DataFrame, rates: pd.Series) -> None:
    """What one of the group claims another owes, at the closing rate."""
    claims = lines[lines["account"] == "112202"].groupby("partner")["net"].sum()
    debts = -lines[lines["account"] == "220204"].groupby("entity")["net"].sum()
    for entity, claim in claims.items():
        assert claim == round(debts[entity] * rates[entity])


def check_stock(lines: pd.DataFrame, month) -> None:
    booked = lines[lines["account"].str.match("140[35]")].groupby("entity")["net"].sum()
    counted = month.events["inventory"].groupby("entity")["value"].sum()
    assert booked[booked != 0].to_dict() == counted[counted != 0].to_dict()
    assert month.events["inventory"][["quantity", "value"]].min().min() > -1e-6


@pytest.mark.parametrize("rates", [INNOCENT, NOTHING], ids=["innocent", "every rate zero"])
def test_books_tie_in_a_world_without(rates):
    check_books(11, dict(rates))


@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(SEEDS, SHARES)
def test_books_tie_whatever_the_seed_and_rates(seed, shares):
    rates = {name: min(usual(name) * share, max(usual(name), 0.95)) for name, share in zip(EVERY, shares, strict=True)}
    check_books(seed, rates)


@pytest.mark.parametrize(
    "rate, same",
    [
        ({"supply.shock": 0.9, "supply.wander": 0.2}, ["slips", "online_orders", "dealer_orders", "returns", "pay", "expenses", "charges"]),
        ({"people.rush": 0.9, "people.expense_noise": 0.3}, ["slips", "online_orders", "material_purchases", "pay", "charges"]),
        ({"customers.hazard": 0.2, "customers.returns": 0.3}, ["slips", "online_orders", "dealer_orders", "pay", "expenses"]),
        ({"projects.optimism": 0.9, "flaws.errors": 0.5, "money.discount": 0.2}, ["slips", "material_purchases", "pay", "charges"]),
    ],
)
def test_another_rate_moves_no_other_part(rate, same):
    lived = [list(islice(World(build_settings("tiny", 5, SMALL | more)).months(), 2)) for more in ({}, rate)]
    for one, other in zip(*lived, strict=True):
        for name in same:
            drawn = [events[name].drop(columns="cost", errors="ignore") for events in (one.events, other.events)]
            pd.testing.assert_frame_equal(*drawn)
