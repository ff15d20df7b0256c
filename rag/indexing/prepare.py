"""A file → everything the index stores of it. Runs in any process; touches no index."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from rag import dutch, spelling
from rag.abbreviations import abbreviations
from rag.documents import read_document, read_member, whole
from rag.errors import ModelInvalid, UnreadableFile
from rag.indexing.files import Source
from rag.indexing.numbering import Numbering, Segment
from rag.passages import SearchText, passages, search_text, windows
from rag.sentences import sentences
from rag.store import codec
from rag.store.duplicates import hashed, minhashes
from rag.store.schema import MOST_WINDOWS
from rag.store.writer import Prepared, PreparedDocument
from rag.types import Document, DocumentInfo, Passage
from rag.vectors import quantize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.embeddings import Encoder

EMBEDDED = 1024  # texts embedded at a time
LONG = 100_000  # characters of a document, above which it costs too much to unpack it all for one passage
WHOLE = 250  # words of question and body up to which a passage is one unit for search by words
Outcome = PreparedDocument | str  # a document, or the Dutch reason why there is none
_encoder: Encoder | None = None  # of this process, see ``start``
_numbering: Numbering | None = None  # of this process, for ``_encoder``


def start(encoder: Encoder | None) -> None:
    """Make this process ready for ``prepare_here``; without an encoder, what it gives is still to be embedded."""
    global _encoder, _numbering
    _encoder, _numbering = encoder, Numbering.of(encoder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the process that started this one


def prepare_here(sources: Sequence[Source]) -> list[Outcome]:
    """``prepare_all`` in a process that was started for it."""
    return prepare_all(sources, _encoder, _numbering)


def prepare_all(
    sources: Sequence[Source], encoder: Encoder | None, numbering: Numbering | None = None
) -> list[Outcome]:
    """``prepare`` for each, embedded when there is an encoder."""
    numbering = numbering or Numbering.of(encoder)
    outcomes = [prepare(source, numbering) for source in sources]
    if numbering:
        outcomes = _matched(outcomes, numbering)
    return embedded(outcomes, encoder) if encoder else outcomes


def _matched(outcomes: Sequence[Outcome], numbering: Numbering) -> list[Outcome]:
    """The documents among ``outcomes`` with what they are matched by in place of numbers of this process."""
    documents = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    numbered = [document.numbered for document in documents if document.numbered]
    if len(numbered) != len(documents) or not documents:
        return list(outcomes)
    matching = iter(numbering.tabled(numbered))
    return [
        outcome if isinstance(outcome, str) else outcome._replace(numbered=None, matching=next(matching))
        for outcome in outcomes
    ]


def embedded(outcomes: Sequence[Outcome], encoder: Encoder) -> list[Outcome]:
    """The documents among ``outcomes`` with rows for their texts. Raises ModelInvalid for rows that are no numbers."""
    documents = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    codes, scales = _rows(encoder, [text for document in documents for text in document.texts])
    found: list[Outcome] = []
    first = 0
    for outcome in outcomes:
        if isinstance(outcome, str):
            found.append(outcome)
            continue
        last = first + len(outcome.texts)
        found.append(outcome._replace(texts=(), codes=codes[first:last], scales=scales[first:last]))
        first = last
    return found


def _rows(encoder: Encoder, texts: Sequence[str]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantized rows of ``texts``, and their scales."""
    codes, scales = np.zeros((len(texts), encoder.dim), np.int8), np.zeros(len(texts), np.float32)
    for begin in range(0, len(texts), EMBEDDED):
        rows = encoder.encode(texts[begin : begin + EMBEDDED])  # (EMBEDDED, dim)
        if not np.isfinite(rows).all():
            raise ModelInvalid(f"Het model {encoder.name} geeft vectoren die geen getallen zijn. Kies een ander model.")
        codes[begin : begin + EMBEDDED], scales[begin : begin + EMBEDDED] = quantize(rows)
    return codes, scales


def prepare(source: Source, numbering: Numbering | None = None) -> Outcome:
    """Read a file and cut it up. Never raises: whatever goes wrong with one file is its reason, and others go on."""
    try:
        document = _read(source)
        return prepared(replace(document, path=source.file.path), source.file.copy, numbering)
    except UnreadableFile as error:
        return error.reason
    except Exception as error:  # a file that our readers do not foresee is named, and the rest goes on
        return f"kan niet worden verwerkt ({type(error).__name__}: {error})"


