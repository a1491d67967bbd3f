"""The trade's words in Chinese and English: what columns, tables, months, totals and units are commonly called."""

from __future__ import annotations

import re

ROLES: dict[str, tuple[str, ...]] = {
    "account": (
        "科目编码", "科目代码", "科目编号", "科目号", "会计科目编码", "会计科目代码", "会计科目", "科目", "account", "account code",
        "account number", "account no", "gl account", "gl code", "acct", "acct code", "ledger account", "nominal code",
    ),
    "account_name": ("科目名称", "会计科目名称", "科目全称", "account name", "account description", "account title", "line item"),
    "opening": ("期初余额", "期初", "上期余额", "opening", "opening balance", "beginning balance", "balance brought forward"),
    "opening_debit": ("期初余额借方", "期初借方", "期初借方余额", "opening debit", "opening balance debit"),
    "opening_credit": ("期初余额贷方", "期初贷方", "期初贷方余额", "opening credit", "opening balance credit"),
    "debit": (
        "本期借方", "借方", "本期借方发生额", "借方发生额", "本期发生额借方", "借方金额", "debit", "debits", "debit amount", "dr",
        "period debit", "movement debit",
    ),
    "credit": (
        "本期贷方", "贷方", "本期贷方发生额", "贷方发生额", "本期发生额贷方", "贷方金额", "credit", "credits", "credit amount", "cr",
        "period credit", "movement credit",
    ),
    "year_debit": ("本年累计借方", "累计借方", "本年借方", "本年累计发生额借方", "year to date debit", "ytd debit"),
    "year_credit": ("本年累计贷方", "累计贷方", "本年贷方", "本年累计发生额贷方", "year to date credit", "ytd credit"),
    "closing": ("期末余额", "期末", "余额", "closing", "closing balance", "ending balance", "balance", "balance carried forward"),
    "closing_debit": ("期末余额借方", "期末借方", "期末借方余额", "closing debit", "closing balance debit"),
    "closing_credit": ("期末余额贷方", "期末贷方", "期末贷方余额", "closing credit", "closing balance credit"),
    "direction": ("方向", "余额方向", "借贷方向", "借贷", "side", "normal balance", "debit credit"),
    "amount": ("金额", "发生额", "本币金额", "amount", "amt", "value", "total", "合计金额", "金额本币"),
    "period": ("期间", "会计期间", "月份", "年月", "月", "period", "month", "accounting period", "posting period",
        "year month", "yearmonth"),
    "date": (
        "日期", "记账日期", "过账日期", "制单日期", "凭证日期", "业务日期", "下单日期", "订单日期", "date", "posting date", "order date",
        "document date", "transaction date", "entry date", "full date", "day", "as of date",
    ),
    "week": ("周", "week", "week start", "周开始"),
    "fiscal_year": ("年度", "会计年度", "财年", "fiscal year", "year", "fy"),
    "fiscal_month": ("fiscal month", "fiscal period", "财月", "会计月份"),
    "quarter": ("季度", "quarter", "fiscal quarter", "report quarter"),
    "voucher": ("凭证号", "凭证字号", "凭证编号", "voucher", "voucher number", "journal", "journal number", "document number", "entry"),
    "text": ("摘要", "备注", "说明", "text", "memo", "narration", "remark", "remarks"),
    "department": (
        "部门", "部门编码", "部门代码", "部门名称", "成本中心", "成本中心编码", "department", "department code", "dept", "dept code",
        "cost centre", "cost center", "department group", "department name", "dept name",
    ),
    "entity": (
        "公司", "公司代码", "公司编码", "公司名称", "法人", "法人公司", "核算主体", "账套", "entity", "company", "company code",
        "legal entity",
        "organization", "organisation", "subsidiary", "business unit",
    ),
    "partner": ("往来单位", "对方公司", "关联方", "partner", "counterparty", "intercompany partner"),
    "project": ("项目", "项目编码", "项目编号", "project", "project code"),
    "product": ("产品", "产品编码", "商品", "商品编码", "sku", "product", "product code", "item sold"),
    "item": ("存货", "存货编码", "物料", "物料编码", "item", "item code", "material"),
    "category": ("类别", "品类", "产品类别", "category", "product category", "product line"),
    "store": ("门店", "店铺", "门店编码", "store", "shop", "branch", "outlet"),
    "channel": ("渠道", "销售渠道", "channel", "medium", "media"),
    "customer": ("客户", "客户编码", "客户名称", "会员", "customer", "customer code", "client", "buyer", "subscriber", "reseller", "买家"),
    "supplier": ("供应商", "供应商编码", "supplier", "vendor"),
    "employee": ("员工", "工号", "姓名", "employee", "staff number"),
    "position": ("岗位", "职级", "职位", "position", "job title", "grade"),
    "heads": ("人数", "在岗人数", "headcount", "heads", "people", "employees", "fte", "full time positions", "positions"),
    "order": ("订单号", "订单编号", "销售订单", "order", "order number", "order no", "sales order number", "invoice number"),
    "line": ("行号", "行", "line", "line number", "sales order line number", "order line"),
    "quantity": ("数量", "销量", "件数", "quantity", "qty", "order quantity", "units", "pieces"),
    "price": ("单价", "售价", "标价", "价格", "price", "unit price", "list price"),
    "discount": ("折扣", "折扣额", "discount", "discount amount"),
    "net": ("不含税金额", "净额", "net", "net amount", "sales amount", "销售额", "销售金额", "sales"),
    "vat": ("税额", "增值税", "vat", "tax amt", "tax", "tax amount"),
    "cost": ("成本", "成本金额", "cost", "total product cost", "cost of goods"),
    "payment_date": ("付款日期", "收款日期", "payment date", "paid on"),
    "plan": ("套餐", "方案", "plan"),
    "start": ("开始日期", "起始日期", "生效日期", "start", "start date", "from"),
    "end": ("结束日期", "到期日期", "终止日期", "end", "end date", "until"),
    "spend": ("花费", "投放金额", "广告费", "spend", "ad spend", "media cost"),
    "impressions": ("曝光", "展现", "impressions", "exposure", "reach"),
    "logins": ("登录次数", "登录", "logins", "visits"),
    "score": ("评分", "满意度", "score", "satisfaction", "rating"),
    "group": ("组别", "group"),
    "currency": ("币种", "货币", "外币", "currency", "currency code"),
    "average": ("平均汇率", "平均", "average", "average rate"),
    "closing_rate": ("期末汇率", "收盘汇率", "end of day rate", "closing rate", "spot rate"),
    "scenario": ("场景", "口径", "scenario", "variable"),
    "version": ("版本", "version"),
    "reference": ("流水号", "reference", "transaction id", "bank reference"),
    "parent": ("上级", "上级编码", "上级科目", "上级科目编码", "上级部门", "parent", "parent code", "parent account", "上级公司", "父级"),
    "kind": ("科目类别", "科目类型", "类型", "性质", "kind", "type", "account type", "account class", "class"),
    "operator": ("operator", "sign", "weight", "运算符"),
    "effect": ("effect",), "better": ("better",), "aggregation": ("aggregation", "汇总方式"), "unit": ("计量单位", "unit", "value type"),
    "scale": ("scale",),
    "code": ("编码", "代码", "编号", "code", "key", "id", "no", "number"),
    "label": ("名称", "全称", "name", "label", "label en", "label zh", "description", "english name", "chinese name"),
    "total": ("全年", "合计", "总计", "年度合计", "full year", "year total", "fy total", "total year", "annual"),
    "week_day": ("星期", "weekday"),
    "owner": ("负责人", "owner", "manager", "responsible"),
    "owned": ("持股比例", "owned", "ownership", "percentage of ownership"),
}  # fmt: skip
"""What columns are called, by what they hold; English in lower case, words apart. Exact names are sure, parts of names are not."""

