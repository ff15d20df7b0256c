"""Lines → the sections of a document with questions: head, introductions, questions, answers, notices, signature."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rag.documents.lines import Line
from rag.documents.marks import Mark
from rag.documents.paragraphs import Paragraph, Typesetting
from rag.sentences import sentences
from rag.types import BlockKind

_ASKED = re.compile(r"\?[»”’\"')\]]*$")
_SIGNATURE = re.compile(
    r"(?:hoogachtend|met vriendelijke groet\w*|"
    r"(?:het )?college van burgemeester en wethouders\b.{0,40}|"
    r"burgemeester en wethouders van .{1,40}|namens (?:het college|burgemeester).{0,60}|"
    r"gedeputeerde staten (?:van|voornoemd)\b.{1,60}|ondertekening\b.{0,80}|"
    r"de (?:gemeente)?secretaris\b.{0,60}|de (?:loco-?)?burgemeester\b.{0,60}|de wethouder\b.{0,60}|"
    r"de (?:minister|staatssecretaris) (?:van|voor) .{1,60})[,.:]?$",
    re.IGNORECASE,
)
_STILL_ASKING = re.compile(
    r"(?:graag|gaarne|zo (?:ja|nee)|indien|kunt u|kan het college|wilt u|toelicht)", re.IGNORECASE
)
_FIELD = re.compile(r"[A-Z][^:.?!]{2,45}:\s+\S")
_CONNECTIVE = re.compile(
    r"(?:daarnaast|ook|verder|tevens|bovendien|ten slotte|tot slot|tenslotte|hierbij|hiervoor|daarbij|daarom|deze|dit|"
    r"wij|we|ik|mijn|onze|ons|het college|echter|wel|voorts|vervolgens|zoals|om|zie|ja|nee|op dit moment|momenteel|"
    r"in (?:20\d\d|den|onze))\b",
    re.IGNORECASE,
)
_REPORTING = re.compile(
    r"(?:uit .{0,60}\b(?:blijkt|bleek)|volgens |vandaag|onlangs|recent\w* |"
    r"op \d+ \w+ (?:\d{4} )?(?:publiceerde|verscheen|berichtte|meldde)|"
    r"[^.]{0,60}\b(?:stelt|stelde|meldt|meldde|schrijft|schreef|concludeert|bericht|berichtte) (?:dat|in|op))\b",
    re.IGNORECASE,
)
_OWN_VOICE = re.compile(r"\bik\b", re.IGNORECASE)  # of who answers
_WORD = re.compile(r"[^\W\d_]{5,}|(?<=[a-z,] )[A-Z][^\W\d_]{2,}")
_SECTION = re.compile(r"(?:§\s?\d|[A-Z]\.\s|[IVX]{1,4}\.\s|(?:Onderdeel|Onderwerp|Thema|Deel)\s\w{1,4}\b)")
_LONGEST_HEADING = 90  # characters
_TAIL = 16  # lines from the end in which a signature is looked for
_LONGEST_SIGNATURE_LINE = 100


@dataclass(slots=True)
class Section:
    """A stretch of the document with one role. ``label`` says what it is ("Vraag 1") and is no part of it."""

    kind: BlockKind
    paragraphs: list[Paragraph]
    numbers: tuple[str, ...] = ()
    label: Line | None = None
    inline: bool = False  # the label stands on the first line of the content
    name: str = ""  # of the part of the document that it belongs to


@dataclass(slots=True)
class Structure:
    """A document with questions: the lines before the first, and everything from there on."""

    head: list[Paragraph]
    sections: list[Section] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A mark with what follows it up to the next mark."""

    mark: Mark
    label: Line | None
    inline: bool
    paragraphs: list[Paragraph]


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a document is set: whether it leads its first question in, and whether its answers are in italics."""

    introduces: bool
    slants: bool


def find_structure(lines: Sequence[Line], marks: Sequence[Mark], typesetting: Typesetting) -> Structure | None:
    """The sections of a document, from what ``find_marks`` found in it; None when it holds no questions."""
    if not marks:
        return None
    body, closing = _split_closing(lines, marks[-1].line)
    units = [_unit(body, mark, after, typesetting) for mark, after in zip(marks, [*marks[1:], None], strict=True)]
    structure = Structure(typesetting.paragraphs(lines[: marks[0].line]))
    _read_units(units, structure)
    structure.sections += _closing_sections(closing, typesetting)
    return structure


def _unit(lines: Sequence[Line], mark: Mark, after: Mark | None, typesetting: Typesetting) -> _Unit:
    line = lines[mark.line]
    rest = line.part(mark.rest, len(line.text)) if mark.rest < len(line.text) else None
    following = lines[mark.line + 1 : after.line if after else len(lines)]
    content = [rest, *following] if rest else list(following)
    tag = line.part(line.bullet, mark.rest) if mark.rest > line.bullet and mark.role != "notice" else None
    return _Unit(mark, tag, rest is not None, typesetting.paragraphs(content))


def _read_units(units: list[_Unit], structure: Structure) -> None:
    answered = {number for unit in units if unit.mark.role == "answer" for number in unit.mark.numbers}
    again = Counter(number for unit in units if unit.mark.role == "question" for number in unit.mark.numbers)
    open_numbers: list[str] = []  # of questions that have no answer yet
    manner = _Manner(any(_looks_like_prose(p) for p in structure.head[-1:]), _slants(units[-1]))
    for n, whole in enumerate(units):
        after = units[n + 1] if n + 1 < len(units) else None
        unit, heading = _part_heading(whole) if after and after.mark.role == "question" else (whole, None)
        role, numbers = unit.mark.role, unit.mark.numbers
        if role == "question":
            again.subtract(numbers)
            elsewhere = answered | {number for number in numbers if again[number]}
            open_numbers += [number for number in numbers if number not in elsewhere]
            answer = _add_question(unit, after, structure, elsewhere, manner)
            if answer:
                open_numbers = [number for number in open_numbers if number not in numbers]
        elif role == "notice":
            structure.sections.append(Section("notice", unit.paragraphs))
        elif role == "answers" and not unit.paragraphs:
            structure.sections.append(Section("metadata", [], (), unit.label))
        else:
            if not numbers:
                numbers = tuple(open_numbers if role == "answers" else open_numbers[-1:]) or _last_numbers(structure)
                open_numbers = [number for number in open_numbers if number not in numbers]
            _add_answer(unit, numbers, after, structure)
        if heading and after:
            structure.sections.append(Section("introduction", [heading], after.mark.numbers))


def _slants(last: _Unit) -> bool:
    """Whether answers are set in italics and questions are not, as what follows the last question tells."""
    paragraphs = last.paragraphs
    return len(paragraphs) > 1 and paragraphs[-1].italic and not paragraphs[0].italic


def _part_heading(unit: _Unit) -> tuple[_Unit, Paragraph | None]:
    """Part a unit from the heading at its end, which stands above the next question: "III. De kosten"."""
    if len(unit.paragraphs) < 2 or not _is_heading(unit.paragraphs[-1]):
        return unit, None
    return replace(unit, paragraphs=unit.paragraphs[:-1]), unit.paragraphs[-1]


def _is_heading(paragraph: Paragraph) -> bool:
    line = paragraph.first
    if len(paragraph.lines) > 1 or line.item or line.ended or len(line.text) > _LONGEST_HEADING:
        return False
    return bool(line.heading or (line.gap and (line.text.isupper() or _SECTION.match(line.text))))


def _last_numbers(structure: Structure) -> tuple[str, ...]:
    return next((s.numbers for s in reversed(structure.sections) if s.kind in ("question", "answer")), ())


def _add_question(unit: _Unit, after: _Unit | None, structure: Structure, answered: set[str], manner: _Manner) -> bool:
    """Add a question and, when its answer has no label of its own, that answer. Returns whether there was one."""
    numbers, paragraphs = unit.mark.numbers, unit.paragraphs
    if after and after.mark.role == "answer" and (not after.mark.numbers or set(numbers) & set(after.mark.numbers)):
        structure.sections.append(Section("question", paragraphs, numbers, unit.label, unit.inline))
        return True
    end = _question_end(paragraphs)
    rest = paragraphs[end:]
    introduction: list[Paragraph] = []
    asks_next = after is not None and after.mark.role == "question"
    if set(numbers) & answered:
        rest, introduction = ([], rest) if asks_next else (rest, [])
    elif asks_next and after and rest:
        rest, introduction = _part_introduction(paragraphs[:end], rest, after.paragraphs[:1], manner)
    question = paragraphs[:end]
    if not rest and len(question) == 1 and not set(numbers) & answered:
        question, rest = _part_in_paragraph(question[0])
    structure.sections.append(Section("question", question, numbers, unit.label, unit.inline))
    if rest:
        structure.sections.append(Section("answer", rest, numbers))
    if introduction and after:
        structure.sections.append(Section("introduction", introduction, after.mark.numbers))
    return bool(rest)


def _add_answer(unit: _Unit, numbers: tuple[str, ...], after: _Unit | None, structure: Structure) -> None:
    paragraphs = unit.paragraphs
    introduction: list[Paragraph] = []
    if (
        after
        and after.mark.role == "question"
        and len(paragraphs) > 1
        and paragraphs[-1].italic
        and not paragraphs[0].italic
    ):
        paragraphs, introduction = paragraphs[:-1], paragraphs[-1:]
    structure.sections.append(Section("answer", paragraphs, numbers, unit.label, unit.inline))
    if introduction and after:
        structure.sections.append(Section("introduction", introduction, after.mark.numbers))


def _question_end(paragraphs: list[Paragraph]) -> int:
    """How many of the paragraphs belong to the question, when no label says where the answer begins."""
    if not paragraphs:
        return 0
    end = 1
    if "?" not in paragraphs[0].text and not paragraphs[0].text.endswith(":"):
        asked = next((n for n, p in enumerate(paragraphs[:3]) if _ASKED.search(p.text)), 0)
        end = asked + 1
    open_list = paragraphs[end - 1].text.endswith(":")
    while end < len(paragraphs):
        paragraph = paragraphs[end]
        if _ASKED.search(paragraph.text) or (open_list and paragraph.item):
            end += 1
        else:
            break
    return end


def _part_in_paragraph(paragraph: Paragraph) -> tuple[list[Paragraph], list[Paragraph]]:
    """Part a question from an answer that stands in the same paragraph: after the last sentence that asks."""
    text = paragraph.text
    end = max((span.end for span in sentences(text) if _ASKED.search(text, span.start, span.end)), default=len(text))
    rest = text[end:].strip()
    if not rest or _STILL_ASKING.match(rest):
        return [paragraph], []
    before, after = paragraph.cut(end)
    return [before], [after]


def _part_introduction(
    question: list[Paragraph], answer: list[Paragraph], following: list[Paragraph], manner: _Manner
) -> tuple[list[Paragraph], list[Paragraph]]:
    """Part an answer from the paragraph after it that leads to the next question."""
    last = answer[-1]
    if len(answer) == 1:
        if last.italic and not manner.slants and not last.first.item and question and not question[0].italic:
            return [], answer
        return answer, []
    if last.italic != answer[0].italic:
        return (answer[:-1], answer[-1:]) if last.italic else (answer, [])
    if _answers_on(answer) or not manner.introduces:
        return answer, []
    if _REPORTING.match(last.text) or _leads_to(last, following, question + answer[:-1]):
        return answer[:-1], answer[-1:]
    return answer, []


def _answers_on(answer: list[Paragraph]) -> bool:
    """Whether the last paragraph of an answer shows that it is one: by its words, or as what follows a list."""
    last, before = answer[-1], answer[:-1]
    listed = before[-1].item or any(paragraph.text.endswith(":") for paragraph in before)
    return bool(last.item or listed or _CONNECTIVE.match(last.text) or _OWN_VOICE.search(last.text))


def _leads_to(paragraph: Paragraph, following: list[Paragraph], before: list[Paragraph]) -> bool:
    """Whether a paragraph shares a word with the next question that neither this question nor its answer has."""
    return bool((_stems([paragraph]) & _stems(following)) - _stems(before))


def _stems(paragraphs: list[Paragraph]) -> set[str]:
    return {word.lower()[:7] for p in paragraphs for word in _WORD.findall(p.text)}


def _looks_like_prose(paragraph: Paragraph) -> bool:
    text = paragraph.text
    return len(text.split()) >= 8 and text.endswith((".", "!", "?", "’", "”", "»", '"'))


def _split_closing(lines: Sequence[Line], last: int) -> tuple[Sequence[Line], Sequence[Line]]:
    """Part what closes the document (signature, "Bron: …" fields) from its last answer."""
    end = len(lines)
    while end > last + 1 and _FIELD.match(lines[end - 1].text) and not lines[end - 1].item:
        end -= 1
    if len(lines) - end < 2 or not (lines[end].gap > 1 or lines[end].indent < lines[end - 1].indent):
        end = len(lines)
    for i in range(max(last + 1, end - _TAIL), end):
        text = lines[i].text
        if len(text) < _LONGEST_SIGNATURE_LINE and _SIGNATURE.match(text) and (lines[i].gap or lines[i - 1].ended):
            return lines[:i], lines[i:]
    return lines[:end], lines[end:]


def _closing_sections(lines: Sequence[Line], typesetting: Typesetting) -> list[Section]:
    """A signature, then fields that tell about the document, each where it stands."""
    sections: list[Section] = []
    for paragraph in typesetting.paragraphs(lines):
        kind: BlockKind = "metadata" if _FIELD.match(paragraph.text) else "signature"
        if sections and sections[-1].kind == kind:
            sections[-1].paragraphs.append(paragraph)
        else:
            sections.append(Section(kind, [paragraph]))
    return sections
