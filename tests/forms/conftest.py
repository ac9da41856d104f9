"""What the tests of forms share: customers on the sandbox, some of them nasty."""

from __future__ import annotations

import pytest

NASTY = "<img src=x onerror=\"alert('x')\">"

CONSENTS = {
    "groups": [
        {"id": "cnstgr_1", "name": "Marketing", "consents": ["cnst_mail", "cnst_sms"]},
    ],
    "consents": [
        {"id": "cnst_alone", "name": "Partners", "description": "Shared with partners"},
        {"id": "cnst_mail", "name": "Newsletter", "description": "A letter a month"},
        {"id": "cnst_sms", "name": "Text messages", "description": "Twice a month"},
    ],
}

PEOPLE = [
    {
        "id": f"cust_{i}",
        "source_id": f"s/{i}",
        "name": f"Name {i}",
        "email": f"n{i}@example.com",
        "address": {"city": "Łódź" if i % 2 else "Kraków"},
        "summary": {"orders": {"total_count": i, "total_amount": 100 * i}},
        "metadata": {"tier": "gold" if i % 3 == 0 else "silver", "score": i},
    }
    for i in range(8)
]


@pytest.fixture
def sandbox(sandbox):
    sandbox.reset(PEOPLE, consents=CONSENTS)
    return sandbox


@pytest.fixture
def customers(project):
    return project.fetch_customers(progress=False)
