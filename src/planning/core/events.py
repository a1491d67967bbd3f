"""The contracts of the event tables: which columns each has, what may stand in them, and what tells two rows apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
OPTIONAL_NUMBER = EventColumn("number", filled=False)

EVENTS: dict[str, dict[str, EventColumn]] = {
    "orders": {"customer": TEXT, "date": DAY, "quantity": NOT_NEGATIVE, "amount": NOT_NEGATIVE},
    "customers": {
        "customer": TEXT,
        "tenure": NOT_NEGATIVE,
        "monthly_charge": POSITIVE,
        "total_charge": OPTIONAL_NUMBER,
        "left": EventColumn("truth"),
    },
    "campaigns": {"period": DAY, "channel": TEXT, "spend": NOT_NEGATIVE, "exposure": OPTIONAL_NUMBER},
    "sales": {"period": DAY, "amount": NUMBER},
    "conditions": {"period": DAY, "condition": TEXT, "value": NUMBER},
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
}
"""Columns by table. A number is in units (currency, pieces, months); a period is the first day of a week, month or year.

    orders       one line of a purchase: who, on which day, how many, for how much
    customers    one subscriber: months since joining, charge a month, charges to date, whether they left; and their attributes
    campaigns    what was spent on a channel in a period, and how many saw or clicked it
    sales        what was sold in a period
    conditions   what else moved sales in a period: a competitor, a mailing, an event
    cash_flows   what a project is expected to pay (below 0) or bring; lower and upper hold 80 in 100 outcomes, empty where it is certain
    indicators   what a scorecard counts: its measure, the way that is good, target, the values that score 0 and 100, weight, owner
"""

KEYS: dict[str, tuple[str, ...]] = {
    "customers": ("customer",),
    "campaigns": ("period", "channel"),
    "sales": ("period",),
    "conditions": ("period", "condition"),
    "cash_flows": ("project", "period"),
    "indicators": ("code",),
}
"""What tells two rows of a table apart. Orders have no key: somebody may buy the same thing twice in a day."""

SERIES = ("campaigns", "sales", "conditions")
"""Tables in which every period from the first to the last is expected."""
