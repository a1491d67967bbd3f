"""Forecasts that add up: accounts, units and their crossings say one thing, in the figures shown and in every future drawn.

A `Structure` says which nodes there are and how each is made of the bottoms, the cells that hold rows. Every node is forecast on its
own (`base`, which does not add up); `reconciled` moves these forecasts the least, in the measure of how surely each is known, so
that they do. `bottom_draws` draws futures from the nodes' own quantiles, whole paths of all nodes at once, and what missed together in
the past misses together in a draw; `Structure.add_up` gives all nodes of it.

Sums are of bottoms and exact: with `digits` in whole units of money, without in steps so small that no float is rounded on the way.
`errors` are actual minus forecast of every node: origins × nodes × months (oldest first, equally spaced, each path closed), in
today's size where the series grows. `residuals` are errors of one step, made while a model is fitted: months × nodes; they are many,
so they tell better which nodes miss together, and `errors` how much each misses. What bottoms `positive` marks
never falls below zero; see `none_below_zero`.

Sources: Wickramasuriya, Athanasopoulos and Hyndman (2019), minimum trace (MinT) reconciliation; Schäfer and Strimmer (2005), the
shrunk correlation; Wickramasuriya, Turlach and Hyndman (2020), non-negative reconciliation (here in another measure, see `holding`);
Panagiotelis and others (2023), reconciled draws; Júdice and Pires (1994), block pivoting.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import linalg, sparse
from scipy.special import ndtri

from planning.core.accounts import AccountTree, circles
from planning.core.errors import Problem, at_most
from planning.core.money import LARGEST
from planning.model.history import is_whole, raise_problems

ALL = "*"
"""Stands in a node's name where a key is added over."""
DENSE = 2000
"""Nodes up to which the errors' correlations are used; with more, each node is weighted by its own variance alone."""
HELD = 0.1
"""A sum's size while negatives are mended, as a share of its parts' errors, taken as independent."""
ROUNDS = 30  # of changing what is held at zero; what is left below zero after them is cut
COARSE, COARSE_ROUNDS = 1e-9, 6  # the same beyond DENSE, and how exactly each round is solved: the square of the share that is left
COLUMNS = 256  # months of draws solved at a time in a structure beyond DENSE
FEWEST = 4  # error paths that draws can be made of


# ------------------------------------------------------------------------------------------------------------- structure


@dataclass(frozen=True, eq=False)
class Structure:
    """Which nodes there are, and how each is added up from the bottoms.

    `by`: the keys that name a node; `nodes`: their names, one tuple each, ALL where a key is added over; `levels`: each node's
    level, for scores by level; `bottoms`: the positions of the bottoms among the nodes; `sums`: nodes × bottoms, sparse, with the
    weight of each bottom in each node (−1 where it is taken off).
    """

    by: tuple[str, ...]
    nodes: list[tuple]
    levels: list[str]
    bottoms: np.ndarray
    sums: sparse.csr_array

    def add_up(self, values: np.ndarray, nodes: Collection[tuple] | None = None) -> np.ndarray:
        """Bottoms × … or draws × bottoms × months → the same with all nodes, or those named, in their order here."""
        rows = self.sums if nodes is None else self.sums[[self.position[node] for node in nodes]]
        values = np.asarray(values, dtype="float64")
        if values.ndim < 3:
            return rows @ values
        return np.stack([rows @ draw for draw in values])

    def only(self, nodes: Iterable[tuple]) -> Structure:
        """The structure with just these nodes and all bottoms: what people look at, where a crossing has far more."""
        wanted = set(nodes)
        raise_problems("structure", _unknown(wanted - set(self.nodes), "node", "nodes"))
        return _part(self, np.array([name in wanted for name in self.nodes]) | self.is_bottom)

    @cached_property
    def position(self) -> dict[tuple, int]:
        """Where each node stands."""
        return {name: place for place, name in enumerate(self.nodes)}

    @cached_property
    def is_bottom(self) -> np.ndarray:
        """Whether each node is a bottom."""
        return np.isin(np.arange(len(self.nodes)), self.bottoms)

    def history(self, table: pd.DataFrame) -> pd.DataFrame:
        """Every node's history from the bottoms': `by` + period + amount, nodes in order, months in order.

        `table`: `by` + period + amount, each bottom in the same months; a month that a bottom lacks is a problem, not a 0.
        """
        raise_problems("structure: history", _history_problems(table, self))
        names = [name[0] if len(self.by) == 1 else name for name in (self.nodes[place] for place in self.bottoms)]
        wide = table.pivot(index=list(self.by), columns="period", values="amount").loc[names]
        amounts = self.add_up(wide.to_numpy("float64"))
        keys = pd.DataFrame(self.nodes, columns=list(self.by))
        rows = keys.loc[keys.index.repeat(len(wide.columns))].reset_index(drop=True)
        return rows.assign(period=np.tile(wide.columns.to_numpy(), len(keys)), amount=amounts.ravel())


