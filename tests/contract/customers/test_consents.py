"""Consents against the sandbox: sent row by row, logged here, never claimed to be known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from vfy_notebook.errors import (
    ArgumentError,
    AuthError,
    JournalError,
    NotFoundError,
    PushFailed,
    RunInterrupted,
)
from vfy_notebook.journal.file import JournalFile
from vfy_notebook.progress import ProgressDisplay

CONSENTS = {
    "groups": [
        {"id": "cnstgr_1", "name": "Marketing", "consents": ["cnst_mail", "cnst_sms"]},
        {"id": "cnstgr_2", "name": "Data", "consents": ["cnst_mail"]},
    ],
    "consents": [
        {"id": "cnst_mail", "name": "Newsletter", "description": "Monthly", "category": "email"},
        {"id": "cnst_sms", "name": "Text messages"},
        {"id": "cnst_alone", "name": "Partners"},
    ],
}
PEOPLE = [{"id": f"cust_{i}", "source_id": f"s-{i}", "name": f"N{i}"} for i in range(4)]


@pytest.fixture
def sandbox(sandbox):
    sandbox.reset(PEOPLE, consents=CONSENTS)
    return sandbox


def frame(rows, *, index=None, dtype="boolean"):
    made = pd.DataFrame(rows, index=index or [f"cust_{i}" for i in range(len(rows))])
    return made.astype(dtype)


def push(project, rows, **arguments):
    given = rows if isinstance(rows, pd.DataFrame) else frame(rows)
    return project.push_consents(given, progress=False, **arguments)


def outcomes(report):
    return dict(zip(report.rows["customer"], report.rows["outcome"], strict=True))


# -- reading ---------------------------------------------------------------------------------


def test_consents_come_with_the_groups_they_belong_to(project):
    consents = project.fetch_consents()
    assert consents.index.name == "consent_id"
    assert list(consents.index) == ["cnst_mail", "cnst_sms", "cnst_alone"]
    assert consents.loc["cnst_mail", "group"] == "Marketing, Data"
    assert pd.isna(consents.loc["cnst_alone", "group"])
    assert str(consents["created_at"].dtype) == "datetime64[us, UTC]"
    assert project.calls.total == 1


def test_a_project_with_consents_but_none_in_it_gives_an_empty_frame(sandbox, project):
    sandbox.reset([], consents={})
    assert list(project.fetch_consents().columns) == [
        "name",
        "description",
        "category",
        "group",
        "created_at",
        "updated_at",
    ]


def test_a_project_without_consents_is_told_plainly_everywhere(sandbox, project):
    sandbox.set(consents=False)
    for verb in (
        project.fetch_consents,
        lambda: push(project, [{"cnst_mail": True}]),
        lambda: project.update_consents("cust_0", {"cnst_mail": True}),
    ):
        with pytest.raises(NotFoundError, match="This Voucherify project has no consents"):
            verb()


# -- one customer ----------------------------------------------------------------------------


def test_one_customers_consents_are_sent_and_remembered(sandbox, project):
    project.update_consents("s-1", {"cnst_mail": True, "cnst_sms": False})
    assert sandbox.sent_consents("cust_1") == {"cnst_mail": True, "cnst_sms": False}
    assert project.calls.total == 1
    customers = project.fetch_customers(progress=False)
    last = project.last_sent_consents(customers)
    assert last[["customer_id", "consent_id", "given"]].values.tolist() == [
        ["cust_1", "cnst_mail", True],
        ["cust_1", "cnst_sms", False],
    ]


def test_an_unknown_customer_is_not_mistaken_for_a_project_without_consents(project):
    with pytest.raises(NotFoundError, match="no customer 'nobody'"):
        project.update_consents("nobody", {"cnst_mail": True})


@pytest.mark.parametrize("consents", [{}, {"cnst_mail": None}, {"cnst_mail": 1}])
def test_what_is_neither_given_nor_withdrawn_is_refused(sandbox, project, consents):
    with pytest.raises(ArgumentError, match="True or False by consent id"):
        project.update_consents("cust_1", consents)
    assert sandbox.requests() == []


# -- many ------------------------------------------------------------------------------------


def test_a_missing_cell_leaves_that_consent_alone(sandbox, project):
    report = push(
        project,
        [
            {"cnst_mail": True, "cnst_sms": pd.NA},
            {"cnst_mail": pd.NA, "cnst_sms": False},
            {"cnst_mail": pd.NA, "cnst_sms": pd.NA},
        ],
    )
    assert sandbox.sent_consents("cust_0") == {"cnst_mail": True}
    assert sandbox.sent_consents("cust_1") == {"cnst_sms": False}
    assert sandbox.sent_consents("cust_2") == {}
    assert outcomes(report) == {"cust_0": "sent", "cust_1": "sent", "cust_2": "skipped"}
    assert report.rows["sent"].tolist() == [{"cnst_mail": True}, {"cnst_sms": False}, {}]
    assert project.calls.by_operation == {"update_consents": 2, "list_consents": 1}
    assert len(report.failed) == 0
    report.raise_if_failed()


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([True, False, None], dtype=object),
        pd.Series([True, False, pd.NA], dtype="boolean"),
        pd.Series([True, False, np.nan], dtype=object),
        pd.Series([np.True_, np.False_, None], dtype=object),
        pd.Series([1, 0, np.nan]),
        pd.Series(["yes", "No", ""], dtype="str"),
        pd.Series(["TRUE", "FALSE", None], dtype="str"),
        pd.Series(["1", "0", "nan"], dtype="str"),
        pd.Series([1, "false", "None"], dtype=object),
    ],
)
def test_flags_of_any_dtype_or_dress_are_flags(sandbox, project, column):
    column.index = ["s-0", "s-1", "s-2"]
    push(project, column.to_frame("cnst_mail"))
    assert [sandbox.sent_consents(f"cust_{i}") for i in range(3)] == [
        {"cnst_mail": True},
        {"cnst_mail": False},
        {},
    ]


@pytest.mark.parametrize(
    "move",
    [
        lambda f: f.rename_axis("customer_id").reset_index(),
        lambda f: f.rename_axis("customer_id").assign(source_id=["s-0", "s-1"]),
        lambda f: f.set_index(pd.Index(["s-0", "s-1"], name="source_id")).reset_index(),
        lambda f: f.rename_axis("customer_id").set_index("cnst_sms", append=True, drop=False),
        lambda f: pd.concat(
            [f.rename_axis("customer_id").reset_index(), pd.DataFrame({"customer_id": [None]})]
        ),
    ],
)
def test_customers_are_found_in_columns_too(sandbox, project, move):
    given = frame([{"cnst_mail": True, "cnst_sms": False}] * 2)
    report = push(project, move(given))
    assert list(outcomes(report).values()) == ["sent", "sent"]
    assert all(len(sandbox.sent_consents(f"cust_{i}")) == 2 for i in range(2))


def test_source_ids_may_have_become_numbers(sandbox, project):
    sandbox.reset([{"id": "cust_0", "source_id": "42"}], consents=CONSENTS)
    push(project, pd.DataFrame({"source_id": [42.0], "cnst_mail": [1.0]}))
    assert sandbox.sent_consents("cust_0") == {"cnst_mail": True}


def test_one_person_under_two_names_is_refused(sandbox, project):
    given = frame([{"cnst_mail": True}] * 3, index=["cust_0", "cust_1", "s-1"])
    with pytest.raises(ArgumentError, match="'cust_1' and 's-1' are the same customer"):
        push(project, given)
    assert not any(sandbox.sent_consents(f"cust_{i}") for i in range(3))
    assert project.calls.by_operation == {"list_consents": 1, "get_customer": 1}


def test_masked_rows_are_skipped(sandbox, project):
    given = frame([{"cnst_mail": True}] * 3)
    report = push(project, given.where(given.index.to_series() != "cust_1"))
    assert list(outcomes(report).values()) == ["sent", "skipped", "sent"]


def test_unsubscribing_sends_only_that(sandbox, project):
    push(project, [{"unsubscribed": True, "cnst_mail": False}])
    (sent,) = [r for r in sandbox.requests() if r["method"] == "PUT"]
    assert sent["path"] == "/v1/customers/cust_0/consents"
    assert sandbox.sent_consents("cust_0") == {
        "unsubscribed": True,
        "cnst_mail": False,
        "cnst_sms": False,
        "cnst_alone": False,
    }


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (frame([{"cnst_male": True}]), r"'cnst_male' \(did you mean 'cnst_mail', Newsletter\?\)"),
        (frame([{"Newsletter": True}]), "is a consent's name, its id is 'cnst_mail'"),
        (frame([{"newsleter": True}]), r"did you mean 'cnst_mail', Newsletter\?"),
        (frame([{"unsubscribe": True}]), r"did you mean 'unsubscribed'\?"),
        (frame([{"colour": True}]), "No consent of this project: 'colour'"),
        (frame([{"cnst_mail": 2}], dtype="int64"), "holds 2 for customer 'cust_0'"),
        (frame([{"cnst_mail": "maybe"}], dtype="str"), "holds 'maybe' for customer 'cust_0'"),
        (frame([{"unsubscribed": False}]), "only True"),
        (frame([{"unsubscribed": True, "cnst_mail": True}]), "leave one of the two missing"),
        (frame([{"cnst_mail": True}] * 2, index=["a", "a"]), "'a' stands in the frame more than"),
        (frame([{"cnst_mail": True}], index=[7]), "The index .7 …. names no customer"),
        (frame([{"cnst_mail": True}], index=[""]), "Row 1 names no customer"),
        (pd.DataFrame([[True, True]], columns=["cnst_mail"] * 2, index=["a"]), "more than once"),
        ({"cnst_mail": True}, "dict is no DataFrame"),
    ],
)
def test_a_frame_that_cannot_be_meant_is_refused_before_anything_is_sent(
    sandbox, project, given, says
):
    with pytest.raises(ArgumentError, match=says):
        project.push_consents(given, progress=False)
    assert [r["method"] for r in sandbox.requests()] == ["GET"]


def test_failed_rows_do_not_hide_the_good_ones(sandbox, project):
    report = push(
        project,
        frame([{"cnst_mail": True}] * 3, index=["cust_0", "nobody", "cust_2"]),
    )
    assert outcomes(report) == {"cust_0": "sent", "nobody": "failed", "cust_2": "sent"}
    assert "no customer 'nobody'" in report.failed["reason"].item()
    with pytest.raises(PushFailed, match="2 sent, 1 failed") as caught:
        report.raise_if_failed()
    assert caught.value.report is report
    customers = pd.DataFrame(index=pd.Index(["cust_0", "nobody"], name="customer_id"))
    assert set(project.last_sent_consents(customers)["customer_id"]) == {"cust_0"}


def test_a_lost_answer_is_asked_for_again(sandbox, project):
    sandbox.script({"method": "PUT", "path": "*/consents", "nth": 2, "do": "lose"})
    report = push(project, [{"cnst_mail": True}] * 3)
    assert set(outcomes(report).values()) == {"sent"}


def test_what_may_have_been_sent_is_unknown_and_not_shown_as_last_sent(sandbox, project):
    sandbox.script(
        {"method": "PUT", "path": "*cust_1/consents", "nth": "every", "do": "html", "status": 500}
    )
    report = push(project, [{"cnst_mail": True}] * 3)
    assert outcomes(report) == {"cust_0": "sent", "cust_1": "unknown", "cust_2": "sent"}
    customers = pd.DataFrame(index=pd.Index(["cust_1"], name="customer_id"))
    assert len(project.last_sent_consents(customers)) == 0


def test_a_failure_that_meets_all_ends_the_run_and_the_rest_is_said_to_be_unsent(sandbox, project):
    sandbox.script(
        {
            "method": "PUT",
            "path": "*cust_1/consents",
            "do": "status",
            "status": 403,
            "body": {"code": 403, "key": "forbidden", "message": "Forbidden"},
        }
    )
    report = push(project, [{"cnst_mail": True}] * 4)
    assert list(outcomes(report).values()) == ["sent", "failed", "skipped", "skipped"]
    assert isinstance(report.stopped_by, AuthError)
    assert "Stopped early: 403" in repr(report)
    assert list(report.failed["customer"]) == ["cust_1", "cust_2", "cust_3"]
    assert sandbox.sent_consents("cust_2") == {}


class _Stops(ProgressDisplay):
    """Interrupts, as a person would, when so many are done."""

    def __init__(self, after):
        self._after = after

    def show(self, done, *_, **__):
        if done == self._after:
            raise KeyboardInterrupt


def test_an_interrupt_leaves_a_report_and_the_failed_rows_can_be_pushed_again(sandbox, project):
    given = frame([{"cnst_mail": True}] * 4)
    with pytest.raises(RunInterrupted, match="2 sent, 2 skipped") as caught:
        project.push_consents(given, progress=_Stops(2))
    report = caught.value.report
    rest = given.loc[report.failed["customer"]]
    assert set(outcomes(push(project, rest)).values()) == {"sent"}
    assert all(sandbox.sent_consents(f"cust_{i}") for i in range(4))


def test_what_cannot_be_logged_is_not_called_unsent(sandbox, project, monkeypatch):
    def full(_file, name):
        raise JournalError("The push journal cannot be written (disk full).")

    monkeypatch.setattr(JournalFile, "step", full)
    project._open_journal().close()  # opening needs no step once the tables are there
    report = push(project, [{"cnst_mail": True}])
    assert outcomes(report) == {"cust_0": "sent"}
    assert "not remembered on this computer" in report.rows["reason"].item()


@pytest.fixture
def project(project):
    with project._open_journal():  # makes the tables
        return project


def test_the_last_of_several_is_shown_and_unsubscribing_counts_for_all(project):
    project.update_consents("s-0", {"cnst_mail": True, "cnst_sms": True})
    project.update_consents("cust_0", {"cnst_mail": False})
    customers = project.fetch_customers(progress=False)

    def given():
        last = project.last_sent_consents(customers)
        return dict(zip(last["consent_id"], last["given"], strict=True))

    assert given() == {"cnst_mail": False, "cnst_sms": True}
    project.update_consents("cust_0", {"unsubscribed": True})
    assert given() == {"cnst_mail": False, "cnst_sms": False, "unsubscribed": True}
    project.update_consents("cust_0", {"cnst_sms": True})
    assert given()["cnst_sms"]


def test_the_log_of_one_project_is_not_that_of_another(make_project, project):
    project.update_consents("cust_0", {"cnst_mail": True})
    other = make_project(url=project.url.replace("127.0.0.1", "localhost"))
    customers = pd.DataFrame(index=pd.Index(["cust_0"], name="customer_id"))
    assert len(project.last_sent_consents(customers)) == 1
    empty = other.last_sent_consents(customers)
    assert len(empty) == 0
    assert str(empty["sent_at"].dtype) == "datetime64[us, UTC]"


def test_a_reports_text_cannot_run_in_the_notebook(project):
    nasty = "<img src=x onerror=alert(1)>"
    report = push(project, frame([{"cnst_mail": True}], index=[nasty]))
    assert "<img" not in report._repr_html_()
    assert "&lt;img" in report._repr_html_()
