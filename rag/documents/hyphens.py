"""A word broken at a line end → does its hyphen belong to it? Knows words, no documents.

Dutch rules (Technische Handleiding of the Nederlandse Taalunie): a hyphen stays between vowels that would be read as
one sound, after a letter word, an abbreviation or a figure, and where a part is left out ("zorg- en"). Where the
document itself writes the word elsewhere, that decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from rag.sentences import words

_LEFT = re.compile(r"([^\W_]+(?:['’/][^\W_]+)*)-$")
_RIGHT = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CLASHES = words("aa ae ai au ee ei eu éé ii ij oe oi oo ou ui uu")
# Ends that begin with a vowel and are no word of their own: "muse-um", "continu-iteit".
_ENDINGS = re.compile(r"(?:um|us|iteit|eel|eer|isme|ist|ief|aal|aar|ing|inge[nr]|isch|en|er|es)(?:s|e|en)?$")
_STANDING = words("e niet non bijna pc tv ict mbo hbo vmbo ggz ggd wmo ov")  # with what follows: one word with a hyphen
_AND = words("en of dan als tot naar noch respectievelijk resp")
URL = re.compile(r"(?:https?://|www\.)\S*$")
_URL_REST = re.compile(r"[^\s]*[/._=&?%-][^\s]*|\d\S*")


class Hyphenation:
    """Decides with the words of one document, counted when the first broken word is met."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts
        self._counts: Counter[str] | None = None

    def joint(self, before: str, after: str) -> tuple[bool, str]:
        """How two lines of a paragraph meet: whether the hyphen that ends ``before`` goes, and the white space."""
        if before[-1] != "-" or len(before) < 2 or before[-2] == " ":
            return False, "" if goes_on_as_url(before, after) else " "
        if URL.search(before):
            return False, ""
        left, right = _LEFT.search(before), _RIGHT.match(after)
        if not left or not right or right.group().lower() in _AND:
            return False, " "
        if self._keeps(left.group(1), right.group()):
            return False, ""
        return True, ""

    def _keeps(self, left: str, right: str) -> bool:
        if not right[0].islower() or left[-1].isdigit() or (len(left) > 1 and left[1:].upper() == left[1:]):
            return True
        joined, hyphenated = self._seen(left + right), self._seen(f"{left}-{right}")
        if joined != hyphenated:
            return hyphenated > joined
        left, right = left.lower(), right.lower()
        if left in _STANDING:
            return True
        return left[-1] + right[0] in _CLASHES and not _ENDINGS.match(right)

    def _seen(self, word: str) -> int:
        if self._counts is None:
            self._counts = Counter()
            for text in self._texts:
                self._counts.update(_WORD.findall(text.lower()))
        return self._counts[word.lower()]


def goes_on_as_url(before: str, after: str) -> bool:
    """Whether an address was broken over two lines: it breaks at a slash, and what follows looks like the rest."""
    if before[-1] not in "/_=&?.-" or not ("://" in before or "www." in before):
        return False
    return bool(URL.search(before)) and bool(_URL_REST.match(after.split(" ", 1)[0]))
