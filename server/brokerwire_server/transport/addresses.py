"""Addresses to listen on: loopback or a Unix socket, and nothing else without TLS."""

import errno
import ipaddress
import os
import socket
import stat
from pathlib import Path

from msgspec import Struct

SOCKET_MODE = 0o600
BACKLOG = 2_048


class AddressError(ValueError):
    """The address can't be listened on; the text says why and what to do."""


class Address(Struct, frozen=True):
    """A place to listen: `host` and `port` (0: any free one), or `path` of a Unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        """Return it as it is written in the configuration."""
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str, *, secure: bool = False) -> Address:
    """Return the address that a text names: "127.0.0.1:50051", "localhost:0", "[::1]:1", "unix:/run/brokerwire.sock".

    Raises:
        AddressError: it is malformed, or reachable by others although what listens there is not `secure`.
    """
    if text.startswith("unix:"):
        path = text.removeprefix("unix:").removeprefix("//")
        if not path:
            raise AddressError("'unix:' needs a path, such as unix:/run/brokerwire/grpc.sock")
        return Address(path=path)
    host, separator, port = text.rpartition(":")
    if not separator or not port.isascii() or not port.isdecimal() or int(port) > 65_535:
        raise AddressError(f"{text!r} is not an address: write host:port, such as 127.0.0.1:50051, or unix:/path")
    host = host.removeprefix("[").removesuffix("]")
    if not secure and not is_loopback(host):
        raise AddressError(
            f"refusing to listen on {text!r}: other machines can reach it, and without TLS anyone on the way could "
            "read and trade. Set tls.certificate and tls.key (`brokerwire certificates` makes them), or use a loopback "
            "address (127.0.0.1, localhost, [::1]) or a Unix socket (unix:/path)"
        )
    return Address(host=host, port=int(port))


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(address: Address) -> tuple[socket.socket, Address]:
    """Return a listening socket and the address that it really has.

    Raises:
        OSError: the address is in use, or may not be used.
    """
    if address.path:
        clear_stale_socket(address.path)
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _PrivateFiles():
            bound.bind(address.path)
        make_private(address)
        actual = address
    else:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        # Named as TCP, or asyncio would not turn off delays on what is accepted, and answers would take 40 ms.
        bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address.host, address.port))
        actual = Address(host=address.host, port=bound.getsockname()[1])
    bound.listen(BACKLOG)
    bound.setblocking(False)
    return bound, actual


def make_private(address: Address) -> None:
    """Let nobody but the owner use a Unix socket. Does nothing for other addresses."""
    if address.path:
        Path(address.path).chmod(SOCKET_MODE)


def remove_socket(address: Address) -> None:
    """Remove a Unix socket that is closed. Does nothing for other addresses."""
    if address.path:
        Path(address.path).unlink(missing_ok=True)


def clear_stale_socket(path: str) -> None:
    """Remove a Unix socket that nobody listens on any more. A file of another kind is left alone.

    Raises:
        AddressError: something that is not a socket is in the way.
        OSError: another process listens there.
    """
    try:
        mode = Path(path).lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise AddressError(f"unix:{path}: there is a file in the way that is not a socket; choose another path")
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    probe.settimeout(0.5)
    try:
        probe.connect(path)
    except (ConnectionRefusedError, FileNotFoundError):
        Path(path).unlink(missing_ok=True)
    else:
        raise OSError(errno.EADDRINUSE, f"unix:{path} is in use by another process")
    finally:
        probe.close()


class _PrivateFiles:
    """Makes new files private from their first moment."""

    def __enter__(self) -> None:
        self._before = os.umask(0o177)

    def __exit__(self, *_: object) -> None:
        os.umask(self._before)
