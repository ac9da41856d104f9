from __future__ import annotations

import io

import pytest

from vfy_notebook.errors import ResponseError
from vfy_notebook.frames.exports.customers import customers_with
from vfy_notebook.frames.exports.table import ExportedTable
from vfy_notebook.push.lookup.export_lookup import _ALWAYS, _export_fields, _rows

FIELDS = ["name", "address.city", "metadata.tier", "metadata.Tier", "metadata.name"]


def rows_of(text, fields=FIELDS):
    what = customers_with(*_ALWAYS, *_export_fields(fields))
    table = ExportedTable([io.BytesIO(text.encode("utf-8-sig"))], what, keys=None)
    return [row for piece in table.pieces() for row in _rows(piece, fields)]


@pytest.mark.parametrize(
    "titles",
    [
        "id,source_id,updated_at,name,address_city,metadata.tier,metadata.Tier,metadata.name",
        "Id,Source Id,Updated At,Name,Address City,metadata.tier,metadata.Tier,metadata.name",
        "ID,SOURCE_ID,updated_at,Name,ADDRESS_CITY,metadata.tier,metadata.Tier,metadata.name",
        "ID,Source ID,Last Update Date,Name,City,tier,Tier,name",
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
    (row,) = rows_of("id,source_id,updated_at,name,address_city,Tier\ncust_1,,,N,,silver\n")
    assert row.source_id is row.updated_at is None
    assert row.cells["metadata.Tier"] == "silver"
    assert row.cells["address.city"] == ""
    assert "metadata.tier" not in row.cells
    assert "metadata.name" not in row.cells  # the title means the customer's own name


@pytest.mark.parametrize(
    "text",
    ["", "name\nA\n", "id,source_id\ncust_1,s1\n", "<html>\n", "id,source_id,updated_at\n,,\n"],
)
def test_files_that_do_not_tell_who_was_updated_when_are_refused(text):
    with pytest.raises(ResponseError):
        rows_of(text, [])
