"""`planning change` and `planning compare`: what they print, what they leave, and what everybody is shown and refused."""

import json
import re
import shutil

import pytest
from departments import build, command, draw, fill, plan, submit

from planning.book.store import open_book

VERSION = ("acme", "budget", "v1")
NORTH = "account=toys,cost_centre=north,period=2026-Q1"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The group's home. Shared: look, don't touch."""
    root = tmp_path_factory.mktemp("group") / "home"
    with pytest.MonkeyPatch.context() as patch:
        _use(root, patch)
        return build(root)


@pytest.fixture
def group(built, tmp_path, monkeypatch):
    """A group's home of one's own, which commands in this process find."""
    root = tmp_path / "home"
    shutil.copytree(built, root)
    _use(root, monkeypatch)
    return root


def _use(root, patch):
    for name in ("PLANNING_BOOK", "PLANNING_RUN"):
        patch.delenv(name, raising=False)
    patch.setenv("PLANNING_HOME", str(root))
    patch.setenv("PLANNING_OUTPUTS", str(root / "outputs"))


@pytest.fixture
def book(group):
    return open_book(group / "outputs" / "book.sqlite")


@pytest.fixture
def two(book):
    """A second version: a cell of the north and one abroad differ, and the south has no wages."""
    table = plan(version="v2")
    table.loc[2, "amount"] = 1500.1
    table.loc[(table["cost_centre"] == "abroad") & (table["account"] == "games") & (table["period"] == "2026-12"), "amount"] = 1.0
    table = table[(table["cost_centre"] != "south") | (table["account"] != "wages")]
    book.create_version("acme", "budget", "v2", "ana")
    book.save("acme", "budget", "v2", table, 0, "ana", 2)
    return book


def change(verb, *words, who="nora"):
    return command("change", verb, *VERSION, "--as", who, "--reason", "agreed", *words)


def done(result):
    assert result.exit_code == 0, result.output
    return result.stdout


def compare(*words):
    return command("compare", "acme", "budget/v1", "budget/v2", *words)


def test_a_verb_shows_its_cells_and_totals_and_saves_one_revision(book):
    dry = done(change("spread", "--where", NORTH, "--to", "3600.01", "--dry-run"))
    assert "3 cells would be changed; revision 2; nothing was changed" in dry and book.version(*VERSION).revision == 1
    said = done(change("spread", "--where", NORTH, "--to", "3600.01"))
    assert re.search(r"home · north · toys · 2026-01 +1,000\.1 +1,200\.01 +\+199\.91\n", said)
    assert "the range: 3 cells: 3,000.3 → 3,600.01 CNY\n  shared evenly\n" in said and "effect on the result: +599.71 CNY" in said
    assert "budget v1: 3 cells changed; revision 2\n" in said
    again = done(change("spread", "--where", NORTH, "--to", "3600.01"))
    assert "no cell moves" in again and "0 cells changed; revision 2" in again and book.version(*VERSION).revision == 2
    journal = done(command("journal", "acme"))
    assert 'verb {"to": 3600.01, "verb": "spread", "where": "account=toys,cost_centre=north,period=2026-Q1"}' in journal
    assert "the journal is whole" in journal


def test_json_has_the_verb_the_ranges_and_every_cell(group):
    words = ("--where", "account=wages,cost_centre=north,period=2026-01", "--into", "account==rent", "--amount", "0.3", "--json")
    said = json.loads(done(change("transfer", *words)))
    assert said["verb"] == {"verb": "transfer", "where": words[1], "into": "account==rent", "amount": 0.3}
    assert [(one["account"], one["before"], one["after"], one["difference"]) for one in said["changes"]] == [
        ("=rent", 100.0, 100.3, 0.3), ("wages", 300.3, 300.0, -0.3),
    ]  # fmt: skip
    assert [(one["range"], one["cells"], one["before"], one["after"]) for one in said["ranges"]] == [
        ("--where", 1, 300.3, 300.0), ("--into", 1, 100.0, 100.3),
    ]  # fmt: skip
    assert (said["revision"], said["saved"], said["shared"], said["dry_run"]) == (2, 2, "sizes", False)


def test_every_verb_is_a_command(book):
    wages = ("--where", "account=wages,cost_centre=north,period=2026-01..2026-02")
    done(change("grow", *wages, "--rate", "0.1"))
    done(change("reallocate", *wages, "--weights", "period=2026-01:1,2026-02:2"))
    done(change("break-back", *wages, "--to", "900"))
    done(change("copy", "--where", "account=wages,cost_centre=north", "--from", "period=2025", "--of", "actual", "--times", "2"))
    done(change("spread", *wages, "--to", "10", "--by", "working_days"))
    assert "the calendar tells nothing of wages" in done(change("spread", *wages, "--to", "12", "--by", "season"))
    cells, revision = book.read(*VERSION)
    wages = cells[(cells["account"] == "wages") & (cells["cost_centre"] == "north")]["amount"].tolist()
    assert wages == [6.0, 6.0, *[560.0] * 10] and revision == 7


def test_a_hold_is_listed_keeps_its_cells_and_is_named_when_it_leaves_no_way(book):
    march = ("--where", "account=toys,cost_centre=north,period=2026-03", "--name", "contract")
    assert "hold contract keeps 1 cells as they are\n" in done(change("hold", *march)) and "as before" in done(change("hold", *march))
    assert "1 of them held: 3,000.3 → 1,200.1 CNY" in done(change("spread", "--where", NORTH, "--to", "1200.1"))
    cells, _ = book.read(*VERSION)
    assert cells[(cells["account"] == "toys") & (cells["cost_centre"] == "north")]["amount"].tolist()[:3] == [100.0, 100.0, 1000.1]
    refused = change("spread", "--where", march[1], "--to", "5")
    assert refused.exit_code == 2 and "(the smallest set of holds in the way: contract)" in refused.stderr
    assert book.version(*VERSION).revision == 2
    listed = done(command("change", "holds", *VERSION, "--as", "sita"))
    assert re.search(r"1 hold\n  contract: account=toys,cost_centre=north,period=2026-03 · 1 cells · nora at .* UTC: agreed\n", listed)
    assert "isn't theirs" in change("release", "--name", "contract", who="sita").stderr
    done(change("release", "--name", "contract", who="nick"))
    assert "no holds" in done(command("change", "holds", *VERSION, "--as", "nora"))
    assert json.loads(done(command("change", "holds", *VERSION, "--as", "nora", "--json"))) == []
    done(change("spread", "--where", march[1], "--to", "5"))
    assert "released" in done(command("journal", "acme"))


def test_the_revision_that_was_looked_at_makes_two_changes_of_one_cell_a_conflict(group, book):
    done(change("spread", "--where", NORTH, "--to", "30", "--revision", "1"))
    refused = change("grow", "--where", NORTH, "--rate", "0.1", "--revision", "1", who="nick")
    assert refused.exit_code == 1 and "3 cells in conflict" in refused.stderr
    assert "expected 1,000.10, got 10.00; look again" in refused.stderr
    assert change("grow", "--where", NORTH, "--rate", "0.1", "--revision", "9").exit_code == 2
    assert book.version(*VERSION).revision == 2


def test_a_workbook_and_a_verb_on_one_cell_are_a_conflict(group, book, tmp_path):
    [path] = draw(tmp_path / "drawn")
    done(change("spread", "--where", NORTH, "--to", "30"))
    refused = submit(fill(path, {("toys", "2026-03"): 1100.1}))
    assert refused.exit_code == 1 and "changed since, expected 1,100.10, got 10.00" in refused.stderr


@pytest.mark.parametrize(
    "words, said",
    [
        (("--where", "account=toys", "--to", "5"), "a cell that isn't theirs to change, expected one of a cost centre that nora owns"),
        (("--where", NORTH, "--to", "nan"), "expected a finite number"), (("--where", NORTH, "--to", "0.001"), "at most 2 decimal places"),
        (("--where", "account=toy,cost_centre=north", "--to", "5"), "did you mean toys?"), (("--where", NORTH), "Missing option '--to'"),
        (("--where", NORTH, "--to", "5", "--like", "account=toys", "--of", "v1"), "SCENARIO/VERSION, such as budget/2026_v1, or actual"),
        (("--where", NORTH, "--to", "5", "--like", "account=toys", "--of", "budget/v9"), "unknown version"),
        (("--where", NORTH, "--to", "1e300"), "wrong"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_written(book, words, said):
    refused = change("spread", *words)
    assert refused.exit_code == 2 and said in refused.stderr and refused.stdout == "", refused.output
    as_json = change("spread", *words, "--json")
    assert as_json.exit_code == 2 and said in json.loads(as_json.stdout)["error"]
    assert book.version(*VERSION).revision == 1 and len(book.journal("acme")) == 2


def test_somebody_unknown_and_a_version_that_stands_still_are_refused(group):
    assert "unknown person" in change("spread", "--where", NORTH, "--to", "5", who="nobody").stderr
    assert command("submit", *VERSION, "--as", "ana", "--reason", "x").exit_code == 0
    refused = change("spread", "--where", NORTH, "--to", "5")
    assert refused.exit_code == 2 and "it stands still, expected open, got submitted" in refused.stderr


# Side by side


def test_versions_are_compared_cell_by_cell_with_totals_the_largest_first(two):
    said = done(compare())
    assert said.startswith("budget v1 and budget v2: 132 cells, 2 differ, 12 only in budget v1\n")
    lines = [line.split()[0] for line in said.splitlines()[2:5]]
    assert lines == ["wages", "games", "toys"], "79,999.92 less wages, 4,443.44 less games abroad, 500 more toys"
    assert re.search(r"home · north · toys · 2026-03 +1,000\.1 +1,500\.1 +\+500\n", said)
    assert re.search(r"home · south · wages · 2026-01 +6,666\.66 +– +-6,666\.66\n", said)
    assert "effect on the result: +80,499.92 CNY" in said and "effect on the result: -4,443.44 HKD" in said
    assert "expense, CNY" in done(compare("--by", "cost_centre")) and "2026-03, revenue" in done(compare("--by", "period"))
    assert "identical: 24 cells" in done(compare("--where", "account==rent,games,cost_centre=north"))


def test_a_version_is_identical_to_itself_and_locked_and_submitted_ones_are_compared_too(two):
    assert "budget v1 and budget v1 are identical: 132 cells" in done(command("compare", "acme", "budget/v1", "budget/v1"))
    assert command("submit", "acme", "budget", "v2", "--as", "ana", "--reason", "x").exit_code == 0
    for who in ("ben", "cai"):
        assert command("approve", "acme", "budget", "v2", "--as", who, "--reason", "x").exit_code == 0
    between = done(compare())
    assert command("lock", "acme", "budget", "v2", "--as", "ben", "--reason", "x").exit_code == 0
    assert done(compare()) == between


def test_somebody_is_shown_the_rows_in_their_scope_and_sums_of_them_alone(two):
    said = done(compare("--as", "nora"))
    assert said.startswith("budget v1 and budget v2: 84 cells, 1 differ\n")
    assert re.search(r"toys Toys.* 12,001\.2 +12,501\.2 +\+500\n", said)
    for secret in ("south", "abroad", "6,666", "4,444", "79,999", "HKD"):
        assert secret not in said
    far = done(compare("--as", "farah", "--by", "entity", "--json"))
    assert [(one["value"], one["one"], one["other"]) for one in json.loads(far)["totals"]] == [("far", 119999.88, 115556.44)]
    assert "north" not in far and "wages" not in far
    refused = compare("--as", "nora", "--where", "cost_centre=south")
    assert refused.exit_code == 2 and "no cell has it, got 'south'" in refused.stderr


def test_cases_of_a_version_are_compared_with_each_other(book):
    book.save(*VERSION, plan(case="upside").assign(amount=lambda rows: rows["amount"] + 1), 1, "ana", 2)
    said = json.loads(done(command("compare", "acme", "budget/v1:base", "budget/v1:upside", "--json")))
    assert len(said["cells"]) == 132 and said["only"] == [0, 0] and {one["difference"] for one in said["cells"]} == {1.0}
    refused = command("compare", "acme", "budget/v1:base", "budget/v1")
    assert refused.exit_code == 2 and "several cases against one, expected one, got base, upside; budget/v1:CASE" in refused.stderr


@pytest.mark.parametrize(
    "words, said",
    [
        (("budget/v3", "budget/v1"), "did you mean budget/v1?"), (("v1", "budget/v1"), "expected SCENARIO/VERSION"),
        (("budget/v1", "budget/v1", "--by", "centre"), "unknown dimension"), (("budget/v1:low", "budget/v1"), "no cells of this case"),
        (("budget/v1", "budget/v1", "--as", "who"), "unknown person"), (("budget/v1", "budget/v1", "--where", "x=1"), "unknown column"),
        (("budget/empty", "budget/empty"), "no cells to compare"),
    ],
)  # fmt: skip
def test_a_comparison_that_can_not_be_made_is_refused(book, words, said):
    book.create_version("acme", "budget", "empty", "ana")
    refused = command("compare", "acme", *words)
    assert refused.exit_code == 2 and said in refused.stderr, refused.output


# What can't be cut to a scope


@pytest.mark.parametrize("words", [("list", "acme"), ("journal", "acme"), ("backtest", "acme")])
def test_figures_of_the_whole_company_are_refused_to_who_does_not_see_all_of_it(group, words):
    for who in ("nora", "farah", "sita"):
        refused = command(*words, "--as", who)
        assert refused.exit_code == 2 and refused.stdout == ""
        assert "figures of the whole company, expected somebody who sees everything" in refused.stderr
    assert "figures of the whole company" not in command(*words, "--as", "ben").output
    assert "unknown person" in command(*words, "--as", "who").stderr


def test_list_as_somebody_needs_their_company(group):
    assert "expected COMPANY beside --as" in command("list", "--as", "ben").stderr
