"""The words of a plan in draws, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # the fan of profit and of cash
    "risk_profit_title": (
        "{year}, net profit: {plan} as planned, {low} to {high} in eight of ten draws; a loss in {loss} of them",
        "{year}净利润：计划 {plan}；八成模拟落在 {low}至 {high}之间；亏损的模拟占 {loss}",
    ),
    "risk_cash_title": (
        "{year}, cash at year end: {plan} as planned, {low} to {high} in eight of ten draws; more debt than planned in {debt}",
        "{year}年末现金：计划 {plan}；八成模拟落在 {low}至 {high}之间；借款超出计划的模拟占 {debt}",
    ),
    "risk_profit_measure": ("Net profit from the year's first month", "净利润（年初至当月累计）"),
    "risk_cash_measure": ("Cash at month ends", "月末现金"),
    "risk_plan": ("Plan", "计划"),
    "risk_lowest": ("1 in 10 below", "一成低于"),
    "risk_middle": ("Half below", "半数低于"),
    "risk_highest": ("1 in 10 above", "一成高于"),
    "risk_floor": ("Least cash", "最低现金"),
    "risk_bands": (
        "light: eight of ten of {count} draws, dark: half of them; broken line: their middle",
        "浅色为 {count} 次模拟中八成的区间，深色为五成；虚线为中位数",
    ),
    # the tornado
    "risk_tornado_title": (
        "{year}, what matters most: {first}; at its edges net profit is {low} and {high} beside the plan",
        "{year}：影响最大的是{first}；取其下限与上限时，净利润较计划变动 {low}与 {high}",
    ),
    "risk_tornado_steps": (
        "{year}, what matters most: {first}; {edges} is {low} and {high} of net profit",
        "{year}：影响最大的是{first}；{edges}对应净利润变动 {low}与 {high}",
    ),
    "risk_tornado_measure": ("What each alone adds to the plan", "各因素单独变动对计划的影响"),
    "risk_profit": ("Net profit of the year", "全年净利润"),
    "risk_cash": ("Cash less debt at year end", "年末现金减借款"),
    "risk_edges": ("full: at the lower edge, hatched: at the upper edge", "实心为取下限，斜线为取上限"),
    "risk_said": ("Likely, in eight of ten cases", "可能范围（八成情形）"),
    "risk_step": ("For a step, however likely", "按固定步长（不论可能性）"),
    "risk_days": ("±{days} day", "±{days} 天"),
    "risk_rates": ("±{rate}", "±{rate}"),
    "risk_range": ("{low} to {high}", "{low} 至 {high}"),
    "risk_about": ("{name} ({about})", "{name}（{about}）"),
    "risk_code_volumes": ("Forecast of volumes", "销量预测"),
    "risk_code_running": ("Forecast of running costs", "持续性费用预测"),
    "risk_code_price_change": ("Sales prices", "销售价格"),
    "risk_code_volume_change": ("Volumes", "销量"),
    "risk_code_purchase_price_change": ("Purchase prices", "采购价格"),
    "risk_code_pay_rise": ("Pay", "薪酬"),
    "risk_code_payment_days_receivable": ("Days until customers pay", "客户付款天数"),
    "risk_code_payment_days_payable": ("Days until we pay", "对外付款天数"),
    "risk_code_exchange_rate": ("Rates of exchange", "汇率"),
    "check: books and statements tie in every draw": ("books and statements tie in every draw", "每次模拟账目平衡、报表勾稽"),
    # sentences
    "risk_method": (
        "{count} draws, seed {seed}: {entries} said by their owners with low and high, each drawn on its own; the forecasts of volumes and "
        "of running costs, and what is spent on assets, miss as they missed before. In every draw the books balance and the statements tie "
        "({checks} checks).",
        "共 {count} 次模拟，随机种子 {seed}：{entries}由负责人给出上下限，各自独立抽取；销量与持续性费用的预测及资产支出按历史误差偏离。"
        "每次模拟账目均平衡、报表均勾稽（{checks} 项检查）。",
    ),
    "risk_entries_one": ("1 assumption", "1 项假设"),
    "risk_entries": ("{count} assumptions", "{count} 项假设"),
    "risk_below_plan": (
        "The year ends below the planned net profit in {odds} of the draws.", "净利润低于计划的模拟占 {odds}。",
    ),
}  # fmt: skip
