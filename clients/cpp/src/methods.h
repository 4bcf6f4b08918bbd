#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace brokerwire::detail {

/// Whether a request's method changes nothing, as the contract's descriptors say. Each method has a request of its own.
bool reads(const google::protobuf::Message& request);

/// The idempotency key of a request; empty where it has none.
std::string order_key(const google::protobuf::Message& request);

/// The channel's service config: unary reads are tried again when the gateway is away, and nothing else is. It holds no
/// timeouts, which the client sets itself; streams are left out, because they resume by token.
std::string service_config();

}  // namespace brokerwire::detail
