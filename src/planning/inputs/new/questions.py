"""Every guess goes through here: one that isn't sure becomes a question, and an answer given earlier wins over any guess."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from planning.core.errors import Problem, RequestError, did_you_mean
from planning.inputs.yaml_files import read_mapping

SURE_ENOUGH = 0.85
"""A guess less sure than this is a question."""
HEAD = """\
# What was guessed and isn't sure, the least sure first. Write what is right behind `answer:` (one of `guess` and `others`, or, where
# others is empty, your own words) and run the same command again: answers and edited params are kept.
# 尚不确定的判断，最不确定的在前。请在 answer: 后填写正确答案，然后重新运行同一命令；答案与手工修改都会保留。
"""


@dataclass(frozen=True)
class Question:
    """One guess that isn't sure: what it is about, what was seen, the best guess, the others, how sure (0 to 1), and the answer."""

    id: str
    about_en: str
    about_zh: str
    seen: str
    guess: str
    others: tuple[str, ...]
    sure: float
    answer: str = ""


@dataclass
class Doubts:
    """The questions so far, and the answers that were given."""

    answers: dict[str, str] = field(default_factory=dict)
    asked: dict[str, Question] = field(default_factory=dict)
    wrong: list[Problem] = field(default_factory=list)

    def ask(
        self, id: str, about: tuple[str, str], seen: str, guess: str, others: tuple[str, ...] = (), sure: float = 0.5, *,
        by_hand: str = "", instead: str = "",
    ) -> str:
        """The answer where one was given, else the guess; asked where it isn't sure. `about`: the question in English and Chinese.

        An answer that is `by_hand` can't be followed here, and is refused with what to do `instead`.
        """  # fmt: skip
        answer = self.answers.get(id, "")
        others = tuple(other for other in dict.fromkeys(others) if other != guess)
        if answer and others and answer not in (guess, *others):
            near = did_you_mean(answer, {guess, *others})
            self.wrong.append(
                Problem("answer that fits nothing", f"questions.yaml, {id}", repr(answer), " | ".join((guess, *others)), near)
            )
            answer = ""
        if answer and answer == by_hand:
            self.wrong.append(Problem("answer that can't be followed here", f"questions.yaml, {id}", repr(answer), next=instead))
        if answer or sure < SURE_ENOUGH:
            self.asked[id] = Question(id, *about, seen, guess, others, round(sure, 2), answer)
        return answer or guess

    @property
    def open(self) -> list[Question]:
        """The questions nobody has answered, the least sure first."""
        return sorted((question for question in self.asked.values() if not question.answer), key=lambda each: (each.sure, each.id))

    def refuse_wrong(self) -> None:
        """RequestError where an answer fits none of the choices, or answers a question that nobody asked."""
        unknown = [id for id in self.answers if id not in self.asked]
        for id in unknown:
            near = difflib.get_close_matches(id, self.asked, 1)
            self.wrong += [Problem("answer to no question", f"questions.yaml, {id}", next=f"did you mean {near[0]}?")] if near else []
        if self.wrong:
            raise RequestError("questions.yaml", self.wrong)


def read_answers(path: Path) -> dict[str, str]:
    """The answers in a file of questions, by id; none where there is no file. RequestError where it isn't what was written."""
    if not path.exists():
        return {}
    listed = read_mapping(path).get("questions") or []
    broken = [place for place, each in enumerate(listed, start=1) if not isinstance(each, dict) or "id" not in each]
    if broken:
        raise RequestError(str(path), [Problem("no question", f"{path}, number {place}", expected="id and answer") for place in broken])
    return {str(each["id"]): _said(each.get("answer")) for each in listed if _said(each.get("answer"))}


def _said(answer: Any) -> str:
    return "" if answer is None else str(answer).strip()


def questions_text(doubts: Doubts) -> str:
    """The questions as YAML: the open ones first, then the answered."""
    answered = [question for question in doubts.asked.values() if question.answer]
    listed = [
        {
            "id": each.id, "about": each.about_en, "about_zh": each.about_zh, "seen": each.seen, "guess": each.guess,
            "others": list(each.others), "sure": each.sure, "answer": each.answer or None,
        }
        for each in [*doubts.open, *answered]
    ]  # fmt: skip
    return HEAD + yaml.safe_dump({"questions": listed}, allow_unicode=True, sort_keys=False, width=140)
