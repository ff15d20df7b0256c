"""What is said about an answer, as HTML: how far it is proven, what it leaves open, what is newer, what was left out.

Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.phrases import MARK
from rag.types import Answer, Hit
from rag.web import wording
from rag.web.actions import fell_back, is_literal
from rag.web.html import Html, join, tag
from rag.web.parts import hit_provenance, icon, opens_hit

SURE = 0.5  # of 273 answers to questions by other people 38% held all facts below this, 66% from it on
OPTION = re.compile(r"(--\w+)")  # of a command: not to be broken after its dashes


def notice() -> Html:
    """The standing notice that a computer made the answer."""
    return tag("p", icon("info"), tag("span", wording.NOTICE), class_="waarschuwing")


def proof(answer: Answer) -> Html:
    """How far the answer is proven, in words and shape."""
    state, shape, title, said = proof_state(answer)
    return tag("p", icon(shape), tag("strong", title), tag("span", said), class_=f"bewijs {state}", data_bewijs=state)


def is_unsure(answer: Answer) -> bool:
    """Whether an answer more likely is none: what it says is proven all the same."""
    return answer.answered and answer.confidence < SURE


def unsure(answer: Answer) -> Html | None:
    """That an answer may not answer the question."""
    return tag("p", icon("let-op"), tag("span", wording.UNSURE), class_="onzeker") if is_unsure(answer) else None


def proof_state(answer: Answer) -> tuple[str, str, str, str]:
    """How far an answer is proven: (class, drawing, word, explanation)."""
    if not answer.answered:
        return ("niet-gevonden", "leeg", "Niet gevonden.", "De documenten geven hier geen antwoord op.")
    own = sum(not is_literal(claim, answer.citations) for claim in answer.claims)
    left = len(answer.dropped)
    if own == 0 and (left == 0 or fell_back(answer)):  # what was left out, sentences of a source replaced
        return ("bewezen", "vol", "Bewezen.", "Elke zin van dit antwoord staat letterlijk in de bron.")
    said = []
    if own:
        said.append(f"{wording.count(own, 'zin is', 'zinnen zijn')} in eigen woorden; vergelijk met de bron.")
    if left:
        said.append(f"{wording.count(left, 'zin is', 'zinnen zijn')} weggelaten, want de bron zegt dat niet.")
    return ("gedeeltelijk", "half", "Gedeeltelijk bewezen.", " ".join(said))


def unanswered(answer: Answer) -> Html | None:
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


def newer(hits: tuple[Hit, ...]) -> Html | None:
    """A more recent position than the one cited: said before anyone relies on the older one."""
    if not hits:
        return None
    links = [
        tag(
            "li",
            tag("a", hit.document.title, **opens_hit(hit)),
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


def later(hits: tuple[Hit, ...]) -> Html | None:
    """What came after the year that the question names: worth knowing, no warning."""
    if not hits:
        return None
    links = [tag("a", hit.document.title, **opens_hit(hit)) for hit in hits]
    named = [join(link, f" ({wording.day_of(hit.document)})") for link, hit in zip(links, hits, strict=True)]
    return tag("p", icon("klok"), tag("span", f"{wording.LATER}: ", _listed(named), "."), class_="later")


def _listed(parts: Sequence[Html]) -> Html:
    return join(*[join(", " if 0 < place < len(parts) - 1 else " en " if place else "", part)
                  for place, part in enumerate(parts)])  # fmt: skip


def without(problem: str) -> Html | None:
    """That the language model cannot be used, why, and that the answer was made without it."""
    if not problem:
        return None
    said = "Dit antwoord bestaat daarom uit letterlijke zinnen. Wilt u deze melding niet meer zien, zet dan in "
    return tag(
        "div",
        tag("p", icon("let-op"), tag("strong", f"{wording.WITHOUT}.")),
        worded(problem),
        tag("p", said, tag("code", "raadwijzer.toml"), ": ", tag("code", 'answerer = "extractive"'), "."),
        class_="melding",
    )


def worded(message: str) -> Html:
    """A message, with the options of commands in one piece."""
    return tag(
        "p", [tag("span", part, class_="optie") if OPTION.match(part) else part for part in OPTION.split(message)]
    )


def dropped(answer: Answer) -> Html | None:
    """What a model wrote and verification refused, folded away, each with its reason."""
    if not answer.dropped:
        return None
    items = [
        tag("li", tag("s", MARK.sub("", one.text)), tag("span", f"Reden: {one.reason}", class_="reden"))
        for one in answer.dropped
    ]
    title = f"{wording.count(len(items), 'zin', 'zinnen')} weggelaten omdat de bron dat niet zegt"
    return tag("details", tag("summary", title), tag("ul", items), class_="weggelaten")


def missing(answer: Answer | None) -> Html | None:
    """What the question names and the documents do not."""
    if answer is None or not answer.missing:
        return None
    return tag("p", f"{wording.MISSING}: ", tag("strong", wording.listed(answer.missing)), ".", class_="ontbreekt")


def error_box(title: str, message: str, todo: Html | None = None) -> Html:
    """A problem with what to do about it."""
    return tag(
        "div",
        tag("p", icon("let-op"), tag("strong", title)),
        worded(message),
        todo,
        class_="melding fout",
    )
