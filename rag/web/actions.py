"""What can be done with an answer, as HTML: copy, save, link, judge, and see how it was made. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Answer, Citation, Claim
from rag.web.html import Html, join, tag, url
from rag.web.parts import icon, question_url
from rag.web.turns import Turn

MADE = {  # answerer → how it made an answer
    "extractive": "Zinnen uit de documenten, letterlijk overgenomen. Er is geen taalmodel gebruikt.",
    "llm": "Geschreven door een taalmodel op de computer waarop Raadwijzer draait; elke zin is daarna gecontroleerd.",
}
CHOSEN = "Gekozen door een taalmodel, letterlijk overgenomen uit de documenten."
UNMADE = "Er is geen antwoord gemaakt."
MADE_AFTER_ALL = "Het taalmodel leverde niets dat de controle doorstond. Daarom staan hier zinnen uit de documenten."


def actions(turn: Turn) -> Html:
    """What can be done with the answer of a turn."""
    export = [
        tag("a", name, href=f"/meenemen/{turn.turn_id}.{ending}", class_="los", **extra)
        for name, ending, extra in (
            ("Word", "docx", {"download": True}),
            ("Markdown", "md", {"download": True}),
            ("Afdrukken", "html", {"target": "_blank", "rel": "noopener"}),
        )
    ]
    return tag(
        "div",
        tag(
            "button",
            icon("kopie"),
            "Kopieer met bronnen",
            type="button",
            class_="los",
            data_doe="kopieer",
            data_bron=f"/meenemen/{turn.turn_id}.txt",
        ),
        tag(
            "button",
            icon("link"),
            "Kopieer link naar deze vraag",
            type="button",
            class_="los",
            data_doe="kopieer-link",
            data_adres=question_url(turn.question, turn.filters),
        ),
        tag("a", icon("klok"), "Tijdlijn", href=url("/tijdlijn", onderwerp=turn.about or turn.question), class_="los"),
        tag("span", tag("span", "Bewaar als ", class_="etiket"), [join(one, " ") for one in export], class_="groep"),
        feedback(turn),
        class_="acties",
    )


def feedback(turn: Turn) -> Html:
    """Thumbs with a reason; a plain form, so that it works without a script."""
    return tag(
        "details",
        tag("summary", icon("duim"), "Klopt dit?", class_="los"),
        tag(
            "form",
            tag("input", type="hidden", name="beurt", value=turn.turn_id),
            tag(
                "fieldset",
                tag("legend", "Is dit antwoord goed?"),
                _choice("oordeel", "goed", "Ja, dit klopt"),
                _choice("oordeel", "fout", "Nee, er klopt iets niet"),
            ),
            tag(
                "label",
                "Wat is er goed of fout? (mag leeg blijven)",
                tag("textarea", name="reden", rows=2, maxlength=1000),
            ),
            tag("button", "Verstuur", type="submit", class_="knop"),
            tag("p", "Uw oordeel blijft op de computer waarop Raadwijzer draait.", class_="klein"),
            method="post",
            action="/oordeel",
            data_doe="oordeel",
        ),
        class_="oordeel",
    )


def _choice(name: str, value: str, label: str) -> Html:
    """None is chosen beforehand: who sends a remark without choosing must not be counted as content."""
    return tag("label", tag("input", type="radio", name=name, value=value, required=True), label, class_="keuze")


def fell_back(answer: Answer) -> bool:
    """Whether sentences of the documents stand in for what a language model made."""
    return answer.answerer not in MADE


def is_literal(claim: Claim, citations: Sequence[Citation]) -> bool:
    """Whether a claim is word for word one of the quotes that it cites; white space may differ.

    Its support does not tell: a sentence of a model whose content words all stand in the quote has a support of 1.0.
    """
    words = claim.text.split()
    return any(one.quote.split() == words for one in citations if one.marker in claim.citations)


def _manner(answer: Answer) -> str:
    """How an answer came about, in a sentence."""
    if not answer.answered:
        return UNMADE
    if answer.answerer == "llm" and all(is_literal(claim, answer.citations) for claim in answer.claims):
        return CHOSEN
    return MADE.get(answer.answerer, MADE_AFTER_ALL)


def how(answer: Answer) -> Html:
    """How the answer was made, for who wants to know."""
    times = answer.timings_ms
    spent = [
        f"{name} {times[key]:.0f} ms".replace(".", ",")
        for key, name in (("search", "zoeken"), ("answer", "antwoorden"))
        if key in times
    ]
    rows = [
        ("Manier", _manner(answer)),
        ("Model", answer.model or "geen taalmodel"),
        ("Zekerheid dat de documenten antwoord geven", f"{round(answer.confidence * 100)}%"),
        ("Tijd", ", ".join(spent) or "niet gemeten"),
    ]
    return tag(
        "details",
        tag("summary", "Hoe is dit antwoord gemaakt?"),
        tag("dl", [join(tag("dt", name), tag("dd", said)) for name, said in rows]),
        class_="hoe",
    )
