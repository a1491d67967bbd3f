"""What `planning backtest` prints, as lines of at most 120 columns: the headlines first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from planning.plan.backtested import Backtested
from planning.plan.horizons import COMPARED
from planning.plan.persons import HELPS, HURTS, UNTOLD

MOST = 10
"""Names shown of a list; the rest is counted."""
VERDICTS = {HELPS: "help", HURTS: "hurt", UNTOLD: "of whom it can't be told"}
NAMES = {"all": "all months", "people": "where the people speak", "budget": "where a budget stands"}


def backtest_lines(sides: Mapping[str, Backtested], persons: pd.DataFrame, label: Callable[[str], str]) -> list[str]:
    """Everything there is to say of a backtest; `label` names an account."""
    parts = [_horizons(sides, label, "total"), _no_skill(sides, label), _layers(sides), _persons(persons)]
    parts += [_horizons(sides, label, "lines"), _quarters(sides), _coverage(sides)]
    return [line for part in parts for line in [*part, ""] if part][:-1]


def _horizons(sides: Mapping[str, Backtested], label: Callable, what: str) -> list[str]:
    """Errors and measured coverage by months ahead, of the monthly totals or of their lines."""
    count, said = {"total": ("months", "monthly totals"), "lines": ("cells", "lines by month")}[what]
    lines = []
    for side, tried in sides.items():
        table = tried.horizons[tried.horizons[count] > 0]
        shown = [compared for compared in COMPARED if compared in set(table["compared"])]
        lines.append(f"{label(tried.account)} ({side}): weighted absolute error of {said} by months ahead, and how often 80% bands held")
        heads = [f"{'ahead':>5}", *(f"| {NAMES[compared]:<{_width(compared)}}" for compared in shown), "| held (95% interval)"]
        lines.append(" ".join(heads))
        lines.append(" ".join([" " * 5, *(f"| {_columns(compared, count)}" for compared in shown), "|"]))
        held = tried.held[tried.held["what"] == what]
        for at, horizon in enumerate([pd.NA, *sorted(table["horizon"].dropna().unique())]):
            ahead = table["horizon"].isna() if at == 0 else table["horizon"].eq(horizon).fillna(False)
            cells = [f"| {_errors(table[ahead & table['compared'].eq(compared)], compared, count, what)}" for compared in shown]
            band = held[held["horizon"].isna() if at == 0 else held["horizon"].eq(horizon).fillna(False)]
            lines.append(" ".join([f"{'all' if at == 0 else horizon:>5}", *cells, f"| {_held(band)}"]))
        lines += _remarks(tried) if what == "total" else []
        lines.append("")
    return lines[:-1]


def _columns(compared: str, count: str) -> str:
    return f"{count:>6}" + "".join(f"{name:>{_column(name)}}" for name in COMPARED[compared])


def _column(name: str) -> int:
    return max(6, len(name) + 1)


def _width(compared: str) -> int:
    return len(_columns(compared, "months"))


def _errors(rows: pd.DataFrame, compared: str, count: str, what: str) -> str:
    if rows.empty:
        return " " * _width(compared)
    errors = rows.set_index("forecaster")[f"wape_{what}"]
    found = "".join(f"{_rate(errors.get(name)):>{_column(name)}}" for name in COMPARED[compared])
    return f"{rows[count].iloc[0]:>6}{found}"


def _rate(share: float | None) -> str:
    return "-" if share is None or pd.isna(share) else f"{share:.1%}"


def _held(band: pd.DataFrame) -> str:
    if band.empty or not band["n"].iloc[0]:
        return "never drawn yet"
    row = band.iloc[0]
    return f"{row['coverage']:.0%} ({row['low']:.0%} to {row['high']:.0%}) of {row['n']:.0f}"


def _remarks(tried: Backtested) -> list[str]:
    said = []
    if "budget" not in tried.compared:
        said.append("No adopted budget covers this side, so none is compared.")
    elif tried.whole_budget:
        said.append("The budget is one of the whole year, spread over its months as the last years were; it has no lines of its own.")
    if "people" in tried.compared:
        said.append("What the people say of a month that was over on the day of their report is its first print.")
    else:
        said.append("The people never forecast this side as a whole, so they are not compared.")
    return [f"      {one}" for one in said]


def _no_skill(sides: Mapping[str, Backtested], label: Callable) -> list[str]:
    """Where last year's figures shipped in the method's place, and the lines on which it doesn't beat naive in the engine's own trial."""
    lines = []
    for side, tried in sides.items():
        now = "last year's figures ship in its place" if tried.is_naive.iloc[-1] else "the method ships"
        past = f"last year's shipped at {tried.is_naive.sum()} of {len(tried.is_naive)} origins"
        lines.append(f"no skill   {side}: by its record {now} now; {past}")
        without, untried = tried.without_skill, int(tried.skill["skill"].isna().sum())
        rest = f"; {untried} could not be judged" if untried else ""
        said = f"{len(without)} of {len(tried.skill)} lines, each by itself, do not beat naive{rest}{': ' if len(without) else '.'}"
        shown = [f"{label(row.account)} ({row.method.replace('_', ' ')})" for row in without.head(MOST).itertuples()]
        lines += _wrapped(said + ", ".join(shown) + (f" and {len(without) - MOST} more" if len(without) > MOST else ""))
    lines += _wrapped(
        "The total is what is judged: a side whose record has no skill ships the same month last year for every line, and `ours` above is "
        "what shipped. In brackets what `planning forecast` would ship for a line by itself."
    )
    return lines


def _wrapped(text: str, width: int = 114) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        lines = [*lines[:-1], f"{lines[-1]} {word}".strip()] if len(lines[-1]) + len(word) < width else [*lines, word]
    return [f"      {line}" for line in lines if line]


def _layers(sides: Mapping[str, Backtested]) -> list[str]:
    """Each layer's gain on the one before, in points of the monthly totals' WAPE, and the months of the year it gained and lost most in."""
    lines = []
    for side, tried in sides.items():
        head = f"{side:<10} {'laid on':<10} {'months':>6}  {'WAPE before':>11} {'after':>7} {'added':>7} {'nearer':>7}"
        lines.append(f"{head}  best and worst month of the year")
        table = tried.added
        for row in table[table["month"].isna()].itertuples():
            months = table[(table["layer"] == row.layer) & table["month"].notna()].set_index("month")["added"]
            ends = f"{months.idxmax()} ({months.max():+.1%}), {months.idxmin()} ({months.min():+.1%})"
            rates = f"{row.error_before:>11.1%} {row.error:>7.1%} {row.added:>+7.1%} {row.nearer / row.count:>7.0%}"
            lines.append(f"{row.layer:<10} {row.before:<10} {row.count:>6}  {rates}  {ends}")
    return lines


def _persons(persons: pd.DataFrame) -> list[str]:
    """What each person's layer added to the one it is laid on: those of whom it can be told first, the others counted."""
    lines = []
    for of, table in persons[persons["person"].notna()].groupby("of", sort=False):
        table = table[table["before"] == table["before"].iloc[0]]
        counts = ", ".join(f"{(table['verdict'] == verdict).sum()} {said}" for verdict, said in VERDICTS.items())
        shown = table.assign(told=table["verdict"] == UNTOLD).sort_values(["told", "p"], kind="stable").head(MOST)
        before, layer = table["before"].iloc[0], table["layer"].iloc[0]
        lines.append(f"by person, {of}: what {layer} added to {before}; {counts}")
        lines.append(f"{'person':<44} {'n':>5} {'periods':>7} {'won':>4}  {'WAPE before':>11} {'after':>7} {'added':>8} {'p':>6}  verdict")
        lines += [_person(row) for row in shown.to_dict("records")]
        if len(table) > MOST:
            lines.append(f"      and {len(table) - MOST} more, in persons.parquet")
    if lines:
        lines += _wrapped(
            "periods: different months or years; won: those in which the person came nearer. The verdict is a sign test over the periods "
            "(p below 5%, and the sum agrees); of 20 people whose changes are luck alone about one is named all the same."
        )
    return lines


