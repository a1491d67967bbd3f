"""The chart of accounts: kind, side, place in the statements and aggregation, from what lists say, from codes and from names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

import pandas as pd

from planning.core.accounts import AGGREGATIONS
from planning.inputs.new.names import ASIDE, CARRIED_OUT, INCOME_AMONG_COSTS, Named, aggregation_named, kind_named, kind_said, plain
from planning.inputs.new.questions import Doubts

KINDS = ("revenue", "expense", "result", "balance", "statistical")
CLASSES = {
    "1": ("balance", "asset"), "2": ("balance", "liability"), "3": ("balance", "common"), "4": ("balance", "equity"),
    "5": ("expense", "cost"), "6": ("", "profit"),
}  # fmt: skip
"""The first digit of a code in the numbering of 企业会计准则应用指南."""


@dataclass(frozen=True)
class Account:
    """One account as it is understood: where it stands, what it is, how sure, and from what."""

    code: str
    label_en: str
    label_zh: str
    parent: str = ""
    kind: str = ""
    weight: int = 1
    effect: int = 0
    better: str = "neutral"
    aggregation: str = "flow"
    unit: str = ""
    scale: int = 2
    sure: float = 0.0
    why: str = ""


@lru_cache(maxsize=2)
def _listed(name: str) -> pd.DataFrame:
    with files("planning.inputs.new").joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False).set_index("code", drop=False)


def standard_accounts() -> pd.DataFrame:
    """The accounts of the numbering that finance people in China know: code, line, labels, kind, contra."""
    return _listed("standard_accounts.csv")


def statement_lines() -> pd.DataFrame:
    """The lines of balance sheet and income statement that accounts add into, with the names they go by."""
    return _listed("statement_lines.csv")


def build_chart(seen: pd.DataFrame, doubts: Doubts, currency: str) -> pd.DataFrame:
    """The accounts dimension with `sure` and `why`, totals before what adds into them.

    `seen`: one row a code with label_en, label_zh, parent and, as texts or empty, kind, operator, effect, better, aggregation, unit, scale.
    """
    rows = {row["code"]: row for row in seen.to_dict("records")}
    standard, listed = follows_standard(seen), any(row["parent"] for row in rows.values())
    own_lines = _own_lines(rows, listed)
    parents = {code: _parent(code, row, rows) for code, row in rows.items()}
    found: dict[str, Account] = {}
    for code in _parents_first(rows, parents):
        account = _understood(rows[code], parents[code], found, standard, own_lines, currency)
        found[code] = replace(account, parent=parents[code]) if listed else account
    placed = found if listed else _with_lines(found, own_lines, currency)
    asked = {code: _asked(account, doubts) for code, account in placed.items()}
    return pd.DataFrame([vars(account) for account in asked.values()])


def follows_standard(seen: pd.DataFrame) -> bool:
    """Whether most four-digit beginnings of the codes are accounts of the standard list, and the names don't gainsay it."""
    heads = {
        code[:4]: (row["label_zh"], row["label_en"])
        for code, row in zip(seen["code"], seen.to_dict("records"), strict=True)
        if re.match(r"\d{4}", code)
    }
    listed = standard_accounts()
    known = [code for code in heads if code in listed.index]
    if not heads or len(known) < 0.5 * len(heads) or len(heads) < 0.3 * seen["code"].nunique() ** 0.5:
        return False
    named = seen[seen["code"].isin(known) & (seen["label_zh"] != "")]
    alike = [_alike(row["label_zh"], listed.at[row["code"], "label_zh"]) for row in named.to_dict("records")]
    return sum(alike) >= 0.5 * len(alike) if alike else len(known) >= 0.7 * len(heads)


def _alike(name: str, standard: str) -> bool:
    return standard[:2] in name or name[:2] in standard


def _parent(code: str, row: dict, rows: dict[str, dict]) -> str:
    """The parent that the list names, else the longest other code that this one begins with."""
    if row["parent"] and row["parent"] in rows and row["parent"] != code:
        return row["parent"]
    if row["parent"] or not re.match(r"\d{3,}", code):
        return ""
    cut = next(
        (code[:end] for end in range(len(code) - 1, 2, -1) if code[:end].rstrip(".-_ ") in rows and code[:end].rstrip(".-_ ") != code), ""
    )
    return cut.rstrip(".-_ ")


def _parents_first(rows: dict[str, dict], parents: dict[str, str]) -> list[str]:
    ordered: dict[str, None] = {}
    for code in rows:
        line, at = [code], code
        while (at := parents[at]) and at not in ordered and at not in line:
            line.append(at)
        ordered |= dict.fromkeys(reversed(line))
    return list(ordered)


def _own_lines(rows: dict[str, dict], listed: bool) -> dict[str, str]:
    """Codes of the company's own totals by the statement line they stand for, told by their names."""
    own: dict[str, str] = {}
    for code, row in rows.items():
        line = _line_named(row) if listed or not re.match(r"\d", code) else ""
        if line:
            own.setdefault(line, code)
    return own


