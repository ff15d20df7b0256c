"""A file → everything the index stores of it. Runs in any process; touches no index.

Files are read one by one and their texts put in a ``Batch``; what is stored of words is then worked out for all of them
at once.
"""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rag import dutch
from rag.abbreviations import abbreviations
from rag.documents import read_document, read_member, whole
from rag.embeddings import StaticEncoder
from rag.errors import ModelInvalid, UnreadableFile
from rag.indexing.batch import Batch, Said, Stretch
from rag.indexing.files import Source
from rag.indexing.wordlist import Wordlist
from rag.passages import SearchText, passages, search_text, windows
from rag.store import codec, packing
from rag.store.schema import MOST_WINDOWS
from rag.store.wordcounts import Held
from rag.store.writer import Prepared, PreparedDocument
from rag.types import Document, DocumentInfo, Passage
from rag.vectors import quantize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.embeddings import Encoder

COLLECTED = (100_000, 50, 50)  # thresholds of Python's garbage collector
EMBEDDED = 1024  # texts embedded at a time
LONG = 100_000  # characters of a document, above which it costs too much to unpack it all for one passage
WHOLE = 250  # words of question and body up to which a passage is one unit for search by words
Outcome = PreparedDocument | str  # a document, or the Dutch reason why there is none
_wordlist: Wordlist | None = None  # of this process, see ``start``
_encoder: Encoder | None = None


def start(encoder: Encoder | None) -> None:
    """Make this process ready for ``prepare_here``; without an encoder, what it gives is still to be embedded."""
    global _encoder, _wordlist
    _encoder, _wordlist = encoder, wordlist(encoder)
    dutch.known("woord")  # reads the word list
    gc.set_threshold(*COLLECTED)  # nearly all that is made here is counted out, and the word lists are large
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the process that started this one
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one that started it is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def wordlist(encoder: Encoder | None) -> Wordlist:
    """What ``prepare_all`` wants, again and again. It embeds with a table of word pieces; others do so afterwards."""
    return Wordlist(encoder if isinstance(encoder, StaticEncoder) else None)


def prepare_here(sources: Sequence[Source]) -> list[Outcome]:
    """``prepare_all`` in a process that was started for it."""
    return prepare_all(sources, _encoder, wordlist(_encoder) if _wordlist is None else _wordlist)


def prepare_all(sources: Sequence[Source], encoder: Encoder | None, words: Wordlist) -> list[Outcome]:
    """What comes of each file, embedded when there is an encoder.

    Never raises for what is wrong with one file: that is its reason, and others go on.
    """
    batch = Batch(words)
    cuts = [_cut(source, batch) for source in sources]
    try:
        outcomes = _prepared(cuts, batch)
    except ModelInvalid:
        raise
    except Exception as error:  # a text that we do not foresee, in one of them
        if len(sources) == 1:
            return [_unforeseen(error)]
        return [outcome for source in sources for outcome in prepare_all([source], encoder, words)]
    return outcomes if words.encoder or not encoder else embedded(outcomes, encoder)


def _unforeseen(error: Exception) -> str:
    return f"kan niet worden verwerkt ({type(error).__name__}: {error})"


def embedded(outcomes: Sequence[Outcome], encoder: Encoder) -> list[Outcome]:
    """The documents among ``outcomes`` with rows for their texts. Raises ModelInvalid for rows that are no numbers."""
    texts = [outcome.texts for outcome in outcomes if not isinstance(outcome, str)]
    flat = list(chain.from_iterable(texts))
    rows = [encoder.encode(flat[begin : begin + EMBEDDED]) for begin in range(0, len(flat), EMBEDDED)]
    return _with_rows(outcomes, list(map(len, texts)), rows, encoder)


def _with_rows(
    outcomes: Sequence[Outcome], sizes: Sequence[int], rows: Sequence[NDArray[np.float32]], encoder: Encoder
) -> list[Outcome]:
    """The documents with rows, of which each has so many."""
    if not all(np.isfinite(some).all() for some in rows):
        raise ModelInvalid(f"Het model {encoder.name} geeft vectoren die geen getallen zijn. Kies een ander model.")
    codes, scales = zip(*map(quantize, [*rows, np.zeros((0, encoder.dim), np.float32)]), strict=True)
    ends = np.cumsum(sizes)[:-1]
    each = zip(np.split(np.concatenate(codes), ends), np.split(np.concatenate(scales), ends), strict=True)
    found: list[Outcome] = []
    for outcome in outcomes:
        if isinstance(outcome, str):
            found.append(outcome)
        else:
            own, factors = next(each)
            found.append(outcome._replace(texts=(), codes=own, scales=factors))
    return found