def account_structure(tree: AccountTree, accounts: Collection[str] | None = None) -> Structure:
    """The account tree over the leaves that hold rows (default: all that add up), with the weights into the parents.

    A ratio is no sum and has no place here: left out by default, a problem when asked for. Example: revenue less costs is the result.
    """
    leaves = set(tree.paths["account"])
    ratios = set(tree.accounts.index[tree.accounts["aggregation"] == "ratio"])
    used = leaves - ratios if accounts is None else set(accounts)
    paths = tree.paths[tree.paths["account"].isin(used) & (tree.paths["weight"] != 0)]
    raise_problems("account structure", _leaf_problems(used, leaves) + _ratio_problems((used | set(paths["ancestor"])) & ratios))
    order = [code for code in tree.accounts.index if code in set(paths["ancestor"])]
    return _from_paths("account", paths.rename(columns={"account": "bottom"}), order)


def unit_structure(parent: dict[str, str], units: Collection[str] | None = None, by: str = "cost_centre") -> Structure:
    """A tree of units, each adding into its parent; `units`: those that hold rows (default: all that have none below).

    A unit that holds rows and has units below is a problem: its own rows need a name of their own, else they would be lost.
    """
    rounds = [Problem("parents run in a circle", "parent", " → ".join([*circle, circle[0]])) for circle in circles(parent)]
    raise_problems("unit structure", rounds)
    every = list(dict.fromkeys([*parent.values(), *parent, *(units or ())]))
    leaves = [unit for unit in every if unit not in set(parent.values())]
    used = leaves if units is None else list(units)
    raise_problems("unit structure", _leaf_problems(set(used), set(leaves)))
    rows = [(unit, above, 1.0) for unit in used for above in _upwards(unit, parent)]
    paths = pd.DataFrame(rows, columns=["bottom", "ancestor", "weight"])
    return _from_paths(by, paths, [unit for unit in every if unit in set(paths["ancestor"])])


def _upwards(unit: str, parent: dict[str, str]) -> list[str]:
    path = [unit]
    while path[-1] in parent:
        path.append(parent[path[-1]])
    return path


def _from_paths(by: str, paths: pd.DataFrame, order: list[str]) -> Structure:
    """One tree from its paths (bottom, ancestor, weight), the bottom itself among the ancestors; levels count from the top."""
    bottoms = [code for code in order if code in set(paths["bottom"])]
    rows, columns = pd.Index(order).get_indexer(paths["ancestor"]), pd.Index(bottoms).get_indexer(paths["bottom"])
    sums = sparse.csr_array((paths["weight"].to_numpy(float), (rows, columns)), shape=(len(order), len(bottoms)))
    height = _heights(paths)
    levels = [f"{by} {height[code]}" if height[code] else f"{by} bottom" for code in order]
    return Structure((by,), [(code,) for code in order], levels, pd.Index(order).get_indexer(bottoms), sums)


def _heights(paths: pd.DataFrame) -> dict[str, int]:
    """How many steps each node is above its furthest bottom."""
    steps = paths.assign(step=paths.groupby("bottom", sort=False).cumcount())
    return steps.groupby("ancestor")["step"].max().to_dict()


