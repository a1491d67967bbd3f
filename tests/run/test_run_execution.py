"""One notebook executed: deadlines and dead kernels are told, saves are whole, printed text is joined, secrets are never written."""

import json
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from urllib.parse import quote

import nbformat
import pytest
import toy
from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode

from planning.core.errors import RequestError, RunError
from planning.inputs.secrets import Redaction
from planning.kernels.kernel import ForkedKernelManager
from planning.run import cells, engine, execution, requests
from planning.run.printed import MOST, Printed

pytestmark = pytest.mark.usefixtures("warm")


def put(root, source, declared="", **tags):
    """The toy's notebook with another cell where it breaks, and more parameters."""
    notebook = toy.outlook()
    [breaking] = [cell for cell in notebook.cells if cell.source.startswith("assert fault")]
    breaking.source = source
    notebook.cells[2].source += f"\n{declared}" if declared else ""
    nbformat.write(notebook, root / "notebooks" / "outlook.ipynb")


def produce(home, step=lambda *_: None, cell_deadline=None, **params):
    return engine.produce(home, requests.settle(home, "outlook", "toy", "base", params), step=step, cell_deadline=cell_deadline)


def broken(home, **asked):
    """The error of a run that breaks, and its notebook."""
    with pytest.raises(RunError) as told:
        produce(home, **asked)
    return told.value, json.loads((told.value.folder / "report.ipynb").read_text())


def statuses(notebook):
    return [cell["metadata"]["papermill"]["status"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


# Cells that don't come to their end


def test_a_cell_over_its_deadline_fails_the_run_and_its_notebook_says_so(home, root):
    put(root, "import subprocess\nsubprocess.Popen(['sleep', '600'])\nprint('before', flush=True)\ntime.sleep(600)")
    told, notebook = broken(home, cell_deadline=1.5)
    wait(lambda: not toy.kernels(root))
    assert told.reason == "cell 6 exceeded its deadline of 1.5 s" and told.kind == "broken"
    assert statuses(notebook) == ["completed"] * 5 + ["failed", "pending"]
    assert notebook["metadata"]["papermill"]["exception"] is True
    assert any("before" in "".join(output.get("text", "")) for cell in notebook["cells"] for output in cell.get("outputs", []))
    assert told.reason in (told.folder / "traceback.txt").read_text()


def test_a_cell_within_its_deadline_is_left_alone(home, root):
    put(root, "time.sleep(0.2)")
    assert produce(home, cell_deadline=60).manifest["checks"]["passed"] == 1


@pytest.mark.parametrize(
    "source, said",
    [
        ("os._exit(3)", "the kernel died in cell 6 (exit code 3)"),
        ("os.kill(os.getpid(), 9)", "the kernel died in cell 6 (killed by SIGKILL: out of memory?)"),
        ("os.kill(os.getpid(), 11)", "the kernel died in cell 6 (killed by SIGSEGV)"),
    ],
)
@pytest.mark.parametrize("forked", [True, False])
def test_a_dead_kernel_fails_the_run_and_says_what_killed_it(home, root, monkeypatch, source, said, forked):
    if not forked:
        monkeypatch.delenv("PLANNING_ZYGOTE")
    put(root, f"import subprocess\nsubprocess.Popen(['sleep', '600'])\n{source}")
    told, notebook = broken(home)
    wait(lambda: not toy.kernels(root))
    assert told.reason == said and statuses(notebook) == ["completed"] * 5 + ["failed", "pending"]


def test_a_cell_that_raises_is_marked_and_the_rest_is_pending(home, root):
    put(root, "1 / 0")
    told, notebook = broken(home)
    assert told.reason == "cell 6 raised ZeroDivisionError: division by zero"
    assert statuses(notebook) == ["completed"] * 5 + ["failed", "pending"]
    assert "An Exception was encountered at" in json.dumps(notebook), "papermill's own mark leads to the cell"


@pytest.mark.parametrize("failures, said", [(1, None), (2, "the kernel did not start: the port is taken")])
def test_a_kernel_that_does_not_come_up_is_tried_once_more(home, tmp_path, failures, said):
    left = [True] * failures

    class Failing(ForkedKernelManager):
        async def _async_start_kernel(self, **started):
            if left:
                left.pop()
                raise RuntimeError("the port is taken")
            await super()._async_start_kernel(**started)

        start_kernel = _async_start_kernel

    asked = requests.pinned(home, requests.settle(home, "outlook", "toy", "base"))
    with pytest.raises(RunError) if said else nullcontext() as told:
        assert execution.execute(home, asked, "a-run", tmp_path, kernel=Failing)["checks"]["passed"] == 1
    assert left == [] and (said is None or told.value.reason == said)


def test_papermill_alone_would_call_a_cell_out_of_time_completed(root, tmp_path):
    put(root, "time.sleep(600)")
    with pytest.raises(CellTimeoutError):
        cells.papermill.execute_notebook(
            str(root / "notebooks/outlook.ipynb"), str(tmp_path / "out.ipynb"), kernel_name="python3", progress_bar=False,
            execution_timeout=1, cwd=str(root),
        )  # fmt: skip
    assert statuses(json.loads((tmp_path / "out.ipynb").read_text()))[-2:] == ["completed", "completed"], "our own engine is needed still"


def test_what_a_cold_kernel_said_before_it_failed_to_start_is_kept_with_the_run(home, root, monkeypatch):
    monkeypatch.delenv("PLANNING_ZYGOTE")
    (root / "ipykernel_launcher.py").write_text("raise SystemExit('no kernel ' + 'here')")
    monkeypatch.setenv("PYTHONPATH", str(root), prepend=os.pathsep)
    with pytest.raises(RunError, match="the kernel did not start") as told:
        produce(home)
    assert (told.value.folder / "traceback.txt").read_text().endswith("no kernel here\n\n")


@pytest.mark.parametrize("metadata", [{}, {"kernelspec": {"name": "ir", "display_name": "R"}}])
def test_a_notebook_runs_on_python_whatever_it_says_of_its_kernel(home, root, metadata):
    path = root / "notebooks/outlook.ipynb"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"metadata": metadata}))
    assert produce(home).manifest["checks"]["passed"] == 1