# --- a file → what there is in it, its texts put in a batch


@dataclass(slots=True)
class _Part:
    """A passage, and where its texts are in the batch. ``windows`` as text and as words; none: it is one window."""

    passage: Passage
    searched: SearchText
    segments: int  # the title and every sentence
    question: Said
    body: Said
    notes: Said
    windows: list[tuple[str, Said]] = field(default_factory=list)


@dataclass(slots=True)
class _Cut:
    """A document, and where its texts are in the batch."""

    document: Document
    title: Said
    distinct: int  # what ``Batch.distinct`` gave of the words outside the bodies
    said: list[Stretch]  # of the bodies
    parts: list[_Part]


def _cut(source: Source, batch: Batch) -> _Cut | str:
    """Read a file and cut it up. Whatever goes wrong is its Dutch reason."""
    before = batch.place()
    try:
        document = _read(source)
        if document.path != source.file.path:
            document = replace(document, path=source.file.path)
        found = passages(document)
        if source.file.copy:  # another document has the same bytes, so its passages need other ids
            found = tuple(replace(p, passage_id=_own_id(document.path, p.passage_id)) for p in found)
        title = batch.add(document.title)
        parts = [_part(document, passage, title, batch) for passage in found]
        return _Cut(document, title, *_words_of(document, parts, batch), parts)
    except UnreadableFile as error:
        return error.reason
    except Exception as error:  # a file that our readers do not foresee is named, and the rest goes on
        batch.back_to(before)
        return _unforeseen(error)


def _words_of(document: Document, parts: Sequence[_Part], batch: Batch) -> tuple[int, list[Stretch]]:
    """Where the words of a document are: those outside the bodies that hold them as they stand, and in each of these.

    See ``Batch.meant``.
    """
    text, last = document.text, 0
    outside: list[str] = []
    said: list[Stretch] = []
    for part in parts:
        start, end = part.passage.start, part.passage.end
        whole = not text[start - 1 : start].strip() and not text[end : end + 1].strip()  # no word is cut in two
        if part.passage.kind == "text" and whole and start >= last:
            outside.append(text[last:start])
            said.append(part.body.raw)
            last = end
    return batch.distinct("\n".join([*outside, text[last:]])), said


def _read(source: Source) -> Document:
    if source.member:
        return read_member(source.path, source.member, source.file.path)
    return read_document(source.path, source.root)


def _part(document: Document, passage: Passage, title: Said, batch: Batch) -> _Part:
    """Put the texts of a passage in."""
    searched = search_text(document, passage)
    before = batch.segments
    batch.sentence(searched.title, title)
    question = batch.sentences(searched.question) if searched.question else Said()
    body = batch.sentences(searched.body)
    notes = batch.add(searched.notes) if searched.notes else Said()
    part = _Part(passage, searched, batch.segments - before, question, body, notes)
    spans = windows(document, passage)[: MOST_WINDOWS - 1]
    if len(spans) > 1:
        texts = [document.text[span.start : span.end] for span in spans]
        part.windows = [(text, batch.add(text)) for text in texts]
    return part


# --- what is stored of them


@dataclass(slots=True)
class _Unit:
    """What is searched as one: its text, which is embedded, and its words for search by words."""

    text: tuple[str, ...]
    raw: list[Stretch]
    terms: list[Stretch]


def _prepared(cuts: Sequence[_Cut | str], batch: Batch) -> list[Outcome]:
    """The documents among ``cuts`` as they are stored."""
    batch.settle()
    documents = [cut for cut in cuts if not isinstance(cut, str)]
    parts = [part for cut in documents for part in cut.parts]
    hashes = iter(batch.minhashes([_said(part) for part in parts]))
    units = [[_units(part, cut.title, batch) for part in cut.parts] for cut in documents]
    terms = iter(batch.terms([unit.terms for document in units for own in document for unit in own]))
    words = iter(batch.meant([(cut.distinct, cut.said) for cut in documents]))
    said = _Words(words, hashes, terms)
    stored = iter([_stored(*each, said, batch) for each in zip(documents, units, strict=True)])
    outcomes: list[Outcome] = [cut if isinstance(cut, str) else next(stored) for cut in cuts]
    return _embedded_here(outcomes, units, [[part.segments for part in cut.parts] for cut in documents], batch)


def _said(part: _Part) -> list[Stretch]:
    """The words by which duplicates are known."""
    return [part.question.standing, part.body.standing] if part.searched.question else [part.body.standing]


