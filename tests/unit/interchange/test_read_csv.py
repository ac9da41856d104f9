"""CSV files, whichever program has saved them."""

from __future__ import annotations

import pandas as pd
import pytest

import vfy_notebook as vfy
from tests.unit.edits.frames import customer, frame_of, some_frame
from tests.unit.interchange.workbooks import differences
from vfy_notebook.errors import ArgumentError, FileError


def some():
    return frame_of(
        *(
            customer(
                i,
                name=f"Łódź {i}",
                description='a "quoted"; text, with\nall of it',
                phone=f"+4860010020{i}",
                birthdate="1990-05-01",
                address={"postal_code": "00-042", "city": ""},
                metadata={
                    "code": f"0004{i}",
                    "score": 7 + i,
                    "ratio": 1234.25,
                    "vip": i % 2 == 0,
                    "tags": ["a", "b"],
                    "card": f"896529000012345678{i}",
                },
            )
            for i in range(3)
        )
    )


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1250"])
def test_separators_and_encodings_are_found_out(tmp_path, sep, encoding):
    frame = some()
    path = tmp_path / "customers.csv"
    frame.to_csv(path, sep=sep, encoding=encoding)
    pd.testing.assert_frame_equal(vfy.read_csv(path, like=frame), frame)


def test_without_the_customers_another_encoding_is_asked_for(tmp_path):
    frame = some()
    path = tmp_path / "customers.csv"
    frame.to_csv(path, encoding="cp1250")
    with pytest.raises(FileError, match="encoding='cp1250'"):
        vfy.read_csv(path)
    assert list(vfy.read_csv(path, encoding="cp1250")["name"]) == list(frame["name"])
    with pytest.raises(FileError, match="utf-8"):
        vfy.read_csv(path, encoding="utf-8")
    with pytest.raises(FileError, match="klingon"):
        vfy.read_csv(path, encoding="klingon")


def test_excels_own_first_line_is_understood(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text("sep=;\ncustomer_id;name\ncust_0;Ann\n", encoding="utf-8")
    assert list(vfy.read_csv(path)["name"]) == ["Ann"]


@pytest.mark.parametrize("told", [None, ","])
def test_decimal_commas_are_found_out_or_asked_for(tmp_path, told):
    frame = some()
    path = tmp_path / "customers.csv"
    frame.to_csv(path, sep=";", decimal=",")
    edited = path.read_text(encoding="utf-8").replace("1234,25", "1.234,5", 1)
    path.write_text(edited, encoding="utf-8")
    read = vfy.read_csv(path, like=frame, decimal=told)
    assert differences(frame, read) == {("cust_0", "metadata.ratio"): 1234.5}


def test_without_the_customers_codes_stay_text_and_fixed_columns_get_their_types(tmp_path):
    frame = some()
    path = tmp_path / "customers.csv"
    frame.to_csv(path)
    read = vfy.read_csv(path)
    fixed = [name for name in frame if not name.startswith("metadata.") and name != "address.city"]
    pd.testing.assert_frame_equal(read[fixed], frame[fixed], check_column_type=False)
    assert list(read["metadata.code"]) == ["00040", "00041", "00042"]
    assert list(read["metadata.card"]) == list(frame["metadata.card"])


def test_what_pandas_or_a_spreadsheet_has_made_of_the_cells_is_no_edit(tmp_path):
    frame = some()
    path = tmp_path / "customers.csv"
    frame.to_csv(path)
    pd.read_csv(path, index_col=0).to_csv(path)  # zeros, pluses and digits are lost
    assert "00042" not in path.read_text(encoding="utf-8")
    pd.testing.assert_frame_equal(vfy.read_csv(path, like=frame), frame)


def test_edits_get_their_columns_own_types(tmp_path):
    frame = some()
    edited = frame.astype(object)
    typed = {
        ("cust_0", "metadata.code"): ("00077", "00077"),
        ("cust_1", "metadata.score"): ("99", 99),
        ("cust_1", "metadata.vip"): ("yes", True),
        ("cust_2", "metadata.tags"): ('["rock"]', ["rock"]),
        ("cust_2", "birthdate"): ("2001-02-03", pd.Timestamp("2001-02-03")),
        ("cust_0", "name"): ("=1+1", "=1+1"),
    }
    for (customer_id, name), (text, _) in typed.items():
        edited.at[customer_id, name] = text
    path = tmp_path / "customers.csv"
    edited.iloc[::-1].to_csv(path)
    read = vfy.read_csv(path, like=frame)
    assert differences(frame, read) == {key: value for key, (_, value) in typed.items()}
    assert read.dtypes.equals(frame.dtypes)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metadata.score", "many"),
        ("metadata.vip", "perhaps"),
        ("birthdate", "yesterday"),
        ("metadata.tags", "rock"),
        ("metadata.card", "8.96529E+18"),
    ],
)
def test_what_cannot_be_decided_is_named_by_column_and_line(tmp_path, name, text):
    frame = some()
    edited = frame.astype(object)
    edited.at["cust_1", name] = text
    edited.at["cust_1", "description"] = "of one line"
    if name == "metadata.card":
        edited.at["cust_1", name] = "1.23457E+15"
    path = tmp_path / "customers.csv"
    edited.to_csv(path)
    with pytest.raises(FileError, match=rf"{name}.*line.*\(4\)"):
        vfy.read_csv(path, like=frame)


