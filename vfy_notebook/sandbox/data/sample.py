"""The sample that ships with the package: real purchases, made-up people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vfy_notebook.sandbox.data.customers.records import Row, complete, to_row


class SampleMissingError(FileNotFoundError):
    """The package was installed without its sample."""


def sample_folder() -> Path:
    """Where the sample lies: in the installed package, else in the checkout.

    Raises:
        SampleMissingError: If it is in neither.
    """
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "_bundled" / "sample", package.parent / "data" / "sample"):
        if (folder / "customers.jsonl").is_file():
            return folder
    raise SampleMissingError("the sample's customers.jsonl is missing from this installation")


def sample_rows() -> Iterator[Row]:
    """The sample's customers as rows of the store."""
    with (sample_folder() / "customers.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield to_row(
                complete(record, customer_id=record["id"], created_at=record["created_at"])
            )


def sample_file(name: str) -> Any:
    """A JSON file of the sample: ``segments.json``, ``consents.json`` or another."""
    return json.loads((sample_folder() / name).read_text(encoding="utf-8"))
