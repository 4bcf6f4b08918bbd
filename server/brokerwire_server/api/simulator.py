"""SimulatorService: the hands on the paper broker's world."""

import re
from decimal import Decimal
from typing import Any

from brokerwire.v1 import simulator_service_pb2 as pb
from brokerwire_server.api.accounts import AccountService
from brokerwire_server.api.convert.accounts import activity_message
from brokerwire_server.api.convert.enums import ACCOUNT_TYPE
from brokerwire_server.api.convert.instruments import guess_class
from brokerwire_server.api.convert.market_data import quote_message
from brokerwire_server.api.convert.simulator import fault_plan_from, fault_plan_message, simulation_message
from brokerwire_server.api.convert.values import (
    decimal_text,
    invalid,
    money_amount,
    optional_decimal,
    optional_duration,
    optional_time,
    positive,
    required,
)
from brokerwire_server.api.methods import Call
from brokerwire_server.api.reads import Reads
from brokerwire_server.brokers.base import Simulation, SimulationControl
from brokerwire_server.domain.accounts import AccountStatus, AccountType, Activity
from brokerwire_server.domain.decimals import ONE, ZERO
from brokerwire_server.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PreconditionError,
)
from brokerwire_server.domain.faults import FaultPlan
from brokerwire_server.domain.market import Quote
from brokerwire_server.engine.access import denied
from brokerwire_server.engine.accounts import ManagedAccount
from brokerwire_server.engine.acting import acting
from brokerwire_server.engine.gateway import Gateway

MAX_MULTIPLIER = Decimal(4)

_ACCOUNT_ID = re.compile(r"[a-z0-9._-]{1,64}", re.ASCII)
_REQUEST_ID = re.compile(r"[!-~]{1,64}", re.ASCII)
_QUOTE_FIELDS = (
    ("bid_price", "bid"),
    ("bid_size", "bid_size"),
    ("ask_price", "ask"),
    ("ask_size", "ask_size"),
    ("last_price", "last"),
    ("last_size", "last_size"),
)


