"""Other words for a word: people ask in their own words ("bang"), documents answer in others ("vrees").

``models/dutch/synonyms.txt.xz`` (made by ``training/synonyms.py``) gives for a search term those that mean the same in
documents of government, and those that tell of it: kinds, instances, words of an answer. Read on first use.
Knows nothing of questions, passages or indexes.
"""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path

from rag.config import models_folder
from rag.errors import ModelInvalid, ModelMissing

FILE = "dutch/synonyms.txt.xz"
SAME, TELLING = 0.9, 0.6  # how well a word matches one that means the same, and one that tells of it


def synonyms(term: str) -> dict[str, float]:
    """The other terms for a search term (a stem, see ``rag.dutch``), each with how well it matches: 0–1."""
    same, _, telling = _terms().get(term, "").partition(";")
    return dict.fromkeys(telling.split(), TELLING) | dict.fromkeys(same.split(), SAME)


@cache
def _terms() -> dict[str, str]:
    return _table(models_folder() / FILE)


@cache
def _table(file: Path) -> dict[str, str]:
    """Each term with what follows it on its line: ``same same;telling telling``."""
    try:
        with lzma.open(file, "rt", encoding="ascii") as stream:
            lines = stream.read().splitlines()
    except FileNotFoundError as error:
        raise ModelMissing(f"De woordenlijst {file} ontbreekt. Installeer Raadwijzer opnieuw.") from error
    except (lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise ModelInvalid(f"De woordenlijst {file} is beschadigd. Installeer Raadwijzer opnieuw.") from error
    return dict(line.split(":", 1) for line in lines)