def grouped_structure(bottoms: pd.DataFrame, groupings: Iterable[Sequence[str]]) -> Structure:
    """Cells named by several keys, added up over each of the groupings: () is the total, ("state",) each state.

    `bottoms`: one row a cell, the columns are its keys. A grouping by all keys is the cells themselves, which are always there.
    """
    by, groupings = list(bottoms.columns), [tuple(grouping) for grouping in groupings]
    raise_problems("grouped structure", _grouping_problems(bottoms, groupings))
    parts = [_one_grouping(bottoms, grouping) for grouping in groupings if set(grouping) != set(by)]
    names = [name for part, _, _ in parts for name in part] + list(bottoms.itertuples(index=False, name=None))
    levels = [level for part, level, _ in parts for _ in part] + [" × ".join(by)] * len(bottoms)
    blocks = [block for _, _, block in parts] + [sparse.eye_array(len(bottoms), format="csr")]
    sums = sparse.csr_array(sparse.vstack(blocks))
    return Structure(tuple(by), names, levels, np.arange(len(names) - len(bottoms), len(names)), sums)


def _one_grouping(bottoms: pd.DataFrame, grouping: tuple[str, ...]) -> tuple[list[tuple], str, sparse.csr_array]:
    """The names, the level and the sums of one grouping."""
    over = [column for column in bottoms.columns if column not in grouping]
    keys = pd.MultiIndex.from_frame(bottoms.assign(**dict.fromkeys(over, ALL)))
    codes, names = keys.factorize(sort=True)
    block = sparse.csr_array((np.ones(len(codes)), (codes, np.arange(len(codes)))), shape=(len(names), len(codes)))
    return list(names), " × ".join(column for column in bottoms.columns if column in grouping) or "total", block


def crossed(first: Structure, second: Structure, present: Iterable[tuple] | None = None) -> Structure:
    """Every node of one structure with every node of the other: the group's result, a unit's result, an account of the group.

    `present`: the names of the cells that hold rows (default: all pairs of bottoms); a node without any below it is left out.
    See `Structure.only` for fewer nodes. Example: 3 accounts by 3 units, 2 bottoms each, give 4 cells and 9 nodes.
    """
    names = [(*one, *other) for one in first.nodes for other in second.nodes]
    levels = [f"{one} × {other}" for one in first.levels for other in second.levels]
    bottoms = (first.bottoms[:, None] * len(second.nodes) + second.bottoms).ravel()
    sums = sparse.kron(first.sums, second.sums, format="csr")
    whole = Structure((*first.by, *second.by), names, levels, bottoms, sums)
    return whole if present is None else _of_cells(whole, set(present))


def _of_cells(whole: Structure, present: set[tuple]) -> Structure:
    cells = [whole.nodes[place] for place in whole.bottoms]
    raise_problems("crossed structure", _unknown(present - set(cells), "cell", "present") + _empty(present, "present"))
    kept = np.array([cell in present for cell in cells])
    sums = sparse.csr_array(whole.sums[:, kept])
    return _part(Structure(whole.by, whole.nodes, whole.levels, whole.bottoms[kept], sums), np.diff(sums.indptr) > 0)


def _part(whole: Structure, kept: np.ndarray) -> Structure:
    """The nodes that are kept, all bottoms among them."""
    place = np.cumsum(kept) - 1
    names, levels = ([value for value, keep in zip(values, kept, strict=True) if keep] for values in (whole.nodes, whole.levels))
    return Structure(whole.by, names, levels, place[whole.bottoms], sparse.csr_array(whole.sums[kept]))


# --------------------------------------------------------------------------------------------------------------- weights


class Spread:
    """How surely each node is known: `size`, the nodes' typical errors, and `correlation` between them (None: taken as independent)."""

    def __init__(self, size: np.ndarray, correlation: np.ndarray | None = None):
        self.size, self.correlation = size, correlation


def _no_certainty(size: np.ndarray, structure: Structure) -> np.ndarray:
    """Sizes with a least one, for what never erred: a 10⁷th of the usual bottom's, for a sum a 10⁴th of its parts' together."""
    bottoms = size[structure.bottoms]
    usual = np.median(bottoms[bottoms > 0]) if (bottoms > 0).any() else size.max()
    bottoms = np.maximum(bottoms, 1e-7 * usual)
    parts = np.sqrt(structure.sums.power(2) @ bottoms**2)
    return np.maximum(size, np.where(structure.is_bottom, 1e-7 * usual, 1e-4 * parts))


