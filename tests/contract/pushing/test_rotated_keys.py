"""A push is found again after the key was rotated, and never taken for another project's."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.contract.push_support import SCHEMA, fetched, fill, on_server, push
from tests.fake_clock import FakeClock
from vfy_notebook import sandbox as sandbox_package
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.transport import Transport
from vfy_notebook.errors import PlanError, PushInterrupted
from vfy_notebook.project import Project

SEGMENTS = [
    {"id": "seg_1", "name": "One", "type": "static", "members": ["cust_00001"]}
    | {"created_at": "2024-01-01T00:00:00.000Z"}
]
NO_SCHEMA = {"path": "/v1/metadata-schemas/*", "do": "status", "status": 404, "nth": "every"}


def gold(project):
    """A push of metadata, for which the schema is read."""
    _, edited = fetched(project)
    edited["metadata.tier"] = "gold"
    return project.plan_push(edited)


def renamed(project):
    """A push that reads neither schema nor segments."""
    _, edited = fetched(project)
    return project.plan_push(edited.assign(name="New"))


def with_segments(sandbox, **options):
    fill(sandbox, 5)
    sandbox.reset(sandbox.customers(), segments=SEGMENTS, **options)


@pytest.fixture
def rotated(sandbox, make_project):
    """Rotates the key; gives a project under the new one, as another process makes it."""

    def rotate():
        sandbox.rotate_keys()
        return make_project()

    return rotate


def test_a_push_is_found_told_and_undone_under_the_new_key(sandbox, project, rotated):
    fill(sandbox, 5)
    report = push(gold(project))
    again = rotated()
    pushes = again.pushes()
    assert pushes["push_id"].tolist() == [report.push_id]
    assert again.calls.by_operation == {"metadata_schema": 1}
    assert again.get_push(report.push_id).counts == {"updated": 5}
    push(again.get_push(report.push_id).plan_undo())
    assert set(on_server(sandbox).values()) == {"bronze"}
    assert again.pushes()["kind"].tolist() == ["push", "undo"]


def test_another_name_of_the_host_is_the_same_project(sandbox, project, make_project):
    fill(sandbox, 5)
    report = push(gold(project))
    again = make_project(url=sandbox.url.replace("127.0.0.1", "localhost"))
    assert again.pushes()["push_id"].tolist() == [report.push_id]


def test_what_was_cut_off_goes_on_under_the_new_key(sandbox, project, rotated):
    fill(sandbox, 5)
    plan = gold(project)
    sandbox.script({"method": "POST", "path": "*/async", "do": "status", "status": 401})
    with pytest.raises(PushInterrupted):
        push(plan)
    assert rotated().resume_push(progress=False).counts == {"updated": 5}


def test_segments_tell_it_too(sandbox, project, rotated):
    with_segments(sandbox)
    project.fetch_segments()
    report = push(renamed(project))
    again = rotated()
    sandbox.script(NO_SCHEMA)
    assert again.get_push(report.push_id).counts == {"updated": 5}


def test_what_this_process_has_read_anyway_is_not_asked_for(sandbox, project, rotated):
    fill(sandbox, 5)
    report = push(gold(project))
    again = rotated()
    again.fetch_metadata_schema()
    calls = again.calls.total
    assert again.pushes()["push_id"].tolist() == [report.push_id]
    assert again.calls.total == calls


def test_it_is_asked_for_once_and_then_known_to_every_process(
    sandbox, project, rotated, make_project
):
    fill(sandbox, 5)
    push(gold(project))
    rotated().pushes()
    again = make_project()
    assert len(again.pushes()) == 1
    assert again.calls.total == 0


def test_a_journal_of_one_project_costs_no_call(sandbox, project, make_project):
    fill(sandbox, 5)
    push(gold(project))
    again = make_project()
    assert len(again.pushes()) == 1
    assert again.calls.total == 0


def test_consents_and_receipts_are_found_too(sandbox, project, rotated):
    fill(sandbox, 5)
    project.fetch_metadata_schema()
    consents = pd.DataFrame({"cnst_1": [True]}, index=["cust_00001"])
    sandbox.reset(
        sandbox.customers(),
        consents={"consents": [{"id": "cnst_1", "name": "One"}]},
        metadata_schema=SCHEMA,
    )
    project.push_consents(consents, progress=False)
    project.delete_customer_permanently("cust_00002")
    again = rotated()
    again.fetch_metadata_schema()
    customers = again.fetch_customers(progress=False)
    sent = again.last_sent_consents(customers)
    assert len(sent) == 1
    assert len(again.deletion_receipts()) == 1
    assert len(again.deletion_receipts("cust_00002")) == 1


def test_both_keys_can_be_in_use(sandbox, project, make_project):
    """A second key of the project finds the first one's pushes, and takes nothing from it."""
    fill(sandbox, 5)
    report = push(gold(project))
    localhost = make_project(url=sandbox.url.replace("127.0.0.1", "localhost"))
    undo = push(localhost.get_push(report.push_id).plan_undo())
    assert project.pushes()["push_id"].tolist() == [report.push_id, undo.push_id]
    assert localhost.pushes()["push_id"].tolist() == [report.push_id, undo.push_id]


