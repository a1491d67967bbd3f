"""Subscribers with dated contracts: who leaves when, what they are worth, and whom an offer pays for, as an experiment tells.

Odds are learnt from past month ends and tried on earlier ones; what an offer does is read from the experiment in the books. Where there
is none that tells an effect, it is assumed, and a large enough experiment is designed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planning.core.checks import Check, check_close
from planning.core.errors import Problem, RequestError
from planning.core.periods import month, month_end, month_text
from planning.core.small_groups import merge_small
from planning.model.attributes import in_order
from planning.model.bands import wilson
from planning.model.calibration import reliability
from planning.model.churn import log_odds, speak_once
from planning.model.contract_value import value_ends
from planning.model.drift import drift_table
from planning.model.leaks import alone_auc, leavers_only
from planning.model.leaving import PIECES, Leaving, months_to_leave, stays_of
from planning.model.uplift import AssumedOffer, Uplift
from planning.plan.behaviour import behaviour
from planning.plan.contacts import check_declared, contact_table
from planning.plan.contract_worlds import YEAR, Tried, Worlds, ahead_table, draw_worlds, ends, gain_curve
from planning.plan.experiment import Experiment, Terms, design, known_offer, net_gains, read_experiment
from planning.plan.subscriber_history import CONTRACTS, DATED, Tables, check_contracts, check_events, known_on
from planning.plan.subscriber_odds import Trial, fit_until, months_before, score_trials, try_odds
from planning.plan.why import Why, build_why

ALONE = 0.95
"""One attribute's AUC above which something leaks."""
ERROR = 0.02
"""A calibration error that matters, beyond what chance explains."""
SHIFTED = 0.25
"""A stability index above which an attribute isn't what was learnt from, by custom."""
AHEAD = 60
"""Months ahead within which a time to leave is told."""


@dataclass(frozen=True)
class Study:
    """What is known, said and assumed of subscribers at the end of the month `as_of`.

    `here`: customer, plan, price, tenure, odds_1, odds_3, odds_12, months (in which the odds of having left reach one half; missing
    beyond AHEAD), risk, value, value_lower, value_upper, saved, gain, segment, listed. `retention`: the listed of them, best first.
    `offer`: what an offer does, as the experiment tells or as assumed; `designed`: an experiment that would tell, where none does.
    `ahead`, `curve`: see contract_worlds. `portfolio`: value, lower, upper (of all months ahead). `outcome`: of the list: n, cost, gain,
    lower, upper, odds (that it gains). `why`: of the subscribers of the oldest trial; `base`, `parts`, `rows`: what the log-odds of
    leaving within a year are made of, and the attributes, of the listed. `segments`, `contacts`, `drift`: tables.
    """

    level: float
    assumptions: dict
    as_of: pd.Timestamp
    known: pd.Series
    leaving: Leaving
    here: pd.DataFrame
    retention: pd.DataFrame
    experiment: Experiment | None
    offer: Uplift | AssumedOffer
    designed: pd.Series | None
    trials: list[Trial]
    scores: pd.DataFrame
    bins: pd.DataFrame
    ahead: pd.DataFrame
    curve: pd.DataFrame
    portfolio: pd.Series
    outcome: pd.Series
    cases: pd.DataFrame
    why: Why
    base: float
    parts: pd.DataFrame
    rows: pd.DataFrame
    segments: pd.DataFrame
    contacts: pd.DataFrame
    drift: pd.DataFrame
    alarms: dict
    found: list[Check]

    @property
    def tells(self) -> bool:
        """Whether the list rests on an experiment."""
        return isinstance(self.offer, Uplift)

    @property
    def terms(self) -> Terms:
        """The money that is reckoned with."""
        return terms_of(self.assumptions)


def events(taken) -> dict[str, pd.DataFrame]:
    """The tables of a snapshot that speak of contracts. RequestError where there are no contracts."""
    return {CONTRACTS: taken.event(CONTRACTS)} | {name: taken.event(name) for name in DATED if name in taken.tables}


def terms_of(assumptions: dict) -> Terms:
    """The money that is reckoned with, from the notebook's parameters."""
    ahead = int(assumptions["months_ahead"])
    return Terms(assumptions["offer_cost"], assumptions["margin"], assumptions["discount_rate"], ahead=ahead)


