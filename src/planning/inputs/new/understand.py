"""What a folder of files says about a company: tables, chart, departments, companies, calendar, currency; and what isn't sure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import pandas as pd

from planning.core.errors import Problem
from planning.core.periods import year_in
from planning.inputs.new.calendar import covered, first_month
from planning.inputs.new.carried import PROFIT, PROFIT_CODES, Carried, carried_in
from planning.inputs.new.chart import build_chart, follows_standard, standard_accounts
from planning.inputs.new.closing import FEW, closing_marks
from planning.inputs.new.columns import AMOUNTS, scenario_of
from planning.inputs.new.days import ask_day_order
from planning.inputs.new.families import DECISIONS, Family, build_families, measures
from planning.inputs.new.gathered import SIDES, gather, in_fiscal_years, names_years, years_told_once
from planning.inputs.new.look import Looked
from planning.inputs.new.questions import SURE_ENOUGH, Doubts
from planning.inputs.new.scales import split_by_unit
from planning.inputs.new.units import (
    NO_DEPARTMENT,
    SUMMARY,
    build_departments,
    build_entities,
    has_chinese,
    labels,
    listed,
    renamed_departments,
)
from planning.inputs.new.words import currency_in, is_total, says

WITH_FIGURES = ("ledger", "trial_balance", "budget", "forecast", "figures")
"""What is gathered by account and month."""
HINTS = {
    "revenue": ("revenue", "receipts", "collections", "收入"),
    "expense": ("spending", "expenditure", "expenses", "费用", "支出"),
    "balances": ("balances", "fund balances", "余额"),
}
"""What a file's name says of the lines in it."""
MORE = ("kind", "operator", "effect", "better", "aggregation", "unit", "scale")
NEEDED = {
    "accounts": (("account", "code"),), "departments": (("department", "code"),), "entities": (("entity", "code"),),
    "currencies": (("currency",),), "calendar": (("fiscal_year",),), "trial_balance": (("account",), SIDES),
    "ledger": (("account",), ("debit", "credit", "amount", "net")),
}  # fmt: skip
"""The roles, one of each, without which a table can't be what somebody says it is."""
CHOICES = (*DECISIONS, "detail", "left out")


@dataclass
class Understood:
    """A company as its files tell it; `facts` are the gathered figures by family, `accounts` carry `sure` and `why`."""

    name: str
    looked: Looked
    families: list[Family]
    doubts: Doubts
    facts: dict[str, pd.DataFrame] = field(default_factory=dict)
    scenarios: dict[str, dict[str, str]] = field(default_factory=dict)
    carried: dict[str, Carried] = field(default_factory=dict)
    accounts: pd.DataFrame = field(default_factory=pd.DataFrame)
    departments: pd.DataFrame = field(default_factory=pd.DataFrame)
    renamed: dict[str, str] = field(default_factory=dict)
    entities: pd.DataFrame = field(default_factory=pd.DataFrame)
    currency: str = ""
    currency_codes: dict[str, str] = field(default_factory=dict)
    first_month: int = 1
    years_begin: bool = False
    start: str = ""
    end: str = ""

    def of(self, *what: str) -> list[Family]:
        """The families that are one of these."""
        return [family for family in self.families if family.what in what]


