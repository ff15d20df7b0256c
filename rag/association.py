"""Which words of a sentence go with which questions: "mag" with "verboden", "hoe lang" with "maanden".

What a question asks is told by its first words and its kind; how well a sentence answers that, by its words, the small
ones too. ``training/association.py`` learns a weight for each pair of the two (a logistic regression over pairs). Knows
nothing of what a question is about: that is matched elsewhere.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.asking import kind_of
from rag.errors import ModelInvalid, ModelMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.features import Floats

FILE = "associations.npz"
ALWAYS = "*"  # the cue of every question
FIRST = "^"  # before the word that a sentence begins with
_WORD = re.compile(r"[a-zà-ÿ]+(?:['’][a-zà-ÿ]+)*|\d+(?:[.,:]\d+)*|€|%")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Associations:
    """Weights of cues and words. Safe to use from several threads."""

    def __init__(self, cues: Sequence[str], words: Sequence[str], weights: NDArray[np.float32]) -> None:
        """``weights`` (cues, words) are log-odds."""
        self._cues = {cue: place for place, cue in enumerate(cues)}
        self._words = {word: place for place, word in enumerate(words)}
        self._weights = weights

    @classmethod
    def load(cls, file: Path) -> Associations:
        """Read what ``save`` wrote. Raises ModelMissing or ModelInvalid."""
        try:
            with file.open("rb") as stream, np.load(stream) as stored:
                cues, words = (str(stored[name]).split("\n") for name in ("cues", "words"))
                weights = stored["weights"] * stored["scale"]
        except FileNotFoundError as error:
            raise ModelMissing(f"{file} ontbreekt: het model is niet volledig. Haal het project opnieuw op.") from error
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelInvalid(f"{file} is beschadigd. Haal het project opnieuw op.") from error
        if weights.shape != (len(cues), len(words)):
            raise ModelInvalid(f"{file} is beschadigd. Haal het project opnieuw op.")
        return cls(cues, words, weights.astype(np.float32))

    def save(self, file: Path) -> None:
        """Write the weights in steps of a 127th of the largest."""
        scale = max(float(np.abs(self._weights).max(initial=0.0)), 1e-6) / 127
        np.savez_compressed(
            file,
            cues=np.array("\n".join(self._cues)),
            words=np.array("\n".join(self._words)),
            weights=np.rint(self._weights / scale).astype(np.int8),
            scale=np.float32(scale),
        )

    def scores(self, question: str, sentences: Sequence[str]) -> Floats:
        """How well the words of sentences go with a question, whatever it is about: log-odds ``(sentences,)``."""
        rows = [self._cues[cue] for cue in cues_of(question) if cue in self._cues]
        weights = self._weights[rows].sum(axis=0)  # (words,)
        places = [[self._words[word] for word in words_of(s) if word in self._words] for s in sentences]
        found: Floats = np.array([weights[own].sum() for own in places], np.float32)
        return found


@lru_cache(64)
def cues_of(question: str) -> tuple[str, ...]:
    """What tells what a question asks: its kind, its first word, its first two."""
    words = list(_words(question))
    return (ALWAYS, f"kind {kind_of(question)}", *(" ".join(words[:count]) for count in (1, 2) if len(words) >= count))


@lru_cache(20_000)
def words_of(sentence: str) -> tuple[str, ...]:
    """The distinct words of a sentence in a fixed order, and what it begins with."""
    words = list(_words(sentence))
    return tuple(dict.fromkeys(words)) + tuple(FIRST + word for word in words[:1])


def _words(text: str) -> Iterator[str]:
    """Words in small letters; numbers as what they look like."""
    for word in _WORD.findall(text.lower()):
        if not word[0].isdigit():
            yield word
        elif _YEAR.fullmatch(word):
            yield "1999"
        else:
            yield "0" + "".join(sign for sign in ",.:" if sign in word)
