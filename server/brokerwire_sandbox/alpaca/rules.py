"""What Alpaca refuses before an order reaches a market, in its words. Each check raises `ApiError`."""

from decimal import Decimal

from brokerwire_sandbox.alpaca import errors
from brokerwire_sandbox.alpaca.assets import Asset
from brokerwire_sandbox.alpaca.formats import new_york
from brokerwire_sandbox.alpaca.records import OrderRecord
from brokerwire_sandbox.alpaca.requests import Draft, Terms
from brokerwire_sandbox.alpaca.state import State
from brokerwire_server.domain.decimals import ONE, ZERO, format_decimal
from brokerwire_server.domain.instruments import AssetClass, OptionType
from brokerwire_server.domain.market import Session
from brokerwire_server.domain.orders import StateReason
from brokerwire_server.simulator import Refusal

_MARKET_OR_STOP = ("market", "stop", "stop_limit", "trailing_stop")
_CRYPTO_TYPES = ("market", "limit", "stop_limit")
_OPTION_TYPES = ("market", "limit", "stop", "stop_limit")
_CENT, _SUB_CENT = Decimal("0.01"), Decimal("0.0001")


def check_order(state: State, draft: Draft, asset: Asset) -> None:
    """Check one order by the rules of its asset class and of the account."""
    if state.configuration["suspend_trade"]:
        raise errors.forbidden("new orders are rejected by user request")
    if not asset.details.tradable:
        raise errors.unprocessable(f"asset {asset.symbol} is not tradable")
    match asset.kind:
        case AssetClass.CRYPTO:
            _check_crypto(draft)
        case AssetClass.OPTION:
            check_option(state, draft.terms, asset)
        case _:
            _check_equity(state, draft, asset)
    check_prices(asset, draft.terms)
    _check_direction(state, draft, asset)


def intent_of(state: State, side: str, asset: Asset) -> str:
    """Return what an order does to the position: it closes what there is, else it opens."""
    held = state.held(asset.symbol)
    if side == "buy":
        return "buy_to_close" if held < 0 else "buy_to_open"
    return "sell_to_close" if held > 0 or asset.kind is AssetClass.CRYPTO else "sell_to_open"


def check_prices(asset: Asset, terms: Terms) -> None:
    """Check the decimals of prices: two from one dollar up, four below; coins have nine."""
    if asset.kind is AssetClass.CRYPTO:
        return
    for field in ("limit_price", "stop_price"):
        price: Decimal | None = getattr(terms, field)
        if price is not None and price % (_CENT if price >= ONE else _SUB_CENT):
            raise errors.sub_penny(field, price)


def check_decimals(terms: Terms) -> None:
    """Check that quantity and notional have at most nine decimals."""
    for field, value in (("qty", terms.quantity), ("notional", terms.notional)):
        exponent = 0 if value is None else value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > 9:
            raise errors.invalid(f"{field} must be limited to 9 decimal places")


def _check_equity(state: State, draft: Draft, asset: Asset) -> None:
    terms = draft.terms
    check_decimals(terms)
    if terms.notional is not None or (terms.quantity or ZERO) % 1:
        _check_fraction(state, draft, asset)
    if terms.extended_hours and (terms.type != "limit" or terms.time_in_force not in ("day", "gtc")):
        raise errors.unprocessable("extended hours order must be DAY or GTC limit orders")
    if terms.time_in_force == "ioc" and state.exchange.session is not Session.REGULAR:
        raise errors.unprocessable("ioc orders are only accepted during market hours")
    if terms.time_in_force in ("opg", "cls") and terms.type not in ("market", "limit"):
        raise errors.unprocessable(f"{terms.time_in_force} orders must be market or limit orders")
    if terms.type in ("stop", "stop_limit", "trailing_stop") and terms.time_in_force not in ("day", "gtc"):
        raise errors.unprocessable(f"{terms.type.replace('_', ' ')} orders must be day or gtc")
    if terms.order_class in ("bracket", "oco", "oto"):
        _check_group(state, draft, asset)


