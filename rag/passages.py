"""Document → passages: what is found, read and cited. Knows the parts of a document, no file formats and no index.

A question with its answer is one passage; what stands outside the questions is another; text without questions is cut
by headings and paragraphs. ``windows`` cuts a long passage for searching, ``search_text`` says what is searched in it,
``signature`` is what it says without its layout (``rag/similarity.py`` compares these).
"""

from __future__ import annotations

import hashlib
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.documents.pages import pages_of
from rag.sentences import sentences
from rag.similarity import normalised
from rag.types import Block, Document, Exchange, Passage, PassageKind, Span

FEWEST_WORDS = 60  # of a passage of running text, where its headings allow
USUAL_WORDS = 150
MOST_WORDS = 250
LONG_PASSAGE = 120  # words from which a passage is searched in windows
SHORT_TURN = 25  # words of what a speaker says, up to which the next speaker joins the passage
LONGEST_LABEL = 120  # characters
WINDOW_WORDS = 75  # of a window, about
OUTSIDE = ("*",)
_HEADINGS = frozenset({"title", "heading", "heads"})
_ABOUT = frozenset({"title", "metadata", "signature"})
_NOT_READ = frozenset({"furniture", "label"})


class SearchText(NamedTuple):
    """What the index sees of a passage. ``body`` is the answer and what introduces the question, or the text.

    The body of metadata ends with words that people ask for it with; they are searched and never quoted.
    """

    title: str
    question: str
    body: str
    notes: str


def passages(document: Document) -> tuple[Passage, ...]:
    """The passages of a document in order of their place. Every block that is read belongs to one of them."""
    layout = _Layout(document)
    if not document.exchanges:
        return tuple(_text_passages(layout))
    found = [_exchange_passage(layout, exchange) for exchange in document.exchanges]
    found += _outside_passages(layout)
    return tuple(sorted(found, key=lambda passage: (passage.start, passage.end)))


