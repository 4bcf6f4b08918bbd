#pragma once

#include <brokerwire/items.h>
#include <brokerwire/range.h>
#include <brokerwire/tokens.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace brokerwire {

/// How a stream starts; by default with a snapshot, then live.
struct StreamOptions {
  /// Only what happens from now on. For stream_events, otherwise from the oldest entry on.
  bool skip_snapshot = false;
  /// The longest silence, 1 s to 60 s; the gateway's 15 s if absent. After 2.5 times as long without any message the
  /// stream connects anew.
  std::optional<std::chrono::nanoseconds> heartbeat{};
  /// When a token cannot be honoured, fail with StreamGap instead of starting over with a snapshot.
  bool fail_on_gap = false;
  /// By account: the snapshot reflects at least these.
  std::map<std::string, std::int64_t> min_sequences{};
  /// Of order streams: the snapshot also has orders that ended at or after this time.
  std::optional<Time> terminal_since{};
  /// Where to go on after a restart of the program.
  std::shared_ptr<TokenStore> token_store{};
  /// The client's own, or all, if empty.
  std::string account{};
};

/// Which orders a stream is about. All conditions must hold; an empty one holds always.
struct OrderStreamOptions {
  StreamOptions stream{};
  std::vector<std::string> symbols{};
  std::vector<std::string> client_order_ids{};
  bool fills_only = false;  ///< Only events with a fill; the snapshot is then empty.
};

/// Which positions a stream is about.
struct PositionStreamOptions {
  StreamOptions stream{};
  std::vector<std::string> symbols{};
  bool price_changes = false;  ///< Also when only the price moved.
};

/// Which journal entries a stream has.
struct EventStreamOptions {
  StreamOptions stream{};
  std::vector<EventType> types{};
  std::map<std::string, std::int64_t> after{};  ///< By account: begin after these sequences.
};

namespace detail {
template <class E, class S>
class StreamState;
}

/// A stream that connects again and resumes by itself: every event once, in order, or a Reset that says it was
/// impossible.
///
/// Use it from one thread at a time; close() may be called from any. Destroying it closes it and leaves no thread.
template <class E, class S>
class Stream {
 public:
  using Item = StreamItem<E, S>;

  explicit Stream(std::unique_ptr<detail::StreamState<E, S>> state);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  /// Waits for one item; nothing once the stream is closed. Throws the Error after which another connection would not
  /// help, or what the token store threw: the end of the stream.
  std::optional<Item> next();
  /// The same; nothing also when the time is up, which loses nothing: ask again. See closed().
  std::optional<Item> next(std::chrono::nanoseconds timeout);

  /// Waits for one event, leaving out everything else. Throws StreamGap when events were lost to this reader; the
  /// stream goes on when it is asked again.
  std::optional<E> next_event();
  std::optional<E> next_event(std::chrono::nanoseconds timeout);

  /// The same as ranges, until the stream is closed.
  Pulled<Item> items() {
    return Pulled<Item>([this] { return next(); });
  }
  Pulled<E> events() {
    return Pulled<E>([this] { return next_event(); });
  }

  /// Where another stream could go on. It moves when all items received have been taken and more are asked for.
  const std::string& token() const;

  /// Ends the stream. A thread that waits for an item gets nothing at once.
  void close();
  bool closed() const;

 private:
  std::unique_ptr<detail::StreamState<E, S>> state_;
};

/// Stands for what a stream without snapshots would have in them.
struct NoState {};

using OrderStream = Stream<OrderEvent, Order>;
using PositionStream = Stream<PositionEvent, Position>;
using EventStream = Stream<Event, NoState>;

extern template class Stream<OrderEvent, Order>;
extern template class Stream<PositionEvent, Position>;
extern template class Stream<Event, NoState>;

}  // namespace brokerwire
