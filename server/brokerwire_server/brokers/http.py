"""HTTP to a broker: one request, one answer, and the exact truth about what was sent.

Nothing is retried, no redirect is followed, no proxy or credential is taken from the environment, every wait has an
end, and an answer's bytes are kept as they came.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Protocol

import aiohttp
from msgspec import Struct
from yarl import URL

from brokerwire_server.brokers.base import ask_last

_CONNECT_SECONDS = 3.0
_CONNECTIONS = 16
_KEEP_ALIVE_SECONDS = 30.0


class Answer(Struct, frozen=True):
    """What came back: header names in lower case, the body as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TransportError(Exception):
    """No whole answer came. `written` says whether any byte of the request may have reached the broker."""

    def __init__(self, message: str, *, written: bool) -> None:
        """`message` names what happened and never what was sent."""
        super().__init__(message)
        self.message = message
        self.written = written


class Headers(Protocol):
    """Makes the headers of a request; a credential lives in there and nowhere else."""

    def __call__(self) -> Mapping[str, str]:
        """Return them."""


_PLACING = ("POST", "PUT", "PATCH")


class _Flight:
    """One request on its way; one that `places` an order or new terms may be stopped until its first byte."""

    __slots__ = ("places", "written")

    def __init__(self, method: str) -> None:
        self.places = method in _PLACING
        self.written = False


class _ResendError(Exception):
    """The HTTP library was about to send a request a second time."""


class Http:
    """A connection pool to one host."""

    def __init__(self, base_url: str, headers: Headers) -> None:
        """Reach `base_url`; the pool opens with the first request."""
        self._base = base_url.rstrip("/")
        self._headers = headers
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    @property
    def session(self) -> aiohttp.ClientSession:
        """The pool itself, for streams. Raises `TransportError` after `close`."""
        if self._closed:
            raise TransportError("the connection to the broker is closed", written=False)
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_request_headers_sent.append(_note_write)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_SECONDS),
                trace_configs=[trace],
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                raise_for_status=False,
                auto_decompress=True,
            )
        return self._session

    def url(self, path: str) -> URL:
        """Return the URL of a path whose parts are quoted already."""
        return URL(self._base + path, encoded=True)

    def headers(self) -> Mapping[str, str]:
        """Return the headers that every request carries."""
        return self._headers()

    async def send(
        self,
        method: str,
        path: str,
        *,
        total: float,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Send one request and return its whole answer, whatever its status.

        Raises:
            TransportError: no whole answer came within `total` seconds; it says whether anything was written.
            CommandError: the engine stopped the order while it waited for a connection; nothing was written.
        """
        flight = _Flight(method)
        headers = dict(self._headers())
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = self.url(path)
        try:
            async with self.session.request(
                method,
                url.with_query(dict(params)) if params else url,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=total, connect=_CONNECT_SECONDS, sock_connect=_CONNECT_SECONDS),
                trace_request_ctx=flight,
            ) as response:
                content = await response.read()
                return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, content)
        except (aiohttp.ClientError, TimeoutError, OSError, _ResendError) as error:
            raise TransportError(_words(error, flight), written=flight.written) from error

    async def close(self) -> None:
        """Close the pool for good."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def _note_write(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _params: aiohttp.TraceRequestHeadersSentParams
) -> None:
    """Note that bytes are about to leave. A second attempt is the library's own, made for a connection that broke."""
    flight = context.trace_request_ctx
    if isinstance(flight, _Flight):
        if flight.written:
            raise _ResendError
        if flight.places:
            ask_last()
        flight.written = True


_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ConnectionTimeoutError, f"no connection within {_CONNECT_SECONDS:.0f} s"),
    (TimeoutError, "no answer in time"),
    (aiohttp.ClientConnectorCertificateError, "the broker's TLS certificate was not accepted"),
    (aiohttp.ClientConnectorSSLError, "no TLS connection could be agreed on"),
    (aiohttp.ClientConnectorDNSError, "the broker's host name could not be resolved"),
    (aiohttp.ClientConnectorError, "the broker's host refused the connection or could not be reached"),
    (aiohttp.ClientPayloadError, "the answer broke off"),
)


def _words(error: Exception, flight: _Flight) -> str:
    """Name what happened, without the request's URL or headers."""
    for kind, words in _FAILURES:
        if isinstance(error, kind):
            return words
    return "the connection broke after the request was sent" if flight.written else "the connection broke"
