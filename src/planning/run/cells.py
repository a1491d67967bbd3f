"""The cells of one notebook, executed by papermill with an engine of ours: deadlines, dead kernels, whole saves, bounded output.

papermill marks a cell that ran out of time, or whose kernel died, as completed, and rewrites the notebook in place twice a
cell; this engine marks them failed, and writes the notebook aside, at most every few seconds.
"""

from __future__ import annotations

import logging
import os
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import nbformat
import papermill
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError

from planning.core.errors import RunError
from planning.inputs.aside import aside
from planning.inputs.secrets import Redaction
from planning.run.printed import Printed

KERNEL = [
    "--IPKernelApp.log_level=CRITICAL",
    # A kernel watches its parent from its first second on; one whose parent was killed before that would wait for ever.
    "--IPKernelApp.exec_lines=__import__('os').getppid() == int(__import__('os').environ['JPY_PARENT_PID']) or __import__('os')._exit(1);",
    # A run that was sent to a cluster sends its fits there too.
    "--IPKernelApp.exec_lines='PLANNING_CLUSTER' in __import__('os').environ and __import__('planning.run.fits').run.fits.send_fits();",
]
SAVE_EVERY = 3.0
"""Seconds between two saves of a notebook that is running; twenty times a save's own time where that is more."""
START, OUTPUTS = 60, 60
"""Seconds that a kernel may take to start, and to hand over a cell's outputs once the cell has ended."""
LAST_WORDS = 4_000
"""Characters kept of what a dead kernel's process had said last."""
STARTS = 2
"""How often a kernel is started that does not come up: another process may have taken its port meanwhile."""

log = logging.getLogger("planning.run")
log.addHandler(logging.NullHandler())
logging.getLogger("papermill").addHandler(logging.NullHandler())
_unheard = logging.Logger("nbclient of a run", logging.CRITICAL + 1)
"""nbclient logs what it also raises, and in debug all that passes, secrets included."""


class CellError(RunError):
    """A cell that raised, ran out of time, or whose kernel died; says which."""


@dataclass
class Work:
    """One notebook to execute: where from and to, as which run, with what, under which limits; `seconds` of each cell as they end."""

    source: Path
    target: Path
    params: dict[str, Any]
    about: dict[str, str]
    environment: dict[str, str]
    kernel: type
    cell_deadline: float | None = None
    hidden: Redaction = field(default_factory=lambda: Redaction(()))
    cell_done: Callable[[int, int], None] = lambda done, of: None
    seconds: list[float] = field(default_factory=list)
    notebook: Any = None


def execute_cells(work: Work) -> None:
    """The notebook executed and saved. CellError where a cell broke; its notebook is saved then too, and says so."""
    try:
        # papermill writes in place: it is given no path, and fills names in braces into the other
        path = str(work.source).replace("{", "{{").replace("}", "}}")
        papermill.execute_notebook(
            path, None, work.params, engine_name=ENGINE, kernel_name="python3", language="python", progress_bar=False,
            start_timeout=START, work=work,
        )  # fmt: skip
    except PapermillExecutionError as broken:
        _save(work)  # with the marks that papermill has set
        said = work.hidden.text(f"cell {broken.exec_count} raised {broken.ename}: {broken.evalue}")
        raise CellError(said) from (None if work.hidden else broken)


def _save(work: Work) -> None:
    """The notebook as it stands, whole: a reader sees the old one or the new one."""
    content = work.hidden.plain(work.notebook) if work.hidden else work.notebook
    text = work.hidden.text(nbformat.writes(content))
    written = aside(work.target.parent, work.target.name)
    try:
        written.write_bytes(text.encode("utf-8", "backslashreplace"))  # half a character stays the escape that JSON has for it
        os.replace(written, work.target)
    finally:
        written.unlink(missing_ok=True)  # a full disk


class _Watch(NotebookExecutionManager):
    """What papermill keeps of a running notebook, told of each cell; saves it now and then."""

    def __init__(self, notebook: Any, work: Work, said: IO[bytes]):
        super().__init__(notebook, progress_bar=False)
        self.work, self.said, self.printed = work, said, Printed(hidden=work.hidden)
        self.cells = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)
        self.pause, self.saved, self.started = 0.0, float("-inf"), 0.0

    def save(self, **_: Any) -> None:
        """The notebook saved, unless it was a moment ago."""
        if time.monotonic() - self.saved >= max(SAVE_EVERY, self.pause):
            self.save_now()

    def save_now(self) -> None:
        """The notebook saved."""
        begun = time.monotonic()
        self.printed.settle()
        _save(self.work)
        self.saved = time.monotonic()
        self.pause = 20 * (self.saved - begun)

    def autosave_cell(self, **_: Any) -> None:
        """Asked at each message of the kernel."""
        self.save()

    def cell_start(self, cell: Any, cell_index: int | None = None, **more: Any) -> None:
        """A cell begins."""
        self.printed, self.started = Printed(hidden=self.work.hidden), time.perf_counter()
        super().cell_start(cell=cell, cell_index=cell_index, **more)

    def cell_complete(self, cell: Any, cell_index: int | None = None, **more: Any) -> None:
        """A cell ended, well or not."""
        self.printed.settle()
        super().cell_complete(cell=cell, cell_index=cell_index, **more)
        if cell.cell_type == "code" and cell.source.strip():
            self.work.seconds.append(round(time.perf_counter() - self.started, 3))
            done = len(self.work.seconds)
            _say(self.work.about | {"cell": f"{done}/{self.cells}", "seconds": self.work.seconds[-1]}, cell.metadata.papermill["status"])
            self.work.cell_done(done, self.cells)

    def last_words(self) -> str:
        """The end of what the kernel's process said, without secrets."""
        self.said.seek(max(0, self.said.seek(0, os.SEEK_END) - 100 * LAST_WORDS))
        return self.work.hidden.text(self.said.read().decode(errors="replace"))[-LAST_WORDS:]

    def notebook_start(self, **more: Any) -> None:
        """The notebook begins; where it lay and lies is said without this machine's folders."""
        self.nb.metadata.papermill |= {"input_path": self.work.source.name, "output_path": self.work.target.name}
        super().notebook_start(**more)

    def notebook_complete(self, **more: Any) -> None:
        """The notebook ended; cells that were not reached stay pending."""
        pending = [cell for cell in self.nb.cells if cell.metadata.papermill["status"] == self.PENDING]
        self.saved = float("inf")  # not twice
        super().notebook_complete(**more)
        for cell in pending if self.nb.metadata.papermill["exception"] else ():
            cell.metadata.papermill["status"] = self.PENDING
        self.save_now()


