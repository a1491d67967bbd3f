"""Messages about a batch, through Apprise: one at its end, and one at its first failure where that is wanted; never one a run.

The addresses are secrets: the batch file names the environment variable that holds them, separated by blanks, and they are written
nowhere. A message is sent by a process of its own (`python -m planning.batch.messages`), so that no server, however slow, holds a batch
up for longer than the time limit. A message that can't be sent is said in the log; what became of the batch stays what it was.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planning.core.errors import Problem, RequestError

WHEN = ("first_failure", "failure", "completion")
"""At the first failed run at once; at the end where something wasn't done; at the end where everything was."""
LIMIT = 20.0  # seconds for a message, all addresses together
MOST = 10  # failed runs named
LONGEST = 300  # characters of a reason

WORDS = {
    "en": {
        "good": "planning: {name} is done, {done} of {runs} runs",
        "bad": "planning: {name} ended with {failed} failed and {skipped} skipped, {done} of {runs} runs done",
        "stopped": "planning: {name} was stopped ({reason}), {done} of {runs} runs done",
        "open": "planning: {name} is done, {done} of {runs} runs, but not everything taken in is in order",
        "first": "planning: the first run of {name} has failed, the others go on",
        "took": "Took {took} on {host}.",
        "unchanged": "{unchanged} of the runs had been done before with the same inputs.",
        "failed": "Failed:",
        "skipped": "Skipped:",
        "intake": "Intake of {company}: {said}",
        "findings": "{open} findings wait for a decision",
        "kept": "kept in {folder}",
        "more": "… and {more} more",
        "where": "Reports: {where}",
        "again": "What is not done, again: {resume}",
        "time": ("{} h", "{} min", "{} s"),
    },
    "zh": {
        "good": "planning：{name} 已完成，{runs} 个任务完成 {done} 个",
        "bad": "planning：{name} 已结束，失败 {failed} 个，跳过 {skipped} 个，{runs} 个任务完成 {done} 个",
        "stopped": "planning：{name} 已停止（{reason}），{runs} 个任务完成 {done} 个",
        "open": "planning：{name} 已完成，{runs} 个任务完成 {done} 个，但取数有待处理事项",
        "first": "planning：{name} 有任务首次失败，其余继续运行",
        "took": "用时 {took}，主机 {host}。",
        "unchanged": "其中 {unchanged} 个任务输入未变，沿用以前的结果。",
        "failed": "失败：",
        "skipped": "跳过：",
        "intake": "{company} 取数：{said}",
        "findings": "{open} 个差异待处理",
        "kept": "保存在 {folder}",
        "more": "……另有 {more} 个",
        "where": "报告：{where}",
        "again": "续跑未完成的任务：{resume}",
        "time": ("{} 小时", "{} 分", "{} 秒"),
    },
}


# What is checked before a batch starts


def check_notify(to: str, on: tuple[str, ...] = ("failure", "completion"), lang: str = "en") -> None:
    """Whether messages can be made and addressed; nothing is sent. RequestError with every problem, and without any address."""
    problems = [Problem("unknown occasion", "notify.on", repr(word), ", ".join(WHEN)) for word in on if word not in WHEN]
    if lang not in WORDS:
        problems.append(Problem("unknown language", "notify.lang", repr(lang), " or ".join(WORDS)))
    problems += _address_problems(to)
    if problems:
        raise RequestError("notify", problems)


def _address_problems(to: str) -> list[Problem]:
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", to):  # somebody may have put the address itself: it isn't repeated
        return [Problem("not the name of an environment variable", "notify.to", expected="a name such as BUDGET_OFFICE")]
    addresses = read_addresses(to)
    if not addresses:
        return [Problem("not set, or empty", f"${to}", expected="one or several Apprise addresses, separated by blanks")]
    wrong = [number for number, address in enumerate(addresses, 1) if _service(address) is None]
    ends = "an address as Apprise knows them, such as mailto://…, slack://…, json://…"
    return [Problem(f"address {number} of {len(addresses)} is none that Apprise can use", f"${to}", expected=ends) for number in wrong]


def read_addresses(to: str) -> list[str]:
    """The addresses in an environment variable."""
    return [word.strip(",;") for word in os.environ.get(to, "").split() if word.strip(",;")]


def _service(address: str) -> Any:
    """An address as Apprise's own service, None where it is none. Apprise's log would repeat the address: it says nothing here."""
    import apprise

    logger = logging.getLogger("apprise")
    before, logger.disabled = logger.disabled, True
    try:
        return apprise.Apprise.instantiate(address, asset=apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY))
    finally:
        logger.disabled = before


# What is told


