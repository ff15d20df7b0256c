"""What kind of thing a Dutch question asks for, and what a sentence can offer. Word lists and patterns, no models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from operator import or_
from typing import TYPE_CHECKING

from rag import dutch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Question words: they say what kind of thing is asked, not what about.
ASKING = dutch.as_set(
    "wie wat waar wanneer waarom hoe hoeveel welk welke waarvoor waarmee waarop waarover waaraan waardoor waaruit "
    "waarin waarvan hoelang hoeveelste hoezo wiens"
)
REMEMBERED = 400_000  # raw words
KINDS = ("hoeveel", "wie", "wanneer", "waarom", "hoe", "waar", "welke", "wat", "ja of nee", "anders")
FINITE_VERBS = dutch.as_set(  # the usual ones: a question that begins with one asks for yes or no
    "is zijn was waren heeft hebben had hadden wordt worden werd werden kan kunnen kon konden mag mogen moet moeten "
    "gaat gaan doet doen deed komt komen kwam krijgt krijgen kreeg vindt vinden weet weten wil willen zal zullen zou "
    "zouden bestaat bestaan bent deelt herkent staat staan geldt gelden werkt werken biedt bieden helpt ziet zien "
    "houdt houden loopt lopen ligt liggen neemt nemen nam gaf geeft geven klopt telt hoeft hoeven dient dienen valt "
    "vallen blijft blijven verwacht erkent overweegt"
)
_PHRASES = (
    (
        "hoeveel",
        r"hoeveel|\bhoe (?:veel|vaak|lang|groot|hoog|laag|oud|snel|ver|duur)\b|\b(?:percentage|aantal|bedrag)\b|\bkost",
    ),
    (
        "wanneer",
        r"\b(?:welke?|wat voor) (?:datum|jaar|dag|periode|maand|termijn)\b|\bsinds wanneer\b|\bdatum\b",
    ),
    ("waarom", r"\b(?:welke|wat is de|om welke) reden(?:en)?\b|\bwaarom\b"),
)
_KIND_PHRASES = tuple((kind, re.compile(pattern)) for kind, pattern in _PHRASES)

# What a sentence offers is told by its words, and by a few signs.
_OFFERING = {
    "number": "een twee drie vier vijf zes zeven acht negen tien elf twaalf honderd duizend miljoen geen",
    "person or body": "minister wethouder burgemeester college staatssecretaris gemeente raad",
    "date or time": "januari februari maart april mei juni juli augustus september oktober november december dagen "
    "weken maanden jaar uur",
    "reason": "omdat want doordat aangezien vanwege wegens reden daarom zodat teneinde gezien waardoor immers",
    "manner": "door via middels wijze manier zodat",
    "place": "",
    "amount or share": "euro euro's procent",
    "yes or no": "",
}
OFFERS = tuple(_OFFERING)
_BIT = {name: 1 << place for place, name in enumerate(OFFERS)}
_WORD_BITS = {
    word: sum(_BIT[n] for n in OFFERS if word in _OFFERING[n].split()) for w in _OFFERING.values() for word in w.split()
}
_IN, _ORDER, _HELP, _OPENING = (1 << len(OFFERS) + place for place in range(4))  # words that may be part of more
_WORD_BITS |= {"om": _IN, "te": _ORDER, "behulp": _HELP}
ALL = (1 << len(OFFERS)) - 1
AMOUNT = _BIT["amount or share"]
TOLD = (1 << (len(OFFERS) + 4)) - 1  # all bits that ``told`` gives
IN_SENTENCE = _IN | _ORDER | _HELP | _OPENING  # words whose sentence decides: see ``settled``
_WORD_BITS |= dict.fromkeys(["ja", "nee", "neen", "jawel", "inderdaad", "dat", "klopt", "nog", "niet"], _OPENING)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# These begin with the capital, for which a search is quick, and look back from there.
_NAME = re.compile(r"[A-Z](?:(?<=^.)|(?<=[a-z,] .))[\w'’-]+ (?:van |de |der |den )*[A-Z]")
_BEFORE_PLACE = tuple(
    f"{word} {article}" for word in ("in", "te", "op", "naar", "bij") for article in ("", "de ", "het ")
)
_PLACE = re.compile("[A-Z](?:" + "|".join(rf"(?<=\b{before}.)" for before in _BEFORE_PLACE) + ")")
_YES_OR_NO = re.compile(r"\W*(?:ja|neen?|jawel|inderdaad|dat klopt|klopt|nog niet|niet)\b", re.IGNORECASE)
_IN_ORDER_TO = re.compile(r"\bom te\b", re.IGNORECASE)
_WITH_HELP = re.compile(r"\bmet behulp\b", re.IGNORECASE)
_WANTED = {
    "hoeveel": ("number", "amount or share"),
    "wie": ("person or body",),
    "wanneer": ("date or time",),
    "waarom": ("reason",),
    "hoe": ("manner",),
    "waar": ("place",),
    "ja of nee": ("yes or no",),
}


_folded = lru_cache(64)(dutch.fold)  # of questions, of which more than one thing is asked


@lru_cache(64)
def kind_of(question: str) -> str:
    """Which of ``KINDS`` a question is of."""
    folded = _folded(question)
    for kind, pattern in _KIND_PHRASES:
        if pattern.search(folded):
            return kind
    words = dutch.words(folded)
    if words and words[0] in FINITE_VERBS:
        return "ja of nee"
    asking = next((word for word in words if word in ASKING), "")
    if asking in KINDS:
        return asking
    if asking in ("welk", "wiens"):
        return "welke"
    return "hoe" if asking.startswith("waar") else "anders"


def told(tokens: Iterable[str]) -> int:
    """What raw words (``dutch.tokens``) tell of the sentence that they stand in: bits for ``settled``."""
    return reduce(or_, map(told_by, tokens), 0)


def told_by(token: str) -> int:
    """What one raw word tells of its sentence."""
    bits = _WORD_BITS.get(token, 0)
    if not token.isalpha() and (token.isdigit() or any(map(str.isdigit, token))):
        bits |= _BIT["number"] | (_BIT["date or time"] if _YEAR.search(token) else 0)
    return bits


class _Telling(dict[str, int]):
    """Word as it stands → what it tells of a sentence, worked out once for each."""

    def __missing__(self, standing: str) -> int:
        if len(self) > REMEMBERED:
            self.clear()
        self[standing] = bits = told(dutch.tokens(standing))
        return bits


_TELLING = _Telling()


def offered(sentence: str, words: Sequence[str] | None = None) -> int:
    """What a sentence offers, as bits: the first of ``OFFERS`` is the lowest. ``words`` are its standing words."""
    words = dutch.standing_words(sentence) if words is None else words
    bits = reduce(or_, map(_TELLING.__getitem__, words), 0)
    if "€" in sentence or "%" in sentence:
        bits |= _BIT["amount or share"]
    if not sentence[1:].islower():
        bits |= named(sentence)
    return settled(sentence, bits) if bits > ALL else bits


def settled(sentence: str, bits: int) -> int:
    """What a sentence offers, from all that its words tell."""
    bits |= _BIT["reason"] * bool(bits & _IN and bits & _ORDER and _IN_ORDER_TO.search(sentence))
    bits |= _BIT["manner"] * bool(bits & _HELP and _WITH_HELP.search(sentence))
    bits |= _BIT["yes or no"] * bool(bits & _OPENING and _YES_OR_NO.match(sentence))
    return bits & ALL


def settled_by(bits: NDArray[np.int32], signs: NDArray[np.int64]) -> NDArray[np.int32]:
    """What sentences offer, from all that the words of each tell and its signs as rag/native/indexing.c finds them."""
    found = bits & ALL
    person, place, in_order_to, with_help, opening = (signs & (1 << sign) != 0 for sign in range(5))
    found |= _BIT["person or body"] * person | _BIT["place"] * place
    found |= _BIT["reason"] * ((bits & _IN != 0) & (bits & _ORDER != 0) & in_order_to)
    found |= _BIT["manner"] * ((bits & _HELP != 0) & with_help)
    found |= _BIT["yes or no"] * ((bits & _OPENING != 0) & opening)
    return found


def named(sentence: str) -> int:
    """Whether a sentence names a place, or a person or body, as bits."""
    return place_named(sentence) | person_named(sentence)


def place_named(sentence: str) -> int:
    """Whether a sentence names a place, as a bit."""
    return _BIT["place"] if _PLACE.search(sentence) else 0


def person_named(sentence: str) -> int:
    """Whether a sentence names a person or body, as a bit."""
    return _BIT["person or body"] if _NAME.search(sentence) else 0


@lru_cache(maxsize=8192)
def offers(sentence: str) -> tuple[bool, ...]:
    """What a sentence offers, in the order of ``OFFERS``."""
    bits = offered(sentence)
    return tuple(bool(bits & bit) for bit in _BIT.values())


def wanted(kind: str) -> int:
    """What suits a kind of question, as bits of ``offered``; 0 when any sentence does."""
    return sum(_BIT[name] for name in _WANTED.get(kind, ()))


def suits(kind: str, sentence: str) -> bool:
    """Whether a sentence offers what a kind of question asks; so does any, when that cannot be told by its form."""
    return not wanted(kind) or bool(offered(sentence) & wanted(kind))


# What a document says of itself, and how people ask for it.
_ASKER = r"raadsl\w+|kamerl\w+|leden|lid|indieners?|vraagstellers?|politic\w+"
_PUT = r"(?:stel(?:de|den|t|len)|gesteld|diende\w*|ingediend\w*|ingezonden)"  # questions are "put"; much else is too
_BROUGHT_IN = r"(?:vragen|moties?|amendement\w*)"
_ASKED = rf"(?:vroeg(?:en)?|vraagt|{_PUT}\b.*\b{_BROUGHT_IN}|{_BROUGHT_IN}\b.*\b{_PUT})"
_ANSWERED = r"(?:beantwoord\w*|antwoord\w*)"
_OFFICE = r"staatssecretaris|minister|wethouder|burgemeester|bewinds\w+|college"
_WHEN = r"\b(?:wanneer|datum|welke (?:dag|datum|maand)|welk jaar)\b"
_SIGNS_ASKED = "vroeg vraagt vragen motie amendement opheldering bel"
_DOCUMENT_FIELDS = (  # with signs, of which one stands in every question like it: most questions have none
    (
        "reference",
        "ris kenmerk aanhangsel nummer",
        r"\b(?:ris|kenmerk|aanhangsel|(?:document|zaak|kamervraag)nummer)\b.*\b(?:beantwoording|vragen|brief|nummer)\b"
        r"|\bkenmerk\b|\b(?:ris|zaak|document|dossier|registratie)[ -]?nummer\b",
    ),
    (
        "party",
        "partij fractie",
        r"\b(?:welke|wat voor|wiens) fracties?\b"
        r"|\b(?:van|namens) (?:welke|wat voor) partij(?:en)?\b|\bvoor welke partij\b"
        rf"|\b(?:welke|wat voor|wiens) (?:politieke )?partij(?:en)?\b.*\b(?:{_ASKED}|{_ASKER})\b",
    ),
    ("answered", "antwoord", rf"{_WHEN}.*\b{_ANSWERED}\b"),
    ("asked", _SIGNS_ASKED, rf"{_WHEN}.*\b{_ASKED}\b"),
    ("answerer", "antwoord", rf"\b(?:wie|welke? (?:{_OFFICE}))\b.*\b{_ANSWERED}\b"),
    ("signer", "teken", r"\b(?:wie|welke?)\b.*\b(?:onder)?teken(?:de|en|t)\b"),
    (
        "asker",
        f"{_SIGNS_ASKED} raadsl kamerl leden lid indiener vraagsteller politic",
        rf"\bwie\b.*\b{_ASKED}\b|\bwelke?\s+(?:{_ASKER})\b|\bwelke\s+(?:[\w-]+\s+){{1,2}}(?:raads|kamer)leden\b"
        r"|\bwie\b.*\b(?:kamer|raad)\b.*\b(?:opheldering|aan de bel)\b",
    ),
    ("questions", "vragen", r"\bhoeveel vragen\b"),
)
_DOCUMENT_FIELD = tuple((name, tuple(signs.split()), re.compile(pattern)) for name, signs, pattern in _DOCUMENT_FIELDS)


def document_fields(question: str) -> tuple[str, ...]:
    """What a question wants to know that a document says of itself.

    Of "reference", "party", "answered" (when), "asked" (when), "answerer", "signer", "asker" and "questions" (how
    many); none when it asks for something else.
    """
    folded = _folded(question)
    return tuple(
        name
        for name, signs, pattern in _DOCUMENT_FIELD
        if any(sign in folded for sign in signs) and pattern.search(folded)
    )


_ABOUT_ASKING = re.compile(
    rf"\b(?:wie|welke?|wanneer|waarover|door|namens|datum|dag|maand|partij\w*|fracties?|vragen|vroeg(?:en)?|vraagt|{_PUT}"
    rf"|{_ANSWERED}|{_ASKER}|{_OFFICE}|zijn|is|werd(?:en)?|kwam(?:en)?|het|de|een)\b"
)


def topic(question: str) -> str:
    """What a question about a document is about, without the asking and answering; all of it when nothing is left."""
    left = " ".join(_ABOUT_ASKING.sub(" ", dutch.fold(question)).split()).strip(" ?")
    return left if dutch.stems(left) else question


# What a question wants to hear the name, number or date of: the noun behind its question word.
_FOCUS = re.compile(
    r"\b(?:hoeveel|welke?|wat voor|wat (?:is|was|zijn|waren)|wie (?:is|was|zijn|waren)|hoe (?:heet|heten))\s+"
    r"((?:[\w-]+\s*){1,5})"
)
_LINKING = dutch.as_set(
    "de het een er van in op bij voor is was zijn waren ook nog nu dan wel per en of te met om aan die dat"
)
# These say what kind of thing is asked and seldom stand in the answer themselves.
_KIND_WORDS = dutch.as_set(
    "aantal jaar dag datum maand periode termijn reden redenen manier wijze deel soort soorten stand zaken dingen keer "
    "mensen personen persoon organisatie organisaties instantie instanties partij partijen plek plekken plaats "
    "gevallen antwoord mening standpunt verschil rol geld percentage leeftijd kanaal fractie krant kamerlid kamerleden "
    "doel doelen groep naam namen nummer onderwerp document stuk andere twee drie"
)
# What only a certain kind of number can answer: how it is asked for, how it looks, and its name for people.
_ASKED_AMOUNT = r"(?:welk|wat is het|hoe hoog is het|om welk|met welk|voor welk|van welk)"
_WHICH_MEASURES = (
    (
        rf"^(?:het )?percentage\b|\b{_ASKED_AMOUNT} percentage\b|\bhoeveel procent\b|\bwelk (?:deel|aandeel)\b"
        r"|\bhoe groot (?:is )?het (?:deel|aandeel)\b",
        r"%|\bpro(?:cent|mille)\w*|\bop de \w+|\b\d+/\d+|\bpercentage\w*"
        r"|\b(?:helft|kwart|derde|merendeel|meerderheid|deel|aandeel)\b",
        "een percentage of aandeel",
    ),
    (
        r"(?<!bepaalt )\bhoeveel (?:euro|geld|subsidie|budget|boete)\b|\b(?:wat|hoeveel) kost(?:te|ten|en)?\b"
        rf"|\b{_ASKED_AMOUNT} (?:\w+)?(?:bedrag|budget|salaris)\b|\bhoe duur\b"
        r"|\bhoe hoog (?:is|was|zijn|wordt) (?:de|het) \w*(?:boete|subsidie|vergoeding|bedrag|budget)\b",
        r"€|\$|\beuro|\beur\b|\bgulden|\bdollar|\b\d+,(?:-|\d\d\b)|\d[.,]\d\d\d|\bmil(?:joen|jard)|kosteloos|gratis|%"
        r"|\bprocent|\bcent\b|\binschatting",
        "een bedrag",
    ),
    (r"\btelefoonnummer", r"\b0\d[\d -]{6,}|\b14 ?0\d\d|\b1\d{2,5}\b|\+\d\d", "een telefoonnummer"),
    (
        r"\b(?:op )?welk adres\b|\bwat is het (?:post|bezoek)?adres\b|^(?:post|bezoek)?adres\b",
        r"\b[1-9]\d{3} ?(?-i:[A-Z]{2})\b|[\w.]@\w|www\.|https?:"
        r"|(?:straat|laan|weg|plein|kade|gracht|postbus|singel|dijk|hof|park)\b,? ?\d",
        "een adres",
    ),
    (r"\bhoe laat\b|\bopeningstijd|\bom welke tijd\b", r"\b\d{1,2}[.:]\d\d\b|\buur\b|middernacht", "een tijd"),
    (
        r"^hoe oud\b|\b(?:welke|wat is de) leeftijd",
        r"\bja(?:ar|ren)\b|jarige\b|\bmaanden\b|\bgeboren|\bleeftijd \w* ?\d|\b\d+[-+]",
        "een leeftijd",
    ),
)
_MEASURED = tuple((re.compile(asked), re.compile(given, re.IGNORECASE), name) for asked, given, name in _WHICH_MEASURES)


def focus(question: str) -> str:
    """The word that a question wants to know of ("hoeveel **cursussen** telt …", "wie is de **directeur** van …").

    Empty when there is none, or when it only says what kind of thing is asked ("in welk **jaar** …").
    """
    found = _FOCUS.search(_folded(question))
    words = [word for word in dutch.words(found[1]) if word not in _LINKING] if found else []
    return "" if not words or words[0] in _KIND_WORDS else words[0]


def missing_measure(question: str, text: str) -> str | None:
    """The share, amount, address and so on that a question asks for, in Dutch, when a text has none; else None."""
    folded = dutch.fold(question)
    return next((name for asked, given, name in _MEASURED if asked.search(folded) and not given.search(text)), None)


def lacks_measure(question: str, text: str) -> bool:
    """Whether a question asks for a share, an amount, an address and so on, of which a text has none."""
    return missing_measure(question, text) is not None