class SimulatorService:
    """Steers the paper broker."""

    def __init__(self, gateway: Gateway, reads: Reads, accounts: AccountService) -> None:
        """Steer the simulation of `gateway`."""
        self._gateway = gateway
        self._reads = reads
        self._accounts = accounts
        self._funded: dict[tuple[str, str], tuple[tuple[Decimal, str], Activity]] = {}

    # --- accounts ------------------------------------------------------------------------------------------------

    async def open_account(self, request: pb.OpenAccountRequest, call: Call) -> pb.OpenAccountResponse:
        """Open a paper account; the same id with the same content returns it as it is."""
        account_id = request.account_id or f"paper-{self._gateway.ids()[-12:]}"
        if _ACCOUNT_ID.fullmatch(account_id) is None:
            raise invalid("account_id", "1 to 64 of a-z 0-9 . _ -")
        if not acting().reaches(account_id):
            raise denied(acting(), f"account:{account_id}", "may not open an account that it does not reach")
        cash, kind, settings = _opening(request)
        managed = self._gateway.accounts.find(account_id)
        if managed is None:
            control = self._gateway.simulation
            account = await control.open_account(account_id, request.display_name, cash, kind, settings)
            managed = await self._gateway.open_simulated_account(account)
        elif not await self._same_account(managed, request.display_name, cash, kind, settings):
            text = f"account {account_id} exists with other content; nothing was changed"
            raise ConflictError("ACCOUNT_EXISTS", text, metadata={"account_id": account_id})
        response = pb.OpenAccountResponse(account=await self._accounts.message(managed))
        self._reads.fill(response.read_info, [managed])
        return response

    async def _same_account(
        self, managed: ManagedAccount, name: str, cash: Decimal, kind: AccountType, settings: dict[str, str]
    ) -> bool:
        account = managed.book.account
        first = next((a.amount for a in managed.book.activities), cash)
        return (account.name, account.type, account.settings, first) == (name, kind, settings, cash)

    async def close_account(self, request: pb.CloseAccountRequest, call: Call) -> pb.CloseAccountResponse:
        """Close a paper account that holds nothing, for good."""
        managed = self._paper_account(request.account_id)
        await self._gateway.simulation.close_account(request.account_id)
        await self._gateway.settled(request.account_id)
        response = pb.CloseAccountResponse(account=await self._accounts.message(managed))
        self._reads.fill(response.read_info, [managed])
        return response

    async def fund_account(self, request: pb.FundAccountRequest, call: Call) -> pb.FundAccountResponse:
        """Put money into a paper account, or take it out."""
        managed = self._paper_account(request.account_id)
        if not request.HasField("amount"):
            raise required("amount", "the money to put in; below zero takes it out")
        amount = money_amount(request.amount, "amount")
        self._check_currency(managed, request.amount.currency_code, "amount.currency_code")
        if amount == ZERO:
            raise invalid("amount.amount", "must not be 0")
        if not request.request_id:
            raise required("request_id", "your id for this movement: it makes sending it again safe")
        if _REQUEST_ID.fullmatch(request.request_id) is None:
            raise invalid("request_id", "1 to 64 printable ASCII characters without space")
        key = (request.account_id, request.request_id)
        content = (amount, request.description)
        known = self._funded.get(key)
        if known is None:
            activity = await self._fund(managed, amount, request.description)
            self._funded[key] = (content, activity)
        elif known[0] != content:
            text = "this request_id belongs to a movement with other content; nothing was changed"
            metadata = {"account_id": request.account_id, "client_order_id": request.request_id}
            raise ConflictError("CLIENT_ORDER_ID_CONFLICT", text, metadata=metadata)
        else:
            activity = known[1]
        await self._gateway.settled(request.account_id)
        response = pb.FundAccountResponse(activity=activity_message(activity), deduplicated=known is not None)
        response.account.CopyFrom(await self._accounts.message(managed))
        self._reads.fill(response.read_info, [managed])
        return response

    async def _fund(self, managed: ManagedAccount, amount: Decimal, description: str) -> Activity:
        try:
            return await self._gateway.simulation.fund(managed.account_id, amount, description)
        except PreconditionError as error:
            state = await self._gateway.account_state(managed.account_id)
            metadata = {
                "account_id": managed.account_id,
                "required": decimal_text(-amount),
                "available": decimal_text(state.balances.withdrawable_cash),
                "currency_code": managed.book.account.currency,
            }
            raise PreconditionError("INSUFFICIENT_BUYING_POWER", error.message, metadata=metadata) from error

    async def reset_account(self, request: pb.ResetAccountRequest, call: Call) -> pb.ResetAccountResponse:
        """Set a paper account back."""
        managed = self._paper_account(request.account_id)
        cash = None
        if request.HasField("cash"):
            cash = money_amount(request.cash, "cash")
            self._check_currency(managed, request.cash.currency_code, "cash.currency_code")
            if cash < ZERO:
                raise invalid("cash.amount", "0 or more")
        await self._gateway.simulation.reset(request.account_id, cash)
        await self._gateway.settled(request.account_id)
        response = pb.ResetAccountResponse(account=await self._accounts.message(managed))
        self._reads.fill(response.read_info, [managed])
        return response

    def _paper_account(self, account_id: str) -> ManagedAccount:
        if not account_id:
            raise required("account_id", "name the account")
        managed = self._gateway.accounts.get(account_id)
        metadata = {"account_id": account_id}
        control: object = self._gateway.simulation
        if managed.adapter is not control:
            text = f"account {account_id} is not the paper broker's: it can't be steered"
            raise PreconditionError("NOT_A_PAPER_ACCOUNT", text, metadata=metadata)
        if managed.book.account.status is AccountStatus.CLOSED:
            raise PreconditionError("ACCOUNT_CLOSED", f"account {account_id} is closed", metadata=metadata)
        return managed

    def _check_currency(self, managed: ManagedAccount, code: str, field: str) -> None:
        currency = managed.book.account.currency
        if code != currency:
            raise invalid(field, f"the account is in {currency}", supported=[currency])

    # --- prices and time -----------------------------------------------------------------------------------------

    async def set_price(self, request: pb.SetPriceRequest, call: Call) -> pb.SetPriceResponse:
        """Set the quote of an instrument; orders match against it at once."""
        if not request.symbol:
            raise required("symbol", "name the instrument")
        control: Any = self._gateway.simulation
        given = {}
        for field, name in _QUOTE_FIELDS:
            value = optional_decimal(request, field, "")
            if value is not None:
                given[name] = value if field.endswith("size") and value == ZERO else positive(value, field)
        if not given:
            raise required("bid_price", "give at least one price or size")
        if await control.instrument(request.symbol, guess_class(request.symbol)) is None:
            text = f"the paper broker does not know {request.symbol[:64]!r}"
            metadata = {"symbol": request.symbol[:64], "field": "symbol"}
            raise NotFoundError("INSTRUMENT_NOT_FOUND", text, metadata=metadata)
        quote = _merged(request.symbol, control.last_quote(request.symbol), given)
        shown = await control.set_price(quote)
        response = pb.SetPriceResponse(quote=quote_message(shown, control.broker))
        self._reads.fill(response.read_info, await self._settle_all())
        return response

    async def _settle_all(self) -> list[ManagedAccount]:
        """Return the paper accounts when all that a change set off is durable."""
        control: object = self._gateway.simulation
        mine = [account for account in self._gateway.accounts if account.adapter is control]
        return [await self._gateway.settled(account.account_id) for account in mine]

    async def get_simulation(self, request: pb.GetSimulationRequest, call: Call) -> pb.GetSimulationResponse:
        """Read the state of the simulation."""
        response = pb.GetSimulationResponse(simulation=await self._simulation(self._gateway.simulation))
        self._reads.fill(response.read_info)
        return response

    async def _simulation(self, control: Any) -> Any:  # noqa: ANN401 - an adapter that is a SimulationControl too
        message = simulation_message(control.simulation())
        listed = [d.instrument.symbol for d in await control.search_instruments("", 10_000)]
        message.symbols.extend(sorted(await control.quotes(listed)))
        return message

    async def steer_clock(self, request: pb.SteerClockRequest, call: Call) -> pb.SteerClockResponse:
        """Steer the clock, and answer when it is where it was told to go."""
        control = self._gateway.simulation
        try:
            await self._steer(control, request)
        except InvalidRequestError as error:
            if error.reason in ("INVALID_FIELD", "FIELD_REQUIRED") or error.reason.startswith("DECIMAL"):
                raise
            metadata = {"clock_mode": _mode(control.simulation())}
            raise PreconditionError("CLOCK_NOT_STEERABLE", error.message, metadata=metadata) from error
        response = pb.SteerClockResponse(simulation=await self._simulation(control))
        self._reads.fill(response.read_info, await self._settle_all())
        return response

    async def _steer(self, control: SimulationControl, request: pb.SteerClockRequest) -> Simulation:
        match request.WhichOneof("action"):
            case "paused":
                return await control.steer(paused=request.paused)
            case "speed":
                speed = positive(optional_decimal(request, "speed", "") or ZERO, "speed")
                return await control.steer(speed=float(speed))
            case "advance_by":
                nanos = optional_duration(request, "advance_by")
                if not nanos:
                    raise invalid("advance_by", "must be above 0")
                return await control.steer(advance_by=nanos)
            case "advance_to_time":
                return await control.steer(advance_to=optional_time(request, "advance_to_time"))
            case "advance_quotes":
                if request.advance_quotes <= 0:
                    raise invalid("advance_quotes", "must be above 0")
                return await control.steer(steps=request.advance_quotes)
        raise required("action", "set paused, speed, advance_by, advance_to_time or advance_quotes")

    # --- faults --------------------------------------------------------------------------------------------------

    async def set_fault_plan(self, request: pb.SetFaultPlanRequest, call: Call) -> pb.SetFaultPlanResponse:
        """Put a fault plan in place of the former one."""
        if not request.HasField("plan"):
            raise required("plan", "the faults to make; ClearFaultPlan takes all away")
        control = self._gateway.simulation
        control.set_fault_plan(fault_plan_from(request.plan))
        response = pb.SetFaultPlanResponse(plan=fault_plan_message(control.fault_plan()))
        self._reads.fill(response.read_info)
        return response

    async def get_fault_plan(self, request: pb.GetFaultPlanRequest, call: Call) -> pb.GetFaultPlanResponse:
        """Read the fault plan."""
        control = self._gateway.simulation
        response = pb.GetFaultPlanResponse(plan=fault_plan_message(control.fault_plan()))
        for seen, fired in control.fault_counts():
            response.stats.add(seen_count=seen, fired_count=fired)
        self._reads.fill(response.read_info)
        return response

    async def clear_fault_plan(self, request: pb.ClearFaultPlanRequest, call: Call) -> pb.ClearFaultPlanResponse:
        """Take all faults away."""
        self._gateway.simulation.set_fault_plan(FaultPlan())
        response = pb.ClearFaultPlanResponse()
        self._reads.fill(response.read_info)
        return response


