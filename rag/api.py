"""Values → the JSON of the contract (design: contract.md). Knows nothing of how a value was made.

Fields may be added; nothing that is here changes its name or meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rag.types import Answer, Citation, Document, Hit, Link, Location, Passage, Person, Span

if TYPE_CHECKING:
    from rag.differences import Difference
    from rag.store.overview import Overview, Seen

Json = dict[str, Any]


def search_json(query: str, hits: tuple[Hit, ...] | list[Hit], request: str | None = None) -> Json:
    """The result of ``raadwijzer search --json``."""
    return {"id": request, "query": query, "hits": [hit_json(hit) for hit in hits]}


def answer_json(answer: Answer, request: str | None = None) -> Json:
    """The result of ``raadwijzer ask --json``."""
    return {
        "id": request,
        "question": answer.question,
        "understood": answer.understood or answer.question,
        "answered": answer.answered,
        "answer": answer.text,
        "confidence": round(answer.confidence, 4),
        "claims": [{"text": claim.text, "citations": list(claim.citations)} for claim in answer.claims],
        "citations": [citation_json(citation) for citation in answer.citations],
        "nearest": [hit_json(hit) for hit in answer.nearest],
        "dropped": [{"text": claim.text, "reason": claim.reason} for claim in answer.dropped],
        "unanswered": list(answer.unanswered),
        "missing": list(answer.missing),
        "answerer": answer.answerer,
        "model": answer.model,
        "timings_ms": {name: round(value, 1) for name, value in answer.timings_ms.items()},
    }


def error_json(request: str | None, message: str) -> Json:
    """A line of a batch that could not be done."""
    return {"id": request, "error": message}


def hit_json(hit: Hit) -> Json:
    """One passage that was found."""
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "document": hit.document.path,
        "title": hit.document.title,
        "date": hit.document.date,
        "questions": list(hit.passage.questions),
        "label": hit.passage.label,
        "passage_id": hit.passage.passage_id,
        "text": hit.passage.text,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "also_in": [location_json(location) for location in hit.also_in],
        "via": hit.via,
    }


def citation_json(citation: Citation) -> Json:
    """One proven quote."""
    return {
        "marker": citation.marker,
        "document": citation.document,
        "title": citation.title,
        "date": citation.date,
        "date_asked": citation.date_asked,
        "questions": list(citation.questions),
        "label": citation.label,
        "passage_id": citation.passage_id,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "page": citation.page,
        "also_in": [location_json(location) for location in citation.also_in],
    }


def location_json(location: Location) -> Json:
    """The same words in another document."""
    return {
        "document": location.document,
        "title": location.title,
        "date": location.date,
        "questions": list(location.questions),
        "passage_id": location.passage_id,
    }


def person_json(person: Person) -> Json:
    """Somebody who asked or answered."""
    return {"name": person.name, "party": person.party, "role": person.role}


def link_json(link: Link) -> Json:
    """From one document to another."""
    return {
        "relation": link.relation,
        "document": link.document,
        "title": link.title,
        "date": link.date,
        "reference": link.reference,
    }


def document_json(document: Document, passages: tuple[Passage, ...], links: tuple[Link, ...] = ()) -> Json:
    """A document as indexed: its fields, its parts and its text (``raadwijzer show --json``)."""
    return {
        "document": document.path,
        "fingerprint": document.fingerprint,
        "kind": document.kind,
        "title": document.title,
        "date": document.date,
        "date_asked": document.date_asked,
        "askers": [person_json(person) for person in document.askers],
        "answered_by": [person_json(person) for person in document.answered_by],
        "speakers": [person_json(person) for person in document.speakers],
        "outcome": document.outcome,
        "references": list(document.references),
        "own_references": list(document.own_references),
        "sources": list(document.sources),
        "links": [link_json(link) for link in links],
        "remarks": list(document.remarks),
        "exchanges": [
            {
                "questions": list(exchange.numbers),
                "introductions": _spans(exchange.introductions),
                "question_spans": _spans(exchange.questions),
                "answer_spans": _spans(exchange.answers),
                "refers_to": list(exchange.refers_to),
            }
            for exchange in document.exchanges
        ],
        "blocks": [
            {
                "kind": block.kind,
                "start": block.start,
                "end": block.end,
                "questions": list(block.numbers),
                "label": block.label,
            }
            for block in document.blocks
        ],
        "footnotes": [
            {"marker": note.marker, "start": note.start, "end": note.end, "anchor": note.anchor}
            for note in document.footnotes
        ],
        "pages": [
            {
                "page": page.number,
                "start": page.start,
                "characters": page.characters,
                "read_by": page.reading,
                "confidence": page.confidence,
            }
            for page in document.pages
        ],
        "passages": [
            {
                "passage_id": passage.passage_id,
                "questions": list(passage.questions),
                "label": passage.label,
                "start": passage.start,
                "end": passage.end,
            }
            for passage in passages
        ],
        "text": document.text,
    }


Differ = Callable[[str, str], "Iterable[Difference]"]  # two paths → how the second document differs from the first


def documents_json(overview: Overview, differ: Differ) -> Json:
    """Every file that was seen (``raadwijzer documents --json``): what it holds, or why it could not be read."""
    return {
        "documents": [_seen_json(one, differ) for one in overview.seen],
        "unreadable": [{"document": path, "reason": reason} for path, reason in overview.failures],
        "skipped": [{"document": path or None, "reason": reason} for path, reason in overview.skipped],
        "earliest": overview.earliest,
        "latest": overview.latest,
        "gaps": [{"from": first, "to": last} for first, last in overview.gaps],
    }


def _seen_json(one: Seen, differ: Differ) -> Json:
    info = one.info
    return {
        "document": info.path,
        "title": info.title,
        "kind": info.kind,
        "date": info.date,
        "date_asked": info.date_asked,
        "askers": [person_json(person) for person in info.askers],
        "answered_by": [person_json(person) for person in info.answered_by],
        "questions": info.questions,
        "remarks": list(info.remarks),
        "unanswered": list(info.unanswered),
        "missing_numbers": list(info.missing),
        "pages": asdict(info.pages) if info.pages else None,
        "collection": info.collection or None,
        "closed": one.closed,
        "size": one.size,
        "first_seen": one.first_seen,
        "replaced": one.replaced,
        "copy_of": one.copy_of,
        "alike": [
            {
                "document": other.path,
                "share": other.share,
                "differences": [asdict(difference) for difference in differ(info.path, other.path)],
            }
            for other in one.alike
        ],
    }


def _spans(spans: tuple[Span, ...]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]
