"""How long subscribers stay: ours against plain peers, on the same subscribers held back.

    .venv/bin/python benchmarks/survival.py            twenty minutes; writes benchmarks/results/survival.json

Subscribers (wa_churn): tenure in months and whether each has left; neither the tenure nor charges to date are attributes. In the same 5
folds: the odds of leaving by month of `planning.model.survival`, Cox's regression (lifelines), a logistic regression of months of tenure
(straight lines and values, the month a spline), and Kaplan and Meier's curve for all. `aimed`: a regression for each horizon that
minimises the usual score itself, to show what that score rewards.

Told of each, the mean of the folds: Harrell's C of the odds of leaving within a year (all pairs, and those of whom the first left within
48 months); Brier's score integrated over months 1 to 71, `usual`: weighted by Kaplan and Meier's odds of not being censored, as most do;
the same over months 1 to 60, `own`: weighted by each one's own odds of not being censored (Gerds and Schumacher 2006), told by our method;
the log loss of months of tenure a subscriber; how far the odds of leaving within 3, 12 and 48 months lay from what came in ten groups
by odds (Kaplan and Meier in each, whole file, told unseen; `by_chance`: what that stays under in 99 of 100 files where all odds
hold), and seconds for the 5 fits and all odds on one core.
Month-to-month subscribers are censored early, two-year ones late, so the usual weights count too many of the former as gone:
`by_contract` shows the share still there after 48 months as seen, as the usual weights have it, and as told. `leak`: C with the total
charge as an attribute.

`lifetimes`: what those still here are worth (half of the charges of 36 months, discounted at 8 % a year), the 80 % interval, the
standard deviations it is made of, seconds. `worlds`: made-up subscribers whose future is known, how often the 80 % intervals held what the
whole portfolio and what one customer brought in 24 months.
"""

from __future__ import annotations

import json
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from measuring import about, save
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

from planning.inputs.company import read_company
from planning.inputs.event_tables import read_events
from planning.model.attributes import in_order, select_attributes
from planning.model.churn import deal_folds
from planning.model.contract_value import discounts
from planning.model.survival import fit_survival, measure_survival, months_there, stays_of_log_odds
from planning.model.survival_scores import (
    brier_scores,
    censoring,
    concordance,
    gap_by_chance,
    groups_by_odds,
    integrated_brier,
    kaplan_meier,
    mean_gap,
)
from planning.plan.subscriber_lifetime import Worth, build_lifetimes

ROOT = Path(__file__).resolve().parents[1]
SEED, EARLY, LONG, FLOOR = 7, 48, 60, 0.005
LEVEL, WORLDS, SIZE, AHEAD = 0.8, 100, 2000, 24
HORIZONS = (3, 12, 48)
WITHOUT = ["customer", "left", "tenure", "total_charge"]


def subscribers() -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as room:
        return read_events(read_company(ROOT / "params" / "telco"), lambda: Path(room))[0]["customers"].frame()


# ------------------------------------------------------------------------------------------------------------- methods


class Ours:
    """The blended odds of leaving by month."""

    def fit(self, rows, tenure, left, attributes):
        self.survival = fit_survival(rows, tenure, left, attributes, SEED)
        return self

    def stays(self, rows, months):
        return self.survival.stays(rows, months)


class Plain:
    """What the peers are told: numbers in standard deviations, one column a value but the first."""

    def code(self, rows, attributes=None):
        if attributes:
            self.attributes = attributes
            known = in_order(rows, attributes)
            self.lists = OneHotEncoder(drop="first", sparse_output=False, handle_unknown="ignore").fit(known[list(attributes.lists)])
            self.numbers = StandardScaler().fit(known[list(attributes.numbers)])
        known = in_order(rows, self.attributes)
        lists, numbers = known[list(self.attributes.lists)], known[list(self.attributes.numbers)].fillna(0)
        return np.hstack([self.numbers.transform(numbers), self.lists.transform(lists)])


class Cox(Plain):
    """lifelines, with a pull on the weights as small as needed for columns that say the same."""

    def fit(self, rows, tenure, left, attributes):
        frame = pd.DataFrame(self.code(rows, attributes)).assign(tenure=np.maximum(tenure, 0.5), left=left)
        self.model = CoxPHFitter(penalizer=1e-4).fit(frame, "tenure", "left")
        return self

    def stays(self, rows, months):
        return self.model.predict_survival_function(pd.DataFrame(self.code(rows)), times=np.arange(1, months + 1)).to_numpy().T


class Logistic(Plain):
    """A logistic regression of all months of tenure."""

    def fit(self, rows, tenure, left, attributes):
        known, there = self.code(rows, attributes), months_there(tenure, left)
        who = np.repeat(np.arange(len(there)), there)
        month = np.arange(len(who)) - np.repeat(np.cumsum(there) - there, there) + 1
        self.model = LogisticRegression(max_iter=2000).fit(self.beside(known[who], month), left[who] & (month == there[who]))
        return self

    def beside(self, known, month):
        knots = np.array([[1.0], [2], [4], [8], [16], [30], [48], [60], [72]])
        spline = SplineTransformer(knots=knots, include_bias=False, extrapolation="linear").fit(knots)
        return np.hstack([known, spline.transform(month[:, None].astype(float))])

    def scores(self, rows, months):
        known = self.code(rows)
        who, month = np.repeat(np.arange(len(known)), months), np.tile(np.arange(1, months + 1), len(known))
        return self.model.decision_function(self.beside(known[who], month)).reshape(-1, months)

    def stays(self, rows, months):
        return stays_of_log_odds(self.scores(rows, months))


