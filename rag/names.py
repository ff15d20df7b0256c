"""When a short name and a full one are the same person: "Kuik" and "Anne Kuik", both of the CDA. Knows no index."""

from __future__ import annotations

from collections.abc import Iterable

Named = tuple[str, str | None]  # name and party


def full_names(people: Iterable[Named]) -> dict[Named, str]:
    """Short names with the full one they stand for: of the same party, ending with it, and the only one such."""
    by_party: dict[str, set[str]] = {}
    for name, party in people:
        if party:
            by_party.setdefault(party, set()).add(name)
    found: dict[Named, str] = {}
    for party, names in by_party.items():
        ends: dict[str, list[str]] = {}
        for name in sorted(names):
            words = name.split()
            for cut in range(1, len(words)):
                ends.setdefault(" ".join(words[cut:]).lower(), []).append(name)
        for name in sorted(names):
            longer = ends.get(name.lower(), [])
            if len(longer) == 1:
                found[name, party] = longer[0]
    return found
