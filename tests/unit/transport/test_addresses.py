"""Only this machine is listened to."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from brokerwire_server.transport.addresses import Address, AddressError, clear_stale_socket, listen, parse_address

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:50051", Address("127.0.0.1", 50051)),
        ("localhost:0", Address("localhost", 0)),
        ("[::1]:1", Address("::1", 1)),
        ("127.9.9.9:65535", Address("127.9.9.9", 65535)),
        ("unix:/run/b.sock", Address(path="/run/b.sock")),
    ],
)
def test_local_addresses_are_read_and_written(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize("text", ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.com:1", ":1", "127.0.0.1.nip.io:1"])
def test_other_addresses_are_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(text)
    for word in (text, "TLS", "127.0.0.1", "unix:"):
        assert word in str(caught.value)


def test_with_tls_any_address_will_do() -> None:
    assert parse_address("192.0.2.7:1", secure=True) == Address("192.0.2.7", 1)


@pytest.mark.parametrize(
    "text", ["", "localhost", "localhost:", "localhost:x", "localhost:65536", "localhost:-1", "unix:"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        parse_address(text)


def test_a_free_port_is_told() -> None:
    bound, address = listen(Address("127.0.0.1", 0))
    assert address.port == bound.getsockname()[1] > 0
    assert bound.proto == socket.IPPROTO_TCP
    bound.close()


def test_a_socket_that_somebody_uses_is_left_alone(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "s"))
    bound, _ = listen(address)
    with pytest.raises(OSError, match="in use"):
        listen(address)
    bound.close()
    again, _ = listen(address)
    again.close()


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("precious")
    with pytest.raises(AddressError, match="not a socket"):
        clear_stale_socket(str(tmp_path / "s"))
    assert (tmp_path / "s").read_text() == "precious"
