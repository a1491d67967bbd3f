"""What a run's process needs, had before it is forked: the worker, what it would import later on, templates, the code's digest."""

import encodings.ascii
import encodings.unicode_escape  # noqa: F401

import jinja2.ext  # noqa: F401
import mistune.plugins.def_list
import mistune.plugins.task_lists
import mistune.plugins.url  # noqa: F401
import nbformat
import pandas.core.arrays.arrow.extension_types  # noqa: F401
import psutil  # noqa: F401
import pyarrow.dataset
import pyarrow.pandas_compat  # noqa: F401
import pygments.styles.default  # noqa: F401
from jupyter_client.provisioning import KernelProvisionerFactory

import planning.batch.worker  # noqa: F401
from planning.run.identity import code_digest
from planning.run.report import page_html

CELLS = [
    nbformat.v4.new_markdown_cell("# Title\n\n- text"),
    nbformat.v4.new_code_cell("0", outputs=[nbformat.v4.new_output("execute_result", {"text/plain": "0"})]),
]
page_html(nbformat.v4.new_notebook(cells=CELLS), "en")
code_digest()
KernelProvisionerFactory.instance()
