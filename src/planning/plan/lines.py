"""The lines a report is written in: a chart's accounts, taken together where there are too many to read or to forecast one by one."""

from __future__ import annotations

from collections.abc import Iterable

from planning.core.accounts import AccountTree

MOST = 20
"""Lines that a side of a report has at most; a chart with more accounts below it is read at a higher level."""


def lines_of(tree: AccountTree, leaves: Iterable[str], under: str = "", most: int = MOST) -> dict[str, str]:
    """Each leaf's line: the account above it (or itself) at the lowest level at which there are at most `most` lines.

    The trees below `under` (the chart's roots where none is given) are cut at the same height above their lowest accounts, so that
    no line stands above another. Example: sales of 30 accounts in 7 categories are read by category, those of 14 accounts by account.
    """
    parents = tree.accounts["parent"].dropna().to_dict()
    paths = {leaf: _path(leaf, parents, under) for leaf in leaves}
    deepest: dict[str, int] = {}
    for path in paths.values():
        deepest[path[0]] = max(deepest.get(path[0], 0), len(path))
    height, line = max(deepest.values(), default=1), {leaf: path[0] for leaf, path in paths.items()}
    for level in range(1, height):
        lower = {leaf: path[_place(level - height + deepest[path[0]], path)] for leaf, path in paths.items()}
        if len(set(lower.values())) > most:
            break
        line = lower
    return line


def _place(level: int, path: list[str]) -> int:
    return min(max(level, 0), len(path) - 1)


def _path(leaf: str, parents: dict[str, str], under: str) -> list[str]:
    """The accounts from just below `under` down to the leaf."""
    path = [leaf]
    while path[0] in parents and parents[path[0]] != under and path[0] != under:
        path.insert(0, parents[path[0]])
    return path
