"""Which lines of a document begin a question, an answer or a notice.

A label is believed when it fits the document: "1." begins a question only where the numbers form a sequence and what
follows asks something, so that a numbered list inside an answer stays in the answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.documents.asked_alike import asked_alike
from rag.documents.labels import Label, Role, headed, label, short_label
from rag.documents.lettered import settled
from rag.documents.lines import Line

_ASKING = re.compile(
    r"(?:is|zijn|was|waren|kan|kunt|kunnen|kon|heeft|hebt|hebben|had|wat|welke?|hoe\w*|waar\w*|wanneer|wie|bent|deelt|ziet|"
    r"wil|wilt|klopt|gaat|wordt|worden|herkent|erkent|onderschrijft|ondersteunt|vindt|acht|weet|staat|mag|moet|zou|zal|"
    r"zullen|doet|komt|overweegt|beschikt|bestaat|gebeurt|krijgt|neemt|maakt|geeft|houdt|denkt|meent|begrijpt|realiseert|"
    r"zet|ligt|loopt|leidt|verwacht|hanteert|toont|volgt|werkt|kent|beaamt|betreurt|onderkent|steunt|vraagt|indien|graag|"
    r"zo ja|zo nee|(?:op|in|met|aan|door|voor|sinds|tot|uit|bij|over|van|om) (?:welke?|wie|wat|hoe\w*|wanneer))\b",
    re.IGNORECASE,
)
_LONGEST_QUESTION = 14  # lines looked at for a question mark
_OPEN_ENDS = (" het", " de", " op", " van", " en", " bij", " in")
_SAME_BEGINNING = 40  # characters by which a question is known again
_ROMAN_LETTERS = ("i", "(i")  # of an item: Roman numbers, or letters among letters
_MOST_MISSING = 3  # numbers that may be missing in a row
_LONGEST_HEADING = 80  # characters
_IN_BRACKETS = re.compile(r"\([^()]{3,120}\)[.:]?$")


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that begins something. ``rest`` is where in the line the content begins."""

    line: int
    role: Role
    numbers: tuple[str, ...]
    rest: int


def find_marks(lines: Sequence[Line]) -> list[Mark]:
    """The marks of a document in order; empty when it holds no questions."""
    labels = [(i, found) for i, line in enumerate(lines) if (found := label(line.text)) and not _in_sentence(lines, i)]
    labels = settled(labels)
    others = [_mark(i, found) for i, found in labels if found.role in ("answer", "answers", "notice")]
    questions = _labelled(lines, labels, others) or _bare(labels, others) or _short(lines)
    if questions:
        known = {mark.line for mark in questions}
        marks = questions + [mark for mark in others if mark.line not in known]
    else:
        items = [(i, found) for i, found in labels if found.role == "item"]
        questions = _counted(lines, items, others)
        others += _short_answers(lines, questions, others)
        marks = questions + others if questions else _named(lines, others) or _headed(lines) or _alike(lines, others)
    if not any(mark.role == "question" for mark in marks):
        return []
    first = min(mark.line for mark in marks if mark.role == "question")
    marks = [mark for mark in marks if mark.line >= first]
    marks = _of_asked([*marks, *_numbered_answers(lines, labels, marks)])
    return _merged(sorted(marks, key=lambda mark: (mark.line, mark.role != "question")))


def _in_sentence(lines: Sequence[Line], i: int) -> bool:
    """Whether a line goes on with a sentence that was broken off: "… (zie het" / "antwoord op vraag 4). Ook …"."""
    line, before = lines[i], lines[i - 1] if i else None
    if before is None or not line.text[0].islower() or before.ended or line.gap > line.loose:
        return False
    return before.text.count("(") > before.text.count(")") or before.text.endswith(_OPEN_ENDS)


def _mark(line: int, found: Label) -> Mark:
    return Mark(line, found.role, found.numbers, found.rest)


def _labelled(lines: Sequence[Line], labels: list[tuple[int, Label]], others: list[Mark]) -> list[Mark]:
    """Find "Vraag 1": believed with a second one, with an answer, or when something is asked."""
    found = [_mark(i, one) for i, one in labels if one.role == "question" and one.numbers]
    if len(found) > 1 or any(mark.role == "answer" for mark in others):
        return found
    return [mark for mark in found if "?" in _content(lines, mark.line, mark.rest)]


def _bare(labels: list[tuple[int, Label]], others: list[Mark]) -> list[Mark]:
    """Find "Vraag: …" without a number: counted."""
    if not any(mark.role == "answer" for mark in others):
        return []
    found = [_mark(i, one) for i, one in labels if one.role == "question" and not one.numbers]
    return [replace(mark, numbers=(str(n),)) for n, mark in enumerate(found, 1)]


