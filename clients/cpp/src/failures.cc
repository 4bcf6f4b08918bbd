#include "failures.h"

#include <charconv>
#include <cmath>
#include <string_view>

#include "details.pb.h"

namespace brokerwire {
namespace {

using grpc::StatusCode;

constexpr std::string_view domain = "brokerwire.dev";
constexpr std::string_view reason_prefix = "ERROR_REASON_";

constexpr const char* code_names[] = {
    "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED",
};

/// Names of the kinds, in their order.
constexpr const char* kind_names[] = {
    "InvalidRequest",   "NotFound",         "Conflict",   "Precondition", "Unsupported",
    "Unauthenticated",  "PermissionDenied", "Overloaded", "Unavailable",  "SessionClosed",
    "DeadlineExceeded", "StreamGap",        "Internal",
};

Kind kind_by_code(StatusCode code) {
  switch (code) {
    case StatusCode::INVALID_ARGUMENT:
    case StatusCode::OUT_OF_RANGE:
      return Kind::invalid_request;
    case StatusCode::NOT_FOUND:
      return Kind::not_found;
    case StatusCode::ALREADY_EXISTS:
    case StatusCode::ABORTED:
      return Kind::conflict;
    case StatusCode::FAILED_PRECONDITION:
      return Kind::precondition;
    case StatusCode::UNIMPLEMENTED:
      return Kind::unsupported;
    case StatusCode::UNAUTHENTICATED:
      return Kind::unauthenticated;
    case StatusCode::PERMISSION_DENIED:
      return Kind::permission_denied;
    case StatusCode::RESOURCE_EXHAUSTED:
      return Kind::overloaded;
    case StatusCode::UNAVAILABLE:
    case StatusCode::CANCELLED:
      return Kind::unavailable;
    case StatusCode::DEADLINE_EXCEEDED:
      return Kind::deadline_exceeded;
    default:
      return Kind::internal;
  }
}

/// Both of these reasons are OUT_OF_RANGE, and a caller does different things about them.
Kind kind_of(const Failure& failure) {
  if (failure.is(v1::ERROR_REASON_RESUME_TOKEN_EXPIRED)) return Kind::stream_gap;
  if (failure.is(v1::ERROR_REASON_SEQUENCE_NOT_YET_AVAILABLE)) return Kind::unavailable;
  return kind_by_code(failure.code);
}

/// Without the gateway's word: these codes are given before a call reaches the method, the others need not be.
bool refused_unseen(StatusCode code) {
  return code == StatusCode::INVALID_ARGUMENT || code == StatusCode::NOT_FOUND || code == StatusCode::UNIMPLEMENTED ||
         code == StatusCode::UNAUTHENTICATED || code == StatusCode::PERMISSION_DENIED;
}

Sent sent_of(const Failure& failure, bool from_gateway) {
  if (!from_gateway) return refused_unseen(failure.code) ? Sent::no : Sent::unknown;
  const auto word = failure.metadata.find("sent");
  return word == failure.metadata.end() || word->second == "NO" ? Sent::no : Sent::unknown;
}

/// Reads a detail if it is of that type.
template <class Detail>
bool unpack(const google::protobuf::Any& any, std::string_view type, Detail* detail) {
  return any.type_url().ends_with(type) && detail->ParseFromString(any.value());
}

/// Takes over what the status carries, and tells whether it is a gateway's. What cannot be read is left out: it may be
/// a proxy's, and the code still says enough.
bool read_details(const std::string& bytes, Failure* failure) {
  client::StatusDetails status;
  if (!status.ParseFromString(bytes)) return false;
  bool from_gateway = false;
  for (const google::protobuf::Any& any : status.details()) {
    client::ErrorInfo info;
    client::BadRequest bad;
    client::RetryInfo retry;
    if (unpack(any, "/google.rpc.ErrorInfo", &info)) {
      from_gateway = info.domain() == domain;
      failure->reason = info.reason();
      failure->metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (unpack(any, "/google.rpc.BadRequest", &bad)) {
      for (const auto& v : bad.field_violations()) failure->violations.push_back({v.field(), v.description()});
    } else if (unpack(any, "/google.rpc.RetryInfo", &retry)) {
      const auto& delay = retry.retry_delay();
      failure->retry_after = std::chrono::seconds(delay.seconds()) + std::chrono::nanoseconds(delay.nanos());
    }
  }
  return from_gateway;
}

std::optional<std::chrono::nanoseconds> seconds_of(const std::map<std::string, std::string>& metadata) {
  const auto found = metadata.find("retry_after");
  if (found == metadata.end()) return std::nullopt;
  const std::string& text = found->second;
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool sane = error == std::errc() && end == text.data() + text.size() && seconds >= 0 && seconds < 1e9;
  if (!sane) return std::nullopt;
  return std::chrono::nanoseconds(std::llround(seconds * 1e9));
}

}  // namespace

bool Failure::is(v1::ErrorReason wanted) const { return reason == detail::reason_name(wanted); }

std::string Failure::code_name() const {
  const auto number = static_cast<std::size_t>(code);
  return number < std::size(code_names) ? code_names[number] : "UNKNOWN";
}

std::string Failure::kind_name() const { return kind_names[static_cast<std::size_t>(kind)]; }

std::string Failure::text() const {
  std::string text = "brokerwire: " + message + " [" + (reason.empty() ? code_name() : reason) + "]";
  for (const FieldViolation& v : violations) {
    if (message.find(v.description) == std::string::npos) text += "; " + v.field + ": " + v.description;
  }
  if (sent == Sent::unknown && !client_order_id.empty()) {
    text += "; it may have been sent: look up client_order_id " + client_order_id;
  }
  return text;
}

void Failure::raise() const { std::rethrow_exception(detail::as_exception(*this)); }

namespace detail {

std::string reason_name(v1::ErrorReason reason) {
  if (reason == v1::ERROR_REASON_UNSPECIFIED) return "";
  if (!v1::ErrorReason_IsValid(reason)) return "REASON_" + std::to_string(static_cast<int>(reason));
  return v1::ErrorReason_Name(reason).substr(reason_prefix.size());
}

Failure failure(StatusCode code, std::string reason, std::string message) {
  Failure failure;
  failure.code = code;
  failure.reason = std::move(reason);
  failure.message = std::move(message);
  failure.kind = kind_of(failure);
  return failure;
}

Failure invalid(const std::string& field, const std::string& problem, v1::ErrorReason reason) {
  Failure result = failure(StatusCode::INVALID_ARGUMENT, reason_name(reason), field + " " + problem);
  result.metadata = {{"field", field}};
  result.violations = {{field, problem}};
  return result;
}

Failure from_status(const grpc::Status& status, bool mutation, std::string client_order_id,
                    const std::string& address) {
  Failure result = failure(status.error_code(), "", status.error_message());
  result.client_order_id = std::move(client_order_id);
  const bool from_gateway = read_details(status.error_details(), &result);
  result.kind = kind_of(result);
  if (!from_gateway && result.code == StatusCode::UNAVAILABLE && !address.empty()) {
    result.message = "cannot reach the gateway at " + address + ": " + result.message;
  }
  if (mutation) result.sent = sent_of(result, from_gateway);
  if (const auto id = result.metadata.find("client_order_id");
      result.client_order_id.empty() && id != result.metadata.end()) {
    result.client_order_id = id->second;
  }
  return result;
}

Failure from_command_error(const v1::CommandError& error, std::string client_order_id) {
  Failure result = failure(static_cast<StatusCode>(error.code()), reason_name(error.reason()), error.message());
  result.metadata = {error.metadata().begin(), error.metadata().end()};
  result.client_order_id = std::move(client_order_id);
  result.sent = error.sent() == v1::SENT_NO ? Sent::no : Sent::unknown;
  result.retry_after = seconds_of(result.metadata);
  if (!error.field().empty()) result.violations = {{error.field(), error.message()}};
  return result;
}

Failure session_closed(std::string message, Sent sent, std::string client_order_id) {
  Failure result = failure(StatusCode::UNAVAILABLE, "", std::move(message));
  result.kind = Kind::session_closed;
  result.sent = sent;
  result.client_order_id = std::move(client_order_id);
  return result;
}

std::exception_ptr as_exception(const Failure& failure) {
  switch (failure.kind) {
    case Kind::invalid_request:
      return std::make_exception_ptr(InvalidRequest(failure));
    case Kind::not_found:
      return std::make_exception_ptr(NotFound(failure));
    case Kind::conflict:
      return std::make_exception_ptr(Conflict(failure));
    case Kind::precondition:
      return std::make_exception_ptr(Precondition(failure));
    case Kind::unsupported:
      return std::make_exception_ptr(Unsupported(failure));
    case Kind::unauthenticated:
      return std::make_exception_ptr(Unauthenticated(failure));
    case Kind::permission_denied:
      return std::make_exception_ptr(PermissionDenied(failure));
    case Kind::overloaded:
      return std::make_exception_ptr(Overloaded(failure));
    case Kind::unavailable:
      return std::make_exception_ptr(Unavailable(failure));
    case Kind::session_closed:
      return std::make_exception_ptr(SessionClosed(failure));
    case Kind::deadline_exceeded:
      return std::make_exception_ptr(DeadlineExceeded(failure));
    case Kind::stream_gap:
      return std::make_exception_ptr(StreamGap(failure));
    case Kind::internal:
      break;
  }
  return std::make_exception_ptr(Internal(failure));
}

}  // namespace detail
}  // namespace brokerwire
