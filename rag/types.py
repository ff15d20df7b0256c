"""The values that cross module borders: frozen, comparable, free of behaviour.

A document is read once into clean text. Everything after that points into this text with character offsets, so a
quote can be found again for ever: ``document.text[x.start:x.end]`` is the text of every block, passage, sentence
and citation ``x``. Nothing here knows how a value is made, stored or shown.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

BlockKind = Literal[
    "title",  # the document's own title
    "metadata",  # date, asker, reference numbers, "Datum / Onderwerp" fields, the opening formula
    "introduction",  # text before a question that leads to it
    "question",
    "answer",
    "notice",  # e.g. "Mededeling": belongs to the document, not to a question
    "heading",
    "paragraph",
    "footnote",
    "furniture",  # letterhead, page number, repeated header or footer
    "signature",
    "label",  # "Vraag 2 en 3", "Antwoord 2 en 3": says what follows, is not part of it
    "heads",  # the row of a table that says what stands in its columns
    "row",  # of a table
    "consideration",  # of a motion: what it establishes and considers
    "request",  # of a motion: what it asks
    "vote",  # how a motion was voted on
    "decision",  # what was decided on a point of a list
    "speech",  # what one speaker said
]
PassageKind = Literal["exchange", "metadata", "text"]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``[start, end)`` of a document's clean text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a document's clean text with one role.

    The blocks of a document cover its text without gaps or overlap, white space between them aside. ``numbers`` holds
    the question numbers it belongs to, if any. ``label`` names the part of the document that it belongs to where the
    kind of document has such parts: "Overwegingen", "Punt 3: Begroting", "Mevrouw De Wit (PvdA)".
    """

    kind: BlockKind
    start: int
    end: int
    numbers: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Footnote:
    """A footnote (``start``/``end`` of its text) and the place in the clean text that refers to it (``anchor``)."""

    marker: str
    start: int
    end: int
    anchor: int | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asked or answered. ``role`` is e.g. "raadslid" or "staatssecretaris van Justitie en Veiligheid"."""

    name: str
    party: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One or more questions with their joint answer. ``answers`` is empty when the document gives none.

    ``refers_to`` holds question numbers of the same document that the answer points at ("zie het antwoord op
    vraag 4").
    """

    numbers: tuple[str, ...]
    questions: tuple[Span, ...]
    answers: tuple[Span, ...]
    introductions: tuple[Span, ...] = ()
    refers_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Leads clean text back to the file.

    Each run is ``(clean, source, length)``: clean character ``clean + i`` came from decoded source character
    ``source + i``. Runs are in clean order and cover the whole clean text.
    """

    runs: tuple[tuple[int, int, int], ...]

    def source(self, position: int) -> int:
        """The place in the decoded file of the clean character at ``position``."""
        index = bisect_right(self.runs, position, key=lambda run: run[0]) - 1
        clean, source, length = self.runs[max(index, 0)]
        return source + min(position - clean, max(length - 1, 0))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a file that has pages.

    ``source`` is where it begins in the decoded file, ``start`` where its running text begins in the clean text (for a
    page without any: where that of the next begins). ``reading`` is "tekst" (the file holds its text), "ocr" (its
    characters were recognised, with ``confidence`` in 0–1) or "geen" (what is on it could not be read).
    """

    number: int  # from 1
    source: int
    start: int
    characters: int
    reading: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: clean text, its parts, its metadata, and the way back to the source."""

    path: str  # relative to the indexed folder, with "/"
    fingerprint: str  # hex digest of the bytes of the file
    kind: str  # "schriftelijke vragen", "motie", "brief", "notulen", …; "document" when it is nothing in particular
    text: str
    title: str
    source_map: SourceMap
    blocks: tuple[Block, ...]
    exchanges: tuple[Exchange, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    date: str | None = None  # ISO 8601: when it was answered or published
    date_asked: str | None = None
    askers: tuple[Person, ...] = ()
    answered_by: tuple[Person, ...] = ()
    references: tuple[str, ...] = ()  # "RIS305595", "2020Z02502", "Kamerstuk 28638, nr. 166", "OCW/10174395"
    own_references: tuple[str, ...] = ()  # the document's own numbers, a subset of ``references``
    sources: tuple[str, ...] = ()  # addresses the document gives for itself
    remarks: tuple[str, ...] = ()  # Dutch, for people: "vraag 7 heeft geen antwoord", "vraag 4 ontbreekt"
    pages: tuple[Page, ...] = ()  # empty: the file has no pages
    boxes: str = ""  # where each word stands on its page, packed: see rag/documents/pages.py
    speakers: tuple[Person, ...] = ()  # who spoke, in minutes
    outcome: str | None = None  # of a motion: "aangenomen", "verworpen", …


@dataclass(frozen=True, slots=True)
class Passage:
    """What is found, read and cited: one exchange, the part of a document outside its questions, or a piece of text.

    ``text == document.text[start:end]``. ``parts`` are the blocks that make it up; with a joint answer they can lie
    outside ``start:end`` (a question that stands elsewhere, a footnote at the end of the page).
    """

    passage_id: str  # hex digest of the document's fingerprint and the span
    document: str
    kind: PassageKind
    questions: tuple[str, ...]  # ("4",), ("2", "3") or ("*",)
    start: int
    end: int
    text: str
    parts: tuple[Block, ...] = ()
    refers_to: tuple[str, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()  # (from where in the clean text, page number), rising
    label: str = ""  # the part of the document it is: "Overwegingen", "Punt 3: Begroting"; empty: it has no name


@dataclass(frozen=True, slots=True)
class Paging:
    """What there is to say of a document's pages. ``unread`` and ``doubtful`` are ranges of page numbers, both in it.

    ``recognised`` counts the pages whose characters were recognised (OCR); ``confidence`` is their mean, ``least`` the
    lowest (0–1); ``doubtful`` are those of them that hold little certainty.
    """

    total: int
    unread: tuple[tuple[int, int], ...] = ()
    recognised: int = 0
    confidence: float | None = None
    least: float | None = None
    doubtful: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What a list of documents or a hit shows of a document."""

    path: str
    title: str
    kind: str
    date: str | None
    date_asked: str | None = None
    askers: tuple[Person, ...] = ()
    answered_by: tuple[Person, ...] = ()
    references: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    questions: int = 0  # how many numbered questions it holds
    remarks: tuple[str, ...] = ()
    collection: str = ""  # which of the collections of the indexed folder it is in; empty: none
    unanswered: tuple[str, ...] = ()  # numbers of questions without an answer
    missing: tuple[str, ...] = ()  # numbers that are missing between its first and last question
    pages: Paging | None = None  # None: the file has no pages
    speakers: tuple[Person, ...] = ()
    outcome: str | None = None
    own_references: tuple[str, ...] = ()  # a subset of ``references``


