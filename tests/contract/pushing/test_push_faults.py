"""Whatever goes wrong on the way: the right end state, and a report that says the truth."""

from __future__ import annotations

import json

import pytest

from tests.contract.push_support import fetched, fill, on_server, outcomes, push, reads, writes
from vfy_notebook.errors import PlanError, PushInterrupted, QuotaError

BULK = "/v1/customers/*/async"


@pytest.fixture
def planned(project, sandbox):
    """Makes a plan that turns some customers gold: `planned(250)`."""

    def make(count, *, with_names=False, **options):
        fill(sandbox, count)
        _, after = fetched(project)
        after["metadata.tier"] = "gold"
        if with_names:
            after["name"] = [f"New {i}" for i in range(count)]
        plan = project.plan_push(after, **options)
        sandbox.forget_requests()
        return plan

    return make


def is_true(report, sandbox):
    """Whether each row says what the server shows."""
    tiers = on_server(sandbox)
    return all(
        tiers[who] == ("gold" if outcome in ("updated", "created") else "bronze")
        for who, outcome in outcomes(report).items()
    )


def is_true_of(report, sandbox, outcome):
    tiers = on_server(sandbox)
    rows = report.rows[report.rows["outcome"] == outcome]
    return {tiers[who] for who in rows["customer_id"]} == {"gold"}


# -- answers that get lost ---------------------------------------------------------------------


@pytest.mark.parametrize("do", ["lose", "cut"])
@pytest.mark.parametrize("nth", [[1], [2], [3], [1, 2, 3]])
def test_a_job_whose_answer_was_lost_is_found_and_not_sent_again(planned, sandbox, do, nth):
    plan = planned(250)
    sandbox.script({"method": "POST", "path": BULK, "do": do, "nth": nth})
    report = push(plan)
    assert report.counts == {"updated": 250}
    assert is_true(report, sandbox)
    assert writes(sandbox) == {"metadata": 3}
    assert report.rows["async_action_id"].nunique() == 3


def test_a_lost_job_that_lists_show_late_is_waited_for(planned, sandbox):
    plan = planned(150)
    sandbox.set(async_list_lag=2)
    sandbox.script({"method": "POST", "path": BULK, "do": "lose", "nth": 1})
    assert push(plan).counts == {"updated": 150}
    assert writes(sandbox) == {"metadata": 2}


def test_a_request_that_never_arrived_is_sent_again(planned, sandbox):
    plan = planned(150, with_names=True)
    sandbox.script({"method": "POST", "path": BULK, "do": "status", "status": 500, "nth": [1, 2]})
    report = push(plan)
    assert report.counts == {"updated": 150}
    assert is_true(report, sandbox)
    assert writes(sandbox) == {"bulk": 4}


def test_another_ones_job_is_not_taken_for_ours(planned, sandbox, make_project):
    plan = planned(50)
    stranger = make_project()

    def their_job():
        stranger._api.bulk_update_metadata(b'{"source_ids":["s1"],"metadata":{"other":1}}')

    # Their job is queued in the very moment in which our request fails without being taken.
    send = plan._pusher.api.bulk_update_metadata

    def fail_once(body):
        plan._pusher.api.bulk_update_metadata = send
        sandbox.script({"method": "POST", "path": BULK, "do": "status", "status": 503, "nth": 2})
        their_job()
        return send(body)

    plan._pusher.api.bulk_update_metadata = fail_once
    report = push(plan)
    assert report.counts == {"updated": 50}
    assert is_true(report, sandbox)


def test_another_ones_job_of_the_same_size_is_found_out_too(planned, sandbox, make_project):
    plan = planned(3)
    stranger = make_project()
    send = plan._pusher.api.bulk_update_metadata

    def fail_once(body):
        plan._pusher.api.bulk_update_metadata = send
        sandbox.script({"method": "POST", "path": BULK, "do": "status", "status": 503, "nth": 2})
        stranger._api.bulk_update_metadata(
            b'{"source_ids":["s0","s1","s2"],"metadata":{"other":1}}'
        )
        return send(body)

    plan._pusher.api.bulk_update_metadata = fail_once
    report = push(plan)
    assert report.counts == {"updated": 3}
    assert is_true(report, sandbox)


