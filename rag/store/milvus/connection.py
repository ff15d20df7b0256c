"""Where Milvus is, whether data may go there, and what goes wrong on the way. Knows nothing of what is stored.

Nothing leaves this machine unless its owner names the other one twice: in ``milvus_uri``, and by its name in
``milvus_host``. A password comes from the environment only, and never travels unencrypted.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from rag.errors import IndexUnreachable, UsageError

if TYPE_CHECKING:
    from rag.config import Config

TOKEN = "RAADWIJZER_MILVUS_TOKEN"  # noqa: S105 - the name of a variable
FILE = ".db"  # how the name of a file for milvus-lite ends
CLIENT, LITE, SERVER = (3, 0), (3, 0), (2, 5)  # the oldest versions that this works with
PATIENCE = 10.0  # seconds that one request may take, a new attempt included
SLOW = 600.0  # the same, for what a server does with all rows
OPTIONS = {
    "grpc.enable_http_proxy": 0,  # to that machine, and to no other on the way
    "grpc.keepalive_time_ms": 310_000,  # milvus-lite hangs up on who asks more often than every five minutes
}
EXTRA = "Installeer het met: pip install 'raadwijzer[milvus]'"


@dataclass(frozen=True, slots=True)
class Place:
    """An address that may be used: a file for milvus-lite, or a server."""

    uri: str
    token: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it is milvus-lite's, which runs inside this program."""
        return self.uri.endswith(FILE)

    @property
    def here(self) -> bool:
        """Whether it is on this machine."""
        return self.is_file or _is_here(urlsplit(self.uri).hostname or "")

    @property
    def shown(self) -> str:
        """For people: what it is and where."""
        if self.is_file:
            return f"Milvus-bestand {self.uri}, op deze computer"
        return f"Milvus-server {self.uri}, " + ("op deze computer" if self.here else "een andere computer")


def place_of(config: Config) -> Place:
    """The place that the settings name. Raises UsageError when they name none, or one that data may not go to."""
    uri, token = config.milvus_uri.strip(), os.environ.get(TOKEN, "").strip()
    if not uri:
        raise UsageError(
            'Met store = "milvus" hoort ook een milvus_uri: een bestand zoals "milvus.db", of het adres van een '
            'Milvus-server zoals "http://localhost:19530".'
        )
    if "://" not in uri:
        if not uri.endswith(FILE):
            raise UsageError(f"milvus_uri '{uri}' is geen adres (http://… of https://…) en geen bestand op {FILE}.")
        return Place(uri)
    _check(uri, config.milvus_host.strip(), bool(token))
    return Place(uri, token)


def _check(uri: str, named: str, secret: bool) -> None:
    """Raises UsageError when nothing may go to this address."""
    parts = _split(uri)
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"Zet geen naam of wachtwoord in milvus_uri, maar in de omgevingsvariabele {TOKEN}.")
    if _is_here(host):
        return
    if named.casefold() != host.casefold():
        raise UsageError(
            f"milvus_uri wijst naar een andere computer: {host}. Raadwijzer stuurt daar niets heen zolang u dat niet "
            f'uitdrukkelijk toestaat. Mag de index daarheen, zet dan in raadwijzer.toml ook: milvus_host = "{host}"'
        )
    if secret and parts.scheme == "http":
        raise UsageError(
            f"{TOKEN} zou onversleuteld naar {host} gaan. Gebruik een adres dat met https:// begint, of haal de "
            "variabele weg."
        )


def _split(uri: str) -> SplitResult:
    """The parts of an address. Raises UsageError when it is none."""
    try:
        parts = urlsplit(uri)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise UsageError(f"milvus_uri '{uri}' is geen adres. Schrijf bijvoorbeeld: http://localhost:19530")
    return parts


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Server:
    """A connection. Safe to use from several threads."""

    def __init__(self, place: Place, patience: float = PATIENCE) -> None:
        """Raises IndexUnreachable: the extra is not installed, nothing answers, or a version is too old."""
        self.place = place
        self._patience = patience
        _check_libraries(place)
        import pymilvus

        for name in ("pymilvus", "milvus_lite", *(["grpc._server"] if place.is_file else [])):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is raised, once
        with self._reported():
            Path(place.uri).parent.mkdir(parents=True, exist_ok=True) if place.is_file else None
            self._client: Any = pymilvus.MilvusClient(
                place.uri,
                token=place.token,
                timeout=patience,
                dedicated=True,
                grpc_options=OPTIONS,
            )
        self._check_server()

    def __call__(self, method: str, *args: object, patience: float | None = None, **named: object) -> Any:  # noqa: ANN401
        """Call a method of ``pymilvus.MilvusClient``. Raises IndexUnreachable."""
        with self._reported():
            return getattr(self._client, method)(*args, timeout=patience or self._patience, **named)

    def close(self) -> None:
        """Close the connection."""
        with _opening:
            if _shared.get(self.place) is self:
                del _shared[self.place]
        self._client.close()

    def schema(self) -> Any:  # noqa: ANN401
        """An empty schema, to add fields to."""
        return self._client.create_schema(auto_id=False, enable_dynamic_field=False)

    def indexes(self) -> Any:  # noqa: ANN401
        """An empty list of indexes, to add to."""
        return self._client.prepare_index_params()

    def _check_server(self) -> None:
        said = str(self("get_server_version"))
        self.is_lite = "lite" in said
        least = LITE if self.is_lite else SERVER
        if _version(said) < least:
            self._client.close()
            raise IndexUnreachable(
                f"De {self.place.shown} heeft versie {said}. Raadwijzer werkt met versie {_dotted(least)} of nieuwer. "
                "Vraag uw beheerder om Milvus bij te werken."
            )

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Turns whatever the library raises into IndexUnreachable."""
        import grpc
        from pymilvus.exceptions import MilvusException

        try:
            yield
        except (MilvusException, grpc.RpcError, OSError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> IndexUnreachable:
        reason = " ".join(str(getattr(error, "message", "") or error).split())[:200]
        advice = (
            "Misschien gebruikt een ander programma het nu: een Milvus-bestand is voor één programma tegelijk."
            if self.place.is_file
            else "Kijk of de server draait en of het adres in milvus_uri klopt."
        )
        return IndexUnreachable(f"Zoeken of schrijven in {self.place.shown} lukt niet: {reason}. {advice}")


_shared: dict[Place, Server] = {}
_opening = threading.Lock()


def shared(place: Place) -> Server:
    """The one connection of this program with a place. Raises IndexUnreachable."""
    with _opening:
        if place not in _shared:
            _shared[place] = Server(place)
        return _shared[place]


def _check_libraries(place: Place) -> None:
    """Raises IndexUnreachable when a library is missing or too old."""
    from importlib.metadata import PackageNotFoundError, version

    needed = [("pymilvus", CLIENT)] + ([("milvus-lite", LITE)] if place.is_file else [])
    for name, least in needed:
        try:
            found = version(name)
        except PackageNotFoundError as error:
            raise IndexUnreachable(f'Voor store = "milvus" is {name} nodig, en dat ontbreekt. {EXTRA}') from error
        if _version(found) < least:
            raise IndexUnreachable(
                f"Van {name} is versie {found} geïnstalleerd; Raadwijzer werkt met {_dotted(least)} of nieuwer. {EXTRA}"
            )


def _version(said: str) -> tuple[int, ...]:
    """The first two numbers of a version; what cannot be read counts as new."""
    found = re.search(r"(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (1 << 30,)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
