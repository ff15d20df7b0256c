"""Questions that the documents themselves hold, to show as examples: short ones, of different documents first."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST, LONGEST = 30, 110  # characters
QUERY = (
    "SELECT question FROM (SELECT question, path, row_number() OVER (PARTITION BY path ORDER BY start) turn "
    "FROM passages JOIN documents d ON d.id = document WHERE passages.kind = 'exchange' "
    "AND passage_id NOT IN (SELECT passage_id FROM duplicates WHERE place > 0) "
    "AND length(question) BETWEEN ? AND ? AND question LIKE '%?' AND question NOT LIKE '%bekend met%') "
    "ORDER BY turn, path LIMIT ?"
)  # values: ``SHORTEST``, ``LONGEST``, how many


def questions(rows: Iterable[tuple[str]]) -> list[str]:
    """The questions of the rows of ``QUERY``, each on one line."""
    return [" ".join(question.split()) for (question,) in rows]
