"""``POST /v1/customers/importCSV``: headers, types, overwriting, failed rows."""

from __future__ import annotations

import pytest

from .support import customers

SCHEMA = {
    "properties": {
        "age": {"type": "number"},
        "vip": {"type": "boolean"},
        "tags": {"type": "string", "array": True},
        "extra": {"type": "object"},
        "channel": {"type": "string", "optional": False, "eq": ["Facebook", "Twitter"]},
    }
}


def lines(*rows):
    return "\r\n".join(rows).encode()


def test_an_import_overwrites_the_whole_profile(api, box):
    box.reset(
        [
            {
                "id": "cust_1",
                "source_id": "s",
                "name": "Old",
                "phone": "1",
                "address": {"city": "X"},
                "metadata": {"a": 1},
                "summary": {"orders": {"total_count": 3}},
            }
        ]
    )
    result = api.result(api.upload(lines("Source_id,Name,shoe_size", "s,New,00042")))
    assert result == {
        "message": "1 customer(s) imported successfully, 0 failed.",
        "failed": [],
        "done_count": 1,
        "failed_count": 0,
    }
    (after,) = box.customers()
    assert (after["id"], after["name"], after["address"]) == ("cust_1", "New", None)
    assert after["metadata"] == {"shoe_size": "00042"}
    assert "phone" not in after
    assert after["summary"]["orders"]["total_count"] == 3
    assert after["updated_at"] > after["created_at"]


def test_all_standard_headers_and_those_of_the_template(api, box):
    header = (
        "Source_id,Name,Email,Phone,Birthdate,Description,Address_line_1,Address_line_2,"
        "Address_Postal_Code,Address_City,Address_State,Address_Country"
    )
    api.result(
        api.upload(
            lines(header, 's,"N, n",e@example.com,1,2000-02-29,"two\nlines",L1,L2,90-001,Łódź,S,PL')
        )
    )
    made = box.customer("s")
    assert {key: made[key] for key in ("name", "email", "phone", "birthdate", "description")} == {
        "name": "N, n",
        "email": "e@example.com",
        "phone": "1",
        "birthdate": "2000-02-29",
        "description": "two\nlines",
    }
    address = {
        "city": "Łódź",
        "state": "S",
        "line_1": "L1",
        "line_2": "L2",
        "country": "PL",
        "postal_code": "90-001",
    }
    assert made["address"] == address
    template = "Source_id,Address_line_1,Address_line_2,City,Postal_Code,State,Country"
    api.result(api.upload(lines(template, "t,L1,L2,Łódź,90-001,S,PL")))
    assert box.customer("t")["address"] == address


def test_rows_are_found_by_source_id_or_id_and_created_otherwise(api, box):
    box.reset(customers(2))
    api.result(api.upload(lines("Id,Source_id,Name", "cust_000,,A", ",c001,B", ",new,C", ",,D")))
    found = {each["name"]: each for each in box.customers()}
    assert (found["A"]["id"], found["A"]["source_id"]) == ("cust_000", "c000")
    assert found["B"]["id"] == "cust_001"
    assert found["C"]["source_id"] == "new"
    assert found["D"]["source_id"] is None
    assert [row["found"] for row in box.jobs()[0]["results"]] == [True, True, False, False]


def test_metadata_has_the_types_of_the_schema(api, box):
    box.reset([], metadata_schema=SCHEMA)
    row = 's,7.5,true,"[""a"",""b""]","{""k"":1}",Twitter,12'
    api.result(api.upload(lines("Source_id,age,vip,tags,extra,channel,free", row)))
    assert box.customer("s")["metadata"] == {
        "age": 7.5,
        "vip": True,
        "tags": ["a", "b"],
        "extra": {"k": 1},
        "channel": "Twitter",
        "free": "12",
    }


def test_a_boolean_may_be_null_and_is_spelt_as_in_json(api, box):
    box.reset([], metadata_schema={"properties": {"vip": {"type": "boolean"}}})
    result = api.result(api.upload(lines("Source_id,vip", "a,null", "b,false", "c,False")))
    assert box.customer("a")["metadata"] == {"vip": None}
    assert box.customer("b")["metadata"] == {"vip": False}
    assert [each["source_id"] for each in result["failed"]] == ["c"]
    assert box.customer("c") is None


