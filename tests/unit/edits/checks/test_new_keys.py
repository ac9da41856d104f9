from __future__ import annotations

import pytest

from vfy_notebook.edits.checks.new_keys import KnownKeys, new_keys

KNOWN = KnownKeys(defined={"tier", "score"}, held={"score", "tags"}, read=2357, total=10_000)


def found(*keys, allowed=(), known=KNOWN):
    return new_keys({key: ["cust_0", "cust_1"] for key in keys}, known, allowed)


def test_keys_of_the_schema_and_of_customers_are_not_new():
    assert found("tier", "score", "tags") == []


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("Tier", "metadata.tier"),
        ("teir", "metadata.tier"),
        ("tier ", "metadata.tier"),
        ("score_x", "metadata.score"),
        ("score_y", "metadata.score"),
        ("metadata.foo", "metadata.foo"),
        ("metadata.tier", "metadata.tier"),
        ("email", "email"),
        ("address.city", "address.city"),
    ],
)
def test_a_new_key_is_refused_with_what_it_resembles(key, meant):
    (problem,) = found(key)
    assert (problem.kind, problem.blocks) == ("new_key", True)
    assert problem.field == f"metadata.{key}"
    assert f"resembles {meant}" in problem.message
    assert f"'{meant}'" in problem.way_out


def test_what_merge_adds_to_a_key_is_told_from_a_key_of_its_own():
    known = KnownKeys((), {"vip"}, 12)
    for key in ("vip_x", "vip_y"):
        assert "resembles metadata.vip" in found(key, known=known)[0].message
    assert "resembles" not in found("other_x", known=known)[0].message


def test_the_message_tells_where_the_key_was_looked_for_and_that_it_stays():
    (problem,) = found("newsletter")
    assert "not in the schema and on none of the 2,357 of 10,000 customers read" in problem.message
    assert "no call removes it from one customer" in problem.message
    assert "new_keys=['newsletter']" in problem.way_out
    assert "resembles" not in problem.message
    assert problem.customers == ("cust_0", "cust_1")


def test_the_inside_of_an_object_as_json_normalize_writes_it_is_left_out_with_the_object():
    keys = {"tags.k": ["cust_0"], "prefs.a.b": ["cust_0"]}
    known = KnownKeys((), {"tags", "prefs"}, 12)
    columns = ["metadata.tags", "metadata.tags.k", "metadata.prefs.a.b"]
    one, other = new_keys(keys, known, (), columns)
    assert "json_normalize" in one.message
    assert "metadata.tags" in one.message
    assert "drop(columns=['metadata.tags', 'metadata.tags.k'])" in one.way_out
    assert "rename" not in one.way_out + other.way_out
    assert "drop(columns='metadata.prefs.a.b')" in other.way_out


def test_how_many_customers_there_are_need_not_be_known():
    (problem,) = found("newsletter", known=KnownKeys((), (), 300))
    assert "on none of the 300 customers read" in problem.message
    (problem,) = found("newsletter", known=KnownKeys((), (), 300, 200))  # some have gone since
    assert "on none of the 300 customers read" in problem.message
    (problem,) = found("newsletter", known=KnownKeys((), (), 0))
    assert "no customer was read" in problem.message


@pytest.mark.parametrize("allowed", [["a"], ("metadata.a",), {"a", "other"}, None])
def test_a_key_that_is_allowed_is_a_note(allowed):
    (problem,) = found("a", allowed=allowed)
    assert not problem.blocks
    assert "no call removes it" in problem.message
    assert "new_keys" not in problem.message


def test_allowing_one_key_allows_no_other():
    assert [p.blocks for p in found("a", "b", allowed=["a"])] == [False, True]
    assert found("metadata.a", allowed=["metadata.a"])[0].blocks
    assert not found("metadata.a", allowed=["metadata.metadata.a"])[0].blocks


def test_what_resembles_a_known_key_comes_first():
    assert [p.field for p in found("newsletter", "Tier")] == [
        "metadata.Tier",
        "metadata.newsletter",
    ]


def test_thousands_of_new_keys_are_found_at_once():
    known = KnownKeys({f"known_key_{i}" for i in range(3000)}, (), 1)
    assert len(found(*(f"new_key_{i}" for i in range(5000)), known=known)) == 5000
