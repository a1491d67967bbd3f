"""The words of the chart of forecasts as they were made, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "backtest_title": ("Of the months forecast, what came lay within the {level} bands: {sides}", "实际落入{level}区间的预测月份：{sides}"),
    "backtest_title_side": ("{account} {inside} of {n}", "{account} {inside}/{n}"),
    "backtest_title_none": ("The forecasts as they were made, beside what came", "历次预测与实际对照"),
    "backtest_measure": ("Monthly totals", "月度合计"),
    "backtest_actual": ("What came", "实际"),
    "backtest_ours": ("Forecasts, 18 months from each origin", "历次预测（各时点向前 18 个月）"),
    "backtest_people": ("{people}, from each report", "{people}（历次报告）"),
    "backtest_band": ("{level} band of one forecast", "其中一次预测的{level}区间"),
    "backtest_outside": ("Outside the band of the forecast before it", "超出其前一次预测的区间"),
    "backtest_origin": ("; band: made {period}", "；区间：{period}预测"),
    "backtest_missed": (
        "Weighted error: {ours} ours, {naive} last year's ({months} months forecast)",
        "月度加权误差：本项目 {ours}，上年同期 {naive}（{months} 个预测月份）",
    ),
    "backtest_missed_people": (
        "; where the people speak ({months}): {ours} ours, {people} theirs",
        "；人工有预测的 {months} 个月份：本项目 {ours}，人工 {people}",
    ),
    "backtest_note": (
        "Each line starts at the month after its last closed one; a month was forecast several times. The band is that of the latest "
        "forecast whose months have all come. Scales begin where the figures do.",
        "每条线始于其最近结账月之后的一个月；同一个月份由不同时点多次预测。阴影为各月均已实现的最近一次预测的区间。纵轴不必从 0 开始。",
    ),
}
