"""What an official publication says of itself in its metadata and its dated elements."""

from __future__ import annotations

import re

from rag.documents.dates import is_day
from rag.documents.formats.trees import Element, local
from rag.documents.source import Fields
from rag.types import Person

_IDENTIFIER = re.compile(r"/((?:kst|ah|kv|h|blg|gmb|stcrt|stb|trb|bgr|prb|wsb|ag)-[\w.-]+?)(?:/metadata\.xml|\.html|$)")
_YEARS = re.compile(r"(\d{4})\s?[-–]\s?(\d{4})")
_SITE = "https://zoek.officielebekendmakingen.nl/"
_DATES = ("DCTERMS.issued", "OVERHEIDop.datumOntvangst", "OVERHEIDop.datumBrief", "DCTERMS.available")


def fields_of(root: Element) -> Fields:
    """The fields of a publication."""
    said = _metadata(root)
    identifier = _identifier(said)
    asked, answered = _dated(root, "vraag"), _dated(root, "antwoord")
    dates = [said[key][0] for key in _DATES if key in said and is_day(said[key][0])]
    other = next((node.get("isodatum") for node in root.iter("{*}datum") if is_day(node.get("isodatum") or "")), None)
    return Fields(
        title=next(iter(said.get("OVERHEIDop.documenttitel", [])), ""),
        date=answered or next(iter(dates), None) or (None if asked else other),
        date_asked=asked or _first_date(said, "OVERHEIDop.datumIndiening"),
        askers=tuple(Person(name) for name in said.get("OVERHEIDop.indiener", []) if asked or not answered),
        own_references=tuple(
            dict.fromkeys([identifier, *_numbers(root, said)] if identifier else _numbers(root, said))
        ),
        sources=(f"{_SITE}{identifier}.html",) if identifier else (),
    )


def _metadata(root: Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in root.iter("{*}meta", "{*}metadata"):
        if node.get("name") and node.get("content"):
            found.setdefault(node.get("name"), []).append(" ".join(node.get("content").split()))
    return found


def _identifier(said: dict[str, list[str]]) -> str:
    """The name by which the publication is known: "kst-28638-166", "ah-tk-20222023-691"."""
    for key in ("DC.identifier", "DCTERMS.identifier", "OVERHEIDop.externMetadataRecord"):
        for content in said.get(key, []):
            found = _IDENTIFIER.search(content if "/" in content else f"/{content}")
            if found:
                return found.group(1)
    return ""


def _numbers(root: Element, said: dict[str, list[str]]) -> list[str]:
    """The numbers of the publication, as texts refer to it."""
    dossiers = [_text(node).replace(" ", "") for node in root.iter("{*}dossiernr")]
    under = [_text(node) for node in root.iter("{*}ondernummer")]
    numbers = [f"Kamerstuk {dossier}, nr. {under[0]}" for dossier in dossiers if under and dossier]
    numbers += [number for number in said.get("OVERHEIDop.vraagnummer", []) if number]
    attached = [_text(node) for node in root.iter("{*}kamervraagnummer")]
    heads = " ".join(_text(node) for node in root.iter("{*}tekstregel"))
    years = _YEARS.search(heads)
    if years and attached and attached[0].isdigit() and "anhangsel" in heads:
        numbers.append(f"Aanhangsel Handelingen {years[1]}–{years[2]}, nr. {attached[0]}")
    elif attached and re.fullmatch(r"\d{4}Z\d{5}", attached[0]):
        numbers.append(attached[0])
    return numbers


def _dated(root: Element, kind: str) -> str | None:
    for node in root.iter("{*}kamervraagomschrijving", "{*}omschr"):
        if (node.get("type") or "vraag") == kind:
            found = (one.get("isodatum") or "" for one in node.iter() if local(one) == "datum")
            return next(filter(is_day, found), None)
    return None


def _first_date(said: dict[str, list[str]], key: str) -> str | None:
    return next(filter(is_day, said.get(key, [])), None)


def _text(node: Element) -> str:
    return " ".join("".join(node.itertext()).split())
