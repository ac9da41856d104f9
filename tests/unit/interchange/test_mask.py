"""A masked frame shows nobody, and is taken for no values by whatever writes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import vfy_notebook as vfy
from vfy_notebook.api.models import Address, Customer
from vfy_notebook.errors import ArgumentError, VfyNotebookWarning
from vfy_notebook.frames.attrs import MASKED, ODD_VALUES
from vfy_notebook.frames.customers import customers_frame
from vfy_notebook.frames.masking import is_personal
from vfy_notebook.frames.odd_values import odd_values, remember

ALPHABET = set("•@-")
PERSONAL = ["name", "email", "phone", "birthdate", "address.city", "address.line_1"]


@pytest.fixture
def frame():
    made = customers_frame(
        [
            Customer(
                "cust_1",
                source_id="crm-1",
                name="Zofia Łaska",
                email="zofia@laska.example",
                phone="+48 600 100 200",
                birthdate="1990-04-05",
                address=Address(city="Łódź", line_1="Piotrkowska 1"),
                metadata={"tier": "gold", "n": 3, "tags": ["a"]},
                created_at="2024-01-01T00:00:00Z",
            ),
            Customer("cust_2", name="", metadata={"tier": None}, created_at="2024-01-02T00:00:00Z"),
        ]
    )
    made.attrs["mine"] = 1
    return made


def test_who_somebody_is_is_masked_and_all_else_is_kept(frame):
    before = frame.copy()
    masked = vfy.mask(frame)
    for name in PERSONAL:
        assert set(masked.loc["cust_1", name]) <= ALPHABET
        assert masked[name].dtype == "str"
    others = frame.columns.difference([n for n in frame if is_personal(n)])
    pd.testing.assert_frame_equal(masked[others], frame[others])
    assert masked.index.equals(frame.index)
    assert list(masked.columns) == list(frame.columns)
    assert masked.attrs["mine"] == 1
    assert set(PERSONAL) <= set(masked.attrs[MASKED])
    pd.testing.assert_frame_equal(frame, before)
    assert MASKED not in frame.attrs


def test_what_is_missing_stays_missing_and_what_is_empty_stays_empty(frame):
    masked = vfy.mask(frame)
    assert masked.loc["cust_2", "name"] == ""
    assert masked.loc["cust_2", ["email", "birthdate", "address.city"]].isna().all()


def test_a_mask_does_not_tell_how_long_the_value_is(frame):
    longer = frame.assign(name="A", email="a@b.c").copy()
    assert vfy.mask(longer).loc["cust_1", "name"] == vfy.mask(frame).loc["cust_1", "name"]
    assert vfy.mask(longer).loc["cust_1", "email"] == vfy.mask(frame).loc["cust_1", "email"]


@pytest.mark.parametrize(
    "name",
    [
        "name_x", "email_y", "E-Mail", "First name", "Phone Number", "address.city_x",
        "address_city", "Address_line_1", "billing_address.city", "shipping.address",
        "customer.email", "birthday", "Date of Birth",
    ],
)  # fmt: skip
def test_columns_that_people_have_renamed_are_masked_too(name):
    masked = vfy.mask(pd.DataFrame({name: ["Ann", None]}))
    assert set(masked[name].iloc[0]) <= ALPHABET
    assert masked.attrs[MASKED] == [name]


@pytest.mark.parametrize("name", ["metadata.name", "campaign_id", "rename", "summary.orders", 5])
def test_other_columns_are_not(name):
    given = pd.DataFrame({name: ["Ann"]})
    pd.testing.assert_frame_equal(vfy.mask(given), given)


def test_any_dtype_is_masked():
    given = pd.DataFrame(
        {
            "name": pd.Categorical(["Ann", None]),
            "phone": [48600100200, 48600100201],
            "birthdate": pd.to_datetime(["1990-01-01", None]),
            "email": np.array([["a@b.cd"], None], dtype=object),
        }
    )
    masked = vfy.mask(given)
    told = [text for text in masked.to_numpy().ravel() if isinstance(text, str)]
    assert {sign for text in told for sign in text} <= ALPHABET
    assert masked.isna().equals(given.isna())


def test_columns_with_two_names_or_one_name_twice_are_masked():
    names = pd.MultiIndex.from_tuples([("email", "a"), ("n", "b")])
    levels = pd.DataFrame([["Ann", 1]], columns=names)
    assert vfy.mask(levels).iloc[0].to_list() == ["•••@•••", 1]
    twice = pd.DataFrame([["Ann", "Bob", 1]], columns=["name", "name", "n"])
    assert vfy.mask(twice).iloc[0].to_list() == ["•••", "•••", 1]


def test_further_columns_are_masked_if_asked_for(frame):
    given = frame.assign(description="likes tea")
    masked = vfy.mask(given, also=["description", "metadata.tags"])
    assert masked["description"].unique().tolist() == ["•••"]
    assert set(masked.attrs[MASKED]) >= {"description", "metadata.tags"}
    again = vfy.mask(masked)
    assert set(again.attrs[MASKED]) == set(masked.attrs[MASKED])


@pytest.mark.parametrize("also", [["nothing"], ["source_id"], "customer_id"])
def test_ids_are_kept_and_unknown_columns_refused(frame, also):
    with pytest.raises(ArgumentError, match="also"):
        vfy.mask(frame, also=also)


def test_an_index_of_addresses_is_refused_with_a_way_out_that_works(frame):
    given = frame.set_index("email")
    with pytest.raises(ArgumentError, match="reset_index"):
        vfy.mask(given)
    assert vfy.mask(given.reset_index())["email"].iloc[0] == "•••@•••"


def test_something_else_than_a_frame_is_refused(frame):
    with pytest.raises(ArgumentError, match="Series"):
        vfy.mask(frame["email"])


def test_what_is_kept_and_looks_like_a_person_is_told(frame):
    given = frame.assign(source_id=["ann@x.example", "2"], description="call +48 600 100 200")
    with pytest.warns(VfyNotebookWarning) as told:
        masked = vfy.mask(given)
    (message,) = [str(each.message) for each in told]
    assert "source_id" in message
    assert "description" in message
    assert masked["source_id"].equals(given["source_id"])
    # As the warning says:
    vfy.mask(given.drop(columns=["source_id"]), also=["description"])


def test_what_cells_could_not_hold_does_not_stay_in_attrs(frame):
    remember(frame, {"cust_1": {"phone": "48600100200", "address": '"Łódź"', "summary": "5"}})
    masked = vfy.mask(frame)
    assert odd_values(masked) == {"cust_1": {"summary": "5"}}
    assert "600" not in json.dumps(masked.attrs, ensure_ascii=False)
    assert ODD_VALUES in frame.attrs


def test_a_table_of_edits_is_masked_where_it_is_about_a_person():
    edits = pd.DataFrame(
        {
            "customer_id": ["cust_1", "cust_1", "cust_2"],
            "field": ["email", "metadata.tier", "birthdate"],
            "before": ["a@b.example", "gold", None],
            "after": ["c@d.example", ["x"], "1990-01-01"],
        }
    )
    masked = vfy.mask(edits)
    assert masked["before"].dropna().to_list() == ["•••@•••", "gold"]
    assert masked["after"].to_list() == ["•••@•••", ["x"], "••••-••-••"]


def test_no_rows_are_masked_as_well():
    masked = vfy.mask(customers_frame([]))
    assert len(masked) == 0
    assert "email" in masked.attrs[MASKED]


def test_a_workbook_for_editing_is_refused_and_the_way_out_works(frame, tmp_path):
    path = tmp_path / "c.xlsx"
    for masked in (vfy.mask(frame), pd.DataFrame(vfy.mask(frame).to_dict(), index=frame.index)):
        with pytest.raises(vfy.errors.FileError, match="masked"):
            vfy.to_excel(masked, path)
        assert not path.exists()
    vfy.plain(vfy.mask(frame)).to_excel(path, index=False)
    assert "•••@•••" in pd.read_excel(path)["email"].to_list()


def test_a_bullet_in_somebody_s_name_is_no_mask(frame, tmp_path):
    schema = pd.DataFrame()
    vfy.to_excel(frame.assign(name="Ann • Bob"), tmp_path / "c.xlsx", schema=schema)
