"""The words of revenue at risk in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "at_risk_said": (
        "Today's subscribers would bring {there} a month if all stayed. By {month} ({months} months ahead) {lost} of it a month is "
        "expected to have left ({level} band {lower} to {upper}): where subscriptions come to the {forecast} of this forecast, new "
        "subscribers must bring {won}.",
        "现有用户若全部留存，每月带来收入 {there}。至{month}（{months} 个月后）预计每月流失其中 {lost}（{level} 区间 {lower} 至 {upper}）；"
        "若订阅收入达到本次预测的 {forecast}，新用户须带来 {won}。",
    ),
    "at_risk_tried": (
        " Told in the same way at the end of {day}, {lost} a month ({lower} to {upper}) was to leave within a year: {came} did. What came "
        "lay inside the {level} band in {held} of {months} months.",
        "以{day}末当时所知作同样推算，一年内每月应流失 {lost}（{lower} 至 {upper}），实际流失 {came}；{months} 个月中有 {held} 个月落在 "
        "{level} 区间内。",
    ),
    "at_risk_too_few": (
        "Too few subscribers have left, or stayed, since contracts are known: what of their revenue is at risk can't be told.",
        "自有合同记录以来流失或留存的用户过少，无法判断其收入风险。",
    ),
    "at_risk_untried": (" Too short a past is known to have tried this.", "历史过短，尚未能检验。"),
    "at_risk_title": (
        "Of the {there} a month that today's subscribers bring, {lost} is expected to have left by {month}",
        "现有用户每月收入 {there}，至{month}预计流失 {lost}",
    ),
    "at_risk_measure": ("Revenue a month of those who have left by then", "届时已流失用户的每月收入"),
    "at_risk_band": (
        "light: {level} of the worlds drawn, dark: half of them; who leaves, and odds that are off by as much as they were in the trial",
        "浅色为模拟的 {level} 区间，深色为五成；含流失的随机性与检验中同样大小的概率偏差",
    ),
    "at_risk_table": ("Revenue of today's subscribers at risk, by department and line", "按部门与项目的现有用户收入风险"),
    "at_risk_there": ("A month, if all stay", "全部留存时每月"),
    "at_risk_lost": ("Lost a month, after", "每月流失（时点）"),
    "at_risk_months": ("{months} months", "{months} 个月后"),
    "at_risk_edges": ("{level} band, {months} months", "{months} 个月后的 {level} 区间"),
    "at_risk_forecast": ("Forecast in {months} months", "{months} 个月后预测"),
    "at_risk_won": ("New ones must bring", "须由新用户带来"),
    "at_risk_note": (
        "A charge of a contract counts as the share of it that the books held as revenue in the last closed year.",
        "合同月费按上一年入账比例折算为收入。",
    ),
    "check: revenue at risk: what is booked follows the contracts": (
        "revenue at risk: what is booked follows the contracts",
        "收入风险：入账收入与合同一致",
    ),
    "check: revenue at risk: accounts add up": ("revenue at risk: accounts add up", "收入风险：各科目之和等于合计"),
}
