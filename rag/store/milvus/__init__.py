"""Words and meaning searched in Milvus, for more documents than one machine can search (an extra: ``milvus``).

    connection.py  where the server is, whether data may go there, and what goes wrong on the way
    words.py       BM25 as sparse vectors: the same arithmetic as Tantivy's, with its statistics kept here
    rows.py        what is stored of a unit: numbers only, see there
    publish.py     ``Publisher``: brings Milvus up to date with a generation, before that begins to count
    search.py      ``MilvusSearch``: what ``Store`` searches in, in the place of its own two indexes

Documents, texts, spans and names stay in the index on this machine: Milvus holds rows of numbers, and gives back the
numbers of units. Which rows belong to a generation is said by that generation, so the one file that makes a generation
count (``index/current``) switches both at once.
"""

from rag.store.milvus.connection import Place, Server, place_of
from rag.store.milvus.publish import Publisher, server_of
from rag.store.milvus.search import MilvusSearch

__all__ = ["MilvusSearch", "Place", "Publisher", "Server", "place_of", "server_of"]
