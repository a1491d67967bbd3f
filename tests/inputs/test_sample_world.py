"""A year of the made-up group: every amount is reached from its events, and the statements tie, month by month."""

import pandas as pd
import pytest

from planning.inputs.sample.ledger import unbalanced, unreached
from planning.inputs.sample.postings import CASH, RULES
from planning.inputs.sample.settings import INNOCENT, build_settings
from planning.inputs.sample.structure import catalogue
from planning.inputs.sample.world import World

FLOWS = {
    "sales", "goods", "people", "taxes", "other", "assets", "investments", "capital", "loans drawn", "loans repaid", "interest", "leases",
    "internal", "other receipts", "dividends", "dividends received",
}  # fmt: skip


@pytest.fixture(scope="module", params=[7, 8], ids=["seed 7", "an innocent world"])
def months(request):
    """A year of a small group."""
    rates = {"months": 12, "size.stores": 6, "size.buyers": 100, "size.subscribers": 60, "size.dealers": 3}
    return list(World(build_settings("tiny", request.param, rates | (INNOCENT if request.param == 8 else {}))).months())


def test_every_voucher_balances_and_every_line_is_reached_from_its_events(months):
    for each in months:
        assert unbalanced(each.lines).empty and unreached(each.lines, each.events, RULES).empty


def test_every_line_is_on_an_account_of_the_chart_and_every_department_is_known(months):
    lines = pd.concat([each.lines for each in months], ignore_index=True)
    chart = catalogue("accounts")
    leaves = set(chart["code"]) - set(chart["parent"])
    assert set(lines["account"]) <= leaves and set(lines["cost_centre"]) <= {"", *catalogue("departments")["code"]}


def test_the_balance_sheet_balances_and_the_years_profit_is_carried_to_equity(months):
    lines = pd.concat([each.lines for each in months], ignore_index=True)
    lines["net"] = lines["debit"] - lines["credit"]
    assert lines.groupby("entity")["net"].sum().eq(0).all()
    assert lines[lines["account"].str.match("6|4103")].groupby(["entity", "account"])["net"].sum().eq(0).all()
    assert lines[lines["account"].str.match("5")].assign(top=lines["account"].str[:4]).groupby(["entity", "top"])["net"].sum().eq(0).all()
    earned = lines[lines["account"].str.startswith("6") & ~lines["voucher"].str.endswith("-close")].groupby("entity")["net"].sum()
    carried = lines[lines["account"].str.match("410[14]")].groupby("entity")["net"].sum()
    assert carried.equals(earned.rename("net"))
    reserve = -lines[lines["account"] == "4101"].groupby("entity")["net"].sum()
    assert (reserve == (-earned[-earned > 0].drop("SOUTH", errors="ignore") * 0.1).round()).all()


def test_every_movement_of_cash_is_a_line_of_the_cash_flow_statement_and_what_is_internal_nets_to_nothing(months):
    lines = pd.concat([each.lines for each in months], ignore_index=True)
    cash = lines[lines["account"].str.startswith(CASH)].assign(net=lambda table: table["debit"] - table["credit"])
    assert set(cash["movement"]) <= FLOWS and cash.loc[cash["movement"] == "internal", "net"].sum() == 0


def test_the_ledgers_stock_is_what_lies_in_the_warehouses(months):
    lines = pd.concat([each.lines for each in months], ignore_index=True).assign(net=lambda table: table["debit"] - table["credit"])
    booked = lines[lines["account"].str.match("140[35]")].groupby("entity")["net"].sum()
    counted = months[-1].events["inventory"].groupby("entity")["value"].sum()
    assert booked.to_dict() == counted.to_dict()


def test_what_is_owed_within_the_group_is_owed_on_both_sides(months):
    """The southern stores owe dollars: the plant claims what these are worth at the month's closing rate."""
    lines = pd.concat([each.lines for each in months], ignore_index=True).assign(net=lambda table: table["debit"] - table["credit"])
    claims = lines[lines["account"] == "112202"].groupby("partner")["net"].sum()
    debts = lines[lines["account"] == "220204"].groupby("entity")["net"].sum()
    assert claims["NORTH"] == -debts["NORTH"] > 0 and claims["ONLINE"] == -debts["ONLINE"]
    assert claims["SOUTH"] == round(-debts["SOUTH"] * months[-1].events["exchange"]["rate"].iloc[0]) > 0


