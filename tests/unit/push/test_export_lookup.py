from __future__ import annotations

import io

import pytest

from vfy_notebook.push.export_lookup import _rows, between

FIELDS = ["name", "address.city", "metadata.tier", "metadata.Tier", "metadata.name"]


def rows_of(text, fields=FIELDS):
    rows = _rows(io.BytesIO(text.encode("utf-8-sig")), fields)
    return None if rows is None else list(rows)


@pytest.mark.parametrize(
    "titles",
    [
        "id,source_id,updated_at,name,address_city,metadata.tier,metadata.Tier,metadata.name",
        "Id,Source Id,Updated At,Name,Address City,metadata.tier,metadata.Tier,metadata.name",
        "ID,SOURCE_ID,updated_at,Name,ADDRESS_CITY,metadata.tier,metadata.Tier,metadata.name",
    ],
)
def test_titles_are_understood_however_they_are_spelt(titles):
    (row,) = rows_of(f"{titles}\ncust_1,s1,2024-01-31T00:00:00.000Z,N,Łódź,gold,silver,x\n")
    assert (row.customer_id, row.source_id) == ("cust_1", "s1")
    assert row.updated_at == "2024-01-31T00:00:00.000Z"
    assert {name: row.cells[name] for name in FIELDS} == {
        "name": "N",
        "address.city": "Łódź",
        "metadata.tier": "gold",
        "metadata.Tier": "silver",
        "metadata.name": "x",
    }


def test_metadata_without_a_prefix_is_known_by_its_exact_title_only():
    (row,) = rows_of("id,source_id,updated_at,name,Tier\ncust_1,,,N,silver\n")
    assert row.source_id is row.updated_at is None
    assert row.cells["metadata.Tier"] == "silver"
    assert "metadata.tier" not in row.cells
    assert "metadata.name" not in row.cells  # the title means the customer's own name
    assert "address.city" not in row.cells


@pytest.mark.parametrize("text", ["", "name\nA\n", "id,source_id\ncust_1,s1\n", "<html>\n"])
def test_files_that_do_not_tell_who_was_updated_when_are_of_no_use(text):
    assert rows_of(text) is None


def test_lines_that_are_cut_off_are_skipped():
    assert len(rows_of("id,source_id,updated_at\ncust_1,s1,\ncust_2\n")) == 1


def test_bounds_are_a_millisecond_wide_of_what_is_meant():
    assert between("updated_at", 1_700_000_000_000, 1_700_000_001_000) == {
        "junction": "and",
        "updated_at": {
            "conditions": {
                "$after": ["2023-11-14T22:13:19.999Z"],
                "$before": ["2023-11-14T22:13:21.001Z"],
            }
        },
    }
