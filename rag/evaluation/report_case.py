"""One question in the report: answer, wanted facts and places, what was found, and why it failed. Knows no figures."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from rag.evaluation import measures
from rag.evaluation.catalog import FAILURE_EXPLAINS, FAILURE_LABELS, KIND_LABELS, VOICE_LABELS
from rag.evaluation.matching import holds, without_markers
from rag.evaluation.records import Row, Scored, hit_spans

Json = Mapping[str, Any]
HITS_SHOWN = 10


def case_section(scored: Scored) -> str:
    """A question as a part of the page that can be opened and linked to."""
    row, case = scored.row, scored.row.case
    labels = (KIND_LABELS.get(case.kind, case.kind), VOICE_LABELS.get(case.voice, case.voice))
    tags = "".join(f'<span class="tag">{escape(label)}</span>' for label in labels)
    failure = f'<span class="tag {scored.failure}">{escape(FAILURE_LABELS[scored.failure])}</span>'
    parts = [
        f'<p class="soft">{escape(case.id)} · {escape(FAILURE_EXPLAINS[scored.failure])} {escape(case.note)}</p>',
        _facts(row),
        _answer(row),
        _gold(row),
        _hits(row),
    ]
    return (
        f'<details class="case" id="{escape(case.id, quote=True)}" data-failure="{scored.failure}" '
        f'data-kind="{escape(case.kind, quote=True)}" data-voice="{escape(case.voice, quote=True)}">'
        f"<summary><b>{escape(case.q)}</b>{tags}{failure}</summary><div>{''.join(parts)}</div></details>"
    )


def _facts(row: Row) -> str:
    if not row.case.facts:
        return "" if row.case.answerable else "<p>De stukken geven hier geen antwoord op; zwijgen is goed.</p>"
    said = without_markers(row.answer["text"]) if row.answer and row.answered else ""
    items = "".join(
        f'<li class="{"yes" if holds(said, fact) else "no"}">{escape(" / ".join(fact))}</li>' for fact in row.case.facts
    )
    return f'<h4>Gevraagde feiten</h4><ul class="facts">{items}</ul>'


def _answer(row: Row) -> str:
    if row.error is not None:
        return f"<h4>Technische fout</h4><p>{escape(row.error)}</p>"
    if row.answer is None:
        return ""
    sure = f"{row.confidence:.2f}".replace(".", ",")
    parts = [f'<h4>Antwoord (zekerheid {sure})</h4><p class="answer">{escape(row.answer["text"])}</p>']
    parts += [_citation(citation, row) for citation in row.answer["citations"]]
    parts += [
        f"<p>Weggelaten: {escape(claim['text'])} <span class=soft>({escape(claim['reason'])})</span></p>"
        for claim in row.answer.get("dropped", ())
    ]
    return "".join(parts)


def _citation(citation: Json, row: Row) -> str:
    span = [(citation["document"], citation["start"], citation["end"])]
    right = any(measures.overlaps(span, gold) for gold in row.case.gold)
    place = f"{citation['document']}, vraag {', '.join(citation['questions'])}"
    return (
        f"<blockquote{' class=gold' if right else ''}>[{citation['marker']}] {escape(citation['quote'])}"
        f' <span class="soft">{escape(place)}</span></blockquote>'
    )


def _gold(row: Row) -> str:
    quotes = "".join(
        f'<blockquote class="gold">{escape(gold.quote)} <span class="soft">{escape(gold.document)}</span></blockquote>'
        for gold in row.case.gold
    )
    return f"<h4>Goede vindplaatsen</h4>{quotes}" if quotes else ""


def _hits(row: Row) -> str:
    items = "".join(_hit(hit, row) for hit in row.hits[:HITS_SHOWN])
    return f'<h4>Wat er gevonden is</h4><ol class="hits">{items}</ol>' if items else ""


def _hit(hit: Json, row: Row) -> str:
    right = any(measures.overlaps(hit_spans(hit), gold) for gold in row.case.gold)
    numbers = ", ".join(hit["questions"])
    score = f"{hit['score']:.3f}".replace(".", ",")
    text = " ".join(hit["text"].split())
    shown = text if len(text) <= 220 else text[:220].rsplit(" ", 1)[0] + " …"
    return (
        f'<li{" class=gold" if right else ""}><span class="soft">{escape(hit["document"])}'
        f"{', vraag ' + escape(numbers) if numbers else ''} · {score}"
        f"{' · goede vindplaats' if right else ''}</span><br>{escape(shown)}</li>"
    )
