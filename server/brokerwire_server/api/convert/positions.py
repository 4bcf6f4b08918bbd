"""Positions as messages."""

from brokerwire.v1 import positions_pb2
from brokerwire_server.api.convert.instruments import instrument_message
from brokerwire_server.api.convert.values import decimal_text, set_time
from brokerwire_server.domain.decimals import ZERO
from brokerwire_server.domain.positions import Valuation


def position_message(valuation: Valuation, *, broker: str, sequence: int) -> positions_pb2.Position:
    """Return a position at its latest price; what needs a price is absent where none is known."""
    position = valuation.position
    m = positions_pb2.Position(account_id=position.account_id, sequence=sequence, broker=broker)
    m.instrument.CopyFrom(instrument_message(position.instrument))
    m.currency_code = position.instrument.currency
    if position.closed:
        m.side = positions_pb2.POSITION_SIDE_FLAT
        m.closed = True
    elif position.quantity > ZERO:
        m.side = positions_pb2.POSITION_SIDE_LONG
    else:
        m.side = positions_pb2.POSITION_SIDE_SHORT
    m.quantity.value = decimal_text(position.quantity)
    m.available_quantity.value = decimal_text(abs(valuation.available_quantity))
    m.average_cost.value = decimal_text(position.average_cost)
    m.cost_basis.value = decimal_text(position.cost_basis)
    m.realized_profit_loss.value = decimal_text(position.realized_profit_loss)
    if position.update_time:
        set_time(m.update_time, position.update_time)
    if valuation.price_time:
        m.current_price.value = decimal_text(valuation.price)
        m.market_value.value = decimal_text(valuation.market_value)
        m.unrealized_profit_loss.value = decimal_text(valuation.unrealized_profit_loss)
        m.unrealized_profit_loss_percent.value = decimal_text(valuation.unrealized_profit_loss_percent)
        set_time(m.price_time, valuation.price_time)
    return m
