"""Publishing a run: all of it once, and never over what a person changed."""

import pytest
from book_data import amounts, plan

from planning.core.errors import ConflictError, RequestError


def publish(book, run_id, **versions):
    tables = [("forecast", name, plan(table, "forecast", name)) for name, table in versions.items()]
    return book.publish(run_id, "acme", "rolling_reforecast", {"says": "落地 1.2"}, tables, "s1", "engine", 2)


def edit(book, table, base, **options):
    return book.save("acme", "forecast", "v1", plan(table, "forecast"), base, "ana", 2, **options)


def now(book, name="v1"):
    return amounts(book.read("acme", "forecast", name)[0])


def test_a_run_makes_its_versions_and_stands_in_the_register(book):
    assert publish(book, "r1", v2={"pay": 2.0}, v1={"pay": 1.0})
    assert (now(book), now(book, "v2")) == ({"pay": 1.0}, {"pay": 2.0})
    version = book.version("acme", "forecast", "v1")
    assert (version.revision, version.published, version.run_id, version.snapshot) == (1, 1, "r1", "s1")
    [row] = book.runs("acme").to_dict("records")
    assert (row["run_id"], row["headline"], row["status"]) == ("r1", {"says": "落地 1.2"}, "published")
    assert book.published("r1") and not book.published("r2") and book.runs("other").empty


def test_publishing_a_run_again_does_nothing(book):
    publish(book, "r1", v1={"pay": 1.0})
    entries = len(book.journal("acme"))
    assert not publish(book, "r1", v1={"pay": 9.0})
    assert now(book) == {"pay": 1.0} and len(book.journal("acme")) == entries


def test_the_next_run_replaces_the_content(book):
    publish(book, "r1", v1={"pay": 1.0, "rent": 2.0})
    publish(book, "r2", v1={"pay": 3.0})
    assert now(book) == {"pay": 3.0}
    assert amounts(book.read("acme", "forecast", "v1", 1)[0]) == {"pay": 1.0, "rent": 2.0}


@pytest.mark.parametrize(
    "edited, mode",
    [({"pay": 5.0}, "patch"), ({"travel": 5.0}, "patch"), ({"rent": 2.0}, "replace")],
    ids=["changed", "added", "removed"],
)
def test_a_run_never_undoes_what_a_person_changed(book, edited, mode):
    publish(book, "r1", v1={"pay": 1.0, "rent": 2.0})
    edit(book, edited, 1, mode=mode)
    before = now(book)
    with pytest.raises(ConflictError) as refused:
        publish(book, "r2", v0={"pay": 1.0}, v1={"pay": 1.0, "rent": 7.0})
    assert len(refused.value.problems) == 1
    assert now(book) == before and not book.published("r2") and len(book.versions("acme")) == 1


def test_a_run_that_agrees_with_the_person_goes_on(book):
    publish(book, "r1", v1={"pay": 1.0})
    edit(book, {"pay": 5.0}, 1)
    assert publish(book, "r2", v1={"pay": 5.0})
    assert book.version("acme", "forecast", "v1").published == 2
    assert publish(book, "r3", v1={"pay": 6.0})


def test_a_version_that_a_person_filled_is_not_overwritten_by_a_first_run(book):
    book.create_version("acme", "forecast", "v1", "ana")
    edit(book, {"pay": 5.0}, 0)
    with pytest.raises(ConflictError):
        publish(book, "r1", v1={"pay": 6.0})


def test_a_run_without_tables_is_registered(book):
    assert publish(book, "r1") and book.published("r1") and book.versions().empty


def test_a_run_with_an_empty_table_is_published_and_can_be_filled_by_the_next(book):
    assert publish(book, "r1", v1={})
    assert publish(book, "r2", v1={"pay": 1.0}) and now(book) == {"pay": 1.0}


def test_problems_of_every_table_are_told_at_once_and_nothing_is_published(book):
    bad = [("forecast", "v1", plan({"pay": float("nan")}, "forecast")), ("budget", "v2", plan({"pay": 1e300}, "budget", "v2"))]
    with pytest.raises(RequestError) as refused:
        book.publish("r1", "acme", "n", None, bad, "s1", "engine", 2)
    assert len(refused.value.problems) == 2 and book.versions().empty and not book.published("r1")


def test_one_version_given_twice_is_refused(book):
    with pytest.raises(RequestError, match="given twice"):
        book.publish("r1", "acme", "n", None, [("budget", "v1", plan({"pay": 1.0}))] * 2, "s1", "engine", 2)


def test_a_run_id_belongs_to_one_company(book):
    publish(book, "r1")
    with pytest.raises(RequestError, match="another company"):
        book.publish("r1", "other", "n", None, [], "s1", "engine", 2)


@pytest.mark.parametrize("headline", [float("nan"), {1, 2}, {"a": "\0"}, {"a": "\ud800"}])
def test_a_headline_that_is_not_json_is_refused(book, headline):
    with pytest.raises(RequestError):
        book.publish("r1", "acme", "n", headline, [], "s1", "engine", 2)
