"""The house keeps its order: who imports whom, clean notebooks, params and notebooks in pairs, docs and lock in step."""

import ast
import re
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from planning.cli import main
from planning.inputs.batches import expand, read_loops
from planning.inputs.params import Home, check_params, read_case, read_declarations

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "planning"
HOME = Home(ROOT, ROOT / "outputs")
SOURCES = sorted(SRC.rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
COMPANIES = sorted(path.parent.name for path in (ROOT / "params").glob("*/company.yaml"))
MADE_UP = "sample"
"""The made-up group, whose name is that of the command and of the room that make it."""
CASES = sorted(path for path in (ROOT / "params").glob("*/*/*.yaml") if path.parent.name not in ("drivers", "metrics"))

MAY_IMPORT = {
    "core": set(),
    "inputs": {"core"},
    "model": {"core"},
    "plan": {"core", "model"},
    "book": {"core"},
    "kernels": set(),
    "run": {"core", "inputs", "book", "kernels"},
    "batch": {"core", "inputs", "book", "kernels", "run"},
    "view": {"core", "plan", "book", "run", "kernels"},
}
PURE = ("core", "model", "plan")
OUTSIDE = {"os", "pathlib", "shutil", "tempfile", "subprocess", "time", "socket", "urllib", "http", "requests", "random", "sqlalchemy"}
"""Modules that reach outside; no pure room imports them."""
READS = re.compile(r"\.(now|today|utcnow|read_\w+|to_(csv|parquet|excel|pickle|feather|sql)|environ)$")
HEADINGS = ["What we know", "Method", "Answer", "Why", "What if", "Checks", "Caveats"]


def name(path):
    return str(path.relative_to(ROOT))


def room(path):
    return path.relative_to(SRC).parts[0] if path.parent != SRC else path.stem


def imports(path):
    """The modules a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# Rooms


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_room_imports_only_from_the_rooms_before_it(path):
    here = room(path)
    if here in MAY_IMPORT:
        used = {module.split(".")[1] for module in imports(path) if module.startswith("planning.")}
        assert used <= MAY_IMPORT[here] | {here}
    assert here == "cli" or not any(module.startswith("planning.cli") for module in imports(path))


def test_every_room_is_known():
    assert {path.name for path in SRC.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(MAY_IMPORT)


@pytest.mark.parametrize("path", [path for path in SOURCES if room(path) in PURE], ids=name)
def test_a_pure_room_reads_no_file_and_no_clock(path):
    assert not OUTSIDE & {module.split(".")[0] for module in imports(path)}
    for call in (node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)):
        said = ast.unparse(call)
        assert said not in ("open", "print", "input", "eval", "exec") and not READS.search(said), f"{name(path)} calls {said}"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_in_src_names_a_company(path):
    text = path.read_text(encoding="utf-8").lower()
    assert not [company for company in COMPANIES if company != MADE_UP and company in text]


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_what_others_may_call_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    others = [] if "migrations" in path.parts else _public(tree)
    for node in [tree, *others]:
        said = (ast.get_docstring(node) or "").split("\n\n")[0]
        assert re.search(r"""\.["')]*$""", said), f"{getattr(node, 'name', 'the module')}: {said!r}"


def _public(tree):
    """Functions and classes without an underscore, and the methods of those classes."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def test_the_tests_are_the_same_tree_as_the_source():
    rooms = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and not path.name.startswith(("_", "."))}
    assert rooms - {"notebooks", "examples", "browser"} == set(MAY_IMPORT)


# Notebooks


def cells(path, kind="code"):
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_is_stripped(path):
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert set(notebook.metadata.get("language_info", {})) <= {"name"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"} and not cell.get("outputs") and cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_is_an_essay_and_not_a_program(path):
    code = cells(path)
    for cell in code:
        assert not re.search(r"^\s*[%!]|https?://|['\"](/|~|[A-Za-z]:\\)", cell.source, re.M)
        kept = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.Try, ast.With)
        assert not [ast.unparse(node) for node in ast.walk(ast.parse(cell.source)) if isinstance(node, kept)]
    assert len(code) <= 30 and sum(len(cell.source.splitlines()) for cell in code) <= 140


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_has_its_parts_in_their_order_in_two_languages(path):
    notebook = nbformat.read(path, 4)
    prose = cells(path, "markdown")
    assert [cell.metadata.tags for cell in prose] == [["en"], ["zh"]] * (len(prose) // 2)
    english, chinese = prose[::2], prose[1::2]
    assert [cell.source.splitlines()[0] for cell in english[1:]] == [f"## {heading}" for heading in HEADINGS]
    assert all(cell.source.startswith("## ") for cell in chinese[1:]) and all(re.search("[\u4e00-\u9fff]", c.source) for c in chinese)
    assert re.match(r"# .+\n\n.+\?$", english[0].source) and re.match("# .+\n\n.+？.*$", chinese[0].source)
    tags = [cell.metadata.get("tags", [""])[0] for cell in notebook.cells if cell.cell_type == "code"]
    assert tags[:2] == ["parameters", "setup"] and tags[-1] == "record" and not any(tags[2:-1])
    assert [cell.cell_type for cell in notebook.cells[:4]] == ["markdown", "markdown", "code", "code"]
    assert [cell.id for cell in notebook.cells] == sorted({cell.id for cell in notebook.cells})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_only_the_record_cell_writes(path):
    *others, last = cells(path)
    assert "record(" in last.source and f'record("{path.stem}"' in last.source
    assert not [cell for cell in others if re.search(r"\brecord\(|\.to_(csv|parquet|excel)|open\(|write", cell.source)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_prose_holds_no_number_that_could_go_stale(path):
    assert not [cell.source for cell in cells(path, "markdown") if re.search(r"\d", cell.source)]


# Params


def test_notebooks_and_params_come_in_pairs():
    notebooks = {path.stem for path in NOTEBOOKS}
    assert notebooks == {path.parent.name for path in CASES}


@pytest.mark.parametrize("path", CASES, ids=name)
def test_every_case_passes_its_notebooks_contract(path):
    company, notebook = path.parts[-3:-1]
    values = {"company": company} | read_case(HOME, company, notebook, path.stem)
    checked = check_params(values, read_declarations(HOME.notebooks / f"{notebook}.ipynb"), name(path))
    assert checked["company"] == company


@pytest.mark.parametrize("company", [company for company in COMPANIES if (ROOT / "params" / company / "loop.yaml").is_file()])
def test_the_loop_names_cases_that_there_are_once_each(company):
    runs = [(job.notebook, job.case) for job in expand(read_loops(HOME, [company]), lambda *_: [])]
    assert runs and len(set(runs)) == len(runs) and {notebook for notebook, _ in runs} <= {path.stem for path in NOTEBOOKS}
    assert all((ROOT / "params" / company / notebook / f"{case}.yaml").is_file() for notebook, case in runs)


# Documents


@pytest.fixture(scope="module")
def documents():
    return "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))])


def commands(group, before=""):
    """Every command by its words: those of a group below it."""
    for name, command in group.commands.items():
        yield before + name, command
        yield from commands(command, f"{before}{name} ") if hasattr(command, "commands") else ()


COMMANDS = dict(commands(main))


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_option_is_documented(documents, command):
    *group, name = command.split()
    assert f"planning {command}" in documents or (group and re.search(rf"^\| .*`{name}\b", documents, re.M))
    options = [option for parameter in COMMANDS[command].params if parameter.param_type_name == "option" for option in parameter.opts]
    assert not [option for option in options if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", documents)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_parameter_is_documented_with_its_notebook(documents, path):
    assert path.stem in documents
    declared = read_declarations(path)
    assert not [parameter for parameter in declared if f"`{parameter}`" not in documents]
    choices = {choice for p in declared.values() if p.unit.startswith("one of ") for choice in p.unit.removeprefix("one of ").split("|")}
    assert not [choice for choice in choices if f"`{choice}`" not in documents]


def test_every_name_in_the_environment_is_documented(documents):
    named = {word for path in SOURCES for word in re.findall(r"PLANNING_[A-Z]+", path.read_text(encoding="utf-8"))}
    assert named - {word for word in named if word in documents} <= {"PLANNING_RUN", "PLANNING_ZYGOTE"}, "the engine's and the batch's own"


def test_links_between_documents_lead_somewhere():
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{name(path)} → {target}"


# The lock

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = dict(re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)", LOCK, re.M))


def wanted():
    extras = PROJECT["optional-dependencies"].values()
    return [Requirement(text) for text in [*PROJECT["dependencies"], *(text for extra in extras for text in extra)]]


def plain(text):
    return re.sub(r"[-_.]+", "-", text).lower()


@pytest.mark.parametrize("requirement", wanted(), ids=str)
def test_the_lock_holds_what_the_project_asks_for(requirement):
    locked = {plain(package): version for package, version in LOCKED.items()}
    assert requirement.specifier.contains(locked[plain(requirement.name)], prereleases=True)


def test_the_lock_has_hashes_for_everything_and_addresses_of_nothing():
    entries = re.split(r"^(?=[\w.-]+(?:\[[\w,-]+\])?==)", LOCK, flags=re.M)
    assert entries[0].strip() == "" or all(line.startswith("#") for line in entries[0].strip().splitlines())
    assert len(entries) - 1 == len(re.findall("^[^\\s#-]", LOCK, re.M)) and len(entries) > 50
    assert not [entry.split()[0] for entry in entries[1:] if "--hash=sha256:" not in entry]
    assert not re.search(r"https?:|--(extra-)?index|--find-links|--trusted|file:|(^|\s)-e ", LOCK)


def test_conda_gives_the_ground_that_the_lock_stands_on():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    conda = [word for word in environment["dependencies"] if isinstance(word, str)]
    ground = {re.split("[=<>!~ ]", word)[0]: word for word in conda}
    assert {"python", "make", "pip"} <= set(ground)
    lowest = re.search(r"[\d.]+", ground["python"])[0]
    assert SpecifierSet(PROJECT["requires-python"]).contains(lowest)
    for pip in (word for word in environment["dependencies"] if isinstance(word, dict)):
        assert all("requirements.lock" in line or line in ("--no-deps", "--require-hashes") for line in pip["pip"])
