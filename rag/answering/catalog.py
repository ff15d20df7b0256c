"""Language models: a short list that speaks Dutch, fetching one by name, putting one to use, checking a file.

The network is used in ``pull`` only, and only for the file of the name that was asked for. Downloads go through
huggingface_hub's own requests; because its ``hf_hub_download`` no longer resumes after the program was stopped, the
part that is there is kept next to the target, under the version that the server gave it, and continued. Knows no
questions and no answers.

Where the list comes from: repositories, file names, sizes and licences were read from the pages of the repositories.
Hashes are not in it: nobody here has held these files. ``pull`` compares what it fetched with the SHA-256 that the
server gives for it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from rag.answering.gguf_file import GgufHeader, read_header
from rag.config import own_reader, settings_file
from rag.errors import DiskFull, ModelInvalid, ModelMissing, RaadwijzerError, UsageError

FOLDER = Path("models/llm")
USB_ADVICE = (
    "Zonder internet kan het ook: haal het bestand op een andere computer op, zet het met een USB-stick over, en voer "
    "uit: raadwijzer models use BESTAND"
)
OWN = "lezer"
OWN_MARGIN_GB = 0.15  # of a model this small: context of 2,048 tokens and buffers
MARGIN_GB = 0.8  # context of 4,096 tokens and buffers, above the weights
CHUNK = 1 << 20

Progress = Callable[[int, int], object]  # bytes done, bytes in all


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """A model in the list. ``size_gb`` is that of the file; ``remark`` is Dutch."""

    name: str
    repository: str
    file: str
    size_gb: float
    licence: str
    remark: str
    margin_gb: float = MARGIN_GB

    @property
    def memory_gb(self) -> float:
        """An estimate of the memory it takes: its weights, and room for prompt and answer."""
        return round(self.size_gb + self.margin_gb, 1)


MODELS = (
    CatalogModel(
        "fietje-2", "BramVanroy/fietje-2-chat-gguf", "fietje-2b-chat-q4_k_m.gguf", 1.73, "MIT",
        "klein, op Nederlands getraind; leest per vraag minder zinnen (2.048 tokens)",
    ),
    CatalogModel(
        "eurollm-1.7b", "QuantFactory/EuroLLM-1.7B-Instruct-GGUF", "EuroLLM-1.7B-Instruct.Q8_0.gguf", 1.76,
        "Apache-2.0", "klein, voor de talen van de Europese Unie",
    ),
    CatalogModel(
        "qwen3-4b", "Qwen/Qwen3-4B-GGUF", "Qwen3-4B-Q4_K_M.gguf", 2.5, "Apache-2.0",
        "houdt zich goed aan opdrachten; redelijk Nederlands",
    ),
    CatalogModel(
        "gemma-3-4b", "ggml-org/gemma-3-4b-it-GGUF", "gemma-3-4b-it-Q4_K_M.gguf", 2.49,
        "Gemma (eigen voorwaarden van Google)", "goed Nederlands voor zijn grootte",
    ),
    CatalogModel(
        "eurollm-9b", "bartowski/EuroLLM-9B-Instruct-GGUF", "EuroLLM-9B-Instruct-Q4_K_M.gguf", 5.58, "Apache-2.0",
        "goed Nederlands, voor een computer met minstens 16 GB geheugen",
    ),
)  # fmt: skip


def list_models() -> tuple[CatalogModel, ...]:
    """The models that can be fetched by name, smallest first."""
    return tuple(sorted(MODELS, key=lambda model: model.size_gb))


def offered() -> tuple[CatalogModel, ...]:
    """The reader that comes with the project, where it is there, and the models that can be fetched."""
    own = own_reader()
    if own is None:
        return list_models()
    size = round(own.stat().st_size / 1e9, 2)
    remark = "hoort bij Raadwijzer, is er al; kiest zinnen: --answerer llm"
    return (CatalogModel(OWN, "", own.name, size, "CC BY 4.0", remark, OWN_MARGIN_GB), *list_models())


def model_named(name: str) -> CatalogModel:
    """The model with this name. Raises UsageError, naming the ones there are."""
    for model in MODELS:
        if model.name == name.strip().lower():
            return model
    names = ", ".join(model.name for model in list_models())
    raise UsageError(f"Het model '{name}' staat niet in de lijst. Kies uit: {names}.")


def find(model: str | Path, folder: Path = FOLDER) -> Path:
    """The file that a path or a name from the list stands for. Raises ModelMissing when it has not been fetched."""
    path = Path(model)
    if path.exists() or path.suffix.lower() == ".gguf":
        return path
    own = own_reader()
    if own is not None and str(model) == OWN:
        return own
    named = model_named(str(model))
    if not (folder / named.file).is_file():
        raise ModelMissing(
            f"Het model {named.name} is nog niet opgehaald. Voer uit: raadwijzer models pull {named.name}"
        )
    return folder / named.file


# --- fetching -------------------------------------------------------------------------------------------------------


def pull(name: str, folder: Path = FOLDER, progress: Progress | None = None, *, endpoint: str | None = None) -> Path:
    """Fetch a model of the list into ``folder`` and return its path; go on where an earlier attempt stopped.

    ``endpoint`` is another server than huggingface.co, for those who have one in the building.

    Raises:
        UsageError: the name is not in the list.
        ModelMissing: the server cannot be reached or does not have it; the message says how to do without.
        ModelInvalid: what was fetched is not the whole file.
        DiskFull: there is not enough room.
    """
    model = model_named(name)
    target = folder / model.file
    if target.exists():
        read_header(target)
        return target
    folder.mkdir(parents=True, exist_ok=True)
    try:
        partial = _fetch(model, target, progress, endpoint)
    except Exception as error:
        explained = _explained(error, model)
        if explained is None:
            raise
        raise explained from error
    try:
        read_header(partial)
    except ModelInvalid:
        partial.unlink()
        raise
    partial.replace(target)
    return target


def _fetch(model: CatalogModel, target: Path, progress: Progress | None, endpoint: str | None) -> Path:
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

    disable_progress_bars()
    url = hf_hub_url(model.repository, model.file, endpoint=endpoint)
    there = get_hf_file_metadata(url, endpoint=endpoint)
    version = re.sub(r"\W", "", there.etag or "onbekend")
    partial = target.with_name(f"{target.name}.{version[:16]}.deel")
    with partial.open("ab") as file:
        size = there.size or 0
        if file.tell() > size:
            file.truncate(0)
        done = file.tell()
        if size - done > shutil.disk_usage(target.parent).free:
            raise OSError(errno.ENOSPC, "geen ruimte")
        counted = cast("BinaryIO", _Counted(file, size, progress))
        http_get(there.location, counted, resume_size=done, expected_size=there.size)
    if re.fullmatch(r"[0-9a-f]{64}", version) and _sha256(partial) != version:
        partial.unlink()
        raise ModelInvalid(f"{model.file} is onderweg beschadigd geraakt. Probeer het opnieuw.")
    return partial


class _Counted:
    """A file that reports how much of it there is, as it is written."""

    def __init__(self, file: BinaryIO, size: int, progress: Progress | None) -> None:
        self._file = file
        self._size = size
        self._progress = progress or (lambda _done, _size: None)

    def write(self, data: bytes) -> int:
        written = self._file.write(data)
        self._progress(self._file.tell(), self._size)
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def _explained(error: Exception, model: CatalogModel) -> RaadwijzerError | None:
    """The error that a person can do something with; None when it is not about the network or the disk."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return DiskFull(f"Er is geen ruimte voor {model.file} ({model.size_gb} GB). Maak ruimte vrij.")
    if not isinstance(error, OSError) and type(error).__module__.split(".")[0] not in _NETWORK:
        return None
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        reason = "de server vraagt om een account"
    elif status == 404:
        reason = "de server heeft dit bestand niet meer"
    elif type(error).__name__ == "OfflineModeIsEnabled":
        reason = "HF_HUB_OFFLINE staat aan"
    else:
        reason = f"de server is niet bereikbaar ({type(error).__name__})"
    return ModelMissing(f"Het model {model.name} kan niet worden opgehaald: {reason}. {USB_ADVICE}")


