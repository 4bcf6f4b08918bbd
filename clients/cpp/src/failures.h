#pragma once

#include <grpcpp/support/status.h>

#include <exception>
#include <string>
#include <utility>

#include "brokerwire/errors.h"

namespace brokerwire::detail {

/// Name of a reason as it stands in errors: "MARKET_CLOSED".
std::string reason_name(v1::ErrorReason reason);

/// A failure of this library's own finding.
Failure failure(grpc::StatusCode code, std::string reason, std::string message);

/// The failure that the gateway would have given, before anything is sent.
Failure invalid(const std::string& field, const std::string& problem, v1::ErrorReason reason);

/// The failure of a call.
Failure from_status(const grpc::Status& status, bool mutation, std::string client_order_id, const std::string& address);

/// The failure of one command of a batch.
Failure from_command_error(const v1::CommandError& error, std::string client_order_id);

/// A command that has no result, because its session is over.
Failure session_closed(std::string message, Sent sent, std::string client_order_id);

/// The exception of its kind.
std::exception_ptr as_exception(const Failure& failure);

/// Carries out `work`, and names the order in the error that it may end with.
template <class Work>
auto concerning(const std::string& client_order_id, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    Failure failure = error;
    if (failure.client_order_id.empty()) failure.client_order_id = client_order_id;
    failure.raise();
  }
}

}  // namespace brokerwire::detail
