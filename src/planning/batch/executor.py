"""What a batch asks of whatever executes its runs: this machine (local.py) or a cluster (cluster.py); what it gives, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Wanted:
    """One run to execute into place under the id `run`, its parameters settled and pinned: plain values, fit for JSON.

    Whether the same was done before is looked up by who asks; where it is going on at this moment, its result is waited for and taken.
    """

    run: str
    notebook: str
    company: str
    case: str
    params: dict[str, Any]
    cell_deadline: float | None = None
    batch: str = ""


@dataclass(frozen=True)
class News:
    """What an executor tells of the run that was asked for as `run`.

    cell     `cell` of `cells` are done
    done     `id` stands in `folder`: the same id, or another's where identical inputs had been run before (`reused`)
    failed   it broke for `reason`, kept in `folder`; `again` says whether trying again may help
    lost     its process, or its machine, is gone for `reason`; whether it had been moved into place is for the batch to see;
             not `blamed` where a cluster lost it (its worker, the scheduler, the network): asked for anew under the same id, and
             no retry is used up
    """

    run: str
    what: Literal["cell", "done", "failed", "lost"]
    cell: int = 0
    cells: int = 0
    id: str = ""
    reused: bool = False
    reason: str = ""
    folder: str = ""
    again: bool = True
    blamed: bool = True


class Executor(Protocol):
    """Where a batch's runs are executed. Called from one thread; nothing here blocks but `news`, and that no longer than told."""

    def free(self) -> int:
        """How many more runs may be started now."""

    def start(self, wanted: Wanted) -> None:
        """Begin a run. What goes wrong is told as news (lost), never raised."""

    def news(self, timeout: float) -> list[News]:
        """What happened since the last call; waits for the first of it, `timeout` seconds at most.

        Every run that was started is told of exactly once as done, failed or lost; before that any number of cells.
        """

    def stop(self, run: str, reason: str = "") -> None:
        """End a run and all its processes; it is told as failed for this reason, what it had written so far kept in failed/.

        Without a reason (the batch itself is being stopped) nothing is kept, and it is told as lost.
        """

    def close(self) -> None:
        """End whatever is still going on, and leave nothing behind: no process, no socket, no file aside."""
