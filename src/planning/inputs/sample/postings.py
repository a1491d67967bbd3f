"""How each kind of event is posted: the group's accounting, as data. Measures are cents; texts in braces are the event's own columns."""

from __future__ import annotations

from planning.inputs.sample.ledger import Rule, Side

PLATFORM, COLLECTION, OPERATING, PAYROLL = "101202", "100202", "100201", "100203"
CASH = ("1001", "1002", "1012")
"""Accounts of cash begin so; their `movement` is a line of the cash flow statement."""


def _sold(source: str, channel: str, paid: Side, department: str) -> list[Rule]:
    """Revenue, tax and cost of what is sold."""
    return [
        Rule(source, "net", paid, Side(f"6001{{number}}{channel}", department)),
        Rule(source, "vat", paid, Side("222101")),
        Rule(source, "cost", Side(f"6401{{number}}{channel}", department), Side("1405{number}", movement="sold")),
    ]


def _pay() -> list[Rule]:
    """Pay and contributions of a month, owed at its end; what is withheld is owed to others."""
    owed = {"wages": "221101", "bonus": "221102", "social": "221103", "housing": "221104"}
    nature = {"wages": "01", "bonus": "02", "social": "03", "housing": "04"}
    posted = [Rule("pay", each, Side(f"{{account}}{nature[each]}", "{department}"), Side(owed[each])) for each in owed]
    withheld = [Rule("pay", "income_tax", Side("221101"), Side("222106")), Rule("pay", "own_social", Side("221101"), Side("221103"))]
    return posted + withheld


def _returned() -> list[Rule]:
    """What comes back, at what it was sold for and at what it had cost."""
    paid = Side(COLLECTION, movement="sales")
    return [
        Rule("returns", "net", Side("600201", "{department}"), paid),
        Rule("returns", "vat", Side("222101"), paid),
        Rule("returns", "cost", Side("1405{number}", movement="returned"), Side("6401{number}{channel}", "{department}")),
    ]


def _rebates() -> list[Rule]:
    received = Side(COLLECTION, movement="goods")
    return [
        Rule("rebates_customer", "released", Side("224104"), Side("600202", "D210")),
        Rule("rebates_supplier", "net", received, Side("{account}", "{department}")),
        Rule("rebates_supplier", "vat", received, Side("222102")),
    ]


def _bills() -> list[Rule]:
    """Acceptance bills: what is passed on to a supplier moves no cash."""
    paid = Side(COLLECTION, movement="sales")
    return [
        Rule("bills_received", "amount", Side("1121", movement="received"), Side("112201")),
        Rule("bills_endorsed", "amount", Side("220201"), Side("1121", movement="endorsed")),
        Rule("bills_discounted", "cash", paid, Side("1121", movement="discounted")),
        Rule("bills_discounted", "charge", Side("660305"), Side("1121", movement="discounted")),
        Rule("bills_matured", "amount", paid, Side("1121", movement="matured")),
    ]


def _within() -> list[Rule]:
    """Dividends, as payer and owner have them; and what rates of exchange make of claims."""
    return [
        Rule("dividends", "amount", Side("410402", movement="dividends"), Side("2232", partner="{partner}")),
        Rule("dividends_in", "value", Side("1131", partner="{partner}"), Side("611102", partner="{partner}")),
        Rule("exchange", "amount", Side("{account}", partner="{partner}"), Side("660306")),
    ]


