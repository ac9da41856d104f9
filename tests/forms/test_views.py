"""The forms, driven through their widgets."""

from __future__ import annotations

import json
import re
import threading
import types

import ipywidgets as widgets
import pytest

import vfy_notebook as vfy
from tests.forms.conftest import CONSENTS, NASTY, PEOPLE
from tests.forms.driving import (
    SOON_S,
    all_widgets,
    button,
    click,
    find,
    inputs,
    press_enter,
    shown,
    type_secret,
)
from vfy_notebook.edits.one_value import ValueKind
from vfy_notebook.forms.connect_form import ConnectForm
from vfy_notebook.forms.connecting import OTHER
from vfy_notebook.forms.customers.consent_form import ConsentForm
from vfy_notebook.forms.customers.consents import Choice
from vfy_notebook.forms.customers.deletion_form import DeletionForm
from vfy_notebook.forms.editing.edit_form import EditForm
from vfy_notebook.forms.secret_field import SecretField
from vfy_notebook.forms.view import FormView
from vfy_notebook.frames.conditions import Test

VIEWS = (FormView, ConsentForm, DeletionForm, EditForm, ConnectForm)


def left(sandbox):
    return [c["id"] for c in sandbox.customers()]


def connect_form(sandbox, make_project, stored=None):
    def connect(order):
        return make_project(app_token=order.app_token, url=order.url or sandbox.url)

    return ConnectForm(connect, lambda _: stored is not None)


# -- consents --------------------------------------------------------------------------------


def test_consents_are_given_and_withdrawn_by_choosing_and_clicking(sandbox, project, customers):
    form = project.consent_form(customers.head(2))
    assert button(form, "Apply").disabled
    find(form, widgets.Dropdown, "Newsletter").value = Choice.GIVE
    find(form, widgets.Dropdown, "Text messages").value = Choice.WITHDRAW
    assert "Will give Newsletter and withdraw Text messages for 2 customers." in shown(form)
    click(form, "Apply")
    for i in range(2):
        assert sandbox.sent_consents(f"cust_{i}") == {"cnst_mail": True, "cnst_sms": False}
    assert "Consents: 2 sent." in shown(form)
    assert "last sent from here: given to 2" in shown(form)
    assert len(form.report.rows) == 2


def test_a_second_click_on_apply_sends_nothing(sandbox, project, customers):
    form = project.consent_form(customers)
    find(form, widgets.Dropdown, "Newsletter").value = Choice.GIVE
    apply = button(form, "Apply")
    apply.click()
    apply.click()
    assert form.wait(SOON_S)
    apply.click()  # queued by an impatient person, served when all was over
    assert form.wait(SOON_S)
    assert len([r for r in sandbox.requests() if r["method"] == "PUT"]) == 8
    assert apply.disabled


def test_unsubscribing_disables_the_choices_and_is_sent_alone(sandbox, project, customers):
    form = project.consent_form(customers.head(1))
    choice = find(form, widgets.Dropdown, "Newsletter")
    choice.value = Choice.GIVE
    find(form, widgets.Checkbox, "Unsubscribe").value = True
    assert choice.disabled
    assert "the choices above are not sent" in shown(form)
    click(form, "Apply")
    assert sandbox.sent_consents("cust_0") == {}
    confirm(form)
    click(form, "Apply")
    assert sandbox.sent_consents("cust_0")["unsubscribed"] is True
    assert sandbox.sent_consents("cust_0")["cnst_mail"] is False
    assert not find(form, widgets.Checkbox, "Unsubscribe").value
    assert not choice.disabled


def test_customers_are_searched_where_none_are_given(sandbox, project):
    form = project.consent_form()
    assert "No customers yet" in shown(form)
    for text in ("s/1", "n2@example.com"):
        find(form, widgets.Text, "Find customer").value = text
        click(form, "Add")
    assert "2 customers" in shown(form)
    find(form, widgets.Dropdown, "Partners").value = Choice.GIVE
    click(form, "Apply")
    assert [sandbox.sent_consents(f"cust_{i}") for i in range(3)] == [
        {},
        {"cnst_alone": True},
        {"cnst_alone": True},
    ]
    click(form, "Clear")
    assert "No customers yet" in shown(form)