def build_study(tables: Tables, assumptions: dict, level: float, seed: int, workers: int = 1) -> Study:
    """The study of contracts from the event tables; `assumptions` are the notebook's parameters, `workers` processes.

    RequestError where contracts contradict each other, nobody has one at the end of the month, too few have left or stayed, or too short
    a past is known.
    """
    check_contracts(tables[CONTRACTS])
    as_of, terms = find_as_of(tables, assumptions["as_of"]), terms_of(assumptions)
    known = known_on(tables, as_of)
    if known.empty:
        raise RequestError(CONTRACTS, [_nobody(tables, as_of)])
    check_declared(assumptions["fair_groups"], known)
    leaving = fit_until(tables, as_of, seed, workers)
    trials = try_odds(tables, as_of, seed, workers)
    if not trials:
        raise RequestError(CONTRACTS, [_too_short(tables, as_of)])
    experiment = read_experiment(tables, as_of, seed, workers)
    offer = known_offer(experiment, assumptions["save_rate"])
    told = isinstance(offer, Uplift)
    rng = np.random.default_rng(seed)
    steps = leaving.steps(known)
    stays = stays_of(steps, np.arange(1, terms.ahead + 1), leaving.pieces)
    here = _here(known, leaving, steps, stays, offer, terms, level)
    stays, known = stays[here["row"]], known.iloc[here["row"]]
    price, listed = here["price"].to_numpy(float), int(here["listed"].sum())
    worlds = draw_worlds(stays, price, listed, offer, terms, _tried(trials[0]), rng)
    retention = here[here["listed"]].reset_index(drop=True)
    base, parts = _reasons(leaving, known.iloc[:listed])
    return Study(
        level, dict(assumptions), as_of, _counts(tables, as_of), leaving, here, retention, experiment, offer,
        None if told or not offer.save_rate else design(float(here["risk"].mean()), len(here), offer.save_rate, terms), trials,
        score_trials(trials, seed),
        _bins(trials[0], level), ahead_table(stays, price, worlds, level), gain_curve(here["gain"], worlds, level),
        _portfolio(here, worlds, level), _outcome(retention, worlds, terms, level), _cases(stays, price, here, offer, terms),
        _why(trials[0], parts), base, parts, in_order(known.iloc[:listed], leaving.attributes), _segments(here, trials[0], level),
        contact_table(known, here.set_index(known.index), assumptions["fair_groups"]),
        drift_table(*(in_order(one, leaving.attributes) for one in (trials[0].known, known))), _alarms(tables, trials[0], seed),
        [*check_events(tables), _check_in_force(tables[CONTRACTS], retention["customer"], as_of)],
    )  # fmt: skip


def find_as_of(tables: Tables, said: str) -> pd.Timestamp:
    """The last day of the month that is asked for; of the last month that the tables know of whole where none is.

    RequestError where the month lies after it, or there are no contracts at all.
    """
    contracts = tables[CONTRACTS]
    if contracts.empty:
        raise RequestError(CONTRACTS, [Problem("no contracts", CONTRACTS, "none at all", "those of everybody, also of who has left")])
    days = [contracts["start"].max(), contracts["end"].max(), *(table_days(tables, name).max() for name in DATED if name in tables)]
    newest = max(day for day in days if pd.notna(day))
    last = newest if newest == month_end(newest) else months_before(newest, 1)
    wanted = month_end(month(said)) if said else last
    if wanted > last:
        expected = f"{month_text(last)} or before: the last that the tables know whole"
        raise RequestError(CONTRACTS, [Problem("a month that isn't known yet", "as_of", said, expected)])
    return wanted


def table_days(tables: Tables, name: str) -> pd.Series:
    """The days of an event table; of a month's sum the month's last."""
    days = tables[name][DATED[name]].dt.normalize()
    return month_end(days) if DATED[name] == "period" else days


def _nobody(tables: Tables, as_of: pd.Timestamp) -> Problem:
    contracts = tables[CONTRACTS]
    said = f"{len(contracts):,} contracts from {contracts['start'].min():%Y-%m-%d} on, none in force at the end of {month_text(as_of)}"
    next_step = "choose an as_of at which there are some, or give the contracts that still run without an end"
    return Problem("nobody is a subscriber", "as_of", said, "somebody who may still leave", next_step)


