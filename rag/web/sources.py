"""The routes of the viewer: a source as its page or its text, and the image of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from rag.errors import RaadwijzerError, UnreadableFile
from rag.web import viewer
from rag.web.backend import Backend, find, span_in
from rag.web.excerpts import is_moved
from rag.web.html import Html
from rag.web.originals import Originals
from rag.web.remarks import error_box


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: a sentence of a document, shown as its page ("blad") or as text ("tekst").

    "stuk" is text too: its page could not be drawn. ``blad`` is the number of a page; 0: the one with the sentence.
    ``toets`` is the digest of the sentence (``excerpts.digest``); addresses of before have none.
    """

    pad: str = ""
    start: int = -1
    eind: int = -1
    als: str = "blad"
    blad: int = 0
    toets: str = ""


def add(routes: APIRouter, backend: Backend) -> None:
    """Add the routes of the viewer."""
    originals = Originals(backend)

    @routes.get("/bron")
    def source(asked: Annotated[Asked, Depends()]) -> Response:
        try:
            return HTMLResponse(_source(backend, originals, asked))
        except RaadwijzerError as error:
            return HTMLResponse(error_box("De bron kan niet worden getoond", str(error)), status_code=404)

    @routes.get("/bladzijde")
    def page(request: Request, pad: str = "", nr: int = 1, breed: int = 0) -> Response:
        try:
            image = originals.page(pad, nr, breed)
        except RaadwijzerError as error:
            return PlainTextResponse(str(error), status_code=404)
        headers = {"ETag": f'"{image.tag}"', "Cache-Control": "private, no-cache"}  # kept, and asked after every time
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(image.png, media_type="image/png", headers=headers)


def _source(backend: Backend, originals: Originals, asked: Asked) -> Html:
    info, document = find(backend, asked.pad)
    moved = is_moved(document, asked.start, asked.eind, asked.toets)
    marked = None if moved else span_in(document, asked.start, asked.eind) or viewer.NOTHING
    if asked.als == "stuk":
        return viewer.source_html(info, document, marked, problem=viewer.NOT_DRAWN)
    leaf = viewer.leaf_of(document, marked or viewer.NOTHING, asked.blad) if asked.als == "blad" else None
    problem = _hindrance(originals, asked.pad) if leaf else ""
    return viewer.source_html(info, document, marked, None if problem else leaf, problem)


def _hindrance(originals: Originals, path: str) -> str:
    """Why the pages of a document cannot be shown; empty when they can."""
    try:
        originals.check(path)
    except UnreadableFile as error:
        return f"De bladzijde kan niet worden getoond: het bestand {error.reason}."
    return ""
