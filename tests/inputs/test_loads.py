"""What a source's files said is read again only when something about it has changed; it says the same either way."""

import pandas as pd
import pytest

from planning.inputs import sources


@pytest.fixture
def read(monkeypatch):
    """The names of the sources that are read, in turn."""
    names, read_source = [], sources.read_source

    def noting(source, name, company, data):
        names.append(name)
        return read_source(source, name, company, data)

    monkeypatch.setattr(sources, "read_source", noting)
    return names


def test_nothing_is_read_again_where_nothing_has_changed_and_the_snapshot_is_the_same(toyland, read):
    first = toyland.take_in()
    again = toyland.take_in()
    assert read == [] and again.snapshot == first.snapshot and not again.new
    assert again.read == first.read and again.findings.equals(first.findings)


def test_without_the_kept_loads_everything_is_read_and_says_the_same(toyland, read):
    first = toyland.take_in()
    for place in (toyland.snapshots.parent / "loads").iterdir():
        for file in place.iterdir():
            file.unlink()
    again = toyland.take_in()
    assert sorted(read) == ["budget", "ledger"] and again.snapshot == first.snapshot


def test_only_the_source_whose_file_has_changed_is_read(toyland, read):
    toyland.line("01,Toys,2021,3,5")
    toyland.take_in()
    assert read == ["ledger"]
    assert toyland.load().rows["period"].max() == pd.Timestamp("2021-03-01")


@pytest.mark.parametrize("change", ["source", "chart"])
def test_other_params_mean_reading_again(toyland, read, change):
    if change == "source":
        toyland.ledger["scale"] = 2.0
        toyland.write()
        toyland.take_in()
        assert "ledger" in read
        assert toyland.load().rows.query("account == 'wages' and scenario == 'actual'")["amount"].iloc[0] == 80
    else:
        toyland.file("accounts.csv", toyland.files["accounts.csv"].replace("Toys,玩具", "Toys and dolls,玩具"))
        toyland.take_in()
        assert sorted(read) == ["budget", "ledger"]


def test_a_kept_load_that_is_cut_is_made_again(toyland, read):
    first = toyland.take_in()
    for path in (toyland.snapshots.parent / "loads").glob("*/rows.parquet"):
        path.write_bytes(path.read_bytes()[:100])
    assert toyland.take_in().snapshot == first.snapshot and sorted(read) == ["budget", "ledger"]


def test_loads_that_nobody_asks_for_any_more_are_gone(toyland):
    places = toyland.snapshots.parent / "loads"
    toyland.take_in()
    before = {place.name for place in places.iterdir()}
    toyland.line("01,Toys,2021,3,5")
    toyland.take_in()
    after = {place.name for place in places.iterdir()}
    assert len(after) == len(before) == 2 and len(after & before) == 1
