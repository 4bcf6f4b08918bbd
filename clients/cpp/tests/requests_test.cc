#include "methods.h"
#include "support.h"
#include "writing.h"

namespace brokerwire::detail {
namespace {

void expect(const OrderRequest& request, OrderType type, OrderClass order_class) {
  const v1::OrderRequest m = write_order(request);
  EXPECT_EQ(m.type(), type);
  EXPECT_EQ(m.order_class(), order_class);
  EXPECT_EQ(m.time_in_force(), day);
}

TEST(Requests, TypeAndClassFollowFromWhatIsGiven) {
  expect({}, v1::ORDER_TYPE_MARKET, v1::ORDER_CLASS_SIMPLE);
  expect({.limit_price = 1}, v1::ORDER_TYPE_LIMIT, v1::ORDER_CLASS_SIMPLE);
  expect({.stop_price = 1}, v1::ORDER_TYPE_STOP, v1::ORDER_CLASS_SIMPLE);
  expect({.limit_price = 1, .stop_price = 1}, v1::ORDER_TYPE_STOP_LIMIT, v1::ORDER_CLASS_SIMPLE);
  expect({.trail_percent = "1.5"}, v1::ORDER_TYPE_TRAILING_STOP, v1::ORDER_CLASS_SIMPLE);
  expect({.take_profit = 1}, v1::ORDER_TYPE_MARKET, v1::ORDER_CLASS_OTO);
  expect({.take_profit = 1, .stop_loss = StopLoss{.stop_price = 1}}, v1::ORDER_TYPE_MARKET, v1::ORDER_CLASS_BRACKET);
  expect({.legs = {{}, {}}}, v1::ORDER_TYPE_MARKET, v1::ORDER_CLASS_MULTI_LEG);
  expect({.type = v1::ORDER_TYPE_LIMIT, .order_class = v1::ORDER_CLASS_OCO}, v1::ORDER_TYPE_LIMIT, v1::ORDER_CLASS_OCO);
}

TEST(Requests, WhatIsAbsentStaysAbsent) {
  const v1::OrderRequest m = write_order({.symbol = "AAPL"});
  EXPECT_FALSE(m.has_quantity() || m.has_notional() || m.has_limit_price() || m.has_take_profit() || m.has_stop_loss());
  EXPECT_EQ(m.size_case(), v1::OrderRequest::SIZE_NOT_SET);
  EXPECT_EQ(write_order({.quantity = "1.50"}).quantity().value(), "1.50");
}

TEST(Requests, WhatExcludesEachOtherIsRefused) {
  EXPECT_THROW(write_order({.quantity = 1, .notional = Money{1, "USD"}}), InvalidRequest);
  EXPECT_THROW(write_order({.trail_amount = 1, .trail_percent = 1}), InvalidRequest);
  EXPECT_THROW(write_replace({}, {.trail_amount = 1, .trail_percent = 1}), InvalidRequest);
}

TEST(Requests, AReplaceSaysOnlyWhatChanges) {
  const v1::ReplaceOrderRequest m = write_replace({.order_id = "o"}, {.limit_price = 2});
  EXPECT_EQ(m.limit_price().value(), "2");
  EXPECT_FALSE(m.has_quantity() || m.has_time_in_force() || m.has_expected_version());
  EXPECT_EQ(m.order_id(), "o");
}

TEST(Requests, IdsAreUuidsThatSortInTheOrderOfTheirMaking) {
  std::string former;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = new_id();
    ASSERT_EQ(id.size(), 36U);
    ASSERT_EQ(id[14], '7') << id;
    ASSERT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
    ASSERT_LT(former, id);
    former = id;
  }
}

TEST(Requests, NamesOfEnumValuesSurviveANewerGateway) {
  EXPECT_EQ(name(v1::ORDER_STATE_PARTIALLY_FILLED), "partially_filled");
  EXPECT_EQ(name(static_cast<OrderState>(77)), "unknown(77)");
  EXPECT_EQ(name(gtc), "gtc");
}

TEST(Methods, AloneUnaryReadsAreTriedAgain) {
  const std::string config = service_config();
  for (const std::string name : {"GetOrder", "ListOrders", "ListFills", "PreviewOrder", "ListPositions",
                                 "GetServerInfo", "GetQuotes", "ListAccounts", "ListEvents", "ListBrokers"}) {
    EXPECT_NE(config.find("\"method\":\"" + name + "\""), std::string::npos) << name;
  }
  for (const std::string name : {"SubmitOrder", "ReplaceOrder", "CancelOrder", "StreamOrders", "OrderSession",
                                 "timeout", "hedging", "SetPrice", "ClosePosition", "CreateConnection"}) {
    EXPECT_EQ(config.find("\"" + name), std::string::npos) << name;
  }
}

TEST(Methods, ARequestTellsWhetherItReadsAndWhichOrderItIsAbout) {
  v1::SubmitOrderRequest submit;
  submit.mutable_order()->set_client_order_id("c-1");
  EXPECT_FALSE(reads(submit));
  EXPECT_EQ(order_key(submit), "c-1");
  v1::ReplaceOrderRequest replace;
  replace.set_client_order_id("old");
  replace.set_new_client_order_id("new");
  EXPECT_EQ(order_key(replace), "new");
  EXPECT_TRUE(reads(v1::GetOrderRequest()));
  EXPECT_EQ(order_key(v1::ListOrdersRequest()), "");
}

}  // namespace
}  // namespace brokerwire::detail
