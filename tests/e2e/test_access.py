"""What credentials, scopes, second factors and quotas do, through a gateway that asks everybody for a credential."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import grpc
import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc  # type: ignore[import-untyped]

from brokerwire.v1 import access_pb2
from brokerwire.v1 import access_service_pb2 as pb
from brokerwire.v1 import account_service_pb2 as accounts
from brokerwire.v1 import event_service_pb2 as events
from brokerwire.v1 import order_service_pb2 as orders
from brokerwire.v1 import simulator_service_pb2 as simulator
from brokerwire_server.domain.access import Action, Principal, PrincipalRecord, Quota, Role
from tests.e2e.conftest import Served, limit_order
from tests.e2e.doors import CallFailed, GrpcClient, HttpClient, methods_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

READ, TRADE, RISK, ADMIN = Role.READ, Role.TRADE, Role.RISK, Role.ADMIN
WHO = "AccessService/WhoAmI"
SUBMIT = "OrderService/SubmitOrder"
CREATE = "AccessService/CreateToken"


class Desk:
    """A gateway, and callers of it by their tokens."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.directory = served.gateway.access.directory
        self.methods = methods_of(served.api)
        self._open: list[Any] = []

    async def token(self, name: str, *roles: Role, addresses: tuple[str, ...] = (), ends: int = 0, **scope: Any) -> str:
        if name not in self.directory.principals:
            await self.directory.create(
                PrincipalRecord(principal=Principal(name=name, roles=frozenset(roles), **scope))
            )
        _, text = await self.directory.create_token(
            name, expire_time=ends, addresses=addresses, description="", created_by="test"
        )
        return text

    def grpc(self, token: str = "", **headers: str) -> GrpcClient:
        client = GrpcClient(self.methods, self.served.grpc_address, _headers(token, headers))
        self._open.append(client)
        return client

    def http(self, token: str = "", **headers: str) -> HttpClient:
        client = HttpClient(self.methods, self.served.http_address, _headers(token, headers))
        self._open.append(client)
        return client

    async def caller(self, name: str, *roles: Role, **more: Any) -> GrpcClient:
        return self.grpc(await self.token(name, *roles, **more))

    async def close(self) -> None:
        for client in self._open:
            await client.close()

    async def audited(self, reason: str = "") -> list[Any]:
        """Return what the gateway's own journal has of a reason."""
        await self.served.gateway.audit.durable()
        overseer = await self.caller("overseer", RISK)
        listed = await overseer.call("EventService/ListEvents", events.ListEventsRequest(account_id="@gateway"))
        return [event.audit for event in listed.events if event.audit.reason == reason]


def _headers(token: str, more: dict[str, str]) -> dict[str, str]:
    return ({"authorization": f"Bearer {token}"} if token else {}) | more


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    served = Served(tmp_path, local=False)
    await served.start()
    made = Desk(served)
    yield made
    await made.close()
    await served.stop()


async def refusal(client: Any, method: str, request: Any) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await client.call(method, request)
    return caught.value


async def following(client: Any) -> tuple[AsyncIterator[Any], Any]:
    """Open a stream of all accounts, and return it once it is live."""
    stream = client.stream("OrderService/StreamOrders", orders.StreamOrdersRequest())
    while True:
        answer = await anext(stream)
        if any(item.control.WhichOneof("control") == "caught_up" for item in answer.items):
            return stream, answer


async def end_of(stream: AsyncIterator[Any]) -> CallFailed:
    async with asyncio.timeout(5):
        with pytest.raises(CallFailed) as caught:
            async for _ in stream:
                pass
    return caught.value


async def open_account(desk: Desk, account_id: str) -> None:
    admin = await desk.caller("opener", ADMIN)
    request = simulator.OpenAccountRequest(account_id=account_id)
    request.cash.amount.value, request.cash.currency_code = "100000", "USD"
    await admin.call("SimulatorService/OpenAccount", request)


# --- tokens ----------------------------------------------------------------------------------------------------------


