#include "backoff.h"

#include <random>

namespace brokerwire::detail {

std::chrono::nanoseconds jittered(std::chrono::nanoseconds time) {
  thread_local std::mt19937_64 chance{std::random_device{}()};
  const std::chrono::nanoseconds::rep half = time.count() / 2;
  return std::chrono::nanoseconds(half + std::uniform_int_distribution(decltype(half){0}, time.count() - half)(chance));
}

}  // namespace brokerwire::detail
