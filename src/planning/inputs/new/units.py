"""Who owns what: the legal companies and the departments, from lists, columns and the names of sheets."""

from __future__ import annotations

import difflib
import re

import pandas as pd

from planning.inputs.new.families import Family
from planning.inputs.new.questions import Doubts
from planning.inputs.new.words import CHINESE, is_total

NO_DEPARTMENT = re.compile(r"汇总|合计|目录|封面|说明|summary|total|cover|contents|notes|sheet\d*$", re.IGNORECASE)
SUMMARY = re.compile(r"汇总|summary", re.IGNORECASE)
"""A sheet that adds up the others."""
ALIKE = 0.7
"""How alike two names are, of 1, that may be one department's."""
UNMAPPED, NONE = "unmapped", "none"


def labels(family: Family, roles: tuple[str, ...]) -> dict[str, str]:
    """The columns that name a row in English and Chinese: label_en, label_zh, or one of them."""
    named = [column for column in family.columns.values() if column.role in roles and column.kind == "text"]
    found = {}
    for column in named:
        found.setdefault("label_zh" if column.chinese else "label_en", column.name)
    return found


def listed(family: Family, code_roles: tuple[str, ...], label_roles: tuple[str, ...], more: tuple[str, ...] = ()) -> pd.DataFrame:
    """A list's rows: code, label_en, label_zh, parent and the columns of further roles, as texts."""
    sample, parts = family.first.sample, family.parts
    code = next(parts[role] for role in code_roles if role in parts)
    named = labels(family, label_roles)
    found = pd.DataFrame({"code": sample[code]})
    for column in ("label_en", "label_zh"):
        found[column] = sample[named[column]] if column in named else ""
    for role in ("parent", *more):
        found[role] = sample[parts[role]] if role in parts else ""
    return found[found["code"] != ""].drop_duplicates("code")


def build_entities(
    families: list[Family], facts: dict[str, pd.DataFrame], currency: str, currencies: dict[str, str], name: str, doubts: Doubts
) -> pd.DataFrame:
    """The entities dimension: those of a list, else of the figures' own column, else one for all. `currencies`: letters by key."""
    lists = [family for family in families if family.what == "entities"]
    if lists:
        best = max(lists, key=lambda family: family.sure)
        found = listed(best, ("entity", "code"), ("label", "entity_name", "entity"), ("currency",))
    else:
        codes = sorted({code for table in facts.values() for code in table["entity"].unique() if code and not is_total(code)})
        found = pd.DataFrame({"code": codes or [name], "label_en": "", "label_zh": "", "parent": "", "currency": ""})
        if not codes:
            about = ("Is everything one legal company?", "所有数据是否属于同一家法人公司？")
            instead = "give the files a column of companies (公司), or a list of companies with their departments"
            doubts.ask("entities.one", about, "no list or column of companies", "yes", ("no",), 0.8, by_hand="no", instead=instead)
    found["currency"] = found["currency"].replace(currencies)
    found["currency"] = [code if re.fullmatch(r"[A-Z]{3}", code) else currency for code in found["currency"]]
    return _labelled(found)[["code", "parent", "label_en", "label_zh", "currency"]]


def build_departments(families: list[Family], facts: dict[str, pd.DataFrame], entities: pd.DataFrame, doubts: Doubts) -> pd.DataFrame:
    """The cost-centre dimension: departments of lists, of the figures' columns and of sheets; with one for rows that name none."""
    found = _named_departments(families, facts)
    found["entity"] = [_entity_of(row, facts, entities, doubts) for row in found.to_dict("records")]
    extra = [(UNMAPPED, "Unmapped department", "未映射部门"), (NONE, "No department", "无部门")]
    first = entities["code"].iloc[0]
    more = [
        {"code": code, "label_en": en, "label_zh": zh, "parent": "", "entity": first}
        for code, en, zh in extra
        if code not in set(found["code"])
    ]
    return _labelled(pd.concat([found, pd.DataFrame(more)], ignore_index=True)).assign(owner="")[
        ["code", "parent", "entity", "label_en", "label_zh", "owner"]
    ]


