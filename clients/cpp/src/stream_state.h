#pragma once

#include <grpcpp/channel.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <variant>

#include "brokerwire/tokens.h"
#include "machine.h"

namespace brokerwire::detail {

using Clock = std::chrono::steady_clock;

/// How a connection of a stream ended: with OK if there is no failure.
struct End {
  std::optional<Failure> failure;
  /// An answer that the contract does not allow. Going on would leave a gap.
  bool unreadable = false;
};

/// What a stream needs from the world.
template <class E, class S>
struct Wiring {
  /// Takes one batch; false when the connection is to be left.
  using Take = std::function<bool(Batch<E, S>)>;
  /// Carries one connection out to its end: opens it at the token on that channel, and hands its batches on. It ends
  /// soon after a stop is requested.
  using Connect =
      std::function<End(std::stop_token, const std::shared_ptr<grpc::Channel>&, const std::string& token, const Take&)>;

  Connect connect;
  std::shared_ptr<grpc::Channel> channel;
  /// Makes another channel to the same place.
  std::function<std::shared_ptr<grpc::Channel>()> dial;
  std::shared_ptr<TokenStore> store;
  /// Ends the stream when the client is closed.
  std::stop_token client_closed;
};

/// One connection, read in a thread, a little ahead, so that its consumer can wait for several things.
template <class E, class S>
class Reader {
 public:
  using Arrival = std::variant<Batch<E, S>, End>;

  /// The mutex and the signal are the stream's.
  Reader(const Wiring<E, S>& wiring, std::shared_ptr<grpc::Channel> channel, std::string token, std::mutex& mutex,
         std::condition_variable_any& changed)
      : mutex_(mutex), changed_(changed) {
    thread_ =
        std::jthread([this, &wiring, channel = std::move(channel), token = std::move(token)](std::stop_token stop) {
          const auto take = [this, &stop](Batch<E, S> batch) { return put(stop, std::move(batch)); };
          put(stop, wiring.connect(stop, channel, token, take));
        });
  }

  /// Ends the connection; may be called from any thread.
  void cancel() { thread_.request_stop(); }

  /// What has arrived, under the mutex. There is room for one message, and the thread holds a second.
  std::optional<Arrival> arrived;
  /// When the last message arrived, be it taken or not.
  Clock::time_point last() const { return last_.load(); }

 private:
  bool put(const std::stop_token& stop, Arrival arrival) {
    last_ = Clock::now();
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !arrived; })) return false;
    arrived = std::move(arrival);
    changed_.notify_all();
    return true;
  }

  std::mutex& mutex_;
  std::condition_variable_any& changed_;
  std::atomic<Clock::time_point> last_{Clock::time_point{}};
  std::jthread thread_;  // the last member, so that it has ended before the others go
};

/// A stream's connections: everything that Machine leaves out.
template <class E, class S>
class StreamState {
 public:
  using Item = StreamItem<E, S>;

  StreamState(Rules<E> rules, Wiring<E, S> wiring)
      : machine_(rules),
        wiring_(std::move(wiring)),
        channel_(wiring_.channel),
        with_client_(wiring_.client_closed, [this] { close(); }) {}
  StreamState(const StreamState&) = delete;

  /// Nothing: the stream is closed, or the deadline has passed.
  std::optional<Item> next(Clock::time_point deadline) {
    while (machine_.ready.empty()) {
      if (broken_) std::rethrow_exception(broken_);
      if (closed()) {
        reader_gone();
        return std::nullopt;
      }
      if (!step(deadline)) return std::nullopt;
    }
    Item item = std::move(machine_.ready.front());
    machine_.ready.pop_front();
    return item;
  }

  std::optional<E> next_event(Clock::time_point deadline) {
    while (std::optional<Item> item = next(deadline)) {
      if (auto* event = std::get_if<E>(&*item)) return std::move(*event);
      if (const auto* reset = std::get_if<Reset>(&*item)) machine_.gap(*reset).raise();
    }
    return std::nullopt;
  }

