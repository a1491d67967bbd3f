"""A group's statements: worked cases that can be redone on paper, and what holds of every consolidation."""

from pathlib import Path

import pytest
import yaml
from group_books import group, layout, ledger, opening, rates, stocks

from planning.core.checks import all_passed
from planning.model.consolidation import Consolidation, check_consolidation, consolidate

CASES = yaml.safe_load((Path(__file__).parents[1] / "examples" / "consolidation.yaml").read_text(encoding="utf-8"))
HOW = layout()


def made(case: dict, **other) -> Consolidation:
    first = str(case["first"])
    booked = ledger(case["postings"], first, 2)
    return consolidate(booked, opening(case["opening"]), group(case, **other), rates(case, first), HOW, stocks(case))


def failed(found: Consolidation) -> dict[str, str]:
    return {check.name: check.said for check in check_consolidation(found, HOW) if not check.passed}


@pytest.mark.parametrize("name", CASES)
def test_a_worked_group_comes_out_and_ties(name):
    case = CASES[name]
    found = made(case)
    for statement, expected in case["expected"].items():
        if statement in ("income", "sheet", "direct"):
            table = getattr(found.consolidated, statement)
            assert {account: table.at(account=account)[:, 0].tolist() for account in expected} == expected, statement
    shares = {share: found.profit.at(share=share)[:, 0].tolist() for share in ("owners", "minority")}
    assert shares == case["expected"].get("share", shares)
    missed = {name: found.differences.at(name=name)[:, 0].tolist() for name in set(found.differences.rows["name"])}
    assert {name: amounts for name, amounts in missed.items() if any(amounts)} == case["expected"].get("differences", {})
    assert not failed(found)
    assert all_passed(check_consolidation(found, HOW))
