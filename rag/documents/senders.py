"""Lines that say who sends a document or who asked, and nothing of what it is about.

"Provincie Zeeland", "B&W Ede", "Gedeputeerde Staten van Zeeland"; "Vragen van het lid De Wit (SP)".
"""

from __future__ import annotations

import re

from rag.phrases import MONTHS

_BODY = re.compile(
    r"(?:het\s+)?(?:college(?:\s+van)?|burgemeester\s+en\s+wethouders|b\s?(?:&|en)\s?w|gedeputeerde\s+staten|"
    r"provinciale\s+staten|provincie(?:bestuur)?|gemeente(?:raad|bestuur)?|ministerie|waterschap|hoogheemraadschap|"
    r"wetterskip|dagelijks\s+bestuur|algemeen\s+bestuur|veiligheidsregio|omgevingsdienst|raad|staten|tweede\s+kamer|"
    r"eerste\s+kamer|(?:raads|staten)?griffie|stad|stadsbestuur|bestuurssecretariaat|gs|ggd)\b",
    re.IGNORECASE,
)
_ASKED_BY = re.compile(
    r"(?:(?:beantwoording|antwoord(?:en|brief|nota|notitie)?|reactie)\s+(?:(?:van|op|bij)\s+)?(?:de\s+)?)?"
    r"(?:(?:schriftelijke|mondelinge|technische|politieke|aanvullende|gezamenlijke)\s+(?:en\s+)?)*"
    r"(?:art(?:ikel|\.)?\s*\d+\w?[\s-]+)?(?:raads|kamer|staten|vervolg)?vragen\b",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"\b(?:van|door|lid|leden|raadslid|raadsleden|statenl\w+|kamerl\w+|fracties?|gemeente|provincie)\b|\(",
    re.IGNORECASE,
)
_SUBJECT_OPENS = frozenset(":–—-‘“'\"«")  # what parts the subject from the kind of document
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_BRACKETS = re.compile(r"\([^()]*\)")
_SMALL_WORDS = (
    "van de der den het ten ter te en aan op bij in ’s s zee voor voornoemd heer mevrouw mw dhr drs mr ir lid leden "
    "raadslid raadsleden statenlid statenleden kamerlid kamerleden fractie fracties gemeente provincie partij namens "
    "minister staatssecretaris burgemeester wethouder wethouders college raad staten artikel art rvo nr nummer door "
    "gesteld ingediend ingezonden ontvangen beantwoord d.d rijk bestuur regio cluster afdeling griffie "
    "bestuurssecretariaat"
)
_SMALL = frozenset(_SMALL_WORDS.split()) | frozenset(MONTHS)


def is_sender(text: str) -> bool:
    """Whether a line only names a body: its kind, and where it is."""
    found = _BODY.match(text)
    return found is not None and text[-1] not in ".?!:" and _names(text[found.end() :])


def says_who_asked(text: str) -> bool:
    """Whether a line says by whom questions were asked, and of their subject nothing."""
    found = _ASKED_BY.match(text)
    rest = text[found.end() :] if found else ""
    return bool(_PERSONAL.search(rest)) and _names(rest)


def may_say_who_asked(text: str) -> bool:
    """Whether what follows "Schriftelijke vragen" may be a name: "SCHRIFTELIJKE VRAGEN D66 EDE"."""
    found = _ASKED_BY.match(text)
    rest = text[found.end() :].strip() if found else ""
    several = len(_WORD.findall(rest)) > 1 or bool(_PERSONAL.search(rest))
    return several and text[-1] not in ".?!" and _names(rest) and rest[0] not in _SUBJECT_OPENS


def _names(text: str) -> bool:
    """Whether words are names, and what goes with them: each has a capital, or is a small word between names."""
    words = _WORD.findall(_BRACKETS.sub(" ", text))
    return all(word[0].isupper() or word.lower() in _SMALL for word in words)
