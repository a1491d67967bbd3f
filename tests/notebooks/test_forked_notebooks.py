"""Every notebook of the project in a forked kernel, by plain papermill: the same tables and the same outputs as the cold run's."""

import json
import os
from pathlib import Path

import desk as at
import nbformat
import papermill
import pytest

from planning.kernels.forking import Zygote
from planning.kernels.kernel import ForkedKernelManager
from planning.kernels.preload import notebook_modules
from planning.kernels.provisioner import ZYGOTE


class Kernels(ForkedKernelManager):
    """Kernels that note how they were started."""

    seen: list = []  # noqa: RUF012

    async def post_start_kernel(self, **kw):
        """Note it."""
        self.seen.append(self.started)
        await super().post_start_kernel(**kw)

    _async_post_start_kernel = post_start_kernel


@pytest.fixture(scope="module")
def forking(desk):
    """An environment in which kernels are forked, at the desk."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PLANNING_")]:
            patch.delenv(name)
        patch.setenv("PATH", f"{at.BIN}{os.pathsep}{os.environ['PATH']}")
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("PLANNING_HOME", str(desk))
        patch.setenv("PLANNING_OUTPUTS", str(desk / "outputs"))
        with Zygote(notebook_modules(desk / "notebooks")) as zygote:  # unwatched: who edits src meanwhile changes no result here
            patch.setenv(ZYGOTE, zygote.address)
            yield patch


def shown(path):
    """What each code cell of a notebook shows; chunks of one stream joined."""
    found = []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", []):
            streams = {}
            for output in cell.outputs:
                if output.output_type == "stream":
                    streams[output.name] = streams.get(output.name, "") + output.text
            others = [dict(output.data) for output in cell.outputs if output.output_type != "stream"]
            found.append((cell.source, streams, others))
    return found


@pytest.mark.parametrize("name", at.CASES)
def test_a_forked_kernel_gives_the_same_tables_and_outputs_as_a_cold_one(desk, runs, forking, tmp_path, name):
    cold = runs[name]
    forking.setenv("PLANNING_RUN", str(tmp_path))
    papermill.execute_notebook(
        str(desk / "notebooks" / f"{cold['notebook']}.ipynb"), str(tmp_path / "report.ipynb"), cold["params"], kernel_name="python3",
        kernel_manager_class=Kernels, progress_bar=False, cwd=str(tmp_path),
    )  # fmt: skip
    assert Kernels.seen[-1] == "forked"
    ours, theirs = at.tables(tmp_path), at.tables(Path(cold["folder"]))
    assert set(ours) == set(theirs) and all(ours[table].equals(theirs[table]) for table in theirs)
    assert shown(tmp_path / "report.ipynb") == shown(Path(cold["folder"]) / "report.ipynb")
    one, other = (json.loads((folder / "record.json").read_text()) for folder in (tmp_path, Path(cold["folder"])))
    assert one == other
    for figure in (Path(cold["folder"]) / "figures").glob("*.png"):
        assert (tmp_path / "figures" / figure.name).read_bytes() == figure.read_bytes()
