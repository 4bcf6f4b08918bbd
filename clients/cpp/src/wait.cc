#include <thread>

#include "brokerwire/client.h"
#include "failures.h"

namespace brokerwire {
namespace {

/// A stream whose snapshot has the order, even if it has ended meanwhile.
OrderStreamOptions watching(const Order& order) {
  OrderStreamOptions options;
  options.stream.account = order.account_id;
  options.stream.terminal_since = order.create_time;
  if (order.sequence > 0) options.stream.min_sequences = {{order.account_id, order.sequence}};
  if (!order.client_order_id.empty()) options.client_order_ids = {order.client_order_id};
  return options;
}

/// The state of an order that an item tells, if it tells one.
const Order* told(const OrderStream::Item& item) {
  if (const auto* snapshot = std::get_if<Snapshot<Order>>(&item)) return &snapshot->value;
  if (const auto* event = std::get_if<OrderEvent>(&item)) return &event->order;
  return nullptr;
}

[[noreturn]] void expired(const Order& order) {
  Failure failure = detail::failure(grpc::StatusCode::DEADLINE_EXCEEDED, "",
                                    "order " + order.client_order_id + " is " + name(order.state) + " (" +
                                        order.filled_quantity.text() + " filled); it goes on");
  failure.client_order_id = order.client_order_id;
  throw WaitExpired(std::move(failure), order);
}

}  // namespace

Order Client::wait(Order order, const WaitOptions& options) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  const auto over = [&] { return order.terminal || (options.until && options.until(order)); };
  if (over()) return order;
  OrderStream stream = stream_orders(watching(order));
  const std::stop_callback given_up(options.stop, [&stream] { stream.close(); });
  for (bool seen = false;;) {
    const auto item = options.timeout ? stream.next(*options.timeout - (Clock::now() - begun)) : stream.next();
    if (!item && !stream.closed()) expired(order);
    if (!item) detail::failure(grpc::StatusCode::CANCELLED, "", "the wait was given up, or the client closed").raise();
    std::optional<Order> found;
    if (const Order* state = told(*item); state != nullptr && state->order_id == order.order_id) {
      found = *state;
    } else if (std::holds_alternative<SnapshotEnd>(*item) && !seen) {  // it ended before the snapshot's time
      found = this->order(order.key());
    }
    if (!found) continue;
    seen = true;
    if (found->version >= order.version) order = std::move(*found);
    if (over()) return order;
  }
}

}  // namespace brokerwire
