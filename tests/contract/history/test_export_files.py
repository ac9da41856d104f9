"""An export whose file is cut short, odd or refused: told, or read as it was written."""

from __future__ import annotations

import gzip
import warnings
import zlib

import pytest

from tests.contract.export_server import Script, chunked, plain, serving
from tests.fake_clock import FakeClock
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.transport import Transport
from vfy_notebook.errors import (
    AuthError,
    ConnectError,
    IncompleteListingWarning,
    NotFoundError,
    ResponseError,
    VfyNotebookError,
    VfyNotebookWarning,
)
from vfy_notebook.frames.exports.customers import CUSTOMERS
from vfy_notebook.project import Project

TITLES = [name for name in CUSTOMERS.fields if name != "metadata"]
ROWS = 3_000


def csv_of(count, *, ending=b"\r\n"):
    """A file of customers without any cell that needs quotes."""
    made = {"name": "N", "created_at": "2024-01-01T00:00:00.000Z"}
    rows = [{"id": f"cust_{i}", "source_id": f"s{i}", **made} for i in range(count)]
    lines = [TITLES, *([row.get(title, "") for title in TITLES] for row in rows)]
    return b"".join(",".join(line).encode() + ending for line in lines)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def export(clock, tmp_path):
    """Fetches customers by a scripted export."""

    def fetch(script, *, save=None):
        with serving(script) as port:
            credentials = Credentials("app", "token-123456", f"http://127.0.0.1:{port}")
            transport = Transport(credentials, clock=clock, jitter=lambda: 0.5)
            project = Project(transport, workers=1, journal_path=tmp_path / "journal.sqlite")
            try:
                if save is not None:
                    return project.save_customers(save, via="export", progress=False)
                return project.fetch_customers(via="export", progress=False)
            finally:
                project.close()

    return fetch


