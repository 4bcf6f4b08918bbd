#pragma once

#include <chrono>

namespace brokerwire::detail {

/// Between half of a time and all of it, by chance.
std::chrono::nanoseconds jittered(std::chrono::nanoseconds time);

/// Doubles from 0.1 s to 2 s; half of it by chance, so that clients do not come back all at once.
class Backoff {
 public:
  static constexpr std::chrono::nanoseconds first = std::chrono::milliseconds(100);
  static constexpr std::chrono::nanoseconds longest = std::chrono::seconds(2);

  /// A connection has proved itself.
  void reset() { next_ = first; }

  std::chrono::nanoseconds delay() {
    const auto most = next_;
    next_ = std::min(most * 2, longest);
    return jittered(most);
  }

 private:
  std::chrono::nanoseconds next_ = first;
};

}  // namespace brokerwire::detail
