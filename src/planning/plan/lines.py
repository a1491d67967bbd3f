"""The lines a report is written in: a chart's accounts, taken together where there are too many to read or to forecast one by one."""

from __future__ import annotations

from collections.abc import Iterable

from planning.core.accounts import AccountTree

MOST = 20
"""Lines that a side of a report has at most; a chart with more accounts below it is read at a higher level."""


def lines_of(tree: AccountTree, leaves: Iterable[str], under: str = "", most: int = MOST) -> dict[str, str]:
    """Each leaf's line: the account above it (or itself) at the deepest level with at most `most` lines.

    Levels are counted below `under`, from the roots where none is given, so that no line stands above another.
    Example: sales of 30 accounts in 7 categories read by category; of 14 accounts by account.
    """
    parents = tree.accounts["parent"].dropna().to_dict()
    paths = {leaf: _path(leaf, parents, under) for leaf in leaves}
    line = {leaf: path[0] for leaf, path in paths.items()}
    for level in range(1, max(map(len, paths.values()), default=0)):
        deeper = {leaf: path[min(level, len(path) - 1)] for leaf, path in paths.items()}
        if len(set(deeper.values())) > most:
            break
        line = deeper
    return line


def _path(leaf: str, parents: dict[str, str], under: str) -> list[str]:
    """The accounts from just below `under` down to the leaf."""
    path = [leaf]
    while path[0] in parents and parents[path[0]] != under and path[0] != under:
        path.insert(0, parents[path[0]])
    return path