def test_failed_ones_can_be_sent_again(sandbox, project, customers):
    form = project.consent_form(customers.head(2))
    again = button(form, "Send again")
    assert again.layout.display == "none"
    record = sandbox.customer("cust_1")
    sandbox.remove(["cust_1"])
    find(form, widgets.Dropdown, "Newsletter").value = Choice.GIVE
    click(form, "Apply")
    assert again.description == "Send again to 1 customer"
    assert again.layout.display == ""
    sandbox.insert([record])
    click(form, "Send again")
    assert sandbox.sent_consents("cust_1") == {"cnst_mail": True}
    assert again.layout.display == "none"


def test_a_project_without_consents_shows_one_sentence_and_no_inputs(sandbox, project, customers):
    sandbox.set(consents=False)
    form = project.consent_form(customers)
    assert "This Voucherify project has no consents" in shown(form)
    assert inputs(form) == []


# -- deletions -------------------------------------------------------------------------------


def test_without_the_typed_confirmation_clicks_delete_nobody(sandbox, project, customers):
    form = project.deletion_form(customers)
    delete = button(form, "Delete 8 customers")
    for typed in ("", "7", "DELETE 8"):
        find(form, widgets.Text, "to confirm").value = typed
        assert delete.disabled
        delete.click()  # a front end that does not heed `disabled`
        assert form.wait(SOON_S)
    assert len(left(sandbox)) == 8


def test_with_it_they_are_deleted_once(sandbox, project, customers):
    form = project.deletion_form(customers.head(3))
    find(form, widgets.Text, "Type 3 to confirm").value = "3"
    delete = button(form, "Delete 3 customers")
    assert not delete.disabled
    for _ in range(3):
        delete.click()
    assert form.wait(SOON_S)
    assert left(sandbox) == [f"cust_{i}" for i in range(3, 8)]
    assert len([r for r in sandbox.requests() if r["method"] == "DELETE"]) == 3
    assert "Deletion: 3 deleted." in shown(form)
    assert delete.disabled
    assert find(form, widgets.Text, "to confirm").value == ""


def test_permanently_with_receipts(sandbox, project, customers):
    form = project.deletion_form(customers.iloc[2:4])
    find(form, widgets.Text, "to confirm").value = "2"
    find(form, widgets.RadioButtons, "How").value = True
    assert find(form, widgets.Text, "to confirm").value == ""
    find(form, widgets.Text, "Type DELETE 2 to confirm").value = "DELETE 2"
    click(form, "Delete 2 customers permanently")
    assert len(left(sandbox)) == 6
    assert "del_" in shown(form)
    assert "orders 3" in shown(form)
    assert "Name 2" not in shown(form)
    assert list(form.report.receipts.index) == ["cust_2", "cust_3"]


# -- edits -----------------------------------------------------------------------------------

SCHEMA = {
    "properties": {
        "tier": {"type": "string", "eq": ["bronze", "silver", "gold"]},
        "score": {"type": "number"},
        "member": {"type": "boolean"},
        "since": {"type": "date"},
        "genres": {"type": "string", "array": True},
    }
}


@pytest.fixture
def edit_form(sandbox, project):
    sandbox.reset(PEOPLE, consents=CONSENTS, metadata_schema=SCHEMA)
    return project.edit_form(project.fetch_customers(progress=False))


def choose_field(form, name):
    dropdown = find(form, widgets.Dropdown, "Field")
    dropdown.value = dict(dropdown.options)[name]


def visible_values(form):
    """The inputs for the value that a person sees."""
    return [
        w for w in inputs(form) if w.description.startswith("Value") and w.layout.display != "none"
    ]


def condition(form, column, test=None, *, number=1):
    find(form, widgets.Dropdown, f"Condition {number}").value = column
    if test is not None:
        find(form, widgets.Dropdown, f"Condition {number}: test").value = test


def confirm(form):
    """Type the number that the form asks for."""
    field = find(form, widgets.Text, "to confirm")
    assert field.layout.display != "none"
    field.value = field.description.split()[1]


def tiers(sandbox):
    return [c["metadata"]["tier"] for c in sandbox.customers()]


def test_an_edit_is_previewed_pushed_and_undone(sandbox, edit_form):
    before = tiers(sandbox)
    condition(edit_form, "metadata.tier")
    find(edit_form, widgets.Text, "Condition 1: value").value = "gold"
    assert "3 of 8 customers match." in shown(edit_form)
    choose_field(edit_form, "metadata.tier")
    (value,) = visible_values(edit_form)
    value.value = "bronze"
    push = button(edit_form, "Push")
    push.click()
    assert edit_form.wait(SOON_S)
    assert tiers(sandbox) == before
    click(edit_form, "Preview")
    assert push.description == "Push 3 changes"
    assert "3 customers, 3 cells" in shown(edit_form)
    assert tiers(sandbox) == before
    push.click()
    push.click()
    assert edit_form.wait(SOON_S)
    push.click()
    assert edit_form.wait(SOON_S)
    assert tiers(sandbox).count("bronze") == 3
    assert len(sandbox.jobs()) == 1
    assert "Pushed: 3 updated." in shown(edit_form)
    click(edit_form, "Preview the undo")
    click(edit_form, "Push 3 changes")
    assert tiers(sandbox) == before


