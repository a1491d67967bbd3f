"""Every rate of the made-up group. Any of them may be zero: then what it plants isn't there, which is how false alarms are counted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.core.periods import MONTH

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(ge=0, le=1e6)]
Month = Annotated[str, Field(pattern=f"^{MONTH}$")]
Scale = Literal["tiny", "standard", "large"]


class Rates(BaseModel):
    """A part of the settings: unknown names are problems, nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Size(Rates):
    """How much there is; the money of a store or a customer is the same at every scale."""

    stores: int = Field(120, ge=4, le=5_000)  # of both chains, two thirds of them northern
    slips: int = Field(1, ge=1, le=500)  # sales slips of a category in a store in a day
    buyers: int = Field(100_000, ge=10, le=5_000_000)  # who ever bought online without a contract
    subscribers: int = Field(30_000, ge=10, le=2_000_000)  # who ever had a contract
    dealers: int = Field(40, ge=2, le=2_000)  # firms outside the group that the plant sells to

    def part(self, entity: str) -> float:
        """Of the standard group's people, capital and assets, what an entity has that trades this much."""
        usual = SIZES["standard"]
        stores, online, dealers = self.stores / usual.stores, self.buyers / usual.buyers, self.dealers / usual.dealers
        shares = {"ONLINE": (0, 1, 0), "MFG": PLANT_CUSTOMERS}.get(entity, (1, 0, 0))
        return shares[0] * stores + shares[1] * online + shares[2] * dealers


PLANT_CUSTOMERS = (0.73, 0.05, 0.22)
"""Of what the plant sells: to the stores, to the online shop, to dealers."""
SIZES: dict[str, Size] = {
    "tiny": Size(stores=12, buyers=10_000, subscribers=3_000, dealers=4),
    "standard": Size(),
    "large": Size(slips=8, buyers=500_000, subscribers=150_000, dealers=40),
}


class Seasons(Rates):
    """When people buy."""

    strength: Positive = 1.0  # of the year's pattern; 0 is none
    weekend: float = 0.25  # more on Saturdays and Sundays, fraction
    spring_festival: float = 0.55  # more at the height of the three weeks before, fraction
    spring_closed: Share = 0.7  # less on the feast's own days, fraction of the day's sales
    mid_year: float = 0.6  # more at the height around 18 June, online, fraction
    double_eleven: float = 1.1  # more at the height around 11 November, online, fraction
    growth: float = 0.04  # of volumes, a year, fraction
    break_month: Month = "2023-07"  # from which the growth of one category is another
    break_growth: float = -0.12  # that category's growth from then on, a year, fraction


class Prices(Rates):
    """Prices, and what people make of them."""

    elasticity: Positive = 1.6  # of volume to price on average over categories, as a positive number
    elasticity_spread: Positive = 0.4  # standard deviation over categories
    drift: float = 0.02  # of all prices that buyers see, ours and others', a year, fraction
    change: Positive = 0.04  # standard deviation of a yearly change of a list price, fraction
    promotions: Share = 0.12  # of store weeks and categories with a promotion
    discount: Share = 0.15  # of a promotion, fraction of the list price
    margin: Share = 0.42  # of list prices without tax, on average over categories
    dealers: Share = 0.75  # of the list price, what a dealer pays
    leak_category: str = "small_appliances"  # whose bought goods cost more and more than their terms say
    leak: Share = 0.06  # of that category's purchase prices, from the leak's first month, fraction
    leak_month: Month = "2024-03"


class Stores(Rates):
    """How good stores are."""

    spread: Positive = 0.18  # standard deviation of the logarithm of a store's quality
    equal: Share = 0.25  # of stores that are equal on purpose, whatever their figures say
    noise: Positive = 0.10  # standard deviation of the logarithm of a store's day


