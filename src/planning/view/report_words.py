"""The words of the reports, in both languages, as data: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "prior": ("Last year", "上年实际"),
    "naive": ("Same month last year", "上年同月"),
    "first": ("first of the year", "年度首次"),
    "ours": ("This forecast", "本次预测"),
    "adopted": ("Adopted budget (obligations)", "批准预算（承付口径）"),
    "happened": ("What happened", "实际结果"),
    "draft": ("This draft", "本草案"),
    "running": ("Running year, projected", "本年预计"),
    "adopted_budget": ("Adopted", "批准预算"),
    "actual": ("Actual", "实际"),
    "department": ("Department", "部门"),
    "class": ("Class", "类别"),
    "line": ("Line", "项目"),
    "target": ("Target", "目标"),
    "projection": ("People's projection", "部门预计"),
    "to_date": ("Spent to date", "累计支出"),
    "execution": ("Spent, share of adopted", "执行率"),
    "execution_prior": ("Same point last year", "上年同期执行率"),
    "over_adopted": ("Projection − adopted", "预计 − 批准"),
    "total": ("Total", "合计"),
    "result": ("Receipts less payments", "收支净额"),
    "closing": ("Cash at year end", "年末现金"),
    "revenue": ("Receipts", "收入"),
    "spending": ("Disbursements", "支出"),
    "view": ("If the year comes as", "若全年按"),
    "cautious": ("Both bands' bad edges", "两个区间的不利边界"),
    "landing": ("Full-year landing", "全年落点"),
    "open_months": ("open months", "未结月份"),
    "growth": ("Growth", "增长"),
    "cash": ("Cash lines", "现金口径"),
    "top_down": ("Top-down", "自上而下"),
    "bottom_up": ("Bottom-up", "自下而上"),
    "gap": ("Gap", "差距"),
    "case": ("Case", "情景"),
    "base": ("Base", "基准"),
    "upside": ("Upside", "乐观"),
    "downside": ("Downside", "悲观"),
    "odds": ("Odds", "概率"),
    "payments": ("Payments", "付款"),
    "obligations": ("Obligations", "承付"),
    "year": ("Fiscal year", "财年"),
    "miss_draft": ("Draft missed by", "草案误差"),
    "miss_adopted": ("Adopted missed by", "批准预算误差"),
    "window": ("Window", "窗口"),
    "before": ("Same months before", "此前同长区间"),
    "monthly": ("monthly total", "月度合计"),
    "rest": ("rest of the year", "年内剩余"),
    "wape": ("weighted absolute error", "加权绝对误差"),
    "quarter": ("after Q{quarter}", "第 {quarter} 季度后"),
    "months_by_month": ("month by month", "逐月"),
    "full_year": ("full year {year}", "{year}全年"),
    "months_ahead": ("next {months} months", "未来 {months} 个月"),
    "compared_with": ("last year", "上年"),
    "first_forecast": ("{people} at the start of the year", "{people}（年初）"),
    "said_people": ("the {people}", "{people}"),
    "said_ours": ("this forecast", "本次预测"),
    "said_naive": ("the same month last year", "上年同月"),
    "said_prior": ("last year", "上年"),
    "said_adopted": ("the adopted budget (obligations)", "批准预算（承付口径）"),
    "said_rest": ("the rest of the year", "年内剩余月份"),
    "same_months_from": ("Compared from", "比较起点"),
    "same_months": ("Same calendar months before", "此前同月份区间"),
    "growth_year": ("Growth a year", "年增长"),
    "all_periods": ("all periods", "全部期间"),
    "net": ("Receipts less disbursements", "收支净额"),
    "known": (
        "{name}: the books are closed through {month}; nothing published after {day} was used. Snapshot {snapshot}.",
        "{name}：账目已结至{month}；未使用 {day} 之后发布的任何信息。快照 {snapshot}。",
    ),
    "method_combined": (
        "Each line's open months are the plain mean of Prophet and the same month last year; the total is the sum of its lines. "
        "Bands are as wide as the misses of earlier forecasts made in the same way with what was known then.",
        "各项目未结月份取 Prophet 与上年同月的简单平均；合计为各项目之和。区间宽度取自以往按同样方法、只用当时已知信息所作预测的实际误差。",
    ),
    "method_prophet": (
        "Each line's open months come from Prophet; the total is the sum of its lines. "
        "Bands are as wide as the misses of earlier forecasts made in the same way with what was known then.",
        "各项目未结月份取自 Prophet；合计为各项目之和。区间宽度取自以往按同样方法、只用当时已知信息所作预测的实际误差。",
    ),
    "method_seasonal_naive": (
        "Each line's open months are the same month last year. Bands are as wide as the misses of earlier such forecasts.",
        "各项目未结月份取上年同月。区间宽度取自以往同类预测的实际误差。",
    ),
    "odds_above": (
        "{subject}: the misses of the past {n} years at this point would carry them above {limit} in {k} of {n} cases.",
        "{subject}：若重现过去 {n} 年同一时点的误差，{n} 次中有 {k} 次会超过{limit}。",
    ),
    "the_adopted": ("the adopted budget", "批准预算"),
    "no_odds": ("There is no past year yet to take odds from.", "尚无可用于估计概率的往年记录。"),
    "coverage_month": (
        "Such monthly bands held {inside} of {n} past months ({rate}; {level} was meant).",
        "以往此类月度区间覆盖了 {n} 个月中的 {inside} 个（{rate}；目标 {level}）。",
    ),
    "coverage_landing": (
        "Landing bands held {inside} of {n} past landings, from all quarters ({rate}; {level} was meant).",
        "以往各季度的全年落点区间覆盖了 {n} 次中的 {inside} 次（{rate}；目标 {level}）。",
    ),
    "too_narrow": (" They have been too narrow: read them as less than {level}.", "区间偏窄：请按低于 {level} 理解。"),
    "people_nearer": (
        "At this point of the year {people} has been nearer in {further} of {count} years, this forecast in {nearer}.",
        "在每年的这一时点，{people}有 {further} 年更接近实际（共 {count} 年），本预测有 {nearer} 年。",
    ),
    "no_budget_revenue": (
        "There is no revenue budget in the sources: receipts are compared with {first} and with last year.",
        "来源中没有收入预算：收入与“{first}”及上年比较。",
    ),
    "no_budget_month": (
        "There is no monthly budget in the sources: months are compared with the same month last year and with {people}.",
        "来源中没有月度预算：各月与上年同月及{people}比较。",
    ),
    "basis": (
        "The adopted budget counts obligations, disbursements count cash: over the last three known years cash was {rate} of obligations.",
        "批准预算按承付口径，支出按现金口径：最近三个已知年度现金为承付的 {rate}。",
    ),
    "headline_reforecast": ("{revenue} {spending}", "{revenue}{spending}"),
    "headline_budget": (
        "{year} draft: obligations {spending}, {growth} on the running year; receipts {revenue}; the gap to close is {gap} in cash.",
        "{year}草案：承付支出 {spending}，较本年预计 {growth}；收入 {revenue}；现金缺口 {gap}。",
    ),
    "headline_surplus": (
        "{year} draft: obligations {spending}, {growth} on the running year; receipts {revenue}; {gap} of cash would be left over.",
        "{year}草案：承付支出 {spending}，较本年预计 {growth}；收入 {revenue}；现金结余 {gap}。",
    ),
    "check: lines add up to the landing": ("lines add up to the landing", "各项目之和等于全年落点"),
    "check: closed months agree with the printed totals": ("closed months agree with the printed totals", "已结月份与来源合计一致"),
    "check: twelve months": ("twelve months", "全年十二个月齐全"),
    "check: every open month has a band": ("every open month has a band", "每个未结月份均有区间"),
    "check: the people forecast every open month": ("the people forecast every open month", "自有预测覆盖每个未结月份"),
    "check: the base is what the departments project": ("the base is what the departments project", "基数等于各部门预计"),
    "check: months add up to the draft": ("months add up to the draft", "各月之和等于草案"),
    "check: classes add up to the draft": ("classes add up to the draft", "各类别之和等于草案"),
    "check: twelve months of receipts": ("twelve months of receipts", "收入十二个月齐全"),
    "check: nothing is negative": ("nothing is negative", "无负数"),
    "budget_method": (
        "Bottom-up: each department's newest projection, split into classes like its newest adopted budget, grown by half its own and half the "
        "class's median growth over the last five known years. Top-down: the cash lines forecast to the end of the budget year, turned into "
        "obligations by the cash paid per obligation of the last three known years.",
        "自下而上：以各部门最新预计为基数，按最近批准预算的结构分到类别，按部门与类别近五个已知年度增长中位数各半增长。"
        "自上而下：预测现金各项目至预算年度末，并按最近三个已知年度的现金／承付比率折算为承付口径。",
    ),
    "budget_trial": (
        "Made in the same way for {n} earlier years, the draft missed what was spent by {draft} on average, the adopted budget by {adopted}; "
        "its worst year was {worst_year} ({worst}).",
        "按同样方法为此前 {n} 个年度编制时，草案平均偏离实际支出 {draft}，批准预算偏离 {adopted}；最差年度为 {worst_year}（{worst}）。",
    ),
    "no_trial": ("There is no earlier year to try the draft on.", "没有可供检验草案的往年。"),
    "not_told": (
        "{lines}: the cash lines can't tell the obligations, so there is no top-down figure.",
        "{lines}：现金项目无法推出承付数，因此没有自上而下的数字。",
    ),
    "revenue_band": (
        "Receipts {amount}: {level} band {lower} to {upper}, from the misses of {n} earlier years.",
        "收入 {amount}：{level} 区间为 {lower} 至 {upper}，取自此前 {n} 个年度的误差。",
    ),
    "case_odds": (
        "{case}: with the misses of the past {n} years, receipts come out {below} {amount} in {k} of {n} cases.",
        "{case}：若重现往年误差，{n} 年中有 {k} 年收入会{below}{amount}。",
    ),
    "below": ("below", "低于"),
    "outcome": (
        "Since then: adopted {adopted} ({adopted_gap} against the draft), actual {actual}.",
        "此后：批准预算 {adopted}（与草案相比 {adopted_gap}），实际 {actual}。",
    ),
    "outcome_open": ("Since then: adopted {adopted} ({adopted_gap} against the draft); the year's actual isn't known yet.",
                     "此后：批准预算 {adopted}（与草案相比 {adopted_gap}）；全年实际尚未可知。"),
    "outcome_none": ("Nothing is known yet of what was adopted.", "批准预算尚未可知。"),
    "from_to": ("from {first} to {last}", "{first}至{last}"),
    "result_title": ("Cash at year end under each view of the year", "各种情形下的年末现金"),
    "department_title": ("Departments: what they project against what was adopted", "各部门：预计与批准预算之比较"),
    "window_title": ("The rolling windows", "滚动窗口"),
    "side_by_side": ("Top-down and bottom-up by class", "按类别比较自上而下与自下而上"),
    "draft_title": ("The draft by department", "分部门草案"),
    "revenue_title": ("Receipts by line", "分项目收入"),
    "trial_title": ("The draft tried on earlier years", "草案的往年检验"),
    "cases_title": ("Cases", "情景"),
    "control_difference": (
        "Lines and printed totals of the closed months differ by {gap} ({rate} of the total); the sources round to tenths of a million.",
        "已结月份各项目之和与来源合计相差 {gap}（占合计 {rate}）；来源按十万四舍五入。",
    ),
    "flattered": (
        "In {count} tables of the sources a report stands under two quarters ({where}); where it holds the later report, the record of "
        "{people} is flattered.",
        "来源中有 {count} 张表的报告重复出现在两个季度（{where}）；若其内容为较晚的报告，{people}的成绩因此偏好。",
    ),
}  # fmt: skip


def say(key: str, lang: str, **values: object) -> str:
    """A word or sentence of the reports in the reader's language, its places filled."""
    return WORDS[key][0 if lang == "en" else 1].format(**values)
