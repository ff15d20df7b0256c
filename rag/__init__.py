"""Raadwijzer: Dutch questions over council documents, answered with proven citations, on this machine only.

The modules tell the flow in order::

    file → documents/ → passages → store (lexical, vectors) → retrieval → evidence → answering/ → verification → page

``from rag import Assistant`` is the whole public interface; see ``rag/assistant.py``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# The products of matrices in a search are so small that sharing one with a second core takes ten times as long as doing
# it, and how it is shared shows in the last digits. NumPy reads this when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
__all__ = ["Assistant", "__version__"]

if TYPE_CHECKING:
    from rag.assistant import Assistant


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load ``Assistant`` on first use: ``import rag.types`` must not load the search libraries."""
    if name == "Assistant":
        from rag.assistant import Assistant

        return Assistant
    raise AttributeError(name)