class _Words(NamedTuple):
    """What is stored of words: of each document, each passage and each unit, in order."""

    meant: Iterator[Held]
    minhashes: Iterator[bytes]
    terms: Iterator[str]


def _stored(cut: _Cut, units: Sequence[Sequence[_Unit]], words: _Words, batch: Batch) -> PreparedDocument:
    """A document as it is stored, still to be embedded."""
    document = cut.document
    long = len(document.text) > LONG
    return PreparedDocument(
        info=info_of(document),
        fingerprint=document.fingerprint,
        text=packing.pack_text(document.text),
        body=codec.stored_document(document),
        passages=tuple([
            Prepared(
                passage_id=part.passage.passage_id,
                kind=part.passage.kind,
                start=part.passage.start,
                question=part.searched.question,
                body=None if part.passage.kind == "text" and not long else part.searched.body,
                notes=part.searched.notes,
                stored=codec.stored_passage(part.passage, part.searched.body),
                minhash=next(words.minhashes),
                terms=tuple(islice(words.terms, len(own))),
            )
            for part, own in zip(cut.parts, units, strict=True)
        ]),
        abbreviations=tuple(abbreviations(document.text)),
        words=next(words.meant),
        texts=() if batch.encoder else tuple(["\n".join(unit.text) for own in units for unit in own]),
    )  # fmt: skip


def _embedded_here(
    outcomes: list[Outcome],
    units: Sequence[Sequence[Sequence[_Unit]]],
    segments: Sequence[Sequence[int]],
    batch: Batch,
) -> list[Outcome]:
    """The documents with their rows and what they are matched by, where the batch has an encoder."""
    if batch.encoder is None or not units:
        return outcomes
    flat = [unit.raw for document in units for own in document for unit in own]
    rows = [batch.rows(flat[begin : begin + EMBEDDED]) for begin in range(0, len(flat), EMBEDDED)]
    matching = iter(batch.matching(segments))
    sizes = [sum(map(len, document)) for document in units]
    return [
        outcome if isinstance(outcome, str) else outcome._replace(matching=next(matching))
        for outcome in _with_rows(outcomes, sizes, rows, batch.encoder)
    ]


def info_of(document: Document) -> DocumentInfo:
    """What lists and hits show of a document."""
    return DocumentInfo(
        path=document.path,
        title=document.title,
        kind=document.kind,
        date=document.date,
        date_asked=document.date_asked,
        askers=document.askers,
        answered_by=document.answered_by,
        references=document.references,
        sources=document.sources,
        questions=len({number for exchange in document.exchanges for number in exchange.numbers}),
        remarks=document.remarks,
        unanswered=whole.unanswered(document),
        missing=whole.missing_numbers(document),
        pages=whole.paging(document.pages),
        speakers=document.speakers,
        outcome=document.outcome,
        own_references=document.own_references,
    )


def _units(part: _Part, title: Said, batch: Batch) -> list[_Unit]:
    """What is searched: each window with the title and the questions that it belongs to.

    The footnotes of a passage with several windows are a unit of their own. Words find more in whole passages and
    vectors in windows (training/LOG.md): for up to ``WHOLE`` words, the first unit has all words and the others none.
    """
    searched = part.searched
    above, name = (Said(), "") if searched.title in searched.body else (title, searched.title)
    everything = [above.standing, part.question.standing, part.body.standing, part.notes.standing]
    if not part.windows:
        texts = (name, searched.question, searched.body, searched.notes)
        raw = [above.raw, part.question.raw, part.body.raw, part.notes.raw]
        return [_unit(texts, raw, everything)]
    whole = sum(map(batch.count, _said(part))) <= WHOLE
    found = []
    for number, (text, said) in enumerate(part.windows):
        own = [] if whole else [above.standing, part.question.standing, said.standing]
        terms = everything if whole and not number else own
        found.append(_unit((name, searched.question, text), [above.raw, part.question.raw, said.raw], terms))
    if searched.notes:
        terms = [] if whole else [above.standing, part.notes.standing]
        found.append(_unit((name, searched.notes), [above.raw, part.notes.raw], terms))
    return found


def _unit(texts: tuple[str, ...], raw: list[Stretch], terms: list[Stretch]) -> _Unit:
    return _Unit(tuple(filter(None, texts)), [s for s in raw if s[0] < s[1]], [s for s in terms if s[0] < s[1]])


def _own_id(path: str, passage_id: str) -> str:
    return hashlib.blake2b(f"{path}:{passage_id}".encode(), digest_size=len(passage_id) // 2).hexdigest()
