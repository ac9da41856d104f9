"""Dates in headers mean the same second wherever this machine stands."""

from __future__ import annotations

import time

import pytest

from vfy_notebook.api.header_values import moment_s


@pytest.fixture(params=["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati"])
def _zone(request, monkeypatch):
    """This machine, in another place."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_zone")
@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 -0000",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 14:19:37 +0530",
    ],
)
def test_every_form_is_utc(text):
    assert moment_s(text) == 784_111_777


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "0",
        "soon",
        "Sun, 06 Nov 99999 08:49:37 GMT",
        "Sun, 99999999999999999999 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 +9999999",
        "Sun, 06 Nov 1994 08:49:37 +99999999999999999999",
        "Sun, 31 Feb 1994 08:49:37 GMT",
    ],
)
def test_what_is_no_date_is_none(text):
    assert moment_s(text) is None
