"""YAML that is read safely and literally: no tags, no duplicate keys, no dates, no numbers but plain decimal ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from planning.core.errors import Problem, RequestError


class _LiteralLoader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice and leaves dates, 007 (octal), 1:30 (base 60), 0x1F, on and no as the text they were."""


def _mapping(loader, node, deep=False):
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})
    if twice:
        raise yaml.constructor.ConstructorError(None, None, f"key given twice: {', '.join(twice)}", node.start_mark)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


_PLAIN = {
    "tag:yaml.org,2002:bool": re.compile(r"(true|false)$", re.IGNORECASE),
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(0|[1-9][0-9]*)$"),
    "tag:yaml.org,2002:float": re.compile(r"([-+]?((0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)(e[-+][0-9]+)?|[-+]?\.inf|\.nan)$", re.IGNORECASE),
}
_LiteralLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_LiteralLoader.yaml_implicit_resolvers = {
    first: [(tag, _PLAIN.get(tag, pattern)) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_value(text: str) -> Any:
    """One YAML value; ValueError where the text is none."""
    try:
        return yaml.load(text, Loader=_LiteralLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as broken:
        raise ValueError(" ".join(str(broken).split())) from None


def read_text(path: Path) -> str:
    """The text of a file. RequestError where it can't be read, or is no UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as broken:
        raise RequestError(str(path), [Problem("can't be read", got=broken.strerror or str(broken))]) from None
    except ValueError as broken:
        raise RequestError(str(path), [Problem("not valid YAML", got=str(broken))]) from None


def read_mapping(path: Path) -> dict:
    """The mapping in a YAML file. RequestError where it can't be read, isn't YAML, or isn't a mapping."""
    return mapping_in(read_text(path), path)


def mapping_in(text: str, path: Path) -> dict:
    """The mapping in the text of a YAML file. RequestError, naming the file, where it isn't YAML, or isn't a mapping."""
    try:
        content = read_value(text)
    except ValueError as broken:
        raise RequestError(str(path), [Problem("not valid YAML", got=str(broken))]) from None
    if not isinstance(content, dict):
        got = "nothing" if content is None else f"a {type(content).__name__}"
        raise RequestError(str(path), [Problem("not a mapping", got=got, expected="lines such as name: value")])
    return content
