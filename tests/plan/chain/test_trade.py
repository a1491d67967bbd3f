"""Trade: from what the books say was sold, bought and kept to what will be, with nothing lost on the way."""

import numpy as np
import pandas as pd
import pytest
from small_trade import AS_OF, BILLS, HORIZON, INVENTORY, MONTHS, PAST, PRODUCTION, PURCHASES, SOLD, demand, traded

from planning.core.drivers import Entry, Launch
from planning.core.errors import RequestError
from planning.model.chain.goods import BOUGHT, MADE
from planning.plan.chain.stocks import find_items, group_cost_share, past_stock, with_group_cost
from planning.plan.chain.trade import conversion_weight, launched_drivers, plan_traffic
from planning.plan.chain.volumes import forecast_volumes, volume_history, volume_table


def at(trade, entity, item, of):
    rows = trade.traffic.items.rows
    return of[np.flatnonzero((rows["entity"] == entity) & (rows["item"] == item))[0], :, 0].round(6).tolist()


# -------------------------------------------------------------------------------------------------------------------- stocks


def test_an_item_comes_from_where_most_of_it_came(items):
    assert items.rows.set_index(["entity", "item"])["source"].to_dict() == {
        ("MFG", "pan"): MADE, ("MFG", "steel"): BOUGHT, ("NORTH", "lamp"): BOUGHT, ("NORTH", "pan"): "MFG", ("SOUTH", "cup"): BOUGHT,
        ("SOUTH", "pan"): "MFG",
    }  # fmt: skip


def test_stock_below_nothing_is_nothing_and_bills_are_those_of_what_is_made(items):
    assert items.units.tolist() == [50, 100, 50, 100, 0, 10] and items.worth.tolist() == [800, 550, 450, 2000, 0, 250]
    assert items.bills["product"].tolist() == ["pan"]


def test_what_the_group_paid_itself_holds_what_the_giver_earned(items):
    """The works' pans are worth 16; the north paid 20, the south 25 of its dollars, which are worth 0.8 each."""
    share = group_cost_share(items, PURCHASES, pd.Series({"MFG": 1.0, "NORTH": 1.0, "SOUTH": 0.8}), AS_OF)
    assert share.tolist() == pytest.approx([1, 1, 1, 0.8, 1, 0.8])
    assert with_group_cost(items, share).at_cost.tolist() == pytest.approx([800, 550, 450, 1600, 0, 200])


def test_what_went_out_is_what_lay_there_and_came_less_what_lies_there_now(items):
    past = past_stock(items, PURCHASES, PRODUCTION, INVENTORY).set_index(["entity", "item", "period"])
    assert past.loc[("MFG", "pan", AS_OF)].to_dict() == {"closing": 50, "out": 110}
    assert ("MFG", "pan", PAST[0]) not in past.index and past.loc[("SOUTH", "cup", AS_OF), "out"] == 0


# ------------------------------------------------------------------------------------------------------------------- volumes


def test_a_closed_store_has_no_future_and_a_month_without_a_sale_is_nothing():
    gap = SOLD[~((SOLD["store"] == "S2") & (SOLD["period"] == PAST[5]))]
    history = volume_history(gap, AS_OF)
    assert set(history["store"]) == {"S1", "S2"}
    south = history[history["store"] == "S2"].set_index("period")["amount"]
    assert south[PAST[5]] == 0 and len(south) == len(PAST)


def test_a_store_that_opened_late_has_no_past_before_it():
    late = SOLD[(SOLD["store"] != "S2") | (SOLD["period"] >= PAST[4])]
    assert len(volume_history(late, AS_OF).query("store == 'S2'")) == len(PAST) - 4


def test_volumes_are_forecast_for_each_place():
    cells, volume, periods = volume_table(forecast_volumes(volume_history(SOLD, AS_OF), 6, "seasonal_naive"), AS_OF, 6)
    assert cells.shape == (3, 4) and volume.shape == (3, 6, 1) and periods[0] == MONTHS[0]
    assert volume[cells["category"].eq("lights").to_numpy(), :, 0].tolist() == [[60] * 6]