def spread_of(errors: np.ndarray | None, structure: Structure, residuals: np.ndarray | None = None) -> Spread:
    """The nodes' typical errors and, up to DENSE nodes, their correlations, shrunk as far as the errors' number demands.

    Sizes come from `errors`, which are of the months asked for; correlations from `residuals`, which are many, where they are given.
    With one origin, or more than DENSE nodes, each node has its own variance and no correlation. Without any errors, or with all
    of them 0, a node's variance is the number of bottoms in it (structural scaling).
    """
    sized, related = (errors, residuals) if errors is not None and len(errors) else (residuals, residuals)
    if sized is None or not len(sized) or not np.any(sized):
        return Spread(np.sqrt(abs(structure.sums).sum(axis=1)))
    size = _no_certainty(_node_sizes(sized / _month_sizes(sized)), structure)
    related = sized if related is None else related
    if len(related) < 2 or len(structure.nodes) > DENSE:
        return Spread(size)
    return Spread(size, shrunk_correlation(related))


def _node_sizes(errors: np.ndarray) -> np.ndarray:
    return np.sqrt(np.mean(errors**2, axis=(0, 2)))


def _month_sizes(errors: np.ndarray) -> np.ndarray:
    """How much larger errors are in each month ahead than over all months: far months must not decide alone."""
    shares = _shares(errors)
    month = np.sqrt(np.mean(shares**2, axis=(0, 1)))
    return np.where(month > 0, month, 1)


def _shares(errors: np.ndarray) -> np.ndarray:
    """Errors over their node's typical size; 0 where it never erred."""
    size = _node_sizes(errors)[:, None]
    return np.divide(errors, size, out=np.zeros_like(errors), where=size > 0)


def shrunk_correlation(errors: np.ndarray) -> np.ndarray:
    """The correlation of errors (origins × nodes × months), drawn towards none as far as chance could have made it.

    The months of one origin hang together, so it is the origins that count as samples. Source: Schäfer and Strimmer (2005).
    """
    shares = _shares(errors / _month_sizes(errors))
    products = [path @ path.T / path.shape[1] for path in shares]
    mean = sum(products) / len(products)
    doubt = sum((product - mean) ** 2 for product in products) / (len(products) * (len(products) - 1))
    off = ~np.eye(len(mean), dtype=bool)
    signal = np.sum(mean[off] ** 2)
    shrink = float(np.clip(doubt[off].sum() / signal, 1e-4, 1)) if signal > 0 else 1.0
    found = (1 - shrink) * mean
    np.fill_diagonal(found, 1.0)
    return found


def _weighted(structure: Structure, spread: Spread) -> _Weighted:
    return _Many(structure, spread) if spread.correlation is None and len(structure.nodes) > DENSE else _Few(structure, spread)


class _Weighted(ABC):
    """The bottoms nearest to forecasts of all nodes, in the measure of a spread; columns are months or draws of months.

    With A = S'W⁻¹S, the bottoms of y are A⁻¹S'W⁻¹y.
    """

    @abstractmethod
    def bottoms(self, base: np.ndarray) -> np.ndarray:
        """Nodes × columns → bottoms × columns; they may fall below zero."""

    @abstractmethod
    def none_below_zero(self, bottoms: np.ndarray, positive: np.ndarray) -> np.ndarray:
        """The nearest to these bottoms, bottoms × columns, with no positive one below zero."""


def holding(structure: Structure, spread: Spread) -> Spread:
    """The measure in which negatives are mended: bottoms give way as their errors are large, sums are held ten times as fast.

    Errors that hang together are no measure for it: with them a shop raised to zero would raise all shops, since they rise together.
    """
    sums = HELD * np.sqrt(structure.sums.power(2) @ spread.size[structure.bottoms] ** 2)
    return Spread(np.where(structure.is_bottom, spread.size, sums))