async def test_revoking_a_token_ends_its_calls_and_its_open_streams_at_once(desk: Desk) -> None:
    admin = await desk.caller("admin", ADMIN)
    token = await desk.token("bot", TRADE)
    for client in (desk.grpc(token), desk.http(token)):
        assert (await client.call(WHO, pb.WhoAmIRequest())).principal.name == "bot"
    streams = [(await following(client))[0] for client in (desk.grpc(token), desk.http(token))]
    other, _ = await following(desk.grpc(await desk.token("bot")))
    await admin.call("AccessService/RevokeToken", pb.RevokeTokenRequest(token_id=token.split("_")[1]))
    for stream in streams:
        assert (await end_of(stream)).reason == "UNAUTHENTICATED"
    assert (await refusal(desk.grpc(token), WHO, pb.WhoAmIRequest())).code == "UNAUTHENTICATED"
    await (await desk.caller("bot2", TRADE)).call(SUBMIT, orders.SubmitOrderRequest(order=limit_order()))
    assert (await anext(other)).items  # another token of the same principal goes on
    await other.aclose()  # type: ignore[attr-defined]


async def test_a_revoked_token_stays_revoked_after_a_restart(desk: Desk, tmp_path: Path) -> None:
    token = await desk.token("bot", READ)
    kept = await desk.token("bot")
    await desk.directory.revoke(token.split("_")[1])
    await desk.served.stop()
    again = Served(tmp_path, local=False)
    await again.start()
    try:
        methods = methods_of(again.api)
        client = GrpcClient(methods, again.grpc_address, _headers(kept, {}))
        assert (await client.call(WHO, pb.WhoAmIRequest())).principal.name == "bot"
        client.headers = _headers(token, {})
        assert (await refusal(client, WHO, pb.WhoAmIRequest())).reason == "UNAUTHENTICATED"
        await client.close()
    finally:
        await again.stop()


async def test_a_stream_ends_when_its_token_does(desk: Desk) -> None:
    token = await desk.token("bot", READ, ends=time.time_ns() + 700_000_000)
    stream, _ = await following(desk.grpc(token))
    assert (await end_of(stream)).reason == "UNAUTHENTICATED"
    assert (await refusal(desk.grpc(token), WHO, pb.WhoAmIRequest())).code == "UNAUTHENTICATED"


async def test_a_token_lives_for_ninety_days_at_most_and_by_default(desk: Desk) -> None:
    admin = await desk.caller("admin", ADMIN)
    made = await admin.call(CREATE, pb.CreateTokenRequest(principal="admin"))
    life = made.token.expire_time.seconds - made.token.create_time.seconds
    assert life == 90 * 86_400
    for days in (-1, 91):
        end = Timestamp(seconds=made.token.create_time.seconds + days * 86_400)
        error = await refusal(admin, CREATE, pb.CreateTokenRequest(principal="admin", expire_time=end))
        assert (error.reason, error.fields) == ("INVALID_FIELD", ["expire_time"])


async def test_a_token_is_good_from_its_addresses_alone(desk: Desk) -> None:
    near = await desk.token("near", READ, addresses=("127.0.0.0/8", "::1"))
    far = await desk.token("far", READ, addresses=("192.0.2.0/24",))
    for client in (desk.grpc(near), desk.http(near)):
        await client.call(WHO, pb.WhoAmIRequest())
    for client in (desk.grpc(far), desk.http(far)):
        assert (await refusal(client, WHO, pb.WhoAmIRequest())).reason == "UNAUTHENTICATED"


async def test_a_token_is_shown_once_and_stored_as_a_hash_alone(desk: Desk, tmp_path: Path) -> None:
    admin = await desk.caller("admin", ADMIN)
    made = await admin.call(CREATE, pb.CreateTokenRequest(principal="admin", description="mine"))
    secret = made.bearer_token.split("_", 2)[2]
    listed = await admin.call("AccessService/ListTokens", pb.ListTokensRequest())
    assert made.token in listed.tokens
    assert secret not in str(listed)
    await desk.served.gateway.settled("paper")
    files = b"".join(path.read_bytes() for path in (tmp_path / "test.db", tmp_path / "test.db-wal") if path.exists())
    assert made.token.token_id.encode() in files
    assert secret.encode() not in files


async def test_a_local_gateway_lets_callers_in_without_a_token_but_never_with_a_wrong_one(served: Served) -> None:
    local = Desk(served)
    assert (await local.grpc().call(WHO, pb.WhoAmIRequest())).principal.name == "local"
    forged = "bw_0123456789abcdef_" + "A" * 43
    for client in (
        local.grpc(forged),
        local.http(forged),
        local.http("nonsense"),
        local.grpc(authorization="Basic eDp5"),
    ):
        assert (await refusal(client, WHO, pb.WhoAmIRequest())).reason == "UNAUTHENTICATED"
    await local.close()