def understand(name: str, looked: Looked, answers: dict[str, str], say=lambda said, part=0.0: None) -> Understood:
    """Everything that the files tell, with the answers that were given."""
    doubts = Doubts(answers)
    families = build_families(looked.tables)
    for family in families:
        _ask_what(family, doubts)
        _leave_out_summaries(family, doubts)
        _ask_period_column(family, doubts)
        ask_day_order(family, doubts)
    families = split_by_unit(families, WITH_FIGURES, doubts)
    known = Understood(name, looked, families, doubts)
    for family in known.of("ledger"):
        _find_closing(family, known)
    for family in known.of(*WITH_FIGURES):
        say(f"adding up {family.name}")
        known.facts[family.name] = gather(looked.folder, family)
        known.facts[family.name][SIDES] *= family.scale
    _ask_about_files(known)
    known.currency_codes = _currency_codes(known)
    known.currency = _currency(known)
    seen = _accounts_seen(known)
    standard = follows_standard(seen) if len(seen) else False
    known.accounts = build_chart(_with_standard(seen, standard), doubts, known.currency) if len(seen) else pd.DataFrame()
    known.scenarios = {family.name: _scenarios(family, known) for family in known.of(*WITH_FIGURES)}
    known.entities = build_entities(families, known.facts, known.currency, known.currency_codes, name, doubts)
    _ask_about_rates(known)
    actual = [known.facts[family.name] for family in known.of("ledger", "trial_balance") if "scenario" not in family.parts]
    known.renamed = renamed_departments(actual, doubts)
    departments = build_departments(families, known.facts, known.entities, doubts)
    known.departments = departments[~departments["code"].isin(known.renamed)].replace({"parent": known.renamed})
    _ask_periods(known)
    known.first_month = first_month(families, known.facts, standard, doubts)
    known.years_begin = known.first_month > 1 and _years_begin(known)
    for family in known.of(*WITH_FIGURES):
        known.facts[family.name] = in_fiscal_years(known.facts[family.name], family, known.first_month, known.years_begin)
    known.start, known.end = covered(known.facts)
    for family in known.of("trial_balance") if len(known.accounts) else ():
        known.carried[family.name] = carried_in(family, known.facts[family.name], known.accounts, known.first_month, doubts)
    return known


def _leave_out_summaries(family: Family, doubts: Doubts) -> None:
    """A sheet beside those of departments whose name says that it adds them up, or is no department, is no department's."""
    if family.sheet_says != "department" or family.what not in WITH_FIGURES:
        return
    sheets = list(dict.fromkeys(table.sheet for table in family.tables))
    doubtful = [sheet for sheet in sheets if NO_DEPARTMENT.search(sheet)]
    for sheet in doubtful if len(doubtful) < len(sheets) else ():
        others = [table for table in family.tables if table.sheet != sheet]
        about = (f"Sheet {sheet} of {family.name} seems no department: leave it out?", f"{family.name} 的工作表 {sheet} 是否略去？")
        seen = f"its name, beside {', '.join(dict.fromkeys(table.sheet for table in others))}"
        sure = 0.9 if is_total(sheet) or SUMMARY.search(sheet) else 0.5
        if others and doubts.ask(f"sheet.{family.name}.{sheet}", about, seen[:400], "yes", ("no",), sure) == "yes":
            family.tables = others


def _find_closing(family: Family, known: Understood) -> None:
    """Whether a ledger's entries carry the result to an account such as 本年利润, and what marks them."""
    if not family.has("voucher", "account"):
        return
    lists = [listed(each, ("account", "code"), ("label", "account_name")) for each in known.of("accounts")]
    named = [row["code"] for rows in lists for row in rows.to_dict("records") if PROFIT.search(f"{row['label_zh']} {row['label_en']}")]
    codes = set(family.first.sample[family.parts["account"]])
    used = next((code for code in (*named, *PROFIT_CODES) if code in codes), "")
    if not used:
        return
    about = (
        f"Do entries of {family.name} carry the result to {used}? They aren't movements then.",
        f"{family.name} 是否将损益结转至 {used}？结转不算发生额。",
    )
    if family.first.form == "database":
        answer = known.doubts.ask(f"closing.{family.name}", about, f"account {used} is used", "yes", ("no",), 0.9)
        family.closing = used if answer == "yes" else ""
        return
    column, texts = closing_marks(known.looked.folder, family, used)
    if not column:
        seen = f"account {used} is used; no column marks such entries"
        instead = "mark the entries in a column of the files, and name it by closing: in company.yaml"
        known.doubts.ask(f"closing.{family.name}", about, seen, "yes", ("no",), 0.2, by_hand="yes", instead=instead)
        return
    again = "" if len(texts) <= FEW else "; run this again when new months have come"
    seen = f"account {used} is used; {column} marks such entries: {', '.join(texts[:5])}{' …' if len(texts) > 5 else ''}{again}"
    if known.doubts.ask(f"closing.{family.name}", about, seen, "yes", ("no",), 0.5 if again else 0.8) == "yes":
        family.closing, family.marks = used, (column, texts)