def none_below_zero(bottoms: np.ndarray, positive: np.ndarray, structure: Structure, spread: Spread) -> np.ndarray:
    """Bottoms × columns with no positive one below zero, as near as can be to these in the measure of `holding`.

    What raises a bottom to zero is taken from those beside it, so that every sum stays near where it was: a hundredth of it is left in
    the total, unless the total itself would have to be negative. What cannot be found in ROUNDS is cut.
    """
    bad = np.flatnonzero((bottoms[positive] < 0).any(axis=0))
    mended = bottoms.copy()
    if len(bad):
        mended[:, bad] = _weighted(structure, holding(structure, spread)).none_below_zero(bottoms[:, bad], positive)
    mended[positive] = np.maximum(mended[positive], 0)
    return mended


class _Few(_Weighted):
    """With the whole matrix of errors: some thousand nodes at most."""

    def __init__(self, structure: Structure, spread: Spread):
        sums = structure.sums.toarray() / spread.size[:, None]
        correlation = np.eye(len(sums)) if spread.correlation is None else spread.correlation
        weighted = linalg.cho_solve(linalg.cho_factor(correlation, lower=True), sums)
        scale = 1 / np.sqrt(np.einsum("ij,ij->j", sums, weighted))
        inverse = linalg.cho_solve(linalg.cho_factor((sums.T @ weighted) * scale[:, None] * scale, lower=True), np.diag(scale))
        self.variance = inverse * scale[:, None]
        self.gain = self.variance @ weighted.T / spread.size

    def bottoms(self, base: np.ndarray) -> np.ndarray:
        return self.gain @ base

    def none_below_zero(self, bottoms: np.ndarray, positive: np.ndarray) -> np.ndarray:
        return np.column_stack([self._one(column, positive) for column in bottoms.T])

    def _one(self, start: np.ndarray, positive: np.ndarray) -> np.ndarray:
        """Those held at zero change until none is below it and none is held that would rise by itself."""
        found, held, least = start, positive & (start < 0), 1e-9 * np.abs(start).max()
        for _ in range(ROUNDS):
            push = linalg.solve(self.variance[np.ix_(held, held)], start[held], assume_a="pos")
            found = start - self.variance[:, held] @ push
            found[held] = 0
            below = positive & (found < -least)
            held[held] = push <= 0
            if not below.any() and (push <= 0).all():
                break
            held |= below
        return found


class _Many(_Weighted):
    """With each node's variance alone, by conjugate gradients on the sparse sums: tens of thousands of bottoms."""

    def __init__(self, structure: Structure, spread: Spread):
        self.sums = sparse.csr_array(sparse.diags_array(1 / spread.size) @ structure.sums)
        self.turned = sparse.csr_array(self.sums.T)
        self.size = spread.size[:, None]
        self.diagonal = np.asarray(self.sums.power(2).sum(axis=0))[:, None]

    def bottoms(self, base: np.ndarray) -> np.ndarray:
        return self._solved(self.turned @ (base / self.size), True, np.zeros((self.sums.shape[1], base.shape[1])))

    def none_below_zero(self, bottoms: np.ndarray, positive: np.ndarray) -> np.ndarray:
        parts = [bottoms[:, first : first + COLUMNS] for first in range(0, bottoms.shape[1], COLUMNS)]
        return np.hstack([self._some(part, positive[:, None]) for part in parts])

    def _some(self, start: np.ndarray, positive: np.ndarray) -> np.ndarray:
        target, found, held = self._times(start), start, positive & (start < 0)
        least = 1e-4 * np.abs(start).max(axis=0)
        for _ in range(COARSE_ROUNDS):
            found = self._solved(target, ~held, np.where(held, 0, found), COARSE)
            below = positive & (found < -least)
            rising = held & (self._times(found) - target < -1e-4 * np.abs(target).max(axis=0))
            if not below.any() and not rising.any():
                break
            held = (held & ~rising) | below
        return found

    def _times(self, bottoms: np.ndarray) -> np.ndarray:
        return self.turned @ (self.sums @ bottoms)

    def _solved(self, target: np.ndarray, free: np.ndarray | bool, found: np.ndarray, near: float = 1e-20) -> np.ndarray:
        """A b = target over the free bottoms, the others as they are; the columns side by side."""
        rest = np.where(free, target - self._times(found), 0)
        enough = near * np.sum(target**2 / self.diagonal, axis=0)
        step, power = np.zeros_like(rest), np.ones(rest.shape[1])
        for _ in range(500):
            eased = rest / self.diagonal
            now = np.sum(rest * eased, axis=0)
            if (now <= enough).all():
                break
            step = eased + step * (now / power)
            along = np.where(free, self._times(step), 0)
            length = np.sum(step * along, axis=0)
            reach = np.divide(now, length, out=np.zeros_like(now), where=length > 0)
            found, rest, power = found + reach * step, rest - reach * along, np.where(now > 0, now, 1)
        return found


