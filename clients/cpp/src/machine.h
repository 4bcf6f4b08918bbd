#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backoff.h"
#include "controls.h"
#include "failures.h"

namespace brokerwire::detail {

/// One message of a connection. An item without content is of a kind that is newer than this library.
template <class E, class S>
struct Batch {
  using Item = std::variant<std::monostate, E, Snapshot<S>, v1::StreamControl>;
  std::vector<Item> items;
  std::string token;
};

/// What a sequence counts within: an account, or an account and a symbol.
using Place = std::pair<std::string, std::string>;

/// What the kinds of streams differ in.
template <class E>
struct Rules {
  const char* name;
  Place (*place)(const E&);
  /// Events of one sequence may come twice with news: absolute states, valued anew.
  bool repeats = false;
};

/// Whether another connection can help after that. A stream that was open also goes on after what passes with time.
bool passes(const Failure& failure, bool was_open);

/// A resumable stream free of any input and output: batches and failures in, items and decisions out. It is the state
/// of one stream over all its connections.
template <class E, class S>
class Machine {
 public:
  using Duration = std::chrono::nanoseconds;
  using Item = StreamItem<E, S>;

  explicit Machine(Rules<E> rules) : rules_(rules) {}

  /// Items received and not taken yet.
  std::deque<Item> ready;
  /// Where to resume once all that is ready has been taken.
  std::string token;

  /// Begins the next connection.
  void connecting() {
    opened_ = false;
    goodbye_.reset();
    batches_ = 0;
  }

  /// The time without any message after which the connection is dead, whatever the transport says.
  Duration silence() const { return opened_ ? heartbeat_ * 5 / 2 : opening; }

  /// Takes one message of the connection.
  void feed(Batch<E, S> batch) {
    ++batches_;
    for (auto& item : batch.items) {
      if (auto* control = std::get_if<v1::StreamControl>(&item)) {
        take(*control);
      } else if (auto* snapshot = std::get_if<Snapshot<S>>(&item)) {
        begin_snapshot();
        ready.push_back(std::move(*snapshot));
      } else if (auto* event = std::get_if<E>(&item)) {
        take(std::move(*event));
      }
    }
    if (!batch.token.empty()) token = std::move(batch.token);
    if (batches_ > 1) backoff_.reset();  // a gateway that falls after its first message has not come back
  }

  /// The connection was silent for too long. Returns the time to wait before the next.
  Duration muted() { return lost(failure(grpc::StatusCode::UNAVAILABLE, "", "the stream went silent")); }

  /// The gateway ended the connection with OK. Returns the time to wait before the next.
  Duration ended() {
    if (!goodbye_) {
      return lost(failure(grpc::StatusCode::UNAVAILABLE, "", "the stream ended without a goodbye"));
    }
    return *goodbye_ > Duration::zero() ? jittered(*goodbye_ * 2) : backoff_.delay();
  }

  /// The connection failed. Returns the time to wait before the next; throws the failure when another connection would
  /// not help.
  Duration failed(const Failure& failure) {
    if (!passes(failure, connections_ > 0)) failure.raise();
    return lost(failure);
  }

  /// What a Reset means to a reader of events alone: events were lost.
  Failure gap(const Reset& reset) const {
    return failure(grpc::StatusCode::OUT_OF_RANGE, reason_name(v1::ERROR_REASON_RESUME_TOKEN_EXPIRED),
                   std::string(rules_.name) + " could not go on where it was (" + name(reset.cause) +
                       "): read what you need anew; the stream goes on, and its items would have had a snapshot");
  }

 private:
  static constexpr Duration default_heartbeat = std::chrono::seconds(15);
  /// Limit for the first message, which the gateway sends at once.
  static constexpr Duration opening = std::chrono::seconds(10);

  void take(E event) {
    const auto [seen, fresh] = seen_.try_emplace(rules_.place(event), event.sequence);
    if (!fresh && (event.sequence < seen->second || (event.sequence == seen->second && !rules_.repeats))) return;
    seen->second = event.sequence;
    ready.push_back(std::move(event));
  }

  void take(const v1::StreamControl& message) {
    std::optional<Control> control = read_control(message);
    if (!control) return;
    if (const auto* opened = std::get_if<Opened>(&*control)) {
      open(*opened);
    } else if (std::holds_alternative<Reset>(*control)) {
      start_over();
    } else if (std::holds_alternative<SnapshotEnd>(*control)) {
      begin_snapshot();
    } else if (const auto* goodbye = std::get_if<Goodbye>(&*control)) {
      goodbye_ = goodbye->reconnect_after;
    }
    std::visit([this](auto& item) { ready.push_back(std::move(item)); }, *control);
  }

  void open(const Opened& opened) {
    if (opened.mode != v1::STREAM_MODE_RESUMED) began_snapshot_ = false;  // otherwise one that was cut goes on
    if (connections_ > 0 && token.empty()) {
      start_over();
      ready.push_back(Reset{});
    }
    ++connections_;
    opened_ = true;
    if (opened.heartbeat > Duration::zero()) heartbeat_ = opened.heartbeat;
  }

  void start_over() {
    seen_.clear();
    began_snapshot_ = false;
  }

  void begin_snapshot() {
    if (!began_snapshot_) ready.push_back(SnapshotBegin{});
    began_snapshot_ = true;
  }

  Duration lost(const Failure& failure) {
    const Duration delay = std::max(backoff_.delay(), failure.retry_after.value_or(Duration::zero()));
    ready.push_back(Disconnected{failure, delay});
    return delay;
  }

  Rules<E> rules_;
  bool opened_ = false;  // the present connection has said hello
  Duration heartbeat_ = default_heartbeat;
  std::optional<Duration> goodbye_;
  Backoff backoff_;
  int connections_ = 0;
  int batches_ = 0;
  bool began_snapshot_ = false;
  std::map<Place, std::int64_t> seen_;
};

}  // namespace brokerwire::detail