def _check_fraction(state: State, draft: Draft, asset: Asset) -> None:
    terms = draft.terms
    if not asset.details.fractionable or not state.configuration["fractional_trading"]:
        raise errors.not_fractionable(asset.symbol)
    if terms.time_in_force != "day":
        raise errors.unprocessable("fractional orders must be DAY orders")
    cost = terms.notional
    if cost is None and draft.side == "buy":
        price = terms.limit_price or state.mark(asset) or ZERO
        cost = price * (terms.quantity or ZERO) if price else None
    if cost is not None and cost < ONE and draft.side == "buy":
        raise errors.forbidden("cost basis must be >= minimal amount of order 1")
    if draft.side == "sell" and state.held(asset.symbol) <= 0:
        raise errors.unprocessable("fractional orders cannot be sold short")
    if terms.notional is not None and terms.type not in ("market", "limit"):
        raise errors.unprocessable("notional orders must be market or limit orders")


def _check_group(state: State, draft: Draft, asset: Asset) -> None:
    terms, held = draft.terms, state.held(asset.symbol)
    kind, buying = terms.order_class, draft.side == "buy"
    if terms.time_in_force not in ("day", "gtc") or terms.extended_hours:
        raise errors.unprocessable(f"{kind} orders must be DAY or GTC orders without extended hours")
    closes = held < 0 if buying else held > 0
    if kind != "oco" and closes:
        raise errors.unprocessable(f"{kind} orders must be entry orders")
    if kind == "oco" and not closes:
        raise errors.unprocessable("oco orders must be exit orders")
    profit = draft.take_profit.limit_price if draft.take_profit is not None else None
    stop = draft.stop_loss.stop_price if draft.stop_loss is not None else None
    selling = buying if kind != "oco" else not buying
    if profit is not None and stop is not None and (profit <= stop if selling else profit >= stop):
        place = ">" if selling else "<"
        raise errors.unprocessable(f"take_profit.limit_price must be {place} stop_loss.stop_price")


def _check_crypto(draft: Draft) -> None:
    terms = draft.terms
    if terms.order_class:
        raise errors.unprocessable("crypto orders must be simple orders")
    if terms.time_in_force not in ("gtc", "ioc"):
        raise errors.unprocessable("invalid crypto time_in_force")
    if terms.type not in _CRYPTO_TYPES:
        raise errors.unprocessable("invalid order type for crypto order")
    if terms.extended_hours:
        raise errors.unprocessable("extended_hours is not supported for crypto orders")
    check_decimals(terms)
    if terms.notional is not None and terms.notional < ONE:
        raise errors.forbidden("cost basis must be >= minimal amount of order 1")


def check_option(state: State, terms: Terms, asset: Asset) -> None:
    """Check an option order, or a leg: whole contracts, for the day, not expired."""
    if state.settings.options_level < 1:
        raise errors.forbidden("account not eligible to trade uncovered option contracts")
    if terms.notional is not None or (terms.quantity or ZERO) % 1:
        raise errors.unprocessable("options orders must have whole qty")
    if terms.time_in_force != "day":
        raise errors.unprocessable("order_time_in_force must be day for options orders")
    if terms.type not in _OPTION_TYPES or terms.extended_hours:
        raise errors.unprocessable("invalid order type for options order")
    if terms.order_class not in ("", "mleg"):
        raise errors.unprocessable("options orders must be simple or mleg orders")
    if asset.contract.expiration < new_york(state.now).date().isoformat():
        raise errors.unprocessable(f"option contract {asset.symbol} is expired")


def _check_direction(state: State, draft: Draft, asset: Asset) -> None:
    buying, held = draft.side == "buy", state.held(asset.symbol)
    opposite = [o for o in state.working_against(asset, draft.side) if o.status != "held" and o.ratio is None]
    if held == 0 and asset.kind is AssetClass.EQUITY:
        for other in opposite:
            if buying and other.intent == "sell_to_open":
                raise errors.long_while_short_open()
            if not buying and other.intent == "buy_to_open":
                raise errors.forbidden("cannot open a short sell while a long buy order is open")
    if draft.terms.order_class == "" and state.settings.wash_trade_check:
        for other in opposite:
            if other.parent is None and not other.legs and _would_cross(draft.terms, other, buying=buying):
                raise errors.wash_trade(other.id)
    if buying and held >= 0:
        return
    if buying or held > 0 or asset.kind is AssetClass.CRYPTO:
        check_closable(state, draft, asset)
    else:
        _check_short(state, draft, asset)


