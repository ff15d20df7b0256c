"""Dutch sentences as spans of a text. Knows nothing of documents, questions or searching.

A rule-based splitter: every full stop, question mark, exclamation mark or ellipsis that is followed by white space and
by something that can begin a sentence is a candidate, and the word in front of it decides. Every line is at least one
sentence of its own, for clean text has a paragraph or a list item on a line (see ``rag/documents``). The work is linear
in the length of the text, whatever the text is.
"""

from __future__ import annotations

import re

from rag.types import Span

_CLOSERS = r"»”’\"')\]"
_OPENERS = r"«“‘„\"'(\["
_START = rf"(?:[-–—•]\s)?[{_OPENERS}]*+(?:[^\W_a-zß-öø-ÿ]|[€$§#]|['’][stkmn]\s[A-Z]|https?://|www\.)"
# Possessive repeats and the look-behinds keep the search linear on runs of dots, quotes or white space.
_CANDIDATE = re.compile(
    rf"[.!?…](?<![.!?…]{{2}})[.!?…]*+(?:[{_CLOSERS}]*+(?=\s++{_START})|(?<=[a-zà-ÿ)]{{3}}[.!?])(?=[A-Z][a-z]++[ ,]))"
)  # the second way: a space was forgotten, "voorkomen.Daarnaast is"
_LINE = re.compile(r"[^\n]+")
_LONGEST_WORD = 30  # characters looked at in front of a full stop


def words(text: str) -> frozenset[str]:
    """A set of words, written as a text."""
    return frozenset(text.split())


