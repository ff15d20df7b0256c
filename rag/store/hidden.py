"""What an opened index does not show: closed documents nobody asked for, and collections that were not chosen.

Every table that tells of documents gets a view of its own name that leaves theirs out. SQLite looks for such a
temporary view before it looks for the table, so no query can forget to leave them out, also one that is written later:
tables are known by their columns (``document``, ``passage``, ``passage_id``, ``closed``).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from rag.store.facets import LISTED

_BY_COLUMN = (  # the first that a table has says which of its rows belong to a hidden document
    ("document", "document IN temp.hidden"),
    ("passage", "passage IN (SELECT id FROM temp.hidden_passages)"),
    ("passage_id", "passage_id IN (SELECT passage_id FROM temp.hidden_passages)"),
    ("closed", "closed"),
)


def hide(database: sqlite3.Connection, closed: bool, collections: Sequence[str]) -> int:
    """Hide documents from every later query on this connection.

    Args:
        database: an opened index.
        closed: whether closed documents are shown.
        collections: the only ones to show; empty: all.

    Returns:
        How many documents are hidden.
    """
    database.execute("PRAGMA temp_store = MEMORY")
    database.execute("CREATE TEMP TABLE hidden (id INTEGER PRIMARY KEY)")
    if not closed:
        database.execute("INSERT INTO temp.hidden SELECT id FROM main.documents WHERE closed")
    if collections:
        query = f"INSERT OR IGNORE INTO temp.hidden SELECT id FROM main.documents WHERE collection NOT IN {LISTED}"  # noqa: S608
        database.execute(query, (json.dumps(list(collections)),))
    number = int(database.execute("SELECT count(*) FROM temp.hidden").fetchone()[0])
    if number or (not closed and _closed_files(database)):
        _make_views(database, closed)
    return number


def _closed_files(database: sqlite3.Connection) -> bool:
    """Whether there are closed files that are no documents: not read, or skipped."""
    queries = (f"SELECT 1 FROM main.{table} WHERE closed LIMIT 1" for table in ("failures", "skipped"))  # noqa: S608
    return any(database.execute(query).fetchone() for query in queries)


def _make_views(database: sqlite3.Connection, closed: bool) -> None:
    database.execute("CREATE TEMP TABLE hidden_passages (id INTEGER PRIMARY KEY, passage_id TEXT UNIQUE)")
    database.execute(
        "INSERT INTO temp.hidden_passages SELECT id, passage_id FROM main.passages WHERE document IN temp.hidden"
    )
    tables = [name for (name,) in database.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")]
    for table in tables:
        condition = _condition(database, table, closed)
        if condition:
            _view(database, table, f"SELECT * FROM main.{table} WHERE NOT {condition}")  # noqa: S608
    if not closed:
        _view(
            database, "words", "SELECT word, documents - closed AS documents FROM main.words WHERE documents > closed"
        )


def _condition(database: sqlite3.Connection, table: str, closed: bool) -> str | None:
    """What the rows of a table have in common that are to be left out; None: nothing in it is."""
    columns = [row[1] for row in database.execute(f"PRAGMA main.table_info({table})")]
    if table == "documents":
        return "id IN temp.hidden"
    if table == "words":
        return None
    found = next((condition for column, condition in _BY_COLUMN if column in columns), None)
    return None if found == "closed" and closed else found


def _view(database: sqlite3.Connection, table: str, query: str) -> None:
    database.execute(f"CREATE TEMP VIEW {table} AS {query}")
