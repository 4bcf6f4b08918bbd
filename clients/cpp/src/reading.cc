#include "reading.h"

#include "failures.h"

namespace brokerwire::detail {
namespace {

Decimal read_decimal(const v1::Decimal& value, const char* field) {
  try {
    return Decimal(value.value());
  } catch (const Error& error) {
    const std::string problem = std::string("the gateway sent what is no decimal: ") + field + " " + error.message;
    failure(grpc::StatusCode::INTERNAL, "", problem).raise();
  }
}

Decimal required(bool present, const v1::Decimal& value, const char* field) {
  if (!present) left_out(field).raise();
  return read_decimal(value, field);
}

std::optional<Decimal> optional(bool present, const v1::Decimal& value, const char* field) {
  if (!present) return std::nullopt;
  return read_decimal(value, field);
}

std::optional<Money> read_money(bool present, const v1::Money& money, const char* field) {
  if (!present) return std::nullopt;
  return Money{required(money.has_amount(), money.amount(), field), money.currency_code()};
}

std::optional<Time> when(bool present, const google::protobuf::Timestamp& time) {
  if (!present) return std::nullopt;
  return read_time(time);
}

void read_prices(const v1::Order& m, Order* order) {
  order->quantity = optional(m.has_quantity(), m.quantity(), "order.quantity");
  order->filled_quantity = required(m.has_filled_quantity(), m.filled_quantity(), "order.filled_quantity");
  order->remaining_quantity = optional(m.has_remaining_quantity(), m.remaining_quantity(), "order.remaining_quantity");
  order->average_fill_price = optional(m.has_average_fill_price(), m.average_fill_price(), "order.average_fill_price");
  order->notional = read_money(m.has_notional(), m.notional(), "order.notional");
  order->limit_price = optional(m.has_limit_price(), m.limit_price(), "order.limit_price");
  order->stop_price = optional(m.has_stop_price(), m.stop_price(), "order.stop_price");
  order->trail_amount = optional(m.has_trail_amount(), m.trail_amount(), "order.trail_amount");
  order->trail_percent = optional(m.has_trail_percent(), m.trail_percent(), "order.trail_percent");
}

}  // namespace

Failure left_out(const std::string& field) {
  return failure(grpc::StatusCode::INTERNAL, "", "the gateway left " + field + " out, which the contract always sets");
}

Time read_time(const google::protobuf::Timestamp& time) {
  return Time(std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanos()));
}

std::chrono::nanoseconds read_duration(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) + std::chrono::nanoseconds(duration.nanos());
}

Order read_order(v1::Order message) {
  const auto raw = std::make_shared<const v1::Order>(std::move(message));
  const v1::Order& m = *raw;
  Order order;
  order.order_id = m.order_id();
  order.account_id = m.account_id();
  order.client_order_id = m.client_order_id();
  order.version = m.version();
  order.sequence = m.sequence();
  order.state = m.state();
  order.terminal = m.terminal();
  order.symbol = m.instrument().symbol();
  order.side = m.side();
  order.type = m.type();
  order.time_in_force = m.time_in_force();
  order.order_class = m.order_class();
  read_prices(m, &order);
  order.state_reason = m.state_reason();
  order.broker_message = m.broker_message();
  order.parent_order_id = m.parent_order_id();
  order.replaces_order_id = m.replaces_order_id();
  order.replaced_by_order_id = m.replaced_by_order_id();
  order.tags = {m.tags().begin(), m.tags().end()};
  order.create_time = when(m.has_create_time(), m.create_time());
  order.update_time = when(m.has_update_time(), m.update_time());
  order.raw = raw;
  return order;
}

