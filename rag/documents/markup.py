"""Markdown → the same lines without the marks. Characters are only left out, never made up.

Emphasis, headings, escapes, quotation marks at the margin, rules, code ticks and simple HTML tags go; of a link the
text stays, and its address too when that differs. Superscript keeps its text, marked as a possible reference.
"""

from __future__ import annotations

import re
from itertools import islice

from rag.documents.lines import Line, Slice

# What to look for first, because it is quick, and what then settles it.
_EVIDENCE = (
    ("# ", re.compile(r"^#{1,6} \S", re.MULTILINE)),
    ("**", re.compile(r"\*\*(?=[^\s*])[^*\n]{1,200}\*\*")),
    ("*", re.compile(r"\*(?<![\w*]\*)(?=[^\s*])[^*\n]{1,2000}(?<=[^\s*])\*(?![\w*])")),
    ("_", re.compile(r"_(?<![\w_]_)(?=[^\s_])[^_\n]{1,500}(?<=[^\s_])_(?![\w_])")),
    ("](", re.compile(r"\[[^\[\]\n]{1,300}\]\((?:https?|mailto|/|#)[^)\s]{0,500}\)")),
    ("<", re.compile(r"</?(?:sup|sub|b|i|u|em|strong|br)\s?/?>", re.IGNORECASE)),
    ("[^", re.compile(r"^\[\^\w{1,10}\]: ", re.MULTILINE)),
)
_RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,}|(?:\* ){2,}\*|(?:- ){2,}-|={3,})$")
_TABLE_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+$")  # between the heads of a table and its rows
_QUOTED = re.compile(r"(?:>(?:\s+|$|(?=>)))+")  # also a bare one between two paragraphs, and one in another
_HEADING = re.compile(r"(#{1,6})\s+(?=\S)")
_ITALIC = re.compile(r"(?:\(?[\dIVX]{1,4}[.)]\s+|[-•]\s+)?([*_])(?![*_\s]).*(?<![*_\s])\1$")
_BOLD = re.compile(r"(\*\*|__)(?![*_\s])[^*\n]+(?<![*_\s])\1:?$")
_BOLD_LEVEL = 7  # a line in bold is a heading below those of Markdown
_LONGEST_HEADING = 120
_TOKEN = re.compile(
    r"\\(?=[\\`*_{}\[\]()#+.!~>|<-])(?P<escaped>.)"
    r"|<sup>\s?(?P<sup>[^<>]{1,12}?)\s?</sup>"
    r"|</?(?:sup|sub|b|i|u|em|strong|br|span|p|div|small)(?:\s[^<>]{0,200})?\s?/?>"
    r"|\[\^(?P<note>\w{1,10})\]:?"
    r"|!?\[(?P<text>[^\[\]\n]{0,1000})\]\((?P<url>[^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,500})?)\)"
    r"|(?<!\w)\*{4}(?!\w)|(?<=\S)(?P<split>\*{4})(?=\S)"
    r"|(?:(?<=\S)\*{1,3}|\*{1,3}(?=[^\s*]))"
    r"|(?<![\w_])_{1,3}(?=[^\s_])|(?<=[^\s_])_{1,3}(?![\w_])"
    r"|`{1,3}",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?=[\\`*_{}\[\]()#+.!~>|<-])")


def is_markdown(text: str) -> bool:
    """Whether a text without a telling name is Markdown: at least two of its marks, of one kind or of several."""
    sample = text[:100_000]
    found = 0
    for hint, pattern in _EVIDENCE:
        if hint not in sample:
            continue
        found += len(list(islice(pattern.finditer(sample), 2)))
        if found > 1:
            return True
    return False


def without_markup(lines: list[Line]) -> list[Line]:
    """The lines with their marks left out. Lines that are nothing but a mark go."""
    kept: list[Line] = []
    gap = 0
    table = False  # the last line is of a table
    for line in lines:
        piped = line.text[0] == "|" and line.text[-1] == "|"
        if piped and kept and _TABLE_RULE.match(line.text):
            kept[-1] = kept[-1]._replace(role="heads") if kept[-1].text[0] == "|" else kept[-1]
            table = True
            continue
        made = _plain(line._replace(gap=line.gap + gap))
        table = table and piped and not line.gap
        gap = 0 if made else gap + line.gap + 1
        kept.extend([one._replace(role="row") for one in made] if table else made)
    return kept


def _plain(line: Line) -> list[Line]:
    if _RULE.match(line.text):
        return []
    quoted = _QUOTED.match(line.text) if line.text[0] == ">" else None
    if quoted:
        line = line.part(quoted.end(), len(line.text))._replace(quoted=True)
    heading = _HEADING.match(line.text)
    if heading:
        end = len(line.text.rstrip("# ")) if line.text.endswith("#") else len(line.text)
        line = line.part(heading.end(), max(end, heading.end()))._replace(heading=len(heading.group(1)))
    if not any(mark in line.text for mark in "\\*_`<["):
        return [line] if line.text else []
    bold = len(line.text) < _LONGEST_HEADING and bool(_BOLD.match(line.text))
    line = line._replace(italic=bool(_ITALIC.match(line.text)), heading=line.heading or (_BOLD_LEVEL if bold else 0))
    return [made for made in _strip_tokens(line) if made.text]


def _strip_tokens(line: Line) -> list[Line]:
    """Leave the marks of one line out; two lines when marks show that two pieces were glued together."""
    keep: list[tuple[int, int]] = []  # pieces of line.text
    superscript: list[tuple[int, int]] = []
    result: list[Line] = []
    position = 0
    for token in _TOKEN.finditer(line.text):
        if _is_literal(line.text, token):
            continue
        keep.append((position, token.start()))
        position = token.end()
        if token["split"]:
            result.append(_collect(line, keep, superscript))
            keep, superscript = [], []
        elif token["sup"] or token["note"]:
            span = token.span("sup" if token["sup"] else "note")
            superscript.append(span)
            keep.append(span)
        elif token["escaped"]:
            keep.append(token.span("escaped"))
        elif token["url"] is not None:
            keep.extend(_link(token))
    keep.append((position, len(line.text)))
    result.append(_collect(line._replace(gap=0) if result else line, keep, superscript))
    return result


def _is_literal(text: str, token: re.Match[str]) -> bool:
    """A bullet, or a star between figures or before a closing bracket ("5*3", "*)"), is no emphasis."""
    if not token.group().startswith("*"):
        return False
    before, after = text[token.start() - 1 : token.start()], text[token.end() : token.end() + 1]
    return (before.isdigit() and after.isdigit()) or (token.start() == 0 and after in (" ", ")"))


def _link(token: re.Match[str]) -> list[tuple[int, int]]:
    start, end = token.span("text")
    pieces, position = [], start
    for escape in _ESCAPE.finditer(token.string, start, end):
        pieces.append((position, escape.start()))
        position = escape.end()
    pieces.append((position, end))
    shown = "".join(token.string[a:b] for a, b in pieces)
    if token["url"] and _ESCAPE.sub("", token["url"]) not in (shown, f"mailto:{shown}"):
        opening = token.start("url") - 1
        pieces += [(-1, -1), (opening, token.end("url") + 1)] if shown else [token.span("url")]
    return pieces


def _collect(line: Line, keep: list[tuple[int, int]], superscript: list[tuple[int, int]]) -> Line:
    slices: list[Slice] = []
    text: list[str] = []
    notes: list[tuple[int, int]] = []
    length = 0
    for start, end in keep:
        if start < 0:
            text.append(" ")
            slices.append((slices[-1][1], slices[-1][1]))
            length += 1
        elif end > start:
            if (start, end) in superscript:
                notes.append((length, length + end - start))
            text.append(line.text[start:end])
            slices.extend(line.part_slices(start, end))
            length += end - start
    made = line._replace(text="".join(text), slices=tuple(slices), notes=tuple(notes))
    return made.part(0, len(made.text)) if slices else made
