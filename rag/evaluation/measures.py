"""The measures of one question. Each is small and pure; its docstring gives definition and source. Knows no files.

Every function takes what was found or answered and what was wanted, and gives a number between 0 and 1, or None when
the measure has no meaning for this question (citation precision of an answer without citations). What is missing
scores zero: a failed question is passed as ``found=()`` or as a refusal, never left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.errors import UsageError
from rag.evaluation.matching import Judge, carries, holds, unsupported, without_markers
from rag.evaluation.questions import Gold

Spans = Sequence[tuple[str, int, int]]  # (document, start, end)
CUTS = (1, 3, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation as it is judged: where it points and what it says stands there."""

    marker: int
    document: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Said:
    """A claim of an answer, with the markers it cites."""

    text: str
    citations: tuple[int, ...]


def overlaps(spans: Spans, gold: Gold) -> bool:
    """Whether one of the spans shares a character with the gold span."""
    if gold.start is None or gold.end is None:
        raise UsageError("Het vragenbestand heeft citaten zonder plaats: python -m rag.evaluation.questions --locate …")
    return any(document == gold.document and start < gold.end and gold.start < end for document, start, end in spans)


def first_ranks(found: Sequence[Spans], gold: Sequence[Gold]) -> dict[str, int | None]:
    """For every wanted group the rank (from 1) of the first passage that overlaps one of its spans, or None."""
    ranks: dict[str, int | None] = dict.fromkeys(sorted({g.group for g in gold}))
    for rank, spans in enumerate(found, 1):
        for one in gold:
            if ranks[one.group] is None and overlaps(spans, one):
                ranks[one.group] = rank
    return ranks


def ranking_measures(ranks: Mapping[str, Mapping[str, int | None]]) -> dict[str, dict[str, float]]:
    """recall@k, MRR and nDCG@10 of each question, computed by ir_measures (MacAvaney et al., ECIR 2022).

    ``ranks[question][group]`` is the rank at which the group was first found. A group counts as one relevant item;
    recall@k divides by min(k, groups), as BEIR's capped recall does (Thakur et al., NeurIPS 2021), so that a question
    over two documents can reach 1 at rank 1. A question without anything found scores zero.
    """
    qrels, run = _as_judgements(ranks)
    scores: dict[str, dict[str, float]] = {question: {} for question in ranks}
    for question, name, value in _per_question(qrels, run):
        scores[question][name] = _uncapped(name, value, len(ranks[question]))
    return scores


def _as_judgements(
    ranks: Mapping[str, Mapping[str, int | None]],
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, float]]]:
    """Judgements and a run in the dictionaries of ir_measures.

    Groups found by one passage share its rank: they are placed one after the other, and other passages fill the ranks
    between.
    """
    qrels = {q: dict.fromkeys(groups, 1) for q, groups in ranks.items()}
    run: dict[str, dict[str, float]] = {}
    for question, groups in ranks.items():
        at: dict[int, str] = {}
        for group, rank in groups.items():
            place = rank
            while place is not None and place in at:
                place += 1
            if place is not None:
                at[place] = group
        last = max([*at, CUTS[-1]])
        run[question] = {at.get(rank, f"-{rank}"): float(last - rank + 1) for rank in range(1, last + 1)}
    return qrels, run


def _per_question(qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]]) -> list[tuple[str, str, float]]:
    try:
        import ir_measures
    except ImportError as error:
        raise UsageError("Voor de evaluatie is ir_measures nodig: pip install 'raadwijzer[eval]'.") from error
    wanted = {ir_measures.R @ k: f"recall@{k}" for k in CUTS}
    wanted |= {ir_measures.RR: "mrr", ir_measures.nDCG @ 10: "ndcg@10"}
    return [(m.query_id, wanted[m.measure], m.value) for m in ir_measures.iter_calc(list(wanted), qrels, run)]


def _uncapped(name: str, value: float, groups: int) -> float:
    if not name.startswith("recall@"):
        return value
    return min(1.0, value * groups / min(int(name.removeprefix("recall@")), groups))


def facts_found(answer: str, facts: Sequence[Sequence[str]]) -> float:
    """Share of the wanted facts of which a variant stands in the answer.

    Claim recall by string matching, as ALCE does for short answers (Gao et al., EMNLP 2023, section 3.2).
    """
    said = without_markers(answer)
    return sum(holds(said, variants) for variants in facts) / len(facts)