class Channels(Rates):
    """What a yuan of advertising brings: sales without tax of shops and online, by channel."""

    roas: dict[str, Positive] = {"search": 3.2, "social": 2.1, "video": 1.4, "outdoor": 0.8, "affiliates": 2.6}  # at the usual spend
    carryover: dict[str, Share] = {"search": 0.15, "social": 0.35, "video": 0.6, "outdoor": 0.7, "affiliates": 0.2}  # from week to week
    saturation: dict[str, Positive] = {
        "search": 1.0,
        "social": 1.4,
        "video": 1.8,
        "outdoor": 2.2,
        "affiliates": 1.2,
    }  # half of the most, × usual spend
    spend: Share = 0.035  # of expected sales
    spend_spread: Positive = 0.45  # standard deviation of the logarithm of a week's spend


class Customers(Rates):
    """Who stays, who leaves, and what an offer changes."""

    hazard: Share = 0.025  # of leaving in a month, subscribers, on average
    hazard_spread: Positive = 0.8  # standard deviation of its logarithm over subscribers
    complaint: Share = 0.03  # of a complaint in a month
    complaint_effect: Positive = 0.7  # rise of the logarithm of the hazard in the three months after
    offer_share: Share = 0.1  # of subscribers in the experiment, half of them with the offer
    offer_effect: float = -0.5  # on the logarithm of the hazard, on average
    offer_spread: Positive = 0.6  # its standard deviation: some are driven away
    purchases: Positive = 0.35  # of a buyer in a month, on average, while active
    purchases_spread: Positive = 1.1  # standard deviation over buyers, as a share of the mean
    dropout: Share = 0.04  # of a buyer becoming inactive in a month, on average
    returns: Share = 0.012  # of slips that come back
    returns_online: Share = 0.05  # of online orders that come back
    market_share: Share = 0.04  # of its market in a category that the group has at the start
    market_wander: Positive = 0.015  # standard deviation of a month's change of competitors' prices and of the market, fraction


class Supply(Rates):
    """Materials, freight and stock."""

    drift: float = 0.02  # of material prices, a year, fraction
    wander: Positive = 0.03  # standard deviation of a month's change, fraction
    shock_material: str = "copper"
    shock: float = 0.35  # rise of that material's price, fraction
    shock_month: Month = "2024-02"
    freight_rise: float = 0.4  # of freight per kilogram, fraction
    freight_month: Month = "2023-10"
    stock_months: Positive = 1.6  # of expected sales kept in stock
    plant_months: Positive = 0.8  # of deliveries and of use that the plant keeps of products and of materials
    merchandise_drift: float = 0.01  # of prices of bought merchandise, a year, fraction
    transfer: Positive = 0.17  # what the plant charges the group over its standard cost, fraction
    customer_rebate: Share = 0.02  # of a dealer's purchases in a year that reaches its target
    target: Positive = 1.0  # of a dealer's usual purchases, its target on average
    supplier_rebate: Share = 0.01  # of a year's purchases, received in the March after
    scrap: Share = 0.004  # of the materials used, what their scrap is sold for
    bills: Share = 0.3  # of dealers' payments that are acceptance bills
    endorsed: Share = 0.4  # of bills that are passed on to suppliers
    discounted: Share = 0.2  # of bills that the bank discounts
    late: Positive = 12.0  # days that dealers pay late, on average


class People(Rates):
    """Pay and departments' habits."""

    wage_growth: float = 0.045  # a year, fraction
    social: Share = 0.285  # of pay, employer's contributions
    bonus: Share = 0.1  # of yearly pay, paid in the February after
    padding: Share = 0.12  # of what padders need, asked for on top
    padders: Share = 0.3  # of departments that pad
    rush: Share = 0.35  # of what rushers have left, spent in the last month
    rushers: Share = 0.25
    sandbag: Share = 0.1  # of what sandbaggers expect to sell, left out of their plan
    sandbaggers: Share = 0.2  # of selling departments
    overspend: Share = 0.15  # over their budget, overspenders
    overspenders: Share = 0.1
    expense_noise: Positive = 0.12  # standard deviation of the logarithm of a month's expense


class Projects(Rates):
    """Projects and their sponsors."""

    a_year: Positive = 6.0  # projects decided on, on average
    optimism: float = 0.25  # by which sponsors overstate flows, on average, fraction
    optimism_spread: Positive = 0.2  # standard deviation over sponsors