class _Layout:
    """A document with its blocks and footnotes within reach by number and by place."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._starts = [block.start for block in document.blocks]
        self._by_number: dict[str, list[Block]] = {}
        for block in document.blocks:
            for number in block.numbers:
                self._by_number.setdefault(number, []).append(block)
        self.exchanged = {number for exchange in document.exchanges for number in exchange.numbers}
        self._anchors = sorted(
            (note.anchor, note.start)
            for note in document.footnotes
            if note.anchor is not None and self._is_read(note.anchor)
        )
        self.anchored = {start for _, start in self._anchors}

    def _is_read(self, anchor: int) -> bool:
        """Whether the place that refers to a footnote is in a block that belongs to a passage."""
        block = self.document.blocks[max(bisect_left(self._starts, anchor) - 1, 0)]
        return block.kind not in _NOT_READ or not self.exchanged.isdisjoint(block.numbers)

    def numbered(self, numbers: Sequence[str]) -> list[Block]:
        """The blocks that bear one of these numbers, in order."""
        found = {block.start: block for number in numbers for block in self._by_number.get(number, ())}
        return [found[start] for start in sorted(found)]

    def runs(self, parts: Sequence[Block]) -> list[list[Block]]:
        """``parts`` cut where other blocks of the document stand between them."""
        runs: list[list[Block]] = []
        last = -2
        for part in parts:
            place = bisect_left(self._starts, part.start)
            if place == last + 1:
                runs[-1].append(part)
            else:
                runs.append([part])
            last = place
        return runs

    def apart(self, block: Block, following: Block) -> bool:
        """Whether other blocks stand between two: the heads of a table above the rows of a later passage."""
        return block.kind == "heads" and bisect_left(self._starts, following.start) > self._place(block) + 1

    def _place(self, block: Block) -> int:
        return bisect_left(self._starts, block.start)

    def notes(self, parts: Sequence[Block]) -> list[Block]:
        """The footnotes that are referred to from within ``parts``, in order."""
        if not self._anchors:
            return []
        starts: set[int] = set()
        for part in parts:
            low = bisect_right(self._anchors, (part.start, sys.maxsize))
            high = bisect_right(self._anchors, (part.end, sys.maxsize))
            starts.update(start for _, start in self._anchors[low:high])
        return [self.document.blocks[bisect_left(self._starts, start)] for start in sorted(starts)]


def _passage(
    document: Document, kind: PassageKind, parts: Sequence[Block], span: tuple[int, int], label: str = ""
) -> Passage:
    start, end = span
    digest = hashlib.blake2b(f"{document.fingerprint}:{start}:{end}".encode(), digest_size=10).hexdigest()
    pages = pages_of(document, [Block("paragraph", start, end), *parts]) if document.pages else ()
    text = document.text[start:end]
    return Passage(digest, document.path, kind, OUTSIDE, start, end, text, tuple(parts), pages=pages, label=label)


def _exchange_passage(layout: _Layout, exchange: Exchange) -> Passage:
    """A passage of all blocks with these numbers and the footnotes they refer to.

    It runs from the first to the last of them when nothing else stands between, else over the stretch with the answer
    (or, without one, the question).
    """
    parts = layout.numbered(exchange.numbers)
    runs = layout.runs(parts)
    run = next((run for run in runs if any(b.kind == "answer" for b in run)), runs[0])
    passage = _passage(layout.document, "exchange", [*parts, *layout.notes(parts)], (run[0].start, run[-1].end))
    return replace(passage, questions=exchange.numbers, refers_to=exchange.refers_to)


def _outside_passages(layout: _Layout) -> Iterator[Passage]:
    """What stands outside the questions: one passage for the document itself, and one for each notice.

    The first runs over the unbroken stretch at the head; what closes the document (signature, titles, footnotes that
    nothing refers to) belongs to it as well, since "wie antwoordde …?" asks for both.
    """
    document = layout.document
    outside = [
        block
        for block in document.blocks
        if block.kind not in _NOT_READ
        and layout.exchanged.isdisjoint(block.numbers)
        and block.start not in layout.anchored
    ]
    stretches = [parts for run in layout.runs(outside) for parts in _by_notice(run)]
    own = [block for parts in stretches if parts[0].kind != "notice" for block in parts]
    for parts in [own, *(parts for parts in stretches if parts[0].kind == "notice")]:
        if parts:
            first = layout.runs(parts)[0]
            span = first[0].start, first[-1].end
            yield _passage(document, "metadata", [*parts, *layout.notes(parts)], span)


def _by_notice(run: list[Block]) -> Iterator[list[Block]]:
    """A notice is a passage of its own, next to what closes the document."""
    parts: list[Block] = []
    for block in run:
        if parts and "notice" in (block.kind, parts[-1].kind) and block.kind != parts[-1].kind:
            yield parts
            parts = []
        parts.append(block)
    yield parts


def _text_passages(layout: _Layout) -> Iterator[Passage]:
    """Running text, cut where a named part begins, before headings once there is enough, and where there is plenty.

    What a document says of itself (its fields, who signed) is a passage apart.
    """
    about = [block for block in layout.document.blocks if block.kind in _ABOUT]
    about = about if any(block.kind == "metadata" for block in about) else []
    if about:
        first = layout.runs(about)[0]
        yield _passage(layout.document, "metadata", about, (first[0].start, first[-1].end))
    apart = {block.start for block in about}
    cut = _Cut(layout)
    for block in _pieces(layout):
        if block.start in apart:
            continue
        count = _words(layout.document.text, block.start, block.end)
        if cut.ends_before(block, count):
            yield cut.passage()
        cut.add(block, count)
    if cut.parts:
        yield cut.passage()


class _Cut:
    """A passage of running text that grows by a block at a time."""

    def __init__(self, layout: _Layout) -> None:
        self._layout = layout
        self._text = layout.document.text
        self.parts: list[Block] = []
        self._words = 0
        self._bare = True  # there is nothing in it but headings
        self._heading = ""  # the last one before or at the beginning of the passage
        self._next_heading = ""
        self._heads: list[Block] = []  # of the table that the last row is in
        self._in_heads = False  # the last block is one of these

    def ends_before(self, block: Block, count: int) -> bool:
        """Whether the passage is whole when this block, of so many words, comes next."""
        if not self.parts or (self._bare and self._words + count <= MOST_WORDS):
            return False
        last = self.parts[-1]
        if block.label != last.label:
            aside = self._words < SHORT_TURN and block.kind == last.kind == "speech"
            return not aside or self._words + count > MOST_WORDS
        enough = self._words >= FEWEST_WORDS and (
            block.kind == "heading" or self._words + count > MOST_WORDS or self._words >= USUAL_WORDS
        )
        return enough or self._words + count > 2 * MOST_WORDS

    def add(self, block: Block, count: int) -> None:
        """Let the passage grow by a block of so many words."""
        if block.kind == "heading":
            self._next_heading = self._text[block.start : block.end]
        if self._bare:
            self._heading = self._next_heading
        self._bare = self._bare and block.kind in _HEADINGS
        if block.kind == "heads":
            self._heads = [*self._heads, block] if self._in_heads else [block]
        elif block.kind != "row":
            self._heads = []
        elif not self.parts:
            self.parts += self._heads
        self._in_heads = block.kind == "heads"
        self.parts.append(block)
        self._words += count

    def passage(self) -> Passage:
        """The passage; the next one begins."""
        parts = self.parts
        lead = next((n for n, part in enumerate(parts) if part.kind != "heads"), 0)
        within = parts[lead:] if lead and self._layout.apart(parts[lead - 1], parts[lead]) else parts
        names = [name for name in dict.fromkeys(part.label for part in parts) if name]
        span = (within[0].start, within[-1].end)
        heading = self._heading if len(self._heading) <= LONGEST_LABEL else ""
        self.parts, self._words, self._bare = [], 0, True
        self._heading = self._next_heading
        notes = self._layout.notes(parts)
        return _passage(self._layout.document, "text", [*parts, *notes], span, _joint(names) if names else heading)


def _joint(names: Sequence[str]) -> str:
    """The name of a passage that holds several named parts: "Mevrouw De Wit (D66) en wethouder Jansen bij 3. Jeugd"."""
    who = [name.partition(" bij ") for name in names]
    if len({rest for _, _, rest in who}) != 1:
        return "; ".join(names)
    first, *others = [before for before, _, _ in who]
    return "".join([", ".join([first, *(one[0].lower() + one[1:] for one in others)]), *who[0][1:]])


def _pieces(layout: _Layout) -> Iterator[Block]:
    """The blocks of running text; one that is too long for a passage in pieces of whole sentences."""
    document = layout.document
    for block in document.blocks:
        if block.kind in _NOT_READ or block.start in layout.anchored:
            continue
        if block.end - block.start < 4 * MOST_WORDS or _words(document.text, block.start, block.end) <= MOST_WORDS:
            yield block
            continue
        for span in _group(document.text, _units(document.text, block.start, block.end), USUAL_WORDS, 0):
            yield Block(block.kind, span.start, span.end, block.numbers, block.label)


def _words(text: str, start: int, end: int) -> int:
    return text.count(" ", start, end) + text.count("\n", start, end) + 1


def windows(document: Document, passage: Passage) -> tuple[Span, ...]:
    """What is searched of a passage: all of it when it is short, else stretches of a few sentences.

    These have about 60 to 90 words, begin with the last sentence of the one before, and together hold the answer of an
    exchange with what introduces it, or the whole text of another passage.
    """
    if _words(document.text, passage.start, passage.end) <= LONG_PASSAGE:
        return (Span(passage.start, passage.end),)
    said = [block for block in passage.parts if block.kind in ("answer", "introduction")]
    spans = [(block.start, block.end) for block in said] or [(passage.start, passage.end)]
    found: list[Span] = []
    for start, end in spans:
        found += _group(document.text, _units(document.text, start, end), WINDOW_WORDS, 1)
    return tuple(found)


def _units(text: str, start: int, end: int) -> list[Span]:
    """Sentences; one without an end in sight is cut between words."""
    units: list[Span] = []
    for sentence in sentences(text, start, end):
        if (
            sentence.end - sentence.start < 4 * LONG_PASSAGE
            or _words(text, sentence.start, sentence.end) <= LONG_PASSAGE
        ):
            units.append(sentence)
        else:
            units += _cut_between_words(text, sentence)
    return units


def _cut_between_words(text: str, sentence: Span) -> Iterator[Span]:
    size = WINDOW_WORDS * 7  # characters; a Dutch word with its space has about seven
    start = sentence.start
    while start < sentence.end:
        end = min(start + size, sentence.end)
        if end < sentence.end:
            space = text.rfind(" ", start + 1, end)
            end = space if space > start else end
        yield Span(start, end)
        start = end + 1 if end < sentence.end and text[end] == " " else end


def _group(text: str, units: Sequence[Span], size: int, overlap: int) -> list[Span]:
    """Neighbouring units in groups of about ``size`` words, ``overlap`` units shared between neighbours."""
    lengths = [_words(text, unit.start, unit.end) for unit in units]
    groups: list[Span] = []
    first = 0
    while first < len(units):
        last, words = first, lengths[first]
        while last + 1 < len(units) and (words + lengths[last + 1] <= 1.2 * size or words < 0.5 * size):
            last += 1
            words += lengths[last]
        groups.append(Span(units[first].start, units[last].end))
        if last + 1 == len(units):
            break
        first = max(last + 1 - overlap, first + 1)
    return groups


def search_text(document: Document, passage: Passage) -> SearchText:
    """The fields of a passage that are searched."""
    if passage.kind == "text":
        notes = [document.text[b.start : b.end] for b in passage.parts if b.kind == "footnote"]
        heads = [document.text[b.start : b.end] for b in passage.parts if b.kind == "heads" and b.end <= passage.start]
        under = [passage.label] if passage.label and passage.label not in passage.text else []
        return SearchText(document.title, "\n".join([*under, *heads]), passage.text, " ".join(notes))
    said: dict[str, list[str]] = {"question": [], "answer": [], "notes": [], "rest": []}
    for block in passage.parts:
        if block.kind not in _NOT_READ:
            field = {"footnote": "notes"}.get(block.kind, block.kind if block.kind in said else "rest")
            said[field].append(document.text[block.start : block.end])
    body = said["answer"] + said["rest"] + (_asked_for(document) if passage.kind == "metadata" else [])
    return SearchText(document.title, " ".join(said["question"]), "\n\n".join(body), " ".join(said["notes"]))


def _asked_for(document: Document) -> list[str]:
    """The words with which people ask for the fields that a document has; the document itself seldom says them."""
    asked = "vragen gesteld gevraagd indiener ingediend vraagsteller partij fractie"
    moved = "indiener ingediend ondertekend motie partij fractie"
    answered = "antwoord beantwoord antwoordde ondertekend tekende"
    questions = bool(document.exchanges)
    fields = (
        (document.askers, asked if questions else moved),
        (document.date_asked, "datum ingediend ingezonden gesteld gevraagd"),
        (document.answered_by, answered if questions else "afzender geschreven gestuurd ondertekend"),
        (document.date, "datum beantwoord antwoordde ontvangen" if questions else "datum"),
        (document.own_references, "nummer kenmerk"),
        (document.outcome, "uitslag stemming aangenomen verworpen"),
    )
    return [words for value, words in fields if value]


def signature(document: Document, passage: Passage) -> str:
    """The letters and digits of a passage's questions and answers (else of its text), without case and accents.

    The same exchange in two layouts gives the same signature, or nearly the same.
    """
    parts = [b for b in passage.parts if b.kind in ("question", "answer")]
    texts = [document.text[b.start : b.end] for b in parts] or [passage.text]
    return normalised(" ".join(texts))