  const std::string& token() const { return saved_; }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    if (reader_) reader_->cancel();
    changed_.notify_all();
  }

  bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  /// Where the present connection runs, for tests.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  /// What a consumer that was away gets to be handed what has arrived meanwhile.
  static constexpr auto grace = std::chrono::milliseconds(200);

  /// Goes on by one message, or one end of a connection. False: the deadline has passed.
  bool step(Clock::time_point deadline) {
    try {
      commit();
      return receive(deadline);
    } catch (...) {
      broken_ = std::current_exception();
      close();
      reader_gone();
      return true;
    }
  }

  /// Keeps the token: all that was received has been processed, or its consumer would not ask for more.
  void commit() {
    if (machine_.token == saved_) return;
    if (wiring_.store) wiring_.store->save(machine_.token);
    saved_ = machine_.token;
  }

  bool receive(Clock::time_point deadline) {
    if (!reader_) {
      if (!rest(deadline)) return false;
      open();
    }
    const Clock::time_point wake = std::max(Clock::now() + grace, last_sign() + machine_.silence());
    std::optional<typename Reader<E, S>::Arrival> got;
    {
      std::unique_lock lock(mutex_);
      if (closed_) return true;
      changed_.wait_until(lock, std::min(wake, deadline), [this] { return closed_ || reader_->arrived; });
      if (closed_) return true;
      got = std::exchange(reader_->arrived, std::nullopt);
      changed_.notify_all();
    }
    if (got) {
      handle(std::move(*got));
    } else if (Clock::now() < wake) {
      return false;
    } else if (Clock::now() >= last_sign() + machine_.silence()) {  // else the consumer was away, not the connection
      abandon();
    }
    return true;
  }

  void handle(typename Reader<E, S>::Arrival got) {
    quiet_since_ = Clock::now();
    if (auto* batch = std::get_if<Batch<E, S>>(&got)) {
      machine_.feed(std::move(*batch));
      return;
    }
    reader_gone();
    const End& end = std::get<End>(got);
    if (end.unreadable) end.failure->raise();
    not_before_ = Clock::now() + (end.failure ? machine_.failed(*end.failure) : machine_.ended());
  }

  /// The last message, or the opening of the connection.
  Clock::time_point last_sign() const { return reader_ ? std::max(reader_->last(), quiet_since_) : quiet_since_; }

  /// Waits until the next connection may be opened. False: the deadline has passed.
  bool rest(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, std::min(not_before_, deadline), [this] { return closed_; }) ||
           Clock::now() >= not_before_;
  }

  void open() {
    if (!started_ && wiring_.store) machine_.token = saved_ = wiring_.store->load();
    started_ = true;
    machine_.connecting();
    quiet_since_ = Clock::now();
    const std::lock_guard lock(mutex_);  // so that close() either comes first or finds the connection
    if (!closed_) reader_ = std::make_unique<Reader<E, S>>(wiring_, channel_, machine_.token, mutex_, changed_);
  }

  /// Leaves a silent connection. Its channel may be dead without knowing, and others share it, so the next has its own.
  void abandon() {
    reader_gone();
    channel_ = wiring_.dial();
    not_before_ = Clock::now() + machine_.muted();
  }

  /// Ends the connection, and waits for its thread.
  void reader_gone() {
    std::unique_ptr<Reader<E, S>> gone;
    {
      const std::lock_guard lock(mutex_);
      gone = std::move(reader_);
    }
  }

  Machine<E, S> machine_;
  Wiring<E, S> wiring_;
  std::shared_ptr<grpc::Channel> channel_;
  bool started_ = false;
  std::string saved_;
  std::exception_ptr broken_;
  Clock::time_point not_before_ = Clock::now();
  Clock::time_point quiet_since_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  bool closed_ = false;
  std::unique_ptr<Reader<E, S>> reader_;  // changed by the consumer alone

  std::stop_callback<std::function<void()>> with_client_;  // the last member: it must not find the others gone
};

}  // namespace brokerwire::detail
