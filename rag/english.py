"""Dutch, word for word in English: what an encoder that was trained on English can read the meaning of.

``models/cross_encoder/english.txt.xz`` (written for this project, see ``training/data/english.txt``) gives the usual
English of 30,000 Dutch word forms; a compound that is not there is the English of its parts. A word that stays unknown
(a name, an abbreviation) is kept. It is no translation, and nobody gets to see it. Read on first use.
"""

from __future__ import annotations

import lzma
import re
from functools import cache, lru_cache
from pathlib import Path

from rag import dutch
from rag.config import models_folder
from rag.errors import ModelInvalid, ModelMissing

FILE = "cross_encoder/english.txt.xz"
SHORTEST_COMPOUND = 6  # characters
_TOKEN = re.compile(r"[A-Za-zÀ-ÿ]+(?:['’-][A-Za-zÀ-ÿ]+)*|\d+(?:[.,:]\d+)*|\S")


def word_for_word(text: str) -> str:
    """The text with every Dutch word that is known put into English, its tokens parted by spaces."""
    return " ".join(_word(token) for token in _TOKEN.findall(text))


@lru_cache(100_000)
def _word(token: str) -> str:
    known, word = _english(), token.lower()
    if word in known or not token[0].isalpha():
        return known.get(word, token)
    if len(word) >= SHORTEST_COMPOUND:
        parts = word.split("-") if "-" in word else dutch.split_compound(word)
        found = [_part(part) for part in parts]
        if len(found) > 1 and all(found):
            return " ".join(found)
    return token


def _part(part: str) -> str:
    """The English of a part of a compound, which may have a linking letter or lack an ending; empty when unknown."""
    known = _english()
    return next((known[form] for form in (part, part.rstrip("s"), f"{part}en") if form in known), "")


@cache
def _english() -> dict[str, str]:
    return read(models_folder() / FILE)


def read(file: Path) -> dict[str, str]:
    """Word forms with their English, from lines ``form<tab>English``. Raises ModelMissing, ModelInvalid."""
    try:
        with lzma.open(file, "rt", encoding="utf-8") as stream:
            return dict(line.split("\t", 1) for line in stream.read().splitlines())
    except FileNotFoundError as error:
        raise ModelMissing(f"De woordenlijst {file} ontbreekt. Installeer Raadwijzer opnieuw.") from error
    except (lzma.LZMAError, EOFError, ValueError) as error:
        raise ModelInvalid(f"De woordenlijst {file} is beschadigd. Installeer Raadwijzer opnieuw.") from error
