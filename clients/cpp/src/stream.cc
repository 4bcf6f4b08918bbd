#include "brokerwire/stream.h"

#include "stream_state.h"

namespace brokerwire {
namespace {

/// Never, for what can be waited for.
constexpr auto never = detail::Clock::time_point::max();

detail::Clock::time_point in(std::chrono::nanoseconds timeout) {
  const auto now = detail::Clock::now();
  return timeout < never - now ? now + timeout : never;
}

}  // namespace

template <class E, class S>
Stream<E, S>::Stream(std::unique_ptr<detail::StreamState<E, S>> state) : state_(std::move(state)) {}

template <class E, class S>
Stream<E, S>::Stream(Stream&&) noexcept = default;

template <class E, class S>
Stream<E, S>& Stream<E, S>::operator=(Stream&&) noexcept = default;

template <class E, class S>
Stream<E, S>::~Stream() = default;

template <class E, class S>
std::optional<StreamItem<E, S>> Stream<E, S>::next() {
  return state_->next(never);
}

template <class E, class S>
std::optional<StreamItem<E, S>> Stream<E, S>::next(std::chrono::nanoseconds timeout) {
  return state_->next(in(timeout));
}

template <class E, class S>
std::optional<E> Stream<E, S>::next_event() {
  return state_->next_event(never);
}

template <class E, class S>
std::optional<E> Stream<E, S>::next_event(std::chrono::nanoseconds timeout) {
  return state_->next_event(in(timeout));
}

template <class E, class S>
const std::string& Stream<E, S>::token() const {
  return state_->token();
}

template <class E, class S>
void Stream<E, S>::close() {
  state_->close();
}

template <class E, class S>
bool Stream<E, S>::closed() const {
  return state_->closed();
}

template class Stream<OrderEvent, Order>;
template class Stream<PositionEvent, Position>;
template class Stream<Event, NoState>;

}  // namespace brokerwire
