"""What was understood as the content of company.yaml: sources of figures, event tables, roles, sides."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from planning.core.events import EVENTS, KEYS
from planning.core.periods import month, year_in
from planning.core.sides import natural_sides
from planning.inputs.new.chart import standard_accounts, statement_lines
from planning.inputs.new.columns import ACCOUNTING, AMOUNTS, GROUPS, Column
from planning.inputs.new.families import Family, measures
from planning.inputs.new.gathered import closing_vouchers, names_years
from planning.inputs.new.look import NO_HEADING, quoted
from planning.inputs.new.names import plain
from planning.inputs.new.understand import WITH_FIGURES, Understood
from planning.inputs.new.units import NO_DEPARTMENT, NONE, UNMAPPED
from planning.inputs.new.words import is_total, month_in, month_named

EVENT_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "order_lines": {
        "order": ("order",), "line": ("line",), "date": ("date",), "entity": ("entity",), "channel": ("channel",), "store": ("store",),
        "customer": ("customer",), "product": ("product", "item"), "category": ("category",), "quantity": ("quantity",),
        "list_price": ("price",), "discount": ("discount",), "net": ("net", "amount"), "vat": ("vat",), "cost": ("cost",),
        "payment_date": ("payment_date",),
    },
    "orders": {"customer": ("customer",), "date": ("date",), "quantity": ("quantity",), "amount": ("net", "amount")},
    "returns": {
        "order": ("order",), "line": ("line",), "date": ("date",), "quantity": ("quantity",), "net": ("net", "amount"), "vat": ("vat",),
        "cost": ("cost",),
    },
    "contracts": {"subscriber": ("customer",), "plan": ("plan",), "price": ("price",), "start": ("start",), "end": ("end",)},
    "activity": {"subscriber": ("customer",), "period": ("period", "date"), "logins": ("logins",)},
    "complaints": {"subscriber": ("customer",), "date": ("date", "period")},
    "satisfaction": {"subscriber": ("customer",), "date": ("date", "period"), "score": ("score",)},
    "offers": {"subscriber": ("customer",), "group": ("group",), "date": ("date",)},
    "campaigns": {"period": ("week", "period", "date"), "channel": ("channel",), "spend": ("spend",), "exposure": ("impressions",)},
    "sales": {"period": ("week", "period"), "amount": ("net", "amount")},
    "inventory": {"entity": ("entity",), "date": ("date",), "item": ("item",), "quantity": ("quantity",), "value": ("amount", "cost")},
    "rates": {"date": ("date", "period"), "currency": ("currency",), "average": ("average",), "closing": ("closing", "closing_rate")},
    "bank_lines": {
        "entity": ("entity",), "account": ("account",), "line": ("reference",), "date": ("date",), "amount": ("amount",),
    },
}  # fmt: skip
"""Which of our columns is played by which roles of theirs, by event table."""
UNPLACED = ("customers", "headcount", "project_flows")
"""What is recognised and has a contract, but whose columns aren't told yet."""
BY_HAND = "what its columns mean isn't told from them; describe it by hand"
NO_USE = "nothing the planning reads fits it"
CLOSING = "carries_result"
"""The column that marks entries which carry the result to equity."""
TRANSLATION = "translation_difference"
YEARS_AHEAD = 3
"""Fiscal years that plans may reach beyond the last figure."""
ROLES = {
    "revenue": "revenue", "result": "net_profit", "balance": "assets", "budget": "net_profit",
}  # fmt: skip


