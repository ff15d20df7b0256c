"""What is kept of one question of a run, what it scores, and why it failed. Knows no files and no assistant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from rag.evaluation import measures
from rag.evaluation.matching import Judge, carries, holds
from rag.evaluation.measures import Cited, Said, Spans
from rag.evaluation.questions import Case, from_value
from rag.types import Answer, Hit

Json = dict[str, Any]
Scores = dict[str, float | None]
Failure = Literal[
    "right",
    "error",  # a technical failure
    "not_found",  # no wanted passage among those searched
    "not_chosen",  # found, but the answer cites something else
    "dropped",  # chosen, but verification left the sentence with the fact out
    "refused_wrongly",  # the documents answer, the assistant was silent
    "incomplete",  # cites the right place and misses a wanted fact
    "answered_wrongly",  # the documents are silent, the assistant answered
]
FAILURES: tuple[Failure, ...] = (
    "right",
    "incomplete",
    "not_chosen",
    "dropped",
    "not_found",
    "refused_wrongly",
    "answered_wrongly",
    "error",
)
FOUND_WITHIN = 10  # passages; the same number that an answer is made from


@dataclass(frozen=True, slots=True)
class Row:
    """One question of a run. ``hits`` and ``answer`` are plain values, as they stand in the JSON of the run.

    ``answer`` is None when it failed (``error`` says why) or when only search was asked for.
    """

    case: Case
    hits: tuple[Json, ...] = ()
    answer: Json | None = None
    error: str | None = None
    exact: float | None = None  # quote exactness, decided while the documents were at hand
    repeated: bool | None = None  # the same answer every time it was asked
    search_ms: float | None = None
    answer_ms: float | None = None
    prompt_tokens: float | None = None

    @property
    def answered(self) -> bool:
        """Whether an answer was given."""
        return bool(self.answer and self.answer["answered"])

    @property
    def refused(self) -> bool:
        """Whether the assistant was deliberately silent; a technical failure is not silence."""
        return self.answer is not None and not self.answer["answered"]

    @property
    def confidence(self) -> float:
        """How sure the assistant was that the documents answer; 0 after a failure."""
        return float(self.answer["confidence"]) if self.answer else 0.0


def hit_value(hit: Hit, keep_text: int = 1200) -> Json:
    """A hit as it is kept: where it stands, every stretch it is made of, and enough text to judge by."""
    passage = hit.passage
    spans = {(passage.start, passage.end), *((part.start, part.end) for part in passage.parts)}
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "lexical": round(hit.lexical, 4),
        "dense": round(hit.dense, 4),
        "document": passage.document,
        "questions": list(passage.questions),
        "passage_id": passage.passage_id,
        "spans": [list(span) for span in sorted(spans)],
        "via": hit.via,
        "also_in": [place.document for place in hit.also_in],
        "text": passage.text[:keep_text],
    }


def answer_value(answer: Answer) -> Json:
    """An answer as it is kept: all but its timings, so that equal answers are equal values."""
    return {
        "answered": answer.answered,
        "text": answer.text,
        "confidence": round(answer.confidence, 6),
        "claims": [{"text": claim.text, "citations": list(claim.citations)} for claim in answer.claims],
        "citations": [_citation_value(citation) for citation in answer.citations],
        "dropped": [{"text": claim.text, "reason": claim.reason} for claim in answer.dropped],
        "nearest": [hit.passage.passage_id for hit in answer.nearest],
        "answerer": answer.answerer,
        "model": answer.model,
    }


def _citation_value(citation: Any) -> Json:  # noqa: ANN401 - a Citation, read by name
    names = ("marker", "document", "questions", "passage_id", "quote", "start", "end")
    return {name: getattr(citation, name) for name in names} | {"questions": list(citation.questions)}


def row_value(row: Row) -> Json:
    """A row as a line of JSON holds it."""
    value = asdict(row)
    value["hits"] = list(row.hits)
    return value


def row_from(value: Mapping[str, Any]) -> Row:
    """The row of a line of JSON."""
    rest = {name: value.get(name) for name in Row.__dataclass_fields__ if name not in ("case", "hits")}
    return Row(case=from_value(value["case"]), hits=tuple(value.get("hits", ())), **rest)


def hit_spans(hit: Mapping[str, Any]) -> Spans:
    """The stretches of a kept hit as ``(document, start, end)``."""
    return [(hit["document"], start, end) for start, end in hit["spans"]]


def said(answer: Mapping[str, Any]) -> list[Said]:
    """The claims of a kept answer."""
    return [Said(claim["text"], tuple(claim["citations"])) for claim in answer["claims"]]


def cited(answer: Mapping[str, Any]) -> list[Cited]:
    """The citations of a kept answer."""
    return [Cited(c["marker"], c["document"], c["start"], c["end"], c["quote"]) for c in answer["citations"]]


@dataclass(frozen=True, slots=True)
class Scored:
    """A row with its scores and what became of it."""

    row: Row
    scores: Scores = field(default_factory=dict)
    failure: Failure = "right"


def score_rows(rows: Sequence[Row], judge: Judge = carries, *, answers: bool = True) -> list[Scored]:
    """Every row with its scores, in order. ``answers`` false: only the ranking is judged."""
    ranks = {r.case.id: measures.first_ranks([hit_spans(h) for h in r.hits], r.case.gold) for r in rows if r.case.gold}
    ranking = measures.ranking_measures(ranks) if ranks else {}
    scored = []
    for row in rows:
        scores: Scores = dict(ranking.get(row.case.id, {}))
        if answers:
            scores |= _answer_scores(row, judge)
        scored.append(Scored(row, scores, failure_of(row) if answers else "right"))
    return scored


def _answer_scores(row: Row, judge: Judge) -> Scores:
    """The measures of an answer. After a technical failure what would have been measured is zero."""
    case, text = row.case, row.answer["text"] if row.answer and row.answered else ""
    scores: Scores = {
        "right": float(row.error is None and measures.is_right(case.answerable, row.answered, text, case.facts))
    }
    if case.answerable:
        share = measures.facts_found(text, case.facts)
        claims, quotes = (said(row.answer), cited(row.answer)) if row.answer else ([], [])
        proven = measures.facts_proven(claims, quotes, case.facts, case.gold)
        scores |= {"facts": share, "all_facts": float(share == 1.0), "proven": proven}
    return scores | _citation_scores(row, judge)


def _citation_scores(row: Row, judge: Judge) -> Scores:
    if row.error is not None:
        return {"citation_recall": 0.0, "citation_precision": 0.0, "exact": 0.0}
    if not row.answer or not row.answered:
        return {}
    claims, quotes = said(row.answer), cited(row.answer)
    scores: Scores = {
        "citation_recall": measures.citation_recall(claims, quotes, judge),
        "citation_precision": measures.citation_precision(claims, quotes, judge),
        "exact": row.exact,
        "unsupported": float(measures.unsupported_numbers(claims, quotes)),
    }
    if row.case.answerable:
        found = [hit_spans(hit) for hit in row.hits]
        scores["on_gold"] = measures.citations_on_gold(quotes, row.case.gold)
        scores["in_passage"] = measures.citations_in_right_passages(found, quotes, row.case.gold)
    return scores


def failure_of(row: Row) -> Failure:
    """What became of a question: the first thing in the chain from search to answer that went wrong."""
    case = row.case
    if row.error is not None:
        return "error"
    if not case.answerable:
        return "answered_wrongly" if row.answered else "right"
    text = row.answer["text"] if row.answer else ""
    if measures.is_right(True, row.answered, text, case.facts):
        return "right"
    ranks = measures.first_ranks([hit_spans(h) for h in row.hits[:FOUND_WITHIN]], case.gold)
    if any(rank is None for rank in ranks.values()):
        return "not_found"
    if row.refused:
        return "refused_wrongly"
    return _failure_of_answer(row)


def _failure_of_answer(row: Row) -> Failure:
    answer = row.answer or {"text": "", "dropped": [], "citations": []}
    missing = [fact for fact in row.case.facts if not holds(answer["text"], fact)]
    if any(holds(claim["text"], fact) for claim in answer["dropped"] for fact in missing):
        return "dropped"
    return "incomplete" if measures.citations_on_gold(cited(answer), row.case.gold) else "not_chosen"
