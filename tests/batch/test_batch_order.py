"""Which job may start: after those it waits for, in the file's order, each once; whatever the order of their ends."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.batch.order import Order
from planning.inputs.batches import Job


def job(name, run="", after=(), needs=()):
    needs = {f"p{number}": other for number, other in enumerate(needs)}
    return Job(name, run or name, name, "toy", "", {}, tuple(after), needs, 0, 0, None, None, False)


def taken(order, now=0.0):
    """The names of all that may start now."""
    return [found.name for found in iter(lambda: order.next(now), None)]


@st.composite
def graphs(draw):
    """Jobs of a few runs, each waiting for some of those before it."""
    runs = draw(st.lists(st.integers(1, 3), min_size=1, max_size=6))
    jobs = []
    for number, size in enumerate(runs):
        before = [f"r{other}" for other in range(number)]
        after = draw(st.lists(st.sampled_from(before), unique=True, max_size=2)) if before else []
        others = [found.name for found in jobs]
        needs = draw(st.lists(st.sampled_from(others), unique=True, max_size=2)) if others else []
        jobs += [job(f"r{number}.{copy}", f"r{number}", after, needs) for copy in range(size)]
    return jobs


@given(graphs(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_every_job_ends_once_and_never_before_what_it_waits_for(jobs, chance):
    order, going, ended, good = Order(jobs), [], [], set()
    while len(order):
        going += [found for found in iter(lambda: order.next(0), None)]
        assert going, "nothing goes on, and not all have ended"
        for found in going:
            assert all(other in good for other in found.needs.values())
            assert all(other.name in ended for other in jobs if other.run in found.after)
        found = going.pop(chance.randrange(len(going)))
        done = chance.random() < 0.7
        good |= {found.name} if done else set()
        skipped = order.end(found, done)
        ended += [found.name, *(other.name for other, _ in skipped)]
        assert all(set(other.needs.values()) - good for other, _ in skipped)
    assert sorted(ended) == sorted(found.name for found in jobs)


def test_the_file_s_order_is_kept_among_those_that_may_start():
    assert taken(Order([job("c"), job("a"), job("b", after=["c"])])) == ["c", "a"]


def test_who_only_comes_after_starts_whatever_became_of_the_one_before():
    jobs = [job("a"), job("b", after=["a"]), job("c", needs=["a"]), job("d", needs=["c"])]
    order = Order(jobs)
    assert taken(order) == ["a"]
    assert [(other.name, why) for other, why in order.end(jobs[0], False)] == [("c", "a"), ("d", "c")]
    assert taken(order) == ["b"] and len(order) == 1


def test_a_run_of_many_jobs_has_ended_when_its_last_job_has():
    jobs = [job("a1", "a"), job("a2", "a"), job("b", after=["a"])]
    order = Order(jobs)
    taken(order)
    order.end(jobs[0], True)
    assert taken(order) == []
    order.end(jobs[1], False)
    assert taken(order) == ["b"]


def test_a_job_tried_again_waits_for_its_time():
    jobs = [job("a")]
    order = Order(jobs)
    taken(order)
    order.again(jobs[0], 10.0)
    assert order.wakes() == 10.0 and taken(order, 9.9) == [] and taken(order, 10.0) == ["a"]


@pytest.mark.parametrize("shape", ["chain", "fan", "barrier"])
def test_a_hundred_thousand_jobs_take_seconds(shape):
    many, chance = 100_000, random.Random(1)
    jobs = [job("first")]
    for number in range(many):
        needs = [jobs[-1].name] if shape == "chain" else ["first"] if shape == "fan" else []
        late = number >= many // 2
        jobs.append(job(f"j{number}", "late" if late else "many", ["many"] if shape == "barrier" and late else [], needs))
    began, order, ended = time.process_time(), Order(jobs), 0
    while len(order):
        found = order.next(0)
        if chance.random() < 0.1:
            order.again(found, 0)
            continue
        order.end(found, True)
        ended += 1
    assert ended == many + 1 and time.process_time() - began < 20
