"""Strings → numbers that go on from those of an older generation of an index, where a string is known by its key.

So of what was there before no string has to be read or looked up: only what is new takes time.

    keys.npy, of.npy   the keys (``rag.words.key``) of all strings, sorted; and the number of each
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag import native
from rag.numbering import numbers, split
from rag.words import Grown, key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

KEYS, OF = "keys.npy", "of.npy"
_NO_KEYS, _NO_NUMBERS = np.zeros(0, np.int64), np.zeros(0, np.int32)


class Keyed:
    """Gives every string one number; those of ``base``, a folder, keep theirs."""

    def __init__(self, base: Path | None = None) -> None:
        self._keys: Ints = np.load(base / KEYS) if base else _NO_KEYS
        self._of: NDArray[np.int32] = np.load(base / OF) if base else _NO_NUMBERS
        self._strings = numbers()  # those met here
        self._numbers = Grown(np.int64)  # of each of them
        self._new = Grown(np.int64)  # those of them that the base has not, in order
        self._new_keys = Grown(np.int64)

    def __len__(self) -> int:
        """How many strings have a number."""
        return len(self._keys) + len(self._new)

    def of(self, lines: str) -> Ints:
        """The numbers of strings, a line end after each; new ones get the next."""
        found = self._strings.of(lines)
        if len(self._strings) > len(self._numbers):
            self._settle()
        numbered: Ints = self._numbers.values[found]
        return numbered

    def _settle(self) -> None:
        """Give strings that were not met before their numbers."""
        met = np.arange(len(self._numbers), len(self._strings))
        met_keys = keys(split(self._strings.lines(met)))
        at = np.minimum(np.searchsorted(self._keys, met_keys), max(len(self._keys) - 1, 0))
        known = self._keys[at] == met_keys if len(self._keys) else np.zeros(len(met), bool)
        found = len(self) + np.cumsum(~known) - 1
        found[known] = self._of[at[known]]
        self._numbers.extend(found)
        self._new.extend(met[~known])
        self._new_keys.extend(met_keys[~known])

    def new(self) -> str:
        """The strings that the base has not, a line end after each."""
        return self._strings.lines(self._new.values)

    def save(self, folder: Path) -> None:
        """Write the keys and numbers of all."""
        write_keys(folder, self._new_keys.values, self._keys, self._of)


def write_keys(folder: Path, new: Ints, before: Ints = _NO_KEYS, of: NDArray[np.int32] = _NO_NUMBERS) -> None:
    """Write keys, in order of their strings' numbers, behind those of others: sorted, and the number of each."""
    order = np.argsort(new, kind="stable")
    at = np.searchsorted(before, new[order], side="right")
    np.save(folder / KEYS, np.insert(before, at, new[order]))
    np.save(folder / OF, np.insert(of, at, (order + len(before)).astype(np.int32)))


def keys_in_order(folder: Path) -> Ints:
    """The keys of all strings, by their numbers."""
    sorted_keys: Ints = np.load(folder / KEYS)
    found: Ints = np.empty_like(sorted_keys)
    found[np.load(folder / OF)] = sorted_keys
    return found


def keys(strings: Sequence[str]) -> Ints:
    """``rag.words.key`` of each of these strings."""
    if not native.available():
        return np.fromiter(map(key, strings), np.int64, len(strings))
    from rag.native.indexing import LONGEST_KEYED
    from rag.native.indexing import keys as keys_here

    longest = LONGEST_KEYED // 4  # letters
    found = keys_here([string[:longest] for string in strings])
    if max(map(len, strings), default=0) > longest:
        for place in [place for place, string in enumerate(strings) if len(string) > longest]:
            found[place] = key(strings[place])
    return found