async def test_a_failed_attempt_is_audited_with_where_it_came_from_and_without_the_secret(desk: Desk) -> None:
    token = await desk.token("bot", READ)
    wrong = token[:-6] + "AAAAAA"
    await refusal(desk.grpc(wrong), WHO, pb.WhoAmIRequest())
    (record,) = await desk.audited("UNAUTHENTICATED")
    assert (record.principal, record.action) == ("nobody", WHO)
    assert record.details["address"] == "127.0.0.1"
    assert record.details["credential"] == f"token {token.split('_')[1]}"
    assert wrong[24:50] not in str(record)


async def test_a_refused_call_is_audited_under_its_principal(desk: Desk) -> None:
    reader = await desk.caller("reader", READ)
    await refusal(reader, SUBMIT, orders.SubmitOrderRequest(order=limit_order()))
    (record,) = await desk.audited("PERMISSION_DENIED")
    assert (record.principal, record.action) == ("reader", SUBMIT)


# --- scopes ----------------------------------------------------------------------------------------------------------


async def test_a_principal_sees_its_accounts_in_lists_and_streams_and_no_others(desk: Desk) -> None:
    await open_account(desk, "mine")
    everyone = await desk.caller("everyone", TRADE)
    mine = await desk.caller("mine", TRADE, accounts=frozenset({"mine"}))
    stream, _ = await following(mine)
    for account in ("paper", "mine"):
        await everyone.call(SUBMIT, orders.SubmitOrderRequest(order=limit_order("one", account_id=account)))
    answer = await anext(stream)
    assert {item.event.account_id for item in answer.items} == {"mine"}
    await stream.aclose()  # type: ignore[attr-defined]
    listed = await mine.call("OrderService/ListOrders", orders.ListOrdersRequest())
    assert [order.account_id for order in listed.orders] == ["mine"]
    seen = await mine.call("AccountService/ListAccounts", accounts.ListAccountsRequest())
    assert [account.account_id for account in seen.accounts] == ["mine"]
    assert "paper" not in str(
        (await refusal(mine, SUBMIT, orders.SubmitOrderRequest(order=limit_order("x")))).message[22:]
    )


async def test_an_account_that_is_opened_later_joins_the_streams_of_those_who_reach_it(desk: Desk) -> None:
    later = await desk.caller("later", READ, accounts=frozenset({"later"}))
    stream, _ = await following(later)
    await open_account(desk, "other")
    await open_account(desk, "later")
    trader = await desk.caller("trader", TRADE)
    for account in ("other", "later"):
        await trader.call(SUBMIT, orders.SubmitOrderRequest(order=limit_order("one", account_id=account)))
    answer = await anext(stream)
    assert {item.event.account_id for item in answer.items} == {"later"}
    await stream.aclose()  # type: ignore[attr-defined]


async def test_a_session_refuses_commands_on_accounts_and_actions_out_of_reach_one_by_one(desk: Desk) -> None:
    await open_account(desk, "mine")
    bot = await desk.caller("bot", TRADE, accounts=frozenset({"mine"}), actions=frozenset({Action.SUBMIT}))
    request = orders.OrderSessionRequest()
    for number, account in enumerate(("mine", "paper"), 1):
        request.commands.add(command_id=number).submit.CopyFrom(limit_order(f"s{number}", account_id=account))
    request.commands.add(command_id=3).cancel.CopyFrom(
        orders.CancelOrderRequest(account_id="mine", client_order_id="s1")
    )
    results = [result async for answer in bot.session([request]) for result in answer.results]
    by_id = {result.command_id: result for result in results}
    assert by_id[1].WhichOneof("result") == "submit"
    assert by_id[2].error.code == grpc.StatusCode.NOT_FOUND.value[0]
    assert by_id[3].error.code == grpc.StatusCode.PERMISSION_DENIED.value[0]
    assert by_id[3].error.metadata["needed"] == "action:CANCEL"
    assert not desk.served.gateway.accounts.get("paper").book.orders.open()


