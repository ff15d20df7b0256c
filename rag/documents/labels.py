"""Lines that say what follows: "Vraag 2 en 3", "Antwoord op de vragen 4 t/m 6:", "Vraag B.", "1.", "(2)", "Mededeling".

Knows single lines only; what a document makes of them is for ``questions.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

Role = Literal["question", "answer", "item", "notice", "questions", "answers"]

_PARTS = r"\d{1,3}[a-j](?:(?:\s*,\s*(?:en\s+)?|\s+en\s+|\s*&\s*|\s+t/m\s+|\s*[–-]\s*)[a-j](?!\w))+"  # "1a en b"
_NUMBER = rf"(?:{_PARTS}|" + r"(?:\d{1,3}|[IVXL]{1,6})(?:\.\d{1,2})+|\d{1,3}[a-z]?|[IVXL]{1,6})(?!\w)"
_LINK = r"(?:\s*,\s*(?:en\s+)?|\s+en\s+|\s*&\s*|\s*/\s*|\s+t/m\s+|\s+tot\s+en\s+met\s+|\s+tot\s+|\s*[–-]\s*)"
NUMBERS = rf"{_NUMBER}(?:{_LINK}(?:vraag\s+)?{_NUMBER})*"
_BRACKETED = rf"(?:\((?P<bracketed>{NUMBERS})\)|(?P<numbers>{NUMBERS}))"
_MARK = r"(?P<mark>[:.)|–—-])"
_WORDS = ("een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf", "dertien")
_LETTER = rf"(?i:{'|'.join(_WORDS)}|één|[ivxl]{{2,5}}|[a-z])(?!\w)"
_BULLET = r"(?:[•·▪◦‣●■□►▶➤*–-]\s+)?"
_QUESTION = re.compile(
    rf"{_BULLET}(?i:vraag|vragen)(?:\s+(?i:nummer|nr\.?))?\s*{_BRACKETED}\s*{_MARK}?\s*(?P<rest>.*)$"
)
_WHO = r"(?:van\s+)?(?:het\s+college|het\s+dagelijks\s+bestuur|de\s+[a-z]+|college|minister|wethouder)"
_ANSWER = re.compile(
    rf"{_BULLET}(?i:de\s+)?(?i:antwoord(?:en)?|beantwoording|reactie)(?:\s+(?i:{_WHO}))?(?:\s+(?i:op|bij))?(?:\s+(?i:de))?"
    rf"(?:\s+(?i:vraag|vragen|deelvraag))?(?:\s*{_BRACKETED})?\s*{_MARK}?\s*(?P<rest>.*)$"
)
_AD = re.compile(rf"(?i:ad)\.?\s+(?i:(?:vraag|vragen)\s+)?{_BRACKETED}\s*{_MARK}?\s*(?P<rest>.*)$")
# "Vraag B." and "VRAAG TWEE:" are set apart by their capital and by what follows the letter.
_LETTERED = re.compile(
    rf"{_BULLET}(?P<word>V(?:raag|ragen|RAAG|RAGEN)|A(?:ntwoord|NTWOORD)(?:\s+(?i:(?:op|bij)\s+)?(?i:vraag|vragen))?)\s+"
    rf"(?:\((?P<bracketed>{_LETTER})\)\s*(?:[:.]|(?=[A-ZÀ-Þ«‘“„'\"])|$)|"
    rf"(?P<numbers>{_LETTER}(?:{_LINK}{_LETTER})*)\s*(?:{_MARK}|$))\s*(?P<rest>.*)$"
)
_ORDINALS = ("eerste", "tweede", "derde", "vierde", "vijfde", "zesde", "zevende", "achtste", "negende", "tiende")
_ORDINAL = re.compile(
    rf"{_BULLET}(?P<answer>(?i:antwoord|reactie)\s+op\s+)?(?:(?i:uw|de|mijn|onze)\s+)?"
    rf"(?P<ordinal>(?i:{'|'.join(_ORDINALS)}))"
    r"\s+(?i:vraag)\s*(?:[:.]|\s[–—-](?=\s)|$)\s*(?P<rest>.*)$"
)
_LONGEST_ORDINAL = 40  # characters
_BARE_QUESTION = re.compile(
    rf"{_BULLET}(?:(?i:vraag)\s*(?P<mark>:)?|V(?:raag|RAAG)(?P<point>[.]|\s+[–—-]))\s*(?P<rest>.*)$"
)
_SHORT = re.compile(
    r"(?P<letter>[VAQ])(?:[\s-]?(?P<numbers>\d{1,3})(?:\s*(?P<mark>[:.)|–—-])|(?=\s|$))\s*|\s?[:.]\s+(?=\S))(?P<rest>.*)$"
)
_HEADED = re.compile(
    rf"(?:\w{{1,4}}\.\s+)?[^.?!]{{3,}}\((?:(?:bij|op|uw|de|over)\s+)*(?:vraag|vragen)\s+(?P<numbers>{NUMBERS})\)[:.]?$"
)
_LONGEST_HEADED = 120  # characters
_PLAIN = r"(?:\d{1,3}[a-z]?|[IVXL]{1,6})"
_JOINED = rf"{_PLAIN}(?:(?:\s*,\s*(?:en\s+)?|\s+en\s+|\s*&\s*|\s+t/m\s+){_PLAIN})*"
_ITEM = re.compile(
    rf"(?P<style>\(?)(?P<numbers>{_JOINED}|[ivxl]{{1,5}})(?P<mark>\.\)|[.)])(?:\s+|(?=[A-ZÀ-Þ«‘“'\"])|$)(?P<rest>.*)$"
)
_DASHED = re.compile(r"(?P<numbers>\d{1,3})\s*(?P<mark>[|–—-])\s+(?=[A-ZÀ-Þ«‘“„'\"])(?P<rest>.*)$")
_ALONE = re.compile(r"\d{1,3}(?:(?:\s*,\s*|\s+en\s+|\s*&\s*|\s+t/m\s+)\d{1,3})*$")
_NOTICE = re.compile(
    rf"{_BULLET}(?P<text>(?:Mededeling|Uitstelbericht|Uitstelbrief|Toelichting)\b[^.?!]{{0,60}}:?)$", re.IGNORECASE
)
_SECTION = re.compile(
    r"(?:de\s+)?(?P<what>vragen|antwoorden|beantwoording)(?:\s+(?:van|door)\s+.{1,60})?\s*:?$", re.IGNORECASE
)
_DATE = re.compile(r"(?:op |van |d\.d\. )?\d{1,2} [a-z]+ \d{4}\b|(?:op |d\.d\. )?\d{1,2}-\d{1,2}-\d{4}\b")
_PIECES = re.compile(rf"({_LINK})", re.IGNORECASE)
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
_LONGEST_RANGE = 60
_RANGES = ("t/m", "tot en met", "tot", "-", "–")
_PART_LETTERS = "abcdefghij"  # of the parts of a question
_LONGEST_NUMBERS = 16  # characters of "1, 2 en 3" alone on a line
_SQUARES = frozenset("■□►▶➤")  # bullets that set headings apart
_BULLETED = re.compile(r"[■□►▶➤]\s+(?=[\dIVXL(])")
_OPENING = re.compile(r"[A-ZÀ-Þ0-9«‘“„'\"(\[€]")
# Any label at all, behind the end of a line: lets a document without questions pass at once.
ANY = re.compile(
    r"\n[ \t\xa0>#*_•·▪◦‣●■(–-]{0,12}(?=[vVaAbBrRdDQ\dIXLixl])"  # a look at one letter is enough for most lines
    r"(?:(?i:vraag|vragen|antwoord|antwoorden|beantwoording|reactie|ad)\b|[VAQ][\s-]?\d{0,3}(?:[:.]\s|(?<=\d)\W)"
    r"|(?i:de)[\W_]+(?i:antwoord|beantwoording|reactie)"
    r"|(?:\d{1,3}[a-z]?|[IVXL]{1,6}|[ivxl]{1,5})\\?[.)]|\d{1,3}[ \t]*(?:\r?$|[|–—-][ \t]))",
    re.MULTILINE,
)


# How every label in words begins.
_WORDED = re.compile(
    rf"{_BULLET}(?:de\s+)?(?:vra(?:ag|gen)|antwoord|beantwoording|reactie|ad|mededeling|uitstelb|toelichting)",
    re.IGNORECASE,
)


_NAMED = re.compile(r"\((?:(?:bij|op|uw|de|over) )*vra(?:ag|gen) [\dIVX]")
_QUESTIONS = re.compile(r"vragen|antwoord", re.IGNORECASE)
_ASKED = re.compile(r"\?[»”’\"')\]*_]{0,4}[ \t]*(?:\r?\n|$)")


def may_ask(text: str) -> bool:
    """Whether anything in a text may be a label: if not, it holds no questions."""
    asked = "?" in text and _QUESTIONS.search(text) and len(list(islice(_ASKED.finditer(text), 2))) > 1
    return bool(asked) or begins_a_line(ANY, text) or bool(_NAMED.search(text))


def begins_a_line(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a pattern is found that begins with the end of the line before: a search for a letter is quick."""
    return pattern.search(f"\n{text}") is not None


