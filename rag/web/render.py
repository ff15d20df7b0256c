"""Turn → HTML: the answer with its marks, its sources, its state of proof, or the honest absence of one.

Pure: the same turn gives the same markup. Knows no assistant, no Gradio and no addresses outside this page.
"""

from __future__ import annotations

import re

from rag.types import Answer, Citation, Claim, Hit
from rag.web import wording
from rag.web.actions import actions, fell_back, how
from rag.web.filters import is_empty
from rag.web.html import Html, join, tag
from rag.web.parts import (
    above,
    also_in,
    citation_provenance,
    citation_url,
    document_url,
    hit_card,
    hit_provenance,
    icon,
    opens,
    question_url,
    quoted,
    shortened,
)
from rag.web.turns import SHOWN_HITS, Turn, unusable

LITERAL = 0.999  # from this support on a claim is a verbatim quote
LONGEST_HEADING = 200  # characters of a question above its answer
MARKS = re.compile(r"\s*\[\d+\]")
OPTION = re.compile(r"(--\w+)")  # of a command: not to be broken after its dashes


def turn_html(turn: Turn) -> Html:
    """A turn in any state, for the place of the answer."""
    body = {
        "searching": _searching,
        "writing": _writing,
        "done": _done,
        "stopped": _stopped,
        "failed": _failed,
    }[turn.state](turn)
    return tag(
        "article",
        _heading(turn),
        body,
        class_="beurt",
        id=f"beurt-{turn.turn_id}",
        data_stand=turn.state,
        data_vraag=turn.question,
        data_adres=question_url(turn.question, turn.filters),
        data_moment=turn.moment,
        aria_busy="true" if turn.state in {"searching", "writing"} else None,
    )


def _heading(turn: Turn) -> Html:
    understood = turn.question != turn.typed
    return tag(
        "header",
        tag("h2", shortened(turn.typed, LONGEST_HEADING)),
        tag(
            "p",
            "Begrepen als: ",
            tag("strong", turn.question),
            f" (in: {turn.about})" if turn.about else None,
            " ",
            tag(
                "button", "Pas de vraag aan", type="button", class_="los", data_doe="verbeter", data_tekst=turn.question
            ),
            class_="begrepen",
        )
        if understood
        else None,
        class_="beurt-kop",
    )


def status_line(text: str, busy: bool = False) -> Html:
    """What the program is doing, in words, with a moving sign for who can see it."""
    return tag("p", tag("span", class_="bezig", aria_hidden="true") if busy else None, text, class_="toestand")


def _searching(turn: Turn) -> Html:
    return status_line("Zoeken in de documenten …", busy=True)


def _writing(turn: Turn) -> Html:
    return join(
        status_line(f"{_found(turn.hits)} Het antwoord wordt samengesteld …", busy=True),
        _answer_text(turn) if turn.claims else None,
        _sources(turn) if turn.citations else _evidence(turn.hits),
    )


def _stopped(turn: Turn) -> Html:
    said = "Gestopt. Het antwoord is niet af." if turn.claims else "Gestopt voordat er een antwoord was."
    return join(
        status_line(said),
        _answer_text(turn) if turn.claims else None,
        _sources(turn) if turn.citations else _evidence(turn.hits),
        _again(turn),
    )


def _failed(turn: Turn) -> Html:
    box = error_box("Dit ging niet goed", turn.error or "Er ging iets mis.")
    again = None if unusable(turn.question) else _again(turn)  # the same words would fail again
    return join(box, again, _evidence(turn.hits, "Dit is wel gevonden"))  # search needs no language model


def error_box(title: str, message: str, todo: Html | None = None) -> Html:
    """A problem with what to do about it."""
    return tag(
        "div",
        tag("p", icon("let-op"), tag("strong", title)),
        tag("p", [tag("span", part, class_="optie") if OPTION.match(part) else part for part in OPTION.split(message)]),
        todo,
        class_="melding fout",
    )


def _again(turn: Turn) -> Html:
    return tag(
        "p",
        tag("button", "Stel de vraag opnieuw", type="button", class_="knop", data_doe="stel", data_tekst=turn.typed),
    )


def _found(hits: tuple[Hit, ...]) -> str:
    documents = len(dict.fromkeys(hit.document.path for hit in hits))
    if not hits:
        return "Niets gevonden dat lijkt op uw vraag."
    return (
        f"{wording.count(len(hits), 'passage', 'passages')} gevonden in "
        f"{wording.count(documents, 'document', 'documenten')}."
    )


def _evidence(hits: tuple[Hit, ...], title: str = "Dit is gevonden") -> Html | None:
    if not hits:
        return None
    return tag("section", tag("h3", title), tag("ol", [hit_card(hit) for hit in hits[:SHOWN_HITS]], class_="kaarten"))


