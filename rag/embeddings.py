"""Texts → rows of unit length, so that texts of like meaning lie close together.

The model that comes with the project is static: a table with one vector per word piece, a text is the mean of its
pieces. It is read here with numpy and ``tokenizers`` alone, because importing torch takes longer than everything else
that a question needs. Any other sentence-transformers model can be named in the configuration; it then runs through
that library. Knows nothing of passages, indexes or questions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from rag.errors import ModelInvalid, ModelMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]

STATIC = "StaticEmbedding"
PLAIN_MODULES = {STATIC, "Normalize"}
KEPT_WORDS = 300_000


class Encoder(Protocol):
    """What turns texts into rows. ``fingerprint`` changes when the rows would."""

    name: str
    fingerprint: str
    dim: int

    def encode(self, texts: Sequence[str]) -> Rows:
        """Unit rows, float32 ``(len(texts), dim)``; a text without any known piece gives a row of zeros."""
        ...


class StaticEncoder:
    """A sentence-transformers ``StaticEmbedding`` folder, read without that library.

    Both layouts that it writes or reads are understood: ``embedding.weight`` as floats, and model2vec's ``embeddings``
    with one factor per piece in ``weights`` (here: 8-bit rows with their scale).
    """

    def __init__(self, folder: Path) -> None:
        table, weights = _read_table(folder / "model.safetensors")
        tokenizer = _read_tokenizer(folder / "tokenizer.json")
        if tokenizer.get_vocab_size() > len(table):
            raise ModelInvalid(f"Het model in {folder} is niet heel: er zijn meer woorddelen dan vectoren.")
        self.name = folder.name
        self.dim = int(table.shape[1])
        self.fingerprint = _fingerprint(folder, ("model.safetensors", "tokenizer.json"))
        self._table = table.astype(np.float32) * weights[:, None]  # (pieces, dim)
        self._words = _WordPieces(tokenizer)

    def encode(self, texts: Sequence[str]) -> Rows:
        """See :class:`Encoder`."""
        sums = np.zeros((len(texts), self.dim), np.float32)
        for row, ids in enumerate(self._words.pieces(texts)):
            if len(ids):
                sums[row] = self._table.take(ids, axis=0).sum(axis=0)  # (pieces, dim) → (dim,)
        norms: Rows = np.linalg.norm(sums, axis=1, keepdims=True)  # (texts, 1)
        sums /= np.maximum(norms, 1e-12)
        return sums


class _WordPieces(dict[str, tuple[int, ...]]):
    """Word → its pieces, worked out once for each word.

    The tokenizer cuts at white space first and then looks at one word at a time, so that the pieces of a text are those
    of its words; keeping them is several times as fast as the tokenizer, which follows every character.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.tokenizer = tokenizer

    def __missing__(self, word: str) -> tuple[int, ...]:
        pieces = self[word] = tuple(self.tokenizer.encode(word, add_special_tokens=False).ids)
        return pieces

    def pieces(self, texts: Sequence[str]) -> Iterator[NDArray[np.int32]]:
        """The pieces of each text. What is new in all of them is worked out at once, which takes half the time.

        When there is no more room everything is forgotten; another thread that is using it only looks up again.
        """
        if len(self) > KEPT_WORDS:
            self.clear()
        words = [text.split() for text in texts]
        new = [word for word in dict.fromkeys(chain.from_iterable(words)) if word not in self]
        for word, found in zip(new, self.tokenizer.encode_batch_fast(new, add_special_tokens=False), strict=True):
            self[word] = tuple(found.ids)
        for own in words:
            yield np.fromiter(chain.from_iterable(map(self.__getitem__, own)), np.int32)


class SentenceTransformerEncoder:
    """Any other sentence-transformers model, by folder or by the name of one that is on this machine already."""

    def __init__(self, path: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(path, device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ModelInvalid(f"Het model {path} is niet te laden met sentence-transformers: {error}") from error
        self.name = Path(path).name
        self.dim = int(self._model.get_embedding_dimension() or 0)
        self.fingerprint = _folder_fingerprint(path)

    def encode(self, texts: Sequence[str]) -> Rows:
        """See :class:`Encoder`."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        rows = self._model.encode(
            list(texts), convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(rows, np.float32)


def load_encoder(path: str | Path) -> Encoder:
    """The encoder for a model: the fast reader for a static one, else sentence-transformers.

    Raises:
        ModelMissing: there is no such folder.
        ModelInvalid: the folder does not hold a usable model.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ModelMissing(
            f"Het taalmodel voor het zoeken staat niet in {folder}. Controleer de instelling 'embedder', "
            "of haal het project opnieuw op."
        )
    kinds = _modules(folder)
    if kinds and kinds[0] == STATIC and set(kinds) <= PLAIN_MODULES:
        return StaticEncoder(folder)
    return SentenceTransformerEncoder(str(folder))


def _modules(folder: Path) -> list[str]:
    """The class names in ``modules.json``, in order; empty for a bare transformer."""
    file = folder / "modules.json"
    if not file.is_file():
        return []
    try:
        return [str(module["type"]).rsplit(".", 1)[-1] for module in json.loads(file.read_text(encoding="utf-8"))]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelInvalid(f"{file} is niet te lezen: het model is beschadigd. Zet het opnieuw neer.") from error


def _read_table(file: Path) -> tuple[NDArray[Any], Rows]:
    """The vectors ``(pieces, dim)`` and the factor of each piece ``(pieces,)``."""
    if not file.is_file():
        raise ModelMissing(f"{file} ontbreekt: het model is niet volledig. Zet het opnieuw neer.")
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelInvalid(f"{file} is beschadigd of geen model. Zet het opnieuw neer.") from error
    table = tensors.get("embedding.weight", tensors.get("embeddings"))
    if table is None or table.ndim != 2 or "mapping" in tensors:
        raise ModelInvalid(f"{file} is geen statisch model: de tabel met vectoren ontbreekt.")
    weights = tensors.get("weights", np.ones(len(table), np.float32)).astype(np.float32)
    if len(weights) != len(table):
        raise ModelInvalid(f"{file} is niet heel: er zijn {len(table)} vectoren en {len(weights)} gewichten.")
    return table if table.dtype in (np.int8, np.float32) else table.astype(np.float32), weights


def _read_tokenizer(file: Path) -> Tokenizer:
    if not file.is_file():
        raise ModelMissing(f"{file} ontbreekt: het model is niet volledig. Zet het opnieuw neer.")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises a bare Exception
        raise ModelInvalid(f"{file} is geen geldige lijst van woorddelen: {error}") from error
    tokenizer.no_padding()
    return tokenizer


def _fingerprint(folder: Path, names: Sequence[str]) -> str:
    """Hex digest of the named files' contents."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + b"\0")
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _folder_fingerprint(path: str) -> str:
    """Hex digest over every file of a model that decides its rows."""
    folder = Path(path)
    kinds = {".json", ".safetensors", ".bin", ".txt", ".model", ".onnx"}
    files = sorted(file for file in folder.rglob("*") if file.suffix in kinds)
    return _fingerprint(folder, [file.relative_to(folder).as_posix() for file in files])
