"""What can be exported, and which fields are asked for.

Fields: https://docs.voucherify.io/api-reference/exports/create-export
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Stands for one column for each key of the metadata schema. Asked for last.
METADATA = "metadata"


@dataclass(frozen=True)
class ExportedObject:
    """One kind of object that Voucherify exports.

    Attributes:
        name: What `exported_object` calls it.
        fields: What is asked for, in this order; metadata last.
        needed: Fields without which a row is of no use.
        titles: Display titles that are not the field's name in other letters, by field.
        known: All fields that there are: none of them is ever taken for metadata.
        order: The order asked for.
        instead: What a user does who cannot have the export; a sentence's end.
    """

    name: str
    fields: tuple[str, ...]
    needed: tuple[str, ...] = ("id", "created_at")
    titles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    order: str = "created_at"
    instead: str = "try again later"


#: Titles seen in the vendor's own samples and in exports that customers have published.
DISPLAY_TITLES: Mapping[str, tuple[str, ...]] = {
    "created_at": ("Creation Date", "Created", "Date Created"),
    "updated_at": ("Last Update Date", "Update Date", "Last Updated", "Updated"),
    "birthdate": ("Date of Birth", "Birth Date"),
    "phone": ("Phone Number",),
    "email": ("E-mail Address", "Email Address"),
}