# After these a sentence goes on, whatever follows.
_GOES_ON = words(
    "nr nrs art artt blz bl pag par mr mrs dr drs ir ing prof mevr mw dhr ds st dipl bc msc bijv bv "
    "vb vgl zgn zg ca circa resp incl excl inc gem afd bijl hfdst hfst cf eds stb stcrt trb pb kst kamerst abrvs "
    "aanh jan feb mrt apr jun jul aug sept sep okt nov dec ma di wo do vr za zo fa fam fig tab vs"
)
# These can end a sentence: they do when what follows looks like the beginning of one.
_CAN_END = words(
    "jl sr jr a.s c.s e.d e.a e.v m.m enz etc mln mld max min sec tel n.v.t z.s.m s.v.p b.v n.v v.chr n.chr "
    "o.i.d v.o.f u.s.a p.j p.m p.p b.g.g i.o k.k w.v.t.t.k"
)
_DAYS_AND_MONTHS = words("jan feb mrt apr jun jul aug sept sep okt nov dec ma di wo do vr za zo")
_SPECIAL = _GOES_ON | _CAN_END
_BEGINNERS = words(
    "de het een dit deze die dat er ook daarnaast daarbij daarom daarvoor hierbij hiermee hiervoor ik wij we u uw "
    "zij ze hij men in op bij met voor om uit van na naast als indien wanneer zo zoals om door tot tevens verder "
    "bovendien echter wel niet geen alle veel meer vanuit vanaf tijdens sinds omdat hoewel momenteel inmiddels "
    "ten tegelijk vervolgens daardoor hierdoor dus maar en of want toch kunt kan bent is zijn heeft hebben wat "
    "welke hoe hoeveel waarom wie waar ja nee onder over aan tussen volgens dankzij"
)
_NAME_PARTS = words("de den der het van ten ter in op")  # "A. De Vries": no sign of a new sentence
_NO_NAME_PARTS = _BEGINNERS - _NAME_PARTS
_LABELLED = words(
    "bijlage categorie groep variant optie klasse fase deel scenario onderdeel punt lid sub onder figuur tabel "
    "vitamine hepatitis niveau schaal"
)
LISTS = {  # by the bits that the compiled twin of this module knows them by: rag/native/indexing.c
    1: _GOES_ON,
    2: _CAN_END,
    4: _DAYS_AND_MONTHS,
    8: _BEGINNERS,
    16: _NO_NAME_PARTS,
    32: _LABELLED,
}
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")  # "d.m.v", "A.B"
_INITIAL = r"(?:Th|Ch|Ph|Fr|Chr|Joh|IJ|[^\W\d_a-zß-öø-ÿ])"
_INITIALS = re.compile(rf"(?:{_INITIAL}\.)*{_INITIAL}")  # "A", "A.B", "Th", "J.Th"
_ITEM_LABEL = re.compile(r"[(\[]?(?:\d{1,3}|[a-z]|[ivxl]{1,5})(?:\.\d{1,2})*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of ``text[start:end]`` in order: absolute spans, none empty, none with white space at its ends.

    Together they hold every character of the text that is not white space.
    """
    return [Span(*bounds) for bounds in bounds_of(text, start, end)]


def bounds_of(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """``sentences`` as bare pairs (start, end), which take less time."""
    stop = len(text) if end is None else min(end, len(text))
    found: list[tuple[int, int]] = []
    rows = text.find(" | ", max(start, 0), stop) >= 0
    for line in _LINE.finditer(text, max(start, 0), stop):
        begin, close = line.span()
        if not (rows and text.find(" | ", begin, close) >= 0):  # the cells of a row of a table belong together
            begin = _cut_line(text, begin, close, found)
        while begin < close and text[begin].isspace():
            begin += 1
        while close > begin and text[close - 1].isspace():
            close -= 1
        if begin < close:
            found.append((begin, close))
    return found


def _cut_line(text: str, start: int, end: int, found: list[tuple[int, int]]) -> int:
    """Add the sentences of one line but the last, which may end in white space; gives where that begins."""
    begin = start
    for candidate in _CANDIDATE.finditer(text, start, end):
        stop = candidate.start()
        space = text.rfind(" ", max(begin, stop - _LONGEST_WORD), stop)
        word = text[space + 1 : stop]
        # The usual case at once: a word of letters that is no abbreviation, and not the first.
        plain = space > begin and word.islower() and word.isalpha() and word not in _SPECIAL and len(word) > 1
        if plain or _is_end(text, begin, candidate):
            while text[begin].isspace():
                begin += 1
            found.append((begin, candidate.end()))
            begin = candidate.end()
    return begin


def _is_end(text: str, begin: int, candidate: re.Match[str]) -> bool:
    mark = candidate.group()
    before = text[max(begin, candidate.start() - _LONGEST_WORD) : candidate.start()].split()
    if not before:
        return False
    word = before[-1]
    if mark[0] in "?!":
        return True
    if mark[0] == "…" or mark.startswith(".."):
        return word not in ("(", "[")
    first = len(before) == 1 and not text[begin : candidate.start() - len(word)].strip()
    return _ends_at_full_stop(word, before[-2] if len(before) > 1 else "", first, candidate)


def _next_word(candidate: re.Match[str]) -> str:
    position = candidate.end()
    following = candidate.string[position : position + 60].lstrip().lstrip("«“‘„\"'([-–—• ")
    word = _WORD.match(following)
    return word.group() if word else following[:1]


def _ends_at_full_stop(word: str, previous: str, first: bool, candidate: re.Match[str]) -> bool:
    """Whether a sentence ends at the full stop after ``word``; ``first`` when the sentence has no word before it."""
    if first and _ITEM_LABEL.fullmatch(word):
        return False  # "1. Is het college …" is one sentence
    bare = word.lstrip("(«“‘„\"'[")
    lowered = bare.lower()
    if bare.isdigit() or bare == "p":
        return len(bare) > 2 or not _next_word(candidate).isdigit()
    if lowered in _CAN_END:
        return _next_word(candidate).lower() in _BEGINNERS
    if _INITIALS.fullmatch(bare):
        return previous.lower() in _LABELLED or _next_word(candidate).lower() in _NO_NAME_PARTS
    if lowered in _DAYS_AND_MONTHS:
        return not _next_word(candidate).isdigit() and not previous[-1:].isdigit()
    return lowered not in _GOES_ON and not _DOTTED.fullmatch(lowered)


def is_abbreviation(word: str) -> bool:
    """Whether a full stop after ``word`` (without that stop) says nothing about the end of a sentence."""
    lowered = word.lstrip("(«“‘„\"'[").lower()
    return (lowered in _GOES_ON and lowered not in _DAYS_AND_MONTHS) or bool(_DOTTED.fullmatch(lowered))