def describe_company(known: Understood) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The content of company.yaml, and what is seen but not read yet with the reason, by family."""
    left: list[tuple[str, str]] = []
    sources: dict[str, Any] = {}
    lines: dict[str, str] = {}
    for family in known.of("ledger", "trial_balance", "budget", "forecast", "figures"):
        if again := _same_lines(family, known, lines):
            left.append((family.name, again))
        else:
            sources |= _sources(family, known, left)
    left += known.looked.others.items()
    folder = known.looked.folder.resolve()
    start, end = _span(known)
    content = {
        "company": known.name, "label_en": known.name, "label_zh": known.name, "currency": known.currency,
        "calendar": {"first_month": known.first_month, "start": start, "end": end}, "reporting_lag_days": 15,
        "data": {"folder": str(folder)}, "source_en": f"Files in {folder.name}", "source_zh": f"文件夹 {folder.name} 中的文件",
        "dimensions": ["partner"] if any("dimensions" in source for source in sources.values()) else [],
        "sides": side_nodes(known), "roles": _roles(known), "sources": sources, "tables": _tables(known, left),
    }  # fmt: skip
    return {key: value for key, value in content.items() if value not in ({}, [])}, left


def _same_lines(family: Family, known: Understood, lines: dict[str, str]) -> str:
    """Figures whose lines are read from another table already would be counted twice; the reason, or nothing."""
    if family.what != "figures":
        return ""
    own = set(known.facts[family.name]["account"]) - {""} if family.line else {f"{name} of figures" for name in measures(family)}
    before = next((lines[line] for line in sorted(own) if line in lines and not is_total(line)), "")
    if not before:
        lines |= dict.fromkeys(own, family.name)
    return f"the same lines are read from {before}" if before else ""


def _span(known: Understood) -> tuple[str, str]:
    """Whole fiscal years around the figures, and some ahead for plans."""
    yearly = [month(said) for family in known.of(*WITH_FIGURES) for said in _years(family, known.first_month, known.years_begin)]
    first, last = min([month(known.start), *yearly]), max([month(known.end), *yearly])
    start = first - pd.DateOffset(months=(first.month - known.first_month) % 12)
    end = last + pd.DateOffset(months=(known.first_month - 2 - (last.month - 1)) % 12 + 12 * YEARS_AHEAD)
    return f"{start:%Y-%m}", f"{end:%Y-%m}"


def _years(family: Family, first_month: int, begins: bool) -> list[str]:
    """The first months of the fiscal years that a table of yearly figures covers."""
    if _grain(family) != "year" or "fiscal_year" not in family.parts:
        return []
    years = family.first.sample[family.parts["fiscal_year"]].map(year_in).dropna()
    return [f"{int(year) - (first_month > 1 and not begins)}-{first_month:02}" for year in (years.min(), years.max())] if len(years) else []


def accounts_table(known: Understood) -> pd.DataFrame:
    """accounts.csv: the chart, and the account for codes that nobody knows."""
    if known.accounts.empty:
        return known.accounts
    rows = known.accounts.drop(columns=["sure", "why"])
    lost = {
        "code": "unmapped_account", "parent": "", "label_en": "Unmapped account", "label_zh": "未映射科目", "kind": "expense", "weight": 1,
        "effect": -1, "better": "down", "aggregation": "flow", "unit": known.currency, "scale": 2,
    }  # fmt: skip
    added = [lost]
    if _roles(known).get("translation_difference") == TRANSLATION:
        above = _line_nodes(known).get("equity", "")
        names = {"code": TRANSLATION, "parent": above, "label_en": "Translation difference", "label_zh": "外币折算差额"}
        added.append(lost | names | {"kind": "balance", "effect": 0, "better": "neutral", "aggregation": "stock"})
    order = ["code", "parent", "label_en", "label_zh", "kind", "weight", "effect", "better", "aggregation", "unit", "scale"]
    return pd.concat([rows, pd.DataFrame(added)], ignore_index=True)[order]


def _line_nodes(known: Understood) -> dict[str, str]:
    """The chart's totals by the statement line they are."""
    found = {}
    for row in known.accounts.to_dict("records"):
        said = {plain(row["label_en"]), plain(row["label_zh"])}
        for line, names in statement_lines()["names"].items():
            if row["code"] == line or (said & set(names.split("|")) and not re.match(r"\d{4}", row["code"])):
                found.setdefault(line, row["code"])
    return found


