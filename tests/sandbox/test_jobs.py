"""Async actions: the queue, its polls, the list."""

from __future__ import annotations

import pytest

from .support import customers

METADATA = "/v1/customers/metadata/async"


def enqueue(api, number, *, value="x"):
    body = {"source_ids": ["c000"], "metadata": {value: 1}}
    return [api.post(METADATA, body).json["async_action_id"] for _ in range(number)]


def status(api, action_id):
    return api.get(f"/v1/async-actions/{action_id}").json["status"]


def listed(api, **query):
    return [each["status"] for each in api.get("/v1/async-actions", **query).json["async_actions"]]


@pytest.fixture(autouse=True)
def one_customer(box):
    box.reset(customers(1))


def test_an_action_is_seen_unfinished_before_it_is_done(api, box):
    (action_id,) = enqueue(api, 1)
    (job,) = box.jobs()
    assert (job["status"], job["progress"]) == ("ENQUEUED", 0)
    assert status(api, action_id) == "IN_PROGRESS"
    assert "metadata" not in box.customer("c000")
    assert status(api, action_id) == "DONE"
    assert box.customer("c000")["metadata"] == {"x": 1}
    assert status(api, action_id) == "DONE"


def test_an_action_has_the_apis_shape(api):
    (action_id,) = enqueue(api, 1)
    running = api.get(f"/v1/async-actions/{action_id}").json
    done = api.get(f"/v1/async-actions/{action_id}").json
    assert {key: running[key] for key in ("type", "progress", "object")} == {
        "type": "CUSTOMERS.METADATA_UPDATE",
        "progress": 50,
        "object": "async_action",
    }
    assert running.keys().isdisjoint({"result", "operation_status", "processing_time"})
    assert done["operation_status"] == "SUCCESS"
    assert done["progress"] == 100
    assert done["processing_time"] > 0
    assert done["created_at"] <= done["updated_at"]
    assert done["request_id"].startswith("v-")
    assert done["id"].startswith("aa_")


def test_jobs_run_one_behind_the_other(api, box):
    box.set(jobs_per_poll=1)
    first, second = enqueue(api, 2)
    assert [status(api, second) for _ in range(2)] == ["ENQUEUED"] * 2
    assert [job["status"] for job in box.jobs()] == ["DONE", "ENQUEUED"]
    assert [status(api, second) for _ in range(2)] == ["IN_PROGRESS", "DONE"]
    assert status(api, first) == "DONE"


def test_reading_the_list_alone_moves_the_queue_on(api, box):
    box.set(jobs_per_poll=1)
    enqueue(api, 2)
    assert [listed(api) for _ in range(4)] == [
        ["ENQUEUED", "IN_PROGRESS"],
        ["ENQUEUED", "DONE"],
        ["IN_PROGRESS", "DONE"],
        ["DONE", "DONE"],
    ]


def test_a_status_read_can_move_several_jobs(api, box):
    box.set(jobs_per_poll=3)
    enqueue(api, 4)
    assert listed(api) == ["ENQUEUED", *["IN_PROGRESS"] * 3]
    assert listed(api) == ["ENQUEUED", *["DONE"] * 3]


def test_jobs_take_as_many_polls_as_told(api, box):
    box.set(job_polls=3)
    (action_id,) = enqueue(api, 1)
    reads = [api.get(f"/v1/async-actions/{action_id}").json for _ in range(4)]
    assert [each["status"] for each in reads] == ["IN_PROGRESS"] * 3 + ["DONE"]
    assert [each["progress"] for each in reads] == [25, 50, 75, 100]


def test_jobs_can_be_done_at_once(api, box):
    waiting = enqueue(api, 1, value="a")
    box.set(job_polls=0)
    enqueue(api, 1, value="b")
    assert [job["status"] for job in box.jobs()] == ["DONE", "DONE"]
    assert box.customer("c000")["metadata"] == {"a": 1, "b": 1}
    assert status(api, waiting[0]) == "DONE"


def test_a_job_can_hang_for_ever_and_block_the_queue(api, box):
    box.set(jobs_per_poll=1)
    box.set(job_polls="never")
    first, second = enqueue(api, 2)
    assert {status(api, first) for _ in range(5)} == {"IN_PROGRESS"}
    assert status(api, second) == "ENQUEUED"
    assert "metadata" not in box.customer("c000")
    box.set(job_polls=0)
    assert status(api, first) == "DONE"


def test_the_list_leaves_results_out_and_is_newest_first(api):
    ids = enqueue(api, 3)
    api.wait_for_jobs()
    body = api.get("/v1/async-actions").json
    assert (body["object"], body["data_ref"], body["has_more"]) == ("list", "async_actions", False)
    assert [each["id"] for each in body["async_actions"]] == ids[::-1]
    assert all("result" not in each for each in body["async_actions"])


def test_the_list_has_a_limit_and_an_end(api, box):
    enqueue(api, 1)
    between = box.advance(10)
    enqueue(api, 11)
    assert len(listed(api)) == 10
    body = api.get("/v1/async-actions", limit=2).json
    assert (len(body["async_actions"]), body["has_more"]) == (2, True)
    assert len(listed(api, end_date=between)) == 1
    assert len(listed(api, limit=100)) == 12


def test_the_end_can_be_inclusive(api, box):
    enqueue(api, 1)
    created_at = box.jobs()[0]["created_at"]
    assert listed(api, end_date=created_at) == []
    box.set(range_bounds="inclusive")
    assert len(listed(api, end_date=created_at)) == 1


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ({"limit": 101}, "Property .limit should be <= 100"),
        (
            {"end_date": "soon"},
            "Property .end_date cannot be recognized as a ISO-8601 compliant date",
        ),
    ],
)
def test_bad_list_parameters_are_refused(api, query, details):
    reply = api.get("/v1/async-actions", **query)
    assert (reply.status, reply.json["details"]) == (400, details)


def test_new_actions_can_show_up_late_in_the_list(api, box):
    box.set(async_list_lag=2)
    (action_id,) = enqueue(api, 1)
    assert [len(listed(api)) for _ in range(3)] == [0, 0, 1]
    assert status(api, action_id) == "DONE"


def test_an_unknown_action_is_a_404(api):
    reply = api.get("/v1/async-actions/aa_unknown")
    assert reply.status == 404
    assert reply.json["details"] == "Cannot find async_action with id aa_unknown"
    assert (reply.json["resource_id"], reply.json["resource_type"]) == (
        "aa_unknown",
        "async_action",
    )


def test_jobs_tell_each_rows_fate(api, box):
    enqueue(api, 1)
    api.wait_for_jobs()
    (job,) = box.jobs()
    assert (job["rows"], job["results"]) == (
        1,
        [{"source_id": "c000", "found": True, "reason": None}],
    )


def test_a_reset_empties_the_queue(api, box):
    enqueue(api, 2)
    box.reset([])
    assert box.jobs() == []
    assert listed(api) == []
