"""A table that a file holds as several, one right after another with the same head → one table. Knows no format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.documents.formats.headed_rows import HeadedRows, cells_of
from rag.documents.formats.writing import Row

_ROWS = frozenset({"row", "heads"})


def joined_tables(rows: Sequence[Row]) -> list[Row]:
    """The lines of a file: a head that is set again is furniture, a row that goes on in the next table is whole."""
    found: list[Row] = []
    table, first = HeadedRows([], [], ""), 0  # the table that may go on, and where it begins
    for stretch in _stretches(rows):
        texts = [row.text for row in stretch]
        heads = table.heads_again(texts) if stretch[0].role in _ROWS else 0
        if not heads:
            table, first = _table(stretch), len(found)
            found += stretch
            continue
        found[first] = replace(found[first], role="heads")
        found += (replace(row, again=True) for row in stretch[:heads])
        more = [replace(row, role="row", tight=True) for row in stretch[heads:]]
        if table.add([_cells(row, table.heads) for row in more]):
            more[0] = replace(more[0], role="rest")
        found += more
    return found


def _stretches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The lines of each table, and those between two tables."""
    stretch: list[Row] = []
    for row in rows:
        same = stretch and row.role in _ROWS and row.tight
        if stretch and not same and (row.role in _ROWS or stretch[-1].role in _ROWS):
            yield stretch
            stretch = []
        stretch.append(row)
    if stretch:
        yield stretch


def _table(stretch: Sequence[Row]) -> HeadedRows:
    if stretch[0].role not in _ROWS:
        return HeadedRows([], [], "")
    heads = [row.text for row in stretch if row.role == "heads"]
    return HeadedRows(heads, [_cells(row, heads) for row in stretch[len(heads) :]], stretch[0].text)


def _cells(row: Row, heads: Sequence[str]) -> list[str]:
    """What the cells of a row say; none when there are more than heads, so that a cell may hold a bar itself."""
    cells = cells_of(row.text)
    return cells if not heads or len(cells) <= max(len(cells_of(head)) for head in heads) else []
