"""The routes for opinions: anyone gives one, staff reads, exports and erases them.

Who reads them sits at the computer that Raadwijzer runs on, or knows the key of the configuration (``staff_key``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from rag import __version__
from rag.errors import RaadwijzerError
from rag.web.feedback import LONGEST, Feedback, Opinion
from rag.web.filters import to_json
from rag.web.guard import LOCAL
from rag.web.html import Html, join, tag
from rag.web.opinions import locked_html, opinions_html
from rag.web.responses import download, gone, shown
from rag.web.turns import Conversations, Turn

COOKIE = "raadwijzer_medewerker"  # a session cookie that holds a proof of the key, not the key
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")  # a request that another computer passed on


def add(routes: APIRouter, conversations: Conversations, feedback: Feedback, key: str) -> None:
    """Add the routes for opinions. ``key`` opens them to another computer; empty: nothing does."""
    _giving(routes, conversations, feedback)
    _reading(routes, feedback, key)


def _giving(routes: APIRouter, conversations: Conversations, feedback: Feedback) -> None:
    @routes.post("/oordeel")
    def judge(
        request: Request,
        beurt: Annotated[str, Form()] = "",
        oordeel: Annotated[str, Form()] = "",
        reden: Annotated[str, Form()] = "",
    ) -> Response:
        turn = conversations.find(beurt)
        if turn is None or oordeel not in {"goed", "fout"}:
            return shown("Oordeel", "/", gone, status=404)
        answer = shown("Oordeel", "/", lambda: _kept(feedback, turn, oordeel, reden))
        if answer.status_code == 200 and "application/json" in request.headers.get("accept", ""):
            return PlainTextResponse("bewaard")
        return answer


def _reading(routes: APIRouter, feedback: Feedback, key: str) -> None:
    @routes.get("/oordelen")
    def opinions(request: Request) -> Response:
        return _for_staff(request, key, lambda: shown("Oordelen", "/over", lambda: opinions_html(feedback.all())))

    @routes.post("/oordelen")
    def unlock(sleutel: Annotated[str, Form()] = "") -> Response:
        if not key or not compare_digest(_proof(sleutel), _proof(key)):
            return shown("Oordelen", "/over", lambda: locked_html(bool(key), wrong=True), status=403)
        answer = RedirectResponse("/oordelen", status_code=303)
        answer.set_cookie(COOKIE, _proof(key), httponly=True, samesite="strict")
        return answer

    @routes.get("/oordelen.jsonl")
    def lines(request: Request) -> Response:
        return _for_staff(request, key, lambda: _lines(feedback))

    @routes.post("/oordelen/wis")
    def erase(request: Request, zeker: Annotated[str, Form()] = "") -> Response:
        if zeker != "ja":
            return RedirectResponse("/oordelen", status_code=303)
        return _for_staff(request, key, lambda: shown("Oordelen", "/over", lambda: _erased(feedback)))


def _for_staff(request: Request, key: str, make: Callable[[], Response]) -> Response:
    shown_proof = request.cookies.get(COOKIE, "").encode()  # of any letters: as text only ASCII can be compared
    if is_here(request) or (key and compare_digest(shown_proof, _proof(key).encode())):
        return make()
    return shown("Oordelen", "/over", lambda: locked_html(bool(key)), status=403)


def is_here(request: Request) -> bool:
    """Whether a request comes from the computer that this runs on, and was not passed on from elsewhere."""
    try:
        near = request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
    passed_on = any(name in request.headers for name in FORWARDED)
    return near and not passed_on and urlsplit(f"//{request.headers.get('host', '')}").hostname in LOCAL


def _proof(key: str) -> str:
    return sha256(f"raadwijzer\0{key}".encode()).hexdigest()


def _lines(feedback: Feedback) -> Response:
    try:
        return download(feedback.lines().encode(), "application/jsonl; charset=utf-8", "oordelen.jsonl")
    except RaadwijzerError as error:
        return PlainTextResponse(str(error), status_code=500)


def _kept(feedback: Feedback, turn: Turn, verdict: str, reason: str) -> Html:
    feedback.keep(opinion_of(turn, verdict == "goed", reason))
    said = "Uw oordeel is bewaard op de computer waarop Raadwijzer draait."
    return join(tag("h1", "Dank u"), tag("p", said), tag("a", "Terug", href="/"))


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
