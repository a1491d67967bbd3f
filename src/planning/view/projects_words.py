"""The words of the return of projects, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # headings
    "projects_project": ("Project", "项目"),
    "projects_rank": ("Rank", "排名"),
    "projects_rank_range": ("Rank, {level} band", "排名区间（{level}）"),
    "projects_expected": ("NPV expected", "预期净现值"),
    "projects_planned": ("NPV as planned", "计划净现值"),
    "projects_lower": ("{level} band from", "{level}区间下限"),
    "projects_upper": ("to", "上限"),
    "projects_odds": ("Odds of NPV above 0", "净现值为正的概率"),
    "projects_shortfall": ("Mean of the worst {share}", "最差 {share}情形均值"),
    "projects_margin": ("Receipts may fall by", "收款可承受降幅"),
    "projects_need": ("Capital needed", "所需资金"),
    "projects_value_rate": ("NPV per unit of capital", "净现值率"),
    "projects_rates": ("Internal rates (all)", "内部收益率（全部）"),
    "projects_rate_band": ("{level} band of the rate", "收益率{level}区间"),
    "projects_worth_at": ("Worth doing if money costs", "资金成本为何时值得投资"),
    "projects_modified": ("Modified rate", "修正内部收益率"),
    "projects_payback": ("Payback, years", "静态回收期（年）"),
    "projects_discounted": ("Discounted payback, years", "动态回收期（年）"),
    "projects_payback_odds": ("Paid back within {years} years, odds", "{years} 年内收回的概率"),
    "projects_never_odds": ("Never paid back, odds", "无法收回的概率"),
    "projects_never": ("never", "无法收回"),
    "projects_none": ("none", "无"),
    "projects_from_to": ("{low} to {high}", "{low} 至 {high}"),
    "projects_any": ("anything", "任何水平"),
    "projects_not_any": ("at no rate", "均不值得"),
    "projects_below": ("less than {high}", "低于 {high}"),
    "projects_above": ("more than {low}", "高于 {low}"),
    "projects_between": ("{low} to {high}", "介于 {low} 与 {high} 之间"),
    "projects_or": (" or ", "或"),
    "projects_others": ("{count} others", "其他 {count} 个项目"),
    "projects_comma": (", ", "、"),
    "projects_nearly_all": ("over {rate}", "超过{rate}"),
    "projects_nearly_none": ("under {rate}", "不足{rate}"),
    # key figures and the choice
    "projects_chosen_value": ("Projects chosen: NPV expected", "入选项目预期净现值"),
    "projects_capital": ("Projects chosen: capital needed", "入选项目所需资金"),
    "projects_chosen_odds": ("Projects chosen: odds of NPV above 0", "入选项目净现值为正的概率"),
    "projects_chosen": ("Projects chosen", "入选项目数"),
    "projects_way": ("Choice", "选择方式"),
    "projects_best": ("Best combination", "最优组合"),
    "projects_safe": (
        "Best combination with room for overruns ({level} of each project's)", "预留超支余地的最优组合（覆盖各项目 {level}情形）",
    ),
    "projects_by_rank": ("Down the ranking by NPV per unit of capital", "按净现值率逐个入选"),
    "projects_all": ("All projects", "全部项目"),
    "projects_taken": ("Projects taken", "入选项目"),
    "projects_within": ("Odds that the capital suffices", "资金够用的概率"),
    # sentences
    "projects_known": (
        "{count} projects with {flows} cash flows from {first} to {last}; present values are as of {base}.{origin} Snapshot {snapshot}.",
        "{count} 个项目，共 {flows} 笔现金流（{first}至{last}）；现值折算至{base}。{origin}快照 {snapshot}。",
    ),
    "projects_origin": ("Where the cash flows come from: {origin}.", "现金流来源：{origin}。"),
    "projects_method": (
        "Cash flows are discounted at {rate} a year, by whole months. All internal rates from −99 % to +1,000 % are found without a guess: "
        "none can be missed, and none is shown as the only one when there are several. {draws} simulated courses: an amount's span holds "
        "{span} of its outcomes, half of the others below and half above; amounts of one project miss together with a correlation of "
        "{correlation}, those of two projects with {cross}. "
        "\"As planned\" takes each amount as it stands, \"expected\" takes its mean, which lies off it where the span is lopsided.",
        "现金流按年 {rate} 折现，以整月计。−99% 至 +1,000% 之间的全部内部收益率均无需初值即可求出：不会遗漏，存在多个时也不会只列其一。"
        "模拟 {draws} 次：每笔金额的区间包含 {span}的可能结果，其余高低各半；同一项目内金额偏差的相关系数为 {correlation}，"
        "不同项目之间为 {cross}。“计划”按金额原值计算，“预期”按均值计算；区间上下不对称时两者不同。",
    ),
    "projects_headline": (
        "Projects with an expected NPV above 0 at {rate} a year: {positive} of {count}. {limit}{names} {are} the best choice: "
        "NPV {npv} expected, {level} band {lower} to {upper}, above 0 with odds of {odds}.",
        "按 {rate} 的年折现率，{count} 个项目中有 {positive} 个预期净现值为正。{limit}最优选择{are}{names}：预期净现值 {npv}，"
        "{level}区间 {lower}至 {upper}，为正的概率 {odds}。",
    ),
    "projects_headline_none": (
        "No project is chosen of {count}: none has an expected NPV above 0 at {rate} a year and fits the capital there is.",
        "{count} 个项目均不可取：按 {rate} 的年折现率，没有项目既预期净现值为正，又在资金限额之内。",
    ),
    "projects_suffices": (
        "Should the projects' largest needs coincide, the capital suffices with odds of {within}; in {share} of the simulated courses "
        "the choice needs more than {need}.",
        "若各项目资金峰值同时出现，资金够用的概率为{within}；{share}的模拟情形下所需资金超过 {need}。",
    ),
    "projects_limit": ("With {capital} of capital, ", "资金限额 {capital}，"),
    "projects_is": ("is", "为"),
    "projects_are": ("are", "为"),
    "projects_answer_title": (
        "{names}: together {npv} expected, above 0 with odds of {odds}",
        "{names}：预期净现值合计 {npv}，为正的概率 {odds}",
    ),
    "projects_answer_none": ("No project is worth choosing", "没有值得入选的项目"),
    "projects_measure": ("Net present value at {rate}", "净现值（折现率 {rate}）"),
    "projects_odds_heading": ("Odds > 0", "为正概率"),
    "projects_need_heading": ("Capital", "所需资金"),
    "projects_planned_mark": ("As planned", "计划值"),
    "projects_expected_bar": ("Expected", "预期值"),
    "projects_band": ("{level} band, simulated", "{level}模拟区间"),
    "projects_bold": ("projects in bold are the best choice.", "粗体为最优组合入选项目。"),
    "projects_from": ("as of {base}", "折算至{base}"),
    # why
    "projects_why_several": (
        "{project} has {count} internal rates, none of them its return: as planned it pays only if money costs {range}",
        "{project}有 {count} 个内部收益率，均非其真实回报：按计划，资金成本{range}时才值得投资",
    ),
    "projects_why_plain": (
        "{above} of {count} projects as planned have a single internal rate above {rate}",
        "{count} 个项目按计划有 {above} 个具有唯一且高于 {rate} 的内部收益率",
    ),
    "projects_profile": ("NPV as planned", "计划净现值"),
    "projects_axis": ("by cost of money a year", "横轴为年资金成本"),
    "projects_rate_of": ("Internal rate {rates}", "内部收益率 {rates}"),
    "projects_rates_of": ("Internal rates {rates}", "内部收益率 {rates}"),
    "projects_own_scales": ("each panel has a scale of its own, with its zero line.", "各图采用独立纵轴，并标出零线。"),
    "projects_root_mark": ("Internal rate: the value is 0", "内部收益率（净现值为 0）"),
    "projects_rate_mark": ("At {rate}", "折现率 {rate} 处"),
    "projects_no_root": ("No internal rate", "无内部收益率"),
    # more: running totals
    "projects_running": ("Running total of cash flows", "累计净现金流"),
    "projects_running_title": (
        "{back} of {count} projects as planned are paid back for good within {years} years; all together they need {need} as planned",
        "{count} 个项目中有 {back} 个按计划在 {years} 年内全部收回；按计划资金需求合计 {need}",
    ),
    "projects_back_mark": ("Paid back for good", "全部收回"),
    "projects_deepest_mark": ("Capital needed", "资金需求峰值"),
    "projects_years_axis": (
        "by years since the first cash flow; the dashed line marks {years} years", "横轴为距首笔现金流年数；虚线为 {years} 年",
    ),
    "projects_payback_of": ("Paid back for good after {years} years", "{years} 年后全部收回"),
    "projects_never_back": ("Never paid back for good", "无法全部收回"),
    # tables
    "projects_value_title": ("What each project is worth, best first", "各项目价值（由高到低）"),
    "projects_return_title": ("Return: rates as planned, their band simulated", "收益率（按计划；区间为模拟结果）"),
    "projects_payback_title": ("Payback as planned, and its odds", "回收期（按计划）及其概率"),
    "projects_beats_title": ("Odds that the row's project is worth more than the column's", "行项目净现值高于列项目的概率"),
    "projects_choice_title": ("The choice, and what else could be chosen", "组合选择及备选方案"),
    "projects_ifs_title": ("NPV expected, if one thing comes otherwise", "单项假设变动后的预期净现值"),
    "projects_base": ("As it stands", "基准"),
    "projects_cheaper": ("Money costs {step} less", "折现率下降 {step}"),
    "projects_dearer": ("Money costs {step} more", "折现率上升 {step}"),
    "projects_late": ("Receipts a year late", "收款推迟一年"),
    "projects_overrun": ("Payments {share} higher", "付款超支 {share}"),
    "projects_short": ("Receipts {share} lower", "收款减少 {share}"),
    "projects_points": ("{points} points", "{points} 个百分点"),
    "projects_correlation": ("Correlation within a project", "项目内相关系数"),
    "projects_correlation_title": ("The best combination, if amounts miss together less or more", "相关系数变动对最优组合的影响"),
    "projects_trial_title": (
        "The simulation against the exact means: it misses by {most} at most, ordinary random draws of the same number by about {plain}",
        "模拟均值与精确均值之比较：最大误差 {most}，同等次数的普通随机模拟约为 {plain}",
    ),
    "projects_exact": ("Exact", "精确值"),
    "projects_simulated": ("Simulated", "模拟值"),
    "projects_error": ("Miss", "误差"),
    "projects_own_error": ("Standard error", "标准误差"),
    "projects_plain_error": ("Ordinary draws", "普通随机模拟标准误差"),
    "projects_odds_error": ("Odds: standard error", "概率标准误差"),
    "projects_times": ("Times smaller", "缩小倍数"),
    # caveats
    "projects_caveat_spans": (
        "The spans are the planners' own. No past project with its outcome is on record here, so how often such spans held isn't known; "
        "bands and odds are no better than the spans.",
        "金额区间由编制人自行估计。此处没有以往项目的实际结果可供对照，无法得知此类区间的可靠程度；区间与概率不会比其更可靠。",
    ),
    "projects_caveat_lopsided": (
        "Spans that reach further down than up take {gap} off the NPV of all projects as planned ({planned}); {expected} is expected.",
        "区间偏向不利一侧，使全部项目的净现值由计划的 {planned} 减少 {gap}，预期为 {expected}。",
    ),
    "projects_caveat_upside": (
        "Spans that reach further up than down add {gap} to the NPV of all projects as planned ({planned}); {expected} is expected.",
        "区间偏向有利一侧，使全部项目的净现值由计划的 {planned} 增加 {gap}，预期为 {expected}。",
    ),
    "projects_caveat_capital": (
        "As planned the choice needs {need}; in {over} of the simulated courses it needs more than the {capital} there is. "
        "The needs are added up as if all fell on one day, so this errs on the safe side.",
        "按计划，所选组合需资金 {need}；{over}的模拟情形下需求超过限额 {capital}。各项目资金峰值按同日发生相加，偏于保守。",
    ),
    "projects_caveat_safer": (
        "{names} would leave room for overruns: the capital suffices with odds of {within}, for {npv} of NPV expected, {lost} less, "
        "above 0 with odds of {odds}.",
        "若为超支预留余地，可选{names}：资金够用的概率为{within}，预期净现值 {npv}（减少 {lost}），为正的概率 {odds}。",
    ),
    "projects_caveat_several": (
        "{project} has {count} internal rates ({rates}): all are right and none is its return. Judge it by its NPV, {npv} expected.",
        "{project}有 {count} 个内部收益率（{rates}）：均为正确解，但都不代表回报水平。应以净现值判断，预期为 {npv}。",
    ),
    "projects_caveat_none": (
        "{project} has no internal rate between −99 % and +1,000 %: judge it by its NPV, {npv} expected.",
        "{project}在 −99% 至 +1,000% 之间无内部收益率：应以净现值判断，预期为 {npv}。",
    ),
    "projects_caveat_taxes": (
        "The table doesn't say whether amounts are before or after tax and inflation; the discount rate has to be of the same kind.",
        "数据未注明金额是否含税、是否考虑通胀；折现率口径须与之一致。",
    ),
    "projects_caveat_whole": (
        "Projects are taken whole or not at all, and as if none excluded or needed another.",
        "各项目只能整体取舍，且假定互不排斥、互不依赖。",
    ),
    # checks
    "check: discounted flows add up to the values": ("discounted flows add up to the values", "折现现金流合计等于净现值"),
    "check: every internal rate leaves no value": ("every internal rate leaves no value", "各内部收益率处净现值为零"),
    "check: no more internal rates than changes of sign": (
        "no more internal rates than changes of sign", "内部收益率个数不超过现金流变号次数",
    ),
    "check: a search by steps finds no further internal rate": (
        "a search by steps finds no further internal rate", "逐点搜索未发现遗漏的内部收益率",
    ),
    "check: the simulated means are the exact ones": ("the simulated means are the exact ones", "模拟均值与精确均值一致"),
    "check: the choice as planned stays within the capital": (
        "the choice as planned stays within the capital", "所选组合按计划在资金限额之内",
    ),
    "check: the choice is worth no less than the ranking's": (
        "the choice is worth no less than the ranking's", "最优组合的净现值不低于按排名入选的组合",
    ),
}  # fmt: skip
