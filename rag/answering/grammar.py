"""The GBNF grammar of an answer: claims that end in the numbers of existing sentences, or "geen antwoord".

A model that is held to this grammar cannot cite what was not shown to it. Whether a claim is true is another matter:
see ``rag/verification.py``. The notation is llama.cpp's (its ``grammars/README.md``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.answering.prompts import NO_ANSWER

MAX_CLAIMS = 4
MAX_CHARACTERS = 260  # of a claim, its marks aside; Dutch sentences in answers rarely pass 200
MAX_MARKS = 3

_CHARACTERS = r"!-Z\\^-~\u00A1-\u017F\u2010-\u2027\u20AC"  # ASCII but brackets, Latin letters, dashes, quotes, €

_CLAIM = re.compile(r"\s*(?P<text>[^\[\]]+?)\s*(?P<marks>(?:\[\d+\])+)")
_MARK = re.compile(r"\d+")


def answer_grammar(sentences: int) -> str:
    """The grammar for an answer that may cite sentences 1 … ``sentences`` (at least 1).

    A claim is made of the characters that Dutch is written with, without square brackets, so a bracket always opens a
    mark. (Small multilingual models slide into other scripts when nothing holds them.)
    """
    if sentences < 1:
        raise ValueError("a grammar needs at least one sentence to cite")
    numbers = " | ".join(f'"{number}"' for number in range(1, sentences + 1))
    return "\n".join(
        [
            f'root ::= "{NO_ANSWER}" | claim (" " claim){{0,{MAX_CLAIMS - 1}}}',
            f"claim ::= first other{{1,{MAX_CHARACTERS - 1}}} mark{{1,{MAX_MARKS}}}",
            f"first ::= [{_CHARACTERS}]",
            f"other ::= [ {_CHARACTERS}]",
            'mark ::= "[" number "]"',
            f"number ::= {numbers}",
        ]
    )


class ClaimReader:
    """Cuts streamed text into claims as soon as they are complete.

    A claim is complete when something follows its marks, when it has as many marks as it may have, or at the end.
    """

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Add text; yield the claims that it completes, as text and numbers (unique, in order)."""
        self._rest += piece
        yield from self._claims(final=False)

    def finish(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The end of the text: yield the last claim, when its marks are there."""
        yield from self._claims(final=True)

    @property
    def rest(self) -> str:
        """What has been read and is not (yet) a claim."""
        return self._rest.strip()

    def _claims(self, *, final: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
        while match := _CLAIM.match(self._rest):
            marks = _MARK.findall(match["marks"])
            if match.end() == len(self._rest) and len(marks) < MAX_MARKS and not final:
                return  # another mark may follow
            if self._rest[match.end() :].startswith("[") and not final:
                return  # it does
            self._rest = self._rest[match.end() :]
            yield match["text"], tuple(dict.fromkeys(int(mark) for mark in marks))
