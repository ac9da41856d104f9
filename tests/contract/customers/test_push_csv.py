"""The CSV route: what it is warned of, what it refuses, what its report says."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from tests.contract.push_support import fetched, fill
from tests.ways_out import frame_by, python_in
from vfy_notebook.errors import (
    ArgumentError,
    ConnectError,
    ImportInterrupted,
    OverwriteWarning,
    PlanError,
)

PATH = "/v1/customers/importCSV"
WHOLE = (
    "Source_id,Name,Description,Email,Phone,Birthdate,Address_line_1,Address_line_2,"
    "Address_Postal_Code,Address_City,Address_State,Address_Country,tier\n"
)


@pytest.fixture
def imported(project):
    """Imports silently but for the warning, which must come."""

    def run(given, **options):
        with pytest.warns(OverwriteWarning, match="overwrites existing profiles whole"):
            return project.import_csv(given, progress=False, **options)

    return run


@pytest.fixture
def file(tmp_path):
    """Writes a CSV: `file("a,b\\n1,2\\n")`."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "customers.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def uploads(sandbox):
    return sum(r["path"] == PATH for r in sandbox.requests())


def test_a_frame_is_imported_and_profiles_are_overwritten(imported, project, sandbox):
    fill(sandbox, 3, email="a@example.com")
    flag = {"properties": {"flag": {"type": "boolean"}}}
    sandbox.reset(customers=sandbox.customers(), metadata_schema=flag)
    _, after = fetched(project)
    after["name"] = ["Žofia", 'O"Brien, "X"', "line\nbreak"]
    after["birthdate"] = pd.Timestamp("1990-05-01")
    after["metadata.flag"] = pd.array([True, False, None], dtype="boolean")
    after = after.drop(columns="metadata.score")
    rows = imported(after)
    columns = ["row", "source_id", "outcome", "reason", "async_action_id", "push_id"]
    assert list(rows.columns) == columns
    assert list(rows["outcome"]) == ["imported"] * 3
    assert list(rows["row"]) == [1, 2, 3]
    assert rows["async_action_id"].nunique() == 1
    customers = sandbox.customers()
    assert [c["name"] for c in customers] == ["Žofia", 'O"Brien, "X"', "line\nbreak"]
    assert [c["metadata"]["flag"] for c in customers] == [True, False, None]
    assert {c["birthdate"] for c in customers} == {"1990-05-01"}
    assert {c["email"] for c in customers} == {"a@example.com"}
    assert not any("score" in c["metadata"] for c in customers)


def test_metadata_that_the_import_would_make_text_of_is_refused(imported, project, sandbox):
    fill(sandbox, 1)
    sandbox.reset(customers=sandbox.customers())
    _, after = fetched(project)
    with pytest.raises(ArgumentError, match=r"metadata.score is not text.*plan_push"):
        project.import_csv(after)
    assert uploads(sandbox) == 0
    imported(after.astype({"metadata.score": "str"}))
    assert sandbox.customer("s0")["metadata"] == {"tier": "bronze", "score": "0"}


def test_what_was_checked_is_what_is_uploaded(imported, sandbox, file):
    fill(sandbox, 1)
    rows = "s0,A,,,,,,,,Łódź,,PL,gold\r\n\r\nnew,B,,,,,,,,,,,silver\r\n"
    path = file("\ufeff " + WHOLE + rows)
    rows = imported(str(path))
    assert list(rows["source_id"]) == ["s0", "new"]
    assert sandbox.customer("s0")["metadata"] == {"tier": "gold"}
    assert sandbox.customer("new")["name"] == "B"


def test_the_vendors_reasons_are_told_by_row(imported, sandbox, file):
    sandbox.set(job_failures={"b": "acquisition_channel: must be a string"})
    text = WHOLE + "".join(f"{who},N,,,,,,,,,,,\n" for who in "abc")
    rows = imported(file(text)).set_index("source_id")
    assert list(rows["outcome"]) == ["imported", "failed", "imported"]
    assert rows.loc["b", "reason"] == "acquisition_channel: must be a string"
    assert pd.isna(rows.loc["a", "reason"])


