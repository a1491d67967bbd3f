"""`planning backtest`: what it prints, what it says as JSON, and the folder it leaves."""

import json
import os
from pathlib import Path

import backtest_home
import pandas as pd
import pytest
import toy
from click.testing import CliRunner

from planning.book.store import open_book
from planning.cli import main
from planning.inputs.params import Home

WORDS = ("backtest", "mill", "--method", "seasonal_naive", "--workers", "1")
TABLES = ["accuracy", "actual", "added", "banded", "coverage", "held", "horizons", "made", "persons", "skill"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The mill, taken in, with an override in its book: a planner moves what a run had published of December 2021 to what came."""
    root = backtest_home.build(tmp_path_factory.mktemp("mill"))
    before = {name: os.environ.pop(name, None) for name in ("PLANNING_BOOK", "PLANNING_RUN")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNING_HOME", str(root))
        patch.setenv("PLANNING_OUTPUTS", str(root / "outputs"))
        taken = CliRunner(catch_exceptions=False).invoke(main, ["intake", "mill"])
        assert taken.exit_code == 0, taken.output
        _override(Home(root, root / "outputs"))
        yield root
    os.environ.update({name: value for name, value in before.items() if value})


def _override(home):
    months = pd.date_range("2021-07-01", periods=6, freq="MS")
    plan = pd.DataFrame({
        "scenario": "forecast", "version": "2021_06", "case": "base", "entity": "mill", "cost_centre": "shop", "account": "flour",
        "layer": "booked", "grain": "month", "period": months, "amount": 2000.0,
    })  # fmt: skip
    right = plan.assign(amount=[backtest_home._amount("shop", "flour", period) for period in months])
    book = open_book(home.book())
    book.publish("run-1", "mill", "rolling_reforecast", {}, [("forecast", "2021_06", plan)], "s", "engine", 2)
    book.save("mill", "forecast", "2021_06", right, 1, "shop_planner", 2)


@pytest.fixture(scope="module")
def said(home):
    result = CliRunner(catch_exceptions=False).invoke(main, [*WORDS, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def printed(home, said):
    result = CliRunner(catch_exceptions=False).invoke(main, WORDS)
    assert result.exit_code == 0, result.output
    return result


def test_the_folder_holds_both_charts_and_every_table_and_nothing_half_written(home, said):
    folder = Path(said["folder"])
    assert folder.parent == home / "outputs" / "mill" / "backtest"
    charts = ["forecasts.png", "forecasts_zh.png"]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*charts, *(f"{name}.parquet" for name in TABLES)])
    assert not toy.left_aside(home) and all((folder / name).read_bytes()[:4] == b"\x89PNG" for name in charts)


def test_json_says_what_the_tables_hold(said):
    folder = Path(said["folder"])
    horizons = pd.read_parquet(folder / "horizons.parquet")
    for side in ("revenue", "spending"):
        assert {"q1", "q2", "q3"} == set(said[side]) and {"naive", "ours", "people", "combined"} == set(said[side]["q1"])
        assert len(said["horizons"][side]) == (horizons["side"] == side).sum() > 0
        assert {row["compared"] for row in said["horizons"][side]} == {"all", "people", "budget"}
        assert {row["what"] for row in said["held"][side]} == {"total", "lines"}
        assert set(said["forecasts"][side]) == {"made", "banded", "actual"}
    assert {row["layer"] for row in said["value_added"]["spending"]} == {"ours", "people", "combined"}
    assert [(row["account"], row["skill"]) for row in said["skill"]["revenue"]] == [("bran", None), ("flour", None)], "naive is itself"


def test_who_was_planted_to_help_and_to_hurt_is_named(said):
    """The owner that the table of cost centres names, and where it names none the department."""
    verdicts = {(row["of"], row["person"], row["before"]): row["verdict"] for row in said["persons"] if row["person"]}
    for side in ("revenue", "spending"):
        assert verdicts[f"{side} by month", "Head of the shop", "ours"] == "helps"
        assert verdicts[f"{side} by month", "Workshop", "ours"] == "hurts"
    assert verdicts["overrides in the book", "shop_planner", "before"] == "helps"


def test_what_is_printed_is_as_wide_as_a_terminal_and_says_the_headlines_first(printed):
    lines = printed.stdout.splitlines()
    assert max(map(len, lines[:-1])) <= 120, "the last line is a path"
    heads = ["monthly totals by months ahead", "no skill", "laid on", "by person", "lines by month by months ahead", "quarter", "bands of"]
    places = [next(at for at, line in enumerate(lines) if head in line) for head in heads]
    assert places == sorted(places)
    assert lines[-1].startswith("chart and tables: ") and lines[-1].endswith("forecasts.png")
    assert "Head of the shop" in printed.stdout and "hurts" in printed.stdout and "shop_planner" in printed.stdout


def test_each_backtest_is_a_folder_of_its_own_and_no_run(home, said, printed):
    folders = sorted((home / "outputs" / "mill" / "backtest").iterdir())
    assert len(folders) == 2 and str(folders[0]) == said["folder"]
    listed = CliRunner(catch_exceptions=False).invoke(main, ["list", "mill", "--json"])
    assert listed.exit_code == 0 and json.loads(listed.stdout) == []
    pruned = CliRunner(catch_exceptions=False).invoke(main, ["prune", "mill", "--keep", "1", "--json"])
    assert pruned.exit_code == 0 and folders[0].is_dir()


def test_trials_are_made_once_and_remembered(home, said, printed):
    assert len(list((home / "outputs" / "mill" / "trials").glob("*.parquet"))) == 6, "trials, combination and skill of two sides"


def test_a_folder_that_cannot_be_written_is_one_clear_error(home, said):
    place = home / "outputs" / "mill" / "backtest"
    kept = place.with_name("kept")
    place.rename(kept)
    try:
        place.write_text("in the way", encoding="utf-8")
        result = CliRunner(catch_exceptions=False).invoke(main, WORDS)
        assert result.exit_code == 2 and "outputs" in result.stderr and "Traceback" not in result.stderr
    finally:
        place.unlink()
        kept.rename(place)