# -- segments --------------------------------------------------------------------------------


def test_a_segment_is_previewed_and_made_once(sandbox, project, customers):
    form = project.segment_form(customers)
    condition(form, "metadata.tier")
    find(form, widgets.Text, "Condition 1: value").value = "gold"
    click(form, "Preview")
    assert "Type a name" in shown(form)
    find(form, widgets.Text, "Name").value = "Gold & <b>more</b>"
    click(form, "Preview")
    create = button(form, "Create")
    assert create.description == "Create the segment of 3 customers"
    assert "Gold &amp; &lt;b&gt;more" in shown(form)
    assert "<b>more" not in shown(form)
    assert [r for r in sandbox.requests() if r["method"] == "POST"] == []
    create.click()
    create.click()
    assert form.wait(SOON_S)
    create.click()
    assert form.wait(SOON_S)
    assert len([r for r in sandbox.requests() if r["method"] == "POST"]) == 1
    assert form.report.is_verified
    assert "3 members, as planned" in shown(form)


def test_a_changed_name_takes_the_segments_preview_away(project, customers):
    form = project.segment_form(customers)
    name = find(form, widgets.Text, "Name")
    name.value = "VIP"
    press_enter(name)
    assert form.wait(SOON_S)
    assert not button(form, "Create").disabled
    name.value = "VIPs"
    assert button(form, "Create").layout.display == "none"
    find(form, widgets.Checkbox, "to take its place").value = True
    click(form, "Preview")
    assert "nothing is replaced" in shown(form)


def test_customers_for_a_segment_are_fetched_in_the_form(sandbox, project):
    form = project.segment_form()
    assert button(form, "Preview").disabled
    click(form, "Fetch all customers")
    find(form, widgets.Text, "Name").value = "Everybody"
    click(form, "Preview")
    click(form, "Create")
    assert form.report.planned == 8
    assert find(form, widgets.Text, "Metadata key").layout.display == "none"


# -- edits, closer ---------------------------------------------------------------------------


def test_the_value_has_the_input_that_its_type_wants(edit_form):
    kinds = {
        "metadata.tier": widgets.Dropdown,
        "metadata.score": widgets.Text,
        "metadata.member": widgets.Dropdown,
        "metadata.since": widgets.DatePicker,
        "metadata.genres": widgets.Text,
        "birthdate": widgets.DatePicker,
        "name": widgets.Text,
    }
    for name, kind in kinds.items():
        choose_field(edit_form, name)
        (value,) = visible_values(edit_form)
        assert isinstance(value, kind), name
    choose_field(edit_form, "metadata.tier")
    (value,) = visible_values(edit_form)
    assert [label for label, _ in value.options] == ["choose …", "bronze", "silver", "gold"]


def test_any_change_takes_the_preview_away(edit_form):
    click(edit_form, "Preview")
    assert "Choose a field to write to." in shown(edit_form)
    choose_field(edit_form, "metadata.tier")
    click(edit_form, "Preview")
    assert "metadata.tier to what?" in shown(edit_form)
    visible_values(edit_form)[0].value = "bronze"
    click(edit_form, "Preview")
    assert button(edit_form, "Push").disabled
    confirm(edit_form)
    assert not button(edit_form, "Push").disabled
    visible_values(edit_form)[0].value = "gold"
    assert button(edit_form, "Push").layout.display == "none"
    click(edit_form, "Preview")
    condition(edit_form, "metadata.score")
    assert button(edit_form, "Push").disabled


def test_conditions_offer_what_fits_the_column(edit_form):
    condition(edit_form, "created_at")
    assert find(edit_form, widgets.DatePicker, "Condition 1").layout.display == ""
    assert find(edit_form, widgets.Text, "Condition 1").layout.display == "none"
    condition(edit_form, "summary.orders.total_amount", Test.AT_LEAST)
    find(edit_form, widgets.Text, "Condition 1").value = "300"
    assert "in hundredths" in shown(edit_form)
    assert "5 of 8 customers match." in shown(edit_form)
    click(edit_form, "Add a condition")
    condition(edit_form, "metadata.tier", Test.FILLED, number=2)
    find(edit_form, widgets.Dropdown, "Condition 2: test").value = Test.EMPTY
    assert "0 of 8 customers match." in shown(edit_form)
    assert find(edit_form, widgets.Text, "Condition 2").layout.display == "none"


