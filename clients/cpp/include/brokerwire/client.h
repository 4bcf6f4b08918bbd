#pragma once

#include <brokerwire/requests.h>
#include <brokerwire/session.h>
#include <brokerwire/signing.h>
#include <brokerwire/stream.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <type_traits>
#include <vector>

namespace brokerwire {

/// How the gateway is reached.
struct Options {
  /// "host:port" or "unix:path". Without it, the environment's BROKERWIRE_ADDRESS, else 127.0.0.1:50051.
  std::string address{};
  /// The account to work on. Without it, the only one that the gateway has is meant.
  std::string account{};
  /// A bearer token, sent with every call.
  std::string token{};
  /// A code of the second factor, sent with every call. A code is good for one: make such a client for one act.
  std::string otp{};
  /// Signs every order, replace and closing.
  std::shared_ptr<const Signer> signer{};
  /// Deadline of every unary call.
  std::chrono::nanoseconds timeout = std::chrono::seconds(10);
  /// Verify the gateway by the system's certificate authorities. Without TLS, only this machine is reached.
  bool tls = false;
  /// Verify it by the authorities in this PEM file, or in this PEM text, instead.
  std::string ca_file{};
  std::string ca_pem{};
  /// Prove who calls by a certificate and its private key, both PEM files.
  std::string certificate_file{};
  std::string key_file{};
  /// In place of all that: what grpc calls credentials, which are believed to be safe.
  std::shared_ptr<grpc::ChannelCredentials> credentials{};
};

/// Until when a wait goes on; by default until the order is over, however long that takes.
struct WaitOptions {
  std::optional<std::chrono::nanoseconds> timeout{};
  /// What else to wait for.
  std::function<bool(const Order&)> until{};
  /// Gives the wait up from another thread: Unavailable, with code CANCELLED.
  std::stop_token stop{};
};

/// The time of a wait is up. The order goes on.
class WaitExpired : public DeadlineExceeded {
 public:
  WaitExpired(Failure failure, Order order) : DeadlineExceeded(std::move(failure)), order(std::move(order)) {}
  /// Its last known state.
  Order order;
};

/// A list that reads its pages as they are needed, for `for (const Order& order : list)`. An Error ends the loop;
/// beginning again reads it anew.
template <class T>
class Listing {
 public:
  using Begin = std::function<typename Pulled<T>::Next(std::set<std::string>* unreachable)>;

  explicit Listing(Begin begin) : begin_(std::move(begin)) {}

  auto begin() { return Pulled<T>(begin_(unreachable_.get())).begin(); }
  std::default_sentinel_t end() const { return {}; }

  /// Accounts that could not be read, so far: what they have is missing, which does not mean that there is none.
  const std::set<std::string>& unreachable() const { return *unreachable_; }

 private:
  Begin begin_;
  std::shared_ptr<std::set<std::string>> unreachable_ = std::make_shared<std::set<std::string>>();
};

/// A gateway. Use it from any number of threads. Streams and sessions outlive it; close() ends them all.
class Client {
 public:
  /// The connection is made when it is first needed. Throws InvalidRequest if an option cannot be meant: plaintext to
  /// another machine, an address that is none.
  explicit Client(Options options = {});

  /// Submits an order, or a group of orders, once, and returns when the broker has answered.
  ///
  /// A refusal by the broker is no error but state REJECTED; an outcome that is not proven is INDETERMINATE, which is
  /// not terminal: wait for it. An error names the order (client_order_id) and says whether it may have been sent.
  /// Nothing is ever tried again by itself.
  Order submit(OrderRequest request);
  /// Changes an open order. A refusal, as outcome, is no error.
  Replacement replace(const OrderKey& key, ReplaceRequest request);
  /// Cancels an open order, and with an entry its group. Canceling a canceled order is fine. The outcome PENDING means
  /// that the broker took note, and the effect will be streamed.
  Cancellation cancel(const OrderKey& key);

  /// Reads one order. Throws NotFound.
  Order order(const OrderKey& key);
  /// Orders, open and past, newest first.
  Listing<Order> orders(OrderFilter filter = {});
  /// Fills, with busts and corrections.
  Listing<Fill> fills(FillFilter filter = {});
  /// Open positions.
  Listing<Position> positions(PositionFilter filter = {});

  /// Waits until an order is over, watching its stream; a broken connection is resumed. Throws WaitExpired when the
  /// time is up. An INDETERMINATE order is not over; a REPLACED one is: see replaced_by_order_id.
  Order wait(Order order, const WaitOptions& options = {});

  /// Every change of orders, with fills: never dropped, never conflated.
  OrderStream stream_orders(OrderStreamOptions options = {});
  /// Positions, as whole states: a slow reader gets the latest only, and is told (conflated).
  PositionStream stream_positions(PositionStreamOptions options = {});
  /// Journal entries without loss: the drop copy. It has no snapshot.
  EventStream stream_events(EventStreamOptions options = {});

  /// Opens an order session.
  OrderSession session();

  /// Calls any unary method of the contract, with this client's token, deadline and errors:
  /// call(&v1::MarketDataService::Stub::GetQuotes, request).
  template <class Stub, class Request, class Answer>
  Answer call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Answer*),
              const std::type_identity_t<Request>& request) {
    Stub stub(channel());
    Answer answer;
    Request m = request;
    sign(&m);
    carry_out(m, [&](grpc::ClientContext* context) { return (stub.*method)(context, m, &answer); });
    return answer;
  }

  /// The connection, for calls of your own. They have neither the token nor the deadline.
  std::shared_ptr<grpc::Channel> channel() const;

  /// Ends streams and sessions. Orders go on.
  void close();

 private:
  void sign(google::protobuf::Message* request) const;
  void carry_out(const google::protobuf::Message& request,
                 const std::function<grpc::Status(grpc::ClientContext*)>& invoke);

  std::shared_ptr<detail::Connection> connection_;
};

}  // namespace brokerwire
