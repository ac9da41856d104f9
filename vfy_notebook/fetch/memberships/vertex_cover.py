"""Chooses which segments to list and which customers to ask, with the fewest calls.

For each pair of a customer and a segment it must be found out whether the customer is a member.
There are two ways: ask the customer (one call, answers all pairs of this customer), or read the
segment's list to its end (one call for each page left, answers all pairs of this segment).
Customers and segments are the two sides of a bipartite graph, and its edges are the pairs still
unknown. The cheapest choice is a minimum vertex cover of this graph. By König's theorem it is as
large as a maximum matching in which a segment may be matched once for each page left, and the
search for that matching gives the cover.

D. Kőnig (1931), "Gráfok és mátrixok", Matematikai és Fizikai Lapok 38, 116-119.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from collections.abc import Set as AbstractSet


@dataclass(frozen=True)
class Plan:
    """What to list, whom to ask, and the number of calls; exact if the numbers of pages are."""

    list_segments: tuple[str, ...]
    ask_customers: tuple[str, ...]
    calls: int


def cheapest_plan(
    pages_left: Mapping[str, int],
    seen: Mapping[str, AbstractSet[str]],
    customers: Collection[str],
    *,
    existence_calls: int = 1,
) -> Plan:
    """The plan with the fewest calls; of two equal plans, the one that lists.

    Args:
        pages_left: For each unfinished segment, the calls to read it to its end, 1 or more.
        seen: The known members of each of these segments.
        customers: The customers whose memberships are wanted, each once.
        existence_calls: The calls, once if any customer is asked, to learn what the API answers
            for customers that do not exist.
    """
    known_to_some = set[str]().union(*(seen[s] for s in pages_left)).intersection(customers)
    unknown_to_all = len(customers) - len(known_to_some)
    listed = _worth_listing(pages_left, seen, sorted(known_to_some))
    # For a customer seen in no segment, all segments must be listed, or the customer is asked.
    asked = {
        c for c in known_to_some if any(s not in listed and c not in seen[s] for s in pages_left)
    }
    number = len(asked) + (unknown_to_all if len(listed) < len(pages_left) else 0)
    calls = sum(pages_left[s] for s in listed) + number + (existence_calls if number else 0)
    # `existence_calls` are paid once, so a plan that asks nobody must be compared separately.
    open_segments = [s for s in pages_left if unknown_to_all or not known_to_some <= seen[s]]
    all_pages = sum(pages_left[s] for s in open_segments)
    if all_pages <= calls:
        return Plan(tuple(open_segments), (), all_pages)
    return Plan(
        tuple(s for s in pages_left if s in listed),
        tuple(c for c in customers if c in asked or c not in known_to_some),
        calls,
    )


def _worth_listing(
    pages_left: Mapping[str, int],
    seen: Mapping[str, AbstractSet[str]],
    customers: Collection[str],
) -> set[str]:
    """The segments of a minimum vertex cover; customers with other unknown pairs are asked.

    Customers are matched one after the other along augmenting paths. The segments that a failed
    search has visited stay full: no later path leads out of them. These segments are the cover's.
    """
    matched: dict[str, list[str]] = {segment: [] for segment in pages_left}
    full: set[str] = set()

    def place(customer: str, visited: set[str]) -> bool:
        open_to_it = [
            s for s in pages_left if s not in full and s not in visited and customer not in seen[s]
        ]
        for segment in open_to_it:
            if len(matched[segment]) < pages_left[segment]:
                matched[segment].append(customer)
                return True
        for segment in open_to_it:
            if segment in visited:
                continue
            visited.add(segment)
            for i, other in enumerate(matched[segment]):
                if place(other, visited):
                    matched[segment][i] = customer
                    return True
        return False

    for customer in customers:
        visited: set[str] = set()
        if not place(customer, visited):
            full |= visited
    return full
