"""The one place through which requests go, and the only one that imports `requests`.

It adds the credentials, keeps time, retries what is safe to retry, obeys the quota, turns every
failure into an error of this package's family, and shows no token to anyone.

`sending` is the transport itself; `session` and `connection` are one HTTP exchange, `bodies` reads
what comes back, `retrying` is how often and how long, `network_errors` are failures in words and
`call_log` tells of all of it to whoever wants a log.
"""

from vfy_notebook.api.transport.request import Request, Resend, Response
from vfy_notebook.api.transport.retrying import MAX_ATTEMPTS
from vfy_notebook.api.transport.sending import Transport

__all__ = ["MAX_ATTEMPTS", "Request", "Resend", "Response", "Transport"]
