"""llama-cpp-python, loaded when it is needed, silent, and with a reason when it refuses; and its grammar sampler.

Knows no prompts and no answers.
"""

from __future__ import annotations

import ctypes
import weakref
from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.errors import ModelError, ModelUnavailable

_LOG_ERROR = 4  # ggml_log_level in ggml.h: 1 debug, 2 info, 3 warning, 4 error, 5 continuation
INSTALL_ADVICE = (
    "Zet er een C++-compiler op (Debian en Ubuntu: sudo apt install build-essential) en voer in de map van "
    "Raadwijzer uit: python tools/install_llm.py. Zonder taalmodel antwoordt Raadwijzer met --answerer extractive."
)

# ggml ends the process with it now and then: https://github.com/ggml-org/llama.cpp/issues/20824
_CRASHES = b"AMX_INT8 = 1"

_log: deque[str] = deque(maxlen=20)  # the latest complaints of llama.cpp; the reason when a file is refused
_log_callback: Any = None  # ctypes needs a reference for as long as llama.cpp may call


def load_library() -> ModuleType:
    """llama-cpp-python's low-level module, silenced.

    Raises:
        ModelUnavailable: it is not installed, does not load, or would crash; the message names the fix.
    """
    global _log_callback  # noqa: PLW0603 - one library in a process, one callback
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        reason = "is niet geïnstalleerd" if isinstance(error, ModuleNotFoundError) else f"start niet ({error})"
        raise ModelUnavailable(
            f"De bibliotheek voor taalmodellen, llama-cpp-python, {reason}. {INSTALL_ADVICE}"
        ) from error
    if _CRASHES in llama_cpp.llama_print_system_info():
        raise ModelUnavailable(
            "De bibliotheek voor taalmodellen, llama-cpp-python, is gebouwd met AMX, waarmee zij op deze processor "
            f"vastloopt. {INSTALL_ADVICE}"
        )
    if _log_callback is None:
        _log_callback = llama_cpp.llama_log_callback(_keep_complaint)
        llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
    return llama_cpp.llama_cpp


def _keep_complaint(level: int, text: bytes, _data: object) -> None:
    if level == _LOG_ERROR:
        _log.append(text.decode("utf-8", errors="replace").strip())


def complaint() -> str:
    """Why llama.cpp refused, in its own words: the first complaint is the cause, the later ones its consequences."""
    return _log[0].split(": ", 1)[-1] if _log else "llama.cpp geeft geen reden"


def forget_complaints() -> None:
    """What llama.cpp said before does not explain what comes."""
    _log.clear()


class Grammar:
    """llama.cpp's grammar sampler, asked about a few tokens at a time."""

    def __init__(self, llama: Any, vocabulary: Any, text: str) -> None:  # noqa: ANN401 - ctypes
        self._llama = llama
        self._layout = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        forget_complaints()
        self._sampler = llama.llama_sampler_init_grammar(vocabulary, text.encode("utf-8"), b"root")
        if not self._sampler:
            raise ModelError(f"llama.cpp begrijpt de grammatica van het antwoord niet: {complaint()}.")
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
