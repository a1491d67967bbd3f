"""The words people see, in English and Chinese, as data. Company-specific words are handed in; none stand here."""

from __future__ import annotations

LANGS = ("en", "zh")
LOCALES = {"en": "en_US", "zh": "zh_Hans_CN"}

SCALES = {"one": 1, "thousand": 1e3, "ten_thousand": 1e4, "million": 1e6, "hundred_million": 1e8, "billion": 1e9}
"""How many units one shown figure stands for."""

SCALE_WORDS = {
    "one": {"en": "", "zh": ""},
    "thousand": {"en": "thousand", "zh": "千"},
    "ten_thousand": {"en": "ten thousand", "zh": "万"},
    "million": {"en": "million", "zh": "百万"},
    "hundred_million": {"en": "hundred million", "zh": "亿"},
    "billion": {"en": "billion", "zh": "十亿"},
}
SHORT_SCALES = {"one": "", "thousand": "k", "million": "m", "billion": "bn"}
"""English short forms; the Chinese scales without one are said in the next lower of these."""

CURRENCIES = {
    "USD": {"sign": "$", "en": "$", "zh": "美元"},
    "CNY": {"sign": "CNY ", "en": "CNY", "zh": "元"},
    "EUR": {"sign": "€", "en": "€", "zh": "欧元"},
    "GBP": {"sign": "£", "en": "£", "zh": "英镑"},
    "HKD": {"sign": "HK$", "en": "HK$", "zh": "港元"},
    "JPY": {"sign": "JPY ", "en": "JPY", "zh": "日元"},
}

