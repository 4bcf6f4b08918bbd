"""What all commands on orders share: finding the order, reaching the broker, and waiting until it is durable."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from msgspec import Struct

from brokerwire_server.brokers.base import Reply
from brokerwire_server.domain.errors import InvalidRequestError, NotFoundError, UnavailableError, Violation
from brokerwire_server.domain.instruments import Instrument, InstrumentDetails
from brokerwire_server.domain.orders import Order
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.store.base import Store, StoreError

COMMAND_TIMEOUT = 30.0
"""Seconds after which a command without an answer counts as unproven, whatever the adapter does."""

_log = logging.getLogger(__name__)


class OrderKey(Struct, frozen=True):
    """Names an order: by the gateway's id or by the caller's."""

    account_id: str
    order_id: str = ""
    client_order_id: str = ""


class Commands:
    """The steps of a command."""

    def __init__(self, accounts: Accounts, store: Store) -> None:
        """Look orders up in the books of `accounts`, and old ones in `store`."""
        self._accounts = accounts
        self._store = store
        self.on_details: Callable[[ManagedAccount, InstrumentDetails], None] = lambda *_: None

    async def find(self, key: OrderKey) -> tuple[ManagedAccount, Order]:
        """Return an order by either id, as last made durable. Raises `NotFoundError`."""
        account = self._accounts.get(key.account_id)
        at_hand = account.book.committed
        if key.order_id:
            order = at_hand.by_id.get(key.order_id) or await self._store.get_order(key.account_id, key.order_id)
        else:
            order = at_hand.by_client_id(key.client_order_id) or await self._store.find_order(
                key.account_id, key.client_order_id
            )
        if order is None:
            name = key.order_id or key.client_order_id
            metadata = {
                "account_id": key.account_id,
                "order_id": key.order_id,
                "client_order_id": key.client_order_id,
            }
            text = f"account {key.account_id} has no order {name[:64]!r}"
            raise NotFoundError("ORDER_NOT_FOUND", text, metadata=metadata)
        return account, order

    async def find_earlier(self, account: ManagedAccount, client_order_id: str) -> Order | None:
        """Return the order that has a caller's id already, as last made durable."""
        if not account.book.knows_client_id(client_order_id):
            return None
        at_hand = account.book.committed.by_client_id(client_order_id)
        return at_hand or await self._store.find_order(account.account_id, client_order_id)

    async def find_live(self, account: ManagedAccount, key: OrderKey) -> Order:
        """Return the order's newest state, durable or not; commands are checked against this one."""
        orders = account.book.orders
        live = orders.by_id.get(key.order_id) if key.order_id else orders.by_client_id(key.client_order_id)
        return live or (await self.find(key))[1]

    async def details(
        self, account: ManagedAccount, instrument: Instrument, field: str = "instrument"
    ) -> InstrumentDetails:
        """Return an instrument's reference data. Raises `InvalidRequestError` where the broker does not know it."""
        symbol = instrument.symbol
        if not symbol:
            raise InvalidRequestError.of(Violation(f"{field}.symbol", "FIELD_REQUIRED", "name the instrument"))
        details = await account.adapter.instrument(symbol, instrument.asset_class)
        if details is None:
            text = f"{account.adapter.broker} does not know {symbol[:32]!r}"
            raise InvalidRequestError.of(Violation(f"{field}.symbol", "INSTRUMENT_NOT_FOUND", text))
        self.on_details(account, details)
        return details

    async def ask(self, account: ManagedAccount, work: Awaitable[Reply]) -> Reply | BaseException:
        """Await an adapter's answer; a failure of any kind is returned, to be classified."""
        try:
            if account.adapter.embedded:
                return await work
            async with asyncio.timeout(COMMAND_TIMEOUT):
                return await work
        except Exception as error:  # every failure is classified, none is dropped
            return error

    async def durable(self, account: ManagedAccount, *, sent: bool = False) -> None:
        """Wait until all that is staged is durable. Raises `UnavailableError`, which says whether anything was sent."""
        try:
            await account.book.durable()
        except StoreError as error:
            sent = sent and not account.adapter.embedded
            _log.error("the journal could not be written", extra={"account_id": account.account_id}, exc_info=error)
            text = (
                "the journal could not be written; the outcome is unknown"
                if sent
                else "the journal could not be written"
            )
            metadata = {"account_id": account.account_id, "sent": "UNKNOWN" if sent else "NO"}
            raise UnavailableError("JOURNAL_UNAVAILABLE", text, metadata=metadata) from error


def words(result: Reply | BaseException) -> str:
    """Return what may be shown of a result: the broker's words, or the kind of failure, never a raw exception text."""
    if isinstance(result, Reply):
        return result.message
    if isinstance(result, TimeoutError):
        return "no answer in time"
    return getattr(result, "message", "") or type(result).__name__
