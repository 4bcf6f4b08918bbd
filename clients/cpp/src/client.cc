#include "brokerwire/client.h"

#include <brokerwire/v1/position_service.grpc.pb.h>

#include "connection.h"
#include "failures.h"
#include "reading.h"
#include "streams.h"
#include "writing.h"

namespace brokerwire {
namespace {

using detail::Connection;

/// A list of a method that answers in pages. Reads `items(answer)` of one answer after another.
template <class T, class Request, class Answer>
Listing<T> listing(grpc::Status (*call)(Connection&, grpc::ClientContext*, const Request&, Answer*), Request request,
                   std::vector<T> (*items)(Answer&), std::shared_ptr<Connection> connection) {
  const auto begin = [=](std::set<std::string>* unreachable) {
    struct Place {
      Request request;
      std::vector<T> page;
      std::size_t next = 0;
      bool last = false;
    };
    const auto place = std::make_shared<Place>(Place{request, {}});
    return [=]() -> std::optional<T> {
      while (place->next == place->page.size()) {
        if (place->last) return std::nullopt;
        Answer answer;
        connection->carry_out(place->request, [&](grpc::ClientContext* context) {
          return call(*connection, context, place->request, &answer);
        });
        unreachable->insert(answer.unreachable().begin(), answer.unreachable().end());
        place->page = items(answer);
        place->next = 0;
        place->request.set_page_token(answer.next_page_token());
        place->last = answer.next_page_token().empty();
      }
      return std::move(place->page[place->next++]);
    };
  };
  return Listing<T>(begin);
}

template <class T, class Messages>
std::vector<T> read_each(Messages* messages, T (*read)(typename Messages::value_type)) {
  std::vector<T> values;
  for (auto& message : *messages) values.push_back(read(std::move(message)));
  return values;
}

v1::SortOrder sort_order(bool oldest_first) {
  return oldest_first ? v1::SORT_ORDER_OLDEST_FIRST : v1::SORT_ORDER_NEWEST_FIRST;
}

template <class Request>
void set_accounts(const Connection& connection, const std::string& named, Request* request) {
  for (const std::string& account : connection.some_accounts(named)) request->add_account_ids(account);
}

}  // namespace

Client::Client(Options options) : connection_(std::make_shared<Connection>(options)) {}

void Client::sign(google::protobuf::Message* request) const { connection_->sign(request); }

Order Client::submit(OrderRequest request) {
  if (request.client_order_id.empty()) request.client_order_id = detail::new_id();
  return detail::concerning(request.client_order_id, [&] {
    v1::SubmitOrderRequest m;
    *m.mutable_order() = detail::write_order(request);
    m.mutable_order()->set_account_id(connection_->account_or_default(request.account));
    sign(&m);
    v1::SubmitOrderResponse answer;
    carry_out(m, [&](grpc::ClientContext* context) { return connection_->orders->SubmitOrder(context, m, &answer); });
    return detail::read_submitted(std::move(answer));
  });
}

Replacement Client::replace(const OrderKey& key, ReplaceRequest request) {
  if (request.new_client_order_id.empty()) request.new_client_order_id = detail::new_id();
  return detail::concerning(request.new_client_order_id, [&] {
    v1::ReplaceOrderRequest m = detail::write_replace(key, request);
    m.set_account_id(connection_->account_or_default(key.account));
    sign(&m);
    v1::ReplaceOrderResponse answer;
    carry_out(m, [&](grpc::ClientContext* context) { return connection_->orders->ReplaceOrder(context, m, &answer); });
    return detail::read_replaced(std::move(answer));
  });
}

Cancellation Client::cancel(const OrderKey& key) {
  return detail::concerning(key.client_order_id, [&] {
    v1::CancelOrderRequest m;
    detail::write_key(key, &m);
    m.set_account_id(connection_->account_or_default(key.account));
    v1::CancelOrderResponse answer;
    carry_out(m, [&](grpc::ClientContext* context) { return connection_->orders->CancelOrder(context, m, &answer); });
    return detail::read_canceled(std::move(answer));
  });
}

Order Client::order(const OrderKey& key) {
  v1::GetOrderRequest m;
  detail::write_key(key, &m);
  m.set_account_id(connection_->account_or_default(key.account));
  v1::GetOrderResponse answer;
  carry_out(m, [&](grpc::ClientContext* context) { return connection_->orders->GetOrder(context, m, &answer); });
  if (!answer.has_order()) detail::left_out("order").raise();
  return detail::read_order(std::move(*answer.mutable_order()));
}

Listing<Order> Client::orders(OrderFilter filter) {
  v1::ListOrdersRequest m;
  set_accounts(*connection_, filter.account, &m);
  for (const OrderState state : filter.states) m.add_states(state);
  m.set_open_only(filter.open_only);
  m.mutable_symbols()->Add(filter.symbols.begin(), filter.symbols.end());
  m.mutable_client_order_ids()->Add(filter.client_order_ids.begin(), filter.client_order_ids.end());
  m.set_parent_order_id(filter.parent_order_id);
  m.set_sort_order(sort_order(filter.oldest_first));
  m.set_page_size(filter.page_size);
  return listing<Order, v1::ListOrdersRequest, v1::ListOrdersResponse>(
      [](Connection& c, grpc::ClientContext* context, const v1::ListOrdersRequest& request,
         v1::ListOrdersResponse* answer) { return c.orders->ListOrders(context, request, answer); },
      m, [](v1::ListOrdersResponse& answer) { return read_each<Order>(answer.mutable_orders(), detail::read_order); },
      connection_);
}

Listing<Fill> Client::fills(FillFilter filter) {
  v1::ListFillsRequest m;
  set_accounts(*connection_, filter.account, &m);
  m.set_order_id(filter.order_id);
  m.mutable_symbols()->Add(filter.symbols.begin(), filter.symbols.end());
  m.set_sort_order(sort_order(filter.oldest_first));
  m.set_page_size(filter.page_size);
  return listing<Fill, v1::ListFillsRequest, v1::ListFillsResponse>(
      [](Connection& c, grpc::ClientContext* context, const v1::ListFillsRequest& request,
         v1::ListFillsResponse* answer) { return c.orders->ListFills(context, request, answer); },
      m, [](v1::ListFillsResponse& answer) { return read_each<Fill>(answer.mutable_fills(), detail::read_fill); },
      connection_);
}

Listing<Position> Client::positions(PositionFilter filter) {
  v1::ListPositionsRequest m;
  set_accounts(*connection_, filter.account, &m);
  m.mutable_symbols()->Add(filter.symbols.begin(), filter.symbols.end());
  m.set_page_size(filter.page_size);
  return listing<Position, v1::ListPositionsRequest, v1::ListPositionsResponse>(
      [](Connection& c, grpc::ClientContext* context, const v1::ListPositionsRequest& request,
         v1::ListPositionsResponse* answer) {
        return v1::PositionService::Stub(c.channel).ListPositions(context, request, answer);
      },
      m,
      [](v1::ListPositionsResponse& answer) {
        return read_each<Position>(answer.mutable_positions(), detail::read_position);
      },
      connection_);
}

OrderStream Client::stream_orders(OrderStreamOptions options) {
  return OrderStream(detail::order_stream(connection_, std::move(options)));
}

PositionStream Client::stream_positions(PositionStreamOptions options) {
  return PositionStream(detail::position_stream(connection_, std::move(options)));
}

EventStream Client::stream_events(EventStreamOptions options) {
  return EventStream(detail::event_stream(connection_, std::move(options)));
}

OrderSession Client::session() { return OrderSession(connection_); }

std::shared_ptr<grpc::Channel> Client::channel() const { return connection_->channel; }

void Client::close() { connection_->closed.request_stop(); }

void Client::carry_out(const google::protobuf::Message& request,
                       const std::function<grpc::Status(grpc::ClientContext*)>& invoke) {
  connection_->carry_out(request, invoke);
}

}  // namespace brokerwire
