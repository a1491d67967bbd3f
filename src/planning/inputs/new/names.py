"""What accounts are commonly called, in Chinese and English, and what kind and place such a name tells."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """What is known of an account: kind, statement line, whether it takes off from what is above it, how sure, and from what."""

    kind: str
    line: str
    contra: bool
    sure: float
    why: str


INCOME_AMONG_COSTS = re.compile(r"利息收入|汇兑收益|租金收入|补贴收入|interest (?:income|earned|received)|exchange gains?|\bincome from\b", re.IGNORECASE)
CARRIED_OUT = re.compile(r"转出|结转|完工|已分摊|absorbed|transferred out|carried out|capitali[sz]ed|applied overhead", re.IGNORECASE)
_NAMES = (
    ("result", "", False, 0.8, r"income and expens|收支净额|净额$|net cash flow"),
    ("balance", "non_current_assets", True, 0.85,
     r"累计折旧|累计摊销|累计折耗|固定资产减值|accumulated (?:depreciation|amorti[sz]ation|depletion)|depreciation of right"),
    ("balance", "current_assets", True, 0.85, r"坏账准备|跌价准备|减值准备|备抵|allowance for|provision for (?:bad|doubtful)"),
    ("balance", "equity", True, 0.85, r"库存股|treasury (?:stock|shares)"),
    ("statistical", "", False, 0.8,
     r"人数|销量|产量|工时|营业面积|面积|户数|门店数|营业门店|订阅用户|活跃|投诉|满意度|指数|件数|head ?count|units (?:sold|made)|^units|hours worked"
     r"|square f|floor space|number of|positions|stores open|subscribers|active buyers|complaints|satisfaction|\bindex\b|^people$|^订单$|^orders$|^退货$|市场规模|竞品"),
    ("balance", "non_current_assets", False, 0.85, r"递延所得税资产|deferred tax(?:es)?(?: assets?)?$|长期应收|长期待摊|deferred expenses"),
    ("balance", "non_current_liabilities", False, 0.85,
     r"递延所得税负债|deferred tax liabilit|长期借款|应付债券|长期应付|租赁负债|预计负债|long.term (?:debt|loan|liabilit|obligation|payable|borrowing)"
     r"|bonds? payable|pension liabilit|lease liabilit|retirement benefits"),
    ("expense", "revenue", True, 0.75,
     r"销售退回|销售折让|销售折扣|客户返利|退货及|sales returns|returns and (?:adjust|allow|customer|rebate)|^returns$|^discounts$|sales discounts|customer rebates|discounts (?:given|allowed)"),
    ("balance", "current_assets", False, 0.9, r"应收|预付|receivable|prepa(?:id|yment)"),
    ("balance", "current_liabilities", False, 0.9,
     r"应付(?!手续)|预收|应交|合同负债|短期借款|payable|accrued (?:expenses|liab|wages|payroll)|unearned|deferred (?:revenue|income)|contract liabilit"
     r"|advances from|short.term (?:loan|debt|borrowing)|current liabilit|^liabilit|warranties$|salary & other comp"),
    ("balance", "equity", False, 0.85,
     r"实收资本|股本|公积|未分配利润|利润分配|本年利润|少数股东|所有者权益|折算差额|capital(?! (?:fund|project|gain))|retained earnings|surplus reserve|\bequity\b"
     r"|translation (?:reserve|difference)|minority interest"),
    ("balance", "current_assets", False, 0.85,
     r"库存现金|银行存款|货币资金|存货|原材料|库存商品|在产品|产成品|周转材料|发出商品|^cash\b|cash (?:in hand|at bank|and)|bank deposit|monetary funds|inventor"
     r"|raw materials?$|finished goods|work in pro|goods in transit|current assets"),
    ("balance", "non_current_assets", False, 0.85,
     r"固定资产|在建工程|无形资产|商誉|长期股权|使用权资产|fixed assets|property,|plant|\bland\b|buildings|machinery|furniture|leasehold|construction in progress"
     r"|goodwill|intangible|right.of.use|long.term investments|other assets|^assets"),
    ("expense", "cost_of_sales", False, 0.85, r"营业成本|业务成本|销售成本|cost of (?:goods|sales|main|other|revenue)|cogs|standard cost|variance|生产差异|purchase price"),
    ("expense", "net_profit", False, 0.85, r"所得税费用|income tax(?:es)?(?: expense)?$|^taxes$"),
    ("revenue", "operating_profit", False, 0.85,
     r"利息收入|投资收益|其他收益|资产处置收益|公允价值变动收益|interest income|investment income|income from investments|gain on|gains? on|other income"),
    ("revenue", "profit_before_tax", False, 0.85, r"营业外收入|non.operating income"),
    ("expense", "profit_before_tax", False, 0.85, r"营业外支出|non.operating expense|loss on"),
    ("expense", "operating_profit", False, 0.85,
     r"费用|税金及附加|expenses?\b|salar|wages|payroll|\brent\b|travel|entertain|depreciation|amorti[sz]ation|insurance|utilit|supplies|bonus|commission"
     r"|telephone|marketing|advertis|\blegal\b|audit|consult|training|repair|maintenance|freight|impairment|bad debt|disbursement|expenditure|spending"),
    ("revenue", "revenue", False, 0.85, r"营业收入|业务收入|销售收入|收入|revenue|\bsales\b|turnover|receipts|fees earned|grants"),
    ("expense", "operating_profit", False, 0.7,
     r"支出|损失|工资|薪酬|奖金|差旅|租金|折旧|摊销|广告|成本|培训|contracts?\b|materials?\b|equipment|purchas|debt service|pension|employee benefits|benefits"
     r"|interest|losses|charges|compensation|cost\b|obligation|indemnit"),
    ("revenue", "revenue", False, 0.65, r"\btax(?:es)?\b|non.tax|collections|税收|other governments|revenues|transfers in|income"),
    ("balance", "assets", False, 0.65, r"balance|\bfund\b|\bfunds\b|cash|余额|基金"),
)  # fmt: skip
NAMES = tuple((*known, re.compile(form, re.IGNORECASE)) for *known, form in _NAMES)
SAID = (
    ("balance", "assets", re.compile(r"^(?:资产|assets?)", re.IGNORECASE)), ("balance", "liabilities", re.compile(r"^(?:负债|liabilit)", re.IGNORECASE)),
    ("balance", "equity", re.compile(r"权益|equity", re.IGNORECASE)), ("statistical", "", re.compile(r"统计|statistic", re.IGNORECASE)),
    ("expense", "cost_of_sales", re.compile(r"cost of (?:sales|goods)|cogs", re.IGNORECASE)),
    ("revenue", "revenue", re.compile(r"收入|revenue|^income", re.IGNORECASE)),
    ("expense", "operating_profit", re.compile(r"费用|成本|支出|expen|cost", re.IGNORECASE)), ("balance", "assets", re.compile(r"^balances?$", re.IGNORECASE)),
)  # fmt: skip
"""What lists of accounts write as an account's type."""