def _would_cross(terms: Terms, other: OrderRecord, *, buying: bool) -> bool:
    if terms.type != "limit" or other.terms.type in _MARKET_OR_STOP:
        return True
    mine, theirs = terms.limit_price, other.terms.limit_price
    if mine is None or theirs is None:
        return True
    return mine >= theirs if buying else mine <= theirs


def check_closable(state: State, draft: Draft, asset: Asset, freed: Decimal = ZERO) -> None:
    """Check that what an order closes is held, and not held for other orders already."""
    buying = draft.side == "buy"
    available = state.closable(asset.symbol, buying=buying) + freed
    requested = draft.terms.quantity
    if requested is None:
        price = state.mark(asset)
        requested = (draft.terms.notional or ZERO) / price if price else ZERO
    if requested <= available and available > 0:
        return
    existing = abs(state.held(asset.symbol))
    if asset.kind is AssetClass.CRYPTO:
        coin = asset.symbol.partition("/")[0]
        text = f"insufficient balance for {coin} (requested: {format_decimal(requested)}, available: "
        raise errors.forbidden(
            text + f"{format_decimal(available)})",
            available=format_decimal(available),
            balance=format_decimal(existing),
            symbol=asset.position_symbol,
        )
    against = "sell" if buying else "buy"
    holders = [o.id for o in state.working_against(asset, against) if o.intent.endswith("_to_close")]
    raise errors.insufficient_quantity(
        asset.position_symbol, requested, available=available, existing=existing, orders=holders
    )


def _check_short(state: State, draft: Draft, asset: Asset) -> None:
    if asset.kind is AssetClass.OPTION:
        check_written(state, asset, draft.terms.quantity or ZERO)
        return
    if state.configuration["no_shorting"] or not state.settings.shorting:
        raise errors.forbidden("account is not allowed to short")
    if not asset.details.shortable:
        raise errors.unprocessable(f'asset "{asset.symbol}" cannot be sold short')


def check_written(state: State, asset: Asset, quantity: Decimal) -> None:
    """Check that a written call is covered by shares."""
    contract = asset.contract
    if contract.type is not OptionType.CALL:
        return
    underlying = state.assets.find(contract.underlying)
    required = quantity * contract.multiplier
    written = sum(
        (
            max(-book.position.quantity, ZERO) * contract.multiplier
            for symbol, book in state.books.items()
            if _call_on(symbol, contract.underlying, state)
        ),
        ZERO,
    )
    available = max(state.closable(contract.underlying, buying=False) - written, ZERO)
    if required > available:
        raise errors.covered_call(asset.symbol, required, available, underlying.id if underlying else "")


def _call_on(symbol: str, underlying: str, state: State) -> bool:
    asset = state.assets.find(symbol)
    if asset is None or asset.kind is not AssetClass.OPTION:
        return False
    return asset.contract.underlying == underlying and asset.contract.type is OptionType.CALL


def refused(state: State, refusal: Refusal, draft: Draft, asset: Asset, cost: Decimal) -> errors.ApiError:
    """Return the exchange's refusal in Alpaca's words."""
    match refusal.reason:
        case StateReason.INSUFFICIENT_BUYING_POWER:
            return errors.insufficient_buying_power(buying_power(state), cost)
        case StateReason.INSUFFICIENT_POSITION:
            try:
                check_closable(state, draft, asset)
            except errors.ApiError as error:
                return error
        case StateReason.NOT_SHORTABLE:
            return errors.forbidden("account is not allowed to short")
        case StateReason.QUANTITY_INVALID:
            return errors.invalid(refusal.message)
        case StateReason.MARKET_CLOSED if draft.terms.time_in_force == "opg":
            return errors.unprocessable("opg orders are only accepted between 7:00pm and 9:28am")
    return errors.unprocessable(refusal.message)


def buying_power(state: State) -> Decimal:
    """Return what new orders may spend."""
    return state.exchange.account_state("sandbox").balances.buying_power
