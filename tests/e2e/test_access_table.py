"""Every method of the contract, called by whoever may and whoever may not, through both doors."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from brokerwire.v1 import simulator_service_pb2 as simulator
from brokerwire_server.api import Method, Shape
from brokerwire_server.api.methods import services
from brokerwire_server.domain.access import Principal, PrincipalRecord, Role
from brokerwire_server.domain.trading import Scope, ScopeKind, TradingState
from brokerwire_server.engine.controls import Change
from brokerwire_server.engine.seams import NANOS
from tests.e2e.access_rows import ACCOUNT, DENIED, OPEN, ROWS, SILENT
from tests.e2e.conftest import Served
from tests.e2e.doors import CallFailed, GrpcClient, HttpClient, methods_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMELESS = {"AccessService/WhoAmI", "AccountService/GetPortfolio"}
"""Methods whose answer never names the account, or sums accounts up that are open."""

FORGED = "Bearer bw_0123456789abcdef_" + "A" * 43


class House:
    """A gateway that asks everybody for a credential, with a token for each kind of caller."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.tokens: dict[str, str] = {}
        self.methods = methods_of(served.api)
        self.doors: dict[str, Any] = {}

    async def furnish(self) -> None:
        for role in Role:
            await self._let_in(f"all-but-{role.value.lower()}", self._others(role))
            await self._let_in(f"only-{role.value.lower()}", {role})
        await self._let_in("reader", {Role.READ})
        await self._let_in("elsewhere", set(Role), accounts={"other-1"})
        self.doors = {
            "grpc": GrpcClient(self.methods, self.served.grpc_address),
            "http": HttpClient(self.methods, self.served.http_address),
        }
        opening = simulator.OpenAccountRequest(account_id=ACCOUNT)
        opening.cash.amount.value, opening.cash.currency_code = "100000", "USD"
        await self.call("grpc", self.methods["SimulatorService/OpenAccount"], opening, "only-admin")
        await self._decide()

    async def _decide(self) -> None:
        """Have one of everything that RiskService lists for the account."""
        gateway, scope = self.served.gateway, Scope(ScopeKind.ACCOUNT, ACCOUNT)
        for state in (TradingState.REDUCE_ONLY, TradingState.ACTIVE):
            await gateway.controls.set_state(Change(scope=scope, state=state, reason="drill"))
        await gateway.leases.acquire(scope, 300 * NANOS, cancel=True, state=TradingState.ACTIVE, reason="")
        await gateway.policies.allow("order_notional", scope, ttl=3600 * NANOS, reason="drill")

    def _others(self, role: Role) -> set[Role]:
        """Return every role but one, and for READ none: the others include it."""
        return set() if role is Role.READ else set(Role) - {role}

    async def _let_in(self, name: str, roles: set[Role], accounts: set[str] | None = None) -> None:
        directory = self.served.gateway.access.directory
        principal = Principal(name=name, roles=frozenset(roles), accounts=frozenset(accounts or ()))
        await directory.create(PrincipalRecord(principal=principal))
        _, self.tokens[name] = await directory.create_token(
            name, expire_time=0, addresses=(), description="", created_by="test"
        )

    def standing(self) -> tuple[dict[str, int], int]:
        """Return what calls change in the account: its orders, by version, and how often its cash moved."""
        book = self.served.gateway.accounts.get(ACCOUNT).book
        return {order.order_id: order.version for order in book.orders.by_id.values()}, len(book.activities)

    async def call(self, door: str, method: Method, request: Any, who: str | None) -> list[Any]:
        """Return what the method answers, of a stream what it begins with."""
        client = self.doors[door]
        token = self.tokens.get(who or "")
        client.headers = {} if who is None else {"authorization": f"Bearer {token}" if token else who}
        if method.shape is Shape.UNARY:
            return [await client.call(method.label, request)]
        answers: Any = _first(client, method, request)
        if method.shape is Shape.BIDI_STREAM:
            answers = client.session([request])
        async with contextlib.aclosing(answers):
            return [answer async for answer in answers]

    async def reason(self, door: str, method: Method, request: Any, who: str | None) -> str:
        """Return the reason of the refusal; none where it was carried out."""
        try:
            answers = await self.call(door, method, request, who)
        except CallFailed as error:
            return error.reason
        if method.shape is Shape.BIDI_STREAM:
            return _command_reason(answers)
        return ""


async def _first(client: Any, method: Method, request: Any) -> AsyncIterator[Any]:
    """Yield what a stream sends until it is live."""
    async for answer in client.stream(method.label, request):
        yield answer
        if any(item.control.WhichOneof("control") in ("caught_up", "heartbeat") for item in answer.items):
            return


def _command_reason(answers: list[Any]) -> str:
    (result,) = [result for answer in answers for result in answer.results]
    if result.WhichOneof("result") != "error":
        return ""
    names = result.error.DESCRIPTOR.fields_by_name["reason"].enum_type.values_by_number
    return str(names[result.error.reason].name).removeprefix("ERROR_REASON_")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    served = Served(tmp_path_factory.mktemp("house"), local=False)
    await served.start()
    made = House(served)
    await made.furnish()
    yield made
    for client in made.doors.values():
        await client.close()
    await served.stop()


def _labels() -> list[str]:
    return [f"{service.name}/{method.name}" for service in services() for method in service.methods]


async def test_every_method_is_in_the_table() -> None:
    assert set(ROWS) == set(_labels())


@pytest.mark.parametrize("label", _labels())
@pytest.mark.parametrize("door", ["grpc", "http"])
async def test_a_method_serves_those_who_may_and_nobody_else(house: House, door: str, label: str) -> None:
    row, method = ROWS[label], house.methods[label]
    before = house.standing()
    assert await house.reason(door, method, row.request(), None) == "UNAUTHENTICATED"
    assert await house.reason(door, method, row.request(), FORGED) == "UNAUTHENTICATED"
    assert await house.reason(door, method, row.request(), f"all-but-{method.role.value.lower()}") == DENIED
    if row.elsewhere not in (SILENT, OPEN):
        assert await house.reason(door, method, row.request(), "elsewhere") == row.elsewhere
    else:
        answers = await house.call(door, method, row.request(), "elsewhere")
        assert answers
        assert row.elsewhere is OPEN or ACCOUNT.encode() not in b"".join(a.SerializeToString() for a in answers)
    assert house.standing() == before
    request = (row.allowed or row.request)()
    assert await house.reason(door, method, request, f"only-{method.role.value.lower()}") == row.served


@pytest.mark.parametrize("label", [label for label, row in ROWS.items() if row.elsewhere is SILENT])
async def test_the_table_would_notice_an_account_in_an_answer(house: House, label: str) -> None:
    """What `elsewhere` must not see is there to be seen, but for lists that are empty here."""
    row, method = ROWS[label], house.methods[label]
    answers = await house.call("grpc", method, row.request(), f"only-{method.role.value.lower()}")
    assert label in NAMELESS or ACCOUNT.encode() in b"".join(a.SerializeToString() for a in answers)
