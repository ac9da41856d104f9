"""What type checkers are told of the public face. Checked by mypy, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    import vfy_notebook as vfy
    from vfy_notebook.customers.consents import ConsentReport
    from vfy_notebook.customers.deletion.plan import DeletionPlan, DeletionReport
    from vfy_notebook.forms.connect_form import ConnectForm
    from vfy_notebook.forms.customers.consent_form import ConsentForm
    from vfy_notebook.forms.customers.deletion_form import DeletionForm
    from vfy_notebook.forms.editing.edit_form import EditForm
    from vfy_notebook.forms.segments.segment_form import SegmentForm
    from vfy_notebook.push.plan import PushPlan, PushReport
    from vfy_notebook.segments.plan import SegmentPlan


def a_ladder_of_project_plan_and_report(project: vfy.Project) -> None:
    customers = project.fetch_customers(city="Łódź", created_after="2024-01-01", progress=False)
    assert_type(customers, pd.DataFrame)
    plan = project.plan_push(customers, new_keys=["tier"], retype=["phone"], progress=False)
    assert_type(plan, PushPlan)
    assert_type(plan.edits, pd.DataFrame)
    report = plan.push(progress=False)
    assert_type(report, PushReport)
    assert_type(report.rows, pd.DataFrame)
    assert_type(report.customers, pd.DataFrame)
    assert_type(report.plan_undo(progress=False), PushPlan)
    assert_type(report.plan_retry(progress=False), PushPlan)
    assert_type(project.refresh(customers), pd.DataFrame)
    assert_type(project.pushes(), pd.DataFrame)
    assert_type(project.get_push("push_1"), PushReport)


def what_else_is_planned(project: vfy.Project, customers: pd.DataFrame) -> None:
    segment = project.plan_segment("Lapsed gold", customers, replace=True, progress=False)
    assert_type(segment, SegmentPlan)
    assert_type(segment.create(delete_old="Lapsed gold"), pd.DataFrame)
    deletion = project.plan_deletion(customers, permanent=True)
    assert_type(deletion, DeletionPlan)
    assert_type(deletion.delete(confirm=12), DeletionReport)
    assert_type(project.push_consents(customers), ConsentReport)


def tables_and_pictures(project: vfy.Project, customers: pd.DataFrame) -> None:
    orders = project.fetch_orders(status="PAID")
    assert_type(orders, pd.DataFrame)
    memberships = project.fetch_memberships(customers)
    assert_type(memberships, pd.DataFrame)
    assert_type(vfy.plots.segment_breakdown(customers, memberships, by="metadata.tier"), Axes)
    assert_type(vfy.analysis.rfm(customers, orders=orders), pd.DataFrame)
    assert_type(vfy.plots.retention(vfy.analysis.cohorts(orders, date="created_at")), Axes)
    assert_type(vfy.plain(customers), pd.DataFrame)
    assert_type(vfy.mask(customers), pd.DataFrame)
    assert_type(vfy.read_csv("customers.csv", like=customers), pd.DataFrame)
    assert_type(vfy.read_excel("customers.xlsx"), pd.DataFrame)


def forms_find_in_a_project_what_they_need(project: vfy.Project, customers: pd.DataFrame) -> None:
    assert_type(vfy.connect_form(), ConnectForm[vfy.Project])
    assert_type(project.consent_form(customers), ConsentForm)
    assert_type(project.deletion_form(customers), DeletionForm)
    assert_type(project.edit_form(customers), EditForm)
    assert_type(project.segment_form(customers), SegmentForm)