def test_new_customers_are_read_too(tmp_path):
    frame = some()
    new = frame.iloc[:1].rename(index={"cust_0": "new-1"}).assign(source_id="new-1")
    path = tmp_path / "customers.csv"
    pd.concat([frame, new]).to_csv(path)
    read = vfy.read_csv(path, like=frame)
    assert read.iloc[:3].equals(frame)
    assert read.loc["new-1", "metadata.code"] == "00040"
    assert read.dtypes.equals(frame.dtypes)


def test_files_by_source_id_are_compared_by_it(tmp_path):
    frame = some()
    path = tmp_path / "customers.csv"
    frame.set_index("source_id")[["name", "metadata.code"]].to_csv(path)
    read = vfy.read_csv(path, like=frame)
    assert read.index.name == "source_id"
    assert list(read["metadata.code"]) == list(frame["metadata.code"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id,name\n1,Ann\n", "customer_id or source_id"),
        ("customer_id,name\ncust_1\n", r"line \(2\)"),
        ('customer_id,name\ncust_1,"a\nb"\ncust_2,a,b\n', r"line \(4\)"),
        ('customer_id,name\ncust_1,"Ann\n', "no CSV"),
        ("customer_id,name,name\ncust_1,a,b\n", "name more than once"),
        ("customer_id,\ncust_1,x\n", "empty header"),
        ("customer_id,name\n,Total\n", r"line \(2\)"),
        ("", "customer_id or source_id"),
        ("customer_id,na\x00me\ncust_1,a\n", None),
    ],
)
def test_what_is_no_file_of_customers_is_refused(tmp_path, content, told):
    path = tmp_path / "customers.csv"
    path.write_text(content, encoding="utf-8", newline="")
    if told is None:
        assert len(vfy.read_csv(path)) == 1
        return
    with pytest.raises(FileError, match=told):
        vfy.read_csv(path)


def test_what_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        vfy.read_csv(tmp_path / "nowhere.csv")
    vfy.to_excel(some_frame(1), tmp_path / "customers.xlsx")
    with pytest.raises(FileError, match="read_excel"):
        vfy.read_csv(tmp_path / "customers.xlsx")
    path = tmp_path / "customers.csv"
    path.write_text("customer_id\ncust_1\n")
    with pytest.raises(ArgumentError, match="like"):
        vfy.read_csv(path, like=[1])
    with pytest.raises(ArgumentError, match="decimal"):
        vfy.read_csv(path, decimal=";")
    with pytest.raises(ArgumentError, match="customer_id"):
        vfy.read_csv(path, like=pd.DataFrame({"a": [1]}))


def test_pandas_own_row_numbers_are_no_column(tmp_path):
    frame = some()
    path = tmp_path / "customers.csv"
    frame.reset_index().to_csv(path)
    pd.testing.assert_frame_equal(vfy.read_csv(path, like=frame), frame)


def test_nobody_is_read(tmp_path):
    frame = some().iloc[:0]
    path = tmp_path / "customers.csv"
    frame.to_csv(path)
    read = vfy.read_csv(path, like=frame)
    assert len(read) == 0
    assert read.dtypes.equals(frame.dtypes)


def test_lone_carriage_returns_are_no_line_ends(tmp_path):
    frame = frame_of(customer(0, name="a\rb"), customer(1, name="a\r\nb"))
    path = tmp_path / "customers.csv"
    frame.to_csv(path)
    pd.testing.assert_frame_equal(vfy.read_csv(path, like=frame), frame)