def side_nodes(known: Understood) -> dict[str, list[str]]:
    """The nodes from which every account's side follows; roots whose side nothing tells are taken for debit."""
    if known.accounts.empty:
        return {}
    nodes = _line_nodes(known)
    debit = [nodes["assets"]] if "assets" in nodes else []
    credit = (
        [nodes["liabilities_equity"]]
        if "liabilities_equity" in nodes
        else [nodes[line] for line in ("liabilities", "equity") if line in nodes]
    )
    accounts = known.accounts.assign(parent=known.accounts["parent"].where(known.accounts["parent"] != "", None))
    told = natural_sides(accounts, debit, credit)
    parents = accounts.set_index("code")["parent"].dropna().to_dict()
    for code in accounts["code"]:
        while code not in told and code in parents and parents[code] not in told:
            code = parents[code]
        if code not in told and code not in debit:
            debit.append(code)
    return {"debit": debit, "credit": credit}


def _roles(known: Understood) -> dict[str, str]:
    nodes = _line_nodes(known) if len(known.accounts) else {}
    found = {role: nodes[line] for role, line in ROLES.items() if line in nodes}
    cash = [code for code in ("1002", "1001") if len(known.accounts) and code in set(known.accounts["code"])]
    translated = {"translation_difference": _translation(known)} if len(set(known.entities["currency"])) > 1 and len(known.accounts) else {}
    return found | ({"balance": cash[0]} if cash else {}) | translated


def _translation(known: Understood) -> str:
    """The account that takes the differences of translation: the chart's own, else one that is added."""
    named = known.accounts[
        known.accounts["label_en"].str.contains("translation", case=False) | known.accounts["label_zh"].str.contains("折算")
    ]
    own = named[(named["kind"] == "balance") & ~named["code"].isin(known.accounts["parent"])]
    return own["code"].iloc[0] if len(own) else TRANSLATION


def _sources(family: Family, known: Understood, left: list[tuple[str, str]]) -> dict[str, Any]:
    """The sources that one family becomes: one, or one a scenario, or balances and movements of a trial balance."""
    reason = _unreadable(family, known)
    if reason:
        left.append((family.name, reason))
        return {}
    if family.what == "trial_balance":
        return _trial_balance(family, known)
    base = _common(family, known)
    scenario = {"ledger": "actual", "budget": "budget", "forecast": "forecast"}.get(family.what, "actual")
    if family.reported:
        return {family.name: base | _figures(family, known) | _reports(family)}
    if "scenario" not in family.parts:
        return {family.name: base | _figures(family, known) | _scenario(scenario, family, known)}
    texts = known.scenarios[family.name]
    column = family.parts["scenario"]
    split = {}
    for meant in dict.fromkeys(texts.values()):
        others = [text for text, other in texts.items() if other != meant]
        out = [
            {"when": {column: text}, "reason": f"another scenario: {texts[text]}", "reason_zh": f"其他口径：{texts[text]}"}
            for text in others
        ]
        own = base | _figures(family, known) | _scenario(meant, family, known)
        split[f"{family.name}_{meant}"] = own | {"left_out": [*base.get("left_out", []), *out]} if out else own
    return split


