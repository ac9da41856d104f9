"""A packed body is unpacked in small pieces, and one without its end is told."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.api.transport.unpacking import CutShortError, Unpacking


def raw_deflate(content):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


PACKED = {
    "": bytes,
    "gzip": gzip.compress,
    "x-gzip": lambda content: gzip.compress(content) + bytes(8),
    "deflate": zlib.compress,
}


def unpacked(encoding, body, size):
    unpacking = Unpacking(encoding)
    found = b""
    for at in range(0, len(body), size):
        found += b"".join(unpacking.take(body[at : at + size]))
    return found + b"".join(unpacking.end())


@given(content=st.binary(max_size=5_000), size=st.integers(1, 9_000))
@pytest.mark.parametrize("encoding", PACKED)
def test_a_body_comes_out_as_it_was_packed(encoding, content, size):
    assert unpacked(encoding, PACKED[encoding](content), size) == content


@pytest.mark.parametrize("size", [2, 7, 10_000])
def test_what_some_servers_call_deflate_is_unpacked_too(size):
    assert unpacked("deflate", raw_deflate(b"abc" * 2_000), size) == b"abc" * 2_000


def test_a_file_of_several_members_is_one_file():
    assert unpacked("gzip", gzip.compress(b"abc") + gzip.compress(b"def"), 5) == b"abcdef"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("left", [1, 4, 8, 1_000])
def test_a_body_without_its_end_is_told(encoding, left):
    body = PACKED[encoding](random.Random(1).randbytes(10_000))
    with pytest.raises(CutShortError):
        unpacked(encoding, body[:-left], 100)


def test_a_second_member_without_its_end_is_told():
    with pytest.raises(CutShortError):
        unpacked("gzip", gzip.compress(b"abc") + gzip.compress(b"def")[:-3], 100)


def test_what_grows_a_thousandfold_comes_in_small_pieces():
    pieces = list(Unpacking("gzip").take(gzip.compress(bytes(50_000_000))))
    assert sum(map(len, pieces)) == 50_000_000
    assert max(map(len, pieces)) <= 1 << 18


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_is_not_packed_as_it_says_is_told(encoding):
    with pytest.raises(urllib3.exceptions.DecodeError):
        unpacked(encoding, b"id,name\n" * 100, 50)


def test_nothing_is_nothing():
    assert b"".join(Unpacking("gzip").end()) == b""
