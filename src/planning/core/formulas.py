"""Formulas between drivers: plain arithmetic, read as such and as nothing else, each worked out after what it rests on."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter

import numpy as np

from planning.core.errors import Problem, RequestError, did_you_mean

_OPERATORS: dict[type, Callable] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
    ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable] = {"min": np.minimum, "max": np.maximum}

EXPECTED = "numbers, names of drivers, + - * / **, brackets, min(a, b), max(a, b)"
LONGEST = 500
"""Characters of a formula."""


def names_in(formula: str) -> list[str]:
    """The drivers that a formula names, each once; none where it is empty. ValueError where it holds anything but arithmetic."""
    return list(dict.fromkeys(_names(_parsed(formula)))) if formula else []


def value_of(formula: str, known: Mapping[str, np.ndarray]) -> np.ndarray:
    """The formula's value, of arrays by name; NaN where it divides by 0 or isn't finite."""
    with np.errstate(all="ignore"):
        found = _value(_parsed(formula), known)
    return np.where(np.isfinite(found), found, np.nan)


def check_order(formulas: Mapping[str, str]) -> None:
    """RequestError unless every formula is arithmetic, names what is there, and rests, in the end, on values. A circle is named."""
    rests_on, problems = {}, []
    for name, formula in formulas.items():
        try:
            rests_on[name] = names_in(formula)
        except ValueError as broken:
            problems.append(Problem(str(broken), f"driver {name}", formula[:80], EXPECTED))
    problems += [
        Problem("unknown driver in a formula", f"driver {name}", other, next=did_you_mean(other, formulas))
        for name, others in rests_on.items() for other in others if other not in formulas
    ]  # fmt: skip
    if problems:
        raise RequestError("drivers", problems)
    try:
        TopologicalSorter(rests_on).prepare()
    except CycleError as broken:
        circle = list(reversed(broken.args[1]))  # it names each after what rests on it
        wrong = Problem("formulas go in a circle", f"driver {circle[0]}", " → ".join(circle), "one that rests on values in the end")
        raise RequestError("drivers", [wrong]) from None


def _parsed(formula: str) -> ast.expr:
    if len(formula) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    try:
        return ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError("not a formula") from None


def _names(tree: ast.expr) -> list[str]:
    if isinstance(tree, ast.Name):
        return [tree.id]
    if isinstance(tree, ast.Constant) and type(tree.value) in (int, float):
        return []
    if isinstance(tree, ast.BinOp) and type(tree.op) in _OPERATORS:
        return [*_names(tree.left), *_names(tree.right)]
    if isinstance(tree, ast.UnaryOp) and type(tree.op) in _OPERATORS:
        return _names(tree.operand)
    if isinstance(tree, ast.Call) and _is_known(tree):
        return [name for part in tree.args for name in _names(part)]
    raise ValueError("not arithmetic")


def _is_known(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in _FUNCTIONS and len(call.args) == 2 and not call.keywords


def _value(tree: ast.expr, known: Mapping[str, np.ndarray]) -> np.ndarray:
    if isinstance(tree, ast.Name):
        return known[tree.id]
    if isinstance(tree, ast.Constant):
        return np.asarray(float(tree.value))
    if isinstance(tree, ast.UnaryOp):
        return _OPERATORS[type(tree.op)](_value(tree.operand, known))
    if isinstance(tree, ast.Call):
        return _FUNCTIONS[tree.func.id](*(_value(part, known) for part in tree.args))
    return _OPERATORS[type(tree.op)](_value(tree.left, known), _value(tree.right, known))
