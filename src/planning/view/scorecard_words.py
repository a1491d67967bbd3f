"""The words of the scorecards, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "scorecard_known": (
        "{name}: {year} is scored, the books closed through {month}; nothing published after {day} was used. Snapshot {snapshot}.",
        "{name}：评价{year}，账目已结至{month}；未使用 {day} 之后发布的任何信息。快照 {snapshot}。",
    ),
    "scorecard_method": (
        "Each indicator gives 0 to 100 points, in a straight line between two values that were set beforehand; the score is their "
        "weighted mean. An indicator that can't be measured in a department gives its weight to the others; below {least} of the "
        "weights there is no score. Departments with less than {smallest} adopted are listed and not ranked: one vacancy or one invoice "
        "moves them.",
        "各指标在事先设定的两个数值之间按直线计 0 至 100 分，总分为加权平均。部门无法计量的指标，其权重分摊给其余指标；"
        "可计量权重低于 {least} 的不评分。批准预算低于 {smallest}的部门只列示、不排名：一个空岗或一张发票即可改变其得分。",
    ),
    "scorecard_doubt": (
        "A rank's interval asks: had the department's score moved as it does from year to year anyway (by {noise} points in the middle "
        "department), where could it stand? Scores are drawn together the more the noisier they are, so that luck is not ranked.",
        "名次区间的含义：若部门得分照往年的幅度波动（居中部门为 {noise} 分），其名次可能落在何处。"
        "波动越大，得分越向中间收缩，以免把运气当作优劣。",
    ),
    "scorecard_headline": (
        "{year}: {count} departments score {lowest} to {highest} points (median {median}). {first} comes first, {among}; {last} comes "
        "last{below}. {long}",
        "{year}：{count} 个部门得分 {lowest} 至 {highest} 分（中位数 {median}）。{first}居首，{among}；{last}居末{below}。{long}",
    ),
    "scorecard_headline_one": (
        "{year}: only {first} could be ranked, with {highest} points; there is nobody to compare it with.",
        "{year}：仅{first}可评分排名，得 {highest} 分；没有可比较的部门。",
    ),
    "scorecard_last": (", {among}", "，{among}"),
    "scorecard_headline_none": ("{year}: no department could be ranked.", "{year}：没有可排名的部门。"),
    "scorecard_among": ("but {count} others can't be told apart from it", "但另有 {count} 个部门与其无法区分"),
    "scorecard_alone": ("and can be told apart from every other", "且与其他部门均可区分"),
    "scorecard_span": ("but its rank could lie anywhere from {lower} to {upper}", "但其名次可能在 {lower} 至 {upper} 之间"),
    "scorecard_no_doubt": ("with too few earlier years to say how surely", "但往年数据太少，无法判断把握"),
    "scorecard_long": (
        "Over {years} years {lower} departments stand surely in the lower half and {upper} in the upper.",
        "从 {years} 年看，{lower} 个部门可确认处于后一半，{upper} 个处于前一半。",
    ),
    "scorecard_pairs": (
        "In this one year {apart} of {pairs} pairs of departments can be told apart with odds of {level}; {surely} departments stand "
        "surely ({sure}) in the upper or the lower half.",
        "仅凭本年，{pairs} 对部门中有 {apart} 对能以 {level} 的把握区分；{surely} 个部门可确认（{sure}）处于前一半或后一半。",
    ),
    "scorecard_tried": (
        "Made in the same way for earlier years, and widened by one more year's noise, such intervals held the next year's rank in "
        "{inside} of {n} cases ({rate}; {level} was meant). What a department's true rank was, no figures tell.",
        "按同样方法用于往年并计入次年的波动后，名次区间在 {n} 次中有 {inside} 次包含次年名次（{rate}；目标 {level}）；"
        "部门的真实名次无从得知。",
    ),
    "scorecard_untried": (
        "Such intervals have not been tried on earlier years: there are too few.",
        "往年数据太少，此类区间尚未经过检验。",
    ),
    "scorecard_equals": (
        "In {trials} made-up years with departments all equal and only as noisy as these, at least one was put surely in one half in "
        "{halves} (by the mean of all years in {long_halves}), and one was called first beyond doubt in {firsts}.",
        "在 {trials} 次模拟中令各部门优劣相同、仅有同样波动：{halves} 次有部门被误判为确处某一半（按多年平均为 {long_halves} 次），"
        "{firsts} 次有部门被误判为无疑第一。",
    ),
    "scorecard_wrong": (
        "“Surely” means odds of {sure} for each department by itself: of the {called} so called over the years {wrong} are expected to "
        "be there by luck.",
        "“可确认”指单个部门的把握达 {sure}：按多年确认的 {called} 个部门中，预计有 {wrong} 个属于误判。",
    ),
    "scorecard_indicator": ("Indicator", "指标"),
    "scorecard_better": ("Good is", "优的方向"),
    "scorecard_up": ("more", "越高越好"),
    "scorecard_down": ("less", "越低越好"),
    "scorecard_on_target": ("near the target", "接近目标"),
    "scorecard_target": ("Target", "目标"),
    "scorecard_zero": ("0 points", "计 0 分"),
    "scorecard_hundred": ("100 points", "计 100 分"),
    "scorecard_away": ("±{value}", "±{value}"),
    "scorecard_weight": ("Weight", "权重"),
    "scorecard_owner": ("Owner", "责任部门"),
    "scorecard_indicators_title": ("The indicators", "指标体系"),
    "scorecard_whole_only": (
        "For the whole only, so without weight in a department's score: {labels}.",
        "仅按整体计量、不计入部门得分：{labels}。",
    ),
    "scorecard_score": ("Score", "得分"),
    "scorecard_score_measure": ("score in points, 100 at most", "得分（满分 100 分）"),
    "scorecard_of_year": ("Score {year}", "{year}得分"),
    "scorecard_earlier": ("Earlier years", "往年得分"),
    "scorecard_rank": ("Rank", "名次"),
    "scorecard_rank_interval": ("Rank and its {level} interval", "名次及其 {level} 区间"),
    "scorecard_over_years": ("All years", "多年"),
    "scorecard_upper": ("upper half", "前一半"),
    "scorecard_lower": ("lower half", "后一半"),
    "scorecard_middle": ("middle of the ranks", "名次中线"),
    "scorecard_points": ("Points", "得分"),
    "scorecard_interval": ("Its {level} interval", "{level} 区间"),
    "scorecard_from": ("from", "自"),
    "scorecard_to": ("to", "至"),
    "scorecard_range": ("{rank} ({lower}–{upper})", "{rank}（{lower}–{upper}）"),
    "scorecard_value": ("Measured", "实测"),
    "scorecard_table_title": ("What each indicator measured, and its points", "各指标实测值与得分"),
    "scorecard_unranked_title": ("Listed, not ranked", "仅列示、不排名"),
    "scorecard_reason": ("Why", "原因"),
    "scorecard_small": ("below the smallest budget that is ranked", "低于排名的最低预算"),
    "scorecard_unbudgeted": ("nothing was adopted for it", "无批准预算"),
    "scorecard_unmeasured": ("too few indicators were measured", "可计量指标过少"),
    "scorecard_adopted": ("Adopted", "批准预算"),
    "scorecard_lost_title": (
        "What costs the {count} lowest departments most is “{label}”: {points} points on average",
        "得分最低的 {count} 个部门失分最多的指标是“{label}”：平均 {points} 分",
    ),
    "scorecard_lost": ("points lost by indicator", "各指标失分"),
    "scorecard_one_lost": ("{points} points on “{label}” ({value})", "“{label}”失 {points} 分（{value}）"),
    "scorecard_loses": ("Loses {losses}.", "{losses}。"),
    "scorecard_loses_nothing": ("Loses no points.", "未失分。"),
    "scorecard_not_measured": (" Not measured: {labels}; its weight went to the others.", "未能计量：{labels}，权重由其余指标分摊。"),
    "scorecard_no_score": ("Has no score: {why}.", "未评分：{why}。"),
    "scorecard_reasons_title": ("Why the score is what it is", "得分原因"),
    "scorecard_track_title": ("The own track: scores by fiscal year", "自身轨迹：各财年得分"),
    "scorecard_change": ("Against own earlier mean", "较往年均值"),
    "scorecard_noise": ("Moves by", "波动"),
    "scorecard_below": ("Years below the median", "低于中位"),
    "scorecard_of_years": ("{count} of {years}", "{count} / {years}"),
    "scorecard_whole_title": ("{name} as a whole: {score} points", "{name}整体：{score} 分"),
    "scorecard_cost": ("Costs, points", "失分"),
    "scorecard_case": ("If the weights were", "若权重改为"),
    "scorecard_equal": ("equal", "各指标相等"),
    "scorecard_without": ("without {label}", "不计“{label}”"),
    "scorecard_own": ("your own", "自定义权重"),
    "scorecard_best": ("First", "首位"),
    "scorecard_worst": ("Last", "末位"),
    "scorecard_rises": ("Rises most", "上升最多"),
    "scorecard_falls": ("Falls most", "下降最多"),
    "scorecard_outside": ("Leave their interval", "超出名次区间的部门数"),
    "scorecard_places": ("{label}, {places} places", "{label}，{places} 位"),
    "scorecard_what_if_title": ("Other weights: who moves", "改变权重：谁的名次变动"),
    "scorecard_ranks_title": (
        "{count} departments score {lowest} to {highest} points, but one year tells only {apart} of {pairs} pairs apart",
        "{count} 个部门得分 {lowest} 至 {highest} 分，但仅凭一年，{pairs} 对部门中只有 {apart} 对可以区分",
    ),
    "scorecard_missing_note": ("Intervals need two earlier years of some department.", "名次区间需要至少一个部门有两个往年得分。"),
    "scorecard_caveat_plans": (
        "The score counts keeping to plans. It says nothing of what was done for the public, nor whether a plan was right: who asks for "
        "more than is needed and spends it keeps to plan too.",
        "得分衡量的是执行计划的准确程度，不反映公共服务的成效，也不说明计划本身是否合理：多报预算并全部用完，同样“符合计划”。",
    ),
    "scorecard_caveat_gaming": (
        "Tied to rewards it would invite spending at the year's end, loose overtime budgets and projections held back until they are "
        "safe. Use it to ask questions, not to pay.",
        "若与奖惩挂钩，会诱发年末突击支出、虚高的加班预算，以及拖到有把握时才调整的预计。宜用于提问，不宜直接用于考核兑现。",
    ),
    "scorecard_caveat_headcount": (
        "The plan for headcount is the budgeted positions, and the actual those filled on the report's day. Vacancies may be a saving "
        "somebody asked for, or people who can't be hired; the figures don't say which.",
        "人员计划取批准岗位数，实际取报告日在岗数。空岗可能是上级要求的节约，也可能是招聘困难，数据无法区分。",
    ),
    "scorecard_caveat_source": (
        "Planned and actual figures come from one source, {source}, in which departments report on themselves; the last projection is the "
        "newest one known before the year was over. What moved all departments alike in a year, such as a pandemic, is in the scores and "
        "not in the ranks' noise.",
        "计划与实际均来自同一来源（{source}），由部门自报；末次预计指年度结束前所知的最新预计。某年对所有部门的共同冲击（如疫情）"
        "计入得分，但不计入名次的波动。",
    ),
    "scorecard_caveat_weights": (
        "Weights and the values of 0 and 100 points are settings, not facts. Under the other weights above, {outside} departments would "
        "leave their interval in at least one case.",
        "权重与 0、100 分的取值属于设定而非事实。按上述其他权重，至少在一种情况下超出名次区间的部门有 {outside} 个。",
    ),
    "scorecard_caveat_drift": (
        "A department's noise holds its real changes too, and a score of one year can't tell a turn from a swing: for that read the own "
        "track.",
        "部门的波动中也包含真实变化；单一年度得分无法区分转折与起伏，应结合自身轨迹判断。",
    ),
    "scorecard_key_median": ("Median score of departments", "部门得分中位数"),
    "scorecard_key_whole": ("Score of the whole", "整体得分"),
    "scorecard_key_told": ("Pairs that one year tells apart", "一年内可区分的部门对"),
    "scorecard_key_low": ("Surely in the lower half over the years", "多年确处后一半的部门"),
    "check: reasons add up to the score": ("reasons add up to the score", "失分合计与得分一致"),
    "check: shares of the weights add up to one": ("shares of the weights add up to one", "权重占比合计为一"),
    "check: scores lie between none and all points": ("scores lie between none and all points", "得分均在零分与满分之间"),
    "check: every department is ranked, or it is said why not": (
        "every department is ranked, or it is said why not", "各部门均已排名或说明未排名原因",
    ),
    "check: every rank lies in its interval": ("every rank lies in its interval", "名次均在其区间内"),
    "check: departments add up to the whole": ("departments add up to the whole", "各部门支出合计等于整体"),
}  # fmt: skip