class Money(Rates):
    """Taxes, interest and terms."""

    vat_goods: Share = 0.13
    vat_services: Share = 0.06
    surtax: Share = 0.12  # of VAT paid
    income_tax: Share = 0.25
    income_tax_south: Share = 0.165
    interest: Share = 0.042  # of loans, a year
    deposits: Share = 0.0035  # interest on cash, a year
    discount: Share = 0.028  # of bills, a year
    bank_charge: Share = 0.0004  # of what is paid and received
    commission: Share = 0.02  # of online sales, kept by platforms
    parcel: Positive = 7.0  # yuan, of an online order
    doubtful: Share = 0.006  # of what dealers owe
    write_down: Share = 0.004  # of stock
    payout: Share = 0.7  # of a year's profit that subsidiaries pay to their owners
    reserve: Share = 0.1  # of a year's profit put into the surplus reserve by companies under mainland law
    lease_rate: Share = 0.05  # at which leases are discounted, a year
    rent: Share = 0.09  # of a store's expected sales
    fx: float = Field(0.86, gt=0, le=1e6)  # yuan for a Hong Kong dollar at the start
    fx_wander: Positive = 0.008  # standard deviation of a month's change, fraction


class Flaws(Rates):
    """What is wrong with the copies that sources show."""

    restated: Share = 0.08  # of months whose expenses are booked again later
    errors: Share = 0.0008  # of expense lines that are entered wrongly
    duplicates: Share = 0.00005  # of order lines, bank lines and expense lines that stand twice
    unmatched: Share = 0.001  # of lines whose customer, payment or voucher is missing
    unmapped: Share = 0.5  # of an account's lines under a code that is in no chart, for two months
    unmapped_month: Month = "2023-03"


class Settings(Rates):
    """The whole: which seed, how much, from when on, and every rate."""

    seed: int = Field(7, ge=0, le=2**63 - 1)
    scale: Scale = "standard"
    first_month: Month = "2021-01"
    months: int = Field(60, ge=12, le=240)
    size: Size = Size()
    seasons: Seasons = Seasons()
    prices: Prices = Prices()
    stores: Stores = Stores()
    channels: Channels = Channels()
    customers: Customers = Customers()
    supply: Supply = Supply()
    people: People = People()
    projects: Projects = Projects()
    money: Money = Money()
    flaws: Flaws = Flaws()


INNOCENT: dict[str, float] = {
    "prices.leak": 0, "stores.spread": 0, "supply.shock": 0, "supply.freight_rise": 0, "people.padding": 0, "people.rush": 0,
    "people.sandbag": 0, "people.overspend": 0, "projects.optimism": 0, "projects.optimism_spread": 0,
    "customers.offer_effect": 0, "customers.offer_spread": 0, "flaws.restated": 0, "flaws.errors": 0, "flaws.duplicates": 0,
    "flaws.unmatched": 0, "flaws.unmapped": 0,
}  # fmt: skip
"""Rates of a world where nothing is wrong: whatever is called out there is a false alarm."""


def build_settings(scale: Scale = "standard", seed: int = 7, rates: dict[str, object] | None = None) -> Settings:
    """The settings of a scale, other rates by name: {"supply.shock": 0}. RequestError where there is no such rate or it can't be so."""
    whole: dict = {"seed": seed, "scale": scale, "size": SIZES[scale].model_dump()}
    plain, problems = Settings().model_dump(), []
    for name, value in (rates or {}).items():
        part, _, rate = name.partition(".")
        if rate and isinstance(plain.get(part), dict) and rate in plain[part]:
            whole.setdefault(part, {})[rate] = value
        elif not rate and part in plain and not isinstance(plain[part], dict):
            whole[part] = value
        else:
            known = [f"{of}.{one}" for of in plain if isinstance(plain[of], dict) for one in plain[of]]
            problems.append(Problem("no such rate", name, next=did_you_mean(name, known)))
    try:
        built = Settings.model_validate(whole)
    except ValueError as wrong:
        problems += [Problem(one["msg"], ".".join(map(str, one["loc"])), repr(one["input"])) for one in wrong.errors()]
    if problems:
        raise RequestError("sample", problems)
    return built
