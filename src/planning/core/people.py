"""People as everybody is handed them: their roles on a version's way to approval, what they answer for, and what they see."""

from __future__ import annotations

from typing import NamedTuple

ROLES = ("owner", "finance", "committee")
"""Who plans, who checks it for the finance department, and who decides."""


class Scope(NamedTuple):
    """What somebody sees: everything, or the rows of these entities and those of these cost centres (either is enough)."""

    everything: bool = False
    entities: frozenset[str] = frozenset()
    cost_centres: frozenset[str] = frozenset()


class Person(NamedTuple):
    """An office or a function that acts under its own name; `owns_all`: every cost centre, otherwise those in `owns`.

    What they own they see, whatever `sees` says; nothing else is seen that `sees` doesn't name.
    """

    code: str
    label_en: str
    label_zh: str
    roles: tuple[str, ...]
    owns: frozenset[str] = frozenset()
    owns_all: bool = False
    sees: Scope = Scope()

    def owns_every(self, cost_centres: frozenset[str]) -> bool:
        """Whether they answer for all of these cost centres, as their owner."""
        return "owner" in self.roles and (self.owns_all or cost_centres <= self.owns)

    def owns_one(self, cost_centre: str) -> bool:
        """Whether they answer for this cost centre, as its owner."""
        return self.owns_every(frozenset([cost_centre]))

    @property
    def scope(self) -> Scope:
        """All that they see, with what they own."""
        owned = self.owns if "owner" in self.roles else frozenset()
        everything = self.sees.everything or ("owner" in self.roles and self.owns_all)
        return Scope(everything, self.sees.entities, self.sees.cost_centres | owned)