WORDS = {
    # scenarios: the short name on an axis, the long one in a legend
    "actual": {"en": "AC", "zh": "实际"},
    "prior": {"en": "PY", "zh": "上年"},
    "budget": {"en": "BU", "zh": "预算"},
    "plan": {"en": "PL", "zh": "计划"},
    "target": {"en": "target", "zh": "目标"},
    "forecast": {"en": "FC", "zh": "预测"},
    "people": {"en": "people", "zh": "人工预测"},
    "naive": {"en": "naive", "zh": "上年同期法"},
    "combined": {"en": "combined", "zh": "合并预测"},
    "actual_long": {"en": "AC actual", "zh": "实际"},
    "prior_long": {"en": "PY prior year", "zh": "上年同期"},
    "budget_long": {"en": "BU budget", "zh": "预算"},
    "plan_long": {"en": "PL plan", "zh": "计划"},
    "target_long": {"en": "Target", "zh": "目标"},
    "forecast_long": {"en": "FC forecast", "zh": "预测"},
    "people_long": {"en": "The organisation's own forecast", "zh": "本单位自报预测"},
    "naive_long": {"en": "Same month last year", "zh": "上年同期法"},
    "combined_long": {"en": "People and model combined", "zh": "人工与模型合并预测"},
    "ours_long": {"en": "This forecast", "zh": "本模型预测"},
    "band": {"en": "Forecast band", "zh": "预测区间"},
    "band_level": {"en": "{level} forecast band", "zh": "{level}预测区间"},
    # charts
    "facts": {"en": "{measure} in {unit}", "zh": "{measure}，单位：{unit}"},
    "facts_plain": {"en": "{measure}", "zh": "{measure}"},
    "join": {"en": ", ", "zh": "，"},
    "between": {"en": "{first} – {last}", "zh": "{first}至{last}"},
    "as_of": {"en": "as of {period}", "zh": "截至{period}"},
    "closed_to": {"en": "closed to {period}", "zh": "已结账至{period}"},
    "closed": {"en": "closed", "zh": "已结账"},
    "open": {"en": "open", "zh": "未结账"},
    "source": {"en": "Source: {source}", "zh": "数据来源：{source}"},
    "note": {"en": "Note: {note}", "zh": "注：{note}"},
    "delta": {"en": "Δ{base}", "zh": "较{base}"},
    "delta_rate": {"en": "Δ{base} %", "zh": "较{base} %"},
    "favourable": {"en": "favourable", "zh": "有利"},
    "unfavourable": {"en": "unfavourable", "zh": "不利"},
    "each_scale": {"en": "each panel has a scale of its own, from zero.", "zh": "各小图比例尺不同，均自零起。"},
    "own_scale": {
        "en": "bars start at zero; variances are drawn on a scale of their own.",
        "zh": "条形均自零起绘；差异另用独立比例尺。",
    },
    "bridge_note": {
        "en": "bars show the changes only, on their own scale; the totals are printed, not drawn.",
        "zh": "条形仅表示变动额，采用独立比例尺；期初、期末总额以数字列示，不绘条形。",
    },
    "no_prior": {"en": "no prior-year figures to compare with.", "zh": "无上年同期数据可比。"},
    "one_scale": {"en": "all bars share one scale.", "zh": "全部条形使用同一比例尺。"},
    "some_missing": {"en": "– means no figure.", "zh": "“–”表示无数据。"},
    "running_total": {"en": "Total", "zh": "累计"},
    "change": {"en": "Change", "zh": "变动"},
    "total_change": {"en": "Change in total", "zh": "变动合计"},
    "not_explained": {"en": "Not explained by the steps", "zh": "未能解释的差额"},
    "smaller_steps": {"en": "{count} smaller steps together", "zh": "其余{count}项较小变动合计"},
    "top_down": {"en": "Top-down", "zh": "自上而下"},
    "bottom_up": {"en": "Bottom-up", "zh": "自下而上"},
    "gap": {"en": "Gap", "zh": "差距"},
    "gap_rate": {"en": "Gap %", "zh": "差距 %"},
    "downside": {"en": "Downside", "zh": "悲观"},
    "base": {"en": "Base", "zh": "基准"},
    "upside": {"en": "Upside", "zh": "乐观"},
    "trial_note": {"en": "smaller is better; the smallest of each group is bold.", "zh": "误差越小越好；每组最小者加粗。"},
    "nothing": {"en": "There is nothing to show.", "zh": "暂无数据可展示。"},
    "no_font": {
        "en": "No Chinese font was found on this machine, so Chinese text can't be drawn. Install one, "
        "for example: apt-get install fonts-noto-cjk",
        "zh": "No Chinese font was found on this machine, so Chinese text can't be drawn. Install one, "
        "for example: apt-get install fonts-noto-cjk",
    },
    # tables
    "unit": {"en": "in {unit}", "zh": "单位：{unit}"},
    "rounding": {
        "en": "Rows are rounded one by one and not forced: they miss their totals by at most {most}.",
        "zh": "各行分别四舍五入、未作强制平衡，与合计最多相差{most}。",
    },
    "missing": {"en": "– means no figure.", "zh": "“–”表示无数据。"},
    "finding_unit": {"en": "Sizes of totals in {unit}; other sizes are rows.", "zh": "合计不符以{unit}计；其余为行数。"},
    "more_rows": {"en": "… and {count} more", "zh": "……另有{count}条"},
    "check": {"en": "Check", "zh": "检查项"},
    "result": {"en": "Result", "zh": "结果"},
    "details": {"en": "Figures", "zh": "数据"},
    "passed": {"en": "passed", "zh": "通过"},
    "failed": {"en": "failed", "zh": "未通过"},
    "control": {"en": "Control", "zh": "控制点"},
    "kind": {"en": "Kind", "zh": "类型"},
    "where": {"en": "Where", "zh": "位置"},
    "size": {"en": "Size", "zh": "金额或行数"},
    "tolerance": {"en": "Tolerance", "zh": "容差"},
    "rows": {"en": "Rows", "zh": "行数"},
    "status": {"en": "Status", "zh": "状态"},
    "owner": {"en": "Owner", "zh": "责任人"},
    "reason": {"en": "Reason", "zh": "理由"},
    "said": {"en": "Finding", "zh": "说明"},
    "kind_total": {"en": "total", "zh": "合计不符"},
    "kind_duplicate": {"en": "duplicate", "zh": "重复"},
    "kind_alike": {"en": "alike", "zh": "疑似重复"},
    "kind_orphan": {"en": "orphan", "zh": "无归属"},
    "kind_unmapped": {"en": "unmapped", "zh": "未映射"},
    "kind_undated": {"en": "undated", "zh": "无日期"},
    "kind_missing": {"en": "missing", "zh": "缺失"},
    "kind_gap": {"en": "gap", "zh": "断档"},
    "kind_repeated": {"en": "repeated", "zh": "报告重复"},
    "kind_corrected": {"en": "corrected", "zh": "已更正"},
    "kind_rounded": {"en": "rounded", "zh": "已舍入"},
    "kind_left_out": {"en": "left out", "zh": "未读入"},
    "kind_unbalanced": {"en": "unbalanced", "zh": "借贷不平"},
    "status_within": {"en": "within", "zh": "容差内"},
    "status_accepted": {"en": "accepted", "zh": "已认可"},
    "status_open": {"en": "open", "zh": "待处理"},
}

