"""What every response carries and every request must have: security headers, a known host, our own origin.

A plain ASGI layer around the whole application. It also puts Gradio's page in our frame (``shell.adopt``) and gives
each browser the session cookie under which its conversation is kept; the cookie is gone when the browser closes.
"""

from __future__ import annotations

from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.shell import adopt
from rag.web.turns import COOKIE, new_id

# Gradio starts from inline scripts and compiles its templates in the browser: hence 'unsafe-inline' and 'unsafe-eval'.
# What counts here is that nothing is fetched from, or sent to, any other address.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with "no-referrer" a browser sends our own forms with the origin "null"
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Wraps the application. ``hosts`` are the names it answers to; empty means any (when served to a network)."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] = LOCAL) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], scope["path"], headers)
        if refusal:
            await PlainTextResponse(refusal, status_code=403)(scope, receive, send)
            return
        if scope["method"] == "GET" and scope["path"] == "/":
            await self._page(scope, receive, send, has_cookie(headers))
            return
        await self._app(scope, receive, _with_headers(send))

    def _refusal(self, method: str, path: str, headers: Headers) -> str:
        """Why a request is not served; empty when it is."""
        if self._hosts and _hostname(headers.get("host", "")) not in self._hosts:
            return "Raadwijzer antwoordt niet onder deze naam. Gebruik http://127.0.0.1 met het poortnummer."
        origin = headers.get("origin")
        if method not in SAFE_METHODS and origin and urlsplit(origin).netloc != headers.get("host", ""):
            return "Dit verzoek kwam van een andere website en is geweigerd."
        if path.rstrip("/").endswith("/upload"):  # Gradio's, which takes files of any size; nothing here needs them
            return "Raadwijzer neemt via deze pagina geen bestanden aan. Zet ze in de map met documenten."
        return ""

    async def _page(self, scope: Scope, receive: Receive, send: Send, known: bool) -> None:
        """Gradio's page, rewritten; it is a few tens of kB and comes in one piece."""
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            if message["type"] != "http.response.body":  # an extension, such as that of Starlette's test client
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                await _send_page(start, bytes(body), _with_headers(send), known)

        await self._app(_uncompressed(scope), receive, collect)


async def _send_page(start: Message, body: bytes, send: Send, known: bool) -> None:
    headers = MutableHeaders(raw=list(start["headers"]))
    if start["status"] == 200 and headers.get("content-type", "").startswith("text/html"):
        body = adopt(body.decode("utf-8")).encode("utf-8")
        headers["content-length"] = str(len(body))
        if not known:
            headers.append("set-cookie", f"{COOKIE}={new_id()}; Path=/; HttpOnly; SameSite=Strict")
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})


def _uncompressed(scope: Scope) -> Scope:
    kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return {**scope, "headers": kept}


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            for name, value in HEADERS.items():
                headers[name] = value
            message = {**message, "headers": headers.raw}
        await send(message)

    return with_headers


def has_cookie(headers: Headers) -> bool:
    """Whether this browser has its session cookie already."""
    return COOKIE in SimpleCookie(headers.get("cookie", ""))


def _hostname(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""
