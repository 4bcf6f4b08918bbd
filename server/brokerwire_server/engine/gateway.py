"""The gateway: everything that a door may ask of the engine, and the order in which it starts and stops."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from brokerwire_server.brokers.base import BrokerAdapter, Kinds, SimulationControl
from brokerwire_server.domain.accounts import Account, AccountState, AccountStatus
from brokerwire_server.domain.connections import LinkState
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.errors import (
    NotFoundError,
    OutOfRangeError,
    PreconditionError,
    UnavailableError,
    UnsupportedError,
)
from brokerwire_server.domain.orders import Order, OrderState, PendingAction, Side, StateReason
from brokerwire_server.domain.policies import RiskPolicy
from brokerwire_server.domain.positions import Valuation, value_position
from brokerwire_server.domain.reducer import has_evidence
from brokerwire_server.domain.reports import CancelRejectedReport, ReplaceRejectedReport, StatusReport
from brokerwire_server.domain.signing import SigningPolicy
from brokerwire_server.engine.access import Access, AccessOptions
from brokerwire_server.engine.accounts import Accounts, ManagedAccount
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.actions import Actions
from brokerwire_server.engine.audit import Audit
from brokerwire_server.engine.book import Book
from brokerwire_server.engine.breakers import Breakers, Thresholds
from brokerwire_server.engine.breaks import Breaks
from brokerwire_server.engine.checkpoints import CheckpointKeeper, Rhythm
from brokerwire_server.engine.clearing import Clearing
from brokerwire_server.engine.commands import Commands
from brokerwire_server.engine.connections import Connections
from brokerwire_server.engine.controls import Controls
from brokerwire_server.engine.desk import Desk
from brokerwire_server.engine.facts import Facts
from brokerwire_server.engine.gate import Gate
from brokerwire_server.engine.guard import Guard
from brokerwire_server.engine.halt_file import EmergencyStop
from brokerwire_server.engine.intake import Intake
from brokerwire_server.engine.leases import Leases
from brokerwire_server.engine.linking import Linker
from brokerwire_server.engine.losses import Losses
from brokerwire_server.engine.own_journal import OwnJournal
from brokerwire_server.engine.policies import Policies
from brokerwire_server.engine.provisioning import Configured, NoKinds, Provisioning
from brokerwire_server.engine.reconciler import Reconciler, SweepTimes
from brokerwire_server.engine.resolver import Resolver
from brokerwire_server.engine.seams import Ids, Seams
from brokerwire_server.engine.signing import Signing
from brokerwire_server.engine.streams import Drain, Streams
from brokerwire_server.engine.switchboard import Switchboard
from brokerwire_server.engine.tasks import Tasks
from brokerwire_server.engine.telemetry import Telemetry
from brokerwire_server.store.base import (
    AccountHead,
    Checkpoints,
    Notebook,
    Payloads,
    Rotation,
    SigningKeys,
    Store,
    StoredPayload,
    StoreError,
    Vault,
)

if TYPE_CHECKING:
    from brokerwire_server.domain.market import Quote

READ_YOUR_WRITES_TIMEOUT = 5.0
FIRST_SWEEP_TIMEOUT = 20.0
"""Seconds that the start waits for one account's first comparison; the regular ones go on trying."""

_log = logging.getLogger(__name__)


