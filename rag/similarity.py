"""Whether two texts say the same in another layout. Knows nothing of documents and passages."""

from __future__ import annotations

import unicodedata

import numpy as np
import numpy.typing as npt

_SHINGLE = 8  # characters
_SAME = 0.85  # share of shingles in common; one changed letter in every hundred costs about 0.14


def normalised(text: str) -> str:
    """Letters and digits only, lower case, without accents."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(filter(str.isalnum, text.lower()))


def shingles(text: str) -> npt.NDArray[np.uint64]:
    """The sorted, distinct hashes of all runs of eight characters of a signature (Broder 1997, w-shingling)."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < _SHINGLE:
        codes = np.pad(codes, (0, _SHINGLE - len(codes)))
    count = len(codes) - _SHINGLE + 1
    hashes = np.zeros(count, dtype=np.uint64)  # (n_shingles,)
    for offset in range(_SHINGLE):
        hashes = hashes * np.uint64(1_099_511_628_211) + codes[offset : offset + count]
    return np.unique(hashes)


def resemblance(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> float:
    """The share of shingles that two texts have in common (Jaccard), 0 to 1."""
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common / max(len(a) + len(b) - common, 1)


def near_duplicate(a: str, b: str) -> bool:
    """Whether two signatures are of the same text in another layout."""
    if a == b:
        return True
    if min(len(a), len(b)) < _SAME * max(len(a), len(b)):
        return False
    return resemblance(shingles(a), shingles(b)) >= _SAME
