"""The sources below an answer → HTML: a card for each passage, with every quote from it marked where it stands. Pure.

Sentences that stand close together are shown in one piece, so that nothing has to be read twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rag.types import Citation, Location
from rag.web import wording
from rag.web.excerpts import Excerpt, between
from rag.web.html import Html, join, tag
from rag.web.parts import above, also_in, citation_provenance, citation_url, opens
from rag.web.turns import Turn

CUT = "…"
Quoted = tuple[Citation, Excerpt]


def sources(turn: Turn) -> Html:
    """The cards, in the order of the marks."""
    cards, before = [], ""
    for group in _groups(turn.citations):
        cards.append(_card(turn, group, repeated=group[0].passage_id == before))
        before = group[0].passage_id
    return tag("section", tag("h3", "Bronnen"), tag("ol", cards, class_="kaarten bronnen"), class_="bronnenlijst")


def quote_id(turn: Turn, citation: Citation) -> str:
    """The id of the words that the mark of a citation shows."""
    return f"citaat-{turn.turn_id}-{citation.marker}"


def _groups(citations: Sequence[Citation]) -> list[list[Citation]]:
    """Citations that follow each other in the same passage and on the same page."""
    groups: list[list[Citation]] = []
    for one in citations:
        last = groups[-1][-1] if groups else None
        if last and last.passage_id == one.passage_id and wording.place(last) == wording.place(one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _card(turn: Turn, group: Sequence[Citation], repeated: bool) -> Html:
    """One card. The question above is left out when the card before is of the same passage (``repeated``)."""
    first = group[0]
    shown = turn.excerpts.get(first.marker)
    numbers = " ".join(f"[{one.marker}]" for one in group)
    return tag(
        "li",
        tag(
            "p",
            tag("span", numbers, class_="nummer"),
            " ",
            tag("a", first.title, **opens(citation_url(first))),
            class_="kop",
        ),
        tag("p", citation_provenance(first)),
        above(shown.question) if shown and not repeated else None,
        [tag("p", one.quote, class_="verborgen", id=quote_id(turn, one), hidden=True) for one in group],
        _quotes(turn, group),
        also_in(_elsewhere(group)),
        class_="kaart",
    )


def _elsewhere(group: Sequence[Citation]) -> tuple[Location, ...]:
    return tuple(dict.fromkeys(where for one in group for where in one.also_in))


def _quotes(turn: Turn, group: Sequence[Citation]) -> Html:
    """The quotes of a passage, those close together in one piece."""
    pieces: list[list[Quoted]] = []
    for one in group:
        shown = turn.excerpts.get(one.marker) or Excerpt("", "", one.quote, "", False, False, one.start, one.end)
        if pieces and between(pieces[-1][-1][1], shown) is not None:
            pieces[-1].append((one, shown))
        else:
            pieces.append([(one, shown)])
    return join([_piece(piece, numbered=len(group) > 1) for piece in pieces])


def _piece(piece: Sequence[Quoted], numbered: bool) -> Html:
    first, last = piece[0][1], piece[-1][1]
    joints = [between(one, other) for (_, one), (_, other) in pairwise(piece)]
    return tag(
        "blockquote",
        f"{CUT}\N{NO-BREAK SPACE}" if first.cut_before else None,
        first.before,
        [join(_marked(*one, numbered=numbered), joint) for one, joint in zip(piece, [*joints, None], strict=True)],
        last.after,
        f"\N{NO-BREAK SPACE}{CUT}" if last.cut_after else None,
        class_="passage",
    )


def _marked(citation: Citation, shown: Excerpt, numbered: bool) -> Html:
    """A quote; with its number, a link to its place, where there are several."""
    words = tag("mark", shown.quote)
    if not numbered:
        return words
    number = tag(
        "a",
        f"[{citation.marker}]",
        href=citation_url(citation),
        data_doe="bron",
        class_="nummer",
        aria_label=f"Open bron {citation.marker}",
    )
    return join(number, "\N{NO-BREAK SPACE}", words)
