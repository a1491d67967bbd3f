"""The words from strategy to budget, in both languages: key → (English, Chinese); "ledger: x" says in a company's words what x says."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # headings
    "strategy_revenue": ("receipts", "收入"),
    "ledger: strategy_revenue": ("revenue", "收入"),
    "strategy_measure": ("Spending by department", "各部门支出"),
    "ledger: strategy_measure": ("Costs by department", "各部门成本费用"),
    "strategy_unit": ("Department", "部门"),
    "strategy_running": ("This year", "本年预计"),
    "strategy_target": ("Target", "目标"),
    "strategy_neutral": ("Neutral view", "中性预测"),
    "strategy_lower": ("{level} band from", "{level}区间下限"),
    "strategy_upper": ("to", "上限"),
    "strategy_request": ("Request", "申报"),
    "strategy_gap": ("Request − target", "申报 − 目标"),
    "strategy_padding": ("Request − neutral", "申报 − 中性预测"),
    "strategy_rate": ("% of target", "占目标"),
    "strategy_position": ("Where they stand", "三者关系"),
    "strategy_range": ("From target to request", "目标至申报的协商区间"),
    "strategy_band": ("{level} band", "{level}区间"),
    "strategy_change": ("Change on {running}", "较{running}变动"),
    "strategy_this_year": ("this year", "本年预计"),
    "strategy_beyond_scale": (
        "a wedge or a cut band lies beyond the scale; its figure is in the table.", "楔形标记或截断的区间超出刻度，数值见下表。",
    ),
    "strategy_others": ("{count} others", "其他 {count} 个"),
    "strategy_total": ("Total", "合计"),
    "strategy_comma": (", ", "、"),
    "strategy_named": ("{name} {amount}", "{name} {amount}"),
    "strategy_units_title": ("Target, neutral view and request by department", "分部门目标、中性预测与申报"),
    # where the three stand
    "strategy_order_usual": ("usual", "正常"),
    "strategy_order_below_neutral": ("asks below history", "申报偏低"),
    "strategy_order_generous": ("target above history", "目标偏宽"),
    "strategy_order_room": ("within target", "目标内"),
    "strategy_order_no_request": ("no request", "未申报"),
    "strategy_order_no_target": ("no target", "无目标"),
    "strategy_order_no_neutral": ("no history", "无历史数据"),
    # what the neutral view and the targets rest on
    "strategy_method": (
        "A department's neutral view is the receipts-and-payments forecast by class, shared out by what each department spent in the last "
        "known years.",
        "各部门中性预测取自分类别收支预测，按最近已知年度各部门支出分摊。",
    ),
    "ledger: strategy_method": (
        "A department's neutral view is the forecast of its own months; a year's band adds up its months' bands as if they all missed "
        "together, so it is wider than needed.",
        "各部门中性预测由其自身月度历史推算；年度区间按各月同向偏差相加，偏宽。",
    ),
    "strategy_broken_back": (
        " The targets leave a frame for all; it is broken back to departments by what they spend this year.",
        "目标决定总控制数，再按本年支出规模分解至各部门。",
    ),
    "strategy_no_targets": ("No targets are set, so there is no gap to close.", "未设定目标，因此没有需要弥合的差距。"),
    "strategy_growth": (
        "Growth of {growth} takes {revenue} to {aim}; the neutral view sees {neutral}.",
        "{revenue}增长 {growth}，目标为 {aim}；中性预测为 {neutral}。",
    ),
    "strategy_margin": (
        "A margin of {margin} leaves departments {limit}.", "利润率目标 {margin}，各部门可支出 {limit}。",
    ),
    "strategy_margin_follows": (
        "A margin of {margin} leaves {limit} to departments, after {following} that follows from sales.",
        "利润率目标 {margin}，扣除随销售变动的 {following}后，各部门可支出 {limit}。",
    ),
    "strategy_margin_kept": (" That is this year's margin, since none is set.", "（未设定利润率目标，沿用本年水平。）"),
    "strategy_floor": (
        "The cash floor of {floor} leaves {limit}, reckoned with the neutral view's {revenue}.",
        "现金底线 {floor}，按中性预测的{revenue}计算，可支出 {limit}。",
    ),
    "strategy_floor_unknown": (
        "The cash floor of {floor} can't be tested: cash at the start of the year is not known here.",
        "现金底线 {floor}无法检验：此处年初现金未知。",
    ),
    "strategy_tightest": ("The {rule} is the tighter one.", "以{rule}为准。"),
    "strategy_rule_margin": ("margin", "利润率目标"),
    "strategy_rule_cash_floor": ("cash floor", "现金底线"),
    "strategy_only_neutral": (
        "Should only the neutral view's {revenue} come while departments spend their targets, the margin is {margin}.",
        "若{revenue}仅达中性预测而各部门按目标支出，利润率为 {margin}。",
    ),
    # who must give how much
    "strategy_headline": (
        "Departments must give {give}, {rate} of what they ask, to meet the targets: {names}.",
        "为达成目标，各部门须压减 {give}，占申报的 {rate}：{names}。",
    ),
    "strategy_parts": (
        "{beyond} of it is asked beyond what their own history suggests; {effort} has to come from below that.",
        "其中 {beyond}超出其历史水平，{effort}须在历史水平以下压减。",
    ),
    "strategy_room_said": (
        "{units} of {all} departments ask for {room} less than they are granted.",
        "{all} 个部门中有 {units} 个申报低于目标，合计低 {room}。",
    ),
    "strategy_room_one": ("{name} asks for {room} less than it is granted.", "{name}申报低于目标 {room}。"),
    "strategy_fits": (
        "Departments ask for {request}, no more than the targets grant ({target}): nobody must give.",
        "各部门申报 {request}，未超过目标 {target}，无须压减。",
    ),
    "strategy_against_neutral": (
        "Departments ask for {request}; their own history suggests {neutral}.", "各部门申报 {request}；按其历史水平为 {neutral}。",
    ),
    "strategy_silent": ("No request from {names}.", "未申报：{names}。"),
    "strategy_unseen": ("No neutral view of {names}: too little was booked there lately.", "无中性预测：{names}（近期记账过少）。"),
    # funds
    "strategy_funds_title": ("What it does to cash", "对现金的影响"),
    "strategy_what": ("If departments spend", "若各部门支出"),
    "strategy_needed": ("Cash needed", "所需现金"),
    "strategy_closing": ("Cash at year end", "年末现金"),
    "strategy_short": ("Short of the floor", "低于底线"),
    "strategy_cautious": ("Cash, {level} lower edge", "年末现金（{level}下限）"),
    "strategy_what_target": ("their targets", "目标"),
    "strategy_what_neutral": ("the neutral view", "中性预测"),
    "strategy_what_request": ("their requests", "申报"),
    "strategy_affordable": (
        "The requests can be paid: {closing} would be left at the end of the year, {above} above the floor.",
        "申报资金可行：年末剩余现金 {closing}，高于底线 {above}。",
    ),
    "strategy_not_affordable": (
        "The requests can't be paid: they would leave {closing} at the end of the year, {short} short of the floor of {floor}.",
        "申报资金不可行：年末现金为 {closing}，低于底线（{floor}）{short}。",
    ),
    "strategy_cautious_said": (
        "With {revenue} at the lower edge of the {level} band {short} would be missing.", "若{revenue}落在{level}区间下限，将缺 {short}。",
    ),
    "strategy_cautious_fits": (
        "That holds with {revenue} at the lower edge of the {level} band, too.", "{revenue}落在{level}区间下限时仍成立。",
    ),
    "strategy_no_floor": (
        "No cash floor is set; the requests would leave {closing} at the end of the year.", "未设定现金底线；按申报年末现金为 {closing}。",
    ),
    "strategy_no_cash": (
        "Whether the requests can be paid is not told: cash at the start of the year is not known here.",
        "无法判断申报能否支付：此处年初现金未知。",
    ),
    # sharing
    "strategy_shared_title": ("Scarce money: the plain cut, and by value", "资金分配：按比例压减与按价值分配"),
    "strategy_plain_title": ("Scarce money: the plain cut", "资金分配：按比例压减"),
    "strategy_asked": ("Asked", "申请"),
    "strategy_kept": ("Can't be cut", "不可压减"),
    "strategy_plain": ("Plain cut", "按比例压减"),
    "strategy_by_value": ("By value", "按价值分配"),
    "strategy_difference": ("Difference", "差额"),
    "strategy_next": ("Net value of the next unit", "下一单位净值"),
    "strategy_odds": ("Odds of NPV above 0", "净现值为正的概率"),
    "strategy_basis": ("Value from", "价值依据"),
    "strategy_basis_curves": ("measured returns", "实测回报"),
    "strategy_basis_npv": ("present value", "净现值"),
    "strategy_basis_declared": ("said by {owner}", "{owner}申明"),
    "strategy_basis_": ("nobody", "无"),
    "strategy_campaigns": ("Campaigns", "营销投放"),
    "strategy_not_scarce": (
        "All that is asked for, {asked}, fits into {funds}: money is not scarce.", "申请总额 {asked}在可用资金 {funds}之内，资金不紧缺。",
    ),
    "strategy_scarce": (
        "{asked} is asked for, projects included, and there is {funds}.", "申请总额（含项目）{asked}，可用资金 {funds}。",
    ),
    "strategy_scarce_plain": ("{asked} is asked for, and there is {funds}.", "申请总额 {asked}，可用资金 {funds}。"),
    "strategy_lost": (
        "The plain cut loses {lost} of value against sharing by value: more for {more}; less for {less}.",
        "与按价值分配相比，按比例压减损失价值 {lost}：应增：{more}；应减：{less}。",
    ),
    "strategy_nothing_lost": ("Sharing by value brings no more than the plain cut.", "按价值分配并不优于按比例压减。"),
    "strategy_left": ("{left} is left: what remains would bring back less than it costs.", "结余 {left}：其余用途收回的少于投入。"),
    "strategy_only_plain": (
        "Only the plain cut is shown: of nothing that is asked for does anybody say what a unit of money brings back. Say it of "
        "departments in the driver marginal_value, with owner and source; of campaigns and projects it is measured where their tables are "
        "there.",
        "仅列示按比例压减：各项申请均无人申明每单位资金的回报。部门可在驱动因素 marginal_value 中申明（注明责任人与来源）；"
        "营销投放和项目的回报在有数据时实测。",
    ),
    "strategy_lacking": (
        "What can't be cut exceeds the {funds} there is by {lacking}: there is nothing to share.",
        "不可压减部分超出可用资金 {funds}达 {lacking}，无可分配。",
    ),
    "strategy_value_note": (
        "value is net, what comes back less what is spent: a year's contribution of campaigns, the expected present value of projects, "
        "what the controller says of departments; who has no value takes the plain cut.",
        "价值为净额（收回减投入）：营销投放为一年贡献，项目为预期净现值，部门为管理会计申明值；无价值依据者按比例压减。",
    ),
    # checks
    "check: targets add up to the frame": ("targets add up to the frame", "各部门目标合计等于总控制数"),
    "check: gaps add up to requests less targets": ("gaps add up to requests less targets", "差距合计等于申报减目标"),
    "check: what is beyond, effort and room add up to the gaps": (
        "what is beyond history, what is below it and room add up to the gaps", "超出历史、历史以下与余量合计等于差距",
    ),
    "check: sharing (proportional) stays within the funds": ("the plain cut stays within the funds", "按比例压减不超过可用资金"),
    "check: sharing (by_value) stays within the funds": ("sharing by value stays within the funds", "按价值分配不超过可用资金"),
    "strategy_declared_note": ("{name}: {rate} comes back per unit; {owner}, {source}.", "{name}：每单位收回 {rate}；{owner}，{source}。"),
}
