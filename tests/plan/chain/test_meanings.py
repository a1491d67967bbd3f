"""What docs/drivers.md says of drivers is what the chain takes them for."""

import re
from pathlib import Path

from planning.plan.chain.meanings import KEPT, MEANINGS, NEUTRAL, SOLD, WORK

ROOT = Path(__file__).parents[3]
GROUPS = {"what is sold": SOLD, "what is kept": KEPT, "who works": WORK}


def table():
    text = (ROOT / "docs" / "drivers.md").read_text(encoding="utf-8")
    for names, unit, keys, _ in re.findall(r"^\| (`.+?`) \| (.+?) \| (.+?) \| (.+?) \|$", text, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", names):
            yield name, unit, keys


def test_every_driver_is_told_with_its_unit():
    assert {name: unit for name, unit, _ in table()} == {name: meaning.unit for name, meaning in MEANINGS.items()}


def test_what_a_driver_may_depend_on_is_told():
    for name, _, keys in table():
        expected = GROUPS.get(keys, tuple(key.strip() for key in keys.split(",")))
        assert set(MEANINGS[name].keys) >= set(expected), name


def test_what_is_neutral_is_a_driver():
    assert set(NEUTRAL) < set(MEANINGS)
