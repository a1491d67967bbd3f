"""The words of the churn of subscribers, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "subscribers_at_risk": ("Charges a month expected to leave", "预计流失月费"),
    "subscribers_gain": ("Expected gain of the offers", "挽留优惠的预计净收益"),
    "subscribers_listed": ("Offers that pay", "值得挽留的用户数"),
    "subscribers_break_even": ("Break-even save rate", "盈亏平衡挽留率"),
    "subscribers_charge": ("Monthly charge", "月费"),
    "subscribers_known": (
        "{name}: {all} subscribers, of whom {gone} ({rate}) had left when the file was taken and {here} were still here. The file "
        "carries no dates. Snapshot {snapshot}.",
        "{name}：用户 {all} 户，取数时已流失 {gone} 户（{rate}），在网 {here} 户。数据不含日期。快照 {snapshot}。",
    ),
    "subscribers_method": (
        "Each subscriber's odds of leaving are a sum of what each attribute says: a blend of a logistic regression on smooth curves, of "
        "boosted trees of one attribute each, and of trees of several, calibrated. Whatever is shown of a subscriber was said by scores "
        "learnt from others: {folds} trials, each on a fifth of the subscribers that had been held back. The charges to date are not "
        "used: they are tenure times charge and know the day of leaving.",
        "每位用户的流失概率由各项属性的影响相加而成：由平滑曲线逻辑回归、单属性提升树与多属性提升树加权组合并经校准。所示结果均由未见过"
        "该用户的模型给出：共 {folds} 次检验，每次留出五分之一的用户。累计费用不参与计算：它等于在网时长乘以月费，隐含离网时点。",
    ),
    "subscribers_sorts": (
        " Of one who left and one who stayed, the score names the right one in {ours} of 100 cases; a plain logistic regression in "
        "{plain}, a coin in 50. It had the smaller error in {wins} of {folds} trials.",
        "随机取一位已流失与一位未流失的用户，评分判断正确的比例为 {ours}%；普通逻辑回归为 {plain}%，抛硬币为 50%。{folds} 次检验中有 "
        "{wins} 次误差小于普通逻辑回归。",
    ),
    "subscribers_headline": (
        "Of {here} subscribers still here, {leavers} are expected to leave next, and {charges} of charges a month with them; offers to "
        "the {n} for whom one pays cost {cost} and are expected to gain {gain} after that cost ({level} band {lower} to {upper}), if "
        "an offer keeps {save} of those who would leave.",
        "在网用户 {here} 户，预计下一期流失 {leavers} 户，每月减少收入 {charges}；其中 {n} 户值得挽留，优惠成本 {cost}，扣除成本后预计"
        "净收益 {gain}（{level} 区间 {lower} 至 {upper}），前提是优惠能留住 {save} 的拟流失用户。",
    ),
    "subscribers_headline_none": (
        "Of {here} subscribers still here, {leavers} are expected to leave next, and {charges} of charges a month with them; no offer "
        "pays if it costs {offer} and keeps {save} of those who would leave.",
        "在网用户 {here} 户，预计下一期流失 {leavers} 户，每月减少收入 {charges}；若每份优惠成本 {offer}、只能留住 {save} 的拟流失用户"
        "，则无一值得挽留。",
    ),
    "subscribers_curve_title": (
        "Offers to the {n} best gain {gain} after their cost; any more cost more than they bring",
        "向最值得的 {n} 户提供优惠，扣除成本后净收益 {gain}；再多则得不偿失",
    ),
    "subscribers_curve_all": (
        "Offers pay for all {n} still here and gain {gain} after their cost",
        "全部 {n} 户在网用户均值得挽留，扣除成本后净收益 {gain}",
    ),
    "subscribers_curve_none": ("No offer brings more than it costs", "没有任何优惠能收回成本"),
    "subscribers_contacted": ("Subscribers contacted, best first", "联系用户数（由优到次）"),
    "subscribers_listed_at": ("{n} offers: {gain}", "{n} 户：{gain}"),
    "subscribers_band_note": (
        "The band holds {level} of {worlds} worlds drawn: who leaves, whom the offer keeps, and how far the probabilities may be off. "
        "The assumptions are taken as given.",
        "区间涵盖 {worlds} 次模拟的 {level}：包括谁会流失、谁被留住以及概率可能的偏差；各项假设视为给定。",
    ),
    "subscribers_assumed": (
        "Assumed: an offer costs {offer} and keeps {save} of those who would leave; who is kept stays {months} months at a margin of "
        "{margin}",
        "假设：每份优惠成本 {offer}，留住 {save} 的拟流失用户；留住者再留 {months} 个月，毛利率 {margin}",
    ),
    "subscribers_list_title": ("The first {shown} of {n} offers that pay", "值得挽留的 {n} 户中的前 {shown} 户"),
    "subscribers_customer": ("Subscriber", "用户"),
    "subscribers_odds": ("Probability of leaving", "流失概率"),
    "subscribers_value": ("Kept, brings", "留住可得"),
    "subscribers_gain_each": ("Expected gain", "预计净收益"),
    "subscribers_reasons": ("What raises the odds (× those of the average subscriber)", "主要原因（× 为平均用户几率的倍数）"),
    "subscribers_list_note": (
        "The whole list stands in the table retention. {label}: {amount} ({level} band {lower} to {upper}).",
        "完整名单见表 retention。{label}：{amount}（{level} 区间 {lower} 至 {upper}）。",
    ),
    "subscribers_tried_list": (
        "The same rule applied to everybody in the file, each judged unseen, names {n}: {expected} of them were expected to leave ("
        "{level} band {lower} to {upper}) and {actual} had, out of {all} who left in all.",
        "按同一规则对全部用户（均由未见过其结果的模型判断）选出 {n} 户：预计其中流失 {expected} 户（{level} 区间 {lower} 至 {upper}），"
        "实际流失 {actual} 户，全部流失用户为 {all} 户。",
    ),
    "subscribers_calibration_title": (
        "Those said to leave with {said} left in {came} of cases; over all tenths the odds were off by {error} points",
        "预测流失概率 {said} 的用户实际流失 {came}；各十分位平均偏差 {error} 个百分点",
    ),
    "subscribers_calibration_measure": (
        "Share that left by the probability said before, tenths of all subscribers",
        "按预测概率十等分的实际流失率",
    ),
    "subscribers_said": ("Probability said", "预测概率"),
    "subscribers_came": ("Left", "实际流失率"),
    "subscribers_as_said": ("as said", "与预测一致"),
    "subscribers_calibration_note": (
        "Every probability was said by a score that hadn't seen the subscriber. Lines: {level} intervals of the share. Where the odds "
        "hold exactly, chance alone gives up to {chance} points.",
        "所有概率均由未见过该用户的模型给出。线段为 {level} 区间。即使概率完全准确，仅随机因素也可造成至多 {chance} 个百分点的偏差。",
    ),
    "subscribers_trial_title": ("The trial: {folds} times on subscribers held back", "检验：{folds} 次留出用户"),
    "subscribers_method_name": ("Method", "方法"),
    "subscribers_base": ("The bare rate of leaving", "总体流失率"),
    "subscribers_plain": ("Plain logistic regression", "普通逻辑回归"),
    "subscribers_ours": ("This score", "本评分"),
    "subscribers_auc": ("Sorts right (AUC)", "排序能力（AUC）"),
    "subscribers_lowest": ("Lowest", "最低"),
    "subscribers_highest": ("Highest", "最高"),
    "subscribers_log_loss": ("Log loss", "对数损失"),
    "subscribers_brier": ("Brier", "布赖尔分数"),
    "subscribers_error": ("Odds off by", "概率偏差"),
    "subscribers_wins": ("Better than plain", "优于普通回归（次）"),
    "subscribers_trial_note": (
        "Log loss and Brier: less is better. In {inside} of {n} groups of subscribers the number who left fell inside the {level} band "
        "({rate}; the true rate lies between {low} and {high} with 95 %).",
        "对数损失与布赖尔分数越小越好。{n} 组用户中有 {inside} 组的流失户数落在 {level} 区间内（{rate}；95% 置信区间 {low} 至 {high}）。",
    ),
    "subscribers_what_if_title": ("If an assumption is another", "假设变动的影响"),
    "subscribers_case": ("Case", "情形"),
    "subscribers_save": ("Save rate", "挽留率"),
    "subscribers_cost": ("Offer costs", "优惠成本"),
    "subscribers_kept": ("Months kept", "挽留月数"),
    "subscribers_anew": ("List drawn anew", "重新选取名单"),
    "subscribers_offers": ("Offers", "户数"),
    "subscribers_gain_total": ("Gain", "净收益"),
    "subscribers_as_drawn": ("Gain of the list as it is", "现有名单净收益"),
    "subscribers_case_assumed": ("As assumed", "现行假设"),
    "subscribers_case_half": ("An offer keeps half as many", "挽留率减半"),
    "subscribers_case_more": ("An offer keeps half as many again", "挽留率提高一半"),
    "subscribers_case_cheap": ("An offer costs half", "优惠成本减半"),
    "subscribers_case_dear": ("An offer costs twice as much", "优惠成本加倍"),
    "subscribers_case_short": ("Who is kept stays half as long", "挽留月数减半"),
    "subscribers_case_all_came": ("The file holds all who ever came: odds within a year", "数据含所有曾入网用户：按一年内流失概率"),
    "subscribers_even_note": (
        "The list as it is pays as long as an offer keeps at least {rate} of those who would leave; {save} is assumed.",
        "只要优惠能留住至少 {rate} 的拟流失用户，现有名单即可盈利；现行假设为 {save}。",
    ),
    "subscribers_odds_of_gain": (
        "If the assumptions hold, the list brings more than it costs in {k} of {worlds} worlds drawn.",
        "若假设成立，{worlds} 次模拟中有 {k} 次名单收益高于成本。",
    ),
    "subscribers_no_experiment": (
        "Response not known; no experiment: that an offer keeps {save} of those who would leave, and costs {offer} whether or not it "
        "was needed, is an assumption. Try it on a part of the list drawn by lot before the whole is contacted. ",
        "优惠的作用未知，数据中没有对照试验：优惠能留住 {save} 的拟流失用户、且无论是否必要均花费 {offer}，只是假设。"
        "全面实施前应先随机抽取部分名单试行。",
    ),
    "subscribers_no_dates": (
        "The file carries no dates: over what time those who left did so can't be told. “Next” means a stretch as long and as eventful as "
        "the one in the file, which holds if those who left did so within one stretch. If the file holds all who ever came, "
        "whenever they left, the probabilities above are too high for those of short tenure; both readings stand under what if.",
        "数据不含日期：无法得知已流失用户在多长时间内流失。“下一期”指与数据所含期间等长且情况相近的一段时间，前提是流失发生在同一期间内。"
        "若数据含所有曾入网用户（无论何时流失），则上述概率对在网时间短的用户偏高；两种解读均见假设变动部分。",
    ),
    "subscribers_survivors": (
        "Those still here stayed while others like them left; where they are more loyal than their attributes tell, fewer will leave "
        "than is said here.",
        "在网用户是同类用户中留下的一群；若其忠诚度高于属性所示，实际流失会少于本预测。",
    ),
    "subscribers_months_caveat": (
        "That who is kept stays {months} months is an assumption, not discounted. Those who left had been here {gone} months at the "
        "median, those still here {here}.",
        "留住者再留 {months} 个月为假设，未折现。已流失用户在网时长中位数为 {gone} 个月，在网用户为 {here} 个月。",
    ),
    "subscribers_ceiling": (
        "On figures like these an AUC above {ceiling} would be a sign that something known only after leaving has crept in; it is a "
        "failed check here, not a success.",
        "对此类数据，AUC 高于 {ceiling} 表明可能混入了离网后才知道的信息；此处视为检查未通过，而非成绩。",
    ),
    "check: subscribers: no leak: the AUC is no better than it can honestly be": (
        "no leak: the AUC is no better than it can honestly be",
        "无信息泄漏：AUC 未高于合理上限",
    ),
    "check: subscribers: no leak: no attribute alone tells who left": (
        "no leak: no attribute alone tells who left",
        "无信息泄漏：没有单项属性足以判断流失",
    ),
    "check: subscribers: no leak: no value belongs to leavers only": (
        "no leak: no value belongs to leavers only",
        "无信息泄漏：没有仅属于流失用户的取值",
    ),
    "check: subscribers: no leak: the total charged is not used": ("no leak: the total charged is not used", "无信息泄漏：未使用累计费用"),
    "check: subscribers: no leak: nothing stands for the total charged": (
        "no leak: nothing stands for the total charged",
        "无信息泄漏：没有变相的累计费用",
    ),
    "check: subscribers: dealt out at random, nobody is told apart": (
        "who left dealt out at random: nobody is told apart",
        "随机打乱流失标记后无法区分用户",
    ),
    "check: subscribers: probabilities are off by no more than chance": (
        "the odds are off by no more than matters or chance allows",
        "概率偏差未超出重要性水平或随机范围",
    ),
    "check: subscribers: high odds are as high as they are said": (
        "high odds are as high, and low ones as low, as said",
        "高低概率均与实际相符",
    ),
    "check: subscribers: reasons add up to the score": ("reasons add up to the score", "各项原因之和等于评分"),
    "check: subscribers: everybody was judged unseen": (
        "everybody was judged by scores that hadn't seen them",
        "每位用户均由未见过其结果的模型判断",
    ),
    "check: subscribers: the list names nobody who has left": ("the list names nobody who has left", "名单中没有已流失用户"),
    "check: subscribers: the list adds up to its gain": ("the list adds up to its gain", "名单各项之和等于总净收益"),
}
