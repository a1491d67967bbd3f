"""The words of the page that shows what was understood of a folder, in both languages: key → (English, Chinese).

What may be answered, and what was seen, comes as plain English from the reading of the folder: CHOICES and SEEN_ZH say it to people.
"""

from __future__ import annotations

import re

WORDS: dict[str, tuple[str, str]] = {
    "new_title": ("{name}: what was understood", "{name}：对文件的理解"),
    "new_found": (
        "Figures from {start} to {end} in {currency} were found in the folder (files: {files}, tables: {tables}, accounts: {accounts}, "
        "departments: {departments}, companies: {companies}); the fiscal year begins with month {month}.",
        "文件夹中的数据区间为 {start} 至 {end}，货币 {currency}（文件 {files} 个、表 {tables} 张、科目 {accounts} 个、"
        "部门 {departments} 个、公司 {companies} 家）；财年从 {month} 月开始。",
    ),
    "new_found_none": (
        "Nothing that the planning reads was found in the folder (files: {files}, tables: {tables}); why is said below.",
        "文件夹中没有可供计划读取的内容（文件 {files} 个、表 {tables} 张），原因见下。",
    ),
    "new_will_read": (
        "What will be read is {kinds} (sources of figures: {sources}, tables of events: {events}, tables left out: {left}).",
        "将读取{kinds}（数据来源 {sources} 个，业务明细表 {events} 张，未读取的表 {left} 张）。",
    ),
    "new_open": (
        "Of {questions} open questions, {figures} matter for the first loop because figures depend on them; the rest can wait "
        "(about tables of events: {events}, about tables left out: {left}).",
        "共有 {questions} 个待确认的问题，其中 {figures} 个影响数据，首次循环前应先确认；其余可稍后处理"
        "（业务明细表 {events} 个，未读取的表 {left} 个）。",
    ),
    "new_open_later": (
        "Of {questions} open questions, none matters for the first loop: no figure of the books depends on them "
        "(about tables of events: {events}, about tables left out: {left}).",
        "共有 {questions} 个待确认的问题，均不影响首次循环的账面数据（业务明细表 {events} 个，未读取的表 {left} 个）。",
    ),
    "new_no_doubt": ("Nothing is in doubt.", "没有疑问。"),
    "new_summary": ("In short", "概要"),
    "new_questions": ("Questions", "待确认的问题"),
    "new_how": (
        "Answer by editing {file}: write the right answer behind answer: and run the same command again. "
        "Answers and files you edit are kept.",
        "请在 {file} 的 answer: 后填写答案，再次运行同一命令即可；答案与您修改过的文件都会保留。",
    ),
    "new_figures_first": ("What changes figures: answer these before the first loop", "影响数据的问题：首次循环前请先确认"),
    "new_no_figures": ("No open question changes the figures of the books.", "没有影响账面数据的未决问题。"),
    "new_events": ("What is read beside the books: these can wait", "账簿以外的业务明细：可稍后确认"),
    "new_left_out": (
        "Tables that are left out: {count}, with a question: {questions}",
        "未读取的 {count} 张表，其中 {questions} 张有疑问",
    ),
    "new_left_how": (
        "A table left out changes nothing. Answer its question only if it holds what should be planned with.",
        "未读取的表不影响任何数据；仅当其内容应纳入计划时才需回答。",
    ),
    "new_kinds": ("What may be answered for a table: {count} kinds", "表的用途可填以下 {count} 种"),
    "new_any_kind": ("another kind of table", "其他用途"), "new_own_words": ("your own words", "请直接填写"),
    "new_choices": ("{count} others", "另有 {count} 项"), "new_rest": ("{count} more", "其余 {count} 项"),
    "new_topic_files": ("Files", "文件"), "new_topic_table": ("Tables of figures", "数据表"), "new_topic_months": ("Calendar", "日历"),
    "new_topic_accounts": ("Accounts", "科目"), "new_topic_sides": ("Sides and signs", "借贷方向与符号"),
    "new_topic_currency": ("Currency and rates", "货币与汇率"), "new_topic_closing": ("Closing entries", "结转分录"),
    "new_topic_scenario": ("Actual, budget, forecast", "实际、预算与预测口径"),
    "new_topic_departments": ("Departments and companies", "部门与公司"), "new_topic_more": ("Others", "其他"),
    "new_files": ("What is read, and what each table is taken for", "将读取的各表及其用途"),
    "new_periods": ("Which months each source covers", "各来源覆盖的月份"),
    "new_months": ("Profit and loss by month, sketched from the actual figures", "按实际数勾勒的月度利润表"),
    "new_by_kind": ("Accounts by kind", "各类科目数"), "new_count": ("Accounts", "科目数"), "new_doubted": ("In doubt", "待确认"),
    "new_chart": ("Chart of accounts, with the amounts of the last twelve months", "科目表及最近十二个月金额"),
    "new_departments": ("Departments", "部门"), "new_source": ("The files in {folder}", "文件夹 {folder}"),
    "new_about": ("Question", "问题"), "new_seen": ("What was seen", "依据"), "new_guess": ("Best guess", "最佳判断"),
    "new_others": ("Or", "其他可能"), "new_sure": ("Sure", "把握"), "new_table": ("Table", "表"),
    "new_file": ("File", "文件"), "new_what": ("Taken for", "用途"), "new_rows": ("Rows", "行数"), "new_why": ("Why", "原因"),
    "new_kind": ("Kind", "类别"), "new_entity": ("Company", "公司"), "new_covers": ("Months", "月份"),
    "new_code": ("Code", "编码"), "new_name": ("Name", "名称"), "new_revenue": ("Revenue", "收入"), "new_costs": ("Costs", "成本费用"),
    "new_result": ("Result", "结果"), "new_month": ("month", "月"), "new_contra": ("takes off", "抵减"),
    "new_nothing": ("No figures by month were found.", "没有找到按月的数据。"),
    "new_no_place": ("recognised; there is no place for it in company.yaml yet", "已识别；company.yaml 中尚无对应位置"),
    "new_pictures": ("In pictures", "图示"),
    "new_no_use": ("nothing the planning reads fits it", "不符合计划所读取的任何用途"),
    "new_is_list": ("a list that other tables refer to", "供其他表引用的清单"),
    "new_is_detail": ("detail behind the books, which hold its sums", "账簿已含其合计的明细"),
}  # fmt: skip

