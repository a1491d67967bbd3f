"""The contracts of the event tables: which columns each has, what may stand in them, and what tells two rows apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd


@dataclass(frozen=True)
class EventColumn:
    """What may stand in a column: text, a number between bounds, a day, or true and false; `filled`: in every row."""

    kind: Literal["text", "number", "day", "truth"] = "text"
    least: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    filled: bool = True


TEXT = EventColumn()
DAY = EventColumn("day")
NUMBER = EventColumn("number")
NOT_NEGATIVE = EventColumn("number", least=0)
POSITIVE = EventColumn("number", above=0)
OPTIONAL_TEXT = EventColumn(filled=False)
OPTIONAL_DAY = EventColumn("day", filled=False)
OPTIONAL_NUMBER = EventColumn("number", filled=False)
OPTIONAL_COUNT = EventColumn("number", least=0, filled=False)

EVENTS: dict[str, dict[str, EventColumn]] = {
    "orders": {"customer": TEXT, "date": DAY, "quantity": NOT_NEGATIVE, "amount": NOT_NEGATIVE},
    "customers": {
        "customer": TEXT,
        "tenure": NOT_NEGATIVE,
        "monthly_charge": POSITIVE,
        "total_charge": OPTIONAL_NUMBER,
        "left": EventColumn("truth"),
    },
    "buyers": {"customer": TEXT, "since": OPTIONAL_DAY},
    "campaigns": {"period": DAY, "channel": TEXT, "spend": NOT_NEGATIVE, "exposure": OPTIONAL_NUMBER},
    "sales": {"period": DAY, "amount": NUMBER},
    "conditions": {"period": DAY, "condition": TEXT, "value": NUMBER},
    "lift_tests": {"channel": TEXT, "start": DAY, "weeks": POSITIVE, "times": NOT_NEGATIVE, "sales": NUMBER, "error": POSITIVE},
    "cash_flows": {
        "project": TEXT,
        "period": DAY,
        "amount": NUMBER,
        "lower": OPTIONAL_NUMBER,
        "upper": OPTIONAL_NUMBER,
        "label_en": TEXT,
        "label_zh": TEXT,
    },
    "indicators": {
        "code": TEXT,
        "label_en": TEXT,
        "label_zh": TEXT,
        "measure": TEXT,
        "better": EventColumn(choices=("up", "down", "on_target")),
        "target": NUMBER,
        "floor": NUMBER,
        "ceiling": NUMBER,
        "weight": POSITIVE,
        "owner": TEXT,
        "unit": EventColumn(choices=("rate", "currency", "count")),
    },
    "order_lines": {
        "order": TEXT,
        "line": TEXT,
        "date": DAY,
        "entity": OPTIONAL_TEXT,
        "channel": OPTIONAL_TEXT,
        "store": OPTIONAL_TEXT,
        "customer": OPTIONAL_TEXT,
        "product": TEXT,
        "category": OPTIONAL_TEXT,
        "quantity": NOT_NEGATIVE,
        "list_price": OPTIONAL_COUNT,
        "discount": OPTIONAL_NUMBER,
        "net": NUMBER,
        "vat": OPTIONAL_NUMBER,
        "cost": OPTIONAL_COUNT,
        "payment_date": OPTIONAL_DAY,
    },
    "returns": {
        "order": TEXT,
        "line": TEXT,
        "date": DAY,
        "quantity": NOT_NEGATIVE,
        "net": NUMBER,
        "vat": OPTIONAL_NUMBER,
        "cost": OPTIONAL_COUNT,
    },
    "contracts": {"subscriber": TEXT, "plan": TEXT, "price": NOT_NEGATIVE, "start": DAY, "end": OPTIONAL_DAY},
    "activity": {"subscriber": TEXT, "period": DAY, "logins": NOT_NEGATIVE},
    "complaints": {"subscriber": TEXT, "date": DAY, "subject": OPTIONAL_TEXT},
    "satisfaction": {"subscriber": TEXT, "date": DAY, "score": NUMBER},
    "offers": {"subscriber": TEXT, "group": TEXT, "date": DAY},
    "headcount": {"cost_centre": TEXT, "position": OPTIONAL_TEXT, "period": DAY, "heads": NOT_NEGATIVE},
    "pay": {
        "cost_centre": TEXT,
        "position": OPTIONAL_TEXT,
        "period": DAY,
        "heads": OPTIONAL_COUNT,
        "amount": NUMBER,
        "bonus": OPTIONAL_NUMBER,
        "social": OPTIONAL_NUMBER,
        "housing": OPTIONAL_NUMBER,
        "account": OPTIONAL_TEXT,
    },
    "leases": {
        "lease": TEXT,
        "entity": OPTIONAL_TEXT,
        "cost_centre": OPTIONAL_TEXT,
        "store": OPTIONAL_TEXT,
        "start": DAY,
        "months": POSITIVE,
        "rent": NOT_NEGATIVE,
    },
    "stores": {"store": TEXT, "entity": OPTIONAL_TEXT, "cost_centre": OPTIONAL_TEXT, "city": OPTIONAL_TEXT, "floor": OPTIONAL_COUNT},
    "products": {"product": TEXT, "category": OPTIONAL_TEXT, "number": OPTIONAL_TEXT, "label_en": TEXT, "label_zh": TEXT},
    "production": {
        "entity": OPTIONAL_TEXT,
        "date": DAY,
        "product": TEXT,
        "quantity": NOT_NEGATIVE,
        "cost": OPTIONAL_COUNT,
        "labour": OPTIONAL_COUNT,
        "overhead": OPTIONAL_COUNT,
    },
    "bill_of_materials": {"product": TEXT, "material": TEXT, "quantity": POSITIVE},
    "purchases": {
        "entity": OPTIONAL_TEXT,
        "date": DAY,
        "supplier": OPTIONAL_TEXT,
        "item": TEXT,
        "category": OPTIONAL_TEXT,
        "quantity": NOT_NEGATIVE,
        "price": OPTIONAL_COUNT,
        "amount": NUMBER,
        "freight": OPTIONAL_NUMBER,
        "vat": OPTIONAL_NUMBER,
    },
    "inventory": {"entity": OPTIONAL_TEXT, "date": DAY, "item": TEXT, "quantity": NUMBER, "value": OPTIONAL_NUMBER},
    "proposals": {
        "project": TEXT,
        "sponsor": OPTIONAL_TEXT,
        "kind": OPTIONAL_TEXT,
        "period": DAY,
        "amount": NOT_NEGATIVE,
        "ready": OPTIONAL_DAY,
    },
    "project_flows": {"project": TEXT, "period": DAY, "planned": OPTIONAL_NUMBER, "amount": OPTIONAL_NUMBER},
    "market": {
        "period": DAY,
        "category": TEXT,
        "market_size": OPTIONAL_COUNT,
        "price_index": OPTIONAL_COUNT,
        "competitor": OPTIONAL_TEXT,
        "competitor_price_index": OPTIONAL_COUNT,
    },
    "rates": {"date": DAY, "currency": TEXT, "average": POSITIVE, "closing": POSITIVE},
    "bank_lines": {
        "entity": OPTIONAL_TEXT,
        "account": OPTIONAL_TEXT,
        "line": TEXT,
        "date": DAY,
        "amount": NUMBER,
        "counterparty": OPTIONAL_TEXT,
        "voucher": OPTIONAL_TEXT,
    },
    "quotas": {"seller": TEXT, "period": DAY, "amount": NOT_NEGATIVE},
    "survey": {"customer": TEXT, "date": DAY, "category": OPTIONAL_TEXT, "score": OPTIONAL_NUMBER},
    "calls": {
        "date": DAY,
        "shift": OPTIONAL_TEXT,
        "operators": OPTIONAL_COUNT,
        "calls": NOT_NEGATIVE,
        "answered": OPTIONAL_COUNT,
        "orders": OPTIONAL_COUNT,
        "issues": OPTIONAL_COUNT,
        "seconds": OPTIONAL_COUNT,
        "unserved": OPTIONAL_COUNT,
    },
}
"""Columns by table. A number is in units (currency, pieces, months); a period is the first day of a week, month or year.

    orders       one line of a purchase: who, on which day, how many, for how much
    customers    one subscriber: months since joining, charge a month, charges to date, whether they left; and their attributes
    buyers       one customer without a contract: the day of the first purchase; and their attributes
    campaigns    what was spent on a channel in a period, and how many saw or clicked it
    sales        what was sold in a period
    conditions   what else moved sales in a period: a competitor, a mailing, an event
    lift_tests   an experiment: by how much sales were higher with a channel's spend as it was than with `times` of it (0: none) in so many
                 weeks from a week's first day on, these weeks and what they brought later; the standard error of that
    cash_flows   what a project is expected to pay (below 0) or bring; lower and upper hold 80 in 100 outcomes, empty where it is certain
    indicators   what a scorecard counts: its measure, the way that is good, target, the values that score 0 and 100, weight, owner
    order_lines  a line of an order or slip: list price of a piece; discount, net (without VAT), VAT and cost of the line; day of payment
    returns      what came back of an order's line, all figures as positive as the line's
    contracts    what a subscriber pays a month under which plan, from a day on; no end while it runs
    activity     how often a subscriber logged in during a period
    complaints   a subscriber's complaint
    satisfaction what a subscriber answered, on the source's scale
    offers       which group (treated, control) a subscriber was drawn into on a day
    headcount    people of a position in a cost centre at a period's end
    pay          what the people of a position were paid in a period (amount: wages), the bonus they earned, the employer's
                 contributions, and the account all of it is booked below
    leases       a lease from its first month on: its term in months, and the rent of one payment, in advance
    stores       a store: whose, of which cost centre, where, how large
    products     a product or material, its category, and the part of account numbers that stands for it
    production   pieces finished on a day, what they cost, and how much of it is labour and overhead
    bill_of_materials  how much of a material goes into one piece of a product
    purchases    one line bought: pieces, price of a piece, amount without VAT and freight, VAT
    inventory    pieces and value of an item in stock at the end of a day; below 0 where the books say so
    proposals    a project as it was proposed: sponsor, kind, first period, investment, the day it is to be ready
    project_flows  what a project was to bring (or pay, below 0) in a period, and what it brought
    market       a category's market in a period: its size, our price index, a competitor's
    rates        company currency for one unit of a currency: a month's average and its end
    bank_lines   one line of a bank statement: money in above 0, money out below
    quotas       what a seller is to sell in a period
    survey       a customer's answer
    calls        a shift in a call centre: operators, calls, those a machine answered, orders, issues, seconds an issue, share unserved

