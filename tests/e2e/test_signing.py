"""Signed orders at the doors: taken with a good signature, refused without one where one is asked for."""

from __future__ import annotations

import copy
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from brokerwire.signing import SIGNED, canonical_text
from brokerwire.v1 import order_service_pb2 as pb
from brokerwire.v1 import orders_pb2
from brokerwire.v1 import position_service_pb2 as positions_pb
from brokerwire_server.domain.access import LOCAL, Role
from brokerwire_server.domain.connections import Environment
from brokerwire_server.domain.errors import NotFoundError
from brokerwire_server.domain.events import GATEWAY, AuditRecorded, OrderChanged
from brokerwire_server.domain.signing import SigningPolicy
from tests.e2e.conftest import Served, limit_order
from tests.e2e.doors import CallFailed, Door, GrpcClient, HttpClient, methods_of
from tests.support.processes import GatewayProcess
from tests.support.signatures import KEY, PUBLIC_KEY, signer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from google.protobuf.message import Message

    from brokerwire_server.domain.signing import SigningKey

NEVER_SIGNED = {
    "BrokerService/Reconcile",
    "RiskService/AcquireGuardLease",
    "RiskService/DisarmAccount",
    "RiskService/ReleaseGuardLease",
    "RiskService/RenewGuardLease",
    "OrderService/CancelOrder",
    "OrderService/CancelOrders",
}
"""What traders do without a signature, for none of it can open or enlarge a position: getting out must be easy."""


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Served]:
    running = Served(tmp_path, signing=SigningPolicy.ALL)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def key(strict: Served) -> SigningKey:
    return await strict.gateway.signing.add(LOCAL.name, PUBLIC_KEY, "desk")


@pytest.fixture(params=["grpc", "http"])
async def door(request: pytest.FixtureRequest, strict: Served) -> AsyncIterator[Door]:
    methods = methods_of(strict.api)
    client: Any
    if request.param == "grpc":
        client = GrpcClient(methods, strict.grpc_address)
    else:
        client = HttpClient(methods, strict.http_address)
    yield client
    await client.close()


def signed(request: Any, key: SigningKey, *, lifetime: float = 20) -> Any:
    signer(key.key_id, lifetime=lifetime).sign(request)
    return request


async def refused(door: Door, method: str, request: Message) -> str:
    with pytest.raises(CallFailed) as caught:
        await door.call(method, request)
    assert (caught.value.code, caught.value.reason) == ("PERMISSION_DENIED", "SIGNATURE_REQUIRED")
    return caught.value.message


async def records(served: Served) -> list[Any]:
    await served.gateway.accounts.get("paper").book.durable()
    return [event.payload for event in await served.gateway.store.read("paper", 0, 1000)]


async def test_a_signed_order_is_taken_and_its_signature_journaled(door: Door, strict: Served, key: SigningKey) -> None:
    request = signed(pb.SubmitOrderRequest(order=limit_order()), key)
    answer = await door.call("OrderService/SubmitOrder", request)
    assert answer.order.state == orders_pb2.ORDER_STATE_WORKING
    changes = [r for r in await records(strict) if isinstance(r, OrderChanged)]
    (stored,) = [change.signature for change in changes if change.signature is not None]
    KEY.public_key().verify(stored.signature, stored.text.encode())
    assert (stored.key_id, stored.text) == (key.key_id, canonical_text(request.order))
    assert changes[0].signature is stored


async def test_an_unsigned_order_is_refused_and_the_refusal_audited(
    door: Door, strict: Served, key: SigningKey
) -> None:
    text = await refused(door, "OrderService/SubmitOrder", pb.SubmitOrderRequest(order=limit_order()))
    assert "must be signed" in text
    await strict.gateway.accounts.own.book.durable()
    journal = [event.payload for event in await strict.gateway.store.read(GATEWAY, 0, 1000)]
    audits = [r for r in journal if isinstance(r, AuditRecorded) and r.action == "OrderService/SubmitOrder"]
    assert [(a.principal, a.outcome.value, a.reason) for a in audits] == [("local", "REFUSED", "SIGNATURE_REQUIRED")]
    assert not strict.gateway.accounts.get("paper").book.orders.by_id