CHOICES: dict[str, tuple[str, str]] = {
    "trial_balance": ("trial balance", "余额表"), "scenarios": ("list of scenarios", "口径清单"), "calendar": ("calendar", "日历"),
    "accounts": ("chart of accounts", "科目表"), "departments": ("list of departments", "部门清单"),
    "entities": ("list of companies", "公司清单"), "currencies": ("list of currencies", "货币清单"), "rates": ("exchange rates", "汇率"),
    "bank_lines": ("bank statement", "银行流水"), "returns": ("returned goods", "退货"), "order_lines": ("lines of orders", "订单明细"),
    "forecast": ("forecast", "预测"), "budget": ("budget", "预算"), "ledger": ("ledger", "总账"), "headcount": ("headcount", "人数"),
    "contracts": ("contracts", "合同"), "campaigns": ("marketing spend", "营销投放"), "orders": ("orders", "订单"),
    "customers": ("customers", "客户"), "activity": ("customers' activity", "客户活跃度"), "satisfaction": ("satisfaction", "满意度"),
    "offers": ("offers to customers", "客户优惠"), "complaints": ("complaints", "投诉"), "inventory": ("stock", "库存"),
    "project_flows": ("cash flows of projects", "项目现金流"), "sales": ("sales", "销售"),
    "figures": ("figures by line", "按项目列示的数据"),
    "list": ("a list", "清单"), "detail": ("detail behind the books", "账簿明细"), "left out": ("left out", "不读取"),
    "revenue": ("revenue", "收入"), "expense": ("cost", "成本费用"), "result": ("result", "利润"), "balance": ("balance sheet", "资产负债"),
    "statistical": ("statistical", "统计"), "balance (contra)": ("balance sheet, takes off", "资产负债（抵减）"),
    "expense (contra)": ("cost, takes off", "成本费用（抵减）"), "revenue (contra)": ("revenue, takes off", "收入（抵减）"),
    "yes": ("yes", "是"), "no": ("no", "否"), "actual": ("actual", "实际"), "target": ("target", "目标"),
    "natural": ("revenue above zero", "收入为正数"), "debit less credit": ("debit less credit", "借方减贷方"),
    "above 0": ("above zero", "正数"), "below 0": ("below zero", "负数"), "add them": ("add them", "补充"),
    "add up untranslated": ("add up untranslated", "不折算直接相加"), "go on without it": ("go on without it", "忽略"),
    "every month": ("every month", "每月"), "in the months seen": ("in the months seen", "所见月份"), "never": ("never", "从不"),
    "keep it": ("keep it", "保留"),
    "not told: left out": ("not told: left out", "无法判断：不读取"),
}  # fmt: skip
"""What may be answered, as it is written in questions.yaml → as people say it."""

