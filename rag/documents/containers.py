"""Files that hold files: zip archives and e-mail messages with attachments. Knows no formats and no documents.

A member is called by its path inside the container ("map/stuk.docx", "binnen.zip/stuk.docx"), made safe; the index puts
the container's own path before it. What is read is bounded, whatever a container says of itself: bytes are counted as
they come out, archives inside archives are opened to a small depth, and an archive that would unpack to far more than
its own size is refused.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from functools import lru_cache
from io import BytesIO
from mimetypes import guess_extension
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from rag.documents.source import LARGEST
from rag.errors import UnreadableFile

SUFFIXES = frozenset({".zip", ".eml"})
DEEPEST = 3  # containers in containers
MOST_MEMBERS = 20_000
MOST_PARTS = 20_000  # lines that may part a message, or stand in its head
MOST_RATIO = 50  # times its own size that an archive may unpack to, above ROOM
ROOM = 100 * 1024 * 1024  # bytes that any archive may unpack to
MOST_NESTED = 200 * 1024 * 1024  # bytes of archives in one archive, together
_OFFICE = frozenset({"[Content_Types].xml", "mimetype", "META-INF/manifest.xml"})
_HIDDEN = ("__MACOSX/", "Thumbs.db")
_LONGEST_PART = 120  # characters of a folder or file name
_ODD = str.maketrans(dict.fromkeys('\x7f<>:"|?*' + "".join(map(chr, range(32))), "_"))


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a container: its safe path there, its size in bytes as the container gives it, and when it changed."""

    name: str
    size: int
    modified: int  # nanoseconds since 1970, 0 when unsaid


class _Container(Protocol):
    """One container, opened: what is in it, by the key with which it is read."""

    def entries(self) -> Iterator[tuple[str, Member]]:
        """Key and member of every file."""
        ...  # pragma: no cover - a protocol

    def read(self, key: str) -> bytes:
        """The bytes of one file. Raises UnreadableFile."""
        ...  # pragma: no cover - a protocol


def is_container(path: Path) -> bool:
    """Whether a file is opened for what is in it: a zip archive (no Word file under that name) or a message."""
    if path.suffix.lower() not in SUFFIXES:
        return False
    if path.suffix.lower() == ".eml":
        return True
    try:
        return zipfile.is_zipfile(path) and not _is_office(path)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return True  # ``members`` says what is wrong with it


def is_also_document(path: Path) -> bool:
    """Whether the container itself is a document too, besides what is in it: a message is, an archive is not."""
    return path.suffix.lower() == ".eml"


def members(path: Path) -> list[Member]:
    """The files in a container, those of containers in it among them, by name. Raises UnreadableFile for a bad one."""
    return sorted((member for member, _ in _contents(*_stamp(path)).values()), key=lambda member: member.name)


def member_bytes(path: Path, name: str) -> bytes:
    """The bytes of a member. Raises UnreadableFile when it is not there, is encrypted, damaged or too large."""
    found = _contents(*_stamp(path)).get(name)
    if not found:
        raise UnreadableFile(f"{path.name}/{name}", "staat niet (meer) in het bestand")
    *outer, key = found[1]
    container = _root(*_stamp(path))
    for place in range(len(outer)):
        container = _inner(*_stamp(path), tuple(outer[: place + 1]))
    return container.read(key)


_Found = tuple[Member, tuple[str, ...]]
Stamp = tuple[str, int, int]  # path, time of change, size: what is cached of a file holds as long as these


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError as error:
        raise UnreadableFile(path.name, f"kan niet worden gelezen ({error.strerror or error})") from error
    return str(path), status.st_mtime_ns, status.st_size


@lru_cache(maxsize=8)
def _contents(path: str, modified: int, size: int) -> dict[str, _Found]:
    """Every member by its name, with the keys that lead to it from the outermost container."""
    listing = _Listing((path, modified, size))
    listing.collect(_root(path, modified, size), "", ())
    return listing.found


