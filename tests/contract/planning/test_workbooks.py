"""Customers through a workbook, next week's too, and what is pushed of it."""

from __future__ import annotations

import json

import openpyxl
import pandas as pd
import pytest

import vfy_notebook as vfy
from tests.contract.push_support import fetched, fill, on_server, outcomes, push, reads, writes
from tests.unit.interchange.workbooks import cell, column, edited
from vfy_notebook.errors import PlanError, VfyNotebookWarning
from vfy_notebook.interchange.workbook import base as workbook_base
from vfy_notebook.snapshots.store import MARK, PROCESS_STORE


@pytest.fixture
def book(tmp_path):
    return tmp_path / "customers.xlsx"


@pytest.fixture
def next_week(project, make_project):
    """Another process: nothing is remembered; a project on the same address."""

    def begin():
        project.close()
        PROCESS_STORE._held.clear()
        PROCESS_STORE._sites.clear()
        return make_project()

    return begin


def typed(book, customer_id, header, value):
    with edited(book) as sheet:
        where = cell(sheet, customer_id, header)
        where.value = value
        where.data_type = "s"


def test_an_unedited_workbook_has_no_edits_and_costs_no_call(project, sandbox, book):
    fill(sandbox, 5)
    customers, _ = fetched(project)
    vfy.to_excel(customers, book)
    before = project.calls.total
    plan = project.plan_push(vfy.read_excel(book))
    assert len(plan.edits) == 0
    assert list(plan.problems["kind"]) == []
    assert project.calls.total == before


def test_the_schema_of_the_frames_project_is_read_once_and_listed(project, sandbox, book):
    fill(sandbox, 3)
    listed = {"type": "string", "eq": ["bronze", "gold"]}
    sandbox.reset(
        metadata_schema={"properties": {"tier": listed}},
        customers=[{**each} for each in sandbox.customers()],
    )
    customers, _ = fetched(project)
    before = project.calls.total
    vfy.to_excel(customers, book)
    assert project.calls.total == before + 1
    lists = openpyxl.load_workbook(book)["vfy-lists"]
    assert [row[0].value for row in lists.iter_rows()] == ["bronze", "gold"]
    vfy.to_excel(customers, book, schema=project.fetch_metadata_schema(), overwrite=True)
    assert project.calls.total == before + 2


def test_without_the_schema_the_workbook_is_written_and_says_so(project, sandbox, book):
    fill(sandbox, 3)
    customers, _ = fetched(project)
    answer = {"do": "status", "status": 403}
    sandbox.script({"path": "/v1/metadata-schemas/customer", "nth": "every", **answer})
    with pytest.warns(VfyNotebookWarning, match="metadata schema"):
        vfy.to_excel(customers, book)
    assert vfy.read_excel(book).equals(customers)


def test_edits_are_pushed_and_nothing_else(project, sandbox, book):
    fill(sandbox, 5)
    customers, _ = fetched(project)
    vfy.to_excel(customers, book, ["name", "metadata.tier"])
    typed(book, "cust_00001", "metadata.tier", "gold")
    typed(book, "cust_00003", "name", "=1+1 GmbH")
    plan = project.plan_push(vfy.read_excel(book))
    assert plan.edits[["customer_id", "field"]].values.tolist() == [
        ["cust_00001", "metadata.tier"],
        ["cust_00003", "name"],
    ]
    assert set(outcomes(push(plan)).values()) == {"updated"}
    stored = {each["id"]: each for each in sandbox.customers()}
    assert stored["cust_00001"]["metadata"] == {"tier": "gold", "score": 1}
    assert stored["cust_00003"]["name"] == "=1+1 GmbH"
    assert stored["cust_00003"]["address"] == {"city": "Łódź", "country": "PL"}


