"""How a request to Glean is tried: rate limits obeyed ahead of time, what may pass tried again, the rest told.

The official client's own retries stay off: they sleep by themselves, and take a ``Retry-After`` that is a date by our
clock, which may differ from the server's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from connector.errors import RemoteError
from connector.glean.destination import TOKEN, Destination, Token
from connector.glean.limits import Limit

Answer = TypeVar("Answer")

TRIES = 8  # of one request: with the pauses below some two minutes
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between two tries, doubling; a random half of it is left out
LONGEST_ASKED = 600.0  # seconds a server may ask us to wait
NOT_BEGUN = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
SHOWN = 300  # characters of what a server says


class RefusedError(Exception):
    """The other side will not have this, however often it is sent. ``begun``: a former try may have gone through."""

    def __init__(self, status: int, reason: str, begun: bool) -> None:
        super().__init__(f"{status}: {reason}" if reason else str(status))
        self.status = status
        self.begun = begun


class _PassingError(Exception):
    """What may be otherwise in a while; ``after``: the seconds the server asks to wait; ``begun``: it may have been
    carried out all the same.
    """

    def __init__(self, reason: str, after: float | None = None, *, begun: bool = True) -> None:
        super().__init__(reason)
        self.after = after
        self.begun = begun


class Calls:
    """Calls the client for one destination. ``clock`` and pauses in seconds; ``chance`` gives 0 to 1."""

    def __init__(
        self,
        destination: Destination,
        token: Token,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        chance: Callable[[], float],
    ) -> None:
        self._destination = destination
        self._token = token
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._requests = Limit(100, 1.0)

    def __call__(self, send: Callable[[bool], Answer], *amounts: tuple[Limit, int]) -> Answer:
        """Sends it until it is answered; ``send`` is told whether a former try may have been carried out."""
        tried, begun = 0, False

        def once() -> Answer:
            nonlocal tried, begun
            tried += 1
            try:
                return self._once(lambda: send(begun), begun, ((self._requests, 1), *amounts))
            except _PassingError as error:
                begun = begun or error.begun
                raise

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

    def _once(self, send: Callable[[], Answer], begun: bool, amounts: Sequence[tuple[Limit, int]]) -> Answer:
        from glean.api_client.errors import GleanBaseError, NoResponseError

        for limit, amount in amounts:
            if pause := limit.wait(amount, self._clock()):
                self._sleep(pause)
            limit.note(amount, self._clock())
        try:
            return send()
        except GleanBaseError as error:
            raise self._judged(error.raw_response, begun) from None
        except (httpx.RequestError, NoResponseError) as error:
            unsent = isinstance(error, UNSENT)
            raise _PassingError(self._shown(str(error)) or type(error).__name__, begun=not unsent) from None
        finally:
            for limit, _ in amounts:
                limit.answered(self._clock())

    def _judged(self, response: httpx.Response, begun: bool) -> Exception:
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
            return _PassingError(f"{status}: {said}", after, begun=status not in NOT_BEGUN)
        if 400 <= status < 500:
            return RefusedError(status, said, begun)
        if 300 <= status < 400:
            place = self._shown(response.headers.get("location", "?"))
            return RemoteError(f"{where}: {status}: the server is elsewhere: {place}")
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
    except (ValueError, OverflowError):  # a year with twenty digits
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
