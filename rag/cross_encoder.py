"""Question and sentence → how likely the sentence answers: a small transformer that reads the two together.

The weights are MiniLM's (Wang et al. 2020, six layers of 384; an encoder of English), trained on here to judge Dutch
questions and sentences that were put into English word for word (``rag/english.py``, ``training/cross_encoder.py``). It
is read with numpy and ``tokenizers`` alone: importing torch takes longer than reading a few sentences. Knows no index.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer

from rag.embeddings import read_tokenizer
from rag.english import word_for_word
from rag.errors import ModelInvalid, ModelMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

WEIGHTS, TOKENIZER, SHAPE = "model.safetensors", "tokenizer.json", "config.json"
QUESTION, SENTENCE, UNDER, BEFORE = 30, 56, 18, 18  # word pieces at most
NORM_EPSILON = 1e-12
SCALES = " scales"  # beside the name of a matrix
GELU = 1.702  # x · sigmoid(1.702 x), as it was trained


class Reading(NamedTuple):
    """A sentence to judge, with what it stands under (a question, a heading or a title) and the sentence before it.

    Either may be empty.
    """

    sentence: str
    under: str
    before: str = ""


class Text(NamedTuple):
    """Word pieces, and the kind of each: 0 of the question, 1 of the sentence."""

    pieces: list[int]
    kinds: list[int]


class Cutter:
    """Cuts question and sentence into what the model reads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Raises ValueError when the tokenizer has no marks of begin and end."""
        begin, end = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        if begin is None or end is None:
            raise ValueError("the tokenizer has no marks of begin and end")
        self._begin, self._end = int(begin), int(end)
        self._tokenizer = tokenizer
        self._pieces = lru_cache(20_000)(self._encoded)

    def text(self, question: str, reading: Reading) -> Text:
        """Pieces and kinds of a question with a sentence."""
        first = [self._begin, *self._pieces(question, QUESTION), self._end]
        parts = zip(reading, (SENTENCE, UNDER, BEFORE), strict=True)
        second = [piece for text, most in parts if text for piece in (*self._pieces(text, most), self._end)]
        return Text(first + second, [0] * len(first) + [1] * len(second))

    def _encoded(self, text: str, most: int) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(word_for_word(text), add_special_tokens=False).ids[:most])


class CrossEncoder:
    """Judges sentences; safe to use from several threads."""

    def __init__(self, weights: dict[str, Floats], cutter: Cutter, heads: int) -> None:
        self._weights = weights
        self._cutter = cutter
        self._heads = heads
        self._layers = [_Layer.of(weights, number) for number in range(_count(weights))]

    @classmethod
    def load(cls, folder: Path) -> CrossEncoder:
        """Read the model of a folder. Raises ModelMissing or ModelInvalid."""
        try:
            heads = int(json.loads((folder / SHAPE).read_text(encoding="utf-8"))["num_attention_heads"])
            return cls(_floats(folder / WEIGHTS), Cutter(read_tokenizer(folder / TOKENIZER)), heads)
        except FileNotFoundError as error:
            raise ModelMissing(f"Het model in {folder} is niet volledig. Haal het project opnieuw op.") from error
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            raise ModelInvalid(f"Het model in {folder} is beschadigd. Haal het project opnieuw op.") from error

    def odds(self, question: str, readings: Sequence[Reading]) -> Floats:
        """For each sentence the log-odds, as trained, that it answers the question ``(len(readings),)``."""
        texts = [self._cutter.text(question, reading) for reading in readings]
        if not texts:
            return np.zeros(0, np.float32)
        with np.errstate(invalid="ignore"):  # BLAS reads beyond a matrix on some processors, and sees no number there
            return self._judge(texts)

    def _judge(self, texts: Sequence[Text]) -> Floats:
        """All texts at once, one behind another: only attention looks at each by itself."""
        ends = np.cumsum([len(pieces) for pieces, _ in texts])
        bounds = [0, *ends.tolist()]
        pieces, kinds = (np.concatenate([np.array(text[part]) for text in texts]) for part in (0, 1))
        places = np.concatenate([np.arange(size) for size in np.diff(bounds)])
        of = self._weights
        states = of["words"][pieces] * of["word sizes"][pieces, None] + of["places"][places] + of["kinds"][kinds]
        states = _normed(states, of["norm"], of["norm bias"])
        for layer in self._layers:
            states = layer(states, bounds, self._heads)
        sizes = np.diff(bounds).astype(np.float32)[:, None]
        means = (np.add.reduceat(states, bounds[:-1], axis=0) / sizes).astype(np.float32, copy=False)
        found: Floats = ((states[bounds[:-1]] + means) @ of["head"] + of["head bias"]).astype(np.float32, copy=False)
        return found


class _Layer(NamedTuple):
    """A layer of a BERT encoder (Devlin et al. 2019). Matrices are (in, out)."""

    attend: Floats  # queries, keys and values beside each other
    attend_bias: Floats
    join: Floats
    join_bias: Floats
    join_norm: Floats
    join_norm_bias: Floats
    widen: Floats
    widen_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    narrow_norm: Floats
    narrow_norm_bias: Floats

    @classmethod
    def of(cls, weights: dict[str, Floats], number: int) -> _Layer:
        return cls(*(weights[f"{number} {name.replace('_', ' ')}"] for name in cls._fields))

    def __call__(self, states: Floats, bounds: list[int], heads: int) -> Floats:
        """States of all texts ``(pieces, width)`` → the same, one layer on."""
        width = states.shape[1]
        projected = states @ self.attend + self.attend_bias
        joined = np.empty_like(states)
        for begin, end in pairwise(bounds):
            query, key, value = (
                projected[begin:end, part * width : (part + 1) * width]
                .reshape(end - begin, heads, width // heads)
                .transpose(1, 0, 2)
                for part in range(3)
            )
            weight = _softmax(query @ key.transpose(0, 2, 1) * np.float32((width // heads) ** -0.5))
            joined[begin:end] = (weight @ value).transpose(1, 0, 2).reshape(end - begin, width)
        states = _normed(states + joined @ self.join + self.join_bias, self.join_norm, self.join_norm_bias)
        wide: Floats = states @ self.widen + self.widen_bias
        wide /= 1 + np.exp(-GELU * wide)
        return _normed(states + wide @ self.narrow + self.narrow_bias, self.narrow_norm, self.narrow_norm_bias)


def _softmax(scores: Floats) -> Floats:
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return scores


def _normed(states: Floats, scale: Floats, bias: Floats) -> Floats:
    """Layer normalisation."""
    states = states - states.mean(axis=1, keepdims=True)
    states /= np.sqrt((states * states).mean(axis=1, keepdims=True) + NORM_EPSILON)
    return states * scale + bias


def _count(weights: dict[str, Floats]) -> int:
    return sum(name.endswith(" attend") for name in weights)


def _floats(file: Path) -> dict[str, Floats]:
    """Matrices of 8-bit whole numbers with a scale for each column as floats; the table of words stays as it is.

    One after another, so that they are not in memory twice.
    """
    found: dict[str, Floats] = {}
    with safe_open(str(file), "numpy") as stored:
        names = set(stored.keys())
        for name in sorted(name for name in names if not name.endswith(SCALES)):
            values = stored.get_tensor(name)
            scaled = f"{name}{SCALES}" in names
            found[name] = values.astype(np.float32) * stored.get_tensor(f"{name}{SCALES}") if scaled else values
    return found
