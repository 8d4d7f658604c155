"""The routes of Glean's indexing API that a push uses, through its official client.

The client is imported only when something is sent: it is an extra. How a request is tried stands in ``calls``.
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Self

import httpx

from connector.errors import NotSetUpError
from connector.glean.calls import Calls, RefusedError
from connector.glean.destination import Destination, Token
from connector.glean.limits import DOCUMENTS, MINUTE, Limit

Payload = dict[str, Any]
Documents = Callable[[], Sequence[Payload]]  # asked for at each try: what may go may be less by then

TIMEOUT = httpx.Timeout(60.0, connect=15.0)


class Remote:
    """A connection to one datasource. Use as a context manager, from one thread.

    Every method raises RemoteError where trying further makes no sense, RefusedError where just this was refused.
    ``clock`` is the time of day: ``pace``, the limit of documents a minute, may be one that other processes go by too.
    """

    def __init__(
        self,
        destination: Destination,
        token: Token,
        *,
        pace: Limit | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._destination = destination
        self._call = Calls(destination, token, clock, sleep, chance)
        self._documents = pace or Limit(DOCUMENTS, MINUTE)
        self._deletions = Limit(10, 1.0)
        self._http = httpx.Client(
            verify=_tls(),
            timeout=timeout,
            follow_redirects=False,
            event_hooks={"response": [_refuse_web_pages]},
            # a proxy of the environment would be handed the token in clear: http:// is this machine's alone
            trust_env=destination.server.startswith("https://"),
        )
        self._indexing = _client(destination, token, self._http).indexing

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    # -- what is sent

    def add_datasource(self, config: Payload) -> None:
        known = _model("CustomDatasourceConfig", config)
        told = {name: getattr(known, name) for name in known.model_fields_set}
        self._call(lambda _: self._indexing.datasources.add(**told))

    def index_user(self, user: Payload) -> None:
        self._call(lambda _: self._permissions.index_user(**self._named, user=_model("DatasourceUserDefinition", user)))

    def index_group(self, group: Payload) -> None:
        self._call(
            lambda _: self._permissions.index_group(**self._named, group=_model("DatasourceGroupDefinition", group))
        )

    def index_membership(self, membership: Payload) -> None:
        told = _model("DatasourceMembershipDefinition", membership)
        self._call(lambda _: self._permissions.index_membership(**self._named, membership=told))

    def delete_user(self, email: str) -> None:
        self._gone(lambda _: self._permissions.delete_user(**self._named, email=email))

    def delete_group(self, name: str) -> None:
        self._gone(lambda _: self._permissions.delete_group(**self._named, group_name=name))

    def delete_membership(self, membership: Payload) -> None:
        told = _model("DatasourceMembershipDefinition", membership)
        self._gone(lambda _: self._permissions.delete_membership(**self._named, membership=told))

    def index_documents(self, documents: Documents, most: int) -> None:
        """Adds or replaces them, ``most`` at most; 600 a minute go. None asks nothing."""

        def send(_: bool) -> None:
            if told := _definitions(documents()):
                self._indexing.documents.index(**self._named, documents=told)

        self._call(send, (self._documents, most))

    def update_permissions(self, document: Payload) -> None:
        """Of a document that is there, as ``document`` has them; all else of it stays."""
        told = _model("DocumentPermissionsDefinition", document["permissions"])
        named = {"object_type": document["objectType"], "id": document["id"], "view_url": document["viewURL"]}
        self._call(
            lambda _: self._permissions.update_permissions(**self._named, **named, permissions=told),
            (self._deletions, 1),
        )

    def delete_document(self, object_type: str, ident: str) -> None:
        self._gone(
            lambda _: self._indexing.documents.delete(**self._named, object_type=object_type, id=ident),
            (self._deletions, 1),
        )

    def bulk_page(
        self, upload: str, documents: Documents, *, first: bool, last: bool, restart: bool, delete: bool
    ) -> None:
        """A page of a bulk upload. ``restart``: an unfinished upload is thrown away; ``delete``: however many go.

        A first page that is tried again is sent as it was: nobody knows yet whose upload is under way if one is.
        """
        self._call(
            lambda _: self._indexing.documents.bulk_index(
                upload_id=upload,
                **self._named,
                documents=_definitions(documents()),
                is_first_page=first,
                is_last_page=last,
                force_restart_upload=True if first and restart else None,
                disable_stale_document_deletion_check=True if last and delete else None,
            )
        )

    # -- what is asked

    def status(self) -> Payload:
        """What Glean says of the datasource."""
        return _plain(self._call(lambda _: self._indexing.datasource.status(**self._named)))

    def document(self, object_type: str, ident: str) -> Payload:
        """What Glean says of one document."""
        asked = {"object_type": object_type, "doc_id": ident}
        return _plain(self._call(lambda _: self._indexing.documents.debug(**self._named, **asked)))

    def uploaded(self, keys: Sequence[str]) -> int:
        """How many of these documents (``objectType/id``) Glean says it was given."""
        named = [key.split("/") for key in keys]
        asked = [_model("DebugDocumentRequest", {"objectType": kind, "docId": ident}) for kind, ident in named]
        told = _plain(self._call(lambda _: self._indexing.documents.debug_many(**self._named, debug_documents=asked)))
        states = [one.get("debugInfo", {}).get("status", {}) for one in told.get("documentStatuses", [])]
        return sum(state.get("uploadStatus") == "UPLOADED" for state in states)

    # -- how

    @property
    def _permissions(self) -> Any:
        return self._indexing.permissions

    @property
    def _named(self) -> dict[str, str]:
        return {"datasource": self._destination.datasource}

    def _gone(self, send: Callable[[bool], Any], *amounts: tuple[Limit, int]) -> None:
        try:
            self._call(send, *amounts)
        except RefusedError as refused:
            if refused.status != httpx.codes.NOT_FOUND:  # what is not there is deleted
                raise


def _refuse_web_pages(response: httpx.Response) -> None:
    """A page for people is no answer of an API, whatever its status says: something on the way put it there."""
    if response.is_success and response.headers.get("content-type", "").startswith("text/html"):
        raise httpx.RemoteProtocolError("a web page answered, not Glean", request=response.request)


class _Silent:
    """The client writes requests with all their headers to its log where $GLEAN_DEBUG is set: not here."""

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        pass


def _client(destination: Destination, token: Token, http: httpx.Client) -> Any:
    try:
        from glean.api_client import Glean
    except ImportError:
        raise NotSetUpError(
            "glean-api-client is not installed, which the push goes through",
            hint="pip install 'transcript-connector[glean]', or: pip install 'glean-api-client>=0.13'",
        ) from None
    return Glean(
        api_token=token.secret,
        server_url=destination.server,
        client=http,
        async_client=httpx.AsyncClient(verify=_tls()),  # never used, and else it makes one with certificates of its own
        retry_config=None,
        debug_logger=_Silent(),
    )


@cache
def _tls() -> ssl.SSLContext:
    """The certificates we trust; to read them takes longer than a push of what changed."""
    return httpx.create_ssl_context()


def _model(name: str, payload: Payload) -> Any:
    """``payload`` as one of the client's models. Made here: of plain values the client makes a new class each time."""
    from glean.api_client import models

    return getattr(models, name).model_validate(payload)


def _definitions(documents: Sequence[Payload]) -> list[Any]:
    return [_model("DocumentDefinition", document) for document in documents]


def _plain(answer: Any) -> Payload:
    """A model of the client as JSON, what is not set left out."""
    return dict(answer.model_dump(mode="json", by_alias=True, exclude_none=True))
