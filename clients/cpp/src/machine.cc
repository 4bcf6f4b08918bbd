#include "machine.h"

namespace brokerwire::detail {

bool passes(const Failure& failure, bool was_open) {
  using grpc::StatusCode;
  switch (failure.code) {
    case StatusCode::UNAVAILABLE:
    case StatusCode::INTERNAL:
    case StatusCode::CANCELLED:
    case StatusCode::UNKNOWN:
    case StatusCode::DEADLINE_EXCEEDED:
      return !failure.is(v1::ERROR_REASON_SEQUENCE_NOT_YET_AVAILABLE);
    default:
      return was_open && (failure.is(v1::ERROR_REASON_SLOW_CONSUMER) || failure.is(v1::ERROR_REASON_STREAM_LIMIT) ||
                          failure.is(v1::ERROR_REASON_GATEWAY_OVERLOADED));
  }
}

}  // namespace brokerwire::detail