@pytest.mark.parametrize("forked", [True, False])
def test_pictures_are_kept_whatever_backend_the_caller_plots_with(home, root, monkeypatch, forked):
    monkeypatch.setenv("MPLBACKEND", "agg")
    if not forked:
        monkeypatch.delenv("PLANNING_ZYGOTE")
    put(root, "#\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()")
    assert any("image/png" in output.get("data", {}) for output in shown(produce(home)))


def test_a_folder_whose_name_looks_like_a_parameter_is_only_a_name(home, root):
    place = root.parent / "{months} {nobody} %s"
    root.rename(place)
    moved = type(home)(place, place / "outputs")
    done = produce(moved)
    assert done.folder.is_relative_to(place / "outputs" / "toy" / "outlook") and not list(root.parent.glob("3*"))
    assert str(place) not in json.dumps(json.loads((done.folder / "report.ipynb").read_text())["metadata"])


# Saves


def test_whoever_reads_the_notebook_while_it_runs_reads_a_whole_one(home, root, monkeypatch):
    monkeypatch.setattr(cells, "SAVE_EVERY", 0.0)
    put(root, "for number in range(300): print('x' * 3000, flush=True); time.sleep(0.002)")
    read, ended = [], threading.Event()

    def reads():
        while not ended.is_set():
            for path in (root / "outputs/toy/outlook").glob(".aside-*/report.ipynb"):
                with suppress(FileNotFoundError):  # in its place by now
                    read.append(len(json.loads(path.read_text())["cells"]))

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(reads)
        try:
            done = produce(home)
        finally:
            ended.set()
        reader.result()
    assert len(read) > 20 and set(read) == {len(json.loads((done.folder / "report.ipynb").read_text())["cells"])}


def test_a_notebook_of_many_cells_is_not_saved_at_each(home, root, monkeypatch):
    notebook = toy.outlook()
    notebook.cells[6:6] = [nbformat.v4.new_code_cell("1", id=f"more-{number}") for number in range(60)]
    nbformat.write(notebook, root / "notebooks" / "outlook.ipynb")
    saved, save = [], cells._save
    monkeypatch.setattr(cells, "_save", lambda work: (saved.append(time.monotonic()), save(work)))
    done = produce(home)
    assert len(done.manifest["seconds"]["cells"]) == 67
    assert len(saved) <= 2 + (saved[-1] - saved[0]) / cells.SAVE_EVERY


# Printed text