_NETWORK = ("httpx", "httpx2", "httpcore", "httpcore2", "huggingface_hub", "requests", "urllib3")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


# --- putting to use ---------------------------------------------------------------------------------------------------


def use(model: str | Path, settings: Path | None = None, folder: Path = FOLDER) -> Path:
    """Make a file, or a fetched model of the list, the one that answers; returns the settings file.

    The setting ``llm`` is written in ``settings``, or in the file that is read without it (``rag/config.py``);
    everything else in it stays as it is.

    Raises:
        ModelMissing, ModelInvalid: there is no such file, or it is not a usable model.
        UsageError: the settings file is no TOML.
    """
    path = find(model, folder)
    read_header(path)
    settings = settings or settings_file()
    old = settings.read_text(encoding="utf-8-sig") if settings.is_file() else ""
    new = _with_setting(old, "llm", path.as_posix())
    try:
        tomllib.loads(new)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"Het configuratiebestand {settings} is geen geldige TOML: {error}.") from error
    beside = settings.with_name(f"{settings.name}.nieuw")
    beside.write_text(new, encoding="utf-8")
    beside.replace(settings)
    return settings


def _with_setting(text: str, name: str, value: str) -> str:
    """The TOML text with ``name`` set at the top level. A JSON string is a TOML string as well."""
    line = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    lines = text.splitlines()
    first_table = next((i for i, old in enumerate(lines) if old.lstrip().startswith("[")), len(lines))
    for i, old in enumerate(lines[:first_table]):
        if re.match(rf"\s*{name}\s*=", old):
            lines[i] = line
            break
    else:
        lines.insert(first_table, line)
    return "\n".join(lines) + "\n"


