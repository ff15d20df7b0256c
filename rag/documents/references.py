"""The numbers by which documents are known: found in a text, in one form each, and when two of them mean the same.

Parliamentary papers ("Kamerstuk 28638, nr. 166", "kst-28638-166"), questions ("2020Z02502", "kv-tk-2020Z02502"),
answers ("Aanhangsel Handelingen 2022–2023, nr. 691", "ah-tk-20222023-691"), council numbers ("RIS305595") and marks
of letters ("OCW/10174395", "kenmerk Z-2022-00123").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PART = r"(-[IVXLC]+|-[A-Z]|-\d{2}|\s[IVXLC]+)?"  # of a file: "21501-20", "36800-XIV"
_COUNCIL = r"\s+(?:nr\.?\s*|nummer\s+)?([A-Z]{0,4}\d{2,4}[-/.]\d{1,5})(?![\w/-])"


@dataclass(frozen=True, slots=True)
class _Form:
    """How a number is written. ``pattern`` begins with letters that are rare, so that looking for it is quick."""

    pattern: re.Pattern[str]
    kept: str  # the form in which we keep it
    hints: tuple[str, ...]  # one of these is in a text that holds it
    before: re.Pattern[str] | None = None  # what must come before it; its groups come first


_FORMS = (
    _Form(re.compile(r"RIS\s?(\d{5,7})\b"), "RIS{0}", ("RIS",)),
    _Form(re.compile(r"Z(\d{5})\b"), "{0}Z{1}", ("Z",), re.compile(r"\b(\d{4})$")),
    _Form(
        re.compile(r"(?:kv|ah|kst|blg)-(?:tk-)?[\dZ]+(?:-[IVXLC]+|-[A-Z]\b|-\d{2}(?=-))?(?:-\d+)?\b"),
        "{all}",
        ("kv-", "ah-", "kst-", "blg-"),
        re.compile(r"(?:^|\W)$"),
    ),
    _Form(
        re.compile(rf"Kamerstuk(?:ken)?\s+(?:II\s+|I\s+)?(\d{{2}})\s?(\d{{3}}){_PART},?\s+nrs?\.\s*(\d+)"),
        "Kamerstuk {0}{1}{2}, nr. {3}",
        ("amerstuk",),
    ),
    *(
        _Form(
            re.compile(rf"{word}\s+(?:nr\.\s*)?(\d{{2}})\s?(\d{{3}})(-[IVXLC]+|-\d{{2}})?-(\d{{1,4}})\b"),
            "Kamerstuk {0}{1}{2}, nr. {3}",
            (word,),
        )
        for word in ("amerstuk", "otie", "mendement", "rief", "ossier")
    ),
    _Form(
        re.compile(
            r"Aanhangsel (?:van de )?Handelingen,?\s+(?:vergaderjaar\s+)?(\d{4})\s?[–-]\s?(\d{4}),\s+nr\.\s*(\d+)"
        ),
        "Aanhangsel Handelingen {0}–{1}, nr. {2}",
        ("Aanhangsel",),
    ),
    _Form(re.compile(r"/(\d{4}[\d/.-]*\d)\b"), "{0}/{1}", ("/",), re.compile(r"\b([A-Z]{2,6})$")),
    _Form(
        re.compile(r"enmerk:?\s+([A-Z]{0,8}[/.-]?\d[\w./-]{4,30}\w)(?!\w)"), "{0}", ("enmerk",), re.compile(r"\b[Kk]$")
    ),
    *(_Form(re.compile(word + _COUNCIL), "{0}", (word,)) for word in ("otie", "mendement", "oorstel")),
    _Form(re.compile(r"ECLI:NL:[A-Z]+:\d{4}:[\dA-Z]+"), "{all}", ("ECLI",)),
)
_HINTED: dict[str, list[_Form]] = {}  # hint → the forms that are looked for where it is found
for _form in _FORMS:
    for _hint in _form.hints:
        _HINTED.setdefault(_hint, []).append(_form)
_LOOK_BACK = 10  # characters
_PAPER = re.compile(
    r"kamerstuk\s+(?P<file>[\da-z-]+),\s*nr\.\s*(?P<number>\d+)$|kst-(?P<file2>[\da-z-]+)-(?P<number2>\d+)$"
)
_ATTACHED = re.compile(r"aanhangsel handelingen (\d{4})\W(\d{4}), nr\. (\d+)$|ah-tk-(\d{4})(\d{4})-(\d+)$")
_OWN_FILE = re.compile(r"(\d{2})\s?(\d{3})(?:[\s-]([IVXLC]+|\d{2}))?(?=\s|$)")
_OWN_NUMBER = re.compile(r"[Nn]r\.\s*(\d{1,4})\b")
_OF_ANOTHER = re.compile(
    r"\b(?:zie|naar aanleiding|uw kenmerk|uw brief|in reactie op|vervangt|vervanging|ter vervanging|gewijzigd|over|"
    r"inzake|betreft|betreffende)\b",
    re.IGNORECASE,
)
_LONGEST = 140  # characters of a line that may hold the number of the document itself


def references(text: str) -> tuple[str, ...]:
    """The numbers of documents that a text names, in order, each once and in one form."""
    hinted = [form for hint, forms in _HINTED.items() if hint in text for form in forms]
    found = {one for form in hinted for one in _written(form, text)}
    return tuple(dict.fromkeys(reference for _, reference in sorted(found)))


def _written(form: _Form, text: str) -> Iterator[tuple[int, str]]:
    """Where a text has numbers of one form, and the form in which we keep them."""
    for match in form.pattern.finditer(text):
        start = match.start()
        before = form.before.search(text[max(start - _LOOK_BACK, 0) : start]) if form.before else None
        if form.before and not before:
            continue
        groups = (*(before.groups() if before else ()), *match.groups())
        yield start, " ".join(form.kept.format(*(group or "" for group in groups), all=match.group()).split())


def own_references(head: list[str]) -> tuple[str, ...]:
    """The document's own numbers, from the lines of its head that do not speak of another document."""
    lines = [line for text in head for line in text.split("\n")]
    own = [line for line in lines if len(line) <= _LONGEST and not _OF_ANOTHER.search(line)]
    file = next((m for line in own if (m := _OWN_FILE.match(line))), None)
    number = next((m for line in own if (m := _OWN_NUMBER.match(line))), None)
    paper = []
    if file and number:
        part = f"-{file[3]}" if file[3] else ""
        paper = [f"Kamerstuk {file[1]}{file[2]}{part}, nr. {number[1]}"]
    return tuple(dict.fromkeys([*paper, *references("\n".join(own))]))


def same(reference: str) -> str:
    """What is the same for every form of one number: "kst-28638-166" and "Kamerstuk 28638, nr. 166"."""
    low = " ".join(reference.lower().replace("–", "-").split())
    paper = _PAPER.match(low)
    if paper:
        return f"kst-{paper['file'] or paper['file2']}-{paper['number'] or paper['number2']}"
    attached = _ATTACHED.match(low)
    if attached:
        return "ah-tk-{}{}-{}".format(*(group for group in attached.groups() if group))
    return low.removeprefix("kv-tk-")