Fill read_fill(v1::Fill message) {
  const auto raw = std::make_shared<const v1::Fill>(std::move(message));
  const v1::Fill& m = *raw;
  Fill fill;
  fill.fill_id = m.fill_id();
  fill.account_id = m.account_id();
  fill.order_id = m.order_id();
  fill.client_order_id = m.client_order_id();
  fill.symbol = m.instrument().symbol();
  fill.side = m.side();
  fill.quantity = required(m.has_quantity(), m.quantity(), "fill.quantity");
  fill.price = required(m.has_price(), m.price(), "fill.price");
  fill.kind = m.kind();
  fill.refers_to_fill_id = m.refers_to_fill_id();
  fill.sequence = m.sequence();
  fill.execution_time = when(m.has_execution_time(), m.execution_time());
  fill.commission = read_money(m.has_commission(), m.commission(), "fill.commission");
  fill.raw = raw;
  return fill;
}

OrderEvent read_order_event(v1::OrderEvent m) {
  if (!m.has_order()) left_out("event.order").raise();
  OrderEvent event;
  event.account_id = m.account_id();
  event.sequence = m.sequence();
  event.type = m.type();
  event.order = read_order(std::move(*m.mutable_order()));
  if (m.has_fill()) event.fill = read_fill(std::move(*m.mutable_fill()));
  event.time = when(m.has_time(), m.time());
  event.reason = m.reason();
  return event;
}

Position read_position(v1::Position message) {
  const auto raw = std::make_shared<const v1::Position>(std::move(message));
  const v1::Position& m = *raw;
  Position position;
  position.account_id = m.account_id();
  position.symbol = m.instrument().symbol();
  position.side = m.side();
  position.quantity = required(m.has_quantity(), m.quantity(), "position.quantity");
  position.average_cost = optional(m.has_average_cost(), m.average_cost(), "position.average_cost");
  position.current_price = optional(m.has_current_price(), m.current_price(), "position.current_price");
  position.market_value = optional(m.has_market_value(), m.market_value(), "position.market_value");
  position.unrealized_profit_loss =
      optional(m.has_unrealized_profit_loss(), m.unrealized_profit_loss(), "position.unrealized_profit_loss");
  position.realized_profit_loss =
      optional(m.has_realized_profit_loss(), m.realized_profit_loss(), "position.realized_profit_loss");
  position.sequence = m.sequence();
  position.closed = m.closed();
  position.raw = raw;
  return position;
}

PositionEvent read_position_event(v1::PositionEvent m) {
  if (!m.has_position()) left_out("event.position").raise();
  return {m.account_id(), m.sequence(), read_position(std::move(*m.mutable_position())), m.conflated()};
}

Event read_event(v1::Event message) {
  const auto raw = std::make_shared<const v1::Event>(std::move(message));
  return {raw->account_id(), raw->sequence(), raw->type(), raw};
}

namespace {

/// An answer of a mutation that the contract does not allow: it may have been carried out.
template <class Answer, class Read>
auto of_mutation(Answer& answer, Read read) {
  const std::string client_order_id = answer.order().client_order_id();
  try {
    if (!answer.has_order()) left_out("order").raise();
    return read(answer);
  } catch (const Error& error) {
    Failure failure = error;
    failure.sent = Sent::unknown;
    failure.client_order_id = client_order_id;
    failure.raise();
  }
}

}  // namespace

Order read_submitted(v1::SubmitOrderResponse answer) {
  return of_mutation(answer, [](v1::SubmitOrderResponse& a) {
    Order order = read_order(std::move(*a.mutable_order()));
    order.deduplicated = a.deduplicated();
    for (v1::Order& child : *a.mutable_children()) order.children.push_back(read_order(std::move(child)));
    return order;
  });
}

Replacement read_replaced(v1::ReplaceOrderResponse answer) {
  return of_mutation(answer, [](v1::ReplaceOrderResponse& a) {
    Replacement result;
    result.order = read_order(std::move(*a.mutable_order()));
    if (a.has_previous()) result.previous = read_order(std::move(*a.mutable_previous()));
    result.outcome = a.outcome();
    result.deduplicated = a.deduplicated();
    return result;
  });
}

Cancellation read_canceled(v1::CancelOrderResponse answer) {
  return of_mutation(answer, [](v1::CancelOrderResponse& a) {
    return Cancellation{read_order(std::move(*a.mutable_order())), a.outcome()};
  });
}

}  // namespace brokerwire::detail
