"""The words of subscribers with dated contracts, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # key figures
    "contracts_value": ("Worth of all subscribers", "在网用户总价值"),
    "contracts_charges": ("Charges a month that leave within a year", "一年内预计流失月费"),
    "contracts_gain": ("Expected gain of the offers", "挽留优惠的预计净收益"),
    "contracts_listed": ("Offers that pay", "值得挽留的用户数"),
    # sentences
    "contracts_known": (
        "{name}: {here} subscribers have a contract at the end of {month}. Of the {before} who had one a year before, {left} ({rate}) have "
        "left. Contracts are known since {first}. Snapshot {snapshot}.",
        "{name}：{month}末在网用户 {here} 户。一年前在网的 {before} 户中已有 {left} 户流失（{rate}）。合同自{first}起有记录。快照 "
        "{snapshot}。",
    ),
    "contracts_method": (
        "Each subscriber's odds of leaving within a month, a quarter and a year are learnt from what was known at past month ends "
        "({attributes} attributes) and who left after them; nothing later than each month end is looked at. Told at the end of {day} as "
        "they would have been then, the odds of {months} months named the right one of a pair in {auc} of 100 cases, a coin does in 50.",
        "每位用户一个月、一个季度与一年内的流失概率，均由历史各月末当时已知的信息（{attributes} 项属性）及其后的流失情况学得，不使用月末"
        "之后"
        "的任何信息。以{day}末当时所知推算，{months} 个月流失概率在随机一对用户中判断正确的比例为 {auc}%，抛硬币为 50%。",
    ),
    "contracts_experiment": (
        " What an offer does is read from the experiment of {day}: by lot {offered} got one and {control} didn't; within {months} "
        "months it "
        "kept {kept} of 100 (standard error {error}).",
        "优惠的作用取自{day}的随机试验：{offered} 户获得优惠，{control} 户未获；{months} 个月内每百户多留住 {kept} 户（标准误 {error}）。",
    ),
    "contracts_unclear": (
        " Response not known: the experiment of {day} ({offered} with an offer, {control} without, {months} months) kept {kept} of 100 "
        "with a "
        "standard error of {error}, too unsure to go by; that an offer keeps {save} of those who would leave is assumed.",
        "优惠的作用未知：{day}的试验（获优惠 {offered} 户、未获 {control} 户，{months} 个月）每百户多留住 {kept} 户，标准误 {error}，不"
        "足以作为依据"
        "；优惠能留住 {save} 的拟流失用户仅为假设。",
    ),
    "contracts_no_experiment": (
        " Response not known; no experiment: that an offer keeps {save} of those who would leave is assumed.",
        "优惠的作用未知，没有对照试验：优惠能留住 {save} 的拟流失用户仅为假设。",
    ),
    "contracts_headline": (
        "{here} subscribers are worth {value} in the {months} months ahead ({level} band {lower} to {upper}); {leavers} of them are "
        "expected "
        "to leave within {year} months, and {charges} of charges a month with them.",
        "在网用户 {here} 户，未来 {months} 个月价值 {value}（{level} 区间 {lower} 至 {upper}）；预计 {year} 个月内流失 {leavers} 户，每"
        "月减少收入 "
        "{charges}。",
    ),
    "contracts_headline_list": (
        " Offers to the {n} for whom one pays cost {cost} and are expected to gain {gain} after that cost ({level} band {lower} to "
        "{upper}; "
        "odds of a loss {loss}).",
        "其中 {n} 户值得挽留，优惠成本 {cost}，扣除成本后预计净收益 {gain}（{level} 区间 {lower} 至 {upper}；亏损概率 {loss}）。",
    ),
    "contracts_headline_assumed": (
        " What an offer does isn't known. If it keeps {save} of those who would leave, offers to the {n} for whom one then pays cost "
        "{cost} "
        "and gain {gain} ({level} band {lower} to {upper}; odds of a loss {loss}).",
        "优惠的作用未知：若能留住 {save} 的拟流失用户，则有 {n} 户值得挽留，成本 {cost}，净收益 {gain}（{level} 区间 {lower} 至 "
        "{upper}；亏损概率"
        " {loss}）。",
    ),
    "contracts_headline_none": (" No offer brings more than it costs.", "没有任何优惠能收回成本。"),
    # charts and the list
    "contracts_ahead_title": (
        "Within {months} months {leavers} subscribers leave and {charges} of charges a month with them ({level} band {lower} to {upper})",
        "{months} 个月内预计流失 {leavers} 户，每月减少收入 {charges}（{level} 区间 {lower} 至 {upper}）",
    ),
    "contracts_ahead_measure": ("Charges a month of those who have left by then", "届时已流失用户的月费合计"),
    "contracts_ahead_note": (
        "light: {level} of {worlds} worlds drawn, dark: half of them; new subscribers aren't counted",
        "浅色为 {worlds} 次模拟的 {level} 区间，深色为五成；不含新增用户",
    ),
    "contracts_fan_plan": ("Expected", "预计"),
    "contracts_fan_lowest": ("Lower end", "下限"),
    "contracts_fan_middle": ("Middle", "中位数"),
    "contracts_fan_highest": ("Upper end", "上限"),
    "contracts_curve_title": (
        "Offers to the {n} best gain {gain} after their cost (odds of a loss {loss}); any more cost more than they bring",
        "向最值得的 {n} 户提供优惠，扣除成本后净收益 {gain}（亏损概率 {loss}）；再多则得不偿失",
    ),
    "contracts_curve_all": (
        "Offers pay for all {n} subscribers and gain {gain} after their cost (odds of a loss {loss})",
        "全部 {n} 户在网用户均值得挽留，扣除成本后净收益 {gain}（亏损概率 {loss}）",
    ),
    "contracts_curve_none": ("No offer brings more than it costs", "没有任何优惠能收回成本"),
    "contracts_band_note": (
        "The band holds {level} of {worlds} worlds drawn: who leaves, whom the offer keeps, how much it does, and odds that are off by "
        "as much "
        "as they were in the trial, either way.",
        "区间涵盖 {worlds} 次模拟的 {level}：包括谁会流失、谁被留住、优惠作用的大小，以及与检验中同样大小（方向不定）的概率偏差。",
    ),
    "contracts_leaves_within": ("Odds of leaving within", "流失概率"),
    "contracts_horizon": ("{days} days", "{days} 天内"),
    "contracts_worth": ("Worth", "价值"),
    "contracts_value_each": ("Expected", "预计"),
    "contracts_low": ("From", "下限"),
    "contracts_high": ("To", "上限"),
    "contracts_saved": ("Odds an offer keeps", "优惠留住的概率"),
    "contracts_list_note": (
        "Ordered by expected gain: what an offer adds to the worth, less its cost. Worth: the margin of the {months} months ahead, "
        "discounted; from and to hold {level}. The whole list stands in the table retention.",
        "按预计净收益排序：优惠所增加的价值减去成本。价值为未来 {months} 个月毛利的折现值，区间为 {level}。完整名单见表 retention。",
    ),
    # subscribers by behaviour
    "contracts_segment": ("Subscribers", "用户群"),
    "contracts_number": ("Number", "户数"),
    "contracts_charges_each": ("Charges a month", "月费合计"),
    "contracts_rate": ("Leave within a year", "一年内流失率"),
    "contracts_tried_then": ("Told in {day}", "{day}的预测"),
    "contracts_said": ("Said", "预测"),
    "contracts_came": ("Left", "实际流失率"),
    "contracts_segments_title": (
        "“{segment}” leave most often: {rate} of {n} within a year",
        "“{segment}”流失率最高：{n} 户中一年内预计流失 {rate}",
    ),
    "behaviour_new": ("New", "新用户"),
    "behaviour_complained": ("Complained lately", "近期投诉用户"),
    "behaviour_fading": ("Using it less and less", "使用减少用户"),
    "behaviour_unhappy": ("Unhappy", "不满意用户"),
    "behaviour_quiet": ("Hardly using it", "低活跃用户"),
    "behaviour_loyal": ("Loyal", "忠诚老用户"),
    "behaviour_steady": ("Steady", "稳定用户"),
    "behaviour_others": ("Others", "其他用户"),
    "behaviour_note": (
        "The first that fits counts: new, less than 6 months; a complaint in 3 months; logins of 3 months below six tenths of the "
        "year's; an "
        "answer below the middle of the scale; the fifth that logs in least; loyal, 24 months or more; steady, the rest. Groups of fewer "
        "than 10 are taken together.",
        "按顺序归入首个符合的群：新用户（不足 6 个月）；近三月有投诉；近三月登录低于全年的六成；满意度低于中值；登录最少的五分之一；"
        "忠诚老用户（24 个月及以上）；其余为稳定用户。不足 10 户的群合并列示。",
    ),
    # what if, the experiment
    "contracts_case_expected_told": ("As the experiment tells", "按试验结果"),
    "contracts_case_expected_assumed": ("As assumed", "现行假设"),
    "contracts_case_weaker_told": ("The effect at the weak end of its band (8 in 10)", "效果取区间弱端（八成）"),
    "contracts_case_weaker_assumed": ("An offer keeps half as many", "挽留率减半"),
    "contracts_case_stronger_told": ("The effect at the strong end", "效果取区间强端"),
    "contracts_case_stronger_assumed": ("An offer keeps half as many again", "挽留率提高一半"),
    "contracts_case_cheap": ("An offer costs half", "优惠成本减半"),
    "contracts_case_dear": ("An offer costs twice as much", "优惠成本加倍"),
    "contracts_case_short": ("Half as many months ahead count", "计价月数减半"),
    "contracts_group": ("Group", "组别"),
    "contracts_group_offered": ("With an offer", "获得优惠"),
    "contracts_group_control": ("Without, by lot", "随机未获优惠"),
    "contracts_left": ("Left", "流失"),
    "contracts_experiment_note": (
        "Kept of 100: by the doubly robust estimator, which needs no model of the effect to be right.",
        "每百户多留住的户数采用双重稳健估计，不依赖效果模型的正确性。",
    ),
    # the trial
    "contracts_calibration_measure": (
        "Share that left within {months} months by the odds told before, tenths of all subscribers",
        "按当时预测概率十等分，{months} 个月内的实际流失率",
    ),
    "contracts_calibration_note": (
        "The odds were told at the end of {day} by scores that knew nothing later. Lines: {level} intervals of the share. Where the "
        "odds hold "
        "exactly, chance alone gives up to {chance} points.",
        "概率为{day}末当时的预测，未使用其后的任何信息。线段为 {level} 区间。即使概率完全准确，仅随机因素也可造成至多 {chance} 个百分点"
        "的偏差。",
    ),
    "contracts_trial_title": ("The trial: odds told on {days} earlier days, and who left", "检验：此前 {days} 个时点的预测与实际流失"),
    "contracts_told_on": ("Told at the end of", "预测时点（月末）"),
    "contracts_within": ("Within", "期限"),
    "contracts_expected": ("Expected to leave", "预计流失"),
    "contracts_base": ("Log loss of the bare rate", "总体流失率的对数损失"),
    "contracts_chance": ("Chance alone", "随机上限"),
    "contracts_trial_note": (
        "Less is better for both log losses. Chance alone: what the odds are off by in 99 of 100 worlds where they hold.",
        "对数损失越小越好。随机上限：概率完全准确时 99% 的情形下偏差不超过此值。",
    ),
    "contracts_drift_title": ("Not as it was in {day}: {names}", "较{day}变化显著：{names}"),
    "contracts_no_drift_title": ("Subscribers are much as they were in {day}", "用户结构与{day}相近"),
    "contracts_index": ("Stability index", "稳定性指标（PSI）"),
    "contracts_drift_note": (
        "Population stability index beside the day of the trial: by custom above 0.1 to be watched, above 0.25 a great change; chance "
        "alone "
        "stays under its column in 99 of 100 cases. What counts the time since something grows by itself.",
        "与检验时点相比的群体稳定性指标：通常高于 0.1 需关注，高于 0.25 为显著变化；随机上限为 99% 情形下的上限。距某事的时长会自然增长。",
    ),
    # caveats
    "contracts_terms": (
        "Assumed: an offer costs {offer} whether or not it was needed; the margin is {margin} of the price; money is discounted at "
        "{rate} a "
        "year; {months} months ahead count. An offer works for {lasting} months, after that a subscriber leaves as likely as without.",
        "假设：每份优惠无论是否必要均花费 {offer}；毛利率 {margin}；年折现率 {rate}；计未来 {months} 个月。优惠作用持续 {lasting} 个月，"
        "此后流失"
        "概率与无优惠时相同。",
    ),
    "contracts_try_first": (
        "Try the offer on a part of the list drawn by lot before the whole is contacted.",
        "全面实施前应先随机抽取部分名单试行。",
    ),
    "contracts_as_before": (
        "The odds hold as long as subscribers and what they are offered stay as they were: a new rival, price or product is neither in "
        "the past "
        "nor in the bands.",
        "概率以用户与产品条件延续过往为前提：新的竞争者、价格或产品既不在历史数据之中，也不在区间之内。",
    ),
    "contracts_causes": (
        "What raises the odds isn't what causes leaving: only what the experiment did is known to keep anybody.",
        "提高流失概率的属性并非流失的原因：已知能留住用户的只有试验所做之事。",
    ),
    "check: contracts: no leak: nothing after the day is looked at": (
        "no leak: nothing after the day is looked at",
        "无信息泄漏：未使用时点之后的信息",
    ),
    "check: contracts: no leak: no attribute alone tells who left": (
        "no leak: no attribute alone tells who left",
        "无信息泄漏：没有单项属性足以判断流失",
    ),
    "check: contracts: no leak: no value belongs to leavers only": (
        "no leak: no value belongs to leavers only",
        "无信息泄漏：没有仅属于流失用户的取值",
    ),
    "check: contracts: odds of 1 months told earlier held": ("odds of a month, told earlier, held", "此前预测的一个月流失概率与实际相符"),
    "check: contracts: odds of 3 months told earlier held": ("odds of 3 months, told earlier, held", "此前预测的三个月流失概率与实际相符"),
    "check: contracts: odds of 12 months told earlier held": (
        "odds of 12 months, told earlier, held",
        "此前预测的十二个月流失概率与实际相符",
    ),
    "check: contracts: the experiment's groups were as likely to leave": (
        "the experiment's groups were as likely to leave before it",
        "试验两组在试验前流失概率相近",
    ),
    "check: contracts: reasons add up to the score": ("reasons add up to the score", "各项原因之和等于评分"),
    "check: contracts: the list names nobody who has left": ("the list names nobody who has left", "名单中没有已流失用户"),
    "check: contracts: the list adds up to its gain": ("the list adds up to its gain", "名单各项之和等于总净收益"),
    "check: subscribers: activity: nothing before a contract began": ("logins: none before a contract began", "登录记录均不早于合同开始"),
    "check: subscribers: complaints: nothing before a contract began": ("complaints: none before a contract began", "投诉均不早于合同开始"),
    "check: subscribers: satisfaction: nothing before a contract began": (
        "answers: none before a contract began",
        "满意度回答均不早于合同开始",
    ),
    "check: subscribers: offers: nothing before a contract began": ("offers: none before a contract began", "优惠均不早于合同开始"),
}
