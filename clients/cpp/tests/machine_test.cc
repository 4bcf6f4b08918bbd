#include "machine.h"

#include "support.h"

namespace brokerwire::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

using OrderMachine = Machine<OrderEvent, Order>;
using OrderBatch = Batch<OrderEvent, Order>;
using Kinds = std::vector<std::string>;

OrderMachine machine(bool repeats = false) {
  const auto place = [](const OrderEvent& event) { return Place(event.account_id, ""); };
  return OrderMachine({"stream_orders", place, repeats});
}

const v1::StreamControl resumed = hello(v1::STREAM_MODE_RESUMED);
const v1::StreamControl afresh = hello(v1::STREAM_MODE_SNAPSHOT);
const v1::StreamControl compacted = reset(v1::STREAM_RESET_CAUSE_COMPACTED);
const Snapshot<Order> state;

v1::StreamControl snapshot_end() {
  v1::StreamControl control;
  control.mutable_snapshot_end();
  return control;
}

v1::StreamControl goodbye(int reconnect_after) {
  v1::StreamControl control;
  control.mutable_goodbye()->mutable_reconnect_after()->set_seconds(reconnect_after);
  return control;
}

std::string kind(const OrderMachine::Item& item) {
  return std::visit(overloaded{[](const OrderEvent& event) { return std::to_string(event.sequence); },
                               [](const Snapshot<Order>&) { return std::string("Snapshot"); },
                               [](const Opened&) { return std::string("Opened"); },
                               [](const SnapshotBegin&) { return std::string("SnapshotBegin"); },
                               [](const SnapshotEnd&) { return std::string("SnapshotEnd"); },
                               [](const Reset&) { return std::string("Reset"); },
                               [](const Goodbye&) { return std::string("Goodbye"); },
                               [](const Disconnected&) { return std::string("Disconnected"); },
                               [](const auto&) { return std::string("another"); }},
                    item);
}

/// Empties the machine and gives the kinds of items, events by their sequence.
Kinds taken(OrderMachine& m) {
  Kinds kinds;
  for (const auto& item : m.ready) kinds.push_back(kind(item));
  m.ready.clear();
  return kinds;
}

TEST(Machine, DoesNotRepeatWhatCameBeforeADisconnect) {
  OrderMachine m = machine();
  m.connecting();
  m.feed({{afresh, snapshot_end()}, "t0"});
  m.feed({{happened(1), happened(2)}, "t2"});
  m.muted();
  m.connecting();
  m.feed({{resumed}, ""});
  m.feed({{happened(2), happened(3)}, "t3"});
  EXPECT_EQ(taken(m), Kinds({"Opened", "SnapshotBegin", "SnapshotEnd", "1", "2", "Disconnected", "Opened", "3"}));
  EXPECT_EQ(m.token, "t3");
}

TEST(Machine, KeepsTheTokenOverABatchWithoutOne) {
  OrderMachine m = machine();
  m.feed({{happened(1)}, "t1"});
  m.feed({{happened(2)}, ""});
  EXPECT_EQ(m.token, "t1");
}

TEST(Machine, BeginsASnapshotThatWasCutAgainAfterAReset) {
  OrderMachine m = machine();
  m.connecting();
  m.feed({{afresh, state}, ""});
  m.muted();
  m.connecting();
  m.feed({{afresh, state, snapshot_end()}, "t1"});
  EXPECT_EQ(taken(m), Kinds({"Opened", "SnapshotBegin", "Snapshot", "Disconnected", "Reset", "Opened", "SnapshotBegin",
                             "Snapshot", "SnapshotEnd"}));
}

TEST(Machine, ForgetsWhatWasSeenAtAReset) {
  OrderMachine m = machine();
  m.connecting();
  m.feed({{resumed, happened(9)}, "t9"});
  m.feed({{compacted, snapshot_end(), happened(1)}, "t1"});
  EXPECT_EQ(taken(m), Kinds({"Opened", "9", "Reset", "SnapshotBegin", "SnapshotEnd", "1"}));
}

TEST(Machine, LetsStatesValuedAnewRepeatTheirSequenceButNotGoBack) {
  OrderMachine m = machine(true);
  m.feed({{happened(2), happened(2), happened(1), happened(3)}, "t"});
  EXPECT_EQ(taken(m), Kinds({"2", "2", "3"}));
}

TEST(Machine, CountsSequencesWithinTheirAccount) {
  OrderMachine m = machine();
  m.feed({{happened(2), happened(1, "b"), happened(1), happened(2)}, "t"});
  EXPECT_EQ(taken(m), Kinds({"2", "1"}));
}

