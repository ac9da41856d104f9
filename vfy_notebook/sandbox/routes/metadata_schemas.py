"""``/v1/metadata-schemas``."""

from __future__ import annotations

from vfy_notebook.sandbox.answers import Answer, json_answer, not_found
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.state import Sandbox


def list_schemas(box: Sandbox, _call: Call) -> Answer:
    """Play ``GET /v1/metadata-schemas``."""
    return json_answer(
        {
            "object": "list",
            "data_ref": "schemas",
            "schemas": [box.show(each) for each in box.schemas.values()],
            "total": len(box.schemas),
        }
    )


def get_schema(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/metadata-schemas/{resource}``."""
    schema = box.schemas.get(call.parts[2])
    if schema is None:
        raise not_found("metadata_schema", call.parts[2])
    return json_answer(box.show(schema))
