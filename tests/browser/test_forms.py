"""The forms in JupyterLab, in a real browser: typed, clicked, seen, and checked on the sandbox."""

from __future__ import annotations

import json
import secrets
from urllib.parse import urlsplit

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from tests.forms.conftest import CONSENTS, NASTY, PEOPLE

pytestmark = pytest.mark.browser

TEST_CUSTOMERS = (
    "customers = project.fetch_customers(progress=False)\n"
    "tests = customers[customers['metadata.test'].fillna(False)]\n"
)


def left(sandbox):
    return len(sandbox.customers())


def test_consents_are_given_by_choosing_and_clicking(sandbox, page, show_form):
    sandbox.reset(PEOPLE, consents=CONSENTS)
    form = show_form("project.consent_form()")
    apply = form.get_by_role("button", name="Apply")
    expect(apply).to_be_disabled()
    form.get_by_label("Find customer").fill("s/1")
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_role("cell", name="Name 1")).to_be_visible()
    form.get_by_label("Find customer").fill("n2@example.com")
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_text("2 customers", exact=True)).to_be_visible()
    form.get_by_label("Newsletter").select_option("give")
    form.get_by_label("Text messages").select_option("withdraw")
    expect(
        form.get_by_text("Will give Newsletter and withdraw Text messages for 2 customers.")
    ).to_be_visible()
    assert sandbox.sent_consents("cust_1") == {}
    apply.click()
    expect(form.get_by_role("status")).to_have_text("Consents: 2 sent.")
    for ref in ("cust_1", "cust_2"):
        assert sandbox.sent_consents(ref) == {"cnst_mail": True, "cnst_sms": False}
    expect(apply).to_be_disabled()
    expect(form.get_by_text("last sent from here: given to 2")).to_be_visible()


def test_unsubscribing_overrules_the_choices_before_the_eyes(sandbox, show_form):
    sandbox.reset(PEOPLE, consents=CONSENTS)
    form = show_form("project.consent_form(project.fetch_customers(progress=False))")
    form.get_by_label("Newsletter").select_option("give")
    form.get_by_label("Unsubscribe from everything").check()
    expect(form.get_by_label("Newsletter")).to_be_disabled()
    expect(form.get_by_text("the choices above are not sent")).to_be_visible()
    apply = form.get_by_role("button", name="Apply")
    expect(apply).to_be_disabled()
    form.get_by_label("Type 8 to confirm").fill("8")
    apply.click()
    expect(form.get_by_role("status")).to_have_text("Consents: 8 sent.")
    assert sandbox.sent_consents("cust_0")["unsubscribed"] is True
    assert sandbox.sent_consents("cust_0")["cnst_mail"] is False


def test_a_deletion_happens_only_after_the_number_is_typed(sandbox, page, show_form):
    before = left(sandbox)
    form = show_form(TEST_CUSTOMERS + "project.deletion_form(tests)")
    expect(form.get_by_text("and 7 more")).to_be_visible()
    delete = form.get_by_role("button", name="Delete 12 customers")
    typed = form.get_by_label("Type 12 to confirm")
    for wrong in ("", "1", "DELETE 12", "122"):
        typed.fill(wrong)
        expect(delete).to_be_disabled()
        delete.click(force=True)
    assert left(sandbox) == before
    typed.fill("12")
    expect(delete).to_be_enabled()
    delete.dblclick()
    expect(form.get_by_role("status")).to_have_text("Deletion: 12 deleted.")
    assert left(sandbox) == before - 12
    assert not any((c.get("metadata") or {}).get("test") for c in sandbox.customers())
    deletions = [r for r in sandbox.requests() if r["method"] == "DELETE"]
    assert len(deletions) == 12


