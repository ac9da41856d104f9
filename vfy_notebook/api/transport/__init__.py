"""Sends every request to the API; the only room that imports `requests`.

It adds the credentials, enforces timeouts, retries what is safe to retry, respects the quota, turns
every failure into one of this package's errors, and never shows the token.

`sending` is the transport itself; `session` and `connection` are one HTTP exchange, `ahead` and
`borrowed` one in two parts, `received` and `bodies` what comes back, `retrying` is how often and
how long, `network_errors` are failures in words and `call_log` tells of all of it to whoever wants
a log.
"""

from vfy_notebook.api.transport.ahead import SentAhead
from vfy_notebook.api.transport.request import Request, Resend, Response
from vfy_notebook.api.transport.retrying import MAX_ATTEMPTS
from vfy_notebook.api.transport.sending import Transport

__all__ = ["MAX_ATTEMPTS", "Request", "Resend", "Response", "SentAhead", "Transport"]
