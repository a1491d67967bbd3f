"""What people changed in a version, revision by revision."""

from book_data import plan

from planning.book.overrides import read_overrides


def test_each_save_over_an_earlier_revision_is_its_authors_override(book):
    first = plan({"pay": 100.0, "rent": 50.0}, "forecast", "2026_08")
    book.publish("run-1", "acme", "reforecast", {}, [("forecast", "2026_08", first)], "s", "engine", 2)
    book.save("acme", "forecast", "2026_08", plan({"pay": 110.0}, "forecast", "2026_08"), 1, "ana", 2)
    book.save("acme", "forecast", "2026_08", plan({"rent": 40.0}, "forecast", "2026_08"), 1, "ben", 2)
    found = list(read_overrides(book, "acme", "forecast"))
    assert [(one.person, one.version, one.revision) for one in found] == [("ana", "2026_08", 2), ("ben", "2026_08", 3)]
    amounts = [(dict(zip(one.before["account"], one.before["amount"], strict=True)), dict(zip(one.after["account"], one.after["amount"],
                strict=True))) for one in found]  # fmt: skip
    assert amounts == [
        ({"pay": 100.0, "rent": 50.0}, {"pay": 110.0, "rent": 50.0}),
        ({"pay": 110.0, "rent": 50.0}, {"pay": 110.0, "rent": 40.0}),
    ], "each has changed what is their own"


def test_a_first_revision_other_scenarios_and_other_companies_are_nobodys_override(open_version):
    open_version.save("acme", "budget", "v1", plan({"pay": 1.0}), 0, "ben", 2)
    open_version.save("acme", "budget", "v1", plan({"pay": 2.0}), 1, "ben", 2)
    assert not list(read_overrides(open_version, "acme", "forecast")) and not list(read_overrides(open_version, "other", "budget"))
    assert [one.revision for one in read_overrides(open_version, "acme", "budget")] == [2]