class _Listing:
    """What is found in one container and in those inside it."""

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._nested = 0  # bytes of containers in it
        self.found: dict[str, _Found] = {}

    def collect(self, container: _Container, prefix: str, keys: tuple[str, ...]) -> None:
        """Add the files of a container that is reached by ``keys``."""
        for key, member in container.entries():
            name = self._free(prefix + member.name)
            here = (*keys, key)
            inner = self._opened(here, member) if _suffix(name) in SUFFIXES and len(here) < DEEPEST else None
            if not inner or _suffix(name) == ".eml":
                self.found[name] = Member(name, member.size, member.modified or self._stamp[1]), here
            if len(self.found) > MOST_MEMBERS:
                raise UnreadableFile(Path(self._stamp[0]).name, f"bevat meer dan {MOST_MEMBERS} bestanden")
            if inner:
                self.collect(inner, name + "/", here)

    def _opened(self, keys: tuple[str, ...], member: Member) -> _Container | None:
        """A container inside a container; None when it cannot be opened: reading it as a file then says why."""
        self._nested += member.size
        if self._nested > MOST_NESTED:
            most = MOST_NESTED // 1024**2
            raise UnreadableFile(Path(self._stamp[0]).name, f"bevat meer dan {most} MB aan andere archieven")
        try:
            return _inner(*self._stamp, keys)
        except UnreadableFile:
            return None

    def _free(self, name: str) -> str:
        """A name that no other member has."""
        path = PurePosixPath(name)
        number, free = 2, name
        while free in self.found:
            free, number = str(path.with_name(f"{path.stem} ({number}){path.suffix}")), number + 1
        return free


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


@lru_cache(maxsize=2)
def _root(path: str, modified: int, size: int) -> _Container:
    file = Path(path)
    if file.suffix.lower() == ".zip":
        return _Zip(file, file.name, size)
    if size > LARGEST:
        limit = LARGEST // 1024**2
        raise UnreadableFile(file.name, f"is te groot ({size / 1024**2:.0f} MB; het hoogste is {limit} MB)")
    return _Mail(file.read_bytes(), file.name, modified)


@lru_cache(maxsize=3)
def _inner(path: str, modified: int, size: int, keys: tuple[str, ...]) -> _Container:
    outer = _inner(path, modified, size, keys[:-1]) if len(keys) > 1 else _root(path, modified, size)
    data = outer.read(keys[-1])
    if data.startswith(b"PK\x03\x04"):
        return _Zip(BytesIO(data), keys[-1], len(data))
    return _Mail(data, keys[-1], 0)


class _Zip:
    """A zip archive. Its directory is read once; a member is unpacked when it is asked for."""

    def __init__(self, file: Path | BinaryIO, name: str, size: int) -> None:
        self._name = name
        try:
            self._archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UnreadableFile(name, "is een beschadigd zip-bestand") from error
        infos = self._archive.infolist()
        total = sum(info.file_size for info in infos)
        if len(infos) > MOST_MEMBERS:
            raise UnreadableFile(name, f"bevat meer dan {MOST_MEMBERS} bestanden")
        if total > max(ROOM, MOST_RATIO * size):
            raise UnreadableFile(name, f"is een zipbom: het pakt uit tot {total / 1024**2:.0f} MB")

    def entries(self) -> Iterator[tuple[str, Member]]:
        """Every file that is no folder and no leftover of an operating system; its key is its place in the list."""
        for place, info in enumerate(self._archive.infolist()):
            name = _safe(_decoded(info))
            if not info.is_dir() and name and not _is_hidden(name):
                yield str(place), Member(name, info.file_size, _time(info))

    def read(self, key: str) -> bytes:
        """The bytes of the file with this key."""
        info = self._archive.infolist()[int(key)]
        name = f"{self._name}/{_safe(_decoded(info))}"
        if info.flag_bits & 1:
            raise UnreadableFile(name, "is versleuteld met een wachtwoord")
        try:
            with self._archive.open(info) as stream:
                data = stream.read(LARGEST + 1)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, ValueError, RuntimeError) as error:
            raise UnreadableFile(name, "is beschadigd in het zip-bestand") from error
        except Exception as error:  # zlib.error, lzma.LZMAError and whatever else a compression raises
            raise UnreadableFile(name, f"kan niet worden uitgepakt ({type(error).__name__})") from error
        if len(data) > LARGEST:
            raise UnreadableFile(name, f"is te groot (uitgepakt meer dan {LARGEST // 1024**2} MB)")
        return data