@dataclass(frozen=True, slots=True)
class Label:
    """What a line says of what follows. ``rest`` is where in the line the content begins (its length: nowhere)."""

    role: Role
    numbers: tuple[str, ...]
    rest: int
    style: str = ""  # how its number is set: "0" in figures, "I" Roman, "a" a letter; of an item with its marks


def label(text: str) -> Label | None:
    """The label at the start of a line, None when it is an ordinary line."""
    first = text[0]
    if first in "VvAaBbRrDd•·▪◦‣●■□►▶➤*–-MmUuTt":
        found = _word_label(text) or _notice(text) if _WORDED.match(text) else None
        if found:
            return found
    if "e vraag" in text[:_LONGEST_ORDINAL] and (ordinal := _ordinal(text)):
        return ordinal
    if first in _SQUARES and (bullet := _BULLETED.match(text)):
        item = _item(text[bullet.end() :])
        return replace(item, rest=item.rest + bullet.end(), style=first + item.style) if item else None
    return _item(text) if first.isdigit() or first in "(IVXLivxl" else None


def _item(text: str) -> Label | None:
    if text[0].isdigit() and len(text) < _LONGEST_NUMBERS and _ALONE.match(text):
        return Label("item", parse_numbers(text), len(text), "0")
    item = _ITEM.match(text)
    if item and (not item["style"] or item["mark"] == ")"):
        first = item["numbers"][0]
        kind = "0" if first.isdigit() else "I" if first.isupper() else "i"
        numbers = parse_numbers(item["numbers"].upper() if kind == "i" else item["numbers"])
        return Label("item", numbers, item.start("rest"), item["style"] + kind + item["mark"])
    dashed = _DASHED.match(text)
    if dashed:
        return Label("item", (dashed["numbers"],), dashed.start("rest"), "0" + dashed["mark"])
    return None