def test_customers_are_fetched_in_the_form_where_none_are_given(sandbox, project):
    sandbox.reset(PEOPLE, metadata_schema=SCHEMA)
    form = project.edit_form()
    assert button(form, "Preview").disabled
    assert "No customers yet" in shown(form)
    click(form, "Fetch all customers")
    assert "All 8 customers." in shown(form)
    choose_field(form, "metadata.tier")
    visible_values(form)[0].value = "bronze"
    click(form, "Preview")
    confirm(form)
    click(form, "Push 8 changes")
    assert tiers(sandbox) == ["bronze"] * 8


def test_a_new_key_and_a_field_that_is_emptied(sandbox, edit_form):
    dropdown = find(edit_form, widgets.Dropdown, "Field")
    dropdown.value = dropdown.options[-1][1]
    click(edit_form, "Preview")
    assert "has no name" in shown(edit_form)
    find(edit_form, widgets.Text, "New key").value = "wave"
    find(edit_form, widgets.Dropdown, "Kind of value").value = ValueKind.NUMBER
    visible_values(edit_form)[0].value = "3"
    click(edit_form, "Preview")
    confirm(edit_form)
    click(edit_form, "Push 8 changes")
    assert [c["metadata"]["wave"] for c in sandbox.customers()] == [3] * 8
    choose_field(edit_form, "name")
    find(edit_form, widgets.Checkbox, "Empty it").value = True
    assert visible_values(edit_form)[0].disabled
    click(edit_form, "Preview")
    confirm(edit_form)
    click(edit_form, "Push 8 changes")
    assert {c["name"] for c in sandbox.customers()} == {None}


# -- connecting ------------------------------------------------------------------------------


def everywhere(form):
    """All that could be saved with a notebook, and what each widget holds in Python."""
    state = json.dumps(widgets.Widget.get_manager_state(), default=str)
    return state + repr([w.get_state() for w in all_widgets(form)]) + repr(vars(form))


def test_the_secret_key_is_never_a_widgets_value(sandbox, make_project):
    form = connect_form(sandbox, make_project)
    key = find(form, SecretField, "Secret key")
    assert "value" not in key.trait_names()
    binary = [memoryview(sandbox.app_token.encode())]
    key._handle_custom_msg({"event": "secret"}, binary)
    assert binary == []  # nor in the message, which the kernel keeps for a while
    assert sandbox.app_token not in everywhere(form)
    assert key.placeholder == f"{len(sandbox.app_token)} characters, not shown"
    find(form, widgets.Text, "Application ID").value = "sandbox"
    click(form, "Connect")
    assert "the credentials work" in shown(form)
    assert sandbox.app_token not in everywhere(form)
    assert form.project.calls.total == 1


def test_wrong_credentials_are_a_sentence_in_the_form(sandbox, make_project):
    form = connect_form(sandbox, make_project)
    find(form, widgets.Text, "Application ID").value = "sandbox"
    type_secret(find(form, SecretField, "Secret key"), "wrong-key")
    click(form, "Connect")
    assert 'role="alert"' in shown(form)
    assert "Check the application ID, the secret key and the region" in shown(form)
    assert "wrong-key" not in everywhere(form)
    click(form, "Connect")
    assert "Still missing: the secret key." in shown(form)


def test_a_click_that_is_served_before_the_key_arrives_is_not_lost(sandbox, make_project):
    """Kernels with subshells serve widgets in several threads, in no promised order."""
    form = connect_form(sandbox, make_project)
    find(form, widgets.Text, "Application ID").value = "sandbox"
    click(form, "Connect")
    assert "Still missing: the secret key." in shown(form)
    type_secret(find(form, SecretField, "Secret key"), sandbox.app_token)
    assert form.wait(SOON_S)
    assert "the credentials work" in shown(form)


def test_a_key_alone_does_not_connect(sandbox, make_project):
    form = connect_form(sandbox, make_project)
    find(form, widgets.Text, "Application ID").value = "sandbox"
    type_secret(find(form, SecretField, "Secret key"), sandbox.app_token)
    assert form.wait(SOON_S)
    assert sandbox.requests() == []


