"""Takes the README's pictures of the forms, in JupyterLab's light and dark theme.

    python docs/pictures/take_screenshots.py [folder] [--width 900]

Needs the extras of the tests and a Chromium (see tests/browser/lab.py). The sandbox's sample is
what is seen.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from PIL import Image  # noqa: E402
from playwright.sync_api import expect, sync_playwright  # noqa: E402

import vfy_notebook.sandbox as sandbox_package  # noqa: E402
from tests.browser.lab import (  # noqa: E402
    PATIENCE_MS,
    launched_browser,
    open_notebook,
    start_lab,
)

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

CONNECTED = """import vfy_notebook as vfy
project = vfy.connect({app_id!r}, {app_token!r}, url={url!r}, journal="journal-{theme}.sqlite")"""


def consent_form(page, form):
    """Some choices made, and what was sent before."""
    form.get_by_label("Text messages").select_option("give")
    form.get_by_role("button", name="Apply").click()
    form.get_by_text("Consents: 91 sent.").wait_for()
    form.get_by_label("Newsletter").select_option("give")
    form.get_by_label("Sharing with labels").select_option("withdraw")
    form.get_by_text("give Newsletter and withdraw Sharing").wait_for()


def deletion_form(page, form):
    """The confirmation typed, the button alive."""
    form.get_by_label("Delete permanently").check()
    field = form.get_by_label("Type DELETE 12 to confirm")
    field.fill("DELETE 12")
    expect(form.get_by_role("button", name="Delete 12 customers permanently")).to_be_enabled()


def edit_form(page, form):
    """Rows picked, a value chosen, the push previewed."""
    form.get_by_label("Condition 1", exact=True).select_option("summary.orders.total_amount")
    form.get_by_label("Condition 1: test").select_option("is at least")
    form.get_by_label("Condition 1: value").fill("25000")
    form.get_by_label("Field", exact=True).select_option("metadata.tier")
    form.get_by_label("Value", exact=True).filter(visible=True).select_option("gold")
    form.get_by_role("button", name="Preview", exact=True).click()
    form.get_by_role("button", name="Push").wait_for()
    form.get_by_text(" edits").first.click()


def segment_form(page, form):
    """Customers picked, a name given, the segment previewed."""
    form.get_by_label("Condition 1", exact=True).select_option("metadata.tier")
    form.get_by_label("Condition 1: value").fill("gold")
    form.get_by_label("Name", exact=True).fill("Lapsed gold")
    form.get_by_role("button", name="Preview", exact=True).click()
    expect(form.get_by_role("button", name="Create the segment of 90 customers")).to_be_enabled()


def connect_form(page, form):
    """Filled in, the key taken out of its field."""
    form.get_by_label("Application ID").fill("c70a6f00-cf91-4756-9df5-47628850002b")
    key = form.get_by_label("Secret key")
    key.fill("made-up-key-for-a-picture-of-a-form")
    key.press("Tab")
    form.get_by_label("Region").select_option("United States")
    expect(key).to_have_attribute("placeholder", "35 characters, not shown")


FORMS = {
    "consent_form": (
        "project.consent_form(project.fetch_customers(city='Łódź', progress=False))",
        consent_form,
    ),
    "deletion_form": (
        (
            "customers = project.fetch_customers(progress=False)\n"
            "project.deletion_form(customers[customers['metadata.test'].fillna(False)])"
        ),
        deletion_form,
    ),
    "edit_form": ("project.edit_form(project.fetch_customers(progress=False))", edit_form),
    "segment_form": (
        "project.segment_form(project.fetch_customers(progress=False))",
        segment_form,
    ),
    "connect_form": ("vfy.connect_form()", connect_form),
}


def take(folder, *, width, only=()):
    """Take the picture of each form in each theme."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        sandbox_package.start() as sandbox,
        sync_playwright() as playwright,
        launched_browser(playwright) as browser,
    ):
        lab = start_lab(Path(scratch) / "lab")
        try:
            for theme, name in THEMES.items():
                lab.configure("@jupyterlab/apputils-extension:themes", theme=name)
                for form, (cell, act) in FORMS.items():
                    if only and form not in only:
                        continue
                    sandbox.reset()
                    connected = CONNECTED.format(
                        app_id=sandbox.app_id,
                        app_token=sandbox.app_token,
                        url=sandbox.url,
                        theme=theme,
                    )
                    path = lab.write(f"{form}_{theme}", connected, cell)
                    _picture(browser, lab, path, act, folder / f"{form}_{theme}.png", width)
        finally:
            lab.close()


def _picture(browser, lab, path, act, target, width):
    page = browser.new_page(viewport={"width": 1100, "height": 1400})
    try:
        open_notebook(page, lab, path)
        form = page.locator(".vfy-form")
        page.set_viewport_size({"width": width, "height": 1400})
        form.wait_for(timeout=PATIENCE_MS)
        act(page, form)
        page.mouse.move(0, 0)
        _save_small(form.screenshot(animations="disabled"), target)
    finally:
        page.close()
    print(f"{target.name}: {target.stat().st_size:,} bytes")


def _save_small(png, target):
    """Save a picture with as many colours as a form has; text stays as sharp as it was."""
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(256).save(target, optimize=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE)
    parser.add_argument("--width", type=int, default=1100, help="the browser's, in pixels")
    parser.add_argument("--only", action="append", default=[], choices=list(FORMS))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    take(options.folder, width=options.width, only=options.only)
