"""Forms for a thousand customers: as small on the screen as for eight, and done to the end."""

from __future__ import annotations

import ipywidgets as widgets
import pytest

from tests.forms.conftest import CONSENTS, PEOPLE
from tests.forms.driving import all_widgets, button, click, find, shown
from tests.forms.test_views import choose_field, confirm, visible_values
from vfy_notebook.forms.customers.consents import Choice

COUNT = 1_000

#: Bytes of HTML that a form may show at once.
MOST_SHOWN = 40_000

SCHEMA = {"properties": {"tier": {"type": "string"}}}


@pytest.fixture
def thousand(sandbox, project):
    people = [
        {**PEOPLE[i % 8], "id": f"cust_{i:04d}", "source_id": f"s{i}", "name": f"Name {i}"}
        for i in range(COUNT)
    ]
    sandbox.reset(people, consents=CONSENTS, metadata_schema=SCHEMA)
    return project.fetch_customers(progress=False)


def size(form):
    """How many widgets there are, and how much they show."""
    return len(list(all_widgets(form))), len(shown(form))


def is_as_small(form, small):
    """Whether a form for a thousand customers is like one for eight."""
    return size(form)[0] <= size(small)[0] + 5 and size(form)[1] < MOST_SHOWN


def test_consents_of_a_thousand(sandbox, project, thousand):
    form = project.consent_form(thousand)
    assert is_as_small(form, project.consent_form(thousand.head(8)))
    find(form, widgets.Dropdown, "Newsletter").value = Choice.GIVE
    click(form, "Apply")
    assert "Consents: 1,000 sent." in shown(form)
    assert len(shown(form)) < MOST_SHOWN
    assert len(form.report.rows) == COUNT
    assert all(sandbox.sent_consents(f"cust_{i:04d}") for i in range(0, COUNT, 99))


def test_edits_of_a_thousand(sandbox, project, thousand):
    form = project.edit_form(thousand)
    assert is_as_small(form, project.edit_form(thousand.head(8)))
    choose_field(form, "metadata.tier")
    visible_values(form)[0].value = "bronze"
    click(form, "Preview")
    confirm(form)
    assert len(shown(form)) < MOST_SHOWN
    click(form, "Push 1,000 changes")
    assert len(shown(form)) < MOST_SHOWN
    assert {each["metadata"]["tier"] for each in sandbox.customers()} == {"bronze"}


def test_the_deletion_of_a_thousand(sandbox, project, thousand):
    form = project.deletion_form(thousand)
    assert is_as_small(form, project.deletion_form(thousand.head(8)))
    find(form, widgets.Text, "to confirm").value = "1000"
    assert not button(form, "Delete 1,000 customers").disabled
    click(form, "Delete 1,000 customers")
    assert sandbox.customers() == []
    assert "Deletion: 1,000 deleted." in shown(form)
    assert len(shown(form)) < MOST_SHOWN
