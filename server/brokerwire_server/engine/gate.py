"""The gate: what trading states and arming let pass. It is asked when a command comes, and again before it leaves."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from brokerwire_server.domain.errors import PreconditionError
from brokerwire_server.domain.orders import Order, OrderRequest, OrderTerms
from brokerwire_server.domain.trading import Standing, TradingState
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.switchboard import Switchboard
from brokerwire_server.risk.reducing import adds_nothing, only_lowers, reduces


class Gate:
    """Lets commands pass, or raises `PreconditionError` with TRADING_HALTED or ACCOUNT_NOT_ARMED. Cancels never ask."""

    def __init__(self, switchboard: Switchboard) -> None:
        """Go by what holds on `switchboard`."""
        self._switchboard = switchboard
        self._licensed: set[str] = set()

    @contextmanager
    def licensed(self, client_order_ids: Iterable[str]) -> Iterator[None]:
        """Let orders with these ids pass in any state, where they reduce: a flatten is part of the halt itself."""
        ids = set(client_order_ids)
        self._licensed |= ids
        try:
            yield
        finally:
            self._licensed -= ids

    def check_request(self, account: ManagedAccount, request: OrderRequest) -> None:
        """Raise where no order of this kind has a chance: the rest is decided when the orders are known."""
        self._armed(account)
        standing = self._switchboard.standing(account, acting().name, _symbols_of(request))
        if standing.state.rank > TradingState.REDUCE_ONLY.rank and request.client_order_id not in self._licensed:
            raise _halted(account, standing)

    def check(self, account: ManagedAccount, orders: Sequence[Order]) -> None:
        """Raise unless the orders of a submission may be sent now."""
        self._armed(account)
        first = orders[0]
        standing = self._switchboard.standing(account, first.principal, _symbols(first))
        if standing.state is TradingState.ACTIVE:
            return
        open_to_reducing = standing.state is TradingState.REDUCE_ONLY or first.client_order_id in self._licensed
        if not open_to_reducing or not reduces(orders, account.book.positions, account.book.orders.open()):
            raise _halted(account, standing)

    def check_replace(self, account: ManagedAccount, order: Order, terms: OrderTerms) -> None:
        """Raise unless an order's new terms may be sent now, by whoever asks and for whoever placed it."""
        self._armed(account)
        for principal in {order.principal, acting().name}:
            standing = self._switchboard.standing(account, principal, _symbols(order))
            if not _lets_pass(standing.state, account, order, terms):
                raise _halted(account, standing)

    def _armed(self, account: ManagedAccount) -> None:
        if not self._switchboard.armed(account.account_id):
            text = f"account {account.account_id} is live and not armed: ArmAccount, with role RISK and a second factor"
            raise PreconditionError("ACCOUNT_NOT_ARMED", text, metadata={"account_id": account.account_id})


def _lets_pass(state: TradingState, account: ManagedAccount, order: Order, terms: OrderTerms) -> bool:
    match state:
        case TradingState.ACTIVE:
            return True
        case TradingState.REDUCE_ONLY:
            return adds_nothing(order, terms, account.book.positions, account.book.orders.open())
        case TradingState.CANCEL_ONLY:
            return only_lowers(order, terms)
        case TradingState.HALTED:
            return False


def _halted(account: ManagedAccount, standing: Standing) -> PreconditionError:
    lets = {
        TradingState.REDUCE_ONLY: "only what reduces a position passes, with what works on it already",
        TradingState.CANCEL_ONLY: "only cancels pass, and replaces that lower a quantity",
        TradingState.HALTED: "only cancels pass",
    }[standing.state]
    text = f"trading is {standing.state} for {standing.scope}: {lets}"
    metadata = {
        "account_id": account.account_id,
        "trading_state": standing.state.value,
        "scope": str(standing.scope),
    }
    return PreconditionError("TRADING_HALTED", text, metadata=metadata)


def _symbols(order: Order) -> list[str]:
    return [order.instrument.symbol, *(leg.instrument.symbol for leg in order.legs)]


def _symbols_of(request: OrderRequest) -> list[str]:
    return [request.instrument.symbol, *(leg.instrument.symbol for leg in request.legs)]
