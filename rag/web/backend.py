"""What the page asks of an assistant, and the holder that opens one when it is first needed.

Knows no HTML. The page starts without an index and says so; the holder tries again at the next request, so a page
that was opened too early works as soon as the index is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import Protocol

from rag.config import Config
from rag.differences import Difference
from rag.errors import RaadwijzerError, UsageError
from rag.store import Facets, Listing
from rag.types import Answer, Document, DocumentInfo, Event, Filters, Hit, Link, Span


class Assistant(Protocol):
    """The part of ``rag.assistant.Assistant`` that the page uses."""

    def search(self, question: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The passages that match best."""
        ...

    def ask(self, question: str, *, filters: Filters | None = None) -> Answer:
        """The answer, whole."""
        ...

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        answerer: str | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Event]:
        """Found, Pieces, and one Answer at the end."""
        ...

    def info(self, path: str) -> DocumentInfo:
        """What there is to know of one document."""
        ...

    def facets(self, filters: Filters | None = None) -> Facets:
        """What the documents that pass filters can be filtered on further, with counts."""
        ...

    def failures(self) -> Sequence[tuple[str, str]]:
        """The files that could not be read: (path, reason)."""
        ...

    def listing(self, page: int = 1, size: int = 100, words: str = "") -> Listing:
        """One page of the documents, newest first, with what is to be said of all of them."""
        ...

    def differences(self, path: str, other: str, most: int = 5) -> Sequence[Difference]:
        """How two documents differ."""
        ...

    def document(self, path: str) -> Document:
        """One document as indexed."""
        ...

    def original(self, path: str) -> tuple[str, str]:
        """Where the file of a document is on this machine, and the fingerprint it had when it was read."""
        ...

    def links(self, path: str) -> Sequence[Link]:
        """The documents that a document belongs with."""
        ...

    def examples(self, n: int = 4) -> list[str]:
        """Questions from the documents to begin with."""
        ...

    def similar_questions(self, question: str) -> Sequence[Hit]:
        """Questions in the documents that resemble this one."""
        ...


Opener = Callable[[], Assistant]
UNEXPECTED = (
    "Er ging iets mis in Raadwijzer zelf. Stel de vraag nog eens. Blijft het misgaan? Start Raadwijzer dan opnieuw en "
    "geef de melding uit het venster van Raadwijzer door aan de beheerder."
)
LOG = logging.getLogger(__name__)


class Backend:
    """Opens the assistant once, when first asked for; an error is raised to each caller until it succeeds."""

    def __init__(
        self, assistant: Assistant | None = None, opener: Opener | None = None, config: Config | None = None
    ) -> None:
        if assistant is None and opener is None:
            raise ValueError("an assistant or an opener is needed")
        self._assistant = assistant
        self._opener = opener
        self._lock = Lock()
        self.config = config or Config()

    @property
    def index(self) -> str:
        """The folder of the index, as configured."""
        return self.config.index

    def assistant(self) -> Assistant:
        """The assistant. Raises RaadwijzerError when it cannot be opened (no index, another version, no model)."""
        with self._lock:
            if self._assistant is None:
                self._assistant = self._opened()
            return self._assistant

    def _opened(self) -> Assistant:
        assert self._opener is not None
        try:
            return self._opener()
        except RaadwijzerError:
            raise
        except Exception as error:  # every page says so in its own place; the log tells what it was
            LOG.exception("opening failed")
            raise RaadwijzerError(UNEXPECTED) from error


def find(backend: Backend, path: str) -> tuple[DocumentInfo, Document]:
    """A document with what the list says of it. Raises RaadwijzerError when there is none."""
    assistant = backend.assistant()
    try:
        return assistant.info(path), assistant.document(path)
    except UsageError as error:
        said = f"Het document '{path}' staat niet in de index. Kijk bij Documenten wat er wel is."
        raise RaadwijzerError(said) from error


def title_of(assistant: Assistant, path: str) -> str:
    """The title of a document; its path when there is no such document."""
    try:
        return assistant.info(path).title
    except UsageError:
        return path


def span_in(document: Document, start: int, end: int) -> Span | None:
    """The asked span when it lies in the text of the document."""
    return Span(start, end) if 0 <= start < end <= len(document.text) else None
