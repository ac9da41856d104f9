"""Count a kernel's API calls from outside the notebook: an IPython extension.

Python itself reports each HTTP request as the audit event `http.client.send`, so that nothing has
to be replaced to count them, and requests that bypass this package count as well. They are
written down at once, a byte each: what a dying kernel has sent is known too.
"""

from __future__ import annotations

import os
import sys
from typing import Any

#: Names the file in which the bytes are counted.
CALLS_FILE_VARIABLE = "VFY_NOTEBOOK_CALLS_FILE"

#: Where the vendor's API begins on every host.
_API_ROOT = b"/v1/"


def load_ipython_extension(_shell: Any) -> None:
    """Begin to count; IPython calls this when the kernel starts."""
    path = os.environ.pop(CALLS_FILE_VARIABLE, None)
    if path is None:
        return
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "http.client.send" and is_api_call(arguments[1]):
            os.write(file, b".")

    sys.addaudithook(watch)


def is_api_call(sent: object) -> bool:
    """Whether these bytes begin a request to an API, rather than to go on with its body.

    >>> is_api_call(b"GET /v1/customers?limit=100 HTTP/1.1")
    True
    >>> is_api_call(b'[{"name": "GET /v1/customers HTTP/1.1"}]')
    False
    """
    if not isinstance(sent, bytes | bytearray | memoryview):
        return False
    method, _, target = bytes(sent[:64]).partition(b" ")
    return method.isalpha() and target.startswith(_API_ROOT)