class Gateway:
    """The engine as a whole."""

    def __init__(
        self,
        store: Store,
        adapters: Sequence[BrokerAdapter],
        *,
        seams: Seams,
        telemetry: Telemetry | None = None,
        sweeps: SweepTimes | None = None,
        kinds: Kinds | None = None,
        vault: Vault | None = None,
        notebook: Notebook | None = None,
        configured: Sequence[Configured] = (),
        policies: Sequence[RiskPolicy] = (),
        thresholds: Thresholds | None = None,
        halt_file: Callable[[], str | None] = lambda: None,
        signing: SigningPolicy = SigningPolicy.OFF,
        signing_keys: SigningKeys | None = None,
        access: AccessOptions | None = None,
        about: Mapping[str, str] | None = None,
        checkpoints: Checkpoints | None = None,
        rhythm: Rhythm | None = None,
        payloads: Payloads | None = None,
    ) -> None:
        """Serve the accounts behind connections, with `store` as the record.

        Args:
            store: the journal.
            adapters: the connections that are built in.
            seams: time, waiting and randomness.
            telemetry: is told what happens.
            sweeps: how often books are compared.
            kinds: the brokers that connections can be made to.
            vault: where connections that callers make are kept; none can be made without it.
            notebook: where adapters keep what they must not forget.
            configured: the connections that the operator configured.
            policies: the risk policies that the operator configured.
            thresholds: when breakers stop trading by themselves.
            halt_file: returns the content of the HALT file, `None` while there is none.
            signing: which accounts take signed orders only.
            signing_keys: where the keys are registered that may sign; without it there are none.
            access: how callers are let in; without it, from this machine alone.
            checkpoints: where signed checkpoints of the journals are written.
            rhythm: how often.
            payloads: where the brokers' raw messages are kept.
            about: what the audit record of a start says: the program's version, the configuration's hash.

        Raises:
            InvalidRequestError: a policy names no limit, or not a value of one.
        """
        telemetry = telemetry or Telemetry()
        self.seams = seams
        self.store = store
        self.ids = Ids(seams)
        self.tasks = Tasks()
        self.drain = Drain()
        self.accounts = Accounts(OwnJournal(store, seams.now))
        self.connections = Connections(self.accounts, seams, telemetry)
        self.access = Access(access or AccessOptions(), seams)
        self.telemetry = telemetry
        self.start_time = seams.now()
        self.audit = Audit(self.accounts)
        self.checkpoints = CheckpointKeeper(
            self.accounts, store, self.audit, checkpoints=checkpoints, rhythm=rhythm or Rhythm(), seams=seams
        )
        self.payloads = payloads
        self.vault = vault
        self._about = dict(about or {})
        self._adapters = list(adapters)
        self.signing = Signing(self.accounts, seams=seams, ids=self.ids, policy=signing, store=signing_keys)
        tools = {"seams": seams, "ids": self.ids, "tasks": self.tasks, "telemetry": telemetry}
        intake = Intake(self.accounts, store, **tools)  # type: ignore[arg-type]
        self._resolver = Resolver(intake, **tools)  # type: ignore[arg-type]
        self.reconciler = Reconciler(self.accounts, intake, times=sweeps or SweepTimes(), **tools)  # type: ignore[arg-type]
        self.commands = Commands(self.accounts, store)
        self.switchboard = Switchboard(store.trading, self.accounts, seams=seams, telemetry=telemetry)
        self.gate = Gate(self.switchboard)
        permits = self.access.permits
        self.policies = Policies(
            store.policies, self.accounts, self.audit, seams=seams, ids=self.ids, configured=policies
        )
        facts = Facts(seams)
        self.guard = Guard(self.switchboard, self.gate, self.policies, facts, self.audit, seams)
        self.commands.on_details, intake.on_fill = facts.learn, self.guard.filled
        self.desk = Desk(
            self.accounts,
            self.commands,
            intake,
            self._resolver,
            permits=permits,
            gate=self.gate,
            guard=self.guard,
            seams=seams,
            ids=self.ids,
            tasks=self.tasks,
            telemetry=telemetry,
        )
        self.actions = Actions(
            self.accounts,
            self.commands,
            intake,
            self._resolver,
            permits=permits,
            gate=self.gate,
            guard=self.guard,
            seams=seams,
            ids=self.ids,
            tasks=self.tasks,
        )
        self.streams = Streams(self.accounts, store, self.drain, seams, telemetry)
        self.linker = Linker(
            self.accounts, self.connections, intake, self.reconciler, store, seams=seams, tasks=self.tasks
        )
        self.kinds = kinds or NoKinds()
        self.provisioning = Provisioning(
            self.linker,
            self.accounts,
            self.connections,
            kinds=self.kinds,
            vault=vault,
            notebook=notebook,
            configured=configured,
            seams=seams,
            tasks=self.tasks,
            payloads=payloads,
        )
        self.breaks = Breaks(self.accounts, store, intake, self.reconciler, seams=seams, telemetry=telemetry)
        self._oversee(intake, thresholds or Thresholds(), halt_file)
        self._intake = intake
        intake.on_link = self.connections.report
        intake.on_accounts = self.linker.reached
        intake.on_orphan = self.reconciler.request
        self.ready = False
        self._opened = False

    def _oversee(self, intake: Intake, thresholds: Thresholds, halt_file: Callable[[], str | None]) -> None:
        """Put in place what restricts trading: people, leases, breakers, the HALT file and the signal."""
        seams, tasks, board, trading = self.seams, self.tasks, self.switchboard, self.store.trading
        clearing = Clearing(self.accounts, self.desk, self.actions, self.gate, seams=seams, ids=self.ids, tasks=tasks)
        self.controls = Controls(board, clearing, self.accounts, self.audit, seams=seams, tasks=tasks)
        self.leases = Leases(
            trading,
            self.accounts,
            self.controls,
            reach_of=self.access.reach_of,
            seams=seams,
            ids=self.ids,
            tasks=tasks,
        )
        self.emergency_stop = EmergencyStop(halt_file, board, self.controls, seams=seams, tasks=tasks)
        self._losses = Losses(trading, self.account_state, seams)
        self.breakers = Breakers(
            thresholds,
            self._losses,
            self.accounts,
            board,
            self.controls,
            seams=seams,
            tasks=tasks,
            telemetry=self.telemetry,
        )
        board.on_release = self.breakers.released
        intake.on_rejected, intake.on_executed = self.breakers.rejected, self.breakers.executed
        self.guard.on_reject = lambda account, principal, _: self.breakers.refused(account, principal.name)
        self.reconciler.on_compared = self.breakers.compared

    # --- life ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the store, restore the books, connect the brokers, compare with them, and be ready.

        What restricts trading is restored before any broker is connected.
        """
        await self.store.open()
        await self.policies.restore()
        await self.switchboard.restore()
        await self.emergency_stop.at_start()
        await self._losses.restore()
        await self.access.open()
        if self.payloads is not None:
            await self.payloads.open()
        await self._restore()
        await self.signing.open()
        self.audit.record("gateway.start", details=self._about)
        await self.checkpoints.start()
        for account in self.accounts:
            await self.guard.recount(account, self.store)
        for adapter in self._adapters:
            await self.linker.connect(adapter)
        await self.provisioning.start()
        self.linker.show_absent()
        self.connections.on_up = self.reconciler.request
        await asyncio.gather(*(self._begin(account) for account in self.accounts))
        await self.leases.restore()
        for work in (
            self.reconciler.run(),
            self.breakers.run(),
            self.emergency_stop.run(),
            self.controls.watch_armings(),
            self.audit.run(self.seams.sleep),
            self.checkpoints.run(),
        ):
            self.tasks.spawn(work)
        self.ready = True

    async def _begin(self, account: ManagedAccount) -> None:
        """Settle what a crash interrupted, and compare with the broker; one that is away is compared when back."""
        self._settle_interrupted(account)
        if account.adapter.embedded:
            await self.reconciler.sweep(account)
        elif account.link.connection.link is LinkState.UP:
            try:
                async with asyncio.timeout(FIRST_SWEEP_TIMEOUT):
                    await self.reconciler.sweep(account)
            except TimeoutError:
                _log.warning("the first sweep takes too long", extra={"account_id": account.account_id})
        await self._flushed(account)

    async def stop(self, grace: float = 10.0) -> None:
        """Say goodbye to every stream, let commands under way end, disconnect, and close the store."""
        self.ready = False
        self.drain.begin("the gateway is shutting down")
        await self.drain.drained(grace)
        while self.desk.submitting and grace > 0:
            await self.seams.sleep(0.05)
            grace -= 0.05
        await self.linker.stop()
        await self.tasks.finish(0.0)
        if self._opened:
            self.audit.settle(everything=True)
            self.audit.record("gateway.stop")
        for journal in (*self.accounts, self.accounts.own):
            journal.book.flush()
        await self._last_checkpoint()
        if self.payloads is not None:
            await self.payloads.close()
        await self.store.close()

    async def _last_checkpoint(self) -> None:
        if self._opened and self.store.healthy:
            with suppress(StoreError):
                await self.accounts.own.book.durable()
                await self.checkpoints.write()

    @property
    def healthy(self) -> bool:
        """Whether new orders can be taken: ready, not draining, and the journal can be written."""
        return self.ready and not self.drain.reason and self.store.healthy

    async def _restore(self) -> None:
        await self.accounts.own.restore()
        self._opened = True
        for head in await self.store.heads():
            self.linker.adopt(await self._restore_book(head))

    async def _restore_book(self, head: AccountHead) -> Book:
        account_id = head.account.account_id
        book = Book(head.account, self.store, self.seams.now, sequence=head.sequence, head=head.hash)
        for order in await self.store.open_orders(account_id):
            book.restore_order(order)
        for event in await self.store.read(account_id, 0, 1):
            book.first_time = event.time
        book.client_ids.update(map(hash, await self.store.client_order_ids(account_id)))
        async for batch in self.store.ledger(account_id):
            for item in batch:
                book.restore(item)
        book.state = await self.store.account_state(account_id)
        for brk in await self.store.open_breaks(account_id):
            book.keep_break(brk)
        return book

    def _settle_interrupted(self, account: ManagedAccount) -> None:
        """Put commands into doubt that a crash interrupted; an embedded broker is proof that it never had them."""
        message = "the gateway stopped before the broker's answer was known"
        for order in account.book.orders.open():
            if not has_evidence(order):
                if account.adapter.embedded:
                    self._intake.order_report(account, self._never_sent(order))
                else:
                    self.desk.doubt(account, order, message)
            elif order.pending_action is not PendingAction.NONE:
                if account.adapter.embedded:
                    self._intake.order_report(account, self._action_lost(order))
                else:
                    self.actions.doubt(account, order, message)

    def _action_lost(self, order: Order) -> CancelRejectedReport | ReplaceRejectedReport:
        kind = CancelRejectedReport if order.pending_action is PendingAction.CANCEL else ReplaceRejectedReport
        return kind(
            account_id=order.account_id,
            broker_client_order_id=order.broker_client_order_id,
            message="the gateway stopped before the broker had the request",
        )

    def _never_sent(self, order: Order) -> StatusReport:
        return StatusReport(
            account_id=order.account_id,
            broker_client_order_id=order.broker_client_order_id,
            state=OrderState.REJECTED,
            reason=StateReason.NOT_SENT,
            message="the gateway stopped before the broker had the order",
        )

    async def _flushed(self, account: ManagedAccount) -> None:
        await account.book.durable()

    # --- reads ---------------------------------------------------------------------------------------------------

    async def reached(self, minimum: Mapping[str, int]) -> None:
        """Wait until what was written up to these sequences is visible. Raises `OutOfRangeError` where it never is."""
        for account_id, sequence in minimum.items():
            log = self.accounts.journal(account_id).book.log
            if log.head >= sequence:
                continue
            waiter = asyncio.Event()
            log.subscribe(waiter)
            try:
                async with asyncio.timeout(READ_YOUR_WRITES_TIMEOUT):
                    while log.head < sequence:
                        waiter.clear()
                        await waiter.wait()
            except TimeoutError:
                metadata = {"account_id": account_id, "min_sequence": str(sequence), "sequence": str(log.head)}
                text = f"account {account_id} is at sequence {log.head}, not yet at {sequence}"
                raise OutOfRangeError("SEQUENCE_NOT_YET_AVAILABLE", text, metadata=metadata) from None
            finally:
                log.unsubscribe(waiter)

    async def payload(self, payload_id: str) -> StoredPayload:
        """Return a raw message of a broker. Raises `NotFoundError` where it is not kept, or not for this caller."""
        found = None
        try:
            found = await self.payloads.get(payload_id) if self.payloads is not None else None
        except StoreError as error:
            raise PreconditionError("JOURNAL_UNAVAILABLE", str(error)) from error
        if found is not None:
            link = self.connections.find(found.connection_id)
            accounts = link.connection.account_ids if link is not None else ()
            # It may speak of every account behind its connection.
            if acting().accounts and not (accounts and acting().accounts.issuperset(accounts)):
                found = None
        if found is None:
            text = f"no payload {payload_id[:64]!r}: it was never kept, or not for so long"
            raise NotFoundError("PAYLOAD_NOT_FOUND", text, metadata={"payload_id": payload_id[:64]})
        return found

    async def rotate_keys(self, *, data_keys: bool) -> Rotation:
        """Seal all stored secrets under a new key. Raises `UnavailableError`; it may be tried again then."""
        if self.vault is None:
            raise UnavailableError("VAULT_UNAVAILABLE", "this gateway has no place to store secrets")
        try:
            return await self.vault.rotate(data_keys=data_keys)
        except StoreError as error:
            raise UnavailableError("VAULT_UNAVAILABLE", str(error)) from error

    async def account_state(self, account_id: str) -> AccountState:
        """Return an account's balances: fresh from an embedded broker, else as last reported."""
        account = self.accounts.get(account_id)
        if account.adapter.embedded:
            return await account.adapter.account_state(account_id)
        if account.book.state is None:
            raise UnavailableError(
                "BROKER_UNAVAILABLE",
                "the broker has not reported balances yet",
                metadata={"account_id": account_id},
            )
        return account.book.state

    def positions(self, account: ManagedAccount) -> list[Valuation]:
        """Return the open positions of an account at their latest prices."""
        return [self.value(account, p.instrument.symbol) for p in account.book.positions.values() if not p.closed]

    def value(self, account: ManagedAccount, symbol: str) -> Valuation:
        """Return a position that is or was held, at its latest price."""
        position = account.book.positions[symbol]
        quote: Quote | None = account.adapter.last_quote(symbol)
        reserved = sum(
            (
                o.remaining_quantity or ZERO
                for o in account.book.orders.open()
                if _closes(o, symbol, position.quantity > 0)
            ),
            ZERO,
        )
        return value_position(position, quote.mark if quote else None, reserved, quote.time if quote else 0)

    @property
    def simulation(self) -> SimulationControl:
        """The simulated broker's controls. Raises `UnsupportedError` where no paper broker is loaded."""
        for adapter in self._adapters:
            if hasattr(adapter, "set_fault_plan"):
                return adapter  # type: ignore[return-value]
        raise UnsupportedError("UNSUPPORTED_BY_BROKER", "this gateway runs without the paper broker")

    async def open_simulated_account(self, account: Account) -> ManagedAccount:
        """Serve an account that the simulated broker has just opened, and answer when that is durable."""
        link = self.connections.get(account.connection_id)
        managed = self.linker.register(account, link)
        self.connections.serve(account.connection_id, [*link.connection.account_ids, account.account_id])
        await self._flushed(managed)
        return managed

    async def settled(self, account_id: str) -> ManagedAccount:
        """Return an account when all that is staged for it is durable."""
        managed = self.accounts.get(account_id)
        await self._flushed(managed)
        return managed

    @property
    def active_accounts(self) -> list[ManagedAccount]:
        """The accounts that are not closed, and that the acting principal reaches."""
        return [a for a in self.accounts.reached() if a.book.account.status is not AccountStatus.CLOSED]


def _closes(order: Order, symbol: str, long: bool) -> bool:
    return order.instrument.symbol == symbol and order.side is (Side.SELL if long else Side.BUY_TO_COVER)
