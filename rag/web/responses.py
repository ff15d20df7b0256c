"""What several routes answer with: a page of our own, a file to save, and what is no longer there."""

from __future__ import annotations

from collections.abc import Callable

from fastapi.responses import HTMLResponse, Response

from rag.errors import RaadwijzerError
from rag.web.html import Html, join, tag
from rag.web.remarks import error_box
from rag.web.shell import page


def shown(title: str, current: str, make: Callable[[], Html], status: int = 200) -> HTMLResponse:
    """A page of our own, or a page that says what went wrong and what to do."""
    try:
        return HTMLResponse(page(title, current, make()), status_code=status)
    except RaadwijzerError as error:
        body = join(tag("h1", title), error_box("Dit kan niet worden getoond", str(error), onward()))
        return HTMLResponse(page(title, current, body), status_code=404)


def download(content: bytes, kind: str, name: str) -> Response:
    """A file that the browser saves under ``name``."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def gone() -> Html:
    """An answer that was forgotten, with what to do."""
    said = "Dit antwoord staat niet meer in het geheugen van Raadwijzer. Stel de vraag opnieuw en probeer het nog eens."
    return join(tag("h1", "Niet gevonden"), error_box("Dit antwoord is er niet meer", said, onward()))


def onward() -> Html:
    """The ways on from a page that shows nothing."""
    documents = tag("a", "bekijk de documenten", href="/documenten")
    return tag("p", tag("a", "Stel een vraag", href="/"), " of ", documents, ".")