def half_packed():
    """The first half of a gzip stream, flushed: every byte of it can be read."""
    content = csv_of(ROWS)
    half = content[: content.rfind(b"\r\n", 0, len(content) // 2) + 2]
    packer = zlib.compressobj(wbits=31)
    return packer.compress(half) + packer.flush(zlib.Z_SYNC_FLUSH)


WHOLE = csv_of(ROWS)
CUT = {
    "gzip without its end": chunked(half_packed(), encoding="gzip"),
    "gzip without its checksum": chunked(gzip.compress(WHOLE)[:-4], encoding="gzip"),
    "deflate without its end": chunked(zlib.compress(WHOLE)[:-1], encoding="deflate"),
    "chunks ended early": chunked(WHOLE[:5_000], end=False),
    "a length not met": plain(WHOLE[:5_000], length=len(WHOLE)),
    "a last line without its end": plain(WHOLE[:-20]),
    "half a cell": plain(WHOLE[: WHOLE.rfind(b"2024-01") + 5]),
    "an open quote": plain(WHOLE + b'cust_x,s,"open'),
}


@pytest.mark.parametrize("kind", CUT)
def test_a_file_that_is_cut_short_is_asked_for_again(export, kind):
    script = Script([CUT[kind], plain(WHOLE)], totals=[ROWS])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(export(script)) == ROWS
    assert script.paths().count("/file.csv") == 2


@pytest.mark.parametrize("kind", CUT)
def test_a_file_that_is_cut_short_again_and_again_is_an_error(export, kind, tmp_path):
    for save in (None, tmp_path / kind.replace(" ", "-")):
        script = Script([CUT[kind]], totals=[ROWS])
        with pytest.raises((ConnectError, ResponseError), match=r"in the middle|cannot be"):
            export(script, save=save)
        assert 2 <= script.paths().count("/file.csv") <= 6


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("total", [ROWS, None])
def test_a_server_that_writes_no_last_line_break_is_believed_the_second_time(export, ending, total):
    script = Script([plain(csv_of(ROWS, ending=ending).rstrip(b"\r\n"))], totals=[total])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(export(script)) == ROWS
    assert script.paths().count("/file.csv") == 2


def test_what_is_no_csv_is_told_with_the_way_out(export):
    script = Script([plain(b"id,name,created_at\r\na,b,c,d,e\r\n")], totals=[1])
    with pytest.raises(ResponseError, match=r'cannot be read as CSV.*via="list"'):
        export(script)


def test_it_is_not_believed_where_the_api_counts_more(export):
    script = Script([plain(WHOLE.rstrip(b"\r\n"))], totals=[ROWS + 1])
    with pytest.raises(ResponseError, match="ends in the middle"):
        export(script)


# -- compared with what the API counts -----------------------------------------------------------


def test_rows_and_count_are_of_the_same_moment(export):
    script = Script([plain(WHOLE)], totals=[ROWS])
    export(script)
    ((_, _, query),) = [each for each in script.seen if each[0] == "/v1/customers"]
    assert query["limit"] == ["1"]
    assert query["created_at[before]"]


def test_a_late_count_is_looked_at_once_more(export, clock):
    script = Script([plain(WHOLE)], totals=[ROWS - 5, ROWS])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(export(script)) == ROWS
    assert script.paths().count("/v1/customers") == 2
    assert max(clock.slept) >= 1


@pytest.mark.parametrize("counted", [ROWS + 500, ROWS - 500])
def test_a_difference_is_told_with_both_numbers(export, counted, tmp_path):
    for save in (None, tmp_path / "c"):
        script = Script([plain(WHOLE)], totals=[counted])
        with pytest.warns(IncompleteListingWarning, match=rf"3,000 rows.* {counted:,} cust"):
            export(script, save=save)


def test_where_nothing_is_counted_nothing_is_said(export):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(export(Script([plain(WHOLE)]))) == ROWS


# -- cells as they were sent -----------------------------------------------------------------------

EDGE = 1 << 20


@pytest.mark.parametrize("at", [-2, -1, 0])
def test_a_line_break_in_a_cell_on_a_blocks_edge_is_whole(export, at):
    begin, row = csv_of(10), b'cust_X,s,"'
    rest = csv_of(1).splitlines(keepends=True)[1].split(b"N", 1)[1]
    content = begin + row + b"z" * (EDGE + at - len(begin) - len(row)) + b'\r\nB"' + rest
    content += b"cust_last,s,N" + rest
    name = export(Script([plain(content)])).loc["cust_X", "name"]
    assert name.endswith("z\r\nB")


@pytest.mark.parametrize("size", [140_000, 5_000_000])
def test_a_first_row_with_a_huge_cell_is_a_row(export, size):
    content = csv_of(2).replace(b"s0,N", b"s0," + b"z" * size, 1)
    assert export(Script([plain(content)]))["name"].str.len().tolist() == [size, 1]


def test_all_metadata_in_one_column_of_json_keeps_every_customer(export):
    rows = csv_of(3).splitlines()
    cells = [
        rb'"{""tier"":""gold"",""note"":""cut \ud83d""}"',
        b'"{""tier"":""gold"",""n"":NaN,""big"":1e400}"',
        b'"{""tier"":""gold""}"',
    ]
    titled = [rows[0] + b",metadata", *(r + b"," + c for r, c in zip(rows[1:], cells, strict=True))]
    frame = export(Script([plain(b"\n".join(titled) + b"\n")], keys=("tier", "note")))
    assert frame["metadata.tier"].tolist() == ["gold"] * 3
    assert frame["metadata.note"].iloc[0] == "cut \ufffd"
    assert "metadata.n" not in frame or frame["metadata.n"].isna().all()


def test_an_asked_for_field_that_is_not_there_is_an_error_or_told(export):
    without_time = WHOLE.replace(b"created_at", b"joined", 1)
    titles = [t for t in TITLES if t != "phone"]
    assert len(export(Script([plain(without_time)]))) == ROWS  # by its place
    with pytest.raises(ResponseError, match="no column for created_at"):
        export(Script([plain(b"id,name\r\ncust_1,A\r\n")]))
    content = ",".join(titles).encode() + b"\r\n"
    with pytest.warns(VfyNotebookWarning, match="no column for phone: "):
        export(Script([plain(content)]))


# -- how an export ends, and is ordered ------------------------------------------------------------


@pytest.mark.parametrize("status", ["FAILED", "ERROR", "EXPIRED", "CANCELED", "whatever", "error"])
def test_any_state_that_is_no_waiting_one_ends_it_at_once(export, clock, status):
    script = Script([plain(WHOLE)], statuses=["IN_PROGRESS", status])
    with pytest.raises(VfyNotebookError, match=rf"exp_1.*{status}.*via=.list"):
        export(script)
    assert sum(clock.slept) < 60
    assert script.paths().count("/v1/exports/exp_1") == 2


@pytest.mark.parametrize("status", ["QUEUED", "ENQUEUED", "PENDING", "PROCESSING", "in_progress"])
def test_other_words_for_waiting_are_waited_for(export, status):
    script = Script([plain(WHOLE)], statuses=[status, status, "DONE"], totals=[ROWS])
    assert len(export(script)) == ROWS


def test_an_export_that_is_not_known_yet_is_waited_for(export):
    script = Script([plain(WHOLE)], statuses=[404, 404, "IN_PROGRESS", 404, "DONE"], totals=[ROWS])
    assert len(export(script)) == ROWS


def test_an_export_that_stays_unknown_is_given_up_with_a_way_out(export, clock):
    with pytest.raises(NotFoundError, match=r"exp_1.*via=.list"):
        export(Script([plain(WHOLE)], statuses=[404]))
    assert sum(clock.slept) < 120


def test_a_link_that_is_no_address_is_told(export):
    with pytest.raises(ResponseError, match="address that is none"):
        export(Script([plain(WHOLE)], link="http://[::1"))


@pytest.mark.parametrize("broken", [b"", b'{"id": "exp', b"<html></html>", b"[]", b"{}"])
def test_a_broken_answer_to_an_order_is_asked_again(export, broken):
    good = {"id": "exp_1", "status": "SCHEDULED"}
    script = Script([plain(WHOLE)], orders=[broken, good], totals=[ROWS])
    assert len(export(script)) == ROWS
    assert script.paths().count("/v1/exports") == 2
    script = Script([plain(WHOLE)], orders=[broken], totals=[ROWS])
    with pytest.raises(ResponseError):
        export(script)
    assert script.paths().count("/v1/exports") == 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthError), (403, AuthError), (404, NotFoundError), (410, NotFoundError)],
)
def test_a_link_that_is_refused_names_the_files_host(export, status, kind):
    xml = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code>token-123456 expired</Error>"
    with serving(Script([plain(xml, status=status)])) as files:
        script = Script([], host=f"127.0.0.1:{files}")
        with pytest.raises(kind, match=rf"^127\.0\.0\.1:{files} .*expired.*fetch again") as told:
            export(script)
    assert "connect()" not in str(told.value)
    assert "token-123456" not in str(told.value)
    assert "t0p" not in str(told.value)
    assert (f"download_host='127.0.0.1:{files}'" in str(told.value)) is (status in (401, 403))
