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
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.answering.chat import ChatTemplate
from rag.answering.gguf_file import read_header
from rag.answering.llama_library import Grammar, complaint, forget_complaints, load_library
from rag.answering.verbatim import Quoting
from rag.config import Config
from rag.errors import Cancelled, ModelError, ModelInvalid

BATCH = 64  # tokens of a prompt between two looks at the stop button; larger is hardly faster on a CPU
SHORTLIST = 64  # best tokens offered to the grammar before the whole vocabulary is
PIECE_BYTES = 64  # room for the text of a token; more is made when a token needs it
WAIT_SECONDS = 0.1
MAX_THREADS = 8


class LlamaModel:
    """One loaded GGUF model. One generation runs at a time; others wait.

    ``evaluated`` counts the tokens that llama.cpp has processed, so that a test can see what was reused.
    """

    def __init__(self, config: Config) -> None:
        """Load ``config.llm_path``. Raises ModelMissing, ModelInvalid or ModelUnavailable, each with what to do."""
        path = Path(config.llm_path)
        header = read_header(path)
        self.name = path.stem
        self.parameters = header.parameters
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
        forget_complaints()
        parameters = self._llama.llama_model_default_params()
        self._model = self._llama.llama_model_load_from_file(str(path).encode(), parameters)
        if not self._model:
            raise ModelInvalid(
                f"llama.cpp kan het taalmodel {path} niet openen: {complaint()}. Kies een ander GGUF-bestand, of "
                "breng llama-cpp-python bij met: python tools/install_llm.py --upgrade"
            )
        weakref.finalize(self, self._llama.llama_model_free, self._model)

    def _make_context(self, config: Config, trained: int) -> int:
        """Make room for prompt and answer; returns how many tokens that is."""
        parameters = self._llama.llama_context_default_params()
        parameters.n_ctx = min(config.llm_context, trained or config.llm_context)
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_threads = parameters.n_threads_batch = config.llm_threads or _threads()
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
        room = PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(room)
            size: int = self._llama.llama_token_to_piece(self._vocabulary, token, buffer, room, 0, control)
            if size >= 0:
                return buffer.raw[:size]
            room = -size  # llama.cpp says how much it needs

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
        stop = stop or _never
        with self._turn(stop):
            fixed, rest = self.prompt_tokens(instructions, material)
            self._require_room(len(fixed) + len(rest), max_tokens)
            self._keep_fixed(fixed, stop)
            self._evaluate(rest, stop)
            yield from self._write(Grammar(self._llama, self._vocabulary, grammar), max_tokens, stop)

    def choose(  # noqa: PLR0913 - what is asked, what may be chosen, and how
        self,
        instructions: str,
        material: str,
        options: Sequence[str],
        *,
        most: int,
        leanings: Sequence[float] = (),
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[int]:
        """Choose at most ``most`` of ``options`` (texts on one line), as indices; see ``rag/answering/verbatim.py``.

        The first option comes alone or not at all. Raises what ``generate`` raises.
        """
        stop = stop or _never
        with self._turn(stop):
            fixed, rest = self.prompt_tokens(instructions, material)
            tokens = [self._tokenize(f"{option}\n", control=False) for option in options]
            self._require_room(len(fixed) + len(rest), sum(sorted(map(len, tokens))[-most:]))
            self._keep_fixed(fixed, stop)
            self._evaluate(rest, stop)
            quoting = Quoting(tokens, leanings)
            for count in range(most):
                if count and self._ends(quoting):
                    return
                chosen = yield from self._quote(quoting, stop)
                quoting.remove(0, chosen)
                if not chosen or not len(quoting):
                    return

    def first_likings(self, instructions: str, material: str, options: Sequence[str]) -> list[float]:
        """How much the model likes to begin each option, as scores (logits) that compare within one question."""
        with self._turn(_never):
            fixed, rest = self.prompt_tokens(instructions, material)
            self._require_room(len(fixed) + len(rest), 1)
            self._keep_fixed(fixed, _never)
            self._evaluate(rest, _never)
            logits = self._logits()
            return [float(logits[self._tokenize(option, control=False)[0]]) for option in options]

    def continuation(self, text: str, most: int) -> str:
        """What the model likes best after a text with nothing around it: shows what it knows by heart."""
        with self._turn(_never):
            self._keep_fixed([], _never)
            self._evaluate(self._tokenize(text, control=False), _never)
            written = b""
            for _ in range(most):
                token = int(self._logits().argmax())
                if self._llama.llama_vocab_is_eog(self._vocabulary, token):
                    break
                written += self._piece(token)
                self._evaluate([token], _never)
        return written.decode("utf-8", errors="ignore")

    def _quote(self, quoting: Quoting, stop: Callable[[], bool]) -> Generator[int, None, int]:
        """Yield, and return, the option that the model begins; then evaluate what is left of it, in one batch."""
        pending: list[int] = []  # forced tokens wait for the next choice
        while (found := quoting.decided()) is None:
            allowed = quoting.allowed()
            if len(allowed) > 1:
                self._evaluate(pending, stop)
                pending = []
            token = max(allowed, key=self._liking(quoting)) if len(allowed) > 1 else allowed[0]
            quoting.advance(token)
            pending.append(token)
        chosen, tail = found
        yield chosen
        self._evaluate(pending + tail, stop)
        return chosen

    def _liking(self, quoting: Quoting) -> Callable[[int], float]:
        """How much a token is liked: by the model, and by what leans towards it."""
        logits = self._logits()
        return lambda token: float(logits[token]) + quoting.leaning(token)

    def _ends(self, quoting: Quoting) -> bool:
        """Whether the model would rather end here than go on with one of the options that are left."""
        ends = [getattr(self._llama, f"llama_vocab_{name}")(self._vocabulary) for name in ("eos", "eot")]
        logits = self._logits()
        return max(float(logits[t]) for t in ends if t >= 0) > max(map(self._liking(quoting), quoting.allowed()))

    @contextmanager
    def _turn(self, stop: Callable[[], bool]) -> Iterator[None]:
        """Wait until the model is free; whoever waits can stop too."""
        while not self._lock.acquire(timeout=WAIT_SECONDS):
            _unless(stop)
        try:
            yield
        finally:
            self._lock.release()

    def _require_room(self, prompt: int, answer: int) -> None:
        if prompt + answer > self.context:
            raise ModelError(
                f"De vraag met haar bronzinnen ({prompt} tokens) past niet in het taalmodel ({self.context} tokens). "
                "Stel een kortere vraag, of zet llm_context in raadwijzer.toml hoger."
            )

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
            _unless(stop)
            part = tokens[start : start + BATCH]
            buffer = (self._llama.llama_token * len(part))(*part)
            status = self._llama.llama_decode(self._context, self._llama.llama_batch_get_one(buffer, len(part)))
            if status != 0:
                self._fixed = ()
                raise ModelError(f"Het taalmodel {self.name} kan niet verder rekenen (llama.cpp geeft {status}).")
            self.evaluated += len(part)

    def _write(self, grammar: Grammar, max_tokens: int, stop: Callable[[], bool]) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")  # a token may hold half a character
        for _ in range(max_tokens):
            token = self._choose(grammar)
            if self._llama.llama_vocab_is_eog(self._vocabulary, token):
                break
            grammar.accept(token)
            if text := decoder.decode(self._piece(token)):
                yield text
            self._evaluate([token], stop)

    def _choose(self, grammar: Grammar) -> int:
        """The likeliest token that the grammar allows; ties go to the lowest id."""
        logits = self._logits()
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

    def _logits(self) -> npt.NDArray[np.float32]:
        """The scores of every token as the next one: (vocabulary,), a view that the next evaluation overwrites."""
        pointer = self._llama.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._tokens_total,))

    def _may_write(self, token: int) -> bool:
        """False for control tokens that do not end the answer: they would leave no trace in the text."""
        control = self._llama.LLAMA_TOKEN_ATTR_CONTROL | self._llama.LLAMA_TOKEN_ATTR_UNUSED
        if not self._llama.llama_vocab_get_attr(self._vocabulary, token) & control:
            return True
        return bool(self._llama.llama_vocab_is_eog(self._vocabulary, token))


def _never() -> bool:
    return False


def _unless(stop: Callable[[], bool]) -> None:
    if stop():
        raise Cancelled("Het antwoord is afgebroken.")


def _threads() -> int:
    """One less than the cores that this process may use, and no more than help.

    ggml's threads wait for each other by spinning: when one of them has to share its core, all of them stand still (on
    a busy machine of two cores two threads took far longer than one). Beyond eight the memory sets the pace.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores - 1, MAX_THREADS))
