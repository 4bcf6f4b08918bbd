"""A gateway that is reached from elsewhere: its own authority, TLS on both doors, tokens and client certificates."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import ssl
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import grpc
import httpx
import pytest
from cryptography.x509 import load_der_x509_certificate

import brokerwire
from brokerwire.errors import BrokerwireError
from brokerwire.v1 import system_service_pb2_grpc
from brokerwire.v1.system_service_pb2 import GetServerInfoRequest
from brokerwire_server.cli import main
from tests.support.processes import GatewayProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def cli(*arguments: str) -> str:
    """Run `brokerwire` and return its standard output."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(list(arguments))
    assert not code, err.getvalue()
    return out.getvalue().strip()


class Remote:
    """A running gateway with TLS, and what its clients need."""

    def __init__(self, folder: Path, running: GatewayProcess, token: str) -> None:
        self.folder = folder
        self.running = running
        self.token = token
        self.ca = folder / "ca.pem"

    def client(self, token: str | None = None, name: str = "") -> brokerwire.Client:
        pair = (self.folder / f"client-{name}.pem", self.folder / f"client-{name}.key") if name else None
        return brokerwire.connect(
            self.running.grpc.replace("127.0.0.1", "localhost"),
            token=token,
            root_certificates=self.ca,
            certificate=pair,
            timeout=5,
        )

    def web(self, name: str = "") -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.ca))
        if name:
            context.load_cert_chain(self.folder / f"client-{name}.pem", self.folder / f"client-{name}.key")
        return httpx.Client(base_url=f"https://{self.running.http.replace('127.0.0.1', 'localhost')}", verify=context)

    def serial(self, address: str, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, name: str = "") -> int:
        """Return the serial number of the certificate that a door shows now. Raises `OSError` where there is no TLS."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["h2", "http/1.1"])
        host, _, port = address.rpartition(":")
        with (
            socket.create_connection((host, int(port)), 5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            return load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"").serial_number


@contextlib.contextmanager
def remote(base: Path, *settings: str) -> Iterator[Remote]:
    """Set a gateway up as docs/operations.md says, and run it."""
    folder = base / "certificates"
    cli("certificates", "init", "--dir", str(folder))
    cli("certificates", "server", "localhost", "127.0.0.1", "--dir", str(folder))
    data = base / "data"
    with GatewayProcess(data) as first:
        assert first.stop() == 0
    token = cli("tokens", "create", "boss", "--role", "admin", "--role", "trade", "--data-dir", str(data))
    flags = [f"tls.certificate={folder / 'server.pem'}", f"tls.key={folder / 'server.key'}", *settings]
    with GatewayProcess(data, *(part for flag in flags for part in ("--set", flag))) as running:
        yield Remote(folder, running, token)
        assert running.stop() == 0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    with remote(tmp_path_factory.mktemp("tls")) as made:
        yield made


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    """A gateway that wants to see a certificate from every client."""
    base = tmp_path_factory.mktemp("mtls")
    ca = base / "certificates" / "ca.pem"
    with remote(base, f"tls.client_ca={ca}", "tls.client_certificates=required") as made:
        for name in ("boss", "stranger"):
            cli("certificates", "client", name, "--dir", str(made.folder))
        yield made


def test_a_client_with_the_authority_and_a_token_trades(house: Remote) -> None:
    with house.client(house.token) as client:
        assert client.access.who_am_i().name == "boss"
        assert [account.account_id for account in client.accounts()] == ["paper"]
    headers = {"authorization": f"Bearer {house.token}", "content-type": "application/json"}
    with house.web() as web:
        answer = web.post("/brokerwire.v1.AccessService/WhoAmI", content=b"{}", headers=headers)
    assert answer.json()["principal"]["name"] == "boss"


def test_over_tls_nobody_is_local(house: Remote) -> None:
    with house.client() as client, pytest.raises(BrokerwireError) as caught:
        client.server_info()
    assert caught.value.reason == "UNAUTHENTICATED"
    with house.web() as web:
        answer = web.post(
            "/brokerwire.v1.SystemService/GetServerInfo", content=b"{}", headers={"content-type": "application/json"}
        )
        assert answer.status_code == 401
        assert web.get("/metrics").status_code == 401
        assert web.get("/healthz").status_code == 200


def test_both_doors_speak_tls_1_3_and_nothing_else(house: Remote) -> None:
    for address in (house.running.grpc, house.running.http):
        assert house.serial(address) > 0
        with pytest.raises(OSError):  # noqa: PT011 - how a handshake fails is OpenSSL's matter
            house.serial(address, ssl.TLSVersion.TLSv1_2)
    with grpc.insecure_channel(house.running.grpc) as channel, pytest.raises(grpc.RpcError):
        system_service_pb2_grpc.SystemServiceStub(channel).GetServerInfo(GetServerInfoRequest(), timeout=2)


def test_the_command_line_reaches_the_gateway_with_a_token_file(house: Remote, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(house.token + "\n")
    entry = ["--address", house.running.grpc, "--root-certificates", str(house.ca)]
    assert cli("health", *entry) == "SERVING"
    shown = json.loads(cli("principals", "me", *entry, "--bearer-file", str(file), "--json"))
    assert shown["name"] == "boss"
    made = cli("tokens", "create", "bot", "--role", "trade", *entry, "--bearer-file", str(file))
    with house.client(made) as client:
        assert client.access.who_am_i().roles == ("trade",)


def test_a_renewed_certificate_is_taken_without_a_restart_and_a_broken_one_is_not(house: Remote) -> None:
    doors = (house.running.grpc, house.running.http)
    before = house.serial(doors[0])
    with house.client(house.token) as client:
        client.server_info()
        cli("certificates", "server", "--renew", "--dir", str(house.folder))
        serials = {house.serial(address) for address in doors}
        assert len(serials) == 1
        assert serials != {before}
        client.server_info()  # who is connected stays so
    key = (house.folder / "server.key").read_bytes()
    (house.folder / "server.key").write_bytes(b"nothing")
    assert {house.serial(address) for address in doors} == serials
    (house.folder / "server.key").write_bytes(key)
    assert {house.serial(address) for address in doors} == serials


def test_a_certificate_stands_for_the_principal_that_it_names(strict: Remote) -> None:
    with strict.client(name="boss") as client:
        assert client.access.who_am_i().name == "boss"
    with strict.web("boss") as web:
        answer = web.post(
            "/brokerwire.v1.AccessService/WhoAmI", content=b"{}", headers={"content-type": "application/json"}
        )
    assert answer.json()["principal"]["name"] == "boss"


def test_a_certificate_of_nobody_known_is_refused_though_its_authority_is_ours(strict: Remote) -> None:
    with strict.client(name="stranger") as client, pytest.raises(BrokerwireError) as caught:
        client.server_info()
    assert caught.value.reason == "UNAUTHENTICATED"
    with strict.web("stranger") as web:
        answer = web.post(
            "/brokerwire.v1.AccessService/WhoAmI", content=b"{}", headers={"content-type": "application/json"}
        )
    assert answer.status_code == 401


def test_a_token_names_the_principal_where_both_are_shown(strict: Remote) -> None:
    with strict.client(strict.token, name="stranger") as client:
        assert client.access.who_am_i().name == "boss"


def test_without_a_certificate_of_our_authority_there_is_no_connection(strict: Remote, tmp_path: Path) -> None:
    cli("certificates", "init", "--dir", str(tmp_path))
    cli("certificates", "client", "boss", "--dir", str(tmp_path))
    forged = brokerwire.connect(
        strict.running.grpc.replace("127.0.0.1", "localhost"),
        root_certificates=strict.ca,
        certificate=(tmp_path / "client-boss.pem", tmp_path / "client-boss.key"),
        timeout=2,
    )
    for client in (strict.client(strict.token), forged):
        with client.with_timeout(2), pytest.raises(BrokerwireError) as caught:
            client.with_timeout(2).server_info()
        assert not caught.value.reason
    with strict.web() as web, pytest.raises(httpx.TransportError):
        web.get("/healthz")


def test_keys_are_for_their_owner_alone(house: Remote) -> None:
    keys = [path for path in house.folder.iterdir() if path.suffix == ".key"]
    assert {path.stat().st_mode & 0o777 for path in keys} == {0o600}