def _line_named(row: dict) -> str:
    said = {plain(row["label_en"]), plain(row["label_zh"])} - {""}
    return next((line for line, names in statement_lines()["names"].items() if said & set(names.split("|"))), "")


def _understood(row: dict, parent: str, found: dict[str, Account], standard: bool, own_lines: dict[str, str], currency: str) -> Account:
    above = found.get(parent)
    code, labels = row["code"], (row["label_en"] or row["label_zh"] or row["code"], row["label_zh"] or row["label_en"] or row["code"])
    base = Account(code, *labels, parent=parent, unit=currency)
    if row["kind"] in KINDS and row["aggregation"] in AGGREGATIONS:
        return _as_listed(base, row, currency)
    line = next((line for line, own in own_lines.items() if own == code), "")
    named = _decide(row, above, standard, line)
    account = replace(
        base,
        kind=named.kind,
        weight=-1 if named.contra else 1,
        sure=named.sure,
        why=named.why,
        parent=parent or named.line.removeprefix(ASIDE),
    )
    account = _weighed(account, row, above, named)
    return _counted(account, row, named)


def _as_listed(base: Account, row: dict, currency: str) -> Account:
    """An account whose list says it all in our words."""
    weight = int(float(row["operator"] or 1))
    effect = int(float(row["effect"] or {"revenue": 1, "result": 1, "expense": -1}.get(row["kind"], 0)))
    digits = int(float(row["scale"])) if row["scale"] else 2
    return replace(
        base, kind=row["kind"], weight=weight, effect=effect, better=row["better"] or "neutral", aggregation=row["aggregation"],
        unit=row["unit"] or currency, scale=digits, sure=0.99, why="listed",
    )  # fmt: skip


def _decide(row: dict, above: Account | None, standard: bool, line: str) -> Named:
    """Kind and place: from the list's own word, the code's class, the account above, the name, the surest first."""
    if line:
        known = statement_lines().loc[line]
        return Named(known["kind"], known["parent"], known["weight"] == "-1", 0.9, "a total known by its name")
    if above is not None:
        return _below(row, above, kind_said(row["kind"]))
    code = row["code"]
    if standard and re.match(r"[1-6]\d{3}", code):
        return _by_standard(row)
    by_name = kind_named(row["label_zh"], row["label_en"])
    if (said := kind_said(row["kind"])) is not None:
        return _both(said, by_name)
    if by_name is None:
        return Named("expense", "operating_profit", False, 0.2, "nothing says what it is")
    return replace(by_name, sure=by_name.sure if not standard else min(by_name.sure, 0.8))


def _both(said: Named, by_name: Named | None) -> Named:
    """The list's word for the kind; the name tells the line and whether it takes off from it."""
    if by_name is not None and by_name.kind == said.kind:
        return replace(said, line=by_name.line or said.line, contra=by_name.contra, sure=0.95)
    return replace(said, sure=0.9 if by_name is None else 0.8)


def _below(row: dict, above: Account, said: Named | None) -> Named:
    """An account below another is of its kind, unless the list or its name says otherwise."""
    by_name = kind_named(row["label_zh"], row["label_en"])
    name = f"{row['label_zh']} {row['label_en']}"
    if said is not None and above.kind != "statistical":
        if by_name is not None and by_name.kind == "result":
            return replace(by_name, line="", contra=False)
        agrees = by_name is None or by_name.kind == said.kind
        return replace(said, line="", contra=bool(by_name and by_name.contra and said.kind == "balance"), sure=0.95 if agrees else 0.8)
    if above.kind == "result" and by_name is not None:
        return replace(by_name, line="", contra=by_name.kind == "expense", sure=min(by_name.sure, 0.8))
    if above.kind == "expense" and INCOME_AMONG_COSTS.search(name):
        return Named("revenue", "", True, 0.75, "income among costs, by its name")
    if above.kind in ("expense", "revenue") and CARRIED_OUT.search(name):
        return Named(above.kind, "", True, 0.75, "carried out, by its name")
    turned = above.kind == "balance" and by_name is not None and by_name.contra and above.weight > 0
    return Named(above.kind, "", turned, 0.7 if turned else max(above.sure - 0.01, 0.0), f"as {above.code} above it")


def _by_standard(row: dict) -> Named:
    code, name = row["code"], f"{row['label_zh']} {row['label_en']}"
    listed = standard_accounts()
    by_name = kind_named(row["label_zh"], row["label_en"])
    if code in listed.index:
        known = listed.loc[code]
        same = not row["label_zh"] or _alike(row["label_zh"], known["label_zh"])
        fits = by_name is None or (by_name.kind, by_name.contra) == (known["kind"], bool(known["contra"]))
        sure = 0.6 if known["line"] == "" and code.startswith("3") else 0.97 if same else 0.9 if fits else 0.6
        if same or fits:
            return Named(known["kind"], known["line"], bool(known["contra"]), sure, f"{code} of the standard numbering")
    kind, line = _by_class(code)
    if by_name is not None and by_name.kind != kind:
        if by_name.contra and code.startswith("6"):
            return Named(by_name.kind, by_name.line, True, 0.7, "its name, against its class")
        return Named(kind, line, False, 0.6, "its class, against its name")
    contra = bool(by_name and by_name.contra)
    agrees = by_name is not None or code[0] in "4"
    return Named(kind, line, contra, 0.86 if agrees and not contra else 0.75, f"class {code[0]} of the standard numbering, {name.strip()}")


