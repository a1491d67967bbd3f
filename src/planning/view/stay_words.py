"""The words of how long subscribers without dates stay, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "stay_worth": ("Still worth", "剩余价值"),
    "stay_curve_title": (
        "If the file holds all who ever came, {first} of the {here} still here are expected to be here in {year} months, {share} in "
        "{months} ({level} band {lower} to {upper})",
        "若数据含所有曾入网用户：在网 {here} 户中，预计 {year} 个月后仍在网 {first}，{months} 个月后 {share}（{level} 区间 {lower} 至 "
        "{upper}）",
    ),
    "stay_curve_measure": ("Share of those here today who still are, by months from now", "当前在网用户的留存率（自今起的月数）"),
    "stay_curve_note": (
        "Odds of leaving by month of tenure, from all in the file. If it holds those there on one day and those who left in one stretch "
        "before it, they leave sooner than is told here. Bands: {level} of {worlds} worlds drawn, inner half of them; a shock that drives "
        "many away at once is in none.",
        "流失概率按在网月数由全部用户估计。若数据只含某日在网用户与此前一段时间内流失的用户，实际流失将快于此处所示。区间涵盖 {worlds} 次"
        "模拟的 {level}，内层为半数；不含使大量用户同时流失的冲击。",
    ),
    "stay_tried": (
        "Told unseen: of one who left sooner and one who stayed longer, the right one is named in {right} of 100 cases; odds of leaving "
        "within the first year were off by {gap} points over ten groups, where chance alone gives up to {chance}.",
        "留出检验：先离网者与在网更久者相比，判断正确的比例为 {right}%；首年流失概率在十组中平均偏差 {gap} 个百分点，仅随机因素即可达 "
        "{chance}。",
    ),
    "stay_fan_plan": ("Expected", "预计"),
    "stay_fan_lowest": ("Lower end", "下限"),
    "stay_fan_middle": ("Middle", "中位数"),
    "stay_fan_highest": ("Upper end", "上限"),
    "stay_median": ("Half have left within", "半数流失所需时间"),
    "stay_beyond": ("over {months} months", "超过 {months} 个月"),
    "stay_charges": ("Charges a month", "月费合计"),
    "stay_everybody": ("All still here", "全部在网用户"),
    "stay_title": ("Those still here are worth {value}", "在网用户剩余价值 {value}"),
    "stay_groups_title": (
        "{attribute}: {group} leave soonest, {rate} within a year; all still here are worth {value}",
        "{attribute}“{group}”流失最快，一年内 {rate}；全部在网用户剩余价值 {value}",
    ),
    "stay_worth_note": (
        "Worth: {margin} of the charges of the {months} months ahead, as long as each is likely to stay, discounted at {rate} a year. All: "
        "{value} ({level} band {lower} to {upper}).",
        "剩余价值：未来 {months} 个月内按各户留存概率计算的月费的 {margin}，按年 {rate} 折现。合计 {value}（{level} 区间 {lower} 至 "
        "{upper}）。",
    ),
    "check: subscribers: no leak: who leaves sooner is told no better than it can honestly be": (
        "no leak: who leaves sooner is told no better than it can honestly be",
        "无信息泄漏：先后流失的判断未高于合理上限",
    ),
    "check: subscribers: odds by month of tenure held in ten groups": (
        "odds of leaving by month of tenure held in ten groups",
        "各在网月数的流失概率在十组中成立",
    ),
    "check: subscribers: the total lies within its interval": (
        "what all are worth lies within its band",
        "剩余价值合计位于其区间内",
    ),
}