def _unreadable(family: Family, known: Understood) -> str:
    """Why intake can't read a family yet, if it can't."""
    if NO_HEADING in family.columns:
        return "the column of its lines has no heading: write one above it"
    if (family.months and not family.line) or (not family.line and not measures(family) and not family.has_any(*AMOUNTS)):
        return "its lines have no account codes; map them by hand (account: by, map)"
    if family.line and not known.accounts["code"].isin(known.facts[family.name]["account"]).any():
        return "its lines are no accounts of the chart; map them by hand (account: by, map)"
    if (
        not family.months
        and family.what != "trial_balance"
        and not (family.has("debit", "credit") or family.has_any("amount", "net") or not family.line)
    ):
        return "no one column holds its amounts; describe it by hand"
    if not family.line and known.of("ledger", "trial_balance", "accounts"):
        return "its columns of figures are no accounts of the chart; map them by hand (account: by, map)"
    if family.what == "figures" and "scenario" in family.parts:
        return "several kinds of figures stand in one table; describe it by hand"
    if family.first.form == "csv" and (family.first.heading > 1 or family.first.delimiter != ","):
        return "text files are read with the heading in their first line and commas: save it so"
    if family.first.headings > 1:
        return "its heading takes two rows: write it in one"
    if len({table.heading for table in family.tables}) > 1:
        return "the heading stands in different rows of its sheets"
    return "" if _period(family) else "no column, file name or sheet name tells its months"


def _common(family: Family, known: Understood) -> dict[str, Any]:
    """Where a family lies, how it is written, what its columns mean."""
    parts = family.parts
    base = _place(family, known) | {"key": _key(family)}
    base["account"] = {"by": [family.line or "measure"], "same": True, "unmapped": "unmapped_account"}
    base |= {
        "cost_centre": _cost_centre(family, known),
        "entity": _entity(family, known),
        "grain": _grain(family),
        "period": _period(family) | ({"year_named": "begin"} if names_years(family) and known.years_begin else {}),
    }
    if "partner" in parts and family.what == "ledger":
        base["dimensions"] = {"partner": {"column": parts["partner"], "none": "none"}}
    totals = _blank_codes(family)
    scale = {"scale": family.scale} if family.scale != 1 else {}
    return base | _own_files(family) | scale | ({"left_out": totals} if totals else {})


def _own_files(family: Family) -> dict[str, Any]:
    """Which files of the pattern are read, where others of the same names count in another unit."""
    own = family.only_files or ({"not": family.not_files} if family.not_files else {})
    return {"where": {family.file_says[0]: own}} if own else {}


def _place(family: Family, known: Understood) -> dict[str, Any]:
    first = family.first
    if first.form == "database":
        if not family.closing:
            return {"file": first.file, "table": first.sheet}
        marked = f"case when {quoted(family.parts['voucher'])} in ({closing_vouchers(first, family)}) then 'yes' else '' end as {CLOSING}"
        return {"file": first.file, "query": f"select *, {marked} from {quoted(first.sheet)}"}
    place: dict[str, Any] = {"file": family.pattern}
    if first.form == "workbook":
        there = list(dict.fromkeys(table.sheet for table in family.tables))
        others = sorted({table.sheet for table in known.looked.tables if table.file in {t.file for t in family.tables}} - set(there))
        if family.sheet_says:
            place["sheets"] = there if family.sheet_says != "department" else {"not": others} if others else "all"
        elif others:
            place["sheet"] = there[0]
        place["header"] = first.heading
    if first.encoding != "utf-8":
        place["encoding"] = first.encoding
    return place | _notation(family) | _dates(family)


def _notation(family: Family) -> dict[str, Any]:
    """How any of its tables writes numbers."""
    amounts = [name for name, column in family.columns.items() if column.kind == "number"]
    texts = {text for table in family.tables for name in amounts for text in table.sample[name].unique()}
    marks = sorted({found.group(1) for text in texts if (found := GROUPS.search(text))})
    accounting = any(ACCOUNTING.search(text) for text in texts)
    return ({"thousands": marks[0]} if marks else {}) | ({"accounting": True} if accounting else {})


def _dates(family: Family) -> dict[str, str]:
    period = _period(family).get("date")
    column = family.columns.get(period or "")
    form = column.dates if column else _said_form(family, period) if period else ""
    return {"dates": form} if form and form not in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S") else {}