def _read(source: Source) -> Document:
    if source.member:
        return read_member(source.path, source.member, source.file.path)
    return read_document(source.path, source.root)


def prepared(document: Document, copy: int = 0, numbering: Numbering | None = None) -> PreparedDocument:
    """A document as it is stored, its sentences numbered when there is a ``numbering``.

    ``copy``: another document has the same bytes, so its passages need other ids.
    """
    cut = passages(document)
    if copy:
        cut = tuple(replace(p, passage_id=_own_id(document.path, p.passage_id)) for p in cut)
    found = [_passage(document, passage) for passage in cut]
    hashes = minhashes([said for _, _, _, said in found])
    return PreparedDocument(
        info=info_of(document),
        fingerprint=document.fingerprint,
        text=codec.pack(document.text),
        body=codec.stored_document(document),
        passages=tuple([passage._replace(minhash=h) for (passage, *_), h in zip(found, hashes, strict=True)]),
        abbreviations=tuple(abbreviations(document.text)),
        words="\n".join(spelling.vocabulary(document.text)),
        texts=tuple(chain.from_iterable([texts for _, texts, _, _ in found])),
        numbered=numbering.numbered(segments for _, _, segments, _ in found) if numbering else None,
    )


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


def _passage(document: Document, passage: Passage) -> tuple[Prepared, list[str], list[Segment], tuple[bytes, str]]:
    """A passage without its minhash, the texts to embed for its windows, its segments, and the hashes of what it says.

    Its segments are the title and every sentence.
    """
    searched = search_text(document, passage)
    question, body = dutch.standing_words(searched.question), dutch.standing_words(searched.body)
    said = hashed(question + body if question else body)
    units = _units(document, passage, searched, (question, body), len(said[0]) // 4 <= WHOLE)
    above = (searched.title, dutch.standing_words(searched.title))
    segments = [above, *_segments(searched.question), *_segments(searched.body)]
    prepared = Prepared(
        passage_id=passage.passage_id,
        kind=passage.kind,
        start=passage.start,
        question=searched.question,
        body=None if passage.kind == "text" and len(document.text) <= LONG else searched.body,
        notes=searched.notes,
        stored=codec.stored_passage(passage, searched.body),
        minhash=b"",
        terms=tuple([dutch.joined_terms(words) for _, words in units]),
    )
    return prepared, [text for text, _ in units], segments, said


def _segments(text: str) -> list[Segment]:
    """The sentences of a text with their words as they stand."""
    cut = [text[span.start : span.end] for span in sentences(text)]
    return [(sentence, dutch.standing_words(sentence)) for sentence in cut]


def _units(
    document: Document, passage: Passage, searched: SearchText, words: tuple[list[str], list[str]], whole: bool
) -> list[tuple[str, list[str]]]:
    """What is searched, as text and as words: each window with the title and the questions that it belongs to.

    ``words`` are those of question and body. The footnotes of a passage with several windows are a unit of their own.
    Words find more in whole passages and vectors in windows (training/LOG.md): when ``whole``, for up to ``WHOLE``
    words, the first unit has all words and the others have none.
    """
    question, body = words
    title = "" if searched.title in searched.body else searched.title
    spans = windows(document, passage)[: MOST_WINDOWS - 1]
    above, notes = dutch.standing_words(title), dutch.tokens(searched.notes)
    everything = above + question + body + notes
    if len(spans) == 1:
        return [(_joined(title, searched.question, searched.body, searched.notes), everything)]
    found = []
    for number, span in enumerate(spans):
        text = document.text[span.start : span.end]
        own = [] if whole else above + question + dutch.standing_words(text)
        found.append((_joined(title, searched.question, text), everything if whole and not number else own))
    if notes:
        found.append((_joined(title, searched.notes), [] if whole else above + notes))
    return found


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _own_id(path: str, passage_id: str) -> str:
    return hashlib.blake2b(f"{path}:{passage_id}".encode(), digest_size=len(passage_id) // 2).hexdigest()
