"""An assistant that answers by shared words over documents made here: small, exact, the same every time.

It stands in for ``rag.assistant.Assistant`` in tests of the page, which must not depend on models or an index.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256

from rag.differences import Difference
from rag.errors import Cancelled, RaadwijzerError, UsageError
from rag.store import Facets, Listing
from rag.store.overview import Alike, Overview, Seen, folded
from rag.types import (
    Answer,
    Block,
    Citation,
    Claim,
    Document,
    DocumentInfo,
    DroppedClaim,
    Event,
    Evidence,
    Exchange,
    Filters,
    Found,
    Hit,
    Link,
    Location,
    Passage,
    Person,
    Piece,
    SourceMap,
    Span,
)

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)> {{constructor}} ${alert(1)} </textarea>'


def make_document(
    path: str,
    title: str,
    exchanges: Sequence[tuple[tuple[str, ...], str, str]],
    *,
    date: str | None = "2022-08-30",
    party: str | None = "Partij A",
    asker: str = "mevrouw Jansen",
    by: str = "het college",
    kind: str = "schriftelijke vragen",
    remarks: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
) -> Document:
    """A document with questions and answers, its offsets right by construction."""
    parts: list[str] = []
    blocks: list[Block] = []
    found: list[Exchange] = []

    def add(kind_: str, words: str, numbers: tuple[str, ...] = ()) -> Span:
        start = sum(map(len, parts))
        parts.append(words + "\n\n")
        blocks.append(Block(kind_, start, start + len(words), numbers))  # type: ignore[arg-type]
        return Span(start, start + len(words))

    add("title", title)
    add("metadata", f"Vragen van {asker} van {date}.")
    for numbers, question, answer in exchanges:
        asked, answered = add("question", question, numbers), add("answer", answer, numbers)
        found.append(Exchange(numbers, (asked,), (answered,)))
    text = "".join(parts)
    return Document(
        path=path,
        fingerprint=sha256(text.encode()).hexdigest(),
        kind=kind,
        text=text,
        title=title,
        source_map=SourceMap(((0, 0, len(text)),)),
        blocks=tuple(blocks),
        exchanges=tuple(found),
        date=date,
        date_asked=None,
        askers=(Person(asker, party, "raadslid"),),
        answered_by=(Person(by),),
        references=("RIS312672",),
        sources=sources,
        remarks=remarks,
    )


def info_of(document: Document) -> DocumentInfo:
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
        questions=sum(len(one.numbers) for one in document.exchanges),
        remarks=document.remarks,
    )


def sample_documents() -> list[Document]:
    return [
        make_document(
            "2021/fietsen.txt",
            "Antwoord van het college op de vragen over fietsparkeren bij het station",
            [
                (("1",), "Hoeveel plekken zijn er in de fietsenstalling bij het station?",
                 "In de stalling zijn 4.500 plekken. In 2020 waren er 3.900 plekken in de stalling."),
                (("2", "3"), "Klopt het dat de stalling vol is? Wat doet het college daaraan?",
                 "Ja, op werkdagen is de stalling vol. Het college bouwt een tweede stalling met 1.200 plekken."),
            ],
            date="2021-07-13",
        ),
        make_document(
            "2022/stalling.txt",
            "Tweede fietsenstalling: beantwoording van de vragen van het raadslid de heer De Vries over de bouw, de "
            "kosten en de planning van de tweede fietsenstalling bij het station en over het verkeer tijdens de bouw",
            [
                (("1",), "Wanneer is de tweede stalling klaar?", "De tweede stalling is klaar in het voorjaar van 2024."),  # noqa: E501
                (("2",), "Wat kost de tweede stalling?", "De bouw van de tweede stalling kost 8,2 miljoen euro."),
            ],
            date="2022-11-03",
            asker="de heer De Vries",
            party="Partij B",
            sources=("https://voorbeeld.nl/stalling", "javascript:alert(1)"),
        ),
        make_document(
            "2022/markup.txt",
            f"Een titel met opmaak {HOSTILE}",
            [(("1",), f"Wat betekent opmaak {HOSTILE}?", f"De opmaak is tekst: {HOSTILE}. Zij blijft opmaak.")],
            date="2022-01-05",
            asker=HOSTILE,
            party="<b>C</b>",
            kind="Kamervragen",
            remarks=(f"vraag 2 ontbreekt {HOSTILE}",),
        ),
    ]  # fmt: skip


VALUES: dict[str, Callable[[DocumentInfo], list[str]]] = {
    "kinds": lambda info: [info.kind],
    "askers": lambda info: [who.name for who in info.askers],
    "parties": lambda info: [who.party for who in info.askers if who.party],
    "answered_by": lambda info: [who.name for who in info.answered_by],
    "collections": lambda info: [info.collection] if info.collection else [],
}


def passes(info: DocumentInfo, filters: Filters) -> bool:
    """Whether a document is within the filters. A document without a date is outside any period."""
    day = info.date or info.date_asked or ""
    if filters.date_from and (not day or day < filters.date_from):
        return False
    if filters.date_to and (not day or day[: len(filters.date_to)] > filters.date_to):
        return False
    if filters.documents and info.path not in filters.documents:
        return False
    chosen = {name: getattr(filters, name) for name in VALUES}
    return all(not wanted or set(wanted) & set(VALUES[name](info)) for name, wanted in chosen.items())


def _counts(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(values).items(), key=lambda one: (-one[1], one[0])))


def _words(text: str) -> set[str]:
    clean = "".join(c if c.isalnum() else " " for c in text.lower())
    return {word for word in clean.split() if len(word) > 4}


class ScriptedAssistant:
    """See the module. ``delay`` seconds pass before each piece; ``error`` is raised when a question is asked."""

    def __init__(
        self,
        documents: Sequence[Document] | None = None,
        *,
        delay: float = 0.0,
        error: RaadwijzerError | None = None,
        dropped: tuple[DroppedClaim, ...] = (),
        support: float = 1.0,
    ) -> None:
        self._documents = {one.path: one for one in (sample_documents() if documents is None else documents)}
        self.delay = delay
        self.error = error
        self.dropped = dropped
        self.support = support
        self.originals: dict[str, str] = {}  # path → where its file is
        self.asked: list[tuple[str, Filters | None]] = []

    def documents(self) -> list[DocumentInfo]:
        return [info_of(one) for _, one in sorted(self._documents.items())]

    def info(self, path: str) -> DocumentInfo:
        if path not in self._documents:
            raise UsageError(f"Het document '{path}' staat niet in de index.")
        return info_of(self._documents[path])

    def facets(self, filters: Filters | None = None) -> Facets:
        there = [info for info in self.documents() if passes(info, filters or Filters())]
        counts = {name: _counts(value for info in there for value in find(info)) for name, find in VALUES.items()}
        dates = sorted(info.date for info in there if info.date)
        years = tuple(sorted(Counter(date[:4] for date in dates).items(), reverse=True))
        asked = sum(info.questions for info in there)
        ends = (dates[0], dates[-1]) if dates else (None, None)
        return Facets(len(there), **counts, years=years, earliest=ends[0], latest=ends[1], questions=asked)

    def overview(self) -> Overview:
        seen = tuple(Seen(info, 1000, False, "2022-01-01T10:00:00+00:00", None) for info in self.documents())
        first, last = seen[0], seen[-1]
        near = replace(last, alike=(Alike(first.info.path, 0.9),), replaced="2022-02-01T10:00:00+00:00")
        skipped = (("", "is eerder verwijderd"), (HOSTILE, HOSTILE))
        gaps = (("2021-08", "2021-12"), ("2018-01", "2019-12"))
        failures = tuple(self.failures())
        return Overview((*seen[:-1], near), failures, skipped, "2021-07-13", "2022-11-03", gaps)

    def listing(self, page: int = 1, size: int = 100, words: str = "") -> Listing:
        whole, facets = self.overview(), self.facets()
        groups = [(lead, tuple(others)) for lead, others in folded(whole.seen)
                  if all(word.lower() in lead.info.title.lower() for word in words.split())]  # fmt: skip
        pages = max(-(-len(groups) // size), 1)
        page = min(max(page, 1), pages)
        return Listing(
            len(whole.seen), 0, facets.questions, whole.earliest, whole.latest, whole.gaps, whole.failures,
            whole.skipped, len(groups), page, pages, tuple(groups[(page - 1) * size : page * size]),
        )  # fmt: skip

    def differences(self, path: str, other: str, most: int = 5) -> list[Difference]:
        return [Difference("anders", HOSTILE, "daar"), Difference("alleen daar", "", "meer")][:most]

    def failures(self) -> list[tuple[str, str]]:
        return [("kapot.txt", "is leeg")]

    def document(self, path: str) -> Document:
        if path not in self._documents:
            raise UsageError(f"Het document '{path}' staat niet in de index.")
        return self._documents[path]

    def original(self, path: str) -> tuple[str, str]:
        document = self.document(path)
        if path not in self.originals:
            return f"/nergens/{path}", document.fingerprint
        return self.originals[path], document.fingerprint

    def links(self, path: str) -> tuple[Link, ...]:
        others = [one for one in self._documents.values() if one.path != path]
        return tuple(Link("verwijst naar", one.path, one.title, one.date, HOSTILE) for one in others)

    def examples(self, n: int = 4) -> list[str]:
        questions = [
            document.text[span.start : span.end]
            for document in self._documents.values()
            for exchange in document.exchanges
            for span in exchange.questions
        ]
        return [one for one in questions if "<" not in one][:n]

    def search(self, question: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        found = []
        for path, document in sorted(self._documents.items()):
            info = info_of(document)
            if filters and not passes(info, filters):
                continue
            for exchange in document.exchanges:
                start, end = exchange.questions[0].start, exchange.answers[0].end
                text = document.text[start:end]
                shared = len(_words(question) & _words(text)) / max(1, len(_words(question)))
                if shared:
                    id_ = sha256(f"{path}{start}".encode()).hexdigest()[:12]
                    passage = Passage(id_, path, "exchange", exchange.numbers, start, end, text)
                    found.append((shared, passage, info))
        found.sort(key=lambda one: (-one[0], one[1].passage_id))
        other = Location("2021/fietsen.txt", "Dezelfde brief als webpagina", "2021-07-14", ("1",), "x")
        return [
            Hit(rank, score, passage, info, (other,) if info.path == "2022/stalling.txt" else ())
            for rank, (score, passage, info) in enumerate(found[:k], 1)
        ]

    def similar_questions(self, question: str, k: int = 5) -> list[Hit]:
        return self.search(question, k)

    def ask(self, question: str, *, filters: Filters | None = None) -> Answer:
        *_, last = self.stream(question, filters=filters)
        assert isinstance(last, Answer)
        return last

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        answerer: str | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Event]:
        self.asked.append((question, filters))
        if self.error:
            raise self.error
        hits = tuple(self.search(question, 5, filters))
        answered = bool(hits) and hits[0].score >= 0.5
        yield Found(hits, Evidence(question, hits, (), hits[0].score if hits else 0.0, answered))
        claims: list[Claim] = []
        citations: list[Citation] = []
        for hit in hits[:2] if answered else ():
            time.sleep(self.delay)
            if stop and stop():
                raise Cancelled("Gestopt.")
            citation = self._cite(hit, len(citations) + 1)
            claim = Claim(citation.quote, (citation.marker,), self.support)
            claims.append(claim)
            citations.append(citation)
            yield Piece(claim, (citation,))
        text = " ".join(f"{claim.text} [{claim.citations[0]}]" for claim in claims)
        yield Answer(
            question, text, answered, 0.93 if answered else 0.08, tuple(claims), tuple(citations),
            () if answered else hits, dropped=self.dropped if answered else (),
            timings_ms={"search": 2.1, "answer": 30.4},
        )  # fmt: skip

    def _cite(self, hit: Hit, marker: int) -> Citation:
        document = self._documents[hit.passage.document]
        exchange = next(one for one in document.exchanges if one.numbers == hit.passage.questions)
        start = exchange.answers[0].start
        stop = document.text.find(". ", start, exchange.answers[0].end)
        end = stop + 1 if stop > 0 else exchange.answers[0].end
        return Citation(
            marker, document.path, document.title, document.date, exchange.numbers, hit.passage.passage_id,
            document.text[start:end], start, end, also_in=hit.also_in,
        )  # fmt: skip
