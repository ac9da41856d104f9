"""One sandbox process for these tests, emptied before each."""

from __future__ import annotations

import pytest

from vfy_notebook import sandbox

from .support import Api


@pytest.fixture(scope="session")
def process():
    with sandbox.start(0) as running:
        yield running


@pytest.fixture
def box(process):
    process.reset([])
    return process


@pytest.fixture
def api(box):
    return Api(box)
