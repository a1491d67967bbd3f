"""The words of the page that shows what was understood of a folder, in both languages: key → (English, Chinese)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "new_title": ("{name}: what was understood", "{name}：对文件的理解"),
    "new_other": ("中文", "English"),
    "new_questions": ("Questions first", "待确认的问题"),
    "new_how": (
        "Answer by editing {file}: write the right answer behind `answer:` and run the same command again. "
        "Answers and files you edit are kept.",
        "请在 {file} 的 answer: 后填写答案，再次运行同一命令即可；答案与您修改过的文件都会保留。",
    ),
    "new_none": ("Nothing is in doubt.", "没有疑问。"),
    "new_files": ("What each table is taken for", "各表的用途判断"),
    "new_left": ("Seen, and not read yet", "已识别但暂不读取"),
    "new_periods": ("Which months each source covers", "各来源覆盖的月份"),
    "new_months": ("Profit and loss by month, sketched from the actual figures", "按实际数勾勒的月度利润表"),
    "new_chart": ("Chart of accounts, with the amounts of the last twelve months", "科目表及最近十二个月金额"),
    "new_departments": ("Departments", "部门"),
    "new_facts": (
        "Currency {currency}; the fiscal year begins with month {month}; figures from {start} to {end}.",
        "货币 {currency}；财年从 {month} 月开始；数据区间 {start} 至 {end}。",
    ),
    "new_source": ("The files in {folder}", "文件夹 {folder}"),
    "new_about": ("Question", "问题"), "new_seen": ("Seen", "依据"), "new_guess": ("Best guess", "最佳判断"),
    "new_others": ("Or", "其他可能"), "new_sure": ("Sure", "把握"), "new_answer": ("Answered", "已答"), "new_table": ("Table", "表"),
    "new_file": ("File", "文件"), "new_what": ("Taken for", "用途"), "new_rows": ("Rows", "行数"), "new_why": ("Why", "原因"),
    "new_account": ("Account", "科目"), "new_kind": ("Kind", "类别"), "new_amount": ("Amount", "金额"), "new_entity": ("Company", "公司"),
    "new_code": ("Code", "编码"), "new_name": ("Name", "名称"), "new_revenue": ("Revenue", "收入"), "new_costs": ("Costs", "成本费用"),
    "new_result": ("Result", "结果"), "new_month": ("month", "月"),
    "new_nothing": ("No figures by month were found.", "没有找到按月的数据。"),
    "new_kind_revenue": ("revenue", "收入"), "new_kind_expense": ("cost", "成本费用"), "new_kind_result": ("result", "利润"),
    "new_kind_balance": ("balance sheet", "资产负债"), "new_kind_statistical": ("statistical", "统计"), "new_contra": ("takes off", "抵减"),
    "new_more": ("and {count} more in {file}", "其余 {count} 项见 {file}"),
}  # fmt: skip
