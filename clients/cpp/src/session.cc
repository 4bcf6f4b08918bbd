#include "brokerwire/session.h"

#include "reading.h"
#include "session_state.h"
#include "writing.h"

namespace brokerwire {
namespace {

using detail::Command;
using detail::Outcome;
using detail::SessionState;

/// What the gateway's word on a command comes to. Throws the command's Error.
template <class T, class Read>
T value_of(Outcome& outcome, const std::string& client_order_id, const Read& read) {
  if (const auto* lost = std::get_if<Failure>(&outcome)) lost->raise();
  auto& result = std::get<v1::OrderResult>(outcome);
  if (result.has_error()) detail::from_command_error(result.error(), client_order_id).raise();
  return detail::concerning(client_order_id, [&] { return read(result); });
}

/// Makes a command and puts it out. Whatever fails goes into the future.
template <class T, class Write, class Read>
Pending<T> put(SessionState* state, const std::string& id, const Write& write, const Read& read) {
  const auto promise = std::make_shared<std::promise<T>>();
  Pending<T> pending{id, promise->get_future()};
  const auto settle = [promise, id, read](Outcome outcome) {
    try {
      promise->set_value(value_of<T>(outcome, id, read));
    } catch (...) {
      promise->set_exception(std::current_exception());
    }
  };
  try {
    detail::concerning(id, [&] {
      v1::OrderCommand message;
      write(&message);
      state->put(std::move(message), Command{id, settle});
    });
  } catch (const Error&) {
    promise->set_exception(std::current_exception());
  }
  return pending;
}

}  // namespace

OrderSession::OrderSession(std::shared_ptr<detail::Connection> connection)
    : state_(std::make_unique<SessionState>(std::move(connection))) {}
OrderSession::OrderSession(OrderSession&&) noexcept = default;
OrderSession& OrderSession::operator=(OrderSession&&) noexcept = default;
OrderSession::~OrderSession() = default;

Pending<Order> OrderSession::submit(OrderRequest request) {
  if (request.client_order_id.empty()) request.client_order_id = detail::new_id();
  const auto write = [&](v1::OrderCommand* m) {
    *m->mutable_submit() = detail::write_order(request);
    m->mutable_submit()->set_account_id(state_->connection().account_or_default(request.account));
  };
  const auto read = [](v1::OrderResult& m) { return detail::read_submitted(std::move(*m.mutable_submit())); };
  return put<Order>(state_.get(), request.client_order_id, write, read);
}

Pending<Replacement> OrderSession::replace(const OrderKey& key, ReplaceRequest request) {
  if (request.new_client_order_id.empty()) request.new_client_order_id = detail::new_id();
  const auto write = [&](v1::OrderCommand* m) {
    *m->mutable_replace() = detail::write_replace(key, request);
    m->mutable_replace()->set_account_id(state_->connection().account_or_default(key.account));
  };
  const auto read = [](v1::OrderResult& m) { return detail::read_replaced(std::move(*m.mutable_replace())); };
  return put<Replacement>(state_.get(), request.new_client_order_id, write, read);
}

Pending<Cancellation> OrderSession::cancel(const OrderKey& key) {
  const auto write = [&](v1::OrderCommand* m) {
    detail::write_key(key, m->mutable_cancel());
    m->mutable_cancel()->set_account_id(state_->connection().account_or_default(key.account));
  };
  const auto read = [](v1::OrderResult& m) { return detail::read_canceled(std::move(*m.mutable_cancel())); };
  return put<Cancellation>(state_.get(), key.client_order_id, write, read);
}

void OrderSession::close() { state_->close(); }

}  // namespace brokerwire
