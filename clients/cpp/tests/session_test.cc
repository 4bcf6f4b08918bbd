#include <thread>

#include "gateway.h"

namespace brokerwire {
namespace {

using namespace std::chrono_literals;

v1::OrderSessionResponse result_of(const v1::OrderCommand& command) {
  v1::OrderSessionResponse response;
  v1::OrderResult* result = response.add_results();
  result->set_command_id(command.command_id());
  fill(command.submit().client_order_id(), result->mutable_submit());
  return response;
}

TEST(OrderSession, FindsTheCommandOfEachResultInWhateverOrderTheyCome) {
  constexpr int count = 2500;  // more than two messages hold
  TestGateway gateway;
  gateway.on_session = [](auto*, TestGateway::Session* call) {
    std::vector<v1::OrderCommand> commands;
    v1::OrderSessionRequest request;
    while (commands.size() < count && call->Read(&request)) {
      if (request.commands_size() > 1000) return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "too many");
      commands.insert(commands.end(), request.commands().begin(), request.commands().end());
    }
    for (auto command = commands.rbegin(); command != commands.rend(); ++command) call->Write(result_of(*command));
    return call->Read(&request) ? grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "one more") : grpc::Status::OK;
  };
  Client client(gateway.options());
  OrderSession session = client.session();
  std::vector<Pending<Order>> results;
  for (int i = 0; i < count; ++i) results.push_back(session.submit(draft(std::to_string(i))));
  session.close();
  for (int i = 0; i < count; ++i) {
    const auto& expected = results[static_cast<std::size_t>(i)].client_order_id;
    EXPECT_EQ(expected, std::to_string(i));
    EXPECT_EQ(results[static_cast<std::size_t>(i)].get().client_order_id, std::to_string(i));
  }
}

TEST(OrderSession, TakesACommandWithoutAResultForOneThatMayHaveBeenSent) {
  TestGateway gateway;
  gateway.on_session = [](auto*, TestGateway::Session* call) {
    v1::OrderSessionRequest request;
    call->Read(&request);
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone");
  };
  Client client(gateway.options());
  OrderSession session = client.session();
  const Failure lost = failure_of([&] { session.submit(draft()).get(); });
  EXPECT_EQ(lost.kind, Kind::session_closed);
  EXPECT_EQ(lost.sent, Sent::unknown);
  EXPECT_EQ(lost.client_order_id, "c-1");
  const Failure late = failure_of([&] { session.submit(draft("c-2")).get(); });
  EXPECT_EQ(late.kind, Kind::session_closed);
  EXPECT_EQ(late.sent, Sent::no);
  EXPECT_EQ(late.client_order_id, "c-2");
}

TEST(OrderSession, SendsNoCommandAfterAGoodbyeAndStillTakesResults) {
  std::promise<void> refused;
  TestGateway gateway;
  gateway.on_session = [proceed = refused.get_future().share()](auto*, TestGateway::Session* call) {
    v1::OrderSessionRequest request;
    call->Read(&request);
    v1::OrderSessionResponse goodbye;
    goodbye.mutable_control()->mutable_goodbye()->set_reason("shutting down");
    call->Write(goodbye);
    proceed.wait();
    call->Write(result_of(request.commands(0)));
    return grpc::Status::OK;
  };
  Client client(gateway.options());
  OrderSession session = client.session();
  Pending<Order> under_way = session.submit(draft());
  for (bool over = false; !over;) {  // until the goodbye has arrived
    Pending<Order> late = session.submit(draft("late"));
    over = late.result.wait_for(0s) == std::future_status::ready;
    if (over) {
      EXPECT_THROW(late.get(), SessionClosed);
    }
  }
  refused.set_value();
  EXPECT_EQ(under_way.get().client_order_id, "c-1");
}

TEST(OrderSession, FailsOneCommandAlone) {
  TestGateway gateway;
  gateway.on_session = [](auto*, TestGateway::Session* call) {
    for (v1::OrderSessionRequest request; call->Read(&request);) {
      for (const v1::OrderCommand& command : request.commands()) {
        v1::OrderSessionResponse response = result_of(command);
        if (command.submit().client_order_id() == "bad") {
          v1::CommandError* error = response.mutable_results(0)->mutable_error();
          error->set_code(grpc::StatusCode::NOT_FOUND);
          error->set_reason(v1::ERROR_REASON_INSTRUMENT_NOT_FOUND);
          error->set_sent(v1::SENT_NO);
        }
        call->Write(response);
      }
    }
    return grpc::Status::OK;
  };
  Client client(gateway.options());
  OrderSession session = client.session();
  Pending<Order> bad = session.submit(draft("bad"));
  Pending<Order> good = session.submit(draft("good"));
  const Failure failure = failure_of([&] { bad.get(); });
  EXPECT_EQ(failure.kind, Kind::not_found);
  EXPECT_EQ(failure.client_order_id, "bad");
  EXPECT_EQ(failure.sent, Sent::no);
  EXPECT_EQ(good.get().client_order_id, "good");
}

TEST(OrderSession, EndsWithItsClient) {
  TestGateway gateway;
  gateway.on_session = [](auto*, TestGateway::Session* call) {
    for (v1::OrderSessionRequest request; call->Read(&request);) {
    }
    return grpc::Status::OK;
  };
  Client client(gateway.options());
  OrderSession session = client.session();
  Pending<Order> pending = session.submit(draft());
  client.close();
  EXPECT_THROW(pending.get(), SessionClosed);
}

}  // namespace
}  // namespace brokerwire
