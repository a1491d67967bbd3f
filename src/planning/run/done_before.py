"""Which runs need not be run again: the newest finished run of the same inputs, looked up for many jobs at once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from planning.core.errors import RequestError
from planning.inputs.params import Home
from planning.run import register
from planning.run.identity import inputs_hash
from planning.run.requests import Request


class DoneBefore:
    """The finished runs there were when it was first asked for a company's notebook; each place is listed once."""

    def __init__(self, home: Home):
        self.home = home
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def find(self, asked: Request) -> register.Run | None:
        """The newest whole one with the same inputs."""
        known = self._listed(asked.company, asked.notebook)
        folder = Path(known.get(inputs_hash(self.home, asked), "")) if known else Path()
        if (folder / "report.html").is_file():
            with suppress(RequestError):  # pruned, or damaged
                return register.read_run(folder)
        return None

    def _listed(self, company: str, notebook: str) -> dict[str, str]:
        """Folders of finished runs by their inputs."""
        if (company, notebook) not in self._known:
            done = [about for about in register.runs(self.home, company, notebook) if about["status"] == "done" and about["inputs"]]
            self._known[company, notebook] = {about["inputs"]: about["folder"] for about in reversed(done)}
        return self._known[company, notebook]
