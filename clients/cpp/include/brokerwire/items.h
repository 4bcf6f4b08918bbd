#pragma once

#include <brokerwire/errors.h>
#include <brokerwire/records.h>

#include <variant>

namespace brokerwire {

/// The state of one thing, between SnapshotBegin and SnapshotEnd.
template <class State>
struct Snapshot {
  State value;
};

/// A snapshot follows. Collect it beside what you hold; an earlier one that was cut off is void.
struct SnapshotBegin {};

/// The snapshot is complete. Swap what you hold for it now.
struct SnapshotEnd {
  std::int64_t item_count = 0;
};

/// A connection of the stream is up, the first or a later one.
struct Opened {
  std::string stream_id;
  std::string journal_epoch;
  StreamMode mode{};
  std::chrono::nanoseconds heartbeat{};
  std::vector<v1::AccountSync> accounts;
  std::vector<std::string> unreachable;
};

/// Nothing happened; so fresh is the gateway's picture.
struct Heartbeat {
  std::vector<v1::AccountSync> accounts;
};

/// Everything so far has been delivered; live from here on.
struct CaughtUp {};

/// This reader is slow. Nothing is lost; CaughtUp ends it.
struct FellBehind {
  std::int64_t pending_count = 0;
};

/// The feed from a broker had a gap, which is opened, reconciled or unrecoverable.
struct SourceGap {
  std::string account_id;
  SourceGapPhase phase{};
  std::optional<Time> from;
  std::optional<Time> to;
  std::int64_t recovered_event_count = 0;
  std::string detail;
};

/// The stream starts over. Discard what you hold, a snapshot follows. An unspecified cause means that the connection
/// broke before the stream had a token to resume by.
struct Reset {
  ResetCause cause{};
};

/// This reader is close to its limit.
struct SlowWarning {
  std::int64_t queued_count = 0;
  std::int64_t limit_count = 0;
};

/// The gateway ended the connection in good order; the stream connects again by itself.
struct Goodbye {
  std::string reason;
  std::chrono::nanoseconds reconnect_after{};
};

/// The connection is gone; the stream connects again by itself.
struct Disconnected {
  Failure error;
  std::chrono::nanoseconds retry_in{};
};

/// What a stream delivers: events, snapshots, and what it says about itself.
template <class Event, class State>
using StreamItem = std::variant<Event, Snapshot<State>, Opened, SnapshotBegin, SnapshotEnd, Heartbeat, CaughtUp,
                                FellBehind, SourceGap, Reset, SlowWarning, Goodbye, Disconnected>;

/// Makes one visitor of several lambdas: std::visit(overloaded{[](const OrderEvent&) {}, [](const auto&) {}}, item).
template <class... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace brokerwire