def test_partial_profiles_are_refused_unless_told_so(imported, project, sandbox, file):
    fill(sandbox, 1, email="a@example.com")
    path = file("Source_id,Name\ns0,New\n")
    with pytest.raises(PlanError, match=r"email.*plan_push") as refused:
        project.import_csv(path)
    assert "allow_partial" not in str(refused.value)  # it would wipe what is not in the file
    assert uploads(sandbox) == 0
    imported(path, allow_partial=True)
    assert sandbox.customer("s0").get("email") is None


def test_the_vendors_template_counts_as_whole(imported, file):
    headers = (
        "Name,Source_id,Email,Phone,Birthdate,Address_line_1,Address_line_2,Postal_Code,City,"
        "State,Country,Description"
    )
    assert list(imported(file(f"{headers}\nA,s1,,,,,,,,,,\n"))["outcome"]) == ["imported"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (",A,,,,,,,,,,,\n", r"Without a source_id: 1 row \(1\)"),
        (
            "a,A,,,,,,,,,,,\nb,B,,,,,,,,,,,\na,C,,,,,,,,,,,\n",
            r"With the source_id of an earlier row: 1 row \(3\)",
        ),
        ("a,A,,,,,,,,,,,\n42.0,B,,,,,,,,,,,\n", r"number for a source_id.*1 row \(2\).*'42.0'"),
        ("4.86E+10,A,,,,,,,,,,,\n", r"number for a source_id.*1 row \(1\)"),
        ("a,A,,,,,,,,,,,\nb ,B,,,,,,,,,,,\n", r"blanks around its source_id.*1 row \(2\).*'b '"),
        ("".join(f"a{i},{'x' * 100_000},,,,,,,,,,,\n" for i in range(110)), "in parts"),
    ],
)
def test_rows_that_would_lose_or_double_customers_are_refused(project, file, sandbox, rows, told):
    with pytest.raises(PlanError, match=told):
        project.import_csv(file(WHOLE + rows))
    assert sandbox.requests() == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no rows"),
        (WHOLE, "has no rows"),
        ("Name,Email\nA,B\n", "no column Source_id"),
        ("Source_id,Full name\na,b\n", "hold a space"),
        ("Source_id,Name,name\na,b,c\n", "More than one column stands for name"),
        ("customer_id,source_id,name,metadata.tier\na,b,c,d\n", r"those of a DataFrame.*plan_push"),
        ("source_id,address.city\na,b\n", r"address.city.*those of a DataFrame"),
        ("source_id,name,created_at\na,b,\n", r"created_at.*those of a DataFrame"),
        ("Source_id;Name\na;b\n", "has semicolons between its cells"),
        ("Source_id\tName\na\tb\n", "has tabs between its cells"),
        ("Source_id,City,Address_City\na,b,c\n", "stands for address.city"),
        ("Source_id,Name\na\n", r"More or fewer cells.*1 row \(1\)"),
        ('Source_id,Name\na,"b\n', "no CSV"),
    ],
)
def test_files_that_are_no_such_csv_are_refused(project, file, sandbox, text, told):
    with pytest.raises(ArgumentError, match=told):
        project.import_csv(file(text))
    assert sandbox.requests() == []


def test_the_way_out_of_semicolons_works(imported, project, file, monkeypatch):
    path = file(WHOLE.replace(",", ";") + "007;A;;;;;;;90-001;;;;gold\n")
    with pytest.raises(ArgumentError, match="has semicolons") as refused:
        project.import_csv(path)
    read, write = re.findall(r"pd\.read_csv\(.*?'str'\)|\.to_csv\(.*?\)", str(refused.value))
    monkeypatch.chdir(path.parent)
    eval(read + write, {"pd": pd})  # noqa: S307 - our own code
    assert list(imported(path)["source_id"]) == ["007"]


def test_a_frame_by_source_id_is_imported_too(imported, project, sandbox):
    fill(sandbox, 1)
    _, after = fetched(project)
    after = after.drop(columns="metadata.score").set_index("source_id")
    assert list(imported(after)["source_id"]) == ["s0"]


def test_ids_that_are_no_text_are_refused_in_frames(project, sandbox):
    fill(sandbox, 1)
    _, after = fetched(project)
    for ids in ([42.0], ["42.0"], [" s0"]):
        frame = after.drop(columns="metadata.score").assign(source_id=ids)
        with pytest.raises((ArgumentError, PlanError), match="source_id"):
            project.import_csv(frame)
    assert uploads(sandbox) == 0


