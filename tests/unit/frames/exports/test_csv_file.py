"""A CSV file is cut between its rows, whatever stands in its cells."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.errors import ResponseError
from vfy_notebook.frames.exports import csv_file
from vfy_notebook.frames.exports.csv_file import CsvFile

MEGABYTE = 1 << 20


def opened(text, **arguments):
    content = text if isinstance(text, bytes) else text.encode()
    return CsvFile.of(io.BytesIO(content), **arguments)


def cells(file):
    return [row for columns in file.columns() for row in zip(*map(list_of, columns), strict=True)]


def list_of(column):
    return column.fill_null("").to_pylist()


def written(rows, **options):
    text = io.StringIO(newline="")
    csv.writer(text, **options).writerows(rows)
    return text.getvalue()


@given(
    rows=st.lists(
        st.lists(
            st.text(st.sampled_from('ab",;\n\r\t ŁŁ'), max_size=6).filter(lambda t: t != "\r"),
            min_size=3,
            max_size=3,
        ),
        max_size=20,
    ),
    block=st.integers(1, 40),
    ending=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    last=st.booleans(),
)
def test_rows_come_as_they_were_written_wherever_blocks_end(rows, block, ending, quoting, last):
    rows = [["x", *row] for row in rows]
    text = written([["1", "2", "3", "4"], *rows], lineterminator=ending, quoting=quoting)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "_BLOCK_BYTES", block)
        patch.setattr(csv_file, "_HEADER_BYTES", MEGABYTE)
        file = opened(text if last else text.removesuffix(ending))
        assert cells(file) == [tuple(row) for row in rows]
    assert file.rows == len(rows)
    assert file.ends_with_a_line_break is last
    assert not file.ends_in_a_row


@pytest.mark.parametrize("edge", range(-3, 4))
def test_a_quoted_line_break_on_the_edge_of_a_block_is_whole(edge):
    begin, row = "id,name\r\n", 'cust_1,"'
    text = begin + row + "z" * (MEGABYTE + edge - len(begin) - len(row)) + '\r\nB"\r\ncust_2,b\r\n'
    (_, name), second = cells(opened(text))
    assert name.endswith("z\r\nB")
    assert second == ("cust_2", "b")


@pytest.mark.parametrize("size", [131_073, 3 * MEGABYTE, 9 * MEGABYTE + 1])
def test_rows_of_megabytes_are_rows(size):
    text = f'id,name\ncust_1,"{"z" * size}"\ncust_2,b\n'
    assert [len(name) for _, name in cells(opened(text))] == [size, 1]


def test_a_quote_inside_a_plain_cell_is_a_quote():
    assert cells(opened('id,name\n1,5" pipe\n2,"6"" pipe"\n')) == [
        ("1", '5" pipe'),
        ("2", '6" pipe'),
    ]


@pytest.mark.parametrize(
    ("text", "rows", "in_a_row", "line_break"),
    [
        ("id,name\n", 0, False, True),
        ("id,name", 0, False, False),
        ("id,name\n1,a\n", 1, False, True),
        ("id,name\n1,a\n\n\r\n", 1, False, True),
        ("id,name\n1,a", 1, False, False),
        ("id,name\n1,a\n2", 2, True, False),
        ('id,name\n1,a\n2,"b', 2, True, False),
        ('id,name\n1,a\n2,"b\n3,c\n', 2, True, True),
        ('id,name\n1,a\n2,"b,\nc"', 2, False, False),
    ],
)
def test_where_a_file_ends(text, rows, in_a_row, line_break):
    file = opened(text)
    assert (file.rows, file.ends_in_a_row, file.ends_with_a_line_break) == (
        rows,
        in_a_row,
        line_break,
    )


def test_further_files_have_titles_again_or_none():
    for text in ("id,name\n3,c\n", "3,c\n"):
        assert cells(opened(text, titles=["id", "name"])) == [("3", "c")]


@pytest.mark.parametrize(
    "text", [b"\xff\xfe,name\n1,x\n", b"id,name\n1,a,b\n", b"id,name\n1\n2,b\n"]
)
def test_what_is_no_csv_is_refused_in_a_few_words(text):
    with pytest.raises(ResponseError, match="cannot be read as CSV") as info:
        cells(opened(text))
    assert len(str(info.value)) < 300


def test_a_row_that_is_refused_is_not_quoted():
    with pytest.raises(ResponseError, match=r"[Ee]xpected 2 columns, got 3") as info:
        cells(opened(b"id,name\n1,Ada Example,b\n"))
    assert "Ada" not in str(info.value)