def test_a_server_that_stays_down_cuts_the_push_off_and_it_can_go_on(project, planned, sandbox):
    plan = planned(250)
    sandbox.script(
        {"method": "POST", "path": BULK, "do": "status", "status": 503, "nth": [2, 3, 4, 5]}
    )
    with pytest.raises(PushInterrupted, match="resume_push") as caught:
        push(plan)
    report = caught.value.report
    assert report.counts == {"skipped": 50, "unknown": 200}
    assert not report.is_finished
    resumed = project.resume_push(progress=False)
    assert resumed.counts == {"updated": 250}
    assert resumed.is_finished
    assert is_true(resumed, sandbox)
    with pytest.raises(PlanError, match="nothing to resume"):
        project.resume_push()


def test_an_interrupt_cuts_the_push_off_and_it_can_go_on(project, planned, sandbox, monkeypatch):
    plan = planned(250)
    send = plan._pusher.api.bulk_update_metadata
    monkeypatch.setattr(
        plan._pusher.api,
        "bulk_update_metadata",
        lambda body: send(body) if not writes(sandbox) else interrupt(),
    )
    with pytest.raises(PushInterrupted) as caught:
        push(plan)
    monkeypatch.undo()
    assert caught.value.report.counts == {"skipped": 50, "unknown": 200}
    resumed = project.resume_push(caught.value.push_id, progress=False)
    assert resumed.counts == {"updated": 250}
    assert is_true(resumed, sandbox)


def interrupt():
    raise KeyboardInterrupt


def test_a_lost_answer_to_a_put_is_put_again(project, sandbox):
    fill(sandbox, 3, without_source_id=(0, 1, 2))
    _, after = fetched(project)
    plan = project.plan_push(after.assign(name="x"))
    sandbox.script({"method": "PUT", "path": "*", "do": "lose", "nth": 2})
    assert push(plan).counts == {"updated": 3}
    assert {c["name"] for c in sandbox.customers()} == {"x"}


@pytest.mark.parametrize("path", ["/v1/async-actions*", "/v1/customers"])
def test_reads_that_fail_now_and_then_change_nothing(planned, sandbox, path):
    plan = planned(250)
    sandbox.script(
        {"method": "GET", "path": path, "do": "status", "status": 500, "nth": [1, 3]},
        {"method": "GET", "path": path, "do": "cut", "nth": [2]},
        {"method": "GET", "path": path, "do": "html", "nth": [5]},
    )
    report = push(plan)
    assert report.counts == {"updated": 250}
    assert writes(sandbox) == {"metadata": 3}


# -- rows that fail ----------------------------------------------------------------------------


@pytest.mark.parametrize("with_names", [True, False], ids=["bulk", "metadata"])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("status", ["SUCCESS", "FAILED", "UNKNOWN"])
def test_failed_rows_are_told_and_hide_no_good_ones(planned, sandbox, with_names, named, status):
    plan = planned(150, with_names=with_names)
    sandbox.set(
        job_failures={"s3": "phone: must be a string", "s120": "no"},
        job_errors_source_id=named,
        job_partial=status,
    )
    report = push(plan)
    assert report.counts == {"updated": 148, "failed": 2}
    assert is_true(report, sandbox)
    failed = report.failed.set_index("source_id")["reason"]
    assert "phone: must be a string" in failed["s3"]
    assert failed["s120"] == "Customer cannot be updated: no"


def test_reports_that_are_forbidden_are_done_without(planned, sandbox):
    plan = planned(1500, max_records=10_000)
    sandbox.set(max_bulk_records=None)
    sandbox.script({"path": "/v1/reports/*", "do": "status", "status": 403, "nth": "every"})
    report = push(plan)
    assert report.counts == {"updated": 1500}
    assert set(report.rows["learnt"]) == {"job result"}


@pytest.mark.parametrize("reports", [True, False])
@pytest.mark.parametrize("named", [True, False])
def test_failures_in_one_great_job_are_found(planned, sandbox, reports, named):
    plan = planned(1500, max_records=10_000)
    sandbox.set(
        max_bulk_records=None, job_failures={"s7": "no", "s1400": "no"}, reports=reports,
        job_errors_source_id=named,
    )  # fmt: skip
    report = push(plan)
    assert report.counts == {"updated": 1498, "failed": 2}
    assert is_true(report, sandbox)


def test_failures_among_thousands_are_found_in_few_calls(planned, sandbox):
    plan = planned(3000)
    sandbox.set(job_failures={"s7": "no", "s8": "no", "s2900": "no"})
    report = push(plan)
    assert report.counts == {"updated": 2997, "failed": 3}
    assert is_true(report, sandbox)
    # two jobs have failures: their results, and the count of what the export may lack, beside
    # what a push without failures takes
    assert reads(sandbox) <= 10