def _said_form(family: Family, said: str) -> str:
    """The form of a month in file or sheet names."""
    text = (
        family.first.sheet
        if said == "sheet"
        else re.search(r"(?:19|20)\d{2}.{0,3}?\d{1,2}\s*[月期]?|[A-Za-z]{3,9}[ _-]?\d{4}", PurePosixPath(family.first.file).stem).group()
    )
    return (
        re.sub(r"\d{4}", "%Y", re.sub(r"(?<=\D)\d{1,2}(?=\D|$)|(?<=\d{4})\d{2}$", "%m", text, count=1), count=1)
        if text[:1].isdigit()
        else "%b %Y"
    )


def _key(family: Family) -> list[str]:
    """Columns that are filled in every row and tell rows apart."""
    parts, whole = family.parts, len(family.first.sample)
    roles = (
        ("voucher", "line")
        if family.has("voucher", "line")
        else (
            "account",
            "account_name",
            "category",
            "label",
            "department",
            "entity",
            "period",
            "fiscal_month",
            "date",
            "voucher",
            "scenario",
            "version",
            "fiscal_year",
            "quarter",
        )
    )
    columns = [
        parts[role]
        for role in roles
        if role in parts and family.columns[parts[role]].filled == max(len(table.sample) for table in family.tables)
    ]
    columns = columns or [parts["account"]]
    return (
        [*columns, *family.file_says, *(["sheet"] if family.sheet_says else []), *(["month"] if family.months else [])]
        if whole
        else columns
    )


def _period(family: Family) -> dict[str, str]:
    """Where the month stands: a column, the file's name, the sheet's name, or months across beside a fiscal year."""
    parts, year = (
        family.parts,
        "fiscal_year" if "fiscal_year" in family.file_says else "sheet" if family.sheet_says == "fiscal_year" else "",
    )
    year = parts.get("fiscal_year", year)
    if family.months:
        return {"fiscal_year": year, "month": "month"} if year and not any(month_in(name) for name in family.months) else {}
    if family.has("fiscal_year", "fiscal_month"):
        return {"fiscal_year": parts["fiscal_year"], "month": parts["fiscal_month"]}
    for role in ("period", "date"):
        column: Column | None = family.columns.get(parts.get(role, ""))
        if column is not None and column.kind in ("day", "month") and "%B" not in column.dates and "%y" not in column.dates:
            return {"date": column.name}
        if column is not None and role == "period" and column.kind == "number" and year:
            return {"fiscal_year": year, "month": column.name}
    if "period" in family.file_says:
        return {"date": "period"}
    if "fiscal_year" in parts and family.what in ("figures", "budget"):
        return {"fiscal_year": parts["fiscal_year"]}
    return {"date": "sheet"} if family.sheet_says == "period" and all(month_in(table.sheet) for table in family.tables) else {}


def _grain(family: Family) -> str:
    period = _period(family)
    return "month" if "month" in period or "date" in period else "year"


def _entity(family: Family, known: Understood) -> Any:
    codes = list(known.entities["code"])
    if "entity" in family.parts:
        return {"column": family.parts["entity"]}
    if len(codes) == 1 or not _department(family):
        return codes[0]
    owners = dict(zip(known.departments["code"], known.departments["entity"], strict=True))
    former = {old: owners[new] for old, new in known.renamed.items() if new in owners}
    return {"column": _department(family), "map": owners | former}


def _department(family: Family) -> str:
    return family.parts.get("department") or ("sheet" if family.sheet_says == "department" else "")


def _cost_centre(family: Family, known: Understood) -> dict[str, Any]:
    """The column of departments, with what former names stand for; or one for all."""
    column = _department(family)
    reason = {"reason": "a department under its former name", "reason_zh": "部门的旧名称"}
    former = [{"when": {column: old}, "code": new, **reason} for old, new in known.renamed.items()]
    return {"column": column, "none": NONE} | ({"corrections": former} if former else {}) if column else {"code": NONE}


