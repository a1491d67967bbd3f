"""Advertising by week and channel, and what it truly brings: spend carried over from week to week, saturating, lifting sales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.periods import month
from planning.inputs.sample import days as calendar
from planning.inputs.sample.settings import Settings
from planning.inputs.sample.streams import stream
from planning.inputs.sample.structure import Structure

PRICE_OF_THOUSAND = 32.0
"""Yuan for a thousand impressions."""


@dataclass(frozen=True)
class Campaigns:
    """`spend`: week, channel, spend (yuan), impressions; `truth`: with carried, contribution (yuan of sales) and roas; `lift` by day."""

    spend: pd.DataFrame
    truth: pd.DataFrame
    lift: np.ndarray


def build_campaigns(settings: Settings, structure: Structure, sales: float) -> Campaigns:
    """Campaigns of a group that sells `sales` yuan without tax a week, before anything they bring."""
    days = calendar.days_of(month(settings.first_month), settings.months)
    weeks = pd.DatetimeIndex(sorted(set(days - pd.to_timedelta(days.dayofweek, "D"))))
    tables, total = [], np.zeros(len(weeks))
    for channel in structure.channels.itertuples():
        usual = settings.channels.spend * channel.share * sales
        spend = _spend(settings, channel.code, usual, len(weeks))
        carried = carry_over(spend, settings.channels.carryover[channel.code])
        brought = contribution(carried, usual, settings.channels.roas[channel.code], settings.channels.saturation[channel.code])
        total += brought
        tables.append(pd.DataFrame({"week": weeks, "channel": channel.code, "spend": spend, "carried": carried, "contribution": brought}))
    truth = pd.concat(tables, ignore_index=True)
    truth["roas"] = (truth["contribution"] / truth["spend"]).where(truth["spend"] > 0)
    told = truth[["week", "channel", "spend"]].assign(impressions=(truth["spend"] / PRICE_OF_THOUSAND * 1000).round().astype(int))
    lift = 1 + (total / sales if sales else total)
    of_day = np.searchsorted(weeks.to_numpy(), days.to_numpy(), side="right") - 1
    return Campaigns(told, truth, lift[of_day][:, None])


def _spend(settings: Settings, channel: str, usual: float, weeks: int) -> np.ndarray:
    spread = settings.channels.spend_spread
    return np.round(usual * np.exp(stream(settings.seed, "campaigns", channel).normal(-(spread**2) / 2, spread, weeks)))


def carry_over(spend: np.ndarray, share: float) -> np.ndarray:
    """Geometric adstock: at work in a week is its spend and a share of what was at work the week before, scaled to the spend's level."""
    carried, before = np.empty(len(spend)), spend.mean() / (1 - share) if share < 1 and len(spend) else 0.0
    for at, each in enumerate(spend):
        before = each + share * before
        carried[at] = before
    return carried * (1 - share)


def contribution(carried: np.ndarray, usual: float, roas: float, half: float) -> np.ndarray:
    """Sales that spend at work brings: x / (x + half), such that the usual spend brings `roas` times itself. `half` in usual spends."""
    if not usual or not roas:
        return np.zeros(len(carried))
    work = carried / usual
    return roas * usual * (1 + half) * work / (work + half)
