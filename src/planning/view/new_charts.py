"""Two pictures of a folder's figures: which months each source covers, and a sketch of profit and loss by month."""

from __future__ import annotations

import pandas as pd

from planning.view.amounts import Unit, say_figure
from planning.view.bars import INNER, say_facts
from planning.view.frame import DARK, GOOD, INK, LABEL, MARGIN, QUIET, SMALL, Chart, in_house_style, open_sheet, widest
from planning.view.report_words import say

ROW, HEIGHT, TOP, FOOT = 24.0, 240.0, 26.0, 40.0


@in_house_style
def show_coverage(spans: pd.DataFrame, *, lang: str, source: str) -> Chart:
    """One bar a source from its first to its last month. `spans`: name, first, last (timestamps)."""
    body = TOP + ROW * max(len(spans), 1) + FOOT
    chart = open_sheet(title=say("new_periods", lang), facts=say("new_month", lang), lang=lang, source=source, body=body)
    left = widest(list(spans["name"]), LABEL, lang) + 14
    axes = chart.panel(MARGIN + left, TOP, INNER - left - 20, ROW * len(spans))
    first, last = spans["first"].min(), spans["last"].max() + pd.DateOffset(months=1)
    axes.set_xlim(0, max((last - first).days, 1))
    axes.set_ylim(len(spans) - 0.5, -0.5)
    for place, row in enumerate(spans.itertuples()):
        start, end = (row.first - first).days, (row.last + pd.DateOffset(months=1) - first).days
        axes.barh(place, end - start, left=start, height=0.55, color=DARK, edgecolor=INK)
        chart.write(MARGIN + left - 8, chart.body_top + TOP + ROW * (place + 0.5), row.name, LABEL, ha="right", va="center_baseline")
    for year in range(first.year, last.year + 1):
        at = (pd.Timestamp(year, 1, 1) - first).days
        if 0 <= at <= axes.get_xlim()[1]:
            axes.axvline(at, color="#D0D0D0", linewidth=0.7, zorder=0)
            axes.annotate(str(year), (at, len(spans) - 0.5), (3, -4), textcoords="offset points", fontsize=SMALL, color=QUIET, va="top")
    return chart


@in_house_style
def show_sketch(months: pd.DataFrame, *, unit: Unit, lang: str, source: str) -> Chart:
    """Revenue as bars, costs as outlined bars beside them, the result as a line. `months`: month (timestamp), revenue, costs, result."""
    drawn = " · ".join([say("new_revenue", lang) + " ▮", say("new_costs", lang) + " ▯", say("new_result", lang) + " ─"])
    facts = say_facts(drawn, unit, lang, f"{months['month'].min():%Y-%m} – {months['month'].max():%Y-%m}")
    chart = open_sheet(title=say("new_months", lang), facts=facts, lang=lang, source=source, body=TOP + HEIGHT + FOOT)
    known = months[["revenue", "costs", "result"]].to_numpy()
    low, high = min(0.0, known.min()), max(0.0, known.max()) or 1.0
    left = widest([say_figure(high, unit, lang), say_figure(low, unit, lang)], SMALL, lang) + 12
    axes = chart.panel(MARGIN + left, TOP, INNER - left - 20, HEIGHT)
    axes.set_xlim(-0.7, len(months) - 0.3)
    axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    places = range(len(months))
    axes.bar([place - 0.2 for place in places], months["revenue"], width=0.38, color=DARK)
    axes.bar([place + 0.2 for place in places], months["costs"], width=0.38, color="white", edgecolor=INK, linewidth=0.7)
    axes.plot(list(places), months["result"], color=GOOD, linewidth=1.6)
    axes.axhline(0, color=INK, linewidth=0.8)
    for value in (low, high):
        axes.annotate(
            say_figure(value, unit, lang), (-0.7, value), (-5, 0), textcoords="offset points", ha="right", va="center", fontsize=SMALL
        )
    step = max(1, len(months) // 12)
    for place in places[::step]:
        said = f"{months['month'].iloc[place]:%Y-%m}"
        axes.annotate(
            said, (place, axes.get_ylim()[0]), (0, -4), textcoords="offset points", ha="center", va="top", fontsize=SMALL, color=QUIET
        )
    return chart