def test_failed_rows_are_named_and_the_others_imported(api, box):
    box.reset([], metadata_schema=SCHEMA)
    result = api.result(
        api.upload(
            lines(
                "Source_id,channel,vip,Birthdate",
                "a@example.com,snap,true,",
                "b,Facebook,yes,",
                "c,Facebook,true,31.12.1999",
                "d,Facebook,true",
                ",insta,true,",
                "f,Twitter,false,1999-12-31",
            )
        )
    )
    assert result["message"] == "1 customer(s) imported successfully, 5 failed."
    said = (
        "channel: must be a string, property is required, must be equal to one of "
        "Facebook,Twitter (actual value is '{}')"
    )
    assert result["failed"] == [
        {"source_id": "a@example.com", "row": 1, "reason": said.format("snap")},
        {"source_id": "b", "row": 2, "reason": "vip: must be a boolean (actual value is 'yes')"},
        {
            "source_id": "c",
            "row": 3,
            "reason": "birthdate: must be a date (actual value is '31.12.1999')",
        },
        {"source_id": "d", "row": 4, "reason": "expected 4 cells, found 3"},
        {"source_id": "", "row": 5, "reason": said.format("insta")},
    ]
    assert [each["source_id"] for each in box.customers()] == ["f"]


def test_scripted_failures_reach_imports_too(api, box):
    box.set(job_failures={"a": "because"})
    result = api.result(api.upload(lines("Source_id,Name", "a,A", "b,B")))
    assert result["failed"] == [{"source_id": "a", "row": 1, "reason": "because"}]
    (job,) = box.jobs()
    assert "operation_status" not in job
    assert "reports" not in result


@pytest.mark.parametrize(
    ("switch", "name", "metadata"),
    [("omit", False, False), ("null", None, {"x": None}), ("text", "", {"x": ""})],
)
def test_an_empty_cell(api, box, switch, name, metadata):
    box.set(csv_empty_cells=switch)
    api.result(api.upload(lines("Source_id,Name,x", "s,,")))
    made = box.customer("s")
    assert made.get("name", False) == name
    assert made.get("metadata", False) == metadata


def test_a_byte_order_mark_and_blank_lines_do_no_harm(api, box):
    api.result(api.upload(b"\xef\xbb\xbfSource_id,Name\n\ns,N\n\n"))
    assert box.customer("s")["name"] == "N"


def test_an_import_that_dies_midway_has_no_result(api, box):
    box.set(job_death="midway")
    api.upload(lines("Source_id", "a", "b", "c", "d"))
    api.wait_for_jobs()
    assert [job["status"] for job in box.jobs()] == ["FAILED"]
    assert len(box.customers()) == 2


@pytest.mark.parametrize(
    ("content", "details"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "The file is empty"),
        (b"Source_id,\xff\n", "The file is no CSV in UTF-8"),
        (b'Source_id\n"open', "The file is no CSV in UTF-8"),
        (b"Source id,Name\na,b", "Header 'Source id': no spaces"),
        (b"Source_id,,Name\na,b,c", "Header '': no spaces"),
        (b"Source_id,x,x\na,b,c", "Two headers are the same"),
    ],
)
def test_files_that_are_no_csv_are_refused(api, box, content, details):
    reply = api.upload(content)
    assert reply.status == 400
    assert reply.json["details"].startswith(details)
    assert box.jobs() == []


def test_the_file_is_a_form_field(api):
    route = "/v1/customers/importCSV"
    plain = api.send("POST", route, body=b"Source_id", headers={"Content-Type": "text/csv"})
    assert plain.status == 415
    assert api.upload(b"Source_id\na", field="data").json["details"] == "Property .file is required"
    for kind in ("multipart/form-data", "multipart/form-data; boundary=nowhere"):
        reply = api.send("POST", route, body=b"--x\r\n\r\nrubbish", headers={"Content-Type": kind})
        assert (reply.status, reply.json["details"]) == (400, "Property .file is required")


def test_a_header_alone_imports_nobody(api):
    result = api.result(api.upload(b"Source_id,Name\n"))
    assert (result["done_count"], result["failed_count"]) == (0, 0)