def test_a_failure_masked_by_another_ones_update_is_found(planned, sandbox):
    """As many customers updated as were sent proves nothing."""
    plan = planned(2000)
    sandbox.set(job_failures={"s7": "no"})
    sandbox.insert([{"id": "cust_other", "source_id": "other"}])
    sandbox.script(
        {"method": "GET", "path": "/v1/async-actions*", "do": "run", "touch": {"other": {}}}
    )
    report = push(plan)
    assert report.counts == {"updated": 1999, "failed": 1}
    assert outcomes(report)["cust_00007"] == "failed"


def test_all_rows_can_fail(planned, sandbox):
    plan = planned(3)
    sandbox.set(job_failures={f"s{i}": "no" for i in range(3)})
    report = push(plan)
    assert report.counts == {"failed": 3}
    assert is_true(report, sandbox)


@pytest.mark.parametrize("death", ["before", "midway"])
@pytest.mark.parametrize("count", [60, 250, 1500])
def test_jobs_that_die_leave_no_row_in_doubt(planned, sandbox, death, count):
    plan = planned(count)
    sandbox.set(job_death=death)
    report = push(plan)
    assert report.counts.get("updated", 0) == (0 if death == "before" else count // 2)
    assert report.counts["failed"] == count - report.counts.get("updated", 0)
    assert is_true(report, sandbox)
    assert report.failed["reason"].str.contains("ended as FAILED").all()
    assert report.is_finished


def test_a_refused_request_fails_its_rows_and_no_others(planned, sandbox):
    plan = planned(250)
    sandbox.script({"method": "POST", "path": BULK, "do": "status", "status": 400, "nth": 2})
    report = push(plan)
    assert report.counts == {"updated": 150, "failed": 100}
    assert is_true(report, sandbox)
    assert report.failed["reason"].str.startswith("400 ").all()


def test_more_records_than_the_api_takes_fail_with_its_words_and_can_be_tried_again(
    planned, sandbox
):
    plan = planned(250, max_records=250)
    report = push(plan)
    assert report.counts == {"failed": 250}
    assert "more than 100 items" in report.rows["reason"][0]
    again = report.plan_retry(max_records=100)
    assert again.calls == {"metadata": 3}
    assert push(again).counts == {"updated": 250}
    assert set(on_server(sandbox).values()) == {"gold"}


# -- queues and deadlines ----------------------------------------------------------------------


def test_queues_that_take_long_are_followed_with_few_calls(planned, sandbox, clock):
    plan = planned(500)
    sandbox.set(job_polls=8, jobs_per_poll=1)
    report = push(plan)
    assert report.counts == {"updated": 500}
    assert reads(sandbox) <= 60
    assert max(clock.slept) <= 30


@pytest.mark.parametrize("count", [60, 250])
def test_an_action_that_never_ends_is_given_up_and_can_be_resumed(
    project, planned, sandbox, clock, count
):
    plan = planned(count)
    sandbox.set(job_polls="never")
    began = clock.monotonic()
    report = push(plan, timeout_s=600)
    assert 600 <= clock.monotonic() - began < 700
    assert report.counts == {"unknown": count}
    assert report.rows["reason"].str.contains("has not ended").all()
    assert not report.is_finished
    assert reads(sandbox) < 120
    sandbox.set(job_polls=1)
    sandbox.forget_requests()
    resumed = project.resume_push(progress=False)
    assert resumed.counts == {"updated": count}
    assert is_true(resumed, sandbox)
    assert writes(sandbox) == {}


def test_what_has_ended_is_told_though_something_else_has_not(planned, sandbox):
    plan = planned(250)
    sandbox.set(jobs_per_poll=1)
    api = plan._pusher.api
    get = api.get_async_action

    def then_hang(action_id):
        sandbox.set(job_polls="never")  # the first of three has ended by now
        return get(action_id)

    api.get_async_action = then_hang
    report = push(plan)
    assert report.counts == {"updated": 100, "unknown": 150}
    assert not report.is_finished
    assert report.plan_undo().calls == {"metadata": 1}
    assert is_true_of(report, sandbox, "updated")


def test_a_hundred_others_jobs_do_not_hide_ours(planned, sandbox, make_project):
    plan = planned(350)
    stranger = make_project()
    send = plan._pusher.api.bulk_update_metadata

    def then_many(body):
        action = send(body)
        if writes(sandbox)["metadata"] == 4:
            for _ in range(120):
                stranger._api.bulk_update_metadata(b'{"source_ids":["s0"],"metadata":{"o":1}}')
        return action

    plan._pusher.api.bulk_update_metadata = then_many
    sandbox.set(jobs_per_poll=1000)
    assert push(plan).counts == {"updated": 350}


# -- quotas ------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [True, False])
@pytest.mark.parametrize("retry_after", [True, False])
def test_429_storms_are_waited_out(planned, sandbox, headers, retry_after):
    plan = planned(1200)
    sandbox.set(
        rate_limit={"limit": 4, "window_s": 60},
        bulk_rate_limit={"limit": 3, "window_s": 60},
        quota_headers=headers,
        retry_after=retry_after,
    )
    report = push(plan)
    assert report.counts == {"updated": 1200}
    assert is_true(report, sandbox)
    accepted = [r for r in sandbox.requests() if r["status"] == 202]
    assert len(accepted) == 12


def test_a_month_that_is_used_up_cuts_the_push_off_at_once(project, planned, sandbox):
    plan = planned(500)
    sandbox.set(monthly_left=3)
    with pytest.raises(PushInterrupted, match="used up") as caught:
        push(plan)
    assert isinstance(caught.value.__cause__, QuotaError)
    assert caught.value.report.counts == {"skipped": 300, "unknown": 200}
    sandbox.set(monthly_left=None)
    assert project.resume_push(progress=False).counts == {"updated": 500}
    assert writes(sandbox)["metadata"] <= 6


# -- reading back ------------------------------------------------------------------------------


@pytest.mark.parametrize("switches", [
    {"export_fails": True},
    {"export_polls": "never"},
    {"export_titles": "titles", "export_metadata": "plain"},
    {"export_titles": "mixed"},
    {"total_present": False},
    {"has_more": False},
    {"extra_fields": True},
    {"cursor": "inclusive", "range_bounds": "inclusive"},
    {"reports": False},
    {"report_source_id": False},
], ids=str)  # fmt: skip
@pytest.mark.parametrize("count", [130, 1500])
def test_the_outcome_is_learnt_whatever_the_project_can_do(planned, sandbox, switches, count):
    plan = planned(count)
    sandbox.set(job_failures={"s5": "no"}, **switches)
    report = push(plan)
    assert report.counts == {"updated": count - 1, "failed": 1}
    assert is_true(report, sandbox)
    assert report.is_finished


@pytest.mark.parametrize("status", [403, 404])
def test_exports_that_are_forbidden_are_done_without(planned, sandbox, status):
    plan = planned(1500)
    sandbox.script({"path": "/v1/exports*", "do": "status", "status": status, "nth": "every"})
    assert push(plan).counts == {"updated": 1500}


def test_keys_that_exports_do_not_have_are_proven_by_the_time_of_update(project, sandbox):
    fill(sandbox, 1500)
    _, after = fetched(project)
    after["metadata.brand_new"] = "x"
    report = push(project.plan_push(after, new_keys=["brand_new"]))
    assert report.counts == {"updated": 1500}
    assert set(report.rows["learnt"]) == {"time of update"}


def test_a_busy_project_does_not_make_reading_back_endless(planned, sandbox):
    plan = planned(150)
    sandbox.script(
        {
            "method": "GET",
            "path": "/v1/async-actions*",
            "do": "run",
            "insert": [
                {"id": f"cust_x{i}", "source_id": f"x{i}", "updated_at": "2100-01-01T00:00:00.000Z"}
                for i in range(3000)
            ],
        }
    )
    report = push(plan)
    assert report.counts == {"updated": 150}
    assert reads(sandbox) < 15


def test_a_customer_deleted_before_its_job_ran_is_told_as_created(planned, sandbox):
    plan = planned(130)
    sandbox.script({"method": "GET", "path": "/v1/async-actions*", "do": "run", "remove": ["s9"]})
    report = push(plan)
    assert report.counts == {"updated": 129, "created": 1}
    row = report.rows.set_index("source_id").loc["s9"]
    assert row["customer_id"] == sandbox.customer("s9")["id"]
    assert "created it anew" in row["reason"]
    undo = report.plan_undo()
    assert undo.problems.set_index("kind").loc["created_stay", "customers"] == [row["customer_id"]]
    assert push(undo).counts == {"updated": 129}
    assert [who for who, tier in on_server(sandbox).items() if tier == "gold"] == [
        row["customer_id"]
    ]


@pytest.mark.parametrize("reports", [True, False])
@pytest.mark.parametrize("most", [100, 10_000])
def test_one_created_among_very_many_is_told_too(planned, sandbox, reports, most):
    plan = planned(1500, max_records=most)
    sandbox.set(max_bulk_records=None, reports=reports)
    sandbox.script({"method": "GET", "path": "/v1/async-actions*", "do": "run", "remove": ["s9"]})
    report = push(plan)
    assert report.counts == {"updated": 1499, "created": 1}
    row = report.rows.set_index("source_id").loc["s9"]
    assert (row["outcome"], row["customer_id"]) == ("created", sandbox.customer("s9")["id"])


def test_a_customer_changed_again_by_others_is_not_called_updated(planned, sandbox):
    plan = planned(130)
    sandbox.script(
        {
            "method": "GET",
            "path": "/v1/customers*",
            "nth": 2,
            "do": "run",
            "touch": {"s9": {"metadata": {"tier": "silver"}}},
        }
    )
    report = push(plan)
    assert outcomes(report)["cust_00009"] == "unknown"
    assert "tier is 'silver' on the server, not 'gold'" in report.rows["reason"][9]
    assert report.counts["updated"] == 129


@pytest.mark.parametrize("count", [60, 400, 1500])
def test_an_api_whose_jobs_leave_updated_at_alone_is_read_by_creation(planned, sandbox, count):
    plan = planned(count)
    old = {"updated_at": "2024-03-01T00:00:00.000Z"}
    # Once all is done, and before anything is read back, the times of update are taken back.
    follow = plan._pusher.api.list_async_actions
    get = plan._pusher.api.get_async_action

    def then_take_back(call, *arguments, **options):
        answer = call(*arguments, **options)
        if set(on_server(sandbox).values()) == {"gold"}:
            sandbox._tell("change", touch={f"s{i}": old for i in range(count)})
        return answer

    plan._pusher.api.list_async_actions = lambda **options: then_take_back(follow, **options)
    plan._pusher.api.get_async_action = lambda action_id: then_take_back(get, action_id)
    report = push(plan)
    assert report.counts == {"updated": count}
    assert set(report.rows["learnt"]) == {"read back"}


# -- results and states that nobody has promised -----------------------------------------------


def taken_but_not_run(sandbox, **told):
    """Take the push's requests, run nothing, and tell this of the action."""
    action = {"id": "aa_odd", "progress": 100, **told}
    sandbox.script(
        {
            "method": "POST",
            "path": BULK,
            "nth": "every",
            "do": "status",
            "status": 202,
            "body": '{"async_action_id": "aa_odd"}',
        },
        {
            "path": "/v1/async-actions/*",
            "nth": "every",
            "do": "status",
            "status": 200,
            "body": json.dumps(action),
        },
    )


@pytest.mark.parametrize("result", [[], [1], "done", 7, [{"done_count": 3}], {}, None])
def test_a_result_that_cannot_be_read_is_no_failure(planned, sandbox, result):
    plan = planned(3)
    taken_but_not_run(sandbox, status="DONE", result=result)
    report = push(plan)
    assert set(outcomes(report).values()) == {"unknown"}
    assert is_true(report, sandbox)


@pytest.mark.parametrize("status", ["CANCELLED", "ERROR", "done", "", None, 7, ["DONE"]])
def test_a_status_that_is_no_end_is_none_and_is_not_waited_for_without_end(
    planned, sandbox, clock, status
):
    plan = planned(3)
    began_s = clock.monotonic()
    taken_but_not_run(sandbox, status=status, result={"done_count": 0, "failed_count": 3})
    report = push(plan)
    assert not set(outcomes(report).values()) & {"updated", "failed"}
    assert 600 < clock.monotonic() - began_s < 3_600


@pytest.mark.parametrize("told", ['"soon"', '"0000-12-31T18:03:24-05:50"', "7", '""'])
def test_a_time_of_update_that_is_none_ends_no_push(project, sandbox, told):
    fill(sandbox, 150)
    _, after = fetched(project)
    after.loc[after.index[:3], "name"] = "New"
    sandbox.set(odd_values={"cust_00001": {"updated_at": told}})
    plan = project.plan_push(after)
    assert push(plan).counts == {"updated": 3}
    assert set(on_server(sandbox).values()) == {"bronze"}
