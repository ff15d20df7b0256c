"""A GGUF model through llama.cpp: greedy, streaming, stoppable, with the fixed part of the prompt evaluated once.

The low-level half of llama-cpp-python is used, which mirrors ``llama.h``. Its ``Llama`` class redirects the standard
output of the whole process while it loads, cannot be stopped while it reads a prompt, and applies a grammar to the
whole vocabulary for every token (milliseconds with 150,000 tokens). Here the best token is chosen first and then
offered to the grammar; the next best follow only when it is refused, which gives the same token (llama.cpp's own
command line does the same, ``common/sampling.cpp``).

The same prompt gives the same tokens: choices are greedy, and the batches in which a prompt is evaluated do not depend
on what was asked before (floating-point sums do depend on the batch). Knows nothing of evidence or citations.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.answering.chat import ChatTemplate
from rag.answering.gguf_file import read_header
from rag.config import Config
from rag.errors import Cancelled, ModelError, ModelInvalid, ModelUnavailable

BATCH = 64  # tokens of a prompt between two looks at the stop button; larger is hardly faster on a CPU
SHORTLIST = 64  # best tokens offered to the grammar before the whole vocabulary is
PIECE_BYTES = 256
_LOG_ERROR = 4  # ggml_log_level in ggml.h: 1 debug, 2 info, 3 warning, 4 error, 5 continuation
INSTALL_ADVICE = (
    "Zet er een C++-compiler op (Debian en Ubuntu: sudo apt install build-essential) en voer in de map van "
    "Raadwijzer uit: python tools/install_llm.py. Zonder taalmodel antwoordt Raadwijzer met --answerer extractive."
)

_log: deque[str] = deque(maxlen=20)  # the latest complaints of llama.cpp; the reason when a file is refused
_log_callback: Any = None  # ctypes needs a reference for as long as llama.cpp may call


def load_library() -> ModuleType:
    """llama-cpp-python's low-level module, silenced.

    Raises:
        ModelUnavailable: it is not installed or does not load; the message names the fix.
    """
    global _log_callback  # noqa: PLW0603 - one library in a process, one callback
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        reason = "is niet geïnstalleerd" if isinstance(error, ModuleNotFoundError) else f"start niet ({error})"
        raise ModelUnavailable(
            f"De bibliotheek voor taalmodellen, llama-cpp-python, {reason}. {INSTALL_ADVICE}"
        ) from error
    if _log_callback is None:
        _log_callback = llama_cpp.llama_log_callback(_keep_complaint)
        llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
    return llama_cpp.llama_cpp


def _keep_complaint(level: int, text: bytes, _data: object) -> None:
    if level == _LOG_ERROR:
        _log.append(text.decode("utf-8", errors="replace").strip())


def _complaint() -> str:
    """Why llama.cpp refused, in its own words: the first complaint is the cause, the later ones its consequences."""
    return _log[0].split(": ", 1)[-1] if _log else "llama.cpp geeft geen reden"


class LlamaModel:
    """One loaded GGUF model. One generation runs at a time; others wait.

    ``evaluated`` counts the tokens that llama.cpp has processed, so that a test can see what was reused.
    """

    def __init__(self, config: Config) -> None:
        """Load ``config.llm``. Raises ModelMissing, ModelInvalid or ModelUnavailable, each with what to do."""
        path = Path(config.llm)
        header = read_header(path)
        self.name = path.stem
        self.evaluated = 0
        self._llama: Any = load_library()
        self._lock = threading.Lock()
        self._fixed: tuple[int, ...] = ()  # tokens of the fixed part that is in memory, at the start
        self._open(path, config)
        trained = int(self._llama.llama_model_n_ctx_train(self._model))
        self._vocabulary = self._llama.llama_model_get_vocab(self._model)
        self.context = self._make_context(config, trained)
        self._tokens_total = int(self._llama.llama_vocab_n_tokens(self._vocabulary))
        self._chat = ChatTemplate(header.chat_template, self._special_text("bos"), self._special_text("eos"))

    def _open(self, path: Path, config: Config) -> None:
        _log.clear()
        parameters = self._llama.llama_model_default_params()
        self._model = self._llama.llama_model_load_from_file(str(path).encode(), parameters)
        if not self._model:
            raise ModelInvalid(
                f"llama.cpp kan het taalmodel {path} niet openen: {_complaint()}. Kies een ander GGUF-bestand, of "
                "breng llama-cpp-python bij met: python tools/install_llm.py --upgrade"
            )
        weakref.finalize(self, self._llama.llama_model_free, self._model)

    def _make_context(self, config: Config, trained: int) -> int:
        """Make room for prompt and answer; returns how many tokens that is."""
        parameters = self._llama.llama_context_default_params()
        parameters.n_ctx = min(config.llm_context, trained or config.llm_context)
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_threads = parameters.n_threads_batch = config.llm_threads or _cores()
        parameters.no_perf = True
        parameters.swa_full = True  # a sliding window would forget the fixed part of the prompt
        self._context = self._llama.llama_init_from_model(self._model, parameters)
        if not self._context:
            raise ModelError(
                f"Er is te weinig geheugen voor het taalmodel met llm_context = {parameters.n_ctx}. Zet llm_context in "
                "raadwijzer.toml lager of kies een kleiner model."
            )
        weakref.finalize(self, self._llama.llama_free, self._context)
        self._memory = self._llama.llama_get_memory(self._context)
        return int(self._llama.llama_n_ctx(self._context))

    # --- tokens -------------------------------------------------------------------------------------------------

    def count_tokens(self, text: str) -> int:
        """How many tokens ``text`` is, as data."""
        return len(self._tokenize(text, control=False))

    def _tokenize(self, text: str, *, control: bool, begin: bool = False) -> list[int]:
        """Tokens of ``text``; only with ``control`` do marks such as ``<|im_start|>`` become control tokens."""
        data = text.encode("utf-8")
        room = len(data) + 8  # a token is at least a byte, begin and end marks aside
        buffer = (self._llama.llama_token * room)()
        count = self._llama.llama_tokenize(self._vocabulary, data, len(data), buffer, room, begin, control)
        if count < 0:
            raise ModelError(f"De tokenizer van het taalmodel {self.name} kan deze tekst niet verwerken.")
        return list(buffer[:count])

    def _special_text(self, which: str) -> str:
        token = getattr(self._llama, f"llama_vocab_{which}")(self._vocabulary)
        return self._piece(token, control=True).decode("utf-8", errors="replace") if token >= 0 else ""

    def _piece(self, token: int, *, control: bool = False) -> bytes:
        buffer = ctypes.create_string_buffer(PIECE_BYTES)
        size = self._llama.llama_token_to_piece(self._vocabulary, token, buffer, PIECE_BYTES, 0, control)
        return buffer.raw[: max(size, 0)]

    def prompt_tokens(self, instructions: str, material: str) -> tuple[list[int], list[int]]:
        """The prompt in the model's own chat format: the fixed tokens, and those of the material with what follows."""
        before, after = self._chat.around(instructions)
        begin = bool(self._llama.llama_vocab_get_add_bos(self._vocabulary)) and not self._chat.begins(before)
        fixed = self._tokenize(before, control=True, begin=begin)
        return fixed, self._tokenize(material, control=False) + self._tokenize(after, control=True)

    # --- generation ---------------------------------------------------------------------------------------------

    def generate(
        self,
        instructions: str,
        material: str,
        *,
        grammar: str,
        max_tokens: int = 256,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[str]:
        """Write an answer, piece by piece, held to a GBNF grammar.

        Raises:
            ModelError: prompt and answer do not fit in the context, or the model computes nonsense (NaN).
            Cancelled: ``stop()`` became true; looked at for every token and every ``BATCH`` tokens of the prompt.
        """
        stop = stop or (lambda: False)
        with self._lock:
            fixed, rest = self.prompt_tokens(instructions, material)
            if len(fixed) + len(rest) + max_tokens > self.context:
                raise ModelError(
                    f"De vraag met haar bronzinnen ({len(fixed) + len(rest)} tokens) past niet in het taalmodel "
                    f"({self.context} tokens). Stel een kortere vraag, of zet llm_context in raadwijzer.toml hoger."
                )
            self._keep_fixed(fixed, stop)
            self._evaluate(rest, stop)
            yield from self._write(_Grammar(self._llama, self._vocabulary, grammar), max_tokens, stop)

    def _keep_fixed(self, fixed: Sequence[int], stop: Callable[[], bool]) -> None:
        """Put the fixed part in memory, or go back to it when it is there already."""
        known = self._fixed == tuple(fixed)
        if known and self._llama.llama_memory_seq_rm(self._memory, 0, len(fixed), -1):
            return
        self._fixed = ()
        self._llama.llama_memory_clear(self._memory, True)
        self._evaluate(fixed, stop)
        self._fixed = tuple(fixed)

    def _evaluate(self, tokens: Sequence[int], stop: Callable[[], bool]) -> None:
        for start in range(0, len(tokens), BATCH):
            if stop():
                raise Cancelled("Het antwoord is afgebroken.")
            part = tokens[start : start + BATCH]
            buffer = (self._llama.llama_token * len(part))(*part)
            status = self._llama.llama_decode(self._context, self._llama.llama_batch_get_one(buffer, len(part)))
            if status != 0:
                self._fixed = ()
                raise ModelError(f"Het taalmodel {self.name} kan niet verder rekenen (llama.cpp geeft {status}).")
            self.evaluated += len(part)

    def _write(self, grammar: _Grammar, max_tokens: int, stop: Callable[[], bool]) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")  # a token may hold half a character
        for _ in range(max_tokens):
            token = self._choose(grammar)
            if self._llama.llama_vocab_is_eog(self._vocabulary, token):
                break
            grammar.accept(token)
            if text := decoder.decode(self._piece(token)):
                yield text
            self._evaluate([token], stop)

    def _choose(self, grammar: _Grammar) -> int:
        """The likeliest token that the grammar allows; ties go to the lowest id."""
        pointer = self._llama.llama_get_logits_ith(self._context, -1)
        logits = np.ctypeslib.as_array(pointer, shape=(self._tokens_total,))  # (vocabulary,), a view
        best = int(logits.argmax())
        if np.isnan(logits[best]):
            raise ModelError(f"Het taalmodel {self.name} rekent onzin uit (NaN). Kies een ander bestand.")
        if self._may_write(best) and grammar.first_allowed(np.array([best]), logits) is not None:
            return best
        size = min(SHORTLIST, self._tokens_total)
        shortlist = np.argpartition(logits, -size)[-size:]
        for candidates in (shortlist, np.arange(self._tokens_total)):
            ordered = candidates[np.lexsort((candidates, -logits[candidates]))]
            allowed = grammar.first_allowed(ordered, logits, self._may_write)
            if allowed is not None:
                return allowed
        raise ModelError(f"Het taalmodel {self.name} kan geen antwoord in de gevraagde vorm schrijven.")

    def _may_write(self, token: int) -> bool:
        """False for control tokens that do not end the answer: they would leave no trace in the text."""
        control = self._llama.LLAMA_TOKEN_ATTR_CONTROL | self._llama.LLAMA_TOKEN_ATTR_UNUSED
        if not self._llama.llama_vocab_get_attr(self._vocabulary, token) & control:
            return True
        return bool(self._llama.llama_vocab_is_eog(self._vocabulary, token))


class _Grammar:
    """llama.cpp's grammar sampler, asked about a few tokens at a time."""

    def __init__(self, llama: Any, vocabulary: Any, text: str) -> None:  # noqa: ANN401 - ctypes
        self._llama = llama
        self._layout = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        _log.clear()
        self._sampler = llama.llama_sampler_init_grammar(vocabulary, text.encode("utf-8"), b"root")
        if not self._sampler:
            raise ModelError(f"llama.cpp begrijpt de grammatica van het antwoord niet: {_complaint()}.")
        weakref.finalize(self, llama.llama_sampler_free, self._sampler)

    def first_allowed(
        self, tokens: npt.NDArray[Any], logits: npt.NDArray[np.float32], also: Callable[[int], bool] | None = None
    ) -> int | None:
        """The first of ``tokens`` that the grammar allows here, and ``also`` too; None when there is none."""
        rows = np.zeros(len(tokens), dtype=self._layout)  # (tokens,) of llama_token_data
        rows["id"], rows["logit"] = tokens, logits[tokens]
        data = rows.ctypes.data_as(self._llama.llama_token_data_p)
        array = self._llama.llama_token_data_array(data=data, size=len(rows), selected=-1, sorted=False)
        self._llama.llama_sampler_apply(self._sampler, ctypes.byref(array))
        for token in rows["id"][np.isfinite(rows["logit"])]:
            if also is None or also(int(token)):
                return int(token)
        return None

    def accept(self, token: int) -> None:
        """Go on from ``token``, which must have been allowed."""
        self._llama.llama_sampler_accept(self._sampler, token)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
