"""Whether the offer's effect is found, and what a retention list ordered by net gain brings beside others, against planted truth.

    .venv/bin/python benchmarks/retention.py        a quarter of an hour; writes benchmarks/results/retention.json

WORLDS made-up groups (`inputs.sample`) of SIZE subscribers, as many as `sample` has. Each subscriber has a hazard of their own that
nobody sees, and the offer of an experiment moved it by an amount of its own (on average e^−0.5 times; some were driven away). Each
world's files are read as they would be, the effect is read from the experiment, and SHARE of all subscribers there at the end are chosen:
by expected net gain, by risk, by risk × value, by value, and by lot. What each choice brings is reckoned from the planted hazards and
effects, which no method sees. Money is that of one subscriber chosen; intervals are those of the mean over worlds (95 %, Student's t).
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from measuring import about, save
from scipy.stats import t as student

from planning.core.periods import month, month_end
from planning.inputs.sample.settings import build_settings
from planning.inputs.sample.subscribers import OFFER_MONTHS, build_subscribers
from planning.inputs.sample.systems import customer_files
from planning.model.contract_value import discounts
from planning.plan.experiment import HORIZON, Terms, net_gains, read_experiment
from planning.plan.subscriber_history import CONTRACTS, DATED, known_on
from planning.plan.subscriber_odds import fit_until

TRIED_ON, WORLDS = [1, 2], [*range(201, 213)]
SIZE, SHARE = 30_000, 0.25
TERMS = Terms(offer_cost=12.0, margin=0.6, discount_rate=0.08)
NAMES = {"activity": {"month": "period"}, "complaints": {"month": "date"}, "satisfaction": {"month": "date", "satisfaction": "score"}}


def one_world(seed: int) -> dict:
    settings = build_settings("tiny", seed)
    settings = settings.model_copy(update={"size": settings.size.model_copy(update={"subscribers": SIZE})})
    them = build_subscribers(settings)
    files = customer_files(settings, them)
    tables = {name: files[name].rename(columns=NAMES.get(name, {})) for name in (CONTRACTS, *DATED)}
    tables["contracts"] = tables["contracts"].assign(price=lambda table: table["price"] / 100)
    as_of = month_end(month(settings.first_month) + pd.DateOffset(months=settings.months - 1)).normalize()
    experiment = read_experiment(tables, as_of, seed)
    known = known_on(tables, as_of)
    stays = fit_until(tables, as_of, seed).stays(known, np.arange(1, HORIZON + 1))
    gains = net_gains(stays, experiment.uplift, known["price"].to_numpy(), TERMS).set_axis(known.index)
    true = true_gains(settings, them, known)
    return {"seed": seed, **effect(settings, them, experiment), **choices(gains, true, seed), "gain_said": float(gains["gain"].mean()),
            "gain_true": float(true.mean())}  # fmt: skip


def true_hazards(settings, them, codes) -> tuple[np.ndarray, np.ndarray]:
    """A month's hazard of each, complaints included as they come on average, without and with the offer."""
    rates, at = settings.customers, pd.Index(them.codes).get_indexer(codes)
    upset = 1 - (1 - rates.complaint) ** 4
    often = 1 - upset + upset * np.exp(rates.complaint_effect)
    return np.minimum(them.hazard[at] * often, 1.0), np.minimum(them.hazard[at] * often * np.exp(them.effect[at]), 1.0)


def true_gains(settings, them, known: pd.DataFrame) -> pd.Series:
    """What an offer to each really brings, less its cost."""
    without, offered = true_hazards(settings, them, known.index)
    months = np.arange(1, HORIZON + 1)
    stay = (1 - without)[:, None] ** months
    late = np.maximum(months - OFFER_MONTHS, 0)
    kept = (1 - offered)[:, None] ** np.minimum(months, OFFER_MONTHS) * (1 - without)[:, None] ** late
    worth = TERMS.margin * known["price"].to_numpy() * ((kept - stay) @ discounts(HORIZON, TERMS.discount_rate))
    return pd.Series(worth - TERMS.offer_cost, known.index)


def effect(settings, them, experiment) -> dict:
    """The share kept by the offer: as read, and as planted in those of the experiment."""
    without, offered = true_hazards(settings, them, experiment.rows["subscriber"])
    true = float(((1 - offered) ** experiment.watched - (1 - without) ** experiment.watched).mean())
    mean, error = experiment.uplift.mean, experiment.uplift.error
    model = float(experiment.uplift.saved(experiment.rows["score"].to_numpy()).mean())
    return {"kept_true": true, "kept": mean, "kept_error": error, "kept_by_model": model, "inside_95": abs(mean - true) <= 1.96 * error}


def choices(gains: pd.DataFrame, true: pd.Series, seed: int) -> dict:
    """What SHARE of all bring, chosen one way or the other."""
    count = int(SHARE * len(gains))
    orders = {
        "net_gain": gains["gain"], "risk": gains["risk"], "risk_x_value": gains["risk"] * gains["value"], "value": gains["value"],
        "lot": pd.Series(np.random.default_rng(seed).random(len(gains)), gains.index), "truth": true,
    }  # fmt: skip
    return {name: float(true[order.nlargest(count).index].mean()) for name, order in orders.items()}


def interval(values: pd.Series) -> list[float]:
    mean, half = values.mean(), student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return [round(float(mean), 3), round(float(mean - half), 3), round(float(mean + half), 3)]


def main(seeds: list[int], keep: bool) -> None:
    rows = []
    for seed in seeds:
        rows.append(one_world(seed))
        print({name: round(float(value), 4) for name, value in rows[-1].items()}, flush=True)
    table = pd.DataFrame(rows)
    told = about("retention") | {"worlds": len(table), "subscribers": SIZE, "share": SHARE, "terms": vars(TERMS)}
    told["a_subscriber_chosen"] = {name: interval(table[name]) for name in ("net_gain", "risk", "risk_x_value", "value", "lot", "truth")}
    told["net_gain_over"] = {name: interval(table["net_gain"] - table[name]) for name in ("risk", "risk_x_value", "value", "lot")}
    told["kept"] = {name: interval(table[name]) for name in ("kept_true", "kept", "kept_by_model")}
    told["inside_95"] = int(table["inside_95"].sum())
    told["gain_of_all"] = {name: interval(table[name]) for name in ("gain_said", "gain_true")}
    print(told)
    if keep:
        save(told)


if __name__ == "__main__":
    trying = sys.argv[1:] == ["try"]
    main(TRIED_ON if trying else WORLDS, not trying)
