"""HTML that is escaped by construction: whatever is not ``Html`` already is text, and is escaped.

Knows no documents and no answers. Braces, dollar signs and back ticks are escaped as well, so text stays text when
a browser-side template (Gradio's ``gr.HTML`` has one) passes over it.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit

_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&#39;",
        "`": "&#96;",
        "{": "&#123;",
        "}": "&#125;",
        "$": "&#36;",
        "\0": "\N{REPLACEMENT CHARACTER}",
    }
)
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Html(str):
    """Markup that is safe to show. Only this module makes it out of text."""

    __slots__ = ()


Child = str | Iterable[str] | None


def escape(text: str) -> Html:
    """``text`` as it is to be read, with nothing left that a browser takes for markup."""
    return text if isinstance(text, Html) else Html(text.translate(_ESCAPES))


def join(*children: Child) -> Html:
    """The children after each other; text is escaped, ``None`` is left out, other iterables are opened."""
    parts: list[str] = []
    for child in children:
        if child is None:
            continue
        parts.extend([escape(child)] if isinstance(child, str) else [join(part) for part in child])
    return Html("".join(parts))


def tag(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """An element. ``class_`` is ``class``, ``aria_label`` is ``aria-label``; True is a bare attribute, None is none."""
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    if name in _VOID:
        return Html(opening)
    return Html(f"{opening}{join(*children)}</{name}>")


def _attribute(name: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    return f' {name}="{Html(str(value).translate(_ESCAPES))}"'


def url(path: str, fragment: str = "", **query: str | int | None) -> str:
    """An address within the page, with its query encoded; queries without a value are left out."""
    encoded = urlencode({key: value for key, value in query.items() if value is not None})
    return path + (f"?{encoded}" if encoded else "") + (f"#{fragment}" if fragment else "")


def web_address(address: str) -> str | None:
    """``address`` when it is plain http(s), otherwise None: a document may hold ``javascript:`` for a source."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    return address.strip() if parts.scheme in {"http", "https"} and parts.netloc else None
