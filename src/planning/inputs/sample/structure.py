"""Who and what there is, from the catalogue and the seed: entities, departments, stores, products, materials, dealers, suppliers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream

CATALOGUE = Path(__file__).parent / "catalogue"
MODELS = (("standard", "standard", "标准版", 1.0), ("plus", "plus", "升级版", 1.55))
"""Code, words and price of the models of each kind of product."""
SOUTH_PRICES = 1.18
"""Hong Kong dollars for a yuan of the northern list price: dearer by the rate of exchange and a little more."""
MATERIAL_SHARE, LABOUR_SHARE = 0.70, 0.23
"""Of a made product's cost; the rest is overhead."""
SUPPLIERS = 3
"""Suppliers of each material and of each bought category."""


@dataclass(frozen=True)
class Structure:
    """The tables of what there is; `truth` beside them what nobody is told."""

    entities: pd.DataFrame
    departments: pd.DataFrame
    categories: pd.DataFrame
    products: pd.DataFrame  # code, category, made, list_price (without tax, CNY), cost, weight
    materials: pd.DataFrame
    bills_of_material: pd.DataFrame  # product, material, quantity
    stores: pd.DataFrame  # code, entity, department, city, opened, floor, rent_level
    dealers: pd.DataFrame  # code, name, terms
    suppliers: pd.DataFrame  # code, of (material or category), terms
    channels: pd.DataFrame
    accounts: pd.DataFrame
    truth: dict[str, pd.DataFrame]


@cache
def catalogue(name: str) -> pd.DataFrame:
    """A list of the catalogue, codes as text."""
    return pd.read_csv(CATALOGUE / f"{name}.csv", dtype={"code": str, "number": str, "parent": str}, keep_default_na=False)


def build_structure(settings: Settings) -> Structure:
    """What there is in the world of these settings."""
    categories = catalogue("categories")
    products = _products(settings, categories)
    stores, quality = _stores(settings)
    habits = _habits(settings)
    elasticity = _elasticity(settings, categories)
    return Structure(
        entities=catalogue("entities"), departments=catalogue("departments"), categories=categories, products=products,
        materials=catalogue("materials"), bills_of_material=_bills_of_material(settings, products), stores=stores,
        dealers=_dealers(settings), suppliers=_suppliers(categories), channels=catalogue("channels"), accounts=catalogue("accounts"),
        truth={"store_quality": quality, "department_habits": habits, "elasticity": elasticity},
    )  # fmt: skip


def _products(settings: Settings, categories: pd.DataFrame) -> pd.DataFrame:
    kinds = catalogue("kinds")
    models = [
        kinds.assign(
            code=kinds["code"] + "_" + code,
            label_en=kinds["label_en"] + f", {en}",
            label_zh=kinds["label_zh"] + f"（{zh}）",
            list_price=(kinds["price"] * factor / (1 + settings.money.vat_goods)).round(2),
        )
        for code, en, zh, factor in MODELS
    ]
    products = pd.concat(models, ignore_index=True).sort_values("code", ignore_index=True)
    margin = settings.prices.margin + stream(settings.seed, "margins").normal(0, 0.03, len(products))
    products["cost"] = (products["list_price"] * (1 - margin.clip(0.05, 0.8))).round(2)
    products["number"] = products["category"].map(categories.set_index("code")["number"])
    return products[["code", "category", "number", "label_en", "label_zh", "made", "list_price", "cost", "weight"]]


def _bills_of_material(settings: Settings, products: pd.DataFrame) -> pd.DataFrame:
    """Three to five materials for each product that the plant makes, worth the material's share of its cost at the first prices."""
    materials, rows = catalogue("materials"), []
    prices = dict(zip(materials["code"], materials["price"], strict=True))
    for product in products[products["made"] == 1].itertuples():
        draw = stream(settings.seed, "bill of material", product.code)
        others = [code for code in materials["code"] if code != "carton"]
        used = [*draw.choice(others, size=int(draw.integers(2, 5)), replace=False), "carton"]
        shares = draw.dirichlet(np.full(len(used), 3.0))
        worth = product.cost * MATERIAL_SHARE
        rows += [(product.code, code, max(0.01, round(worth * share / prices[code], 3))) for code, share in zip(used, shares, strict=True)]
    return pd.DataFrame(rows, columns=["product", "material", "quantity"])


