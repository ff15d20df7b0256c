"""Texts → rows of unit length, so that texts of like meaning lie close together.

The model that comes with the project is static: a table with one vector per word piece, a text is the mean of its
pieces. It is read here with numpy and ``tokenizers`` alone, because importing torch takes longer than everything else
that a question needs. Any other sentence-transformers model can be named in the configuration; it then runs through
that library. Knows nothing of passages, indexes or questions.
"""

from __future__ import annotations

import hashlib
import json
import re
from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from rag import native
from rag.errors import ModelInvalid, ModelMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.native.indexing import Pieces

    Rows = NDArray[np.float32]

STATIC = "StaticEmbedding"
PLAIN_MODULES = {STATIC, "Normalize"}
KEPT_WORDS = 300_000
MANY_TEXTS = 256  # at a time from which scipy pays
SCIPY_PAYS = 20_000  # texts of a process, from which it pays to import it
UNKNOWN = "[UNK]"
LONGEST_WORD = 100  # characters; longer is one unknown piece to the tokenizer
_PARTS = re.compile(r"[a-z0-9]+|[!-/:-@\[-`{-~]")  # of a word in lower case: runs, and marks one by one


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
        self._folder = folder
        table, weights = _read_table(folder / "model.safetensors")
        tokenizer = read_tokenizer(folder / "tokenizer.json")
        if tokenizer.get_vocab_size() > len(table):
            raise ModelInvalid(f"Het model in {folder} is niet heel: er zijn meer woorddelen dan vectoren.")
        self.name = folder.name
        self.dim = int(table.shape[1])
        self.fingerprint = _fingerprint(folder, ("model.safetensors", "tokenizer.json"))
        self._table, self._weights = np.array(table, order="C"), weights  # numpy puts it in large pages: less waiting
        self._words = _WordPieces(tokenizer)
        self._summed = 0  # texts so far

    def __reduce__(self) -> tuple[type[StaticEncoder], tuple[Path]]:
        """To another process goes the folder: reading it again is cheap."""
        return StaticEncoder, (self._folder,)

    @cached_property
    def table(self) -> Rows:
        """What a text is the sum of ``(pieces, dim)``."""
        found: Rows = self._table.astype(np.float32) * self._weights[:, None]
        return found

    @cached_property
    def flat(self) -> native.Table:
        """The same, for the native kernel."""
        return native.Table.of(self._table, self._weights)

    def pieces(self, texts: Sequence[str]) -> Iterator[NDArray[np.int32]]:
        """The pieces of each text: rows of ``table``."""
        return (np.frombuffer(pieces, np.int32) for pieces in self._words.of_texts(texts))

    def packed(self, words: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The pieces of words without white space, one after another, and how many each has."""
        compiled = self._compiled
        if compiled is None:
            return _joined(self._words.of(words))
        pieces, sizes = compiled.of(words)
        odd = np.flatnonzero(sizes < 0)
        if not len(odd):
            return pieces, sizes
        others, sizes[odd] = _joined(self._words.of([words[place] for place in odd.tolist()]))
        places = (np.cumsum(sizes) - sizes)[odd] - np.cumsum(sizes[odd]) + sizes[odd]  # among the pieces of the rest
        return np.insert(pieces, np.repeat(places, sizes[odd]), others), sizes

    @cached_property
    def _compiled(self) -> Pieces | None:
        """The native kernel's way to cut words, where there is one for this model."""
        greedy = self._words.greedy
        if greedy is None or not native.available():
            return None
        from rag.native.indexing import Pieces

        return Pieces(*greedy.tables)

    def encode(self, texts: Sequence[str]) -> Rows:
        """See :class:`Encoder`."""
        return unit_rows(self.sums(*_joined(self._words.of_texts(texts))))

    def sums(self, pieces: NDArray[Any], sizes: NDArray[Any]) -> Rows:
        """The sums of pieces' rows ``(len(sizes), dim)``: of the first ``sizes[0]`` pieces, of the next, and so on.

        Many at once go as a product with a sparse matrix of ones, which adds in the same order: the same to the bit.
        """
        if self._table.dtype == np.int8 and native.available():
            from rag.native.indexing import rows_summed

            return rows_summed(self._table, self._weights, pieces.astype(np.int32, copy=False), sizes)
        ends = np.cumsum(sizes)
        self._summed += len(sizes)
        if len(sizes) >= MANY_TEXTS and self._summed >= SCIPY_PAYS:
            from scipy.sparse import csr_array

            ones = np.ones(len(pieces), np.float32)
            shape = (len(sizes), len(self.table))
            product: Rows = csr_array((ones, pieces, np.append(0, ends)), shape=shape) @ self.table
            return product
        sums = np.zeros((len(sizes), self.dim), np.float32)
        for row, (start, end) in enumerate(zip((ends - sizes).tolist(), ends.tolist(), strict=True)):
            if end > start:
                self.table.take(pieces[start:end], axis=0).sum(axis=0, out=sums[row])  # (pieces, dim) → (dim,)
        return sums


@lru_cache(32)
def question_row(encoder: Encoder, question: str) -> Rows:
    """The row of a question ``(dim,)``, which more than one asks for."""
    row: Rows = encoder.encode([question])[0]
    return row


def unit_rows(sums: Rows) -> Rows:
    """Rows of any length made rows of unit length, in place; those of zeros stay so."""
    norms: Rows = np.sqrt(np.add.reduce(sums * sums, axis=1, keepdims=True))  # (texts, 1)
    sums /= np.maximum(norms, 1e-12)
    return sums


class _WordPieces(dict[str, bytes]):
    """Word → its pieces, worked out once for each word; as int32 in bytes, which are joined faster than numbers.

    The tokenizer cuts at white space first and then looks at one word at a time, so that the pieces of a text are those
    of its words; keeping them is several times as fast as the tokenizer, which follows every character.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.greedy = _GreedyPieces.of(tokenizer)

    def __missing__(self, word: str) -> bytes:
        self[word] = pieces = self._worked_out(word)
        return pieces

    def _worked_out(self, word: str) -> bytes:
        if self.greedy is None or not self.greedy.understands(word):
            return _packed(self.tokenizer.encode(word, add_special_tokens=False).ids)
        lower = word.lower()
        parts = (lower,) if lower.isalnum() else _PARTS.findall(lower)
        whole = len(parts) == 1 and lower == word
        return _packed(self.greedy.pieces(word)) if whole else b"".join(map(self.__getitem__, parts))

    def of(self, words: Sequence[str]) -> list[bytes]:
        """The pieces of words, packed. Each is asked for once: of those with marks only the parts are kept."""
        if len(self) > KEPT_WORDS:
            self.clear()
        return [self[word] if word.isalnum() else self._worked_out(word) for word in words]

    def of_texts(self, texts: Sequence[str]) -> list[bytes]:
        """The pieces of each text, packed.

        When there is no more room everything is forgotten; another thread that is using it only looks up again.
        """
        if len(self) > KEPT_WORDS:
            self.clear()
        return [b"".join(map(self.__getitem__, text.split())) for text in texts]


def _joined(packed: Sequence[bytes]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Packed pieces one after another, and how many each has."""
    return np.frombuffer(b"".join(packed), np.int32), np.fromiter(map(len, packed), np.int64, len(packed)) // 4


def _packed(pieces: Sequence[int]) -> bytes:
    return array("i", pieces).tobytes()


class _GreedyPieces:
    """What the tokenizer of the model does to a word of ASCII, several times as fast: a test holds the two equal.

    Lower case, every mark a word of its own, and of each word the longest piece that fits, again and again (Song and
    others 2021, "Fast WordPiece Tokenization", describe the rule). Words with "[" can be special, and are not for this.
    """

    def __init__(self, vocabulary: dict[str, int], unknown: int) -> None:
        self._first = vocabulary
        self._inner = {piece[2:]: number for piece, number in vocabulary.items() if piece.startswith("##")}
        self._unknown = unknown

    @property
    def tables(self) -> tuple[dict[str, int], dict[str, int], int]:
        """Pieces that words begin with, other pieces, and the number of the unknown one."""
        return self._first, self._inner, self._unknown

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> _GreedyPieces | None:
        """For a tokenizer of this kind only."""
        kinds = (type(tokenizer.model).__name__, type(tokenizer.pre_tokenizer).__name__)
        if kinds != ("WordPiece", "BertPreTokenizer") or tokenizer.normalizer is None:
            return None
        model = tokenizer.model
        rules = (model.continuing_subword_prefix, model.unk_token, model.max_input_chars_per_word)
        lowers = tokenizer.normalizer.normalize_str("A-z") == "a-z"
        unknown = tokenizer.token_to_id(UNKNOWN)
        if rules != ("##", UNKNOWN, LONGEST_WORD) or unknown is None or not lowers:
            return None
        return cls(tokenizer.get_vocab(with_added_tokens=False), unknown)

    @staticmethod
    def understands(word: str) -> bool:
        """Whether a run without white space is for this."""
        return word.isascii() and word.isprintable() and "[" not in word and len(word) <= LONGEST_WORD

    def pieces(self, part: str) -> tuple[int, ...]:
        """The pieces of one of the parts that ``_PARTS`` finds."""
        found: list[int] = []
        start, size, table = 0, len(part), self._first
        while start < size:
            end = size
            while (number := table.get(part[start:end])) is None:
                end -= 1
                if end == start:
                    return (self._unknown,)
            found.append(number)
            start, table = end, self._inner
        return tuple(found)


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


def is_light(encoder: Encoder) -> bool:
    """Whether every process can have an encoder like this one: it loads at once and takes little memory."""
    return isinstance(encoder, StaticEncoder)


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


def read_tokenizer(file: Path) -> Tokenizer:
    """A list of word pieces. Raises ModelMissing or ModelInvalid."""
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