RULES: list[Rule] = [
    Rule("openings", "amount", Side("{debit}", movement="{debit_movement}"), Side("{credit}", movement="{credit_movement}")),
    Rule("opening_stock", "value", Side("{account}", movement="opening"), Side(OPERATING, movement="goods")),
    *_sold("slips", "1", Side(PLATFORM, movement="sales"), "{department}"),
    *_sold("online_orders", "2", Side("112203"), "D504"),
    *_sold("dealer_orders", "3", Side("112201"), "D210"),
    Rule("dealer_orders", "rebate", Side("600202", "D210"), Side("224104")),
    Rule("clearings", "amount", Side(COLLECTION, movement="internal"), Side(PLATFORM, movement="internal")),
    Rule("deliveries", "net", Side("112202", partner="{partner}"), Side("6001{number}4", "D208", "{partner}")),
    Rule("deliveries", "vat", Side("112202", partner="{partner}"), Side("222101")),
    Rule("deliveries", "cost", Side("6401{number}4", "D208", "{partner}"), Side("1405{number}", movement="sold")),
    *_returned(),
    Rule("deliveries_in", "value", Side("1405{number}", movement="bought"), Side("220204", partner="{partner}")),
    Rule("deliveries_in", "vat", Side("222102"), Side("220204", partner="{partner}")),
    Rule("merchandise_purchases", "net", Side("1405{number}", movement="bought"), Side("220202")),
    Rule("merchandise_purchases", "vat", Side("222102"), Side("220202")),
    Rule("material_purchases", "net", Side("1403{number}", movement="bought"), Side("220201")),
    Rule("material_purchases", "freight", Side("1403{number}", movement="bought"), Side("220201")),
    Rule("material_purchases", "vat", Side("222102"), Side("220201")),
    Rule("material_uses", "cost", Side("500101", "{department}"), Side("1403{number}", movement="used")),
    Rule("production", "material", Side("1405{number}", movement="made"), Side("500104", "D202")),
    Rule("production", "labour", Side("1405{number}", movement="made"), Side("500104", "D202")),
    Rule("production", "overhead", Side("1405{number}", movement="made"), Side("500104", "D202")),
    Rule("charges", "net", Side("112203"), Side("600107{number}", "D503")),
    Rule("charges", "vat", Side("112203"), Side("222101")),
    *_rebates(),
    *_bills(),
    *_within(),
    Rule("services", "net", Side("{account}", "{department}"), Side("220203")),
    Rule("services", "vat", Side("222102"), Side("220203")),
    Rule("scrap", "net", Side(COLLECTION, movement="other receipts"), Side("605102", "D202")),
    Rule("scrap", "vat", Side(COLLECTION, movement="other receipts"), Side("222101")),
    Rule("bank_charges", "amount", Side("660304"), Side(OPERATING, movement="other")),
    Rule("campaigns", "amount", Side("6601{number}", "{department}"), Side("220203")),
    Rule("campaigns", "vat", Side("222102"), Side("220203")),
    *_pay(),
    Rule("expenses", "invoiced", Side("{account}", "{department}"), Side("220203")),
    Rule("expenses", "vat", Side("222102"), Side("220203")),
    Rule("expenses", "accrued", Side("{account}", "{department}"), Side("224102")),
    Rule("reversals", "accrued", Side("224102"), Side("{account}", "{department}")),
    Rule("reversals", "invoiced", Side("{account}", "{department}"), Side("220203")),
    Rule("project_spending", "amount", Side("1604{place}", movement="addition"), Side("220203")),
    Rule("project_assets", "amount", Side("{asset_account}", movement="addition"), Side("1604{place}", movement="transfer")),
    Rule("project_flows", "amount", Side(COLLECTION, movement="sales"), Side("605101", "{sponsor}")),
    Rule("depreciation", "amount", Side("{account}15", "{department}"), Side("{depreciation_account}", movement="depreciation")),
    Rule("leases", "value", Side("1641", movement="addition"), Side("2802", movement="addition")),
    Rule("lease_months", "interest", Side("660302", "{department}"), Side("2802", movement="interest")),
    Rule("lease_months", "payment", Side("2802", movement="payment"), Side(OPERATING, movement="leases")),
    Rule("lease_months", "depreciation", Side("660116", "{department}"), Side("1642", movement="depreciation")),
    Rule("payments", "received", Side("{cash}", movement="{movement}"), Side("{settles}", partner="{partner}")),
    Rule("payments", "paid", Side("{settles}", partner="{partner}"), Side("{cash}", movement="{movement}")),
    Rule("transfers", "amount", Side("{debit}", "{department}", "", "{movement}"), Side("{credit}", "{department}", "", "{movement}")),
]
"""Every rule there is. `transfers` are those between accounts at a month's end: taxes, overhead, variances, interest, the year's profit."""
