"""The client for asyncio."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from brokerwire._accounts import DefaultAccount
from brokerwire._bind import aio_pages, aio_stream, aio_unary
from brokerwire._calls import access as access_calls
from brokerwire._calls import accounts as account_calls
from brokerwire._calls import connections as connection_calls
from brokerwire._calls import gateway as gateway_calls
from brokerwire._calls import market as market_calls
from brokerwire._calls import market_history as history_calls
from brokerwire._calls import orders as order_calls
from brokerwire._calls import positions as position_calls
from brokerwire._calls import risk as risk_calls
from brokerwire._calls import simulator as simulator_calls
from brokerwire._calls import streams as stream_calls
from brokerwire._calls import trading as trading_calls
from brokerwire._calls.base import Need
from brokerwire._guard import AsyncGuard
from brokerwire._outcome import concerning, read_answer
from brokerwire._pages import AsyncPages
from brokerwire._session.aio import AsyncOrderSession
from brokerwire._streaming.aio import AsyncStream
from brokerwire._target import OTP, TLS, Pem, target
from brokerwire._transport import AsyncChannel
from brokerwire._waiting import Until, Wait
from brokerwire.errors import BrokerwireError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from brokerwire._calls.base import Blank, Call, Listing
    from brokerwire._streaming.spec import Spec
    from brokerwire._wire import Seconds
    from brokerwire.signing import Signer
    from brokerwire.types.enums import TradingState
    from brokerwire.types.orders import Order

T = TypeVar("T")
E = TypeVar("E")
S = TypeVar("S")

DEFAULT_TIMEOUT = 10.0


def connect(
    address: str | None = None,
    *,
    account: str | None = None,
    token: str | None = None,
    tls: TLS | None = None,
    root_certificates: Pem | None = None,
    certificate: tuple[Pem, Pem] | None = None,
    otp: OTP | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    signer: Signer | None = None,
) -> AsyncClient:
    """Makes a client in the running event loop. The connection is made when it is first needed.

    Args:
        address: "host:port" or "unix:path". Absent: BROKERWIRE_ADDRESS, else 127.0.0.1:50051.
        account: The account to work on. Absent: the only one that the gateway has.
        token: Bearer token. Absent: BROKERWIRE_TOKEN.
        tls: True for the system's certificate authorities; the path or PEM bytes of the gateway's; or
            grpc.ChannelCredentials. Absent: plaintext, to this machine only, unless one of the next two is given.
        root_certificates: Path or PEM bytes of the gateway's certificate authority. Absent:
            BROKERWIRE_ROOT_CERTIFICATES.
        certificate: Client certificate and its key, each as path or PEM bytes. Absent: BROKERWIRE_CERTIFICATE and
            BROKERWIRE_KEY.
        otp: Code of a second factor. A text is sent with the first call that changes something; a function is asked
            for each such call.
        timeout: Deadline of every call, in seconds.
        signer: Signs every order, replace and closing; for accounts that take signed orders only.

    Raises:
        ValueError: plaintext to another machine, or no address.
    """
    where = target(
        address,
        token=token,
        tls=tls,
        root_certificates=root_certificates,
        certificate=certificate,
        otp=otp,
        signer=signer,
    )
    return AsyncClient(AsyncChannel(where), DefaultAccount(account), timeout)


class AsyncSimulator:
    """The paper broker: its accounts, prices, clock and faults. It cannot touch any other broker."""

    open_account = aio_unary(simulator_calls.open_account)
    close_account = aio_unary(simulator_calls.close_account)
    fund = aio_unary(simulator_calls.fund)
    reset = aio_unary(simulator_calls.reset)
    set_price = aio_unary(simulator_calls.set_price)
    simulation = aio_unary(simulator_calls.simulation)
    steer = aio_unary(simulator_calls.steer)
    set_faults = aio_unary(simulator_calls.set_faults)
    faults = aio_unary(simulator_calls.faults)
    clear_faults = aio_unary(simulator_calls.clear_faults)

    def __init__(self, client: AsyncClient) -> None:
        self._run = client._run


class AsyncAccess:
    """Who may call: principals, tokens and second factors. For principals with the role "admin", but for `who_am_i`."""

    who_am_i = aio_unary(access_calls.who_am_i)
    principals = aio_pages(access_calls.principals)
    create_principal = aio_unary(access_calls.create_principal)
    update_principal = aio_unary(access_calls.update_principal)
    delete_principal = aio_unary(access_calls.delete_principal)
    tokens = aio_pages(access_calls.tokens)
    create_token = aio_unary(access_calls.create_token)
    revoke_token = aio_unary(access_calls.revoke_token)
    enrol_second_factor = aio_unary(access_calls.enrol_second_factor)
    confirm_second_factor = aio_unary(access_calls.confirm_second_factor)
    remove_second_factor = aio_unary(access_calls.remove_second_factor)
    signing_keys = aio_pages(access_calls.signing_keys)
    add_signing_key = aio_unary(access_calls.add_signing_key)
    revoke_signing_key = aio_unary(access_calls.revoke_signing_key)

    def __init__(self, client: AsyncClient) -> None:
        self._run = client._run
        self._list = client._list


class AsyncClient:
    """A gateway, for asyncio. Make one with `aio.connect` in the event loop; close it, or `async with`."""

    submit = aio_unary(order_calls.submit)
    preview = aio_unary(order_calls.preview)
    replace = aio_unary(order_calls.replace)
    cancel = aio_unary(order_calls.cancel)
    cancel_all = aio_unary(order_calls.cancel_all)
    get_order = aio_unary(order_calls.get_order)
    orders = aio_pages(order_calls.orders)
    fills = aio_pages(order_calls.fills)

    positions = aio_pages(position_calls.positions)
    position = aio_unary(position_calls.position)
    close_position = aio_unary(position_calls.close_position)
    close_positions = aio_unary(position_calls.close_positions)

    accounts = aio_pages(account_calls.accounts)
    account = aio_unary(account_calls.account)
    portfolio = aio_unary(account_calls.portfolio)
    portfolio_history = aio_unary(account_calls.portfolio_history)
    activities = aio_pages(account_calls.activities)

    trading_state = aio_unary(trading_calls.trading_state)
    set_trading_state = aio_unary(trading_calls.set_trading_state)
    arm_account = aio_unary(trading_calls.arm_account)
    disarm_account = aio_unary(trading_calls.disarm_account)
    acquire_guard_lease = aio_unary(trading_calls.acquire_guard_lease)
    renew_guard_lease = aio_unary(trading_calls.renew_guard_lease)
    release_guard_lease = aio_unary(trading_calls.release_guard_lease)
    guard_leases = aio_unary(trading_calls.guard_leases)
    risk_limits = aio_unary(risk_calls.risk_limits)
    set_risk_limits = aio_unary(risk_calls.set_risk_limits)
    override_risk = aio_unary(risk_calls.override_risk)
    risk_overrides = aio_unary(risk_calls.risk_overrides)
    revoke_risk_override = aio_unary(risk_calls.revoke_risk_override)

    quotes = aio_unary(market_calls.quotes)
    search = aio_pages(market_calls.search)
    clock = aio_unary(market_calls.clock)
    bars = aio_pages(history_calls.bars)
    option_chain = aio_pages(history_calls.option_chain)
    corporate_actions = aio_pages(history_calls.corporate_actions)
    trading_days = aio_pages(history_calls.trading_days)

    brokers = aio_pages(gateway_calls.brokers)
    capabilities = aio_unary(gateway_calls.capabilities)
    connections = aio_pages(gateway_calls.connections)
    connection = aio_unary(gateway_calls.connection)
    create_connection = aio_unary(connection_calls.create_connection)
    delete_connection = aio_unary(connection_calls.delete_connection)
    rotate_credentials = aio_unary(connection_calls.rotate_credentials)
    check_connection = aio_unary(connection_calls.check_connection)
    reconcile = aio_unary(connection_calls.reconcile)
    breaks = aio_pages(connection_calls.breaks)
    resolve_break = aio_unary(connection_calls.resolve_break)
    events = aio_pages(gateway_calls.events)
    verify_journal = aio_unary(gateway_calls.verify_journal)
    export_journal = aio_unary(gateway_calls.export_journal)
    broker_payload = aio_unary(gateway_calls.broker_payload)
    rotate_vault_keys = aio_unary(gateway_calls.rotate_vault_keys)
    server_info = aio_unary(gateway_calls.server_info)

    stream_orders = aio_stream(stream_calls.stream_orders)
    stream_positions = aio_stream(stream_calls.stream_positions)
    stream_accounts = aio_stream(stream_calls.stream_accounts)
    stream_connections = aio_stream(stream_calls.stream_connections)
    stream_events = aio_stream(stream_calls.stream_events)
    stream_quotes = aio_stream(stream_calls.stream_quotes)

    def __init__(self, channel: AsyncChannel, default_account: DefaultAccount, timeout: float) -> None:
        self._channel = channel
        self._default = default_account
        self._timeout = timeout
        self._open: weakref.WeakSet[AsyncStream[Any, Any] | AsyncOrderSession] = weakref.WeakSet()
        self.access = AsyncAccess(self)
        self.simulator = AsyncSimulator(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<brokerwire.AsyncClient {self._channel.target.address}>"

    async def close(self) -> None:
        """Closes streams, sessions and the connection. Orders go on."""
        for item in list(self._open):
            await item.close()
        await self._channel.close()

    def with_timeout(self, seconds: float) -> AsyncClient:
        """The same client, on the same connection, with another deadline for its calls."""
        other = AsyncClient(self._channel, self._default, seconds)
        other._open = self._open
        return other

    async def wait(
        self,
        order: Order | str,
        timeout: float | None = None,  # noqa: ASYNC109 - the error it raises knows the order
        until: Until = "terminal",
    ) -> Order:
        """Waits until an order is over, watching its stream; a broken connection is resumed.

        An order that is INDETERMINATE is not over. A replaced one is: see `replaced_by_order_id`.

        Args:
            order: The order, or its order_id.
            timeout: Seconds; None waits for ever.
            until: "terminal", or what to wait for: `lambda order: order.filled_quantity > 0`. A terminal order
                ends the wait in any case.

        Raises:
            WaitTimeout: it did not get there in time; its `order` is the last known state.
            BrokerwireError: the order cannot be watched.
        """
        wait = Wait(await self.get_order(order) if isinstance(order, str) else order, until)
        if wait.over:
            return wait.order
        watched = self._stream(wait.spec())
        try:
            async with asyncio.timeout(timeout):
                while not wait.over:
                    if wait.look(await watched.next_item()):
                        wait.update(await self.get_order(wait.order))
        except TimeoutError as error:
            if isinstance(error, BrokerwireError):
                raise
            raise wait.timed_out(timeout) from None
        finally:
            await watched.close()
        return wait.order

    def guard(
        self,
        scope: trading_calls.Scope,
        ttl: Seconds = 15.0,
        *,
        cancel_orders: bool = True,
        trading_state: TradingState | str | None = None,
        reason: str = "",
    ) -> AsyncGuard:
        """A dead man's switch for a block: its lease is renewed while the block runs, and fires if the process dies.

        It is released when the block ends; not so when it ends with an exception. See `acquire_guard_lease`.
        """
        return AsyncGuard(
            lambda: self.acquire_guard_lease(
                scope, ttl, cancel_orders=cancel_orders, trading_state=trading_state, reason=reason
            ),
            self.renew_guard_lease,
            self.release_guard_lease,
        )

    def session(self) -> AsyncOrderSession:
        """An order session, the fast door for many orders, to be opened by `async with`."""
        session = AsyncOrderSession(self._channel, self._account_or_error, self._timeout)
        self._open.add(session)
        return session

    async def _account_or_error(self) -> str | BrokerwireError:
        try:
            return await self._account(Need.ACCOUNT)
        except BrokerwireError as error:  # whoever names an account does without
            return error

    async def _run(self, call: Call[T]) -> T:
        with concerning(call.client_order_id):
            await self._fill(call.blank)
            timeout = max(self._timeout, call.patience)
            return read_answer(call, await self._channel.unary(call.method, call.request, timeout, call.metadata))

    def _list(self, listing: Listing[T]) -> AsyncPages[T]:
        return AsyncPages(listing, self._page)

    async def _page(self, listing: Listing[Any]) -> Any:  # noqa: ANN401 - the method's answer
        if not listing.request.page_token:
            await self._fill(listing.blank)
        return await self._channel.unary(listing.method, listing.request, self._timeout)

    def _stream(self, spec: Spec[E, S]) -> AsyncStream[E, S]:
        opened = AsyncStream(spec, self._channel, lambda: self._fill(spec.blank))
        self._open.add(opened)
        return opened

    async def _fill(self, blank: Blank | None) -> None:
        if blank is not None:
            account = await self._account(blank.need)
            if account:
                blank.fill(account)

    async def _account(self, need: Need) -> str:
        known = self._default.known(need)
        if known is not None:
            return known
        found = AsyncPages(account_calls.accounts(), self._page)
        return self._default.choose(need, await found.collect(), found.unreachable)
