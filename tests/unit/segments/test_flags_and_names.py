"""The key of a flag, and names that can be taken for each other."""

from __future__ import annotations

import pytest

from vfy_notebook.api.models import Segment
from vfy_notebook.errors import ArgumentError
from vfy_notebook.segments.flag import Flag, flag_for, flag_of, given_flag
from vfy_notebook.segments.names import check_name, taken_by


@pytest.mark.parametrize("name", ["VIP", "Złote 2026!", "★", "a b", "seg", "X" * 250, "…", "日本"])
def test_every_name_has_a_key_of_its_own(name):
    flag = flag_for(name, [])
    assert flag == flag_for(name, [])
    assert flag.key.startswith("segment_")
    assert len(flag.key) < 80
    assert flag_of(flag.rule) == flag
    made = [Segment("seg_1", name, "passive", flag.rule)]
    other = flag_for(name, made)
    assert other.key == f"{flag.key}_2"
    both = [*made, Segment("seg_2", name, "passive", other.rule)]
    assert flag_for(name, both).key == f"{flag.key}_3"


def test_names_without_letters_share_no_key():
    assert flag_for("★", []).key != flag_for("☆", []).key


def test_a_key_is_free_where_another_one_only_begins_like_it():
    longer = Segment("seg_1", "VIP", "passive", Flag("segment_vip_gold").rule)
    assert flag_for("VIP", [longer]).key == "segment_vip"


@pytest.mark.parametrize("rule", [None, {}, [], "odd", {"junction": "and"}])
def test_odd_filters_of_others_are_no_trouble(rule):
    assert flag_for("VIP", [Segment("seg_1", None, None, rule)]).key == "segment_vip"


@pytest.mark.parametrize(
    ("other", "how"),
    [
        ("VIP gold", "equal"),
        ("VIP Gold", "near"),
        ("VIP\u00a0gold", "near"),
        ("VІP gold", "near"),  # a Cyrillic letter
        ("VIP golf", "near"),
        ("VIP gold 2026", None),
        ("Lapsed", None),
        (None, None),
    ],
)
def test_what_is_taken_for_the_name(other, how):
    found = taken_by("VIP gold", [Segment("seg_1", other)])
    assert (len(found.equal), len(found.near)) == (how == "equal", how == "near")


@pytest.mark.parametrize(
    "key",
    ["", " ", None, 7, "'vip'", '"vip', "vip ", " vip", "\u201evip\u201c", "v\nip", "v\u200bip"],
)
def test_a_key_with_something_around_it_is_refused(key):
    """What a mistake creates stays for ever."""
    with pytest.raises(ArgumentError, match="key"):
        given_flag(key)


@pytest.mark.parametrize("key", ["vip", "metadata.vip"])
def test_a_key_is_taken_with_and_without_its_prefix(key):
    assert given_flag(key) == Flag("vip")


def test_a_name_of_signs_that_cannot_be_seen_is_refused_with_one_that_can():
    with pytest.raises(ArgumentError, match="such as 'Lapsed gold'"):
        check_name("\ud800")