def _ask_what(family: Family, doubts: Doubts) -> None:
    guess, sure = (family.what, family.sure) if family.what != "unknown" else ("left out", 0.5)
    example = ", ".join(f"{column.name}: {'/'.join(column.examples[:2])}" for column in list(family.columns.values())[:8])
    about = (f"What does the table {family.name} hold?", f"表 {family.name} 是什么内容？")
    seen = f"{family.first.name}; {len(family.tables)} tables, {family.rows:,} rows; {example}"[:400]
    said = doubts.ask(f"table.{family.name}", about, seen, guess, CHOICES, sure)
    if said != family.what and (lacks := _lacks(family, said)):
        where, wanted = f"questions.yaml, table.{family.name}", f"columns for {lacks}"
        doubts.wrong.append(Problem("answer that the table can't be", where, repr(said), wanted, "answer otherwise, or name its columns"))
        return
    family.what = said
    family.sure = 1.0 if doubts.answers.get(f"table.{family.name}") else family.sure


def _lacks(family: Family, what: str) -> str:
    """The roles that a table taken for something would need and has no columns for; empty where it has them."""
    missing = [" or ".join(roles) for roles in NEEDED.get(what, ()) if not family.has_any(*roles)]
    if what in WITH_FIGURES and not family.months and not family.has_any(*AMOUNTS) and not measures(family):
        missing.append("amounts")
    if what == "calendar" and not any(column.kind == "day" for column in family.columns.values()):
        missing.append("day")
    if what == "scenarios" and not _scenario_columns(family):
        missing.append("scenario")
    return ", ".join(missing)


def _ask_about_files(known: Understood) -> None:
    """Files that say the same twice, and files that can't be read."""
    for twice, first in known.looked.same.items():
        about = (f"{twice} is the same file as {first}: leave it out?", f"{twice} 与 {first} 内容相同，是否略去？")
        known.doubts.ask(
            f"file.{twice}", about, f"{twice} = {first}", "left out", ("no",), 0.8, by_hand="no", instead="change one of the two files"
        )
    for name, why in known.looked.unreadable.items():
        about = (f"{name} can't be read: go on without it?", f"{name} 无法读取，是否忽略？")
        known.doubts.ask(
            f"file.{name}", about, why, "go on without it", ("no",), 0.4, by_hand="no", instead="save the file in a form that can be read"
        )


def _currency_codes(known: Understood) -> dict[str, str]:
    """What stands for a currency in the files, by the list of currencies: key → three letters."""
    found = {}
    for family in known.of("currencies"):
        key = family.parts["currency"]
        letters = next((name for name in family.columns if family.first.sample[name].str.fullmatch(r"[A-Z]{3}").all()), None)
        found |= dict(zip(family.first.sample[key], family.first.sample[letters], strict=True)) if letters and letters != key else {}
    return found


def _currency(known: Understood) -> str:
    """The company's currency in three letters: that of most companies in the list, else what titles say, else by the language."""
    seen, guess, sure = _currency_seen(known)
    said = known.doubts.ask("currency", _CURRENCY, seen, guess, (), sure)
    if not re.fullmatch(r"[A-Z]{3}", said):
        wanted = "three capital letters, as EUR"
        known.doubts.wrong.append(Problem("answer that is no currency", "questions.yaml, currency", repr(said), wanted))
    return said


def _currency_seen(known: Understood) -> tuple[str, str, float]:
    """What says the currency, which it is, and how sure."""
    for family in known.of("entities"):
        codes = family.first.sample[family.parts["currency"]] if "currency" in family.parts else pd.Series(dtype=str)
        codes = codes.replace(known.currency_codes)
        codes = codes[codes.str.fullmatch(r"[A-Z]{3}")]
        if len(codes):
            return f"{family.name}: {', '.join(codes.unique())}", str(codes.mode().iloc[0]), 0.95
    titles = " ".join(dict.fromkeys(text for table in known.looked.tables for text in (*table.above, *table.columns)))
    said = currency_in([titles])
    chinese = has_chinese([titles])
    return titles[:120], said or ("CNY" if chinese else "USD"), 0.9 if said else 0.7 if chinese else 0.4


_CURRENCY = ("In which currency are the books?", "账簿使用哪种货币？")


