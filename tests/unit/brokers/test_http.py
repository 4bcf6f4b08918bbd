"""HTTP to a broker: what was sent is told exactly, nothing is sent twice, and every wait ends."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.brokers.http import Http, TransportError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Thing: 1\r\n\r\nok"


class Server:
    """Answers each connection's requests with the next script entry: bytes to write, or None to hang up."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.script: list[bytes | str | None] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head)
                for line in head.split(b"\r\n"):
                    if line.lower().startswith(b"content-length:"):
                        await reader.readexactly(int(line.split(b":")[1]))
                answer = self.script.pop(0) if self.script else OK
                if answer is None:
                    return
                if isinstance(answer, str):
                    await asyncio.sleep(60)
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Server, Http]]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    http = Http(f"http://127.0.0.1:{server.port}", lambda: {"X-Key": "k"})
    try:
        yield server, http
    finally:
        await http.close()
        listener.close()


async def test_an_answer_is_whole_and_its_header_names_are_lower_case() -> None:
    async with serving() as (server, http):
        answer = await http.send("GET", "/a%2Fb", total=5, params={"q": "x"})
        assert (answer.status, answer.headers["x-thing"], answer.body) == (200, "1", b"ok")
        assert server.requests[0].startswith(b"GET /a%2Fb?q=x HTTP/1.1")
        assert b"X-Key: k" in server.requests[0]


async def test_a_refused_connection_is_known_to_have_sent_nothing() -> None:
    async with serving() as (server, _):
        port = server.port
    http = Http(f"http://127.0.0.1:{port}", dict)
    with pytest.raises(TransportError) as caught:
        await http.send("POST", "/", total=5, body=b"{}")
    assert not caught.value.written
    await http.close()


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_a_connection_that_breaks_after_the_request_counts_as_written(method: str) -> None:
    async with serving() as (server, http):
        server.script = [None]
        with pytest.raises(TransportError) as caught:
            await http.send(method, "/", total=5)
        assert caught.value.written
        assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_a_kept_connection_that_breaks_does_not_make_the_library_send_again(method: str) -> None:
    async with serving() as (server, http):
        await http.send("GET", "/first", total=5)
        server.script = [None]
        with pytest.raises(TransportError) as caught:
            await http.send(method, "/second", total=5)
        assert caught.value.written
        assert len(server.requests) == 2


async def test_a_hanging_answer_ends_with_the_total_time() -> None:
    async with serving() as (server, http):
        server.script = ["hang"]
        with pytest.raises(TransportError, match="in time") as caught:
            await http.send("POST", "/", total=0.1, body=b"{}")
        assert caught.value.written


async def test_a_dripping_answer_ends_with_the_total_time() -> None:
    async with serving() as (server, http):
        server.script = [b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nhalf", "hang"]
        with pytest.raises(TransportError) as caught:
            await http.send("POST", "/", total=0.1, body=b"{}")
        assert caught.value.written


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with serving() as (server, http):
        server.script = [b"HTTP/1.1 307 Moved\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n"]
        assert (await http.send("POST", "/", total=5, body=b"{}")).status == 307
        assert len(server.requests) == 1


async def test_bytes_that_are_no_text_are_kept_as_they_came() -> None:
    async with serving() as (server, http):
        server.script = [b"HTTP/1.1 502 Bad\r\nContent-Length: 4\r\n\r\n\xff\xfe{<"]
        assert (await http.send("GET", "/", total=5)).body == b"\xff\xfe{<"


async def test_a_proxy_from_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with serving() as (_, http):
        assert (await http.send("GET", "/", total=5)).status == 200


@pytest.mark.parametrize("secret", ["k-e-y"])
async def test_no_header_shows_in_an_error(secret: str) -> None:
    http = Http("http://127.0.0.1:1", lambda: {"X-Key": secret})
    with pytest.raises(TransportError) as caught:
        await http.send("GET", "/", total=5)
    shown: Callable[[BaseException], str] = repr
    assert secret not in shown(caught.value) + str(caught.value) + repr(caught.value.__cause__)
    await http.close()
