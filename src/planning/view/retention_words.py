"""The words of subscribers in a planned year in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "retention_lost": (
        "Subscribers who leave take {lost} of {year}'s revenue beside this year's; the bridge shows what new ones bring.",
        "流失用户使{year}收入较本年减少 {lost}；新增用户所带来的收入见变动桥图。",
    ),
    "retention_not_asked": ("The plan holds no retention offers: none were asked for.", "未要求安排挽留优惠，本计划不含此项。"),
    "retention_none": ("The plan holds no retention offers: none would pay.", "没有任何挽留优惠划算，本计划不含此项。"),
    "retention_offers": (
        "The plan holds retention offers in {month} to about {n} subscribers for whom one is expected to pay. They cost {cost} and keep "
        "{kept} of {year}'s revenue; over all months that count they gain {gain} after their cost ({level} band {lower} to {upper}; odds "
        "of a loss {loss}).",
        "计划于{month}向约 {n} 户预计划算的用户提供挽留优惠，成本 {cost}，留住{year}收入 {kept}；计入全部月份后扣除成本净收益 {gain}"
        "（{level} 区间 {lower} 至 {upper}；亏损概率 {loss}）。",
    ),
    "retention_serving": (
        "Serving those kept costs {served} of that revenue, as the last twelve months' books have it: they keep {margin} of what is "
        "charged. For the gain, and for whom an offer pays, {assumed} is assumed.",
        "服务留住的用户所需成本 {served}，按近十二个月账面计算：账面毛利占收费的 {margin}；净收益及名单的计算假设为 {assumed}。",
    ),
    "retention_no_serving": (
        "What serving those kept costs isn't in the plan: the company names no accounts of it.",
        "留住用户的服务成本未列入计划：公司未指定相应科目。",
    ),
    "retention_told": (
        "What an offer does is read from the experiment after {day}: it kept {kept} of 100 (standard error {error}).",
        "优惠的作用取自{day}之后的随机试验：每百户多留住 {kept} 户（标准误 {error}）。",
    ),
    "retention_assumed": (
        "Response not known; no experiment tells it: that an offer keeps {save} of those who would leave is assumed.",
        "优惠的作用未知，无试验可依：优惠能留住 {save} 的拟流失用户仅为假设。",
    ),
}
