#pragma once

/// Submits orders to a Brokerwire gateway and subscribes to what happens to them.
///
///     brokerwire::Client bw;  // BROKERWIRE_ADDRESS, else 127.0.0.1:50051
///     auto order = bw.submit({.symbol = "AAPL", .side = brokerwire::buy, .quantity = "10"});
///     order = bw.wait(order);
///
/// Prices, quantities and amounts are exact decimals. Nothing that changes something is ever repeated by this library.
/// Every failed call throws an Error, and its `sent` says whether anything may have reached the broker: if so, look the
/// order up by client_order_id, or submit the same content again under the same client_order_id, which the gateway
/// takes as the same order for ever.
///
/// The generated messages and stubs are in the namespace brokerwire::v1; Client::call reaches what has no method here.

#include <brokerwire/client.h>
