"""What the chain takes each driver for: its unit, the keys it may depend on, and between which values it lies."""

from __future__ import annotations

import pandas as pd

from planning.core.drivers import Driver, Meaning

SOLD = ("entity", "channel", "store", "category", "product")
KEPT = ("entity", "category", "product", "material")
WORK = ("entity", "cost_centre", "position", "city")
MONEY = ("entity",)

MEANINGS: dict[str, Meaning] = {
    "list_price": Meaning("currency", SOLD, 0),
    "price_change": Meaning("fraction", SOLD, -0.95, 10),
    "elasticity": Meaning("fraction", SOLD, 0, 20),
    "volume_change": Meaning("fraction", SOLD, -1, 100),
    "mix_change": Meaning("fraction", SOLD, -1, 1000),
    "discount": Meaning("fraction", SOLD, 0, 1),
    "returns": Meaning("fraction", SOLD, 0, 1),
    "rebate": Meaning("fraction", SOLD, 0, 1),
    "output_tax": Meaning("fraction", SOLD, 0, 1),
    "stock_cover": Meaning("months", KEPT, 0, 24),
    "purchase_price": Meaning("currency", KEPT, 0),
    "purchase_price_change": Meaning("fraction", KEPT, -0.95, 10),
    "freight": Meaning("currency", KEPT, 0),
    "supplier_rebate": Meaning("fraction", KEPT, 0, 1),
    "input_tax": Meaning("fraction", KEPT, 0, 1),
    "activity_rate": Meaning("currency", ("entity", "account"), 0),
    "running_change": Meaning("fraction", ("entity", "cost_centre", "account"), -1, 10),
    "extra_cost": Meaning("currency", ("entity", "cost_centre", "account")),
    "cost_request": Meaning("currency", ("entity", "cost_centre", "account"), 0),
    "running_tax": Meaning("fraction", ("entity", "cost_centre", "account"), 0, 1),
    "people": Meaning("people", WORK, 0),
    "pay": Meaning("currency", WORK, 0),
    "pay_rise": Meaning("fraction", WORK, -0.95, 10),
    "bonus": Meaning("fraction", WORK, 0, 10),
    "social_rate": Meaning("fraction", WORK, 0, 1),
    "social_floor": Meaning("currency", WORK, 0),
    "social_cap": Meaning("currency", WORK, 0),
    "housing_rate": Meaning("fraction", WORK, 0, 1),
    "capex": Meaning("currency", ("entity", "account"), 0),
    "asset_life": Meaning("months", ("entity", "account", "project"), 1, 1200),
    "residual": Meaning("fraction", ("entity", "account", "project"), 0, 1),
    "ready_delay": Meaning("months", ("entity", "project"), -120, 120),
    "payment_days": Meaning("days", ("entity", "account", "partner"), 0, 720),
    "bill_share": Meaning("fraction", ("entity", "account"), 0, 1),
    "bill_months": Meaning("months", ("entity", "account"), 0, 24),
    "surtax": Meaning("fraction", MONEY, 0, 1),
    "income_tax": Meaning("fraction", MONEY, 0, 1),
    "tax_losses": Meaning("currency", MONEY, 0),
    "payout": Meaning("fraction", MONEY, 0, 1),
    "dividend_month": Meaning("month", MONEY, 1, 12),
    "reserve_share": Meaning("fraction", MONEY, 0, 1),
    "cash_floor": Meaning("currency", MONEY, 0),
    "cash_ceiling": Meaning("currency", MONEY, 0),
    "debt_limit": Meaning("currency", MONEY, 0),
    "debt_change": Meaning("currency", MONEY),
    "loan_rate": Meaning("fraction", MONEY, 0, 1),
    "deposit_rate": Meaning("fraction", MONEY, 0, 1),
    "lease_rate": Meaning("fraction", ("entity", "store"), 0, 1),
    "lease_renewal": Meaning("fraction", ("entity", "store"), 0, 1),
    "rent_rise": Meaning("fraction", ("entity", "store"), -0.95, 10),
    "rent_months": Meaning("months", ("entity", "store"), 1, 12),
    "exchange_rate": Meaning("company currency", ("currency",), 0),
    "marginal_value": Meaning("fraction", ("cost_centre",), 0, 1000),
}
"""By name. A currency is the entity's own unless it says otherwise; a fraction of what, docs/drivers.md says."""

NEUTRAL = {
    "price_change": 0.0, "elasticity": 0.0, "volume_change": 0.0, "mix_change": 0.0, "rebate": 0.0, "purchase_price_change": 0.0,
    "freight": 0.0, "pay_rise": 0.0, "social_floor": 0.0, "social_cap": 1e15, "cash_floor": 0.0, "cash_ceiling": 1e15, "debt_limit": 1e15,
    "debt_change": 0.0, "rent_months": 1.0, "rent_rise": 0.0, "lease_renewal": 1.0,
    "residual": 0.0, "ready_delay": 0.0, "bill_share": 0.0, "bill_months": 6.0,
    "tax_losses": 0.0, "payout": 0.0, "dividend_month": 6.0, "reserve_share": 0.0,
    "running_tax": 0.0, "supplier_rebate": 0.0,
    "running_change": 0.0, "extra_cost": 0.0, "cost_request": 0.0,
}  # fmt: skip
"""What is taken where nobody says anything and nothing is measured: no change, no bounds."""


def neutral() -> list[Driver]:
    """The drivers that need not be given, at what changes nothing."""
    return [measured(name, pd.DataFrame({"value": [value]}), "nothing said: no change, no bounds") for name, value in NEUTRAL.items()]


def measured(name: str, table: pd.DataFrame, basis: str) -> Driver:
    """A driver as it was measured. `table`: keys + value."""
    return Driver(name, MEANINGS[name].unit, measured=table.reset_index(drop=True), basis=basis)
