"""The title of a document: what its head gives as subject, else the line that can only be one, else words of its own.

Lines that only say what kind of document it is, by whom or for whom, are no title.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.documents.dates import is_date
from rag.documents.senders import is_sender, may_say_who_asked, says_who_asked

_FIELD = re.compile(
    r"(?:onderwerp|betreft|titel|volledige titel)\b\s*[:|]?\s*(?P<value>.*)$", re.IGNORECASE | re.DOTALL
)
_THEME = re.compile(
    r"(?:(?i:over|inzake|betreffende|aangaande|thema|onderwerpen)\s*[:|]\s*|Over\s+(?=[a-zà-þ]))(?P<value>[^\n]+?)(?<!\.)$",
    re.DOTALL,
)
_KIND = (
    r"(?:(?:schriftelijke|mondelinge|technische|politieke|aanvullende|gezamenlijke)\s+(?:en\s+)?)*"
    r"(?:art(?:ikel|\.)?\s*\d+\w?[\s-]+)?(?:(?:raads|kamer|staten|vervolg)?vragen|beantwoording|antwoord(?:en|brief|nota)?)\b"
)
_OF_QUESTIONS = re.compile(rf"(?:[^.?!\n]{{2,60}}\s[–—|-]\s)?{_KIND}", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\b(?:over|inzake|betreffende|met betrekking tot|luidend:?|getiteld:?)\s+"
    r"(?P<subject>.+?)"
    r"(?:\s*[(.,;–—-]?\s*\(?\b(?:(?:vragen |antwoord )?(?:ingezonden|ingediend|ontvangen|gesteld)\b:?(?:\s+op)?\s+\d|"
    r"(?:ingezonden|ontvangen)\b|en antwoord(?:en)? van\b).*)?[.]?\s*$",
    re.DOTALL | re.IGNORECASE,
)
_YOURS = re.compile(
    r"\b(?:vragen (?:gesteld |ontvangen |van [^.?!\n]{3,90}? )?(?:over|inzake|betreffende|omtrent)|"
    r"(?:gevraagd|vroeg(?:en)?) (?:[^.?!\n]{3,60}? )?naar) (?P<subject>[^.,?!\n]{8,100}?)"
    r"(?=[.,]|\s+(?:(?:be)?antwoord|bericht|delen|geven|heeft|hebben|d\.d\.|van \d{1,2}[\s-]\w+[\s-]\d{4}))"
)
_ABOUT = re.compile(
    r"(?:het|de|een)\s+(?:bericht|artikel|onderzoek|rapport|nieuws|uitzending)\s+(?=[«‘“'\"])", re.IGNORECASE
)
_QUOTED = re.compile(
    r"«(?P<a>[^»]{8,160}(?:«[^»]{2,120}»)?[^»]{0,80})»"
    r"|‘(?P<b>(?:[^‘’]|‘[^’]{2,120}’|(?<=\w)’(?=\w)){8,160})’"
    r"|“(?P<c>[^”]{8,160})”|(?<!\w)'(?P<d>[^']{8,160})'(?!\w)"
)
_NO_TITLE = re.compile(
    r"(?:kamervra(?:ag|gen)|datum|onderwerp|betreft|ons kenmerk|uw kenmerk|kenmerk|ingediend|beantwoord|indieners?|"
    r"bron|aan|van|zie ook|geachte?|antwoord van|ris\d|\d{4}[DZ]\d{5}|gemeente|provincie|postbus|"
    r"gesteld|ingezonden|ingekomen|binnengekomen|ontvangen|toegezonden|verzonden|opgesteld|vastgesteld|versie|door|(?:vraag|vragen)?stellers?|"
    r"portefeuille\w*|raad van|(?:provinciale )?staten van|provinciale staten|gemeenteraad|college van|stad|waterschap|"
    r"veiligheidsregio|ministerie|tweede kamer|nummer|registratie\w*|zaaknummer|\w*datum)\b|"
    r"[A-Z]{2,6}/\d|[^,\d]{2,40}, \d{1,2} [a-z]+ \d{4}$|"
    r"(?:fracties?|raadslid|statenlid|soort|wethouder|burgemeester|afdeling|team|auteur|status)\s*:|ten behoeve van\b|"
    r"vragen (?:van|gesteld)\b[^:]{0,12}:|\|[\s|:-]*$",
    re.IGNORECASE,
)
_SENDER = re.compile(
    r"\b(?:raadslid|statenlid|kamerlid|fracties?|lid|leden|van|gemeente|provincie|ministerie)\b|\(", re.IGNORECASE
)
_FORMAL = re.compile(r"\b(?:raadslid|raadsleden|statenl\w+|kamerl\w+|lid|leden|fracties?|nummer|nr)\b", re.IGNORECASE)
_BY = re.compile(r"\b(?:door|van|aan|op)$", re.IGNORECASE)
_DOCUMENT = re.compile(r"vragen|antwoord|brief|memo|nota|notitie|mededeling", re.IGNORECASE)
_PARTS = re.compile(r"\s[–—|-]\s|:\s")
_LETTERS = re.compile(r"[^\W\d_]+")
_FORM = (
    "schriftelijk schriftelijke mondelinge technische politieke vragen raadsvragen kamervragen statenvragen en "
    "antwoord antwoorden beantwoording antwoordnota antwoordnotitie antwoordbrief van de het een door op aan ex "
    "artikel art rvo reglement orde in college raad raadsleden raadslid gemeenteraad leden lid nr nummer volgnummer "
    "brief memo raadsbrief raadsinformatiebrief raadsmemo raadsmededeling collegebrief statenbrief nota notitie "
    "bijlage archief informatienota voor ingevolge grond vergaderingen vergadering aanhangsel handelingen tweede "
    "kamer der staten rib generaal provinciale gedeputeerde vergaderjaar griffie rb sv rv vraag b w ens nieuw "
    "gesteld gestelde met daarop regering gegeven inleiding toelichting aanleiding samenvatting algemeen bestuur "
    "registratienummer "
)
_WORDS_OF_FORM = frozenset(_FORM.split())
_PAIRS = {"«": "»", "‘": "’", "“": "”", "'": "'", '"': '"'}
_SHORTEST_TITLE, _LONGEST_TITLE = 8, 160
_LONGEST_DERIVED = 90


def find_title(head: Sequence[str], lines: int | None = None) -> str:
    """The title as the head gives it; empty when it gives none.

    A subject field, else the subject of "vragen van … over …", else a theme, else the first line (of so many
    ``lines``) that can only be a title.
    """
    texts = [text.strip("| ") for text in head]
    for n, text in enumerate(texts):
        field = _FIELD.match(text)
        value = field and (field["value"].strip() or "".join(texts[n + 1 : n + 2]))
        if value and not says_who_asked(value):
            return _subject(value)
    for text in texts:
        if _OF_QUESTIONS.match(text) and _SUBJECT.search(text):
            return _subject(text)
    theme = next((found["value"].strip() for text in texts if (found := _THEME.match(text))), "")
    return _unquoted(theme) or shown(texts[:lines])


def shown(texts: Sequence[str]) -> str:
    """The first line that can only be a title; one without names before one with names or numbers."""
    found = [part for text in texts if (part := _core(text.strip("| "))) and _can_be_title(part)]
    plain = (text for text in found if not _FORMAL.search(text) and not may_say_who_asked(text))
    return _unquoted(next(plain, found[0] if found else ""))


def is_form(text: str) -> bool:
    """Whether a line only says what kind of document it is: "Schriftelijke vragen ex artikel 36", "RAADSBRIEF"."""
    return all(word in _WORDS_OF_FORM for word in _LETTERS.findall(text.lower()))


def _core(text: str) -> str:
    """A line without the kind and sender before its subject: "Gemeente Ede – antwoord op …", "Raadsbrief: de brug"."""
    found = _PARTS.search(text)
    if not found or _BY.search(text, 0, found.start()):
        return text
    if text[found.start()] == ":" and not _DOCUMENT.search(text, 0, found.start()):
        return text
    before, after = text[: found.start()], text[found.end() :].strip()
    of_questions = re.match(_KIND, before, re.IGNORECASE)
    sent = bool(_SENDER.search(before)) and (of_questions or text[found.start()] != ":")
    return after if len(after) >= _SHORTEST_TITLE and (is_form(before) or sent) else text


def _can_be_title(text: str) -> bool:
    if not _SHORTEST_TITLE <= len(text) <= _LONGEST_TITLE or text.endswith((".", ",", ":", ";")):
        return False
    if is_sender(text) or says_who_asked(text):
        return False
    return not _NO_TITLE.match(text) and not is_date(text) and not is_form(text)


def _subject(text: str) -> str:
    found = _SUBJECT.search(text)
    return _unquoted(_ABOUT.sub("", " ".join((found["subject"] if found else text).split())))


def _unquoted(text: str) -> str:
    if len(text) > 2 and _PAIRS.get(text[0]) == text[-1]:
        text = text[1:-1]
    return text[:_LONGEST_TITLE].strip()


def derived_title(head: Sequence[str], question: str) -> str:
    """A title from the document's own words: what its opening says the questions are about, or the first question.

    Of the question: what it quotes, or that question itself.
    """
    about = next((found["subject"] for text in head if (found := _YOURS.search(text))), "")
    if about:
        return about
    quoted = _QUOTED.search(question)
    if quoted:
        return " ".join(next(group for group in quoted.groups() if group).split())
    first, mark, _ = " ".join(question.split()).partition("?")
    if not first:
        return ""
    words = first + mark if len(first) <= _LONGEST_DERIVED else first[:_LONGEST_DERIVED].rsplit(" ", 1)[0] + " …"
    return f"Vragen: {words}"