# ---------------------------------------------------------------------------------------------------------------- points


def reconciled(
    base: np.ndarray,
    structure: Structure,
    errors: np.ndarray | None = None,
    residuals: np.ndarray | None = None,
    positive: np.ndarray | bool = False,
    digits: int | None = None,
) -> np.ndarray:
    """Forecasts of all nodes that add up, nodes × months, from forecasts of each node on its own, nodes × months.

    `errors`, `residuals`: see the module; none or few: see `spread_of`. `positive`: which bottoms never fall below zero, one for
    all or one each. `digits`: decimal places of the money; bottoms are rounded and then added up, so a node may differ by half a
    unit a bottom from its own rounded figure. Raises RequestError with everything wrong.
    Example: total 10, parts 4 and 4, nothing known of errors: a variance of 2 against 1 and 1 gives 9, 4.5 and 4.5.
    """
    errors, residuals = _errors_array(errors), _errors_array(residuals)
    raise_problems("reconciled", _base_problems(base, structure) + _array_problems(structure, errors, residuals, positive))
    positive = np.broadcast_to(positive, len(structure.bottoms))
    spread = spread_of(errors, structure, residuals)
    weighted = _weighted(structure, spread)
    bottoms = none_below_zero(weighted.bottoms(np.asarray(base, dtype="float64")), positive, structure, spread)
    return structure.add_up(exact(bottoms, structure, digits))


def exact(bottoms: np.ndarray, structure: Structure, digits: int | None = None) -> np.ndarray:
    """Bottoms (… × bottoms × months) rounded so that sums of them agree to the last bit, in whatever order they are added.

    With `digits`, to whole units of money, whose sums agree once rounded to such units; without, to a power of two, about one part
    in 10¹⁵ of the largest sum. Raises RequestError for amounts too large to be exact.
    """
    most = float(abs(structure.sums).max()) * np.abs(bottoms).sum(axis=-2).max() if bottoms.size else 0.0
    if digits is None:
        unit = 2.0 ** (np.ceil(np.log2(most)) - 51) if most > 1e-280 else 1.0
        return np.rint(bottoms / unit) * unit
    too_large = [Problem("too large to be exact", "amounts", f"{most:g}", f"sums below 2**51 / 10**{digits}")]
    raise_problems("exact sums", too_large if most * 10.0**digits >= LARGEST else [])
    return np.rint(bottoms * 10.0**digits) / 10.0**digits


# ----------------------------------------------------------------------------------------------------------------- draws


def bottom_draws(
    quantiles: np.ndarray,
    levels: Sequence[float],
    errors: np.ndarray,
    structure: Structure,
    draws: int,
    seed: int,
    residuals: np.ndarray | None = None,
    positive: np.ndarray | bool = False,
    digits: int | None = None,
) -> np.ndarray:
    """Drawn futures of the bottoms that hang together, draws × bottoms × months; `Structure.add_up` gives all nodes.

    `quantiles`: how far each node's own forecast spreads, nodes × months × levels, rising; `levels`: fractions. `errors`: at least
    FEWEST past paths, from which only is taken which nodes and months miss together (a Gaussian copula of rank `origins`). Between
    quantiles a value lies on the line drawn in normal scores, beyond them on its continuation. Each draw of all nodes is reconciled
    as a forecast is, so a node's draws are narrower than its quantiles as far as the other nodes tell about it.
    `residuals`, `positive`, `digits`: as in `reconciled`. Raises RequestError with everything wrong.
    """
    errors, residuals, quantiles = _errors_array(errors), _errors_array(residuals), np.asarray(quantiles, dtype="float64")
    problems = _quantile_problems(quantiles, levels, structure) + _array_problems(structure, errors, residuals, positive)
    raise_problems("draws", problems + _draw_problems(draws) + _path_problems(quantiles, errors))
    spread = spread_of(errors, structure, residuals)
    weighted = _weighted(structure, spread)
    scores = ndtri(np.asarray(levels, dtype="float64"))
    drawn = [weighted.bottoms(_at_score(score, scores, quantiles)) for score in _joint_scores(errors, draws, seed)]
    return _settled(np.stack(drawn), spread, structure, positive, digits)


