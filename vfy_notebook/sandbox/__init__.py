"""Voucherify's customers API, played on this machine: try everything without an account.

``start()`` runs the sandbox in a process of its own, bound to loopback only, and
hands back a `SandboxProcess`. Importing this package loads neither Starlette nor
Uvicorn; only the process that serves needs them
(``pip install starlette uvicorn python-multipart``).

The sandbox shares no code with the client, so that one misreading of the API cannot
hide in both.
"""

from vfy_notebook.sandbox.process import SandboxError, SandboxProcess, start

__all__ = ["SandboxError", "SandboxProcess", "start"]
