"""Abbreviations that documents define, learned from where they do, so that a question in either form finds both.

Knows words, and nothing of documents or searching.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from rag import dutch

LONGEST = 14  # words of a full form that are looked for in a question
MOST = 3  # full forms of one abbreviation that a question gains from

_IN_BRACKETS = re.compile(r"\((?:hierna(?: te noemen)?:? )?(?:de |het )?[‘’“”\"'«]?([^()\n‘’“”\"«»]{2,40}?)[’”\"'»]?\)")
_FUNCTION_WORDS = dutch.as_set("de het een en van in op te tegen voor met aan om bij door of als over uit der den des")


def abbreviations(text: str) -> list[tuple[str, str]]:
    """The pairs (short, long) that a text defines, in order, each once.

    "Centrum tegen Kinderhandel en Mensenhandel (CKM)", "Nationaal Rapporteur Mensenhandel en Seksueel Geweld tegen
    Kinderen (hierna: Nationaal Rapporteur)".

    After Schwartz and Hearst (2003), "A simple algorithm for identifying abbreviation definitions", with the letters
    of the short form tied to the first letters of words or of compound parts, in order.
    """
    found: dict[tuple[str, str], None] = {}
    for match in _IN_BRACKETS.finditer(text):
        short = " ".join(match[1].split())
        if not short[:1].isupper():  # no form begins otherwise
            continue
        before = text[max(0, match.start() - 200) : match.start()]
        before = re.split(r"[.;:!?)](?=\s)|\n\s*\n", before)[-1]
        long = _full_name(short, before) if " " in short else _long_form(short, before)
        if long:
            found[short, long] = None
    return list(found)


def _full_name(short: str, before: str) -> str | None:
    """The name that begins with its short form: "Nationaal Rapporteur" → "Nationaal Rapporteur Mensenhandel en …"."""
    before = " ".join(before.split())
    at = before.rfind(short + " ")
    return before[at:] if at >= 0 and short[0].isupper() else None


def _long_form(short: str, before: str) -> str | None:
    if not short[:1].isupper() or (len(short) > 5 and sum(map(str.isupper, short)) < 2):
        return None
    letters = [c.lower() for c in dutch.fold(short) if c.isalpha()]
    if not 2 <= len(letters) <= 10:
        return None
    candidates = list(re.finditer(r"\S+", before))[-2 * len(letters) - 5 :]
    best: tuple[int, int, str] | None = None
    for number, word in enumerate(candidates):
        rest = [dutch.fold(m[0]).strip("\"'«»(),-") for m in candidates[number:]]
        skipped = _skipped(letters, rest)
        if skipped is None or (best and best[:2] <= (skipped, len(rest))):
            continue
        best = (skipped, len(rest), " ".join(before[word.start() :].split()).strip(" ,\"'‘’«»"))
    return best[2] if best else None


def _skipped(letters: list[str], rest: list[str]) -> int | None:
    """How many content words of ``rest`` no letter stands for; None when the letters do not fit.

    Each letter takes the start of a word or of a compound part, in order, beginning with the first word.
    """
    if not rest or not rest[0].startswith(letters[0]) or rest[0] in _FUNCTION_WORDS:
        return None
    at, skipped = 0, 0
    for word in rest:
        before = at
        whole = word in _FUNCTION_WORDS and "".join(letters[at:]).startswith(word)  # the "en" of JenV
        for start in word if whole else _starts(word):
            at += at < len(letters) and start == letters[at]
        skipped += at == before and word not in _FUNCTION_WORDS
    return skipped if at == len(letters) and skipped <= len(letters) // 2 else None


def _starts(word: str) -> list[str]:
    """First letters of a word and of its smallest compound parts, in the order in which they stand in the word."""
    parts = dutch.split_compound(re.sub(r"\W", "", word))
    places = sorted({0, *(word.find(part) for part in parts)} - {-1})
    return [word[place] for place in places if word]


class Abbreviations:
    """Pairs (short, long), the most usual first, looked up by the words of a question in time that does not grow."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)
        self._other: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for short, long in self.pairs:
            self._other[tuple(dutch.words(short))].append(long)
            self._other[tuple(dutch.words(long))].append(short)
        self._longest: dict[str, int] = {}  # word → words in the longest form that begins with it, LONGEST at most
        for form in filter(None, self._other):
            self._longest[form[0]] = min(max(len(form), self._longest.get(form[0], 0)), LONGEST)

    def expansions(self, question: str) -> list[str]:
        """Terms that a question gains: those of the long form for a short one in it, and the reverse.

        In order of the question, without what it already has.
        """
        partners = list(self._partners(dutch.words(question)))
        own = set(dutch.terms(question)) if partners else set()
        gained = (term for text in partners for term in dutch.terms(text))
        return [term for term in dict.fromkeys(gained) if term not in own]

    def _partners(self, words: list[str]) -> Iterator[str]:
        for start, word in enumerate(words):
            for end in range(start + 1, min(start + self._longest.get(word, 0), len(words)) + 1):
                yield from self._other.get(tuple(words[start:end]), ())[:MOST]