TABLES: dict[str, tuple[str, ...]] = {
    "budget": ("预算", "budget", "budgeted", "plan", "adopted", "proposed"),
    "trial_balance": ("科目余额", "余额表", "试算平衡", "trial balance", "tb"),
    "ledger": ("总账", "明细账", "凭证", "序时账", "ledger", "journal", "general ledger", "gl", "fact finance"),
    "accounts": ("科目表", "会计科目", "accounts", "chart of accounts", "account", "coa", "dim account"),
    "departments": ("部门", "departments", "department", "cost centres", "cost centers", "department group"),
    "entities": ("公司", "组织", "entities", "entity", "organization", "organisation", "companies", "legal entities"),
    "orders": ("订单", "销售明细", "orders", "order lines", "sales orders"),
    "returns": ("退货", "returns", "refunds"),
    "headcount": ("人数", "人员", "headcount", "staffing", "positions"),
    "inventory": ("库存", "存货", "inventory", "stock"),
    "rates": ("汇率", "rates", "exchange rates", "currency rate"),
    "forecast": ("预测", "forecast", "projection", "projections"),
    "scenario": ("scenario", "scenarios"),
    "currencies": ("currency", "currencies"),
    "calendar": ("date", "dates", "calendar", "日历"),
}
"""What files, sheets and tables are called, by what they hold."""

SCENARIOS = {
    "actual": ("actual", "actuals", "实际", "实际数", "决算"), "budget": ("budget", "budgeted", "adopted", "预算", "预算数"),
    "forecast": ("forecast", "projection", "projected", "预测"), "target": ("target", "目标", "goal"),
}  # fmt: skip

