"""The client for threads."""

from __future__ import annotations

import contextlib
import time
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from brokerwire._accounts import DefaultAccount
from brokerwire._bind import pages, stream, unary
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
from brokerwire._guard import Guard
from brokerwire._outcome import concerning, read_answer
from brokerwire._pages import Pages
from brokerwire._session.threaded import OrderSession
from brokerwire._streaming.threaded import Stream
from brokerwire._target import OTP, TLS, Pem, target
from brokerwire._transport import Channel
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
) -> Client:
    """Makes a client. The connection is made when it is first needed.

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
    return Client(Channel(where), DefaultAccount(account), timeout)


class Simulator:
    """The paper broker: its accounts, prices, clock and faults. It cannot touch any other broker."""

    open_account = unary(simulator_calls.open_account)
    close_account = unary(simulator_calls.close_account)
    fund = unary(simulator_calls.fund)
    reset = unary(simulator_calls.reset)
    set_price = unary(simulator_calls.set_price)
    simulation = unary(simulator_calls.simulation)
    steer = unary(simulator_calls.steer)
    set_faults = unary(simulator_calls.set_faults)
    faults = unary(simulator_calls.faults)
    clear_faults = unary(simulator_calls.clear_faults)

    def __init__(self, client: Client) -> None:
        self._run = client._run


class Access:
    """Who may call: principals, tokens and second factors. For principals with the role "admin", but for `who_am_i`."""

    who_am_i = unary(access_calls.who_am_i)
    principals = pages(access_calls.principals)
    create_principal = unary(access_calls.create_principal)
    update_principal = unary(access_calls.update_principal)
    delete_principal = unary(access_calls.delete_principal)
    tokens = pages(access_calls.tokens)
    create_token = unary(access_calls.create_token)
    revoke_token = unary(access_calls.revoke_token)
    enrol_second_factor = unary(access_calls.enrol_second_factor)
    confirm_second_factor = unary(access_calls.confirm_second_factor)
    remove_second_factor = unary(access_calls.remove_second_factor)
    signing_keys = pages(access_calls.signing_keys)
    add_signing_key = unary(access_calls.add_signing_key)
    revoke_signing_key = unary(access_calls.revoke_signing_key)

    def __init__(self, client: Client) -> None:
        self._run = client._run
        self._list = client._list


class Client:
    """A gateway, for threads. Make one with `connect`; use it from any number of threads; close it, or `with`."""

    submit = unary(order_calls.submit)
    preview = unary(order_calls.preview)
    replace = unary(order_calls.replace)
    cancel = unary(order_calls.cancel)
    cancel_all = unary(order_calls.cancel_all)
    get_order = unary(order_calls.get_order)
    orders = pages(order_calls.orders)
    fills = pages(order_calls.fills)

    positions = pages(position_calls.positions)
    position = unary(position_calls.position)
    close_position = unary(position_calls.close_position)
    close_positions = unary(position_calls.close_positions)

    accounts = pages(account_calls.accounts)
    account = unary(account_calls.account)
    portfolio = unary(account_calls.portfolio)
    portfolio_history = unary(account_calls.portfolio_history)
    activities = pages(account_calls.activities)

    trading_state = unary(trading_calls.trading_state)
    set_trading_state = unary(trading_calls.set_trading_state)
    arm_account = unary(trading_calls.arm_account)
    disarm_account = unary(trading_calls.disarm_account)
    acquire_guard_lease = unary(trading_calls.acquire_guard_lease)
    renew_guard_lease = unary(trading_calls.renew_guard_lease)
    release_guard_lease = unary(trading_calls.release_guard_lease)
    guard_leases = unary(trading_calls.guard_leases)
    risk_limits = unary(risk_calls.risk_limits)
    set_risk_limits = unary(risk_calls.set_risk_limits)
    override_risk = unary(risk_calls.override_risk)
    risk_overrides = unary(risk_calls.risk_overrides)
    revoke_risk_override = unary(risk_calls.revoke_risk_override)

    quotes = unary(market_calls.quotes)
    search = pages(market_calls.search)
    clock = unary(market_calls.clock)
    bars = pages(history_calls.bars)
    option_chain = pages(history_calls.option_chain)
    corporate_actions = pages(history_calls.corporate_actions)
    trading_days = pages(history_calls.trading_days)

    brokers = pages(gateway_calls.brokers)
    capabilities = unary(gateway_calls.capabilities)
    connections = pages(gateway_calls.connections)
    connection = unary(gateway_calls.connection)
    create_connection = unary(connection_calls.create_connection)
    delete_connection = unary(connection_calls.delete_connection)
    rotate_credentials = unary(connection_calls.rotate_credentials)
    check_connection = unary(connection_calls.check_connection)
    reconcile = unary(connection_calls.reconcile)
    breaks = pages(connection_calls.breaks)
    resolve_break = unary(connection_calls.resolve_break)
    events = pages(gateway_calls.events)
    verify_journal = unary(gateway_calls.verify_journal)
    export_journal = unary(gateway_calls.export_journal)
    broker_payload = unary(gateway_calls.broker_payload)
    rotate_vault_keys = unary(gateway_calls.rotate_vault_keys)
    server_info = unary(gateway_calls.server_info)

    stream_orders = stream(stream_calls.stream_orders)
    stream_positions = stream(stream_calls.stream_positions)
    stream_accounts = stream(stream_calls.stream_accounts)
    stream_connections = stream(stream_calls.stream_connections)
    stream_events = stream(stream_calls.stream_events)
    stream_quotes = stream(stream_calls.stream_quotes)

    def __init__(self, channel: Channel, default_account: DefaultAccount, timeout: float) -> None:
        self._channel = channel
        self._default = default_account
        self._timeout = timeout
        self._open: weakref.WeakSet[Stream[Any, Any] | OrderSession] = weakref.WeakSet()
        self.access = Access(self)
        self.simulator = Simulator(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<brokerwire.Client {self._channel.target.address}>"

    def close(self) -> None:
        """Closes streams, sessions and the connection. Orders go on."""
        for item in list(self._open):
            item.close()
        self._channel.close()

    def with_timeout(self, seconds: float) -> Client:
        """The same client, on the same connection, with another deadline for its calls."""
        other = Client(self._channel, self._default, seconds)
        other._open = self._open
        return other

    def wait(self, order: Order | str, timeout: float | None = None, until: Until = "terminal") -> Order:
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
        wait = Wait(self.get_order(order) if isinstance(order, str) else order, until)
        if wait.over:
            return wait.order
        deadline = None if timeout is None else time.monotonic() + timeout
        with contextlib.closing(self._stream(wait.spec())) as watched:
            while not wait.over:
                self._watch(wait, watched, None if deadline is None else deadline - time.monotonic(), timeout)
        return wait.order

    def _watch(self, wait: Wait, watched: Stream[Any, Any], left: float | None, timeout: float | None) -> None:
        try:
            item = watched.next_item(None if left is None else max(0.0, left))
        except TimeoutError:
            raise wait.timed_out(timeout) from None
        if wait.look(item):
            wait.update(self.get_order(wait.order))

    def guard(
        self,
        scope: trading_calls.Scope,
        ttl: Seconds = 15.0,
        *,
        cancel_orders: bool = True,
        trading_state: TradingState | str | None = None,
        reason: str = "",
    ) -> Guard:
        """A dead man's switch for a block: its lease is renewed while the block runs, and fires if the process dies.

        It is released when the block ends; not so when it ends with an exception. See `acquire_guard_lease`.
        """
        return Guard(
            lambda: self.acquire_guard_lease(
                scope, ttl, cancel_orders=cancel_orders, trading_state=trading_state, reason=reason
            ),
            self.renew_guard_lease,
            self.release_guard_lease,
        )

    def session(self) -> OrderSession:
        """Opens an order session: the fast door for many orders."""
        account: str | BrokerwireError
        try:
            account = self._account(Need.ACCOUNT)
        except BrokerwireError as error:  # whoever names an account does without
            account = error
        session = OrderSession(self._channel, account, self._timeout)
        self._open.add(session)
        return session

    def _run(self, call: Call[T]) -> T:
        with concerning(call.client_order_id):
            self._fill(call.blank)
            timeout = max(self._timeout, call.patience)
            return read_answer(call, self._channel.unary(call.method, call.request, timeout, call.metadata))

    def _list(self, listing: Listing[T]) -> Pages[T]:
        self._fill(listing.blank)
        return Pages(listing, self._page)

    def _page(self, listing: Listing[Any]) -> Any:  # noqa: ANN401 - the method's answer
        return self._channel.unary(listing.method, listing.request, self._timeout)

    def _stream(self, spec: Spec[E, S]) -> Stream[E, S]:
        opened = Stream(spec, self._channel, lambda: self._fill(spec.blank))
        self._open.add(opened)
        return opened

    def _fill(self, blank: Blank | None) -> None:
        if blank is not None:
            account = self._account(blank.need)
            if account:
                blank.fill(account)

    def _account(self, need: Need) -> str:
        known = self._default.known(need)
        if known is not None:
            return known
        found = Pages(account_calls.accounts(), self._page)
        return self._default.choose(need, list(found), found.unreachable)