def test_a_permanent_deletion_by_keyboard_alone(sandbox, page, show_form):
    sandbox.reset(PEOPLE)
    form = show_form("project.deletion_form(project.fetch_customers(progress=False).head(2))")
    form.get_by_label("Delete permanently").focus()
    page.keyboard.press("Space")
    typed = form.get_by_label("Type DELETE 2 to confirm")
    expect(typed).to_be_visible()
    page.keyboard.press("Tab")
    expect(typed).to_be_focused()
    page.keyboard.type("DELETE 2")
    delete = form.get_by_role("button", name="Delete 2 customers permanently")
    expect(delete).to_be_enabled()
    page.keyboard.press("Tab")
    expect(delete).to_be_focused()
    page.keyboard.press("Enter")
    expect(form.get_by_role("status")).to_have_text("Permanent deletion: 2 deleted.")
    expect(form.get_by_role("columnheader", name="receipt")).to_be_visible()
    assert left(sandbox) == 6
    expect(form.get_by_text("Name 0")).to_have_count(0)


def test_the_bar_moves_and_stop_is_felt_while_a_deletion_runs(sandbox, page, show_form):
    before = left(sandbox)
    sandbox.set(rate_limit={"limit": 1000, "window_s": 3600})
    form = show_form(TEST_CUSTOMERS + "project.deletion_form(customers.head(40))")
    sandbox.set(rate_limit={"limit": len(sandbox.requests()) + 5, "window_s": 3600})
    form.get_by_label("Type 40 to confirm").fill("40")
    delete = form.get_by_role("button", name="Delete 40 customers")
    expect(delete).to_be_enabled()
    delete.click()
    expect(form.get_by_text("for the rate limit")).to_be_visible()
    expect(form.get_by_label("Type 40 to confirm")).to_be_disabled()
    expect(delete).to_be_disabled()
    expect(form.get_by_text("of 40 customers")).to_be_visible()
    form.get_by_role("button", name="Stop").click()
    expect(form.get_by_role("status")).to_contain_text("skipped")
    assert left(sandbox) == before - 5
    expect(form.get_by_text("5 deleted, 1 unknown, 34 skipped")).to_be_visible()
    expect(form.get_by_label("Type 35 to confirm")).to_be_enabled()


def test_the_kernel_is_free_while_a_form_works(sandbox, page, show_form):
    sandbox.script({"method": "DELETE", "nth": [1], "do": "delay", "seconds": 3600})
    form = show_form(TEST_CUSTOMERS + "project.deletion_form(customers.head(1))", "")
    form.get_by_label("Type 1 to confirm").fill("1")
    form.get_by_role("button", name="Delete 1 customer").click()
    expect(form.get_by_role("button", name="Stop")).to_be_visible()
    cell = page.locator(".jp-CodeCell").nth(2)
    cell.get_by_role("textbox").click()
    page.keyboard.type("print('busy but', 'free')")
    page.keyboard.press("Control+Enter")
    expect(cell.get_by_text("busy but free", exact=True)).to_be_visible()
    expect(form.get_by_role("button", name="Stop")).to_be_visible()


def test_an_edit_is_previewed_pushed_and_undone(sandbox, show_form):
    def golden():
        return [c["id"] for c in sandbox.customers() if c.get("metadata", {}).get("tier") == "gold"]

    before = golden()
    form = show_form("project.edit_form()")
    form.get_by_role("button", name="Fetch all customers").click()
    expect(form.get_by_text("All 2,357 customers.")).to_be_visible()
    form.get_by_label("Condition 1", exact=True).select_option("summary.orders.total_amount")
    form.get_by_label("Condition 1: test").select_option("is at least")
    form.get_by_label("Condition 1: value").fill("25000")
    expect(form.get_by_text("224 of 2,357 customers match.")).to_be_visible()
    form.get_by_label("Field", exact=True).select_option("metadata.tier")
    form.get_by_role("combobox", name="Value", exact=True).select_option("gold")
    form.get_by_role("button", name="Preview", exact=True).click()
    push = form.get_by_role("button", name="Push 156 changes")
    expect(push).to_be_enabled()
    assert golden() == before
    assert sandbox.jobs() == []
    push.dblclick()
    expect(form.get_by_role("status")).to_have_text("Pushed: 156 updated.")
    after = golden()
    assert len(after) == len(before) + 156
    assert sum(job["rows"] for job in sandbox.jobs()) <= 156
    form.get_by_role("button", name="Preview the undo").click()
    expect(push).to_be_enabled()
    assert golden() == after
    push.click()
    expect(form.get_by_role("status")).to_have_text("Undone: 156 updated.")
    assert golden() == before
    expect(form.get_by_role("button", name="Preview the redo")).to_be_visible()