def citation_recall(claims: Sequence[Said], citations: Sequence[Cited], judge: Judge = carries) -> float | None:
    """Share of the claims that are carried by all they cite together (ALCE, Gao et al., EMNLP 2023, section 3.3)."""
    if not claims:
        return None
    return sum(judge(_cited_text(claim.citations, citations), claim.text) for claim in claims) / len(claims)


def citation_precision(claims: Sequence[Said], citations: Sequence[Cited], judge: Judge = carries) -> float | None:
    """Share of the citations that are needed (ALCE, section 3.3).

    Needed: the claim is carried by all it cites, and the citation carries it alone or the others do not carry it
    without this one. A marker without a citation counts as not needed.
    """
    verdicts = [_is_needed(marker, claim, citations, judge) for claim in claims for marker in claim.citations]
    return sum(verdicts) / len(verdicts) if verdicts else None


def _is_needed(marker: int, claim: Said, citations: Sequence[Cited], judge: Judge) -> bool:
    others = tuple(other for other in claim.citations if other != marker)
    return judge(_cited_text(claim.citations, citations), claim.text) and (
        judge(_cited_text((marker,), citations), claim.text) or not judge(_cited_text(others, citations), claim.text)
    )


def _cited_text(markers: Sequence[int], citations: Sequence[Cited]) -> str:
    return "\n".join(cited.quote for cited in citations if cited.marker in markers)


def citations_on_gold(citations: Sequence[Cited], gold: Sequence[Gold]) -> float | None:
    """Share of the citations that point at a gold span: the right place, decided by characters.

    Stricter than ALCE: a true sentence beside the wanted one does not count.
    """
    if not citations:
        return None
    right = [any(overlaps([(c.document, c.start, c.end)], one) for one in gold) for c in citations]
    return sum(right) / len(right)


def citations_in_right_passages(
    found: Sequence[Spans], citations: Sequence[Cited], gold: Sequence[Gold]
) -> float | None:
    """Share of the citations from a passage that holds a gold span: the right answer, be it another sentence of it."""
    if not citations:
        return None
    right = [spans for spans in found if any(overlaps(spans, one) for one in gold)]
    within = [any(_within(c, spans) for spans in right) or bool(citations_on_gold([c], gold)) for c in citations]
    return sum(within) / len(within)


def _within(citation: Cited, spans: Spans) -> bool:
    return any(d == citation.document and start <= citation.start and citation.end <= end for d, start, end in spans)


def facts_proven(
    claims: Sequence[Said], citations: Sequence[Cited], facts: Sequence[Sequence[str]], gold: Sequence[Gold]
) -> float:
    """Share of the wanted facts that are proven where they are said.

    A claim holds the fact, and a citation of that claim points at a gold span. This sees a citation that was swapped
    with that of another claim.
    """
    return sum(_is_proven(fact, claims, citations, gold) for fact in facts) / len(facts)


def _is_proven(fact: Sequence[str], claims: Sequence[Said], citations: Sequence[Cited], gold: Sequence[Gold]) -> bool:
    for claim in claims:
        mine = [c for c in citations if c.marker in claim.citations]
        if holds(without_markers(claim.text), fact) and citations_on_gold(mine, gold):
            return True
    return False


def quote_exactness(citations: Sequence[Cited], texts: Mapping[str, str]) -> float | None:
    """Share of the citations for which ``text[start:end] == quote``; anything below 1 breaks the contract."""
    if not citations:
        return None
    return sum(texts.get(c.document, "")[c.start : c.end] == c.quote for c in citations) / len(citations)


def unsupported_numbers(claims: Sequence[Said], citations: Sequence[Cited]) -> int:
    """How many numbers the claims name that stand in none of the quotes they cite."""
    return sum(
        len(unsupported(claim.text, [c.quote for c in citations if c.marker in claim.citations])) for claim in claims
    )


def is_right(answerable: bool, answered: bool, answer: str, facts: Sequence[Sequence[str]]) -> bool:
    """A right outcome: all wanted facts in the answer, or silence where the documents are silent."""
    return (answered and facts_found(answer, facts) == 1.0) if answerable else not answered