def _too_short(tables: Tables, as_of: pd.Timestamp) -> Problem:
    first = tables[CONTRACTS]["start"].min()
    expected = "half a year, with leavers in each part"
    return Problem("too short a past to try the odds on", CONTRACTS, f"{first:%Y-%m} to {as_of:%Y-%m}", expected)


def _counts(tables: Tables, as_of: pd.Timestamp) -> pd.Series:
    """How many have a contract at the end of the month, had one a year before, and left since: here, before, left, first (contract)."""
    contracts, year = tables[CONTRACTS], months_before(as_of, YEAR)
    there = [contracts.loc[(contracts["start"] <= day) & ~(contracts["end"] <= day), "subscriber"] for day in (as_of, year)]
    left = (~there[1].drop_duplicates().isin(there[0])).sum()
    return pd.Series({"here": there[0].nunique(), "before": there[1].nunique(), "left": int(left), "first": contracts["start"].min()})


# ------------------------------------------------------------------------------------------------------- those still here


def _here(known: pd.DataFrame, leaving: Leaving, steps: np.ndarray, stays: np.ndarray, offer, terms: Terms, level: float) -> pd.DataFrame:
    """Everybody with a contract, best of the list first; `row`: their place in `known`; `steps`: see Leaving."""
    price = known["price"].to_numpy(float)
    gains = net_gains(stays, offer, price, terms)
    lower, upper = value_ends(stays, price, terms.margin, terms.discount_rate, level)
    odds = dict(zip([f"odds_{months}" for months in PIECES], 1 - stays_of(steps, np.array(PIECES), leaving.pieces).T, strict=True))
    table = known[["plan", "price", "tenure"]].rename_axis("customer").reset_index()
    table = table.assign(**odds, months=months_to_leave(steps, AHEAD, leaving.pieces))
    table = table.assign(**gains, value_lower=lower, value_upper=upper, segment=behaviour(known).to_numpy(), row=np.arange(len(known)))
    table["listed"] = table["gain"] > 0
    return table.sort_values("gain", ascending=False, kind="stable", ignore_index=True)


def _reasons(leaving: Leaving, known: pd.DataFrame) -> tuple[float, pd.DataFrame]:
    if known.empty:
        return 0.0, pd.DataFrame(columns=leaving.attributes.all, dtype=float)
    base, parts = leaving.parts(known, YEAR)
    return base, speak_once(parts, in_order(known, leaving.attributes), leaving.attributes)


def _portfolio(here: pd.DataFrame, worlds: Worlds, level: float) -> pd.Series:
    lower, upper = ends(worlds.value, level)
    return pd.Series({"value": float(here["value"].sum()), "lower": lower, "upper": upper})


def _outcome(retention: pd.DataFrame, worlds: Worlds, terms: Terms, level: float) -> pd.Series:
    n = len(retention)
    drawn = worlds.gains[:, np.searchsorted(worlds.at, n)]
    lower, upper = ends(drawn, level)
    return pd.Series({"n": n, "cost": n * terms.offer_cost, "gain": float(retention["gain"].sum()), "lower": lower, "upper": upper,
                      "odds": float((drawn > 0).mean()) if n else np.nan})  # fmt: skip


def _cases(stays: np.ndarray, price: np.ndarray, here: pd.DataFrame, offer, terms: Terms) -> pd.DataFrame:
    """What if an assumption is another: case, and for the list drawn anew n, cost, gain. `as_drawn`: the gain of the list as it stands,
    should the case turn out so after it was contacted."""
    rows = []
    for case, (changed, values) in cases_of(offer, terms).items():
        gain = net_gains(stays[:, : changed.ahead], offer, price, changed, values)["gain"].to_numpy()
        n = int((gain > 0).sum())
        won = {"n": n, "cost": n * changed.offer_cost, "gain": gain[gain > 0].sum(), "as_drawn": gain[here["listed"].to_numpy()].sum()}
        rows.append({"case": case, **won})
    return pd.DataFrame(rows)