A number beyond its bounds stops the load: a negative quantity is a return in the wrong table or a column in the wrong place, and adding it
up would hide either. A code that nobody knows stops nothing: its row counts, and a finding says so (REFERENCES).
"""

KEYS: dict[str, tuple[str, ...]] = {
    "customers": ("customer",),
    "buyers": ("customer",),
    "campaigns": ("period", "channel"),
    "sales": ("period",),
    "conditions": ("period", "condition"),
    "lift_tests": ("channel", "start"),
    "cash_flows": ("project", "period"),
    "indicators": ("code",),
    "order_lines": ("order", "line"),
    "contracts": ("subscriber", "start"),
    "activity": ("subscriber", "period"),
    "offers": ("subscriber",),
    "headcount": ("cost_centre", "position", "period"),
    "pay": ("cost_centre", "position", "period"),
    "leases": ("lease",),
    "stores": ("store",),
    "products": ("product",),
    "bill_of_materials": ("product", "material"),
    "inventory": ("entity", "date", "item"),
    "proposals": ("project",),
    "project_flows": ("project", "period"),
    "market": ("period", "category", "competitor"),
    "rates": ("date", "currency"),
    "bank_lines": ("entity", "account", "line"),
    "quotas": ("seller", "period"),
    "calls": ("date", "shift"),
}
"""What tells two rows of a table apart. Orders have no key: somebody may buy the same thing twice in a day; nor have returns, in parts."""

REFERENCES: dict[str, tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]] = {
    "returns": ((("order", "line"), "order_lines", ("order", "line")),),
    "orders": ((("customer",), "buyers", ("customer",)),),
    "order_lines": ((("customer",), "customers", ("customer",)), (("customer",), "buyers", ("customer",))),
    "survey": ((("customer",), "buyers", ("customer",)),),
    "activity": ((("subscriber",), "contracts", ("subscriber",)),),
    "complaints": ((("subscriber",), "contracts", ("subscriber",)),),
    "satisfaction": ((("subscriber",), "contracts", ("subscriber",)),),
    "offers": ((("subscriber",), "contracts", ("subscriber",)),),
    "project_flows": ((("project",), "proposals", ("project",)),),
    "lift_tests": ((("channel",), "campaigns", ("channel",)),),
}
"""Which columns of a table name rows of another: (columns, the other table, its columns). Checked where a company has both."""

COMPLETE = ("customers", "buyers", "orders", "order_lines", "returns", "purchases", "bank_lines")
"""Tables in which an optional column that some rows fill is expected in all."""

DESCRIBED = ("customers", "buyers")
"""Tables whose rows have attributes of their own."""

SERIES = ("campaigns", "sales", "conditions")
"""Tables in which every period from the first to the last is expected."""

DTYPES = {"text": "object", "number": "float64", "day": "datetime64[ns]", "truth": "bool"}


def no_events(name: str) -> pd.DataFrame:
    """An event table of a company that doesn't keep it: the columns of its contract, no row."""
    return pd.DataFrame({column: pd.Series(dtype=DTYPES[rule.kind]) for column, rule in EVENTS[name].items()})