class Aimed(Logistic):
    """Whether each has left after so many months, every third, weighted as the usual score weighs them."""

    def fit(self, rows, tenure, left, attributes):
        known, among, times = self.code(rows, attributes), censoring(tenure, left), np.arange(1, 72, 3)
        who, month = np.repeat(np.arange(len(known)), len(times)), np.tile(times, len(known))
        gone, there = left[who] & (tenure[who] <= month), tenure[who] > month
        counted = gone | there
        weights = 1 / among.at(np.where(gone, tenure[who], month))[counted]
        self.model = LogisticRegression(max_iter=2000).fit(self.beside(known[who], month)[counted], gone[counted], weights)
        return self

    def stays(self, rows, months):
        return np.minimum.accumulate(1 / (1 + np.exp(self.scores(rows, months))), axis=1)


class Base:
    """Kaplan and Meier's curve for all."""

    def fit(self, rows, tenure, left, attributes):
        self.curve = kaplan_meier(tenure, left)
        return self

    def stays(self, rows, months):
        return np.tile(self.curve.at(np.arange(1, months + 1)), (len(rows), 1))


METHODS = {"ours": Ours, "cox": Cox, "logistic": Logistic, "kaplan_meier": Base, "aimed": Aimed}


# ------------------------------------------------------------------------------------------------------------- scores


def own_odds(table, tenure, left, attributes, folds, last: int) -> np.ndarray:
    """Each one's odds of not being censored by month, told by those in other folds: censored is who hasn't left."""
    watched = np.empty((len(table), last))
    for seen, unseen in folds:
        some = seen[tenure[seen] > 0]
        watched[unseen] = fit_survival(table.iloc[some], tenure[some], ~left[some], attributes, SEED).stays(table.iloc[unseen], last)
    return np.maximum(watched, FLOOR)


def one_method(method, table, tenure, left, attributes, folds, watched, last: int) -> tuple[dict, np.ndarray]:
    stays, rows, seconds = np.empty((len(table), last)), [], 0.0
    for seen, unseen in folds:
        begun = time.perf_counter()
        stays[unseen] = method().fit(table.iloc[seen], tenure[seen], left[seen], attributes).stays(table.iloc[unseen], last)
        seconds += time.perf_counter() - begun
        rows.append(scores_of(stays[unseen], tenure, left, seen, unseen, watched[unseen]))
    told = {name: round(float(value), 4) for name, value in pd.DataFrame(rows).mean().items()}
    spread = {"c_spread": round(float(pd.DataFrame(rows)["c"].std()), 4)}
    grouped = {month: groups_by_odds(1 - stays[:, month - 1], month, tenure, left) for month in HORIZONS}
    gaps = {f"gap_{month}": round(mean_gap(groups), 4) for month, groups in grouped.items()}
    gaps |= {f"gap_{month}_by_chance": round(gap_by_chance(groups), 4) for month, groups in grouped.items()}
    return told | spread | gaps | {"seconds": round(seconds, 1)}, stays


def scores_of(stays, tenure, left, seen, unseen, watched) -> dict[str, float]:
    usual = measure_survival(stays, tenure, left, seen, unseen)
    came, times = (tenure[unseen], left[unseen]), np.arange(1, LONG + 1)
    before = np.hstack([np.ones((len(watched), 2)), watched])
    own = before[np.arange(len(watched)), months_there(*came)]
    scores = brier_scores(stays[:, :LONG], times, *came, own, watched[:, :LONG])
    early = concordance(*came, 1 - stays[:, 11], until=EARLY)
    return {"c": usual["concordance"], f"c_{EARLY}": early, "usual": usual["integrated_brier"],
            "own": integrated_brier(scores, times), "log_loss": month_loss(stays, *came)}  # fmt: skip


def month_loss(stays, tenure, left) -> float:
    """Minus the log of the odds of what came, a subscriber: left in that month, or still there after it."""
    there = months_there(tenure, left)
    before = np.hstack([np.ones((len(stays), 1)), stays])
    who = np.arange(len(stays))
    came = np.where(left, before[who, np.maximum(there - 1, 0)] - before[who, there], before[who, there])
    return float(-np.log(np.maximum(came, 1e-12)).mean())


def by_contract(table, tenure, left, told: dict[str, np.ndarray]) -> dict:
    among, found = censoring(tenure, left), {}
    gone, there = left & (tenure <= EARLY), tenure > EARLY
    weight = np.where(gone | there, 1 / np.maximum(among.at(np.minimum(tenure, EARLY)), FLOOR), 0.0)
    for contract in sorted(table["contract"].unique()):
        who = (table["contract"] == contract).to_numpy()
        seen = float(kaplan_meier(tenure[who], left[who]).at(EARLY))
        row = {"seen": seen, "usual_weights": weight[who & there].sum() / weight[who].sum()}
        row |= {method: stays[who, EARLY - 1].mean() for method, stays in told.items()}
        found[contract] = {name: round(float(value), 4) for name, value in row.items()}
    return found


