"""Answers that are not what the reference promises: nothing is believed, what may have run is said.

Each request is answered by something else than the API, without having run.
"""

from __future__ import annotations

import pytest

from vfy_notebook.errors import ConnectError, NotFoundError, ResponseError, VfyNotebookError

PEOPLE = [
    {"id": f"cust_{i}", "source_id": f"s-{i}", "name": f"N{i}", "metadata": {"tier": "gold"}}
    for i in range(3)
]
CONSENTS = {"consents": [{"id": "cnst_1", "name": "One"}]}

#: Statuses of 2xx with bodies that no request about a customer gets.
MISREAD = {
    "login page": (200, "<!DOCTYPE html><html><body>Log in</body></html>"),
    "empty object": (200, "{}"),
    "list": (200, "[]"),
    "text": (200, '"ok"'),
    "number": (200, "1"),
    "null": (200, "null"),
    "nothing": (200, ""),
    "cut": (200, '{"id": "cust_0", "sour'),
    "accepted": (202, '{"async_action_id": "aa_1"}'),
    "an id of another type": (200, '{"id": 7, "status": "DONE"}'),
    "another customer": (200, '{"id": "cust_9", "source_id": "s-9", "object": "customer"}'),
    "another receipt": (200, '{"id": "del_1", "status": "DONE", "related_object_id": "cust_9"}'),
    "an odd receipt": (200, '{"id": "del_1", "status": "DONE", "data_json": [1]}'),
    "odd metadata": (200, '{"id": "cust_0", "source_id": "s-0", "metadata": ["tier"]}'),
    "odd address": (200, '{"id": "cust_0", "source_id": "s-0", "address": "Kraków"}'),
}


@pytest.fixture
def sandbox(sandbox):
    sandbox.reset(PEOPLE, consents=CONSENTS)
    return sandbox


def answered(sandbox, method, name, path="*", nth=1):
    """Let requests be answered by something else."""
    status, body = MISREAD[name]
    sandbox.script(
        {"method": method, "path": path, "nth": nth, "do": "html", "status": status, "body": body}
    )


ids = pytest.mark.parametrize("name", MISREAD)


@ids
def test_a_deletion_that_was_not_confirmed_is_not_called_one(sandbox, project, name):
    answered(sandbox, "DELETE", name)
    with pytest.raises(ResponseError) as caught:
        project.delete_customer("cust_0")
    assert caught.value.may_have_run
    assert sandbox.customer("cust_0") is not None


@ids
@pytest.mark.parametrize("permanent", [False, True])
def test_a_plan_tells_of_such_a_deletion_as_unknown(sandbox, project, name, permanent):
    answered(sandbox, "POST" if permanent else "DELETE", name)
    plan = project.plan_deletion(["cust_0"], permanent=permanent, progress=False)
    report = plan.delete(confirm=1, progress=False)
    assert list(report.rows["outcome"]) == ["unknown"]
    assert len(report.receipts) == 0
    assert len(report.plan_rest()) == 1


@ids
def test_a_permanent_deletion_without_a_receipt_is_not_called_one(sandbox, project, name):
    answered(sandbox, "POST", name)
    with pytest.raises(ResponseError) as caught:
        project.delete_customer_permanently("cust_0")
    assert caught.value.may_have_run


@pytest.mark.parametrize("permanent", [False, True])
def test_a_deletion_that_has_run_is_found_to_have_run(sandbox, project, permanent):
    method = "POST" if permanent else "DELETE"
    plan = project.plan_deletion(["cust_0"], permanent=permanent, progress=False)
    sandbox.script({"method": method, "do": "run", "remove": ["cust_0"]})
    answered(sandbox, method, "login page")
    report = plan.delete(confirm=1, progress=False)
    assert list(report.rows["outcome"]) == ["deleted"]
    assert sandbox.customer("cust_0") is None


@ids
def test_consents_whose_answer_nobody_can_read_are_unknown(sandbox, project, name):
    answered(sandbox, "PUT", name)
    with pytest.raises(ResponseError) as caught:
        project.update_consents("cust_0", {"cnst_1": True})
    assert caught.value.may_have_run
    assert len(project.last_sent_consents(project.fetch_customers(progress=False))) == 0


