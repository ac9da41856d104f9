"""The consent form without widgets: what it knows and does."""

from __future__ import annotations

import threading

import pandas as pd

from tests.processes import ENDS_S
from vfy_notebook.forms.customers.consents import Choice, ConsentState
from vfy_notebook.forms.state import Tone
from vfy_notebook.progress import ProgressDisplay


class _Stops(ProgressDisplay):
    def show(self, done, *_, **__):
        if done == 2:
            raise KeyboardInterrupt


def chosen(project, customers, **choices):
    state = ConsentState(project, customers)
    for consent_id, choice in choices.items():
        state.choose(consent_id, choice)
    return state


def test_nothing_is_chosen_in_the_beginning(project, customers):
    state = ConsentState(project, customers)
    assert [c.label for c in state.consents] == ["Partners", "Newsletter", "Text messages"]
    assert {state.choice(c.id) for c in state.consents} == {Choice.LEAVE}
    assert state.sentence == "Nothing is chosen: nothing will be sent."
    assert not state.can_apply
    assert state.order() is None
    assert state.message is None


def test_the_sentence_says_what_is_sent_to_how_many_and_what_it_costs(project, customers):
    state = chosen(
        project,
        customers,
        cnst_mail=Choice.GIVE,
        cnst_sms=Choice.WITHDRAW,
        cnst_alone=Choice.GIVE,
    )
    assert state.sentence == (
        "Will give Partners and Newsletter and withdraw Text messages for 8 customers. "
        "That takes 9 API calls."
    )
    calls = project.calls.total
    state.apply(state.order(), False)
    assert project.calls.total - calls == 9


def test_without_customers_there_is_nothing_to_apply(project):
    state = chosen(project, None, cnst_mail=Choice.GIVE)
    assert state.sentence == "No customers yet: search for them above."
    assert state.order() is None
    state.search("cust_1", False)
    assert "for 1 customer." in state.sentence
    assert state.order() is not None
    state.clear()
    assert state.order() is None


def test_what_is_chosen_is_sent_and_what_is_left_is_left(sandbox, project, customers):
    state = chosen(project, customers.head(2), cnst_mail=Choice.GIVE, cnst_sms=Choice.WITHDRAW)
    state.choose("cnst_alone", Choice.GIVE)
    state.choose("cnst_alone", Choice.LEAVE)
    state.apply(state.order(), False)
    assert sandbox.sent_consents("cust_0") == {"cnst_mail": True, "cnst_sms": False}
    assert sandbox.sent_consents("cust_2") == {}
    assert [(r.who, r.outcome) for r in state.results] == [("Name 0", "sent"), ("Name 1", "sent")]
    assert state.message.text == "Consents: 2 sent."
    assert state.message.tone is Tone.GOOD


def test_unsubscribing_overrules_the_rest_and_says_so(sandbox, project, customers):
    state = chosen(project, customers.head(1), cnst_mail=Choice.GIVE)
    state.unsubscribe = True
    assert state.sentence == (
        "Will unsubscribe 1 customer from everything; the choices above are not sent. "
        "That takes 2 API calls."
    )
    assert state.order() is None
    assert not state.can_apply
    state.confirmation.typed = "1"
    state.apply(state.order(), False)
    assert state.confirmation.typed == ""
    assert sandbox.sent_consents("cust_0")["cnst_mail"] is False
    assert sandbox.sent_consents("cust_0")["unsubscribed"] is True


def test_what_was_typed_to_unsubscribe_some_is_not_for_others(project, customers):
    state = chosen(project, customers.head(3))
    state.unsubscribe = True
    state.confirmation.typed = "3"
    assert state.can_apply
    state.take_off("Name 2")
    assert state.required == "2"
    assert not state.can_apply
    state.confirmation.typed = "2"
    state.unsubscribe = False
    state.unsubscribe = True
    assert not state.can_apply


def test_after_applying_a_second_click_asks_for_nothing(project, customers):
    state = chosen(project, customers, cnst_mail=Choice.GIVE)
    state.apply(state.order(), False)
    assert state.order() is None
    assert not state.unsubscribe


def test_an_order_is_what_was_on_the_screen_when_it_was_clicked(sandbox, project, customers):
    state = chosen(project, customers.head(1), cnst_mail=Choice.GIVE)
    order = state.order()
    state.choose("cnst_mail", Choice.WITHDRAW)
    state.clear()
    state.apply(order, False)
    assert sandbox.sent_consents("cust_0") == {"cnst_mail": True}


