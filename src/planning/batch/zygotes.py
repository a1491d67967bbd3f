"""The two zygotes of a batch: one that run processes are forked from, and one for their kernels; without them all starts cold."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import planning
from planning.inputs.params import Home
from planning.kernels.forking import Child, UnavailableError, Zygote, fork
from planning.kernels.preload import notebook_modules

LOG = logging.getLogger("planning.run")


class Zygotes:
    """Started when made, listening at once; they import meanwhile. One that was killed is started anew when it is next asked."""

    def __init__(self, home: Home):
        sources = [Path(planning.__file__).parent]
        self.runs = Zygote(["planning.batch.beforehand"], sources)
        self.kernels = Zygote(notebook_modules(home.notebooks), sources)
        try:
            for zygote in (self.runs, self.kernels):
                with suppress(UnavailableError):
                    zygote.start()
        except BaseException:  # interrupted
            self.close()
            raise

    def environment(self) -> dict[str, str]:
        """What tells a run's process where its kernel may be forked; nothing where there is no zygote for it."""
        from planning.kernels.provisioner import ZYGOTE  # it imports jupyter_client, which the zygotes need not wait for

        try:
            return {ZYGOTE: self.kernels.ensure().address}
        except UnavailableError as why:
            LOG.warning("kernels start cold: %s", why)
            return {}

    def fork(self, target: str, arguments: list[Any], **surroundings: Any) -> Child | None:
        """A run's process; None where it has to start cold."""
        try:
            return fork(self.runs.ensure().address, target, arguments, **surroundings)
        except UnavailableError as why:
            LOG.warning("a run starts cold: %s", why)
            return None

    def close(self) -> None:
        """End both, and all that was forked from them."""
        self.runs.close()
        self.kernels.close()
