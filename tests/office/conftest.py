"""One LibreOffice for all tests of this folder; without it they skip, unless they must not."""

from __future__ import annotations

import os

import pytest

from tests.office.office import Office, find_office

#: Run by another Python, the one that has `uno`.
collect_ignore = ["driver.py"]


@pytest.fixture(scope="session")
def office_program():
    found = find_office()
    if found is None:
        reason = "LibreOffice Calc with python3-uno is not installed"
        if os.environ.get("VFY_REQUIRE_OFFICE"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def office(office_program, tmp_path_factory):
    started = Office(*office_program, tmp_path_factory.mktemp("office"))
    yield started
    started.end()
