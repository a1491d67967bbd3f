"""Runs on an existing Dask cluster (`--on tcp://…`): the executor of a batch whose processes are other machines'.

Each run is one Dask task on a worker picked here, under a key of its own. Dask neither retries nor moves it: a run whose worker,
scheduler or connection is gone is told as lost, and the batch asks for it anew from its own record, under the same id.
Executed twice it stands once, for the engine moves a run into place once, and only the batch writes the book.

The client's own thread does all the waiting; what a batch calls only leaves word for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import distributed

from planning.batch.cluster_worker import execute_there, stop_there, what_it_is
from planning.batch.executor import News, Wanted
from planning.core.errors import Problem, RequestError, at_most
from planning.inputs.aside import aside, sweep
from planning.inputs.params import Home

LOOK = 0.25
"""Seconds between two looks at the workers that there are."""
CONNECT = 5.0
"""Seconds that the scheduler has to answer."""
ANSWER = 30.0
"""Seconds that a worker has to say what it is, or that a run is ended."""
DEATHS = 3
"""Workers that may die with a run in hand before the run is blamed."""
FORM = re.compile(r"(tcp|tls|ws|wss)://([^\s/:]+|\[[0-9a-fA-F:]+\]):\d+")


@dataclass(eq=False)
class _Sent:
    """A run on its way: which worker has it, under which key."""

    wanted: Wanted
    worker: str
    key: str
    future: Any = None


class Cluster:
    """An executor on a cluster's workers: as many runs at once as they have threads, `parallel` at most.

    RequestError where no scheduler answers, or a worker isn't like this process: other versions, another home, other outputs.
    """

    def __init__(self, home: Home, address: str, log: Path, parallel: int | None = None, say: Callable[[str], None] = print):
        self.home, self.address, self.log, self.parallel, self.say = home, check_address(address), log, parallel, say
        self._topic = f"planning-{uuid.uuid4().hex}"
        self._threads: dict[str, int] = {}
        self._asked: dict[str, asyncio.Task[list[Problem]]] = {}
        self._unlike: set[str] = set()
        self._going: dict[str, _Sent] = {}
        self._deaths: Counter[str] = Counter()
        self._told: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._client: distributed.Client | None = None
        self._closing, self._said = False, ""
        self._lock, self._open = threading.RLock(), Future()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._open.result()

    def free(self) -> int:
        """How many more runs may be started now; none while there is no worker."""
        with self._lock:
            rooms = sum(self._rooms().values())
            return rooms if self.parallel is None else min(rooms, self.parallel - len(self._going))

    def start(self, wanted: Wanted) -> None:
        """Send a run to the worker with most room."""
        with self._lock:
            rooms = self._rooms()
            worker = max(rooms, key=rooms.get, default="")
            sent = _Sent(wanted, worker, f"planning-{wanted.run}-{uuid.uuid4().hex[:8]}")
            self._going[wanted.run] = sent
        self._do(self._send(sent))

    def news(self, timeout: float) -> list[News]:
        """What happened since the last call; waits for the first of it."""
        told = []
        with contextlib.suppress(queue.Empty):
            told.append(self._told.get(timeout=max(timeout, 0.001)))
            while True:
                told.append(self._told.get_nowait())
        return told

    def stop(self, run: str, reason: str = "") -> None:
        """Have a run's worker end it; where the worker doesn't, it is given up and told nevertheless."""
        if sent := self._going.get(run):
            self._do(self._stop(sent, reason))

    def close(self) -> None:
        """End what is going on, and the connection; the workers' processes end even where nobody answers any more."""
        if not self._thread.is_alive():
            return
        for run in list(self._going):
            self.stop(run)
        self._do(self._leave())
        self._thread.join(ANSWER + CONNECT)

    def _rooms(self) -> dict[str, int]:
        """The workers that are like this process, and how many more runs each may have."""
        busy = Counter(sent.worker for sent in self._going.values())
        return {worker: threads - busy[worker] for worker, threads in self._threads.items() if threads > busy[worker]}

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.run_coroutine_threadsafe(what, self._loop)
        except RuntimeError:  # closed already
            what.close()

    # in the client's thread

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._live())

    async def _live(self) -> None:
        """One connection after the other, until `close`; the first one decides whether this executor is fit for use."""
        while not self._closing:
            try:
                await self._connected()
                why = "the connection to the scheduler was lost"
            except Exception as broken:  # whatever it is, the batch hears of it
                why = str(broken) if isinstance(broken, RequestError) else f"{type(broken).__name__}: {broken}"
                if not self._open.done():
                    unknown = RequestError("cluster", [Problem("can't be used", self.address, why)])
                    return self._open.set_exception(broken if isinstance(broken, RequestError) else unknown)
            self._client = None
            self._forget()
            self._lose(self._going.values(), why)
            if not self._closing:
                self._say(f"{self.address}: {why}; trying again")
                await asyncio.sleep(1.0)

    async def _connected(self) -> None:
        """Watches over the workers as long as one connection stands."""
        async with await connect(self.address) as client:
            sweep(self.log.parent)
            client.subscribe_topic(self._topic, self._hear)
            stream = client.scheduler_comm
            while not self._closing and client.status == "running" and client.scheduler_comm is stream:
                await self._look(client)
                self._client = client
                if not self._open.done():
                    self._open.set_result(None)
                await asyncio.sleep(LOOK)

    async def _look(self, client: distributed.Client) -> None:
        """Who is there: newcomers are asked what they are, and what was with those that are gone is lost."""
        threads = await asyncio.wait_for(client.nthreads(), ANSWER)
        for gone in self._asked.keys() - threads.keys():
            self._asked.pop(gone).cancel()
        for new in threads.keys() - self._asked.keys():
            self._asked[new] = asyncio.create_task(self._differences(client, new))
        if self._asked and not self._open.done():
            await asyncio.wait(self._asked.values(), timeout=ANSWER)
            if wrong := [problem for asked in self._asked.values() if asked.done() for problem in asked.result()]:
                raise RequestError("cluster", at_most(wrong))
        with self._lock:
            self._threads = {worker: count for worker, count in threads.items() if self._is_like(worker)}
            lost = [sent for sent in self._going.values() if sent.worker not in threads]
        self._lose(lost, "its worker is gone", died=True)
        if self._threads:
            self._said = ""
        elif self._open.done():
            self._say(f"{self.address} has no workers to use; waiting for one")

    def _is_like(self, worker: str) -> bool:
        """Whether a worker has answered, and is like this process; one that isn't is said, once."""
        asked = self._asked[worker]
        if not asked.done() or not asked.result():
            return asked.done()
        if worker not in self._unlike:
            self._unlike.add(worker)
            for problem in asked.result():
                self.say(f"not used: {problem}")
        return False

    async def _differences(self, client: distributed.Client, worker: str) -> list[Problem]:
        """In what a worker isn't like this process. Asked again as long as it doesn't answer."""
        while True:
            token = aside(self.log.parent, "token")
            token.write_text(uuid.uuid4().hex, encoding="utf-8")
            try:
                here = what_it_is(str(self.home.root), str(token))
                asking = client.run(what_it_is, str(self.home.root), str(token), workers=[worker], on_error="return")
                there = (await asyncio.wait_for(asking, ANSWER)).get(worker, OSError())
            except (OSError, TimeoutError) as broken:
                there = broken
            finally:
                token.unlink(missing_ok=True)
            if not isinstance(there, OSError | TimeoutError):
                return _differing(worker, there, here, self.home)
            await asyncio.sleep(1.0)

    def _forget(self) -> None:
        """The workers of a connection that is no more."""
        for asked in self._asked.values():
            asked.cancel()
        self._asked.clear()
        with self._lock:
            self._threads = {}

    async def _send(self, sent: _Sent) -> None:
        """The task, and its end."""
        client = self._client
        if client is None or client.status != "running" or not sent.worker:
            return self._end(sent, News(sent.wanted.run, "lost", reason="there was no worker to send it to", blamed=False))
        log = self.log.with_name(f"{self.log.stem}-{re.sub(r'[^0-9A-Za-z]+', '-', sent.worker)}{self.log.suffix}")
        words = (sent.wanted, str(self.home.root), str(self.home.outputs), str(log), self._topic, list(self._threads))
        try:
            sent.future = client.submit(
                execute_there, *words, key=sent.key, workers=[sent.worker], allow_other_workers=False, pure=False, retries=0
            )
            news = await sent.future
        except (asyncio.CancelledError, distributed.client.FutureCancelledError, OSError):  # fmt: skip
            news = News(sent.wanted.run, "lost", reason="the cluster gave it up", blamed=False)
        except Exception as broken:
            news = News(sent.wanted.run, "lost", reason=f"{type(broken).__name__}: {broken}")
        self._end(sent, news)

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        """A cell that a worker told of, if it is of the task that counts."""
        news = News(**event[1]["news"])
        sent = self._going.get(news.run)
        if sent and sent.key == event[1]["task"]:
            self._told.put(news)

    def _end(self, sent: _Sent, news: News) -> None:
        """A run's end told, once: whatever comes of an older or a second task of it is nobody's concern."""
        with self._lock:
            if self._going.get(sent.wanted.run) is not sent:
                return
            del self._going[sent.wanted.run]
        self._told.put(news)

    def _lose(self, sents: Iterable[_Sent], reason: str, died: bool = False) -> None:
        """Runs whose fate is unknown; where workers keep dying with one of them, it is blamed."""
        for sent in list(sents):
            self._deaths[sent.wanted.run] += died
            blamed = self._deaths[sent.wanted.run] >= DEATHS
            said = f"{reason} ({sent.worker})" if died else reason
            self._end(sent, News(sent.wanted.run, "lost", reason=said, blamed=blamed))
            if sent.future is not None:
                sent.future.release()

    async def _stop(self, sent: _Sent, reason: str) -> None:
        """Word to the worker; and its task taken back where that doesn't end it."""
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._client.run(stop_there, sent.key, reason, workers=[sent.worker], on_error="ignore"), ANSWER)
            async with asyncio.timeout(ANSWER):
                while self._going.get(sent.wanted.run) is sent:
                    await asyncio.sleep(0.05)
        what = News(sent.wanted.run, "failed", reason=reason) if reason else News(sent.wanted.run, "lost", reason="stopped")
        self._end(sent, replace(what, blamed=True))
        if sent.future is not None:
            sent.future.release()

    async def _leave(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER):
                while self._going:
                    await asyncio.sleep(0.05)
        self._closing = True

    def _say(self, said: str) -> None:
        """Something to know, said once in a row."""
        if said != self._said:
            self._said = said
            self.say(said)


