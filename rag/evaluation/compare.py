"""Two runs beside each other: what changed in the figures and in every question. Knows scored rows only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.evaluation import statistics as st
from rag.evaluation.catalog import MEASURES, Measure
from rag.evaluation.records import Failure, Scored
from rag.evaluation.summary import per_question

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Change:
    """One measure in both runs, over the questions for which it has meaning in either."""

    measure: Measure
    first: float
    second: float
    difference: st.Difference

    @property
    def verdict(self) -> str:
        """Dutch: better, worse, or not to be told from chance."""
        if self.difference.p >= SIGNIFICANT or not self.difference.value:
            return "geen aantoonbaar verschil"
        up = self.difference.value > 0
        return "beter" if up == (self.measure.better == "high") else "slechter"


@dataclass(frozen=True, slots=True)
class Turned:
    """A question that came out differently; None when it is not in that run."""

    id: str
    q: str
    first: Failure | None
    second: Failure | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from the first run to the second."""

    changes: tuple[Change, ...]
    turned: tuple[Turned, ...]
    only_first: int
    only_second: int


def compare(first: Sequence[Scored], second: Sequence[Scored]) -> Comparison:
    """Every measure paired by question, and every question that came out differently.

    A question that one of the runs does not have scores zero there: it never vanishes from a figure.
    """
    one, two = {s.row.case.id: s for s in first}, {s.row.case.id: s for s in second}
    ids = [*one, *(i for i in two if i not in one)]
    turned = [
        Turned(i, (one.get(i) or two[i]).row.case.q, _failure(one.get(i)), _failure(two.get(i)))
        for i in ids
        if _failure(one.get(i)) != _failure(two.get(i))
    ]
    changes = [change for m in MEASURES if m.per_question and (change := _change(m, first, second))]
    return Comparison(tuple(changes), tuple(turned), len(one.keys() - two.keys()), len(two.keys() - one.keys()))


def _failure(scored: Scored | None) -> Failure | None:
    return scored.failure if scored else None


def _change(measure: Measure, first: Sequence[Scored], second: Sequence[Scored]) -> Change | None:
    """One measure over the questions that can be paired.

    A question that both runs have counts when the measure has meaning for it in both: a silent assistant cites nothing,
    well or badly. One that a run does not have at all is zero there.
    """
    one, two = per_question(first, measure.key), per_question(second, measure.key)
    asked = ({s.row.case.id for s in first}, {s.row.case.id for s in second})
    ids = [
        i for i in dict.fromkeys([*one, *two]) if (i in one or i not in asked[0]) and (i in two or i not in asked[1])
    ]
    if not one or not two or not ids:
        return None
    before, after = [one.get(i, 0.0) for i in ids], [two.get(i, 0.0) for i in ids]
    return Change(measure, sum(before) / len(ids), sum(after) / len(ids), st.paired_difference(before, after))
