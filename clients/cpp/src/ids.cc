#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <random>

#include "writing.h"

namespace brokerwire::detail {
namespace {

/// Milliseconds since 1970 and 12 bits of their fraction, above the former one in any case.
std::uint64_t tick() {
  static std::mutex mutex;
  static std::uint64_t last = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto nanoseconds = static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
  const std::uint64_t milliseconds = nanoseconds / 1'000'000;
  const std::uint64_t fraction = (nanoseconds % 1'000'000) * 4096 / 1'000'000;
  const std::lock_guard lock(mutex);
  last = std::max(last + 1, milliseconds << 12 | fraction);
  return last;
}

/// From the system each time: a generator of this process would repeat itself in a fork.
std::uint64_t random_bits() {
  std::random_device source;
  return static_cast<std::uint64_t>(source()) << 32 | source();
}

}  // namespace

std::string new_id() {
  const std::uint64_t time = tick();
  const std::uint64_t milliseconds = time >> 12;
  const std::uint64_t random = random_bits();
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-7%03x-%04x-%012llx", static_cast<unsigned>(milliseconds >> 16),
                static_cast<unsigned>(milliseconds & 0xffff), static_cast<unsigned>(time & 0xfff),
                static_cast<unsigned>(0x8000 | (random >> 48 & 0x3fff)),
                static_cast<unsigned long long>(random & 0xffff'ffff'ffff));
  return text;
}

}  // namespace brokerwire::detail