def _short(lines: Sequence[Line]) -> list[Mark]:
    """Find "V: …?" and "A: …", believed only together."""
    found = [_mark(i, one) for i, line in enumerate(lines) if line.text[0] in "VAQ" and (one := short_label(line.text))]
    roles = Counter(mark.role for mark in found)
    if not roles["question"] or not roles["answer"] or roles["question"] > 2 * roles["answer"]:
        return []
    if any(mark.rest == 3 and not mark.numbers for mark in found) and roles["question"] == 1:
        return []
    marks, count = [], 0
    for mark in found:
        count += mark.role == "question"
        marks.append(mark if mark.numbers else replace(mark, numbers=(str(count),)))
    return marks


def _short_answers(lines: Sequence[Line], questions: list[Mark], others: list[Mark]) -> list[Mark]:
    """Find "A: …" below numbered questions, believed when each has one and no other label begins an answer."""
    if not questions or any(mark.role == "answer" for mark in others):
        return []
    found = [_mark(i, one) for i, line in enumerate(lines) if line.text[0] == "A" and (one := short_label(line.text))]
    return found if len(found) == len(questions) else []


def _counted(lines: Sequence[Line], items: list[tuple[int, Label]], others: list[Mark]) -> list[Mark]:
    """Questions that a number alone tells. Where no label begins an answer more is asked of them."""
    questions = _chain(lines, items)
    if not questions or any(mark.role == "answer" for mark in others):
        return questions
    if not any("?" in _content(lines, mark.line, mark.rest) for mark in questions):
        return []  # "I. Wat er is gebeurd" is a heading
    if lines[questions[0].line].text.lower().startswith(_ROMAN_LETTERS):
        alike = _alike(lines, [])
        if len(alike) > len(questions):
            return alike
    questions = _with_headings(lines, items, questions)
    return questions if len(questions) > 1 else []  # a single "1. …?" is a line in a text like any other


def _chain(lines: Sequence[Line], items: list[tuple[int, Label]]) -> list[Mark]:
    """The items that form the sequence of the document's questions: rising from 1, set alike, each asking something."""
    asking = [(i, found) for i, found in items if _asks(lines, i, found)]
    start = next((n for n, (_, found) in enumerate(asking) if found.numbers[0] in ("1", "1a")), None)
    if start is None:
        return []
    style = asking[start][1].style
    alike = [(i, found) for i, found in asking[start:] if found.style == style]
    marks: list[Mark] = []
    last = 0
    for n, (i, found) in enumerate(alike):
        number = _count(found)
        follows = number == last + 1 or (marks and number == last and found.numbers[0][-1].isalpha())
        skips = marks and last < number <= last + 1 + _MOST_MISSING and not _comes_later(alike[n:], last + 1)
        if follows or skips:
            marks.append(replace(_mark(i, found), role="question"))
            last = _count(found, -1)
    return marks


def _count(found: Label, which: int = 0) -> int:
    return int(re.sub(r"\D", "", found.numbers[which]) or 0)


def _with_headings(lines: Sequence[Line], items: list[tuple[int, Label]], questions: list[Mark]) -> list[Mark]:
    """Questions and the numbered headings among them that ask nothing; none when most of the headings ask nothing."""
    if not questions:
        return []
    known = {mark.line: mark for mark in questions}
    style = next(found.style for i, found in items if i == questions[0].line)
    headings: list[Mark] = []
    last, listed = 0, False
    for i, found in ((i, found) for i, found in items if i >= questions[0].line and found.style == style):
        if i in known:
            last, listed = _count(found, -1), False
        elif _count(found) == 1:
            listed = True  # a list within an answer begins
        elif _count(found) == last + 1 and not listed and _is_heading(lines, i):
            headings.append(replace(_mark(i, found), role="question"))
            last += 1
    return sorted(questions + headings, key=lambda mark: mark.line) if len(headings) < len(questions) else []


def _is_heading(lines: Sequence[Line], i: int) -> bool:
    line = lines[i]
    if line.heading:
        return True
    apart = line.gap > line.loose and i + 1 < len(lines) and lines[i + 1].gap > lines[i + 1].loose
    return apart and len(line.text) < _LONGEST_HEADING and not line.ended


def _named(lines: Sequence[Line], others: list[Mark]) -> list[Mark]:
    """Read "Ad 1. Hoe …?" and "Ad vraag 2 (de kosten)": labels of answers that say their question; all or none do."""
    marks: list[Mark] = []
    for mark in others:
        if mark.role != "answer":
            marks.append(mark)
        elif mark.numbers and "?" in _content(lines, mark.line, mark.rest):
            marks.append(replace(mark, role="question"))
        elif mark.numbers and (_IN_BRACKETS.match(lines[mark.line].text, mark.rest) or _is_topic(lines, mark)):
            marks += _with_answer(lines, replace(mark, role="question"))
        else:
            return []
    return marks if sum(mark.role == "question" for mark in marks) > 1 else []


def _is_topic(lines: Sequence[Line], mark: Mark) -> bool:
    """Whether a label is followed by a few words on its line, "Ad 1. De kosten", and by the answer on the next."""
    line = lines[mark.line]
    after = lines[mark.line + 1] if mark.line + 1 < len(lines) else None
    short = 0 < len(line.text) - mark.rest < _LONGEST_HEADING and not line.ended
    return short and after is not None and not label(after.text) and len(after.text) > len(line.text)


