"""Which of a batch's jobs may start now: after those they wait for, in the file's order, and again when their time has come.

Every step costs the same whether there are ten jobs or a hundred thousand.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from planning.inputs.batches import Job


class Order:
    """The jobs that haven't ended. A job waits for every run in its `after` to end and for every job it needs to be done."""

    def __init__(self, jobs: Iterable[Job]):
        self.jobs = list(jobs)
        self._place = {job.name: place for place, job in enumerate(self.jobs)}
        self._of_run = Counter(job.run for job in self.jobs)
        self._waits = [len({*job.after}) + len({*job.needs.values()}) for job in self.jobs]
        self._after, self._need = defaultdict(list), defaultdict(list)
        for place, job in enumerate(self.jobs):
            for run in {*job.after}:
                self._after[run].append(place)
            for name in {*job.needs.values()}:
                self._need[name].append(place)
        self._open = set(range(len(self.jobs)))
        self._ready = [place for place, waits in enumerate(self._waits) if not waits]
        self._later: list[tuple[float, int]] = []

    def __len__(self) -> int:
        """How many jobs have not ended."""
        return len(self._open)

    def next(self, now: float) -> Job | None:
        """The next job that may start, taken; None where none may yet."""
        while self._later and self._later[0][0] <= now:
            heapq.heappush(self._ready, heapq.heappop(self._later)[1])
        while self._ready:
            place = heapq.heappop(self._ready)
            if place in self._open:
                return self.jobs[place]
        return None

    def again(self, job: Job, when: float) -> None:
        """A job that was taken is to be tried again, at that time at the earliest."""
        heapq.heappush(self._later, (when, self._place[job.name]))

    def wakes(self) -> float | None:
        """When the next of those that wait for their time may start."""
        return self._later[0][0] if self._later else None

    def end(self, job: Job, done: bool) -> list[tuple[Job, str]]:
        """A job ended; returns those that can't run any more, each with the one it needed. They have ended too."""
        skipped, going = [], [(self._place[job.name], done)]
        while going:
            place, done = going.pop()
            if place not in self._open:
                continue
            self._open.discard(place)
            ended = self.jobs[place]
            for other in self._need.get(ended.name, ()):
                if done:
                    self._release(other)
                elif other in self._open:
                    skipped.append((self.jobs[other], ended.name))
                    going.append((other, False))
            for other in self._ended_run(ended.run):
                self._release(other)
        return list(_firsts(skipped))

    def _ended_run(self, run: str) -> list[int]:
        """Who waited for a run whose last job has just ended."""
        self._of_run[run] -= 1
        return [] if self._of_run[run] else self._after.get(run, [])

    def _release(self, place: int) -> None:
        self._waits[place] -= 1
        if not self._waits[place]:
            heapq.heappush(self._ready, place)


def _firsts(skipped: list[tuple[Job, str]]) -> Iterator[tuple[Job, str]]:
    """Each job once, with the first reason."""
    seen: set[str] = set()
    for job, why in skipped:
        if job.name not in seen:
            seen.add(job.name)
            yield job, why
