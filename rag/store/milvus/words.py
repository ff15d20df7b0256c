"""BM25 as sparse vectors: an inner product of a unit's weights with a question's gives the score that Tantivy gives.

    score = Σ idf(term) · boost · (k1 + 1) · tf / (tf + k1 · (1 − b + b · length / average))

What depends on the unit alone is its weight, ``tf / (tf + …)``, under the average length of the time the collection was
filled; what depends on all units (idf) is on the question's side, from statistics that are kept up to date beside the
documents. The average moves a little with every change. So Milvus is asked for somewhat more units than are wanted, and
these get the exact score of now: ``tf`` follows from the weight. When the average has moved more than ``DRIFT``, the
collection is filled anew.

    milvus/terms.sqlite   every term with its number (its dimension) and in how many units it occurs
"""

from __future__ import annotations

import math
import shutil
import sqlite3
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.forward import KEPT_LENGTHS
from rag.lexical import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Doubles = NDArray[np.float64]

K1, B = 1.2, 0.75  # as in rag/lexical.py
DRIFT = 0.05  # of the average length
NOTHING = 0  # the dimension of a unit without terms: Milvus takes no empty vector, and no question asks for this one
TERMS_FILE = "terms.sqlite"
TABLE = "CREATE TABLE terms (term TEXT PRIMARY KEY, number INTEGER NOT NULL, units INTEGER NOT NULL) WITHOUT ROWID"


def dampings(lengths: Ints, average: float) -> Doubles:
    """``k1 · (1 − b + b · length / average)`` for lengths ``(n,)`` in terms."""
    kept = KEPT_LENGTHS[np.searchsorted(KEPT_LENGTHS, lengths, side="right") - 1]
    return np.asarray(K1 * (1 - B + B * kept / max(average, 1e-9)), np.float64)


def weights(counts: Mapping[int, int], length: int, average: float) -> dict[int, float]:
    """The sparse vector of a unit: of each dimension ``tf / (tf + damping)``."""
    if not counts:
        return {NOTHING: 1.0}
    damping = float(dampings(np.array([length]), average)[0])
    return {number: count / (count + damping) for number, count in counts.items()}


def counts_of(values: Doubles, damping: float) -> Doubles:
    """How often each term occurs, from its weight: whole numbers."""
    found: Doubles = np.rint(values * damping / np.maximum(1 - values, 1e-9))
    return found


def rarity(units: int, among: int) -> float:
    """The idf of a term that occurs in ``units`` of ``among`` units, as Tantivy has it."""
    return math.log(1 + (among - units + 0.5) / (units + 0.5))


def ordered(found: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    """Units with scores above 0 in order ``(-score, unit)``, the scores to five digits, as ``rag/lexical.py`` has them.

    A run of scores that are nearer to each other than rounding gets one score.
    """
    leveled: list[tuple[float, int]] = []
    last = level = math.inf
    for score, unit in sorted(((score, unit) for unit, score in found if score > 0), reverse=True):
        if last - score > ROUNDING * last or last == math.inf:
            level = float(f"{score:.5g}")
        last = score
        leveled.append((-level, unit))
    return [(unit, -level) for level, unit in sorted(leveled)]


class TermsWriter:
    """The terms of a generation in the making."""

    def __init__(self, folder: Path, base: Path | None) -> None:
        """``base`` is the folder of the generation to go on from."""
        file = folder / TERMS_FILE
        if base:
            shutil.copyfile(base / TERMS_FILE, file)
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        if not base:
            self._database.execute(TABLE)
        self._next = int(self._database.execute("SELECT coalesce(max(number), 0) FROM terms").fetchone()[0]) + 1
        self._database.execute("BEGIN")

    def count(self, units: Counter[str], sign: int) -> None:
        """Count terms: in how many units more (``sign`` 1) or less (-1) each occurs. New ones get a number."""
        known = self.numbers(units)
        new = [term for term in units if term not in known]
        rows = [(term, number, sign * units[term]) for number, term in enumerate(new, self._next)]
        self._next += len(new)
        self._database.executemany("INSERT INTO terms VALUES (?, ?, ?)", rows)
        changed = [(sign * units[term], term) for term in known]
        self._database.executemany("UPDATE terms SET units = units + ? WHERE term = ?", changed)

    def numbers(self, terms: Iterable[str]) -> dict[str, int]:
        """The number of each of these terms that has one."""
        query = "SELECT number FROM terms WHERE term = ?"
        found = ((term, self._database.execute(query, (term,)).fetchone()) for term in terms)
        return {term: int(row[0]) for term, row in found if row}

    def close(self) -> None:
        """Write everything. Terms that no unit has any more leave, and no trace of them stays."""
        left = self._database.execute("DELETE FROM terms WHERE units < 1").rowcount
        self._database.execute("COMMIT")
        if left:
            self._database.execute("VACUUM")
        self._database.close()


class Terms:
    """The terms of a finished generation; safe to use from several threads."""

    def __init__(self, folder: Path, units: int) -> None:
        """``units``: how many units have terms. Raises sqlite3.Error when there is no such file."""
        address = (folder / TERMS_FILE).absolute().as_uri() + "?mode=ro&immutable=1"
        self._database = sqlite3.connect(address, uri=True, check_same_thread=False)
        weakref.finalize(self, self._database.close)
        self._lock = threading.Lock()
        self._units = units
        self.frequency("")  # see that it can be read

    def frequency(self, term: str) -> int:
        """In how many units a term occurs."""
        return self._looked_up(term)[1]

    def question(self, boosts: Mapping[str, float]) -> dict[int, float]:
        """The sparse vector of a question: of each dimension ``idf · boost · (k1 + 1)``."""
        found: dict[int, float] = {}
        for term, boost in sorted(boosts.items()):
            number, units = self._looked_up(term)
            if boost > 0 and units > 0:
                found[number] = rarity(units, self._units) * boost * (K1 + 1)
        return found

    def _looked_up(self, term: str) -> tuple[int, int]:
        with self._lock:
            row = self._database.execute("SELECT number, units FROM terms WHERE term = ?", (term,)).fetchone()
        return (int(row[0]), int(row[1])) if row else (NOTHING, 0)