@pytest.mark.parametrize("lifetime", [-0.001, 31])
async def test_a_signature_must_expire_soon_and_not_have_expired(
    door: Door, strict: Served, key: SigningKey, lifetime: float
) -> None:
    request = signed(pb.SubmitOrderRequest(order=limit_order()), key, lifetime=lifetime)
    assert "expire" in await refused(door, "OrderService/SubmitOrder", request)


def _more(order: Any) -> None:
    order.quantity.value = "1000"


def _longer(order: Any) -> None:
    order.signature.expire_time.nanos ^= 1


def _cut(order: Any) -> None:
    order.signature.signature = order.signature.signature[:-1]


def _empty(order: Any) -> None:
    order.signature.signature = b""


def _bit(order: Any) -> None:
    forged = bytearray(order.signature.signature)
    forged[20] ^= 4
    order.signature.signature = bytes(forged)


def _nobody(order: Any) -> None:
    order.signature.key_id = "sk_nobody"


@pytest.mark.parametrize("tamper", [_more, _longer, _cut, _empty, _bit, _nobody])
async def test_what_was_changed_after_signing_is_refused(
    door: Door, strict: Served, key: SigningKey, tamper: Callable[[Any], None]
) -> None:
    request = signed(pb.SubmitOrderRequest(order=limit_order()), key)
    tamper(request.order)
    await refused(door, "OrderService/SubmitOrder", request)
    assert not strict.gateway.accounts.get("paper").book.orders.by_id


async def test_every_way_to_send_an_order_asks_for_a_signature(door: Door, strict: Served, key: SigningKey) -> None:
    requests = {
        "OrderService/SubmitOrder": pb.SubmitOrderRequest(order=limit_order("two")),
        "OrderService/ReplaceOrder": pb.ReplaceOrderRequest(
            account_id="paper", client_order_id="one", new_client_order_id="r", limit_price=limit_order().limit_price
        ),
        "PositionService/ClosePosition": positions_pb.ClosePositionRequest(
            account_id="paper", symbol="AAPL", client_order_id="c"
        ),
        "PositionService/ClosePositions": positions_pb.ClosePositionsRequest(account_ids=["paper"], request_id="q"),
    }
    for method in strict.api.methods:
        if method.role is Role.TRADE and method.label not in NEVER_SIGNED and method.name != "OrderSession":
            await refused(door, method.label, requests.pop(method.label))
    assert not requests
    assert {kind.DESCRIPTOR.name for kind in SIGNED} == {
        "OrderRequest",
        "ReplaceOrderRequest",
        "ClosePositionRequest",
        "ClosePositionsRequest",
    }


async def test_a_session_asks_for_signatures_too(door: Door, strict: Served, key: SigningKey) -> None:
    good, bad = limit_order("good"), limit_order("bad")
    signed(good, key)
    change = pb.ReplaceOrderRequest(
        account_id="paper", client_order_id="good", new_client_order_id="r", limit_price=good.stop_price
    )
    change.limit_price.value = "99"
    commands = [
        pb.OrderCommand(command_id=1, submit=good),
        pb.OrderCommand(command_id=2, submit=bad),
        pb.OrderCommand(command_id=3, replace=change),
        pb.OrderCommand(command_id=4, replace=signed(copy.deepcopy(change), key)),
        pb.OrderCommand(command_id=5, cancel=pb.CancelOrderRequest(account_id="paper", client_order_id="good")),
    ]
    results: dict[int, Any] = {}
    async for response in door.session([pb.OrderSessionRequest(commands=commands)]):
        results |= {result.command_id: result for result in response.results}
    kinds = {number: result.WhichOneof("result") for number, result in sorted(results.items())}
    assert kinds == {1: "submit", 2: "error", 3: "error", 4: "replace", 5: "cancel"}
    assert results[4].replace.order.limit_price.value == "99"
    journaled = [r.signature.text.split("\n")[1] for r in await records(strict) if getattr(r, "signature", None)]
    assert journaled == ["OrderRequest", "ReplaceOrderRequest"]