def test_failures_come_first_and_can_be_sent_again(sandbox, project, customers):
    state = chosen(project, customers.head(3), cnst_mail=Choice.GIVE)
    assert state.order_again() is None
    record = sandbox.customer("cust_1")
    sandbox.remove(["cust_1"])
    state.apply(state.order(), False)
    assert [r.outcome for r in state.results] == ["failed", "sent", "sent"]
    assert state.results[0].who == "Name 1"
    assert "no customer 'cust_1'" in state.results[0].reason
    assert state.message.tone is Tone.WARNING
    sandbox.insert([record])
    sandbox.forget_requests()
    state.apply(state.order_again(), False)
    assert [r["path"] for r in sandbox.requests() if r["method"] == "PUT"] == [
        "/v1/customers/cust_1/consents"
    ]
    assert state.order_again() is None


def test_a_stopped_run_shows_what_was_sent_and_offers_the_rest(sandbox, project, customers):
    state = chosen(project, customers, cnst_mail=Choice.GIVE)
    state.apply(state.order(), _Stops())
    assert state.message.text == "Consents: 2 sent, 6 skipped."
    state.apply(state.order_again(), False)
    assert all(sandbox.sent_consents(f"cust_{i}") == {"cnst_mail": True} for i in range(8))


def test_a_project_without_consents_is_told_plainly(sandbox, project, customers):
    sandbox.set(consents=False)
    state = ConsentState(project, customers)
    assert "This Voucherify project has no consents" in state.message.text
    assert state.message.tone is Tone.BAD
    assert not state.can_apply


def test_a_project_with_none_defined_says_so(sandbox, project):
    sandbox.reset([], consents={})
    state = ConsentState(project, [])
    assert "no consents yet" in state.message.text


def test_what_names_no_customers_is_a_sentence(project):
    state = ConsentState(project, 7)
    assert "give a DataFrame" in state.message.text


def test_an_unforeseen_error_is_a_sentence_too(project, customers, monkeypatch):
    state = chosen(project, customers, cnst_mail=Choice.GIVE)
    order = state.order()

    def broken(*_, **__):
        raise RuntimeError("whoops")

    monkeypatch.setattr(project, "push_consents", broken)
    state.apply(order, False)
    assert "RuntimeError: whoops" in state.message.text
    assert state.message.tone is Tone.BAD
    assert state.order() is not None  # nothing was sent: the choices are still there


# -- what was sent before --------------------------------------------------------------------


def test_nothing_is_claimed_of_what_customers_have(project, customers):
    assert ConsentState(project, customers).last_sent == {}


def test_what_was_last_sent_from_here_is_shown_for_one_and_for_many(project, customers):
    begun = pd.Timestamp.now("UTC").normalize()
    project.update_consents("cust_0", {"cnst_mail": True})
    project.update_consents("s/1", {"cnst_mail": False, "cnst_sms": True})
    project.update_consents("cust_2", {"cnst_mail": True})
    days = f"{begun:%Y-%m-%d}", f"{pd.Timestamp.now('UTC'):%Y-%m-%d}"  # midnight may come
    one = ConsentState(project, customers.head(1)).last_sent
    assert list(one) == ["cnst_mail"]
    assert one["cnst_mail"] in [f"given {day}" for day in days]
    many = ConsentState(project, customers).last_sent
    assert list(many) == ["cnst_mail", "cnst_sms"]
    assert many["cnst_mail"] in [f"given to 2, withdrawn from 1, latest {day}" for day in days]
    assert many["cnst_sms"] in [f"given {day}" for day in days]


def test_it_follows_searches_and_what_the_form_itself_sends(project):
    state = ConsentState(project)
    state.search("cust_0", False)
    assert state.last_sent == {}
    state.choose("cnst_sms", Choice.WITHDRAW)
    state.apply(state.order(), False)
    assert state.last_sent["cnst_sms"].startswith("withdrawn ")
    state.clear()
    assert state.last_sent == {}


def test_the_state_can_be_used_from_another_thread(project, customers):
    """SQLite refuses connections of other threads; a form works in one of its own."""
    state = chosen(project, customers.head(1), cnst_mail=Choice.GIVE)
    thread = threading.Thread(target=state.apply, args=(state.order(), False), daemon=True)
    thread.start()
    thread.join(ENDS_S)
    assert state.message.text == "Consents: 1 sent."
    assert "cnst_mail" in state.last_sent
