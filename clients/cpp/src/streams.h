#pragma once

#include "connection.h"
#include "stream_state.h"

namespace brokerwire::detail {

std::unique_ptr<StreamState<OrderEvent, Order>> order_stream(const std::shared_ptr<Connection>& connection,
                                                             OrderStreamOptions options);
std::unique_ptr<StreamState<PositionEvent, Position>> position_stream(const std::shared_ptr<Connection>& connection,
                                                                      PositionStreamOptions options);
std::unique_ptr<StreamState<Event, NoState>> event_stream(const std::shared_ptr<Connection>& connection,
                                                          EventStreamOptions options);

}  // namespace brokerwire::detail
