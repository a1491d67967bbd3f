"""Lines: accounts read together where there are too many."""

from ledgers import ACCOUNTS

from planning.core.accounts import AccountTree
from planning.plan.lines import lines_of

TREE = AccountTree(ACCOUNTS)


def test_few_accounts_are_lines_themselves():
    assert lines_of(TREE, TREE.leaves("net"), "net") == {leaf: leaf for leaf in TREE.leaves("net")}


def test_many_accounts_are_read_at_the_lowest_level_that_is_few_enough():
    line = lines_of(TREE, TREE.leaves("net"), "net", most=4)
    assert line["outside"] == line["inside"] == "sales" and line["goods"] == "cost" and line["wages"] == line["rent"] == "spent"
    assert set(lines_of(TREE, TREE.leaves("net"), "net", most=2).values()) == {"gross", "spent"}


def test_no_line_stands_above_another_and_none_above_the_side_itself():
    for most in range(1, 9):
        lines = set(lines_of(TREE, TREE.leaves("net"), "net", most).values())
        above = {ancestor for _, ancestor, _ in TREE.paths.itertuples(index=False)} - {"net"}
        assert "net" not in lines and lines <= above | set(TREE.leaves("net"))
        assert not [(a, b) for a in lines for b in lines if a != b and set(TREE.leaves(a)) < set(TREE.leaves(b))]