def _done(turn: Turn) -> Html:
    answer = turn.answer
    if answer is None or not answer.answered:
        return _no_answer(turn)
    return join(
        proof(answer),
        _answer_text(turn),
        _unanswered(answer),
        notice(),
        _newer(turn.newer),
        actions(turn),
        _sources(turn),
        dropped(answer),
        _similar(turn.similar),
        how(answer),
    )


def notice() -> Html:
    """The standing notice that a computer made the answer."""
    return tag("p", icon("info"), tag("span", wording.NOTICE), class_="waarschuwing")


def proof(answer: Answer) -> Html:
    """How far the answer is proven, in words and shape."""
    state, shape, title, said = proof_state(answer)
    return tag("p", icon(shape), tag("strong", title), tag("span", said), class_=f"bewijs {state}", data_bewijs=state)


def proof_state(answer: Answer) -> tuple[str, str, str, str]:
    """How far an answer is proven: (class, drawing, word, explanation)."""
    if not answer.answered:
        return ("niet-gevonden", "leeg", "Niet gevonden.", "De documenten geven hier geen antwoord op.")
    own = sum(claim.support < LITERAL for claim in answer.claims)
    left = len(answer.dropped)
    if own == 0 and (left == 0 or fell_back(answer)):  # what was left out, sentences of a source replaced
        return ("bewezen", "vol", "Bewezen.", "Elke zin van dit antwoord staat letterlijk in de bron.")
    said = []
    if own:
        said.append(f"{wording.count(own, 'zin is', 'zinnen zijn')} in eigen woorden; vergelijk met de bron.")
    if left:
        said.append(f"{wording.count(left, 'zin is', 'zinnen zijn')} weggelaten, want de bron zegt dat niet.")
    return ("gedeeltelijk", "half", "Gedeeltelijk bewezen.", " ".join(said))


def _answer_text(turn: Turn) -> Html:
    by_marker = {one.marker: one for one in turn.citations}
    sentences = [_claim(turn, claim, by_marker) for claim in turn.claims]
    return tag("div", tag("p", [join(sentence, " ") for sentence in sentences]), class_="antwoordtekst")


def _claim(turn: Turn, claim: Claim, by_marker: dict[int, Citation]) -> Html:
    marks = [_mark(turn, by_marker[marker]) for marker in claim.citations if marker in by_marker]
    text = MARKS.sub("", claim.text).strip()
    kind = "letterlijk" if claim.support >= LITERAL else "eigen-woorden"
    return tag(
        "span",
        text,
        tag("span", [join("\N{NO-BREAK SPACE}", mark) for mark in marks], class_="merken"),
        class_=f"zin {kind}",
    )


def _mark(turn: Turn, citation: Citation) -> Html:
    """A citation mark: a link to the sentence. The quote it stands for is its description, shown on hover and focus."""
    place = ", ".join([citation.title, *wording.place(citation)])
    return tag(
        "a",
        f"[{citation.marker}]",
        class_="merk",
        href=citation_url(citation),
        data_doe="bron",
        data_citaat=_quote_id(turn, citation),
        aria_label=f"Bron {citation.marker}: {place}",
    )


def _quote_id(turn: Turn, citation: Citation) -> str:
    return f"citaat-{turn.turn_id}-{citation.marker}"


def _sources(turn: Turn) -> Html:
    cards, before = [], ""
    for one in turn.citations:
        cards.append(_source(turn, one, before))
        before = one.passage_id
    return tag("section", tag("h3", "Bronnen"), tag("ol", cards, class_="kaarten bronnen"), class_="bronnenlijst")


def _source(turn: Turn, citation: Citation, before: str) -> Html:
    """One source. The question above is left out when the source ``before`` it is the same passage."""
    shown = turn.excerpts.get(citation.marker)
    return tag(
        "li",
        tag(
            "p",
            tag("span", f"[{citation.marker}]", class_="nummer"),
            " ",
            tag("a", citation.title, **opens(citation.document, citation.start, citation.end)),
            class_="kop",
        ),
        tag("p", citation_provenance(citation)),
        above(shown.question) if shown and citation.passage_id != before else None,
        tag("p", citation.quote, class_="verborgen", id=_quote_id(turn, citation), hidden=True),
        quoted(shown) if shown else tag("blockquote", tag("mark", citation.quote), class_="passage"),
        also_in(citation.also_in),
        class_="kaart",
    )


