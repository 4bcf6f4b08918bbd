#pragma once

#include <brokerwire/v1/account_service.grpc.pb.h>
#include <brokerwire/v1/order_service.grpc.pb.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <mutex>

#include "support.h"

namespace brokerwire {

/// A server on this machine that does as it is told.
class TestGateway : public v1::OrderService::Service, public v1::AccountService::Service {
 public:
  using Session = grpc::ServerReaderWriter<v1::OrderSessionResponse, v1::OrderSessionRequest>;

  std::function<grpc::Status(grpc::ServerContext*, const v1::SubmitOrderRequest&, v1::SubmitOrderResponse*)> on_submit;
  std::function<grpc::Status(grpc::ServerContext*, Session*)> on_session;
  std::function<grpc::Status(const v1::ListOrdersRequest&, v1::ListOrdersResponse*)> on_list;
  v1::ListAccountsResponse accounts;
  std::atomic<int> account_calls = 0;

  TestGateway() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(static_cast<v1::OrderService::Service*>(this));
    builder.RegisterService(static_cast<v1::AccountService::Service*>(this));
    server_ = builder.BuildAndStart();
  }
  ~TestGateway() override { server_->Shutdown(std::chrono::system_clock::now()); }

  /// How to reach it, as the account `a` unless said otherwise.
  Options options(std::string account = "a") const {
    return {.address = "127.0.0.1:" + std::to_string(port_), .account = std::move(account)};
  }

  grpc::Status SubmitOrder(grpc::ServerContext* context, const v1::SubmitOrderRequest* request,
                           v1::SubmitOrderResponse* answer) override {
    return on_submit(context, *request, answer);
  }
  grpc::Status OrderSession(grpc::ServerContext* context, Session* call) override { return on_session(context, call); }
  grpc::Status ListOrders(grpc::ServerContext*, const v1::ListOrdersRequest* request,
                          v1::ListOrdersResponse* answer) override {
    return on_list(*request, answer);
  }
  grpc::Status ListAccounts(grpc::ServerContext*, const v1::ListAccountsRequest*,
                            v1::ListAccountsResponse* answer) override {
    ++account_calls;
    *answer = accounts;
    return grpc::Status::OK;
  }

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

inline void fill(const std::string& id, v1::SubmitOrderResponse* answer) {
  answer->mutable_order()->set_client_order_id(id);
  answer->mutable_order()->mutable_filled_quantity()->set_value("1");
}

inline OrderRequest draft(const std::string& id = "c-1") {
  return {.client_order_id = id, .symbol = "AAPL", .side = buy, .quantity = 1};
}

}  // namespace brokerwire