Relation = Literal[
    "antwoord",  # the other document answers the questions of this one
    "vraag",  # the other document holds the questions that this one answers
    "zelfde stuk",  # both have the same number, or the same questions
    "verwijst naar",  # this document names the number of the other
    "genoemd in",  # the other document names the number of this one
]


@dataclass(frozen=True, slots=True)
class Link:
    """From one document to another in the index. ``reference`` is the number as the first one writes it."""

    relation: Relation
    document: str
    title: str
    date: str | None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to; empty means no limit. Dates are ISO 8601 and inclusive."""

    date_from: str | None = None
    date_to: str | None = None
    kinds: tuple[str, ...] = ()
    askers: tuple[str, ...] = ()  # names
    parties: tuple[str, ...] = ()
    answered_by: tuple[str, ...] = ()  # names
    documents: tuple[str, ...] = ()  # paths
    collections: tuple[str, ...] = ()  # names


@dataclass(frozen=True, slots=True)
class Location:
    """The same words in another document."""

    document: str
    title: str
    date: str | None
    questions: tuple[str, ...]
    passage_id: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found. ``score`` is in 0–1, higher is better; order is ``(-score, passage_id)``."""

    rank: int
    score: float
    passage: Passage
    document: DocumentInfo
    also_in: tuple[Location, ...] = ()  # duplicates folded into this hit
    via: str | None = None  # passage id of the hit whose reference led here
    lexical: float = 0.0  # BM25 score of the best window
    dense: float = 0.0  # cosine of the best window


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that may serve as evidence: verbatim ``document.text[start:end]``, and how well it answers (0–1)."""

    hit: int  # index into the hits it was taken from
    start: int
    end: int
    text: str
    score: float
    kind: BlockKind = "answer"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentences that answer best, best first, and how likely it is that the documents answer at all (0–1)."""

    question: str
    hits: tuple[Hit, ...]
    sentences: tuple[Sentence, ...]
    confidence: float
    answerable: bool
    missing: tuple[str, ...] = ()  # Dutch: what the question takes for granted and no hit mentions
    parts: tuple[Evidence, ...] = ()  # for each of the questions in it, when it asks several; same hits


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote that is proven: ``text[start:end] == quote`` in the document as indexed."""

    marker: int
    document: str
    title: str
    date: str | None
    questions: tuple[str, ...]
    passage_id: str
    quote: str
    start: int
    end: int
    page: int | None = None
    also_in: tuple[Location, ...] = ()
    date_asked: str | None = None
    label: str = ""  # of its passage


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer with the markers of the citations that carry it.

    ``support`` is the share (0–1) of its content words that stand in what it cites: 1.0 for a verbatim quote, and also
    for other sentences of which every content word is found there. Whether a claim is verbatim, its text tells.
    """

    text: str
    citations: tuple[int, ...]
    support: float = 1.0


@dataclass(frozen=True, slots=True)
class DroppedClaim:
    """A sentence that a model wrote and verification refused, with the reason in Dutch."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its proof, or the honest absence of one (``answered`` false, ``nearest`` filled)."""

    question: str
    text: str
    answered: bool
    confidence: float
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Hit, ...] = ()
    answerer: str = "extractive"  # "extractive", "llm", or "extractive (terugval)" when nothing of the model was left
    model: str | None = None
    dropped: tuple[DroppedClaim, ...] = ()
    understood: str = ""  # the question as it was searched, where typing errors were mended in it
    unanswered: tuple[str, ...] = ()  # parts of the question on which the documents are silent
    missing: tuple[str, ...] = ()  # Dutch: what the question takes for granted and nothing that was found mentions
    timings_ms: dict[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Found:
    """Stream event: the search is done; shown at once, before the answer."""

    hits: tuple[Hit, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Piece:
    """Stream event: a verified claim of the answer, with the citations that are new in it."""

    claim: Claim
    citations: tuple[Citation, ...]


Event = Found | Piece | Answer  # the stream ends with exactly one Answer
