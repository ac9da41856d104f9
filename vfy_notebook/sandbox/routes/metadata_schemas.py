"""``/v1/metadata-schemas``."""

from __future__ import annotations

from vfy_notebook.sandbox.answers import Answer, json_answer, not_found
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.state import Sandbox


def list_schemas(box: Sandbox, _call: Call) -> Answer:
    """Play ``GET /v1/metadata-schemas``; the sandbox has one for customers only."""
    return json_answer(
        {
            "object": "list",
            "data_ref": "schemas",
            "schemas": [box.show(box.schema)],
            "total": 1,
        }
    )


def get_schema(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/metadata-schemas/{resource}``."""
    if call.parts[2] != "customer":
        raise not_found("metadata_schema", call.parts[2])
    return json_answer(box.show(box.schema))
