"""When a short name and a full one are the same person: "Kuik" and "Anne Kuik", both of the CDA. Knows no index."""

from __future__ import annotations

from collections.abc import Iterable

Named = tuple[str, str | None]  # name and party


def full_names(people: Iterable[Named], party_needed: bool = True) -> dict[Named, str]:
    """Short names with the full one they stand for: ending with it, and the only one such.

    Of those who ask, the party must be known and the same (``party_needed``). Those who answer are seldom named with
    theirs: there it is enough that the parties do not differ.
    """
    known = sorted(set(people), key=lambda one: (one[0], one[1] or ""))
    ends: dict[str, list[Named]] = {}
    for name, party in known:
        words = name.split()
        for cut in range(1, len(words)):
            ends.setdefault(" ".join(words[cut:]).lower(), []).append((name, party))
    found: dict[Named, str] = {}
    for name, party in known:
        longer = dict.fromkeys(full for full, of in ends.get(name.lower(), ()) if _may_be_one(party, of, party_needed))
        if len(longer) == 1:
            found[name, party] = next(iter(longer))
    return found


def _may_be_one(party: str | None, other: str | None, party_needed: bool) -> bool:
    return party == other if party and other else not party_needed