FOUND_ZH = {
    "total": "{rows} 处与明细或另一来源不符，最多相差 {size}（容差 {tolerance}）",
    "orphan": "只有一方有数，相差 {size}（容差 {tolerance}）",
    "duplicate": "同一键重复出现，两行均计入",
    "alike": "{rows} 行键不同而内容相同，均计入；重复部分 {size}",
    "unmapped": "代码未映射；{rows} 个金额列入未映射项",
    "undated": "{rows} 行没有日期，按财年与报告归属",
    "missing": "{rows} 行缺少该项数值",
    "gap": "该日之前有期间缺失",
    "repeated": "{rows} 行与下一份报告完全相同",
    "corrected": "{rows} 行改列其他成本中心",
    "rounded": "{rows} 个金额小于最小单位，已舍入",
    "left_out": "{rows} 行未读入",
    "unbalanced": "{rows} 行凭证借贷相差 {size}",
}
"""What was found, by kind: a finding says itself in English; in Chinese it is said from its figures."""

SENTENCES = {
    # comparisons
    "lands": {"en": "{subject} {verb} {amount}", "zh": "{subject}{verb} {amount}"},
    "lands_at": {"en": "lands at", "zh": "全年预计"},
    "land_at": {"en": "land at", "zh": "全年预计"},
    "closed_at": {"en": "closed at", "zh": "全年实际"},
    "above": {"en": ", {gap} above {base}", "zh": "，较{base}高 {gap}"},
    "below": {"en": ", {gap} below {base}", "zh": "，较{base}低 {gap}"},
    "equal": {"en": ", equal to {base}", "zh": "，与{base}相同"},
    "level": {"en": ", in line with {base} (less than {least} apart)", "zh": "，与{base}基本持平（相差不足 {least}）"},
    "no_base": {"en": "; there is no figure for {base} to compare with", "zh": "；无{base}数据可比"},
    "no_landing": {"en": "There is no figure for {subject} yet", "zh": "{subject}暂无数据"},
    "gap_rate": {"en": "{gap} ({rate})", "zh": "{gap}（{rate}）"},
    "small_rate": {"en": "less than 0.1\u00a0%", "zh": "不足0.1%"},
    "to_date": {"en": "{subject} to date: {amount}", "zh": "{subject}本年累计 {amount}"},
    # how sure
    "band": {"en": "The {level} band runs from {lower} to {upper}", "zh": "{level}预测区间为 {lower}至 {upper}"},
    "no_band": {"en": "No forecast band is available", "zh": "暂无预测区间"},
    "margin": {"en": "Such a landing fell within ±{margin} of the outcome", "zh": "同期预测与最终结果的偏差在 ±{margin}以内"},
    "hits": {
        "en": "; in {inside} of {years} past years the outcome fell inside such a band",
        "zh": "；过去 {years} 年中有 {inside} 年的结果落在此类区间内",
    },
    "margin_hits": {"en": " in {inside} of {years} past years", "zh": "，过去 {years} 年中有 {inside} 年如此"},
    "one_hit": {
        "en": "; in the one past year tested the outcome {fell} such a band",
        "zh": "；仅检验过 1 个年度，结果{fell}此类区间",
    },
    "fell_in": {"en": "fell inside", "zh": "落在"},
    "fell_out": {"en": "fell outside", "zh": "未落在"},
    "hits_unknown": {
        "en": "; how often past outcomes fell inside such a band is not known",
        "zh": "；以往结果落入此类区间的频率尚不清楚",
    },
    "margin_unknown": {"en": "How far such landings missed in the past is not known", "zh": "此类预测以往的偏差尚不清楚"},
    "coverage": {
        "en": "{inside} of {months} months ({share}) fell inside the {level} band",
        "zh": "{months} 个月中有 {inside} 个月（{share}）落在{level}预测区间内",
    },
    "coverage_one": {"en": "The one month tested fell {where} the {level} band", "zh": "检验的 1 个月{where}{level}预测区间内"},
    "inside": {"en": "inside", "zh": "落在"},
    "outside": {"en": "outside", "zh": "未落在"},
    "coverage_unknown": {
        "en": "No month has been tested against the {level} band, so whether it holds is not known",
        "zh": "尚无月份可检验{level}预测区间，其可靠性未知",
    },
    # the trial
    "over_years": {"en": "Over {years} years ", "zh": "过去 {years} 年，"},
    "over_one_year": {"en": "Over one year ", "zh": "过去 1 年，"},
    "missed": {"en": "{who} missed {measure} by {error}", "zh": "{who}对{measure}的误差为 {error}"},
    "missed_too": {"en": "{who} by {error}", "zh": "{who}为 {error}"},
    "no_record": {"en": "there is no record yet for {who}", "zh": "{who}尚无记录"},
    "best": {"en": "{who} missed least", "zh": "{who}误差最小"},
    "best_shared": {"en": "{who} share the smallest miss", "zh": "{who}误差相同，并列最小"},
    # the bridge
    "rises": {"en": "{subject} {verb} by {gap}, from {start} to {end}", "zh": "{subject}{verb} {gap}，由 {start}变为 {end}"},
    "rise": {"en": "rises", "zh": "增加"},
    "rise_many": {"en": "rise", "zh": "增加"},
    "fall": {"en": "falls", "zh": "减少"},
    "fall_many": {"en": "fall", "zh": "减少"},
    "unchanged": {"en": "{subject} {verb} at {end}", "zh": "{subject}{verb}，为 {end}"},
    "stays": {"en": "stays unchanged", "zh": "保持不变"},
    "stays_many": {"en": "stay unchanged", "zh": "保持不变"},
    "hardly": {"en": "{subject} hardly {verb}, from {start} to {end}", "zh": "{subject}基本不变，由 {start}变为 {end}"},
    "change": {"en": "changes", "zh": ""},
    "change_many": {"en": "change", "zh": ""},
    "one_step": {"en": "; the largest step is {steps}", "zh": "；其中变动最大的是{steps}"},
    "steps": {"en": "; the largest steps are {steps}", "zh": "；其中变动最大的是{steps}"},
    "no_bridge": {"en": "There is no bridge for {subject} yet", "zh": "{subject}暂无变动分析"},
    "step": {"en": "{label} {amount}", "zh": "{label} {amount}"},
    "and": {"en": " and ", "zh": "和"},
    "list": {"en": ", ", "zh": "、"},
    # cases, gaps
    "cases": {
        "en": "{subject} {verb} from {low} ({low_case}) to {high} ({high_case})",
        "zh": "{subject}{verb}：{low_case} {low}，{high_case} {high}",
    },
    "ranges": {"en": "ranges", "zh": "的可能区间"},
    "ranges_many": {"en": "range", "zh": "的可能区间"},
    "case_base": {"en": "; {case} {amount}", "zh": "，{case} {amount}"},
    "cases_same": {"en": "{subject} {verb} {amount} in every case", "zh": "{subject}{verb} {amount}"},
    "is": {"en": "is", "zh": "在各情景下均为"},
    "are": {"en": "are", "zh": "在各情景下均为"},
    "bottom_up": {"en": "Bottom-up adds up to {amount}", "zh": "自下而上汇总为 {amount}"},
    "top_down": {"en": "the top-down frame of {amount}", "zh": "自上而下控制数 {amount}"},
    "largest_gap": {"en": "; the largest gap is {label}, {gap}", "zh": "；差距最大的是{label}，为 {gap}"},
    "no_gap": {
        "en": "Top-down and bottom-up can't be compared: a figure is missing",
        "zh": "缺少数据，无法比较自上而下与自下而上",
    },
    # checks and findings
    "all_passed": {"en": "All {count} checks passed", "zh": "全部 {count} 项检查均通过"},
    "one_passed": {"en": "The one check passed", "zh": "仅有的 1 项检查已通过"},
    "some_failed": {
        "en": "{passed} of {count} checks passed; failed: {names}",
        "zh": "{count} 项检查中 {passed} 项通过；未通过：{names}",
    },
    "no_checks": {"en": "No checks were run", "zh": "未执行任何检查"},
    "no_findings": {"en": "No findings", "zh": "未发现数据问题"},
    "findings": {"en": "{count} findings: {parts}", "zh": "共 {count} 条数据问题：{parts}"},
    "one_finding": {"en": "1 finding: {parts}", "zh": "共 1 条数据问题：{parts}"},
    "findings_within": {"en": "{count} within the tolerance", "zh": "{count} 条在容差之内"},
    "findings_accepted": {"en": "{count} accepted with a reason", "zh": "{count} 条已说明理由并认可"},
    "findings_open": {"en": "{count} waiting for a decision", "zh": "{count} 条待处理"},
}


def word(key: str, lang: str, **values) -> str:
    """A label in the reader's language, its blanks filled."""
    return WORDS[key][lang].format(**values)


def phrase(key: str, lang: str, **values) -> str:
    """A piece of a sentence in the reader's language, its blanks filled."""
    return SENTENCES[key][lang].format(**values)
