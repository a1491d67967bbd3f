"""Batch files: their form, their grids, and everything that is wrong with one, said at once."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.core.errors import RequestError
from planning.inputs import batches
from planning.inputs.batches import LIMIT, Batch, expand, lacks_data, read_batch, read_loops
from planning.inputs.params import Home

CODES = {"cost_centres": ["fire", "parks", "police"], "entities": ["city"], "accounts": []}


def codes(company: str, dimension: str) -> list[str]:
    return CODES[dimension]


@pytest.fixture
def read(tmp_path):
    """Reads a batch file of this text."""

    def read(text: str, company: str = "") -> Batch:
        path = tmp_path / "batch.yaml"
        path.write_text(text, encoding="utf-8")
        return read_batch(path, company)

    return read


@pytest.fixture
def refused(read):
    """What is said of a wrong one."""

    def refused(text: str) -> str:
        with pytest.raises(RequestError) as wrong:
            expand(read(text), codes)
        assert wrong.value.exit_code == 2
        return str(wrong.value)

    return refused


# Grids


def test_a_run_without_lists_is_one_job_named_like_it(read):
    [job] = expand(read('runs: {budget: {notebook: annual_budget, company: city, case: "2022", params: {months: 3}}}'), codes)
    assert (job.name, job.notebook, job.company, job.case, job.values) == ("budget", "annual_budget", "city", "2022", {"months": 3})


def test_a_grid_is_the_product_of_its_lists_in_the_files_order(read):
    jobs = expand(read('runs: {a: {company: city, case: ["x", "y"], grid: {lang: [en, zh], n: [1]}}}'), codes)
    assert [job.name for job in jobs] == [f"a case={case} lang={lang} n=1" for case in "xy" for lang in ("en", "zh")]
    assert jobs[1].case == "x" and jobs[1].values == {"lang": "zh", "n": 1}


def test_every_takes_the_codes_of_a_dimension_but_those_excepted(read):
    jobs = expand(read("runs: {a: {company: city, grid: {department: {every: cost_centres, except: [parks]}}}}"), codes)
    assert [job.values["department"] for job in jobs] == ["fire", "police"]


def test_every_takes_each_companys_own_codes(read):
    batch = read("runs: {a: {grid: {company: [north, south], department: {every: cost_centres}}}}")
    jobs = expand(batch, lambda company, dimension: [f"{company}_1", f"{company}_2"] if company == "north" else ["south_1"])
    assert [(job.company, job.values["department"]) for job in jobs] == [("north", "north_1"), ("north", "north_2"), ("south", "south_1")]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_there_are_as_many_jobs_as_the_product_and_no_two_alike(tmp_path_factory, sizes):
    path = tmp_path_factory.getbasetemp() / "grid.yaml"
    lists = ", ".join(f"p{number}: {list(range(size))}" for number, size in enumerate(sizes))
    path.write_text(f"runs: {{a: {{company: city, grid: {{{lists}}}}}}}", encoding="utf-8")
    jobs = expand(read_batch(path), codes)
    wanted = 1
    for size in sizes:
        wanted *= size
    assert len(jobs) == len({job.name for job in jobs}) == len({str(job.values) for job in jobs}) == wanted


def test_a_grid_of_a_million_is_refused_without_being_built(refused, monkeypatch):
    monkeypatch.setattr(batches, "_job", lambda *_: pytest.fail("a job was built"))
    lists = ", ".join(f"p{number}: {list(range(10))}" for number in range(6))
    assert "100,000 at most, got 1,000,000" in refused(f"runs: {{a: {{company: city, grid: {{{lists}}}}}}}") and LIMIT == 100_000


# Order and needs


def test_a_run_that_needs_another_is_matched_by_the_axes_both_have(read):
    jobs = expand(
        read(
            "runs:\n"
            "  plan: {company: city, case: base, grid: {department: [fire, parks]}}\n"
            "  control: {company: city, case: base, grid: {department: [fire, parks], lang: [en, zh]}, needs: {plan_run: plan}}\n"
        ),
        codes,
    )
    needs = {job.name: job.needs for job in jobs if job.run == "control"}
    assert needs["control department=parks lang=zh"] == {"plan_run": "plan department=parks"} and len(needs) == 4


def test_a_run_that_needs_one_of_several_is_refused(refused):
    said = refused("runs: {plan: {company: city, grid: {n: [1, 2]}}, control: {company: city, needs: {plan_run: plan}}}")
    assert "control, needs.plan_run: needs exactly one run" in said and "got 2: plan n=1, plan n=2" in said


@pytest.mark.parametrize("how", ["after: [{}]", "needs: {{run: {}}}"])
def test_runs_that_wait_for_each_other_in_a_circle_are_refused(refused, how):
    a, b, c = (how.format(other) for other in "bca")
    said = refused(f"runs: {{a: {{company: x, {a}}}, b: {{company: x, {b}}}, c: {{company: x, {c}}}}}")
    assert "in a circle" in said and "→" in said
    assert "in a circle" in refused(f"runs: {{a: {{company: x, {how.format('a')}}}}}")


def test_defaults_are_for_runs_that_say_nothing_themselves(read):
    text = "defaults: {retries: 3, back_off: 1, deadline: 60}\nruns: {a: {company: x}, b: {company: x, retries: 0, deadline: 5}}"
    a, b = expand(read(text), codes)
    assert (a.retries, a.back_off, a.deadline, b.retries, b.back_off, b.deadline) == (3, 1, 60, 0, 1, 5)


# What is wrong

WRONG = {
    "[]": "not a mapping",
    "": "not a mapping",
    "runs: {}": "at least 1",
    "paralel: 2\nruns: {a: {company: x}}": "paralel: unknown; did you mean parallel?",
    "runs: {a: {company: x}, a: {company: y}}": "key given twice: a",
    "runs: {a: {company: x, case: 2022}}": "name of a case in quotes",
    'runs: {a: {company: x, case: "../b"}}': "name of a case in quotes",
    "runs: {a: {company: ../../etc}}": "runs.a.company",
    "runs: {../a: {company: x}}": "runs",
    "runs: {a: {notebook: ../a, company: x}}": "runs.a.notebook",
    "runs: {a: {}}": "no company",
    "runs: {a: {company: x, deadline: 0}}": "greater than 0",
    "deadline: -1\nruns: {a: {company: x}}": "greater than 0",
    "runs: {a: {company: x, cell_deadline: .inf}}": "cell_deadline",
    "runs: {a: {company: x, retries: true}}": "retries",
    "runs: {a: {company: x, retries: -1}}": "retries",
    "parallel: 0\nruns: {a: {company: x}}": "parallel",
    "parallel: two\nruns: {a: {company: x}}": "parallel",
    "runs: {a: {company: x, grid: {n: []}}}": "isn't empty",
    "runs: {a: {company: x, grid: {n: 3}}}": "isn't empty",
    "runs: {a: {company: x, grid: [n]}}": "grid",
    "runs: {a: {company: x, grid: {n: [1, 1]}}}": "given twice: 1",
    'runs: {a: {company: x, case: ["b", "b"]}}': "given twice: b",
    "runs: {a: {grid: {company: {every: entities}}}}": "company: expected a list",
    "runs: {a: {company: x, grid: {case: {every: entities}}}}": "case: expected a list",
    "runs: {a: {company: x, grid: {n: {every: cost_centres, except: [park]}}}}": "no such code, got park; did you mean parks",
    "runs: {a: {company: x, grid: {n: {every: weather}}}}": "cost_centres",
    "runs: {a: {company: x, grid: {n: {every: accounts}}}}": "no codes",
    "runs: {a: {company: x, grid: {case: [1]}}}": "names in quotes",
    'runs: {a: {company: x, case: "b", grid: {case: ["c"]}}}': "given twice",
    "runs: {a: {company: x, params: {n: 1}, grid: {n: [1]}}}": "given twice",
    "runs: {a: {company: x, params: {n: 1}, needs: {n: b}}, b: {company: x}}": "given twice",
    "runs: {a: {company: x, after: [be]}, b: {company: x}}": "no such run",
    "runs: {a: {company: x, needs: {n: c}}, b: {company: x}}": "no such run",
    "intake: x\nruns: {a: {company: x}}": "intake",
    "runs: [a]": "runs",
}


@pytest.mark.parametrize("text", WRONG, ids=str)
def test_what_is_wrong_with_a_file_is_said(refused, text):
    assert WRONG[text] in refused(text)


def test_what_a_long_list_has_twice_is_said_soon(refused):
    began = time.monotonic()
    assert "given twice: 0, 1, 10" in refused(f"runs: {{a: {{company: x, grid: {{n: {[*range(20_000)] * 2}}}}}}}")
    assert time.monotonic() - began < 20


def test_all_that_is_wrong_is_said_at_once(refused):
    said = refused("parallel: 0\nfoo: 1\nruns: {a: {company: x, retries: -1, deadline: 0}, b: {case: 3}}")
    assert said.splitlines()[0].endswith("5 problems")
    assert all(word in said for word in ("parallel", "foo", "runs.a.retries", "runs.a.deadline", "runs.b.case"))


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(RequestError, match="can't be read"):
        read_batch(tmp_path / "none.yaml")


def test_a_pipe_is_read_once(tmp_path):
    path, text = tmp_path / "pipe", "runs: {a: {company: x}}"
    os.mkfifo(path)
    writer = subprocess.Popen(["bash", "-c", f'echo "{text}" > "$0"', path])
    assert read_batch(path).texts == {str(path): text + "\n"} and writer.wait(10) == 0


# The loops


@pytest.fixture
def home(tmp_path) -> Home:
    for company in ("north", "south"):
        (tmp_path / "params" / company).mkdir(parents=True)
    return Home(tmp_path, tmp_path / "outputs")


def write_loop(home: Home, company: str, text: str) -> Path:
    path = home.params / company / "loop.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_loops_of_all_companies_are_one_batch_with_their_intakes(home):
    write_loop(home, "north", 'runs: {plan: {case: ["b", "a"]}}')
    write_loop(home, "south", "runs:\n  plan: {case: base}\n  control: {case: base, after: [plan], needs: {plan_run: plan}}\n")
    batch = read_loops(home)
    jobs = expand(batch, codes)
    assert batch.intake == ("north", "south")
    assert [(job.company, job.notebook, job.case) for job in jobs] == [
        ("north", "plan", "b"), ("north", "plan", "a"), ("south", "plan", "base"), ("south", "control", "base"),
    ]  # fmt: skip
    assert jobs[3].after == ("south plan",) and jobs[3].needs == {"plan_run": "south plan"}
    assert [job.company for job in expand(read_loops(home, ["south"]), codes)] == ["south", "south"]


def test_the_made_up_group_leads_and_a_company_whose_data_is_not_there_is_left_out(home, monkeypatch):
    lie = {"north": "{env: NORTHERN_FILES, folder: north}", "south": "{sample: {scale: tiny}}", "east": "{folder: data}"}
    for company, data in lie.items():
        (home.params / company).mkdir(exist_ok=True)
        write_loop(home, company, "runs: {plan: {}}")
        (home.params / company / "company.yaml").write_text(f"company: {company}\ndata: {data}\n", encoding="utf-8")
    monkeypatch.delenv("NORTHERN_FILES", raising=False)
    assert read_loops(home).intake == ("south", "east") and lacks_data(home, "north") == "NORTHERN_FILES"
    assert read_loops(home, ["north"]).intake == ("north",)
    monkeypatch.setenv("NORTHERN_FILES", "/files")
    assert read_loops(home).intake == ("south", "east", "north") and not lacks_data(home, "north")


def test_every_wrong_loop_is_said_with_its_file(home):
    north, south = write_loop(home, "north", "runs: {plan: {retries: -1}}"), write_loop(home, "south", "runs: {plan: {after: [plam]}}")
    with pytest.raises(RequestError) as wrong:
        read_loops(home)
    assert f"{north}, runs.plan.retries" in str(wrong.value) and f"{south}, runs.plan.after" in str(wrong.value)


def test_a_company_without_a_loop_is_told_so(home):
    write_loop(home, "north", "runs: {plan: {}}")
    with pytest.raises(RequestError, match="no loop; did you mean north"):
        read_loops(home, ["nort"])
    with pytest.raises(RequestError, match="not a name"):
        read_loops(home, ["../north"])


def test_where_no_company_has_a_loop_it_is_said(home):
    with pytest.raises(RequestError, match="no company has a loop"):
        read_loops(home)


def test_loops_that_want_something_else_of_the_whole_are_refused_together(home):
    write_loop(home, "north", "parallel: 1\nruns: {plan: {}}")
    write_loop(home, "south", "parallel: 2\nruns: {plan: {}}")
    with pytest.raises(RequestError, match="loops that differ"):
        read_loops(home)
    assert read_loops(home, ["south"]).parallel == 2
