#pragma once

#include <brokerwire/brokerwire.h>
#include <gtest/gtest.h>

#include <string>

namespace brokerwire {

/// What an action fails with. A test that expects a failure fails if there is none.
template <class Action>
Failure failure_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing failed";
  return {};
}

inline v1::StreamControl hello(StreamMode mode, std::chrono::milliseconds heartbeat = std::chrono::seconds(4)) {
  v1::StreamControl control;
  control.mutable_opened()->set_mode(mode);
  control.mutable_opened()->mutable_heartbeat_interval()->set_seconds(heartbeat.count() / 1000);
  control.mutable_opened()->mutable_heartbeat_interval()->set_nanos(
      static_cast<int>(heartbeat.count() % 1000 * 1'000'000));
  return control;
}

inline v1::StreamControl reset(ResetCause cause) {
  v1::StreamControl control;
  control.mutable_reset()->set_cause(cause);
  return control;
}

inline OrderEvent happened(std::int64_t sequence, const std::string& account = "a") {
  OrderEvent event;
  event.account_id = account;
  event.sequence = sequence;
  return event;
}

}  // namespace brokerwire
