"""The words of the finance reports where the books are a company's ledger, in both languages: key → (English, Chinese).

A key "ledger: x" says in a company's words what x says in a city's.
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "ledger: key_revenue": ("Revenue, landing", "收入落点"),
    "ledger: key_spending": ("Costs, landing", "成本费用落点"),
    "ledger: key_draft": ("Draft costs", "成本费用草案"),
    "ledger: key_draft_revenue": ("Revenue, budget year", "预算年度收入"),
    "ledger: key_result": ("Revenue less costs", "收入减成本费用"),
    "ledger: adopted": ("Adopted budget", "批准预算"),
    "ledger: said_adopted": ("the adopted budget", "批准预算"),
    "ledger: running": ("This year, expected", "本年预计"),
    "ledger: result": ("Revenue less costs", "收入减成本费用"),
    "ledger: net": ("Revenue less costs", "收入减成本费用"),
    "ledger: revenue": ("Revenue", "收入"),
    "ledger: spending": ("Costs", "成本费用"),
    "ledger: obligations": ("Costs", "成本费用"),
    "ledger: payments": ("Costs", "成本费用"),
    "ledger: class": ("Line", "项目"),
    "ledger: side_by_side": ("Top-down and bottom-up by line", "按项目比较自上而下与自下而上"),
    "ledger: revenue_title": ("Revenue by line", "分项目收入"),
    "ledger: result_title": ("The year, if it comes as forecast by each", "各种情形下的全年结果"),
    "ledger: draft_title": (
        "Budgeted costs of the draft by department, as booked: sales within the group are still in them",
        "草案中有预算的费用，分部门（入账口径，未抵销集团内部交易）",
    ),
    "ledger: headline_budget": (
        "{year} draft: costs {spending}, {growth} on what this year is expected to cost; revenue {revenue}; costs would exceed "
        "revenue by {gap}.",
        "{year}草案：成本费用 {spending}，较本年预计 {growth}；收入 {revenue}；成本费用超出收入 {gap}。",
    ),
    "ledger: headline_surplus": (
        "{year} draft: costs {spending}, {growth} on what this year is expected to cost; revenue {revenue}; revenue would exceed "
        "costs by {gap}.",
        "{year}草案：成本费用 {spending}，较本年预计 {growth}；收入 {revenue}；收入超出成本费用 {gap}。",
    ),
    "ledger: budget_method": (
        "Bottom-up: this year's closed months, and its open ones as each department projects them or, where it doesn't, as forecast "
        "and shared out by the last twelve months; grown by half the department's and half the line's median growth over the last "
        "five known years (three growths at least), and where too few years are "
        "known, or no department has a budget for the costs, as the line is forecast to. Top-down: each line forecast to the end of the "
        "budget year.",
        "自下而上：本年已结月份，加未结月份（部门有预计的用其预计，没有的用预测并按近十二个月结构分摊），再按部门与项目近五个已知年度"
        "增长中位数各半增长（至少三个增长率；已知年度不足或无部门预算的费用按该项目的预测增长）。自上而下：预测各项目至预算年度末。",
    ),
    "ledger: budget_trial": (
        "Made in the same way for {years}, the draft missed what was spent by {draft} on average; a budget adopted later by {adopted}; "
        "the draft's worst year was {worst_year} ({worst} against what was spent).",
        "按同样方法为{years}编制时，草案平均偏离实际 {draft}，后来批准的预算平均偏离 {adopted}；"
        "草案最差年度为{worst_year}（较实际 {worst}）。",
    ),
    "ledger: revenue_band": (
        "Revenue {amount}: the {level} band runs from {lower} to {upper}, as wide as the misses of {n} earlier forecasts of a next year.",
        "收入 {amount}：{level} 区间为 {lower}至 {upper}，取自此前 {n} 次次年预测的误差。",
    ),
    "ledger: revenue_no_band": (
        "Revenue {amount}: too few earlier forecasts of a next year can be checked ({n}) for the {level} band.",
        "收入 {amount}：仅有 {n} 次次年预测可供检验，无法给出 {level} 区间。",
    ),
    "ledger: case_odds": (
        "{case}: had the draft's revenue missed as earlier forecasts of a next year did, it would have come out below {amount} "
        "in {k} of {n}.",
        "{case}：若重现以往次年预测的误差，{n} 次中有 {k} 次收入会低于 {amount}。",
    ),
    "ledger: cases_said": ("{year}, revenue less costs: {cases}", "{year}收入减成本费用：{cases}"),
    "ledger: outcome": (
        "Since then {adopted} was adopted for the budgeted accounts ({adopted_gap} against the draft) and {actual} was spent on them "
        "({actual_gap} against the draft).",
        "此后为有预算的科目批准 {adopted}（与草案相比 {adopted_gap}），实际支出 {actual}（与草案相比 {actual_gap}）。",
    ),
    "ledger: outcome_open": (
        "Since then {adopted} was adopted for the budgeted accounts ({adopted_gap} against the draft); what the whole year cost isn't "
        "known yet.",
        "此后为有预算的科目批准 {adopted}（与草案相比 {adopted_gap}）；全年实际尚未可知。",
    ),
    "ledger: the_adopted": ("the adopted budget ({amount})", "批准预算（{amount}）"),
    "ledger: no_odds_limit": (
        "No adopted budget covers all these costs, so there is nothing to take odds against.",
        "没有覆盖全部成本费用的批准预算，因此无法估计概率。",
    ),
    "ledger: check: twelve months of receipts": ("twelve months of revenue", "收入十二个月齐全"),
    "ledger: check: classes add up to the draft": ("lines add up to the draft", "各项目之和等于草案"),
    "check: the base is the closed months and the forecast of the open ones": (
        "the base is the closed months and the forecast of the open ones", "基数等于已结月份加未结月份预测",
    ),
    "ledger: control_as_of": ("As of {month}, spending", "截至{month}，费用支出"),
    "ledger: control_record": (
        "Of {raised} such warnings after the same month of {years} earlier years, {true} came true ({rate}; 95 % interval {low} to "
        "{high}).",
        "往年（{years} 年）同月后的 {raised} 次同类预警中有 {true} 次成真（{rate}；95% 置信区间 {low} 至 {high}）。",
    ),
    "ledger: control_record_one": (
        "Of {raised} such warnings after the same month of the one earlier year that can be checked, {true} came true ({rate}; 95 % "
        "interval {low} to {high}).",
        "仅有一个往年可核对：同月后的 {raised} 次同类预警中有 {true} 次成真（{rate}；95% 置信区间 {low} 至 {high}）。",
    ),
    "ledger: control_record_all": (
        "After all months together it was {true} of {raised} ({rate}), a department counted anew each month; by their own odds it should "
        "have been {expected}. {missed} overspends of {smallest} or more were not warned of. Warnings that came true left {notice} months "
        "on average.",
        "各月合计 {raised} 次中有 {true} 次成真（{rate}），同一部门每月各计一次；按其自身概率应为 {expected} 次。"
        "另有 {missed} 次 {smallest}以上的超支未获预警。成真的预警平均提前 {notice} 个月。",
    ),
    "ledger: control_pooled": (
        "; for want of years it rests on the misses of all months, be they larger or smaller than this one's",
        "；因年度不足，取自各月误差（可能大于或小于本月）",
    ),
    "ledger: control_whole_held": (
        "Earlier months' bands of the whole held {inside} of {n} times; months of one year hang together, so that is few.",
        "以往各月的总额区间 {n} 次中有 {inside} 次成立；同一年度的各月相互关联，样本偏少。",
    ),
    "ledger: control_quarter": ("after this month", "同月"),
    "ledger: control_all": ("all months", "各月"),
    "ledger: control_what": ("Reports", "范围"),
    "ledger: control_chart": ("From budget to landing costs", "从批准预算到全年落点，费用"),
    "ledger: control_became": (
        "By what was known at this month's close, of {count} earlier warnings (last month's and those of the same month a year ago) {true} "
        "had come true, {false} had not, {open} were open; of those of this year {still} are raised again.",
        "按本月结账时所知，此前 {count} 条预警（上月与上年同月）中，{true} 条已成真，{false} 条未成真，{open} 条年度未结；"
        "本年的预警中 {still} 条本期仍在。",
    ),
    "ledger: control_became_none": (
        "No earlier month could have raised a warning by its odds.", "此前各月尚无法按概率给出预警。",
    ),
    "ledger: control_outcome": ("At this month's close", "本月结账时"),
    "ledger: control_dash": ("– means not known (or nothing adopted), never 0.", "“–”表示未知（或未批准预算），并非为零。"),
    "ledger: control_caveat_commitments": (
        "The ledger counts what is booked: orders placed and not yet delivered are not in it, so what is available is before them. The "
        "adopted budget is the version known last; transfers during the year are not in the sources.",
        "总账按入账口径：已订未到的采购未计入，可用余额为扣除前金额。批准预算取最后版本，来源中没有年中调剂。",
    ),
    "ledger: control_caveat_classes": (
        "Warnings are raised by department; by line only what is adopted and what was booked in the last known year are shown.",
        "预警只到部门；分项目仅列示批准数与最近已知年度的实际数。",
    ),
    "ledger: control_caveat_actual": (
        "Few years can be checked, and warnings of one year hang together: the truth is less certain than the interval says.",
        "可核对年度不多，且同一年度的预警相互关联：实际不确定性大于所示区间。",
    ),
    "ledger: check: control: every department that reports has a landing": (
        "every department that has spent has a landing", "每个已有支出的部门均有落点",
    ),
    "said_rest_after_months": ("the rest of the year after {months} months", "{months} 个月后的年内剩余月份"),
    "quarter_months": ("after {months} months", "{months} 个月后"),
    "books_lines": (
        "{side}: {accounts} accounts are read as {lines} lines, the chart's own totals; what is published stands on the accounts again.",
        "{side}：{accounts} 个科目按科目表的合计项归为 {lines} 个项目；发布时仍分摊到各科目。",
    ),
    "books_steps": (
        "The forecasts are tried on every third month of the past.",
        "预测在以往每隔三个月的时点上检验。",
    ),
    "books_currency": (
        "{entities}: translated into {currency} at each month's average rate; open months and what is published at the rate of the "
        "last closed month.",
        "{entities}：按各月平均汇率折算为 {currency}；未结月份及发布数据按最近已结月份的汇率。",
    ),
    "books_dealings": (
        "Sales within the group, {amount} in the last twelve closed months, are taken out of revenue, and {matched} out of costs, as "
        "eliminations; profit on goods still in the group's stock is not taken out.",
        "集团内部销售（最近十二个已结月份 {amount}）已从收入中抵销，并从成本中抵销 {matched}；期末存货中未实现的内部利润未抵销。",
    ),
    "books_no_dealings": (
        "The books don't name trading partners: what the companies sold to each other can't be told and is still in the figures.",
        "账套没有往来单位：集团内部销售无法识别，仍包含在数字中。",
    ),
    "books_no_people": (
        "Departments don't project the open months: nothing stands beside this forecast but last year.",
        "部门未对未结月份作预计：除上年外没有可与本预测比较的数字。",
    ),
    "books_part_people": (
        "{side}: the departments' own projections cover {rate} of the last twelve months' amounts, so they stand by department and not "
        "beside the total.",
        "{side}：部门预计覆盖近十二个月金额的 {rate}，因此只按部门列示，不与合计比较。",
    ),
    "books_no_budget": (
        "{side}: no budget of {year} covers it; it is compared with last year.",
        "{side}：{year}没有覆盖它的预算，因此与上年比较。",
    ),
    "books_no_growth": (
        "Whole years known: {years}, too few for a trend of departments and lines; each line grows as it is forecast to, so both views "
        "agree but for what departments project.",
        "已知完整年度 {years} 个，不足以判断部门与项目的趋势；各项目按预测增长，因此除部门预计外两种口径一致。",
    ),
    "books_controlled": (
        "Controlled are the {accounts} accounts of costs that the budget names, as departments booked them, sales within the group "
        "included; each closed month is read as a report, with the departments' newest projection of the months after it.",
        "控制范围为预算列示的 {accounts} 个费用科目，按部门账面数（含集团内部）；每个已结月份视同一份报告，未结月份取部门最新预计。",
    ),
    "books_no_cash": (
        "What is forecast line by line is revenue less costs, not cash.",
        "逐项预测的是收入减成本费用，不是现金。",
    ),
}  # fmt: skip