def test_next_week_is_compared_three_ways(project, next_week, sandbox, book):
    fill(sandbox, 4)
    customers, _ = fetched(project)
    vfy.to_excel(customers, book)
    typed(book, "cust_00000", "metadata.tier", "gold")
    typed(book, "cust_00001", "metadata.tier", "gold")
    typed(book, "cust_00002", "metadata.tier", "gold")
    with next_week() as later:
        # Meanwhile one edited cell was changed there, one made the same, and another cell beside.
        later.update_customer("cust_00000", name="Changed there", metadata={"extra": 1})
        later.update_customer("cust_00001", metadata={"tier": "silver", "score": 1})
        later.update_customer("cust_00002", metadata={"tier": "gold", "score": 2})
        read = vfy.read_excel(book)
        assert read.attrs[MARK]
        plan = later.plan_push(read)
        (conflict,) = plan.problems[plan.problems["blocks"]].itertuples()
        assert list(conflict.customers) == ["cust_00001"]
        plan = later.plan_push(read, on_conflict="skip")
        assert list(plan.edits["customer_id"]) == ["cust_00000"]
        push(plan)
    stored = {each["id"]: each for each in sandbox.customers()}
    assert stored["cust_00000"]["name"] == "Changed there"
    assert stored["cust_00000"]["metadata"]["tier"] == "gold"
    assert stored["cust_00000"]["metadata"]["extra"] == 1
    assert on_server(sandbox) == {
        "cust_00000": "gold",
        "cust_00001": "silver",
        "cust_00002": "gold",
        "cust_00003": "bronze",
    }


def test_what_a_file_says_of_the_server_is_never_sent(project, next_week, sandbox, book):
    """A hidden sheet that was forged: only the edit that is shown arrives."""
    fill(sandbox, 4)
    customers, _ = fetched(project)
    vfy.to_excel(customers, book)
    forge(book, json.dumps("Łódź"), '"Elsewhere"')
    typed(book, "cust_00001", "metadata.tier", "gold")
    with next_week() as later:
        plan = later.plan_push(vfy.read_excel(book))
        assert plan.edits["field"].tolist() == ["metadata.tier"]
        push(plan)
    stored = {each["id"]: each for each in sandbox.customers()}
    assert stored["cust_00001"]["metadata"] == {"tier": "gold", "score": 1}
    assert {each["address"]["city"] for each in stored.values()} == {"Łódź"}


def forge(book, old, new):
    """Change the hidden sheet and its checksum."""
    opened = openpyxl.load_workbook(book)
    sheet = opened["vfy-notebook"]
    assert any(old in str(each.value) for row in sheet.iter_rows() for each in row)
    rows = [[each.value for each in row if each.value is not None] for row in sheet.iter_rows()]
    told = json.loads("".join(rows[0]))
    customers = [["".join(row).replace(old, new)] for row in rows[1:]]
    told["checksum"] = workbook_base._checksum(customers)
    sheet.delete_rows(1, sheet.max_row)
    sheet.append([json.dumps(told)])
    for row in customers:
        sheet.append(row)
    opened.save(book)


def test_who_was_deleted_meanwhile_is_told(project, next_week, sandbox, book):
    fill(sandbox, 4)
    customers, _ = fetched(project)
    vfy.to_excel(customers, book)
    typed(book, "cust_00001", "metadata.tier", "gold")
    typed(book, "cust_00002", "metadata.tier", "gold")
    with next_week() as later:
        later.delete_customer("cust_00001")
        plan = later.plan_push(vfy.read_excel(book))
        (problem,) = plan.problems[plan.problems["blocks"]].itertuples()
        assert list(problem.customers) == ["cust_00001"]


def test_only_who_was_edited_is_read_again(project, next_week, sandbox, book):
    fill(sandbox, 250)
    customers, _ = fetched(project)
    vfy.to_excel(customers, book)
    typed(book, "cust_00007", "metadata.tier", "gold")
    with next_week() as later:
        read = vfy.read_excel(book)
        plan = later.plan_push(read)
        assert len(plan.edits) == 1
        assert later.calls.total <= 3