# --------------------------------------------------------------------------------------------------------------------- trade


def test_a_steady_trade_goes_on_as_it_was(items, drivers):
    """NORTH keeps a month's 100 pans of 100 that went out; 90 are sold, so 80 come first, then 90."""
    trade = traded(items, drivers)
    flows = trade.traffic.flows
    assert at(trade, "NORTH", "pan", flows.stock.came) == [80, 90, 90]
    assert at(trade, "SOUTH", "pan", flows.stock.came) == [10, 10, 10]
    delivered = at(trade, "MFG", "pan", flows.delivered)
    assert delivered == [90, 100, 100]
    made_pans = at(trade, "MFG", "pan", flows.stock.came)
    assert at(trade, "MFG", "steel", flows.used) == pytest.approx([2 * made for made in made_pans])


def test_cost_of_sales_is_all_that_left_the_stocks_of_who_sells(items, drivers):
    trade = traded(items, drivers)
    selling = trade.traffic.items.rows["entity"].isin(["NORTH", "SOUTH"]).to_numpy()
    assert (trade.cost - trade.back_cost).sum() == pytest.approx(trade.costs.worth.gone[selling].sum())


def test_prices_paid_are_those_of_the_books_and_freight_is_on_top(items, drivers):
    trade = traded(items, drivers)
    assert at(trade, "MFG", "steel", trade.paid) == [5] * 3 and at(trade, "MFG", "steel", trade.freight) == [0.5] * 3
    assert at(trade, "NORTH", "pan", trade.paid) == [20] * 3 and at(trade, "NORTH", "pan", trade.freight) == [0] * 3


def test_dearer_steel_is_felt_first_in_stock_then_in_what_is_sold(items, drivers):
    dearer = drivers.with_case({"purchase_price_change": [Entry(0.2, {"product": "steel"})]})
    before, after = traded(items, drivers), traded(items, dearer)
    more = after.costs.at_cost.gone - before.costs.at_cost.gone
    rows = before.traffic.items.rows
    sold = more[((rows["entity"] == "NORTH") & (rows["item"] == "pan")).to_numpy(), :, 0][0]
    assert 0 <= sold[0] < sold[1] < sold[2]
    assert (after.cost == before.cost).all()  # at transfer prices that stay, the stores feel nothing


def test_a_new_product_is_made_and_priced_like_the_one_it_is_like(items, drivers):
    launch = (Launch("product", "wok", "pan", MONTHS[1], size=0.5, takes=1.0),)
    trade = traded(items, launched_drivers(drivers, launch), launch)
    units = pd.Series(trade.traffic.sales.units[:, 1, 0]).groupby(trade.traffic.sales.cells["product"]).sum()
    assert units.to_dict() == pytest.approx({"lamp": 60, "pan": 50, "wok": 50})
    wok = (trade.traffic.sales.cells["product"] == "wok").to_numpy()
    assert (trade.traffic.sales.net[wok, 1, 0] / trade.traffic.sales.units[wok, 1, 0]).tolist() == [50, 55]
    assert at(trade, "MFG", "wok", trade.traffic.flows.stock.came)[1] > 0


def test_what_is_sold_and_kept_nowhere_is_named(items, drivers):
    lost = find_items(PURCHASES[PURCHASES["item"] != "lamp"], PRODUCTION, INVENTORY[INVENTORY["item"] != "lamp"], BILLS, ["MFG"], AS_OF)
    with pytest.raises(RequestError, match="NORTH · lamp: sold but kept in no stock"):
        plan_traffic(demand(), lost, drivers, HORIZON)


def test_work_is_spread_as_it_was_spent(items):
    assert conversion_weight(items, PRODUCTION).tolist() == [6, 6, 1, 1, 1, 1]
    assert conversion_weight(items, PRODUCTION.assign(labour=np.nan, overhead=np.nan)).tolist() == [1] * 6