def cases_of(offer: Uplift | AssumedOffer, terms: Terms) -> dict[str, tuple[Terms, np.ndarray | float | None]]:
    """The cases: terms, and what the offer does where it isn't the likeliest. The experiment's effect at the ends of its band of 8 in 10,
    or half and half as much again of what is assumed."""
    if isinstance(offer, Uplift):
        off = 1.2816 * np.sqrt(offer.spread[2, 2]) * np.array([0.0, 0.0, 1.0, 0.0])
        weaker, stronger = offer.values + off, offer.values - off
    else:
        weaker, stronger = 0.5 * offer.save_rate, min(1.0, 1.5 * offer.save_rate)
    return {
        "expected": (terms, None), "weaker": (terms, weaker), "stronger": (terms, stronger),
        "cheap": (replace(terms, offer_cost=terms.offer_cost / 2), None), "dear": (replace(terms, offer_cost=terms.offer_cost * 2), None),
        "short": (replace(terms, ahead=max(terms.lasting, terms.ahead // 2)), None),
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------ the oldest trial


def _left(trial: Trial) -> np.ndarray:
    return trial.rows["months"].notna().to_numpy()


def _odds_of(trial: Trial) -> np.ndarray:
    return trial.rows[f"odds_{trial.watched}"].to_numpy()


def _tried(trial: Trial) -> Tried:
    return Tried(trial.watched, _odds_of(trial), _left(trial))


def _bins(trial: Trial, level: float) -> pd.DataFrame:
    return reliability(_left(trial), _odds_of(trial), level)


def _why(trial: Trial, listed: pd.DataFrame) -> Why:
    attributes = trial.leaving.attributes
    rows = in_order(trial.known, attributes)
    parts = speak_once(trial.leaving.parts(trial.known, trial.watched)[1], rows, attributes)
    return build_why(rows, parts, _left(trial), attributes, listed.reindex(columns=attributes.all, fill_value=0.0))


def _segments(here: pd.DataFrame, trial: Trial, level: float) -> pd.DataFrame:
    """By behaviour: segment, n, leavers (expected in a year), rate, price (a month, of all), value, listed, gain; and of those who were in
    it at the trial's day said, came (shares that leave while watched), lower, upper (of came)."""
    group = here.assign(segment=merge_small(here["segment"])).groupby("segment")
    summed = {name: (name, "sum") for name in ("price", "value", "listed")}
    table = group.agg(n=("price", "size"), leavers=("odds_12", "sum"), rate=("odds_12", "mean"), **summed)
    table["gain"] = here["gain"].where(here["listed"], 0.0).groupby(merge_small(here["segment"])).sum()
    then = pd.DataFrame({"segment": merge_small(behaviour(trial.known)).to_numpy(), "said": _odds_of(trial), "left": _left(trial)})
    tried = then.groupby("segment").agg(said=("said", "mean"), came=("left", "mean"), gone=("left", "sum"), then=("left", "size"))
    bands = {name: wilson(int(row.gone), int(row.then), level) for name, row in tried.iterrows()}
    tried[["lower", "upper"]] = pd.DataFrame(bands, index=["lower", "upper"]).T.reindex(tried.index)
    return table.join(tried[["said", "came", "lower", "upper"]]).sort_values("value", ascending=False).reset_index()


# ------------------------------------------------------------------------------------------------------------- checks


def _alarms(tables: Tables, trial: Trial, seed: int) -> dict:
    attributes = trial.leaving.attributes
    rows, left = in_order(trial.known, attributes).reset_index(drop=True), _left(trial)
    return {"alone": alone_auc(rows, left, attributes, seed), "only": leavers_only(rows, left, attributes),
            "future": not known_on(before(tables, trial.day), trial.day).equals(trial.known)}  # fmt: skip


def before(tables: Tables, day: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The tables as they were at the end of a day: no later event, no contract that begins later, none ended that ends later."""
    contracts = tables[CONTRACTS]
    begun = contracts[contracts["start"] <= day]
    earlier = {name: tables[name][tables[name][when] <= day] for name, when in DATED.items() if name in tables}
    return earlier | {CONTRACTS: begun.assign(end=begun["end"].where(begun["end"] <= day))}


def check_study(study: Study) -> list[Check]:
    """What must hold: no leak, odds that held, groups of an experiment that are alike, reasons and a list that add up."""
    return [*study.found, *_check_leaks(study), *_check_odds(study), *_check_experiment(study), *_check_list(study)]


def _check_leaks(study: Study) -> list[Check]:
    alone, only = study.alarms["alone"], study.alarms["only"]
    name, most = (str(alone.idxmax()), float(alone.max())) if len(alone) else ("", 0.0)
    said = f"{name + ': ' if most > ALONE else ''}{most:.3f} ≤ {ALONE}"
    return [
        Check("contracts: no leak: nothing after the day is looked at", not study.alarms["future"], f"{int(study.alarms['future'])} = 0"),
        Check("contracts: no leak: no attribute alone tells who left", most <= ALONE, said),
        Check("contracts: no leak: no value belongs to leavers only", not only, ", ".join(only) or "0"),
    ]


def _check_odds(study: Study) -> list[Check]:
    found = []
    for months, told in study.scores.groupby("months"):
        limits = np.maximum(ERROR, told["chance"])
        each = zip(told["day"], told["error"], limits, strict=True)
        said = ", ".join(f"{day:%Y-%m}: {error:.4f} ≤ {limit:.4f}" for day, error, limit in each)
        found.append(Check(f"contracts: odds of {months} months told earlier held", bool((told["error"] <= limits).all()), said))
    return found


def _check_experiment(study: Study) -> list[Check]:
    if study.experiment is None:
        return []
    n, others = study.experiment.uplift.groups
    allowed = 3.3 * float(np.sqrt(1 / n + 1 / others))
    said = f"{study.experiment.balance:.3f} ≤ {allowed:.3f}"
    return [Check("contracts: the experiment's groups were as likely to leave", study.experiment.balance <= allowed, said)]


def _check_in_force(contracts: pd.DataFrame, listed: pd.Series, as_of: pd.Timestamp) -> Check:
    """Whether each of the listed has a contract that has begun and not ended, by the contracts themselves."""
    begun = contracts[contracts["subscriber"].isin(listed) & (contracts["start"] <= as_of)]
    going_on = set(begun.loc[begun["end"].isna() | (begun["end"] > as_of), "subscriber"])
    gone = sum(name not in going_on for name in listed)
    return Check("contracts: the list names nobody who has left", gone == 0, f"{gone} = 0")


def _check_list(study: Study) -> list[Check]:
    listed = study.retention
    told = log_odds(np.clip(listed["odds_12"].to_numpy(), 1e-12, 1 - 1e-12))
    gap = float(np.abs(study.base + study.parts.sum(axis=1).to_numpy() - told).max()) if len(listed) else 0.0
    brought = float((study.curve.loc[study.curve["contacted"] == len(listed), "gain"]).iloc[0])
    return [
        Check("contracts: reasons add up to the score", gap <= 1e-6, f"Δ {gap:.0e}"),
        check_close("contracts: the list adds up to its gain", brought, float(study.outcome["gain"]), 0.01),
    ]


# ---------------------------------------------------------------------------------------------------------- the results


def study_tables(study: Study) -> dict[str, pd.DataFrame]:
    """The tables of the study, by name."""
    tables = {
        "retention": study.retention.drop(columns="row"), "subscribers": study.here.drop(columns="row"), "ahead": study.ahead,
        "curve": study.curve, "portfolio": study.portfolio.to_frame().T, "outcome": study.outcome.to_frame().T, "what_ifs": study.cases,
        "behaviour": study.segments, "contacts": study.contacts, "drift": study.drift, "trial": study.scores, "calibration": study.bins,
        "segments": study.why.segments, "weights": study.why.weights,
        "parts": study.parts.assign(base=study.base).rename_axis("customer").reset_index(),
    }  # fmt: skip
    tables |= {} if study.designed is None else {"designed": study.designed.to_frame().T}
    return tables | ({} if study.experiment is None else {"experiment": experiment_table(study.experiment)})


def experiment_table(experiment: Experiment) -> pd.DataFrame:
    """The experiment by group: group (offered, control), n, left, rate; kept (the share that the offer kept) and its error."""
    uplift = experiment.uplift
    table = pd.DataFrame({"group": ["offered", "control"], "n": uplift.groups, "left": uplift.left})
    return table.assign(rate=table["left"] / table["n"], kept=uplift.mean, error=uplift.error)


def study_key_figures(study: Study, currency: str) -> list[tuple]:
    """The figures a director wants first, as view.reader.key_figures takes them."""
    year, out, worth = study.ahead.iloc[-1], study.outcome, study.portfolio
    return [
        ("contracts_value", worth["value"], currency, "up", (worth["lower"], worth["upper"])),
        ("contracts_charges", year["charges"], currency, "down", (year["charges_lower"], year["charges_upper"])),
        ("contracts_gain", out["gain"], currency, "up", (out["lower"], out["upper"])),
        ("contracts_listed", out["n"], "count", "neutral"),
    ]