class Messages:
    """A listener that sends the messages of one batch. RequestError, when made, where they couldn't be addressed.

    `name` is what people call the batch, `where` its reports' folder; `warn` is told of a message that wasn't sent.
    """

    def __init__(
        self,
        to: str,
        on: tuple[str, ...],
        lang: str,
        name: str,
        where: Path,
        warn: Callable[[str], None],
        limit: float = LIMIT,
    ):
        check_notify(to, on, lang)
        self.to, self.on, self.words, self.name, self.where, self.warn, self.limit = to, on, WORDS[lang], name, where, warn, limit
        self.failed: list[dict[str, Any]] = []
        self.skipped: list[dict[str, Any]] = []
        self.taken: list[str] = []
        self.sending: list[subprocess.Popen] = []

    def __call__(self, event: dict[str, Any]) -> None:
        """One event; the end of the batch is waited with until its message is sent, or its time is over."""
        what = event["event"]
        if what == "intake_done":
            self._note_intake(event)
        elif what == "run_failed":
            self.failed.append(event)
            if "first_failure" in self.on and len(self.failed) == 1:
                self._send("warning", self.words["first"].format(name=self.name), self._body(event))
        elif what == "run_skipped":
            self.skipped.append(event)
        elif what == "batch_done":
            if ("completion" if event["good"] else "failure") in self.on:
                self._send("success" if event["good"] else "failure", self._title(event), self._body(event))
            self.close()

    def close(self) -> None:
        """What is being sent, waited for within the time limit."""
        for sender in self.sending:
            try:
                said, _ = sender.communicate(timeout=self.limit + 5)
                problems = json.loads(said)
            except subprocess.TimeoutExpired:
                sender.kill()
                sender.communicate()
                problems = [f"no answer within {self.limit:g} s"]
            except (OSError, ValueError):
                problems = [f"the sender broke (exit code {sender.returncode})"]
            for problem in problems:
                self.warn(f"a message was not sent: {problem}")
        self.sending.clear()

    def _send(self, kind: str, title: str, body: str) -> None:
        message = {"to": self.to, "kind": kind, "title": title, "body": body, "limit": self.limit}
        try:
            sender = subprocess.Popen(
                [sys.executable, "-P", "-m", "planning.batch.messages"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            self.sending.append(sender)
            sender.stdin.write(json.dumps(message).encode())
            sender.stdin.close()
            sender.stdin = None  # communicate would flush it again
        except OSError as broken:
            self.warn(f"a message was not sent: {broken.strerror or broken}")

    def _note_intake(self, event: dict[str, Any]) -> None:
        waiting = (event.get("findings") or {}).get("open", 0)
        said = _short(event.get("reason")) or (self.words["findings"].format(open=waiting) if waiting else "")
        if said:
            self.taken.append(self.words["intake"].format(company=event["company"], said=said))

    def _title(self, event: dict[str, Any]) -> str:
        counts, reason = _counts(event), _short(event.get("reason"))
        broken = counts["failed"] or counts["skipped"]
        kind = "good" if event["good"] else "stopped" if reason else "bad" if broken else "open"
        return self.words[kind].format(name=self.name, reason=reason, **counts)

    def _body(self, event: dict[str, Any]) -> str:
        words, lines = self.words, []
        if event["event"] == "batch_done":
            took, counts = say_seconds(event.get("seconds") or 0.0, words["time"]), _counts(event)
            lines.append(words["took"].format(took=took, host=platform.node()))
            lines += [words["unchanged"].format(**counts)] if counts["unchanged"] else []
        lines += self.taken + self._named("failed", self.failed) + self._named("skipped", self.skipped)
        lines.append(words["where"].format(where=self.where))
        if event.get("resume"):
            lines.append(words["again"].format(resume=event["resume"]))
        return "\n".join(lines)

    def _named(self, kind: str, events: list[dict[str, Any]]) -> list[str]:
        lines = [self.words[kind]] if events else []
        for event in events[:MOST]:
            lines.append(f"  {event['job']}: {_short(event.get('reason'))}")
            if event.get("folder"):
                lines.append(f"    {self.words['kept'].format(folder=event['folder'])}")
        more = len(events) - MOST
        return [*lines, f"  {self.words['more'].format(more=more)}"] if more > 0 else lines


def _short(reason: str | None) -> str:
    """A reason on one line, not too long a one."""
    return " ".join((reason or "").split())[:LONGEST]


def _counts(event: dict[str, Any]) -> dict[str, int]:
    """The figures of a finished batch; unchanged runs are done, too."""
    totals = {name: event["totals"].get(name, 0) for name in ("runs", "done", "unchanged", "failed", "skipped")}
    return totals | {"done": totals["done"] + totals["unchanged"]}


def say_seconds(seconds: float, words: tuple[str, str, str]) -> str:
    """A duration in the two largest units it has: 1 h 5 min, 2 min 3 s, 4 s."""
    whole = round(seconds)
    parts = [(whole // 3600, words[0]), (whole % 3600 // 60, words[1]), (whole % 60, words[2])]
    said = [word.format(number) for number, word in parts if number]
    return " ".join(said[:2]) or words[2].format(0)


# The process that sends


def send(message: dict[str, Any]) -> list[str]:
    """One message to every address: what went wrong, each without its address."""
    import apprise

    services = apprise.Apprise()
    for address in read_addresses(message["to"]):
        service = _service(address)
        if service is not None:
            services.add(service)
    sent = services.notify(
        body=message["body"], title=message["title"], notify_type=message["kind"], body_format=apprise.NotifyFormat.TEXT,
        timeout=message["limit"],
    )  # fmt: skip
    of = len(services)
    return [f"address {number} of {of} ({one.name}): {_why(one)}" for number, one in enumerate(sent, 1) if not one]


def _why(result: Any) -> str:
    """Why a service took no message. What Apprise logged may hold the address, so only the server's code is taken from it."""
    if result.status.name == "TIMEOUT":
        return "no answer in time"
    codes = [found[1] for entry in result.logs() if (found := re.search(r"\berror=(\d{3})\b", entry.message))]
    return f"the server answered {codes[-1]}" if codes else "no connection, or refused"


def main() -> None:
    """Send the message on standard input; its problems are printed as JSON. Ends at once: what still hangs is left."""
    print(json.dumps(send(json.load(sys.stdin))), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
