"""The words of why customers leave, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # attributes that a company needn't name
    "attribute: tenure": ("Tenure", "在网时长"),
    "attribute: monthly_charge": ("Monthly charge", "月费"),
    "attribute: plan": ("Plan", "套餐"),
    "attribute: price": ("Price a month", "月费"),
    "attribute: logins_month": ("Logins in the last month", "近一月登录次数"),
    "attribute: logins_quarter": ("Logins a month, last 3 months", "近三月月均登录次数"),
    "attribute: logins_year": ("Logins a month, last 12 months", "近一年月均登录次数"),
    "attribute: complaints_month": ("Complaints in the last month", "近一月投诉"),
    "attribute: complaints_quarter": ("Complaints in 3 months", "近三月投诉"),
    "attribute: complaints_year": ("Complaints in 12 months", "近一年投诉"),
    "attribute: satisfaction": ("Last answer on satisfaction", "最近一次满意度"),
    "attribute: satisfaction_year": ("Satisfaction, mean of 12 months", "近一年平均满意度"),
    "attribute: offer": ("Retention offer", "挽留优惠"),
    "attribute: no offer": ("not in the experiment", "未参与试验"),
    "attribute: offer: offer": ("offered", "获得优惠"),
    "attribute: offer: control": ("not offered, by lot", "随机未获优惠"),
    "attribute: offer_age": ("Since the offer", "距优惠时间"),
    "attribute: no offer_age": ("not in the experiment", "未参与试验"),
    # shares, weights, reasons
    "why_others": ("others", "其他"),
    "why_month": ("1 month", "1 个月"),
    "why_months": ("{months} months", "{months} 个月"),
    "why_from_to": ("{first} to {last}", "{first}～{last}"),
    "why_from": ("{first} or more", "{first}及以上"),
    "why_no_value": ("not known", "缺失"),
    "why_reason": ("{attribute}: {value} (×{factor})", "{attribute}：{value}（×{factor}）"),
    "why_and": ("; ", "；"),
    "why_no_reason": ("no one reason; the charge makes an offer pay", "无突出原因；因月费较高而值得挽留"),
    "why_left_out": ("Left out by choice: {attributes}.", "按设定不使用：{attributes}。"),
    "why_title": (
        "{attribute}: {value} left most often ({rate}); {other} least ({other_rate})",
        "{attribute}：{value}流失率最高（{rate}），{other}最低（{other_rate}）",
    ),
    "why_share_left": ("Share of subscribers that left", "用户流失率"),
    "why_of": ("{gone} of {n}", "{n} 户中 {gone} 户"),
    "why_everybody": ("Everybody", "全部用户"),
    "why_share_note": (
        "The lines hold the true share in 95 of 100 such counts; the three attributes that set the scores apart most.",
        "线段为 95% 置信区间；所列为影响评分最大的三项属性。",
    ),
    "why_weights_title": ("What the scores are made of", "评分的构成"),
    "why_attribute": ("Attribute", "属性"),
    "why_weight": ("Share of what sets scores apart", "影响占比"),
    "why_raises": ("Raises the odds most", "最易流失"),
    "why_lowers": ("Lowers them most", "最不易流失"),
    "why_first": ("First reason on the list", "名单首要原因（户）"),
    "why_weights_note": (
        "What the score goes by, not causes: moving a subscriber to another contract need not change their odds. × multiplies the odds "
        "(leaving against staying) of the average subscriber; parts add up to the score exactly. What two attributes say alike is "
        "counted once.",
        "此为评分依据而非因果：更换合同未必改变流失几率。× 为平均用户几率（流失与留存之比）的倍数；各部分相加恰等于评分。两项属性重复的"
        "信息只计一次。",
    ),
}
