"""Glean's indexing API through its official client: rate limits obeyed ahead of time, what may pass tried again.

The client's own retries stay off: they sleep by themselves, know no end of their own, and take a ``Retry-After`` that
is a date by our clock, which may differ from the server's. It is imported here alone, and only when something is sent.
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Self, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from connector.errors import NotSetUpError, RemoteError
from connector.glean.destination import TOKEN, Destination, Token
from connector.glean.limits import Limit

Answer = TypeVar("Answer")
Payload = dict[str, Any]

TRIES = 8  # of one request: with the pauses below some two minutes
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between two tries, doubling; a random half of it is left out
LONGEST_ASKED = 600.0  # seconds a server may ask us to wait
TIMEOUT = httpx.Timeout(60.0, connect=15.0)
SHOWN = 300  # characters of what a server says


class RefusedError(Exception):
    """The other side will not have this, however often it is sent. ``tried``: how often it was."""

    def __init__(self, status: int, reason: str, tried: int) -> None:
        super().__init__(f"{status}: {reason}" if reason else str(status))
        self.status = status
        self.tried = tried


class _PassingError(Exception):
    """What may be otherwise in a while; ``after``: the seconds the server asks to wait."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Remote:
    """A connection to one datasource. Use as a context manager, from one thread.

    Every method raises RemoteError where trying further makes no sense, RefusedError where just this was refused.
    """

    def __init__(
        self,
        destination: Destination,
        token: Token,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self._destination = destination
        self._token = token
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._requests = Limit(100, 1.0)
        self._documents = Limit(600, 60.0)
        self._deletions = Limit(10, 1.0)
        self._http = httpx.Client(
            verify=_tls(), timeout=timeout, follow_redirects=False, event_hooks={"response": [_refuse_web_pages]}
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

    def index_documents(self, documents: Sequence[Payload]) -> None:
        """Adds or replaces them; at most 600 a minute go."""
        told = [_model("DocumentDefinition", document) for document in documents]
        self._call(
            lambda _: self._indexing.documents.index(**self._named, documents=told), (self._documents, len(documents))
        )

    def delete_document(self, object_type: str, ident: str) -> None:
        self._gone(
            lambda _: self._indexing.documents.delete(**self._named, object_type=object_type, id=ident),
            (self._deletions, 1),
        )

    def bulk_page(
        self, upload: str, documents: Sequence[Payload], *, first: bool, last: bool, restart: bool, delete: bool
    ) -> None:
        """A page of a bulk upload. ``restart``: an unfinished upload is thrown away; ``delete``: however many go.

        A first page that is tried again throws away what its former try may have begun.
        """
        told = [_model("DocumentDefinition", document) for document in documents]
        self._call(
            lambda tried: self._indexing.documents.bulk_index(
                upload_id=upload,
                **self._named,
                documents=told,
                is_first_page=first,
                is_last_page=last,
                force_restart_upload=True if first and (restart or tried > 1) else None,
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

    # -- how

    @property
    def _permissions(self) -> Any:
        return self._indexing.permissions

    @property
    def _named(self) -> dict[str, str]:
        return {"datasource": self._destination.datasource}

    def _gone(self, send: Callable[[int], Any], *amounts: tuple[Limit, int]) -> None:
        try:
            self._call(send, *amounts)
        except RefusedError as refused:
            if refused.status != httpx.codes.NOT_FOUND:  # what is not there is deleted
                raise

    def _call(self, send: Callable[[int], Answer], *amounts: tuple[Limit, int]) -> Answer:
        """Sends it until it is answered; ``send`` is told which try it is, from 1."""
        tried = 0

        def once() -> Answer:
            nonlocal tried
            tried += 1
            return self._once(lambda: send(tried), tried, ((self._requests, 1), *amounts))

        retrying = Retrying(
            retry=retry_if_exception_type(_PassingError),
            stop=stop_after_attempt(TRIES),
            wait=self._pause,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(once)
        except _PassingError as error:
            raise RemoteError(f"{self._destination.server}: {error} ({tried} times)") from None

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (state.attempt_number - 1)) * (1 + self._chance()) / 2
        asked = error.after if isinstance(error, _PassingError) else None
        return pause if asked is None else max(asked, 0.0) + self._chance()

    def _once(self, send: Callable[[], Answer], tried: int, amounts: Sequence[tuple[Limit, int]]) -> Answer:
        from glean.api_client.errors import GleanBaseError, NoResponseError

        for limit, amount in amounts:
            if pause := limit.wait(amount, self._clock()):
                self._sleep(pause)
        try:
            return send()
        except GleanBaseError as error:
            raise self._judged(error.raw_response, tried) from None
        except (httpx.RequestError, NoResponseError) as error:
            raise _PassingError(self._shown(str(error)) or type(error).__name__) from None
        finally:
            for limit, amount in amounts:
                limit.note(amount, self._clock())

    def _judged(self, response: httpx.Response, tried: int) -> Exception:
        """What an answer that is no success means."""
        status, said = response.status_code, self._shown(response.text)
        where = f"{self._destination.server}{response.request.url.path}"
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return RemoteError(
                f"{where}: {status}: {said}",
                hint=f"The token is unknown, revoked or not for the datasource `{self._destination.datasource}`: have"
                f" one made for it (admin console, API tokens, Indexing), and put it into ${TOKEN} or push.token_file.",
            )
        if status in (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS) or status >= 500:
            after = retry_after(response.headers, datetime.now(UTC))
            if after is not None and after > LONGEST_ASKED:
                return RemoteError(f"{where}: {status}: asks us to wait {after:,.0f} s", hint="Run it again then.")
            return _PassingError(f"{status}: {said}", after)
        if 400 <= status < 500:
            return RefusedError(status, said, tried)
        if 300 <= status < 400:
            return RemoteError(f"{where}: {status}: the server is elsewhere: {response.headers.get('location', '?')}")
        return _PassingError(f"an answer that is not Glean's ({response.headers.get('content-type', 'of no type')})")

    def _shown(self, text: str) -> str:
        """A piece of what the other side says, on one line and without our token."""
        return " ".join(self._token.scrubbed(text).split())[:SHOWN]


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that an answer asks to wait (RFC 9110, 10.2.3); None where it says nothing that can be read.

    A date is taken by the clock of who wrote it: the answer's own ``Date``, where it has one.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    until, since = _date(asked), _date(headers.get("date", "")) or now
    return max(0.0, (until - since).total_seconds()) if until else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


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


def _plain(answer: Any) -> Payload:
    """A model of the client as JSON, what is not set left out."""
    return dict(answer.model_dump(mode="json", by_alias=True, exclude_none=True))
