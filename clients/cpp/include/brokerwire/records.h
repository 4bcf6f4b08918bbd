#pragma once

#include <brokerwire/decimal.h>
#include <brokerwire/enums.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace brokerwire {

/// A time in UTC, to the nanosecond.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Names an order: by order_id or, found even after a lost answer, by client_order_id.
struct OrderKey {
  std::string order_id{};
  std::string client_order_id{};
  std::string account{};  ///< The client's own if empty.
};

/// One logical order, as the gateway knows it. Quantities are in units, prices per unit. An absent decimal means that
/// there is none, or that the broker does not say.
struct Order {
  std::string order_id;
  std::string account_id;
  std::string client_order_id;  ///< The caller's id and the idempotency key. Empty for an adopted order that has none.
  std::int64_t version = 0;     ///< Rises by one with every change of the order.
  std::int64_t sequence = 0;    ///< The account's journal sequence of the last change.
  OrderState state{};
  bool terminal = false;  ///< Whether it is over. Decide by this, not by a list of states.
  std::string symbol;     ///< Empty for a multi-leg order.
  Side side{};
  OrderType type{};
  TimeInForce time_in_force{};
  OrderClass order_class{};
  std::optional<Decimal> quantity;  ///< The total; absent for a notional order until the broker names it.
  Decimal filled_quantity;
  std::optional<Decimal> remaining_quantity;
  std::optional<Decimal> average_fill_price;
  std::optional<Money> notional;
  std::optional<Decimal> limit_price;
  std::optional<Decimal> stop_price;
  std::optional<Decimal> trail_amount;
  std::optional<Decimal> trail_percent;  ///< 1.5 means 1.5 %.
  StateReason state_reason{};
  std::string broker_message;
  std::string parent_order_id;
  std::string replaces_order_id;
  std::string replaced_by_order_id;
  std::map<std::string, std::string> tags;
  std::optional<Time> create_time;
  std::optional<Time> update_time;
  bool deduplicated = false;    ///< After a submit: the gateway knew the client_order_id, so nothing was sent.
  std::vector<Order> children;  ///< After a submit: the exits of a group.
  /// The message that it was read from, with every field.
  std::shared_ptr<const v1::Order> raw;

  OrderKey key() const { return {.order_id = order_id, .account = account_id}; }
};

/// One execution, or its bust or correction. Immutable.
struct Fill {
  std::string fill_id;
  std::string account_id;
  std::string order_id;
  std::string client_order_id;
  std::string symbol;
  Side side{};
  Decimal quantity;
  Decimal price;
  FillKind kind{};
  std::string refers_to_fill_id;  ///< The fill that a bust or a correction speaks of.
  std::int64_t sequence = 0;
  std::optional<Time> execution_time;
  std::optional<Money> commission;
  std::shared_ptr<const v1::Fill> raw;
};

/// One change of one order. account_id and sequence name it for ever.
struct OrderEvent {
  std::string account_id;
  std::int64_t sequence = 0;
  OrderEventType type{};
  Order order;               ///< The whole order after the event.
  std::optional<Fill> fill;  ///< Present if type says so.
  std::optional<Time> time;
  std::string reason;
};

/// What an account holds of one instrument.
struct Position {
  std::string account_id;
  std::string symbol;
  PositionSide side{};
  Decimal quantity;  ///< Below zero for a short position.
  std::optional<Decimal> average_cost;
  std::optional<Decimal> current_price;
  std::optional<Decimal> market_value;
  std::optional<Decimal> unrealized_profit_loss;
  std::optional<Decimal> realized_profit_loss;
  std::int64_t sequence = 0;
  bool closed = false;  ///< The account held it and holds it no more.
  std::shared_ptr<const v1::Position> raw;
};

/// A change of a position, as the whole position after it.
struct PositionEvent {
  std::string account_id;
  std::int64_t sequence = 0;
  Position position;
  bool conflated = false;  ///< Earlier changes were skipped, because the reader was slow.
};

/// One entry of an account's journal, the record that everything else is computed from.
struct Event {
  std::string account_id;
  std::int64_t sequence = 0;
  EventType type{};
  std::shared_ptr<const v1::Event> raw;  ///< With the payload.
};

/// What became of a replace. A refusal, as outcome, is no error: the order goes on as it was.
struct Replacement {
  Order order;                    ///< The one now in force.
  std::optional<Order> previous;  ///< The superseded one, where the broker cancels and replaces.
  ActionOutcome outcome{};
  bool deduplicated = false;
};

/// What became of a cancel. A refusal, as outcome, is no error; look at the order, it may have filled.
struct Cancellation {
  Order order;
  ActionOutcome outcome{};
};

}  // namespace brokerwire
