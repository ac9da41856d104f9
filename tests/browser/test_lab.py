"""Which browser the tests take."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest

from tests.browser.lab import NoBrowser, find_browser


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with nothing on its path; gives a way to put programs there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)

    def install(name):
        path = tmp_path / name
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return str(path)

    return install


def playwright_with(path):
    return SimpleNamespace(chromium=SimpleNamespace(executable_path=str(path)))


def test_the_one_named_wins_then_chromium_then_chrome_then_playwrights_own(
    machine, monkeypatch, tmp_path
):
    own = machine("own")
    assert find_browser(playwright_with(own)) == own
    chrome = machine("google-chrome")
    assert find_browser(playwright_with(own)) == chrome
    chromium = machine("chromium")
    assert find_browser(playwright_with(own)) == chromium
    named = machine("elsewhere")
    monkeypatch.setenv("CHROMIUM", named)
    assert find_browser(playwright_with(own)) == named
    assert shutil.which("chromium") == chromium


def test_without_any_the_message_says_what_to_install(machine, tmp_path):
    with pytest.raises(NoBrowser, match="install chromium"):
        find_browser(playwright_with(tmp_path / "not-downloaded"))