def headed(text: str) -> tuple[str, ...]:
    """The numbers of the questions that a heading names at its end, "Huisvesting (uw vragen 1 en 2)"."""
    found = _HEADED.match(text) if text.endswith((")", "):", ").")) and len(text) < _LONGEST_HEADED else None
    return parse_numbers(found["numbers"]) if found else ()


def short_label(text: str) -> Label | None:
    """Read "V: …?", "A3: …": labels only where a document uses both."""
    found = _SHORT.match(text)
    if not found:
        return None
    role: Role = "answer" if found["letter"] == "A" else "question"
    return Label(role, (found["numbers"],) if found["numbers"] else (), found.start("rest"))


def _word_label(text: str) -> Label | None:
    section = _SECTION.match(text)
    if section:
        return Label("questions" if section["what"].lower() == "vragen" else "answers", (), len(text))
    question = _QUESTION.match(text)
    if question and _sets_apart(question):
        return _numbered("question", question)
    answer = _AD.match(text) or _ANSWER.match(text)
    if answer and _sets_apart(answer):
        return _numbered("answer", answer)
    lettered = _LETTERED.match(text)
    if lettered:
        return _lettered(lettered)
    bare = _BARE_QUESTION.match(text)
    if bare and (bare["mark"] or not bare["rest"] or (bare["point"] and _OPENING.match(bare["rest"]))):
        return Label("question", (), bare.start("rest"))
    return None


