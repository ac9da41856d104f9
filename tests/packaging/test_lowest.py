"""The lowest versions that are tested are the lowest that are allowed."""

from __future__ import annotations

import pytest

from tools import lowest


def test_the_file_follows_pyproject():
    assert lowest.TARGET.read_text(encoding="utf-8") == lowest.text()  # python -m tools.lowest


def test_a_requirement_without_a_lower_bound_is_refused():
    extras = {
        "demo": ["jupyterlab>=4"],
        "excel": ["openpyxl>=3.1"],
        "keyring": ["keyring>=25"],
        "dev": ["ruff"],
    }
    project = {"dependencies": ["pandas[all]>=3.0"], "optional-dependencies": extras}
    known = ["jupyterlab==4", "keyring==25", "openpyxl==3.1", "pandas==3.0"]
    assert list(lowest.lowest(project)) == known
    with pytest.raises(ValueError, match="'requests' has no lower bound"):
        list(lowest.lowest({**project, "dependencies": ["requests"]}))