def test_the_address_is_asked_for_only_where_no_region_is_chosen(sandbox, make_project):
    form = connect_form(sandbox, make_project)
    address = find(form, widgets.Text, "Address")
    assert address.layout.display == "none"
    find(form, widgets.Dropdown, "Region").value = OTHER
    assert address.layout.display == ""


def test_once_connected_the_form_is_done(sandbox, make_project):
    form = connect_form(sandbox, make_project)
    find(form, widgets.Text, "Application ID").value = "sandbox"
    type_secret(find(form, SecretField, "Secret key"), sandbox.app_token)
    click(form, "Connect")
    assert all(widget.disabled for widget in inputs(form))


def test_the_public_connect_form_connects_for_real(sandbox, monkeypatch):
    form = vfy.connect_form()
    find(form, widgets.Text, "Application ID").value = sandbox.app_id
    type_secret(find(form, SecretField, "Secret key"), sandbox.app_token)
    find(form, widgets.Dropdown, "Region").value = OTHER
    find(form, widgets.Text, "Address").value = sandbox.url
    find(form, widgets.Checkbox, "keyring").value = True
    click(form, "Connect")
    assert "Nothing was stored: there is no working keyring" in shown(form)
    with form.project as project:
        assert len(project.fetch_customers(progress=False)) == 8


# -- all of them -----------------------------------------------------------------------------


@pytest.fixture
def forms(sandbox, project, customers, make_project):
    return {
        "consents": project.consent_form(customers),
        "consents by search": project.consent_form(),
        "deletion": project.deletion_form(customers),
        "deletion by search": project.deletion_form(),
        "edit": project.edit_form(customers),
        "connect": connect_form(sandbox, make_project),
    }


class Held:
    """A task that waits until it is let go."""

    def __init__(self):
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self, bar):
        bar.show(1, 4, "1 of 4 customers", urgent="")
        self.begun.set()
        assert self.go.wait(SOON_S)
        bar.show(2, 4, "2 of 4 customers", urgent="")


def test_while_a_form_works_all_inputs_are_disabled_and_the_bar_moves(forms):
    for name, form in forms.items():
        before = [w.disabled for w in inputs(form)]
        held = Held()
        form._work_on(held)
        assert held.begun.wait(SOON_S), name
        assert all(w.disabled for w in inputs(form)), name
        bar = next(w for w in all_widgets(form) if isinstance(w, widgets.IntProgress))
        assert (bar.value, bar.max) == (1, 4)
        assert "1 of 4 customers" in shown(form)
        assert form._progress.layout.display == ""
        held.go.set()
        assert form.wait(SOON_S)
        assert [w.disabled for w in inputs(form)] == before
        assert form._progress.layout.display == "none"


def test_nothing_is_free_or_disabled_for_a_moment_only(forms):
    sent = {}
    for form in forms.values():
        for widget in inputs(form):
            states = sent[widget] = [widget.disabled]

            def heard(data, buffers=None, states=states):
                states.extend(s for key, s in data.get("state", {}).items() if key == "disabled")

            widget.comm.send = heard
    deletion = forms["deletion"]
    delete, typed = button(deletion, "Delete 8"), find(deletion, widgets.Text, "to confirm")
    for text in ("D", "8", "88", "8"):
        typed.value = text
    for form in forms.values():
        form._redraw()
    for widget, states in sent.items():
        told = [state for n, state in enumerate(states) if n == 0 or state != states[n - 1]]
        assert told == ([True, False, True, False] if widget is delete else told[:1]), widget


def test_clicks_and_changes_while_a_form_works_do_nothing(sandbox, project, customers):
    form = project.deletion_form(customers)
    typed = find(form, widgets.Text, "to confirm")
    typed.value = "8"
    held = Held()
    form._work_on(held)
    assert held.begun.wait(SOON_S)
    button(form, "Delete 8").click()
    find(form, widgets.RadioButtons, "How").value = True
    held.go.set()
    assert form.wait(SOON_S)
    assert len(left(sandbox)) == 8
    assert form.state.permanent is False
    assert find(form, widgets.RadioButtons, "How").value is False


class WatchedLock:
    """A lock that tells when somebody else wants it."""

    def __init__(self, lock):
        self._lock = lock
        self._owner = threading.get_ident()
        self.is_wanted = threading.Event()

    def __enter__(self):
        if threading.get_ident() != self._owner:
            self.is_wanted.set()
        self._lock.acquire()

    def __exit__(self, *_):
        self._lock.release()


