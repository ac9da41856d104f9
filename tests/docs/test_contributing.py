"""The house in CONTRIBUTING is the one that stands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "vfy_notebook"
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def rooms_listed():
    house = re.search(r"## The house\n\n```\nvfy_notebook/\n(.*?)```", TEXT, re.DOTALL)[1]
    return re.findall(r"^  (\w+)(?:/|\.py)", house, re.MULTILINE)


def test_every_room_is_listed_in_the_order_of_its_layer():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    level = {room: at for at, layer in enumerate(layers) for room in layer.split(" | ")}
    assert sorted(rooms_listed()) == sorted(level)
    assert [level[room] for room in rooms_listed()] == sorted(level.values())


def test_every_file_named_exists():
    named = set(re.findall(r"`([\w/]+(?:\.py|/))`", TEXT))
    places = (ROOT, PACKAGE, PACKAGE / "api", PACKAGE / "api" / "listing")
    missing = [name for name in named if not any((place / name).exists() for place in places)]
    assert len(named) > 20
    assert [name for name in sorted(missing) if "NAME" not in name] == []
