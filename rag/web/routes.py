"""The pages beside Gradio's: documents, one document, the source beside an answer, and the page's own files.

Each route fetches values from the assistant and hands them to a pure function. Errors become a page with what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from rag.errors import RaadwijzerError
from rag.types import Document, DocumentInfo, Span
from rag.web import documents as render_documents
from rag.web.backend import Backend
from rag.web.html import Html, join, tag
from rag.web.render import error_box
from rag.web.shell import page

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def router(backend: Backend) -> APIRouter:
    """The routes for documents and files."""
    routes = APIRouter()

    @routes.get("/documenten")
    def documents() -> Response:
        return shown("Documenten", "/documenten", lambda: _document_list(backend))

    @routes.get("/document")
    def document(pad: str = "", start: int = -1, eind: int = -1) -> Response:
        return shown("Document", "/documenten", lambda: _document_page(backend, pad, start, eind))

    @routes.get("/bron")
    def source(pad: str = "", start: int = -1, eind: int = -1) -> Response:
        try:
            info, found = find(backend, pad)
            span = span_in(found, start, eind) or Span(0, 0)
            return HTMLResponse(render_documents.source_html(info, found, span))
        except RaadwijzerError as error:
            return HTMLResponse(error_box("De bron kan niet worden getoond", str(error)), status_code=404)

    @routes.get("/eigen/{name}")
    def own_file(name: str) -> Response:
        file = STATIC / Path(name).name
        if not file.is_file() or file.suffix not in TYPES:
            return Response(status_code=404)
        return FileResponse(file, media_type=TYPES[file.suffix], headers={"Cache-Control": "no-cache"})

    @routes.get("/manifest.json")
    def manifest(request: Request) -> Response:
        return Response(status_code=404)

    return routes


def shown(title: str, current: str, make: Callable[[], Html]) -> HTMLResponse:
    """A page of our own, or a page that says what went wrong and what to do."""
    try:
        return HTMLResponse(page(title, current, make()))
    except RaadwijzerError as error:
        body = join(tag("h1", title), error_box("Dit kan nog niet worden getoond", str(error)))
        return HTMLResponse(page(title, current, body), status_code=404)


def find(backend: Backend, path: str) -> tuple[DocumentInfo, Document]:
    """A document with what the list says of it. Raises RaadwijzerError when there is none."""
    assistant = backend.assistant()
    info = next((one for one in assistant.documents() if one.path == path), None)
    if info is None:
        raise RaadwijzerError(f"Het document '{path}' staat niet in de index. Kijk bij Documenten wat er wel is.")
    return info, assistant.document(path)


def span_in(document: Document, start: int, end: int) -> Span | None:
    """The asked span when it lies in the text of the document."""
    return Span(start, end) if 0 <= start < end <= len(document.text) else None


def _document_list(backend: Backend) -> Html:
    return join(tag("h1", "Documenten"), render_documents.document_list(backend.assistant().documents()))


def _document_page(backend: Backend, path: str, start: int, end: int) -> Html:
    info, document = find(backend, path)
    return render_documents.document_page(info, document, span_in(document, start, end))
