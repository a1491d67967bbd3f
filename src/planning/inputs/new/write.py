"""Writing params/NAME: a file that somebody changed since it was last written is left as it is, and answers are kept."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from planning.core.errors import Problem, RequestError
from planning.inputs.new.describe import accounts_table, departments_table, describe_company
from planning.inputs.new.first_loop import first_loop
from planning.inputs.new.questions import questions_text, read_answers
from planning.inputs.new.sketch import ask_about_nothing
from planning.inputs.new.understand import Understood

REMEMBERED = ".understood.json"
QUESTIONS = "questions.yaml"
HEAD = """\
# {name}: what `planning new` understood of a folder of files. Edit what is wrong: a file you change is never written over.
# 由 planning new 根据文件夹内容生成。可直接修改；您改过的文件不会被覆盖。
"""


@dataclass(frozen=True)
class Written:
    """What became of each file, and what was seen but isn't read yet, with the reason."""

    folder: Path
    written: list[str]
    kept: list[str]
    left: list[tuple[str, str]]
    sources: int
    tables: int

    @property
    def readable(self) -> bool:
        """Whether intake reads anything at all."""
        return bool(self.sources or self.tables)


def refuse_name(name: str) -> None:
    """RequestError for a name that company.yaml couldn't carry."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise RequestError("new", [Problem("not a name", got=repr(name), expected="a letter, then letters, digits and _")])


def answers_of(folder: Path) -> dict[str, str]:
    """The answers in a company's questions. RequestError where the folder is another company's, not made by this command."""
    if folder.exists() and any(folder.iterdir()) and not (folder / REMEMBERED).exists():
        wanted = "a new name, or a company that this command wrote"
        raise RequestError("new", [Problem("name is taken", str(folder), folder.name, wanted, "choose another NAME")])
    return read_answers(folder / QUESTIONS)


def write_params(known: Understood, folder: Path) -> Written:
    """The company's files; those that somebody changed or deleted since they were last written stay as they are.

    RequestError for an answer that fits nothing: then nothing is written.
    """
    content, left = describe_company(known)
    ask_about_nothing(known)
    known.doubts.refuse_wrong()
    texts = _texts(known, content)
    folder.mkdir(parents=True, exist_ok=True)
    before = _remembered(folder / REMEMBERED)
    kept = [name for name in texts if name in before and _mark(folder / name) != before[name]]
    for name in texts.keys() - set(kept):
        _write(folder / name, texts[name])
    _write(folder / QUESTIONS, questions_text(known.doubts))
    gone = _outdated(folder, before, texts) if texts else []
    for name in gone:
        (folder / name).unlink(missing_ok=True)
        if (folder / name).parent.exists() and not any((folder / name).parent.iterdir()):
            (folder / name).parent.rmdir()
    marks = before | {name: _mark(folder / name) for name in texts if name not in kept}
    marks = {name: mark for name, mark in marks.items() if name not in gone}
    _write(folder / REMEMBERED, json.dumps(marks, indent=1))
    return Written(
        folder, sorted(texts.keys() - set(kept)), sorted(kept), left, len(content.get("sources", {})), len(content.get("tables", {}))
    )


def _texts(known: Understood, content: dict[str, Any]) -> dict[str, str]:
    """The files' texts by name; none where intake could read nothing: such a company has no months and no loop."""
    if not content.get("sources") and not content.get("tables"):
        return {}
    texts = {
        "company.yaml": HEAD.format(name=known.name) + yaml.dump(content, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=140),
        "cost_centres.csv": departments_table(known).to_csv(index=False),
        "entities.csv": known.entities.to_csv(index=False),
    }
    if len(known.accounts):
        texts["accounts.csv"] = accounts_table(known).to_csv(index=False)
    return texts | first_loop(known, content)


def _outdated(folder: Path, before: dict[str, str], texts: dict[str, str]) -> list[str]:
    """Cases that were written for older months, that nobody changed and that no file of somebody's own names."""
    own = [path for path in folder.rglob("*.yaml") if path.name != QUESTIONS and not _is_ours(path, folder, before, texts)]
    said = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in own)
    unchanged = [name for name in before if "/" in name and name not in texts and _mark(folder / name) in (before[name], "gone")]
    return [name for name in unchanged if not re.search(rf"\b{re.escape(Path(name).stem.removesuffix('_zh'))}(?:_zh)?\b", said)]


def _is_ours(path: Path, folder: Path, before: dict[str, str], texts: dict[str, str]) -> bool:
    """Whether a file is as this command wrote it, now or before."""
    name = path.relative_to(folder).as_posix()
    return _mark(path) in (before.get(name), hashlib.sha256(texts.get(name, "").encode()).hexdigest())


class _Plain(yaml.SafeDumper):
    """YAML without anchors, with short lists on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        """Nothing is written as a reference to something else."""
        return True


def _remembered(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as broken:
        wanted = "what this command wrote; delete it to start again"
        raise RequestError("new", [Problem("can't be read", str(path), str(broken), wanted)]) from None


def _mark(path: Path) -> str:
    """A file's content as a mark; a file that isn't there has its own."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "gone"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    aside = path.with_name(f".{path.name}.writing")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