def test_a_segment_is_previewed_and_made(sandbox, page, show_form):
    form = show_form("project.segment_form(project.fetch_customers(progress=False))")
    form.get_by_label("Condition 1", exact=True).select_option("metadata.tier")
    form.get_by_label("Condition 1: value").fill("gold")
    expect(form.get_by_text("90 of 2,357 customers match.")).to_be_visible()
    name = form.get_by_label("Name", exact=True)
    name.fill("Gold tier")
    page.keyboard.press("Enter")
    expect(form.get_by_text("is the name of a segment already")).to_be_visible()
    create = form.get_by_role("button", name="Create the segment of 90 customers")
    expect(create).to_be_disabled()
    name.fill("Lapsed gold")
    expect(create).to_have_count(0)
    page.keyboard.press("Enter")
    expect(create).to_be_enabled()
    expect(form.get_by_text("and 80 more")).to_be_visible()
    assert [r for r in sandbox.requests() if r["method"] != "GET"] == []
    create.dblclick()
    expect(form.get_by_role("status")).to_contain_text("Made: seg_")
    expect(form.get_by_text("90 members, as planned")).to_be_visible()
    sent = [(r["method"], r["path"]) for r in sandbox.requests() if r["method"] != "GET"]
    assert sent == [("POST", "/v1/segments")]


def test_nothing_is_offered_that_nobody_has_entered(sandbox, page, show_form):
    """A number field is no 0, a flag is no "no", and what concerns everybody is confirmed."""
    form = show_form("project.edit_form(project.fetch_customers(progress=False))")
    field = form.get_by_label("Field", exact=True)
    preview = form.get_by_role("button", name="Preview", exact=True)
    expect(field.locator("option:checked")).to_have_text("choose …")
    for name in ("metadata.score", "metadata.test"):
        field.select_option(name)
        preview.click()
        expect(form.get_by_role("status")).to_contain_text(f"{name} to what?")
        expect(form.get_by_role("button", name="Push")).to_have_count(0)
    field.select_option("metadata.score")
    value = form.get_by_role("textbox", name="Value", exact=True)
    expect(form.get_by_label("Value", exact=True).filter(visible=True)).to_have_count(1)
    expect(value).to_have_value("")
    value.fill("55")
    page.keyboard.press("Enter")
    expect(form.get_by_role("status")).to_contain_text("2,357 changes for 2,357 customers")
    push = form.get_by_role("button", name="Push 2,357 changes")
    expect(push).to_be_disabled()
    typed = form.get_by_label("Type 2357 to confirm")
    typed.fill("2356")
    expect(push).to_be_disabled()
    typed.fill("2,357")
    expect(push).to_be_enabled()
    assert [r for r in sandbox.requests() if r["method"] != "GET"] == []
    field.select_option("another metadata key …")
    form.get_by_label("New key").fill("metadata.teir")
    expect(form.get_by_text("It resembles metadata.tier")).to_be_visible()
    expect(push).to_have_count(0)


def test_ids_are_pasted_searched_with_enter_and_one_is_taken_off(sandbox, page, show_form):
    sandbox.reset(PEOPLE)
    form = show_form("project.deletion_form()")
    find = form.get_by_label("Find customer")
    find.focus()
    find.fill("s/1 cust_2 n3@example.com nobody")
    page.keyboard.press("Enter")
    expect(form.get_by_role("status")).to_contain_text("Added 3 customers.")
    expect(form.get_by_role("status")).to_contain_text("nobody")
    expect(find).to_have_value("")
    expect(form.get_by_label("Type 3 to confirm")).to_be_visible()
    form.get_by_label("Not this one").fill("Name 2 (cust_2)")
    page.keyboard.press("Enter")
    expect(form.get_by_text("Taken off the list: Name 2.")).to_be_visible()
    expect(form.get_by_role("cell", name="cust_2")).to_have_count(0)
    form.get_by_label("Type 2 to confirm").fill("2")
    form.get_by_role("button", name="Delete 2 customers").click()
    expect(form.get_by_text("Deletion: 2 deleted.")).to_be_visible()
    assert left(sandbox) == 6


