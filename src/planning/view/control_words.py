"""The words of the budget control, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # methods
    "control_method_pace": (
        "A department's landing is what it has spent to date over the share of the year that it had used by this point in earlier years.",
        "各部门落点＝累计支出÷该部门往年同一时点占全年的比例。",
    ),
    "control_method_projection": ("A department's landing is its own projection.", "各部门落点取部门自报预计。"),
    "control_method_combined": (
        "A department's landing is the plain mean of two: what it has spent to date over the share of the year that it had used by this "
        "point in earlier years, and its own projection; the latter alone where nothing usable is spent yet.",
        "各部门落点取两者的简单平均：累计支出÷该部门往年同一时点占全年的比例，以及部门自报预计；累计支出不足以推算时，仅取自报预计。",
    ),
    "control_method_band": (
        "A share is drawn towards all departments' as far as its own years differ. Bands and odds come from what such landings missed "
        "by, relative to the budget, in earlier years at the same point, all departments together.",
        "各部门比例按其年度波动向全体部门收缩。区间与概率取自往年同一时点全部部门此类落点相对预算的误差。",
    ),
    "control_method_rule": (
        "A warning is raised where the landing, or else the department's own projection, is {smallest} or more above what was adopted "
        "with odds of {odds} or more, or where spending to date has left its {level} band by then. Every past report was put through "
        "the same rule with only what was known on its day. A warning came true when the year ended above what was adopted; one of "
        "spending below its band, when it ended {smallest} or more below.",
        "预警条件：落点（或部门自报预计）超出批准预算 {smallest}以上且超支概率不低于 {odds}，或累计支出越出同期 {level} 区间。"
        "以往每份季报均按同一规则、只用当时已知信息回测。年度决算高于批准预算即为成真；"
        "支出低于区间的预警，则以决算低于批准预算 {smallest}以上为成真。",
    ),
    # the answer
    "control_headline": ("{landing} {warned} {record}", "{landing}{warned}{record}"),
    "control_as_of": ("As of {month}, spending", "截至{month}，承付支出"),
    "control_base": ("the adopted budget", "批准预算"),
    "control_warned": (
        "{count} departments are warned of overspending {amount} together.", "{count} 个部门有超支预警，合计 {amount}。",
    ),
    "control_warned_one": ("{count} department is warned of overspending {amount}.", "{count} 个部门有超支预警，金额 {amount}。"),
    "control_none": ("No department is warned of overspending.", "没有部门触发超支预警。"),
    "control_record": (
        "Of {raised} such warnings after the same quarter of {years} earlier years, {true} came true ({rate}; 95 % interval {low} to "
        "{high}).",
        "往年（{years} 年）同季度后的 {raised} 次同类预警中有 {true} 次成真（{rate}；95% 置信区间 {low} 至 {high}）。",
    ),
    "control_record_one": (
        "Of {raised} such warnings after the same quarter of the one earlier year that can be checked, {true} came true ({rate}; 95 % "
        "interval {low} to {high}).",
        "仅有一个往年可核对：同季度后的 {raised} 次同类预警中有 {true} 次成真（{rate}；95% 置信区间 {low} 至 {high}）。",
    ),
    "control_record_all": (
        "After all quarters together it was {true} of {raised} ({rate}); by their own odds it should have been {expected}. {missed} "
        "overspends of {smallest} or more were not warned of. Warnings that came true left {notice} months on average.",
        "各季度合计 {raised} 次中有 {true} 次成真（{rate}）；按其自身概率应为 {expected} 次。"
        "另有 {missed} 次 {smallest}以上的超支未获预警。成真的预警平均提前 {notice} 个月。",
    ),
    "control_no_record": (
        "There is no earlier year whose end is known to check such warnings on: read the odds with that in mind.",
        "尚无结果已知的往年可核对此类预警，概率请谨慎使用。",
    ),
    "control_chance": (
        "By their own odds about {false} of the {count} warnings of an overspend will not come true. Of {lines} departments about "
        "{outside} leave a band of {level} by chance alone; warned for that only: {found}.",
        "按其自身概率，{count} 条超支预警中约有 {false} 条不会成真。{lines} 个部门中，仅因偶然即约有 {outside} 个越出 {level} 区间；"
        "仅因此预警的有 {found} 个。",
    ),
    "control_band": (
        "The {level} band of the whole runs from {lower} to {upper}{pooled}.", "总额的 {level} 区间为 {lower}至 {upper}{pooled}。",
    ),
    "control_pooled": (
        "; for want of years it rests on the misses of all quarters, be they larger or smaller than this one's",
        "；因年度不足，取自各季度误差（可能大于或小于本季度）",
    ),
    "control_no_band": (
        "There are too few past years for a band of {level} for the whole.", "往年过少，无法给出总额的 {level} 区间。",
    ),
    "control_whole_held": (
        "Earlier reports' bands of the whole held {inside} of {n} times; reports of one year hang together, so that is few.",
        "以往季报的总额区间 {n} 次中有 {inside} 次成立；同一年度的季报相互关联，样本偏少。",
    ),
    "control_whole_untried": (
        "Whether such a band of the whole holds no earlier year can tell yet.", "总额区间是否可靠，尚无往年可检验。",
    ),
    "control_staff": (
        "By class: of {n} departments whose personnel is reported by quarter {count} project more than was adopted for it, {amount} "
        "together. That is their own word: no odds go with it.",
        "按类别看：{n} 个单独列示人员费用的部门中，{count} 个自报预计超出批准的人员费用，合计 {amount}；仅为部门自报，未附概率。",
    ),
    "control_coverage": (
        "Of {n} past departments' landings at this point of the year {inside} fell inside their band ({rate}; {level} was meant).",
        "往年同一时点的 {n} 个部门落点中有 {inside} 个落在区间内（{rate}；目标 {level}）。",
    ),
    "control_accuracy": (
        "At this point of {years} earlier years departments ended apart by {pace} from the pace of their spending, by {people} from their "
        "own projection, and by {combined} from the mean of both.",
        "往年（{years} 年）同一时点，部门全年结果与支出进度法平均相差 {pace}，与部门自报预计相差 {people}，与两者平均相差 {combined}。",
    ),
    "control_accuracy_one": (
        "At this point of the one earlier year that can be checked departments ended apart by {pace} from the pace of their spending, "
        "by {people} from their own projection, and by {combined} from the mean of both.",
        "仅有一个往年可核对（同一时点）：部门全年结果与支出进度法平均相差 {pace}，与部门自报预计相差 {people}，与两者平均相差 {combined}。",
    ),
    # warnings, one by one
    "control_said_overspend": (
        "Lands at {landing}, {amount} above what was adopted (band {lower} to {upper}); its own projection is {projection}.",
        "预计落于 {landing}，超批准预算 {amount}（区间 {lower}至 {upper}）；部门自报预计 {projection}。",
    ),
    "control_said_projection": (
        "Projects {projection} itself, {amount} above what was adopted; this forecast is {landing}.",
        "部门自报预计 {projection}，超批准预算 {amount}；本次预测为 {landing}。",
    ),
    "control_said_above": (
        "{spent} spent to date, {amount} more than earlier years give for this point ({lower} to {upper}).",
        "累计支出 {spent}，较往年同期应有水平多 {amount}（区间 {lower}至 {upper}）。",
    ),
    "control_said_below": (
        "{spent} spent to date, {amount} less than earlier years give for this point ({lower} to {upper}).",
        "累计支出 {spent}，较往年同期应有水平少 {amount}（区间 {lower}至 {upper}）。",
    ),
    "control_act_staff": (
        "Hold vacancies and overtime: personnel is projected {amount} above what was adopted for it.",
        "冻结空缺岗位并控制加班：人员费用预计超批准 {amount}。",
    ),
    "control_act_transfer": (
        "Prepare a transfer of {amount} from {donors}, once confirmed there: by band and own projection the money is not needed.",
        "经对方确认后，从{donors}调剂 {amount}：按其落点区间与自报预计均不需动用。",
    ),
    "control_act_rest": (
        "No room is left for the other {amount}: cut, or ask for a supplementary appropriation.",
        "其余 {amount}无余量可调剂：压减支出，或申请追加预算。",
    ),
    "control_act_supplement": (
        "No department has room left for {amount}: cut, or ask for a supplementary appropriation.",
        "各部门已无余量可调剂，{amount}需压减支出或申请追加预算。",
    ),
    "control_act_above": (
        "Ask whether spending came early or is more than planned; move no money before that.",
        "先查明是支出提前还是超出计划，未查明前不调剂资金。",
    ),
    "control_act_below": (
        "Ask whether bookings are late or the money won't be needed, before any of it covers others.",
        "先查明是入账滞后还是资金不再需要，再决定能否调剂给其他部门。",
    ),
    "control_act_release": (
        "Ask whether bookings are late or the money won't be needed; once that is confirmed, release {amount} for the transfers "
        "proposed here.",
        "先查明是入账滞后还是资金不再需要；确认不需后，释出 {amount}用于所列调剂。",
    ),
    "control_donor": ("{name} ({amount})", "{name}（{amount}）"),
    "control_comma": (", ", "、"),
    "control_dot": (" · ", " · "),
    "control_kind_overspend": ("Overspend", "超支"),
    "control_kind_projection": ("Own projection over", "自报预计超支"),
    "control_kind_above": ("Spending above its band", "支出高于区间"),
    "control_kind_below": ("Spending below its band", "支出低于区间"),
    "control_kind_over": ("Overspend, both kinds", "超支类合计"),
    "control_kind_off_band": ("Spending off its band", "支出越出区间"),
    "control_sure": ("over {rate}", "超过 {rate}"),
    "control_never": ("under {rate}", "不足 {rate}"),
    # outcomes
    "control_came_true": ("Came true", "成真"),
    "control_not_true": ("Did not come true: averted or false", "未成真：已化解或误报"),
    "control_open": ("Year still open", "年度未结"),
    "control_still": ("Warned again now", "本期仍预警"),
    "control_gone": ("No longer warned", "本期已解除"),
    "control_became": (
        "By what this report's day knew, of {count} earlier warnings (the report before this one and the same one a year ago) {true} had "
        "come true, {false} had not, {open} were open; of those of this year {still} are raised again.",
        "按本季报日所知，此前 {count} 条预警（上一季度与上年同季度）中，{true} 条已成真，{false} 条未成真，{open} 条年度未结；"
        "本年的预警中 {still} 条本期仍在。",
    ),
    "control_since_past": (
        "As known since, {true} of {count} earlier warnings ended as warned.",
        "按事后所知，此前预警 {count} 条中有 {true} 条与预警相符。",
    ),
    "control_since_over": (
        "As known since, {true} of this report's {count} warnings of an overspend came true.",
        "按事后所知，本期 {count} 条超支预警中有 {true} 条成真。",
    ),
    "control_became_none": (
        "No earlier report could have raised a warning by its odds.", "此前的季报尚无法按概率给出预警。",
    ),
    "control_not_told": (
        "Whether a warning that did not come true was averted or false the data can't tell.",
        "未成真的预警是已化解还是误报，数据无法区分。",
    ),
    # tables and charts
    "control_position_title": ("Departments: adopted, spent and available", "各部门：批准、累计支出与可用余额"),
    "control_landing_title": ("Departments: where they land", "各部门：全年落点"),
    "control_classes_title": ("By class, all departments together", "按类别（全部门合计）"),
    "control_matrix_title": ("Departments by class", "部门 × 类别"),
    "control_warnings_title": ("Warnings", "预警"),
    "control_past_title": ("What became of earlier warnings", "此前预警的结果"),
    "control_record_title": ("How such warnings did on earlier years", "此类预警的往年表现"),
    "control_thresholds_title": ("If a warning were raised from other odds on", "若改变预警概率门槛"),
    "control_chart": ("From budget to landing spending", "从批准预算到全年落点，承付支出"),
    "control_available": ("Available", "可用余额"),
    "control_band_column": ("Band", "区间"),
    "control_over": ("Landing − adopted", "落点 − 批准"),
    "control_odds": ("Odds of overspending", "超支概率"),
    "control_kind": ("Warning", "预警类型"),
    "control_amount": ("Amount", "金额"),
    "control_warning_odds": ("Odds", "概率"),
    "control_why": ("Why", "原因"),
    "control_action": ("Proposed action", "建议措施"),
    "control_raised_at": ("Raised as of", "预警时点"),
    "control_outcome": ("By this report's day", "按本季报日所知"),
    "control_ended": ("Ended − adopted", "决算 − 批准"),
    "control_since": ("Ended − adopted, as known since", "决算 − 批准（事后所知）"),
    "control_raised": ("Raised", "预警数"),
    "control_expected": ("Expected by the odds", "按概率应成真"),
    "control_true": ("Came true", "成真"),
    "control_missed": ("Not warned of", "漏报"),
    "control_precision": ("Share true", "成真率"),
    "control_recall": ("Overspends warned of", "超支获预警比例"),
    "control_interval": ("95 % interval", "95% 置信区间"),
    "control_notice": ("Notice, months", "提前月数"),
    "control_years": ("Years", "年数"),
    "control_what": ("Reports", "季报范围"),
    "control_quarter": ("this quarter", "本季度"),
    "control_all": ("all quarters", "各季度"),
    "control_threshold": ("From odds of", "概率门槛"),
    "control_now": ("Raised now", "本期预警数"),
    "control_money": ("Their money", "涉及金额"),
    "control_staff_group": ("Personnel class", "人员费用类"),
    "control_staff_over": ("Projected − adopted", "预计 − 批准"),
    "control_other_group": ("All other classes", "其他各类合计"),
    "control_others_class": ("Other classes together", "其他各类合计"),
    "control_reported": ("of which in the personnel report", "其中：人员季报所列"),
    "control_last_actual": ("Last known actual ({year})", "最近已知决算（{year}）"),
    "control_last_actual_none": ("Last known actual", "最近已知决算"),
    "control_dash": (
        "– means not reported by quarter (or nothing adopted), never 0.", "“–”表示季报未列示（或未批准预算），并非为零。",
    ),
    "control_since_note": (
        "The last column is known only since; it is shown to look back and went into nothing.",
        "末列为事后所知，仅供回顾，未用于任何计算。",
    ),
    "control_bar_note": (
        "dark is spent to date, hatched what is still to come by the landing, the outline what was adopted.",
        "深色为累计支出，斜线为至落点尚待发生的支出，外框为批准预算。",
    ),
    # caveats
    "control_caveat_commitments": (
        "The reports count obligations: what is promised by contract is in them already, so available is adopted less spent to date and no "
        "commitments are taken off again. The adopted budget is the one of the year's beginning; later transfers are not in the sources.",
        "季报按承付口径，合同承诺已计入累计支出，故可用余额＝批准预算−累计支出，不再另扣承诺。批准预算为年初数，来源中没有年中调剂。",
    ),
    "control_caveat_classes": (
        "By quarter only the personnel class is reported by itself; the others are known by class when the year's actual is published. "
        "Warnings are therefore raised by department; personnel's own projected excess is shown beside them without odds, for it was "
        "not tried on the past.",
        "按季度仅人员费用单独列示，其他类别要待年度决算公布后才可知，因此预警只到部门；"
        "人员费用只列自报预计超出额，因未经往年检验，不附概率。",
    ),
    "control_caveat_method": (
        "That the default landing is the mean of both was settled with the figures above in sight; its record may flatter it a little. "
        "Its weights were not fitted.",
        "默认落点取两者平均，是在看到上述误差之后选定的，其往年成绩可能略偏好；权重未经拟合。",
    ),
    "control_caveat_actual": (
        "A year's actual counts as known only when the next year's last report prints it, so few years can be checked, and warnings of one "
        "year hang together: the truth is less certain than the interval says.",
        "年度决算以次年末期季报刊出时方视为已知，可核对年度不多；同一年度的预警相互关联，实际不确定性大于所示区间。",
    ),
    "control_unassessed": (
        "{count} departments with an adopted or reported amount have no landing or nothing adopted and can't be warned of: {names}.",
        "{count} 个部门因无落点或无批准预算而无法预警：{names}。",
    ),
    # key figures
    "control_key_landing": ("Landing", "全年落点"),
    "control_key_over": ("Landing less adopted", "落点 − 批准预算"),
    "control_key_warned": ("Money warned of", "超支预警金额"),
    "control_key_count": ("Warnings of an overspend", "超支预警数"),
    "control_key_precision": ("Share of such warnings that came true", "同类预警往年成真率"),
    # checks
    "check: control: the adopted budget agrees with its printed totals": (
        "the adopted budget agrees with its printed totals", "批准预算与来源合计一致",
    ),
    "check: control: classes add up to what was adopted": (
        "classes add up to what was adopted", "各类别之和等于批准预算",
    ),
    "check: control: departments add up to the landing": (
        "departments add up to the landing", "各部门之和等于全年落点",
    ),
    "check: control: the bridge closes": (
        "the bridge closes", "变动分析闭合",
    ),
    "check: control: available is adopted less spent": (
        "available is adopted less spent", "可用余额等于批准预算减累计支出",
    ),
    "check: control: every department that reports has a landing": (
        "every department that reports has a landing", "每个有季报的部门均有落点",
    ),
    "check: control: the same money is promised once": (
        "the same money is promised once", "同一笔资金只调剂一次",
    ),
}  # fmt: skip