def _figures(family: Family, known: Understood) -> dict[str, Any]:
    """The columns of figures: debit and credit of postings, one amount, or months across."""
    parts = family.parts
    if family.months:
        return {"measures": ["amount"], "months": {name: number for name, number in _months(family, known).items()}}
    if family.has("debit", "credit"):
        voucher = [parts["entity"]] if "entity" in parts and "voucher" in parts else []
        posted = {"debit": parts["debit"], "credit": parts["credit"]} | (
            {"voucher": [*voucher, parts["voucher"]]} if "voucher" in parts else {}
        )
        closing = {"closing": _closing(family)} if family.closing else {}
        return {"posted": posted | closing, "balances": "cumulate"}
    if not family.line:
        return {"measures": [name for name in measures(family) if not is_total(name)] or measures(family)}
    amount = parts.get("amount") or parts.get("net")
    if family.what != "ledger" or _grows_naturally(family, known):
        return {"measures": [amount]}
    return {"posted": {"amount": amount}, "balances": "given" if _looks_like_balances(family, known) else "cumulate"}


def _closing(family: Family) -> dict[str, Any]:
    """What marks the entries that carry the result to equity."""
    column, texts = family.marks
    return {column: texts[0] if len(texts) == 1 else list(texts)} if column else {CLOSING: "yes"}


def _months(family: Family, known: Understood) -> dict[str, int]:
    """Months across by their number in the fiscal year."""
    return {name: (month_named(name) - known.first_month) % 12 + 1 for name in family.months}


def _by_kind(family: Family, known: Understood) -> pd.DataFrame:
    table = known.facts[family.name].merge(known.accounts[["code", "kind", "aggregation", "weight"]], left_on="account", right_on="code")
    return table


def _grows_naturally(family: Family, known: Understood) -> bool:
    """Whether one amount is positive on both sides of the books: revenue above 0 says so. Asked, for it turns every sign."""
    revenue = _by_kind(family, known).query("kind == 'revenue' and weight > 0")["amount"].sum()
    guess, sure = ("natural", 0.7) if revenue > 0 else ("debit less credit", 0.8)
    about = (f"How are amounts signed in {family.name}?", f"{family.name} 的金额符号如何？")
    return (
        known.doubts.ask(f"signs.{family.name}", about, f"revenue adds up to {revenue:,.0f}", guess, ("natural", "debit less credit"), sure)
        == "natural"
    )


def _looks_like_balances(family: Family, known: Understood) -> bool:
    """Whether amounts of balance-sheet accounts are balances: they stay from month to month more than they move."""
    stock = (
        _by_kind(family, known)
        .query("aggregation == 'stock'")
        .pivot_table(index="month", columns="account", values="amount", aggfunc="sum")
    )
    return bool(stock.abs().mean().mean() > 2 * stock.diff().abs().mean().mean())


def _scenario(scenario: str, family: Family, known: Understood) -> dict[str, Any]:
    """The scenario, its version, and when it could be known."""
    if scenario == "actual":
        return {"scenario": "actual", "known": {"after": "period_end", "days": 15}}
    named = [
        column
        for column in (*family.file_says, family.parts.get("version"), family.parts.get("quarter"))
        if column and column != "fiscal_year"
    ]
    alike = [family.name] if len(known.of(family.what)) > 1 else []
    version = "_".join(["{fiscal_year}", *alike, *(f"{{{column}}}" for column in dict.fromkeys(named))])
    return {"scenario": scenario, "version": {scenario: version}, "known": {"after": "year_start", "days": -1}}


def _reports(family: Family) -> dict[str, Any]:
    """Reports that restate a year each quarter: months up to it are actual, later ones a forecast."""
    quarter = family.parts["quarter"]
    return {
        "scenario": {"quarter": quarter},
        "version": {"actual": "actual", "forecast": "{report}"},
        "report": {"fiscal_year": family.parts["fiscal_year"], "quarter": quarter},
        "known": {"after": "report", "days": 45},
    }


