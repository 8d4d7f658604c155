"""Tokens: of the administrator, from the environment, and of people, from a file that holds their hashes alone."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from connector.archive.rows import dump
from connector.errors import ConfigError
from connector.permissions import EMAIL
from connector.yaml_file import load_mapping

VARIABLE = "CONNECTOR_TOKEN"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Person:
    """Whom a token is of; the administrator has no e-mail address."""

    email: str | None


@dataclass(frozen=True)
class Tokens:
    """SHA-256 hashes of tokens, in hexadecimal, and whose they are."""

    administrator: str | None = None
    people: tuple[tuple[str, str], ...] = ()  # (e-mail, hash)

    def __bool__(self) -> bool:
        return self.administrator is not None or bool(self.people)

    def person(self, token: str) -> Person | None:
        """Whose ``token`` is; None where it is nobody's."""
        return self._whose(hash_of(token), lambda known: known)

    def visitor(self, cookie: str) -> Person | None:
        """Whose browser keeps this ``cookie``; None where it is nobody's."""
        return self._whose(cookie, cookie_of)

    def _whose(self, told: str, of: Callable[[str], str]) -> Person | None:
        """Whose hash gives what was ``told``. Takes as long for any: all are compared in full."""
        given, found = told.encode("utf-8", "surrogateescape"), None
        for email, known in self.people:
            if hmac.compare_digest(given, of(known).encode()):
                found = Person(email)
        if self.administrator is not None and hmac.compare_digest(given, of(self.administrator).encode()):
            found = Person(None)
        return found


def hash_of(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def cookie_of(hashed: str) -> str:
    """What a browser keeps for the token with this hash: it opens pages, and is no token."""
    return hmac.new(bytes.fromhex(hashed), b"pages", sha256).hexdigest()


def load_tokens(file: Path) -> Tokens:
    """The administrator's of the environment, and those of ``file`` if there is one; ConfigError for a wrong file."""
    own = os.environ.get(VARIABLE, "").strip()
    people = []
    for email, hashed in (load_mapping(file) if file.exists() else {}).items():
        if not isinstance(email, str) or not EMAIL.fullmatch(email):
            raise ConfigError(f"{file}: `{email}` is no e-mail address")
        if not isinstance(hashed, str) or not _HASH.fullmatch(hashed):
            raise ConfigError(
                f"{file}: what stands beside `{email}` is no SHA-256 of a token",
                hint=f"`connector serve --new-token {email}` makes a token and writes its hash there.",
            )
        people.append((email.lower(), hashed))
    return Tokens(hash_of(own) if own else None, tuple(people))


def new_token(file: Path, email: str) -> str:
    """A token for ``email``, in place of one they had; only its hash is kept, in ``file``."""
    email = email.strip().lower()
    if not EMAIL.fullmatch(email):
        raise ConfigError(f"`{email}` is no e-mail address")
    token = secrets.token_urlsafe(32)
    hashes = dict(load_tokens(file).people) | {email: hash_of(token)}
    work = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(work, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write("# e-mail address: SHA-256 of the person's token; a line you delete takes the token back\n")
        out.writelines(f"{dump(name)}: {dump(hashed)}\n" for name, hashed in sorted(hashes.items()))
    work.replace(file)
    return token