def _ask_about_rates(known: Understood) -> None:
    """Books in several currencies without rates can't be translated: they are added up as they are until there are rates."""
    foreign = sorted(set(known.entities["currency"]) - {known.currency})
    if foreign and not known.of("rates"):
        about = ("Companies keep books in other currencies, and there is no table of rates", "有公司使用其他货币，但没有汇率表")
        instead = "put a table of rates into the folder: date, currency, average, closing"
        known.doubts.ask(
            "rates.missing", about, ", ".join(foreign), "add up untranslated", ("no",), 0.3, by_hand="no", instead=instead
        )
        known.entities = known.entities.assign(currency=known.currency)


def _accounts_seen(known: Understood) -> pd.DataFrame:
    """Every account that a list, a trial balance, a budget or a ledger names: code, labels, parent and what lists say of it."""
    parts = [listed(family, ("account", "code"), ("label", "account_name"), MORE) for family in known.of("accounts")]
    whole = bool(parts)
    parts += [_with_names(family) for family in known.of("trial_balance", "budget", "forecast") if family.has("account")]
    for family in (family for family in known.of("ledger", "budget", "forecast") if family.has("account")):
        parts.append(_posted_names(family, known.facts[family.name]))
    if not parts or not any(len(part) for part in parts):
        parts = [_lines(family, known) for family in known.of("figures", "budget")]
    together = pd.concat(parts, ignore_index=True).fillna("") if parts else pd.DataFrame()
    if together.empty:
        return pd.DataFrame(columns=["code", "label_en", "label_zh", "parent", *MORE])
    together = together.reindex(columns=["code", "label_en", "label_zh", "parent", *MORE], fill_value="")
    together = together[(together["code"] != "") & ~together["code"].map(is_total)]
    if whole:
        _ask_missing(together["code"].iloc[: len(parts[0])], together, known)
    first = together.groupby("code", sort=False).agg(lambda texts: next((text for text in texts if text), "")).reset_index()
    return first


def _ask_missing(in_list: pd.Series, together: pd.DataFrame, known: Understood) -> None:
    missing = [code for code in dict.fromkeys(together["code"]) if code not in set(in_list)]
    if missing:
        about = ("The list of accounts lacks codes that are used: add them?", "科目表缺少已使用的科目编码，是否补充？")
        instead = "add them to the list of accounts, or take them out of accounts.csv"
        known.doubts.ask("accounts.missing", about, ", ".join(missing[:20]), "add them", ("no",), 0.6, by_hand="no", instead=instead)


def _with_names(family: Family) -> pd.DataFrame:
    """Codes with their names in a family's tables; a total row's name is none."""
    code, named = family.parts["account"], labels(family, ("account_name",))
    columns = [code, *named.values()]
    rows = pd.concat([table.sample[columns] for table in family.tables]).drop_duplicates().set_axis(["code", *named], axis=1)
    for label in named:
        rows[label] = rows[label].where(~rows[label].map(is_total), "")
    return rows.sort_values(list(named), ascending=False, kind="stable").drop_duplicates("code") if named else rows


def _posted_names(family: Family, table: pd.DataFrame) -> pd.DataFrame:
    """The codes of a ledger with the name that most of their lines carry, where it carries names."""
    column = family.columns.get(family.parts.get("account_name", ""))
    label = "" if column is None or column.kind != "text" else "label_zh" if column.chinese else "label_en"
    rows = table[table["account"] != ""].groupby(["account", "account_name"], as_index=False, sort=False)["lines"].sum()
    rows = rows.sort_values("lines", ascending=False, kind="stable").drop_duplicates("account").sort_index()
    return pd.DataFrame({"code": rows["account"]} | ({label: rows["account_name"]} if label else {}))


def _lines(family: Family, known: Understood) -> pd.DataFrame:
    """The lines of a table without account codes: the texts of a column, else its columns of figures; the file tells their kind."""
    if family.line:
        texts = [text for text in dict.fromkeys(family.first.sample[family.line]) if text and not is_total(text)]
    else:
        texts = [name for name in measures(family) if not is_total(name)] or measures(family)
    kind = [said for said, words in HINTS.items() if says(family.words, words)]
    return pd.DataFrame({"code": texts, "label_en": [text.replace("_", " ") for text in texts], "kind": kind[0] if len(kind) == 1 else ""})