def _opening(request: pb.OpenAccountRequest) -> tuple[Decimal, AccountType, dict[str, str]]:
    """Return first cash, type and settings of an account that is to be opened."""
    if not request.HasField("cash"):
        raise required("cash", "the money to begin with")
    cash = money_amount(request.cash, "cash")
    if cash < ZERO:
        raise invalid("cash.amount", "0 or more")
    if request.cash.currency_code != "USD":
        raise invalid("cash.currency_code", "paper accounts are in USD", supported=["USD"])
    kind = ACCOUNT_TYPE.optional(request.type, "type") or AccountType.MARGIN
    if kind not in (AccountType.CASH, AccountType.MARGIN):
        raise invalid("type", "CASH or MARGIN", supported=["CASH", "MARGIN"])
    settings: dict[str, str] = {}
    multiplier = optional_decimal(request, "margin_multiplier", "")
    if multiplier is not None:
        if not ONE <= multiplier <= (MAX_MULTIPLIER if kind is AccountType.MARGIN else ONE):
            raise invalid("margin_multiplier", "1 to 4 for MARGIN; absent or 1 for CASH")
        settings["margin_multiplier"] = decimal_text(multiplier)
    if request.short_selling_disabled:
        settings["short_selling_disabled"] = "true"
    return cash, kind, settings


def _merged(symbol: str, before: Quote | None, given: dict[str, Decimal]) -> Quote:
    """Return a quote whose absent parts stay as they were."""
    known = {name: getattr(before, name) for _, name in _QUOTE_FIELDS} if before is not None else {}
    quote = Quote(symbol=symbol, **{**known, **given})
    if quote.bid > ZERO and quote.ask > ZERO and quote.bid > quote.ask:
        raise invalid("bid_price", f"must not be above the ask ({decimal_text(quote.ask)})")
    return quote


def _mode(simulation: Simulation) -> str:
    return "REAL_TIME" if not simulation.virtual else "SCALED" if simulation.speed else "VIRTUAL"
