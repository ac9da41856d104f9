"""Customers as the API may return them, for hypothesis; and a server of a few lines."""

from __future__ import annotations

import copy
import json

import msgspec
from hypothesis import strategies as st

from vfy_notebook.api.models import Customer
from vfy_notebook.frames.customers import customers_frame

texts = st.text(
    alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z")), max_size=8
)
some_texts = st.sampled_from(["", "gold", "00042", "1", "true", "2024-01-31", "Łódź", "😀", "a/b"])
numbers = st.one_of(
    st.integers(-5, 5),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0.5, 1.0, -0.0, 1e300, 2.0**53, 2.0**53 + 2, 0.1]),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, some_texts)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
keys = st.sampled_from(["tier", "score", "flag", "a.b", "", "tags", "when", "x y", "Ärger"])

#: Metadata whose columns have one type, which is what most projects have.
typed_metadata = st.fixed_dictionaries(
    {},
    optional={
        "tier": st.one_of(st.none(), some_texts),
        "score": st.one_of(st.none(), st.integers(-(2**53), 2**53)),
        "ratio": st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
        "flag": st.one_of(st.none(), st.booleans()),
        "day": st.one_of(st.none(), st.sampled_from(["2024-01-31", "1999-12-31"])),
    },
)
any_metadata = st.dictionaries(keys, json_values, max_size=5)

times = st.integers(1_600_000_000_000, 1_700_000_000_000).map(
    lambda ms: f"{_iso(ms // 1000)}.{ms % 1000:03d}Z"
)


def _iso(seconds):
    from datetime import UTC, datetime  # noqa: PLC0415 - nowhere else

    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


addresses = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {},
        optional={
            part: st.one_of(st.none(), texts)
            for part in ("city", "state", "line_1", "line_2", "country", "postal_code")
        },
    ),
)


@st.composite
def records(draw, *, metadata=any_metadata, max_size=6):
    """Decoded customers, each with an id of its own; some without a source_id."""
    count = draw(st.integers(0, max_size))
    optional = {
        "name": st.one_of(st.none(), texts),
        "description": st.one_of(st.none(), texts),
        "email": st.one_of(st.none(), some_texts),
        "phone": st.one_of(st.none(), some_texts),
        "birthdate": st.one_of(st.none(), st.dates().map(str)),
        "address": addresses,
        "metadata": st.one_of(st.none(), metadata),
        "updated_at": st.one_of(st.none(), times),
        "summary": st.just({"orders": {"total_amount": 12345}}),
        "loyalty": st.just({"points": 5, "campaigns": {"A": {"points": 5}}}),
    }
    fields = st.fixed_dictionaries({}, optional=optional)
    made = []
    for i in range(count):
        record = draw(fields)
        record |= {
            "id": f"cust_{i}",
            "source_id": draw(st.sampled_from([f"source {i}", f"ü/{i}@example.com", None])),
            "created_at": draw(times),
        }
        made.append(record)
    return made


def frame_of(made):
    """The DataFrame that fetching these customers gives."""
    return customers_frame([msgspec.convert(copy.deepcopy(r), Customer) for r in made])


class Server:
    """What requests make of customers, under either answer to what the vendor leaves open."""

    def __init__(self, made, *, merges):
        self.by_id = {record["id"]: copy.deepcopy(record) for record in made}
        self.merges = merges

    def take(self, route, body, customer_id=None):
        sent = json.loads(body, parse_constant=_refuse)
        if route == "put":
            self._write(self.by_id[customer_id], sent, merges=self.merges)
        elif route == "bulk":
            for record in sent:
                self._write(self._by_source(record.pop("source_id")), record, merges=self.merges)
        else:
            for source_id in sent["source_ids"]:
                fields = {"metadata": sent["metadata"]}
                self._write(self._by_source(source_id), fields, merges=True)

    def _by_source(self, source_id):
        (found,) = [r for r in self.by_id.values() if r.get("source_id") == source_id]
        return found

    def _write(self, record, fields, *, merges):
        for name, value in copy.deepcopy(fields).items():
            if name in ("metadata", "address") and merges and record.get(name):
                record[name] = {**record[name], **value}
            else:
                record[name] = value


def _refuse(name):
    raise ValueError(f"{name} is no JSON")