def _blank_codes(family: Family) -> list[dict[str, Any]]:
    """Rows whose code is empty, or a word such as 合计: they add up others."""
    column = family.line
    if not column:
        return []
    codes = {code for table in family.tables for code in table.sample[column].unique() if not code or is_total(code)}
    said = {"reason": "a row that adds up others, or a heading", "reason_zh": "合计行或标题行"}
    return [{"when": {column: code}, **said} for code in sorted(codes)]


# Trial balances


def _trial_balance(family: Family, known: Understood) -> dict[str, Any]:
    """Month-end balances of the balance sheet, and movements of profit and loss, from one trial balance."""
    parts, base = family.parts, _common(family, known) | _scenario("actual", family, known)
    kinds = known.accounts.set_index("code")
    codes = [code for code in dict.fromkeys(known.facts[family.name]["account"]) if code in kinds.index]
    stock = [code for code in codes if kinds.at[code, "aggregation"] == "stock"]
    flow = [code for code in codes if code not in stock]
    found = {}
    if family.has("closing_debit", "closing_credit"):
        found[f"{family.name}_balances"] = _only(base, stock, codes) | {
            "posted": {"debit": parts["closing_debit"], "credit": parts["closing_credit"]}
        }
    elif family.has("closing"):
        natural = "direction" in parts or _credit_above_zero(family, known)
        figures = {"measures": [parts["closing"]]} if natural else {"posted": {"amount": parts["closing"]}}
        found[f"{family.name}_balances"] = _only(base, stock, codes) | figures
    if not family.has("debit", "credit") or not flow:
        return found
    carried = known.carried[family.name]
    if not carried.always:
        return found | _movements(base, flow, codes, family, known)
    earned = [code for code in flow if kinds.at[code, "effect"] > 0]
    spent = [code for code in flow if code not in earned]
    return found | {
        f"{family.name}_{name}": _only(base, some, codes) | {"measures": [parts[side]]}
        for name, some, side in (("income", earned, "credit"), ("costs", spent, "debit")) if some
    }  # fmt: skip


def _movements(base: dict[str, Any], flow: list[str], codes: list[str], family: Family, known: Understood) -> dict[str, Any]:
    """Movements of profit and loss as debit less credit; accounts that are carried to equity in some months apart, with those months."""
    posted, carried = {"debit": family.parts["debit"], "credit": family.parts["credit"]}, known.carried[family.name]
    moved = [code for code in flow if code in carried.accounts]
    others = [code for code in flow if code not in carried.accounts]
    found = {f"{family.name}_movements": _only(base, others, codes) | {"posted": posted}} if others else {}
    if moved:
        months = carried.rule(set(known.facts[family.name]["month"]) - {""}, known.first_month)
        found[f"{family.name}_carried"] = _only(base, moved, codes) | {"posted": posted | {"carried": months}}
    return found


def _only(base: dict[str, Any], some: list[str], codes: list[str]) -> dict[str, Any]:
    skip = {code: "read by another source of the same table" for code in codes if code not in some}
    return base | {"account": base["account"] | ({"skip": skip} if skip else {})}


def _credit_above_zero(family: Family, known: Understood) -> bool:
    """Whether liabilities' balances are written above 0, as in most exports, or below."""
    table = known.facts[family.name]
    owed = table[table["account"].str.startswith("2") | table["account"].isin(_below_liabilities(known))]["closing"].sum()
    guess, sure = ("above 0", 0.8) if owed > 0 else ("below 0", 0.85)
    about = (f"Are credit balances in {family.name} above or below 0?", f"{family.name} 的贷方余额以正数还是负数表示？")
    return (
        known.doubts.ask(f"signs.{family.name}", about, f"liabilities add up to {owed:,.0f}", guess, ("above 0", "below 0"), sure)
        == "above 0"
    )


