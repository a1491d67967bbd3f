"""Subscribers: how likely each is to leave and why, whether such odds held, and whom an offer would pay for.

The sources say who has left and who hasn't; they say neither when, nor what an offer would do: those are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.checks import Check, check_close
from planning.core.errors import Problem, RequestError, did_you_mean
from planning.model.attributes import NOTHING, Attributes, in_order, select_attributes
from planning.model.bands import measured_coverage
from planning.model.calibration import (
    calibration_error,
    calibration_line,
    count_band,
    draw_lines,
    error_by_chance,
    held_counts,
    reliability,
)
from planning.model.churn import Unseen, log_odds, probability_of, speak_once, try_unseen
from planning.model.leaks import alone_auc, leavers_only, shuffled_auc, stands_for_total
from planning.plan.contacts import check_declared, contact_table
from planning.plan.experiment import Terms, design
from planning.plan.subscriber_lifetime import Worth
from planning.plan.subscriber_stay import Stay, build_stay, stay_people
from planning.plan.why import Why, build_why

TABLE = "customers"
REPEATS = 3
"""How many times the customers are dealt into folds anew."""
LEAST = 50
"""Fewer who left, or who stayed, than this are too few to learn from and to be tried on."""
NAMED = 5
"""How many are named where some are wrong."""
WORLDS = 500
"""Worlds drawn for the bands of money."""
POINTS = 80
"""Points of the curve of gain."""
ALONE, FOLLOWS = 0.95, 0.98
"""One attribute's AUC, and a number's rank correlation with tenure × charge, above which something leaks."""
ERROR, SLOPE = 0.02, 0.1
"""A calibration error, and a distance of the slope from 1, that matter, beyond what chance explains."""


@dataclass(frozen=True)
class Study:
    """What is known, said and assumed of a company's subscribers. `stay`: how long those here stay; None where that can't be told.

    `people`: customer, tenure, charge, left, probability (said unseen), value (of a saved subscriber), gain (of an offer).
    `why`: their attributes, what each adds to the log-odds of `unseen.base`, and who left by attribute. `retention`: those still here
    whom an offer pays for, best first. `curve`: contacted, gain, lower, upper. `risk`: what, amount, lower, upper (leavers, charges).
    `outcome`: of the list: n, cost, gain, lower, upper, odds (that it gains), break_even (save rate).
    `contacts`: of declared groups; `designed`: an experiment that would tell what an offer does. `tried`: the same rule on everybody
    in the sources: n, expected, lower, upper, actual. `bins`: model.calibration.reliability.
    """

    level: float
    assumptions: dict
    attributes: Attributes
    people: pd.DataFrame
    unseen: Unseen
    why: Why
    retention: pd.DataFrame
    curve: pd.DataFrame
    risk: pd.DataFrame
    outcome: pd.Series
    tried: pd.Series
    bins: pd.DataFrame
    held: pd.DataFrame
    quality: pd.Series
    cases: pd.DataFrame
    contacts: pd.DataFrame
    designed: pd.Series | None
    stay: Stay | None
    alarms: dict


def events(taken) -> pd.DataFrame:
    """The event table `customers` of a snapshot. RequestError where there is none."""
    return taken.event(TABLE)


def build_study(table: pd.DataFrame, assumptions: dict, level: float, seed: int, workers: int = 1) -> Study:
    """The study of subscribers from the event table `customers`; `assumptions` are the notebook's parameters, `workers` processes.

    RequestError where a customer stands twice, or too few have left or stayed to learn anything.
    """
    table = table.reset_index(drop=True)
    left = table["left"].to_numpy(dtype=bool)
    _check_once(table["customer"])
    _check_counts(left)
    attributes = select_attributes(table, ["customer", "left", "total_charge", *_left_out(table, assumptions)])
    _check_attributes(attributes)
    rows = in_order(table, attributes)
    unseen = try_unseen(rows, left, attributes, REPEATS, seed, workers)
    parts = speak_once(unseen.parts, rows, attributes)
    people = _people(table, unseen.probability, assumptions)
    rng = np.random.default_rng(seed)
    here = people[~people["left"]].sort_values("gain", ascending=False, kind="stable")
    worlds = _worlds(people, here, assumptions, rng)
    retention = here[here["gain"] > 0].reset_index(names="row")
    why = build_why(rows, parts, left, attributes, parts.loc[retention["row"]])
    stay = build_stay(table, attributes, _worth(assumptions), level, seed, workers)
    return Study(
        level, dict(assumptions), attributes, people, unseen, why, retention,
        curve=_curve(here, worlds, level), risk=_risk(here, worlds, level),
        outcome=_outcome(retention, worlds, assumptions, level), tried=_tried(people, level, rng),
        bins=reliability(left, people["probability"].to_numpy(), level), held=held_counts(_first_round(unseen), left, level, seed),
        quality=_quality(left, unseen, seed), cases=_cases(here, assumptions, stay), contacts=_contacts(table, people, assumptions),
        designed=_designed(here, assumptions), stay=stay, alarms=_alarms(table, rows, left, attributes, seed, workers),
    )  # fmt: skip


def _worth(assumptions: dict) -> Worth:
    return Worth(assumptions["margin"], assumptions["discount_rate"], assumptions["months_ahead"])


def _contacts(table: pd.DataFrame, people: pd.DataFrame, assumptions: dict) -> pd.DataFrame:
    """How often each declared group of those still here is on the list, known to the score or not (contacts.contact_table)."""
    declared, here = assumptions["fair_groups"], people[~people["left"]]
    check_declared(declared, table)
    risk = pd.DataFrame({"risk": here["probability"], "listed": here["gain"] > 0})
    return contact_table(table.loc[here.index], risk, declared)


def _designed(here: pd.DataFrame, assumptions: dict) -> pd.Series | None:
    """The experiment that would tell whether an offer keeps as many as is assumed; None where none is assumed to be kept."""
    terms = Terms(assumptions["offer_cost"], assumptions["margin"], 0.0)
    kept = assumptions["save_rate"]
    return design(float(here["probability"].mean()), len(here), kept, terms) if kept else None


def _check_once(customers: pd.Series) -> None:
    """One who is learnt from in one row and told in the other would make the score look better than it is."""
    again = customers[customers.duplicated()].unique()
    if len(again):
        names = ", ".join(map(str, again[:NAMED])) + (f" and {len(again) - NAMED:,} more" if len(again) > NAMED else "")
        raise RequestError(TABLE, [Problem("a customer stands twice", "customer", names, "a row each", "keep the row that holds")])


def _check_counts(left: np.ndarray) -> None:
    counts = {"who left": int(left.sum()), "who stayed": int((~left).sum())}
    few = [Problem(f"too few {who}", TABLE, f"{n}", f"at least {LEAST}") for who, n in counts.items() if n < LEAST]
    if few:
        raise RequestError(TABLE, few)


def _check_attributes(attributes: Attributes) -> None:
    if not attributes.all:
        said = "all are left out or the same for everybody"
        raise RequestError(TABLE, [Problem("no attribute to learn from", TABLE, said, "at least 1")])


def _left_out(table: pd.DataFrame, assumptions: dict) -> list[str]:
    """The attributes that the score shall not use. RequestError for those that there are not."""
    named = list(assumptions["leave_out"])
    unknown = [
        Problem("unknown attribute", "leave_out", repr(n), next=did_you_mean(str(n), table.columns)) for n in named if n not in table
    ]
    if unknown:
        raise RequestError("leave_out", unknown)
    return named


def _people(table: pd.DataFrame, probability: np.ndarray, assumptions: dict) -> pd.DataFrame:
    people = table[["customer", "tenure", "monthly_charge", "left"]].rename(columns={"monthly_charge": "charge"})
    people["probability"] = probability
    people["value"] = saved_value(people["charge"], assumptions["margin"], assumptions["months_kept"])
    people["gain"] = offer_gain(probability, people["value"], assumptions["save_rate"], assumptions["offer_cost"])
    return people


def saved_value(charge, margin: float, months_kept: float):
    """What a subscriber who is kept still brings: margin on the charges of the months they stay. 70 × 0.5 × 12 = 420."""
    return charge * margin * months_kept


def offer_gain(probability, value, save_rate: float, offer_cost: float):
    """What an offer to one subscriber is expected to bring, less what it costs: 0.5 × 0.15 × 420 − 20 = 11.5."""
    return probability * save_rate * value - offer_cost


# -------------------------------------------------------------------------------------------------------------- money


@dataclass(frozen=True)
class _Worlds:
    """Drawn worlds of those still here: how many leave, their charges a month, and the gain of offers to the first `at` of them."""

    leavers: np.ndarray
    charges: np.ndarray
    at: np.ndarray
    gains: np.ndarray


def _worlds(people: pd.DataFrame, here: pd.DataFrame, assumptions: dict, rng: np.random.Generator) -> _Worlds:
    """Worlds in which the calibration is as unsure as the customers make it, and leaving and being kept are matters of chance."""
    lines = draw_lines(people["left"].to_numpy(), log_odds(people["probability"].to_numpy()), WORLDS, rng)
    score, value, charge = log_odds(here["probability"].to_numpy()), here["value"].to_numpy(), here["charge"].to_numpy()
    at = np.unique(np.append(np.linspace(0, len(here), POINTS + 1).round(), (here["gain"] > 0).sum()).astype(int))
    leavers, charges, gains = [], [], []
    for intercept, slope in lines:
        odds, luck = probability_of(intercept + slope * score), rng.random(len(here))
        leavers.append((luck < odds).sum())
        charges.append(charge[luck < odds].sum())
        kept = np.where(luck < odds * assumptions["save_rate"], value, 0.0)
        gains.append(np.append(0.0, np.cumsum(kept - assumptions["offer_cost"]))[at])
    return _Worlds(np.array(leavers), np.array(charges), at, np.array(gains))


def _ends(draws: np.ndarray, level: float) -> np.ndarray:
    return np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)


def _curve(here: pd.DataFrame, worlds: _Worlds, level: float) -> pd.DataFrame:
    """The gain by how many are contacted, best first: contacted, gain, lower, upper; begins at nobody."""
    expected = np.append(0.0, here["gain"].cumsum())[worlds.at]
    lower, upper = _ends(worlds.gains, level)
    return pd.DataFrame({"contacted": worlds.at, "gain": expected, "lower": lower, "upper": upper})


def _risk(here: pd.DataFrame, worlds: _Worlds, level: float) -> pd.DataFrame:
    """Of those still here: how many leave, and the charges a month that go with them."""
    expected = {"leavers": here["probability"].sum(), "charges": (here["probability"] * here["charge"]).sum()}
    drawn = {"leavers": worlds.leavers, "charges": worlds.charges}
    rows = [(what, float(amount), *_ends(drawn[what], level)) for what, amount in expected.items()]
    return pd.DataFrame(rows, columns=["what", "amount", "lower", "upper"])


def _outcome(retention: pd.DataFrame, worlds: _Worlds, assumptions: dict, level: float) -> pd.Series:
    n = len(retention)
    drawn = worlds.gains[:, np.searchsorted(worlds.at, n)]
    lower, upper = _ends(drawn, level)
    cost, at_stake = n * assumptions["offer_cost"], float((retention["probability"] * retention["value"]).sum())
    odds, break_even = (float((drawn > 0).mean()), cost / at_stake) if n else (np.nan, np.nan)
    return pd.Series({"n": n, "cost": cost, "gain": float(retention["gain"].sum()), "lower": lower, "upper": upper, "odds": odds,
                      "break_even": break_even, "leavers": float(retention["probability"].sum())})  # fmt: skip


def _tried(people: pd.DataFrame, level: float, rng: np.random.Generator) -> pd.Series:
    """The rule of the list applied to everybody in the sources: how many it names, were expected to leave, and left."""
    named = people[people["gain"] > 0]
    lower, upper = count_band(named["probability"].to_numpy(), level, rng)
    return pd.Series({"n": len(named), "expected": float(named["probability"].sum()), "lower": lower, "upper": upper,
                      "actual": int(named["left"].sum()), "all": int(people["left"].sum())})  # fmt: skip


ALL_CAME = "all_came"
CASES = {
    "assumed": {}, "half_saved": {"save_rate": 0.5}, "more_saved": {"save_rate": 1.5}, "cheap": {"offer_cost": 0.5},
    "dear": {"offer_cost": 2.0}, "short": {"months_kept": 0.5}, ALL_CAME: {},
}  # fmt: skip
"""What if: by how much an assumption is multiplied."""


def _cases(here: pd.DataFrame, assumptions: dict, stay: Stay | None) -> pd.DataFrame:
    """What if an assumption is another: case, save_rate, offer_cost, months_kept, and for the list drawn anew n, cost, gain.

    `as_drawn`: the gain of the list as it stands, should the assumption turn out so after it was contacted. `all_came`: what if the file
    holds all who ever came, so that the odds of leaving are those within a year by tenure (not where these can't be told).
    """
    rows = []
    for case, changes in CASES.items() if stay else list(CASES.items())[:-1]:
        terms = {name: assumptions[name] * changes.get(name, 1.0) for name in ("save_rate", "offer_cost", "months_kept")}
        terms["save_rate"] = min(1.0, terms["save_rate"])
        value = saved_value(here["charge"], assumptions["margin"], terms["months_kept"])
        odds = stay.lifetimes.people["odds_12"].reindex(here.index) if stay and case == ALL_CAME else here["probability"]
        gain = offer_gain(odds, value, terms["save_rate"], terms["offer_cost"])
        n = int((gain > 0).sum())
        won = {"n": n, "cost": n * terms["offer_cost"], "gain": gain[gain > 0].sum(), "as_drawn": gain[here["gain"] > 0].sum()}
        rows.append({"case": case, **terms, **won})
    return pd.DataFrame(rows)


# -------------------------------------------------------------------------------------------------- trial and alarms


def _first_round(unseen: Unseen) -> pd.DataFrame:
    return unseen.rounds[unseen.rounds["repeat"] == 0]


def _quality(left: np.ndarray, unseen: Unseen, seed: int) -> pd.Series:
    """Whether the probabilities hold: error (of each method, the mean of the rounds), what chance allows, and the slope."""
    first = _first_round(unseen).sort_values("row")
    rounds = [part for _, part in unseen.rounds.groupby("repeat")]
    errors = {
        f"error_{method}": np.mean([calibration_error(left[part["row"]], part[method].to_numpy()) for part in rounds])
        for method in ("ours", "plain")
    }
    line, covariance = calibration_line(left, log_odds(first["ours"].to_numpy()))
    chance = error_by_chance(first["ours"].to_numpy(), 200, 0.99, seed)
    return pd.Series(errors | {"chance": chance, "slope": line[1], "slope_error": np.sqrt(covariance[1, 1])})


def score_table(study: Study) -> pd.DataFrame:
    """The trial by method (base, plain, ours): auc, log_loss, brier with their lowest and highest fold, and error (ours, plain).

    `wins`: in how many of the folds the method had a smaller log loss than the plain regression.
    """
    scores = study.unseen.scores
    plain = scores[scores["method"] == "plain"].set_index(["repeat", "fold"])["log_loss"]
    rows = []
    for method in ("base", "plain", "ours"):
        own = scores[scores["method"] == method].set_index(["repeat", "fold"])
        row = {"method": method, "folds": len(own), "wins": int((own["log_loss"] < plain).sum())}
        row |= {name: own[name].mean() for name in ("auc", "log_loss", "brier")}
        row |= {f"{name}_{end}": getattr(own[name], end)() for name in ("auc", "log_loss") for end in ("min", "max")}
        rows.append(row | {"error": study.quality.get(f"error_{method}", np.nan)})
    return pd.DataFrame(rows)


def _alarms(table: pd.DataFrame, rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int, workers: int) -> dict:
    auc, spread = shuffled_auc(rows, left, attributes, seed, workers)
    return {
        "alone": alone_auc(rows, left, attributes, seed), "only": leavers_only(rows, left, attributes),
        "follows": stands_for_total(table, attributes, "tenure", "monthly_charge"), "shuffled": auc, "shuffled_spread": spread,
    }  # fmt: skip


def check_study(study: Study) -> list[Check]:
    """What must hold: no leak, probabilities that hold, reasons that add up, a list of people still here that adds up."""
    return [*_check_leaks(study), *_check_odds(study), *_check_list(study), *(study.stay.checks if study.stay else [])]


def _check_leaks(study: Study) -> list[Check]:
    auc, ceiling = float(score_table(study).set_index("method").at["ours", "auc"]), study.assumptions["auc_ceiling"]
    alarms = study.alarms
    best, follows = _largest(alarms["alone"]), _largest(alarms["follows"])
    off, allowed = abs(alarms["shuffled"] - 0.5), 3.3 * alarms["shuffled_spread"]
    used = [name for name in study.attributes.all if name == "total_charge"]
    return [
        Check("subscribers: no leak: the AUC is no better than it can honestly be", auc <= ceiling, f"{auc:.4f} ≤ {ceiling:.4f}"),
        Check("subscribers: no leak: no attribute alone tells who left", best[1] <= ALONE, _said(best, ALONE)),
        Check("subscribers: no leak: no value belongs to leavers only", not alarms["only"], ", ".join(alarms["only"]) or "0"),
        Check("subscribers: no leak: the total charged is not used", not used, f"{len(used)} = 0"),
        Check("subscribers: no leak: nothing stands for the total charged", follows[1] <= FOLLOWS, _said(follows, FOLLOWS)),
        Check(
            "subscribers: dealt out at random, nobody is told apart", off <= allowed, f"|{alarms['shuffled']:.3f} − 0.5| ≤ {allowed:.3f}"
        ),
    ]


def _said(most: tuple[str, float], limit: float) -> str:
    """The figures; with the attribute's code where it is beyond the limit."""
    name = f"{most[0]}: " if most[1] > limit else ""
    return f"{name}{most[1]:.3f} ≤ {limit}"


def _largest(values: pd.Series) -> tuple[str, float]:
    return (str(values.idxmax()), float(values.max())) if len(values) else (NOTHING, 0.0)


def _check_odds(study: Study) -> list[Check]:
    q = study.quality
    error, limit = float(q["error_ours"]), float(max(ERROR, q["chance"]))
    off, span = float(abs(q["slope"] - 1)), float(SLOPE + 2.58 * q["slope_error"])
    return [
        Check("subscribers: probabilities are off by no more than chance", error <= limit, f"{error:.4f} ≤ {limit:.4f}"),
        Check("subscribers: high odds are as high as they are said", off <= span, f"|{q['slope']:.3f} − 1| ≤ {span:.3f}"),
    ]


def _check_list(study: Study) -> list[Check]:
    said = study.unseen.base + study.why.parts.sum(axis=1).to_numpy()
    gap = float(np.abs(probability_of(said) - study.people["probability"]).max())
    alike = int(study.unseen.rounds.groupby("row").size().eq(REPEATS).sum())
    gone = set(study.retention["customer"]) & set(study.people.loc[study.people["left"], "customer"])
    terms = study.assumptions
    redone = (study.retention["probability"] * terms["save_rate"] * study.retention["value"]).sum() - study.outcome["cost"]
    return [
        Check("subscribers: reasons add up to the score", gap <= 1e-9, f"Δ {gap:.0e}"),
        Check("subscribers: everybody was judged unseen", alike == len(study.people), f"{alike:,} / {len(study.people):,}"),
        Check("subscribers: the list names nobody who has left", not gone, f"{len(gone)} = 0"),
        check_close("subscribers: the list adds up to its gain", float(redone), float(study.outcome["gain"]), 0.01),
    ]


# ---------------------------------------------------------------------------------------------------------- the results


def coverage(study: Study) -> pd.Series:
    """In how many disjoint groups of customers the number who left fell inside its band: n, inside, coverage, low, high."""
    return measured_coverage(study.held.assign(level=study.level)).iloc[0]


def typical_tenure(study: Study) -> tuple[float, float]:
    """The median months since joining of those who left and of those still here."""
    people = study.people
    return float(people.loc[people["left"], "tenure"].median()), float(people.loc[~people["left"], "tenure"].median())


def study_tables(study: Study) -> dict[str, pd.DataFrame]:
    """The tables of the study, by name."""
    return {
        "retention": study.retention.drop(columns=["row", "left"]), "people": study.people, "curve": study.curve, "risk": study.risk,
        "outcome": study.outcome.to_frame().T, "tried": study.tried.to_frame().T, "calibration": study.bins, "held": study.held,
        "trial": score_table(study), "folds": study.unseen.scores, "quality": study.quality.to_frame().T, "segments": study.why.segments,
        "weights": study.why.weights, "what_ifs": study.cases,
        "contacts": study.contacts, "parts": study.why.parts.assign(base=study.unseen.base), **_stay_tables(study),
    }  # fmt: skip


def _stay_tables(study: Study) -> dict[str, pd.DataFrame]:
    if study.stay is None:
        return {}
    told = study.stay.lifetimes
    return {"stay": stay_people(study.stay, study.people), "stay_curve": told.curve, "stay_groups": study.stay.groups,
            "stay_total": told.total.to_frame().T, "stay_trial": study.stay.trial.to_frame().T}  # fmt: skip


def study_key_figures(study: Study, currency: str) -> list[tuple]:
    """The figures a director wants first, as view.reader.key_figures takes them."""
    charges, out = study.risk.set_index("what").loc["charges"], study.outcome
    return [
        ("subscribers_at_risk", charges["amount"], currency, "down", (charges["lower"], charges["upper"])),
        ("subscribers_gain", out["gain"], currency, "up", (out["lower"], out["upper"])),
        ("subscribers_listed", out["n"], "count", "neutral"),
        ("subscribers_break_even", out["break_even"], "rate", "down"),
    ]
