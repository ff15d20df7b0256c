"""Turn → HTML: the answer with its marks, its sources, its state of proof, or the honest absence of one.

Pure: the same turn gives the same markup. Knows no assistant, no Gradio and no addresses outside this page.
"""

from __future__ import annotations

from rag.phrases import shorten
from rag.types import Citation, Claim, Hit
from rag.web import wording
from rag.web.actions import actions, how, is_literal
from rag.web.citing import quote_id, sources
from rag.web.filters import CHIP, chips, filter_value, is_empty, to_json
from rag.web.html import Html, join, tag
from rag.web.parts import citation_url, hit_card, icon, question_url
from rag.web.remarks import (
    dropped,
    error_box,
    is_unsure,
    later,
    missing,
    newer,
    notice,
    proof,
    unanswered,
    unsure,
    without,
)
from rag.web.turns import SHOWN_HITS, Turn, chosen_for, unusable

LONGEST_HEADING = 200  # characters of a question above its answer


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
        data_filters=to_json(chosen_for(turn)),
        data_moment=turn.moment,
        aria_busy="true" if turn.state in {"searching", "writing"} else None,
    )


def _heading(turn: Turn) -> Html:
    understood = turn.question != turn.typed
    return tag(
        "header",
        tag("h2", shorten(turn.typed, LONGEST_HEADING)),
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
        _limits(turn),
        class_="beurt-kop",
    )


def _limits(turn: Turn) -> Html:
    """With which filters was searched, and that others are chosen by now."""
    said = [f"{CHIP[name]}: {filter_value(name, value)}" for name, value, _ in chips(chosen_for(turn))]
    return join(
        tag("p", "Gezocht met filters: ", "; ".join(said), class_="met-filters klein") if said else None,
        _other_filters(turn) if turn.state in {"done", "stopped"} else None,
    )


def _other_filters(turn: Turn) -> Html:
    """Hidden until the script sees that the filters are others than those of this answer."""
    again = turn.typed if turn.about else turn.question  # what a follow-up was understood as stands by itself
    name = "Vraag opnieuw met de filters van nu"
    return tag(
        "div",
        tag("p", "U hebt nu andere filters gekozen. Dit antwoord hoort nog bij de vorige keuze."),
        tag("button", name, type="button", class_="los", data_doe="stel", data_tekst=again),
        class_="andere-filters",
        hidden=True,
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
        sources(turn) if turn.citations else _evidence(turn.hits),
    )


def _stopped(turn: Turn) -> Html:
    said = "Gestopt. Het antwoord is niet af." if turn.claims else "Gestopt voordat er een antwoord was."
    return join(
        status_line(said),
        _answer_text(turn) if turn.claims else None,
        sources(turn) if turn.citations else _evidence(turn.hits),
        _again(turn),
    )


def _failed(turn: Turn) -> Html:
    bad = unusable(turn.question)  # the same words would fail again
    title = "Zo kan de vraag niet worden gesteld" if bad else "Dit ging niet goed"
    box = error_box(title, turn.error or "Er ging iets mis.")
    again = None if bad else _again(turn)
    return join(box, again, _evidence(turn.hits, "Dit is wel gevonden"))  # search needs no language model


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
        without(turn.without),
        proof(answer),
        unsure(answer),
        _answer_text(turn),
        unanswered(answer),
        notice(),
        newer(turn.newer),
        later(turn.later),
        actions(turn),
        sources(turn),
        dropped(answer),
        _similar(turn.similar),
        how(answer),
    )


def _answer_text(turn: Turn) -> Html:
    by_marker = {one.marker: one for one in turn.citations}
    sentences = [_claim(turn, claim, by_marker) for claim in turn.claims]
    return tag("div", tag("p", [join(sentence, " ") for sentence in sentences]), class_="antwoordtekst")


def _claim(turn: Turn, claim: Claim, by_marker: dict[int, Citation]) -> Html:
    marks = [_mark(turn, by_marker[marker]) for marker in claim.citations if marker in by_marker]
    kind = "letterlijk" if is_literal(claim, turn.citations) else "eigen-woorden"
    return tag(
        "span",
        claim.text.strip(),
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
        data_citaat=quote_id(turn, citation),
        aria_label=f"Bron {citation.marker}: {place}",
    )


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
        without(turn.without),
        missing(answer),
        tag("p", _advice(turn)),
        _evidence(nearest, "Dit vond ik wél"),
        _similar(turn.similar),
        actions(turn),
        how(answer) if answer else None,
    )


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
    text = " ".join(claim.text.strip() for claim in turn.claims)
    said = f"Antwoord: {text} Met {wording.count(len(turn.citations), 'bron', 'bronnen')}."
    return f"{said} {wording.UNSURE}" if is_unsure(turn.answer) else said


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