def _below_liabilities(known: Understood) -> list[str]:
    lines = ("liabilities", "current_liabilities", "non_current_liabilities")
    standard = set(standard_accounts().query("line in @lines")["code"])
    return [row["code"] for row in known.accounts.to_dict("records") if row["parent"] in lines or row["code"][:4] in standard]


# Events


def _tables(known: Understood, left: list[tuple[str, str]]) -> dict[str, Any]:
    """One event table a kind: the surest and largest family; the others are told."""
    found: dict[str, Any] = {}
    wanted = [family for family in known.families if family.what in EVENT_COLUMNS]
    left += [(family.name, f"{family.what}: {BY_HAND}") for family in known.families if family.what in (*UNPLACED, "detail", "unknown")]
    for family in known.of("left out"):
        answered = known.doubts.answers.get(f"table.{family.name}")
        left.append((family.name, "left out, as answered" if answered else NO_USE))
    for family in sorted(wanted, key=lambda family: (-family.sure, _repeats(family), -family.rows)):
        columns = _event_columns(family)
        why = f"{family.what} is read from another table" if family.what in found else _event_reason(family, columns)
        if why:
            left.append((family.name, why))
        else:
            found[family.what] = _event_place(family, known, columns) | {"columns": columns} | _currency_values(family, known, columns)
    return found


def _event_reason(family: Family, columns: dict[str, str]) -> str:
    """Why intake couldn't read a table of events, if it couldn't."""
    needed = [name for name, rule in EVENTS[family.what].items() if rule.filled]
    if missing := [name for name in needed if name not in columns]:
        return f"lacks {', '.join(missing)}"
    if empty := [columns[name] for name in needed if not _filled(family, columns[name])]:
        return f"{empty[0]} is empty in some rows, and has to say something"
    odd = family.first.form in ("csv", "workbook") and (family.first.heading > 1 or family.first.delimiter != ",")
    return "its heading isn't in the first row" if odd else ""


def _repeats(family: Family) -> bool:
    """Whether rows stand twice under what should tell them apart."""
    columns = _event_columns(family)
    key = [columns[name] for name in KEYS.get(family.what, ()) if name in columns]
    return bool(key) and bool(family.first.sample.duplicated(key).mean() > 0.01)


def _currency_values(family: Family, known: Understood, columns: dict[str, str]) -> dict[str, Any]:
    """What the keys of currencies in a table stand for."""
    if "currency" not in columns or not known.currency_codes:
        return {}
    used = dict.fromkeys(code for table in family.tables for code in table.sample[columns["currency"]])
    return {"values": {"currency": {code: known.currency_codes.get(code, code) for code in used}}}


def _filled(family: Family, column: str) -> bool:
    """Whether a column says something in every row that was looked at."""
    return all((table.sample[column] != "").all() for table in family.tables)


def _event_columns(family: Family) -> dict[str, str]:
    taken: dict[str, str] = {}
    for ours, roles in EVENT_COLUMNS[family.what].items():
        theirs = next((family.parts[role] for role in roles if role in family.parts), None)
        if theirs is not None and theirs not in taken.values():
            taken[ours] = theirs
    return taken


def _event_place(family: Family, known: Understood, columns: dict[str, str]) -> dict[str, Any]:
    place = _place(family, known)
    place.pop("header", None)
    if "{" in place.get("file", ""):
        place["file"] = re.sub(r"{\w+}", "*", place["file"])
    forms = sorted({family.columns[name].dates for name in columns.values()} - {"", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"})
    return place | ({"dates": forms} if forms else {})


def departments_table(known: Understood) -> pd.DataFrame:
    """cost_centres.csv, without sheets that are no departments."""
    return known.departments[
        ~known.departments["code"].map(lambda code: bool(NO_DEPARTMENT.fullmatch(code)) and code not in (UNMAPPED, NONE))
    ]
