"""People as everybody is handed them: their roles on a version's way to approval, and the cost centres they answer for."""

from __future__ import annotations

from typing import NamedTuple

ROLES = ("owner", "finance", "committee")
"""Who plans, who checks it for the finance department, and who decides."""


class Person(NamedTuple):
    """An office or a function that acts under its own name; `owns_all`: every cost centre, otherwise those in `owns`."""

    code: str
    label_en: str
    label_zh: str
    roles: tuple[str, ...]
    owns: frozenset[str] = frozenset()
    owns_all: bool = False

    def owns_every(self, cost_centres: frozenset[str]) -> bool:
        """Whether they answer for all of these cost centres, as their owner."""
        return "owner" in self.roles and (self.owns_all or cost_centres <= self.owns)
