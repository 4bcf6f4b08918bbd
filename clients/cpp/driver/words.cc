#include "words.h"

using namespace brokerwire;

namespace {

Json decimal(const Decimal& value) { return text(value.text()); }
Json decimal(const std::optional<Decimal>& value) { return value ? decimal(*value) : null(); }

Json of_kind(const char* kind, std::vector<std::pair<std::string, Json>> fields = {}) {
  fields.emplace_back("kind", text(kind));
  return object(std::move(fields));
}

Json describe_one(const OrderEvent& event) {
  std::vector<std::pair<std::string, Json>> fields = {
      {"account_id", text(event.account_id)},
      {"sequence", number(static_cast<double>(event.sequence))},
      {"type", text(name(event.type))},
      {"order", describe(event.order)},
  };
  if (event.fill) {
    fields.emplace_back("fill", object({{"fill_id", text(event.fill->fill_id)},
                                        {"order_id", text(event.fill->order_id)},
                                        {"quantity", decimal(event.fill->quantity)},
                                        {"price", decimal(event.fill->price)},
                                        {"kind", text(name(event.fill->kind))}}));
  }
  return of_kind("event", std::move(fields));
}

Json describe_one(const PositionEvent& event) {
  return of_kind("event", {{"account_id", text(event.account_id)},
                           {"sequence", number(static_cast<double>(event.sequence))},
                           {"position", describe(event.position)},
                           {"conflated", yes_or_no(event.conflated)}});
}

Json describe_one(const Event& event) {
  return of_kind("event", {{"account_id", text(event.account_id)},
                           {"sequence", number(static_cast<double>(event.sequence))},
                           {"type", text(name(event.type))}});
}

Json describe_one(const Snapshot<Order>& s) { return of_kind("snapshot", {{"order", describe(s.value)}}); }
Json describe_one(const Snapshot<Position>& s) { return of_kind("snapshot", {{"position", describe(s.value)}}); }
Json describe_one(const Snapshot<NoState>&) { return of_kind("snapshot"); }
Json describe_one(const Opened& o) { return of_kind("opened", {{"mode", text(name(o.mode))}}); }
Json describe_one(const SnapshotBegin&) { return of_kind("snapshot_begin"); }
Json describe_one(const SnapshotEnd& s) {
  return of_kind("snapshot_end", {{"item_count", number(static_cast<double>(s.item_count))}});
}
Json describe_one(const Heartbeat&) { return of_kind("heartbeat"); }
Json describe_one(const CaughtUp&) { return of_kind("caught_up"); }
Json describe_one(const FellBehind&) { return of_kind("fell_behind"); }
Json describe_one(const SourceGap& g) { return of_kind("source_gap", {{"phase", text(name(g.phase))}}); }
Json describe_one(const Reset& r) { return of_kind("reset", {{"cause", text(name(r.cause))}}); }
Json describe_one(const SlowWarning&) { return of_kind("slow_warning"); }
Json describe_one(const Goodbye& g) { return of_kind("goodbye", {{"reason", text(g.reason)}}); }
Json describe_one(const Disconnected& d) { return of_kind("disconnected", {{"error", describe(d.error)}}); }

/// Reads a decimal as a user of the client would.
std::optional<Decimal> decimal_of(const Json& given, const char* key) {
  if (find(given, key) == nullptr) return std::nullopt;
  return Decimal(text_of(given, key));
}

}  // namespace

Json describe(const OrderStream::Item& item) {
  return std::visit([](const auto& one) { return describe_one(one); }, item);
}
Json describe(const PositionStream::Item& item) {
  return std::visit([](const auto& one) { return describe_one(one); }, item);
}
Json describe(const EventStream::Item& item) {
  return std::visit([](const auto& one) { return describe_one(one); }, item);
}

Json describe(const Order& o) {
  std::vector<Json> children;
  for (const Order& child : o.children) children.push_back(describe(child));
  return object({{"order_id", text(o.order_id)},
                 {"client_order_id", text(o.client_order_id)},
                 {"account_id", text(o.account_id)},
                 {"version", number(static_cast<double>(o.version))},
                 {"sequence", number(static_cast<double>(o.sequence))},
                 {"state", text(name(o.state))},
                 {"terminal", yes_or_no(o.terminal)},
                 {"symbol", text(o.symbol)},
                 {"side", text(name(o.side))},
                 {"type", text(name(o.type))},
                 {"quantity", decimal(o.quantity)},
                 {"filled_quantity", decimal(o.filled_quantity)},
                 {"remaining_quantity", decimal(o.remaining_quantity)},
                 {"average_fill_price", decimal(o.average_fill_price)},
                 {"limit_price", decimal(o.limit_price)},
                 {"stop_price", decimal(o.stop_price)},
                 {"state_reason", text(name(o.state_reason))},
                 {"parent_order_id", text(o.parent_order_id)},
                 {"replaces_order_id", text(o.replaces_order_id)},
                 {"replaced_by_order_id", text(o.replaced_by_order_id)},
                 {"deduplicated", yes_or_no(o.deduplicated)},
                 {"children", list(std::move(children))}});
}

Json describe(const Position& p) {
  return object({{"account_id", text(p.account_id)},
                 {"symbol", text(p.symbol)},
                 {"side", text(name(p.side))},
                 {"quantity", decimal(p.quantity)},
                 {"average_cost", decimal(p.average_cost)},
                 {"closed", yes_or_no(p.closed)}});
}

Json describe(const Failure& f) {
  std::vector<std::pair<std::string, Json>> metadata;
  for (const auto& [key, value] : f.metadata) metadata.emplace_back(key, text(value));
  return object({{"kind", text(f.kind_name())},
                 {"code", text(f.code_name())},
                 {"reason", text(f.reason)},
                 {"message", text(f.message)},
                 {"sent", text(f.sent == Sent::no ? "no" : "unknown")},
                 {"client_order_id", text(f.client_order_id)},
                 {"metadata", object(std::move(metadata))}});
}

OrderRequest order_request(const Json& given) {
  OrderRequest request;
  request.client_order_id = text_of(given, "client_order_id");
  request.symbol = text_of(given, "symbol");
  request.side = value_of<Side>(text_of(given, "side"));
  request.type = value_of<OrderType>(text_of(given, "type"));
  request.time_in_force = value_of<TimeInForce>(text_of(given, "time_in_force"));
  request.quantity = decimal_of(given, "quantity");
  request.limit_price = decimal_of(given, "limit_price");
  request.stop_price = decimal_of(given, "stop_price");
  request.take_profit = decimal_of(given, "take_profit");
  if (const auto stop = decimal_of(given, "stop_loss")) request.stop_loss = StopLoss{.stop_price = stop};
  if (const Json* tags = find(given, "tags")) {
    for (const auto& [key, value] : tags->struct_value().fields()) request.tags[key] = value.string_value();
  }
  return request;
}

ReplaceRequest replace_request(const Json& given) {
  ReplaceRequest request;
  request.quantity = decimal_of(given, "quantity");
  request.limit_price = decimal_of(given, "limit_price");
  if (find(given, "expected_version") != nullptr) {
    request.expected_version = static_cast<std::int64_t>(number_of(given, "expected_version", 0));
  }
  return request;
}
