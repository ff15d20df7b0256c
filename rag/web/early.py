"""What was found for a question, at once: the page's script asks for it at Enter, before Gradio's event has come."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from rag.errors import RaadwijzerError
from rag.web.intake import Intake
from rag.web.render import turn_html
from rag.web.turns import COOKIE

NOTHING = 204  # the event that follows shows all there is to show


@dataclass(frozen=True, slots=True)
class Sent:
    """What the script sends, in the body: a question that is sent stands in no log.

    Once it is answered, the script puts it in the address bar of its own browser (``data-adres``).
    """

    vraag: str
    filters: str = ""


def router(intake: Intake) -> APIRouter:
    """The one route."""
    routes = APIRouter()

    @routes.post("/gevonden")
    def found(sent: Sent, request: Request) -> Response:
        browser = request.cookies.get(COOKIE)
        try:
            turn = intake.early(browser, sent.vraag, sent.filters) if browser else None
        except RaadwijzerError:  # no index, no model: the event says so, with what to do
            turn = None
        return HTMLResponse(turn_html(turn)) if turn else Response(status_code=NOTHING)

    return routes