def _unanswered(answer: Answer) -> Html | None:
    """The parts of a question on which the documents are silent."""
    if not answer.unanswered:
        return None
    parts = [tag("li", f"‘{part}’") for part in answer.unanswered]
    title = wording.UNANSWERED if len(parts) == 1 else wording.UNANSWERED_PARTS
    return tag(
        "div",
        tag("p", icon("leeg"), tag("strong", f"{title}:")),
        tag("ul", parts, class_="lijst"),
        class_="melding onbeantwoord",
    )


def _newer(hits: tuple[Hit, ...]) -> Html | None:
    """A more recent position than the one cited: said before anyone relies on the older one."""
    if not hits:
        return None
    links = [
        tag(
            "li",
            tag("a", hit.document.title, **opens(hit.document.path, hit.passage.start, hit.passage.end)),
            " ",
            hit_provenance(hit),
        )
        for hit in hits
    ]
    return tag(
        "div",
        tag("p", icon("klok"), tag("strong", f"{wording.NEWER}.")),
        tag("p", "Dit past bijna net zo goed bij uw vraag. Kijk of daar iets anders staat:"),
        tag("ul", links, class_="lijst"),
        class_="melding recenter",
    )


def dropped(answer: Answer) -> Html | None:
    """What a model wrote and verification refused, folded away, each with its reason."""
    if not answer.dropped:
        return None
    items = [
        tag("li", tag("s", MARKS.sub("", one.text)), tag("span", f"Reden: {one.reason}", class_="reden"))
        for one in answer.dropped
    ]
    title = f"{wording.count(len(items), 'zin', 'zinnen')} weggelaten omdat de bron dat niet zegt"
    return tag("details", tag("summary", title), tag("ul", items), class_="weggelaten")


def _similar(hits: tuple[Hit, ...]) -> Html | None:
    """Questions in the documents that resemble this one."""
    if not hits:
        return None
    return tag(
        "details",
        tag("summary", "Is dit al eerder gevraagd?"),
        tag("p", "Deze vragen uit de documenten lijken op uw vraag:"),
        tag("ol", [hit_card(hit, 300) for hit in hits], class_="kaarten"),
        class_="eerder",
    )


def _no_answer(turn: Turn) -> Html:
    answer = turn.answer
    nearest = answer.nearest if answer else turn.hits
    return join(
        tag(
            "p",
            icon("leeg"),
            tag("strong", f"{wording.NO_ANSWER}."),
            class_="bewijs niet-gevonden",
            data_bewijs="niet-gevonden",
        ),
        _missing(answer),
        tag("p", _advice(turn)),
        _evidence(nearest, "Dit vond ik wél"),
        _similar(turn.similar),
        actions(turn),
        how(answer) if answer else None,
    )


def _missing(answer: Answer | None) -> Html | None:
    """What the question names and the documents do not."""
    if answer is None or not answer.missing:
        return None
    return tag("p", f"{wording.MISSING}: ", tag("strong", wording.listed(answer.missing)), ".", class_="ontbreekt")


def _advice(turn: Turn) -> str:
    if not is_empty(turn.filters):
        return "U zoekt met filters. Haal een filter weg, of stel de vraag met andere woorden."
    return "Stel de vraag met andere woorden, of kijk bij Documenten wat er in Raadwijzer staat."


def announcement(turn: Turn) -> str:
    """What a screen reader hears, once, when a turn has ended."""
    if turn.state == "failed":
        return f"Dit ging niet goed. {turn.error or ''}".strip()
    if turn.state == "stopped":
        return "Gestopt."
    if turn.answer is None or not turn.answer.answered:
        nearest = len(turn.answer.nearest) if turn.answer else 0
        return f"{wording.NO_ANSWER}. Wel gevonden: {wording.count(nearest, 'passage', 'passages')}."
    text = " ".join(MARKS.sub("", claim.text).strip() for claim in turn.claims)
    return f"Antwoord: {text} Met {wording.count(len(turn.citations), 'bron', 'bronnen')}."


def earlier(turns: tuple[Turn, ...]) -> Html:
    """The earlier questions of a conversation, newest first, folded."""
    if not turns:
        return Html("")
    folded = [
        tag("details", tag("summary", turn.typed), turn_html(turn), class_="eerdere-vraag") for turn in reversed(turns)
    ]
    return tag("section", tag("h2", "Eerder in dit gesprek"), folded, class_="eerdere")


def newest(turn: Turn) -> Html:
    """The newest turn in full when it has ended, with the way to wipe the conversation."""
    wipe = tag("button", "Wis dit gesprek", type="button", class_="los", data_doe="wis")
    return join(turn_html(turn), tag("p", wipe, class_="gesprek-acties"))


__all__ = ["announcement", "document_url", "earlier", "error_box", "newest", "turn_html"]
