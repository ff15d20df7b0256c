"""What people thought of an answer: kept in one SQLite file on this computer, read by staff and by ``raadwijzer eval``.

The table ``feedback`` has the column names that ``rag.evaluation.authoring`` reads. Knows no HTML.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeVar

from rag.errors import DiskFull, UsageError

FILE = "feedback.sqlite"
CLOSED_FILE = "feedback-besloten.sqlite"
LONGEST = 1000  # characters of a reason
Verdict = Literal["good", "bad"]
T = TypeVar("T", list[object], dict[str, object])
_TABLE = """CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY, created TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
    answered INTEGER NOT NULL, verdict TEXT NOT NULL CHECK (verdict IN ('good', 'bad')), reason TEXT NOT NULL,
    citations TEXT NOT NULL, filters TEXT NOT NULL, answerer TEXT NOT NULL, version TEXT NOT NULL)"""


@dataclass(frozen=True, slots=True)
class Opinion:
    """One judgement. ``citations`` is JSON: document, start and end of each quote; ``created`` is ISO 8601, UTC."""

    created: str
    question: str
    answer: str
    answered: bool
    verdict: Verdict
    reason: str
    citations: str = "[]"
    filters: str = "{}"
    answerer: str = ""
    version: str = ""


def beside(index: str | Path, closed: bool = False) -> Path:
    """Where opinions are kept: beside the index. Those on answers that may hold closed documents are kept apart."""
    return Path(index).parent / (CLOSED_FILE if closed else FILE)


class Feedback:
    """The file with opinions. It is made at the first opinion, not before."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def keep(self, opinion: Opinion) -> None:
        """Add an opinion. Raises DiskFull when it cannot be written, UsageError when the file is something else."""
        values = asdict(opinion)
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        with self._opened() as database:
            database.execute(f"INSERT INTO feedback ({names}) VALUES ({marks})", values)  # noqa: S608 - our own names

    def all(self) -> tuple[Opinion, ...]:
        """Every opinion, newest first."""
        if not self.file.is_file():
            return ()
        with self._opened() as database:
            rows = database.execute("SELECT * FROM feedback ORDER BY id DESC").fetchall()
        return tuple(_opinion(row) for row in rows)

    def lines(self) -> str:
        """Every opinion as JSON Lines, oldest first: what ``raadwijzer eval add`` reads."""
        return "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in reversed(self.all()))

    def concerning(self, documents: Collection[str], count: Callable[[str], int] | None = None) -> list[int]:
        """The ids of opinions that cite or filter on one of ``documents``, or that ``count`` finds a name in."""
        if not self.file.is_file():
            return []
        with self._opened() as database:
            rows = database.execute("SELECT * FROM feedback ORDER BY id").fetchall()
        return [row["id"] for row in rows if _concerns(row, documents, count)]

    def remove(self, ids: Sequence[int]) -> None:
        """Forget these opinions, also in the file itself."""
        if not ids:
            return
        with self._opened() as database:
            database.executemany("DELETE FROM feedback WHERE id = ?", [(one,) for one in ids])
        self._vacuum()

    def erase(self) -> None:
        """Forget all opinions, also in the file itself."""
        if not self.file.is_file():
            return
        with self._opened() as database:
            database.execute("DELETE FROM feedback")
        self._vacuum()

    def _vacuum(self) -> None:
        with self._opened() as database:
            database.isolation_level = None
            database.execute("VACUUM")

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            database = sqlite3.connect(self.file, timeout=5)
            database.row_factory = sqlite3.Row
            try:
                with database:
                    database.execute("PRAGMA secure_delete = ON")
                    database.execute(_TABLE)
                    yield database
            finally:
                database.close()
        except sqlite3.OperationalError as error:
            raise DiskFull(
                f"Het oordeel kan niet worden bewaard in {self.file}: {error}. Kijk of er ruimte is en of de map "
                "beschreven mag worden."
            ) from error
        except sqlite3.DatabaseError as error:
            raise UsageError(
                f"{self.file} is geen bestand met oordelen ({error}). Verplaats het bestand en probeer het opnieuw."
            ) from error


def _opinion(row: sqlite3.Row) -> Opinion:
    values = {name: row[name] for name in Opinion.__dataclass_fields__}
    return Opinion(**{**values, "answered": bool(values["answered"])})


def _concerns(row: sqlite3.Row, documents: Collection[str], count: Callable[[str], int] | None) -> bool:
    cited = {item.get("document") for item in _json(row["citations"], list) if isinstance(item, dict)}
    limited = _json(row["filters"], dict).get("document", [])
    if not cited.union(limited if isinstance(limited, list) else []).isdisjoint(documents):
        return True
    texts = (row["question"], row["answer"], row["reason"], row["citations"], row["filters"])
    return count is not None and any(count(text) for text in texts)


def _json(text: str, kind: type[T]) -> T:
    """What a column holds; empty where it is something else."""
    try:
        value = json.loads(text)
    except ValueError:
        return kind()
    return value if isinstance(value, kind) else kind()