def test_the_same_seed_makes_the_same_group(months):
    settings = build_settings("tiny", 7, {"months": 12, "size.stores": 6, "size.buyers": 100, "size.subscribers": 60, "size.dealers": 3})
    first, again = (next(World(settings).months()) for _ in range(2))
    pd.testing.assert_frame_equal(first.lines, again.lines)
    assert all(first.events[name].equals(again.events[name]) for name in first.events)


# Two years, with what only comes after the first

LATER = {"first_month": "2021-07", "months": 26, "size.stores": 4, "size.buyers": 400, "size.subscribers": 60, "size.dealers": 3}


@pytest.fixture(scope="module")
def later():
    """A little more than two years of a smaller group."""
    world = World(build_settings("tiny", 7, LATER | {"prices.leak_month": "2022-01"}))
    return world, list(world.months())


@pytest.fixture(scope="module")
def books(later):
    return pd.concat([each.lines for each in later[1]], ignore_index=True).assign(net=lambda table: table["debit"] - table["credit"])


def all_of(later, name: str) -> pd.DataFrame:
    return pd.concat([each.events[name] for each in later[1] if name in each.events], ignore_index=True)


def test_what_comes_back_was_sold_and_is_paid_back_as_it_was_sold(later):
    back = all_of(later, "returns")
    sold = pd.concat([all_of(later, "slips"), all_of(later, "online_orders")]).set_index(["order", "line"])
    line = sold.loc[pd.MultiIndex.from_frame(back[["order", "line"]])]
    assert sold.index.is_unique and not back.duplicated(["order", "line"]).any() and len(back) > 100
    for name in ("product", "quantity", "net", "vat", "cost"):
        assert (line[name].to_numpy() == back[name].to_numpy()).all()
    assert (back["date"].to_numpy() > line["date"].to_numpy()).all()
    online = back["channel"] == "2"
    assert online.sum() / len(all_of(later, "online_orders")) == pytest.approx(0.05, abs=0.015)


def test_a_dealers_rebate_is_paid_where_the_years_target_was_reached_and_released_otherwise(later, books):
    settled = all_of(later, "rebates_customer")
    reached = settled["purchases"] >= settled["target"]
    assert reached.any() and (~reached).any() and (settled["paid"] + settled["released"] == settled["rebate"]).all()
    assert settled.loc[reached, "released"].eq(0).all() and settled.loc[~reached, "paid"].eq(0).all()
    owed = books[(books["account"] == "224104") & (books["date"] < "2023-01-01")]["net"].sum()
    assert owed == -settled.loc[settled["date"] == "2022-12-31", "paid"].sum()


def test_suppliers_give_back_a_share_of_what_was_bought_in_the_year_before(later):
    bought = pd.concat([all_of(later, "merchandise_purchases"), all_of(later, "material_purchases")])
    year = bought[bought["date"].dt.year == 2022].groupby(["entity", "supplier"])["net"].sum()
    given = all_of(later, "rebates_supplier")
    given = given[given["date"] == pd.Timestamp("2023-03-20")].set_index(["entity", "supplier"])
    assert given["purchases"].to_dict() == year.to_dict()
    assert (given["net"] - given["purchases"] * 0.01).abs().max() <= 0.5 and (given["account"].str[:2] == "64").all()