def _ordinal(text: str) -> Label | None:
    """Read "Uw eerste vraag: …" and "Antwoord op uw tweede vraag"."""
    found = _ORDINAL.match(text)
    if not found:
        return None
    number = str(_ORDINALS.index(found["ordinal"].lower()) + 1)
    return Label("answer" if found["answer"] else "question", (number,), found.start("rest"), "0")


def _notice(text: str) -> Label | None:
    notice = _NOTICE.match(text)
    return Label("notice", (), notice.start("text")) if notice else None


def _numbered(role: Role, found: re.Match[str]) -> Label:
    numbers = found["numbers"] or found["bracketed"]
    if not numbers:
        return Label(role, (), found.start("rest"))
    style = "0" if any(c.isdigit() for c in numbers) else "I"
    return Label(role, parse_numbers(numbers), found.start("rest"), style)


def _lettered(found: re.Match[str]) -> Label:
    """Read "Vraag B." as b, "Vraag ii." as ii and "Vraag twee." as 2."""
    numbers = parse_numbers((found["numbers"] or found["bracketed"]).lower().replace("één", "een"))
    counted = tuple(str(_WORDS.index(number) + 1) if number in _WORDS else number for number in numbers)
    style = "0" if counted[0].isdigit() else "a"
    return Label("question" if found["word"][0] == "V" else "answer", counted, found.start("rest"), style)


def _sets_apart(found: re.Match[str]) -> bool:
    """Whether the words are a label and not the beginning of a sentence ("Vraag 4 is al beantwoord.")."""
    rest: str = found["rest"]
    if not found["numbers"] and not found["bracketed"]:
        text = found.string.lstrip("•·▪◦‣●■□►▶➤*–- ")
        if _DATE.match(rest):  # "Antwoorden: 13 september 2022" says when
            return False
        whole = text.rstrip().lower().endswith(("antwoord", "college"))
        opens = found["mark"] and text[0].isupper() and (not rest or _OPENING.match(rest))
        return found["mark"] == ":" or bool(opens) or (not rest and whole)
    return not rest or found["mark"] in (":", ".", ")", "|") or bool(_OPENING.match(rest))


def parse_numbers(text: str) -> tuple[str, ...]:
    """Read "2 en 3" as ("2", "3"); "4 t/m 6" → ("4", "5", "6"); Roman numbers become Arabic."""
    pieces = _PIECES.split(text)
    numbers: list[str] = []
    for index in range(0, len(pieces), 2):
        number = arabic(re.sub(r"(?i)vraag\s+", "", pieces[index].strip()))
        link = pieces[index - 1].strip().lower() if index else ""
        if len(number) == 1 and number in _PART_LETTERS and numbers:
            numbers += _parts_up_to(number, numbers[-1], whole=link not in _RANGES)
            continue
        if link in _RANGES and number.isdigit() and numbers and numbers[-1].isdigit():
            low, high = int(numbers[-1]) + 1, int(number)
            numbers += [str(n) for n in range(low, min(high, low + _LONGEST_RANGE))]
        if number not in numbers:
            numbers.append(number)
    return tuple(numbers)


def _parts_up_to(letter: str, before: str, *, whole: bool) -> list[str]:
    """The parts of a question from the one after ``before`` ("1a") up to ``letter``, or that one alone."""
    number, last = before.rstrip(_PART_LETTERS), before[-1]
    low = letter if whole or last not in _PART_LETTERS else chr(ord(last) + 1)
    return [f"{number}{part}" for part in _PART_LETTERS if low <= part <= letter]


def arabic(number: str) -> str:
    """A Roman number in Arabic figures, also the first of "II.3"; anything else as it is."""
    head, point, parts = number.partition(".")
    if not head or any(c not in _ROMAN for c in head):
        return number.lower()
    values = [_ROMAN[c] for c in head]
    following = [*values[1:], 0]
    return str(sum(-v if v < after else v for v, after in zip(values, following, strict=True))) + point + parts
