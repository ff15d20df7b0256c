"""Every error a user can meet, in one tree. Messages are Dutch: what is wrong, with what, and what to do.

The tree::

    RaadwijzerError
    ├── UsageError               wrong use of the command line, the configuration or the page (exit status 2)
    │   └── QuestionError        an empty, too long or unreadable question
    ├── UnreadableFile           one file cannot be read; it is named, skipped and counted
    ├── IndexError_
    │   ├── IndexMissing         there is no index here
    │   ├── IndexOutdated        made by another version, or with another model
    │   ├── IndexDamaged         a part is missing or broken
    │   ├── IndexLocked          another process is writing
    │   └── IndexUnreachable     the part of it that is in Milvus cannot be used now
    ├── ModelError
    │   ├── ModelMissing         a model file or folder is not there
    │   ├── ModelInvalid         it is there, and is not what it should be
    │   └── ModelUnavailable     the library that runs it is not installed
    ├── DiskFull                 there was no room to write
    └── Cancelled                somebody pressed stop
"""

from __future__ import annotations


class RaadwijzerError(Exception):
    """The root. ``str(error)`` is one Dutch sentence or two, fit to be shown."""

    exit_status = 1


class UsageError(RaadwijzerError):
    """Wrong use: the person can mend it by asking differently."""

    exit_status = 2


class QuestionError(UsageError):
    """The question is empty, too long, or holds nothing to search for."""


class UnreadableFile(RaadwijzerError):
    """One file cannot be read. ``path`` is the file, ``reason`` a Dutch phrase ("is leeg", "is geen tekst")."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class IndexError_(RaadwijzerError):  # noqa: N801 - the builtin has the good name
    """Something about the index on disk."""


class IndexMissing(IndexError_):
    """There is no index at this place."""


class IndexOutdated(IndexError_):
    """The index was built by another version of the program or with another embedder."""


class IndexDamaged(IndexError_):
    """A part of the index is missing or does not match its manifest."""


class IndexLocked(IndexError_):
    """Another process is writing this index."""


class IndexUnreachable(IndexError_):
    """The index is in Milvus, and that cannot be reached, is too old, or its client is not installed."""


class ModelError(RaadwijzerError):
    """Something about a model file."""


class ModelMissing(ModelError):
    """The model is not where the configuration says."""


class ModelInvalid(ModelError):
    """The file is not a usable model: wrong kind, truncated, or unsupported."""


class ModelUnavailable(ModelError):
    """The library that runs this kind of model is not installed."""


class DiskFull(RaadwijzerError):
    """Writing failed for lack of room; what was there before is untouched."""


class Cancelled(RaadwijzerError):
    """The work was stopped on request."""
