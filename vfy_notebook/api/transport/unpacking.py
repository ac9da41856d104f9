"""Takes bodies out of their `Content-Encoding`, and tells whether their end has come."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import urllib3

if TYPE_CHECKING:
    from collections.abc import Iterator

_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15
_GZIP_MAGIC = b"\x1f\x8b"
_UNPACKED_BYTES = 1 << 18


class CutShortError(OSError):
    """A body has ended before its end, although the connection was closed politely."""


class Unpacking:
    """Takes a body out of its packing piece by piece, and knows whether it has ended.

    A proxy that loses its origin in the middle may close the chunks as if all had come. The
    packed stream still shows it: its end is missing.

    Args:
        encoding: `gzip` or `deflate`; anything else is no packing.
    """

    def __init__(self, encoding: str) -> None:
        self._bits = {"gzip": _GZIP_BITS, "x-gzip": _GZIP_BITS, "deflate": _ZLIB_BITS}.get(encoding)
        self._unpacker = None if self._bits is None else zlib.decompressobj(self._bits)
        self._began = False

    def take(self, piece: bytes) -> Iterator[bytes]:
        """What a piece of the body holds, in small pieces however well it was packed.

        Raises:
            DecodeError: It cannot be unpacked; urllib3's own.
        """
        if self._unpacker is None:
            yield piece
            return
        if not self._began and self._bits == _ZLIB_BITS and not _is_zlib(piece):
            self._bits = _RAW_BITS  # what some servers call deflate
            self._unpacker = zlib.decompressobj(self._bits)
        self._began = True
        while piece:
            if self._unpacker.eof:
                if self._bits != _GZIP_BITS or not piece.startswith(_GZIP_MAGIC[:1]):
                    return  # padding
                self._unpacker = zlib.decompressobj(self._bits)  # a file of several members
            try:
                yield self._unpacker.decompress(piece, _UNPACKED_BYTES)
            except zlib.error as error:
                raise urllib3.exceptions.DecodeError(str(error)) from None
            piece = self._unpacker.unconsumed_tail or self._unpacker.unused_data

    def end(self) -> Iterator[bytes]:
        """What is left once the body has ended.

        Raises:
            CutShortError: It has ended too early.
        """
        if self._unpacker is not None and self._began:
            yield self._unpacker.flush()
            if not self._unpacker.eof:
                raise CutShortError


def _is_zlib(piece: bytes) -> bool:
    """Whether a body begins as zlib's own format does (RFC 1950)."""
    return len(piece) < 2 or (piece[0] & 0x0F == 8 and (piece[0] << 8 | piece[1]) % 31 == 0)
