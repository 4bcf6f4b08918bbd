"""Where the gateway is, and how to get there safely."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import grpc

from brokerwire._methods import service_config

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from brokerwire._methods import Method
    from brokerwire.signing import Signer

DEFAULT_ADDRESS = "127.0.0.1:50051"
DEFAULT_PORT = 50051
MIB = 1024 * 1024

# Every option that a channel gets. grpc never reports an unknown one, so tests check them against the effect.
OPTIONS: dict[str, int] = {
    "grpc.enable_retries": 1,
    # A silent connection is found out. The gateway allows a ping every 10 s.
    "grpc.keepalive_time_ms": 20_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.http2.max_pings_without_data": 0,
    # The default grows to two minutes, which a stream would have to wait out after an outage.
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.min_reconnect_backoff_ms": 1_000,
    "grpc.max_reconnect_backoff_ms": 2_000,
    "grpc.max_receive_message_length": 16 * MIB,
    # Channels of the same address share a connection otherwise, a dead one too.
    "grpc.use_local_subchannel_pool": 1,
}

TLS = bool | str | bytes | Path | grpc.ChannelCredentials
Pem = str | bytes | Path
"""The path of a PEM file, or its bytes."""

OTP = str | Callable[[], str]


class Codes:
    """The codes of a second factor: one for one call, or whatever a function returns for each."""

    def __init__(self, otp: OTP | None) -> None:
        self._otp = otp

    def take(self) -> tuple[tuple[str, str], ...]:
        """The metadata for one call. A code is good once, so one that was given as text is not sent again."""
        if self._otp is None:
            return ()
        if not isinstance(self._otp, str):
            return (("brokerwire-otp", self._otp()),)
        code, self._otp = self._otp, None
        return (("brokerwire-otp", code),)


@dataclass(frozen=True, slots=True)
class Target:
    """An address, and what a channel to it needs."""

    address: str
    credentials: grpc.ChannelCredentials | None
    metadata: tuple[tuple[str, str], ...] = field(repr=False)  # it holds the token
    local: bool
    codes: Codes
    signer: Signer | None = None

    def sent(self, method: Method) -> tuple[tuple[str, str], ...]:
        """What goes with a call. The gateway looks at a code only where something changes."""
        return self.metadata if method.reads else (*self.metadata, *self.codes.take())

    def sign(self, request: Message) -> None:
        """Sign a request, if it is one to sign and there is a signer."""
        if self.signer is not None:
            self.signer.sign(request)

    def options(self) -> list[tuple[str, int | str]]:
        """The channel's options. A local gateway is not reached through a proxy."""
        proxy = [("grpc.enable_http_proxy", 0)] if self.local else []
        return [*OPTIONS.items(), *proxy, ("grpc.service_config", service_config())]


def target(
    address: str | None,
    *,
    token: str | None = None,
    tls: TLS | None = None,
    root_certificates: Pem | None = None,
    certificate: tuple[Pem, Pem] | None = None,
    otp: OTP | None = None,
    signer: Signer | None = None,
) -> Target:
    """The gateway at `address`, else at BROKERWIRE_ADDRESS, else at 127.0.0.1:50051.

    What is absent comes from BROKERWIRE_TOKEN, BROKERWIRE_ROOT_CERTIFICATES, and BROKERWIRE_CERTIFICATE with
    BROKERWIRE_KEY.

    Raises:
        ValueError: plaintext to another machine, or an address that is none.
        OSError: a file can't be read.
    """
    where = _with_port(address or os.environ.get("BROKERWIRE_ADDRESS") or DEFAULT_ADDRESS)
    local = _is_local(where)
    token = token or os.environ.get("BROKERWIRE_TOKEN")
    credentials = _credentials(tls, root_certificates, certificate)
    if credentials is None and not local:
        problem = (
            f"{where} is not on this machine, and plaintext would show orders and tokens to the network: "
            "pass tls=True, or root_certificates= with the path of the gateway's CA certificate"
        )
        raise ValueError(problem)
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    return Target(where, credentials, metadata, local, Codes(otp), signer)


def _with_port(address: str) -> str:
    if "://" in address and not address.startswith(("dns://", "unix://")):
        problem = f"{address} is no gRPC address: write host:port or unix:path"
        raise ValueError(problem)
    host = address.rpartition("]")[2] if address.startswith("[") else address
    return address if ":" in host else f"{address}:{DEFAULT_PORT}"


def _is_local(address: str) -> bool:
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    endpoint = address.removeprefix("dns:").removeprefix("ipv4:").removeprefix("ipv6:").rpartition("/")[2]
    host = endpoint.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _credentials(
    tls: TLS | None, roots: Pem | None, certificate: tuple[Pem, Pem] | None
) -> grpc.ChannelCredentials | None:
    if tls is False:
        return None
    if isinstance(tls, grpc.ChannelCredentials):
        return tls
    if tls is not None and tls is not True:
        roots = roots or tls
    environ = os.environ
    roots = roots or environ.get("BROKERWIRE_ROOT_CERTIFICATES")
    if certificate is None and environ.get("BROKERWIRE_CERTIFICATE"):
        certificate = (environ["BROKERWIRE_CERTIFICATE"], environ.get("BROKERWIRE_KEY", ""))
    if tls is None and roots is None and certificate is None:
        return None
    chain, key = (None, None) if certificate is None else map(_pem, certificate)
    return grpc.ssl_channel_credentials(None if roots is None else _pem(roots), key, chain)


def _pem(source: Pem) -> bytes:
    return source if isinstance(source, bytes) else Path(source).read_bytes()
