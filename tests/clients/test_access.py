"""Every client against a gateway that lets in nobody without a token, and takes no order that is not signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.driver import DriverProcess
from tests.clients.languages import LANGUAGES, Language
from tests.support.canaries import leaks_in, watch
from tests.support.processes import GatewayProcess, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ORDER = {
    "symbol": "AAPL",
    "side": "buy",
    "quantity": "10",
    "limit_price": "1.50",
    "tags": {"b": "2", "a": "\u00e9\n\\"},
}


class Fortress:
    """A gateway with TLS, a trader with a token, a certificate and a signing key, and the files of all these."""

    def __init__(self, folder: Path) -> None:
        self.ca = folder / "certificates" / "ca.pem"
        self.other_ca = folder / "others" / "ca.pem"
        made = folder / "certificates"
        for command in (("init",), ("server", "localhost", "127.0.0.1"), ("client", "trader")):
            done(run("certificates", *command, "--dir", str(made)))
        done(run("certificates", "init", "--dir", str(folder / "others")))
        with GatewayProcess(folder / "data") as plain:
            self.token = done(plain.cli("tokens", "create", "trader", "--role", "trade"))
            self.signing_key = folder / "signing.pem"
            added = plain.cli("signing-keys", "add", "trader", str(self.signing_key), "--json")
            self.key_id = json.loads(done(added))["key_id"]
            plain.stop()
        self.certificate, self.key = made / "client-trader.pem", made / "client-trader.key"
        server = {"certificate": made / "server.pem", "key": made / "server.key", "client_ca": self.ca}
        settings = [f"tls.{name}={path}" for name, path in server.items()] + ["tls.client_certificates=required"]
        flags = [flag for each in (*settings, "access.signing=all") for flag in ("--set", each)]
        self.gateway = GatewayProcess(folder / "data", *flags)
        self.address = self.gateway.grpc
        watch(self.token, *(_body(path) for path in (self.signing_key, self.key, made / "server.key", made / "ca.key")))

    def access(self, *, signed: bool = True) -> dict[str, str]:
        """What a driver needs to be let in, and to sign."""
        given = {"bearer": self.token, "ca": str(self.ca)}
        given |= {"certificate": str(self.certificate), "certificate_key": str(self.key)}
        return given | ({"signing_key": str(self.signing_key), "key_id": self.key_id} if signed else {})


def _body(pem: Path) -> str:
    """What is secret in a private key's file."""
    return pem.read_text().splitlines()[1]


def done(result: Any) -> str:
    assert result.returncode == 0, result.stderr
    return str(result.stdout.strip())


@pytest.fixture(scope="module")
def fortress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fortress]:
    made = Fortress(tmp_path_factory.mktemp("fortress"))
    with made.gateway:
        yield made


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_a_client_gets_in_by_token_or_certificate_and_its_orders_by_signature(
    language: Language, built: Callable[[Language], None], fortress: Fortress, tmp_path: Path
) -> None:
    built(language)
    with DriverProcess(language, tmp_path / "driver.log") as driver:

        def step(do: str, **arguments: Any) -> dict[str, Any]:
            driver.begin(do, arguments)
            return driver.finish()

        def connect(**access: str) -> None:
            step("connect", address=fortress.address, account="paper", timeout=5, **access)

        def failure(do: str, **arguments: Any) -> tuple[str, str]:
            error = step(do, **arguments)["error"]
            return error["code"], error["reason"]

        connect(**fortress.access())
        signed = step("submit", **ORDER)["ok"]
        assert signed["state"] == "working", signed
        replaced = step("replace", order_id=signed["order_id"], limit_price="1.25")["ok"]
        assert replaced["order"]["limit_price"] == "1.25"
        step("open_session")
        (in_session,) = step("session_submit", orders=[ORDER])["ok"]["results"]
        assert in_session["ok"]["state"] == "working", in_session
        step("close_session")

        connect(**fortress.access(signed=False))
        assert failure("submit", **ORDER) == ("PERMISSION_DENIED", "SIGNATURE_REQUIRED")
        assert step("cancel", order_id=signed["order_id"])["ok"]["outcome"] == "done"

        by_certificate = fortress.access(signed=False)
        del by_certificate["bearer"]
        connect(**by_certificate)
        assert step("get_order", order_id=signed["order_id"])["ok"]["state"] == "canceled"

        connect(**fortress.access() | {"bearer": fortress.token[:-4] + "0000"})
        assert failure("submit", **ORDER) == ("UNAUTHENTICATED", "UNAUTHENTICATED")
        connect(**fortress.access() | {"ca": str(fortress.other_ca)})
        assert failure("get_order", order_id=signed["order_id"])[0] in {"UNAVAILABLE", "DEADLINE_EXCEEDED"}
        connect(bearer=fortress.token, ca=str(fortress.ca))
        assert failure("get_order", order_id=signed["order_id"])[0] in {"UNAVAILABLE", "DEADLINE_EXCEEDED"}
    assert not leaks_in((tmp_path / "driver.log").read_bytes())