def test_other_encodings_are_refused(project, file):
    with pytest.raises(ArgumentError, match="no CSV in UTF-8"):
        project.import_csv(file(WHOLE + "a,Žofia,,,,,,,,,,,\n", encoding="utf-16"))


def test_what_is_no_file_is_refused(project, tmp_path):
    with pytest.raises(ArgumentError, match="cannot be read: No such file"):
        project.import_csv(tmp_path / "missing.csv")
    with pytest.raises(ArgumentError, match="cannot be read"):
        project.import_csv(tmp_path)
    with pytest.raises(ArgumentError, match="A list cannot be imported"):
        project.import_csv([1])


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"metadata.tags": ["a"]}, "which a CSV cannot carry"),
        ({"metadata.x y": "a"}, "hold a space"),
        ({"metadata.city": "a"}, "takes a column 'city' for the field"),
        ({"band": "a"}, "drop it, or name it"),
        ({"name": 5}, "must be text"),
        ({"birthdate": "soon"}, "is no date"),
        ({"metadata.x": float("inf")}, "JSON does not have"),
    ],
)
def test_frames_that_a_csv_cannot_carry_are_refused(project, sandbox, columns, told):
    fill(sandbox, 1)
    _, after = fetched(project)
    after = after.drop(columns="metadata.score")
    for name, value in columns.items():
        after[name] = pd.Series([value], index=after.index, dtype=object)
    with pytest.raises(ArgumentError, match=told):
        project.import_csv(after)
    assert uploads(sandbox) == 0


def test_a_frame_without_rows_or_source_ids_is_refused(project, sandbox):
    fill(sandbox, 1)
    before, _ = fetched(project)
    with pytest.raises(ArgumentError, match="no rows"):
        project.import_csv(before.iloc[:0])
    with pytest.raises(ArgumentError, match="no column source_id"):
        project.import_csv(before[["name"]])


@pytest.mark.parametrize("do", ["lose", "cut"])
def test_an_import_whose_answer_was_lost_is_found(imported, sandbox, file, do):
    sandbox.script({"method": "POST", "path": PATH, "do": do})
    rows = imported(file(WHOLE + "a,A,,,,,,,,,,,gold\n"))
    assert list(rows["outcome"]) == ["imported"]
    assert uploads(sandbox) == 1


def test_an_import_that_never_arrived_is_sent_again_and_given_up_in_the_end(
    imported, project, sandbox, file
):
    path = file(WHOLE + "a,A,,,,,,,,,,,gold\n")
    sandbox.script({"method": "POST", "path": PATH, "do": "status", "status": 500})
    assert list(imported(path)["outcome"]) == ["imported"]
    sandbox.script({"method": "POST", "path": PATH, "do": "lose", "nth": "every"})
    sandbox.set(async_list_lag=1000)
    with pytest.warns(OverwriteWarning), pytest.raises(ConnectError):
        project.import_csv(path, progress=False)


@pytest.mark.parametrize("death", ["before", "midway"])
def test_an_import_that_dies_leaves_rows_unknown(imported, sandbox, file, death):
    sandbox.set(job_death=death)
    rows = imported(file(WHOLE + "a,A,,,,,,,,,,,\nb,B,,,,,,,,,,,\n"))
    assert list(rows["outcome"]) == ["unknown", "unknown"]
    assert rows["reason"].str.contains("ended as FAILED").all()


def test_an_import_that_never_ends_is_given_up(imported, sandbox, file):
    sandbox.set(job_polls="never")
    rows = imported(file(WHOLE + "a,A,,,,,,,,,,,\n"), timeout_s=60)
    assert list(rows["outcome"]) == ["unknown"]
    assert "has not ended" in rows["reason"][0]


def their_import(make_project, rows):
    """Somebody else imports other customers in the moment in which our upload gets lost."""
    lines = "".join(f"theirs-{i},T,,,,,,,,,,,\n" for i in range(rows))
    return make_project()._api.import_csv((WHOLE + lines).encode())


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_another_ones_import_is_not_taken_for_ours(
    imported, project, sandbox, file, make_project, rows, monkeypatch
):
    upload = project._api.import_csv

    def fail_once(content):
        monkeypatch.undo()
        sandbox.script({"method": "POST", "path": PATH, "do": "status", "status": 503, "nth": 2})
        their_import(make_project, rows)
        return upload(content)

    monkeypatch.setattr(project._api, "import_csv", fail_once)
    told = imported(file(WHOLE + "a,A,,,,,,,,,,,gold\nb,B,,,,,,,,,,,gold\n"))
    assert list(told["outcome"]) == ["imported", "imported"]
    assert sandbox.customer("a")["name"] == "A"
    assert sandbox.customer("b")["metadata"] == {"tier": "gold"}