def renamed_departments(facts: list[pd.DataFrame], doubts: Doubts) -> dict[str, str]:
    """Departments of actual figures that end the month before another begins and are it under an old name: old → new, as answered."""
    rows = pd.concat([table[(table["department"] != "") & (table["month"] != "")] for table in facts] or [pd.DataFrame()])
    if rows.empty:
        return {}
    spans = rows.groupby("department")["month"].agg(["min", "max"]).apply(lambda months: pd.PeriodIndex(months, freq="M"))
    ended = spans[spans["max"] < spans["max"].max()]
    begun = spans[spans["min"] > spans["min"].min()]
    pairs = [(old, new) for old in ended.index for new in begun.index if ended.at[old, "max"] + 1 == begun.at[new, "min"]]
    found = {}
    for old, new in pairs:
        alike = old in new or new in old or difflib.SequenceMatcher(None, old, new).ratio() > ALIKE
        if not alike and sum(begins == begun.at[new, "min"] for begins in begun["min"]) > 1:
            continue
        about = (f"Is department {new} department {old} under a new name?", f"部门 {new} 是否为部门 {old} 的新名称？")
        seen = f"{old} ends in {ended.at[old, 'max']}, {new} begins in {begun.at[new, 'min']}"
        guess, other = ("yes", "no") if alike else ("no", "yes")
        if doubts.ask(f"department.{old}.renamed", about, seen, guess, (other,), 0.6) == "yes":
            found[old] = new
    return {old: _newest(new, found) for old, new in found.items()}


def _newest(code: str, renamed: dict[str, str]) -> str:
    """The last name of a department that was renamed more than once; names only follow later ones, so this ends."""
    return _newest(renamed[code], renamed) if code in renamed else code


def _named_departments(families: list[Family], facts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    lists = [family for family in families if family.what == "departments"]
    parts = [listed(family, ("department", "code"), ("label", "department_name", "department"), ("entity",)) for family in lists]
    if not parts:
        parts = [listed(family, ("department",), ("department_name",)) for family in families if _names_departments(family)]
    codes = {code: "" for table in facts.values() for code in table["department"].unique() if code and not NO_DEPARTMENT.search(code)}
    parts.append(pd.DataFrame({"code": list(codes)}).reindex(columns=["code", "label_en", "label_zh", "parent"], fill_value=""))
    together = pd.concat(parts, ignore_index=True).fillna("")
    together = together[~together["code"].map(is_total).astype(bool)].drop_duplicates("code").reset_index(drop=True)
    return together.assign(parent=together["parent"].where(together["parent"].isin(together["code"]), ""))


def _names_departments(family: Family) -> bool:
    return family.has("department") and any(column.role == "department_name" for column in family.columns.values())


def _entity_of(row: dict, facts: dict[str, pd.DataFrame], entities: pd.DataFrame, doubts: Doubts) -> str:
    """A department's company: the list's, else the one that most of its rows name, else the first."""
    known = list(entities["code"])
    if row.get("entity") in known:
        return row["entity"]
    votes = pd.concat(
        [table[(table["department"] == row["code"]) & (table["entity"] != "")] for table in facts.values()] or [pd.DataFrame()]
    )
    if len(votes):
        lines = votes.groupby("entity")["lines"].sum().sort_values(ascending=False)
        guess, sure = str(lines.index[0]), float(lines.iloc[0] / lines.sum())
    else:
        guess, sure = known[0], 0.95 if len(known) == 1 else 0.3
    if len(known) == 1:
        return known[0]
    about = (f"Which company does department {row['code']} belong to?", f"部门 {row['code']} 属于哪家公司？")
    return doubts.ask(f"department.{row['code']}.entity", about, "the companies of its rows", guess, tuple(known), sure)


def _labelled(table: pd.DataFrame) -> pd.DataFrame:
    """Labels in both languages; where one is missing, the other one, else the code."""
    named = table["label_en"].where(table["label_en"] != "", table["label_zh"]).where(lambda text: text != "", table["code"])
    chinese = table["label_zh"].where(table["label_zh"] != "", named)
    return table.assign(label_en=named, label_zh=chinese).fillna("")


def has_chinese(texts: list[str]) -> bool:
    """Whether any of the texts is in Chinese."""
    return any(CHINESE.search(text) for text in texts)
