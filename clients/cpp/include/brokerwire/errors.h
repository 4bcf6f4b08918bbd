#pragma once

#include <brokerwire/v1/errors.pb.h>
#include <grpcpp/support/status_code_enum.h>

#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace brokerwire {

/// Whether anything may have reached the broker.
enum class Sent {
  no,       ///< Nothing did: it is safe to try again.
  unknown,  ///< It may have: look the order up, or submit the same again under the same client_order_id.
};

/// What a caller can do about an error. Each is an exception of the same name.
enum class Kind {
  invalid_request,
  not_found,
  conflict,
  precondition,
  unsupported,
  unauthenticated,
  permission_denied,
  overloaded,
  unavailable,
  session_closed,
  deadline_exceeded,
  stream_gap,
  internal,
};

/// What is wrong with one field of a request.
struct FieldViolation {
  std::string field;  ///< The path within the request: "order.limit_price".
  std::string description;
};

/// Everything that is known about a failed call: what Error throws, and what a stream reports.
struct Failure {
  Kind kind = Kind::internal;
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
  /// Name of a v1::ErrorReason without its prefix; empty if the answer did not come from a gateway. New ones may
  /// appear.
  std::string reason;
  std::string message;
  /// The reason's keys, as brokerwire/v1/errors.proto documents them.
  std::map<std::string, std::string> metadata;
  std::vector<FieldViolation> violations;
  /// How long to wait before trying again, where the gateway says so.
  std::optional<std::chrono::nanoseconds> retry_after;
  Sent sent = Sent::no;
  /// Idempotency key of the order concerned; empty where there is none.
  std::string client_order_id;

  /// Whether it has this reason: error.is(brokerwire::v1::ERROR_REASON_MARKET_CLOSED).
  bool is(v1::ErrorReason wanted) const;
  /// The canonical name of the code: "INVALID_ARGUMENT".
  std::string code_name() const;
  /// The name of the kind, as the exception's: "InvalidRequest".
  std::string kind_name() const;
  /// All of it in one line for people. Decide by reason or kind, never by this.
  std::string text() const;
  /// Throws it as the exception of its kind.
  [[noreturn]] void raise() const;
};

/// Base of every exception of this library.
class Error : public std::runtime_error, public Failure {
 public:
  explicit Error(Failure failure) : std::runtime_error(failure.text()), Failure(std::move(failure)) {}
};

/// Mend the request; `violations` names the fields.
class InvalidRequest : public Error {
  using Error::Error;
};
/// There is no such account, order, position or instrument.
class NotFound : public Error {
  using Error::Error;
};
/// Something else came first. Nothing was changed: read, then decide.
class Conflict : public Error {
  using Error::Error;
};
/// Right request, wrong moment.
class Precondition : public Error {
  using Error::Error;
};
/// This broker, or this gateway, cannot do it at all.
class Unsupported : public Error {
  using Error::Error;
};
/// The token is missing, wrong or expired.
class Unauthenticated : public Error {
  using Error::Error;
};
/// The token is good and does not allow this.
class PermissionDenied : public Unauthenticated {
  using Unauthenticated::Unauthenticated;
};
/// Slow down, then try again after `retry_after`.
class Overloaded : public Error {
  using Error::Error;
};
/// The gateway, or the broker behind it, is away.
class Unavailable : public Error {
  using Error::Error;
};
/// The order session ended before the command had a result.
class SessionClosed : public Unavailable {
  using Unavailable::Unavailable;
};
/// No answer in time. A mutation goes on nevertheless: see `sent`.
class DeadlineExceeded : public Error {
  using Error::Error;
};
/// Events were lost to this reader. Read a snapshot, then go on.
class StreamGap : public Error {
  using Error::Error;
};
/// A fault of the gateway, to be reported with metadata["error_id"].
class Internal : public Error {
  using Error::Error;
};

}  // namespace brokerwire
