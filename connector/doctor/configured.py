"""Checks of what a person wrote: config.yaml, the files beside it, tokens, and the port to serve on."""

from __future__ import annotations

import errno
import http.client
import importlib.util
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from connector import config as configuration
from connector.archive.writer import Holder
from connector.config import Config, Settings
from connector.config_file import NO_MODEL
from connector.counting import counted
from connector.doctor.check import Check, fail, ok, warn
from connector.errors import ConfigError, ConnectorError, NotSetUpError
from connector.glean.destination import SERVER, TOKEN, destination_of, token_of
from connector.identity import load_identity
from connector.jargon_file import common_mishearings, load_glossary
from connector.serve.security import is_loopback
from connector.serve.tokens import VARIABLE, load_tokens

ASK_WAIT = 2.0  # seconds


def config(file: Path | None) -> tuple[Check, Config | None]:
    """config.yaml, as every command finds and reads it."""
    try:
        read = configuration.load(file)
    except (ConnectorError, OSError) as error:
        return _wrong("config.yaml", error), None
    return ok("config.yaml", str(read.file)), read


def glossary(file: Path) -> Check:
    try:
        found = load_glossary(file)
    except (ConfigError, OSError) as error:
        return _wrong("jargon.yaml", error)
    if not file.exists():
        return ok("jargon.yaml", "none")
    if common := common_mishearings(found):
        return warn(
            "jargon.yaml", "; ".join(common), "Take the everyday word out: it widens every search for its term."
        )
    return ok("jargon.yaml", counted(len(found.terms), "term"))


def identity(file: Path) -> Check:
    try:
        found = load_identity(file)
    except (ConfigError, OSError) as error:
        return _wrong("identity.yaml", error)
    if found is None:
        return ok("identity.yaml", "none: whoever is asked for is a user of the datasource, in no group")
    return ok("identity.yaml", f"{counted(len(found.users), 'user')}, {counted(len(found.group_names()), 'group')}")


def variables(file: Path) -> tuple[dict[str, str], Check | None]:
    """What the service's environment has from ``file`` (systemd.exec(5), EnvironmentFile), and whether only its owner
    reads that; no check where there is none.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}, None
    except OSError as error:
        return {}, _wrong(file.name, error)
    except UnicodeDecodeError:
        return {}, fail(file.name, f"{file} is no text", "Write NAME=VALUE a line.")
    pairs = (line.partition("=") for line in map(str.strip, lines) if line and line[0] not in "#;")
    found = {name.strip(): value.strip().strip("\"'") for name, sign, value in pairs if sign}
    told = f"{counted(len(found), 'variable')} for the service"
    if _open_to_others(file):
        return found, warn(file.name, f"{told}; others can read the file", f"chmod 600 {file}")
    return found, ok(file.name, told)


def push_token(settings: Settings, environment: Mapping[str, str] = os.environ) -> Check:
    """Whether a push would find where to go and its token; neither is asked of Glean, and the token is not shown."""
    push = settings.push
    if not (push.auto or push.server or push.token_file or environment.get(SERVER) or environment.get(TOKEN)):
        return ok("push", "not set up")
    if importlib.util.find_spec("glean") is None:
        return fail("push", "Glean's client is not installed", "pip install 'transcript-connector[glean]'")
    try:
        destination, token = destination_of(settings, environment), token_of(push, environment)
    except ConnectorError as error:
        return _wrong("push", error)
    told = f"to {destination.server} ({destination.datasource}), token {token}"
    if push.token_file and _open_to_others(push.token_file):
        return warn("push", f"{told}; others can read it", f"chmod 600 {push.token_file}")
    return ok("push", told)


def serve_tokens(settings: Settings, environment: Mapping[str, str] = os.environ) -> Check:
    file, host = settings.tokens_file, settings.serve.host
    try:
        tokens = load_tokens(file)
    except (ConfigError, OSError) as error:
        return _wrong("tokens", error)
    own = bool(environment.get(VARIABLE, "").strip())
    administrator = "" if own else "no "
    told = f"{counted(len(tokens.people), 'person')}".replace("persons", "people")
    told = f"{told} in {file.name}, {administrator}administrator's token (${VARIABLE})"
    closed = own or bool(tokens)
    if not closed and not is_loopback(host):
        todo = f"Set ${VARIABLE}, make tokens (connector serve --new-token EMAIL), or serve on 127.0.0.1 alone."
        return fail("tokens", f"serve.host {host} is reached by others, and there is no token", todo)
    if file.exists() and _open_to_others(file):
        return warn("tokens", f"{told}; others can read the file", f"chmod 600 {file}")
    return ok("tokens", told if closed else "none: the owner is served, on this machine alone")


def port(settings: Settings, holder: Holder | None) -> Check:
    """Whether `serve` has its port to itself, or is what answers there."""
    wanted = settings.serve
    where = f"{wanted.host}:{wanted.port}"
    if holder is not None and "address" in holder:
        return ok("port", f"`connector {holder['command']}` serves {holder['address']}")
    if not wanted.port:
        return ok("port", "any that is free (serve.port: 0)")
    refused = _refused(wanted.host, wanted.port)
    if refused is None:
        return ok("port", f"{where} is free")
    if refused.errno != errno.EADDRINUSE:
        told, todo = f"{where} cannot be served: {refused.strerror}", "Set another `serve.host` or `serve.port`."
        return fail("port", told, todo) if wanted.auto else warn("port", told, todo)
    other = "another connector" if _answers_as_ours(wanted.host, wanted.port) else "another program"
    told = f"{where} is taken by {other}"
    todo = "Stop that one, or set another `serve.port` in config.yaml."
    return fail("port", told, todo) if wanted.auto else warn("port", told, todo)


def _refused(host: str, port: int) -> OSError | None:
    """Why the system gives the address to nobody who asks now; None where it does."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        return error
    except UnicodeError:  # as of "my..host"
        return OSError(errno.EINVAL, "no host has such a name")
    return None


def _answers_as_ours(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=ASK_WAIT)  # noqa: S104
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return answer.status == 200 and json.loads(answer.read(1000)) == {"status": "ok"}
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()


def extras_used(settings: Settings) -> dict[str, str]:
    """The optional packages that this configuration has a use for, and what is not there without; those of a push and
    of an embedding model have checks of their own.
    """
    uses = {
        "mcp": ("an assistant's door (/mcp) answers 501", settings.serve.auto),
        "glean": ("serve.validate is on, and nothing is served", settings.serve.validated),
        "wandb": ("train.tracking is wandb, and no training is tracked", settings.train.tracking == "wandb"),
    }
    return {extra: told for extra, (told, used) in uses.items() if used}


def meaning(settings: Settings) -> Check | None:
    """The embedding model, where one is configured."""
    if settings.semantic.model == NO_MODEL:
        return None
    from connector.archive.embedding import embedder_of

    try:
        embedder_of(settings.semantic.model)
    except (ConfigError, NotSetUpError) as error:
        return _wrong("semantic", error)
    return ok("semantic", f"{settings.semantic.model} loads")


def _open_to_others(file: Path) -> bool:
    return bool(file.stat().st_mode & 0o077)


def _wrong(name: str, error: ConnectorError | OSError) -> Check:
    if isinstance(error, OSError):
        return fail(name, f"{error.filename}: {error.strerror}", "Let the user who runs the connector read it.")
    return fail(name, error.message, error.hint or "Mend that; `connector doctor` looks again.")
