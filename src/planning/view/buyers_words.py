"""The words of the churn and value of buyers, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "buyers_still": ("Still customers", "仍为客户"),
    "buyers_expected": ("Expected spending", "预计消费额"),
    "buyers_at_risk": ("Spending at risk with those who left", "流失风险金额"),
    "buyers_gain": ("Expected gain of winning back", "挽回的预计净收益"),
    "buyers_buyers": ("Buyers", "客户数"),
    "buyers_purchases": ("Purchases so far", "累计购买"),
    "buyers_time": ("1 purchase", "1 次"),
    "buyers_times": ("{group} purchases", "{group} 次"),
    "buyers_spending": ("Repeat purchases", "复购金额"),
    "buyers_known": (
        "{name}: {lines} orders of {buyers} buyers, from {first} to {last}; the last new buyer came on {newest}. Orders of one day "
        "count as one purchase; {free} orders that cost nothing count as purchases without money. Nothing after {last} was looked "
        "at. Snapshot {snapshot}.",
        "{name}：{buyers} 位客户的 {lines} 笔订单，{first}至 {last}；最后一位新客户首次购买于 {newest}。同一天的订单算一次购买；"
        "{free} 笔零金额订单计为购买，但不计金额。未使用 {last}之后的任何信息。快照 {snapshot}。",
    ),
    "buyers_method": (
        "Each buyer buys at a rate of their own and may leave for good at any time; both rates differ between buyers (Pareto/NBD). "
        "Nobody says that they leave: it is read from how often they bought and how long they have been silent. What a purchase is "
        "worth is each buyer's own mean, drawn towards everybody's where only few purchases are known (gamma-gamma).{some} The method "
        "was chosen before it was scored: its usual rival, BG/NBD, takes everybody who bought once for a customer for certain. Bands "
        "come from {draws} draws of everybody.",
        "每位客户按各自的频率购买，并可能在任何时点永久流失；两种频率因人而异（Pareto/NBD 模型）。客户流失不会告知，只能由购买频率与"
        "未购时长推断。每次购买的金额取客户自身均值，购买次数少者向总体均值收缩（Gamma-Gamma 模型）。{some}方法在评分之前选定：常用的 "
        "BG/NBD 模型把只买过一次的客户一律视为仍是客户，故不采用。区间来自对全体客户的 {draws} 次模拟。",
    ),
    "buyers_some": (
        " The rates are learnt from {few} of the {buyers} buyers, drawn by chance; all are forecast.",
        "模型参数由 {buyers} 位客户中随机抽取的 {few} 位估计，预测覆盖全部客户。",
    ),
    "buyers_some_tried": (
        " Earlier closing days are tried on {few} of them, drawn by chance.",
        "以往时点的检验随机抽取其中 {few} 位客户。",
    ),
    "buyers_headline": (
        "{there}; they are expected to spend {amount} in the next {weeks} weeks (band {lower} to {upper}){against}, and are worth {value} "
        "over {months} months (band {value_lower} to {value_upper}). {at_risk} is at risk with those who may have left; {offer}.",
        "{there}，预计未来 {weeks} 周消费 {amount}（区间 {lower}至 {upper}）{against}；{months} 个月内的客户终身价值合计 {value}（区间 "
        "{value_lower}至 {value_upper}）。可能已流失的客户涉及流失风险金额 {at_risk}；{offer}。",
    ),
    "buyers_there": (
        "Of {buyers} buyers about {still} ({share}) are still customers",
        "{buyers} 位客户中约 {still} 位（{share}）仍为客户",
    ),
    "buyers_there_untold": (
        "That any of the {buyers} buyers has left can't be told from the orders: {still} ({share}) count as customers",
        "订单无法判断 {buyers} 位客户中是否有人流失：{still} 位（{share}）计为客户",
    ),
    "buyers_value": ("Lifetime value", "客户终身价值"),
    "buyers_totals_title": ("What all buyers come to, and what earlier misses correct", "全体客户合计及以往偏差的修正"),
    "buyers_total_purchases": ("Purchases, {weeks} weeks", "购买次数，{weeks} 周"),
    "buyers_total_amount": ("Spending, {weeks} weeks", "消费额，{weeks} 周"),
    "buyers_total_value": ("Lifetime value, {months} months", "客户终身价值，{months} 个月"),
    "buyers_value_each": ("Lifetime value of a buyer, {months} months", "平均每位客户终身价值，{months} 个月"),
    "buyers_modelled": ("By the model", "模型结果"),
    "buyers_correction": ("Correction", "修正"),
    "buyers_from": ("from", "下限"),
    "buyers_to": ("to", "上限"),
    "buyers_band": ("{level} band", "{level} 区间"),
    "buyers_corrected": (
        "On {n} earlier closing days what came by the end of the trial was on average {purchases} (purchases) and {money} (money) off what "
        "had been expected; half of that is corrected, as about half came again in made-up shops once the days tried covered a year.",
        "此前 {n} 个检验时点的实际数平均较预计偏离 {purchases}（次数）与 {money}（金额）；在虚构商店的试验中，检验时段满一年后约有一半会"
        "再次出现，故修正其中一半。",
    ),
    "buyers_broken": (
        "On {n} earlier closing days what came was on average {purchases} (purchases) and {money} (money) off what had been expected (each "
        "at most {farthest}): buying has changed by more than any rule is known to hold for. Little is corrected, and bands are wide.",
        "此前 {n} 个检验时点的实际数平均较预计偏离 {purchases}（次数）与 {money}（金额）（单次最多按 {farthest} 计）：购买行为的变化已超出"
        "修正规则的适用范围，故只作有限修正，区间较宽。",
    ),
    "buyers_uncorrected": (
        "No correction: the earlier days tried cover {weeks} weeks, and what is missed in less than a year may be its season; in made-up "
        "shops none of it came again.",
        "未作修正：检验时段仅 {weeks} 周，不足一年的偏差可能只是季节所致；在虚构商店的试验中，此类偏差并不会再次出现。",
    ),
    "buyers_uncorrected_untried": ("No correction: no earlier forecast could be tried.", "未作修正：此前数据不足，无法检验以往预测。"),
    "buyers_worth_note": (
        "Lifetime value: {margin} of what is expected in each of the next {months} months, discounted at {rate} a year.",
        "客户终身价值：未来 {months} 个月各月预计消费额的 {margin}，按年 {rate} 折现。",
    ),
    "buyers_segment": ("Segment", "客群"),
    "buyers_rule": ("Who they are", "划分标准"),
    "buyers_still_odds": ("Still customers", "仍为客户"),
    "buyers_at_risk_short": ("At risk", "流失风险金额"),
    "buyers_tried_on": ("Money of those in it on {closing}", "{closing}时该客群的金额"),
    "buyers_segments_title": (
        "{segment}, {of} of buyers, bring {share} of what is expected",
        "“{segment}”占客户数的 {of}，占预计消费额的 {share}",
    ),
    "buyers_segments_note": (
        "The first segment that fits counts, from the new ones down. Lately and long silent: the third of buyers with the fewest and with "
        "the most weeks since their last purchase; often: 3 purchases or more, and among the top fifth; for much: the top fifth by money. "
        "Segments of fewer than ten stand together as others.",
        "客户归入首个符合的客群，先判断新客户。“近期”与“久未购买”：距上次购买周数最少与最多的三分之一；“频繁”：购买至少 3 次且位于前五"
        "分之一；“高额”：消费额位于前五分之一。不足十人的客群合并为“其他”。",
    ),
    "buyers_segment_new": ("New", "新客户"),
    "buyers_segment_champions": ("Champions", "核心客户"),
    "buyers_segment_loyal": ("Loyal", "忠诚客户"),
    "buyers_segment_promising": ("Promising", "潜力客户"),
    "buyers_segment_attention": ("Need attention", "需关注客户"),
    "buyers_segment_cant_lose": ("Can't lose", "重点挽回客户"),
    "buyers_segment_at_risk": ("At risk", "流失风险客户"),
    "buyers_segment_hibernating": ("Hibernating", "休眠客户"),
    "buyers_segment_lost": ("Lapsed", "久未回购客户"),
    "buyers_segment_others": ("Others", "其他"),
    "buyers_rule_new": ("first bought in the last 13 weeks", "近 13 周首次购买"),
    "buyers_rule_champions": ("lately, often, for much", "近期、频繁、高额"),
    "buyers_rule_loyal": ("lately, often", "近期、频繁"),
    "buyers_rule_promising": ("lately, not often", "近期、不频繁"),
    "buyers_rule_attention": ("more than once, not lately", "多次购买，近期未购"),
    "buyers_rule_cant_lose": ("often, for much, long silent", "频繁、高额，久未购买"),
    "buyers_rule_at_risk": ("more than once, long silent", "多次购买，久未购买"),
    "buyers_rule_hibernating": ("once, not lately", "一次购买，近期未购"),
    "buyers_rule_lost": ("once, long silent", "一次购买，久未购买"),
    "buyers_rule_others": ("segments of fewer than ten", "不足十人的客群"),
    "buyers_against": (
        ", {change} against what the buyers known a year before spent in the same weeks",
        "，较上年同期（以当时已有客户计）{change}",
    ),
    "buyers_offer": (
        "winning back the {n} for whom an offer pays gains {gain} if {save} of those who left come back",
        "对其中 {n} 位值得挽回的客户开展挽回，若挽回率为 {save}，预计净收益 {gain}",
    ),
    "buyers_no_offer": (
        "no offer pays if it costs {cost} and {save} of those who left come back",
        "若单客成本为 {cost}、挽回率为 {save}，则无一值得挽回",
    ),
    "buyers_answer_title": (
        "Expected in the next {weeks} weeks: {amount} (band {lower} to {upper}){against}",
        "未来 {weeks} 周预计 {amount}（区间 {lower}至 {upper}）{against}",
    ),
    "buyers_band_note": (
        "the bands take in how far totals leant on earlier closing days (typically {spread}); the last month ends on {end}.",
        "区间已计入以往各检验时点合计数的偏离（通常 {spread}）；最后一个月截至 {end}。",
    ),
    "buyers_untried_note": (
        "no earlier forecast could be tried: the bands take a lean of {spread} as typical, as in made-up shops; the last month "
        "ends on {end}.",
        "此前数据不足，无法检验以往预测：区间按虚构商店的通常偏离 {spread} 计；最后一个月截至 {end}。",
    ),
    "buyers_caveat_untried": (
        "Too little was known before to try a forecast: how far these figures miss isn't known; the bands take a lean of {believed} as "
        "typical.",
        "此前数据不足，未能检验任何预测：误差大小未知，区间按通常偏离 {believed} 计。",
    ),
    "buyers_caveat_untold": (
        "The orders are told as well if nobody ever leaves: those long silent buy again as often as others, or too little is known. "
        "Silence is then no sign of leaving, and who has left may count as a customer.",
        "假定无人流失也同样能解释这些订单：久未购买者与其他客户一样会再次购买，或数据不足。此时未购不足以说明流失，"
        "已流失者可能仍计为客户。",
    ),
    "buyers_caveat_worth": (
        "Lifetime value reaches {months} months ahead, trials only {weeks} weeks: beyond a year the bands grow with the square root of "
        "time. In made-up shops such bands of eight in ten held for 36 months in eight of ten.",
        "客户终身价值涵盖 {months} 个月，而检验仅 {weeks} 周：超过一年的区间按时间的平方根放宽。在虚构商店中，36 个月的八成区间"
        "在八成情形下成立。",
    ),
    "buyers_first_note": (
        "each buyer's first purchase is left out; buyers who come later are not forecast, and the prior year of open months counts "
        "the same days of buyers known a year before.",
        "不含每位客户的首次购买；此后新增的客户不在预测之内，未结账月份的上年同期相应只计当时已有客户在相同日期内的消费。",
    ),
    "buyers_list_title": ("The first {shown} of {n} buyers whom an offer pays to win back", "值得挽回的 {n} 位客户中的前 {shown} 位"),
    "buyers_list_none": ("No buyer for whom an offer pays", "没有值得挽回的客户"),
    "buyers_list_note": (
        "The {n} offers cost {cost} and are expected to gain {gain} after it ({level} band {lower} to {upper}); they gain in {odds} "
        "of the draws, which take the assumptions for true, and break even when {even} come back. All stand in the table retention.",
        "{n} 份优惠成本 {cost}，扣除成本后预计净收益 {gain}（{level} 区间 {lower}至 {upper}），{odds} 的模拟结果为正（假设视为成立）；"
        "挽回率达到 {even} 时盈亏平衡。完整名单见表 retention。",
    ),
    "buyers_assumed": (
        "Assumed: an offer costs {cost} and brings back {save} of those who left; margin {margin}; who comes back buys like somebody "
        "of the same history who never left.",
        "假设：每份优惠成本 {cost}，挽回 {save} 的已流失客户；毛利率 {margin}；挽回的客户与同样购买记录而未流失的客户消费相同。",
    ),
    "buyers_customer": ("Buyer", "客户"),
    "buyers_left_odds": ("Odds of having left", "流失概率"),
    "buyers_would_spend": ("Would spend if still a customer", "若未流失的消费额"),
    "buyers_reason_title": ("Why", "依据"),
    "buyers_reason": (
        "{n} purchases, one every {gap}, {spent} each; none for {silent}",
        "{n} 次，约每 {gap}一次，每次 {spent}；停购 {silent}",
    ),
    "buyers_reason_once": ("1 purchase of {spent}; none for {silent}", "1 次，{spent}；停购 {silent}"),
    "buyers_reason_free": ("{n} purchases that cost nothing; none for {silent}", "{n} 次，均为零金额；停购 {silent}"),
    "buyers_why_title": (
        "{share} of what is expected comes from buyers of {group} or more purchases; {most} of what is at risk lies with those of "
        "{risky}",
        "预计消费额的 {share} 来自购买 {group} 次及以上的客户；流失风险金额的 {most} 来自购买 {risky}的客户",
    ),
    "buyers_why_measure": ("Buyers; money of the next {weeks} weeks", "客户数；未来 {weeks} 周金额"),
    "buyers_of": ("{still} of {buyers}", "{still}／{buyers}"),
    "buyers_silence_title": (
        "Probability of still being a customer, by purchases so far and weeks since the last one",
        "按累计购买次数与未购周数的仍为客户概率",
    ),
    "buyers_weeks": ("{weeks} weeks", "{weeks} 周"),
    "buyers_silence_group": ("Weeks since the last purchase", "距上次购买"),
    "buyers_likely_left": (
        "{n} buyers ({share}) have more likely left than not; {amount_share} of what is expected still comes from them.",
        "{n} 位客户（{share}）更可能已流失；预计消费额中仍有 {amount_share} 来自他们。",
    ),
    "buyers_trial_title": (
        "Made on {closing}, the forecast expected {expected} purchases in {weeks} weeks; {came} came ({miss})",
        "{closing}作出的预测：{weeks} 周内预计 {expected} 次购买，实际 {came} 次（{miss}）",
    ),
    "buyers_too_few": ("{rate} too few expected", "预计偏低 {rate}"),
    "buyers_too_many": ("{rate} too many expected", "预计偏高 {rate}"),
    "buyers_no_trial": ("Too little is known before to try a forecast of {weeks} weeks", "此前数据不足，无法检验 {weeks} 周的预测"),
    "buyers_cumulative": ("Repeat purchases so far, number", "累计复购次数"),
    "buyers_came": ("came", "实际"),
    "buyers_was_expected": ("expected", "预计"),
    "buyers_tried": ("known then", "当时已知"),
    "buyers_held_out": ("held back from the forecast", "预测时未知"),
    "buyers_scores_title": ("How far each forecaster missed, at every closing day tried", "各检验时点的预测误差"),
    "buyers_closing": ("Made on", "预测日"),
    "buyers_ahead": ("Weeks ahead", "预测周数"),
    "buyers_forecaster": ("Forecaster", "方法"),
    "buyers_ours": ("This forecast", "本次预测"),
    "buyers_dropout": ("BG/NBD", "BG/NBD"),
    "buyers_rate": ("Same rate as before", "按以往频率"),
    "buyers_recent": ("Same rate, if bought lately", "近期有购买者按以往频率"),
    "buyers_mae_purchases": ("Miss of a buyer, purchases", "每客户次数误差"),
    "buyers_bias_purchases": ("Total, purchases", "次数合计偏差"),
    "buyers_mae_amount": ("Miss of a buyer, money", "每客户金额误差"),
    "buyers_bias_amount": ("Total, money", "金额合计偏差"),
    "buyers_groups_title": (
        "What came, by purchases before (made on {closing}, {weeks} weeks)",
        "按此前购买次数比较预计与实际（{closing}预测，{weeks} 周）",
    ),
    "buyers_number": ("Purchases", "购买次数"),
    "buyers_money": ("Money", "金额"),
    "buyers_again": ("Bought again", "再次购买的客户"),
    "buyers_change": ("Came against expected", "实际较预计"),
    "buyers_what_if_title": ("What winning back gains, if an assumption is another", "假设变动时的挽回净收益"),
    "buyers_as_assumed": ("As assumed", "按假设"),
    "buyers_half_back": ("Half as many come back", "挽回率减半"),
    "buyers_more_back": ("Half as many again come back", "挽回率提高一半"),
    "buyers_cheap_offer": ("An offer costs half", "单客成本减半"),
    "buyers_dear_offer": ("An offer costs double", "单客成本加倍"),
    "buyers_thin_margin": ("A quarter less margin", "毛利率降低四分之一"),
    "buyers_save_rate": ("Come back", "挽回率"),
    "buyers_offer_cost": ("Cost of an offer", "单客成本"),
    "buyers_margin": ("Margin", "毛利率"),
    "buyers_contacted": ("Offers that pay", "值得挽回人数"),
    "buyers_cost": ("Cost of all", "总成本"),
    "buyers_won": ("Expected gain", "预计净收益"),
    "buyers_as_drawn": ("Gain of the list above", "按现名单的净收益"),
    "buyers_caveat_left": (
        "Nobody says that they leave, so the odds of still being a customer can't be checked; what can be is whether they bought "
        "again.",
        "客户流失不会告知，因此仍为客户的概率本身无从检验；可检验的是是否再次购买。",
    ),
    "buyers_caveat_worst": (
        "That trial missed most on buyers with {group} before: {amount} was expected of them and {came_amount} came; today's figures for "
        "such buyers lean the same way.",
        "该次检验误差最大的是此前有 {group} 的客户：预计 {amount}，实际 {came_amount}；本次对此类客户的数字也有同样倾向。",
    ),
    "buyers_caveat_again": (
        " In the trial made on {closing}, {expected} buyers were expected to buy again in {weeks} weeks; {came} did.",
        "在 {closing}的检验中，预计 {weeks} 周内 {expected} 位客户再次购买，实际 {came} 位。",
    ),
    "buyers_caveat_total": (
        "The {level} band as it is drawn held what came in {drawn} of {n} trials for purchases and in {drawn_money} of {n} for "
        "money: it knows chance, not a change of times. The bands of totals shown here therefore take in how far totals leant on the days "
        "tried, with {days} more believed to lean {believed}: typically {spread} for purchases and {spread_money} for money. With what "
        "was known at the time such bands held in {shown} and {shown_money} of {n}. The trials overlap.",
        "模拟所得 {level} 区间在 {n} 次检验中包含实际购买次数 {drawn} 次、实际金额 {drawn_money} 次：它只反映偶然波动，不反映时势变化。"
        "因此本报告合计数的区间计入各检验时点的偏离，并另按 {days} 个时点偏离 {believed} 计：通常次数 {spread}、金额 {spread_money}。按当时"
        "已知信息给出的此类区间分别包含 {shown} 次与 {shown_money} 次。各次检验的时段互有重叠。",
    ),
    "buyers_caveat_own": (
        "In all trials together {rate} of buyers stayed inside their own {level} band of purchases, {rate_money} inside that of "
        "money (whole purchases make it wider than meant); of those outside {above} bought more and {below} less.",
        "全部检验合计，{rate} 的客户购买次数落在各自的 {level} 区间内，金额为 {rate_money}（次数为整数，区间因而偏宽）；次数落在区间"
        "外者，高于上限 {above} 位次，低于下限 {below} 位次。",
    ),
    "buyers_caveat_season": (
        "The forecast knows no season and no campaign: {months} months of orders don't tell one year's course from the next.",
        "预测不含季节与促销因素：{months} 个月的订单不足以区分季节规律。",
    ),
    "buyers_caveat_no_season": (
        "The forecast knows no season and no campaign, of which {months} months of orders might tell: months of a season lie above or "
        "below it, and so does a total of weeks that fall into one.",
        "预测不含季节与促销因素，而 {months} 个月的订单可能已含其规律：旺季与淡季各月会高于或低于预测，所涵盖各周的合计亦然。",
    ),
    "buyers_caveat_rule": (
        "The plain rule that gives up whoever hasn't bought for {weeks} weeks missed single buyers' purchases by less in {n} of {all} "
        "trials.",
        "“{weeks} 周未购即视为流失”的简单规则，在 {all} 次检验中有 {n} 次对单个客户购买次数的误差更小。",
    ),
    "buyers_caveat_offer": (
        "What an offer does isn't in the data: how many come back is assumed, and only an experiment can tell.",
        "数据中没有挽回活动的效果：挽回率为假设，只有试验才能验证。",
    ),
    "buyers_caveat_new": (
        "Only buyers known on {closing} are forecast; buyers who come later are not in any figure ahead. What came after that day "
        "isn't known.",
        "预测仅含 {closing}已有的客户，此后新增的客户不在任何预测数中；该日之后的实际情况尚不可知。",
    ),
    "check: buyers: the parameters were found": ("the parameters were found", "参数估计已收敛"),
    "check: buyers: the orders reach to the closing day": ("the orders reach to the closing day", "订单数据截至结账日"),
    "check: buyers: draws agree with the formula": ("draws agree with the formula", "模拟结果与公式一致"),
    "check: buyers: probabilities lie between none and all": ("probabilities lie between 0 and 1", "概率均在 0 与 1 之间"),
    "check: buyers: nothing expected is missing or negative": ("nothing expected is missing or negative", "预计数无缺失、无负数"),
    "check: buyers: every order counts once": ("every order counts once", "每笔订单只计一次"),
    "check: buyers: groups add up to the total": ("groups add up to the total", "各组之和等于合计"),
    "check: buyers: the list adds up to its gain": ("the list adds up to its gain", "名单之和等于预计净收益"),
    "buyers_recent_note": (
        "Lately means in the last {weeks} weeks; a total above 0 means that more was expected than came.",
        "近期指最近 {weeks} 周；合计偏差为正表示预计高于实际。",
    ),
    "buyers_gap_weeks": ("{gap} weeks", "{gap} 周"),
    "buyers_gap_week": ("1 week", "1 周"),
    "buyers_gap_days": ("{gap} days", "{gap} 天"),
}  # fmt: skip