async def test_the_gateways_own_journal_is_for_risk_and_admin(desk: Desk) -> None:
    asked = events.ListEventsRequest(account_id="@gateway")
    for role in (RISK, ADMIN):
        await (await desk.caller(f"sees-{role.lower()}", role)).call("EventService/ListEvents", asked)
    narrow = await desk.caller("narrow", RISK, accounts=frozenset({"paper"}))
    for caller in (await desk.caller("trader", TRADE), narrow):
        assert (await refusal(caller, "EventService/ListEvents", asked)).reason == "ACCOUNT_NOT_FOUND"


async def test_changing_a_principal_holds_at_once_and_ends_its_streams(desk: Desk) -> None:
    admin = await desk.caller("admin", ADMIN)
    bot = await desk.caller("bot", TRADE)
    stream, _ = await following(bot)
    changed = pb.Principal(name="bot", roles=["ROLE_READ"])
    await admin.call("AccessService/UpdatePrincipal", pb.UpdatePrincipalRequest(principal=changed))
    assert (await end_of(stream)).reason == "UNAUTHENTICATED"
    assert (await refusal(bot, SUBMIT, orders.SubmitOrderRequest(order=limit_order()))).reason == "PERMISSION_DENIED"
    changed.disabled = True
    await admin.call("AccessService/UpdatePrincipal", pb.UpdatePrincipalRequest(principal=changed))
    assert (await refusal(bot, WHO, pb.WhoAmIRequest())).reason == "UNAUTHENTICATED"


# --- quotas ----------------------------------------------------------------------------------------------------------


async def test_orders_beyond_a_principals_quota_are_refused_while_cancels_go_on(desk: Desk) -> None:
    bot = await desk.caller("bot", TRADE, quota=Quota(orders=3, cancels=50))
    sent = [bot.call(SUBMIT, orders.SubmitOrderRequest(order=limit_order(f"q{n}"))) for n in range(10)]
    results = await asyncio.gather(*sent, return_exceptions=True)
    refused = [result for result in results if isinstance(result, CallFailed)]
    assert len(refused) >= 6
    assert {(error.reason, error.retry, error.metadata["sent"]) for error in refused} == {
        ("PRINCIPAL_LIMIT", True, "NO")
    }
    await bot.call("OrderService/CancelOrders", orders.CancelOrdersRequest(account_ids=["paper"]))
    other = await desk.caller("other", TRADE)
    await other.call(SUBMIT, orders.SubmitOrderRequest(order=limit_order("other")))


async def test_a_principal_has_so_many_streams_and_no_more(desk: Desk) -> None:
    bot = await desk.caller("bot", READ, quota=Quota(streams=2))
    held = [(await following(bot))[0] for _ in range(2)]
    extra = bot.stream("OrderService/StreamOrders", orders.StreamOrdersRequest())
    assert (await end_of(extra)).reason == "PRINCIPAL_LIMIT"
    await held.pop().aclose()  # type: ignore[attr-defined]
    async with asyncio.timeout(5):
        while desk.served.gateway.access.permits.streams("bot") > 1:
            await asyncio.sleep(0.01)
    held.append((await following(bot))[0])
    for stream in held:
        await stream.aclose()  # type: ignore[attr-defined]


# --- second factors --------------------------------------------------------------------------------------------------


class Authenticator:
    """What a person holds."""

    def __init__(self, uri: str) -> None:
        query = parse_qs(urlsplit(uri).query)
        self._totp = TOTP(base64.b32decode(query["secret"][0]), 6, SHA1(), 30)  # noqa: S303 - what authenticators use

    def code(self, steps: int = 0) -> str:
        return self._totp.generate(int(time.time()) + 30 * steps).decode()


async def enrolled(desk: Desk, admin: Any, name: str, **code: str) -> Authenticator:
    admin.headers |= code
    begun = await admin.call("AccessService/EnrolSecondFactor", pb.EnrolSecondFactorRequest(principal=name))
    authenticator = Authenticator(begun.provisioning_uri)
    admin.headers.pop("brokerwire-otp", None)
    # The step before, so that the present one and the next are left for the test.
    confirm = pb.ConfirmSecondFactorRequest(principal=name, code=authenticator.code(-1))
    answer = await admin.call("AccessService/ConfirmSecondFactor", confirm)
    assert answer.principal.second_factor_enrolled
    return authenticator


