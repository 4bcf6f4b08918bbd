"""AccountService."""

from collections.abc import AsyncIterator, Sequence

from brokerwire.v1 import account_service_pb2 as pb
from brokerwire.v1 import accounts_pb2
from brokerwire_server.api.convert.accounts import account_message, activity_message, sum_balances
from brokerwire_server.api.convert.enums import ACTIVITY_TYPE, ENVIRONMENT, SORT_ORDER, TRADING_STATE, SortOrder
from brokerwire_server.api.convert.read_info import sequences_from
from brokerwire_server.api.convert.values import invalid, optional_time, required, set_time
from brokerwire_server.api.methods import Call
from brokerwire_server.api.paging import Page
from brokerwire_server.api.portfolio_history import portfolio_history
from brokerwire_server.api.reads import Reads
from brokerwire_server.api.streaming import (
    View,
    encode,
    encode_with_rounds,
    event_item,
    stream_request,
    with_rounds,
)
from brokerwire_server.domain.accounts import AccountState, Activity
from brokerwire_server.domain.errors import UnavailableError
from brokerwire_server.domain.events import AccountOpened, AccountUpdated, CashMoved, Event
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.gateway import Gateway


class AccountService:
    """Reads and streams accounts, balances, portfolio value and activities."""

    def __init__(self, gateway: Gateway, reads: Reads) -> None:
        """Serve the accounts of `gateway`."""
        self._gateway = gateway
        self._reads = reads
        self._view = View(
            name="accounts",
            event=lambda event: self._event(event).SerializeToString(),
            snapshot=lambda message: message.SerializeToString(),
        )

    # --- reads ---------------------------------------------------------------------------------------------------

    async def list_accounts(self, request: pb.ListAccountsRequest, call: Call) -> pb.ListAccountsResponse:
        """List accounts, closed ones included, by id."""
        page = Page(request)
        await self._reads.reached(sequences_from(request.min_sequences, "min_sequences"), call)
        accounts = sorted(
            (
                a
                for a in self._gateway.accounts
                if (not request.broker or a.book.account.broker == request.broker)
                and (not request.connection_id or a.book.account.connection_id == request.connection_id)
            ),
            key=_id,
        )
        shown, token = page.cut(accounts, _id)
        response = pb.ListAccountsResponse(next_page_token=token)
        for account in shown:
            response.accounts.append(await self._with_state(account))
        self._reads.fill(response.read_info, shown)
        return response

    async def get_account(self, request: pb.GetAccountRequest, call: Call) -> pb.GetAccountResponse:
        """Read one account."""
        account = await self._reads.account(request.account_id, request.min_sequence, call)
        response = pb.GetAccountResponse(account=await self._with_state(account))
        self._reads.fill(response.read_info, [account])
        return response

    async def get_portfolio(self, request: pb.GetPortfolioRequest, call: Call) -> pb.GetPortfolioResponse:
        """Sum accounts up, per currency."""
        environment = ENVIRONMENT.optional(request.environment, "environment")
        accounts = (
            self._gateway.accounts.select(request.account_ids) if request.account_ids else self._gateway.active_accounts
        )
        await self._reads.reached(sequences_from(request.min_sequences, "min_sequences"), call)
        if environment is not None:
            accounts = [a for a in accounts if a.book.account.environment is environment]
        elif len({a.book.account.environment for a in accounts}) > 1:
            raise invalid("environment", "choose PAPER or LIVE: they are never summed together")
        response = pb.GetPortfolioResponse()
        states = []
        for account in accounts:
            state = await self._state(account)
            if state is None:
                response.unreachable.append(account.account_id)
                continue
            states.append((account.book.account.type, state))
            response.accounts.append(await self.message(account))
            response.position_count += sum(not p.closed for p in account.book.positions.values())
        response.totals.extend(sum_balances(states))
        self._reads.fill(response.read_info, accounts)
        return response

    async def _with_state(self, account: ManagedAccount) -> accounts_pb2.Account:
        """Return an account as it is now, with what may be sent for it."""
        m, board = await self.message(account), self._gateway.switchboard
        m.trading_state = TRADING_STATE.to_wire[board.standing(account).state]
        if arming := board.armings.of(account.account_id):
            set_time(m.armed_until_time, arming.until)
        return m

    async def message(self, account: ManagedAccount) -> accounts_pb2.Account:
        """Return an account as it is now."""
        state = await self._state(account)
        book = account.book
        return account_message(
            book.account,
            state,
            sequence=book.log.head,
            sync_time=account.last_verified_time or (state.time if state else 0),
        )

    async def _state(self, account: ManagedAccount) -> AccountState | None:
        try:
            return await self._gateway.account_state(account.account_id)
        except UnavailableError:
            return account.book.state
        except Exception:
            if account.book.state is None:
                raise
            # A broker that does not answer: what it said last, and ReadInfo says how old that is.
            return account.book.state

    async def get_portfolio_history(
        self, request: pb.GetPortfolioHistoryRequest, call: Call
    ) -> pb.GetPortfolioHistoryResponse:
        """Read an account's value over time."""
        if not request.account_id:
            raise required("account_id", "name the account")
        account = await self._reads.account(request.account_id, request.min_sequence, call)
        response = await portfolio_history(self._gateway, account, request)
        self._reads.fill(response.read_info, [account])
        return response

    async def list_activities(self, request: pb.ListActivitiesRequest, call: Call) -> pb.ListActivitiesResponse:
        """List movements of cash and units."""
        page = Page(request)
        newest_first = SORT_ORDER.optional(request.sort_order, "sort_order") is not SortOrder.OLDEST_FIRST
        types = [ACTIVITY_TYPE.need(n, f"types[{i}]").value for i, n in enumerate(request.types)]
        after, before = optional_time(request, "after_time"), optional_time(request, "before_time")
        accounts = self._gateway.accounts.select(request.account_ids)
        await self._reads.reached(sequences_from(request.min_sequences, "min_sequences"), call)

        async def fetch(cursor: str, limit: int) -> tuple[Sequence[Activity], str]:
            """Read until a page holds something: the store keeps no index by the time of activities."""
            while True:
                found, cursor = await self._gateway.store.list_activities(request.account_ids, types, cursor, limit)
                kept = [a for a in found if a.time >= after and (not before or a.time < before)]
                if found and after and found[-1].time < after:
                    cursor = ""
                if kept or not cursor:
                    return kept, cursor

        activities, token = await (page.read(fetch) if newest_first else page.read_reversed(fetch))
        response = pb.ListActivitiesResponse(activities=map(activity_message, activities), next_page_token=token)
        self._reads.fill(response.read_info, accounts)
        return response

    # --- streams -------------------------------------------------------------------------------------------------

    async def stream_accounts(self, request: pb.StreamAccountsRequest, call: Call) -> AsyncIterator[bytes]:
        """Stream accounts: absolute state per account."""
        asked = stream_request("accounts", request.options, request.account_ids, request)
        accounts = self._gateway.accounts.select(request.account_ids)
        await self._reads.reached(sequences_from(request.options.min_sequences, "options.min_sequences"), call)
        states = {a.account_id: await self._state(a) for a in accounts if a.book.state is None}

        def snapshot(account: ManagedAccount) -> Sequence[accounts_pb2.Account]:
            state = account.book.state or states.get(account.account_id)
            return [account_message(account.book.account, state, sequence=account.book.log.head)]

        batches = self._gateway.streams.open(asked, _wants, snapshot)
        now = self._gateway.seams.now
        if request.include_price_changes:
            rounds = _ValueRounds(self, accounts)
            responses = encode_with_rounds(self._view, with_rounds(batches, rounds), now)
        else:
            responses = encode(self._view, batches, now)
        async for response in responses:
            yield response

    def _event(self, event: Event) -> accounts_pb2.AccountEvent:
        m = accounts_pb2.AccountEvent(account_id=event.account_id, sequence=event.sequence)
        set_time(m.time, event.time)
        book = self._gateway.accounts.get(event.account_id).book
        known: AccountState | None
        match event.payload:
            case AccountUpdated(state=state):
                account, known = state.account, state
            case AccountOpened(account=account):
                known = None
            case CashMoved(activity=activity):
                m.activity.CopyFrom(activity_message(activity, event.sequence))
                account, known = book.account, book.state
            case _:
                raise TypeError(event.type)
        m.account.CopyFrom(account_message(account, known, sequence=event.sequence))
        return m


class _ValueRounds:
    """Finds the accounts whose balances have changed since the last round."""

    def __init__(self, service: AccountService, accounts: Sequence[ManagedAccount]) -> None:
        self._service = service
        self._accounts = accounts
        self._last: dict[str, accounts_pb2.Balances] = {}

    async def __call__(self) -> list[bytes]:
        items = []
        for account in self._accounts:
            message = await self._service.message(account)
            amounts = accounts_pb2.Balances()
            amounts.CopyFrom(message.balances)
            amounts.ClearField("update_time")
            if self._last.get(account.account_id) == amounts:
                continue
            self._last[account.account_id] = amounts
            event = accounts_pb2.AccountEvent(
                account_id=account.account_id, sequence=account.book.log.head, account=message
            )
            event.time.CopyFrom(message.balances.update_time)
            items.append(event_item(event))
        return items


def _wants(event: Event) -> bool:
    return isinstance(event.payload, AccountUpdated | AccountOpened | CashMoved)


def _id(account: ManagedAccount) -> str:
    return account.account_id