def _joint_scores(errors: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Normal scores of nodes × months, draw by draw, that hang together as the errors did; on their own where there were none."""
    dice = np.random.default_rng(seed)
    usual = np.sqrt(np.mean(errors**2, axis=0))
    paths = np.divide(errors, usual, out=np.zeros_like(errors), where=usual > 0) / np.sqrt(len(errors))
    for _ in range(draws):
        joint = np.tensordot(dice.standard_normal(len(errors)), paths, axes=1)
        yield np.where(usual > 0, joint, dice.standard_normal(usual.shape))


def _at_score(score: np.ndarray, scores: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """The value at each node's and month's normal score."""
    left = np.clip(np.searchsorted(scores, score) - 1, 0, len(scores) - 2)
    low, high = (np.take_along_axis(quantiles, place[:, :, None], axis=2)[:, :, 0] for place in (left, left + 1))
    return low + (high - low) * (score - scores[left]) / (scores[left + 1] - scores[left])


def _settled(bottoms: np.ndarray, spread: Spread, structure: Structure, positive, digits: int | None) -> np.ndarray:
    """Draws × bottoms × months with none below zero that may not be, and exact."""
    positive = np.broadcast_to(positive, len(structure.bottoms))
    if positive.any():
        draws, cells, months = bottoms.shape
        side_by_side = bottoms.transpose(1, 0, 2).reshape(cells, -1)
        bottoms = none_below_zero(side_by_side, positive, structure, spread).reshape(cells, draws, months).transpose(1, 0, 2)
    return exact(bottoms, structure, digits)


# -------------------------------------------------------------------------------------------------------------- problems


def _errors_array(errors: np.ndarray | None) -> np.ndarray | None:
    """Errors as origins × nodes × months; origins × nodes are of one month."""
    if errors is None:
        return None
    errors = np.asarray(errors, dtype="float64")
    return errors[:, :, None] if errors.ndim == 2 else errors


def _base_problems(base: np.ndarray, structure: Structure) -> list[Problem]:
    base, nodes = np.asarray(base, dtype="float64"), len(structure.nodes)
    if base.ndim != 2 or base.shape[0] != nodes:
        return [Problem("wrong shape", "forecasts", str(base.shape), f"({nodes} nodes, months)")]
    bad = np.flatnonzero(~np.isfinite(base).all(axis=1))
    return at_most([Problem("a missing or infinite amount", f"forecast of {_name(structure.nodes[node])}") for node in bad])


def _array_problems(structure: Structure, errors, residuals, positive) -> list[Problem]:
    nodes, cells = len(structure.nodes), len(structure.bottoms)
    found = _error_problems(errors, "errors", nodes) + _error_problems(residuals, "residuals", nodes)
    if np.shape(positive) not in ((), (cells,)):
        found.append(Problem("wrong shape", "positive", str(np.shape(positive)), f"one for all or one for each of the {cells} bottoms"))
    return found


def _error_problems(errors: np.ndarray | None, where: str, nodes: int) -> list[Problem]:
    if errors is None:
        return []
    if errors.ndim != 3 or errors.shape[1] != nodes:
        return [Problem("wrong shape", where, str(errors.shape), f"(origins, {nodes} nodes, months)")]
    bad = int((~np.isfinite(errors)).sum())
    return [Problem("a missing or infinite error", where, f"{bad} cells", "none", "leave the origin out")] if bad else []


def _draw_problems(draws: int) -> list[Problem]:
    return [] if is_whole(draws) and draws >= 1 else [Problem("wrong number", "draws", repr(draws), "a whole number from 1")]


def _quantile_problems(quantiles: np.ndarray, levels: Sequence[float], structure: Structure) -> list[Problem]:
    levels, nodes = np.asarray(levels, dtype="float64"), len(structure.nodes)
    if levels.ndim != 1 or len(levels) < 2 or not ((levels > 0) & (levels < 1)).all() or (np.diff(levels) <= 0).any():
        return [Problem("wrong levels", "levels", str(levels.tolist()), "two or more fractions between 0 and 1, rising")]
    if quantiles.ndim != 3 or quantiles.shape[0] != nodes or quantiles.shape[2] != len(levels):
        return [Problem("wrong shape", "quantiles", str(quantiles.shape), f"({nodes} nodes, months, {len(levels)} levels)")]
    sound = np.isfinite(quantiles).all(axis=2) & (quantiles[:, :, 1:] >= quantiles[:, :, :-1]).all(axis=2)
    bad = int((~sound).sum())
    return [Problem("missing, infinite or falling quantiles", "quantiles", f"{bad} nodes and months", "none")] if bad else []


def _path_problems(quantiles: np.ndarray, errors: np.ndarray | None) -> list[Problem]:
    if errors is None:
        return [Problem("missing", "errors", "none", "past error paths")]
    found = []
    if quantiles.ndim == 3 and errors.shape[-1] != quantiles.shape[1]:
        found.append(Problem("wrong months", "errors", str(errors.shape[-1]), f"{quantiles.shape[1]}, as the quantiles have"))
    if len(errors) < FEWEST:
        found.append(Problem("too few origins", "errors", str(len(errors)), f"at least {FEWEST}", "backtest from more origins"))
    return found


def _history_problems(table: pd.DataFrame, structure: Structure) -> list[Problem]:
    missing = [column for column in (*structure.by, "period", "amount") if column not in table.columns]
    if missing:
        return [Problem(f"missing column {column}", "history") for column in missing]
    cells = {structure.nodes[place] for place in structure.bottoms}
    counts = Counter(table[list(structure.by)].itertuples(index=False, name=None))
    have, months = set(counts), table["period"].nunique()
    twice = int(table.duplicated([*structure.by, "period"]).sum())
    lacking = [name for name in sorted(cells & have) if counts[name] < months]
    return [
        *_unknown(have - cells, "bottom", "history"),
        *at_most([Problem("no rows", _name(cell), next="leave it out of the structure") for cell in sorted(cells - have)]),
        *([Problem("a month twice", "history", f"{twice} rows", "none")] if twice else []),
        *at_most([Problem("months missing", _name(cell), next="add them, as 0 where nothing happened") for cell in lacking]),
    ]


def _unknown(names: Collection, what: str, where: str) -> list[Problem]:
    return at_most([Problem(f"unknown {what}", where, _name(name)) for name in sorted(names, key=str)])


def _empty(names: Collection, where: str) -> list[Problem]:
    return [] if names else [Problem("nothing to add up", where, "none", "at least one")]


def _leaf_problems(used: set[str], leaves: set[str]) -> list[Problem]:
    advice = "only what has nothing below holds rows: give a total's own rows a code of their own below it"
    return at_most([Problem("no leaf of the tree", code, next=advice) for code in sorted(used - leaves)]) + _empty(used, "bottoms")


def _ratio_problems(ratios: Collection[str]) -> list[Problem]:
    return at_most([Problem("a ratio doesn't add up", code, next="forecast the amounts it is made of") for code in sorted(ratios)])


def _grouping_problems(bottoms: pd.DataFrame, groupings: list[tuple]) -> list[Problem]:
    by = list(bottoms.columns)
    strange = sorted({key for grouping in groupings for key in grouping} - set(by))
    twice = int(bottoms.duplicated().sum())
    starred = int((bottoms == ALL).any(axis=1).sum())
    again = len(groupings) - len({frozenset(grouping) for grouping in groupings})
    counted = [
        (twice, "a cell twice", "bottoms", "none"),
        (starred, f"a key {ALL}, which stands for all", "bottoms", "none"),
        (again, "a grouping twice", "groupings", "none"),
    ]
    return [
        *[Problem("unknown key", "groupings", key, ", ".join(by)) for key in strange],
        *[Problem(what, where, str(count), expected) for count, what, where, expected in counted if count],
        *_empty(by and list(bottoms.index), "bottoms"),
    ]


def _name(name) -> str:
    return " · ".join(map(str, name)) if isinstance(name, tuple) else str(name)