def test_a_change_that_arrives_in_another_thread_while_the_form_draws_is_not_lost(
    project, customers
):
    form = project.consent_form(customers)
    choice = find(form, widgets.Dropdown, "Newsletter")
    form._lock = lock = WatchedLock(form._lock)
    with form._drawing():
        person = threading.Thread(target=setattr, args=(choice, "value", Choice.GIVE), daemon=True)
        person.start()
        assert lock.is_wanted.wait(SOON_S)
    person.join(SOON_S)
    assert form.state.choice("cnst_mail") is Choice.GIVE
    assert "Will give Newsletter" in shown(form)


def test_stop_ends_a_deletion_between_two_customers(sandbox, project, customers):
    form = project.deletion_form(customers)
    stop = button(form, "Stop")
    reached = threading.Event()
    real = project._api.delete_customer

    def delete(customer):
        if customer == "cust_2":
            stop.click()
            reached.set()
        real(customer)

    project._api.delete_customer = delete
    find(form, widgets.Text, "to confirm").value = "8"
    click(form, "Delete 8")
    assert reached.is_set()
    assert left(sandbox) == [f"cust_{i}" for i in range(3, 8)]
    assert "3 deleted, 5 skipped" in shown(form)
    assert "Type 5 to confirm" in find(form, widgets.Text, "to confirm").description


def nasty_everywhere(sandbox):
    sandbox.reset(
        [
            {
                "id": "cust_x",
                "source_id": NASTY,
                "name": NASTY,
                "email": NASTY + "@example.com",
                "metadata": {NASTY: NASTY},
            }
        ],
        consents={
            "groups": [{"id": "g", "name": NASTY, "consents": ["cnst_x"]}],
            "consents": [
                {**CONSENTS["consents"][0], "id": "cnst_x", "name": NASTY, "description": NASTY}
            ],
        },
    )


def test_no_text_of_a_customer_becomes_markup(sandbox, project):
    nasty_everywhere(sandbox)
    customers = project.fetch_customers(progress=False)
    consents = project.consent_form(customers)
    find(consents, widgets.Dropdown, NASTY).value = Choice.GIVE
    click(consents, "Apply")
    search = project.consent_form()
    for text in (NASTY, NASTY + "nobody", "cust_x", "cust_x"):
        find(search, widgets.Text, "Find customer").value = text
        click(search, "Add")
    deletion = project.deletion_form(customers)
    unknown = project.deletion_form([NASTY, NASTY + "nobody"])
    edit = project.edit_form(customers)
    condition(edit, f"metadata.{NASTY}", Test.CONTAINS)
    find(edit, widgets.Text, "Condition 1").value = "img"
    choose_field(edit, f"metadata.{NASTY}")
    visible_values(edit)[0].value = NASTY * 2
    click(edit, "Preview")
    previewed = shown(edit)
    confirm(edit)
    click(edit, "Push 1 change")
    assert sandbox.customer("cust_x")["metadata"] == {NASTY: NASTY * 2}
    find(deletion, widgets.Text, "to confirm").value = "1"
    click(deletion, "Delete 1 customer")
    for form in (consents, search, deletion, unknown, edit):
        assert "<img" not in shown(form)
    assert "<img" not in previewed
    assert "&lt;img" in previewed
    assert "&lt;img" in shown(consents)
    assert "&lt;img" in shown(search)
    assert "&lt;img" in shown(unknown)
    for form in (consents, search, deletion, unknown, edit):
        for widget in all_widgets(form):
            assert not getattr(widget, "description_allow_html", False)


def test_every_input_has_a_label_that_is_not_cut_off(forms):
    for name, form in forms.items():
        for widget in inputs(form):
            assert widget.description, name
            if isinstance(widget, widgets.Button | widgets.Checkbox):
                continue
            if "vfy-labelled" in widget._dom_classes:  # it wraps
                continue
            width = widget.style.description_width
            # The parts of a condition stand beside each other; their labels are for screen readers.
            hidden = width == "0" and widget.description.startswith("Condition")
            fits = hidden or width in ("initial", "3em", "8em")
            assert fits, (name, widget.description, width)


