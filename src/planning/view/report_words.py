"""The words of the reports, in both languages, as data: key → (English, Chinese); each later report adds its own module of words."""

from __future__ import annotations

from planning.view import (
    at_risk_words,
    backtest_words,
    buyers_words,
    channels_words,
    cockpit_words,
    contacts_words,
    contracts_words,
    control_words,
    ledger_words,
    new_words,
    odds_words,
    plan_words,
    projects_words,
    quality_words,
    retention_words,
    risk_words,
    scorecard_words,
    stay_words,
    strategy_words,
    subscribers_words,
    why_words,
)

WORDS: dict[str, tuple[str, str]] = {
    "key_revenue": ("Receipts, landing", "收入落点"),
    "key_spending": ("Disbursements, landing", "支出落点"),
    "key_draft": ("Draft obligations", "承付草案"),
    "key_draft_revenue": ("Receipts, budget year", "预算年度收入"),
    "key_result": ("Receipts less payments", "收支净额"),
    "prior": ("Last year", "上年实际"),
    "naive": ("Same month last year", "上年同月"),
    "ours": ("This forecast", "本次预测"),
    "combined": ("People and model combined", "人工与模型合并预测"),
    "adopted": ("Adopted budget (obligations)", "批准预算（承付口径）"),
    "happened": ("What happened", "实际结果"),
    "draft": ("This draft", "本草案"),
    "running": ("This year, projected", "本年预计"),
    "adopted_budget": ("Adopted", "批准预算"),
    "actual": ("Actual", "实际"),
    "department": ("Department", "部门"),
    "class": ("Class", "类别"),
    "line": ("Line", "项目"),
    "target": ("Target", "目标"),
    "projection": ("Projected", "部门预计"),
    "to_date": ("Spent to date", "累计支出"),
    "execution": ("Spent, share of adopted", "执行率"),
    "execution_prior": ("Same point last year", "上年同期执行率"),
    "over_adopted": ("Projected − adopted", "预计 − 批准"),
    "total": ("Total", "合计"),
    "result": ("Receipts less payments", "收支净额"),
    "closing": ("Cash at year end", "年末现金"),
    "revenue": ("Receipts", "收入"),
    "spending": ("Disbursements", "支出"),
    "view": ("If the year comes as", "若全年按"),
    "cautious": ("The worse edge of each band", "各区间的不利边界"),
    "landing": ("Full-year landing", "全年落点"),
    "growth": ("Growth", "增长"),
    "cash": ("Cash lines", "现金口径"),
    "top_down": ("Top-down", "自上而下"),
    "bottom_up": ("Bottom-up", "自下而上"),
    "gap": ("Gap", "差距"),
    "case": ("Case", "情景"),
    "base": ("Base", "基准"),
    "upside": ("Upside", "乐观"),
    "downside": ("Downside", "悲观"),
    "payments": ("Payments", "付款"),
    "obligations": ("Obligations", "承付"),
    "year": ("Fiscal year", "财年"),
    "miss_draft": ("Draft missed by", "草案误差"),
    "miss_adopted": ("Adopted missed by", "批准预算误差"),
    "window": ("Window", "窗口"),
    "before": ("Same months before", "此前同长区间"),
    "monthly": ("monthly total", "月度合计"),
    "rest": ("rest of the year", "年内剩余"),
    "error_share": ("error as a share of what happened", "误差占实际的比例"),
    "quarter": ("after Q{quarter}", "第 {quarter} 季度后"),
    "years": ("{years} years", "{years} 个年度"),
    "others": ("Others ({count})", "其他 {count} 个"),
    "months_by_month": ("month by month", "逐月"),
    "months_ahead": ("next {months} months", "未来 {months} 个月"),
    "first_forecast": ("{people}, first report of the year", "{people}（本年首份报告）"),
    "said_first": ("the {people} in the first report of the year", "{people}（本年首份报告）"),
    "said_people": ("the {people}", "{people}"),
    "said_ours": ("this forecast", "本次预测"),
    "said_combined": ("both combined", "两者合并"),
    "said_naive": ("the same month last year", "上年同月"),
    "said_prior": ("last year", "上年"),
    "said_adopted": ("the adopted budget (obligations)", "批准预算（承付口径）"),
    "said_rest": ("the rest of the year (mean of all quarters)", "年内剩余月份（各季度平均）"),
    "said_rest_after": ("the rest of the year after Q{quarter}", "第 {quarter} 季度后的年内剩余月份"),
    "same_months_from": ("Compared with the months from", "比较区间起点"),
    "same_months": ("Those months", "比较区间"),
    "growth_year": ("Growth a year", "年增长"),
    "all_periods": ("all periods", "全部期间"),
    "net": ("Receipts less disbursements", "收支净额"),
    "known": (
        "{name}: the books are closed through {month}; nothing published after {day} went into a forecast or a draft. "
        "What is known since then is shown only to look back. Snapshot {snapshot}.",
        "{name}：账目已结至{month}；预测与草案未使用 {day} 之后发布的任何信息，此后所知仅用于回顾。快照 {snapshot}。",
    ),
    "method_fast": (
        "Each line's open months are the weighted mean of exponential smoothing "
        "and of networks taught on made-up series (and, where there are thirty lines or more, on the company's own); "
        "the total is the sum of its lines. "
        "Bands are as wide as the misses of earlier forecasts made in the same way with what was known then.",
        "各项目未结月份取指数平滑与神经网络预测的加权平均；网络以人工生成的序列训练，本公司项目达三十条时另以这些项目训练；"
        "合计为各项目之和。"
        "区间宽度取自以往按同样方法、只用当时已知信息所作预测的实际误差。",
    ),
    "method_standard": (
        "Each line's open months are the weighted mean of exponential smoothing and the Theta method "
        "and of networks taught on made-up series (and, where there are thirty lines or more, on the company's own); "
        "the total is the sum of its lines. "
        "Bands are as wide as the misses of earlier forecasts made in the same way with what was known then.",
        "各项目未结月份取指数平滑、Theta 方法与神经网络预测的加权平均；网络以人工生成的序列训练，本公司项目达三十条时另以这些项目训练；"
        "合计为各项目之和。"
        "区间宽度取自以往按同样方法、只用当时已知信息所作预测的实际误差。",
    ),
    "method_accurate": (
        "Each line's open months are the weighted mean of exponential smoothing and the Theta method, two kinds of each, "
        "and of networks taught on made-up series (and, where there are thirty lines or more, on the company's own); "
        "the total is the sum of its lines. "
        "Bands are as wide as the misses of earlier forecasts made in the same way with what was known then.",
        "各项目未结月份取指数平滑与 Theta 方法（各两种）及神经网络预测的加权平均；"
        "网络以人工生成的序列训练，本公司项目达三十条时另以这些项目训练；"
        "合计为各项目之和。"
        "区间宽度取自以往按同样方法、只用当时已知信息所作预测的实际误差。",
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
    "no_skill": (
        "by its own record so far the method has no skill: it hasn't forecast the total better than last year's figures. "
        "The same month last year ships in its place, for every line.",
        "按迄今记录，该方法对合计的预测未胜过上年同期数（无预测能力），故各项目均改用上年同月数。",
    ),
    "odds_above": (
        "{subject}: had this landing missed as past ones did from this point of the year, it would have ended above {limit} in {k} of {n}.",
        "{subject}：若重现往年同一时点的误差，{n} 次中有 {k} 次会超过{limit}。",
    ),
    "the_adopted": ("what the adopted budget means in cash ({amount})", "批准预算折合的现金（{amount}）"),
    "no_odds": ("There is no past year yet to take odds from.", "尚无可用于估计概率的往年记录。"),
    "no_odds_limit": ("No adopted budget was known, so there is nothing to take odds against.", "当时尚无批准预算，因此无法估计概率。"),
    "no_record": (
        "{subject}: there is no record of forecasts at this point of the year to compare.",
        "{subject}：没有每年这一时点的预测记录可供比较。",
    ),
    "coverage_month": (
        "Of {n} past forecasts of a month, {inside} fell inside such a band ({rate}; {level} was meant).",
        "以往 {n} 次月度预测中有 {inside} 次落在此类区间内（{rate}；目标 {level}）。",
    ),
    "coverage_landing": (
        "Of {n} past landings, made in all quarters, {inside} did ({rate}; {level} was meant).",
        "以往各季度的 {n} 次全年落点中有 {inside} 次落在区间内（{rate}；目标 {level}）。",
    ),
    "coverage_unknown": ("Such bands have not been tried on the past yet.", "此类区间尚未经过往年检验。"),
    "too_narrow": (" These have been too narrow: read them as less than {level}.", "区间偏窄：请按低于 {level} 理解。"),
    "no_budget_revenue": (
        "There is no revenue budget in the sources: receipts are compared with {first} and with last year.",
        "来源中没有收入预算：收入与{first}及上年比较。",
    ),
    "no_budget_month": (
        "There is no monthly budget in the sources: months are compared with the same month last year and with the {people}.",
        "来源中没有月度预算：各月与上年同月及{people}比较。",
    ),
    "basis": (
        "The adopted budget counts obligations, disbursements count cash: over the last {years} known years cash was {rate} of "
        "obligations.",
        "批准预算按承付口径，支出按现金口径：最近 {years} 个已知年度现金为承付的 {rate}。",
    ),
    "basis_adopted": (" The adopted {adopted} would thus mean {cash} of cash.", "据此，批准的 {adopted} 约合现金 {cash}。"),
    "no_basis": (
        "The adopted budget counts obligations, disbursements count cash; how far the two are apart isn't known yet.",
        "批准预算按承付口径，支出按现金口径；两者差距尚不清楚。",
    ),
    "headline_reforecast": ("{revenue} {spending}", "{revenue}{spending}"),
    "headline_budget": (
        "{year} draft: obligations {spending}, {growth} on this year's projection; receipts {revenue}; "
        "payments would exceed receipts by {gap}.",
        "{year}草案：承付支出 {spending}，较本年预计 {growth}；收入 {revenue}；付款超出收入 {gap}。",
    ),
    "headline_surplus": (
        "{year} draft: obligations {spending}, {growth} on this year's projection; receipts {revenue}; "
        "receipts would exceed payments by {gap}.",
        "{year}草案：承付支出 {spending}，较本年预计 {growth}；收入 {revenue}；收入超出付款 {gap}。",
    ),
    "check: lines add up to the landing": ("lines add up to the landing", "各项目之和等于全年落点"),
    "check: closed months agree with the printed totals": ("closed months agree with the printed totals", "已结月份与来源合计一致"),
    "check: twelve months": ("twelve months", "全年十二个月齐全"),
    "check: every open month has a band": ("every open month has a band", "每个未结月份均有区间"),
    "check: the people forecast every open month, or none": (
        "the people forecast every open month, or none", "自有预测覆盖全部未结月份，或完全没有",
    ),
    "check: the base is what the departments project": ("the base is what the departments project", "基数等于各部门预计"),
    "check: months add up to the draft": ("months add up to the draft", "各月之和等于草案"),
    "check: classes add up to the draft": ("classes add up to the draft", "各类别之和等于草案"),
    "check: twelve months of receipts": ("twelve months of receipts", "收入十二个月齐全"),
    "check: nothing is negative": ("nothing is negative", "无负数"),
    "budget_method": (
        "Bottom-up: each cost centre's newest projection, split into classes like its newest adopted budget, grown by half its "
        "department's and half the class's median growth over the last five known years. Top-down: the cash lines forecast to the end "
        "of the budget year, turned into obligations by the cash paid per obligation of the last three known years.",
        "自下而上：以各成本中心最新预计为基数，按其最近批准预算的结构分到类别，按部门与类别近五个已知年度增长中位数各半增长。"
        "自上而下：预测现金各项目至预算年度末，并按最近三个已知年度的现金／承付比率折算为承付口径。",
    ),
    "budget_trial": (
        "Made in the same way for {years}, the draft missed what was spent by {draft} on average, the adopted budget, which came "
        "months later, by {adopted}; the draft's worst year was {worst_year} ({worst} against what was spent).",
        "按同样方法为{years}编制时，草案平均偏离实际支出 {draft}，数月后才定的批准预算平均偏离 {adopted}；"
        "草案最差年度为{worst_year}（较实际 {worst}）。",
    ),
    "no_trial": ("There is no earlier year to try the draft on.", "没有可供检验草案的往年。"),
    "not_told": (
        "There is no top-down figure for {lines}: the cash lines don't tell their obligations.",
        "{lines}没有自上而下的数字：现金项目无法推出其承付数。",
    ),
    "told_classes": ("{told} of {all} classes: {said}", "{all} 个类别中的 {told} 个：{said}"),
    "revenue_band": (
        "Receipts {amount}: the {level} band runs from {lower} to {upper}, as wide as the misses of {n} earlier forecasts of a next year.",
        "收入 {amount}：{level} 区间为 {lower}至 {upper}，取自此前 {n} 次次年预测的误差。",
    ),
    "revenue_no_band": (
        "Receipts {amount}: too few earlier forecasts of a next year can be checked ({n}) for the {level} band.",
        "收入 {amount}：仅有 {n} 次次年预测可供检验，无法给出 {level} 区间。",
    ),
    "case_odds": (
        "{case}: had the draft's receipts missed as earlier forecasts of a next year did, they would have come out below {amount} "
        "in {k} of {n}.",
        "{case}：若重现以往次年预测的误差，{n} 次中有 {k} 次收入会低于 {amount}。",
    ),
    "outcome": (
        "Since then {adopted} was adopted ({adopted_gap} against the draft) and {actual} was spent ({actual_gap} against the draft).",
        "此后批准 {adopted}（与草案相比 {adopted_gap}），实际支出 {actual}（与草案相比 {actual_gap}）。",
    ),
    "outcome_open": (
        "Since then {adopted} was adopted ({adopted_gap} against the draft); what the whole year cost isn't known yet.",
        "此后批准 {adopted}（与草案相比 {adopted_gap}）；全年实际尚未可知。",
    ),
    "outcome_none": ("What was adopted isn't known yet.", "批准预算尚未可知。"),
    "from_to": ("{first} to {last}", "{first}至{last}"),
    "cases_said": ("{year}, receipts less payments: {cases}", "{year}收支净额：{cases}"),
    "result_title": ("Cash at year end, if the year comes as forecast by each", "各种情形下的年末现金"),
    "department_title": ("Departments: what they project against what was adopted", "各部门：预计与批准预算之比较"),
    "window_title": ("The rolling windows", "滚动窗口"),
    "side_by_side": ("Top-down and bottom-up by class", "按类别比较自上而下与自下而上"),
    "draft_title": ("The draft by department", "分部门草案"),
    "revenue_title": ("Receipts by line", "分项目收入"),
    "trial_title": ("The draft tried on earlier years", "草案的往年检验"),
    "cases_title": ("Cases", "情景"),
    "flattered": (
        "In {count} tables of the sources a report stands under two quarters ({where}); where that is the later report, the record of "
        "the {people} is flattered.",
        "来源中有 {count} 张表的报告重复出现在两个季度（{where}）；若其内容为较晚的报告，{people}的成绩因此偏好。",
    ),
}  # fmt: skip


PARTS = (
    at_risk_words, backtest_words, buyers_words, channels_words, cockpit_words, contacts_words, contracts_words, control_words,
    ledger_words, new_words, odds_words, plan_words, projects_words, quality_words, retention_words, risk_words, scorecard_words,
    stay_words, strategy_words, subscribers_words, why_words,
)  # fmt: skip
for part in PARTS:
    twice = sorted(WORDS.keys() & part.WORDS.keys())
    assert not twice, f"{part.__name__} says again: {twice}"
    WORDS |= part.WORDS


def say(key: str, lang: str, **values: object) -> str:
    """A word or sentence of the reports in the reader's language, its places filled."""
    return WORDS[key][0 if lang == "en" else 1].format(**values)
