"""What was planted, written down: the truth that models are measured against and never read. One table a question."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.core.periods import month
from planning.inputs.sample import days as calendar
from planning.inputs.sample.buyers import MORE_THAN_ONE, Buyers
from planning.inputs.sample.campaigns import Campaigns, contribution
from planning.inputs.sample.demand import BROKEN, Demand
from planning.inputs.sample.projects import RATE, Projects
from planning.inputs.sample.services import SUBSCRIPTION_COSTS
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.structure import Structure
from planning.inputs.sample.subscribers import COMPLAINT_MONTHS, OFFER_MONTHS, PLANS, Subscribers
from planning.inputs.sample.supply import MaterialPrices

STEP = 0.01
"""Of usual spend: by how much more a channel's marginal return is measured."""


def monthly_rate() -> float:
    """At which customers' later months are discounted: that at which projects are judged, a month."""
    return (1 + RATE) ** (1 / 12) - 1


def expected_demand(demand: Demand) -> pd.DataFrame:
    """Of each day and category, what the level of shops is made of: day, category, season, feast, trend, price, campaign, shops, online."""
    return demand.parts.assign(shops=demand.shops.ravel(), online=demand.online.ravel())


def seasons(settings: Settings, demand: Demand) -> pd.DataFrame:
    """Factors by day: weekend, spring (the feast and the weeks before), mid_year and double_eleven (of the online shop)."""
    rates, days = settings.seasons, demand.days
    return pd.DataFrame({
        "day": days, "weekend": calendar.weekend(days, rates), "spring": calendar.spring(days, rates),
        "mid_year": calendar.sale(days, 6, 18, rates.mid_year), "double_eleven": calendar.sale(days, 11, 11, rates.double_eleven),
    })  # fmt: skip


def trend_breaks(settings: Settings) -> pd.DataFrame:
    """category, month, growth before and from then on (a year, fractions)."""
    rates = settings.seasons
    return pd.DataFrame([{"category": BROKEN, "month": month(rates.break_month), "before": rates.growth, "after": rates.break_growth}])


def advertising(settings: Settings, structure: Structure, campaigns: Campaigns, usual: float) -> pd.DataFrame:
    """By week and channel: spend, carried, contribution, roas; lift (what it adds to sales, fraction), marginal (of one yuan more at work).

    Contributions are yuan a week at usual sales; a week's true one is its lift times what it would have sold without advertising.
    `usual`: yuan sold in a week before anything lifts it.
    """
    tables = []
    for channel in structure.channels.itertuples():
        table, spent = campaigns.truth[campaigns.truth["channel"] == channel.code], settings.channels.spend * channel.share * usual
        rates = spent, settings.channels.roas[channel.code], settings.channels.saturation[channel.code]
        carried, more = table["carried"].to_numpy(), STEP * spent
        gain = contribution(carried + more, *rates) - contribution(carried, *rates)
        lift = table["contribution"] / usual if usual else 0.0
        tables.append(table.assign(lift=lift, marginal=gain / more if more else np.nan))
    return pd.concat(tables, ignore_index=True)


def channels(settings: Settings, structure: Structure, told: pd.DataFrame, usual: float) -> pd.DataFrame:
    """channel, carryover, half (yuan a week that bring half of the most), usual spend; average and marginal return over all weeks."""
    rates = settings.channels
    spent = structure.channels.set_index("code")["share"] * rates.spend * usual
    sums = told.groupby("channel")[["contribution", "spend"]].sum()
    table = pd.DataFrame({
        "carryover": pd.Series(rates.carryover), "half": pd.Series(rates.saturation) * spent, "usual": spent,
        "average": (sums["contribution"] / sums["spend"]).where(sums["spend"] > 0), "marginal": told.groupby("channel")["marginal"].mean(),
    })  # fmt: skip
    return table.rename_axis("channel").reset_index()


def hazards(settings: Settings, them: Subscribers) -> pd.DataFrame:
    """By subscriber: hazard (a month, undisturbed), with_complaints (on average over months), offer_effect on its logarithm, and kept.

    Upset is who complained in this month or the three before, with odds 1 − (1 − c)⁴; kept is what an offer adds to the odds of being there
    after its twelve months: (1 − h e^effect)¹² − (1 − h)¹², h with complaints; below zero it drives away.
    """
    rates = settings.customers
    upset = 1 - (1 - rates.complaint) ** (COMPLAINT_MONTHS + 1)
    hazard = np.minimum(them.hazard * (1 + upset * (np.exp(rates.complaint_effect) - 1)), 1.0)
    offered = np.minimum(hazard * np.exp(them.effect), 1.0)
    kept = (1 - offered) ** OFFER_MONTHS - (1 - hazard) ** OFFER_MONTHS
    return them.truth().assign(with_complaints=hazard, kept=kept, group=them.group)


