"""Files → index: what is on disk is compared with what the index holds, and only the difference is read.

    files.py    paths → files, and what to do with each
    prepare.py  a file → passages, windows, search terms: all that needs no model, in any process
    readers.py  the processes that do that
    build.py    the flow from paths to a swapped-in index

Knows how to read no format itself: ``rag/documents`` does.
"""

from rag.indexing.build import IndexReport, build_index

__all__ = ["IndexReport", "build_index"]
