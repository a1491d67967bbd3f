"""The words of a department's workbook, in English and Chinese."""

from __future__ import annotations

import pandas as pd
from babel.dates import format_date

from planning.plan.workbook_history import Column
from planning.view.words import LOCALES, WORDS

FONTS = {"en": "Arial", "zh": "Microsoft YaHei"}
"""Fonts that the spreadsheet programs have, or have a stand-in for."""

SCENARIOS = {
    "budget": {"en": "Budget", "zh": "预算"},
    "forecast": {"en": "Forecast", "zh": "预测"},
    "target": {"en": "Target", "zh": "目标"},
    "actual": {"en": "Actual", "zh": "实际"},
}

SAID = {
    "subtitle": {"en": "{version} · fiscal year {year} · amounts in {currency}", "zh": "{version} · {year} 财年 · 单位：{currency}"},
    "case": {"en": " · case {case}", "zh": " · 情景 {case}"},
    "history": {"en": "History", "zh": "历史数据"},
    "plan": {"en": "Plan by month", "zh": "分月计划"},
    "compared": {"en": "Against {column}", "zh": "对比{column}"},
    "code": {"en": "Code", "zh": "编码"},
    "line": {"en": "Line", "zh": "项目"},
    "year": {"en": "Full year", "zh": "全年"},
    "part": {"en": "Sum of these months", "zh": "所列月份合计"},
    "change": {"en": "Change", "zh": "差额"},
    "rate": {"en": "Change %", "zh": "差异率"},
    "check": {"en": "Check", "zh": "核对"},
    "wrong_title": {"en": "A figure is needed", "zh": "请输入数字"},
    "wrong_money": {
        "en": "Type a number with at most {scale} decimals, in {unit}. Type 0 for nothing.",
        "zh": "请输入数字，最多 {scale} 位小数，单位：{unit}。没有则填 0。",
    },
    "wrong_count": {
        "en": "Type a number from 0 up, with at most {scale} decimals, in {unit}. Type 0 for nothing.",
        "zh": "请输入不小于 0 的数字，最多 {scale} 位小数，单位：{unit}。没有则填 0。",
    },
    "page": {"en": "page &P of &N", "zh": "第 &P 页，共 &N 页"},
    "department": {"en": "Department", "zh": "部门"},
    "drawn_for": {"en": "Drawn for", "zh": "填报人"},
    "version": {"en": "Version", "zh": "版本"},
    "revision": {"en": "Revision", "zh": "修订号"},
    "source": {"en": "History from", "zh": "历史数据来源"},
    "no_source": {"en": "none: nothing was taken in", "zh": "无：尚未采集数据"},
    "how": {"en": "How to fill it in", "zh": "填报说明"},
    "overview": {"en": "What the sheets come to", "zh": "各表合计"},
    "sheet": {"en": "Sheet", "zh": "工作表"},
    "sent": {"en": "As sent out", "zh": "下发数"},
    "now": {"en": "Now", "zh": "当前数"},
    "difference": {"en": "Difference", "zh": "差额"},
    "unit": {"en": "Unit", "zh": "单位"},
}  # fmt: skip
"""Phrases with names in braces."""

ADVICE = {
    "en": (
        "Fill in the yellow cells with blue figures, month by month. Everything else is locked, and is computed as you type.",
        "A formula is welcome in a yellow cell, such as =1200*3: save the file in the spreadsheet program, so that its result is in it.",
        "Type 0 where there is nothing. A figure that is deleted is asked back: blank is not 0.",
        "Figures are shown in whole units of money; cents are kept and count.",
        "Don't rename, add or delete sheets, rows or columns. The check column and the check cells must be 0.",
        "Give it back with: {command}",
        "You are shown every changed cell first, with before, after and difference (--dry-run changes nothing). What somebody else has",
        "changed meanwhile is never written over: you are told the cell and both figures.",
    ),
    "zh": (
        "请按月填写黄底蓝字的单元格；其余单元格已锁定，随输入自动计算。",
        "黄底单元格中可以写公式，例如 =1200*3；请在电子表格软件中保存，使结果随文件保存。",
        "没有金额请填 0。删空已有数字会被退回：空白不等于 0。",
        "金额以整数显示，分位仍保留并参与计算。",
        "请勿改名、增加或删除工作表、行、列。“核对”列和核对单元格应为 0。",
        "填好后提交：{command}",
        "提交时逐格列出修改前、修改后和差额（加 --dry-run 只看不改）。他人已改动的单元格不会被覆盖，系统会列出该单元格和两个数字。",
    ),
}
"""How a workbook is filled in, a line each."""

READ_ONLY = {
    "en": "This workbook is to be read: none of its cost centres is yours to fill in.",
    "zh": "本工作簿仅供查阅：其中没有由您填报的成本中心。",
}

DIMENSIONS = {
    "layer": {"en": "Layer", "zh": "层"},
    "partner": {"en": "Partner", "zh": "交易对方"},
    "movement": {"en": "Movement", "zh": "变动"},
    "product": {"en": "Product", "zh": "产品"},
    "channel": {"en": "Channel", "zh": "渠道"},
    "store": {"en": "Store", "zh": "门店"},
    "project": {"en": "Project", "zh": "项目"},
}


def say(what: str, lang: str, **names: object) -> str:
    """A phrase of SAID in the reader's language."""
    return SAID[what][lang].format(**names)


def say_month(period: pd.Timestamp, lang: str) -> str:
    """A month as a heading: Jan 2027, 2027年1月."""
    return format_date(period, "MMM y" if lang == "en" else "y年M月", locale=LOCALES[lang])


def say_column(column: Column, lang: str) -> str:
    """A column of history as a heading: AC 2025, or AC 2025 to Sep 2025 while the year goes on."""
    scenario, last = WORDS[column.scenario][lang], column.through
    if lang == "zh":
        return f"{column.year}年{scenario}{'' if last is None else f'（至{last.month}月）'}"
    return f"{scenario} {column.year}{'' if last is None else f' to {say_month(last, lang)}'}"
