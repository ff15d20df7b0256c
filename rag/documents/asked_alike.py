"""Questions that no word and no usual number tells: each is set as the others, and its answer stands below it.

Letters ("a) …?"), a number without a mark ("1 …?", and "1 Kosten" as a heading above the question), and lines that are
set apart alike (quoted, behind the same bullet, as a heading, in italics). A letter too has headings that ask: what has
no number counts only in a document that says of itself that it answers questions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from rag.documents.labels import Label, label
from rag.documents.lines import Line

Found = list[tuple[int, Label]]  # the line of a question and what stands before it

_LETTERED = re.compile(r"(?P<open>\(?)(?P<letter>[A-Za-z])(?P<mark>[.)]|\s[–—-](?=\s))\s*(?=[A-ZÀ-Þ«‘“„'\"(\d]|$)")
_SPACED = re.compile(r"(?P<bullet>[■□►▶➤•]\s+)?(?P<number>\d{1,2})\s+(?=[A-ZÀ-Þ«‘“„'\"])")
_ASKED = re.compile(r"\?[»”’\"')\]]*$")
_OF_QUESTIONS = re.compile(
    r"(?:[^.?!\n]{2,60}\s[–—|-]\s)?(?:(?:schriftelijke|mondelinge|technische|aanvullende|feitelijke)\s+(?:en\s+)?)*"
    r"(?:(?:raads|kamer|staten|vervolg)?vragen\b|lijst van vragen)",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"\bbeantwoording\b.{0,60}vragen\b|\b(?:be)?antwoord\w*\b.{0,40}\b(?:uw|de|deze|gestelde|op|\w+svragen|\w+envragen)\b"
    r".{0,40}vragen\b|\b(?:uw|de|deze|onderstaande|gestelde)\s+(?:\w+\s+)?vragen\b.{0,160}\b(?:be)?antwoord",
    re.IGNORECASE | re.DOTALL,
)
_FEWEST, _FEWEST_APART = 2, 3  # questions
_SHARE = 0.6  # of what is set alike asks something
_LONGEST = 8  # lines of a question
_HEAD = 40  # lines in which a document says what it is
_LONGEST_TOPIC = 80  # characters


def asked_alike(lines: Sequence[Line]) -> Found:
    """The questions of a document whose questions have no usual label, in order; empty when there are none."""
    if sum(line.text.rstrip("»”’\"')]").endswith("?") for line in lines) < _FEWEST:
        return []
    return _sequence(lines, _letter) or _sequence(lines, _figure) or _apart(lines)


def _letter(line: Line) -> tuple[int, str, Label] | None:
    found = _LETTERED.match(line.text)
    if not found:
        return None
    letter = found["letter"].lower()
    style = f"{found['open']}{found['mark']}{found['letter'].isupper()}{line.heading}"
    return ord(letter) - ord("a") + 1, style, Label("question", (letter,), found.end(), "a")


def _figure(line: Line) -> tuple[int, str, Label] | None:
    found = _SPACED.match(line.text)
    if not found:
        return None
    style = f"{line.heading}{(found['bullet'] or '').strip()}"
    return int(found["number"]), style, Label("question", (found["number"],), found.end(), "0")


def _sequence(lines: Sequence[Line], read: Callable[[Line], tuple[int, str, Label] | None]) -> Found:
    """Questions that count up from the first, set alike, each with something below it that does not ask."""
    found: Found = []
    style = ""
    alike = 0  # lines that are set so, from the first question on
    for i, line in enumerate(lines):
        one = read(line)
        if not one or (found and one[1] != style):
            continue
        if one[0] == len(found) + 1 and _end(lines, i, one[2].rest):
            found.append((i, one[2]))
            style = one[1]
        alike += bool(found)
    enough = len(found) >= _FEWEST and len(found) >= _SHARE * alike
    return found if enough and _answered(lines, found) else []


def _apart(lines: Sequence[Line]) -> Found:
    """Lines that ask, set apart alike, in a document about questions: counted."""
    for style in (_quoted, _bullet, _heading, _italic, _alone):
        starts = list(_starts(lines, style))
        asking = [i for i in starts if _end(lines, i, lines[i].bullet)]
        if len(asking) < _FEWEST_APART or not _about_questions(lines[: asking[0]]):
            continue
        alike = sum(i >= asking[0] for i in starts)
        found = [
            (i, Label("question", (str(n),), lines[i].bullet if style is _bullet else 0))
            for n, i in enumerate(asking, 1)
        ]
        if len(asking) >= _SHARE * alike and _answered(lines, found):
            return found
    return []


def _quoted(line: Line) -> str:
    return ">" if line.quoted else ""


def _bullet(line: Line) -> str:
    return line.text[0] if line.bullet else ""


def _heading(line: Line) -> str:
    return str(line.heading) if line.heading else ""


def _italic(line: Line) -> str:
    return "i" if line.italic else ""


def _alone(line: Line) -> str:
    """A line that asks, on its own: nothing else sets it apart."""
    return "?" if line.gap > line.loose and _ASKED.search(line.text) else ""


def _starts(lines: Sequence[Line], style: Callable[[Line], str]) -> Iterator[int]:
    """Where lines of the style begin that most of them have."""
    told = [style(line) for line in lines]
    asked = [told[i] for i, line in enumerate(lines) if told[i] and _ASKED.search(line.text)]
    usual = max(sorted(set(asked)), key=asked.count) if asked else ""
    for i, own in enumerate(told):
        goes_on = i and told[i - 1] == own and not lines[i].gap and not lines[i].bullet and not lines[i - 1].ended
        if own and own == usual and not goes_on:
            yield i


def _end(lines: Sequence[Line], start: int, rest: int) -> int:
    """The line after a question that begins at ``start``; 0 when what begins there does not ask."""
    first = lines[start]
    topic = not first.ended and len(first.text) < _LONGEST_TOPIC  # a few words above the question
    for i in range(start, min(start + _LONGEST, len(lines))):
        line = lines[i]
        apart = line.gap > line.loose and not (topic and i == start + 1)
        if i > start and (apart or label(line.text)):
            return 0
        if _ASKED.search(line.text) or (i == start and "?" in line.text[rest:]):
            return i + 1
        if i > start and first.heading and line.ended:
            return 0
    return 0


def _answered(lines: Sequence[Line], found: Found) -> bool:
    """Whether three in four of the questions have something below them that does not ask."""
    nexts = [*(i for i, _ in found[1:]), len(lines)]
    told = sum(
        _has_answer(lines, _end(lines, i, one.rest), after) for (i, one), after in zip(found, nexts, strict=True)
    )
    return 4 * told >= 3 * len(found)


def _has_answer(lines: Sequence[Line], end: int, after: int) -> bool:
    """Whether an answer follows a question that ends before the line ``end``: on its last line or below it."""
    if not _ASKED.search(lines[end - 1].text):
        return True
    return end < after and not _ASKED.search(lines[end].text)


def _about_questions(head: Sequence[Line]) -> bool:
    """Whether a document says above its first question that it answers questions, or holds them."""
    top = head[:_HEAD]
    return any(not line.text[0].islower() and _OF_QUESTIONS.match(line.text) for line in top) or bool(
        _ANSWERED.search("\n".join(line.text for line in top))
    )
