"""Small pieces of Dutch that several parts of the page share: dates, numbers of questions, lists. Knows no HTML."""

from __future__ import annotations

from collections.abc import Sequence

from rag import phrases
from rag.types import Citation, DocumentInfo, Person

NOTICE, number, count = phrases.NOTICE, phrases.number, phrases.count
NO_ANSWER = "Geen antwoord gevonden in de documenten"
NO_DATE = "zonder datum"
SAID_BEFORE = frozenset({"afzender", "indiener", "spreker"})  # roles that the heading of a list of people has said
UNANSWERED = "Op dit deel van de vraag vond ik geen antwoord"
UNANSWERED_PARTS = "Op deze delen van de vraag vond ik geen antwoord"
NEWER = "Er is een recenter stuk over dit onderwerp"
LATER = "Later verscheen over dit onderwerp ook"
UNSURE = "Het is niet zeker dat dit uw vraag beantwoordt. Lees de bronnen erbij."
WITHOUT = "Zonder taalmodel beantwoord"
MISSING = "Dit staat niet in wat het meest op uw vraag lijkt"


def date(iso: str | None) -> str:
    """``2022-08-30`` as "30 augustus 2022"; a year or a year with a month may stand alone."""
    if not iso:
        return NO_DATE
    parts = iso.split("-")
    if len(parts) == 3 and all(part.isdigit() for part in parts) and 1 <= int(parts[1]) <= 12:
        return f"{int(parts[2])} {phrases.MONTHS[int(parts[1]) - 1]} {parts[0]}"
    if len(parts) == 2 and all(part.isdigit() for part in parts) and 1 <= int(parts[1]) <= 12:
        return f"{phrases.MONTHS[int(parts[1]) - 1]} {parts[0]}"
    return iso


def day_of(info: DocumentInfo) -> str:
    """The date of a document; when it has none, the day on which its questions were asked."""
    return day(info.date, info.date_asked)


def day(iso: str | None, asked: str | None) -> str:
    """A date; without one, the day on which it was asked: "gevraagd op 1 juli 2021"."""
    return f"gevraagd op {date(asked)}" if iso is None and asked else date(iso)


def part(numbers: Sequence[str], label: str) -> str:
    """Which part of a document: its questions ("vraag 4", "vraag 4 (inleiding)"), or its name ("Overwegingen")."""
    if not [one for one in numbers if one != "*"]:
        return label or questions(numbers)
    return questions(numbers) + (f" ({label})" if label else "")


def place(one: Citation) -> list[str]:
    """Where a quote stands: the day, the question or part, the page."""
    page = f"bladzijde {one.page}" if one.page else ""
    return [said for said in (day(one.date, one.date_asked), part(one.questions, one.label), page) if said]


def listed(words: Sequence[str], last: str = "en") -> str:
    """For example "a", "a en b", "a, b en c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def questions(numbers: Sequence[str]) -> str:
    """For example "vraag 4", "vraag 2 en 3"; "buiten de vragen" outside them; empty without any."""
    if not numbers:
        return ""
    if tuple(numbers) == ("*",):
        return "buiten de vragen"
    return f"vraag {listed(list(numbers))}"


def person(who: Person) -> str:
    """For example "Anne Kuik (CDA, Kamerlid)", "Van der Burg (staatssecretaris van Justitie en Veiligheid)".

    Where nobody is named, a party asks: "fractie D66".
    """
    if who.name == who.party:
        return f"{who.role or 'fractie'} {who.name}"
    role = who.role or ""
    said = role and role not in SAID_BEFORE and role.lower() not in f"{who.name} {who.party}".lower()
    facts = ", ".join(one for one in (who.party, role if said else "") if one)
    return f"{who.name} ({facts})" if facts else who.name


def short_date(iso: str) -> str:
    """For example "30-08-2022"; what is no whole date stays as it is."""
    return "-".join(reversed(iso.split("-")))