class _Client(PapermillNotebookClient):
    """nbclient's client that says of each cell what became of it."""

    begun = False

    def has_come_up(self, is_last: bool, **started: Any) -> bool:
        """Execute the notebook; False where its kernel did not come up and it may be tried again."""
        try:
            self.execute(**started)
        except RuntimeError as broken:
            if self.begun:
                raise
            if is_last:
                raise self._dead(f"the kernel did not start: {broken}") from broken
            log.warning("a kernel did not start and is tried again: %s", broken)
            return False
        return True

    def papermill_execute_cells(self) -> None:
        """The cells in turn, up to the first that breaks."""
        self.begun = True
        for index, cell in enumerate(self.nb.cells):
            self.nb_man.cell_start(cell, index)
            try:
                self.execute_cell(cell, index)
            except BaseException as broken:
                self.nb_man.cell_exception(cell, index, exception=broken)
                if isinstance(broken, CellExecutionError):
                    return
                told = self._told(broken)
                self._kill()
                raise told from (None if told is broken else broken)
            finally:
                self.nb_man.cell_complete(cell, index)

    def _kill(self) -> None:
        """The kernel is busy, or gone: nobody waits for its farewell, and what it started ends with it."""
        self.shutdown_kernel = "immediate"
        with suppress(OSError, RuntimeError):
            run_sync(self.km.signal_kernel)(signal.SIGKILL)

    def _told(self, broken: BaseException) -> BaseException:
        """What happened to a cell that did not come to its own end, in words."""
        number = self.code_cells_executed
        if isinstance(broken, CellTimeoutError):
            given = self.nb_man.work.cell_deadline
            late = f"cell {number} exceeded its deadline of {given:g} s" if given else f"the outputs of cell {number} didn't come"
            return CellError(late)
        return self._dead(f"the kernel died in cell {number} ({self._death()})") if isinstance(broken, DeadKernelError) else broken

    def _dead(self, said: str) -> CellError:
        told = CellError(said)
        told.add_note(self.nb_man.last_words())  # for traceback.txt
        return told

    def _death(self) -> str:
        code = run_sync(self.km.provisioner.poll)()
        if code is None or code >= 0:
            return f"exit code {code}" if code is not None else "not told why"
        said = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return f"killed by {said}{': out of memory?' if code == -signal.SIGKILL else ''}"

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        """An output; printed text joins what was printed before."""
        if msg["msg_type"] != "stream" or self.output_hook_stack[msg["parent_header"].get("msg_id")]:
            return super().output(outs, msg, display_id, cell_index)
        if self.clear_before_next_output:
            self.clear_output(outs, {"content": {}, "parent_header": {}}, cell_index)
            self.clear_before_next_output = False
        return self.nb_man.printed.add(outs, msg["content"]["name"], msg["content"]["text"])

    def clear_output(self, outs: list[Any], msg: dict[str, Any], cell_index: int) -> None:
        """The outputs so far taken back."""
        super().clear_output(outs, msg, cell_index)
        if not outs:
            self.nb_man.printed = Printed(hidden=self.nb_man.work.hidden)


class _Engine(NBClientEngine):
    """papermill's engine, with the client and the watch of this project."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, work: Work | None = None, start_timeout: int = START, **_: Any) -> Any:
        """The notebook executed; it is saved at the end whatever happens."""
        work.notebook = nb
        with tempfile.TemporaryFile() as said:  # by the kernel's processes, past the notebook or as well: never on the caller's streams
            return cls._watched(_Watch(nb, work, said), kernel_name, start_timeout)

    @staticmethod
    def _watched(watch: _Watch, kernel_name: str, start_timeout: int) -> Any:
        work, streams = watch.work, {"stdout": watch.said, "stderr": watch.said}
        watch.notebook_start()
        try:
            for left in reversed(range(STARTS)):
                client = _Client(
                    watch, kernel_name=kernel_name, kernel_manager_class=work.kernel, extra_arguments=list(KERNEL), log=_unheard,
                    startup_timeout=start_timeout, timeout_func=lambda cell: work.cell_deadline, iopub_timeout=OUTPUTS,
                )  # fmt: skip
                if client.has_come_up(left == 0, env=os.environ | work.environment, cwd=str(work.target.parent), **streams):
                    break
        except BaseException:
            work.notebook.metadata.papermill["exception"] = True
            raise
        finally:
            watch.notebook_complete()
        return work.notebook


def _say(about: dict[str, Any], what: str) -> None:
    log.info("cell %s %s", what, " ".join(f"{name}={value}" for name, value in about.items()), extra=about)


ENGINE = "planning"
papermill_engines.register(ENGINE, _Engine)