@pytest.mark.parametrize("why", ["status", "interrupt"])
def test_an_import_that_was_taken_keeps_its_action_and_can_be_followed_later(
    imported, project, sandbox, file, monkeypatch, why
):
    path = file(WHOLE + "a,A,,,,,,,,,,,gold\n")
    with monkeypatch.context() as patched:
        if why == "status":
            sandbox.script({"method": "GET", "path": "/v1/async*", "do": "status", "status": 401})
        else:
            patched.setattr(project._api, "get_async_action", interrupt)
        with pytest.warns(OverwriteWarning), pytest.raises(ImportInterrupted) as caught:
            project.import_csv(path, progress=False)
    action_id = caught.value.async_action_id
    assert action_id in str(caught.value)
    assert caught.value.may_have_run
    rows = project.import_csv(path, async_action_id=action_id, progress=False)
    assert list(rows["outcome"]) == ["imported"]
    assert set(rows["async_action_id"]) == {action_id}
    assert uploads(sandbox) == 1


def interrupt(*_arguments):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "result",
    [
        {"done_count": "1", "failed": "none"},
        {"done_count": 1, "failed": [{"row": "2", "source_id": 7, "reason": None}]},
        {"done_count": None, "failed": {"row": 1}},
        [1],
    ],
)
def test_an_odd_result_of_an_import_is_read_as_far_as_it_goes(
    imported, project, sandbox, file, monkeypatch, result
):
    ask = project._transport.ask

    def odd(request, understand, **sent):
        if request.operation != "get_async_action":
            return ask(request, understand, **sent)

        def with_result(response):
            body = {**json.loads(response.body), "result": result}
            return understand(replace(response, body=json.dumps(body).encode()))

        return ask(request, with_result)

    monkeypatch.setattr(project._transport, "ask", odd)
    rows = imported(file(WHOLE + "a,A,,,,,,,,,,,gold\nb,B,,,,,,,,,,,gold\n"))
    assert set(rows["outcome"]) <= {"imported", "failed", "unknown"}


@pytest.mark.parametrize("encoding", ["cp1250", "cp1251", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_a_file_in_another_encoding_is_refused_and_the_way_out_works(
    project, sandbox, file, encoding, separator, monkeypatch, tmp_path
):
    fill(sandbox, 1)
    text = WHOLE + "s0,Łucja,,,,,,,,,,gold\n"
    if encoding == "cp1251":
        text = text.replace("Łucja", "Люция")
    marked = "\ufeff" if encoding == "utf-16-le" else ""
    path = file((marked + text).replace(",", separator), encoding)
    sandbox.forget_requests()
    with pytest.raises(ArgumentError, match="no CSV in UTF-8") as refused:
        project.import_csv(path)
    assert sandbox.requests() == []
    (code,) = python_in(str(refused.value), "pd")
    monkeypatch.chdir(tmp_path)
    told = "cp1250" if encoding == "cp1251" else None
    frame_by(code.replace(told, encoding) if told else code, "pd", pd=pd, path=path)
    with pytest.warns(OverwriteWarning):
        project.import_csv("import.csv", progress=False)
    assert sandbox.customer("s0")["name"] in text


def test_a_workbook_is_no_csv(project, sandbox, tmp_path, monkeypatch):
    fill(sandbox, 1)
    path = tmp_path / "customers.csv"
    cells = dict.fromkeys(WHOLE.strip().split(","), "x") | {"Source_id": "s0", "Birthdate": None}
    with pd.ExcelWriter(path.with_suffix(".xlsx")) as workbook:
        pd.DataFrame([cells]).to_excel(workbook, index=False)
    path.with_suffix(".xlsx").rename(path)
    with pytest.raises(ArgumentError, match="workbook") as refused:
        project.import_csv(path)
    (code,) = python_in(str(refused.value), "pd")
    monkeypatch.chdir(tmp_path)
    frame_by(code, "pd", pd=pd, path=path)
    with pytest.warns(OverwriteWarning):
        project.import_csv("import.csv", progress=False)
    assert sandbox.customer("s0")["name"] == "x"
