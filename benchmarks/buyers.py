"""How far totals of buyers miss, whether what is corrected of it comes right, and how often the bands hold.

    .venv/bin/python benchmarks/buyers.py          a quarter of an hour; writes benchmarks/results/buyers.json
    .venv/bin/python benchmarks/buyers.py try      the shops that the rule was chosen on; writes nothing

`worlds`: made-up shops that depart from the model (shops.py), on seeds that nothing was chosen on, each forecast for AHEAD weeks after
39, 52, 65, 78 and 104 weeks, with what was known then. By weeks known, of purchases and money: `slope` of what came on what the earlier
days' mean lean said (logs; 0 where none of it comes again), the mean miss (log) without and with the correction, the bias, and the 80
and 90 % bands: how often they held, their width and interval score over what came (lower is better). `drawn`: chance and unsure
parameters alone; `widest`: at least as wide as the widest earlier miss, which is what reports showed before. `value`: the discounted
spending of 36 months.

`cdnow`: 39 weeks after 39 known, as published trials have it, on the sample of a tenth and on all; mean absolute error a buyer, bias
(expected over came less 1), the total's bands, and how often one buyer's own band held.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import shops
from measuring import about, save

from planning.core.metrics import coverage
from planning.model.contract_value import discounts
from planning.model.lifetime import WEEK, build_histories
from planning.model.outlook import Later, draw_outlook, expected_buying, fit_buying, middle, tells_enough, worth_ahead
from planning.plan.buyers_lean import Lean, band, lean_known
from planning.plan.buyers_trial import MONEY, Trial, happened, misses, scores, trial_days, try_buyers

TRIED_ON, SEEDS = range(1, 161), range(2001, 2051)
ORIGINS, SCORED, AHEAD, DRAWS = (26, 39, 52, 65, 78, 91, 104), (39, 52, 65, 78, 104), 39.0, 60
MONTHS, RATE = 36, 0.08
LEVELS = (0.8, 0.9)


def day(weeks: int) -> pd.Timestamp:
    return shops.FIRST + pd.Timedelta(days=7 * weeks - 1)


def one_world(seed: int) -> list[dict]:
    orders, trials = shops.orders(seed), []
    for closing in map(day, ORIGINS):
        known = orders[orders["date"] <= closing]
        if tells_enough(build_histories(known, closing)):
            trials.append(Trial(closing, AHEAD, fit_buying(known, closing), None, None))
    missed = misses(trials, orders[orders["date"] <= day(ORIGINS[-1])], day(ORIGINS[-1]))
    scored = [trial for trial in trials if trial.closing in set(map(day, SCORED))]
    return [row for trial in scored for row in one_day(orders, trial, missed, seed)]


def one_day(orders: pd.DataFrame, trial: Trial, missed: pd.DataFrame, seed: int) -> list[dict]:
    """A row each of purchases, amount and (where the shop was watched long enough) value."""
    ends = np.arange(1, MONTHS + 1) * 365.25 / 12 / 7
    later, known = Later(ends, discounts(MONTHS, RATE)), round((trial.closing - shops.FIRST) / WEEK)
    drawn = draw_outlook(trial.buying, [AHEAD], DRAWS, seed, 0.8, later)
    made, buyers = expected_buying(trial.buying, AHEAD), trial.buying.histories["customer"]
    came = happened(orders, trial.closing, AHEAD)
    came = came[came.index.isin(buyers)].sum()
    rows = []
    for what in MONEY:
        told = lean_known(missed, what, trial.closing), widest_miss(missed, what, trial.closing)
        rows.append(measured(made[what].sum(), came[what], getattr(drawn, what), *told, AHEAD) | {"what": what})
    if known + ends[-1] <= shops.WEEKS:
        spent = orders[(orders["date"] > trial.closing) & orders["customer"].isin(buyers)]
        month = np.searchsorted(ends, ((spent["date"] - trial.closing) / WEEK).to_numpy())
        worth = float(spent["amount"].to_numpy() @ np.append(later.worth, 0.0)[month])
        rows.append(measured(worth_ahead(trial.buying, later).sum(), worth, drawn.worth, *told, ends[-1]) | {"what": "value"})
    return [row | {"seed": seed, "known": known} for row in rows]


def widest_miss(missed: pd.DataFrame, what: str, closing: pd.Timestamp) -> float:
    known = missed[(missed["what"] == what) & (missed["ended"] <= closing)]["miss"].abs()
    return float(known.max()) if len(known) else 0.0


def measured(expected: float, came: float, drawn: np.ndarray, lean: Lean, widest: float, weeks: float) -> dict:
    row = {"lean": float(np.log(came / expected)), "told": lean.mean, "corrected": float(np.log(came / (expected * lean.factor)))}
    row |= {"bias": expected / came - 1, "bias_corrected": expected * lean.factor / came - 1}
    for level in LEVELS:
        low, high = middle(drawn, level)
        bands = {"drawn": (low, high), "ours": tuple(map(float, band(expected, low, high, lean, level, weeks)))}
        bands["widest"] = (max(0.0, min(low, expected * (1 - widest))), max(high, expected * (1 + widest)))
        for name, (lower, upper) in bands.items():
            outside = max(lower - came, came - upper, 0.0)
            row |= {f"{name}_{level:.0%}_held": lower <= came <= upper, f"{name}_{level:.0%}_width": (upper - lower) / came,
                    f"{name}_{level:.0%}_score": (upper - lower + 2 / (1 - level) * outside) / came}  # fmt: skip
    return row


def summary(rows: pd.DataFrame) -> dict:
    slope = float((rows["told"] * rows["lean"]).sum() / (rows["told"] ** 2).sum())
    told = {"n": len(rows), "slope": slope, "miss": rows["lean"].abs().mean(), "miss_corrected": rows["corrected"].abs().mean(),
            "bias": rows["bias"].mean(), "bias_corrected": rows["bias_corrected"].mean()}  # fmt: skip
    told |= rows[[name for name in rows if "%" in name]].mean().to_dict()
    return {name: round(float(value), 3) for name, value in told.items()}


def cdnow() -> dict:
    place = Path(importlib.util.find_spec("lifetimes").submodule_search_locations[0]) / "datasets"
    names = ["customer", "date", "quantity", "amount"]
    found = {}
    for file, columns in (("CDNOW_sample.txt", ["old", *names]), ("CDNOW_master.txt", names)):
        header = 0 if file == "CDNOW_master.txt" else None
        table = pd.read_csv(place / file, sep=r"\s+|,", engine="python", header=header, names=columns, dtype={"customer": str})
        orders = table.assign(date=pd.to_datetime(table["date"].astype(str)))
        found[file.removesuffix(".txt")] = one_trial(orders, pd.Timestamp("1997-09-30"))
    return found


def one_trial(orders: pd.DataFrame, closing: pd.Timestamp) -> dict:
    known = orders[orders["date"] <= closing]
    begun = time.perf_counter()
    fit_buying(known, closing)
    seconds = time.perf_counter() - begun
    earlier = [try_buyers(known, when, ahead, 4, 0.8, 1) for when, ahead in trial_days(known["date"].min(), closing, int(AHEAD))]
    missed, trial = misses(earlier, known, closing), try_buyers(orders, closing, AHEAD, 400, 0.8, 1)
    told = scores(trial).set_index("forecaster").drop(columns=["closing", "weeks"]).astype(float).round(4).to_dict("index")
    told["seconds_of_a_fit"] = round(seconds, 2)
    for what in MONEY:
        lean, expected, came = lean_known(missed, what, closing), trial.rows[f"ours_{what}"].sum(), trial.rows[f"came_{what}"].sum()
        own = coverage(trial.rows[f"came_{what}"], trial.rows[f"{what}_lower"], trial.rows[f"{what}_upper"])
        row = {"corrected_by": lean.factor, "came": float(came), "80%_of_one_buyer_held": round(float(own), 4)}
        for level in LEVELS:
            lower, upper = map(float, band(expected, *middle(getattr(trial.outlook, what), level), lean, level, AHEAD))
            row |= {f"{level:.0%}": [round(lower), round(upper)], f"{level:.0%}_held": bool(lower <= came <= upper)}
        told[f"band_{what}"] = row
    return told


def main(seeds: range, keep: bool) -> None:
    told, rows = about("buyers") | {"cdnow": cdnow()}, []
    print(told["cdnow"], flush=True)
    for seed in seeds:
        begun = time.perf_counter()
        rows += one_world(seed)
        print(seed, f"{time.perf_counter() - begun:.1f} s", flush=True)
    table = pd.DataFrame(rows)
    told["worlds"] = {"seeds": [seeds.start, seeds.stop - 1], "ahead": AHEAD, "months": MONTHS}
    for what, part in table.groupby("what"):
        told["worlds"][what] = {"all": summary(part)} | {f"known_{weeks}": summary(those) for weeks, those in part.groupby("known")}
    found = {f"{what} {of}": figures for what in (*MONEY, "value") for of, figures in told["worlds"][what].items()}
    print(pd.DataFrame(found).T.to_string())
    if keep:
        save(told)


if __name__ == "__main__":
    trying = sys.argv[1:] == ["try"]
    main(TRIED_ON if trying else SEEDS, not trying)
