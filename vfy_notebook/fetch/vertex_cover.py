"""Which segments to list and which customers to ask, so that it takes the fewest calls.

Each pair of a customer and a segment that is not known yet is settled by either of two things:
asking the customer (one call, which settles all its pairs) or reading the segment's list to its
end (as many calls as pages are left, which settles all of its pairs). Customers and segments
are the two sides of a bipartite graph whose edges are the unknown pairs, so the cheapest choice
is a minimum vertex cover; by König's theorem it is as large as the largest matching in which a
segment may be matched once for each page left, and falls out of the search for that one.

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
    """What to do, and the calls that it takes: `calls` is exact if the pages are."""

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
    """The plan with the fewest calls; of equal ones the one that lists rather than asks.

    Args:
        pages_left: The calls that reading each unfinished segment to its end takes, 1 or more.
        seen: The members that each of these segments is known to have.
        customers: Whose memberships are wanted, each once.
        existence_calls: What it costs once, if any customer is asked, to learn how the API answers
            for customers that do not exist.
    """
    known_to_some = set[str]().union(*(seen[s] for s in pages_left)).intersection(customers)
    unknown_to_all = len(customers) - len(known_to_some)
    listed = _worth_listing(pages_left, seen, sorted(known_to_some))
    # A customer of whom nothing is known needs all segments listed, or is asked.
    asked = {
        c for c in known_to_some if any(s not in listed and c not in seen[s] for s in pages_left)
    }
    number = len(asked) + (unknown_to_all if len(listed) < len(pages_left) else 0)
    calls = sum(pages_left[s] for s in listed) + number + (existence_calls if number else 0)
    # The proof is paid for once, so the plan without any question is looked at by itself.
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
    """The segments of a minimum vertex cover; who then still has unknown pairs is asked.

    Customers are matched one after the other along augmenting paths. What a failed search has
    visited is full and stays so: no later path leads out of it. Those segments are the cover's.
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
