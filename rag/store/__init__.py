"""The only home of ``index/``: documents and passages in SQLite, the two search indexes beside it, always whole.

    folder.py      generations: built aside, checked, swapped in; one writer at a time
    codec.py       documents and passages ↔ JSON
    schema.py      the tables
    duplicates.py  which passages of different documents say the same
    facets.py      what can be filtered on, and filters → documents
    reader.py      ``Store``: an opened index
    writer.py      ``Draft``: the next generation while it is being made

Knows nothing of reading files, embedding or ranking.
"""

from rag.store.facets import Facets
from rag.store.reader import Store

__all__ = ["Facets", "Store"]