# -- what is not the same project ------------------------------------------------------------------


def not_found(project, push_id):
    assert len(project.pushes()) == 0
    with pytest.raises(PlanError, match="adopt_pushes"):
        project.get_push(push_id)
    with pytest.raises(PlanError, match="nothing to resume"):
        project.resume_push()


def test_a_sandbox_with_the_same_ids_is_another_project(sandbox, project, tmp_path):
    options = {"metadata_schema": {**SCHEMA, "id": "ms_1"}}
    with_segments(sandbox, **options)
    project.fetch_segments()
    report = push(gold(project))
    with sandbox_package.start(customers=0) as twin:
        twin.reset(sandbox.customers(), segments=SEGMENTS, **options)
        transport = Transport(Credentials(twin.app_id, twin.app_token, twin.url), clock=FakeClock())
        with Project(transport, workers=1, journal_path=tmp_path / "journal.sqlite") as other:
            other.fetch_segments()
            other.fetch_metadata_schema()
            not_found(other, report.push_id)


@pytest.mark.parametrize(
    ("segments", "schema"),
    [(SEGMENTS, "ms_2"), ([{**SEGMENTS[0], "id": "seg_2"}], "ms_1"), ([], "ms_2")],
)
def test_another_project_behind_the_same_address_is_not_taken_for_it(
    sandbox, project, rotated, segments, schema
):
    """Some ids may be equal by hand; where one kind says another project, it is one."""
    with_segments(sandbox, metadata_schema={**SCHEMA, "id": "ms_1"})
    project.fetch_segments()
    report = push(gold(project))
    sandbox.reset(sandbox.customers(), segments=segments, metadata_schema={**SCHEMA, "id": schema})
    other = rotated()
    other.fetch_segments()
    not_found(other, report.push_id)


def test_where_nothing_tells_the_sites_are_named(sandbox, project, rotated):
    fill(sandbox, 5)
    site = f"{sandbox.url} {sandbox.app_id}"
    report = push(renamed(project))
    again = rotated()
    not_found(again, report.push_id)
    with pytest.raises(PlanError) as told:
        again.get_push(report.push_id)
    assert site in str(told.value)
    assert again.adopt_pushes(site) == 1
    assert len(again.pushes()) == 1


def test_a_server_that_does_not_answer_leaves_ones_own_pushes(sandbox, project, rotated):
    fill(sandbox, 5)
    push(gold(project))
    again = rotated()
    own = push(renamed(again))
    sandbox.script({"path": "/v1/*", "do": "status", "status": 500, "nth": "every"})
    assert again.pushes()["push_id"].tolist() == [own.push_id]


def test_damaged_marks_hide_none_of_ones_own_pushes(sandbox, project, make_project):
    fill(sandbox, 5)
    report = push(gold(project))
    with project._open_journal() as journal, journal._file.step("damage") as db:
        db.execute("DROP TRIGGER sites_UPDATE")
        db.execute("UPDATE sites SET checksum = 'wrong'")
    assert make_project().pushes()["push_id"].tolist() == [report.push_id]