SEEN_ZH: tuple[tuple[str, str], ...] = (
    (r"\b(\d+) tables, ([\d,]+) rows\b", r"\1 张表，\2 行"),
    (r"\baccount (\S+) is used\b", r"使用了科目 \1"),
    (r"^its name, beside (.+)$", r"依名称；其他工作表：\1"),
    (r"^nothing the planning reads fits it$", "不符合计划所读取的任何用途"), (r"^left out, as answered$", "已按回答略去"),
    (r"^(.+) ends in ([\d-]+), (.+) begins in ([\d-]+)$", r"\1 止于 \2，\3 始于 \4"),
    (r"; no column marks such entries", "；没有列可标识结转分录"), (r"; (\S+) marks such entries: ", r"；结转分录由 \1 标识："),
    (r"; run this again when new months have come", "；有新月份时请重新运行"),
    (r"\baccounts come to nothing in (\d+) of (\d+) months", r"\2 个月中有 \1 个月损益类科目结平"),
    (r"^revenue, result of (\d+): 0$", r"\1 年收入与结果：0"), (r"^revenue of (\d+): 0$", r"\1 年收入：0"),
    (r"^result of (\d+): 0$", r"\1 年结果：0"),
    (r"; where debit equals credit a row can't tell refunds from what is carried", "；借贷相等时无法区分退款与结转"),
    (r"^(\d+) months; ", r"\1 个月；"),
    (r": (\S+) more than carried", r"：比结转多 \1"), (r": (\S+) less than carried", r"：比结转少 \1"),
    (r"\bno list or column of companies\b", "没有公司清单或公司列"),
    (r"\bthe companies of its rows\b", "其各行所属的公司"),
    (r"\brevenue adds up to (\S+)", r"收入合计 \1"),
    (r"\bliabilities add up to (\S+)", r"负债合计 \1"),
    (r"\bcharts in this numbering belong to calendar years by law\b", "此编码体系的科目依法采用公历年度"),
    (r"\bnothing says otherwise\b", "没有相反的迹象"),
    (r"\bthe fiscal year changes in the list (\S+)", r"清单 \1 中的财年变更"),
    (r"\bprofit and loss opens at 0 in (\S+)", r"\1 中损益类科目期初为零"),
    (r"(\S+) covers the twelve months from ([\d-]+)", r"\1 涵盖自 \2 起的十二个月"),
    (r"(\S+) begins its columns there", r"\1 的月份列由此开始"),
    (r"(\S+) says both months", r"\1 同时列有财年月份与日历月份"),
    (r": month (\d+)", r"：\1 月"),
    (r"; nothing says what it is$", "; 没有任何依据"),
    (r"; a total known by its name$", "; 按名称判断为合计"),
    (r"; income among costs, by its name$", "; 按名称判断为费用中的收入"),
    (r"; carried out, by its name$", "; 按名称判断为转出"),
    (r"; as (\S+) above it$", r"; 同上级科目 \1"),
    (r"; its name, against its class$", "; 依名称，与其类别不符"),
    (r"; its class, against its name$", "; 依类别，与其名称不符"),
    (r"; its name, (.+)$", r"; 名称：\1"),
    (r"; its type, (.+)$", r"; 类型：\1"),
    (r"; class (\d) of the standard numbering, (.+)$", r"; 标准编码第 \1 类，\2"),
    (r"; (\d+) of the standard numbering$", r"; 标准编码 \1"),
    (r"\bholds no table\b", "其中没有表"),
    (r"\bthe same lines are read from (.+)", r"相同的行已从 \1 读取"),
    (r"\bits lines have no account codes; map them by hand \(account: by, map\)", "各行没有科目编码，请手工对应（account: by, map）"),
    (r"\bits lines are no accounts of the chart; map them by hand \(account: by, map\)",
     "各行不是科目表中的科目，请手工对应（account: by, map）"),
    (r"\bits columns of figures are no accounts of the chart; map them by hand \(account: by, map\)",
     "各数据列不是科目表中的科目，请手工对应（account: by, map）"),
    (r"\bno one column holds its amounts; describe it by hand", "金额不在单独一列中，请手工说明"),
    (r"\bseveral kinds of figures stand in one table; describe it by hand", "一张表内有多种数据，请手工说明"),
    (r"\btext files are read with the heading in their first line and commas: save it so", "文本文件须以逗号分隔且首行为表头，请另存"),
    (r"\ba workbook of another kind: save it as \.xlsx", "其他格式的工作簿，请另存为 .xlsx"),
    (r"\ba kind of file that isn't read: if it holds figures, save them as \.xlsx or \.csv",
     "不支持的文件类型，若含数据请另存为 .xlsx 或 .csv"),
    (r"\bthe column of its lines has no heading: write one above it", "项目列没有表头，请补上"),
    (r"\bits heading takes two rows: write it in one", "表头占两行，请合为一行"),
    (r"\bthe heading stands in different rows of its sheets", "各工作表的表头不在同一行"),
    (r"\bno column, file name or sheet name tells its months", "列、文件名和工作表名都没有说明月份"),
    (r"\b(\w+) is read from another table", lambda found: f"{CHOICES.get(found[1], (found[1],))[-1]}已从另一张表读取"),
    (r"\blacks (.+)", r"缺少 \1"),
    (r"\b(.+) is empty in some rows, and has to say something", r"\1 在部分行为空，必须填写"),
    (r"\bits heading isn't in the first row", "表头不在首行"),
)  # fmt: skip
"""What is said of files in English → in Chinese; names and figures stay as they are."""


def say_choice(text: str, lang: str) -> str:
    """An answer as people say it; one without words, such as a code or a currency, stands for itself."""
    return CHOICES.get(text, (text, text))[lang == "zh"]


def say_seen(text: str, lang: str) -> str:
    """What was seen, or why something isn't read, in the reader's language; what has no words there stays as it is."""
    if lang == "zh":
        for said, meant in SEEN_ZH:
            text = re.sub(said, meant, text)
    return text
