#pragma once

#include <brokerwire/records.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace brokerwire {

/// A loss-limiting exit.
struct StopLoss {
  std::optional<Decimal> stop_price{};
  std::optional<Decimal> limit_price{};
  std::optional<Decimal> trail_amount{};
  std::optional<Decimal> trail_percent{};
};

/// What a caller asks for: {.symbol = "AAPL", .side = brokerwire::buy, .quantity = "10", .limit_price = "187.50"}.
struct OrderRequest {
  /// Idempotency key; made if empty. The same id with the same content is the same order for ever, so it is safe to
  /// submit again after an error.
  std::string client_order_id{};
  /// "AAPL", "BTC/USD" or an OCC option symbol; `instrument` says it in full instead.
  std::string symbol{};
  std::optional<v1::Instrument> instrument{};
  Side side{};
  /// In units: shares, contracts, coins; `notional` is a size in money instead.
  std::optional<Decimal> quantity{};
  std::optional<Money> notional{};
  /// Follows from the prices unless it is set.
  OrderType type{};
  std::optional<Decimal> limit_price{};
  std::optional<Decimal> stop_price{};
  std::optional<Decimal> trail_amount{};
  std::optional<Decimal> trail_percent{};
  /// Day unless it is set.
  TimeInForce time_in_force{};
  bool extended_hours = false;
  /// Limit price of an exit that starts working when the order has filled.
  std::optional<Decimal> take_profit{};
  std::optional<StopLoss> stop_loss{};
  /// Follows from the exits and legs unless it is set; OCO must be said.
  OrderClass order_class{};
  std::vector<v1::OrderLeg> legs{};
  /// Echoed in the order and its events, and never sent to the broker.
  std::map<std::string, std::string> tags{};
  std::string account{};  ///< The client's own if empty.
};

/// Changes an open order; what is absent stays as it is.
struct ReplaceRequest {
  std::optional<Decimal> quantity{};  ///< The new total, what has filled included.
  std::optional<Decimal> limit_price{};
  std::optional<Decimal> stop_price{};
  std::optional<Decimal> trail_amount{};
  std::optional<Decimal> trail_percent{};
  std::optional<TimeInForce> time_in_force{};
  /// Only if the order still has this version; Conflict otherwise.
  std::optional<std::int64_t> expected_version{};
  /// Idempotency key of the replace; made if empty.
  std::string new_client_order_id{};
};

/// Which orders a list has. All conditions must hold; an empty one holds always.
struct OrderFilter {
  bool open_only = false;
  std::vector<OrderState> states{};
  std::vector<std::string> symbols{};
  std::vector<std::string> client_order_ids{};
  std::string parent_order_id{};
  bool oldest_first = false;
  int page_size = 0;  ///< How many are read at once; the gateway's default if zero.
  std::string account{};
};

/// Which fills a list has. All conditions must hold; an empty one holds always.
struct FillFilter {
  std::string order_id{};
  std::vector<std::string> symbols{};
  bool oldest_first = false;
  int page_size = 0;
  std::string account{};
};

/// Which positions a list has.
struct PositionFilter {
  std::vector<std::string> symbols{};
  int page_size = 0;
  std::string account{};
};

}  // namespace brokerwire
