"""``Store``: an opened index. Reads only, from several threads, and is the same until it is opened again."""

from __future__ import annotations

import sqlite3
import threading
import weakref
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag import dutch, native
from rag.abbreviations import Abbreviations
from rag.errors import IndexDamaged, IndexMissing, UsageError
from rag.passages import SearchText
from rag.spelling import Vocabulary
from rag.store import codec, examples, facets, folder, matching, packing, stored
from rag.store.counting import Counting
from rag.store.facets import Facets
from rag.store.hidden import hide
from rag.store.links import links
from rag.store.listing import Lister, Listing
from rag.store.overview import Overview, overview
from rag.store.schema import MOST_WINDOWS, WINDOW_BITS
from rag.store.searching import embedded
from rag.store.tables import connect
from rag.types import Document, DocumentInfo, Filters, Link, Location, Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.store.milvus import MilvusSearch, Server
    from rag.store.milvus.search import Expression

    Units = NDArray[np.int64]

ATTEMPTS = 5  # to open an index that is being replaced at the same time
SEEN = 1_000  # passages
INFOS = 1_000  # documents
_DAMAGE = (sqlite3.Error, zlib.error, OSError, ValueError, LookupError, TypeError)


class Store:
    """An index as it was when it was opened. ``lexical`` and ``vectors`` search units; the rest leads back to text."""

    def __init__(
        self,
        where: Path,
        generation: Path,
        closed: bool = False,
        collections: Sequence[str] = (),
        server: Server | None = None,
    ) -> None:
        """Use ``open``."""
        self.folder = where
        self.generation = generation
        self._closed = closed
        self._lock = threading.Lock()
        with self._damage():
            self._database = connect(generation)
            weakref.finalize(self, self._database.close)
            self._hidden = hide(self._database, closed, collections)  # documents
            self._milvus = self._in_milvus(server, closed, collections) if server else None
            found = self._milvus.parts if self._milvus else embedded(generation)
            self.lexical, self.vectors, self.gathering = found
            self._passages = np.load(generation / "vectors" / "passages.npy")  # (units,) row ids, beside vectors.units
            self._ids = np.asarray(np.load(generation / "vectors" / "ids.npy", mmap_mode="r"))  # (units,) passage ids
            same = len(self.vectors) == len(self._passages) == len(self._ids)
            if not same or len(self.lexical) > len(self.vectors):  # a unit without terms has vectors only
                raise ValueError("the parts do not belong together")
            there = (generation / matching.FOLDER).is_dir()
            self.matching = matching.StoredMatching(generation / matching.FOLDER) if there else None
        self._text = lru_cache(64)(self._read_text)
        self._allowed = lru_cache(16)(self._read_allowed)
        self._seen: dict[str, Passage] = {}  # passages that were read lately
        self._words: Vocabulary | None = None
        self._overview = lru_cache(1)(lambda: overview(self._database))
        self._counting = lru_cache(1)(lambda: Counting(self._database))
        self._lister = lru_cache(1)(lambda: Lister(self._database))
        self._pairs: Abbreviations | None = None
        self._leaders: dict[str, str] | None = None  # passage → the one that stands for it, of those with duplicates
        self._answerers = lru_cache(1)(lambda: facets.answerers(self._database))
        self._infos: dict[str, DocumentInfo] = {}  # that were read lately
        self._facets = lru_cache(64)(self._read_facets)

    @classmethod
    def open(
        cls,
        where: Path,
        embedder: str,
        closed: bool = False,
        collections: Sequence[str] = (),
        server: Server | None = None,
    ) -> Store:
        """Open the index in a folder; ``embedder`` is the fingerprint of the encoder that questions come from.

        With a ``server``, words and meaning are searched there.

        Closed documents, and those outside ``collections`` when these are given, are as if they were not there, unless
        ``closed`` asks for them.

        Raises:
            IndexMissing, IndexOutdated, IndexDamaged, IndexUnreachable: it cannot be used; the message says what to do.
        """
        made = folder.made_with(dutch.analyzer_version(), embedder)
        for attempt in range(ATTEMPTS):
            generation = folder.current(where)
            try:
                folder.check(where, generation, made)
                return cls(where, generation, closed, collections, server)
            except IndexDamaged:
                if attempt == ATTEMPTS - 1 or folder.current(where) == generation:
                    raise
        raise IndexMissing(f"De index in {where} verandert voortdurend. Probeer het opnieuw.")

    @staticmethod
    def stamp(where: Path) -> tuple[int, int]:
        """Changes whenever the index in a folder is replaced; cheap."""
        return folder.stamp(where)

    def is_current(self) -> bool:
        """Whether this is still the index in its folder. Raises IndexMissing, IndexDamaged."""
        return folder.current(self.folder) == self.generation

    def verify(self) -> None:
        """Read every byte of the index and compare it with its manifest. Raises IndexDamaged."""
        folder.verify(self.folder, self.generation)

    # --- documents

    def documents(self) -> list[DocumentInfo]:
        """What there is to know of every document, in order of path."""
        return [codec.loads(info, DocumentInfo) for (info,) in self._rows("SELECT info FROM documents ORDER BY path")]

    def info(self, path: str) -> DocumentInfo:
        """What there is to know of a document. Raises UsageError when there is none of that name."""
        found = self._infos.get(path)
        if found is None:
            stored_info = self._row("SELECT info FROM documents WHERE path = ?", path)[0]
            found = self._infos[path] = codec.loads(stored_info, DocumentInfo)
        return found

    def document(self, path: str) -> Document:
        """A document as it was read. Raises UsageError when there is none of that name."""
        query = "SELECT body, text FROM contents JOIN documents ON id = document WHERE path = ?"
        with self._damage():
            body, text = self._row(query, path)
            return codec.document(body, packing.unpack_text(text))

    def text(self, path: str) -> str:
        """The clean text of a document. Raises UsageError when there is none of that name."""
        return self._text(path)

    def original(self, path: str) -> tuple[str, str]:
        """Where the file of a document is, and the fingerprint it had. Raises UsageError when there is no such one."""
        location, fingerprint = self._row("SELECT location, fingerprint FROM documents WHERE path = ?", path)
        return location, fingerprint

    def failures(self) -> list[tuple[str, str]]:
        """The files that could not be read: (path, reason)."""
        return [(path, reason) for path, reason in self._rows("SELECT path, reason FROM failures ORDER BY path")]

    def overview(self) -> Overview:
        """Every file that was seen, with what came of it."""
        with self._lock, self._damage():
            return self._overview()

    def listing(self, page: int, size: int, words: str = "") -> Listing:
        """One page of the documents, newest first; ``words`` limits it to those with these in their title or name."""
        facets_ = self.facets()
        with self._lock, self._damage():
            return self._lister().listing(facets_, page, size, words)

    def links(self, path: str) -> tuple[Link, ...]:
        """The documents that a document belongs with: its answer, what it refers to, what names it."""
        with self._lock, self._damage():
            return links(self._database, path)

    # --- passages

    def passage(self, passage_id: str) -> Passage:
        """A passage by its id. Raises KeyError."""
        return self.passages([passage_id])[passage_id]

    def passages_in(self, path: str) -> list[Passage]:
        """The passages of a document, in order of place."""
        query = (
            "SELECT passage, body FROM passages JOIN documents d ON d.id = document WHERE path = ? "
            "ORDER BY start, passage_id"
        )
        return [self._passage(*row) for row in self._rows(query, path)]

    def passages(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by their ids. Raises KeyError."""
        seen = self._seen
        new = [passage_id for passage_id in passage_ids if passage_id not in seen]
        if not new:
            return {passage_id: seen[passage_id] for passage_id in passage_ids}
        read = self._read_passages(stored.BY_ID, new)
        found = {passage_id: read.get(passage_id) or seen[passage_id] for passage_id in passage_ids}
        self._seen = stored.kept(seen, found, SEEN)
        return found

    def read(self, numbers: Mapping[str, int]) -> None:
        """Have the passages with these ids and numbers at hand: quicker than by their ids, for ``passages``."""
        new = [number for passage_id, number in numbers.items() if passage_id not in self._seen]
        if new:
            self._seen = stored.kept(self._seen, self._read_passages(stored.BY_NUMBER, new), SEEN)

    def windows(self, units: Units) -> tuple[Units, Units]:
        """All units of the passages that these units are of, in order; and where those of each passage begin."""
        known = self.vectors.units
        if native.available():
            first, sizes = native.windows(known, units, WINDOW_BITS)
            starts = np.cumsum(sizes) - sizes
            return known[np.arange(sizes.sum()) + np.repeat(first - starts, sizes)], starts
        passages_ = np.sort(units >> WINDOW_BITS)
        passages_ = passages_[np.flatnonzero(np.diff(passages_, prepend=-1))] << WINDOW_BITS
        first = np.searchsorted(known, passages_)
        sizes = np.searchsorted(known, passages_ + MOST_WINDOWS, side="right") - first
        starts = np.cumsum(sizes) - sizes
        return known[np.arange(sizes.sum()) + np.repeat(first - starts, sizes)], starts

    def passages_of(self, units: Sequence[int]) -> dict[int, str]:
        """Units → ids of the passages whose windows they are."""
        return dict(zip(units, self.ids_of(np.asarray(units, np.int64)), strict=True))

    def at(self, places: Units) -> tuple[list[str], Units]:
        """The passages whose windows the units at these places (in ``vectors.units``) are: their ids and numbers."""
        return [str(found, "ascii") for found in self._ids[places].tolist()], self._passages[places]

    def ids_of(self, units: Units) -> list[str]:
        """The ids of the passages whose windows these units are."""
        return self.at(self.vectors.units.searchsorted(units))[0]

    def search_texts(self, passage_ids: Sequence[str]) -> dict[str, SearchText]:
        """What is searched of passages: title, questions, and answer or text."""
        query = (
            "SELECT passage_id, title, question, body, notes, passage FROM passages "
            "JOIN documents d ON d.id = document WHERE passage_id IN (VALUES {})"
        )
        return {
            found: SearchText(title, question, self._passage(stored, None).text if body is None else body, notes)
            for found, title, question, body, notes, stored in self._among(query, passage_ids)
        }

    def referred(self, passage: Passage) -> list[str]:
        """The ids of the passages of the same document whose questions a passage refers to, in its order."""
        if not passage.refers_to:
            return []
        of = {n: p.passage_id for p in reversed(self.passages_in(passage.document)) for n in p.questions if n != "*"}
        found = dict.fromkeys(of[number] for number in passage.refers_to if number in of)
        return [passage_id for passage_id in found if passage_id != passage.passage_id]

    def metadata(self, path: str) -> str | None:
        """The id of the passage that holds what a document says of itself; None for a document without questions."""
        query = (
            "SELECT passage_id FROM passages JOIN documents d ON d.id = document "
            "WHERE path = ? AND passages.kind = 'metadata' ORDER BY start LIMIT 1"
        )
        rows = self._rows(query, path)
        return str(rows[0][0]) if rows else None

    def leaders(self) -> dict[str, str]:
        """Of each passage that others say the same as, the one that stands for all: its document has most metadata."""
        if self._leaders is None:
            self._leaders = dict(self._rows("SELECT passage_id, cluster FROM duplicates"))
        return self._leaders

    def duplicates(self, passage_id: str) -> tuple[Location, ...]:
        """Where else the same is said, the representative first."""
        if passage_id not in self.leaders():
            return ()
        query = (
            "SELECT d.info, p.passage FROM duplicates a JOIN duplicates b USING (cluster) "
            "JOIN passages p ON p.passage_id = a.passage_id JOIN documents d ON d.id = p.document "
            "WHERE b.passage_id = ? AND a.passage_id != b.passage_id ORDER BY a.place"
        )
        return tuple(_location(info, passage) for info, passage in self._rows(query, passage_id))

    # --- searching

    def allowed(self, filters: Filters | None) -> Units | Expression | None:
        """What a search is limited to; None: nothing. Raises UsageError for bad dates.

        The units (sorted) of the documents that pass the filter or, in Milvus, what their rows must be.
        """
        if filters is None and not self._hidden and not self._milvus:
            return None
        filters = self._widened(filters or Filters())
        if self._milvus:
            return self._milvus.allowed(filters)
        return None if filters == Filters() and not self._hidden else self._allowed(filters)

    def facets(self, filters: Filters | None = None) -> Facets:
        """What the documents that pass ``filters`` can be filtered on further, with counts."""
        return self._facets(self._widened(filters or Filters()))

    def collections(self) -> list[str]:
        """The names of all collections, also of those that were not chosen when this was opened."""
        query = "SELECT DISTINCT collection FROM main.documents WHERE collection != '' AND closed <= ? ORDER BY 1"
        return [name for (name,) in self._rows(query, self._closed)]

    def abbreviations(self) -> Abbreviations:
        """All (short, long) that the documents define, those of the most documents first."""
        if self._pairs is None:
            query = "SELECT short, long FROM abbreviations GROUP BY short, long ORDER BY count(*) DESC, short, long"
            self._pairs = Abbreviations(self._rows(query))
        return self._pairs

    def words(self) -> Mapping[str, int]:
        """The words of the documents (see ``rag.spelling.vocabulary``) with how many documents hold each."""
        if self._words is None:
            self._words = Vocabulary(self._rows("SELECT word, documents FROM words ORDER BY word"))
        return self._words

    def examples(self, n: int = 4) -> list[str]:
        """Questions of the documents themselves, short and of different documents first."""
        return examples.questions(self._rows(examples.QUERY, examples.SHORTEST, examples.LONGEST, n))

    # --- inside

    def _passage(self, stored: str, body: str | None) -> Passage:
        """A stored passage; without a body of its own its text is a piece of its document's."""
        if body is not None:
            return codec.passage(stored, body)
        found = codec.loads(stored, Passage)
        return replace(found, text=self._text(found.document)[found.start : found.end])

    def _read_passages(self, query: str, values: Sequence[object]) -> dict[str, Passage]:
        """Passages by their ids; what there is to know of their documents comes along."""
        rows = list(self._among(query, values))
        with self._damage():
            found, infos = stored.values(rows, self._infos)
        self._infos = stored.kept(self._infos, infos, INFOS)
        return found

    def _widened(self, filters: Filters) -> Filters:
        """Filters that know those who answered by their short names as well."""
        if not filters.answered_by:
            return filters
        with self._lock, self._damage():
            answerers = self._answerers()  # full name → the short ones for it
        short = (name for full in filters.answered_by for name in answerers.get(full, ()))
        return replace(filters, answered_by=tuple(dict.fromkeys((*filters.answered_by, *short))))

    def _read_facets(self, filters: Filters) -> Facets:
        with self._lock, self._damage():
            return self._counting().facets(self._database, filters)

    def _read_text(self, path: str) -> str:
        with self._damage():
            query = "SELECT text FROM contents JOIN documents ON id = document WHERE path = ?"
            return packing.unpack_text(self._row(query, path)[0])

    def _in_milvus(self, server: Server, closed: bool, collections: Sequence[str]) -> MilvusSearch:
        from rag.store.milvus import MilvusSearch

        return MilvusSearch(server, self.generation, self._rows, closed, collections)

    def _read_allowed(self, filters: Filters) -> Units:
        condition, values = facets.where(filters)
        query = f"SELECT id FROM passages WHERE document IN (SELECT id FROM documents WHERE {condition})"  # noqa: S608
        chosen = np.array([row for (row,) in self._rows(query, *values)], np.int64)
        return self.vectors.units[np.isin(self._passages, chosen)]

    def _row(self, query: str, path: str) -> Any:  # noqa: ANN401
        rows = self._rows(query, path)
        if not rows:
            raise UsageError(f"Het document '{path}' staat niet in de index. Bekijk de lijst met: raadwijzer documents")
        return rows[0]

    def _rows(self, query: str, *values: object) -> list[Any]:
        with self._lock, self._damage():
            return self._database.execute(query, values).fetchall()

    def _among(self, query: str, values: Sequence[object]) -> Iterator[Any]:
        """The rows of a query about these values, which come in its one place for them."""
        for begin in range(0, len(values), 500):
            some = values[begin : begin + 500]
            yield from self._rows(query.format(", ".join(["(?)"] * len(some))), *some)

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            raise IndexDamaged(f"De index in {self.folder} is beschadigd ({error}). {folder.REMEDY}") from error


def _location(info: str, passage: str) -> Location:
    document, found = codec.loads(info, DocumentInfo), codec.loads(passage, Passage)
    return Location(document.path, document.title, document.date, found.questions, found.passage_id)
