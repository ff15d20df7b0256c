"""The only home of ``index/``: documents and passages in SQLite, the two search indexes beside it, always whole.

    folder.py      generations: built aside, checked, swapped in; one writer at a time
    codec.py       documents and passages ↔ JSON
    packing.py     texts ↔ bytes
    schema.py      the tables
    duplicates.py  which passages of different documents say the same
    facets.py      what can be filtered on, and filters → documents; counting.py: with how many have it
    reader.py      ``Store``: an opened index
    searching.py   what searches it; gathering.py: what both searches found, completed and fused
    hidden.py      what an opened index does not show: closed documents, other collections
    overview.py    every file that was seen, copies and near copies, gaps; listing.py: the same in pages
    mentions.py    which documents name a person
    removed.py     what must not come back
    known.py       what it knows of files
    writer.py      ``Draft``: the next generation while it is being made

Knows nothing of reading files, embedding or ranking.
"""

from rag.store.facets import Facets
from rag.store.listing import Listing
from rag.store.overview import Overview
from rag.store.reader import Store

__all__ = ["Facets", "Listing", "Overview", "Store"]
