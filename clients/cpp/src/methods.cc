#include "methods.h"

#include <brokerwire/v1/access_service.pb.h>
#include <brokerwire/v1/account_service.pb.h>
#include <brokerwire/v1/broker_service.pb.h>
#include <brokerwire/v1/event_service.pb.h>
#include <brokerwire/v1/market_data_service.pb.h>
#include <brokerwire/v1/order_service.pb.h>
#include <brokerwire/v1/position_service.pb.h>
#include <brokerwire/v1/risk_service.pb.h>
#include <brokerwire/v1/simulator_service.pb.h>
#include <brokerwire/v1/system_service.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <map>

namespace brokerwire::detail {
namespace {

namespace pb = google::protobuf;

/// One message of each file with a service, which brings the file along.
const pb::FileDescriptor* const files[] = {
    v1::ListAccountsRequest::descriptor()->file(),    v1::ListBrokersRequest::descriptor()->file(),
    v1::ListEventsRequest::descriptor()->file(),      v1::GetQuotesRequest::descriptor()->file(),
    v1::SubmitOrderRequest::descriptor()->file(),     v1::ListPositionsRequest::descriptor()->file(),
    v1::SetPriceRequest::descriptor()->file(),        v1::GetServerInfoRequest::descriptor()->file(),
    v1::GetTradingStateRequest::descriptor()->file(), v1::ListTokensRequest::descriptor()->file(),
};

bool reads_only(const pb::MethodDescriptor& method) {
  return method.options().idempotency_level() == pb::MethodOptions::NO_SIDE_EFFECTS && !method.client_streaming() &&
         !method.server_streaming();
}

using Methods = std::map<const pb::Descriptor*, const pb::MethodDescriptor*>;

Methods find_unary_reads() {
  Methods found;
  for (const pb::FileDescriptor* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const pb::MethodDescriptor* method = file->service(s)->method(m);
        if (reads_only(*method)) found[method->input_type()] = method;
      }
    }
  }
  return found;
}

const Methods& unary_reads() {
  static const Methods found = find_unary_reads();
  return found;
}

/// A field of text by its name; empty where there is none.
std::string text_field(const pb::Message& message, const char* name) {
  const pb::FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING || field->is_repeated()) return "";
  return message.GetReflection()->GetString(message, field);
}

}  // namespace

bool reads(const pb::Message& request) { return unary_reads().contains(request.GetDescriptor()); }

std::string order_key(const pb::Message& request) {
  const pb::FieldDescriptor* order = request.GetDescriptor()->FindFieldByName("order");
  if (order != nullptr && order->message_type() != nullptr) {
    return text_field(request.GetReflection()->GetMessage(request, order), "client_order_id");
  }
  for (const char* name : {"new_client_order_id", "client_order_id", "request_id"}) {
    if (request.GetDescriptor()->FindFieldByName(name) != nullptr) return text_field(request, name);
  }
  return "";
}

std::string service_config() {
  std::string names;
  for (const auto& [request, method] : unary_reads()) {
    if (!names.empty()) names += ",";
    names += R"({"service":")" + method->service()->full_name() + R"(","method":")" + method->name() + R"("})";
  }
  return R"({"methodConfig":[{"name":[)" + names + R"(],"retryPolicy":{"maxAttempts":4,"initialBackoff":"0.1s",)" +
         R"("maxBackoff":"2s","backoffMultiplier":2,"retryableStatusCodes":["UNAVAILABLE"]}}]})";
}

}  // namespace brokerwire::detail
