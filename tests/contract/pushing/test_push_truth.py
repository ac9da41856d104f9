"""A report says what the server shows, also where jobs, lists and results are not as promised."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.contract.push_support import fetched, fill, on_server, outcomes, push, writes
from vfy_notebook.errors import JournalError, PlanError, PushInterrupted
from vfy_notebook.journal.file import JournalFile

ACTIONS = "/v1/async-actions*"


@pytest.fixture
def planned(project, sandbox):
    """Makes a plan that turns some customers gold."""

    def make(count=20, **options):
        fill(sandbox, count)
        _, after = fetched(project)
        after["metadata.tier"] = "gold"
        plan = project.plan_push(after, **options)
        sandbox.forget_requests()
        return plan

    return make


def answered(sandbox, body, *, nth=1, status=200, path="/v1/async-actions/*"):
    sandbox.script(
        {"method": "GET", "path": path, "nth": nth, "do": "status", "status": status, "body": body}
    )


# -- ends that are none ------------------------------------------------------------------------


@pytest.mark.parametrize("count", [20, 350])
@pytest.mark.parametrize("nth", [1, [1, 2], [1, 2, 3, 4]])
def test_a_job_that_is_not_known_yet_has_not_failed(planned, sandbox, count, nth):
    plan = planned(count)
    sandbox.script({"method": "GET", "path": ACTIONS, "nth": nth, "do": "status", "status": 404})
    report = push(plan)
    assert report.counts == {"updated": count}
    assert set(on_server(sandbox).values()) == {"gold"}


def test_a_job_that_is_never_known_leaves_its_rows_unknown_and_in_the_undo(planned, sandbox):
    plan = planned()
    sandbox.script(
        {"method": "GET", "path": ACTIONS, "nth": "every", "do": "status", "status": 404}
    )
    report = push(plan)
    assert report.counts == {"unknown": 20}
    # Should it run after all, the undo has it taken back.
    assert set(report.plan_undo().edits["after"]) == {"bronze"}


@pytest.mark.parametrize("status", ["QUEUED", "ENQUEUED", "IN_PROGRESS", "done", "", None, 7])
def test_only_a_status_that_says_so_is_an_end(planned, sandbox, status):
    plan = planned()
    sandbox.set(job_polls=6)
    answered(sandbox, {"id": "?", "status": status, "result": None}, nth=[1, 2])
    report = push(plan)
    assert report.counts == {"updated": 20}


def test_a_job_that_a_list_calls_done_and_that_runs_is_not_done(planned, sandbox):
    plan = planned(350)
    api = plan._pusher.api
    listed = api.list_async_actions
    sandbox.set(job_polls=3)

    def all_done(**options):
        page = listed(**options)
        return type(page)(tuple(_with(a, status="DONE") for a in page.actions), page.has_more)

    api.list_async_actions = all_done
    report = push(plan)
    shown = on_server(sandbox)
    for who, outcome in outcomes(report).items():
        assert outcome in ("updated", "unknown")
        assert outcome == "unknown" or shown[who] == "gold"


def _with(value, **changes):
    return replace(value, **changes)


# -- odd results -------------------------------------------------------------------------------


ODD = {
    "errors as text": {"done_count": 20, "failed_count": 0, "errors": "none"},
    "errors as an object": {"done_count": 20, "failed_count": 0, "errors": {"a": 1}},
    "numeric source_id": {"done_count": 20, "failed_count": 0, "errors": [{"source_id": 5}]},
    "counts as text": {"done_count": "20", "failed_count": "0"},
    "counts that are none": {"done_count": "many", "failed_count": [1]},
    "negative counts": {"done_count": -1, "failed_count": -5},
    "result as text": "all fine",
    "result as a list": [1, 2],
    "reports as text": {"done_count": 20, "failed_count": 0, "reports": "no report"},
    "a report that is no address": {"done_count": 20, "failed_count": 0, "reports": ["@x.pl/a"]},
    "odd everything": {"done_count": {}, "failed_count": None, "errors": [1, None, "x"]},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_result_blocks_no_batch(planned, sandbox, name):
    plan = planned()
    api = plan._pusher.api
    get = api.transport.ask

    def odd(request, understand, **sent):
        if request.operation != "get_async_action":
            return get(request, understand, **sent)

        def with_odd_result(response):
            body = json.loads(response.body)
            if body["status"] == "DONE":
                body["result"] = ODD[name]
            return understand(_with(response, body=json.dumps(body).encode()))

        return get(request, with_odd_result)

    api.transport.ask = odd
    report = push(plan)
    assert report.counts == {"updated": 20}
    assert report.is_finished


def test_a_numeric_id_of_an_action_is_an_id(planned, sandbox):
    plan = planned()
    sandbox.set(job_polls=0)
    api = plan._pusher.api
    ask = api.transport.ask

    def numeric(request, understand, **sent):
        if request.operation == "bulk_update_metadata":
            ask(request, understand, **sent)
            return understand(_Answer(b'{"async_action_id": 12}'))
        return ask(request, understand, **sent)

    api.transport.ask = numeric
    report = push(plan)
    assert set(report.rows["async_action_id"]) == {"12"}
    assert report.counts == {"updated": 20}  # the job is not known, but what it did is read


class _Answer:
    status = 202

    def __init__(self, body):
        self.body = body


# -- waits -------------------------------------------------------------------------------------


def test_a_progress_that_goes_to_and_fro_is_none(planned, sandbox, clock):
    plan = planned()
    sandbox.set(job_polls="never")
    api = plan._pusher.api
    get = api.get_async_action
    seen = iter(range(10**9))
    api.get_async_action = lambda i: _with(get(i), progress=10.0 + next(seen) % 2)
    began = clock.monotonic()
    assert push(plan, timeout_s=600).counts == {"unknown": 20}
    assert clock.monotonic() - began < 800


def test_a_progress_that_never_ends_has_an_end(planned, sandbox, clock):
    plan = planned()
    sandbox.set(job_polls="never")
    api = plan._pusher.api
    get = api.get_async_action
    seen = iter(range(10**9))
    api.get_async_action = lambda i: _with(get(i), progress=next(seen) * 1e-6)
    began = clock.monotonic()
    assert push(plan).counts == {"unknown": 20}
    assert clock.monotonic() - began < 7 * 3600


# -- what the server shows late, or otherwise --------------------------------------------------


def hide_changes(api, *, hidden):
    """Let the API show customers as they were, for as long as `hidden()` says."""
    ask = api.transport.ask

    def ask_hiding(request, understand, **sent):
        def stale(response):
            body = response.body
            if hidden() and request.method == "GET" and b"customers" in request.path.encode():
                body = body.replace(b'"gold"', b'"bronze"')
            return understand(_with(response, body=body))

        return ask(request, stale)

    def send_hiding(request):
        return ask_hiding(request, lambda response: response)

    api.transport.ask, api.transport.send = ask_hiding, send_hiding


def test_what_is_shown_late_is_looked_at_again_and_can_be_undone(project, planned, sandbox):
    plan = planned()
    late = [True]
    hide_changes(plan._pusher.api, hidden=lambda: late[0])
    sandbox.set(reports=False)
    report = push(plan, timeout_s=60)
    assert report.counts == {"unknown": 20}
    assert report.is_finished
    assert project.pushes()["resumable"].tolist() == [True]
    late[0] = False
    resumed = project.resume_push(report.push_id, progress=False)
    assert resumed.counts == {"updated": 20}
    assert project.pushes()["resumable"].tolist() == [False]
    assert resumed.plan_undo().push(progress=False).counts == {"updated": 20}
    assert set(on_server(sandbox).values()) == {"bronze"}


def test_what_is_unknown_is_undone_where_it_took_effect(planned, sandbox):
    plan = planned()
    late = [True]
    hide_changes(plan._pusher.api, hidden=lambda: late[0])
    report = push(plan)
    assert report.counts == {"unknown": 20}
    late[0] = False
    assert report.plan_undo().push(progress=False).counts == {"updated": 20}
    assert set(on_server(sandbox).values()) == {"bronze"}


@pytest.mark.parametrize("route", ["bulk", "put"])
def test_what_the_server_tidies_up_is_updated_and_undone_without_a_conflict(
    project, sandbox, route
):
    fill(sandbox, 4, without_source_id=() if route == "bulk" else range(4))
    _, after = fetched(project)
    after["email"] = [f"Ann.{i}@Example.COM" for i in range(4)]
    plan = project.plan_push(after)
    api, ask = plan._pusher.api, plan._pusher.api.transport.ask

    def lower_cased(request, understand, **sent):
        answer = ask(request, lambda response: response)
        touched = {c["id"]: c.get("email") for c in sandbox.customers()}
        sandbox_change = {
            (f"s{i}" if route == "bulk" else f"cust_{i:05d}"): {"email": email.lower()}
            for i, email in enumerate(touched.values())
            if email and email != email.lower()
        }
        if sandbox_change:
            for who, fields in sandbox_change.items():
                sandbox.touch(who, **fields)
        body = answer.body.replace(b"Example.COM", b"example.com").replace(b"Ann.", b"ann.")
        return understand(_with(answer, body=body))

    api.transport.ask = lower_cased
    api.transport.send = lambda request: lower_cased(request, lambda response: response)
    report = push(plan)
    assert report.counts == {"updated": 4}
    assert report.rows["reason"].str.contains("ann.").all()
    undo = report.plan_undo()
    assert not undo.problems["blocks"].any()
    assert push(undo).counts == {"updated": 4}
    assert {c.get("email") for c in sandbox.customers()} == {None}


# -- customers updated one by one --------------------------------------------------------------


def test_an_update_whose_answer_nobody_can_read_is_read_back(project, sandbox):
    fill(sandbox, 5, without_source_id=range(5))
    _, after = fetched(project)
    plan = project.plan_push(after.assign(name="New"))
    sandbox.script({"method": "PUT", "nth": [2], "do": "html", "status": 200})
    sandbox.script({"method": "PUT", "nth": [3], "do": "cut"})
    report = push(plan)
    assert report.counts == {"updated": 4, "unknown": 1}
    assert sum(c["name"] == "New" for c in sandbox.customers()) == 4
    again = project.resume_push(report.push_id, progress=False)
    assert again.counts == {"updated": 4, "unknown": 1}
    (row,) = report.rows.index[report.rows["outcome"] == "unknown"]
    sandbox.touch(report.rows.loc[row, "customer_id"], name="New")  # it arrived after all
    assert project.resume_push(report.push_id, progress=False).counts == {"updated": 5}


@pytest.mark.parametrize("status", [401, 500])
def test_updates_that_any_would_fail_cut_the_push_off_and_are_not_read_back(
    project, sandbox, status
):
    fill(sandbox, 3, without_source_id=range(3))
    _, after = fetched(project)
    plan = project.plan_push(after.assign(name="New"))
    sandbox.forget_requests()
    nth = list(range(1, 40))
    sandbox.script({"method": "PUT", "path": "*", "do": "status", "status": status, "nth": nth})
    with pytest.raises(PushInterrupted) as cut_off:
        push(plan)
    paths = [each["path"] for each in sandbox.requests() if each["method"] == "GET"]
    assert set(paths) <= {"/v1/customers"}
    assert "updated" not in cut_off.value.report.counts


# -- the journal -------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["begin", "sending"])
def test_a_full_disk_before_anything_was_sent_does_not_use_up_the_plan(
    project, planned, sandbox, monkeypatch, step
):
    plan = planned()

    def full(name, when):
        if (name, when) == (step, "before"):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(JournalFile, "on_step", staticmethod(full))
    with pytest.raises(JournalError):
        push(plan)
    assert writes(sandbox) == {}
    monkeypatch.undo()
    assert len(project.pushes()) == 0
    assert push(plan).counts == {"updated": 20}


@pytest.mark.parametrize("error", [ValueError("odd"), OSError(28, "full"), KeyError("x")])
def test_what_nobody_foresaw_keeps_the_pushs_name(project, planned, monkeypatch, error):
    plan = planned()
    api = plan._pusher.api

    def fail(*_arguments, **_options):
        raise error

    monkeypatch.setattr(api, "list_async_actions", fail)
    monkeypatch.setattr(api, "get_async_action", fail)
    with pytest.raises(PushInterrupted) as caught:
        push(plan)
    monkeypatch.undo()
    assert caught.value.push_id in str(caught.value)
    assert project.resume_push(caught.value.push_id, progress=False).counts == {"updated": 20}


# -- found again -------------------------------------------------------------------------------


def test_pushes_are_listed_and_got_again(project, planned, sandbox, make_project):
    report = push(planned())
    undone = push(report.plan_undo())
    other = make_project()
    pushes = other.pushes()
    assert pushes["push_id"].tolist() == [report.push_id, undone.push_id]
    assert pushes["kind"].tolist() == ["push", "undo"]
    assert pushes["customers"].tolist() == [20, 20]
    assert pushes["outcomes"].tolist() == [{"updated": 20}] * 2
    assert pushes["undoable"].tolist() == [True, True]
    sandbox.forget_requests()
    again = other.get_push(report.push_id)
    assert again.rows.equals(report.rows)
    assert sandbox.requests() == []


def test_each_report_says_what_it_is_and_how_it_is_found(planned):
    report = push(planned())
    for look in (repr(report), report._repr_html_()):
        assert report.push_id in look
        assert "Push" in look
    undone = push(report.plan_undo())
    for look in (repr(undone), undone._repr_html_()):
        assert undone.push_id in look
        assert "Undo" in look


def test_of_two_pushes_that_were_cut_off_one_has_to_be_named(project, sandbox):
    fill(sandbox, 4, without_source_id=range(4))
    _, after = fetched(project)
    nth = list(range(1, 5))
    sandbox.script({"method": "PUT", "path": "*", "do": "status", "status": 401, "nth": nth})
    cut_off = []
    for rows in (after.iloc[:2], after.iloc[2:]):
        with pytest.raises(PushInterrupted) as caught:
            push(project.plan_push(rows.assign(name="New")))
        cut_off.append(caught.value.push_id)
    with pytest.raises(PlanError, match=f"{cut_off[0]}.*{cut_off[1]}"):
        project.resume_push()


def test_where_there_is_nothing_to_resume_the_last_push_is_named(project, planned):
    report = push(planned())
    with pytest.raises(PlanError, match=f"nothing to resume.*{report.push_id}"):
        project.resume_push()


@pytest.mark.parametrize("spelling", [str.upper, lambda url: url + "/", lambda url: url + "//"])
def test_another_spelling_of_the_address_is_the_same_project(
    planned, sandbox, make_project, spelling
):
    report = push(planned())
    scheme, rest = sandbox.url.split("://")
    again = make_project(url=f"{scheme}://{spelling(rest)}")
    assert again.pushes()["push_id"].tolist() == [report.push_id]


def test_another_keys_pushes_are_named_and_can_be_adopted(planned, sandbox, make_project):
    report = push(planned())
    rotated = make_project()
    rotated._transport.credentials = _with(rotated._transport.credentials, app_id="rotated")
    assert len(rotated.pushes()) == 0
    with pytest.raises(PlanError, match="adopt_pushes") as caught:
        rotated.get_push(report.push_id)
    site = f"{sandbox.url} {sandbox.app_id}"
    assert site in str(caught.value)
    assert rotated.adopt_pushes(site) == 1
    assert rotated.get_push(report.push_id).counts == {"updated": 20}
