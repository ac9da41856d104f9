"""Frames that call their customers by something else than ids: the message has the way out."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.contract.push_support import fill, push, writes
from tests.ways_out import frame_by, python_in
from vfy_notebook.errors import PlanError

TIERS = {"metadata.tier": ["gold"] * 3}
IDS = [f"cust_{i:05d}" for i in range(3)]
SOURCE_IDS = [f"s{i}" for i in range(3)]
EMAILS = [f"ann{i}@example.com" for i in range(3)]


def index(labels, name):
    return pd.DataFrame(TIERS, index=pd.Index(labels, name=name))


FRAMES = {
    "a blank behind": index([f"{each} " for each in IDS], "customer_id"),
    "a blank behind one": index([f"{IDS[0]} ", *IDS[1:]], "customer_id"),
    "an index without a name": index([f"\xa0{each}" for each in IDS], None),
    "a tabulator in a column": pd.DataFrame({"customer_id": [f"{e}\t" for e in IDS], **TIERS}),
    "a byte order mark": index([f"\ufeff{IDS[0]}", *IDS[1:]], "customer_id"),
    "quotes": pd.DataFrame({"customer_id": [f"'{each}'" for each in IDS], **TIERS}),
    "blanks in two levels": pd.DataFrame(
        TIERS,
        index=pd.MultiIndex.from_arrays(
            [["PL"] * 3, [f"{each} " for each in IDS]], names=["country", "customer_id"]
        ),
    ),
    "capital letters": index([each.upper() for each in IDS], "customer_id"),
    "a capital letter in one": pd.DataFrame({"customer_id": [IDS[0].title(), *IDS[1:]], **TIERS}),
    "source_ids in capital letters": pd.DataFrame(
        {"source_id": [each.upper() for each in SOURCE_IDS], **TIERS}
    ),
    "source_ids for ids in capital letters": index([e.upper() for e in SOURCE_IDS], None),
    "source_ids with blanks": pd.DataFrame({"source_id": [f"{e} " for e in SOURCE_IDS], **TIERS}),
    "source_ids for ids": index(SOURCE_IDS, "customer_id"),
    "source_ids without a name": index(SOURCE_IDS, None),
    "source_ids in the column of ids": pd.DataFrame({"customer_id": SOURCE_IDS, **TIERS}),
    "both": index(SOURCE_IDS, "customer_id").assign(source_id=SOURCE_IDS),
    "e-mails": index(EMAILS, "email"),
    "e-mails without a name": index(EMAILS, None),
    "e-mails for ids": index(EMAILS, "customer_id"),
    "e-mails for ids and in a column": index(EMAILS, "customer_id").assign(email=EMAILS),
    "e-mails in the column of ids": pd.DataFrame({"customer_id": EMAILS, **TIERS}),
    "e-mails in a column": pd.DataFrame({"email": EMAILS, **TIERS}),
    "another spelling": pd.DataFrame({"Customer ID": IDS, **TIERS}),
    "the header of the vendor's template": pd.DataFrame({"Source_id": SOURCE_IDS, **TIERS}),
}

#: An index of two levels takes two: its levels become columns first.
MOST_WAYS_OUT = 2


def refusal(project, edited):
    """What a plan is refused with; None where it is not."""
    try:
        project.plan_push(edited).refuse_if_blocked()
    except PlanError as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("called", FRAMES)
def test_what_stands_for_an_id_is_named_with_a_way_out_that_works(project, sandbox, called):
    fill(sandbox, 5)
    for i, email in enumerate(EMAILS):
        sandbox.touch(f"s{i}", email=email)
    customers = project.fetch_customers(progress=False)
    edited = FRAMES[called].copy()
    ways_out = 0
    while (message := refusal(project, edited)) is not None and ways_out < MOST_WAYS_OUT:
        ways_out += 1
        assert len(message.encode()) < 4_000
        (code, *_) = python_in(message, "edited")
        edited = frame_by(code, "edited", edited=edited, customers=customers)
    assert ways_out > 0
    plan = project.plan_push(edited)
    assert writes(sandbox) == {}
    assert sorted(plan.edits["customer_id"]) == IDS
    assert push(plan).counts == {"updated": 3}


def test_rows_that_are_nobodys_are_told_apart_by_what_they_are(project, sandbox):
    fill(sandbox, 5)
    project.fetch_customers(progress=False)
    labels = [f"{IDS[0]} ", "s1", "ann2@example.com", "nobody", IDS[4 - 2]]
    edited = pd.DataFrame({"name": list("abcde")}, index=pd.Index(labels, name="customer_id"))
    told = project.plan_push(edited).problems.query("blocks")
    assert sorted(map(tuple, told["customers"])) == sorted((each,) for each in labels[:4])
    assert list(told[told["message"].str.contains("create_missing")]["customers"]) == [["nobody"]]