class _Mail:
    """An e-mail message: its attachments."""

    def __init__(self, data: bytes, name: str, modified: int) -> None:
        self._parts = attachments(parsed_mail(data, name))
        self._modified = modified

    def entries(self) -> Iterator[tuple[str, Member]]:
        """Every attachment; its key is its place in the list."""
        for place, (name, data) in enumerate(self._parts):
            yield str(place), Member(name, len(data), self._modified)

    def read(self, key: str) -> bytes:
        """The bytes of the attachment with this key."""
        return self._parts[int(key)][1]


def parsed_mail(data: bytes, name: str) -> EmailMessage:
    """A message from its bytes. Raises UnreadableFile when it is none."""
    if data.count(b"\n--") > MOST_PARTS or data.count(b"\n", 0, max(data.find(b"\n\n"), 0)) > MOST_PARTS:
        raise UnreadableFile(name, "is een e-mailbericht met te veel delen of kopregels")
    try:
        message = message_from_bytes(data, policy=policy.default)
    except (MessageError, ValueError, LookupError, RecursionError) as error:
        raise UnreadableFile(name, "is geen leesbaar e-mailbericht") from error
    if not isinstance(message, EmailMessage) or not message.keys():
        raise UnreadableFile(name, "is geen leesbaar e-mailbericht")
    return message


def attachments(message: EmailMessage) -> list[tuple[str, bytes]]:
    """The attachments of a message: a safe name and the bytes of each. Pictures inside the text are none."""
    found = []
    for number, part in enumerate(_attached(message), 1):
        kind = part.get_content_type()
        inline = part.get_content_disposition() != "attachment"
        if (kind.startswith("image/") and inline) or kind == "application/pkcs7-signature":
            continue
        extension = ".eml" if kind == "message/rfc822" else guess_extension(kind) or ".bin"
        name = _safe(_last_part(part.get_filename() or "")) or f"bijlage {number}{extension}"
        if kind == "message/rfc822" and not name.lower().endswith(".eml"):
            name += ".eml"
        found.append((name, _payload(part)))
    return found


def _last_part(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def _attached(message: EmailMessage) -> list[EmailMessage]:
    try:
        return [part for part in message.iter_attachments() if isinstance(part, EmailMessage)]
    except (AttributeError, KeyError, TypeError):  # a message of one part, or with broken parts, has none
        return []


def _payload(part: EmailMessage) -> bytes:
    inner = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(inner, list) and isinstance(inner[0], EmailMessage):
        return inner[0].as_bytes()[: LARGEST + 1]
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _is_office(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return bool(_OFFICE.intersection(archive.namelist()[:50]))


def _decoded(info: zipfile.ZipInfo) -> str:
    """The name of an entry; one whose archive does not say so is often UTF-8 all the same."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _safe(name: str) -> str:
    """A path that stays below the container: no root, no drive, no "..", no characters that a file system refuses."""
    name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\\", "/")
    if len(name) > 1 and name[1] == ":":
        name = name[2:]
    parts = [part.translate(_ODD).strip()[-_LONGEST_PART:] for part in name.split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def _is_hidden(name: str) -> bool:
    return name.startswith(_HIDDEN) or any(part.startswith(".") for part in name.split("/"))


def _time(info: zipfile.ZipInfo) -> int:
    try:
        return int(datetime(*info.date_time, tzinfo=UTC).timestamp()) * 1_000_000_000
    except (ValueError, OverflowError):
        return 0