def leak(table, tenure, left, folds, last: int) -> dict:
    """C where the charges to date are an attribute."""
    attributes, found = select_attributes(table, [name for name in WITHOUT if name != "total_charge"]), []
    for seen, unseen in folds:
        fitted = fit_survival(table.iloc[seen], tenure[seen], left[seen], attributes, SEED)
        found.append(measure_survival(fitted.stays(table.iloc[unseen], last), tenure, left, seen, unseen)["concordance"])
    return {"c": round(float(np.mean(found)), 4)}


# ------------------------------------------------------------------------------------------------------------ lifetimes


def lifetimes(table, tenure, left, attributes) -> dict:
    begun = time.perf_counter()
    charge = table["monthly_charge"].to_numpy("float64")
    told = build_lifetimes(table, tenure, left, charge, attributes, Worth(0.5, 0.08), LEVEL, SEED)
    seconds = round(time.perf_counter() - begun, 1)
    return {"here": len(told.people), **{name: round(float(value)) for name, value in told.total.items()}, "seconds": seconds}


def worlds() -> dict:
    """How often the intervals held in worlds where what came is known."""
    portfolio, one, off = [], [], []
    for seed in range(WORLDS):
        rows, tenure, left, charge, leaves = made_up(SIZE, seed)
        worth = Worth(0.5, 0.1, AHEAD)
        told = build_lifetimes(rows, tenure, left, charge, select_attributes(rows, []), worth, LEVEL, seed)
        stayed = np.clip(leaves[~left] - 1 - tenure[~left], 0, AHEAD).astype(int)
        came = 0.5 * charge[~left] * np.append(0.0, np.cumsum(discounts(AHEAD, 0.1)))[stayed]
        portfolio.append(told.total["lower"] <= came.sum() <= told.total["upper"])
        one.append(((came >= told.people["lower"] - 1e-9) & (came <= told.people["upper"] + 1e-9)).mean())
        off.append(told.total["value"] / came.sum() - 1)
    shares = {"portfolio": np.mean(portfolio), "one_customer": np.mean(one), "bias": np.mean(off), "miss": np.mean(np.abs(off))}
    return {"worlds": WORLDS, "subscribers": SIZE, "level": LEVEL, **{name: round(float(share), 4) for name, share in shares.items()}}


def made_up(size: int, seed: int):
    """Attributes, tenure, left and charge as sources have them, and the month of tenure in which each leaves; all came within 4 years."""
    rng = np.random.default_rng([SEED, seed])
    monthly, visits, plan = rng.random(size) < 0.6, rng.uniform(0, 8, size), rng.choice(["a", "b", "c"], size)
    risk = np.where((visits < 2) & (plan == "c"), 3.0, np.where(plan == "a", 0.8, 1.0))
    hazard = np.where(monthly[:, None], 0.02 + 0.06 / np.arange(1, 73), 0.008) * risk[:, None]
    gone = rng.random(hazard.shape) < hazard
    leaves = np.where(gone.any(axis=1), gone.argmax(axis=1) + 1, 999)
    began = rng.integers(0, 49, size)
    rows = pd.DataFrame({"contract": np.where(monthly, "monthly", "yearly"), "visits": visits, "plan": plan})
    return rows, np.minimum(leaves, began).astype(float), leaves <= began, rng.uniform(20, 80, size), leaves


def main() -> None:
    told = about("survival")
    warnings.filterwarnings("ignore", module="lifelines|sklearn")
    table = subscribers()
    tenure, left = table["tenure"].to_numpy("float64"), table["left"].to_numpy(bool)
    attributes, folds = select_attributes(table, WITHOUT), list(deal_folds(left, SEED))
    last = int(months_there(tenure, left).max())
    watched = own_odds(table, tenure, left, attributes, folds, last)
    methods, stays = {}, {}
    for name, method in METHODS.items():
        methods[name], stays[name] = one_method(method, table, tenure, left, attributes, folds, watched, last)
        print(name, json.dumps(methods[name]), flush=True)
    told["versions"] = {name: __import__(name).__version__ for name in ("numpy", "pandas", "sklearn", "catboost", "lifelines")}
    told |= {"subscribers": len(table), "left": int(left.sum()), "folds": len(folds), "seed": SEED, "methods": methods,
             "by_contract": by_contract(table, tenure, left, stays), "leak": leak(table, tenure, left, folds, last),
             "lifetimes": lifetimes(table, tenure, left, attributes), "worlds": worlds()}  # fmt: skip
    told["times_faster"] = {peer: round(row["seconds"] / methods["ours"]["seconds"], 3) for peer, row in methods.items() if peer != "ours"}
    save(told)
    print(json.dumps({name: told[name] for name in ("by_contract", "leak", "lifetimes", "worlds")}, indent=1))


if __name__ == "__main__":
    main()