def subscriber_value(settings: Settings, them: Subscribers) -> pd.DataFrame:
    """subscriber, margin (a month, cents), value (cents): m (1 + r) / (r + h), what all months are worth as they begin.

    m: the plan's price without tax less what it costs to serve; h: the hazard with complaints, no offer; r: `monthly_rate`. He who is there
    at the beginning of a month is worth as much then as on his first day.
    """
    price = np.array([yuan for *_, yuan in PLANS])[them.plan] / (1 + settings.money.vat_services)
    margin = price * (1 - sum(SUBSCRIPTION_COSTS.values()))
    hazard, rate = hazards(settings, them)["with_complaints"].to_numpy(), monthly_rate()
    return pd.DataFrame({
        "subscriber": them.codes, "margin": to_minor(margin, 2), "value": to_minor(margin * (1 + rate) / (rate + hazard), 2),
    })  # fmt: skip


def buyer_value(settings: Settings, structure: Structure, buyers: Buyers) -> pd.DataFrame:
    """buyer, rate, joined, left (the first month without them), margin of an order and value (cents): λ m (1 + r) / (r + d) while active.

    λ: orders a month; d: odds of becoming inactive in a month, the same for all; m: list price less cost of the pieces of an average
    order, less parcel and commission. Seasons, campaigns, changes of price and returns are left out.
    """
    products = structure.products.groupby("category")[["list_price", "cost"]].mean().loc[structure.categories["code"]]
    weights = structure.categories["units"].to_numpy() / structure.categories["units"].sum()
    price, cost = (products * weights[:, None]).sum() * (1 + MORE_THAN_ONE)
    margin = price * (1 - settings.money.commission * (1 + settings.money.vat_goods)) - cost - settings.money.parcel
    rate = monthly_rate()
    value = buyers.rate * margin * (1 + rate) / (rate + settings.customers.dropout)
    told = buyers.truth(month(settings.first_month))
    return told.assign(margin=int(to_minor(np.array([margin]), 2)[0]), value=to_minor(value, 2))


def material_truth(settings: Settings, prices: MaterialPrices) -> pd.DataFrame:
    """month, material, price (yuan), shock (the rise in it, fraction); freight by month as the material "freight"."""
    rates = settings.supply
    told = prices.prices.rename_axis(index="month", columns="material").stack().rename("price").reset_index()
    shocked = (told["material"] == rates.shock_material) & (told["month"] >= month(rates.shock_month))
    freight = pd.DataFrame({"month": prices.freight.index, "material": "freight", "price": prices.freight.to_numpy()})
    risen = freight["month"] >= month(rates.freight_month)
    told, freight = told.assign(shock=np.where(shocked, rates.shock, 0.0)), freight.assign(shock=np.where(risen, rates.freight_rise, 0.0))
    return pd.concat([told, freight], ignore_index=True)


def leaked(settings: Settings, purchases: pd.DataFrame, rates: pd.Series) -> float:
    """Yuan that a month's merchandise purchases cost more than by their terms. `rates`: yuan for one of each entity's currency."""
    prices = settings.prices
    hit = purchases[(purchases["category"] == prices.leak_category) & (purchases["date"] >= month(prices.leak_month))]
    paid = hit["net"] * hit["entity"].map(rates) / 100
    return round(float(paid.sum()) * prices.leak / (1 + prices.leak), 2)


def sponsors(projects: Projects) -> pd.DataFrame:
    """By project: sponsor, kind, optimism, year, promised and true flow (cents)."""
    if projects.truth.empty:
        return pd.DataFrame(columns=["project", "sponsor", "kind", "optimism", "year", "promised", "true"])
    both = projects.truth.merge(projects.proposals[["project", "promised"]], on="project").rename(columns={"true_flows": "true"})
    told = both.explode(["promised", "true"], ignore_index=True).astype({"promised": np.int64, "true": np.int64})
    told["year"] = told.groupby("project").cumcount() + 1
    return told[["project", "sponsor", "kind", "optimism", "year", "promised", "true"]]


def store_levels(structure: Structure) -> pd.DataFrame:
    """store, quality, equal, size: a store's expected units are size × quality × the day's level × the category's units."""
    return structure.truth["store_quality"].merge(structure.stores[["code", "size"]].rename(columns={"code": "store"}), on="store")

