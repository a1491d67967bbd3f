"""The words of the return of channels, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "channels_key_spend": ("Spend on channels, last year", "渠道投放费用（近一年）"),
    "channels_key_return": ("Contribution per spend", "投入产出比（边际贡献÷投放费用）"),
    "channels_key_gain": ("Gain of next quarter's plan", "下季度投放方案增益"),
    "channels_key_odds": ("Odds that the plan beats today's mix", "方案优于现有结构的概率"),
    "channels_key_untold": ("Channels that the data can't tell", "数据无法判断的渠道数"),
    "channels_known": (
        "{name}: weekly sales and spend in {count} channels, {weeks} weeks from {first} to {last}. Other "
        "conditions counted: {conditions}. Snapshot {snapshot}.",
        "{name}：{weeks} 周的销售额与 {count} 个渠道的投放费用，自 {first} 至 {last}。计入的其他影响因素：{conditions}。"
        "快照 {snapshot}。",
    ),
    "channels_none": ("none", "无"),
    "channels_method": (
        "A week's sales are a baseline (level, trend, season, conditions) plus what each channel adds. Spend "
        "works at once or some weeks late, fades after that, and brings less the more there is of it. Before the sales were "
        "looked at, a channel was taken to bring around {median} of sales for each 1 spent, two thirds of "
        "channels between {low} and {high}, {shared} of that spread being common to all channels of the company. A band "
        "holds {level} of what is possible after looking.",
        "每周销售额由基础销售（水平、趋势、季节及其他因素）与各渠道带来的增量构成。"
        "投放当周或数周后见效，"
        "此后逐渐减弱，且随投放增加而递减。"
        "查看销售数据之前，假定每投入 1 带来的销售额以 {median} 为中位数，三分之二的渠道介于 {low} 与 {high} 之间，"
        "其中 {shared} 的差异为公司各渠道共有。"
        "区间涵盖查看数据之后 {level} 的可能结果。",
    ),
    "channels_margin": (
        "Contribution is sales times a margin of {margin}, which is an assumption of this run and not in the "
        "data; a return of 1 breaks even.",
        "边际贡献按销售额乘以 {margin} 的边际贡献率计算，该比率为本次运行的假设，并非来自数据；投入产出比为 1 即盈亏平衡。",
    ),
    "channels_headline": (
        "Over the last {weeks} weeks, {spend} of spend brought {roi} of contribution for each 1 spent "
        "({level} band {lower} to {upper}). {plan}",
        "近 {weeks} 周投放 {spend}，投入产出比为 {roi}（{level} 区间 {lower} 至 {upper}）。{plan}",
    ),
    "channels_headline_plan": (
        "Moving {moved} between channels over the next {weeks} weeks is expected to add {gain} of "
        "contribution ({level} band {lower} to {upper}).",
        "今后 {weeks} 周在渠道间调整 {moved}，预计增加边际贡献 {gain}（{level} 区间 {lower}至 {upper}）。",
    ),
    "channels_headline_stay": (
        "No shift between channels over the next {weeks} weeks is worth its risk: today's mix stays.",
        "今后 {weeks} 周任何渠道间调整的增益均不足以抵偿其风险：维持现有结构。",
    ),
    "channels_headline_fixed": (
        "No channel may change over the next {weeks} weeks in this run: today's mix stays.",
        "本次运行设定今后 {weeks} 周各渠道不得变动：维持现有结构。",
    ),
    "channels_untold": (
        "The data can't tell the return of {channels}: what is possible after looking at the sales is about "
        "as wide as before.",
        "数据无法判断{channels}的投入产出比：查看销售数据前后，可能范围几乎一样宽。",
    ),
    "channels_returns_title": ("{best} brings {roi} of contribution for each 1 spent; {rest}", "{best}的投入产出比为 {roi}；{rest}"),
    "channels_all_told": ("the data tell something of every channel", "各渠道均可由数据作出一定判断"),
    "channels_not_told": ("for {channels} the data can't tell", "{channels}则数据无法判断"),
    "channels_none_told": ("The data can't tell the return of any channel", "数据无法判断任何渠道的投入产出比"),
    "channels_returns_measure": ("Contribution per 1 spent", "投入产出比（边际贡献÷投放费用）"),
    "channels_last_weeks": ("{weeks} weeks to {last}", "截至 {last} 的 {weeks} 周"),
    "channels_spend": ("Spend", "投放费用"),
    "channels_return": ("Return (average)", "投入产出比（平均）"),
    "channels_marginal": ("Marginal return (of the next 1)", "边际投入产出比（再投 1）"),
    "channels_return_untold": ("Return, the data can't tell", "投入产出比（数据无法判断）"),
    "channels_break_even": ("break-even", "盈亏平衡"),
    "channels_break_even_at": ("break-even: 1", "盈亏平衡：1"),
    "channels_band": ("{level} band", "{level} 区间"),
    "channels_cut_note": ("An arrow marks a band that goes on beyond the scale.", "箭头表示区间超出刻度。"),
    "channels_channel": ("Channel", "渠道"),
    "channels_nearly_sure": ("> {rate}", ">{rate}"),
    "channels_nearly_never": ("< {rate}", "<{rate}"),
    "channels_share": ("Share", "占比"),
    "channels_lower": ("from", "下限"),
    "channels_upper": ("to", "上限"),
    "channels_group_return": ("Return: contribution per 1 spent", "投入产出比"),
    "channels_group_marginal": ("Marginal return", "边际投入产出比"),
    "channels_odds_even": ("Odds above break-even", "超过盈亏平衡的概率"),
    "channels_tell": ("What the data tell", "数据能说明什么"),
    "channels_tell_much": ("much", "较多"),
    "channels_tell_some": ("some", "部分"),
    "channels_tell_nothing": ("they can't tell", "无法判断"),
    "channels_table_title": ("What each channel brought in the last {weeks} weeks", "近 {weeks} 周各渠道的投入与产出"),
    "channels_plan_title": (
        "Spend of the next {weeks} weeks: the plan beside today's mix of the same budget",
        "今后 {weeks} 周投放：方案与同一预算的现有结构",
    ),
    "channels_now": ("Today's mix", "现有结构"),
    "channels_planned": ("Plan", "方案"),
    "channels_change": ("Change", "变动"),
    "channels_change_rate": ("Change, %", "变动率"),
    "channels_gain": ("Gain in contribution", "边际贡献增益"),
    "channels_limit": ("At its limit", "是否触及上下限"),
    "channels_at_lower": ("yes, lower", "下限"),
    "channels_at_upper": ("yes, upper", "上限"),
    "channels_at_none": ("no", "否"),
    "channels_sales_ahead": (
        "With the plan, sales of the next {weeks} weeks are expected at {plan} ({level} band {lower} to "
        "{upper}); with today's mix at {today}.",
        "按方案，今后 {weeks} 周销售额预计为 {plan}（{level} 区间 {lower}至 {upper}）；按现有结构为 {today}。",
    ),
    "channels_bridge_title": (
        "Channels brought {brought} of {sales} sales in the last {weeks} weeks ({rate})",
        "近 {weeks} 周销售额 {sales}中，渠道带来 {brought}（{rate}）",
    ),
    "channels_sales": ("Sales", "销售额"),
    "channels_doubted": ("{channel} (the data can't tell)", "{channel}（数据无法判断）"),
    "channels_baseline": ("Sales without the channels", "不含渠道的销售额"),
    "channels_together": ("Channels together, not assigned to one", "渠道合计中未归属单一渠道的部分"),
    "channels_together_note": (
        "The total return of {together} is the middle estimate of all channels together; the rows' own middle estimates would come to "
        "{mean}, since their bands are lopsided.",
        "合计投入产出比 {together} 为全部渠道合并的中位估计；各行中位估计加权为 {mean}，因各渠道区间不对称而有差异。",
    ),
    "channels_bridge_note": ("What nothing explains stands with the sales without the channels.", "无法解释的部分计入不含渠道的销售额。"),
    "channels_curves_title": (
        "At today's spend one more 1 pays for itself in {paying}: even the lower edge of its band does",
        "按现有投放水平再投 1 能收回的渠道：{paying}（按区间下限亦能收回）",
    ),
    "channels_curves_none": (
        "At today's spend the data show no channel in which one more 1 pays for itself even at the lower edge of its band",
        "按现有投放水平，数据未显示任何渠道再投 1 在区间下限仍能收回",
    ),
    "channels_curves_measure": (
        "Contribution of {weeks} weeks' spend, later effects included,",
        "{weeks} 周投放带来的边际贡献（含后续效果）",
    ),
    "channels_curves_across": ("spend of {weeks} weeks across; all panels on one scale", "横轴：{weeks} 周投放费用；各图刻度一致"),
    "channels_curve": ("contribution", "边际贡献"),
    "channels_beyond": ("beyond what was ever spent", "超出历史最高投放"),
    "channels_mark_now": ("today", "现状"),
    "channels_mark_plan": ("plan", "方案"),
    "channels_ours": ("With channels", "含渠道"),
    "channels_without": ("Same model without channels", "同一模型不含渠道"),
    "channels_naive": ("Same week last year", "上年同周"),
    "channels_trial_title": (
        "Held-out weeks were missed by {ours} with channels, by {without} without them, by {naive} with the "
        "same week last year",
        "留出检验的周误差：含渠道 {ours}，不含渠道 {without}，取上年同周 {naive}",
    ),
    "channels_trial_measure": ("Miss of a week's sales, share of sales", "周销售额误差占销售额的比例"),
    "channels_trial_period": ("{held} weeks after each origin", "各起点后 {held} 周"),
    "channels_trial_note": (
        "With channels the spend that came is used; conditions are those of last year, as nobody knew others.",
        "含渠道一栏使用实际发生的投放；其他因素取上年数值，因当时无从得知。",
    ),
    "channels_trial_none": ("Too few weeks to hold any out", "周数太少，无法留出检验"),
    "channels_from": ("from {day}", "自 {day} 起"),
    "channels_held": (
        "Of {n} weeks held out, {inside} fell inside the band ({rate}; {level} was meant). {verdict}",
        "留出的 {n} 周中有 {inside} 周落在区间内（{rate}；目标 {level}）。{verdict}",
    ),
    "channels_better": (
        "Knowing the spend made the weeks more predictable: the model sees the channels at work.",
        "已知投放后周销售额更易预测：模型确实捕捉到了渠道的作用。",
    ),
    "channels_no_better": (
        "Knowing the spend made the weeks hardly more predictable: held-out weeks neither confirm nor refute "
        "the returns.",
        "已知投放几乎未使周销售额更易预测：留出检验既不能证实也不能否定这些回报。",
    ),
    "channels_worse": (
        "Knowing the spend made the weeks less predictable: read the returns with caution.",
        "已知投放反而使周销售额更难预测：请谨慎看待这些回报。",
    ),
    "channels_planted": (
        "Returns within what was believed beforehand, planted into {worlds} made-up worlds with this spend: {inside} of {n} bands "
        "held the truth ({rate}; {level} was meant; 95 % interval {low} to {high}); the middle estimate missed by "
        "{miss}.",
        "在 {worlds} 个采用本公司投放的模拟环境中植入已知回报（取自事前假定的范围）："
        "{n} 个区间中有 {inside} 个包含真值（{rate}；目标 {level}；95% 置信区间 {low} 至 {high}）；估计值误差的中位数为 {miss}。",
    ),
    "channels_narrow": (" The bands have been too narrow: read them as less than {level}.", "区间偏窄：请按低于 {level} 理解。"),
    "channels_planted_plans": (
        "In these worlds plans made in this way promised {promised} of sales on average and brought {came}, "
        "of {possible} that were possible with the truth known; {lost} of {worlds} lost.",
        "在这些环境中，以同样方法制定的方案平均承诺增加销售额 {promised}，实际带来 {came}（已知真值时最多可得 {possible}）；"
        "{worlds} 个方案中有 {lost} 个受损。",
    ),
    "channels_entangled": (
        "{channel}: {rate} of its spend goes with the season, the conditions and the other channels, from "
        "which it can hardly be told.",
        "{channel}：其投放的 {rate} 与季节、其他因素及其他渠道同步变动，难以区分。",
    ),
    "channels_observed": (
        "Every return comes from spend as it was, none from an experiment: what moved spend and sales alike "
        "looks like an effect. A return below 0 is taken to be impossible. Only switching a channel off and "
        "on somewhere would settle it.",
        "所有回报均来自历史投放，而非试验：同时影响投放与销售的因素会被误认为渠道效果。模型假定回报不为负。只有在部分地区停投或加投试验才能定论。",
    ),
    "channels_tested": (
        "Lift tests taken in beside the sales: {n}, of {channels}. Every other return comes from spend as it was, none "
        "from an experiment: what moved spend and sales alike looks like an effect. A return below 0 is taken to be impossible.",
        "除销售数据外采用增量试验 {n} 次（{channels}）。其余渠道的回报均来自历史投放，而非试验：同时影响投放与销售的因素会被误认为渠道"
        "效果。模型假定回报不为负。",
    ),
    "channels_what_if_title": (
        "If the next {weeks} weeks were spent otherwise: contribution less spend, against today's mix of the "
        "plan's budget",
        "若今后 {weeks} 周另作安排：边际贡献减投放费用，与方案预算下的现有结构相比",
    ),
    "channels_what_if": ("If", "若"),
    "channels_if_plan": (
        "the plan: the best mix after its risk, each channel within ±{most}",
        "采用方案（扣除风险后最优，各渠道变动不超过 ±{most}）",
    ),
    "channels_if_boldest": ("the mix that is best on average, its risk ignored", "只看均值、不计风险的最优结构"),
    "channels_if_free": ("twice the freedom to change", "变动幅度放宽一倍"),
    "channels_if_less": ("a budget {step} lower, at its best mix", "预算减少 {step}，按最优结构"),
    "channels_if_more": ("a budget {step} higher, at its best mix", "预算增加 {step}，按最优结构"),
    "channels_if_gain": ("Gain", "增益"),
    "channels_odds": ("Odds of a gain", "获益概率"),
    "check: channels: baseline and channels add up to sales": ("baseline and channels add up to sales", "基础销售与各渠道之和等于销售额"),
    "check: channels: the plan costs the budget": ("the plan costs the budget", "方案合计等于预算"),
    "check: channels: no channel changes more than it may": ("no channel changes more than it may", "各渠道变动均在上下限之内"),
    "check: channels: the plan is never worse than today's mix": (
        "the plan is never worse than today's mix",
        "方案不劣于现有结构（扣除风险后）",
    ),
    "check: channels: no shift between channels is worth more": (
        "marginal returns are equal or at a limit: no shift between channels is worth more",
        "各渠道边际回报相等或已达上下限：任何渠道间调整均无额外增益",
    ),
    "check: channels: enough independent draws": ("enough independent draws", "独立抽样数足够"),
}  # fmt: skip
