"""Which runs need not be run again: the newest finished run of the same inputs, looked up for many jobs at once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from planning.core.errors import RequestError
from planning.inputs.params import Home
from planning.run import register
from planning.run.identity import inputs_hash
from planning.run.requests import Request
from planning.run.summaries import names_in


class DoneBefore:
    """Finished runs by their inputs. A company's notebook is listed when it is first asked for; later on only what is new is read."""

    def __init__(self, home: Home):
        self.home = home
        self._known: dict[tuple[str, str], dict[str, str]] = {}
        self._seen: set[str] = set()

    def find(self, asked: Request) -> register.Run | None:
        """The newest whole one with the same inputs."""
        known = self._listed(asked.company, asked.notebook)
        folder = known.get(inputs_hash(self.home, asked)) if known else None
        with suppress(RequestError):  # pruned, or damaged
            if folder and register.is_whole(found := register.read_run(Path(folder))):
                return found
        return None

    def _listed(self, company: str, notebook: str) -> dict[str, str]:
        """Folders of finished runs by their inputs."""
        if (company, notebook) not in self._known:
            found = register.runs(self.home, company, notebook)
            done = [about for about in found if about["status"] == "done" and about["inputs"]]
            self._known[company, notebook] = {about["inputs"]: about["folder"] for about in reversed(done)}
            self._seen |= {about["folder"] for about in found}
        place = self.home.outputs / company / notebook
        new = {str(place / name) for name in names_in(place) if "Z-" in name} - self._seen
        for folder in sorted(new):
            with suppress(RequestError):  # pruned, or damaged
                manifest = register.read_run(Path(folder)).manifest
                if manifest.get("inputs") and "refused" not in manifest:
                    self._known[company, notebook][manifest["inputs"]] = folder
        self._seen |= new
        return self._known[company, notebook]
