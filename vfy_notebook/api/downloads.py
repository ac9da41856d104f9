"""What is special about the download of a file: where its end is, and what a refusal means."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vfy_notebook.errors import ApiError, AuthError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Encodings in which a file's end can be told; only they are asked for.
ACCEPTED_ENCODINGS = "gzip, deflate"

_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15
_GZIP_MAGIC = b"\x1f\x8b"
_UNPACKED_BYTES = 1 << 18

_TAG = re.compile(r"<[^>]*>")
_SHOWN = 120


class CutShortError(Exception):
    """A body has ended before its end, although the connection was closed politely."""


class Unpacking:
    """Takes a file out of its `Content-Encoding` piece by piece, and knows whether it has ended.

    A proxy that loses its origin in the middle may close the chunks as if all had come. The
    packed stream still shows it: its end is missing.

    Args:
        encoding: The header; `knows` tells whether it is one of ours.
    """

    def __init__(self, encoding: str) -> None:
        self._bits = {"gzip": _GZIP_BITS, "x-gzip": _GZIP_BITS, "deflate": _ZLIB_BITS}.get(
            encoding.strip().lower()
        )
        self._unpacker = None if self._bits is None else zlib.decompressobj(self._bits)
        self._began = False

    @staticmethod
    def knows(encoding: str) -> bool:
        """Whether bodies in this encoding can be unpacked here."""
        return encoding.strip().lower() in ("", "identity", "gzip", "x-gzip", "deflate")

    def take(self, piece: bytes) -> Iterator[bytes]:
        """What a piece of the body holds, in small pieces however well it was packed.

        Raises:
            CutShortError: It cannot be unpacked.
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
                raise CutShortError(str(error)) from None
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


def refused_download(
    url: str, *, status: int, body: bytes, operation: str, had_keys: bool
) -> ApiError | None:
    """The error of a file that its host does not give out; None for other failures.

    Args:
        url: Where the file lies; its token is not shown.
        status: The answer's.
        body: The answer's, of any kind.
        operation: What had asked.
        had_keys: Whether the request carried the keys.
    """
    host = urlsplit(url).netloc
    kind: type[ApiError]
    if status in (401, 402, 403):
        kind, what = AuthError, "refuses the file"
    elif status in (404, 410):
        kind, what = NotFoundError, "has the file no more"
    else:
        return None
    advice = "Its link has expired, or was never valid: fetch again to get a fresh one."
    if kind is AuthError and not had_keys:
        advice += (
            f" If {host} is Voucherify's, it may want the keys, which go to no other host than the "
            f"API's own and its sibling: name it by connect(download_host={host!r})."
        )
    told = " ".join(_TAG.sub(" ", body[:2000].decode("utf-8", "replace")).split())[:_SHOWN]
    said = f": {told}" if told else ""
    return kind(
        f"{host} {what} ({status}{said}). {advice} ({operation})",
        status=status,
        operation=operation,
    )