def test_a_bill_is_passed_on_discounted_or_cashed_and_none_of_them_twice(later, books):
    came, gone = all_of(later, "bills_received"), [all_of(later, f"bills_{fate}") for fate in ("endorsed", "discounted", "matured")]
    spent = pd.concat(gone)
    assert all(map(len, gone)) and came["bill"].is_unique and spent["bill"].is_unique and set(spent["bill"]) <= set(came["bill"])
    assert books[books["account"] == "1121"]["net"].sum() == came["amount"].sum() - spent["amount"].sum()
    paid = gone[1]
    days = (paid["matures"] - paid["date"]).dt.days
    assert (paid["charge"] - paid["amount"] * 0.028 * days / 360).abs().max() <= 0.5
    assert (paid["cash"] + paid["charge"] == paid["amount"]).all()
    assert (books[books["account"] == "220201"].groupby("date")["net"].sum().cumsum() <= 0).all()


def test_dividends_of_subsidiaries_are_the_holdings_income_and_leave_nothing_open(later, books):
    declared, ours = all_of(later, "dividends"), all_of(later, "dividends_in")
    whole = declared.groupby(["entity", "date"])["amount"].sum()
    assert len(whole) >= 2 and (declared["date"].dt.month == 6).all()
    assert -books[books["account"] == "611102"].query("source == 'dividends_in'")["net"].sum() == ours["value"].sum() > 0
    assert books[books["account"].isin(["2232", "1131"])]["net"].sum() == 0
    plant = declared[declared["entity"] == "MFG"]
    assert plant.empty or set(plant["partner"]) == {"HOLD", ""}


def test_claims_in_dollars_gain_and_lose_by_the_rate_of_exchange(later, books):
    world, _ = later
    moved = all_of(later, "exchange")
    assert set(moved["partner"]) == {"SOUTH"} and (moved["amount"] > 0).any() and (moved["amount"] < 0).any()
    assert -books[books["account"] == "660306"].query("source == 'exchange'")["net"].sum() == moved["amount"].sum()
    assert (world.rates["closing"].to_numpy()[:-1] != world.rates["average"].to_numpy()[:-1]).all()


def test_allowances_are_what_is_said_of_receivables_and_of_stock(books):
    until = books[books["date"] <= "2023-06-30"].groupby(["entity", "account"])["net"].sum()
    assert -until["MFG"]["1231"] == round(until["MFG"]["112201"] * 0.006)
    stock = until["NORTH"][until["NORTH"].index.str.startswith(("1403", "1405"))].sum()
    assert -until["NORTH"]["1471"] == round(stock * 0.004) > 0


def test_losses_are_carried_forward_before_tax_is_due(books):
    results = books[books["account"].str.startswith("6") & ~books["voucher"].str.endswith("-close")]
    results = results.assign(year=results["date"].dt.year)
    before = -results[~results["account"].str.match("6801|6111")].groupby(["entity", "year"])["net"].sum().unstack()
    tax = results[results["account"] == "680101"].groupby(["entity", "year"])["net"].sum().unstack()
    lost = (-before[2021]).clip(lower=0)
    rate = pd.Series(0.25, index=before.index).mask(before.index == "SOUTH", 0.165)
    due = ((before[2022] - lost).clip(lower=0) * rate).reindex(tax.index)
    assert (tax[2022].fillna(0) - due).abs().max() <= 1 and (lost > 0).any()


def test_the_market_is_told_for_every_month_and_category(later):
    told = all_of(later, "market")
    assert len(told) == 26 * 6 * 3 and (told["market_size"] > 0).all() and told["price_index"].between(0.7, 1.4).all()


def test_the_truth_is_written_down(later):
    world, _ = later
    truth = world.truth()
    assert all(len(table) for table in truth.values())
    bought = all_of(later, "merchandise_purchases")
    leak = bought[(bought["category"] == "small_appliances") & (bought["date"] >= "2022-01-01")]
    rates = [world.rates_in(day.replace(day=1))[entity] for entity, day in zip(leak["entity"], leak["date"], strict=True)]
    yuan = leak["net"] / 100 * rates
    assert truth["leak"]["leak"].sum() == pytest.approx(yuan.sum() * 0.06 / 1.06, abs=1)
    assert (truth["leak"].set_index("month").loc[:"2021-12-01", "leak"] == 0).all()
    spend = truth["advertising"]
    assert (spend["marginal"] < spend["roas"]).mean() > 0.8 and spend.groupby("week")["lift"].sum().gt(0).all()
