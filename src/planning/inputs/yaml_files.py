"""YAML files that must hold a mapping, read safely: no tags, no duplicate keys."""

from __future__ import annotations

from pathlib import Path

import yaml

from planning.core.errors import Problem, RequestError


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice and leaves dates as the text they were."""


def _mapping(loader, node, deep=False):
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})
    if twice:
        raise yaml.constructor.ConstructorError(None, None, f"key given twice: {', '.join(twice)}", node.start_mark)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_UniqueKeyLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_mapping(path: Path) -> dict:
    """The mapping in a YAML file. RequestError where it can't be read, isn't YAML, or isn't a mapping."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except OSError as broken:
        raise RequestError(str(path), [Problem("can't be read", got=broken.strerror or str(broken))]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise RequestError(str(path), [Problem("not valid YAML", got=" ".join(str(broken).split()))]) from None
    if not isinstance(content, dict):
        got = "nothing" if content is None else f"a {type(content).__name__}"
        raise RequestError(str(path), [Problem("not a mapping", got=got, expected="lines such as name: value")])
    return content