def test_a_connection_that_is_tried_again_is_no_rate_limit(sandbox, page, show_form):
    later = {"status": 503, "headers": {"Retry-After": "90"}}  # as long as this page may take
    sandbox.script({"method": "DELETE", "nth": "every", "do": "status", **later})
    form = show_form(TEST_CUSTOMERS + "project.deletion_form(customers.head(3))")
    form.get_by_label("Type 3 to confirm").fill("3")
    form.get_by_role("button", name="Delete 3 customers").click()
    expect(form.get_by_text("the API answered 503; trying again in")).to_be_visible()
    expect(form.get_by_text("for the rate limit")).to_have_count(0)
    form.get_by_role("button", name="Stop").click()


def test_without_a_kernel_a_form_is_its_sentence(sandbox, page, lab, show_form, request):
    """Opened again when nothing runs: there is no form, and no word of loading one."""
    lab.configure("@jupyter-widgets/jupyterlab-manager:plugin", saveState=False)
    try:
        form = show_form("project.deletion_form(project.fetch_customers(progress=False))")
        expect(form).to_be_visible()
        sentence = page.locator(".vfy-instead")
        expect(sentence).to_have_count(1)
        expect(sentence).to_be_hidden()
        saved(page, lab, request)
        lab.end_kernels()
        path = lab.notebooks / f"{request.node.name}.ipynb"
        page.goto(lab.address(path))
        page.locator(".jp-NotebookPanel").wait_for()
        expect(page.locator(".vfy-instead")).to_be_visible()
        expect(page.locator(".vfy-instead")).to_have_text(
            "Deletion form for 2,357 customers (run the notebook to use it)"
        )
        expect(page.get_by_text("Loading widget").filter(visible=True)).to_have_count(0)
        expect(page.get_by_text("Error displaying widget").filter(visible=True)).to_have_count(0)
    finally:
        lab.configure("@jupyter-widgets/jupyterlab-manager:plugin", saveState=True)


def test_a_page_made_of_the_notebook_has_the_sentence(
    sandbox, browser, page, lab, show_form, request
):
    lab.configure("@jupyter-widgets/jupyterlab-manager:plugin", saveState=False)
    try:
        show_form("project.deletion_form(project.fetch_customers(progress=False))")
        saved(page, lab, request)
    finally:
        lab.configure("@jupyter-widgets/jupyterlab-manager:plugin", saveState=True)
    notebook = nbformat.read(lab.notebooks / f"{request.node.name}.ipynb", as_version=4)
    html, _ = HTMLExporter().from_notebook_node(notebook)
    target = lab.notebooks / f"{request.node.name}.html"
    target.write_text(html, encoding="utf-8")
    offline = browser.new_page()
    offline.route("http*://**", lambda route: route.abort())
    offline.goto(target.as_uri())
    expect(offline.locator(".vfy-instead")).to_be_visible()
    expect(offline.get_by_text("Loading widget").filter(visible=True)).to_have_count(0)
    offline.close()


