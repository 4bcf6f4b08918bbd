#pragma once

#include <brokerwire/requests.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>

namespace brokerwire {

/// What a command will have come to.
template <class T>
struct Pending {
  /// Idempotency key of the command; for a cancel, the order's if it was named by it.
  std::string client_order_id;
  std::future<T> result;

  /// Waits for the result. Throws the command's Error.
  T get() { return result.get(); }
};

namespace detail {
class Connection;
class SessionState;
}  // namespace detail

/// The fast door for many orders: commands go out in batches, and each method returns at once. The rules are those of
/// the client's methods of the same names. It may be used from any thread.
///
/// When the connection breaks, a command without a result fails with SessionClosed and `sent` unknown: open another
/// session and submit the same content with the same client_order_id.
class OrderSession {
 public:
  explicit OrderSession(std::shared_ptr<detail::Connection> connection);
  OrderSession(OrderSession&&) noexcept;
  OrderSession& operator=(OrderSession&&) noexcept;
  /// Closes it.
  ~OrderSession();

  Pending<Order> submit(OrderRequest request);
  Pending<Replacement> replace(const OrderKey& key, ReplaceRequest request);
  Pending<Cancellation> cancel(const OrderKey& key);

  /// Waits for the results that are due, up to the client's timeout, and ends the session.
  void close();

 private:
  std::unique_ptr<detail::SessionState> state_;
};

}  // namespace brokerwire