def _stores(settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The stores of both chains; and how good they are, some of them equal on purpose."""
    cities, draw = catalogue("cities"), stream(settings.seed, "stores")
    southern = max(1, settings.size.stores // 3)
    chains = ["NORTH"] * (settings.size.stores - southern) + ["SOUTH"] * southern
    rows = []
    for number, entity in enumerate(chains, 1):
        choice = cities[cities["entity"] == entity]
        city = choice.iloc[int(draw.choice(len(choice), p=choice["size"] / choice["size"].sum()))]
        floor = int(np.clip(draw.normal(220, 40), 90, 500))
        rows.append((f"S{number:03}", entity, city["department"], city["code"], floor, city["size"], city["rent"]))
    stores = pd.DataFrame(rows, columns=["code", "entity", "department", "city", "floor", "size", "rent_level"])
    equal = np.arange(len(stores)) < round(settings.stores.equal * len(stores))
    draw.shuffle(equal)
    quality = np.where(equal, 1.0, np.exp(draw.normal(0, settings.stores.spread, len(stores))))
    return stores, pd.DataFrame({"store": stores["code"], "quality": quality, "equal": equal})


def _habits(settings: Settings) -> pd.DataFrame:
    """Which departments ask for more than they need, spend what is left, plan too low, or overspend."""
    departments, people = catalogue("departments"), settings.people
    draw, selling = stream(settings.seed, "habits"), catalogue("departments")["work"].eq("selling").to_numpy()
    size = len(departments)
    return pd.DataFrame({
        "department": departments["code"],
        "padding": np.where(draw.random(size) < people.padders, people.padding, 0.0),
        "rush": np.where(draw.random(size) < people.rushers, people.rush, 0.0),
        "sandbag": np.where((draw.random(size) < people.sandbaggers) & selling, people.sandbag, 0.0),
        "overspend": np.where(draw.random(size) < people.overspenders, people.overspend, 0.0),
    })  # fmt: skip


def _elasticity(settings: Settings, categories: pd.DataFrame) -> pd.DataFrame:
    draw, prices = stream(settings.seed, "elasticity"), settings.prices
    drawn = np.clip(draw.normal(prices.elasticity, prices.elasticity_spread, len(categories)), 0, None)
    return pd.DataFrame({"category": categories["code"], "elasticity": drawn})


def _dealers(settings: Settings) -> pd.DataFrame:
    draw, size = stream(settings.seed, "dealers"), settings.size.dealers
    codes, sizes = [f"K{number:04}" for number in range(1, size + 1)], draw.lognormal(0, 0.6, size)
    return pd.DataFrame({
        "code": codes,
        "label_en": [f"Dealer {number}" for number in range(1, size + 1)],
        "label_zh": [f"经销商{number}" for number in range(1, size + 1)],
        "size": sizes / sizes.mean(),
        "terms": draw.choice([30, 60, 90], size, p=[0.4, 0.4, 0.2]),
        "late": draw.gamma(2.0, settings.supply.late / 2.0, size) if settings.supply.late else np.zeros(size),
        "target": settings.supply.target * np.exp(draw.normal(0, 0.12, size)),
    })  # fmt: skip


def _suppliers(categories: pd.DataFrame) -> pd.DataFrame:
    materials = catalogue("materials")
    bought = [("material", row.code, row.label_en, row.label_zh) for row in materials.itertuples()]
    bought += [("category", row.code, row.label_en, row.label_zh) for row in categories.itertuples()]
    rows = [
        (f"V{10 * number + each:04}", sort, of, f"{en}, supplier {each}", f"{zh}供应商{each}", (30, 60, 45)[each - 1])
        for number, (sort, of, en, zh) in enumerate(bought, 1)
        for each in range(1, SUPPLIERS + 1)
    ]
    return pd.DataFrame(rows, columns=["code", "sort", "of", "label_en", "label_zh", "terms"])