def test_the_order_of_the_tab_key_is_the_order_of_doing(forms):
    def order(form):
        return [w.description for w in inputs(form)]

    assert order(forms["consents"])[:3] == ["Find customer", "Add", "Clear"]
    assert order(forms["consents"])[3:] == [
        "Not this one",
        "Take off",
        "Partners",
        "Newsletter",
        "Text messages",
        "Unsubscribe from everything (overrules the choices above)",
        "Type it to confirm",
        "Apply",
        "Send again to 0 customers",
    ]
    assert order(forms["deletion"])[3:] == [
        "Not this one",
        "Take off",
        "How",
        "Type 8 to confirm",
        "Delete 8 customers",
    ]
    assert order(forms["edit"])[:4] == [
        "Fetch all customers",
        "Condition 1",
        "Condition 1: test",
        "Condition 1: value",
    ]
    assert order(forms["edit"])[-6:] == [
        "Empty it instead (stores null; the key stays)",
        "Preview",
        "Type it to confirm",
        "Push 0 changes",
        "Preview the undo",
        "Go on",
    ]
    assert order(forms["connect"]) == [
        "Region",
        "Application ID",
        "Secret key",
        "Address",
        "Remember in this system's keyring",
        "Connect",
    ]


def test_where_widgets_cannot_be_shown_a_form_is_a_sentence(forms):
    for name, form in forms.items():
        text = form._repr_mimebundle_()["text/plain"]
        assert repr(form) == f"<{type(form).__name__}: {text}>"
        assert re.fullmatch(r"[A-Z][a-z]+ form.*\(run the notebook to use it\)", text), name


def test_colours_are_the_themes_own(forms):
    for form in forms.values():
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|: *(white|black|red|grey)", shown(form))


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_of_a_form_hides_something_of_ipywidgets(view):
    """Their names are as private as ours, so only a test keeps the two apart."""
    theirs = {name for name in dir(widgets.VBox) if not name.startswith("__")}
    ours = {
        name
        for kind in view.__mro__
        if kind.__module__.startswith("vfy_notebook")
        for name, value in vars(kind).items()
        if callable(value) or isinstance(value, property)
    }
    assert ours & theirs == {"_repr_mimebundle_"}


def test_no_attribute_of_a_form_hides_something_of_ipywidgets(forms):
    theirs = set(dir(widgets.VBox())) | set(vars(widgets.VBox()))
    for form in forms.values():
        ours = set(vars(form)) - set(vars(widgets.VBox()))
        assert not ours & theirs


def test_enter_searches_as_add_does(sandbox, project):
    form = project.deletion_form()
    field = find(form, widgets.Text, "Find customer")
    field.value = "s/1, n2@example.com"
    press_enter(field)
    assert form.wait(SOON_S)
    assert list(form.state.picked.customers.index) == ["cust_1", "cust_2"]
    assert field.value == ""


def test_enter_in_a_value_previews_and_in_a_confirmation_does_nothing(sandbox, edit_form):
    choose_field(edit_form, "name")
    (value,) = visible_values(edit_form)
    value.value = "X"
    press_enter(value)
    assert edit_form.wait(SOON_S)
    assert edit_form.state.changes == 8
    confirm(edit_form)
    press_enter(find(edit_form, widgets.Text, "to confirm"))
    assert edit_form.wait(SOON_S)
    assert "X" not in {c["name"] for c in sandbox.customers()}


def test_one_customer_is_taken_off_the_list(sandbox, project, customers):
    form = project.deletion_form(customers)
    find(form, widgets.Text, "to confirm").value = "8"
    named = find(form, widgets.Combobox, "Not this one")
    assert "Name 3 (cust_3)" in named.options
    named.value = "Name 3 (cust_3)"
    click(form, "Take off")
    assert find(form, widgets.Text, "to confirm").value == ""
    assert named.value == ""
    assert "Name 3 (cust_3)" not in named.options
    confirm(form)
    click(form, "Delete 7 customers")
    assert left(sandbox) == ["cust_3"]


def test_nothing_is_written_that_nobody_has_entered(sandbox, edit_form):
    """A number is no 0 and a flag no "no" before somebody has said so."""
    before = [c["metadata"] for c in sandbox.customers()]
    field = find(edit_form, widgets.Dropdown, "Field")
    assert (field.index, field.label) == (0, "choose …")
    for name in dict(field.options):
        if name in ("choose …", "another metadata key …"):
            continue
        choose_field(edit_form, name)
        click(edit_form, "Preview")
        assert edit_form.state.plan is None, name
        assert "to what?" in shown(edit_form), name
    assert [c["metadata"] for c in sandbox.customers()] == before


def test_a_drop_down_shows_what_is_chosen(forms):
    """One whose value is None shows a blank."""
    for name, form in forms.items():
        for widget in all_widgets(form):
            if isinstance(widget, widgets.Dropdown) and widget.options:
                assert widget.index is not None, (name, widget.description)
                assert None not in [value for _, value in labelled_options(widget)], name


