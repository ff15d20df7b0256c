"""Bytes → a tree of elements, safely: no entity is resolved, nothing is fetched, and size and depth are bounded."""

from __future__ import annotations

import re
from html import entities
from typing import Any

from lxml import etree

from rag.documents.source import decode
from rag.errors import UnreadableFile

Element = Any  # lxml has no types of its own

MOST_TAGS = 1_000_000  # a tree takes some 200 bytes for each
MOST_ATTRIBUTES = 2000  # of an element; reading more takes time that grows with their square
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{4096,}")
_DEEP = "Excessive depth"
_REASONS = (
    (_DEEP, "is te diep genest"),
    ("amplification", "bevat XML-entiteiten die zichzelf vermenigvuldigen"),
    ("entity reference loop", "bevat XML-entiteiten die naar zichzelf verwijzen"),
)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_LATIN = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii"})


def xml_tree(data: bytes, name: str) -> Element:
    """The root of an XML document. Raises UnreadableFile."""
    _check_size(data, name)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        known = next((reason for sign, reason in _REASONS if sign in str(error)), "")
        raise UnreadableFile(name, known or f"is geen geldige XML ({_where(error)})") from error


def html_tree(data: bytes, name: str) -> Element:
    """The root of a web page, mended where it is broken. Raises UnreadableFile."""
    _check_size(data, name)
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    text = html_text(data, name).replace("\x00", "")
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile(name, "is geen leesbare webpagina") from error
    if any(_DEEP in entry.message for entry in parser.error_log):
        raise UnreadableFile(name, "is te diep genest")
    if root is None:
        raise UnreadableFile(name, "is leeg")
    return root


def html_text(data: bytes, name: str) -> str:
    """The text of a web page with its tags: UTF-8 when it is that, else as the page says, else as it looks."""
    found = _CHARSET.search(data[:4096])
    said = found.group(1).decode("ascii").lower() if found else ""
    if said and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) and b"\x00" not in data:
        for encoding in ("utf-8", "cp1252" if said in _LATIN else said):
            try:
                return data.decode(encoding)
            except (UnicodeDecodeError, LookupError):
                continue
    return decode(data, name)


def entity(node: Element) -> str:
    """What an unresolved entity stands for: a character of HTML, else as it is written."""
    written = str(node.text)
    return entities.html5.get(written[1:], written)


def local(node: Element) -> str:
    """The name of an element without its namespace, in small letters; empty for a comment and the like."""
    tag = node.tag
    return tag.rsplit("}", 1)[-1].lower() if isinstance(tag, str) else ""


def _check_size(data: bytes, name: str) -> None:
    """Refuse what would take more memory or time than its size is worth: too many tags, or attributes in one."""
    if data.count(b"<") > MOST_TAGS:
        raise UnreadableFile(name, f"heeft te veel opmaak (meer dan {MOST_TAGS} tekens '<')")
    if any(max(tag.count(b"="), tag.count(b" ")) > MOST_ATTRIBUTES for tag in _LONG_TAG.findall(data)):
        raise UnreadableFile(name, f"heeft een element met meer dan {MOST_ATTRIBUTES} eigenschappen")


def _where(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    return f"fout in regel {line}" if line else type(error).__name__
