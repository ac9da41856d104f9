"""Customers' and servers' texts in whatever a user looks at: shown, and never obeyed."""

from __future__ import annotations

import logging
import warnings

import pytest

import vfy_notebook as vfy
from vfy_notebook.errors import VfyNotebookError

#: Clears a screen, turns the direction of a line, rings a bell, begins an escape in one byte.
BAD = "\x1b[2J\u202e\x07\x9b31m\u2066"
SIGNS = frozenset("\x1b\u202e\x07\x9b\u2066")


@pytest.fixture
def customers(project, sandbox):
    sandbox.reset(
        customers=[
            {
                "id": f"cust_{i}",
                "source_id": f"s{i}{BAD}",
                "name": f"Ann{BAD}",
                "email": f"a{BAD}@x.example",
                "metadata": {f"k{BAD}": BAD, "tier": BAD},
                "address": {"city": BAD},
            }
            for i in range(3)
        ]
    )
    return project.fetch_customers(progress=False)


def looks(project, customers, folder):
    """What a user does, and looks at."""
    yield lambda: project.get_customer(f"no{BAD}")
    yield lambda: project.update_customer(f"no{BAD}", name="x")
    yield lambda: project.create_customer(**{f"field{BAD}": 1})
    yield lambda: project.create_customer(source_id="new", name=BAD)
    yield lambda: project.fetch_customers(segment=f"S{BAD}")
    yield lambda: project.fetch_customers(metadata_keys=BAD)
    yield lambda: project.get_push(BAD)
    yield lambda: project.import_csv(customers.assign(**{f"x{BAD}": 1}))
    yield lambda: project.plan_push(customers, columns=[f"x{BAD}"])
    yield lambda: project.plan_push(customers.assign(**{f"adress.city{BAD}": 1}))
    yield lambda: project.plan_push(customers.assign(source_id=BAD)).push()
    yield lambda: project.plan_push(customers.assign(name=f"x{BAD}"))
    yield lambda: project.plan_push(customers.assign(name=f"x{BAD}")).push(progress=False)
    yield lambda: project.plan_segment(f"S{BAD}", customers)
    yield lambda: project.plan_deletion(customers)
    yield lambda: project.plan_deletion([f"no{BAD}"], progress=False)
    yield lambda: vfy.to_excel(customers, folder / "a.xlsx")
    yield lambda: vfy.to_excel(customers, folder / "b.xlsx", [f"x{BAD}"])
    yield lambda: vfy.mask(customers, also=[f"x{BAD}"])
    yield lambda: project.plan_deletion(customers).delete(confirm=3, progress=False)


def test_no_text_of_others_acts_on_a_terminal_or_a_page(project, customers, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    seen = failed = 0
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for number, look in enumerate(looks(project, customers, tmp_path)):
            try:
                made = look()
            except VfyNotebookError as error:
                shown = str(error)
                failed += 1
            else:
                shown = repr(made) + getattr(made, "_repr_html_", str)()
                seen += 1
            assert SIGNS.isdisjoint(shown), (number, shown)
    assert (seen, failed) >= (6, 8)
    assert all(SIGNS.isdisjoint(str(each.message)) for each in told)
    assert all(SIGNS.isdisjoint(record.getMessage()) for record in caplog.records)
