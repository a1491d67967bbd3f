"""Subscribers: how likely each is to leave and why, whether such odds held, and whom an offer would pay for.

The sources say who has left and who hasn't; they say neither when, nor what an offer would do: those are assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planning.core.checks import Check, check_close
from planning.core.errors import Problem, RequestError, did_you_mean
from planning.model.bands import measured_coverage, wilson
from planning.model.calibration import (
    calibration_error,
    calibration_line,
    count_band,
    draw_lines,
    error_by_chance,
    held_counts,
    reliability,
)
from planning.model.churn import (
    NOTHING,
    Attributes,
    Unseen,
    alone_auc,
    in_order,
    leavers_only,
    log_odds,
    probability_of,
    select_attributes,
    shuffled_auc,
    speak_once,
    stands_for_total,
    try_unseen,
)

TABLE = "customers"
REPEATS = 3
"""How many times the customers are dealt into folds anew."""
LEAST = 50
"""Fewer who left, or who stayed, than this are too few to learn from and to be tried on."""
WORLDS = 500
"""Worlds drawn for the bands of money."""
POINTS = 80
"""Points of the curve of gain."""
TENURE_EDGES = (0.0, 6.0, 12.0, 24.0, 48.0)
"""Months at which the bands of tenure begin."""
ALONE, FOLLOWS = 0.95, 0.98
"""One attribute's AUC, and a number's rank correlation with tenure × charge, above which something leaks."""
ERROR, SLOPE = 0.02, 0.1
"""A calibration error, and a distance of the slope from 1, that matter, beyond what chance explains."""
REASONS, TELLS = 3, 1.05
"""How many reasons are named, and the least factor on the odds that is a reason."""


@dataclass(frozen=True)
class Study:
    """What is known, said and assumed of a company's subscribers.

    `people`: customer, tenure, charge, left, probability (said unseen), value (of a saved subscriber), gain (of an offer).
    `rows`: their attributes; `parts`: what each adds to the log-odds of `unseen.base`. `retention`: those still here whom an
    offer pays for, best first. `curve`: contacted, gain, lower, upper. `risk`: what, amount, lower, upper (leavers, charges).
    `outcome`: of the list: n, cost, gain, lower, upper, odds (that it gains), break_even (save rate).
    `tried`: the same rule on everybody in the sources: n, expected, lower, upper, actual. `bins`: model.calibration.reliability.
    `segments`: attribute, value, first, last (of a band of numbers), n, gone, rate, lower, upper, part.
    """

    level: float
    assumptions: dict
    attributes: Attributes
    people: pd.DataFrame
    rows: pd.DataFrame
    unseen: Unseen
    parts: pd.DataFrame
    retention: pd.DataFrame
    curve: pd.DataFrame
    risk: pd.DataFrame
    outcome: pd.Series
    tried: pd.Series
    bins: pd.DataFrame
    held: pd.DataFrame
    quality: pd.Series
    segments: pd.DataFrame
    weights: pd.DataFrame
    cases: pd.DataFrame
    alarms: dict


def build_study(table: pd.DataFrame, assumptions: dict, level: float, seed: int) -> Study:
    """The study of subscribers from the event table `customers`; `assumptions` are the notebook's parameters.

    RequestError where too few have left or stayed to learn anything.
    """
    table = table.reset_index(drop=True)
    left = table["left"].to_numpy(dtype=bool)
    _check_counts(left)
    attributes = select_attributes(table, ["customer", "left", "total_charge", *_left_out(table, assumptions)])
    _check_attributes(attributes)
    rows = in_order(table, attributes)
    unseen = try_unseen(rows, left, attributes, REPEATS, seed)
    parts = speak_once(unseen.parts, rows, attributes)
    people = _people(table, unseen.probability, assumptions)
    rng = np.random.default_rng(seed)
    here = people[~people["left"]].sort_values("gain", ascending=False, kind="stable")
    worlds = _worlds(people, here, assumptions, rng)
    retention = here[here["gain"] > 0].reset_index(names="row")
    segments = _segments(rows, parts, left, attributes)
    return Study(
        level, dict(assumptions), attributes, people, rows, unseen, parts, retention,
        curve=_curve(here, worlds, level), risk=_risk(here, worlds, level),
        outcome=_outcome(retention, worlds, assumptions, level), tried=_tried(people, level, rng),
        bins=reliability(left, people["probability"].to_numpy(), level), held=held_counts(_first_round(unseen), left, level, seed),
        quality=_quality(left, unseen, seed), segments=segments, weights=_weights(parts, segments, retention),
        cases=_cases(here, assumptions), alarms=_alarms(table, rows, left, attributes, seed),
    )  # fmt: skip


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
    named = list(assumptions.get("leave_out", []))
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


CASES = {
    "assumed": {}, "half_saved": {"save_rate": 0.5}, "more_saved": {"save_rate": 1.5}, "cheap": {"offer_cost": 0.5},
    "dear": {"offer_cost": 2.0}, "short": {"months_kept": 0.5},
}  # fmt: skip
"""What if: by how much an assumption is multiplied."""


def _cases(here: pd.DataFrame, assumptions: dict) -> pd.DataFrame:
    """What if an assumption is another: case, save_rate, offer_cost, months_kept, and for the list drawn anew n, cost, gain.

    `as_drawn`: the gain of the list as it stands, should the assumption turn out so after it was contacted.
    """
    rows = []
    for case, changes in CASES.items():
        terms = {name: assumptions[name] * changes.get(name, 1.0) for name in ("save_rate", "offer_cost", "months_kept")}
        terms["save_rate"] = min(1.0, terms["save_rate"])
        value = saved_value(here["charge"], assumptions["margin"], terms["months_kept"])
        gain = offer_gain(here["probability"], value, terms["save_rate"], terms["offer_cost"])
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


def _alarms(table: pd.DataFrame, rows: pd.DataFrame, left: np.ndarray, attributes: Attributes, seed: int) -> dict:
    auc, spread = shuffled_auc(rows, left, attributes, seed)
    return {
        "alone": alone_auc(rows, left, attributes, seed), "only": leavers_only(rows, left, attributes),
        "follows": stands_for_total(table, attributes, "tenure", "monthly_charge"), "shuffled": auc, "shuffled_spread": spread,
    }  # fmt: skip


def check_study(study: Study) -> list[Check]:
    """What must hold: no leak, probabilities that hold, reasons that add up, a list of people still here that adds up."""
    return [*_check_leaks(study), *_check_odds(study), *_check_list(study)]


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
    said = study.unseen.base + study.parts.sum(axis=1).to_numpy()
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


# ------------------------------------------------------------------------------------------------------------ reasons


def _segments(rows: pd.DataFrame, parts: pd.DataFrame, left: np.ndarray, attributes: Attributes) -> pd.DataFrame:
    """Who left, by each value of a list and each band of a number."""
    tables = [_segment(name, rows, parts, left, name in attributes.numbers) for name in attributes.all]
    return pd.concat(tables, ignore_index=True)


def _segment(name: str, rows: pd.DataFrame, parts: pd.DataFrame, left: np.ndarray, is_number: bool) -> pd.DataFrame:
    value, first, last = _bands(name, rows[name]) if is_number else (rows[name], np.nan, np.nan)
    known = pd.DataFrame({"value": value, "first": first, "last": last, "n": 1, "gone": left, "part": parts[name]})
    how = {"first": "first", "last": "first", "n": "sum", "gone": "sum", "part": "mean"}
    table = known.groupby("value", as_index=False).agg(how).assign(attribute=name, rate=lambda t: t["gone"] / t["n"])
    ends = [wilson(int(gone), int(n)) for gone, n in zip(table["gone"], table["n"], strict=True)]
    table[["lower", "upper"]] = pd.DataFrame(ends, index=table.index, dtype=float)
    return table.sort_values("first" if is_number else "rate", ascending=is_number, kind="stable")


def _bands(name: str, column: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """A number in bands: the band's number as text, where it begins and where the next one does (missing for the last)."""
    edges = np.array(TENURE_EDGES) if name == "tenure" else _round_edges(column)
    edges = edges[(edges <= column.max())]
    at = pd.Series(np.searchsorted(edges, column.fillna(-np.inf), side="right") - 1, index=column.index).clip(lower=0)
    first, last = edges[at], np.append(edges[1:], np.nan)[at]
    known = column.notna()
    text = at.astype(str).where(known, NOTHING)
    return text, pd.Series(first, index=column.index).where(known), pd.Series(last, index=column.index).where(known)


