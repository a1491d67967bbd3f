"""`planning forecast` end to end: what comes in, what comes out, what is refused, and that a refusal leaves nothing behind."""

import json
import os
import socket
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from clusters import Cluster
from distributed import Client
from made_lines import LAST, history, lines, many, seasonal

from planning import forecasting
from planning.batch import cluster as batch_cluster
from planning.batch import cluster_worker, fitting
from planning.cli import main
from planning.core.weeks import WeekCalendar
from planning.model import panel
from planning.model.forecast import forecast
from planning.view.fonts import lacks_font


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the command in a folder of its own on a table or a file there; one process unless told otherwise."""
    monkeypatch.chdir(tmp_path)

    def run(table, *words, by="account", horizon=6, to="out", method="seasonal_naive", workers=1):
        if isinstance(table, pd.DataFrame):
            table.to_csv("history.csv", index=False)
            table = "history.csv"
        asked = ("--by", by, "--horizon", str(horizon), "--method", method, "--workers", str(workers), "--to", to, *words)
        return CliRunner(catch_exceptions=False).invoke(main, ["forecast", str(table), *asked])

    return run


def refused(result, place, *said):
    """One list on the error stream, exit code 2, and no folder, nor one half written."""
    assert result.exit_code == 2 and result.stdout == "", result.output
    for words in said:
        assert words in result.stderr
    assert not [path for path in place.iterdir() if path.is_dir()]
    return result.stderr


def read(place, name="forecast"):
    return pd.read_parquet(place / "out" / f"{name}.parquet")


# What comes out


def test_one_line_is_forecast_and_everything_is_in_the_folder(run, tmp_path):
    table = many(lines("business", 1, 2))
    result = run(table, method="fast", horizon=12)
    assert result.exit_code == 0 and "1 series forecast 12 periods ahead by fast: 2025-01-01 to 2025-12-01" in result.stdout
    assert all(len(line) <= 120 for line in result.stdout.splitlines())
    names = {"forecast.csv", "forecast.parquet", "series.parquet", "trial.parquet", "forecast.png", "manifest.json"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names | (set() if lacks_font("zh") else {"forecast_zh.png"})
    rows = read(tmp_path)
    pd.testing.assert_frame_equal(rows, forecast(pd.read_csv("history.csv", parse_dates=["period"], dtype={"account": str}), 12, "fast"))
    text = pd.read_csv(tmp_path / "out" / "forecast.csv", parse_dates=["period"], dtype={"account": str})
    pd.testing.assert_frame_equal(text, rows, check_dtype=False)
    assert set(read(tmp_path, "series")["method"]) == {"fast"}
    assert list(read(tmp_path, "trial")["horizon"]) == list(range(1, 13))


def test_the_manifest_says_what_was_asked_of_which_content(run, tmp_path):
    told = json.loads(run(history(seasonal(60)), "--level", "0.9", "--json").stdout)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert told | manifest == told and told["folder"] == "out" and len(told["trial"]) == 6
    assert manifest["asked"]["by"] == ["account"] and manifest["asked"]["level"] == 0.9 and manifest["asked"]["grain"] == "month"
    assert manifest["inputs"]["history"]["file"] == "history.csv" and len(manifest["inputs"]["history"]["sha256"]) == 64
    assert manifest["tables"] == {"forecast": 6, "series": 1, "trial": 6} and manifest["planning"] and manifest["seconds"] >= 0


def test_without_a_folder_named_it_goes_to_outputs(run, root, monkeypatch):
    history(seasonal(40)).to_csv("history.csv", index=False)
    words = ["forecast", "history.csv", "--by", "account", "--horizon", "3", "--method", "seasonal_naive", "--workers", "1", "--json"]
    told = json.loads(CliRunner(catch_exceptions=False).invoke(main, words).stdout)
    place = root / "outputs" / "forecast" / told["forecast"]
    assert told["folder"] == str(place) and (place / "forecast.parquet").exists()
    assert [path.name for path in place.parent.iterdir()] == [told["forecast"]]
    assert CliRunner(catch_exceptions=False).invoke(main, ["list"]).stdout == ""


def test_parquet_and_csv_say_the_same_whatever_form_the_periods_have(run, tmp_path):
    table = many(lines("business", 3, 1))
    table.to_parquet("days.parquet")
    table.assign(period=table["period"].dt.strftime("%Y-%m"), account=table["account"].astype("category")).to_parquet("texts.parquet")
    table.assign(period=table["period"].dt.strftime("%Y-%m")).to_csv("months.csv", index=False, encoding="utf-8-sig")
    found = []
    for place, file in enumerate(("days.parquet", "texts.parquet", "months.csv")):
        assert run(file, to=f"out{place}").exit_code == 0
        found.append(pd.read_parquet(tmp_path / f"out{place}" / "forecast.parquet"))
    pd.testing.assert_frame_equal(found[0], found[1])
    pd.testing.assert_frame_equal(found[0], found[2])


def test_a_chinese_file_is_read_in_its_encoding(run, tmp_path):
    table = history(seasonal(40), "销售")
    table.to_csv("gb.csv", index=False, encoding="gb18030")
    assert "--encoding gb18030" in refused(run("gb.csv"), tmp_path, "can't be read")
    assert run("gb.csv", "--encoding", "gb18030").exit_code == 0
    assert set(read(tmp_path)["account"]) == {"销售"}


def test_one_broken_series_of_many_gets_naive_with_the_reason_and_the_others_their_forecast(run, tmp_path, monkeypatch):
    def broken(amounts, season, horizon):
        if amounts.max() > 1e6:
            raise ValueError("no optimum")
        return np.full(horizon, amounts.mean())

    recipe = panel.RECIPES["fast"]
    monkeypatch.setitem(panel.RECIPES, "fast", type(recipe)({"ces": broken}, recipe.networks))
    table = many(lines("business", 12, 1))
    table.loc[table["account"] == "003", "amount"] *= 1e6
    table = table[(table["account"] != "005") | (table["period"] == LAST)]
    result = run(table, method="fast")
    assert result.exit_code == 0 and "could not be fitted, naive ships: 2" in result.stdout
    assert "1  ces: no optimum" in result.stdout and "1  too short" in result.stdout
    series = read(tmp_path, "series").set_index("account")
    assert "ces: no optimum" in series.loc["003", "reason"] and series.loc["005", "reason"] == "too short"
    assert series.loc[["003", "005"], "method"].isin(["seasonal_naive", "last", "mean"]).all()
    assert len(read(tmp_path)) == 12 * 6 and read(tmp_path)[["amount", "lower", "upper"]].notna().all(axis=None)


def test_one_point_is_kept_with_the_reason(run, tmp_path):
    assert run(history([42.0]), method="fast").exit_code == 0
    assert list(read(tmp_path)["amount"]) == [42.0] * 6 and list(read(tmp_path, "trial").index) == []
    assert read(tmp_path, "series").loc[0, ["method", "reason"]].tolist() == ["seasonal_naive", "too short"]


def test_missing_months_are_filled_and_never_zero(run, tmp_path):
    table = many(lines("season", 2, 3))
    table = table.drop(table.index[[20, 21, 40]])
    assert run(table).exit_code == 0
    assert list(read(tmp_path, "series")["missing"]) == [3, 0] and read(tmp_path)["amount"].min() > 500


def test_quarters(run, tmp_path):
    table = history(np.tile([100.0, 200.0, 300.0, 400.0], 10))
    table["period"] = [f"{2015 + place // 4}Q{place % 4 + 1}" for place in range(40)]
    assert run(table, "--grain", "quarter", horizon=4).exit_code == 0
    rows = read(tmp_path)
    assert list(rows["amount"]) == [100, 200, 300, 400] and f"{rows['period'].iloc[0]:%Y-%m-%d}" == "2025-01-01"


def test_months_of_weeks(run, tmp_path):
    weeks = WeekCalendar("4-5-4", 1, "saturday", "nearest")
    periods = weeks.year(2022).append(weeks.year(2023)).append(weeks.year(2024))
    table = pd.DataFrame({"account": "shop", "period": periods, "amount": 100.0 * weeks.weeks(periods)})
    result = run(table, "--weeks", "4-5-4", "--year-ends", "nearest-saturday-1", horizon=12)
    assert result.exit_code == 0, result.output
    assert list(read(tmp_path)["period"]) == list(weeks.year(2025))
    assert np.allclose(read(tmp_path)["amount"], 100.0 * weeks.weeks(weeks.year(2025)))  # the 53rd week of 2024 isn't carried on
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["asked"]["weeks"]["weekday"] == "saturday"


@pytest.mark.parametrize("words", [(), ("--add-up", "account")])
def test_a_country_and_drivers_are_known_ahead(run, tmp_path, words):
    rng = np.random.default_rng(3)
    table = history(np.zeros(96))
    ahead = pd.date_range(LAST, periods=7, freq="MS")[1:]
    campaign = np.r_[rng.integers(0, 2, 96), [1, 0, 1, 0, 1, 0]].astype(float)
    table["amount"] = 1000 + 10 * rng.standard_normal(96) + 300 * campaign[:96]
    drivers = pd.DataFrame({"period": [*table["period"], *ahead], "campaign": campaign})
    drivers.assign(period=drivers["period"].dt.strftime("%Y-%m")).to_csv("drivers.csv", index=False)
    assert run(table, "--drivers", "drivers.csv", "--country", "CN", *words, method="fast").exit_code == 0
    rows = read(tmp_path)
    assert rows["account"].nunique() == 1 + len(words[1:])  # with the total
    for _, amounts in rows.groupby("account")["amount"]:
        assert (amounts.to_numpy()[::2] - amounts.to_numpy()[1::2] > 200).all()
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["inputs"]["drivers"]["file"] == "drivers.csv"


def test_every_level_of_nested_keys_adds_up_in_every_draw(run, tmp_path):
    table = many(np.maximum(lines("season", 4, 7, months=84) - 900, 0))
    table = table.assign(region=np.where(table["account"] < "002", "north", "south"))
    result = run(table, "--add-up", "region,account", by="region,account", method="seasonal_naive")
    assert result.exit_code == 0, result.output
    rows, draws = read(tmp_path), read(tmp_path, "draws").astype({"region": str, "account": str})
    assert len(rows) == (1 + 2 + 4) * 6 and (rows["amount"] >= 0).all() and (draws["amount"] >= -1e-9).all()
    for figures, over in ((rows, ["horizon"]), (draws, ["draw", "horizon"])):
        bottoms = figures[figures["account"] != "*"]
        total = figures[figures["region"] == "*"].set_index(over)["amount"].sort_index()
        assert np.allclose(bottoms.groupby(over)["amount"].sum(), total)
        north = figures[(figures["region"] == "north") & (figures["account"] == "*")].set_index(over)["amount"].sort_index()
        assert np.allclose(bottoms[bottoms["region"] == "north"].groupby(over)["amount"].sum(), north)
    assert (tmp_path / "out" / "forecast.png").exists()  # of the total


def test_many_series_without_a_sum_have_no_chart(run, tmp_path):
    assert run(many(lines("noise", 5, 1))).exit_code == 0
    assert not list((tmp_path / "out").glob("*.png"))


# What is refused


def told(amounts):
    return history(np.asarray(amounts, dtype="float64"))


WRONG_CELLS = {
    "nan": ("nan", "not a number in amount, expected a finite number"),
    "nothing": ("", "no row where it is missing, got nothing"),
    "infinite": ("inf", "not a number in amount"),
    "separators": ("1,234.50", "got '1,234.50'"),
    "words": ("n/a", "got 'n/a'"),
}


@pytest.mark.parametrize("cell, said", WRONG_CELLS.values(), ids=WRONG_CELLS)
def test_an_amount_that_is_no_plain_number_is_told_with_its_row(run, tmp_path, cell, said):
    table = told(seasonal(40)).astype({"amount": object})
    table.loc[5, "amount"] = cell
    refused(run(table), tmp_path, "history.csv, row 7", said)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_parquet_file_is_held_to_the_same(run, tmp_path, number):
    table = told(seasonal(40))
    table.loc[5, "amount"] = number
    table.to_parquet("history.parquet")
    refused(run("history.parquet"), tmp_path, "history.parquet, row 6", "not a number in amount")


def test_all_that_is_wrong_with_request_and_files_is_one_list(run, tmp_path):
    table = told(seasonal(40)).assign(period="2024-13")
    (tmp_path / "drivers.csv").write_text("month,price\n2024-01,1\n")
    said = refused(run(table, "--drivers", "drivers.csv", "--add-up", "region", horizon=61, method="fastest"), tmp_path)
    for words in ("wrong horizon", "unknown method", "not a period", "missing column period", "not a key of the series: expected"):
        assert words.split(":")[0] in said
    assert said.count("problems") == 1 and "40" not in said.splitlines()[0].split(":")[0]


EARLIER = pd.Timestamp("2024-02-01")
REFUSED = {
    "a period twice": (lambda: pd.concat([told(seasonal(40))] * 2), (), "month twice"),
    "a day amid a month": (lambda: told(seasonal(40)).assign(period=lambda t: t["period"] + pd.Timedelta(days=9)), (), "wrong period"),
    "a series that ended": (lambda: pd.concat([told(seasonal(40)), history(seasonal(9), "b", EARLIER)]), (), "ends elsewhere"),
    "a key that is empty": (lambda: told(seasonal(40)).assign(account=["", *["a"] * 39]), (), "nothing where a value is needed"),
    "quarters as months": (lambda: told(seasonal(40)).iloc[::-3].iloc[::-1], (), "--grain quarter"),
    "months as quarters": (lambda: told(seasonal(40)), ("--grain", "quarter"), "wrong period"),
    "a pattern of weeks": (lambda: told(seasonal(40)), ("--weeks", "4-4-4"), "unknown"),
    "a year's end": (lambda: told(seasonal(40)), ("--weeks", "4-4-5", "--year-ends", "december"), "not a year's end"),
    "weeks of quarters": (lambda: told(seasonal(40)), ("--weeks", "4-4-5", "--grain", "quarter"), "a calendar of weeks has months"),
    "a country": (lambda: told(seasonal(40)), ("--country", "XX"), "unknown country"),
    "no rows": (lambda: told(seasonal(40)).iloc[:0], (), "nothing to forecast from"),
    "too short to add up": (lambda: told(seasonal(20)), ("--add-up", "account"), "too short a past"),
    "a scheduler's address": (lambda: told(seasonal(40)), ("--on", "somewhere"), "not a scheduler's address"),
    "no scheduler": (lambda: told(seasonal(40)), ("--on", "tcp://127.0.0.1:9"), "no scheduler answers"),
}


@pytest.mark.parametrize("table, words, said", REFUSED.values(), ids=REFUSED)
def test_bad_input_is_one_list_and_leaves_nothing(run, tmp_path, table, words, said):
    refused(run(table(), *words), tmp_path, said)


def test_a_driver_missing_ahead_is_told_for_each_series(run, tmp_path):
    table = many(lines("noise", 2, 1))
    table[["account", "period"]].assign(price=1.0).to_csv("drivers.csv", index=False)
    refused(run(table, "--drivers", "drivers.csv"), tmp_path, "2 problems", "000, price: regressor missing", "001, price")


def test_a_file_that_is_none_and_a_folder_that_is_taken(run, tmp_path):
    refused(run("nowhere.csv"), tmp_path, "can't be read")
    (tmp_path / "history.xlsx").write_bytes(b"")
    refused(run("history.xlsx"), tmp_path, ".csv or .parquet")
    refused(run(told(seasonal(40)), by="region"), tmp_path, "missing column region")
    assert run(told(seasonal(40))).exit_code == 0
    again = run(told(seasonal(40)))
    assert again.exit_code == 2 and "already there" in again.stderr


def test_what_breaks_while_it_is_written_leaves_nothing(run, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(forecasting.write_forecast.__globals__["pd"].DataFrame, "to_csv", full)
    told(seasonal(40)).to_parquet("history.parquet")
    result = run("history.parquet")
    assert result.exit_code == 1 and "No space left" in result.stderr
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


# On a cluster


def test_what_listens_and_says_nothing_is_no_scheduler(run, tmp_path, monkeypatch):
    monkeypatch.setattr(batch_cluster, "CONNECT", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        refused(run(told(seasonal(40)), "--on", address), tmp_path, "no scheduler answers")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    source = Path(forecasting.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(source), os.environ.get("PYTHONPATH", "")])}
    started = Cluster(tmp_path_factory.mktemp("cluster"), environment).start(workers=2)
    with Client(started.address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=120)
    yield started
    started.close()


def test_a_cluster_gives_the_same_folder(run, tmp_path, cluster):
    table = many(lines("business", 40, 1))
    result = run(table, "--on", cluster.address, "--json", method="fast", to="there")
    assert result.exit_code == 0 and json.loads(result.stdout)["workers"] == 2, result.output
    assert run(table, method="fast").exit_code == 0
    for name in ("forecast", "series", "trial"):
        there = pd.read_parquet(tmp_path / "there" / f"{name}.parquet")
        pd.testing.assert_frame_equal(there, read(tmp_path, name), check_exact=True)


def test_workers_of_another_kind_are_refused_before_anything_is_sent(run, tmp_path, cluster, monkeypatch):
    monkeypatch.setattr(cluster_worker, "_code", lambda: "of another day")
    refused(run(told(seasonal(40)), "--on", cluster.address), tmp_path, "2 problems", "another planning's code, expected of another day")


def test_a_cluster_whose_workers_are_all_gone_is_given_up(run, tmp_path, cluster, monkeypatch):
    alike = fitting._alike

    def then_gone(*asked):
        found = alike(*asked)
        for worker in cluster.workers:
            worker.kill()
        return found

    monkeypatch.setattr(fitting, "_alike", then_gone)
    monkeypatch.setattr(fitting, "ALONE", 2.0)
    result = run(many(lines("business", 40, 1)), "--on", cluster.address, method="fast")
    assert result.exit_code == 1 and "gave the fits up" in result.stderr
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