def test_the_secret_key_is_not_saved_with_the_notebook(sandbox, page, lab, show_form, request):
    form = show_form("import vfy_notebook as vfy\nform = vfy.connect_form()\nform", connected=False)
    form.get_by_label("Application ID").fill(sandbox.app_id)
    form.get_by_label("Region").select_option("Another address")
    form.get_by_label("Address").fill(sandbox.url)
    key = form.get_by_label("Secret key")
    key.fill(sandbox.app_token)
    saved(page, lab, request)  # half typed: the field was not left yet
    key.press("Tab")
    expect(key).to_have_value("")
    expect(key).to_have_attribute("placeholder", f"{len(sandbox.app_token)} characters, not shown")
    assert sandbox.app_token not in saved(page, lab, request)
    form.get_by_role("button", name="Connect").click()
    expect(form.get_by_role("status")).to_contain_text("the credentials work")
    text = saved(page, lab, request)
    assert sandbox.app_token not in text
    state = json.loads(text)["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]
    assert any(m["state"].get("description") == "Secret key" for m in state["state"].values())
    assert sandbox.app_id in text  # the state of widgets is saved indeed
    assert [r["path"] for r in sandbox.requests()] == ["/v1/customers"]


def test_a_busy_kernel_leaves_the_secret_key_in_no_file_and_tells_nobody(
    sandbox, page, lab, show_form, request
):
    """The key waits for the kernel, which is at work: meanwhile nothing must hold it."""
    typed = secrets.token_hex(16)  # a key that no cell of another test has held
    told = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: told.append(str(frame))),
    )
    form = show_form(
        "import pathlib, time, vfy_notebook as vfy\nvfy.connect_form()",
        "print('at', 'work')\nwhile not pathlib.Path('go-on').exists(): time.sleep(0.05)",
        connected=False,
    )
    expect(page.get_by_text("at work", exact=True)).to_be_visible()
    key = form.get_by_label("Secret key")
    key.fill(typed)
    assert typed not in saved(page, lab, request)  # half typed
    key.press("Enter")
    expect(key).to_have_value("")
    text = saved(page, lab, request)
    assert typed not in text
    assert "application/vnd.jupyter.widget-state+json" in text
    (lab.notebooks / "go-on").touch()
    expect(key).to_have_attribute("placeholder", f"{len(typed)} characters, not shown")
    assert typed not in saved(page, lab, request)
    assert len(told) > 20
    # Nor does the kernel echo it.
    assert [frame for frame in told if typed in frame] == []


def saved(page, lab, request):
    """The notebook's file after it was saved; the token is in none of them.

    JupyterLab does nothing on a click while it is saving, and it is saving until its checkpoint is
    made: it is waited for, and for what the page does with the answer.
    """
    with (
        page.expect_response(sent("POST", "/checkpoints")) as checkpoint,
        page.expect_response(sent("PUT", f"/api/contents/{request.node.name}.ipynb")),
    ):
        page.locator(
            "[data-jp-item-name=save] button, jp-button[data-command='docmanager:save']"
        ).first.click()
    checkpoint.value.finished()
    page.evaluate("() => new Promise(done => setTimeout(done))")
    return (lab.notebooks / f"{request.node.name}.ipynb").read_text(encoding="utf-8")


def sent(method, path):
    """Tells whether an answer is one to such a request."""

    def is_so(answer):
        return answer.request.method == method and urlsplit(answer.url).path.endswith(path)

    return is_so


def test_a_click_straight_from_the_secret_key_connects(sandbox, show_form):
    """Leaving the field and clicking come in one: the key is there when the click is served."""
    form = show_form("import vfy_notebook as vfy\nvfy.connect_form()", connected=False)
    form.get_by_label("Application ID").fill(sandbox.app_id)
    form.get_by_label("Region").select_option("Another address")
    form.get_by_label("Address").fill(sandbox.url)
    form.get_by_label("Secret key").fill("not-the-key")
    form.get_by_role("button", name="Connect").click()
    expect(form.get_by_role("alert")).to_contain_text("Check the application ID, the secret key")
    form.get_by_label("Secret key").fill(sandbox.app_token)
    form.get_by_role("button", name="Connect").click()
    expect(form.get_by_role("status")).to_contain_text("the credentials work")


def test_no_text_of_a_customer_runs_in_the_browser(sandbox, page, show_form):
    bomb = NASTY.replace("alert('x')", "document.title='BOOM'")
    sandbox.reset(
        [{"id": "cust_x", "source_id": bomb, "name": bomb, "email": f"{bomb}@example.com"}],
        consents={
            "groups": [{"id": "g", "name": bomb, "consents": ["cnst_x"]}],
            "consents": [{"id": "cnst_x", "name": bomb, "description": bomb}],
        },
    )
    cells = (
        "from ipywidgets import VBox\n"
        "customers = project.fetch_customers(progress=False)\n"
        "VBox([project.consent_form(customers), project.deletion_form(customers)])"
    )
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    forms = show_form(cells)
    expect(forms).to_have_count(2)
    consents, deletion = forms.nth(0), forms.nth(1)
    consents.get_by_label(bomb).select_option("give")
    consents.get_by_role("button", name="Apply").click()
    expect(consents.get_by_role("status")).to_have_text("Consents: 1 sent.")
    deletion.get_by_label("Type 1 to confirm").fill("1")
    deletion.get_by_role("button", name="Delete 1 customer").click()
    expect(deletion.get_by_role("status")).to_have_text("Deletion: 1 deleted.")
    expect(consents.get_by_text(bomb).first).to_be_visible()
    assert page.locator(".vfy-form img").count() == 0
    assert "BOOM" not in page.title()
    assert dialogs == []


