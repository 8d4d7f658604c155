"""Where a push goes, and with which token. The token is handed to the client alone: nothing here shows it."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from connector.config import PushSettings, Settings
from connector.errors import ConfigError, NotSetUpError
from connector.transcripts.links import is_of_this_machine

SERVER, TOKEN = "GLEAN_SERVER_URL", "GLEAN_INDEXING_API_TOKEN"  # as Glean's own indexing SDK names them


@dataclass(frozen=True)
class Destination:
    """A datasource on a server: what the ledger's account of what was pushed is of."""

    server: str
    datasource: str

    @property
    def key(self) -> str:
        return f"{self.server} {self.datasource}"


@dataclass(frozen=True)
class Token:
    """An API token; neither its repr nor anything printed of it tells more than its length."""

    secret: str = field(repr=False)

    def __str__(self) -> str:
        return f"set ({len(self.secret)} characters)"

    def scrubbed(self, text: str) -> str:
        """``text`` without the token, which a server may repeat in what it answers: as it is, in JSON, or quoted."""
        in_json = json.dumps(self.secret)[1:-1]
        forms = {self.secret, in_json, in_json.replace("/", "\\/"), html.escape(self.secret)}
        for safe in ("", "/", "!~*'()"):
            quoted = quote(self.secret, safe=safe)
            forms |= {quoted, re.sub("%..", lambda found: found[0].lower(), quoted)}
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, "[token]")
        return text


def destination_of(settings: Settings, environment: Mapping[str, str] = os.environ) -> Destination:
    """``push.server``, else $GLEAN_SERVER_URL; NotSetUpError where neither is there, ConfigError where it is none."""
    written = settings.push.server or environment.get(SERVER, "")
    if not written:
        raise NotSetUpError(
            "no server to push to",
            hint=f"Write push: {{server: https://INSTANCE-be.glean.com}} into config.yaml, or set ${SERVER}.",
        )
    where = "push.server" if settings.push.server else f"${SERVER}"
    written = written if "://" in written else f"https://{written}"
    try:
        parts = urlsplit(written)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme not in ("http", "https") or parts.username or parts.path.strip("/") or parts.query:
        raise ConfigError(f"{where}: must be an address such as https://INSTANCE-be.glean.com")
    if parts.scheme == "http" and not is_of_this_machine(written):
        raise ConfigError(f"{where}: http:// to {host} would show the token on the way", hint="Write https://.")
    name = f"[{host}]" if ":" in host else host
    return Destination(f"{parts.scheme}://{name}{f':{port}' if port else ''}", settings.glean.datasource)


def place_of(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
    """The key of the destination; "" as long as none is told."""
    try:
        return destination_of(settings, environment).key
    except (NotSetUpError, ConfigError):
        return ""


def token_of(push: PushSettings, environment: Mapping[str, str] = os.environ) -> Token:
    """What ``push.token_file`` holds, else $GLEAN_INDEXING_API_TOKEN; NotSetUpError where neither is there."""
    if push.token_file:
        where = str(push.token_file)
        try:
            secret = push.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is no text"
            raise NotSetUpError(f"push.token_file: {where}: {reason}") from None
    else:
        where, secret = f"${TOKEN}", environment.get(TOKEN, "").strip()
    if not secret:
        raise NotSetUpError(
            f"no token to push with ({where} is empty)" if push.token_file else "no token to push with",
            hint=f"Set ${TOKEN} to an indexing API token, or name a file that holds one: push.token_file.",
        )
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ConfigError(f"{where}: holds something that is no token: one line of letters, digits and signs")
    return Token(secret)