def shown(done):
    """The outputs of the cell that prints."""
    notebook = json.loads((done.folder / "report.ipynb").read_text())
    return next(cell["outputs"] for cell in notebook["cells"] if "".join(cell["source"]).startswith("#\n"))


def test_a_progress_bar_leaves_one_line(home, root):
    put(root, "#\nfrom tqdm import tqdm\nfor n in tqdm(range(2000), mininterval=0): print(n, end='\\r', flush=True)\nprint('end')")
    outputs = {output["name"]: "".join(output["text"]) for output in shown(produce(home))}
    assert set(outputs) == {"stdout", "stderr"} and outputs["stdout"] == "end\n"
    assert outputs["stderr"].count("it/s") == 1 and "2000/2000" in outputs["stderr"]


def test_text_between_two_displays_stays_between_them(home, root):
    put(root, "#\nfrom IPython.display import display\nfor n in range(2):\n    for m in range(9): print(n)\n    display({'n': n})")
    kinds = [(each["output_type"], "".join(each.get("text", ""))) for each in shown(produce(home))]
    assert kinds == [("stream", "0\n" * 9), ("display_data", ""), ("stream", "1\n" * 9), ("display_data", "")]


def test_cleared_output_is_gone_and_makes_room(home, root):
    put(
        root,
        "#\nfrom IPython.display import clear_output\nfor n in range(30):\n    print('y' * 100_000, n, flush=True)\n"
        "    clear_output(wait=n % 2 == 1)\nprint('last')",
    )
    [output] = shown(produce(home))
    assert "".join(output["text"]) == "last\n"


def test_a_cell_that_prints_without_end_is_cut_and_says_so(home, root):
    put(root, "#\nfor n in range(300): print('z' * 9_999)\nprint('end')")
    [output] = shown(produce(home))
    text = "".join(output["text"])
    assert MOST <= len(text) <= MOST + 100 and text.endswith("\n… 2,000,004 more characters were printed and are not kept\n")


def printed(*texts, most=MOST):
    outputs, kept = [], Printed(most)
    for text in texts:
        kept.add(outputs, "stdout", text)
    kept.settle()
    return "".join(output.text for output in outputs)


@pytest.mark.parametrize(
    "texts, left",
    [
        (("a", "b\n", "c"), "ab\nc"),
        (("1%\r", "2%\r", "3%"), "3%"),
        (("1%", "\r2%", "\r3%\n", "\r4%"), "3%\n4%"),
        (("a\r", "\nb"), "a\nb"),
        (("a\r\nb\r\n",), "a\nb\n"),
        (("keep\nbar 1\rbar 2",), "keep\nbar 2"),
        (("\r" * 5 + "x",), "x"),
        (("a\r",), "a\r"),
    ],
)
def test_carriage_returns_are_obeyed_wherever_the_text_is_cut(texts, left):
    assert printed(*texts) == left == printed(*"".join(texts))


def test_a_million_small_pieces_take_seconds_and_no_more_room_than_is_allowed():
    outputs, kept = [NotebookNode(output_type="display_data")], Printed(1_000)
    for number in range(200_000):
        kept.add(outputs, "stderr", f"\r{number}")
        kept.add(outputs, "stdout", "xy\n")
    kept.settle()
    assert [output.output_type for output in outputs] == ["display_data", "stream", "stream"]
    assert outputs[1].text.startswith("199999") and len(outputs[2].text) < 1_100


# Secrets

SECRET = "p\"ä<ss'&w\\örd\n7"
DECLARED = 'token: str = ""  # secret, opens the shop'
READ = "from planning.inputs.secrets import read_secret\nkey = read_secret(token)\n"


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", SECRET)
    return {"token": "SHOP_TOKEN"}


def holding(folder):
    """The files that hold the secret in any of its forms."""
    forms = [
        SECRET, repr(SECRET)[1:-1], json.dumps(SECRET)[1:-1], json.dumps(SECRET, ensure_ascii=False)[1:-1], quote(SECRET),
        "&lt;ss&#39;&amp;w", "&lt;ss&#x27;&amp;w", "&lt;ss'&amp;w", "<ss'&w", "&lt;ss\\&#39;&amp;w", "rd\\n7", "<ss\\'&w", "p%22",
    ]  # fmt: skip
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(form.encode() in path.read_bytes() for form in forms)]