@ids
def test_an_update_that_was_not_confirmed_is_not_called_one(sandbox, project, name):
    answered(sandbox, "PUT", name)
    with pytest.raises(ResponseError) as caught:
        project.update_customer("cust_0", name="New")
    assert caught.value.may_have_run


@ids
@pytest.mark.parametrize("ran", [True, False])
def test_a_creation_is_looked_up_by_the_name_it_was_given(sandbox, project, name, ran):
    if ran:
        sandbox.script(
            {"method": "POST", "do": "run", "insert": [{"source_id": "new", "name": "Ada"}]}
        )
    answered(sandbox, "POST", name)
    if not ran:
        with pytest.raises(ResponseError) as caught:
            project.create_customer(source_id="new", name="Ada")
        assert caught.value.may_have_run
        return
    made = project.create_customer(source_id="new", name="Ada")
    assert made.created
    assert made.id == sandbox.customer("new")["id"]


def test_an_update_that_has_run_is_found_to_have_run(sandbox, project):
    sandbox.script({"method": "PUT", "do": "cut"})
    assert project.update_customer("s-0", name="New", metadata={"n": 1})["name"] == "New"
    assert sandbox.customer("s-0")["metadata"] == {"tier": "gold", "n": 1}


@pytest.mark.parametrize("name", MISREAD)
@pytest.mark.parametrize("put_metadata", ["merge", "replace"])
def test_no_metadata_is_written_over_a_customer_that_was_misread(
    sandbox, project, name, put_metadata
):
    sandbox.set(put_metadata=put_metadata)
    answered(sandbox, "GET", name, nth="every")
    with pytest.raises(ResponseError):
        project.update_customer("cust_0", metadata={"n": 1})
    assert sandbox.customer("cust_0")["metadata"] == {"tier": "gold"}


@ids
def test_a_misread_customer_is_asked_for_again(sandbox, project, name):
    answered(sandbox, "GET", name, nth=[1, 2])
    assert project.get_customer("s-0")["name"] == "N0"


@pytest.mark.parametrize("status", [429, 425])
def test_a_typo_is_not_deleted_because_of_a_refusal_before(sandbox, project, status):
    sandbox.script({"method": "DELETE", "do": "status", "status": status})
    with pytest.raises(NotFoundError):
        project.delete_customer("cust_typo")


@pytest.mark.parametrize("status", [429, 425])
def test_a_permanent_deletion_of_a_typo_is_none_either(sandbox, project, status):
    sandbox.script({"method": "POST", "do": "status", "status": status})
    plan = project.plan_deletion(project.fetch_customers(progress=False).head(1), permanent=True)
    sandbox.remove(["cust_0"])
    assert list(plan.delete(confirm=1, progress=False).rows["outcome"]) == ["gone"]


@pytest.mark.parametrize("status", [400, 401, 403, 429])
def test_what_an_earlier_attempt_may_have_done_is_told_by_the_last_answer(sandbox, project, status):
    sandbox.script(
        {"method": "PUT", "do": "lose"},
        {"method": "PUT", "nth": "every", "do": "status", "status": status},
    )
    with pytest.raises(VfyNotebookError) as caught:
        project.update_consents("cust_0", {"cnst_1": True})
    assert caught.value.may_have_run


@pytest.mark.parametrize("status", [301, 302, 303, 307])
def test_a_redirect_may_stand_for_a_request_that_has_run(sandbox, project, status):
    sandbox.script(
        {"method": "PUT", "do": "redirect", "status": status, "location": f"{sandbox.url}/done"}
    )
    with pytest.raises(ResponseError) as caught:
        project.update_customer("cust_0", name="New")
    assert caught.value.may_have_run


def test_what_was_never_sent_has_not_run(sandbox, project):
    project.close()
    with pytest.raises(ConnectError) as caught:
        project.update_customer("cust_0", name="New")
    assert not caught.value.may_have_run