def labelled_options(dropdown):
    return [each if isinstance(each, tuple) else (each, each) for each in dropdown.options]


def test_many_customers_are_confirmed_before_an_edit_is_pushed(sandbox, edit_form):
    choose_field(edit_form, "metadata.member")
    (value,) = visible_values(edit_form)
    value.value = False
    click(edit_form, "Preview")
    assert "Preview: 8 changes for 8 customers. Nothing is sent yet." in shown(edit_form)
    push = button(edit_form, "Push 8 changes")
    assert push.disabled
    push.click()  # a front end that does not heed `disabled`
    assert edit_form.wait(SOON_S)
    assert {c["metadata"].get("member") for c in sandbox.customers()} == {None}
    find(edit_form, widgets.Text, "Type 8 to confirm").value = "8"
    click(edit_form, "Push 8 changes")
    assert {c["metadata"].get("member") for c in sandbox.customers()} == {False}
    assert button(edit_form, "Preview the undo").layout.display == ""
    click(edit_form, "Preview the undo")
    confirm(edit_form)
    click(edit_form, "Push 8 changes")
    assert "Undone: 8 updated." in shown(edit_form)
    assert button(edit_form, "Preview the redo").layout.display == ""


def test_one_address_for_many_is_remarked_on(edit_form):
    choose_field(edit_form, "email")
    (value,) = visible_values(edit_form)
    value.value = "one@example.com"
    click(edit_form, "Preview")
    assert "same" in shown(edit_form).casefold()


def test_a_form_is_shown_as_a_sentence_and_as_widgets_apart(forms, monkeypatch):
    displayed = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, **options: displayed.append((data, options))
    )
    for kernel in (None, object()):
        monkeypatch.setattr(
            "IPython.get_ipython", lambda kernel=kernel: types.SimpleNamespace(kernel=kernel)
        )
        for name, form in forms.items():
            displayed.clear()
            form._ipython_display_()
            (sentence, options), *others = displayed
            assert options == {"raw": True}
            assert sentence["text/plain"] in sentence["text/html"], name
            assert len(others) == (kernel is not None)
            for bundle, _ in others:
                assert "application/vnd.jupyter.widget-view+json" in bundle
                assert bundle["text/plain"] == ""


def test_in_the_demo_the_connect_form_offers_the_sandbox(sandbox, monkeypatch):
    monkeypatch.setenv("VOUCHERIFY_API_BASE_URL", sandbox.url)
    monkeypatch.setenv("VOUCHERIFY_APP_ID", sandbox.app_id)
    monkeypatch.setenv("VOUCHERIFY_APP_TOKEN", sandbox.app_token)
    form = vfy.connect_form()
    region = find(form, widgets.Dropdown, "Region")
    assert "sandbox" in region.label
    assert sandbox.url in region.label
    for kind, description in ((widgets.Text, "Application ID"), (SecretField, "Secret key")):
        assert find(form, kind, description).layout.display == "none"
    click(form, "Connect")
    assert "the credentials work" in shown(form)
    with form.project as project:
        assert project.url == sandbox.url


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("", "Europe"),
        ("https://us1.api.voucherify.io", "United States"),
        ("https://dedicated.example.com", "Another address"),
    ],
)
def test_elsewhere_it_offers_what_the_environment_says(monkeypatch, url, label):
    monkeypatch.setenv("VOUCHERIFY_API_BASE_URL", url)
    form = vfy.connect_form()
    assert find(form, widgets.Dropdown, "Region").label == label
    assert "sandbox" not in str(find(form, widgets.Dropdown, "Region").options)
    if label == "Another address":
        assert find(form, widgets.Text, "Address").value == url


@pytest.mark.parametrize("key", ['"{}"', "'{}'", " {}", "{} ", "{}\n", "a {}", "a\u00a0{}", 'a"{}'])
def test_keys_with_what_no_key_has_are_refused_and_nothing_is_sent(sandbox, key, monkeypatch):
    monkeypatch.setenv("VOUCHERIFY_API_BASE_URL", sandbox.url)
    for app_id, token in ((sandbox.app_id, key.format(sandbox.app_token)), (key.format("x"), "t")):
        form = vfy.connect_form()
        find(form, widgets.Dropdown, "Region").value = OTHER
        find(form, widgets.Text, "Address").value = sandbox.url
        find(form, widgets.Text, "Application ID").value = app_id
        type_secret(find(form, SecretField, "Secret key"), token)
        click(form, "Connect")
        assert "has a character that no key has" in shown(form)
    assert sandbox.requests() == []