def plain(name: str) -> str:
    """A name for comparing: lower case, without marks."""
    return re.sub(r"[’'\s]+", " ", re.sub(r"[’']s?\b", "", name.lower())).strip()


def kind_named(label_zh: str, label_en: str) -> Named | None:
    """What an account's name tells; none where it tells nothing. The part behind a dash or colon says less than the part before."""
    for name in filter(None, (label_zh, label_en)):
        for kind, line, contra, sure, form in NAMES:
            if form.search(name):
                return Named(kind, line, contra, sure, f"its name, {name}")
    return None


def kind_said(text: str) -> Named | None:
    """What a list's word for an account's type stands for."""
    return next((Named(kind, line, False, 0.95, f"its type, {text}") for kind, line, form in SAID if text and form.search(text)), None)


def aggregation_named(label_zh: str, label_en: str) -> tuple[str, float]:
    """How a statistical account adds up over time, and how sure that is."""
    name = f"{label_zh} {label_en}"
    if re.search(r"满意度|指数|平均|人数|价格|head ?count|people|employees|satisfaction|index|average|prices?\b|rate\b|市场规模", name, re.IGNORECASE):
        return "average", 0.8
    if re.search(r"门店|面积|用户|会员|买家|岗位|期末|stores|space|square|subscribers|buyers|members|positions|vehicles", name, re.IGNORECASE):
        return "stock", 0.8
    return "flow", 0.8