def _person(row: dict) -> str:
    name = row["person"] if len(row["person"]) <= 44 else row["person"][:43] + "…"
    added = "-" if pd.isna(row["added"]) else f"{row['added']:+.1%}"
    rates = f"{_rate(row['error_before']):>11} {_rate(row['error']):>7} {added:>8} {row['p']:>6.3f}"
    return f"{name:<44} {row['count']:>5.0f} {row['periods']:>7.0f} {row['won']:>4.0f}  {rates}  {row['verdict']}"


def _quarters(sides: Mapping[str, Backtested]) -> list[str]:
    lines = []
    for side, tried in sides.items():
        lines.append(f"{side:<10} {'quarter':>7} {'months':>6}  {'WAPE total':>10} {'WAPE lines':>10} {'MAPE rest of year':>18}")
        for row in tried.accuracy.itertuples():
            rates = f"{row.wape_total:>10.1%} {row.wape_lines:>10.1%} {row.mape_rest:>18.1%}"
            lines.append(f"{row.forecaster:<10} {row.quarter:>7} {row.months:>6}  {rates}")
    return lines


def _coverage(sides: Mapping[str, Backtested]) -> list[str]:
    """How often the bands held, with the 95 % interval of that share."""
    lines = []
    for side, tried in sides.items():
        for row in tried.coverage.itertuples():
            held = f"{row.inside} of {row.n} = {row.coverage:.0%} ({row.low:.0%} to {row.high:.0%})" if row.n else "never drawn yet"
            lines.append(f"{side:<10} {row.forecaster:<10} {row.level:.0%} bands of {row.what:<9} held in {held}")
    return lines