def _by_class(code: str) -> tuple[str, str]:
    """Kind and line of a code that the standard list lacks, by its class and its group within it."""
    if code[0] != "6":
        lines = {
            "1": "current_assets" if code < "1500" else "non_current_assets",
            "2": "current_liabilities" if code < "2400" else "non_current_liabilities",
        }
        return CLASSES[code[0]][0], lines.get(code[0], "equity" if code[0] == "4" else "")
    groups = {"60": "revenue", "64": "cost_of_sales", "63": "profit_before_tax", "68": "net_profit", "69": "net_profit"}
    return "revenue" if code < "6400" else "expense", groups.get(code[:2], "operating_profit")


def _weighed(account: Account, row: dict, above: Account | None, named: Named) -> Account:
    """The sign into the parent, from the list's operator, else from the kinds; and what a rise does to the result."""
    kind_above = above.kind if above is not None else statement_lines()["kind"].get(named.line, "")
    weight = {"+": 1, "-": -1, "1": 1, "-1": -1, "1.0": 1, "-1.0": -1}.get(row["operator"])
    if weight is None:
        turned = {("expense", "result"), ("expense", "revenue"), ("revenue", "expense")}
        weight = -1 if (account.kind, kind_above) in turned or named.contra else 1
    aside = named.line == ASIDE or (above is not None and above.kind == "result" and not above.effect)
    aside = aside or (
        account.kind == "expense" and (above.effect == 0 if above is not None else named.line == "" and row["code"][:1] == "5")
    )
    effect = 0 if aside or account.kind in ("balance", "statistical") else -1 if account.kind == "expense" else 1
    better = {"revenue": "up", "result": "up", "expense": "down"}.get(account.kind, "neutral") if effect else "neutral"
    return replace(account, weight=weight, effect=effect, better=better)


def _counted(account: Account, row: dict, named: Named) -> Account:
    if account.kind == "statistical":
        how, sure = aggregation_named(row["label_zh"], row["label_en"])
        return replace(
            account,
            aggregation=how,
            unit=row["unit"] or "unit",
            scale=2 if how in ("average", "ratio") else 0,
            sure=min(sure, account.sure),
        )
    return replace(account, aggregation="stock" if account.kind == "balance" else "flow")


def _with_lines(found: dict[str, Account], own: dict[str, str], currency: str) -> dict[str, Account]:
    """The statement lines that the accounts add into, where the company has none of its own, above them."""
    named = {line: own.get(line, line) for line in statement_lines().index}
    moved = {code: replace(account, parent=named.get(account.parent, account.parent)) for code, account in found.items()}
    needed: dict[str, None] = {}
    for account in moved.values():
        line = next((line for line, code in named.items() if code == account.parent), "")
        while line:
            needed[line] = None
            line = statement_lines().at[line, "parent"]
    lines = {}
    for line in (line for line in statement_lines().index if line in needed and named[line] not in moved):
        row = statement_lines().loc[line]
        lines[named[line]] = Account(
            named[line], row["label_en"], row["label_zh"], named.get(row["parent"], ""), row["kind"], int(row["weight"]),
            int(row["effect"]),
            row["better"], "stock" if row["kind"] == "balance" else "flow", currency, 2, 0.99, "a line of the statements",
        )  # fmt: skip
    return lines | moved


def _asked(account: Account, doubts: Doubts) -> Account:
    """The account after its question: another kind moves it to that kind's line."""
    about = (f"What kind of account is {account.code} {account.label_en}?", f"科目 {account.code} {account.label_zh} 属于哪一类？")
    said = f"{account.kind}{' (contra)' if account.weight < 0 else ''}"
    seen = f"{account.code} {account.label_en} / {account.label_zh}; {account.why}"
    choices = (*KINDS, *(f"{kind} (contra)" for kind in ("balance", "expense", "revenue")))
    answer = doubts.ask(f"account.{account.code}", about, seen, said, choices, account.sure)
    return account if answer == said else _answered(account, answer)


def _answered(account: Account, answer: str) -> Account:
    kind, contra = answer.removesuffix(" (contra)"), answer.endswith("(contra)")
    effect = {"revenue": 1, "result": 1, "expense": -1}.get(kind, 0)
    aggregation = "stock" if kind == "balance" else account.aggregation if kind == account.kind or kind == "statistical" else "flow"
    line = {"revenue": "revenue", "expense": "operating_profit", "balance": "assets"}.get(kind, "")
    parent = account.parent if account.parent not in statement_lines().index or kind == account.kind else line
    return replace(
        account, kind=kind, parent=parent, weight=-1 if contra else 1, effect=effect, aggregation=aggregation, sure=1.0, why="answered"
    )
