"""TLS for both doors: certificates from files, taken anew as soon as they change, without a restart."""

import asyncio
import logging
import socket
import ssl
import threading
from pathlib import Path

import grpc
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate, load_pem_x509_certificates
from msgspec import Struct

from brokerwire_server.transport.addresses import Address

PROBE_SECONDS = 5.0

_log = logging.getLogger(__name__)


class TlsError(Exception):
    """The certificates can't be used, or TLS is not what it should be; the text says why and what to do."""


class _Files(Struct, frozen=True):
    """What the files held, and which files those were."""

    stamp: tuple[tuple[int, int, int], ...]
    chain: bytes
    key: bytes
    client_ca: bytes


class Tls:
    """The gateway's certificate, and whose certificates it takes from clients."""

    def __init__(
        self, certificate: Path, key: Path, *, client_ca: Path | None = None, allow_tls_1_2: bool = False
    ) -> None:
        """Read the files, all PEM: the certificate with its chain, its key, and who vouches for clients.

        With `client_ca` every client must have a certificate that this authority signed.

        Raises:
            TlsError: a file is missing or wrong, or the key is not the certificate's.
        """
        self._paths = (certificate, key) if client_ca is None else (certificate, key, client_ca)
        self._allow_tls_1_2 = allow_tls_1_2
        self._files = _read(self._paths)
        self._context = self._build(self._files)
        self._broken: tuple[tuple[int, int, int], ...] = ()
        # gRPC asks from threads of its own.
        self._turn = threading.Lock()

    def grpc_credentials(self) -> grpc.ServerCredentials:
        """Return the gRPC door's credentials; they follow the files."""
        shown = self._files.stamp

        def fetch() -> grpc.ServerCertificateConfiguration | None:
            nonlocal shown
            files, _ = self._current()
            if files.stamp == shown:
                return None
            shown = files.stamp
            return _configuration(files)

        return grpc.dynamic_ssl_server_credentials(
            _configuration(self._files),
            fetch,  # type: ignore[arg-type] # None says that nothing has changed
            require_client_authentication=bool(self._files.client_ca),
        )

    def http_context(self) -> ssl.SSLContext:
        """Return the HTTP door's context; it follows the files."""
        context = self._build(self._files)

        def follow(connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _context: ssl.SSLContext) -> None:
            connection.context = self._current()[1]

        context.sni_callback = follow
        return context

    async def check_floor(self, address: Address) -> None:
        """Try to speak TLS 1.2 to a listener of ours. Raises `TlsError` where it does although it must not."""
        if not self._allow_tls_1_2 and not address.path and await asyncio.to_thread(_speaks_1_2, address):
            raise TlsError(
                "gRPC speaks TLS 1.2 here, although only 1.3 is allowed: start the gateway with `brokerwire serve`, "
                "which tells gRPC before it is loaded, or allow it with tls.minimum = 1.2"
            )

    def _current(self) -> tuple[_Files, ssl.SSLContext]:
        """Return what is in force: the files as they are now, or, where they are not usable, as they were."""
        with self._turn:
            stamp = _stamp(self._paths)
            if stamp not in (self._files.stamp, self._broken):
                try:
                    files = _read(self._paths)
                    self._context = self._build(files)
                    self._files = files
                    _log.info("the TLS certificate was taken anew from %s", self._paths[0])
                except TlsError as error:
                    self._broken = stamp
                    _log.error("the former TLS certificate stays in use: %s", error)
            return self._files, self._context

    def _build(self, files: _Files) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2 if self._allow_tls_1_2 else ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self._paths[0], self._paths[1])
            if files.client_ca:
                context.load_verify_locations(cadata=files.client_ca.decode())
                context.verify_mode = ssl.CERT_REQUIRED
        except (OSError, ValueError) as error:
            raise TlsError(f"{self._paths[0]}: can't be used ({error})") from None
        return context


def _configuration(files: _Files) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(files.key, files.chain)], files.client_ca or None)


def _stamp(paths: tuple[Path, ...]) -> tuple[tuple[int, int, int], ...]:
    stamps = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            stamps.append((0, 0, 0))
        else:
            stamps.append((status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(stamps)


def _read(paths: tuple[Path, ...]) -> _Files:
    stamp = _stamp(paths)
    contents = []
    for path in paths:
        try:
            contents.append(path.read_bytes())
        except OSError as error:
            raise TlsError(f"{path}: can't be read ({error.strerror})") from None
    chain, key, client_ca = (*contents, b"")[:3]
    if paths[1].stat().st_mode & 0o077:
        raise TlsError(f"{paths[1]} can be read by others: chmod 600 {paths[1]}")
    try:
        ours = load_pem_x509_certificate(chain).public_key()
        theirs = load_pem_private_key(key, None).public_key()
        if client_ca:
            load_pem_x509_certificates(client_ca)
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        names = ", ".join(map(str, paths))
        raise TlsError(f"{names}: expected PEM, the key without a passphrase") from None
    if ours != theirs:
        raise TlsError(f"{paths[1]} is not the key of {paths[0]}")
    return _Files(stamp, chain, key, client_ca)


def _speaks_1_2(address: Address) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # It is ourselves that we ask, and not for who we are.
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 - compared, not bound
    try:
        with socket.create_connection((host, address.port), PROBE_SECONDS) as plain, context.wrap_socket(plain):
            return True
    except OSError:  # a refused handshake is one too
        return False