def _round_edges(column: pd.Series) -> np.ndarray:
    """Quarters of a number, rounded as coarsely as its span allows: to ones from 10 on, to tenths from 1 on."""
    span = column.max() - column.min()
    digits = 0 if span >= 10 else int(np.ceil(1 - np.log10(span)))
    return np.unique(np.round(column.quantile([0, 0.25, 0.5, 0.75]).to_numpy(), digits))


def _weights(parts: pd.DataFrame, segments: pd.DataFrame, retention: pd.DataFrame) -> pd.DataFrame:
    """What each attribute weighs: attribute, share (of all that sets scores apart), first (how often the list's first reason)."""
    size = parts.abs().mean()
    leading = parts.loc[retention["row"]].idxmax(axis=1).value_counts()
    table = pd.DataFrame({"share": size / size.sum(), "first": leading.reindex(size.index).fillna(0).astype(int)})
    return table.rename_axis("attribute").reset_index().sort_values("share", ascending=False, ignore_index=True)


def extremes(study: Study, attribute: str, least: int = 30) -> tuple[pd.Series, pd.Series]:
    """The segments of an attribute that raise and lower the odds most, among those of at least `least` customers where there are."""
    own = study.segments[study.segments["attribute"] == attribute]
    own = own[own["n"] >= least] if (own["n"] >= least).any() else own
    return own.loc[own["part"].idxmax()], own.loc[own["part"].idxmin()]


