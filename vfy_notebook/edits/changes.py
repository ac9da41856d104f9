"""One customer's changed cells, in the API's own values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vfy_notebook.api.pages import ms_or_none
from vfy_notebook.edits.fields import address_part, metadata_key

if TYPE_CHECKING:
    from vfy_notebook.api.models import Customer


@dataclass(slots=True)
class Change:
    """All edits of one customer. None in `before` and `after` is NA in the frame, null in JSON.

    Attributes:
        label: How the frame's index calls the row.
        customer_id: None for a customer that is to be created.
        source_id: None for customers that have none.
        before: Column → value before the edit.
        after: Column → value after it; the same columns.
        rest_of_metadata: The customer's other metadata, without null keys.
        rest_of_address: The customer's other parts of the address, without null ones.
        unchanged_since_ms: A later `updated_at` on the server means that someone else wrote.
        created_ms: When the customer was created.
    """

    label: str
    customer_id: str | None
    source_id: str | None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    rest_of_metadata: dict[str, Any] = field(default_factory=dict)
    rest_of_address: dict[str, str] = field(default_factory=dict)
    unchanged_since_ms: int | None = None
    created_ms: int | None = None

    @property
    def only_metadata(self) -> bool:
        """Whether nothing but metadata changes."""
        return None not in map(metadata_key, self.after)

    @property
    def only_other_fields(self) -> bool:
        """Whether no metadata changes."""
        return all(metadata_key(name) is None for name in self.after)

    def metadata_change(self) -> dict[str, Any]:
        """The changed metadata keys."""
        return {
            key: value
            for name, value in self.after.items()
            if (key := metadata_key(name)) is not None
        }

    def whole_fields(self) -> dict[str, Any]:
        """The change as the body of a PUT, or of a bulk record.

        Whether the API keeps metadata keys and parts of an address that are not sent is
        documented nowhere, so where one of them changes all of them are sent.
        """
        fields: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        address: dict[str, Any] = {}
        for name, value in self.after.items():
            key = metadata_key(name)
            if key is not None:
                metadata[key] = value
            elif (part := address_part(name)) is not None:
                address[part] = value
            else:
                fields[name] = value
        if address:
            fields["address"] = {**self.rest_of_address, **address}
        if metadata:
            fields["metadata"] = {**self.rest_of_metadata, **metadata}
        return fields

    def leave_out(self, names: Iterable[str]) -> None:
        """Leave some cells as they are."""
        for name in names:
            del self.before[name], self.after[name]

    def rebase(self, current: Customer) -> None:
        """Take what has to be sent along from what the server shows now."""
        changed_keys = self.metadata_change()
        self.rest_of_metadata = {
            key: value
            for key, value in (current.metadata or {}).items()
            if value is not None and key not in changed_keys
        }
        changed_parts = {address_part(name) for name in self.after}
        self.rest_of_address = {
            part: value
            for part in ("city", "state", "line_1", "line_2", "country", "postal_code")
            if (value := getattr(current.address, part, None)) is not None
            and part not in changed_parts
        }
        updated_ms = ms_or_none(current.updated_at)
        if updated_ms is not None:
            self.unchanged_since_ms = updated_ms
        self.source_id = current.source_id
