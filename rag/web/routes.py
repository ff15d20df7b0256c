"""The pages beside Gradio's: documents, sources, the time line, what this is, exports, opinions, own files.

Each route fetches values from the assistant and hands them to a pure function. Errors become a page with what to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response

from rag import __version__
from rag.errors import RaadwijzerError
from rag.store.overview import Overview, Seen
from rag.web import about, document_list, exports, sources, timeline
from rag.web import documents as render_documents
from rag.web.backend import Backend, find, span_in
from rag.web.feedback import LONGEST, Feedback, Opinion
from rag.web.filters import to_json
from rag.web.html import Html, join, tag
from rag.web.opinions import opinions_html
from rag.web.render import error_box
from rag.web.shell import page
from rag.web.turns import Conversations, Turn

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
    _judging(routes, conversations, feedback)
    _files(routes)
    return routes


def _documents(routes: APIRouter, backend: Backend) -> None:

    @routes.get("/documenten")
    def documents(pagina: int = 1) -> Response:
        return shown("Documenten", "/documenten", lambda: _document_list(backend, pagina))

    @routes.get("/verschillen")
    def differ(een: str = "", ander: str = "") -> Response:
        return shown("Wat er verschilt", "/documenten", lambda: _differences(backend, een, ander))

    @routes.get("/document")
    def document(pad: str = "", start: int = -1, eind: int = -1) -> Response:
        return shown("Document", "/documenten", lambda: _document_page(backend, pad, start, eind))


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
            "Over Raadwijzer", "/over", lambda: about.about_html(about.facts_of(backend, feedback.file.absolute()))
        )

    @routes.get("/algoritmeregister.json")
    def register() -> Response:
        text = about.register(about.facts_of(backend, feedback.file.absolute()))
        return _download(text.encode(), "application/json", "raadwijzer-algoritmeregister.json")


def _taking(routes: APIRouter, conversations: Conversations) -> None:
    @routes.get("/meenemen/{name}")
    def export(name: str) -> Response:
        turn_id, _, ending = name.rpartition(".")
        turn = conversations.find(turn_id)
        if turn is None:
            return shown("Meenemen", "/", _gone, status=404)
        words = exports.sheet(turn, today(), __version__)
        if ending == "docx":
            return _download(exports.word(words), WORD, "raadwijzer-antwoord.docx")
        if ending == "md":
            return _download(exports.markdown(words).encode(), "text/markdown; charset=utf-8", "raadwijzer-antwoord.md")
        return HTMLResponse(exports.printable(words))


def _judging(routes: APIRouter, conversations: Conversations, feedback: Feedback) -> None:
    @routes.post("/oordeel")
    def judge(
        request: Request,
        beurt: Annotated[str, Form()] = "",
        oordeel: Annotated[str, Form()] = "",
        reden: Annotated[str, Form()] = "",
    ) -> Response:
        turn = conversations.find(beurt)
        if turn is None or oordeel not in {"goed", "fout"}:
            return shown("Oordeel", "/", _gone, status=404)
        answer = shown("Oordeel", "/", lambda: _kept(feedback, turn, oordeel, reden))
        if answer.status_code == 200 and "application/json" in request.headers.get("accept", ""):
            return PlainTextResponse("bewaard")
        return answer

    @routes.get("/oordelen")
    def opinions() -> Response:
        return shown("Oordelen", "/over", lambda: opinions_html(feedback.all()))

    @routes.get("/oordelen.jsonl")
    def opinion_lines() -> Response:
        try:
            return _download(feedback.lines().encode(), "application/jsonl; charset=utf-8", "oordelen.jsonl")
        except RaadwijzerError as error:
            return PlainTextResponse(str(error), status_code=500)

    @routes.post("/oordelen/wis")
    def erase(zeker: Annotated[str, Form()] = "") -> Response:
        if zeker != "ja":
            return RedirectResponse("/oordelen", status_code=303)
        return shown("Oordelen", "/over", lambda: _erased(feedback))


def today() -> str:
    """Today as an ISO date, on this computer's clock."""
    return datetime.now().astimezone().date().isoformat()


def _download(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _gone() -> Html:
    said = "Dit antwoord staat niet meer in het geheugen van Raadwijzer. Stel de vraag opnieuw en probeer het nog eens."
    return join(tag("h1", "Niet gevonden"), error_box("Dit antwoord is er niet meer", said))


def _kept(feedback: Feedback, turn: Turn, verdict: str, reason: str) -> Html:
    feedback.keep(opinion_of(turn, verdict == "goed", reason))
    return join(tag("h1", "Dank u"), tag("p", "Uw oordeel is bewaard op deze computer."), tag("a", "Terug", href="/"))


def opinion_of(turn: Turn, good: bool, reason: str) -> Opinion:
    """The opinion on a turn, with what is needed to judge it again later."""
    answer = turn.answer
    return Opinion(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        question=turn.question,
        answer=answer.text if answer else "",
        answered=bool(answer and answer.answered),
        verdict="good" if good else "bad",
        reason=" ".join(reason.split())[:LONGEST],
        citations=json.dumps(
            [{"document": one.document, "start": one.start, "end": one.end} for one in turn.citations]
        ),
        filters=to_json(turn.filters),
        answerer=answer.answerer if answer else "",
        version=__version__,
    )


def _erased(feedback: Feedback) -> Html:
    feedback.erase()
    return join(tag("h1", "Oordelen"), tag("p", "Alle oordelen zijn gewist."))


def _time_line(backend: Backend, subject: str) -> Html:
    found = timeline.on_subject(backend.assistant().search(subject, timeline.MOST)) if subject else ()
    return timeline.timeline_html(subject, found)


def shown(title: str, current: str, make: Callable[[], Html], status: int = 200) -> HTMLResponse:
    """A page of our own, or a page that says what went wrong and what to do."""
    try:
        return HTMLResponse(page(title, current, make()), status_code=status)
    except RaadwijzerError as error:
        body = join(tag("h1", title), error_box("Dit kan nog niet worden getoond", str(error)))
        return HTMLResponse(page(title, current, body), status_code=404)


def _document_list(backend: Backend, page: int) -> Html:
    overview = backend.assistant().overview()
    listed = document_list.document_list(overview, about.indexed_on(Path(backend.index)), page)
    return join(tag("h1", "Documenten"), listed)


def _differences(backend: Backend, path: str, other: str) -> Html:
    assistant = backend.assistant()
    here, there = (_seen(assistant.overview(), name) for name in (path, other))
    found = assistant.differences(path, other, DIFFERENCES)
    return document_list.differences_page(here, there, found, DIFFERENCES)


def _seen(overview: Overview, path: str) -> Seen:
    found = next((one for one in overview.seen if one.info.path == path), None)
    if found is None:
        raise RaadwijzerError(f"Het document '{path}' staat niet in de index. Kijk bij Documenten wat er wel is.")
    return found


def _document_page(backend: Backend, path: str, start: int, end: int) -> Html:
    info, document = find(backend, path)
    links = backend.assistant().links(path)
    return render_documents.document_page(info, document, span_in(document, start, end), links)
