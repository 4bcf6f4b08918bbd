#include "gateway.h"

namespace brokerwire {
namespace {

using namespace std::chrono_literals;

v1::Account* add_account(TestGateway& gateway, const std::string& id) {
  v1::Account* account = gateway.accounts.add_accounts();
  account->set_account_id(id);
  return account;
}

TEST(Client, NamesTheOrderInAnErrorBeforeSending) {
  TestGateway gateway;
  add_account(gateway, "a");
  add_account(gateway, "b");
  const Failure failure = failure_of([&] { Client(gateway.options("")).submit(draft()); });
  EXPECT_TRUE(failure.is(v1::ERROR_REASON_FIELD_REQUIRED));
  EXPECT_EQ(failure.client_order_id, "c-1");
  EXPECT_EQ(failure.sent, Sent::no);
  const Failure unnamed =
      failure_of([&] { Client(gateway.options()).submit({.trail_amount = 1, .trail_percent = 1}); });
  EXPECT_EQ(unnamed.client_order_id.size(), 36U) << "an id is made before anything can fail";
}

TEST(Client, MeansTheOnlyOpenAccountAndLooksItUpOnce) {
  TestGateway gateway;
  add_account(gateway, "old")->set_status(v1::ACCOUNT_STATUS_CLOSED);
  add_account(gateway, "only");
  std::string meant;
  gateway.on_submit = [&](auto*, const v1::SubmitOrderRequest& request, auto* answer) {
    meant = request.order().account_id();
    fill(request.order().client_order_id(), answer);
    return grpc::Status::OK;
  };
  Client client(gateway.options(""));
  client.submit(draft());
  client.submit(draft());
  EXPECT_EQ(meant, "only");
  EXPECT_EQ(gateway.account_calls, 1);
}

TEST(Client, DoesNotGuessAnAccount) {
  TestGateway gateway;
  EXPECT_THROW(Client(gateway.options("")).submit(draft()), NotFound);
  gateway.accounts.add_unreachable("alpaca");
  EXPECT_THROW(Client(gateway.options("")).submit(draft()), Unavailable);
}

TEST(Client, GivesEveryCallItsDeadline) {
  TestGateway gateway;
  gateway.on_submit = [](grpc::ServerContext* context, auto&, auto*) {
    while (!context->IsCancelled()) std::this_thread::sleep_for(1ms);
    return grpc::Status::OK;
  };
  Options options = gateway.options();
  options.timeout = 50ms;
  const Failure failure = failure_of([&] { Client(options).submit(draft()); });
  EXPECT_EQ(failure.kind, Kind::deadline_exceeded);
  EXPECT_EQ(failure.sent, Sent::unknown);
  EXPECT_EQ(failure.client_order_id, "c-1");
}

TEST(Client, SendsItsTokenAndTellsItToNobodyElse) {
  TestGateway gateway;
  std::string sent;
  gateway.on_submit = [&](grpc::ServerContext* context, auto&, auto*) {
    const auto found = context->client_metadata().find("authorization");
    if (found != context->client_metadata().end()) sent.assign(found->second.data(), found->second.size());
    return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "no");
  };
  Options options = gateway.options();
  options.token = "secret-token";
  const Failure failure = failure_of([&] { Client(options).submit(draft()); });
  EXPECT_EQ(sent, "Bearer secret-token");
  EXPECT_EQ(failure.kind, Kind::unauthenticated);
  EXPECT_EQ(failure.text().find("secret"), std::string::npos);
}

TEST(Client, ReachesAnyMethodOfTheContract) {
  TestGateway gateway;
  add_account(gateway, "a");
  Client client(gateway.options());
  EXPECT_EQ(client.call(&v1::AccountService::Stub::ListAccounts, {}).accounts_size(), 1);
  const Failure failure = failure_of([&] { client.call(&v1::OrderService::Stub::PreviewOrder, {}); });
  EXPECT_EQ(failure.kind, Kind::unsupported);
}

TEST(Client, ReadsAListPageByPageAsItIsNeeded) {
  TestGateway gateway;
  std::vector<std::string> asked;
  gateway.on_list = [&](const v1::ListOrdersRequest& request, v1::ListOrdersResponse* answer) {
    asked.push_back(request.page_token());
    const bool first = request.page_token().empty();
    for (const std::string id : first ? std::vector{"1", "2"} : std::vector{"3"}) {
      v1::Order* order = answer->add_orders();
      order->set_order_id(id);
      order->mutable_filled_quantity()->set_value("0");
    }
    if (first) answer->set_next_page_token("next");
    if (first) answer->add_unreachable("alpaca");
    return grpc::Status::OK;
  };
  Client client(gateway.options());
  auto list = client.orders();
  EXPECT_TRUE(asked.empty());
  EXPECT_EQ((*list.begin()).order_id, "1");
  EXPECT_EQ(asked, std::vector<std::string>({""}));
  std::string ids;
  for (const Order& order : list) ids += order.order_id;
  EXPECT_EQ(ids, "123") << "another pass begins anew";
  EXPECT_EQ(list.unreachable(), std::set<std::string>({"alpaca"}));
}

}  // namespace
}  // namespace brokerwire
