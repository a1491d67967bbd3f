"""What `planning forecast` says of its result: in lines of a terminal, and on its chart in English and Chinese."""

from __future__ import annotations

import pandas as pd

from planning.plan.forecasts import Asked, Forecasts, lines_to_draw, reasons_of
from planning.view.amounts import say_number, say_period
from planning.view.fonts import lacks_font
from planning.view.forecast_lines import show_forecast
from planning.view.frame import Chart

AHEAD = (1, 2, 3, 4, 5, 6, 8, 9, 12, 18, 24, 36, 48, 60)
"""Horizons that are printed; forecast.trial has all."""
MOST = 5
"""Reasons that are printed."""
WIDTH = 118
"""Characters of a reason's line."""

WORDS = {
    "total": {"en": "Total: {sum} from {first} to {last}", "zh": "合计：{first}至{last}共{sum}"},
    "one": {"en": "{label}: {sum} from {first} to {last}", "zh": "{label}：{first}至{last}共{sum}"},
    "several": {"en": "{count} series, forecast from {first} to {last}", "zh": "{count}个序列，预测{first}至{last}"},
    "facts": {"en": "Amounts as the file has them, method {method}", "zh": "金额单位同源文件，方法：{method}"},
    "source": {"en": "{file}; tried on its own past: trial.parquet", "zh": "{file}；已用自身历史试算：trial.parquet"},
}
"""What stands on the chart."""


def tallies(found: Forecasts) -> dict:
    """How many series, how many without skill, how many unfitted and why, as figures for whoever reads JSON."""
    lost = found.series["unfitted"]
    known = found.series["skill"].notna()
    return {
        "series": len(found.series), "tried": int(known.sum()), "no_skill": int((found.series["skill"] == False).sum()),  # noqa: E712
        "unfitted": int(lost.sum()), "reasons": dict(reasons_of(found.series, lost)),
        "filled": int(found.series["missing"].sum()), "one_off": int(found.series["one_off"].sum()),
    }  # fmt: skip


def say_result(found: Forecasts, asked: Asked) -> list[str]:
    """The result in lines: the series, what got naive and why, the trial by horizon."""
    told = tallies(found)
    lines = [f"{told['series']:,} series forecast {asked.horizon} periods ahead by {asked.method}: {_first_to_last(found.rows)}"]
    lines.append(f"  no skill, naive ships: {told['no_skill']:,} of {told['tried']:,} that could be tried")
    lines.append(f"  could not be fitted, naive ships: {told['unfitted']:,}")
    reasons = list(told["reasons"].items())
    lines += [f"    {count:>7,}  {reason}"[:WIDTH] for reason, count in reasons[:MOST]]
    lines += [f"    … and {len(reasons) - MOST:,} more reasons: series.parquet"] if len(reasons) > MOST else []
    if told["filled"] or told["one_off"]:
        lines.append(f"  periods without a row, filled for fitting: {told['filled']:,}; one-off periods set aside: {told['one_off']:,}")
    return [*lines, *_say_trial(found.trial)]


def _first_to_last(rows: pd.DataFrame) -> str:
    return f"{rows['period'].min():%Y-%m-%d} to {rows['period'].max():%Y-%m-%d}"


def _say_trial(trial: pd.DataFrame) -> list[str]:
    """Errors in units of the series' own noise, beside naive's; coverage of the bands with its 95 % interval."""
    if trial.empty:
        return ["  nothing could be tried: no series is long enough"]
    head = f"  {'ahead':>5} {'series':>8} {'error':>7} {'naive':>7} {'ratio':>6}   {'in the 80 % band':<22} {'in the 95 % band':<22}"
    lines = ["  tried on the past (mean absolute error in units of the series' noise):", head]
    last = trial["horizon"].max()
    for row in trial[trial["horizon"].isin([*AHEAD, last])].to_dict("records"):
        ratio = f"{row['error'] / row['naive']:>6.2f}" if row["naive"] and row["naive"] == row["naive"] else f"{'–':>6}"
        shares = "".join(f" {_share(row, level):<22}" for level in ("80%", "95%"))
        errors = f"{_figure(row['error'])} {_figure(row['naive'])} {ratio}"
        lines.append(f"  {row['horizon']:>5} {row['series']:>8,} {errors}  {shares}".rstrip())
    return lines


def _figure(number: float) -> str:
    return f"{number:>7.2f}" if number == number else f"{'–':>7}"


def _share(row: dict, level: str) -> str:
    share, low, high = (row[f"{what}_{level}"] for what in ("coverage", "low", "high"))
    return f"{share:.1%} ({low:.1%} to {high:.1%})" if share == share else "–"


def forecast_chart(history: pd.DataFrame, found: Forecasts, asked: Asked, file: str, lang: str) -> Chart | None:
    """The total of what adds up, or a few series; none where there are more, or no font of the language."""
    lines = lines_to_draw(history, found.rows, asked)
    if lines.empty or lacks_font(lang):
        return None
    labels, ahead = lines["label"].unique(), lines[lines["lower"].notna()]
    first, last = (say_period(period, lang) for period in (ahead["period"].min(), ahead["period"].max()))
    said = {"sum": say_number(ahead["amount"].sum(), lang), "first": first, "last": last, "label": labels[0], "count": len(labels)}
    title = _word("total" if asked.add_up else "one" if len(labels) == 1 else "several", lang, **said)
    facts = _word("facts", lang, method=asked.method)
    return show_forecast(lines, title=title, measure=facts, lang=lang, source=_word("source", lang, file=file), level=asked.level)


def _word(key: str, lang: str, **values: object) -> str:
    return WORDS[key][lang].format(**values)