def _headed(lines: Sequence[Line]) -> list[Mark]:
    """Find headings that name the questions answered below them, "De kosten (vragen 4 en 5)", each question once."""
    found = [(i, numbers) for i, line in enumerate(lines) if (numbers := headed(line.text))]
    every = [number for _, each in found for number in each]
    if len(found) < 2 or every[0] != "1" or len(set(every)) < len(every):
        return []
    return [mark for i, each in found for mark in _with_answer(lines, Mark(i, "question", each, 0))]


def _alike(lines: Sequence[Line], others: list[Mark]) -> list[Mark]:
    """Find questions that are told by nothing but how they are set, each with its answer below it."""
    questions = [_mark(i, found) for i, found in asked_alike(lines)]
    known = {mark.line for mark in questions}
    return questions + [mark for mark in others if mark.line not in known] if questions else []


def _with_answer(lines: Sequence[Line], mark: Mark) -> list[Mark]:
    """A question of one line, and its answer from the next line on."""
    after = mark.line + 1
    return [mark, Mark(after, "answer", mark.numbers, 0)] if after < len(lines) else [mark]


def _comes_later(items: list[tuple[int, Label]], number: int) -> bool:
    return any(found.numbers[0] == str(number) for _, found in items[:200])


def _asks(lines: Sequence[Line], i: int, found: Label) -> bool:
    if not lines[i].text[found.rest :] and i + 1 < len(lines) and not label(lines[i + 1].text):
        return bool(_ASKING.match(lines[i + 1].text)) or "?" in _content(lines, i, found.rest)
    return bool(_ASKING.match(lines[i].text, found.rest)) or "?" in _content(lines, i, found.rest)


def _content(lines: Sequence[Line], start: int, rest: int) -> str:
    """The text of an item up to the next label or wide white space."""
    pieces = [lines[start].text[rest:]]
    for line in lines[start + 1 : start + _LONGEST_QUESTION]:
        if line.gap - line.loose > 0 or label(line.text):
            break
        pieces.append(line.text)
    return " ".join(pieces)


def _numbered_answers(lines: Sequence[Line], labels: list[tuple[int, Label]], marks: list[Mark]) -> list[Mark]:
    """Answers that are told by nothing but the number of their question, all of them after the last question."""
    questions = [mark for mark in marks if mark.role == "question" for _ in mark.numbers]
    numbers = [number for mark in marks if mark.role == "question" for number in mark.numbers]
    last = max(mark.line for mark in questions)
    heading = max((mark.line for mark in marks if mark.role == "answers"), default=0)
    if any(mark.role == "answer" and mark.numbers for mark in marks):
        return []
    after = max(last, heading)
    items = [(i, found) for i, found in labels if i > after and found.role == "item" and found.numbers[0] in numbers]
    chosen: list[Mark] = []
    for i, found in items:
        position = numbers.index(found.numbers[0])
        if not chosen or position > numbers.index(chosen[-1].numbers[0]):
            chosen.append(replace(_mark(i, found), role=_answer_or_again(lines, questions[position], i, found)))
    enough = (
        sum(len(mark.numbers) for mark in chosen) >= 0.6 * len(numbers)
        and chosen
        and chosen[0].numbers[0] == numbers[0]
    )
    apart = heading > last or (len(numbers) > 1 and not _answers_between(lines, questions))
    return chosen if enough and apart else []


def _answer_or_again(lines: Sequence[Line], question: Mark, i: int, found: Label) -> Role:
    """Whether an item holds an answer, or says its question again with the answer after it."""
    asked, said = _content(lines, question.line, question.rest), _content(lines, i, found.rest)
    return "question" if said.startswith(asked[:_SAME_BEGINNING]) else "answer"


def _answers_between(lines: Sequence[Line], questions: list[Mark]) -> bool:
    """Whether something that asks nothing stands between most questions: their answers."""
    told = 0
    for after in questions[1:]:
        told += not lines[after.line - 1].text.rstrip("»”’\"')").endswith("?")
    return told > 0.5 * (len(questions) - 1)


def _of_asked(marks: list[Mark]) -> list[Mark]:
    """The marks with answers to parts ("Antwoord 1a en b") as answers to the question that has those parts."""
    asked = {number for mark in marks if mark.role == "question" for number in mark.numbers}
    found: list[Mark] = []
    for mark in marks:
        whole = tuple(dict.fromkeys(number.rstrip("abcdefghij") for number in mark.numbers))
        parts = mark.role == "answer" and asked.isdisjoint(mark.numbers) and asked.issuperset(whole)
        found.append(replace(mark, numbers=whole) if parts else mark)
    return found


def _merged(marks: list[Mark]) -> list[Mark]:
    """One mark a line."""
    kept: list[Mark] = []
    for mark in marks:
        if not kept or mark.line != kept[-1].line:
            kept.append(mark)
    return kept
