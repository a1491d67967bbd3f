"""How much of a company `planning new` tells from its raw files with the params withheld, compared with the params.

    .venv/bin/python benchmarks/understood.py GROUP DATA    some minutes; writes benchmarks/results/understood.json

GROUP is a folder that `planning sample` wrote; DATA holds the manufacturer's warehouse (PLANNING_DATA). The city's files come with its
package. An account is right where kind, aggregation, effect on profit and, where the params list them for the same accounts, parent and
side (debit or credit) are. `silent` counts accounts that are wrong and not among the questions. codes_only: the group's list of accounts
without all columns but code and names; there a parent counts where it is a numbered account, since no file tells how the group cuts its
statements above them.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pandas as pd
import yaml
from measuring import about, save

from planning.core.sides import natural_sides
from planning.inputs.new.describe import side_nodes
from planning.inputs.new.look import Looked, look_at
from planning.inputs.new.understand import Understood, understand
from planning.inputs.new.words import is_total

PARAMS = Path(__file__).resolve().parents[1] / "params"


def read(path) -> pd.DataFrame:
    """A dimension table by code, as texts."""
    with path.open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False).set_index("code", drop=False)


def account_sides(accounts: pd.DataFrame, nodes: dict[str, list[str]]) -> dict[str, int]:
    """Each account's side."""
    table = accounts.reset_index(drop=True).astype({"weight": float, "effect": int})
    table = table.assign(parent=table["parent"].where(table["parent"] != "", None))
    return natural_sides(table, nodes.get("debit", []), nodes.get("credit", []))


def score(
    known: Understood, truth: pd.DataFrame, same: dict[str, str], nodes: dict[str, list[str]] | None, numbered: bool = False
) -> dict[str, object]:
    """Accounts right and wrong. `same`: our code → the params' code; `nodes`: the params' sides, none where they can't be compared."""
    found = known.accounts.set_index("code", drop=False)
    ours, theirs = account_sides(found, side_nodes(known)), account_sides(truth, nodes or {})
    wrong = {}
    for code, meant in same.items():
        if code not in found.index:
            wrong[code] = ["not found"]
            continue
        parts = [name for name in ("kind", "aggregation", "effect") if str(found.at[code, name]) != truth.at[meant, name]]
        if nodes is not None:
            parent, wanted = found.at[code, "parent"], truth.at[meant, "parent"]
            compared = wanted in same.values() and (not numbered or wanted[:1].isdigit())
            parts += ["parent"] if compared and same.get(parent, "") != wanted else []
            sided = truth.at[meant, "kind"] not in ("statistical", "result")
            parts += ["side"] if sided and ours.get(code) != theirs.get(meant) else []
        if parts:
            wrong[code] = parts
    asked = {question.id for question in known.doubts.open}
    silent = [code for code in wrong if f"account.{code}" not in asked]
    right = len(same) - len(wrong)
    return {
        "accounts": len(same),
        "right": right,
        "share": round(right / len(same), 3),
        "wrong": wrong,
        "silent": silent,
        "questions": len(asked),
    }


def periods_and_departments(known: Understood, departments: set[str]) -> dict[str, object]:
    """What was told of the calendar, and how many of the departments."""
    told = set(known.departments["code"])
    return {
        "first_month": known.first_month,
        "start": known.start,
        "end": known.end,
        "departments": f"{len(departments & told)} of {len(departments)}",
    }


def group(folder: Path, codes_only: bool) -> dict[str, object]:
    """The made-up group."""
    catalogue = files("planning.inputs.sample").joinpath("catalogue")
    truth, departments = read(catalogue.joinpath("accounts.csv")), set(read(catalogue.joinpath("departments.csv"))["code"])
    looked = look_at(folder)
    if codes_only:
        kept = ["code", "label_en", "label_zh"]
        looked.tables = [replace(table, sample=table.sample[kept]) if table.sheet == "accounts" else table for table in looked.tables]
    known = understand("firm", looked, {})
    nodes = yaml.safe_load((PARAMS / "sample" / "company.yaml").read_text(encoding="utf-8"))["sides"]
    scored = score(known, truth, {code: code for code in truth.index}, nodes, codes_only)
    return scored | periods_and_departments(known, departments)


def manufacturer(folder: Path) -> dict[str, object]:
    """The bicycle manufacturer."""
    params = PARAMS / "adventureworks"
    truth, known = read(params / "accounts.csv"), understand("firm", look_at(folder), {})
    mapped = pd.read_csv(params / "account_map.csv", dtype=str).set_index("code")["account"].to_dict()
    named = {label.replace("'", "").lower(): code for code, label in truth["label_en"].items()}
    rows = known.accounts.set_index("code")["label_en"].str.lower().items()
    same = {code: mapped.get(code) or named.get(label, "") for code, label in rows}
    nodes = yaml.safe_load((params / "company.yaml").read_text(encoding="utf-8"))["sides"]
    listed = pd.read_csv(params / "department_map.csv", dtype=str)["code"]
    return score(known, truth, {code: meant for code, meant in same.items() if meant}, nodes) | periods_and_departments(known, set(listed))


def city() -> dict[str, object]:
    """The city, whose lines have names and no codes; parents and sides are the params' own, so only the rest is compared."""
    params = PARAMS / "philadelphia"
    sources = yaml.safe_load((params / "company.yaml").read_text(encoding="utf-8"))["sources"].values()
    same = {text: code for source in sources for text, code in source["account"].get("map", {}).items() if not is_total(text)}
    package = Path(importlib.util.find_spec("phl_budget_data").submodule_search_locations[0])
    looked: Looked = look_at(package / "data" / "historical")
    known = understand("firm", looked, {})
    departments = set(read(params / "cost_centres.csv")["code"]) - {"citywide", "unmapped"}
    return score(known, read(params / "accounts.csv"), same, None) | periods_and_departments(known, departments)


def main() -> None:
    """All of them."""
    made, data = map(Path, sys.argv[1:3])
    results = {
        "group": group(made, codes_only=False),
        "group_codes_only": group(made, codes_only=True),
        "manufacturer": manufacturer(data / "adventureworks_dw"),
        "city": city(),
    }
    for name, result in results.items():
        print(name, {key: value for key, value in result.items() if key != "wrong"}, result["wrong"])
    save(about("understood") | results)


if __name__ == "__main__":
    main()
