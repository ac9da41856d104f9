"""A plain HTTP client for the sandbox's tests, and the customers they use."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.processes import ENDS_S
from vfy_notebook import sandbox


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Api:
    """Sends one request a connection; knows nothing of the API but the two headers."""

    def __init__(self, box: sandbox.SandboxProcess) -> None:
        self.box = box

    def send(
        self, method: str, path: str, *, body: bytes | None = None, headers=None, timeout_s=ENDS_S
    ) -> Reply:
        where = urlsplit(path if "://" in path else self.box.url + path)
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=timeout_s)
        target = where.path + (f"?{where.query}" if where.query else "")
        all_headers = {"X-App-Id": self.box.app_id, "X-App-Token": self.box.app_token}
        all_headers |= headers or {}
        try:
            connection.request(
                method, target, body, {k: v for k, v in all_headers.items() if v is not None}
            )
            answer = connection.getresponse()
            return Reply(
                answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
            )
        finally:
            connection.close()

    def call(self, method: str, path: str, json_body: Any = None, **query: Any) -> Reply:
        if query:
            path += "?" + urlencode(query)
        body = None if json_body is None else json.dumps(json_body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        return self.send(method, path, body=body, headers=headers)

    def get(self, path: str, **query: Any) -> Reply:
        return self.call("GET", path, **query)

    def post(self, path: str, json_body: Any = None) -> Reply:
        return self.call("POST", path, json_body)

    def put(self, path: str, json_body: Any = None) -> Reply:
        return self.call("PUT", path, json_body)

    def delete(self, path: str) -> Reply:
        return self.call("DELETE", path)

    def ids(self, **query: Any) -> list[str]:
        """The ids that a list call gives."""
        reply = self.call("GET", "/v1/customers?" + urlencode(query))
        assert reply.status == 200, reply.body
        return [each["id"] for each in reply.json["customers"]]

    def upload(self, content: bytes, *, field: str = "file") -> Reply:
        """Send a CSV file as a form does."""
        boundary = "sandbox-test-boundary"
        body = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="{field}"; filename="customers.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        ).encode()
        body += content + f"\r\n--{boundary}--\r\n".encode()
        return self.send(
            "POST",
            "/v1/customers/importCSV",
            body=body,
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )

    def wait_for_jobs(self) -> None:
        """Read the list of async actions until all are over."""
        for _ in range(1000):
            actions = self.get("/v1/async-actions", limit=100).json["async_actions"]
            if all(each["status"] in ("DONE", "FAILED") for each in actions):
                return
        raise AssertionError("the actions do not end")

    def result(self, reply: Reply) -> dict[str, Any]:
        """The result of the job that `reply` has accepted."""
        assert reply.status == 202, reply.body
        self.wait_for_jobs()
        return self.get(f"/v1/async-actions/{reply.json['async_action_id']}").json["result"]


def path_of(ref: str, *more: str) -> str:
    return "/".join(["/v1/customers", quote(ref, safe=""), *more])


def customers(number: int, **fields: Any) -> list[dict[str, Any]]:
    """Customers ``c000``, ``c001``, ..., created a second apart."""
    return [{"id": f"cust_{n:03d}", "source_id": f"c{n:03d}", **fields} for n in range(number)]
