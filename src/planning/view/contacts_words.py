"""The words of whom a list names, and of an experiment, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "contacts_group": ("Group", "组别"),
    "contacts_number": ("Number", "户数"),
    "contacts_listed": ("Offers that pay", "值得挽留"),
    "contacts_share": ("Share listed", "入选率"),
    "contacts_ratio": ("Beside the group listed most", "与入选率最高组之比"),
    "contacts_alike": ("Everybody of the same risk", "同等风险用户入选率"),
    "contacts_even": (
        "No declared group is listed less than four fifths as often as another ({attribute}: {value}: {ratio})",
        "各组入选率均不低于最高组的五分之四（最低为{attribute}“{value}”：{ratio}）",
    ),
    "contacts_uneven": (
        "{attribute}: {value}: listed only {ratio} as often as the group listed most; look whether that is meant",
        "{attribute}“{value}”入选率仅为最高组的 {ratio}，请确认是否合意",
    ),
    "contacts_note": (
        "Listed is for whom an offer pays. Where the share is near that of everybody of the same risk, the odds of leaving explain it; the "
        "rest is what they pay. Groups of fewer than 10 are taken together.",
        "入选指优惠划算的用户。若入选率接近同等风险用户，则差异源于流失概率；其余源于月费高低。不足 10 户的组合并列示。",
    ),
    "contacts_design": (
        "An experiment that would tell: by lot {each} subscribers with an offer and {each} without; where {rate} leave, that shows with "
        "odds of 80 % (power) at 95 % confidence whether an offer keeps {kept} of them. Offers cost {cost}.",
        "足以说明问题的试验：随机选取 {each} 户给予优惠、{each} 户不给；在流失率 {rate} 下，可在 95% 置信水平、80% 检验功效下判断优惠能"
        "否留住其中 {kept}。优惠成本 {cost}。",
    ),
    "contacts_design_too_large": (
        " There aren't that many subscribers: only a greater effect could be told.",
        "在网用户不足，只能检出更大的效果。",
    ),
}
