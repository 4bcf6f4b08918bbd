#pragma once

#include <string>

#include "brokerwire/requests.h"
#include "brokerwire/stream.h"

/// What a caller asks for as messages of the contract.
namespace brokerwire::detail {

/// A new idempotency key: a UUIDv7, so that keys sort in the order of their making.
std::string new_id();

/// Throws InvalidRequest for what excludes each other. The request's id must be made by then.
v1::OrderRequest write_order(const OrderRequest& request);
v1::ReplaceOrderRequest write_replace(const OrderKey& key, const ReplaceRequest& request);
v1::StreamOptions write_options(const StreamOptions& options, const std::string& token);

/// Names an order in a request that has the contract's order_key.
template <class Message>
void write_key(const OrderKey& key, Message* message) {
  if (!key.order_id.empty()) {
    message->set_order_id(key.order_id);
  } else {
    message->set_client_order_id(key.client_order_id);
  }
}

}  // namespace brokerwire::detail