def reasons(study: Study, rows: pd.Series) -> pd.DataFrame:
    """For these rows of the sources the attributes that raise their odds most: row, attribute, value, factor (on the odds).

    None for those whose odds nothing raises by as much as TELLS.
    """
    parts = study.parts.loc[rows]
    order = np.argsort(-parts.to_numpy(), axis=1, kind="stable")[:, :REASONS]
    found = []
    for row, names, own in zip(rows, order, parts.to_numpy(), strict=True):
        found += [
            (row, parts.columns[at], study.rows.at[row, parts.columns[at]], np.exp(own[at])) for at in names if own[at] > np.log(TELLS)
        ]
    return pd.DataFrame(found, columns=["row", "attribute", "value", "factor"])


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
        "trial": score_table(study), "folds": study.unseen.scores, "quality": study.quality.to_frame().T, "segments": study.segments,
        "weights": study.weights, "what_ifs": study.cases, "parts": study.parts.assign(base=study.unseen.base),
    }  # fmt: skip


def study_key_figures(study: Study, currency: str) -> list[tuple]:
    """The figures a director wants first, as view.reader.key_figures takes them."""
    charges, out = study.risk.set_index("what").loc["charges"], study.outcome
    return [
        ("subscribers_at_risk", charges["amount"], currency, "down", (charges["lower"], charges["upper"])),
        ("subscribers_gain", out["gain"], currency, "up", (out["lower"], out["upper"])),
        ("subscribers_listed", out["n"], "count", "neutral"),
        ("subscribers_break_even", out["break_even"], "rate", "down"),
    ]