TEST(Machine, SkipsItemsAndControlsOfNewKinds) {
  OrderMachine m = machine();
  m.feed({{v1::StreamControl(), std::monostate(), happened(1)}, "t"});
  EXPECT_EQ(taken(m), Kinds({"1"}));
}

TEST(Machine, MeasuresSilenceInHeartbeatsOnceTheStreamIsOpen) {
  OrderMachine m = machine();
  m.connecting();
  EXPECT_EQ(m.silence(), seconds(10)) << "before the first message";
  m.feed({{hello(v1::STREAM_MODE_RESUMED, seconds(1))}, "t"});
  EXPECT_EQ(m.silence(), milliseconds(2500));
  m.connecting();
  EXPECT_EQ(m.silence(), seconds(10)) << "in the next connection";
}

TEST(Machine, WaitsAfterAGoodbyeAsLongAsItWasTold) {
  OrderMachine m = machine();
  m.connecting();
  m.feed({{resumed, goodbye(3)}, "t"});
  const auto wait = m.ended();
  EXPECT_GE(wait, seconds(3));
  EXPECT_LE(wait, seconds(6));
  EXPECT_EQ(taken(m), Kinds({"Opened", "Goodbye"}));
}

TEST(Machine, TakesAnEndWithoutGoodbyeForALoss) {
  OrderMachine m = machine();
  m.connecting();
  m.feed({{resumed}, "t"});
  m.ended();
  ASSERT_EQ(m.ready.size(), 2U);
  EXPECT_EQ(std::get<Disconnected>(m.ready.back()).error.kind, Kind::unavailable);
}

TEST(Machine, GoesOnAfterWhatPassesAndEndsWithTheRest) {
  using enum grpc::StatusCode;
  const struct {
    grpc::StatusCode code;
    std::string reason;
    bool was_open;
    bool goes_on;
  } cases[] = {
      {UNAVAILABLE, "", false, true},
      {INTERNAL, "", false, true},
      {CANCELLED, "", false, true},
      {UNKNOWN, "", false, true},
      {DEADLINE_EXCEEDED, "", false, true},
      {UNAVAILABLE, "GATEWAY_DRAINING", true, true},
      {UNAVAILABLE, "SEQUENCE_NOT_YET_AVAILABLE", true, false},
      {OUT_OF_RANGE, "SEQUENCE_NOT_YET_AVAILABLE", true, false},
      {OUT_OF_RANGE, "RESUME_TOKEN_EXPIRED", true, false},
      {RESOURCE_EXHAUSTED, "SLOW_CONSUMER", true, true},
      {RESOURCE_EXHAUSTED, "STREAM_LIMIT", true, true},
      {RESOURCE_EXHAUSTED, "STREAM_LIMIT", false, false},
      {RESOURCE_EXHAUSTED, "GATEWAY_OVERLOADED", true, true},
      {RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE", true, false},
      {UNAUTHENTICATED, "", true, false},
      {INVALID_ARGUMENT, "INVALID_RESUME_TOKEN", true, false},
  };
  for (const auto& c : cases) {
    OrderMachine m = machine();
    if (c.was_open) m.feed({{resumed}, "t"});
    const Failure one = failure(c.code, c.reason, "");
    if (c.goes_on) {
      EXPECT_NO_THROW(m.failed(one)) << one.text();
      EXPECT_TRUE(std::holds_alternative<Disconnected>(m.ready.back()));
    } else {
      EXPECT_THROW(m.failed(one), Error) << one.text();
    }
  }
}

TEST(Machine, HonoursTheWaitOfTheGateway) {
  OrderMachine m = machine();
  Failure draining = failure(grpc::StatusCode::UNAVAILABLE, "GATEWAY_DRAINING", "");
  draining.retry_after = seconds(60);
  EXPECT_EQ(m.failed(draining), seconds(60));
}

TEST(Machine, BacksOffUntilAConnectionHasProvedItself) {
  OrderMachine m = machine();
  EXPECT_LE(m.muted(), Backoff::first);
  for (int i = 0; i < 10; ++i) m.muted();
  const auto grown = m.muted();
  EXPECT_GE(grown, Backoff::longest / 2);
  EXPECT_LE(grown, Backoff::longest);
  m.connecting();
  m.feed({{resumed}, "t"});
  EXPECT_GE(m.muted(), Backoff::longest / 2) << "a hello alone proves nothing";
  m.connecting();
  m.feed({{resumed}, "t"});
  m.feed({{happened(1)}, "t"});
  EXPECT_LE(m.muted(), Backoff::first);
}

}  // namespace
}  // namespace brokerwire::detail