def _with_standard(seen: pd.DataFrame, standard: bool) -> pd.DataFrame:
    """The accounts and, in the standard numbering, those that sub-accounts belong to and no file names, with the standard's labels."""
    if not standard:
        return seen
    listed_ = standard_accounts()
    heads = {code[:4] for code in seen["code"] if re.match(r"[1-6]\d{4,}", code)} - set(seen["code"])
    more = pd.DataFrame({"code": sorted(heads)}).reindex(columns=seen.columns, fill_value="")
    together = pd.concat([seen, more], ignore_index=True)
    for label in ("label_en", "label_zh"):
        known = together["code"].map(listed_[label]).fillna("")
        standard_zh = together["code"].map(listed_["label_zh"]).fillna("")
        same = together["label_zh"].eq("") | together["label_zh"].str[:2].eq(standard_zh.str[:2])
        together[label] = together[label].where((together[label] != "") | ~same, known)
    return together.sort_values("code", kind="stable", ignore_index=True)


def _scenarios(family: Family, known: Understood) -> dict[str, str]:
    """What the texts of a scenario column stand for, by a list of scenarios or by themselves; none where there is no such column."""
    texts = [text for text in known.facts[family.name]["scenario"].unique() if text]
    named = {}
    for each in known.of("scenarios"):
        code, said = _scenario_columns(each)
        named |= dict(zip(each.first.sample[code], each.first.sample[said], strict=True))
    found = {}
    for text in texts:
        guess = scenario_of(named.get(text, text))
        about = (f"What is scenario {text} in {family.name}?", f"{family.name} 中的口径 {text} 是什么？")
        sure = 0.95 if guess else 0.4
        found[text] = known.doubts.ask(
            f"scenario.{family.name}.{text}",
            about,
            named.get(text, text),
            guess or "actual",
            ("actual", "budget", "forecast", "target"),
            sure,
        )
    return found


def _years_begin(known: Understood) -> bool:
    """Whether files name a fiscal year by the calendar year in which it begins."""
    named = {family.name: years_told_once(family) for family in known.of(*WITH_FIGURES) if names_years(family)}
    seen = [f"{name}: {', '.join(years[:3])}" for name, years in named.items() if years]
    if not seen:
        return False
    year = next((year for years in named.values() for text in years if (year := year_in(text))), 2025)
    about = (f"Does fiscal year {year} begin or end in {year}?", f"{year} 财年始于还是终于 {year} 年？")
    return known.doubts.ask("calendar.year_name", about, "; ".join(seen)[:400], "ends", ("begins",), 0.7) == "begins"


def _scenario_columns(family: Family) -> tuple[str, str] | None:
    """A list of scenarios' codes, and the column that says in words which they are; nothing where it hasn't both."""
    words = [column.name for column in family.columns.values() if column.examples and all(map(scenario_of, column.examples))]
    codes = [column.name for column in family.columns.values() if column.unique and column.name not in words]
    return (codes[0], words[0]) if codes and words else None


def _ask_periods(known: Understood) -> None:
    """Tables of figures whose month can't be told."""
    for family in known.of("ledger", "trial_balance", "budget", "forecast"):
        table = known.facts[family.name]
        lost = table.loc[table["month"] == "", "file"].unique()
        if len(lost) and not family.has("fiscal_year"):
            about = (
                f"No month is told by some rows of {family.name}: name it in the files' names, or leave the table out?",
                f"{family.name} 部分数据没有月份：请在文件名中注明，或略去该表？",
            )
            if known.doubts.ask(f"period.{family.name}", about, ", ".join(lost[:10]), "read it", ("left out",), 0.2) == "left out":
                family.what = "left out"
                del known.facts[family.name]


def _ask_period_column(family: Family, doubts: Doubts) -> None:
    """Which of two columns is the month; the other one is then none."""
    if family.what not in WITH_FIGURES or family.sure >= SURE_ENOUGH or not family.has("date", "period"):
        return
    about = (f"Which column is the month of {family.name}?", f"{family.name} 的月份在哪一列？")
    period, date = family.parts["period"], family.parts["date"]
    if doubts.ask(f"period_column.{family.name}", about, f"{period}, {date}", period, (date,), 0.7) == date:
        family.columns[period] = replace(family.columns[period], role="")
