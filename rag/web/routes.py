"""The pages beside Gradio's: documents, sources, the time line, what this is, exports, opinions, own files.

Each route fetches values from the assistant and hands them to a pure function. Errors become a page with what to do.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from rag import __version__
from rag.web import about, document_list, exports, facts, judging, register, sources, timeline
from rag.web import documents as render_documents
from rag.web.backend import Backend, find, span_in
from rag.web.excerpts import is_moved
from rag.web.feedback import Feedback
from rag.web.html import Html, join, tag
from rag.web.responses import download, gone, shown
from rag.web.turns import Conversations

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DIFFERENCES = 50  # shown of two documents
STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def router(backend: Backend, conversations: Conversations, feedback: Feedback) -> APIRouter:
    """All routes of our own."""
    routes = APIRouter()
    _documents(routes, backend)
    sources.add(routes, backend)
    _knowing(routes, backend, feedback)
    _taking(routes, conversations)
    judging.add(routes, conversations, feedback, backend.config.staff_key)
    _files(routes)
    return routes


def _documents(routes: APIRouter, backend: Backend) -> None:
    @routes.get("/documenten")
    def documents(pagina: str = "1", zoek: str = "") -> Response:
        page = int(pagina) if pagina.isascii() and pagina.isdigit() and len(pagina) < 10 else 1
        return shown("Documenten", "/documenten", lambda: _document_list(backend, page, " ".join(zoek.split())[:200]))

    @routes.get("/verschillen")
    def differ(een: str = "", ander: str = "") -> Response:
        return shown("Wat er verschilt", "/documenten", lambda: _differences(backend, een, ander))

    @routes.get("/document")
    def document(pad: str = "", start: int = -1, eind: int = -1, toets: str = "") -> Response:
        return shown("Document", "/documenten", lambda: _document_page(backend, pad, start, eind, toets))


def _files(routes: APIRouter) -> None:
    @routes.get("/eigen/{name}")
    def own_file(name: str) -> Response:
        file = STATIC / Path(name).name
        if not file.is_file() or file.suffix not in TYPES:
            return Response(status_code=404)
        return FileResponse(file, media_type=TYPES[file.suffix], headers={"Cache-Control": "no-cache"})

    @routes.get("/manifest.json")
    def manifest() -> Response:
        return Response(status_code=404)


def _knowing(routes: APIRouter, backend: Backend, feedback: Feedback) -> None:
    @routes.get("/tijdlijn")
    def time_line(onderwerp: str = "") -> Response:
        return shown("Tijdlijn", "/tijdlijn", lambda: _time_line(backend, " ".join(onderwerp.split())))

    @routes.get("/over")
    def over() -> Response:
        return shown(
            "Over Raadwijzer", "/over", lambda: about.about_html(facts.facts_of(backend, feedback.file.absolute()))
        )

    @routes.get("/algoritmeregister.json")
    def algorithm() -> Response:
        text = register.register(facts.facts_of(backend, feedback.file.absolute()))
        return download(text.encode(), "application/json", "raadwijzer-algoritmeregister.json")


def _taking(routes: APIRouter, conversations: Conversations) -> None:
    @routes.get("/meenemen/{name}")
    def export(name: str) -> Response:
        turn_id, _, ending = name.rpartition(".")
        turn = conversations.find(turn_id)
        if turn is None:
            return shown("Meenemen", "/", gone, status=404)
        words = exports.sheet(turn, today(), __version__)
        if ending == "docx":
            return download(exports.word(words), WORD, exports.file_name(turn, today(), ending))
        if ending == "md":
            text = exports.markdown(words).encode()
            return download(text, "text/markdown; charset=utf-8", exports.file_name(turn, today(), ending))
        if ending == "txt":
            return PlainTextResponse(exports.plain(words))
        return HTMLResponse(exports.printable(words))


def today() -> str:
    """Today as an ISO date, on this computer's clock."""
    return datetime.now().astimezone().date().isoformat()


def _time_line(backend: Backend, subject: str) -> Html:
    assistant = backend.assistant()
    if not subject:
        return timeline.timeline_html("", (), assistant.examples())
    hits = timeline.on_subject(subject, assistant.search(subject, timeline.MOST))
    return timeline.timeline_html(subject, hits, () if hits else assistant.examples())


def _document_list(backend: Backend, page: int, sought: str) -> Html:
    listing = backend.assistant().listing(page, document_list.PER_PAGE, sought)
    return join(
        tag("h1", "Documenten"),
        document_list.document_list(listing, facts.indexed_on(Path(backend.index)), sought),
    )


def _differences(backend: Backend, path: str, other: str) -> Html:
    assistant = backend.assistant()
    here, there = (find(backend, name)[0] for name in (path, other))
    found = assistant.differences(path, other, DIFFERENCES)
    return document_list.differences_page(here, there, found, DIFFERENCES)


def _document_page(backend: Backend, path: str, start: int, end: int, check: str) -> Html:
    info, document = find(backend, path)
    links = backend.assistant().links(path)
    moved = is_moved(document, start, end, check)
    span = None if moved else span_in(document, start, end)
    return render_documents.document_page(info, document, span, links, moved)
