"""Goods on their way: materials bought, products made, delivered within the group, merchandise bought, month by month."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planning.core.money import to_minor
from planning.core.periods import month, month_range, months_between
from planning.inputs.sample.goods import Stock, to_order
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.shops import CENTS
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import LABOUR_SHARE, MATERIAL_SHARE, Structure

FREIGHT = 0.45
"""Yuan a kilogram or piece, at the start."""
OPENING = 0.85
"""Of the usual stock that there is on the first day."""
BUYING_DAYS = (1, 4)
"""Days of the month on which goods come in, before they are needed."""


@dataclass(frozen=True)
class MaterialPrices:
    """Yuan by month and material, and freight by month: what suppliers truly ask."""

    prices: pd.DataFrame
    freight: pd.Series


def material_prices(settings: Settings, structure: Structure) -> MaterialPrices:
    """The path of every material's price, one of them with a shock, and of freight, which rises."""
    rates, periods = settings.supply, month_range(month(settings.first_month), settings.months)
    years = np.arange(len(periods)) / 12
    paths = {}
    for material in structure.materials.itertuples():
        steps = stream(settings.seed, "material", material.code).normal(0, rates.wander, len(periods))
        shocked = np.where((periods >= month(rates.shock_month)) & (material.code == rates.shock_material), 1 + rates.shock, 1.0)
        paths[material.code] = material.price * (1 + rates.drift) ** years * np.exp(np.cumsum(steps) - steps[0]) * shocked
    freight = FREIGHT * np.where(periods >= month(rates.freight_month), 1 + rates.freight_rise, 1.0)
    return MaterialPrices(pd.DataFrame(paths, index=periods), pd.Series(freight, index=periods))


