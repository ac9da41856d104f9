"""Runs a sandbox in a separate process, and controls it for tests."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

_END_S = 5
_CONTROL_TIMEOUT_S = 120

#: What the new process runs: the sandbox out of this very package, without the package's own
#: `__init__`, which loads pandas and all of the client; the sandbox needs neither.
_LAUNCH = """
import sys, types
package = types.ModuleType("vfy_notebook")
package.__path__ = [sys.argv.pop(1)]
sys.modules["vfy_notebook"] = package
from vfy_notebook.sandbox.__main__ import main
sys.exit(main())
"""

#: Asking the sandbox never goes through a proxy.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class SandboxError(RuntimeError):
    """The sandbox could not be started, or refused what it was told."""


class SandboxProcess:
    """A running sandbox; `start` makes one.

    Beside what a client needs (`url`, `app_id`, `app_token`) it has the verbs by which
    tests govern the sandbox. They are neither counted nor limited.
    """

    def __init__(self, process: subprocess.Popen[str], ready: Mapping[str, str]) -> None:
        self._process = process
        self.url = ready["url"]
        self.app_id = ready["app_id"]
        self.app_token = ready["app_token"]
        self.pid = process.pid
        self._finalizer = weakref.finalize(self, _end, process)

    def close(self) -> None:
        """End the sandbox; a second call does nothing."""
        self._finalizer()

    def __enter__(self) -> Self:
        """The sandbox itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the sandbox."""
        self.close()

    def __repr__(self) -> str:
        state = "running" if self._process.poll() is None else "ended"
        return f"<SandboxProcess {self.url} {state}>"

    # ---- content -------------------------------------------------------------------

    def reset(
        self,
        customers: int | Sequence[Mapping[str, Any]] | None = None,
        *,
        segments: Sequence[Mapping[str, Any]] | None = None,
        consents: Mapping[str, Any] | None = None,
        metadata_schema: Mapping[str, Any] | None = None,
        orders: Sequence[Mapping[str, Any]] | None = None,
        redemptions: Sequence[Mapping[str, Any]] | None = None,
        other_schemas: Mapping[str, Any] | None = None,
    ) -> int:
        """Replace all content and put everything else back to its beginning.

        Switches, faults, quotas, the clock, async actions, exports and the request log
        are as in a fresh sandbox afterwards.

        Args:
            customers: None for the sample, a number of made-up customers, or customers as
                the API returns them, in which missing fields are filled in.
            segments: As ``GET /v1/segments`` returns them; static ones have ``members``.
            consents: ``{"groups": [...], "consents": [...]}``.
            metadata_schema: As ``GET /v1/metadata-schemas/customer`` returns it. What is
                not given is the sample's, or nothing where `customers` is a list.
            orders: Orders as the API returns them, in which missing fields are filled in. None:
                the sample's, or, for other customers, such as their summaries tell of.
            redemptions: The same for redemptions, with ``voucher_code`` and ``campaign`` for the
                voucher; other customers have none.
            other_schemas: Metadata schemas by resource, such as ``{"order": {...}}``. None: the
                sample's for the sample's orders, else none.

        Returns:
            The number of customers.
        """
        content = customers if customers is None or isinstance(customers, int) else list(customers)
        told = self._tell(
            "reset",
            customers=content,
            segments=segments,
            consents=consents,
            metadata_schema=metadata_schema,
            orders=None if orders is None else list(orders),
            redemptions=None if redemptions is None else list(redemptions),
            other_schemas=other_schemas,
        )
        return int(told)

    def customers(self) -> list[dict[str, Any]]:
        """All customers as the API returns them, oldest first."""
        return list(self._tell("customers"))

    def customer(self, ref: str) -> dict[str, Any] | None:
        """The customer with this id or source_id, None if there is none."""
        found: dict[str, Any] | None = self._tell("customer", ref=ref)
        return found

    def insert(self, customers: Iterable[Mapping[str, Any]]) -> None:
        """Add customers behind the client's back."""
        self._tell("change", insert=list(customers))

    def remove(self, refs: Iterable[str]) -> None:
        """Remove customers behind the client's back."""
        self._tell("change", remove=list(refs))

    def touch(self, ref: str, **fields: Any) -> None:
        """Change a customer's fields behind the client's back; sets ``updated_at`` too."""
        self._tell("change", touch={ref: fields})

    def rotate_keys(self) -> None:
        """Give the project another application ID and secret key; the old ones are refused."""
        keys = {"app_id": f"app-{secrets.token_hex(8)}", "app_token": secrets.token_hex(16)}
        self._tell("rotate_keys", **keys)
        self.app_id, self.app_token = keys["app_id"], keys["app_token"]

    # ---- behaviour -----------------------------------------------------------------

    def set(self, **switches: Any) -> dict[str, Any]:
        """Turn switches (see `vfy_notebook.sandbox.data.switches`); gives all positions."""
        return dict(self._tell("set", **switches))

    def switches(self) -> dict[str, Any]:
        """All switches' positions."""
        return dict(self._tell("switches"))

    def script(self, *faults: Mapping[str, Any]) -> None:
        """Add faults (see `vfy_notebook.sandbox.traffic.faults`)."""
        self._tell("script", faults=list(faults))

    def advance(self, seconds: float) -> str:
        """Move the sandbox's clock forward; gives its time."""
        return str(self._tell("advance", seconds=seconds))

    # ---- what happened -------------------------------------------------------------

    def requests(self) -> list[dict[str, Any]]:
        """Every request to the API since the last reset, in order of arrival.

        ``status`` is 0 where no answer was sent; of the token only whether it was
        ``right`` or ``wrong`` is kept.
        """
        return list(self._tell("requests"))

    def jobs(self) -> list[dict[str, Any]]:
        """All async actions, oldest first, with ``rows`` and each row's result."""
        return list(self._tell("jobs"))

    def exports(self) -> list[dict[str, Any]]:
        """All exports, oldest first."""
        return list(self._tell("exports"))

    def segments(self) -> list[dict[str, Any]]:
        """All segments, oldest first; `members` are the ids of a static one."""
        return list(self._tell("segments"))

    def sent_consents(self, ref: str) -> dict[str, bool]:
        """The consents that were sent for a customer, each with its last value."""
        return dict(self._tell("sent_consents", ref=ref))

    def forget_requests(self) -> None:
        """Empty the request log."""
        self._tell("forget_requests")

    def _tell(self, verb: str, /, **arguments: Any) -> Any:
        if self._process.poll() is not None:  # its port may be another one's by now
            raise SandboxError(f"the sandbox at {self.url} has ended")
        request = urllib.request.Request(  # noqa: S310  # always http to loopback
            f"{self.url}/_sandbox/{verb}",
            data=json.dumps(arguments).encode(),
            headers={"Content-Type": "application/json", "X-App-Token": self.app_token},
        )
        try:
            with _OPENER.open(request, timeout=_CONTROL_TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                told = error.read().decode(errors="replace")
            with contextlib.suppress(ValueError, KeyError, TypeError):
                told = json.loads(told)["error"]
            raise SandboxError(f"{verb}: {told}") from None
        except OSError as error:
            raise SandboxError(f"the sandbox at {self.url} does not answer: {error}") from error


def start(
    customers: int | None = None, *, seed: int = 0, port: int = 0, timeout_s: float = 60
) -> SandboxProcess:
    """Start a sandbox in a process of its own, which ends with this one.

    Args:
        customers: A number of made-up customers; None serves the sample.
        seed: Another seed makes up other customers.
        port: 0 takes any free port.
        timeout_s: How long to wait until it answers; every 10,000 customers to make up
            get a second more.

    Raises:
        SandboxError: If it does not come up; the message says why.
    """
    package = str(Path(__file__).resolve().parents[1])
    command = [sys.executable, "-P", "-c", _LAUNCH, package, "--end-with-stdin"]
    command += ["--seed", str(seed), "--port", str(port)]
    if customers is not None:
        command += ["--customers", str(customers)]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        process = subprocess.Popen(  # noqa: S603  # our own module with our own arguments
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            encoding="utf-8",
            env=_environment(),
            # An interrupted notebook signals its whole process group: the sandbox stays.
            start_new_session=True,
        )
        try:
            line = _first_line(process.stdout, timeout_s + (customers or 0) // 10_000)
            ready = json.loads(line)
        except (ValueError, TimeoutError) as error:
            _end(process)
            complaints.seek(0)
            why = complaints.read().strip() or str(error)
            raise SandboxError(f"The sandbox did not start: {why}") from None
        except BaseException:
            _end(process)
            raise
    return SandboxProcess(process, ready)


def _environment() -> dict[str, str]:
    """The environment without a real project's keys: the sandbox needs none, and may be dumped."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("VOUCHERIFY_")}
    return {**kept, "PYTHONUTF8": "1"}


def _first_line(stream: IO[str] | None, timeout_s: float) -> str:
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        with contextlib.suppress(ValueError, OSError):
            lines.put("" if stream is None else stream.readline())

    threading.Thread(target=read, daemon=True).start()
    try:
        line = lines.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError(f"it did not answer within {timeout_s:g} s") from None
    if not line:
        raise ValueError("it ended without a word")
    return line


def _end(process: subprocess.Popen[str]) -> None:
    """End the process: it follows its standard input; if not, it is made to."""
    _close(process.stdin)
    for insist in (process.terminate, process.kill):
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            insist()
        else:
            break
    process.wait()
    # Last, because a thread that still reads it would hold this one up.
    _close(process.stdout)


def _close(stream: IO[str] | None) -> None:
    if stream is not None:
        with contextlib.suppress(OSError):
            stream.close()
