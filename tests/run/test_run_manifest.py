"""What a run says about itself."""

import re
import subprocess

from planning.run.manifest import commit, read_manifest, run_id, surroundings, write_manifest


def test_a_run_id_sorts_by_time_and_tells_wishes_apart():
    first, second, other = (run_id("budget", {"as_of": as_of}) for as_of in ("2021-03", "2021-03", "2021-06"))
    assert all(re.fullmatch(r"\d{8}T\d{12}Z-[0-9a-f]{8}", name) for name in (first, second, other))
    assert first < second < other and first[-8:] == second[-8:] != other[-8:]
    assert run_id("b", {"x": 1, "y": 2})[-8:] == run_id("b", {"y": 2, "x": 1})[-8:]


def test_a_manifest_is_read_as_it_was_written(tmp_path):
    about = {"run": "r", "headline": "预算 1 %", "checks": {"failed": []}}
    write_manifest(tmp_path, about)
    assert read_manifest(tmp_path) == about and [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_a_tree_that_differs_from_its_commit_is_marked(tmp_path):
    def git(*words):
        subprocess.run(["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True)

    assert commit(tmp_path) == ""
    git("init")
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-m", "one")
    assert re.fullmatch("[0-9a-f]{40}", commit(tmp_path))
    (tmp_path / "file").write_text("2")
    assert re.fullmatch(r"[0-9a-f]{40}\+", commit(tmp_path))


def test_the_surroundings_name_the_packages_that_figures_depend_on(tmp_path):
    said = surroundings(tmp_path)
    assert {"pandas", "numpy", "prophet", "papermill", "planning"} <= set(said["packages"]) and said["python"].startswith("3.")
