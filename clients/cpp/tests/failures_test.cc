#include "failures.h"

#include "details.pb.h"
#include "reading.h"
#include "support.h"

namespace brokerwire::detail {
namespace {

using grpc::StatusCode;

template <class Detail>
void add(client::StatusDetails* status, const std::string& type, const Detail& detail) {
  google::protobuf::Any* any = status->add_details();
  any->set_type_url("type.googleapis.com/google.rpc." + type);
  any->set_value(detail.SerializeAsString());
}

grpc::Status of_gateway(StatusCode code, const std::string& reason, std::map<std::string, std::string> metadata = {}) {
  client::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("brokerwire.dev");
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  client::BadRequest bad;
  bad.add_field_violations()->set_field("order.quantity");
  bad.mutable_field_violations(0)->set_description("too small");
  client::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(3);
  client::StatusDetails status;
  add(&status, "ErrorInfo", info);
  add(&status, "BadRequest", bad);
  add(&status, "RetryInfo", retry);
  return {code, "no", status.SerializeAsString()};
}

TEST(Failures, TakeOverTheDetailsOfAStatus) {
  const grpc::Status status =
      of_gateway(StatusCode::FAILED_PRECONDITION, "FROM_THE_FUTURE", {{"client_order_id", "c-1"}, {"when", "later"}});
  const Failure failure = from_status(status, true, "", "");
  EXPECT_EQ(failure.reason, "FROM_THE_FUTURE");
  EXPECT_EQ(failure.kind, Kind::precondition);
  EXPECT_EQ(failure.metadata.at("when"), "later");
  EXPECT_EQ(failure.client_order_id, "c-1");
  EXPECT_EQ(failure.retry_after, std::chrono::seconds(3));
  EXPECT_EQ(failure.violations.at(0).field, "order.quantity");
  EXPECT_EQ(failure.sent, Sent::no);
}

TEST(Failures, IgnoreDetailsThatAreGarbage) {
  const Failure failure = from_status({StatusCode::NOT_FOUND, "gone", "\xff\xff garbage"}, true, "c-1", "");
  EXPECT_EQ(failure.kind, Kind::not_found);
  EXPECT_EQ(failure.reason, "");
  EXPECT_EQ(failure.client_order_id, "c-1");
}

TEST(Failures, SayUnknownUnlessItIsProvenThatNothingWasSent) {
  const auto sent = [](const grpc::Status& status) { return from_status(status, true, "", "").sent; };
  EXPECT_EQ(sent(of_gateway(StatusCode::UNAVAILABLE, "BROKER_UNAVAILABLE")), Sent::no);
  EXPECT_EQ(sent(of_gateway(StatusCode::UNAVAILABLE, "JOURNAL_UNAVAILABLE", {{"sent", "NO"}})), Sent::no);
  EXPECT_EQ(sent(of_gateway(StatusCode::UNAVAILABLE, "JOURNAL_UNAVAILABLE", {{"sent", "UNKNOWN"}})), Sent::unknown);
  EXPECT_EQ(sent(of_gateway(StatusCode::UNAVAILABLE, "JOURNAL_UNAVAILABLE", {{"sent", "LATER"}})), Sent::unknown);
  for (const StatusCode code : {StatusCode::UNAVAILABLE, StatusCode::DEADLINE_EXCEEDED, StatusCode::INTERNAL}) {
    EXPECT_EQ(sent({code, ""}), Sent::unknown);
  }
  for (const StatusCode code : {StatusCode::INVALID_ARGUMENT, StatusCode::NOT_FOUND, StatusCode::UNIMPLEMENTED,
                                StatusCode::UNAUTHENTICATED, StatusCode::PERMISSION_DENIED}) {
    EXPECT_EQ(sent({code, ""}), Sent::no);
  }
  EXPECT_EQ(from_status({StatusCode::UNAVAILABLE, ""}, false, "", "").sent, Sent::no);
}

TEST(Failures, HaveAKindByReasonThenByCode) {
  EXPECT_EQ(failure(StatusCode::OUT_OF_RANGE, "RESUME_TOKEN_EXPIRED", "").kind, Kind::stream_gap);
  EXPECT_EQ(failure(StatusCode::OUT_OF_RANGE, "SEQUENCE_NOT_YET_AVAILABLE", "").kind, Kind::unavailable);
  EXPECT_EQ(failure(StatusCode::OUT_OF_RANGE, "", "").kind, Kind::invalid_request);
  EXPECT_EQ(failure(StatusCode::ALREADY_EXISTS, "", "").kind, Kind::conflict);
  EXPECT_EQ(failure(StatusCode::ABORTED, "", "").kind, Kind::conflict);
  EXPECT_EQ(failure(StatusCode::CANCELLED, "", "").kind, Kind::unavailable);
  EXPECT_EQ(failure(StatusCode::DATA_LOSS, "", "").kind, Kind::internal);
  EXPECT_EQ(failure(static_cast<StatusCode>(77), "", "").kind, Kind::internal);
}

TEST(Failures, AreThrownAsTheExceptionOfTheirKind) {
  EXPECT_THROW(failure(StatusCode::PERMISSION_DENIED, "", "").raise(), PermissionDenied);
  EXPECT_THROW(failure(StatusCode::PERMISSION_DENIED, "", "").raise(), Unauthenticated);
  EXPECT_THROW(session_closed("", Sent::no, "").raise(), Unavailable);
  EXPECT_THROW(failure(StatusCode::OUT_OF_RANGE, "RESUME_TOKEN_EXPIRED", "").raise(), StreamGap);
  for (int kind = 0; kind <= static_cast<int>(Kind::internal); ++kind) {
    Failure one;
    one.kind = static_cast<Kind>(kind);
    EXPECT_EQ(failure_of([&] { one.raise(); }).kind, one.kind);
  }
}

TEST(Failures, OfACommandAreReadAsThoseOfACall) {
  v1::CommandError error;
  error.set_code(StatusCode::RESOURCE_EXHAUSTED);
  error.set_reason(v1::ERROR_REASON_BROKER_RATE_LIMIT);
  error.set_field("f");
  (*error.mutable_metadata())["retry_after"] = "1.5";
  const Failure failure = from_command_error(error, "c-1");
  EXPECT_EQ(failure.kind, Kind::overloaded);
  EXPECT_EQ(failure.reason, "BROKER_RATE_LIMIT");
  EXPECT_EQ(failure.retry_after, std::chrono::milliseconds(1500));
  EXPECT_EQ(failure.sent, Sent::unknown) << "what is not said must be taken for unknown";
  error.set_sent(v1::SENT_NO);
  error.set_reason(static_cast<v1::ErrorReason>(999));
  EXPECT_EQ(from_command_error(error, "").sent, Sent::no);
  EXPECT_EQ(from_command_error(error, "").reason, "REASON_999");
}

TEST(Failures, SayInTheirTextWhatToDo) {
  const Failure failure = from_status({StatusCode::UNAVAILABLE, "refused"}, true, "c-1", "host:1");
  for (const std::string part : {"host:1", "UNAVAILABLE", "look up client_order_id c-1"}) {
    EXPECT_NE(failure.text().find(part), std::string::npos) << failure.text();
  }
}

TEST(Failures, AreInternalWhenAnAnswerIsNotOfTheContract) {
  v1::SubmitOrderResponse none;
  v1::SubmitOrderResponse empty;
  empty.mutable_order()->set_client_order_id("c-1");
  v1::SubmitOrderResponse bad = empty;
  bad.mutable_order()->mutable_filled_quantity()->set_value("1e5");
  for (const v1::SubmitOrderResponse& answer : {none, empty, bad}) {
    const Failure failure = failure_of([&] { read_submitted(answer); });
    EXPECT_EQ(failure.kind, Kind::internal);
    EXPECT_EQ(failure.sent, Sent::unknown);
    EXPECT_EQ(failure.client_order_id, answer.order().client_order_id());
  }
}

}  // namespace
}  // namespace brokerwire::detail