def test_another_projects_workbook_is_refused(project, sandbox, book, tmp_path):
    fill(sandbox, 2)
    customers, _ = fetched(project)
    vfy.to_excel(customers, book)
    typed(book, "cust_00001", "metadata.tier", "gold")
    PROCESS_STORE._held.clear()
    read = vfy.read_excel(book)
    other = vfy.connect("other", "key", url=sandbox.url, journal=tmp_path / "other.sqlite")
    with other, pytest.raises(PlanError, match="another project"):
        other.plan_push(read)
    assert writes(sandbox) == {}


def test_a_frame_edited_before_it_was_written_keeps_its_edits(project, sandbox, book):
    fill(sandbox, 3)
    _, changed = fetched(project)
    changed.loc["cust_00000", "metadata.tier"] = "gold"
    vfy.to_excel(changed, book)
    typed(book, "cust_00001", "name", "Ann")
    plan = project.plan_push(vfy.read_excel(book))
    assert plan.edits["field"].tolist() == ["metadata.tier", "name"]


def test_new_rows_become_customers_if_that_is_meant(project, sandbox, book):
    fill(sandbox, 2)
    customers, _ = fetched(project)
    vfy.to_excel(customers, book)
    with edited(book) as sheet:
        at = sheet.max_row + 1
        sheet.cell(at, column(sheet, "source_id")).value = "new-1"
        sheet.cell(at, column(sheet, "name")).value = "Newcomer"
    read = vfy.read_excel(book)
    assert project.plan_push(read).problems["blocks"].any()
    push(project.plan_push(read, create_missing=True))
    assert "Newcomer" in {each["name"] for each in sandbox.customers()}


def test_a_frame_that_nobody_remembers_is_compared_by_its_last_update(
    project, next_week, sandbox, book
):
    fill(sandbox, 3)
    customers, _ = fetched(project)
    customers.attrs.clear()
    vfy.to_excel(customers, book, ["metadata.tier"])
    typed(book, "cust_00001", "metadata.tier", "gold")
    with next_week() as later:
        plan = later.plan_push(vfy.read_excel(book))
        assert plan.edits[["customer_id", "field"]].values.tolist() == [
            ["cust_00001", "metadata.tier"]
        ]


def test_a_csv_of_the_frame_has_its_edits_alone(project, sandbox, tmp_path):
    fill(sandbox, 3)
    customers, _ = fetched(project)
    path = tmp_path / "customers.csv"
    changed = customers.copy()
    changed.loc["cust_00001", "metadata.tier"] = "gold"
    changed.to_csv(path, sep=";")
    plan = project.plan_push(vfy.read_csv(path, like=customers))
    assert plan.edits[["customer_id", "field"]].values.tolist() == [["cust_00001", "metadata.tier"]]


def test_a_csv_is_compared_with_what_is_remembered_too(project, sandbox, tmp_path):
    fill(sandbox, 3)
    customers, _ = fetched(project)
    path = tmp_path / "customers.csv"
    changed = customers.copy()
    changed.loc["cust_00001", "metadata.score"] = 99
    changed.to_csv(path, sep="\t", encoding="utf-16")
    plan = project.plan_push(vfy.read_csv(path))
    assert plan.edits[["customer_id", "field", "after"]].values.tolist() == [
        ["cust_00001", "metadata.score", 99]
    ]


def test_plain_frames_come_back(project, sandbox):
    fill(sandbox, 3)
    customers, _ = fetched(project)
    flat = vfy.plain(customers)
    flat.loc[1, "metadata.tier"] = "gold"
    plan = project.plan_push(flat)
    assert plan.edits[["customer_id", "field"]].values.tolist() == [["cust_00001", "metadata.tier"]]
    assert isinstance(flat, pd.DataFrame)
    assert reads(sandbox) > 0
