"""The tree of errors a person may meet; each carries its exit code and, where it can, a hint.

ConnectorError                 1  something of ours broke
├── UsageError                 2  the command line was wrong
├── NotSetUpError              3  no configuration, no index, or the data folder is in use
│   └── PortTakenError            another program serves there
├── RemoteError                4  the other side failed
└── BadInputError              5  a file, a value or a document is wrong
    ├── ConfigError               config.yaml, a sidecar or identity.yaml: file, key, what is allowed
    ├── TranscriptError           a source that cannot be read: file, line, reason
    ├── PayloadError              a document Glean would refuse: document, field, rule
    └── ConflictError             what is asked contradicts what is there: a newer version, an upload under way

``model`` and ``indexer`` know nothing of ours and raise their own errors; the command line maps them.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Base of all: ``message`` says what is wrong, ``hint`` what to do about it."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ConnectorError):
    """The command was called with words that make no sense together."""

    exit_code = 2


class NotSetUpError(ConnectorError):
    """There is no configuration or no index yet, or another process holds the data folder."""

    exit_code = 3


class PortTakenError(NotSetUpError):
    """Another program serves under the address that is wanted."""


class RemoteError(ConnectorError):
    """The other side of a network connection failed or refused."""

    exit_code = 4


class BadInputError(ConnectorError):
    """Something a person gave us is wrong."""

    exit_code = 5


class ConfigError(BadInputError):
    """A configuration, sidecar or identity file is wrong."""


class TranscriptError(BadInputError):
    """A source cannot be read as a transcript.

    ``reason`` is a sentence without the file's name, ``line`` counts from 1 (None: the whole file). Readers raise it
    without ``path``; whoever knows the file adds it with ``in_file``.
    """

    def __init__(self, reason: str, *, line: int | None = None, path: str | None = None, hint: str = "") -> None:
        place = ":".join(str(part) for part in (path, line) if part is not None)
        super().__init__(f"{place}: {reason}" if place else reason, hint=hint)
        self.reason = reason
        self.line = line
        self.path = path

    def in_file(self, path: str) -> TranscriptError:
        """The same error, said of the file ``path``."""
        return TranscriptError(self.reason, line=self.line, path=path, hint=self.hint)


class PayloadError(BadInputError):
    """A document breaks a rule of Glean's indexing API."""


class ConflictError(BadInputError):
    """What is asked contradicts what is there: a newer version, an upload under way."""