LEAKS = {
    "printed": "print(key); print(repr(key)); print('x', key, end='')",
    "in pieces": "import sys\nfor letter in key: sys.stdout.write(letter); sys.stdout.flush()",
    "shown": "from IPython.display import HTML, display\nimport html, json\ndisplay(HTML(html.escape(key)), {'key': key}, json.dumps(key))",
    "in an address": "import urllib.parse; print('https://shop.example/?key=' + urllib.parse.quote(key))",
    "in a headline": "plan.attrs = {}; headline = key",
}


@pytest.mark.parametrize("source", LEAKS.values(), ids=LEAKS.keys())
def test_a_secret_that_is_shown_is_replaced_wherever_it_would_be_written(home, root, secret, source):
    put(root, READ + source, DECLARED)
    text = (root / "notebooks/outlook.ipynb").read_text()
    if "headline" in source:
        (root / "notebooks/outlook.ipynb").write_text(text.replace('{\\"en\\": \\"2021\\"', '{\\"en\\": \\"see \\" + headline'))
    done = produce(home, **secret)
    assert holding(root / "outputs") == []
    left = (done.folder / "report.ipynb").read_text() + done.manifest["headline"]
    assert "•••" in left and done.manifest["params"]["token"] == "SHOP_TOKEN"


@pytest.mark.parametrize("most, kept", [(4, "ab"), (7, "ab•••X"), (5, "ab"), (6, "ab•••")])
def test_a_secret_that_is_cut_where_the_printed_text_is_shows_no_part(most, kept):
    outputs, text = [], Printed(most, Redaction(["abba"]))
    text.add(outputs, "stdout", "ababbaX\nabba")
    text.settle()
    assert outputs[0].text.startswith(f"{kept}•••\n… ")


@pytest.mark.parametrize("forked", [True, False])
def test_what_a_kernel_and_its_children_print_stays_out_of_the_commands_own_streams(home, root, secret, monkeypatch, capfd, forked):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # the kernel would leave its descriptors alone
    if not forked:
        monkeypatch.delenv("PLANNING_ZYGOTE")
    put(root, f"#\n{READ}os.system('echo said; printenv SHOP_TOKEN 1>&2'); os.write(1, key.encode()); time.sleep(0.5)", DECLARED)
    done = produce(home, **secret)
    assert capfd.readouterr() == ("", "") and holding(root / "outputs") == []
    assert any("said\n" in "".join(output.get("text", "")) for output in shown(done))


@pytest.mark.parametrize("source", ["raise ValueError(key)", "print(key); os._exit(1)", "print(key, flush=True); time.sleep(600)"])
def test_a_run_that_breaks_shows_no_secret_in_its_traceback_or_its_error(home, root, secret, source, caplog):
    caplog.set_level(logging.DEBUG, "planning.run")
    put(root, READ + source, DECLARED)
    told, _ = broken(home, cell_deadline=20 if "sleep" not in source else 2, **secret)
    assert holding(root / "outputs") == [] and told.folder.is_dir()
    assert "<ss" not in str(told) + told.reason + caplog.text and told.__cause__ is None


@pytest.mark.parametrize("how", ["read_secret(token)", "os.environ[token]"])
@pytest.mark.parametrize("where", ["plan['source'] = key", "plan = plan.rename(columns={'layer': key})", "plan['x'] = [{'a': [key]}] * 3"])
def test_a_table_that_holds_a_secret_fails_the_run_and_is_not_kept(home, root, secret, how, where):
    put(root, READ.replace("read_secret(token)", how) + where, DECLARED)
    text = (root / "notebooks/outlook.ipynb").read_text()
    (root / "notebooks/outlook.ipynb").write_text(text.replace(", publish={version: plan}", ""))
    told, _ = broken(home, **secret)
    where = "stands in table plan" if how.startswith("read") else "stood in tables/plan.parquet"
    assert f"the value of a secret {where}" in told.reason
    assert holding(root / "outputs") == [] and not list((root / "outputs").rglob("plan.parquet")) and told.kind


