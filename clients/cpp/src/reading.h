#pragma once

#include "brokerwire/items.h"
#include "brokerwire/records.h"

/// Messages of the gateway as records. Each throws Internal for what the contract does not allow.
namespace brokerwire::detail {

Time read_time(const google::protobuf::Timestamp& time);
std::chrono::nanoseconds read_duration(const google::protobuf::Duration& duration);

Order read_order(v1::Order message);
Fill read_fill(v1::Fill message);
OrderEvent read_order_event(v1::OrderEvent message);
Position read_position(v1::Position message);
PositionEvent read_position_event(v1::PositionEvent message);
Event read_event(v1::Event message);

Order read_submitted(v1::SubmitOrderResponse answer);
Replacement read_replaced(v1::ReplaceOrderResponse answer);
Cancellation read_canceled(v1::CancelOrderResponse answer);

/// The failure for a field that the contract always sets, and the gateway left out.
Failure left_out(const std::string& field);

}  // namespace brokerwire::detail
