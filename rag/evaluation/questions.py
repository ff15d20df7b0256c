"""The eval set: one JSON object per line, with wanted facts and gold spans. Knows no assistant and no measure.

A gold span is written as a quote; ``locate`` finds its place in the document's clean text once, and from then on
``document.text[start:end] == quote`` holds (a test checks it). Spans with the same ``group`` are alternatives: the
same fact in two places. A question over several documents has several groups.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rag.errors import UsageError
from rag.phrases import count

ANSWERABLE_KINDS = ("fact", "number", "yesno", "why", "list", "metadata", "crossref", "multi", "duplicate")
UNANSWERABLE_KINDS = ("near-miss", "false-premise", "off-topic")
KINDS = (*ANSWERABLE_KINDS, *UNANSWERABLE_KINDS, "feedback")
VOICES = ("councillor", "resident", "official", "keywords", "typos")
SPLITS = ("dev", "test", "review")  # review: not judged yet, never part of a figure


@dataclass(frozen=True, slots=True)
class Gold:
    """A stretch of a document that answers. ``after`` is only a help for finding a quote that occurs more often."""

    document: str
    quote: str
    start: int | None = None
    end: int | None = None
    group: str = "a"
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question of the eval set. ``facts``: every inner tuple is one wanted fact with its accepted variants."""

    id: str
    q: str
    kind: str
    voice: str
    topic: str
    split: str
    answerable: bool
    facts: tuple[tuple[str, ...], ...] = ()
    gold: tuple[Gold, ...] = ()
    note: str = ""
    variant_of: str | None = None

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the places that a full answer needs, sorted."""
        return tuple(sorted({gold.group for gold in self.gold}))


def load_cases(path: Path, split: str | None = None) -> tuple[Case, ...]:
    """Read a set, or one split of it, in file order. Raises UsageError that names the line and what is wrong."""
    if not path.is_file():
        raise UsageError(f"Het vragenbestand {path} bestaat niet. Maak er een met: raadwijzer eval new {path}")
    cases = tuple(_read_line(path, n, line) for n, line in enumerate(_lines(path), 1) if line.strip())
    _check_set(path, cases)
    return tuple(case for case in cases if split is None or case.split == split)


def save_cases(path: Path, cases: Iterable[Case]) -> None:
    """Write a set, one line per case."""
    path.write_text("".join(as_line(case) + "\n" for case in cases), encoding="utf-8")


def as_line(case: Case) -> str:
    """The JSON line of a case; fields without a value that say nothing are left out."""
    value = asdict(case)
    value["gold"] = [{k: v for k, v in gold.items() if k != "after" or v} for gold in value["gold"]]
    if case.variant_of is None:
        del value["variant_of"]
    return json.dumps(value, ensure_ascii=False)


def from_value(value: Mapping[str, Any]) -> Case:
    """A case from its JSON object. Raises KeyError, TypeError or ValueError when a field is missing or ill-typed."""
    return Case(
        id=str(value["id"]),
        q=str(value["q"]),
        kind=_one_of("kind", value["kind"], KINDS),
        voice=_one_of("voice", value["voice"], VOICES),
        topic=str(value["topic"]),
        split=_one_of("split", value["split"], SPLITS),
        answerable=bool(value["answerable"]),
        facts=tuple(tuple(str(v) for v in fact) for fact in value.get("facts", ())),
        gold=tuple(Gold(**gold) for gold in value.get("gold", ())),
        note=str(value.get("note", "")),
        variant_of=value.get("variant_of"),
    )


def locate(case: Case, texts: Mapping[str, str]) -> Case:
    """The case with every gold quote made exact: its place in ``texts[document]`` and the characters that stand there.

    White space, hyphens and kinds of quotation marks may differ between the quote as written and the text. Raises
    UsageError when a document is missing or a quote is not in it.
    """
    return replace(case, gold=tuple(_locate(case.id, gold, texts) for gold in case.gold))


def _locate(case_id: str, gold: Gold, texts: Mapping[str, str]) -> Gold:
    if gold.document not in texts:
        raise UsageError(f"Vraag {case_id}: het document {gold.document} is er niet.")
    text = texts[gold.document]
    begin = 0
    if gold.after is not None:
        found = find_loosely(text, gold.after)
        begin = found[1] if found else len(text)
    span = find_loosely(text, gold.quote, begin)
    if span is None:
        raise UsageError(f"Vraag {case_id}: dit citaat staat niet in {gold.document}: {gold.quote!r}")
    return replace(gold, start=span[0], end=span[1], quote=text[span[0] : span[1]])


def find_loosely(text: str, quote: str, begin: int = 0) -> tuple[int, int] | None:
    """The first ``[start, end)`` at or after ``begin`` where ``quote`` stands as whole words, layout aside."""
    kept = [i for i in range(begin, len(text)) if _matters(text[i])]
    line = "".join(_fold(text[i]) for i in kept)
    wanted = "".join(_fold(c) for c in quote if _matters(c))
    at = line.find(wanted) if wanted else -1
    while at >= 0:
        start, end = kept[at], kept[at + len(wanted) - 1] + 1
        if not _joined(text[start - 1 : start], text[start]) and not _joined(text[end - 1], text[end : end + 1]):
            return _with_marks(text, quote, start, end)
        at = line.find(wanted, at + 1)
    return None


def _joined(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum()


def _with_marks(text: str, quote: str, start: int, end: int) -> tuple[int, int]:
    """The quotation marks around a quote belong to it when it was written with them."""
    opens = _is_mark(quote[0]) and start > 0 and _is_mark(text[start - 1])
    closes = _is_mark(quote[-1]) and end < len(text) and _is_mark(text[end])
    return start - opens, end + closes


def _is_mark(character: str) -> bool:
    return not _matters(character) and not character.isspace()


def _matters(character: str) -> bool:
    return not (character.isspace() or character in "-‐‑–—\u00ad«»‘’'\"“”„´`*_\\")


def _fold(character: str) -> str:
    lowered = character.lower()
    return lowered if len(lowered) == 1 else character


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"Het vragenbestand {path} is geen UTF-8-tekst.") from error


def _read_line(path: Path, number: int, line: str) -> Case:
    try:
        return from_value(json.loads(line))
    except KeyError as error:
        raise UsageError(f"{path}, regel {number}: het veld {error} ontbreekt.") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{path}, regel {number}: {error}.") from error


def _check_set(path: Path, cases: tuple[Case, ...]) -> None:
    by_id = {case.id: case for case in cases}
    if len(by_id) < len(cases):
        twice = next(c.id for i, c in enumerate(cases) if c.id in {d.id for d in cases[:i]})
        raise UsageError(f"{path}: het kenmerk {twice} komt twee keer voor.")
    for case in cases:
        origin = by_id.get(case.variant_of) if case.variant_of else case
        if origin is None or origin.split != case.split:
            raise UsageError(f"{path}: vraag {case.id} is een variant van {case.variant_of}, en die is er niet.")


def _one_of(field: str, value: object, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"het veld '{field}' is {value!r}; het moet een van deze zijn: {', '.join(allowed)}")
    return str(value)


def document_texts(root: Path, names: Iterable[str]) -> dict[str, str]:
    """The clean text of every named document under ``root``."""
    from rag.documents import read_document

    return {name: read_document(root / name, root).text for name in sorted(set(names))}


def main(argv: list[str] | None = None) -> int:
    """``python -m rag.evaluation.questions --locate FILE --documents FOLDER``: make every gold quote exact."""
    parser = argparse.ArgumentParser(description="Zet van elk citaat de plaats in het document in het vragenbestand.")
    parser.add_argument("--locate", type=Path, required=True, metavar="BESTAND")
    parser.add_argument("--documents", type=Path, required=True, metavar="MAP")
    options = parser.parse_args(argv)
    cases = load_cases(options.locate)
    texts = document_texts(options.documents, (gold.document for case in cases for gold in case.gold))
    save_cases(options.locate, (locate(case, texts) for case in cases))
    sys.stdout.write(f"{count(len(cases), 'vraag', 'vragen')} nagelopen.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