async def connect(address: str) -> distributed.Client:
    """A client of the scheduler there. RequestError where none answers."""
    client = distributed.Client(address, asynchronous=True, set_as_default=False, timeout=CONNECT)
    try:
        async with asyncio.timeout(CONNECT):  # what listens and says nothing is not counted by the client's own
            return await client
    except Exception as broken:
        await client.close()
        if not isinstance(broken, OSError):
            raise
        wrong = Problem("no scheduler answers", address, next="start one: dask scheduler --host … --port …")
        raise RequestError("cluster", [wrong]) from None


def check_address(address: str) -> str:
    """A scheduler's address as it was given. RequestError for what is none."""
    if not FORM.fullmatch(address):
        wrong = Problem("not a scheduler's address", "--on", repr(address), "tcp://host:8786 (or tls://…)")
        raise RequestError("cluster", [wrong])
    return address


def _differing(worker: str, said: Any, here: dict[str, str], home: Home) -> list[Problem]:
    """In what a worker that said this isn't like this process."""
    if not isinstance(said, Exception) and said["token"] != here["token"]:
        where = f"{home.outputs} under the same path there, writable for the same user"
        return [Problem("doesn't share the outputs folder", worker, "another folder, or none", where, "mount it there")]
    return differences(worker, said, here)


def differences(worker: str, said: Any, here: dict[str, str]) -> list[Problem]:
    """In what a worker that said this isn't as it is here."""
    if isinstance(said, Exception):
        advice = "start the workers in the same environment as this command"
        return [Problem("can't say what it is", worker, f"{type(said).__name__}: {said}", "the same planning there as here", advice)]
    differing = [name for name in here if said.get(name) != here[name]]
    advice = "make them the same, then start it anew"
    return [Problem(f"another {name}", worker, said.get(name, "none"), here[name], advice) for name in differing]
