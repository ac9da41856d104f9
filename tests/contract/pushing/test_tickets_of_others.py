"""The answer to a bulk request names another request's job: a proxy has repeated an old answer."""

from __future__ import annotations

import json
import warnings

import pandas as pd
import pytest

from tests.contract.push_support import fetched, fill, on_server, push, writes
from vfy_notebook.errors import ImportInterrupted, OverwriteWarning, PushInterrupted

METADATA = "/v1/customers/metadata/async"


@pytest.fixture
def planned(project, sandbox):
    """Makes a plan that turns some customers gold."""

    def make(count=20):
        fill(sandbox, count)
        _, after = fetched(project)
        after["metadata.tier"] = "gold"
        plan = project.plan_push(after)
        sandbox.forget_requests()
        return plan

    return make


def repeated(api, ticket, *, runs, times=1):
    """The next requests are answered with an old ticket; whether they are taken all the same."""
    send, left = api.bulk_update_metadata, [times]

    def answered(body):
        if not left[0]:
            return send(body)
        left[0] -= 1
        if runs:
            send(body)
        return ticket()

    api.bulk_update_metadata = answered


def gold(sandbox):
    return set(on_server(sandbox).values()) == {"gold"}


@pytest.mark.parametrize("runs", [True, False])
def test_a_ticket_of_an_earlier_push_is_not_taken_for_ours(project, planned, sandbox, runs):
    plan = planned()
    _, other = fetched(project)
    earlier = push(project.plan_push(other.assign(**{"metadata.score": 7})))
    old = earlier.rows["async_action_id"].iloc[0]
    sandbox.forget_requests()
    repeated(plan._pusher.api, lambda: old, runs=runs)
    report = push(plan)
    assert report.counts == {"updated": 20}
    assert gold(sandbox)
    assert old not in set(report.rows["async_action_id"])
    assert writes(sandbox) == {"metadata": 1}
    assert push(report.plan_undo()).counts == {"updated": 20}


@pytest.mark.parametrize("runs", [True, False])
def test_a_ticket_of_another_request_of_the_push_is_not_taken_for_its_own(planned, sandbox, runs):
    plan = planned(250)
    api = plan._pusher.api
    tickets = []
    send = api.bulk_update_metadata

    def second_is_first(body):
        if len(tickets) == 1:
            tickets.append(send(body) if runs else None)
            return tickets[0]
        tickets.append(send(body))
        return tickets[-1]

    api.bulk_update_metadata = second_is_first
    report = push(plan)
    assert report.counts == {"updated": 250}
    assert report.is_finished
    assert gold(sandbox)
    assert report.rows["async_action_id"].nunique() == 3
    assert writes(sandbox) == {"metadata": 3}


def test_one_that_is_repeated_for_ever_cuts_the_push_off_and_it_can_go_on(
    project, planned, sandbox
):
    plan = planned()
    _, other = fetched(project)
    old = push(project.plan_push(other.assign(**{"metadata.score": 7})))
    repeated(plan._pusher.api, lambda: old.rows["async_action_id"].iloc[0], runs=False, times=10**9)
    with pytest.raises(PushInterrupted, match="proxy") as caught:
        push(plan)
    assert caught.value.report.counts == {"unknown": 20}
    del plan._pusher.api.bulk_update_metadata
    assert project.resume_push(caught.value.push_id, progress=False).counts == {"updated": 20}
    assert gold(sandbox)


@pytest.mark.parametrize("kind", ["older", "another kind", "older and failed"])
def test_a_strangers_ticket_proves_nothing(project, planned, sandbox, make_project, kind):
    """The journal does not know it: it is another computer's, of as many customers."""
    plan = planned(3)
    stranger = make_project(journal="stranger.sqlite")
    ids = ["s0", "s1", "s2"]
    if kind == "another kind":
        theirs = [{"source_id": each, "description": "theirs"} for each in ids]
        old = stranger._api.bulk_update(json.dumps(theirs).encode())
    else:
        if kind == "older and failed":
            sandbox.set(job_death="before")
        body = b'{"source_ids":["s0","s1","s2"],"metadata":{"other":1}}'
        old = stranger._api.bulk_update_metadata(body)
        stranger._api.get_async_action(old)
        sandbox.set(job_death="no")
        sandbox.advance(600)
    project.fetch_metadata_schema()  # the server's clock is known
    repeated(plan._pusher.api, lambda: old, runs=False)
    report = push(plan)
    assert report.counts == {"updated": 3}
    assert gold(sandbox)


@pytest.mark.parametrize("times", [1, 10**9])
def test_an_import_does_not_take_up_an_earlier_one(project, sandbox, times):
    fill(sandbox, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OverwriteWarning)
        first = pd.DataFrame({"source_id": ["s0", "s1"], "name": ["One", "Two"]})
        old = project.import_csv(first, allow_partial=True, progress=False)
        ticket = old["async_action_id"].iloc[0]
        sandbox.script({
            "method": "POST", "path": "/v1/customers/importCSV", "do": "status", "status": 202,
            "body": {"async_action_id": ticket}, "nth": list(range(1, min(times, 50) + 1)),
        })  # fmt: skip
        second = first.assign(name=["Three", "Four"])
        if times == 1:
            told = project.import_csv(second, allow_partial=True, progress=False)
            assert told["outcome"].to_list() == ["imported"] * 2
            assert told["async_action_id"].iloc[0] != ticket
            assert sandbox.customer("s1")["name"] == "Four"
            return
        with pytest.raises(Exception, match="proxy") as caught:
            project.import_csv(second, allow_partial=True, progress=False)
    assert caught.value.may_have_run
    assert not isinstance(caught.value, ImportInterrupted)
    assert project.pushes()["outcomes"].iloc[-1] != {"imported": 2}
