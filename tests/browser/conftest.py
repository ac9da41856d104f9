"""A Chromium, a JupyterLab and a sandbox for the tests of this folder."""

from __future__ import annotations

import os

import pytest

import vfy_notebook.sandbox as sandbox_package
from tests.browser.lab import (
    PATIENCE_MS,
    NoBrowser,
    find_browser,
    launched_browser,
    open_notebook,
    start_lab,
)


@pytest.fixture(scope="session")
def playwright():
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - takes a moment

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright):
    """A headless Chromium; where there is none, tests skip, or fail if it is required."""
    try:
        find_browser(playwright)
    except NoBrowser as missing:
        if os.environ.get("VFY_REQUIRE_BROWSER"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    with launched_browser(playwright) as running:
        yield running


@pytest.fixture(scope="session")
def lab(browser, tmp_path_factory):
    """One JupyterLab for all tests; it saves the state of widgets with a notebook."""
    lab = start_lab(tmp_path_factory.mktemp("lab") / "lab")
    lab.configure("@jupyter-widgets/jupyterlab-manager:plugin", saveState=True)
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def browser_sandbox():
    with sandbox_package.start(customers=0) as process:
        yield process


@pytest.fixture
def sandbox(browser_sandbox):
    """The sandbox with its sample."""
    browser_sandbox.reset()
    return browser_sandbox


@pytest.fixture
def page(browser, lab):
    page = browser.new_page(viewport={"width": 1100, "height": 1400})
    yield page
    page.close()
    lab.end_kernels()


@pytest.fixture
def connect_cell(sandbox):
    """The cell that connects a notebook to the sandbox."""
    return (
        "import vfy_notebook as vfy\n"
        f"project = vfy.connect({sandbox.app_id!r}, {sandbox.app_token!r}, url={sandbox.url!r}, "
        "journal='journal.sqlite')"
    )


@pytest.fixture
def show_form(page, lab, connect_cell, request):
    """Opens a notebook that shows a form; gives the form's place on the page."""

    def show(*cells, connected=True):
        path = lab.write(request.node.name, *([connect_cell] if connected else []), *cells)
        open_notebook(page, lab, path)
        forms = page.locator(".vfy-form")
        forms.first.wait_for()
        return forms

    return show
