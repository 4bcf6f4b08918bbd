#include "streams.h"

#include <brokerwire/v1/event_service.grpc.pb.h>
#include <brokerwire/v1/position_service.grpc.pb.h>

#include "reading.h"
#include "writing.h"

namespace brokerwire::detail {
namespace {

Batch<OrderEvent, Order>::Item read_item(v1::StreamOrdersItem& item) {
  if (item.has_event()) return read_order_event(std::move(*item.mutable_event()));
  if (item.has_snapshot()) return Snapshot<Order>{read_order(std::move(*item.mutable_snapshot()))};
  if (item.has_control()) return std::move(*item.mutable_control());
  return std::monostate();
}

Batch<PositionEvent, Position>::Item read_item(v1::StreamPositionsItem& item) {
  if (item.has_event()) return read_position_event(std::move(*item.mutable_event()));
  if (item.has_snapshot()) return Snapshot<Position>{read_position(std::move(*item.mutable_snapshot()))};
  if (item.has_control()) return std::move(*item.mutable_control());
  return std::monostate();
}

Batch<Event, NoState>::Item read_item(v1::StreamEventsItem& item) {
  if (item.has_event()) return read_event(std::move(*item.mutable_event()));
  if (item.has_control()) return std::move(*item.mutable_control());
  return std::monostate();
}

/// Hands on the batches of a call until it ends. False: it was left before.
template <class E, class S, class Response>
bool hand_on(grpc::ClientReader<Response>* reader, const typename Wiring<E, S>::Take& take) {
  for (Response response; reader->Read(&response);) {
    Batch<E, S> batch;
    batch.token = response.resume_token();
    for (auto& item : *response.mutable_items()) batch.items.push_back(read_item(item));
    if (!take(std::move(batch))) return false;
  }
  return true;
}

/// One connection of a stream, from its request to its end.
template <class E, class S, class Open>
End carry_out(const Connection& connection, const std::stop_token& stop, const typename Wiring<E, S>::Take& take,
              const Open& open) {
  grpc::ClientContext context;
  connection.authorize(&context);
  const std::stop_callback canceled(stop, [&context] { context.TryCancel(); });
  const auto reader = open(&context);
  try {
    if (!hand_on<E, S>(reader.get(), take)) context.TryCancel();
  } catch (const Error& error) {
    context.TryCancel();
    reader->Finish();
    return {error, true};
  }
  const grpc::Status status = reader->Finish();
  if (status.ok()) return {};
  return {from_status(status, false, "", connection.target.address())};
}

/// A stream whose connections are opened by `open(context, channel, token)`.
template <class E, class S, class Open>
std::unique_ptr<StreamState<E, S>> stream_of(const std::shared_ptr<Connection>& connection,
                                             const StreamOptions& options, Rules<E> rules, Open open) {
  Wiring<E, S> wiring;
  wiring.connect = [connection, open](const std::stop_token& stop, const std::shared_ptr<grpc::Channel>& channel,
                                      const std::string& token, const typename Wiring<E, S>::Take& take) {
    const auto at_token = [&](grpc::ClientContext* context) { return open(context, channel, token); };
    return carry_out<E, S>(*connection, stop, take, at_token);
  };
  wiring.channel = connection->channel;
  wiring.dial = [connection] { return connection->target.dial(); };
  wiring.store = options.token_store;
  wiring.client_closed = connection->closed.get_token();
  return std::make_unique<StreamState<E, S>>(rules, std::move(wiring));
}

template <class Request>
void set_accounts(const Connection& connection, const StreamOptions& options, Request* request) {
  for (const std::string& account : connection.some_accounts(options.account)) request->add_account_ids(account);
}

}  // namespace

std::unique_ptr<StreamState<OrderEvent, Order>> order_stream(const std::shared_ptr<Connection>& connection,
                                                             OrderStreamOptions options) {
  v1::StreamOrdersRequest request;
  set_accounts(*connection, options.stream, &request);
  request.mutable_symbols()->Add(options.symbols.begin(), options.symbols.end());
  request.mutable_client_order_ids()->Add(options.client_order_ids.begin(), options.client_order_ids.end());
  request.set_fills_only(options.fills_only);
  const auto open = [request, stream = options.stream](grpc::ClientContext* context, const auto& channel,
                                                       const std::string& token) {
    v1::StreamOrdersRequest from_here = request;
    *from_here.mutable_options() = write_options(stream, token);
    return v1::OrderService::Stub(channel).StreamOrders(context, from_here);
  };
  const auto place = [](const OrderEvent& event) { return Place(event.account_id, ""); };
  return stream_of<OrderEvent, Order>(connection, options.stream, {"stream_orders", place}, open);
}

std::unique_ptr<StreamState<PositionEvent, Position>> position_stream(const std::shared_ptr<Connection>& connection,
                                                                      PositionStreamOptions options) {
  v1::StreamPositionsRequest request;
  set_accounts(*connection, options.stream, &request);
  request.mutable_symbols()->Add(options.symbols.begin(), options.symbols.end());
  request.set_include_price_changes(options.price_changes);
  const auto open = [request, stream = options.stream](grpc::ClientContext* context, const auto& channel,
                                                       const std::string& token) {
    v1::StreamPositionsRequest from_here = request;
    *from_here.mutable_options() = write_options(stream, token);
    return v1::PositionService::Stub(channel).StreamPositions(context, from_here);
  };
  const auto place = [](const PositionEvent& event) { return Place(event.account_id, event.position.symbol); };
  return stream_of<PositionEvent, Position>(connection, options.stream, {"stream_positions", place, true}, open);
}

std::unique_ptr<StreamState<Event, NoState>> event_stream(const std::shared_ptr<Connection>& connection,
                                                          EventStreamOptions options) {
  v1::StreamEventsRequest request;
  set_accounts(*connection, options.stream, &request);
  for (const EventType type : options.types) request.add_types(type);
  for (const auto& [account, sequence] : options.after) {
    v1::AccountSequence* after = request.add_after_sequences();
    after->set_account_id(account);
    after->set_sequence(sequence);
  }
  const auto open = [request, stream = options.stream](grpc::ClientContext* context, const auto& channel,
                                                       const std::string& token) {
    v1::StreamEventsRequest from_here = request;
    *from_here.mutable_options() = write_options(stream, token);
    return v1::EventService::Stub(channel).StreamEvents(context, from_here);
  };
  const auto place = [](const Event& event) { return Place(event.account_id, ""); };
  return stream_of<Event, NoState>(connection, options.stream, {"stream_events", place}, open);
}

}  // namespace brokerwire::detail