# --- checking ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What is known of a model file, and what happened when it was tried."""

    header: GgufHeader
    sha256: str
    trial: str  # Dutch

    def fields(self) -> dict[str, str]:
        """Dutch names and values, to be shown in this order."""
        header = self.header
        return {
            "Bestand": str(header.path),
            "Naam": header.name,
            "Soort": f"{header.architecture}, {_large(header.parameters, 'miljoen', 'miljard')} gewichten",
            "Grootte": _large(header.size, "MB", "GB"),
            "Geheugen": f"ongeveer {_large(header.size + MARGIN_GB * 1e9, 'MB', 'GB')}",
            "Context": f"{header.context} tokens",
            "Chatsjabloon": "ja" if header.chat_template else "nee (waarschijnlijk geen 'instruct'-model)",
            "Licentie": header.licence or "niet vermeld in het bestand",
            "SHA-256": self.sha256,
            "Proef": self.trial,
        }


def _large(number: float, million: str, billion: str) -> str:
    """A large number in Dutch: "2,5 miljard"."""
    scaled, unit = (number / 1e9, billion) if number >= 1e9 else (number / 1e6, million)
    return f"{scaled:.1f} {unit}".replace(".", ",")


def check(model: str | Path, folder: Path = FOLDER) -> CheckReport:
    """Look at a model file and let it write a few words, in a process of its own.

    Raises ModelMissing or ModelInvalid with the reason when it cannot be used.
    """
    path = find(model, folder)
    header = read_header(path)
    return CheckReport(header, _sha256(path), _try(path))


_TRIAL = """
import sys, time
from rag.answering.llama import LlamaModel
from rag.config import Config
from rag.errors import RaadwijzerError
try:
    start = time.perf_counter()
    model = LlamaModel(Config(llm=sys.argv[1], llm_context=512))
    loaded = time.perf_counter()
    words = "".join(model.generate("Schrijf.", "Vraag: wie?", grammar='root ::= [ -~]{1,40}', max_tokens=8))
    print(f"werkt; geladen in {loaded - start:.1f} s, eerste woorden na {time.perf_counter() - loaded:.1f} s")
except RaadwijzerError as error:
    print(error, file=sys.stderr)
    sys.exit(9)
"""


def _try(path: Path) -> str:
    command = [sys.executable, "-c", _TRIAL, str(path)]
    root = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": search}
    )
    if done.returncode == 0:
        return done.stdout.strip()
    if done.returncode == 9:
        raise ModelInvalid(done.stderr.strip())
    raise ModelInvalid(f"llama.cpp loopt vast op {path} (status {done.returncode}). Kies een ander GGUF-bestand.")
