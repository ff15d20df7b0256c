"""The reader's tokens: byte-level BPE (Sennrich et al. 2016), digits one by one, and a few control tokens.

The cutting into words is that of SmolLM, which llama.cpp knows by that name, so both give the same tokens. No token is
longer than 20 bytes: llama-cpp-python cuts off what is over 32.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

PRE = "smollm"
PAD, EOS, BOS, SYSTEM, USER, ASSISTANT, END = CONTROL = (
    "<|pad|>", "<|eos|>", "<|bos|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>",
)  # fmt: skip
TEMPLATE = (
    "{{ '<|bos|>' }}{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
MOST_BYTES = 20


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """Learn tokens from texts. Control tokens come first: ``CONTROL[i]`` has id ``i``."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(CONTROL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        max_token_length=MOST_BYTES,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def load_tokenizer(file: Path) -> Tokenizer:
    """Read a tokenizer that ``train_tokenizer`` made and ``save`` wrote."""
    return Tokenizer.from_file(str(file))


class Words:
    """Text → ids, as the product's model sees them: data never becomes a control token. Pieces are remembered."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._data = Tokenizer.from_str(tokenizer.to_str())
        self._data.encode_special_tokens = True
        self._known: dict[str, list[int]] = {}

    def data(self, text: str) -> list[int]:
        """The ids of text that is data."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._data.encode(text, add_special_tokens=False).ids
        return found

    def lines(self, text: str) -> list[int]:
        """The same, in pieces: a mark, what follows it and a line end never share a token, and pieces come back."""
        ids: list[int] = []
        for mark, line, end in _LINE.findall(text):
            ids += self.data(mark) if mark else []
            ids += self.data(line) if line else []
            ids += self.data(end) if end else []
        return ids

    def trusted(self, text: str) -> list[int]:
        """The ids of text of our own, in which ``<|user|>`` is a control token."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def count(self, text: str) -> int:
        """How many tokens a text is."""
        return len(self.lines(text))


_LINE = re.compile(r"(\[\d+\](?= ))?([^\n]*)(\n*)")
