"""The server as a thread of this process: bound before it is started, stopped when its owner says so."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from connector.config import ServeSettings
from connector.errors import NotSetUpError, PortTakenError
from connector.serve.app import make_app
from connector.serve.security import is_loopback
from connector.serve.service import Service
from connector.serve.tokens import VARIABLE, load_tokens

log = logging.getLogger("connector")

STOP_WAIT = 5  # seconds that requests under way get when the server stops


@contextmanager
def serving(service: Service, host: str, port: int) -> Iterator[str]:
    """Serves while the block runs, and yields where this machine opens it. Port 0 is any that is free.

    Raises PortTakenError where the port is taken, NotSetUpError where the host is none of ours, and for an address that
    others reach while there are no tokens.
    """
    with _bound(host, port) as listening:
        address = listening.getsockname()
        service.tokens_needed = bool(load_tokens(service.settings.tokens_file))
        if not service.tokens_needed and not is_loopback(address[0]):
            raise NotSetUpError(
                f"{host} is reached by others, and there are no tokens",
                hint=f"Set {VARIABLE}, make tokens for people with --new-token, or serve on 127.0.0.1 alone.",
            )
        config = uvicorn.Config(
            make_app(service), lifespan="on", log_config=None, access_log=False, server_header=False,
            timeout_graceful_shutdown=STOP_WAIT, timeout_keep_alive=30,
        )  # fmt: skip
        server = _Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), name="server")
        thread.start()
        try:
            server.started_serving.wait()
            yield ServeSettings(host=address[0], port=address[1]).address
        finally:
            if service.writer is not None:
                service.writer.close()
            server.should_exit = True
            thread.join()
            service.close()


class _Server(uvicorn.Server):
    """Uvicorn's, which says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.started_serving = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.started_serving.set()


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise NotSetUpError(f"{host}: no address to serve on: {error.strerror or error}") from error
    except UnicodeError as error:  # as of "my..host"
        raise NotSetUpError(f"{host}: no address to serve on: no host has such a name") from error
    with listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(address)
            listening.listen(128)
        except OSError as error:
            told = f"cannot serve on {host}:{port}: {error.strerror or error}"
            if error.errno != errno.EADDRINUSE:
                raise NotSetUpError(told) from error
            hint = "Another program serves there, perhaps another `connector`: stop it, or name another --port."
            raise PortTakenError(told, hint=hint) from error
        yield listening
