"""The event tables of a tiny made-up group's subscribers, as intake reads them from its files."""

from planning.inputs.sample.settings import build_settings
from planning.inputs.sample.subscribers import build_subscribers
from planning.inputs.sample.systems import customer_files
from planning.plan.subscriber_history import CONTRACTS, DATED

NAMES = {"activity": {"month": "period"}, "complaints": {"month": "date"}, "satisfaction": {"month": "date", "satisfaction": "score"}}


def contract_tables(seed, **changes):
    """Contracts, activity, complaints, satisfaction and offers; `changes` of the settings, such as customers__offer_effect=-1.0."""
    settings = build_settings("tiny", seed, {name.replace("__", "."): value for name, value in changes.items()})
    files = customer_files(settings, build_subscribers(settings))
    told = {name: files[name].rename(columns=NAMES.get(name, {})) for name in (CONTRACTS, *DATED)}
    return told | {"contracts": told["contracts"].assign(price=lambda table: table["price"] / 100)}
