"""What to import before kernels are forked: what a kernel needs itself, and what the notebooks import in their cells."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

KERNEL = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completerlib", "IPython.core.debugger",
    "IPython.core.oinspect", "IPython.extensions.storemagic", "sqlite3", "tornado.platform.asyncio", "tornado.queues",
    "planning.kernels.kernel",
)  # fmt: skip
"""A kernel's own modules; the last notes how things stood before the notebooks' modules came."""
LEFT_OUT = ("ipywidgets", "matplotlib_inline", "tqdm", "plotly", "itables", "bokeh", "altair", "panel", "holoviews")
"""Modules that look at the kernel they are imported in, or are bound to one."""


def notebook_modules(notebooks: str | Path | Iterable[str | Path]) -> list[str]:
    """What a zygote imports for the kernels of these notebooks (a folder of them, or files), as "module" or "module:name,name".

    The kernel's own modules come first. A notebook or cell that can't be read says nothing here; its kernel will.
    """
    paths = sorted(Path(notebooks).glob("*.ipynb")) if isinstance(notebooks, str | Path) else notebooks
    found: dict[str, set[str]] = {}
    for path in paths:
        for source in _code(Path(path)):
            for module, names in _imports(source):
                found.setdefault(module, set()).update(names)
    return [*KERNEL, *(f"{module}:{','.join(sorted(found[module]))}" if found[module] else module for module in sorted(found))]


def _code(path: Path) -> Iterator[str]:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield from ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (OSError, ValueError, LookupError, TypeError):
        return


def _imports(source: str) -> Iterator[tuple[str, list[str]]]:
    lines = ("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    try:
        nodes = list(ast.walk(ast.parse("\n".join(lines))))
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names if not _left_out(alias.name))
        elif isinstance(node, ast.ImportFrom) and not node.level and not _left_out(node.module):
            yield node.module, [alias.name for alias in node.names if alias.name != "*" and not _left_out(f"{node.module}.{alias.name}")]


def _left_out(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in LEFT_OUT)