async def test_the_same_order_under_a_fresh_signature_is_the_same_order(
    door: Door, strict: Served, key: SigningKey
) -> None:
    first = await door.call("OrderService/SubmitOrder", signed(pb.SubmitOrderRequest(order=limit_order()), key))
    time.sleep(0.001)  # noqa: ASYNC251 - another time of expiry, and so another signature
    again = await door.call("OrderService/SubmitOrder", signed(pb.SubmitOrderRequest(order=limit_order()), key))
    assert again.deduplicated
    assert again.order.order_id == first.order.order_id


async def test_a_revoked_key_signs_no_more_and_stays_known(door: Door, strict: Served, key: SigningKey) -> None:
    await strict.gateway.signing.revoke(key.key_id)
    await refused(door, "OrderService/SubmitOrder", signed(pb.SubmitOrderRequest(order=limit_order()), key))
    (known,) = await strict.gateway.signing._store.load()  # type: ignore[union-attr]
    assert (known.key_id, bool(known.revoke_time)) == (key.key_id, True)
    with pytest.raises(NotFoundError, match="sk_other"):
        await strict.gateway.signing.revoke("sk_other")


async def test_a_key_signs_for_its_own_principal_only(door: Door, strict: Served) -> None:
    other = await strict.gateway.signing.add("somebody", PUBLIC_KEY, "")
    text = await refused(door, "OrderService/SubmitOrder", signed(pb.SubmitOrderRequest(order=limit_order()), other))
    assert "of the caller" in text


async def test_live_asks_on_live_accounts_only_and_a_bad_signature_is_refused_anywhere(tmp_path: Path) -> None:
    served = Served(tmp_path, signing=SigningPolicy.LIVE)
    await served.start()
    client = GrpcClient(methods_of(served.api), served.grpc_address)
    try:
        await client.call("OrderService/SubmitOrder", pb.SubmitOrderRequest(order=limit_order("unsigned")))
        forged = pb.SubmitOrderRequest(order=limit_order("forged"))
        signer("sk_nobody").sign(forged)
        await refused(client, "OrderService/SubmitOrder", forged)
        served.gateway.accounts.get("paper").adapter.environment = Environment.LIVE
        await refused(client, "OrderService/SubmitOrder", pb.SubmitOrderRequest(order=limit_order("live")))
    finally:
        await client.close()
        await served.stop()


def test_the_command_line_makes_a_key_signs_with_it_and_revokes_it(tmp_path: Path) -> None:
    file = tmp_path / "trading.pem"
    with GatewayProcess(tmp_path / "data", "--set", "access.signing=all") as gateway:
        added = gateway.cli("signing-keys", "add", "local", str(file), "--for", "desk", "--json")
        assert added.returncode == 0, added.stderr
        key_id = json.loads(added.stdout)["key_id"]
        assert file.stat().st_mode & 0o777 == 0o600
        assert key_id in gateway.cli("signing-keys").stdout
        order = ("orders", "submit", "AAPL", "buy", "1", "--limit", "1.50")
        unsigned = gateway.cli(*order)
        assert (unsigned.returncode, "brokerwire signing-keys" in unsigned.stderr) == (1, True), unsigned
        signed = gateway.cli(*order, "--signing-key", str(file), "--key-id", key_id)
        assert signed.returncode == 0, signed.stderr
        assert gateway.cli("signing-keys", "revoke", key_id).returncode == 0
        assert gateway.cli(*order, "--signing-key", str(file), "--key-id", key_id).returncode == 1
