"""The words of a budget's odds, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "odds_result": (
        "The chance that the result is met: {odds} (planned {amount}, to be expected {expected}; from {years} earlier years).",
        "达成预算利润的概率：{odds}（预算{amount}，预期{expected}；依据此前 {years} 年）。",
    ),
    "odds_weakest": ("The weakest line: {unit}, {line}: {odds}.", "最薄弱的一项：{unit}，{line}：{odds}。"),
    "odds_few": (
        "No odds for the result: most of it has a past of too few budgets (years known: {years}; two are needed).",
        "尚无法给出达成利润的概率：预算的大部分只有 {years} 个历史年度可依据，至少需要两年。",
    ),
    "odds_unit": ("Unit", "部门"),
    "odds_line": ("Line", "项目"),
    "odds_planned": ("Planned", "预算"),
    "odds_expected": ("To be expected", "预期"),
    "odds_odds": ("Odds", "达成概率"),
    "odds_weak_line": ("Weakest line", "最薄弱项目"),
    "odds_weak_odds": ("Its odds", "其概率"),
    "odds_years": ("Years", "依据年数"),
    "odds_company": ("Result of the plan", "预算利润合计"),
    "odds_others": ("Other units ({count})", "其他 {count} 个部门"),
    "odds_by_unit": ("The odds that each unit meets its plan", "各部门达成预算的概率"),
    "odds_by_line": ("The lines least likely to be met", "最难达成的项目"),
    "odds_note": (
        "From what earlier budgets were missed by, lines taken together. A unit's figure is its revenue less its costs. "
        "Without odds: fewer than two earlier years.",
        "依据历年预算与实际的偏差，并考虑各项目的联动。部门数为其收入减费用；历史不足两年者不给概率。",
    ),
    "odds_held": (
        "Called likely, {likely} of {many} lines were met; called unlikely, {unlikely} of {few}",
        "被判“较可能”的 {many} 项中有 {likely} 项达成，“较不可能”的 {few} 项中有 {unlikely} 项",
    ),
    "odds_held_score": (
        "Brier score {brier}; saying one half always {half}. The slope is {slope} ({lower} to {upper}); 1 when odds hold.",
        "Brier 得分 {brier}，一律说五成为 {half}；校准斜率 {slope}（{lower} 至 {upper}），1 表示概率可信。",
    ),
    "odds_held_score_short": (
        "Brier score {brier}; saying one half always {half}.", "Brier 得分 {brier}，一律说五成为 {half}。"
    ),
    "odds_held_interval": (
        "Each point is a group of equally many lines; the bar is the {level} interval that chance alone allows, were lines independent.",
        "每点为数量相等的一组项目；竖线为各项目相互独立时仅由偶然产生的{level}区间。",
    ),
    "odds_held_none": ("No odds of an earlier year can be compared with what came yet.", "此前年度尚无可与实际对照的概率。"),
    "odds_held_measure": ("Odds of lines as they would have been said, {years}", "各项目当时会给出的达成概率，{years}"),
    "odds_said": ("Odds said", "所给概率"),
    "odds_came": ("Share that was met", "实际达成比例"),
    "odds_as_said": ("as said", "与所给一致"),
}  # fmt: skip