TOTALS = re.compile(r"合计|总计|小计|累计|(?:^|\b)(?:sub-?\s?total|grand total|total)(?:\b|$)", re.IGNORECASE)
MONTHS_ZH = {name: number for number, name in enumerate("一 二 三 四 五 六 七 八 九 十 十一 十二".split(), start=1)}
MONTHS_EN = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}
UNITS = (
    (re.compile(r"(?:单位|金额单位|unit)?\s*[:：]?[^\n]{0,12}?百万元|in millions|[’']000,000|\$m\b", re.IGNORECASE), 1_000_000.0),
    (re.compile(r"万元"), 10_000.0),
    (re.compile(r"千元|in thousands|[’']000\b|\bthousands\b", re.IGNORECASE), 1_000.0),
)
"""How a title or a heading says that figures are in more than units."""
SINGLE_UNIT = re.compile(r"单位\s*[:：]?\s*(?:人民币)?元|[(（]元[)）]")
"""How a title says that figures are in units."""
CURRENCIES = (
    ("CNY", ("人民币", "cny", "rmb", "元")), ("USD", ("usd", "us dollar", "美元", "$")), ("HKD", ("hkd", "港元", "港币")),
    ("EUR", ("eur", "euro", "欧元", "€")), ("GBP", ("gbp", "英镑", "£")), ("JPY", ("jpy", "日元")),
)  # fmt: skip
CHINESE = re.compile("[\u4e00-\u9fff]")


def plain_name(name: str) -> str:
    """A column's or table's name for comparing: lower case, words apart, without units in brackets. Example: AccountKey → account."""
    bare = re.sub(r"[(（\[【].*?[)）\]】]", "", name)
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", bare)
    words = re.sub(r"[\s_\-./:：·|]+", " ", apart).strip().lower()
    shorter = re.sub(r"^(?:dim|fact)\s+|(?:\s+(?:alternate|raw))?\s+(?:key|id)$", "", words)
    return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", shorter)


def month_named(text: str) -> int | None:
    """The month (1 to 12) that a heading names: 1月, 一月, Jan, January, M01. None for any other."""
    bare = text.strip().lower()
    if found := re.fullmatch(r"(?:\d{4}\s*年\s*)?(\d{1,2})\s*月(?:份)?|m(\d{1,2})|(?:\d{4})[-./](\d{1,2})", bare):
        number = int(next(part for part in found.groups() if part))
        return number if 1 <= number <= 12 else None
    if found := re.fullmatch(r"(十[一二]?|[一二三四五六七八九])月(?:份)?", bare):
        return MONTHS_ZH[found.group(1)]
    if found := re.fullmatch(r"([a-z]{3})[a-z]*\.?(?:[\s\-']*\d{2,4})?", bare):
        return MONTHS_EN.get(found.group(1)) if bare[:3] in MONTHS_EN and _is_month_word(bare) else None
    return None


def _is_month_word(bare: str) -> bool:
    long = "january february march april may june july august september october november december".split()
    word = re.match(r"[a-z]+", bare).group()
    return word in MONTHS_EN or word in long or word == "sept"


def month_in(text: str) -> str | None:
    """The month that a text says, as 2024-01: 2024年1月, 2024.01, 202401, 2024-01-31, Jan 2024, 2024年第1期. None where it says none."""
    if (found := re.search(r"(?<!\d)((?:19|20)\d{2})\s*(?:年\s*第?|[-./_ ]\s*|)(\d{1,2})(?:\s*[月期]|(?=[-./]\d)|(?!\d))", text)) or (
        found := re.search(r"(?<!\d)((?:19|20)\d{2})(\d{2})(?:\d{2})?(?!\d)", text)
    ):
        year, number = int(found.group(1)), int(found.group(2))
    elif found := re.search(r"\b([A-Za-z]{3})[a-z]*\.?[\s\-_]*((?:19|20)\d{2})\b", text):
        year, number = int(found.group(2)), MONTHS_EN.get(found.group(1).lower(), 0)
    else:
        return None
    return f"{year}-{number:02}" if 1 <= number <= 12 else None


def unit_said(texts: list[str]) -> float | None:
    """How many units one figure stands for, as titles and headings say: 1, 1,000, 10,000 or 1,000,000. None where they don't."""
    named = next((factor for text in texts for form, factor in UNITS if form.search(text)), None)
    return 1.0 if named is None and any(SINGLE_UNIT.search(text) for text in texts) else named


def currency_in(texts: list[str]) -> str:
    """The currency that titles and headings name, as three letters; empty where they name none."""
    said = " ".join(texts).lower()
    forms = ((code, "(?<![美港欧日])元" if word == "元" else re.escape(word)) for code, words in CURRENCIES for word in words)
    return next((code for code, form in forms if re.search(rf"(?<![a-z]){form}(?![a-z])", said)), "")


def says(text: str, words: tuple[str, ...]) -> bool:
    """Whether a text holds one of the words; an English one stands alone."""
    plain = plain_name(text)
    return any(word in plain if CHINESE.search(word) else re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", plain) for word in words)


def is_total(text: str) -> bool:
    """Whether a row's label says that the row adds up others."""
    return bool(TOTALS.search(text))
