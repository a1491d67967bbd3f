"""How the tests run cells in kernels, and see who is alive."""

from contextlib import contextmanager

import nbformat
from nbclient import NotebookClient

from planning.kernels.kernel import ForkedKernelManager


def notebook(*sources):
    """A notebook of code cells."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


def execute(*sources, **options):
    """The outputs of each cell, run in a kernel of its own, and how that was started."""
    book = notebook(*sources)
    client = NotebookClient(book, kernel_manager_class=ForkedKernelManager, **options)
    seen = []
    client.on_notebook_start = lambda notebook: seen.append(client.km.started)
    client.execute()
    return [cell.outputs for cell in book.cells], seen[0].partition(":")[0]


@contextmanager
def started(book=None, **options):
    """A client with its kernel running, and cells to run in it."""
    client = NotebookClient(book or notebook(), **{"kernel_manager_class": ForkedKernelManager} | options)
    with client.setup_kernel():
        yield client


def run(client, source):
    """One cell's outputs in a running kernel."""
    cell = nbformat.v4.new_code_cell(source)
    client.nb.cells.append(cell)
    client.execute_cell(cell, len(client.nb.cells) - 1)
    return cell.outputs


def alive(pid):
    """Whether there is such a process, and it isn't just waiting to be reaped."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
