"""A file → everything the index stores of it that needs no model. Runs in any process; touches no index."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag import dutch, spelling
from rag.abbreviations import abbreviations
from rag.documents import read_document, read_member
from rag.errors import UnreadableFile
from rag.indexing.files import Source
from rag.passages import SearchText, passages, search_text, windows
from rag.store import codec
from rag.store.duplicates import minhash
from rag.store.schema import MOST_WINDOWS
from rag.store.writer import Prepared, PreparedDocument
from rag.types import Document, DocumentInfo, Passage

WHOLE = 250  # words of question and body up to which a passage is one unit for search by words
Outcome = PreparedDocument | str  # a document, or the Dutch reason why there is none


def prepare_all(sources: Sequence[Source]) -> list[Outcome]:
    """``prepare`` for each."""
    return [prepare(source) for source in sources]


def prepare(source: Source) -> Outcome:
    """Read a file and cut it up. Never raises: whatever goes wrong with one file is its reason, and others go on."""
    try:
        document = _read(source)
        return prepared(replace(document, path=source.file.path), source.file.copy)
    except UnreadableFile as error:
        return error.reason
    except Exception as error:  # a file that our readers do not foresee is named, and the rest goes on
        return f"kan niet worden verwerkt ({type(error).__name__}: {error})"


def _read(source: Source) -> Document:
    if source.member:
        return read_member(source.path, source.member, source.file.path)
    return read_document(source.path, source.root)


def prepared(document: Document, copy: int = 0) -> PreparedDocument:
    """A document as it is stored. ``copy``: another document has the same bytes, so its passages need other ids."""
    cut = passages(document)
    if copy:
        cut = tuple(replace(p, passage_id=_own_id(document.path, p.passage_id)) for p in cut)
    return PreparedDocument(
        info=info_of(document),
        fingerprint=document.fingerprint,
        text=codec.pack(document.text),
        body=codec.pack(codec.dumps(document)),
        passages=tuple(_passage(document, passage) for passage in cut),
        abbreviations=tuple(abbreviations(document.text)),
        words=tuple(spelling.vocabulary(document.text)),
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
    )


def _passage(document: Document, passage: Passage) -> Prepared:
    searched = search_text(document, passage)
    question, body = dutch.tokens(searched.question), dutch.tokens(searched.body)
    units = list(_units(document, passage, searched, (question, body)))
    return Prepared(
        passage_id=passage.passage_id,
        kind=passage.kind,
        start=passage.start,
        stored=codec.dumps(replace(passage, text="") if passage.text == searched.body else passage),
        searched=searched,
        terms=tuple(dutch.joined_terms(words) for _, words in units),
        texts=tuple(text for text, _ in units),
        minhash=minhash(question + body),
    )


def _units(
    document: Document, passage: Passage, searched: SearchText, words: tuple[list[str], list[str]]
) -> Iterator[tuple[str, list[str]]]:
    """What is searched, as text and as raw words: each window with the title and the questions that it belongs to.

    ``words`` are those of question and body. The footnotes of a passage with several windows are a unit of their own.
    Words find more in whole passages and vectors in windows (training/LOG.md): up to ``WHOLE`` words the first unit
    has all words and the others have none.
    """
    question, body = words
    title = "" if searched.title in searched.body else searched.title
    spans = windows(document, passage)[: MOST_WINDOWS - 1]
    above, notes = dutch.tokens(title), dutch.tokens(searched.notes)
    everything = above + question + body + notes
    if len(spans) == 1:
        yield _joined(title, searched.question, searched.body, searched.notes), everything
        return
    whole = len(question) + len(body) <= WHOLE
    for number, span in enumerate(spans):
        text = document.text[span.start : span.end]
        own = [] if whole else above + question + dutch.tokens(text)
        yield _joined(title, searched.question, text), everything if whole and not number else own
    if notes:
        yield _joined(title, searched.notes), [] if whole else above + notes


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _own_id(path: str, passage_id: str) -> str:
    return hashlib.blake2b(f"{path}:{passage_id}".encode(), digest_size=len(passage_id) // 2).hexdigest()