async def test_once_a_second_factor_is_enrolled_rights_are_given_away_with_a_code_alone(desk: Desk) -> None:
    token = await desk.token("admin", ADMIN)
    admin = desk.grpc(token)
    trader = pb.CreatePrincipalRequest(principal=pb.Principal(name="trader", roles=["ROLE_TRADE"]))
    reader = pb.CreatePrincipalRequest(principal=pb.Principal(name="reader", roles=["ROLE_READ"]))
    authenticator = await enrolled(desk, admin, "admin")
    assert (await refusal(admin, "AccessService/CreatePrincipal", trader)).reason == "SECOND_FACTOR_REQUIRED"
    await admin.call("AccessService/CreatePrincipal", reader)
    code = authenticator.code()
    await desk.grpc(token, **{"brokerwire-otp": code}).call("AccessService/CreatePrincipal", trader)
    again = desk.http(token, **{"brokerwire-otp": code})
    error = await refusal(again, CREATE, pb.CreateTokenRequest(principal="trader"))
    assert (error.code, error.reason) == ("PERMISSION_DENIED", "SECOND_FACTOR_REQUIRED")
    fresh = desk.http(token, **{"brokerwire-otp": authenticator.code(+1)})
    assert (await fresh.call(CREATE, pb.CreateTokenRequest(principal="trader"))).bearer_token.startswith("bw_")


async def test_a_code_is_not_looked_at_where_nothing_changes(desk: Desk) -> None:
    token = await desk.token("admin", ADMIN)
    authenticator = await enrolled(desk, desk.grpc(token), "admin")
    client = desk.grpc(token, **{"brokerwire-otp": authenticator.code()})
    await client.call(WHO, pb.WhoAmIRequest())
    await client.call("AccessService/ListTokens", pb.ListTokensRequest())
    principal = pb.Principal(name="trader", roles=["ROLE_TRADE"])
    await client.call("AccessService/CreatePrincipal", pb.CreatePrincipalRequest(principal=principal))


async def test_a_second_enrolment_needs_the_first_one(desk: Desk) -> None:
    admin = desk.grpc(await desk.token("admin", ADMIN))
    await desk.token("thief", ADMIN)
    authenticator = await enrolled(desk, admin, "admin")
    asked = pb.EnrolSecondFactorRequest(principal="thief")
    thief = desk.grpc(await desk.token("thief"))
    assert (await refusal(thief, "AccessService/EnrolSecondFactor", asked)).reason == "SECOND_FACTOR_REQUIRED"
    await enrolled(desk, admin, "thief", **{"brokerwire-otp": authenticator.code()})


async def test_wrong_codes_lock_the_second_factor_across_a_restart(desk: Desk, tmp_path: Path) -> None:
    token = await desk.token("admin", ADMIN)
    authenticator = await enrolled(desk, desk.grpc(token), "admin")
    wrong = desk.grpc(token, **{"brokerwire-otp": "abcdef"})
    for _ in range(5):
        error = await refusal(wrong, CREATE, pb.CreateTokenRequest(principal="admin"))
        assert error.reason == "SECOND_FACTOR_REQUIRED"
    await desk.served.stop()
    again = Served(tmp_path, local=False)
    await again.start()
    right = GrpcClient(
        methods_of(again.api), again.grpc_address, _headers(token, {"brokerwire-otp": authenticator.code()})
    )
    try:
        error = await refusal(right, CREATE, pb.CreateTokenRequest(principal="admin"))
        assert "fifteen minutes" in error.message
    finally:
        await right.close()
        await again.stop()


# --- what is no method -----------------------------------------------------------------------------------------------


async def test_health_is_open_while_reflection_and_metrics_are_not(desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=f"http://{desk.served.http_address}") as web:
        assert (await web.get("/healthz")).status_code == 200
        assert (await web.get("/metrics")).status_code == 401
        headers = {"authorization": f"Bearer {await desk.token('reader', READ)}"}
        assert (await web.get("/metrics", headers=headers)).text == "brokerwire_test 1\n"
    async with grpc.aio.insecure_channel(desk.served.grpc_address) as channel:
        asked = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asked.read()
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_the_roles_of_the_contract_are_those_of_the_domain() -> None:
    assert {role.value for role in Role} == {n.removeprefix("ROLE_") for n in dict(access_pb2.Role.items())} - {
        "UNSPECIFIED"
    }