@dataclass
class Supply:
    """The group's stocks, month after month: `materials` and `products` at the plant, `merchandise` by selling entity.

    `rate`: of absorption of work and overhead, over the first standard cost; `volume`: what the year has made, at that cost.
    """

    settings: Settings
    structure: Structure
    prices: MaterialPrices
    materials: Stock = field(default_factory=Stock)
    products: Stock = field(default_factory=Stock)
    merchandise: dict[str, Stock] = field(default_factory=dict)
    rate: float = 1.0
    volume: float = 0.0

    def come_in(self, period: pd.Timestamp, needed: dict[str, pd.Series], dealers: pd.Series, fx: float) -> dict[str, pd.DataFrame]:
        """All that comes in for a month: `needed` units by product of each selling entity, the plant's `dealers`; `fx` yuan a dollar.

        Returns material_purchases, production, material_uses, deliveries and merchandise_purchases, amounts in cents.
        """
        made = set(self.structure.products.loc[self.structure.products["made"] == 1, "code"])
        orders = {entity: to_order(self.stock_of(entity), need, self.settings.supply.stock_months) for entity, need in needed.items()}
        ours = pd.concat([order[order.index.isin(made)] for order in orders.values()]).groupby(level=0).sum()
        to_make = to_order(self.products, ours.add(dealers, fill_value=0), self.settings.supply.plant_months)
        bought = self._buy_materials(period, to_make)
        production, uses = self._make(period, to_make[to_make > 0])
        parts = [self._deliver(period, entity, order[order.index.isin(made) & (order > 0)], fx) for entity, order in orders.items()]
        others = [self._buy(period, entity, order[~order.index.isin(made) & (order > 0)], fx) for entity, order in orders.items()]
        return {
            "material_purchases": bought, "production": production, "material_uses": uses,
            "deliveries": pd.concat(parts, ignore_index=True),
            "merchandise_purchases": pd.concat(others, ignore_index=True),
        }  # fmt: skip

    def begin_with(self, period: pd.Timestamp, needed: dict[str, pd.Series], dealers: pd.Series, fx: float) -> pd.DataFrame:
        """The stock of the first day, for a month's need, at first prices: entity, date, item, quantity, account; value in cents."""
        made = self.structure.products.set_index("code")["made"] == 1
        ours = pd.concat([need[made[need.index]] for need in needed.values()]).groupby(level=0).sum().add(dealers, fill_value=0)
        rates, prices = self.settings.supply, to_minor(self.prices.prices.loc[period] + self.prices.freight[period], 2)
        at_plant = pd.Series(prices, index=self.prices.prices.columns)
        of_goods = lambda need, rate: pd.Series(self._cost(need.index) / rate, index=need.index)  # noqa: E731
        parts = [
            self._begin("MFG", self.materials, self._used_by(ours), rates.plant_months, at_plant),
            self._begin("MFG", self.products, ours, rates.plant_months, of_goods(ours, 1.0)),
            *(self._begin(entity, self.stock_of(entity), need, rates.stock_months,
                          of_goods(need, fx if self._is_abroad(entity) else 1.0)) for entity, need in needed.items()),
        ]  # fmt: skip
        return pd.concat(parts, ignore_index=True).assign(date=period)

    def _begin(self, entity: str, stock: Stock, need: pd.Series, months: float, cost: pd.Series) -> pd.DataFrame:
        quantity = np.ceil(need * months * OPENING).astype(np.int64)
        value = np.rint(quantity * cost[quantity.index]).astype(np.int64)
        stock.receive(quantity.index, quantity, value)
        numbers = pd.concat([self.structure.products.set_index("code")["number"], self.structure.materials.set_index("code")["number"]])
        account = ("1403" if stock is self.materials else "1405") + numbers[quantity.index].to_numpy()
        table = {"entity": entity, "item": quantity.index, "quantity": quantity.to_numpy(), "account": account, "value": value.to_numpy()}
        return pd.DataFrame(table)

    def _used_by(self, products: pd.Series) -> pd.Series:
        """Materials that so many pieces take."""
        bills = self.structure.bills_of_material
        return (bills["quantity"] * bills["product"].map(products).fillna(0)).groupby(bills["material"]).sum()

    def stock_of(self, entity: str) -> Stock:
        """A selling entity's merchandise."""
        return self.merchandise.setdefault(entity, Stock())

    def _buy_materials(self, period: pd.Timestamp, to_make: pd.Series) -> pd.DataFrame:
        quantity = to_order(self.materials, self._used_by(to_make), self.settings.supply.plant_months)
        draw, rate = stream(self.settings.seed, "material purchases", f"{period:%Y-%m}"), self.settings.money.vat_goods
        price = to_minor(self.prices.prices.loc[period, quantity.index], 2)
        net, freight = price * quantity.to_numpy(), to_minor(quantity * self.prices.freight[period], 2)
        bought = pd.DataFrame({
            "entity": "MFG", "date": self._days(period, len(quantity), draw), "supplier": self._suppliers(quantity.index, draw),
            "material": quantity.index, "quantity": quantity.to_numpy(), "price": price, "net": net, "freight": freight,
            "vat": np.rint((net + freight) * rate).astype(np.int64),
        })  # fmt: skip
        bought["number"] = bought["material"].map(self.structure.materials.set_index("code")["number"])
        bought = bought[bought["quantity"] > 0].reset_index(drop=True)
        self.materials.receive(bought["material"], bought["quantity"], bought["net"] + bought["freight"])
        return bought

    def _make(self, period: pd.Timestamp, to_make: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
        """What is made, and the materials that go into it."""
        bills = self.structure.bills_of_material.assign(units=lambda table: table["product"].map(to_make)).dropna(subset=["units"])
        used = (bills["quantity"] * bills["units"]).to_numpy()
        uses = bills.assign(entity="MFG", date=period + pd.Timedelta(days=BUYING_DAYS[1]), department="D202", quantity=used)
        uses["cost"] = self.materials.issue(bills["material"], pd.Series(used))
        uses["number"] = bills["material"].map(self.structure.materials.set_index("code")["number"])
        material = uses.groupby("product")["cost"].sum()
        cost = self._cost(to_make.index) * to_make.to_numpy()
        self.volume += (1 - MATERIAL_SHARE) * cost.sum()
        cost = cost * self.rate
        labour = np.rint(cost * LABOUR_SHARE).astype(np.int64)
        overhead = np.rint(cost * (1 - MATERIAL_SHARE - LABOUR_SHARE)).astype(np.int64)
        made = pd.DataFrame({
            "entity": "MFG", "date": period + pd.Timedelta(days=BUYING_DAYS[1]), "product": to_make.index, "quantity": to_make.to_numpy(),
            "material": material.reindex(to_make.index).fillna(0).astype(np.int64).to_numpy(), "labour": labour, "overhead": overhead,
        })  # fmt: skip
        self.products.receive(made["product"], made["quantity"], made["material"] + made["labour"] + made["overhead"])
        return made, uses

    def _deliver(self, period: pd.Timestamp, entity: str, order: pd.Series, fx: float) -> pd.DataFrame:
        """The plant's products sent to one of the group at the transfer price; the buyer's cents are in its own currency."""
        price = np.rint(self.standard_cost(order.index, period) * (1 + self.settings.supply.transfer)).astype(np.int64)
        net = price * order.to_numpy()
        sent = pd.DataFrame({
            "entity": "MFG", "partner": entity, "date": period + pd.Timedelta(days=BUYING_DAYS[1]), "product": order.index,
            "quantity": order.to_numpy(), "price": price, "net": net, "cost": self.products.issue(order.index.to_series(), order),
            "vat": np.rint(net * (0 if self._is_abroad(entity) else self.settings.money.vat_goods)).astype(np.int64),
            "value": np.rint(net / (fx if self._is_abroad(entity) else 1.0)).astype(np.int64),
        })  # fmt: skip
        self.stock_of(entity).receive(sent["product"], sent["quantity"], sent["value"])
        return sent

    def _buy(self, period: pd.Timestamp, entity: str, order: pd.Series, fx: float) -> pd.DataFrame:
        """Merchandise from suppliers; one category's prices creep up by the leak."""
        category, rates = self.structure.products.set_index("code").loc[order.index, "category"].to_numpy(), self.settings.prices
        leaks = (category == rates.leak_category) & (period >= month(rates.leak_month))
        years = months_between(month(self.settings.first_month), period) // 12
        asked = self._cost(order.index) * (1 + self.settings.supply.merchandise_drift) ** years
        local = asked * np.where(leaks, 1 + rates.leak, 1.0) / (fx if self._is_abroad(entity) else 1.0)
        price = np.rint(local).astype(np.int64)
        draw, net = stream(self.settings.seed, "purchases", entity, f"{period:%Y-%m}"), price * order.to_numpy()
        bought = pd.DataFrame({
            "entity": entity, "date": self._days(period, len(order), draw), "supplier": self._suppliers(category, draw),
            "product": order.index, "category": category, "quantity": order.to_numpy(), "price": price, "net": net,
            "vat": np.rint(net * (0 if self._is_abroad(entity) else self.settings.money.vat_goods)).astype(np.int64),
        })  # fmt: skip
        self.stock_of(entity).receive(bought["product"], bought["quantity"], bought["net"])
        return bought

    def _is_abroad(self, entity: str) -> bool:
        return self.structure.entities.set_index("code").loc[entity, "currency"] != "CNY"

    def standard_cost(self, products: pd.Index, period: pd.Timestamp) -> np.ndarray:
        """Cents a piece of what the plant makes, fixed in January: materials at that month's prices, labour and overhead at the year's."""
        january = max(month(self.settings.first_month), pd.Timestamp(period.year, 1, 1))
        bills = self.structure.bills_of_material
        dearer = self.prices.prices.loc[january] / self.structure.materials.set_index("code")["price"]
        worth = bills["quantity"] * bills["material"].map(self.structure.materials.set_index("code")["price"])
        now = (worth * bills["material"].map(dearer)).groupby(bills["product"]).sum() / worth.groupby(bills["product"]).sum()
        return self._cost(products) * (MATERIAL_SHARE * now.loc[products].to_numpy() + (1 - MATERIAL_SHARE) * self.rate)

    def set_rate(self, spent: int) -> None:
        """A new year's rate of absorption: cents that work and overhead came to in the year before, over its volume at first cost."""
        self.rate, self.volume = spent / self.volume if self.volume else self.rate, 0.0

    def _cost(self, products: pd.Index) -> np.ndarray:
        """Cents a piece at the first prices."""
        return self.structure.products.set_index("code").loc[products, "cost"].to_numpy() * CENTS

    def _suppliers(self, of, draw: np.random.Generator) -> list[str]:
        known = self.structure.suppliers.groupby("of")["code"].apply(list)
        return [known[each][int(draw.integers(len(known[each])))] for each in of]

    @staticmethod
    def _days(period: pd.Timestamp, size: int, draw: np.random.Generator) -> pd.DatetimeIndex:
        return period + pd.to_timedelta(draw.integers(BUYING_DAYS[0] - 1, BUYING_DAYS[1], size), "D")