LONG = {
    "consents": [
        {
            "id": "cnst_long",
            "name": "A consent whose name is a whole sentence that goes on and on",
            "description": "And a description that does not want to end either, ever",
        }
    ]
}

FORMS = {
    "consent": "project.consent_form(project.fetch_customers(progress=False))",
    "deletion": "project.deletion_form(project.fetch_customers(progress=False))",
    "edit": "project.edit_form(project.fetch_customers(progress=False))",
    "segment": "project.segment_form(project.fetch_customers(progress=False))",
    "connect": "vfy.connect_form()",
}

CUT_OFF = """form => [...form.querySelectorAll('label, button, p, h4, h5')]
    .filter(e => e.offsetParent !== null && e.offsetWidth > 0)
    .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow !== 'visible')
    .map(e => e.textContent)"""

STICKING_OUT = """form => {
    const right = form.getBoundingClientRect().right;
    return [...form.querySelectorAll('input, select, button, p, td, .vfy-scroll')]
        .filter(e => e.offsetParent !== null && !e.closest('.vfy-scroll table'))
        .filter(e => e.getBoundingClientRect().right > right)
        .map(e => e.outerHTML.slice(0, 80));
}"""

LABELS_BELOW_THEIR_LINE = """form => [...form.querySelectorAll('.vfy-labelled > .widget-label')]
    .filter(e => e.offsetParent !== null)
    .filter(e => e.getBoundingClientRect().bottom > e.parentElement.getBoundingClientRect().bottom)
    .map(e => e.textContent)"""

LONG_PEOPLE = [
    {
        "id": f"cust_{number:022d}",
        "source_id": f"crm/{'x' * 70}/{number}",
        "name": name,
        "email": f"person.{number}.of.a.long.address@{'sub.' * 8}example.com",
        "metadata": {"tier": "gold"},
    }
    for number, name in enumerate(["W" * 80, "Zofia " + "Wiśniewska-" * 9, "\u202ebidi", ""])
]


@pytest.mark.parametrize("people", [PEOPLE, LONG_PEOPLE], ids=["short", "long"])
def test_nothing_is_cut_off_or_sticks_out_at_any_width(sandbox, page, show_form, people):
    sandbox.reset(people, consents=LONG)
    forms = show_form(*FORMS.values())
    expect(forms).to_have_count(len(FORMS))
    _preview_of_names(*(forms.nth(list(FORMS).index(name)) for name in ("edit", "segment")))
    for width in (1100, 900, 600):
        page.set_viewport_size({"width": width, "height": 3000})
        page.wait_for_function("width => window.innerWidth === width", arg=width)
        for number, name in enumerate(FORMS):
            for wrong in (CUT_OFF, STICKING_OUT, LABELS_BELOW_THEIR_LINE):
                assert forms.nth(number).evaluate(wrong) == [], (name, width)


def _preview_of_names(edit, segment):
    """With a preview on the screen, whose cells are as long as the customers' texts."""
    for form in (edit, segment):
        form.get_by_label("Condition 1", exact=True).select_option("metadata.tier")
        form.get_by_label("Condition 1: value").fill("gold")
    edit.get_by_label("Field", exact=True).select_option("name")
    edit.get_by_role("textbox", name="Value", exact=True).fill("V" * 80)
    segment.get_by_label("Name", exact=True).fill("N" * 80)
    for form in (edit, segment):
        form.get_by_role("button", name="Preview", exact=True).click()
        expect(form.get_by_role("status")).to_contain_text("Nothing is sent yet.")
    edit.get_by_text(" edits").first.click()