@pytest.mark.parametrize("how", ["plt.title(key)", "open('note.txt', 'w').write(key)"])
def test_a_figure_or_a_file_that_holds_a_secret_fails_the_run(home, root, secret, how):
    put(root, READ + "import matplotlib.pyplot as plt\nfigure = plt.figure()\n" + how, DECLARED)
    text = (root / "notebooks/outlook.ipynb").read_text()
    (root / "notebooks/outlook.ipynb").write_text(text.replace("publish={version: plan}", "figures={\\\"one\\\": figure}"))
    told, _ = broken(home, **secret)
    assert "the value of a secret st" in told.reason and holding(root / "outputs") == []
    assert not list((root / "outputs").rglob("one.png")) or "note.txt" in told.reason


def test_a_run_with_a_secret_is_run_again_each_time(home, root, secret):
    put(root, READ, DECLARED)
    first, second = produce(home, **secret), produce(home, **secret)
    assert first.id != second.id and first.manifest["inputs"] == second.manifest["inputs"] == ""


@pytest.mark.parametrize("value, said", [(None, "no value in the env"), ("", "no value"), ("12345", "too short"), ("  \n   ", "too short")])
def test_a_variable_that_holds_no_secret_is_refused_before_anything_runs(home, root, monkeypatch, value, said):
    put(root, "", DECLARED)
    monkeypatch.delenv("SHOP_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("SHOP_TOKEN", value)
    with pytest.raises(RequestError, match=f"token: {said}"):
        produce(home, token="SHOP_TOKEN")


# A full disk, a signal

FULL = """
import resource, sys
from planning.inputs.params import find_home
from planning.run import engine, requests
home = find_home()
asked = requests.settle(home, "outlook", "toy", "base")
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
engine.produce(home, asked)
"""


@pytest.mark.parametrize("room", [0, 900, 5_000])
def test_on_a_full_disk_the_error_is_clear_and_nothing_half_written_is_seen(root, home, room):
    done = subprocess.run([sys.executable, "-c", FULL, str(room)], env=toy.environment(root), capture_output=True, text=True)
    said = done.stderr[done.stderr.rindex("RunError: outlook base: ") :]
    assert done.returncode == 1 and "File too large" in said
    assert toy.seen(root) == toy.left_aside(root) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_told_to_stop_says_so_exits_with_1_and_leaves_no_kernel_and_no_run(root, number):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell may have told us to ignore it
    process = toy.start(root, "run", "outlook", "toy", "--case", "base", "-p", "seconds=600", "--json")
    signal.signal(signal.SIGINT, before)
    wait(lambda: len(toy.kernels(root)) > 1 and any((path / "report.ipynb").is_file() for path in toy.left_aside(root)))
    process.send_signal(number)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1 and "interrupted" in json.loads(out)["error"]
    wait(lambda: not toy.kernels(root))
    assert toy.seen(root) == toy.left_aside(root) == [] and not list((root / "outputs").rglob("failed"))


def test_a_kernel_killed_from_outside_as_one_out_of_memory_is_fails_the_run(root, home):
    put(root, "open('going', 'w').close(); time.sleep(600)")
    process = toy.start(root, "run", "outlook", "toy", "--case", "base", "--json")
    wait(lambda: any((path / "going").is_file() for path in toy.left_aside(root)))
    [kernel] = [pid for pid in toy.kernels(root) if pid != process.pid]
    os.kill(kernel, signal.SIGKILL)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1 and "the kernel died in cell 6 (killed by SIGKILL: out of memory?)" in json.loads(out)["error"]
    assert toy.seen(root) == toy.left_aside(root) == [] and len(list((root / "outputs").rglob("failed/*Z-*"))) == 1


def wait(holds, seconds=60):
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)


# What is said while it runs


def test_logs_name_run_notebook_and_cell(home, root, caplog):
    caplog.set_level(logging.INFO, "planning.run")
    steps = []
    done = produce(home, lambda *said: steps.append(said))
    said = [one for one in caplog.records if getattr(one, "cell", "")]
    assert [one.cell for one in said] == [f"{number}/7" for number in range(1, 8)] and {one.run for one in said} == {done.id}
    assert f"run={done.id} notebook=outlook company=toy case=base cell=7/7 seconds=" in said[-1].getMessage()
    assert steps == [("outlook base", number, 7) for number in range(1, 8)]


def test_the_environment_of_the_process_is_left_as_it_was(home):
    before, here = dict(os.environ), os.getcwd()
    produce(home)
    assert dict(os.environ) == before and os.getcwd() == here and resource.getrlimit(resource.RLIMIT_FSIZE)[0] == -1
